/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostname.c - what may stand where a host or a mail domain is named
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One pass over the octets each, no allocation, no recursion. A name that
 * passes here contains nothing that could end a command line or an argument.
 * RFC 1123 2.1, RFC 1035 2.3.4, RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3.
 */
#include "hostname.h"

#include <string.h>

#include "text.h"

size_t hostname_length(const char *text, size_t n)
{
	return n > 1 && text[n - 1] == '.' ? n - 1 : n;
}

/* A character of LDH, and where loose, an underscore or beyond ASCII. */
static bool is_label_character(uint32_t c, bool loose)
{
	if (c > 0x9F)
		return loose && !text_is_steering(c);
	if (c > 0x7F)
		return false;
	return text_is_alpha((unsigned char)c) ||
	       text_is_digit((unsigned char)c) || c == '-' ||
	       (loose && c == '_');
}

static bool is_label(const char *s, size_t n, bool loose)
{
	uint32_t c;

	if (n == 0 || s[0] == '-' || s[n - 1] == '-')
		return false;
	/* A U-label may be longer in octets than its A-label. */
	if (n > HOSTNAME_LABEL_MAX && text_is_ascii(s, n))
		return false;
	for (size_t i = 0, len; i < n; i += len) {
		len = text_utf8_decode(s + i, n - i, &c);
		if (len == 0 || !is_label_character(c, loose))
			return false;
	}
	return true;
}

static bool is_name(const char *s, size_t n, bool loose)
{
	size_t start = 0;

	if (n == 0 || n > HOSTNAME_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (!is_label(s + start, i - start, loose))
			return false;
		start = i + 1;
	}
	return true;
}

bool hostname_is_valid(const char *text, size_t n)
{
	return is_name(text, n, false);
}

bool hostname_is_domain(const char *text, size_t n)
{
	return is_name(text, n, true);
}

/* A number 0 to 255 in decimal without superfluous zeros. */
static bool is_octet(const char *s, size_t n)
{
	unsigned value = 0;

	if (n == 0 || n > 3 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!text_is_digit((unsigned char)s[i]))
			return false;
		value = value * 10 + (unsigned)(s[i] - '0');
	}
	return value <= 255;
}

bool hostname_is_ipv4(const char *text, size_t n)
{
	size_t start = 0;
	int numbers = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && text[i] != '.')
			continue;
		if (!is_octet(text + start, i - start))
			return false;
		numbers++;
		start = i + 1;
	}
	return numbers == 4;
}

static bool is_group(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text_hex_value((unsigned char)s[i]) < 0)
			return false;
	}
	return n > 0 && n <= 4;
}

bool hostname_is_ipv6(const char *text, size_t n)
{
	bool gap = false;
	int groups = 0;
	size_t i = 0;

	if (n >= 2 && text[0] == ':' && text[1] == ':') {
		gap = true;
		i = 2;
	}
	while (i < n) {
		const char *colon = memchr(text + i, ':', n - i);
		size_t end = colon ? (size_t)(colon - text) : n;

		if (end == n && hostname_is_ipv4(text + i, n - i)) {
			groups += 2;
			break;
		}
		if (!is_group(text + i, end - i))
			return false;
		groups++;
		i = end;
		if (i == n)
			break;
		i++;
		if (i == n)
			return false; /* a single colon at the end */
		if (text[i] != ':')
			continue;
		if (gap)
			return false;
		gap = true;
		i++;
	}
	return gap ? groups <= 7 : groups == 8;
}

bool hostname_is_literal(const char *text, size_t n)
{
	static const char tag[] = "IPv6:";
	const size_t tag_len = sizeof tag - 1;

	if (n < 3 || text[0] != '[' || text[n - 1] != ']')
		return false;
	text++;
	n -= 2;
	if (text_starts_nocase(text, n, tag))
		return hostname_is_ipv6(text + tag_len, n - tag_len);
	return hostname_is_ipv4(text, n);
}
