/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.h - what driver.c and its scenarios share
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Compiles with libESMTP's headers and with ours. A scenario gets a session
 * with server, host name and event callback set, fills it, and starts it as
 * often as it likes.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdio.h>
#include <sys/types.h>

#define LIBESMTP_ENABLE_DEPRECATED_SYMBOLS 1
#include <auth-client.h>
#include <libesmtp.h>
#ifdef DRIVER_WATCHED
#include "watch.h"
#endif

struct run {
	smtp_session_t session;
	smtp_message_t message[8];
	int messages;
	auth_context_t auth;
	int answers; /* events that ask get answer */
	int answer;
	int monitored;
	char seen[3][16384];
};

struct scenario {
	const char *name;
	void (*play)(struct run *run);
};

/* The last one has no name. */
extern const struct scenario scenarios[];

/* Plays one against that server: 0; 1 when there is no session, 2 when there is
 * no such scenario. */
int driver_play(const char *name, const char *server);

/* A message from sender@example.com with this content, no recipient yet. */
smtp_message_t driver_message(struct run *run, const char *text);
/* Runs the session and prints all that came of it. */
void driver_start(struct run *run);
/* What crosses the wire is printed after the run. */
void driver_monitor(struct run *run);
/* A string, or NULL, so that nothing of it is invisible. */
void driver_print(const char *text);

#endif
