/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* body_section.c - a message's header section, cut into fields
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Line after line is collected until the next one shows that the field is
 * complete. A line that cannot be a field is taken for the body's first, with
 * a blank line before it: passed on as it is, it would swallow the fields that
 * are added behind it. The "From " line of a mailbox file is left out. Never
 * decides about a field: header.c does. RFC 5322 2.2, 4.5.
 */
#include "body_section.h"

#include <string.h>

#include "header.h"
#include "text.h"

/* How far one call looks for a line's end. */
enum { SECTION_STEP = 4096 };

/* UTF-8's byte order mark, which some editors put before the first field. */
static const char MARK[] = "\xEF\xBB\xBF";
enum { MARK_SIZE = sizeof MARK - 1 };

enum line_kind { LINE_EMPTY, LINE_FOLDED, LINE_FIELD, LINE_MBOX, LINE_OTHER };

void section_init(struct section *s, struct header_pass *pass, bool as_it_is)
{
	*s = (struct section){.pass = pass, .as_it_is = as_it_is};
	buf_init(&s->text, SIZE_MAX);
}

void section_release(struct section *s)
{
	buf_release(&s->text);
}

/* Whether a time of day stands in it: text may begin with "From ", too. */
static bool has_time(const char *s, size_t n)
{
	for (size_t i = 2; i + 2 < n; i++) {
		if (s[i] == ':' && text_is_digit((unsigned char)s[i - 1]) &&
		    text_is_digit((unsigned char)s[i + 1]) &&
		    text_is_digit((unsigned char)s[i + 2]))
			return true;
	}
	return false;
}

static bool is_mbox_line(const char *s, size_t n)
{
	if (n > 0 && *s == '>') {
		s++;
		n--;
	}
	return n > 5 && memcmp(s, "From ", 5) == 0 && has_time(s, n);
}

/* The unfinished line, as far as it has been read. */
static enum line_kind kind_of(const struct section *s)
{
	const char *line = (const char *)buf_head(&s->text) + s->line;
	size_t n = s->text.len - s->line;

	if (n > 0 && (*line == ' ' || *line == '\t'))
		return s->line > 0 ? LINE_FOLDED : LINE_OTHER;
	if (n > 0 && *line == '\r')
		return LINE_EMPTY;
	if (header_name_length(line, n) > 0)
		return LINE_FIELD;
	if (!s->started && s->line == 0 && !s->as_it_is &&
	    is_mbox_line(line, n))
		return LINE_MBOX;
	return LINE_OTHER;
}

static void drop_mark(struct section *s)
{
	const char *text = (const char *)buf_head(&s->text);

	if (s->started || s->as_it_is || s->line > 0 ||
	    s->text.len < MARK_SIZE || memcmp(text, MARK, MARK_SIZE) != 0)
		return;
	if (header_name_length(text + MARK_SIZE, s->text.len - MARK_SIZE) > 0)
		buf_consume(&s->text, MARK_SIZE);
}

/* Hands on the field before the unfinished line. */
static bool flush(struct section *s, struct buf *out)
{
	size_t n = s->line;
	bool ok = true;

	if (n > 0) {
		ok = header_field(
		    s->pass, (const char *)buf_head(&s->text), n, out);
		buf_consume(&s->text, n);
		s->started = true;
	}
	s->line = 0;
	return ok;
}

/* Hands on all of the text as the beginning of a field whose rest follows. */
static bool begin_long(struct section *s, bool inside_line, struct buf *out)
{
	s->line = s->text.len;
	s->long_field = true;
	s->inside_line = inside_line;
	return flush(s, out);
}

/* Ends the section; blank: before what follows goes a blank line. */
static enum section_state finish(struct section *s, bool blank, struct buf *out)
{
	bool ok = flush(s, out) && header_finish(s->pass, out);

	if (blank)
		ok = buf_puts(out, "\r\n") && ok;
	return ok ? SECTION_OVER : SECTION_FAILED;
}

/* Decides about a line: whole with its CRLF, or too long to be kept. */
static enum section_state take_line(
    struct section *s, bool whole, struct buf *out)
{
	enum line_kind kind;
	bool ok = true;

	drop_mark(s);
	kind = kind_of(s);
	switch (kind == LINE_MBOX && !whole ? LINE_OTHER : kind) {
	case LINE_EMPTY:
		buf_truncate(&s->text, s->line);
		return finish(s, true, out);
	case LINE_OTHER:
		return finish(s, !s->as_it_is, out);
	case LINE_MBOX:
		buf_truncate(&s->text, 0);
		break;
	case LINE_FIELD:
		ok = flush(s, out);
		break;
	case LINE_FOLDED:
		break;
	}
	if (whole)
		s->line = s->text.len;
	if (ok && (!whole || s->text.len > SECTION_FIELD_MAX))
		ok = begin_long(s, !whole, out);
	return ok ? SECTION_MORE : SECTION_FAILED;
}

/* Text of a field that was too long already. False: it is no more of it. */
static bool take_rest(
    struct section *s, bool whole, struct buf *out, bool *failed)
{
	const unsigned char *text = buf_head(&s->text);

	if (!s->long_field)
		return false;
	if (!s->inside_line && *text != ' ' && *text != '\t') {
		s->long_field = false;
		return false;
	}
	if (!header_more(s->pass, (const char *)text, s->text.len, out))
		*failed = true;
	buf_clear(&s->text);
	s->inside_line = !whole;
	return true;
}

/* Text has grown, by the rest of a line if whole. */
static enum section_state digest(struct section *s, bool whole, struct buf *out)
{
	bool failed = s->text.failed;

	if (failed)
		return SECTION_FAILED;
	if (s->text.len == 0)
		return SECTION_MORE;
	if (take_rest(s, whole, out, &failed))
		return failed ? SECTION_FAILED : SECTION_MORE;
	if (whole || s->text.len - s->line > SECTION_FIELD_MAX)
		return take_line(s, whole, out);
	return SECTION_MORE;
}

enum section_state section_feed(struct section *s, const char *data, size_t n,
    size_t *taken, struct buf *out)
{
	const char *lf, *cr;
	size_t line = n < SECTION_STEP ? n : SECTION_STEP;
	bool whole = false;

	*taken = 0;
	if (n == 0)
		return SECTION_MORE;
	if (s->after_cr && *data == '\n') {
		s->after_cr = false;
		*taken = 1;
		return SECTION_MORE;
	}
	lf = memchr(data, '\n', line);
	line = lf ? (size_t)(lf - data) : line;
	cr = memchr(data, '\r', line);
	line = cr ? (size_t)(cr - data) : line;
	whole = lf || cr;
	s->after_cr = cr != NULL;
	buf_append(&s->text, data, line);
	if (whole)
		buf_puts(&s->text, "\r\n");
	*taken = whole ? line + 1 : line;
	return digest(s, whole, out);
}

enum section_state section_end(struct section *s, struct buf *out)
{
	enum section_state state = SECTION_MORE;

	s->after_cr = false;
	if (s->text.len > s->line || s->inside_line) {
		buf_puts(&s->text, "\r\n");
		state = digest(s, true, out);
	}
	return state == SECTION_MORE ? finish(s, !s->as_it_is, out) : state;
}
