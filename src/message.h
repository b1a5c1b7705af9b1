/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message.h - the message as it came in, stored once.
 *
 * Reads all of stdin before anything else happens: in memory up to 1 MiB,
 * beyond that in an unnamed file.  Finds the header section, skips From_
 * lines, notes what the body is like; never loses or changes a body octet
 * but line ends.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct diagnostics;
struct message;

struct message_settings {
	bool ignore_dots; /* -i */
	bool terminal;    /* stdin is one: a lone dot ends the input */
};

enum message_result {
	MESSAGE_READ,
	MESSAGE_INTERRUPTED, /* a signal before the end: send nothing */
	MESSAGE_NO_SPACE,    /* disk full or quota: 75 */
	MESSAGE_NO_MEMORY,   /* 71 */
	MESSAGE_TOO_LARGE,   /* header section over 16 MiB: 69 */
	MESSAGE_IO_ERROR     /* stdin or the store failed: 74 */
};

/* Reads fd to its end, even when there is no place for it (the writer must
 * not be hit by SIGPIPE).  *interrupted is set by a signal handler. */
enum message_result message_read(struct message **message, int fd,
    const struct message_settings *settings,
    const volatile sig_atomic_t *interrupted, struct diagnostics *d);
void message_free(struct message *message);

/* The header section without the empty line, as it came after leading From_
 * lines: LF or CRLF ends a line, the last one's end may be missing; "" when
 * the input has none. */
const char *message_header(const struct message *message, size_t *n);
/* Address from the From_ lines (rmail), or NULL. */
const char *message_from_line(const struct message *message);

/* What was seen in the body while it was stored. */
struct message_facts {
	unsigned long long size;      /* octets of input */
	unsigned long long body_size; /* octets of the body with CRLF ends */
	bool body_eight_bit;
	bool body_utf8; /* all of it is valid UTF-8 */
	bool body_nul;
	size_t longest_line; /* of the body, without line end */
	bool header_missing; /* the input began with the body */
};
const struct message_facts *message_facts(const struct message *message);

/* Reads the body from its start, as it came; -1: errno.  pread-like: any
 * number of readers. */
long message_body_read(const struct message *message, unsigned long long offset,
    void *data, size_t n);

#endif
