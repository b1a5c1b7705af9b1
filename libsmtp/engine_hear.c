/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_hear.c - what a reply means in the phase that it answers.
 *
 * engine_hear() takes the reply that is due off the list and hands it to the
 * table's row; the actions follow in the order of the table.  Codes count,
 * words never do.
 */
#include "engine_hear.h"

#include <string.h>

#include "engine_internal.h"

static void take_due(struct engine *e, struct expected *x)
{
	*x = e->due[e->due_head];
	e->due_head++;
	e->due_n--;
	if (e->due_n == 0)
		e->due_head = 0;
	if (x->transaction != NULL)
		x->transaction->awaited--;
}

/* Once everything it asked has been answered. */
static void finish_transaction(struct engine *e, struct transaction *t)
{
	/* Closed, it is dropped already. */
	if (e->closed || t == NULL || t->awaited > 0 || e->talking == t)
		return;
	/* What could not be sent to anybody is left for later, or is over. */
	engine_transaction_drop(e, t);
}

/* RFC 2034: announced, and then not used; the program may want to know, and
 * to leave once the reply has had its effect. */
static bool enhanced_code_missing(struct engine *e, enum phase phase)
{
	int quit = 0;

	if (phase == PHASE_GREETING || phase == PHASE_QUIT ||
	    phase == PHASE_EHLO || phase == PHASE_HELO ||
	    !capabilities_has(
		&e->session->capabilities, CAP_ENHANCEDSTATUSCODES) ||
	    e->reply.enhanced[0] != 0 || e->reply.code / 100 == 3)
		return false;
	engine_event_quit(e, SMTP_EV_SYNTAXWARNING, &quit);
	return quit != 0;
}

static bool keep_last(struct engine *e, enum phase phase)
{
	/* Nobody waits for QUIT's, and it says nothing of any mail. */
	if (phase == PHASE_QUIT)
		return true;
	e->session->last_phase = engine_phases[phase].name;
	return engine_keep_reply(e, &e->session->last_reply);
}

static engine_action choose_action(
    const struct engine *e, const struct phase_row *row)
{
	int code = e->reply.code;

	if (code >= row->low && code <= row->high)
		return row->good;
	if (row->more != 0 && code == row->more)
		return row->again;
	if (code >= 400 && code <= 499)
		return row->deferred;
	if (code >= 500 && code <= 599)
		return row->refused;
	return NULL;
}

void hear_greeting(struct engine *e, const struct expected *x)
{
	(void)x;
	e->ehlo_due = true;
}

/* 4yz or 5yz to the greeting, EHLO or HELO: QUIT, and another address. */
void hear_sent_away(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];

	engine_reply_words(e, words, sizeof words);
	e->next_server = true;
	engine_leave(e, Smtpx_CAUSE_GREETING, SMTP_ERR_INVALID_RESPONSE_STATUS,
	    x->phase == PHASE_GREETING ? "the server takes no mail now"
				       : "the server refuses this client",
	    words);
}

void hear_ehlo(struct engine *e, const struct expected *x)
{
	(void)x;
	if (!capabilities_read(&e->session->capabilities, &e->reply)) {
		engine_no_memory(e);
		return;
	}
	e->greeted = true;
	e->esmtp = true;
	e->asking_again = false;
}

void hear_ehlo_deferred(struct engine *e, const struct expected *x)
{
	if (e->asking_again) /* harmless: what was announced still holds */
		e->asking_again = false;
	else
		hear_sent_away(e, x);
}

static bool ehlo_is_unknown(const struct engine *e)
{
	int code = e->reply.code;

	return code == 500 || code == 502 || code == 504;
}

/* HELO must not hide STARTTLS. */
static bool tls_is_missing(const struct engine *e)
{
	return ehlo_is_unknown(e) && !e->tls_active &&
	       e->settings.tls == Smtpx_TLS_STARTTLS;
}

static bool helo_would_do(const struct engine *e)
{
	return ehlo_is_unknown(e) && !tls_is_missing(e) &&
	       e->session->protocol != Smtpx_LMTP && !e->session->auth_required;
}

void hear_ehlo_refused(struct engine *e, const struct expected *x)
{
	if (e->asking_again) {
		e->asking_again = false;
		return;
	}
	if (helo_would_do(e)) {
		e->helo_due = true;
		return;
	}
	if (tls_is_missing(e)) {
		engine_event_starttls_missing(e);
		error_set(&e->session->error, Smtpx_CAUSE_TLS,
		    SMTP_ERR_EXTENSION_NOT_AVAILABLE,
		    "the server knows no EHLO, and TLS is required", NULL);
	}
	hear_sent_away(e, x);
}

void hear_helo(struct engine *e, const struct expected *x)
{
	(void)x;
	capabilities_release(&e->session->capabilities);
	e->greeted = true;
	e->esmtp = false;
}

void hear_starttls(struct engine *e, const struct expected *x)
{
	(void)x;
	e->handshaking = true;
}

/* Never in clear text instead, not even when TLS was only wished for: a
 * server that announces STARTTLS and refuses it may not be the server. */
void hear_starttls_refused(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];

	(void)x;
	engine_reply_words(e, words, sizeof words);
	e->next_server = true;
	engine_leave(e, Smtpx_CAUSE_TLS, SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the server refuses STARTTLS", words);
}

void hear_etrn(struct engine *e, const struct expected *x)
{
	if (!engine_keep_reply(e, &x->node->status)) {
		engine_no_memory(e);
		return;
	}
	engine_event_etrn(e, x->node);
}

static bool keep_mail_reply(struct engine *e, const struct expected *x)
{
	struct smtp_message *message = x->transaction->message;

	if (x->transaction->abandoned)
		return false;
	e->session->transaction_attempted = true;
	if (!engine_keep_reply(e, &message->reverse_path_status)) {
		engine_no_memory(e);
		return false;
	}
	engine_event_mail(e, message);
	return true;
}

void hear_mail(struct engine *e, const struct expected *x)
{
	e->reset_due = true;
	x->transaction->mail_accepted = true;
	keep_mail_reply(e, x);
}

static enum smtpx_verdict verdict_of(const struct engine *e)
{
	return e->reply.code >= 500 ? Smtpx_REFUSED : Smtpx_DEFERRED;
}

void hear_mail_failed(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	if (!keep_mail_reply(e, x))
		return;
	t->stopped = true;
	engine_decide_all(
	    e, t, false, verdict_of(e), &t->message->reverse_path_status);
}

/* A transaction whose MAIL failed gets refusals of its RCPTs that say
 * nothing of the recipients. */
static bool keep_rcpt_reply(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	t->answered++;
	if (!t->mail_accepted)
		return false;
	if (t->abandoned)
		return e->reply.code < 300;
	if (!engine_keep_reply(e, &x->recipient->status)) {
		engine_no_memory(e);
		return false;
	}
	engine_event_rcpt(e, x->recipient);
	return true;
}

/* A program that looks at the message alone must see a failure, as it would
 * in the reply to the DATA that libESMTP sends even then. */
static void nobody_accepted(struct engine *e, struct transaction *t)
{
	bool later = false;

	for (size_t i = 0; i < t->n; i++)
		later = later || t->recipient[i]->verdict == Smtpx_DEFERRED;
	if (!status_set(&t->message->transfer_status, later ? 451 : 554,
		(const int[3]){later ? 4 : 5, 1, 0},
		"no recipient was accepted\r\n"))
		engine_no_memory(e);
	else
		engine_event_sent(e, t->message);
}

/* JUDGE: every RCPT has been answered, and no other will come. */
void engine_judge(struct engine *e, struct transaction *t)
{
	bool all = e->session->require_all_recipients;
	bool begun = !t->stopped && t->mail_accepted;

	if (t->answered < t->n || t->message->open || e->closed)
		return;
	if (t->accepted == 0 || (all && t->accepted < t->n))
		t->stopped = true;
	if (begun && t->accepted == 0 && !all)
		nobody_accepted(e, t);
}

void hear_rcpt(struct engine *e, const struct expected *x)
{
	if (keep_rcpt_reply(e, x)) {
		x->recipient->accepted = true;
		x->transaction->accepted++;
	}
	engine_judge(e, x->transaction);
}

/* 552 5.2.2 is a full mailbox. */
static bool too_many(const struct engine *e)
{
	const int *enhanced = e->reply.enhanced;

	if (e->reply.code != 452 && e->reply.code != 552)
		return false;
	return enhanced[0] == 0 || (enhanced[1] == 5 && enhanced[2] == 3);
}

/* Too many recipients (452; 552 in old servers): the rest come in another
 * transaction, as long as this one has some (RFC 5321 4.5.3.1.10), and the
 * program does not lead it. */
static bool comes_later(const struct engine *e, const struct transaction *t)
{
	return too_many(e) && t->accepted > 0 && !t->message->begun &&
	       !e->session->require_all_recipients;
}

void hear_rcpt_failed(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	if (keep_rcpt_reply(e, x)) {
		if (comes_later(e, t))
			x->recipient->engaged = NULL;
		else
			engine_decide(e, x->recipient,
			    too_many(e) ? Smtpx_DEFERRED : verdict_of(e),
			    &x->recipient->status);
	}
	engine_judge(e, t);
}

void hear_data(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	/* Nothing goes to somebody who could not log in. */
	if (t->abandoned && t->accepted > 0) {
		engine_fail(e, Smtpx_CAUSE_AUTH, SMTP_ERR_CLIENT_ERROR,
		    "the login was refused", NULL);
		return;
	}
	/* 354 although nobody was accepted: RFC 2920 3.1 wants a lone dot. */
	t->lone_dot = t->accepted == 0 || t->stopped;
	t->stopped = false;
}

static bool keep_content_reply(struct engine *e, struct transaction *t)
{
	if (engine_keep_reply(e, &t->message->transfer_status))
		return true;
	engine_no_memory(e);
	return false;
}

void hear_data_failed(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;
	bool somebody = t->accepted > 0 && !t->stopped && !t->abandoned;

	t->stopped = true;
	t->settled = true;
	if (!somebody || !keep_content_reply(e, t))
		return;
	engine_decide_all(
	    e, t, true, verdict_of(e), &t->message->transfer_status);
	engine_event_sent(e, t->message);
}

static enum smtpx_verdict final_verdict(const struct engine *e)
{
	return e->reply.code < 300 ? Smtpx_DELIVERED : verdict_of(e);
}

/* RFC 2033 4.2: one reply for each accepted recipient, in their order. */
static void final_of_one(struct engine *e, struct transaction *t)
{
	struct smtp_recipient *r;

	while (t->reported < t->n && !t->recipient[t->reported]->accepted)
		t->reported++;
	if (t->reported == t->n)
		return;
	r = t->recipient[t->reported++];
	if (!engine_keep_reply(e, &r->final)) {
		engine_no_memory(e);
		return;
	}
	engine_decide(e, r, final_verdict(e), &r->final);
}

void hear_final(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	e->reset_due = false;
	if (t->lone_dot) {
		t->settled = true;
		return;
	}
	if (t->accepted == 0 || t->settled)
		return; /* nobody is there to have received it */
	if (t->abandoned && e->reply.code >= 300)
		return;
	if (!keep_content_reply(e, t))
		return;
	if (e->session->protocol == Smtpx_LMTP)
		final_of_one(e, t);
	else
		engine_decide_all(
		    e, t, true, final_verdict(e), &t->message->transfer_status);
	t->settled = t->awaited == 0;
	if (t->settled)
		engine_event_sent(e, t->message);
}

void hear_bdat(struct engine *e, const struct expected *x)
{
	if (x->last)
		hear_final(e, x);
}

/* RFC 3030 4.2: behind a refused chunk the server's transaction is in no
 * known state.  The next message's commands that are in flight are heard and
 * forgotten; it begins anew behind RSET. */
static void abandon_next(struct engine *e, struct transaction *t)
{
	e->reset_due = true;
	for (t = t->next; t != NULL; t = t->next)
		engine_abandon(t);
}

/* What was in flight behind a refused chunk is refused too; only the first
 * refusal speaks of the message. */
void hear_bdat_failed(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	if (x->last && e->session->protocol == Smtpx_LMTP && !t->stopped) {
		hear_final(e, x);
		e->reset_due = true; /* nobody says what became of the rest */
		return;
	}
	abandon_next(e, t);
	t->stopped = true;
	if (t->settled || t->accepted == 0 || t->abandoned)
		return;
	t->settled = true;
	if (!keep_content_reply(e, t))
		return;
	engine_decide_all(
	    e, t, true, verdict_of(e), &t->message->transfer_status);
	engine_event_sent(e, t->message);
}

/* XUSR is a courtesy; what the server makes of it does not matter. */
void hear_xusr(struct engine *e, const struct expected *x)
{
	(void)e;
	(void)x;
}

void hear_reset(struct engine *e, const struct expected *x)
{
	(void)x;
	e->reset_due = false;
}

/* Without RSET the next message could go to this one's recipients. */
void hear_reset_refused(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];

	(void)x;
	engine_reply_words(e, words, sizeof words);
	engine_fail(e, Smtpx_CAUSE_LOST, SMTP_ERR_INVALID_RESPONSE_STATUS,
	    "the server refuses RSET", words);
}

void hear_quit(struct engine *e, const struct expected *x)
{
	(void)x;
	engine_close(e, false);
}

/* What it said last is seen where any other reply would be; what becomes of
 * the recipients is not its to decide. */
static bool keep_last_words(struct engine *e, const struct expected *x)
{
	struct transaction *t = x->transaction;

	if (x->phase == PHASE_ETRN) {
		hear_etrn(e, x);
	} else if (t == NULL || t->abandoned) {
		return true;
	} else if (x->phase == PHASE_MAIL) {
		keep_mail_reply(e, x);
	} else if (!t->mail_accepted || t->settled) {
		return true;
	} else if (x->phase == PHASE_RCPT) {
		if (!engine_keep_reply(e, &x->recipient->status))
			return false;
		engine_event_rcpt(e, x->recipient);
	} else if (t->accepted > 0 && !t->stopped) {
		if (!engine_keep_reply(e, &t->message->transfer_status))
			return false;
		engine_event_sent(e, t->message);
	}
	return true;
}

/* 421 ends the session wherever it comes (RFC 5321 3.8). */
static void server_leaves(struct engine *e, const struct expected *x)
{
	char words[ERROR_TEXT_MAX];

	if (!keep_last_words(e, x)) {
		engine_no_memory(e);
		return;
	}
	engine_reply_words(e, words, sizeof words);
	e->next_server = true;
	engine_fail(e,
	    x->phase == PHASE_GREETING ? Smtpx_CAUSE_GREETING
				       : Smtpx_CAUSE_LOST,
	    SMTP_ERR_DROPPED_CONNECTION, "the server closes the connection",
	    words);
}

static void wrong_class(struct engine *e, const struct expected *x)
{
	static const int odd[3] = {4, 5, 0};

	/* 2yz to DATA must not look like success. */
	if (x->phase == PHASE_DATA)
		status_set(&x->transaction->message->transfer_status, 451, odd,
		    "the server's reply to DATA was not 354\r\n");
	engine_protocol_error(e, SMTP_ERR_INVALID_RESPONSE_STATUS,
	    "the server sent a reply that is impossible here");
}

void engine_hear(struct engine *e)
{
	struct expected x;
	const struct phase_row *row;
	engine_action action;
	bool quit;

	take_due(e, &x);
	row = &engine_phases[x.phase];
	action = choose_action(e, row);
	engine_show_reply(e, x.phase == PHASE_AUTH && e->reply.code == 334);
	if (!keep_last(e, x.phase)) {
		engine_no_memory(e);
		return;
	}
	if (e->reply.code == 421 && x.phase != PHASE_QUIT) {
		server_leaves(e, &x);
		return;
	}
	if (action == NULL) {
		wrong_class(e, &x);
		return;
	}
	quit = enhanced_code_missing(e, x.phase);
	action(e, &x);
	finish_transaction(e, x.transaction);
	if (quit && !e->closed)
		engine_leave(e, Smtpx_CAUSE_PROTOCOL,
		    SMTP_ERR_INVALID_RESPONSE_SYNTAX,
		    "the server left out an enhanced status code", NULL);
}
