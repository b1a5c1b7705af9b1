/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtp.h - SMTP on standard input and output (-bs), RFC 5321.
 *
 * A real dialogue for callers that speak SMTP to a program: each transaction
 * is submitted when its content has ended, and the answer to it is the
 * server's.  All recipients or none: a reply speaks for every one of them.
 * Offers neither AUTH nor STARTTLS.
 */
#ifndef SMTP_H
#define SMTP_H

struct options;

/* One message of the dialogue, handed over to be sent. */
struct smtp_submission {
	const struct options *options; /* sender, recipients, parameters */
	int fd; /* at the start of the message, line ends as they came */
};

/* What became of it: an exit status, and a line of words without line end
 * (SMTP_WORDS_MAX). */
#define SMTP_WORDS_MAX 400
typedef int (*smtp_submit)(
    const struct smtp_submission *submission, char *words);

/* Runs the dialogue until QUIT or the end of input; the exit status. */
int smtp_converse(const struct options *options, smtp_submit submit);

#endif
