/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_message.c - every shape of input, and no octet of a body lost
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Where the header ends, what the body is like, the lone dot, and what happens
 * when there is no room. Pieces may split anywhere. RFC 5322 2.2, RFC 3629;
 * threats.
 */
#define _XOPEN_SOURCE 700

#include "message.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "diagnostics.h"
#include "message_scan.h"
#include "message_store.h"

#define TEXT(s) s, sizeof s - 1

static volatile sig_atomic_t interrupted;

struct shape {
	const char *input;
	size_t n;
	const char *header, *body;
	size_t body_n;
	const char *from_line;
	bool header_missing;
};

/* clang-format off */
static const struct shape shapes[] = {
	{ TEXT(""), "", TEXT(""), NULL, false },
	{ TEXT("\n"), "", TEXT(""), NULL, false },
	{ TEXT("\r\n"), "", TEXT(""), NULL, false },
	{ TEXT("\nbody"), "", TEXT("body"), NULL, false },
	{ TEXT("A: 1\n\nb\n"), "A: 1\n", TEXT("b\n"), NULL, false },
	{ TEXT("A: 1\r\n\r\nb\r\n"), "A: 1\r\n", TEXT("b\r\n"), NULL, false },
	{ TEXT("A: 1\r\nB: 2\r\n\nb\nc\r\n"), "A: 1\r\nB: 2\r\n",
	  TEXT("b\nc\r\n"), NULL, false },
	/* PHP 8: header with CRLF, body with LF. */
	{ TEXT("A: 1\r\n\r\nb\nc\n"), "A: 1\r\n", TEXT("b\nc\n"), NULL, false },
	/* Header only, with and without its line end. */
	{ TEXT("A: 1\n"), "A: 1\n", TEXT(""), NULL, false },
	{ TEXT("A: 1"), "A: 1", TEXT(""), NULL, false },
	{ TEXT("A: 1\n b"), "A: 1\n b", TEXT(""), NULL, false },
	/* No empty line before the body. */
	{ TEXT("A: 1\nbody\nB: 2\n"), "A: 1\n", TEXT("body\nB: 2\n"), NULL,
	  false },
	{ TEXT("A: 1\n: x\n"), "A: 1\n", TEXT(": x\n"), NULL, false },
	{ TEXT("A: 1\nno field"), "A: 1\n", TEXT("no field"), NULL, false },
	{ TEXT("A: 1\n\xC3\xA4: x\n"), "A: 1\n", TEXT("\xC3\xA4: x\n"), NULL,
	  false },
	{ TEXT("A: 1\na\0b: x\n"), "A: 1\n", TEXT("a\0b: x\n"), NULL, false },
	/* No header at all. */
	{ TEXT("Hello,\nworld\n"), "", TEXT("Hello,\nworld\n"), NULL, true },
	{ TEXT("x"), "", TEXT("x"), NULL, true },
	{ TEXT(" A: 1\nB: 2\n"), "", TEXT(" A: 1\nB: 2\n"), NULL, true },
	{ TEXT("\tx\n\ny\n"), "", TEXT("\tx\n\ny\n"), NULL, true },
	/* Folded, and blanks before the colon. */
	{ TEXT("A: 1\n b\n\tc\nB : 2\nC\t: 3\n\n d\n"),
	  "A: 1\n b\n\tc\nB : 2\nC\t: 3\n", TEXT(" d\n"), NULL, false },
	{ TEXT("A: 1\n \nB: 2\n\nx"), "A: 1\n \nB: 2\n", TEXT("x"), NULL,
	  false },
	/* Mailbox files. */
	{ TEXT("From joe Thu Jan  1 00:00:00 1970\nA: 1\n\nb"), "A: 1\n",
	  TEXT("b"), "joe", false },
	{ TEXT("From a@x.example x\n>From b@x.example y\r\nA: 1\n"), "A: 1\n",
	  TEXT(""), "b@x.example", false },
	{ TEXT("From joe x\n\nbody\n"), "", TEXT("body\n"), "joe", false },
	{ TEXT("From then on\nall went well\n"), "",
	  TEXT("From then on\nall went well\n"), NULL, true },
	{ TEXT("From then on"), "", TEXT("From then on"), NULL, true },
	{ TEXT("A: 1\nFrom joe x\n"), "A: 1\n", TEXT("From joe x\n"), NULL,
	  false },
	{ TEXT("A: 1\n\nFrom joe x\n>From y\n"), "A: 1\n",
	  TEXT("From joe x\n>From y\n"), NULL, false },
	{ TEXT("From: joe\n\n"), "From: joe\n", TEXT(""), NULL, false },
	/* UTF-8's mark belongs to no name. */
	{ TEXT("\xEF\xBB\xBF" "A: 1\n\nb"), "A: 1\n", TEXT("b"), NULL, false },
	{ TEXT("\xEF\xBB\xBF" "text\n"), "", TEXT("\xEF\xBB\xBF" "text\n"),
	  NULL, true },
	{ TEXT("A: 1\n\n\xEF\xBB\xBF" "b"), "A: 1\n", TEXT("\xEF\xBB\xBF" "b"),
	  NULL, false },
	/* Bare CR, NUL: header and body as they came. */
	{ TEXT("A: 1\rB: 2\n\nb\rc\0d\r"), "A: 1\rB: 2\n", TEXT("b\rc\0d\r"),
	  NULL, false },
	/* A dot is a line like others, with -i. */
	{ TEXT("A: 1\n\n.\n"), "A: 1\n", TEXT(".\n"), NULL, false },
	{ TEXT("A: 1\n\na\n..\n.b\n"), "A: 1\n", TEXT("a\n..\n.b\n"), NULL,
	  false },
};
/* clang-format on */

static void check_scan(
    const struct message_scan *s, const struct buf *body, const struct shape *c)
{
	if (body->len != c->body_n)
		print_error("input: %s", c->input);
	assert_int_equal(s->header.len, strlen(c->header));
	assert_memory_equal(buf_head(&s->header), c->header, s->header.len);
	assert_int_equal(body->len, c->body_n);
	assert_memory_equal(buf_head(body), c->body, c->body_n);
	if (c->from_line == NULL) {
		assert_null(s->from_line);
	} else {
		assert_non_null(s->from_line);
		assert_string_equal(s->from_line, c->from_line);
	}
	assert_int_equal(s->facts.header_missing, c->header_missing);
	assert_false(s->too_large || s->no_memory);
}

/* In two pieces, split at; step 1: octet by octet. */
static void scan_split(const struct shape *c, size_t split, size_t step)
{
	struct message_scan s;
	struct buf body;

	message_scan_init(&s);
	buf_init(&body, 1 << 20);
	for (size_t at = 0; at < c->n;) {
		size_t n = step > 0 ? step : at < split ? split : c->n - at;

		message_scan_piece(&s, c->input + at, n, &body);
		at += n;
	}
	message_scan_end(&s, &body);
	check_scan(&s, &body, c);
	message_scan_release(&s);
	buf_release(&body);
}

static void knows_every_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		for (size_t split = 0; split <= shapes[i].n; split++)
			scan_split(&shapes[i], split, 0);
		scan_split(&shapes[i], 0, 1);
	}
}

/* --- what a body is like ---------------------------------------------------
 */

struct truth {
	unsigned long long size;
	size_t longest;
	bool eight_bit, nul;
};

/* LF, CRLF and CR end a line; the wire wants the last one ended. */
static struct truth look(const char *s, size_t n)
{
	struct truth t = {0};
	size_t line = 0;

	for (size_t i = 0; i < n; i++) {
		t.eight_bit = t.eight_bit || (unsigned char)s[i] > 0x7F;
		t.nul = t.nul || s[i] == '\0';
		if (s[i] != '\n' && s[i] != '\r') {
			line++;
			if (line > t.longest)
				t.longest = line;
			continue;
		}
		if (s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
			i++;
		t.size += line + 2;
		line = 0;
	}
	if (line > 0)
		t.size += line + 2;
	return t;
}

static void check_facts(const char *body, size_t n, size_t split)
{
	struct message_scan s;
	struct buf out;
	struct truth t = look(body, n);

	message_scan_init(&s);
	buf_init(&out, 4096);
	message_scan_piece(&s, "\n", 1, &out);
	message_scan_piece(&s, body, split, &out);
	message_scan_piece(&s, body + split, n - split, &out);
	message_scan_end(&s, &out);
	assert_int_equal(out.len, n);
	assert_memory_equal(buf_head(&out), body, n);
	assert_int_equal(s.facts.body_size, t.size);
	assert_int_equal(s.facts.longest_line, t.longest);
	assert_int_equal(s.facts.body_eight_bit, t.eight_bit);
	assert_int_equal(s.facts.body_nul, t.nul);
	message_scan_release(&s);
	buf_release(&out);
}

/* all texts of up to six octets, at every split. */
static void measures_all_short_bodies(void **state)
{
	static const char letters[] = {'\r', '\n', '.', 'a', '\xE4', '\0'};
	char text[6];

	(void)state;
	for (size_t n = 0; n <= sizeof text; n++) {
		unsigned long all = 1;

		for (size_t i = 0; i < n; i++)
			all *= sizeof letters;
		for (unsigned long k = 0; k < all; k++) {
			unsigned long rest = k;

			for (size_t i = 0; i < n; i++, rest /= 6)
				text[i] = letters[rest % 6];
			check_facts(text, n, k % (n + 1));
		}
	}
}

static void knows_utf8(void **state)
{
	static const struct {
		const char *text;
		bool utf8;
	} cases[] = {
	    {"", true},
	    {"a", true},
	    {"\xC3\xA4", true},
	    {"\xE2\x82\xAC \xF0\x9F\x98\x80", true},
	    {"\xF4\x8F\xBF\xBF", true},
	    {"\xE4", false},
	    {"\xC3", false},
	    {"\xC3\n", false},
	    {"\xC3(", false},
	    {"\xE2\x82", false},
	    {"\xA4", false},
	    {"\xC0\x80", false},
	    {"\xE0\x80\x80", false},
	    {"\xED\xA0\x80", false},
	    {"\xF4\x90\x80\x80", false},
	    {"\xF5\x80\x80\x80", false},
	    {"\xC3\xA4\xA4", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].text);

		for (size_t split = 0; split <= n; split++) {
			struct message_scan s;
			struct buf out;

			message_scan_init(&s);
			buf_init(&out, 4096);
			message_scan_piece(&s, "\n", 1, &out);
			message_scan_piece(&s, cases[i].text, split, &out);
			message_scan_piece(
			    &s, cases[i].text + split, n - split, &out);
			message_scan_end(&s, &out);
			assert_int_equal(s.facts.body_utf8, cases[i].utf8);
			message_scan_release(&s);
			buf_release(&out);
		}
	}
}

/* --- reading ---------------------------------------------------------------
 */

static struct message *m;
static struct diagnostics d;

/* From a pipe that a child fills with n octets at a time. */
static enum message_result read_from_child(
    const char *text, size_t n, size_t step, bool ignore_dots)
{
	const struct message_settings how = {.ignore_dots = ignore_dots};
	enum message_result result;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		close(fds[0]);
		while (n > 0) {
			size_t now = step < n ? step : n;
			ssize_t done = write(fds[1], text, now);

			if (done <= 0)
				_exit(1);
			text += done;
			n -= (size_t)done;
		}
		_exit(0);
	}
	close(fds[1]);
	result = message_read(&m, fds[0], &how, &interrupted, &d);
	close(fds[0]);
	/* The writer was never cut off. */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return result;
}

static void drop(void)
{
	message_free(m);
	m = NULL;
	diagnostics_release(&d);
}

static void check_body(const char *body, size_t n)
{
	char *came = malloc(n + 1);
	size_t at = 0;

	assert_non_null(came);
	while (at < n) {
		long got = message_body_read(m, at, came + at, n - at);

		assert_true(got > 0);
		at += (size_t)got;
	}
	assert_int_equal(message_body_read(m, n, came, 1), 0);
	assert_memory_equal(came, body, n);
	free(came);
}

static void reads_every_shape(void **state)
{
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		const struct shape *c = &shapes[i];

		assert_int_equal(
		    read_from_child(c->input, c->n, 3, true), MESSAGE_READ);
		assert_string_equal(
		    message_from_line(m) == NULL ? "" : message_from_line(m),
		    c->from_line == NULL ? "" : c->from_line);
		assert_memory_equal(
		    message_header(m, &n), c->header, strlen(c->header));
		assert_int_equal(n, strlen(c->header));
		assert_int_equal(message_facts(m)->size, c->n);
		check_body(c->body, c->body_n);
		drop();
	}
}

/* In memory, at its limit, and beyond it: in a file. */
static void keeps_bodies_of_any_size(void **state)
{
	static const size_t sizes[] = {1, 65536, 65537,
	    MESSAGE_STORE_MEMORY - 1, MESSAGE_STORE_MEMORY,
	    MESSAGE_STORE_MEMORY + 1, 3 * MESSAGE_STORE_MEMORY + 17};
	char *text = malloc(3 * MESSAGE_STORE_MEMORY + 32);
	uint32_t seed = 1;

	(void)state;
	assert_non_null(text);
	memcpy(text, "A: 1\n\n", 6);
	for (size_t i = 6; i < 3 * MESSAGE_STORE_MEMORY + 32; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)(seed >> 16);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct truth t = look(text + 6, sizes[i]);

		assert_int_equal(
		    read_from_child(text, sizes[i] + 6, 4096, true),
		    MESSAGE_READ);
		check_body(text + 6, sizes[i]);
		assert_int_equal(message_facts(m)->body_size, t.size);
		assert_int_equal(message_facts(m)->longest_line, t.longest);
		drop();
	}
	free(text);
}

/* clang-format off */
static const struct {
	const char *input, *header, *body;
} dots[] = {
	{ "A: 1\n\nb\n.\n", "A: 1\n", "b\n" },
	{ "A: 1\r\n\r\nb\r\n.\r\n", "A: 1\r\n", "b\r\n" },
	{ "A: 1\n\nb\n.", "A: 1\n", "b\n" },
	{ "A: 1\n\n.\n", "A: 1\n", "" },
	{ "A: 1\n.\n", "A: 1\n", "" },
	{ ".\n", "", "" },
	{ ".", "", "" },
	{ "A: 1\n\n.\r\n", "A: 1\n", "" },
	/* More input follows: data. */
	{ "A: 1\n\nb\n.\nc\n", "A: 1\n", "b\n.\nc\n" },
	{ "A: 1\n\nb\n.\n\n", "A: 1\n", "b\n.\n\n" },
	{ "A: 1\n\nb\n.\n.\n", "A: 1\n", "b\n.\n" },
	/* Not alone. */
	{ "A: 1\n\nb.\n", "A: 1\n", "b.\n" },
	{ "A: 1\n\n..\n", "A: 1\n", "..\n" },
	{ "A: 1\n\nb\n. \n", "A: 1\n", "b\n. \n" },
	{ "A: 1\n\nb\n.c\n", "A: 1\n", "b\n.c\n" },
	{ "A: 1\n\n..b\n\n", "A: 1\n", "..b\n\n" },
};
/* clang-format on */

static void ends_at_a_last_lone_dot(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++) {
		const char *body = dots[i].body;
		size_t n = strlen(dots[i].input);

		assert_int_equal(
		    read_from_child(dots[i].input, n, 2, false), MESSAGE_READ);
		check_body(body, strlen(body));
		assert_int_equal(
		    message_facts(m)->body_size, look(body, strlen(body)).size);
		drop();
	}
}

/* A terminal gives line after line; a packet socket does the same. */
static void ends_at_a_dot_of_a_terminal(void **state)
{
	struct message_settings how = {.terminal = true};
	static const char *const lines[] = {
	    "A: 1\n", "\n", "b\n", ".\n", "c\n"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int fds[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
		for (size_t j = 0; j < 5; j++)
			assert_true(
			    write(fds[1], lines[j], strlen(lines[j])) > 0);
		close(fds[1]);
		how.ignore_dots = i == 1;
		assert_int_equal(
		    message_read(&m, fds[0], &how, &interrupted, &d),
		    MESSAGE_READ);
		close(fds[0]);
		check_body(i == 0 ? "b\n" : "b\n.\nc\n", i == 0 ? 2 : 6);
		drop();
	}
}

static void sends_nothing_when_interrupted(void **state)
{
	const struct message_settings how = {.ignore_dots = true};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "A: 1\n\nb\n", 8), 8);
	interrupted = SIGTERM;
	assert_int_equal(message_read(&m, fds[0], &how, &interrupted, &d),
	    MESSAGE_INTERRUPTED);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(d.n, 1);
	interrupted = 0;
	drop();
}

static void reports_what_cannot_be_read(void **state)
{
	const struct message_settings how = {.ignore_dots = true};

	(void)state;
	assert_int_equal(
	    message_read(&m, -1, &how, &interrupted, &d), MESSAGE_IO_ERROR);
	assert_int_equal(d.n, 1);
	drop();
}

/* the writer is heard out, and nothing is kept. */
static void survives_a_full_disk(void **state)
{
	struct rlimit old, small;
	char *text = calloc(1, 4 * MESSAGE_STORE_MEMORY);

	(void)state;
	assert_non_null(text);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){65536, old.rlim_max};
	assert_true(sigaction(SIGXFSZ,
			&(struct sigaction){.sa_handler = SIG_IGN}, NULL) == 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(
	    read_from_child(text, 4 * MESSAGE_STORE_MEMORY, 4096, true),
	    MESSAGE_NO_SPACE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(d.n, 1);
	drop();
	free(text);
}

/* */
static void bounds_the_header(void **state)
{
	const size_t size = MESSAGE_HEADER_MAX + 4096;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	for (size_t i = 0; i + 64 < size; i += 64)
		memcpy(text + i, "\nA:", 3);
	text[0] = 'A';
	assert_int_equal(
	    read_from_child(text, size, 65536, true), MESSAGE_TOO_LARGE);
	assert_int_equal(d.n, 1);
	drop();
	/* One line, too. */
	memset(text, 'x', size);
	text[1] = ':';
	assert_int_equal(
	    read_from_child(text, size, 65536, true), MESSAGE_TOO_LARGE);
	drop();
	/* But not text without a header. */
	text[1] = 'x';
	assert_int_equal(
	    read_from_child(text, size, 65536, true), MESSAGE_READ);
	assert_int_equal(message_facts(m)->longest_line, size);
	drop();
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_every_shape),
	    cmocka_unit_test(measures_all_short_bodies),
	    cmocka_unit_test(knows_utf8),
	    cmocka_unit_test(reads_every_shape),
	    cmocka_unit_test(keeps_bodies_of_any_size),
	    cmocka_unit_test(ends_at_a_last_lone_dot),
	    cmocka_unit_test(ends_at_a_dot_of_a_terminal),
	    cmocka_unit_test(sends_nothing_when_interrupted),
	    cmocka_unit_test(reports_what_cannot_be_read),
	    cmocka_unit_test(survives_a_full_disk),
	    cmocka_unit_test(bounds_the_header),
	};

	diagnostics_init(&d);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
