/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* date.c - points in time as the RFCs write them
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Own calendar arithmetic on 64 bits: gmtime() and strftime() depend on the
 * width of time_t, on the environment and on the locale, none of which may
 * change what we send. Days are counted in years that begin in March, so that
 * the leap day is the last. Never asks for the time. RFC 5322 3.3, RFC 3339.
 */
#include "date.h"

#include <string.h>

#include "buf.h"
#include "text.h"

enum {
	DAY = 24 * 60 * 60,
	DAYS_400 = 146097,     /* in 400 Gregorian years */
	DAYS_TO_1970 = 719468, /* from 1 March of the year 0 */
	DAYS_MARCH = 306       /* from 1 March to 1 January */
};

/* Days from 1 March to the first of month m, counted from March = 0. */
static int month_start(int m)
{
	return (153 * m + 2) / 5;
}

/* Days from 1 March of the year 0 of an era to 1 March of year y in it. */
static int year_start(int y)
{
	return y * 365 + y / 4 - y / 100;
}

struct date date_split(int64_t seconds)
{
	struct date d;
	int64_t days = seconds / DAY;
	int rest = (int)(seconds % DAY);
	int64_t era;
	int day;
	int year;
	int month = 11;

	if (rest < 0) {
		rest += DAY;
		days--;
	}
	d.weekday = (int)((days % 7 + 7 + 4) % 7); /* it was a Thursday */
	days += DAYS_TO_1970;
	era = (days >= 0 ? days : days - (DAYS_400 - 1)) / DAYS_400;
	day = (int)(days - era * DAYS_400);
	year = day / 365;
	while (year > 399 || year_start(year) > day)
		year--;
	day -= year_start(year);
	while (month_start(month) > day)
		month--;
	d.year = (int)(era * 400 + year + (month >= 10 ? 1 : 0));
	d.month = month >= 10 ? month - 9 : month + 3;
	d.day = day - month_start(month) + 1;
	d.hour = rest / 3600;
	d.minute = rest / 60 % 60;
	d.second = rest % 60;
	return d;
}

int64_t date_join(const struct date *d)
{
	int month = d->month > 2 ? d->month - 3 : d->month + 9;
	int year = d->month > 2 ? d->year : d->year - 1;
	int64_t days = (int64_t)(year / 400) * DAYS_400;

	days += year_start(year % 400) + month_start(month) + d->day - 1;
	days -= DAYS_TO_1970;
	return days * DAY + d->hour * 3600 + d->minute * 60 + d->second;
}

/* A number with at least width digits. */
static void put_number(struct buf *out, int number, int width)
{
	for (int least = 10; width > 1; width--, least *= 10) {
		if (number < least)
			buf_putc(out, '0');
	}
	buf_number(out, (unsigned)number);
}

static void put_clock(struct buf *out, const struct date *d)
{
	put_number(out, d->hour, 2);
	buf_putc(out, ':');
	put_number(out, d->minute, 2);
	buf_putc(out, ':');
	put_number(out, d->second, 2);
}

static bool undo_if_failed(struct buf *out, size_t start)
{
	if (out->failed)
		buf_truncate(out, start);
	return !out->failed;
}

bool date_rfc5322(struct buf *out, int64_t seconds, int zone)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	bool unknown = zone == DATE_ZONE_UNKNOWN;
	size_t start = out->len;
	struct date d;

	if (unknown)
		zone = 0;
	if (zone < -DATE_ZONE_MAX || zone > DATE_ZONE_MAX)
		return false;
	if (seconds < -DAY || seconds > DATE_SECONDS_MAX + DAY)
		return false;
	seconds += (int64_t)zone * 60;
	if (seconds < 0 || seconds > DATE_SECONDS_MAX)
		return false;
	d = date_split(seconds);
	buf_append(out, days + 3 * d.weekday, 3);
	buf_puts(out, ", ");
	buf_number(out, (unsigned)d.day);
	buf_putc(out, ' ');
	buf_append(out, months + 3 * (d.month - 1), 3);
	buf_putc(out, ' ');
	put_number(out, d.year, 4);
	buf_putc(out, ' ');
	put_clock(out, &d);
	buf_puts(out, unknown || zone < 0 ? " -" : " +");
	zone = zone < 0 ? -zone : zone;
	put_number(out, zone / 60 * 100 + zone % 60, 4);
	return undo_if_failed(out, start);
}

bool date_rfc3339(struct buf *out, int64_t seconds)
{
	size_t start = out->len;
	struct date d;

	if (seconds < 0 || seconds > DATE_SECONDS_MAX)
		return false;
	d = date_split(seconds);
	put_number(out, d.year, 4);
	buf_putc(out, '-');
	put_number(out, d.month, 2);
	buf_putc(out, '-');
	put_number(out, d.day, 2);
	buf_putc(out, 'T');
	put_clock(out, &d);
	buf_putc(out, 'Z');
	return undo_if_failed(out, start);
}

/* What is left to read. */
struct reader {
	const char *s;
	size_t n;
	bool ok;
};

/* Takes exactly width digits, a number from low to high. */
static int take_number(struct reader *r, size_t width, int low, int high)
{
	int number = 0;

	if (r->n < width)
		r->ok = false;
	for (size_t i = 0; i < width && r->ok; i++) {
		if (!text_is_digit((unsigned char)r->s[i]))
			r->ok = false;
		number = number * 10 + (r->s[i] - '0');
	}
	if (!r->ok || number < low || number > high) {
		r->ok = false;
		return low;
	}
	r->s += width;
	r->n -= width;
	return number;
}

static void take_mark(struct reader *r, char mark)
{
	if (!r->ok || r->n == 0 ||
	    text_lower((unsigned char)*r->s) != (unsigned char)mark) {
		r->ok = false;
		return;
	}
	r->s++;
	r->n--;
}

static void skip_fraction(struct reader *r)
{
	if (!r->ok || r->n == 0 || *r->s != '.')
		return;
	r->s++;
	r->n--;
	take_number(r, 1, 0, 9);
	while (r->ok && r->n > 0 && text_is_digit((unsigned char)*r->s)) {
		r->s++;
		r->n--;
	}
}

/* Takes "Z" or an offset like "+02:00"; gives it in minutes. */
static int take_zone(struct reader *r)
{
	bool west = r->ok && r->n > 0 && *r->s == '-';
	int zone;

	if (!r->ok || r->n == 0 || (*r->s != '+' && *r->s != '-')) {
		take_mark(r, 'z');
		return 0;
	}
	take_mark(r, *r->s);
	zone = take_number(r, 2, 0, 23) * 60;
	take_mark(r, ':');
	zone += take_number(r, 2, 0, 59);
	return west ? -zone : zone;
}

static int month_length(int year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month == 2)
		return leap ? 29 : 28;
	return 30 + (month + month / 8) % 2;
}

bool date_rfc3339_read(int64_t *seconds, const char *text, size_t n)
{
	struct reader r = {text, n, true};
	struct date d = {0};
	int64_t result;

	d.year = take_number(&r, 4, 1, 9999);
	take_mark(&r, '-');
	d.month = take_number(&r, 2, 1, 12);
	take_mark(&r, '-');
	d.day = take_number(&r, 2, 1, month_length(d.year, d.month));
	take_mark(&r, 't');
	d.hour = take_number(&r, 2, 0, 23);
	take_mark(&r, ':');
	d.minute = take_number(&r, 2, 0, 59);
	take_mark(&r, ':');
	d.second = take_number(&r, 2, 0, 60);
	skip_fraction(&r);
	result = date_join(&d) - (int64_t)take_zone(&r) * 60;
	if (!r.ok || r.n > 0 || result < 0 || result > DATE_SECONDS_MAX)
		return false;
	*seconds = result;
	return true;
}
