/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * connection.h - one connection from greeting to close.
 *
 * The only send, recv and clock of a dialogue.  Owns the descriptor it is
 * given and closes it.  Fires SMTP_EV_CONNECT and SMTP_EV_DISCONNECT, and
 * leaves the connection's facts in the session.
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

/* Runs the dialogue to its end.  ENGINE_FAILED: session->error is set. */
enum engine_outcome connection_run(
    struct smtp_session *session, const struct connection_settings *settings);

#endif
