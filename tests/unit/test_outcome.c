/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_outcome.c - verdicts become one exit status and plain words
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A row each for the classes of replies and causes: what a caller may try
 * again, what a person must mend, and who is named. RFC 5321 4.2, RFC 3463.
 */
#include "outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "diagnostics.h"

enum { RECIPIENTS_MAX = 3 };

/* One recipient's end, in few words. */
#define DELIVERED                                                              \
	{                                                                      \
		"a@x", Smtpx_DELIVERED, ABOUT_CONTENT, 250, {0}, "ok"          \
	}
#define DOUBT                                                                  \
	{                                                                      \
		"b@x", Smtpx_IN_DOUBT, ABOUT_CONTENT, 0, {0}, NULL             \
	}
#define DEFERRED(code)                                                         \
	{                                                                      \
		"c@x", Smtpx_DEFERRED, ABOUT_RECIPIENT, code, {0}, "t"         \
	}
#define REFUSED(about, code, ...)                                              \
	{                                                                      \
		"d@x", Smtpx_REFUSED, about, code, {__VA_ARGS__}, "no"         \
	}
#define NOBODY REFUSED(ABOUT_RECIPIENT, 0, 0)
#define WAITING DEFERRED(0)

struct row {
	int status;
	enum smtpx_cause cause;
	size_t n;
	struct recipient_outcome recipient[RECIPIENTS_MAX];
};

/* clang-format off */
static const struct row rows[] = {
	{ EX_OK, Smtpx_CAUSE_NONE, 1, { DELIVERED } },
	{ EX_OK, Smtpx_CAUSE_NONE, 2, { DELIVERED, DELIVERED } },
	/* Trouble behind the last verdict changes nothing. */
	{ EX_OK, Smtpx_CAUSE_LOST, 1, { DELIVERED } },
	/* No such mailbox. */
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 554, 5, 1, 10) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_RECIPIENT, 550, 0) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_RECIPIENT, 551, 0) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_RECIPIENT, 553, 0) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 2,
	  { DELIVERED, REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1) } },
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 2,
	  { REFUSED(ABOUT_RECIPIENT, 550, 0),
	    REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1) } },
	/* Other refusals, or not of all. */
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 554, 0) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 550, 5, 7, 1) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 552, 5, 2, 2) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 2,
	  { REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1),
	    REFUSED(ABOUT_RECIPIENT, 554, 0) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_SENDER, 550, 0) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_SENDER, 553, 5, 1, 8) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_CONTENT, 550, 5, 1, 1) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_CONTENT, 552, 5, 3, 4) } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_CONTENT, 554, 5, 7, 1) } },
	/* The account: login, or a sender that it may not use. */
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_SENDER, 550, 5, 7, 1) } },
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_SENDER, 530, 0) } },
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 530, 5, 7, 0) } },
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_SENDER, 534, 0) } },
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1, { REFUSED(ABOUT_SENDER, 538, 0) } },
	{ EX_NOPERM, Smtpx_CAUSE_NONE, 1,
	  { REFUSED(ABOUT_RECIPIENT, 554, 5, 7, 8) } },
	/* Later. */
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 1, { DEFERRED(421) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 1, { DEFERRED(450) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 1, { DEFERRED(452) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 1, { DEFERRED(552) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 2, { DELIVERED, DEFERRED(451) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 2,
	  { REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1), DEFERRED(451) } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_LOST, 1, { DOUBT } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_LOST, 2,
	  { REFUSED(ABOUT_RECIPIENT, 550, 0), DOUBT } },
	/* What ended the session, for whom no reply decided. */
	{ EX_TEMPFAIL, Smtpx_CAUSE_RESOLVE, 1, { WAITING } },
	{ EX_NOHOST, Smtpx_CAUSE_NO_HOST, 1, { NOBODY } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_CONNECT, 1, { WAITING } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_GREETING, 1, { WAITING } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_GREETING, 1, { NOBODY } },
	{ EX_PROTOCOL, Smtpx_CAUSE_PROTOCOL, 1, { WAITING } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_LOST, 1, { WAITING } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_TIMEOUT, 1, { WAITING } },
	{ EX_PROTOCOL, Smtpx_CAUSE_TLS, 1, { WAITING } },
	{ EX_PROTOCOL, Smtpx_CAUSE_CERTIFICATE, 1, { WAITING } },
	{ EX_NOPERM, Smtpx_CAUSE_AUTH, 1, { NOBODY } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_AUTH_TEMPORARY, 1, { WAITING } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_EXTENSION, 1, { NOBODY } },
	{ EX_IOERR, Smtpx_CAUSE_SOURCE, 1, { WAITING } },
	{ EX_UNAVAILABLE, Smtpx_CAUSE_LOCAL, 1, { NOBODY } },
	{ EX_OSERR, Smtpx_CAUSE_MEMORY, 1, { WAITING } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_CANCELLED, 1, { WAITING } },
	/* Never a success without a verdict. */
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 1, { WAITING } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 0, { DELIVERED } },
	{ EX_TEMPFAIL, Smtpx_CAUSE_NONE, 2, { DELIVERED, WAITING } },
	/* All or none: the one that was refused decides. */
	{ EX_NOUSER, Smtpx_CAUSE_NONE, 2,
	  { WAITING, REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1) } },
};
/* clang-format on */

static int judge(const struct row *row, const char *error, const char *advice,
    struct diagnostics *d)
{
	const struct outcome outcome = {.cause = row->cause,
	    .error = error,
	    .recipient = row->recipient,
	    .n = row->n,
	    .sender = "me@x",
	    .advice = advice};

	diagnostics_init(d);
	return outcome_judge(&outcome, d);
}

static void gives_the_exit_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct diagnostics d;
		int status = judge(&rows[i], "", NULL, &d);

		if (status != rows[i].status)
			print_error("row %zu\n", i);
		assert_int_equal(status, rows[i].status);
		/* Silent on success, and on nothing else. */
		if (rows[i].n > 0)
			assert_int_equal(status == EX_OK, !diagnostics_any(&d));
		diagnostics_release(&d);
	}
}

static void check_lines(const struct row *row, const char *error,
    const char *advice, const char *const *lines)
{
	struct diagnostics d;
	size_t n = 0;

	judge(row, error, advice, &d);
	for (; lines[n] != NULL; n++) {
		assert_true(n < d.n);
		assert_string_equal(d.line[n], lines[n]);
	}
	assert_int_equal(d.n, n);
	diagnostics_release(&d);
}

static void names_each_refused_recipient(void **state)
{
	static const struct row row = {EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 3,
	    {DELIVERED, REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1), DEFERRED(451)}};

	(void)state;
	check_lines(&row, "", NULL,
	    (const char *const[]){"<d@x> was refused: 550 5.1.1 no",
		"<c@x> was not accepted for now, try again later: 451 t",
		NULL});
}

static void says_once_what_concerns_all(void **state)
{
	static const struct row sender = {EX_NOPERM, Smtpx_CAUSE_NONE, 2,
	    {REFUSED(ABOUT_SENDER, 550, 5, 7, 1),
		REFUSED(ABOUT_SENDER, 550, 5, 7, 1)}};
	static const struct row content = {EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 2,
	    {REFUSED(ABOUT_CONTENT, 554, 5, 6, 0),
		REFUSED(ABOUT_CONTENT, 554, 5, 6, 0)}};
	static const struct row session = {
	    EX_PROTOCOL, Smtpx_CAUSE_CERTIFICATE, 2, {WAITING, WAITING}};

	(void)state;
	check_lines(&sender, "", NULL,
	    (const char *const[]){
		"the sender <me@x> was refused: 550 5.7.1 no", NULL});
	check_lines(&content, "", NULL,
	    (const char *const[]){
		"the message was refused: 554 5.6.0 no", NULL});
	check_lines(&session, "the certificate has expired", "see tls-pin",
	    (const char *const[]){
		"the certificate has expired; see tls-pin", NULL});
}

static void says_what_may_have_been_accepted(void **state)
{
	static const struct row lost = {
	    EX_TEMPFAIL, Smtpx_CAUSE_LOST, 1, {DOUBT}};
	static const struct row mixed = {EX_TEMPFAIL, Smtpx_CAUSE_LOST, 2,
	    {REFUSED(ABOUT_RECIPIENT, 550, 0), DOUBT}};

	(void)state;
	check_lines(&lost, "connection lost", NULL,
	    (const char *const[]){"connection lost; the message may have been "
				  "accepted",
		NULL});
	check_lines(&mixed, "connection lost", NULL,
	    (const char *const[]){"connection lost",
		"<d@x> was refused: 550 no",
		"<b@x> may have been accepted: the server's last reply never "
		"came",
		NULL});
}

static void names_the_cause_before_its_victims(void **state)
{
	static const struct row row = {EX_NOUSER, Smtpx_CAUSE_NONE, 2,
	    {WAITING, REFUSED(ABOUT_RECIPIENT, 550, 5, 1, 1)}};

	(void)state;
	check_lines(&row, "", NULL,
	    (const char *const[]){"<d@x> was refused: 550 5.1.1 no",
		"<c@x> was left out, as partial is all-or-none", NULL});
}

/* A server's words are foreign text. */
static void cleans_the_servers_words(void **state)
{
	static const struct row row = {EX_UNAVAILABLE, Smtpx_CAUSE_NONE, 1,
	    {{"a@x", Smtpx_REFUSED, ABOUT_RECIPIENT, 554, {0},
		"\x1B[31mno\r\nposthaste: sent"}}};

	(void)state;
	check_lines(&row, "", NULL,
	    (const char *const[]){
		"<a@x> was refused: 554 \\x1B[31mno posthaste: sent", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_the_exit_status),
	    cmocka_unit_test(names_each_refused_recipient),
	    cmocka_unit_test(says_once_what_concerns_all),
	    cmocka_unit_test(says_what_may_have_been_accepted),
	    cmocka_unit_test(names_the_cause_before_its_victims),
	    cmocka_unit_test(cleans_the_servers_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
