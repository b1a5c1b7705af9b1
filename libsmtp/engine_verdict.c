/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_verdict.c - what becomes of each recipient
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every recipient gets exactly one verdict, and only here: by a reply, by
 * ourselves, or because the connection is over. Guarantee: nobody is called
 * delivered but by a reply to his content, and nobody whose content may have
 * been taken is called deferred. RFC 5321 6.1, RFC 1047.
 */
#include "engine_internal.h"

bool engine_undecided(const struct smtp_recipient *r)
{
	return !r->complete && r->verdict == Smtpx_PENDING &&
	       r->engaged == NULL;
}

static bool is_left(const struct smtp_message *m)
{
	if (m->begun || m->open)
		return !m->begun;
	for (const struct smtp_recipient *r = m->recipients; r != NULL;
	     r = r->next)
		if (engine_undecided(r))
			return true;
	return false;
}

struct smtp_message *engine_next_message(const struct smtp_session *session)
{
	for (struct smtp_message *m = session->messages; m != NULL; m = m->next)
		if (is_left(m))
			return m;
	return NULL;
}

bool engine_work_left(const struct smtp_session *session)
{
	return engine_next_message(session) != NULL;
}

void engine_decide(struct engine *e, struct smtp_recipient *r,
    enum smtpx_verdict verdict, const smtp_status_t *by)
{
	r->engaged = NULL;
	if (r->verdict != Smtpx_PENDING)
		return;
	r->verdict = verdict;
	r->decided_by = by;
	r->complete = verdict == Smtpx_DELIVERED || verdict == Smtpx_REFUSED;
	e->progress = true;
}

void engine_decide_here(struct smtp_recipient *r, enum smtpx_verdict verdict,
    const smtp_status_t *by)
{
	r->engaged = NULL;
	if (r->verdict != Smtpx_PENDING)
		return;
	r->verdict = verdict;
	r->decided_by = by;
}

void engine_abandon(struct transaction *t)
{
	t->stopped = true;
	t->abandoned = true;
	for (size_t i = 0; i < t->n; i++)
		if (t->recipient[i]->engaged == t)
			t->recipient[i]->engaged = NULL;
}

/* Gives a recipient its own copy of a reply that it shares with others. */
bool engine_keep_copy(struct smtp_recipient *r, const smtp_status_t *by)
{
	const int enhanced[3] = {
	    by->enh_class, by->enh_subject, by->enh_detail};

	return status_set(&r->final, by->code, enhanced, by->text);
}

/* Another transaction with the same message has written, or will write, over
 * its statuses. */
static bool message_is_shared(const struct transaction *t)
{
	for (const struct smtp_recipient *r = t->message->recipients; r != NULL;
	     r = r->next)
		if (engine_undecided(r) ||
		    (r->engaged != NULL && r->engaged != t))
			return true;
	return false;
}

void engine_decide_all(struct engine *e, struct transaction *t,
    bool accepted_only, enum smtpx_verdict verdict, const smtp_status_t *by)
{
	bool shared = by != NULL && message_is_shared(t);

	for (size_t i = 0; i < t->n; i++) {
		struct smtp_recipient *r = t->recipient[i];

		if (r->engaged != t || (accepted_only && !r->accepted))
			continue;
		/* Without memory for its own it shows the message's. */
		if (shared && engine_keep_copy(r, by))
			engine_decide(e, r, verdict, &r->final);
		else
			engine_decide(e, r, verdict, by);
	}
}

/* RFC 5321 6.1: once the end of the content has left, nobody can know.  A
 * transaction without content can begin anew on another connection, if this
 * one was of any use. */
static void lose_one(struct engine *e, struct transaction *t)
{
	bool left = t->end_said && e->sent >= t->end_at && !t->lone_dot;
	bool anew = e->progress && !t->content_begun && !t->message->begun &&
	            e->cause == Smtpx_CAUSE_LOST;

	for (size_t i = 0; i < t->n; i++) {
		struct smtp_recipient *r = t->recipient[i];

		if (anew && r->engaged == t)
			r->engaged = NULL;
		if (left && r->engaged == t &&
		    (r->accepted || t->answered < t->n)) {
			engine_decide_here(r, Smtpx_IN_DOUBT, NULL);
			e->session->transaction_attempted = true;
		}
	}
}

void engine_transactions_lost(struct engine *e)
{
	while (e->transactions != NULL) {
		lose_one(e, e->transactions);
		engine_transaction_drop(e, e->transactions);
	}
}

void engine_settle(struct smtp_session *session, enum smtpx_verdict verdict)
{
	const smtp_status_t *by =
	    verdict == Smtpx_REFUSED ? &session->last_reply : NULL;

	for (struct smtp_message *m = session->messages; m != NULL;
	     m = m->next) {
		for (struct smtp_recipient *r = m->recipients; r != NULL;
		     r = r->next) {
			r->engaged = NULL;
			if (!engine_undecided(r))
				continue;
			r->verdict = verdict;
			r->decided_by = by;
			r->complete = verdict == Smtpx_DELIVERED;
		}
	}
}
