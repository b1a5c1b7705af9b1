/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - how a failure travels: the first one stays, with its cause
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Guarantee: the text of an error is one line, fits its array, is terminated,
 * and holds foreign words only as text_clean() made them, cut between two
 * characters. With no memory left our own sentence still gets through. Never
 * replaces a failure, never looks at errno or a locale.
 */
#include "error.h"

#include <string.h>

#include "buf.h"
#include "libesmtp.h"
#include "text.h"

/* 1 was never given out; programs that ask for its text get an empty one. */
static const char *const texts[] = {
    [0] = "No error",
    [1] = "",
    [SMTP_ERR_NOTHING_TO_DO] = "Nothing to do",
    [SMTP_ERR_DROPPED_CONNECTION] = "The server dropped the connection",
    [SMTP_ERR_INVALID_RESPONSE_SYNTAX] = "Invalid syntax in a server reply",
    [SMTP_ERR_STATUS_MISMATCH] =
	"The lines of a server reply carry different status codes",
    [SMTP_ERR_INVALID_RESPONSE_STATUS] =
	"The server refuses, or its reply makes no sense here",
    [SMTP_ERR_INVAL] = "Invalid argument in a call of the library",
    [SMTP_ERR_EXTENSION_NOT_AVAILABLE] =
	"The server lacks an extension that is needed",
    [SMTP_ERR_EAI_ADDRFAMILY] =
	"The host has no addresses of the wanted family",
    [SMTP_ERR_EAI_NODATA] = "The host name has no addresses",
    [SMTP_ERR_EAI_FAIL] = "Name resolution failed for good",
    [SMTP_ERR_EAI_AGAIN] = "Name resolution failed for now",
    [SMTP_ERR_EAI_MEMORY] = "Out of memory in name resolution",
    [SMTP_ERR_EAI_FAMILY] = "Address family not supported",
    [SMTP_ERR_EAI_BADFLAGS] = "Invalid flags in name resolution",
    [SMTP_ERR_EAI_NONAME] = "Host name or service not known",
    [SMTP_ERR_EAI_SERVICE] = "Service not known for this kind of socket",
    [SMTP_ERR_EAI_SOCKTYPE] = "Kind of socket not supported",
    [SMTP_ERR_UNTERMINATED_RESPONSE] = "Unterminated server reply",
    [SMTP_ERR_CLIENT_ERROR] = "Client error",
};

const char *error_text(int code)
{
	if (code < 0 || (size_t)code >= sizeof texts / sizeof texts[0])
		return NULL;
	return texts[code];
}

void error_clear(struct error *e)
{
	*e = (struct error){.cause = Smtpx_CAUSE_NONE};
}

/* How many of the n octets at s can stay when only room fit: no character is
 * cut in two. */
static size_t whole_characters(const char *s, size_t n, size_t room)
{
	if (n <= room)
		return n;
	while (room > 0 && ((unsigned char)s[room] & 0xC0) == 0x80)
		room--;
	return room;
}

static void add(struct error *e, const void *text, size_t n)
{
	size_t used = strlen(e->text);

	n = whole_characters(text, n, sizeof e->text - 1 - used);
	memcpy(e->text + used, text, n);
	e->text[used + n] = '\0';
}

/* Cleaning needs memory; without it the words are left out, never raw. */
static void add_foreign(struct error *e, const char *detail)
{
	struct buf clean;

	buf_init(&clean, TEXT_CLEAN_MAX);
	if (text_clean(&clean, detail, strlen(detail)) && clean.len > 0) {
		add(e, ": ", 2);
		add(e, buf_head(&clean), clean.len);
	}
	buf_release(&clean);
}

void error_set(struct error *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail)
{
	if (e->cause != Smtpx_CAUSE_NONE || e->code != 0)
		return;
	e->cause = cause;
	e->code = code;
	e->text[0] = '\0';
	add(e, what, strlen(what));
	if (detail)
		add_foreign(e, detail);
}
