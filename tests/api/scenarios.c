/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scenarios.c - what programs do with the library, one function each
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Each is played against the same scripted server with libESMTP and with
 * ours; tests/api.bats says what the server does. Messages bring Date and
 * Message-Id, so that nothing in them depends on clock or host, but where
 * their generation is the point.
 */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATED                                                                  \
	"Date: Sat, 01 Jan 2000 12:00:00 +0000\r\n"                            \
	"Message-Id: <1@client.example>\r\n"
#define HEADED                                                                 \
	DATED "From: sender@example.com\r\nTo: a@example.com\r\n"              \
	      "Subject: test\r\n"

static const char letter[] = HEADED "\r\nHello,\r\n.dots\r\nbye\r\n";

static void simple(struct run *run)
{
	smtp_add_recipient(driver_message(run, letter), "a@example.com");
	driver_start(run);
}

static void several(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_add_recipient(m, "a@example.com");
	smtp_add_recipient(m, "b@example.com");
	smtp_add_recipient(m, "c@example.com");
	driver_start(run);
}

static void all_or_none(struct run *run)
{
	smtp_option_require_all_recipients(run->session, 3);
	several(run);
}

static void two_messages(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_add_recipient(m, "a@example.com");
	m = driver_message(run, letter);
	smtp_set_reverse_path(m, "");
	smtp_add_recipient(m, "b@example.com");
	driver_start(run);
}

static void null_sender(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_set_reverse_path(m, NULL);
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

static void nothing(struct run *run)
{
	driver_message(run, letter);
	driver_start(run);
}

static void no_callback(struct run *run)
{
	smtp_add_recipient(smtp_add_message(run->session), "a@example.com");
	driver_start(run);
}

static void no_service(struct run *run)
{
	smtp_set_server(run->session, "localhost:no-such-service");
	simple(run);
}

static void monitored(struct run *run)
{
	driver_monitor(run);
	simple(run);
}

/* A run, another message, a second run; then nothing is left. */
static void growing(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_add_recipient(m, "a@example.com");
	smtp_add_recipient(m, "b@example.com");
	driver_start(run);
	smtp_add_recipient(driver_message(run, letter), "c@example.com");
	driver_start(run);
}

static smtp_recipient_t first;

static void keep_first(
    smtp_recipient_t recipient, const char *mailbox, void *arg)
{
	(void)mailbox;
	(void)arg;
	if (first == NULL)
		first = recipient;
}

static void reset_recipient(struct run *run)
{
	several(run);
	first = NULL;
	smtp_enumerate_recipients(run->message[0], keep_first, NULL);
	printf("reset %d\n", smtp_recipient_reset_status(first));
	driver_start(run);
}

static void reset_message(struct run *run)
{
	simple(run);
	printf("reset %d\n", smtp_message_reset_status(run->message[0]));
	driver_start(run);
}

/*
 * Content
 */

/* What the library asks of the callback, in its order. */
struct reader {
	int calls;
	int error;
	const char *pieces[8];
};

static const char *read_pieces(void **ctx, int *len, void *arg)
{
	struct reader *r = arg;
	const char *piece;

	if (len == NULL) {
		printf("rewind, context %s\n", *ctx == NULL ? "NULL" : "set");
		r->calls = 0;
		return NULL;
	}
	printf("read %d, length %d\n", r->calls, *len);
	piece = r->pieces[r->calls];
	if (piece == NULL) {
		errno = r->error;
		return NULL;
	}
	r->calls++;
	*len = (int)strlen(piece);
	return piece;
}

static void read_from(struct run *run, struct reader *r)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_set_messagecb(m, read_pieces, r);
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

/* CR, LF and the dot each begin another piece. */
static void pieces(struct run *run)
{
	static struct reader r = {
	    .pieces = {HEADED "\r\none\r", "\n", ".", "two\r\n", "three"}};

	read_from(run, &r);
}

static void broken_source(struct run *run)
{
	static struct reader r = {
	    .error = EIO, .pieces = {HEADED "\r\none\r\n"}};

	read_from(run, &r);
}

/* The end in the header phase is not the message's: log4cxx. */
static const char *read_body_only(void **ctx, int *len, void *arg)
{
	int *calls = arg;

	*ctx = NULL;
	if (len == NULL) {
		*calls = 0;
		return NULL;
	}
	*len = *calls == 1 ? 6 : 0;
	return ++*calls == 2 ? "body\r\n" : NULL;
}

static void set_date(smtp_message_t m)
{
	time_t when = 946728000;

	smtp_set_header(m, "Date", &when);
	smtp_set_header(m, "Message-Id", "1@client.example");
}

static void body_only(struct run *run)
{
	static int calls;
	smtp_message_t m = driver_message(run, letter);

	set_date(m);
	smtp_set_messagecb(m, read_body_only, &calls);
	smtp_set_header(m, "To", NULL, NULL);
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

static void bare_line_ends(struct run *run)
{
	smtp_message_t m =
	    driver_message(run, HEADED "\r\nbare\n.\nlf\r\nand\rcr\r\n");

	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

/*
 * Header fields
 */

static void generated(struct run *run)
{
	smtp_message_t m = driver_message(run, "Subject: x\r\n\r\nbody\r\n");

	smtp_add_recipient(m, "a@example.com");
	smtp_add_recipient(m, "b@example.com");
	driver_start(run);
}

/* As the example of libESMTP does, and nearly every program after it. */
static void headers(struct run *run)
{
	smtp_message_t m = driver_message(run,
	    "Received: one\r\nReceived: two\r\nSubject: old\r\n"
	    "Bcc: c@example.com\r\nReturn-Path: <x@example.com>\r\n"
	    "MIME-Version: 1.0\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
	    "Reply-To: r@example.com\r\nReply-To: s@example.com\r\n"
	    "\r\nbody\r\n");

	set_date(m);
	printf("%d", smtp_set_header(m, "From", "A. Sender", "a@example.com"));
	printf(" %d", smtp_set_header(m, "To", NULL, NULL));
	printf(" %d", smtp_set_header(m, "Cc", "Two", "two@example.com"));
	printf(" %d", smtp_set_header(m, "Cc", NULL, "three@example.com"));
	printf(" %d", smtp_set_header(m, "Subject", "new"));
	printf(" %d", smtp_set_header_option(m, "Subject", Hdr_OVERRIDE, 1));
	printf(" %d", smtp_set_header(m, "X-Mailer", "driver"));
	printf(" %d", smtp_set_header_option(m, "Bcc", Hdr_PROHIBIT, 1));
	printf(" %d", smtp_set_header(m, "Subject", "again"));
	printf(" %d", smtp_set_header(m, "MIME-Version", "2.0"));
	printf(" %d", smtp_set_header(m, "Return-Path", "x"));
	printf(" %d", smtp_set_header_option(m, "Date", Hdr_PROHIBIT, 1));
	printf(" %d\n", smtp_set_resent_headers(m, 0));
	smtp_add_recipient(m, "a@example.com");
	smtp_add_recipient(m, "b@example.com");
	driver_start(run);
}

static void prohibited(struct run *run)
{
	smtp_message_t m = driver_message(run,
	    DATED "From: a@example.com\r\nTo: b@example.com\r\n"
		  "Subject: secret\r\nX-Status: R\r\n\r\nbody\r\n");

	printf("%d", smtp_set_header(m, "Bcc", NULL, "c@example.com"));
	printf(" %d", smtp_set_header_option(m, "Bcc", Hdr_PROHIBIT, 1));
	printf(" %d", smtp_set_header_option(m, "Subject", Hdr_PROHIBIT, 1));
	printf(" %d", smtp_set_header_option(m, "X-Status", Hdr_PROHIBIT, 1));
	printf(
	    " %d\n", smtp_set_header_option(m, "Message-Id", Hdr_PROHIBIT, 1));
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

/*
 * Extensions
 */

static void dsn(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);
	smtp_recipient_t r;

	smtp_dsn_set_ret(m, Ret_HDRS);
	smtp_dsn_set_envid(m, "id+1=x");
	r = smtp_add_recipient(m, "a@example.com");
	smtp_dsn_set_notify(
	    r, (enum notify_flags)(
		   Notify_SUCCESS | Notify_FAILURE | Notify_DELAY));
	smtp_dsn_set_orcpt(r, "rfc822", "a+b@example.com");
	r = smtp_add_recipient(m, "b@example.com");
	smtp_dsn_set_notify(r, Notify_NEVER);
	driver_start(run);
}

static void dsn_or_quit(struct run *run)
{
	run->answers = 1;
	run->answer = 1;
	dsn(run);
}

static void of_kind(struct run *run, enum e8bitmime_body kind)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_8bitmime_set_body(m, kind);
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

static void seven_bit(struct run *run)
{
	of_kind(run, E8bitmime_7BIT);
}

static void eight_bit(struct run *run)
{
	of_kind(run, E8bitmime_8BITMIME);
}

static void binary(struct run *run)
{
	of_kind(run, E8bitmime_BINARYMIME);
}

static void estimated(struct run *run)
{
	smtp_message_t m = driver_message(run, letter);

	smtp_size_set_estimate(m, 12345);
	smtp_add_recipient(m, "a@example.com");
	driver_start(run);
}

static void etrn(struct run *run)
{
	smtp_etrn_add_node(run->session, 0, "one.example");
	smtp_etrn_add_node(run->session, '@', "two.example");
	smtp_etrn_add_node(run->session, 0, "three.example");
	smtp_etrn_add_node(run->session, 0, "four.example");
	driver_start(run);
}

static void etrn_and_mail(struct run *run)
{
	run->answers = 1;
	smtp_etrn_add_node(run->session, 0, "one.example");
	simple(run);
}

static void strict(struct run *run)
{
	run->answers = 1;
	run->answer = 1;
	simple(run);
}

/*
 * Login and TLS
 */

static int answer_login(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	static char user[] = "user";

	for (int i = 0; i < fields; i++) {
		printf("asked for %s, %#x, at most %u\n", request[i].name,
		    request[i].flags & 7U, request[i].size);
		result[i] = (request[i].flags & 7) == AUTH_USER ? user : arg;
	}
	return 1;
}

static void log_in(struct run *run, char *password, unsigned flags)
{
	run->auth = auth_create_context();
	auth_set_mechanism_flags(run->auth, flags, 0);
	auth_set_interact_cb(run->auth, answer_login, password);
	smtp_auth_set_context(run->session, run->auth);
	simple(run);
	smtp_auth_set_context(run->session, NULL);
}

static void login(struct run *run)
{
	static char secret[] = "secret";

	log_in(run, secret, AUTH_PLUGIN_PLAIN);
}

static void login_monitored(struct run *run)
{
	driver_monitor(run);
	login(run);
}

static void login_wrong(struct run *run)
{
	static char wrong[] = "wrong";

	log_in(run, wrong, AUTH_PLUGIN_PLAIN);
}

static void login_without_leave(struct run *run)
{
	static char secret[] = "secret";

	log_in(run, secret, 0);
}

static void tls_required(struct run *run)
{
	smtp_starttls_enable(run->session, Starttls_REQUIRED);
	simple(run);
}

static void tls_enabled(struct run *run)
{
	smtp_starttls_enable(run->session, Starttls_ENABLED);
	simple(run);
}

/* Bad certificates are the program's to take. */
static void tls_forgiving(struct run *run)
{
	run->answers = 1;
	run->answer = 1;
	tls_required(run);
}

/*
 * Functions that need no server
 */

static void hook(void *data)
{
	printf("released %s\n", (const char *)data);
}

static void application_data(struct run *run)
{
	static char one[] = "one", two[] = "two", three[] = "three";
	smtp_message_t m = smtp_add_message(run->session);
	smtp_recipient_t r = smtp_add_recipient(m, "a@example.com");

	printf("%d", smtp_get_application_data(run->session) == NULL);
	printf(" %d", smtp_set_application_data(run->session, one) == NULL);
	printf(" %d", smtp_set_application_data(run->session, two) == one);
	printf(" %d\n", smtp_get_application_data(run->session) == two);
	smtp_message_set_application_data_release(m, one, hook);
	smtp_message_set_application_data_release(m, two, hook);
	printf("%d\n", smtp_message_set_application_data(m, three) == two);
	smtp_recipient_set_application_data_release(r, one, hook);
	smtp_recipient_set_application_data_release(r, one, hook);
}

static void values(struct run *run)
{
	static const int selectors[] = {0, 1, 2, 3, -1};
	char buf[64];

	for (int i = 0; i < 5; i++) {
		buf[0] = '\0';
		printf(
		    "version %d", smtp_version(buf, sizeof buf, selectors[i]));
		printf(" %s\n", buf);
	}
	for (int which = -1; which < 6; which++)
		printf("timeout %ld %ld %ld %ld\n",
		    smtp_set_timeout(run->session, which, 1),
		    smtp_set_timeout(run->session, which, 700000),
		    smtp_set_timeout(run->session, which | 0x1000, 1),
		    smtp_set_timeout(run->session, which, 0));
	for (int error = -2; error < 25; error++)
		printf("%d", smtp_strerror(error, buf, sizeof buf) == buf);
	printf(" %d\n", smtp_strerror(0, NULL, 0) == NULL);
}

static void refusals(struct run *run)
{
	smtp_message_t m = smtp_add_message(run->session);

	printf("%d", smtp_set_server(run->session, NULL));
	printf(" %d", smtp_errno());
	printf(" %d", smtp_set_hostname(NULL, "x"));
	printf(" %d", smtp_add_recipient(m, NULL) == NULL);
	printf(" %d", smtp_set_messagecb(m, NULL, NULL));
	printf(" %d", smtp_enumerate_messages(run->session, NULL, NULL));
	printf(" %d", smtp_set_eventcb(run->session, NULL, NULL));
	printf(" %d", smtp_deliverby_set_mode(m, 0, By_RETURN, 0));
	printf(" %d", smtp_deliverby_set_mode(m, 1000000000, By_NOTIFY, 0));
	printf(" %d", smtp_deliverby_set_mode(m, -60, By_NOTIFY, 1));
	printf(" %d", smtp_etrn_add_node(run->session, '#', "x") == NULL);
	printf(" %d", smtp_etrn_enumerate_nodes(run->session, NULL, NULL));
	printf(" %d", smtp_starttls_set_password_cb(NULL, NULL));
	printf(" %d", smtp_auth_set_context(run->session, NULL));
	printf(" %d\n", smtp_errno());
}

static void sasl(struct run *run)
{
	static char secret[] = "secret";
	const char *name, *response;
	int len = 0;

	run->auth = auth_create_context();
	printf("%d", auth_client_enabled(run->auth));
	printf(" %d", auth_set_interact_cb(run->auth, answer_login, secret));
	printf(" %d", auth_client_enabled(run->auth));
	printf(" %d", auth_get_ssf(run->auth));
	printf(" %d", auth_set_mechanism(run->auth, "PLAIN"));
	printf(" %d", auth_set_mechanism_flags(run->auth, 2, 0));
	printf(" %d", auth_set_mechanism(run->auth, "plain"));
	printf(" %d", auth_get_ssf(run->auth));
	printf(" %d", auth_set_mechanism(run->auth, "no-such"));
	name = auth_mechanism_name(run->auth);
	printf(" %s\n", name == NULL ? "NULL" : name);
	auth_set_mechanism(run->auth, "PLAIN");
	response = auth_response(run->auth, NULL, &len);
	printf("%d octets, %s\n", len,
	    response != NULL && memcmp(response, "\0user\0secret", 12) == 0
		? "as they should be"
		: "others");
	printf("%d", auth_set_mechanism_ssf(run->auth, 1));
	printf(" %d", auth_set_mechanism(run->auth, "PLAIN"));
	printf(" %d", auth_set_external_id(run->auth, "me"));
	printf(" %d\n", auth_destroy_context(NULL));
}

const struct scenario scenarios[] = {
    {"simple", simple},
    {"several", several},
    {"all-or-none", all_or_none},
    {"two-messages", two_messages},
    {"null-sender", null_sender},
    {"nothing", nothing},
    {"no-callback", no_callback},
    {"no-service", no_service},
    {"monitored", monitored},
    {"growing", growing},
    {"reset-recipient", reset_recipient},
    {"reset-message", reset_message},
    {"pieces", pieces},
    {"broken-source", broken_source},
    {"body-only", body_only},
    {"bare-line-ends", bare_line_ends},
    {"generated", generated},
    {"headers", headers},
    {"prohibited", prohibited},
    {"dsn", dsn},
    {"dsn-or-quit", dsn_or_quit},
    {"seven-bit", seven_bit},
    {"eight-bit", eight_bit},
    {"binary", binary},
    {"estimated", estimated},
    {"etrn", etrn},
    {"etrn-and-mail", etrn_and_mail},
    {"strict", strict},
    {"login", login},
    {"login-monitored", login_monitored},
    {"login-wrong", login_wrong},
    {"login-without-leave", login_without_leave},
    {"tls-required", tls_required},
    {"tls-enabled", tls_enabled},
    {"tls-forgiving", tls_forgiving},
    {"application-data", application_data},
    {"values", values},
    {"refusals", refusals},
    {"sasl", sasl},
    {NULL, NULL},
};
