/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit.c - an account's settings into a session, and its results out.
 *
 * contract: submit.h.  Every setting of the account that concerns the wire
 * is set here in one place.  The dialogue goes to stderr cleaned; secrets
 * never reach this file.
 */
#include "submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "account.h"
#include "account_session.h"
#include "compose.h"
#include "diagnostics.h"
#include "envelope.h"
#include "log.h"
#include "login.h"
#include "message.h"
#include "options.h"
#include "outcome.h"
#include "process.h"
#include "smtpx.h"
#include "submit_log.h"
#include "transcript.h"

/* Without timeout-total: fifteen minutes and a second for each kilobyte. */
#define TOTAL_BASE_MS (15 * 60 * 1000LL)

/* Longer content is taken for 8-bit by the library unless it is told. */
#define READ_AHEAD (256 * 1024)

/* The run under way, for submit_cancel(). */
static smtp_session_t volatile running;

struct run {
	const struct submission *submission;
	struct diagnostics *d;
	struct composed *composed;
	smtp_session_t session;
	smtp_message_t message;
	smtp_recipient_t *recipient; /* envelope->n of them */
	struct login login;
	struct timespec started;
	bool wants_seven_bit; /* the server takes no 8-bit content */
};

void submit_cancel(void)
{
	smtp_session_t session = running;

	if (session != NULL)
		smtpx_cancel(session);
}

static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct run *run = arg;

	(void)session;
	/* Of content declared 7BIT it is fired, too, and stops nothing. */
	if (event == SMTP_EV_EXTNA_8BITMIME &&
	    composed_eight_bit(run->composed))
		run->wants_seven_bit = true;
}

/* Somebody has the message, or may have it: nobody gets it twice. */
static bool may_have_arrived(const struct run *run)
{
	enum smtpx_verdict verdict;

	for (size_t i = 0; i < run->submission->envelope->n; i++) {
		verdict = smtpx_recipient_verdict(run->recipient[i]);
		if (verdict == Smtpx_DELIVERED || verdict == Smtpx_IN_DOUBT)
			return true;
	}
	return false;
}

static long total_timeout(const struct run *run)
{
	return (long)(TOTAL_BASE_MS + (long long)composed_size(run->composed));
}

static bool set_session(struct run *run)
{
	const struct options *options = run->submission->options;

	run->session = smtp_create_session();
	if (run->session == NULL)
		return false;
	if (options->verbose > 0)
		smtp_set_monitorcb(run->session, transcript_show, NULL, 1);
	smtp_set_eventcb(run->session, on_event, run);
	return account_configure(run->submission->account, run->session,
		   total_timeout(run)) &&
	       smtp_option_require_all_recipients(run->session,
		   options->all_or_none || run->submission->account->partial ==
					       PARTIAL_ALL_OR_NONE) &&
	       login_begin(
		   &run->login, run->session, run->submission->account, run->d);
}

static bool set_parameters(struct run *run)
{
	const struct options *options = run->submission->options;
	const struct account *account = run->submission->account;
	enum ret_flags ret = options->ret != Ret_NOTSET
	                         ? options->ret
	                         : (enum ret_flags)account->dsn_return;
	enum e8bitmime_body body = composed_eight_bit(run->composed)
	                               ? E8bitmime_8BITMIME
	                               : options->body;

	/* Declared only: what the server lacks is left out. */
	if (body == E8bitmime_BINARYMIME ||
	    (body == E8bitmime_8BITMIME && !composed_eight_bit(run->composed)))
		body = E8bitmime_NOTSET;
	if (body == E8bitmime_NOTSET &&
	    composed_size(run->composed) > READ_AHEAD)
		body = E8bitmime_7BIT;
	if (options->envid != NULL &&
	    !smtp_dsn_set_envid(run->message, options->envid))
		return false;
	return smtp_dsn_set_ret(run->message, ret) &&
	       smtp_8bitmime_set_body(run->message, body) &&
	       smtp_size_set_estimate(
		   run->message, (unsigned long)composed_size(run->composed)) &&
	       smtpx_message_set_smtputf8(run->message,
		   options->smtputf8 || composed_header_utf8(run->composed)) &&
	       smtpx_message_set_requiretls(run->message, options->requiretls);
}

static bool add_recipients(struct run *run)
{
	const struct envelope *envelope = run->submission->envelope;
	enum notify_flags notify = run->submission->options->notify;

	if (notify == Notify_NOTSET)
		notify = (enum notify_flags)run->submission->account->notify;
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

static bool set_message(struct run *run)
{
	const struct envelope *envelope = run->submission->envelope;

	run->message = smtp_add_message(run->session);
	return run->message != NULL &&
	       smtpx_message_complete_headers(run->message, 0) &&
	       smtp_set_messagecb(run->message, composed_read, run->composed) &&
	       smtp_set_reverse_path(run->message, envelope->sender) &&
	       set_parameters(run) && add_recipients(run);
}

static enum reply_about about(
    const struct run *run, size_t i, const smtp_status_t *reply)
{
	if (reply == smtp_recipient_status(run->recipient[i]))
		return ABOUT_RECIPIENT;
	if (reply == smtp_reverse_path_status(run->message))
		return ABOUT_SENDER;
	if (reply == smtp_message_transfer_status(run->message))
		return ABOUT_CONTENT;
	return ABOUT_RECIPIENT; /* LMTP's, after the content */
}

static void fill_outcomes(
    const struct run *run, struct recipient_outcome *outcomes)
{
	const struct envelope *envelope = run->submission->envelope;

	for (size_t i = 0; i < envelope->n; i++) {
		struct recipient_outcome *o = &outcomes[i];
		const smtp_status_t *reply =
		    smtpx_recipient_reply(run->recipient[i]);

		o->mailbox = envelope->recipient[i].mailbox;
		o->verdict = smtpx_recipient_verdict(run->recipient[i]);
		/* It spoke of the session, whose cause is told. */
		if (reply == smtpx_last_reply(run->session))
			continue;
		o->about = about(run, i, reply);
		o->code = reply->code;
		o->enhanced[0] = reply->enh_class;
		o->enhanced[1] = reply->enh_subject;
		o->enhanced[2] = reply->enh_detail;
		o->text = reply->text;
	}
}

/* The key of the configuration that bears on what went wrong. */
static const char *advice(const struct run *run, enum smtpx_cause cause)
{
	switch (cause) {
	case Smtpx_CAUSE_CERTIFICATE:
		return "if this certificate is right, name its issuer with "
		       "tls-ca-file, its name with tls-name, or its digest "
		       "with tls-pin";
	case Smtpx_CAUSE_TLS:
		return "see the keys tls and tls-min";
	case Smtpx_CAUSE_AUTH:
		return login_advice(&run->login);
	case Smtpx_CAUSE_NO_HOST:
		return "see the key server";
	default:
		return NULL;
	}
}

static unsigned long long elapsed_ms(const struct run *run)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (
	    unsigned long long)((now.tv_sec - run->started.tv_sec) * 1000 +
				(now.tv_nsec - run->started.tv_nsec) / 1000000);
}

static int judge(struct run *run)
{
	size_t n = run->submission->envelope->n;
	struct recipient_outcome *outcomes = calloc(n, sizeof *outcomes);
	struct outcome outcome = {.cause = smtpx_cause(run->session),
	    .error = smtpx_error_text(run->session),
	    .recipient = outcomes,
	    .n = n,
	    .sender = run->submission->envelope->sender,
	    .message_id = composed_message_id(run->composed),
	    .elapsed_ms = elapsed_ms(run)};
	int status;

	if (outcomes == NULL) {
		diagnostics_add(run->d, "out of memory");
		return EX_OSERR;
	}
	fill_outcomes(run, outcomes);
	outcome.advice = advice(run, outcome.cause);
	status = login_status(&run->login);
	if (status == EX_OK)
		status = outcome_judge(&outcome, run->d);
	submit_log(
	    run->submission, run->session, run->message, &outcome, status);
	free(outcomes);
	return status;
}

static void run_release(struct run *run)
{
	if (run->session != NULL)
		smtp_destroy_session(run->session);
	login_end(&run->login);
	composed_free(run->composed);
	free(run->recipient);
}

static int cannot_set(struct run *run)
{
	char why[128];

	if (login_status(&run->login) != EX_OK)
		return login_status(&run->login);
	smtp_strerror(smtp_errno(), why, sizeof why);
	diagnostics_add(run->d, "cannot set the session up: %s", why);
	return smtp_errno() < 0 ? EX_OSERR : EX_DATAERR;
}

/* What a server turned out not to take. */
struct form {
	bool seven_bit; /* 8-bit content */
	bool ascii;     /* UTF-8 in header fields, wished for with -U */
};

static struct form form_wanted(const struct run *run, struct form tried)
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
	struct run run = {.submission = submission, .d = d};
	struct compose_settings compose = {.options = submission->options,
	    .account = submission->account,
	    .envelope = submission->envelope,
	    .seven_bit = form->seven_bit};
	struct form wanted;
	int status = EX_OSERR;

	switch (composed_new(&run.composed, submission->message, &compose, d)) {
	case COMPOSED:
		break;
	case COMPOSE_REFUSED:
		composed_free(run.composed);
		return EX_DATAERR;
	case COMPOSE_TOO_LARGE:
		composed_free(run.composed);
		return EX_UNAVAILABLE;
	case COMPOSE_IO_ERROR:
		return EX_IOERR;
	case COMPOSE_NO_MEMORY:
		diagnostics_add(d, "out of memory");
		return EX_OSERR;
	}
	if (!set_session(&run) || !set_message(&run)) {
		status = cannot_set(&run);
	} else {
		clock_gettime(CLOCK_MONOTONIC, &run.started);
		running = run.session;
		smtp_start_session(run.session);
		running = NULL;
		wanted = form_wanted(&run, *form);
		if (same_form(wanted, *form))
			status = judge(&run);
		*form = wanted;
	}
	run_release(&run);
	return status;
}

/* who believes every server is told so each time, in the log; here it
 * is for who wants to see the dialogue, because success is silent. */
static void warn_of_trust(const struct submission *submission)
{
	const char *warning = submit_warning(submission->account);
	struct diagnostics d;

	if (warning == NULL || submission->options->verbose == 0)
		return;
	diagnostics_init(&d);
	diagnostics_add(&d, "warning: account '%s': %s",
	    submission->account->name, warning);
	process_complain("posthaste", &d);
	diagnostics_release(&d);
}

int submit(const struct submission *submission, struct diagnostics *d)
{
	struct options options = *submission->options;
	struct submission now = *submission;
	struct form tried, form = {.seven_bit = false};
	int status;

	warn_of_trust(submission);
	now.options = &options;
	do {
		tried = form;
		options.smtputf8 = submission->options->smtputf8 && !form.ascii;
		status = attempt(&now, &form, d);
	} while (!same_form(form, tried));
	return status;
}
