/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body_section.h - a message's header section, cut into fields
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Finds each field with its folded lines and hands it to header.c, in a fixed
 * amount of memory: of a field longer than SECTION_FIELD_MAX the rest goes
 * the way of its beginning. The section ends at the first empty line, or
 * before the first line that can be neither a field nor a folded line; then a
 * blank line is put between the two. RFC 5322 2.1, 2.2; X-31.
 */
#ifndef BODY_SECTION_H
#define BODY_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct header_pass;

/* Real fields end far below: the longest are lists of recipients. */
#define SECTION_FIELD_MAX (64 * 1024)

enum section_state {
	SECTION_MORE,  /* feed again */
	SECTION_OVER,  /* the blank line has been written */
	SECTION_FAILED /* no memory */
};

struct section {
	struct header_pass *pass; /* borrowed */
	bool as_it_is;    /* nothing is skipped, and no blank line is added */
	bool started;     /* a field has been found */
	bool after_cr;    /* a CR ended the last piece */
	bool long_field;  /* text continues a field that was too long */
	bool inside_line; /* with long_field: text continues its line */
	size_t line;      /* where the unfinished line of text begins */
	struct buf text;  /* the field being read, each line with CRLF */
};

void section_init(struct section *s, struct header_pass *pass, bool as_it_is);
void section_release(struct section *s);

/* Takes the next piece, to the end of a line at most; *taken is how much of
 * it. Appends to out what is to be sent. SECTION_OVER: text holds what was
 * read already of the body, complete lines but perhaps the last one. */
enum section_state section_feed(struct section *s, const char *data, size_t n,
    size_t *taken, struct buf *out);

/* The message has ended, or pauses, before its body: finishes the section.
 * Never SECTION_MORE. */
enum section_state section_end(struct section *s, struct buf *out);

#endif
