/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_fields.h - what becomes of each header field.
 *
 * One pass over a message's header section: fields are dropped, repaired or
 * left alone, and those that RFC 5322 wants and the message lacks are added.
 */
#ifndef COMPOSE_FIELDS_H
#define COMPOSE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "buf.h"

struct compose_settings;
struct message;
struct rfc5322_field;

struct compose_pass {
	const struct message *message;
	const struct compose_settings *settings;
	struct address_context context;
	struct buf out;
	unsigned seen;    /* bits of fields that were passed on */
	bool header_utf8; /* SMTPUTF8 is needed to send it */
	char *message_id;
	char *replaced_from; /* value of a From that was forced away */
};

enum compose_fate {
	FIELD_AS_IT_IS, /* the caller copies it */
	FIELD_DONE,     /* dropped, or put already */
	FIELD_FAILED    /* no memory */
};

enum compose_fate compose_field(
    struct compose_pass *pass, const struct rfc5322_field *field);

/* Date, Message-ID, From, To, Reply-To and the account's own fields. */
bool compose_missing_fields(struct compose_pass *pass);

/* Lines with CRLF ends; a bare CR becomes a blank, NUL is dropped, a line of
 * more than 998 octets is folded. */
bool compose_put_lines(struct buf *out, const char *text, size_t n);

#endif
