/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * dialogue.h - one connection of the test server, command by command
 *
 * dialogue.c reads lines and knows the order of commands, commands.c answers
 * them, login.c does AUTH, content.c DATA and BDAT, and act.c carries out the
 * rules: every reply of the server goes through dialogue_respond(). */

#ifndef TESTS_SERVER_DIALOGUE_H
#define TESTS_SERVER_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "grammar.h"
#include "octets.h"
#include "options.h"
#include "record.h"
#include "script.h"
#include "transport.h"

struct dialogue {
	struct transport t;
	const struct options *options;
	struct transport_tls *tls;
	struct record *record;
	unsigned long conn;
	unsigned long ordinals[EVENTS];
	bool over; /* nothing more is read or written */

	struct octets line;         /* the current command, no CRLF, NUL */
	struct octets reply;        /* the last reply, whole, NUL */
	struct octets capabilities; /* the EHLO reply in force, NUL */
	struct octets challenge;    /* what a true 334 would carry, NUL */

	char helo[600];
	char identity[600]; /* mechanism and user, or "" */
	bool greeted;
	bool authenticated;
	bool quitted;

	unsigned long messages; /* MAIL commands so far */
	unsigned long accepted_messages;
	bool mail_tried;
	bool mail_open;
	struct grammar_command mail;
	struct octets envelope;
	unsigned long rcpts_tried;
	unsigned long rcpts;
	unsigned long chunks;
	bool chunk_failed;
	struct octets content;
	size_t content_len; /* counted also with --discard */
	size_t content_had; /* as it was before the last arrival */
};

/* Serves one connection from accept to its end; takes the descriptor. */
struct dialogue_task {
	int fd;
	unsigned long conn;
	const struct options *options;
	struct transport_tls *tls;
	struct record *record;
};
void dialogue_serve(const struct dialogue_task *task);

/* Says the reply to an event, or what the rules want instead.  fallback is one
 * line or several without the last CRLF; NULL when the event has no reply.
 * Returns the code that the client saw, 0 when there was none. */
int dialogue_respond(
    struct dialogue *d, enum script_event event, const char *fallback);

/* Reads a line into d->line; false: the connection is over. */
bool dialogue_read_line(struct dialogue *d);

/* The current line, and its argument behind the first space. */
const char *dialogue_line(const struct dialogue *d);
const char *dialogue_argument(const struct dialogue *d);

/* Whether the EHLO reply in force announced a keyword. */
bool dialogue_capable(const struct dialogue *d, const char *keyword);

/* Whether more input is there behind a command that had to be the last. */
void dialogue_check_last(struct dialogue *d, const char *what);

/* Forgets the transaction. */
void dialogue_reset(struct dialogue *d);

/* TLS from here; false: it failed and the connection is over. */
bool dialogue_secure(struct dialogue *d);

/* The commands: each reads dialogue_line() and responds. */
void command_helo(struct dialogue *d);
void command_starttls(struct dialogue *d);
void command_mail(struct dialogue *d);
void command_rcpt(struct dialogue *d);
void command_rset(struct dialogue *d);
void command_noop(struct dialogue *d);
void command_vrfy(struct dialogue *d);
void command_etrn(struct dialogue *d);
void command_quit(struct dialogue *d);
void command_other(struct dialogue *d);
void login_auth(struct dialogue *d);
void content_data(struct dialogue *d);
void content_bdat(struct dialogue *d);

#endif
