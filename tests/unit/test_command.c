/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_command.c - command.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every command byte for byte, which names, verbs and paths it refuses, and
 * the limits of RFC 5321 4.5.3.1 and RFC 4954 4. Parameters are the matter of
 * test_command_parameters.c; X-30, each octet in each field, is that of
 * test_command_octets.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define BIT(name) (1ul << CAP_##name)

static struct smtp_session easy = {.dsn_required = false};

/* out holds exactly the line (NULL: nothing), and is emptied. */
static void expect(struct buf *out, bool done, const char *line)
{
	const char *got = buf_cstr(out);

	assert_non_null(got);
	if (line && strcmp(got, line) != 0)
		fail_msg("%s instead of %s", got, line);
	if (!line && (done || out->len > 0))
		fail_msg("not refused: %s", got);
	assert_int_equal(done, line != NULL);
	assert_false(out->failed);
	buf_clear(out);
}

static char *repeat(char c, size_t n)
{
	static char s[20000];

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

static const struct {
	const char *verb, *name;
	bool good;
} names[] = {
    {"EHLO", "host.example", true},
    {"HELO", "host.example", true},
    {"LHLO", "host.example", true},
    {"EHLO", "localhost", true},
    {"EHLO", "a-b.c1.xn--bcher-kva.example", true},
    {"EHLO", "[192.0.2.1]", true},
    {"EHLO", "[IPv6:2001:db8::1]", true},
    {"EHLO", "[IPv6:::1]", true},
    {"EHLO", "", false},
    {"EHLO", "host.example.", false},
    {"EHLO", ".example", false},
    {"EHLO", "a..b", false},
    {"EHLO", "-a.example", false},
    {"EHLO", "a-.example", false},
    {"EHLO", "my_host.example", false},
    {"EHLO", "b\303\274cher.example", false},
    {"EHLO", "host example", false},
    {"EHLO", "host.example\r\nMAIL FROM:<>", false},
    {"EHLO", "[192.0.2.1", false},
    {"EHLO", "192.0.2.1]", false},
    {"EHLO", "[192.0.2.256]", false},
    {"EHLO", "[2001:db8::1]", false},
    {"EHLO", "[IPv6:2001:db8::1%eth0]", false},
    {"EHLO", "[example]", false},
    {"ehlo", "host.example", false},
    {"EHLO ", "host.example", false},
    {"", "host.example", false},
    {"NOOP", "host.example", false},
};

static void test_ehlo(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char line[200] = "";
		size_t n = strlen(names[i].verb);

		memcpy(line, names[i].verb, n);
		line[n++] = ' ';
		memcpy(line + n, names[i].name, strlen(names[i].name));
		n += strlen(names[i].name);
		memcpy(line + n, "\r\n", 3);
		expect(&out, command_ehlo(&out, names[i].verb, names[i].name),
		    names[i].good ? line : NULL);
		if (strcmp(names[i].verb, "EHLO") == 0)
			assert_int_equal(command_valid_hostname(names[i].name),
			    names[i].good);
	}
	assert_false(command_valid_hostname(repeat('a', 64)));
	assert_true(command_valid_hostname(repeat('a', 63)));
	buf_release(&out);
}

static void test_plain(void **state)
{
	static const char *const good[] = {
	    "STARTTLS", "DATA", "RSET", "QUIT", "NOOP", "XUSR", "*"};
	static const char *const bad[] = {"", " ", "data", "DATA ", "DATA\r\n",
	    "DATA\r\nQUIT", "TURN", "**", "MAIL FROM:<>"};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char line[16];
		size_t n = strlen(good[i]);

		memcpy(line, good[i], n);
		memcpy(line + n, "\r\n", 3);
		expect(&out, command_plain(&out, good[i]), line);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		expect(&out, command_plain(&out, bad[i]), NULL);
	buf_release(&out);
}

static void test_auth(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	expect(&out, command_auth(&out, "PLAIN", "\0u\0p", 4),
	    "AUTH PLAIN AHUAcA==\r\n");
	/* E-12 */
	expect(
	    &out, command_auth(&out, "EXTERNAL", "", 0), "AUTH EXTERNAL =\r\n");
	expect(&out, command_auth(&out, "LOGIN", NULL, 0), "AUTH LOGIN\r\n");
	expect(&out, command_auth(&out, "SCRAM-SHA-256-PLUS", "p=x,,", 5),
	    "AUTH SCRAM-SHA-256-PLUS cD14LCw=\r\n");
	expect(&out, command_auth(&out, "X_1-Y", NULL, 0), "AUTH X_1-Y\r\n");
	expect(&out, command_auth(&out, "12345678901234567890", NULL, 0),
	    "AUTH 12345678901234567890\r\n");
	expect(
	    &out, command_auth(&out, "123456789012345678901", NULL, 0), NULL);
	expect(&out, command_auth(&out, "", NULL, 0), NULL);
	expect(&out, command_auth(&out, "plain", NULL, 0), NULL);
	expect(&out, command_auth(&out, "PLAIN LOGIN", NULL, 0), NULL);
	expect(&out, command_auth(&out, "PLAIN\r\n", NULL, 0), NULL);
	expect(&out, command_auth(&out, "../PLAIN", NULL, 0), NULL);
	expect(&out, command_auth_response(&out, "", 0), "\r\n");
	expect(&out, command_auth_response(&out, NULL, 0), "\r\n");
	expect(&out, command_auth_response(&out, "\001", 1), "AQ==\r\n");
	expect(&out, command_auth_response(&out, "secret", 6), "c2VjcmV0\r\n");
	buf_release(&out);
}

/* RFC 4954 4: 512 octets with an initial response, 12288 without. */
static void test_auth_lengths(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_true(command_auth(&out, "PLAIN", repeat('x', 372), 372));
	assert_int_equal(out.len, strlen("AUTH PLAIN ") + 496 + 2);
	buf_clear(&out);
	expect(&out, command_auth(&out, "PLAIN", repeat('x', 373), 373), NULL);
	expect(&out, command_auth(&out, "PLAIN", repeat('x', 600), 600), NULL);
	/* The longest name leaves 12 octets less. */
	assert_true(
	    command_auth(&out, "SCRAM-SHA-256-PLUSXX", repeat('x', 363), 363));
	assert_int_equal(out.len, 5 + 20 + 1 + 484 + 2);
	buf_clear(&out);
	expect(&out,
	    command_auth(&out, "SCRAM-SHA-256-PLUSXX", repeat('x', 364), 364),
	    NULL);
	assert_true(command_auth_response(&out, repeat('x', 9216), 9216));
	assert_int_equal(out.len, 12288 + 2);
	buf_clear(&out);
	expect(
	    &out, command_auth_response(&out, repeat('x', 9217), 9217), NULL);
	expect(&out, command_auth_response(&out, "x", SIZE_MAX), NULL);
	expect(&out, command_auth(&out, "PLAIN", "x", SIZE_MAX), NULL);
	buf_release(&out);
}

static void test_bdat_and_etrn(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	expect(&out, command_bdat(&out, 12345, false), "BDAT 12345\r\n");
	expect(&out, command_bdat(&out, 12345, true), "BDAT 12345 LAST\r\n");
	expect(&out, command_bdat(&out, 0, true), "BDAT 0 LAST\r\n");
	expect(&out, command_bdat(&out, UINT64_MAX, true),
	    "BDAT 18446744073709551615 LAST\r\n");
	expect(&out, command_etrn(&out, 0, "a.example"), "ETRN a.example\r\n");
	expect(
	    &out, command_etrn(&out, '@', "a.example"), "ETRN @a.example\r\n");
	expect(&out, command_etrn(&out, '#', "a.example"), NULL);
	expect(&out, command_etrn(&out, ' ', "a.example"), NULL);
	expect(&out, command_etrn(&out, '\n', "a.example"), NULL);
	expect(&out, command_etrn(&out, 0, ""), NULL);
	expect(&out, command_etrn(&out, 0, "@a.example"), NULL);
	expect(&out, command_etrn(&out, '@', "a example"), NULL);
	expect(&out, command_etrn(&out, '@', "a.example\r\nQUIT"), NULL);
	buf_release(&out);
}

static const struct {
	bool smtputf8;
	char *utf8, *ascii;
	const char *path; /* what stands between <>; NULL: refused */
} paths[] = {
    {false, "u@a.example", "u@a.example", "u@a.example"},
    {true, "u@a.example", "u@a.example", "u@a.example"},
    {false, "U.v+w@A.Example", "U.v+w@A.Example", "U.v+w@A.Example"},
    {false, "postmaster", "postmaster", "postmaster"},
    {false, "u@[192.0.2.1]", "u@[192.0.2.1]", "u@[192.0.2.1]"},
    {false, "u@[IPv6:::1]", "u@[IPv6:::1]", "u@[IPv6:::1]"},
    /* E-09 */
    {false, NULL, "\"john..doe\"@x", "\"john..doe\"@x"},
    {false, NULL, "\"a b\"@x", "\"a b\"@x"},
    {false, NULL, "\"\"@x", "\"\"@x"},
    {false, NULL, "\"a\\\"b\"@x", "\"a\\\"b\"@x"},
    {false, NULL, "\"a\\\\b\"@x", "\"a\\\\b\"@x"},
    {false, NULL, "\"a@b\"@x", "\"a@b\"@x"},
    {false, NULL, "\"a>b\"@x", "\"a>b\"@x"},
    /* a form that is not the parser's own */
    {false, NULL, "\"plain\"@x", NULL},
    {false, NULL, "u@x.", NULL},
    {false, NULL, "u@[192.0.2. 1]", NULL},
    /* E-10 */
    {false, NULL, "\"a\nb\"@x", NULL},
    {false, NULL, "\"a\r\nb\"@x", NULL},
    {false, NULL, "\"a\\\nb\"@x", NULL},
    {false, NULL, "<u@x>", NULL},
    {false, NULL, "u@x>", NULL},
    {false, NULL, "u@x> SIZE=1", NULL},
    {false, NULL, "u@x ", NULL},
    {false, NULL, " u@x", NULL},
    {false, NULL, "u @x", NULL},
    {false, NULL, "u@x (c)", NULL},
    {false, NULL, "@a,@b:u@x", NULL},
    {false, NULL, "u@x,v@y", NULL},
    {false, NULL, "u@", NULL},
    {false, NULL, "@x", NULL},
    {false, NULL, "u@x\r\nDATA", NULL},
    /* SMTPUTF8 decides which form is written */
    {false, "u@b\303\274cher.example", "u@xn--bcher-kva.example",
	"u@xn--bcher-kva.example"},
    {true, "u@b\303\274cher.example", "u@xn--bcher-kva.example",
	"u@b\303\274cher.example"},
    {true, "j\303\274rgen@x", NULL, "j\303\274rgen@x"},
    {false, "j\303\274rgen@x", NULL, NULL},
    {false, "u@x", "j\303\274rgen@x", NULL},
    {true, "j\374rgen@x", NULL, NULL},
    {true, "j\302\205rgen@x", NULL, NULL},
    {true, "j\342\200\250rgen@x", NULL, NULL},
    {true, "j\342\200\256rgen@x", NULL, NULL},
};

/* before, path, after, one behind the other; NULL without a path. */
static const char *around(
    const char *before, const char *path, const char *after)
{
	static char line[1024];
	size_t n = strlen(before);

	if (!path)
		return NULL;
	memcpy(line, before, n);
	memcpy(line + n, path, strlen(path));
	memcpy(line + n + strlen(path), after, strlen(after) + 1);
	return line;
}

static void test_paths(void **state)
{
	struct capabilities caps = {.known = BIT(SMTPUTF8)};
	struct command_context context = {.capabilities = &caps};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct smtp_message m = {.session = &easy,
		    .reverse_path = {"given", paths[i].utf8, paths[i].ascii}};
		struct smtp_recipient r = {
		    .message = &m, .mailbox = m.reverse_path};
		const char *line = around("RCPT TO:<", paths[i].path, ">\r\n");

		context.smtputf8 = paths[i].smtputf8;
		expect(&out, command_rcpt(&out, &r, &context), line);
		line = around("MAIL FROM:<", paths[i].path,
		    context.smtputf8 ? "> SMTPUTF8\r\n" : ">\r\n");
		expect(&out, command_mail(&out, &m, &context), line);
	}
	buf_release(&out);
}

static void test_null_path(void **state)
{
	struct capabilities caps = {.known = 0};
	struct command_context context = {.capabilities = &caps};
	struct smtp_message m = {.session = &easy};
	struct smtp_recipient r = {.message = &m};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	expect(&out, command_mail(&out, &m, &context), "MAIL FROM:<>\r\n");
	m.reverse_path.given = "";
	expect(&out, command_mail(&out, &m, &context), "MAIL FROM:<>\r\n");
	/* Never by accident: a path without the form that is wanted. */
	m.reverse_path.given = "j\303\274rgen@x";
	expect(&out, command_mail(&out, &m, &context), NULL);
	m.reverse_path.ascii = "";
	expect(&out, command_mail(&out, &m, &context), NULL);
	expect(&out, command_rcpt(&out, &r, &context), NULL);
	r.mailbox = (struct mailbox){"", "", ""};
	expect(&out, command_rcpt(&out, &r, &context), NULL);
	buf_release(&out);
}

/* RFC 5321 4.5.3.1: 64, 255, and 256 with the brackets. */
static void test_path_lengths(void **state)
{
	static const struct {
		size_t local, domain;
		bool good;
	} lengths[] = {{64, 100, true}, {65, 100, false}, {64, 189, true},
	    {64, 190, false}, {1, 252, true}, {1, 253, false}};
	struct capabilities caps = {.known = 0};
	struct command_context context = {.capabilities = &caps};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		char path[600];
		size_t n = lengths[i].local + 1 + lengths[i].domain;
		struct smtp_message m = {
		    .session = &easy, .reverse_path = {"given", path, path}};

		memset(path, 'a', n);
		path[n] = '\0';
		path[lengths[i].local] = '@';
		for (size_t at = lengths[i].local + 40; at < n - 1; at += 40)
			path[at] = '.';
		expect(&out, command_mail(&out, &m, &context),
		    lengths[i].good ? around("MAIL FROM:<", path, ">\r\n")
				    : NULL);
	}
	buf_release(&out);
}

static void test_checks_at_api_time(void **state)
{
	(void)state;
	assert_true(command_valid_envid("QQ 314+159="));
	assert_false(command_valid_envid(""));
	assert_false(command_valid_envid("a\nb"));
	assert_false(command_valid_envid("a\177"));
	assert_false(command_valid_envid("\303\274"));
	assert_true(command_valid_orcpt("rfc822", "a@x"));
	assert_true(command_valid_orcpt("rfc822", "\303\274@x"));
	assert_true(command_valid_orcpt("utf-8", "\303\274@x"));
	assert_true(command_valid_orcpt("x-mytype", "whatever 1"));
	assert_false(command_valid_orcpt("x400", "\303\274"));
	assert_false(command_valid_orcpt("rfc822", ""));
	assert_false(command_valid_orcpt("", "a@x"));
	assert_false(command_valid_orcpt("rfc822\r\n", "a@x"));
	assert_false(command_valid_orcpt("rfc822", "a@x\r\n"));
	assert_false(command_valid_orcpt("rfc822", "<a@x>"));
	assert_false(command_valid_orcpt("a=b", "a@x"));
}

/* A buffer that is too small: failed, and what it held is as it was. */
static void test_full_buffers(void **state)
{
	struct capabilities caps = {.known = BIT(DSN)};
	struct command_context context = {.capabilities = &caps};
	struct smtp_message m = {.session = &easy, .envid = "x"};
	struct smtp_recipient r = {.message = &m,
	    .mailbox = {"u@x", "u@x", "u@x"},
	    .orcpt_address = "u@x"};

	(void)state;
	for (size_t max = 4; max < 60; max++) {
		struct buf out;
		bool done;

		buf_init(&out, max);
		buf_puts(&out, "NOOP");
		switch (max % 4) {
		case 0:
			done = command_rcpt(&out, &r, &context);
			break;
		case 1:
			done = command_mail(&out, &m, &context);
			break;
		case 2:
			done = command_auth(&out, "PLAIN", "\0u\0p", 4);
			break;
		default:
			done = command_ehlo(&out, "EHLO", "host.example");
			break;
		}
		assert_int_equal(done, !out.failed);
		if (!done)
			assert_int_equal(out.len, 4);
		assert_memory_equal(buf_head(&out), "NOOP", 4);
		/* A buffer that has failed takes nothing more. */
		if (!done)
			assert_false(command_plain(&out, "QUIT"));
		buf_release(&out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ehlo),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_auth),
	    cmocka_unit_test(test_auth_lengths),
	    cmocka_unit_test(test_bdat_and_etrn),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_null_path),
	    cmocka_unit_test(test_path_lengths),
	    cmocka_unit_test(test_checks_at_api_time),
	    cmocka_unit_test(test_full_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
