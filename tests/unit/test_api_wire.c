/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_wire.c - what a program sees of the wire, and makes of it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The monitor callback with what it must hide (4.12), every reply to ETRN, a
 * libgsasl context of the program's, what a missing DELIVERBY means, and
 * mailboxes beyond ASCII in header fields. The server is a real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsasl.h>

#include "api_fixture.h"

/* What the monitor callback was given, by direction. */
static char seen[3][16384];

static void on_monitor(const char *buf, int n, int writing, void *arg)
{
	char *to;

	assert_ptr_equal(arg, seen);
	assert_in_range(writing, SMTP_CB_READING, SMTP_CB_HEADERS);
	/* Programs look at buf[n - 1], take it for a string, and copy it. */
	assert_in_range(n, 1, 2048);
	assert_int_equal(strlen(buf), n);
	if (writing == SMTP_CB_READING && n < 2048)
		assert_ptr_equal(strchr(buf, '\n'), buf + n - 1);
	to = seen[writing];
	assert_true(strlen(to) + (size_t)n < sizeof seen[0]);
	memcpy(to + strlen(to), buf, (size_t)n + 1);
}

static void watch(int headers)
{
	memset(seen, 0, sizeof seen);
	assert_int_equal(
	    smtp_set_monitorcb(session, on_monitor, seen, headers), 1);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* 4.12: header fields come one by one, content never; a chunk is no end. */
static void the_monitor_sees_no_content(void **state)
{
	static const char *const options[] = {
	    "", "--without=CHUNKING", "--without=PIPELINING"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		begin(options[i / 2]);
		watch(i % 2 == 0);
		letter_to("a@example.com");
		letter_to("b@example.com");
		start(1, 0);
		assert_int_equal(count(seen[1], "EHLO client.example\r\n"), 1);
		assert_int_equal(count(seen[1], "MAIL FROM:<s@"), 2);
		assert_int_equal(count(seen[1], "RCPT TO:<b@"), 1);
		assert_int_equal(count(seen[1], "QUIT\r\n"), 1);
		assert_int_equal(count(seen[0], "250 2.1.5"), 2);
		assert_int_equal(count(seen[0], "250-PIPELINING\r\n"), i < 4);
		for (int way = 0; way < 3; way++)
			assert_int_equal(count(seen[way], "Hello."), 0);
		assert_int_equal(count(seen[1], "From:"), 0);
		assert_int_equal(count(seen[2], "\r\nTo: a@example.com\r\n"),
		    i % 2 == 0 ? 2 : 0);
		finish();
	}
}

/* 4.12: no more at once than libESMTP's buffer holds. */
static void the_monitor_gets_pieces(void **state)
{
	(void)state;
	begin("--rule=on MAIL raw \"250-\" repeat 7000 \"x\" raw "
	      "\"\\r\\n250 2.1.0 ok\\r\\n\"");
	watch(0);
	letter_to("a@example.com");
	start(1, 0);
	assert_true(count(seen[0], "xxxxxxxxxx") > 900);
	finish();
}

static int answer(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	(void)arg;
	for (int i = 0; i < fields; i++)
		result[i] =
		    (request[i].flags & 7) == AUTH_USER ? "user" : "secret";
	return 1;
}

/* "user" and "secret", and what of them is said in base64. */
static void expect_no_secret(void)
{
	static const char *const secrets[] = {
	    "dXNlc", "secret", "c2VjcmV0", "AHVzZXIAc2VjcmV0", "biws", "cj1"};

	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
		for (int way = 0; way < 3; way++)
			assert_int_equal(count(seen[way], secrets[i]), 0);
	assert_int_equal(count(seen[1], "AUTH "), 1);
	assert_int_equal(count(seen[0], "\r\n235 "), 1);
}

/* 4.12: in clear under TLS as well, but credentials are hidden. */
static void the_monitor_sees_no_secret(void **state)
{
	static const char *const mechanisms[] = {
	    "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		char options[128];
		char ca_file[80];
		auth_context_t auth = auth_create_context();

		snprintf(options, sizeof options, "--auth=%s|--require-auth%s",
		    mechanisms[i / 2], i % 2 ? "|--starttls|@server" : "");
		begin(options);
		snprintf(
		    ca_file, sizeof ca_file, "%s/certs/ca.pem", server.folder);
		smtpx_tls_set_ca_file(session, ca_file);
		smtp_starttls_enable(
		    session, i % 2 ? Starttls_REQUIRED : Starttls_DISABLED);
		auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
		auth_set_interact_cb(auth, answer, NULL);
		smtp_auth_set_context(session, auth);
		watch(1);
		letter_to("a@example.com");
		start(1, 0);
		expect_no_secret();
		assert_int_equal(count(seen[1], "EHLO"), 1 + (int)(i % 2));
		assert_int_equal(count(seen[1], "MAIL FROM:<s@"), 1);
		finish();
		auth_destroy_context(auth);
	}
}

struct etrn_reply {
	const char *text;
	int code;
};

static const struct etrn_reply etrn_replies[] = {{"250 2.0.0 ok", 250},
    {"251 2.0.0 none wait", 251}, {"252 2.0.0 some wait", 252},
    {"253 2.0.0 9 wait", 253}, {"458 4.3.0 unable", 458},
    {"459 4.7.1 not allowed", 459}, {"500 5.5.1 what", 500},
    {"501 5.5.4 bad", 501}};
enum { ETRN_REPLIES = sizeof etrn_replies / sizeof etrn_replies[0] };

static int etrn_events;

static void on_etrn(smtp_session_t s, int event, void *arg, ...)
{
	va_list args;

	(void)s;
	if (event != SMTP_EV_ETRNSTATUS)
		return;
	va_start(args, arg);
	assert_int_equal(va_arg(args, int), etrn_events % 2 ? '@' : 0);
	assert_string_equal(va_arg(args, const char *), "x.example");
	va_end(args);
	etrn_events++;
}

/* RFC 1985 5.3: each reply is its node's, and ends nothing. */
static void every_reply_to_etrn_is_kept(void **state)
{
	smtp_etrn_node_t nodes[ETRN_REPLIES];
	char options[640] = "--announce=ETRN";
	smtp_recipient_t r;

	(void)state;
	for (int i = 0; i < ETRN_REPLIES; i++)
		snprintf(options + strlen(options),
		    sizeof options - strlen(options),
		    "|--rule=on ETRN %d reply %s", i + 1, etrn_replies[i].text);
	begin(options);
	for (int i = 0; i < ETRN_REPLIES; i++)
		nodes[i] =
		    smtp_etrn_add_node(session, i % 2 ? '@' : 0, "x.example");
	r = letter_to("a@example.com");
	etrn_events = 0;
	smtp_set_eventcb(session, on_etrn, NULL);
	start(1, 0);
	assert_int_equal(etrn_events, ETRN_REPLIES);
	for (int i = 0; i < ETRN_REPLIES; i++) {
		const smtp_status_t *status = smtp_etrn_node_status(nodes[i]);

		assert_int_equal(status->code, etrn_replies[i].code);
		assert_int_equal(status->enh_class, status->code / 100);
		assert_true(strncmp(status->text, etrn_replies[i].text + 10,
				strlen(etrn_replies[i].text) - 10) == 0);
	}
	assert_int_equal(said("ETRN x.example\n"), ETRN_REPLIES / 2);
	assert_int_equal(said("ETRN @x.example\n"), ETRN_REPLIES / 2);
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DELIVERED);
	finish();
}

static int give_property(
    Gsasl *context, Gsasl_session *exchange, Gsasl_property property)
{
	(void)context;
	if (property == GSASL_AUTHID)
		gsasl_property_set(exchange, property, "user");
	else if (property == GSASL_PASSWORD)
		gsasl_property_set(exchange, property, "secret");
	else
		return GSASL_NO_CALLBACK;
	return GSASL_OK;
}

static int never_asked(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	(void)request;
	(void)result;
	(void)fields;
	(void)arg;
	fail_msg("asked for a secret");
	return 0;
}

/* It goes before the authentication context, and NULL takes it away. */
static void a_gsasl_context_logs_in(void **state)
{
	auth_context_t auth = auth_create_context();
	struct smtpx_facts facts;
	Gsasl *gsasl;

	(void)state;
	begin("--auth=SCRAM-SHA-256|--require-auth");
	assert_int_equal(gsasl_init(&gsasl), GSASL_OK);
	gsasl_callback_set(gsasl, give_property);
	auth_set_interact_cb(auth, never_asked, NULL);
	smtp_auth_set_context(session, auth);
	assert_int_equal(smtp_gsasl_set_context(session, gsasl), 1);
	letter_to("a@example.com");
	start(1, 0);
	assert_int_equal(smtpx_get_facts(session, &facts), 1);
	assert_string_equal(facts.mechanism, "SCRAM-SHA-256");
	auth_set_interact_cb(auth, answer, NULL);
	assert_int_equal(smtp_gsasl_set_context(session, NULL), 1);
	letter_to("b@example.com");
	start(1, 0);
	finish();
	auth_destroy_context(auth);
	gsasl_done(gsasl);
}

/* RFC 2852 4: who wants it back in time may not send it where nobody looks at
 * the clock; who only wants to hear of it may. */
static void a_missing_deliver_by_stops_by_return_alone(void **state)
{
	smtp_message_t m[2];
	smtp_recipient_t r[2];

	(void)state;
	begin("");
	for (int i = 0; i < 2; i++) {
		m[i] = letter(LETTER);
		r[i] = smtp_add_recipient(m[i], "a@example.com");
		assert_int_equal(smtp_deliverby_set_mode(m[i], 600,
				     i == 0 ? By_NOTIFY : By_RETURN, 0),
		    1);
	}
	start(1, SMTP_ERR_EXTENSION_NOT_AVAILABLE);
	assert_int_equal(smtpx_recipient_verdict(r[0]), Smtpx_DELIVERED);
	assert_int_equal(smtpx_recipient_verdict(r[1]), Smtpx_REFUSED);
	assert_int_equal(smtp_message_transfer_status(m[1])->code, 554);
	assert_int_equal(said("MAIL"), 1);
	assert_int_equal(server_count(&server, "record/dialogue", " BY="), 0);
	finish();
}

/* RFC 5322 3.4 is ASCII; RFC 6532 has what is left. */
static void domains_in_header_fields_become_a_labels(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter("Subject: x\r\n\r\nx\r\n");
	smtp_add_recipient(m, "a@b\xc3\xbc"
			      "cher.example");
	assert_int_equal(smtp_set_header(m, "To", NULL, NULL), 1);
	assert_int_equal(smtp_set_header(m, "Cc", "J\xc3\xb6rg",
			     "c@b\xc3\xbc"
			     "cher.example"),
	    1);
	assert_int_equal(smtp_set_header(m, "Reply-To", NULL,
			     "r@b\xc3\xbc"
			     "cher.example"),
	    1);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<a@xn--bcher-kva.example>"), 1);
	assert_int_equal(received(1, "\nTo: a@xn--bcher-kva.example\r\n"), 1);
	assert_int_equal(received(1, "\nCc: =?UTF-8?Q?J=C3=B6rg?= "
				     "<c@xn--bcher-kva.example>\r\n"),
	    1);
	assert_int_equal(
	    received(1, "\nReply-To: r@xn--bcher-kva.example\r\n"), 1);
	assert_int_equal(
	    server_count(&server, "record/dialogue", " SMTPUTF8\n"), 0);
	finish();
}

static void local_parts_beyond_ascii_need_smtputf8(void **state)
{
	(void)state;
	for (int offered = 0; offered < 2; offered++) {
		smtp_message_t m;
		smtp_recipient_t r;

		begin(offered ? "--rule=on MAIL reply 250 2.1.0 ok"
			      : "--without=SMTPUTF8");
		m = letter(LETTER);
		r = smtp_add_recipient(m, "a@example.com");
		assert_int_equal(smtp_set_header(m, "Reply-To", NULL,
				     "j\xc3\xb6rg@example.com"),
		    1);
		smtp_start_session(session);
		assert_int_equal(smtpx_recipient_verdict(r),
		    offered ? Smtpx_DELIVERED : Smtpx_REFUSED);
		assert_int_equal(
		    server_count(&server, "record/dialogue", " SMTPUTF8\n"),
		    offered);
		assert_int_equal(
		    received(1, "Reply-To: j\xc3\xb6rg@example.com\r\n"),
		    offered);
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_monitor_sees_no_content),
	    cmocka_unit_test(the_monitor_gets_pieces),
	    cmocka_unit_test(the_monitor_sees_no_secret),
	    cmocka_unit_test(every_reply_to_etrn_is_kept),
	    cmocka_unit_test(a_gsasl_context_logs_in),
	    cmocka_unit_test(a_missing_deliver_by_stops_by_return_alone),
	    cmocka_unit_test(domains_in_header_fields_become_a_labels),
	    cmocka_unit_test(local_parts_beyond_ascii_need_smtputf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
