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
#define VALUE_MAX_OCTETS 600

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

static void put_key(struct log_line *line, const char *key)
{
	if (line->text.len > 0)
		buf_putc(&line->text, ' ');
	buf_puts(&line->text, key);
	buf_putc(&line->text, '=');
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
	struct buf clean;
	const char *text;

	if (value == NULL)
		return;
	buf_init(&clean, VALUE_MAX_OCTETS);
	if (!text_clean(&clean, value, strlen(value)))
		buf_clear(&clean);
	text = buf_cstr(&clean);
	if (text != NULL) {
		put_key(line, key);
		if (is_bare(text))
			buf_puts(&line->text, text);
		else
			put_quoted(&line->text, text);
	}
	buf_release(&clean);
}

void log_number(
    struct log_line *line, const char *key, unsigned long long value)
{
	put_key(line, key);
	buf_number(&line->text, value);
}

void log_end(struct log_line *line, const struct account *account,
    const char *tag, bool failure)
{
	const char *text = buf_cstr(&line->text);

	if (text != NULL && account->log == LOG_TO_SYSLOG) {
		openlog(tag == NULL ? "posthaste" : tag, LOG_PID,
		    account->syslog_facility);
		syslog(failure ? LOG_ERR : LOG_INFO, "%s", text);
		closelog();
	}
	buf_release(&line->text);
}
