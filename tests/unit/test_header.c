/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_header.c - unit tests of header.c and its parts
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Cases of three strings: what the program asks of the API (a small language,
 * see ask()), the message's own fields, and what must be sent. Then refusals,
 * Message-IDs, folding and long lists. Clock, zone and random octets are
 * fixed, so every octet is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "header_fixture.h"

struct pass_case {
	const char *what;
	const char *requests;
	const char *fields;
	const char *want;
};

/* clang-format off */
static const struct pass_case passes[] = {
	{"everything is missing", "", "", DATE FROM ID TO},
	{"nothing is missing", "", "Date: x\r\nFrom: y\r\nMessage-Id: <z>\r\nTo: t\r\n", "Date: x\r\nFrom: y\r\nMessage-Id: <z>\r\nTo: t\r\n"},
	{"the message's own come first", "", "Subject: s\r\nDate: x\r\n", "Subject: s\r\nDate: x\r\n" FROM ID TO},
	{"any spelling", "", "DATE: x\r\nfRoM : y\r\nmessage-id\t: <z>\r\ntO: t\r\n", "DATE: x\r\nfRoM : y\r\nmessage-id\t: <z>\r\ntO: t\r\n"},
	{"Cc alone: no To", "", "Cc: c\r\n", "Cc: c\r\n" DATE FROM ID},
	{"Bcc alone: no To", "", "Bcc: c\r\n", "Bcc: c\r\n" DATE FROM ID},
	{"Cc of the API: no To", "Cc=-|c@x.example", "", DATE FROM ID "Cc: c@x.example\r\n"},
	{"Bcc of the API: no To", "Bcc=-|c@x.example", "", DATE FROM ID "Bcc: c@x.example\r\n"},
	{"To prohibited", "To~", "To: t\r\nSubject: s\r\n", "Subject: s\r\n" DATE FROM ID},
	{"To asked for", "To=-|-", "Cc: c\r\n", "Cc: c\r\n" DATE FROM ID TO},
	{"To asked for, and there", "To=-|-", "To: t\r\n", "To: t\r\n" DATE FROM ID},
	{"To asked for by override", "To=-|-&To!", "To: t\r\nA: b\r\n", TO "A: b\r\n" DATE FROM ID},
	{"undisclosed", "To=-|undisclosed-recipients:;", "", DATE FROM ID "To: undisclosed-recipients:;\r\n"},

	{"stripped in any spelling", "", "Return-Path: <a>\r\nRETURN-path : <b>\r\n c\r\nreturn-path\t:d\r\nOriginal-Recipient: e\r\nResent-Reply-To: f\r\nTo: t\r\n", "To: t\r\n" DATE FROM ID},
	{"preserved with repeats", "", "Received: a\r\nReceived: b\r\nMIME-Version: 1.0\r\nMIME-Version: 1.0\r\nContent-Type: c\r\nContent-Type: d\r\nResent-To: e\r\nResent-To: f\r\nTo: t\r\n", "Received: a\r\nReceived: b\r\nMIME-Version: 1.0\r\nMIME-Version: 1.0\r\nContent-Type: c\r\nContent-Type: d\r\nResent-To: e\r\nResent-To: f\r\nTo: t\r\n" DATE FROM ID},
	{"repeats of known fields", "", "To: t\r\nTo: u\r\nSubject: a\r\nSubject: b\r\nCc: c\r\n\td\r\ncc : e\r\n f\r\n", "To: t\r\nSubject: a\r\nSubject: b\r\nCc: c\r\n\td\r\n" DATE FROM ID},
	{"repeats of a field set", "Subject=x", "To: t\r\nSubject: a\r\nSubject: b\r\n", "To: t\r\nSubject: a\r\n" DATE FROM ID},
	{"repeats of a field optioned", "X-A!", "To: t\r\nX-A: a\r\nX-A: b\r\n", "To: t\r\nX-A: a\r\n" DATE FROM ID},

	{"default of a text", "Subject=new", "To: t\r\nSubject: own\r\n", "To: t\r\nSubject: own\r\n" DATE FROM ID},
	{"missing text", "Subject=new", "To: t\r\n", "To: t\r\n" DATE FROM ID "Subject: new\r\n"},
	{"override in place", "Subject=new&Subject!", "Subject: own\r\n folded\r\nTo: t\r\nsubject : two\r\n", "Subject: new\r\nTo: t\r\n" DATE FROM ID},
	{"override without a field", "Subject=new&Subject!", "To: t\r\n", "To: t\r\n" DATE FROM ID "Subject: new\r\n"},
	{"override without a value", "Subject!&Sender!", "Subject: own\r\nSender: s\r\nTo: t\r\n", "Subject: own\r\nSender: s\r\nTo: t\r\n" DATE FROM ID},
	{"override taken back", "Subject=new&Subject!&Subject^", "Subject: own\r\nTo: t\r\n", "Subject: own\r\nTo: t\r\n" DATE FROM ID},
	{"Date overridden", "Date=86400&Date!", "Date: own\r\nTo: t\r\n", "Date: Fri, 2 Jan 1970 02:00:00 +0200\r\nTo: t\r\n" FROM ID},
	{"Date as default", "Date=86400", "To: t\r\n", "To: t\r\nDate: Fri, 2 Jan 1970 02:00:00 +0200\r\n" FROM ID},
	{"Date 0 is not set", "Date=0&Date!", "Date: own\r\nTo: t\r\n", "Date: own\r\nTo: t\r\n" FROM ID},
	{"From overridden by its default", "From=-|-&From!", "From: own\r\nTo: t\r\n", FROM "To: t\r\n" DATE ID},
	{"From with a phrase", "From=Me Myself|m@x.example", "To: t\r\n", "To: t\r\n" DATE "From: Me Myself <m@x.example>\r\n" ID},
	{"From with a phrase alone", "From=Me|-", "To: t\r\n", "To: t\r\n" DATE "From: Me <me@here.example>\r\n" ID},
	{"From by default, then by value", "From=-|-&From=|m@x.example", "To: t\r\n", "To: t\r\n" DATE "From: m@x.example\r\n" ID},
	{"several authors", "From=-|m@x.example&From=N|n@x.example", "To: t\r\n", "To: t\r\n" DATE "From: m@x.example, N <n@x.example>\r\n" ID "Sender: me@here.example\r\n"},
	{"several authors and a sender", "From=-|m@x.example&From=N|n@x.example&Sender=-|s@x.example", "To: t\r\n", "To: t\r\n" DATE "From: m@x.example, N <n@x.example>\r\n" ID "Sender: s@x.example\r\n"},
	{"several authors in the message", "", "From: a@x.example,\r\n b@x.example\r\nTo: t\r\n", "From: a@x.example,\r\n b@x.example\r\nTo: t\r\n" DATE ID "Sender: me@here.example\r\n"},
	{"several authors, own sender", "", "Sender: s\r\nFrom: a@x.example, b@x.example\r\nTo: t\r\n", "Sender: s\r\nFrom: a@x.example, b@x.example\r\nTo: t\r\n" DATE ID},
	{"several authors, Sender prohibited", "Sender~", "Sender: s\r\nFrom: a@x.example, b@x.example\r\nTo: t\r\n", "From: a@x.example, b@x.example\r\nTo: t\r\n" DATE ID},
	{"commas that part no authors", "", "From: \"A, B\" <a@x.example> (c, d)\r\nTo: t\r\n", "From: \"A, B\" <a@x.example> (c, d)\r\nTo: t\r\n" DATE ID},
	{"Message-ID by value", "message-id=a.b@c", "To: t\r\n", "To: t\r\n" DATE FROM "Message-ID: <a.b@c>\r\n"},
	{"Message-ID with brackets", "Message-Id=<a.b@c>", "To: t\r\n", "To: t\r\n" DATE FROM "Message-ID: <a.b@c>\r\n"},
	{"Message-ID by default", "Message-Id=-", "To: t\r\nMessage-ID: <own>\r\n", "To: t\r\nMessage-ID: <own>\r\n" DATE FROM},
	{"Message-ID overridden by its default", "Message-Id=-&Message-Id!", "To: t\r\nMessage-ID: <own>\r\n", "To: t\r\n" ID DATE FROM},
	{"Message-ID empty is default", "Message-Id=", "To: t\r\n", "To: t\r\n" DATE FROM ID},
	{"Message-ID prohibited", "MESSAGE-ID~", "To: t\r\nMessage-Id: <x>\r\n", "To: t\r\n" DATE FROM},
	{"prohibition taken back", "Message-ID~&Message-ID^", "To: t\r\n", "To: t\r\n" DATE FROM ID},
	{"set, then prohibited", "Bcc=-|b@x.example&Bcc~&X-A=a&X-A~", "bcc : x\r\n y\r\nX-a: b\r\nTo: t\r\n", "To: t\r\n" DATE FROM ID},

	{"order of the first calls", "X-B=b&Cc=-|c@x.example&X-A=a&Reply-To=-|r@x.example&Cc=-|d@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "X-B: b\r\nCc: c@x.example, d@x.example\r\nX-A: a\r\nReply-To: r@x.example\r\n"},
	{"an option is no first call", "X-A!&X-B=b&X-A=a", "To: t\r\n", "To: t\r\n" DATE FROM ID "X-B: b\r\nX-A: a\r\n"},
	{"as first spelled", "cC=-|c@x.example&CC=-|d@x.example&sUBJECT=x&DATE=86400", "To: t\r\n", "To: t\r\nDate: Fri, 2 Jan 1970 02:00:00 +0200\r\n" FROM ID "cC: c@x.example, d@x.example\r\nsUBJECT: x\r\n"},
	{"Sender", "Sender=S|s@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Sender: S <s@x.example>\r\n"},
	{"notification by default", "Disposition-Notification-To=-|-", "To: t\r\n", "To: t\r\n" DATE FROM ID "Disposition-Notification-To: me@here.example\r\n"},
	{"notification by value", "Disposition-Notification-To=N|n@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Disposition-Notification-To: N <n@x.example>\r\n"},
	{"quoted phrase", "Cc=a, \"b\" \\ c|c@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Cc: \"a, \\\"b\\\" \\\\ c\" <c@x.example>\r\n"},
	{"phrase beyond ASCII", "Cc=J\xC3\xB6rg|c@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Cc: =?UTF-8?Q?J=C3=B6rg?= <c@x.example>\r\n"},
	{"empty phrase", "Cc=|c@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Cc: c@x.example\r\n"},
	{"mailbox in brackets", "Cc=C|<c@x.example>", "To: t\r\n", "To: t\r\n" DATE FROM ID "Cc: C <c@x.example>\r\n"},
	{"a list as one mailbox", "Cc=-|c@x.example,d@x.example", "To: t\r\n", "To: t\r\n" DATE FROM ID "Cc: c@x.example,d@x.example\r\n"},
	{"text beyond ASCII", "Subject=gr\xC3\xBC\xC3\x9F dich", "To: t\r\n", "To: t\r\n" DATE FROM ID "Subject: =?UTF-8?B?Z3LDvMOf?= dich\r\n"},
	{"trailing line ends", "Subject=x\r\n&X-A=y\n\n\r&Cc=C\r\n|c@x.example\n", "To: t\r\n", "To: t\r\n" DATE FROM ID "Subject: x\r\nX-A: y\r\nCc: C <c@x.example>\r\n"},
	{"empty text", "Subject=", "To: t\r\n", "To: t\r\n" DATE FROM ID "Subject:\r\n"},

	{"resent by defaults", "*", "From: own\r\nTo: t\r\nReturn-Path: x\r\nDate: d\r\nMessage-ID: <i>\r\n", "Resent-Date: Sun, 9 Sep 2001 03:46:40 +0200\r\nResent-From: me@here.example\r\nResent-Message-ID: <uop3qzllg73dmn7e4c5hfd57yi@client.example>\r\nFrom: own\r\nTo: t\r\nDate: d\r\nMessage-ID: <i>\r\n"},
	{"resent by values", "*&To=T|t@x.example&From=-|f@x.example&Bcc=-|b@x.example&Message-ID=m@x&Date=86400&Sender=-|s@x.example&Cc=-|c@x.example", "Resent-From: older\r\nFrom: own\r\nTo: t\r\nDate: d\r\nMessage-ID: <i>\r\n", "Resent-Date: Fri, 2 Jan 1970 02:00:00 +0200\r\nResent-From: f@x.example\r\nResent-Message-ID: <m@x>\r\nResent-To: T <t@x.example>\r\nResent-Bcc: b@x.example\r\nResent-Sender: s@x.example\r\nResent-Cc: c@x.example\r\nResent-From: older\r\nFrom: own\r\nTo: t\r\nDate: d\r\nMessage-ID: <i>\r\n"},
	{"resent leaves its own fields", "*&To=-|t@x.example&To!&From=-|f@x.example&From!&Date=86400&Date!&Message-ID=m@x", "From: own\r\nTo: t\r\nTo: u\r\nDate: d\r\nDate: e\r\nMessage-ID: <i>\r\nCc: c\r\nCc: d\r\n", "Resent-Date: Fri, 2 Jan 1970 02:00:00 +0200\r\nResent-From: f@x.example\r\nResent-Message-ID: <m@x>\r\nResent-To: t@x.example\r\nFrom: own\r\nTo: t\r\nTo: u\r\nDate: d\r\nDate: e\r\nMessage-ID: <i>\r\nCc: c\r\nCc: d\r\n"},
	{"resent and ordinary fields", "*&Subject=s&Message-ID~&To=-|-&Reply-To=-|r@x.example&X-A=new&X-A!", "From: own\r\nDate: d\r\nX-A: a\r\n", "Resent-Date: Sun, 9 Sep 2001 03:46:40 +0200\r\nResent-From: me@here.example\r\nResent-To: a@there.example, b@there.example\r\nFrom: own\r\nDate: d\r\nX-A: new\r\nSubject: s\r\nReply-To: r@x.example\r\n"},
	{"resent with several authors", "*&From=-|f@x.example&From=-|g@x.example&Message-ID~", "From: own\r\nDate: d\r\n", "Resent-Date: Sun, 9 Sep 2001 03:46:40 +0200\r\nResent-From: f@x.example, g@x.example\r\nResent-Sender: me@here.example\r\nFrom: own\r\nDate: d\r\n"},
	{"resent of nothing", "*&Message-ID~&Date=86400", "", "Resent-Date: Fri, 2 Jan 1970 02:00:00 +0200\r\nResent-From: me@here.example\r\n" DATE FROM},
};
/* clang-format on */

static void messages_are_completed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
		const struct pass_case *c = &passes[i];
		char *got;

		make_message();
		if (!ask_all(c->requests))
			fail_msg("%s: refused", c->what);
		got = pass(c->fields);
		if (strcmp(got, c->want) != 0)
			fail_msg(
			    "%s: sent\n%s\nnot\n%s", c->what, got, c->want);
		free(got);
		drop_message();
	}
}

/* A message that is not to be completed passes, whatever the API said. */
static void nothing_is_touched_when_off(void **state)
{
	static const char fields[] =
	    "Return-Path: x\r\nBcc: a\r\nBcc: b\r\nSubject: s\r\n"
	    "Message-ID: <own@x>\r\nTo: t\r\nTo: u\r\n";
	char *got;

	(void)state;
	make_message();
	message.complete_headers = false;
	assert_true(ask_all("*&Bcc~&Subject=new&Subject!&X-A=a"));
	got = pass(fields);
	assert_string_equal(got, fields);
	assert_string_equal(message.message_id, "<own@x>");
	free(got);
	drop_message();
}

struct refusal {
	const char *requests; /* the last one is refused */
};

/* clang-format off */
static const struct refusal refusals[] = {
	{"Content-Type=text/plain"}, {"content-x=y"}, {"MIME-Version=1.0"},
	{"Resent-To=x"}, {"Resent-X=x"}, {"Received=x"}, {"Return-Path=x"},
	{"Original-Recipient=x"}, {"Resent-Reply-To=x"},
	{"Content-Type~"}, {"Content-Type!"}, {"MIME-Version~"}, {"Received!"},
	{"Resent-Bcc~"}, {"Return-Path~"}, {"Return-Path!"},
	{"Original-Recipient~"}, {"Resent-Reply-To!"},
	{"Date~"}, {"From~"}, {"date~"},
	{"Bcc~&Bcc=-|b@x.example"}, {"Bcc~&Bcc!"}, {"X-A~&X-A=a"}, {"Message-ID~&Message-ID=-"},
	{"Subject=a&Subject=b"}, {"Subject=a&SUBJECT=b"}, {"Date=1&Date=2"},
	{"Message-ID=a@b&Message-ID=c@d"}, {"Message-ID=a@b&Message-ID=-"},
	{"Sender=-|a@b.example&Sender=-|c@d.example"},
	{"Disposition-Notification-To=-|a@b.example&Disposition-Notification-To=-|c@d.example"},
	{"Subject=-"}, {"X-A=-"},
	{"Cc=-|-"}, {"Bcc=-|-"}, {"Reply-To=-|-"}, {"Sender=-|-"}, {"Sender=S|-"}, {"Sender=|"},
	{"To=T|-"}, {"Cc=C|"},
	{"Subject=a\r\nBcc: b"}, {"Subject=a\nb"}, {"Subject=a\rb"}, {"Subject=\r\na"},
	{"Subject=a\r\n b"},
	{"Message-ID=a\r\nb"}, {"Message-ID=a b"}, {"Message-ID=a>b"}, {"Message-ID=a<b"},
	{"Message-ID=\xC3\xBC@x"}, {"Message-ID=a\tb"},
	{"Cc=a\nb|c@x.example"}, {"Cc=a\r\n b|c@x.example"}, {"Cc=-|c@x.example\r\nX: y"},
	{"Cc=-|c@x\nd"}, {"Cc=a\x01|c@x.example"}, {"Cc=-|c\x01@x.example"}, {"Cc=-|c\x7F@x"},
	{"Cc=C|c@x.example>, <d@x.example"}, {"Cc=C|a<b"}, {"Cc=C|a>b"}, {"Cc=C|<>"},
	{"Cc=-|\xFF@x.example"}, {"Cc=-|\r\n"},
	{"=x"}, {"Sub ject=x"}, {"Subject:=x"}, {"S\xC3\xBC=x"}, {"A\r\nB=x"}, {"A\tB=x"},
	{"Date=253402300800"}, {"Date=-1"},
};
/* clang-format on */

static void what_cannot_be_sent_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		make_message();
		if (ask_all(refusals[i].requests))
			fail_msg("taken: %s", refusals[i].requests);
		drop_message();
	}
}

/* A refused call leaves no trace. */
static void refusals_change_nothing(void **state)
{
	bool no_memory;
	char *got;

	(void)state;
	make_message();
	assert_false(
	    header_set_text(message.headers, "X-A", "a\nb", &no_memory));
	assert_false(
	    header_set_text(message.headers, "From", "a@b", &no_memory));
	assert_false(header_set_mailbox(
	    message.headers, "Subject", NULL, "a@b", &no_memory));
	assert_false(
	    header_set_date(message.headers, "Subject", 1, &no_memory));
	assert_false(header_set_text(message.headers, NULL, "a", &no_memory));
	assert_false(header_set_option(
	    message.headers, "X-A", (enum header_option)2, true, &no_memory));
	assert_false(header_set_option(
	    message.headers, NULL, Hdr_OVERRIDE, true, &no_memory));
	got = pass("X-A: 1\r\nX-A: 2\r\n");
	assert_string_equal(got, "X-A: 1\r\nX-A: 2\r\n" DATE FROM ID TO);
	free(got);
	drop_message();
}

static void kinds_are_those_of_the_table(void **state)
{
	static const struct {
		const char *name;
		enum header_kind kind;
	} kinds[] = {
	    {"Date", HEADER_DATE},
	    {"fROM", HEADER_MAILBOX},
	    {"To", HEADER_MAILBOX},
	    {"Cc", HEADER_MAILBOX},
	    {"Bcc", HEADER_MAILBOX},
	    {"Sender", HEADER_MAILBOX},
	    {"Reply-To", HEADER_MAILBOX},
	    {"Disposition-Notification-To", HEADER_MAILBOX},
	    {"Message-Id", HEADER_ID},
	    {"Subject", HEADER_TEXT},
	    {"X-Anything", HEADER_TEXT},
	    {"Disposition-Notification-Options", HEADER_TEXT},
	    {"Content", HEADER_TEXT},
	    {"Contents-Of", HEADER_TEXT},
	    {"MIMEType", HEADER_TEXT},
	    {"Content-Disposition", HEADER_REFUSED},
	    {"mime-anything", HEADER_REFUSED},
	    {"resent-from", HEADER_REFUSED},
	    {"Received", HEADER_REFUSED},
	    {"Received-SPF", HEADER_TEXT},
	    {"Return-Path", HEADER_REFUSED},
	    {"", HEADER_REFUSED},
	    {"a:b", HEADER_REFUSED},
	    {NULL, HEADER_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		assert_int_equal(header_kind_of(kinds[i].name), kinds[i].kind);
}

/* A field too long for memory goes in pieces the way of its first one. */
static void pieces_follow_the_first_one(void **state)
{
	struct header_pass *p;
	struct buf out;

	(void)state;
	make_message();
	assert_true(ask_all("Subject=new&Subject!&Bcc~"));
	p = header_pass_new(&message, &facts);
	assert_non_null(p);
	buf_init(&out, SIZE_MAX);
	assert_true(header_field(p, "Subject: old", 12, &out));
	assert_true(header_more(p, "er\r\n and older", 14, &out));
	assert_true(header_field(p, "Bcc: a,", 7, &out));
	assert_true(header_more(p, "b\r\n", 3, &out));
	assert_true(header_field(p, "Cc: a,", 6, &out));
	assert_true(header_more(p, "b\r\n", 3, &out));
	assert_true(header_field(p, "no field\r\n", 10, &out));
	assert_true(header_more(p, "at all\r\n", 8, &out));
	assert_string_equal(buf_cstr(&out),
	    "Subject: new\r\nCc: a,b\r\nno field\r\nat all\r\n");
	header_pass_free(p);
	buf_release(&out);
	drop_message();
}

static void a_full_buffer_is_told(void **state)
{
	(void)state;
	for (size_t max = 0; max < 200; max++) {
		struct header_pass *p;
		struct buf out;
		bool ok;

		make_message();
		assert_true(ask_all("Subject=s&Cc=C|c@x.example&*"));
		p = header_pass_new(&message, &facts);
		assert_non_null(p);
		buf_init(&out, max);
		ok = header_field(p, "A: b\r\n", 6, &out);
		ok = header_finish(p, &out) && ok;
		assert_false(ok);
		assert_true(out.failed);
		header_pass_free(p);
		buf_release(&out);
		drop_message();
	}
}

static void names_end_at_the_colon(void **state)
{
	(void)state;
	assert_int_equal(header_name_length("Subject: x", 10), 7);
	assert_int_equal(header_name_length("Bcc \t : x", 9), 3);
	assert_int_equal(header_name_length("a:", 2), 1);
	assert_int_equal(header_name_length(":x", 2), 0);
	assert_int_equal(header_name_length("a", 1), 0);
	assert_int_equal(header_name_length("", 0), 0);
	assert_int_equal(header_name_length(" a: b", 5), 0);
	assert_int_equal(header_name_length("a b: c", 6), 0);
	assert_int_equal(header_name_length("a\xC3: c", 5), 0);
	assert_int_equal(header_name_length("a\n:", 3), 0);
	assert_int_equal(header_name_length("\r\n", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_are_completed),
	    cmocka_unit_test(nothing_is_touched_when_off),
	    cmocka_unit_test(what_cannot_be_sent_is_refused),
	    cmocka_unit_test(refusals_change_nothing),
	    cmocka_unit_test(kinds_are_those_of_the_table),
	    cmocka_unit_test(pieces_follow_the_first_one),
	    cmocka_unit_test(a_full_buffer_is_told),
	    cmocka_unit_test(names_end_at_the_colon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
