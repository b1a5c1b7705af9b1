/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * secure.c - the test server's side of TLS: credentials and the handshake
 *
 * Loads the certificate once, runs each handshake over the buffers of
 * transport.c, and looks into the ClientHello for what a mail client must
 * not send: early data, and an IP address as a server name.
 * RFC 8446 2.3, RFC 6066 3, RFC 3207. */

#include "secure.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXTENSION_ALPN = 16, EXTENSION_EARLY_DATA = 42 };

struct transport_tls {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	const struct options *options;
};

static bool tell(int rc, const char *what)
{
	if (rc >= 0)
		return true;
	fprintf(stderr, "smtpserver: %s: %s\n", what, gnutls_strerror(rc));
	return false;
}

static bool load(struct transport_tls *tls, const struct options *o)
{
	const char *wanted = o->tls_priority ? o->tls_priority : "NORMAL";
	const char *bad = NULL;
	gnutls_certificate_credentials_t c;

	if (!tell(gnutls_certificate_allocate_credentials(&tls->credentials),
		"credentials"))
		return false;
	c = tls->credentials;
	if (!tell(gnutls_certificate_set_x509_key_file(
		      c, o->cert, o->key, GNUTLS_X509_FMT_PEM),
		o->cert))
		return false;
	if (o->client_ca && !tell(gnutls_certificate_set_x509_trust_file(
				      c, o->client_ca, GNUTLS_X509_FMT_PEM),
				o->client_ca))
		return false;
	if (o->ocsp_response &&
	    !tell(gnutls_certificate_set_ocsp_status_request_file(
		      c, o->ocsp_response, 0),
		o->ocsp_response))
		return false;
	gnutls_certificate_set_known_dh_params(c, GNUTLS_SEC_PARAM_LOW);
	return tell(gnutls_priority_init(&tls->priority, wanted, &bad), wanted);
}

struct transport_tls *transport_credentials(const struct options *o, bool *ok)
{
	struct transport_tls *tls;

	*ok = true;
	if (!o->starttls && !o->implicit_tls)
		return NULL;
	tls = octets_alloc(sizeof *tls);
	tls->options = o;
	if (load(tls, o))
		return tls;
	*ok = false;
	transport_credentials_release(tls);
	return NULL;
}

void transport_credentials_release(struct transport_tls *tls)
{
	if (!tls)
		return;
	if (tls->credentials)
		gnutls_certificate_free_credentials(tls->credentials);
	if (tls->priority)
		gnutls_priority_deinit(tls->priority);
	free(tls);
}

static int see_extension(
    void *ctx, unsigned type, const unsigned char *data, unsigned n)
{
	struct transport *t = ctx;

	(void)data;
	(void)n;
	if (type == EXTENSION_EARLY_DATA)
		record_violation(t->record, t->conn, "early data offered");
	if (type == EXTENSION_ALPN)
		record_violation(t->record, t->conn, "ALPN offered");
	return 0;
}

static int see_hello(gnutls_session_t session, unsigned type, unsigned when,
    unsigned incoming, const gnutls_datum_t *message)
{
	(void)type;
	(void)when;
	if (incoming)
		gnutls_ext_raw_parse(gnutls_session_get_ptr(session),
		    see_extension, message,
		    GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
	return 0;
}

static void note_server_name(struct transport *t)
{
	size_t n = sizeof t->sni - 1;
	unsigned type = 0;
	unsigned char ip[16];

	if (gnutls_server_name_get(t->tls, t->sni, &n, &type, 0) < 0) {
		t->sni[0] = '\0';
		return;
	}
	if (inet_pton(AF_INET, t->sni, ip) == 1 || strchr(t->sni, ':'))
		record_violation(t->record, t->conn,
		    "an address as server name: %s", t->sni);
}

/* Keeps the CN of a client certificate, and whether its issuer is ours. */
static void note_client(struct transport *t)
{
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t crt;
	unsigned n = 0;
	unsigned status = 0;
	size_t room = sizeof t->peer;

	chain = gnutls_certificate_get_peers(t->tls, &n);
	if (!chain || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_get_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, t->peer, &room) < 0)
		t->peer[0] = '\0';
	gnutls_x509_crt_deinit(crt);
	t->client_verified =
	    gnutls_certificate_verify_peers2(t->tls, &status) >= 0 &&
	    status == 0;
	record_remark(t->record, t->conn, "client certificate %s, %s", t->peer,
	    t->client_verified ? "verified" : "not verified");
}

static bool start(struct transport *t, struct transport_tls *tls)
{
	unsigned flags = GNUTLS_SERVER | GNUTLS_NONBLOCK;

	if (tls->options->early_greeting)
		flags |= GNUTLS_ENABLE_EARLY_START;
	if (gnutls_init(&t->tls, flags) < 0)
		return false;
	gnutls_session_set_ptr(t->tls, t);
	gnutls_priority_set(t->tls, tls->priority);
	gnutls_credentials_set(
	    t->tls, GNUTLS_CRD_CERTIFICATE, tls->credentials);
	gnutls_certificate_server_set_request(t->tls,
	    tls->options->client_ca ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
	gnutls_handshake_set_hook_function(
	    t->tls, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE, see_hello);
	gnutls_handshake_set_timeout(t->tls, GNUTLS_INDEFINITE_TIMEOUT);
	transport_attach(t);
	return true;
}

void secure_describe(const struct transport *t, char *text, size_t n)
{
	char *suite;

	if (!t->tls) {
		snprintf(text, n, "clear");
		return;
	}
	suite = gnutls_session_get_desc(t->tls);
	snprintf(text, n, "%s %s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(t->tls)),
	    suite ? suite : "-");
	gnutls_free(suite);
}

bool transport_handshake(struct transport *t, struct transport_tls *tls)
{
	char text[256];
	int rc;

	if (!start(t, tls))
		return false;
	while ((rc = gnutls_handshake(t->tls)) < 0) {
		if (gnutls_error_is_fatal(rc))
			break;
		if (rc == GNUTLS_E_AGAIN && !transport_handshake_wait(t))
			break;
	}
	if (rc < 0) {
		record_remark(t->record, t->conn,
		    "TLS handshake failed: %s%s%s", gnutls_strerror(rc),
		    rc == GNUTLS_E_FATAL_ALERT_RECEIVED ? ": " : "",
		    rc == GNUTLS_E_FATAL_ALERT_RECEIVED
			? gnutls_alert_get_name(gnutls_alert_get(t->tls))
			: "");
		transport_flush(t);
		return false;
	}
	note_server_name(t);
	note_client(t);
	secure_describe(t, text, sizeof text);
	record_remark(t->record, t->conn, "%s, server name %s", text,
	    t->sni[0] ? t->sni : "none");
	return true;
}
