/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body_lines.h - text with any line ends becomes text for the wire
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * CRLF, LF and a bare CR each end a line, and CRLF is what is written: no CR
 * without LF, no LF without CR. With dots each line that begins with
 * one gets another, RFC 5321 4.5.2. The split of the input into pieces makes
 * no difference. Nothing else is changed, added or dropped.
 */
#ifndef BODY_LINES_H
#define BODY_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct body_lines {
	bool dots;
	bool after_cr;   /* a CR ended the last piece: an LF belongs to it */
	bool line_start; /* the next octet begins a line */
	bool eight_bit;  /* an octet over 0x7F has passed */
	size_t added;    /* dots, to the last piece */
	unsigned long long size; /* octets written, dots added not counted */
};

/* Where a text begins, a line begins. */
void body_lines_init(struct body_lines *l);

/* Appends n octets of text to out; never more than twice as many.
 * False: out refused (failed), and nothing was appended. */
bool body_lines_put(
    struct body_lines *l, const void *text, size_t n, struct buf *out);

/* The same for octets that are not lines of text: they pass as they are. */
bool body_lines_raw(
    struct body_lines *l, const void *data, size_t n, struct buf *out);

/* Appends the end of the text: the CRLF that its last line lacks, and with
 * dots the final dot line. Five octets at most. False: out refused. */
bool body_lines_end(struct body_lines *l, struct buf *out);

#endif
