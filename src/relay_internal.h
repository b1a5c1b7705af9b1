/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay_internal.h - what the parts of the relay share.
 *
 * relay.c leads the connection and takes MAIL, relay_rcpt.c RCPT,
 * relay_content.c the content.  Only these files include it.
 */
#ifndef RELAY_INTERNAL_H
#define RELAY_INTERNAL_H

#include "account.h"
#include "diagnostics.h"
#include "envelope.h"
#include "options.h"
#include "relay.h"
#include "submit_run.h"

/* One recipient of the server's transaction. */
struct target {
	struct envelope_recipient to;
	enum notify_flags notify;
	char *orcpt_type, *orcpt_address; /* the client's; NULL: none */
	smtp_recipient_t handle;
	bool accepted; /* and its RCPT with it */
};

struct relay {
	const struct options *command_line;
	struct options options; /* with what the transaction asks for */
	struct diagnostics d;
	struct account account; /* of the session, or the next one */
	bool chosen;
	struct submit_run run; /* session NULL: none */
	struct submission submission;
	struct envelope envelope;
	struct target *target;
	size_t n;
	bool anew;
	struct relay_reply over;        /* the transaction is; "" it is not */
	struct relay_reply unreachable; /* what EHLO met, for MAIL; or "" */
};

/* The server's transaction, if there is one, ends. */
void relay_forget_message(struct relay *r);
/* After a failure of its own a session is of no more use. */
void relay_leave_if_broken(struct relay *r);
/* The server has left, or something else ended the transaction: r->over says
 * so from now on. */
bool relay_is_over(struct relay *r);
/* A server's refusal, of a target or of the sender (NULL), told to the client
 * and the log. */
void relay_say_refusal(struct relay *r, const smtp_status_t *status,
    const struct target *target, struct relay_reply *reply);
/* The target to the run's message; false: it cannot be said. */
bool relay_give(struct relay *r, struct target *target);

#endif
