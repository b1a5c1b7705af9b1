/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_addresses.c - walks an address list by the spans of its parser.
 *
 * contract: compose_addresses.h.  "root (Cron Daemon)" becomes
 * "root@domain (Cron Daemon)".  The text between two addresses is comments,
 * commas and group names, and is looked at for the comments alone.
 */
#include "compose_addresses.h"

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "buf.h"
#include "compose_text.h"
#include "encode.h"
#include "rfc5322.h"
#include "smtpx.h"
#include "text.h"

/* Text around addresses, its comments encoded. */
static void put_around(
    const struct compose_addresses *a, struct buf *out, const char *s, size_t n)
{
	if (!a->encode || text_is_ascii(s, n)) {
		buf_append(out, s, n);
		return;
	}
	for (size_t at = 0; at < n;) {
		size_t len = 1;

		if (s[at] == '(') {
			len = compose_comment_length(s + at, n - at);
			compose_put_comment(out, s + at, len);
			at += len;
			continue;
		}
		if (s[at] == '"')
			len = compose_quoted_length(s + at, n - at);
		buf_append(out, s + at, len);
		at += len;
	}
}

/* Display name and opening bracket. */
static void put_name(const struct compose_addresses *a, struct buf *out,
    const struct rfc5322_address *address, const char *value)
{
	const char *s = value + address->span.start;
	size_t n = address->spec.start - address->span.start;

	if (!a->encode || text_is_ascii(s, n) || address->name == NULL) {
		put_around(a, out, s, n);
		return;
	}
	if (encode_phrase(
		out, address->name, strlen(address->name), compose_column(out)))
		buf_puts(out, " <");
	else if (!out->failed)
		buf_append(out, s, n);
}

char *compose_ascii_mailbox(const char *mailbox, bool *no_memory)
{
	const char *at = strrchr(mailbox, '@');
	size_t n = at == NULL ? 0 : (size_t)(at - mailbox) + 1;
	char *domain, *made;

	if (at == NULL || text_is_ascii(at, strlen(at)) ||
	    !text_is_ascii(mailbox, n))
		return NULL;
	domain = smtpx_domain_to_ascii(at + 1);
	if (domain == NULL) {
		*no_memory = smtp_errno() < 0;
		return NULL;
	}
	made = malloc(n + strlen(domain) + 1);
	*no_memory = made == NULL;
	if (made != NULL) {
		memcpy(made, mailbox, n);
		memcpy(made + n, domain, strlen(domain) + 1);
	}
	free(domain);
	return made;
}

static char *mailbox_of(const struct rfc5322_address *address)
{
	struct buf text;
	char *taken;

	buf_init(&text, RFC5322_PATH_MAX * 4);
	buf_puts(&text, address->local);
	if (address->domain != NULL) {
		buf_putc(&text, '@');
		buf_puts(&text, address->domain);
	}
	taken = buf_take(&text, NULL);
	buf_release(&text);
	return taken;
}

/* The address with a domain that means something elsewhere; NULL: it has one,
 * or no memory (out->failed). */
static char *qualified(const struct compose_addresses *a, struct buf *out,
    const struct rfc5322_address *address)
{
	bool no_domain = false;
	char *mailbox;
	const char *at;

	if (a->context == NULL || address->local[0] == '\0')
		return NULL;
	mailbox = address_mailbox(a->context, address, &no_domain);
	if (mailbox == NULL) {
		out->failed = out->failed || !no_domain;
		return NULL;
	}
	at = strrchr(mailbox, '@');
	if (address->domain == NULL || at == NULL ||
	    strcmp(at + 1, address->domain) != 0)
		return mailbox;
	free(mailbox);
	return NULL;
}

/* What stands for the address on the wire; NULL: the address itself, or no
 * memory (out->failed). */
static char *better_form(const struct compose_addresses *a, struct buf *out,
    const struct rfc5322_address *address)
{
	char *mailbox = qualified(a, out, address);
	bool no_memory = false;
	char *ascii;

	if (!a->encode || out->failed)
		return mailbox;
	if (mailbox == NULL &&
	    (address->domain == NULL ||
		text_is_ascii(address->domain, strlen(address->domain))))
		return NULL;
	if (mailbox == NULL)
		mailbox = mailbox_of(address);
	if (mailbox == NULL) {
		out->failed = true;
		return NULL;
	}
	ascii = compose_ascii_mailbox(mailbox, &no_memory);
	out->failed = out->failed || no_memory;
	if (ascii == NULL)
		return mailbox;
	free(mailbox);
	return ascii;
}

static void put_address(const struct compose_addresses *a, struct buf *out,
    const struct rfc5322_address *address, const char *value)
{
	char *better = better_form(a, out, address);

	put_name(a, out, address, value);
	if (better != NULL)
		buf_puts(out, better);
	else
		buf_append(out, value + address->spec.start,
		    address->spec.end - address->spec.start);
	put_around(a, out, value + address->spec.end,
	    address->span.end - address->spec.end);
	free(better);
}

bool compose_repair_addresses(
    struct compose_addresses *a, struct buf *out, const char *value, size_t n)
{
	struct rfc5322_list list;
	size_t at = 0, start = out->len;

	a->broken = !rfc5322_list_parse(
	    &list, value, n, RFC5322_UNQUALIFIED_OK | RFC5322_NULL_OK);
	a->n = list.count;
	if (list.no_memory)
		out->failed = true;
	for (size_t i = 0; i < list.count; i++) {
		const struct rfc5322_address *address = &list.items[i];

		put_around(a, out, value + at, address->span.start - at);
		put_address(a, out, address, value);
		at = address->span.end;
	}
	if (!a->broken)
		put_around(a, out, value + at, n - at);
	if (list.count == 1)
		a->only = mailbox_of(&list.items[0]);
	rfc5322_list_release(&list);
	a->changed = out->len - start != n || out->failed ||
	             memcmp(buf_head(out) + start, value, n) != 0;
	return !out->failed;
}
