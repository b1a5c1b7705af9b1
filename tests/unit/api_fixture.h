/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api_fixture.h - a server, a session and a message, for the tests of the API
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One server and one session with it, both for the length of a test, and
 * events counted as they come. Included once by each of those tests, after
 * cmocka.h; they are linked with tests/api/server.c.
 */
#ifndef API_FIXTURE_H
#define API_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../api/server.h"
#include "auth-client.h"
#include "smtpx.h"

#define LETTER                                                                 \
	"Date: Sat, 1 Jan 2000 12:00:00 +0000\r\n"                             \
	"Message-ID: <1@client.example>\r\nFrom: s@example.com\r\n"            \
	"To: a@example.com\r\n\r\nHello.\r\n"

static struct test_server server;
static smtp_session_t session;

/* A server that behaves by these options, and a session that will go there. */
static inline void begin(const char *options)
{
	server_start(&server, options);
	session = smtp_create_session();
	assert_non_null(session);
	assert_int_equal(smtp_set_server(session, server.address), 1);
	assert_int_equal(smtp_set_hostname(session, "client.example"), 1);
}

static inline void finish(void)
{
	assert_int_equal(smtp_destroy_session(session), 1);
	server_drop(&server);
}

/* From s@example.com, without recipients. */
static inline smtp_message_t letter(const char *text)
{
	smtp_message_t m = smtp_add_message(session);

	assert_non_null(m);
	assert_int_equal(smtp_set_reverse_path(m, "s@example.com"), 1);
	assert_int_equal(smtp_set_message_str(m, text), 1);
	return m;
}

/* A message to one recipient. */
static inline smtp_recipient_t letter_to(const char *mailbox)
{
	smtp_recipient_t r = smtp_add_recipient(letter(LETTER), mailbox);

	assert_non_null(r);
	return r;
}

/* Starts, and expects this result and error. */
static inline void start(int result, int error)
{
	int got = smtp_start_session(session);

	if (got != result || smtp_errno() != error)
		print_error("start %d, errno %d: %s\n", got, smtp_errno(),
		    smtpx_error_text(session));
	assert_int_equal(got, result);
	assert_int_equal(smtp_errno(), error);
}

/* How often text stands in what the server received as message n. */
static inline int received(int n, const char *text)
{
	char name[32];

	snprintf(name, sizeof name, "record/%d.message", n);
	return server_count(&server, name, text);
}

/* How often the client said this. */
static inline int said(const char *command)
{
	char line[160];

	snprintf(line, sizeof line, "C: %s", command);
	return server_count(&server, "record/dialogue", line);
}

#endif
