/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server_mail.c - the server of the model checker: transactions
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Knows whose sender, whose recipients and whose content it has been given,
 * and holds them against each other. It takes responsibility when the walk
 * says so, with or without telling the client; what it refuses is noted, so
 * that a refusal the client reports must be one it was told of.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static struct truth *truth_of(struct world *w, int message, int recipient)
{
	return &w->truth[message][recipient];
}

static void note_refusal(struct world *w, bool accepted_only)
{
	struct peer *s = &w->server;

	for (int r = 0; r < RECIPIENTS && s->death == ALIVE; r++)
		if (!accepted_only || s->accepted[s->message][r])
			truth_of(w, s->message, r)->refused = true;
}

static void forget_transaction(struct peer *s)
{
	s->open = false;
	s->asked = 0;
	s->taken = 0;
	memset(s->accepted, 0, sizeof s->accepted);
	memset(s->named, 0, sizeof s->named);
}

/* The path between the angle brackets is this one. */
static bool names(const char *line, const char *mailbox)
{
	const char *path = strchr(line, '<') + 1;
	size_t n = strlen(mailbox);

	return strncmp(path, mailbox, n) == 0 && path[n] == '>';
}

static void answer_mail(struct world *w)
{
	struct peer *s = &w->server;

	switch (world_choose(w, 9)) {
	case 0:
		s->open = true;
		server_reply(w, "250 ok");
		break;
	case 1:
		server_reply(w, "450 later");
		break;
	case 2:
		note_refusal(w, false);
		server_reply(w, "550 no");
		break;
	case 3:
		server_reply(w, "421 bye");
		break;
	case 4:
		server_dies(w, CLOSED);
		break;
	case 5:
		server_dies(w, SILENT);
		break;
	case 6:
		server_reply(w, "2x0 garbage");
		break;
	case 7:
		s->open = true;
		server_reply(w, "250 ok\r\n250 and one too many");
		w->confused = s->pipelining;
		break;
	case 8:
		server_reply(w, "354 go");
		break;
	}
}

void server_mail(struct world *w, const char *line)
{
	struct peer *s = &w->server;
	int m = 0;

	if (s->open) {
		if (server_is_known(w))
			world_break(w, "no MAIL within a transaction");
		server_reply(w, "503 nested MAIL");
		return;
	}
	while (m < MESSAGES - 1 && !names(line, world_senders[m]))
		m++;
	s->message = m;
	if (w->setting->login_required && !s->known) {
		server_reply(w, "530 who are you");
		return;
	}
	forget_transaction(s);
	answer_mail(w);
}

static void answer_rcpt(struct world *w, int m, int r)
{
	struct peer *s = &w->server;

	switch (world_choose(w, 6)) {
	case 0:
		s->accepted[m][r] = true;
		s->taken++;
		server_reply(w, "250 ok");
		break;
	case 1:
		server_reply(w, "450 later");
		break;
	case 2:
		truth_of(w, m, r)->refused = true;
		server_reply(w, "550 5.1.1 no");
		break;
	case 3:
		server_reply(w, "452 4.5.3 too many");
		break;
	case 4:
		server_reply(w, "421 bye");
		break;
	case 5:
		server_dies(w, CLOSED);
		break;
	}
}

void server_rcpt(struct world *w, const char *line)
{
	struct peer *s = &w->server;
	int who = 0;

	while (
	    who < MESSAGES * RECIPIENTS &&
	    !names(line, world_mailboxes[who / RECIPIENTS][who % RECIPIENTS]))
		who++;
	if (who == MESSAGES * RECIPIENTS) {
		world_break(w, "only recipients that are wanted");
		return;
	}
	s->asked++;
	s->named[who / RECIPIENTS][who % RECIPIENTS] = true;
	if (s->open) {
		answer_rcpt(w, who / RECIPIENTS, who % RECIPIENTS);
		return;
	}
	if (server_is_known(w))
		world_break(w, "no RCPT without MAIL");
	server_reply(w, "503 no MAIL");
}

/* Content, or DATA, may not be sent to nobody, nor to some where all were
 * wanted; where the client knows it. Safe: only one recipient is risked, and
 * nothing before a login is known to have gone well. */
static void check_content(struct world *w, bool chunk)
{
	struct peer *s = &w->server;
	const struct setting *t = w->setting;

	if (server_is_known(w) && s->taken == 0)
		world_break(w, "no content without an accepted recipient");
	if (t->all_or_none && s->asked > 1 &&
	    (!server_is_known(w) || s->taken < s->asked))
		world_break(w, "all recipients or no content");
	if (t->minimal || server_is_known(w))
		return;
	if (chunk && s->asked > 1)
		world_break(w, "safe: content waits for its recipients");
	if (t->login_required && !s->known)
		world_break(w, "safe: content waits for the login");
	if (chunk && s->owed > 2)
		world_break(w, "safe: content waits for what is before it");
}

void server_data(struct world *w)
{
	struct peer *s = &w->server;

	check_content(w, false);
	if (s->taken == 0) {
		/* RFC 2920 3.1: some servers say 354 all the same. */
		if (world_choose(w, 2) == 0) {
			server_reply(w, "554 nobody is there");
			return;
		}
		s->data = true;
		server_reply(w, "354 go");
		return;
	}
	switch (world_choose(w, 6)) {
	case 0:
		s->data = true;
		server_reply(w, "354 go");
		break;
	case 1:
		server_reply(w, "451 later");
		break;
	case 2:
		note_refusal(w, true);
		server_reply(w, "554 no");
		break;
	case 3:
		server_reply(w, "421 bye");
		break;
	case 4:
		server_dies(w, CLOSED);
		break;
	case 5:
		server_reply(w, "250 fine");
		break;
	}
}

void server_rset(struct world *w)
{
	switch (world_choose(w, 3)) {
	case 0:
		forget_transaction(&w->server);
		server_reply(w, "250 ok");
		break;
	case 1:
		server_reply(w, "500 no");
		break;
	case 2:
		server_dies(w, CLOSED);
		break;
	}
}

/*
 * Content
 */

/* Who is to get the content: it must be the message of its sender. */
static void check_octets(struct world *w)
{
	struct peer *s = &w->server;
	const char *text = world_texts[s->message];

	if (s->content.len != strlen(text) ||
	    memcmp(buf_head(&s->content), text, s->content.len) != 0)
		world_break(w, "the content arrives unchanged");
	for (int m = 0; m < MESSAGES; m++)
		for (int r = 0; r < RECIPIENTS; r++)
			if (m != s->message && s->accepted[m][r])
				world_break(w, "no content to a stranger");
}

static void note_end(struct world *w)
{
	struct peer *s = &w->server;

	for (int m = 0; m < MESSAGES; m++)
		for (int r = 0; r < RECIPIENTS; r++)
			if (s->named[m][r])
				truth_of(w, m, r)->ended = true;
}

static void take_it(struct world *w, bool said)
{
	struct peer *s = &w->server;

	if (s->death != ALIVE)
		return;
	check_octets(w);
	for (int r = 0; r < RECIPIENTS; r++) {
		struct truth *t = truth_of(w, s->message, r);

		if (!s->accepted[s->message][r])
			continue;
		t->said = said;
		if (t->took++ > 0 && !w->confused)
			world_break(w, "nobody gets a message twice");
	}
}

/* The last word on a content, in one of many ways. */
static void judge_content(struct world *w)
{
	switch (world_choose(w, 9)) {
	case 0:
		take_it(w, true);
		server_reply(w, "250 taken");
		break;
	case 1:
		server_reply(w, "451 later");
		break;
	case 2:
		note_refusal(w, true);
		server_reply(w, "554 no");
		break;
	case 3:
		take_it(w, false);
		server_dies(w, CLOSED);
		break;
	case 4:
		server_dies(w, BROKEN);
		break;
	case 5:
		server_reply(w, "421 bye");
		break;
	case 6:
		take_it(w, false);
		server_dies(w, SILENT);
		break;
	case 7:
		server_reply(w, "354 more");
		break;
	case 8:
		server_reply(w, "221 goodbye");
		break;
	}
}

/* LMTP: one reply for each recipient that was accepted. */
static void judge_each(struct world *w)
{
	struct peer *s = &w->server;

	check_octets(w);
	for (int r = 0; r < RECIPIENTS && s->death == ALIVE; r++) {
		struct truth *t = truth_of(w, s->message, r);

		if (!s->accepted[s->message][r])
			continue;
		switch (world_choose(w, 4)) {
		case 0:
			t->took++;
			t->said = true;
			server_reply(w, "250 taken");
			break;
		case 1:
			server_reply(w, "452 full");
			break;
		case 2:
			t->refused = true;
			server_reply(w, "550 no");
			break;
		case 3:
			server_dies(w, CLOSED);
			break;
		}
	}
}

static void content_ends(struct world *w)
{
	struct peer *s = &w->server;

	s->data = false;
	s->chunk = false;
	s->last_verb = s->last_verb == VERB_DATA ? VERB_BODY : s->last_verb;
	note_end(w);
	if (s->taken == 0) {
		/* A lone dot: whatever answers it is no success. */
		if (s->content.len > 0)
			world_break(w, "a lone dot for nobody");
		server_reply(w, world_choose(w, 2) ? "554 no" : "250 thanks");
	} else if (w->setting->lmtp) {
		judge_each(w);
	} else {
		judge_content(w);
	}
	forget_transaction(s);
	buf_clear(&s->content);
}

/* Whether the end of the content lies in what the client has sent. */
static bool end_is_here(const struct peer *s)
{
	const unsigned char *text = buf_head(&s->in);

	if (s->chunk)
		return s->last_chunk && s->in.len >= s->chunk_left;
	for (size_t i = 0; i + 5 <= s->in.len; i++)
		if (memcmp(text + i, "\r\n.\r\n", 5) == 0)
			return true;
	return false;
}

/* A server may lose its temper while content is still coming. */
static bool interrupts(struct world *w)
{
	struct peer *s = &w->server;

	switch (world_choose(w, 4)) {
	case 0:
		return false;
	case 1:
		server_dies(w, CLOSED);
		return true;
	case 2:
		/* Too early, unless all of it has been sent. */
		for (int r = 0; r < RECIPIENTS && end_is_here(s); r++)
			if (s->accepted[s->message][r])
				truth_of(w, s->message, r)->took++;
		server_reply(w, "250 taken");
		server_dies(w, SILENT);
		return true;
	default:
		note_refusal(w, true);
		server_reply(w, "552 too much");
		for (size_t i = 1; w->setting->lmtp && i < s->taken; i++)
			server_reply(w, "552 too much");
		s->death = s->data ? SILENT : ALIVE;
		s->bad_chunk = true;
		return true;
	}
}

/* DATA: a line at a time, dots taken off. */
static bool take_line(struct world *w)
{
	struct peer *s = &w->server;
	const unsigned char *text = buf_head(&s->in);
	const unsigned char *lf = memchr(text, '\n', s->in.len);
	size_t n;

	if (!lf)
		return false;
	n = (size_t)(lf - text) + 1;
	if (n < 2 || text[n - 2] != '\r')
		world_break(w, "every line ends in CRLF");
	if (n == 3 && *text == '.') {
		buf_consume(&s->in, n);
		content_ends(w);
		return true;
	}
	if (s->content.len == 0 && s->taken > 0 && interrupts(w))
		return true;
	if (*text == '.')
		buf_append(&s->content, text + 1, n - 1);
	else
		buf_append(&s->content, text, n);
	buf_consume(&s->in, n);
	return true;
}

static void refuse_chunk(struct world *w)
{
	struct peer *s = &w->server;

	if (!s->bad_chunk)
		server_reply(w, "503 nobody is there");
	s->bad_chunk = false;
	buf_clear(&s->content);
	if (!w->setting->sticky)
		forget_transaction(s);
}

static bool take_chunk(struct world *w)
{
	struct peer *s = &w->server;
	size_t n = s->in.len < s->chunk_left ? s->in.len : s->chunk_left;

	buf_append(&s->content, buf_head(&s->in), n);
	buf_consume(&s->in, n);
	s->chunk_left -= n;
	if (s->chunk_left > 0)
		return false;
	s->chunk = false;
	if (s->last_chunk)
		note_end(w);
	if (s->taken == 0 || s->bad_chunk) {
		refuse_chunk(w);
	} else if (s->last_chunk) {
		bool sticky = w->setting->sticky && !w->setting->lmtp;
		struct peer before = *s;

		content_ends(w);
		/* RFC 3030: after a refusal nobody knows. */
		if (sticky && s->out.len > 0 &&
		    w->truth[before.message][0].took == 0 &&
		    w->truth[before.message][1].took == 0) {
			s->open = true;
			memcpy(
			    s->accepted, before.accepted, sizeof s->accepted);
			s->taken = before.taken;
		}
	} else {
		server_reply(w, "250 go on");
	}
	return true;
}

bool server_content(struct world *w)
{
	return w->server.data ? take_line(w) : take_chunk(w);
}

void server_bdat(struct world *w, const char *line)
{
	struct peer *s = &w->server;

	if (!s->chunking)
		world_break(w, "BDAT only with CHUNKING");
	check_content(w, true);
	s->chunk = true;
	s->chunk_left = (size_t)strtoul(line + 5, NULL, 10);
	s->last_chunk = strstr(line, " LAST") != NULL;
	if (s->taken > 0)
		interrupts(w);
}
