/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * body.h - from the message callback to the octets of DATA or BDAT.
 *
 *   smtp_messagecb_t -> header fields -> CRLF only -> dots (DATA) -> out
 *
 * One defined meaning: LF and CRLF end a line, a bare CR ends one
 * too, so no CR leaves without LF and no LF without CR.  Pieces may split
 * anywhere: one octet at a time gives the same octets as all at once.  Any
 * size in a fixed amount of memory.  BINARYMIME passes the body untouched.
 * RFC 5321 4.5.2, RFC 3030, RFC 5322 2.1.
 */
#ifndef BODY_H
#define BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct smtp_message;
struct header_facts;

/* One BDAT chunk, read ahead: a message that fits leaves as one. */
#define BODY_CHUNK (256 * 1024)

enum body_state {
	BODY_MORE,  /* call again */
	BODY_END,   /* every octet has been given out */
	BODY_FAILED /* the callback failed: never finish this content */
};

struct body;

/* Rewinds the message (one call with len NULL); reads begin with the first
 * body_pump().  dots: stuffing and the final dot line are wanted (DATA).
 * NULL: no memory. */
struct body *body_new(
    struct smtp_message *message, const struct header_facts *facts, bool dots);
void body_free(struct body *body);
/* Only before the first octet was pumped out: DATA after all, or BDAT. */
void body_set_dots(struct body *body, bool dots);

/* Appends octets to out until out holds mark octets, or the content's end
 * (for DATA: with its final CRLF . CRLF).  out may pass mark by 7 octets; its
 * maximum should be mark + 8 at least, or BODY_MORE comes before mark. */
enum body_state body_pump(struct body *body, struct buf *out, size_t mark);

/* Tells the program of what was pumped since the last call: one
 * SMTP_EV_MESSAGEDATA for each field, and each line (DATA) or block of the
 * callback's (BDAT), and the monitor of each field.  To be called once the
 * octets are on their way. */
void body_report(struct body *body);

/* Octets given out so far without stuffing and final dot (RFC 1870). */
unsigned long long body_size(const struct body *body);
/* An octet over 0x7F was among them. */
bool body_eight_bit(const struct body *body);
/* errno value left behind by the callback, when BODY_FAILED. */
int body_error(const struct body *body);

#endif
