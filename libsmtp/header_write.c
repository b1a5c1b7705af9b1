/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header_write.c - the fields that this side writes, as text
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Dates, Message-IDs, lists of mailboxes and plain texts, folded to 78 octets
 * where that can be done and never longer than 998. Beyond ASCII: encoded
 * words (RFC 2047), but for messages that may use UTF-8 (RFC 6532). Never
 * writes a CR or LF that is not a fold of its own, and nothing of a time, a
 * process or a user name into a Message-ID. RFC 5322 2.2.3, 3.3, 3.4, 3.6.
 */
#include "header_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "encode.h"
#include "text.h"

/* Takes back what was appended since out held start octets, unless ok. */
static bool keep_if(bool ok, struct buf *out, size_t start)
{
	if (ok && !out->failed)
		return true;
	buf_truncate(out, start);
	return false;
}

static bool put_name(struct buf *out, const char *name)
{
	return buf_puts(out, name) && buf_puts(out, ": ");
}

/*
 * Plain texts
 */

/* ASCII without controls. */
static bool is_printable(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 32 && c != '\t') || c > 126)
			return false;
	}
	return true;
}

static bool put_folded(struct buf *out, const char *name, const char *value)
{
	struct buf field;
	bool ok;

	buf_init(&field, SIZE_MAX);
	buf_puts(&field, name);
	buf_puts(&field, *value ? ": " : ":");
	buf_puts(&field, value);
	if (field.failed)
		out->failed = true;
	ok = encode_fold(out, (const char *)buf_head(&field), field.len);
	buf_release(&field);
	return ok;
}

bool header_write_text(
    struct buf *out, const char *name, const char *value, bool smtputf8)
{
	size_t n = strlen(value);
	size_t start = out->len;
	bool printable = is_printable(value);
	bool ok = false;

	if (printable || (smtputf8 && text_is_harmless(value, n)))
		ok = put_folded(out, name, value);
	/* Encoded-words can be split where folding finds no blank. */
	if (!ok && !printable && !out->failed)
		ok = put_name(out, name) &&
		     encode_unstructured(out, value, n, strlen(name) + 2);
	return keep_if(ok && buf_puts(out, "\r\n"), out, start);
}

/*
 * Dates
 */

bool header_write_date(const struct header_pass *p, const char *name,
    long long when, struct buf *out)
{
	int zone =
	    p->facts.zone_known ? p->facts.zone_minutes : DATE_ZONE_UNKNOWN;
	size_t start = out->len;
	bool ok;

	put_name(out, name);
	ok = date_rfc5322(out, when, zone) ||
	     date_rfc5322(out, when, DATE_ZONE_UNKNOWN) ||
	     date_rfc5322(out, 0, DATE_ZONE_UNKNOWN);
	return keep_if(ok && buf_puts(out, "\r\n"), out, start);
}

/*
 * Message-IDs
 */

/* A bijection that leaves no likeness between neighbours (splitmix64). */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	x ^= x >> 27;
	x *= UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

/* The random octets are those of a session: its messages are told apart by
 * their place in it, which then cannot be told from the result. */
static uint64_t place_of(const struct smtp_message *message, bool resent)
{
	const struct smtp_message *m = message->session->messages;
	uint64_t place = resent ? 1 : 2;

	for (; m && m != message; m = m->next)
		place += 2;
	return place;
}

static void put_base32(struct buf *out, const unsigned char *s, size_t n)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | s[i];
		have += 8;
		for (; have >= 5; have -= 5)
			buf_putc(out,
			    (unsigned char)digits[bits >> (have - 5) & 31]);
	}
	if (have > 0)
		buf_putc(out, (unsigned char)digits[bits << (5 - have) & 31]);
}

static const char *host_of(const struct header_pass *p)
{
	const char *host = p->facts.host;
	size_t n = host ? strlen(host) : 0;

	if (n > 2 && n < 256 && *host == '[' &&
	    strcspn(host, "]<>\\ \t\r\n") == n - 1 && text_is_ascii(host, n))
		return host;
	if (n > 0 && n < 256 && text_is_ascii(host, n) &&
	    text_is_dot_atom(host, n))
		return host;
	return "localhost";
}

static uint64_t load(const unsigned char *s)
{
	uint64_t x = 0;

	for (size_t i = 0; i < sizeof x; i++)
		x = x << 8 | s[i];
	return x;
}

static void store(unsigned char *s, uint64_t x)
{
	for (size_t i = sizeof x; i > 0; x >>= 8)
		s[--i] = (unsigned char)(x & 255);
}

/* Both halves are bijections, so all random bits stay. */
char *header_make_id(const struct header_pass *p, bool resent)
{
	uint64_t place = place_of(p->message, resent);
	unsigned char octets[sizeof p->facts.random];
	uint64_t first, second;
	struct buf id;
	char *text;

	first = load(p->facts.random) + place * UINT64_C(0x9E3779B97F4A7C15);
	first = mix(first);
	second = mix(load(p->facts.random + sizeof first) ^ first);
	store(octets, first);
	store(octets + sizeof first, second);
	buf_init(&id, SIZE_MAX);
	buf_putc(&id, '<');
	put_base32(&id, octets, sizeof octets);
	buf_putc(&id, '@');
	buf_puts(&id, host_of(p));
	buf_putc(&id, '>');
	text = buf_take(&id, NULL);
	buf_release(&id);
	return text;
}

/*
 * Mailboxes
 */

static const char *address_of(const struct mailbox *m)
{
	const char *address = m->ascii ? m->ascii : m->utf8;

	return address ? address : m->given;
}

/* The reverse-path; for a null one, whoever runs this. */
static bool put_sender(const struct header_pass *p, struct buf *out)
{
	const char *path = address_of(&p->message->reverse_path);
	const char *user = p->facts.local_user;

	if (path && *path)
		return buf_puts(out, path);
	if (!user || !*user || !text_is_ascii(user, strlen(user)) ||
	    !encode_local_part(out, user, strlen(user)))
		buf_puts(out, "postmaster");
	return buf_putc(out, '@') && buf_puts(out, host_of(p));
}

/* Octets in the last line of what out holds from start on. */
static size_t column(const struct buf *out, size_t start)
{
	const unsigned char *text = buf_head(out);
	size_t n = out->len;

	while (n > start && text[n - 1] != '\n')
		n--;
	return out->len - n;
}

static bool put_address(
    struct buf *out, const char *phrase, const char *address, size_t at)
{
	size_t start = out->len;
	size_t n = strlen(address);

	if (!phrase)
		return buf_puts(out, address);
	if (!encode_phrase(out, phrase, strlen(phrase), at))
		return false;
	if (out->len > start &&
	    memchr(buf_head(out) + start, '\n', out->len - start))
		at = column(out, start);
	else
		at += out->len - start;
	buf_puts(out, at + n + 3 > ENCODE_LINE_SOFT ? "\r\n <" : " <");
	return buf_puts(out, address) && buf_putc(out, '>');
}

/* Appends an element of a list, on a new line if this one is full. */
static bool put_element(
    struct buf *out, bool first, const char *phrase, const char *address)
{
	size_t at = column(out, 0) + (first ? 0 : 2);
	size_t start = out->len;
	size_t n;

	if (!first)
		buf_puts(out, ", ");
	n = out->len;
	if (!put_address(out, phrase, address, at))
		return false;
	n = out->len - n;
	if (first ||
	    (at + n <= ENCODE_LINE_SOFT &&
		!memchr(buf_head(out) + start, '\n', out->len - start)))
		return true;
	buf_truncate(out, start);
	buf_puts(out, ",\r\n ");
	return put_address(out, phrase, address, 1);
}

static bool put_recipients(const struct header_pass *p, struct buf *out)
{
	const struct smtp_recipient *r = p->message->recipients;
	bool first = true;
	bool ok = true;

	for (; r && ok; r = r->next) {
		const char *address = address_of(&r->mailbox);

		if (!address || !*address)
			continue;
		ok = put_element(out, first, NULL, address);
		first = false;
	}
	return ok;
}

/* An element that was given no mailbox. */
static bool put_default(const struct header_pass *p, enum header_rule_id id,
    const char *phrase, struct buf *out)
{
	const char *path = address_of(&p->message->reverse_path);
	struct buf sender;
	bool ok = true;

	if (id == RULE_TO)
		return put_recipients(p, out);
	/* Nobody wants notifications where bounces are not wanted. */
	if (id == RULE_NOTIFICATION && (!path || !*path))
		return true;
	buf_init(&sender, SIZE_MAX);
	if (put_sender(p, &sender) && buf_cstr(&sender))
		ok = put_element(out, true, phrase, buf_cstr(&sender));
	else
		out->failed = true;
	buf_release(&sender);
	return ok;
}

bool header_write_mailboxes(const struct header_pass *p, const char *name,
    enum header_rule_id id, const struct header_mailbox *list, struct buf *out)
{
	size_t start = out->len;
	struct buf field;
	size_t empty;
	bool ok = true;

	buf_init(&field, SIZE_MAX);
	put_name(&field, name);
	empty = field.len;
	if (!list)
		ok = put_default(p, id, NULL, &field);
	for (; list && ok; list = list->next) {
		if (list->mailbox)
			ok = put_element(&field, field.len == empty,
			    list->phrase, list->mailbox);
		else
			ok = put_default(p, id, list->phrase, &field);
	}
	if (field.failed)
		out->failed = true;
	if (ok && field.len > empty)
		ok = encode_fold(
			 out, (const char *)buf_head(&field), field.len) &&
		     buf_puts(out, "\r\n");
	buf_release(&field);
	return keep_if(ok, out, start);
}
