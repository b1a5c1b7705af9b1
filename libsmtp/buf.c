/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* buf.c - a bounded octet queue
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Storage doubles up to the maximum, so appending costs O(1) an octet on
 * average. Consuming moves the head; octets are moved down only when room is
 * wanted at the tail, and rather than growing only when that is no more work
 * than what was consumed. One octet beyond max may be allocated, for the NUL
 * of buf_cstr() and buf_take(). Sizes are checked before they are added.
 */
#include "buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation: enough for a reply line or an address. */
enum { BUF_FIRST = 128 };

void buf_wipe(void *p, size_t n)
{
	volatile unsigned char *v = p;

	while (n > 0)
		v[--n] = 0;
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_init_secret(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max, .secret = true};
}

static void wipe_if_secret(struct buf *b)
{
	if (b->secret && b->data)
		buf_wipe(b->data, b->cap);
}

void buf_release(struct buf *b)
{
	wipe_if_secret(b);
	free(b->data);
	*b = (struct buf){.max = b->max, .secret = b->secret};
}

void buf_clear(struct buf *b)
{
	wipe_if_secret(b);
	b->head = 0;
	b->len = 0;
	b->failed = false;
}

static void move_down(struct buf *b)
{
	memmove(b->data, b->data + b->head, b->len);
	if (b->secret)
		buf_wipe(b->data + b->len, b->head);
	b->head = 0;
}

/* The size to grow to: double, but no more than could ever be used. */
static size_t next_size(const struct buf *b, size_t want)
{
	size_t limit = b->max < SIZE_MAX ? b->max + 1 : SIZE_MAX;
	size_t size = b->cap <= limit / 2 ? b->cap * 2 : limit;

	if (size < BUF_FIRST)
		size = BUF_FIRST;
	if (size > limit)
		size = limit;
	return size < want ? want : size;
}

/* Not realloc(): it would leave a secret behind in the old block. */
static bool grow(struct buf *b, size_t want)
{
	size_t size = next_size(b, want);
	unsigned char *data = malloc(size);

	if (!data) {
		b->failed = true;
		return false;
	}
	if (b->len)
		memcpy(data, b->data + b->head, b->len);
	wipe_if_secret(b);
	free(b->data);
	b->data = data;
	b->cap = size;
	b->head = 0;
	return true;
}

/* Storage for n octets behind the unread ones; max is the caller's concern. */
static bool make_room(struct buf *b, size_t n)
{
	/* No object is larger than PTRDIFF_MAX. */
	if (n > PTRDIFF_MAX - b->len) {
		b->failed = true;
		return false;
	}
	if (b->data && b->cap - b->head - b->len >= n)
		return true;
	if (b->data && b->cap - b->len >= n &&
	    (b->head >= b->len || b->cap >= b->max)) {
		move_down(b);
		return true;
	}
	return grow(b, b->len + n);
}

unsigned char *buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (!make_room(b, n ? n : 1))
		return NULL;
	return b->data + b->head + b->len;
}

void buf_commit(struct buf *b, size_t n)
{
	assert(n <= b->max - b->len);
	assert(n <= b->cap - b->head - b->len);
	b->len += n;
}

bool buf_append(struct buf *b, const void *data, size_t n)
{
	unsigned char *room = buf_reserve(b, n);

	if (!room)
		return false;
	if (n)
		memcpy(room, data, n);
	buf_commit(b, n);
	return true;
}

bool buf_puts(struct buf *b, const char *s)
{
	return buf_append(b, s, strlen(s));
}

bool buf_putc(struct buf *b, unsigned char c)
{
	return buf_append(b, &c, 1);
}

bool buf_number(struct buf *b, unsigned long long n)
{
	char digits[sizeof n * 3]; /* 8 bits need fewer than 3 digits */
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return buf_append(b, digits + at, sizeof digits - at);
}

const unsigned char *buf_head(const struct buf *b)
{
	static const unsigned char nothing[1];

	return b->data ? b->data + b->head : nothing;
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->head += n;
	b->len -= n;
	if (b->len)
		return;
	wipe_if_secret(b);
	b->head = 0;
}

void buf_truncate(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (b->secret && b->data)
		buf_wipe(b->data + b->head + n, b->len - n);
	b->len = n;
}

size_t buf_room(const struct buf *b)
{
	return b->max - b->len;
}

char *buf_cstr(struct buf *b)
{
	if (b->failed || !make_room(b, 1))
		return NULL;
	b->data[b->head + b->len] = '\0';
	return (char *)b->data + b->head;
}

char *buf_take(struct buf *b, size_t *n)
{
	char *text;

	if (!buf_cstr(b))
		return NULL;
	if (b->head)
		move_down(b);
	b->data[b->len] = '\0';
	text = (char *)b->data;
	if (n)
		*n = b->len;
	*b = (struct buf){.max = b->max, .secret = b->secret};
	return text;
}
