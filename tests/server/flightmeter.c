/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * flightmeter.c - a relay that counts round trips, or makes them slow
 *
 * Stands between a client and a server on loopback, one connection at a time.
 * Counting: what one side says is held until that side has been silent for a
 * few milliseconds, then passed on as one flight; each server flight that the
 * client waited for is a round trip, and connecting is one.  Slowing: every
 * octet takes the given time each way, the TCP handshake included.
 * It changes no octet, and needs no privilege. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_ROOM = 65536, TICK_MS = 50, QUIET_MS = 10, NEVER = -1 };

struct chunk {
	struct chunk *next;
	long long due; /* microseconds; NEVER: held until there is silence */
	size_t n;
	size_t sent;
	char data[];
};

/* One direction. */
struct way {
	int from;
	int to;
	struct chunk *head;
	struct chunk *tail;
	long long last_arrival;
	size_t held; /* octets whose chunk is not due yet, when counting */
	bool ended;  /* nothing more will be read */
	bool closed; /* nothing more will be sent */
	bool stuck;  /* the socket takes no more now */
};

struct meter {
	long to_port;
	long delay_ms;
	long quiet_ms;
	const char *port_file;
	const char *count_file;
	const char *log_file;
	long lifetime;
	pid_t parent;
	long long until;
	int listener;
	FILE *log;

	struct way up;       /* from the client to the server */
	struct way down;     /* from the server to the client */
	long long connected; /* when the client would be connected */
	unsigned long flights;
	bool asked; /* the client has spoken since the last flight */
};

static volatile sig_atomic_t terminated;

static void on_signal(int number)
{
	(void)number;
	terminated = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "flightmeter: %s: %s\n", what, strerror(errno));
	exit(70);
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static bool is_counting(const struct meter *m)
{
	return m->count_file != NULL;
}

static bool is_time_to_end(const struct meter *m)
{
	return terminated || now_us() >= m->until || getppid() != m->parent;
}

static void loopback(struct sockaddr_in *address, long port)
{
	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_port = htons((in_port_t)port);
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void set_fast(int fd)
{
	int one = 1;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void listen_and_tell(struct meter *m)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	char draft[1024];
	FILE *f;

	loopback(&address, 0);
	m->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (m->listener < 0 ||
	    bind(m->listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(m->listener, 16) != 0 ||
	    getsockname(m->listener, (struct sockaddr *)&address, &len) != 0)
		die("listen");
	snprintf(draft, sizeof draft, "%s.new", m->port_file);
	f = fopen(draft, "w");
	if (!f || fprintf(f, "%u\n", ntohs(address.sin_port)) < 0 ||
	    fclose(f) != 0 || rename(draft, m->port_file) != 0)
		die(m->port_file);
}

/* When octets that arrive now may leave again. */
static long long due_time(
    const struct meter *m, const struct way *w, long long now)
{
	if (is_counting(m))
		return NEVER;
	if (w == &m->up && now < m->connected)
		now = m->connected;
	return now + m->delay_ms * 1000;
}

static void read_way(struct meter *m, struct way *w)
{
	struct chunk *c = malloc(sizeof *c + READ_ROOM);
	ssize_t n;

	if (!c)
		die("memory");
	n = recv(w->from, c->data, READ_ROOM, 0);
	if (n <= 0) {
		free(c);
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			w->ended = true;
		return;
	}
	w->last_arrival = now_us();
	c->next = NULL;
	c->due = due_time(m, w, w->last_arrival);
	c->n = (size_t)n;
	c->sent = 0;
	if (w->tail)
		w->tail->next = c;
	else
		w->head = c;
	w->tail = c;
	if (c->due == NEVER)
		w->held += c->n;
}

static void count(struct meter *m, const struct way *w)
{
	bool down = w == &m->down;

	if (m->log) {
		fprintf(m->log, "%c %zu\n", down ? 'S' : 'C', w->held);
		fflush(m->log);
	}
	if (!down) {
		m->asked = true;
	} else if (m->asked && !m->up.ended) {
		/* Behind its own end the client waits for nothing. */
		m->flights++;
		m->asked = false;
	}
}

/* Counting: after silence, all that is held becomes one flight. */
static void release_flight(struct meter *m, struct way *w)
{
	long long now = now_us();

	if (w->held == 0)
		return;
	if (!w->ended && now - w->last_arrival < m->quiet_ms * 1000)
		return;
	count(m, w);
	for (struct chunk *c = w->head; c; c = c->next)
		if (c->due == NEVER)
			c->due = now + m->delay_ms * 1000;
	w->held = 0;
}

static void write_way(struct way *w)
{
	w->stuck = false;
	while (w->head && w->head->due != NEVER && w->head->due <= now_us()) {
		struct chunk *c = w->head;
		ssize_t n = send(
		    w->to, c->data + c->sent, c->n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			w->stuck = true;
			return;
		}
		if (n < 0 && errno != EINTR) {
			w->ended = w->closed = true;
			return;
		}
		c->sent += n > 0 ? (size_t)n : 0;
		if (c->sent < c->n)
			continue;
		w->head = c->next;
		if (!w->head)
			w->tail = NULL;
		free(c);
	}
	if (w->ended && !w->head && !w->closed) {
		shutdown(w->to, SHUT_WR);
		w->closed = true;
	}
}

/* Milliseconds until something has to be done for this direction. */
static int patience(const struct meter *m, const struct way *w)
{
	long long at = LLONG_MAX;
	long long left;

	if (w->head && w->head->due != NEVER && !w->stuck)
		at = w->head->due;
	else if (w->held > 0)
		at = w->last_arrival + m->quiet_ms * 1000;
	if (at == LLONG_MAX)
		return TICK_MS;
	left = (at - now_us() + 999) / 1000;
	if (left < 0)
		return 0;
	return left < TICK_MS ? (int)left : TICK_MS;
}

static int connect_to_server(const struct meter *m)
{
	struct sockaddr_in address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	loopback(&address, m->to_port);
	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		return -1;
	}
	set_fast(fd);
	return fd;
}

static void drop_way(struct way *w)
{
	while (w->head) {
		struct chunk *c = w->head;

		w->head = c->next;
		free(c);
	}
	memset(w, 0, sizeof *w);
}

static void step(struct meter *m)
{
	struct pollfd p[2] = {{.fd = m->up.from}, {.fd = m->down.from}};
	int ms = patience(m, &m->up);
	int other = patience(m, &m->down);

	p[0].events =
	    (short)((m->up.ended ? 0 : POLLIN) | (m->down.stuck ? POLLOUT : 0));
	p[1].events =
	    (short)((m->down.ended ? 0 : POLLIN) | (m->up.stuck ? POLLOUT : 0));
	/* An ended side reports its hang-up for ever: do not listen to it. */
	for (int i = 0; i < 2; i++)
		if (p[i].events == 0)
			p[i].fd = -1;
	poll(p, 2, ms < other ? ms : other);
	if (p[0].revents)
		read_way(m, &m->up);
	if (p[1].revents)
		read_way(m, &m->down);
	if (is_counting(m)) {
		release_flight(m, &m->up);
		release_flight(m, &m->down);
	}
	write_way(&m->up);
	write_way(&m->down);
}

static void tell_count(const struct meter *m)
{
	FILE *f;

	if (!is_counting(m))
		return;
	f = fopen(m->count_file, "a");
	if (!f || fprintf(f, "%lu\n", m->flights + 1) < 0 || fclose(f) != 0)
		die(m->count_file);
}

/* Waits as long as SYN, SYN-ACK and ACK would take to reach the server. */
static void wait_for_handshake(struct meter *m, long long accepted)
{
	long long until = accepted + 3 * m->delay_ms * 1000;

	m->connected = accepted + 2 * m->delay_ms * 1000;
	while (now_us() < until && !is_time_to_end(m)) {
		struct timespec ms = {.tv_nsec = 500000};

		nanosleep(&ms, NULL);
	}
}

static void relay(struct meter *m, int client)
{
	int server;

	wait_for_handshake(m, now_us());
	server = connect_to_server(m);
	if (server < 0) {
		close(client);
		return;
	}
	set_fast(client);
	m->up.from = m->down.to = client;
	m->up.to = m->down.from = server;
	m->flights = 0;
	m->asked = true; /* the client waits for the greeting */
	while (!is_time_to_end(m) && !(m->up.closed && m->down.closed))
		step(m);
	tell_count(m);
	drop_way(&m->up);
	drop_way(&m->down);
	close(client);
	close(server);
}

static void serve(struct meter *m)
{
	while (!is_time_to_end(m)) {
		struct pollfd p = {.fd = m->listener, .events = POLLIN};
		int client;

		if (poll(&p, 1, TICK_MS) <= 0)
			continue;
		client = accept(m->listener, NULL, NULL);
		if (client >= 0)
			relay(m, client);
	}
}

static bool take_option(struct meter *m, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
		long *number;
	} table[] = {
	    {"--listen-port-file", &m->port_file, NULL},
	    {"--to", NULL, &m->to_port},
	    {"--delay-ms", NULL, &m->delay_ms},
	    {"--quiet-ms", NULL, &m->quiet_ms},
	    {"--count-file", &m->count_file, NULL},
	    {"--log", &m->log_file, NULL},
	    {"--lifetime", NULL, &m->lifetime},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (table[i].text)
			*table[i].text = value;
		else
			*table[i].number = strtol(value, NULL, 10);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct meter m = {.quiet_ms = QUIET_MS, .lifetime = 120};
	struct sigaction act = {.sa_handler = on_signal};
	bool good = argc % 2 == 1;

	m.parent = getppid();
	for (int i = 1; i + 1 < argc; i += 2)
		good = take_option(&m, argv[i], argv[i + 1]) && good;
	if (!good || !m.port_file || m.to_port <= 0 || m.to_port > 65535) {
		fputs("usage: flightmeter --listen-port-file FILE --to PORT\n"
		      "    [--count-file FILE [--quiet-ms N] [--log FILE]]\n"
		      "    [--delay-ms N] [--lifetime SECONDS]\n",
		    stderr);
		return 64;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	m.until = now_us() + m.lifetime * 1000000LL;
	if (m.log_file && !(m.log = fopen(m.log_file, "w")))
		die(m.log_file);
	listen_and_tell(&m);
	serve(&m);
	close(m.listener);
	if (m.log)
		fclose(m.log);
	return 0;
}
