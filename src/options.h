/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * options.h - the command line: sendmail's letters and msmtp's words.
 *
 * One table holds every option: letter or word, argument, what it sets, the
 * sentence for the manual.  Permutes as
 * glibc does; "--" ends options; letters cluster; options that name files or
 * choose the configuration count only before the first address.  Never
 * reads stdin, prints or exits.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "diagnostics.h"
#include "smtpx.h"

struct buf;

/* What this call is for: by name (mailq, newaliases, ...), -b, or a word. */
enum mode {
	MODE_SEND,
	MODE_SMTP,        /* -bs */
	MODE_VERIFY,      /* -bv */
	MODE_QUEUE_LIST,  /* -bp, mailq */
	MODE_QUEUE_RUN,   /* -q, runq */
	MODE_ALIASES,     /* -bi, newaliases */
	MODE_NOTHING,     /* hoststat, purgestat, -bh, -bH */
	MODE_SERVER_INFO, /* -S, --serverinfo */
	MODE_EXPLAIN,
	MODE_HELP,
	MODE_VERSION
};

/* -oe: what becomes of a message that cannot be sent (1.8). */
enum error_mode {
	ERRORS_PRINT,       /* p */
	ERRORS_QUIET,       /* q */
	ERRORS_MAIL,        /* m, w: keep the message */
	ERRORS_MAIL_SUCCESS /* e: keep it, exit 0 when it is kept */
};

/* Strings are borrowed from argv; lists are owned. */
struct options {
	enum mode mode;
	const char *program;   /* last part of argv[0] */
	bool as_rmail;         /* sender from the From_ lines, -G -oee -i */
	const char **operands; /* the addresses as given */
	size_t n_operands;
	bool from_headers;        /* -t */
	bool sender_from_headers; /* --read-envelope-from */
	const char *sender; /* -f, -r: last one; NULL: none; "" null sender */
	const char *full_name;    /* -F */
	bool ignore_dots;         /* -i */
	bool no_aliases;          /* -n */
	bool gateway;             /* -G */
	bool smtputf8;            /* -U, -O smtputf8=... */
	bool requiretls;          /* -O requiretls=... */
	enum notify_flags notify; /* -N; Notify_NOTSET */
	enum ret_flags ret;       /* -R */
	const char *envid;        /* -V */
	enum e8bitmime_body body; /* -B */
	enum error_mode errors;
	const char *log_tag;       /* -L: checked */
	int log_facility;          /* --syslog=LOG_MAIL; 0: the key's */
	const char *configuration; /* -C, --file */
	const char *account;       /* -a */
	const char **set;          /* --set, and msmtp's words as KEY=VALUE */
	size_t n_set;
	bool host_given;            /* --host: no configuration file is read */
	const char *queue_selector; /* -qI..., -qR..., -qS...; NULL */
	bool pretend;               /* -P */
	unsigned verbose;           /* -v, -d */
	struct diagnostics ignored; /* what was taken without effect; owned */
	char **made; /* KEY=VALUE texts that had to be built; owned */
	size_t n_made;
};

/* false: one line for each mistake in d, exit status 64. */
bool options_parse(
    struct options *options, int argc, char **argv, struct diagnostics *d);
void options_release(struct options *options);

/* --help: one line an option, from the table. */
bool options_help(struct buf *out);

#endif
