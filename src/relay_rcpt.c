/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay_rcpt.c - RCPT of -bs: one address, and what it stands for.
 *
 * contract: relay.h.  Aliases are followed as for any other message.  An
 * address is accepted when all that it stands for is; what the server took of
 * one that is refused is left out by a new transaction (relay_content.c).
 */
#include <stdlib.h>
#include <string.h>

#include "relay_internal.h"
#include "relay_reply.h"
#include "smtp_parameters.h"

/* RFC 5321 4.5.3.1.8 wants 100 at least. */
#define RECIPIENTS_MAX 100000

bool relay_give(struct relay *r, struct target *target)
{
	enum notify_flags notify = target->notify != Notify_NOTSET
	                               ? target->notify
	                               : submit_run_notify(&r->run);
	smtp_recipient_t handle =
	    smtp_add_recipient(r->run.message, target->to.mailbox);
	bool done = handle != NULL && smtp_dsn_set_notify(handle, notify);

	/* RFC 3461 4.2: the client's, or the address before an alias. */
	if (done && target->orcpt_address != NULL)
		done = smtp_dsn_set_orcpt(
		    handle, target->orcpt_type, target->orcpt_address);
	else if (done && target->to.original != NULL)
		done =
		    smtp_dsn_set_orcpt(handle, "rfc822", target->to.original);
	if (!done && handle != NULL)
		smtpx_recipient_remove(handle);
	target->handle = done ? handle : NULL;
	return done;
}

/* Takes the address over; false: no memory. */
static bool add_target(struct relay *r, struct envelope_recipient *to,
    const struct smtp_rcpt *rcpt)
{
	struct target *grown =
	    realloc(r->target, (r->n + 1) * sizeof *r->target);
	struct target *target;

	if (grown == NULL)
		return false;
	r->target = grown;
	target = &grown[r->n++];
	*target = (struct target){.to = *to, .notify = rcpt->notify};
	to->mailbox = NULL;
	to->original = NULL;
	if (rcpt->orcpt_address == NULL)
		return true;
	target->orcpt_type = strdup(rcpt->orcpt_type);
	target->orcpt_address = strdup(rcpt->orcpt_address);
	return target->orcpt_type != NULL && target->orcpt_address != NULL;
}

static bool is_target(const struct relay *r, const char *mailbox)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->target[i].accepted &&
		    strcmp(r->target[i].to.mailbox, mailbox) == 0)
			return true;
	return false;
}

/* What the client's address stands for, as targets; false: the reply says
 * why not. */
static bool expand(
    struct relay *r, const struct smtp_rcpt *rcpt, struct relay_reply *reply)
{
	const char *operand = rcpt->mailbox;
	struct options options = r->options;
	struct envelope envelope;
	enum envelope_result result;
	bool done = true;

	options.operands = &operand;
	options.n_operands = 1;
	result = envelope_expand(&envelope, &options, &r->account, &r->d);
	for (size_t i = 0; result == ENVELOPE_BUILT && i < envelope.n; i++)
		if (!is_target(r, envelope.recipient[i].mailbox))
			done =
			    done && add_target(r, &envelope.recipient[i], rcpt);
	envelope_release(&envelope);
	if (result == ENVELOPE_BUILT && done)
		return true;
	if (result == ENVELOPE_BAD_ADDRESS)
		relay_say(reply, "553 5.1.3", r->d.n > 0 ? r->d.line[0] : "");
	else if (result == ENVELOPE_NO_RECIPIENTS)
		relay_say(reply, "550 5.1.1", r->d.n > 0 ? r->d.line[0] : "");
	else
		relay_say(reply, "451 4.3.0", "out of memory");
	return false;
}

/* The worst reply to the targets from there on; the good one where all were
 * accepted. */
static void say_worst(struct relay *r, size_t from, struct relay_reply *reply)
{
	size_t refused = 0;
	int worst = 0;

	relay_say(reply, "250 2.1.5", "recipient noted");
	for (size_t i = from; i < r->n; i++) {
		const smtp_status_t *status;

		if (r->options.pretend) {
			r->target[i].accepted = true;
			continue;
		}
		status = smtp_recipient_status(r->target[i].handle);
		r->target[i].accepted = status->code < 300;
		refused += r->target[i].accepted ? 0 : 1;
		if (!r->target[i].accepted && status->code > worst)
			relay_say_refusal(r, status, &r->target[i], reply);
		else if (worst == 0)
			relay_say_reply(reply, status, NULL);
		if (!r->target[i].accepted && status->code > worst)
			worst = status->code;
	}
	/* Refused is refused for all that the address stands for. */
	for (size_t i = from; refused > 0 && i < r->n; i++) {
		r->anew = r->anew || r->target[i].accepted;
		r->target[i].accepted = false;
	}
}

static void give_up(struct relay *r, size_t from)
{
	for (size_t i = from; i < r->n; i++)
		if (r->target[i].handle != NULL)
			smtpx_recipient_remove(r->target[i].handle);
	for (size_t i = from; i < r->n; i++)
		r->target[i].handle = NULL;
}

bool relay_rcpt(struct relay *r, const struct smtp_transaction *t,
    struct relay_reply *reply)
{
	size_t from = r->n;

	diagnostics_release(&r->d);
	*reply = r->over;
	if (r->over.text[0] != '\0')
		return false;
	if (r->n >= RECIPIENTS_MAX) {
		relay_say(reply, "452 4.5.3", "too many recipients");
		return false;
	}
	if (!expand(r, &t->rcpt, reply))
		return false;
	for (size_t i = from; i < r->n && !r->options.pretend; i++) {
		if (relay_give(r, &r->target[i]))
			continue;
		give_up(r, from);
		relay_say(reply, "501 5.5.4",
		    "the address or its ORCPT "
		    "cannot be sent");
		return false;
	}
	if (r->n > from && !r->options.pretend)
		submit_run_start(&r->run);
	if (relay_is_over(r)) {
		*reply = r->over;
		return false;
	}
	say_worst(r, from, reply);
	return relay_is_good(reply);
}
