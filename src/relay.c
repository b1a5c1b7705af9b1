/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay.c - the connection of -bs, and MAIL.
 *
 * contract: relay.h.  The sender chooses account and server as for any other
 * message; transactions of one account share a connection.  After a failure of
 * the session the next MAIL begins with another one.
 */
#include "relay.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "compose.h"
#include "outcome.h"
#include "process.h"
#include "relay_internal.h"
#include "relay_reply.h"
#include "send.h"
#include "smtp_parameters.h"
#include "submit_log.h"

struct relay *relay_new(const struct options *options)
{
	struct relay *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->command_line = options;
	r->options = *options;
	diagnostics_init(&r->d);
	process_on_signal(submit_cancel);
	return r;
}

static void leave(struct relay *r)
{
	submit_run_release(&r->run);
	memset(&r->run, 0, sizeof r->run);
}

void relay_forget_message(struct relay *r)
{
	if (r->run.message != NULL)
		smtpx_message_remove(r->run.message);
	r->run.message = NULL;
	composed_free(r->run.composed);
	r->run.composed = NULL;
	free(r->run.recipient);
	r->run.recipient = NULL;
}

void relay_reset(struct relay *r)
{
	relay_forget_message(r);
	for (size_t i = 0; i < r->n; i++) {
		free(r->target[i].to.mailbox);
		free(r->target[i].to.original);
		free(r->target[i].orcpt_type);
		free(r->target[i].orcpt_address);
	}
	free(r->target);
	r->target = NULL;
	r->n = 0;
	r->anew = false;
	r->over.text[0] = '\0';
	envelope_release(&r->envelope);
	diagnostics_release(&r->d);
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	process_on_signal(NULL);
	relay_reset(r);
	leave(r);
	if (r->chosen)
		account_release(&r->account);
	free(r);
}

/*
 * The connection
 */

/* The account that the options choose: another one is another server. */
static int choose(struct relay *r)
{
	struct account account;
	int status = send_choose_account(&r->options, &account, &r->d);
	bool same;

	if (status != EX_OK)
		return status;
	same = r->chosen && strcmp(r->account.name, account.name) == 0;
	if (!same)
		r->unreachable.text[0] = '\0';
	if (same && r->run.session != NULL) {
		account_release(&account);
		return EX_OK;
	}
	leave(r);
	if (r->chosen)
		account_release(&r->account);
	r->account = account;
	r->chosen = true;
	return EX_OK;
}

static int reach(struct relay *r)
{
	if (r->run.session != NULL)
		return EX_OK;
	r->submission = (struct submission){.options = &r->options,
	    .account = &r->account,
	    .envelope = &r->envelope};
	r->run = (struct submit_run){.submission = &r->submission, .d = &r->d};
	submit_warn_of_trust(&r->submission);
	if (submit_run_open(&r->run) &&
	    smtpx_keep_connection(r->run.session, 1))
		return EX_OK;
	return submit_run_cannot(&r->run);
}

/* How the session failed, as the one recipient of an outcome. */
static int judge(
    struct relay *r, const struct recipient_outcome *who, struct diagnostics *d)
{
	smtp_session_t session = r->run.session;
	const struct outcome outcome = {.cause = smtpx_cause(session),
	    .error = smtpx_error_text(session),
	    .recipient = who,
	    .n = 1,
	    .sender = who->mailbox,
	    .advice = submit_run_advice(&r->run)};
	int status = login_status(&r->run.login);

	if (status == EX_OK)
		status = outcome_judge(&outcome, d);
	if (r->run.message != NULL)
		submit_log(
		    &r->submission, session, r->run.message, &outcome, status);
	return status;
}

/* The session's failure, told to the client. */
static void say_failure(struct relay *r, struct relay_reply *reply)
{
	bool refused = smtpx_cause(r->run.session) == Smtpx_CAUSE_GREETING &&
	               smtpx_last_reply(r->run.session)->code >= 500;
	const struct recipient_outcome who = {
	    .mailbox = r->envelope.sender == NULL ? "" : r->envelope.sender,
	    .verdict = refused ? Smtpx_REFUSED : Smtpx_DEFERRED,
	    .about = ABOUT_SENDER};
	int status = judge(r, &who, &r->d);

	relay_say_status(reply, status, &r->d);
}

void relay_say_refusal(struct relay *r, const smtp_status_t *status,
    const struct target *target, struct relay_reply *reply)
{
	struct recipient_outcome who = {.mailbox = r->envelope.sender,
	    .verdict = status->code >= 500 ? Smtpx_REFUSED : Smtpx_DEFERRED,
	    .about = ABOUT_SENDER,
	    .code = status->code,
	    .enhanced = {status->enh_class, status->enh_subject,
		status->enh_detail},
	    .text = status->text};
	struct diagnostics unsaid;

	if (target != NULL) {
		who.mailbox = target->to.mailbox;
		who.about = ABOUT_RECIPIENT;
	}
	diagnostics_init(&unsaid);
	judge(r, &who, &unsaid);
	diagnostics_release(&unsaid);
	relay_say_reply(reply, status,
	    target != NULL && target->to.original != NULL ? target->to.mailbox
							  : NULL);
}

void relay_leave_if_broken(struct relay *r)
{
	if (r->run.session == NULL ||
	    smtpx_cause(r->run.session) == Smtpx_CAUSE_NONE)
		return;
	relay_forget_message(r);
	leave(r);
}

bool relay_offers(struct relay *r, const char *keyword)
{
	struct relay_reply reply;

	relay_reset(r);
	r->options = *r->command_line;
	if (r->options.pretend ||
	    (r->run.session == NULL && choose(r) != EX_OK))
		return false;
	if (reach(r) != EX_OK) {
		leave(r);
		return false;
	}
	if (!submit_run_probe(&r->run)) {
		say_failure(r, &reply);
		r->unreachable = reply;
		leave(r);
		return false;
	}
	return smtpx_capability(r->run.session, keyword) != NULL;
}

/*
 * MAIL
 */

/* SIZE is not handed on: the message will have another one. */
static bool open_message(struct relay *r)
{
	struct submit_run *run = &r->run;

	run->message = smtp_add_message(run->session);
	return run->message != NULL &&
	       smtpx_message_set_open(run->message, 1) &&
	       submit_run_wishes(run) &&
	       smtpx_message_set_smtputf8(run->message, r->options.smtputf8);
}

static void ask_sender(struct relay *r, struct relay_reply *reply)
{
	const smtp_status_t *sender, *here;

	submit_run_start(&r->run);
	sender = smtp_reverse_path_status(r->run.message);
	here = smtp_message_transfer_status(r->run.message);
	if (smtpx_message_in_transaction(r->run.message))
		relay_say_reply(reply, sender, NULL);
	else if (sender->code >= 400)
		relay_say_refusal(r, sender, NULL, reply);
	else if (here->code >= 400)
		relay_say_refusal(r, here, NULL, reply);
	else
		say_failure(r, reply);
}

static int begin(struct relay *r, const struct smtp_transaction *t)
{
	int status;

	r->options = *r->command_line;
	smtp_fill_options(t, &r->options);
	status = choose(r);
	if (status != EX_OK)
		return status;
	status = send_envelope_status(
	    envelope_sender(&r->envelope, &r->options, &r->account, &r->d));
	if (status != EX_OK || r->options.pretend ||
	    r->unreachable.text[0] != '\0')
		return status;
	status = reach(r);
	if (status == EX_OK && !open_message(r))
		status = submit_run_cannot(&r->run);
	return status;
}

bool relay_mail(struct relay *r, const struct smtp_transaction *t,
    struct relay_reply *reply)
{
	int status;

	relay_reset(r);
	status = begin(r, t);
	if (status != EX_OK) {
		relay_say_status(reply, status, &r->d);
	} else if (r->unreachable.text[0] != '\0') {
		*reply = r->unreachable;
		r->unreachable.text[0] = '\0';
	} else if (r->options.pretend) {
		relay_say(reply, "250 2.1.0", "sender noted");
	} else {
		ask_sender(r, reply);
	}
	if (relay_is_good(reply))
		return true;
	relay_leave_if_broken(r);
	relay_reset(r);
	return false;
}

bool relay_is_over(struct relay *r)
{
	if (r->options.pretend || smtpx_message_in_transaction(r->run.message))
		return false;
	say_failure(r, &r->over);
	relay_leave_if_broken(r);
	relay_forget_message(r);
	return true;
}
