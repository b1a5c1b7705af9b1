/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * sasl.c - the test server's side of SASL, by libgsasl
 *
 * One user with one password; EXTERNAL for whoever showed a certificate that
 * verified.  Channel binding is tls-exporter and is told to -PLUS mechanisms
 * alone.  The salted password comes from GnuTLS, which is nine times faster.
 * RFC 4422, 4616, 5802, 7677, 9266. */

#include "sasl.h"

#include <gnutls/crypto.h>
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const mechanisms[] = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5",
    "EXTERNAL"};

enum { SALT_LEN = 12, BINDING_LEN = 32 };

struct sasl {
	Gsasl *gsasl;
	Gsasl_session *session;
	const struct options *options;
	struct transport *t;
	const char *mechanism;
	char salt[SALT_LEN];
	bool last; /* only the empty answer to our last words is missing */
};

bool sasl_decode(const char *text, struct octets *to)
{
	char *data = NULL;
	size_t n = 0;

	if (gsasl_base64_from(text, strlen(text), &data, &n) != GSASL_OK)
		return false;
	octets_add(to, data, n);
	gsasl_free(data);
	return true;
}

void sasl_encode(const char *data, size_t n, struct octets *to)
{
	char *text = NULL;
	size_t len = 0;

	if (gsasl_base64_to(data, n, &text, &len) != GSASL_OK)
		octets_die("base64 failed");
	octets_add(to, text, len);
	gsasl_free(text);
}

static bool is_plus(const char *mechanism)
{
	size_t n = strlen(mechanism);

	return n > 5 && strcmp(mechanism + n - 5, "-PLUS") == 0;
}

static bool binding(struct transport *t, gnutls_datum_t *to)
{
	return t->tls && gnutls_session_channel_binding(
			     t->tls, GNUTLS_CB_TLS_EXPORTER, to) >= 0;
}

/* Whether the transport has what the mechanism needs. */
static bool is_possible(
    const struct options *o, const struct transport *t, const char *mechanism)
{
	if (is_plus(mechanism)) {
		gnutls_datum_t data = {0};
		bool bound = t->tls && gnutls_session_channel_binding(t->tls,
					   GNUTLS_CB_TLS_EXPORTER, &data) >= 0;

		gnutls_free(data.data);
		return bound;
	}
	if (strcmp(mechanism, "EXTERNAL") == 0)
		return t->tls && o->client_ca;
	return true;
}

/* Whether name stands in a list separated by spaces. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (*list) {
		size_t len = strcspn(list, " ");

		if (len == n && strncasecmp(list, name, n) == 0)
			return true;
		list += len;
		list += strspn(list, " ");
	}
	return false;
}

void sasl_offer(
    const struct options *o, const struct transport *t, struct octets *names)
{
	if (o->auth) {
		octets_text(names, o->auth);
		return;
	}
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		if (!is_possible(o, t, mechanisms[i]))
			continue;
		if (octets_len(names) > 0)
			octets_text(names, " ");
		octets_text(names, mechanisms[i]);
	}
}

static const char *text_of(Gsasl_session *session, Gsasl_property property)
{
	const char *text = gsasl_property_fast(session, property);

	return text ? text : "";
}

static bool is_user(struct sasl *s)
{
	const char *name = text_of(s->session, GSASL_AUTHID);

	return strcmp(name, s->options->user) == 0;
}

static int give_salt(struct sasl *s, Gsasl_session *session)
{
	struct octets text = {0};
	int rc;

	sasl_encode(s->salt, sizeof s->salt, &text);
	octets_add(&text, "", 1);
	rc = gsasl_property_set(session, GSASL_SCRAM_SALT, octets_head(&text));
	octets_release(&text);
	return rc;
}

static int give_binding(struct sasl *s, Gsasl_session *session)
{
	gnutls_datum_t data = {0};
	struct octets text = {0};
	int rc;

	if (!is_plus(s->mechanism) || !binding(s->t, &data))
		return GSASL_NO_CALLBACK;
	sasl_encode((char *)data.data, data.size, &text);
	octets_add(&text, "", 1);
	rc = gsasl_property_set(
	    session, GSASL_CB_TLS_EXPORTER, octets_head(&text));
	octets_release(&text);
	gnutls_free(data.data);
	return rc;
}

static int give_salted_password(struct sasl *s, Gsasl_session *session)
{
	bool sha1 = strncmp(s->mechanism, "SCRAM-SHA-1", 11) == 0;
	size_t n = sha1 ? 20 : 32;
	unsigned char key[32];
	char hex[65];
	char *password = NULL;
	gnutls_datum_t secret;
	gnutls_datum_t salt = {(unsigned char *)s->salt, sizeof s->salt};

	if (!is_user(s) ||
	    gsasl_saslprep(s->options->password, GSASL_ALLOW_UNASSIGNED,
		&password, NULL) != GSASL_OK)
		return GSASL_NO_CALLBACK;
	secret.data = (unsigned char *)password;
	secret.size = (unsigned)strlen(password);
	if (gnutls_pbkdf2(sha1 ? GNUTLS_MAC_SHA1 : GNUTLS_MAC_SHA256, &secret,
		&salt, (unsigned)s->options->scram_iterations, key, n) < 0)
		octets_die("PBKDF2 failed");
	gsasl_free(password);
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	return gsasl_property_set(session, GSASL_SCRAM_SALTED_PASSWORD, hex);
}

static int answer(Gsasl *gsasl, Gsasl_session *session, Gsasl_property what)
{
	struct sasl *s = gsasl_callback_hook_get(gsasl);
	char number[32];

	s->session = session;
	switch (what) {
	case GSASL_VALIDATE_SIMPLE:
		return is_user(s) && strcmp(text_of(session, GSASL_PASSWORD),
					 s->options->password) == 0
		           ? GSASL_OK
		           : GSASL_AUTHENTICATION_ERROR;
	case GSASL_VALIDATE_EXTERNAL:
		return s->t->client_verified ? GSASL_OK
		                             : GSASL_AUTHENTICATION_ERROR;
	case GSASL_PASSWORD:
		return is_user(s) ? gsasl_property_set(
					session, what, s->options->password)
		                  : GSASL_NO_CALLBACK;
	case GSASL_SCRAM_ITER:
		snprintf(
		    number, sizeof number, "%ld", s->options->scram_iterations);
		return gsasl_property_set(session, what, number);
	case GSASL_SCRAM_SALT:
		return give_salt(s, session);
	case GSASL_SCRAM_SALTED_PASSWORD:
		return give_salted_password(s, session);
	case GSASL_CB_TLS_EXPORTER:
		return give_binding(s, session);
	default:
		return GSASL_NO_CALLBACK;
	}
}

static const char *known(
    const struct options *o, const struct transport *t, const char *mechanism)
{
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		if (strcasecmp(mechanisms[i], mechanism) != 0)
			continue;
		if (o->auth && !is_listed(o->auth, mechanism))
			return NULL;
		return is_possible(o, t, mechanisms[i]) ? mechanisms[i] : NULL;
	}
	return NULL;
}

struct sasl *sasl_start(
    const struct options *o, struct transport *t, const char *mechanism)
{
	const char *name = known(o, t, mechanism);
	struct sasl *s;

	if (!name)
		return NULL;
	s = octets_alloc(sizeof *s);
	s->options = o;
	s->t = t;
	s->mechanism = name;
	if (gnutls_rnd(GNUTLS_RND_NONCE, s->salt, sizeof s->salt) < 0 ||
	    gsasl_init(&s->gsasl) != GSASL_OK)
		octets_die("libgsasl failed");
	gsasl_callback_hook_set(s->gsasl, s);
	gsasl_callback_set(s->gsasl, answer);
	if (gsasl_server_start(s->gsasl, name, &s->session) == GSASL_OK)
		return s;
	sasl_finish(s);
	return NULL;
}

enum sasl_result sasl_step(
    struct sasl *s, const char *input, size_t n, struct octets *output)
{
	char *out = NULL;
	size_t len = 0;
	int rc;

	if (s->last)
		return n == 0 ? SASL_DONE : SASL_DENIED;
	rc = gsasl_step(s->session, input, n, &out, &len);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return SASL_DENIED;
	octets_add(output, out, len);
	gsasl_free(out);
	if (rc == GSASL_NEEDS_MORE)
		return SASL_CONTINUE;
	s->last = len > 0;
	return s->last ? SASL_CONTINUE : SASL_DONE;
}

void sasl_identity(struct sasl *s, char *text, size_t n)
{
	bool external = strcmp(s->mechanism, "EXTERNAL") == 0;
	const char *name =
	    external ? s->t->peer : text_of(s->session, GSASL_AUTHID);
	const char *authzid = text_of(s->session, GSASL_AUTHZID);

	/* libgsasl fills in the user when PLAIN names no other identity. */
	if (strcmp(authzid, name) == 0)
		authzid = "";
	snprintf(text, n, "%s %s%s%s", s->mechanism, name,
	    *authzid ? " authzid=" : "", authzid);
}

void sasl_finish(struct sasl *s)
{
	if (!s)
		return;
	if (s->session)
		gsasl_finish(s->session);
	gsasl_done(s->gsasl);
	free(s);
}
