/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header_set.c - the header fields that a program has set for a message
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Whatever could not be sent is refused here, where the program learns of it:
 * each value is written once, on trial, before it is kept. Nothing that holds
 * CR, LF or NUL is ever kept, but line ends at the end are stripped.
 * A refused call changes nothing. RFC 5322 3.6; libESMTP's rules for lists,
 * defaults and options.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "encode.h"
#include "header_internal.h"
#include "text.h"

/* Leaves room for name, brackets and the rest of the line. */
enum { ADDRESS_MAX = 900 };

struct header_set *header_set_new(void)
{
	return calloc(1, sizeof(struct header_set));
}

static void free_entry(struct header_entry *e)
{
	while (e->mailboxes) {
		struct header_mailbox *m = e->mailboxes;

		e->mailboxes = m->next;
		free(m->phrase);
		free(m->mailbox);
		free(m);
	}
	free(e->text);
	free(e->name);
	free(e);
}

void header_set_free(struct header_set *set)
{
	if (!set)
		return;
	while (set->entries) {
		struct header_entry *e = set->entries;

		set->entries = e->next;
		free_entry(e);
	}
	free(set);
}

void header_set_resent(struct header_set *set, bool on)
{
	set->resent = on;
}

struct header_entry *header_set_find(
    const struct header_set *set, const char *name, size_t n)
{
	struct header_entry *e = set ? set->entries : NULL;

	while (e && !text_equal_nocase(e->name, strlen(e->name), name, n))
		e = e->next;
	return e;
}

/* A copy without the line ends at its end; NULL, with *no_memory: none. */
static char *copy_text(const char *s, bool *no_memory)
{
	size_t n = strlen(s);
	char *copy;

	while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == '\n'))
		n--;
	if (memchr(s, '\r', n) || memchr(s, '\n', n))
		return NULL;
	copy = malloc(n + 1);
	if (!copy) {
		*no_memory = true;
		return NULL;
	}
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

static void link_entry(struct header_set *set, struct header_entry *e)
{
	if (set->last)
		set->last->next = e;
	else
		set->entries = e;
	set->last = e;
	e->next = NULL;
}

/* The entry of a name, made if there is none. From then on repeats of the
 * field in the message are dropped, libESMTP's rule for whatever was set. */
static struct header_entry *obtain(
    struct header_set *set, const char *name, bool *no_memory)
{
	struct header_entry *e = header_set_find(set, name, strlen(name));

	if (e)
		return e;
	e = calloc(1, sizeof *e);
	if (e)
		e->name = copy_text(name, no_memory);
	if (!e || !e->name) {
		*no_memory = true;
		free(e);
		return NULL;
	}
	e->rule = header_rule_find(name, strlen(name));
	e->index = set->count++;
	link_entry(set, e);
	return e;
}

/* The entry whose value is about to be set; NULL: that is refused. */
static struct header_entry *settable(struct header_set *set, const char *name,
    enum header_kind kind, bool *no_memory)
{
	struct header_entry *e;
	bool has_value;

	if (kind == HEADER_REFUSED || header_kind_of(name) != kind)
		return NULL;
	e = obtain(set, name, no_memory);
	if (!e || e->prohibited)
		return NULL;
	has_value = e->given && (e->text || e->when || e->mailboxes ||
				    !e->rule || !e->rule->has_default);
	return has_value && !(e->rule && e->rule->list) ? NULL : e;
}

/* Fields go out in the order of their first values, spelled as then. */
static void give(
    struct header_set *set, struct header_entry *e, const char *name)
{
	struct header_entry **at = &set->entries;
	struct header_entry *before = NULL;

	if (e->given)
		return;
	e->given = true;
	memcpy(e->name, name, strlen(name));
	for (; *at != e; at = &(*at)->next)
		before = *at;
	*at = e->next;
	if (set->last == e)
		set->last = before;
	link_entry(set, e);
}

/*
 * Plain texts and Message-IDs
 */

static bool writable(const char *name, const char *value, bool *no_memory)
{
	struct buf trial;
	bool ok;

	buf_init(&trial, SIZE_MAX);
	ok = header_write_text(&trial, name, value, false);
	*no_memory = trial.failed;
	buf_release(&trial);
	return ok;
}

/* Takes the brackets off that some programs put on; "" is as good as NULL. */
static bool make_id(char *id)
{
	size_t n = strlen(id);

	if (n > 1 && id[0] == '<' && id[n - 1] == '>') {
		n -= 2;
		memmove(id, id + 1, n);
		id[n] = '\0';
	}
	for (size_t i = 0; i < n; i++) {
		if (id[i] <= 32 || id[i] >= 127 || id[i] == '<' || id[i] == '>')
			return false;
	}
	return n <= ADDRESS_MAX;
}

/* The value as it is kept; NULL, without *no_memory: refused. */
static char *check_text(const char *name, const char *value, bool *no_memory)
{
	char *text = copy_text(value, no_memory);
	bool ok;

	if (!text)
		return NULL;
	if (header_kind_of(name) == HEADER_ID)
		ok = make_id(text);
	else
		ok = writable(name, text, no_memory);
	if (ok)
		return text;
	free(text);
	return NULL;
}

bool header_set_text(struct header_set *set, const char *name,
    const char *value, bool *no_memory)
{
	enum header_kind kind = header_kind_of(name);
	struct header_entry *e;
	char *text = NULL;

	*no_memory = false;
	if (kind != HEADER_ID && (kind != HEADER_TEXT || !value))
		return false;
	if (value) {
		text = check_text(name, value, no_memory);
		if (!text)
			return false;
	}
	e = settable(set, name, kind, no_memory);
	if (!e || (kind == HEADER_ID && text && !*text)) {
		free(text);
		text = NULL;
	}
	if (!e)
		return false;
	e->text = text;
	give(set, e, name);
	return true;
}

/*
 * Dates
 */

bool header_set_date(
    struct header_set *set, const char *name, long long when, bool *no_memory)
{
	struct header_entry *e;
	struct buf trial;
	bool ok;

	*no_memory = false;
	buf_init(&trial, SIZE_MAX);
	ok = date_rfc5322(&trial, when, DATE_ZONE_UNKNOWN);
	*no_memory = trial.failed;
	buf_release(&trial);
	if (!ok)
		return false;
	e = settable(set, name, HEADER_DATE, no_memory);
	if (!e)
		return false;
	/* Time 0 is the same as none. */
	e->when = when;
	if (when != 0)
		give(set, e, name);
	return true;
}

/*
 * Mailboxes
 */

/* Whether c stands in it outside of quoted-strings. */
static bool has_bare(const char *s, char c)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == c && !quoted)
			return true;
	}
	return false;
}

static bool is_address_text(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 32 && c != '\t') || c == 127)
			return false;
	}
	return n > 0 && text_is_utf8(s, n);
}

/* Some programs put the brackets on themselves. */
static void strip_brackets(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != '<' || s[n - 1] != '>')
		return;
	memmove(s, s + 1, n - 2);
	s[n - 2] = '\0';
}

/* A blank behind each comma outside quotes, where a long list can be folded.
 * NULL: no memory. */
static char *space_commas(const char *s)
{
	struct buf out;
	bool quoted = false;
	char *text;

	buf_init(&out, SIZE_MAX);
	for (; *s; s++) {
		buf_putc(&out, (unsigned char)*s);
		if (*s == '\\' && s[1])
			buf_putc(&out, (unsigned char)*++s);
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == ',' && !quoted && s[1] != ' ')
			buf_putc(&out, ' ');
	}
	text = buf_take(&out, NULL);
	buf_release(&out);
	return text;
}

/* Whether every line of it can be folded to what a line may hold. */
static bool can_fold(const char *s, bool *no_memory)
{
	struct buf trial;
	bool ok;

	buf_init(&trial, SIZE_MAX);
	ok = encode_fold(&trial, s, strlen(s));
	*no_memory = trial.failed;
	buf_release(&trial);
	if (ok) {
		while (*s && strcspn(s, " \t") <= ADDRESS_MAX) {
			s += strcspn(s, " \t");
			s += strspn(s, " \t");
		}
	}
	return ok && !*s;
}

/* An address list, from a program that hands over all of it in one. */
static bool check_bare(char **address, bool *no_memory)
{
	char *spaced;

	if (can_fold(*address, no_memory))
		return true;
	if (*no_memory || !strchr(*address, ','))
		return false;
	spaced = space_commas(*address);
	if (!spaced) {
		*no_memory = true;
		return false;
	}
	free(*address);
	*address = spaced;
	return can_fold(spaced, no_memory);
}

static bool check_phrase(const char *phrase, char *address, bool *no_memory)
{
	struct buf trial;
	bool ok;

	if (address) {
		strip_brackets(address);
		if (!*address || strlen(address) > ADDRESS_MAX ||
		    has_bare(address, '<') || has_bare(address, '>'))
			return false;
	}
	buf_init(&trial, SIZE_MAX);
	ok = encode_phrase(&trial, phrase, strlen(phrase), ENCODE_LINE_SOFT);
	*no_memory = trial.failed;
	buf_release(&trial);
	return ok;
}

static void free_mailbox(struct header_mailbox *m)
{
	if (!m)
		return;
	free(m->phrase);
	free(m->mailbox);
	free(m);
}

static bool fill_mailbox(struct header_mailbox *m, const char *phrase,
    const char *mailbox, bool *no_memory)
{
	if (phrase) {
		m->phrase = copy_text(phrase, no_memory);
		if (!m->phrase)
			return false;
	}
	if (mailbox) {
		m->mailbox = copy_text(mailbox, no_memory);
		if (!m->mailbox || !is_address_text(m->mailbox))
			return false;
	}
	if (m->phrase && *m->phrase)
		return check_phrase(m->phrase, m->mailbox, no_memory);
	free(m->phrase);
	m->phrase = NULL;
	return !m->mailbox || check_bare(&m->mailbox, no_memory);
}

/* NULL, without *no_memory: refused. */
static struct header_mailbox *new_mailbox(
    const char *phrase, const char *mailbox, bool *no_memory)
{
	struct header_mailbox *m = calloc(1, sizeof *m);

	*no_memory = !m;
	if (m && !fill_mailbox(m, phrase, mailbox, no_memory)) {
		free_mailbox(m);
		m = NULL;
	}
	return m;
}

static void add_mailbox(struct header_entry *e, struct header_mailbox *m)
{
	if (e->last_mailbox)
		e->last_mailbox->next = m;
	else
		e->mailboxes = m;
	e->last_mailbox = m;
}

bool header_set_mailbox(struct header_set *set, const char *name,
    const char *phrase, const char *mailbox, bool *no_memory)
{
	struct header_mailbox *m = NULL;
	struct header_entry *e;
	const struct header_rule *rule;

	*no_memory = false;
	if (header_kind_of(name) != HEADER_MAILBOX)
		return false;
	rule = header_rule_find(name, strlen(name));
	if (phrase && !*phrase)
		phrase = NULL;
	if (mailbox && !*mailbox)
		mailbox = NULL;
	if (!mailbox &&
	    (!rule->has_default || (phrase && header_rule_id(rule) == RULE_TO)))
		return false;
	if (phrase || mailbox) {
		m = new_mailbox(phrase, mailbox, no_memory);
		if (!m)
			return false;
	}
	e = settable(set, name, HEADER_MAILBOX, no_memory);
	if (!e) {
		free_mailbox(m);
		return false;
	}
	if (m)
		add_mailbox(e, m);
	give(set, e, name);
	return true;
}

/*
 * Options
 */

bool header_set_option(struct header_set *set, const char *name,
    enum header_option option, bool on, bool *no_memory)
{
	const struct header_rule *rule;
	struct header_entry *e;

	*no_memory = false;
	if (header_kind_of(name) == HEADER_REFUSED)
		return false;
	rule = header_rule_find(name, strlen(name));
	if (option != Hdr_OVERRIDE && option != Hdr_PROHIBIT)
		return false;
	if (option == Hdr_PROHIBIT && rule && rule->class == CLASS_REQUIRED)
		return false;
	e = obtain(set, name, no_memory);
	if (!e || (option == Hdr_OVERRIDE && e->prohibited))
		return false;
	if (option == Hdr_PROHIBIT)
		e->prohibited = on;
	else
		e->override = on;
	return true;
}
