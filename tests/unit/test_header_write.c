/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_header_write.c - the fields that this side writes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Who a message without From is from; Message-IDs that differ within a
 * session, stay with a message and depend on each random bit; and values of
 * many lengths, whose lines must stay within the limits of RFC 5322 2.1.1 and
 * say the same when they are unfolded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "header_fixture.h"

/*
 * Who the message is from
 */

static char *sender_line(void)
{
	char *got = pass("Date: d\r\nMessage-ID: <i>\r\nTo: t\r\n");
	char *from = strstr(got, "From: ");

	assert_non_null(from);
	memmove(got, from, strlen(from) + 1);
	return got;
}

static void null_reverse_path_names_the_user(void **state)
{
	static const struct {
		const char *user, *host, *want;
	} users[] = {
	    {"joe", "h.example", "From: joe@h.example\r\n"},
	    {"j o", "h.example", "From: \"j o\"@h.example\r\n"},
	    {"joe", "[192.0.2.1]", "From: joe@[192.0.2.1]\r\n"},
	    {"joe", "[IPv6:::1]", "From: joe@[IPv6:::1]\r\n"},
	    {NULL, "h.example", "From: postmaster@h.example\r\n"},
	    {"", "h.example", "From: postmaster@h.example\r\n"},
	    {"j\xC3\xB6", "h.example", "From: postmaster@h.example\r\n"},
	    {"j\n", "h.example", "From: postmaster@h.example\r\n"},
	    {"joe", NULL, "From: joe@localhost\r\n"},
	    {"joe", "a b", "From: joe@localhost\r\n"},
	    {"joe", "[a]>]", "From: joe@localhost\r\n"},
	    {"joe", "a\r\nb", "From: joe@localhost\r\n"},
	};
	struct header_facts saved = facts;
	char empty[] = "";

	(void)state;
	for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
		char *got;

		make_message();
		message.reverse_path.utf8 = i % 2 ? empty : NULL;
		facts.local_user = users[i].user;
		facts.host = users[i].host;
		got = sender_line();
		assert_string_equal(got, users[i].want);
		free(got);
		drop_message();
	}
	facts = saved;
}

static void notifications_are_not_for_nobody(void **state)
{
	char *got;

	(void)state;
	make_message();
	message.reverse_path.utf8 = NULL;
	assert_true(ask_all("Disposition-Notification-To=-|-"));
	got = pass("From: f\r\nDate: d\r\nMessage-ID: <i>\r\nTo: t\r\n");
	assert_null(strstr(got, "Disposition"));
	free(got);
	drop_message();
}

static void addresses_are_ascii_where_they_can(void **state)
{
	char ascii[] = "me@xn--bcher-kva.example";
	char utf8[] = "me@b\xC3\xBC"
		      "cher.example";
	char *got;

	(void)state;
	make_message();
	message.reverse_path.utf8 = utf8;
	message.reverse_path.ascii = ascii;
	got = sender_line();
	assert_string_equal(got, "From: me@xn--bcher-kva.example\r\n");
	free(got);
	message.reverse_path.ascii = NULL;
	got = sender_line();
	assert_string_equal(got, "From: me@b\xC3\xBC"
				 "cher.example\r\n");
	free(got);
	message.smtputf8 = true;
	assert_true(ask_all("Subject=gr\xC3\xBC\xC3\x9F dich"));
	got = pass("");
	assert_non_null(strstr(got, "\r\nSubject: gr\xC3\xBC\xC3\x9F dich"));
	free(got);
	drop_message();
}

/*
 * Message-IDs
 */

static void id_is_kept_and_reported(void **state)
{
	static const struct {
		const char *fields, *want;
	} ids[] = {
	    {"Message-ID: <own@x>\r\n", "<own@x>"},
	    {"message-id : \t<own@x> (comment)\r\n", "<own@x>"},
	    {"Message-ID:\r\n <own@x>\r\n", "<own@x>"},
	    {"Message-ID: <own@x>\r\nMessage-ID: <two>\r\n", "<own@x>"},
	    {"Message-ID: bare@x\r\n", "bare@x"},
	    {"", "<jgvgiu427imm2ruffh2pvi37p4@client.example>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		make_message();
		for (int run = 0; run < 2; run++) {
			free(pass(ids[i].fields));
			assert_string_equal(message.message_id, ids[i].want);
		}
		drop_message();
	}
}

/* Another connection has other random octets: the message is the same. */
static void generated_id_survives_a_second_run(void **state)
{
	char *first;

	(void)state;
	make_message();
	free(pass(""));
	first = message.message_id;
	message.message_id = NULL;
	facts.random[3] ^= 1;
	free(pass(""));
	assert_string_not_equal(message.message_id, first);
	free(message.message_id);
	message.message_id = first;
	free(pass(""));
	facts.random[3] ^= 1;
	assert_string_equal(
	    message.message_id, "<jgvgiu427imm2ruffh2pvi37p4@client.example>");
	drop_message();
}

enum { MANY = 200, ID_SIZE = 64 };

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* One session's random octets serve all its messages. */
static void ids_differ_within_a_session(void **state)
{
	static struct smtp_message others[MANY];
	static char ids[2 * MANY][ID_SIZE];

	(void)state;
	make_message();
	header_set_resent(message.headers, true);
	session.messages = others;
	for (size_t i = 0; i < MANY; i++) {
		struct header_pass *p;
		struct buf out;
		const char *id;

		others[i] = message;
		others[i].next = i + 1 < MANY ? &others[i + 1] : NULL;
		p = header_pass_new(&others[i], &facts);
		buf_init(&out, SIZE_MAX);
		assert_true(header_finish(p, &out));
		id = strchr(strstr(buf_cstr(&out), "Resent-Message-ID"), '<');
		snprintf(
		    ids[2 * i], ID_SIZE, "%.*s", (int)strcspn(id, "\r"), id);
		snprintf(ids[2 * i + 1], ID_SIZE, "%s", others[i].message_id);
		free(others[i].message_id);
		header_pass_free(p);
		buf_release(&out);
	}
	qsort(ids, 2 * MANY, ID_SIZE, compare);
	for (size_t i = 1; i < 2 * MANY; i++) {
		assert_int_equal(
		    strspn(ids[i] + 1, "abcdefghijklmnopqrstuvwxyz234567"), 26);
		assert_string_not_equal(ids[i - 1], ids[i]);
	}
	drop_message();
}

/* Each random bit counts, so that all 128 do. */
static void every_random_bit_counts(void **state)
{
	static char ids[129][ID_SIZE];

	(void)state;
	for (size_t bit = 0; bit <= 128; bit++) {
		unsigned char flip = (unsigned char)(1U << bit % 8);

		make_message();
		if (bit < 128)
			facts.random[bit / 8] ^= flip;
		free(pass(""));
		if (bit < 128)
			facts.random[bit / 8] ^= flip;
		snprintf(ids[bit], ID_SIZE, "%s", message.message_id);
		drop_message();
	}
	qsort(ids, 129, ID_SIZE, compare);
	for (size_t i = 1; i <= 128; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

/*
 * Folding
 */

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strcspn(text, "\r\n");

		longest = n > longest ? n : longest;
		text += n;
		text += strspn(text, "\r\n");
	}
	return longest;
}

/* Lines end in CRLF, no line is blank, none ends in a blank. */
static void check_lines(const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '\n')
			assert_true(i > 0 && text[i - 1] == '\r');
		if (text[i] != '\r')
			continue;
		assert_int_equal(text[i + 1], '\n');
		assert_true(i > 0 && text[i - 1] != '\n');
		assert_true(text[i - 1] != ' ' && text[i - 1] != '\t');
	}
}

static char *unfolded(const char *text)
{
	struct buf out;
	char *result;

	buf_init(&out, SIZE_MAX);
	assert_true(rfc5322_unfold(&out, text, strlen(text)));
	result = buf_take(&out, NULL);
	assert_non_null(result);
	return result;
}

static void long_values_are_folded(void **state)
{
	struct buf value;
	bool no_memory;
	char *got, *plain;

	(void)state;
	for (size_t words = 1; words < 300; words += 7) {
		make_message();
		buf_init(&value, SIZE_MAX);
		for (size_t i = 0; i < words; i++) {
			buf_puts(&value, i ? " word" : "word");
			buf_number(&value, i);
		}
		assert_true(header_set_text(
		    message.headers, "Subject", buf_cstr(&value), &no_memory));
		got = pass("");
		check_lines(got);
		assert_true(longest_line(got) <= 78);
		plain = unfolded(strstr(got, "Subject: "));
		assert_string_equal(plain + 9, buf_cstr(&value));
		free(plain);
		free(got);
		buf_release(&value);
		drop_message();
	}
}

/* Every length of phrase and address, three times each. */
static void long_lists_are_folded(void **state)
{
	static const char phrase[] = "A name, of some length, that needs a "
				     "quoted-string; J\xC3\xB6rg";
	char a[100], f[sizeof phrase];
	bool no_memory;

	(void)state;
	for (size_t n = 1; n < sizeof phrase; n++) {
		struct rfc5322_list list;
		char *got, *cc;

		make_message();
		memset(a, 'x', n);
		snprintf(a + n, sizeof a - n, "@there.example");
		snprintf(f, sizeof f, "%.*s", (int)n, phrase);
		for (int i = 0; i < 3; i++) {
			assert_true(header_set_mailbox(
			    message.headers, "Cc", f, a, &no_memory));
			assert_true(header_set_mailbox(
			    message.headers, "Cc", NULL, a, &no_memory));
		}
		got = pass("");
		check_lines(got);
		assert_true(longest_line(got) <= 80);
		cc = unfolded(strstr(got, "\r\nCc: ") + 6);
		assert_true(rfc5322_list_parse(&list, cc, strlen(cc), 0));
		assert_int_equal(list.count, 6);
		rfc5322_list_release(&list);
		free(cc);
		free(got);
		drop_message();
	}
}

static void recipients_fill_a_long_list(void **state)
{
	enum { COUNT = 3000 };
	struct smtp_recipient *r = calloc(COUNT, sizeof *r);
	struct rfc5322_list list;
	char *got, *to;

	(void)state;
	assert_non_null(r);
	make_message();
	for (size_t i = 0; i < COUNT; i++) {
		r[i].mailbox.given = i % 2 ? to_a : to_b;
		r[i].next = i + 1 < COUNT ? &r[i + 1] : NULL;
	}
	message.recipients = r;
	got = pass("");
	check_lines(got);
	assert_true(longest_line(got) <= 78);
	to = unfolded(strstr(got, "\r\nTo: ") + 6);
	assert_true(rfc5322_list_parse(&list, to, strlen(to), 0));
	assert_int_equal(list.count, COUNT);
	rfc5322_list_release(&list);
	free(to);
	free(got);
	free(r);
	drop_message();
}

/* log4cxx hands over all recipients in one; it parts them by commas alone. */
static void one_long_mailbox_is_parted_at_commas(void **state)
{
	struct buf value;
	bool no_memory;
	char *got;

	(void)state;
	make_message();
	buf_init(&value, SIZE_MAX);
	for (int i = 0; i < 100; i++)
		buf_puts(&value, "\"a,b\"@there.example,");
	buf_puts(&value, "last@there.example");
	assert_true(header_set_mailbox(
	    message.headers, "To", NULL, buf_cstr(&value), &no_memory));
	got = pass("");
	check_lines(got);
	assert_true(longest_line(got) <= 78);
	assert_null(strstr(got, "\"a, b\""));
	free(got);
	buf_release(&value);
	drop_message();
}

static void what_no_line_can_hold_is_refused(void **state)
{
	char word[2000];
	char *got;
	bool no_memory;

	(void)state;
	make_message();
	memset(word, 'x', sizeof word);
	word[sizeof word - 1] = '\0';
	assert_false(header_set_text(message.headers, "X-A", word, &no_memory));
	assert_false(
	    header_set_text(message.headers, "Message-ID", word, &no_memory));
	assert_false(
	    header_set_mailbox(message.headers, "Cc", "C", word, &no_memory));
	assert_false(
	    header_set_mailbox(message.headers, "Cc", NULL, word, &no_memory));
	assert_false(no_memory);
	word[900] = '\0';
	assert_true(header_set_text(message.headers, "X-A", word, &no_memory));
	assert_true(
	    header_set_text(message.headers, "Message-ID", word, &no_memory));
	assert_true(
	    header_set_mailbox(message.headers, "Cc", "C", word, &no_memory));
	assert_true(header_set_mailbox(message.headers,
	    "Disposition-Notification-To", NULL, word, &no_memory));
	got = pass("");
	check_lines(got);
	assert_true(longest_line(got) <= 998);
	free(got);
	drop_message();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(null_reverse_path_names_the_user),
	    cmocka_unit_test(notifications_are_not_for_nobody),
	    cmocka_unit_test(addresses_are_ascii_where_they_can),
	    cmocka_unit_test(id_is_kept_and_reported),
	    cmocka_unit_test(generated_id_survives_a_second_run),
	    cmocka_unit_test(ids_differ_within_a_session),
	    cmocka_unit_test(every_random_bit_counts),
	    cmocka_unit_test(long_values_are_folded),
	    cmocka_unit_test(long_lists_are_folded),
	    cmocka_unit_test(recipients_fill_a_long_list),
	    cmocka_unit_test(one_long_mailbox_is_parted_at_commas),
	    cmocka_unit_test(what_no_line_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
