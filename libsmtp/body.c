/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body.c - from the message callback to the octets of DATA or BDAT
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Two phases, each a source of text for one output: body_section.c cuts the
 * header section into fields, then the callback's blocks pass through
 * body_lines.c without another copy. A slice of a block is at most half of
 * the room up to the mark, because a slice can at most double. What the
 * program is to be told waits until the octets are really sent. errno is
 * looked at only when the callback says that it has no more, for stdio sets
 * it casually. Never calls the callback after its second end. RFC 5321 4.5.2.
 */
#include "body.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "body_lines.h"
#include "body_section.h"
#include "header.h"
#include "model.h"

/* A slice stays in the processor's first cache while it is looked at. */
enum { BODY_SLICE = 16 * 1024 };

/* The most that any step appends for one octet, or at the end. */
enum { BODY_STEP_MAX = 8 };

enum phase { PHASE_SECTION, PHASE_CONTENT, PHASE_OVER, PHASE_FAILED };

struct body {
	struct smtp_message *message; /* borrowed */
	struct header_pass *pass;
	struct section section;
	struct body_lines lines;
	struct buf fields; /* of the header section, ready to be sent */
	enum phase phase;
	bool binary;       /* the content is not text */
	const char *block; /* of the callback: what is left of it */
	size_t block_n;
	size_t piece;     /* of what has not been noted yet */
	struct buf notes; /* struct note, each to be told */
	struct buf shown; /* the fields among them, each with a NUL */
	int error;
};

/* One SMTP_EV_MESSAGEDATA to come. */
struct note {
	size_t size;
	bool field; /* it stands in shown */
};

static void forget_context(struct smtp_message *m)
{
	free(m->read_ctx);
	m->read_ctx = NULL;
}

/* The message has been read: from here on its context may be another
 * transmission's. */
static void stop_reading(struct body *b, enum phase phase)
{
	b->phase = phase;
	forget_context(b->message);
}

struct body *body_new(
    struct smtp_message *message, const struct header_facts *facts, bool dots)
{
	struct body *b = calloc(1, sizeof *b);

	assert(message->read != NULL);
	if (!b)
		return NULL;
	b->pass = header_pass_new(message, facts);
	if (!b->pass) {
		free(b);
		return NULL;
	}
	b->message = message;
	b->binary = message->body == E8bitmime_BINARYMIME;
	section_init(&b->section, b->pass, !message->complete_headers);
	body_lines_init(&b->lines);
	b->lines.dots = dots;
	buf_init(&b->fields, SIZE_MAX);
	buf_init(&b->notes, SIZE_MAX);
	buf_init(&b->shown, SIZE_MAX);
	forget_context(message);
	message->read(&message->read_ctx, NULL, message->read_arg);
	return b;
}

void body_free(struct body *b)
{
	if (!b)
		return;
	if (b->phase == PHASE_SECTION || b->phase == PHASE_CONTENT)
		forget_context(b->message);
	section_release(&b->section);
	buf_release(&b->fields);
	buf_release(&b->notes);
	buf_release(&b->shown);
	header_pass_free(b->pass);
	free(b);
}

void body_set_dots(struct body *b, bool dots)
{
	assert(b->lines.size == 0);
	b->lines.dots = dots;
}

static void fail(struct body *b, int error)
{
	if (b->phase == PHASE_SECTION || b->phase == PHASE_CONTENT)
		stop_reading(b, PHASE_FAILED);
	b->phase = PHASE_FAILED;
	b->error = error;
}

/* Asks for the next block. False: there is none, now. */
static bool fetch(struct body *b)
{
	struct smtp_message *m = b->message;
	int n = 0;

	errno = 0;
	b->block = m->read(&m->read_ctx, &n, m->read_arg);
	if (b->block && n > 0) {
		b->block_n = (size_t)n;
		return true;
	}
	b->block_n = 0;
	if (errno != 0)
		fail(b, errno);
	return false;
}

/*
 * What the program is told
 */

static bool watched(const struct body *b)
{
	const struct smtp_session *s = b->message->session;

	return s->event || (s->monitor && s->monitor_headers);
}

static void note_piece(struct body *b, size_t n, bool field)
{
	struct note note = {.size = n, .field = field};

	if (n > 0 && (field || b->message->session->event) &&
	    !buf_append(&b->notes, &note, sizeof note))
		fail(b, ENOMEM);
}

static void note_field(struct body *b, const unsigned char *field, size_t n)
{
	const struct smtp_session *s = b->message->session;
	bool shown = s->monitor && s->monitor_headers && n <= INT_MAX;

	if (shown &&
	    (!buf_append(&b->shown, field, n) || !buf_putc(&b->shown, '\0')))
		fail(b, ENOMEM);
	else
		note_piece(b, n, shown);
}

void body_report(struct body *b)
{
	struct smtp_session *s = b->message->session;
	struct note note;

	while (b->notes.len > 0) {
		memcpy(&note, buf_head(&b->notes), sizeof note);
		buf_consume(&b->notes, sizeof note);
		if (s->event)
			s->event(s, SMTP_EV_MESSAGEDATA, s->event_arg,
			    b->message,
			    note.size < INT_MAX ? (int)note.size : INT_MAX);
		if (!note.field)
			continue;
		if (s->monitor)
			s->monitor((const char *)buf_head(&b->shown),
			    (int)note.size, SMTP_CB_HEADERS, s->monitor_arg);
		buf_consume(&b->shown, note.size + 1);
	}
}

/* The size of the field at the head of text; 0 for the blank line. */
static size_t field_size(const unsigned char *text, size_t n)
{
	size_t size = 0;

	if (n >= 2 && memcmp(text, "\r\n", 2) == 0)
		return 0;
	do {
		const unsigned char *lf = memchr(text + size, '\n', n - size);

		size = lf ? (size_t)(lf - text) + 1 : n;
	} while (size < n && (text[size] == ' ' || text[size] == '\t'));
	return size;
}

/* Notes the fields that the header section has just given. */
static void note_fields(struct body *b)
{
	const unsigned char *text = buf_head(&b->fields);
	size_t n = b->fields.len;
	size_t size;

	while (n > 0 && (size = field_size(text, n)) > 0) {
		note_field(b, text, size);
		text += size;
		n -= size;
	}
}

/* Notes each line that ends in text, which out has got for DATA. */
static void note_lines(struct body *b, const unsigned char *text, size_t n)
{
	while (n > 0) {
		const unsigned char *lf = memchr(text, '\n', n);
		size_t size = lf ? (size_t)(lf - text) + 1 : n;
		/* The dot that was added is not the program's. */
		bool added = b->piece == 0 && *text == '.';

		b->piece += added ? size - 1 : size;
		if (lf) {
			note_piece(b, b->piece, false);
			b->piece = 0;
		}
		text += size;
		n -= size;
	}
}

/*
 * The two sources
 */

/* All that it gave has been sent when it is asked for more. */
static void read_section(struct body *b)
{
	enum section_state state;
	size_t taken;

	if (b->block_n > 0 || fetch(b)) {
		state = section_feed(
		    &b->section, b->block, b->block_n, &taken, &b->fields);
		b->block += taken;
		b->block_n -= taken;
	} else if (b->phase == PHASE_FAILED) {
		return;
	} else {
		/* An end before the body is not the message's end yet. */
		state = section_end(&b->section, &b->fields);
	}
	if (state == SECTION_OVER)
		b->phase = PHASE_CONTENT;
	if (state == SECTION_FAILED)
		fail(b, ENOMEM);
	else if (watched(b))
		note_fields(b);
}

/* Sends at most n octets of the fields. */
static void put_fields(struct body *b, size_t n, struct buf *out)
{
	if (n > b->fields.len)
		n = b->fields.len;
	if (!body_lines_put(&b->lines, buf_head(&b->fields), n, out))
		fail(b, ENOMEM);
	buf_consume(&b->fields, n);
}

static void put_content(
    struct body *b, const void *data, size_t n, struct buf *out)
{
	unsigned long long size = b->lines.size;
	size_t start = out->len;
	bool ok;

	if (b->binary && !b->lines.dots)
		ok = body_lines_raw(&b->lines, data, n, out);
	else
		ok = body_lines_put(&b->lines, data, n, out);
	if (!ok)
		fail(b, ENOMEM);
	else if (!b->message->session->event)
		return;
	else if (b->lines.dots)
		note_lines(b, buf_head(out) + start, out->len - start);
	else
		b->piece += (size_t)(b->lines.size - size);
}

/* Sends at most n octets that the section read too much. */
static void put_read_ahead(struct body *b, size_t n, struct buf *out)
{
	struct buf *text = &b->section.text;

	if (n > text->len)
		n = text->len;
	put_content(b, buf_head(text), n, out);
	buf_consume(text, n);
}

static void finish(struct body *b, struct buf *out)
{
	stop_reading(b, PHASE_OVER);
	if (b->lines.dots || !b->binary) {
		b->piece += b->lines.line_start ? 0 : 2;
		if (!body_lines_end(&b->lines, out))
			fail(b, ENOMEM);
	}
	note_piece(b, b->piece, false);
}

/* Without dots a block is noted when the next one, or the end, is known:
 * the end may add a line end to it. */
static bool next_block(struct body *b)
{
	if (b->block_n > 0)
		return true;
	if (!fetch(b))
		return false;
	if (!b->lines.dots) {
		note_piece(b, b->piece, false);
		b->piece = 0;
	}
	return true;
}

/* Sends at most n octets of the callback's block. */
static void put_block(struct body *b, size_t n, struct buf *out)
{
	if (!next_block(b)) {
		if (b->phase == PHASE_CONTENT)
			finish(b, out);
		return;
	}
	/* The LF of a CRLF that the section saw the first half of. */
	if (b->section.after_cr && *b->block == '\n') {
		b->block++;
		b->block_n--;
	}
	b->section.after_cr = false;
	if (n > b->block_n)
		n = b->block_n;
	put_content(b, b->block, n, out);
	b->block += n;
	b->block_n -= n;
}

/* False: there is nothing more to do. */
static bool step(struct body *b, size_t n, struct buf *out)
{
	if (b->fields.len > 0)
		put_fields(b, n, out);
	else if (b->phase == PHASE_SECTION)
		read_section(b);
	else if (b->phase != PHASE_CONTENT)
		return false;
	else if (b->section.text.len > 0)
		put_read_ahead(b, n, out);
	else
		put_block(b, n, out);
	return true;
}

enum body_state body_pump(struct body *b, struct buf *out, size_t mark)
{
	while (out->len < mark && buf_room(out) >= BODY_STEP_MAX) {
		size_t room = mark - out->len;
		size_t n = (room < buf_room(out) ? room : buf_room(out)) / 2;

		if (n > BODY_SLICE)
			n = BODY_SLICE;
		if (!step(b, n > 0 ? n : 1, out))
			break;
	}
	if (b->phase == PHASE_FAILED)
		return BODY_FAILED;
	return b->phase == PHASE_OVER ? BODY_END : BODY_MORE;
}

unsigned long long body_size(const struct body *b)
{
	return b->lines.size;
}

bool body_eight_bit(const struct body *b)
{
	return b->lines.eight_bit;
}

int body_error(const struct body *b)
{
	return b->error;
}
