/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pki_fixture.h - certificates and a TLS server, all in memory
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Makes identities to a plan, P-256 unless it says RSA, writes them as PEM,
 * and runs GnuTLS's server side over two buffers. Nothing here is fit for any
 * other use. Included once by each test that speaks TLS, after cmocka.h.
 */
#ifndef PKI_FIXTURE_H
#define PKI_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

#include "buf.h"

enum { PKI_DAY = 86400, PKI_CHAIN = 6, PKI_WIRE = 1024 * 1024 };

#define assert_rc(rc) assert_true((rc) >= 0)

/* What a certificate says. Zeros: a server's, valid, P-256. */
struct plan {
	const char *cn;
	const char *dns; /* names separated by spaces, or NULL */
	const void *ip;  /* one address, or NULL */
	unsigned ip_n;
	bool ca;
	int from_days;         /* 0: a day ago */
	int to_days;           /* 0: in 30 days */
	const char *purpose;   /* OID; NULL: a server's, "": none */
	const char *permitted; /* name constraint of a CA */
	unsigned rsa_bits;
	bool sha1;
	bool must_staple;
	bool plain_key_ids; /* leave the key identifiers out */
};

struct identity {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

static inline void pki_key(struct identity *id, const struct plan *p)
{
	assert_rc(gnutls_x509_privkey_init(&id->key));
	assert_rc(gnutls_x509_privkey_generate(id->key,
	    p->rsa_bits ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
	    p->rsa_bits ? p->rsa_bits
			: GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
	    0));
}

static inline void pki_names(gnutls_x509_crt_t crt, const struct plan *p)
{
	const char *s = p->dns ? p->dns : "";

	while (*(s += strspn(s, " "))) {
		size_t n = strcspn(s, " ");

		assert_rc(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_DNSNAME, s, (unsigned)n, GNUTLS_FSAN_APPEND));
		s += n;
	}
	if (p->ip)
		assert_rc(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_IPADDRESS, p->ip, p->ip_n, GNUTLS_FSAN_APPEND));
}

static inline void pki_usage(gnutls_x509_crt_t crt, const struct plan *p)
{
	gnutls_x509_name_constraints_t nc;
	gnutls_x509_tlsfeatures_t features;
	const char *purpose =
	    p->purpose ? p->purpose : GNUTLS_KP_TLS_WWW_SERVER;

	if (p->ca) {
		assert_rc(gnutls_x509_crt_set_basic_constraints(crt, 1, -1));
		assert_rc(gnutls_x509_crt_set_key_usage(
		    crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
	} else {
		assert_rc(gnutls_x509_crt_set_key_usage(
		    crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
		if (*purpose)
			assert_rc(gnutls_x509_crt_set_key_purpose_oid(
			    crt, purpose, 0));
	}
	if (p->permitted) {
		gnutls_datum_t name = {(unsigned char *)p->permitted,
		    (unsigned)strlen(p->permitted)};

		assert_rc(gnutls_x509_name_constraints_init(&nc));
		assert_rc(gnutls_x509_name_constraints_add_permitted(
		    nc, GNUTLS_SAN_DNSNAME, &name));
		assert_rc(gnutls_x509_crt_set_name_constraints(crt, nc, 1));
		gnutls_x509_name_constraints_deinit(nc);
	}
	if (p->must_staple) {
		assert_rc(gnutls_x509_tlsfeatures_init(&features));
		assert_rc(gnutls_x509_tlsfeatures_add(features, 5));
		assert_rc(gnutls_x509_crt_set_tlsfeatures(crt, features));
		gnutls_x509_tlsfeatures_deinit(features);
	}
}

static inline void pki_key_ids(
    gnutls_x509_crt_t crt, const void *issuer, bool issuer_has_id)
{
	unsigned char id[32];
	size_t n = sizeof id;

	assert_rc(gnutls_x509_crt_get_key_id(crt, 0, id, &n));
	assert_rc(gnutls_x509_crt_set_subject_key_id(crt, id, n));
	n = sizeof id;
	if (!issuer_has_id)
		return;
	assert_rc(gnutls_x509_crt_get_subject_key_id(
	    (gnutls_x509_crt_t)issuer, id, &n, NULL));
	assert_rc(gnutls_x509_crt_set_authority_key_id(crt, id, n));
}

/* Signs id->key's certificate; issuer NULL: itself. */
static inline void pki_certify(
    struct identity *id, const struct plan *p, const struct identity *issuer)
{
	static unsigned char serial[4] = {1};
	time_t now = time(NULL);
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;

	assert_rc(gnutls_x509_crt_init(&crt));
	serial[3]++;
	assert_rc(gnutls_x509_crt_set_version(crt, 3));
	assert_rc(gnutls_x509_crt_set_serial(crt, serial, sizeof serial));
	assert_rc(gnutls_x509_crt_set_dn_by_oid(crt,
	    GNUTLS_OID_X520_COMMON_NAME, 0, p->cn, (unsigned)strlen(p->cn)));
	assert_rc(gnutls_x509_crt_set_activation_time(
	    crt, now + (p->from_days ? p->from_days : -1) * PKI_DAY));
	assert_rc(gnutls_x509_crt_set_expiration_time(
	    crt, now + (p->to_days ? p->to_days : 30) * PKI_DAY));
	assert_rc(gnutls_x509_crt_set_key(crt, id->key));
	pki_names(crt, p);
	pki_usage(crt, p);
	if (!p->plain_key_ids)
		pki_key_ids(crt, issuer ? issuer->crt : NULL, issuer != NULL);
	assert_rc(gnutls_x509_crt_sign2(crt, issuer ? issuer->crt : crt,
	    issuer ? issuer->key : id->key,
	    p->sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0));
	/* One that was made does not know all that one that was read does. */
	assert_rc(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der));
	gnutls_x509_crt_deinit(crt);
	assert_rc(gnutls_x509_crt_init(&id->crt));
	assert_rc(gnutls_x509_crt_import(id->crt, &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
}

static inline struct identity pki_make(
    const struct plan *p, const struct identity *issuer)
{
	struct identity id;

	pki_key(&id, p);
	pki_certify(&id, p, issuer);
	return id;
}

static inline void pki_free(struct identity *id)
{
	gnutls_x509_crt_deinit(id->crt);
	if (id->key)
		gnutls_x509_privkey_deinit(id->key);
}

/* Appends PEM to a file, which only its owner can read. */
static inline void pki_write(
    const char *path, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	FILE *f = fopen(path, "ab");
	gnutls_datum_t pem;

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	if (crt) {
		assert_rc(
		    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
		assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
		gnutls_free(pem.data);
	}
	if (key) {
		assert_rc(gnutls_x509_privkey_export2(
		    key, GNUTLS_X509_FMT_PEM, &pem));
		assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
		gnutls_free(pem.data);
	}
	assert_int_equal(fclose(f), 0);
}

/* The server's side of a connection. */
struct server_side {
	gnutls_session_t tls;
	gnutls_certificate_credentials_t credentials;
	struct buf in, out;
	bool up;
	int rc;
};

static inline ssize_t server_pull(void *ptr, void *data, size_t n)
{
	struct server_side *s = ptr;

	if (n > s->in.len)
		n = s->in.len;
	if (n == 0) {
		gnutls_transport_set_errno(s->tls, EAGAIN);
		return -1;
	}
	memcpy(data, buf_head(&s->in), n);
	buf_consume(&s->in, n);
	return (ssize_t)n;
}

static inline ssize_t server_push(void *ptr, const void *data, size_t n)
{
	struct server_side *s = ptr;

	assert_true(buf_append(&s->out, data, n));
	return (ssize_t)n;
}

/* chain[0] is the server's; it ends with NULL or at PKI_CHAIN. */
static inline void server_open(struct server_side *s,
    const struct identity *leaf, gnutls_x509_crt_t *chain, const char *priority,
    unsigned flags)
{
	unsigned n = 0;

	while (n < PKI_CHAIN && chain[n])
		n++;
	buf_init(&s->in, PKI_WIRE);
	buf_init(&s->out, PKI_WIRE);
	s->up = false;
	s->rc = 0;
	assert_rc(gnutls_certificate_allocate_credentials(&s->credentials));
	if (n > 0)
		assert_rc(gnutls_certificate_set_x509_key(
		    s->credentials, chain, (int)n, leaf->key));
	gnutls_certificate_set_known_dh_params(
	    s->credentials, GNUTLS_SEC_PARAM_LOW);
	assert_rc(
	    gnutls_init(&s->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | flags));
	assert_rc(gnutls_priority_set_direct(
	    s->tls, priority ? priority : "NORMAL", NULL));
	assert_rc(gnutls_credentials_set(
	    s->tls, GNUTLS_CRD_CERTIFICATE, s->credentials));
	gnutls_transport_set_ptr(s->tls, s);
	gnutls_transport_set_pull_function(s->tls, server_pull);
	gnutls_transport_set_push_function(s->tls, server_push);
}

static inline void server_close(struct server_side *s)
{
	gnutls_deinit(s->tls);
	gnutls_certificate_free_credentials(s->credentials);
	buf_release(&s->in);
	buf_release(&s->out);
}

/* Goes on with the handshake as far as the octets reach. */
static inline void server_shake(struct server_side *s)
{
	if (s->rc < 0)
		buf_clear(&s->in);
	if (s->up || s->rc < 0)
		return;
	do
		s->rc = gnutls_handshake(s->tls);
	while (s->rc < 0 && s->rc != GNUTLS_E_AGAIN &&
	       !gnutls_error_is_fatal(s->rc));
	if (s->rc == GNUTLS_E_AGAIN)
		s->rc = 0;
	else if (s->rc == 0)
		s->up = true;
	else
		gnutls_alert_send_appropriate(s->tls, s->rc);
	if (s->rc < 0)
		buf_clear(&s->in);
}

#endif
