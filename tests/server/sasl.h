/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * sasl.h - the test server's side of SASL, by libgsasl
 *
 * One exchange at a time.  Octets in, octets out, both without base64; the
 * SMTP lines around them are login.c's. */

#ifndef TESTS_SERVER_SASL_H
#define TESTS_SERVER_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "octets.h"
#include "options.h"
#include "transport.h"

enum sasl_result {
	SASL_CONTINUE, /* send the output as a challenge */
	SASL_DONE,
	SASL_DENIED
};

struct sasl;

/* Writes the mechanisms that can be offered now, separated by spaces. */
void sasl_offer(
    const struct options *o, const struct transport *t, struct octets *names);

/* NULL: no such mechanism now. */
struct sasl *sasl_start(
    const struct options *o, struct transport *t, const char *mechanism);

/* input NULL: the client has said nothing yet. */
enum sasl_result sasl_step(
    struct sasl *s, const char *input, size_t n, struct octets *output);

/* Who the client says it is and, if different, who it wants to be. */
void sasl_identity(struct sasl *s, char *text, size_t n);
void sasl_finish(struct sasl *s);

bool sasl_decode(const char *text, struct octets *to);
void sasl_encode(const char *data, size_t n, struct octets *to);

#endif
