/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_capability.c - capability.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every known keyword whole, in any case, and not as part of another; the
 * parameters that are read, good and bad; what is kept of the unknown ones;
 * the caps; EHLO replies as servers send them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "capability.h"
#include "reply.h"
#include "text.h"

/* Reads the lines (each ends in LF) as an EHLO reply after a greeting. */
static void read_lines(struct capabilities *c, const char *lines)
{
	struct reply r;
	size_t used;

	reply_init(&r);
	reply_feed(&r, "250-host greets you\r\n", 21, &used);
	while (*lines) {
		size_t n = strcspn(lines, "\n") + 1;

		reply_feed(&r, "250-", 4, &used);
		reply_feed(&r, lines, n, &used);
		lines += n;
	}
	reply_feed(&r, "250 X-END\r\n", 11, &used);
	assert_int_equal(r.state, REPLY_COMPLETE);
	assert_true(capabilities_read(c, &r));
	reply_release(&r);
}

static void test_known_keywords(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	for (int i = 0; i < CAP_COUNT; i++) {
		const char *name = capability_name((enum capability)i);
		char line[64];

		assert_non_null(name);
		snprintf(line, sizeof line, "%s\n", name);
		read_lines(&c, line);
		assert_int_equal(c.known, 1ul << i);
		assert_true(capabilities_has(&c, (enum capability)i));
		assert_string_equal(capabilities_get(&c, name), "");
		/* any case */
		for (char *s = line; *s; s++)
			*s = (char)text_lower((unsigned char)*s);
		read_lines(&c, line);
		assert_int_equal(c.known, 1ul << i);
		assert_string_equal(c.entries[0].keyword, name);
		/* with what follows a blank */
		snprintf(line, sizeof line, "%s  a b \n", name);
		read_lines(&c, line);
		assert_int_equal(c.known, 1ul << i);
		assert_string_equal(capabilities_get(&c, name), "a b");
		/* whole, not as the head or the tail of a word */
		snprintf(line, sizeof line, "%sX\nX%s\n%.*s\n", name, name,
		    (int)strlen(name) - 1, name);
		read_lines(&c, line);
		assert_int_equal(c.known, 0);
		assert_null(capabilities_get(&c, name));
		/* not on the greeting's line, not as a parameter */
		snprintf(line, sizeof line, "X-A %s\n", name);
		read_lines(&c, line);
		assert_int_equal(c.known, 0);
	}
	capabilities_release(&c);
	assert_int_equal(c.count, 0);
}

static void test_first_line_is_no_keyword(void **state)
{
	struct capabilities c;
	struct reply r;
	size_t used;

	(void)state;
	capabilities_init(&c);
	reply_init(&r);
	reply_feed(&r, "250-STARTTLS\r\n250 DSN\r\n", 23, &used);
	assert_true(capabilities_read(&c, &r));
	assert_false(capabilities_has(&c, CAP_STARTTLS));
	assert_true(capabilities_has(&c, CAP_DSN));
	reply_reset(&r);
	/* A new reply leaves nothing of the one before. */
	reply_feed(&r, "250 DSN\r\n", 9, &used);
	assert_true(capabilities_read(&c, &r));
	assert_int_equal(c.count, 0);
	assert_int_equal(c.known, 0);
	assert_null(capabilities_get(&c, "DSN"));
	reply_release(&r);
	capabilities_release(&c);
	capabilities_release(&c);
}

static const struct {
	const char *lines;
	unsigned long long size;
} sizes[] = {
    {"SIZE 1000\n", 1000},
    {"SIZE 0\n", 0},
    {"SIZE\n", 0},
    {"SIZE \n", 0},
    {"SIZE  35882577 \n", 35882577},
    {"SIZE\t10\n", 10},
    {"SIZE 2147483648\n", 2147483648ull},
    {"SIZE 4294967297\n", 4294967297ull},
    {"SIZE 18446744073709551615\n", ULLONG_MAX},
    {"SIZE 18446744073709551616\n", ULLONG_MAX},
    {"SIZE 99999999999999999999\n", ULLONG_MAX},
    {"SIZE 00000000000000000010\n", 10},
    {"SIZE 100000000000000000000\n", 0},
    {"SIZE -1\n", 0},
    {"SIZE +1\n", 0},
    {"SIZE 10k\n", 0},
    {"SIZE x 10\n", 0},
    {"SIZE 10 20\n", 10},
    {"SIZE 10\nSIZE 20\n", 10},
    {"SIZE\nSIZE 20\n", 0},
    {"SIZE=10\n", 0},
    {"SIZES 10\n", 0},
};

static void test_size(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		read_lines(&c, sizes[i].lines);
		if (c.size_max != sizes[i].size)
			fail_msg("%s: %llu", sizes[i].lines, c.size_max);
	}
	capabilities_release(&c);
}

static const struct {
	const char *lines;
	unsigned long mail, rcpt, domain;
} limits[] = {
    {"LIMITS MAILMAX=1 RCPTMAX=2 RCPTDOMAINMAX=3\n", 1, 2, 3},
    {"LIMITS RCPTDOMAINMAX=3 RCPTMAX=2\n", 0, 2, 3},
    {"LIMITS\n", 0, 0, 0},
    {"limits mailmax=10 rcptMax=20\n", 10, 20, 0},
    {"LIMITS MAILMAX=999999\n", 999999, 0, 0},
    {"LIMITS MAILMAX=1000000 RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX=0 RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX=01 RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX= RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX=-1 RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS MAILMAX=1x RCPTMAX=1\n", 0, 1, 0},
    {"LIMITS XMAX=5 RCPTMAX=1 YMAX\n", 0, 1, 0},
    {"LIMITS XRCPTMAX=5\n", 0, 0, 0},
    {"LIMITS RCPTMAX=5 RCPTMAX=9\n", 0, 5, 0},
    {"LIMITS RCPTMAX=5\nLIMITS RCPTMAX=9\n", 0, 5, 0},
    {"LIMITS RCPTMAX=\n", 0, 0, 0},
};

static void test_limits(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		read_lines(&c, limits[i].lines);
		if (c.mail_max != limits[i].mail ||
		    c.rcpt_max != limits[i].rcpt ||
		    c.rcpt_domain_max != limits[i].domain)
			fail_msg("%s: %lu %lu %lu", limits[i].lines, c.mail_max,
			    c.rcpt_max, c.rcpt_domain_max);
	}
	capabilities_release(&c);
}

static void test_deliverby_and_futurerelease(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	read_lines(&c, "DELIVERBY 240\nFUTURERELEASE 86400 "
		       "2026-12-31T23:59:59Z\n");
	assert_int_equal(c.deliverby_min, 240);
	assert_int_equal(c.hold_for_max, 86400);
	assert_string_equal(c.hold_until_max, "2026-12-31T23:59:59Z");
	read_lines(&c, "DELIVERBY\nFUTURERELEASE\n");
	assert_int_equal(c.deliverby_min, 0);
	assert_int_equal(c.hold_for_max, 0);
	assert_string_equal(c.hold_until_max, "");
	read_lines(&c, "DELIVERBY soon\nFUTURERELEASE later 5\n");
	assert_int_equal(c.deliverby_min, 0);
	assert_int_equal(c.hold_for_max, 0);
	read_lines(&c, "DELIVERBY 1234567890\nFUTURERELEASE 7 "
		       "0123456789012345678901234567890123456789\n");
	assert_int_equal(c.deliverby_min, 0);
	assert_int_equal(c.hold_for_max, 7);
	assert_string_equal(c.hold_until_max, "");
	capabilities_release(&c);
}

static const struct {
	const char *lines, *mechanism;
	bool offered;
} offers[] = {
    {"AUTH PLAIN LOGIN\n", "PLAIN", true},
    {"AUTH PLAIN LOGIN\n", "LOGIN", true},
    {"AUTH PLAIN LOGIN\n", "login", true},
    {"auth plain login\n", "PLAIN", true},
    {"AUTH PLAIN LOGIN\n", "PLAI", false},
    {"AUTH PLAIN LOGIN\n", "PLAINX", false},
    {"AUTH PLAIN LOGIN\n", "PLAIN LOGIN", false},
    {"AUTH PLAIN LOGIN\n", "", false},
    {"AUTH PLAIN LOGIN\n", "AUTH", false},
    {"AUTH SCRAM-SHA-1-PLUS\n", "SCRAM-SHA-1", false},
    {"AUTH SCRAM-SHA-1\n", "SCRAM-SHA-1-PLUS", false},
    {"AUTH=PLAIN LOGIN\n", "PLAIN", true},
    {"AUTH=PLAIN LOGIN\n", "LOGIN", true},
    {"auth=plain\n", "PLAIN", true},
    {"AUTH=\n", "PLAIN", false},
    {"AUTH= PLAIN\n", "PLAIN", true},
    {"AUTH\n", "PLAIN", false},
    {"AUTH PLAIN\nAUTH=LOGIN\n", "PLAIN", true},
    {"AUTH PLAIN\nAUTH=LOGIN\n", "LOGIN", true},
    {"AUTH=LOGIN\nAUTH PLAIN\n", "LOGIN", true},
    {"AUTH=LOGIN\nAUTH PLAIN\n", "PLAIN", true},
    {"AUTH=LOGIN\nAUTH PLAIN\n", "LOGINPLAIN", false},
    {"AUTH\nAUTH PLAIN\n", "PLAIN", true},
    {"AUTH PLAIN\nAUTH\n", "PLAIN", true},
    {"AUTH  PLAIN\tLOGIN \n", "LOGIN", true},
    {"XAUTH PLAIN\n", "PLAIN", false},
    {"AUTHX PLAIN\n", "PLAIN", false},
    {"DSN\n", "PLAIN", false},
};

static void test_mechanisms(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
		read_lines(&c, offers[i].lines);
		if (capabilities_offers(&c, offers[i].mechanism) !=
		    offers[i].offered)
			fail_msg(
			    "%s: %s", offers[i].lines, offers[i].mechanism);
	}
	read_lines(&c, "AUTH PLAIN\nAUTH=LOGIN X\n");
	assert_string_equal(capabilities_get(&c, "AUTH"), "PLAIN LOGIN X");
	assert_int_equal(c.count, 2);
	capabilities_release(&c);
}

/* Seen in the field, or made up to be tolerated; nothing changes. */
static void test_unknown_keywords_are_kept(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	read_lines(&c, "X_PIPE_CONNECT\nprdr\nXCLIENT NAME ADDR\nX-EXPS=LOGIN\n"
		       "\n \nVRFY\nHELP\nX-\033[31m\n\303\274\nX-LONG a  b\tc\n"
		       "XCLIENT PORT\nCHUNKIN\302\240G\n");
	assert_int_equal(c.known, 0);
	assert_int_equal(c.count, 8);
	assert_string_equal(c.entries[0].keyword, "X_PIPE_CONNECT");
	assert_string_equal(c.entries[1].keyword, "PRDR");
	assert_string_equal(capabilities_get(&c, "xclient"), "NAME ADDR");
	assert_string_equal(capabilities_get(&c, "X-EXPS=LOGIN"), "");
	assert_string_equal(capabilities_get(&c, "X-LONG"), "a  b\tc");
	assert_string_equal(capabilities_get(&c, "X-END"), "");
	assert_null(capabilities_get(&c, "X"));
	assert_null(capabilities_get(&c, ""));
	capabilities_release(&c);
}

/* Every octet in a keyword: kept when printable, else the line is dropped;
 * PIPELINING is never seen in it. */
static void test_x30_every_octet_of_a_keyword(void **state)
{
	struct capabilities c;

	(void)state;
	capabilities_init(&c);
	for (int i = 1; i < 256; i++) {
		char line[] = "PIPELINING?\n";
		bool blank = i == ' ' || i == '\t';

		if (i == '\n' || i == '\r')
			continue;
		line[10] = (char)i;
		read_lines(&c, line);
		assert_int_equal(capabilities_has(&c, CAP_PIPELINING), blank);
		assert_int_equal(c.count, blank || (i > 32 && i < 127) ? 2 : 1);
	}
	capabilities_release(&c);
}

static void test_x20_many_keywords(void **state)
{
	struct capabilities c;
	static char lines[20 * 600];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 600; i++)
		n += (size_t)snprintf(lines + n, 20, "X-%d p %d\n", i, i);
	capabilities_init(&c);
	read_lines(&c, lines);
	assert_int_equal(c.count, CAPABILITY_KEYWORDS_MAX);
	assert_string_equal(c.entries[0].keyword, "X-0");
	assert_string_equal(capabilities_get(&c, "x-255"), "p 255");
	assert_null(capabilities_get(&c, "X-256"));
	assert_null(capabilities_get(&c, "X-END"));
	capabilities_release(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_keywords),
	    cmocka_unit_test(test_first_line_is_no_keyword),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_deliverby_and_futurerelease),
	    cmocka_unit_test(test_mechanisms),
	    cmocka_unit_test(test_unknown_keywords_are_kept),
	    cmocka_unit_test(test_x30_every_octet_of_a_keyword),
	    cmocka_unit_test(test_x20_many_keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
