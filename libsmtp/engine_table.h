/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_table.h - what the engine's table of phases is made of
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A phase is a row of the table in engine.c; an expected reply is a phase and
 * whom it concerns, in the order in which they are due; a transaction is one
 * message to some recipients, from MAIL to the last reply about its content.
 * Private to the engine.
 */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "body.h"
#include "buf.h"
#include "command.h"

struct engine;

/* RFC 5321 4.3.2, in the order of a session. */
enum phase {
	PHASE_GREETING,
	PHASE_EHLO,
	PHASE_HELO,
	PHASE_STARTTLS,
	PHASE_HANDSHAKE,
	PHASE_AUTH,
	PHASE_ETRN,
	PHASE_XUSR,
	PHASE_MAIL,
	PHASE_RCPT,
	PHASE_DATA,
	PHASE_BODY,
	PHASE_BDAT,
	PHASE_RSET,
	PHASE_QUIT,
	PHASE_COUNT
};

/* One mail transaction: a message to some of its recipients. */
struct transaction {
	struct transaction *next;
	struct smtp_message *message;
	struct smtp_recipient **recipient; /* n of them, borrowed */
	size_t n;
	size_t said;     /* RCPTs */
	size_t answered; /* RCPTs */
	size_t accepted;
	size_t reported; /* LMTP: recipients whose final reply came */
	size_t awaited;  /* replies still due, of any command */
	struct command_context context;
	struct body *body;
	struct buf ahead; /* content read ahead of the wire */
	enum body_state ahead_state;
	bool chunking;
	bool mail_accepted;
	bool stopped;       /* no content shall follow */
	bool abandoned;     /* its replies change no status: the login failed,
	                     * or a chunk before it was refused */
	bool content_begun; /* DATA or the first BDAT was said */
	bool lone_dot;      /* 354 with nobody accepted */
	bool end_said;
	bool settled; /* the final reply, or what replaces it, was heard */
	unsigned long long end_at; /* where the content's end leaves */
};

/* A reply that is due. */
struct expected {
	enum phase phase;
	struct transaction *transaction;
	struct smtp_recipient *recipient;
	struct smtp_etrn_node *node;
	bool last;              /* BDAT LAST */
	unsigned long long end; /* where the last octet of it leaves */
};

/* What was read ahead for a transaction that never came to its content: the
 * next one for the message goes on with it, for some programs can give their
 * text only once. */
struct spare {
	struct smtp_message *message; /* NULL: none */
	struct body *body;
	struct buf ahead;
	enum body_state ahead_state;
	bool chunking;
};

typedef void (*engine_action)(struct engine *e, const struct expected *x);

struct phase_row {
	const char *name;  /* of the command: smtpx_last_phase() */
	const char *doing; /* behind "the server closed the connection" */
	enum rfc2822_timeouts patience;
	int low, high; /* codes of success */
	int more;      /* 334 in AUTH */
	bool groups;   /* MAIL and RCPT: see engine_say.c */
	engine_action good, again, deferred, refused;
};

extern const struct phase_row engine_phases[PHASE_COUNT];

#endif
