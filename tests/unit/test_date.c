/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_date.c - points in time as the RFCs write them
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every day from 1970 to 9999 is counted up beside date_split(), so that the
 * calendar arithmetic has no year left in which to be wrong.
 */
#include "date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static const int64_t DAY = 86400;

static void every_day_is_right(void **state)
{
	static const int lengths[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct date want = {1970, 1, 1, 4, 0, 0, 0};
	int64_t day = 0;

	(void)state;
	while (want.year < 10000) {
		struct date got = date_split(day * DAY + day % DAY);
		bool leap = want.year % 400 == 0 ||
		            (want.year % 4 == 0 && want.year % 100 != 0);
		int length = lengths[want.month - 1];

		assert_int_equal(got.year, want.year);
		assert_int_equal(got.month, want.month);
		assert_int_equal(got.day, want.day);
		assert_int_equal(got.weekday, want.weekday);
		assert_int_equal(
		    got.hour * 3600 + got.minute * 60 + got.second, day % DAY);
		assert_int_equal(date_join(&got), day * DAY + day % DAY);
		length += leap && want.month == 2 ? 1 : 0;
		want.weekday = (want.weekday + 1) % 7;
		if (++want.day > length) {
			want.day = 1;
			want.month++;
		}
		if (want.month > 12) {
			want.month = 1;
			want.year++;
		}
		day++;
	}
	assert_int_equal(day * DAY - 1, DATE_SECONDS_MAX);
}

static void time_before_1970_is_split(void **state)
{
	struct date d = date_split(-1);

	(void)state;
	assert_int_equal(d.year, 1969);
	assert_int_equal(d.month, 12);
	assert_int_equal(d.day, 31);
	assert_int_equal(d.weekday, 3);
	assert_int_equal(d.second, 59);
	d = date_split(-62135596800);
	assert_int_equal(d.year, 1);
	assert_int_equal(d.month, 1);
	assert_int_equal(d.weekday, 1);
	assert_int_equal(date_join(&d), -62135596800);
}

struct date_case {
	int64_t seconds;
	int zone;
	const char *expected; /* NULL: refused */
};

/* clang-format off */
static const struct date_case rfc5322_cases[] = {
	{0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"},
	{0, DATE_ZONE_UNKNOWN, "Thu, 1 Jan 1970 00:00:00 -0000"},
	{880127706, -360, "Fri, 21 Nov 1997 09:55:06 -0600"},
	{951782400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"},
	{1774746000, 60, "Sun, 29 Mar 2026 02:00:00 +0100"},
	{1774746000, 120, "Sun, 29 Mar 2026 03:00:00 +0200"},
	{1767225599, 1, "Thu, 1 Jan 2026 00:00:59 +0001"},
	{1767225600, -1, "Wed, 31 Dec 2025 23:59:00 -0001"},
	{1767225600, 345, "Thu, 1 Jan 2026 05:45:00 +0545"},
	{1767225600, -210, "Wed, 31 Dec 2025 20:30:00 -0330"},
	{2147483648, 0, "Tue, 19 Jan 2038 03:14:08 +0000"},
	{4294967296, 0, "Sun, 7 Feb 2106 06:28:16 +0000"},
	{4102444800, 0, "Fri, 1 Jan 2100 00:00:00 +0000"},
	{DATE_SECONDS_MAX, 0, "Fri, 31 Dec 9999 23:59:59 +0000"},
	{DATE_SECONDS_MAX + 60, -1, "Fri, 31 Dec 9999 23:59:59 -0001"},
	{-60, 1, "Thu, 1 Jan 1970 00:00:00 +0001"},
	{0, DATE_ZONE_MAX, "Thu, 1 Jan 1970 23:59:00 +2359"},
	{86400, -DATE_ZONE_MAX, "Thu, 1 Jan 1970 00:01:00 -2359"},
	{DATE_SECONDS_MAX, 1, NULL},
	{DATE_SECONDS_MAX + 1, 0, NULL},
	{-1, 0, NULL},
	{0, -1, NULL},
	{0, DATE_ZONE_MAX + 1, NULL},
	{0, -DATE_ZONE_MAX - 1, NULL},
	{INT64_MAX, DATE_ZONE_MAX, NULL},
	{INT64_MIN, -DATE_ZONE_MAX, NULL},
	{INT64_MAX, DATE_ZONE_UNKNOWN, NULL},
};
/* clang-format on */

static void rfc5322_dates_are_english(void **state)
{
	size_t n = sizeof rfc5322_cases / sizeof rfc5322_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct date_case *c = &rfc5322_cases[i];
		struct buf b;
		bool ok;

		buf_init(&b, 100);
		ok = date_rfc5322(&b, c->seconds, c->zone);
		assert_int_equal(ok, c->expected != NULL);
		assert_string_equal(buf_cstr(&b), ok ? c->expected : "");
		buf_release(&b);
	}
}

static void rfc3339_dates_are_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_true(date_rfc3339(&b, 1769817600));
	assert_string_equal(buf_cstr(&b), "2026-01-31T00:00:00Z");
	buf_clear(&b);
	assert_true(date_rfc3339(&b, DATE_SECONDS_MAX));
	assert_string_equal(buf_cstr(&b), "9999-12-31T23:59:59Z");
	buf_clear(&b);
	assert_false(date_rfc3339(&b, DATE_SECONDS_MAX + 1));
	assert_false(date_rfc3339(&b, -1));
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

struct read_case {
	const char *text;
	int64_t seconds; /* -1: refused */
};

/* clang-format off */
static const struct read_case read_cases[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1970-01-01t00:00:00z", 0},
	{"2026-01-31T00:00:00Z", 1769817600},
	{"2026-01-31T01:00:00+01:00", 1769817600},
	{"2026-01-30T18:30:00-05:30", 1769817600},
	{"2026-01-31T00:00:00.999Z", 1769817600},
	{"1990-12-31T23:59:60Z", 662688000},
	{"9999-12-31T23:59:59Z", DATE_SECONDS_MAX},
	{"2000-02-29T00:00:00Z", 951782400},
	{"1969-12-31T23:59:59Z", -1},
	{"1970-01-01T00:00:00+00:01", -1},
	{"9999-12-31T23:59:59-00:01", -1},
	{"1900-02-29T00:00:00Z", -1},
	{"2100-02-29T00:00:00Z", -1},
	{"2026-04-31T00:00:00Z", -1},
	{"2026-13-01T00:00:00Z", -1},
	{"2026-00-01T00:00:00Z", -1},
	{"2026-01-00T00:00:00Z", -1},
	{"2026-01-31T24:00:00Z", -1},
	{"2026-01-31T00:60:00Z", -1},
	{"2026-01-31T00:00:61Z", -1},
	{"2026-01-31T00:00:00", -1},
	{"2026-01-31T00:00:00.Z", -1},
	{"2026-01-31T00:00Z", -1},
	{"2026-01-31 00:00:00Z", -1},
	{"2026-01-31T00:00:00+0100", -1},
	{"2026-01-31T00:00:00+24:00", -1},
	{"2026-01-31T00:00:00Zx", -1},
	{"2026-1-31T00:00:00Z", -1},
	{"+026-01-31T00:00:00Z", -1},
	{"2026-01-31T00:00:00Z\r\n", -1},
	{"", -1},
	{"2026", -1},
};
/* clang-format on */

static void rfc3339_dates_are_read(void **state)
{
	size_t n = sizeof read_cases / sizeof read_cases[0];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *text = read_cases[i].text;
		int64_t seconds = -1;
		bool ok = date_rfc3339_read(&seconds, text, strlen(text));

		assert_int_equal(ok, read_cases[i].seconds >= 0);
		assert_int_equal(seconds, read_cases[i].seconds);
	}
}

static void month_lengths_are_right(void **state)
{
	char text[40];
	int64_t seconds;

	(void)state;
	for (int month = 1; month <= 12; month++) {
		struct date d = {2025, month, 1, 0, 0, 0, 0};
		struct date next = d;
		int length;

		next.month = month < 12 ? month + 1 : 1;
		next.year += month < 12 ? 0 : 1;
		length = (int)((date_join(&next) - date_join(&d)) / DAY);
		snprintf(text, sizeof text, "2025-%02d-%02dT00:00:00Z", month,
		    length);
		assert_true(date_rfc3339_read(&seconds, text, strlen(text)));
		snprintf(text, sizeof text, "2025-%02d-%02dT00:00:00Z", month,
		    length + 1);
		assert_false(date_rfc3339_read(&seconds, text, strlen(text)));
	}
}

static void full_buffer_takes_nothing(void **state)
{
	(void)state;
	for (size_t max = 0; max < 31; max++) {
		struct buf b;

		buf_init(&b, max);
		assert_int_equal(date_rfc5322(&b, 0, 0), max >= 30);
		assert_int_equal(b.len, max >= 30 ? 30 : 0);
		buf_clear(&b);
		assert_int_equal(date_rfc3339(&b, 0), max >= 20);
		assert_int_equal(b.len, max >= 20 ? 20 : 0);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_day_is_right),
	    cmocka_unit_test(time_before_1970_is_split),
	    cmocka_unit_test(rfc5322_dates_are_english),
	    cmocka_unit_test(rfc3339_dates_are_written),
	    cmocka_unit_test(rfc3339_dates_are_read),
	    cmocka_unit_test(month_lengths_are_right),
	    cmocka_unit_test(full_buffer_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
