/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stage.c - plays one transcript against the engine
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What follows one another as S: lines comes in one piece (or octet by octet);
 * then all that the engine has to say is taken, and must be exactly the C:
 * lines that follow: no octet less, and no octet before its turn. So every
 * transcript also tells which commands share a flight.
 */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { TALK_MAX = 1 << 24 };

void stage_fail(struct stage *s, const char *what, const char *detail)
{
	if (s->failed)
		return;
	s->failed = true;
	buf_puts(&s->why, "line ");
	buf_number(&s->why, (unsigned)s->line);
	buf_puts(&s->why, ", ");
	buf_puts(&s->why, s->manner->name);
	buf_puts(&s->why, ": ");
	buf_puts(&s->why, what);
	if (detail) {
		buf_puts(&s->why, ": ");
		buf_puts(&s->why, detail);
	}
}

char *stage_word(char **line)
{
	char *word = *line + strspn(*line, " ");
	char *end = word + strcspn(word, " ");

	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

long stage_number(struct stage *s, const char *word)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || *end)
		stage_fail(s, "not a number", word);
	return n;
}

void stage_decode(struct stage *s, struct buf *out, const char *text)
{
	static const char letters[] = "rnt\\0", octets[] = "\r\n\t\\\0";

	for (; *text; text++) {
		const char *l;

		if (*text != '\\') {
			buf_putc(out, (unsigned char)*text);
		} else if (text[1] == 'x' && text[2] && text[3]) {
			int high = text_hex_value((unsigned char)text[2]);
			int low = text_hex_value((unsigned char)text[3]);

			buf_putc(out, (unsigned char)(high * 16 + low));
			text += 3;
		} else if (text[1] && (l = strchr(letters, text[1]))) {
			buf_putc(out, (unsigned char)octets[l - letters]);
			text++;
		} else {
			stage_fail(s, "unknown escape", text);
		}
	}
}

void stage_filling(struct buf *out, size_t n, size_t skip)
{
	static const char line[] = "0123456789012345678901234567890123456789"
				   "012345678901234567890123456789\r\n";

	skip %= sizeof line - 1;
	while (n > 0) {
		size_t k = sizeof line - 1 - skip;

		k = n < k ? n : k;
		buf_append(out, line + skip, k);
		n -= k;
		skip = 0;
	}
}

/*
 * Octets to and from the engine
 */

static void feed(struct stage *s)
{
	const unsigned char *octets = buf_head(&s->heard);
	size_t n = s->heard.len;
	size_t step = s->manner->feed_octets ? 1 : n;

	for (size_t at = 0; at < n; at += step)
		engine_feed(s->engine, octets + at, step);
	buf_clear(&s->heard);
}

/* Takes at most limit octets of what the engine has to say. */
static void take(struct stage *s, size_t limit)
{
	while (limit > 0) {
		size_t n;
		const unsigned char *octets = engine_out(s->engine, &n);

		if (n == 0)
			return;
		if (s->manner->send_octets)
			n = 1;
		if (n > limit)
			n = limit;
		buf_append(&s->said, octets, n);
		engine_sent(s->engine, n);
		limit -= n;
	}
}

/* Where the two differ, for a human. */
static void show_difference(struct stage *s)
{
	struct buf text;
	const unsigned char *said = buf_head(&s->said);
	const unsigned char *wanted = buf_head(&s->wanted);
	size_t at = 0;

	while (at < s->said.len && at < s->wanted.len && said[at] == wanted[at])
		at++;
	while (at > 0 && said[at - 1] != '\n')
		at--;
	buf_init(&text, 1 << 16);
	buf_puts(&text, "said \"");
	text_clean(&text, said + at, s->said.len - at);
	buf_puts(&text, "\", wanted \"");
	text_clean(&text, wanted + at, s->wanted.len - at);
	buf_puts(&text, "\"");
	stage_fail(s, "the client", buf_cstr(&text));
	buf_release(&text);
}

/* The end of a turn: all was said that was wanted, and nothing else. */
static void settle(struct stage *s)
{
	if (!s->engine)
		return;
	feed(s);
	take(s, TALK_MAX);
	if (s->said.len != s->wanted.len ||
	    memcmp(buf_head(&s->said), buf_head(&s->wanted), s->said.len) != 0)
		show_difference(s);
	buf_clear(&s->said);
	buf_clear(&s->wanted);
}

/*
 * What happens
 */

static void begin(struct stage *s)
{
	if (s->engine)
		return;
	s->engine = engine_new(&s->program.session, &s->program.settings);
	if (!s->engine)
		stage_fail(s, "no engine", NULL);
}

/* Behind a pause. */
static void program_goes_on(struct stage *s, const char *what)
{
	if (strcmp(what, "resumes") == 0)
		engine_resume(s->engine);
	else if (strcmp(what, "forgets") == 0)
		engine_forget(s->engine, s->program.session.last_message);
	else if (strcmp(what, "quits") == 0)
		engine_quit(s->engine);
	else
		stage_fail(s, "unknown happening", what);
}

static void happen(struct stage *s, char *line)
{
	char *what = stage_word(&line);
	struct smtp_session *session = &s->program.session;

	if (strcmp(what, "send") == 0) {
		feed(s);
		take(s, (size_t)stage_number(s, stage_word(&line)));
		return;
	}
	if (strcmp(what, "segment") == 0) {
		feed(s);
		return;
	}
	if (strcmp(what, "forget") == 0) {
		buf_clear(&s->said);
		return;
	}
	/* "now": with octets still unsaid. */
	if (strcmp(what, "now") == 0)
		what = stage_word(&line);
	else
		settle(s);
	if (strcmp(what, "eof") == 0 || strcmp(what, "cut") == 0)
		engine_eof(s->engine, *what == 'e');
	else if (strcmp(what, "timeout") == 0)
		engine_timeout(s->engine);
	else if (strcmp(what, "error") == 0)
		engine_io_error(s->engine, ECONNRESET);
	else if (strcmp(what, "cancel") == 0)
		engine_cancel(s->engine);
	else if (strncmp(what, "tls-", 4) == 0)
		engine_tls_done(s->engine, strcmp(what, "tls-failed") != 0,
		    strcmp(what, "tls-verified") == 0);
	else if (strncmp(what, "program-", 8) == 0)
		program_goes_on(s, what + 8);
	else if (strcmp(what, "settle-deferred") == 0)
		engine_settle(session, Smtpx_DEFERRED);
	else if (strcmp(what, "settle-refused") == 0)
		engine_settle(session, Smtpx_REFUSED);
	else
		stage_fail(s, "unknown happening", what);
}

static void another_connection(struct stage *s)
{
	settle(s);
	engine_free(s->engine);
	s->engine = NULL;
	error_clear(&s->program.session.error);
}

/* "N text": that many lines, %d in them is the line's number. */
static void put_lines(struct stage *s, struct buf *out, char *line)
{
	long n = stage_number(s, stage_word(&line));
	char *number = strstr(line, "%d");

	if (number)
		*number = '\0';
	for (long i = 1; i <= n; i++) {
		stage_decode(s, out, line);
		if (number) {
			buf_number(out, (unsigned long long)i);
			stage_decode(s, out, number + 2);
		}
		buf_puts(out, "\r\n");
	}
}

/* C or S, and how: a line, octets, many lines, filling. */
static void put_speech(struct stage *s, char who, char *line)
{
	struct buf *out = who == 'C' ? &s->wanted : &s->heard;
	char how = line[1];

	begin(s);
	if (who == 'C')
		feed(s);
	else if (s->wanted.len > 0)
		settle(s);
	line += line[2] == ' ' ? 3 : 2;
	if (how == '*') {
		put_lines(s, out, line);
	} else if (how == '#') {
		size_t n = (size_t)stage_number(s, stage_word(&line));

		stage_filling(
		    out, n, *line ? (size_t)stage_number(s, line) : 0);
	} else {
		stage_decode(s, out, line);
		if (how == ':')
			buf_puts(out, "\r\n");
		else if (how != '+')
			stage_fail(s, "unknown line", line);
	}
}

static void put_log(struct stage *s, char *line)
{
	struct buf *out = *line == 'E' ? &s->events : &s->monitor;

	if (*line == 'E')
		s->want_events = true;
	else
		s->want_monitor = true;
	stage_decode(s, out, line + (line[2] == ' ' ? 3 : 2));
	buf_putc(out, '\n');
}

void stage_play(struct stage *s, char *line)
{
	switch (*line) {
	case '\0':
	case '#':
		break;
	case '@':
		stage_setup(s, line + 1);
		break;
	case 'C':
	case 'S':
		put_speech(s, *line, line);
		break;
	case 'E':
	case 'M':
		put_log(s, line);
		break;
	case '!':
		begin(s);
		happen(s, line + 1);
		break;
	case '-':
		another_connection(s);
		break;
	default:
		begin(s);
		/* "?" looks at a turn in the middle too. */
		if (*line == '?' && s->wanted.len == 0)
			feed(s);
		else
			settle(s);
		stage_check(s, line);
	}
}

/*
 * The whole
 */

void stage_open(struct stage *s, const struct manner *manner)
{
	memset(s, 0, sizeof *s);
	program_init(&s->program);
	s->manner = manner;
	buf_init(&s->said, TALK_MAX);
	buf_init(&s->wanted, TALK_MAX);
	buf_init(&s->heard, TALK_MAX);
	buf_init(&s->events, TALK_MAX);
	buf_init(&s->monitor, TALK_MAX);
	buf_init(&s->why, TALK_MAX);
}

static void compare_logs(
    struct stage *s, struct buf *have, struct buf *want, const char *what)
{
	if (have->len == want->len &&
	    memcmp(buf_head(have), buf_head(want), have->len) == 0)
		return;
	buf_puts(have, "-- wanted --\n");
	buf_append(have, buf_head(want), want->len);
	stage_fail(s, what, buf_cstr(have));
}

void stage_end(struct stage *s)
{
	settle(s);
	if (s->want_events)
		compare_logs(s, &s->program.events, &s->events, "events");
	if (s->want_monitor)
		compare_logs(s, &s->program.monitor, &s->monitor, "monitor");
}

void stage_close(struct stage *s)
{
	engine_free(s->engine);
	program_release(&s->program);
	buf_release(&s->said);
	buf_release(&s->wanted);
	buf_release(&s->heard);
	buf_release(&s->events);
	buf_release(&s->monitor);
	buf_release(&s->why);
}
