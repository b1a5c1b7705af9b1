/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trust_reason.c - what is wrong with a certificate, in a sentence
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One table from GnuTLS's status bits to a sentence and to the number that
 * OpenSSL has for it, worst first. Dates and names are read from the
 * certificates only once something is wrong. What a certificate says is
 * foreign text: it goes into detail, and whoever shows it cleans it.
 */
#include "trust.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "date.h"

/* What a row's sentence needs besides itself. */
enum fact { FACT_NONE, FACT_EXPIRED, FACT_NOT_YET, FACT_ISSUER };

struct fault {
	unsigned bit;
	long code; /* X509_V_ERR_... */
	enum fact fact;
	const char *sentence;
};

/* clang-format off */
static const struct fault faults[] = {
	{GNUTLS_CERT_REVOKED, 23, FACT_NONE,
	    "the server's certificate has been revoked"},
	{GNUTLS_CERT_SIGNATURE_FAILURE, 7, FACT_NONE,
	    "a signature in the server's certificate chain is wrong"},
	{GNUTLS_CERT_SIGNER_NOT_CA, 24, FACT_NONE,
	    "the server's certificate was issued by one that may not issue any"},
	{GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, 47, FACT_NONE,
	    "the server's certificate breaks a constraint of its issuer"},
	{GNUTLS_CERT_PURPOSE_MISMATCH, 26, FACT_NONE,
	    "the server's certificate is not meant for a server"},
	{GNUTLS_CERT_EXPIRED, 10, FACT_EXPIRED, NULL},
	{GNUTLS_CERT_NOT_ACTIVATED, 9, FACT_NOT_YET, NULL},
	{GNUTLS_CERT_SIGNER_NOT_FOUND, 20, FACT_ISSUER, NULL},
	{GNUTLS_CERT_INSECURE_ALGORITHM, 3, FACT_NONE,
	    "the server's certificate chain has a weak key or signature"},
	{GNUTLS_CERT_INVALID_OCSP_STATUS, 1, FACT_NONE,
	    "the revocation status that the server sent is not valid"},
	{GNUTLS_CERT_MISSING_OCSP_STATUS, 1, FACT_NONE,
	    "the server's certificate demands a revocation status, and none came"},
	{GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED, 12, FACT_NONE,
	    "the revocation status that the server sent is out of date"},
	{GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE, 11, FACT_NONE,
	    "the revocation status that the server sent is from the future"},
};
/* clang-format on */

/* In no row: GnuTLS may learn to find more. */
static const struct fault unknown_fault = {
    0, 1, FACT_NONE, "the server's certificate could not be verified"};

static const struct fault *find_fault(unsigned status)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (status & faults[i].bit)
			return &faults[i];
	return &unknown_fault;
}

static gnutls_x509_crt_t import(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

static void copy_dn(gnutls_x509_crt_t crt, bool issuer, char *to, size_t n)
{
	int rc = issuer ? gnutls_x509_crt_get_issuer_dn(crt, to, &n)
	                : gnutls_x509_crt_get_dn(crt, to, &n);

	if (rc < 0)
		to[0] = '\0';
}

static bool is_out_of_time(gnutls_x509_crt_t crt, bool expired, int64_t *when)
{
	int64_t now = time(NULL);

	*when = expired ? gnutls_x509_crt_get_expiration_time(crt)
	                : gnutls_x509_crt_get_activation_time(crt);
	return expired ? *when < now : *when > now;
}

/* Names the certificate of the chain that is too old or too new, and when.
 * Where none of it is, the authority that the file gave must be. */
static void explain_time(const gnutls_datum_t *chain, unsigned count,
    bool expired, struct trust_reason *reason)
{
	snprintf(reason->what, sizeof reason->what,
	    "a certificate authority of the server's chain is %s valid",
	    expired ? "no longer" : "not yet");
	for (unsigned i = 0; i < count; i++) {
		gnutls_x509_crt_t crt = import(&chain[i]);
		struct date date;
		int64_t when;

		if (!crt)
			continue;
		if (!is_out_of_time(crt, expired, &when)) {
			gnutls_x509_crt_deinit(crt);
			continue;
		}
		date = date_split(when);
		snprintf(reason->what, sizeof reason->what,
		    "%s %s %04d-%02d-%02d",
		    i == 0 ? "the server's certificate"
			   : "a certificate of the server's chain",
		    expired ? "expired on" : "is not valid before", date.year,
		    date.month, date.day);
		if (i > 0)
			copy_dn(
			    crt, false, reason->detail, sizeof reason->detail);
		gnutls_x509_crt_deinit(crt);
		return;
	}
}

/* The last certificate names an issuer that no file of ours holds. */
static void explain_issuer(
    const gnutls_datum_t *chain, unsigned count, struct trust_reason *reason)
{
	gnutls_x509_crt_t last = count > 0 ? import(&chain[count - 1]) : NULL;
	bool own = last && gnutls_x509_crt_check_issuer(last, last) != 0;

	if (own && count == 1) {
		reason->code = 18;
		snprintf(reason->what, sizeof reason->what,
		    "the server's certificate is self-signed");
	} else {
		reason->code = own ? 19 : 20;
		snprintf(reason->what, sizeof reason->what,
		    "the issuer of the server's certificate is unknown");
	}
	if (last)
		copy_dn(last, true, reason->detail, sizeof reason->detail);
	if (last)
		gnutls_x509_crt_deinit(last);
}

void trust_explain(const gnutls_datum_t *chain, unsigned count, unsigned status,
    struct trust_reason *reason)
{
	const struct fault *fault = find_fault(status);

	*reason = (struct trust_reason){.code = fault->code};
	switch (fault->fact) {
	case FACT_NONE:
		snprintf(
		    reason->what, sizeof reason->what, "%s", fault->sentence);
		break;
	case FACT_EXPIRED:
	case FACT_NOT_YET:
		explain_time(chain, count, fault->fact == FACT_EXPIRED, reason);
		break;
	case FACT_ISSUER:
		explain_issuer(chain, count, reason);
		break;
	}
}

/* Adds one alternative name to the list. False: there are no more. */
static bool list_name(gnutls_x509_crt_t leaf, unsigned i, struct buf *list)
{
	char name[256];
	char address[INET6_ADDRSTRLEN];
	size_t n = sizeof name;
	unsigned kind = 0;
	int rc = gnutls_x509_crt_get_subject_alt_name2(
	    leaf, i, name, &n, &kind, NULL);

	if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return false;
	if (rc < 0 ||
	    (kind != GNUTLS_SAN_DNSNAME && kind != GNUTLS_SAN_IPADDRESS))
		return true;
	if (list->len > 0)
		buf_puts(list, ", ");
	if (kind == GNUTLS_SAN_DNSNAME)
		buf_append(list, name, strnlen(name, n));
	else if (inet_ntop(n == 4 ? AF_INET : AF_INET6, name, address,
		     sizeof address))
		buf_puts(list, address);
	return true;
}

void trust_explain_name(gnutls_x509_crt_t leaf, const struct trust_name *name,
    struct trust_reason *reason)
{
	struct buf list;

	*reason = (struct trust_reason){.code = 62};
	buf_init(&list, sizeof reason->detail - 1);
	for (unsigned i = 0; !list.failed && list_name(leaf, i, &list); i++)
		;
	memcpy(reason->detail, buf_head(&list), list.len);
	reason->detail[list.len] = '\0';
	buf_release(&list);
	snprintf(reason->what, sizeof reason->what,
	    "the server's certificate is not for %s%s", name->text,
	    *reason->detail ? " but for" : " and carries no name");
}
