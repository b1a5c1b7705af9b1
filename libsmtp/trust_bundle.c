/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust_bundle.c - finds certificates in a PEM file by their subject
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The base64 text has no hyphen in it, so one memchr() finds the end of a
 * certificate. Of its content only the first few hundred octets are decoded,
 * and grown when the subject lies further in. Every length is checked against
 * what is there. Doubt means "found": less is imported than a full reading
 * would import, never something else. RFC 5280 4.1, RFC 7468, X.690 8.1.3.
 */
#include "trust_bundle.h"

#include <string.h>

enum {
	/* Most subjects end within this; the rest are read on. */
	FIRST_LOOK = 384,
	/* A name that ends beyond it is left to GnuTLS. */
	WINDOW_MAX = 4096
};

enum tag {
	TAG_INTEGER = 0x02,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xA0 /* [0] EXPLICIT, optional */
};

enum found {
	FOUND,
	TOO_SHORT, /* the octets end before the subject does */
	STRANGE	   /* not what a certificate looks like */
};

/* Octets of DER, and how far they were read. */
struct cursor {
	const unsigned char *der;
	size_t n;
	size_t at;
};

/* Reads a tag and a definite length (X.690 8.1.3). */
static enum found header(struct cursor *c, unsigned tag, size_t *len)
{
	size_t octets;
	size_t value = 0;

	if (c->n - c->at < 2)
		return TOO_SHORT;
	if (c->der[c->at] != tag)
		return STRANGE;
	*len = c->der[c->at + 1];
	c->at += 2;
	if (*len < 0x80)
		return FOUND;
	octets = *len - 0x80;
	if (octets < 1 || octets > 3)
		return STRANGE;
	if (c->n - c->at < octets)
		return TOO_SHORT;
	while (octets-- > 0)
		value = value << 8 | c->der[c->at++];
	*len = value;
	return FOUND;
}

/* Passes one element; whole, when not NULL, is told where it is. */
static enum found element(
    struct cursor *c, unsigned tag, struct bundle_name *whole)
{
	size_t start = c->at;
	size_t len;
	enum found found = header(c, tag, &len);

	if (found != FOUND)
		return found;
	if (c->n - c->at < len)
		return TOO_SHORT;
	c->at += len;
	if (whole)
		*whole = (struct bundle_name){c->der + start, c->at - start};
	return FOUND;
}

static enum found find_names(const unsigned char *der, size_t n,
    struct bundle_name *issuer, struct bundle_name *subject)
{
	struct cursor c = {der, n, 0};
	size_t len;
	enum found found;

	if ((found = header(&c, TAG_SEQUENCE, &len)) != FOUND ||
	    (found = header(&c, TAG_SEQUENCE, &len)) != FOUND)
		return found;
	if (c.at < n && der[c.at] == TAG_VERSION &&
	    (found = element(&c, TAG_VERSION, NULL)) != FOUND)
		return found;
	if ((found = element(&c, TAG_INTEGER, NULL)) != FOUND ||  /* serial */
	    (found = element(&c, TAG_SEQUENCE, NULL)) != FOUND || /* signature */
	    (found = element(&c, TAG_SEQUENCE, issuer)) != FOUND ||
	    (found = element(&c, TAG_SEQUENCE, NULL)) != FOUND) /* validity */
		return found;
	return element(&c, TAG_SEQUENCE, subject);
}

bool bundle_names(const unsigned char *der, size_t n,
    struct bundle_name *issuer, struct bundle_name *subject)
{
	struct bundle_name names[2];

	if (find_names(der, n, &names[0], &names[1]) != FOUND)
		return false;
	*issuer = names[0];
	*subject = names[1];
	return true;
}

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

/* What was decoded of one certificate so far. */
struct window {
	const char *text; /* base64, the next character to decode */
	const char *end;
	unsigned char der[WINDOW_MAX];
	size_t n;
};

/* The next four characters, line ends passed over. False: the end, padding
 * or something that does not belong there. */
static bool next_group(struct window *w, unsigned v[4])
{
	unsigned have = 0;

	while (have < 4) {
		if (w->text == w->end)
			return false;
		v[have] = value((unsigned char)*w->text);
		if (v[have] < 64)
			have++;
		else if (!strchr("\r\n \t", *w->text))
			return false;
		w->text++;
	}
	return true;
}

/* Decodes until there are want octets. False: there are not that many. */
static bool decode(struct window *w, size_t want)
{
	while (w->n < want) {
		const unsigned char *s = (const unsigned char *)w->text;
		unsigned v[4];

		if (w->end - w->text >= 4) {
			v[0] = value(s[0]);
			v[1] = value(s[1]);
			v[2] = value(s[2]);
			v[3] = value(s[3]);
		}
		if (w->end - w->text >= 4 &&
		    (v[0] | v[1] | v[2] | v[3]) < 64)
			w->text += 4;
		else if (!next_group(w, v))
			return false;
		w->der[w->n++] = (unsigned char)(v[0] << 2 | v[1] >> 4);
		w->der[w->n++] = (unsigned char)(v[1] << 4 | v[2] >> 2);
		w->der[w->n++] = (unsigned char)(v[2] << 6 | v[3]);
	}
	return true;
}

static bool is_among(const struct bundle_name *name,
    const struct bundle_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].n == name->n &&
		    memcmp(names[i].der, name->der, name->n) == 0)
			return true;
	return false;
}

/* Whether the certificate between text and end may be one of those wanted. */
static bool wanted(const char *text, const char *end,
    const struct bundle_name *names, size_t count)
{
	struct window w;
	struct bundle_name issuer;
	struct bundle_name subject;
	size_t want = FIRST_LOOK;

	w.text = text;
	w.end = end;
	w.n = 0;
	for (;;) {
		bool more = decode(&w, want);

		switch (find_names(w.der, w.n, &issuer, &subject)) {
		case FOUND:
			return is_among(&subject, names, count);
		case STRANGE:
			return true;
		case TOO_SHORT:
			break;
		}
		/* Three octets at a time: the last group must fit. */
		if (!more || want * 2 + 2 > WINDOW_MAX)
			return true;
		want *= 2;
	}
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
