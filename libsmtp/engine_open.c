/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_open.c - a message whose recipients come one by one.
 *
 * A program that hands a dialogue on knows neither all recipients nor the
 * content when MAIL is said.  The engine pauses when all that it was given is
 * answered, and goes on with what came since.  An open message has one
 * transaction, whatever becomes of it: nothing of it is said twice.
 */
#include "engine_internal.h"

bool engine_stays(const struct engine *e)
{
	return e->session->keep_connection && !engine_work_left(e->session);
}

void engine_pause(struct engine *e)
{
	const struct transaction *t = e->talking;

	if (e->paused || e->closed || e->handshaking || e->due_n > 0 ||
	    e->out.len > 0)
		return;
	e->paused =
	    t == NULL ? engine_stays(e) : t->message->open && t->said == t->n;
}

static bool refuse_new(struct smtp_recipient *r, enum smtpx_verdict verdict,
    const int enhanced[3], const char *text)
{
	int code = verdict == Smtpx_DEFERRED ? 452 : 553;

	if (!status_set(&r->status, code, enhanced, text))
		return false;
	engine_decide_here(r, verdict, &r->status);
	return true;
}

/* MAIL was said without SMTPUTF8: it is too late for an address that needs
 * it. */
static bool refuse_utf8(struct transaction *t, size_t from)
{
	static const int no_utf8[3] = {5, 6, 7};
	size_t kept = from;
	bool done = true;

	for (size_t i = from; i < t->n; i++) {
		struct smtp_recipient *r = t->recipient[i];

		if (r->mailbox.ascii != NULL || t->context.smtputf8)
			t->recipient[kept++] = r;
		else
			done = refuse_new(r, Smtpx_REFUSED, no_utf8,
				   "the address needs SMTPUTF8\r\n") &&
			       done;
	}
	t->n = kept;
	return done;
}

/* Beyond a limit: there is no other transaction for them. */
static bool refuse_too_many(struct transaction *t)
{
	static const int too_many[3] = {4, 5, 3};
	bool done = true;

	for (struct smtp_recipient *r = t->message->recipients; r != NULL;
	     r = r->next)
		if (engine_undecided(r))
			done = refuse_new(r, Smtpx_DEFERRED, too_many,
				   "too many recipients\r\n") &&
			       done;
	return done;
}

/* The content could not be looked at before MAIL. */
static bool content_will_do(struct engine *e, struct transaction *t)
{
	if (!engine_read_ahead(e, t))
		return false;
	if (t->context.eight_bit && t->message->body != E8bitmime_BINARYMIME &&
	    !capabilities_has(&e->session->capabilities, CAP_8BITMIME))
		return engine_refuse_for(e, t, capability_name(CAP_8BITMIME));
	return engine_size_fits(e, t);
}

static void take_up(struct engine *e, struct transaction *t)
{
	size_t before = t->n;

	if (!engine_collect_recipients(e, t) || !refuse_utf8(t, before) ||
	    !refuse_too_many(t)) {
		engine_no_memory(e);
		return;
	}
	if (t->message->open)
		return;
	engine_judge(e, t);
	if (!e->closed && !t->stopped && !content_will_do(e, t) && !e->closed)
		engine_transaction_drop(e, t);
}

/* A message whose only transaction is over sends no more. */
static void defer_late_ones(struct smtp_session *session)
{
	for (struct smtp_message *m = session->messages; m != NULL; m = m->next)
		for (struct smtp_recipient *r = m->recipients;
		     r != NULL && m->begun && m->engaged == NULL; r = r->next)
			if (engine_undecided(r))
				engine_decide_here(r, Smtpx_DEFERRED, NULL);
}

void engine_resume(struct engine *e)
{
	struct transaction *t = e->talking;

	defer_late_ones(e->session);
	e->paused = false;
	if (!e->closed && t != NULL && t->message->begun && !t->content_begun)
		take_up(e, t);
	if (!e->closed)
		engine_say(e);
}

void engine_forget(struct engine *e, const struct smtp_message *message)
{
	struct transaction *next;

	for (struct transaction *t = e->transactions; t != NULL; t = next) {
		next = t->next;
		if (t->message == message)
			engine_transaction_drop(e, t);
	}
	if (e->spare.message == message)
		engine_spare_free(e);
}

void engine_quit(struct engine *e)
{
	if (e->closed)
		return;
	e->idle = true; /* what was never begun is nobody's fault */
	engine_close(e, true);
	e->outcome = ENGINE_DONE;
}
