/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * aliases.c - reads aliases(5) and takes right sides apart.
 *
 * contract: aliases.h.  Never runs a pipe, never writes a file, never fails
 * a message because a shared file has a line for another mail system.
 */
#include "aliases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "diagnostics.h"
#include "text.h"

/* A file of aliases, or of one list, is text that people write. */
#define FILE_MAX (16 * 1024 * 1024)

void aliases_init(struct aliases *a)
{
	memset(a, 0, sizeof *a);
}

void aliases_release(struct aliases *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->alias[i].name);
		free(a->alias[i].value);
	}
	for (size_t i = 0; i < a->n_files; i++)
		free(a->file[i]);
	free(a->alias);
	free(a->file);
	aliases_init(a);
}

/* One read() of a file. */
#define PIECE 65536

/* What is left of a file; false: errno. */
static bool read_rest(struct buf *text, int fd)
{
	ssize_t got = 1;

	while (got > 0) {
		unsigned char *room = buf_reserve(text, PIECE);

		if (room == NULL) {
			errno = buf_room(text) < PIECE ? EFBIG : ENOMEM;
			return false;
		}
		got = read(fd, room, PIECE);
		if (got > 0)
			buf_commit(text, (size_t)got);
	}
	return got == 0;
}

/* The whole file, NUL-terminated; NULL: errno (EFBIG, EINVAL: no file of
 * text). */
static char *read_file(const char *path)
{
	struct buf text;
	struct stat st;
	char *taken = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return NULL;
	buf_init(&text, FILE_MAX);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		error = EINVAL;
	else if (!read_rest(&text, fd))
		error = errno;
	else if ((taken = buf_take(&text, NULL)) == NULL)
		error = ENOMEM;
	buf_release(&text);
	close(fd);
	errno = error;
	return taken;
}

static bool add_file(struct aliases *a, const char *path)
{
	char **grown = realloc(a->file, (a->n_files + 1) * sizeof *grown);

	if (grown == NULL)
		return false;
	a->file = grown;
	grown[a->n_files] = strdup(path);
	return grown[a->n_files++] != NULL;
}

static bool add_alias(struct aliases *a, const struct alias *alias)
{
	struct alias *grown = realloc(a->alias, (a->n + 1) * sizeof *grown);

	if (grown == NULL)
		return false;
	a->alias = grown;
	grown[a->n++] = *alias;
	return true;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r");
}

/* Where the name before the colon ends; it may stand in quotes. */
static const char *name_end(const char *p)
{
	if (*p == '"') {
		for (p++; *p != '\0' && *p != '"'; p++)
			if (*p == '\\' && p[1] != '\0')
				p++;
		return *p == '"' ? p + 1 : p;
	}
	return p + strcspn(p, ": \t");
}

static char *copy_name(const char *start, const char *end)
{
	if (*start == '"' && end - start >= 2)
		return strndup(start + 1, (size_t)(end - start) - 2);
	return strndup(start, (size_t)(end - start));
}

/* One logical line; false: it is no alias. */
static bool take_line(struct aliases *a, const char *text, unsigned line)
{
	const char *start = skip_blanks(text);
	const char *end = name_end(start);
	const char *colon = skip_blanks(end);
	struct alias alias = {.line = line, .file = a->file[a->n_files - 1]};

	if (end == start || *colon != ':')
		return false;
	alias.name = copy_name(start, end);
	alias.value = strdup(skip_blanks(colon + 1));
	if (alias.name == NULL || alias.value == NULL ||
	    !add_alias(a, &alias)) {
		a->no_memory = true;
		free(alias.name);
		free(alias.value);
	}
	return true;
}

static bool is_comment(const char *line)
{
	line = skip_blanks(line);
	return *line == '#' || *line == '\0';
}

/* Cuts a comment off a line: "#" is part of a name unless a blank stands
 * before it. */
static void cut_comment(char *line)
{
	bool quoted = false;

	for (char *p = line; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted &&
			 (p == line || p[-1] == ' ' || p[-1] == '\t')) {
			*p = '\0';
			return;
		}
	}
}

/* The next physical line of text, its end cut off. */
static char *cut_line(char *text)
{
	char *next = strchr(text, '\n');

	if (next != NULL)
		*next++ = '\0';
	return next;
}

static bool end_line(struct aliases *a, const char *logical, unsigned line,
    struct diagnostics *d)
{
	if (logical == NULL || take_line(a, logical, line))
		return true;
	diagnostics_add(
	    d, "%s:%u: not an alias", a->file[a->n_files - 1], line);
	return false;
}

/* Splits text into physical lines, in place; joins those that begin with
 * white space to the one before. */
static bool take_lines(struct aliases *a, char *text, struct diagnostics *d)
{
	char *logical = NULL, *end = NULL;
	unsigned number = 0, started = 0;
	bool good = true;

	for (char *next; text != NULL; text = next) {
		size_t n;

		next = cut_line(text);
		number++;
		if (is_comment(text))
			continue;
		cut_comment(text);
		n = strlen(text);
		if (logical != NULL && (*text == ' ' || *text == '\t')) {
			/* Both stand in the one buffer, in this order. */
			memmove(end, text, n + 1);
			end += n;
			continue;
		}
		good = end_line(a, logical, started, d) && good;
		logical = text;
		end = text + n;
		started = number;
	}
	return end_line(a, logical, started, d) && good;
}

bool aliases_read(struct aliases *a, const char *path, struct diagnostics *d)
{
	char *text = read_file(path);
	bool good;

	if (text == NULL) {
		if (errno == ENOENT)
			return true;
		a->no_memory = a->no_memory || errno == ENOMEM;
		diagnostics_add(d, "cannot read the aliases in %s: %s", path,
		    strerror(errno));
		return false;
	}
	good = add_file(a, path);
	if (!good)
		a->no_memory = true;
	else
		good = take_lines(a, text, d) && !a->no_memory;
	free(text);
	return good;
}

const struct alias *aliases_find(const struct aliases *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (text_same(a->alias[i].name, name))
			return &a->alias[i];
	return NULL;
}

const struct alias *aliases_catch_all(const struct aliases *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->alias[i].name, "*") == 0 ||
		    text_same(a->alias[i].name, "default"))
			return &a->alias[i];
	return NULL;
}

/* An element ends at a comma outside quotes, comments and brackets. */
static size_t element_length(const char *p)
{
	bool quoted = false;
	size_t depth = 0, n = 0;

	for (; p[n] != '\0'; n++) {
		if (p[n] == '\\' && p[n + 1] != '\0')
			n++;
		else if (p[n] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (p[n] == '(')
			depth++;
		else if (p[n] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && p[n] == ',')
			break;
	}
	return n;
}

static size_t trimmed(const char *text, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		n--;
	return n;
}

enum alias_kind alias_next(const char **at, const char **text, size_t *n)
{
	static const char include[] = ":include:";
	const char *p = *at + strspn(*at, " \t\r\n,");
	const char *first;

	if (*p == '\0') {
		*at = p;
		return ALIAS_END;
	}
	*n = element_length(p);
	*at = p + *n;
	*text = p;
	*n = trimmed(p, *n);
	first = *p == '"' ? p + 1 : p;
	if (*first == '|' || *p == '/' || (first != p && *first == '/'))
		return ALIAS_PASSED_OVER;
	if (!text_starts_nocase(first, *n - (size_t)(first - p), include))
		return ALIAS_ADDRESS;
	*text = first + sizeof include - 1;
	*n -= (size_t)(*text - p);
	if (first != p && *n > 0 && (*text)[*n - 1] == '"')
		(*n)--;
	return ALIAS_INCLUDE;
}

/* Lines become elements, without their comments. */
static void join_lines(char *text)
{
	char *end = text;

	for (char *next; text != NULL; text = next) {
		size_t n;

		next = cut_line(text);
		cut_comment(text);
		n = strlen(text);
		memmove(end, text, n);
		end += n;
		if (next != NULL)
			*end++ = ',';
	}
	*end = '\0';
}

char *alias_include(const char *path, struct diagnostics *d, bool *no_memory)
{
	char *text = path[0] == '/' ? read_file(path) : NULL;

	*no_memory = false;
	if (path[0] != '/') {
		diagnostics_add(
		    d, ":include:%s: the path must begin with /", path);
	} else if (text == NULL) {
		*no_memory = errno == ENOMEM;
		diagnostics_add(
		    d, "cannot read the list %s: %s", path, strerror(errno));
	} else {
		join_lines(text);
	}
	return text;
}
