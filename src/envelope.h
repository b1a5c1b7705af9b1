/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * envelope.h - who the message is from and whom it goes to.
 *
 * Addresses come from the operands (each an RFC 5322 address list), from
 * the header with -t, and from aliases; they are qualified, checked and
 * deduplicated here and nowhere else.  The sender is decided here together
 * with From (`sender-policy`, `from-policy`).
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

struct account;
struct diagnostics;
struct message;
struct options;

struct envelope_recipient {
	char *mailbox;  /* qualified, as the wire wants it */
	char *original; /* as asked for, when an alias replaced it; or NULL */
};

struct envelope {
	char *sender; /* "" is the null reverse-path */
	struct envelope_recipient *recipient;
	size_t n;
	char *from_mailbox; /* for a From field that is missing or forced */
	char *full_name;    /* its display name, or NULL */
	bool force_from;    /* From is replaced (Reply-To keeps the old one) */
	bool resent;        /* the Resent- set is the one that counts */
};

enum envelope_result {
	ENVELOPE_BUILT,
	ENVELOPE_NO_RECIPIENTS, /* 64 */
	ENVELOPE_BAD_ADDRESS,   /* 65, d says which and why */
	ENVELOPE_REFUSED,       /* 77: sender-policy refuse */
	ENVELOPE_NO_MEMORY      /* 71 */
};

/* The sender asked for, before an account is known (chooses the account):
 * -f as a bare mailbox, or NULL; malloc()ed.  Message may be NULL.  Not
 * ENVELOPE_BUILT: d says why. */
enum envelope_result envelope_requested_sender(const struct options *options,
    const struct message *message, char **sender, struct diagnostics *d);

/* Before an account is known, too: what the aliases of a file make of the
 * sender, if that is one address, or, without a sender, of the recipients.
 * found holds these recipients alone, and may be empty; mistakes are the
 * envelope's to tell.  Message may be NULL. */
void envelope_follow_aliases(struct envelope *found,
    const struct options *options, const struct message *message,
    const char *sender, char *aliases_file);

enum envelope_result envelope_build(struct envelope *envelope,
    const struct options *options, const struct message *message,
    const struct account *account, struct diagnostics *d);
void envelope_release(struct envelope *envelope);

/* The same in three steps, for a message that is not there yet (-bs): the
 * sender alone; the recipients of the operands alone; then From and what else
 * the message decides, into the envelope of the sender.  The first two begin a
 * new envelope. */
enum envelope_result envelope_sender(struct envelope *envelope,
    const struct options *options, const struct account *account,
    struct diagnostics *d);
enum envelope_result envelope_expand(struct envelope *envelope,
    const struct options *options, const struct account *account,
    struct diagnostics *d);
enum envelope_result envelope_complete(struct envelope *envelope,
    const struct options *options, const struct message *message,
    const struct account *account, struct diagnostics *d);

#endif
