/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode_word.c - how values are written in a header field
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Encoded-words (RFC 2047), phrases (RFC 5322 3.2.5) and folding (RFC 5322
 * 2.2.3). Guarantee: an encoded-word has at most 75 octets and never splits a
 * character, its line at most 76; no line is empty or only white space; what
 * a reader decodes and unfolds is what was given. Never folds inside a word.
 */
#include "encode.h"

#include <string.h>

#include "buf.h"
#include "text.h"

/* A line with an encoded-word in it, RFC 2047 2. */
enum { WORD_LINE_MAX = 76 };

/* Beyond this an ASCII name is split into encoded-words: a quoted-string
 * could not be folded where it has no blanks. */
enum { QUOTED_MAX = 400 };

/* A run of text on its way into encoded-words. */
struct run {
	const unsigned char *s;
	size_t n;
	bool utf8;
	bool base64;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Q as RFC 2047 5 (3) has it, safe in a phrase and everywhere else. */
static size_t q_cost(unsigned char c)
{
	bool plain = text_is_alpha(c) || text_is_digit(c) || c == ' ' ||
	             (c && strchr("!*+-/", c));

	return plain ? 1 : 3;
}

static void put_q(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	char e[3] = {'=', hex[c >> 4], hex[c & 15]};

	if (c == ' ')
		buf_putc(out, '_');
	else if (q_cost(c) == 1)
		buf_putc(out, c);
	else
		buf_append(out, e, sizeof e);
}

/* Q stays legible, so base64 is taken only where most octets are escaped. */
static struct run make_run(const char *s, size_t n)
{
	struct run r = {.s = (const unsigned char *)s, .n = n};
	size_t escaped = 0;

	r.utf8 = text_is_utf8(s, n);
	for (size_t i = 0; i < n; i++)
		escaped += q_cost(r.s[i]) > 1 ? 1 : 0;
	r.base64 = escaped > n / 2;
	return r;
}

/* How many octets of the run, in whole characters, fit into space. */
static size_t fitting(const struct run *r, size_t space)
{
	size_t taken = 0;
	size_t q = 0;
	uint32_t c;

	while (taken < r->n) {
		size_t len = 1;

		if (r->utf8)
			len = text_utf8_decode(r->s + taken, r->n - taken, &c);
		for (size_t i = 0; i < len; i++)
			q += q_cost(r->s[taken + i]);
		if ((r->base64 ? (taken + len + 2) / 3 * 4 : q) > space)
			break;
		taken += len;
	}
	return taken;
}

static const char *charset_of(const struct run *r)
{
	return r->utf8 ? "=?UTF-8" : "=?unknown-8bit";
}

/* How many octets of the run one encoded-word that begins at column takes. */
static size_t word_size(const struct run *r, size_t column)
{
	size_t frame = strlen(charset_of(r)) + strlen("?Q?") + strlen("?=");
	size_t room = 0;

	if (column < WORD_LINE_MAX)
		room = WORD_LINE_MAX - column;
	if (room > ENCODE_WORD_MAX)
		room = ENCODE_WORD_MAX;
	return room > frame ? fitting(r, room - frame) : 0;
}

static void put_word(struct buf *out, const struct run *r, size_t n)
{
	buf_puts(out, charset_of(r));
	buf_puts(out, r->base64 ? "?B?" : "?Q?");
	if (r->base64)
		encode_base64(out, r->s, n);
	for (size_t i = 0; i < n && !r->base64; i++)
		put_q(out, r->s[i]);
	buf_puts(out, "?=");
}

/* Writes the blank before it, if not 0, and the run as encoded-words. */
static void put_words(struct buf *out, struct run r, char blank, size_t *column)
{
	if (r.n > 0 && word_size(&r, *column + (blank ? 1 : 0)) == 0) {
		buf_puts(out, "\r\n");
		*column = 0;
		blank = blank ? blank : ' ';
	}
	if (blank) {
		buf_putc(out, (unsigned char)blank);
		++*column;
	}
	while (r.n > 0 && !out->failed) {
		size_t taken = word_size(&r, *column);
		size_t start = out->len;

		put_word(out, &r, taken);
		*column += out->len - start;
		r.s += taken;
		r.n -= taken;
		if (r.n == 0)
			break;
		buf_puts(out, "\r\n ");
		*column = 1;
	}
}

/* Whether something in it could be read as an encoded-word. */
static bool has_encoded_word(const char *s, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if (s[i] == '=' && s[i + 1] == '?')
			return true;
	}
	return false;
}

/* Atoms with single blanks between them. */
static bool is_plain_phrase(const char *s, size_t n)
{
	size_t start = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != ' ')
			continue;
		if (!text_is_atom(s + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

static void put_quoted(struct buf *out, const char *s, size_t n)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, s[i] == '\t' ? ' ' : (unsigned char)s[i]);
	}
	buf_putc(out, '"');
}

static bool undo_if_failed(struct buf *out, size_t start)
{
	if (out->failed)
		buf_truncate(out, start);
	return !out->failed;
}

bool encode_phrase(struct buf *out, const char *text, size_t n, size_t column)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 32 && c != '\t') || c == 127)
			return false;
	}
	if (!text_is_ascii(text, n) || n > QUOTED_MAX ||
	    has_encoded_word(text, n)) {
		put_words(out, make_run(text, n), 0, &column);
		return undo_if_failed(out, start);
	}
	if (column > 1 && column + n > ENCODE_LINE_SOFT)
		buf_puts(out, "\r\n ");
	if (n == 0 || is_plain_phrase(text, n))
		buf_append(out, text, n);
	else
		put_quoted(out, text, n);
	return undo_if_failed(out, start);
}

/* White space and the word behind it, as offsets into the text. */
struct piece {
	size_t start; /* of the white space */
	size_t word;
	size_t end;
};

static bool next_piece(const char *s, size_t n, size_t at, struct piece *p)
{
	if (at >= n)
		return false;
	p->start = at;
	while (at < n && is_space(s[at]))
		at++;
	p->word = at;
	while (at < n && !is_space(s[at]))
		at++;
	p->end = at;
	return true;
}

static bool must_encode(const char *s, const struct piece *p)
{
	for (size_t i = p->word; i < p->end; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 33 || c > 126)
			return true;
	}
	return false;
}

/* Whether the piece's word is an encoded-word: =?charset?Q?text?= */
static bool is_encoded(const char *s, const struct piece *p)
{
	const char *word = s + p->word;
	size_t n = p->end - p->word;
	const char *mark;
	size_t rest;

	if (n < 8 || memcmp(word, "=?", 2) != 0 ||
	    memcmp(word + n - 2, "?=", 2) != 0)
		return false;
	mark = memchr(word + 2, '?', n - 4);
	if (!mark || mark == word + 2)
		return false;
	rest = (size_t)(word + n - 2 - mark); /* "?Q?text" */
	if (rest < 3 || !strchr("QqBb", mark[1]) || mark[2] != '?')
		return false;
	return !memchr(mark + 3, '?', rest - 3);
}

/* The line being written. */
struct line {
	size_t column;
	bool after_word; /* an encoded-word of the input stands before here */
};

/* Writes a piece as it stands, on a new line if this one would overflow. */
static bool put_piece(
    struct buf *out, const char *s, const struct piece *p, struct line *line)
{
	size_t n = p->end - p->start;

	if (line->column > 0 && line->column + n > ENCODE_LINE_SOFT &&
	    p->word > p->start && p->end > p->word) {
		buf_puts(out, "\r\n");
		line->column = 0;
	}
	line->column += n;
	line->after_word = is_encoded(s, p);
	buf_append(out, s + p->start, n);
	return line->column <= ENCODE_LINE_HARD;
}

/* Extends *p over the following pieces that must be encoded too. Gives the
 * end of the run: behind the blanks, too, if an encoded-word follows, because
 * a reader drops blanks between two of them. */
static size_t gather(const char *s, size_t n, struct piece *p)
{
	struct piece next;

	while (next_piece(s, n, p->end, &next)) {
		if (!must_encode(s, &next))
			return is_encoded(s, &next) ? next.word : p->end;
		p->end = next.end;
	}
	return p->end;
}

/* Writes the piece, and those behind it that belong to it, encoded. */
static void put_encoded(struct buf *out, const char *s, size_t n,
    struct piece *p, struct line *line)
{
	size_t start = p->start;
	size_t end = gather(s, n, p);
	char blank = p->word > p->start ? s[p->start] : 0;

	/* One blank separates; behind an encoded-word it means nothing. */
	if (blank && !line->after_word)
		start++;
	put_words(out, make_run(s + start, end - start), blank, &line->column);
}

bool encode_unstructured(
    struct buf *out, const char *text, size_t n, size_t column)
{
	struct line line = {.column = column};
	struct piece p = {0};
	size_t start = out->len;
	bool ok = true;

	if (memchr(text, '\r', n) || memchr(text, '\n', n) ||
	    memchr(text, '\0', n))
		return false;
	while (ok && next_piece(text, n, p.end, &p)) {
		if (must_encode(text, &p))
			put_encoded(out, text, n, &p, &line);
		else
			ok = put_piece(out, text, &p, &line);
	}
	if (!ok)
		buf_truncate(out, start);
	return ok && undo_if_failed(out, start);
}

/* The octets of a fold (line end, then white space) at s; 0 if there is none,
 * and *bad if there is a line end that is not one. */
static size_t fold_at(const char *s, size_t n, bool *bad)
{
	size_t len = 0;

	if (s[0] != '\r' && s[0] != '\n' && s[0] != '\0')
		return 0;
	if (s[0] == '\r')
		len = n > 1 && s[1] == '\n' ? 2 : 0;
	else if (s[0] == '\n')
		len = 1;
	*bad = len == 0 || len >= n || !is_space(s[len]);
	return *bad ? 0 : len;
}

/* Folds one line that has no fold in it. A break right behind the name is the
 * last resort: some readers take such a field for an empty one. */
static bool fold_line(struct buf *out, const char *s, size_t n)
{
	struct piece p = {0};
	size_t column = 0;

	while (next_piece(s, n, p.end, &p)) {
		size_t len = p.end - p.start;
		bool behind_name =
		    p.start > 0 && column == p.start && s[p.start - 1] == ':' &&
		    !memchr(s, ' ', p.start) && !memchr(s, '\t', p.start);
		size_t limit =
		    behind_name ? ENCODE_LINE_HARD : ENCODE_LINE_SOFT;

		if (column > 0 && column + len > limit && p.end > p.word) {
			buf_puts(out, "\r\n");
			column = 0;
		}
		column += len;
		if (column > ENCODE_LINE_HARD)
			return false;
		buf_append(out, s + p.start, len);
	}
	return true;
}

static bool is_blank(const char *s, size_t n)
{
	while (n > 0 && is_space(s[n - 1]))
		n--;
	return n == 0;
}

bool encode_fold(struct buf *out, const char *field, size_t n)
{
	size_t start = out->len;
	size_t line = 0;
	bool bad = false;
	bool ok = true;

	for (size_t i = 0; i <= n && ok; i++) {
		size_t len = 0;

		if (i < n)
			len = fold_at(field + i, n - i, &bad);
		if (bad)
			ok = false;
		if (!ok || (i < n && len == 0))
			continue;
		/* A line of blanks alone would look like the header's end. */
		if (line == 0 || !is_blank(field + line, i - line)) {
			if (line > 0)
				buf_puts(out, "\r\n");
			ok = fold_line(out, field + line, i - line);
		}
		line = i + len;
		i = line > i ? line - 1 : i;
	}
	if (!ok)
		buf_truncate(out, start);
	return ok && undo_if_failed(out, start);
}
