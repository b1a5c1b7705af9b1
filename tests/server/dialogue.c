/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * dialogue.c - one connection of the test server, line by line
 *
 * Reads command lines and judges their octets, finds each command in one
 * table, and watches that nothing stands behind a command that has to be the
 * last of its group.  Whatever a correct client never does is recorded.
 * RFC 5321 4.1, 4.5.3; 2920 3.1; 2033; 3207; 4954 4. */

#include "dialogue.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 65536, COMMAND_MAX = 512 };

/* clang-format off */
static const struct verb {
	const char *name;
	void (*run)(struct dialogue *d);
	bool last; /* nothing may follow it in its group */
} verbs[] = {
	{ "EHLO",     command_helo,     true },
	{ "HELO",     command_helo,     true },
	{ "LHLO",     command_helo,     true },
	{ "STARTTLS", command_starttls, true },
	{ "AUTH",     login_auth,       false },
	{ "MAIL",     command_mail,     false },
	{ "RCPT",     command_rcpt,     false },
	{ "DATA",     content_data,     true },
	{ "BDAT",     content_bdat,     false },
	{ "RSET",     command_rset,     false },
	{ "NOOP",     command_noop,     true },
	{ "VRFY",     command_vrfy,     true },
	{ "EXPN",     command_vrfy,     true },
	{ "HELP",     command_vrfy,     true },
	{ "ETRN",     command_etrn,     true },
	{ "QUIT",     command_quit,     true },
};
/* clang-format on */

const char *dialogue_line(const struct dialogue *d)
{
	return octets_head(&d->line);
}

const char *dialogue_argument(const struct dialogue *d)
{
	const char *space = strchr(dialogue_line(d), ' ');

	return space ? space + 1 : "";
}

bool dialogue_capable(const struct dialogue *d, const char *keyword)
{
	return octets_len(&d->capabilities) > 0 &&
	       grammar_capability(octets_head(&d->capabilities), keyword);
}

void dialogue_check_last(struct dialogue *d, const char *what)
{
	if (!d->over && transport_pending(&d->t))
		record_violation(
		    d->record, d->conn, "octets sent behind %s", what);
}

void dialogue_reset(struct dialogue *d)
{
	d->mail_tried = d->mail_open = false;
	memset(&d->mail, 0, sizeof d->mail);
	octets_clear(&d->envelope);
	octets_release(&d->content);
	d->content_len = 0;
	d->rcpts_tried = d->rcpts = d->chunks = 0;
	d->chunk_failed = false;
	d->ordinals[EVENT_RCPT] = 0;
	d->ordinals[EVENT_DELIVERY] = 0;
	d->ordinals[EVENT_BDAT] = 0;
}

/* Judges the octets of the line that ends with the LF at text[n - 1]. */
static size_t check_line(struct dialogue *d, const char *text, size_t n)
{
	size_t len = n - 1;
	bool crlf = len > 0 && text[len - 1] == '\r';

	if (crlf)
		len--;
	else
		record_violation(d->record, d->conn, "bare LF in a command");
	if (memchr(text, '\r', len))
		record_violation(d->record, d->conn, "bare CR in a command");
	if (memchr(text, '\0', len))
		record_violation(d->record, d->conn, "NUL in a command");
	if (len > 0 && text[len - 1] == ' ')
		record_violation(
		    d->record, d->conn, "space at the end of a command");
	return len;
}

bool dialogue_read_line(struct dialogue *d)
{
	const char *lf = NULL;
	size_t n;
	size_t len;

	while (!d->over) {
		n = octets_len(&d->t.in);
		lf = n > 0 ? memchr(octets_head(&d->t.in), '\n', n) : NULL;
		if (lf || n > LINE_MAX_OCTETS)
			break;
		if (!transport_fill(&d->t)) {
			if (n > 0)
				record_violation(d->record, d->conn,
				    "%zu octets of a command without its end",
				    n);
			d->over = true;
		}
	}
	if (d->over)
		return false;
	if (!lf) {
		record_violation(d->record, d->conn, "endless command line");
		d->over = true;
		return false;
	}
	n = (size_t)(lf - octets_head(&d->t.in)) + 1;
	len = check_line(d, octets_head(&d->t.in), n);
	octets_clear(&d->line);
	octets_add(&d->line, octets_head(&d->t.in), len);
	octets_add(&d->line, "", 1);
	octets_take(&d->t.in, n);
	record_line(d->record, d->conn, 'C', octets_head(&d->line), len);
	return true;
}

bool dialogue_secure(struct dialogue *d)
{
	bool implicit = d->options->implicit_tls;

	transport_flush(&d->t);
	transport_await(&d->t);
	dialogue_respond(d, EVENT_HANDSHAKE, NULL);
	if (d->over || !transport_handshake(&d->t, d->tls)) {
		d->over = true;
		return false;
	}
	/* RFC 3207 4.2: nothing from before counts any more. */
	if (!implicit)
		octets_clear(&d->t.in);
	d->greeted = false;
	octets_clear(&d->capabilities);
	d->helo[0] = '\0';
	dialogue_reset(d);
	octets_clear(&d->line);
	dialogue_respond(d, EVENT_SECURED, NULL);
	return !d->over;
}

static void greet(struct dialogue *d)
{
	char text[300];
	int code;

	snprintf(text, sizeof text, "220 %s %s test server", d->options->name,
	    d->options->lmtp ? "LMTP" : "ESMTP");
	if (transport_pending(&d->t))
		record_violation(
		    d->record, d->conn, "spoke before the greeting");
	code = dialogue_respond(d, EVENT_GREETING, text);
	if (!d->over && code / 100 != 2)
		record_remark(d->record, d->conn, "connection was refused");
}

static const struct verb *find(const char *line)
{
	size_t n = strcspn(line, " ");

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strlen(verbs[i].name) == n &&
		    strncasecmp(line, verbs[i].name, n) == 0)
			return &verbs[i];
	return NULL;
}

/* RFC 4954 4: only what ends in one round trip may have something behind. */
static bool is_last_auth(const char *line)
{
	return strncasecmp(line, "AUTH PLAIN ", 11) != 0 &&
	       strncasecmp(line, "AUTH EXTERNAL ", 14) != 0;
}

static void check_length(struct dialogue *d, const struct verb *verb)
{
	size_t n = strlen(dialogue_line(d)) + 2;

	/* MAIL and RCPT may grow with their parameters: grammar.c. */
	if (n <= COMMAND_MAX || verb->run == command_mail ||
	    verb->run == command_rcpt)
		return;
	record_violation(
	    d->record, d->conn, "%s line of %zu octets", verb->name, n);
}

static void run_command(struct dialogue *d)
{
	const char *line = dialogue_line(d);
	const struct verb *verb = find(line);
	bool last;

	if (d->quitted)
		record_violation(d->record, d->conn, "command after QUIT");
	if (!verb) {
		record_violation(d->record, d->conn, "unknown command");
		command_other(d);
		return;
	}
	check_length(d, verb);
	last = verb->last || (verb->run == login_auth && is_last_auth(line));
	if (last ||
	    (verb->run != content_bdat && !dialogue_capable(d, "PIPELINING")))
		dialogue_check_last(d, verb->name);
	verb->run(d);
}

static void converse(struct dialogue *d)
{
	dialogue_respond(d, EVENT_ACCEPT, NULL);
	if (d->over)
		return;
	if (d->options->implicit_tls && !dialogue_secure(d))
		return;
	greet(d);
	while (!d->over && dialogue_read_line(d))
		run_command(d);
}

static void release(struct dialogue *d)
{
	transport_release(&d->t);
	octets_release(&d->line);
	octets_release(&d->reply);
	octets_release(&d->capabilities);
	octets_release(&d->challenge);
	octets_release(&d->envelope);
	octets_release(&d->content);
}

void dialogue_serve(const struct dialogue_task *task)
{
	struct dialogue d = {.options = task->options,
	    .tls = task->tls,
	    .record = task->record,
	    .conn = task->conn};

	transport_init(&d.t, task->fd, task->options);
	d.t.record = task->record;
	d.t.conn = task->conn;
	record_remark(d.record, d.conn, "connected");
	converse(&d);
	transport_close(&d.t);
	record_flight(d.record, "connection %lu round-trips %lu", d.conn,
	    d.t.flights + 1);
	record_remark(
	    d.record, d.conn, "%s", d.quitted ? "end" : "end without QUIT");
	release(&d);
}
