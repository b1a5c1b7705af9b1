/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * secure.h - what transport.c and the TLS side of the server share
 *
 * transport_credentials(), transport_credentials_release() and
 * transport_handshake() of transport.h are defined in secure.c; the two
 * functions here are what secure.c needs from transport.c. */

#ifndef TESTS_SERVER_SECURE_H
#define TESTS_SERVER_SECURE_H

#include "transport.h"

/* Puts a session over the transport's buffers. */
void transport_attach(struct transport *t);

/* Waits for more of the handshake.  false: the client is gone. */
bool transport_handshake_wait(struct transport *t);

/* "clear", or the protocol's version and the cipher suite. */
void secure_describe(const struct transport *t, char *text, size_t n);

#endif
