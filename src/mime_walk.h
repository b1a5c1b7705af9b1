/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_walk.h - a stored body as a sequence of pieces.
 *
 * Multiparts and messages in messages are taken apart without recursion, in
 * memory that does not depend on the body's size.  Only the mime_*.c files
 * include this.
 */
#ifndef MIME_WALK_H
#define MIME_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "mime.h"

enum mime_piece_kind {
	PIECE_STRUCTURE,   /* delimiters, and what readers pass over */
	PIECE_HEADER,      /* a whole header section */
	PIECE_CONTENT,     /* of a leaf: some of a line, or all of it */
	PIECE_CONTENT_END, /* of a leaf: no more of it */
	PIECE_END,
	PIECE_FAILED
};

/* Valid until the next call. */
struct mime_piece {
	enum mime_piece_kind kind;
	/* The line end, as it came, that stands before data: a line's end
	 * belongs to a delimiter that follows it. */
	const char *lead;
	size_t lead_len;
	const char *data; /* without the line end; a header's with all */
	size_t n;
	/* PIECE_HEADER. */
	struct mime_entity entity;
	bool of_message; /* not of a part */
	bool complete;   /* an empty line ends it */
};

struct mime_walk;

/* NULL: no memory. */
struct mime_walk *mime_walk_new(
    const struct message *message, const struct mime_entity *root);
void mime_walk_free(struct mime_walk *walk);

/* PIECE_FAILED: errno; EFBIG is a header section beyond all measure. */
enum mime_piece_kind mime_walk_next(
    struct mime_walk *walk, struct mime_piece *piece);

#endif
