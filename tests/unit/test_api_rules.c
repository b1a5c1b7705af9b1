/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_rules.c - what programs rely on, and where the API was made better
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The ten things that break compatibility first (0.1 to 0.10), and each
 * conflict between libESMTP's documentation and its behaviour with what was
 * decided (5.5); every test names the one that it holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <time.h>

#include <gnutls/gnutls.h>

#include "api_fixture.h"

/* 0.1 and 5.5 "status text": collectd writes through it. */
static void status_text_is_writable_and_keeps_its_line_ends(void **state)
{
	smtp_recipient_t r;
	const smtp_status_t *status;
	char *text;

	(void)state;
	begin("--rule=on RCPT reply 550-5.1.1 one\\r\\n550 5.1.1 two");
	r = letter_to("a@example.com");
	start(1, 0);
	status = smtp_recipient_status(r);
	assert_int_equal(status->code, 550);
	assert_string_equal(status->text, "one\r\ntwo\r\n");
	text = status->text;
	text[0] = 'X';
	assert_string_equal(smtp_recipient_status(r)->text, "Xne\r\ntwo\r\n");
	finish();
}

static const char *no_data(void **ctx, int *len, void *arg)
{
	(void)ctx;
	(void)len;
	(void)arg;
	return NULL;
}

/* 0.2 and 5.5 "messagecb typedef": programs cast to it. */
static void message_callback_is_a_pointer_type(void **state)
{
	void (*any)(void) = (void (*)(void))no_data;
	smtp_messagecb_t cb = (smtp_messagecb_t)any;

	(void)state;
	assert_ptr_equal(cb, no_data);
	assert_int_equal(sizeof(smtp_messagecb_t), sizeof any);
}

static void expect_nothing_yet(const smtp_status_t *status)
{
	assert_non_null(status);
	assert_int_equal(status->code, 0);
	assert_null(status->text);
	assert_int_equal(status->enh_class, 0);
	assert_int_equal(status->enh_subject, 0);
	assert_int_equal(status->enh_detail, 0);
}

/* 0.3: programs do not look whether it is NULL. */
static void statuses_are_never_null(void **state)
{
	smtp_message_t m;

	(void)state;
	session = smtp_create_session();
	m = smtp_add_message(session);
	expect_nothing_yet(smtp_message_transfer_status(m));
	expect_nothing_yet(smtp_reverse_path_status(m));
	expect_nothing_yet(
	    smtp_recipient_status(smtp_add_recipient(m, "a@example.com")));
	expect_nothing_yet(
	    smtp_etrn_node_status(smtp_etrn_add_node(session, 0, "x.example")));
	expect_nothing_yet(smtpx_last_reply(session));
	smtp_destroy_session(session);
}

/* 0.4: 1 is "a message was attempted", not "mail was accepted". */
static void one_does_not_mean_accepted(void **state)
{
	smtp_recipient_t r;

	(void)state;
	begin("--rule=on EOD reply 552 5.2.2 full|--without=CHUNKING");
	r = letter_to("a@example.com");
	start(1, 0);
	assert_int_equal(smtp_recipient_status(r)->code, 250);
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_REFUSED);
	finish();
}

/* A message that watches how it is read. */
struct source {
	const char *text;
	int rewinds, reads;
	int first_is_end; /* of header phase */
	int end_by_length;
};

static const char *read_source(void **ctx, int *len, void *arg)
{
	struct source *s = arg;

	if (len == NULL) {
		assert_null(*ctx);
		assert_int_equal(s->reads, 0);
		s->rewinds++;
		return NULL;
	}
	assert_int_equal(s->rewinds, 1);
	assert_int_equal(*len, 0);
	s->reads++;
	if (*ctx == NULL)
		*ctx = malloc(8); /* the library frees it */
	if (s->reads == 1 + s->first_is_end) {
		*len = (int)strlen(s->text);
		return s->text;
	}
	if (s->end_by_length == 0)
		return NULL;
	*len = s->end_by_length < 0 ? s->end_by_length : 0;
	return s->text;
}

static smtp_recipient_t letter_from(struct source *s)
{
	smtp_message_t m = letter(LETTER);

	smtp_set_messagecb(m, read_source, s);
	return smtp_add_recipient(m, "a@example.com");
}

/* 0.5: esmtp asserts it, and can read its message once only. */
static void content_is_rewound_once_and_read_once(void **state)
{
	static const char *const options[] = {"", "--without=CHUNKING",
	    "--without=PIPELINING", "--rule=on DATA reply 451 4.3.0 no"};

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		struct source one = {.text = LETTER};
		struct source two = {.text = LETTER};

		begin(options[i]);
		letter_from(&one);
		letter_from(&two);
		start(1, 0);
		assert_int_equal(one.rewinds, 1);
		assert_int_equal(two.rewinds, 1);
		assert_in_range(one.reads, 1, 3);
		assert_in_range(two.reads, 1, 3);
		finish();
	}
}

/* 0.6: log4cxx's first read is an end on purpose. */
static void an_end_in_the_header_phase_does_not_end_the_message(void **state)
{
	struct source s = {.text = "the body\r\n", .first_is_end = 1};
	smtp_recipient_t r;

	(void)state;
	begin("");
	r = letter_from(&s);
	start(1, 0);
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DELIVERED);
	assert_int_equal(received(1, "\r\n\r\nthe body\r\n"), 1);
	finish();
}

/* 0.7: nearly every program sets To to NULL, NULL. */
static void null_values_ask_for_the_default(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter("Subject: x\r\n\r\n");
	assert_int_equal(smtp_set_header(m, "To", NULL, NULL), 1);
	assert_int_equal(smtp_set_header(m, "From", NULL, NULL), 1);
	assert_int_equal(
	    smtp_set_header(m, "Disposition-Notification-To", NULL, NULL), 1);
	assert_int_equal(smtp_set_header(m, "Message-Id", NULL), 1);
	smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(received(1, "\nTo: a@example.com\r\n"), 1);
	assert_int_equal(received(1, "\nFrom: s@example.com\r\n"), 1);
	assert_int_equal(
	    received(1, "\nDisposition-Notification-To: s@example.com\r\n"), 1);
	assert_int_equal(received(1, "\nMessage-ID: <"), 1);
	finish();
}

/* 0.8: collectd keeps one session for life. */
static void completed_messages_are_left_alone(void **state)
{
	struct source s = {.text = LETTER};

	(void)state;
	begin("");
	letter_from(&s);
	start(1, 0);
	s.text = NULL; /* its data is gone */
	s.rewinds = 9;
	for (int i = 2; i < 5; i++) {
		letter_to("b@example.com");
		start(1, 0);
		assert_int_equal(said("MAIL"), i);
		assert_int_equal(said("RCPT TO:<a@example.com>"), 1);
	}
	start(0, SMTP_ERR_NOTHING_TO_DO);
	assert_int_equal(s.rewinds, 9);
	finish();
}

/* 0.9: both at any time, also when nothing was set. */
static void null_takes_contexts_away(void **state)
{
	auth_context_t auth = auth_create_context();

	(void)state;
	session = smtp_create_session();
	assert_int_equal(smtp_auth_set_context(session, NULL), 1);
	assert_int_equal(smtp_starttls_set_ctx(session, NULL), 1);
	assert_int_equal(smtp_gsasl_set_context(session, NULL), 1);
	assert_int_equal(smtp_auth_set_context(session, auth), 1);
	assert_int_equal(smtp_auth_set_context(session, NULL), 1);
	smtp_destroy_session(session);
	auth_destroy_context(auth);
}

/* 0.10: some use the buffer, some the result. */
static void strerror_fills_the_buffer_and_returns_it(void **state)
{
	char buf[128];

	(void)state;
	for (int error = -133; error <= 30; error++) {
		memset(buf, 'x', sizeof buf);
		assert_ptr_equal(smtp_strerror(error, buf, sizeof buf), buf);
		assert_non_null(memchr(buf, '\0', sizeof buf));
		assert_ptr_equal(smtp_strerror(error, buf, 1), buf);
		assert_string_equal(buf, "");
	}
	smtp_strerror(-ECONNREFUSED, buf, sizeof buf);
	assert_string_equal(buf, strerror(ECONNREFUSED));
	assert_null(smtp_strerror(2, NULL, sizeof buf));
	assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);
	assert_null(smtp_strerror(2, buf, 0));
}

/*
 * Conflicts, 5.5
 */

/* 5.5 "To": generated only where nobody is named, so that blind recipients
 * stay blind, and a program can have it off. */
static void to_is_generated_only_where_nobody_is_named(void **state)
{
	static const char *const texts[] = {"Subject: x\r\n\r\n",
	    "To: t@example.com\r\n\r\n", "Cc: c@example.com\r\n\r\n",
	    "Bcc: b@example.com\r\n\r\n"};
	smtp_message_t m;

	(void)state;
	begin("");
	for (size_t i = 0; i < 4; i++)
		smtp_add_recipient(letter(texts[i]), "a@example.com");
	m = letter(texts[0]);
	smtp_add_recipient(m, "a@example.com");
	smtp_set_header(m, "Cc", NULL, "c@example.com");
	m = letter(texts[0]);
	smtp_add_recipient(m, "a@example.com");
	smtp_set_header_option(m, "To", Hdr_PROHIBIT, 1);
	m = letter(texts[0]);
	smtp_add_recipient(m, "a@example.com");
	smtpx_message_complete_headers(m, 0);
	start(1, 0);
	assert_int_equal(received(1, "\nTo: a@example.com\r\n"), 1);
	for (int n = 2; n <= 7; n++)
		assert_int_equal(received(n, "a@example.com"), 0);
	finish();
}

/* 5.5 "end of data": NULL, length 0 and a negative length. */
static void every_way_to_end_ends(void **state)
{
	(void)state;
	for (int way = -1; way <= 1; way++) {
		struct source s = {.text = LETTER, .end_by_length = way};
		smtp_recipient_t r;

		begin("");
		r = letter_from(&s);
		start(1, 0);
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DELIVERED);
		assert_int_equal(received(1, "Hello.\r\n"), 1);
		finish();
	}
}

/* 5.5 "Hdr_PROHIBIT": not from the message, not generated, not set. */
static void prohibited_fields_never_appear(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter("Bcc: b@example.com\r\nX-Status: R\r\n\r\nx\r\n");
	smtp_add_recipient(m, "a@example.com");
	assert_int_equal(smtp_set_header(m, "Subject", "never seen"), 1);
	assert_int_equal(
	    smtp_set_header_option(m, "Subject", Hdr_PROHIBIT, 1), 1);
	assert_int_equal(smtp_set_header_option(m, "Bcc", Hdr_PROHIBIT, 1), 1);
	assert_int_equal(
	    smtp_set_header_option(m, "X-Status", Hdr_PROHIBIT, 1), 1);
	assert_int_equal(
	    smtp_set_header_option(m, "Message-Id", Hdr_PROHIBIT, 1), 1);
	assert_int_equal(smtp_set_header(m, "Message-Id", NULL), 0);
	assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);
	start(1, 0);
	assert_int_equal(received(1, "Bcc"), 0);
	assert_int_equal(received(1, "X-Status"), 0);
	assert_int_equal(received(1, "Subject"), 0);
	assert_int_equal(received(1, "Message-I"), 0);
	assert_null(smtpx_message_id(m));
	finish();
}

/* 5.5 "list headers": one field with all values, in the order of the calls. */
static void lists_keep_the_order_of_the_calls(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter("Subject: x\r\n\r\n");
	smtp_add_recipient(m, "a@example.com");
	assert_int_equal(smtp_set_header(m, "Cc", NULL, "1@example.com"), 1);
	assert_int_equal(smtp_set_header(m, "cc", "Two", "2@example.com"), 1);
	assert_int_equal(smtp_set_header(m, "Cc", NULL, "3@example.com"), 1);
	start(1, 0);
	assert_int_equal(received(1, "\nCc: 1@example.com, Two <2@example.com>,"
				     " 3@example.com\r\n"),
	    1);
	finish();
}

/* 5.5 "permanent failure": will not be sent again, wherever it came. */
static void what_was_refused_for_good_is_not_sent_again(void **state)
{
	static const char *const rules[] = {"--rule=on MAIL reply 550 5.7.1 no",
	    "--rule=on RCPT reply 550 5.1.1 no",
	    "--without=CHUNKING|--rule=on DATA reply 554 5.5.0 no",
	    "--without=CHUNKING|--rule=on EOD reply 554 5.6.0 no",
	    "--rule=on EOD reply 554 5.6.0 no"};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		smtp_recipient_t r;

		begin(rules[i]);
		r = letter_to("a@example.com");
		start(1, 0);
		assert_int_equal(smtp_recipient_check_complete(r), 1);
		start(0, SMTP_ERR_NOTHING_TO_DO);
		assert_int_equal(smtp_recipient_reset_status(r), 1);
		assert_int_equal(smtp_recipient_check_complete(r), 0);
		start(1, 0);
		finish();
	}
}

/* 5.5 "message_reset_status": all its recipients are pending again. */
static void resetting_a_message_sends_it_again(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r;

	(void)state;
	begin("");
	m = letter(LETTER);
	r = smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(smtp_message_reset_status(m), 1);
	expect_nothing_yet(smtp_message_transfer_status(m));
	expect_nothing_yet(smtp_reverse_path_status(m));
	expect_nothing_yet(smtp_recipient_status(r));
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_PENDING);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<a@example.com>"), 2);
	finish();
}

/* 5.5 "SSL_CTX": GnuTLS's credentials, the program's or the automatic ones. */
static void credentials_are_gnutls_own(void **state)
{
	gnutls_certificate_credentials_t mine, automatic;
	char ca_file[80];

	(void)state;
	begin("--starttls|@server");
	snprintf(ca_file, sizeof ca_file, "%s/certs/ca.pem", server.folder);
	smtp_starttls_enable(session, Starttls_REQUIRED);
	letter_to("a@example.com");
	assert_int_equal(gnutls_certificate_allocate_credentials(&mine), 0);
	assert_int_equal(smtp_starttls_set_ctx(session, mine), 1);
	assert_ptr_equal(smtp_starttls_get_ctx(session), mine);
	start(0, SMTP_ERR_CLIENT_ERROR); /* it knows no authority */
	assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_CERTIFICATE);
	assert_true(gnutls_certificate_set_x509_trust_file(
			mine, ca_file, GNUTLS_X509_FMT_PEM) > 0);
	start(1, 0);
	assert_int_equal(smtp_starttls_set_ctx(session, NULL), 1);
	automatic = smtp_starttls_get_ctx(session);
	assert_non_null(automatic);
	assert_ptr_not_equal(automatic, mine);
	assert_ptr_equal(smtp_starttls_get_ctx(session), automatic);
	letter_to("b@example.com");
	start(0, SMTP_ERR_CLIENT_ERROR);
	assert_true(gnutls_certificate_set_x509_trust_file(
			automatic, ca_file, GNUTLS_X509_FMT_PEM) > 0);
	start(1, 0);
	finish();
	gnutls_certificate_free_credentials(mine);
}

/* 5.5 "timeouts": milliseconds, and RFC 5321's minimum values. */
static void timeouts_are_milliseconds(void **state)
{
	static const long minimum[] = {300000, 300000, 120000, 180000, 600000};
	const int override = Timeout_OVERRIDE_RFC2822_MINIMUM;
	time_t begun;

	(void)state;
	begin("--rule=on EHLO stall");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(smtp_set_timeout(session, i, 1), minimum[i]);
		assert_int_equal(smtp_set_timeout(session, i, 700000), 700000);
		assert_int_equal(
		    smtp_set_timeout(session, i | override, 1), 1000);
	}
	letter_to("a@example.com");
	begun = time(NULL);
	start(0, SMTP_ERR_DROPPED_CONNECTION);
	assert_in_range(time(NULL) - begun, 0, 30);
	assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_TIMEOUT);
	finish();
}

/* 5.5 "errno": of the most recent failure, cleared when a session starts. */
static void errno_is_cleared_by_a_start(void **state)
{
	(void)state;
	begin("");
	assert_int_equal(smtp_set_server(session, NULL), 0);
	assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);
	assert_int_equal(smtp_set_hostname(session, "client.example"), 1);
	assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);
	letter_to("a@example.com");
	start(1, 0);
	finish();
}

static void count_event(smtp_session_t s, int event, void *arg, ...)
{
	int *seen = arg;

	(void)s;
	if (event == SMTP_EV_EXTNA_8BITMIME)
		++*seen;
}

/* 5.5 "8BITMIME missing": the program hears of it; only 8-bit content stays. */
static void a_missing_8bitmime_stops_8_bit_content_only(void **state)
{
	smtp_message_t m;
	int seen = 0;

	(void)state;
	begin("--without=8BITMIME");
	smtp_set_eventcb(session, count_event, &seen);
	m = letter(LETTER);
	smtp_add_recipient(m, "a@example.com");
	smtp_8bitmime_set_body(m, E8bitmime_7BIT);
	start(1, 0);
	assert_int_equal(seen, 1);
	m = letter(LETTER);
	smtp_add_recipient(m, "b@example.com");
	smtp_8bitmime_set_body(m, E8bitmime_8BITMIME);
	letter_to("c@example.com");
	start(1, SMTP_ERR_EXTENSION_NOT_AVAILABLE);
	assert_int_equal(seen, 2);
	assert_int_equal(said("RCPT TO:<b@example.com>"), 0);
	assert_int_equal(said("RCPT TO:<c@example.com>"), 1);
	assert_int_equal(smtp_message_transfer_status(m)->code, 554);
	/* The wish can be taken back, and the message goes. */
	smtp_8bitmime_set_body(m, E8bitmime_NOTSET);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<b@example.com>"), 1);
	finish();
}

/* 5.5 "From with null reverse path": a mailbox, for RFC 5322 wants one. */
static void a_null_reverse_path_still_gives_a_from(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter("Subject: x\r\n\r\n");
	smtp_set_reverse_path(m, NULL);
	smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(said("MAIL FROM:<>"), 1);
	assert_int_equal(received(1, "\nFrom: "), 1);
	assert_int_equal(received(1, "@client.example\r\n"), 1);
	assert_int_equal(received(1, "<>"), 0);
	finish();
}

/* 5.5 "resent headers": 0 succeeds, and so does what was never there before. */
static void resent_headers_are_real(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter(LETTER);
	smtp_add_recipient(m, "a@example.com");
	assert_int_equal(smtp_set_resent_headers(m, 0), 1);
	assert_int_equal(smtp_set_resent_headers(m, 1), 1);
	assert_int_equal(smtp_set_header(m, "To", NULL, "a@example.com"), 1);
	start(1, 0);
	assert_int_equal(received(1, "Resent-To: a@example.com\r\n"), 1);
	assert_int_equal(received(1, "Resent-From: s@example.com\r\n"), 1);
	assert_int_equal(received(1, "\nTo: a@example.com\r\n"), 1);
	finish();
}

/* The title in the log begins with the paragraph. */
#define HOLDS(paragraph, test)                                                 \
	{                                                                      \
		paragraph ": " #test, test, NULL, NULL, NULL                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOLDS("0.1 and 5.5 'status text'",
		status_text_is_writable_and_keeps_its_line_ends),
	    HOLDS("0.2 and 5.5 'messagecb typedef'",
		message_callback_is_a_pointer_type),
	    HOLDS("0.3", statuses_are_never_null),
	    HOLDS("0.4", one_does_not_mean_accepted),
	    HOLDS("0.5", content_is_rewound_once_and_read_once),
	    HOLDS("0.6", an_end_in_the_header_phase_does_not_end_the_message),
	    HOLDS("0.7", null_values_ask_for_the_default),
	    HOLDS("0.8", completed_messages_are_left_alone),
	    HOLDS("0.9", null_takes_contexts_away),
	    HOLDS("0.10", strerror_fills_the_buffer_and_returns_it),
	    HOLDS("5.5 'To'", to_is_generated_only_where_nobody_is_named),
	    HOLDS("5.5 'end of data'", every_way_to_end_ends),
	    HOLDS("5.5 'Hdr_PROHIBIT'", prohibited_fields_never_appear),
	    HOLDS("5.5 'list headers'", lists_keep_the_order_of_the_calls),
	    HOLDS("5.5 'permanent failure'",
		what_was_refused_for_good_is_not_sent_again),
	    HOLDS("5.5 'message_reset_status'",
		resetting_a_message_sends_it_again),
	    HOLDS("5.5 'SSL_CTX'", credentials_are_gnutls_own),
	    HOLDS("5.5 'timeouts'", timeouts_are_milliseconds),
	    HOLDS("5.5 'errno'", errno_is_cleared_by_a_start),
	    HOLDS("5.5 '8BITMIME missing'",
		a_missing_8bitmime_stops_8_bit_content_only),
	    HOLDS("5.5 'From with null reverse path'",
		a_null_reverse_path_still_gives_a_from),
	    HOLDS("5.5 'resent headers'", resent_headers_are_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
