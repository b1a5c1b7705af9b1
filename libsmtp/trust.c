/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust.c - whether the server's certificate is one to believe
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Never looks at the common name: GnuTLS would fall back to it, so a name of
 * the right kind must be there before GnuTLS is asked to compare. Never adds
 * an authority that the file does not hold. No descriptor, no global state.
 * RFC 9525 6, RFC 5280 4.2.1.6, RFC 7469 2.4 for the digest of a key.
 */
#include "trust.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "hostname.h"
#include "idn.h"
#include "trust_bundle.h"

/* More certificates than this GnuTLS itself refuses to look at. */
enum { CHAIN_MAX = 16 };

static bool set_address(struct trust_name *name, const char *host)
{
	size_t n = strcspn(host, "%"); /* fe80::1%eth0 */
	char text[64];

	if (n >= sizeof text)
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, name->address) == 1)
		name->address_len = 4;
	else if (inet_pton(AF_INET6, text, name->address) == 1)
		name->address_len = 16;
	else
		return false;
	name->text = strdup(text);
	return true;
}

bool trust_name_set(struct trust_name *name, const char *host, bool *no_memory)
{
	*name = (struct trust_name){.text = NULL};
	if (set_address(name, host)) {
		*no_memory = *no_memory || !name->text;
		return name->text != NULL;
	}
	name->text = idn_to_ascii(host, no_memory);
	return name->text != NULL;
}

void trust_name_release(struct trust_name *name)
{
	free(name->text);
	*name = (struct trust_name){.text = NULL};
}

int trust_add_issuers(gnutls_certificate_credentials_t credentials,
    const struct buf *pem, const gnutls_datum_t *chain, unsigned count)
{
	struct bundle bundle = {(const char *)buf_head(pem), pem->len, 0, 0};
	struct bundle_name names[2 * CHAIN_MAX];
	size_t n = 0;
	const char *found;
	size_t len;

	for (unsigned i = 0; i < count && i < CHAIN_MAX; i++)
		if (bundle_names(
			chain[i].data, chain[i].size, &names[n], &names[n + 1]))
			n += 2;
	while (bundle_next(&bundle, names, n, &found, &len)) {
		gnutls_datum_t one = {(unsigned char *)found, (unsigned)len};
		int rc = gnutls_certificate_set_x509_trust_mem(
		    credentials, &one, GNUTLS_X509_FMT_PEM);

		if (rc == GNUTLS_E_MEMORY_ERROR)
			return rc;
	}
	return (int)bundle.count;
}

int trust_chain(gnutls_session_t session, unsigned *status)
{
	gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID,
	    (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0};

	return gnutls_certificate_verify_peers(session, &purpose, 1, status);
}

/* Whether there is a name of this kind at all (RFC 9525 6.3). */
static bool has_name(gnutls_x509_crt_t leaf, unsigned kind)
{
	for (unsigned i = 0;; i++) {
		size_t n = 0;
		unsigned found = 0;
		int rc = gnutls_x509_crt_get_subject_alt_name2(
		    leaf, i, NULL, &n, &found, NULL);

		/* With no room to write to, a name is "too long". */
		if (rc < 0 && rc != GNUTLS_E_SHORT_MEMORY_BUFFER)
			return false;
		if (found == kind)
			return true;
	}
}

bool trust_carries(gnutls_x509_crt_t leaf, const struct trust_name *name)
{
	if (name->address_len > 0)
		return has_name(leaf, GNUTLS_SAN_IPADDRESS) &&
		       gnutls_x509_crt_check_ip(
			   leaf, name->address, (unsigned)name->address_len, 0);
	return has_name(leaf, GNUTLS_SAN_DNSNAME) &&
	       gnutls_x509_crt_check_hostname2(leaf, name->text, 0);
}

static bool listed(const unsigned char digest[TRUST_PIN_SIZE],
    const unsigned char (*pins)[TRUST_PIN_SIZE], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(digest, pins[i], TRUST_PIN_SIZE) == 0)
			return true;
	return false;
}

bool trust_pinned(gnutls_x509_crt_t leaf, const gnutls_datum_t *der,
    const unsigned char (*pins)[TRUST_PIN_SIZE], size_t count)
{
	unsigned char digest[TRUST_PIN_SIZE];
	size_t n = sizeof digest;

	if (gnutls_fingerprint(GNUTLS_DIG_SHA256, der, digest, &n) >= 0 &&
	    n == sizeof digest && listed(digest, pins, count))
		return true;
	n = sizeof digest;
	return gnutls_x509_crt_get_key_id(
		   leaf, GNUTLS_KEYID_USE_SHA256, digest, &n) >= 0 &&
	       n == sizeof digest && listed(digest, pins, count);
}
