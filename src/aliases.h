/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * aliases.h - the files that say where a local name's mail goes.
 *
 * aliases(5) as MTAs read it: names any case, comma lists, continuation
 * lines, comments, "default:" and "*:" for all other names.  What a line
 * says is only kept here; envelope.c expands it.
 */
#ifndef ALIASES_H
#define ALIASES_H

#include <stdbool.h>
#include <stddef.h>

struct diagnostics;

struct alias {
	char *name;
	char *value; /* unfolded right side */
	const char *file;
	unsigned line;
};

struct aliases {
	struct alias *alias;
	size_t n;
	char **file; /* names of the files read; owned */
	size_t n_files;
	bool no_memory; /* something is missing for want of it */
};

void aliases_init(struct aliases *a);
void aliases_release(struct aliases *a);

/* Adds a file's lines behind those there.  A file that does not exist is
 * none.  false: d has a line for each mistake, or says why the file cannot
 * be read; what could be read is kept. */
bool aliases_read(struct aliases *a, const char *path, struct diagnostics *d);

/* The first alias of a name, letters in any case; NULL: none. */
const struct alias *aliases_find(const struct aliases *a, const char *name);
/* The first one for all other names; NULL: none. */
const struct alias *aliases_catch_all(const struct aliases *a);

/* What one element of a right side is. */
enum alias_kind {
	ALIAS_END,
	ALIAS_ADDRESS,
	ALIAS_INCLUDE,    /* text is the path */
	ALIAS_PASSED_OVER /* a pipe or a file: no MTA is here */
};

/* Takes the next element of a right side at *at; text and n are inside it. */
enum alias_kind alias_next(const char **at, const char **text, size_t *n);

/* The content of an :include: file as one right side, malloc()ed; NULL: not
 * readable, d says why. */
char *alias_include(const char *path, struct diagnostics *d, bool *no_memory);

#endif
