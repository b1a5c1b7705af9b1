/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* failing.c - allocators that fail when told to
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Linked into a copy of the program with the linker's --wrap, so that only our
 * own calls come here and those inside other libraries do not. FAIL_AT=n lets
 * the n-th allocation fail, and with FAIL_ON=1 all that follow too; the file
 * FAIL_MARK grows by an octet when that happens, which tells the script that
 * there may be more to try. The variables are read at the first call, because
 * the program cleans its environment and closes what it did not open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static struct {
	bool read;
	bool on;
	unsigned long at, count;
	char mark[PATH_MAX];
} failing;

static void read_orders(void)
{
	const char *at = getenv("FAIL_AT");
	const char *on = getenv("FAIL_ON");
	const char *mark = getenv("FAIL_MARK");

	failing.read = true;
	failing.at = at == NULL ? 0 : strtoul(at, NULL, 10);
	failing.on = on != NULL && *on == '1';
	if (mark != NULL)
		snprintf(failing.mark, sizeof failing.mark, "%s", mark);
}

static void leave_mark(void)
{
	int fd = open(failing.mark, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, "!", 1) != 1)
		abort();
	close(fd);
}

static bool fails(void)
{
	if (!failing.read)
		read_orders();
	failing.count++;
	if (failing.at == 0 || failing.count < failing.at ||
	    (failing.count > failing.at && !failing.on))
		return false;
	if (failing.count == failing.at && failing.mark[0] != '\0')
		leave_mark();
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}
