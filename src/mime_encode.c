/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_encode.c - RFC 2045 6.7 and 6.8, octet by octet.
 *
 * contract: mime_encode.h.  A decoder gives back what was put in, line ends
 * as CRLF in quoted-printable and as they came in base64.  A continued line
 * never begins with "-": it could be taken for a delimiter.
 */
#include "mime_encode.h"

#include <string.h>

#include "buf.h"
#include "encode.h"

/* RFC 2045 6.7 (5): 76 with the "=" of a soft line break. */
#define QUOTED_LINE 75
#define BASE64_LINE 76

void mime_encoder_init(struct mime_encoder *e, enum mime_action action)
{
	memset(e, 0, sizeof *e);
	e->action = action;
}

static void line_break(struct mime_encoder *e, struct buf *out)
{
	buf_puts(out, "\r\n");
	e->column = 0;
	e->soft = false;
}

static void make_room(struct mime_encoder *e, struct buf *out, size_t n)
{
	if (e->column + n <= QUOTED_LINE)
		return;
	buf_puts(out, "=\r\n");
	e->column = 0;
	e->soft = true;
}

static void put_escaped(
    struct mime_encoder *e, struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	make_room(e, out, 3);
	buf_putc(out, '=');
	buf_putc(out, (unsigned char)digits[c >> 4]);
	buf_putc(out, (unsigned char)digits[c & 15]);
	e->column += 3;
}

static void put_plain(struct mime_encoder *e, struct buf *out, unsigned char c)
{
	/* Text that is encoded already: no break inside "=3D". */
	make_room(e, out, c == '=' ? 3 : 1);
	if (c == '-' && e->column == 0 && e->soft) {
		put_escaped(e, out, c);
		return;
	}
	buf_putc(out, c);
	e->column++;
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static void put_quoted(struct mime_encoder *e, struct buf *out, unsigned char c)
{
	bool again = e->action == MIME_REQUOTE;

	if (e->blank != 0) {
		put_plain(e, out, e->blank);
		e->blank = 0;
	}
	if (is_blank(c))
		e->blank = c;
	else if (c > ' ' && c < 0x7F && (c != '=' || again))
		put_plain(e, out, c);
	else
		put_escaped(e, out, c);
}

static bool is_plain(char c)
{
	return c > ' ' && c < 0x7F && c != '=';
}

/* Octets that stand for themselves in the line as it is: most of a text. */
static size_t plain_run(
    const struct mime_encoder *e, const char *data, size_t n)
{
	size_t room = QUOTED_LINE - e->column;
	size_t i = 0;

	if (e->blank != 0 || e->column == 0)
		return 0;
	if (n > room)
		n = room;
	while (i < n &&
	       (is_plain(data[i]) || (is_blank((unsigned char)data[i]) &&
					 i + 1 < n && is_plain(data[i + 1]))))
		i++;
	return i;
}

static void quote(
    struct mime_encoder *e, struct buf *out, const char *data, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t run = plain_run(e, data + i, n - i);

		if (run > 0) {
			buf_append(out, data + i, run);
			e->column += run;
			i += run;
		} else {
			put_quoted(e, out, (unsigned char)data[i++]);
		}
	}
}

/* A blank before a line end would be lost on the way. */
static void end_quoted_line(struct mime_encoder *e, struct buf *out)
{
	if (e->blank != 0 && e->action == MIME_REQUOTE)
		put_plain(e, out, e->blank);
	else if (e->blank != 0)
		put_escaped(e, out, e->blank);
	e->blank = 0;
}

static void put_base64_line(struct mime_encoder *e, struct buf *out)
{
	if (e->input_len == 0)
		return;
	if (e->column > 0)
		line_break(e, out);
	encode_base64(out, e->input, e->input_len);
	e->column = BASE64_LINE;
	e->input_len = 0;
}

static void put_base64(
    struct mime_encoder *e, struct buf *out, const char *data, size_t n)
{
	while (n > 0) {
		size_t take = MIME_BASE64_INPUT - e->input_len;

		if (take > n)
			take = n;
		memcpy(e->input + e->input_len, data, take);
		e->input_len += take;
		data += take;
		n -= take;
		if (e->input_len == MIME_BASE64_INPUT)
			put_base64_line(e, out);
	}
}

static void wrap_base64(
    struct mime_encoder *e, struct buf *out, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == '\0')
			continue;
		if (e->column == BASE64_LINE)
			line_break(e, out);
		buf_putc(out, (unsigned char)data[i]);
		e->column++;
	}
}

void mime_encode(
    struct mime_encoder *e, struct buf *out, const char *data, size_t n)
{
	switch (e->action) {
	case MIME_TO_QUOTED:
	case MIME_REQUOTE:
		quote(e, out, data, n);
		break;
	case MIME_TO_BASE64:
		put_base64(e, out, data, n);
		break;
	case MIME_WRAP_BASE64:
		wrap_base64(e, out, data, n);
		break;
	default:
		buf_append(out, data, n);
		e->column += n;
		break;
	}
}

void mime_encode_line_end(
    struct mime_encoder *e, struct buf *out, const char *end, size_t n)
{
	if (n == 0)
		return;
	if (e->action == MIME_TO_BASE64) {
		put_base64(e, out, end, n);
		return;
	}
	if (e->action == MIME_WRAP_BASE64 && e->column == 0)
		return;
	end_quoted_line(e, out);
	line_break(e, out);
}

void mime_encode_finish(struct mime_encoder *e, struct buf *out)
{
	put_base64_line(e, out);
	end_quoted_line(e, out);
}
