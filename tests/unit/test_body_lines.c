/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_body_lines.c - every short text with any line ends, at every split
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every text over {CR, LF, dot, letter} up to nine octets is sent, cut in two
 * at every place and octet by octet (up to seven: at every combination of
 * places), for DATA and for BDAT. A receiver that knows RFC 5321 and nothing
 * else reads it again, and gets what a naive oracle says; X-31.
 */
#include "body_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

/*
 * The oracle and the receiver
 */

enum { LENGTH_MAX = 9, OUT_MAX = 4 * LENGTH_MAX + 8 };

struct octets {
	char s[OUT_MAX];
	size_t n;
};

static void add(struct octets *o, const char *s)
{
	while (*s)
		o->s[o->n++] = *s++;
}

/* What the text means, line after line, the last one completed. */
static void oracle(struct octets *o, const char *s, size_t n)
{
	o->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n' && i > 0 && s[i - 1] == '\r')
			continue;
		if (s[i] == '\r' || s[i] == '\n')
			add(o, "\r\n");
		else
			o->s[o->n++] = s[i];
	}
	if (o->n > 0 && o->s[o->n - 1] != '\n')
		add(o, "\r\n");
}

/* RFC 5321 2.3.8, 4.1.1.4, 4.5.2: the text that a strict receiver of DATA
 * takes from the octets, up to the first line with a single dot, which must
 * be the last one. */
static bool receive(struct octets *o, const char *s, size_t n)
{
	o->n = 0;
	while (n > 0) {
		const char *lf = memchr(s, '\n', n);
		size_t line = lf ? (size_t)(lf - s) + 1 : 0;

		if (line < 2 || memchr(s, '\r', line) != lf - 1)
			return false;
		if (line == 3 && *s == '.')
			return n == line;
		for (size_t i = *s == '.' ? 1 : 0; i < line; i++)
			o->s[o->n++] = s[i];
		s += line;
		n -= line;
	}
	return false;
}

static void expect_text(const struct buf *got, const char *want, size_t n)
{
	assert_int_equal(got->len, n);
	assert_memory_equal(buf_head(got), want, n);
}

static void check_content(
    const struct buf *got, bool dots, const struct octets *want)
{
	struct octets received;

	if (!dots) {
		expect_text(got, want->s, want->n);
		return;
	}
	if (!receive(&received, (const char *)buf_head(got), got->len)) {
		print_error("no receiver would take \"%.*s\"\n", (int)got->len,
		    (const char *)buf_head(got));
		fail();
	}
	assert_int_equal(received.n, want->n);
	assert_memory_equal(received.s, want->s, want->n);
}

/* Splits at each octet whose bit is set. */
static void send_lines(const char *s, size_t n, unsigned splits, bool dots)
{
	struct body_lines l;
	struct octets want;
	struct buf out;
	size_t from = 0;

	buf_init(&out, OUT_MAX);
	body_lines_init(&l);
	l.dots = dots;
	for (size_t i = 1; i <= n; i++) {
		if (i < n && !(splits >> i & 1))
			continue;
		assert_true(body_lines_put(&l, s + from, i - from, &out));
		from = i;
	}
	assert_true(body_lines_end(&l, &out));
	oracle(&want, s, n);
	check_content(&out, dots, &want);
	assert_int_equal(l.size, want.n);
	buf_release(&out);
}

static void spell(char *s, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++, number /= 4)
		s[i] = "\r\n.a"[number % 4];
}

/* At every place where it can be cut in two, and octet by octet. */
static void every_text_survives_every_split(void **state)
{
	char s[LENGTH_MAX];

	(void)state;
	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		for (unsigned i = 0; i < 1U << 2 * n; i++) {
			spell(s, n, i);
			for (size_t split = 0; split < n; split++) {
				send_lines(s, n, 1U << split, true);
				send_lines(s, n, 1U << split, false);
			}
			send_lines(s, n, ~0U, true);
			send_lines(s, n, ~0U, false);
		}
	}
}

/* At every combination of places. */
static void every_short_text_survives_all_splits(void **state)
{
	char s[LENGTH_MAX];

	(void)state;
	for (size_t n = 1; n <= 7; n++) {
		for (unsigned i = 0; i < 1U << 2 * n; i++) {
			spell(s, n, i);
			for (unsigned at = 0; at < 1U << n; at += 2) {
				send_lines(s, n, at, true);
				send_lines(s, n, at, false);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_text_survives_every_split),
	    cmocka_unit_test(every_short_text_survives_all_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
