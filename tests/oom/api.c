/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* api.c - memory fails at each allocation of the API's driver
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Plays the scenarios of tests/api with every allocation of our own code
 * failing in turn, once and then for good. The call in which that happens must
 * say -ENOMEM or do as well without; nothing is leaked, no block is written
 * beyond its end, the session can be started again. "api STEP" tries every
 * STEP-th allocation, "api STEP SCENARIO" of one scenario; without them a
 * sample, for make check.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../api/driver.h"
#include "../api/server.h"
#include "additions.h"
#include "memory.h"

/* A prime, so that the sample meets other calls in each scenario. */
enum { SAMPLE = 11, COMPLAINTS_MAX = 5 };

#define PLAIN "--without=CHUNKING|--without=SIZE"

/* clang-format off */
static const struct row {
	const char *scenario, *options;
} rows[] = {
	{"simple",              PLAIN},
	{"simple",              "--without=PIPELINING"},
	{"several",             PLAIN "|--rule=on RCPT 2 reply 550 5.1.1 no"},
	{"all-or-none",         PLAIN "|--rule=on RCPT 2 reply 450 4.2.1 no"},
	{"two-messages",        "--announce=XUSR"},
	{"null-sender",         PLAIN},
	{"nothing",             PLAIN},
	{"no-callback",         PLAIN},
	{"no-service",          PLAIN},
	{"monitored",           PLAIN},
	{"growing",             "--rule=conn 1 on RCPT 2 reply 450 4.2.1 no"},
	{"reset-recipient",     PLAIN},
	{"reset-message",       PLAIN},
	{"pieces",              ""},
	{"broken-source",       PLAIN},
	{"body-only",           PLAIN},
	{"bare-line-ends",      PLAIN},
	{"generated",           PLAIN},
	{"headers",             PLAIN},
	{"prohibited",          PLAIN},
	{"dsn",                 ""},
	{"dsn-or-quit",         "--without=DSN"},
	{"seven-bit",           ""},
	{"eight-bit",           ""},
	{"binary",              "--announce=BINARYMIME"},
	{"estimated",           "--announce=SIZE 100"},
	{"etrn",                "--announce=ETRN|--rule=on ETRN reply 250 ok"},
	{"etrn-and-mail",       ""},
	{"strict",              PLAIN "|--rule=on RCPT reply 250 fine"},
	{"simple",              "--rule=on GREETING reply 554 5.3.2 no"},
	{"simple",              PLAIN "|--rule=on EOD drop"},
	{"login",               "--auth=PLAIN|--require-auth"},
	{"login-monitored",     "--auth=CRAM-MD5 LOGIN|--require-auth"},
	{"login-wrong",         "--auth=LOGIN PLAIN"},
	{"login-without-leave", "--auth=PLAIN SCRAM-SHA-256"},
	{"additions",           "--announce=MT-PRIORITY|--announce=FUTURERELEASE 9 "
	                        "2099-01-01T00:00:00Z|--rule=on MAIL reply 250 ok"},
	{"sasl",                ""},
	{"refusals",            ""},
	{"application-data",    ""},
	{"tls-required",        "--starttls|@server|--client-ca=@/certs/ca.pem"},
	{"tls-enabled",         "--starttls|@wrongname"},
	{"tls-forgiving",       "--starttls|@expired"},
};
/* clang-format on */

static FILE *report;

/* Puts what the two files hold into one, for this user alone. */
static void install(const struct test_server *server, const char *one,
    const char *two, const char *name)
{
	char path[128];
	FILE *out;

	snprintf(
	    path, sizeof path, "%s/.config/libesmtp/%s", server->folder, name);
	out = fopen(path, "w");
	if (out == NULL || chmod(path, 0600) != 0)
		abort();
	for (const char *from = one; from != NULL; from = two, two = NULL) {
		char *text = server_file(server, from);

		if (fputs(text, out) < 0)
			abort();
		free(text);
	}
	if (fclose(out) != 0)
		abort();
}

/* libESMTP's files: the server's authority, and a client certificate. */
static void make_home(const struct test_server *server)
{
	static const char *const folders[] = {
	    ".config", ".config/libesmtp", ".config/libesmtp/private"};
	char path[128];

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(
		    path, sizeof path, "%s/%s", server->folder, folders[i]);
		if (mkdir(path, 0700) != 0)
			abort();
	}
	install(server, "certs/ca.pem", NULL, "ca.pem");
	install(server, "certs/client.pem", "certs/client.key",
	    "private/smtp-starttls.pem");
	if (setenv("HOME", server->folder, 1) != 0 ||
	    unsetenv("XDG_CONFIG_HOME") != 0 || unsetenv("XDG_CONFIG_DIR") != 0)
		abort();
}

/* What is wrong with this play, or NULL. */
static const char *play(
    const char *scenario, const char *address, unsigned long n, bool on)
{
	size_t before = memory_live();
	const char *wrong;

	watch_begin(n == 0);
	memory_fail(n, on);
	if (strcmp(scenario, "additions") == 0)
		additions_play(address);
	else
		driver_play(scenario, address);
	wrong = watch_complaint();
	if (wrong == NULL && memory_live() != before)
		wrong = "a block is left";
	return wrong;
}

/* Counts what goes wrong when the allocations fail this way. */
static int fail_everywhere(const char *scenario, const char *address,
    unsigned long total, unsigned long step, bool on)
{
	int complaints = 0;

	for (unsigned long n = 1 + (on ? step / 2 : 0); n <= total; n += step) {
		const char *wrong = play(scenario, address, n, on);

		memory_fail(0, false);
		if (wrong == NULL)
			continue;
		if (complaints++ < COMPLAINTS_MAX)
			fprintf(report, "# allocation %lu of %lu, %s: %s\n", n,
			    total, on ? "for good" : "once", wrong);
	}
	return complaints;
}

static bool try_row(size_t number, const struct row *row, unsigned long step)
{
	struct test_server server;
	unsigned long total;
	int complaints;
	const char *wrong;

	server_start(&server, row->options);
	if (strchr(row->options, '@') != NULL)
		make_home(&server);
	wrong = play(row->scenario, server.address, 0, false);
	total = memory_allocations();
	if (wrong != NULL)
		fprintf(report, "# with all memory: %s\n", wrong);
	complaints = wrong != NULL || total == 0 ? 1 : 0;
	complaints +=
	    fail_everywhere(row->scenario, server.address, total, step, false);
	complaints +=
	    fail_everywhere(row->scenario, server.address, total, step, true);
	server_drop(&server);
	fprintf(report, "%sok %zu - %s: %lu allocations, %s\n",
	    complaints > 0 ? "not " : "", number, row->scenario, total,
	    row->options);
	return complaints == 0;
}

int main(int argc, char **argv)
{
	unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : SAMPLE;
	const size_t count = sizeof rows / sizeof rows[0];
	bool ok = true;

	/* What the driver prints is of no interest here. */
	report = fdopen(dup(STDOUT_FILENO), "w");
	if (report == NULL || freopen("/dev/null", "w", stdout) == NULL)
		return 1;
	setvbuf(report, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++)
		if (argc < 3 || strcmp(argv[2], rows[i].scenario) == 0)
			ok &= try_row(i + 1, &rows[i], step == 0 ? 1 : step);
	fprintf(report, "1..%zu\n", count);
	return ok ? 0 : 1;
}
