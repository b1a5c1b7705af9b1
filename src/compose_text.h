/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_text.h - header text in the form in which it may be sent.
 *
 * Line ends, bare CR, NUL and over-long lines of fields, and values beyond
 * ASCII (RFC 2047, RFC 2231).  Knows no policy: compose_fields.c says which
 * field gets what.
 */
#ifndef COMPOSE_TEXT_H
#define COMPOSE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct rfc5322_field;

/* RFC 5322 2.1.1, without the line end. */
#define COMPOSE_LINE_MAX 998

/* What a field's value is made of, as far as encoding it goes. */
enum compose_syntax {
	SYNTAX_TEXT,      /* unstructured */
	SYNTAX_COMMENTS,  /* structured: only comments may hold words */
	SYNTAX_PARAMETERS /* the same, with parameters (RFC 2045 5.1) */
};

/* One whole field, or its value behind the colon, as it stands: CRLF ends
 * its lines, a bare CR becomes a blank, NUL is dropped, and a line of more
 * than 998 octets is folded, at white space where there is some. */
bool compose_put_lines(struct buf *out, const char *text, size_t n);

/* A value in ASCII, as far as its syntax has a form for that: what cannot be
 * encoded stays, and the caller sees it by text_is_ascii().  No line end. */
bool compose_put_ascii(
    struct buf *out, enum compose_syntax syntax, const char *value, size_t n);

/* The length of the comment, or quoted string, that begins at s; n when it
 * does not end. */
size_t compose_comment_length(const char *s, size_t n);
size_t compose_quoted_length(const char *s, size_t n);
/* The comment at s with encoded words in it. */
void compose_put_comment(struct buf *out, const char *s, size_t n);
/* Octets behind the last line end in out. */
size_t compose_column(const struct buf *out);

#endif
