/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_hostname.c - what may stand where a host or a mail domain is named
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Tables of names and literals, each with what every check says to it. The
 * IPv6 rows were compared with inet_pton() of the C library, which the test
 * does again over generated texts; RFC 5321 4.1.3 has the same forms.
 */
#include "hostname.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct name_case {
	const char *text;
	bool valid;  /* hostname_is_valid() */
	bool domain; /* hostname_is_domain() */
};

/* clang-format off */
static const struct name_case name_cases[] = {
	{"a", true, true},
	{"example.org", true, true},
	{"EXAMPLE.Org", true, true},
	{"a-b.c-d", true, true},
	{"3com.example", true, true},
	{"192.0.2.1", true, true},
	{"xn--bcher-kva.example", true, true},
	{"a_b.example", false, true},
	{"_dmarc.example", false, true},
	{"b\xC3\xBC" "cher.example", false, true},
	{"\xE4\xBE\x8B.example", false, true},
	{"", false, false},
	{".", false, false},
	{"a.", false, false},
	{".a", false, false},
	{"a..b", false, false},
	{"-a", false, false},
	{"a-", false, false},
	{"a.-b", false, false},
	{"a-.b", false, false},
	{"a b", false, false},
	{"a@b", false, false},
	{"a\nb", false, false},
	{"a\r", false, false},
	{"a\t", false, false},
	{"a\x7F", false, false},
	{"a/b", false, false},
	{"a:25", false, false},
	{"[192.0.2.1]", false, false},
	{"a\xC2\x85", false, false},
	{"a\xE2\x80\xAE", false, false},
	{"a\xC3", false, false},
	{"-\xC3\xBC", false, false},
};
/* clang-format on */

static void names_are_checked(void **state)
{
	size_t n = sizeof name_cases / sizeof name_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct name_case *c = &name_cases[i];
		size_t len = strlen(c->text);

		if (hostname_is_valid(c->text, len) != c->valid ||
		    hostname_is_domain(c->text, len) != c->domain)
			fail_msg("%s", c->text);
	}
	assert_false(hostname_is_valid("a\0b", 3));
	assert_false(hostname_is_domain("a\0b", 3));
}

static void lengths_end_where_the_rfc_says(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof text);
	assert_true(hostname_is_valid(text, 63));
	assert_false(hostname_is_valid(text, 64));
	text[63] = text[127] = text[191] = '.';
	assert_true(hostname_is_valid(text, 255));
	assert_false(hostname_is_valid(text, 256));
	assert_true(hostname_is_domain(text, 255));
	assert_false(hostname_is_domain(text, 256));
}

static void one_trailing_dot_is_not_counted(void **state)
{
	(void)state;
	assert_int_equal(hostname_length("a.", 2), 1);
	assert_int_equal(hostname_length("a", 1), 1);
	assert_int_equal(hostname_length("a..", 3), 2);
	assert_int_equal(hostname_length(".", 1), 1);
	assert_int_equal(hostname_length("", 0), 0);
}

static void ipv4_is_four_plain_numbers(void **state)
{
	static const char *const good[] = {
	    "0.0.0.0", "127.0.0.1", "255.255.255.255", "192.0.2.10"};
	static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5",
	    "1.2.3.", ".1.2.3", "1..2.3", "256.0.0.1", "1.2.3.1000", "01.2.3.4",
	    "1.2.3.00", "1.2.3.4 ", "1.2.3.x", "0x1.2.3.4", "-1.2.3.4",
	    "1.2.3.4\n"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(hostname_is_ipv4(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(hostname_is_ipv4(bad[i], strlen(bad[i])));
}

static void literals_have_two_forms(void **state)
{
	static const char *const good[] = {"[192.0.2.1]", "[IPv6:2001:db8::1]",
	    "[ipv6:::]", "[IPV6:::ffff:192.0.2.1]"};
	static const char *const bad[] = {"", "[", "]", "[]", "[a]",
	    "192.0.2.1", "[192.0.2.1", "192.0.2.1]", "[192.0.2.256]",
	    "[ 192.0.2.1]", "[192.0.2.1] ", "[2001:db8::1]",
	    "[IPv6: 2001:db8::1]", "[IPv6:192.0.2.1]", "[IPv6:]",
	    "[IPv6:fe80::1%lo]", "[tag:content]", "[[192.0.2.1]]"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(hostname_is_literal(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(hostname_is_literal(bad[i], strlen(bad[i])));
}

static void compare_with_inet_pton(const char *text)
{
	unsigned char address[16];
	bool ours = hostname_is_ipv6(text, strlen(text));
	bool theirs = inet_pton(AF_INET6, text, address) == 1;

	if (ours != theirs)
		fail_msg("%s: %s", text, ours ? "taken" : "refused");
}

/* Texts of up to six of these pieces. */
static void ipv6_agrees_with_the_c_library(void **state)
{
	static const char *const pieces[] = {
	    ":", "::", "1", "abcd", "12345", "g", "1.2.3.4", "1:"};
	size_t kinds = sizeof pieces / sizeof pieces[0];

	(void)state;
	for (size_t number = 0; number < 300000; number++) {
		char text[64] = "";
		size_t n = 0;

		for (size_t rest = number; rest; rest /= kinds + 1) {
			size_t kind = rest % (kinds + 1);

			if (kind == 0)
				break;
			n += (size_t)snprintf(
			    text + n, sizeof text - n, "%s", pieces[kind - 1]);
		}
		compare_with_inet_pton(text);
	}
	compare_with_inet_pton("1:2:3:4:5:6:7:8");
	compare_with_inet_pton("1:2:3:4:5:6:7:8:9");
	compare_with_inet_pton("1:2:3:4:5:6:7");
	compare_with_inet_pton("1:2:3:4:5:6:7::");
	compare_with_inet_pton("::2:3:4:5:6:7:8");
	compare_with_inet_pton("1::3:4:5:6:7:8");
	compare_with_inet_pton("1:2:3:4:5:6:1.2.3.4");
	compare_with_inet_pton("1:2:3:4:5:6:7:1.2.3.4");
	compare_with_inet_pton("1:2:3:4:5::1.2.3.4");
	compare_with_inet_pton("1:2:3:4:5:6::1.2.3.4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_checked),
	    cmocka_unit_test(lengths_end_where_the_rfc_says),
	    cmocka_unit_test(one_trailing_dot_is_not_counted),
	    cmocka_unit_test(ipv4_is_four_plain_numbers),
	    cmocka_unit_test(literals_have_two_forms),
	    cmocka_unit_test(ipv6_agrees_with_the_c_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
