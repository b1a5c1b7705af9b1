/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust.h - whether the server's certificate is one to believe
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The chain is GnuTLS's to verify; which authorities it is given, which names
 * count and what a failure is called is decided here. Only those authorities
 * are imported that could have issued one of the certificates at hand, and
 * the verdict is the same as with all of them (see trust_add_issuers()).
 * RFC 5280, RFC 9525 (subject alternative names only), RFC 7633.
 */
#ifndef SMTP_TRUST_H
#define SMTP_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "attributes.h"

struct buf;

/* SHA-256 of a certificate, or of its public key as in the certificate. */
enum { TRUST_PIN_SIZE = 32 };

/* What a certificate must carry: a DNS name, or an address. */
struct trust_name {
	char *text; /* A-labels, no trailing dot; or the address; owned */
	unsigned char address[16];
	size_t address_len; /* 4 or 16; 0: a DNS name */
};

/* Takes a host as configured: one trailing dot is dropped, U-labels become
 * A-labels, an address may have a zone and loses it. Refused: "*", empty
 * labels, whatever no host name holds.
 * False: refused, or no memory and *no_memory is set. */
bool trust_name_set(struct trust_name *name, const char *host, bool *no_memory)
    SMTP_NONNULL(1, 2, 3);
void trust_name_release(struct trust_name *name) SMTP_NONNULL(1);

/* Adds to credentials every certificate of the PEM text whose subject is
 * issuer or subject of one in the chain. GnuTLS looks for anchors under
 * those names and no others, so its verdict is that of the whole file.
 * Gives the number of certificates in the file, or GnuTLS's error. */
int trust_add_issuers(gnutls_certificate_credentials_t credentials,
    const struct buf *pem, const gnutls_datum_t *chain, unsigned count)
    SMTP_NONNULL(1, 2);

/* GnuTLS's verdict on the peer's chain as a mail server's: 0, or
 * gnutls_certificate_status_t bits. Negative: an error of GnuTLS. */
int trust_chain(gnutls_session_t session, unsigned *status) SMTP_NONNULL(1, 2);

/* Whether a subject alternative name of the right kind matches. */
bool trust_carries(gnutls_x509_crt_t leaf, const struct trust_name *name)
    SMTP_NONNULL(1, 2);

/* Whether one of the pins is the digest of the certificate or its key. */
bool trust_pinned(gnutls_x509_crt_t leaf, const gnutls_datum_t *der,
    const unsigned char (*pins)[TRUST_PIN_SIZE], size_t count)
    SMTP_NONNULL(1, 2);

/* What is wrong with a chain: a number as OpenSSL would give (libESMTP's
 * events carry it), a sentence of ours, and a foreign word or two. */
struct trust_reason {
	long code;
	char what[384];
	char detail[256]; /* "" when there is none; to be cleaned */
};
void trust_explain(const gnutls_datum_t *chain, unsigned count, unsigned status,
    struct trust_reason *reason) SMTP_NONNULL(4);

/* The same for a certificate that carries other names: they are listed. */
void trust_explain_name(gnutls_x509_crt_t leaf, const struct trust_name *name,
    struct trust_reason *reason) SMTP_NONNULL(1, 2, 3);

#endif
