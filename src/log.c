/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * log.c - key=value lines for syslog.
 *
 * A value stands bare when it is made of harmless characters, otherwise in
 * double quotes with quotes and backslashes escaped, after text_clean() has
 * taken out whatever could forge a line.
 */
#include "log.h"

#include <string.h>
#include <syslog.h>

#include "account.h"
#include "text.h"

/* syslog daemons cut at 8 KiB (RFC 5424 6.1: 2,048 must be taken). */
#define LINE_MAX_OCTETS 2000
/* Every octet of a cleaned value may need a backslash. */
#define PAIR_MAX_OCTETS (2 * TEXT_CLEAN_MAX + 64)

static bool is_bare(const char *value)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789.-_@+<>[]:/,%";

	return value[0] != '\0' && value[strspn(value, harmless)] == '\0';
}

void log_begin(struct log_line *line)
{
	buf_init(&line->text, LINE_MAX_OCTETS);
}

/* A pair that the line has no room for is left out: better a line without it
 * than none. */
static void put_pair(
    struct log_line *line, const char *key, const struct buf *value)
{
	size_t n = strlen(key) + value->len + 2;

	if (value->failed || n > buf_room(&line->text))
		return;
	if (line->text.len > 0)
		buf_putc(&line->text, ' ');
	buf_puts(&line->text, key);
	buf_putc(&line->text, '=');
	buf_append(&line->text, buf_head(value), value->len);
}

static void put_quoted(struct buf *out, const char *value)
{
	buf_putc(out, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_putc(out, '\\');
		buf_putc(out, (unsigned char)*value);
	}
	buf_putc(out, '"');
}

void log_text(struct log_line *line, const char *key, const char *value)
{
	struct buf clean, pair;
	const char *text;

	if (value == NULL)
		return;
	buf_init(&clean, TEXT_CLEAN_MAX);
	buf_init(&pair, PAIR_MAX_OCTETS);
	text_clean(&clean, value, strlen(value));
	text = buf_cstr(&clean);
	if (text != NULL && is_bare(text))
		buf_puts(&pair, text);
	else if (text != NULL)
		put_quoted(&pair, text);
	if (text != NULL)
		put_pair(line, key, &pair);
	buf_release(&clean);
	buf_release(&pair);
}

void log_number(
    struct log_line *line, const char *key, unsigned long long value)
{
	struct buf pair;

	buf_init(&pair, PAIR_MAX_OCTETS);
	buf_number(&pair, value);
	put_pair(line, key, &pair);
	buf_release(&pair);
}

static void end(struct log_line *line, const struct account *account,
    const char *tag, int priority)
{
	const char *text = buf_cstr(&line->text);

	if (text != NULL && account->log == LOG_TO_SYSLOG) {
		openlog(tag == NULL ? "posthaste" : tag, LOG_PID,
		    account->syslog_facility);
		syslog(priority, "%s", text);
		closelog();
	}
	buf_release(&line->text);
}

void log_end(struct log_line *line, const struct account *account,
    const char *tag, bool failure)
{
	end(line, account, tag, failure ? LOG_ERR : LOG_INFO);
}

void log_debug(const struct account *account, const char *tag, const char *key,
    const char *value)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, key, value);
	end(&line, account, tag, LOG_DEBUG);
}
