/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * outcome.c - verdicts and causes to exit status and sentences.
 *
 * Two tables: what a session that ended early means, and how bad each exit
 * status is when recipients differ.  Never looks at a reply's words but to
 * show them.
 */
#include "outcome.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "diagnostics.h"

/* The longest mailbox (RFC 5321 4.5.3.1) and the words around it. */
enum { WHO_MAX = 400 };

/* clang-format off */
/* What a session's cause means for recipients that no reply decided. */
static const struct {
	enum smtpx_cause cause;
	int status;
} causes[] = {
	{ Smtpx_CAUSE_NONE,           EX_TEMPFAIL },
	{ Smtpx_CAUSE_RESOLVE,        EX_TEMPFAIL },
	{ Smtpx_CAUSE_NO_HOST,        EX_NOHOST },
	{ Smtpx_CAUSE_CONNECT,        EX_TEMPFAIL },
	{ Smtpx_CAUSE_GREETING,       EX_UNAVAILABLE },
	{ Smtpx_CAUSE_PROTOCOL,       EX_PROTOCOL },
	{ Smtpx_CAUSE_LOST,           EX_TEMPFAIL },
	{ Smtpx_CAUSE_TIMEOUT,        EX_TEMPFAIL },
	{ Smtpx_CAUSE_TLS,            EX_PROTOCOL },
	{ Smtpx_CAUSE_CERTIFICATE,    EX_PROTOCOL },
	{ Smtpx_CAUSE_AUTH,           EX_NOPERM },
	{ Smtpx_CAUSE_AUTH_TEMPORARY, EX_TEMPFAIL },
	{ Smtpx_CAUSE_EXTENSION,      EX_UNAVAILABLE },
	{ Smtpx_CAUSE_SOURCE,         EX_IOERR },
	{ Smtpx_CAUSE_LOCAL,          EX_UNAVAILABLE },
	{ Smtpx_CAUSE_MEMORY,         EX_OSERR },
	{ Smtpx_CAUSE_CANCELLED,      EX_TEMPFAIL },
};

/* When recipients end differently, the first of these that occurs is the
 * exit status: what may have been sent, then what may be tried again, then
 * what a person must mend. */
static const int worst_first[] = {
	EX_TEMPFAIL, EX_OSERR, EX_NOPERM, EX_PROTOCOL, EX_IOERR, EX_NOHOST,
	EX_UNAVAILABLE, EX_NOUSER,
};
/* clang-format on */

static int status_of_cause(const struct outcome *outcome)
{
	enum smtpx_cause cause = outcome->cause;

	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		if (causes[i].cause == cause)
			return causes[i].status;
	return EX_SOFTWARE;
}

/* X.1.x is about the mailbox; without an enhanced code RFC 5321 4.2.3 leaves
 * 550, 551 and 553. */
static bool no_such_mailbox(const struct recipient_outcome *r)
{
	if (r->about != ABOUT_RECIPIENT)
		return false;
	if (r->enhanced[0] != 0)
		return r->enhanced[0] == 5 && r->enhanced[1] == 1;
	return r->code == 550 || r->code == 551 || r->code == 553;
}

/* A sender that policy refuses (5.7.z to MAIL) is one too: this account may
 * not use it. */
static bool is_login_problem(const struct recipient_outcome *r)
{
	if (r->code == 530 || r->code == 534 || r->code == 535 ||
	    r->code == 538)
		return true;
	return r->enhanced[0] == 5 && r->enhanced[1] == 7 &&
	       (r->about == ABOUT_SENDER || r->enhanced[2] == 8);
}

static int status_of(
    const struct outcome *outcome, const struct recipient_outcome *r)
{
	switch (r->verdict) {
	case Smtpx_DELIVERED:
		return EX_OK;
	case Smtpx_IN_DOUBT:
		return EX_TEMPFAIL;
	case Smtpx_REFUSED:
		if (r->code == 0)
			return status_of_cause(outcome);
		if (is_login_problem(r))
			return EX_NOPERM;
		return no_such_mailbox(r) ? EX_NOUSER : EX_UNAVAILABLE;
	default:
		if (r->code != 0)
			return EX_TEMPFAIL;
		if (outcome->cause == Smtpx_CAUSE_GREETING)
			return EX_TEMPFAIL;
		return status_of_cause(outcome);
	}
}

static int worse(int a, int b)
{
	for (size_t i = 0; i < sizeof worst_first / sizeof worst_first[0]; i++)
		if (a == worst_first[i] || b == worst_first[i])
			return worst_first[i];
	return a != EX_OK ? a : b;
}

/* Nobody said a word about this one: it was left out because another one was
 * refused (partial = 'all-or-none'). */
static bool is_held_back(
    const struct outcome *outcome, const struct recipient_outcome *r)
{
	return r->verdict == Smtpx_DEFERRED && r->code == 0 &&
	       outcome->cause == Smtpx_CAUSE_NONE;
}

static const char *verdict_words(
    const struct outcome *outcome, const struct recipient_outcome *r)
{
	if (is_held_back(outcome, r))
		return "was left out, as partial is all-or-none";
	switch (r->verdict) {
	case Smtpx_REFUSED:
		return "was refused";
	case Smtpx_IN_DOUBT:
		return "may have been accepted: the server's last reply "
		       "never came";
	default:
		return "was not accepted for now, try again later";
	}
}

static void put_enhanced(
    const struct recipient_outcome *r, char *text, size_t size)
{
	text[0] = '\0';
	if (r->enhanced[0] != 0)
		snprintf(text, size, " %d.%d.%d", r->enhanced[0],
		    r->enhanced[1], r->enhanced[2]);
}

/* who: "<mailbox>", "the sender <...>" or "the message". */
static void complain_of(const struct outcome *outcome,
    const struct recipient_outcome *r, const char *who, struct diagnostics *d)
{
	char enhanced[40];

	put_enhanced(r, enhanced, sizeof enhanced);
	if (r->code != 0 && r->verdict != Smtpx_IN_DOUBT)
		diagnostics_add(d, "%s %s: %d%s %s", who,
		    verdict_words(outcome, r), r->code, enhanced,
		    r->text == NULL ? "" : r->text);
	else
		diagnostics_add(d, "%s %s", who, verdict_words(outcome, r));
}

static void complain_of_recipient(const struct outcome *outcome,
    const struct recipient_outcome *r, struct diagnostics *d)
{
	char who[WHO_MAX];

	snprintf(who, sizeof who, "<%s>", r->mailbox);
	complain_of(outcome, r, who, d);
}

/* One reply, to MAIL or to the content, decided all of them. */
static bool one_reply(const struct outcome *outcome)
{
	const struct recipient_outcome *first = outcome->recipient;

	if (outcome->n == 0 || first->code == 0 ||
	    first->about == ABOUT_RECIPIENT)
		return false;
	for (size_t i = 0; i < outcome->n; i++)
		if (outcome->recipient[i].about != first->about ||
		    outcome->recipient[i].code != first->code)
			return false;
	return true;
}

static void complain_of_all(
    const struct outcome *outcome, struct diagnostics *d)
{
	const struct recipient_outcome *first = outcome->recipient;
	char who[WHO_MAX];

	if (first->about == ABOUT_SENDER)
		snprintf(who, sizeof who, "the sender <%s>", outcome->sender);
	else
		snprintf(who, sizeof who, "the message");
	complain_of(outcome, first, who, d);
}

/* All recipients share one fate, and the session says why: one sentence. */
static bool one_fate(const struct outcome *outcome)
{
	const struct recipient_outcome *first = outcome->recipient;

	if (outcome->error[0] == '\0' || outcome->n == 0)
		return false;
	for (size_t i = 0; i < outcome->n; i++)
		if (outcome->recipient[i].verdict != first->verdict ||
		    outcome->recipient[i].code != first->code)
			return false;
	return first->verdict != Smtpx_DELIVERED;
}

static void complain_of_each(
    const struct outcome *outcome, bool held_back, struct diagnostics *d)
{
	for (size_t i = 0; i < outcome->n; i++) {
		const struct recipient_outcome *r = &outcome->recipient[i];

		if (r->verdict != Smtpx_DELIVERED &&
		    is_held_back(outcome, r) == held_back)
			complain_of_recipient(outcome, r, d);
	}
}

/* Whoever shows one line alone shows the first: the cause comes before those
 * who were left out for it. */
static void complain(const struct outcome *outcome, struct diagnostics *d)
{
	const char *advice = outcome->advice;
	bool in_doubt =
	    outcome->n > 0 && outcome->recipient[0].verdict == Smtpx_IN_DOUBT;

	if (one_fate(outcome)) {
		diagnostics_add(d, "%s%s%s%s", outcome->error,
		    in_doubt ? "; the message may have been accepted" : "",
		    advice == NULL ? "" : "; ", advice == NULL ? "" : advice);
		return;
	}
	if (outcome->error[0] != '\0')
		diagnostics_add(d, "%s", outcome->error);
	if (one_reply(outcome)) {
		complain_of_all(outcome, d);
		return;
	}
	complain_of_each(outcome, false, d);
	complain_of_each(outcome, true, d);
}

int outcome_judge(const struct outcome *outcome, struct diagnostics *d)
{
	int status = EX_OK;
	size_t held = 0;

	for (size_t i = 0; i < outcome->n; i++) {
		const struct recipient_outcome *r = &outcome->recipient[i];

		if (is_held_back(outcome, r))
			held++;
		else
			status = worse(status, status_of(outcome, r));
	}
	if (status == EX_OK && (outcome->n == 0 || held > 0))
		status = status_of_cause(outcome);
	if (status != EX_OK)
		complain(outcome, d);
	return status;
}
