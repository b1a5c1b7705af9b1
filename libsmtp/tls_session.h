/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_session.h - what the files of tls.c share
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One struct tls is one connection's TLS: tls.c moves octets, tls_peer.c
 * judges the server's certificate, tls_client.c finds what this side needs
 * from files. Included by nobody else.
 */
#ifndef SMTP_TLS_SESSION_H
#define SMTP_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "model.h"
#include "tls.h"
#include "trust.h"

/* A client's chain longer than this is a mistake. */
enum { CLIENT_CHAIN_MAX = 8 };

/* Where the authorities come from. */
enum tls_anchors {
	TLS_ANCHORS_SYSTEM,
	TLS_ANCHORS_FILE,
	TLS_ANCHORS_FOLDER, /* hashed, loaded whole */
	TLS_ANCHORS_PROGRAM /* in the program's credentials */
};

struct tls {
	struct smtp_session *session; /* borrowed */
	gnutls_session_t gnutls;
	gnutls_certificate_credentials_t own; /* NULL: the program's */
	enum tls_anchors anchors;
	char *anchors_path; /* of the file or folder; owned */
	struct trust_name name;

	gnutls_pcert_st certificates[CLIENT_CHAIN_MAX]; /* ours */
	unsigned certificate_count;
	gnutls_privkey_t key;

	const char *suite; /* static text of GnuTLS */
	int bits;

	struct buf *in, *out; /* borrowed, during a call */
	struct buf held;      /* pushed while there was no out */
	bool judged;          /* tls_judge() has run, with this verdict: */
	bool accepted;
	bool verified; /* chain, name and pins hold, by nobody's leave */
	bool up;
	bool failed;
};

/* Keeps the first failure of a session: TLS, SMTP_ERR_CLIENT_ERROR. */
void tls_fail(struct tls *t, const char *what, const char *detail);
/* The same with GnuTLS's words for rc. */
void tls_fail_rc(struct tls *t, const char *what, int rc);
/* There is no memory; false. */
bool tls_no_memory(struct tls *t);

/* Judges the server's certificate, once, firing events 3102 to 3104.
 * False: refused, and session->error says why. */
bool tls_judge(struct tls *t);

/* Finds authorities and the client certificate, firing events 3105 to 3107.
 * False: TLS cannot be used, and session->error says why. */
bool tls_client_prepare(struct tls *t);
void tls_client_release(struct tls *t);

/* Reads a file that may hold a secret or decide about trust. */
enum tls_file {
	TLS_FILE_READ,
	TLS_FILE_ABSENT,
	TLS_FILE_UNSAFE, /* type, size, owner or mode */
	TLS_FILE_FAILED  /* errno_value says why */
};
/* strict: libESMTP's rule, a regular file of this user's with content that
 * nobody else may read or write and that is not executable. */
enum tls_file tls_file_read(
    const char *path, bool strict, struct buf *content, int *errno_value);

#endif
