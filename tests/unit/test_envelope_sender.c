/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_envelope_sender.c - the sender, and the From that goes with it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One place decides both: -f in all its forms, sender-policy, from-policy,
 * the caller's name. Threats.
 */
#define _XOPEN_SOURCE 700 /* setenv() */

#include "envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "address.h"
#include "compose_fixture.h"

static char account_name[] = "work";
static const char *to_all[] = {"a@x.example"};

static int begin(void **state)
{
	(void)state;
	plain_settings();
	account.name = account_name;
	account.from = my_mailbox;
	account.log = LOG_TO_NOTHING;
	options.operands = to_all;
	options.n_operands = 1;
	unsetenv("NAME");
	return 0;
}

static enum envelope_result build(struct envelope *e, const char *text)
{
	enum envelope_result result;

	take_message(text, strlen(text));
	result = envelope_build(e, &options, message, &account, &complaints);
	assert_int_equal(
	    result == ENVELOPE_BUILT, !diagnostics_any(&complaints));
	message_free(message);
	message = NULL;
	return result;
}

/* clang-format off */
static const struct {
	const char *given, *requested, *sender; /* NULL: refused */
} senders[] = {
	{ "a@x.example", "a@x.example", "a@x.example" },
	{ "<a@x.example>", "a@x.example", "a@x.example" },
	{ "A <a@x.example>", "a@x.example", "a@x.example" },
	{ "\"D, J\" <j@x.example>", "j@x.example", "j@x.example" },
	{ "a@x.example (A, B)", "a@x.example", "a@x.example" },
	{ " a@x.example ", "a@x.example", "a@x.example" },
	{ "root", "root", "root@example.com" },
	{ "root@localhost", "root@localhost", "root@example.com" },
	{ "\"john doe\"", "\"john doe\"", "\"john doe\"@example.com" },
	{ "<fail2ban>", "fail2ban", "fail2ban@example.com" },
	{ "a@x.example.", "a@x.example", "a@x.example" },
	{ "", "", "" },
	{ "<>", "", "" },
	{ "< >", "", "" },
	{ "'<>'", "", "" },
	{ "''", "", "" },
	{ "\"\"", "", "" },
	{ "a, b", NULL, NULL },
	{ "a@x.example b", NULL, NULL },
	{ "a@x.example>", NULL, NULL },
	{ "g:;", NULL, NULL },
	{ "a@x.example\r\nRCPT TO:<b@evil.example>", NULL, NULL },
	{ "a\n@x.example", NULL, NULL },
	{ "a\xC2\x85@x.example", NULL, NULL },
	{ "-Xfile@x.example", "-Xfile@x.example", "-Xfile@x.example" },
};
/* clang-format on */

static void reads_senders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		const char *wanted = senders[i].sender;
		char *requested;
		struct envelope e;
		bool good;

		options.sender = senders[i].given;
		good = envelope_requested_sender(&options, NULL, &requested,
			   &complaints) == ENVELOPE_BUILT;
		assert_int_equal(good, senders[i].requested != NULL);
		assert_int_equal(complaints.n, !good);
		diagnostics_release(&complaints);
		if (good)
			assert_string_equal(requested, senders[i].requested);
		free(requested);
		assert_int_equal(build(&e, "A: 1\n\n"),
		    wanted == NULL ? ENVELOPE_BAD_ADDRESS : ENVELOPE_BUILT);
		if (wanted != NULL)
			assert_string_equal(e.sender, wanted);
		diagnostics_release(&complaints);
		envelope_release(&e);
	}
}

static void has_a_sender_without_one(void **state)
{
	char *login = address_login_name();
	char wanted[256];
	struct envelope e;

	(void)state;
	/* Never the From field. */
	assert_int_equal(build(&e, "From: a@x.example\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.sender, "me@example.com");
	assert_string_equal(e.from_mailbox, "me@example.com");
	envelope_release(&e);
	account.from = NULL;
	assert_int_equal(build(&e, "From: a@x.example\n\n"), ENVELOPE_BUILT);
	snprintf(wanted, sizeof wanted, "%s@example.com",
	    login == NULL ? "postmaster" : login);
	assert_string_equal(e.sender, wanted);
	envelope_release(&e);
	free(login);
}

static void takes_from_on_request(void **state)
{
	struct envelope e;

	(void)state;
	options.sender_from_headers = true;
	assert_int_equal(
	    build(&e, "From: A <a@x.example>, b\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.sender, "a@x.example");
	envelope_release(&e);
	assert_int_equal(build(&e, "A: 1\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.sender, "me@example.com");
	envelope_release(&e);
	/* -f comes first. */
	options.sender = "c@x.example";
	assert_int_equal(build(&e, "From: a@x.example\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.sender, "c@x.example");
	envelope_release(&e);
}

static void takes_rmails_from_line(void **state)
{
	char *requested;
	struct envelope e;

	(void)state;
	options.as_rmail = true;
	assert_int_equal(build(&e, "From a@x.example Thu Jan  1 00:00:00 1970 "
				   "remote from y\nA: 1\n\n"),
	    ENVELOPE_BUILT);
	assert_string_equal(e.sender, "a@x.example");
	envelope_release(&e);
	/* -bv has no message. */
	assert_int_equal(
	    envelope_requested_sender(&options, NULL, &requested, &complaints),
	    ENVELOPE_BUILT);
	assert_null(requested);
}

static char other[] = "o*@y.example";
static char *patterns[] = {my_mailbox, other};

static void obeys_sender_policy(void **state)
{
	static const struct {
		enum account_sender_policy policy;
		bool patterns;
		const char *given, *sender; /* NULL: refused */
	} cases[] = {
	    {SENDER_ALLOW, false, "a@x.example", "a@x.example"},
	    {SENDER_FORCE, false, "a@x.example", "me@example.com"},
	    {SENDER_FORCE, false, NULL, "me@example.com"},
	    {SENDER_FORCE, false, "<>", ""},
	    {SENDER_REFUSE, false, "a@x.example", NULL},
	    {SENDER_REFUSE, false, "ME@Example.com", "ME@Example.com"},
	    {SENDER_REFUSE, false, "<>", ""},
	    {SENDER_REFUSE, true, "ok@y.example", "ok@y.example"},
	    {SENDER_REFUSE, true, "no@y.example", NULL},
	    {SENDER_REFUSE, true, NULL, "me@example.com"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct envelope e;

		account.sender_policy = (int)cases[i].policy;
		account.senders.item = patterns;
		account.senders.n = cases[i].patterns ? 2 : 0;
		options.sender = cases[i].given;
		assert_int_equal(build(&e, "A: 1\n\n"), cases[i].sender == NULL
							    ? ENVELOPE_REFUSED
							    : ENVELOPE_BUILT);
		if (cases[i].sender != NULL)
			assert_string_equal(e.sender, cases[i].sender);
		diagnostics_release(&complaints);
		envelope_release(&e);
	}
}

static void decides_from_with_it(void **state)
{
	struct envelope e;

	(void)state;
	options.sender = "a@x.example";
	assert_int_equal(build(&e, "A: 1\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.from_mailbox, "a@x.example");
	assert_false(e.force_from);
	envelope_release(&e);
	account.from_policy = FROM_FORCE;
	assert_int_equal(build(&e, "From: a@x.example\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.from_mailbox, "me@example.com");
	assert_true(e.force_from);
	envelope_release(&e);
	account.from_policy = FROM_QUALIFY;
	options.sender = "<>";
	assert_int_equal(build(&e, "A: 1\n\n"), ENVELOPE_BUILT);
	assert_string_equal(e.from_mailbox, "me@example.com");
	envelope_release(&e);
}

static char configured[] = "Configured";

static void check_name(const char *wanted)
{
	struct envelope e;

	assert_int_equal(build(&e, "A: 1\n\n"), ENVELOPE_BUILT);
	if (wanted == NULL) {
		assert_null(e.full_name);
	} else {
		assert_non_null(e.full_name);
		assert_string_equal(e.full_name, wanted);
	}
	envelope_release(&e);
}

/* -F, $NAME, the account's, the password entry's. */
static void chooses_the_full_name(void **state)
{
	char *gecos = address_full_name();

	(void)state;
	check_name(gecos);
	free(gecos);
	account.full_name = configured;
	check_name("Configured");
	setenv("NAME", "Environment", 1);
	check_name("Environment");
	setenv("NAME", "a\nBcc: b", 1);
	check_name("Configured");
	setenv("NAME", "Environment", 1);
	options.full_name = "CronDaemon";
	check_name("CronDaemon");
	unsetenv("NAME");
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reads_senders),
	    TEST(has_a_sender_without_one),
	    TEST(takes_from_on_request),
	    TEST(takes_rmails_from_line),
	    TEST(obeys_sender_policy),
	    TEST(decides_from_with_it),
	    TEST(chooses_the_full_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
