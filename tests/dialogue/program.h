/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* program.h - a program that uses the engine, for tests
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Builds sessions, messages and recipients as plain data, logs every event
 * with its arguments and every line the monitor shows, and can log in by
 * mechanisms of a few lines each. The engine is driven by the test itself.
 * Dies when memory is short: it is not the one under test.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "authenticator.h"
#include "buf.h"
#include "engine.h"
#include "model.h"

/* What a mechanism does; names are the real ones, contents are not. */
enum { PROGRAM_MECHANISMS = 8 };

struct program_login {
	const char *names[PROGRAM_MECHANISMS]; /* in our order; NULL ends */
	bool tried[PROGRAM_MECHANISMS];
	const char *name; /* chosen */
	unsigned steps;
	bool satisfied;
	bool refuses; /* the first challenge is not to its liking */
};

/* A message's content, given out in pieces. */
struct program_text {
	struct program_text *next;
	char *octets;
	size_t n, at;
	size_t piece;   /* octets a call; 0: all */
	size_t fail_at; /* the callback fails there; 0: never */
	unsigned rewinds;
};

struct program {
	struct smtp_session session;
	struct authenticator authenticator;
	struct program_login login;
	struct engine_settings settings;
	struct program_text *texts;
	struct buf events;  /* a line each */
	struct buf monitor; /* "C: ..." and "S: ..." lines */
	int quit_event;     /* answered with answer instead of the default */
	int answer;
};

void program_init(struct program *p);
void program_release(struct program *p);
/* from "": null reverse-path. The content goes out octet for octet. */
struct smtp_message *program_message(
    struct program *p, const char *from, const char *text, size_t n);
struct smtp_recipient *program_recipient(
    struct smtp_message *m, const char *to);
struct smtp_etrn_node *program_etrn(
    struct program *p, int option, const char *domain);
/* Mechanisms separated by spaces; the string has to stay. */
void program_login(struct program *p, char *names);
/* The text behind a message. */
struct program_text *program_text(const struct smtp_message *m);
/* Everything back to how it was before a run. */
void program_again(struct program *p);
struct smtp_recipient *program_find(struct program *p, const char *to);

const char *program_verdict(enum smtpx_verdict v);
const char *program_cause(enum smtpx_cause c);
const char *program_outcome(enum engine_outcome o);

#endif
