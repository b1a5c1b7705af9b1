/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtp.c - the dialogue of -bs.
 *
 * contract: smtp.h.  One table of verbs; lines may end in LF or CRLF; every
 * reply leaves at once, because the caller waits for it at the other end of
 * a pipe.  The end of input before the final dot sends nothing.  What a step
 * means is relay.c's business.
 */
#include "smtp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "encode.h"
#include "message_store.h"
#include "process.h"
#include "relay.h"
#include "smtp_parameters.h"
#include "text.h"

/* RFC 5321 4.5.3.1.4 with what the extensions add. */
#define COMMAND_MAX 4096
#define INPUT_SIZE 65536

struct dialogue {
	struct smtp_transaction transaction;
	struct relay *relay;
	char input[INPUT_SIZE];
	size_t at, n; /* unread octets of input */
	bool ended;   /* no more input, or no more output */
	bool greeted;
};

static void say(struct dialogue *d, const char *reply)
{
	char line[RELAY_REPLY_MAX + 2];
	size_t n = (size_t)snprintf(line, sizeof line, "%s\r\n", reply);

	for (size_t at = 0; at < n && !d->ended;) {
		ssize_t written = write(STDOUT_FILENO, line + at, n - at);

		if (written > 0)
			at += (size_t)written;
		else if (errno != EINTR)
			d->ended = true;
	}
}

/* More input; false: it has ended. */
static bool fill(struct dialogue *d)
{
	ssize_t n;

	do
		n = read(STDIN_FILENO, d->input, sizeof d->input);
	while (n < 0 && errno == EINTR && process_interrupted == 0);
	d->at = 0;
	d->n = n > 0 ? (size_t)n : 0;
	d->ended = d->ended || n <= 0;
	return n > 0;
}

/* A command without its line end; false: the input has ended.  What is too
 * long is read to its end and comes back empty with *too_long. */
static bool read_command(struct dialogue *d, char *line, bool *too_long)
{
	size_t n = 0;

	*too_long = false;
	for (;;) {
		char c;

		if (d->at == d->n && !fill(d))
			return false;
		c = d->input[d->at++];
		if (c == '\n')
			break;
		if (n < COMMAND_MAX - 1)
			line[n++] = c;
		else
			*too_long = true;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	*too_long = *too_long || memchr(line, '\0', n) != NULL;
	return true;
}

static void greet(struct dialogue *d, const char *argument)
{
	if (argument[0] == '\0') {
		say(d, "501 5.5.4 say who you are");
		return;
	}
	d->greeted = true;
	smtp_transaction_clear(&d->transaction);
	relay_reset(d->relay);
}

static void do_helo(struct dialogue *d, const char *argument)
{
	greet(d, argument);
	if (argument[0] != '\0')
		say(d, "250 posthaste");
}

/* What we cannot do for the server, the server must be able to. */
static void do_ehlo(struct dialogue *d, const char *argument)
{
	greet(d, argument);
	if (argument[0] == '\0')
		return;
	say(d, relay_offers(d->relay, "SMTPUTF8") ? "250-posthaste\r\n"
						    "250-SMTPUTF8\r\n"
						    "250-PIPELINING\r\n"
						    "250-8BITMIME\r\n"
						    "250-SIZE\r\n"
						    "250-DSN\r\n"
						    "250 ENHANCEDSTATUSCODES"
						  : "250-posthaste\r\n"
						    "250-PIPELINING\r\n"
						    "250-8BITMIME\r\n"
						    "250-SIZE\r\n"
						    "250-DSN\r\n"
						    "250 ENHANCEDSTATUSCODES");
}

static void do_mail(struct dialogue *d, const char *argument)
{
	struct relay_reply reply;
	const char *problem;

	if (d->transaction.sender != NULL) {
		say(d, "503 5.5.1 there is a sender already");
		return;
	}
	problem = smtp_take_mail(&d->transaction, argument);
	if (problem != NULL) {
		say(d, problem);
		return;
	}
	if (!relay_mail(d->relay, &d->transaction, &reply))
		smtp_transaction_clear(&d->transaction);
	say(d, reply.text);
}

static void do_rcpt(struct dialogue *d, const char *argument)
{
	struct relay_reply reply;
	const char *problem;

	if (d->transaction.sender == NULL) {
		say(d, "503 5.5.1 MAIL comes first");
		return;
	}
	problem = smtp_take_rcpt(&d->transaction, argument);
	if (problem == NULL) {
		relay_rcpt(d->relay, &d->transaction, &reply);
		problem = reply.text;
	}
	say(d, problem);
}

/* Stores octets of content; after a failure only counts them off. */
static void keep(
    struct message_store *store, const char *octets, size_t n, bool *full)
{
	if (!*full && n > 0 && !message_store_append(store, octets, n))
		*full = true;
}

/* Where the content stands in its line: the lone dot may come in pieces. */
enum place { PLACE_START, PLACE_DOT, PLACE_DOT_CR, PLACE_INSIDE };

/* The next octet when a line's beginning decides what it means; true: the
 * lone dot's line has ended. */
static bool content_octet(struct dialogue *d, enum place *place,
    struct message_store *store, bool *full)
{
	char c = d->input[d->at++];

	if (*place == PLACE_START && c == '.') {
		*place = PLACE_DOT; /* RFC 5321 4.5.2: it is not content */
		return false;
	}
	if (*place == PLACE_DOT && c == '\r') {
		*place = PLACE_DOT_CR;
		return false;
	}
	if (*place != PLACE_START && c == '\n')
		return true;
	if (*place == PLACE_DOT_CR)
		keep(store, "\r", 1, full);
	keep(store, &c, 1, full);
	*place = c == '\n' ? PLACE_START : PLACE_INSIDE;
	return false;
}

/* The rest of a line, or what of it is there. */
static void content_rest(struct dialogue *d, enum place *place,
    struct message_store *store, bool *full)
{
	const char *at = d->input + d->at;
	const char *lf = memchr(at, '\n', d->n - d->at);
	size_t n = lf == NULL ? d->n - d->at : (size_t)(lf - at) + 1;

	keep(store, at, n, full);
	d->at += n;
	if (lf != NULL)
		*place = PLACE_START;
}

/* Content up to the lone dot; false: the input ended before it. */
static bool read_content(
    struct dialogue *d, struct message_store *store, bool *full)
{
	enum place place = PLACE_START;

	for (;;) {
		if (d->at == d->n && !fill(d))
			return false;
		if (place == PLACE_INSIDE)
			content_rest(d, &place, store, full);
		else if (content_octet(d, &place, store, full))
			return true;
	}
}

static void submit_content(struct dialogue *d, struct message_store *store)
{
	struct relay_reply reply;
	int fd = message_store_descriptor(store);

	if (fd < 0) {
		say(d, "451 4.3.0 the message cannot be stored");
		return;
	}
	relay_content(d->relay, fd, &reply);
	say(d, reply.text);
}

static void do_data(struct dialogue *d, const char *argument)
{
	struct relay_reply reply;
	struct message_store store;
	bool full = false;
	bool dot;

	(void)argument;
	if (d->transaction.sender == NULL) {
		say(d, "503 5.5.1 MAIL comes first");
		return;
	}
	if (!relay_ready(d->relay, &reply)) {
		say(d, reply.text);
		return;
	}
	say(d, "354 end with a line that holds a dot alone");
	message_store_init(&store);
	dot = read_content(d, &store, &full);
	if (dot && full)
		say(d, "451 4.3.0 the message cannot be stored");
	else if (dot)
		submit_content(d, &store);
	message_store_release(&store);
	smtp_transaction_clear(&d->transaction);
	relay_reset(d->relay);
}

static void do_rset(struct dialogue *d, const char *argument)
{
	(void)argument;
	smtp_transaction_clear(&d->transaction);
	relay_reset(d->relay);
	say(d, "250 2.0.0 forgotten");
}

static void do_noop(struct dialogue *d, const char *argument)
{
	(void)argument;
	say(d, "250 2.0.0 ok");
}

static void do_vrfy(struct dialogue *d, const char *argument)
{
	(void)argument;
	say(d, "252 2.5.0 not verified here; send, and see");
}

static void do_help(struct dialogue *d, const char *argument)
{
	(void)argument;
	say(d, "214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY QUIT");
}

static void do_quit(struct dialogue *d, const char *argument)
{
	(void)argument;
	say(d, "221 2.0.0 bye");
	d->ended = true;
}

/* clang-format off */
static const struct {
	const char *verb;
	void (*act)(struct dialogue *d, const char *argument);
} verbs[] = {
	{ "EHLO", do_ehlo }, { "HELO", do_helo },
	{ "MAIL", do_mail }, { "RCPT", do_rcpt }, { "DATA", do_data },
	{ "RSET", do_rset }, { "NOOP", do_noop }, { "VRFY", do_vrfy },
	{ "HELP", do_help }, { "QUIT", do_quit },
};
/* clang-format on */

static void command(struct dialogue *d, const char *line)
{
	size_t n = strcspn(line, " ");
	const char *argument = line + n + strspn(line + n, " ");

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (text_equal_nocase(
			line, n, verbs[i].verb, strlen(verbs[i].verb))) {
			verbs[i].act(d, argument);
			return;
		}
	}
	say(d, "502 5.5.1 no such command here");
}

int smtp_converse(const struct options *options)
{
	struct dialogue *d = calloc(1, sizeof *d);
	char line[COMMAND_MAX];
	bool too_long;

	if (d == NULL)
		return EX_OSERR;
	d->relay = relay_new(options);
	if (d->relay == NULL) {
		free(d);
		return EX_OSERR;
	}
	say(d, "220 posthaste ESMTP");
	while (!d->ended && process_interrupted == 0 &&
	       read_command(d, line, &too_long)) {
		if (too_long)
			say(d, "500 5.5.2 this is no command line");
		else
			command(d, line);
	}
	smtp_transaction_clear(&d->transaction);
	relay_free(d->relay);
	free(d);
	return EX_OK;
}
