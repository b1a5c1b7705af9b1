/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * main.c - the test server: listens, accepts, ends
 *
 * A scripted SMTP and LMTP server for tests.  It listens on loopback addresses
 * and Unix sockets only, serves each connection in a thread of its own, and
 * always ends: after its lifetime, after so many connections, on SIGTERM, or
 * when the process that started it is gone. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dialogue.h"
#include "octets.h"
#include "options.h"

enum { LISTENERS_MAX = 8, TICK_MS = 50, BACKLOG = 64, LAST_MOMENTS = 40 };

struct server {
	struct options options;
	struct transport_tls *tls;
	struct record *record;
	struct pollfd listeners[LISTENERS_MAX];
	nfds_t listeners_n;
	in_port_t port; /* network order; 0 until the first is bound */
	unsigned long conns;
	pthread_mutex_t lock;
	unsigned long active;
	unsigned long finished;
};

struct worker {
	struct server *server;
	struct dialogue_task task;
};

static volatile sig_atomic_t terminated;

static void on_signal(int number)
{
	(void)number;
	terminated = 1;
}

/* An address that can be reached from this machine only. */
static bool fill_address(const char *text, in_port_t port,
    struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	struct sockaddr_un *un = (struct sockaddr_un *)address;

	memset(address, 0, sizeof *address);
	if (strncmp(text, "unix:", 5) == 0) {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof un->sun_path, "%s", text + 5);
		*len = sizeof *un;
		return strlen(text + 5) < sizeof un->sun_path;
	}
	if (strcmp(text, "::1") == 0) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		in6->sin6_port = port;
		*len = sizeof *in6;
		return true;
	}
	in->sin_family = AF_INET;
	in->sin_port = port;
	*len = sizeof *in;
	return inet_pton(AF_INET, text, &in->sin_addr) == 1 &&
	       ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

static void set_number(int fd, int option, long value)
{
	int n = (int)value;

	if (value > 0)
		setsockopt(fd, SOL_SOCKET, option, &n, sizeof n);
}

static int listen_at(struct server *s, const char *where)
{
	struct sockaddr_storage address;
	socklen_t len;
	int one = 1;
	int fd;

	if (!fill_address(where, s->port, &address, &len)) {
		fprintf(stderr, "smtpserver: %s: not on loopback\n", where);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	set_number(fd, SO_RCVBUF, s->options.rcvbuf);
	if (bind(fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(fd, s->options.black_hole ? 0 : BACKLOG) != 0) {
		fprintf(stderr, "smtpserver: %s: %s\n", where, strerror(errno));
		close(fd);
		return -1;
	}
	len = sizeof address;
	getsockname(fd, (struct sockaddr *)&address, &len);
	if (address.ss_family == AF_INET)
		s->port = ((struct sockaddr_in *)&address)->sin_port;
	if (address.ss_family == AF_INET6)
		s->port = ((struct sockaddr_in6 *)&address)->sin6_port;
	return fd;
}

/* Fills the backlog with our own connections: the next SYN is not answered. */
static void fill_backlog(int listener)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	getsockname(listener, (struct sockaddr *)&address, &len);
	for (int i = 0; i < 8; i++) {
		int fd = socket(address.ss_family, SOCK_STREAM, 0);
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		if (fd < 0)
			return;
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (connect(fd, (struct sockaddr *)&address, len) != 0 &&
		    errno == EINPROGRESS && poll(&p, 1, 100) == 0)
			return; /* the descriptors live as long as we do */
	}
}

static bool open_listeners(struct server *s)
{
	s->port = htons((in_port_t)s->options.port);
	for (size_t i = 0; i < s->options.bind.n && i < LISTENERS_MAX; i++) {
		int fd = listen_at(s, s->options.bind.items[i]);

		if (fd < 0)
			return false;
		fcntl(fd, F_SETFL, O_NONBLOCK);
		if (s->options.black_hole)
			fill_backlog(fd);
		s->listeners[s->listeners_n].fd = fd;
		s->listeners[s->listeners_n++].events = POLLIN;
	}
	return true;
}

/* The file appears with its content: whoever sees it can read the port. */
static bool tell_port(const struct server *s)
{
	const char *path = s->options.port_file;
	char draft[1024];
	FILE *f;

	if (!path) {
		printf("%u\n", ntohs(s->port));
		return fflush(stdout) == 0;
	}
	snprintf(draft, sizeof draft, "%s.new", path);
	f = fopen(draft, "w");
	if (!f) {
		perror(draft);
		return false;
	}
	fprintf(f, "%u\n", ntohs(s->port));
	if (fclose(f) != 0 || rename(draft, path) != 0) {
		perror(path);
		return false;
	}
	return true;
}

static void *work(void *ptr)
{
	struct worker *w = ptr;
	struct server *s = w->server;

	dialogue_serve(&w->task);
	free(w);
	pthread_mutex_lock(&s->lock);
	s->active--;
	s->finished++;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void serve(struct server *s, int fd)
{
	struct worker *w = octets_alloc(sizeof *w);
	pthread_attr_t attr;
	pthread_t thread;
	int one = 1;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	set_number(fd, SO_SNDBUF, s->options.sndbuf);
	w->server = s;
	w->task.fd = fd;
	w->task.conn = ++s->conns;
	w->task.options = &s->options;
	w->task.tls = s->tls;
	w->task.record = s->record;
	pthread_mutex_lock(&s->lock);
	s->active++;
	pthread_mutex_unlock(&s->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, work, w) != 0)
		octets_die("no thread");
	pthread_attr_destroy(&attr);
}

static unsigned long count(struct server *s, const unsigned long *what)
{
	unsigned long n;

	pthread_mutex_lock(&s->lock);
	n = *what;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static bool is_time_to_end(struct server *s, time_t until, pid_t parent)
{
	unsigned long most = (unsigned long)s->options.connections;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (terminated || now.tv_sec >= until)
		return true;
	if (!s->options.ignore_parent && getppid() != parent)
		return true;
	return most > 0 && count(s, &s->finished) >= most;
}

static void accept_all(struct server *s, pid_t parent)
{
	unsigned long most = (unsigned long)s->options.connections;
	struct timespec now;
	time_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec + s->options.lifetime;
	while (!is_time_to_end(s, until, parent)) {
		bool full = most > 0 && s->conns >= most;
		nfds_t n = full || s->options.black_hole ? 0 : s->listeners_n;

		if (poll(s->listeners, n, TICK_MS) <= 0)
			continue;
		for (nfds_t i = 0; i < n; i++) {
			int fd = -1;

			if (s->listeners[i].revents)
				fd = accept(s->listeners[i].fd, NULL, NULL);
			if (fd >= 0)
				serve(s, fd);
		}
	}
}

/* Ends every connection, and waits a little for the threads. */
static bool stop(struct server *s)
{
	struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};

	transport_stop();
	for (int i = 0; i < LAST_MOMENTS && count(s, &s->active) > 0; i++)
		nanosleep(&tick, NULL);
	return count(s, &s->active) == 0;
}

static void release(struct server *s)
{
	for (nfds_t i = 0; i < s->listeners_n; i++)
		close(s->listeners[i].fd);
	for (size_t i = 0; i < s->options.bind.n; i++)
		if (strncmp(s->options.bind.items[i], "unix:", 5) == 0)
			unlink(s->options.bind.items[i] + 5);
	transport_credentials_release(s->tls);
	record_close(s->record);
	options_release(&s->options);
	gnutls_global_deinit();
}

int main(int argc, char **argv)
{
	static struct server s;
	struct sigaction act = {.sa_handler = on_signal};
	pid_t parent = getppid();
	bool ok = true;

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	pthread_mutex_init(&s.lock, NULL);
	if (!options_parse(&s.options, argc, argv))
		return 64;
	s.tls = transport_credentials(&s.options, &ok);
	s.record = record_open(s.options.record);
	if (!ok || !s.record || !open_listeners(&s) || !tell_port(&s))
		return 78;
	accept_all(&s, parent);
	if (stop(&s))
		release(&s);
	return 0;
}
