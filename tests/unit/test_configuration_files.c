/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_configuration_files.c - which files are read, and which are not
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Threats X-50 and X-51: owner, mode, directory, kind and size of a file
 * decide before its octets do. Each test has a directory of its own, shown as
 * "@" in what it expects. As root some tests act as nobody for a moment.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() and mkfifo() */

#include "configuration.h"

#include <fcntl.h>
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

#include "configuration_key.h"
#include "diagnostics.h"

enum { TEXT_MAX = 16384, NOBODY = 65534 };

/* All lines of d in one text, and d emptied. */
static const char *lines_of(struct diagnostics *d)
{
	static char text[TEXT_MAX];
	size_t used = 0;

	text[0] = '\0';
	assert_int_equal(d->dropped, 0);
	for (size_t i = 0; i < d->n; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s%s", i == 0 ? "" : "\n", d->line[i]);
		assert_true(used < sizeof text);
	}
	diagnostics_release(d);
	return text;
}

/* The values of a key in section number i, joined with "|"; NULL: not set. */
static const char *values(
    const struct configuration *c, size_t i, const char *key)
{
	static char text[TEXT_MAX];
	const struct configuration_section *s = &c->section[i];

	assert_true(i < c->n);
	for (size_t j = 0; j < s->n; j++) {
		if (strcmp(s->setting[j].key->name, key) != 0)
			continue;
		text[0] = '\0';
		for (size_t k = 0; k < s->setting[j].n; k++) {
			strncat(text, k == 0 ? "" : "|",
			    sizeof text - strlen(text) - 1);
			strncat(text, s->setting[j].value[k],
			    sizeof text - strlen(text) - 1);
		}
		return text;
	}
	return NULL;
}

struct room {
	char path[64];
	struct configuration_paths paths;
	char system[128], user[128];
};

static void write_file(
    const struct room *r, const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", r->path, name);
	/* An earlier one may not be writable. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static int make_room(void **state)
{
	struct room *r = calloc(1, sizeof *r);

	snprintf(r->path, sizeof r->path, "/tmp/posthaste-test.XXXXXX");
	if (mkdtemp(r->path) == NULL)
		return -1;
	snprintf(r->system, sizeof r->system, "%s/system", r->path);
	snprintf(r->user, sizeof r->user, "%s/user", r->path);
	r->paths = (struct configuration_paths){.system = r->system,
	    .user = r->user,
	    .home = r->path,
	    .uid = getuid()};
	*state = r;
	return 0;
}

static int clear_room(void **state)
{
	struct room *r = *state;
	char command[128];
	pid_t pid;

	/* No library removes a tree; the path is our own. */
	snprintf(command, sizeof command, "rm -rf %s", r->path);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	free(r);
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* The complaints about the room's files, its path shown as "@". */
static const char *read_room(const struct room *r, struct configuration *c)
{
	static char text[TEXT_MAX];
	struct diagnostics d;
	const char *lines, *found;
	size_t n = strlen(r->path), used = 0;

	diagnostics_init(&d);
	configuration_read(c, &r->paths, &d);
	lines = lines_of(&d);
	while ((found = strstr(lines, r->path)) != NULL) {
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%.*s@", (int)(found - lines), lines);
		lines = found + n;
	}
	snprintf(text + used, sizeof text - used, "%s", lines);
	return text;
}

static const char *room_complaints(const struct room *r)
{
	struct configuration c;
	const char *lines = read_room(r, &c);

	configuration_release(&c);
	return lines;
}

static void reads_no_file(void **state)
{
	struct room *r = *state;
	struct configuration c;

	assert_string_equal(read_room(r, &c), "");
	assert_true(c.user_absent);
	assert_int_equal(c.n_files, 0);
	configuration_release(&c);
	r->paths.user_required = true;
	assert_string_equal(
	    room_complaints(r), "@/user: No such file or directory");
}

static void reads_both_files(void **state)
{
	struct room *r = *state;
	struct configuration c;
	const struct configuration_section *s;
	unsigned far;
	const struct configuration_key *tls =
	    configuration_key_find("tls", 3, SCOPE_ACCOUNT);
	const struct configuration_key *user =
	    configuration_key_find("user", 4, SCOPE_ACCOUNT);

	write_file(r, "system",
	    "defaults { tls = off }\n"
	    "account 'a' { server = 's' user = 'u' }\n"
	    "account 'b' { inherit = 'a' }\n",
	    0644);
	write_file(r, "user",
	    "defaults { tls = implicit }\n"
	    "account 'a' { server = 'mine' }\n"
	    "account 'c' { inherit = 'b' }\n",
	    0600);
	assert_string_equal(read_room(r, &c), "");
	/* Replaced whole: no user. */
	s = configuration_account(&c, "a", false);
	assert_true(s->of_user);
	assert_null(configuration_lookup(&c, s, user, &far));
	/* The user's account takes the user's defaults first. */
	assert_true(strstr(configuration_lookup(&c, s, tls, &far)->file,
			"/user") != NULL);
	/* The system's never looks at the user's file. */
	s = configuration_account(&c, "b", false);
	assert_string_equal(
	    configuration_lookup(&c, s, user, &far)->value[0], "u");
	assert_true(strstr(configuration_lookup(&c, s, tls, &far)->file,
			"/system") != NULL);
	/* From the user's to the system's. */
	s = configuration_account(&c, "c", false);
	assert_string_equal(
	    configuration_lookup(&c, s, user, &far)->value[0], "u");
	configuration_release(&c);
}

/* X-50 */
static void checks_modes(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *complaint;
	} cases[] = {
	    {"account 'a' { password = 'x' }", 0600, ""},
	    {"account 'a' { password = 'x' }", 0400, ""},
	    {"account 'a' { password = 'x' }", 0640,
		"@/user: holds a password and others may read or write it: "
		"run chmod 600 '@/user'"},
	    {"account 'a' { password = 'x' }", 0604,
		"@/user: holds a password and others may read or write it: "
		"run chmod 600 '@/user'"},
	    {"account 'a' { password = 'x' }", 0620,
		"@/user: holds a password and others may read or write it: "
		"run chmod 600 '@/user'"},
	    {"account 'a' { pasword = 'x' }", 0644,
		"@/user:1: unknown key; is 'password' meant?\n"
		"@/user: holds a password and others may read or write it: "
		"run chmod 600 '@/user'"},
	    {"account 'a' { password-from = 'text:x' }", 0644,
		"@/user: holds a password and others may read or write it: "
		"run chmod 600 '@/user'\n"
		"@/user:1: password-from: the value cannot hold the password; "
		"the key password can"},
	    {"account 'a' { user = 'x' }", 0644, ""},
	    {"account 'a' { user = 'x' }", 0664, ""},
	    {"account 'a' { user = 'x' }", 0666,
		"@/user: can be written by everyone: run chmod o-w on it"},
	    {"account 'a' { password-from = 'command:x' }", 0644, ""},
	    {"account 'a' { password-from = 'command:x' }", 0664,
		"@/user: names a command and others may write it: "
		"run chmod go-w '@/user'"},
	};
	struct room *r = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_file(r, "user", cases[i].text, cases[i].mode);
		assert_string_equal(room_complaints(r), cases[i].complaint);
	}
}

static void checks_owners(void **state)
{
	struct room *r = *state;

	write_file(r, "user", "account 'a' { }", 0644);
	if (getuid() == 0)
		assert_int_equal(chown(r->user, NOBODY, NOBODY), 0);
	else
		r->paths.uid = getuid() + 1;
	assert_string_equal(room_complaints(r),
	    "@/user: belongs to another user; it must be yours or root's");
}

static void checks_directories(void **state)
{
	struct room *r = *state;

	write_file(r, "user", "account 'a' { }", 0644);
	assert_int_equal(chmod(r->path, 0777), 0);
	assert_string_equal(room_complaints(r),
	    "@/user: is in a directory where everyone may replace it");
	assert_int_equal(chmod(r->path, 01777), 0);
	assert_string_equal(room_complaints(r), "");
}

/* X-50, X-51 */
static void reads_regular_files_only(void **state)
{
	struct room *r = *state;

	assert_int_equal(mkdir(r->user, 0700), 0);
	assert_string_equal(room_complaints(r), "@/user: is a directory");
	assert_int_equal(rmdir(r->user), 0);
	assert_int_equal(mkfifo(r->user, 0600), 0);
	assert_string_equal(
	    room_complaints(r), "@/user: is not a regular file");
	assert_int_equal(unlink(r->user), 0);
	r->paths.user = "/dev/zero";
	assert_string_equal(
	    room_complaints(r), "/dev/zero: is not a regular file");
}

static void follows_links(void **state)
{
	struct room *r = *state;
	char target[256];

	snprintf(target, sizeof target, "%s/dotfiles", r->path);
	assert_int_equal(mkdir(target, 0700), 0);
	write_file(r, "dotfiles/conf", "account 'a' { password = 'x' }", 0600);
	assert_int_equal(symlink("dotfiles/conf", r->user), 0);
	assert_string_equal(room_complaints(r), "");
	write_file(r, "dotfiles/conf", "account 'a' { password = 'x' }", 0644);
	assert_string_equal(room_complaints(r),
	    "@/user: holds a password and others may read or write it: "
	    "run chmod 600 '@/user'");
	write_file(r, "dotfiles/conf", "", 0600);
	assert_int_equal(chmod(target, 0777), 0);
	assert_string_equal(room_complaints(r),
	    "@/user: is in a directory where everyone may replace it");
}

static void bounds_a_file(void **state)
{
	struct room *r = *state;
	char *text = malloc(CONFIGURATION_FILE_MAX + 2);

	assert_non_null(text);
	memset(text, '\n', CONFIGURATION_FILE_MAX + 1);
	text[CONFIGURATION_FILE_MAX] = '\0';
	write_file(r, "user", text, 0600);
	assert_string_equal(room_complaints(r), "");
	text[CONFIGURATION_FILE_MAX] = '\n';
	text[CONFIGURATION_FILE_MAX + 1] = '\0';
	write_file(r, "user", text, 0600);
	assert_string_equal(room_complaints(r), "@/user: is larger than 1 MiB");
	free(text);
}

/* Root's file, which this user may not read, matters only to those who have
 * no own. */
static void passes_over_the_system(void **state)
{
	struct room *r = *state;
	bool root = geteuid() == 0;
	const char *without, *with;
	char kept[256];

	write_file(r, "system", "account 'a' { }", 0000);
	assert_int_equal(chmod(r->path, 0755), 0);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	without = room_complaints(r);
	snprintf(kept, sizeof kept, "%s", without);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(kept, "@/system: Permission denied");
	write_file(r, "user", "account 'b' { }", 0644);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	with = room_complaints(r);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(with, "");
}

static void includes_files(void **state)
{
	struct room *r = *state;
	struct configuration c;
	char path[256];

	snprintf(path, sizeof path, "%s/conf.d", r->path);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(r, "conf.d/2.conf", "account 'two' { }\n", 0600);
	write_file(r, "conf.d/1.conf", "account 'one' { user = 'x' }\n", 0600);
	write_file(r, "conf.d/3.txt", "broken", 0600);
	write_file(
	    r, "more", "account 'three' { }\ninclude 'conf.d/no*'\n", 0600);
	write_file(r, "user",
	    "include 'conf.d/*.conf'\n"
	    "account 'zero' { }\ninclude '~/more'\n"
	    "default-account = 'one'\n",
	    0600);
	assert_string_equal(read_room(r, &c), "");
	assert_int_equal(c.n_files, 4);
	assert_int_equal(c.n, 6);
	assert_string_equal(c.section[2].title, "one");
	assert_string_equal(c.section[3].title, "two");
	assert_string_equal(c.section[4].title, "zero");
	assert_string_equal(c.section[5].title, "three");
	assert_string_equal(values(&c, 2, "user"), "x");
	assert_string_equal(values(&c, 1, "default-account"), "one");
	assert_true(strstr(c.section[2].setting[0].file, "1.conf") != NULL);
	configuration_release(&c);
}

static void refuses_includes(void **state)
{
	static char none[] = "";
	struct room *r = *state;
	char text[64], name[16];

	write_file(r, "user", "include 'none'\n", 0600);
	assert_string_equal(
	    room_complaints(r), "@/user:1: @/none: No such file or directory");
	write_file(r, "user", "include 'user'\n", 0600);
	assert_string_equal(room_complaints(r), "@/user: includes itself");
	write_file(r, "user", "\ninclude 'part'\naccount 'a' { }\n", 0600);
	write_file(r, "part", "\naccount 'a' { }\nusr = 'x'\n", 0600);
	assert_string_equal(room_complaints(r),
	    "@/part:3: unknown key 'usr'; is 'user' meant?\n"
	    "@/user:3: this section is given twice, first at @/part:2");
	write_file(r, "user", "include 'part'\n", 0600);
	write_file(r, "part", "account 'a' { password = 'x' }\n", 0644);
	assert_string_equal(room_complaints(r),
	    "@/part: holds a password and others may read or write it: "
	    "run chmod 600 '@/part'");
	for (int i = 1; i < 9; i++) {
		snprintf(name, sizeof name, "d%d", i);
		snprintf(text, sizeof text, "include 'd%d'\n", i + 1);
		write_file(r, name, text, 0600);
	}
	write_file(r, "d7", "account 'a' { }\n", 0600);
	write_file(r, "user", "include 'd1'\n", 0600);
	assert_string_equal(room_complaints(r), "");
	write_file(r, "d7", "include 'd8'\n", 0600);
	assert_string_equal(room_complaints(r), "@/d8: included 8 deep");
	r->paths.home = none;
	write_file(r, "user", "include '~/d7'\n", 0600);
	assert_string_equal(room_complaints(r),
	    "@/user:1: include: no memory, or no home directory for ~");
}

/* After a mistake, the next file is read as if nothing had been. */
static void recovers_from_failure(void **state)
{
	struct room *r = *state;

	for (int i = 0; i < 3; i++) {
		write_file(r, "user", "account 'a' {\nserver = {'x'\n", 0600);
		assert_string_not_equal(room_complaints(r), "");
		write_file(
		    r, "user", "account 'a' {\nserver = {'x'}\n}\n", 0600);
		assert_string_equal(room_complaints(r), "");
	}
}

static void cleans_file_names(void **state)
{
	struct room *r = *state;
	char path[256];

	snprintf(path, sizeof path, "%s/\033[2J", r->path);
	r->paths.user = path;
	r->paths.user_required = true;
	assert_string_equal(
	    room_complaints(r), "@/\\x1B[2J: No such file or directory");
}

/* HOME is often somebody else's. */
static void finds_the_paths(void **state)
{
	struct room *r = *state;
	struct configuration_paths p;
	char expected[256];

	assert_int_equal(setenv("HOME", "/nowhere", 1), 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", r->path, 1), 0);
	assert_true(configuration_paths_init(&p, NULL));
	snprintf(
	    expected, sizeof expected, "%s/posthaste/posthaste.conf", r->path);
	assert_string_equal(p.user, expected);
	assert_true(p.uid == getuid());
	assert_false(p.user_required);
	assert_string_equal(strrchr(p.system, '/'), "/posthaste.conf");
	configuration_paths_release(&p);

	assert_int_equal(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
	assert_true(configuration_paths_init(&p, NULL));
	if (configuration_home(p.home) != NULL) {
		assert_string_not_equal(p.home, "/nowhere");
		snprintf(expected, sizeof expected,
		    "%s/.config/posthaste/posthaste.conf", p.home);
		assert_string_equal(p.user, expected);
	} else {
		assert_null(p.user);
	}
	configuration_paths_release(&p);

	assert_true(configuration_paths_init(&p, "mine.conf"));
	assert_string_equal(p.user, "mine.conf");
	assert_true(p.user_required);
	assert_null(p.home);
	configuration_paths_release(&p);
}

int main(void)
{
#define IN_A_ROOM(f) cmocka_unit_test_setup_teardown(f, make_room, clear_room)
	const struct CMUnitTest tests[] = {
	    IN_A_ROOM(reads_no_file),
	    IN_A_ROOM(reads_both_files),
	    IN_A_ROOM(checks_modes),
	    IN_A_ROOM(checks_owners),
	    IN_A_ROOM(checks_directories),
	    IN_A_ROOM(reads_regular_files_only),
	    IN_A_ROOM(follows_links),
	    IN_A_ROOM(bounds_a_file),
	    IN_A_ROOM(passes_over_the_system),
	    IN_A_ROOM(includes_files),
	    IN_A_ROOM(refuses_includes),
	    IN_A_ROOM(recovers_from_failure),
	    IN_A_ROOM(cleans_file_names),
	    IN_A_ROOM(finds_the_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
