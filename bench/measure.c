/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * measure.c - runs a command once, and says what it cost
 *
 * usage: measure [-i FILE | -p FILE] COMMAND [ARGUMENT]...
 * Standard input is FILE itself (-i) or a pipe that FILE is written into (-p).
 * Prints "wall cpu peak": microseconds, microseconds, KiB.  The command's
 * own output goes nowhere; if it fails, so does this, and prints nothing.
 * The clock starts before fork() and stops when the command is reaped. */

#define _DEFAULT_SOURCE /* wait4() */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 65536 };

static void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(70);
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		die(path);
	return fd;
}

/* A child that writes the file into a pipe; returns the end to read from. */
static int pour(const char *path)
{
	static char piece[PIECE];
	int file = open_or_die(path, O_RDONLY);
	int ends[2];
	ssize_t n;

	if (pipe(ends) != 0)
		die("pipe");
	switch (fork()) {
	case -1:
		die("fork");
		break;
	case 0:
		close(ends[0]);
		while ((n = read(file, piece, sizeof piece)) > 0)
			if (write(ends[1], piece, (size_t)n) != n)
				break;
		_exit(0);
	default:
		break;
	}
	close(file);
	close(ends[1]);
	return ends[0];
}

static void become(char **command, int input)
{
	int nowhere = open_or_die("/dev/null", O_RDWR);

	dup2(input < 0 ? nowhere : input, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
	if (input > STDERR_FILENO)
		close(input);
	execvp(command[0], command);
	die(command[0]);
}

static long long microseconds(struct timeval t)
{
	return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

int main(int argc, char **argv)
{
	struct rusage used;
	long long start;
	int input = -1;
	int status;
	int i = 1;
	pid_t pid;

	if (argc > 3 && strcmp(argv[1], "-i") == 0)
		input = open_or_die(argv[2], O_RDONLY);
	else if (argc > 3 && strcmp(argv[1], "-p") == 0)
		input = pour(argv[2]);
	i = input < 0 ? 1 : 3;
	if (i >= argc) {
		fputs(
		    "usage: measure [-i FILE | -p FILE] COMMAND...\n", stderr);
		return 64;
	}
	start = now_us();
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		become(argv + i, input);
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			die("wait4");
	start = now_us() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "measure: %s failed: %d\n", argv[i],
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
		return 1;
	}
	printf("%lld %lld %ld\n", start,
	    microseconds(used.ru_utime) + microseconds(used.ru_stime),
	    used.ru_maxrss);
	return 0;
}
