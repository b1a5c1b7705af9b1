/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime.h - a body in another encoding, where it cannot be sent as it is.
 *
 * For a server without 8BITMIME, for lines over 998 octets in text, for NUL,
 * and for what calls itself binary.  Two steps: a plan, made by one walk over
 * all parts; then the body anew, piece by piece, any number of times.  Parts
 * that a signature covers are never changed.  RFC 2045, 2046, 6152 3.
 */
#ifndef MIME_H
#define MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct message;

/* Multiparts and messages in one another; deeper ones stay as they are. */
#define MIME_DEPTH_MAX 64
/* RFC 2046 5.1.1 allows 70; some writers take more. */
#define MIME_BOUNDARY_MAX 200
#define MIME_PARTS_MAX 100000

enum mime_kind {
	MIME_TEXT,
	MIME_DATA,      /* any other leaf */
	MIME_MULTIPART, /* with a boundary */
	MIME_MESSAGE,   /* message/rfc822, message/global */
	MIME_SEALED     /* may not be encoded: signed, or of no known form */
};

enum mime_encoding {
	MIME_7BIT, /* or no field */
	MIME_8BIT,
	MIME_BINARY,
	MIME_QUOTED,
	MIME_BASE64,
	MIME_UNKNOWN
};

/* What a header section says of the body behind it. */
struct mime_entity {
	enum mime_kind kind;
	enum mime_encoding encoding;
	bool digest;      /* multipart/digest: its parts are messages */
	const char *seal; /* MIME_SEALED: what it is, for a complaint */
	char boundary[MIME_BOUNDARY_MAX + 1];
};

/* in_digest: a part without Content-Type is a message.  false: no memory. */
bool mime_entity_parse(
    struct mime_entity *entity, const char *header, size_t n, bool in_digest);

struct mime_settings {
	const struct message *message;
	struct mime_entity root; /* of the message's own header */
	bool seven_bit;          /* nothing over 0x7F may be left */
	bool frozen;             /* a signature in the header covers the body */
};

enum mime_result {
	MIME_PLANNED,
	MIME_REFUSED, /* plan->refusal says why */
	MIME_NO_MEMORY,
	MIME_IO_ERROR /* errno: the stored body cannot be read */
};

struct mime_plan {
	unsigned char *action; /* of each leaf, enum mime_action; owned */
	size_t n, room;
	bool given_up;        /* it is beyond what is taken apart */
	bool rewrite;         /* the body is not sent as it came */
	bool encoded;         /* the root itself, which has no parts */
	const char *encoding; /* new name of the root's, or NULL */
	const char *refusal;  /* what the message has: "a signed part" */
};

/* Nothing to do costs nothing: the body is read only when its facts, or the
 * root's encoding, ask for it. */
enum mime_result mime_plan_make(
    struct mime_plan *plan, const struct mime_settings *settings);
void mime_plan_release(struct mime_plan *plan);

struct mime_stream;

/* The body by plan, from its start; both must outlive it.  NULL: no memory. */
struct mime_stream *mime_stream_new(
    const struct mime_settings *settings, const struct mime_plan *plan);
void mime_stream_free(struct mime_stream *stream);
/* Appends to out until it holds mark octets, or the body has ended
 * (mime_stream_ended()).  CRLF ends every line.  false: errno. */
bool mime_stream_fill(struct mime_stream *stream, struct buf *out, size_t mark);
bool mime_stream_ended(const struct mime_stream *stream);

#endif
