/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * net.h - names to addresses to one connected, non-blocking socket.
 *
 * All addresses of a name (16 at most, X-27), both families interleaved,
 * the next attempt after 250 ms or a failure (RFC 8305), IPv6 literals and
 * zones, Unix sockets, source address, TCP_NODELAY, close-on-exec.  One
 * absolute deadline on the monotonic clock.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

struct sockaddr;

/* Long enough for net_address_text() of any address. */
#define NET_TEXT_MAX 128

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t net_now(void);

struct net_addresses;

/* NULL: session->error says why (cause RESOLVE, NO_HOST, CONNECT). */
struct net_addresses *net_resolve(
    struct smtp_session *session, const struct server *server);
void net_addresses_free(struct net_addresses *a);
/* The address of the last success may be connected to once more. */
void net_again(struct net_addresses *a);

/* Connects to the first address that answers among those not tried yet, and
 * marks it (and those that failed) as tried; -1: none is left, the deadline
 * passed, or the session was cancelled: session->error says which.  text
 * (NET_TEXT_MAX) receives the numeric address. */
int net_connect(struct smtp_session *session, struct net_addresses *a,
    int64_t deadline, char *text);

/* The system's words for an errno value. */
void net_error_text(int errno_value, char *text, size_t size);
/* "192.0.2.1:25", "[2001:db8::1]:25", or a socket's path. */
void net_address_text(const struct sockaddr *address, char *text, size_t size);
/* RFC 5321 4.1.3: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
void net_literal(const struct sockaddr *address, char *text, size_t size);

#endif
