/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine_parts.h - the functions of the engine that its files call
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Each file does one thing, named in engine_internal.h. A connection ends by
 * engine_leave(), with QUIT, or by engine_fail(), without; both give everybody
 * his verdict. Private to the engine.
 */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine_table.h"
#include "model.h"

/* engine.c */
bool engine_expect(struct engine *e, enum phase phase, struct transaction *t);
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

/* Every RCPT was answered: is there anybody to send to? */
void engine_judge(struct engine *e, struct transaction *t);

/* engine_open.c */
/* Everything is said that could be: pauses, if it is the program's turn.
 * What that adds counts from engine_resume() on. */
void engine_pause(struct engine *e);
/* The connection is to stay when there is nothing left to do. */
bool engine_stays(const struct engine *e);

/* engine_auth.c */
bool engine_auth_start(struct engine *e);
void engine_auth_good(struct engine *e, const struct expected *x);
void engine_auth_again(struct engine *e, const struct expected *x);
void engine_auth_deferred(struct engine *e, const struct expected *x);
void engine_auth_refused(struct engine *e, const struct expected *x);

/* engine_transaction.c */
bool engine_transaction_begin(struct engine *e);
/* Recipients that are new since, as many as there may be. */
bool engine_collect_recipients(struct engine *e, struct transaction *t);
/* The content's first piece, and whether the server will take it; false:
 * stopped, and everybody has a verdict. */
bool engine_read_ahead(struct engine *e, struct transaction *t);
bool engine_size_fits(struct engine *e, struct transaction *t);
bool engine_refuse_for(
    struct engine *e, struct transaction *t, const char *keyword);
void engine_transaction_free(struct transaction *t);
void engine_transaction_drop(struct engine *e, struct transaction *t);

/* 8-bit content that the server does not take (RFC 6152): refused here. */
bool engine_content_fits(struct engine *e, struct transaction *t);
void engine_spare_free(struct engine *e);

/* engine_verdict.c */
bool engine_undecided(const struct smtp_recipient *r);
/* The first with a recipient that is undecided and in no transaction. */
struct smtp_message *engine_next_message(const struct smtp_session *session);
bool engine_work_left(const struct smtp_session *session);
void engine_decide(struct engine *e, struct smtp_recipient *r,
    enum smtpx_verdict verdict, const smtp_status_t *by);
/* A recipient's own copy of a reply that others share, in r->final. */
bool engine_keep_copy(struct smtp_recipient *r, const smtp_status_t *by);
/* The same by ourselves: it may be sent again. */
void engine_decide_here(struct smtp_recipient *r, enum smtpx_verdict verdict,
    const smtp_status_t *by);
/* Gives the recipients back to the message. */
void engine_abandon(struct transaction *t);
/* All of the transaction that are undecided; accepted_only: and accepted. */
void engine_decide_all(struct engine *e, struct transaction *t,
    bool accepted_only, enum smtpx_verdict verdict, const smtp_status_t *by);
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
void engine_show_secret(struct engine *e, const char *mechanism, size_t octets);
void engine_show_reply(struct engine *e, bool secret);
bool engine_keep_reply(struct engine *e, smtp_status_t *status);

#endif
