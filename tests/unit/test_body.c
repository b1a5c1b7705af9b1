/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_body.c - unit tests of body.c and body_section.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every message over {CR, LF, dot, letter} up to seven octets, cut everywhere;
 * where the header section ends; marks, blocks and slices that end anywhere;
 * fields of any length; and the contract of the message callback, errors and
 * a second end among it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body_fixture.h"
#include "body_section.h"

/*
 * Every short message
 */

enum { LENGTH_MAX = 7 };

static void send_whole(const char *s, size_t n, size_t split, bool dots)
{
	struct source source = {.text = s, .n = n, .first = split};
	struct buf want, all;
	struct body *b;

	buf_init(&all, SIZE_MAX);
	buf_init(&want, SIZE_MAX);
	b = body_new(make_message(&source, false), &facts, dots);
	assert_non_null(b);
	assert_int_equal(pump_all(b, 1000, &all), BODY_END);
	naive(&want, s, n, dots);
	expect_text(&all, (const char *)buf_head(&want), want.len);
	want.len = 0;
	naive(&want, s, n, false);
	assert_int_equal(body_size(b), want.len);
	assert_int_equal(source.rewinds, 1);
	body_free(b);
	drop_message();
	buf_release(&all);
	buf_release(&want);
}

static void spell(char *s, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++, number /= 4)
		s[i] = "\r\n.a"[number % 4];
}

/* As a whole message that is not to be completed: the header section must
 * not change it either. */
static void every_message_survives_every_split(void **state)
{
	char s[LENGTH_MAX];

	(void)state;
	for (size_t n = 0; n <= LENGTH_MAX; n++) {
		for (unsigned i = 0; i < 1U << 2 * n; i++) {
			spell(s, n, i);
			for (size_t split = 0; split < n || split == 0;
			     split++) {
				send_whole(s, n, split, true);
				send_whole(s, n, split, false);
			}
		}
	}
}

/*
 * Where the header section ends
 */

struct section_case {
	const char *what;
	const char *sent;
	const char *want; /* after completion, for BDAT */
};

/* clang-format off */
static const struct section_case sections[] = {
	{"empty message", "", DATE_LINE FROM_LINE "\r\n"},
	{"empty line alone", "\n", DATE_LINE FROM_LINE "\r\n"},
	{"body behind an empty line", "\r\nhello\r\n", DATE_LINE FROM_LINE "\r\nhello\r\n"},
	{"headers and body", "Subject: x\r\n\r\nbody\r\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n"},
	{"LF", "Subject: x\n\nbody\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n"},
	{"CR", "Subject: x\r\rbody\r", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n"},
	{"CRLF headers, LF body", "Subject: x\r\n\r\na\nb\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\na\r\nb\r\n"},
	{"no end of the last line", "Subject: x\n\nbody", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n"},
	{"headers without a body", "Subject: x\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\n"},
	{"headers without line end", "Subject: x", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\n"},
	{"folded line without line end", "Subject: x\n y", "Subject: x\r\n y\r\n" DATE_LINE FROM_LINE "\r\n"},
	{"no headers", "hello\nSubject: x\n", DATE_LINE FROM_LINE "\r\nhello\r\nSubject: x\r\n"},
	{"no headers, no line end", "hello", DATE_LINE FROM_LINE "\r\nhello\r\n"},
	{"body without empty line", "Subject: x\nhello\n\nb\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nhello\r\n\r\nb\r\n"},
	{"folded line first", " x\nSubject: y\n", DATE_LINE FROM_LINE "\r\n x\r\nSubject: y\r\n"},
	{"tab first", "\tx\n", DATE_LINE FROM_LINE "\r\n\tx\r\n"},
	{"folded field", "Subject: x\n\ty\n z\n\nb\n", "Subject: x\r\n\ty\r\n z\r\n" DATE_LINE FROM_LINE "\r\nb\r\n"},
	{"line of blanks folds", "Subject: x\n \nB: y\n\nb\n", "Subject: x\r\n \r\nB: y\r\n" DATE_LINE FROM_LINE "\r\nb\r\n"},
	{"blank before the colon", "Subject : x\n\n", "Subject : x\r\n" DATE_LINE FROM_LINE "\r\n"},
	{"blank in the name", "Sub ject: x\n\n", DATE_LINE FROM_LINE "\r\nSub ject: x\r\n\r\n"},
	{"no name", ": x\n", DATE_LINE FROM_LINE "\r\n: x\r\n"},
	{"8-bit name", "S\xC3\xBC: x\n", DATE_LINE FROM_LINE "\r\nS\xC3\xBC: x\r\n"},
	{"field that begins with a dot", ".x: y\n\n", ".x: y\r\n" DATE_LINE FROM_LINE "\r\n"},
	{"mailbox line", "From joe Thu Jan  1 00:00:00 1970\nA: b\n\nc\n", "A: b\r\n" DATE_LINE FROM_LINE "\r\nc\r\n"},
	{"several mailbox lines", ">From joe Thu Jan  1 00:00:00 1970\nFrom x Thu Jan  1 00:00 1970\r\nA: b\n\nc\n", "A: b\r\n" DATE_LINE FROM_LINE "\r\nc\r\n"},
	{"mailbox line and body", "From joe Thu Jan  1 00:00:00 1970\n\nc\n", DATE_LINE FROM_LINE "\r\nc\r\n"},
	{"text like a mailbox line", "From what I hear\nit works\n", DATE_LINE FROM_LINE "\r\nFrom what I hear\r\nit works\r\n"},
	{"mailbox line later on", "A: b\nFrom joe Thu Jan  1 00:00:00 1970\n", "A: b\r\n" DATE_LINE FROM_LINE "\r\nFrom joe Thu Jan  1 00:00:00 1970\r\n"},
	{"byte order mark", "\xEF\xBB\xBFSubject: x\n\nb\n", "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nb\r\n"},
	{"byte order mark of a text", "\xEF\xBB\xBFhello\n", DATE_LINE FROM_LINE "\r\n\xEF\xBB\xBFhello\r\n"},
	{"LF behind the CR of the empty line", "A: b\r\n\r\n\nc", "A: b\r\n" DATE_LINE FROM_LINE "\r\n\r\nc\r\n"},
	{"body that begins with CR CR", "A: b\n\n\r\rc", "A: b\r\n" DATE_LINE FROM_LINE "\r\n\r\n\r\nc\r\n"},
	{"no field behind a bare CR", "A: b\rBcc\r\rc", "A: b\r\n" DATE_LINE FROM_LINE "\r\nBcc\r\n\r\nc\r\n"},
	{"dots", "A: b\n\n.\n..\n.a\n", "A: b\r\n" DATE_LINE FROM_LINE "\r\n.\r\n..\r\n.a\r\n"},
};
/* clang-format on */

static void section_ends_where_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		const struct section_case *c = &sections[i];

		for (size_t piece = 0; piece <= strlen(c->sent); piece++) {
			struct source s = {.text = c->sent,
			    .n = strlen(c->sent),
			    .piece = piece};
			struct buf all;

			send_message(&s, true, false, 1000, &all);
			if (all.len != strlen(c->want))
				print_error("%s\n", c->what);
			expect_text(&all, c->want, strlen(c->want));
			buf_release(&all);
		}
	}
}

/* An end in the header section: the callback is asked again for the body. */
static void first_end_does_not_end_the_message(void **state)
{
	static const char text[] = "Subject: x\r\nbody\r\n";
	static const char want[] =
	    "Subject: x\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n";
	struct source s = {.text = text, .n = sizeof text - 1, .pause_at = 12};
	struct source empty = {.text = "", .n = 0};
	struct buf all;

	(void)state;
	send_message(&s, true, false, 1000, &all);
	expect_text(&all, want, sizeof want - 1);
	buf_release(&all);

	send_message(&empty, true, false, 1000, &all);
	assert_int_equal(empty.reads, 2);
	assert_int_equal(empty.rewinds, 1);
	buf_release(&all);
}

/* log4cxx: the very first read says end, and the text comes then. */
static const char *read_late(void **ctx, int *len, void *arg)
{
	unsigned *calls = arg;

	*ctx = NULL;
	if (!len)
		return NULL;
	if (++*calls != 2)
		return NULL;
	*len = 6;
	return "text\r\n";
}

static void first_read_may_say_end(void **state)
{
	static const char want[] = DATE_LINE FROM_LINE "\r\ntext\r\n.\r\n";
	struct smtp_message *m = make_message(NULL, true);
	unsigned calls = 0;
	struct buf all;
	struct body *b;

	(void)state;
	m->read = read_late;
	m->read_arg = &calls;
	b = body_new(m, &facts, true);
	assert_non_null(b);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(pump_all(b, 1000, &all), BODY_END);
	assert_int_equal(calls, 3);
	expect_text(&all, want, sizeof want - 1);
	assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_END);
	assert_int_equal(calls, 3);
	body_free(b);
	drop_message();
	buf_release(&all);
}

/*
 * Big messages, boundaries, marks
 */

/* Text of n octets whose line ends, dots and 8-bit octets are where a
 * generator of pseudo-random numbers puts them. */
static char *make_text(size_t n, unsigned seed)
{
	char *s = malloc(n);

	assert_non_null(s);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		s[i] = "\r\n.\r\n.abcdefg \xE9"[(seed >> 16) % 16];
	}
	return s;
}

static void marks_make_no_difference(void **state)
{
	static const size_t marks[] = {
	    1, 2, 3, 4, 5, 7, 16, 100, 4095, 4096, 4097, 16384, 65536, 262144};
	enum { SIZE = 70000 };
	char *text = make_text(SIZE, 1);
	struct buf want;

	(void)state;
	buf_init(&want, SIZE_MAX);
	naive(&want, text, SIZE, true);
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		struct source s = {.text = text, .n = SIZE, .piece = 8192};
		struct buf all;

		send_message(&s, false, true, marks[i], &all);
		expect_text(&all, (const char *)buf_head(&want), want.len);
		buf_release(&all);
	}
	buf_release(&want);
	free(text);
}

/* A stdio reader's blocks end every 8192 octets, our slices every 16384. */
static void boundaries_make_no_difference(void **state)
{
	static const char *const ends[] = {"\r\n", "\n", "\r", ".", "\r\n.",
	    "\n.\n", "\r.\r", "\r\n.\r\n", "\r\r", "\n\n", "\xFF", "\n\r"};
	static const size_t at[] = {8192, 16384};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof ends / sizeof ends[0]; i++) {
		const char *end = ends[i / 2];

		for (size_t back = 0; back < 7; back++) {
			size_t n = at[i % 2] - back;
			struct source s = {
			    .n = n + strlen(end) + 1, .piece = 8192};
			char *text = malloc(s.n);
			struct buf want, all;

			assert_non_null(text);
			memset(text, 'x', n);
			text[0] = '\n';
			memcpy(text + n, end, strlen(end));
			text[s.n - 1] = 'y';
			s.text = text;
			buf_init(&want, SIZE_MAX);
			naive(&want, text, s.n, true);
			send_message(&s, false, true, 40000, &all);
			expect_text(
			    &all, (const char *)buf_head(&want), want.len);
			buf_release(&want);
			buf_release(&all);
			free(text);
		}
	}
}

static void fields_of_any_length_pass(void **state)
{
	static const char *const folds[] = {"\n ", "\r\n\t", "x"};
	enum { SIZE = 3 * SECTION_FIELD_MAX };

	(void)state;
	for (size_t f = 0; f < sizeof folds / sizeof folds[0]; f++) {
		struct buf text, want, all;
		struct source s = {.piece = 8192};

		buf_init(&text, SIZE_MAX);
		buf_puts(&text, "A: b\nBcc: ");
		while (text.len < SIZE) {
			buf_puts(&text, "someone@example.org, ");
			buf_puts(&text, folds[f]);
		}
		buf_puts(&text, "\nC: d\n\nbody\n");
		s.text = (const char *)buf_head(&text);
		s.n = text.len;
		buf_init(&want, SIZE_MAX);
		naive(&want, s.text, s.n, true);
		send_message(&s, false, true, 100000, &all);
		expect_text(&all, (const char *)buf_head(&want), want.len);
		buf_release(&text);
		buf_release(&want);
		buf_release(&all);
	}
}

/* A field that is dropped is dropped to its end, however long it is. */
static void long_fields_are_dropped_whole(void **state)
{
	static const char want[] =
	    "A: b\r\nC: d\r\n" DATE_LINE FROM_LINE "\r\nbody\r\n";
	bool no_memory;

	(void)state;
	for (size_t folded = 0; folded < 2; folded++) {
		struct buf text, all;
		struct source s = {.piece = 8191};
		struct body *b;

		buf_init(&text, SIZE_MAX);
		buf_puts(&text, "A: b\nBcc : ");
		while (text.len < 3 * SECTION_FIELD_MAX) {
			buf_puts(&text, "someone@example.org,");
			if (folded)
				buf_puts(&text, "\r\n ");
		}
		buf_puts(&text, "\nC: d\n\nbody\n");
		s.text = (const char *)buf_head(&text);
		s.n = text.len;
		make_message(&s, true);
		assert_true(header_set_option(
		    message.headers, "bcc", Hdr_PROHIBIT, true, &no_memory));
		b = body_new(&message, &facts, false);
		assert_non_null(b);
		buf_init(&all, SIZE_MAX);
		assert_int_equal(pump_all(b, 1000, &all), BODY_END);
		expect_text(&all, want, sizeof want - 1);
		body_free(b);
		drop_message();
		buf_release(&text);
		buf_release(&all);
	}
}

static void long_line_without_colon_is_body(void **state)
{
	enum { SIZE = 2 * SECTION_FIELD_MAX };
	char *text = malloc(SIZE);
	struct source s = {.text = text, .n = SIZE, .piece = 5000};
	struct buf want, all;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', SIZE);
	buf_init(&want, SIZE_MAX);
	buf_puts(&want, DATE_LINE FROM_LINE "\r\n");
	buf_append(&want, text, SIZE);
	buf_puts(&want, "\r\n");
	send_message(&s, true, false, 30000, &all);
	expect_text(&all, (const char *)buf_head(&want), want.len);
	buf_release(&want);
	buf_release(&all);
	free(text);
}

/*
 * The callback's contract
 */

static void errors_count_only_at_the_end(void **state)
{
	static const char text[] = "A: b\n\nbody\nbody\n";
	struct source s = {
	    .text = text, .n = sizeof text - 1, .piece = 3, .error = EIO};
	struct buf all;
	struct body *b;

	(void)state;
	b = body_new(make_message(&s, true), &facts, true);
	assert_non_null(b);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_FAILED);
	assert_int_equal(body_error(b), EIO);
	assert_int_equal(s.ends, 1);
	assert_null(strstr(buf_cstr(&all), "\r\n.\r\n"));
	assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_FAILED);
	assert_int_equal(s.ends, 1);
	body_free(b);
	drop_message();
	buf_release(&all);

	s = (struct source){.text = "A: b\n", .n = 5, .error = EPIPE};
	b = body_new(make_message(&s, true), &facts, false);
	assert_non_null(b);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_FAILED);
	assert_int_equal(body_error(b), EPIPE);
	body_free(b);
	drop_message();
	buf_release(&all);
}

/* stdio leaves errno set when it finds no terminal, for one. */
static void casual_errno_is_no_error(void **state)
{
	struct source s = {.text = "A: b\n\nbody\n",
	    .n = 11,
	    .piece = 2,
	    .error = ENOTTY,
	    .casual = true};
	struct buf all;
	struct body *b;

	(void)state;
	b = body_new(make_message(&s, true), &facts, false);
	assert_non_null(b);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(body_pump(b, &all, 60), BODY_MORE);
	s.error = 0;
	assert_int_equal(pump_all(b, 1000, &all), BODY_END);
	body_free(b);
	drop_message();
	buf_release(&all);
}

static void context_is_freed_and_rewound(void **state)
{
	struct source s = {.text = "A: b\n\nc\n", .n = 8, .allocates = true};
	struct buf all;

	(void)state;
	for (int run = 0; run < 2; run++) {
		s.at = s.reads = s.rewinds = 0;
		send_message(&s, true, true, 1000, &all);
		assert_int_equal(s.rewinds, 1);
		buf_release(&all);
	}
	make_message(&s, true);
	message.read_ctx = malloc(5);
	s.at = s.reads = s.rewinds = 0;
	struct body *b = body_new(&message, &facts, false);
	assert_non_null(b);
	assert_int_equal(s.rewinds, 1);
	assert_int_equal(s.reads, 0);
	body_free(b);
	drop_message();
}

static void dots_may_be_decided_late(void **state)
{
	static const char want[] = "A: b\r\n\r\n..\r\n.\r\n";
	struct source s = {.text = "A: b\n\n.\n", .n = 8};
	struct buf all;
	struct body *b;

	(void)state;
	b = body_new(make_message(&s, false), &facts, false);
	assert_non_null(b);
	body_set_dots(b, true);
	buf_init(&all, SIZE_MAX);
	assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_END);
	expect_text(&all, want, sizeof want - 1);
	assert_int_equal(body_size(b), sizeof want - 1 - 4);
	body_free(b);
	drop_message();
	buf_release(&all);
}

/* Each place in a run of 100 octets: words, and what is left of them. */
static void eight_bit_is_seen_everywhere(void **state)
{
	char text[100];
	struct buf all;
	struct body *b;

	(void)state;
	for (size_t i = 0; i <= sizeof text; i++) {
		struct source s = {.text = text, .n = sizeof text};

		memset(text, 0x7F, sizeof text);
		text[0] = '\n';
		if (i > 0 && i < sizeof text)
			text[i] = (char)(i % 2 ? 0x80 : 0xFF);
		b = body_new(make_message(&s, false), &facts, false);
		assert_non_null(b);
		buf_init(&all, SIZE_MAX);
		assert_int_equal(body_pump(b, &all, SIZE_MAX), BODY_END);
		assert_int_equal(body_eight_bit(b), i > 0 && i < sizeof text);
		body_free(b);
		drop_message();
		buf_release(&all);
	}
}

static void binary_content_passes_untouched(void **state)
{
	static const char text[] = "A: b\n\n.\n\r\r\n\0\n\r.";
	static const char want[] = "A: b\r\n\r\n.\n\r\r\n\0\n\r.";

	(void)state;
	for (size_t piece = 0; piece < sizeof text; piece++) {
		struct source s = {
		    .text = text, .n = sizeof text - 1, .piece = piece};
		struct buf all;
		struct body *b;

		make_message(&s, false);
		message.body = E8bitmime_BINARYMIME;
		b = body_new(&message, &facts, false);
		assert_non_null(b);
		buf_init(&all, SIZE_MAX);
		assert_int_equal(pump_all(b, 7, &all), BODY_END);
		expect_text(&all, want, sizeof want - 1);
		assert_int_equal(body_size(b), sizeof want - 1);
		body_free(b);
		drop_message();
		buf_release(&all);
	}
}

/* No memory, or a buffer that is too small for its mark. */
static void small_buffers_are_not_overrun(void **state)
{
	struct source s = {.text = "A: b\n\nc\n", .n = 8};
	struct buf out;
	struct body *b;

	(void)state;
	b = body_new(make_message(&s, false), &facts, true);
	assert_non_null(b);
	buf_init(&out, 10);
	assert_int_equal(body_pump(b, &out, SIZE_MAX), BODY_MORE);
	assert_false(out.failed);
	assert_true(out.len > 0);
	body_free(b);
	drop_message();
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_message_survives_every_split),
	    cmocka_unit_test(section_ends_where_it_should),
	    cmocka_unit_test(first_end_does_not_end_the_message),
	    cmocka_unit_test(first_read_may_say_end),
	    cmocka_unit_test(marks_make_no_difference),
	    cmocka_unit_test(boundaries_make_no_difference),
	    cmocka_unit_test(fields_of_any_length_pass),
	    cmocka_unit_test(long_fields_are_dropped_whole),
	    cmocka_unit_test(long_line_without_colon_is_body),
	    cmocka_unit_test(errors_count_only_at_the_end),
	    cmocka_unit_test(casual_errno_is_no_error),
	    cmocka_unit_test(context_is_freed_and_rewound),
	    cmocka_unit_test(dots_may_be_decided_late),
	    cmocka_unit_test(eight_bit_is_seen_everywhere),
	    cmocka_unit_test(binary_content_passes_untouched),
	    cmocka_unit_test(small_buffers_are_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
