/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust_bundle.h - finds certificates in a PEM file by their subject
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A certificate authority file holds some 150 certificates, of which a
 * session needs one. This module reads just far enough into each to see whose
 * it is, by the raw octets of its name, which is how GnuTLS finds issuers
 * too. It never leaves out a certificate it could not make sense of: such a
 * one counts as found, and whoever imports it decides. No system calls.
 * RFC 5280 4.1, RFC 7468.
 */
#ifndef SMTP_TRUST_BUNDLE_H
#define SMTP_TRUST_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* A distinguished name, DER with its header; borrowed. */
struct bundle_name {
	const unsigned char *der;
	size_t n;
};

/* Where a search stands. Begin with text, n and zeros. */
struct bundle {
	const char *text; /* borrowed */
	size_t n;
	size_t at;    /* offset of the first octet not looked at */
	size_t count; /* certificates seen so far */
};

/* Issuer and subject of a certificate in DER, pointing into it.
 * False, and nothing is stored: not a certificate up to its subject. */
bool bundle_names(const unsigned char *der, size_t n,
    struct bundle_name *issuer, struct bundle_name *subject)
    SMTP_NONNULL(1, 3, 4);

/* The next certificate whose subject is one of count names, as PEM with its
 * BEGIN and END lines, pointing into the text. False: there is none left. */
bool bundle_next(struct bundle *b, const struct bundle_name *names,
    size_t count, const char **pem, size_t *len) SMTP_NONNULL(1, 4, 5);

#endif
