/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_session.c - a whole session against a server made of noise
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Two octets choose the program (policies, login, TLS, messages), the rest is
 * what the server says; 0xFF and an octet behind it make other things happen:
 * the client speaks, all or one octet, the stream ends, time runs out, TLS
 * comes up. Then the session is over, or is ended, and must have given its
 * verdicts. Dies when a command holds a stray octet, when something of value
 * is said in the clear, or when a delivery is reported that no 25z backs.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SAID_MAX = 1 << 20, EVENTS = 8 };

struct session {
	struct program program;
	struct engine *engine;
	struct buf said; /* by the client, all of it */
	char logins[64];
	bool secure;
	bool success; /* the server said "25" somewhere */
};

static void demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static const char text[] = "Subject: x\r\n\r\n.\r\n\xC3\xBC\r\n";

static void add_message(struct session *s, const char *from, unsigned flags)
{
	size_t n = flags & 1 ? sizeof text - 1 : sizeof text - 5;
	struct smtp_message *m = program_message(&s->program, from, text, n);

	program_text(m)->piece = flags & 2 ? 1 : 0;
	program_recipient(m, "a@server.example");
	program_recipient(m, flags & 4 ? "j\xC3\xBC@b.example" : "b@x.example");
	if (flags & 8)
		m->last_recipient->notify = Notify_FAILURE;
}

static void set_up(struct session *s, unsigned policy, unsigned content)
{
	static const char names[] = "SCRAM-SHA-256 PLAIN LOGIN XOAUTH2";
	struct smtp_session *x = &s->program.session;

	memset(s, 0, sizeof *s);
	program_init(&s->program);
	buf_init(&s->said, SAID_MAX);
	x->latency = (enum smtpx_latency)(policy & 1);
	x->require_all_recipients = (policy & 2) != 0;
	x->protocol = policy & 4 ? Smtpx_LMTP : Smtpx_SMTP;
	x->auth_required = (policy & 8) != 0;
	s->program.settings.tls = (enum smtpx_tls)((policy >> 4) & 3);
	s->secure = s->program.settings.tls == Smtpx_TLS_IMPLICIT;
	s->program.settings.tls_active = s->secure;
	s->program.settings.tls_verified = s->secure;
	if (policy & 0x40) {
		memcpy(s->logins, names, sizeof names);
		program_login(&s->program, s->logins);
	}
	if (policy & 0x80)
		program_etrn(&s->program, '@', "example.org");
	add_message(s, "me@client.example", content);
	if (content & 16)
		add_message(s, "", content >> 4);
	x->max_recipients = content & 32 ? 1 : 0;
}

/* Takes at most limit octets of what the client says. */
static void listen_to(struct session *s, size_t limit)
{
	while (limit > 0) {
		size_t n;
		const unsigned char *octets = engine_out(s->engine, &n);

		if (n == 0)
			return;
		if (n > limit)
			n = limit;
		buf_append(&s->said, octets, n);
		engine_sent(s->engine, n);
		limit -= n;
	}
}

/* What was said in the clear, where TLS is demanded, is EHLO, STARTTLS and
 * QUIT alone. */
static void check_clear(struct session *s)
{
	const char *all = buf_cstr(&s->said);

	if (s->secure || s->program.settings.tls != Smtpx_TLS_STARTTLS)
		return;
	demand(all != NULL, "memory");
	demand(!strstr(all, "MAIL FROM"), "no MAIL in the clear");
	demand(!strstr(all, "AUTH "), "no AUTH in the clear");
	demand(!strstr(all, "Subject"), "no content in the clear");
}

static void happen(struct session *s, unsigned what)
{
	switch (what % EVENTS) {
	case 0:
		listen_to(s, SAID_MAX);
		break;
	case 1:
		listen_to(s, 1);
		break;
	case 2:
		engine_eof(s->engine, true);
		break;
	case 3:
		engine_timeout(s->engine);
		break;
	case 4:
		engine_io_error(s->engine, ECONNRESET);
		break;
	case 5:
		engine_cancel(s->engine);
		break;
	default:
		check_clear(s);
		if (engine_wants(s->engine) & ENGINE_TLS) {
			s->secure = what % EVENTS == 6;
			buf_clear(&s->said);
			engine_tls_done(s->engine, s->secure, s->secure);
		}
	}
}

/* Feeds runs of octets, stops at 0xFF. */
static void play(struct session *s, const uint8_t *data, size_t n)
{
	while (n > 0) {
		const uint8_t *mark = memchr(data, 0xFF, n);
		size_t run = mark ? (size_t)(mark - data) : n;

		for (size_t i = 0; i + 1 < run; i++)
			s->success |= data[i] == '2' && data[i + 1] == '5';
		if (run > 0)
			engine_feed(s->engine, data, run);
		demand(engine_patience(s->engine) > 0, "every wait ends");
		data += run;
		n -= run;
		if (n >= 2)
			happen(s, data[1]);
		data += n < 2 ? n : 2;
		n -= n < 2 ? n : 2;
	}
}

static void check_recipient(
    const struct session *s, const struct smtp_recipient *r, bool open)
{
	demand(open || r->verdict != Smtpx_PENDING, "a verdict for each");
	demand(r->verdict != Smtpx_DELIVERED || s->success,
	    "delivered: somebody said so");
	demand(!r->complete || r->verdict == Smtpx_DELIVERED ||
		   r->verdict == Smtpx_REFUSED,
	    "complete has a reason");
	demand(r->engaged == NULL || open, "nobody is left in a transaction");
}

static void check_end(struct session *s)
{
	enum engine_outcome outcome = engine_outcome(s->engine);
	bool open =
	    outcome == ENGINE_RECONNECT || outcome == ENGINE_NEXT_SERVER;

	demand(outcome != ENGINE_RUNNING, "it ends");
	demand(engine_wants(s->engine) & ENGINE_CLOSE, "it wants to close");
	demand(outcome != ENGINE_FAILED || s->program.session.error.cause,
	    "a failure has a cause");
	for (const struct smtp_message *m = s->program.session.messages; m;
	     m = m->next)
		for (const struct smtp_recipient *r = m->recipients; r;
		     r = r->next)
			check_recipient(s, r, open);
	if (outcome == ENGINE_DONE)
		demand(s->success || s->program.session.error.cause ||
			   s->program.session.last_reply.code,
		    "done: something was said");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct session s;

	if (n < 2)
		return 0;
	set_up(&s, data[0], data[1]);
	s.engine = engine_new(&s.program.session, &s.program.settings);
	demand(s.engine != NULL, "memory");
	play(&s, data + 2, n - 2);
	listen_to(&s, SAID_MAX);
	check_clear(&s);
	engine_eof(s.engine, false);
	check_end(&s);
	engine_free(s.engine);
	buf_release(&s.said);
	program_release(&s.program);
	return 0;
}
