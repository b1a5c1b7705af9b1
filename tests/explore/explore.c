/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explore.c - walks through every dialogue that a server can make of a session
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Two messages, two recipients each, over the real engine: at every point the
 * server's answer is a choice, and the walk takes all of them in turn, up to a
 * number of answers that are not what a good server gives. Each dialogue is
 * played from its beginning, whole and octet by octet. It ends with a verdict
 * for each recipient, which is held against the server's own truth. Prints
 * the counts, and for a failure the whole dialogue.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

const char *const world_texts[MESSAGES] = {
    "Subject: one\r\n\r\n.\r\n..\r\nfirst\r\n",
    "Subject: two\r\n\r\n.second\r\n"};
const char *const world_senders[MESSAGES] = {
    "m0@client.example", "m1@client.example"};
const char *const world_mailboxes[MESSAGES][RECIPIENTS] = {
    {"a@server.example", "b@server.example"},
    {"c@server.example", "d@server.example"}};

enum { STEPS_MAX = 20000, CONNECTIONS = 4 };

#define PC "PIPELINING,CHUNKING"

/* clang-format off */
static const struct setting settings[] = {
	/* name, before TLS, in TLS, TLS, logins, required,
	 *     minimal, all, lmtp, sticky, budget */
	{"plain", "HELP", NULL, 0, NULL, 0, 0, 0, 0, 0, 3},
	{"size and more", "SIZE 1000,8BITMIME,DSN,ENHANCEDSTATUSCODES", NULL,
	    0, NULL, 0, 0, 0, 0, 0, 2},
	{"pipelining", "PIPELINING", NULL, 0, NULL, 0, 0, 0, 0, 0, 3},
	{"pipelining, minimal", "PIPELINING", NULL, 0, NULL, 0, 1, 0, 0, 0, 3},
	{"chunking", "CHUNKING", NULL, 0, NULL, 0, 0, 0, 0, 0, 3},
	{"both", PC, NULL, 0, NULL, 0, 0, 0, 0, 0, 3},
	{"both, sticky", PC, NULL, 0, NULL, 0, 0, 0, 0, 1, 3},
	{"both, minimal", PC, NULL, 0, NULL, 0, 1, 0, 0, 0, 3},
	{"both, minimal, sticky", PC, NULL, 0, NULL, 0, 1, 0, 0, 1, 3},
	{"all or none", "HELP", NULL, 0, NULL, 0, 0, 1, 0, 0, 2},
	{"all or none, pipelining", "PIPELINING", NULL, 0, NULL,
	    0, 0, 1, 0, 0, 2},
	{"all or none, both, minimal", PC, NULL, 0, NULL, 0, 1, 1, 0, 1, 2},
	{"one recipient a transaction", PC ",LIMITS RCPTMAX=1", NULL,
	    0, NULL, 0, 0, 0, 0, 1, 2},
	{"one recipient, minimal", PC ",LIMITS RCPTMAX=1", NULL,
	    0, NULL, 0, 1, 0, 0, 1, 2},
	{"one recipient, DATA", "PIPELINING,LIMITS RCPTMAX=1", NULL,
	    0, NULL, 0, 0, 0, 0, 0, 2},
	{"one message a connection", PC ",LIMITS MAILMAX=1", NULL,
	    0, NULL, 0, 0, 0, 0, 0, 2},
	{"LMTP", "HELP", NULL, 0, NULL, 0, 0, 0, 1, 0, 2},
	{"LMTP, pipelining", "PIPELINING", NULL, 0, NULL, 0, 0, 0, 1, 0, 2},
	{"LMTP, both, minimal", PC, NULL, 0, NULL, 0, 1, 0, 1, 1, 2},
	{"login", "AUTH PLAIN LOGIN", NULL, 0, "PLAIN LOGIN",
	    0, 0, 0, 0, 0, 2},
	{"login required", "AUTH PLAIN LOGIN", NULL, 0, "PLAIN LOGIN",
	    1, 0, 0, 0, 0, 2},
	{"login, pipelining", "PIPELINING,AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 0, 0, 0, 0, 0, 2},
	{"login required, pipelining", "PIPELINING,AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 1, 0, 0, 0, 0, 2},
	{"login required, both", PC ",AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 1, 0, 0, 0, 1, 2},
	{"login, both, minimal", PC ",AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 0, 1, 0, 0, 0, 2},
	{"login required, both, minimal", PC ",AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 1, 1, 0, 0, 1, 2},
	{"login required, minimal", "PIPELINING,AUTH PLAIN LOGIN", NULL,
	    0, "PLAIN LOGIN", 1, 1, 0, 0, 0, 2},
	{"login required, one recipient", PC ",AUTH PLAIN,LIMITS RCPTMAX=1",
	    NULL, 0, "PLAIN LOGIN", 1, 0, 0, 0, 0, 2},
	{"login by steps", PC ",AUTH LOGIN", NULL, 0, "LOGIN",
	    1, 0, 0, 0, 0, 2},
	{"login not offered", PC, NULL, 0, "PLAIN", 1, 0, 0, 0, 0, 1},
	{"STARTTLS", "STARTTLS,PIPELINING,AUTH PLAIN", PC ",AUTH PLAIN",
	    Smtpx_TLS_STARTTLS, "PLAIN", 1, 0, 0, 0, 0, 2},
	{"STARTTLS, nothing else", "STARTTLS", "HELP",
	    Smtpx_TLS_STARTTLS, NULL, 0, 0, 0, 0, 0, 2},
	{"STARTTLS announced again", "STARTTLS," PC, "STARTTLS," PC,
	    Smtpx_TLS_STARTTLS, NULL, 0, 0, 0, 0, 0, 2},
	{"STARTTLS missing", PC ",AUTH PLAIN", NULL,
	    Smtpx_TLS_STARTTLS, "PLAIN", 0, 0, 0, 0, 0, 2},
	{"TLS if offered", "STARTTLS," PC, PC,
	    Smtpx_TLS_OPPORTUNISTIC, NULL, 0, 0, 0, 0, 0, 2},
	{"TLS if offered, and is not", PC, NULL,
	    Smtpx_TLS_OPPORTUNISTIC, NULL, 0, 0, 0, 0, 0, 2},
	{"implicit TLS", PC ",AUTH PLAIN", NULL,
	    Smtpx_TLS_IMPLICIT, "PLAIN", 1, 0, 0, 0, 0, 2},
};
/* clang-format on */

/* clang-format off */
/* The same, for a program that gives its recipients one by one. */
static const struct setting open_settings[] = {
	{"open", "HELP", NULL, 0, NULL, 0, 0, 0, 0, 0, 3},
	{"open, pipelining", "PIPELINING", NULL, 0, NULL, 0, 1, 0, 0, 0, 2},
	{"open, both", PC, NULL, 0, NULL, 0, 0, 0, 0, 1, 2},
	{"open, both, minimal", PC, NULL, 0, NULL, 0, 1, 0, 0, 0, 2},
	{"open, all or none", PC, NULL, 0, NULL, 0, 0, 1, 0, 0, 2},
	{"open, limits", "LIMITS RCPTMAX=1 MAILMAX=1", NULL,
	    0, NULL, 0, 0, 0, 0, 0, 2},
	{"open, LMTP", PC, NULL, 0, NULL, 0, 0, 0, 1, 0, 2},
	{"open, STARTTLS and login", "STARTTLS", PC ",AUTH PLAIN",
	    Smtpx_TLS_STARTTLS, "PLAIN", 1, 1, 0, 0, 0, 2},
};
/* clang-format on */

/*
 * The walk
 */

int world_choose(struct world *w, int n)
{
	if (w->server.death != ALIVE)
		return 0;
	if (w->at == w->length) {
		if (w->length == CHOICES) {
			world_break(w, "it ends");
			return 0;
		}
		w->pick[w->length] = 0;
		w->length++;
	}
	w->of[w->at] = (unsigned char)n;
	if (w->pick[w->at] >= n)
		world_break(w, "the same answers make the same dialogue");
	return w->pick[w->at++];
}

/* The next dialogue; false: all were walked. */
static bool turn(struct world *w)
{
	int spent = 0;

	/* What was not asked for this time is not part of the path. */
	w->length = w->at;
	for (size_t i = 0; i < w->length; i++)
		spent += w->pick[i] > 0;
	while (w->length > 0) {
		size_t last = w->length - 1;
		int cost = w->pick[last] == 0;

		if (w->pick[last] + 1 < w->of[last] &&
		    spent + cost <= w->setting->budget) {
			w->pick[last]++;
			return true;
		}
		spent -= w->pick[last] > 0;
		w->length--;
	}
	return false;
}

void world_break(struct world *w, const char *property)
{
	if (!w->broken)
		w->broken = property;
}

void world_tell(struct world *w, const char *who, const void *text, size_t n)
{
	if (w->story.max == 0)
		return;
	buf_puts(&w->story, who);
	buf_puts(&w->story, ": ");
	buf_append(&w->story, text, n);
	buf_putc(&w->story, '\n');
}

/*
 * One dialogue
 */

/* Takes what the client has to say to the server. */
static bool client_speaks(struct world *w)
{
	size_t n;
	const unsigned char *octets = engine_out(w->engine, &n);

	if (n == 0 || !(engine_wants(w->engine) & ENGINE_WRITE))
		return false;
	if (w->octets)
		n = 1;
	/* A server that is gone takes no more. */
	if (w->server.death != ALIVE)
		return false;
	server_receive(w, octets, n);
	engine_sent(w->engine, n);
	w->unaware -= n < w->unaware ? n : w->unaware;
	return true;
}

static bool server_speaks(struct world *w)
{
	struct buf *out = &w->server.out;
	size_t n = w->octets ? 1 : out->len;
	size_t unaware;

	if (out->len == 0)
		return false;
	engine_out(w->engine, &unaware);
	engine_feed(w->engine, buf_head(out), n);
	buf_consume(out, n);
	w->unaware = unaware;
	if (out->len == 0)
		server_delivered(w);
	return true;
}

static void death_shows(struct world *w)
{
	switch (w->server.death) {
	case CLOSED:
		engine_eof(w->engine, true);
		break;
	case BROKEN:
		engine_io_error(w->engine, ECONNRESET);
		break;
	case SILENT:
		if (engine_patience(w->engine) <= 0)
			world_break(w, "every wait has an end");
		engine_timeout(w->engine);
		break;
	default:
		world_break(w, "it never waits for what was not asked");
	}
}

static void shake_hands(struct world *w)
{
	if (w->server.out.len > 0) {
		server_speaks(w);
		return;
	}
	if (world_choose(w, 2) == 0) {
		server_secure(w);
		world_tell(w, "*", "TLS", 3);
		engine_tls_done(w->engine, true, true);
	} else {
		engine_tls_done(w->engine, false, false);
	}
}

/* What the server said or did meanwhile is seen first. */
static void think(struct world *w)
{
	if (!w->open)
		world_break(w, "it pauses only when it was asked to");
	else if (w->server.out.len > 0)
		server_speaks(w);
	else if (w->server.death == CLOSED || w->server.death == BROKEN)
		death_shows(w);
	else
		open_step(w);
}

static void step(struct world *w)
{
	unsigned wants = engine_wants(w->engine);

	if (wants & ENGINE_PAUSE)
		think(w);
	else if (wants & ENGINE_TLS)
		shake_hands(w);
	else if (w->octets && server_speaks(w))
		;
	else if (client_speaks(w))
		;
	else if (server_speaks(w))
		;
	else if (!(engine_wants(w->engine) & ENGINE_CLOSE))
		death_shows(w);
}

static bool over(const struct world *w)
{
	return (engine_wants(w->engine) & ENGINE_CLOSE) != 0;
}

static enum engine_outcome connect_once(struct world *w)
{
	enum engine_outcome outcome = ENGINE_FAILED;
	unsigned long steps = 0;

	w->unaware = 0;
	server_begin(w);
	w->engine = engine_new(&w->program.session, &w->program.settings);
	if (!w->engine) {
		world_break(w, "there is memory");
		return outcome;
	}
	while (!w->broken && !over(w)) {
		step(w);
		if (++steps > STEPS_MAX)
			world_break(w, "it ends");
	}
	/* What it says last, QUIT, leaves without a wait. */
	while (!w->broken && client_speaks(w))
		;
	/* As the driver does, whatever was heard before. */
	if (w->open && !w->broken)
		engine_resume(w->engine);
	w->steps += steps;
	outcome = engine_outcome(w->engine);
	engine_free(w->engine);
	server_end(w);
	return outcome;
}

static struct smtp_recipient *recipient(struct world *w, int m, int r)
{
	return w->recipient[m][r];
}

static int pending(struct world *w)
{
	int n = 0;

	for (int m = 0; m < MESSAGES; m++)
		for (int r = 0; r < RECIPIENTS; r++)
			n += recipient(w, m, r)->verdict == Smtpx_PENDING;
	return n;
}

/* The verdict of one against the server's truth. */
static void check_verdict(struct world *w, int m, int r, bool failed)
{
	const struct truth *t = &w->truth[m][r];
	const struct smtp_recipient *who = recipient(w, m, r);

	switch (who->verdict) {
	case Smtpx_DELIVERED:
		if (t->took != 1)
			world_break(w, "delivered: the server took it");
		break;
	case Smtpx_IN_DOUBT:
		if (!t->ended)
			world_break(w, "in doubt: the end had arrived");
		/* Where the session broke off, what followed was not read. */
		if (t->told && !failed)
			world_break(w, "in doubt: nobody can know");
		break;
	case Smtpx_REFUSED:
		if (t->took > 0 || !t->refused)
			world_break(w, "refused: the server said so");
		break;
	case Smtpx_DEFERRED:
		if (t->took > 0)
			world_break(w, "deferred: the server has not got it");
		break;
	default:
		world_break(w, "every recipient has a verdict");
	}
}

static void check_complete(struct world *w, const struct smtp_recipient *who)
{
	bool done =
	    who->verdict == Smtpx_DELIVERED || who->verdict == Smtpx_REFUSED;

	if (who->complete != done)
		world_break(w, "complete is what will not be sent again");
}

static void check_end(struct world *w, enum engine_outcome outcome)
{
	bool failed = outcome == ENGINE_FAILED;

	if (outcome == ENGINE_RUNNING)
		world_break(w, "it ends");
	if (outcome == ENGINE_RECONNECT || outcome == ENGINE_NEXT_SERVER)
		engine_settle(&w->program.session, Smtpx_DEFERRED);
	if (failed && w->program.session.error.cause == Smtpx_CAUSE_NONE)
		world_break(w, "a failure has a cause");
	if (w->confused)
		return;
	for (int m = 0; m < MESSAGES && !w->broken; m++)
		for (int r = 0; r < RECIPIENTS; r++) {
			check_verdict(w, m, r, failed);
			check_complete(w, recipient(w, m, r));
		}
}

/* One dialogue, with as many connections as it takes. */
static void play(struct world *w)
{
	enum engine_outcome outcome;

	w->at = 0;
	w->broken = NULL;
	w->confused = false;
	memset(w->truth, 0, sizeof w->truth);
	program_again(&w->program);
	if (w->open)
		open_begin(w);
	for (w->connection = 1;; w->connection++) {
		int before = pending(w);

		outcome = connect_once(w);
		if (w->broken || w->connection == CONNECTIONS ||
		    outcome != ENGINE_RECONNECT)
			break;
		if (pending(w) == before)
			world_break(
			    w, "another connection only after progress");
		error_clear(&w->program.session.error);
	}
	if (w->open)
		open_end(w);
	if (!w->broken)
		check_end(w, outcome);
}

/*
 * All of them
 */

static void set_up(struct world *w, const struct setting *setting)
{
	static char logins[64];
	struct smtp_session *s = &w->program.session;
	size_t n_open = sizeof open_settings / sizeof open_settings[0];

	memset(w, 0, sizeof *w);
	w->setting = setting;
	w->open = setting >= open_settings && setting < open_settings + n_open;
	program_init(&w->program);
	s->event = NULL;
	s->monitor = NULL;
	s->latency =
	    setting->minimal ? Smtpx_LATENCY_MINIMAL : Smtpx_LATENCY_SAFE;
	s->require_all_recipients = setting->all_or_none;
	s->protocol = setting->lmtp ? Smtpx_LMTP : Smtpx_SMTP;
	s->auth_required = setting->login_required;
	w->program.settings.tls = setting->tls;
	w->program.settings.tls_active = setting->tls == Smtpx_TLS_IMPLICIT;
	w->program.settings.tls_verified = w->program.settings.tls_active;
	if (setting->logins) {
		memcpy(logins, setting->logins, strlen(setting->logins) + 1);
		program_login(&w->program, logins);
	}
	for (int m = 0; m < MESSAGES; m++) {
		struct smtp_message *message = program_message(&w->program,
		    world_senders[m], world_texts[m], strlen(world_texts[m]));

		w->message[m] = message;
		for (int r = 0; r < RECIPIENTS; r++)
			w->recipient[m][r] =
			    program_recipient(message, world_mailboxes[m][r]);
	}
}

/* Plays the dialogue that failed again, and shows it. */
static void explain(struct world *w)
{
	const char *text;

	buf_init(&w->story, 1 << 20);
	play(w);
	printf("# broken: %s%s\n", w->broken ? w->broken : "(not again)",
	    w->octets ? ", octet by octet" : "");
	text = buf_cstr(&w->story);
	while (text && *text) {
		int n = (int)strcspn(text, "\n");

		printf("# %.*s\n", n, text);
		text += n;
		text += *text == '\n';
	}
	for (int m = 0; m < MESSAGES; m++)
		for (int r = 0; r < RECIPIENTS; r++)
			printf("# %s: %s, taken %d\n", world_mailboxes[m][r],
			    program_verdict(recipient(w, m, r)->verdict),
			    w->truth[m][r].took);
	printf("# error: %s\n", w->program.session.error.text);
	buf_release(&w->story);
}

static unsigned long dialogues, all_steps;

static unsigned long walk(
    struct world *w, const struct setting *setting, bool octets)
{
	unsigned long n = 0;

	set_up(w, setting);
	w->octets = octets;
	do {
		play(w);
		n++;
	} while (!w->broken && turn(w));
	if (w->broken)
		explain(w);
	all_steps += w->steps;
	program_release(&w->program);
	return n;
}

static bool test(int number, const struct setting *setting)
{
	static struct world w;
	unsigned long n = walk(&w, setting, false);
	bool ok = w.broken == NULL;

	if (ok) {
		n += walk(&w, setting, true);
		ok = w.broken == NULL;
	}
	printf("%sok %d - %s: %lu dialogues\n", ok ? "" : "not ", number,
	    setting->name, n);
	fflush(stdout);
	dialogues += n;
	return ok;
}

int main(void)
{
	int n = (int)(sizeof settings / sizeof settings[0]);
	int n_open = (int)(sizeof open_settings / sizeof open_settings[0]);
	bool ok = true;

	printf("1..%d\n", n + n_open);
	for (int i = 0; i < n; i++)
		ok = test(i + 1, &settings[i]) && ok;
	for (int i = 0; i < n_open; i++)
		ok = test(n + i + 1, &open_settings[i]) && ok;
	printf("# %lu dialogues, %lu steps\n", dialogues, all_steps);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
