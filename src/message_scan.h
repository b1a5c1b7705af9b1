/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message_scan.h - tells header from body while input streams by.
 *
 * Pieces may split anywhere.  The header section is kept in memory; the
 * body's octets are handed back to be stored, and are only counted here.
 */
#ifndef MESSAGE_SCAN_H
#define MESSAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "message.h"

/* more than any mail has. */
#define MESSAGE_HEADER_MAX (16 * 1024 * 1024)

struct message_scan {
	struct buf header;
	struct buf line; /* of the header, while it is incomplete */
	struct buf mbox; /* From_ lines, until the next line tells */
	char *from_line; /* address of the last From_ line, or NULL */
	bool in_body;
	bool too_large; /* the header section */
	bool no_memory;
	struct message_facts facts;
	/* Of the body, across pieces. */
	size_t line_length;
	bool after_cr;
	bool ends_line;                    /* the last octet ended a line */
	unsigned char utf8_missing;        /* continuation octets still due */
	unsigned char utf8_low, utf8_high; /* range of the next one */
};

void message_scan_init(struct message_scan *s);
void message_scan_release(struct message_scan *s);

/* Takes a piece of input.  Appends to body what of it, or of a line held
 * back so far, belongs to the body. */
void message_scan_piece(
    struct message_scan *s, const char *data, size_t n, struct buf *body);
/* The input has ended: completes what is open. */
void message_scan_end(struct message_scan *s, struct buf *body);

/* Counts octets of the body; for its last lines, see message.c. */
void message_scan_body(struct message_scan *s, const char *data, size_t n);

#endif
