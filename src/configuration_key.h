/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_key.h - the one table of configuration keys
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Everything that is known about a key stands in its row: name, type, place,
 * default, the account's field that it fills, and the manual's sentence. The
 * reader, the account, --set and --explain all work from it, so a key is
 * added by adding a row. A key without a row does not exist.
 */
#ifndef CONFIGURATION_KEY_H
#define CONFIGURATION_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* What a key's value may be; the types from SERVERS on are lists of it. */
enum configuration_type {
	TYPE_TEXT,
	TYPE_SECRET,
	TYPE_TITLE, /* an account's name */
	TYPE_HOST,  /* a name or an address literal */
	TYPE_IP,
	TYPE_PATH, /* absolute, or ~/ of the real user; or one of words */
	TYPE_ADDRESS,
	TYPE_SWITCH,   /* on, off */
	TYPE_WORD,     /* one of words */
	TYPE_DURATION, /* seconds to 7 days; or one of words */
	TYPE_SIZE,
	TYPE_COUNT,
	TYPE_SERVERS,
	TYPE_PINS,
	TYPE_MECHANISMS,
	TYPE_SOURCES,
	TYPE_PATTERNS,
	TYPE_HEADERS,
	TYPE_FIELD_NAMES,
	TYPE_WORDS
};

/* Where a key may stand. */
enum { SCOPE_ACCOUNT = 1, SCOPE_TOP = 2 };

/* A word that a value may be, and what it means in the account's field. */
struct configuration_word {
	const char *name; /* NULL ends a list */
	int value;
};

/* One row of the table. */
struct configuration_key {
	const char *name;
	enum configuration_type type;
	unsigned scope;
	size_t field;       /* offset in struct account, or NO_FIELD */
	const char *preset; /* the default as text; NULL: not set, or empty */
	const struct configuration_word *words;
	const char *sentence; /* for the manual */
};

#define NO_FIELD SIZE_MAX

/* The table: its rows 0 to count - 1; the row of that name that may stand in
 * scope; the row that someone who wrote name may have meant. NULL: none. */
size_t configuration_key_count(void);
const struct configuration_key *configuration_key_at(size_t i);
const struct configuration_key *configuration_key_find(
    const char *name, size_t n, unsigned scope) SMTP_NONNULL(1);
const struct configuration_key *configuration_key_nearest(
    const char *name, size_t n) SMTP_NONNULL(1);
bool configuration_key_is_list(const struct configuration_key *key);

/* Whether text may stand for key (an element, if key is a list), and its
 * number: milliseconds, octets, a count, a word's value, 1 and 0 for on and
 * off. False: *problem says in static words what it must be, or is NULL: one
 * of the words of configuration_key_words(). */
bool configuration_value(const struct configuration_key *key, const char *text,
    uint64_t *number, const char **problem) SMTP_NONNULL(1, 2, 3, 4);

/* Writes "must be on or off", "must be any, 4 or 6". */
void configuration_key_words(const struct configuration_key *key, char *text,
    size_t n) SMTP_NONNULL(1, 2);

/* The 32 octets of a pin: SHA-256 in hex or base64. False: it is neither. */
bool configuration_pin(const char *text, unsigned char pin[32])
    SMTP_NONNULL(1, 2);

#endif
