/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_reply.c - reply.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A table of replies, each read whole, octet by octet, and split in two at
 * every place, with the same answer; every octet in every place of the code;
 * the caps of X-20 at their edges; X-19, X-22 (NUL) and X-25.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"

#define OCTETS(s) (s), sizeof(s) - 1

struct row {
	const char *in;
	size_t n;
	enum reply_state state;
	size_t used;
	int code;
	int enhanced[3];
	const char *text;
	size_t lines;
	bool mismatch;
};

#define GOOD(in, code, a, b, c, text, lines)                                   \
	{                                                                      \
		OCTETS(in), REPLY_COMPLETE, sizeof(in) - 1, code, {a, b, c},   \
		    text, lines, false                                         \
	}
#define MIXED(in, code, a, b, c, text, lines)                                  \
	{                                                                      \
		OCTETS(in), REPLY_COMPLETE, sizeof(in) - 1, code, {a, b, c},   \
		    text, lines, true                                          \
	}
#define LESS(in, used, code, text, lines)                                      \
	{                                                                      \
		OCTETS(in), REPLY_COMPLETE, used, code, {0, 0, 0}, text,       \
		    lines, false                                               \
	}
#define BAD(in)                                                                \
	{                                                                      \
		OCTETS(in), REPLY_MALFORMED, 0, 0, {0, 0, 0}, NULL, 0, false   \
	}
#define MORE(in)                                                               \
	{                                                                      \
		OCTETS(in), REPLY_MORE, 0, 0, {0, 0, 0}, NULL, 0, false        \
	}

static const struct row rows[] = {
    /* forms of a line */
    GOOD("250\r\n", 250, 0, 0, 0, "\r\n", 1),
    GOOD("250\n", 250, 0, 0, 0, "\r\n", 1),
    GOOD("250 \r\n", 250, 0, 0, 0, "\r\n", 1),
    GOOD("250 ok\r\n", 250, 0, 0, 0, "ok\r\n", 1),
    GOOD("250 ok\n", 250, 0, 0, 0, "ok\r\n", 1),
    GOOD("250  ok \r\n", 250, 0, 0, 0, " ok \r\n", 1),
    GOOD("250 a\rb\r\n", 250, 0, 0, 0, "a\rb\r\n", 1),
    GOOD("250 a\r\r\n", 250, 0, 0, 0, "a\r\r\n", 1),
    GOOD("250 -\r\n", 250, 0, 0, 0, "-\r\n", 1),
    GOOD("354 go\r\n", 354, 0, 0, 0, "go\r\n", 1),
    GOOD("334\r\n", 334, 0, 0, 0, "\r\n", 1),
    GOOD("334 \r\n", 334, 0, 0, 0, "\r\n", 1),
    GOOD("100 odd\r\n", 100, 0, 0, 0, "odd\r\n", 1),
    GOOD("199\r\n", 199, 0, 0, 0, "\r\n", 1),
    GOOD("355 odd\r\n", 355, 0, 0, 0, "odd\r\n", 1),
    GOOD("599 x\r\n", 599, 0, 0, 0, "x\r\n", 1),
    GOOD("290 x\r\n", 290, 0, 0, 0, "x\r\n", 1),
    GOOD("220 \303\251t\303\251 \377\r\n", 220, 0, 0, 0,
	"\303\251t\303\251 \377\r\n", 1),
    GOOD("220 a\0b\0\r\n", 220, 0, 0, 0, "a?b?\r\n", 1),
    GOOD("220 \033[31m\r\n", 220, 0, 0, 0, "\033[31m\r\n", 1),
    /* several lines */
    GOOD("250-a\r\n250-b\r\n250 c\r\n", 250, 0, 0, 0, "a\r\nb\r\nc\r\n", 3),
    GOOD("250-a\n250 b\n", 250, 0, 0, 0, "a\r\nb\r\n", 2),
    GOOD("250-\r\n250\r\n", 250, 0, 0, 0, "\r\n\r\n", 2),
    GOOD("220-hello\r\n220 world\r\n", 220, 0, 0, 0, "hello\r\nworld\r\n", 2),
    MIXED("250-a\r\n251 b\r\n", 251, 0, 0, 0, "a\r\nb\r\n", 2),
    MIXED("250-a\r\n550-b\r\n250 c\r\n", 250, 0, 0, 0, "a\r\nb\r\nc\r\n", 3),
    MIXED("250-a\r\n550 b\r\n", 550, 0, 0, 0, "a\r\nb\r\n", 2),
    /* the head of what follows is left */
    LESS("250 a\r\n220 b\r\n", 7, 250, "a\r\n", 1),
    LESS("250 a\nHTTP", 6, 250, "a\r\n", 1),
    LESS("220\r\n\r\n", 5, 220, "\r\n", 1),
    /* enhanced status codes, RFC 2034 */
    GOOD("250 2.1.0 ok\r\n", 250, 2, 1, 0, "ok\r\n", 1),
    GOOD("250 2.1.0\r\n", 250, 2, 1, 0, "\r\n", 1),
    GOOD("250 2.1.0 \r\n", 250, 2, 1, 0, "\r\n", 1),
    GOOD("250 2.1.0  ok\r\n", 250, 2, 1, 0, " ok\r\n", 1),
    GOOD("550 5.1.1 no\r\n", 550, 5, 1, 1, "no\r\n", 1),
    GOOD("550 5.999.999 no\r\n", 550, 5, 999, 999, "no\r\n", 1),
    GOOD("452 4.5.3 many\r\n", 452, 4, 5, 3, "many\r\n", 1),
    GOOD("550-5.1.1 a\r\n550 5.1.1 b\r\n", 550, 5, 1, 1, "a\r\nb\r\n", 2),
    GOOD("550-5.1.1 a\r\n550 b\r\n", 550, 5, 1, 1, "a\r\nb\r\n", 2),
    GOOD("550-a\r\n550 5.1.1 b\r\n", 550, 5, 1, 1, "a\r\nb\r\n", 2),
    GOOD("550-5.1.1 a\r\n550 5.7.1 b\r\n", 550, 5, 7, 1, "a\r\nb\r\n", 2),
    GOOD("250 5.0.0 ok\r\n", 250, 0, 0, 0, "5.0.0 ok\r\n", 1),
    GOOD("550 2.1.5 no\r\n", 550, 0, 0, 0, "2.1.5 no\r\n", 1),
    GOOD("550 5.1000.1 no\r\n", 550, 0, 0, 0, "5.1000.1 no\r\n", 1),
    GOOD("550 5.1.1000 no\r\n", 550, 0, 0, 0, "5.1.1000 no\r\n", 1),
    GOOD("550 5.1 no\r\n", 550, 0, 0, 0, "5.1 no\r\n", 1),
    GOOD("550 5.1. no\r\n", 550, 0, 0, 0, "5.1. no\r\n", 1),
    GOOD("550 5..1 no\r\n", 550, 0, 0, 0, "5..1 no\r\n", 1),
    GOOD("550 5.1.1text\r\n", 550, 0, 0, 0, "5.1.1text\r\n", 1),
    GOOD("550 5.1.1.1 no\r\n", 550, 0, 0, 0, "5.1.1.1 no\r\n", 1),
    GOOD("550 5.1.1: no\r\n", 550, 0, 0, 0, "5.1.1: no\r\n", 1),
    GOOD("550 5.1.1\tno\r\n", 550, 0, 0, 0, "5.1.1\tno\r\n", 1),
    GOOD("550 5.1.-1 no\r\n", 550, 0, 0, 0, "5.1.-1 no\r\n", 1),
    GOOD("550 55.1.1 no\r\n", 550, 0, 0, 0, "55.1.1 no\r\n", 1),
    GOOD("550 05.1.1 no\r\n", 550, 0, 0, 0, "05.1.1 no\r\n", 1),
    GOOD("550  5.1.1 no\r\n", 550, 0, 0, 0, " 5.1.1 no\r\n", 1),
    GOOD("550 192.0.2.1 is bad\r\n", 550, 0, 0, 0, "192.0.2.1 is bad\r\n", 1),
    GOOD("250 2.0.2.1 is me\r\n", 250, 0, 0, 0, "2.0.2.1 is me\r\n", 1),
    GOOD("354 3.0.0 go\r\n", 354, 0, 0, 0, "3.0.0 go\r\n", 1),
    GOOD("550 5\r\n", 550, 0, 0, 0, "5\r\n", 1),
    GOOD("550 5.\r\n", 550, 0, 0, 0, "5.\r\n", 1),
    MIXED("550-5.1.1 a\r\n250 b\r\n", 250, 0, 0, 0, "a\r\nb\r\n", 2),
    MIXED("250-2.1.0 a\r\n550 5.1.1 b\r\n", 550, 5, 1, 1, "a\r\nb\r\n", 2),
    /* not replies */
    BAD("\r\n"),
    BAD("\n"),
    BAD("2\r\n"),
    BAD("25\r\n"),
    BAD("25 ok\r\n"),
    BAD("2500 ok\r\n"),
    BAD("2500\r\n"),
    BAD("000 x\r\n"),
    BAD("099 x\r\n"),
    BAD("600 x\r\n"),
    BAD("999 x\r\n"),
    BAD("+250 x\r\n"),
    BAD("-50 x\r\n"),
    BAD("2-0 x\r\n"),
    BAD(" 250 x\r\n"),
    BAD("abc\r\n"),
    BAD("250\tx\r\n"),
    BAD("250:x\r\n"),
    BAD("250_x\r\n"),
    BAD("250\rx\r\n"),
    BAD("250\r\r\n"),
    BAD("25\0 x\r\n"),
    BAD("HTTP/1.1 400 Bad Request\r\n"),
    BAD("SSH-2.0-OpenSSH_9.2\r\n"),
    BAD("\026\003\001\002"),
    BAD("250-a\r\n\r\n"),
    BAD("250-a\r\nb\r\n"),
    BAD("250-a\r\n 250 b\r\n"),
    BAD("250-a\r\n2500 b\r\n"),
    /* not yet */
    MORE(""),
    MORE("2"),
    MORE("25"),
    MORE("250"),
    MORE("250 "),
    MORE("250 ok"),
    MORE("250 ok\r"),
    MORE("250-ok\r\n"),
    MORE("250-a\r\n250"),
    MORE("250-a\r\n250-b\r\n250-c\r\n"),
};

static void check(const struct row *w, const struct reply *r, size_t used)
{
	if (r->state != w->state)
		fail_msg("%s: state %d", w->in, (int)r->state);
	if (w->state != REPLY_COMPLETE)
		return;
	if (used != w->used || r->code != w->code || r->lines != w->lines ||
	    r->mismatch != w->mismatch || r->cut || r->no_memory)
		fail_msg("%s: %zu used, %d, %zu lines", w->in, used, r->code,
		    r->lines);
	assert_memory_equal(r->enhanced, w->enhanced, sizeof w->enhanced);
	assert_int_equal(r->text.len, strlen(w->text));
	assert_memory_equal(buf_head(&r->text), w->text, r->text.len);
}

/* Feeds n octets in memory of exactly their size. */
static size_t feed(struct reply *r, const char *s, size_t n)
{
	char *exact = malloc(n ? n : 1);
	size_t used;

	memcpy(exact, s, n);
	reply_feed(r, exact, n, &used);
	free(exact);
	return used;
}

static void test_whole(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check(&rows[i], &r, feed(&r, rows[i].in, rows[i].n));
		reply_reset(&r);
	}
	reply_release(&r);
}

static void test_octet_by_octet(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t used = 0;

		for (size_t at = 0; at < rows[i].n; at++)
			used += feed(&r, rows[i].in + at, 1);
		check(&rows[i], &r, used);
		reply_reset(&r);
	}
	reply_release(&r);
}

static void test_split_in_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t at = 0; at <= rows[i].n; at++) {
			struct reply r;
			size_t used;

			reply_init(&r);
			used = feed(&r, rows[i].in, at);
			used += feed(&r, rows[i].in + at, rows[i].n - at);
			check(&rows[i], &r, used);
			reply_release(&r);
		}
	}
}

/* Every octet in each of the four places before the text. */
static void test_x19_every_octet_of_the_code(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	for (size_t place = 0; place < 4; place++) {
		for (int c = 0; c < 256; c++) {
			char in[] = "250 text\r\n";
			bool good = c >= '0' && c <= '9';
			bool goes_on = place == 3 && c == '-';

			in[place] = (char)c;
			if (place == 0)
				good = c >= '1' && c <= '5';
			if (place == 3)
				good = c == ' ';
			if (c == '\n')
				good = place == 3;
			feed(&r, in, 10);
			if (goes_on)
				assert_int_equal(r.state, REPLY_MORE);
			else
				assert_int_equal(r.state,
				    good ? REPLY_COMPLETE : REPLY_MALFORMED);
			reply_reset(&r);
		}
	}
	reply_release(&r);
}

/* Every octet in the text: kept as it is, but for LF and NUL. */
static void test_x22_every_octet_of_the_text(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	for (int c = 0; c < 256; c++) {
		char in[] = "550 a?b\r\n";
		const char *text;
		size_t n;

		in[5] = (char)c;
		feed(&r, in, 9);
		assert_int_equal(r.state, REPLY_COMPLETE);
		assert_true(reply_line(&r, 0, &text, &n));
		assert_int_equal(n, c == '\n' ? 1 : 3);
		if (c != '\n')
			assert_int_equal((unsigned char)text[1], c ? c : '?');
		assert_null(memchr(buf_head(&r.text), 0, r.text.len));
		reply_reset(&r);
	}
	reply_release(&r);
}

static void test_nothing_is_taken_after_the_end(void **state)
{
	struct reply r;
	size_t used = 7;

	(void)state;
	reply_init(&r);
	assert_int_equal(feed(&r, OCTETS("250 a\r\n")), 7);
	assert_int_equal(reply_feed(&r, "220 b\r\n", 7, &used), REPLY_COMPLETE);
	assert_int_equal(used, 0);
	assert_int_equal(r.code, 250);
	reply_reset(&r);
	feed(&r, OCTETS("nonsense"));
	assert_int_equal(
	    reply_feed(&r, "220 b\r\n", 7, &used), REPLY_MALFORMED);
	assert_int_equal(used, 0);
	assert_false(r.no_memory);
	reply_reset(&r);
	assert_int_equal(r.state, REPLY_MORE);
	assert_int_equal(feed(&r, OCTETS("221 bye\r\n")), 9);
	assert_int_equal(r.code, 221);
	reply_release(&r);
	/* Usable again. */
	assert_int_equal(r.text.len, 0);
}

/* Three replies in one segment, as pipelining brings them. */
static void test_merged_replies(void **state)
{
	static const char in[] =
	    "250 2.1.0 sender\r\n250-2.1.5 a\r\n250 2.1.5 b\r\n354 go\r\n";
	static const int codes[] = {250, 250, 354};
	struct reply r;
	size_t at = 0;

	(void)state;
	reply_init(&r);
	for (size_t i = 0; i < 3; i++) {
		at += feed(&r, in + at, sizeof in - 1 - at);
		assert_int_equal(r.state, REPLY_COMPLETE);
		assert_int_equal(r.code, codes[i]);
		reply_reset(&r);
	}
	assert_int_equal(at, sizeof in - 1);
	reply_release(&r);
}

/* the first wrong octet is enough, nobody waits for the line's end. */
static void test_x25_banner_is_refused_at_once(void **state)
{
	static const char *const heads[] = {
	    "H", "2x", "25x", "250x", "\r", "6", "0", "\200"};

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct reply r;

		reply_init(&r);
		assert_int_equal(
		    feed(&r, heads[i], strlen(heads[i])), strlen(heads[i]));
		assert_int_equal(r.state, REPLY_MALFORMED);
		reply_release(&r);
	}
}

static void fill_line(struct reply *r, const char *prefix, size_t n)
{
	char *line = malloc(n + 2);

	memset(line, 'x', n);
	memcpy(line, prefix, strlen(prefix));
	memcpy(line + n, "\r\n", 2);
	feed(r, line, n + 2);
	free(line);
}

static void test_x20_long_lines(void **state)
{
	struct reply r;
	const char *text;
	size_t n;

	(void)state;
	reply_init(&r);
	/* The CR is the last octet that is kept. */
	fill_line(&r, "250 ", REPLY_LINE_MAX - 1);
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_false(r.cut);
	assert_int_equal(r.text.len, REPLY_LINE_MAX - 1 - 4 + 2);
	reply_reset(&r);
	fill_line(&r, "250 ", 3 * REPLY_LINE_MAX);
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_true(r.cut);
	assert_true(reply_line(&r, 0, &text, &n));
	assert_int_equal(n, REPLY_LINE_MAX - 4);
	reply_reset(&r);
	assert_false(r.cut);
	/* The flag stays when a short line follows. */
	fill_line(&r, "250-", 2 * REPLY_LINE_MAX);
	assert_int_equal(r.state, REPLY_MORE);
	feed(&r, OCTETS("250 end\r\n"));
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_true(r.cut);
	assert_true(reply_line(&r, 1, &text, &n));
	assert_memory_equal(text, "end", 3);
	reply_release(&r);
}

/* RFC 4954 4: a challenge of 12288 octets is to be coped with. */
static void test_long_challenges(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	fill_line(&r, "334 ", 4 + 12288);
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_false(r.cut);
	assert_int_equal(r.text.len, 12288 + 2);
	reply_reset(&r);
	fill_line(&r, "334 ", 13 * 1024);
	assert_true(r.cut);
	assert_int_equal(r.state, REPLY_COMPLETE);
	reply_reset(&r);
	for (size_t i = 0; i < 4; i++)
		feed(&r, "334 " + i, 1);
	for (size_t i = 0; i < 12288; i++)
		feed(&r, "Q", 1);
	feed(&r, OCTETS("\r\n"));
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_false(r.cut);
	assert_int_equal(r.text.len, 12288 + 2);
	reply_release(&r);
}

static void test_x20_endless_line(void **state)
{
	static char block[64 * 1024];
	struct reply r;
	size_t fed = 4;

	(void)state;
	memset(block, 'x', sizeof block);
	reply_init(&r);
	feed(&r, OCTETS("250 "));
	while (r.state == REPLY_MORE && fed < 8 * REPLY_TEXT_MAX)
		fed += feed(&r, block, sizeof block);
	assert_int_equal(r.state, REPLY_MALFORMED);
	assert_false(r.no_memory);
	assert_true(fed <= REPLY_TEXT_MAX + sizeof block + 4);
	assert_true(r.line.cap <= 2 * REPLY_CHALLENGE_MAX);
	reply_release(&r);
}

static size_t lines_until_end(struct reply *r, const char *line)
{
	size_t n = 0;

	while (r->state == REPLY_MORE && n < 100000) {
		feed(r, line, strlen(line));
		n++;
	}
	return n;
}

static void test_x20_endless_reply(void **state)
{
	static char line[1026];
	struct reply r;

	(void)state;
	reply_init(&r);
	assert_int_equal(lines_until_end(&r, "250-\n"), REPLY_LINES_MAX + 1);
	assert_int_equal(r.state, REPLY_MALFORMED);
	assert_false(r.no_memory);
	reply_reset(&r);
	for (size_t i = 1; i < REPLY_LINES_MAX; i++)
		feed(&r, OCTETS("250-x\r\n"));
	feed(&r, OCTETS("250 x\r\n"));
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_int_equal(r.lines, REPLY_LINES_MAX);
	reply_reset(&r);
	/* 256 lines of 1024 octets are as much as is taken. */
	memset(line, 'y', sizeof line);
	memcpy(line, "250-", 4);
	line[1023] = '\n';
	line[1024] = '\0';
	assert_int_equal(lines_until_end(&r, line), 257);
	assert_int_equal(r.state, REPLY_MALFORMED);
	assert_false(r.no_memory);
	reply_reset(&r);
	for (size_t i = 1; i < 256; i++)
		feed(&r, line, 1024);
	line[3] = ' ';
	feed(&r, line, 1024);
	assert_int_equal(r.state, REPLY_COMPLETE);
	reply_release(&r);
}

static void test_lack_of_memory_is_told(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	r.text.max = 5;
	feed(&r, OCTETS("250 four\r\n"));
	assert_int_equal(r.state, REPLY_MALFORMED);
	assert_true(r.no_memory);
	r.text.max = REPLY_TEXT_MAX;
	reply_reset(&r);
	assert_false(r.no_memory);
	r.line.max = 5;
	feed(&r, OCTETS("250 four\r\n"));
	assert_int_equal(r.state, REPLY_MALFORMED);
	assert_true(r.no_memory);
	reply_release(&r);
}

static void test_lines(void **state)
{
	struct reply r;
	const char *text = NULL;
	size_t n = 99;

	(void)state;
	reply_init(&r);
	assert_false(reply_line(&r, 0, &text, &n));
	feed(&r, OCTETS("250-one\r\n250-\r\n250 three\r\n"));
	assert_true(reply_line(&r, 0, &text, &n));
	assert_int_equal(n, 3);
	assert_memory_equal(text, "one", 3);
	assert_true(reply_line(&r, 1, &text, &n));
	assert_int_equal(n, 0);
	assert_true(reply_line(&r, 2, &text, &n));
	assert_int_equal(n, 5);
	assert_memory_equal(text, "three", 5);
	n = 99;
	text = NULL;
	assert_false(reply_line(&r, 3, &text, &n));
	assert_int_equal(n, 99);
	assert_null(text);
	assert_string_equal(buf_cstr(&r.text), "one\r\n\r\nthree\r\n");
	reply_release(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_octet_by_octet),
	    cmocka_unit_test(test_split_in_two),
	    cmocka_unit_test(test_x19_every_octet_of_the_code),
	    cmocka_unit_test(test_x22_every_octet_of_the_text),
	    cmocka_unit_test(test_nothing_is_taken_after_the_end),
	    cmocka_unit_test(test_merged_replies),
	    cmocka_unit_test(test_x25_banner_is_refused_at_once),
	    cmocka_unit_test(test_x20_long_lines),
	    cmocka_unit_test(test_long_challenges),
	    cmocka_unit_test(test_x20_endless_line),
	    cmocka_unit_test(test_x20_endless_reply),
	    cmocka_unit_test(test_lack_of_memory_is_told),
	    cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
