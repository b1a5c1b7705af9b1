/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_text.c - UTF-8, atoms, and text from strangers
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Threats X-22 and X-23: nothing that a server or a header says may steer the
 * terminal or forge a log line. The properties are checked over every
 * character of Unicode and over every pair of octets.
 */
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static char *clean(const char *text, size_t n)
{
	struct buf b;
	char *result;

	buf_init(&b, TEXT_CLEAN_MAX);
	assert_true(text_clean(&b, text, n));
	result = buf_take(&b, NULL);
	assert_non_null(result);
	return result;
}

struct clean_case {
	const char *text;
	const char *expected;
};

/* clang-format off */
static const struct clean_case clean_cases[] = {
	{"", ""},
	{"250 ok", "250 ok"},
	{"~ !\"#$%&'()*+,-./:;<=>?@[]^_`{|}", "~ !\"#$%&'()*+,-./:;<=>?@[]^_`{|}"},
	{"\x1B]0;evil\x07", "\\x1B]0;evil\\x07"},
	{"\x1B[31mred", "\\x1B[31mred"},
	{"a\x9B" "31m", "a\\x9B31m"},
	{"a\xC2\x9B" "31m", "a\\xC2\\x9B31m"},
	{"a\xC2\x85" "b", "a\\xC2\\x85b"},
	{"\x7F", "\\x7F"},
	{"\x01\x08", "\\x01\\x08"},
	{"a\nb", "a b"},
	{"a\r\nb", "a b"},
	{"a\rb", "a b"},
	{"a\tb", "a b"},
	{"a \t\r\n  b", "a b"},
	{"a  b", "a  b"},
	{"  a  ", "a"},
	{"\r\na\r\n", "a"},
	{"\n", ""},
	{"x\nOct 1 host sshd: Accepted", "x Oct 1 host sshd: Accepted"},
	{"a\xE2\x80\xAE" "b", "a\\xE2\\x80\\xAEb"},
	{"\xE2\x81\xA6", "\\xE2\\x81\\xA6"},
	{"\xE2\x80\xA8", "\\xE2\\x80\\xA8"},
	{"\xE2\x80\x8B", "\\xE2\\x80\\x8B"},
	{"\xEF\xBB\xBF" "a", "\\xEF\\xBB\\xBFa"},
	{"\xD8\x9C", "\\xD8\\x9C"},
	{"\xEE\x80\x80", "\\xEE\\x80\\x80"},
	{"\xEF\xBF\xBF", "\\xEF\\xBF\\xBF"},
	{"\xED\xA0\x80", "\\xED\\xA0\\x80"},
	{"\xC0\xAF", "\\xC0\\xAF"},
	{"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
	{"\xC3", "\\xC3"},
	{"\xC3\x28", "\\xC3("},
	{"J\xC3\xBCrgen", "J\xC3\xBCrgen"},
	{"\xE7\x94\xA8\xE6\x88\xB7", "\xE7\x94\xA8\xE6\x88\xB7"},
	{"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
	{"\\", "\\"},
	{"a\\b\\\\c", "a\\b\\\\c"},
	{"\\x1B", "\\x5Cx1B"},
	{"\\X1B", "\\X1B"},
};
/* clang-format on */

static void foreign_text_is_cleaned(void **state)
{
	size_t n = sizeof clean_cases / sizeof clean_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *text = clean_cases[i].text;
		char *result = clean(text, strlen(text));

		assert_string_equal(result, clean_cases[i].expected);
		free(result);
	}
}

static void nul_is_escaped(void **state)
{
	char *result = clean("a\0b", 3);

	(void)state;
	assert_string_equal(result, "a\\x00b");
	free(result);
}

static void line_is_cut_at_512_columns(void **state)
{
	char text[3000];
	char *result;

	(void)state;
	memset(text, 'a', sizeof text);
	result = clean(text, 512);
	assert_int_equal(strlen(result), 512);
	assert_int_equal(result[511], 'a');
	free(result);
	result = clean(text, 513);
	assert_int_equal(strlen(result), 512);
	assert_string_equal(result + 508, "a...");
	free(result);
	/* An escape is not cut in two. */
	text[507] = '\x1B';
	result = clean(text, 513);
	assert_string_equal(result + 500, "aaaaaaa...");
	free(result);
	/* Wide characters count twice. */
	for (size_t i = 0; i < 900; i += 3)
		memcpy(text + i, "\xE7\x94\xA8", 3);
	result = clean(text, 3 * 256);
	assert_int_equal(strlen(result), 3 * 256);
	free(result);
	result = clean(text, 3 * 257);
	assert_int_equal(strlen(result), 3 * 254 + 3);
	free(result);
}

static void clean_is_all_or_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_puts(&b, "x=");
	assert_false(text_clean(&b, "1234567", 7));
	assert_true(b.failed);
	assert_int_equal(b.len, 2);
	assert_false(text_clean(&b, "1", 1));
	buf_release(&b);
}

/* One line; no control; every character printable. */
static void check_harmless_line(const char *s)
{
	size_t n = strlen(s);
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		len = text_utf8_decode(s + i, n - i, &c);
		assert_true(len > 0);
		assert_true(c >= 32 && (c < 127 || text_is_printable(c)));
	}
}

static void no_pair_of_octets_gets_through(void **state)
{
	char text[4] = "  ";

	(void)state;
	for (int i = 0; i < 65536; i++) {
		char *result;

		text[1] = (char)(i >> 8);
		text[2] = (char)(i & 255);
		result = clean(text, 4);
		check_harmless_line(result);
		free(result);
	}
}

static void cleaning_twice_changes_nothing_more(void **state)
{
	size_t n = sizeof clean_cases / sizeof clean_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *once = clean_cases[i].expected;
		char *result;

		if (strstr(once, "\\x"))
			continue; /* marks an escape, and is escaped */
		result = clean(once, strlen(once));
		assert_string_equal(result, once);
		free(result);
	}
}

static void every_character_goes_through_utf8(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x120000; c++) {
		unsigned char s[4];
		uint32_t back = 0;
		size_t len = text_utf8_encode(s, c);
		bool valid = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);

		assert_int_equal(len > 0, valid);
		if (!valid)
			continue;
		assert_int_equal(text_utf8_decode(s, len, &back), len);
		assert_int_equal(back, c);
		assert_int_equal(text_utf8_decode(s, len - 1, &back), 0);
		assert_true(text_is_utf8(s, len));
		assert_int_equal(text_is_ascii(s, len), c < 128);
		assert_int_equal(text_is_blank((const char *)s, len),
		    len == 1 &&
			(c == ' ' || c == '\t' || c == '\r' || c == '\n'));
		assert_int_equal(
		    text_has_control(s, len), c < 32 || (c > 126 && c < 160));
	}
}

static void malformed_utf8_is_refused(void **state)
{
	static const char *const texts[] = {"\x80", "\xBF", "\xC0\x80",
	    "\xC1\xBF", "\xC3", "\xC3\xC3", "\xE0\x80\x80", "\xE0\x9F\xBF",
	    "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80",
	    "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
	    "\xF0\x9F\x98", "\xFE", "\xFF", "a\xC3", "\xC3\xBC\xC3"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_false(text_is_utf8(texts[i], strlen(texts[i])));
		assert_false(text_is_harmless(texts[i], strlen(texts[i])));
	}
}

static void printable_table_has_no_traps(void **state)
{
	static const uint32_t never[] = {0x80, 0x9F, 0xAD, 0x34F, 0x61C, 0x115F,
	    0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029,
	    0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x206F, 0x3164, 0xD800,
	    0xE000, 0xFDD0, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFE, 0xFFFF,
	    0x1FFFE, 0x1D173, 0xE0001, 0xE0020, 0xE0100, 0xF0000, 0x10FFFF,
	    0x110000, 0x0378, 0xFFFFFFFF};
	static const uint32_t always[] = {0xA0, 0xE4, 0xDF, 0x100, 0x3B1, 0x416,
	    0x5D0, 0x627, 0x905, 0xE01, 0x10D0, 0x1E9E, 0x20AC, 0x3042, 0x4E00,
	    0x9FFF, 0xAC00, 0xD7A3, 0xFF21, 0x10330, 0x1F600, 0x20000};

	(void)state;
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		assert_false(text_is_printable(never[i]));
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		assert_true(text_is_printable(always[i]));
	/* What steers is never printed, but for blanks and forms of "@". */
	for (uint32_t c = 0x80; c < 0x110000; c++) {
		if (!text_is_steering(c) || !text_is_printable(c))
			continue;
		assert_true(c == 0xA0 || c == 0x1680 || c == 0x202F ||
			    c == 0x205F || c == 0x3000 || c == 0xFE6B ||
			    c == 0xFF20 || (c >= 0x2000 && c <= 0x200A));
	}
}

static void harmless_text_is_known(void **state)
{
	static const char *const bad[] = {"\t", "\r", "\n", "\x1B", "\x7F",
	    "a\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xAE", "\xEF\xBB\xBF",
	    "\xEF\xBC\xA0", "\xC2\xA0", "\xEF\xBF\xBE"};
	static const char *const good[] = {
	    "", "a b", "J\xC3\xBCrgen", "\xE2\x80\x8D", "\xF0\x9F\x98\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(text_is_harmless(bad[i], strlen(bad[i])));
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(text_is_harmless(good[i], strlen(good[i])));
	assert_false(text_is_harmless("\0", 1));
}

static void atoms_are_recognised(void **state)
{
	static const char specials[] = "()<>[]:;@\\,.\" \t\r\n\x7F\x01";
	static const char *const dots[] = {
	    "a", "a.b", "a.b.c", "J\xC3\xBC.x", "a+b=c", "1"};
	static const char *const no_dots[] = {"", ".", ".a", "a.", "a..b",
	    "a b", "\xC3", "a.\xC2\x85", "a@b", "\xE2\x80\xAE"};

	(void)state;
	for (int c = 0; c < 128; c++) {
		char s = (char)c;
		bool special = c < 32 || strchr(specials, c);

		assert_int_equal(text_is_atom(&s, 1), !special);
		assert_int_equal(text_is_atext((unsigned char)c), !special);
	}
	for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++)
		assert_true(text_is_dot_atom(dots[i], strlen(dots[i])));
	for (size_t i = 0; i < sizeof no_dots / sizeof no_dots[0]; i++)
		assert_false(text_is_dot_atom(no_dots[i], strlen(no_dots[i])));
}

static void case_is_ascii_case(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("AbC", 3, "aBc", 3));
	assert_false(text_equal_nocase("ab", 2, "abc", 3));
	assert_false(text_equal_nocase("a[", 2, "a{", 2));
	assert_false(text_equal_nocase("\xC4", 1, "\xE4", 1));
	assert_true(text_equal_nocase("", 0, "", 0));
	assert_true(text_same("EHLO", "ehlo"));
	assert_false(text_same("EHLO", "ehl"));
	assert_true(text_starts_nocase("IPv6:", 5, "ipv6:"));
	assert_true(text_starts_nocase("abc", 3, ""));
	assert_false(text_starts_nocase("ab", 2, "abc"));
	for (int c = 0; c < 256; c++) {
		const char *digits = "0123456789abcdef";
		int lower = c >= 'A' && c <= 'Z' ? c + 32 : c;
		const char *at = c ? strchr(digits, lower) : NULL;

		assert_int_equal(text_lower((unsigned char)c), lower);
		assert_int_equal(text_hex_value((unsigned char)c),
		    at ? (int)(at - digits) : -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(foreign_text_is_cleaned),
	    cmocka_unit_test(nul_is_escaped),
	    cmocka_unit_test(line_is_cut_at_512_columns),
	    cmocka_unit_test(clean_is_all_or_nothing),
	    cmocka_unit_test(no_pair_of_octets_gets_through),
	    cmocka_unit_test(cleaning_twice_changes_nothing_more),
	    cmocka_unit_test(every_character_goes_through_utf8),
	    cmocka_unit_test(malformed_utf8_is_refused),
	    cmocka_unit_test(printable_table_has_no_traps),
	    cmocka_unit_test(harmless_text_is_known),
	    cmocka_unit_test(atoms_are_recognised),
	    cmocka_unit_test(case_is_ascii_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
