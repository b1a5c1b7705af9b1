/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtp_parameters.h - MAIL and RCPT as a client of -bs sends them.
 *
 * Paths and parameters are checked and kept; what they mean on the wire is
 * the library's business.  RFC 5321 4.1.1.2, 4.1.1.3, RFC 3461.
 */
#ifndef SMTP_PARAMETERS_H
#define SMTP_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

struct smtp_rcpt {
	char *mailbox; /* NULL: none */
	enum notify_flags notify;
	char *orcpt_type, *orcpt_address; /* decoded; NULL: none */
};

struct smtp_transaction {
	char *sender;          /* "" is the null sender; NULL: no MAIL yet */
	struct smtp_rcpt rcpt; /* the last one */
	enum ret_flags ret;
	char *envid; /* not xtext */
	enum e8bitmime_body body;
	bool smtputf8;
};

void smtp_transaction_clear(struct smtp_transaction *t);

/* NULL, or the reply that says what is wrong. */
const char *smtp_take_mail(struct smtp_transaction *t, const char *argument);
const char *smtp_take_rcpt(struct smtp_transaction *t, const char *argument);

/* Sender and its parameters as options; strings stay t's. */
void smtp_fill_options(
    const struct smtp_transaction *t, struct options *options);

#endif
