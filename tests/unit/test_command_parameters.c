/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_command_parameters.c - command_parameters.c
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Which parameters MAIL and RCPT carry, byte for byte, in which order, under
 * which capabilities; which of them refuse the command when they cannot be
 * sent, or are worth another EHLO; the lengths of RFC 3461.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define BIT(name) (1ul << CAP_##name)
#define ALL_CAPABILITIES ((1ul << CAP_COUNT) - 1)

static struct smtp_session easy = {.dsn_required = false};
static struct smtp_session strict = {.dsn_required = true};

/* out holds exactly the line (NULL: nothing), and is emptied. */
static void expect(struct buf *out, bool done, const char *line)
{
	const char *got = buf_cstr(out);

	assert_non_null(got);
	if (line && strcmp(got, line) != 0)
		fail_msg("%s instead of %s", got, line);
	if (!line && (done || out->len > 0))
		fail_msg("not refused: %s", got);
	assert_int_equal(done, line != NULL);
	assert_false(out->failed);
	buf_clear(out);
}

static char *repeat(char c, size_t n)
{
	static char s[20000];

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

/* One MAIL: the message's fields, the context's, what was announced. */
struct mail_row {
	struct smtp_message message;
	struct command_context context;
	struct capabilities caps; /* known 0: everything */
	const char *parameters;   /* NULL: refused */
	const char *missing;
	bool wants_more;
};

/* clang-format off */
#define M(...) .message = {__VA_ARGS__}
#define C(...) .context = {__VA_ARGS__}
#define K(...) .caps = {__VA_ARGS__}
#define NOTHING .caps = {.known = BIT(XUSR)}
#define SENDS(text) .parameters = (text)
#define LACKS(keyword) .missing = (keyword), .wants_more = true
#define UNFIT(keyword) .missing = (keyword)
#define WISHES SENDS(""), .wants_more = true
#define BY(how, seconds) .by_mode = (how), .by_time = (seconds)
#define PRIORITY(n) .priority_set = true, .priority = (n)

static const struct mail_row mail_rows[] = {
	{SENDS("")},
	{NOTHING, SENDS("")},
	/* SIZE */
	{C(.size = 12345), SENDS(" SIZE=12345")},
	{C(.size = UINT64_MAX), SENDS(" SIZE=18446744073709551615")},
	{M(.size_estimate = 99), SENDS(" SIZE=99")},
	{M(.size_estimate = 99), C(.size = 5), SENDS(" SIZE=5")},
	{C(.size = 5), NOTHING, SENDS("")},
	/* BODY */
	{C(.eight_bit = true), SENDS(" BODY=8BITMIME")},
	{M(.body = E8bitmime_8BITMIME), SENDS(" BODY=8BITMIME")},
	{M(.body = E8bitmime_7BIT), SENDS(" BODY=7BIT")},
	{M(.body = E8bitmime_7BIT), C(.eight_bit = true),
	    SENDS(" BODY=8BITMIME")},
	{M(.body = E8bitmime_BINARYMIME), C(.eight_bit = true),
	    SENDS(" BODY=BINARYMIME")},
	{M(.body = E8bitmime_7BIT), NOTHING, SENDS("")},
	{C(.eight_bit = true), NOTHING, LACKS("8BITMIME")},
	{M(.body = E8bitmime_8BITMIME), K(.known = BIT(BINARYMIME)),
	    LACKS("8BITMIME")},
	{M(.body = E8bitmime_BINARYMIME),
	    K(.known = BIT(BINARYMIME) | BIT(8BITMIME)), LACKS("CHUNKING")},
	{M(.body = E8bitmime_BINARYMIME),
	    K(.known = BIT(CHUNKING) | BIT(8BITMIME)), LACKS("BINARYMIME")},
	{M(.body = E8bitmime_BINARYMIME),
	    K(.known = BIT(CHUNKING) | BIT(BINARYMIME)),
	    SENDS(" BODY=BINARYMIME")},
	/* SMTPUTF8 */
	{C(.smtputf8 = true), SENDS(" SMTPUTF8")},
	{M(.smtputf8 = true), C(.smtputf8 = true), SENDS(" SMTPUTF8")},
	{M(.smtputf8 = true)}, /* wanted and not in use: refused */
	{M(.smtputf8 = true), NOTHING, LACKS("SMTPUTF8")},
	{C(.smtputf8 = true), NOTHING, LACKS("SMTPUTF8")},
	/* RET, ENVID */
	{M(.ret = Ret_FULL), SENDS(" RET=FULL")},
	{M(.ret = Ret_HDRS), SENDS(" RET=HDRS")},
	{M(.ret = (enum ret_flags)3)},
	{M(.envid = "x"), SENDS(" ENVID=x")},
	/* E-01 */
	{M(.envid = "QQ 314+159="), SENDS(" ENVID=QQ+20314+2B159+3D")},
	{M(.envid = "")},
	{M(.envid = "a\tb")}, /* E-02 */
	{M(.ret = Ret_HDRS), NOTHING, WISHES},
	{M(.envid = "x"), NOTHING, WISHES},
	{M(.envid = "x", .session = &strict), NOTHING, LACKS("DSN")},
	{M(.envid = "x", .session = &strict), SENDS(" ENVID=x")},
	{M(.session = &strict), NOTHING, SENDS("")},
	/* BY */
	{M(BY(By_NOTIFY, 3600), .by_trace = true), SENDS(" BY=3600;NT")},
	{M(BY(By_NOTIFY, -5)), SENDS(" BY=-5;N")},
	{M(BY(By_NOTIFY, 0)), SENDS(" BY=0;N")},
	{M(BY(By_RETURN, 999999999)), SENDS(" BY=999999999;R")},
	{M(BY(By_RETURN, 60), .by_trace = true), SENDS(" BY=60;RT")},
	{M(BY(By_RETURN, 0)), UNFIT("DELIVERBY")},
	{M(BY(By_RETURN, -1)), UNFIT("DELIVERBY")},
	{M(BY(By_NOTIFY, 1000000000))},
	{M(BY(By_NOTIFY, -1000000000))},
	{M(BY(By_RETURN, 1000000000))},
	{M(BY(By_RETURN, 59)),
	    K(.known = BIT(DELIVERBY), .deliverby_min = 60),
	    UNFIT("DELIVERBY")},
	{M(BY(By_RETURN, 60)),
	    K(.known = BIT(DELIVERBY), .deliverby_min = 60),
	    SENDS(" BY=60;R")},
	{M(BY(By_NOTIFY, 59)),
	    K(.known = BIT(DELIVERBY), .deliverby_min = 60),
	    SENDS(" BY=59;N")},
	{M(BY(By_RETURN, 60)), NOTHING, LACKS("DELIVERBY")},
	{M(BY(By_NOTIFY, 60)), NOTHING, WISHES},
	/* HOLDFOR, HOLDUNTIL */
	{M(.hold_for = 600), SENDS(" HOLDFOR=600")},
	{M(.hold_for = 999999999), SENDS(" HOLDFOR=999999999")},
	{M(.hold_for = 1000000000)},
	{M(.hold_for = -1)},
	{M(.hold_until = "2026-01-31T00:00:00Z"),
	    SENDS(" HOLDUNTIL=2026-01-31T00:00:00Z")},
	{M(.hold_until = "2038-01-31T02:00:00+02:00"),
	    SENDS(" HOLDUNTIL=2038-01-31T00:00:00Z")},
	{M(.hold_until = "tomorrow")},
	{M(.hold_until = "")},
	{M(.hold_until = "2026-01-31T00:00:00Z\r\n")},
	{M(.hold_until = "2026-01-31T00:00:00Z", .hold_for = 1)},
	{M(.hold_for = 600), NOTHING, LACKS("FUTURERELEASE")},
	{M(.hold_for = 600),
	    K(.known = BIT(FUTURERELEASE), .hold_for_max = 600),
	    SENDS(" HOLDFOR=600")},
	{M(.hold_for = 601),
	    K(.known = BIT(FUTURERELEASE), .hold_for_max = 600),
	    UNFIT("FUTURERELEASE")},
	{M(.hold_until = "2026-01-31T00:00:00Z"),
	    K(.known = BIT(FUTURERELEASE),
		.hold_until_max = "2026-01-31T01:00:00+01:00"),
	    SENDS(" HOLDUNTIL=2026-01-31T00:00:00Z")},
	{M(.hold_until = "2026-01-31T00:00:01Z"),
	    K(.known = BIT(FUTURERELEASE),
		.hold_until_max = "2026-01-31T00:00:00Z"),
	    UNFIT("FUTURERELEASE")},
	{M(.hold_until = "2026-01-31T00:00:01Z"),
	    K(.known = BIT(FUTURERELEASE), .hold_until_max = "soon"),
	    SENDS(" HOLDUNTIL=2026-01-31T00:00:01Z")},
	/* MT-PRIORITY */
	{M(PRIORITY(3)), SENDS(" MT-PRIORITY=3")},
	{M(PRIORITY(9)), SENDS(" MT-PRIORITY=9")},
	{M(PRIORITY(-9)), SENDS(" MT-PRIORITY=-9")},
	{M(PRIORITY(0)), SENDS(" MT-PRIORITY=0")},
	{M(PRIORITY(10))},
	{M(PRIORITY(-10))},
	{M(PRIORITY(3)), NOTHING, WISHES},
	/* REQUIRETLS */
	{M(.requiretls = true), C(.tls_verified = true),
	    SENDS(" REQUIRETLS")},
	{M(.requiretls = true), UNFIT("REQUIRETLS")},
	{M(.requiretls = true), C(.tls_verified = true), NOTHING,
	    LACKS("REQUIRETLS")},
	/* all at once, in their order */
	{M(.ret = Ret_HDRS, .envid = "x", BY(By_NOTIFY, 3600),
		.by_trace = true, .hold_for = 600, PRIORITY(3),
		.requiretls = true),
	    C(.size = 12345, .eight_bit = true, .smtputf8 = true,
		.tls_verified = true),
	    SENDS(" SIZE=12345 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x"
		" BY=3600;NT HOLDFOR=600 MT-PRIORITY=3 REQUIRETLS")},
};

/* One RCPT where DSN is announced. */
static const struct {
	int notify;
	char *type, *address;
	bool smtputf8;
	const char *parameters; /* NULL: refused */
} rcpt_rows[] = {
	{0, NULL, NULL, false, ""},
	{0, "rfc822", NULL, false, ""},
	{Notify_NEVER, NULL, NULL, false, " NOTIFY=NEVER"},
	{1, NULL, NULL, false, " NOTIFY=SUCCESS"},
	{2, NULL, NULL, false, " NOTIFY=FAILURE"},
	{3, NULL, NULL, false, " NOTIFY=SUCCESS,FAILURE"},
	{4, NULL, NULL, false, " NOTIFY=DELAY"},
	{5, NULL, NULL, false, " NOTIFY=SUCCESS,DELAY"},
	{6, NULL, NULL, false, " NOTIFY=FAILURE,DELAY"},
	{7, NULL, NULL, false, " NOTIFY=SUCCESS,FAILURE,DELAY"},
	{8, NULL, NULL, false, NULL},
	{9, NULL, NULL, false, NULL},
	{-2, NULL, NULL, false, NULL},
	/* E-04 */
	{0, "rfc822", "a+b=c@x", false, " ORCPT=rfc822;a+2Bb+3Dc@x"},
	{0, NULL, "a@x", false, " ORCPT=rfc822;a@x"},
	{0, "x400", "/C=de/A= /", false, " ORCPT=x400;/C+3Dde/A+3D+20/"},
	{0, "utf-8", "j\303\274@x", false, " ORCPT=utf-8;j\\x{FC}@x"},
	/* E-05, E-06 */
	{0, "rfc822", "j\303\274rgen@b\303\274cher.example", false,
	    " ORCPT=utf-8;j\\x{FC}rgen@b\\x{FC}cher.example"},
	{0, "rfc822", "j\303\274rgen@b\303\274cher.example", true,
	    " ORCPT=utf-8;j\303\274rgen@b\303\274cher.example"},
	/* E-07, E-08 */
	{0, "utf-8", "\360\237\230\200", false, " ORCPT=utf-8;\\x{1F600}"},
	{0, "utf-8", "a\\b@x", false, " ORCPT=utf-8;a\\x{5C}b@x"},
	{0, "rfc822", "j\374rgen@x", false, NULL},
	{0, "rfc822", "j\374rgen@x", true, NULL},
	{0, "x400", "j\303\274rgen", false, NULL},
	{0, "rfc822", "", false, NULL},
	{0, "", "a@x", false, NULL},
	{0, "rfc 822", "a@x", false, NULL},
	{0, "rfc=822", "a@x", false, NULL},
	{0, "rfc+822", "a@x", false, NULL},
	{0, "rfc822;", "a@x", false, NULL},
	{0, "rfc\303\274", "a@x", true, NULL},
	{0, "rfc822", "<a@x>", false, NULL},
	{0, "rfc822", "a@x\r\nDATA", false, NULL},
	{Notify_NEVER, "rfc822", "a@x", false,
	    " NOTIFY=NEVER ORCPT=rfc822;a@x"},
};
/* clang-format on */

static void check_mail(const struct mail_row *row, struct buf *out)
{
	char line[600] = "MAIL FROM:<u@a.example>";
	struct capabilities caps = row->caps;
	struct command_context context = row->context;
	struct smtp_message m = row->message;
	const char *missing;

	if (!caps.known)
		caps.known = ALL_CAPABILITIES;
	context.capabilities = &caps;
	m.session = m.session ? m.session : &easy;
	m.reverse_path = (struct mailbox){"u", "u@a.example", "u@a.example"};
	if (row->parameters) {
		size_t n = strlen(row->parameters);

		memcpy(line + 23, row->parameters, n);
		memcpy(line + 23 + n, "\r\n", 3);
	}
	expect(out, command_mail(out, &m, &context),
	    row->parameters ? line : NULL);
	missing = command_missing(&m, &context);
	if (row->missing)
		assert_string_equal(missing, row->missing);
	else
		assert_null(missing);
	assert_int_equal(command_wants_more(&m, &context), row->wants_more);
}

static void test_mail(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof mail_rows / sizeof *mail_rows; i++)
		check_mail(&mail_rows[i], &out);
	buf_release(&out);
}

/* With every subset of the capabilities: a parameter is there only if it was
 * announced, an indispensable one is there or the command is not. */
static void test_every_subset_of_capabilities(void **state)
{
	static const struct {
		enum capability cap;
		const char *parameter;
		bool insists;
	} all[] = {
	    {CAP_SIZE, " SIZE=12345", false},
	    {CAP_8BITMIME, " BODY=8BITMIME", true},
	    {CAP_SMTPUTF8, " SMTPUTF8", true},
	    {CAP_DSN, " RET=HDRS ENVID=x", false},
	    {CAP_DELIVERBY, " BY=60;N", false},
	    {CAP_FUTURERELEASE, " HOLDFOR=600", true},
	    {CAP_MT_PRIORITY, " MT-PRIORITY=3", false},
	    {CAP_REQUIRETLS, " REQUIRETLS", true},
	};
	struct smtp_message m = {.session = &easy,
	    .reverse_path = {"u", "u@a.example", "u@a.example"},
	    .ret = Ret_HDRS,
	    .envid = "x",
	    .by_mode = By_NOTIFY,
	    .by_time = 60,
	    .hold_for = 600,
	    .priority_set = true,
	    .priority = 3,
	    .requiretls = true};
	struct capabilities caps = {.known = 0};
	struct command_context context = {
	    &caps, true, true, true, 12345, false, 0};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (unsigned set = 0; set < 256; set++) {
		char line[300] = "MAIL FROM:<u@a.example>";
		size_t n = strlen(line);
		bool refused = false;

		caps.known = 0;
		for (size_t i = 0; i < 8; i++) {
			size_t len = strlen(all[i].parameter);

			if (set >> i & 1) {
				caps.known |= 1ul << all[i].cap;
				memcpy(line + n, all[i].parameter, len);
				n += len;
			} else {
				refused |= all[i].insists;
			}
		}
		memcpy(line + n, "\r\n", 3);
		expect(&out, command_mail(&out, &m, &context),
		    refused ? NULL : line);
		assert_int_equal(
		    command_missing(&m, &context) != NULL, refused);
		assert_int_equal(
		    command_wants_more(&m, &context), (set | 1) != 255);
	}
	buf_release(&out);
}

/* Less time than the server's minimum: only when the program said so. */
static void test_decided_time(void **state)
{
	struct capabilities caps = {
	    .known = BIT(DELIVERBY), .deliverby_min = 600};
	struct command_context context = {.capabilities = &caps};
	struct smtp_message m = {.session = &easy,
	    .by_mode = By_RETURN,
	    .by_time = 60,
	    .by_trace = true};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_false(command_mail(&out, &m, &context));
	assert_string_equal(command_missing(&m, &context), "DELIVERBY");
	context.by_decided = true;
	context.by_time = 60;
	assert_null(command_missing(&m, &context));
	assert_true(command_mail(&out, &m, &context));
	assert_string_equal(buf_cstr(&out), "MAIL FROM:<> BY=60;RT\r\n");
	buf_clear(&out);
	context.by_time = 700;
	assert_true(command_mail(&out, &m, &context));
	assert_string_equal(buf_cstr(&out), "MAIL FROM:<> BY=700;RT\r\n");
	buf_clear(&out);
	context.by_time = 0;
	assert_false(command_mail(&out, &m, &context));
	buf_release(&out);
}

static void test_rcpt(void **state)
{
	struct capabilities caps = {.known = BIT(DSN) | BIT(SMTPUTF8)};
	struct capabilities none = {.known = 0};
	struct command_context context = {.capabilities = &caps};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof rcpt_rows / sizeof *rcpt_rows; i++) {
		struct smtp_recipient r = {
		    .notify = (enum notify_flags)rcpt_rows[i].notify,
		    .orcpt_type = rcpt_rows[i].type,
		    .orcpt_address = rcpt_rows[i].address};
		const char *parameters = rcpt_rows[i].parameters;
		struct smtp_message m = {.session = &easy, .recipients = &r};
		char line[600] = "RCPT TO:<u@x>";
		bool asks = r.notify || r.orcpt_address;

		r.message = &m;
		r.mailbox = (struct mailbox){"u@x", "u@x", "u@x"};
		if (parameters) {
			memcpy(line + 13, parameters, strlen(parameters));
			memcpy(line + 13 + strlen(parameters), "\r\n", 3);
		}
		context = (struct command_context){
		    .capabilities = &caps, .smtputf8 = rcpt_rows[i].smtputf8};
		expect(&out, command_rcpt(&out, &r, &context),
		    parameters ? line : NULL);
		assert_null(command_missing(&m, &context));
		assert_false(command_wants_more(&m, &context));
		/* Not announced: left out, or refused when required. */
		context = (struct command_context){.capabilities = &none};
		expect(&out, command_rcpt(&out, &r, &context),
		    "RCPT TO:<u@x>\r\n");
		assert_null(command_missing(&m, &context));
		assert_int_equal(command_wants_more(&m, &context), asks);
		m.session = &strict;
		expect(&out, command_rcpt(&out, &r, &context),
		    asks ? NULL : "RCPT TO:<u@x>\r\n");
		if (asks)
			assert_string_equal(
			    command_missing(&m, &context), "DSN");
		/* Who is done with does not count. */
		r.complete = true;
		assert_null(command_missing(&m, &context));
		assert_false(command_wants_more(&m, &context));
	}
	buf_release(&out);
}

/* RFC 3461: 100 characters of ENVID, 500 of ORCPT, as they are sent. */
static void test_dsn_lengths(void **state)
{
	struct capabilities caps = {.known = BIT(DSN)};
	struct command_context context = {.capabilities = &caps};
	struct smtp_message m = {.session = &easy};
	struct smtp_recipient r = {
	    .message = &m, .mailbox = {"u@x", "u@x", "u@x"}};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	m.envid = repeat('e', 100); /* E-03 */
	assert_true(command_mail(&out, &m, &context));
	assert_int_equal(out.len, strlen("MAIL FROM:<> ENVID=") + 100 + 2);
	assert_true(command_valid_envid(m.envid));
	buf_clear(&out);
	m.envid = repeat('e', 101);
	expect(&out, command_mail(&out, &m, &context), NULL);
	assert_false(command_valid_envid(m.envid));
	m.envid = repeat('+', 33);
	assert_true(command_mail(&out, &m, &context));
	assert_true(command_valid_envid(m.envid));
	buf_clear(&out);
	m.envid = repeat('+', 34);
	expect(&out, command_mail(&out, &m, &context), NULL);
	assert_false(command_valid_envid(m.envid));
	r.orcpt_address = repeat('o', 500 - 7);
	assert_true(command_rcpt(&out, &r, &context));
	assert_int_equal(out.len, strlen("RCPT TO:<u@x> ORCPT=") + 500 + 2);
	assert_true(command_valid_orcpt("rfc822", r.orcpt_address));
	buf_clear(&out);
	r.orcpt_address = repeat('o', 500 - 6);
	expect(&out, command_rcpt(&out, &r, &context), NULL);
	assert_false(command_valid_orcpt("rfc822", r.orcpt_address));
	assert_false(command_valid_orcpt("rfc822", repeat('o', 19000)));
	buf_release(&out);
}

/* All that RFC 3461 allows to the longest path: more than 512 octets, and
 * less than 512 and what the parameters may add. */
static void test_longest_rcpt(void **state)
{
	struct capabilities caps = {.known = BIT(DSN)};
	struct command_context context = {.capabilities = &caps};
	struct smtp_message m = {.session = &easy};
	struct smtp_recipient r = {
	    .message = &m, .notify = (enum notify_flags)7};
	char path[255];
	struct buf out;

	(void)state;
	memset(path, 'a', sizeof path);
	path[64] = '@';
	path[100] = path[150] = path[200] = '.';
	path[254] = '\0';
	r.mailbox = (struct mailbox){path, path, path};
	r.orcpt_address = repeat('o', 493);
	buf_init(&out, 4096);
	assert_true(command_rcpt(&out, &r, &context));
	assert_int_equal(out.len, 8 + 256 + 29 + 507 + 2);
	buf_release(&out);
}

static void test_needs_smtputf8(void **state)
{
	struct smtp_recipient last = {.mailbox = {"a", "a", "a"}};
	struct smtp_recipient first = {
	    .next = &last, .mailbox = {"b", "b", "b"}};
	struct smtp_message m = {.session = &easy, .recipients = &first};
	struct capabilities caps = {.known = 0};
	struct command_context context = {.capabilities = &caps};

	(void)state;
	assert_false(command_needs_smtputf8(&m));
	assert_null(command_missing(&m, &context));
	last.mailbox.ascii = NULL;
	assert_true(command_needs_smtputf8(&m));
	assert_string_equal(command_missing(&m, &context), "SMTPUTF8");
	assert_true(command_wants_more(&m, &context));
	caps.known = BIT(SMTPUTF8);
	assert_null(command_missing(&m, &context));
	assert_false(command_wants_more(&m, &context));
	caps.known = 0;
	last.complete = true;
	assert_false(command_needs_smtputf8(&m));
	assert_null(command_missing(&m, &context));
	m.reverse_path = (struct mailbox){"c", "c", NULL};
	assert_true(command_needs_smtputf8(&m));
	assert_string_equal(command_missing(&m, &context), "SMTPUTF8");
	m.reverse_path = (struct mailbox){NULL, NULL, NULL};
	assert_false(command_needs_smtputf8(&m));
	m.reverse_path = (struct mailbox){"", NULL, NULL};
	assert_false(command_needs_smtputf8(&m));
	m.smtputf8 = true;
	assert_true(command_needs_smtputf8(&m));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mail),
	    cmocka_unit_test(test_every_subset_of_capabilities),
	    cmocka_unit_test(test_decided_time),
	    cmocka_unit_test(test_rcpt),
	    cmocka_unit_test(test_dsn_lengths),
	    cmocka_unit_test(test_longest_rcpt),
	    cmocka_unit_test(test_needs_smtputf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
