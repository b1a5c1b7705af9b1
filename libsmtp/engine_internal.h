/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_internal.h - what the parts of the engine share.
 *
 * engine.c holds the table of phases and the way in and out; engine_say.c
 * decides what to say next, engine_hear.c what a reply means, engine_auth.c
 * leads the login, engine_transaction.c one message to some recipients,
 * engine_report.c tells the program.  Only these files include it.
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "authenticator.h"
#include "body.h"
#include "command.h"
#include "engine.h"
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
	size_t said;	 /* RCPTs */
	size_t answered; /* RCPTs */
	size_t accepted;
	size_t reported; /* LMTP: recipients whose final reply came */
	size_t awaited;	 /* replies still due, of any command */
	struct command_context context;
	struct body *body;
	struct buf ahead; /* content read ahead of the wire */
	enum body_state ahead_state;
	bool chunking;
	bool mail_accepted;
	bool stopped;	    /* no content shall follow */
	bool abandoned;	    /* its replies change no status: the login failed,
			     * or a chunk before it was refused */
	bool content_begun; /* DATA or the first BDAT was said */
	bool lone_dot;	    /* 354 with nobody accepted */
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
	bool last; /* BDAT LAST */
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
	struct transaction *talking;	  /* whose commands are being said */
	unsigned long begun;		  /* transactions on this connection */

	bool tls_active, tls_verified;
	bool greeted;	  /* EHLO or HELO went well */
	bool esmtp;	  /* EHLO did */
	bool ehlo_due;	  /* to be said next */
	bool helo_due;
	bool handshaking;
	bool tls_done_with; /* opportunistic: refused or missing */
	bool authenticated;
	bool auth_over;	    /* no mechanism is left */
	bool auth_groupable;
	bool auth_cancelled;
	bool asked_again;   /* EHLO after AUTH */
	bool asking_again;
	char mechanism[32];
	char refusal[ERROR_TEXT_MAX]; /* of a mechanism, not of a password */
	struct buf first_response; /* too long for the AUTH line */
	bool first_response_due;
	unsigned challenges;
	size_t challenge_octets;
	struct smtp_etrn_node *etrn_next;
	bool etrn_checked;
	bool xusr_said; /* for the message that comes next */
	bool reset_due;	    /* RSET before the next MAIL */
	bool dsn_checked;
	bool quit_said;
	bool progress;	    /* a recipient got a verdict by a reply */
	bool hear_again;    /* said something since the last input */
	bool login_failed;  /* and is required: nothing more is said */
	enum smtpx_cause cause; /* why this connection ends */
	struct spare spare;
	bool closed;
	bool next_server;   /* this failure allows another one */
	enum engine_outcome outcome;
};

typedef void (*engine_action)(struct engine *e, const struct expected *x);

struct phase_row {
	const char *name;	/* of the command: smtpx_last_phase() */
	const char *doing;	/* behind "the server closed the connection" */
	enum rfc2822_timeouts patience;
	int low, high;		/* codes of success */
	int more;		/* 334 in AUTH */
	bool groups;		/* MAIL and RCPT: see engine_say.c */
	engine_action good, again, deferred, refused;
};

extern const struct phase_row engine_phases[PHASE_COUNT];

/* engine.c */
bool engine_expect(struct engine *e, enum phase phase,
    struct transaction *t);
struct expected *engine_last_due(const struct engine *e);
void engine_close(struct engine *e, bool with_quit);
void engine_fail(struct engine *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail);
/* The same, but with QUIT. */
void engine_leave(struct engine *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail);
void engine_no_memory(struct engine *e);
void engine_protocol_error(struct engine *e, int code, const char *what);
/* The reply at hand, as the server wrote it: "550 5.1.1 text". */
void engine_reply_words(const struct engine *e, char *text, size_t size);

/* engine_say.c */
void engine_say(struct engine *e);
bool engine_has_pipelining(const struct engine *e);
bool engine_say_plain(struct engine *e, enum phase phase, const char *verb,
    struct transaction *t);

/* engine_hear.c */
void engine_hear(struct engine *e);

/* engine_auth.c */
bool engine_auth_start(struct engine *e);
void engine_auth_good(struct engine *e, const struct expected *x);
void engine_auth_again(struct engine *e, const struct expected *x);
void engine_auth_deferred(struct engine *e, const struct expected *x);
void engine_auth_refused(struct engine *e, const struct expected *x);

/* engine_transaction.c */
bool engine_transaction_begin(struct engine *e);
void engine_transaction_free(struct transaction *t);
void engine_transaction_drop(struct engine *e, struct transaction *t);
bool engine_undecided(const struct smtp_recipient *r);
bool engine_work_left(const struct smtp_session *session);
void engine_decide(struct engine *e, struct smtp_recipient *r,
    enum smtpx_verdict verdict, const smtp_status_t *by);
/* The same by ourselves: it may be sent again. */
void engine_decide_here(struct smtp_recipient *r, enum smtpx_verdict verdict,
    const smtp_status_t *by);
/* Gives the recipients back to the message. */
void engine_abandon(struct transaction *t);
void engine_spare_free(struct engine *e);
/* 8-bit content that the server does not take (RFC 6152): refused here. */
bool engine_content_fits(struct engine *e, struct transaction *t);
/* All of the transaction that are undecided; accepted_only: and accepted. */
void engine_decide_all(struct engine *e, struct transaction *t,
    bool accepted_only, enum smtpx_verdict verdict,
    const smtp_status_t *by);
/* The connection is over. */
void engine_transactions_lost(struct engine *e);

/* engine_content.c */
bool engine_transaction_say(struct engine *e);

/* engine_report.c */
void engine_event(struct engine *e, int event);
void engine_event_quit(struct engine *e, int event, int *quit);
void engine_event_mail(struct engine *e, struct smtp_message *message);
void engine_event_rcpt(struct engine *e, struct smtp_recipient *recipient);
void engine_event_sent(struct engine *e, struct smtp_message *message);
void engine_event_etrn(struct engine *e, struct smtp_etrn_node *node);
void engine_event_starttls_missing(struct engine *e);
long engine_event_expired(struct engine *e, long shortfall);
void engine_show_line(struct engine *e, size_t from);
void engine_show_secret(struct engine *e, const char *mechanism,
    size_t octets);
void engine_show_reply(struct engine *e, bool secret);
bool engine_keep_reply(struct engine *e, smtp_status_t *status);

#endif
