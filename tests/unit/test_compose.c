/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_compose.c - the header section that leaves
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The sendmail interface's rules, a row each: what is dropped, qualified,
 * encoded, added, and that all else leaves octet for octet. Threats X-32 and
 * X-36; RFC 5322 3.6, RFC 2047.
 */
#include "compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "compose_fixture.h"
#include "text.h"

#define BODY "\nbody\n"

/* Octets of a string literal with its NULs. */
#define TEXT(s) s, sizeof s - 1

struct header_case {
	const char *given; /* fields; an empty line and a body follow */
	size_t n;
	const char *sent;
};

static char *header_of(const char *given, size_t n)
{
	struct buf whole;
	char *content, *body;

	buf_init(&whole, SIZE_MAX / 2);
	buf_append(&whole, given, n);
	buf_puts(&whole, BODY);
	content = content_of((const char *)buf_head(&whole), whole.len);
	buf_release(&whole);
	/* The body is as it was, line ends apart. */
	body = strstr(content, "\r\n\r\n");
	if (strncmp(content, "\r\n", 2) == 0) {
		assert_string_equal(content + 2, "body\n");
		content[0] = '\0';
		return content;
	}
	assert_non_null(body);
	assert_string_equal(body + 4, "body\n");
	body[2] = '\0';
	return content;
}

static void check(const struct header_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *sent = header_of(c[i].given, c[i].n);

		if (strcmp(sent, c[i].sent) != 0)
			print_error("given: %s", c[i].given);
		assert_string_equal(sent, c[i].sent);
		free(sent);
	}
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof(cases)[0])

static int begin(void **state)
{
	(void)state;
	plain_settings();
	return 0;
}

/* clang-format off */
static const struct header_case untouched[] = {
	{ TEXT("Subject: a\n"), "Subject: a\r\n" },
	{ TEXT("Subject: a\r\n"), "Subject: a\r\n" },
	{ TEXT("A: 1\r\nB: 2\nC: 3\r\n"), "A: 1\r\nB: 2\r\nC: 3\r\n" },
	{ TEXT("Subject:a\n"), "Subject:a\r\n" },
	{ TEXT("Subject:\n"), "Subject:\r\n" },
	{ TEXT("Subject:    a  b \t\n"), "Subject:    a  b \t\r\n" },
	{ TEXT("Subject : a\n"), "Subject : a\r\n" },
	{ TEXT("sUBJECT: a\n b\n\tc\n"), "sUBJECT: a\r\n b\r\n\tc\r\n" },
	{ TEXT("X-!#$%&'*: a\n"), "X-!#$%&'*: a\r\n" },
	{ TEXT("To: a@x.example,\n\tb@x.example (B)\n"),
	  "To: a@x.example,\r\n\tb@x.example (B)\r\n" },
	{ TEXT("To:a@x.example\nTo:  b@x.example\n"),
	  "To:a@x.example\r\nTo:  b@x.example\r\n" },
	{ TEXT("To: undisclosed-recipients:;\n"),
	  "To: undisclosed-recipients:;\r\n" },
	{ TEXT("To: \"Doe, J\" <j@x.example>\n"),
	  "To: \"Doe, J\" <j@x.example>\r\n" },
	{ TEXT("To: Group: a@x.example, b@x.example;\n"),
	  "To: Group: a@x.example, b@x.example;\r\n" },
	{ TEXT("To: this is no address\n"), "To: this is no address\r\n" },
	{ TEXT("To: <>\n"), "To: <>\r\n" },
	{ TEXT("To: user%host@x.example, host!user@x.example\n"),
	  "To: user%host@x.example, host!user@x.example\r\n" },
	{ TEXT("To: a@x.example., b@[192.0.2.1], c@[IPv6:2001:db8::1]\n"),
	  "To: a@x.example., b@[192.0.2.1], c@[IPv6:2001:db8::1]\r\n" },
	{ TEXT("Date: now\nDate: then\nFrom: a@x.example\nFrom: b@x.example\n"),
	  "Date: now\r\nDate: then\r\nFrom: a@x.example\r\n"
	  "From: b@x.example\r\n" },
	{ TEXT("Auto-Submitted: auto-generated\nPrecedence: bulk\n"),
	  "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n" },
	{ TEXT("Subject: =?utf-8?q?=C3=A4?=\n"),
	  "Subject: =?utf-8?q?=C3=A4?=\r\n" },
	{ TEXT("Mime-Version: 1.0 (x)\nContent-Type: text/plain; a=\"(\"\n"
	       "Content-Transfer-Encoding: 8bit\n"),
	  "Mime-Version: 1.0 (x)\r\nContent-Type: text/plain; a=\"(\"\r\n"
	  "Content-Transfer-Encoding: 8bit\r\n" },
	/* The mailbox file's line, and UTF-8's mark, are no fields. */
	{ TEXT("From me Thu Jan  1 00:00:00 1970\nA: 1\n"), "A: 1\r\n" },
	{ TEXT(">From me Thu Jan  1 00:00:00 1970\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("\xEF\xBB\xBF" "A: 1\n"), "A: 1\r\n" },
};

static const struct header_case cleaned[] = {
	{ TEXT("Subject: a\rb\n"), "Subject: a b\r\n" },
	{ TEXT("Subject: a\rBcc: x@y.example\n"),
	  "Subject: a Bcc: x@y.example\r\n" },
	{ TEXT("Subject: a\r\r\n b\n"), "Subject: a \r\n b\r\n" },
	{ TEXT("Subject: a\0b\n"), "Subject: ab\r\n" },
	{ TEXT("To: a@x.example\r, b\0@x.example\n"),
	  "To: a@x.example , b@x.example\r\n" },
};

static const struct header_case dropped[] = {
	{ TEXT("Bcc: a@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("A: 1\nBcc: a@x.example\n"), "A: 1\r\n" },
	{ TEXT("bcc:a@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("BCC : a@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("Bcc\t: a@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("Bcc: a@x.example,\n b@x.example,\r\n\tc@x.example\nA: 1\n"),
	  "A: 1\r\n" },
	{ TEXT("Bcc:\n a@x.example\nA: 1\nbCC: b@x.example\nB: 2\nBcc:\n"),
	  "A: 1\r\nB: 2\r\n" },
	{ TEXT("Bcc: a\rA: 1\nB: 2\n"), "B: 2\r\n" },
	{ TEXT("Resent-Bcc: a@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("RESENT-BCC : a@x.example,\n b@x.example\nA: 1\n"), "A: 1\r\n" },
	{ TEXT("Resent-To: a@x.example\nResent-Bcc: b@x.example\n"
	       "To: c@x.example\n"),
	  "Resent-To: a@x.example\r\nTo: c@x.example\r\n" },
	{ TEXT("Return-Path: <a@x.example>\nA: 1\nreturn-path : <>\n"),
	  "A: 1\r\n" },
	{ TEXT("Content-Length: 17\nA: 1\ncontent-length:2\n"), "A: 1\r\n" },
	{ TEXT("Bcc: a@x.example\n"), "" },
	/* Their like are other fields. */
	{ TEXT("X-Bcc: a\nBccc: b\nReturn-Path2: c\n"),
	  "X-Bcc: a\r\nBccc: b\r\nReturn-Path2: c\r\n" },
};

static const struct header_case qualified[] = {
	{ TEXT("From: root (Cron Daemon)\n"),
	  "From: root@example.com (Cron Daemon)\r\n" },
	{ TEXT("From: \"(Cron Daemon)\" <root>\n"),
	  "From: \"(Cron Daemon)\" <root@example.com>\r\n" },
	{ TEXT("To: root\n"), "To: root@example.com\r\n" },
	{ TEXT("To:root\n"), "To:root@example.com\r\n" },
	{ TEXT("To: root@localhost\n"), "To: root@example.com\r\n" },
	{ TEXT("To: root@LOCALHOST.localdomain\n"), "To: root@example.com\r\n" },
	{ TEXT("To: a, b@x.example,\n c (C),\n <d>\n"),
	  "To: a@example.com, b@x.example,\r\n c@example.com (C),\r\n"
	  " <d@example.com>\r\n" },
	{ TEXT("Cc: Group: a, b@x.example;, c\n"),
	  "Cc: Group: a@example.com, b@x.example;, c@example.com\r\n" },
	{ TEXT("Sender: a\nReply-To: b\n"),
	  "Sender: a@example.com\r\nReply-To: b@example.com\r\n" },
	{ TEXT("Resent-To: a\nResent-Cc: b\nResent-Sender: c\n"),
	  "Resent-To: a@example.com\r\nResent-Cc: b@example.com\r\n"
	  "Resent-Sender: c@example.com\r\n" },
	{ TEXT("To: \"john doe\"\n"), "To: \"john doe\"@example.com\r\n" },
	{ TEXT("To: <@a.example,@b.example:c>\n"),
	  "To: <@a.example,@b.example:c@example.com>\r\n" },
	{ TEXT("To: \"a@evil\" <b>\n"), "To: \"a@evil\" <b@example.com>\r\n" },
	/* Other fields name what they like. */
	{ TEXT("Errors-To: a\nX-To: b\nSubject: root\n"),
	  "Errors-To: a\r\nX-To: b\r\nSubject: root\r\n" },
};

#define AE "\xC3\xA4"

static const struct header_case encoded[] = {
	{ TEXT("Subject: " AE "\n"), "Subject: =?UTF-8?B?w6Q=?=\r\n" },
	{ TEXT("Subject: a\n " AE " b\n"), "Subject: a =?UTF-8?B?w6Q=?= b\r\n" },
	{ TEXT("Subject: \xE4\n"), "Subject: =?unknown-8bit?B?5A==?=\r\n" },
	{ TEXT("X-Any : " AE "\n"), "X-Any: =?UTF-8?B?w6Q=?=\r\n" },
	{ TEXT("From: " AE " <a@x.example>\n"),
	  "From: =?UTF-8?B?w6Q=?= <a@x.example>\r\n" },
	{ TEXT("From: \"" AE "\" <a@x.example>\n"),
	  "From: =?UTF-8?B?w6Q=?= <a@x.example>\r\n" },
	{ TEXT("From: \xE4 <a@x.example>\n"),
	  "From: =?unknown-8bit?B?5A==?= <a@x.example>\r\n" },
	{ TEXT("To: a@x.example (" AE "), \"b\" <b> (c " AE ")\n"),
	  "To: a@x.example (=?UTF-8?B?w6Q=?=), \"b\" <b@example.com>"
	  " (c =?UTF-8?B?w6Q=?=)\r\n" },
	{ TEXT("To: x (a (" AE ") \\( b)\n"),
	  "To: x@example.com (a (=?UTF-8?B?w6Q=?=) \\( b)\r\n" },
	{ TEXT("To: a@b\xC3\xBC" "cher.example, <c@x.example>\n"),
	  "To: a@xn--bcher-kva.example, <c@x.example>\r\n" },
	{ TEXT("From: " AE " <a@b\xC3\xBC" "cher.example>\n"),
	  "From: =?UTF-8?B?w6Q=?= <a@xn--bcher-kva.example>\r\n" },
	{ TEXT("To: " AE "@b\xC3\xBC" "cher.example\n"),
	  "To: " AE "@b\xC3\xBC" "cher.example\r\n" },
	{ TEXT("Disposition-Notification-To: " AE " <a@x.example>\n"),
	  "Disposition-Notification-To: =?UTF-8?B?w6Q=?= <a@x.example>\r\n" },
	{ TEXT("To: " AE " is no address\n"),
	  "To: =?UTF-8?B?w6Q=?= is no address\r\n" },
	{ TEXT("Date: Thu, 1 Jan 1970 00:00:00 +0000 (" AE " Zeit)\n"),
	  "Date: Thu, 1 Jan 1970 00:00:00 +0000 (=?UTF-8?B?w6Q=?= Zeit)\r\n" },
	{ TEXT("Content-Disposition: attachment; filename=\"" AE " b\"; x=1\n"),
	  "Content-Disposition: attachment;\r\n filename*=utf-8''%C3%A4%20b;"
	  " x=1\r\n" },
	{ TEXT("Content-Type: text/x; name=" AE "\n"),
	  "Content-Type: text/x;\r\n name*=utf-8''%C3%A4\r\n" },
	{ TEXT("Content-Type: text/x; name=\"\xE4\\\"\"\n"),
	  "Content-Type: text/x;\r\n name*=unknown-8bit''%E4%22\r\n" },
};

static const struct header_case raw[] = {
	{ TEXT("Subject: " AE "\n"), "Subject: " AE "\r\n" },
	{ TEXT("To: " AE " <a@x.example>,\n b (" AE ")\n"),
	  "To: " AE " <a@x.example>,\r\n b@example.com (" AE ")\r\n" },
	{ TEXT("Content-Type: text/x; name=\"" AE "\"\n"),
	  "Content-Type: text/x; name=\"" AE "\"\r\n" },
	/* Never what is not UTF-8 (RFC 6532 3.2). */
	{ TEXT("Subject: \xE4\n"), "Subject: =?unknown-8bit?B?5A==?=\r\n" },
};
/* clang-format on */

static void copies_what_no_rule_concerns(void **state)
{
	(void)state;
	CHECK(untouched);
}

static void cleans_bare_cr_and_nul(void **state)
{
	(void)state;
	CHECK(cleaned);
}

static void drops_what_never_leaves(void **state)
{
	(void)state;
	CHECK(dropped);
	options.from_headers = true;
	CHECK(dropped);
	options.gateway = true;
	CHECK(dropped);
}

static void qualifies_in_place(void **state)
{
	(void)state;
	CHECK(qualified);
}

static void encodes_text(void **state)
{
	(void)state;
	CHECK(encoded);
}

static void leaves_utf8_to_smtputf8(void **state)
{
	(void)state;
	options.smtputf8 = true;
	CHECK(raw);
}

static void keeps_bcc_on_request(void **state)
{
	static const struct header_case kept[] = {
	    {TEXT("Bcc: a@x.example\nResent-Bcc: b\n"),
		"Bcc: a@x.example\r\nResent-Bcc: b\r\n"},
	    {TEXT("Return-Path: <a@x.example>\n"), ""},
	};

	(void)state;
	account.keep_bcc = true;
	CHECK(kept);
}

static char *some_names[] = {"X-Secret", "user-agent"};

static void removes_named_fields(void **state)
{
	static const struct header_case removed[] = {
	    {TEXT("x-secret: 1\n 2\nUser-Agent : x\nA: 1\n"), "A: 1\r\n"},
	    {TEXT("X-Secret2: 1\n"), "X-Secret2: 1\r\n"},
	};

	(void)state;
	account.remove_header = (struct account_list){some_names, 2};
	CHECK(removed);
}

static void keeps_from_by_policy(void **state)
{
	static const struct header_case kept[] = {
	    {TEXT("From: root (Cron)\nTo: root\n"),
		"From: root (Cron)\r\nTo: root@example.com\r\n"},
	    {TEXT("From: " AE " <root>\n"),
		"From: =?UTF-8?B?w6Q=?= <root>\r\n"},
	};

	(void)state;
	account.from_policy = FROM_KEEP;
	CHECK(kept);
}

static char robot[] = "Robot";

static void forces_from(void **state)
{
	static const struct header_case forced[] = {
	    {TEXT("A: 1\nFrom: root (Cron)\nB: 2\n"),
		"A: 1\r\nFrom: Robot <me@example.com>\r\nB: 2\r\n"
		"Reply-To: root@example.com (Cron)\r\n"},
	    {TEXT("From: a@x.example\nReply-To: b@x.example\n"),
		"From: Robot <me@example.com>\r\nReply-To: b@x.example\r\n"},
	    {TEXT("From: a@x.example\nFrom: b@x.example\n"),
		"From: Robot <me@example.com>\r\nReply-To: a@x.example\r\n"},
	    {TEXT("From: " AE " <a@x.example>\n"),
		"From: Robot <me@example.com>\r\n"
		"Reply-To: =?UTF-8?B?w6Q=?= <a@x.example>\r\n"},
	    /* It is right already. */
	    {TEXT("From: Me <ME@example.com>\n"),
		"From: Me <ME@example.com>\r\n"},
	    {TEXT("A: 1\n"), "A: 1\r\nFrom: Robot <me@example.com>\r\n"},
	    {TEXT("From: not an address\n"), "From: Robot <me@example.com>\r\n"
					     "Reply-To: not an address\r\n"},
	};

	(void)state;
	envelope.force_from = true;
	envelope.full_name = robot;
	CHECK(forced);
}

static void repairs_nothing_for_gateways(void **state)
{
	static const struct header_case left[] = {
	    {TEXT("To: root\nFrom: root@localhost\n"),
		"To: root\r\nFrom: root@localhost\r\n"},
	    {TEXT("A: 1\n"), "A: 1\r\n"},
	    {TEXT("Resent-From: a@x.example\n"),
		"Resent-From: a@x.example\r\n"},
	    /* The transport needs it. */
	    {TEXT("Subject: " AE "\n"), "Subject: =?UTF-8?B?w6Q=?=\r\n"},
	};

	(void)state;
	options.gateway = true;
	account.add_date = account.add_message_id = account.add_from = true;
	account.undisclosed_recipients = true;
	account.add_header = (struct account_list){some_names, 1};
	CHECK(left);
}

/* RFC 5322 2.1.1. */
static void check_lines(const char *text)
{
	for (const char *end; *text != '\0'; text = end + 2) {
		end = strstr(text, "\r\n");
		assert_non_null(end);
		assert_true(end > text && end - text <= 998);
	}
}

static void folds_long_lines(void **state)
{
	char given[4096] = "Subject:";
	char *sent;
	size_t n = strlen(given);

	(void)state;
	while (n < 2000)
		n += (size_t)snprintf(
		    given + n, sizeof given - n, " word%04zu", n);
	n += (size_t)snprintf(given + n, sizeof given - n, "\nA: 1\n");
	sent = header_of(given, n);
	check_lines(sent);
	/* Unfolded, it is what it was. */
	for (char *at = sent; (at = strstr(at, "\r\n ")) != NULL;)
		memmove(at, at + 2, strlen(at + 2) + 1);
	given[n - 6] = '\0';
	assert_memory_equal(sent, given, strlen(given));
	assert_string_equal(sent + strlen(given), "\r\nA: 1\r\n");
	free(sent);
}

static void breaks_long_words(void **state)
{
	char given[4096] = "References: ";
	char *sent;

	(void)state;
	memset(given + 12, 'x', 3000);
	memcpy(given + 3012, "\nA: 1\n", 6);
	sent = header_of(given, 3018);
	check_lines(sent);
	free(sent);
}

static char own_fields[][32] = {"X-Own: " AE, "To: root", "Bcc: x@y.example"};
static char *own_list[] = {own_fields[0], own_fields[1], own_fields[2]};

static void adds_the_accounts_fields(void **state)
{
	static const struct header_case added[] = {
	    {TEXT("A: 1\n"),
		"A: 1\r\nX-Own: =?UTF-8?B?w6Q=?=\r\nTo: root@example.com\r\n"},
	};

	(void)state;
	account.add_header = (struct account_list){own_list, 3};
	account.undisclosed_recipients = true;
	CHECK(added);
}

static void names_hidden_recipients(void **state)
{
#define HIDDEN "To: undisclosed-recipients:;\r\n"
	static const struct header_case added[] = {
	    {TEXT("A: 1\n"), "A: 1\r\n" HIDDEN},
	    {TEXT("Bcc: a@x.example\n"), HIDDEN},
	    {TEXT("To: a@x.example\n"), "To: a@x.example\r\n"},
	    {TEXT("cC : a@x.example\n"), "cC : a@x.example\r\n"},
	};
	static const struct header_case kept[] = {
	    {TEXT("Bcc: a@x.example\n"), "Bcc: a@x.example\r\n"},
	};

	(void)state;
	account.undisclosed_recipients = true;
	CHECK(added);
	account.keep_bcc = true;
	CHECK(kept);
}

static void names_the_sender_of_several(void **state)
{
	static const struct header_case several[] = {
	    {TEXT("From: a@x.example, b\n"),
		"From: a@x.example, b@example.com\r\n"
		"Sender: me@example.com\r\n"},
	    {TEXT("From: a@x.example, b@x.example\nSender: b@x.example\n"),
		"From: a@x.example, b@x.example\r\nSender: b@x.example\r\n"},
	    {TEXT("From: a@x.example\n"), "From: a@x.example\r\n"},
	};

	(void)state;
	CHECK(several);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(copies_what_no_rule_concerns, begin),
	    cmocka_unit_test_setup(cleans_bare_cr_and_nul, begin),
	    cmocka_unit_test_setup(drops_what_never_leaves, begin),
	    cmocka_unit_test_setup(qualifies_in_place, begin),
	    cmocka_unit_test_setup(encodes_text, begin),
	    cmocka_unit_test_setup(leaves_utf8_to_smtputf8, begin),
	    cmocka_unit_test_setup(keeps_bcc_on_request, begin),
	    cmocka_unit_test_setup(removes_named_fields, begin),
	    cmocka_unit_test_setup(keeps_from_by_policy, begin),
	    cmocka_unit_test_setup(forces_from, begin),
	    cmocka_unit_test_setup(repairs_nothing_for_gateways, begin),
	    cmocka_unit_test_setup(folds_long_lines, begin),
	    cmocka_unit_test_setup(breaks_long_words, begin),
	    cmocka_unit_test_setup(adds_the_accounts_fields, begin),
	    cmocka_unit_test_setup(names_hidden_recipients, begin),
	    cmocka_unit_test_setup(names_the_sender_of_several, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
