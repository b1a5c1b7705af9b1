/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_peer.c - judges the server's certificate
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Chain, then name, then pins. The program may accept a broken chain or a
 * wrong name by its event callback; such a session goes on, but never counts
 * as verified. What is revoked stays refused under pins too. With our
 * own credentials this runs inside the handshake, before a client certificate
 * is shown to anyone. RFC 9525, libESMTP's events 3102 to 3104.
 */
#include "tls_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "date.h"

#ifndef SMTP_CA_BUNDLE
#define SMTP_CA_BUNDLE "/etc/ssl/certs/ca-certificates.crt"
#endif

/* Some 40 times what a system's file is. */
enum { ANCHORS_MAX = 8 * 1024 * 1024 };

/* A DNS name has 255 octets at most. */
enum { TRUST_NAME_SIZE = 256 };

static void refuse(struct tls *t, const char *what, const char *detail)
{
	error_set(&t->session->error, Smtpx_CAUSE_CERTIFICATE,
	    SMTP_ERR_CLIENT_ERROR, what, detail && *detail ? detail : NULL);
}

static bool anchors_failed(struct tls *t, const char *path, int errno_value)
{
	char what[80];

	if (errno_value == ENOMEM)
		return tls_no_memory(t);
	snprintf(what, sizeof what,
	    "cannot read the file of certificate authorities (%s)",
	    errno_value == ENOENT   ? "it does not exist"
	    : errno_value == EACCES ? "no permission"
	    : errno_value == EFBIG  ? "too large"
				    : "not a readable file");
	refuse(t, what, path);
	return false;
}

/* Gives GnuTLS the authorities of a file that these certificates name. */
static bool add_from_file(struct tls *t, const char *path,
    const gnutls_datum_t *chain, unsigned count)
{
	struct buf pem;
	int errno_value = 0;
	int rc;

	buf_init(&pem, ANCHORS_MAX);
	if (tls_file_read(path, false, &pem, &errno_value) != TLS_FILE_READ) {
		buf_release(&pem);
		if (t->anchors == TLS_ANCHORS_FILE || errno_value == ENOMEM)
			return anchors_failed(t, path, errno_value);
		/* Not where it was expected: GnuTLS knows another place. */
		gnutls_certificate_set_x509_system_trust(t->own);
		return true;
	}
	rc = trust_add_issuers(t->own, &pem, chain, count);
	buf_release(&pem);
	if (rc > 0)
		return true;
	if (rc == GNUTLS_E_MEMORY_ERROR)
		return tls_no_memory(t);
	refuse(t, "the file of certificate authorities holds none", path);
	return false;
}

static bool add_anchors(
    struct tls *t, const gnutls_datum_t *chain, unsigned count)
{
	switch (t->anchors) {
	case TLS_ANCHORS_SYSTEM:
		return add_from_file(t, SMTP_CA_BUNDLE, chain, count);
	case TLS_ANCHORS_FILE:
		return add_from_file(t, t->anchors_path, chain, count);
	case TLS_ANCHORS_FOLDER:
		gnutls_certificate_set_x509_trust_dir(
		    t->own, t->anchors_path, GNUTLS_X509_FMT_PEM);
		return true;
	case TLS_ANCHORS_PROGRAM:
		break;
	}
	return true;
}

/* 2026-01-01. No certificate of today's can be judged by a clock that
 * stands before this was written, and one long expired would look good. */
#define CLOCK_MIN 1767225600

static bool clock_is_wrong(struct trust_reason *reason)
{
	int64_t now = time(NULL);
	struct date date;

	if (now >= CLOCK_MIN)
		return false;
	date = date_split(now);
	*reason = (struct trust_reason){.code = 9};
	snprintf(reason->what, sizeof reason->what,
	    "no certificate can be judged: this host's clock is wrong, it "
	    "shows %04d-%02d-%02d",
	    date.year, date.month, date.day);
	return true;
}

/* The chain, and whether the program takes a bad one (3102). */
static bool judge_chain(
    struct tls *t, const gnutls_datum_t *chain, unsigned count, bool *good)
{
	struct smtp_session *s = t->session;
	struct trust_reason reason;
	unsigned status = 0;
	int accept = 0;
	int rc = trust_chain(t->gnutls, &status);

	*good = rc >= 0 && status == 0 && !clock_is_wrong(&reason);
	if (*good)
		return true;
	if (rc < 0) {
		tls_fail_rc(t, "the server's certificate is unusable", rc);
		return false;
	}
	if (!clock_is_wrong(&reason))
		trust_explain(chain, count, status, &reason);
	if (s->event)
		s->event(s, SMTP_EV_INVALID_PEER_CERTIFICATE, s->event_arg,
		    reason.code, &accept, t->gnutls);
	if (!accept)
		refuse(t, reason.what, reason.detail);
	return accept != 0;
}

/* The last of the names that were compared: what libESMTP reports. */
static void last_name(gnutls_x509_crt_t leaf, char *name, size_t size)
{
	size_t n;
	int rc;

	name[0] = '\0';
	for (unsigned i = 0;; i++) {
		char other[TRUST_NAME_SIZE];

		n = sizeof other;
		rc = gnutls_x509_crt_get_subject_alt_name(
		    leaf, i, other, &n, NULL);
		if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (rc == GNUTLS_SAN_DNSNAME)
			snprintf(name, size, "%s", other);
	}
}

/* The name, and whether the program takes a wrong one (3104). */
static bool judge_name(struct tls *t, gnutls_x509_crt_t leaf, bool *good)
{
	struct smtp_session *s = t->session;
	struct trust_reason reason;
	char name[TRUST_NAME_SIZE];
	int accept = 0;

	*good = trust_carries(leaf, &t->name);
	if (*good)
		return true;
	trust_explain_name(leaf, &t->name, &reason);
	last_name(leaf, name, sizeof name);
	if (s->event)
		s->event(s, SMTP_EV_WRONG_PEER_CERTIFICATE, s->event_arg,
		    &accept, (const char *)name, t->gnutls);
	if (!accept)
		refuse(t, reason.what, reason.detail);
	return accept != 0;
}

static bool judge_pins(
    struct tls *t, gnutls_x509_crt_t leaf, const gnutls_datum_t *der)
{
	const struct tls_settings *tls = &t->session->tls;

	if (tls->verify == Smtpx_VERIFY_FULL && tls->pin_count == 0)
		return true;
	if (trust_pinned(leaf, der,
		(const unsigned char(*)[TRUST_PIN_SIZE])tls->pins,
		tls->pin_count))
		return true;
	refuse(t, "the server's certificate is none of those pinned", NULL);
	return false;
}

/* Without authorities, only a stapled "revoked" can be told. */
static bool not_revoked(
    struct tls *t, const gnutls_datum_t *chain, unsigned count)
{
	struct trust_reason reason;
	unsigned status = 0;

	if (trust_chain(t->gnutls, &status) < 0 ||
	    !(status & GNUTLS_CERT_REVOKED))
		return true;
	trust_explain(chain, count, GNUTLS_CERT_REVOKED, &reason);
	refuse(t, reason.what, reason.detail);
	return false;
}

static bool judge_leaf(struct tls *t, gnutls_x509_crt_t leaf,
    const gnutls_datum_t *chain, unsigned count)
{
	bool good_chain = true;
	bool good_name = true;

	if (t->session->tls.verify == Smtpx_VERIFY_PIN_ONLY) {
		if (!not_revoked(t, chain, count))
			return false;
	} else if (!add_anchors(t, chain, count) ||
		   !judge_chain(t, chain, count, &good_chain) ||
		   !judge_name(t, leaf, &good_name))
		return false;
	if (!judge_pins(t, leaf, &chain[0]))
		return false;
	t->verified = good_chain && good_name;
	return true;
}

static bool no_certificate(struct tls *t)
{
	struct smtp_session *s = t->session;
	int accept = 0;

	if (s->event)
		s->event(s, SMTP_EV_NO_PEER_CERTIFICATE, s->event_arg, &accept);
	if (!accept)
		refuse(t, "the server showed no certificate", NULL);
	return accept != 0;
}

static bool judge(struct tls *t)
{
	unsigned count = 0;
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t leaf;
	bool result;
	int rc;

	if (t->session->tls.verify == Smtpx_VERIFY_OFF)
		return true;
	chain = gnutls_certificate_get_peers(t->gnutls, &count);
	if (!chain || count == 0)
		return no_certificate(t);
	rc = gnutls_x509_crt_init(&leaf);
	if (rc < 0) {
		tls_fail_rc(t, "cannot look at the certificate", rc);
		return false;
	}
	rc = gnutls_x509_crt_import(leaf, &chain[0], GNUTLS_X509_FMT_DER);
	if (rc < 0)
		refuse(t, "the server's certificate is not one",
		    gnutls_strerror(rc));
	result = rc >= 0 && judge_leaf(t, leaf, chain, count);
	gnutls_x509_crt_deinit(leaf);
	return result;
}

bool tls_judge(struct tls *t)
{
	if (!t->judged) {
		t->judged = true;
		t->accepted = judge(t);
	}
	return t->accepted;
}
