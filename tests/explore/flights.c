/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flights.c - how many round trips each kind of session costs
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A published figure, so it is counted: the server of the model checker, which
 * here always answers well, and the engine's own count of the times it had
 * sent something and had to wait. The round trips of TCP, of the greeting and
 * of TLS 1.3 are added, so that the numbers are those until the final 250.
 * One more than the table says fails, and so does one less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

const char *const world_texts[MESSAGES] = {
    "Subject: one\r\n\r\n.\r\nfirst\r\n", "Subject: two\r\n\r\nsecond\r\n"};
const char *const world_senders[MESSAGES] = {
    "m0@client.example", "m1@client.example"};
const char *const world_mailboxes[MESSAGES][RECIPIENTS] = {
    {"a@server.example", "b@server.example"},
    {"c@server.example", "d@server.example"}};

#define STARTTLS Smtpx_TLS_STARTTLS
#define IMPLICIT Smtpx_TLS_IMPLICIT

struct row {
	const char *name;
	enum smtpx_tls tls;
	const char *login;
	int recipients, messages;
	bool minimal, all_or_none;
	/* Round trips without PIPELINING, with it, and with CHUNKING too. */
	int lockstep, pipelining, chunking;
};

/* clang-format off */
static const struct row rows[] = {
	/* name, TLS, login, recipients, messages, minimal, all or none,
	 *     lockstep, pipelining, chunking */
	{"clear text", 0, NULL, 1, 1, 0, 0, 7, 5, 4},
	{"clear text, two recipients", 0, NULL, 2, 1, 0, 0, 8, 5, 5},
	{"clear text, two recipients, minimal", 0, NULL, 2, 1, 1, 0, 8, 5, 4},
	{"STARTTLS", STARTTLS, NULL, 1, 1, 0, 0, 10, 8, 7},
	{"STARTTLS, two recipients, minimal", STARTTLS, NULL, 2, 1, 1, 0,
	    11, 8, 7},
	{"STARTTLS, PLAIN", STARTTLS, "PLAIN", 1, 1, 0, 0, 11, 9, 8},
	{"STARTTLS, PLAIN, minimal", STARTTLS, "PLAIN", 1, 1, 1, 0, 11, 8, 7},
	{"STARTTLS, PLAIN, two, minimal", STARTTLS, "PLAIN", 2, 1, 1, 0,
	    12, 8, 7},
	{"STARTTLS, three steps", STARTTLS, "LOGIN", 1, 1, 0, 0, 13, 11, 10},
	{"STARTTLS, three steps, minimal", STARTTLS, "LOGIN", 1, 1, 1, 0,
	    13, 11, 10},
	{"implicit TLS", IMPLICIT, NULL, 1, 1, 0, 0, 8, 6, 5},
	{"implicit TLS, PLAIN", IMPLICIT, "PLAIN", 1, 1, 0, 0, 9, 7, 6},
	{"implicit TLS, PLAIN, two", IMPLICIT, "PLAIN", 2, 1, 0, 0, 10, 7, 6},
	{"implicit TLS, PLAIN, minimal", IMPLICIT, "PLAIN", 1, 1, 1, 0,
	    9, 6, 5},
	{"implicit TLS, three steps", IMPLICIT, "LOGIN", 1, 1, 0, 0,
	    11, 9, 8},
	{"all or none", 0, NULL, 2, 1, 0, 1, 8, 6, 5},
	{"all or none, minimal", 0, NULL, 2, 1, 1, 1, 8, 6, 5},
	{"two messages", 0, NULL, 1, 2, 0, 0, 11, 7, 5},
	{"two messages, minimal", 0, NULL, 1, 2, 1, 0, 11, 7, 5},
	{"two messages, two recipients", 0, NULL, 2, 2, 0, 0, 13, 7, 6},
};
/* clang-format on */

int world_choose(struct world *w, int n)
{
	(void)w;
	(void)n;
	return 0;
}

void world_break(struct world *w, const char *property)
{
	w->broken = property;
}

void world_tell(struct world *w, const char *who, const void *text, size_t n)
{
	(void)w;
	(void)who;
	(void)text;
	(void)n;
}

static void set_up(
    struct world *w, const struct row *row, struct setting *setting)
{
	static char login[16];
	struct smtp_session *s = &w->program.session;

	memset(w, 0, sizeof *w);
	w->setting = setting;
	setting->tls = row->tls;
	setting->minimal = row->minimal;
	setting->all_or_none = row->all_or_none;
	setting->login_required = row->login != NULL;
	program_init(&w->program);
	s->latency = row->minimal ? Smtpx_LATENCY_MINIMAL : Smtpx_LATENCY_SAFE;
	s->require_all_recipients = row->all_or_none;
	s->auth_required = row->login != NULL;
	w->program.settings.tls = row->tls;
	w->program.settings.tls_active = row->tls == IMPLICIT;
	w->program.settings.tls_verified = row->tls == IMPLICIT;
	if (row->login) {
		memcpy(login, row->login, strlen(row->login) + 1);
		program_login(&w->program, login);
	}
	for (int m = 0; m < row->messages; m++) {
		struct smtp_message *message = program_message(&w->program,
		    world_senders[m], world_texts[m], strlen(world_texts[m]));

		for (int r = 0; r < row->recipients; r++)
			program_recipient(message, world_mailboxes[m][r]);
	}
}

/* One flight of the client, then all that the server has to say. */
static void converse(struct world *w)
{
	while (!w->broken && !(engine_wants(w->engine) & ENGINE_CLOSE)) {
		struct buf *out = &w->server.out;
		size_t n;
		const unsigned char *octets;

		if (engine_wants(w->engine) & ENGINE_TLS) {
			server_secure(w);
			engine_tls_done(w->engine, true, true);
		}
		while (octets = engine_out(w->engine, &n), n > 0) {
			server_receive(w, octets, n);
			engine_sent(w->engine, n);
		}
		if (out->len == 0)
			return;
		engine_feed(w->engine, buf_head(out), out->len);
		buf_clear(out);
		server_delivered(w);
	}
}

static bool all_delivered(const struct world *w)
{
	for (const struct smtp_message *m = w->program.session.messages; m;
	     m = m->next)
		for (const struct smtp_recipient *r = m->recipients; r;
		     r = r->next)
			if (r->verdict != Smtpx_DELIVERED)
				return false;
	return true;
}

static int count(const struct row *row, const char *hello)
{
	static struct world w;
	struct setting setting = {.hello = hello};
	int trips;

	set_up(&w, row, &setting);
	server_begin(&w);
	w.engine = engine_new(&w.program.session, &w.program.settings);
	converse(&w);
	/* TCP, the greeting, TLS. */
	trips = (int)w.program.session.flights + 2 + (row->tls != 0);
	if (w.broken || !all_delivered(&w))
		trips = -1;
	engine_free(w.engine);
	server_end(&w);
	program_release(&w.program);
	return trips;
}

static bool test(
    const struct row *row, const char *how, const char *hello, int want)
{
	static int number;
	int have = count(row, hello);

	printf("%sok %d - %s, %s: %d\n", have == want ? "" : "not ", ++number,
	    row->name, how, want);
	if (have != want)
		printf("# counted %d\n", have);
	return have == want;
}

int main(void)
{
	size_t n = sizeof rows / sizeof rows[0];
	bool ok = true;

	printf("1..%zu\n", 3 * n);
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];

		ok = test(r, "lockstep", "STARTTLS,AUTH PLAIN LOGIN",
			 r->lockstep) &&
		     ok;
		ok = test(r, "PIPELINING",
			 "STARTTLS,PIPELINING,AUTH PLAIN LOGIN",
			 r->pipelining) &&
		     ok;
		ok = test(r, "CHUNKING",
			 "STARTTLS,PIPELINING,CHUNKING,AUTH PLAIN LOGIN",
			 r->chunking) &&
		     ok;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
