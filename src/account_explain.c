/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account_explain.c - every effective value and where it comes from
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Printed from the typed fields, so that it shows what will be used and not
 * what was written. A password is shown as a fact, never as text. Values are
 * cleaned: a file may hold what would move the terminal.
 */
#include "account.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "configuration_key.h"
#include "text.h"

enum { COLUMN_NAME = 24, COLUMN_ORIGIN = 56 };

static const void *field_of(
    const struct account *a, const struct configuration_key *key)
{
	return (const char *)a + key->field;
}

static void put_clean(struct buf *out, const char *text)
{
	text_clean(out, text, strlen(text));
}

static void put_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '\'');
	put_clean(out, text);
	buf_putc(out, '\'');
}

static void put_list(struct buf *out, const struct account_list *list)
{
	if (list->n == 1) {
		put_quoted(out, list->item[0]);
		return;
	}
	buf_puts(out, "{");
	for (size_t i = 0; i < list->n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		put_quoted(out, list->item[i]);
	}
	buf_puts(out, "}");
}

static void put_word(
    struct buf *out, const struct configuration_key *key, int value)
{
	for (const struct configuration_word *w = key->words; w->name != NULL;
	     w++)
		if (w->value == value) {
			put_quoted(out, w->name);
			return;
		}
}

static void put_duration(struct buf *out, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		char unit;
	} units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}};

	if (ms == 0) {
		put_quoted(out, "auto");
		return;
	}
	buf_putc(out, '\'');
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ms % units[i].ms == 0) {
			buf_number(out, ms / units[i].ms);
			buf_putc(out, (unsigned char)units[i].unit);
			buf_putc(out, '\'');
			return;
		}
	buf_number(out, ms / 1000);
	buf_puts(out, "s'");
}

static void put_text(
    struct buf *out, const struct configuration_key *key, const char *text)
{
	if (text != NULL)
		put_quoted(out, text);
	else if (key->words != NULL)
		put_quoted(out, key->words[0].name);
	else
		buf_puts(out, "''");
}

static void put_value(struct buf *out, const struct account *a,
    const struct configuration_key *key)
{
	const void *field = field_of(a, key);

	if (configuration_key_is_list(key)) {
		put_list(out, field);
		return;
	}
	switch (key->type) {
	case TYPE_SECRET:
		buf_puts(out, a->password.text == NULL ? "''" : "(hidden)");
		break;
	case TYPE_SWITCH:
		put_word(out, key, *(const bool *)field);
		break;
	case TYPE_WORD:
		put_word(out, key, *(const int *)field);
		break;
	case TYPE_DURATION:
		put_duration(out, *(const uint64_t *)field);
		break;
	case TYPE_SIZE:
	case TYPE_COUNT:
		buf_putc(out, '\'');
		buf_number(out, *(const uint64_t *)field);
		buf_putc(out, '\'');
		break;
	default:
		put_text(out, key, *(char *const *)field);
	}
}

static void put_origin(struct buf *out, const struct account_origin *origin)
{
	switch (origin->by) {
	case BY_DEFAULT:
		buf_puts(out, "default");
		break;
	case BY_SET:
		buf_puts(out, "--set");
		break;
	case BY_DERIVATION:
		buf_puts(out, "default, that of ");
		buf_puts(out, origin->file);
		break;
	case BY_FILE:
		put_clean(out, origin->file);
		buf_putc(out, ':');
		buf_number(out, origin->line);
		break;
	}
}

/* Blanks up to a column of the line that began when out had start octets;
 * two at the least. */
static void put_blanks(struct buf *out, size_t start, size_t column)
{
	buf_puts(out, "  ");
	while (!out->failed && out->len - start < column)
		buf_putc(out, ' ');
}

static void put_key(struct buf *out, const struct account *a, size_t row)
{
	const struct configuration_key *key = configuration_key_at(row);
	size_t start = out->len;

	if (key->field == NO_FIELD)
		return;
	buf_puts(out, "  ");
	buf_puts(out, key->name);
	/* The one name that there is twice. */
	if (key->scope == SCOPE_TOP &&
	    configuration_key_find(
		key->name, strlen(key->name), SCOPE_ACCOUNT) != NULL)
		buf_puts(out, " (of all)");
	while (!out->failed && out->len - start < COLUMN_NAME)
		buf_putc(out, ' ');
	buf_puts(out, " = ");
	put_value(out, a, key);
	put_blanks(out, start, COLUMN_ORIGIN);
	buf_puts(out, "# ");
	put_origin(out, &a->origin[row]);
	buf_putc(out, '\n');
}

static const char *tls_words(enum smtpx_tls tls)
{
	switch (tls) {
	case Smtpx_TLS_IMPLICIT:
		return "implicit TLS";
	case Smtpx_TLS_STARTTLS:
		return "STARTTLS, required";
	case Smtpx_TLS_OPPORTUNISTIC:
		return "STARTTLS if offered";
	case Smtpx_TLS_OFF:
		break;
	}
	return "no TLS";
}

bool account_explain(const struct account *a, struct buf *out)
{
	buf_puts(out, "account ");
	put_quoted(out, a->name);
	buf_puts(out, ", because ");
	put_clean(out, a->why);
	buf_puts(out, "\n");
	for (size_t i = 0; i < configuration_key_count(); i++)
		put_key(out, a, i);
	buf_puts(out, "connections, in this order\n");
	for (size_t i = 0; i < a->n_attempts; i++) {
		buf_puts(out, "  ");
		put_clean(out, a->attempt[i].hostport);
		buf_puts(out, ", ");
		buf_puts(out, tls_words(a->attempt[i].tls));
		buf_puts(out, "\n");
	}
	return !out->failed;
}
