/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rfc5322_lex.c - the tokens of an address list
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One pass over the octets, without recursion: comments are counted, not
 * descended into. Refused here: controls other than TAB anywhere (also behind
 * a backslash), a line end that is no fold, what does not close. Octets from
 * 128 on are taken as atext; the parser checks addresses for UTF-8. RFC 5322
 * 3.2 and 4.1.
 */
#include "rfc5322_lex.h"

#include "rfc5322.h"
#include "text.h"

void lex_init(struct lexer *l, const char *text, size_t n)
{
	*l = (struct lexer){.s = text, .n = n};
	buf_init(&l->content, n + 1);
	buf_init(&l->comment, n + 1);
}

void lex_release(struct lexer *l)
{
	buf_release(&l->content);
	buf_release(&l->comment);
}

void lex_refuse(struct lexer *l, size_t at, const char *error)
{
	if (l->token == LEX_BAD)
		return;
	l->token = LEX_BAD;
	l->error = error;
	l->error_at = at;
}

static unsigned char peek(const struct lexer *l, size_t ahead)
{
	return ahead < l->n - l->at ? (unsigned char)l->s[l->at + ahead] : 0;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t';
}

/* Passes over a line end, which must be a fold or the end of the text. */
static bool skip_line_end(struct lexer *l)
{
	size_t len = peek(l, 0) == '\n' ? 1 : peek(l, 1) == '\n' ? 2 : 0;
	bool last = len && l->at + len == l->n;

	if (len == 0 || (!last && !is_space(peek(l, len)))) {
		lex_refuse(l, l->at, "line end inside an address");
		return false;
	}
	l->at += len;
	return true;
}

/* Takes one octet of a comment or quoted-string to out: a fold vanishes, a
 * quoted-pair loses its backslash. False: refused. */
static bool take_octet(struct lexer *l, struct buf *out)
{
	unsigned char c = peek(l, 0);

	if (c == '\r' || c == '\n')
		return skip_line_end(l);
	if (c == '\\' && l->n - l->at > 1) {
		l->at++;
		c = peek(l, 0);
	}
	if ((c < 32 && c != '\t') || c == 127) {
		lex_refuse(l, l->at, "control character");
		return false;
	}
	l->at++;
	return buf_putc(out, c);
}

static bool skip_comment(struct lexer *l)
{
	size_t start = l->at;
	size_t depth = 0;

	buf_clear(&l->comment);
	l->commented = true;
	while (l->at < l->n) {
		unsigned char c = peek(l, 0);

		if (c == '(' && ++depth > RFC5322_DEPTH_MAX) {
			lex_refuse(l, l->at, "comments nest too deep");
			return false;
		}
		if (c == ')' && --depth == 0) {
			l->at++;
			return true;
		}
		if (c == '(' && depth == 1)
			l->at++;
		else if (!take_octet(l, &l->comment))
			return false;
	}
	lex_refuse(l, start, "comment without an end");
	return false;
}

/* Passes over white space and comments, RFC 5322 3.2.2. */
static bool skip_cfws(struct lexer *l)
{
	size_t start = l->at;
	bool ok = true;

	while (ok && l->at < l->n) {
		unsigned char c = peek(l, 0);

		if (is_space(c))
			l->at++;
		else if (c == '\r' || c == '\n')
			ok = skip_line_end(l);
		else if (c == '(')
			ok = skip_comment(l);
		else
			break;
	}
	l->spaced = l->at > start;
	l->any_spaced = l->any_spaced || l->spaced;
	return ok;
}

static int take_quoted(struct lexer *l)
{
	l->at++;
	while (l->at < l->n) {
		if (peek(l, 0) == '"') {
			l->at++;
			return LEX_QUOTED;
		}
		if (!take_octet(l, &l->content))
			return LEX_BAD;
	}
	lex_refuse(l, l->start, "quoted string without an end");
	return LEX_BAD;
}

/* A domain literal; folding white space in it is allowed and dropped. */
static int take_literal(struct lexer *l)
{
	while (l->at < l->n) {
		unsigned char c = peek(l, 0);

		if (c == '\r' || c == '\n') {
			if (!skip_line_end(l))
				return LEX_BAD;
			continue;
		}
		if (c == '\\' || (c == '[' && l->at > l->start))
			break;
		l->at++;
		if (is_space(c))
			continue;
		buf_putc(&l->content, c);
		if (c == ']')
			return LEX_LITERAL;
	}
	lex_refuse(l, l->start, "domain literal without an end");
	return LEX_BAD;
}

static bool is_atom_octet(unsigned char c)
{
	return c > 127 || text_is_atext(c);
}

static int take_atom(struct lexer *l)
{
	while (l->at < l->n && is_atom_octet(peek(l, 0)))
		l->at++;
	buf_append(&l->content, l->s + l->start, l->at - l->start);
	return LEX_ATOM;
}

static int take_special(struct lexer *l, unsigned char c)
{
	switch (c) {
	case '.':
	case ',':
	case ':':
	case ';':
	case '<':
	case '>':
	case '@':
		l->at++;
		return c;
	case ')':
		lex_refuse(l, l->at, "unmatched )");
		return LEX_BAD;
	case ']':
	case '\\':
		lex_refuse(l, l->at, "character that must be quoted");
		return LEX_BAD;
	default:
		lex_refuse(l, l->at, "control character");
		return LEX_BAD;
	}
}

static int take_token(struct lexer *l)
{
	unsigned char c = peek(l, 0);

	if (l->at == l->n)
		return LEX_END;
	if (is_atom_octet(c))
		return take_atom(l);
	if (c == '"')
		return take_quoted(l);
	if (c == '[')
		return take_literal(l);
	return take_special(l, c);
}

int lex_next(struct lexer *l)
{
	int token;

	if (l->token == LEX_BAD)
		return LEX_BAD;
	if (!skip_cfws(l)) {
		lex_refuse(l, l->at, NULL); /* unless the reason is known */
		return LEX_BAD;
	}
	l->start = l->at;
	buf_clear(&l->content);
	token = take_token(l);
	if (l->content.failed || l->comment.failed)
		lex_refuse(l, l->at, NULL);
	if (l->token != LEX_BAD)
		l->token = token;
	return l->token;
}
