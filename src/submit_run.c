/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit_run.c - an account's settings into a session, and its results out.
 *
 * contract: submit_run.h.  Every setting of the account that concerns the
 * wire is set here in one place.  The dialogue goes to stderr cleaned;
 * secrets never reach this file.
 */
#include "submit_run.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "account.h"
#include "account_session.h"
#include "compose.h"
#include "diagnostics.h"
#include "envelope.h"
#include "options.h"
#include "outcome.h"
#include "process.h"
#include "submit.h"
#include "submit_log.h"
#include "transcript.h"

/* Without timeout-total: fifteen minutes and a second for each kilobyte. */
#define TOTAL_BASE_MS (15 * 60 * 1000LL)

/* Longer content is taken for 8-bit by the library unless it is told. */
#define READ_AHEAD (256 * 1024)

/* The run under way, for submit_cancel(). */
static smtp_session_t volatile running;

void submit_cancel(void)
{
	smtp_session_t session = running;

	if (session != NULL)
		smtpx_cancel(session);
}

static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct submit_run *run = arg;

	(void)session;
	/* Of content declared 7BIT it is fired, too, and stops nothing. */
	if (event == SMTP_EV_EXTNA_8BITMIME && run->composed != NULL &&
	    composed_eight_bit(run->composed))
		run->wants_seven_bit = true;
}

long submit_run_timeout(const struct submit_run *run)
{
	unsigned long long size =
	    run->composed == NULL ? 0 : composed_size(run->composed);

	return (long)(TOTAL_BASE_MS + (long long)size);
}

bool submit_run_open(struct submit_run *run)
{
	const struct options *options = run->submission->options;
	const struct account *account = run->submission->account;

	run->session = smtp_create_session();
	if (run->session == NULL)
		return false;
	if (options->verbose > 0)
		smtp_set_monitorcb(run->session, transcript_show, NULL, 1);
	smtp_set_eventcb(run->session, on_event, run);
	return account_configure(
		   account, run->session, submit_run_timeout(run)) &&
	       smtp_option_require_all_recipients(
		   run->session, account->partial == PARTIAL_ALL_OR_NONE) &&
	       login_begin(&run->login, run->session, account, run->d);
}

int submit_run_compose(struct submit_run *run, bool seven_bit)
{
	const struct submission *submission = run->submission;
	const struct compose_settings settings = {
	    .options = submission->options,
	    .account = submission->account,
	    .envelope = submission->envelope,
	    .seven_bit = seven_bit};

	switch (composed_new(
	    &run->composed, submission->message, &settings, run->d)) {
	case COMPOSED:
		return EX_OK;
	case COMPOSE_REFUSED:
		return EX_DATAERR;
	case COMPOSE_TOO_LARGE:
		return EX_UNAVAILABLE;
	case COMPOSE_IO_ERROR:
		return EX_IOERR;
	default:
		diagnostics_add(run->d, "out of memory");
		return EX_OSERR;
	}
}

bool submit_run_wishes(struct submit_run *run)
{
	const struct options *options = run->submission->options;
	const struct account *account = run->submission->account;
	enum ret_flags ret = options->ret != Ret_NOTSET
	                         ? options->ret
	                         : (enum ret_flags)account->dsn_return;

	if (options->envid != NULL &&
	    !smtp_dsn_set_envid(run->message, options->envid))
		return false;
	return smtp_dsn_set_ret(run->message, ret) &&
	       smtpx_message_complete_headers(run->message, 0) &&
	       smtp_set_reverse_path(
		   run->message, run->submission->envelope->sender) &&
	       smtpx_message_set_requiretls(run->message, options->requiretls);
}

bool submit_run_content(struct submit_run *run)
{
	const struct options *options = run->submission->options;
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
	return smtp_set_messagecb(run->message, composed_read, run->composed) &&
	       smtp_8bitmime_set_body(run->message, body) &&
	       smtp_size_set_estimate(
		   run->message, (unsigned long)composed_size(run->composed)) &&
	       smtpx_message_set_smtputf8(run->message,
		   options->smtputf8 || composed_header_utf8(run->composed));
}

enum notify_flags submit_run_notify(const struct submit_run *run)
{
	enum notify_flags notify = run->submission->options->notify;

	return notify != Notify_NOTSET
	           ? notify
	           : (enum notify_flags)run->submission->account->notify;
}

void submit_run_start(struct submit_run *run)
{
	clock_gettime(CLOCK_MONOTONIC, &run->started);
	running = run->session;
	/* What was set before this is not lost. */
	if (process_interrupted == 0)
		smtp_start_session(run->session);
	running = NULL;
}

bool submit_run_probe(struct submit_run *run)
{
	bool done;

	running = run->session;
	done = process_interrupted == 0 && smtpx_probe(run->session);
	running = NULL;
	return done;
}

static enum reply_about about(
    const struct submit_run *run, size_t i, const smtp_status_t *reply)
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
    const struct submit_run *run, struct recipient_outcome *outcomes)
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
const char *submit_run_advice(const struct submit_run *run)
{
	switch (smtpx_cause(run->session)) {
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

static unsigned long long elapsed_ms(const struct submit_run *run)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (
	    unsigned long long)((now.tv_sec - run->started.tv_sec) * 1000 +
				(now.tv_nsec - run->started.tv_nsec) / 1000000);
}

int submit_run_judge(struct submit_run *run)
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
	outcome.advice = submit_run_advice(run);
	status = login_status(&run->login);
	if (status == EX_OK)
		status = outcome_judge(&outcome, run->d);
	submit_log(
	    run->submission, run->session, run->message, &outcome, status);
	free(outcomes);
	return status;
}

void submit_run_release(struct submit_run *run)
{
	if (run->session != NULL)
		smtp_destroy_session(run->session);
	login_end(&run->login);
	composed_free(run->composed);
	free(run->recipient);
}

int submit_run_cannot(struct submit_run *run)
{
	char why[128];

	if (login_status(&run->login) != EX_OK)
		return login_status(&run->login);
	smtp_strerror(smtp_errno(), why, sizeof why);
	diagnostics_add(run->d, "cannot set the session up: %s", why);
	return smtp_errno() < 0 ? EX_OSERR : EX_DATAERR;
}

/* who believes every server is told so each time, in the log; here it
 * is for who wants to see the dialogue, because success is silent. */
void submit_warn_of_trust(const struct submission *submission)
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
