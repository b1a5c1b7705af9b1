/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rfc5322_lex.h - the tokens of an address list
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * RFC 5322 3.2: atoms, quoted-strings, domain literals, comments and folding
 * white space. For rfc5322.c alone. The text is never copied as a whole and
 * never changed; a token's content is kept until the next one is read.
 */
#ifndef SMTP_RFC5322_LEX_H
#define SMTP_RFC5322_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "buf.h"

/* The specials are their own character. */
enum {
	LEX_END = 0,
	LEX_DOT = '.',
	LEX_ATOM = 256, /* of one or more atext or octets from 128 on */
	LEX_QUOTED,
	LEX_LITERAL,
	LEX_BAD
};

struct lexer {
	const char *s;
	size_t n;
	size_t at;    /* behind the token */
	size_t start; /* of the token */
	int token;
	bool spaced;        /* white space or a comment stands before it */
	bool any_spaced;    /* or before any token so far */
	bool commented;     /* comment holds a comment's content */
	struct buf content; /* of an atom, unquoted; or of a literal */
	struct buf comment; /* the last one, without its parentheses */
	const char *error;  /* with LEX_BAD; NULL: no memory */
	size_t error_at;
};

void lex_init(struct lexer *l, const char *text, size_t n) SMTP_NONNULL(1);
void lex_release(struct lexer *l) SMTP_NONNULL(1);

/* Reads the next token and gives it. After LEX_BAD nothing is read. */
int lex_next(struct lexer *l) SMTP_NONNULL(1);

/* Makes the token LEX_BAD for a reason the parser found at an octet. */
void lex_refuse(struct lexer *l, size_t at, const char *error) SMTP_NONNULL(1);

#endif
