/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header_fixture.h - a message whose headers the tests of header.c complete
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One message with two recipients, the facts it is completed with, and the
 * lines that come of them; requests to the API as text, and the pass itself.
 * Included once by each of those tests, after cmocka.h.
 */
#ifndef HEADER_FIXTURE_H
#define HEADER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "model.h"
#include "rfc5322.h"

static struct header_facts facts = {
    .now = 1000000000,
    .zone_minutes = 120,
    .zone_known = true,
    .random = "0123456789abcde",
    .host = "client.example",
    .local_user = "joe",
};

#define DATE "Date: Sun, 9 Sep 2001 03:46:40 +0200\r\n"
#define FROM "From: me@here.example\r\n"
#define ID "Message-ID: <jgvgiu427imm2ruffh2pvi37p4@client.example>\r\n"
#define TO "To: a@there.example, b@there.example\r\n"

static struct smtp_session session;
static struct smtp_message message;
static struct smtp_recipient recipients[2];
static char me[] = "me@here.example";
static char to_a[] = "a@there.example";
static char to_b[] = "b@there.example";

static inline void make_message(void)
{
	memset(&session, 0, sizeof session);
	memset(&message, 0, sizeof message);
	memset(recipients, 0, sizeof recipients);
	session.messages = &message;
	message.session = &session;
	message.complete_headers = true;
	message.reverse_path.utf8 = me;
	message.recipients = &recipients[0];
	recipients[0].next = &recipients[1];
	recipients[0].mailbox.utf8 = to_a;
	recipients[1].mailbox.utf8 = to_b;
	message.headers = header_set_new();
	assert_non_null(message.headers);
}

static inline void drop_message(void)
{
	header_set_free(message.headers);
	free(message.message_id);
	message.headers = NULL;
	message.message_id = NULL;
}

/* Two fields of a request, "phrase|mailbox", "-" for NULL. */
static inline bool set_mailbox(const char *name, char *value, bool *no_memory)
{
	char *mailbox = strchr(value, '|');
	const char *phrase = value;

	assert_non_null(mailbox);
	*mailbox++ = '\0';
	if (strcmp(phrase, "-") == 0)
		phrase = NULL;
	if (strcmp(mailbox, "-") == 0)
		mailbox = NULL;
	return header_set_mailbox(
	    message.headers, name, phrase, mailbox, no_memory);
}

/* One request: "Name=value" sets; "Name!" overrides, "Name~" prohibits,
 * "Name^" ends either; "*" asks for a Resent- block. */
static inline bool ask(char *request)
{
	struct header_set *set = message.headers;
	char *end = request + strcspn(request, "=!~^*");
	char sign = *end;
	bool no_memory = false;
	bool ok = true;
	enum header_kind kind;

	*end = '\0';
	kind = header_kind_of(request);
	if (sign == '*')
		header_set_resent(set, true);
	else if (sign == '!')
		ok = header_set_option(
		    set, request, Hdr_OVERRIDE, true, &no_memory);
	else if (sign == '~')
		ok = header_set_option(
		    set, request, Hdr_PROHIBIT, true, &no_memory);
	else if (sign == '^')
		ok = header_set_option(
			 set, request, Hdr_PROHIBIT, false, &no_memory) &&
		     header_set_option(
			 set, request, Hdr_OVERRIDE, false, &no_memory);
	else if (kind == HEADER_MAILBOX)
		ok = set_mailbox(request, end + 1, &no_memory);
	else if (kind == HEADER_DATE)
		ok = header_set_date(
		    set, request, strtoll(end + 1, NULL, 10), &no_memory);
	else
		ok = header_set_text(set, request,
		    strcmp(end + 1, "-") == 0 ? NULL : end + 1, &no_memory);
	assert_false(no_memory);
	return ok;
}

/* All requests of a case, separated by '&'. The last one's result. */
static inline bool ask_all(const char *requests)
{
	char text[2048];
	char *at = text;
	bool ok = true;

	assert_true(strlen(requests) < sizeof text);
	snprintf(text, sizeof text, "%s", requests);
	while (*at) {
		char *end = at + strcspn(at, "&");
		bool last = *end == '\0';

		*end = '\0';
		ok = ask(at);
		if (!ok && !last)
			print_error("refused: %s\n", at);
		assert_true(ok || last);
		at = last ? end : end + 1;
	}
	return ok;
}

/* Sends the fields through a pass, and gives all that comes out. */
static inline char *pass(const char *fields)
{
	struct header_pass *p = header_pass_new(&message, &facts);
	struct rfc5322_field f;
	struct buf out;
	size_t at = 0;
	char *text;

	assert_non_null(p);
	buf_init(&out, SIZE_MAX);
	while (rfc5322_field_next(&f, fields, strlen(fields), &at) ==
	       RFC5322_FIELD)
		assert_true(header_field(p, f.start, f.len, &out));
	assert_int_equal(at, strlen(fields));
	assert_true(header_finish(p, &out));
	text = buf_take(&out, NULL);
	assert_non_null(text);
	header_pass_free(p);
	return text;
}

#endif
