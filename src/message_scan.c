/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * message_scan.c - header or body, line by line, and what the body is like.
 *
 * contract: message_scan.h.  A line that is neither a field nor a
 * continuation begins the body, even without an empty line before it: the
 * line itself belongs to the body and is never dropped.
 */
#include "message_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* RFC 5322 2.1.1. */
#define FIELD_NAME_MAX 998

void message_scan_init(struct message_scan *s)
{
	memset(s, 0, sizeof *s);
	buf_init(&s->header, MESSAGE_HEADER_MAX);
	buf_init(&s->line, MESSAGE_HEADER_MAX);
	buf_init(&s->mbox, MESSAGE_HEADER_MAX);
	s->facts.body_utf8 = true;
	s->ends_line = true;
}

void message_scan_release(struct message_scan *s)
{
	buf_release(&s->header);
	buf_release(&s->line);
	buf_release(&s->mbox);
	free(s->from_line);
	s->from_line = NULL;
}

/* RFC 5322 2.2: the name, perhaps white space (4.5), then the colon. */
static bool is_field(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] > ' ' && line[i] < 0x7F && line[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < n && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i < n && line[i] == ':';
}

static bool is_from_line(const char *line, size_t n)
{
	if (n > 0 && line[0] == '>') {
		line++;
		n--;
	}
	return n >= 5 && memcmp(line, "From ", 5) == 0;
}

static void take_from_line(struct message_scan *s, const char *line, size_t n)
{
	const char *address = memchr(line, ' ', n);
	size_t len = 0;

	address++;
	while (address + len < line + n && (unsigned char)address[len] > ' ')
		len++;
	free(s->from_line);
	s->from_line = strndup(address, len);
	s->no_memory = s->no_memory || s->from_line == NULL;
}

static bool is_empty_line(const char *line, size_t n)
{
	return n == 0 || (n == 1 && line[0] == '\r');
}

/* A byte order mark in front of the first field is not part of its name. */
static void skip_mark(const char **line, size_t *n)
{
	if (*n > 3 && memcmp(*line, "\xEF\xBB\xBF", 3) == 0 &&
	    is_field(*line + 3, *n - 3)) {
		*line += 3;
		*n -= 3;
	}
}

static void put_body(
    struct message_scan *s, const char *text, size_t n, struct buf *body)
{
	message_scan_body(s, text, n);
	s->no_memory = !buf_append(body, text, n) || s->no_memory;
}

/* The first line of a body without an empty line in front of it. */
static void begin_body(
    struct message_scan *s, const char *first, size_t n, struct buf *body)
{
	s->in_body = true;
	s->facts.header_missing = s->header.len == 0;
	/* Text that begins with "From " is no mailbox file. */
	if (s->facts.header_missing && s->mbox.len > 0) {
		put_body(
		    s, (const char *)buf_head(&s->mbox), s->mbox.len, body);
		free(s->from_line);
		s->from_line = NULL;
	}
	put_body(s, first, n, body);
}

/* One whole line, its LF included if it had one. */
static void header_line(
    struct message_scan *s, const char *line, size_t n, struct buf *body)
{
	size_t len = n > 0 && line[n - 1] == '\n' ? n - 1 : n;
	const char *whole = line;
	size_t whole_n = n;

	if (is_empty_line(line, len)) {
		s->in_body = true;
		return;
	}
	if (s->header.len == 0 && is_from_line(line, len)) {
		take_from_line(s, line, len);
		if (!buf_append(&s->mbox, line, n))
			s->too_large = true;
		return;
	}
	if (s->header.len == 0)
		skip_mark(&line, &n);
	if ((line[0] == ' ' || line[0] == '\t') ? s->header.len > 0
						: is_field(line, n)) {
		if (!buf_append(&s->header, line, n))
			s->too_large = true;
		return;
	}
	begin_body(s, whole, whole_n, body);
}

/* The beginning of a line that is no field, however it goes on: a name has no
 * more octets than a line may have (RFC 5322 2.1.1). */
static bool is_text(const struct message_scan *s)
{
	const char *line = (const char *)buf_head(&s->line);
	size_t n = s->line.len;

	skip_mark(&line, &n);
	return n > FIELD_NAME_MAX && !is_field(line, n) &&
	       !is_from_line(line, n) &&
	       (s->header.len == 0 || (line[0] != ' ' && line[0] != '\t'));
}

static size_t header_piece(
    struct message_scan *s, const char *data, size_t n, struct buf *body)
{
	const char *lf = memchr(data, '\n', n);
	size_t take = lf == NULL ? n : (size_t)(lf - data) + 1;

	if (s->line.len == 0 && lf != NULL) {
		header_line(s, data, take, body);
		return take;
	}
	if (!buf_append(&s->line, data, take))
		s->too_large = true;
	if (lf != NULL || is_text(s)) {
		header_line(
		    s, (const char *)buf_head(&s->line), s->line.len, body);
		buf_clear(&s->line);
	}
	return take;
}

void message_scan_piece(
    struct message_scan *s, const char *data, size_t n, struct buf *body)
{
	size_t used = 0;

	while (!s->in_body && used < n)
		used += header_piece(s, data + used, n - used, body);
	if (used == n)
		return;
	put_body(s, data + used, n - used, body);
}

void message_scan_end(struct message_scan *s, struct buf *body)
{
	if (!s->in_body && s->line.len > 0)
		header_line(
		    s, (const char *)buf_head(&s->line), s->line.len, body);
	buf_clear(&s->line);
	if (!s->in_body && s->header.len == 0 && s->mbox.len > 0)
		begin_body(s, NULL, 0, body);
	/* The wire wants the last line ended. */
	if (s->after_cr)
		s->facts.body_size++;
	else if (!s->ends_line)
		s->facts.body_size += 2;
	if (s->utf8_missing > 0)
		s->facts.body_utf8 = false;
}

/* RFC 3629 section 4, one octet over 0x7F at a time. */
static void utf8_octet(struct message_scan *s, unsigned char c)
{
	if (s->utf8_missing > 0) {
		if (c < s->utf8_low || c > s->utf8_high)
			s->facts.body_utf8 = false;
		s->utf8_missing--;
		s->utf8_low = 0x80;
		s->utf8_high = 0xBF;
		return;
	}
	s->utf8_low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	s->utf8_high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
	if (c >= 0xC2 && c <= 0xDF)
		s->utf8_missing = 1;
	else if (c >= 0xE0 && c <= 0xEF)
		s->utf8_missing = 2;
	else if (c >= 0xF0 && c <= 0xF4)
		s->utf8_missing = 3;
	else
		s->facts.body_utf8 = false;
}

static bool has_high_bit(const char *data, size_t n)
{
	uint64_t word, any = 0;
	unsigned char rest = 0;
	size_t i = 0;

	for (; n - i >= sizeof word; i += sizeof word) {
		memcpy(&word, data + i, sizeof word);
		any |= word;
	}
	for (; i < n; i++)
		rest |= (unsigned char)data[i];
	return (any & UINT64_C(0x8080808080808080)) != 0 || rest > 0x7F;
}

static void note_octets(struct message_scan *s, const char *data, size_t n)
{
	bool high = has_high_bit(data, n);

	s->facts.body_eight_bit = s->facts.body_eight_bit || high;
	if (!s->facts.body_nul)
		s->facts.body_nul = memchr(data, '\0', n) != NULL;
	if (!s->facts.body_utf8 || (!high && s->utf8_missing == 0))
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c > 0x7F)
			utf8_octet(s, c);
		else if (s->utf8_missing > 0)
			s->facts.body_utf8 = false;
	}
}

static void line_ended(struct message_scan *s)
{
	if (s->line_length > s->facts.longest_line)
		s->facts.longest_line = s->line_length;
	s->line_length = 0;
}

/* Octets without LF: each CR among them ends a line. */
static void note_segment(struct message_scan *s, const char *at, size_t n)
{
	while (n > 0) {
		const char *cr = memchr(at, '\r', n);
		size_t len = cr == NULL ? n : (size_t)(cr - at);

		if (s->after_cr) { /* the CR before was a bare one */
			s->facts.body_size++;
			s->after_cr = false;
			line_ended(s);
		}
		s->line_length += len;
		if (s->line_length > s->facts.longest_line)
			s->facts.longest_line = s->line_length;
		if (cr == NULL)
			return;
		s->after_cr = true;
		at += len + 1;
		n -= len + 1;
	}
}

void message_scan_body(struct message_scan *s, const char *data, size_t n)
{
	const char *end = data + n;

	if (n == 0)
		return;
	note_octets(s, data, n);
	s->facts.body_size += n;
	for (const char *at = data; at < end;) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf == NULL ? end : lf;

		note_segment(s, at, (size_t)(stop - at));
		if (lf == NULL)
			break;
		if (!s->after_cr)
			s->facts.body_size++;
		s->after_cr = false;
		line_ended(s);
		at = lf + 1;
	}
	s->ends_line = end[-1] == '\n';
}
