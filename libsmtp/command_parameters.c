/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_parameters.c - ESMTP parameters of MAIL and RCPT
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * To add a parameter, add a row and the functions it names. Guarantee: one is
 * sent only if its keyword stands in the current EHLO reply, at most once,
 * and in the order of its table; one that a message insists on is sent or the
 * command is not. Values are made from numbers, from enumerations, or by the
 * encoders. RFC 1870, 2852, 3030, 3461, 4865, 6152, 6531, 6533, 6710, 8689.
 */
#include "command_parameters.h"

#include <stdint.h>
#include <string.h>

#include "capability.h"
#include "date.h"
#include "encode.h"

enum {
	SECONDS_MAX = 999999999, /* RFC 2852 4, RFC 4865 4: nine digits */
	PRIORITY_MAX = 9         /* RFC 6710 */
};

/* How much a parameter matters to the message. */
enum need {
	NEED_NOTHING,
	NEED_HINT,  /* goes along if it can */
	NEED_WISH,  /* worth another EHLO, but not a failure */
	NEED_INSIST /* without it the message is not sent */
};

struct parameter {
	const char *text; /* keyword, with "=" if there is a value; NULL:
	                     only the capability matters */
	enum capability announced;
	unsigned growth; /* of the line's limit: the RFC's, or the longest */
	enum need (*need)(const struct parameter_facts *f);
	bool (*fits)(const struct parameter_facts *f); /* NULL: always */
	bool (*put)(struct buf *out, const struct parameter_facts *f);
};

/* SIZE, RFC 1870 */

static unsigned long long size_of(const struct parameter_facts *f)
{
	unsigned long long size = f->context->size;

	return size ? size : f->message->size_estimate;
}

static enum need need_size(const struct parameter_facts *f)
{
	return size_of(f) ? NEED_HINT : NEED_NOTHING;
}

static bool put_size(struct buf *out, const struct parameter_facts *f)
{
	return buf_number(out, size_of(f));
}

/* BODY, RFC 3030 and RFC 6152 */

static enum need need_binary(const struct parameter_facts *f)
{
	return f->message->body == E8bitmime_BINARYMIME ? NEED_INSIST
	                                                : NEED_NOTHING;
}

static bool put_binary(struct buf *out, const struct parameter_facts *f)
{
	(void)f;
	return buf_puts(out, "BINARYMIME");
}

/* What the content is outweighs what the program said of it. */
static enum need need_body(const struct parameter_facts *f)
{
	if (need_binary(f))
		return NEED_NOTHING;
	if (f->context->eight_bit || f->message->body == E8bitmime_8BITMIME)
		return NEED_INSIST;
	return f->message->body == E8bitmime_7BIT ? NEED_HINT : NEED_NOTHING;
}

static bool put_body(struct buf *out, const struct parameter_facts *f)
{
	bool eight = need_body(f) == NEED_INSIST;

	return buf_puts(out, eight ? "8BITMIME" : "7BIT");
}

/* SMTPUTF8, RFC 6531 */

static enum need need_smtputf8(const struct parameter_facts *f)
{
	bool wanted = f->context->smtputf8 || f->message->smtputf8;

	return wanted ? NEED_INSIST : NEED_NOTHING;
}

/* Refuses it in a transaction that writes its paths in ASCII. */
static bool put_smtputf8(struct buf *out, const struct parameter_facts *f)
{
	(void)out;
	return f->context->smtputf8;
}

/* RET, ENVID, NOTIFY, ORCPT, RFC 3461 */

static enum need need_dsn(const struct parameter_facts *f, bool asked)
{
	if (!asked)
		return NEED_NOTHING;
	return f->message->session->dsn_required ? NEED_INSIST : NEED_WISH;
}

static enum need need_ret(const struct parameter_facts *f)
{
	return need_dsn(f, f->message->ret != Ret_NOTSET);
}

static bool put_ret(struct buf *out, const struct parameter_facts *f)
{
	switch (f->message->ret) {
	case Ret_FULL:
		return buf_puts(out, "FULL");
	case Ret_HDRS:
		return buf_puts(out, "HDRS");
	default:
		return false;
	}
}

static enum need need_envid(const struct parameter_facts *f)
{
	return need_dsn(f, f->message->envid != NULL);
}

static bool put_envid(struct buf *out, const struct parameter_facts *f)
{
	return encode_envid(out, f->message->envid);
}

static enum need need_notify(const struct parameter_facts *f)
{
	return need_dsn(f, f->recipient->notify != Notify_NOTSET);
}

static bool put_notify(struct buf *out, const struct parameter_facts *f)
{
	static const struct {
		int flag;
		const char *name;
	} names[] = {
	    {Notify_SUCCESS, "SUCCESS"},
	    {Notify_FAILURE, "FAILURE"},
	    {Notify_DELAY, "DELAY"},
	};
	int flags = (int)f->recipient->notify;
	size_t start = out->len;

	if (flags == Notify_NEVER)
		return buf_puts(out, "NEVER");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!(flags & names[i].flag))
			continue;
		if (out->len > start)
			buf_putc(out, ',');
		buf_puts(out, names[i].name);
		flags &= ~names[i].flag;
	}
	return flags == 0; /* else a bit that means nothing */
}

static enum need need_orcpt(const struct parameter_facts *f)
{
	return need_dsn(f, f->recipient->orcpt_address != NULL);
}

bool parameter_put_orcpt(
    struct buf *out, const char *type, const char *address, bool smtputf8)
{
	size_t n = strlen(address);

	/* An atom may hold these, an esmtp-value or xtext may not. */
	if (type && strpbrk(type, "+="))
		return false;
	/* A path is not a mailbox: its brackets are a common mistake. */
	if (n > 1 && address[0] == '<' && address[n - 1] == '>')
		return false;
	return encode_orcpt(out, type, address, smtputf8);
}

static bool put_orcpt(struct buf *out, const struct parameter_facts *f)
{
	return parameter_put_orcpt(out, f->recipient->orcpt_type,
	    f->recipient->orcpt_address, f->context->smtputf8);
}

/* BY, RFC 2852. A message that is to be returned may not go where nobody
 * looks at the clock; one of which the sender wants to hear may. */

static enum need need_by(const struct parameter_facts *f)
{
	switch (f->message->by_mode) {
	case By_RETURN:
		return NEED_INSIST;
	case By_NOTIFY:
		return NEED_WISH;
	default:
		return NEED_NOTHING;
	}
}

static long by_time(const struct parameter_facts *f)
{
	return f->context->by_decided ? f->context->by_time
	                              : f->message->by_time;
}

static bool fits_by(const struct parameter_facts *f)
{
	unsigned long min = f->context->capabilities->deliverby_min;
	long time = by_time(f);

	if (f->message->by_mode != By_RETURN)
		return true;
	return time > 0 &&
	       (f->context->by_decided || (unsigned long)time >= min);
}

static bool put_signed(struct buf *out, long value)
{
	if (value < 0)
		buf_putc(out, '-');
	return buf_number(
	    out, (unsigned long long)(value < 0 ? -value : value));
}

static bool put_by(struct buf *out, const struct parameter_facts *f)
{
	long time = by_time(f);

	if (time < -SECONDS_MAX || time > SECONDS_MAX)
		return false;
	put_signed(out, time);
	buf_puts(out, f->message->by_mode == By_RETURN ? ";R" : ";N");
	return !f->message->by_trace || buf_putc(out, 'T');
}

/* HOLDFOR and HOLDUNTIL, RFC 4865: one of the two. */

static enum need need_hold_for(const struct parameter_facts *f)
{
	return f->message->hold_for ? NEED_INSIST : NEED_NOTHING;
}

static bool fits_hold_for(const struct parameter_facts *f)
{
	unsigned long max = f->context->capabilities->hold_for_max;
	long seconds = f->message->hold_for;

	return max == 0 || seconds < 0 || (unsigned long)seconds <= max;
}

static bool put_hold_for(struct buf *out, const struct parameter_facts *f)
{
	long seconds = f->message->hold_for;

	if (seconds < 1 || seconds > SECONDS_MAX || f->message->hold_until)
		return false;
	return put_signed(out, seconds);
}

static enum need need_hold_until(const struct parameter_facts *f)
{
	return f->message->hold_until ? NEED_INSIST : NEED_NOTHING;
}

static bool fits_hold_until(const struct parameter_facts *f)
{
	const char *limit = f->context->capabilities->hold_until_max;
	const char *date = f->message->hold_until;
	int64_t latest, wanted;

	if (!date_rfc3339_read(&latest, limit, strlen(limit)) ||
	    !date_rfc3339_read(&wanted, date, strlen(date)))
		return true;
	return wanted <= latest;
}

static bool put_hold_until(struct buf *out, const struct parameter_facts *f)
{
	int64_t when;
	const char *date = f->message->hold_until;

	if (!date_rfc3339_read(&when, date, strlen(date)))
		return false;
	return date_rfc3339(out, when);
}

/* MT-PRIORITY, RFC 6710 */

static enum need need_priority(const struct parameter_facts *f)
{
	return f->message->priority_set ? NEED_WISH : NEED_NOTHING;
}

static bool put_priority(struct buf *out, const struct parameter_facts *f)
{
	int priority = f->message->priority;

	if (priority < -PRIORITY_MAX || priority > PRIORITY_MAX)
		return false;
	return put_signed(out, priority);
}

/* REQUIRETLS, RFC 8689: only where TLS is up and the server is who it says. */

static enum need need_requiretls(const struct parameter_facts *f)
{
	return f->message->requiretls ? NEED_INSIST : NEED_NOTHING;
}

static bool fits_requiretls(const struct parameter_facts *f)
{
	return f->context->tls_verified;
}

/* clang-format off */
static const struct parameter mail[] = {
	{"SIZE=", CAP_SIZE, 26, need_size, NULL, put_size},
	{NULL, CAP_CHUNKING, 0, need_binary, NULL, NULL},
	{"BODY=", CAP_BINARYMIME, 17, need_binary, NULL, put_binary},
	{"BODY=", CAP_8BITMIME, 17, need_body, NULL, put_body},
	{"SMTPUTF8", CAP_SMTPUTF8, 10, need_smtputf8, NULL, put_smtputf8},
	{"RET=", CAP_DSN, 9, need_ret, NULL, put_ret},
	{"ENVID=", CAP_DSN, 107, need_envid, NULL, put_envid},
	{"BY=", CAP_DELIVERBY, 17, need_by, fits_by, put_by},
	{"HOLDFOR=", CAP_FUTURERELEASE, 18, need_hold_for, fits_hold_for,
	    put_hold_for},
	{"HOLDUNTIL=", CAP_FUTURERELEASE, 31, need_hold_until,
	    fits_hold_until, put_hold_until},
	{"MT-PRIORITY=", CAP_MT_PRIORITY, 15, need_priority, NULL,
	    put_priority},
	{"REQUIRETLS", CAP_REQUIRETLS, 11, need_requiretls, fits_requiretls,
	    NULL},
	{.need = NULL}
};

static const struct parameter rcpt[] = {
	{"NOTIFY=", CAP_DSN, 29, need_notify, NULL, put_notify},
	{"ORCPT=", CAP_DSN, 507, need_orcpt, NULL, put_orcpt},
	{.need = NULL}
};
/* clang-format on */

const struct parameter *const parameters_of_mail = mail;
const struct parameter *const parameters_of_rcpt = rcpt;

static bool announced(
    const struct parameter *p, const struct parameter_facts *f)
{
	return capabilities_has(f->context->capabilities, p->announced);
}

/* Whether it can be sent to this server. */
static bool possible(const struct parameter *p, const struct parameter_facts *f)
{
	return announced(p, f) && (!p->fits || p->fits(f));
}

bool parameters_put(struct buf *out, const struct parameter *table,
    const struct parameter_facts *f, size_t *limit)
{
	if (parameters_missing(table, f))
		return false;
	for (const struct parameter *p = table; p->need; p++) {
		if (!p->text || !p->need(f) || !possible(p, f))
			continue;
		buf_putc(out, ' ');
		buf_puts(out, p->text);
		if (p->put && !p->put(out, f))
			return false;
		*limit += p->growth;
	}
	return !out->failed;
}

const char *parameters_missing(
    const struct parameter *table, const struct parameter_facts *f)
{
	for (const struct parameter *p = table; p->need; p++) {
		if (p->need(f) == NEED_INSIST && !possible(p, f))
			return capability_name(p->announced);
	}
	return NULL;
}

const char *parameters_unannounced(
    const struct parameter *table, const struct parameter_facts *f)
{
	for (const struct parameter *p = table; p->need; p++) {
		if (p->need(f) >= NEED_WISH && !announced(p, f))
			return capability_name(p->announced);
	}
	return NULL;
}
