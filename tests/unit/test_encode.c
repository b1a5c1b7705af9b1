/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_encode.c - values on a command line and in a header field
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The encoder rows of the wire contract by name, E-01 to E-12 (E-10 is also
 * with the addresses), and each encoder against a second implementation that
 * looks every octet or character up in a table made from the RFC's grammar.
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
#include "text.h"

typedef bool text_encoder(struct buf *out, const char *text, size_t n);

/* Encodes n octets; expected NULL: refused. */
static void gives_n(
    text_encoder *encode, const char *text, size_t n, const char *expected)
{
	struct buf b;
	bool ok;

	buf_init(&b, SIZE_MAX);
	buf_puts(&b, ">");
	ok = encode(&b, text, n);
	assert_false(b.failed);
	if (ok != (expected != NULL))
		fail_msg("%s: %s", text, ok ? buf_cstr(&b) : "refused");
	assert_string_equal(buf_cstr(&b) + 1, ok ? expected : "");
	buf_release(&b);
}

static void gives(text_encoder *encode, const char *text, const char *expected)
{
	gives_n(encode, text, strlen(text), expected);
}

static bool envid(struct buf *out, const char *text, size_t n)
{
	(void)n;
	return encode_envid(out, text);
}

static bool orcpt(struct buf *out, const char *text, size_t n)
{
	(void)n;
	return encode_orcpt(out, NULL, text, false);
}

static bool orcpt_utf8(struct buf *out, const char *text, size_t n)
{
	(void)n;
	return encode_orcpt(out, "rfc822", text, true);
}

static bool utf8_xtext(struct buf *out, const char *text, size_t n)
{
	return encode_utf8_xtext(out, text, n, false);
}

static bool utf8_unitext(struct buf *out, const char *text, size_t n)
{
	return encode_utf8_xtext(out, text, n, true);
}

static bool auth_mailbox(struct buf *out, const char *text, size_t n)
{
	(void)n;
	return encode_auth_mailbox(out, text);
}

static bool initial_response(struct buf *out, const char *text, size_t n)
{
	return encode_initial_response(out, text, n);
}

static bool base64(struct buf *out, const char *text, size_t n)
{
	return encode_base64(out, text, n);
}

static void e01_envid_is_xtext(void **state)
{
	(void)state;
	gives(envid, "QQ 314+159=", "QQ+20314+2B159+3D");
	gives(decode_xtext, "QQ+20314+2B159+3D", "QQ 314+159=");
}

static void e02_envid_refuses_controls_and_8_bits(void **state)
{
	static const char *const texts[] = {"a\rb", "a\nb", "a\r\nb", "a\tb",
	    "a\x80", "a\xC3\xBC", "a\x7F", "\x1B", ""};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		gives(envid, texts[i], NULL);
	gives_n(encode_xtext, "a\0b", 3, NULL);
}

static void e03_envid_ends_at_100(void **state)
{
	char text[102];

	(void)state;
	memset(text, 'a', sizeof text);
	text[100] = '\0';
	gives(envid, text, text);
	text[100] = 'a';
	text[101] = '\0';
	gives(envid, text, NULL);
	/* It is the encoded length that counts. */
	text[99] = '\0';
	text[0] = '+';
	gives(envid, text, NULL);
}

static void e04_orcpt_of_ascii_is_rfc822(void **state)
{
	(void)state;
	gives(orcpt, "a+b=c@x", "rfc822;a+2Bb+3Dc@x");
	gives(orcpt_utf8, "a+b=c@x", "rfc822;a+2Bb+3Dc@x");
	gives(orcpt, "", NULL);
	gives(orcpt, "a\nb@x", NULL);
}

static void e05_orcpt_of_utf8_is_escaped(void **state)
{
	(void)state;
	gives(orcpt,
	    "j\xC3\xBCrgen@b\xC3\xBC"
	    "cher.example",
	    "utf-8;j\\x{FC}rgen@b\\x{FC}cher.example");
	gives(orcpt, "j\xFCrgen@x", NULL);
}

static void e06_orcpt_under_smtputf8_is_raw(void **state)
{
	(void)state;
	gives(orcpt_utf8,
	    "j\xC3\xBCrgen@b\xC3\xBC"
	    "cher.example",
	    "utf-8;j\xC3\xBCrgen@b\xC3\xBC"
	    "cher.example");
}

static void e07_character_beyond_the_bmp(void **state)
{
	(void)state;
	gives(utf8_xtext, "\xF0\x9F\x98\x80", "\\x{1F600}");
	gives(utf8_unitext, "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

static void e08_backslash_is_escaped(void **state)
{
	(void)state;
	gives(utf8_xtext, "a\\b@x", "a\\x{5C}b@x");
	gives(utf8_unitext, "a\\b@x", "a\\x{5C}b@x");
}

static void e09_local_part_is_quoted_where_it_must_be(void **state)
{
	(void)state;
	gives(encode_local_part, "john..doe", "\"john..doe\"");
	gives(encode_local_part, "a b", "\"a b\"");
	gives(encode_local_part, "a\"b", "\"a\\\"b\"");
	gives(encode_local_part, "a\\b", "\"a\\\\b\"");
	gives(encode_local_part, "", "\"\"");
	gives(encode_local_part, "john.doe", "john.doe");
	gives(encode_local_part, "a@b", "\"a@b\"");
	gives(encode_local_part, "J\xC3\xBC", "J\xC3\xBC");
	gives(encode_local_part, "J \xC3\xBC", "\"J \xC3\xBC\"");
}

static void e10_local_part_refuses_line_ends(void **state)
{
	static const char *const texts[] = {"a\nb", "a\rb", "a\r\nb", "a\tb",
	    "a\x1B", "a\x7F", "a\x80", "a\xC2\x85", "a\xE2\x80\xA8"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		gives(encode_local_part, texts[i], NULL);
	gives_n(encode_local_part, "a\0b", 3, NULL);
}

static void e11_unknown_submitter_is_empty_brackets(void **state)
{
	struct buf b;

	(void)state;
	gives(auth_mailbox, "", "<>");
	gives(auth_mailbox, "e+mc2@x", "e+2Bmc2@x");
	gives(auth_mailbox, "a\n@x", NULL);
	buf_init(&b, 10);
	assert_true(encode_auth_mailbox(&b, NULL));
	assert_string_equal(buf_cstr(&b), "<>");
	buf_release(&b);
}

static void e12_empty_initial_response_is_an_equals_sign(void **state)
{
	(void)state;
	gives_n(initial_response, "", 0, "=");
	gives_n(initial_response, "\0a\0b", 4, "AGEAYg==");
}

static void orcpt_takes_other_types(void **state)
{
	static char text[600];
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_true(encode_orcpt(&b, "x400", "a=b", false));
	assert_string_equal(buf_cstr(&b), "x400;a+3Db");
	buf_clear(&b);
	assert_true(encode_orcpt(&b, "UTF-8", "a=b", true));
	assert_string_equal(buf_cstr(&b), "UTF-8;a\\x{3D}b");
	buf_clear(&b);
	assert_false(encode_orcpt(&b, "x400", "\xC3\xBC", true));
	assert_false(encode_orcpt(&b, "", "a", true));
	assert_false(encode_orcpt(&b, "x;y", "a", true));
	assert_false(encode_orcpt(&b, "x y", "a", true));
	assert_int_equal(b.len, 0);
	memset(text, 'a', 493);
	assert_true(encode_orcpt(&b, NULL, text, false));
	assert_int_equal(b.len, ENCODE_ORCPT_MAX);
	buf_clear(&b);
	text[493] = 'a';
	assert_false(encode_orcpt(&b, NULL, text, false));
	buf_release(&b);
}

static void base64_is_rfc4648(void **state)
{
	static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="},
	    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
	    {"\xFF\xFF\xFE", "///+"}};
	static const char *const refused[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	    "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "Zm 9",
	    "Zm9v====", "Zm9_", "Zm-v", "Zg=v", "\xC3\xBCZg"};

	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		gives(base64, vectors[i][0], vectors[i][1]);
		gives(decode_base64, vectors[i][1], vectors[i][0]);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		gives(decode_base64, refused[i], NULL);
	gives_n(decode_base64, "Zm9\0", 4, NULL);
}

/* All texts of four characters out of these: one that is decoded encodes to
 * itself. */
static void base64_has_one_form(void **state)
{
	static const char some[] = "AQgZ/+=-\n9";
	size_t kinds = sizeof some; /* with NUL */

	(void)state;
	for (size_t i = 0; i < kinds * kinds * kinds * kinds; i++) {
		size_t k[4] = {i % kinds, i / kinds % kinds,
		    i / kinds / kinds % kinds, i / kinds / kinds / kinds};
		char text[4] = {some[k[0]], some[k[1]], some[k[2]], some[k[3]]};
		struct buf octets;
		struct buf again;

		buf_init(&octets, 10);
		buf_init(&again, 10);
		if (decode_base64(&octets, text, 4)) {
			encode_base64(&again, buf_head(&octets), octets.len);
			assert_int_equal(again.len, 4);
			assert_memory_equal(buf_head(&again), text, 4);
		}
		buf_release(&octets);
		buf_release(&again);
	}
}

static void xtext_agrees_with_a_table_for_every_octet(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[2] = {(char)c, 0};
		char coded[8];

		if (c == '+' || c == '=' || c == ' ')
			snprintf(coded, sizeof coded, "+%02X", (unsigned)c);
		else
			snprintf(coded, sizeof coded, "%c", c);
		if (c < 32 || c > 126) {
			gives_n(encode_xtext, text, 1, NULL);
			gives_n(decode_xtext, text, 1, NULL);
			snprintf(coded, sizeof coded, "+%02X", (unsigned)c);
			gives(decode_xtext, coded, NULL);
			continue;
		}
		gives(encode_xtext, text, coded);
		gives(decode_xtext, coded, text);
		if (coded[1])
			continue;
		snprintf(coded, sizeof coded, "+%02X", (unsigned)c);
		gives(decode_xtext, coded, NULL);
	}
	gives(decode_xtext, "+2b", NULL);
	gives(decode_xtext, "+2", NULL);
	gives(decode_xtext, "+", NULL);
	gives(decode_xtext, "a=b", NULL);
	gives(decode_xtext, "+2G", NULL);
}

/* RFC 6533 3: what HEXPOINT can say, written down from the grammar. */
static bool has_hexpoint(uint32_t c)
{
	static const unsigned char low[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10,
	    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x20, 0x2B,
	    0x3D, 0x5C, 0x7F};

	return c >= 0x80 || (c && memchr(low, (int)c, sizeof low));
}

static void utf8_xtext_agrees_for_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		unsigned char utf8[4];
		size_t n = text_utf8_encode(utf8, c);
		char text[5] = "";
		char coded[16];

		if (c > 0x3000 && c % 61)
			continue; /* the blocks are alike */
		memcpy(text, utf8, n);
		snprintf(coded, sizeof coded, "\\x{%02X}", (unsigned)c);
		if (n == 0 || (c < 128 && c < 33 && !has_hexpoint(c))) {
			gives_n(utf8_xtext, text, n ? n : 1, NULL);
			gives(decode_utf8_xtext, coded, NULL);
			continue;
		}
		if (!has_hexpoint(c)) {
			gives(decode_utf8_xtext, coded, NULL);
			snprintf(coded, sizeof coded, "%c", (int)c);
		}
		gives(utf8_xtext, text, coded);
		gives(decode_utf8_xtext, coded, text);
		if (c >= 0xA0 && c != 0x2028 && c != 0x2029) {
			gives(utf8_unitext, text, text);
			gives(decode_utf8_xtext, text, text);
		} else {
			gives(utf8_unitext, text, coded);
		}
	}
}

static void utf8_xtext_has_one_form(void **state)
{
	static const char *const refused[] = {"\\", "\\x", "\\x{", "\\x{}",
	    "\\x{F}", "\\x{FC", "\\x{fc}", "\\x{0FC}", "\\x{00FC}", "\\x{41}",
	    "\\x{D800}", "\\x{DFFF}", "\\x{110000}", "\\x{1000000}",
	    "\\x{10FFFFF}", "\\X{FC}", "\\x{FC}}\\", "a b", "a+b", "a=b",
	    "\\x{0A}", "\\x{0D}", "\\x{00}", "\xC2\x85", "\xFC", "\n"};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		gives(decode_utf8_xtext, refused[i], NULL);
	gives(decode_utf8_xtext, "\\x{10FFFF}", "\xF4\x8F\xBF\xBF");
	gives(decode_utf8_xtext, "}{", "}{");
}

static void quoted_string_escapes_two_characters(void **state)
{
	(void)state;
	gives(encode_quoted, "a", "\"a\"");
	gives(encode_quoted, "", "\"\"");
	gives(encode_quoted, "\"\\", "\"\\\"\\\\\"");
	gives(encode_quoted, "J\xC3\xBC", "\"J\xC3\xBC\"");
	for (int c = 0; c < 128; c++) {
		char text[1] = {(char)c};
		char coded[5] = {'"', (char)c, '"'};

		if (c == '"' || c == '\\')
			snprintf(coded, sizeof coded, "\"\\%c\"", c);
		gives_n(
		    encode_quoted, text, 1, c < 32 || c == 127 ? NULL : coded);
	}
}

/* Out of room, nothing is left behind, whichever octet did not fit. */
static void full_buffer_takes_nothing(void **state)
{
	static const struct {
		text_encoder *encode;
		const char *text;
	} cases[] = {{base64, "foob"}, {decode_base64, "Zm9vYmFy"},
	    {encode_xtext, "a=b"}, {decode_xtext, "a+3Db"},
	    {utf8_xtext, "a\xC3\xBC"}, {decode_utf8_xtext, "a\\x{FC}"},
	    {envid, "a b"}, {orcpt, "a b@x"}, {auth_mailbox, "a=b"},
	    {auth_mailbox, ""}, {initial_response, ""},
	    {encode_local_part, "a b"}, {encode_local_part, "ab"},
	    {encode_quoted, "a\"b"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].text);
		bool done = false;

		for (size_t max = 1; !done; max++) {
			struct buf b;

			buf_init(&b, max);
			buf_putc(&b, '>');
			done = cases[i].encode(&b, cases[i].text, n);
			assert_true(done || b.len == 1);
			assert_int_equal(b.failed, !done);
			assert_true(max < 100);
			buf_release(&b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(e01_envid_is_xtext),
	    cmocka_unit_test(e02_envid_refuses_controls_and_8_bits),
	    cmocka_unit_test(e03_envid_ends_at_100),
	    cmocka_unit_test(e04_orcpt_of_ascii_is_rfc822),
	    cmocka_unit_test(e05_orcpt_of_utf8_is_escaped),
	    cmocka_unit_test(e06_orcpt_under_smtputf8_is_raw),
	    cmocka_unit_test(e07_character_beyond_the_bmp),
	    cmocka_unit_test(e08_backslash_is_escaped),
	    cmocka_unit_test(e09_local_part_is_quoted_where_it_must_be),
	    cmocka_unit_test(e10_local_part_refuses_line_ends),
	    cmocka_unit_test(e11_unknown_submitter_is_empty_brackets),
	    cmocka_unit_test(e12_empty_initial_response_is_an_equals_sign),
	    cmocka_unit_test(orcpt_takes_other_types),
	    cmocka_unit_test(base64_is_rfc4648),
	    cmocka_unit_test(base64_has_one_form),
	    cmocka_unit_test(xtext_agrees_with_a_table_for_every_octet),
	    cmocka_unit_test(utf8_xtext_agrees_for_every_character),
	    cmocka_unit_test(utf8_xtext_has_one_form),
	    cmocka_unit_test(quoted_string_escapes_two_characters),
	    cmocka_unit_test(full_buffer_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
