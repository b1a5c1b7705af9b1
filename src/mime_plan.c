/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_plan.c - looks at every part, and decides what becomes of it.
 *
 * contract: mime.h.  A part is changed only when it cannot travel as it is;
 * long lines alone never make a message fail.  RFC 6152 3, RFC 1847 2.1.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compose_fields.h"
#include "compose_text.h"
#include "message.h"
#include "mime.h"
#include "mime_encode.h"
#include "mime_walk.h"
#include "rfc5322.h"
#include "text.h"

/* More NUL than this, one in so many octets, is no text. */
#define TEXT_NULS 16

/* What was seen in one leaf. */
struct leaf {
	struct mime_entity entity;
	unsigned long long size, nuls;
	size_t line, longest;
	bool eight_bit;
};

static void begin_leaf(struct leaf *leaf, const struct mime_entity *entity)
{
	memset(leaf, 0, sizeof *leaf);
	leaf->entity = *entity;
}

static void look(struct leaf *leaf, const struct mime_piece *piece)
{
	const char *at = piece->data;
	const char *end = at + piece->n;

	if (piece->lead_len > 0)
		leaf->line = 0;
	leaf->size += piece->lead_len + piece->n;
	leaf->line += piece->n;
	if (leaf->line > leaf->longest)
		leaf->longest = leaf->line;
	if (!leaf->eight_bit)
		leaf->eight_bit = !text_is_ascii(at, piece->n);
	for (; (at = memchr(at, '\0', (size_t)(end - at))) != NULL; at++)
		leaf->nuls++;
}

static bool is_opaque(const struct leaf *leaf)
{
	return leaf->entity.kind == MIME_DATA ||
	       leaf->nuls * TEXT_NULS > leaf->size;
}

/* For a leaf that cannot stay as it is.  must: it cannot be sent so; else its
 * lines are too long. */
static enum mime_action action_for(
    const struct leaf *leaf, bool must, const char **refusal)
{
	const struct mime_entity *e = &leaf->entity;

	if (e->kind == MIME_SEALED || e->encoding == MIME_UNKNOWN) {
		if (must)
			*refusal = e->kind == MIME_SEALED
			               ? e->seal
			               : "a part in an unknown encoding";
		return MIME_KEEP;
	}
	if (e->encoding == MIME_BASE64) {
		if (must && leaf->eight_bit)
			*refusal = "a base64 part with 8-bit octets";
		return MIME_WRAP_BASE64;
	}
	if (e->encoding == MIME_QUOTED)
		return MIME_REQUOTE;
	if (must || e->encoding == MIME_BINARY || !is_opaque(leaf))
		return is_opaque(leaf) ? MIME_TO_BASE64 : MIME_TO_QUOTED;
	return MIME_KEEP; /* long lines in what is no text */
}

static enum mime_action decide(const struct leaf *leaf,
    const struct mime_settings *s, const char **refusal)
{
	bool must = leaf->nuls > 0 || (s->seven_bit && leaf->eight_bit);

	if (!must && leaf->longest <= COMPOSE_LINE_MAX)
		return MIME_KEEP;
	return action_for(leaf, must, refusal);
}

static enum mime_result add_action(
    struct mime_plan *plan, enum mime_action action)
{
	if (plan->n == plan->room) {
		size_t room = plan->room == 0 ? 64 : plan->room * 2;
		unsigned char *grown = realloc(plan->action, room);

		if (grown == NULL)
			return MIME_NO_MEMORY;
		plan->action = grown;
		plan->room = room;
	}
	plan->action[plan->n++] = (unsigned char)action;
	if (action != MIME_KEEP)
		plan->rewrite = true;
	return MIME_PLANNED;
}

/* The body is beyond what is taken apart: it stays, if it may. */
static enum mime_result give_up(
    struct mime_plan *plan, bool must, const char *why)
{
	plan->n = 0;
	plan->given_up = true;
	plan->rewrite = false;
	plan->refusal = must ? why : NULL;
	return must ? MIME_REFUSED : MIME_PLANNED;
}

static enum mime_result failed(struct mime_plan *plan, bool must)
{
	if (errno == EFBIG)
		return give_up(plan, must, "a part with a huge header");
	return errno == ENOMEM ? MIME_NO_MEMORY : MIME_IO_ERROR;
}

/* A header inside the body must have an ASCII form: without SMTPUTF8 there is
 * no other. */
static enum mime_result check_header(
    struct mime_plan *plan, const struct mime_piece *piece)
{
	struct rfc5322_field field;
	struct buf scratch;
	enum mime_result result = MIME_PLANNED;
	size_t at = 0;

	if (text_is_ascii(piece->data, piece->n))
		return MIME_PLANNED;
	buf_init(&scratch, SIZE_MAX);
	while (result == MIME_PLANNED && rfc5322_field_next(&field, piece->data,
					     piece->n, &at) == RFC5322_FIELD) {
		buf_clear(&scratch);
		if (text_is_ascii(field.start, field.len) ||
		    compose_ascii_field(&scratch, &field))
			continue;
		result = scratch.failed
		             ? MIME_NO_MEMORY
		             : give_up(plan, true,
				   "an attached message that needs SMTPUTF8");
	}
	buf_release(&scratch);
	return result;
}

/* A leaf has been seen whole. */
static enum mime_result settle(struct mime_plan *plan, const struct leaf *leaf,
    const struct mime_settings *s, bool must)
{
	const char *refusal = NULL;
	enum mime_action action = decide(leaf, s, &refusal);

	if (refusal != NULL)
		return give_up(plan, true, refusal);
	if (plan->n == MIME_PARTS_MAX)
		return give_up(plan, must, "too many parts");
	return add_action(plan, action);
}

/* What one piece says; *leaf is the one that is being looked at. */
static enum mime_result weigh(struct mime_plan *plan, struct leaf *leaf,
    const struct mime_piece *piece, const struct mime_settings *s, bool must)
{
	switch (piece->kind) {
	case PIECE_FAILED:
		return failed(plan, must);
	case PIECE_HEADER:
		begin_leaf(leaf, &piece->entity);
		return s->seven_bit ? check_header(plan, piece) : MIME_PLANNED;
	case PIECE_CONTENT:
		look(leaf, piece);
		return MIME_PLANNED;
	case PIECE_CONTENT_END:
		look(leaf, piece);
		return settle(plan, leaf, s, must);
	default:
		return MIME_PLANNED;
	}
}

static enum mime_result survey(struct mime_plan *plan, struct mime_walk *walk,
    const struct mime_settings *s, bool must)
{
	enum mime_result result = MIME_PLANNED;
	struct leaf leaf;
	struct mime_piece piece;

	begin_leaf(&leaf, &s->root);
	while (result == MIME_PLANNED && !plan->given_up &&
	       mime_walk_next(walk, &piece) != PIECE_END)
		result = weigh(plan, &leaf, &piece, s, must);
	return result;
}

const char *mime_new_encoding(
    enum mime_action action, enum mime_encoding encoding, bool seven_bit)
{
	if (action == MIME_TO_QUOTED)
		return "quoted-printable";
	if (action == MIME_TO_BASE64)
		return "base64";
	if (seven_bit && (encoding == MIME_8BIT || encoding == MIME_BINARY))
		return "7bit";
	return encoding == MIME_BINARY ? "8bit" : NULL;
}

static bool is_composite(const struct mime_entity *entity)
{
	return entity->kind == MIME_MULTIPART || entity->kind == MIME_MESSAGE;
}

/* What the survey has found becomes the body's own plan. */
static void conclude(
    struct mime_plan *plan, const struct mime_settings *s, bool must)
{
	const struct mime_entity *root = &s->root;
	bool binary = root->encoding == MIME_BINARY;
	enum mime_action action = MIME_KEEP;

	/* Labels inside change, too. */
	if (must || (binary && is_composite(root) && plan->n > 0))
		plan->rewrite = true;
	if (!is_composite(root) && plan->n > 0)
		action = (enum mime_action)plan->action[0];
	plan->encoded = action != MIME_KEEP;
	if (plan->rewrite || binary)
		plan->encoding =
		    mime_new_encoding(action, root->encoding, s->seven_bit);
}

/* Whether there is a reason to look at the parts. */
static bool is_suspect(
    const struct mime_settings *s, const struct message_facts *facts)
{
	return !s->frozen && (facts->longest_line > COMPOSE_LINE_MAX ||
				 s->root.encoding == MIME_BINARY);
}

enum mime_result mime_plan_make(
    struct mime_plan *plan, const struct mime_settings *settings)
{
	const struct message_facts *facts = message_facts(settings->message);
	bool must =
	    facts->body_nul || (settings->seven_bit && facts->body_eight_bit);
	enum mime_result result;
	struct mime_walk *walk;

	memset(plan, 0, sizeof *plan);
	if (!must && !is_suspect(settings, facts))
		return MIME_PLANNED;
	if (settings->frozen)
		return give_up(plan, true, "a body that a signature covers");
	walk = mime_walk_new(settings->message, &settings->root);
	if (walk == NULL)
		return MIME_NO_MEMORY;
	result = survey(plan, walk, settings, must);
	mime_walk_free(walk);
	if (result == MIME_PLANNED)
		conclude(plan, settings, must);
	return result;
}

void mime_plan_release(struct mime_plan *plan)
{
	free(plan->action);
	memset(plan, 0, sizeof *plan);
}
