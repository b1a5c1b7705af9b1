/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_internal.h - what the parts of the engine share
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * engine.c holds the table of phases and the ways in and out; engine_say.c
 * decides what to say next, engine_hear.c what a reply means, engine_auth.c
 * leads the login, engine_transaction.c and engine_content.c one message to
 * some recipients, engine_open.c one whose recipients come one by one,
 * engine_verdict.c what becomes of them, engine_report.c tells the program.
 * Only these files include it.
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "authenticator.h"
#include "engine.h"
#include "engine_table.h"
#include "reply.h"

/* Commands in flight at once; more wait until the driver has sent some. */
#define ENGINE_OUT_MARK (64 * 1024)
/* A chunk, its command, and whatever stands before it. */
#define ENGINE_OUT_MAX (2 * BODY_CHUNK + ENGINE_OUT_MARK)
/* */
#define ENGINE_CHALLENGES_MAX 8
#define ENGINE_CHALLENGE_OCTETS_MAX (64 * 1024)
/* octets of replies in a session beyond 1 KiB for each command. */
#define ENGINE_REPLY_OCTETS_MAX (1024 * 1024)

struct engine {
	struct smtp_session *session;
	struct engine_settings settings;
	struct buf out;
	unsigned long long sent; /* octets the driver has taken */
	struct reply reply;
	struct expected *due; /* due_n from due_head on */
	size_t due_head, due_n, due_room;
	unsigned long replies;
	unsigned long commands;
	unsigned long long reply_octets;

	struct transaction *transactions; /* oldest first */
	struct transaction *lost; /* when closed: callers may be at work yet */
	struct transaction *talking; /* whose commands are being said */
	unsigned long begun;         /* transactions on this connection */

	bool tls_active, tls_verified;
	bool greeted;  /* EHLO or HELO went well */
	bool esmtp;    /* EHLO did */
	bool ehlo_due; /* to be said next */
	bool helo_due;
	bool handshaking;
	bool tls_done_with; /* opportunistic: refused or missing */
	bool authenticated;
	bool auth_over; /* no mechanism is left */
	bool auth_groupable;
	bool auth_cancelled;
	bool asked_again; /* EHLO after AUTH */
	bool asking_again;
	char mechanism[32];
	char refusal[ERROR_TEXT_MAX]; /* of a mechanism, not of a password */
	struct buf first_response;    /* too long for the AUTH line */
	bool first_response_due;
	unsigned challenges;
	size_t challenge_octets;
	struct smtp_etrn_node *etrn_next;
	bool etrn_checked;
	bool xusr_said; /* for the message that comes next */
	bool reset_due; /* RSET before the next MAIL */
	bool dsn_checked;
	bool quit_said;
	bool progress;          /* a recipient got a verdict by a reply */
	bool hear_again;        /* said something since the last input */
	bool login_failed;      /* and is required: nothing more is said */
	enum smtpx_cause cause; /* why this connection ends */
	struct spare spare;
	bool closed;
	bool next_server; /* this failure allows another one */
	bool paused;      /* engine_open.c */
	bool idle;        /* it was lost with nothing under way */
	enum engine_outcome outcome;
};

#include "engine_parts.h"

#endif
