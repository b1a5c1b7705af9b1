/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_file.c - reads certificate and key files
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The file is opened first and looked at through its descriptor, so that what
 * was checked is what is read; a FIFO or device does not hold the program up.
 * At most the buffer's maximum is read. Nothing is kept open.
 */
#include "tls_session.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

static bool is_safe(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size > 0 &&
	       st->st_uid == geteuid() &&
	       (st->st_mode & (S_IRWXG | S_IRWXO | S_IXUSR)) == 0;
}

/* All of it. False: a failed read, or larger than content may get. */
static bool read_all(int fd, size_t expected, struct buf *content)
{
	for (;;) {
		/* One more than expected: the end shows without growing. */
		size_t want = expected >= content->len
		                  ? expected - content->len + 1
		                  : 4096;
		unsigned char *room = buf_reserve(content, want);
		ssize_t n;

		if (!room) {
			errno = want > buf_room(content) ? EFBIG : ENOMEM;
			return false;
		}
		do
			n = read(fd, room, want);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return n == 0;
		buf_commit(content, (size_t)n);
	}
}

enum tls_file tls_file_read(
    const char *path, bool strict, struct buf *content, int *errno_value)
{
	enum tls_file result = TLS_FILE_FAILED;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		*errno_value = errno;
		return errno == ENOENT || errno == ENOTDIR ? TLS_FILE_ABSENT
		                                           : TLS_FILE_FAILED;
	}
	if (fstat(fd, &st) < 0)
		*errno_value = errno;
	else if (strict && !is_safe(&st))
		result = TLS_FILE_UNSAFE;
	else if (!S_ISREG(st.st_mode))
		*errno_value = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else if (read_all(fd, (size_t)st.st_size, content))
		result = TLS_FILE_READ;
	else
		*errno_value = errno;
	close(fd);
	return result;
}
