/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory.h - an allocator that fails when told to, and counts
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Linked with the linker's --wrap, so that our own calls come here and those
 * inside other libraries do not; what they allocate and we free passes through.
 * New memory is not zero, freed memory is spoilt, realloc() always moves, and
 * writing behind the end of a block ends the program when it is freed.
 */
#ifndef TEST_OOM_MEMORY_H
#define TEST_OOM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now fails, and all behind it if on; 0: none. */
void memory_fail(unsigned long n, bool on);
/* Allocations that were asked for since memory_fail(). */
unsigned long memory_allocations(void);
/* Those of them that failed. */
unsigned long memory_failures(void);
/* Blocks that nobody has freed. */
size_t memory_live(void);

#endif
