/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl_context.h - what the files of sasl.c share
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One struct auth_context is what a program lets mechanisms do, and the one
 * exchange under way. sasl.c is its interface, sasl_choose.c decides which
 * mechanism, sasl_exchange.c runs it, sasl_scram.c guards SCRAM. Included by
 * nobody else.
 */
#ifndef SMTP_SASL_CONTEXT_H
#define SMTP_SASL_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <gsasl.h>

#include "buf.h"
#include "sasl.h"

enum sasl_trait {
	SASL_SCRAM = 1,
	SASL_SHA256 = 2, /* of SCRAM; else SHA-1 */
	SASL_PLUS = 4,   /* needs channel binding */
	SASL_CLEAR = 8,  /* shows the password */
	SASL_SERVER_FIRST = 16,
	SASL_ONE_STEP = 32,
	SASL_NO_LOGIN = 64,      /* wants neither user nor password */
	SASL_PLAIN_LIMITS = 128, /* RFC 4616: 255 octets, UTF-8 */
	SASL_BY_STRENGTH = 256   /* in the order nobody has to name */
};

struct sasl_mechanism {
	const char *name;
	unsigned traits;
	unsigned consent;   /* AUTH_PLUGIN_* bit a libESMTP program must set */
	const char *prompt; /* for the password */
};

enum { SASL_MECHANISMS = 9, SASL_REASON_MAX = 512 };

/* By strength; those behind LOGIN only by name. */
extern const struct sasl_mechanism sasl_mechanisms[SASL_MECHANISMS];

struct auth_context {
	struct authenticator authenticator;
	Gsasl *gsasl; /* NULL until needed */
	bool gsasl_borrowed;

	unsigned consent; /* AUTH_PLUGIN_* without EXTERNAL */
	int min_ssf;
	char *external_id;
	auth_interact_t interact;
	void *interact_arg;

	bool ordered; /* our policy, else libESMTP's */
	unsigned char order[SASL_MECHANISMS];
	size_t order_count;
	bool allow_clear;
	char *authzid;

	struct sasl_connection connection;
	unsigned tried; /* bit a row, on this connection */

	const struct sasl_mechanism *selected;
	Gsasl_session *exchange; /* NULL: not begun */
	bool salted;             /* SCRAM: server-first was looked at */
	bool done;               /* libgsasl has all it wants */
	unsigned challenges;
	size_t octets;    /* of challenges */
	struct buf reply; /* sasl_respond()'s result */
	char reason[SASL_REASON_MAX];
};

/* The row with this name, any case; NULL: none. */
const struct sasl_mechanism *sasl_find(const char *name, size_t n);

/* Whether this context and connection let a mechanism be used. */
bool sasl_usable(struct auth_context *a, const struct sasl_mechanism *m);

/* The next untried usable mechanism, marked as tried; NULL, and the reason
 * is set: there is none. */
const struct sasl_mechanism *sasl_next(
    struct auth_context *a, const struct capabilities *offered);

/* Makes the libgsasl context if there is none. */
bool sasl_load(struct auth_context *a);

/* One step of the selected mechanism; as authenticator's step. */
enum auth_step sasl_step(struct auth_context *a, const void *challenge,
    size_t n, struct buf *response);

/* Overwrites the secrets that libgsasl keeps. */
void sasl_wipe(struct auth_context *a);

/* Ends the exchange, wiping what libgsasl kept. */
void sasl_end(struct auth_context *a);

/* Looks at server-first before libgsasl does: form, iteration count,
 * salt; then gives libgsasl the salted password instead of the password.
 * False: refused, and the reason is set. */
bool sasl_scram_first(struct auth_context *a, const void *challenge, size_t n);

/* Keeps what, and behind it detail (may be NULL) cleaned, as the reason. */
void sasl_because(
    struct auth_context *a, const char *what, const char *detail, size_t n);

#endif
