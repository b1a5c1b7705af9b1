/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory.c - an allocator that fails when told to, and counts
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * contract: memory.h. For one thread. A table knows the live blocks: a pointer
 * that is not in it is another library's, and goes to free() as it is.
 */
#include "memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 8192, GUARD = 8, FRESH = 0xA5, FREED = 0x5A };

void *__real_malloc(size_t n);
void __real_free(void *p);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
void __wrap_free(void *p);

static const unsigned char guard[GUARD] = {0xDE, 0xAD, 1, 2, 3, 4, 5, 6};

static struct block {
	unsigned char *at;
	size_t size;
} blocks[BLOCKS_MAX];
static size_t live;

static struct {
	unsigned long at, count, failures;
	bool on;
} failing;

void memory_fail(unsigned long n, bool on)
{
	failing.at = n;
	failing.on = on;
	failing.count = 0;
	failing.failures = 0;
}

unsigned long memory_allocations(void)
{
	return failing.count;
}

unsigned long memory_failures(void)
{
	return failing.failures;
}

size_t memory_live(void)
{
	return live;
}

static bool fails(void)
{
	failing.count++;
	if (failing.at == 0 || failing.count < failing.at ||
	    (failing.count > failing.at && !failing.on))
		return false;
	failing.failures++;
	errno = ENOMEM;
	return true;
}

static void give_up(const char *why)
{
	fprintf(stderr, "memory: %s\n", why);
	abort();
}

static unsigned char *allocate(size_t n)
{
	unsigned char *p;

	if (fails())
		return NULL;
	if (live == BLOCKS_MAX || n > SIZE_MAX - GUARD)
		give_up("too much");
	p = __real_malloc(n + GUARD);
	if (p == NULL)
		give_up("there is none");
	memset(p, FRESH, n);
	memcpy(p + n, guard, GUARD);
	blocks[live].at = p;
	blocks[live].size = n;
	live++;
	return p;
}

/* What was allocated last goes first, mostly. */
static struct block *find(const void *p)
{
	for (size_t i = live; i > 0; i--)
		if (blocks[i - 1].at == p)
			return &blocks[i - 1];
	return NULL;
}

void *__wrap_malloc(size_t n)
{
	return allocate(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	p = allocate(n * size);
	return p == NULL ? NULL : memset(p, 0, n * size);
}

void *__wrap_realloc(void *p, size_t n)
{
	struct block *old = p == NULL ? NULL : find(p);
	size_t size = old == NULL ? 0 : old->size;
	void *new;

	if (p != NULL && old == NULL)
		give_up("realloc() of what is not ours");
	new = allocate(n);
	if (new == NULL)
		return NULL;
	if (p != NULL)
		memcpy(new, p, size < n ? size : n);
	__wrap_free(p);
	return new;
}

char *__wrap_strndup(const char *s, size_t n)
{
	size_t length = strnlen(s, n);
	unsigned char *p = allocate(length + 1);

	if (p == NULL)
		return NULL;
	memcpy(p, s, length);
	p[length] = '\0';
	return (char *)p;
}

char *__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, strlen(s));
}

void __wrap_free(void *p)
{
	struct block *block = p == NULL ? NULL : find(p);

	if (block != NULL) {
		if (memcmp(block->at + block->size, guard, GUARD) != 0)
			give_up("something wrote behind a block");
		memset(block->at, FREED, block->size);
		*block = blocks[--live];
	}
	__real_free(p);
}
