/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_content.c - RCPT, and the message's content by DATA or BDAT.
 *
 * Decides when content may leave: the latency policies of smtpx.h.
 * A chunk is read ahead of the wire, so a message that fits leaves as one
 * sized BDAT LAST (RFC 3030 2).  The final dot or LAST of a source that
 * failed never leaves.
 */
#include <errno.h>

#include "engine_internal.h"

static bool say_rcpt(struct engine *e, struct transaction *t)
{
	struct smtp_recipient *r = t->recipient[t->said];
	static const int bad_address[3] = {5, 1, 3};
	size_t from = e->out.len;

	if (e->due_n > 0 && !engine_has_pipelining(e))
		return false;
	t->said++;
	e->commands++;
	if (command_rcpt(&e->out, r, &t->context)) {
		engine_show_line(e, from);
		if (engine_expect(e, PHASE_RCPT, t))
			engine_last_due(e)->recipient = r;
		return true;
	}
	if (e->out.failed || !status_set(&r->status, 553, bad_address,
				 "the address cannot be sent\r\n")) {
		engine_no_memory(e);
		return true;
	}
	t->answered++;
	engine_decide_here(r, Smtpx_REFUSED, &r->status);
	if (!t->message->open && (e->session->require_all_recipients ||
				     (t->answered == t->n && t->accepted == 0)))
		t->stopped = true;
	return true;
}

static bool auth_is_due(const struct engine *e)
{
	for (size_t i = 0; i < e->due_n; i++)
		if (e->due[e->due_head + i].phase == PHASE_AUTH)
			return true;
	return false;
}

/* The latency policies: may content, or DATA, leave now? */
static bool may_begin_content(
    const struct engine *e, const struct transaction *t)
{
	const struct smtp_session *session = e->session;
	bool answered = t->answered == t->n;

	if (e->due_n > 0 && !engine_has_pipelining(e))
		return false;
	/* Another message's fate is still open: one content at a time. */
	if (e->transactions != t)
		return false;
	if (session->require_all_recipients && t->n > 1 && !answered)
		return false;
	if (session->protocol == Smtpx_LMTP && t->n > 1 && !answered)
		return false;
	if (session->latency == Smtpx_LATENCY_MINIMAL)
		return true;
	if (auth_is_due(e))
		return false;
	return answered || t->n == 1 || !t->chunking;
}

static void end_content(struct engine *e, struct transaction *t)
{
	t->end_said = true;
	t->end_at = e->sent + e->out.len;
	t->message->size_sent = body_size(t->body);
	e->talking = NULL;
}

/* One reply for each accepted recipient with LMTP, else one. */
static bool expect_final(
    struct engine *e, struct transaction *t, enum phase phase)
{
	size_t n = 1;

	if (e->session->protocol == Smtpx_LMTP && t->accepted > 1)
		n = t->accepted;
	for (size_t i = 0; i < n; i++) {
		if (!engine_expect(e, phase, t))
			return false;
		engine_last_due(e)->last = true;
	}
	return true;
}

static bool source_failed(struct engine *e, struct transaction *t)
{
	if (t->ahead_state == BODY_FAILED && body_error(t->body) == ENOMEM)
		engine_no_memory(e);
	else if (t->ahead_state == BODY_FAILED)
		engine_fail(e, Smtpx_CAUSE_SOURCE, -body_error(t->body),
		    "the message could not be read to its end", NULL);
	else if (e->out.failed || t->ahead.failed)
		engine_no_memory(e);
	else
		return !engine_content_fits(e, t);
	return true;
}

static bool say_chunk(struct engine *e, struct transaction *t)
{
	bool last = t->ahead_state == BODY_END;
	size_t from = e->out.len;

	t->content_begun = true;
	e->commands++;
	if (!command_bdat(&e->out, t->ahead.len, last)) {
		engine_no_memory(e);
		return true;
	}
	engine_show_line(e, from);
	buf_append(&e->out, buf_head(&t->ahead), t->ahead.len);
	buf_clear(&t->ahead);
	body_report(t->body);
	if (last) {
		end_content(e, t);
		expect_final(e, t, PHASE_BDAT);
	} else {
		engine_expect(e, PHASE_BDAT, t);
		t->ahead_state = body_pump(t->body, &t->ahead, BODY_CHUNK);
	}
	source_failed(e, t);
	return true;
}

static bool data_is_due(const struct engine *e)
{
	return e->due_n > 0 && engine_last_due(e)->phase == PHASE_DATA;
}

static bool say_lone_dot(struct engine *e, struct transaction *t)
{
	static const char dot[] = ".\r\n";

	buf_append(&e->out, dot, sizeof dot - 1);
	e->commands++;
	t->end_said = true;
	t->end_at = e->sent + e->out.len;
	e->talking = NULL;
	engine_expect(e, PHASE_BODY, t);
	return true;
}

/* After 354: what was read ahead, then as much as out may hold. */
static bool say_body(struct engine *e, struct transaction *t)
{
	if (t->lone_dot)
		return say_lone_dot(e, t);
	if (t->ahead.len > 0) {
		buf_append(&e->out, buf_head(&t->ahead), t->ahead.len);
		buf_clear(&t->ahead);
	} else if (t->ahead_state == BODY_MORE) {
		t->ahead_state = body_pump(t->body, &e->out, ENGINE_OUT_MARK);
	}
	body_report(t->body);
	if (source_failed(e, t))
		return true;
	if (t->ahead_state == BODY_END && t->ahead.len == 0) {
		end_content(e, t);
		e->commands++;
		expect_final(e, t, PHASE_BODY);
	}
	return true;
}

static bool say_content(struct engine *e, struct transaction *t)
{
	if (t->chunking) {
		if (!t->content_begun && !may_begin_content(e, t))
			return false;
		if (e->due_n > 0 && !engine_has_pipelining(e))
			return false;
		/* How many replies LAST gets behind a refused chunk is
		 * written nowhere. */
		if (e->due_n > 0 && e->session->protocol == Smtpx_LMTP &&
		    t->content_begun)
			return false;
		return say_chunk(e, t);
	}
	if (t->content_begun) {
		if (data_is_due(e))
			return false;
		return e->due_n == 0 && say_body(e, t);
	}
	if (!may_begin_content(e, t))
		return false;
	t->content_begun = true;
	return engine_say_plain(e, PHASE_DATA, "DATA", t);
}

bool engine_transaction_say(struct engine *e)
{
	struct transaction *t = e->talking;

	if (t->stopped) {
		/* Wait for what was asked, then the next thing. */
		if (t->awaited > 0)
			return false;
		engine_transaction_drop(e, t);
		return true;
	}
	if (t->said < t->n)
		return say_rcpt(e, t);
	return !t->message->open && say_content(e, t);
}
