/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_address.c - any octets through the address parser and what follows it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The first octet chooses the flags, the rest is an address list, a header
 * and a text. Properties: an address that comes out is short enough, free of
 * controls, and read again gives itself; spans lie inside the source and give
 * the same address; a cleaned text is one harmless line; what is encoded is
 * decoded to itself. A broken property ends the program.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "encode.h"
#include "rfc5322.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static bool equal(const struct buf *b, const char *text, size_t n)
{
	return b->len == n && (n == 0 || memcmp(buf_head(b), text, n) == 0);
}

/* The address as a mailbox gives itself. */
static void try_mailbox(const struct rfc5322_address *a)
{
	struct rfc5322_mailbox m;
	struct buf b;

	if (!*a->local)
		return;
	buf_init(&b, RFC5322_PATH_MAX);
	buf_puts(&b, a->local);
	if (a->domain) {
		buf_putc(&b, '@');
		buf_puts(&b, a->domain);
	}
	demand(!b.failed, "an address is within its limits");
	demand(text_is_harmless(buf_head(&b), b.len), "no control passes");
	demand(rfc5322_mailbox_check(&m, buf_cstr(&b), NULL),
	    "an address is a mailbox");
	demand(strcmp(m.text, buf_cstr(&b)) == 0, "it gives itself");
	demand(strlen(a->local) <= RFC5322_LOCAL_MAX, "local part is short");
	rfc5322_mailbox_release(&m);
	buf_release(&b);
}

static void try_span(const char *text, size_t n,
    const struct rfc5322_address *a, struct rfc5322_span span)
{
	struct rfc5322_list list;
	const struct rfc5322_address *b;

	demand(span.start <= span.end && span.end <= n, "span is inside");
	if (span.start == span.end)
		return;
	demand(
	    rfc5322_list_parse(&list, text + span.start, span.end - span.start,
		RFC5322_NULL_OK | RFC5322_UNQUALIFIED_OK),
	    "a span is an address");
	demand(list.count == 1, "a span is one address");
	b = list.items;
	demand(strcmp(a->local, b->local) == 0, "with this local part");
	demand(!a->domain == !b->domain &&
		   (!a->domain || strcmp(a->domain, b->domain) == 0),
	    "and this domain");
	rfc5322_list_release(&list);
}

static void try_list(const char *text, size_t n, unsigned flags)
{
	struct rfc5322_list list;

	if (!rfc5322_list_parse(&list, text, n, flags & 3)) {
		demand(list.error && list.count == 0, "refusal is empty");
		demand(list.error_at <= n, "position is inside");
	}
	for (size_t i = 0; i < list.count; i++) {
		try_mailbox(&list.items[i]);
		try_span(text, n, &list.items[i], list.items[i].spec);
		try_span(text, n, &list.items[i], list.items[i].span);
	}
	rfc5322_list_release(&list);
}

static void try_header(const char *text, size_t n)
{
	struct rfc5322_field f;
	size_t at = 0;
	size_t before = 0;

	while (rfc5322_field_next(&f, text, n, &at) == RFC5322_FIELD) {
		struct buf b;

		demand(at > before && at <= n, "a field takes octets");
		demand(f.start == text + before, "fields touch");
		buf_init(&b, n);
		demand(rfc5322_unfold(&b, f.value, f.value_len), "unfolds");
		demand(!memchr(buf_head(&b), '\n', b.len), "to one line");
		buf_release(&b);
		before = at;
	}
	demand(at <= n, "the end is inside");
}

static void try_text(const char *text, size_t n)
{
	struct buf b;

	buf_init(&b, TEXT_CLEAN_MAX);
	demand(text_clean(&b, text, n), "a cleaned text has a bound");
	demand(!text_has_control(buf_head(&b), b.len), "and no control");
	demand(text_is_utf8(buf_head(&b), b.len), "and is UTF-8");
	buf_release(&b);
}

typedef bool text_coder(struct buf *out, const char *text, size_t n);

static bool encode_raw(struct buf *out, const char *text, size_t n)
{
	return encode_utf8_xtext(out, text, n, true);
}

static bool encode_escaped(struct buf *out, const char *text, size_t n)
{
	return encode_utf8_xtext(out, text, n, false);
}

static bool encode_octets(struct buf *out, const char *text, size_t n)
{
	return encode_base64(out, text, n);
}

/* What is encoded is decoded to itself; what is decoded is encoded so, too,
 * where there is one encoded form. */
static void try_coder(
    text_coder *encode, text_coder *decode, const char *text, size_t n)
{
	struct buf once;
	struct buf back;

	buf_init(&once, SIZE_MAX);
	buf_init(&back, SIZE_MAX);
	if (encode(&once, text, n)) {
		demand(decode(&back, (const char *)buf_head(&once), once.len),
		    "what was encoded can be decoded");
		demand(equal(&back, text, n), "to the same");
	}
	buf_clear(&once);
	buf_clear(&back);
	if (decode(&once, text, n) && encode != encode_raw &&
	    encode != encode_escaped) {
		demand(encode(&back, (const char *)buf_head(&once), once.len),
		    "what was decoded can be encoded");
		demand(equal(&back, text, n), "in one form only");
	}
	buf_release(&once);
	buf_release(&back);
}

static void try_phrase(const char *text, size_t n)
{
	struct rfc5322_list list;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (n && encode_phrase(&b, text, n, 6)) {
		buf_puts(&b, " <a@x>");
		demand(rfc5322_list_parse(&list, buf_cstr(&b), b.len, 0) &&
			   list.count == 1,
		    "a name stays before its address");
		rfc5322_list_release(&list);
	}
	buf_clear(&b);
	if (encode_unstructured(&b, text, n, 9))
		demand(text_is_ascii(buf_head(&b), b.len), "ASCII comes out");
	buf_clear(&b);
	encode_fold(&b, text, n);
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data + 1;

	if (n == 0)
		return 0;
	n--;
	try_list(text, n, data[0]);
	try_header(text, n);
	try_text(text, n);
	try_coder(encode_xtext, decode_xtext, text, n);
	try_coder(encode_raw, decode_utf8_xtext, text, n);
	try_coder(encode_escaped, decode_utf8_xtext, text, n);
	try_coder(encode_octets, decode_base64, text, n);
	try_phrase(text, n);
	return 0;
}
