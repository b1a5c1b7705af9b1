/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* diagnostics.c - complaints, collected to be printed by the caller
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One line is formatted into a fixed buffer, which bounds it, and cleaned as
 * a whole, which makes every part of it harmless whatever its source. Never
 * prints, never ends the program; running out of memory loses the words of a
 * line, never the fact that there was one.
 */
#include "diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "text.h"

/* A path of PATH_MAX octets is cut; the words behind it are then lost, but
 * nobody reads a line of more than 512 columns anyway. */
enum { LINE_MAX_OCTETS = 2048 };

void diagnostics_init(struct diagnostics *d)
{
	*d = (struct diagnostics){0};
}

void diagnostics_release(struct diagnostics *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->line[i]);
	free(d->line);
	diagnostics_init(d);
}

/* Takes ownership of line; false: no room. */
static bool keep(struct diagnostics *d, char *line)
{
	char **grown;

	if (d->n == DIAGNOSTICS_MAX)
		return false;
	grown = realloc(d->line, (d->n + 1) * sizeof *grown);
	if (grown == NULL)
		return false;
	d->line = grown;
	d->line[d->n++] = line;
	return true;
}

void diagnostics_add(struct diagnostics *d, const char *format, ...)
{
	char raw[LINE_MAX_OCTETS];
	struct buf clean;
	char *line;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(raw, sizeof raw, format, arguments);
	va_end(arguments);
	buf_init(&clean, TEXT_CLEAN_MAX);
	text_clean(&clean, raw, strlen(raw));
	line = buf_take(&clean, NULL);
	buf_release(&clean);
	if (line == NULL || !keep(d, line)) {
		free(line);
		d->dropped++;
		d->no_memory |= d->n < DIAGNOSTICS_MAX;
	}
}

void diagnostics_no_memory(struct diagnostics *d, const char *what)
{
	d->no_memory = true;
	diagnostics_add(d, "%s: out of memory", what);
}

void diagnostics_move(struct diagnostics *to, struct diagnostics *from)
{
	/* As they are: cleaning a second time would escape the escapes. */
	for (size_t i = 0; i < from->n; i++) {
		if (keep(to, from->line[i]))
			continue;
		free(from->line[i]);
		to->dropped++;
	}
	to->dropped += from->dropped;
	to->no_memory |= from->no_memory;
	free(from->line);
	diagnostics_init(from);
}

bool diagnostics_any(const struct diagnostics *d)
{
	return d->n > 0 || d->dropped > 0;
}
