/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_encode.h - quoted-printable and base64 as streams.
 *
 * Octets come in pieces of any size, line ends apart from them; lines of at
 * most 76 octets leave.  Only the mime_*.c files include this.
 */
#ifndef MIME_ENCODE_H
#define MIME_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime.h"

/* What is done with a leaf. */
enum mime_action {
	MIME_KEEP,       /* nothing but line ends */
	MIME_TO_QUOTED,  /* lines stay lines */
	MIME_REQUOTE,    /* quoted-printable that holds what it may not */
	MIME_TO_BASE64,  /* every octet as it came, line ends too */
	MIME_WRAP_BASE64 /* base64 in lines that are too long */
};

/* 57 octets are 76 of base64. */
#define MIME_BASE64_INPUT 57

struct mime_encoder {
	enum mime_action action;
	size_t column;       /* of the line being written */
	bool soft;           /* the line goes on one of the source */
	unsigned char blank; /* held back: it may be the last of its line */
	unsigned char input[MIME_BASE64_INPUT];
	size_t input_len;
};

/* What the part's encoding is called behind the action, "7bit" where nothing
 * over 0x7F is left; NULL: what it was called before. */
const char *mime_new_encoding(
    enum mime_action action, enum mime_encoding encoding, bool seven_bit);

void mime_encoder_init(struct mime_encoder *e, enum mime_action action);
void mime_encode(
    struct mime_encoder *e, struct buf *out, const char *data, size_t n);
/* A line end as it came. */
void mime_encode_line_end(
    struct mime_encoder *e, struct buf *out, const char *end, size_t n);
/* There is no more: what is held back.  The last line is not ended, unless
 * it was in the source: a delimiter's line end follows. */
void mime_encode_finish(struct mime_encoder *e, struct buf *out);

#endif
