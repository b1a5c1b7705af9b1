/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_compose_missing.c - fields that are made, sizes, and the callback
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What sendmail's callers leave out is put in: Date in the local zone, a
 * Message-ID of random, From by -F, MIME's for 8-bit text. RFC 5322 3.6, RFC
 * 2045, RFC 1870.
 */
#define _XOPEN_SOURCE 700 /* tzset() */

#include "compose.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "compose_fixture.h"
#include "text.h"

static int begin(void **state)
{
	(void)state;
	plain_settings();
	return 0;
}

/* The content of a message, and the fields that it must have. */
static char *sent(const char *text)
{
	return content_of(text, strlen(text));
}

/* The value of the first field of that name, in place; NULL: none. */
static const char *value_of(char *content, const char *name)
{
	static char value[2048];
	char *blank = strstr(content, "\r\n\r\n");
	char *at = content;
	size_t n = strlen(name);

	while (at <= blank) {
		char *end = strstr(at, "\r\n");

		if (strncmp(at, name, n) == 0 && at[n] == ':') {
			snprintf(value, sizeof value, "%.*s",
			    (int)(end - at - (long)n - 2), at + n + 2);
			return value;
		}
		at = end + 2;
	}
	return NULL;
}

static void check_value(
    const char *message_text, const char *name, const char *value)
{
	char *content = sent(message_text);
	const char *found = value_of(content, name);

	if (value == NULL) {
		assert_null(found);
	} else {
		assert_non_null(found);
		assert_string_equal(found, value);
	}
	free(content);
}

static void makes_from(void **state)
{
	char name[] = "Cron Daemon";
	char quoted[] = "Doe, \"J\"";
	char foreign[] = "J\xC3\xB6rg";
	char utf8[] = "j\xC3\xB6rg@example.com";

	(void)state;
	account.add_from = true;
	check_value("A: 1\n\n", "From", "me@example.com");
	check_value("From: a@x.example\n\n", "From", "a@x.example");
	check_value("from : a@x.example\n\n", "From", NULL);
	envelope.full_name = name;
	check_value("A: 1\n\n", "From", "Cron Daemon <me@example.com>");
	check_value("From: a@x.example\n\n", "From", "a@x.example");
	envelope.full_name = quoted;
	check_value("A: 1\n\n", "From", "\"Doe, \\\"J\\\"\" <me@example.com>");
	envelope.full_name = foreign;
	check_value(
	    "A: 1\n\n", "From", "=?UTF-8?Q?J=C3=B6rg?= <me@example.com>");
	envelope.full_name = NULL;
	envelope.from_mailbox = utf8;
	take_message("\n", 1);
	assert_int_equal(compose(), COMPOSED);
	assert_true(composed_header_utf8(composed));
	drop_all();
	account.add_from = false;
	check_value("A: 1\n\n", "From", NULL);
}

/* "Tue, 24 Nov 2026 19:56:48 +0000" back to seconds, by the C library. */
static time_t read_date(const char *value, int *zone)
{
	struct tm tm;
	char sign[2];
	int hours, minutes;
	const char *rest;

	memset(&tm, 0, sizeof tm);
	rest = strptime(value, "%a, %d %b %Y %H:%M:%S ", &tm);
	assert_non_null(rest);
	assert_int_equal(
	    sscanf(rest, "%1[+-]%2d%2d", sign, &hours, &minutes), 3);
	*zone = (hours * 60 + minutes) * (sign[0] == '-' ? -1 : 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	return mktime(&tm) - *zone * 60;
}

static void makes_a_date_of_the_zone(void **state)
{
	static const struct {
		const char *zone;
		int minutes;
	} zones[] = {
	    {"UTC0", 0}, {"NPT-5:45", 345}, {"NST+3:30", -210}, {"CET-1", 60}};

	(void)state;
	account.add_date = true;
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		time_t before = time(NULL);
		char *content;
		time_t made;
		int zone;

		setenv("TZ", zones[i].zone, 1);
		tzset();
		content = sent("A: 1\n\n");
		made = read_date(value_of(content, "Date"), &zone);
		assert_int_equal(zone, zones[i].minutes);
		assert_true(made >= before && made <= time(NULL));
		free(content);
	}
	check_value("Date: x\n\n", "Date", "x");
	account.add_date = false;
	check_value("A: 1\n\n", "Date", NULL);
}

static void makes_a_message_id(void **state)
{
	char domain[] = "ids.example.org";
	char literal[] = "me@[192.0.2.1]";
	char odd[] = "\"a@b\"@example.com";
	char ids[64][64];

	(void)state;
	account.add_message_id = true;
	for (size_t i = 0; i < 64; i++) {
		char *content = sent("A: 1\n\n");

		snprintf(ids[i], sizeof ids[i], "%s",
		    value_of(content, "Message-ID"));
		free(content);
		/* 26 letters of five bits; none twice. */
		assert_int_equal(strlen(ids[i]), 1 + 26 + 12 + 1);
		assert_int_equal(
		    strspn(ids[i] + 1, "abcdefghijklmnopqrstuvwxyz234567"), 26);
		assert_string_equal(ids[i] + 27, "@example.com>");
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
	envelope.from_mailbox = literal;
	take_message("\n", 1);
	assert_int_equal(compose(), COMPOSED);
	assert_string_equal(
	    composed_message_id(composed) + 27, "@[192.0.2.1]>");
	drop_all();
	envelope.from_mailbox = odd;
	account.message_id_domain = domain;
	take_message("\n", 1);
	assert_int_equal(compose(), COMPOSED);
	assert_string_equal(
	    composed_message_id(composed) + 27, "@ids.example.org>");
	drop_all();
}

static void keeps_the_message_id(void **state)
{
	static const char text[] = "Message-ID:\n <a@b>\nmessage-id: <c@d>\n\n";

	(void)state;
	account.add_message_id = true;
	take_message(text, sizeof text - 1);
	assert_int_equal(compose(), COMPOSED);
	assert_string_equal(composed_message_id(composed), "<a@b>");
	drop_all();
	account.add_message_id = false;
	take_message("\n", 1);
	assert_int_equal(compose(), COMPOSED);
	assert_null(composed_message_id(composed));
	drop_all();
}

/* RFC 5322 3.6.6: in the block on top, where they belong. */
static void completes_a_resent_block(void **state)
{
	char *content = sent("Resent-To: a@x.example\n"
			     "Resent-From: b@x.example\n"
			     "Received: x\n"
			     "Resent-From: c@x.example\n\n");
	char *date = strstr(content, "Resent-Date: ");
	char *id = strstr(content, "\r\nResent-Message-ID: <");

	(void)state;
	assert_ptr_equal(date, content);
	assert_non_null(id);
	assert_ptr_equal(strstr(date + 1, "Resent-Date: "), NULL);
	assert_true(id < strstr(content, "Resent-To: a@x.example\r\n"));
	free(content);
	content = sent("Resent-From: b@x.example\nResent-Date: x\n"
		       "Resent-Message-ID: <y@z>\nFrom: a@x.example\n\n");
	assert_string_equal(content,
	    "Resent-From: b@x.example\r\nResent-Date: x\r\n"
	    "Resent-Message-ID: <y@z>\r\nFrom: a@x.example\r\n\r\n");
	free(content);
	content = sent("Resent-To: a@x.example\n\n");
	assert_string_equal(content, "Resent-To: a@x.example\r\n\r\n");
	free(content);
}

#define AE "\xC3\xA4"
#define LABEL_8BIT "Content-Transfer-Encoding: 8bit\r\n"

static void declares_8_bit_text(void **state)
{
	static const struct {
		const char *given, *sent;
	} cases[] = {
	    {"A: 1\n\n" AE "\n",
		"A: 1\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n" LABEL_8BIT
		"\r\n" AE "\n"},
	    {"A: 1\n\n\xE4\n",
		"A: 1\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=unknown-8bit\r\n" LABEL_8BIT
		"\r\n\xE4\n"},
	    {"A: 1\n\na\n", "A: 1\r\n\r\na\n"},
	    {"Content-Type: text/x\n\n" AE "\n",
		"Content-Type: text/x\r\nMIME-Version: 1.0\r\n" LABEL_8BIT
		"\r\n" AE "\n"},
	    {"Mime-Version: 1.0\nContent-Type: text/x\n"
	     "Content-transfer-encoding: 8BIT\n\n" AE "\n",
		"Mime-Version: 1.0\r\nContent-Type: text/x\r\n"
		"Content-transfer-encoding: 8BIT\r\n\r\n" AE "\n"},
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" AE
	     "\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\n" AE
		"\n--b--\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *content = sent(cases[i].given);

		assert_string_equal(content, cases[i].sent);
		free(content);
	}
	options.gateway = true;
	check_value("A: 1\n\n" AE "\n", "MIME-Version", NULL);
}

static void knows_when_smtputf8_is_needed(void **state)
{
	static const struct {
		const char *given;
		bool needed, asked; /* without and with -U */
	} cases[] = {
	    {"Subject: a\n\n", false, false},
	    {"Subject: " AE "\n\n", false, true},
	    {"Subject: \xE4\n\n", false, false},
	    {"To: " AE " <a@x.example>\n\n", false, true},
	    {"To: " AE "@x.example\n\n", true, true},
	    {"To: <a@" AE ".example>\n\n", false, true},
	    {"To: " AE "@" AE ".example\n\n", true, true},
	    {"To: a@" AE "..example\n\n", false, true},
	    {"To: a@x.example (" AE ")\n\n", false, true},
	    {"To: " AE ": a@x.example;\n\n", true, true},
	    {"Content-Disposition: x; filename=" AE "\n\n", false, true},
	    {"Bcc: " AE "@x.example\n\n", false, false},
	    {"Message-ID: <" AE "@x.example>\n\n", true, true},
	    {"Subject: a\n\n" AE "\n", false, false},
	};

	(void)state;
	for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
		const char *given = cases[i / 2].given;

		options.smtputf8 = i % 2 == 1;
		take_message(given, strlen(given));
		assert_int_equal(compose(), COMPOSED);
		assert_int_equal(composed_header_utf8(composed),
		    options.smtputf8 ? cases[i / 2].asked
				     : cases[i / 2].needed);
		drop_all();
	}
}

static void refuses_beyond_size_limit(void **state)
{
	static const char text[] = "A: 1\n\nbody\n";
	const unsigned long long size = sizeof "A: 1\r\n\r\nbody\r\n" - 1;

	(void)state;
	account.size_limit = size;
	take_message(text, sizeof text - 1);
	assert_int_equal(compose(), COMPOSED);
	assert_int_equal(composed_size(composed), size);
	drop_all();
	account.size_limit = size - 1;
	take_message(text, sizeof text - 1);
	assert_int_equal(compose(), COMPOSE_TOO_LARGE);
	assert_int_equal(complaints.n, 1);
	assert_non_null(strstr(complaints.line[0], "size-limit"));
	drop_all();
}

/* The library reads twice where the first server turns the message away. */
static void can_be_read_again(void **state)
{
	static const char text[] = "A: 1\n\nbody\r\nmore\rlast";
	struct buf first, second;
	void *ctx = NULL;
	int n;

	(void)state;
	take_message(text, sizeof text - 1);
	assert_int_equal(compose(), COMPOSED);
	buf_init(&first, 4096);
	buf_init(&second, 4096);
	read_all(&first);
	composed_read(&ctx, NULL, composed);
	assert_non_null(composed_read(&ctx, &n, composed));
	assert_non_null(composed_read(&ctx, &n, composed));
	free(ctx);
	read_all(&second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(buf_head(&first), buf_head(&second), first.len);
	/* LF, CRLF, a bare CR, and none: CRLF on the wire. */
	assert_int_equal(composed_size(composed),
	    sizeof "A: 1\r\n\r\nbody\r\nmore\r\nlast\r\n" - 1);
	buf_release(&first);
	buf_release(&second);
	drop_all();
}

static void gives_large_blocks(void **state)
{
	enum { SIZE = 3 * 1024 * 1024 };
	char *text = malloc(SIZE);
	void *ctx = NULL;
	size_t total = 0;
	int n;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', SIZE);
	for (size_t i = 70; i < SIZE; i += 71)
		text[i] = '\n';
	memcpy(text, "A: 1\n\n", 6);
	take_message(text, SIZE);
	assert_int_equal(compose(), COMPOSED);
	composed_read(&ctx, NULL, composed);
	assert_non_null(composed_read(&ctx, &n, composed));
	while (composed_read(&ctx, &n, composed) != NULL) {
		total += (size_t)n;
		assert_true(n >= 65536 || total == SIZE - 6);
	}
	assert_int_equal(total, SIZE - 6);
	free(ctx);
	free(text);
	drop_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(makes_from, begin),
	    cmocka_unit_test_setup(makes_a_date_of_the_zone, begin),
	    cmocka_unit_test_setup(makes_a_message_id, begin),
	    cmocka_unit_test_setup(keeps_the_message_id, begin),
	    cmocka_unit_test_setup(completes_a_resent_block, begin),
	    cmocka_unit_test_setup(declares_8_bit_text, begin),
	    cmocka_unit_test_setup(knows_when_smtputf8_is_needed, begin),
	    cmocka_unit_test_setup(refuses_beyond_size_limit, begin),
	    cmocka_unit_test_setup(can_be_read_again, begin),
	    cmocka_unit_test_setup(gives_large_blocks, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
