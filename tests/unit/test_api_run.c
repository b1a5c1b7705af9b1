/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_run.c - what a program is told while a session runs, and afterwards
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Events at their moments, results for each recipient, the ways in which a
 * run ends before any message was attempted, cancelling, growing and shrinking
 * sessions, content sources that fail. The server is a real one beside this
 * program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "api_fixture.h"

/* The events of a run, one letter each. */
static char events[256];
static int data_octets;

static void note(char letter)
{
	size_t n = strlen(events);

	if (n + 1 < sizeof events) {
		events[n] = letter;
		events[n + 1] = '\0';
	}
}

static void on_event(smtp_session_t s, int event, void *arg, ...)
{
	static const char letters[] = "cmrdsxw";
	va_list args;

	assert_ptr_equal(s, session);
	assert_ptr_equal(arg, events);
	va_start(args, arg);
	if (event == SMTP_EV_MESSAGEDATA) {
		assert_non_null(va_arg(args, smtp_message_t));
		data_octets += va_arg(args, int);
		if (events[strlen(events) - 1] != 'd')
			note('d');
	} else {
		note(event <= SMTP_EV_SYNTAXWARNING ? letters[event] : 'E');
	}
	va_end(args);
}

static void listen_to_events(void)
{
	events[0] = '\0';
	data_octets = 0;
	smtp_set_eventcb(session, on_event, events);
}

/* Data is told of once it is on its way, and only then. */
static void events_come_at_their_moments(void **state)
{
	static const struct {
		const char *options;
		const char *events;
	} rows[] = {
	    {"--without=CHUNKING", "cmrdsx"},
	    {"--without=PIPELINING", "cmrdsx"},
	    {"--without=CHUNKING|--rule=on MAIL reply 550 5.1.0 no", "cmx"},
	    {"--rule=on RCPT reply 550 5.1.1 no|--without=CHUNKING", "cmrsx"},
	    {"--without=CHUNKING|--rule=on DATA reply 451 4.3.0 no", "cmrsx"},
	    {"--without=CHUNKING|--rule=on EOD reply 451 4.3.0 no", "cmrdsx"},
	    {"--without=CHUNKING|--rule=on EOD drop", "cmrdx"},
	    {"--rule=on GREETING reply 554 5.3.2 no", "cx"},
	    {"--rule=on EHLO reply 550 5.3.2 no", "cx"},
	    {"--without=CHUNKING|--rule=on RCPT reply 250 fine", "cmwrdsx"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(rows[i].options);
		listen_to_events();
		letter_to("a@example.com");
		smtp_start_session(session);
		if (strchr(rows[i].events, 'w') == NULL)
			assert_string_equal(events, rows[i].events);
		else
			assert_int_equal(
			    strlen(events), strlen(rows[i].events));
		finish();
	}
}

/* Sizes are before dots, without the blank line and the end's dot. */
static void data_events_count_the_content(void **state)
{
	smtp_message_t m;

	(void)state;
	begin("--without=CHUNKING");
	listen_to_events();
	m = letter("Date: d\r\nMessage-ID: <1@x>\r\nFrom: f@x\r\nTo: t@x\r\n"
		   "\r\n.one\r\n.\r\n");
	smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(data_octets + 2, (int)smtpx_message_size(m));
	assert_int_equal(received(1, "\r\n.one\r\n.\r\n"), 1);
	finish();
}

/* In place of the C library's: every send of the driver comes by here. */
static int sends, delayed;

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	int on = 0;
	socklen_t len = sizeof on;

	sends++;
	if (getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len) != 0 || !on)
		delayed++;
	return sendto(fd, data, n, flags, NULL, 0);
}

/* However many commands it holds; and Nagle's algorithm delays none. */
static void a_flight_leaves_in_one_send(void **state)
{
	static const struct {
		const char *options;
		int recipients;
		int sends;
	} rows[] = {
	    {"", 1, 2},
	    {"", 1000, 3},
	    {"--without=CHUNKING", 1, 3},
	    {"--without=CHUNKING", 1000, 3},
	    {"--without=CHUNKING|--without=PIPELINING", 1, 6},
	};
	char mailbox[32];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		smtp_message_t m;

		begin(rows[i].options);
		m = letter(LETTER);
		for (int k = 0; k < rows[i].recipients; k++) {
			snprintf(mailbox, sizeof mailbox, "%d@example.com", k);
			assert_non_null(smtp_add_recipient(m, mailbox));
		}
		sends = 0;
		delayed = 0;
		start(1, 0);
		assert_int_equal(sends, rows[i].sends);
		assert_int_equal(delayed, 0);
		finish();
	}
}

/* 4.9 with its advice: 0 and an error before any message was attempted. */
static void a_run_without_a_message_is_a_failure(void **state)
{
	static const struct {
		const char *options;
		int error;
		enum smtpx_cause cause;
		int reply; /* that refused the recipient, 0: deferred */
	} rows[] = {
	    {"--rule=on GREETING reply 554 5.3.2 no", 6, Smtpx_CAUSE_GREETING,
		554},
	    {"--rule=on GREETING reply 421 4.3.2 no then close", 3,
		Smtpx_CAUSE_GREETING, 0},
	    {"--rule=on GREETING raw \"hello\\r\\n\"", 4, Smtpx_CAUSE_PROTOCOL,
		0},
	    {"--rule=on GREETING drop", 3, Smtpx_CAUSE_LOST, 0},
	    {"--rule=on EHLO reply 550 5.3.2 no", 6, Smtpx_CAUSE_GREETING, 550},
	    {"--rule=on EHLO drop", 3, Smtpx_CAUSE_LOST, 0},
	    {"--without=CHUNKING|--rule=on MAIL drop", 3, Smtpx_CAUSE_LOST, 0},
	    {"--rule=on EHLO raw \"25 x\\r\\n\"", 4, Smtpx_CAUSE_PROTOCOL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		smtp_recipient_t r;

		begin(rows[i].options);
		r = letter_to("a@example.com");
		assert_int_equal(smtp_start_session(session), 0);
		assert_int_equal(smtpx_cause(session), rows[i].cause);
		assert_int_equal(smtp_errno(), rows[i].error);
		assert_string_not_equal(smtpx_error_text(session), "");
		assert_int_equal(smtpx_recipient_verdict(r),
		    rows[i].reply ? Smtpx_REFUSED : Smtpx_DEFERRED);
		assert_int_equal(smtpx_recipient_reply(r)->code, rows[i].reply);
		assert_int_equal(smtp_recipient_check_complete(r), 0);
		finish();
	}
}

/* Nobody is there; the name is none; TLS is wanted and not there. */
static void no_connection_is_a_failure(void **state)
{
	(void)state;
	begin("");
	server_end(&server);
	letter_to("a@example.com");
	start(0, -ECONNREFUSED);
	assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_CONNECT);
	assert_int_equal(smtp_set_server(session, ":25"), 1);
	start(0, SMTP_ERR_EAI_NONAME);
	assert_int_equal(smtp_set_server(session, "127.0.0.1:nothing"), 1);
	start(0, SMTP_ERR_EAI_SERVICE);
	assert_int_equal(smtp_set_server(session, "127.0.0.1:99999"), 1);
	start(0, SMTP_ERR_EAI_SERVICE);
	assert_int_equal(smtp_set_server(session, "unix:/nowhere/at/all"), 1);
	start(0, -ENOENT);
	finish();
}

/* What is known of each recipient after a run with everything in it. */
static void each_recipient_has_its_result(void **state)
{
	smtp_message_t m;
	smtp_recipient_t taken, refused, deferred;

	(void)state;
	begin("--without=CHUNKING|--rule=on RCPT 2 reply 550 5.1.1 nobody"
	      "|--rule=on RCPT 3 reply 450 4.2.1 busy");
	m = letter(LETTER);
	taken = smtp_add_recipient(m, "a@example.com");
	refused = smtp_add_recipient(m, "b@example.com");
	deferred = smtp_add_recipient(m, "c@example.com");
	start(1, 0);
	assert_int_equal(smtpx_recipient_verdict(taken), Smtpx_DELIVERED);
	assert_ptr_equal(
	    smtpx_recipient_reply(taken), smtp_message_transfer_status(m));
	assert_int_equal(smtpx_recipient_verdict(refused), Smtpx_REFUSED);
	assert_string_equal(smtpx_recipient_reply(refused)->text, "nobody\r\n");
	assert_int_equal(smtpx_recipient_verdict(deferred), Smtpx_DEFERRED);
	assert_int_equal(smtpx_recipient_reply(deferred)->code, 450);
	assert_int_equal(smtpx_recipient_reply(deferred)->enh_detail, 1);
	assert_string_equal(smtpx_message_id(m), "<1@client.example>");
	assert_string_equal(smtpx_last_phase(session), "DATA");
	assert_int_equal(smtpx_last_reply(session)->code, 250);
	assert_non_null(smtpx_capability(session, "pipelining"));
	assert_null(smtpx_capability(session, "CHUNKING"));
	finish();
}

/* The end of the content has left, and no word came: nobody can know. */
static void a_lost_reply_leaves_doubt(void **state)
{
	static const char *const options[] = {"--rule=conn 1 on EOD drop",
	    "--without=CHUNKING|--rule=conn 1 on EOD drop",
	    "--without=CHUNKING|--rule=conn 1 on EOD rst"};

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		smtp_recipient_t r;

		begin(options[i]);
		r = letter_to("a@example.com");
		start(1, SMTP_ERR_DROPPED_CONNECTION);
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_IN_DOUBT);
		assert_int_equal(smtp_recipient_check_complete(r), 0);
		assert_int_equal(smtpx_recipient_reply(r)->code, 0);
		start(1, 0); /* the program decides to send it again */
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DELIVERED);
		finish();
	}
}

/* One message in several transactions: each recipient keeps its own reply. */
static void a_split_message_keeps_each_reply(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r[3];
	static const char *const texts[] = {
	    "first\r\n", "second\r\n", "third\r\n"};

	(void)state;
	begin("--without=CHUNKING|--rule=message 1 on EOD reply 250 2.0.0 first"
	      "|--rule=message 2 on EOD reply 550 5.0.0 second"
	      "|--rule=message 3 on EOD reply 250 2.0.0 third");
	smtpx_set_max_recipients(session, 1);
	m = letter(LETTER);
	for (int i = 0; i < 3; i++)
		r[i] = smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(said("MAIL"), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(smtpx_recipient_verdict(r[i]),
		    i == 1 ? Smtpx_REFUSED : Smtpx_DELIVERED);
		assert_string_equal(
		    smtpx_recipient_reply(r[i])->text, texts[i]);
	}
	finish();
}

/* 452 to RCPT: the rest comes in another transaction, read anew. */
static void too_many_recipients_come_later(void **state)
{
	smtp_message_t m;
	char text[] = LETTER;

	(void)state;
	begin("--rule=message 1 on RCPT 3+ reply 452 4.5.3 too many");
	m = letter(text);
	for (int i = 0; i < 4; i++)
		smtp_add_recipient(m, "a@example.com");
	start(1, 0);
	assert_int_equal(received(1, "Hello.\r\n"), 1);
	assert_int_equal(received(2, "Hello.\r\n"), 1);
	finish();
}

/*
 * Content that fails
 */

struct source {
	int pieces; /* before it fails */
	int error;
};

static const char *read_failing(void **ctx, int *len, void *arg)
{
	static char block[70000];
	struct source *s = arg;

	(void)ctx;
	if (len == NULL) {
		memset(block, '\n', sizeof block);
		memcpy(block, "From: a@b\n", 10);
		return NULL;
	}
	if (s->pieces-- <= 0) {
		errno = s->error;
		return NULL;
	}
	errno = EAGAIN; /* stdio sets it casually */
	*len = (int)sizeof block;
	return block;
}

/* At its beginning nothing is begun; later the connection is dropped, and the
 * content never gets its end. */
static void a_failing_source_never_ends_a_message(void **state)
{
	(void)state;
	for (int pieces = 0; pieces < 12; pieces += 11) {
		struct source s = {.pieces = pieces, .error = EIO};
		smtp_message_t m;
		smtp_recipient_t r;

		begin("--without=CHUNKING");
		m = letter(LETTER);
		smtp_set_messagecb(m, read_failing, &s);
		r = smtp_add_recipient(m, "a@example.com");
		start(pieces > 0, -EIO);
		assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_SOURCE);
		assert_int_equal(smtpx_recipient_verdict(r), Smtpx_DEFERRED);
		server_end(&server);
		assert_int_equal(said("MAIL"), pieces > 0);
		assert_int_equal(
		    server_count(&server, "record/1.envelope", "reply"), 0);
		finish();
	}
}

/*
 * Cancelling
 */

static void on_alarm(int signal)
{
	(void)signal;
	smtpx_cancel(session);
}

static void cancel_in(long ms)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {
	    .it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Wherever it waits: in the greeting, an envelope, a reply to the content, a
 * handshake (in clear text behind STARTTLS, or at once). */
static void a_signal_handler_cancels(void **state)
{
	static const struct {
		const char *options;
		enum smtpx_tls tls;
		int result;
		enum smtpx_verdict verdict;
	} rows[] = {
	    {"--rule=on GREETING stall", Smtpx_TLS_OFF, 0, Smtpx_DEFERRED},
	    {"--without=CHUNKING|--rule=on MAIL stall", Smtpx_TLS_OFF, 0,
		Smtpx_DEFERRED},
	    {"--rule=on MAIL stall", Smtpx_TLS_OFF, 1, Smtpx_IN_DOUBT},
	    {"--without=CHUNKING|--rule=on RCPT stall|--eager", Smtpx_TLS_OFF,
		1, Smtpx_DEFERRED},
	    {"--without=CHUNKING|--rule=on EOD stall", Smtpx_TLS_OFF, 1,
		Smtpx_IN_DOUBT},
	    {"--starttls|@server|--rule=on HANDSHAKE stall", Smtpx_TLS_STARTTLS,
		0, Smtpx_DEFERRED},
	    {"--implicit-tls|@server|--rule=on HANDSHAKE stall",
		Smtpx_TLS_IMPLICIT, 0, Smtpx_DEFERRED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		smtp_recipient_t r;
		time_t begun = time(NULL);

		begin(rows[i].options);
		smtpx_add_server(session, server.address, rows[i].tls);
		listen_to_events();
		r = letter_to("a@example.com");
		cancel_in(300);
		start(rows[i].result, -ECANCELED);
		assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_CANCELLED);
		assert_in_range(time(NULL) - begun, 0, 20);
		assert_int_equal(smtpx_recipient_verdict(r), rows[i].verdict);
		assert_int_equal(events[0], 'c');
		assert_int_equal(events[strlen(events) - 1], 'x');
		finish();
	}
}

/* It ends the run that is under way, and not the next one. */
static void a_cancelled_session_can_start_again(void **state)
{
	(void)state;
	begin("");
	letter_to("a@example.com");
	smtpx_cancel(session);
	start(1, 0);
	finish();
}

/*
 * Sessions that change between runs
 */

static void what_was_removed_is_not_sent(void **state)
{
	smtp_message_t m;
	smtp_recipient_t r;

	(void)state;
	begin("--rule=conn 1 on RCPT reply 450 4.2.1 later");
	m = letter(LETTER);
	r = smtp_add_recipient(m, "a@example.com");
	smtp_add_recipient(m, "b@example.com");
	letter_to("c@example.com");
	start(1, 0);
	assert_int_equal(smtpx_recipient_remove(r), 1);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<a@example.com>"), 1);
	assert_int_equal(said("RCPT TO:<b@example.com>"), 2);
	assert_int_equal(said("RCPT TO:<c@example.com>"), 2);
	letter_to("d@example.com");
	assert_int_equal(smtpx_message_remove(m), 1);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<b@example.com>"), 2);
	assert_int_equal(said("RCPT TO:<d@example.com>"), 1);
	start(0, SMTP_ERR_NOTHING_TO_DO);
	finish();
}

/* Only who is left is tried; who is done keeps status and reply. */
static void a_second_run_sends_what_is_left(void **state)
{
	smtp_message_t m;
	smtp_recipient_t one, two;

	(void)state;
	begin("--without=CHUNKING"
	      "|--rule=conn 1 on RCPT 2 reply 450 4.2.1 later"
	      "|--rule=conn 1 on EOD reply 250 2.0.0 once"
	      "|--rule=conn 2 on EOD reply 250 2.0.0 twice");
	m = letter(LETTER);
	one = smtp_add_recipient(m, "a@example.com");
	two = smtp_add_recipient(m, "b@example.com");
	start(1, 0);
	assert_int_equal(smtpx_recipient_verdict(two), Smtpx_DEFERRED);
	start(1, 0);
	assert_int_equal(said("RCPT TO:<a@example.com>"), 1);
	assert_int_equal(said("RCPT TO:<b@example.com>"), 2);
	assert_string_equal(smtpx_recipient_reply(one)->text, "once\r\n");
	assert_string_equal(smtpx_recipient_reply(two)->text, "twice\r\n");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_come_at_their_moments),
	    cmocka_unit_test(data_events_count_the_content),
	    cmocka_unit_test(a_flight_leaves_in_one_send),
	    cmocka_unit_test(a_run_without_a_message_is_a_failure),
	    cmocka_unit_test(no_connection_is_a_failure),
	    cmocka_unit_test(each_recipient_has_its_result),
	    cmocka_unit_test(a_lost_reply_leaves_doubt),
	    cmocka_unit_test(a_split_message_keeps_each_reply),
	    cmocka_unit_test(too_many_recipients_come_later),
	    cmocka_unit_test(a_failing_source_never_ends_a_message),
	    cmocka_unit_test(a_signal_handler_cancels),
	    cmocka_unit_test(a_cancelled_session_can_start_again),
	    cmocka_unit_test(what_was_removed_is_not_sent),
	    cmocka_unit_test(a_second_run_sends_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
