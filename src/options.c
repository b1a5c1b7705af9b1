/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * options.c - walks the words of a command line over the option table.
 *
 * contract: options.h.  Knows for every letter whether it takes an argument,
 * so that no argument becomes a recipient.  A
 * letter that the table does not hold ends the call with 64.
 */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "diagnostics.h"
#include "options_table.h"
#include "process.h"
#include "text.h"

/* A complaint of our own with some foreign word in it. */
#define COMPLAINT_MAX 512

/* clang-format off */
/* What a name alone says. */
static const struct {
	const char *name;
	enum mode mode;
} names[] = {
	{ "mailq",      MODE_QUEUE_LIST },
	{ "newaliases", MODE_ALIASES },
	{ "runq",       MODE_QUEUE_RUN },
	{ "hoststat",   MODE_NOTHING },
	{ "purgestat",  MODE_NOTHING },
};
/* clang-format on */

void option_refuse(struct parse *p, const char *format, ...)
{
	char text[COMPLAINT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diagnostics_add(p->d, "%s", text);
	p->failed = true;
}

static bool grow(const char ***list, size_t *n, const char *text)
{
	const char **grown = realloc(*list, (*n + 1) * sizeof **list);

	if (grown == NULL)
		return false;
	*list = grown;
	grown[(*n)++] = text;
	return true;
}

void option_set_key(struct parse *p, const char *key, const char *value)
{
	struct options *o = p->options;
	size_t n = strlen(key) + strlen(value) + 2;
	char **made = realloc(o->made, (o->n_made + 1) * sizeof *made);
	char *text = malloc(n);

	if (made != NULL)
		o->made = made;
	if (made == NULL || text == NULL || !grow(&o->set, &o->n_set, text)) {
		free(text);
		option_refuse(p, "out of memory");
		return;
	}
	snprintf(text, n, "%s=%s", key, value);
	o->made[o->n_made++] = text;
}

static void operand(struct parse *p, const char *word)
{
	p->address_seen = true;
	if (word[0] == '\0')
		option_refuse(p, "an empty word is no address");
	else if (!grow(&p->options->operands, &p->options->n_operands, word))
		option_refuse(p, "out of memory");
}

static const struct option_row *row_of_letter(char letter)
{
	for (size_t i = 0; i < options_table_size; i++)
		if (options_table[i].letter == letter)
			return &options_table[i];
	return NULL;
}

/* The whole word, or the only one that begins like this. */
static const struct option_row *row_of_word(
    const char *word, size_t n, size_t *matches)
{
	const struct option_row *found = NULL;

	*matches = 0;
	for (size_t i = 0; i < options_table_size; i++) {
		const char *name = options_table[i].word;

		if (name == NULL || strncmp(name, word, n) != 0)
			continue;
		if (name[n] == '\0') {
			*matches = 1;
			return &options_table[i];
		}
		found = &options_table[i];
		(*matches)++;
	}
	return *matches == 1 ? found : NULL;
}

static const char *next_word(struct parse *p)
{
	return p->next < p->argc ? p->argv[p->next++] : NULL;
}

/* a caller that hands on foreign arguments can switch off what names
 * files or changes the account. */
static bool restricted(void)
{
	const char *value = process_variable("SENDMAIL_RESTRICTED");

	return value != NULL && strcmp(value, "1") == 0;
}

static void act(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (row->first && p->address_seen) {
		if (row->letter != '\0')
			option_refuse(p,
			    "option -%c must stand before the first address",
			    row->letter);
		else
			option_refuse(p,
			    "option --%s must stand before the first address",
			    row->word);
		return;
	}
	if (row->first && restricted()) {
		option_refuse(p,
		    "options for files and settings are switched off by "
		    "SENDMAIL_RESTRICTED");
		return;
	}
	row->apply(p, row, value);
}

static void long_option(struct parse *p, const char *word)
{
	size_t n = strcspn(word, "=");
	const char *value = word[n] == '=' ? word + n + 1 : NULL;
	size_t matches;
	const struct option_row *row = row_of_word(word, n, &matches);

	if (row == NULL) {
		option_refuse(p, "%s option --%.*s: see --help",
		    matches > 1 ? "ambiguous" : "unknown", (int)n, word);
		return;
	}
	if (value != NULL && row->argument == ARGUMENT_NONE) {
		option_refuse(p, "option --%s takes no value", row->word);
		return;
	}
	if (value == NULL && row->argument == ARGUMENT_NEEDED &&
	    (value = next_word(p)) == NULL) {
		option_refuse(p, "option --%s needs a value", row->word);
		return;
	}
	act(p, row, value);
}

/* One letter of a cluster; true: the cluster goes on behind it. */
static bool letter(struct parse *p, const char *at)
{
	const struct option_row *row = row_of_letter(*at);
	const char *value = at[1] != '\0' ? at + 1 : NULL;

	if (row == NULL) {
		option_refuse(p, "unknown option -%c: see --help", *at);
		return false;
	}
	if (row->argument == ARGUMENT_NONE) {
		act(p, row, NULL);
		return true;
	}
	if (value == NULL && row->argument != ARGUMENT_ATTACHED) {
		value = next_word(p);
		if (value == NULL) {
			option_refuse(p, "option -%c needs a value", *at);
			return false;
		}
	}
	act(p, row, value);
	return false;
}

static void words(struct parse *p)
{
	const char *word;

	while ((word = next_word(p)) != NULL) {
		if (word[0] != '-' || word[1] == '\0') {
			operand(p, word);
		} else if (strcmp(word, "--") == 0) {
			while ((word = next_word(p)) != NULL)
				operand(p, word);
		} else if (word[1] == '-') {
			long_option(p, word + 2);
		} else {
			for (word++; *word != '\0' && letter(p, word); word++)
				;
		}
	}
}

static void by_name(struct parse *p)
{
	struct options *o = p->options;
	const char *slash = p->argc > 0 ? strrchr(p->argv[0], '/') : NULL;

	o->program = slash != NULL ? slash + 1
	             : p->argc > 0 ? p->argv[0]
	                           : "posthaste";
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(o->program, names[i].name) == 0)
			o->mode = names[i].mode;
	if (strcmp(o->program, "smtpd") == 0)
		option_refuse(p, "this is not a daemon: it cannot be smtpd");
	if (strcmp(o->program, "rmail") == 0) {
		o->as_rmail = true;
		o->gateway = true;
		o->ignore_dots = true;
		o->errors = ERRORS_MAIL_SUCCESS;
	}
}

bool options_parse(
    struct options *options, int argc, char **argv, struct diagnostics *d)
{
	struct parse p = {
	    .options = options, .d = d, .argv = argv, .argc = argc, .next = 1};

	memset(options, 0, sizeof *options);
	diagnostics_init(&options->ignored);
	by_name(&p);
	words(&p);
	options_msmtp_finish(&p);
	return !p.failed;
}

void options_release(struct options *options)
{
	for (size_t i = 0; i < options->n_made; i++)
		free(options->made[i]);
	free(options->made);
	diagnostics_release(&options->ignored);
	free(options->operands);
	free(options->set);
}

static void help_row(struct buf *out, const struct option_row *row)
{
	buf_puts(out, "  ");
	if (row->letter != '\0') {
		buf_putc(out, '-');
		buf_putc(out, (unsigned char)row->letter);
	}
	if (row->word != NULL) {
		buf_puts(out, row->letter != '\0' ? ", --" : "--");
		buf_puts(out, row->word);
	}
	if (row->value_name != NULL) {
		buf_puts(out, row->word == NULL                    ? " "
			      : row->argument == ARGUMENT_ATTACHED ? "[="
								   : "=");
		buf_puts(out, row->value_name);
		if (row->word != NULL && row->argument == ARGUMENT_ATTACHED)
			buf_putc(out, ']');
	}
	buf_puts(out, "\n        ");
	buf_puts(out, row->sentence);
	buf_putc(out, '\n');
}

bool options_help(struct buf *out)
{
	buf_puts(out,
	    "usage: posthaste [option ...] [address ...]\n"
	    "Reads a message on standard input, completes its header, and "
	    "submits it to the\nserver of the account that the configuration "
	    "names.  See posthaste(8).\n\n");
	for (size_t i = 0; i < options_table_size; i++)
		if (options_table[i].sentence != NULL)
			help_row(out, &options_table[i]);
	return !out->failed;
}
