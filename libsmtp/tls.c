/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls.c - TLS as a transform over buffers, by GnuTLS
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * GnuTLS pulls from one buffer and pushes into another; it never sees a
 * descriptor and never waits. TLS 1.2 is taken only with an extended master
 * secret and secure renegotiation, and renegotiation itself is refused.
 * Nothing is resumed, so no tickets are asked for. Early data is never sent.
 * RFC 8446, 5246, 5746, 7627, 6066 3 (SNI), 9266, 9325, 7918.
 */
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <gnutls/x509.h>

#include "tls_session.h"

enum {
	RECORD_MAX = 16384,    /* plain octets in a record, RFC 8446 5.1 */
	RECORD_OVERHEAD = 256, /* and what sealing adds to them at most */
	HELD_MAX = 4096        /* an alert, while there is nowhere to put it */
};

/* Three suites of TLS 1.3 and six of TLS 1.2 are left: ECDHE and AEAD. */
#define PRIORITY_COMMON                                                        \
	":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"                                     \
	":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"            \
	":-MAC-ALL:+AEAD"                                                      \
	":-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1"                                     \
	":%PROFILE_MEDIUM:%SAFE_RENEGOTIATION"

static const char *const priorities[] = {
    "-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" PRIORITY_COMMON,
    "-VERS-ALL:+VERS-TLS1.3" PRIORITY_COMMON,
};

void tls_fail(struct tls *t, const char *what, const char *detail)
{
	error_set(&t->session->error, Smtpx_CAUSE_TLS, SMTP_ERR_CLIENT_ERROR,
	    what, detail);
}

void tls_fail_rc(struct tls *t, const char *what, int rc)
{
	const char *why = gnutls_strerror(rc);

	if (rc == GNUTLS_E_MEMORY_ERROR)
		error_set(&t->session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
		    "out of memory", NULL);
	else if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		why = gnutls_alert_get_name(gnutls_alert_get(t->gnutls));
	tls_fail(t, what, why);
}

bool tls_no_memory(struct tls *t)
{
	tls_fail_rc(t, "", GNUTLS_E_MEMORY_ERROR);
	return false;
}

static ssize_t pull(gnutls_transport_ptr_t ptr, void *data, size_t n)
{
	struct tls *t = ptr;

	if (n > t->in->len)
		n = t->in->len;
	if (n == 0) {
		gnutls_transport_set_errno(t->gnutls, EAGAIN);
		return -1;
	}
	memcpy(data, buf_head(t->in), n);
	buf_consume(t->in, n);
	return (ssize_t)n;
}

static ssize_t push(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	struct tls *t = ptr;
	struct buf *out = t->out ? t->out : &t->held;

	if (n > buf_room(out))
		n = buf_room(out);
	if (n == 0) {
		gnutls_transport_set_errno(t->gnutls, EAGAIN);
		return -1;
	}
	/* GnuTLS would only say that a function failed. */
	if (!buf_append(out, data, n)) {
		tls_no_memory(t);
		gnutls_transport_set_errno(t->gnutls, ENOMEM);
		return -1;
	}
	return (ssize_t)n;
}

/* Keeps the suite that ServerHello names (RFC 8446 4.1.3): asked after a
 * false start, GnuTLS would know none yet. */
static int see_server_hello(gnutls_session_t session, unsigned type SMTP_UNUSED,
    unsigned when SMTP_UNUSED, unsigned incoming SMTP_UNUSED,
    const gnutls_datum_t *message)
{
	struct tls *t = gnutls_session_get_ptr(session);
	const unsigned char *m = message->data;
	unsigned at = 2 + 32; /* version, random, then the session's id */
	unsigned char id[2];
	gnutls_cipher_algorithm_t cipher;
	const char *name;

	if (message->size <= at || message->size < at + 1 + m[at] + 2)
		return 0;
	m += at + 1 + m[at];
	for (size_t i = 0; (name = gnutls_cipher_suite_info(
				i, id, NULL, &cipher, NULL, NULL));
	     i++) {
		if (memcmp(id, m, 2) != 0)
			continue;
		t->suite = name;
		t->bits = (int)gnutls_cipher_get_key_size(cipher) * 8;
	}
	return 0;
}

/* Inside the handshake, with our own credentials. */
static int verify(gnutls_session_t session)
{
	return tls_judge(gnutls_session_get_ptr(session)) ? 0 : -1;
}

static bool set_name(struct tls *t, const char *host)
{
	const struct tls_settings *tls = &t->session->tls;
	bool no_memory = false;

	if (trust_name_set(&t->name, tls->name ? tls->name : host, &no_memory))
		return true;
	if (no_memory)
		return tls_no_memory(t);
	/* Nobody compares it with anything. */
	if (tls->verify != Smtpx_VERIFY_FULL)
		return true;
	error_set(&t->session->error, Smtpx_CAUSE_CERTIFICATE,
	    SMTP_ERR_CLIENT_ERROR, "no certificate can be for this name",
	    tls->name ? tls->name : host);
	return false;
}

static int set_up(struct tls *t)
{
	const struct tls_settings *tls = &t->session->tls;
	int rc = gnutls_init(
	    &t->gnutls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
			    GNUTLS_NO_TICKETS | GNUTLS_ENABLE_FALSE_START);

	if (rc < 0)
		return rc;
	gnutls_session_set_ptr(t->gnutls, t);
	gnutls_transport_set_ptr(t->gnutls, t);
	gnutls_transport_set_pull_function(t->gnutls, pull);
	gnutls_transport_set_push_function(t->gnutls, push);
	gnutls_handshake_set_hook_function(t->gnutls,
	    GNUTLS_HANDSHAKE_SERVER_HELLO, GNUTLS_HOOK_POST, see_server_hello);
	/* Credentials of the program's may bring their own function. */
	if (!tls->credentials)
		gnutls_session_set_verify_function(t->gnutls, verify);
	rc = gnutls_credentials_set(t->gnutls, GNUTLS_CRD_CERTIFICATE,
	    tls->credentials ? tls->credentials
	    : t->own         ? t->own
			     : tls->automatic);
	if (rc >= 0)
		rc = gnutls_set_default_priority_append(
		    t->gnutls, priorities[tls->minimum == 13], NULL, 0);
	/* RFC 6066 3: never an address. */
	if (rc >= 0 && t->name.text && t->name.address_len == 0)
		rc = gnutls_server_name_set(t->gnutls, GNUTLS_NAME_DNS,
		    t->name.text, strlen(t->name.text));
	return rc;
}

struct tls *tls_new(struct smtp_session *session, const char *host)
{
	struct tls *t = calloc(1, sizeof *t);
	int rc;

	if (!t) {
		error_set(&session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
		    "out of memory", NULL);
		return NULL;
	}
	t->session = session;
	t->suite = "unknown";
	buf_init(&t->held, HELD_MAX);
	if (set_name(t, host) && tls_client_prepare(t)) {
		rc = set_up(t);
		if (rc >= 0)
			return t;
		tls_fail_rc(t, "cannot prepare TLS", rc);
	}
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	if (t->gnutls)
		gnutls_deinit(t->gnutls);
	tls_client_release(t);
	buf_release(&t->held);
	trust_name_release(&t->name);
	free(t);
}

/* Tells the server why, as far as the buffer allows, and is over. */
static enum tls_state broken(struct tls *t, const char *what, int rc)
{
	t->failed = true;
	tls_fail_rc(t, what, rc);
	gnutls_alert_send_appropriate(t->gnutls, rc);
	return TLS_FAILED;
}

static enum tls_state weak(struct tls *t, const char *what)
{
	t->failed = true;
	tls_fail(t, what, NULL);
	gnutls_alert_send(
	    t->gnutls, GNUTLS_AL_FATAL, GNUTLS_A_INSUFFICIENT_SECURITY);
	return TLS_FAILED;
}

/* The handshake is over; what is left to check before anyone relies on it.
 * SMTP_EV_WEAK_CIPHER never fires: nothing below 128 bits was offered. */
static enum tls_state check_outcome(struct tls *t)
{
	struct smtp_session *s = t->session;

	if (gnutls_protocol_get_version(t->gnutls) == GNUTLS_TLS1_2 &&
	    !gnutls_session_ext_master_secret_status(t->gnutls))
		return weak(
		    t, "the server's TLS 1.2 lacks the extended master secret");
	/* With the program's credentials nobody has looked yet. */
	if (!tls_judge(t))
		return broken(t, "", GNUTLS_E_CERTIFICATE_ERROR);
	t->up = true;
	if (s->event)
		s->event(s, SMTP_EV_STARTTLS_OK, s->event_arg, t->gnutls,
		    t->suite, t->bits);
	return TLS_DONE;
}

static enum tls_state shake(struct tls *t)
{
	for (;;) {
		size_t before = t->in->len;
		int rc = gnutls_handshake(t->gnutls);

		if (rc >= 0)
			return check_outcome(t);
		if (gnutls_error_is_fatal(rc))
			return broken(t, "the TLS handshake failed", rc);
		if (t->in->len == before)
			return TLS_AGAIN;
	}
}

/* For the length of a call. What was held back leaves first. */
static void lend(struct tls *t, struct buf *in, struct buf *out)
{
	t->in = in;
	t->out = out;
	if (out && t->held.len > 0 &&
	    buf_append(out, buf_head(&t->held), t->held.len))
		buf_clear(&t->held);
}

static void give_back(struct tls *t)
{
	t->in = NULL;
	t->out = NULL;
}

enum tls_state tls_handshake(struct tls *t, struct buf *in, struct buf *out)
{
	enum tls_state state;

	if (t->failed)
		return TLS_FAILED;
	if (t->up)
		return TLS_DONE;
	lend(t, in, out);
	state = shake(t);
	give_back(t);
	return state;
}

/* One call of GnuTLS; it may give less than a record, or take a message of
 * its own (a ticket) and give nothing. */
static ssize_t receive(struct tls *t, struct buf *plain)
{
	size_t room = buf_room(plain);
	unsigned char *to;
	ssize_t n;

	if (room > RECORD_MAX)
		room = RECORD_MAX;
	to = buf_reserve(plain, room);
	if (!to)
		return GNUTLS_E_MEMORY_ERROR;
	n = gnutls_record_recv(t->gnutls, to, room);
	if (n > 0)
		buf_commit(plain, (size_t)n);
	return n;
}

static enum tls_state open_records(struct tls *t, struct buf *plain)
{
	while (buf_room(plain) > 0) {
		size_t before = t->in->len;
		ssize_t n = receive(t, plain);

		if (n > 0)
			continue;
		if (n == 0)
			return TLS_CLOSED;
		if (n == GNUTLS_E_REHANDSHAKE)
			return broken(t, "the server wants to renegotiate",
			    GNUTLS_E_REHANDSHAKE);
		if (gnutls_error_is_fatal((int)n))
			return broken(t, "TLS failed", (int)n);
		/* E_AGAIN does not say that nothing is left: a ticket was
		 * taken and more may follow. */
		if (t->in->len == before)
			return TLS_AGAIN;
	}
	return TLS_AGAIN;
}

enum tls_state tls_open(struct tls *t, struct buf *in, struct buf *plain)
{
	enum tls_state state;

	if (t->failed || !t->up)
		return TLS_FAILED;
	lend(t, in, NULL);
	state = open_records(t, plain);
	give_back(t);
	return state;
}

long tls_seal(struct tls *t, const void *data, size_t n, struct buf *out)
{
	const unsigned char *from = data;
	size_t taken = 0;

	if (t->failed || !t->up)
		return -1;
	lend(t, NULL, out);
	while (taken < n && buf_room(out) > RECORD_OVERHEAD) {
		size_t piece = n - taken;
		ssize_t sent;

		if (piece > buf_room(out) - RECORD_OVERHEAD)
			piece = buf_room(out) - RECORD_OVERHEAD;
		if (piece > RECORD_MAX)
			piece = RECORD_MAX;
		sent = gnutls_record_send(t->gnutls, from + taken, piece);
		if (sent <= 0) {
			broken(t, "TLS failed", (int)sent);
			break;
		}
		taken += (size_t)sent;
	}
	give_back(t);
	return t->failed ? -1 : (long)taken;
}

void tls_close(struct tls *t, struct buf *out)
{
	lend(t, NULL, out);
	if (t->up && !t->failed)
		gnutls_bye(t->gnutls, GNUTLS_SHUT_WR);
	give_back(t);
}

bool tls_verified(const struct tls *t)
{
	return t->up && !t->failed && t->verified;
}

const char *tls_version(const struct tls *t)
{
	return gnutls_protocol_get_name(gnutls_protocol_get_version(t->gnutls));
}

const char *tls_cipher(const struct tls *t)
{
	return t->suite;
}

bool tls_client_certificate_sent(const struct tls *t)
{
	return t->up &&
	       gnutls_certificate_client_get_request_status(t->gnutls) != 0 &&
	       gnutls_certificate_get_ours(t->gnutls) != NULL;
}

bool tls_client_name(const struct tls *t, char *name, size_t size)
{
	const gnutls_datum_t *der = tls_client_certificate_sent(t)
	                                ? gnutls_certificate_get_ours(t->gnutls)
	                                : NULL;
	gnutls_x509_crt_t crt;
	bool found;

	if (!der || gnutls_x509_crt_init(&crt) < 0)
		return false;
	found = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) >= 0 &&
	        gnutls_x509_crt_get_dn_by_oid(
		    crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) >= 0;
	gnutls_x509_crt_deinit(crt);
	return found;
}

bool tls_exporter(struct tls *t, unsigned char out[32])
{
	gnutls_datum_t binding = {NULL, 0};
	bool done = t->up &&
	            gnutls_session_channel_binding(
			t->gnutls, GNUTLS_CB_TLS_EXPORTER, &binding) >= 0 &&
	            binding.size == 32;

	if (done)
		memcpy(out, binding.data, 32);
	gnutls_free(binding.data);
	return done;
}
