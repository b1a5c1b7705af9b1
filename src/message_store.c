/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message_store.c - memory first, then a file without a name.
 *
 * contract: message_store.h.  The memory is one block that the system backs
 * page by page as it is written, so a small message costs a few pages.
 */
#define _GNU_SOURCE /* O_TMPFILE */

#include "message_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void message_store_init(struct message_store *s)
{
	s->memory = NULL;
	s->fd = -1;
	s->size = 0;
}

void message_store_release(struct message_store *s)
{
	free(s->memory);
	if (s->fd >= 0)
		close(s->fd);
	message_store_init(s);
}

/* Where the file system has no O_TMPFILE: a name that is gone at once. */
static int open_and_unlink(const char *directory)
{
	char path[4096];
	size_t n = strlen(directory);
	static const char rest[] = "/posthaste-XXXXXX";
	int fd;

	if (n + sizeof rest > sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path, directory, n);
	memcpy(path + n, rest, sizeof rest);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int open_unnamed(void)
{
	const char *const directories[] = {
	    getenv("TMPDIR"), "/var/tmp", "/tmp"};
	int fd = -1;

	for (size_t i = 0;
	     fd < 0 && i < sizeof directories / sizeof directories[0]; i++) {
		const char *directory = directories[i];

		if (directory == NULL || directory[0] != '/')
			continue;
		fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			fd = open_and_unlink(directory);
	}
	return fd;
}

static bool write_all(int fd, const unsigned char *data, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			if (written == 0)
				errno = ENOSPC;
			return false;
		}
		data += written;
		n -= (size_t)written;
	}
	return true;
}

static bool move_to_file(struct message_store *s)
{
	s->fd = open_unnamed();
	if (s->fd < 0 || !write_all(s->fd, s->memory, (size_t)s->size))
		return false;
	free(s->memory);
	s->memory = NULL;
	return true;
}

bool message_store_append(struct message_store *s, const void *data, size_t n)
{
	if (s->fd < 0 && s->memory == NULL &&
	    (s->memory = malloc(MESSAGE_STORE_MEMORY)) == NULL)
		return false;
	if (s->fd < 0 && n > MESSAGE_STORE_MEMORY - s->size && !move_to_file(s))
		return false;
	if (s->fd >= 0 && !write_all(s->fd, data, n))
		return false;
	if (s->fd < 0)
		memcpy(s->memory + s->size, data, n);
	s->size += n;
	return true;
}

void message_store_cut(struct message_store *s, unsigned long long size)
{
	if (size < s->size)
		s->size = size;
}

long message_store_read(const struct message_store *s,
    unsigned long long offset, void *data, size_t n)
{
	ssize_t got;

	if (offset >= s->size)
		return 0;
	if (n > s->size - offset)
		n = (size_t)(s->size - offset);
	if (s->fd < 0) {
		memcpy(data, s->memory + offset, n);
		return (long)n;
	}
	do
		got = pread(s->fd, data, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		errno = EIO; /* someone cut a file that nobody can name */
	return got == 0 ? -1 : (long)got;
}

int message_store_descriptor(struct message_store *s)
{
	if (s->fd < 0 && s->memory == NULL)
		s->fd = open_unnamed();
	else if (s->fd < 0 && !move_to_file(s))
		return -1;
	if (s->fd >= 0 && lseek(s->fd, 0, SEEK_SET) != 0)
		return -1;
	return s->fd;
}
