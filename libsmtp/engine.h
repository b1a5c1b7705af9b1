/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine.h - the protocol: server octets in, client octets out
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One engine is one connection.  It touches no socket and no clock; the
 * driver feeds it, asks what it wants and sends what it says.  The dialogue
 * is one table in engine.c.  Statuses and verdicts go
 * straight into the session's messages and recipients.  RFC 5321, 2920,
 * 3030, 3207, 4954, 2033.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "header.h"
#include "model.h"

struct engine;

struct engine_settings {
	enum smtpx_tls tls; /* this server's */
	bool tls_active;    /* implicit TLS: done and verified already */
	bool tls_verified;  /* with tls_active */
	bool local_trust;   /* Unix socket: clear text shows nothing */
	struct header_facts facts;
};

enum engine_wants {
	ENGINE_READ = 1,  /* a reply is due */
	ENGINE_WRITE = 2, /* engine_out() has octets */
	ENGINE_TLS = 4,   /* STARTTLS was accepted: handshake now */
	ENGINE_CLOSE = 8, /* over, close the connection */
	ENGINE_PAUSE = 16 /* nothing can happen before the program says more:
	                   * session->keep_connection, engine_resume() */
};

enum engine_outcome {
	ENGINE_RUNNING,
	ENGINE_DONE,        /* every message of the session has its verdicts */
	ENGINE_RECONNECT,   /* work is left for another connection to the same
	                     * server (LIMITS MAILMAX, a dead session after
	                     * some recipients were settled) */
	ENGINE_NEXT_SERVER, /* sent away before a transaction: try another
	                     * address, then settle with engine_settle() */
	ENGINE_FAILED       /* session->error says why; verdicts are set */
};

/* NULL: no memory.  The session outlives the engine.  The settings are
 * copied; the strings of facts stay the caller's, as long as the engine. */
struct engine *engine_new(
    struct smtp_session *session, const struct engine_settings *settings);
void engine_free(struct engine *e);

/* Octets from the server, in the clear (after TLS has opened them). */
void engine_feed(struct engine *e, const void *data, size_t n);
/* The server closed; clean: TLS close_notify was seen, or no TLS. */
void engine_eof(struct engine *e, bool clean);
/* The wait of engine_patience() is over, or the whole session's time is. */
void engine_timeout(struct engine *e);
/* A failed send, recv or transform; errno_value positive. */
void engine_io_error(struct engine *e, int errno_value);
/* smtpx_cancel() */
void engine_cancel(struct engine *e);

/* What is to be sent now, n octets; the driver says how many it took. */
const unsigned char *engine_out(struct engine *e, size_t *n);
void engine_sent(struct engine *e, size_t n);

/* Handshake over.  ok: TLS is up; verified: name and chain were checked and
 * hold.  Not ok: session->error was set by whoever knows why. */
void engine_tls_done(struct engine *e, bool ok, bool verified);

/* Paused: the program has added messages or recipients, or has closed an open
 * message.  What the server said meanwhile is to be fed before. */
void engine_resume(struct engine *e);
/* Paused: the message is about to go; an open transaction ends with RSET. */
void engine_forget(struct engine *e, const struct smtp_message *message);
/* Paused: nothing more will come; QUIT. */
void engine_quit(struct engine *e);

unsigned engine_wants(const struct engine *e);
/* Milliseconds this wait may take; RFC 5321 4.5.3.2, session->timeouts. */
long engine_patience(const struct engine *e);
enum engine_outcome engine_outcome(const struct engine *e);
/* Grows with every complete reply: the driver's waits begin anew then, and
 * when octets have left. */
unsigned long engine_progress(const struct engine *e);

/* Settles every pending recipient of the session that no engine ever could
 * (no server reached): verdict, and session->error stays as set.  Refused, as
 * a whole session is by its greeting, they are by the server's last reply. */
void engine_settle(struct smtp_session *session, enum smtpx_verdict verdict);

/* The phase's name for a human: "while waiting for the greeting". */
const char *engine_phase(const struct engine *e);

#endif
