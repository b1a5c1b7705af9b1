/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * capability.h - what the server's EHLO reply announced, RFC 5321 4.1.1.1.
 *
 * Every keyword is kept with its raw parameters, known or not; nothing
 * unknown changes behaviour.  The known ones stand in one table in
 * capability.c.  Limits bound count and size, the rest is dropped.
 */
#ifndef CAPABILITY_H
#define CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

struct reply;

/* Index of the table of known keywords. */
enum capability {
	CAP_8BITMIME,
	CAP_AUTH,
	CAP_BINARYMIME,
	CAP_CHUNKING,
	CAP_DELIVERBY,
	CAP_DSN,
	CAP_ENHANCEDSTATUSCODES,
	CAP_ETRN,
	CAP_FUTURERELEASE,
	CAP_LIMITS,
	CAP_MT_PRIORITY,
	CAP_PIPELINING,
	CAP_REQUIRETLS,
	CAP_SIZE,
	CAP_SMTPUTF8,
	CAP_STARTTLS,
	CAP_XUSR,
	CAP_COUNT
};

/* Longest table kept of one EHLO reply: real servers announce about 25. */
#define CAPABILITY_KEYWORDS_MAX 256

struct capability_entry {
	char *keyword;    /* upper case; owned */
	char *parameters; /* raw, "" when none; owned; AUTH's lists joined.
	                   * A server's words: to be cleaned when shown. */
};

struct capabilities {
	struct capability_entry *entries; /* owned */
	size_t count;
	unsigned long known;         /* bit 1 << enum capability */
	unsigned long long size_max; /* SIZE, 0: unknown */
	unsigned long deliverby_min; /* DELIVERBY, seconds, 0: unknown */
	unsigned long rcpt_max, mail_max, rcpt_domain_max; /* LIMITS, 0: none */
	unsigned long hold_for_max; /* FUTURERELEASE, seconds */
	char hold_until_max[40];    /* RFC 3339 */
};

void capabilities_init(struct capabilities *c);
void capabilities_release(struct capabilities *c); /* empty, usable again */

/* Replaces the table by that of a complete EHLO reply (its first line is the
 * greeting and is passed over).  Of a keyword said twice the first one
 * counts.  false: no memory, the table is empty. */
bool capabilities_read(struct capabilities *c, const struct reply *reply);

/* The keyword, static. */
const char *capability_name(enum capability which);

bool capabilities_has(const struct capabilities *c, enum capability which);
/* Raw parameters, case-insensitive keyword; NULL: absent. */
const char *capabilities_get(const struct capabilities *c, const char *keyword);
/* True when AUTH (or the historic AUTH=) lists the mechanism, whole words,
 * any case. */
bool capabilities_offers(const struct capabilities *c, const char *mechanism);

#endif
