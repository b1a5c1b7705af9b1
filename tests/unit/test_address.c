/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_address.c - local names, and the domain that they get
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Names of this very host are used where its own name matters. The password
 * entry is the real one. RFC 5321 2.3.5 and 4.1.2.
 */
#define _XOPEN_SOURCE 700

#include "address.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "account.h"
#include "hostname.h"
#include "rfc5322.h"

static struct account account;
static struct address_context context;
static char host[256];
static char domain[] = "example.com";
static char from[] = "me@provider.example";

static int begin(void **state)
{
	(void)state;
	memset(&account, 0, sizeof account);
	account.qualify_domain = domain;
	address_context_init(&context, &account);
	return gethostname(host, sizeof host - 1);
}

static int end(void **state)
{
	(void)state;
	address_context_release(&context);
	return 0;
}

/* clang-format off */
static const struct {
	const char *written, *mailbox;
	bool local;
} cases[] = {
	{ "root", "root@example.com", true },
	{ "Root", "Root@example.com", true },
	{ "root@localhost", "root@example.com", true },
	{ "root@LocalHost", "root@example.com", true },
	{ "root@localhost.", "root@example.com", true },
	{ "root@localhost.localdomain", "root@example.com", true },
	{ "\"john doe\"", "\"john doe\"@example.com", true },
	{ "root (Cron Daemon)", "root@example.com", true },
	{ "<root>", "root@example.com", true },
	{ "user%host", "user%host@example.com", true },
	{ "host!user", "host!user@example.com", true },
	{ "a@x.example", "a@x.example", false },
	{ "a@X.example.", "a@X.example", false },
	{ "a@other", "a@other", false },
	{ "a@example.com", "a@example.com", false },
	{ "a@[192.0.2.1]", "a@[192.0.2.1]", false },
	{ "a@[IPv6:::1]", "a@[IPv6:::1]", false },
	{ "\"a@evil\"@good.example", "\"a@evil\"@good.example", false },
	{ "user%host@x.example", "user%host@x.example", false },
	{ "\"john doe\"@x.example", "\"john doe\"@x.example", false },
	{ "a@b\xC3\xBC" "cher.example", "a@b\xC3\xBC" "cher.example", false },
};
/* clang-format on */

static void check(const char *written, const char *mailbox, bool local)
{
	struct rfc5322_list list;
	bool no_domain = true;
	char *found;

	assert_true(rfc5322_list_parse(
	    &list, written, strlen(written), RFC5322_UNQUALIFIED_OK));
	assert_int_equal(list.count, 1);
	assert_int_equal(address_is_local(&context, &list.items[0]), local);
	found = address_mailbox(&context, &list.items[0], &no_domain);
	assert_false(no_domain);
	assert_non_null(found);
	assert_string_equal(found, mailbox);
	free(found);
	rfc5322_list_release(&list);
}

static void qualifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(cases[i].written, cases[i].mailbox, cases[i].local);
}

static void knows_this_host(void **state)
{
	char written[300], mailbox[300];

	(void)state;
	snprintf(written, sizeof written, "root@%s", host);
	/* A bare name means nothing elsewhere. */
	snprintf(mailbox, sizeof mailbox, "root@%s",
	    strchr(host, '.') == NULL ? domain : host);
	check(written, mailbox, true);
	/* Its name is no part of others. */
	snprintf(written, sizeof written, "root@%s.invalid", host);
	check(written, written, false);
	snprintf(written, sizeof written, "root@x%s", host);
	check(written, written, false);
}

/* Never a bare name, never localhost. */
static void finds_a_domain(void **state)
{
	const char *found;

	(void)state;
	account.qualify_domain = NULL;
	account.from = from;
	found = address_domain(&context);
	assert_non_null(found);
	assert_non_null(strchr(found, '.'));
	assert_true(hostname_is_valid(found, strlen(found)));
	assert_string_not_equal(found, "localhost.localdomain");
	/* Asked once. */
	assert_ptr_equal(address_domain(&context), found);
}

static void says_when_there_is_none(void **state)
{
	struct rfc5322_list list;
	bool no_domain = false;
	const char *found;
	char *mailbox;

	(void)state;
	account.qualify_domain = NULL;
	found = address_domain(&context);
	assert_true(rfc5322_list_parse(&list, "a", 1, RFC5322_UNQUALIFIED_OK));
	mailbox = address_mailbox(&context, &list.items[0], &no_domain);
	assert_int_equal(no_domain, found == NULL);
	assert_int_equal(mailbox == NULL, found == NULL);
	free(mailbox);
	rfc5322_list_release(&list);
}

static void takes_the_login_from_the_password_entry(void **state)
{
	const struct passwd *entry = getpwuid(getuid());
	char *login;

	(void)state;
	setenv("USER", "somebody", 1);
	setenv("LOGNAME", "somebody", 1);
	login = address_login_name();
	assert_non_null(login);
	assert_string_equal(login, entry == NULL ? "somebody" : entry->pw_name);
	free(login);
}

/* In a child: an uid that no entry has. */
static int login_of_nobody(const char *user, const char *logname)
{
	char *login;

	if (setuid(61234) != 0)
		return 77;
	setenv("USER", user, 1);
	setenv("LOGNAME", logname, 1);
	login = address_login_name();
	if (login == NULL)
		return 1;
	if (strcmp(login, "somebody") == 0)
		return 0;
	return 2;
}

static void takes_the_login_from_the_environment(void **state)
{
	static const struct {
		const char *user, *logname;
		int status;
	} tries[] = {
	    {"somebody", "other", 0},
	    {"not an atom", "somebody", 0},
	    {"a\nb", "c@d", 1},
	    {"", "", 1},
	};

	(void)state;
	if (geteuid() != 0 || getpwuid(61234) != NULL)
		skip();
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			_exit(login_of_nobody(tries[i].user, tries[i].logname));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), tries[i].status);
	}
}

static void takes_the_full_name_up_to_a_comma(void **state)
{
	const struct passwd *entry = getpwuid(getuid());
	char *name = address_full_name();

	(void)state;
	if (entry == NULL || entry->pw_gecos[0] == '\0' ||
	    entry->pw_gecos[0] == ',') {
		assert_null(name);
	} else if (strchr(entry->pw_gecos, '&') == NULL) {
		assert_non_null(name);
		assert_int_equal(strlen(name), strcspn(entry->pw_gecos, ",;%"));
		assert_memory_equal(name, entry->pw_gecos, strlen(name));
	} else {
		assert_null(strchr(name, '&'));
	}
	free(name);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(qualifies),
	    TEST(knows_this_host),
	    TEST(finds_a_domain),
	    TEST(says_when_there_is_none),
	    TEST(takes_the_login_from_the_password_entry),
	    TEST(takes_the_login_from_the_environment),
	    TEST(takes_the_full_name_up_to_a_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
