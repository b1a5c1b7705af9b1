/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_parameters.h - ESMTP parameters of MAIL and RCPT, for command.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Two tables, one row a parameter, in the order in which they are sent. No
 * other file says which parameter a message wants, how much it matters, which
 * keyword must have been announced, or how its value is written.
 */
#ifndef COMMAND_PARAMETERS_H
#define COMMAND_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "command.h"

/* What a row decides by. */
struct parameter_facts {
	const struct smtp_message *message;
	const struct smtp_recipient *recipient; /* RCPT's rows only */
	const struct command_context *context;
};

struct parameter;
extern const struct parameter *const parameters_of_mail;
extern const struct parameter *const parameters_of_rcpt;

/* Appends those of the table that are wanted and announced, each behind a
 * space, and adds to *limit what they let the line grow. False: refused, or
 * one that matters cannot be sent; out may then hold a part of them. */
bool parameters_put(struct buf *out, const struct parameter *table,
    const struct parameter_facts *facts, size_t *limit);

/* The first keyword that is needed and missing; that would be welcome and was
 * not announced. NULL: none. */
typedef const char *parameter_judge(
    const struct parameter *table, const struct parameter_facts *facts);
parameter_judge parameters_missing;
parameter_judge parameters_unannounced;

/* encode_orcpt(), but refuses too what is a mistake in a parameter: a path's
 * brackets, and characters in the type that a value may not hold. */
bool parameter_put_orcpt(
    struct buf *out, const char *type, const char *address, bool smtputf8);

#endif
