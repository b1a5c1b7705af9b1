/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * dead_letter.c - appends to an mbox, all or nothing.
 *
 * contract: dead_letter.h.  The file is opened without following links, must
 * be the user's own, and is cut back when it cannot be written whole.
 */
#define _DEFAULT_SOURCE /* flock() */

#include "dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "diagnostics.h"
#include "message.h"

#define BLOCK 65536
#define PATH_SIZE 4096
#define PASSWD_SIZE 16384

static bool find_path(char *path, size_t size)
{
	char text[PASSWD_SIZE];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) != 0 ||
	    found == NULL || found->pw_dir[0] != '/')
		return false;
	return (size_t)snprintf(path, size, "%s/dead.letter", found->pw_dir) <
	       size;
}

/* -1: errno says why. */
static int open_own(const char *path)
{
	struct stat st;
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
	    0600);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == getuid() && st.st_nlink == 1 &&
	    flock(fd, LOCK_EX) == 0)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static bool write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		n -= (size_t)written;
	}
	return true;
}

static bool write_from_line(int fd, const char *sender)
{
	char line[512];
	char when[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	/* asctime's form, the mbox's own; the locale is never set. */
	if (gmtime_r(&now, &tm) != NULL)
		strftime(when, sizeof when, "%a %b %d %H:%M:%S %Y", &tm);
	if (sender == NULL || sender[0] == '\0' || strchr(sender, ' ') != NULL)
		sender = "MAILER-DAEMON";
	snprintf(line, sizeof line, "From %.300s %s\n", sender, when);
	return write_all(fd, line, strlen(line));
}

/* Lines that begin like a From_ line get a '>' in front. */
static bool quote_and_write(
    int fd, const char *data, size_t n, bool *line_start)
{
	struct buf out;
	bool done;

	buf_init(&out, 2 * BLOCK);
	for (size_t i = 0; i < n;) {
		const char *lf = memchr(data + i, '\n', n - i);
		size_t len = lf == NULL ? n - i : (size_t)(lf - data) + 1 - i;

		if (*line_start && len >= 5 &&
		    memcmp(data + i, "From ", 5) == 0)
			buf_putc(&out, '>');
		buf_append(&out, data + i, len);
		*line_start = lf != NULL;
		i += len;
	}
	done =
	    !out.failed && write_all(fd, (const char *)buf_head(&out), out.len);
	buf_release(&out);
	return done;
}

static bool write_body(int fd, const struct message *message)
{
	char block[BLOCK];
	unsigned long long at = 0;
	bool line_start = true;
	long n;

	while ((n = message_body_read(message, at, block, sizeof block)) > 0) {
		if (!quote_and_write(fd, block, (size_t)n, &line_start))
			return false;
		at += (unsigned long long)n;
	}
	return n == 0 && write_all(fd, "\n\n", line_start ? 1 : 2);
}

static bool write_message(
    int fd, const struct message *message, const char *sender)
{
	size_t n;
	const char *header = message_header(message, &n);

	return write_from_line(fd, sender) && write_all(fd, header, n) &&
	       (n == 0 || header[n - 1] == '\n' || write_all(fd, "\n", 1)) &&
	       write_all(fd, "\n", 1) && write_body(fd, message) &&
	       fsync(fd) == 0;
}

bool dead_letter_keep(
    const struct message *message, const char *sender, struct diagnostics *d)
{
	char path[PATH_SIZE];
	off_t before;
	bool kept = false;
	int fd;

	if (!find_path(path, sizeof path)) {
		diagnostics_add(d, "the message is not kept: this user has "
				   "no home");
		return false;
	}
	fd = open_own(path);
	if (fd >= 0) {
		before = lseek(fd, 0, SEEK_END);
		kept = write_message(fd, message, sender);
		if (!kept && ftruncate(fd, before) != 0)
			kept = false;
	}
	if (kept)
		diagnostics_add(d, "the message is kept in %s", path);
	else
		diagnostics_add(d, "the message cannot be kept in %s: %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return kept;
}
