/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.c - the test server beside a test program
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * contract: server.h. The server ends by itself after a while, and when this
 * process is gone. Never waits for more than ten seconds.
 */
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, ARGUMENTS_MAX = 32, ARGUMENT_SIZE = 256 };

/* The command line under construction. */
struct command {
	char text[ARGUMENTS_MAX][ARGUMENT_SIZE];
	char *argument[ARGUMENTS_MAX + 1];
	size_t n;
};

static void give_up(const char *why)
{
	fprintf(stderr, "test server: %s\n", why);
	abort();
}

static void add(struct command *c, const char *a, const char *b, size_t n)
{
	if (c->n == ARGUMENTS_MAX || strlen(a) + n >= ARGUMENT_SIZE)
		give_up("too many or too long options");
	snprintf(c->text[c->n], ARGUMENT_SIZE, "%s%.*s", a, (int)n, b);
	c->argument[c->n] = c->text[c->n];
	c->n++;
	c->argument[c->n] = NULL;
}

static void add_in_folder(struct command *c, const char *option,
    const struct test_server *s, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", s->folder, name);
	add(c, option, path, strlen(path));
}

static pid_t start(const struct command *c)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("cannot fork");
	if (pid == 0) {
		execvp(c->argument[0], c->argument);
		_exit(127);
	}
	return pid;
}

static void run(const struct command *c)
{
	int status = 1;

	if (waitpid(start(c), &status, 0) < 0 || status != 0)
		give_up(c->argument[0]);
}

/* The certificates' folder, and the options that name one of them. */
static void add_certificate(
    struct command *c, const struct test_server *s, const char *name, size_t n)
{
	const char *server = c->argument[0];
	const char *slash = strrchr(server, '/');
	struct command make = {.n = 0};
	char file[64];

	if (slash == NULL)
		give_up("SMTPSERVER is no path");
	add(&make, "", server, (size_t)(slash + 1 - server));
	snprintf(make.text[0] + strlen(make.text[0]), 16, "makecerts");
	add_in_folder(&make, "", s, "certs");
	run(&make);
	snprintf(file, sizeof file, "certs/%.*s.pem", (int)n, name);
	add_in_folder(c, "--cert=", s, file);
	snprintf(file, sizeof file, "certs/%.*s.key", (int)n, name);
	add_in_folder(c, "--key=", s, file);
}

/* "--option=@/name": the name is in the server's folder. */
static void add_below(struct command *c, const struct test_server *s,
    const char *option, size_t n)
{
	char text[ARGUMENT_SIZE];
	int before = (int)(strchr(option, '@') - option);

	snprintf(text, sizeof text, "%.*s%s%.*s", before, option, s->folder,
	    (int)n - before - 1, option + before + 1);
	add(c, "", text, strlen(text));
}

static void add_options(
    struct command *c, const struct test_server *s, const char *options)
{
	while (*options) {
		size_t n = strcspn(options, "|");

		const char *folder = strstr(options, "=@/");

		if (*options == '@')
			add_certificate(c, s, options + 1, n - 1);
		else if (folder != NULL && folder < options + n)
			add_below(c, s, options, n);
		else
			add(c, "", options, n);
		options += n;
		options += *options == '|' ? 1 : 0;
	}
}

void server_start(struct test_server *s, const char *options)
{
	static const struct timespec nap = {.tv_nsec = 5000000};
	static struct command c;
	const char *program = getenv("SMTPSERVER");
	int port = 0;

	c.n = 0;
	if (program == NULL)
		give_up("SMTPSERVER does not name it");
	snprintf(s->folder, sizeof s->folder, "/tmp/posthaste-api-XXXXXX");
	if (mkdtemp(s->folder) == NULL)
		give_up("no folder");
	add(&c, "", program, strlen(program));
	add_in_folder(&c, "--port-file=", s, "port");
	add_in_folder(&c, "--record=", s, "record");
	add(&c, "--lifetime=100", "", 0);
	add_options(&c, s, options);
	s->pid = start(&c);
	for (int i = 0; i < 2000 && port == 0; i++) {
		char *text = server_file(s, "port");

		port = text == NULL ? 0 : (int)strtol(text, NULL, 10);
		free(text);
		nanosleep(&nap, NULL);
	}
	if (port == 0)
		give_up("it did not start");
	snprintf(s->address, sizeof s->address, "localhost:%d", port);
}

void server_end(struct test_server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

void server_drop(struct test_server *s)
{
	struct command c = {.n = 0};

	server_end(s);
	add(&c, "rm", "", 0);
	add(&c, "-rf", "", 0);
	add(&c, s->folder, "", 0);
	run(&c);
}

char *server_file(const struct test_server *s, const char *name)
{
	char path[128];
	char *text = calloc(1, FILE_MAX);
	FILE *in;

	if (text == NULL)
		give_up("no memory");
	snprintf(path, sizeof path, "%s/%s", s->folder, name);
	in = fopen(path, "rb");
	if (in == NULL)
		return text;
	if (fread(text, 1, FILE_MAX - 1, in) == 0 && ferror(in))
		give_up(path);
	fclose(in);
	return text;
}

int server_count(
    const struct test_server *s, const char *name, const char *text)
{
	char *all = server_file(s, name);
	int n = 0;

	for (const char *at = all; (at = strstr(at, text)) != NULL; at++)
		n++;
	free(all);
	return n;
}
