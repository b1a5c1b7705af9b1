/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * octets.h - a growing run of octets, for the test server only
 *
 * The test server is the oracle of the library's tests, so it shares no code
 * with the library, not even a buffer.  Running out of memory ends the
 * program: a test that meets it has failed anyway. */

#ifndef TESTS_SERVER_OCTETS_H
#define TESTS_SERVER_OCTETS_H

#include <stddef.h>

struct octets {
	char *data;
	size_t at;  /* the first octet not yet taken */
	size_t end; /* behind the last octet */
	size_t room;
};

/* Where the octets not yet taken begin, and how many they are. */
const char *octets_head(const struct octets *o);
size_t octets_len(const struct octets *o);

void octets_add(struct octets *o, const void *data, size_t n);
void octets_text(struct octets *o, const char *text);

/* Room for n more octets at the end; octets_grew() counts what was put there.
 */
char *octets_reserve(struct octets *o, size_t n);
void octets_grew(struct octets *o, size_t n);

/* Takes n octets from the head, at most all. */
void octets_take(struct octets *o, size_t n);
void octets_clear(struct octets *o);
void octets_release(struct octets *o);

/* malloc and strdup that end the program when there is no memory. */
void *octets_alloc(size_t n);
char *octets_dup(const char *text, size_t n);

/* Prints a message to stderr and ends the program with 70. */
void octets_die(const char *what);

#endif
