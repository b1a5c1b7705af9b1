/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encode.h - how values are written on a command line or in a header field
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every function appends to out. False with out->failed means no memory or
 * out's maximum; false without it means that the input cannot be written in
 * this form. Either way the content of out is as it was before the call.
 * Input with CR, LF or NUL is refused throughout, but for base64.
 */
#ifndef SMTP_ENCODE_H
#define SMTP_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

struct buf;

enum {
	ENCODE_ENVID_MAX = 100, /* encoded, RFC 3461 4.4 */
	ENCODE_ORCPT_MAX = 500, /* with its type, RFC 3461 4.2 */
	ENCODE_AUTH_MAX = 495, /* RFC 4954 3: 500 with " AUTH=", less a blank */
	ENCODE_LINE_SOFT = 78, /* RFC 5322 2.1.1, without CRLF */
	ENCODE_LINE_HARD = 998,
	ENCODE_WORD_MAX = 75 /* one encoded-word, RFC 2047 2 */
};

/* Base64, RFC 4648 4: padded, one line. */
bool encode_base64(struct buf *out, const void *data, size_t n) SMTP_NONNULL(1);

/* Its strict reverse: padding demanded, no white space, no stray bits. */
bool decode_base64(struct buf *out, const char *text, size_t n) SMTP_NONNULL(1);

/* xtext, RFC 3461 4, of octets 32 to 126; anything else is refused. */
bool encode_xtext(struct buf *out, const char *text, size_t n) SMTP_NONNULL(1);

/* Its strict reverse: upper-case digits only, and only what
 * encode_xtext() would have written so. */
bool decode_xtext(struct buf *out, const char *text, size_t n) SMTP_NONNULL(1);

/* utf-8-addr-xtext, RFC 6533 3, or with raw utf-8-addr-unitext (C1 controls
 * and line separators are escaped in both). Refused: not UTF-8, and the
 * controls which that grammar has no escape for: 0, 0A to 0F, 1A to 1F. */
bool encode_utf8_xtext(struct buf *out, const char *text, size_t n, bool raw)
    SMTP_NONNULL(1);

/* The strict reverse of either form. */
bool decode_utf8_xtext(struct buf *out, const char *text, size_t n)
    SMTP_NONNULL(1);

/* The value of ENVID=: xtext of at most ENCODE_ENVID_MAX; not empty. */
bool encode_envid(struct buf *out, const char *text) SMTP_NONNULL(1, 2);

/* The value of ORCPT=. type NULL is rfc822; rfc822 becomes utf-8 where the
 * address is not ASCII, which is then raw only under SMTPUTF8. Other types
 * are an atom before ASCII. At most ENCODE_ORCPT_MAX; address not empty. */
bool encode_orcpt(struct buf *out, const char *type, const char *address,
    bool smtputf8) SMTP_NONNULL(1, 3);

/* The value of AUTH=, RFC 4954 5: xtext of the mailbox, or "<>" if it is NULL
 * or empty, for a submitter nobody vouches for. */
bool encode_auth_mailbox(struct buf *out, const char *mailbox) SMTP_NONNULL(1);

/* An initial response, RFC 4954 4: base64, or "=" for none of length 0. */
bool encode_initial_response(struct buf *out, const void *data, size_t n)
    SMTP_NONNULL(1);

/* A local part given as its plain content, RFC 5321 4.1.2: as a Dot-string
 * where that is allowed, else as a Quoted-string that escapes only " and \.
 * Refused: what is not text_is_harmless(). The length is the caller's. */
bool encode_local_part(struct buf *out, const char *text, size_t n)
    SMTP_NONNULL(1);

/* A quoted-string, RFC 5322 3.2.4, escaping only " and \. Refused: controls
 * of ASCII. Octets from 128 on pass. */
bool encode_quoted(struct buf *out, const char *text, size_t n) SMTP_NONNULL(1);

/* A display name, RFC 5322 phrase: atoms, or a quoted-string, or encoded-words
 * (RFC 2047; UTF-8, or unknown-8bit if it is not that) where it is not ASCII
 * or could be taken for one. column is where it will start in its line; lines
 * are folded with CRLF and a blank. Refused: controls other than TAB. */
bool encode_phrase(struct buf *out, const char *text, size_t n, size_t column)
    SMTP_NONNULL(1);

/* Unstructured text, as in Subject, that is not folded: words with other than
 * printable ASCII become encoded-words, all else stays, lines are folded as
 * for encode_phrase(). Refused: CR, LF, NUL, a word that no line can hold. */
bool encode_unstructured(
    struct buf *out, const char *text, size_t n, size_t column) SMTP_NONNULL(1);

/* A whole header field, "Name: value" without its last line end: folded with
 * CRLF before white space, to at most 78 octets a line where there is some.
 * Folds that are there (LF or CRLF and white space) are kept, as CRLF.
 * Refused: a piece without white space of more than 998 octets, bare CR, LF
 * without white space behind it, NUL. */
bool encode_fold(struct buf *out, const char *field, size_t n) SMTP_NONNULL(1);

#endif
