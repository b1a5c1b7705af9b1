/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rfc5322_field.c - header fields, and the mailbox of an envelope
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Finds the fields of a header and unfolds them (RFC 5322 2.2, 2.2.3, and 4.5
 * for the blank before the colon); reads a single mailbox through the parser
 * of rfc5322.c, so that there is one notion of an address. Never copies the
 * header and never looks beyond its empty line.
 */
#include "rfc5322.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the line end of the line at text + at; n if it has none. */
static size_t next_line(const char *text, size_t n, size_t at)
{
	const char *end = memchr(text + at, '\n', n - at);

	return end ? (size_t)(end - text) + 1 : n;
}

/* The octets of a line end at the end of text. */
static size_t line_end_len(const char *text, size_t n)
{
	if (n == 0 || text[n - 1] != '\n')
		return 0;
	return n > 1 && text[n - 2] == '\r' ? 2 : 1;
}

/* Finds the colon behind a field name, RFC 5322 2.2; n: there is none. */
static size_t find_colon(const char *s, size_t n, size_t *name_len)
{
	size_t i = 0;

	while (i < n && s[i] > 32 && s[i] < 127 && s[i] != ':')
		i++;
	*name_len = i;
	while (i < n && is_space(s[i]))
		i++;
	return *name_len > 0 && i < n && s[i] == ':' ? i : n;
}

enum rfc5322_scan rfc5322_field_next(
    struct rfc5322_field *f, const char *text, size_t n, size_t *at)
{
	size_t start = *at;
	size_t end;
	size_t name_len;
	size_t colon;

	if (start >= n)
		return RFC5322_END;
	end = next_line(text, n, start);
	if (end - start == line_end_len(text + start, end - start)) {
		*at = end;
		return RFC5322_END;
	}
	colon = find_colon(text + start, end - start, &name_len);
	if (colon == end - start)
		return RFC5322_NOT_FIELD;
	while (end < n && is_space(text[end]))
		end = next_line(text, n, end);
	f->start = f->name = text + start;
	f->len = end - start;
	f->name_len = name_len;
	f->value = f->start + colon + 1;
	f->value_len = f->len - colon - 1;
	f->value_len -= line_end_len(f->value, f->value_len);
	*at = end;
	return RFC5322_FIELD;
}

/* The octets of a line end at s that is a fold, or ends the value; else 0. */
static size_t fold_len(const char *s, size_t n)
{
	size_t len = 0;

	if (s[0] == '\n')
		len = 1;
	else if (s[0] == '\r' && n > 1 && s[1] == '\n')
		len = 2;
	return len && (len == n || is_space(s[len])) ? len : 0;
}

bool rfc5322_unfold(struct buf *out, const char *value, size_t n)
{
	size_t start = out->len;
	size_t end = start; /* behind the last octet that is no blank */

	for (size_t i = 0; i < n; i++) {
		char c = value[i];
		size_t len = fold_len(value + i, n - i);
		bool blank;

		if (len > 0) {
			i += len - 1;
			continue;
		}
		if (c == '\r' || c == '\n')
			c = ' ';
		blank = is_space(c);
		if (c == '\0' || (blank && end == start))
			continue;
		buf_putc(out, (unsigned char)c);
		if (!blank)
			end = out->len;
	}
	buf_truncate(out, out->failed ? start : end);
	return !out->failed;
}

/* Whether the list is one bare address that fills all n octets. */
static bool is_bare(const struct rfc5322_list *list, size_t n)
{
	const struct rfc5322_address *a = list->items;

	return list->count == 1 && list->groups == 0 && !list->cfws &&
	       !a->name && a->spec.start == 0 && a->spec.end == n;
}

static bool set_mailbox(
    struct rfc5322_mailbox *m, const char *local, const char *domain)
{
	size_t local_len = strlen(local);
	struct buf text;
	char *taken;
	size_t n;

	buf_init(&text, RFC5322_PATH_MAX);
	buf_append(&text, local, local_len);
	if (domain) {
		buf_putc(&text, '@');
		buf_puts(&text, domain);
	}
	taken = buf_take(&text, &n);
	buf_release(&text);
	if (!taken)
		return false;
	m->text = taken;
	m->local_len = local_len;
	m->domain = domain ? taken + local_len + 1 : NULL;
	m->ascii = text_is_ascii(taken, n);
	m->domain_ascii = !domain || text_is_ascii(domain, strlen(domain));
	return true;
}

bool rfc5322_mailbox_check(
    struct rfc5322_mailbox *m, const char *text, const char **reason)
{
	size_t n = strlen(text);
	struct rfc5322_list list;
	const char *why = NULL;
	bool ok = false;

	if (n == 0) {
		ok = set_mailbox(m, "", NULL);
		if (reason)
			*reason = NULL;
		return ok;
	}
	if (!rfc5322_list_parse(&list, text, n, RFC5322_UNQUALIFIED_OK))
		why = list.no_memory ? NULL : list.error;
	else if (!text_is_harmless(text, n))
		why = "character not allowed"; /* a fold inside quotes */
	else if (!is_bare(&list, n))
		why = "not a bare address";
	else
		ok = set_mailbox(m, list.items->local, list.items->domain);
	rfc5322_list_release(&list);
	if (reason)
		*reason = why;
	return ok;
}

void rfc5322_mailbox_release(struct rfc5322_mailbox *m)
{
	free(m->text);
	*m = (struct rfc5322_mailbox){0};
}
