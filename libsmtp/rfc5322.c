/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rfc5322.c - address lists and mailboxes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A loop over the tokens of rfc5322_lex.c; state instead of recursion. Words
 * are collected until "@", "<", ":" or a separator tells what they were.
 * Guarantee: an address that comes out, put between "<" and ">", is a path of
 * RFC 5321 (with RFC 6531: UTF-8), and read again gives itself. Routes are
 * dropped, RFC 5321 4.1.1.3. RFC 5322 3.4, 4.4 and appendix A.
 */
#include "rfc5322.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "hostname.h"
#include "rfc5322_lex.h"
#include "text.h"

/* An addr-spec as it is emitted. */
struct spec {
	struct buf local;
	struct buf domain;
	struct rfc5322_span span;
	bool qualified;
	bool null;
};

struct parser {
	struct lexer lex;
	struct rfc5322_list *list;
	size_t room; /* of list->items */
	unsigned flags;
	bool in_group;
	size_t last_end; /* of the token before the current one */

	/* The words read last: as a phrase and as a local part. */
	struct buf name;
	struct buf local;
	size_t words_start;
	size_t words_end;
	size_t words;
	bool two_words; /* without a dot between: no local part */
	bool stray_dot; /* first, last, or two in a row */

	struct buf phrase; /* the display name, once it is known to be one */
	struct spec spec;
	struct spec other; /* the one before "<", if there is one */
};

static int next(struct parser *p)
{
	p->last_end = p->lex.at;
	return lex_next(&p->lex);
}

static void refuse(struct parser *p, size_t at, const char *why)
{
	lex_refuse(&p->lex, at, why);
}

static void add_word(struct parser *p, bool after_word)
{
	if (after_word)
		p->two_words = true;
	p->words++;
	buf_append(&p->local, buf_head(&p->lex.content), p->lex.content.len);
	buf_append(&p->name, buf_head(&p->lex.content), p->lex.content.len);
}

/* Reads words and dots. Leaves the token behind them current. */
static void take_words(struct parser *p)
{
	int before = LEX_DOT; /* what a dot may not follow */
	int token = p->lex.token;

	buf_clear(&p->name);
	buf_clear(&p->local);
	p->words = 0;
	p->two_words = p->stray_dot = false;
	p->words_start = p->words_end = p->lex.start;
	while (token == LEX_ATOM || token == LEX_QUOTED || token == LEX_DOT) {
		if (p->lex.spaced && p->words_end > p->words_start)
			buf_putc(&p->name, ' ');
		if (token == LEX_DOT) {
			p->stray_dot = p->stray_dot || before == LEX_DOT;
			buf_putc(&p->local, '.');
			buf_putc(&p->name, '.');
		} else {
			add_word(p, before != LEX_DOT);
		}
		before = token;
		p->words_end = p->lex.at;
		token = next(p);
	}
	p->stray_dot = p->stray_dot || before == LEX_DOT;
	if (p->name.failed || p->local.failed)
		refuse(p, p->lex.start, NULL);
}

/* Whether the local part could be decoded into something else: readers have
 * done that, and sent the mail to whom the encoded-word named. Quotes do not
 * help, because they are dropped where they are not needed. */
static bool looks_encoded(const struct parser *p)
{
	const unsigned char *s = buf_head(&p->local);
	size_t n = p->local.len;

	return n >= 2 && memcmp(s, "=?", 2) == 0;
}

/* Turns the words into the spec's local part. */
static void take_local(struct parser *p)
{
	struct spec *spec = &p->spec;
	const char *text = (const char *)buf_head(&p->local);

	spec->span.start = p->words_start;
	spec->span.end = p->words_end;
	if (p->words == 0)
		refuse(p, p->words_start, "no local part");
	else if (p->two_words)
		refuse(p, p->words_start, "two words in a local part");
	else if (looks_encoded(p))
		refuse(p, p->words_start, "encoded word as a local part");
	if (p->lex.token == LEX_BAD)
		return;
	buf_clear(&spec->local);
	if (!encode_local_part(&spec->local, text, p->local.len))
		refuse(p, p->words_start,
		    spec->local.failed ? NULL : "character not allowed");
	else if (spec->local.len > RFC5322_LOCAL_MAX)
		refuse(p, p->words_start, "local part too long");
}

/* Reads the domain behind "@" into out, RFC 5322 3.4.1; comments and blanks
 * around its dots are obsolete but allowed. One dot at its end is dropped. */
static void take_domain(struct parser *p, struct buf *out)
{
	size_t start;
	bool literal = next(p) == LEX_LITERAL;
	const char *text;
	bool ok;

	start = p->lex.start;
	buf_clear(out);
	while (p->lex.token == LEX_ATOM || literal) {
		buf_append(out, buf_head(&p->lex.content), p->lex.content.len);
		if (next(p) != LEX_DOT || literal)
			break;
		if (next(p) == LEX_ATOM)
			buf_putc(out, '.');
	}
	if (out->failed)
		refuse(p, start, NULL);
	text = (const char *)buf_head(out);
	ok = literal ? hostname_is_literal(text, out->len)
	             : hostname_is_domain(text, out->len);
	if (out->len == 0)
		refuse(p, start, "no domain");
	else if (hostname_is_ipv4(text, out->len))
		refuse(p, start, "address literal without brackets");
	else if (!ok)
		refuse(p, start,
		    out->len > HOSTNAME_MAX ? "domain too long"
					    : "malformed domain");
}

/* Reads the rest of an addr-spec; the token is "@". */
static void take_spec(struct parser *p)
{
	struct spec *spec = &p->spec;

	take_local(p);
	spec->qualified = true;
	if (p->lex.token == LEX_BAD)
		return;
	take_domain(p, &spec->domain);
	spec->span.end = p->last_end;
	/* "<", "@" and ">" */
	if (spec->local.len + spec->domain.len + 3 > RFC5322_PATH_MAX)
		refuse(p, p->words_start, "address too long");
}

/* The words are a whole address, without a domain. */
static void take_unqualified(struct parser *p)
{
	p->spec.qualified = false;
	if (!(p->flags & RFC5322_UNQUALIFIED_OK))
		refuse(p, p->words_start, "no @ in the address");
	else if (p->stray_dot)
		refuse(p, p->words_start, "stray dot");
	else if (memchr(buf_head(&p->local), '@', p->local.len))
		refuse(p, p->words_start, "address in quotes");
	take_local(p);
}

/* Passes over an obsolete route, "@a,@b:". */
static void skip_route(struct parser *p)
{
	while (p->lex.token == '@') {
		take_domain(p, &p->spec.domain);
		if (p->lex.token != ',')
			break;
		while (p->lex.token == ',')
			next(p);
	}
	if (p->lex.token != ':')
		refuse(p, p->lex.start, "route without its :");
	next(p);
}

/* Reads "<...>"; the token is "<". */
static void take_angle(struct parser *p)
{
	int token = next(p);

	if (token == '>') {
		p->spec.null = true;
		p->spec.span.start = p->spec.span.end = p->lex.start;
		buf_clear(&p->spec.local);
		if (!(p->flags & RFC5322_NULL_OK))
			refuse(p, p->lex.start, "null address");
		next(p);
		return;
	}
	if (token == '@')
		skip_route(p);
	take_words(p);
	if (p->lex.token == '@')
		take_spec(p);
	else if (p->lex.token == '>')
		take_unqualified(p);
	if (p->lex.token != '>')
		refuse(p, p->lex.start, "no > where one is due");
	next(p);
}

static bool same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	       memcmp(buf_head(a), buf_head(b), a->len) == 0;
}

/* "a@x <a@x>", not allowed but common. Whichever of the two a reader takes,
 * it must be the same mailbox. */
static void take_twice(struct parser *p)
{
	size_t at = p->lex.start;
	struct spec first = p->spec;

	p->spec = p->other;
	p->other = first;
	take_angle(p);
	if (p->lex.token == LEX_BAD)
		return;
	if (!p->spec.qualified || p->spec.null ||
	    !same_text(&p->spec.local, &first.local) ||
	    !text_equal_nocase(buf_head(&p->spec.domain), p->spec.domain.len,
		buf_head(&first.domain), first.domain.len)) {
		refuse(p, at, "two different addresses");
		return;
	}
	buf_clear(&p->phrase);
	buf_append(&p->phrase, p->lex.s + first.span.start,
	    first.span.end - first.span.start);
	if (p->phrase.failed)
		refuse(p, at, NULL);
}

/* Copies n octets and a NUL to *to and moves it on. */
static char *place(char **to, const struct buf *b)
{
	char *text = *to;

	memcpy(text, buf_head(b), b->len);
	text[b->len] = '\0';
	*to += b->len + 1;
	return text;
}

static bool grow_list(struct parser *p)
{
	struct rfc5322_list *list = p->list;
	struct rfc5322_address *items;
	size_t room = p->room ? p->room * 2 : 4;

	if (list->count < p->room)
		return true;
	items = realloc(list->items, room * sizeof *items);
	if (!items)
		return false;
	list->items = items;
	p->room = room;
	return true;
}

/* Adds the address just read; its strings share one block, which begins
 * with the local part. */
static void add_address(struct parser *p, bool named, size_t start)
{
	struct rfc5322_list *list = p->list;
	struct spec *spec = &p->spec;
	struct rfc5322_address *a;
	char *to;

	if (p->lex.token == LEX_BAD)
		return;
	if (list->count == RFC5322_LIST_MAX) {
		refuse(p, start, "too many addresses");
		return;
	}
	to = malloc(spec->local.len + spec->domain.len + p->phrase.len +
		    p->lex.comment.len + 4);
	if (!to || !grow_list(p)) {
		free(to);
		refuse(p, start, NULL);
		return;
	}
	a = &list->items[list->count++];
	*a = (struct rfc5322_address){.in_group = p->in_group};
	a->span.start = start;
	a->span.end = p->last_end;
	a->spec = spec->span;
	a->local = place(&to, &spec->local);
	if (spec->qualified && !spec->null)
		a->domain = place(&to, &spec->domain);
	if (named)
		a->name = place(&to, &p->phrase);
	if (p->lex.commented)
		a->comment = place(&to, &p->lex.comment);
}

static void begin_group(struct parser *p)
{
	if (p->in_group)
		refuse(p, p->lex.start, "group inside a group");
	else if (p->words == 0)
		refuse(p, p->lex.start, "group without a name");
	p->in_group = true;
	p->list->groups++;
	p->lex.commented = false;
	next(p);
}

/* Reads "phrase <...>"; the token is "<". */
static bool take_named(struct parser *p)
{
	bool named = p->words_end > p->words_start;
	struct buf words = p->name;

	if (named && p->lex.s[p->words_start] == '.')
		refuse(p, p->words_start, "stray dot");
	/* The brackets hold words, too. */
	p->name = p->phrase;
	p->phrase = words;
	take_angle(p);
	return named;
}

/* Reads one address, or the head of a group. */
static void take_address(struct parser *p)
{
	size_t start = p->lex.start;
	bool named = false;

	p->spec.null = false;
	take_words(p);
	switch (p->lex.token) {
	case ':':
		begin_group(p);
		return;
	case '<':
		named = take_named(p);
		break;
	case '@':
		take_spec(p);
		named = p->lex.token == '<';
		if (named)
			take_twice(p);
		break;
	default:
		if (p->words_end == p->words_start)
			refuse(p, start, "no address where one is due");
		else
			take_unqualified(p);
		break;
	}
	add_address(p, named, start);
	if (p->lex.token == '@')
		refuse(p, p->lex.start, "more than one @");
	if (p->lex.token != ',' && p->lex.token != ';' &&
	    p->lex.token != LEX_END)
		refuse(p, p->lex.start, "no comma where one is due");
}

static void end_group(struct parser *p)
{
	if (!p->in_group)
		refuse(p, p->lex.start, "; outside a group");
	p->in_group = false;
	next(p);
	if (p->lex.token != ',' && p->lex.token != LEX_END)
		refuse(p, p->lex.start, "no comma where one is due");
}

static void take_list(struct parser *p)
{
	next(p);
	while (p->lex.token != LEX_END && p->lex.token != LEX_BAD) {
		if (p->lex.token == ',') {
			p->lex.commented = false;
			next(p);
		} else if (p->lex.token == ';') {
			end_group(p);
		} else {
			take_address(p);
		}
	}
	if (p->in_group)
		refuse(p, p->lex.start, "group without its ;");
}

static void init_spec(struct spec *spec, size_t max)
{
	*spec = (struct spec){0};
	buf_init(&spec->local, max);
	buf_init(&spec->domain, max);
}

static void release_spec(struct spec *spec)
{
	buf_release(&spec->local);
	buf_release(&spec->domain);
}

bool rfc5322_list_parse(
    struct rfc5322_list *list, const char *text, size_t n, unsigned flags)
{
	struct parser p = {.list = list, .flags = flags};
	size_t max = n < SIZE_MAX / 2 - 8 ? 2 * n + 8 : SIZE_MAX;

	*list = (struct rfc5322_list){0};
	lex_init(&p.lex, text, n);
	buf_init(&p.name, max);
	buf_init(&p.local, max);
	buf_init(&p.phrase, max);
	init_spec(&p.spec, max);
	init_spec(&p.other, max);
	take_list(&p);
	if (p.lex.token == LEX_BAD) {
		rfc5322_list_release(list);
		list->no_memory = !p.lex.error;
		list->error = p.lex.error ? p.lex.error : "out of memory";
		list->error_at = p.lex.error_at;
	}
	list->cfws = p.lex.any_spaced;
	release_spec(&p.spec);
	release_spec(&p.other);
	buf_release(&p.name);
	buf_release(&p.local);
	buf_release(&p.phrase);
	lex_release(&p.lex);
	return !list->error;
}

void rfc5322_list_release(struct rfc5322_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].local); /* and what shares its block */
	free(list->items);
	*list = (struct rfc5322_list){0};
}
