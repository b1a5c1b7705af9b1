/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stage.h - where a transcript is played: the program, the engine, the checks
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The runner reads lines, the stage knows what they mean. A failure is kept
 * with the number of its line, the first one counts.
 */
#ifndef STAGE_H
#define STAGE_H

#include "program.h"

/* How replies come and commands leave: whole, or octet by octet. */
struct manner {
	const char *name;
	bool feed_octets, send_octets;
	size_t piece; /* of the message callback */
};

struct stage {
	struct program program;
	struct engine *engine;
	const struct manner *manner;
	struct buf said;   /* taken from the engine, not yet compared */
	struct buf wanted; /* C: lines */
	struct buf heard;  /* S: lines not yet fed */
	struct buf events, monitor; /* E: and M: lines */
	bool want_events, want_monitor;
	char logins[256];
	int line; /* of the transcript */
	bool failed;
	struct buf why;
};

void stage_open(struct stage *s, const struct manner *manner);
void stage_close(struct stage *s);
void stage_fail(struct stage *s, const char *what, const char *detail);
/* One line of a transcript, without its line end. */
void stage_play(struct stage *s, char *line);
void stage_end(struct stage *s);

/* stage_setup.c: a line that begins with "@". */
void stage_setup(struct stage *s, char *line);
/* stage_check.c: lines that begin with "=" and "?". */
void stage_check(struct stage *s, char *line);

/* The next word of a line, ended with NUL; "" when there is none. */
char *stage_word(char **line);
long stage_number(struct stage *s, const char *word);
/* Appends text with \r \n \t \\ \0 and \xNN decoded. */
void stage_decode(struct stage *s, struct buf *out, const char *text);
/* n octets of lines of 70 and CRLF, the last one cut, from skip on. */
void stage_filling(struct buf *out, size_t n, size_t skip);

#endif
