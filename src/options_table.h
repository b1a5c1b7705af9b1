/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * options_table.h - the shape of the option table, and who acts on a row.
 *
 * The parser knows only how an option takes its argument; what the argument
 * does is the row's function.  Rows without a sentence are accepted for
 * callers of other programs and do nothing that a manual should teach.
 */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

struct diagnostics;
struct options;

enum option_argument {
	ARGUMENT_NONE,
	ARGUMENT_NEEDED,   /* attached, or the next word */
	ARGUMENT_ATTACHED, /* optional: -qX, --word=X */
	ARGUMENT_FORM      /* -b and -o: attached, else the next word */
};

struct option_row;

struct parse {
	struct options *options;
	struct diagnostics *d;
	char **argv;
	int argc, next; /* the word behind the one at hand */
	bool failed;
	bool address_seen;
	/* msmtp's words that only make sense together. */
	const char *host, *port;
	bool tls_given, tls_off, starttls_off;
};

typedef void (*option_apply)(
    struct parse *p, const struct option_row *row, const char *value);

struct option_row {
	char letter;      /* '\0': a word only */
	const char *word; /* NULL: a letter only */
	enum option_argument argument;
	bool first; /* only before the first address */
	option_apply apply;
	size_t field;           /* of struct options, or what apply wants */
	const char *key;        /* of the configuration, or an apply's text */
	const char *value_name; /* in help: "ADDRESS" */
	const char *sentence;
};

extern const struct option_row options_table[];
extern const size_t options_table_size;

/* A complaint; the exit status will be 64. */
void option_refuse(struct parse *p, const char *format, ...) SMTP_PRINTF(2, 3);
/* KEY=VALUE for the account. */
void option_set_key(struct parse *p, const char *key, const char *value);

/* options_apply.c: what rows do. */
void apply_nothing(
    struct parse *p, const struct option_row *row, const char *value);
void apply_flag(
    struct parse *p, const struct option_row *row, const char *value);
void apply_text(
    struct parse *p, const struct option_row *row, const char *value);
void apply_mode(
    struct parse *p, const struct option_row *row, const char *value);
void apply_count(
    struct parse *p, const struct option_row *row, const char *value);
void apply_full_name(
    struct parse *p, const struct option_row *row, const char *value);
void apply_form_b(
    struct parse *p, const struct option_row *row, const char *value);
void apply_form_o(
    struct parse *p, const struct option_row *row, const char *value);
void apply_long_o(
    struct parse *p, const struct option_row *row, const char *value);
void apply_errors(
    struct parse *p, const struct option_row *row, const char *value);
void apply_queue(
    struct parse *p, const struct option_row *row, const char *value);
void apply_debug(
    struct parse *p, const struct option_row *row, const char *value);
void apply_notify(
    struct parse *p, const struct option_row *row, const char *value);
void apply_return(
    struct parse *p, const struct option_row *row, const char *value);
void apply_envid(
    struct parse *p, const struct option_row *row, const char *value);
void apply_body(
    struct parse *p, const struct option_row *row, const char *value);
void apply_tag(
    struct parse *p, const struct option_row *row, const char *value);

/* options_msmtp.c */
void apply_set(
    struct parse *p, const struct option_row *row, const char *value);
void apply_key(
    struct parse *p, const struct option_row *row, const char *value);
void apply_switch(
    struct parse *p, const struct option_row *row, const char *value);
void apply_auth(
    struct parse *p, const struct option_row *row, const char *value);
void apply_tls(
    struct parse *p, const struct option_row *row, const char *value);
void apply_host(
    struct parse *p, const struct option_row *row, const char *value);
void apply_command(
    struct parse *p, const struct option_row *row, const char *value);
void apply_unsupported(
    struct parse *p, const struct option_row *row, const char *value);
void apply_set_from(
    struct parse *p, const struct option_row *row, const char *value);
void apply_hide_recipients(
    struct parse *p, const struct option_row *row, const char *value);
/* When all words were read: host and port, tls and starttls. */
void options_msmtp_finish(struct parse *p);

#endif
