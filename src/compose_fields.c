/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_fields.c - the rules for header fields, one table.
 *
 * Bcc never leaves, in whatever spelling; unqualified addresses get their
 * domain in place; text beyond ASCII is encoded (RFC 2047) unless SMTPUTF8
 * was asked for.  What no rule concerns is copied octet for octet.
 */
#include "compose_fields.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "compose.h"
#include "compose_addresses.h"
#include "compose_text.h"
#include "envelope.h"
#include "message.h"
#include "options.h"
#include "rfc5322.h"
#include "text.h"

/* A header section has 16 MiB at most, and encoding makes it grow. */
#define VALUE_MAX (64 * 1024 * 1024)

enum field_kind {
	KIND_TEXT,       /* unstructured */
	KIND_COMMENTS,   /* structured */
	KIND_PARAMETERS, /* structured, of MIME */
	KIND_ADDRESSES,  /* never qualified */
	KIND_MAILBOXES,  /* qualified */
	KIND_BLIND,      /* Bcc */
	KIND_ENCODING,
	KIND_DROPPED
};

/* clang-format off */
static const struct field_rule {
	const char *name;
	enum field_kind kind;
	unsigned seen;
} rules[] = {
	{ "Bcc",                         KIND_BLIND,      SEEN_DESTINATION },
	{ "Resent-Bcc",                  KIND_BLIND,      0 },
	{ "Return-Path",                 KIND_DROPPED,    0 },
	{ "Content-Length",              KIND_DROPPED,    0 },
	{ "Date",                        KIND_COMMENTS,   SEEN_DATE },
	{ "Message-ID",                  KIND_COMMENTS,   SEEN_MESSAGE_ID },
	{ "From",                        KIND_MAILBOXES,  SEEN_FROM },
	{ "Sender",                      KIND_MAILBOXES,  SEEN_SENDER },
	{ "Reply-To",                    KIND_MAILBOXES,  SEEN_REPLY_TO },
	{ "To",                          KIND_MAILBOXES,  SEEN_DESTINATION },
	{ "Cc",                          KIND_MAILBOXES,  SEEN_DESTINATION },
	{ "Resent-From",                 KIND_MAILBOXES,  SEEN_RESENT_FROM },
	{ "Resent-Sender",               KIND_MAILBOXES,  0 },
	{ "Resent-To",                   KIND_MAILBOXES,  0 },
	{ "Resent-Cc",                   KIND_MAILBOXES,  0 },
	{ "Resent-Reply-To",             KIND_MAILBOXES,  0 },
	{ "Resent-Date",                 KIND_COMMENTS,   SEEN_RESENT_DATE },
	{ "Resent-Message-ID",           KIND_COMMENTS,   SEEN_RESENT_ID },
	{ "In-Reply-To",                 KIND_COMMENTS,   0 },
	{ "References",                  KIND_COMMENTS,   0 },
	{ "Received",                    KIND_COMMENTS,   0 },
	{ "Errors-To",                   KIND_ADDRESSES,  0 },
	{ "Disposition-Notification-To", KIND_ADDRESSES,  0 },
	{ "Return-Receipt-To",           KIND_ADDRESSES,  0 },
	{ "Mail-Followup-To",            KIND_ADDRESSES,  0 },
	{ "Mail-Reply-To",               KIND_ADDRESSES,  0 },
	{ "Apparently-To",               KIND_ADDRESSES,  0 },
	{ "MIME-Version",                KIND_COMMENTS,   SEEN_MIME_VERSION },
	{ "Content-Type",                KIND_PARAMETERS, SEEN_CONTENT_TYPE },
	{ "Content-Disposition",         KIND_PARAMETERS, 0 },
	{ "Content-Transfer-Encoding",   KIND_ENCODING,   SEEN_ENCODING },
};
/* clang-format on */

static const struct field_rule other_field = {"", KIND_TEXT, 0};

static bool is_named(const struct rfc5322_field *field, const char *name)
{
	return text_equal_nocase(
	    field->name, field->name_len, name, strlen(name));
}

static const struct field_rule *rule_of(const struct rfc5322_field *field)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (is_named(field, rules[i].name))
			return &rules[i];
	return &other_field;
}

static bool is_removed(
    const struct account *account, const struct rfc5322_field *field)
{
	const struct account_list *list = &account->remove_header;

	for (size_t i = 0; i < list->n; i++)
		if (is_named(field, list->item[i]))
			return true;
	return false;
}

/* "Name:", and the value as its lines. */
static bool put_field(
    struct buf *out, const struct rfc5322_field *field, const struct buf *value)
{
	struct buf whole;

	buf_init(&whole, VALUE_MAX);
	buf_append(&whole, field->name, field->name_len);
	buf_putc(&whole, ':');
	buf_append(&whole, buf_head(value), value->len);
	if (whole.failed || value->failed)
		out->failed = true;
	else
		compose_put_lines(
		    out, (const char *)buf_head(&whole), whole.len);
	buf_release(&whole);
	return !out->failed;
}

static enum compose_syntax syntax_of(enum field_kind kind)
{
	switch (kind) {
	case KIND_COMMENTS:
	case KIND_ENCODING:
		return SYNTAX_COMMENTS;
	case KIND_PARAMETERS:
		return SYNTAX_PARAMETERS;
	default:
		return SYNTAX_TEXT;
	}
}

/* Room for the name in the first line: column counts from it. */
static void begin_value(struct buf *value, const struct rfc5322_field *field)
{
	buf_init(value, VALUE_MAX);
	buf_append(value, field->name, field->name_len);
	buf_putc(value, ':');
}

/* The value in ASCII behind the name's room. */
static void encode_value(
    struct buf *value, const struct rfc5322_field *field, enum field_kind kind)
{
	compose_put_ascii(
	    value, syntax_of(kind), field->value, field->value_len);
}

static bool end_value(struct buf *out, const struct rfc5322_field *field,
    struct buf *value, bool *utf8)
{
	if (!value->failed)
		buf_consume(value, field->name_len + 1);
	*utf8 =
	    *utf8 || !text_is_ascii((const char *)buf_head(value), value->len);
	return put_field(out, field, value);
}

static bool put_as_it_is(
    struct compose_pass *pass, const struct rfc5322_field *field, bool counts)
{
	if (counts && !text_is_ascii(field->value, field->value_len))
		pass->header_utf8 = true;
	return compose_put_lines(&pass->out, field->start, field->len);
}

/* Whether text beyond ASCII is to be encoded: UTF-8 may stay with -U. */
static bool is_to_be_encoded(
    const struct compose_pass *pass, const struct rfc5322_field *field)
{
	return !text_is_ascii(field->value, field->value_len) &&
	       !(pass->settings->options->smtputf8 &&
		   text_is_utf8(field->value, field->value_len));
}

static bool text_field(struct compose_pass *pass,
    const struct rfc5322_field *field, enum field_kind kind)
{
	struct buf value;
	bool done;

	if (!is_to_be_encoded(pass, field))
		return put_as_it_is(pass, field, true);
	begin_value(&value, field);
	encode_value(&value, field, kind);
	done = end_value(&pass->out, field, &value, &pass->header_utf8);
	buf_release(&value);
	return done;
}

static bool address_field(
    struct compose_pass *pass, const struct rfc5322_field *field, bool qualify)
{
	struct compose_addresses a = {
	    .context = qualify ? &pass->context : NULL,
	    .encode = is_to_be_encoded(pass, field)};
	struct buf value;
	bool done;

	begin_value(&value, field);
	compose_repair_addresses(&a, &value, field->value, field->value_len);
	if (is_named(field, "From") && a.n > pass->from_count)
		pass->from_count = a.n;
	if (a.broken && !value.failed)
		done = text_field(pass, field, KIND_TEXT);
	else if (a.changed)
		done = end_value(&pass->out, field, &value, &pass->header_utf8);
	else
		done = put_as_it_is(pass, field, true);
	buf_release(&value);
	free(a.only);
	return done;
}

/* Nothing but what never leaves is touched behind -G. */
static bool is_qualified_here(
    const struct compose_pass *pass, const struct field_rule *rule)
{
	const struct compose_settings *s = pass->settings;

	if (rule->kind != KIND_MAILBOXES || s->options->gateway)
		return false;
	return rule->seen != SEEN_FROM || s->account->from_policy != FROM_KEEP;
}

/* The account's address is there already, perhaps with a better name. */
static bool has_forced_from(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	struct compose_addresses a = {.context = &pass->context};
	struct buf value;
	bool same;

	buf_init(&value, VALUE_MAX);
	compose_repair_addresses(&a, &value, field->value, field->value_len);
	same = a.only != NULL &&
	       text_same(a.only, pass->settings->envelope->from_mailbox);
	buf_release(&value);
	free(a.only);
	return same;
}

/* The first From gives its place to the account's, further ones are gone. */
static bool force_from(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	if (pass->seen & SEEN_FROM)
		return true;
	pass->seen |= SEEN_FROM;
	pass->replaced_from = strndup(field->value, field->value_len);
	return pass->replaced_from != NULL && compose_put_from(pass);
}

static bool keep_id(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	struct buf id;

	if (pass->message_id != NULL)
		return true;
	buf_init(&id, VALUE_MAX);
	rfc5322_unfold(&id, field->value, field->value_len);
	pass->message_id = buf_take(&id, NULL);
	buf_release(&id);
	return pass->message_id != NULL;
}

static bool put_encoding(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	if (pass->encoding == NULL)
		return text_field(pass, field, KIND_ENCODING);
	if (pass->seen & SEEN_ENCODING)
		return true;
	buf_puts(&pass->out, "Content-Transfer-Encoding: ");
	buf_puts(&pass->out, pass->encoding);
	return buf_puts(&pass->out, "\r\n");
}

static bool put_by_rule(struct compose_pass *pass,
    const struct rfc5322_field *field, const struct field_rule *rule)
{
	switch (rule->kind) {
	case KIND_ENCODING:
		return put_encoding(pass, field);
	case KIND_MAILBOXES:
	case KIND_ADDRESSES:
	case KIND_BLIND:
		return address_field(
		    pass, field, is_qualified_here(pass, rule));
	default:
		return text_field(pass, field, rule->kind);
	}
}

/* What never leaves, whoever asks for it. */
static bool is_dropped(
    const struct compose_pass *pass, const struct field_rule *rule)
{
	return rule->kind == KIND_DROPPED ||
	       (rule->kind == KIND_BLIND && !pass->settings->account->keep_bcc);
}

static bool begins_resent(const struct rfc5322_field *field)
{
	return text_starts_nocase(field->name, field->name_len, "Resent-");
}

/* What the Resent- block that begins here holds: it ends where something
 * else than trace fields stands (RFC 5322 3.6.6). */
static unsigned seen_in_block(
    const struct compose_pass *pass, const struct rfc5322_field *first)
{
	size_t n, at;
	const char *header = message_header(pass->message, &n);
	struct rfc5322_field field;
	unsigned seen = 0;

	at = (size_t)(first->start - header);
	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD) {
		if (is_removed(pass->settings->account, &field))
			continue;
		if (!begins_resent(&field))
			break;
		seen |= rule_of(&field)->seen;
	}
	return seen;
}

static bool complete_resent(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	unsigned seen;

	if (pass->resent_done || pass->settings->options->gateway ||
	    !begins_resent(field))
		return true;
	pass->resent_done = true;
	seen = seen_in_block(pass, field);
	return !(seen & SEEN_RESENT_FROM) || compose_put_resent(pass, seen);
}

/* One of the fields that are added when they are missing, but without a value
 * (RFC 5322 allows it in none of them): it is missing. */
static bool is_void(const struct compose_pass *pass,
    const struct rfc5322_field *field, const struct field_rule *rule)
{
	static const unsigned needed =
	    SEEN_FROM | SEEN_DATE | SEEN_MESSAGE_ID | SEEN_DESTINATION;

	return (rule->seen & needed) != 0 &&
	       !pass->settings->options->gateway &&
	       text_is_blank(field->value, field->value_len);
}

bool compose_field(struct compose_pass *pass, const struct rfc5322_field *field)
{
	const struct field_rule *rule = rule_of(field);
	bool done;

	if (is_dropped(pass, rule) ||
	    is_removed(pass->settings->account, field) ||
	    is_void(pass, field, rule))
		return true;
	if (!complete_resent(pass, field))
		return false;
	if (rule->seen == SEEN_FROM && pass->settings->envelope->force_from &&
	    (pass->seen & SEEN_FROM || !has_forced_from(pass, field)))
		return force_from(pass, field);
	if (rule->seen == SEEN_MESSAGE_ID && !keep_id(pass, field))
		return false;
	done = put_by_rule(pass, field, rule);
	pass->seen |= rule->seen;
	return done;
}

bool compose_own_field(struct compose_pass *pass, const char *text, size_t n)
{
	const struct field_rule *rule;
	struct rfc5322_field field;
	size_t at = 0;

	if (rfc5322_field_next(&field, text, n, &at) != RFC5322_FIELD)
		return true;
	rule = rule_of(&field);
	if (is_dropped(pass, rule))
		return true;
	pass->seen |= rule->seen;
	return put_by_rule(pass, &field, rule);
}

bool compose_ascii_field(struct buf *out, const struct rfc5322_field *field)
{
	enum field_kind kind = rule_of(field)->kind;
	struct compose_addresses a = {.encode = true, .broken = true};
	struct buf value;
	bool utf8 = false;

	begin_value(&value, field);
	if (kind == KIND_MAILBOXES || kind == KIND_ADDRESSES ||
	    kind == KIND_BLIND)
		compose_repair_addresses(
		    &a, &value, field->value, field->value_len);
	if (a.broken && !value.failed)
		encode_value(&value, field, kind);
	end_value(out, field, &value, &utf8);
	buf_release(&value);
	free(a.only);
	return !out->failed && !utf8;
}
