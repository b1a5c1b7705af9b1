/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * net.c - name lookup and Happy Eyeballs (RFC 8305).
 *
 * At most one new attempt every NET_STAGGER_MS while others are under way;
 * the first that connects wins, the rest are closed and stay untried.  It
 * never looks at what a server says, and never blocks but in getaddrinfo()
 * and poll().
 */
#define _GNU_SOURCE /* SOCK_NONBLOCK, SOCK_CLOEXEC */

#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* RFC 8305 section 5: Connection Attempt Delay. */
#define NET_STAGGER_MS 250
/* More addresses than any submission service has. */
#define NET_ADDRESSES_MAX 16
/* How long a cancelled session may stay in poll(). */
#define NET_SLICE_MS 500

struct address {
	struct sockaddr_storage at;
	socklen_t len;
	bool tried;
};

struct net_addresses {
	struct address list[NET_ADDRESSES_MAX];
	size_t count;
	size_t last;    /* the one that connected */
	char name[256]; /* for error texts */
};

/* One attempt under way, index into the list beside it. */
struct attempts {
	struct pollfd poll[NET_ADDRESSES_MAX];
	size_t address[NET_ADDRESSES_MAX];
	size_t count;
	int64_t next_at; /* when another may start */
	int last_errno;
};

/* clang-format off */
static const struct {
	int eai;
	int code;
	enum smtpx_cause cause;
} resolver_errors[] = {
	{ EAI_NONAME,     SMTP_ERR_EAI_NONAME,     Smtpx_CAUSE_NO_HOST },
	{ EAI_NODATA,     SMTP_ERR_EAI_NODATA,     Smtpx_CAUSE_NO_HOST },
	{ EAI_ADDRFAMILY, SMTP_ERR_EAI_ADDRFAMILY, Smtpx_CAUSE_NO_HOST },
	{ EAI_FAIL,       SMTP_ERR_EAI_FAIL,       Smtpx_CAUSE_RESOLVE },
	{ EAI_AGAIN,      SMTP_ERR_EAI_AGAIN,      Smtpx_CAUSE_RESOLVE },
	{ EAI_MEMORY,     SMTP_ERR_EAI_MEMORY,     Smtpx_CAUSE_MEMORY },
	{ EAI_FAMILY,     SMTP_ERR_EAI_FAMILY,     Smtpx_CAUSE_RESOLVE },
	{ EAI_BADFLAGS,   SMTP_ERR_EAI_BADFLAGS,   Smtpx_CAUSE_RESOLVE },
	{ EAI_SERVICE,    SMTP_ERR_EAI_SERVICE,    Smtpx_CAUSE_LOCAL },
	{ EAI_SOCKTYPE,   SMTP_ERR_EAI_SOCKTYPE,   Smtpx_CAUSE_RESOLVE },
};
/* clang-format on */

int64_t net_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void resolver_failed(
    struct smtp_session *session, const char *host, int eai, int errno_value)
{
	char what[400];
	int code = SMTP_ERR_INVAL;
	enum smtpx_cause cause = Smtpx_CAUSE_RESOLVE;

	if (eai == EAI_SYSTEM)
		code = -errno_value;
	for (size_t i = 0;
	     i < sizeof resolver_errors / sizeof resolver_errors[0]; i++) {
		if (resolver_errors[i].eai != eai)
			continue;
		code = resolver_errors[i].code;
		cause = resolver_errors[i].cause;
	}
	snprintf(what, sizeof what, "cannot look up the server %s: %s", host,
	    gai_strerror(eai));
	error_set(&session->error, cause, code, what, NULL);
}

/* A port that is all digits must fit: getaddrinfo() cuts it to 16 bits. */
static bool service_fits(const char *service, bool *numeric)
{
	unsigned long port = 0;

	*numeric = service[0] != '\0';
	for (const char *p = service; *p != '\0'; p++) {
		if (*p < '0' || *p > '9') {
			*numeric = false;
			return true;
		}
		port = port * 10 + (unsigned long)(*p - '0');
		if (port > 65535)
			return false;
	}
	return port > 0;
}

/* Families in turn, each in the resolver's order (RFC 8305 section 4). */
static void interleave(struct net_addresses *a, const struct addrinfo *found)
{
	const struct addrinfo *next[2] = {found, found};
	int first = found->ai_family;

	for (unsigned turn = 0; a->count < NET_ADDRESSES_MAX; turn ^= 1) {
		const struct addrinfo **p = &next[turn];

		while (*p != NULL && ((*p)->ai_family == first) != (turn == 0))
			*p = (*p)->ai_next;
		if (*p == NULL) {
			if (next[turn ^ 1] == NULL)
				return;
			continue;
		}
		memcpy(&a->list[a->count].at, (*p)->ai_addr, (*p)->ai_addrlen);
		a->list[a->count].len = (*p)->ai_addrlen;
		a->count++;
		*p = (*p)->ai_next;
	}
}

static bool resolve_name(struct smtp_session *session,
    const struct server *server, struct net_addresses *a)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	bool numeric;
	int eai;

	if (session->ip_family == 4)
		hints.ai_family = AF_INET;
	else if (session->ip_family == 6)
		hints.ai_family = AF_INET6;
	if (server->host[0] == '\0') {
		resolver_failed(session, "\"\"", EAI_NONAME, 0);
		return false;
	}
	if (!service_fits(server->service, &numeric)) {
		resolver_failed(session, a->name, EAI_SERVICE, 0);
		return false;
	}
	if (numeric)
		hints.ai_flags |= AI_NUMERICSERV;
	errno = 0;
	eai = getaddrinfo(server->host, server->service, &hints, &found);
	if (eai != 0) {
		resolver_failed(session, a->name, eai, errno);
		return false;
	}
	interleave(a, found);
	freeaddrinfo(found);
	return true;
}

static bool take_path(
    struct smtp_session *session, const char *path, struct net_addresses *a)
{
	struct sockaddr_un *local = (void *)&a->list[0].at;
	size_t n = strlen(path);

	if (n >= sizeof local->sun_path) {
		error_set(&session->error, Smtpx_CAUSE_LOCAL, -ENAMETOOLONG,
		    "the path of the Unix socket is too long", path);
		return false;
	}
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, n + 1);
	a->list[0].len = (socklen_t)sizeof *local;
	a->count = 1;
	return true;
}

struct net_addresses *net_resolve(
    struct smtp_session *session, const struct server *server)
{
	struct net_addresses *a = calloc(1, sizeof *a);
	bool done;

	if (a == NULL) {
		error_set(&session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
		    "out of memory", NULL);
		return NULL;
	}
	if (server->path != NULL) {
		snprintf(a->name, sizeof a->name, "%s", server->path);
		done = take_path(session, server->path, a);
	} else {
		snprintf(a->name, sizeof a->name, "%s port %s", server->host,
		    server->service);
		done = resolve_name(session, server, a);
	}
	if (!done) {
		net_addresses_free(a);
		return NULL;
	}
	return a;
}

void net_addresses_free(struct net_addresses *a)
{
	free(a);
}

void net_again(struct net_addresses *a)
{
	a->list[a->last].tried = false;
}

/* false: errno says why this family cannot use the source address. */
static bool bind_source(int fd, const char *source, int family)
{
	struct addrinfo hints = {.ai_family = family,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_PASSIVE};
	struct addrinfo *found = NULL;
	int rc;

	if (getaddrinfo(source, NULL, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	rc = bind(fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return rc == 0;
}

/* A connecting, or connected, socket; -1: errno says why not. */
static int start_attempt(
    const struct smtp_session *session, const struct address *address)
{
	int family = address->at.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int saved;

	if (fd < 0)
		return -1;
	/* A flight leaves at once: Nagle's algorithm costs 40 ms each. */
	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (family != AF_UNIX && session->source_address != NULL &&
	    !bind_source(fd, session->source_address, family))
		goto fail;
	if (connect(fd, (const void *)&address->at, address->len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static struct address *next_untried(
    struct net_addresses *a, const struct attempts *t)
{
	for (size_t i = 0; i < a->count; i++) {
		bool under_way = false;

		for (size_t k = 0; k < t->count; k++)
			under_way = under_way || t->address[k] == i;
		if (!a->list[i].tried && !under_way)
			return &a->list[i];
	}
	return NULL;
}

/* Starts attempts until one is under way; true while there is hope. */
static bool keep_trying(const struct smtp_session *session,
    struct net_addresses *a, struct attempts *t)
{
	struct address *next;
	int64_t now = net_now();

	while ((t->count == 0 || now >= t->next_at) &&
	       (next = next_untried(a, t)) != NULL) {
		int fd = start_attempt(session, next);

		if (fd < 0) {
			t->last_errno = errno;
			next->tried = true;
			continue;
		}
		t->poll[t->count].fd = fd;
		t->poll[t->count].events = POLLOUT;
		t->address[t->count] = (size_t)(next - a->list);
		t->count++;
		t->next_at = now + NET_STAGGER_MS;
		break;
	}
	return t->count > 0;
}

static void drop_attempt(struct attempts *t, size_t k)
{
	t->count--;
	t->poll[k] = t->poll[t->count];
	t->address[k] = t->address[t->count];
}

/* A connected socket, or -1: those that failed are dropped. */
static int first_connected(struct net_addresses *a, struct attempts *t)
{
	for (size_t k = 0; k < t->count;) {
		int fd = t->poll[k].fd;
		int problem = 0;
		socklen_t n = sizeof problem;

		if (t->poll[k].revents == 0) {
			k++;
			continue;
		}
		a->list[t->address[k]].tried = true;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &n);
		if (problem == 0) {
			a->last = t->address[k];
			drop_attempt(t, k);
			return fd;
		}
		t->last_errno = problem;
		close(fd);
		drop_attempt(t, k);
		t->next_at = 0; /* a failure starts the next at once */
	}
	return -1;
}

/* Waits for news until the deadline; false: it passed. */
static bool wait_for_news(
    struct net_addresses *a, struct attempts *t, int64_t deadline)
{
	int64_t now = net_now();
	int64_t until = now + NET_SLICE_MS;

	if (deadline > 0 && now >= deadline)
		return false;
	if (next_untried(a, t) != NULL && t->next_at < until)
		until = t->next_at;
	if (deadline > 0 && deadline < until)
		until = deadline;
	for (size_t k = 0; k < t->count; k++)
		t->poll[k].revents = 0;
	poll(t->poll, (nfds_t)t->count, until > now ? (int)(until - now) : 0);
	return true;
}

static void connect_failed(struct smtp_session *session,
    const struct net_addresses *a, int errno_value)
{
	char what[480], why[128];

	net_error_text(errno_value, why, sizeof why);
	snprintf(what, sizeof what, "cannot connect to %s: %s", a->name, why);
	error_set(&session->error,
	    errno_value == ECANCELED ? Smtpx_CAUSE_CANCELLED
				     : Smtpx_CAUSE_CONNECT,
	    errno_value == ETIMEDOUT ? SMTP_ERR_DROPPED_CONNECTION
				     : -errno_value,
	    what, NULL);
}

int net_connect(struct smtp_session *session, struct net_addresses *a,
    int64_t deadline, char *text)
{
	struct attempts t = {.last_errno = 0};
	int fd = -1;

	while (fd < 0 && keep_trying(session, a, &t)) {
		if (atomic_load(&session->cancelled)) {
			t.last_errno = ECANCELED;
			break;
		}
		if (!wait_for_news(a, &t, deadline)) {
			t.last_errno = ETIMEDOUT;
			for (size_t k = 0; k < t.count; k++)
				a->list[t.address[k]].tried = true;
			break;
		}
		fd = first_connected(a, &t);
	}
	for (size_t k = 0; k < t.count; k++)
		close(t.poll[k].fd);
	if (fd < 0) {
		if (t.last_errno != 0)
			connect_failed(session, a, t.last_errno);
		return -1;
	}
	net_address_text(
	    (const void *)&a->list[a->last].at, text, NET_TEXT_MAX);
	return fd;
}
