/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header.c - one pass over a message's header section
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Each field that comes is passed, replaced in place or dropped; what is owed
 * then follows: Date, From, Message-ID, what the API set in its order, and To
 * when nothing names a recipient. With a Resent- block (RFC 5322 3.6.6) the
 * API's values go in front and the message's own fields stay as they are. A
 * message that is not to be completed passes octet for octet. Never looks
 * into a field that it only passes, but for Message-ID and From.
 */
#include "header.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "header_internal.h"
#include "rfc5322.h"
#include "text.h"

struct header_pass *header_pass_new(
    struct smtp_message *message, const struct header_facts *facts)
{
	struct header_pass *p = calloc(1, sizeof *p);
	size_t n = message->headers ? message->headers->count : 0;

	if (!p)
		return NULL;
	p->message = message;
	p->facts = *facts;
	p->set = message->headers;
	p->entry_seen = calloc(n + 1, sizeof *p->entry_seen);
	if (!p->entry_seen) {
		free(p);
		return NULL;
	}
	return p;
}

void header_pass_free(struct header_pass *p)
{
	if (!p)
		return;
	free(p->entry_seen);
	free(p->id);
	free(p);
}

size_t header_name_length(const char *line, size_t n)
{
	struct rfc5322_field f;
	size_t at = 0;

	if (rfc5322_field_next(&f, line, n, &at) != RFC5322_FIELD)
		return 0;
	return f.name_len;
}

static bool resent(const struct header_pass *p)
{
	return p->set && p->set->resent;
}

/* The entry of a known field; NULL: the API said nothing of it. */
static const struct header_entry *entry_of(
    const struct header_pass *p, enum header_rule_id id)
{
	const char *name = header_rule_get(id)->name;

	return header_set_find(p->set, name, strlen(name));
}

static bool given(const struct header_entry *e)
{
	return e && e->given && !e->prohibited;
}

static bool prohibited(const struct header_entry *e)
{
	return e && e->prohibited;
}

/*
 * Writing
 */

static bool keep_id(struct header_pass *p, char *id)
{
	if (!id)
		return false;
	free(p->id);
	p->id = id;
	return true;
}

/* What was generated for an earlier transmission of the same message is its
 * Message-ID still: a reader finds duplicates by it. */
static bool is_id(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	if (n < 3 || id[0] != '<' || id[n - 1] != '>')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (id[i] <= 32 || id[i] >= 127)
			return false;
	}
	return true;
}

static char *join_id(const char *text)
{
	struct buf id;
	char *result;

	buf_init(&id, SIZE_MAX);
	buf_putc(&id, '<');
	buf_puts(&id, text);
	buf_putc(&id, '>');
	result = buf_take(&id, NULL);
	buf_release(&id);
	return result;
}

static bool write_id(struct header_pass *p, const char *name,
    const struct header_entry *e, struct buf *out)
{
	const char *known = p->message->message_id;
	struct buf copy;
	char *id;

	buf_init(&copy, SIZE_MAX);
	if (given(e) && e->text)
		id = join_id(e->text);
	else if (!p->in_block && is_id(known))
		id = buf_puts(&copy, known) ? buf_take(&copy, NULL) : NULL;
	else
		id = header_make_id(p, p->in_block);
	buf_release(&copy);
	if (!id)
		return false;
	buf_puts(out, name);
	buf_puts(out, ": ");
	buf_puts(out, id);
	buf_puts(out, "\r\n");
	if (p->in_block)
		free(id);
	else
		keep_id(p, id);
	return !out->failed;
}

/* Writes a known field: the entry's value, or what is generated. */
static bool write_known(struct header_pass *p, enum header_rule_id id,
    const struct header_entry *e, struct buf *out)
{
	const struct header_rule *rule = header_rule_get(id);
	const char *name = rule->name;

	/* Three names are ours; the others stay as the program spelled them. */
	if (e && rule->class == CLASS_KNOWN)
		name = e->name;
	if (p->in_block)
		name = rule->resent;
	switch (rule->kind) {
	case HEADER_DATE:
		return header_write_date(
		    p, name, given(e) ? e->when : p->facts.now, out);
	case HEADER_ID:
		return write_id(p, name, e, out);
	default:
		return header_write_mailboxes(
		    p, name, id, given(e) ? e->mailboxes : NULL, out);
	}
}

static bool write_entry(
    struct header_pass *p, const struct header_entry *e, struct buf *out)
{
	enum header_rule_id id = header_rule_id(e->rule);

	if (id != RULE_KNOWN)
		return write_known(p, id, e, out);
	return header_write_text(out, e->name, e->text, p->message->smtputf8);
}

/* RFC 5322 3.6.2: several authors, and one who sent it. */
static bool write_sender(struct header_pass *p, struct buf *out)
{
	const struct header_entry *e = entry_of(p, RULE_SENDER);

	if (given(e) || prohibited(e))
		return true;
	return write_known(p, RULE_SENDER, NULL, out);
}

static bool has_many(const struct header_entry *e)
{
	return given(e) && e->mailboxes && e->mailboxes->next;
}

/* The block in front, RFC 5322 3.6.6. */
static bool write_resent(struct header_pass *p, struct buf *out)
{
	const struct header_entry *id = entry_of(p, RULE_MESSAGE_ID);
	const struct header_entry *from = entry_of(p, RULE_FROM);
	bool ok;

	p->in_block = true;
	ok = write_known(p, RULE_DATE, entry_of(p, RULE_DATE), out) &&
	     write_known(p, RULE_FROM, from, out);
	if (ok && has_many(from))
		ok = write_sender(p, out);
	if (ok && !prohibited(id))
		ok = write_known(p, RULE_MESSAGE_ID, id, out);
	for (const struct header_entry *e = p->set->entries; e; e = e->next) {
		if (ok && given(e) && e->rule && e->rule->resent &&
		    e->rule->class == CLASS_KNOWN)
			ok = write_entry(p, e, out);
	}
	p->in_block = false;
	return ok;
}

static bool begin(struct header_pass *p, struct buf *out)
{
	bool first = !p->begun;

	p->begun = true;
	return !first || !resent(p) || write_resent(p, out);
}

/*
 * Fields of the message
 */

/* Keeps the Message-ID of the message itself. */
static bool note_id(struct header_pass *p, const struct rfc5322_field *f)
{
	struct buf value;
	const char *text, *start, *end;
	bool ok = true;

	buf_init(&value, SIZE_MAX);
	rfc5322_unfold(&value, f->value, f->value_len);
	text = buf_cstr(&value);
	start = text ? strchr(text, '<') : NULL;
	end = start ? strchr(start, '>') : NULL;
	if (end) {
		buf_truncate(&value, (size_t)(end - text) + 1);
		buf_consume(&value, (size_t)(start - text));
	}
	if (value.failed || value.len > 0)
		ok = keep_id(p, buf_take(&value, NULL));
	buf_release(&value);
	return ok;
}

static bool note_authors(struct header_pass *p, const struct rfc5322_field *f)
{
	struct rfc5322_list list;
	bool ok;

	rfc5322_list_parse(&list, f->value, f->value_len,
	    RFC5322_NULL_OK | RFC5322_UNQUALIFIED_OK);
	ok = !list.no_memory;
	p->many_authors = list.count > 1;
	rfc5322_list_release(&list);
	return ok;
}

static bool pass_field(struct header_pass *p, enum header_rule_id id,
    const struct rfc5322_field *f, struct buf *out)
{
	bool ok = true;

	if (id == RULE_MESSAGE_ID)
		ok = note_id(p, f);
	if (id == RULE_FROM && p->message->complete_headers)
		ok = note_authors(p, f);
	return ok && buf_append(out, f->start, f->len);
}

/* A field that may stand once: the first one counts. */
static bool pass_once(struct header_pass *p, const struct header_entry *e,
    const struct rfc5322_field *f, struct buf *out)
{
	enum header_rule_id id =
	    header_rule_id(header_rule_find(f->name, f->name_len));
	bool *seen = id != RULE_KNOWN ? &p->seen[id] : &p->entry_seen[e->index];
	bool ours =
	    resent(p) && id != RULE_KNOWN && header_rule_get(id)->resent;

	p->dropping = *seen && !ours;
	*seen = true;
	if (p->dropping)
		return true;
	if (!ours && given(e) && e->override) {
		p->dropping = true;
		if (id == RULE_FROM)
			p->many_authors = has_many(e);
		return write_entry(p, e, out);
	}
	return pass_field(p, id, f, out);
}

/* Decides about a field whose name and value have been found. */
static bool decide(
    struct header_pass *p, const struct rfc5322_field *f, struct buf *out)
{
	const struct header_rule *rule = header_rule_find(f->name, f->name_len);
	const struct header_entry *e =
	    header_set_find(p->set, f->name, f->name_len);

	p->dropping = false;
	if (!p->message->complete_headers)
		return pass_field(p, header_rule_id(rule), f, out);
	if (rule && rule->class == CLASS_PRESERVED)
		return buf_append(out, f->start, f->len);
	if ((rule && rule->class == CLASS_PROHIBITED) || prohibited(e)) {
		p->dropping = true;
		return true;
	}
	if (rule || e)
		return pass_once(p, e, f, out);
	return buf_append(out, f->start, f->len);
}

bool header_field(
    struct header_pass *p, const char *field, size_t n, struct buf *out)
{
	struct rfc5322_field f;
	size_t at = 0;

	if (p->message->complete_headers && !begin(p, out))
		return false;
	if (rfc5322_field_next(&f, field, n, &at) == RFC5322_FIELD) {
		/* All that was given is one field, whatever stands in it. */
		f.value_len += n - f.len;
		f.len = n;
		return decide(p, &f, out);
	}
	p->dropping = false;
	return buf_append(out, field, n);
}

bool header_more(
    struct header_pass *p, const char *rest, size_t n, struct buf *out)
{
	return p->dropping || buf_append(out, rest, n);
}

/*
 * What is owed
 */

/* Whether the API's value went into the Resent- block. */
static bool used_up(const struct header_pass *p, const struct header_rule *rule)
{
	return resent(p) && rule && rule->resent;
}

static bool owe_known(
    struct header_pass *p, enum header_rule_id id, struct buf *out)
{
	const struct header_entry *e = entry_of(p, id);

	if (p->seen[id] || prohibited(e))
		return true;
	if (used_up(p, header_rule_get(id)))
		e = NULL;
	if (id == RULE_FROM && has_many(e))
		p->many_authors = true;
	return write_known(p, id, e, out);
}

static bool named(const struct header_pass *p, enum header_rule_id id)
{
	return p->seen[id] || given(entry_of(p, id));
}

static bool owe_entries(struct header_pass *p, struct buf *out)
{
	const struct header_entry *e = p->set ? p->set->entries : NULL;
	bool ok = true;

	for (; e && ok; e = e->next) {
		enum header_rule_id id = header_rule_id(e->rule);
		bool *seen =
		    id != RULE_KNOWN ? &p->seen[id] : &p->entry_seen[e->index];

		if (!*seen && given(e) && !used_up(p, e->rule))
			ok = write_entry(p, e, out);
		*seen = true;
	}
	return ok;
}

/* Never where it could show recipients that Bcc was to hide. */
static bool owe_to(struct header_pass *p, struct buf *out)
{
	if (resent(p) || prohibited(entry_of(p, RULE_TO)) ||
	    named(p, RULE_TO) || named(p, RULE_CC) || named(p, RULE_BCC))
		return true;
	return write_known(p, RULE_TO, NULL, out);
}

static bool owe_all(struct header_pass *p, struct buf *out)
{
	bool sender = p->seen[RULE_SENDER];
	bool ok;

	ok = begin(p, out) && owe_known(p, RULE_DATE, out) &&
	     owe_known(p, RULE_FROM, out) && owe_known(p, RULE_MESSAGE_ID, out);
	/* They are there now, whoever set them. */
	p->seen[RULE_DATE] = p->seen[RULE_FROM] = true;
	p->seen[RULE_MESSAGE_ID] = true;
	ok = ok && owe_to(p, out) && owe_entries(p, out);
	if (ok && p->many_authors && !sender && !resent(p))
		ok = write_sender(p, out);
	return ok;
}

bool header_finish(struct header_pass *p, struct buf *out)
{
	bool ok = true;

	if (p->message->complete_headers)
		ok = owe_all(p, out);
	free(p->message->message_id);
	p->message->message_id = p->id;
	p->id = NULL;
	return ok && !out->failed;
}
