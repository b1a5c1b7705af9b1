/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_token.h - a configuration file cut into tokens
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The language is the part of libconfuse's that has one meaning: what needs
 * quotes must have them, a quote ends on its line, nothing is expanded. The
 * text of a token lives in a buffer that is wiped. Complaints never repeat a
 * token from a line on which a secret may stand.
 */
#ifndef CONFIGURATION_TOKEN_H
#define CONFIGURATION_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "buf.h"

struct configuration_load;

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* bare */
	TOKEN_STRING, /* quoted */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_BAD /* was complained about */
};

struct token {
	enum token_kind kind;
	const char *at; /* in the file */
	unsigned line;
	bool first; /* on its line */
};

struct tokens {
	struct configuration_load *load;
	const char *file;
	const char *begin, *at, *end;
	unsigned line;
	bool first;           /* nothing but blanks so far on this line */
	unsigned secret_line; /* up to here the lines hold a secret */
	struct token token;   /* the current one */
	struct buf text;      /* of the current word or string, decoded */
};

/* Starts at the first token of n octets. False: they are not UTF-8 text, and
 * each line at fault was complained about. Release in either case. */
bool tokens_init(struct tokens *t, const char *text, size_t n)
    SMTP_NONNULL(1, 2);
void tokens_release(struct tokens *t) SMTP_NONNULL(1);

/* Makes the next token the current one. */
void tokens_advance(struct tokens *t) SMTP_NONNULL(1);

/* Whether a token at this place of the file must not be repeated. */
bool tokens_hidden(const struct tokens *t, const char *at, unsigned line)
    SMTP_NONNULL(1, 2);

/* Complains about a line. */
void tokens_complain(const struct tokens *t, unsigned line, const char *format,
    ...) SMTP_NONNULL(1, 3) SMTP_PRINTF(3, 4);

#endif
