/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay_main.c - main() for a fuzz target without libFuzzer
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Hands every file of the kept corpus to LLVMFuzzerTestOneInput(), then every
 * shorter head of it, and prints one line of TAP a file. A target says that
 * something is wrong by dying, so that the plan, printed first, is not kept.
 * The corpus of the program fuzz_NAME is $TOP_SRCDIR/tests/fuzz/corpus/NAME;
 * arguments, files or directories, replace it. It never writes a file. An
 * empty corpus is a failure: a test that looked at nothing has shown nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
	REPLAY_FILES = 10000,
	REPLAY_FILE_MAX = 1 << 20,
	/* Heads of a long input are taken in steps, so that time is linear. */
	REPLAY_HEADS = 512
};

struct corpus {
	char *names[REPLAY_FILES];
	size_t n;
};

static void give_up(const char *what, const char *name)
{
	printf("Bail out! %s %s: %s\n", what, name, strerror(errno));
	exit(EXIT_FAILURE);
}

static void add(struct corpus *c, const char *dir, const char *name)
{
	size_t n = strlen(dir) + strlen(name) + 2;
	char *path = malloc(n);

	if (path == NULL || c->n == REPLAY_FILES)
		give_up("no room for", name);
	snprintf(path, n, "%s%s%s", dir, *dir == '\0' ? "" : "/", name);
	c->names[c->n++] = path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(struct corpus *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		give_up("cannot find", path);
	if (!S_ISDIR(st.st_mode)) {
		add(c, "", path);
		return;
	}
	DIR *d = opendir(path);
	if (d == NULL)
		give_up("cannot list", path);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		if (e->d_name[0] != '.')
			add(c, path, e->d_name);
	closedir(d);
	qsort(c->names, c->n, sizeof c->names[0], by_name);
}

/* The target gets memory of exactly its size: a read beyond it is then seen
 * by AddressSanitizer. */
static void feed(const uint8_t *data, size_t n)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);

	if (exact == NULL)
		give_up("no memory for", "an input");
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void replay(const char *name)
{
	static uint8_t data[REPLAY_FILE_MAX];
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		give_up("cannot read", name);
	size_t n = fread(data, 1, sizeof data, f);
	if (ferror(f) != 0)
		give_up("cannot read", name);
	fclose(f);
	size_t step = n / REPLAY_HEADS + 1;
	for (size_t head = 0; head < n; head += step)
		feed(data, head);
	feed(data, n);
}

static void find_corpus(struct corpus *c, const char *program)
{
	const char *top = getenv("TOP_SRCDIR");
	const char *base = strrchr(program, '/');
	char path[PATH_MAX];

	base = base == NULL ? program : base + 1;
	if (strncmp(base, "fuzz_", 5) == 0)
		base += 5;
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s",
	    top == NULL ? "." : top, base);
	collect(c, path);
}

int main(int argc, char **argv)
{
	static struct corpus c;

	for (int i = 1; i < argc; i++)
		collect(&c, argv[i]);
	if (argc < 2)
		find_corpus(&c, argv[0]);
	if (c.n == 0) {
		printf("1..1\nnot ok 1 - the corpus has files\n");
		return EXIT_FAILURE;
	}
	printf("1..%zu\n", c.n);
	for (size_t i = 0; i < c.n; i++) {
		fflush(stdout);
		replay(c.names[i]);
		const char *base = strrchr(c.names[i], '/');
		printf("ok %zu - %s\n", i + 1,
		    base == NULL ? c.names[i] : base + 1);
		free(c.names[i]);
	}
	return EXIT_SUCCESS;
}
