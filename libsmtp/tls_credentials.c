/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_credentials.c - the automatic credentials as an object of their own
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * For programs that ask for them to change something: the same authorities
 * and client certificate that a connection finds by itself, but whole, since
 * nobody knows yet which server will show which chain. Owned by the session.
 * No connection is judged here. GnuTLS chooses the client certificate then.
 */
#include "tls_session.h"

#include <errno.h>

/* Everything that the sources of a connection's trust hold. */
static int load_anchors(struct tls *t)
{
	switch (t->anchors) {
	case TLS_ANCHORS_SYSTEM:
		return gnutls_certificate_set_x509_system_trust(t->own);
	case TLS_ANCHORS_FILE:
		return gnutls_certificate_set_x509_trust_file(
		    t->own, t->anchors_path, GNUTLS_X509_FMT_PEM);
	case TLS_ANCHORS_FOLDER:
		return gnutls_certificate_set_x509_trust_dir(
		    t->own, t->anchors_path, GNUTLS_X509_FMT_PEM);
	case TLS_ANCHORS_PROGRAM:
		break;
	}
	return 0;
}

/* Moves the client certificate into the credentials. */
static int give_certificate(struct tls *t)
{
	int rc;

	gnutls_certificate_set_retrieve_function2(t->own, NULL);
	if (t->certificate_count == 0)
		return 0;
	rc = gnutls_certificate_set_key(t->own, NULL, 0, t->certificates,
	    (int)t->certificate_count, t->key);
	if (rc >= 0) {
		t->certificate_count = 0;
		t->key = NULL;
	}
	return rc;
}

static bool fill(struct tls *t)
{
	int rc = load_anchors(t);

	if (rc >= 0)
		rc = give_certificate(t);
	if (rc < 0)
		tls_fail_rc(t, "cannot prepare TLS", rc);
	return rc >= 0;
}

bool tls_make_automatic(struct smtp_session *session)
{
	struct tls t = {.session = session};
	const struct server *server = session->servers;
	bool no_memory = false;
	bool done = true;

	if (session->tls.automatic)
		return true;
	/* The name finds the host's own client certificate, if it has one. */
	if (server && server->host &&
	    !trust_name_set(&t.name, server->host, &no_memory) && no_memory)
		done = tls_no_memory(&t);
	if (done && tls_client_prepare(&t) && t.own && fill(&t)) {
		session->tls.automatic = t.own;
		session->tls.automatic_free =
		    gnutls_certificate_free_credentials;
		t.own = NULL;
	}
	tls_client_release(&t);
	trust_name_release(&t.name);
	return session->tls.automatic != NULL;
}
