/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode.c - how values are written on a command line
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Base64 (RFC 4648 4), xtext (RFC 3461 4), the two forms of RFC 6533 3, local
 * parts (RFC 5321 4.1.2) and the parameters made of them. Guarantee: nothing
 * that is appended contains CR, LF or NUL, and all of it is appended or none.
 * Every decoder accepts exactly what its encoder can write.
 */
#include "encode.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "text.h"

static const char HEX[] = "0123456789ABCDEF";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Takes back what was appended since out held start octets, unless ok. */
static bool keep_if(bool ok, struct buf *out, size_t start)
{
	if (ok && !out->failed)
		return true;
	buf_truncate(out, start);
	return false;
}

bool encode_base64(struct buf *out, const void *data, size_t n)
{
	const unsigned char *s = data;
	unsigned char *to;

	if (n > SIZE_MAX / 4 * 3 - 3) {
		out->failed = true;
		return false;
	}
	to = buf_reserve(out, (n + 2) / 3 * 4);
	if (!to)
		return false;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)s[i] << 16;

		if (i + 1 < n)
			bits |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < n)
			bits |= s[i + 2];
		*to++ = (unsigned char)BASE64[bits >> 18];
		*to++ = (unsigned char)BASE64[bits >> 12 & 63];
		*to++ =
		    (unsigned char)(i + 1 < n ? BASE64[bits >> 6 & 63] : '=');
		*to++ = (unsigned char)(i + 2 < n ? BASE64[bits & 63] : '=');
	}
	buf_commit(out, (n + 2) / 3 * 4);
	return true;
}

/* Decodes four characters to *bits; gives the number of octets, 0: refused. */
static size_t decode_four(const char *text, bool last, uint32_t *bits)
{
	size_t octets = 3;

	if (last && text[3] == '=')
		octets = text[2] == '=' ? 1 : 2;
	*bits = 0;
	for (size_t i = 0; i < 4; i++) {
		const char *at = BASE64;

		if (i <= octets)
			at = text[i] ? strchr(BASE64, text[i]) : NULL;
		if (!at)
			return 0;
		*bits = *bits << 6 | (uint32_t)(at - BASE64);
	}
	/* Stray bits behind the last octet would make two texts of one. */
	if (*bits & ((uint32_t)0xFFFFFF >> 8 * octets))
		return 0;
	return octets;
}

bool decode_base64(struct buf *out, const char *text, size_t n)
{
	size_t start = out->len;
	uint32_t bits;

	if (n % 4 != 0 || out->failed)
		return false;
	for (size_t i = 0; i < n; i += 4) {
		size_t octets = decode_four(text + i, i + 4 == n, &bits);
		unsigned char three[3] = {(unsigned char)(bits >> 16),
		    (unsigned char)(bits >> 8 & 255),
		    (unsigned char)(bits & 255)};

		if (octets == 0)
			return keep_if(false, out, start);
		buf_append(out, three, octets);
	}
	return keep_if(true, out, start);
}

static bool is_xchar(unsigned char c)
{
	return c > 32 && c < 127 && c != '+' && c != '=';
}

bool encode_xtext(struct buf *out, const char *text, size_t n)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		char e[3] = {'+', HEX[c >> 4], HEX[c & 15]};

		if (c < 32 || c > 126)
			return keep_if(false, out, start);
		if (is_xchar(c))
			buf_putc(out, c);
		else
			buf_append(out, e, sizeof e);
	}
	return keep_if(true, out, start);
}

/* The value of an upper-case hexadecimal digit, or -1. */
static int upper_hex(char c)
{
	const char *at = c ? strchr(HEX, c) : NULL;

	return at ? (int)(at - HEX) : -1;
}

bool decode_xtext(struct buf *out, const char *text, size_t n)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '+') {
			int high = n - i > 2 ? upper_hex(text[i + 1]) : -1;
			int low = n - i > 2 ? upper_hex(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return keep_if(false, out, start);
			c = (unsigned char)(high << 4 | low);
			if (c < 32 || c > 126 || is_xchar(c))
				return keep_if(false, out, start);
			i += 2;
		} else if (!is_xchar(c)) {
			return keep_if(false, out, start);
		}
		buf_putc(out, c);
	}
	return keep_if(true, out, start);
}

/* How RFC 6533 3 writes a character: itself, escaped, or not at all. */
enum utf8_form { UTF8_PLAIN, UTF8_ESCAPED, UTF8_NEVER };

static enum utf8_form form_of(uint32_t c, bool raw)
{
	/* HEXPOINT has 01 to 09, 10, 11 to 19, 20, 2B, 3D, 5C and 7F. */
	static const char escaped[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09"
				      "\x10\x11\x12\x13\x14\x15\x16\x17\x18"
				      "\x19 +=\\\x7F";
	bool line_end = c < 0xA0 || c == 0x2028 || c == 0x2029;

	if (c > 0x7F)
		return raw && !line_end ? UTF8_PLAIN : UTF8_ESCAPED;
	if (c && strchr(escaped, (int)c))
		return UTF8_ESCAPED;
	return c < 32 ? UTF8_NEVER : UTF8_PLAIN;
}

static void put_escaped(struct buf *out, uint32_t c)
{
	int shift = 4; /* two digits at least */

	while (shift < 20 && c >> shift > 15)
		shift += 4;
	buf_puts(out, "\\x{");
	for (; shift >= 0; shift -= 4)
		buf_putc(out, (unsigned char)HEX[c >> shift & 15]);
	buf_putc(out, '}');
}

bool encode_utf8_xtext(struct buf *out, const char *text, size_t n, bool raw)
{
	size_t start = out->len;
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		enum utf8_form form;

		len = text_utf8_decode(text + i, n - i, &c);
		form = len ? form_of(c, raw) : UTF8_NEVER;
		if (form == UTF8_NEVER)
			return keep_if(false, out, start);
		if (form == UTF8_PLAIN)
			buf_append(out, text + i, len);
		else
			put_escaped(out, c);
	}
	return keep_if(true, out, start);
}

/* Reads \x{HEX} at text; gives its length, 0 if there is none. */
static size_t read_escape(const char *text, size_t n, uint32_t *c)
{
	size_t i = 3;

	if (n < 6 || memcmp(text, "\\x{", 3) != 0)
		return 0;
	*c = 0;
	while (i < n && i < 9 && upper_hex(text[i]) >= 0)
		*c = *c << 4 | (uint32_t)upper_hex(text[i++]);
	if (i < 5 || i == n || text[i] != '}')
		return 0;
	/* More than two digits must not begin with a zero. */
	if (i > 5 && text[3] == '0')
		return 0;
	return form_of(*c, false) == UTF8_ESCAPED ? i + 1 : 0;
}

bool decode_utf8_xtext(struct buf *out, const char *text, size_t n)
{
	size_t start = out->len;
	unsigned char utf8[4];
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len) {
		size_t octets = 0;

		len = text_utf8_decode(text + i, n - i, &c);
		if (len && form_of(c, true) == UTF8_PLAIN) {
			buf_append(out, text + i, len);
			continue;
		}
		len = read_escape(text + i, n - i, &c);
		octets = len ? text_utf8_encode(utf8, c) : 0;
		if (octets == 0)
			return keep_if(false, out, start);
		buf_append(out, utf8, octets);
	}
	return keep_if(true, out, start);
}

bool encode_envid(struct buf *out, const char *text)
{
	size_t start = out->len;
	bool ok = encode_xtext(out, text, strlen(text));

	ok = ok && out->len > start && out->len - start <= ENCODE_ENVID_MAX;
	return keep_if(ok, out, start);
}

bool encode_orcpt(
    struct buf *out, const char *type, const char *address, bool smtputf8)
{
	size_t start = out->len;
	size_t n = strlen(address);
	bool ok = n > 0;

	if (!type || text_same(type, "rfc822"))
		type = text_is_ascii(address, n) ? "rfc822" : "utf-8";
	if (!text_is_atom(type, strlen(type)) ||
	    !text_is_ascii(type, strlen(type)))
		return false;
	buf_puts(out, type);
	buf_putc(out, ';');
	if (text_same(type, "utf-8"))
		ok = ok && encode_utf8_xtext(out, address, n, smtputf8);
	else
		ok = ok && encode_xtext(out, address, n);
	ok = ok && out->len - start <= ENCODE_ORCPT_MAX;
	return keep_if(ok, out, start);
}

bool encode_auth_mailbox(struct buf *out, const char *mailbox)
{
	size_t start = out->len;
	bool ok;

	if (!mailbox || !*mailbox)
		return buf_puts(out, "<>");
	ok = encode_xtext(out, mailbox, strlen(mailbox));
	return keep_if(ok && out->len - start <= ENCODE_AUTH_MAX, out, start);
}

bool encode_initial_response(struct buf *out, const void *data, size_t n)
{
	return n ? encode_base64(out, data, n) : buf_putc(out, '=');
}

bool encode_local_part(struct buf *out, const char *text, size_t n)
{
	if (text_is_dot_atom(text, n))
		return buf_append(out, text, n);
	if (!text_is_harmless(text, n))
		return false;
	return encode_quoted(out, text, n);
}

bool encode_quoted(struct buf *out, const char *text, size_t n)
{
	size_t start = out->len;

	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 32 || c == 127)
			return keep_if(false, out, start);
		if (c == '"' || c == '\\')
			buf_putc(out, '\\');
		buf_putc(out, c);
	}
	buf_putc(out, '"');
	return keep_if(true, out, start);
}
