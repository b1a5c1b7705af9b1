/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * options_apply.c - what sendmail's letters do.
 *
 * Letters mean what callers of Sendmail and Postfix expect.  Values that
 * could reach the wire or a header field are checked here, so that a bad one
 * is a usage error and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "diagnostics.h"
#include "encode.h"
#include "options.h"
#include "options_table.h"
#include "text.h"

/* RFC 5424: an APP-NAME has 48 octets; 32 leave room for others. */
#define TAG_MAX 32
/* RFC 3461 4.4. */
#define ENVID_MAX 100

static void *field_of(struct parse *p, const struct option_row *row)
{
	return (char *)p->options + row->field;
}

void apply_nothing(
    struct parse *p, const struct option_row *row, const char *value)
{
	struct diagnostics *ignored = &p->options->ignored;

	(void)value;
	if (row->letter != '\0')
		diagnostics_add(
		    ignored, "option -%c has no effect here", row->letter);
	else
		diagnostics_add(
		    ignored, "option --%s has no effect here", row->word);
}

/* Sendmail's -MXvalue and -MX value: the letter alone takes the next word. */
void apply_macro(
    struct parse *p, const struct option_row *row, const char *value)
{
	apply_nothing(p, row, value);
	if (value[0] != '\0' && value[1] == '\0' && p->next < p->argc)
		p->next++;
}

void apply_flag(
    struct parse *p, const struct option_row *row, const char *value)
{
	bool *flag = field_of(p, row);

	(void)value;
	*flag = true;
}

void apply_text(
    struct parse *p, const struct option_row *row, const char *value)
{
	const char **text = field_of(p, row);

	*text = value;
}

void apply_mode(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)value;
	p->options->mode = (enum mode)row->field;
}

void apply_count(
    struct parse *p, const struct option_row *row, const char *value)
{
	unsigned *count = field_of(p, row);

	(void)value;
	(*count)++;
}

/* a name with a line end in it would begin another field. */
void apply_full_name(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (text_has_control(value, strlen(value)))
		option_refuse(
		    p, "-F: the name holds a control character: leave it out");
	else
		apply_text(p, row, value);
}

void apply_tag(struct parse *p, const struct option_row *row, const char *value)
{
	size_t n = strlen(value);

	if (n == 0 || n > TAG_MAX || !text_is_ascii(value, n) ||
	    text_has_control(value, n))
		option_refuse(
		    p, "-L takes 1 to %d printable ASCII characters", TAG_MAX);
	else
		apply_text(p, row, value);
}

/* clang-format off */
static const struct {
	char letter;
	enum mode mode;
} b_modes[] = {
	{ 'm', MODE_SEND },
	{ 's', MODE_SMTP },
	{ 'v', MODE_VERIFY },
	{ 'p', MODE_QUEUE_LIST },
	{ 'i', MODE_ALIASES },
	{ 'h', MODE_NOTHING },
	{ 'H', MODE_NOTHING },
};
/* clang-format on */

void apply_form_b(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)row;
	for (size_t i = 0; i < sizeof b_modes / sizeof b_modes[0]; i++) {
		if (value[0] == b_modes[i].letter && value[1] == '\0') {
			p->options->mode = b_modes[i].mode;
			return;
		}
	}
	if (value[0] == 'd' || value[0] == 'D' || value[0] == 'a' ||
	    value[0] == 'l')
		option_refuse(p,
		    "-b%s: this is not a daemon: run a mail server for that",
		    value);
	else
		option_refuse(p, "-b%s is not supported: see --help", value);
}

void apply_errors(
    struct parse *p, const struct option_row *row, const char *value)
{
	struct options *o = p->options;

	(void)row;
	if (value == NULL)
		return;
	switch (value[0]) {
	case 'p':
		o->errors = ERRORS_PRINT;
		break;
	case 'q':
		o->errors = ERRORS_QUIET;
		break;
	case 'm':
	case 'w':
		o->errors = ERRORS_MAIL;
		break;
	case 'e':
		o->errors = ERRORS_MAIL_SUCCESS;
		break;
	default:
		option_refuse(p, "-e%s: the modes are p, q, m, w and e", value);
	}
}

static bool is_false(const char *value)
{
	return value[0] != '\0' && strchr("fFnN0", value[0]) != NULL;
}

/* The settings whose value is a name: it may be the next word. */
static void skip_o_value(struct parse *p, const char *value)
{
	if (strchr("AQS", value[0]) != NULL && value[1] == '\0' &&
	    p->next < p->argc && p->argv[p->next][0] != '-')
		p->next++;
}

void apply_form_o(
    struct parse *p, const struct option_row *row, const char *value)
{
	switch (value[0]) {
	case 'i':
		p->options->ignore_dots = !is_false(value + 1);
		break;
	case 'e':
		apply_errors(p, row, value[1] == '\0' ? NULL : value + 1);
		break;
	case '\0':
		break;
	default:
		diagnostics_add(&p->options->ignored,
		    "option -o%s has no effect here", value);
		skip_o_value(p, value);
		break;
	}
}

void apply_long_o(
    struct parse *p, const struct option_row *row, const char *value)
{
	size_t n = strcspn(value, "=");
	const char *setting = value[n] == '=' ? value + n + 1 : "";

	if (text_equal_nocase(value, n, "ErrorMode", 9))
		apply_errors(p, row, setting[0] == '\0' ? NULL : setting);
	else if (text_equal_nocase(value, n, "IgnoreDots", 10))
		p->options->ignore_dots = !is_false(setting);
	else if (text_equal_nocase(value, n, "requiretls", 10))
		p->options->requiretls = !is_false(setting);
	else if (text_equal_nocase(value, n, "smtputf8", 8))
		p->options->smtputf8 = !is_false(setting);
	else
		diagnostics_add(&p->options->ignored,
		    "option -O %s has no effect here", value);
}

/* -qI, -qR, -qS choose by id, recipient, sender; an interval, or f, G, L, p
 * and the rest mean one run now. */
void apply_queue(
    struct parse *p, const struct option_row *row, const char *value)
{
	p->options->mode = MODE_QUEUE_RUN;
	if (value != NULL && strchr("IRS", value[0]) != NULL)
		apply_text(p, row, value);
}

void apply_debug(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (value != NULL && strcmp(value, "0.1") == 0)
		p->options->mode = MODE_VERSION;
	else
		apply_count(p, row, value);
}

/* clang-format off */
static const struct {
	const char *word;
	enum notify_flags flag;
} notify_words[] = {
	{ "never",   Notify_NEVER },
	{ "success", Notify_SUCCESS },
	{ "failure", Notify_FAILURE },
	{ "delay",   Notify_DELAY },
};
/* clang-format on */

static bool notify_word(const char *word, size_t n, int *flags)
{
	for (size_t i = 0; i < sizeof notify_words / sizeof notify_words[0];
	     i++) {
		if (!text_equal_nocase(word, n, notify_words[i].word,
			strlen(notify_words[i].word)))
			continue;
		/* NEVER stands alone (RFC 3461 4.1). */
		if (*flags == Notify_NEVER ||
		    (*flags != 0 && notify_words[i].flag == Notify_NEVER))
			return false;
		*flags |= (int)notify_words[i].flag;
		return true;
	}
	return false;
}

void apply_notify(
    struct parse *p, const struct option_row *row, const char *value)
{
	int flags = 0;
	const char *at = value;

	(void)row;
	/* msmtp's word for none at all. */
	if (text_same(value, "off")) {
		p->options->notify = Notify_NOTSET;
		option_set_key(p, "dsn-notify", "");
		return;
	}
	for (;;) {
		size_t n = strcspn(at, ", ");

		if (!notify_word(at, n, &flags)) {
			option_refuse(p,
			    "-N %s: say never, or some of success,failure,"
			    "delay",
			    value);
			return;
		}
		if (at[n] == '\0')
			break;
		at += n + 1;
	}
	p->options->notify = (enum notify_flags)flags;
}

void apply_return(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)row;
	if (text_same(value, "off")) { /* msmtp's word */
		p->options->ret = Ret_NOTSET;
		option_set_key(p, "dsn-return", "default");
		return;
	}
	if (text_same(value, "full"))
		p->options->ret = Ret_FULL;
	else if (text_same(value, "hdrs") || text_same(value, "headers"))
		p->options->ret = Ret_HDRS;
	else
		option_refuse(p, "-R %s: say hdrs or full", value);
}

void apply_envid(
    struct parse *p, const struct option_row *row, const char *value)
{
	struct buf encoded;
	bool fits;

	buf_init(&encoded, ENVID_MAX);
	fits = value[0] != '\0' && encode_envid(&encoded, value);
	buf_release(&encoded);
	if (fits)
		apply_text(p, row, value);
	else
		option_refuse(p,
		    "-V takes printable ASCII, at most %d characters once "
		    "encoded",
		    ENVID_MAX);
}

/* An unknown type says nothing that the message does not say itself. */
void apply_body(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)row;
	if (text_same(value, "7BIT"))
		p->options->body = E8bitmime_7BIT;
	else if (text_same(value, "8BITMIME") || text_same(value, "BINARYMIME"))
		p->options->body = E8bitmime_8BITMIME;
	else
		diagnostics_add(
		    &p->options->ignored, "-B %s is no body type", value);
}
