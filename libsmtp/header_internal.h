/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header_internal.h - what the files of header.c share
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * header_table.c: the rules, one row a field. header_set.c: what the API set.
 * header_write.c: a field's value as text. header.c: the pass over a message.
 * Nobody else includes this.
 */
#ifndef HEADER_INTERNAL_H
#define HEADER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "header.h"
#include "model.h"

/* The row of each field that the code has to know by name. */
enum header_rule_id {
	RULE_DATE,
	RULE_FROM,
	RULE_MESSAGE_ID,
	RULE_SENDER,
	RULE_TO,
	RULE_CC,
	RULE_BCC,
	RULE_REPLY_TO,
	RULE_NOTIFICATION,
	RULE_KNOWN /* the rows before this one may appear once */
};

enum header_class {
	CLASS_REQUIRED,    /* generated when missing, cannot be prohibited */
	CLASS_RECOMMENDED, /* generated when missing, unless prohibited */
	CLASS_KNOWN,
	CLASS_PROHIBITED, /* always stripped, may not be set */
	CLASS_PRESERVED   /* always passed, may not be set */
};

struct header_rule {
	const char *name; /* of a family: with its hyphen */
	enum header_class class;
	enum header_kind kind;
	bool list;          /* values accumulate */
	bool has_default;   /* may be set to NULL, NULL */
	const char *resent; /* its name in a Resent- block, or NULL */
};

/* The row of a name, or of its family; NULL: an ordinary field. */
const struct header_rule *header_rule_find(const char *name, size_t n);
/* A known field's row, and back: RULE_KNOWN for any other. */
const struct header_rule *header_rule_get(enum header_rule_id id);
enum header_rule_id header_rule_id(const struct header_rule *rule);

struct header_mailbox {
	struct header_mailbox *next;
	char *phrase;  /* NULL: none */
	char *mailbox; /* NULL: the default */
};

/* One field of a message that the API knows of. */
struct header_entry {
	struct header_entry *next;
	const struct header_rule *rule; /* NULL: an ordinary field */
	size_t index;                   /* by age */
	char *name;                     /* as first spelled */
	bool given; /* a value was set, or its default asked for */
	bool override, prohibited;
	char *text; /* NULL in a HEADER_ID: generate one */
	long long when;
	struct header_mailbox *mailboxes, *last_mailbox;
};

struct header_set {
	struct header_entry *entries, *last; /* in the order of first values */
	size_t count;
	bool resent;
};

/* NULL: none. */
struct header_entry *header_set_find(
    const struct header_set *set, const char *name, size_t n);

struct header_pass {
	struct smtp_message *message;
	struct header_facts facts;
	const struct header_set *set;
	bool seen[RULE_KNOWN]; /* in the message */
	bool *entry_seen;      /* the same by index of the entry */
	bool begun;            /* a Resent- block, if any, has been written */
	bool in_block;         /* it is being written */
	bool dropping;         /* the last field was not passed */
	bool many_authors;     /* From names several */
	char *id;              /* the Message-ID, as far as known */
};

/* Each appends one field with its CRLF, called name. False: no memory, or
 * (without out->failed) a value that no line can hold; out is unchanged. */
bool header_write_text(
    struct buf *out, const char *name, const char *value, bool smtputf8);
bool header_write_date(const struct header_pass *p, const char *name,
    long long when, struct buf *out);
/* The mailboxes; where there are none, or for NULL ones, the default of id. */
bool header_write_mailboxes(const struct header_pass *p, const char *name,
    enum header_rule_id id, const struct header_mailbox *list, struct buf *out);

/* A new Message-ID with its angle brackets, the same for the same facts and
 * message; resent: another one. NULL: no memory. */
char *header_make_id(const struct header_pass *p, bool resent);

#endif
