/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_addresses.h - repairs inside the value of an address field.
 *
 * Only what a rule concerns is replaced, in place: comments, folds and
 * everything else stay octet for octet.
 */
#ifndef COMPOSE_ADDRESSES_H
#define COMPOSE_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

struct address_context;
struct buf;

struct compose_addresses {
	struct address_context *context; /* NULL: addresses stay as they are */
	bool encode; /* names, comments and domains become ASCII */
	/* Results. */
	bool changed; /* the value is not what it was */
	bool broken;  /* no address list: nothing was appended */
	size_t n;     /* addresses in it */
	char *only;   /* the mailbox, when it is the only one; owned */
};

/* A mailbox whose domain is not ASCII, but all else is, with A-labels; it is
 * malloc()ed.  NULL: it is not such a one, or no memory (*no_memory). */
char *compose_ascii_mailbox(const char *mailbox, bool *no_memory);

/* Appends the value behind the colon, repaired, without its last line end.
 * Local parts beyond ASCII stay: the caller sees them by text_is_ascii().
 * false: no memory. */
bool compose_repair_addresses(
    struct compose_addresses *a, struct buf *out, const char *value, size_t n);

#endif
