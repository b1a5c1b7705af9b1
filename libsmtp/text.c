/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.c - characters: UTF-8, ASCII comparison, and text from strangers
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Guarantee of text_clean(): what it appends is one line of UTF-8 without any
 * control, format or invisible character, so it can neither steer a terminal
 * nor forge a second log line. Never allocates but through the buffer, never
 * looks at a locale. RFC 3629 (UTF-8), RFC 5322 3.2.3 (atoms), RFC 6532.
 */
#include "text.h"

#include <string.h>

#include "buf.h"
#include "text_letters.h"

static const char HEX[] = "0123456789ABCDEF";

size_t text_utf8_decode(const void *text, size_t n, uint32_t *character)
{
	/* The least value that needs 2, 3 and 4 octets. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = text;
	uint32_t c;
	size_t len;

	if (n == 0)
		return 0;
	c = s[0];
	if (c < 0x80) {
		*character = c;
		return 1;
	}
	if (c < 0xC2 || c > 0xF4)
		return 0;
	len = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (n < len)
		return 0;
	c &= 0x7Fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3Fu);
	}
	if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*character = c;
	return len;
}

size_t text_utf8_encode(unsigned char *s, uint32_t c)
{
	static const unsigned char mark[] = {0, 0, 0xC0, 0xE0, 0xF0};
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	for (size_t i = len - 1; i > 0; i--) {
		s[i] = (unsigned char)(0x80 | (c & 0x3F));
		c >>= 6;
	}
	s[0] = (unsigned char)(mark[len] | c);
	return len;
}

bool text_is_utf8(const void *text, size_t n)
{
	const unsigned char *s = text;
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		len = text_utf8_decode(s + i, n - i, &c);
		if (len == 0)
			return false;
	}
	return true;
}

bool text_is_ascii(const void *text, size_t n)
{
	const unsigned char *s = text;

	for (size_t i = 0; i < n; i++) {
		if (s[i] > 127)
			return false;
	}
	return true;
}

bool text_is_blank(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (memchr(" \t\r\n", text[i], 4) == NULL)
			return false;
	}
	return true;
}

bool text_has_control(const void *text, size_t n)
{
	const unsigned char *s = text;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < 32 || s[i] == 127)
			return true;
		if (s[i] == 0xC2 && i + 1 < n && s[i + 1] < 0xA0)
			return true;
	}
	return false;
}

bool text_is_alpha(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool text_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_atext(unsigned char c)
{
	if (text_is_alpha(c) || text_is_digit(c))
		return true;
	return c && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

unsigned char text_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

int text_hex_value(unsigned char c)
{
	if (text_is_digit(c))
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octets of one character of an atom at s; 0 if there is none. */
static size_t atom_step(const unsigned char *s, size_t n)
{
	uint32_t c;
	size_t len = text_utf8_decode(s, n, &c);

	if (len <= 1)
		return len && text_is_atext(s[0]) ? 1 : 0;
	return c > 0x9F && !text_is_steering(c) ? len : 0;
}

bool text_is_atom(const void *text, size_t n)
{
	const unsigned char *s = text;

	for (size_t i = 0, len; i < n; i += len) {
		len = atom_step(s + i, n - i);
		if (len == 0)
			return false;
	}
	return n > 0;
}

bool text_is_dot_atom(const void *text, size_t n)
{
	const unsigned char *s = text;
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '.')
			continue;
		if (!text_is_atom(s + start, i - start))
			return false;
		start = i + 1;
	}
	return n > 0 && text_is_atom(s + start, n - start);
}

bool text_equal_nocase(const void *a, size_t an, const void *b, size_t bn)
{
	const unsigned char *p = a;
	const unsigned char *q = b;

	if (an != bn)
		return false;
	for (size_t i = 0; i < an; i++) {
		if (text_lower(p[i]) != text_lower(q[i]))
			return false;
	}
	return true;
}

bool text_same(const char *a, const char *b)
{
	return text_equal_nocase(a, strlen(a), b, strlen(b));
}

bool text_starts_nocase(const void *text, size_t n, const char *start)
{
	size_t len = strlen(start);

	return n >= len && text_equal_nocase(text, len, start, len);
}

static bool in_table(const struct text_range *t, size_t n, uint32_t c)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (c > t[middle].last)
			low = middle + 1;
		else if (c < t[middle].first)
			n = middle;
		else
			return true;
	}
	return false;
}

bool text_is_printable(uint32_t c)
{
	return in_table(text_letters, text_letters_count, c);
}

bool text_is_steering(uint32_t c)
{
	static const struct text_range steering[] = {{0x00A0, 0x00A0},
	    {0x061C, 0x061C}, {0x1680, 0x1680}, {0x2000, 0x200B},
	    {0x200E, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x206F},
	    {0x3000, 0x3000}, {0xFDD0, 0xFDEF}, {0xFE6B, 0xFE6B},
	    {0xFEFF, 0xFEFF}, {0xFF20, 0xFF20}, {0xFFF9, 0xFFFB},
	    {0xE0000, 0xE007F}};

	/* All of ASCII, which is nearly all that is asked, stands before it. */
	if (c < steering[0].first)
		return false;
	return (c & 0xFFFE) == 0xFFFE ||
	       in_table(steering, sizeof steering / sizeof steering[0], c);
}

bool text_is_harmless(const void *text, size_t n)
{
	const unsigned char *s = text;
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		len = text_utf8_decode(s + i, n - i, &c);
		if (len == 0 || c < 32 || (c > 126 && c < 0xA0))
			return false;
		if (text_is_steering(c))
			return false;
	}
	return true;
}

/* East Asian wide characters and pictographs, by block: near enough to keep
 * a line from wrapping. */
static size_t columns(uint32_t c)
{
	static const struct text_range wide[] = {{0x1100, 0x115F},
	    {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
	    {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
	    {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};

	return in_table(wide, sizeof wide / sizeof wide[0], c) ? 2 : 1;
}

/* text_clean() at work: what was written, and where to cut if it is too much.
 */
struct cleaner {
	struct buf *out;
	size_t columns;
	size_t cut;    /* out->len at the last place where "..." still fits */
	size_t spaces; /* white space seen, not yet written */
	bool broken;   /* there was TAB, CR or LF in it */
	bool full;
};

static void put(struct cleaner *c, const void *s, size_t n, size_t width)
{
	if (c->full)
		return;
	if (c->columns + width > TEXT_COLUMNS_MAX) {
		buf_truncate(c->out, c->cut);
		buf_puts(c->out, "...");
		c->full = true;
		return;
	}
	buf_append(c->out, s, n);
	c->columns += width;
	if (c->columns <= TEXT_COLUMNS_MAX - 3)
		c->cut = c->out->len;
}

static void put_spaces(struct cleaner *c)
{
	size_t n = c->broken ? 1 : c->spaces;

	if (c->columns == 0)
		n = 0; /* white space at the start */
	for (size_t i = 0; i < n && !c->full; i++)
		put(c, " ", 1, 1);
	c->spaces = 0;
	c->broken = false;
}

static void put_escaped(struct cleaner *c, unsigned char octet)
{
	char e[4] = {'\\', 'x', HEX[octet >> 4], HEX[octet & 15]};

	put(c, e, sizeof e, sizeof e);
}

/* Writes what stands at s and gives the number of octets used. */
static size_t put_one(struct cleaner *c, const unsigned char *s, size_t n)
{
	uint32_t character;
	size_t len = text_utf8_decode(s, n, &character);
	bool ambiguous = s[0] == '\\' && n > 1 && s[1] == 'x';

	if (len == 1 && s[0] >= 32 && s[0] < 127 && !ambiguous)
		put(c, s, 1, 1);
	else if (len > 1 && text_is_printable(character))
		put(c, s, len, columns(character));
	else
		for (size_t i = 0; i < (len ? len : 1); i++)
			put_escaped(c, s[i]);
	return len ? len : 1;
}

bool text_clean(struct buf *out, const void *text, size_t n)
{
	const unsigned char *s = text;
	size_t start = out->len;
	struct cleaner c = {.out = out, .cut = start};
	size_t i = 0;

	while (i < n && !c.full && !out->failed) {
		bool broken = s[i] == '\t' || s[i] == '\r' || s[i] == '\n';

		if (broken || s[i] == ' ') {
			c.broken = c.broken || broken;
			c.spaces++;
			i++;
			continue;
		}
		put_spaces(&c);
		i += put_one(&c, s + i, n - i);
	}
	if (out->failed)
		buf_truncate(out, start);
	return !out->failed;
}
