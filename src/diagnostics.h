/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diagnostics.h - complaints, collected to be printed by the caller
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Configuration, accounts and secrets report every mistake they find as one
 * harmless line each: whatever is put into a line is cleaned, so a file name
 * or a program's output cannot move the terminal or forge a log line. Nothing
 * here prints or ends the program. A line that no memory could be found for,
 * or that is one too many, is counted and so never looks like success.
 */
#ifndef DIAGNOSTICS_H
#define DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* A broken file should not fill a terminal's history. */
enum { DIAGNOSTICS_MAX = 100 };

struct diagnostics {
	char **line; /* n lines without line ends, owned */
	size_t n;
	size_t dropped; /* lines that were not kept */
	bool
	    no_memory; /* some was missing: what failed may pass another time */
};

/* An empty collection; allocates nothing. */
void diagnostics_init(struct diagnostics *d) SMTP_NONNULL(1);

/* Gives all memory back; the collection is as after init. */
void diagnostics_release(struct diagnostics *d) SMTP_NONNULL(1);

/* Adds one line, formatted and then cleaned as text_clean() does it. */
void diagnostics_add(struct diagnostics *d, const char *format, ...)
    SMTP_NONNULL(1, 2) SMTP_PRINTF(2, 3);

/* Adds "what: out of memory". */
void diagnostics_no_memory(struct diagnostics *d, const char *what)
    SMTP_NONNULL(1, 2);

/* Moves all lines of from to the end of to. */
void diagnostics_move(struct diagnostics *to, struct diagnostics *from)
    SMTP_NONNULL(1, 2);

/* Whether anything was ever added. */
bool diagnostics_any(const struct diagnostics *d) SMTP_NONNULL(1);

#endif
