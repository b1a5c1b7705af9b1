/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_fields.h - what becomes of each header field.
 *
 * One pass over a message's header section: fields are dropped, repaired or
 * left alone (compose_fields.c), and those that RFC 5322 wants and the
 * message lacks are added (compose_missing.c).
 */
#ifndef COMPOSE_FIELDS_H
#define COMPOSE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "address.h"
#include "buf.h"

struct compose_settings;
struct message;
struct rfc5322_field;

/* Fields that decide what is added. */
enum compose_seen {
	SEEN_DATE = 1,
	SEEN_MESSAGE_ID = 2,
	SEEN_FROM = 4,
	SEEN_SENDER = 8,
	SEEN_REPLY_TO = 16,
	SEEN_DESTINATION = 32, /* To, Cc, or a Bcc that is kept */
	SEEN_RESENT_FROM = 64,
	SEEN_RESENT_DATE = 128,
	SEEN_RESENT_ID = 256,
	SEEN_MIME_VERSION = 512,
	SEEN_CONTENT_TYPE = 1024,
	SEEN_ENCODING = 2048
};

struct compose_pass {
	const struct message *message;
	const struct compose_settings *settings;
	struct address_context context;
	/* The body's encoding has changed: its new name.  NULL: it has not. */
	const char *encoding;
	bool encoded;     /* it was 7bit, 8bit or binary, and is no more */
	bool simple_body; /* without parts: it may be declared as 8-bit text */
	/* Results. */
	struct buf out;
	char *message_id;
	bool header_utf8; /* SMTPUTF8 is needed to send it */
	/* On the way. */
	time_t now;
	unsigned seen;       /* of enum compose_seen, what was passed on */
	bool resent_done;    /* the newest Resent- block is complete */
	size_t from_count;   /* mailboxes in one From */
	char *replaced_from; /* value of a From that was forced away */
};

/* Puts what becomes of the field.  false: no memory. */
bool compose_field(
    struct compose_pass *pass, const struct rfc5322_field *field);
/* Puts a field of our own or of the account's. */
bool compose_own_field(struct compose_pass *pass, const char *text, size_t n);

/* From: by from-policy force. */
bool compose_put_from(struct compose_pass *pass);
/* Resent-Date and Resent-Message-ID, of those that seen lacks. */
bool compose_put_resent(struct compose_pass *pass, unsigned seen);
/* Date, Message-ID, From, Sender, To, Reply-To, MIME's and the account's own
 * fields. */
bool compose_missing_fields(struct compose_pass *pass);

/* Any field in ASCII, without policy, for headers inside the body (parts,
 * attached messages).  false: it has no such form, or no memory
 * (out->failed). */
bool compose_ascii_field(struct buf *out, const struct rfc5322_field *field);

#endif
