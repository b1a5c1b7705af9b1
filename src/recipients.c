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
	unsigned depth;           /* of lists in lists */
	const struct alias *from; /* whose right side it stands in */
};

struct expansion {
	struct recipients *r;
	struct pending *list;
	size_t n, next, room;
	const char *original; /* the address that was asked for, or NULL */
	bool *expanded;       /* of each alias: once is enough */
	bool root_used;       /* so is root's address */
	bool found;           /* a recipient came of it */
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

/* An element of a right side; where tells of that. */
static void push(struct expansion *e, const char *text, size_t n,
    const struct pending *where)
{
	struct pending *grown = e->list;

	if (e->n == e->room) {
		size_t room = e->room == 0 ? 8 : e->room * 2;

		grown = realloc(e->list, room * sizeof *grown);
		if (grown != NULL) {
			e->list = grown;
			e->room = room;
		}
	}
	if (grown == NULL || (grown[e->n].text = strndup(text, n)) == NULL) {
		fail(e->r, ENVELOPE_NO_MEMORY);
		return;
	}
	grown[e->n].depth = where->depth;
	grown[e->n].from = where->from;
	e->n++;
}

/* The elements of a right side, or of a list file. */
static void push_value(
    struct expansion *e, const char *value, const struct pending *where)
{
	static const size_t mark = sizeof ":include:" - 1;
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
		else if (kind == ALIAS_INCLUDE)
			push(e, text - mark, n + mark, where);
		else
			push(e, text, n, where);
	}
}

static void include(struct expansion *e, const struct pending *list)
{
	const struct pending inside = {
	    .depth = list->depth + 1, .from = list->from};
	bool no_memory;
	char *text;

	if (list->depth == ALIAS_DEPTH_MAX) {
		diagnostics_add(e->r->notes,
		    "aliases: %s is nested too deep, passed over", list->text);
		return;
	}
	text = alias_include(
	    list->text + strlen(":include:"), e->r->notes, &no_memory);
	if (no_memory)
		fail(e->r, ENVELOPE_NO_MEMORY);
	if (text != NULL)
		push_value(e, text, &inside);
	free(text);
}

/* The content of a quoted local part, malloc()ed: that is what an alias is
 * called. */
static char *plain_name(const char *local)
{
	char *name = strdup(local);
	size_t n = 0;

	if (name == NULL || local[0] != '"')
		return name;
	for (const char *p = local + 1; *p != '\0' && *p != '"'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		name[n++] = *p;
	}
	name[n] = '\0';
	return name;
}

static void add_mailbox(
    struct expansion *e, const struct rfc5322_address *address)
{
	char *mailbox = qualify(e->r, address);

	if (mailbox == NULL)
		return;
	e->found = true;
	append(e->r, mailbox, e->original);
}

static void use_alias(struct expansion *e,
    const struct rfc5322_address *address, const struct pending *what,
    const struct alias *alias)
{
	const struct pending inside = {.depth = what->depth, .from = alias};
	size_t i = (size_t)(alias - e->r->aliases->alias);

	/* An alias that names itself means the mailbox of that name. */
	if (alias == what->from) {
		add_mailbox(e, address);
		return;
	}
	if (e->expanded == NULL)
		e->expanded = calloc(e->r->aliases->n, sizeof *e->expanded);
	if (e->expanded == NULL) {
		fail(e->r, ENVELOPE_NO_MEMORY);
		return;
	}
	if (e->expanded[i])
		return;
	e->expanded[i] = true;
	push_value(e, alias->value, &inside);
}

/* Where root's mail goes when no alias says so; false: it is not root's. */
static bool use_root(struct expansion *e, const char *name)
{
	const struct pending nowhere = {.depth = 0};
	const char *root = e->r->root;

	if (root == NULL || e->root_used ||
	    (!text_same(name, "root") && !text_same(name, "postmaster")))
		return false;
	e->root_used = true;
	push(e, root, strlen(root), &nowhere);
	return true;
}

static void resolve_name(struct expansion *e, const char *name,
    const struct rfc5322_address *address, const struct pending *what)
{
	const struct aliases *aliases = e->r->aliases;
	const struct alias *alias = aliases_find(aliases, name);

	if (alias == NULL && text_same(name, "postmaster"))
		alias = aliases_find(aliases, "root");
	if (alias == NULL && use_root(e, name))
		return;
	if (alias == NULL)
		alias = aliases_catch_all(aliases);
	if (alias != NULL)
		use_alias(e, address, what, alias);
	else
		add_mailbox(e, address);
}

/* One address as it was written: its alias, root's address, or itself. */
static void resolve(struct expansion *e, const struct rfc5322_address *address,
    const struct pending *what)
{
	struct recipients *r = e->r;
	char *name;

	if (r->aliases == NULL || !address_is_local(r->context, address)) {
		add_mailbox(e, address);
		return;
	}
	name = plain_name(address->local);
	if (name == NULL)
		fail(r, ENVELOPE_NO_MEMORY);
	else
		resolve_name(e, name, address, what);
	free(name);
}

static void resolve_text(struct expansion *e, const struct pending *what)
{
	const char *text = what->text;
	struct rfc5322_list list;
	bool literal = text[0] == '\\';

	if (text_starts_nocase(text, strlen(text), ":include:")) {
		include(e, what);
		return;
	}
	text += literal;
	if (!rfc5322_list_parse(
		&list, text, strlen(text), RFC5322_UNQUALIFIED_OK)) {
		if (list.no_memory)
			fail(e->r, ENVELOPE_NO_MEMORY);
		else
			diagnostics_add(e->r->notes,
			    "aliases: '%s' is no address, passed over", text);
	}
	for (size_t i = 0; i < list.count; i++) {
		/* "\root" is root's mailbox, whatever aliases say. */
		if (literal)
			add_mailbox(e, &list.items[i]);
		else
			resolve(e, &list.items[i], what);
	}
	rfc5322_list_release(&list);
}

static void expand_all(struct expansion *e)
{
	while (e->next < e->n && e->r->result == ENVELOPE_BUILT) {
		/* The list may move while it grows. */
		struct pending what = e->list[e->next];

		if (e->n > RFC5322_LIST_MAX) {
			diagnostics_add(e->r->d,
			    "aliases: more than %d addresses for one",
			    RFC5322_LIST_MAX);
			fail(e->r, ENVELOPE_BAD_ADDRESS);
			return;
		}
		resolve_text(e, &what);
		e->next++;
	}
}

static void expand(struct recipients *r, const struct rfc5322_address *address)
{
	struct expansion e = {.r = r};
	const struct pending top = {.depth = 0};
	bool no_domain;
	char *asked = NULL;

	/* Nothing but local names is ever expanded. */
	if (r->aliases != NULL && address_is_local(r->context, address))
		asked = address_mailbox(r->context, address, &no_domain);
	e.original = asked;
	resolve(&e, address, &top);
	expand_all(&e);
	/* Aliases that lead to one another and nowhere else, or to programs. */
	if (!e.found && r->result == ENVELOPE_BUILT) {
		diagnostics_add(r->notes, "aliases: '%s' leads to no address",
		    address->local);
		if (use_root(&e, address->local))
			expand_all(&e);
		else
			add_mailbox(&e, address);
	}
	for (size_t i = 0; i < e.n; i++)
		free(e.list[i].text);
	free(e.list);
	free(e.expanded);
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
