/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * connection.h - one connection from greeting to close.
 *
 * The only send, recv and clock of a dialogue.  Owns the descriptor it is
 * given and closes it.  Fires SMTP_EV_CONNECT and SMTP_EV_DISCONNECT, and
 * leaves the connection's facts in the session.  Between two runs it may be
 * paused; whatever the server says then is heard first when it goes on.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdint.h>

#include "engine.h"
#include "model.h"

struct connection_settings {
	const struct server *server;
	const char *address; /* numeric */
	int fd;              /* connected, non-blocking */
	int64_t deadline;    /* of the whole run, 0: none */
};

/* Runs the dialogue to its end.  ENGINE_FAILED: session->error is set.
 * ENGINE_RUNNING: it is paused, and session->kept has it. */
enum engine_outcome connection_run(
    struct smtp_session *session, const struct connection_settings *settings);

/* Goes on with a paused one, likewise; deadline as in the settings. */
enum engine_outcome connection_resume(
    struct smtp_session *session, int64_t deadline);
/* A paused one, if there is one: forgets a message that is about to go. */
void connection_forget(
    struct smtp_session *session, const struct smtp_message *message);
/* Ends a paused one with QUIT, if there is one. */
void connection_end(struct smtp_session *session);

#endif
