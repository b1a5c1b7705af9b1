/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * transport.h - one connection's octets, in clear or under TLS
 *
 * What is written is held until the client has nothing more to say, so one
 * group of commands is answered by one flight, and flights can be counted.
 * TLS is a transform between two pairs of buffers; only this module touches
 * the socket. */

#ifndef TESTS_SERVER_TRANSPORT_H
#define TESTS_SERVER_TRANSPORT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "octets.h"
#include "options.h"
#include "record.h"

struct transport_tls; /* credentials, shared by all connections */

struct transport {
	int fd;
	const struct options *options;
	struct record *record;
	unsigned long conn;
	gnutls_session_t tls;
	struct octets in;      /* clear, not yet consumed */
	struct octets raw;     /* TLS records, not yet opened */
	struct octets out;     /* clear, not yet sealed */
	struct octets wire;    /* ready to be sent */
	size_t wire_limit;     /* drop after so many octets; SIZE_MAX: never */
	unsigned long flights; /* our turns that the client waited for */
	bool spoke;            /* something was sent in the current turn */
	bool hold;   /* in a chunk: replies wait until all of it has come */
	bool ended;  /* the client will send nothing more */
	bool broken; /* the socket can no longer be used */
	bool client_verified; /* it showed a certificate of --client-ca */
	bool said_goodbye;    /* it sent close_notify */
	char peer[256];       /* the certificate's CN, or "" */
	char sni[256];
};

/* Credentials as the options say; NULL without TLS or when *ok is false. */
struct transport_tls *transport_credentials(
    const struct options *options, bool *ok);
void transport_credentials_release(struct transport_tls *tls);

/* After this call every wait ends as soon as the client is silent. */
void transport_stop(void);
bool transport_stopped(void);

void transport_init(struct transport *t, int fd, const struct options *o);
void transport_release(struct transport *t);

/* Waits for input; before it waits, everything written is sent.  false: there
 * is none and there will be none. */
bool transport_fill(struct transport *t);

/* Whether input is there already; waits for --settle-ms, never longer. */
bool transport_pending(struct transport *t);

void transport_write(struct transport *t, const void *data, size_t n);

/* Octets below TLS. */
void transport_write_wire(struct transport *t, const void *data, size_t n);
void transport_flush(struct transport *t);

/* Runs the handshake.  false: it failed. */
bool transport_handshake(struct transport *t, struct transport_tls *tls);

/* Waits for the first octet of whatever comes, and leaves it there. */
void transport_await(struct transport *t);

/* How a connection ends. */
void transport_drop(struct transport *t);
void transport_reset(struct transport *t);
void transport_close(struct transport *t);

/* Waits ms milliseconds, without reading; ms < 0: until the client is gone. */
void transport_sleep(struct transport *t, long ms);

#endif
