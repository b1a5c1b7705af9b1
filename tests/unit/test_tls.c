/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_tls.c - TLS over buffers, against GnuTLS's server side
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The handshake at any split of the octets, records, tickets, closing, what
 * is refused, what is sent (SNI, client certificate), events and
 * sentences, and libESMTP's files. Which certificates are believed is
 * test_trust.c's matter.
 */
#include "tls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <time.h>

#include "tls_fixture.h"

/* A handshake, a line each way, and a clean end, at some split. */
static void converse(
    const char *priority, size_t step, const char *version, const char *suite)
{
	struct fixture f;

	open_fixture(&f, priority, 0);
	f.step = step;
	assert_int_equal(begin(&f), TLS_DONE);
	assert_true(tls_verified(f.tls));
	assert_string_equal(tls_version(f.tls), version);
	assert_string_equal(tls_cipher(f.tls), suite);
	assert_false(tls_client_certificate_sent(f.tls));
	assert_int_equal(f.event_count, 1);
	assert_int_equal(f.events[0], SMTP_EV_STARTTLS_OK);
	assert_int_equal(f.bits, 256);
	assert_int_equal(tls_seal(f.tls, "EHLO x\r\n", 8, &f.out), 8);
	assert_server_reads(&f, "EHLO x\r\n");
	server_says(&f, "250 y\r\n");
	assert_reads(&f, "250 y\r\n");
	tls_close(f.tls, &f.out);
	move(&f.out, &f.server.in, 0);
	assert_int_equal(gnutls_record_recv(f.server.tls, &f.code, 1), 0);
	gnutls_bye(f.server.tls, GNUTLS_SHUT_WR);
	move(&f.server.out, &f.in, 0);
	assert_int_equal(tls_open(f.tls, &f.in, &f.plain), TLS_CLOSED);
	close_fixture(&f);
}

#define ONLY_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define ONLY_13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"

static void handshake_at_any_split(void **state)
{
	static const size_t steps[] = {0, 1, 2, 5, 17, 100, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		converse(ONLY_13, steps[i], "TLS1.3", "TLS_AES_256_GCM_SHA384");
		converse(ONLY_12, steps[i], "TLS1.2",
		    "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384");
	}
}

/* No tickets are asked for, so none come; one that comes all the same is
 * taken without being mistaken for the end of what there is. */
static void tickets(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, ONLY_13, GNUTLS_NO_AUTO_SEND_TICKET);
	assert_int_equal(begin(&f), TLS_DONE);
	for (int i = 0; i < 3; i++) {
		gnutls_session_ticket_send(f.server.tls, 2, 0);
		server_says(&f, "250 a\r\n");
		assert_reads(&f, "250 a\r\n");
		assert_int_equal(f.in.len, 0);
	}
	close_fixture(&f);
	open_fixture(&f, ONLY_13, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	assert_int_equal(f.in.len, 0);
	close_fixture(&f);
}

static void key_update(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, ONLY_13, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	assert_rc(gnutls_session_key_update(f.server.tls, GNUTLS_KU_PEER));
	server_says(&f, "250 new\r\n");
	assert_reads(&f, "250 new\r\n");
	assert_int_equal(tls_seal(f.tls, "NOOP\r\n", 6, &f.out), 6);
	assert_server_reads(&f, "NOOP\r\n");
	close_fixture(&f);
}

/* more key updates than anyone needs. */
static void key_update_flood(void **state)
{
	enum tls_state got = TLS_AGAIN;
	struct fixture f;

	(void)state;
	open_fixture(&f, ONLY_13, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	for (int i = 0; i < 40 && got == TLS_AGAIN; i++) {
		assert_rc(gnutls_session_key_update(f.server.tls, 0));
		move(&f.server.out, &f.in, 0);
		got = tls_open(f.tls, &f.in, &f.plain);
	}
	assert_int_equal(got, TLS_FAILED);
	close_fixture(&f);
}

/* Much data through a small out: whole records, never more than fits. */
static void seal_in_pieces(void **state)
{
	static unsigned char data[100000], got[100000];
	struct fixture f;
	struct buf narrow;
	size_t at = 0, read = 0;

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 7 + i / 251);
	open_fixture(&f, NULL, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	buf_init(&narrow, 3000);
	while (at < sizeof data) {
		long n = tls_seal(f.tls, data + at, sizeof data - at, &narrow);

		assert_true(n > 0);
		at += (size_t)n;
		assert_true(buf_room(&narrow) < 300 || at == sizeof data);
		assert_int_equal(tls_seal(f.tls, data, 1, &narrow),
		    buf_room(&narrow) > 256 ? 1 : 0);
		if (at == sizeof data)
			break;
		move(&narrow, &f.server.in, 0);
		while (f.server.in.len > 0) {
			ssize_t r = gnutls_record_recv(
			    f.server.tls, got + read, sizeof got - read);
			assert_true(r > 0);
			read += (size_t)r;
		}
	}
	assert_memory_equal(got, data, read);
	assert_true(read > 90000);
	buf_release(&narrow);
	close_fixture(&f);
}

/* plain fills up before in is empty: nothing is lost. */
static void open_into_a_small_buffer(void **state)
{
	static char data[40000];
	struct fixture f;
	struct buf small;
	size_t read = 0;

	(void)state;
	memset(data, 'x', sizeof data);
	open_fixture(&f, NULL, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	for (size_t at = 0; at < sizeof data; at += 10000)
		assert_int_equal(
		    gnutls_record_send(f.server.tls, data + at, 10000), 10000);
	move(&f.server.out, &f.in, 0);
	buf_init(&small, 777);
	while (read < sizeof data) {
		assert_int_equal(tls_open(f.tls, &f.in, &small), TLS_AGAIN);
		assert_true(small.len > 0);
		read += small.len;
		buf_clear(&small);
	}
	assert_int_equal(read, sizeof data);
	buf_release(&small);
	close_fixture(&f);
}

/* what a server may not offer alone. */
static void weak_servers(void **state)
{
	static const struct {
		const char *priority, *words;
		unsigned flags;
	} cases[] = {
	    {"NORMAL:-VERS-ALL:+VERS-TLS1.1", "", 0},
	    {"NORMAL:-VERS-ALL:+VERS-TLS1.0", "", 0},
	    {ONLY_12 ":-KX-ALL:+RSA", "", 0},
	    {ONLY_12 ":-KX-ALL:+DHE-RSA", "", 0},
	    {ONLY_12 ":-CIPHER-ALL:+AES-128-CBC", "", 0},
	    {ONLY_12 ":-CIPHER-ALL:+3DES-CBC", "", 0},
	    {ONLY_12 ":-SIGN-ALL:+SIGN-ECDSA-SHA1", "", 0},
	    {ONLY_12 ":%DISABLE_SAFE_RENEGOTIATION", "", 0},
	    {ONLY_12 ":%NO_SESSION_HASH", "extended master secret", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;

		open_fixture(&f, cases[i].priority, cases[i].flags);
		assert_int_equal(begin(&f), TLS_FAILED);
		assert_refused(&f, Smtpx_CAUSE_TLS, cases[i].words);
		close_fixture(&f);
	}
}

static void minimum_is_13(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, ONLY_12, 0);
	f.session.tls.minimum = 13;
	assert_int_equal(begin(&f), TLS_FAILED);
	assert_refused(&f, Smtpx_CAUSE_TLS, "handshake");
	close_fixture(&f);
	open_fixture(&f, NULL, 0);
	f.session.tls.minimum = 13;
	assert_int_equal(begin(&f), TLS_DONE);
	assert_string_equal(tls_version(f.tls), "TLS1.3");
	close_fixture(&f);
}

/* a HelloRequest ends the session. */
static void renegotiation_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, ONLY_12, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	assert_true(f.server.up);
	gnutls_rehandshake(f.server.tls);
	move(&f.server.out, &f.in, 0);
	assert_true(f.in.len > 0);
	assert_int_equal(tls_open(f.tls, &f.in, &f.plain), TLS_FAILED);
	assert_int_equal(tls_open(f.tls, &f.in, &f.plain), TLS_FAILED);
	assert_refused(&f, Smtpx_CAUSE_TLS, "renegotiate");
	close_fixture(&f);
}

/* clear text where a handshake was due; X-25. */
static void garbage(void **state)
{
	static const char *const texts[] = {"250-x\r\n250 AUTH PLAIN\r\n",
	    "HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x03\x00\x02\x02\x28"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct fixture f;

		open_fixture(&f, NULL, 0);
		f.tls = tls_new(&f.session, "mail.example");
		size_t n = i == 2 ? 7 : strlen(texts[i]);

		buf_append(&f.in, texts[i], n);
		assert_int_equal(
		    tls_handshake(f.tls, &f.in, &f.out), TLS_FAILED);
		assert_refused(&f, Smtpx_CAUSE_TLS,
		    i == 2 ? "Handshake failed" : "the TLS handshake failed");
		assert_int_equal(
		    tls_handshake(f.tls, &f.in, &f.out), TLS_FAILED);
		close_fixture(&f);
	}
}

static void damaged_record(void **state)
{
	struct fixture f;
	unsigned char last;

	(void)state;
	open_fixture(&f, NULL, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	server_says(&f, "250 x\r\n");
	last = buf_head(&f.in)[f.in.len - 1];
	buf_truncate(&f.in, f.in.len - 1);
	buf_putc(&f.in, last ^ 1);
	assert_int_equal(tls_open(f.tls, &f.in, &f.plain), TLS_FAILED);
	assert_int_equal(f.plain.len, 0);
	assert_refused(&f, Smtpx_CAUSE_TLS, "TLS failed");
	tls_close(f.tls, &f.out);
	assert_true(f.out.len > 0); /* the alert that was held back */
	close_fixture(&f);
}

/* RFC 6066 3: a name, never an address. */
static void server_name(void **state)
{
	static const struct {
		const char *host, *sni;
	} cases[] = {{"MAIL.example.", "MAIL.example"},
	    {"b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example"},
	    {"192.0.2.1", NULL}, {"2001:db8::1", NULL}, {"fe80::1%lo", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		char name[256];
		size_t n = sizeof name;
		unsigned type;

		open_fixture(&f, NULL, 0);
		f.session.tls.verify = Smtpx_VERIFY_OFF;
		f.tls = tls_new(&f.session, cases[i].host);
		assert_int_equal(shake(&f), TLS_DONE);
		assert_false(tls_verified(f.tls));
		int rc =
		    gnutls_server_name_get(f.server.tls, name, &n, &type, 0);

		assert_int_equal(rc >= 0, cases[i].sni != NULL);
		if (cases[i].sni)
			assert_string_equal(name, cases[i].sni);
		close_fixture(&f);
	}
}

static void exporter(void **state)
{
	static const char *const priorities[] = {ONLY_12, ONLY_13};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		unsigned char ours[32];
		gnutls_datum_t theirs;

		open_fixture(&f, priorities[i], 0);
		assert_int_equal(begin(&f), TLS_DONE);
		/* A false start is over with the server's first word. */
		server_shake(&f.server);
		server_says(&f, "250 y\r\n");
		assert_reads(&f, "250 y\r\n");
		assert_true(tls_exporter(f.tls, ours));
		assert_rc(gnutls_session_channel_binding(
		    f.server.tls, GNUTLS_CB_TLS_EXPORTER, &theirs));
		assert_memory_equal(ours, theirs.data, 32);
		gnutls_free(theirs.data);
		close_fixture(&f);
	}
}

/* With the program's credentials, its authorities count, after the handshake.
 */
static void credentials_of_the_program(void **state)
{
	for (int trusting = 0; trusting < 2; trusting++) {
		gnutls_certificate_credentials_t own;
		struct fixture f;

		(void)state;
		open_fixture(&f, NULL, 0);
		assert_rc(gnutls_certificate_allocate_credentials(&own));
		if (trusting)
			assert_rc(gnutls_certificate_set_x509_trust_file(
			    own, ca_path, GNUTLS_X509_FMT_PEM));
		f.session.tls.credentials = own;
		assert_int_equal(begin(&f), trusting ? TLS_DONE : TLS_FAILED);
		if (trusting)
			assert_true(tls_verified(f.tls));
		else
			assert_refused(&f, Smtpx_CAUSE_CERTIFICATE,
			    "issuer of the server's certificate is unknown");
		close_fixture(&f);
		gnutls_certificate_free_credentials(own);
	}
}

/* Events in their order, the program's leave, and that it is no proof. */
static void events_and_leave(void **state)
{
	for (int answer = 0; answer < 2; answer++) {
		struct fixture f;

		(void)state;
		open_fixture(&f, NULL, 0);
		f.session.tls.ca_file = "/etc/ssl/certs/ca-certificates.crt";
		f.session.tls.name = "mail.example";
		f.answer = answer;
		assert_int_equal(begin(&f), answer ? TLS_DONE : TLS_FAILED);
		assert_int_equal(f.events[0], SMTP_EV_INVALID_PEER_CERTIFICATE);
		/* The CA is in the chain and self-signed: 19. */
		assert_int_equal(f.code, 19);
		assert_int_equal(f.event_count, answer ? 2 : 1);
		if (answer) {
			assert_int_equal(f.events[1], SMTP_EV_STARTTLS_OK);
			assert_false(tls_verified(f.tls));
		} else {
			assert_refused(&f, Smtpx_CAUSE_CERTIFICATE,
			    "issuer of the server's certificate is unknown: "
			    "CN=Test CA");
			assert_int_equal(
			    f.server.rc, GNUTLS_E_FATAL_ALERT_RECEIVED);
		}
		close_fixture(&f);
	}
}

static void wrong_name_and_leave(void **state)
{
	struct identity other = pki_make(
	    &(struct plan){.cn = "mail.example", .dns = "a.example b.example"},
	    &ca);
	gnutls_x509_crt_t chain[] = {other.crt, NULL};

	for (int answer = 0; answer < 2; answer++) {
		struct fixture f;

		(void)state;
		open_fixture(&f, NULL, 0);
		server_close(&f.server);
		server_open(&f.server, &other, chain, NULL, 0);
		f.answer = answer;
		assert_int_equal(begin(&f), answer ? TLS_DONE : TLS_FAILED);
		assert_int_equal(f.events[0], SMTP_EV_WRONG_PEER_CERTIFICATE);
		assert_string_equal(f.name, "b.example");
		if (answer)
			assert_false(tls_verified(f.tls));
		else
			assert_refused(&f, Smtpx_CAUSE_CERTIFICATE,
			    "not for mail.example but for: a.example, "
			    "b.example");
		close_fixture(&f);
	}
	pki_free(&other);
}

static int64_t clock_shows; /* 0: what it is */

/* In place of the C library's, for GnuTLS too. */
time_t time(time_t *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (clock_shows != 0)
		now.tv_sec = (time_t)clock_shows;
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}

static void begin_with_a_wrong_clock(void)
{
	struct fixture f;

	clock_shows = 981173106; /* 2001-02-03 */
	open_fixture(&f, NULL, 0);
	assert_int_equal(begin(&f), TLS_FAILED);
	assert_refused(&f, Smtpx_CAUSE_CERTIFICATE, "clock");
	assert_refused(&f, Smtpx_CAUSE_CERTIFICATE, "2001-02-03");
	assert_int_equal(f.events[0], SMTP_EV_INVALID_PEER_CERTIFICATE);
	assert_int_equal(f.code, 9);
	close_fixture(&f);
	clock_shows = 0;
}

/* a clock from before this was written vouches for nothing, also where
 * the certificates were valid then. */
static void a_clock_that_is_wrong(void **state)
{
	struct identity new_ca = ca, new_server = server;
	struct plan plan = {.cn = "Old CA", .ca = true, .from_days = -20000};
	struct fixture f;

	(void)state;
	begin_with_a_wrong_clock();
	ca = pki_make(&plan, NULL);
	plan = (struct plan){
	    .cn = "mail", .dns = "mail.example", .from_days = -20000};
	server = pki_make(&plan, &ca);
	pki_write(ca_path, ca.crt, NULL);
	begin_with_a_wrong_clock();
	open_fixture(&f, NULL, 0);
	assert_int_equal(begin(&f), TLS_DONE);
	close_fixture(&f);
	pki_free(&ca);
	pki_free(&server);
	ca = new_ca;
	server = new_server;
	pki_write(ca_path, ca.crt, NULL);
}

static void names_nobody_can_have(void **state)
{
	static const char *const names[] = {"*.example.net", "*", "a..b", "",
	    ".", "a b", "a_b.example", "[::1]", "a.example..", "xn--a"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct fixture f;

		open_fixture(&f, NULL, 0);
		assert_null(tls_new(&f.session, names[i]));
		assert_refused(&f, Smtpx_CAUSE_CERTIFICATE,
		    "no certificate can be for this name");
		close_fixture(&f);
	}
}

static void files_that_do_not_serve(void **state)
{
	static const struct {
		const char *path, *words;
	} cases[] = {
	    {"/nonexistent/ca.pem", "it does not exist"},
	    {"/dev/null", "not a readable file"},
	    {"/tmp", "not a readable file"},
	    {"/etc/passwd", "holds none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;

		open_fixture(&f, NULL, 0);
		f.session.tls.ca_file = (char *)cases[i].path;
		assert_int_equal(begin(&f), TLS_FAILED);
		assert_refused(&f, Smtpx_CAUSE_CERTIFICATE, cases[i].words);
		close_fixture(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshake_at_any_split),
	    cmocka_unit_test(tickets),
	    cmocka_unit_test(key_update),
	    cmocka_unit_test(key_update_flood),
	    cmocka_unit_test(seal_in_pieces),
	    cmocka_unit_test(open_into_a_small_buffer),
	    cmocka_unit_test(weak_servers),
	    cmocka_unit_test(minimum_is_13),
	    cmocka_unit_test(renegotiation_is_refused),
	    cmocka_unit_test(garbage),
	    cmocka_unit_test(damaged_record),
	    cmocka_unit_test(server_name),
	    cmocka_unit_test(exporter),
	    cmocka_unit_test(credentials_of_the_program),
	    cmocka_unit_test(events_and_leave),
	    cmocka_unit_test(wrong_name_and_leave),
	    cmocka_unit_test(a_clock_that_is_wrong),
	    cmocka_unit_test(names_nobody_can_have),
	    cmocka_unit_test(files_that_do_not_serve),
	};

	return cmocka_run_group_tests(tests, make_identities, drop_identities);
}
