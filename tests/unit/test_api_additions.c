/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_api_additions.c - good, missing and hostile values beyond libesmtp.h
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * auth-client.h's functions never set smtp_errno(); smtpx.h's do as those of
 * libesmtp.h: a refused call gives 0 or NULL, sets SMTP_ERR_INVAL, and changes
 * nothing. No session is run here.
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

static int released;

static void release(void *data)
{
	released += *(int *)data;
}

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

static int answer(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	for (int i = 0; i < fields; i++) {
		assert_null(result[i]);
		result[i] = request[i].flags & AUTH_USER ? "user" : arg;
	}
	return 1;
}

static void auth_contexts(void **state)
{
	char secret[] = "secret";
	int len = 0;

	(void)state;
	forget_error();
	auth_client_init();
	auth_client_init();
	auth_client_exit();
	assert_int_equal(auth_destroy_context(NULL), 0);
	assert_int_equal(auth_set_mechanism_flags(NULL, 1, 0), 0);
	assert_int_equal(auth_set_mechanism_ssf(NULL, 0), 0);
	assert_int_equal(auth_set_external_id(NULL, "x"), 0);
	assert_int_equal(auth_set_interact_cb(NULL, answer, secret), 0);
	assert_int_equal(auth_client_enabled(NULL), 0);
	assert_int_equal(auth_client_enabled(auth), 0);
	assert_int_equal(auth_set_mechanism(NULL, "PLAIN"), 0);
	assert_int_equal(auth_set_mechanism(auth, NULL), 0);
	assert_null(auth_mechanism_name(NULL));
	assert_null(auth_mechanism_name(auth));
	assert_null(auth_response(NULL, NULL, &len));
	assert_null(auth_response(auth, NULL, NULL));
	assert_null(auth_response(auth, NULL, &len));
	assert_int_equal(auth_get_ssf(NULL), -1);
	assert_int_equal(auth_get_ssf(auth), -1);
	auth_encode(NULL, NULL, "x", 1, auth);
	auth_decode(NULL, NULL, "x", 1, NULL);
	assert_int_equal(auth_set_external_id(auth, "me"), 1);
	assert_int_equal(auth_set_external_id(auth, "me again"), 1);
	assert_int_equal(auth_set_external_id(auth, NULL), 1);
	assert_int_equal(smtp_errno(), SMTP_ERR_NOTHING_TO_DO);
}

static void auth_exchanges(void **state)
{
	char secret[] = "secret";
	const char *response;
	int len = 0;

	(void)state;
	assert_int_equal(auth_set_interact_cb(auth, answer, secret), 1);
	assert_int_equal(auth_client_enabled(auth), 1);
	assert_int_equal(auth_set_mechanism(auth, "PLAIN"), 0); /* no leave */
	assert_int_equal(
	    auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0), 1);
	assert_int_equal(auth_set_mechanism(auth, "no-such"), 0);
	assert_int_equal(auth_set_mechanism(auth, ""), 0);
	assert_int_equal(auth_set_mechanism(auth, "plain"), 1);
	assert_string_equal(auth_mechanism_name(auth), "PLAIN");
	assert_int_equal(auth_get_ssf(auth), 0);
	response = auth_response(auth, NULL, &len);
	assert_int_equal(len, 12);
	assert_memory_equal(response, "\0user\0secret", 12);
	assert_int_equal(auth_set_mechanism(auth, "CRAM-MD5"), 1);
	assert_null(auth_response(auth, NULL, &len));
	len = -1;
	assert_null(auth_response(auth, "<1@x>", &len));
	len = 5;
	response = auth_response(auth, "<1@x>", &len);
	assert_non_null(response);
	assert_memory_equal(response, "user ", 5);
	assert_int_equal(auth_set_mechanism_flags(auth, 0, ~0U), 1);
	assert_int_equal(auth_set_mechanism(auth, "LOGIN"), 0);
	assert_int_equal(auth_set_mechanism(auth, "EXTERNAL"), 0);
	assert_int_equal(
	    auth_set_mechanism_flags(auth, AUTH_PLUGIN_EXTERNAL, 0), 1);
	assert_int_equal(auth_set_mechanism(auth, "EXTERNAL"), 0);
	assert_int_equal(auth_set_external_id(auth, "me"), 1);
	assert_int_equal(auth_set_mechanism(auth, "EXTERNAL"), 1);
	response = auth_response(auth, NULL, &len);
	assert_non_null(response);
	assert_int_equal(len, 2);
	assert_int_equal(auth_set_mechanism_ssf(auth, 1), 1);
	assert_int_equal(auth_set_mechanism(auth, "CRAM-MD5"), 0);
	assert_int_equal(auth_set_interact_cb(auth, NULL, NULL), 1);
	assert_int_equal(auth_client_enabled(auth), 0);
}

static void additions_of_sessions(void **state)
{
	static const unsigned char pin[32] = {1};
	struct smtpx_facts facts;

	(void)state;
	REFUSED(smtpx_add_server(NULL, "localhost", Smtpx_TLS_OFF));
	REFUSED(smtpx_add_server(session, NULL, Smtpx_TLS_OFF));
	REFUSED(smtpx_add_server(session, "localhost", (enum smtpx_tls)4));
	TAKEN(smtpx_add_server(session, "localhost", Smtpx_TLS_IMPLICIT));
	REFUSED(smtpx_set_protocol(NULL, Smtpx_SMTP));
	REFUSED(smtpx_set_protocol(session, (enum smtpx_protocol)2));
	TAKEN(smtpx_set_protocol(session, Smtpx_LMTP));
	REFUSED(smtpx_set_ip_family(NULL, 0));
	REFUSED(smtpx_set_ip_family(session, 5));
	TAKEN(smtpx_set_ip_family(session, 6));
	REFUSED(smtpx_set_source_address(NULL, "127.0.0.1"));
	TAKEN(smtpx_set_source_address(session, "127.0.0.1"));
	TAKEN(smtpx_set_source_address(session, NULL));
	REFUSED(smtpx_set_connect_timeout(NULL, 0));
	REFUSED(smtpx_set_connect_timeout(session, -1));
	TAKEN(smtpx_set_connect_timeout(session, 0));
	REFUSED(smtpx_set_total_timeout(NULL, 0));
	REFUSED(smtpx_set_total_timeout(session, -1));
	TAKEN(smtpx_set_total_timeout(session, 1000));
	smtpx_cancel(NULL);
	smtpx_cancel(session);
	REFUSED(smtpx_tls_set_verify(NULL, Smtpx_VERIFY_FULL));
	REFUSED(smtpx_tls_set_verify(session, (enum smtpx_verify)3));
	TAKEN(smtpx_tls_set_verify(session, Smtpx_VERIFY_OFF));
	REFUSED(smtpx_tls_set_ca_file(NULL, "/x"));
	TAKEN(smtpx_tls_set_ca_file(session, NULL));
	REFUSED(smtpx_tls_set_name(NULL, "x.example"));
	TAKEN(smtpx_tls_set_name(session, "x.example"));
	REFUSED(smtpx_tls_set_minimum(NULL, 12));
	REFUSED(smtpx_tls_set_minimum(session, 11));
	TAKEN(smtpx_tls_set_minimum(session, 13));
	REFUSED(smtpx_tls_set_client_certificate(NULL, "/x", NULL));
	TAKEN(smtpx_tls_set_client_certificate(session, "/x", NULL));
	TAKEN(smtpx_tls_set_client_certificate(session, NULL, NULL));
	REFUSED(smtpx_tls_add_pin(NULL, pin));
	REFUSED(smtpx_tls_add_pin(session, NULL));
	TAKEN(smtpx_tls_add_pin(session, pin));
	REFUSED(smtpx_require_auth(NULL, 1));
	TAKEN(smtpx_require_auth(session, 1));
	REFUSED(smtpx_set_latency(NULL, Smtpx_LATENCY_SAFE));
	REFUSED(smtpx_set_latency(session, (enum smtpx_latency)2));
	TAKEN(smtpx_set_latency(session, Smtpx_LATENCY_MINIMAL));
	REFUSED(smtpx_set_max_recipients(NULL, 1));
	TAKEN(smtpx_set_max_recipients(session, ULONG_MAX));
	REFUSED(smtpx_require_dsn(NULL, 1));
	TAKEN(smtpx_require_dsn(session, 1));
	REFUSED(smtpx_get_facts(NULL, &facts));
	REFUSED(smtpx_get_facts(session, NULL));
	TAKEN(smtpx_get_facts(session, &facts));
	assert_null(facts.server);
	assert_null(facts.mechanism);
}

static void on_capability(const char *keyword, const char *text, void *arg)
{
	(void)keyword;
	(void)text;
	++*(int *)arg;
}

static void additions_of_results(void **state)
{
	int n = 0;

	(void)state;
	REFUSED(smtpx_probe(NULL));
	REFUSED(smtpx_probe(session)); /* no server */
	REFUSED(smtpx_capability(NULL, "SIZE"));
	REFUSED(smtpx_capability(session, NULL));
	assert_null(smtpx_capability(session, "SIZE"));
	REFUSED(smtpx_enumerate_capabilities(NULL, on_capability, &n));
	REFUSED(smtpx_enumerate_capabilities(session, NULL, &n));
	TAKEN(smtpx_enumerate_capabilities(session, on_capability, &n));
	assert_int_equal(n, 0);
	assert_int_equal(smtpx_cause(NULL), Smtpx_CAUSE_NONE);
	assert_int_equal(smtpx_cause(session), Smtpx_CAUSE_NONE);
	assert_string_equal(smtpx_error_text(NULL), "");
	assert_string_equal(smtpx_error_text(session), "");
	REFUSED(smtpx_last_reply(NULL));
	assert_int_equal(smtpx_last_reply(session)->code, 0);
	assert_string_equal(smtpx_last_phase(NULL), "");
	assert_string_equal(smtpx_last_phase(session), "");
	assert_int_equal(smtpx_recipient_verdict(NULL), Smtpx_PENDING);
	assert_int_equal(smtpx_recipient_verdict(recipient), Smtpx_PENDING);
	REFUSED(smtpx_recipient_reply(NULL));
	assert_int_equal(smtpx_recipient_reply(recipient)->code, 0);
	REFUSED(smtpx_message_id(NULL));
	assert_null(smtpx_message_id(message));
	REFUSED(smtpx_message_size(NULL));
	assert_int_equal(smtpx_message_size(message), 0);
	REFUSED(smtpx_auth_set_mechanisms(NULL, NULL));
	REFUSED(smtpx_auth_set_mechanisms(auth, "NTLM"));
	REFUSED(smtpx_auth_set_mechanisms(auth, ""));
	TAKEN(smtpx_auth_set_mechanisms(auth, "PLAIN scram-sha-256"));
	TAKEN(smtpx_auth_set_mechanisms(auth, NULL));
	REFUSED(smtpx_auth_allow_clear(NULL, 1));
	TAKEN(smtpx_auth_allow_clear(auth, 1));
	REFUSED(smtpx_auth_set_authzid(NULL, "x"));
	TAKEN(smtpx_auth_set_authzid(auth, "x"));
	TAKEN(smtpx_auth_set_authzid(auth, NULL));
}

static void domains(void **state)
{
	static const char *const none[] = {
	    "", ".", "a b", "a\r\nb", "-a.example", "\xff.example", "xn--"};
	char *ascii = smtpx_domain_to_ascii("b\xc3\xbc"
					    "cher.example");

	(void)state;
	assert_non_null(ascii);
	assert_string_equal(ascii, "xn--bcher-kva.example");
	free(ascii);
	REFUSED(smtpx_domain_to_ascii(NULL));
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		REFUSED(smtpx_domain_to_ascii(none[i]));
}

static void additions_of_messages(void **state)
{
	(void)state;
	REFUSED(smtpx_message_set_smtputf8(NULL, 1));
	TAKEN(smtpx_message_set_smtputf8(message, 1));
	REFUSED(smtpx_message_set_requiretls(NULL, 1));
	TAKEN(smtpx_message_set_requiretls(message, 1));
	REFUSED(smtpx_message_set_priority(NULL, 0));
	REFUSED(smtpx_message_set_priority(message, 10));
	REFUSED(smtpx_message_set_priority(message, -10));
	TAKEN(smtpx_message_set_priority(message, -9));
	REFUSED(smtpx_message_set_hold_for(NULL, 1));
	REFUSED(smtpx_message_set_hold_for(message, -1));
	REFUSED(smtpx_message_set_hold_for(message, 1000000000));
	REFUSED(smtpx_message_set_hold_until(NULL, 1));
	REFUSED(smtpx_message_set_hold_until(message, -1));
	REFUSED(smtpx_message_set_hold_until(message, LLONG_MAX));
	TAKEN(smtpx_message_set_hold_for(message, 60));
	REFUSED(smtpx_message_set_hold_until(message, 1900000000));
	TAKEN(smtpx_message_set_hold_for(message, 0));
	TAKEN(smtpx_message_set_hold_until(message, 1900000000));
	TAKEN(smtpx_message_set_hold_until(message, 1900000001));
	REFUSED(smtpx_message_set_hold_for(message, 60));
	TAKEN(smtpx_message_set_hold_until(message, 0));
	TAKEN(smtpx_message_set_hold_for(message, 60));
	REFUSED(smtpx_message_complete_headers(NULL, 0));
	TAKEN(smtpx_message_complete_headers(message, 0));
	REFUSED(smtpx_message_remove(NULL));
	REFUSED(smtpx_recipient_remove(NULL));
}

/* First, middle, last, only one: the list stays a list. */
static void removing_from_lists(void **state)
{
	smtp_message_t m[3];
	smtp_recipient_t r[3];
	int one = 1;
	int n = 0;

	(void)state;
	released = 0;
	TAKEN(smtpx_message_remove(message));
	for (int i = 0; i < 3; i++)
		m[i] = smtp_add_message(session);
	for (int i = 0; i < 3; i++)
		r[i] = smtp_add_recipient(m[0], "r@example.com");
	smtp_recipient_set_application_data_release(r[1], &one, release);
	TAKEN(smtpx_recipient_remove(r[1]));
	assert_int_equal(released, 1);
	TAKEN(smtpx_recipient_remove(r[2]));
	TAKEN(smtpx_recipient_remove(r[0]));
	recipient = smtp_add_recipient(m[0], "a@example.com");
	TAKEN(smtp_enumerate_recipients(m[0], on_recipient, &n));
	assert_int_equal(n, 1);
	smtp_message_set_application_data_release(m[1], &one, release);
	TAKEN(smtpx_message_remove(m[1]));
	assert_int_equal(released, 2);
	TAKEN(smtpx_message_remove(m[2]));
	TAKEN(smtpx_message_remove(m[0]));
	smtp_add_message(session);
	smtp_add_message(session);
	TAKEN(smtp_enumerate_messages(session, on_message, &n));
	assert_int_equal(n, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(auth_contexts),
	    TEST(auth_exchanges),
	    TEST(additions_of_sessions),
	    TEST(additions_of_results),
	    TEST(domains),
	    TEST(additions_of_messages),
	    TEST(removing_from_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
