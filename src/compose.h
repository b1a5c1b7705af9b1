/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose.h - the message as it will be sent.
 *
 * Header fields are added, repaired or dropped by the sendmail interface's
 * rules, and the body is re-encoded
 * only when it must be (8-bit to a 7-bit server, lines over 998 octets).  A
 * message that needs no repair leaves octet for octet but for line ends and
 * the fields that are never sent.
 */
#ifndef COMPOSE_H
#define COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "libesmtp.h"

struct account;
struct diagnostics;
struct envelope;
struct message;
struct options;
struct composed;

enum compose_result {
	COMPOSED,
	COMPOSE_REFUSED, /* 65: e.g. a signed part that would have to change */
	COMPOSE_TOO_LARGE, /* 69: size-limit */
	COMPOSE_IO_ERROR,  /* 74: the stored message cannot be read */
	COMPOSE_NO_MEMORY
};

struct compose_settings {
	const struct options *options;
	const struct account *account;
	const struct envelope *envelope;
	bool seven_bit; /* the server lacks 8BITMIME */
};

/* *composed is to be freed whatever the result; d has a line for each but
 * COMPOSED and COMPOSE_NO_MEMORY.  The message and the settings' objects must
 * outlive it. */
enum compose_result composed_new(struct composed **composed,
    const struct message *message, const struct compose_settings *settings,
    struct diagnostics *d);
void composed_free(struct composed *composed);

/* The final header section with CRLF line ends, blank line included. */
const char *composed_header(const struct composed *composed, size_t *n);
const char *composed_message_id(const struct composed *composed);
/* Exact octets on the wire: header, blank line, body (CRLF line ends). */
unsigned long long composed_size(const struct composed *composed);
/* Some octet over 0x7F is in the body; in the header (SMTPUTF8). */
bool composed_eight_bit(const struct composed *composed);
bool composed_header_utf8(const struct composed *composed);

/* An smtp_messagecb_t over a struct composed: the header, then the body, which
 * may still have any line ends. */
const char *composed_read(void **ctx, int *len, void *composed);

#endif
