/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account_choose.h - which account, and what the command line changes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The account_*.c files include this, and who prepares a choice. The order of
 * the ways to choose is that of account_select(); each choice is explained.
 * What
 * --set may not do is refused here: secrets would show in the process list,
 * and commands come from files that others cannot write.
 */
#ifndef ACCOUNT_CHOOSE_H
#define ACCOUNT_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"
#include "attributes.h"
#include "configuration.h"

/* Like a setting of a file; the file is "--set". */
struct account_overrides {
	struct configuration_setting *setting;
	size_t n;
};

/* Reads KEY=VALUE texts. False: d has a line for each mistake. */
bool account_overrides_init(struct account_overrides *o,
    const struct account_request *r, struct diagnostics *d)
    SMTP_NONNULL(1, 2, 3);
void account_overrides_release(struct account_overrides *o) SMTP_NONNULL(1);
const struct configuration_setting *account_override(
    const struct account_overrides *o, const struct configuration_key *key)
    SMTP_NONNULL(1, 2);

/* What was chosen. */
struct account_choice {
	/* NULL: no account is configured, --set names a server. */
	const struct configuration_section *section;
	char *why; /* a clause; the caller frees it */
};

/* Chooses the account of this run. False: d has the reason. */
bool account_choose(struct account_choice *choice,
    const struct configuration *c, const struct account_request *r,
    const struct account_overrides *o, struct diagnostics *d)
    SMTP_NONNULL(1, 2, 3, 4, 5);

/* Whether the name or the sender, or that there is one account at most,
 * settles the choice: then nobody has to ask where aliases lead. */
bool account_is_settled(const struct configuration *c,
    const struct account_request *r) SMTP_NONNULL(1, 2);
/* The file of aliases for all accounts, malloc()ed; NULL: none. */
char *account_shared_aliases(const struct configuration *c) SMTP_NONNULL(1);

/* Whether a sender matches a pattern in which * stands for any text, letters
 * without regard to case. */
bool account_pattern_matches(const char *pattern, const char *sender)
    SMTP_NONNULL(1, 2);

/* Fills in a->attempt from a->server, a->tls and a->protocol.
 * False: *problem says why; NULL: no memory. */
bool account_make_attempts(struct account *a, const char **problem)
    SMTP_NONNULL(1, 2);

#endif
