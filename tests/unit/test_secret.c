/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_secret.c - passwords, and programs that are asked for one
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Threats X-50, X-55, X-56 and X-58. Commands are real ones of /bin/sh;
 * nothing waits for longer than a few seconds, and nothing stays behind.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp() */

#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "account.h"
#include "buf.h"
#include "diagnostics.h"
#include "secret_command.h"

enum { TEXT_MAX = 8192, SOURCES_MAX = 4 };

/* A directory of the test's own, for files with secrets. */
static char room[64];

static int make_room(void **state)
{
	(void)state;
	snprintf(room, sizeof room, "/tmp/posthaste-test.XXXXXX");
	return mkdtemp(room) == NULL ? -1 : 0;
}

static int clear_room(void **state)
{
	(void)state;
	return rmdir(room);
}

/* A path in the room; the text is valid until the next call. */
static const char *in_room(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", room, name);
	return path;
}

static void write_file(
    const char *name, const void *text, size_t n, mode_t mode)
{
	int fd = open(in_room(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* The account for a few sources, NULL ends them; "@" in one is the room. */
struct asked {
	struct account account;
	char text[SOURCES_MAX][256];
	char *item[SOURCES_MAX];
};

static void make_account(struct asked *a, const char *const *source)
{
	*a = (struct asked){.account = {.name = "test", .home = room}};
	for (size_t i = 0; i < SOURCES_MAX && source[i] != NULL; i++) {
		const char *at = strchr(source[i], '@');

		if (at == NULL)
			snprintf(
			    a->text[i], sizeof a->text[i], "%s", source[i]);
		else
			snprintf(a->text[i], sizeof a->text[i], "%.*s%s%s",
			    (int)(at - source[i]), source[i], room, at + 1);
		a->item[i] = a->text[i];
		a->account.password_from.n++;
	}
	a->account.password_from.item = a->item;
}

/* Asks; the answer, or the complaints after "!", the room shown as "@". */
static const char *answer(const char *const *source, enum secret_result *result)
{
	static char text[TEXT_MAX];
	struct asked a;
	struct secret s;
	struct diagnostics d;
	size_t used = 0;

	make_account(&a, source);
	diagnostics_init(&d);
	*result = secret_get(&a.account, &s, &d);
	assert_int_equal(*result == SECRET_FOUND, s.text != NULL);
	assert_int_equal(*result == SECRET_FOUND, !diagnostics_any(&d));
	text[0] = '\0';
	if (s.text != NULL) {
		assert_int_equal(strlen(s.text), s.n);
		snprintf(text, sizeof text, "%s", s.text);
	}
	for (size_t i = 0; i < d.n; i++) {
		const char *line = d.line[i], *found;

		text[used++] = '!';
		while ((found = strstr(line, room)) != NULL) {
			used +=
			    (size_t)snprintf(text + used, sizeof text - used,
				"%.*s@", (int)(found - line), line);
			line = found + strlen(room);
		}
		used += (size_t)snprintf(
		    text + used, sizeof text - used, "%s", line);
	}
	secret_release(&s);
	diagnostics_release(&d);
	return text;
}

struct answer_case {
	const char *source[SOURCES_MAX];
	enum secret_result result;
	const char *answer;
};

#define NO_TEXT(kind)                                                          \
	"!password-from: a source of kind " kind                               \
	" gave an empty line or something that is no text"

/* clang-format off */
static const struct answer_case answers[] = {
	{{"command:echo geheim"}, SECRET_FOUND, "geheim"},
	{{"command:printf geheim"}, SECRET_FOUND, "geheim"},
	{{"command:printf 'geheim\\r\\n'"}, SECRET_FOUND, "geheim"},
	{{"command:printf 'geheim\\nuser: me\\n'"}, SECRET_FOUND, "geheim"},
	{{"command:printf ' a b '"}, SECRET_FOUND, " a b "},
	{{"command:printf 'p\\303\\244ss'"}, SECRET_FOUND, "p\xC3\xA4ss"},
	{{"command:echo a | tr a b"}, SECRET_FOUND, "b"},
	{{"command:cat; echo end"}, SECRET_FOUND, "end"},
	{{"command:echo noise >&2; echo geheim"}, SECRET_FOUND, "geheim"},
	{{"command:test -t 0 || echo none"}, SECRET_FOUND, "none"},
	{{"command:exit 3"}, SECRET_SILENT, "!password-from: the command failed with status 3"},
	{{"command:echo geheim; exit 1"}, SECRET_SILENT, "!password-from: the command failed with status 1"},
	{{"command:echo 'no such entry' >&2; exit 1"}, SECRET_SILENT, "!password-from: the command failed with status 1: no such entry"},
	{{"command:printf '\\033[2Jx\\nsshd: y' >&2; exit 1"}, SECRET_SILENT, "!password-from: the command failed with status 1: \\x1B[2Jx sshd: y"},
	{{"command:true"}, SECRET_SILENT, "!password-from: the command said nothing"},
	{{"command:echo"}, SECRET_SILENT, NO_TEXT("command")},
	{{"command:printf 'a\\000b'"}, SECRET_SILENT, NO_TEXT("command")},
	{{"command:printf 'a\\033b'"}, SECRET_SILENT, NO_TEXT("command")},
	{{"command:printf '\\377'"}, SECRET_SILENT, NO_TEXT("command")},
	{{"command:kill -9 $$"}, SECRET_SILENT, "!password-from: the command was killed"},
	{{"command:/nonexistent/x 2>/dev/null"}, SECRET_SILENT, "!password-from: the command failed with status 127"},
	{{"command:cat /dev/zero"}, SECRET_SILENT, "!password-from: the command said more than a password"},
	{{"command:yes"}, SECRET_SILENT, "!password-from: the command said more than a password"},
	{{"command:head -c 65536 /dev/zero | tr '\\000' '\\n'"}, SECRET_SILENT, NO_TEXT("command")},
	{{"command:head -c 65537 /dev/zero"}, SECRET_SILENT, "!password-from: the command said more than a password"},
	{{"command:head -c 1000000 /dev/zero | tr '\\000' x >&2; echo geheim"}, SECRET_FOUND, "geheim"},
	{{"env:POSTHASTE_TEST"}, SECRET_FOUND, "from env"},
	{{"env:POSTHASTE_NONE"}, SECRET_SILENT, "!password-from: the variable POSTHASTE_NONE is not set"},
	{{"env:POSTHASTE_EMPTY"}, SECRET_SILENT, NO_TEXT("env")},
	{{"file:@/good"}, SECRET_FOUND, "from file"},
	{{"file:~/good"}, SECRET_FOUND, "from file"},
	{{"file:@/empty"}, SECRET_SILENT, NO_TEXT("file")},
	{{"file:@/none"}, SECRET_SILENT, "!password-from: @/none: No such file or directory"},
	{{"file:@/large"}, SECRET_SILENT, "!@/large: is too large for a password"},
	/* X-50 */
	{{"file:@/open"}, SECRET_UNSAFE, "!@/open: holds a password and others may read or write it: run chmod 600 '@/open'"},
	{{"file:@/group"}, SECRET_UNSAFE, "!@/group: holds a password and others may read or write it: run chmod 600 '@/group'"},
	{{"file:/"}, SECRET_UNSAFE, "!/: is a directory"},
	{{"file:/dev/zero"}, SECRET_UNSAFE, "!/dev/zero: is not a regular file"},
	/* Group bits there are an access control list's. */
	{{"credential:group"}, SECRET_FOUND, "from group"},
	{{"credential:open"}, SECRET_UNSAFE, "!@/open: holds a password and others may read or write it: run chmod 600 '@/open'"},
	{{"credential:none"}, SECRET_SILENT, "!password-from: @/none: No such file or directory"},
	/* The first that answers. */
	{{"env:POSTHASTE_NONE", "file:@/none", "command:echo third"}, SECRET_FOUND, "third"},
	{{"command:echo first", "file:@/open"}, SECRET_FOUND, "first"},
	{{"env:POSTHASTE_NONE", "file:@/open", "command:echo third"}, SECRET_UNSAFE, "!password-from: the variable POSTHASTE_NONE is not set!@/open: holds a password and others may read or write it: run chmod 600 '@/open'"},
	{{"env:POSTHASTE_NONE", "command:exit 2"}, SECRET_SILENT, "!password-from: the variable POSTHASTE_NONE is not set!password-from: the command failed with status 2"},
	{{NULL}, SECRET_UNSET, "!account 'test': the login needs a password: set password-from"},
	{{"keyring"}, SECRET_UNSAFE, "!password-from: unknown source"},
};
/* clang-format on */

static void asks_sources(void **state)
{
	static const char *const names[] = {
	    "good", "empty", "large", "open", "group"};
	static char large[SECRET_MAX + 1];

	(void)state;
	memset(large, 'x', sizeof large);
	write_file("good", "from file\n", 10, 0600);
	write_file("empty", "", 0, 0600);
	write_file("large", large, sizeof large, 0600);
	write_file("open", "geheim\n", 7, 0644);
	write_file("group", "from group", 10, 0440);
	assert_int_equal(setenv("POSTHASTE_TEST", "from env", 1), 0);
	assert_int_equal(setenv("POSTHASTE_EMPTY", "", 1), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", room, 1), 0);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		enum secret_result result;
		const char *text = answer(answers[i].source, &result);

		assert_string_equal(text, answers[i].answer);
		assert_int_equal(result, answers[i].result);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(unlink(in_room(names[i])), 0);
}

static void needs_a_credential_directory(void **state)
{
	static const char *const source[SOURCES_MAX] = {"credential:x"};
	static const char *const values[] = {NULL, "", "relative"};
	enum secret_result result;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		if (values[i] == NULL)
			unsetenv("CREDENTIALS_DIRECTORY");
		else
			setenv("CREDENTIALS_DIRECTORY", values[i], 1);
		assert_string_equal(answer(source, &result),
		    "!password-from: credential x: CREDENTIALS_DIRECTORY is "
		    "not set");
		assert_int_equal(result, SECRET_SILENT);
	}
}

static void takes_the_configured_password(void **state)
{
	char text[] = "geheim";
	char source[] = "command:exit 1", *item = source;
	struct account a = {
	    .name = "test", .password = {text, 6}, .password_from = {&item, 1}};
	struct secret s;
	struct diagnostics d;

	(void)state;
	diagnostics_init(&d);
	assert_int_equal(secret_get(&a, &s, &d), SECRET_FOUND);
	assert_string_equal(s.text, "geheim");
	assert_ptr_not_equal(s.text, text);
	assert_false(diagnostics_any(&d));
	secret_release(&s);
	assert_null(s.text);
	assert_int_equal(s.n, 0);
}

static void gives_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(secret_exit_status(SECRET_FOUND), 0);
	assert_int_equal(secret_exit_status(SECRET_UNSET), 78);
	assert_int_equal(secret_exit_status(SECRET_UNSAFE), 78);
	assert_int_equal(secret_exit_status(SECRET_SILENT), 77);
	assert_int_equal(secret_exit_status(SECRET_NO_MEMORY), 71);
}

static long long now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Runs a command; gives why it has no use, "" when it has. */
static const char *run(
    const char *line, unsigned timeout_ms, char *said, size_t n)
{
	static char text[TEXT_MAX];
	struct buf out, why;
	bool good;

	buf_init_secret(&out, SECRET_MAX);
	buf_init(&why, TEXT_MAX);
	good = secret_run(line, timeout_ms, &out, &why);
	assert_int_equal(good, why.len == 0);
	snprintf(text, sizeof text, "%s", buf_cstr(&why));
	snprintf(said, n, "%s", buf_cstr(&out));
	buf_release(&out);
	buf_release(&why);
	return text;
}

/* X-58: late programs die, with all of their group. */
static void kills_what_is_late(void **state)
{
	char line[256], said[64];
	long long start = now_ms();
	long pid = 0;
	FILE *f;

	(void)state;
	snprintf(line, sizeof line,
	    "sleep 60 & echo $! > %s; echo waiting >&2; wait", in_room("pid"));
	assert_string_equal(
	    run(line, 500, said, sizeof said), "took too long: waiting\n");
	assert_in_range(now_ms() - start, 450, 5000);
	f = fopen(in_room("pid"), "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	assert_int_equal(unlink(in_room("pid")), 0);
	assert_true(pid > 1);
	/* Its parent is gone; whoever inherits it may take a moment. */
	for (int i = 0; i < 200 && kill((pid_t)pid, 0) == 0; i++) {
		char path[64], state_of = 'R';

		snprintf(path, sizeof path, "/proc/%ld/stat", pid);
		f = fopen(path, "r");
		if (f != NULL) {
			if (fscanf(f, "%*d %*s %c", &state_of) != 1)
				state_of = 'X';
			fclose(f);
		}
		if (state_of == 'Z' || state_of == 'X')
			return;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	assert_int_equal(kill((pid_t)pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* A command that closes its output but goes on is late as well, and one that
 * floods stderr is not listened to for ever. */
static void bounds_all_ways_to_be_late(void **state)
{
	static const char *const commands[] = {
	    "exec >&- 2>&-; exec sleep 60",
	    "exec yes >&2",
	    "trap '' TERM INT HUP; while :; do sleep 1; done",
	};
	char said[64];

	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		long long start = now_ms();
		const char *why = run(commands[i], 300, said, sizeof said);

		assert_int_equal(strncmp(why, "took too long", 13), 0);
		assert_in_range(now_ms() - start, 250, 5000);
	}
}

/* gpg-agent and its kind keep stderr open; nobody waits for them. */
static void does_not_wait_for_agents(void **state)
{
	char said[64];
	long long start = now_ms();

	(void)state;
	assert_string_equal(
	    run("sleep 5 & echo geheim", 20000, said, sizeof said), "");
	assert_string_equal(said, "geheim\n");
	assert_in_range(now_ms() - start, 0, 4000);
}

static void is_quick(void **state)
{
	char said[64];
	long long start = now_ms();

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_string_equal(
		    run("echo x", 20000, said, sizeof said), "");
	/* Twenty shells, and no sleeping for the sake of sleeping. */
	assert_in_range(now_ms() - start, 0, 4000);
}

/* X-39: what the caller has open, ignores or blocks is not the command's. */
static void gives_a_clean_process(void **state)
{
	char said[4096];
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before, child;
	sigset_t blocked, mask;
	int high = fcntl(2, F_DUPFD, 100);

	(void)state;
	assert_true(high >= 100);
	assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
	assert_int_equal(sigaction(SIGCHLD, &ignore, &child), 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &mask), 0);
	assert_string_equal(
	    run("ls -l /proc/self/fd 2>/dev/null | grep -c -e '/dev/null' -e "
		"'pipe:'; ls /proc/self/fd | grep -c '^100$'; kill -TERM $$; "
		"sleep 5",
		20000, said, sizeof said),
	    "was killed");
	assert_string_equal(said, "3\n0\n");
	assert_string_equal(
	    run("exit 4", 20000, said, sizeof said), "failed with status 4");
	assert_int_equal(sigprocmask(SIG_SETMASK, &mask, NULL), 0);
	assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
	/* The caller's choice is back. */
	assert_int_equal(sigaction(SIGCHLD, &child, &before), 0);
	assert_true(before.sa_handler == SIG_IGN);
	assert_int_equal(close(high), 0);
}

/* Its own group, so that a terminal's interrupt is the caller's to handle. */
static void runs_in_its_own_group(void **state)
{
	char said[64], expected[64];
	long group = 0, self = 0;

	(void)state;
	assert_string_equal(run("echo $(cut -d' ' -f5 /proc/$$/stat) $$", 20000,
				said, sizeof said),
	    "");
	assert_int_equal(sscanf(said, "%ld %ld", &group, &self), 2);
	assert_int_equal(group, self);
	snprintf(expected, sizeof expected, "%ld", (long)getpgrp());
	assert_int_not_equal(strtol(expected, NULL, 10), group);
}

/* Without 0, 1 and 2 the pipes must not land there. */
static void works_without_standard_descriptors(void **state)
{
	char said[64];
	int saved[3];
	const char *why;

	(void)state;
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
		assert_true(saved[i] >= 0);
	}
	for (int i = 0; i < 3; i++)
		close(i);
	why = run("echo geheim", 20000, said, sizeof said);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	assert_string_equal(why, "");
	assert_string_equal(said, "geheim\n");
}

static void leaves_no_descriptor(void **state)
{
	char said[64];
	int before = dup(2), after;

	(void)state;
	close(before);
	run("echo x", 20000, said, sizeof said);
	run("exit 1", 20000, said, sizeof said);
	run("sleep 9", 50, said, sizeof said);
	after = dup(2);
	close(after);
	assert_int_equal(before, after);
}

/* X-55: the marker as it is in memory, and as it may be in this program. Its
 * tail is looked for: free() writes into the head of what it gets. */
enum { MARKER = 60, TAIL = 24, DISGUISE = 0x5A, REGION_MAX = 256 << 20 };

static void make_marker(char *out)
{
	for (int i = 0; i < MARKER; i++)
		out[i] = (char)('a' + (i * i + 7 * i) % 26);
}

/* How often the marker's tail stands in n octets. */
static int count_markers(const char *text, size_t n, const char *disguised)
{
	const char *tail = disguised + MARKER - TAIL;
	int found = 0;

	for (size_t i = 0; i + TAIL <= n; i++) {
		size_t j = 0;

		while (j < TAIL && (text[i + j] ^ DISGUISE) == tail[j])
			j++;
		found += j == TAIL;
	}
	return found;
}

/* How often it stands in this process' writable memory. */
static int markers_in_memory(const char *disguised)
{
	static char piece[1 << 16];
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	unsigned long from, to;
	char mode[8], line[512];

	if (maps == NULL || mem < 0)
		skip();
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    mode[0] != 'r' || mode[1] != 'w' || to - from > REGION_MAX)
			continue;
		while (from < to) {
			ssize_t got =
			    pread(mem, piece, sizeof piece, (off_t)from);

			if (got < MARKER)
				break;
			/* The window itself is not what is looked for. */
			if (from + (size_t)got <= (uintptr_t)piece ||
			    from >= (uintptr_t)piece + sizeof piece)
				found += count_markers(
				    piece, (size_t)got, disguised);
			from += (size_t)got - (got > MARKER ? MARKER - 1 : 0);
			if (got < (ssize_t)sizeof piece)
				break;
		}
	}
	buf_wipe(piece, sizeof piece);
	close(mem);
	fclose(maps);
	return found;
}

/* Reads, selects and gets; the marker is in memory meanwhile. */
static void use_password(const char *path, const char *disguised)
{
	char user[128], home[] = "/";
	struct configuration_paths paths = {
	    .user = user, .home = home, .uid = getuid()};
	struct account_request r = {0};
	struct configuration c;
	struct account a;
	struct secret s;
	struct diagnostics d;

	snprintf(user, sizeof user, "%s", path);
	diagnostics_init(&d);
	assert_true(configuration_read(&c, &paths, &d));
	assert_true(account_select(&a, &c, &r, &d));
	assert_int_equal(secret_get(&a, &s, &d), SECRET_FOUND);
	assert_int_equal(s.n, MARKER);
	assert_true(markers_in_memory(disguised) > 0);
	assert_false(diagnostics_any(&d));
	/* Last, so that nothing takes over what one of them leaves. */
	account_release(&a);
	secret_release(&s);
	configuration_release(&c);
}

static void leaves_no_secret_in_memory(void **state)
{
	static const char *const before[] = {
	    "account 'a' { server = 'h' password = '", ""};
	static const char *const after[] = {"' }\n", "\n"};
	char text[256], disguised[MARKER], source[160];

	(void)state;
	make_marker(disguised);
	for (int i = 0; i < MARKER; i++)
		disguised[i] = (char)(disguised[i] ^ DISGUISE);
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(before[i]);

		memcpy(text, before[i], n);
		make_marker(text + n);
		memcpy(text + n + MARKER, after[i], strlen(after[i]));
		write_file("marked", text, n + MARKER + strlen(after[i]), 0600);
		buf_wipe(text, sizeof text);
		if (i == 1) {
			int size = snprintf(source, sizeof source,
			    "account 'a' { server = 'h' password-from = "
			    "'command:cat %s' }",
			    in_room("marked"));

			write_file("asking", source, (size_t)size, 0600);
		}
		use_password(in_room(i == 0 ? "marked" : "asking"), disguised);
		assert_int_equal(markers_in_memory(disguised), 0);
	}
	assert_int_equal(unlink(in_room("marked")), 0);
	assert_int_equal(unlink(in_room("asking")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asks_sources),
	    cmocka_unit_test(needs_a_credential_directory),
	    cmocka_unit_test(takes_the_configured_password),
	    cmocka_unit_test(gives_exit_statuses),
	    cmocka_unit_test(kills_what_is_late),
	    cmocka_unit_test(bounds_all_ways_to_be_late),
	    cmocka_unit_test(does_not_wait_for_agents),
	    cmocka_unit_test(is_quick),
	    cmocka_unit_test(gives_a_clean_process),
	    cmocka_unit_test(runs_in_its_own_group),
	    cmocka_unit_test(works_without_standard_descriptors),
	    cmocka_unit_test(leaves_no_descriptor),
	    cmocka_unit_test(leaves_no_secret_in_memory),
	};

	return cmocka_run_group_tests(tests, make_room, clear_room);
}
