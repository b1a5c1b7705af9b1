/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl_exchange.c - runs one mechanism through libgsasl
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Asks the program once a mechanism, for one user and one password, and hands
 * both to libgsasl as properties; SCRAM gets the password only salted. Binding
 * data is given to -PLUS alone: with it 2.2.0 fails the others. What libgsasl
 * keeps is wiped before it is freed. Never more than eight challenges
 * . RFC 4422 5, RFC 4616, RFC 4954 4, RFC 9266.
 */
#include "sasl.h"

#include <string.h>

#include "encode.h"
#include "sasl_context.h"
#include "text.h"
#include "tls.h"

enum {
	CHALLENGES_MAX = 8,             /* */
	OCTETS_MAX = 64 * 1024 / 4 * 3, /* 64 KiB of base64 */
	PLAIN_MAX = 255,                /* RFC 4616 2 */
	LOGIN_MAX = 1024
};

/* Overwrites libgsasl's own copy of a property in place. */
static void wipe_property(Gsasl_session *exchange, Gsasl_property property)
{
	char *value = (char *)gsasl_property_fast(exchange, property);

	if (value)
		buf_wipe(value, strlen(value));
}

void sasl_wipe(struct auth_context *a)
{
	static const Gsasl_property secrets[] = {
	    GSASL_PASSWORD,
	    GSASL_SCRAM_SALTED_PASSWORD,
	    GSASL_AUTHID,
	    GSASL_CB_TLS_EXPORTER,
	};

	for (size_t i = 0; a->exchange && i < sizeof secrets / sizeof *secrets;
	     i++)
		wipe_property(a->exchange, secrets[i]);
}

void sasl_end(struct auth_context *a)
{
	sasl_wipe(a);
	if (a->exchange)
		gsasl_finish(a->exchange);
	buf_release(&a->reply);
	a->exchange = NULL;
	a->salted = false;
	a->done = false;
	a->challenges = 0;
	a->octets = 0;
}

static bool set(
    struct auth_context *a, Gsasl_property property, const char *value)
{
	if (gsasl_property_set(a->exchange, property, value) == GSASL_OK)
		return true;
	sasl_because(a, "out of memory", NULL, 0);
	return false;
}

/* What PLAIN can carry (RFC 4616 2), or a bound for the rest. */
static bool fits(struct auth_context *a, const char *value, const char *what)
{
	bool plain = a->selected->traits & SASL_PLAIN_LIMITS;
	size_t n = strlen(value);

	if (n >= 1 && n <= (plain ? PLAIN_MAX : LOGIN_MAX) &&
	    (!plain || text_is_utf8(value, n)))
		return true;
	sasl_because(a,
	    n == 0                    ? "empty "
	    : plain && n <= PLAIN_MAX ? "not UTF-8, as PLAIN wants it: the "
				      : "too long for a login: the ",
	    what, strlen(what));
	return false;
}

/* One user, one password; the answers are the program's and copied now. */
static bool ask(struct auth_context *a)
{
	const struct sasl_mechanism *m = a->selected;
	bool shown = !a->connection.tls && !a->connection.local_trust;
	unsigned size = m->traits & SASL_PLAIN_LIMITS ? PLAIN_MAX : 0;
	const struct auth_client_request requests[] = {
	    {"user", AUTH_USER | (shown ? AUTH_CLEARTEXT : 0U), "User Name",
		size},
	    {"passphrase",
		AUTH_PASS |
		    (shown && (m->traits & SASL_CLEAR) ? AUTH_CLEARTEXT : 0U),
		m->prompt, size},
	};
	char *answers[] = {NULL, NULL};

	if (a->gsasl_borrowed)
		return true;
	if (!a->interact ||
	    !a->interact(requests, answers, 2, a->interact_arg) ||
	    !answers[0] || !answers[1]) {
		sasl_because(
		    a, "there is no user name or no password", NULL, 0);
		return false;
	}
	return fits(a, answers[0], "user name") &&
	       fits(a, answers[1], "password") &&
	       set(a, GSASL_AUTHID, answers[0]) &&
	       set(a, GSASL_PASSWORD, answers[1]);
}

/* The identity to act as: what was asked for, else what EXTERNAL was given,
 * else, as in libESMTP, the common name of the certificate that was sent. */
static bool set_identity(struct auth_context *a)
{
	bool external = a->selected->traits & SASL_NO_LOGIN;
	char name[256];

	if (a->gsasl_borrowed)
		return true;
	if (a->authzid && *a->authzid)
		return fits(a, a->authzid, "authorization identity") &&
		       set(a, GSASL_AUTHZID, a->authzid);
	if (!external)
		return true;
	if (a->external_id)
		return set(a, GSASL_AUTHZID, a->external_id);
	if (!a->ordered && a->connection.tls &&
	    tls_client_name(a->connection.tls, name, sizeof name))
		return set(a, GSASL_AUTHZID, name);
	return set(a, GSASL_AUTHZID, "");
}

static bool set_binding(struct auth_context *a)
{
	unsigned char binding[32];
	struct buf base64;
	bool done = false;

	if (!(a->selected->traits & SASL_PLUS))
		return true;
	buf_init_secret(&base64, 64);
	if (tls_exporter(a->connection.tls, binding) &&
	    encode_base64(&base64, binding, sizeof binding) &&
	    buf_cstr(&base64))
		done = set(a, GSASL_CB_TLS_EXPORTER, buf_cstr(&base64));
	else
		sasl_because(a, "TLS gives no channel binding", NULL, 0);
	buf_wipe(binding, sizeof binding);
	buf_release(&base64);
	return done;
}

static bool begin(struct auth_context *a)
{
	const struct sasl_mechanism *m = a->selected;
	const char *host = a->connection.host;
	int rc;

	if (!sasl_load(a)) {
		sasl_because(a, "libgsasl cannot be used", NULL, 0);
		return false;
	}
	rc = gsasl_client_start(a->gsasl, m->name, &a->exchange);
	if (rc != GSASL_OK) {
		a->exchange = NULL;
		sasl_because(a, gsasl_strerror(rc), NULL, 0);
		return false;
	}
	return set(a, GSASL_SERVICE, "smtp") &&
	       set(a, GSASL_HOSTNAME, host ? host : "localhost") &&
	       (m->traits & SASL_NO_LOGIN || ask(a)) && set_identity(a) &&
	       (strcmp(m->name, "ANONYMOUS") != 0 ||
		   set(a, GSASL_ANONYMOUS_TOKEN, "")) &&
	       set_binding(a);
}

static enum auth_step fail(struct auth_context *a, int rc)
{
	if (a->salted && rc == GSASL_AUTHENTICATION_ERROR)
		sasl_because(a,
		    "the server did not prove that it knows the password", NULL,
		    0);
	else if (a->selected->traits & SASL_SCRAM)
		sasl_because(a, "SCRAM failed: ", gsasl_strerror(rc),
		    strlen(gsasl_strerror(rc)));
	else
		sasl_because(a, "the login failed here: ", gsasl_strerror(rc),
		    strlen(gsasl_strerror(rc)));
	sasl_end(a);
	return AUTH_STEP_FAILED;
}

static enum auth_step advance(struct auth_context *a, const void *challenge,
    size_t n, struct buf *response)
{
	char *out = NULL;
	size_t out_n = 0;
	int rc = gsasl_step(a->exchange, challenge, n, &out, &out_n);
	bool kept;

	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return fail(a, rc);
	kept = buf_append(response, out, out_n);
	if (out) {
		buf_wipe(out, out_n);
		gsasl_free(out);
	}
	if (!kept)
		return fail(a, GSASL_MALLOC_ERROR);
	a->done = rc == GSASL_OK;
	return AUTH_STEP_RESPONSE;
}

/* Whether a challenge is one to answer. */
static bool answerable(struct auth_context *a, size_t n)
{
	a->challenges++;
	if (a->done) {
		sasl_because(a,
		    "the server asks for more than the mechanism has", NULL, 0);
		return false;
	}
	if (a->challenges > CHALLENGES_MAX || n > OCTETS_MAX - a->octets) {
		sasl_because(a, "the server asks without an end", NULL, 0);
		return false;
	}
	a->octets += n;
	return true;
}

enum auth_step sasl_step(struct auth_context *a, const void *challenge,
    size_t n, struct buf *response)
{
	const struct sasl_mechanism *m = a->selected;

	if (!m)
		return AUTH_STEP_FAILED;
	if (!challenge || !a->exchange) {
		sasl_end(a);
		if (!begin(a)) {
			sasl_end(a);
			return AUTH_STEP_FAILED;
		}
	}
	if (!challenge)
		return m->traits & SASL_SERVER_FIRST
		           ? AUTH_STEP_NONE
		           : advance(a, NULL, 0, response);
	if (!answerable(a, n) || ((m->traits & SASL_SCRAM) && !a->salted &&
				     !sasl_scram_first(a, challenge, n))) {
		a->done = false;
		sasl_end(a);
		return AUTH_STEP_FAILED;
	}
	return advance(a, challenge, n, response);
}
