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

typedef void option_apply(
    struct parse *p, const struct option_row *row, const char *value);

struct option_row {
	char letter;      /* '\0': a word only */
	const char *word; /* NULL: a letter only */
	enum option_argument argument;
	bool first; /* only before the first address */
	option_apply *apply;
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
option_apply apply_nothing, apply_macro, apply_flag, apply_text, apply_mode,
    apply_count, apply_full_name, apply_form_b, apply_form_o, apply_long_o,
    apply_errors, apply_queue, apply_debug, apply_notify, apply_return,
    apply_envid, apply_body, apply_tag;

/* options_msmtp.c */
option_apply apply_set, apply_key, apply_switch, apply_syslog, apply_auth,
    apply_tls, apply_host, apply_command, apply_unsupported, apply_set_from,
    apply_hide_recipients;

/* When all words were read: host and port, tls and starttls. */
void options_msmtp_finish(struct parse *p);

#endif
