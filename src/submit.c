/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit.c - one message, all of it at once.
 *
 * contract: submit.h.  The parts of a submission stand in submit_run.c; this
 * file puts them together.
 */
#include "submit.h"

#include <stdlib.h>
#include <sysexits.h>

#include "compose.h"
#include "diagnostics.h"
#include "envelope.h"
#include "options.h"
#include "submit_run.h"

static bool add_recipients(struct submit_run *run)
{
	const struct envelope *envelope = run->submission->envelope;
	enum notify_flags notify = submit_run_notify(run);

	run->recipient = calloc(envelope->n, sizeof *run->recipient);
	if (run->recipient == NULL)
		return false;
	for (size_t i = 0; i < envelope->n; i++) {
		const struct envelope_recipient *r = &envelope->recipient[i];
		smtp_recipient_t added =
		    smtp_add_recipient(run->message, r->mailbox);

		if (added == NULL || !smtp_dsn_set_notify(added, notify))
			return false;
		/* RFC 3461 4.2: the address before alias expansion. */
		if (r->original != NULL &&
		    !smtp_dsn_set_orcpt(added, "rfc822", r->original))
			return false;
		run->recipient[i] = added;
	}
	return true;
}

static bool set_message(struct submit_run *run)
{
	run->message = smtp_add_message(run->session);
	return run->message != NULL && submit_run_wishes(run) &&
	       submit_run_content(run) && add_recipients(run);
}

/* Somebody has the message, or may have it: nobody gets it twice. */
static bool may_have_arrived(const struct submit_run *run)
{
	enum smtpx_verdict verdict;

	for (size_t i = 0; i < run->submission->envelope->n; i++) {
		verdict = smtpx_recipient_verdict(run->recipient[i]);
		if (verdict == Smtpx_DELIVERED || verdict == Smtpx_IN_DOUBT)
			return true;
	}
	return false;
}

/* What a server turned out not to take. */
struct form {
	bool seven_bit; /* 8-bit content */
	bool ascii;     /* UTF-8 in header fields, wished for with -U */
};

static struct form form_wanted(const struct submit_run *run, struct form tried)
{
	bool lacks = smtpx_cause(run->session) == Smtpx_CAUSE_EXTENSION &&
	             smtpx_capability(run->session, "SMTPUTF8") == NULL;

	if (may_have_arrived(run))
		return tried;
	return (struct form){
	    .seven_bit = tried.seven_bit || run->wants_seven_bit,
	    .ascii =
		tried.ascii || (lacks && run->submission->options->smtputf8),
	};
}

static bool same_form(struct form a, struct form b)
{
	return a.seven_bit == b.seven_bit && a.ascii == b.ascii;
}

/* One attempt with one form of the message; *form is the one to try next, or
 * stays. */
static int attempt(const struct submission *submission, struct form *form,
    struct diagnostics *d)
{
	struct submit_run run = {.submission = submission, .d = d};
	struct form wanted;
	int status = submit_run_compose(&run, form->seven_bit);

	if (status != EX_OK) {
		composed_free(run.composed);
		return status;
	}
	if (!submit_run_open(&run) || !set_message(&run)) {
		status = submit_run_cannot(&run);
	} else {
		submit_run_start(&run);
		wanted = form_wanted(&run, *form);
		if (same_form(wanted, *form))
			status = submit_run_judge(&run);
		*form = wanted;
	}
	submit_run_release(&run);
	return status;
}

int submit(const struct submission *submission, struct diagnostics *d)
{
	struct options options = *submission->options;
	struct submission now = *submission;
	struct form tried, form = {.seven_bit = false};
	int status;

	submit_warn_of_trust(submission);
	now.options = &options;
	do {
		tried = form;
		options.smtputf8 = submission->options->smtputf8 && !form.ascii;
		status = attempt(&now, &form, d);
	} while (!same_form(form, tried));
	return status;
}
