/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl_fixture.h - a login against libgsasl's server side
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A program's callback that answers with one user and one password and checks
 * how it is asked; a server that knows the same two; and the exchange between
 * them, whole. Included once by each test of sasl.c, after cmocka.h.
 */
#ifndef SASL_FIXTURE_H
#define SASL_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsasl.h>

#include "buf.h"
#include "capability.h"
#include "reply.h"
#include "sasl.h"

/* What the program knows, and what it saw. */
struct program {
	const char *user, *password;
	bool refuses;
	unsigned calls;
	unsigned user_flags, pass_flags, size;
	char prompt[32];
};

static inline int answer(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	struct program *p = arg;

	p->calls++;
	assert_int_equal(fields, 2);
	assert_string_equal(request[0].name, "user");
	assert_string_equal(request[1].name, "passphrase");
	assert_int_equal(request[0].flags & 7, AUTH_USER);
	assert_int_equal(request[1].flags & 7, AUTH_PASS);
	assert_null(result[0]);
	assert_null(result[1]);
	p->user_flags = request[0].flags;
	p->pass_flags = request[1].flags;
	p->size = request[0].size;
	snprintf(p->prompt, sizeof p->prompt, "%s", request[1].prompt);
	result[0] = (char *)p->user;
	result[1] = (char *)p->password;
	return !p->refuses;
}

/* The EHLO reply of a server with these mechanisms; NULL: without AUTH. */
static inline void offer(struct capabilities *c, const char *mechanisms)
{
	struct reply r;
	char text[512];
	size_t used;

	reply_init(&r);
	snprintf(text, sizeof text, "250-test\r\n250-SIZE\r\n250 %s%s\r\n",
	    mechanisms ? "AUTH " : "HELP", mechanisms ? mechanisms : "");
	assert_int_equal(
	    reply_feed(&r, text, strlen(text), &used), REPLY_COMPLETE);
	capabilities_init(c);
	assert_true(capabilities_read(c, &r));
	reply_release(&r);
}

/* What the server's callback answers from. */
struct known {
	const char *user, *password;
	const char *iterations; /* of SCRAM, NULL: 4096 */
	const char *salt;       /* base64, NULL: some */
	const char *binding;    /* base64, NULL: none */
	char authzid[256];      /* that came */
};

static inline int server_property(
    Gsasl *ctx, Gsasl_session *s, Gsasl_property property)
{
	struct known *k = gsasl_callback_hook_get(ctx);
	const char *authid = gsasl_property_fast(s, GSASL_AUTHID);
	const char *authzid = gsasl_property_fast(s, GSASL_AUTHZID);
	const char *password = gsasl_property_fast(s, GSASL_PASSWORD);

	snprintf(k->authzid, sizeof k->authzid, "%s", authzid ? authzid : "");
	switch (property) {
	case GSASL_VALIDATE_SIMPLE:
		return strcmp(authid, k->user) == 0 &&
		               strcmp(password, k->password) == 0
		           ? GSASL_OK
		           : GSASL_AUTHENTICATION_ERROR;
	case GSASL_VALIDATE_EXTERNAL:
	case GSASL_VALIDATE_ANONYMOUS:
		return GSASL_OK;
	case GSASL_PASSWORD:
		return gsasl_property_set(s, property, k->password);
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(
		    s, property, k->iterations ? k->iterations : "4096");
	case GSASL_SCRAM_SALT:
		return gsasl_property_set(
		    s, property, k->salt ? k->salt : "QSXCR+Q6sek8bf92");
	case GSASL_CB_TLS_EXPORTER:
		return k->binding ? gsasl_property_set(s, property, k->binding)
		                  : GSASL_NO_CALLBACK;
	default:
		return GSASL_NO_CALLBACK;
	}
}

struct login_result {
	bool server_ok;  /* it would say 235 */
	bool client_ok;  /* and this side believes it */
	unsigned lines;  /* that went to the server */
	char first[256]; /* the initial response */
	size_t first_n;
	bool initial; /* there was one */
};

/* Plays the mechanism that was chosen to its end. */
static inline struct login_result play(
    const struct authenticator *auth, const char *mechanism, struct known *k)
{
	struct login_result r = {.server_ok = false};
	Gsasl *ctx;
	Gsasl_session *s;
	struct buf line;
	char *out = NULL;
	size_t n = 0;
	int rc = GSASL_NEEDS_MORE;
	enum auth_step step;

	assert_int_equal(gsasl_init(&ctx), GSASL_OK);
	gsasl_callback_set(ctx, server_property);
	gsasl_callback_hook_set(ctx, k);
	assert_int_equal(gsasl_server_start(ctx, mechanism, &s), GSASL_OK);
	buf_init_secret(&line, 12288);
	step = auth->step(auth->ctx, NULL, 0, &line);
	r.initial = step == AUTH_STEP_RESPONSE;
	if (r.initial) {
		r.first_n = line.len;
		memcpy(r.first, buf_head(&line),
		    line.len < sizeof r.first ? line.len : sizeof r.first);
	}
	while (step != AUTH_STEP_FAILED && rc == GSASL_NEEDS_MORE) {
		rc = gsasl_step(s,
		    step == AUTH_STEP_NONE ? NULL
					   : (const char *)buf_head(&line),
		    step == AUTH_STEP_NONE ? 0 : line.len, &out, &n);
		r.lines += step == AUTH_STEP_RESPONSE;
		buf_clear(&line);
		if (rc == GSASL_NEEDS_MORE || (rc == GSASL_OK && n > 0))
			step = auth->step(auth->ctx, out, n, &line);
		if (rc == GSASL_NEEDS_MORE || rc == GSASL_OK) {
			gsasl_free(out);
			out = NULL;
		}
	}
	r.server_ok = rc == GSASL_OK && step != AUTH_STEP_FAILED;
	r.client_ok = r.server_ok && auth->satisfied(auth->ctx);
	buf_release(&line);
	gsasl_finish(s);
	gsasl_done(ctx);
	return r;
}

#endif
