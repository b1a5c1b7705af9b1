/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reply.c - reads one reply at a time
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Octets collect in line until LF; a whole line is checked, stripped of its
 * codes and moved to text. Guarantee: any octets in any pieces give the same
 * answer, memory stays under the limits of the header, and text is a C string
 * of lines that each end in CRLF. Never waits for the end of a line that
 * cannot be a reply (X-25: an HTTP banner). RFC 5321 4.2, 4.5.3.1.5; RFC 2034;
 * RFC 3463 2.
 */
#include "reply.h"

#include <string.h>

#include "text.h"

/* "250 " and "250-": what stands before the text. */
enum { CODE_LEN = 3, PREFIX_LEN = 4 };

void reply_init(struct reply *r)
{
	*r = (struct reply){.state = REPLY_MORE};
	buf_init(&r->line, REPLY_CHALLENGE_MAX);
	buf_init(&r->text, REPLY_TEXT_MAX);
}

void reply_release(struct reply *r)
{
	buf_release(&r->line);
	buf_release(&r->text);
}

void reply_reset(struct reply *r)
{
	struct buf line = r->line;
	struct buf text = r->text;

	buf_clear(&line);
	buf_clear(&text);
	*r = (struct reply){.line = line, .text = text, .state = REPLY_MORE};
}

static enum reply_state malformed(struct reply *r)
{
	r->no_memory = r->line.failed || r->text.failed;
	return r->state = REPLY_MALFORMED;
}

/* Whether a line may begin with these octets, PREFIX_LEN of them at most. */
static bool plausible(const unsigned char *s, size_t n)
{
	if (n > 0 && (s[0] < '1' || s[0] > '5'))
		return false;
	for (size_t i = 1; i < n && i < CODE_LEN; i++) {
		if (!text_is_digit(s[i]))
			return false;
	}
	return n <= CODE_LEN || s[CODE_LEN] == ' ' || s[CODE_LEN] == '-' ||
	       s[CODE_LEN] == '\r';
}

static bool is_challenge(const struct buf *line)
{
	return line->len >= CODE_LEN && memcmp(buf_head(line), "334", 3) == 0;
}

/* Adds octets of the line that is being read; false: not a reply. */
static bool take(struct reply *r, const unsigned char *s, size_t n)
{
	size_t have = r->line.len;
	size_t prefix = have < PREFIX_LEN ? PREFIX_LEN - have : 0;
	size_t room;

	if (prefix > n)
		prefix = n;
	if (!buf_append(&r->line, s, prefix))
		return false;
	if (prefix && !plausible(buf_head(&r->line), r->line.len))
		return false;
	room = is_challenge(&r->line) ? REPLY_CHALLENGE_MAX : REPLY_LINE_MAX;
	room -= r->line.len;
	s += prefix;
	n -= prefix;
	if (n > room) {
		n = room;
		r->cut = true;
	}
	return buf_append(&r->line, s, n);
}

/* Reads 1 to 3 digits at s into *value and gives their number, else 0. */
static size_t short_number(const unsigned char *s, size_t n, int *value)
{
	size_t i = 0;

	*value = 0;
	while (i < n && text_is_digit(s[i])) {
		if (i == 3)
			return 0;
		*value = *value * 10 + (s[i++] - '0');
	}
	return i;
}

/* The octets of an enhanced status code of this class with the space behind
 * it; 0 when there is none. An address or a word stuck to it is not one. */
static size_t enhanced_code(
    const unsigned char *s, size_t n, int class, int value[3])
{
	size_t at = 0;

	if (class != 2 && class != 4 && class != 5)
		return 0;
	for (size_t part = 0; part < 3; part++) {
		size_t len;

		if (part > 0 && (at == n || s[at++] != '.'))
			return 0;
		len = short_number(s + at, n - at, &value[part]);
		if (len == 0 || (part == 0 && len != 1))
			return 0;
		at += len;
	}
	if (value[0] != class || (at < n && s[at] != ' '))
		return 0;
	return at < n ? at + 1 : at;
}

/* A NUL would hide what follows from all who read a string. */
static void put_text(struct buf *out, const unsigned char *s, size_t n)
{
	const unsigned char *nul;

	while (n > 0 && (nul = memchr(s, '\0', n)) != NULL) {
		size_t len = (size_t)(nul - s);

		buf_append(out, s, len);
		buf_putc(out, '?');
		s += len + 1;
		n -= len + 1;
	}
	buf_append(out, s, n);
	buf_puts(out, "\r\n");
}

static enum reply_state last_line(struct reply *r)
{
	/* Of a line with another code: not the reply's. */
	if (r->enhanced[0] != r->code / 100)
		memset(r->enhanced, 0, sizeof r->enhanced);
	return r->state = REPLY_COMPLETE;
}

/* The line is whole: its LF was seen. */
static enum reply_state end_line(struct reply *r)
{
	const unsigned char *s = buf_head(&r->line);
	size_t n = r->line.len;
	int enhanced[3];
	size_t skip;
	int code;
	bool last;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	if (n < CODE_LEN || (n > CODE_LEN && s[CODE_LEN] == '\r'))
		return malformed(r);
	if (++r->lines > REPLY_LINES_MAX)
		return malformed(r);
	code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	last = n == CODE_LEN || s[CODE_LEN] == ' ';
	r->mismatch |= r->lines > 1 && code != r->code;
	r->code = code;
	skip = n < PREFIX_LEN ? n : PREFIX_LEN;
	s += skip;
	n -= skip;
	skip = enhanced_code(s, n, code / 100, enhanced);
	if (skip)
		memcpy(r->enhanced, enhanced, sizeof enhanced);
	put_text(&r->text, s + skip, n - skip);
	buf_clear(&r->line);
	if (r->text.failed)
		return malformed(r);
	return last ? last_line(r) : REPLY_MORE;
}

enum reply_state reply_feed(
    struct reply *r, const void *data, size_t n, size_t *used)
{
	const unsigned char *s = data;
	size_t at = 0;

	while (r->state == REPLY_MORE && at < n) {
		const unsigned char *lf = memchr(s + at, '\n', n - at);
		size_t len = lf ? (size_t)(lf - s) - at : n - at;
		bool fine = take(r, s + at, len);

		at += lf ? len + 1 : len;
		r->octets += lf ? len + 1 : len;
		if (!fine || r->octets > REPLY_TEXT_MAX)
			malformed(r);
		else if (lf)
			end_line(r);
	}
	*used = at;
	return r->state;
}

bool reply_line(const struct reply *r, size_t n, const char **text, size_t *len)
{
	const char *s = (const char *)buf_head(&r->text);
	const char *end = s + r->text.len;

	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));

		if (n-- == 0) {
			*text = s;
			*len = (size_t)(lf - s) - 1;
			return true;
		}
		s = lf + 1;
	}
	return false;
}
