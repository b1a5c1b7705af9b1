/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_headers.c - any header section, completed as any program wishes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Lines that begin with "@" are requests to the API: "@Name=value" sets,
 * "@Name!" overrides, "@Name~" prohibits, "@*" asks for a Resent- block. The
 * rest is the message. What is sent must be fields alone, with one Date and
 * one From, without the fields that are prohibited; and lines that this side
 * made keep the limit of RFC 5322 2.1.1. Dies of any other result.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "header.h"
#include "model.h"
#include "rfc5322.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { PROHIBITED_MAX = 8 };

struct run {
	struct smtp_session session;
	struct smtp_message message;
	struct smtp_recipient recipient;
	const char *text;
	size_t n;
	size_t at;
	size_t piece;
	bool resent;
	char *prohibited[PROHIBITED_MAX];
	size_t prohibitions;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static const char *read_text(void **ctx, int *len, void *arg)
{
	struct run *r = arg;
	size_t n = r->n - r->at;
	const char *piece = r->text + r->at;

	*ctx = NULL;
	if (!len) {
		r->at = 0;
		return NULL;
	}
	if (r->piece && n > r->piece)
		n = r->piece;
	r->at += n;
	*len = (int)n;
	return piece;
}

static char *copy(const char *s, size_t n)
{
	char *c = malloc(n + 1);

	check(c != NULL);
	memcpy(c, s, n);
	c[n] = '\0';
	return c;
}

/* "phrase|mailbox", or a mailbox alone; "-" stands for NULL. */
static void set_mailbox(struct run *r, const char *name, char *value)
{
	char *bar = strchr(value, '|');
	const char *mailbox = bar ? bar + 1 : value;
	const char *phrase = bar ? value : NULL;
	bool no_memory;

	if (bar)
		*bar = '\0';
	header_set_mailbox(r->message.headers, name, phrase,
	    strcmp(mailbox, "-") == 0 ? NULL : mailbox, &no_memory);
	check(!no_memory);
}

static void prohibit(struct run *r, const char *name)
{
	bool no_memory;

	if (r->prohibitions == PROHIBITED_MAX)
		return;
	if (header_set_option(
		r->message.headers, name, Hdr_PROHIBIT, true, &no_memory))
		r->prohibited[r->prohibitions++] = copy(name, strlen(name));
	check(!no_memory);
}

static void set_value(struct run *r, const char *name, char *value)
{
	struct header_set *set = r->message.headers;
	bool no_memory = false;

	switch (header_kind_of(name)) {
	case HEADER_MAILBOX:
		set_mailbox(r, name, value);
		break;
	case HEADER_DATE:
		header_set_date(
		    set, name, (long long)strlen(value) * 99999999, &no_memory);
		break;
	case HEADER_ID:
	case HEADER_TEXT:
		header_set_text(set, name, value, &no_memory);
		break;
	case HEADER_REFUSED:
		check(!header_set_text(set, name, value, &no_memory));
		check(!header_set_date(set, name, 1, &no_memory));
		break;
	}
	check(!no_memory);
}

static void ask(struct run *r, const char *line, size_t n)
{
	char *request = copy(line, n);
	char *end = request + strcspn(request, "=!~*");
	char sign = *end;
	bool no_memory;

	if (sign)
		*end++ = '\0';
	if (sign == '*') {
		r->resent = true;
		header_set_resent(r->message.headers, true);
	} else if (sign == '!') {
		header_set_option(r->message.headers, request, Hdr_OVERRIDE,
		    true, &no_memory);
	} else if (sign == '~') {
		prohibit(r, request);
	} else if (sign == '=') {
		set_value(r, request, end);
	}
	free(request);
}

static void ask_all(struct run *r)
{
	while (r->n > 0 && *r->text == '@') {
		const char *lf = memchr(r->text, '\n', r->n);
		size_t line = lf ? (size_t)(lf - r->text) : r->n;
		size_t taken = lf ? line + 1 : line;

		ask(r, r->text + 1, line - 1);
		r->text += taken;
		r->n -= taken;
	}
}

static char *send_all(struct run *r, size_t *n)
{
	static const struct header_facts facts = {
	    .host = "client.example", .local_user = "j o"};
	struct body *b = body_new(&r->message, &facts, false);
	struct buf all;
	char *text;

	check(b != NULL);
	buf_init(&all, SIZE_MAX);
	check(body_pump(b, &all, SIZE_MAX) == BODY_END);
	body_free(b);
	text = buf_take(&all, n);
	check(text != NULL);
	return text;
}

/* Neither what is always stripped nor what the program prohibited. */
static void check_name(const struct run *r, const struct rfc5322_field *f)
{
	static const char *const stripped[] = {
	    "Return-Path", "Original-Recipient", "Resent-Reply-To"};

	for (size_t i = 0; i < sizeof stripped / sizeof stripped[0]; i++)
		check(!text_equal_nocase(
		    f->name, f->name_len, stripped[i], strlen(stripped[i])));
	for (size_t i = 0; i < r->prohibitions; i++)
		check(!text_equal_nocase(f->name, f->name_len, r->prohibited[i],
		    strlen(r->prohibited[i])));
}

static void check_lines(const char *s, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(s, '\n', n);
		size_t line = lf ? (size_t)(lf - s) + 1 : 0;

		check(line >= 2 && memchr(s, '\r', line) == lf - 1);
		s += line;
		n -= line;
	}
}

static void check_header(const struct run *r, const char *s, size_t n)
{
	struct rfc5322_field f;
	enum rfc5322_scan scan;
	size_t at = 0, dates = 0, authors = 0;

	while ((scan = rfc5322_field_next(&f, s, n, &at)) == RFC5322_FIELD) {
		check_name(r, &f);
		if (text_equal_nocase(f.name, f.name_len, "Date", 4))
			dates++;
		if (text_equal_nocase(f.name, f.name_len, "From", 4))
			authors++;
	}
	check(scan == RFC5322_END && at >= 2);
	check(memcmp(s + at - 2, "\r\n", 2) == 0);
	check(dates == 1 || (r->resent && dates > 0));
	check(authors == 1 || (r->resent && authors > 0));
}

static void check_limit(const char *s, size_t n)
{
	while (n > 0) {
		const char *lf = memchr(s, '\n', n);
		size_t line = lf ? (size_t)(lf - s) + 1 : n;

		check(line <= 1000);
		s += line;
		n -= line;
	}
}

static void begin(struct run *r, const uint8_t *data, size_t n)
{
	r->text = (const char *)data;
	r->n = n;
	r->session.messages = &r->message;
	r->message.session = &r->session;
	r->message.read = read_text;
	r->message.read_arg = r;
	r->message.complete_headers = true;
	r->message.headers = header_set_new();
	r->message.recipients = &r->recipient;
	check(r->message.headers != NULL);
}

static void end(struct run *r)
{
	while (r->prohibitions > 0)
		free(r->prohibited[--r->prohibitions]);
	header_set_free(r->message.headers);
	free(r->message.message_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char you[] = "you@there.example";
	struct run r = {.piece = 0};
	char *got, *again;
	size_t got_n, again_n;

	begin(&r, data, n);
	r.recipient.mailbox.given = you;
	ask_all(&r);
	got = send_all(&r, &got_n);
	check_lines(got, got_n);
	check_header(&r, got, got_n);
	r.piece = 1;
	again = send_all(&r, &again_n);
	check(got_n == again_n && memcmp(got, again, got_n) == 0);
	free(again);
	free(got);
	/* Without a message all lines are ours. */
	r.n = 0;
	got = send_all(&r, &got_n);
	check_limit(got, got_n);
	free(got);
	end(&r);
	return 0;
}
