/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_load.h - the steps from a file to a configuration
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Only the configuration_*.c files include this. A file is opened and checked
 * (configuration_file.c), cut into tokens (configuration_token.c), read as
 * statements, each of which is checked and written down again in the plainest
 * form (configuration_scan.c); libconfuse then reads that form, and its values
 * are copied and checked (configuration_parse.c).
 */
#ifndef CONFIGURATION_LOAD_H
#define CONFIGURATION_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "attributes.h"
#include "buf.h"
#include "configuration.h"

/* The octets of a file, wiped on release. */
struct configuration_block {
	char *text;
	size_t n;
	mode_t mode;
	dev_t device;
	ino_t inode;
};

enum configuration_opened { FILE_READ, FILE_ABSENT, FILE_DENIED, FILE_BAD };

/* Reads the file at path: regular, of uid or root, not writable by everyone,
 * in a directory where nobody else can replace it, 1 MiB at most.
 * FILE_BAD: d has the reason. */
enum configuration_opened configuration_file_read(const char *path, uid_t uid,
    struct configuration_block *b, struct diagnostics *d) SMTP_NONNULL(1, 3, 4);
void configuration_block_release(struct configuration_block *b) SMTP_NONNULL(1);

/* path, with a leading ~/ replaced by home. NULL: no memory, or no home. */
char *configuration_expand(const char *path, const char *home) SMTP_NONNULL(1);

/* Adds "FILE:LINE: " and the formatted text. */
void configuration_complain(struct diagnostics *d, const char *file,
    unsigned line, const char *format, ...) SMTP_NONNULL(1, 2, 4)
    SMTP_PRINTF(4, 5);

/* One of the two files, with all that it includes, while it is read. */
struct configuration_load {
	struct configuration *c;
	const struct configuration_paths *paths; /* NULL: text in memory */
	struct diagnostics *d;
	struct buf plain; /* what libconfuse will read */
	size_t first;     /* the section that is this file's top level */
	bool of_user;
	bool no_memory;
	unsigned depth; /* files open now: */
	struct {
		dev_t device;
		ino_t inode;
	} open[CONFIGURATION_DEPTH_MAX];
};

/* Reads the file at path and all that it includes. */
enum configuration_opened configuration_load_file(
    struct configuration_load *load, const char *path) SMTP_NONNULL(1, 2);

/* The same for a block; name is used in complaints and kept by reference. */
void configuration_scan(struct configuration_load *load, const char *name,
    const struct configuration_block *block) SMTP_NONNULL(1, 2, 3);

/* Keeps a copy of name as long as the configuration. NULL: no memory, or too
 * many files. */
const char *configuration_add_file(
    struct configuration_load *load, const char *name) SMTP_NONNULL(1, 2);

/* Adds a section; the configuration takes title over. False: no memory. */
bool configuration_add_section(struct configuration_load *load,
    const struct configuration_section *section) SMTP_NONNULL(1, 2);

/* The place of load's section that has this title (NULL: of the defaults),
 * or 0, which is never such a section: none. */
size_t configuration_find_section(
    const struct configuration_load *load, const char *title) SMTP_NONNULL(1);

/* Has libconfuse read load->plain, fills in the values of load's sections and
 * checks each. */
void configuration_parse(struct configuration_load *load) SMTP_NONNULL(1);

/* Wipes and frees a value. */
void configuration_free_text(char *text);

#endif
