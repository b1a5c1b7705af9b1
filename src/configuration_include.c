/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_include.c - a file in a file
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Bounded three ways: the depth, the number of files, and a file cannot
 * include itself by any name. A file that is named but cannot be read is a
 * mistake; a pattern that matches nothing is an empty directory of snippets.
 */
#include "configuration_include.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_load.h"
#include "diagnostics.h"

/* The pattern as glob() wants it; NULL: no memory, or no home. */
static char *whole_pattern(const struct configuration_load *load,
    const char *file, const char *pattern)
{
	const char *slash = strrchr(file, '/');
	size_t directory_n = slash == NULL ? 0 : (size_t)(slash - file) + 1;
	size_t n = strlen(pattern);
	char *whole;

	if (pattern[0] == '~')
		return configuration_expand(pattern, load->paths->home);
	if (pattern[0] == '/')
		directory_n = 0;
	whole = malloc(directory_n + n + 1);
	if (whole == NULL)
		return NULL;
	memcpy(whole, file, directory_n);
	memcpy(whole + directory_n, pattern, n + 1);
	return whole;
}

static void include_one(struct configuration_load *load, const char *file,
    unsigned line, const char *path)
{
	switch (configuration_load_file(load, path)) {
	case FILE_ABSENT:
		configuration_complain(
		    load->d, file, line, "%s: %s", path, strerror(ENOENT));
		break;
	case FILE_DENIED:
		configuration_complain(
		    load->d, file, line, "%s: %s", path, strerror(EACCES));
		break;
	case FILE_READ:
	case FILE_BAD:
		break;
	}
}

void configuration_include(struct configuration_load *load, const char *file,
    unsigned line, const char *pattern)
{
	glob_t found = {0};
	char *whole;
	int result;

	if (load->paths == NULL) {
		configuration_complain(
		    load->d, file, line, "include works in files only");
		return;
	}
	whole = whole_pattern(load, file, pattern);
	if (whole == NULL) {
		configuration_complain(load->d, file, line,
		    "include: no memory, or no home directory for ~");
		return;
	}
	result = glob(whole, GLOB_ERR, NULL, &found);
	if (result == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			include_one(load, file, line, found.gl_pathv[i]);
	} else if (result != GLOB_NOMATCH) {
		configuration_complain(load->d, file, line,
		    "include: a directory of '%s' cannot be read", whole);
	} else if (strpbrk(pattern, "*?[") == NULL) {
		include_one(load, file, line, whole);
	}
	globfree(&found);
	free(whole);
}
