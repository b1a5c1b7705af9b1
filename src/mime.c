/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime.c - what a header section says of the body behind it.
 *
 * contract: mime.h.  Reads Content-Type and Content-Transfer-Encoding, the
 * first of each, with comments and folds.  What is not understood is sealed
 * or text, never guessed.  RFC 2045 5 and 6, RFC 2046, RFC 2231.
 */
#include "mime.h"

#include <stdio.h>
#include <string.h>

#include "rfc5322.h"
#include "text.h"

/* A Content-Type value: more than this is no boundary, but a flood. */
#define VALUE_MAX 8192
/* Pieces of one value: no writer of 70 octets needs more. */
#define SECTIONS_MAX 100

/* What stands in a value, unfolded, at a place. */
struct reader {
	const char *at, *end;
};

static void skip_comment(struct reader *r)
{
	size_t depth = 0;

	for (; r->at < r->end; r->at++) {
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		else if (*r->at == '(')
			depth++;
		else if (*r->at == ')' && --depth == 0) {
			r->at++;
			return;
		}
	}
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end &&
	       (*r->at == ' ' || *r->at == '\t' || *r->at == '(')) {
		if (*r->at == '(')
			skip_comment(r);
		else
			r->at++;
	}
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* RFC 2045 5.1: a token; 0 octets when there is none. */
static size_t take_token(struct reader *r, const char **token)
{
	skip_blanks(r);
	*token = r->at;
	while (r->at < r->end && (unsigned char)*r->at > ' ' &&
	       *r->at != 0x7F && strchr("()<>@,;:\\\"/[]?=", *r->at) == NULL)
		r->at++;
	return (size_t)(r->at - *token);
}

/* Token or quoted string, into text of size octets; false: too long, or no
 * end. */
static bool take_value(struct reader *r, char *text, size_t size)
{
	const char *token;
	size_t n = 0;

	if (!take(r, '"')) {
		n = take_token(r, &token);
		if (n >= size)
			return false;
		memcpy(text, token, n);
		text[n] = '\0';
		return true;
	}
	for (; r->at < r->end && *r->at != '"'; r->at++) {
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		if (n + 1 >= size)
			return false;
		text[n++] = *r->at;
	}
	text[n] = '\0';
	return take(r, '"');
}

/* The first parameter of this name behind the type. */
static bool find_value(
    struct reader r, const char *wanted, char *value, size_t size)
{
	const char *name;
	size_t n;

	while (take(&r, ';')) {
		n = take_token(&r, &name);
		if (n == 0)
			continue;
		if (!take(&r, '=') || !take_value(&r, value, size))
			return false;
		if (text_equal_nocase(name, n, wanted, strlen(wanted)))
			return true;
	}
	return false;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, text_lower((unsigned char)c));

	return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* RFC 2231 4, in place: what stands before the second quote is charset and
 * language, and the rest has %XX; false: it is not in this form. */
static bool decode_extended(char *value, bool first)
{
	char *from = value, *to = value;

	for (int quotes = 0; first && quotes < 2; quotes++) {
		from = strchr(from, '\'');
		if (from == NULL)
			return false;
		from++;
	}
	for (; *from != '\0'; from++) {
		if (*from == '%') {
			int high = hex_digit(from[1]);
			int low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0 || high * 16 + low < ' ')
				return false;
			*to++ = (char)(high * 16 + low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return true;
}

/* One section of a value that is cut into several, RFC 2231 3; section -1:
 * of the whole in the extended form. */
static bool find_section(
    const struct reader *r, int section, char *value, size_t size)
{
	char name[32];
	size_t n;

	snprintf(name, sizeof name, section < 0 ? "boundary*" : "boundary*%d*",
	    section);
	if (find_value(*r, name, value, size))
		return decode_extended(value, section <= 0);
	n = strlen(name);
	name[n - 1] = '\0';
	return section >= 0 && find_value(*r, name, value, size);
}

/* All sections, however they stand in the field. */
static bool join_sections(
    const struct reader *r, char *whole, char *value, size_t size)
{
	size_t n = 0;

	for (int i = 0; find_section(r, i, value, size); i++) {
		size_t more = strlen(value);

		if (more >= size - n || i == SECTIONS_MAX)
			return false;
		memcpy(whole + n, value, more + 1);
		n += more;
	}
	return n > 0;
}

static void read_boundary(const struct reader *r, struct mime_entity *entity)
{
	char whole[VALUE_MAX], value[VALUE_MAX];
	size_t n;

	if (!find_value(*r, "boundary", whole, sizeof whole) &&
	    !find_section(r, -1, whole, sizeof whole) &&
	    !join_sections(r, whole, value, sizeof value))
		return;
	n = strlen(whole);
	/* Blanks at its end would be lost on the way. */
	while (n > 0 && whole[n - 1] == ' ')
		n--;
	if (n <= MIME_BOUNDARY_MAX && text_is_ascii(whole, n)) {
		memcpy(entity->boundary, whole, n);
		entity->boundary[n] = '\0';
	}
}

static void seal(struct mime_entity *entity, const char *what)
{
	entity->kind = MIME_SEALED;
	entity->seal = what;
}

/* clang-format off */
/* Types that are not simply encoded; subtype NULL: all others. */
static const struct {
	const char *type, *subtype;
	enum mime_kind kind;
	const char *seal;
} types[] = {
	{ "text",      NULL,        MIME_TEXT,      NULL },
	{ "multipart", "signed",    MIME_SEALED,    "a signed part" },
	{ "multipart", "encrypted", MIME_SEALED,    "an encrypted part" },
	{ "multipart", NULL,        MIME_MULTIPART, NULL },
	{ "message",   "rfc822",    MIME_MESSAGE,   NULL },
	{ "message",   "global",    MIME_MESSAGE,   NULL },
	/* RFC 2045 6.4: a composite type has no encoding of its own. */
	{ "message",   NULL,        MIME_SEALED,
	  "a part of a kind that may not be encoded" },
};

static const struct {
	const char *name;
	enum mime_encoding encoding;
} encodings[] = {
	{ "7bit",             MIME_7BIT },
	{ "8bit",             MIME_8BIT },
	{ "binary",           MIME_BINARY },
	{ "quoted-printable", MIME_QUOTED },
	{ "base64",           MIME_BASE64 },
};
/* clang-format on */

static void set_type(struct mime_entity *entity, const char *type, size_t n,
    const char *subtype, size_t sub_n)
{
	entity->kind = MIME_DATA;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		const char *sub = types[i].subtype;

		if (!text_equal_nocase(
			type, n, types[i].type, strlen(types[i].type)) ||
		    (sub != NULL &&
			!text_equal_nocase(subtype, sub_n, sub, strlen(sub))))
			continue;
		entity->kind = types[i].kind;
		entity->seal = types[i].seal;
		break;
	}
	entity->digest = entity->kind == MIME_MULTIPART &&
	                 text_equal_nocase(subtype, sub_n, "digest", 6);
}

/* RFC 2045 5.2: what cannot be read is plain text. */
static void read_type(struct mime_entity *entity, struct reader r)
{
	const char *type, *subtype;
	size_t n = take_token(&r, &type);
	size_t sub_n;

	entity->kind = MIME_TEXT;
	if (n == 0 || !take(&r, '/'))
		return;
	sub_n = take_token(&r, &subtype);
	if (sub_n == 0)
		return;
	set_type(entity, type, n, subtype, sub_n);
	if (entity->kind != MIME_MULTIPART)
		return;
	read_boundary(&r, entity);
	if (entity->boundary[0] == '\0')
		seal(entity, "a multipart without a boundary");
}

static void read_encoding(struct mime_entity *entity, struct reader r)
{
	const char *name;
	size_t n = take_token(&r, &name);

	entity->encoding = MIME_UNKNOWN;
	for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
		if (text_equal_nocase(
			name, n, encodings[i].name, strlen(encodings[i].name)))
			entity->encoding = encodings[i].encoding;
}

static bool is_named(const struct rfc5322_field *field, const char *name)
{
	return text_equal_nocase(
	    field->name, field->name_len, name, strlen(name));
}

/* One of the two fields; false: no memory. */
static bool read_field(
    struct mime_entity *entity, const struct rfc5322_field *field, bool is_type)
{
	struct buf value;
	struct reader r;
	bool done;

	if (field->value_len > VALUE_MAX) {
		seal(entity, "a part whose header cannot be read");
		return true;
	}
	buf_init(&value, VALUE_MAX);
	done = rfc5322_unfold(&value, field->value, field->value_len);
	r.at = (const char *)buf_head(&value);
	r.end = r.at + value.len;
	if (done && is_type)
		read_type(entity, r);
	else if (done)
		read_encoding(entity, r);
	buf_release(&value);
	return done;
}

bool mime_entity_parse(
    struct mime_entity *entity, const char *header, size_t n, bool in_digest)
{
	struct rfc5322_field field;
	bool typed = false, encoded = false;
	size_t at = 0;

	memset(entity, 0, sizeof *entity);
	entity->kind = in_digest ? MIME_MESSAGE : MIME_TEXT;
	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD) {
		bool type = !typed && is_named(&field, "Content-Type");

		if (!type &&
		    (encoded || !is_named(&field, "Content-Transfer-Encoding")))
			continue;
		if (!read_field(entity, &field, type))
			return false;
		typed = typed || type;
		encoded = encoded || !type;
	}
	return true;
}
