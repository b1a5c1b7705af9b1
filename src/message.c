/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message.c - reads stdin to its end, whatever happens.
 *
 * contract: message.h.  A writer that is cut off would lose its message
 * without knowing, so input is drained even when it cannot be kept.  A lone
 * dot ends input only at a terminal, or when nothing but the end follows.
 */
#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnostics.h"
#include "message_scan.h"
#include "message_store.h"

/* One read(): what a pipe holds. */
#define PIECE 65536
/* Body octets of one piece, with From_ lines and a line held back before it. */
#define BODY_ROOM (2 * MESSAGE_HEADER_MAX + PIECE)

struct message {
	struct message_store store; /* the body, as it came */
	struct message_scan scan;
	struct buf body; /* of the piece at hand */
	int failure;     /* errno of the store; input is drained */
	/* Not on the stack, whose guard would touch each page of it. */
	char *piece;
};

static void store(struct message *m)
{
	const unsigned char *data = buf_head(&m->body);

	if (m->failure == 0 && m->body.len > 0 &&
	    !message_store_append(&m->store, data, m->body.len))
		m->failure = errno;
	buf_clear(&m->body);
}

/* "." with its line end, if any. */
static bool is_lone_dot(const char *line, size_t n)
{
	if (n > 0 && line[n - 1] == '\n')
		n--;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	return n == 1 && line[0] == '.';
}

/* Nothing but the end followed it: the caller meant "end of input". */
static void cut_final_dot(struct message *m)
{
	char tail[4]; /* LF, dot, CR, LF */
	size_t n =
	    m->store.size < sizeof tail ? (size_t)m->store.size : sizeof tail;

	if (m->failure != 0 || message_store_read(&m->store, m->store.size - n,
				   tail, n) != (long)n)
		return;
	for (size_t i = 0; i < n; i++) {
		bool at_start =
		    i > 0 ? tail[i - 1] == '\n' : n == m->store.size;

		if (!at_start || !is_lone_dot(tail + i, n - i))
			continue;
		message_store_cut(&m->store, m->store.size - (n - i));
		m->scan.facts.body_size -= 3; /* ".\r\n" on the wire */
		return;
	}
}

static enum message_result result_of(
    const struct message *m, struct diagnostics *d)
{
	if (m->scan.no_memory || m->failure == ENOMEM) {
		diagnostics_add(d, "out of memory while reading the message");
		return MESSAGE_NO_MEMORY;
	}
	if (m->scan.too_large) {
		diagnostics_add(d,
		    "the header section is larger than %d MiB: not sent",
		    MESSAGE_HEADER_MAX >> 20);
		return MESSAGE_TOO_LARGE;
	}
	if (m->failure == 0)
		return MESSAGE_READ;
	diagnostics_add(d,
	    "cannot store the message: %s: nothing was sent; make room in "
	    "/var/tmp, or set TMPDIR",
	    strerror(m->failure));
	return m->failure == EIO ? MESSAGE_IO_ERROR : MESSAGE_NO_SPACE;
}

/* One piece of input; false: the input has ended, or failed (*result). */
static bool take_piece(struct message *m, int fd,
    const struct message_settings *settings, bool *failed)
{
	ssize_t n = read(fd, m->piece, PIECE);

	*failed = false;
	if (n <= 0) {
		*failed = n < 0;
		return n < 0 && errno == EINTR;
	}
	if (settings->terminal && !settings->ignore_dots &&
	    is_lone_dot(m->piece, (size_t)n))
		return false;
	m->scan.facts.size += (unsigned long long)n;
	message_scan_piece(&m->scan, m->piece, (size_t)n, &m->body);
	store(m);
	return true;
}

static struct message *message_new(void)
{
	struct message *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->piece = malloc(PIECE);
	if (m->piece == NULL) {
		free(m);
		return NULL;
	}
	message_store_init(&m->store);
	message_scan_init(&m->scan);
	buf_init(&m->body, BODY_ROOM);
	return m;
}

/* Without memory for a message the writer is still heard out. */
static void drain(int fd)
{
	char piece[4096];

	while (read(fd, piece, sizeof piece) > 0)
		;
}

enum message_result message_read(struct message **message, int fd,
    const struct message_settings *settings,
    const volatile sig_atomic_t *interrupted, struct diagnostics *d)
{
	struct message *m = message_new();
	bool failed = false;

	*message = m;
	if (m == NULL) {
		drain(fd);
		diagnostics_add(d, "out of memory while reading the message");
		return MESSAGE_NO_MEMORY;
	}
	while (*interrupted == 0 && take_piece(m, fd, settings, &failed))
		;
	if (*interrupted != 0) {
		diagnostics_add(d, "interrupted by signal %d: nothing was sent",
		    (int)*interrupted);
		return MESSAGE_INTERRUPTED;
	}
	if (failed) {
		diagnostics_add(
		    d, "cannot read the message: %s", strerror(errno));
		return MESSAGE_IO_ERROR;
	}
	message_scan_end(&m->scan, &m->body);
	store(m);
	if (!settings->ignore_dots)
		cut_final_dot(m);
	return result_of(m, d);
}

void message_free(struct message *message)
{
	if (message == NULL)
		return;
	message_store_release(&message->store);
	message_scan_release(&message->scan);
	buf_release(&message->body);
	free(message->piece);
	free(message);
}

const char *message_header(const struct message *message, size_t *n)
{
	*n = message->scan.header.len;
	return (const char *)buf_head(&message->scan.header);
}

const char *message_from_line(const struct message *message)
{
	return message->scan.from_line;
}

const struct message_facts *message_facts(const struct message *message)
{
	return &message->scan.facts;
}

long message_body_read(const struct message *message, unsigned long long offset,
    void *data, size_t n)
{
	return message_store_read(&message->store, offset, data, n);
}
