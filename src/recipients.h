/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * recipients.h - collects, expands, qualifies and deduplicates addresses.
 *
 * Aliases are followed without recursion, to a limit; an address reached
 * twice counts once.
 */
#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "aliases.h"
#include "envelope.h"

/* A list file in a list file: deeper is a loop. */
#define ALIAS_DEPTH_MAX 50

struct recipients {
	struct address_context *context;
	const struct aliases *aliases; /* NULL: -n */
	const char *root; /* where root's mail goes without an alias */
	struct diagnostics *d;
	struct diagnostics *notes; /* for the log */
	struct envelope_recipient *list;
	size_t n, room;
	size_t *table; /* open addressing over list, index + 1 */
	size_t table_size;
	enum envelope_result result;
};

void recipients_init(struct recipients *r, struct address_context *context,
    struct diagnostics *d, struct diagnostics *notes);
void recipients_release(struct recipients *r);

/* Adds all addresses of a text: an operand, or a field's value; what names
 * it in a complaint. */
void recipients_add(
    struct recipients *r, const char *what, const char *text, size_t n);

#endif
