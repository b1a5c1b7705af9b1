/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * record.h - what the test server writes down
 *
 * Everything a test may want to look at, as files in one directory.  Each call
 * is complete on disk when it returns, so a test may read while the server
 * still runs.  Calls from several connections are serialised here. */

#ifndef TESTS_SERVER_RECORD_H
#define TESTS_SERVER_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "octets.h"

struct record;

/* Opens DIR, making it when it is missing; a NULL directory records nothing.
 * NULL: failed, explained on stderr. */
struct record *record_open(const char *directory);
void record_close(struct record *record);

/* One line of the dialogue: who is 'C', 'S' or '-' (a remark). */
void record_line(struct record *record, unsigned long conn, char who,
    const char *text, size_t n);
SMTP_PRINTF(3, 4)
void record_remark(
    struct record *record, unsigned long conn, const char *format, ...);

/* Something that a correct client never does. */
SMTP_PRINTF(3, 4)
void record_violation(
    struct record *record, unsigned long conn, const char *format, ...);

/* The next message's number; the content is written before the envelope. */
unsigned long record_message(struct record *record,
    const struct octets *envelope, const struct octets *content);

/* Adds a line to the envelope of message number. */
void record_verdict(
    struct record *record, unsigned long number, const char *line);

/* A line of the file "flights". */
SMTP_PRINTF(2, 3)
void record_flight(struct record *record, const char *format, ...);

/* Adds octets to the dump of one connection. */
void record_octets(
    struct record *record, unsigned long conn, const char *data, size_t n);

#endif
