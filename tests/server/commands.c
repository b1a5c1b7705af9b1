/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * commands.c - the test server's answers to the commands but AUTH and content
 *
 * Each command is checked for its grammar and its turn.  A mistake that no
 * correct client makes is recorded and refused; what a client may do that
 * pipelines (RCPT behind a refused MAIL) is refused only.
 * RFC 5321 4.1.1, 4.1.4; 1870 6; 1985; 2033; 3207; 9422. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialogue.h"
#include "sasl.h"

/* Refuses what only a broken client does. */
static int blame(struct dialogue *d, enum script_event event, const char *reply,
    const char *why)
{
	record_violation(d->record, d->conn, "%s: %s", why, dialogue_line(d));
	return dialogue_respond(d, event, reply);
}

static bool same_word(const char *line, const char *keyword)
{
	size_t n = strcspn(line, " ");

	return strlen(keyword) == n && strncasecmp(line, keyword, n) == 0;
}

static bool is_without(const struct options *o, const char *line)
{
	char word[64];

	snprintf(word, sizeof word, "%.*s", (int)strcspn(line, " "), line);
	for (size_t i = 0; i < o->without.n; i++)
		if (same_word(o->without.items[i], word))
			return true;
	return false;
}

static bool is_in(const struct options_list *list, const char *line)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcspn(list->items[i], " ") == strcspn(line, " ") &&
		    strncasecmp(list->items[i], line, strcspn(line, " ")) == 0)
			return true;
	return false;
}

static void add_line(struct octets *reply, const char *line)
{
	octets_text(reply, "\r\n250-");
	octets_text(reply, line);
}

/* One of our own keywords, unless an option says something else of it. */
static void offer(struct dialogue *d, struct octets *reply, const char *line)
{
	const struct options *o = d->options;

	if (is_without(o, line) || is_in(&o->announce, line))
		return;
	if (d->authenticated && is_in(&o->after_auth, line))
		return;
	add_line(reply, line);
}

static void offer_auth(struct dialogue *d, struct octets *reply)
{
	struct octets line = {0};
	struct octets names = {0};

	if (d->options->starttls && !d->t.tls && !d->options->auth_clear)
		return;
	sasl_offer(d->options, &d->t, &names);
	octets_text(&line, "AUTH ");
	octets_add(&line, octets_head(&names), octets_len(&names));
	octets_add(&line, "", 1);
	offer(d, reply, octets_head(&line));
	octets_release(&names);
	octets_release(&line);
}

static void offer_all(struct dialogue *d, struct octets *reply)
{
	static const char *const own[] = {"PIPELINING", "SIZE 104857600",
	    "8BITMIME", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES", "SMTPUTF8"};
	const struct options *o = d->options;
	char *last;

	octets_text(reply, "250-");
	octets_text(reply, o->name);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		offer(d, reply, own[i]);
	if (o->starttls && !d->t.tls)
		offer(d, reply, "STARTTLS");
	offer_auth(d, reply);
	for (size_t i = 0; i < o->announce.n; i++)
		if (!d->authenticated ||
		    !is_in(&o->after_auth, o->announce.items[i]))
			add_line(reply, o->announce.items[i]);
	for (size_t i = 0; d->authenticated && i < o->after_auth.n; i++)
		add_line(reply, o->after_auth.items[i]);
	octets_add(reply, "", 1);
	last = strrchr(reply->data + reply->at, '\r');
	last = last ? last + 2 : reply->data + reply->at;
	last[3] = ' ';
}

static enum script_event helo_event(const char *line)
{
	if (strncasecmp(line, "HELO", 4) == 0)
		return EVENT_HELO;
	return strncasecmp(line, "LHLO", 4) == 0 ? EVENT_LHLO : EVENT_EHLO;
}

void command_helo(struct dialogue *d)
{
	enum script_event event = helo_event(dialogue_line(d));
	const char *mistake = grammar_helo(dialogue_argument(d));
	struct octets reply = {0};
	int code;

	if (d->options->lmtp != (event == EVENT_LHLO)) {
		blame(d, event, "500 wrong protocol", "wrong hello");
		return;
	}
	if (mistake) {
		blame(d, event, "501 bad name", mistake);
		return;
	}
	if (event == EVENT_HELO) {
		octets_text(&reply, "250 ");
		octets_text(&reply, d->options->name);
		octets_add(&reply, "", 1);
	} else {
		offer_all(d, &reply);
	}
	code = dialogue_respond(d, event, octets_head(&reply));
	octets_release(&reply);
	if (code / 100 != 2)
		return;
	d->greeted = true;
	snprintf(d->helo, sizeof d->helo, "%s", dialogue_line(d));
	dialogue_reset(d);
	octets_clear(&d->capabilities);
	if (event != EVENT_HELO)
		octets_text(&d->capabilities, octets_head(&d->reply));
	octets_add(&d->capabilities, "", 1);
}

void command_starttls(struct dialogue *d)
{
	int code;

	if (strlen(dialogue_line(d)) != 8)
		code = blame(d, EVENT_STARTTLS, "501 5.5.4 no parameters",
		    "STARTTLS with a parameter");
	else if (d->t.tls || !dialogue_capable(d, "STARTTLS"))
		code = blame(d, EVENT_STARTTLS, "503 5.5.1 not now",
		    "STARTTLS was not offered");
	else
		code = dialogue_respond(
		    d, EVENT_STARTTLS, "220 2.0.0 ready to start TLS");
	if (code != 220 || d->over)
		return;
	if (d->tls && !d->t.tls)
		dialogue_secure(d);
	else
		d->over = true;
}

/* Whether MAIL has its turn; answers when it has not. */
/* MAIL too early; what a pipelining client says behind it is no mistake. */
static bool not_yet(struct dialogue *d, const char *reply)
{
	dialogue_reset(d);
	d->mail_tried = true;
	dialogue_respond(d, EVENT_MAIL, reply);
	return false;
}

static bool may_mail(struct dialogue *d)
{
	const struct options *o = d->options;
	unsigned long most;

	if (!d->greeted) {
		blame(d, EVENT_MAIL, "503 5.5.1 say hello first",
		    "MAIL before EHLO");
		return false;
	}
	if (d->mail_open) {
		blame(d, EVENT_MAIL, "503 5.5.1 nested MAIL", "nested MAIL");
		return false;
	}
	if (o->require_tls && !d->t.tls)
		return not_yet(d, "530 5.7.0 STARTTLS first");
	if (o->require_auth && !d->authenticated)
		return not_yet(d, "530 5.7.0 authentication required");
	most = grammar_limit(octets_head(&d->capabilities), "MAILMAX");
	if (most > 0 && d->accepted_messages >= most) {
		blame(d, EVENT_MAIL, "421 4.7.0 too many messages",
		    "more messages than MAILMAX");
		return false;
	}
	return true;
}

static bool is_too_large(const struct dialogue *d)
{
	const char *most =
	    octets_len(&d->capabilities) > 0
		? grammar_capability(octets_head(&d->capabilities), "SIZE")
		: NULL;
	unsigned long long n = most ? strtoull(most, NULL, 10) : 0;

	return d->mail.sized && n > 0 && d->mail.size > n;
}

static void note(struct dialogue *d, const char *name, const char *text)
{
	octets_text(&d->envelope, name);
	octets_text(&d->envelope, ": ");
	octets_add(&d->envelope, text, strcspn(text, "\r\n"));
	octets_text(&d->envelope, "\n");
}

/* The reply to a command with a mistake in it. */
static void refuse(struct dialogue *d, enum script_event event,
    const struct grammar_command *c)
{
	if (c->unadvertised)
		blame(
		    d, event, "555 5.5.4 parameter not recognised", c->mistake);
	else
		blame(d, event, "501 5.5.4 syntax error", c->mistake);
}

void command_mail(struct dialogue *d)
{
	struct grammar_command c;
	int code;

	d->messages++;
	if (!may_mail(d))
		return;
	dialogue_reset(d);
	d->mail_tried = true;
	grammar_mail(dialogue_line(d), octets_head(&d->capabilities), &c);
	if (c.mistake) {
		refuse(d, EVENT_MAIL, &c);
		return;
	}
	d->mail = c;
	note(d, "mail", dialogue_line(d));
	code = dialogue_respond(d, EVENT_MAIL,
	    is_too_large(d) ? "552 5.3.4 message too large"
			    : "250 2.1.0 sender ok");
	note(d, "mail-reply", octets_head(&d->reply));
	d->mail_open = code / 100 == 2;
}

static const char *rcpt_reply(struct dialogue *d)
{
	unsigned long most =
	    grammar_limit(octets_head(&d->capabilities), "RCPTMAX");

	if (most == 0 || d->rcpts < most)
		return "250 2.1.5 recipient ok";
	record_violation(d->record, d->conn, "more recipients than RCPTMAX");
	return "452 4.5.3 too many recipients";
}

void command_rcpt(struct dialogue *d)
{
	struct grammar_command c;
	int code;

	if (!d->mail_open) {
		if (!d->mail_tried || !dialogue_capable(d, "PIPELINING"))
			blame(d, EVENT_RCPT, "503 5.5.1 MAIL first",
			    "RCPT without MAIL");
		else
			dialogue_respond(
			    d, EVENT_RCPT, "503 5.5.1 MAIL was refused");
		return;
	}
	d->rcpts_tried++;
	grammar_rcpt(dialogue_line(d), octets_head(&d->capabilities),
	    d->mail.smtputf8, &c);
	if (d->chunks > 0)
		c.mistake = "RCPT behind BDAT";
	if (c.mistake) {
		refuse(d, EVENT_RCPT, &c);
		return;
	}
	note(d, "rcpt", dialogue_line(d));
	code = dialogue_respond(d, EVENT_RCPT, rcpt_reply(d));
	note(d, "rcpt-reply", octets_head(&d->reply));
	if (code / 100 == 2)
		d->rcpts++;
}

void command_rset(struct dialogue *d)
{
	if (*dialogue_argument(d))
		record_violation(d->record, d->conn, "RSET with a parameter");
	dialogue_reset(d);
	dialogue_respond(d, EVENT_RSET, "250 2.0.0 reset");
}

void command_noop(struct dialogue *d)
{
	dialogue_respond(d, EVENT_NOOP, "250 2.0.0 ok");
}

void command_vrfy(struct dialogue *d)
{
	const char *line = dialogue_line(d);

	if (strncasecmp(line, "VRFY", 4) == 0)
		dialogue_respond(d, EVENT_VRFY, "252 2.5.2 cannot verify");
	else if (strncasecmp(line, "EXPN", 4) == 0)
		dialogue_respond(d, EVENT_EXPN, "502 5.5.1 no lists here");
	else
		dialogue_respond(d, EVENT_HELP, "214 2.0.0 no help");
}

void command_etrn(struct dialogue *d)
{
	if (!dialogue_capable(d, "ETRN"))
		blame(d, EVENT_ETRN, "502 5.5.1 no ETRN",
		    "ETRN was not announced");
	else
		dialogue_respond(d, EVENT_ETRN, "250 2.0.0 queue started");
}

void command_quit(struct dialogue *d)
{
	if (*dialogue_argument(d))
		record_violation(d->record, d->conn, "QUIT with a parameter");
	d->quitted = true;
	dialogue_respond(d, EVENT_QUIT, "221 2.0.0 bye");
	if (!d->over)
		transport_close(&d->t);
	d->over = true;
}

void command_other(struct dialogue *d)
{
	dialogue_respond(d, EVENT_OTHER, "500 5.5.2 what?");
}
