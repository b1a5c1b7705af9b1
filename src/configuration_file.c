/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_file.c - opens a file that may hold secrets
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What is checked is what is read: the descriptor is opened first, and all
 * questions are asked of it. Links are followed, people keep their files in
 * repositories; but whoever could replace the file or write into it could run
 * commands as this user, so owner, mode and directory count. A FIFO or device
 * neither blocks nor does anything. Libraries never get a path..
 */
#define _XOPEN_SOURCE 700 /* realpath() and S_ISVTX are of the XSI option */

#include "configuration_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diagnostics.h"

enum { COMPLAINT_MAX = 1024 };

void configuration_complain(struct diagnostics *d, const char *file,
    unsigned line, const char *format, ...)
{
	char text[COMPLAINT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	diagnostics_add(d, "%s:%u: %s", file, line, text);
}

char *configuration_expand(const char *path, const char *home)
{
	size_t n = strlen(path), home_n;
	char *whole;

	if (strncmp(path, "~/", 2) != 0)
		return strdup(path);
	home = configuration_home(home);
	if (home == NULL)
		return NULL;
	home_n = strlen(home);
	whole = malloc(home_n + n);
	if (whole == NULL)
		return NULL;
	memcpy(whole, home, home_n);
	memcpy(whole + home_n, path + 1, n);
	return whole;
}

void configuration_block_release(struct configuration_block *b)
{
	if (b->text != NULL)
		buf_wipe(b->text, b->n);
	free(b->text);
	*b = (struct configuration_block){0};
}

/* The directory of path, which the caller frees. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);
	char *directory;

	if (slash == NULL)
		return strdup(".");
	if (n == 0)
		return strdup("/");
	directory = malloc(n + 1);
	if (directory != NULL) {
		memcpy(directory, path, n);
		directory[n] = '\0';
	}
	return directory;
}

/* Where everyone may write and remove, everyone can replace the file. */
static bool is_open_to_all(const char *path)
{
	char *directory = directory_of(path);
	struct stat st;
	bool open = directory == NULL ||
	            (stat(directory, &st) == 0 && (st.st_mode & S_IWOTH) != 0 &&
			(st.st_mode & S_ISVTX) == 0);

	free(directory);
	return open;
}

/* Both where the name is and, through a link, where the file is. */
static bool may_be_replaced(const char *path)
{
	char *real;
	bool open;

	if (is_open_to_all(path))
		return true;
	real = realpath(path, NULL);
	open = real == NULL || is_open_to_all(real);
	free(real);
	return open;
}

/* NULL: fine. */
static const char *problem_of(const struct stat *st, uid_t uid)
{
	if (S_ISDIR(st->st_mode))
		return "is a directory";
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != uid && st->st_uid != 0)
		return "belongs to another user; it must be yours or root's";
	if ((st->st_mode & S_IWOTH) != 0)
		return "can be written by everyone: run chmod o-w on it";
	if (st->st_size > CONFIGURATION_FILE_MAX)
		return "is larger than 1 MiB";
	return NULL;
}

/* All of fd into b. The size is what arrives, not what stat said: one that has
 * grown since was being written. */
static const char *read_all(int fd, size_t size, struct configuration_block *b)
{
	size_t room = size + 1;

	b->text = malloc(room);
	if (b->text == NULL)
		return "cannot be read: out of memory";
	while (b->n < room) {
		ssize_t got = read(fd, b->text + b->n, room - b->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return strerror(errno);
		if (got == 0)
			return NULL;
		b->n += (size_t)got;
	}
	return "is just being written";
}

enum configuration_opened configuration_file_read(const char *path, uid_t uid,
    struct configuration_block *b, struct diagnostics *d)
{
	struct stat st;
	const char *problem;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*b = (struct configuration_block){0};
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return FILE_ABSENT;
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return FILE_DENIED;
	if (fd < 0 || fstat(fd, &st) != 0) {
		diagnostics_add(d, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return FILE_BAD;
	}
	problem = problem_of(&st, uid);
	if (problem == NULL && may_be_replaced(path))
		problem = "is in a directory where everyone may replace it";
	if (problem == NULL)
		problem = read_all(fd, (size_t)st.st_size, b);
	close(fd);
	if (problem != NULL) {
		diagnostics_add(d, "%s: %s", path, problem);
		configuration_block_release(b);
		return FILE_BAD;
	}
	b->mode = st.st_mode;
	b->device = st.st_dev;
	b->inode = st.st_ino;
	return FILE_READ;
}
