/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine.c - the table of phases, and the ways in and out of the engine.
 *
 * The table is set out like RFC 5321 4.3.2: for each phase what success is,
 * who acts on it, and how long to wait (4.5.3.2).  What comes before the
 * table in every phase - 421, malformed and unasked replies, end of stream,
 * time-out - is handled in one place each.  Every recipient ends with
 * exactly one verdict.
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine_hear.h"
#include "engine_internal.h"

/* clang-format off */
const struct phase_row engine_phases[PHASE_COUNT] = {
[PHASE_GREETING] = { "CONNECT", "before its greeting", Timeout_GREETING,
	220, 220, 0, false,
	hear_greeting, NULL, hear_sent_away, hear_sent_away },
[PHASE_EHLO] = { "EHLO", "in reply to EHLO", Timeout_GREETING,
	200, 299, 0, false,
	hear_ehlo, NULL, hear_ehlo_deferred, hear_ehlo_refused },
[PHASE_HELO] = { "HELO", "in reply to HELO", Timeout_GREETING,
	200, 299, 0, false,
	hear_helo, NULL, hear_sent_away, hear_sent_away },
[PHASE_STARTTLS] = { "STARTTLS", "in reply to STARTTLS", Timeout_GREETING,
	220, 220, 0, false,
	hear_starttls, NULL, hear_starttls_refused, hear_starttls_refused },
[PHASE_HANDSHAKE] = { "STARTTLS", "during the TLS handshake",
	Timeout_GREETING, 0, 0, 0, false,
	NULL, NULL, NULL, NULL },
[PHASE_AUTH] = { "AUTH", "in reply to AUTH", Timeout_GREETING,
	235, 235, 334, false,
	engine_auth_good, engine_auth_again, engine_auth_deferred,
	engine_auth_refused },
[PHASE_ETRN] = { "ETRN", "in reply to ETRN", Timeout_GREETING,
	250, 253, 0, false,
	hear_etrn, NULL, hear_etrn, hear_etrn },
[PHASE_XUSR] = { "XUSR", "in reply to XUSR", Timeout_GREETING,
	200, 299, 0, false,
	hear_xusr, NULL, hear_xusr, hear_xusr },
[PHASE_MAIL] = { "MAIL", "in reply to MAIL", Timeout_ENVELOPE,
	200, 299, 0, true,
	hear_mail, NULL, hear_mail_failed, hear_mail_failed },
[PHASE_RCPT] = { "RCPT", "in reply to RCPT", Timeout_ENVELOPE,
	200, 299, 0, true,
	hear_rcpt, NULL, hear_rcpt_failed, hear_rcpt_failed },
[PHASE_DATA] = { "DATA", "in reply to DATA", Timeout_DATA,
	354, 354, 0, false,
	hear_data, NULL, hear_data_failed, hear_data_failed },
[PHASE_BODY] = { "DATA", "in reply to the message", Timeout_DATA2,
	250, 259, 0, false,
	hear_final, NULL, hear_final, hear_final },
[PHASE_BDAT] = { "BDAT", "in reply to BDAT", Timeout_TRANSFER,
	250, 259, 0, true,
	hear_bdat, NULL, hear_bdat_failed, hear_bdat_failed },
[PHASE_RSET] = { "RSET", "in reply to RSET", Timeout_ENVELOPE,
	200, 299, 0, false,
	hear_reset, NULL, hear_reset_refused, hear_reset_refused },
[PHASE_QUIT] = { "QUIT", "in reply to QUIT", Timeout_ENVELOPE,
	200, 599, 0, false,
	hear_quit, NULL, hear_quit, hear_quit },
};
/* clang-format on */

/* Nobody waits for the 221: RFC 5321 4.1.1.10 makes it a SHOULD. */
#define QUIT_PATIENCE_MS 1000

struct engine *engine_new(
    struct smtp_session *session, const struct engine_settings *settings)
{
	struct engine *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->session = session;
	e->settings = *settings;
	e->tls_active = settings->tls_active;
	e->tls_verified = settings->tls_verified;
	e->etrn_next = session->etrn_nodes;
	buf_init(&e->out, ENGINE_OUT_MAX);
	buf_init_secret(&e->first_response, ENGINE_CHALLENGE_OCTETS_MAX);
	reply_init(&e->reply);
	capabilities_release(&session->capabilities);
	session->mechanism[0] = '\0';
	session->last_phase = engine_phases[PHASE_GREETING].name;
	if (session->authenticator != NULL)
		session->authenticator->begin(session->authenticator->ctx);
	if (!engine_expect(e, PHASE_GREETING, NULL)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *e)
{
	struct transaction *t;

	if (e == NULL)
		return;
	while ((t = e->transactions) != NULL)
		engine_transaction_drop(e, t);
	while ((t = e->lost) != NULL) {
		e->lost = t->next;
		engine_transaction_free(t);
	}
	engine_spare_free(e);
	buf_release(&e->out);
	buf_release(&e->first_response);
	reply_release(&e->reply);
	free(e->due);
	free(e);
}

bool engine_expect(struct engine *e, enum phase phase, struct transaction *t)
{
	if (e->due_head > 0 && e->due_head + e->due_n == e->due_room) {
		memmove(
		    e->due, e->due + e->due_head, e->due_n * sizeof *e->due);
		e->due_head = 0;
	}
	if (e->due_head + e->due_n == e->due_room) {
		size_t room = e->due_room == 0 ? 16 : 2 * e->due_room;
		struct expected *grown = realloc(e->due, room * sizeof *grown);

		if (grown == NULL) {
			engine_no_memory(e);
			return false;
		}
		e->due = grown;
		e->due_room = room;
	}
	e->due[e->due_head + e->due_n] = (struct expected){
	    .phase = phase, .transaction = t, .end = e->sent + e->out.len};
	e->due_n++;
	if (t != NULL)
		t->awaited++;
	return true;
}

struct expected *engine_last_due(const struct engine *e)
{
	return e->due_n == 0 ? NULL : &e->due[e->due_head + e->due_n - 1];
}

static enum phase current_phase(const struct engine *e)
{
	if (e->handshaking)
		return PHASE_HANDSHAKE;
	return e->due_n == 0 ? PHASE_QUIT : e->due[e->due_head].phase;
}

const char *engine_phase(const struct engine *e)
{
	if (e->paused)
		return "meanwhile";
	return engine_phases[current_phase(e)].doing;
}

/* What became of the session's work, now that this connection is over. */
static enum engine_outcome judge_connection(struct engine *e)
{
	enum smtpx_cause cause = e->cause;

	if (e->idle)
		return ENGINE_RECONNECT;
	if (!engine_work_left(e->session))
		return e->session->error.cause == Smtpx_CAUSE_NONE
		           ? ENGINE_DONE
		           : ENGINE_FAILED;
	if (cause == Smtpx_CAUSE_NONE &&
	    (e->progress || (e->session->keep_connection && e->begun > 0)))
		return ENGINE_RECONNECT;
	/* QUIT went with a login that was refused: there is no other one. */
	if (cause == Smtpx_CAUSE_NONE)
		error_set(&e->session->error, Smtpx_CAUSE_AUTH,
		    SMTP_ERR_CLIENT_ERROR, "the login was refused", e->refusal);
	if (e->next_server && e->begun == 0)
		return ENGINE_NEXT_SERVER;
	if (e->progress && cause == Smtpx_CAUSE_LOST)
		return ENGINE_RECONNECT;
	engine_settle(e->session, Smtpx_DEFERRED);
	return ENGINE_FAILED;
}

void engine_close(struct engine *e, bool with_quit)
{
	if (e->closed)
		return;
	e->closed = true;
	e->handshaking = false;
	engine_transactions_lost(e);
	if (with_quit && !e->quit_said) {
		size_t from = e->out.len;

		e->quit_said = true;
		if (command_plain(&e->out, "QUIT"))
			engine_show_line(e, from);
	} else if (!with_quit) {
		buf_clear(&e->out);
	}
	e->outcome = judge_connection(e);
}

void engine_fail(struct engine *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail)
{
	error_set(&e->session->error, cause, code, what, detail);
	e->cause = cause;
	engine_close(e, false);
}

void engine_leave(struct engine *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail)
{
	error_set(&e->session->error, cause, code, what, detail);
	e->cause = cause;
	engine_close(e, true);
}

void engine_no_memory(struct engine *e)
{
	engine_fail(e, Smtpx_CAUSE_MEMORY, -ENOMEM, "out of memory", NULL);
}

void engine_protocol_error(struct engine *e, int code, const char *what)
{
	char words[ERROR_TEXT_MAX];

	engine_reply_words(e, words, sizeof words);
	e->next_server = true;
	engine_fail(e, Smtpx_CAUSE_PROTOCOL, code, what, words);
}

/* Puts what, a space, and the phase's words together. */
static void lose(struct engine *e, enum smtpx_cause cause, const char *what,
    const char *detail)
{
	struct buf text;

	/* a handshake that breaks is a failure of TLS. */
	if (e->handshaking && cause == Smtpx_CAUSE_LOST)
		cause = Smtpx_CAUSE_TLS;
	buf_init(&text, ERROR_TEXT_MAX);
	buf_puts(&text, what);
	buf_putc(&text, ' ');
	buf_puts(&text, engine_phase(e));
	e->next_server = true;
	e->idle =
	    cause == Smtpx_CAUSE_LOST && e->paused && e->transactions == NULL;
	engine_fail(e, cause, SMTP_ERR_DROPPED_CONNECTION,
	    text.failed ? what : buf_cstr(&text), detail);
	buf_release(&text);
}

/* With every verdict known, whatever ends the connection is welcome. */
static bool only_quit_is_due(const struct engine *e)
{
	return e->quit_said &&
	       (e->due_n == 0 || e->due[e->due_head].phase == PHASE_QUIT);
}

void engine_eof(struct engine *e, bool clean)
{
	if (e->closed)
		return;
	if (only_quit_is_due(e))
		engine_close(e, false);
	else
		lose(e, Smtpx_CAUSE_LOST,
		    clean ? "the server closed the connection"
			  : "the connection was cut off",
		    NULL);
}

void engine_timeout(struct engine *e)
{
	if (e->closed)
		return;
	if (only_quit_is_due(e))
		engine_close(e, false);
	else
		lose(e, Smtpx_CAUSE_TIMEOUT, "the server took too long", NULL);
}

void engine_io_error(struct engine *e, int errno_value)
{
	if (e->closed)
		return;
	if (only_quit_is_due(e))
		engine_close(e, false);
	else if (errno_value == ENOMEM)
		engine_no_memory(e);
	else
		lose(e, Smtpx_CAUSE_LOST, "the connection broke", NULL);
}

void engine_cancel(struct engine *e)
{
	if (!e->closed)
		engine_fail(
		    e, Smtpx_CAUSE_CANCELLED, -ECANCELED, "cancelled", NULL);
}

void engine_reply_words(const struct engine *e, char *text, size_t size)
{
	const struct reply *r = &e->reply;
	struct buf words;
	const unsigned char *octets = buf_head(&r->text);
	size_t n;

	buf_init(&words, size - 1);
	if (r->code > 0)
		buf_number(&words, (unsigned long long)r->code);
	if (r->enhanced[0] != 0) {
		for (int i = 0; i < 3; i++) {
			buf_putc(&words, i == 0 ? ' ' : '.');
			buf_number(&words, (unsigned long long)r->enhanced[i]);
		}
	}
	buf_putc(&words, ' ');
	n = r->text.len < buf_room(&words) ? r->text.len : buf_room(&words);
	buf_append(&words, octets, n);
	memcpy(text, buf_head(&words), words.len);
	text[words.len] = '\0';
	buf_release(&words);
}

/* a server may not talk for ever. */
static bool talks_too_much(const struct engine *e)
{
	return e->reply_octets >
	       ENGINE_REPLY_OCTETS_MAX + 1024 * (unsigned long long)e->commands;
}

/* Bytes that nobody asked for; a 421 among them is a server that leaves. */
static void unasked(struct engine *e)
{
	if (e->reply.code == 421)
		lose(e, Smtpx_CAUSE_LOST, "the server closes the connection",
		    NULL);
	else
		engine_protocol_error(e, SMTP_ERR_INVALID_RESPONSE_SYNTAX,
		    "the server sent a reply that nothing asked for");
}

/* Content under way whose reply is here before its end: a refusal counts, but
 * the rest must not leave, for the server might read it as commands. */
static bool refused_early(struct engine *e)
{
	struct transaction *t = e->talking;

	if (e->reply.code < 400 || e->reply.code == 421)
		return false;
	if (e->due_n > 0 && e->due[e->due_head].phase != PHASE_BODY)
		return false;
	if (e->due_n == 0) {
		if (t == NULL || t->chunking || !t->content_begun ||
		    !engine_expect(e, PHASE_BODY, t))
			return false;
	}
	engine_hear(e);
	engine_close(e, false);
	return true;
}

/* A reply belongs to a command that has left.  A chunk may be refused while
 * it is still on its way: the server swallows it (RFC 3030 2). */
static bool asked_for(const struct engine *e)
{
	const struct expected *x = &e->due[e->due_head];

	if (e->due_n == 0)
		return false;
	return e->sent >= x->end || e->reply.code == 421 ||
	       (x->phase == PHASE_BDAT && e->reply.code >= 400);
}

static void malformed(struct engine *e)
{
	if (e->reply.no_memory) {
		engine_no_memory(e);
		return;
	}
	e->next_server = true;
	engine_fail(e, Smtpx_CAUSE_PROTOCOL, SMTP_ERR_INVALID_RESPONSE_SYNTAX,
	    e->greeted ? "the server sent something that is no SMTP reply"
		       : "the server does not speak SMTP",
	    NULL);
}

static bool feed_one(struct engine *e, const unsigned char **data, size_t *n)
{
	size_t used = 0;
	enum reply_state state = reply_feed(&e->reply, *data, *n, &used);

	*data += used;
	*n -= used;
	e->reply_octets += used;
	if (state == REPLY_MORE) {
		if (talks_too_much(e))
			engine_protocol_error(e, SMTP_ERR_UNTERMINATED_RESPONSE,
			    "the server's replies have no end");
		return false;
	}
	if (state == REPLY_MALFORMED) {
		malformed(e);
		return false;
	}
	e->replies++;
	if (asked_for(e))
		engine_hear(e);
	else if (!refused_early(e))
		unasked(e);
	reply_reset(&e->reply);
	return true;
}

void engine_feed(struct engine *e, const void *data, size_t n)
{
	const unsigned char *octets = data;

	if (n > 0 && e->hear_again && !e->closed && e->out.len == 0) {
		e->session->flights++;
		e->hear_again = false;
	}
	while (n > 0 && !e->closed) {
		/* behind the 220 to STARTTLS there must be nothing. */
		if (e->handshaking) {
			engine_fail(e, Smtpx_CAUSE_TLS,
			    SMTP_ERR_INVALID_RESPONSE_SYNTAX,
			    "the server sent something in the clear behind "
			    "its reply to STARTTLS: an attack, or a broken "
			    "server",
			    NULL);
			return;
		}
		feed_one(e, &octets, &n);
	}
	if (!e->closed)
		engine_say(e);
}

const unsigned char *engine_out(struct engine *e, size_t *n)
{
	*n = e->out.len;
	return buf_head(&e->out);
}

void engine_sent(struct engine *e, size_t n)
{
	if (n == 0)
		return;
	buf_consume(&e->out, n);
	e->sent += n;
	e->hear_again = true;
	/* Running empty has wiped it. */
	if (e->out.len == 0)
		e->out.secret = false;
	if (!e->closed)
		engine_say(e);
}

void engine_tls_done(struct engine *e, bool ok, bool verified)
{
	e->handshaking = false;
	if (e->closed)
		return;
	if (!ok) {
		e->next_server =
		    e->session->error.cause != Smtpx_CAUSE_CERTIFICATE;
		engine_fail(e, Smtpx_CAUSE_TLS, SMTP_ERR_CLIENT_ERROR,
		    "the TLS handshake failed", NULL);
		return;
	}
	e->tls_active = true;
	e->tls_verified = verified;
	/* nothing from before may be used. */
	capabilities_release(&e->session->capabilities);
	e->greeted = false;
	e->esmtp = false;
	e->ehlo_due = true;
	if (e->session->authenticator != NULL)
		e->session->authenticator->begin(
		    e->session->authenticator->ctx);
	engine_say(e);
}

unsigned engine_wants(const struct engine *e)
{
	unsigned wants = 0;

	if (e->closed)
		return e->out.len > 0 ? ENGINE_WRITE | ENGINE_CLOSE
		                      : ENGINE_CLOSE;
	if (e->handshaking)
		return ENGINE_TLS;
	if (e->due_n > 0)
		wants |= ENGINE_READ;
	if (e->out.len > 0)
		wants |= ENGINE_WRITE;
	if (e->paused)
		wants |= ENGINE_PAUSE;
	return wants;
}

long engine_patience(const struct engine *e)
{
	enum phase phase = current_phase(e);

	if (phase == PHASE_QUIT)
		return QUIT_PATIENCE_MS;
	/* Content under way waits for the socket, then for the verdict. */
	if (e->out.len > 0 && (phase == PHASE_BODY || phase == PHASE_BDAT))
		return e->session->timeouts[Timeout_TRANSFER];
	if (phase == PHASE_BDAT && e->due[e->due_head].last)
		return e->session->timeouts[Timeout_DATA2];
	return e->session->timeouts[engine_phases[phase].patience];
}

unsigned long engine_progress(const struct engine *e)
{
	return e->replies;
}

enum engine_outcome engine_outcome(const struct engine *e)
{
	return e->closed ? e->outcome : ENGINE_RUNNING;
}
