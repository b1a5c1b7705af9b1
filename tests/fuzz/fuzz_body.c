/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_body.c - any content, cut anywhere, becomes what the RFCs allow
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The first four octets say how: flags, size of the pieces, mark (two). The
 * rest is the message. A message that is not completed must come out as a
 * naive oracle says; every other must look so to a strict receiver, and be
 * the same when it is given in one piece. Dies of any difference.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "header.h"
#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { DOTS = 1, COMPLETE = 2, BINARY = 4, EVENTS = 8, PAUSE = 16 };

struct source {
	const char *text;
	size_t n;
	size_t at;
	size_t piece;
	bool pause;
};

static const char *read_source(void **ctx, int *len, void *arg)
{
	struct source *s = arg;
	size_t n = s->n - s->at;
	const char *piece = s->text + s->at;

	*ctx = NULL;
	if (!len) {
		s->at = 0;
		return NULL;
	}
	if (s->pause && s->at > 0) {
		s->pause = false;
		return NULL;
	}
	if (s->piece && n > s->piece)
		n = s->piece;
	s->at += n;
	*len = (int)n;
	return piece;
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* The sum of what events told. */
static unsigned long long told;

static void hear(smtp_session_t session, int event, void *arg, ...)
{
	va_list more;

	(void)session;
	check(event == SMTP_EV_MESSAGEDATA);
	va_start(more, arg);
	(void)va_arg(more, smtp_message_t);
	told += (unsigned)va_arg(more, int);
	va_end(more);
}

static void show(const char *buf, int n, int writing, void *arg)
{
	(void)arg;
	check(writing == SMTP_CB_HEADERS && n > 0 && buf[n] == '\0');
	check(buf[n - 1] == '\n');
}

/* Whole content and its size. */
static char *run(struct source *s, unsigned flags, size_t mark, size_t *n)
{
	char path[] = "me@here.example";
	struct header_facts facts = {.host = "client.example"};
	struct smtp_session session = {.monitor = show,
	    .monitor_headers = true,
	    .event = flags & EVENTS ? hear : NULL};
	struct smtp_message message = {.session = &session,
	    .read = read_source,
	    .read_arg = s,
	    .reverse_path = {.utf8 = path},
	    .body = flags & BINARY ? E8bitmime_BINARYMIME : E8bitmime_NOTSET,
	    .complete_headers = (flags & COMPLETE) != 0};
	struct body *b;
	struct buf out, all;
	enum body_state state;
	unsigned long long size;
	char *text;

	session.messages = &message;
	told = 0;
	buf_init(&all, SIZE_MAX);
	buf_init(&out, mark + 64);
	b = body_new(&message, &facts, flags & DOTS);
	check(b != NULL);
	do {
		state = body_pump(b, &out, mark);
		check(out.len < mark + 8);
		check(state == BODY_END || out.len >= mark);
		body_report(b);
		buf_append(&all, buf_head(&out), out.len);
		buf_consume(&out, out.len);
	} while (state == BODY_MORE);
	check(state == BODY_END);
	size = body_size(b);
	body_free(b);
	free(message.message_id);
	buf_release(&out);
	text = buf_take(&all, n);
	check(text != NULL);
	check(size <= *n);
	/* All is told of but the blank line. */
	if (flags & EVENTS)
		check(told == size || told + 2 == size);
	return text;
}

/* What is to be sent of a message that is not to be completed. */
static void oracle(struct buf *out, const char *s, size_t n, bool dots)
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

/* Every line ends in CRLF, no other CR or LF is there, and of DATA the last
 * line alone is a single dot. */
static void receive(const char *s, size_t n, bool dots)
{
	bool over = false;

	while (n > 0) {
		const char *lf = memchr(s, '\n', n);
		size_t line = lf ? (size_t)(lf - s) + 1 : 0;

		check(line >= 2 && memchr(s, '\r', line) == lf - 1);
		check(!over);
		over = dots && line == 3 && *s == '.';
		s += line;
		n -= line;
	}
	check(over == dots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct source s = {0};
	unsigned flags;
	size_t mark, got_n, again_n;
	char *got, *again;
	struct buf want;

	if (n < 4)
		return 0;
	flags = data[0];
	mark = 1 + data[2] + 256U * (data[3] & 63);
	s.piece = data[1];
	s.text = (const char *)data + 4;
	s.n = n - 4;
	s.pause = flags & PAUSE && !(flags & BINARY);
	got = run(&s, flags, mark, &got_n);
	if (!(flags & BINARY) || flags & DOTS)
		receive(got, got_n, flags & DOTS);
	if (!(flags & (COMPLETE | BINARY | PAUSE))) {
		buf_init(&want, SIZE_MAX);
		oracle(&want, s.text, s.n, flags & DOTS);
		check(got_n == want.len);
		check(memcmp(got, buf_head(&want), got_n) == 0);
		buf_release(&want);
	}
	if (!(flags & PAUSE)) {
		s.piece = 0;
		again = run(&s, flags & ~(unsigned)EVENTS, 1 << 20, &again_n);
		check(got_n == again_n && memcmp(got, again, got_n) == 0);
		free(again);
	}
	free(got);
	return 0;
}
