/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * grammar.h - whether a command is written as the RFCs want it
 *
 * Strict on purpose: this is the oracle for what the client may emit, so it
 * accepts less than a server on the Internet would. */

#ifndef TESTS_SERVER_GRAMMAR_H
#define TESTS_SERVER_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum grammar_body { BODY_UNSAID, BODY_7BIT, BODY_8BIT, BODY_BINARY };

/* What a MAIL or RCPT command says, and what is wrong with it. */
struct grammar_command {
	bool sized;
	uint64_t size;
	enum grammar_body body;
	bool smtputf8;
	size_t growth;       /* what its parameters may add to 512 octets */
	const char *mistake; /* NULL: none */
	bool unadvertised;   /* the mistake is a parameter not offered */
};

/* The parameters behind a keyword of an EHLO reply: a text that ends at CR, LF
 * or NUL.  NULL: the keyword was not announced. */
const char *grammar_capability(const char *ehlo_reply, const char *keyword);

/* line without CRLF.  smtputf8: for RCPT, whether MAIL asked for it. */
void grammar_mail(
    const char *line, const char *ehlo_reply, struct grammar_command *c);
void grammar_rcpt(const char *line, const char *ehlo_reply, bool smtputf8,
    struct grammar_command *c);

/* The argument of EHLO and its like: NULL or the mistake. */
const char *grammar_helo(const char *argument);

/* "BDAT n" and "BDAT n LAST": false when it is something else. */
bool grammar_bdat(const char *line, uint64_t *n, bool *last);

/* The number behind name= in the LIMITS of an EHLO reply; 0: no such limit. */
unsigned long grammar_limit(const char *ehlo_reply, const char *name);

#endif
