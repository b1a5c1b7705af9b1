/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* runner.c - plays every transcript of a folder, and speaks TAP
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A transcript is the notation of RFC 5321 Appendix D, with what the program
 * wants before it and what it must get behind it; README.md explains it. Each
 * is played whole, then with replies octet by octet, then with commands and
 * content octet by octet too: all must give the same. Arguments are files;
 * without any, it is all of $TOP_SRCDIR/tests/dialogue. Never skips one.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

enum { LINE_MAX_OCTETS = 1 << 14, FILES_MAX = 1000, PATH_ROOM = 4096 };

static const struct manner manners[] = {
    {"whole", false, false, 0},
    {"replies by octets", true, false, 7},
    {"all by octets", true, true, 1},
};

/* Plays one file in one manner; false: why says why. */
static bool play(const char *path, const struct manner *manner, struct buf *why)
{
	static char line[LINE_MAX_OCTETS];
	static struct stage s;
	FILE *f = fopen(path, "r");
	bool ok;

	if (!f) {
		buf_puts(why, "cannot be read");
		return false;
	}
	stage_open(&s, manner);
	while (!s.failed && fgets(line, sizeof line, f)) {
		s.line++;
		line[strcspn(line, "\n")] = '\0';
		stage_play(&s, line);
	}
	fclose(f);
	if (!s.engine && !s.failed)
		stage_fail(&s, "nothing was played", NULL);
	if (!s.failed)
		stage_end(&s);
	ok = !s.failed;
	buf_append(why, buf_head(&s.why), s.why.len);
	stage_close(&s);
	return ok;
}

/* Comments of TAP, line by line. */
static void explain(struct buf *why)
{
	const char *s = buf_cstr(why);

	while (s && *s) {
		int n = (int)strcspn(s, "\n");

		printf("# %.*s\n", n, s);
		s += n;
		s += *s == '\n';
	}
}

static bool test(int number, const char *path)
{
	const char *name = strrchr(path, '/');
	bool ok = true;
	struct buf why;

	buf_init(&why, 1 << 22);
	for (size_t i = 0; ok && i < sizeof manners / sizeof manners[0]; i++)
		ok = play(path, &manners[i], &why);
	printf(
	    "%sok %d - %s\n", ok ? "" : "not ", number, name ? name + 1 : path);
	if (!ok)
		explain(&why);
	buf_release(&why);
	fflush(stdout);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All transcripts of the folder. */
static int collect(const char *folder, char **paths)
{
	DIR *d = opendir(folder);
	int n = 0;

	if (!d)
		return 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		const char *dot = strrchr(e->d_name, '.');

		if (!dot || strcmp(dot, ".smtp") != 0 || n == FILES_MAX)
			continue;
		paths[n] = malloc(PATH_ROOM);
		if (!paths[n])
			break;
		snprintf(
		    paths[n], PATH_ROOM, "%.3000s/%.255s", folder, e->d_name);
		n++;
	}
	closedir(d);
	qsort(paths, (size_t)n, sizeof *paths, by_name);
	return n;
}

int main(int argc, char **argv)
{
	static char *paths[FILES_MAX];
	const char *top = getenv("TOP_SRCDIR");
	char folder[PATH_ROOM];
	int n = argc - 1;
	bool ok = true;

	if (n > 0) {
		memcpy(paths, argv + 1, (size_t)n * sizeof *paths);
	} else {
		snprintf(folder, sizeof folder, "%.3000s/tests/dialogue",
		    top ? top : ".");
		n = collect(folder, paths);
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++)
		ok = test(i + 1, paths[i]) && ok;
	for (int i = 0; argc < 2 && i < n; i++)
		free(paths[i]);
	return n > 0 && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
