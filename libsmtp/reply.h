/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * reply.h - reads one reply at a time, RFC 5321 4.2, RFC 2034.
 *
 * Incremental: bytes may come one by one.  Bounded: REPLY_LINE_MAX octets a
 * line are kept, the rest dropped and flagged; more than REPLY_LINES_MAX
 * lines or REPLY_TEXT_MAX octets are malformed.  Never looks at what
 * the words mean.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define REPLY_LINE_MAX 8192
/* A 334 may carry a challenge of 12288 octets (RFC 4954 4). */
#define REPLY_CHALLENGE_MAX (12288 + 8)
#define REPLY_LINES_MAX 1000
#define REPLY_TEXT_MAX (256 * 1024)

enum reply_state {
	REPLY_MORE,     /* feed more */
	REPLY_COMPLETE, /* code, enhanced and text are valid */
	REPLY_MALFORMED
};

struct reply {
	int code;        /* 100..599 once complete; the last line's */
	int enhanced[3]; /* class 0: none; class always equals code / 100 */
	struct buf text; /* all lines' texts, each ending in CRLF, the
	                  * enhanced code taken off, NUL made '?' */
	size_t lines;
	bool mismatch;  /* lines carried different codes (tolerated) */
	bool cut;       /* a line was too long and lost its end */
	bool no_memory; /* malformed, but the server is not to blame */
	/* Inside: the line being read, all octets taken. */
	struct buf line;
	size_t octets;
	enum reply_state state;
};

void reply_init(struct reply *r);
void reply_release(struct reply *r);
/* Ready for the next reply. */
void reply_reset(struct reply *r);

/* Takes octets from data up to the end of one reply and says how many in
 * *used.  A line ends with LF, a CR before it is dropped.  A code without
 * text is a reply; a code must have three digits, the first of 2..5 or 1
 * (1yz is a reply the engine will not like), then SP, '-' or the end.
 * REPLY_MALFORMED comes with the first octet that cannot be right, the line
 * need not be whole.  An enhanced status code (RFC 2034) whose class fits is
 * taken off; where lines differ the last one counts.  After COMPLETE and
 * MALFORMED nothing is taken until reply_reset(). */
enum reply_state reply_feed(
    struct reply *r, const void *data, size_t n, size_t *used);

/* The n-th line of text (0: the first) without its CRLF; false: none. */
bool reply_line(
    const struct reply *r, size_t n, const char **text, size_t *len);

#endif
