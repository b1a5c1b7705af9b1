/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * command.h - the only place where a command line is built.
 *
 * Typed fields in, one line ending in the only CRLF out.  An octet of a field
 * outside 0x20..0x7E (0x21..0x7E in values; UTF-8 only where SMTPUTF8 is in
 * use) refuses the line, and nothing is appended.  MAIL and RCPT parameters
 * stand in one table each, in a fixed order.  False with out->failed means no
 * memory or out's maximum, without it that the line may not be sent.
 * RFC 5321 4.1.1, 1870, 2852, 3030, 3461, 4865, 6152, 6531, 6710, 8689.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "model.h"

/* What decides about parameters. */
struct command_context {
	const struct capabilities *capabilities;
	bool smtputf8;  /* in use for this transaction */
	bool eight_bit; /* the content holds octets over 0x7F */
	bool tls_verified;
	unsigned long long size; /* octets of content, 0: unknown */
	bool by_decided; /* by_time stands, whatever the server's minimum */
	long by_time;    /* instead of the message's */
};

/* verb: EHLO, HELO or LHLO. */
bool command_ehlo(struct buf *out, const char *verb, const char *name);
/* Verb without arguments: STARTTLS, DATA, RSET, QUIT, NOOP, XUSR; and "*",
 * which gives an AUTH exchange up. */
bool command_plain(struct buf *out, const char *verb);
/* response NULL: no initial response; n 0: "=".  A line that would be longer
 * than 512 octets is refused: send it again without (RFC 4954 4). */
bool command_auth(
    struct buf *out, const char *mechanism, const void *response, size_t n);
/* A line of the exchange, base64 of response; n 0: the empty line. */
bool command_auth_response(struct buf *out, const void *response, size_t n);
/* Refuses too what command_missing() says of the message itself, and an
 * address that needs SMTPUTF8 where that is not in use: nothing that matters
 * is left out silently.  DSN not announced is, unless dsn_required. */
bool command_mail(struct buf *out, const struct smtp_message *message,
    const struct command_context *context);
bool command_rcpt(struct buf *out, const struct smtp_recipient *recipient,
    const struct command_context *context);
bool command_bdat(struct buf *out, unsigned long long n, bool last);
/* option: 0 or '@'. */
bool command_etrn(struct buf *out, int option, const char *domain);

/* NULL when every parameter that the message insists on can be sent, else
 * the keyword that is missing (BINARYMIME, CHUNKING, REQUIRETLS, ...) or was
 * announced with limits that the message does not fit (DELIVERBY,
 * FUTURERELEASE).  DSN counts when the session's dsn_required is set;
 * SMTPUTF8 when an address needs it; 8BITMIME when the content is 8-bit or
 * the program said so; DELIVERBY when the message is to be returned.
 * Recipients count as long as they are pending. */
const char *command_missing(
    const struct smtp_message *message, const struct command_context *context);

/* True when a further EHLO after AUTH could bring something this message
 * wants and capabilities lack (Dovecot announces more then). */
bool command_wants_more(
    const struct smtp_message *message, const struct command_context *context);

/* For a whole transaction: some address of it (of its pending recipients) has
 * no ASCII form, or the program asked for SMTPUTF8. */
bool command_needs_smtputf8(const struct smtp_message *message);

/* Checks at API time, typed: a name or address literal for EHLO and ETRN, an
 * ENVID (not empty, 100 characters as xtext), the two parts of an ORCPT. */
bool command_valid_hostname(const char *name);
bool command_valid_envid(const char *envid);
bool command_valid_orcpt(const char *type, const char *address);

#endif
