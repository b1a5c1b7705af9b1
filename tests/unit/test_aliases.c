/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_aliases.c - files of aliases, and their right sides
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * What aliases(5) of sendmail, Postfix and dma allow is read; pipes and files
 * are told apart and never touched. Threat X-34.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() */

#include "aliases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "diagnostics.h"

static char room[64];
static char path[128];
static struct aliases aliases;
static struct diagnostics d;

static int make_room(void **state)
{
	(void)state;
	snprintf(room, sizeof room, "/tmp/posthaste-test.XXXXXX");
	if (mkdtemp(room) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/aliases", room);
	return 0;
}

static int clear_room(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(room);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static bool read_text(const char *text)
{
	write_file(text);
	aliases_init(&aliases);
	diagnostics_init(&d);
	return aliases_read(&aliases, path, &d);
}

static void drop(void)
{
	aliases_release(&aliases);
	diagnostics_release(&d);
}

static void check_value(const char *name, const char *value)
{
	const struct alias *alias = aliases_find(&aliases, name);

	if (value == NULL) {
		assert_null(alias);
		return;
	}
	assert_non_null(alias);
	assert_string_equal(alias->value, value);
}

static void reads_files(void **state)
{
	(void)state;
	assert_true(read_text("# comment: no alias\n"
			      "root: me@x.example\n"
			      "\n"
			      "   \n"
			      "  # indented\n"
			      "a:b\n"
			      "C : d, e\n"
			      "\"f g\": h\r\n"
			      "list: one,\n"
			      "\ttwo # said so\n"
			      "# between\n"
			      "  three\n"
			      "x#y: z#z\n"
			      "empty:\n"
			      "last: end"));
	assert_int_equal(aliases.n, 8);
	check_value("root", "me@x.example");
	check_value("ROOT", "me@x.example");
	check_value("a", "b");
	check_value("c", "d, e");
	check_value("f g", "h\r");
	check_value("list", "one,\ttwo   three");
	check_value("x#y", "z#z");
	check_value("empty", "");
	check_value("last", "end");
	check_value("comment", NULL);
	assert_int_equal(aliases_find(&aliases, "list")->line, 9);
	assert_string_equal(aliases_find(&aliases, "list")->file, path);
	drop();
}

static void takes_the_first_of_a_name(void **state)
{
	(void)state;
	assert_true(read_text("a: 1\nA: 2\n*: 3\ndefault: 4\n"));
	check_value("a", "1");
	check_value("b", NULL);
	assert_string_equal(aliases_catch_all(&aliases)->value, "3");
	drop();
	assert_true(read_text("Default: 4\n"));
	assert_string_equal(aliases_catch_all(&aliases)->value, "4");
	drop();
	assert_true(read_text(""));
	assert_null(aliases_catch_all(&aliases));
	drop();
}

static void names_lines_that_are_none(void **state)
{
	char expected[256];

	(void)state;
	assert_false(read_text("a: 1\nnothing\n: x\nb: 2\n"));
	assert_int_equal(d.n, 2);
	snprintf(expected, sizeof expected, "%s:2: not an alias", path);
	assert_string_equal(d.line[0], expected);
	snprintf(expected, sizeof expected, "%s:3: not an alias", path);
	assert_string_equal(d.line[1], expected);
	/* The others are kept. */
	check_value("a", "1");
	check_value("b", "2");
	drop();
}

static void forgives_what_is_not_there(void **state)
{
	(void)state;
	aliases_init(&aliases);
	diagnostics_init(&d);
	assert_true(aliases_read(&aliases, "/nowhere/aliases", &d));
	assert_int_equal(d.n, 0);
	/* A directory is no file. */
	assert_false(aliases_read(&aliases, room, &d));
	assert_int_equal(d.n, 1);
	drop();
}

/* As a user who may not read it: the directory is this user's own. */
static int try_as_stranger(void)
{
	bool good;

	if (setuid(61234) != 0)
		return 77;
	aliases_init(&aliases);
	diagnostics_init(&d);
	good = aliases_read(&aliases, path, &d);
	if (good || d.n != 1 || strstr(d.line[0], path) == NULL)
		return 1;
	drop();
	return 0;
}

static void reports_what_cannot_be_read(void **state)
{
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_file("a: b\n");
	child = fork();
	if (child == 0)
		_exit(try_as_stranger());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A named pipe must not stop the mail. */
static void does_not_wait_for_a_pipe(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	aliases_init(&aliases);
	diagnostics_init(&d);
	assert_false(aliases_read(&aliases, path, &d));
	assert_int_equal(unlink(path), 0);
	drop();
}

/* clang-format off */
static const struct {
	const char *value;
	const char *elements; /* kind and text, joined by "|" */
} values[] = {
	{ "", "" },
	{ " \t,, ", "" },
	{ "a", "Aa" },
	{ "a, b@x ,c", "Aa|Ab@x|Ac" },
	{ "\"D, J\" <j@x>, k", "A\"D, J\" <j@x>|Ak" },
	{ "a (b, c), d", "Aa (b, c)|Ad" },
	{ "a\\,b, c", "Aa\\,b|Ac" },
	{ "\\root, x", "A\\root|Ax" },
	{ "x#y@z", "Ax#y@z" },
	{ ":include:/etc/list, b", "I/etc/list|Ab" },
	{ ":INCLUDE:/a b", "I/a b" },
	{ "\":include:/etc/list\"", "I/etc/list" },
	/* */
	{ "|/bin/cmd", "P|/bin/cmd" },
	{ "\"|/bin/cmd -a x, y\", b", "P\"|/bin/cmd -a x, y\"|Ab" },
	{ "/var/mail/x, b", "P/var/mail/x|Ab" },
	{ "\"/var/mail/x\"", "P\"/var/mail/x\"" },
	{ ";id;, `id`, ${run{id}}", "A;id;|A`id`|A${run{id}}" },
};
/* clang-format on */

static void takes_values_apart(void **state)
{
	static const char kinds[] = {[ALIAS_ADDRESS] = 'A',
	    [ALIAS_INCLUDE] = 'I',
	    [ALIAS_PASSED_OVER] = 'P'};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		char found[256] = "";
		const char *at = values[i].value;
		const char *text;
		size_t n, used = 0;
		enum alias_kind kind;

		while ((kind = alias_next(&at, &text, &n)) != ALIAS_END)
			used += (size_t)snprintf(found + used,
			    sizeof found - used, "%s%c%.*s",
			    used > 0 ? "|" : "", kinds[kind], (int)n, text);
		assert_string_equal(found, values[i].elements);
	}
}

static void reads_lists(void **state)
{
	bool no_memory;
	char *list;

	(void)state;
	write_file("a@x\n# b@x\nc@x, d@x # e@x\n\n  f@x\n\"g#h\"@x");
	diagnostics_init(&d);
	list = alias_include(path, &d, &no_memory);
	assert_non_null(list);
	assert_string_equal(list, "a@x,,c@x, d@x ,,  f@x,\"g#h\"@x");
	free(list);
	assert_int_equal(d.n, 0);
	assert_null(alias_include("relative", &d, &no_memory));
	assert_null(alias_include("/nowhere/list", &d, &no_memory));
	assert_int_equal(d.n, 2);
	diagnostics_release(&d);
}

static void reads_many_lines_quickly(void **state)
{
	enum { LINES = 200000 };
	char *text = malloc(LINES * 8 + 16);
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	n = (size_t)snprintf(text, 16, "list: a");
	for (int i = 0; i < LINES; i++)
		n += (size_t)snprintf(text + n, 16, ",\n a%d", i % 1000);
	assert_true(read_text(text));
	assert_int_equal(aliases.n, 1);
	free(text);
	drop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_files),
	    cmocka_unit_test(takes_the_first_of_a_name),
	    cmocka_unit_test(names_lines_that_are_none),
	    cmocka_unit_test(forgives_what_is_not_there),
	    cmocka_unit_test(reports_what_cannot_be_read),
	    cmocka_unit_test(does_not_wait_for_a_pipe),
	    cmocka_unit_test(takes_values_apart),
	    cmocka_unit_test(reads_lists),
	    cmocka_unit_test(reads_many_lines_quickly),
	};

	return cmocka_run_group_tests(tests, make_room, clear_room);
}
