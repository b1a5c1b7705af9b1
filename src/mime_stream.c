/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_stream.c - the body anew, by the plan.
 *
 * contract: mime.h.  Walks the parts as the plan's survey did, and takes one
 * action after the other.  Holds one block of the source and what was asked
 * for of the result, whatever the body's size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compose_fields.h"
#include "compose_text.h"
#include "message.h"
#include "mime.h"
#include "mime_encode.h"
#include "mime_walk.h"
#include "rfc5322.h"
#include "text.h"

struct mime_stream {
	struct mime_walk *walk;
	const struct mime_plan *plan;
	bool seven_bit;
	size_t next; /* action in the plan */
	struct mime_encoder encoder;
	unsigned char last; /* octet that was put */
	bool ended;
};

static enum mime_action take_action(struct mime_stream *s)
{
	if (s->next == s->plan->n)
		return MIME_KEEP;
	return (enum mime_action)s->plan->action[s->next++];
}

struct mime_stream *mime_stream_new(
    const struct mime_settings *settings, const struct mime_plan *plan)
{
	const struct mime_entity *root = &settings->root;
	struct mime_stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->plan = plan;
	s->seven_bit = settings->seven_bit;
	s->walk = mime_walk_new(settings->message, root);
	if (s->walk == NULL) {
		free(s);
		return NULL;
	}
	if (root->kind != MIME_MULTIPART && root->kind != MIME_MESSAGE)
		mime_encoder_init(&s->encoder, take_action(s));
	return s;
}

void mime_stream_free(struct mime_stream *stream)
{
	if (stream == NULL)
		return;
	mime_walk_free(stream->walk);
	free(stream);
}

static bool is_leaf(const struct mime_entity *entity)
{
	return entity->kind != MIME_MULTIPART && entity->kind != MIME_MESSAGE;
}

/* What no reader looks at: no octet of it may spoil the rest. */
static void put_structure(
    struct mime_stream *s, struct buf *out, const struct mime_piece *piece)
{
	if (piece->lead_len > 0)
		buf_puts(out, "\r\n");
	for (size_t i = 0; i < piece->n; i++) {
		unsigned char c = (unsigned char)piece->data[i];

		if (c != '\0')
			buf_putc(out, c > 0x7F && s->seven_bit ? '?' : c);
	}
}

struct section {
	const char *encoding; /* new name, or NULL */
	bool encoding_put, version_seen;
};

static bool is_named(const struct rfc5322_field *field, const char *name)
{
	return text_equal_nocase(
	    field->name, field->name_len, name, strlen(name));
}

static void put_encoding(struct section *section, struct buf *out)
{
	if (!section->encoding_put) {
		buf_puts(out, "Content-Transfer-Encoding: ");
		buf_puts(out, section->encoding);
		buf_puts(out, "\r\n");
	}
	section->encoding_put = true;
}

static void put_field(struct mime_stream *s, struct section *section,
    struct buf *out, const struct rfc5322_field *field)
{
	if (section->encoding != NULL &&
	    is_named(field, "Content-Transfer-Encoding")) {
		put_encoding(section, out);
		return;
	}
	if (is_named(field, "MIME-Version"))
		section->version_seen = true;
	if (!s->seven_bit || text_is_ascii(field->start, field->len))
		compose_put_lines(out, field->start, field->len);
	else
		compose_ascii_field(out, field);
}

static void put_header(
    struct mime_stream *s, struct buf *out, const struct mime_piece *piece)
{
	enum mime_action action =
	    is_leaf(&piece->entity) ? take_action(s) : MIME_KEEP;
	struct section section = {.encoding = mime_new_encoding(action,
				      piece->entity.encoding, s->seven_bit)};
	struct rfc5322_field field;
	size_t at = 0;

	if (piece->lead_len > 0)
		buf_puts(out, "\r\n");
	while (rfc5322_field_next(&field, piece->data, piece->n, &at) ==
	       RFC5322_FIELD)
		put_field(s, &section, out, &field);
	if (section.encoding != NULL) {
		if (piece->of_message && !section.version_seen)
			buf_puts(out, "MIME-Version: 1.0\r\n");
		put_encoding(&section, out);
	}
	/* The field would be content without an empty line behind it. */
	if (piece->complete || section.encoding != NULL)
		buf_puts(out, "\r\n");
	mime_encoder_init(&s->encoder, action);
}

static void put_content(
    struct mime_stream *s, struct buf *out, const struct mime_piece *piece)
{
	mime_encode_line_end(&s->encoder, out, piece->lead, piece->lead_len);
	mime_encode(&s->encoder, out, piece->data, piece->n);
	if (piece->kind == PIECE_CONTENT_END)
		mime_encode_finish(&s->encoder, out);
}

/* The wire wants the last line ended. */
static void put_end(struct mime_stream *s, struct buf *out)
{
	if (s->last != '\0' && s->last != '\n')
		buf_puts(out, "\r\n");
	s->ended = true;
}

static bool put_piece(struct mime_stream *s, struct buf *out)
{
	struct mime_piece piece;
	size_t before = out->len;

	switch (mime_walk_next(s->walk, &piece)) {
	case PIECE_FAILED:
		return false;
	case PIECE_END:
		put_end(s, out);
		break;
	case PIECE_HEADER:
		put_header(s, out, &piece);
		break;
	case PIECE_STRUCTURE:
		put_structure(s, out, &piece);
		break;
	default:
		put_content(s, out, &piece);
		break;
	}
	if (out->failed) {
		errno = ENOMEM;
		return false;
	}
	if (out->len > before)
		s->last = buf_head(out)[out->len - 1];
	return true;
}

bool mime_stream_fill(struct mime_stream *stream, struct buf *out, size_t mark)
{
	while (!stream->ended && out->len < mark)
		if (!put_piece(stream, out))
			return false;
	return true;
}

bool mime_stream_ended(const struct mime_stream *stream)
{
	return stream->ended;
}
