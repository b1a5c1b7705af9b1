/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* buf.h - a bounded octet queue
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Octets are appended at the tail and consumed from the head. A buffer knows
 * its maximum from birth and never holds more unread octets than that. The
 * first failed append is kept in failed and makes every later append do
 * nothing, so code that formats checks once, at the end. A secret buffer is
 * overwritten before its storage is given back. Never prints, never aborts.
 */
#ifndef SMTP_BUF_H
#define SMTP_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

struct buf {
	unsigned char *data; /* storage, owned; NULL before the first append */
	size_t head;         /* offset of the first unread octet */
	size_t len;          /* unread octets from data + head */
	size_t cap;          /* octets of storage */
	size_t max;          /* the most unread octets it may hold */
	bool failed;         /* an append was refused: no memory, or max */
	bool secret;         /* wipe before storage is given back */
};

/* Makes an empty buffer for at most max octets; allocates nothing. */
void buf_init(struct buf *b, size_t max) SMTP_NONNULL(1);

/* The same for a secret: wiped on growth, when emptied, and on release. */
void buf_init_secret(struct buf *b, size_t max) SMTP_NONNULL(1);

/* Gives the storage back, wiped if secret. The buffer is as after init and
 * may be used again, with the same maximum. */
void buf_release(struct buf *b) SMTP_NONNULL(1);

/* Drops the content and the failure; keeps the storage (wiped if secret). */
void buf_clear(struct buf *b) SMTP_NONNULL(1);

/* Appends all n octets of data, or none.
 * False, and failed is set: beyond max, or no memory; or it failed before.
 * data may be NULL when n is 0, and must not point into the buffer. */
bool buf_append(struct buf *b, const void *data, size_t n) SMTP_NONNULL(1);

/* Appends a string without its NUL; as buf_append(). */
bool buf_puts(struct buf *b, const char *s) SMTP_NONNULL(1, 2);

/* Appends one octet; as buf_append(). */
bool buf_putc(struct buf *b, unsigned char c) SMTP_NONNULL(1);

/* Appends n in decimal; as buf_append(). */
bool buf_number(struct buf *b, unsigned long long n) SMTP_NONNULL(1);

/* Room for n octets at the tail, to be filled by the caller and then counted
 * in with buf_commit(). Valid until the next call that changes the buffer.
 * NULL, and failed is set: as for buf_append(). */
unsigned char *buf_reserve(struct buf *b, size_t n) SMTP_NONNULL(1);

/* Counts in n octets of the room that the last buf_reserve() gave. */
void buf_commit(struct buf *b, size_t n) SMTP_NONNULL(1);

/* The unread octets, b->len of them; never NULL, not NUL-terminated. */
const unsigned char *buf_head(const struct buf *b) SMTP_NONNULL(1);

/* Drops the first n unread octets; n is at most b->len. */
void buf_consume(struct buf *b, size_t n) SMTP_NONNULL(1);

/* Drops unread octets from the tail until n are left; n is at most b->len. */
void buf_truncate(struct buf *b, size_t n) SMTP_NONNULL(1);

/* How many more octets max allows. */
size_t buf_room(const struct buf *b) SMTP_NONNULL(1);

/* The unread octets as a string, owned by the buffer, valid until it changes.
 * "" when empty. NULL: no memory (failed is set), or the buffer has failed. */
char *buf_cstr(struct buf *b) SMTP_NONNULL(1);

/* The unread octets as a NUL-terminated block that the caller frees; *n, if n
 * is not NULL, is their number. The buffer is then as after buf_release().
 * NULL, and nothing taken: no memory (failed is set), or it has failed. */
char *buf_take(struct buf *b, size_t *n) SMTP_NONNULL(1);

/* Overwrites n octets so that no optimiser leaves it out. */
void buf_wipe(void *p, size_t n);

#endif
