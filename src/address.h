/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * address.h - local names become mailboxes.
 *
 * Which names are this host's own, and what domain an address without one
 * gets.  Asks the system at most once,
 * and only when something needs it.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct account;
struct rfc5322_address;

struct address_context {
	const struct account *account;
	char *domain;   /* for unqualified addresses; NULL: not looked for */
	char *hostname; /* of this host, as it calls itself */
	char *mailname; /* first line of /etc/mailname, or NULL */
	bool looked;
	char *canonical; /* hostname as the resolver completes it, or NULL */
	bool canonical_looked;
};

void address_context_init(
    struct address_context *c, const struct account *account);
void address_context_release(struct address_context *c);

/* What stands behind "@" where nothing does; NULL: no qualified name is
 * known, set qualify-domain. */
const char *address_domain(struct address_context *c);

/* True for "user", user@localhost, user@ this host's names. */
bool address_is_local(
    struct address_context *c, const struct rfc5322_address *address);

/* "local@domain", malloc()ed.  NULL: no memory, or nothing to qualify with
 * (*no_domain). */
char *address_mailbox(struct address_context *c,
    const struct rfc5322_address *address, bool *no_domain);

/* The real user's login name, malloc()ed: from the password database, or
 * from USER or LOGNAME where it has no entry; NULL: nobody. */
char *address_login_name(void);
/* The full name of the real user's entry: what stands before the first
 * comma, with & for the capitalised login name; malloc()ed or NULL. */
char *address_full_name(void);

#endif
