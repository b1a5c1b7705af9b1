/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body_fixture.h - a message and its source, for the tests of body.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A callback that gives out a text in pieces, ends where it is told to and
 * checks how it is called; a message that reads from it; and a pump that
 * collects all that is to be sent. Included once by each of those tests,
 * after cmocka.h.
 */
#ifndef BODY_FIXTURE_H
#define BODY_FIXTURE_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "header.h"
#include "model.h"

/* What stands in for a program: a message, given out in pieces. */
struct source {
	const char *text;
	size_t n;
	size_t at;
	size_t first; /* octets of the first piece, 0: no difference */
	size_t piece; /* octets of the others, 0: all */
	unsigned rewinds, reads, ends;
	int error;       /* errno at the end */
	size_t pause_at; /* an end is told there first, once; 0: never */
	bool casual;     /* errno is set with every piece */
	bool allocates;  /* *ctx is malloc()ed */
};

/* How much of the text the next piece holds. */
static inline size_t next_piece(struct source *s)
{
	size_t n = s->n - s->at;
	size_t most = s->at == 0 && s->first ? s->first : s->piece;

	if (most && n > most)
		n = most;
	if (s->pause_at && n > s->pause_at - s->at)
		n = s->pause_at - s->at;
	return n;
}

static inline const char *read_source(void **ctx, int *len, void *arg)
{
	struct source *s = arg;
	const char *piece = s->text + s->at;
	size_t n;

	if (!len) {
		assert_null(*ctx);
		assert_int_equal(s->reads, 0);
		s->rewinds++;
		return NULL;
	}
	assert_int_equal(*len, 0);
	assert_int_equal(errno, 0);
	s->reads++;
	if (s->allocates && !*ctx)
		*ctx = malloc(16);
	if (s->pause_at && s->at >= s->pause_at) {
		s->pause_at = 0;
		return NULL;
	}
	n = next_piece(s);
	s->at += n;
	*len = (int)n;
	if (n == 0)
		s->ends++;
	if (n == 0 || s->casual)
		errno = s->error;
	return piece;
}

static const struct header_facts facts = {
    .now = 0,
    .zone_known = true,
    .random = "0123456789abcde",
    .host = "client.example",
    .local_user = "joe",
};

#define DATE_LINE "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
#define FROM_LINE "From: me@here.example\r\n"

static struct smtp_session session;
static struct smtp_recipient recipient;
static struct smtp_message message;
static char my_path[] = "me@here.example";
static char your_path[] = "you@there.example";

/* A message whose fields are completed by Date and From alone. */
static inline struct smtp_message *make_message(struct source *s, bool complete)
{
	bool no_memory;

	memset(&session, 0, sizeof session);
	memset(&message, 0, sizeof message);
	memset(&recipient, 0, sizeof recipient);
	session.messages = &message;
	message.session = &session;
	message.read = read_source;
	message.read_arg = s;
	message.complete_headers = complete;
	message.reverse_path.utf8 = my_path;
	message.recipients = &recipient;
	recipient.mailbox.utf8 = your_path;
	if (complete) {
		message.headers = header_set_new();
		assert_non_null(message.headers);
		assert_true(header_set_option(message.headers, "Message-ID",
		    Hdr_PROHIBIT, true, &no_memory));
		assert_true(header_set_option(
		    message.headers, "To", Hdr_PROHIBIT, true, &no_memory));
	}
	return &message;
}

static inline void drop_message(void)
{
	header_set_free(message.headers);
	free(message.message_id);
	memset(&message, 0, sizeof message);
}

/* All that comes out, pumped to the given mark again and again. */
static inline enum body_state pump_all(
    struct body *b, size_t mark, struct buf *all)
{
	struct buf out;
	enum body_state state;

	buf_init(&out, mark + 64);
	do {
		state = body_pump(b, &out, mark);
		body_report(b);
		assert_true(out.len < mark + 8);
		assert_true(state != BODY_MORE || out.len >= mark);
		buf_append(all, buf_head(&out), out.len);
		buf_consume(&out, out.len);
	} while (state == BODY_MORE);
	assert_false(out.failed);
	buf_release(&out);
	return state;
}

static inline void expect_text(
    const struct buf *got, const char *want, size_t n)
{
	if (got->len == n && memcmp(buf_head(got), want, n) == 0)
		return;
	print_error("got %zu octets: \"%.*s\"\nnot %zu: \"%.*s\"\n", got->len,
	    (int)(got->len < 2000 ? got->len : 2000),
	    (const char *)buf_head(got), n, (int)(n < 2000 ? n : 2000), want);
	fail();
}

/* What is to be sent of text n octets long that is passed as it is. */
static inline void naive(struct buf *out, const char *s, size_t n, bool dots)
{
	bool start = true;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n' && i > 0 && s[i - 1] == '\r')
			continue;
		if (dots && start && s[i] == '.')
			buf_putc(out, '.');
		start = s[i] == '\r' || s[i] == '\n';
		if (start)
			buf_puts(out, "\r\n");
		else
			buf_putc(out, (unsigned char)s[i]);
	}
	if (!start)
		buf_puts(out, "\r\n");
	if (dots)
		buf_puts(out, ".\r\n");
}

static inline void send_message(
    struct source *s, bool complete, bool dots, size_t mark, struct buf *all)
{
	struct body *b = body_new(make_message(s, complete), &facts, dots);

	buf_init(all, SIZE_MAX);
	assert_non_null(b);
	assert_int_equal(pump_all(b, mark, all), BODY_END);
	body_free(b);
	drop_message();
}

#endif
