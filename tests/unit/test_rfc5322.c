/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_rfc5322.c - addresses, mailboxes and header fields
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The address cases stand in tests/data/addresses.txt, which explains its own
 * format; a reader adds one without reading this. What is too long or too odd
 * for a line is here. Every address that comes out of the corpus is read
 * again and must give itself.
 */
#include "rfc5322.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

enum { LINE_MAX_LEN = 8192 };

/* Adds what the escape behind a backslash stands for, and gives its length. */
static size_t unescape_one(struct buf *out, const char *s)
{
	static const char from[] = "trn0s\\";
	static const char to[] = {'\t', '\r', '\n', '\0', ' ', '\\'};
	const char *at = *s ? strchr(from, *s) : NULL;

	if (*s == 'x') {
		int high = text_hex_value((unsigned char)s[1]);
		int low = high < 0 ? -1 : text_hex_value((unsigned char)s[2]);

		assert_true(low >= 0);
		buf_putc(out, (unsigned char)(high * 16 + low));
		return 3;
	}
	assert_non_null(at);
	buf_putc(out, (unsigned char)to[at - from]);
	return 1;
}

/* Undoes the escapes of the corpus; %N[text] is text N times. */
static void unescape(struct buf *out, const char *s, const char *end)
{
	while (s < end) {
		char *open = NULL;
		unsigned long times = 0;
		const char *close;

		if (*s == '%')
			times = strtoul(s + 1, &open, 10);
		if (*s == '\\') {
			s += 1 + unescape_one(out, s + 1);
			continue;
		}
		if (times == 0 || *open != '[') {
			buf_putc(out, (unsigned char)*s++);
			continue;
		}
		close = strchr(open, ']');
		assert_non_null(close);
		while (times-- > 0)
			unescape(out, open + 1, close);
		s = close + 1;
	}
}

static unsigned flags_of(const char *s)
{
	unsigned flags = 0;

	if (strchr(s, 'n'))
		flags |= RFC5322_NULL_OK;
	if (strchr(s, 'u'))
		flags |= RFC5322_UNQUALIFIED_OK;
	return flags;
}

static void render(struct buf *out, const struct rfc5322_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rfc5322_address *a = &list->items[i];

		buf_puts(out, i ? ", " : "");
		buf_puts(out, a->in_group ? "group " : "");
		if (a->name) {
			buf_putc(out, '{');
			buf_puts(out, a->name);
			buf_puts(out, "} ");
		}
		buf_putc(out, '<');
		buf_puts(out, a->local);
		buf_puts(out, a->domain ? "@" : "");
		buf_puts(out, a->domain ? a->domain : "");
		buf_putc(out, '>');
		if (a->comment) {
			buf_puts(out, " (");
			buf_puts(out, a->comment);
			buf_putc(out, ')');
		}
	}
	if (list->count == 0)
		buf_puts(out, list->error ? "!" : "nothing");
	if (list->error)
		buf_puts(out, list->error);
}

/* What came out must be what went in when it is read again. */
static void check_again(const struct rfc5322_address *a)
{
	struct rfc5322_mailbox m;
	char text[512];

	snprintf(text, sizeof text, "%s%s%s", a->local, a->domain ? "@" : "",
	    a->domain ? a->domain : "");
	assert_true(rfc5322_mailbox_check(&m, text, NULL));
	assert_string_equal(m.text, text);
	assert_int_equal(m.local_len, strlen(a->local));
	assert_true(!a->domain == !m.domain);
	rfc5322_mailbox_release(&m);
}

/* Reads one address from its span alone. */
static void check_spans(const char *s, const struct rfc5322_address *a)
{
	struct rfc5322_list list;
	size_t n = a->spec.end - a->spec.start;

	assert_true(a->span.start <= a->spec.start);
	assert_true(a->spec.end <= a->span.end);
	if (n == 0)
		return;
	assert_true(rfc5322_list_parse(
	    &list, s + a->spec.start, n, RFC5322_UNQUALIFIED_OK));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items->local, a->local);
	rfc5322_list_release(&list);
	assert_true(rfc5322_list_parse(&list, s + a->span.start,
	    a->span.end - a->span.start,
	    RFC5322_UNQUALIFIED_OK | RFC5322_NULL_OK));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items->local, a->local);
	rfc5322_list_release(&list);
}

static bool run_line(char *line, unsigned long number)
{
	char *input = strchr(line, '\t');
	char *expected = input ? strchr(input + 1, '\t') : NULL;
	struct rfc5322_list list;
	struct buf source;
	struct buf wanted;
	struct buf got;
	bool same;

	buf_init(&source, SIZE_MAX);
	buf_init(&wanted, SIZE_MAX);
	buf_init(&got, SIZE_MAX);
	assert_non_null(expected);
	*input++ = '\0';
	*expected++ = '\0';
	unescape(&source, input, input + strlen(input));
	unescape(&wanted, expected, expected + strlen(expected));
	rfc5322_list_parse(
	    &list, (const char *)buf_head(&source), source.len, flags_of(line));
	render(&got, &list);
	same = strcmp(buf_cstr(&wanted), buf_cstr(&got)) == 0;
	if (!same)
		print_error("line %lu: %s\n\twanted %s\n\tgot    %s\n", number,
		    input, buf_cstr(&wanted), buf_cstr(&got));
	for (size_t i = 0; i < list.count; i++) {
		check_spans((const char *)buf_head(&source), &list.items[i]);
		if (*list.items[i].local)
			check_again(&list.items[i]);
	}
	rfc5322_list_release(&list);
	buf_release(&source);
	buf_release(&wanted);
	buf_release(&got);
	return same;
}

static FILE *open_data(const char *name)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/data/%s", top ? top : ".", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s; set TOP_SRCDIR", path);
	return f;
}

static void corpus_gives_what_it_says(void **state)
{
	FILE *f = open_data("addresses.txt");
	static char line[LINE_MAX_LEN];
	unsigned long number = 0;
	unsigned long cases = 0;
	unsigned long wrong = 0;

	(void)state;
	while (fgets(line, sizeof line, f)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		cases++;
		wrong += run_line(line, number) ? 0 : 1;
	}
	fclose(f);
	print_message("%lu address cases\n", cases);
	assert_int_equal(wrong, 0);
	assert_true(cases >= 300);
}

static void depth_100000_is_refused_at_65(void **state)
{
	struct rfc5322_list list;
	size_t n = 100000;
	char *s = malloc(2 * n + 3);

	(void)state;
	assert_non_null(s);
	memset(s, '(', n);
	memset(s + n, ')', n);
	memcpy(s + 2 * n, "a@x", 3);
	assert_false(rfc5322_list_parse(&list, s, 2 * n + 3, 0));
	assert_string_equal(list.error, "comments nest too deep");
	assert_int_equal(list.error_at, RFC5322_DEPTH_MAX);
	rfc5322_list_release(&list);
	free(s);
}

static void list_ends_at_100000(void **state)
{
	struct rfc5322_list list;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (unsigned i = 0; i < RFC5322_LIST_MAX; i++) {
		buf_puts(&b, i ? ",r" : "r");
		buf_number(&b, i);
		buf_puts(&b, "@x");
	}
	assert_true(rfc5322_list_parse(&list, buf_cstr(&b), b.len, 0));
	assert_int_equal(list.count, RFC5322_LIST_MAX);
	assert_string_equal(list.items[99999].local, "r99999");
	rfc5322_list_release(&list);
	buf_puts(&b, ",one@more");
	assert_false(rfc5322_list_parse(&list, buf_cstr(&b), b.len, 0));
	assert_string_equal(list.error, "too many addresses");
	assert_int_equal(list.count, 0);
	rfc5322_list_release(&list);
	buf_release(&b);
}

static void error_position_is_given(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {{"a@x, b c@x", 5}, {"a@x b@y", 4}, {"a@x, (b", 5},
	    {"a@-x", 2}, {"a@x, root", 5}, {"a@x\nb", 3}, {"g: a@x", 6},
	    {"\"a", 0}, {"a@x>", 3}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rfc5322_list list;

		assert_false(rfc5322_list_parse(
		    &list, cases[i].text, strlen(cases[i].text), 0));
		assert_int_equal(list.error_at, cases[i].at);
		assert_false(list.no_memory);
		rfc5322_list_release(&list);
	}
}

static void spans_locate_the_address(void **state)
{
	static const char s[] = "x@y, \"A, B\" (c) <a . b(d)@c.> (e), root (f)";
	struct rfc5322_list list;
	const struct rfc5322_address *a;

	(void)state;
	assert_true(
	    rfc5322_list_parse(&list, s, strlen(s), RFC5322_UNQUALIFIED_OK));
	assert_int_equal(list.count, 3);
	a = &list.items[1];
	assert_int_equal(a->span.start, 5);
	assert_int_equal(a->span.end, strchr(s, '>') + 1 - s);
	assert_int_equal(a->spec.start, strchr(s, '<') + 1 - s);
	assert_int_equal(a->spec.end, strchr(s, '>') - s);
	a = &list.items[2];
	assert_memory_equal(s + a->spec.start, "root", 4);
	assert_int_equal(a->spec.end - a->spec.start, 4);
	assert_string_equal(a->comment, "f");
	rfc5322_list_release(&list);
}

struct mailbox_case {
	const char *text;
	const char *emitted; /* NULL: refused */
	const char *domain;
	bool ascii;
	bool domain_ascii;
};

/* clang-format off */
static const struct mailbox_case mailbox_cases[] = {
	{"", "", NULL, true, true},
	{"postmaster", "postmaster", NULL, true, true},
	{"a@x", "a@x", "x", true, true},
	{"A.b+c@Sub.Example", "A.b+c@Sub.Example", "Sub.Example", true, true},
	{"a@x.", "a@x", "x", true, true},
	{"\"a\"@x", "a@x", "x", true, true},
	{"\"a b\"@x", "\"a b\"@x", "x", true, true},
	{"\"a@evil\"@good", "\"a@evil\"@good", "good", true, true},
	{"\"\"@x", "\"\"@x", "x", true, true},
	{"john..doe@x", "\"john..doe\"@x", "x", true, true},
	{"a@[192.0.2.1]", "a@[192.0.2.1]", "[192.0.2.1]", true, true},
	{"a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]",
	    "[IPv6:2001:db8::1]", true, true},
	{"j\xC3\xBCrgen@x", "j\xC3\xBCrgen@x", "x", false, true},
	{"a@b\xC3\xBC" "cher.example", "a@b\xC3\xBC" "cher.example",
	    "b\xC3\xBC" "cher.example", false, false},
	{"\"\xC3\xBC b\"@x", "\"\xC3\xBC b\"@x", "x", false, true},
	{"<a@x>", NULL, NULL, false, false},
	{"<>", NULL, NULL, false, false},
	{" a@x", NULL, NULL, false, false},
	{"a@x ", NULL, NULL, false, false},
	{"a @x", NULL, NULL, false, false},
	{"a(c)@x", NULL, NULL, false, false},
	{"a@x(c)", NULL, NULL, false, false},
	{"a@x,", NULL, NULL, false, false},
	{",a@x", NULL, NULL, false, false},
	{"a@x,b@y", NULL, NULL, false, false},
	{"g:a@x;", NULL, NULL, false, false},
	{"g:;", NULL, NULL, false, false},
	{"A <a@x>", NULL, NULL, false, false},
	{"a@b@c", NULL, NULL, false, false},
	{"@x", NULL, NULL, false, false},
	{"a@", NULL, NULL, false, false},
	{"a b@x", NULL, NULL, false, false},
	{"a@x\r\nRCPT TO:<b@y>", NULL, NULL, false, false},
	{"a@x\n", NULL, NULL, false, false},
	{"a\n@x", NULL, NULL, false, false},
	{"\"a\nb\"@x", NULL, NULL, false, false},
	{"\"a\tb\"@x", NULL, NULL, false, false},
	{"\"a\\\nb\"@x", NULL, NULL, false, false},
	{"a\x01@x", NULL, NULL, false, false},
	{"a\x80@x", NULL, NULL, false, false},
	{"a\xC2\x85@x", NULL, NULL, false, false},
	{"a@x\xC2\x85", NULL, NULL, false, false},
	{"a\xE2\x80\xA8@x", NULL, NULL, false, false},
	{"a@x\xE2\x80\xAE", NULL, NULL, false, false},
};
/* clang-format on */

static void mailbox_is_canonical(void **state)
{
	size_t n = sizeof mailbox_cases / sizeof mailbox_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct mailbox_case *c = &mailbox_cases[i];
		struct rfc5322_mailbox m = {0};
		const char *reason = "none yet";
		bool ok = rfc5322_mailbox_check(&m, c->text, &reason);

		if (ok != (c->emitted != NULL))
			fail_msg("%s: %s", c->text, ok ? "taken" : reason);
		if (!ok) {
			assert_non_null(reason);
			continue;
		}
		assert_null(reason);
		assert_string_equal(m.text, c->emitted);
		assert_int_equal(m.ascii, c->ascii);
		assert_int_equal(m.domain_ascii, c->domain_ascii);
		if (c->domain)
			assert_string_equal(m.domain, c->domain);
		else
			assert_null(m.domain);
		rfc5322_mailbox_release(&m);
	}
}

/* E-10: MimeKit let a line end through inside quotes. */
static void e10_local_part_with_lf_is_refused(void **state)
{
	static const char *const texts[] = {"\"a\nb\"@x", "\"a\r\n b\"@x",
	    "\"a\\\nb\"@x", "\"a\rb\"@x", "\"a\\\rb\"@x"};
	struct rfc5322_mailbox m;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(rfc5322_mailbox_check(&m, texts[i], NULL));
}

static void field_is(
    const struct rfc5322_field *f, const char *name, const char *value)
{
	struct buf b;

	assert_int_equal(f->name_len, strlen(name));
	assert_memory_equal(f->name, name, f->name_len);
	buf_init(&b, SIZE_MAX);
	assert_true(rfc5322_unfold(&b, f->value, f->value_len));
	assert_string_equal(buf_cstr(&b), value);
	buf_release(&b);
}

static void fields_are_found(void **state)
{
	static const char header[] =
	    "From: a@x\r\nTo:b@y,\n\tc@z\r\nBcc \t: d@w\nX-Empty:\r\n"
	    "Subject: =?x?=\r\n \r\n two  words \r\n\r\nbody: no field\r\n";
	static const char *const fields[][2] = {{"From", "a@x"},
	    {"To", "b@y,\tc@z"}, {"Bcc", "d@w"}, {"X-Empty", ""},
	    {"Subject", "=?x?=  two  words"}};
	struct rfc5322_field f;
	size_t n = strlen(header);
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		size_t before = at;

		assert_int_equal(
		    rfc5322_field_next(&f, header, n, &at), RFC5322_FIELD);
		field_is(&f, fields[i][0], fields[i][1]);
		assert_ptr_equal(f.start, header + before);
		assert_int_equal(f.len, at - before);
	}
	assert_int_equal(rfc5322_field_next(&f, header, n, &at), RFC5322_END);
	assert_string_equal(header + at, "body: no field\r\n");
}

static void header_may_end_anywhere(void **state)
{
	static const struct {
		const char *text;
		enum rfc5322_scan last;
		size_t fields;
		size_t at;
	} cases[] = {
	    {"", RFC5322_END, 0, 0},
	    {"\n", RFC5322_END, 0, 1},
	    {"\r\n", RFC5322_END, 0, 2},
	    {"A: b", RFC5322_END, 1, 4},
	    {"A: b\n", RFC5322_END, 1, 5},
	    {"A: b\n c", RFC5322_END, 1, 7},
	    {"A: b\n\nc", RFC5322_END, 1, 6},
	    {"A: b\nc", RFC5322_NOT_FIELD, 1, 5},
	    {"A: b\nc d: e\n", RFC5322_NOT_FIELD, 1, 5},
	    {" A: b\n", RFC5322_NOT_FIELD, 0, 0},
	    {": b\n", RFC5322_NOT_FIELD, 0, 0},
	    {"A\x01: b\n", RFC5322_NOT_FIELD, 0, 0},
	    {"\xC3\xBC: b\n", RFC5322_NOT_FIELD, 0, 0},
	    {"A\n: b\n", RFC5322_NOT_FIELD, 0, 0},
	    {"\r", RFC5322_NOT_FIELD, 0, 0},
	    {"From me@x Sat\n", RFC5322_NOT_FIELD, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].text);
		struct rfc5322_field f;
		enum rfc5322_scan scan;
		size_t fields = 0;
		size_t at = 0;

		while ((scan = rfc5322_field_next(&f, cases[i].text, n, &at)) ==
		       RFC5322_FIELD)
			fields++;
		assert_int_equal(scan, cases[i].last);
		assert_int_equal(fields, cases[i].fields);
		assert_int_equal(at, cases[i].at);
	}
}

static void unfolding_keeps_one_line(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *expected;
	} cases[] = {
	    {" a\r\n b", 6, "a b"},
	    {"a\n\tb \n", 6, "a\tb"},
	    {"a\rb", 3, "a b"},
	    {"a\nb", 3, "a b"},
	    {"a\r\nb", 4, "a  b"},
	    {"a\0b", 3, "ab"},
	    {"  \r\n \t", 6, ""},
	    {"", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		buf_puts(&b, "x");
		assert_true(rfc5322_unfold(&b, cases[i].text, cases[i].n));
		assert_string_equal(buf_cstr(&b) + 1, cases[i].expected);
		buf_release(&b);
	}
}

static void unfold_is_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_puts(&b, "x");
	assert_false(rfc5322_unfold(&b, "abcd", 4));
	assert_true(b.failed);
	assert_int_equal(b.len, 1);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(corpus_gives_what_it_says),
	    cmocka_unit_test(depth_100000_is_refused_at_65),
	    cmocka_unit_test(list_ends_at_100000),
	    cmocka_unit_test(error_position_is_given),
	    cmocka_unit_test(spans_locate_the_address),
	    cmocka_unit_test(mailbox_is_canonical),
	    cmocka_unit_test(e10_local_part_with_lf_is_refused),
	    cmocka_unit_test(fields_are_found),
	    cmocka_unit_test(header_may_end_anywhere),
	    cmocka_unit_test(unfolding_keeps_one_line),
	    cmocka_unit_test(unfold_is_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
