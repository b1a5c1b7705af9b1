/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.h - the password of an account
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A secret is text that is overwritten before its memory is given back. It
 * comes from the configuration or from the first of the account's sources
 * that answers. It never gets into an argument list, an environment, a log or
 * an error text.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

struct account;
struct diagnostics;

enum {
	SECRET_MAX = 64 * 1024,        /* octets that a source may give */
	SECRET_COMMAND_MS = 60 * 1000, /* for a command to answer */
	SECRET_COMPLAINT_MAX = 400     /* of a command's words kept */
};

struct secret {
	char *text; /* n octets and a NUL; NULL: none */
	size_t n;
};

/* Copies n octets into an empty secret. False: no memory. */
bool secret_set(struct secret *s, const void *text, size_t n)
    SMTP_NONNULL(1, 2);

/* Wipes and frees; s is then empty. */
void secret_release(struct secret *s) SMTP_NONNULL(1);

enum secret_result {
	SECRET_FOUND,
	SECRET_UNSET,    /* the account names no password: exit status 78 */
	SECRET_UNSAFE,   /* a source that must not be used: 78 */
	SECRET_SILENT,   /* no source answered: 77 */
	SECRET_NO_MEMORY /* 71 */
};

/* The exit status of sysexits.h for a result; 0 for SECRET_FOUND. */
int secret_exit_status(enum secret_result result);

/* Gets the password of a into the empty secret s: the one that stands in the
 * configuration, else the first line that a source gives. Blocks while a
 * command runs, a minute at most; the command gets /dev/null as input, its
 * own process group, and is killed when it is late or says too much.
 * Otherwise than SECRET_FOUND: s is empty and d has a line for each reason. */
enum secret_result secret_get(const struct account *a, struct secret *s,
    struct diagnostics *d) SMTP_NONNULL(1, 2, 3);

#endif
