/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_envelope.c - who the message is from, and whom it goes to
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Addresses of the command line, of the header and of aliases; the sender by
 * policy. What is ambiguous or broken is refused before anything is sent.
 * Threats X-30, X-33, X-34, X-35 and X-36.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() */

#include "envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "compose_fixture.h"
#include "recipients.h"
#include "text.h"

enum { TEXT_MAX = 8192, OPERANDS_MAX = 8 };

static char room[64];
static char aliases_file[128], list_file[128];
static char account_name[] = "work";

static int make_room(void **state)
{
	(void)state;
	snprintf(room, sizeof room, "/tmp/posthaste-test.XXXXXX");
	if (mkdtemp(room) == NULL)
		return -1;
	snprintf(aliases_file, sizeof aliases_file, "%s/aliases", room);
	snprintf(list_file, sizeof list_file, "%s/list", room);
	return 0;
}

static int clear_room(void **state)
{
	(void)state;
	unlink(aliases_file);
	unlink(list_file);
	return rmdir(room);
}

static int begin(void **state)
{
	(void)state;
	plain_settings();
	account.name = account_name;
	account.from = my_mailbox;
	account.log = LOG_TO_NOTHING;
	unsetenv("NAME");
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void use_aliases(const char *text)
{
	write_file(aliases_file, text);
	account.system_aliases = aliases_file;
}

/* Recipients joined by blanks, an original in brackets behind. */
static const char *recipients_of(const struct envelope *e)
{
	static char text[TEXT_MAX];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < e->n; i++) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
		    i > 0 ? " " : "", e->recipient[i].mailbox);
		if (e->recipient[i].original != NULL)
			n += (size_t)snprintf(text + n, sizeof text - n, "[%s]",
			    e->recipient[i].original);
		assert_true(n < sizeof text);
	}
	return text;
}

static enum envelope_result build(
    struct envelope *e, const char *header, const char *const *operands)
{
	const char *given[OPERANDS_MAX];
	enum envelope_result result;
	size_t n = 0;

	for (; operands[n] != NULL; n++)
		given[n] = operands[n];
	options.operands = given;
	options.n_operands = n;
	take_message(header, strlen(header));
	result = envelope_build(e, &options, message, &account, &complaints);
	assert_int_equal(
	    result == ENVELOPE_BUILT, !diagnostics_any(&complaints));
	message_free(message);
	message = NULL;
	return result;
}

struct line {
	const char *operands[OPERANDS_MAX];
	const char *recipients;
};

static void check_operands(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct envelope e;

		assert_int_equal(
		    build(&e, "A: 1\n\n", lines[i].operands), ENVELOPE_BUILT);
		assert_string_equal(recipients_of(&e), lines[i].recipients);
		envelope_release(&e);
	}
}

#define CHECK(lines) check_operands(lines, sizeof(lines) / sizeof(lines)[0])

#define AE "\xC3\xA4"

/* clang-format off */
static const struct line good[] = {
	{ { "a@x.example" }, "a@x.example" },
	{ { "a@x.example", "b@x.example" }, "a@x.example b@x.example" },
	/* Each word is a list. */
	{ { "a@x.example,b@x.example" }, "a@x.example b@x.example" },
	{ { "a, b", " c " }, "a@example.com b@example.com c@example.com" },
	{ { "\"Doe, J\" <j@x.example>" }, "j@x.example" },
	{ { "a@x.example (comment, with comma)" }, "a@x.example" },
	{ { "Group: a@x.example, b@x.example;" }, "a@x.example b@x.example" },
	{ { "undisclosed-recipients:;", "a@x.example" }, "a@x.example" },
	{ { "\"john doe\"@x.example" }, "\"john doe\"@x.example" },
	{ { "\"a\".b@x.example" }, "a.b@x.example" },
	{ { "user%host@x.example", "host!user" },
	  "user%host@x.example host!user@example.com" },
	{ { "root@localhost", "root" }, "root@example.com" },
	{ { "a@x.example." }, "a@x.example" },
	{ { "a@[192.0.2.1]" }, "a@[192.0.2.1]" },
	{ { "<@r.example:a@x.example>" }, "a@x.example" },
	/* X-35: a quoted "@" stays in the local part. */
	{ { "\"a@evil.example\"@good.example" },
	  "\"a@evil.example\"@good.example" },
	{ { "a@good.example (b@evil.example)" }, "a@good.example" },
	{ { "\"b@evil.example\" <a@good.example>" }, "a@good.example" },
	{ { "=?utf-8?q?b=40evil.example=3E?= <a@good.example>" },
	  "a@good.example" },
	/* Twice is once; the local part's case counts, the domain's not. */
	{ { "a@x.example", "a@X.EXAMPLE, A@x.example" },
	  "a@x.example A@x.example" },
	/* X-33, X-34: a name like any other. */
	{ { "-bd", "-X@x.example" }, "-bd@example.com -X@x.example" },
	{ { "\"|cmd\"@x.example", "/file@x.example" },
	  "|cmd@x.example /file@x.example" },
	{ { "`id`@x.example", "${run{id}}@x.example" },
	  "`id`@x.example ${run{id}}@x.example" },
	{ { AE "@" AE ".example" }, AE "@" AE ".example" },
};

static const struct {
	const char *operand;
	enum envelope_result result;
} bad[] = {
	{ "<>", ENVELOPE_BAD_ADDRESS },
	{ "a@x.example, <>", ENVELOPE_BAD_ADDRESS },
	{ "a@good.example b@evil.example", ENVELOPE_BAD_ADDRESS },
	{ "<a@good.example> b@evil.example", ENVELOPE_BAD_ADDRESS },
	{ "a@b@c.example", ENVELOPE_BAD_ADDRESS },
	{ "a@x.example\r\nRCPT TO:<b@evil.example>", ENVELOPE_BAD_ADDRESS },
	{ "a@x.example\nDATA", ENVELOPE_BAD_ADDRESS },
	{ "\"a\nb\"@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a\x01@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a\xC2\x85@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a\xE2\x80\xA8@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a\xE4@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a@x.example)", ENVELOPE_BAD_ADDRESS },
	{ "(a@x.example", ENVELOPE_BAD_ADDRESS },
	{ "\"a@x.example", ENVELOPE_BAD_ADDRESS },
	{ "a@", ENVELOPE_BAD_ADDRESS },
	{ "@x.example", ENVELOPE_BAD_ADDRESS },
	{ ";id;", ENVELOPE_BAD_ADDRESS },
	{ "undisclosed-recipients:;", ENVELOPE_NO_RECIPIENTS },
	{ ",,", ENVELOPE_NO_RECIPIENTS },
};

struct header_line {
	const char *header;
	const char *operands[OPERANDS_MAX];
	const char *recipients;
};

static const struct header_line headers[] = {
	{ "To: a@x.example\nCc: b\nBcc: c\nX-To: d\n\n", { NULL },
	  "a@x.example b@example.com c@example.com" },
	{ "TO:a\nbcc : b,\n\tc (x,\n y)\nTo: d\n\n", { NULL },
	  "a@example.com b@example.com c@example.com d@example.com" },
	{ "Apparently-To: a\n\n", { NULL }, "a@example.com" },
	/* Those of the command line come on top. */
	{ "To: a\n\n", { "b", "a@example.com" },
	  "b@example.com a@example.com" },
	{ "Subject: x\n\nTo: z\n", { "a" }, "a@example.com" },
	{ "To: undisclosed-recipients:;\nBcc: a\n\n", { NULL },
	  "a@example.com" },
	{ "To: Group: a, b;, \"C, D\" <c@x.example>\n\n", { NULL },
	  "a@example.com b@example.com c@x.example" },
	/* Only the Resent- set, and of that the newest block. */
	{ "Resent-To: a\nTo: b\nCc: c\nBcc: d\n\n", { NULL },
	  "a@example.com" },
	{ "To: b\nResent-Bcc: a\nResent-cc: c\n\n", { "d" },
	  "d@example.com a@example.com c@example.com" },
	{ "Resent-To: a\nReceived: x\nResent-Cc: b\nSubject: s\nResent-To: c\n"
	  "\n", { NULL }, "a@example.com b@example.com" },
};
/* clang-format on */

static void reads_operands(void **state)
{
	(void)state;
	CHECK(good);
}

static void refuses_what_is_no_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * (sizeof bad / sizeof bad[0]); i++) {
		const char *operand = bad[i / 2].operand;
		const char *const operands[] = {operand, NULL};
		const char *const none[] = {NULL};
		char header[256];
		struct envelope e;

		options.from_headers = i % 2 == 1;
		snprintf(header, sizeof header, "To: %s\n\n", operand);
		/* A line end begins another line of the header. */
		if (options.from_headers && strchr(operand, '\n') != NULL)
			continue;
		assert_int_equal(options.from_headers
				     ? build(&e, header, none)
				     : build(&e, "\n", operands),
		    bad[i / 2].result);
		assert_int_equal(complaints.n, 1);
		assert_null(strchr(complaints.line[0], '\n'));
		diagnostics_release(&complaints);
		envelope_release(&e);
	}
}

static void reads_headers(void **state)
{
	(void)state;
	options.from_headers = true;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		struct envelope e;

		assert_int_equal(
		    build(&e, headers[i].header, headers[i].operands),
		    ENVELOPE_BUILT);
		assert_string_equal(recipients_of(&e), headers[i].recipients);
		envelope_release(&e);
	}
}

static void expands_aliases(void **state)
{
	static const struct line lines[] = {
	    {{"root"}, "admin@x.example[root@example.com]"},
	    {{"ROOT@localhost"}, "admin@x.example[ROOT@example.com]"},
	    {{"root@example.com"}, "root@example.com"},
	    {{"postmaster"}, "admin@x.example[postmaster@example.com]"},
	    {{"list"}, "a@x.example[list@example.com] "
		       "b@x.example[list@example.com] "
		       "local@example.com[list@example.com]"},
	    {{"list", "a@x.example"},
		"a@x.example[list@example.com] b@x.example[list@example.com] "
		"local@example.com[list@example.com]"},
	    {{"two"}, "admin@x.example[two@example.com]"},
	    /* Itself, and others. */
	    {{"self"}, "self@example.com b@x.example[self@example.com]"},
	    {{"kept"}, "root@example.com[kept@example.com]"},
	    /* Around and around, and programs alone: the name itself. */
	    {{"ring"}, "ring@example.com"},
	    {{"pipe"}, "pipe@example.com"},
	    {{"some"}, "a@x.example[some@example.com]"},
	    {{"group"}, "a@x.example[group@example.com] "
			"d@x.example[group@example.com]"},
	    {{"\"john doe\""}, "j@x.example[\"john doe\"@example.com]"},
	    {{"nobody"}, "nobody@example.com"},
	    {{"file"}, "f@x.example[file@example.com] "
		       "admin@x.example[file@example.com]"},
	};
	char text[2048];

	(void)state;
	write_file(list_file, "f@x.example\n# no\nroot\n");
	snprintf(text, sizeof text,
	    "root: admin@x.example\n"
	    "list: a@x.example, b@x.example,\n local\n"
	    "two: two2\ntwo2: root\n"
	    "self: self, b@x.example\n"
	    "kept: \\root\n"
	    "ring: ring2\nring2: ring3\nring3: ring\n"
	    "pipe: |/bin/cat, /dev/null\n"
	    "some: \"|/bin/cat a, b\", a@x.example, no address\n"
	    "group: g: a@x.example;, \"D, d\" <d@x.example>\n"
	    "\"john doe\": j@x.example\n"
	    "file: :include:%s, :include:/nowhere\n",
	    list_file);
	use_aliases(text);
	CHECK(lines);
}

static void leaves_aliases_alone(void **state)
{
	static const struct line lines[] = {{{"root"}, "root@example.com"}};

	(void)state;
	use_aliases("root: a@x.example\n");
	options.no_aliases = true;
	CHECK(lines);
}

static char admin[] = "admin@x.example";

static void sends_roots_mail_on(void **state)
{
	static const struct line lines[] = {
	    {{"root"}, "admin@x.example[root@example.com]"},
	    {{"Postmaster"}, "admin@x.example[Postmaster@example.com]"},
	    {{"other"}, "other@example.com"},
	    {{"pipe"}, "admin@x.example[pipe@example.com]"},
	};
	static const struct line with_alias[] = {
	    {{"root"}, "b@x.example[root@example.com]"},
	    {{"postmaster"}, "b@x.example[postmaster@example.com]"},
	};
	static const struct line with_program[] = {
	    {{"root"}, "admin@x.example[root@example.com]"},
	};

	(void)state;
	account.root = admin;
	use_aliases("pipe: root\n");
	CHECK(lines);
	use_aliases("root: b@x.example\n*: c@x.example\n");
	CHECK(with_alias);
	use_aliases("root: |/bin/cat\n");
	CHECK(with_program);
}

static void catches_all_other_names(void **state)
{
	static const struct line lines[] = {
	    {{"root"}, "admin@x.example[root@example.com]"},
	    {{"a"}, "c@x.example[a@example.com]"},
	    {{"b"}, "b2@x.example[b@example.com]"},
	    {{"a@y.example"}, "a@y.example"},
	};

	(void)state;
	account.root = admin;
	use_aliases("*: c@x.example\nb: b2@x.example\n");
	CHECK(lines);
	use_aliases("default: c@x.example\nb: b2@x.example\n");
	CHECK(lines);
}

/* The account's own file is asked first. */
static void reads_both_files(void **state)
{
	static const struct line lines[] = {
	    {{"a"}, "mine@x.example[a@example.com]"},
	    {{"b"}, "all@x.example[b@example.com]"},
	};

	(void)state;
	use_aliases("a: all@x.example\nb: all@x.example\n");
	write_file(list_file, "A: mine@x.example\n");
	account.aliases = list_file;
	CHECK(lines);
}

/* X-36: each alias names the next one twice; and a list of itself. */
static void bounds_expansion(void **state)
{
	static const struct line lines[] = {
	    {{"a0"}, "a199@example.com[a0@example.com]"},
	    {{"loop"}, "x@x.example[loop@example.com]"},
	};
	char text[TEXT_MAX];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 199; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "a%d: a%d, a%d\n", i, i + 1, i + 1);
	snprintf(text + n, sizeof text - n, "loop: :include:%s\n", list_file);
	use_aliases(text);
	snprintf(text, sizeof text, ":include:%s\nx@x.example\n", list_file);
	write_file(list_file, text);
	CHECK(lines);
}

static void takes_many_recipients(void **state)
{
	enum { MANY = 100000 };
	struct buf header;
	struct envelope e;
	const char *const none[] = {NULL};

	(void)state;
	buf_init(&header, 1 << 24);
	for (int i = 0; i < MANY; i++) {
		buf_puts(&header, i % 1000 == 0 ? "To: r" : ",\n r");
		buf_number(&header, (unsigned)i / 2);
		buf_puts(&header, "@x.example");
		if (i % 1000 == 999)
			buf_putc(&header, '\n');
	}
	buf_puts(&header, "\n");
	options.from_headers = true;
	assert_int_equal(build(&e, buf_cstr(&header), none), ENVELOPE_BUILT);
	assert_int_equal(e.n, MANY / 2);
	envelope_release(&e);
	buf_release(&header);
}

static void wants_a_recipient(void **state)
{
	static const char *const none[] = {NULL};
	struct envelope e;

	(void)state;
	options.from_headers = true;
	assert_int_equal(
	    build(&e, "Subject: x\n\n", none), ENVELOPE_NO_RECIPIENTS);
	assert_int_equal(complaints.n, 1);
	diagnostics_release(&complaints);
	envelope_release(&e);
	assert_int_equal(build(&e, "To: ;no\n\n", none), ENVELOPE_BAD_ADDRESS);
	diagnostics_release(&complaints);
	envelope_release(&e);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reads_operands),
	    TEST(refuses_what_is_no_address),
	    TEST(reads_headers),
	    TEST(expands_aliases),
	    TEST(leaves_aliases_alone),
	    TEST(sends_roots_mail_on),
	    TEST(catches_all_other_names),
	    TEST(reads_both_files),
	    TEST(bounds_expansion),
	    TEST(takes_many_recipients),
	    TEST(wants_a_recipient),
	};

	return cmocka_run_group_tests(tests, make_room, clear_room);
}
