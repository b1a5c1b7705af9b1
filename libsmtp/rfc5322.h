/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rfc5322.h - address lists, mailboxes and header fields
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * RFC 5322 3.4 with its obsolete forms (4.4), RFC 6854 (groups), RFC 6531 and
 * 6532 (UTF-8). Strict: what can be read in two ways is refused, never
 * guessed. No recursion: comments may nest RFC5322_DEPTH_MAX deep. Encoded-
 * words are never decoded, so none can turn into an address.
 */
#ifndef SMTP_RFC5322_H
#define SMTP_RFC5322_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "buf.h"

enum {
	RFC5322_DEPTH_MAX = 64,    /* comments in comments */
	RFC5322_LIST_MAX = 100000, /* addresses in a list */
	RFC5322_LOCAL_MAX = 64,    /* RFC 5321 4.5.3.1.1, as emitted */
	RFC5322_PATH_MAX = 256     /* RFC 5321 4.5.3.1.3, with "<>" */
};

/* What a list may hold besides full addresses. */
enum rfc5322_flags {
	RFC5322_NULL_OK = 1,       /* the null address, <> */
	RFC5322_UNQUALIFIED_OK = 2 /* a local part alone, as in "root" */
};

/* Octets of the source: from start up to, not including, end. */
struct rfc5322_span {
	size_t start;
	size_t end;
};

/* One address. The strings are owned by the list. */
struct rfc5322_address {
	char *name;    /* display name without quotes, perhaps not UTF-8; or
	                  NULL */
	char *comment; /* content of the last comment, or NULL */
	char *local;   /* local part as emitted: dot-string or quoted; "" in
	                  the null address */
	char *domain;  /* without a trailing dot; or the literal; NULL if the
	                  address is unqualified or null */
	bool in_group;
	struct rfc5322_span span; /* all of it but comments at its ends */
	struct rfc5322_span spec; /* local part to domain, no brackets */
};

struct rfc5322_list {
	struct rfc5322_address *items;
	size_t count;
	size_t groups;     /* seen, empty ones too */
	bool cfws;         /* there was white space or a comment anywhere */
	bool no_memory;    /* why it failed, if it did */
	const char *error; /* a few words, static; NULL after success */
	size_t error_at;   /* the octet of the source where it was noticed */
};

/* Parses an address list, folded or not: a header field's value, or a word
 * of a command line. Empty elements are passed over, so count may be 0; a
 * local part with stray dots is taken and emitted quoted.
 * False: refused or no memory; list then holds no address but says why.
 * Either way it is to be given to rfc5322_list_release(). */
bool rfc5322_list_parse(struct rfc5322_list *list, const char *text, size_t n,
    unsigned flags) SMTP_NONNULL(1);

void rfc5322_list_release(struct rfc5322_list *list) SMTP_NONNULL(1);

/* An envelope mailbox in the form in which it is emitted. */
struct rfc5322_mailbox {
	char *text;         /* "local@domain", "local" or "", owned */
	size_t local_len;   /* octets of text that are the local part */
	const char *domain; /* inside text; NULL: there is none */
	bool ascii;         /* all of it is */
	bool domain_ascii;
};

/* Reads "local@domain", "local" or "" (the null path), without brackets,
 * white space or comments around or in it.
 * False: *m is untouched, *reason (if reason is not NULL) says why in a few
 * static words, and is NULL if there was no memory. */
bool rfc5322_mailbox_check(struct rfc5322_mailbox *m, const char *text,
    const char **reason) SMTP_NONNULL(1, 2);

void rfc5322_mailbox_release(struct rfc5322_mailbox *m) SMTP_NONNULL(1);

/* One header field; pointers into the header. */
struct rfc5322_field {
	const char *name; /* without white space before the colon */
	size_t name_len;
	const char *value; /* from behind the colon; folds are inside */
	size_t value_len;  /* without the last line end */
	const char *start; /* all of it, the last line end included */
	size_t len;
};

enum rfc5322_scan {
	RFC5322_FIELD,    /* *at is behind it */
	RFC5322_END,      /* *at is behind the empty line, or at the end */
	RFC5322_NOT_FIELD /* *at is at a line that is no field; as it was */
};

/* Takes the next field from the header at text + *at. Lines end in CRLF or
 * LF; the last one's end may be missing. */
enum rfc5322_scan rfc5322_field_next(struct rfc5322_field *f, const char *text,
    size_t n, size_t *at) SMTP_NONNULL(1, 4);

/* Appends a field's value unfolded, without white space at its ends. A bare
 * CR or LF becomes a blank, NUL is dropped. False: out refused, unchanged. */
bool rfc5322_unfold(struct buf *out, const char *value, size_t n)
    SMTP_NONNULL(1);

#endif
