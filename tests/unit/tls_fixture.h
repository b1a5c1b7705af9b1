/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_fixture.h - our side of TLS connected to pki_fixture.h's
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A session that trusts one authority, a server that has a certificate of it,
 * and the two buffers between them; what the event callback was told. Handed
 * over whole or in steps of a few octets. Included once by each test of TLS.
 */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include "model.h"
#include "pki_fixture.h"
#include "tls.h"

enum { PATH_ROOM = 256, EVENTS = 8 };

/* Made once: an authority in a file, and a server. */
static struct identity ca, server;
static char directory[] = "/tmp/test_tls.XXXXXX";
static char ca_path[PATH_ROOM];

struct fixture {
	struct smtp_session session;
	struct server_side server;
	struct tls *tls;
	struct buf in, out, plain;
	size_t step; /* octets handed over at a time, 0: all */
	int events[EVENTS];
	size_t event_count;
	int answer; /* to events that ask */
	long code;
	int bits;
	char name[64]; /* that 3104 reported */
};

static inline void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct fixture *f = arg;
	va_list ap;

	(void)session;
	assert_true(f->event_count < EVENTS);
	f->events[f->event_count++] = event;
	va_start(ap, arg);
	switch (event) {
	case SMTP_EV_STARTTLS_OK:
		assert_non_null(va_arg(ap, void *));
		assert_non_null(va_arg(ap, const char *));
		f->bits = va_arg(ap, int);
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		f->code = va_arg(ap, long);
		*va_arg(ap, int *) = f->answer;
		assert_non_null(va_arg(ap, void *));
		break;
	case SMTP_EV_NO_PEER_CERTIFICATE:
	case SMTP_EV_NO_CLIENT_CERTIFICATE:
		*va_arg(ap, int *) = f->answer;
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		*va_arg(ap, int *) = f->answer;
		snprintf(
		    f->name, sizeof f->name, "%s", va_arg(ap, const char *));
		assert_non_null(va_arg(ap, void *));
		break;
	default:
		assert_null(va_arg(ap, void *));
		break;
	}
	va_end(ap);
}

static inline void open_fixture(
    struct fixture *f, const char *priority, unsigned flags)
{
	gnutls_x509_crt_t chain[] = {server.crt, ca.crt, NULL};

	memset(f, 0, sizeof *f);
	f->session.tls.explicit_trust = true;
	f->session.tls.ca_file = ca_path;
	f->session.event = on_event;
	f->session.event_arg = f;
	server_open(&f->server, &server, chain, priority, flags);
	buf_init(&f->in, PKI_WIRE);
	buf_init(&f->out, PKI_WIRE);
	buf_init(&f->plain, 65536);
}

static inline void close_fixture(struct fixture *f)
{
	tls_free(f->tls);
	server_close(&f->server);
	buf_release(&f->in);
	buf_release(&f->out);
	buf_release(&f->plain);
}

static inline void move(struct buf *from, struct buf *to, size_t n)
{
	if (n == 0 || n > from->len)
		n = from->len;
	assert_true(buf_append(to, buf_head(from), n));
	buf_consume(from, n);
}

/* Both sides until nothing moves any more. */
static inline enum tls_state shake(struct fixture *f)
{
	enum tls_state state;

	do {
		state = tls_handshake(f->tls, &f->in, &f->out);
		move(&f->out, &f->server.in, f->step);
		server_shake(&f->server);
		move(&f->server.out, &f->in, f->step);
	} while ((state == TLS_AGAIN && (f->in.len || f->out.len)) ||
		 (!f->server.up && f->server.in.len) || f->out.len);
	return state;
}

static inline enum tls_state begin(struct fixture *f)
{
	f->tls = tls_new(&f->session, "mail.example");
	if (!f->tls)
		return TLS_FAILED;
	return shake(f);
}

static inline void server_says(struct fixture *f, const char *text)
{
	assert_int_equal(gnutls_record_send(f->server.tls, text, strlen(text)),
	    (int)strlen(text));
	move(&f->server.out, &f->in, 0);
}

static inline void assert_reads(struct fixture *f, const char *text)
{
	assert_int_equal(tls_open(f->tls, &f->in, &f->plain), TLS_AGAIN);
	assert_int_equal(f->plain.len, strlen(text));
	assert_memory_equal(buf_head(&f->plain), text, strlen(text));
	buf_clear(&f->plain);
}

static inline void assert_server_reads(struct fixture *f, const char *text)
{
	char got[256];
	ssize_t n;

	move(&f->out, &f->server.in, 0);
	server_shake(&f->server);
	assert_true(f->server.up);
	do
		n = gnutls_record_recv(f->server.tls, got, sizeof got);
	while (n == GNUTLS_E_AGAIN && f->server.in.len > 0);
	assert_int_equal(n, (int)strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static inline void assert_refused(
    struct fixture *f, enum smtpx_cause cause, const char *words)
{
	assert_int_equal(f->session.error.cause, cause);
	assert_int_equal(f->session.error.code, SMTP_ERR_CLIENT_ERROR);
	if (!strstr(f->session.error.text, words))
		fail_msg(
		    "\"%s\" is not in \"%s\"", words, f->session.error.text);
	if (f->tls) {
		assert_false(tls_verified(f->tls));
		assert_int_equal(tls_seal(f->tls, "x", 1, &f->out), -1);
	}
}

static int make_identities(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(ca_path, sizeof ca_path, "%s/ca.pem", directory);
	ca = pki_make(&(struct plan){.cn = "Test CA", .ca = true}, NULL);
	server =
	    pki_make(&(struct plan){.cn = "mail", .dns = "mail.example"}, &ca);
	pki_write(ca_path, ca.crt, NULL);
	return 0;
}

static int drop_identities(void **state)
{
	(void)state;
	pki_free(&ca);
	pki_free(&server);
	unlink(ca_path);
	return rmdir(directory);
}

#endif
