/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust_bundle.c - finds certificates in a PEM file by their subject
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The base64 text has no hyphen in it, so one memchr() finds the end of a
 * certificate; and its lines are passed whole where nothing in them matters,
 * so that some sixty octets of each are decoded and no more. Every length is
 * checked against what is there. Doubt means "found": less is imported than a
 * full reading would import, never something else.
 * RFC 5280 4.1, RFC 7468, X.690 8.1.3.
 */
#include "trust_bundle.h"

#include <string.h>

/* A longer name is left to GnuTLS. */
enum { NAME_MAX_LEN = 4096 };

enum tag {
	TAG_INTEGER = 0x02,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xA0 /* [0] EXPLICIT, optional */
};

/* The octets of one certificate, given as they are or in base64. */
struct reader {
	const char *text;
	const char *end;
	bool base64;
	unsigned char group[3]; /* decoded, with so many */
	unsigned left;          /* not read yet */
	size_t at;              /* octets read or passed */
};

/* The value of each base64 character, RFC 4648 4; 64 for all others. */
static unsigned value(unsigned char c)
{
	/* clang-format off */
	static const unsigned char values[256] = {
#define X4 64, 64, 64, 64
#define X16 X4, X4, X4, X4
		X16, X16, X4, X4, 64, 64, 64, 62, 64, 64, 64, 63,
		52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, X4,
		64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, X4,
		64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
		41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, X4,
		X16, X16, X16, X16, X16, X16, X16, X16
#undef X16
#undef X4
	};
	/* clang-format on */

	return values[c];
}

static bool is_blank(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Decodes the next four characters, line ends passed over. False: the end,
 * padding, or something that does not belong there. */
static bool next_group(struct reader *r)
{
	unsigned v[4];
	unsigned have = 0;

	while (have < 4) {
		if (r->text == r->end)
			return false;
		v[have] = value((unsigned char)*r->text);
		if (v[have] < 64)
			have++;
		else if (!is_blank(*r->text))
			return false;
		r->text++;
	}
	r->group[0] = (unsigned char)(v[0] << 2 | v[1] >> 4);
	r->group[1] = (unsigned char)(v[1] << 4 | v[2] >> 2);
	r->group[2] = (unsigned char)(v[2] << 6 | v[3]);
	r->left = 3;
	return true;
}

static bool read_octets(struct reader *r, unsigned char *to, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!r->base64) {
			if (r->text == r->end)
				return false;
			to[i] = (unsigned char)*r->text++;
			continue;
		}
		if (r->left == 0 && !next_group(r))
			return false;
		to[i] = r->group[3 - r->left--];
	}
	r->at += n;
	return true;
}

/* Passes n base64 characters, whole lines at a time where a line has no
 * blank within. */
static bool skip_characters(struct reader *r, size_t n)
{
	while (n > 0) {
		size_t left = (size_t)(r->end - r->text);
		const char *end = memchr(r->text, '\n', left);
		size_t len = end ? (size_t)(end - r->text) : left;

		if (len > 0 && r->text[len - 1] == '\r')
			len--;
		if (len > n)
			len = n;
		if (memchr(r->text, ' ', len) || memchr(r->text, '\t', len) ||
		    memchr(r->text, '\r', len)) {
			for (len = 0; len < n && !is_blank(r->text[len]);)
				len++;
		}
		n -= len;
		r->text += len;
		if (n == 0)
			break;
		while (r->text < r->end && is_blank(*r->text))
			r->text++;
		if (r->text == r->end)
			return false;
	}
	return true;
}

static bool skip_octets(struct reader *r, size_t n)
{
	unsigned char last[3];
	size_t here = n < r->left ? n : r->left;

	if (!r->base64) {
		if (n > (size_t)(r->end - r->text))
			return false;
		r->text += n;
		r->at += n;
		return true;
	}
	r->left -= (unsigned)here;
	n -= here;
	r->at += n / 3 * 3 + here;
	return skip_characters(r, n / 3 * 4) && read_octets(r, last, n % 3);
}

/* One element's tag and length, as they stand there. */
struct header {
	unsigned char octets[5];
	size_t n; /* of octets */
	size_t len;
};

/* Reads a tag and a definite length (X.690 8.1.3). */
static bool read_header(struct reader *r, struct header *h)
{
	unsigned char *o = h->octets;
	size_t more;

	if (!read_octets(r, o, 2))
		return false;
	more = o[1] < 0x80 ? 0 : o[1] & 0x7FU;
	if (o[1] >= 0x80 && (more < 1 || more > 3))
		return false;
	if (!read_octets(r, o + 2, more))
		return false;
	h->n = 2 + more;
	h->len = more ? 0 : o[1];
	for (size_t i = 0; i < more; i++)
		h->len = h->len << 8 | o[2 + i];
	return true;
}

static bool enter(struct reader *r, unsigned tag)
{
	struct header h;

	return read_header(r, &h) && h.octets[0] == tag;
}

static bool pass(struct reader *r, unsigned tag)
{
	struct header h;

	return read_header(r, &h) && h.octets[0] == tag &&
	       skip_octets(r, h.len);
}

/* Goes to the issuer, passing version, serial number and signature. */
static bool find_issuer(struct reader *r)
{
	struct header h;

	if (!enter(r, TAG_SEQUENCE) || !enter(r, TAG_SEQUENCE) ||
	    !read_header(r, &h) || !skip_octets(r, h.len))
		return false;
	if (h.octets[0] == TAG_VERSION)
		return pass(r, TAG_INTEGER) && pass(r, TAG_SEQUENCE);
	return h.octets[0] == TAG_INTEGER && pass(r, TAG_SEQUENCE);
}

bool bundle_names(const unsigned char *der, size_t n,
    struct bundle_name *issuer, struct bundle_name *subject)
{
	struct reader r = {
	    .text = (const char *)der, .end = (const char *)der + n};
	size_t start[2];
	size_t end[2];

	if (!find_issuer(&r))
		return false;
	start[0] = r.at;
	if (!pass(&r, TAG_SEQUENCE))
		return false;
	end[0] = r.at;
	if (!pass(&r, TAG_SEQUENCE)) /* validity */
		return false;
	start[1] = r.at;
	if (!pass(&r, TAG_SEQUENCE))
		return false;
	end[1] = r.at;
	*issuer = (struct bundle_name){der + start[0], end[0] - start[0]};
	*subject = (struct bundle_name){der + start[1], end[1] - start[1]};
	return true;
}

/* Whether one of the names is so long and begins so. */
static bool may_be(
    const struct header *h, const struct bundle_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].n == h->n + h->len &&
		    memcmp(names[i].der, h->octets, h->n) == 0)
			return true;
	return false;
}

/* Whether the certificate between text and end may be one of those wanted. */
static bool wanted(const char *text, const char *end,
    const struct bundle_name *names, size_t count)
{
	struct reader r = {.text = text, .end = end, .base64 = true};
	unsigned char name[NAME_MAX_LEN];
	struct header h;

	if (!find_issuer(&r) || !pass(&r, TAG_SEQUENCE) ||
	    !pass(&r, TAG_SEQUENCE) || !read_header(&r, &h) ||
	    h.octets[0] != TAG_SEQUENCE)
		return true;
	if (!may_be(&h, names, count))
		return false;
	if (h.len > sizeof name || !read_octets(&r, name, h.len))
		return true;
	for (size_t i = 0; i < count; i++)
		if (names[i].n == h.n + h.len &&
		    memcmp(names[i].der, h.octets, h.n) == 0 &&
		    memcmp(names[i].der + h.n, name, h.len) == 0)
			return true;
	return false;
}

/* The next line that begins with five hyphens, from at on. NULL: none. */
static const char *next_boundary(const struct bundle *b, size_t at)
{
	while (at < b->n) {
		const char *p = memchr(b->text + at, '-', b->n - at);

		if (!p)
			return NULL;
		if (b->n - (size_t)(p - b->text) >= 5 &&
		    memcmp(p, "-----", 5) == 0)
			return p;
		at = (size_t)(p - b->text) + 1;
	}
	return NULL;
}

/* Length of the BEGIN line at p of what is a certificate, else 0. */
static size_t begin_line(const struct bundle *b, const char *p)
{
	static const char *const lines[] = {
	    "-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----"};
	size_t left = b->n - (size_t)(p - b->text);

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t len = strlen(lines[i]);

		if (left >= len && memcmp(p, lines[i], len) == 0)
			return len;
	}
	return 0;
}

/* Passes the line at p, which begins with hyphens. */
static size_t behind_line(const struct bundle *b, const char *p)
{
	size_t at = (size_t)(p - b->text);
	const char *end = memchr(p, '\n', b->n - at);

	return end ? (size_t)(end - b->text) + 1 : b->n;
}

bool bundle_next(struct bundle *b, const struct bundle_name *names,
    size_t count, const char **pem, size_t *len)
{
	const char *begin;

	while ((begin = next_boundary(b, b->at))) {
		size_t line = begin_line(b, begin);
		const char *end;

		if (!line) {
			b->at = behind_line(b, begin);
			continue;
		}
		end = next_boundary(b, (size_t)(begin - b->text) + line);
		if (!end)
			break;
		b->at = behind_line(b, end);
		b->count++;
		if (!wanted(begin + line, end, names, count))
			continue;
		*pem = begin;
		*len = b->at - (size_t)(begin - b->text);
		return true;
	}
	b->at = b->n;
	return false;
}
