/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * mime_walk.c - lines, delimiters and levels.
 *
 * contract: mime_walk.h.  One line is looked at, at a time; a line longer
 * than the block comes in fragments and is no delimiter.  A delimiter of any
 * level ends what stands above that level.  RFC 2046 5.1.
 */
#include "mime_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define BLOCK (64 * 1024)
/* Of one part; a message's own has its limit in message_scan.h. */
#define HEADER_MAX (1024 * 1024)

enum state { IN_STRUCTURE, IN_HEADER, IN_CONTENT };

struct level {
	bool message; /* no boundary of its own */
	bool digest;
	size_t n;
	char boundary[MIME_BOUNDARY_MAX + 1];
};

struct line {
	const char *data;
	size_t n;
	const char *end; /* of the line: "", LF, CR or CRLF */
	size_t end_len;
	bool begins; /* it is not the rest of a longer one */
	bool whole;
};

struct mime_walk {
	const struct message *message;
	unsigned long long offset;
	bool at_end; /* of the stored body */
	size_t at, len;
	bool inside; /* the next line goes on */
	bool peeked;
	struct line line;
	char held[2]; /* line end that was not given out */
	size_t held_len;
	char lead[2]; /* the one of the piece at hand */
	enum state state;
	struct buf header;
	bool header_of_message;
	struct level level[MIME_DEPTH_MAX];
	size_t depth;
	char block[BLOCK];
};

static void push(struct mime_walk *w, const struct mime_entity *entity)
{
	struct level *level = &w->level[w->depth++];

	level->message = entity->kind == MIME_MESSAGE;
	level->digest = entity->digest;
	level->n = strlen(entity->boundary);
	memcpy(level->boundary, entity->boundary, level->n);
}

/* What stands behind a header section. */
static void enter(struct mime_walk *w, const struct mime_entity *entity)
{
	w->state = IN_CONTENT;
	if (entity->kind == MIME_MULTIPART) {
		push(w, entity);
		w->state = IN_STRUCTURE;
	} else if (entity->kind == MIME_MESSAGE) {
		push(w, entity);
		w->state = IN_HEADER;
		w->header_of_message = true;
	}
}

struct mime_walk *mime_walk_new(
    const struct message *message, const struct mime_entity *root)
{
	struct mime_walk *w = malloc(sizeof *w);

	if (w == NULL)
		return NULL;
	memset(w, 0, offsetof(struct mime_walk, level));
	w->depth = 0;
	w->message = message;
	buf_init(&w->header, HEADER_MAX);
	enter(w, root);
	return w;
}

void mime_walk_free(struct mime_walk *walk)
{
	if (walk == NULL)
		return;
	buf_release(&walk->header);
	free(walk);
}

/* More of the body behind what is there; false: errno. */
static bool fill(struct mime_walk *w)
{
	long got;

	memmove(w->block, w->block + w->at, w->len - w->at);
	w->len -= w->at;
	w->at = 0;
	got = message_body_read(
	    w->message, w->offset, w->block + w->len, BLOCK - w->len);
	if (got < 0)
		return false;
	w->at_end = got == 0;
	w->offset += (unsigned long long)got;
	w->len += (size_t)got;
	return true;
}

/* The first line end in the block; NULL: none. */
static const char *find_end(const char *text, size_t n)
{
	const char *lf = memchr(text, '\n', n);
	const char *cr =
	    memchr(text, '\r', lf == NULL ? n : (size_t)(lf - text));

	return cr == NULL ? lf : cr;
}

static void take_line(struct mime_walk *w, const char *end)
{
	struct line *line = &w->line;

	line->data = w->block + w->at;
	line->n = (size_t)(end - line->data);
	line->end = end;
	line->end_len = 0;
	if (end < w->block + w->len) /* else the rest comes later, or none */
		line->end_len = end[0] == '\r' && end + 1 < w->block + w->len &&
		                        end[1] == '\n'
		                    ? 2
		                    : 1;
	line->begins = !w->inside;
	w->at += line->n + line->end_len;
	w->inside = line->end_len == 0;
	line->whole = line->begins && (!w->inside || w->at_end);
	w->peeked = true;
}

/* Looks at the next line; false: errno, or 0 at the end. */
static bool peek(struct mime_walk *w)
{
	if (w->peeked)
		return true;
	for (;;) {
		const char *text = w->block + w->at;
		size_t n = w->len - w->at;
		const char *end = find_end(text, n);

		/* A CR is judged by what follows it. */
		if (end != NULL &&
		    (*end == '\n' || end + 1 < text + n || w->at_end)) {
			take_line(w, end);
			return true;
		}
		if (w->at_end || (n == BLOCK && end == NULL)) {
			errno = 0;
			if (n > 0)
				take_line(w, text + n);
			return n > 0;
		}
		if (n == BLOCK) { /* all but the CR */
			take_line(w, end);
			w->at -= w->line.end_len;
			w->line.end_len = 0;
			w->inside = true;
			w->line.whole = false;
			return true;
		}
		if (!fill(w))
			return false;
	}
}

/* The level whose delimiter the line is; *close: it is the last one. */
static bool is_delimiter(
    const struct line *line, const struct level *level, bool *close)
{
	const char *rest = line->data + 2 + level->n;
	size_t n;

	if (level->message || line->n < 2 + level->n ||
	    memcmp(line->data + 2, level->boundary, level->n) != 0)
		return false;
	n = line->n - 2 - level->n;
	*close = n >= 2 && rest[0] == '-' && rest[1] == '-';
	if (*close) {
		rest += 2;
		n -= 2;
	}
	while (n > 0 && (rest[n - 1] == ' ' || rest[n - 1] == '\t'))
		n--;
	return n == 0;
}

/* The depth at which the line at hand is a delimiter; 0: it is none. */
static size_t delimits(const struct mime_walk *w, bool *close)
{
	const struct line *line = &w->line;

	if (!line->whole || line->n < 2 || line->data[0] != '-' ||
	    line->data[1] != '-')
		return 0;
	for (size_t i = w->depth; i > 0; i--)
		if (is_delimiter(line, &w->level[i - 1], close))
			return i;
	return 0;
}

static void hold(struct mime_walk *w, const struct line *line)
{
	memcpy(w->held, line->end, line->end_len);
	w->held_len = line->end_len;
}

/* Gives out the line end that is held. */
static void lead(struct mime_walk *w, struct mime_piece *piece)
{
	memcpy(w->lead, w->held, w->held_len);
	piece->lead = w->lead;
	piece->lead_len = w->held_len;
	w->held_len = 0;
}

static enum mime_piece_kind give(
    struct mime_walk *w, struct mime_piece *piece, enum mime_piece_kind kind)
{
	lead(w, piece);
	if (w->peeked) {
		piece->data = w->line.data;
		piece->n = w->line.n;
		hold(w, &w->line);
		w->peeked = false;
	}
	return piece->kind = kind;
}

static enum mime_piece_kind give_header(
    struct mime_walk *w, struct mime_piece *piece)
{
	bool digest = w->depth > 0 && w->level[w->depth - 1].digest;

	piece->kind = PIECE_HEADER;
	piece->data = (const char *)buf_head(&w->header);
	piece->n = w->header.len;
	piece->of_message = w->header_of_message;
	if (!mime_entity_parse(&piece->entity, piece->data, piece->n,
		digest && !piece->of_message)) {
		errno = ENOMEM;
		return piece->kind = PIECE_FAILED;
	}
	if (w->depth == MIME_DEPTH_MAX &&
	    (piece->entity.kind == MIME_MULTIPART ||
		piece->entity.kind == MIME_MESSAGE)) {
		piece->entity.kind = MIME_SEALED;
		piece->entity.seal = "a part that is nested too deep";
	}
	enter(w, &piece->entity);
	return PIECE_HEADER;
}

static bool is_header_line(const struct mime_walk *w)
{
	const struct line *line = &w->line;
	size_t i = 0;

	if (!line->begins)
		return true;
	if (line->n > 0 && (line->data[0] == ' ' || line->data[0] == '\t'))
		return w->header.len > 0;
	while (i < line->n && line->data[i] > ' ' && line->data[i] < 0x7F &&
	       line->data[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < line->n && (line->data[i] == ' ' || line->data[i] == '\t'))
		i++;
	return i < line->n && line->data[i] == ':';
}

/* Collects a header section.  A bare CR in it is as good as LF here. */
static enum mime_piece_kind next_in_header(
    struct mime_walk *w, struct mime_piece *piece)
{
	bool close, too_large = false;

	lead(w, piece);
	buf_clear(&w->header);
	piece->complete = false;
	while (!piece->complete && peek(w) && delimits(w, &close) == 0) {
		piece->complete = w->line.begins && w->line.n == 0;
		if (!piece->complete && !is_header_line(w))
			break;
		too_large = too_large || buf_room(&w->header) <= w->line.n;
		buf_append(&w->header, w->line.data, w->line.n);
		if (w->line.end_len > 0)
			buf_putc(&w->header, '\n');
		w->peeked = false;
	}
	if (!w->peeked && !piece->complete && errno != 0)
		return piece->kind = PIECE_FAILED;
	if (w->header.failed) {
		errno = too_large ? EFBIG : ENOMEM;
		return piece->kind = PIECE_FAILED;
	}
	return give_header(w, piece);
}

static enum mime_piece_kind next_in_structure(
    struct mime_walk *w, struct mime_piece *piece)
{
	bool close = false;
	size_t depth;

	if (!peek(w)) {
		if (errno != 0)
			return piece->kind = PIECE_FAILED;
		if (w->held_len == 0)
			return piece->kind = PIECE_END;
		return give(w, piece, PIECE_STRUCTURE);
	}
	depth = delimits(w, &close);
	give(w, piece, PIECE_STRUCTURE);
	if (depth == 0)
		return PIECE_STRUCTURE;
	w->depth = close ? depth - 1 : depth;
	if (close)
		return PIECE_STRUCTURE;
	w->state = IN_HEADER;
	w->header_of_message = false;
	return PIECE_STRUCTURE;
}

static enum mime_piece_kind next_in_content(
    struct mime_walk *w, struct mime_piece *piece)
{
	bool close;
	bool more = peek(w);

	if (!more && errno != 0)
		return piece->kind = PIECE_FAILED;
	if (more && delimits(w, &close) == 0)
		return give(w, piece, PIECE_CONTENT);
	w->state = IN_STRUCTURE;
	/* A line end before a delimiter is the delimiter's. */
	if (!more)
		lead(w, piece);
	return piece->kind = PIECE_CONTENT_END;
}

enum mime_piece_kind mime_walk_next(
    struct mime_walk *walk, struct mime_piece *piece)
{
	piece->lead = piece->data = "";
	piece->lead_len = piece->n = 0;
	switch (walk->state) {
	case IN_HEADER:
		return next_in_header(walk, piece);
	case IN_CONTENT:
		return next_in_content(walk, piece);
	default:
		return next_in_structure(walk, piece);
	}
}
