/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret_command.c - asks a program for a secret
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The child is the head of a process group, so that a pipeline dies as one.
 * It ends when the shell has ended, not when its output closes: agents that
 * such commands start keep stderr open for hours. What is still in the pipes
 * then is read without waiting. The clock is the monotonic one. X-58.
 */
#include "secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "secret.h"

/* How long to sleep at most before looking whether the child has ended, and
 * the descriptors that are closed for it beside those marked so. */
enum { LOOK_MS = 20, DESCRIPTORS_MAX = 256, PIECE = 4096 };

struct child {
	pid_t pid;
	int out, err; /* our ends; -1 when closed */
	bool ended;
	int status;
	long long deadline;      /* in ms of the monotonic clock */
	struct sigaction before; /* of SIGCHLD */
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child, between fork and exec: async-signal-safe calls only. */
static void become(const char *line, int out, int err)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t none;
	int in = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	for (int fd = 3; fd < DESCRIPTORS_MAX; fd++)
		close(fd);
	sigaction(SIGPIPE, &standard, NULL);
	sigaction(SIGINT, &standard, NULL);
	sigaction(SIGTERM, &standard, NULL);
	sigaction(SIGHUP, &standard, NULL);
	sigaction(SIGXFSZ, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(126);
}

/* A pipe whose ends are above 2, closed on exec, the reading one not
 * blocking. */
static bool make_pipe(int ends[2])
{
	int raw[2];

	if (pipe(raw) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
		close(raw[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0 &&
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return true;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return false;
}

static bool start(struct child *c, const char *line)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	int out[2], err[2];

	if (!make_pipe(out))
		return false;
	if (!make_pipe(err)) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	/* A caller that ignores SIGCHLD would take the status from us. */
	sigaction(SIGCHLD, &standard, &c->before);
	c->pid = fork();
	if (c->pid == 0)
		become(line, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (c->pid < 0) {
		sigaction(SIGCHLD, &c->before, NULL);
		close(out[0]);
		close(err[0]);
		return false;
	}
	/* Both sides do it, so that it is done whoever runs first. */
	setpgid(c->pid, c->pid);
	c->out = out[0];
	c->err = err[0];
	return true;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Reads what there is into b, beyond whose maximum octets are lost.
 * False: some were. */
static bool drain(int *fd, struct buf *b)
{
	unsigned char piece[PIECE];
	bool whole = true;

	while (*fd >= 0 && whole) {
		ssize_t got = read(*fd, piece, sizeof piece);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (got <= 0) {
			shut(fd);
			break;
		}
		if ((size_t)got > buf_room(b)) {
			buf_append(b, piece, buf_room(b));
			whole = false;
		} else {
			buf_append(b, piece, (size_t)got);
		}
	}
	buf_wipe(piece, sizeof piece);
	return whole;
}

static void look_for_end(struct child *c)
{
	pid_t ended = waitpid(c->pid, &c->status, WNOHANG);

	c->ended = ended == c->pid || (ended < 0 && errno == ECHILD);
	if (ended < 0)
		c->status = -1;
}

static void wait_a_little(const struct child *c)
{
	struct pollfd fds[2] = {
	    {.fd = c->out, .events = POLLIN},
	    {.fd = c->err, .events = POLLIN},
	};
	/* With the output closed the end is near. */
	int ms = c->out < 0 ? 1 : LOOK_MS;

	poll(fds, 2, ms);
}

/* Listens to the child until it has ended. NULL: it has; else why it must be
 * killed. */
static const char *listen_to(
    struct child *c, struct buf *out, struct buf *complaint)
{
	for (;;) {
		bool ended;

		look_for_end(c);
		/* What it wrote before it ended is in the pipes by now. */
		ended = c->ended;
		if (!drain(&c->out, out))
			return "said more than a password";
		/* Of a flood of complaints the beginning will do. */
		drain(&c->err, complaint);
		if (out->failed)
			return "failed: out of memory";
		if (ended)
			return NULL;
		if (now_ms() >= c->deadline)
			return "took too long";
		wait_a_little(c);
	}
}

static void finish(struct child *c)
{
	shut(&c->out);
	shut(&c->err);
	if (!c->ended) {
		kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			continue;
	}
	sigaction(SIGCHLD, &c->before, NULL);
}

/* What the end of the child says; NULL: all is well. */
static const char *verdict(const struct child *c, const struct buf *out)
{
	if (c->status == -1 || !WIFEXITED(c->status))
		return "was killed";
	if (WEXITSTATUS(c->status) != 0)
		return "failed";
	if (out->len == 0)
		return "said nothing";
	return NULL;
}

bool secret_run(
    const char *line, unsigned timeout_ms, struct buf *out, struct buf *why)
{
	struct child c = {.deadline = now_ms() + timeout_ms};
	struct buf complaint;
	const char *problem;

	if (!start(&c, line)) {
		buf_puts(why, "could not be started: ");
		buf_puts(why, strerror(errno));
		return false;
	}
	buf_init(&complaint, SECRET_COMPLAINT_MAX);
	problem = listen_to(&c, out, &complaint);
	finish(&c);
	if (problem == NULL)
		problem = verdict(&c, out);
	if (problem != NULL) {
		buf_puts(why, problem);
		if (c.ended && c.status != -1 && WIFEXITED(c.status) &&
		    WEXITSTATUS(c.status) != 0) {
			buf_puts(why, " with status ");
			buf_number(
			    why, (unsigned long long)WEXITSTATUS(c.status));
		}
		if (complaint.len > 0) {
			buf_puts(why, ": ");
			buf_append(why, buf_head(&complaint), complaint.len);
		}
	}
	buf_release(&complaint);
	return problem == NULL;
}
