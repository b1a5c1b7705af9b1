/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* date.h - points in time as the RFCs write them
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * In English and in the Gregorian calendar, whatever the locale; the clock
 * and the zone are passed in, so the same arguments give the same octets.
 * RFC 5322 3.3 (Date:), RFC 3339 5.6 (HOLDUNTIL=, RRVS=).
 */
#ifndef SMTP_DATE_H
#define SMTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct buf;

/* What is written lies in the years 1970 to 9999, where it is written. */
#define DATE_SECONDS_MAX INT64_C(253402300799)

enum {
	DATE_ZONE_UNKNOWN = INT32_MIN, /* time in UTC, "-0000" */
	DATE_ZONE_MAX = 24 * 60 - 1    /* minutes, either way */
};

/* The broken-down time of a clock with some fixed offset from UTC. */
struct date {
	int year;
	int month;   /* 1 to 12 */
	int day;     /* 1 to 31 */
	int weekday; /* 0 is Sunday */
	int hour;
	int minute;
	int second;
};

/* Breaks down seconds since 1970 (negative ones too) without a time zone. */
struct date date_split(int64_t seconds);

/* Seconds since 1970 of a date without a time zone. The weekday is ignored;
 * the other members must be within their ranges, the year 1 to 9999. */
int64_t date_join(const struct date *d) SMTP_NONNULL(1);

/* Appends "Sat, 1 Jan 2000 00:00:00 +0100": seconds since 1970, zone in
 * minutes east of UTC, or DATE_ZONE_UNKNOWN. False: the local date is not in
 * 1970 to 9999, the zone beyond DATE_ZONE_MAX, or out refused (failed). */
bool date_rfc5322(struct buf *out, int64_t seconds, int zone) SMTP_NONNULL(1);

/* Appends "2000-01-01T00:00:00Z". False: as for date_rfc5322(). */
bool date_rfc3339(struct buf *out, int64_t seconds) SMTP_NONNULL(1);

/* Reads an RFC 3339 date-time, with Z or a numeric offset and with or without
 * a fraction (dropped), all n octets of text. A leap second is the second
 * after it. False, *seconds untouched: it is none, or outside 1970 to 9999. */
bool date_rfc3339_read(int64_t *seconds, const char *text, size_t n)
    SMTP_NONNULL(1);

#endif
