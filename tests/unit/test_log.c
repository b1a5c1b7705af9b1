/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_log.c - the line for syslog
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * syslog() is this file's own: what would be sent is kept. No value forges a
 * pair or a line, and a line that gets too long loses pairs, never itself.
 * Threats.
 */
#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "account.h"
#include "text.h"

static struct {
	char text[8192], tag[64];
	int priority, facility, lines;
	bool open;
} sent;

void openlog(const char *tag, int option, int facility)
{
	assert_int_equal(option & LOG_PID, LOG_PID);
	snprintf(sent.tag, sizeof sent.tag, "%s", tag);
	sent.facility = facility;
	sent.open = true;
}

static void keep(int priority, const char *format, va_list args)
{
	assert_true(sent.open);
	vsnprintf(sent.text, sizeof sent.text, format, args);
	sent.priority = priority;
	sent.lines++;
}

/* Where the library is built with checks, it is a macro or has another name. */
#undef syslog

void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep(priority, format, args);
	va_end(args);
}

void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	keep(priority, format, args);
	va_end(args);
}

void closelog(void)
{
	sent.open = false;
}

/* clang-format off */
static const struct {
	const char *value, *pair;
} values[] = {
	{ "a", "k=a" },
	{ "me@example.com", "k=me@example.com" },
	{ "<id.1_2-3@x>", "k=<id.1_2-3@x>" },
	{ "[2001:db8::1]:25", "k=[2001:db8::1]:25" },
	{ "", "k=\"\"" },
	{ "a b", "k=\"a b\"" },
	{ "a=b", "k=\"a=b\"" },
	{ "a\"b", "k=\"a\\\"b\"" },
	{ "a\\b", "k=\"a\\\\b\"" },
	{ "a\" status=0", "k=\"a\\\" status=0\"" },
	{ "a\nb", "k=\"a b\"" },
	{ "a\r\n\r\nb", "k=\"a b\"" },
	{ "\x1B[2J", "k=\"\\\\x1B[2J\"" },
	{ "\xC2\x9B", "k=\"\\\\xC2\\\\x9B\"" },
	{ "\xE2\x80\xAE" "a", "k=\"\\\\xE2\\\\x80\\\\xAE" "a\"" },
	{ "\xE4", "k=\"\\\\xE4\"" },
	{ "\xC3\xA4", "k=\"\xC3\xA4\"" },
	{ "%s%n", "k=%s%n" },
};
/* clang-format on */

static struct account account;

static int begin(void **state)
{
	(void)state;
	memset(&sent, 0, sizeof sent);
	memset(&account, 0, sizeof account);
	account.log = LOG_TO_SYSLOG;
	account.syslog_facility = LOG_LOCAL3;
	return 0;
}

static void quotes_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct log_line line;

		log_begin(&line);
		log_text(&line, "k", values[i].value);
		log_end(&line, &account, NULL, false);
		assert_string_equal(sent.text, values[i].pair);
	}
}

static void writes_one_line(void **state)
{
	struct log_line line;

	(void)state;
	log_begin(&line);
	log_text(&line, "account", "work");
	log_text(&line, "left-out", NULL);
	log_number(&line, "size", 18446744073709551615ULL);
	log_text(&line, "reply", "250 2.0.0 Ok: queued as 4XYZ");
	log_number(&line, "status", 0);
	log_end(&line, &account, NULL, false);
	assert_string_equal(sent.text,
	    "account=work size=18446744073709551615 "
	    "reply=\"250 2.0.0 Ok: queued as 4XYZ\" status=0");
	assert_int_equal(sent.lines, 1);
	assert_int_equal(sent.priority, LOG_INFO);
	assert_int_equal(sent.facility, LOG_LOCAL3);
	assert_string_equal(sent.tag, "posthaste");
	assert_false(sent.open);
}

static void marks_failures_and_tags(void **state)
{
	struct log_line line;

	(void)state;
	log_begin(&line);
	log_number(&line, "status", 75);
	log_end(&line, &account, "cron", true);
	assert_string_equal(sent.text, "status=75");
	assert_string_equal(sent.tag, "cron");
	assert_int_equal(sent.priority, LOG_ERR);
}

static void can_be_off(void **state)
{
	struct log_line line;

	(void)state;
	account.log = LOG_TO_NOTHING;
	log_begin(&line);
	log_number(&line, "status", 75);
	log_end(&line, &account, NULL, true);
	assert_int_equal(sent.lines, 0);
}

/* Long values are cut, too many pairs left out. */
static void never_loses_the_line(void **state)
{
	struct log_line line;
	char value[4096];

	(void)state;
	memset(value, '"', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	log_begin(&line);
	log_text(&line, "long", value);
	log_number(&line, "status", 75);
	for (int i = 0; i < 100; i++)
		log_text(&line, "to", "somebody.with.a.name@x.example");
	log_number(&line, "end", 1);
	log_end(&line, &account, NULL, true);
	assert_int_equal(sent.lines, 1);
	assert_true(strlen(sent.text) <= 2000);
	assert_memory_equal(sent.text, "long=\"\\\"\\\"", 10);
	assert_non_null(strstr(sent.text, "...\" status=75 to=somebody"));
	assert_string_equal(sent.text + strlen(sent.text) - 6, " end=1");
	/* A wide one, too. */
	for (size_t i = 0; i + 3 < sizeof value; i += 3)
		memcpy(value + i, "\xE2\x82\xAC", 3);
	value[4095] = '\0';
	log_begin(&line);
	log_text(&line, "long", value);
	log_end(&line, &account, NULL, true);
	assert_memory_equal(sent.text, "long=\"\xE2\x82\xAC", 9);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(quotes_values),
	    TEST(writes_one_line),
	    TEST(marks_failures_and_tags),
	    TEST(can_be_off),
	    TEST(never_loses_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
