/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * authenticator.h - what the engine asks of whoever can log in.
 *
 * The one inverted dependency: sasl.c fills it with libgsasl, tests with
 * three lines.  Octets here are raw; base64 is the engine's business.
 */
#ifndef AUTHENTICATOR_H
#define AUTHENTICATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct capabilities;

enum auth_step {
	AUTH_STEP_RESPONSE, /* send what was appended to response */
	AUTH_STEP_NONE,     /* initial: the mechanism has nothing to say yet */
	AUTH_STEP_FAILED    /* send "*" and give this mechanism up */
};

struct authenticator {
	void *ctx;
	/* The next mechanism worth trying among the offered ones, or NULL:
	 * none is left.  Called again after a mechanism was refused; again
	 * from the start after begin().  Result valid until the next call. */
	const char *(*choose)(void *ctx, const struct capabilities *offered);
	/* A new connection (or a new TLS layer): all mechanisms again. */
	void (*begin)(void *ctx);
	/* challenge NULL: ask for the initial response. */
	enum auth_step (*step)(
	    void *ctx, const void *challenge, size_t n, struct buf *response);
	/* After 235: the mechanism saw all the proof it wants. */
	bool (*satisfied)(void *ctx);
	/* Initial response may stand in a pipelining group (PLAIN, EXTERNAL;
	 * RFC 4954 4). */
	bool (*one_step)(void *ctx);
	/* A sentence that says why no mechanism could be chosen or a step
	 * failed; NULL or static or owned by ctx. */
	const char *(*reason)(void *ctx);
};

#endif
