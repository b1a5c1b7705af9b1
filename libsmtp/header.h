/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * header.h - which header fields are added, kept or dropped, RFC 5322 3.6.
 *
 * The only place that decides it.  A message's header section goes through
 * header_field() field by field; what the API set, or RFC 5322 wants and the
 * message lacks, follows in header_finish().  One table of fields (class,
 * arguments, list or not, generated when missing) rules both.  Pure: clock,
 * zone and random values are passed in.
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "libesmtp.h"

struct smtp_message;
struct header_set; /* what the API set for one message */

/* Values that only the system knows. */
struct header_facts {
	long long now;    /* seconds since the epoch */
	int zone_minutes; /* east of UTC */
	bool zone_known;
	unsigned char random[16]; /* for Message-ID */
	const char *host;         /* right side of Message-ID, From's domain */
	const char *local_user;   /* for From of a null reverse-path */
};

enum header_kind {
	HEADER_TEXT,    /* const char * */
	HEADER_DATE,    /* const time_t *, as long long here */
	HEADER_ID,      /* const char * or NULL */
	HEADER_MAILBOX, /* phrase, mailbox */
	HEADER_REFUSED  /* may not be set: MIME, Return-Path, Received, ... */
};

struct header_set *header_set_new(void);
void header_set_free(struct header_set *set);

/* How a field's value is given to the API. */
enum header_kind header_kind_of(const char *name);

/* Each false: refused (SMTP_ERR_INVAL), or no memory (*no_memory set).
 * Names are RFC 5322 field names; values have trailing line ends stripped
 * and inner CR, LF and NUL refused. */
bool header_set_text(struct header_set *set, const char *name,
    const char *value, bool *no_memory);
bool header_set_date(
    struct header_set *set, const char *name, long long when, bool *no_memory);
bool header_set_mailbox(struct header_set *set, const char *name,
    const char *phrase, const char *mailbox, bool *no_memory);
bool header_set_option(struct header_set *set, const char *name,
    enum header_option option, bool on, bool *no_memory);
void header_set_resent(struct header_set *set, bool on);

/* One pass over one message. */
struct header_pass;
struct header_pass *header_pass_new(
    struct smtp_message *message, const struct header_facts *facts);
void header_pass_free(struct header_pass *pass);

/* The length of the field name that the line begins with, RFC 5322 3.6.8,
 * with white space before its colon or without (4.5); 0: it is no field. */
size_t header_name_length(const char *line, size_t n);

/* One field as it came, folded lines included, CRLF at each line's end; or
 * a line that is no field.  Appends what is to be sent instead (perhaps
 * nothing) to out. */
bool header_field(
    struct header_pass *pass, const char *field, size_t n, struct buf *out);

/* More of the field that header_field() got the beginning of: goes the way of
 * that. */
bool header_more(
    struct header_pass *pass, const char *rest, size_t n, struct buf *out);

/* Appends the fields still owed, not the blank line.  Also leaves the
 * Message-ID in message->message_id. */
bool header_finish(struct header_pass *pass, struct buf *out);

#endif
