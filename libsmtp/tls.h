/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * tls.h - TLS as a transform over buffers, by GnuTLS.
 *
 * Never holds a descriptor.  TLS 1.2 or better, verified unless the account
 * says otherwise by name; names by SAN only (RFC 9525).  Fires libESMTP's TLS
 * events.  RFC 8314, 9325, 3207.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>

#include "buf.h"
#include "model.h"

struct tls;

enum tls_state {
	TLS_AGAIN,  /* needs more octets from the server */
	TLS_DONE,   /* handshake: up and, if wanted, verified */
	TLS_CLOSED, /* tls_open(): close_notify came */
	TLS_FAILED  /* session->error says why */
};

/* host is the name the certificate must carry unless settings name another
 * (a DNS name or an IP literal without brackets); both borrowed from the
 * session.  NULL: session->error says why. */
struct tls *tls_new(struct smtp_session *session, const char *host);
void tls_free(struct tls *t);

/* Takes from in what the server sent, appends to out what is to be sent. */
enum tls_state tls_handshake(struct tls *t, struct buf *in, struct buf *out);
/* Opens records of in into plain, until in holds no whole record or plain is
 * full. */
enum tls_state tls_open(struct tls *t, struct buf *in, struct buf *plain);
/* Seals n octets into out; returns how many were taken, which may be fewer
 * when out is full; negative: failed. */
long tls_seal(struct tls *t, const void *data, size_t n, struct buf *out);
/* Appends close_notify. */
void tls_close(struct tls *t, struct buf *out);

/* The credentials that tls_new() would make, whole, with the authorities and
 * the client certificate in them, as session->tls.automatic; made once.
 * False: session->error says why. */
bool tls_make_automatic(struct smtp_session *session);

bool tls_verified(const struct tls *t);
const char *tls_version(const struct tls *t); /* "TLS1.3" */
const char *tls_cipher(const struct tls *t);  /* "TLS_AES_256_GCM_SHA384" */
/* A client certificate was really sent (EXTERNAL). */
bool tls_client_certificate_sent(const struct tls *t);
/* The common name in it, for libESMTP's EXTERNAL; false: none, or longer. */
bool tls_client_name(const struct tls *t, char *name, size_t size);
/* RFC 9266 tls-exporter, 32 octets; false: not available.  With TLS 1.2 it
 * is once the server's first record was opened (false start, RFC 7918). */
bool tls_exporter(struct tls *t, unsigned char out[32]);

#endif
