/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_say.c - what the client says next, and what may stand behind what.
 *
 * NEGOTIATE decides what is owed: TLS, login, ETRN, a message, QUIT.  With
 * PIPELINING the sender runs ahead of the replies inside a group (RFC 2920
 * 3.1, RFC 3030 4.2, RFC 4954 4); without, one command is unanswered at
 * most.
 */
#include <errno.h>

#include "engine_internal.h"

bool engine_has_pipelining(const struct engine *e)
{
	return capabilities_has(&e->session->capabilities, CAP_PIPELINING);
}

bool engine_say_plain(
    struct engine *e, enum phase phase, const char *verb, struct transaction *t)
{
	size_t from = e->out.len;

	e->commands++;
	if (!command_plain(&e->out, verb) || !engine_expect(e, phase, t)) {
		engine_no_memory(e);
		return false;
	}
	engine_show_line(e, from);
	return true;
}

static bool say_ehlo(struct engine *e)
{
	struct smtp_session *session = e->session;
	bool lmtp = session->protocol == Smtpx_LMTP;
	const char *verb = e->helo_due ? "HELO" : lmtp ? "LHLO" : "EHLO";
	size_t from = e->out.len;

	if (!command_ehlo(&e->out, verb, session->ehlo_name)) {
		if (e->out.failed)
			engine_no_memory(e);
		engine_fail(e, Smtpx_CAUSE_LOCAL, SMTP_ERR_INVAL,
		    "the name of this host is no domain", NULL);
		return false;
	}
	e->commands++;
	engine_show_line(e, from);
	engine_expect(e, e->helo_due ? PHASE_HELO : PHASE_EHLO, NULL);
	e->ehlo_due = false;
	e->helo_due = false;
	return true;
}

/* true: something was said, or the connection is over. */
static bool negotiate_tls(struct engine *e)
{
	enum smtpx_tls level = e->settings.tls;

	if (e->tls_active || e->tls_done_with || level == Smtpx_TLS_OFF)
		return false;
	if (level != Smtpx_TLS_IMPLICIT &&
	    capabilities_has(&e->session->capabilities, CAP_STARTTLS))
		return engine_say_plain(e, PHASE_STARTTLS, "STARTTLS", NULL);
	e->tls_done_with = true;
	if (level == Smtpx_TLS_OPPORTUNISTIC)
		return false;
	engine_event_starttls_missing(e);
	e->next_server = true;
	engine_leave(e, Smtpx_CAUSE_TLS, SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the server offers no STARTTLS, and TLS is required", NULL);
	return true;
}

static bool wants_more_after_auth(struct engine *e)
{
	struct command_context context = {
	    .capabilities = &e->session->capabilities,
	    .tls_verified = e->tls_verified,
	};

	if (e->asked_again || !e->esmtp)
		return false;
	for (const struct smtp_message *m = e->session->messages; m != NULL;
	     m = m->next)
		if (command_wants_more(m, &context))
			return true;
	return false;
}

static bool ask_again(struct engine *e)
{
	if (!e->authenticated || !wants_more_after_auth(e))
		return false;
	e->asked_again = true;
	e->asking_again = true;
	return say_ehlo(e);
}

static bool etrn_possible(struct engine *e)
{
	int quit = 1;

	if (e->etrn_checked ||
	    capabilities_has(&e->session->capabilities, CAP_ETRN))
		return true;
	e->etrn_checked = true;
	engine_event_quit(e, SMTP_EV_EXTNA_ETRN, &quit);
	e->etrn_next = NULL;
	if (quit)
		engine_leave(e, Smtpx_CAUSE_EXTENSION,
		    SMTP_ERR_EXTENSION_NOT_AVAILABLE,
		    "the server offers no ETRN", NULL);
	return false;
}

static bool say_etrn(struct engine *e)
{
	struct smtp_etrn_node *node = e->etrn_next;
	size_t from = e->out.len;

	if (node == NULL)
		return false;
	if (!etrn_possible(e))
		return e->closed;
	e->etrn_next = node->next;
	e->commands++;
	if (!command_etrn(&e->out, node->option, node->domain)) {
		engine_no_memory(e);
		return true;
	}
	engine_show_line(e, from);
	if (engine_expect(e, PHASE_ETRN, NULL))
		engine_last_due(e)->node = node;
	return true;
}

static bool say_quit(struct engine *e)
{
	if (e->quit_said || engine_stays(e))
		return false;
	e->quit_said = true;
	return engine_say_plain(e, PHASE_QUIT, "QUIT", NULL);
}

/* LIMITS MAILMAX (RFC 9422 4.1): further messages want a new connection. */
static bool mail_limit_reached(const struct engine *e)
{
	unsigned long limit = e->session->capabilities.mail_max;

	return limit > 0 && e->begun >= limit;
}

/* Sendmail's: a user, not a relay, submits what follows.  libESMTP says it
 * before every MAIL, on its own. */
static bool xusr_is_due(const struct engine *e)
{
	return !e->xusr_said && !mail_limit_reached(e) &&
	       capabilities_has(&e->session->capabilities, CAP_XUSR) &&
	       engine_work_left(e->session);
}

static bool say_xusr(struct engine *e)
{
	if (!xusr_is_due(e))
		return false;
	e->xusr_said = true;
	return engine_say_plain(e, PHASE_XUSR, "XUSR", NULL);
}

static bool say_message(struct engine *e)
{
	e->xusr_said = false;
	return !mail_limit_reached(e) && engine_work_left(e->session) &&
	       engine_transaction_begin(e);
}

/* Before the next MAIL, and before AUTH too, which no transaction may hold
 * (RFC 4954 4). */
static bool say_reset(struct engine *e)
{
	if (!e->reset_due || !engine_work_left(e->session) ||
	    mail_limit_reached(e))
		return false;
	e->reset_due = false;
	return engine_say_plain(e, PHASE_RSET, "RSET", NULL);
}

/* Nothing is unanswered. */
static bool negotiate(struct engine *e)
{
	if (e->login_failed) {
		engine_close(e, true);
		return false;
	}
	if (e->ehlo_due || e->helo_due)
		return say_ehlo(e);
	if (!e->greeted)
		return false;
	if (negotiate_tls(e) || say_reset(e))
		return true;
	if (!e->authenticated && !e->auth_over && engine_auth_start(e))
		return true;
	if (e->closed)
		return true;
	if (ask_again(e) || say_etrn(e) || say_xusr(e))
		return true;
	return say_message(e) || say_quit(e);
}

/* How many transactions still wait for a verdict: one may follow another. */
static size_t under_way(const struct engine *e)
{
	size_t n = 0;

	for (const struct transaction *t = e->transactions; t != NULL;
	     t = t->next)
		n++;
	return n;
}

static bool wants_login(const struct engine *e)
{
	return !e->authenticated && !e->auth_over &&
	       (e->session->authenticator != NULL || e->session->auth_required);
}

static bool login_is_due(const struct engine *e)
{
	for (size_t i = 0; i < e->due_n; i++)
		if (e->due[e->due_head + i].phase == PHASE_AUTH)
			return true;
	return false;
}

/* An open message begins when nothing else is under way. */
static bool next_is_open(const struct engine *e)
{
	const struct smtp_message *next = engine_next_message(e->session);

	return next != NULL && next->open;
}

/* What comes next may stand behind AUTH: nothing but a message does. */
static bool run_ahead_of_login(struct engine *e)
{
	return e->auth_groupable && !e->asking_again && !e->reset_due &&
	       e->etrn_next == NULL && !wants_more_after_auth(e) &&
	       say_message(e);
}

static bool content_is_said(const struct expected *last)
{
	return last->phase == PHASE_BODY ||
	       (last->phase == PHASE_BDAT && last->last);
}

/* Behind an unanswered command: only with PIPELINING, and only what the
 * group allows. */
static bool run_ahead(struct engine *e)
{
	const struct expected *last = engine_last_due(e);

	if (!engine_has_pipelining(e) || e->quit_said || under_way(e) > 1 ||
	    xusr_is_due(e) || next_is_open(e))
		return false;
	if (last->phase == PHASE_AUTH)
		return run_ahead_of_login(e);
	/* A login that was refused comes before anything else. */
	if (!content_is_said(last) || (wants_login(e) && !login_is_due(e)) ||
	    e->session->protocol == Smtpx_LMTP)
		return false;
	return say_message(e) || say_quit(e);
}

void engine_say(struct engine *e)
{
	bool said = true;

	while (said && !e->closed && !e->handshaking && !e->paused &&
	       e->out.len < ENGINE_OUT_MARK) {
		if (e->talking != NULL)
			said = engine_transaction_say(e);
		else if (e->due_n == 0)
			said = negotiate(e);
		else
			said = run_ahead(e);
	}
	engine_pause(e);
	/* The last words are on their way: do not wait for the answer. */
	if (!e->closed && e->quit_said && e->out.len == 0 && e->due_n == 1 &&
	    engine_last_due(e)->phase == PHASE_QUIT)
		engine_close(e, false);
}
