/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * process.c - makes the process fit for mail, whoever started it.
 *
 * Callers start this program with closed descriptors, foreign environments
 * and signals ignored.  Everything that reads the
 * environment, opens a file or starts a thread comes after this.
 */
#define _GNU_SOURCE /* close_range() */

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "diagnostics.h"

extern char **environ;

volatile sig_atomic_t process_interrupted;

static void (*volatile interrupt_action)(void);

/* clang-format off */
/* What survives of the environment; the rest could turn TLS off, log its
 * keys, or load code. */
static const char *const kept_variables[] = {
	"HOME", "USER", "LOGNAME", "NAME", "TZ", "LANG", "LANGUAGE",
	"XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "KRB5CCNAME",
	"CREDENTIALS_DIRECTORY", "TMPDIR", "GNUPGHOME", "GPG_TTY",
	"PASSWORD_STORE_DIR", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS",
};
/* clang-format on */

static bool is_kept(const char *entry)
{
	size_t n = strcspn(entry, "=");

	if (strncmp(entry, "LC_", 3) == 0)
		return true;
	for (size_t i = 0; i < sizeof kept_variables / sizeof kept_variables[0];
	     i++)
		if (strlen(kept_variables[i]) == n &&
		    memcmp(kept_variables[i], entry, n) == 0)
			return true;
	return false;
}

static bool is_path(const char *entry)
{
	return strncmp(entry, "PATH=", 5) == 0;
}

/* A password may come from any variable that the configuration names
 * (env:NAME): what is dropped here was put aside for secret.c. */
static char **dropped;
static size_t n_dropped;

const char *process_variable(const char *name)
{
	size_t n = strlen(name);
	const char *value = getenv(name);

	for (size_t i = 0; value == NULL && i < n_dropped; i++)
		if (strncmp(dropped[i], name, n) == 0 && dropped[i][n] == '=')
			value = dropped[i] + n + 1;
	return value;
}

/* bcron and others pass no environment at all. */
static bool clean_environment(void)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	size_t n = 0, k = 0;
	char **kept;

	while (environ != NULL && environ[n] != NULL)
		n++;
	kept = calloc(n + 2, sizeof *kept);
	dropped = calloc(n + 1, sizeof *dropped);
	if (kept == NULL || dropped == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (is_kept(environ[i]) || is_path(environ[i]))
			kept[k++] = environ[i];
		else
			dropped[n_dropped++] = environ[i];
	}
	environ = kept;
	if (getenv("PATH") == NULL)
		kept[k] = path;
	return true;
}

/* A socket that became descriptor 2 would carry our own complaints. */
static void open_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) < 0)
			_exit(71);
	close_range(3, ~0U, 0);
}

static void limit_process(void)
{
	const struct rlimit none = {0, 0};

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static void on_interrupt(int signal_number)
{
	void (*action)(void) = interrupt_action;

	process_interrupted = signal_number;
	if (action != NULL)
		action();
}

static void set_signal(int signal_number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};
	struct sigaction old;

	/* A caller that ignores SIGHUP or SIGINT (nohup, mailx) means it. */
	if (handler == on_interrupt &&
	    sigaction(signal_number, NULL, &old) == 0 &&
	    old.sa_handler == SIG_IGN)
		return;
	sigemptyset(&action.sa_mask);
	sigaction(signal_number, &action, NULL);
}

static void set_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_signal(SIGPIPE, SIG_IGN);
	set_signal(SIGXFSZ, SIG_IGN);
	set_signal(SIGALRM, SIG_DFL);
	set_signal(SIGCHLD, SIG_DFL);
	set_signal(SIGINT, on_interrupt);
	set_signal(SIGTERM, on_interrupt);
	set_signal(SIGHUP, on_interrupt);
}

int process_prepare(const char **why)
{
	if (getauxval(AT_SECURE) != 0 || getuid() != geteuid() ||
	    getgid() != getegid()) {
		*why = "refuses to run setuid, setgid or with file "
		       "capabilities: remove that bit, each user's own "
		       "configuration needs no privilege";
		return EX_NOPERM;
	}
	open_standard_descriptors();
	limit_process();
	set_signals();
	if (!clean_environment()) {
		*why = "out of memory";
		return EX_OSERR;
	}
	return EX_OK;
}

void process_on_signal(void (*on_signal)(void))
{
	interrupt_action = on_signal;
}

void process_input_ended(void (*on_signal)(void))
{
	set_signal(SIGHUP, SIG_IGN);
	interrupt_action = on_signal;
	if (process_interrupted != 0 && on_signal != NULL)
		on_signal();
}

void process_complain(const char *program, const struct diagnostics *d)
{
	for (size_t i = 0; i < d->n; i++)
		fprintf(stderr, "%s: %s\n", program, d->line[i]);
	if (d->dropped > 0)
		fprintf(stderr, "%s: %zu further complaints\n", program,
		    d->dropped);
}
