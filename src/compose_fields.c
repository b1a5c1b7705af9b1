/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_fields.c - the rules for header fields, one table.
 *
 * Bcc never leaves, in whatever spelling; unqualified addresses get their
 * domain in place; text beyond ASCII is encoded (RFC 2047) unless SMTPUTF8
 * was asked for.
 */
#define _DEFAULT_SOURCE /* getrandom() */

#include "compose_fields.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "account.h"
#include "compose.h"
#include "date.h"
#include "encode.h"
#include "envelope.h"
#include "message.h"
#include "options.h"
#include "rfc5322.h"
#include "text.h"

#define FIELD_MAX (16 * 1024 * 1024)
/* RFC 5322 2.1.1. */
#define LINE_MAX_OCTETS 998
/* 130 bits in letters of five. */
#define ID_LETTERS 26

enum {
	SEEN_DATE = 1,
	SEEN_MESSAGE_ID = 2,
	SEEN_FROM = 4,
	SEEN_DESTINATION = 8, /* To or Cc */
	SEEN_REPLY_TO = 16,
	SEEN_RESENT_FROM = 32,
	SEEN_RESENT_DATE = 64,
	SEEN_RESENT_ID = 128,
	SEEN_MIME_VERSION = 256,
	SEEN_CONTENT_TYPE = 512,
	SEEN_ENCODING = 1024
};

enum field_kind {
	KIND_TEXT, /* unstructured */
	KIND_ADDRESSES,
	KIND_STRUCTURED, /* copied as it is */
	KIND_BLIND,      /* Bcc */
	KIND_DROPPED
};

/* clang-format off */
static const struct field_rule {
	const char *name;
	enum field_kind kind;
	unsigned seen;
} rules[] = {
	{ "Bcc",               KIND_BLIND,      0 },
	{ "Resent-Bcc",        KIND_BLIND,      0 },
	{ "Return-Path",       KIND_DROPPED,    0 },
	{ "Content-Length",    KIND_DROPPED,    0 },
	{ "Date",              KIND_STRUCTURED, SEEN_DATE },
	{ "Message-ID",        KIND_STRUCTURED, SEEN_MESSAGE_ID },
	{ "From",              KIND_ADDRESSES,  SEEN_FROM },
	{ "Sender",            KIND_ADDRESSES,  0 },
	{ "Reply-To",          KIND_ADDRESSES,  SEEN_REPLY_TO },
	{ "To",                KIND_ADDRESSES,  SEEN_DESTINATION },
	{ "Cc",                KIND_ADDRESSES,  SEEN_DESTINATION },
	{ "Resent-From",       KIND_ADDRESSES,  SEEN_RESENT_FROM },
	{ "Resent-Sender",     KIND_ADDRESSES,  0 },
	{ "Resent-To",         KIND_ADDRESSES,  0 },
	{ "Resent-Cc",         KIND_ADDRESSES,  0 },
	{ "Resent-Date",       KIND_STRUCTURED, SEEN_RESENT_DATE },
	{ "Resent-Message-ID", KIND_STRUCTURED, SEEN_RESENT_ID },
	{ "MIME-Version",      KIND_STRUCTURED, SEEN_MIME_VERSION },
	{ "Content-Type",      KIND_STRUCTURED, SEEN_CONTENT_TYPE },
	{ "Content-Transfer-Encoding", KIND_STRUCTURED, SEEN_ENCODING },
};
/* clang-format on */

static const struct field_rule other_field = {"", KIND_TEXT, 0};

static const struct field_rule *rule_of(const struct rfc5322_field *field)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (text_equal_nocase(field->name, field->name_len,
			rules[i].name, strlen(rules[i].name)))
			return &rules[i];
	return &other_field;
}

static bool is_removed(
    const struct account *account, const struct rfc5322_field *field)
{
	const struct account_list *list = &account->remove_header;

	for (size_t i = 0; i < list->n; i++)
		if (text_equal_nocase(field->name, field->name_len,
			list->item[i], strlen(list->item[i])))
			return true;
	return false;
}

/* A line without CR and NUL in it, folded when it is too long. */
static bool put_line(struct buf *out, const char *line, size_t n)
{
	struct buf clean;
	bool done;

	buf_init(&clean, n + 1);
	for (size_t i = 0; i < n; i++)
		if (line[i] != '\0')
			buf_putc(&clean,
			    line[i] == '\r' ? ' ' : (unsigned char)line[i]);
	if (clean.len <= LINE_MAX_OCTETS ||
	    !encode_fold(out, (const char *)buf_head(&clean), clean.len))
		buf_append(out, buf_head(&clean), clean.len);
	done = buf_puts(out, "\r\n");
	buf_release(&clean);
	return done;
}

bool compose_put_lines(struct buf *out, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *stop = lf == NULL ? end : lf;
		size_t len = (size_t)(stop - text);

		if (len > 0 && text[len - 1] == '\r')
			len--;
		if (!put_line(out, text, len))
			return false;
		text = lf == NULL ? end : lf + 1;
	}
	return true;
}

static bool put_name(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	buf_append(&pass->out, field->name, field->name_len);
	return buf_puts(&pass->out, ": ");
}

/* What the address is in the form that the wire gets; NULL: as it is. */
static char *better_form(
    struct compose_pass *pass, const struct rfc5322_address *address)
{
	bool no_domain = false;
	char *mailbox;

	if (address->local[0] == '\0' && address->domain == NULL)
		return NULL;
	if (address->domain != NULL && strchr(address->domain, '.') != NULL)
		return NULL;
	mailbox = address_mailbox(&pass->context, address, &no_domain);
	return mailbox;
}

/* Splices qualified addresses into the value; *changed: there was one. */
static bool splice(struct compose_pass *pass, const char *value,
    const struct rfc5322_list *list, size_t n, struct buf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct rfc5322_address *a = &list->items[i];
		char *better = better_form(pass, a);

		if (better == NULL || a->spec.start < at) {
			free(better);
			continue;
		}
		buf_append(out, value + at, a->spec.start - at);
		buf_puts(out, better);
		at = a->spec.end;
		free(better);
	}
	return buf_append(out, value + at, n - at);
}

static bool local_parts_ascii(const struct rfc5322_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct rfc5322_address *a = &list->items[i];

		if (!text_is_ascii(a->local, strlen(a->local)) ||
		    (a->domain != NULL &&
			!text_is_ascii(a->domain, strlen(a->domain))))
			return false;
	}
	return list->groups == 0;
}

static bool put_address(
    struct compose_pass *pass, const struct rfc5322_address *a)
{
	const char *name = a->name != NULL ? a->name : a->comment;
	char *better = better_form(pass, a);
	struct buf *out = &pass->out;

	if (name != NULL && encode_phrase(out, name, strlen(name), 10))
		buf_puts(out, " <");
	else
		name = NULL;
	if (better != NULL) {
		buf_puts(out, better);
	} else {
		buf_puts(out, a->local);
		if (a->domain != NULL) {
			buf_putc(out, '@');
			buf_puts(out, a->domain);
		}
	}
	free(better);
	return name == NULL ? !out->failed : buf_putc(out, '>');
}

/* Names beyond ASCII: the field is written anew. */
static bool put_addresses(struct compose_pass *pass,
    const struct rfc5322_field *field, const struct rfc5322_list *list)
{
	put_name(pass, field);
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_puts(&pass->out, ",\r\n ");
		if (!put_address(pass, &list->items[i]))
			return false;
	}
	return buf_puts(&pass->out, "\r\n");
}

static enum compose_fate spliced(struct compose_pass *pass,
    const struct rfc5322_field *field, const struct rfc5322_list *list)
{
	struct buf value;
	enum compose_fate fate = FIELD_AS_IT_IS;

	buf_init(&value, FIELD_MAX);
	if (!splice(pass, field->value, list, field->value_len, &value)) {
		fate = FIELD_FAILED;
	} else if (value.len != field->value_len) {
		buf_append(&pass->out, field->name, field->name_len);
		buf_putc(&pass->out, ':');
		fate = compose_put_lines(&pass->out,
			   (const char *)buf_head(&value), value.len)
		           ? FIELD_DONE
		           : FIELD_FAILED;
	}
	buf_release(&value);
	return fate;
}

static enum compose_fate address_field(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	struct rfc5322_list list;
	bool ascii = text_is_ascii(field->value, field->value_len);
	enum compose_fate fate = FIELD_AS_IT_IS;

	if (!rfc5322_list_parse(&list, field->value, field->value_len,
		RFC5322_UNQUALIFIED_OK | RFC5322_NULL_OK)) {
		pass->header_utf8 = pass->header_utf8 || !ascii;
	} else if (!ascii && !pass->settings->options->smtputf8 &&
		   local_parts_ascii(&list)) {
		fate = put_addresses(pass, field, &list) ? FIELD_DONE
		                                         : FIELD_FAILED;
	} else {
		pass->header_utf8 = pass->header_utf8 || !ascii;
		fate = spliced(pass, field, &list);
	}
	rfc5322_list_release(&list);
	return fate;
}

static enum compose_fate text_field(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	struct buf value;
	bool done;

	if (text_is_ascii(field->value, field->value_len))
		return FIELD_AS_IT_IS;
	if (pass->settings->options->smtputf8) {
		pass->header_utf8 = true;
		return FIELD_AS_IT_IS;
	}
	buf_init(&value, FIELD_MAX);
	done = rfc5322_unfold(&value, field->value, field->value_len) &&
	       put_name(pass, field);
	if (done)
		done = encode_unstructured(&pass->out,
		    (const char *)buf_head(&value), value.len,
		    field->name_len + 2);
	buf_release(&value);
	return done && buf_puts(&pass->out, "\r\n") ? FIELD_DONE : FIELD_FAILED;
}

/* Nothing but what never leaves is touched behind -G. */
static bool is_repaired(
    const struct compose_pass *pass, const struct field_rule *rule)
{
	const struct compose_settings *s = pass->settings;

	if (s->options->gateway)
		return false;
	return rule->seen != SEEN_FROM || s->account->from_policy != FROM_KEEP;
}

static enum compose_fate keep_replaced(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	if (pass->replaced_from == NULL)
		pass->replaced_from = strndup(field->value, field->value_len);
	return pass->replaced_from == NULL ? FIELD_FAILED : FIELD_DONE;
}

static bool keep_id(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	struct buf id;

	if (pass->message_id != NULL)
		return true;
	buf_init(&id, FIELD_MAX);
	rfc5322_unfold(&id, field->value, field->value_len);
	pass->message_id = buf_take(&id, NULL);
	buf_release(&id);
	return pass->message_id != NULL;
}

enum compose_fate compose_field(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	const struct field_rule *rule = rule_of(field);
	const struct account *account = pass->settings->account;

	if (rule->kind == KIND_DROPPED || is_removed(account, field) ||
	    (rule->kind == KIND_BLIND && !account->keep_bcc))
		return FIELD_DONE;
	if (rule->seen == SEEN_FROM && pass->settings->envelope->force_from)
		return keep_replaced(pass, field);
	pass->seen |= rule->seen;
	if (rule->seen == SEEN_MESSAGE_ID && !keep_id(pass, field))
		return FIELD_FAILED;
	if (!is_repaired(pass, rule))
		return FIELD_AS_IT_IS;
	if (rule->kind == KIND_ADDRESSES)
		return address_field(pass, field);
	if (rule->kind == KIND_TEXT)
		return text_field(pass, field);
	return FIELD_AS_IT_IS;
}

static int zone_minutes(time_t now)
{
	struct tm local;
	struct date d;

	if (localtime_r(&now, &local) == NULL)
		return DATE_ZONE_UNKNOWN;
	d = (struct date){.year = local.tm_year + 1900,
	    .month = local.tm_mon + 1,
	    .day = local.tm_mday,
	    .hour = local.tm_hour,
	    .minute = local.tm_min,
	    .second = local.tm_sec};
	return (int)((date_join(&d) - (int64_t)now) / 60);
}

static bool put_date(struct compose_pass *pass, const char *name)
{
	time_t now = time(NULL);

	buf_puts(&pass->out, name);
	return date_rfc5322(&pass->out, (int64_t)now, zone_minutes(now)) &&
	       buf_puts(&pass->out, "\r\n");
}

static const char *id_domain(struct compose_pass *pass)
{
	const char *domain = pass->settings->account->message_id_domain;
	const char *at = strrchr(pass->settings->envelope->from_mailbox, '@');

	if (domain != NULL)
		return domain;
	if (at != NULL && text_is_ascii(at, strlen(at)))
		return at + 1;
	domain = address_domain(&pass->context);
	return domain == NULL ? "localhost.invalid" : domain;
}

static bool put_id(struct compose_pass *pass, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char random[ID_LETTERS];
	struct buf id;
	bool done;

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return false;
	buf_init(&id, 1024);
	buf_putc(&id, '<');
	for (size_t i = 0; i < sizeof random; i++)
		buf_putc(&id, (unsigned char)letters[random[i] & 31]);
	buf_putc(&id, '@');
	buf_puts(&id, id_domain(pass));
	buf_putc(&id, '>');
	buf_puts(&pass->out, name);
	buf_append(&pass->out, buf_head(&id), id.len);
	done = buf_puts(&pass->out, "\r\n");
	if (pass->message_id == NULL)
		pass->message_id = buf_take(&id, NULL);
	done = done && pass->message_id != NULL;
	buf_release(&id);
	return done;
}

static bool put_from(struct compose_pass *pass)
{
	const struct envelope *e = pass->settings->envelope;
	bool named;

	buf_puts(&pass->out, "From: ");
	named =
	    e->full_name != NULL && e->full_name[0] != '\0' &&
	    encode_phrase(&pass->out, e->full_name, strlen(e->full_name), 6);
	buf_puts(&pass->out, named ? " <" : "");
	buf_puts(&pass->out, e->from_mailbox);
	return buf_puts(&pass->out, named ? ">\r\n" : "\r\n");
}

static bool put_reply_to(struct compose_pass *pass)
{
	buf_puts(&pass->out, "Reply-To:");
	return compose_put_lines(
	    &pass->out, pass->replaced_from, strlen(pass->replaced_from));
}

static bool put_resent(struct compose_pass *pass)
{
	bool done = true;

	if (!(pass->seen & SEEN_RESENT_FROM))
		return true;
	if (!(pass->seen & SEEN_RESENT_DATE))
		done = put_date(pass, "Resent-Date: ");
	if (done && !(pass->seen & SEEN_RESENT_ID))
		done = put_id(pass, "Resent-Message-ID: ");
	return done;
}

/* An 8-bit body that says nothing of itself (RFC 2045). */
static bool put_mime(struct compose_pass *pass)
{
	const struct message_facts *facts = message_facts(pass->message);
	const unsigned mime =
	    SEEN_MIME_VERSION | SEEN_CONTENT_TYPE | SEEN_ENCODING;

	if (!facts->body_eight_bit || (pass->seen & mime) != 0)
		return true;
	buf_puts(&pass->out,
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=");
	buf_puts(&pass->out, facts->body_utf8 ? "utf-8" : "unknown-8bit");
	return buf_puts(&pass->out, "\r\nContent-Transfer-Encoding: 8bit\r\n");
}

static bool put_own(struct compose_pass *pass)
{
	const struct account_list *list = &pass->settings->account->add_header;

	for (size_t i = 0; i < list->n; i++)
		if (!compose_put_lines(
			&pass->out, list->item[i], strlen(list->item[i])))
			return false;
	return true;
}

bool compose_missing_fields(struct compose_pass *pass)
{
	const struct account *a = pass->settings->account;
	unsigned seen = pass->seen;
	bool done = true;

	if (!pass->settings->options->gateway) {
		if (a->add_date && !(seen & SEEN_DATE))
			done = put_date(pass, "Date: ");
		if (done && !(seen & SEEN_FROM) &&
		    (a->add_from || pass->settings->envelope->force_from))
			done = put_from(pass);
		if (done && pass->replaced_from != NULL &&
		    !(seen & SEEN_REPLY_TO))
			done = put_reply_to(pass);
		if (done && a->undisclosed_recipients &&
		    !(seen & SEEN_DESTINATION))
			done = buf_puts(
			    &pass->out, "To: undisclosed-recipients:;\r\n");
		if (done && a->add_message_id && !(seen & SEEN_MESSAGE_ID))
			done = put_id(pass, "Message-ID: ");
		done = done && put_resent(pass) && put_mime(pass);
	}
	free(pass->replaced_from);
	pass->replaced_from = NULL;
	return done && put_own(pass);
}
