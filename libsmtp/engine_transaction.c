/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_transaction.c - one message to some of its recipients.
 *
 * Chooses the recipients (LIMITS, RFC 9422), reads ahead, checks what the
 * message wants against what the server offers, and says MAIL.  Verdicts are
 * given here, and nobody is left without one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"

/* RFC 5321 4.5.3.1.8: as many a server must take; more are tried, and come
 * back with 452. */
#define RECIPIENTS_MAX 100000

/* clang-format off */
/* What a missing extension means for the program. */
static const struct {
	const char *keyword;
	int event;
	const char *text;
	int enhanced[3];
} missing_extensions[] = {
	{ "8BITMIME", SMTP_EV_EXTNA_8BITMIME,
	  "the server takes no 8-bit content", { 5, 6, 3 } },
	{ "BINARYMIME", SMTP_EV_EXTNA_BINARYMIME,
	  "the server takes no binary content", { 5, 6, 1 } },
	{ "CHUNKING", SMTP_EV_EXTNA_CHUNKING,
	  "the server offers no CHUNKING", { 5, 6, 1 } },
	{ "DSN", SMTP_EV_EXTNA_DSN,
	  "the server offers no DSN", { 5, 7, 14 } },
	{ "SMTPUTF8", 0,
	  "the server takes no internationalised addresses", { 5, 6, 7 } },
	{ "REQUIRETLS", 0,
	  "the server offers no REQUIRETLS", { 5, 7, 30 } },
	{ "DELIVERBY", 0,
	  "the server offers no DELIVERBY", { 5, 7, 14 } },
	{ "FUTURERELEASE", 0,
	  "the server offers no FUTURERELEASE", { 5, 7, 14 } },
};
/* clang-format on */

void engine_spare_free(struct engine *e)
{
	body_free(e->spare.body);
	buf_release(&e->spare.ahead);
	e->spare = (struct spare){.message = NULL};
}

/* Keeps what was read ahead, if the message will want it again. */
static void keep_spare(struct engine *e, struct transaction *t)
{
	if (!t->abandoned || t->content_begun || t->body == NULL || e->closed)
		return;
	engine_spare_free(e);
	e->spare = (struct spare){.message = t->message,
	    .body = t->body,
	    .ahead = t->ahead,
	    .ahead_state = t->ahead_state,
	    .chunking = t->chunking};
	t->body = NULL;
	buf_init(&t->ahead, 0);
}

static bool take_spare(struct engine *e, struct transaction *t)
{
	if (e->spare.message != t->message ||
	    e->spare.chunking != t->chunking) {
		engine_spare_free(e);
		return false;
	}
	t->body = e->spare.body;
	t->ahead = e->spare.ahead;
	t->ahead_state = e->spare.ahead_state;
	e->spare = (struct spare){.message = NULL};
	return true;
}

void engine_transaction_free(struct transaction *t)
{
	body_free(t->body);
	buf_release(&t->ahead);
	free(t->recipient);
	free(t);
}

/* Nobody may be left without a verdict: who was accepted and got no content
 * is deferred. */
void engine_transaction_drop(struct engine *e, struct transaction *t)
{
	struct transaction **link = &e->transactions;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	if (e->talking == t)
		e->talking = NULL;
	t->message->engaged = NULL;
	if (t->abandoned)
		engine_abandon(t);
	for (size_t i = 0; i < t->n; i++) {
		if (t->recipient[i]->engaged == t)
			engine_decide_here(
			    t->recipient[i], Smtpx_DEFERRED, NULL);
		t->recipient[i]->accepted = false;
	}
	keep_spare(e, t);
	if (!e->closed) {
		engine_transaction_free(t);
		return;
	}
	t->next = e->lost;
	e->lost = t;
}

static size_t recipient_limit(const struct engine *e)
{
	unsigned long server = e->session->capabilities.rcpt_max;
	unsigned long ours = e->session->max_recipients;
	unsigned long limit = RECIPIENTS_MAX;

	if (server > 0 && server < limit)
		limit = server;
	if (ours > 0 && ours < limit)
		limit = ours;
	return limit;
}

static bool same_domain(
    const struct smtp_recipient *a, const struct smtp_recipient *b)
{
	const char *x = strrchr(a->mailbox.utf8, '@');
	const char *y = strrchr(b->mailbox.utf8, '@');

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* LIMITS RCPTDOMAINMAX: would r bring one domain too many? */
static bool too_many_domains(const struct engine *e,
    const struct transaction *t, const struct smtp_recipient *r)
{
	unsigned long limit = e->session->capabilities.rcpt_domain_max;
	unsigned long domains = 0;

	if (limit == 0)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		bool seen = false;

		if (same_domain(t->recipient[i], r))
			return false;
		for (size_t k = 0; k < i && !seen; k++)
			seen = same_domain(t->recipient[i], t->recipient[k]);
		domains += seen ? 0 : 1;
	}
	return domains >= limit;
}

bool engine_collect_recipients(struct engine *e, struct transaction *t)
{
	size_t limit = recipient_limit(e);
	size_t count = t->n;
	struct smtp_recipient **grown;

	for (struct smtp_recipient *r = t->message->recipients; r != NULL;
	     r = r->next)
		count += engine_undecided(r) ? 1 : 0;
	if (count == t->n)
		return true;
	grown = realloc(
	    t->recipient, (count < limit ? count : limit) * sizeof *grown);
	if (grown == NULL)
		return false;
	t->recipient = grown;
	for (struct smtp_recipient *r = t->message->recipients;
	     r != NULL && t->n < limit; r = r->next) {
		if (!engine_undecided(r) || too_many_domains(e, t, r))
			continue;
		r->engaged = t;
		r->accepted = false;
		t->recipient[t->n++] = r;
	}
	return true;
}

/* A reply of our own, as a server would have written it. */
static bool refuse_locally(struct engine *e, struct transaction *t,
    const int enhanced[3], const char *text)
{
	struct smtp_message *m = t->message;
	struct buf line;
	bool kept;

	t->stopped = true;
	buf_init(&line, ERROR_TEXT_MAX);
	buf_puts(&line, text);
	buf_puts(&line, "\r\n");
	kept = buf_cstr(&line) != NULL &&
	       status_set(&m->transfer_status, enhanced[1] == 3 ? 552 : 554,
		   enhanced, buf_cstr(&line));
	buf_release(&line);
	if (!kept) {
		engine_no_memory(e);
		return false;
	}
	for (size_t i = 0; i < t->n; i++)
		if (t->recipient[i]->engaged == t)
			engine_decide_here(t->recipient[i], Smtpx_REFUSED,
			    &m->transfer_status);
	return false;
}

static bool open_body(struct engine *e, struct transaction *t)
{
	if (take_spare(e, t))
		return true;
	t->body = body_new(t->message, &e->settings.facts, !t->chunking);
	if (t->body == NULL) {
		engine_no_memory(e);
		return false;
	}
	t->ahead_state = body_pump(t->body, &t->ahead, BODY_CHUNK);
	if (t->ahead.failed) {
		engine_no_memory(e);
		return false;
	}
	return true;
}

/* A message that cannot be read waits; the others need not. */
bool engine_read_ahead(struct engine *e, struct transaction *t)
{
	if (!open_body(e, t))
		return false;
	if (t->ahead_state == BODY_FAILED && body_error(t->body) == ENOMEM) {
		engine_no_memory(e);
		return false;
	}
	if (t->ahead_state == BODY_FAILED) {
		error_set(&e->session->error, Smtpx_CAUSE_SOURCE,
		    -body_error(t->body), "the message could not be read",
		    NULL);
		return false;
	}
	t->context.eight_bit = body_eight_bit(t->body);
	if (t->ahead_state == BODY_END)
		t->context.size = body_size(t->body);
	else if (t->message->body != E8bitmime_7BIT &&
		 capabilities_has(&e->session->capabilities, CAP_8BITMIME))
		t->context.eight_bit = true; /* nobody knows what comes */
	return true;
}

/* RFC 1870 6.1: what the server will not take need not be sent. */
bool engine_size_fits(struct engine *e, struct transaction *t)
{
	static const int too_big[3] = {5, 3, 4};
	unsigned long long max = e->session->capabilities.size_max;
	unsigned long long size = t->body == NULL ? 0 : body_size(t->body);

	if (t->context.size == 0 && t->message->size_estimate > size)
		size = t->message->size_estimate;
	if (max == 0 || size <= max)
		return true;
	error_set(&e->session->error, Smtpx_CAUSE_LOCAL,
	    SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the message is larger than the server takes", NULL);
	return refuse_locally(
	    e, t, too_big, "the message is larger than the server takes");
}

static void report_missing(struct engine *e, int event)
{
	int quit = 0;

	if (event == SMTP_EV_EXTNA_8BITMIME ||
	    event == SMTP_EV_EXTNA_BINARYMIME)
		engine_event(e, event);
	else if (event != 0)
		engine_event_quit(e, event, &quit);
}

bool engine_refuse_for(
    struct engine *e, struct transaction *t, const char *keyword)
{
	static const int other[3] = {5, 6, 0};
	size_t n = sizeof missing_extensions / sizeof missing_extensions[0];
	size_t i = 0;

	while (i < n && strcmp(missing_extensions[i].keyword, keyword) != 0)
		i++;
	error_set(&e->session->error, Smtpx_CAUSE_EXTENSION,
	    SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    i < n ? missing_extensions[i].text
		  : "the server lacks an extension that the message needs",
	    NULL);
	if (i == n)
		return refuse_locally(e, t, other, keyword);
	report_missing(e, missing_extensions[i].event);
	if (missing_extensions[i].event == SMTP_EV_EXTNA_CHUNKING &&
	    !capabilities_has(&e->session->capabilities, CAP_BINARYMIME))
		report_missing(e, SMTP_EV_EXTNA_BINARYMIME);
	return refuse_locally(
	    e, t, missing_extensions[i].enhanced, missing_extensions[i].text);
}

static bool wants_dsn(const struct transaction *t)
{
	if (t->message->ret != Ret_NOTSET || t->message->envid != NULL)
		return true;
	for (size_t i = 0; i < t->n; i++)
		if (t->recipient[i]->notify != Notify_NOTSET)
			return true;
	return false;
}

bool engine_content_fits(struct engine *e, struct transaction *t)
{
	/* A program that said 7BIT was wrong, but no harm is done. */
	if (!body_eight_bit(t->body) ||
	    capabilities_has(&e->session->capabilities, CAP_8BITMIME) ||
	    t->message->body == E8bitmime_BINARYMIME)
		return true;
	engine_refuse_for(e, t, capability_name(CAP_8BITMIME));
	engine_fail(e, Smtpx_CAUSE_EXTENSION, SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the server takes no 8-bit content", NULL);
	return false;
}

/* DSN is a wish: the program may say that it is more. */
static bool dsn_will_do(struct engine *e, struct transaction *t)
{
	int quit = 0;

	if (e->dsn_checked || e->session->dsn_required || !wants_dsn(t) ||
	    capabilities_has(&e->session->capabilities, CAP_DSN))
		return true;
	e->dsn_checked = true;
	engine_event_quit(e, SMTP_EV_EXTNA_DSN, &quit);
	if (!quit)
		return true;
	engine_leave(e, Smtpx_CAUSE_EXTENSION, SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the server offers no DSN", NULL);
	return false;
}

/* Recipients that only SMTPUTF8 could carry, where it is not offered. */
static void refuse_utf8_recipients(struct engine *e, struct transaction *t)
{
	static const int no_utf8[3] = {5, 6, 7};
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct smtp_recipient *r = t->recipient[i];

		if (r->mailbox.ascii != NULL) {
			t->recipient[kept++] = r;
			continue;
		}
		if (!status_set(&r->status, 553, no_utf8,
			"the server takes no internationalised "
			"addresses\r\n")) {
			engine_no_memory(e);
			return;
		}
		engine_decide_here(r, Smtpx_REFUSED, &r->status);
	}
	t->n = kept;
	if (kept > 0 || t->message->open)
		return;
	t->stopped = true;
	error_set(&e->session->error, Smtpx_CAUSE_EXTENSION,
	    SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    "the server takes no internationalised addresses", NULL);
}

/* RFC 2852 4.1: less time than the server can promise.  A program that can
 * be asked decides: more time, or the server is to say no. */
static void adjust_deliver_by(struct engine *e, struct transaction *t)
{
	const struct smtp_message *m = t->message;
	long minimum = (long)e->session->capabilities.deliverby_min;
	long more;

	if (m->by_mode == By_NOTSET || minimum <= m->by_time ||
	    m->by_time < 0 || e->session->event == NULL)
		return;
	more = engine_event_expired(e, minimum - m->by_time);
	t->context.by_decided = true;
	t->context.by_time = more > 0 ? minimum + more : m->by_time;
}

static bool check_extensions(struct engine *e, struct transaction *t)
{
	const char *missing;
	bool offered =
	    capabilities_has(&e->session->capabilities, CAP_SMTPUTF8);

	if (!offered)
		refuse_utf8_recipients(e, t);
	if (e->closed || t->stopped)
		return false;
	t->context.smtputf8 = offered && command_needs_smtputf8(t->message);
	adjust_deliver_by(e, t);
	missing = command_missing(t->message, &t->context);
	if (missing != NULL)
		return engine_refuse_for(e, t, missing);
	/* 7-bit content needs nothing; the program hears of it all the same. */
	if (t->message->body == E8bitmime_7BIT &&
	    !capabilities_has(&e->session->capabilities, CAP_8BITMIME))
		engine_event(e, SMTP_EV_EXTNA_8BITMIME);
	return dsn_will_do(e, t) && engine_size_fits(e, t);
}

static bool say_mail(struct engine *e, struct transaction *t)
{
	size_t from = e->out.len;

	e->commands++;
	if (command_mail(&e->out, t->message, &t->context)) {
		engine_show_line(e, from);
		return engine_expect(e, PHASE_MAIL, t);
	}
	if (e->out.failed) {
		engine_no_memory(e);
		return false;
	}
	error_set(&e->session->error, Smtpx_CAUSE_LOCAL, SMTP_ERR_INVAL,
	    "the sender's address or a parameter cannot be sent", NULL);
	return refuse_locally(e, t, (const int[3]){5, 1, 7},
	    "the sender's address or a parameter cannot be sent");
}

static struct transaction *transaction_new(
    struct engine *e, struct smtp_message *message)
{
	struct transaction *t = calloc(1, sizeof *t);
	struct transaction **link = &e->transactions;

	if (t == NULL)
		return NULL;
	t->message = message;
	t->context.capabilities = &e->session->capabilities;
	t->context.tls_verified = e->tls_verified;
	t->chunking = capabilities_has(&e->session->capabilities, CAP_CHUNKING);
	buf_init(&t->ahead, BODY_CHUNK + 64);
	while (*link != NULL)
		link = &(*link)->next;
	*link = t;
	return t;
}

/* What an open message will hold nobody knows yet. */
static bool begin_content(struct engine *e, struct transaction *t)
{
	if (!t->message->open)
		return engine_read_ahead(e, t);
	t->message->begun = true;
	t->message->engaged = t;
	t->context.eight_bit =
	    capabilities_has(&e->session->capabilities, CAP_8BITMIME);
	return true;
}

/* Recipients of an earlier transaction with this message keep the reply that
 * decided them. */
static bool keep_older_replies(struct smtp_message *message)
{
	for (struct smtp_recipient *r = message->recipients; r != NULL;
	     r = r->next) {
		const smtp_status_t *by = r->decided_by;

		if (by != &message->reverse_path_status &&
		    by != &message->transfer_status)
			continue;
		if (!engine_keep_copy(r, by))
			return false;
		r->decided_by = &r->final;
	}
	return true;
}

bool engine_transaction_begin(struct engine *e)
{
	struct smtp_message *message = engine_next_message(e->session);
	struct transaction *t = transaction_new(e, message);

	if (t == NULL || !engine_collect_recipients(e, t) ||
	    !keep_older_replies(message)) {
		engine_no_memory(e);
		return true;
	}
	status_clear(&message->reverse_path_status);
	status_clear(&message->transfer_status);
	if (begin_content(e, t) && check_extensions(e, t) && say_mail(e, t)) {
		e->begun++;
		e->talking = t;
	} else if (!e->closed) {
		engine_transaction_drop(e, t);
	}
	return true;
}
