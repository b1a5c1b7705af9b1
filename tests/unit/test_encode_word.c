/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_encode_word.c - names and texts in header fields
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What is written is read back by a decoder of RFC 2047 that stands here, and
 * must give the text that went in; every line and every encoded-word on the
 * way is measured. Texts are single cases and pseudo-random mixtures of what
 * is difficult.
 */
#include "encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "rfc5322.h"
#include "text.h"

/* Finds "?Q?text?=" in an encoded-word that begins at s and ends there or
 * before a blank; NULL if none does. */
static const char *find_code(const char *s)
{
	size_t n = strcspn(s, " \t");
	const char *code = NULL;
	const char *end;

	if (strncmp(s, "=?", 2) == 0)
		code = memchr(s + 2, '?', n - 2);
	if (!code || code == s + 2 || !code[1] || !strchr("QqBb", code[1]) ||
	    code[2] != '?')
		return NULL;
	end = memchr(code + 3, '?', (size_t)(s + n - code) - 3);
	return end && end + 2 == s + n && end[1] == '=' ? code : NULL;
}

static void decode_q(struct buf *out, const char *s, const char *end)
{
	for (; s < end; s++) {
		int high = *s == '=' ? text_hex_value((unsigned char)s[1]) : -1;
		int low = high < 0 ? -1 : text_hex_value((unsigned char)s[2]);

		if (low >= 0) {
			buf_putc(out, (unsigned char)(high * 16 + low));
			s += 2;
		} else {
			buf_putc(out, *s == '_' ? ' ' : (unsigned char)*s);
		}
	}
}

/* Reads =?charset?Q?text?= at s and appends what it says; gives its length,
 * 0 if none stands there. */
static size_t decode_word(struct buf *out, const char *s)
{
	const char *code = find_code(s);
	const char *end;

	if (!code)
		return 0;
	end = strchr(code + 3, '?');
	if (strchr("Qq", code[1]))
		decode_q(out, code + 3, end);
	else
		assert_true(
		    decode_base64(out, code + 3, (size_t)(end - code) - 3));
	return (size_t)(end - s) + 2;
}

/* Decodes an unfolded text, RFC 2047 6: blanks between encoded-words vanish. */
static char *decode_text(const char *s)
{
	struct buf out;
	bool after_word = false;
	char *result;

	buf_init(&out, SIZE_MAX);
	while (*s) {
		size_t blanks = strspn(s, " \t");
		size_t plain = strcspn(s + blanks, " \t");
		size_t start = out.len;
		size_t word = decode_word(&out, s + blanks);

		buf_truncate(&out, start);
		if (!after_word || !word)
			buf_append(&out, s, blanks);
		if (word)
			decode_word(&out, s + blanks);
		else
			buf_append(&out, s + blanks, plain);
		s += blanks + (word ? word : plain);
		after_word = word > 0;
	}
	result = buf_take(&out, NULL);
	assert_non_null(result);
	return result;
}

/* No line too long or blank; the first begins at column. */
static void check_lines(const char *s, size_t column, size_t max)
{
	bool first = true;

	for (;;) {
		size_t n = strcspn(s, "\r\n");

		assert_true(n + (first ? column : 0) <= max);
		assert_true(first || n == 0 || *s == ' ' || *s == '\t');
		assert_true(first || strspn(s, " \t") < n);
		if (!s[n])
			return;
		assert_int_equal(s[n], '\r');
		assert_int_equal(s[n + 1], '\n');
		s += n + 2;
		first = false;
	}
}

/* Encoded-words that we write are short and hold whole characters. */
static void check_words(const char *s)
{
	while ((s = strstr(s, "=?UTF-8?")) != NULL) {
		const char *end = strstr(s + 10, "?=");
		struct buf out;

		if (!end)
			return;
		assert_true(end + 2 - s <= ENCODE_WORD_MAX);
		buf_init(&out, SIZE_MAX);
		if (strchr("Q", s[8]))
			decode_q(&out, s + 10, end);
		else
			assert_true(decode_base64(
			    &out, s + 10, (size_t)(end - s) - 10));
		assert_true(text_is_utf8(buf_head(&out), out.len));
		buf_release(&out);
		s = end + 2;
	}
}

static char *unfold(const char *s)
{
	struct buf out;
	char *result;

	buf_init(&out, SIZE_MAX);
	for (; *s; s++) {
		if (*s != '\r' && *s != '\n')
			buf_putc(&out, (unsigned char)*s);
	}
	result = buf_take(&out, NULL);
	assert_non_null(result);
	return result;
}

/* Encodes a text at a column and reads it back. */
static void goes_round(const char *text, size_t column)
{
	struct buf b;
	char *plain;
	char *wanted;
	char *got;

	buf_init(&b, SIZE_MAX);
	assert_true(encode_unstructured(&b, text, strlen(text), column));
	assert_true(text_is_ascii(buf_head(&b), b.len));
	check_lines(buf_cstr(&b), column, ENCODE_LINE_HARD);
	check_words(buf_cstr(&b));
	plain = unfold(buf_cstr(&b));
	wanted = decode_text(text);
	got = decode_text(plain);
	/* A first word that did not fit on its line begins a new one. */
	if (strcmp(wanted, got) != 0 &&
	    strcmp(wanted, got + strspn(got, " ")) != 0)
		fail_msg("%s\n%s\n%s", text, buf_cstr(&b), got);
	free(plain);
	free(wanted);
	free(got);
	buf_release(&b);
}

static void gives(const char *text, size_t column, const char *expected)
{
	struct buf b;
	bool ok;

	buf_init(&b, SIZE_MAX);
	ok = encode_unstructured(&b, text, strlen(text), column);
	assert_int_equal(ok, expected != NULL);
	assert_string_equal(buf_cstr(&b), ok ? expected : "");
	buf_release(&b);
	if (ok)
		goes_round(text, column);
}

static void unstructured_text_is_encoded_in_part(void **state)
{
	(void)state;
	gives("", 9, "");
	gives("Hello world", 9, "Hello world");
	gives("caf\xC3\xA9", 9, "=?UTF-8?Q?caf=C3=A9?=");
	gives("a caf\xC3\xA9 b", 9, "a =?UTF-8?Q?caf=C3=A9?= b");
	gives("\xC3\xA9 \xC3\xA9", 9, "=?UTF-8?B?w6kgw6k=?=");
	gives("\xC3\xA9  a", 9, "=?UTF-8?B?w6k=?=  a");
	gives("\xC3\xA9 =?UTF-8?Q?a?=", 9, "=?UTF-8?B?w6kg?= =?UTF-8?Q?a?=");
	gives("=?UTF-8?Q?a?= \xC3\xA9", 9, "=?UTF-8?Q?a?= =?UTF-8?B?IMOp?=");
	gives("=?UTF-8?Q?a?= =?UTF-8?Q?b?=", 9, "=?UTF-8?Q?a?= =?UTF-8?Q?b?=");
	gives("caf\xE9", 9, "=?unknown-8bit?Q?caf=E9?=");
	gives("a\x1B"
	      "b",
	    9, "=?UTF-8?Q?a=1Bb?=");
	gives("a\nb", 9, NULL);
	gives("a\rb", 9, NULL);
}

static void unstructured_text_refuses_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_false(encode_unstructured(&b, "a\0b", 3, 0));
	assert_false(b.failed);
	buf_release(&b);
}

static void long_text_is_folded(void **state)
{
	char text[1200];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i++)
		text[i] = i % 8 == 7 ? ' ' : 'a';
	text[sizeof text - 1] = '\0';
	goes_round(text, 9);
	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xE7\x94\xA8", 3);
	text[1197] = '\0';
	for (size_t column = 0; column < 1000; column++)
		goes_round(text, column < 120 ? column : 120);
	memset(text, 'a', 990);
	text[990] = '\0';
	gives(text, 8, text);
	gives(text, 9, NULL);
}

/* A small generator with a fixed seed, so that a failure repeats. */
static unsigned random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void mixtures_go_round(void **state)
{
	static const char *const pieces[] = {"a", "word", " ", " ", "  ", "\t",
	    "\xC3\xA9", "\xE7\x94\xA8", "\xF0\x9F\x98\x80", "\xE9", "=?",
	    "?=", "=?UTF-8?Q?x_y?=", "=?UTF-8?B?eA==?=", "_", "=", "?",
	    "aVeryLongWordThatFillsALotOfTheLineItStandsIn", ".", "\"", ",",
	    "=?unknown-8bit?q?=E9?=", "\x1B"};
	size_t kinds = sizeof pieces / sizeof pieces[0];
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[800] = "";
		size_t n = 0;

		for (unsigned left = random_next(&seed) % 16; left; left--) {
			const char *piece = pieces[random_next(&seed) % kinds];

			/* It is not for us to start with a blank. */
			if (n > 0 || !strchr(" \t", *piece))
				n += (size_t)snprintf(
				    text + n, sizeof text - n, "%s", piece);
		}
		goes_round(text, random_next(&seed) % 80);
	}
}

static void phrase_gives(const char *name, const char *expected)
{
	struct buf b;
	bool ok;

	buf_init(&b, SIZE_MAX);
	ok = encode_phrase(&b, name, strlen(name), 6);
	if (ok != (expected != NULL) ||
	    strcmp(buf_cstr(&b), ok ? expected : "") != 0)
		fail_msg("%s: %s", name, buf_cstr(&b));
	buf_release(&b);
}

static void phrases_take_the_plainest_form(void **state)
{
	(void)state;
	phrase_gives("John Doe", "John Doe");
	phrase_gives("O'Brien", "O'Brien");
	phrase_gives("John Q. Public", "\"John Q. Public\"");
	phrase_gives("Doe, J", "\"Doe, J\"");
	phrase_gives("a@evil", "\"a@evil\"");
	phrase_gives("John \"Jack\" Doe", "\"John \\\"Jack\\\" Doe\"");
	phrase_gives("a\\b", "\"a\\\\b\"");
	phrase_gives("a  b", "\"a  b\"");
	phrase_gives(" a", "\" a\"");
	phrase_gives("a\tb", "\"a b\"");
	phrase_gives("J\xC3\xBCrgen", "=?UTF-8?Q?J=C3=BCrgen?=");
	phrase_gives(
	    "\"J\xC3\xBC\" <x@y>, z", "=?UTF-8?B?IkrDvCIgPHhAeT4sIHo=?=");
	phrase_gives("J\xFCrgen", "=?unknown-8bit?Q?J=FCrgen?=");
	phrase_gives("=?UTF-8?Q?x?=", "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=");
	phrase_gives("", "");
	phrase_gives("a\nb", NULL);
	phrase_gives("a\r\nBcc: x@y", NULL);
	phrase_gives("a\x1B", NULL);
	phrase_gives("a\x7F", NULL);
}

/* Every phrase, before an address, is read by the parser as one name. */
static void phrase_stays_one_name(const char *name)
{
	struct rfc5322_list list;
	struct buf b;
	char *decoded;

	buf_init(&b, SIZE_MAX);
	assert_true(encode_phrase(&b, name, strlen(name), 6));
	assert_true(text_is_ascii(buf_head(&b), b.len));
	check_words(buf_cstr(&b));
	check_lines(buf_cstr(&b), 6, ENCODE_LINE_HARD);
	buf_puts(&b, " <a@x>");
	assert_true(rfc5322_list_parse(&list, buf_cstr(&b), b.len, 0));
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items->domain, "x");
	decoded = decode_text(list.items->name);
	assert_string_equal(decoded, name);
	free(decoded);
	rfc5322_list_release(&list);
	buf_release(&b);
}

static void phrases_stay_one_name(void **state)
{
	static const char *const pieces[] = {"a", " ", "\xC3\xA9", "\"", "\\",
	    ",", "@", "<", ">", "(", ")", ":", ";", "=?", "?=", ".",
	    "\xE7\x94\xA8", "\xE9", "word"};
	size_t kinds = sizeof pieces / sizeof pieces[0];
	uint32_t seed = 7;
	char name[900];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t n = 0;

		for (unsigned left = random_next(&seed) % 40 + 1; left; left--)
			n += (size_t)snprintf(name + n, sizeof name - n, "%s",
			    pieces[random_next(&seed) % kinds]);
		phrase_stays_one_name(name);
	}
	/* 200 characters, the case of the contract. */
	for (size_t i = 0; i < 200; i++)
		memcpy(name + 2 * i, "\xC3\xBC", 3);
	phrase_stays_one_name(name);
	memset(name, 'a', 899);
	name[899] = '\0';
	phrase_stays_one_name(name);
}

static void fold_gives(const char *field, const char *expected)
{
	struct buf b;
	bool ok;

	buf_init(&b, SIZE_MAX);
	ok = encode_fold(&b, field, strlen(field));
	if (ok != (expected != NULL) ||
	    strcmp(buf_cstr(&b), ok ? expected : "") != 0)
		fail_msg("%s: %s", field, buf_cstr(&b));
	buf_release(&b);
}

#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void fields_are_folded_at_blanks(void **state)
{
	(void)state;
	fold_gives("A: b", "A: b");
	fold_gives("A:", "A:");
	fold_gives("A: " SEVENTY "12345", "A: " SEVENTY "12345");
	fold_gives("A: " SEVENTY " 1234567", "A: " SEVENTY "\r\n 1234567");
	fold_gives("A: " SEVENTY " 123456  b", "A: " SEVENTY "\r\n 123456  b");
	fold_gives("A: " SEVENTY "\tb c d e", "A: " SEVENTY "\tb c\r\n d e");
	/* Not right behind the name. */
	fold_gives("A: " SEVENTY TEN, "A: " SEVENTY TEN);
	fold_gives("A: " SEVENTY TEN " b", "A: " SEVENTY TEN "\r\n b");
	fold_gives("A:" SEVENTY TEN " b", "A:" SEVENTY TEN "\r\n b");
	/* Folds that are there are kept. */
	fold_gives("A: b\r\n c", "A: b\r\n c");
	fold_gives("A: b\n\tc", "A: b\r\n\tc");
	fold_gives("A:\n b", "A:\r\n b");
	fold_gives("A: b\r\n \r\n c", "A: b\r\n c");
	fold_gives("A: b\r\n ", "A: b");
	fold_gives(
	    "A: b\r\n " SEVENTY " 123456", "A: b\r\n " SEVENTY " 123456");
	fold_gives(
	    "A: b\r\n " SEVENTY " 1234567", "A: b\r\n " SEVENTY "\r\n 1234567");
	fold_gives("A: b\rc", NULL);
	fold_gives("A: b\nc", NULL);
	fold_gives("A: b\r\n", NULL);
	fold_gives("A: b\n", NULL);
	fold_gives("A: b\r\r\n c", NULL);
}

static void line_of_998_is_the_last(void **state)
{
	static char field[3000];
	static char expected[3100];

	(void)state;
	memset(field, 'a', 998);
	memcpy(field, "A: ", 3);
	fold_gives(field, field);
	field[998] = 'a';
	snprintf(expected, sizeof expected, "A:\r\n %s", field + 3);
	fold_gives(field, expected);
	field[999] = 'a';
	snprintf(expected, sizeof expected, "A:\r\n %s", field + 3);
	fold_gives(field, expected);
	field[1000] = 'a';
	fold_gives(field, NULL);
}

static void full_buffer_takes_nothing(void **state)
{
	static const char text[] =
	    "a \xC3\xA9 b =?UTF-8?Q?x?= \xC3\xA9 " SEVENTY;

	(void)state;
	for (size_t max = 0; max < 200; max++) {
		struct buf b;

		buf_init(&b, max);
		if (!encode_unstructured(&b, text, strlen(text), 9))
			assert_true(b.failed && b.len == 0);
		buf_clear(&b);
		if (!encode_phrase(&b, text, strlen(text), 9))
			assert_true(b.failed && b.len == 0);
		buf_clear(&b);
		if (!encode_phrase(&b, "a, b", 4, 90))
			assert_true(b.failed && b.len == 0);
		buf_clear(&b);
		if (!encode_fold(&b, "A: b\r\n c", 8))
			assert_true(b.failed && b.len == 0);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unstructured_text_is_encoded_in_part),
	    cmocka_unit_test(unstructured_text_refuses_nul),
	    cmocka_unit_test(long_text_is_folded),
	    cmocka_unit_test(mixtures_go_round),
	    cmocka_unit_test(phrases_take_the_plainest_form),
	    cmocka_unit_test(phrases_stay_one_name),
	    cmocka_unit_test(fields_are_folded_at_blanks),
	    cmocka_unit_test(line_of_998_is_the_last),
	    cmocka_unit_test(full_buffer_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
