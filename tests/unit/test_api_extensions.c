/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_extensions.c - what setters make of the wire, and TLS's files
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Extensions as their RFCs want them, whatever libESMTP sends: DSN, DELIVERBY
 * with its event, XUSR, BINARYMIME with CHUNKING, SMTPUTF8, REQUIRETLS,
 * MT-PRIORITY, FUTURERELEASE. Client certificates and authorities in the
 * places, and with the modes, of libESMTP. The server is a real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/x509.h>

#include "api_fixture.h"

/* RFC 3461: xtext, one order, both parts. */
static void dsn_is_xtext(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r;

	(void)state;
	begin("");
	m = letter(LETTER);
	smtp_dsn_set_ret(m, Ret_FULL);
	smtp_dsn_set_envid(m, "a+b=c");
	r = smtp_add_recipient(m, "a@example.com");
	smtp_dsn_set_notify(r, (enum notify_flags)7);
	smtp_dsn_set_orcpt(r, "rfc822", "a+b@example.com");
	start(1, 0);
	assert_int_equal(said("MAIL FROM:<s@example.com> SIZE="), 1);
	assert_int_equal(server_count(&server, "record/dialogue",
			     " RET=FULL ENVID=a+2Bb+3Dc"),
	    1);
	assert_int_equal(said("RCPT TO:<a@example.com> NOTIFY=SUCCESS,FAILURE,"
			      "DELAY ORCPT=rfc822;a+2Bb@example.com"),
	    1);
	finish();
}

static int shortfall;
static int extra;

static void on_expired(smtp_session_t s, int event, void *arg, ...)
{
	va_list args;

	(void)s;
	if (event != SMTP_EV_DELIVERBY_EXPIRED)
		return;
	va_start(args, arg);
	shortfall = (int)va_arg(args, long);
	*va_arg(args, int *) = extra;
	va_end(args);
}

/* RFC 2852: a semicolon, the mode, the trace; and time that is too short. */
static void deliver_by_has_a_mode(void **state)
{
	static const struct {
		long time;
		enum by_mode mode;
		int trace, extra, shortfall;
		const char *parameter;
	} rows[] = {
	    {3600, By_NOTIFY, 0, 0, 0, "BY=3600;N"},
	    {3600, By_RETURN, 1, 0, 0, "BY=3600;RT"},
	    {-60, By_NOTIFY, 1, 0, 0, "BY=-60;NT"},
	    {100, By_NOTIFY, 0, 0, 500, "BY=100;N"},
	    {100, By_RETURN, 0, 0, 500, "BY=100;R"},
	    {100, By_RETURN, 0, 5, 500, "BY=605;R"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		smtp_message_t m;

		begin("--announce=DELIVERBY 600|--rule=on MAIL reply 250 ok");
		shortfall = 0;
		extra = rows[i].extra;
		smtp_set_eventcb(session, on_expired, NULL);
		m = letter(LETTER);
		smtp_add_recipient(m, "a@example.com");
		assert_int_equal(smtp_deliverby_set_mode(m, rows[i].time,
				     rows[i].mode, rows[i].trace),
		    1);
		smtp_start_session(session);
		assert_int_equal(shortfall, rows[i].shortfall);
		assert_int_equal(
		    server_count(&server, "record/dialogue", rows[i].parameter),
		    1);
		finish();
	}
}

/* Before every MAIL, on its own, and its reply does not matter. */
static void xusr_is_said_where_it_is_known(void **state)
{
	(void)state;
	begin("--announce=XUSR|--rule=on OTHER reply 500 5.5.1 what");
	letter_to("a@example.com");
	letter_to("b@example.com");
	start(1, 0);
	assert_int_equal(said("XUSR\n"), 2);
	assert_int_equal(said("MAIL"), 2);
	finish();
	begin("");
	letter_to("a@example.com");
	start(1, 0);
	assert_int_equal(said("XUSR"), 0);
	finish();
}

/* RFC 3030: octets as they are, in chunks. */
static void binary_content_is_not_touched(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("--announce=BINARYMIME");
	m = letter("From: s@example.com\r\nTo: a@example.com\r\n"
		   "\r\none\ntwo\r.three");
	smtp_8bitmime_set_body(m, E8bitmime_BINARYMIME);
	smtp_add_recipient(m, "a@example.com");
	smtp_start_session(session);
	assert_int_equal(
	    server_count(&server, "record/dialogue", "BODY=BINARYMIME"), 1);
	assert_int_equal(received(1, "\r\n\r\none\ntwo\r.three"), 1);
	finish();
}

static void additions_reach_the_wire(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("--announce=MT-PRIORITY|--announce=FUTURERELEASE 99999 "
	      "2099-01-01T00:00:00Z|--rule=on MAIL reply 250 2.1.0 ok");
	m = letter(LETTER);
	smtp_add_recipient(m, "a@example.com");
	smtpx_message_set_priority(m, -3);
	smtpx_message_set_hold_for(m, 600);
	m = letter(LETTER);
	smtp_add_recipient(m, "a@example.com");
	smtpx_message_set_hold_until(m, 1900000000);
	m = letter(LETTER);
	smtp_add_recipient(m, "\xc3\xbc@example.com");
	smtp_start_session(session);
	assert_int_equal(
	    server_count(&server, "record/dialogue", " MT-PRIORITY=-3"), 1);
	assert_int_equal(
	    server_count(&server, "record/dialogue", " HOLDFOR=600"), 1);
	assert_int_equal(server_count(&server, "record/dialogue",
			     " HOLDUNTIL=2030-03-17T17:46:40Z"),
	    1);
	assert_int_equal(
	    server_count(&server, "record/dialogue", " SMTPUTF8\n"), 1);
	finish();
}

/* RFC 8689: only where the server is who it says. */
static void require_tls_needs_verified_tls(void **state)
{
	char path[80];

	(void)state;
	/* The last line of EHLO's reply would look like MAIL's parameter. */
	begin("--starttls|@server|--announce=REQUIRETLS|--announce=ETRN"
	      "|--rule=on MAIL reply 250 2.1.0 ok");
	for (int verified = 0; verified < 2; verified++) {
		smtp_message_t m = letter(LETTER);
		smtp_recipient_t r = smtp_add_recipient(m, "a@example.com");

		smtp_starttls_enable(session, Starttls_REQUIRED);
		smtpx_tls_set_verify(
		    session, verified ? Smtpx_VERIFY_FULL : Smtpx_VERIFY_OFF);
		snprintf(path, sizeof path, "%s/certs/ca.pem", server.folder);
		smtpx_tls_set_ca_file(session, path);
		smtpx_message_set_requiretls(m, 1);
		smtp_start_session(session);
		assert_int_equal(
		    server_count(&server, "record/dialogue", " REQUIRETLS\n"),
		    verified);
		if (!verified)
			assert_int_equal(
			    smtpx_recipient_verdict(r), Smtpx_REFUSED);
		smtpx_message_remove(m);
	}
	finish();
}

/*
 * libESMTP's files
 */

/* HOME for a test: the server's folder, with .config/libesmtp in it. */
static void make_home(void)
{
	static const char *const folders[] = {
	    ".config", ".config/libesmtp", ".config/libesmtp/private"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", server.folder, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(setenv("HOME", server.folder, 1), 0);
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
}

/* Copies what the server's folder holds to libESMTP's place. */
static void install(const char *const *sources, const char *name, mode_t mode)
{
	char path[128];
	FILE *out;

	snprintf(
	    path, sizeof path, "%s/.config/libesmtp/%s", server.folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	for (; *sources != NULL; sources++) {
		char *text = server_file(&server, *sources);

		assert_true(fputs(text, out) >= 0);
		free(text);
	}
	fclose(out);
	assert_int_equal(chmod(path, mode), 0);
}

static const char *const authorities[] = {"certs/ca.pem", NULL};
static const char *const client[] = {
    "certs/client.pem", "certs/client.key", NULL};

static int tls_events[8];

static int take_missing_key; /* what to answer to NO_CLIENT_CERTIFICATE */

/* Arguments as libESMTP passes them: section 2. */
static void on_tls(smtp_session_t s, int event, void *arg, ...)
{
	va_list args;
	int *take;

	(void)s;
	va_start(args, arg);
	if (event >= SMTP_EV_WEAK_CIPHER && event <= SMTP_EV_UNUSABLE_CA_LIST)
		tls_events[event - SMTP_EV_WEAK_CIPHER]++;
	if (event == SMTP_EV_EXTNA_STARTTLS)
		tls_events[0]++;
	if (event == SMTP_EV_EXTNA_STARTTLS ||
	    event == SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE ||
	    event == SMTP_EV_UNUSABLE_CA_LIST)
		assert_null(va_arg(args, void *));
	if (event == SMTP_EV_NO_CLIENT_CERTIFICATE) {
		take = va_arg(args, int *);
		assert_int_equal(*take, 0);
		*take = take_missing_key;
	}
	va_end(args);
}

static void begin_tls(const char *options, enum starttls_option how)
{
	begin(options);
	make_home();
	memset(tls_events, 0, sizeof tls_events);
	take_missing_key = 0;
	smtp_set_eventcb(session, on_tls, NULL);
	smtp_starttls_enable(session, how);
	letter_to("a@example.com");
}

static void authorities_are_found_where_libesmtp_has_them(void **state)
{
	(void)state;
	begin_tls("--starttls|@server", Starttls_REQUIRED);
	start(0, SMTP_ERR_CLIENT_ERROR);
	assert_int_equal(tls_events[2], 1); /* INVALID_PEER_CERTIFICATE */
	install(authorities, "ca.pem", 0600);
	start(1, 0);
	assert_int_equal(tls_events[1], 1); /* STARTTLS_OK */
	finish();
}

/* ENABLED too: TLS that cannot be used is no leave to go without. */
static void unsafe_files_refuse_tls_and_never_clear_text(void **state)
{
	(void)state;
	for (int how = Starttls_ENABLED; how <= Starttls_REQUIRED; how++) {
		begin_tls("--starttls|@server", (enum starttls_option)how);
		install(authorities, "ca.pem", 0644);
		start(0, SMTP_ERR_EXTENSION_NOT_AVAILABLE);
		assert_int_equal(tls_events[7], 1); /* UNUSABLE_CA_LIST */
		assert_int_equal(
		    tls_events[0], how == Starttls_REQUIRED ? 1 : 0);
		install(authorities, "ca.pem", 0600);
		install(client, "private/smtp-starttls.pem", 0640);
		start(0, SMTP_ERR_EXTENSION_NOT_AVAILABLE);
		assert_int_equal(tls_events[6], 1); /* UNUSABLE_CLIENT_... */
		assert_int_equal(said("MAIL"), 0);
		finish();
	}
}

static int no_answer(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	(void)request;
	(void)result;
	(void)fields;
	(void)arg;
	return 0;
}

static const char external[] =
    "--starttls|@server|--auth=EXTERNAL|--require-auth"
    "|--client-ca=@/certs/ca.pem";

/* By EXTERNAL, which the certificate alone makes possible. */
static void log_in_by_certificate(int done)
{
	auth_context_t auth = auth_create_context();
	struct smtpx_facts facts;

	auth_set_interact_cb(auth, no_answer, NULL);
	smtp_auth_set_context(session, auth);
	smtpx_require_auth(session, 1);
	assert_int_equal(smtp_start_session(session), done);
	assert_int_equal(smtpx_get_facts(session, &facts), 1);
	if (done)
		assert_string_equal(facts.mechanism, "EXTERNAL");
	else
		assert_null(facts.mechanism);
	smtp_auth_set_context(session, NULL);
	auth_destroy_context(auth);
}

static void the_client_certificate_logs_in(void **state)
{
	(void)state;
	begin_tls(external, Starttls_REQUIRED);
	install(authorities, "ca.pem", 0600);
	log_in_by_certificate(0);
	assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_AUTH);
	install(client, "private/localhost.pem", 0600);
	log_in_by_certificate(1);
	finish();
}

static int give_passphrase(char *buf, int size, int rwflag, void *arg)
{
	int *asked = arg;

	assert_int_equal(rwflag, 0);
	assert_true(size > 6);
	++*asked;
	memcpy(buf, "secret", 6); /* no NUL is needed */
	return 6;
}

/* The certificate with its key under a passphrase, as smtp-starttls.pem. */
static void install_encrypted(void)
{
	static const char *const parts[] = {
	    "certs/client.pem", "certs/encrypted.key", NULL};
	char *pem = server_file(&server, "certs/client.key");
	gnutls_datum_t data = {(unsigned char *)pem, (unsigned)strlen(pem)};
	gnutls_datum_t sealed;
	gnutls_x509_privkey_t key;
	char path[128];
	FILE *out;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import2(
			     key, &data, GNUTLS_X509_FMT_PEM, NULL, 0),
	    0);
	assert_int_equal(
	    gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM,
		"secret", GNUTLS_PKCS_PBES2_AES_256, &sealed),
	    0);
	snprintf(path, sizeof path, "%s/certs/encrypted.key", server.folder);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(sealed.data, 1, sealed.size, out), sealed.size);
	fclose(out);
	gnutls_free(sealed.data);
	gnutls_x509_privkey_deinit(key);
	free(pem);
	install(parts, "private/smtp-starttls.pem", 0600);
}

/* The callback is the process's, and every session has it. */
static void an_encrypted_key_asks_for_its_passphrase(void **state)
{
	int asked = 0;

	(void)state;
	begin_tls(external, Starttls_REQUIRED);
	install(authorities, "ca.pem", 0600);
	install_encrypted();
	start(0, SMTP_ERR_CLIENT_ERROR);
	assert_int_equal(tls_events[5], 1); /* NO_CLIENT_CERTIFICATE */
	take_missing_key = 1;               /* then TLS goes without it */
	log_in_by_certificate(0);
	assert_int_equal(tls_events[5], 2);
	assert_int_equal(tls_events[1], 1);
	take_missing_key = 0;
	assert_int_equal(
	    smtp_starttls_set_password_cb(give_passphrase, &asked), 1);
	log_in_by_certificate(1);
	assert_true(asked >= 1);
	assert_non_null(smtp_starttls_get_ctx(session));
	letter_to("b@example.com");
	log_in_by_certificate(1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dsn_is_xtext),
	    cmocka_unit_test(deliver_by_has_a_mode),
	    cmocka_unit_test(xusr_is_said_where_it_is_known),
	    cmocka_unit_test(binary_content_is_not_touched),
	    cmocka_unit_test(additions_reach_the_wire),
	    cmocka_unit_test(require_tls_needs_verified_tls),
	    cmocka_unit_test(authorities_are_found_where_libesmtp_has_them),
	    cmocka_unit_test(unsafe_files_refuse_tls_and_never_clear_text),
	    cmocka_unit_test(the_client_certificate_logs_in),
	    cmocka_unit_test(an_encrypted_key_asks_for_its_passphrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
