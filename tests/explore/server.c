/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.c - the server of the model checker: session, TLS and login
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Reads what the client says, line by line, checks that it may be said here
 * and now, and answers as the walk wants it: well, badly, or not at all. What
 * the client may not do breaks a property at the octet that shows it.
 */
#include <string.h>

#include "world.h"

static const struct {
	const char *text;
	enum verb verb;
} verbs[] = {
    {"EHLO ", VERB_EHLO},
    {"HELO ", VERB_EHLO},
    {"LHLO ", VERB_EHLO},
    {"STARTTLS", VERB_STARTTLS},
    {"AUTH ", VERB_AUTH},
    {"MAIL FROM:<", VERB_MAIL},
    {"RCPT TO:<", VERB_RCPT},
    {"DATA", VERB_DATA},
    {"BDAT ", VERB_BDAT},
    {"RSET", VERB_RSET},
    {"QUIT", VERB_QUIT},
};

static enum verb verb_of(const char *line)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strncmp(verbs[i].text, line, strlen(verbs[i].text)) == 0)
			return verbs[i].verb;
	return VERB_NONE;
}

void server_dies(struct world *w, enum death how)
{
	static const char *const ways[] = {"", "closes", "breaks", "is silent"};

	world_tell(w, "*", ways[how], strlen(ways[how]));
	w->server.death = how;
}

void server_reply(struct world *w, const char *text)
{
	struct peer *s = &w->server;

	if (s->death != ALIVE)
		return;
	world_tell(w, "S", text, strlen(text));
	buf_puts(&s->out, text);
	buf_puts(&s->out, "\r\n");
	s->owed++;
	if (strncmp(text, "421", 3) == 0)
		server_dies(w, CLOSED);
}

bool server_is_known(const struct world *w)
{
	return w->server.death == ALIVE && w->server.owed == 0 &&
	       w->unaware == 0;
}

void server_delivered(struct world *w)
{
	struct peer *s = &w->server;

	s->owed = 0;
	for (int m = 0; m < MESSAGES; m++)
		for (int r = 0; r < RECIPIENTS; r++)
			w->truth[m][r].told = w->truth[m][r].said;
}

/* Whether a keyword stands in the list, separated by commas. */
static bool lists(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list; list += *list == ',') {
		if (strncmp(list, word, n) == 0 &&
		    strchr(", =", list[n]) != NULL)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static const char *keywords(const struct world *w)
{
	const struct setting *t = w->setting;

	return w->server.secured && t->secure ? t->secure : t->hello;
}

static void say_hello(struct world *w)
{
	struct peer *s = &w->server;
	const char *list = keywords(w);
	char line[128];

	s->pipelining = lists(list, "PIPELINING");
	s->chunking = lists(list, "CHUNKING");
	s->started = true;
	server_reply(w, "250-server.example");
	s->owed--;
	while (*list) {
		size_t n = strcspn(list, ",");

		memcpy(line, "250-", 4);
		memcpy(line + 4, list, n);
		line[4 + n] = '\0';
		server_reply(w, line);
		s->owed--;
		list += n + (list[n] == ',');
	}
	server_reply(w, "250 HELP");
}

static void server_ehlo(struct world *w, const char *line)
{
	struct peer *s = &w->server;

	switch (world_choose(w, 6)) {
	case 1:
		server_reply(w, "502 what");
		return;
	case 2:
		server_reply(w, "421 busy");
		return;
	case 3:
		server_reply(w, "451 later");
		return;
	case 4:
		server_reply(w, "550 never");
		return;
	case 5:
		server_dies(w, CLOSED);
		return;
	}
	s->open = false;
	if (*line != 'H') {
		say_hello(w);
		return;
	}
	s->pipelining = false;
	s->chunking = false;
	s->started = true;
	server_reply(w, "250 server.example");
}

static void server_starttls(struct world *w)
{
	if (w->server.secured)
		world_break(w, "STARTTLS only once");
	switch (world_choose(w, 5)) {
	case 0:
		server_reply(w, "220 go");
		return;
	case 1:
		server_reply(w, "220 go\r\n250 AUTH PLAIN");
		return;
	case 2:
		server_reply(w, "454 not now");
		return;
	case 3:
		server_reply(w, "501 no");
		return;
	case 4:
		server_dies(w, CLOSED);
		return;
	}
}

void server_secure(struct world *w)
{
	struct peer *s = &w->server;

	if (s->in.len > 0)
		world_break(w, "nothing behind STARTTLS");
	s->secured = true;
	s->started = false;
	s->known = false;
	s->pipelining = false;
}

static void login_answer(struct world *w)
{
	static const char *const answers[] = {"235 welcome", "535 wrong",
	    "504 unknown", "454 later", "334 ", "250 ok", "421 bye"};
	int choice = world_choose(w, 8);

	if (choice == 7) {
		server_dies(w, CLOSED);
		return;
	}
	/* It takes what was said behind AUTH for responses. */
	w->confused |= choice == 4 && w->server.pipelining;
	w->server.known = choice == 0;
	w->server.login = choice == 4 ? 2 : 0;
	server_reply(w, answers[choice]);
}

static void server_auth(struct world *w, const char *line)
{
	struct peer *s = &w->server;

	if (s->known)
		world_break(w, "AUTH only once");
	if (s->open && server_is_known(w))
		world_break(w, "no AUTH within a transaction");
	if (strcmp(line, "AUTH LOGIN") == 0) {
		s->login = 1;
		server_reply(w, "334 VXNlcm5hbWU6");
		return;
	}
	s->last_complete = true;
	login_answer(w);
}

/* A line of the exchange, which is no command. */
static void login_line(struct world *w, const char *line)
{
	struct peer *s = &w->server;

	if (strcmp(line, "*") == 0) {
		s->login = 0;
		server_reply(w, "501 cancelled");
	} else if (s->login == 1) {
		s->login = 2;
		server_reply(w, "334 UGFzc3dvcmQ6");
	} else {
		s->login = 0;
		login_answer(w);
	}
}

static void server_quit(struct world *w)
{
	w->server.quitting = true;
	if (world_choose(w, 2) == 0)
		server_reply(w, "221 bye");
	else
		server_dies(w, CLOSED);
}

/* RFC 2920 3.1 and what our own table adds: the verbs that nothing may follow
 * until their reply has come. */
static bool ends_group(const struct peer *s)
{
	switch (s->last_verb) {
	case VERB_MAIL:
	case VERB_RCPT:
	case VERB_RSET:
	case VERB_BODY:
	case VERB_BDAT:
		return false;
	case VERB_AUTH:
		return !s->last_complete;
	default:
		return true;
	}
}

/* What TLS and a login are for. */
static void check_safety(struct world *w, enum verb verb)
{
	struct peer *s = &w->server;
	const struct setting *t = w->setting;

	if (t->tls == Smtpx_TLS_STARTTLS && !s->secured &&
	    (verb == VERB_AUTH || verb == VERB_MAIL))
		world_break(w, "nothing of value in the clear");
	if (t->login_required && !s->known && verb == VERB_MAIL &&
	    server_is_known(w))
		world_break(w, "no MAIL before a required login");
}

static void check_turn(struct world *w, enum verb verb)
{
	struct peer *s = &w->server;

	if (s->quitting)
		world_break(w, "nothing after QUIT");
	if (!s->started && verb != VERB_EHLO && verb != VERB_QUIT)
		world_break(w, "EHLO comes first");
	if (server_is_known(w))
		return;
	if (!s->pipelining)
		world_break(w, "one command at a time without PIPELINING");
	if (ends_group(s))
		world_break(w, "what must be last in a group is last");
}

static void obey(struct world *w, const char *line)
{
	struct peer *s = &w->server;
	enum verb verb = verb_of(line);

	world_tell(w, "C", line, strlen(line));
	if (s->login > 0) {
		login_line(w, line);
		return;
	}
	check_turn(w, verb);
	check_safety(w, verb);
	s->last_verb = (int)verb;
	s->last_complete = false;
	switch (verb) {
	case VERB_EHLO:
		server_ehlo(w, line);
		break;
	case VERB_STARTTLS:
		server_starttls(w);
		break;
	case VERB_AUTH:
		server_auth(w, line);
		break;
	case VERB_MAIL:
		server_mail(w, line);
		break;
	case VERB_RCPT:
		server_rcpt(w, line);
		break;
	case VERB_DATA:
		server_data(w);
		break;
	case VERB_BDAT:
		server_bdat(w, line);
		break;
	case VERB_RSET:
		server_rset(w);
		break;
	case VERB_QUIT:
		server_quit(w);
		break;
	default:
		world_break(w, "only commands that exist");
	}
}

/* One line off the head of in; false: there is no whole one. */
static bool next_line(struct world *w, char *line, size_t room)
{
	struct buf *in = &w->server.in;
	const unsigned char *text = buf_head(in);
	const unsigned char *lf = memchr(text, '\n', in->len);
	size_t n;

	if (!lf)
		return false;
	n = (size_t)(lf - text);
	if (n == 0 || text[n - 1] != '\r' || n > room) {
		world_break(w, "commands end in CRLF and are short");
		n = 1;
	}
	memcpy(line, text, n - 1);
	line[n - 1] = '\0';
	buf_consume(in, (size_t)(lf - text) + 1);
	return true;
}

void server_receive(struct world *w, const unsigned char *octets, size_t n)
{
	struct peer *s = &w->server;
	char line[1024];

	/* What comes after its death is read too, for what the client may
	 * believe of it. */
	buf_append(&s->in, octets, n);
	while (!w->broken && s->in.len > 0) {
		if (s->data || s->chunk) {
			if (!server_content(w))
				return;
		} else if (next_line(w, line, sizeof line)) {
			obey(w, line);
		} else {
			return;
		}
	}
}

void server_begin(struct world *w)
{
	struct peer *s = &w->server;

	memset(s, 0, sizeof *s);
	buf_init(&s->in, 1 << 20);
	buf_init(&s->out, 1 << 20);
	buf_init(&s->content, 1 << 20);
	s->secured = w->setting->tls == Smtpx_TLS_IMPLICIT;
	switch (world_choose(w, 8)) {
	case 0:
		server_reply(w, "220 server.example");
		break;
	case 1:
		server_reply(w, "554 no");
		break;
	case 2:
		server_reply(w, "421 busy");
		break;
	case 3:
		server_reply(w, "450 later");
		break;
	case 4:
		server_reply(w, "250 hello");
		break;
	case 5:
		server_reply(w, "HTTP/1.1 400");
		break;
	case 6:
		server_dies(w, SILENT);
		break;
	case 7:
		server_dies(w, CLOSED);
		break;
	}
}

void server_end(struct world *w)
{
	buf_release(&w->server.in);
	buf_release(&w->server.out);
	buf_release(&w->server.content);
}
