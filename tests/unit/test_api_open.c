/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_open.c - a dialogue handed on: one run for each of its steps
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Connections that are kept from run to run, messages whose recipients come
 * one by one, what is given up, and servers that leave meanwhile. The server
 * is a real one beside this program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "api_fixture.h"

static void begin_kept(const char *options)
{
	begin(options);
	assert_int_equal(smtpx_keep_connection(session, 1), 1);
}

static smtp_message_t open_letter(void)
{
	smtp_message_t m = letter(LETTER);

	assert_int_equal(smtpx_message_set_open(m, 1), 1);
	return m;
}

/* A recipient, said in a run of its own; the code of the reply. */
static int ask_for(smtp_message_t m, const char *mailbox)
{
	smtp_recipient_t r = smtp_add_recipient(m, mailbox);

	assert_non_null(r);
	smtp_start_session(session);
	return smtp_recipient_status(r)->code;
}

static void wait_for_the_server(void)
{
	const struct timespec moment = {.tv_nsec = 300 * 1000 * 1000};

	nanosleep(&moment, NULL);
}

/* The reply to each is there when its run is over; one connection. */
static void recipients_come_one_by_one(void **state)
{
	static const char *const servers[] = {"", "--without=CHUNKING",
	    "--without=PIPELINING", "--without=CHUNKING|--without=PIPELINING"};
	char options[160];

	(void)state;
	for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
		smtp_message_t m;

		snprintf(options, sizeof options,
		    "%s%s--rule=on RCPT 2 reply 550 5.1.1 no", servers[i],
		    i > 0 ? "|" : "");
		begin_kept(options);
		for (int n = 1; n <= 2; n++) {
			m = open_letter();
			start(1, 0);
			assert_int_equal(smtpx_message_in_transaction(m), 1);
			assert_int_equal(ask_for(m, "a@example.com"), 250);
			assert_int_equal(ask_for(m, "b@example.com"), 550);
			assert_int_equal(ask_for(m, "c@example.com"), 250);
			assert_int_equal(smtpx_message_set_open(m, 0), 1);
			start(1, 0);
			assert_int_equal(smtpx_message_in_transaction(m), 0);
			assert_int_equal(
			    smtp_message_transfer_status(m)->code, 250);
			assert_int_equal(received(n, "Hello."), 1);
			assert_int_equal(smtpx_message_remove(m), 1);
		}
		assert_int_equal(said("EHLO"), 1);
		assert_int_equal(said("QUIT"), 0);
		assert_int_equal(smtpx_close(session), 1);
		assert_int_equal(smtpx_close(session), 1);
		wait_for_the_server();
		assert_int_equal(said("QUIT"), 1);
		finish();
	}
}

static void a_probe_keeps_the_connection(void **state)
{
	smtp_message_t m;

	(void)state;
	begin_kept("");
	assert_int_equal(smtpx_probe(session), 1);
	assert_non_null(smtpx_capability(session, "SMTPUTF8"));
	m = open_letter();
	assert_int_equal(ask_for(m, "a@example.com"), 250);
	smtpx_message_set_open(m, 0);
	start(1, 0);
	assert_int_equal(said("EHLO"), 1);
	assert_int_equal(received(1, "Hello."), 1);
	finish();
}

static void what_is_given_up_is_not_sent(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r;

	(void)state;
	begin_kept("");
	m = open_letter();
	r = smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(smtpx_recipient_remove(r), 0);
	assert_int_equal(smtpx_message_remove(m), 1);
	m = open_letter();
	assert_int_equal(ask_for(m, "b@example.com"), 250);
	smtpx_message_set_open(m, 0);
	start(1, 0);
	assert_int_equal(said("RSET"), 1);
	assert_int_equal(said("EHLO"), 1);
	assert_int_equal(
	    server_count(&server, "record/1.envelope", "a@example.com"), 0);
	/* And the session's end with a transaction open. */
	m = open_letter();
	assert_int_equal(ask_for(m, "c@example.com"), 250);
	finish();
}

static void a_refused_sender_ends_it(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r;

	(void)state;
	begin_kept("--rule=on MAIL 1 reply 550 5.7.1 not you");
	m = open_letter();
	smtp_start_session(session);
	assert_int_equal(smtp_reverse_path_status(m)->code, 550);
	assert_int_equal(smtpx_message_in_transaction(m), 0);
	r = smtp_add_recipient(m, "a@example.com");
	smtp_start_session(session);
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DEFERRED);
	assert_int_equal(said("RCPT"), 0);
	assert_int_equal(said("MAIL"), 1);
	smtpx_message_remove(m);
	m = open_letter();
	assert_int_equal(ask_for(m, "a@example.com"), 250);
	assert_int_equal(said("EHLO"), 1);
	finish();
}

/* Between two steps of a transaction it is over; nothing begins anew. */
static void a_server_that_leaves_in_a_transaction(void **state)
{
	static const char *const ways[] = {
	    "--rule=conn 1 on RCPT reply 250 ok then flush then delay 0.1 "
	    "then raw \"421 4.4.2 idle\\r\\n\" then close",
	    "--rule=conn 1 on RCPT reply 250 ok then drop"};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		smtp_recipient_t r;
		smtp_message_t m;

		begin_kept(ways[i]);
		m = open_letter();
		r = smtp_add_recipient(m, "a@example.com");
		start(1, 0);
		wait_for_the_server();
		assert_int_equal(ask_for(m, "b@example.com"), 0);
		assert_int_equal(smtpx_message_in_transaction(m), 0);
		assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_LOST);
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DEFERRED);
		smtpx_message_set_open(m, 0);
		smtp_start_session(session);
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DEFERRED);
		assert_int_equal(said("MAIL"), 1);
		smtpx_message_remove(m);
		m = open_letter();
		assert_int_equal(ask_for(m, "a@example.com"), 250);
		finish();
	}
}

/* Between two messages nobody notices. */
static void a_server_that_leaves_between_messages(void **state)
{
	smtp_recipient_t r;

	(void)state;
	begin_kept("--rule=conn 1 on EOD reply 250 ok then close");
	r = letter_to("a@example.com");
	start(1, 0);
	assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DELIVERED);
	wait_for_the_server();
	assert_int_equal(ask_for(open_letter(), "b@example.com"), 250);
	assert_int_equal(said("EHLO"), 2);
	assert_int_equal(said("RCPT TO:<a@example.com>"), 1);
	finish();
}

static void open_is_for_new_messages_alone(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("");
	m = letter(LETTER);
	assert_int_equal(smtpx_message_set_open(m, 1), 0);
	assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);
	assert_int_equal(smtpx_message_set_open(NULL, 1), 0);
	assert_int_equal(smtpx_message_in_transaction(NULL), 0);
	assert_int_equal(smtpx_keep_connection(NULL, 1), 0);
	assert_int_equal(smtpx_close(NULL), 0);
	smtpx_keep_connection(session, 1);
	assert_int_equal(smtpx_message_set_open(m, 1), 1);
	assert_int_equal(ask_for(m, "a@example.com"), 250);
	assert_int_equal(smtpx_message_set_open(m, 1), 1);
	assert_int_equal(smtpx_message_set_open(m, 0), 1);
	assert_int_equal(smtpx_message_set_open(m, 1), 0);
	start(1, 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recipients_come_one_by_one),
	    cmocka_unit_test(a_probe_keeps_the_connection),
	    cmocka_unit_test(what_is_given_up_is_not_sent),
	    cmocka_unit_test(a_refused_sender_ends_it),
	    cmocka_unit_test(a_server_that_leaves_in_a_transaction),
	    cmocka_unit_test(a_server_that_leaves_between_messages),
	    cmocka_unit_test(open_is_for_new_messages_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
