/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body_lines.c - text with any line ends becomes text for the wire
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A CR is answered with CRLF at once, and an LF right behind it is passed
 * over: so nothing is ever held back, and the end of a piece is no special
 * case. Whole lines are found and copied by the C library; the only loop over
 * octets is the search for the first one over 0x7F, a machine word at a time.
 * Never looks behind a piece. RFC 5321 2.3.8, 4.1.1.4, 4.5.2; X-31.
 */
#include "body_lines.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"

void body_lines_init(struct body_lines *l)
{
	*l = (struct body_lines){.line_start = true};
}

/* Four words at a time, to be found by vector units where there are some. */
static bool has_eight_bit(const unsigned char *p, size_t n)
{
	static const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t word[4];
	unsigned char rest = 0;

	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(word, p, sizeof word);
		if ((word[0] | word[1] | word[2] | word[3]) & high)
			return true;
	}
	while (n > 0)
		rest |= p[--n];
	return rest & 0x80;
}

/* The first octet c from p on, or end. */
static const unsigned char *find(
    const unsigned char *p, const unsigned char *end, int c)
{
	const unsigned char *at = memchr(p, c, (size_t)(end - p));

	return at ? at : end;
}

/* Passes over the line end at p, CR with the LF behind it if there is one. */
static const unsigned char *skip_line_end(
    struct body_lines *l, const unsigned char *p, const unsigned char *end)
{
	if (*p++ == '\n')
		return p;
	if (p == end)
		l->after_cr = true;
	else if (*p == '\n')
		p++;
	return p;
}

/* The next CR and the next LF are looked for once each, not once a line:
 * text with only one of them costs one search a line, and no text costs more
 * than a fixed number of looks at each octet. */
static unsigned char *copy(struct body_lines *l, const unsigned char *p,
    const unsigned char *end, unsigned char *to)
{
	const unsigned char *cr = find(p, end, '\r');
	const unsigned char *lf = find(p, end, '\n');

	while (p < end) {
		const unsigned char *stop = cr < lf ? cr : lf;
		size_t n = (size_t)(stop - p);

		if (l->line_start && l->dots && *p == '.') {
			*to++ = '.';
			l->added++;
		}
		memcpy(to, p, n);
		to += n;
		p = stop;
		l->line_start = p < end;
		if (p == end)
			break;
		*to++ = '\r';
		*to++ = '\n';
		p = skip_line_end(l, p, end);
		if (cr < p)
			cr = find(p, end, '\r');
		if (lf < p)
			lf = find(p, end, '\n');
	}
	return to;
}

bool body_lines_put(
    struct body_lines *l, const void *text, size_t n, struct buf *out)
{
	const unsigned char *p = text;
	const unsigned char *end = p + n;
	unsigned char *room = buf_reserve(out, 2 * n);

	if (!room)
		return false;
	if (n == 0)
		return true;
	if (!l->eight_bit)
		l->eight_bit = has_eight_bit(p, n);
	if (l->after_cr && *p == '\n')
		p++;
	l->after_cr = false;
	l->added = 0;
	n = (size_t)(copy(l, p, end, room) - room);
	buf_commit(out, n);
	l->size += n - l->added;
	return true;
}

bool body_lines_raw(
    struct body_lines *l, const void *data, size_t n, struct buf *out)
{
	if (!buf_append(out, data, n))
		return false;
	if (!l->eight_bit)
		l->eight_bit = has_eight_bit(data, n);
	l->size += n;
	return true;
}

bool body_lines_end(struct body_lines *l, struct buf *out)
{
	unsigned char *room = buf_reserve(out, 5);
	size_t n = 0;

	if (!room)
		return false;
	if (!l->line_start) {
		memcpy(room, "\r\n", 2);
		n = 2;
	}
	l->size += n;
	if (l->dots) {
		memcpy(room + n, ".\r\n", 3);
		n += 3;
	}
	l->line_start = true;
	buf_commit(out, n);
	return true;
}
