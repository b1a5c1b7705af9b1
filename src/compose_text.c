/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_text.c - line ends and folds of fields, and encoded values.
 *
 * contract: compose_text.h.  Text that needs nothing is copied octet for
 * octet; only a field with a fault in it goes the long way.  A word that no
 * line can hold is broken: a server would refuse the line, or break it at a
 * place of its own.
 */
#include "compose_text.h"

#include <string.h>

#include "buf.h"
#include "encode.h"
#include "rfc5322.h"
#include "text.h"

/* Values are parts of a header section, which the message limits. */
#define VALUE_MAX (64 * 1024 * 1024)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the line at text ends, and where the next one begins. */
static const char *line_end(
    const char *text, const char *end, const char **next)
{
	const char *lf = memchr(text, '\n', (size_t)(end - text));
	const char *stop = lf == NULL ? end : lf;

	*next = lf == NULL ? end : lf + 1;
	return stop > text && stop[-1] == '\r' ? stop - 1 : stop;
}

static void put_clean(struct buf *out, const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] != '\0')
			buf_putc(out,
			    line[i] == '\r' ? ' ' : (unsigned char)line[i]);
}

/* The most of a long line that a line may take: up to white space, else up
 * to a character's end. */
static size_t piece_of(const char *line, size_t n)
{
	size_t cut = n;

	if (n <= COMPOSE_LINE_MAX)
		return n;
	for (cut = COMPOSE_LINE_MAX; cut > 1; cut--)
		if (is_blank(line[cut]) && !is_blank(line[cut - 1]))
			return cut;
	/* One octet less: the blank in front of the next piece counts. */
	for (cut = COMPOSE_LINE_MAX - 1; cut > COMPOSE_LINE_MAX - 4; cut--)
		if (((unsigned char)line[cut] & 0xC0) != 0x80)
			break;
	return cut;
}

static void break_line(struct buf *out, const char *line, size_t n)
{
	while (n > 0) {
		size_t take = piece_of(line, n);

		buf_append(out, line, take);
		line += take;
		n -= take;
		buf_puts(out, "\r\n");
		if (n > 0 && !is_blank(line[0]))
			buf_putc(out, ' ');
	}
}

static void break_lines(struct buf *out, const char *text, size_t n)
{
	const char *end = text + n;

	for (const char *next; text < end; text = next) {
		const char *stop = line_end(text, end, &next);

		break_line(out, text, (size_t)(stop - text));
	}
}

/* The way for a field that cannot be copied. */
static bool repair_lines(struct buf *out, const char *text, size_t n)
{
	struct buf clean;
	const char *end = text + n;
	bool fits = true;

	buf_init(&clean, VALUE_MAX);
	for (const char *next; text < end; text = next) {
		const char *stop = line_end(text, end, &next);
		size_t before = clean.len;

		put_clean(&clean, text, (size_t)(stop - text));
		fits = fits && clean.len - before <= COMPOSE_LINE_MAX;
		buf_puts(&clean, "\r\n");
	}
	text = (const char *)buf_head(&clean);
	if (clean.failed)
		out->failed = true;
	else if (fits)
		buf_append(out, text, clean.len);
	else if (encode_fold(out, text, clean.len - 2))
		buf_puts(out, "\r\n");
	else if (!out->failed)
		break_lines(out, text, clean.len);
	buf_release(&clean);
	return !out->failed;
}

bool compose_put_lines(struct buf *out, const char *text, size_t n)
{
	const char *line = text;
	const char *end = text + n;
	size_t start = out->len;

	for (const char *next; line < end; line = next) {
		const char *stop = line_end(line, end, &next);
		size_t len = (size_t)(stop - line);

		if (len > COMPOSE_LINE_MAX || memchr(line, '\0', len) != NULL ||
		    memchr(line, '\r', len) != NULL) {
			buf_truncate(out, start);
			return repair_lines(out, text, n);
		}
		buf_append(out, line, len);
		buf_puts(out, "\r\n");
	}
	return !out->failed;
}

size_t compose_column(const struct buf *out)
{
	const unsigned char *text = buf_head(out);
	size_t n = out->len;

	while (n > 0 && text[n - 1] != '\n')
		n--;
	return out->len - n;
}

static bool put_text(struct buf *out, const char *value, size_t n)
{
	struct buf plain;
	const char *text;
	bool done;

	buf_init(&plain, VALUE_MAX);
	if (!rfc5322_unfold(&plain, value, n))
		out->failed = true;
	text = (const char *)buf_head(&plain);
	buf_putc(out, ' ');
	/* A word that no line can hold goes into encoded-words, too. */
	done =
	    !out->failed &&
	    (encode_unstructured(out, text, plain.len, compose_column(out)) ||
		encode_phrase(out, text, plain.len, compose_column(out)));
	if (!done && !out->failed)
		buf_append(out, text, plain.len);
	buf_release(&plain);
	return !out->failed;
}

size_t compose_comment_length(const char *s, size_t n)
{
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '(')
			depth++;
		else if (s[i] == ')' && --depth == 0)
			return i + 1;
	}
	return n;
}

size_t compose_quoted_length(const char *s, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '"')
			return i + 1;
	}
	return n;
}

/* Words of a comment, without parentheses; \( and \) are kept. */
static void put_comment_words(struct buf *out, const char *s, size_t n)
{
	struct buf plain;

	if (text_is_ascii(s, n)) {
		buf_append(out, s, n);
		return;
	}
	buf_init(&plain, VALUE_MAX);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n' || s[i] == '\0')
			continue;
		buf_putc(&plain, (unsigned char)s[i]);
	}
	if (plain.failed)
		out->failed = true;
	else if (!encode_unstructured(out, (const char *)buf_head(&plain),
		     plain.len, compose_column(out)))
		buf_append(out, s, n);
	buf_release(&plain);
}

void compose_put_comment(struct buf *out, const char *s, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		bool escaped = s[i] == '\\' && i + 1 < n &&
		               strchr("()\\", s[i + 1]) != NULL;

		if (s[i] != '(' && s[i] != ')' && !escaped)
			continue;
		put_comment_words(out, s + start, i - start);
		buf_append(out, s + i, escaped ? 2 : 1);
		i += escaped;
		start = i + 1;
	}
	if (start < n)
		put_comment_words(out, s + start, n - start);
}

/* Octets of one piece of an RFC 2231 value: a line holds three times that. */
#define SEGMENT 60

static void put_percent(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	/* RFC 2231 7: attribute-char. */
	if (c < 0x7F && c > ' ' && strchr("*'%()<>@,;:\\\"/[]?=", c) == NULL) {
		buf_putc(out, c);
		return;
	}
	buf_putc(out, '%');
	buf_putc(out, (unsigned char)digits[c >> 4]);
	buf_putc(out, (unsigned char)digits[c & 15]);
}

/* A parameter's value without quotes and folds. */
static void unquote(struct buf *plain, const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (value[i] == '"' || value[i] == '\r' || value[i] == '\n' ||
		    value[i] == '\0')
			continue;
		if (value[i] == '\\' && i + 1 < n)
			i++;
		buf_putc(plain, (unsigned char)value[i]);
	}
}

/* name*=charset''value; a long one in numbered pieces (RFC 2231 3, 4). */
static void put_parameter(
    struct buf *out, const char *name, size_t name_len, const struct buf *plain)
{
	const unsigned char *text = buf_head(plain);
	bool several = plain->len > SEGMENT;

	for (size_t at = 0; at < plain->len;) {
		size_t stop = at + SEGMENT;

		buf_puts(out, at > 0 ? ";\r\n " : "\r\n ");
		buf_append(out, name, name_len);
		if (several) {
			buf_putc(out, '*');
			buf_number(out, at / SEGMENT);
		}
		buf_puts(out, "*=");
		if (at == 0)
			buf_puts(out, text_is_utf8(text, plain->len)
					  ? "utf-8''"
					  : "unknown-8bit''");
		for (; at < stop && at < plain->len; at++)
			put_percent(out, text[at]);
	}
}

/* The octets of a parameter's value at s. */
static size_t value_length(const char *s, size_t n)
{
	size_t i = 0;

	if (n > 0 && s[0] == '"')
		return compose_quoted_length(s, n);
	while (i < n && s[i] != ';' && (unsigned char)s[i] > ' ')
		i++;
	return i;
}

/* Where the name before the "=" at the end of s begins. */
static size_t name_start(const char *s, size_t n)
{
	while (
	    n > 0 && !is_blank(s[n - 1]) && s[n - 1] != ';' && s[n - 1] != '\n')
		n--;
	return n;
}

/* At "=" of a parameter whose value is not ASCII: gives its octets. */
static size_t encode_parameter(
    struct buf *out, const char *value, size_t at, size_t n)
{
	size_t name = name_start(value, at);
	size_t len = value_length(value + at + 1, n - at - 1);
	struct buf plain;

	if (name == at || text_is_ascii(value + at + 1, len) ||
	    !text_is_ascii(value + name, at - name))
		return 0;
	buf_init(&plain, VALUE_MAX);
	unquote(&plain, value + at + 1, len);
	/* The name, and blanks before it, are written again. */
	buf_truncate(out, out->len - (at - name));
	while (out->len > 0 &&
	       strchr(" \t\r\n", buf_head(out)[out->len - 1]) != NULL)
		buf_truncate(out, out->len - 1);
	put_parameter(out, value + name, at - name, &plain);
	if (plain.failed)
		out->failed = true;
	buf_release(&plain);
	return 1 + len;
}

static bool put_structured(
    struct buf *out, const char *value, size_t n, bool parameters)
{
	for (size_t at = 0; at < n && !out->failed;) {
		size_t len = 1;

		if (value[at] == '(') {
			len = compose_comment_length(value + at, n - at);
			compose_put_comment(out, value + at, len);
			at += len;
			continue;
		}
		if (value[at] == '"')
			len = compose_quoted_length(value + at, n - at);
		if (value[at] == '=' && parameters) {
			size_t done = encode_parameter(out, value, at, n);

			at += done;
			if (done > 0)
				continue;
		}
		buf_append(out, value + at, len);
		at += len;
	}
	return !out->failed;
}

bool compose_put_ascii(
    struct buf *out, enum compose_syntax syntax, const char *value, size_t n)
{
	if (syntax == SYNTAX_TEXT)
		return put_text(out, value, n);
	return put_structured(out, value, n, syntax == SYNTAX_PARAMETERS);
}
