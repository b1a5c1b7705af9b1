/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay_reply.h - replies to the client of -bs.
 *
 * A server's, cleaned to one line, or our own from an exit status.  Both carry
 * an enhanced code (RFC 2034), and never a 421: the dialogue goes on.
 */
#ifndef RELAY_REPLY_H
#define RELAY_REPLY_H

#include "relay.h"
#include "smtpx.h"

struct diagnostics;

/* Code and enhanced code ("451 4.3.0"), then words. */
void relay_say(struct relay_reply *reply, const char *code, const char *words);
/* The first line of d, behind the code that an exit status reads as. */
void relay_say_status(
    struct relay_reply *reply, int status, const struct diagnostics *d);
/* What the server said, of whom: NULL, or the address that an alias put in
 * the place of the client's. */
void relay_say_reply(
    struct relay_reply *reply, const smtp_status_t *status, const char *whom);
/* A 2yz. */
bool relay_is_good(const struct relay_reply *reply);

#endif
