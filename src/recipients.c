/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * recipients.c - from written addresses to the envelope's list.
 *
 * contract: recipients.h.  Expansion works on a list of what is still to be
 * looked at, so a loop of aliases ends at the depth limit and never grows
 * the stack.
 */
#include "recipients.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diagnostics.h"
#include "rfc5322.h"
#include "text.h"

/* An element that aliases have brought up, to be looked at later. */
struct pending {
	char *text;
	unsigned depth;
};

struct expansion {
	struct recipients *r;
	struct pending *list;
	size_t n, next;
	const char *original; /* the address that was asked for */
};

void recipients_init(struct recipients *r, struct address_context *context,
    struct diagnostics *d, struct diagnostics *notes)
{
	memset(r, 0, sizeof *r);
	r->context = context;
	r->d = d;
	r->notes = notes;
	r->result = ENVELOPE_BUILT;
}

void recipients_release(struct recipients *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->list[i].mailbox);
		free(r->list[i].original);
	}
	free(r->list);
	free(r->table);
	r->list = NULL;
	r->table = NULL;
	r->n = 0;
}

static void fail(struct recipients *r, enum envelope_result result)
{
	if (r->result == ENVELOPE_BUILT)
		r->result = result;
}

/* FNV-1a; the domain counts in lower case (RFC 5321 2.4). */
static size_t hash(const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');
	uint64_t h = UINT64_C(14695981039346656037);

	for (const char *p = mailbox; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		h ^= at != NULL && p > at ? text_lower(c) : c;
		h *= UINT64_C(1099511628211);
	}
	return (size_t)h;
}

static bool same_mailbox(const char *a, const char *b)
{
	const char *at_a = strrchr(a, '@');
	const char *at_b = strrchr(b, '@');

	return at_a != NULL && at_b != NULL && at_a - a == at_b - b &&
	       memcmp(a, b, (size_t)(at_a - a)) == 0 && text_same(at_a, at_b);
}

/* The slot that holds mailbox, or the free one where it belongs. */
static size_t *slot_of(const struct recipients *r, const char *mailbox)
{
	size_t i = hash(mailbox) & (r->table_size - 1);

	while (r->table[i] != 0 &&
	       !same_mailbox(r->list[r->table[i] - 1].mailbox, mailbox))
		i = (i + 1) & (r->table_size - 1);
	return &r->table[i];
}

/* Room for one more, the table at most half full. */
static bool grow(struct recipients *r)
{
	size_t room = r->room == 0 ? 16 : r->room * 2;
	struct envelope_recipient *list;
	size_t *table;

	if (r->n < r->room)
		return true;
	list = realloc(r->list, room * sizeof *list);
	if (list == NULL)
		return false;
	r->list = list;
	table = calloc(room * 2, sizeof *table);
	if (table == NULL)
		return false;
	free(r->table);
	r->table = table;
	r->table_size = room * 2;
	r->room = room;
	for (size_t i = 0; i < r->n; i++)
		*slot_of(r, r->list[i].mailbox) = i + 1;
	return true;
}

/* Takes over mailbox. */
static void append(struct recipients *r, char *mailbox, const char *original)
{
	size_t *slot;

	if (!grow(r)) {
		free(mailbox);
		fail(r, ENVELOPE_NO_MEMORY);
		return;
	}
	slot = slot_of(r, mailbox);
	if (*slot != 0) {
		free(mailbox);
		return;
	}
	r->list[r->n].mailbox = mailbox;
	r->list[r->n].original = NULL;
	if (original != NULL && !same_mailbox(original, mailbox) &&
	    (r->list[r->n].original = strdup(original)) == NULL)
		fail(r, ENVELOPE_NO_MEMORY);
	r->n++;
	*slot = r->n;
}

static char *qualify(
    struct recipients *r, const struct rfc5322_address *address)
{
	bool no_domain = false;
	char *mailbox = address_mailbox(r->context, address, &no_domain);

	if (mailbox == NULL && no_domain) {
		diagnostics_add(r->d,
		    "address '%s' has no domain, and this host has no "
		    "qualified name: set qualify-domain",
		    address->local);
		fail(r, ENVELOPE_BAD_ADDRESS);
	} else if (mailbox == NULL) {
		fail(r, ENVELOPE_NO_MEMORY);
	}
	return mailbox;
}

static void push(
    struct expansion *e, const char *text, size_t n, unsigned depth)
{
	struct pending *grown = realloc(e->list, (e->n + 1) * sizeof *grown);

	if (grown != NULL)
		e->list = grown;
	if (grown == NULL || (grown[e->n].text = strndup(text, n)) == NULL) {
		fail(e->r, ENVELOPE_NO_MEMORY);
		return;
	}
	grown[e->n++].depth = depth;
}

/* The elements of a right side; a list file's elements one level deeper. */
static void push_value(struct expansion *e, const char *value, unsigned depth)
{
	const char *at = value;
	const char *text;
	size_t n;
	enum alias_kind kind;

	while ((kind = alias_next(&at, &text, &n)) != ALIAS_END) {
		if (kind == ALIAS_PASSED_OVER)
			diagnostics_add(e->r->notes,
			    "aliases: '%.*s' is a program or a file, passed "
			    "over",
			    (int)n, text);
		else if (kind == ALIAS_ADDRESS)
			push(e, text, n, depth);
		else
			push(e, text - strlen(":include:"),
			    n + strlen(":include:"), depth);
	}
}

static void include(struct expansion *e, const char *path, unsigned depth)
{
	char *text = alias_include(path, e->r->notes);

	if (text != NULL)
		push_value(e, text, depth + 1);
	free(text);
}

static bool is_root(const char *local)
{
	return text_same(local, "root") || text_same(local, "postmaster");
}

/* Where a local name's mail goes: its right side, or NULL for itself. */
static const char *target_of(const struct recipients *r, const char *local)
{
	const struct alias *alias;

	if (r->aliases == NULL)
		return NULL;
	alias = aliases_find(r->aliases, local);
	if (alias == NULL && text_same(local, "postmaster"))
		alias = aliases_find(r->aliases, "root");
	if (alias != NULL)
		return alias->value;
	return is_root(local) ? r->root : NULL;
}

/* One address as it was written, at some depth of aliases. */
static void resolve(
    struct expansion *e, const struct rfc5322_address *address, unsigned depth)
{
	struct recipients *r = e->r;
	const char *target = NULL;
	char *mailbox;

	/* "\root" is root itself, and an alias of its own name ends there. */
	if (address_is_local(r->context, address))
		target = target_of(r, address->local);
	if (target != NULL && text_same(target, address->local))
		target = NULL;
	if (target != NULL && depth < ALIAS_DEPTH_MAX) {
		push_value(e, target, depth + 1);
		return;
	}
	if (target != NULL)
		diagnostics_add(r->notes, "aliases: '%s' leads back to itself",
		    address->local);
	mailbox = qualify(r, address);
	if (mailbox != NULL)
		append(r, mailbox, e->original);
}

static void resolve_text(struct expansion *e, const char *text, unsigned depth)
{
	struct rfc5322_list list;
	bool literal = text[0] == '\\';

	if (strncmp(text, ":include:", 9) == 0) {
		if (depth < ALIAS_DEPTH_MAX)
			include(e, text + 9, depth);
		return;
	}
	if (literal)
		text++;
	if (!rfc5322_list_parse(
		&list, text, strlen(text), RFC5322_UNQUALIFIED_OK)) {
		if (list.no_memory)
			fail(e->r, ENVELOPE_NO_MEMORY);
		else
			diagnostics_add(e->r->notes,
			    "aliases: '%s' is no address, passed over", text);
	}
	for (size_t i = 0; i < list.count; i++)
		resolve(e, &list.items[i], literal ? ALIAS_DEPTH_MAX : depth);
	rfc5322_list_release(&list);
}

static void expand(struct recipients *r, const struct rfc5322_address *address)
{
	struct expansion e = {.r = r};
	char *asked = NULL;

	/* Nothing but local names is ever expanded. */
	if (r->aliases != NULL && address_is_local(r->context, address)) {
		asked = qualify(r, address);
		if (asked == NULL)
			return;
	}
	e.original = asked;
	resolve(&e, address, 0);
	for (; e.next < e.n; e.next++) {
		resolve_text(&e, e.list[e.next].text, e.list[e.next].depth);
		if (e.n > RFC5322_LIST_MAX)
			break;
	}
	for (size_t i = 0; i < e.n; i++)
		free(e.list[i].text);
	free(e.list);
	free(asked);
}

void recipients_add(
    struct recipients *r, const char *what, const char *text, size_t n)
{
	struct rfc5322_list list;

	if (!rfc5322_list_parse(&list, text, n, RFC5322_UNQUALIFIED_OK)) {
		if (list.no_memory)
			fail(r, ENVELOPE_NO_MEMORY);
		else
			diagnostics_add(r->d, "%s '%.*s': %s", what, (int)n,
			    text, list.error);
		fail(r, ENVELOPE_BAD_ADDRESS);
	}
	for (size_t i = 0; i < list.count; i++)
		expand(r, &list.items[i]);
	rfc5322_list_release(&list);
}
