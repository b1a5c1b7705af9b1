/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * octets.c - a growing run of octets, for the test server only
 *
 * Octets are added at the end and taken from the head; taking moves an index,
 * and the rest moves to the front only when room is needed.  Never fails: no
 * memory means the end of the program. */

#include "octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void octets_die(const char *what)
{
	fprintf(stderr, "smtpserver: %s\n", what);
	exit(70);
}

void *octets_alloc(size_t n)
{
	void *p = calloc(1, n > 0 ? n : 1);

	if (!p)
		octets_die("out of memory");
	return p;
}

char *octets_dup(const char *text, size_t n)
{
	char *copy = octets_alloc(n + 1);

	if (n > 0)
		memcpy(copy, text, n);
	return copy;
}

const char *octets_head(const struct octets *o)
{
	return o->data ? o->data + o->at : "";
}

size_t octets_len(const struct octets *o)
{
	return o->end - o->at;
}

char *octets_reserve(struct octets *o, size_t n)
{
	if (o->at > 0 && o->room - o->end < n) {
		memmove(o->data, o->data + o->at, o->end - o->at);
		o->end -= o->at;
		o->at = 0;
	}
	if (o->room - o->end < n) {
		size_t room = o->room > 0 ? o->room : 256;
		char *data;

		while (room - o->end < n)
			room *= 2;
		data = realloc(o->data, room);
		if (!data)
			octets_die("out of memory");
		o->data = data;
		o->room = room;
	}
	return o->data + o->end;
}

void octets_grew(struct octets *o, size_t n)
{
	o->end += n;
}

void octets_add(struct octets *o, const void *data, size_t n)
{
	if (n == 0)
		return;
	memcpy(octets_reserve(o, n), data, n);
	o->end += n;
}

void octets_text(struct octets *o, const char *text)
{
	octets_add(o, text, strlen(text));
}

void octets_take(struct octets *o, size_t n)
{
	o->at += n < o->end - o->at ? n : o->end - o->at;
	if (o->at == o->end)
		o->at = o->end = 0;
}

void octets_clear(struct octets *o)
{
	o->at = o->end = 0;
}

void octets_release(struct octets *o)
{
	free(o->data);
	memset(o, 0, sizeof *o);
}
