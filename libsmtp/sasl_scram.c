/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl_scram.c - guards SCRAM's first message from the server
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * libgsasl would compute as many rounds as the server asks for, or just one,
 * and slowly. So the iteration count and the salt are checked before it sees
 * them, the password is salted by GnuTLS, and libgsasl is given that
 * instead of the password. RFC 5802 3 and 5.1, RFC 7677 4, RFC 4013.
 */
#include "sasl.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "encode.h"
#include "sasl_context.h"
#include "text.h"

enum {
	ROUNDS_MIN = 4096, /* RFC 7677 4 */
	ROUNDS_MAX = 1000000,
	SALT_MAX = 1024,
	DIGEST_MAX = 32
};

/* One comma-separated "k=value" of the message. */
struct attribute {
	const char *value;
	size_t n;
};

/* Takes the next attribute, which must be this one. */
static bool take(const char **s, size_t *n, char key, struct attribute *a)
{
	const char *comma;

	if (*n < 2 || (*s)[0] != key || (*s)[1] != '=')
		return false;
	a->value = *s + 2;
	comma = memchr(a->value, ',', *n - 2);
	a->n = comma ? (size_t)(comma - a->value) : *n - 2;
	*n -= 2 + a->n + (comma ? 1 : 0);
	*s = comma ? comma + 1 : a->value + a->n;
	return true;
}

/* Digits to a number; more of them than could be accepted give a number
 * that is not. */
static unsigned read_rounds(const struct attribute *a)
{
	unsigned rounds = 0;

	if (a->n == 0 || a->value[0] == '0')
		return 0;
	for (size_t i = 0; i < a->n; i++) {
		if (!text_is_digit((unsigned char)a->value[i]))
			return 0;
		if (rounds <= ROUNDS_MAX)
			rounds = rounds * 10 + (unsigned)(a->value[i] - '0');
	}
	return rounds;
}

/* The password as RFC 5802 2.2 wants it, to be wiped. Characters newer than
 * stringprep may stand in it (RFC 4013 2.5), which libgsasl 2.2.0 allows
 * without GSASL_ALLOW_UNASSIGNED and refuses with it. */
static char *prepare(struct auth_context *a, const char *password)
{
	char *prepared = NULL;
	int rc = gsasl_saslprep(password, 0, &prepared, NULL);

	if (rc == GSASL_OK && prepared && *prepared)
		return prepared;
	gsasl_free(prepared);
	sasl_because(a, "the password cannot be used with SCRAM: ",
	    rc == GSASL_OK ? "nothing is left of it" : gsasl_strerror(rc),
	    rc == GSASL_OK ? strlen("nothing is left of it")
			   : strlen(gsasl_strerror(rc)));
	return NULL;
}

static void to_hex(const unsigned char *digest, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*hex++ = digits[digest[i] >> 4];
		*hex++ = digits[digest[i] & 15];
	}
	*hex = '\0';
}

static bool give_salted(struct auth_context *a, const char *prepared,
    const struct buf *salt, unsigned rounds)
{
	bool sha256 = a->selected->traits & SASL_SHA256;
	gnutls_datum_t key = {
	    (unsigned char *)prepared, (unsigned)strlen(prepared)};
	gnutls_datum_t grains = {
	    (unsigned char *)buf_head(salt), (unsigned)salt->len};
	unsigned char digest[DIGEST_MAX];
	char hex[2 * DIGEST_MAX + 1];
	size_t n = sha256 ? 32 : 20;
	bool done;

	if (gnutls_pbkdf2(sha256 ? GNUTLS_MAC_SHA256 : GNUTLS_MAC_SHA1, &key,
		&grains, rounds, digest, n) < 0) {
		sasl_because(a, "GnuTLS cannot salt the password", NULL, 0);
		return false;
	}
	to_hex(digest, n, hex);
	done = gsasl_property_set(
		   a->exchange, GSASL_SCRAM_SALTED_PASSWORD, hex) == GSASL_OK;
	buf_wipe(digest, sizeof digest);
	buf_wipe(hex, sizeof hex);
	if (!done)
		sasl_because(a, "out of memory", NULL, 0);
	return done;
}

static bool salt_password(
    struct auth_context *a, const struct buf *salt, unsigned rounds)
{
	char *password =
	    (char *)gsasl_property_fast(a->exchange, GSASL_PASSWORD);
	char *prepared;
	bool done;

	/* With the program's own libgsasl, its callback answers. */
	if (a->gsasl_borrowed)
		return true;
	if (!password || !(prepared = prepare(a, password)))
		return false;
	done = give_salted(a, prepared, salt, rounds);
	buf_wipe(prepared, strlen(prepared));
	gsasl_free(prepared);
	/* From here on nobody needs it any more. */
	buf_wipe(password, strlen(password));
	return done;
}

bool sasl_scram_first(struct auth_context *a, const void *challenge, size_t n)
{
	const char *s = challenge;
	struct attribute nonce, salt64, rounds64;
	struct buf salt;
	unsigned rounds;
	bool done = false;

	if (!take(&s, &n, 'r', &nonce) || !take(&s, &n, 's', &salt64) ||
	    !take(&s, &n, 'i', &rounds64)) {
		sasl_because(a,
		    "the server's SCRAM message is malformed: ", challenge,
		    (size_t)(s - (const char *)challenge) + n);
		return false;
	}
	rounds = read_rounds(&rounds64);
	buf_init(&salt, SALT_MAX);
	if (rounds < ROUNDS_MIN || rounds > ROUNDS_MAX)
		sasl_because(a,
		    "the server's SCRAM iteration count is not between 4096 "
		    "and 1000000: ",
		    rounds64.value, rounds64.n);
	else if (!decode_base64(&salt, salt64.value, salt64.n) || salt.len == 0)
		sasl_because(a,
		    "the server's SCRAM salt is no base64, empty "
		    "or longer than 1024 octets",
		    NULL, 0);
	else
		done = salt_password(a, &salt, rounds);
	buf_release(&salt);
	a->salted = done;
	return done;
}
