/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration.h - what the configuration files say
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Reads the system's file and the user's into plain data, each value with the
 * file and line that set it, checked against one table of keys. Reports all
 * mistakes it can find. Never expands the environment, never prints, never
 * repeats a word from a line that holds a secret. Secrets are wiped.
 */
#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attributes.h"

struct configuration_key;
struct diagnostics;

enum {
	CONFIGURATION_FILE_MAX = 1 << 20, /* octets of one file */
	CONFIGURATION_VALUE_MAX = 8192,   /* octets of one value */
	CONFIGURATION_DEPTH_MAX = 8,      /* files that include each other */
	CONFIGURATION_FILES_MAX = 100,    /* files in all */
	CONFIGURATION_KEYS_MAX = 80       /* rows of the table, at most */
};

/* One key as it was written. */
struct configuration_setting {
	const struct configuration_key *key;
	char **value; /* n strings; one for a key that is no list; owned */
	size_t n;
	const char *file; /* borrowed from the configuration */
	unsigned line;
	bool on_secret_line; /* the value must not be shown */
};

enum configuration_place { PLACE_TOP, PLACE_DEFAULTS, PLACE_ACCOUNT };

/* The top level of one of the two files, or one section. */
struct configuration_section {
	enum configuration_place place;
	bool of_user; /* of the user's file, not the system's */
	char *title;  /* an account's name, else NULL */
	const char *file;
	unsigned line;
	struct configuration_setting *setting;
	size_t n;
};

struct configuration {
	struct configuration_section *section; /* the system's come first */
	size_t n;
	char **file; /* names of the files read */
	size_t n_files;
	char *home;                    /* as in configuration_paths */
	char *system_file, *user_file; /* as looked for; NULL: none */
	bool user_absent;
};

/* The files to read. */
struct configuration_paths {
	char *system;       /* may be absent */
	char *user;         /* NULL: none */
	char *home;         /* for ~/: configuration_home() */
	uid_t uid;          /* whose files are trusted, beside root's */
	bool user_required; /* the user's file must exist: it was named */
};

/* Finds the files: posthaste.conf in SYSCONFDIR, and explicit_file or the
 * user's own, by the password entry of the real uid. XDG_CONFIG_HOME counts
 * if that user owns it; HOME only for a uid without an entry, likewise.
 * False: no memory. */
bool configuration_paths_init(
    struct configuration_paths *p, const char *explicit_file) SMTP_NONNULL(1);
void configuration_paths_release(struct configuration_paths *p);

/* What ~ stands for: known, where "" means that there is none. If known is
 * NULL, the password entry of the real uid is asked, which takes the system
 * longer than reading a configuration. NULL: there is no home. The next call
 * may overwrite it. */
const char *configuration_home(const char *known);

/* Reads and checks the files of paths. c owns what it holds, copies paths.
 * False: a line in d for each mistake (exit status 78), c holds nothing. */
bool configuration_read(struct configuration *c,
    const struct configuration_paths *paths, struct diagnostics *d)
    SMTP_NONNULL(1, 2, 3);

/* The same for n octets that are in memory; include is refused. */
bool configuration_read_text(struct configuration *c, const char *text,
    size_t n, struct diagnostics *d) SMTP_NONNULL(1, 2, 4);

/* What holds for key in section s: its own setting, else that of the account
 * it inherits from, and so on; else of the defaults, the user's (for an account
 * of the user's) before the system's; for a key of the top level, that of the
 * user's file before the system's. *distance grows from 0 in this order.
 * NULL: nobody set it. s may be NULL: no account. */
const struct configuration_setting *configuration_lookup(
    const struct configuration *c, const struct configuration_section *s,
    const struct configuration_key *key, unsigned *distance)
    SMTP_NONNULL(1, 3, 4);

/* The account of that name, the user's before the system's; with of_system
 * only the system's. NULL: none. */
const struct configuration_section *configuration_account(
    const struct configuration *c, const char *name, bool of_system)
    SMTP_NONNULL(1, 2);

/* Wipes and frees everything. */
void configuration_release(struct configuration *c) SMTP_NONNULL(1);

#endif
