/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * sasl.h - mechanisms by libgsasl behind struct authenticator.
 *
 * Our own order and policy, one-step knowledge, SCRAM with
 * salted password by GnuTLS' PBKDF2 and bounds on iterations.  The
 * user and password come by the program's interact callback, once a
 * mechanism.  Secrets live in wiped buffers.  RFC 4422, 4616, 5802, 7677.
 */
#ifndef SASL_H
#define SASL_H

#include <stdbool.h>

#include "auth-client.h"
#include "authenticator.h"

struct tls;
struct Gsasl;

/* What a connection knows; borrowed until sasl_disconnected(). */
struct sasl_connection {
	const char *host; /* as configured: service name's host */
	struct tls *tls;  /* NULL: clear text */
	bool local_trust; /* Unix socket */
	bool tls_verified;
};

/* Behind auth_context_t; api_auth.c's functions are thin over these. */
struct auth_context *sasl_new(void);
void sasl_free(struct auth_context *a);
/* A borrowed Gsasl context of the program's: its callback answers. */
struct auth_context *sasl_new_gsasl(struct Gsasl *context);

/* The engine's view; valid as long as a is. */
const struct authenticator *sasl_authenticator(struct auth_context *a);
void sasl_connected(
    struct auth_context *a, const struct sasl_connection *connection);
void sasl_disconnected(struct auth_context *a);

/* auth-client.h's setters and getters are implemented in api_auth.c by these;
 * see there for meaning. */
bool sasl_set_flags(struct auth_context *a, unsigned set, unsigned clear);
bool sasl_set_min_ssf(struct auth_context *a, int min_ssf);
bool sasl_set_external_id(struct auth_context *a, const char *identity);
bool sasl_set_interact(struct auth_context *a, auth_interact_t cb, void *arg);
bool sasl_enabled(const struct auth_context *a);
bool sasl_set_order(struct auth_context *a, const char *list);
bool sasl_allow_clear(struct auth_context *a, bool on);
bool sasl_set_authzid(struct auth_context *a, const char *authzid);
bool sasl_select(struct auth_context *a, const char *mechanism);
const char *sasl_selected(const struct auth_context *a);
/* As auth_response(). */
const char *sasl_respond(
    struct auth_context *a, const char *challenge, int *len);

#endif
