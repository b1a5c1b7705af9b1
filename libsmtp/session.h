/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * session.h - the blocking driver: the only send, recv and session clock.
 *
 * A plain loop around the engine: do everything that can be done without
 * waiting, then poll once until an absolute deadline.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>

#include "model.h"

/* Runs the session: servers in order, their addresses in order, as many
 * connections as LIMITS wants.  false: session->error says why and no
 * transaction was attempted.  Once the end of a content was sent, no other
 * server is tried for it. */
bool session_run(struct smtp_session *session);

/* Between runs, whether a connection is kept or not: a message is about to
 * go; the connection is to end. */
void session_forget(
    struct smtp_session *session, const struct smtp_message *message);
void session_close(struct smtp_session *session);

#endif
