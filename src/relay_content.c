/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay_content.c - DATA of -bs: the message to those who were accepted.
 *
 * contract: relay.h.  The header is completed as for any other message.  Where
 * the server's transaction came to hold what the client's must not (half an
 * alias), or lacks what the content turned out to need (SMTPUTF8), the message
 * is sent by a new one, all recipients or none.
 */
#include <stdlib.h>
#include <sysexits.h>

#include "compose.h"
#include "message.h"
#include "relay_internal.h"
#include "relay_reply.h"
#include "send.h"

bool relay_ready(struct relay *r, struct relay_reply *reply)
{
	size_t accepted = 0;

	diagnostics_release(&r->d);
	*reply = r->over;
	if (r->over.text[0] != '\0')
		return false;
	for (size_t i = 0; i < r->n; i++)
		accepted += r->target[i].accepted;
	if (accepted == 0) {
		relay_say(reply, r->n == 0 ? "503 5.5.1" : "554 5.5.1",
		    r->n == 0 ? "RCPT comes first" : "no valid recipients");
		return false;
	}
	/* Hears what the server said meanwhile. */
	if (!r->options.pretend)
		submit_run_start(&r->run);
	if (!relay_is_over(r))
		return true;
	*reply = r->over;
	return false;
}

/* Recipients of the envelope, and their handles beside them. */
static bool list_recipients(struct relay *r)
{
	struct envelope *e = &r->envelope;

	e->recipient = calloc(r->n, sizeof *e->recipient);
	r->run.recipient = calloc(r->n, sizeof *r->run.recipient);
	if (e->recipient == NULL || r->run.recipient == NULL)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		if (!r->target[i].accepted)
			continue;
		e->recipient[e->n] = r->target[i].to;
		r->target[i].to = (struct envelope_recipient){.mailbox = NULL};
		r->run.recipient[e->n++] = r->target[i].handle;
	}
	return true;
}

/* The transaction will not do: another one for those who were accepted. */
static bool begin_anew(struct relay *r)
{
	size_t n = 0;

	smtpx_message_remove(r->run.message);
	r->run.message = smtp_add_message(r->run.session);
	if (r->run.message == NULL || !submit_run_wishes(&r->run) ||
	    !smtp_option_require_all_recipients(r->run.session, 1))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		struct target target = r->target[i];

		if (!target.accepted)
			continue;
		target.to = r->envelope.recipient[n];
		if (!relay_give(r, &target))
			return false;
		r->run.recipient[n++] = target.handle;
	}
	return true;
}

static int prepare(struct relay *r, struct message *message)
{
	bool seven_bit;
	int status;

	r->submission.message = message;
	if (!list_recipients(r)) {
		diagnostics_add(&r->d, "out of memory");
		return EX_OSERR;
	}
	status = send_envelope_status(envelope_complete(
	    &r->envelope, &r->options, message, &r->account, &r->d));
	if (status != EX_OK || r->options.pretend)
		return status;
	seven_bit = smtpx_capability(r->run.session, "8BITMIME") == NULL;
	status = submit_run_compose(&r->run, seven_bit);
	if (status != EX_OK)
		return status;
	if (composed_header_utf8(r->run.composed) && !r->options.smtputf8)
		r->anew = true;
	if ((r->anew && !begin_anew(r)) || !submit_run_content(&r->run) ||
	    !smtpx_message_set_open(r->run.message, 0))
		return submit_run_cannot(&r->run);
	return EX_OK;
}

static void say_end(struct relay *r, int status, struct relay_reply *reply)
{
	const smtp_status_t *final =
	    smtp_message_transfer_status(r->run.message);
	bool one_reply = r->account.protocol == Smtpx_SMTP;

	if (status == EX_OK && final->code / 100 == 2)
		relay_say_reply(reply, final, NULL);
	else if (status == EX_OK)
		relay_say(reply, "250 2.0.0", "sent");
	else if (one_reply && final->code >= 400)
		relay_say_reply(reply, final, NULL);
	else
		relay_say_status(reply, status, &r->d);
}

static void send_content(struct relay *r, struct relay_reply *reply)
{
	smtp_session_t session = r->run.session;
	int status;

	if (r->account.timeout_total_ms == 0)
		smtpx_set_total_timeout(session, submit_run_timeout(&r->run));
	submit_run_start(&r->run);
	status = submit_run_judge(&r->run);
	say_end(r, status, reply);
	smtp_option_require_all_recipients(
	    session, r->account.partial == PARTIAL_ALL_OR_NONE);
}

bool relay_content(struct relay *r, int fd, struct relay_reply *reply)
{
	struct message *message = NULL;
	int status;

	diagnostics_release(&r->d);
	status = send_read_message(&message, fd, &r->options, &r->d);
	if (status == EX_OK)
		status = prepare(r, message);
	if (status != EX_OK)
		relay_say_status(reply, status, &r->d);
	else if (r->options.pretend)
		relay_say(reply, "250 2.0.0", "not sent: only pretended");
	else
		send_content(r, reply);
	relay_leave_if_broken(r);
	relay_reset(r);
	message_free(message);
	r->submission.message = NULL;
	return relay_is_good(reply);
}
