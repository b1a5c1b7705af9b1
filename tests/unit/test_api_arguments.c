/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_arguments.c - every function with good, missing and hostile values
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A refused call gives 0 or NULL, sets SMTP_ERR_INVAL, and changes nothing; no
 * value that could end a command line or a header field is taken. No session
 * is run here. What stands in libesmtp.h; the rest is in test_api_additions.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth-client.h"
#include "smtpx.h"

static smtp_session_t session;
static smtp_message_t message;
static smtp_recipient_t recipient;
static smtp_etrn_node_t node;
static auth_context_t auth;

static int begin(void **state)
{
	(void)state;
	session = smtp_create_session();
	message = smtp_add_message(session);
	recipient = smtp_add_recipient(message, "a@example.com");
	node = smtp_etrn_add_node(session, 0, "x.example");
	auth = auth_create_context();
	return session && message && recipient && node && auth ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	smtp_destroy_session(session);
	auth_destroy_context(auth);
	return 0;
}

/* Clears smtp_errno() by the one call that does so. */
static void forget_error(void)
{
	smtp_session_t s = smtp_create_session();

	smtp_set_server(s, "localhost:1");
	smtp_start_session(s);
	smtp_destroy_session(s);
}

/* The value is 0 or NULL, with the error; and is not. */
#define REFUSED(call)                                                          \
	do {                                                                   \
		forget_error();                                                \
		assert_true((call) == 0);                                      \
		assert_int_equal(smtp_errno(), SMTP_ERR_INVAL);                \
	} while (0)
#define TAKEN(call) assert_true((call) != 0)

static const char *const line_breakers[] = {
    "a\rb", "a\nb", "a\r\nb", "a\r\nRCPT TO:<x@example.com>", "\r", "\n"};
enum { LINE_BREAKERS = sizeof line_breakers / sizeof line_breakers[0] };

static void on_message(smtp_message_t m, void *arg)
{
	(void)m;
	++*(int *)arg;
}

static void on_recipient(smtp_recipient_t r, const char *mailbox, void *arg)
{
	assert_ptr_equal(r, recipient);
	assert_string_equal(mailbox, "a@example.com");
	++*(int *)arg;
}

static void on_node(
    smtp_etrn_node_t n, int option, const char *domain, void *arg)
{
	assert_ptr_equal(n, node);
	assert_int_equal(option, 0);
	assert_string_equal(domain, "x.example");
	++*(int *)arg;
}

static void sessions_and_lists(void **state)
{
	int n = 0;

	(void)state;
	REFUSED(smtp_destroy_session(NULL));
	REFUSED(smtp_add_message(NULL));
	REFUSED(smtp_add_recipient(NULL, "a@example.com"));
	REFUSED(smtp_start_session(NULL));
	REFUSED(smtp_start_session(session)); /* no server */
	TAKEN(smtp_set_server(session, "localhost:1"));
	REFUSED(smtp_start_session(session)); /* no callback */
	REFUSED(smtp_enumerate_messages(NULL, on_message, &n));
	REFUSED(smtp_enumerate_messages(session, NULL, &n));
	REFUSED(smtp_enumerate_recipients(NULL, on_recipient, &n));
	REFUSED(smtp_enumerate_recipients(message, NULL, &n));
	REFUSED(smtp_etrn_enumerate_nodes(NULL, on_node, &n));
	REFUSED(smtp_etrn_enumerate_nodes(session, NULL, &n));
	assert_int_equal(n, 0);
	TAKEN(smtp_enumerate_messages(session, on_message, &n));
	TAKEN(smtp_enumerate_recipients(message, on_recipient, &n));
	TAKEN(smtp_etrn_enumerate_nodes(session, on_node, &n));
	assert_int_equal(n, 3);
}

static void servers_and_names(void **state)
{
	static const char *const names[][2] = {{"mail.example", "mail.example"},
	    {"mail.example:25", "mail.example"}, {"[::1]:25", "::1"},
	    {"[2001:db8::1]", "2001:db8::1"}, {"::1", "::1"},
	    {"unix:/run/x", "/run/x"}, {"", ""}, {":25", ""}};

	(void)state;
	REFUSED(smtp_set_server(NULL, "localhost"));
	REFUSED(smtp_set_server(session, NULL));
	assert_null(smtp_get_server_name(session));
	assert_null(smtp_get_server_name(NULL));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		TAKEN(smtp_set_server(session, names[i][0]));
		assert_string_equal(smtp_get_server_name(session), names[i][1]);
	}
	REFUSED(smtp_set_hostname(NULL, "client.example"));
	TAKEN(smtp_set_hostname(session, "client.example"));
	TAKEN(smtp_set_hostname(session, "[127.0.0.1]"));
	TAKEN(smtp_set_hostname(session, NULL));
	REFUSED(smtp_set_hostname(session, ""));
	REFUSED(smtp_set_hostname(session, "two words"));
	for (size_t i = 0; i < LINE_BREAKERS; i++)
		REFUSED(smtp_set_hostname(session, line_breakers[i]));
}

static void paths(void **state)
{
	static const char *const hostile[] = {"a@example.com>", "<", "a b@c",
	    "a@example.com> SIZE=1", "a@exa mple.com", "a@", "@",
	    "a@example.com\x01", "\xff@example.com", "a@-example.com"};

	(void)state;
	REFUSED(smtp_set_reverse_path(NULL, "a@example.com"));
	TAKEN(smtp_set_reverse_path(message, "a@example.com"));
	TAKEN(smtp_set_reverse_path(message, "\"quoted local\"@example.com"));
	TAKEN(smtp_set_reverse_path(message, "a@[127.0.0.1]"));
	TAKEN(smtp_set_reverse_path(message, "postmaster"));
	TAKEN(smtp_set_reverse_path(message, ""));
	TAKEN(smtp_set_reverse_path(message, NULL));
	REFUSED(smtp_add_recipient(message, NULL));
	REFUSED(smtp_add_recipient(message, ""));
	for (size_t i = 0; i < LINE_BREAKERS; i++) {
		REFUSED(smtp_set_reverse_path(message, line_breakers[i]));
		REFUSED(smtp_add_recipient(message, line_breakers[i]));
	}
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		REFUSED(smtp_set_reverse_path(message, hostile[i]));
		REFUSED(smtp_add_recipient(message, hostile[i]));
	}
	TAKEN(smtp_add_recipient(message, "b@example.com"));
	TAKEN(
	    smtp_add_recipient(message, "b@example.com")); /* twice is twice */
}

/* No path, however long, is more than refused. */
static void long_values(void **state)
{
	size_t n = 100000;
	char *text = malloc(n + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', n);
	text[n] = '\0';
	REFUSED(smtp_set_reverse_path(message, text));
	REFUSED(smtp_add_recipient(message, text));
	REFUSED(smtp_set_hostname(session, text));
	REFUSED(smtp_etrn_add_node(session, 0, text));
	REFUSED(smtp_dsn_set_envid(message, text));
	REFUSED(smtp_dsn_set_orcpt(recipient, "rfc822", text));
	REFUSED(smtp_set_header(message, text, "x"));
	TAKEN(smtp_set_server(session, text));
	free(text);
}

static const char *read_nothing(void **ctx, int *len, void *arg)
{
	(void)ctx;
	(void)len;
	(void)arg;
	return NULL;
}

static void on_event(smtp_session_t s, int event, void *arg, ...)
{
	(void)s;
	(void)event;
	(void)arg;
}

static void on_monitor(const char *buf, int n, int writing, void *arg)
{
	(void)buf;
	(void)n;
	(void)writing;
	(void)arg;
}

static void callbacks(void **state)
{
	(void)state;
	REFUSED(smtp_set_messagecb(NULL, read_nothing, NULL));
	REFUSED(smtp_set_messagecb(message, NULL, NULL));
	TAKEN(smtp_set_messagecb(message, read_nothing, NULL));
	REFUSED((smtp_set_message_fp)(message, NULL));
	REFUSED((smtp_set_message_fp)(NULL, stdin));
	REFUSED((smtp_set_message_str)(message, NULL));
	REFUSED((smtp_set_message_str)(NULL, "x"));
	TAKEN((smtp_set_message_fp)(message, stdin));
	TAKEN((smtp_set_message_str)(message, "x"));
	TAKEN(smtp_set_message_fp(message, stdin));
	TAKEN(smtp_set_message_str(message, "x"));
	REFUSED(smtp_set_eventcb(NULL, on_event, NULL));
	TAKEN(smtp_set_eventcb(session, on_event, NULL));
	TAKEN(smtp_set_eventcb(session, NULL, NULL));
	REFUSED(smtp_set_monitorcb(NULL, on_monitor, NULL, 0));
	TAKEN(smtp_set_monitorcb(session, on_monitor, NULL, 3));
	TAKEN(smtp_set_monitorcb(session, NULL, NULL, 0));
}

/* What the stock readers give, and that they rewind. */
static void stock_readers(void **state)
{
	void *ctx = NULL;
	int len = 0;
	FILE *fp = tmpfile();
	char text[] = "Subject: x\r\n\r\n";

	(void)state;
	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	for (int i = 0; i < 2; i++) {
		_smtp_message_fp_cb(&ctx, NULL, fp);
		assert_memory_equal(
		    _smtp_message_fp_cb(&ctx, &len, fp), text, strlen(text));
		assert_int_equal(len, strlen(text));
		assert_null(_smtp_message_fp_cb(&ctx, &len, fp));
		assert_int_equal(len, 0);
	}
	free(ctx);
	ctx = NULL;
	fclose(fp);
	for (int i = 0; i < 2; i++) {
		_smtp_message_str_cb(&ctx, NULL, text);
		assert_ptr_equal(_smtp_message_str_cb(&ctx, &len, text), text);
		assert_int_equal(len, strlen(text));
		assert_null(_smtp_message_str_cb(&ctx, &len, text));
		assert_int_equal(len, 0);
	}
	free(ctx);
}

static void statuses(void **state)
{
	(void)state;
	REFUSED(smtp_message_transfer_status(NULL));
	REFUSED(smtp_reverse_path_status(NULL));
	REFUSED(smtp_recipient_status(NULL));
	REFUSED(smtp_etrn_node_status(NULL));
	REFUSED(smtp_message_reset_status(NULL));
	REFUSED(smtp_recipient_reset_status(NULL));
	REFUSED(smtp_recipient_check_complete(NULL));
	TAKEN(smtp_message_reset_status(message));
	TAKEN(smtp_recipient_reset_status(recipient));
	assert_int_equal(smtp_recipient_check_complete(recipient), 0);
	REFUSED(smtp_option_require_all_recipients(NULL, 1));
	TAKEN(smtp_option_require_all_recipients(session, -7));
	TAKEN(smtp_option_require_all_recipients(session, 0));
}

static void header_fields(void **state)
{
	static const char *const reserved[] = {"MIME-Version", "Content-Type",
	    "content-foo", "Return-Path", "Received", "Resent-To",
	    "Original-Recipient", "Resent-Reply-To", "", " ", "a b",
	    "a:", "X-\r\nBcc", "\xc3\xbc"};
	time_t now = time(NULL);

	(void)state;
	REFUSED(smtp_set_header(NULL, "Subject", "x"));
	REFUSED(smtp_set_header(message, NULL, "x"));
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
		REFUSED(smtp_set_header(message, reserved[i], "x"));
		REFUSED(smtp_set_header_option(
		    message, reserved[i], Hdr_OVERRIDE, 1));
	}
	REFUSED(smtp_set_header(message, "Date", (time_t *)NULL));
	REFUSED(smtp_set_header(message, "Subject", (char *)NULL));
	REFUSED(smtp_set_header(message, "Cc", "phrase", (char *)NULL));
	REFUSED(smtp_set_header(message, "Sender", NULL, (char *)NULL));
	REFUSED(smtp_set_header(message, "Reply-To", NULL, (char *)NULL));
	for (size_t i = 0; i < LINE_BREAKERS - 2; i++) {
		REFUSED(smtp_set_header(message, "Subject", line_breakers[i]));
		REFUSED(smtp_set_header(
		    message, "Cc", line_breakers[i], "c@example.com"));
		REFUSED(smtp_set_header(message, "Cc", NULL, line_breakers[i]));
		REFUSED(
		    smtp_set_header(message, "Message-Id", line_breakers[i]));
	}
	TAKEN(smtp_set_header(message, "Subject", "ends so\r\n"));
	REFUSED(smtp_set_header(message, "Subject", "again"));
	TAKEN(smtp_set_header(message, "Date", &now));
	TAKEN(smtp_set_header(message, "Cc", "", "c@example.com", NULL));
	REFUSED(smtp_set_header_option(NULL, "Subject", Hdr_OVERRIDE, 1));
	REFUSED(smtp_set_header_option(message, NULL, Hdr_OVERRIDE, 1));
	REFUSED(smtp_set_header_option(
	    message, "Subject", (enum header_option)2, 1));
	REFUSED(smtp_set_header_option(message, "Date", Hdr_PROHIBIT, 1));
	REFUSED(smtp_set_header_option(message, "From", Hdr_PROHIBIT, 1));
	TAKEN(smtp_set_header_option(message, "Subject", Hdr_OVERRIDE, 3));
	REFUSED(smtp_set_resent_headers(NULL, 0));
	TAKEN(smtp_set_resent_headers(message, 0));
}

static void timeouts_and_versions(void **state)
{
	static const char *const texts[] = {"1.1.0", "6.2.0", "8:0:2"};
	char buf[16];

	(void)state;
	REFUSED(smtp_set_timeout(NULL, 0, 1000));
	REFUSED(smtp_set_timeout(session, 5, 1000));
	REFUSED(smtp_set_timeout(session, -1, 1000));
	REFUSED(smtp_set_timeout(session, INT_MIN, 1000));
	REFUSED(smtp_set_timeout(session, 0, 0));
	REFUSED(smtp_set_timeout(session, 0, -1));
	assert_int_equal(smtp_set_timeout(session, 0, LONG_MAX), LONG_MAX);
	for (int what = 0; what < 3; what++) {
		size_t n = strlen(texts[what]);

		TAKEN(smtp_version(buf, n + 1, what));
		assert_string_equal(buf, texts[what]);
		REFUSED(smtp_version(buf, n, what)); /* off by one, once */
		REFUSED(smtp_version(buf, 0, what));
	}
	REFUSED(smtp_version(NULL, 10, 0));
	REFUSED(smtp_version(buf, sizeof buf, 3));
	REFUSED(smtp_version(buf, sizeof buf, -1));
}

static void extensions(void **state)
{
	(void)state;
	REFUSED(smtp_dsn_set_ret(NULL, Ret_FULL));
	REFUSED(smtp_dsn_set_ret(message, (enum ret_flags)3));
	TAKEN(smtp_dsn_set_ret(message, Ret_HDRS));
	REFUSED(smtp_dsn_set_envid(NULL, "x"));
	REFUSED(smtp_dsn_set_envid(message, NULL));
	REFUSED(smtp_dsn_set_envid(message, ""));
	TAKEN(smtp_dsn_set_envid(message, "id"));
	TAKEN(smtp_dsn_set_envid(message, "id again"));
	REFUSED(smtp_dsn_set_notify(NULL, Notify_NEVER));
	REFUSED(smtp_dsn_set_notify(recipient, (enum notify_flags)8));
	TAKEN(smtp_dsn_set_notify(recipient, Notify_NEVER));
	TAKEN(smtp_dsn_set_notify(recipient, (enum notify_flags)7));
	REFUSED(smtp_dsn_set_orcpt(NULL, "rfc822", "a@example.com"));
	REFUSED(smtp_dsn_set_orcpt(recipient, NULL, "a@example.com"));
	REFUSED(smtp_dsn_set_orcpt(recipient, "rfc822", NULL));
	REFUSED(smtp_dsn_set_orcpt(recipient, "rfc 822", "a@example.com"));
	TAKEN(smtp_dsn_set_orcpt(recipient, "rfc822", "a@example.com"));
	TAKEN(smtp_dsn_set_orcpt(recipient, "x400", "/CN=a/"));
	REFUSED(smtp_size_set_estimate(NULL, 1));
	TAKEN(smtp_size_set_estimate(message, ULONG_MAX));
	REFUSED(smtp_8bitmime_set_body(NULL, E8bitmime_7BIT));
	REFUSED(smtp_8bitmime_set_body(message, (enum e8bitmime_body)4));
	TAKEN(smtp_8bitmime_set_body(message, E8bitmime_BINARYMIME));
	REFUSED(smtp_deliverby_set_mode(NULL, 60, By_NOTIFY, 0));
	REFUSED(smtp_deliverby_set_mode(message, 60, (enum by_mode)3, 0));
	REFUSED(smtp_deliverby_set_mode(message, 0, By_RETURN, 0));
	REFUSED(smtp_deliverby_set_mode(message, -1, By_RETURN, 0));
	REFUSED(smtp_deliverby_set_mode(message, 1000000000, By_NOTIFY, 0));
	REFUSED(smtp_deliverby_set_mode(message, LONG_MIN, By_NOTIFY, 0));
	TAKEN(smtp_deliverby_set_mode(message, -999999999, By_NOTIFY, 1));
	for (size_t i = 0; i < LINE_BREAKERS; i++) {
		const char *evil = line_breakers[i];

		REFUSED(smtp_etrn_add_node(session, 0, evil));
		REFUSED(smtp_dsn_set_orcpt(recipient, evil, "a@example.com"));
	}
	REFUSED(smtp_etrn_add_node(NULL, 0, "x.example"));
	REFUSED(smtp_etrn_add_node(session, 0, NULL));
	REFUSED(smtp_etrn_add_node(session, '#', "x.example"));
	TAKEN(smtp_etrn_add_node(session, '@', "x.example"));
}

static int give_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return 0;
}

static void starttls(void **state)
{
	(void)state;
	REFUSED(smtp_starttls_enable(NULL, Starttls_ENABLED));
	REFUSED(smtp_starttls_enable(session, (enum starttls_option)3));
	REFUSED(smtp_starttls_enable(session, (enum starttls_option) - 1));
	TAKEN(smtp_starttls_enable(session, Starttls_REQUIRED));
	REFUSED(smtp_starttls_set_ctx(NULL, NULL));
	TAKEN(smtp_starttls_set_ctx(session, NULL));
	REFUSED(smtp_starttls_get_ctx(NULL));
	TAKEN(smtp_starttls_get_ctx(session));
	REFUSED(smtp_starttls_set_password_cb(NULL, NULL));
	TAKEN(smtp_starttls_set_password_cb(give_passphrase, NULL));
	REFUSED(smtp_auth_set_context(NULL, auth));
	TAKEN(smtp_auth_set_context(session, auth));
	REFUSED(smtp_gsasl_set_context(NULL, NULL));
	TAKEN(smtp_gsasl_set_context(session, NULL));
}

static int released;

static void release(void *data)
{
	released += *(int *)data;
}

/* One object of the four kinds, as its own three functions see it. */
#define KEEPS_DATA(prefix, object, one, two)                                   \
	do {                                                                   \
		assert_null(prefix##_get_application_data(object));            \
		assert_null(prefix##_set_application_data(object, &(one)));    \
		assert_ptr_equal(                                              \
		    prefix##_set_application_data(object, &(two)), &(one));    \
		assert_ptr_equal(                                              \
		    prefix##_get_application_data(object), &(two));            \
		prefix##_set_application_data_release(                         \
		    object, &(one), release);                                  \
		assert_int_equal(released, 0);                                 \
		prefix##_set_application_data_release(                         \
		    object, &(one), release);                                  \
		assert_int_equal(released, 1);                                 \
		assert_ptr_equal(                                              \
		    prefix##_set_application_data(object, NULL), &(one));      \
		assert_int_equal(released, 1);                                 \
		prefix##_set_application_data_release(                         \
		    object, &(two), release);                                  \
		REFUSED(prefix##_set_application_data(NULL, &(one)));          \
		REFUSED(prefix##_get_application_data(NULL));                  \
		prefix##_set_application_data_release(NULL, &(one), release);  \
		released = 0;                                                  \
	} while (0)

static void application_data(void **state)
{
	int one = 1, two = 10;
	smtp_session_t other = smtp_create_session();
	smtp_message_t m = smtp_add_message(other);
	smtp_recipient_t r = smtp_add_recipient(m, "a@example.com");
	smtp_etrn_node_t n = smtp_etrn_add_node(other, 0, "x.example");

	(void)state;
	released = 0;
	KEEPS_DATA(smtp, other, one, two);
	KEEPS_DATA(smtp_message, m, one, two);
	KEEPS_DATA(smtp_recipient, r, one, two);
	KEEPS_DATA(smtp_etrn, n, one, two);
	smtp_destroy_session(other);
	assert_int_equal(released, 40);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(sessions_and_lists),
	    TEST(servers_and_names),
	    TEST(paths),
	    TEST(long_values),
	    TEST(callbacks),
	    TEST(stock_readers),
	    TEST(statuses),
	    TEST(header_fields),
	    TEST(timeouts_and_versions),
	    TEST(extensions),
	    TEST(starttls),
	    TEST(application_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
