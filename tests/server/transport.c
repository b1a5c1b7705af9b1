/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * transport.c - one connection's octets, in clear or under TLS
 *
 * The only code that sends and receives.  Output is held back until there is
 * no input left, then it leaves in one send; each such turn is a flight.
 * Waits are cut into short slices so that the program can always end.
 * RFC 2920 3.2 (answer a group as one), RFC 8446, RFC 3207. */

#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "secure.h"

enum {
	SLICE_MS = 50,
	READ_ROOM = 256 * 1024,
	RECORD_MAX = 16 * 1024,
	GOODBYE_MS = 2000 /* how long we listen after our own end */
};

static atomic_bool stopping;

void transport_stop(void)
{
	atomic_store(&stopping, true);
}

bool transport_stopped(void)
{
	return atomic_load(&stopping);
}

void transport_init(struct transport *t, int fd, const struct options *o)
{
	memset(t, 0, sizeof *t);
	t->fd = fd;
	t->options = o;
	t->wire_limit = SIZE_MAX;
}

void transport_release(struct transport *t)
{
	if (t->tls)
		gnutls_deinit(t->tls);
	t->tls = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	octets_release(&t->in);
	octets_release(&t->raw);
	octets_release(&t->out);
	octets_release(&t->wire);
}

static bool wait_for(struct transport *t, short events, int ms)
{
	struct pollfd p = {.fd = t->fd, .events = events};

	return poll(&p, 1, ms) > 0;
}

/* Sends what is in wire, all of it or until the connection breaks. */
static void send_wire(struct transport *t)
{
	while (octets_len(&t->wire) > 0 && !t->broken) {
		size_t n = octets_len(&t->wire);
		ssize_t sent;

		if (n > t->wire_limit)
			n = t->wire_limit;
		sent = n == 0 ? 0
		              : send(t->fd, octets_head(&t->wire), n,
				    MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			if (!wait_for(t, POLLOUT, SLICE_MS) &&
			    transport_stopped())
				t->broken = true;
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			t->broken = true;
			break;
		}
		t->spoke = true;
		octets_take(&t->wire, (size_t)sent);
		if (t->wire_limit != SIZE_MAX)
			t->wire_limit -= (size_t)sent;
		if (t->wire_limit == 0)
			transport_drop(t);
	}
	if (t->broken)
		octets_clear(&t->wire);
}

static void seal(struct transport *t)
{
	while (octets_len(&t->out) > 0 && !t->broken) {
		size_t n = octets_len(&t->out);
		ssize_t done;

		if (!t->tls) {
			octets_add(&t->wire, octets_head(&t->out), n);
			octets_clear(&t->out);
			return;
		}
		if (n > RECORD_MAX)
			n = RECORD_MAX;
		done = gnutls_record_send(t->tls, octets_head(&t->out), n);
		if (done == GNUTLS_E_AGAIN || done == GNUTLS_E_INTERRUPTED)
			continue;
		if (done < 0) {
			t->broken = true;
			break;
		}
		octets_take(&t->out, (size_t)done);
	}
	if (t->broken)
		octets_clear(&t->out);
}

void transport_flush(struct transport *t)
{
	seal(t);
	send_wire(t);
}

/* Reads what the socket has now into *to.  false: nothing was there. */
static bool receive_now(struct transport *t, struct octets *to)
{
	ssize_t n;

	if (t->ended || t->broken)
		return false;
	n = recv(t->fd, octets_reserve(to, READ_ROOM), READ_ROOM, 0);
	if (n > 0) {
		octets_grew(to, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	t->ended = true;
	if (n < 0) {
		t->broken = true;
		record_remark(
		    t->record, t->conn, "client reset the connection");
	}
	return false;
}

/* The client must move now: sends everything, counts the flight, waits. */
static void wait_turn(struct transport *t)
{
	if (t->options->settle_ms > 0 &&
	    wait_for(t, POLLIN, (int)t->options->settle_ms))
		return;
	if (!t->hold) {
		transport_flush(t);
		if (t->spoke)
			t->flights++;
		t->spoke = false;
	}
	while (!t->broken && !wait_for(t, POLLIN, SLICE_MS)) {
		if (transport_stopped()) {
			t->ended = true;
			return;
		}
	}
}

/* One receive, waiting for it if need be.  false: the end. */
static bool receive(struct transport *t, struct octets *to)
{
	while (!receive_now(t, to)) {
		if (t->ended || t->broken)
			return false;
		wait_turn(t);
	}
	return true;
}

static ssize_t pull(gnutls_transport_ptr_t ptr, void *data, size_t n)
{
	struct transport *t = ptr;

	if (octets_len(&t->raw) == 0 && !receive_now(t, &t->raw)) {
		if (t->ended)
			return 0;
		gnutls_transport_set_errno(t->tls, EAGAIN);
		return -1;
	}
	if (n > octets_len(&t->raw))
		n = octets_len(&t->raw);
	memcpy(data, octets_head(&t->raw), n);
	octets_take(&t->raw, n);
	return (ssize_t)n;
}

static ssize_t push(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	struct transport *t = ptr;

	octets_add(&t->wire, data, n);
	return (ssize_t)n;
}

static int pull_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
	struct transport *t = ptr;

	(void)ms;
	return octets_len(&t->raw) > 0 || t->ended;
}

void transport_attach(struct transport *t)
{
	gnutls_transport_set_ptr(t->tls, t);
	gnutls_transport_set_pull_function(t->tls, pull);
	gnutls_transport_set_push_function(t->tls, push);
	gnutls_transport_set_pull_timeout_function(t->tls, pull_timeout);
}

/* One record.  1: input was added, 0: none yet, -1: no more ever. */
static int open_record(struct transport *t)
{
	ssize_t n;

	n = gnutls_record_recv(
	    t->tls, octets_reserve(&t->in, RECORD_MAX), RECORD_MAX);
	if (n > 0) {
		octets_grew(&t->in, (size_t)n);
		return 1;
	}
	if (n == GNUTLS_E_AGAIN)
		return octets_len(&t->raw) > 0 ? 1 : 0;
	if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return 1;
	if (n == GNUTLS_E_REHANDSHAKE)
		record_violation(
		    t->record, t->conn, "the client renegotiates TLS");
	else if (n == 0)
		t->said_goodbye = true;
	else if (n != GNUTLS_E_PREMATURE_TERMINATION)
		record_remark(
		    t->record, t->conn, "TLS: %s", gnutls_strerror((int)n));
	t->ended = true;
	return -1;
}

static bool fill_once(struct transport *t, bool wait)
{
	size_t before = octets_len(&t->in);
	int got;

	if (!t->tls)
		return wait ? receive(t, &t->in) : receive_now(t, &t->in);
	while ((got = open_record(t)) >= 0) {
		if (octets_len(&t->in) > before)
			return true;
		if (got == 0 && (!wait || !receive(t, &t->raw)))
			return false;
	}
	return false;
}

bool transport_fill(struct transport *t)
{
	size_t before = octets_len(&t->in);
	bool filled = !t->broken && (!t->ended || t->tls) && fill_once(t, true);

	if (filled && t->options->dump_raw)
		record_octets(t->record, t->conn, octets_head(&t->in) + before,
		    octets_len(&t->in) - before);
	return filled;
}

bool transport_pending(struct transport *t)
{
	bool filled;

	if (octets_len(&t->in) > 0)
		return true;
	if (t->ended || t->broken)
		return false;
	if (t->options->settle_ms > 0)
		wait_for(t, POLLIN, (int)t->options->settle_ms);
	filled = fill_once(t, false);
	if (filled && t->options->dump_raw)
		record_octets(t->record, t->conn, octets_head(&t->in),
		    octets_len(&t->in));
	return filled;
}

void transport_await(struct transport *t)
{
	/* The answer may be here before anybody waits for it. */
	if (t->spoke)
		t->flights++;
	t->spoke = false;
	if (octets_len(&t->raw) == 0)
		receive(t, &t->raw);
}

/* One step of a handshake that has to wait.  false: nobody comes. */
bool transport_handshake_wait(struct transport *t)
{
	return octets_len(&t->raw) > 0 || receive(t, &t->raw);
}

void transport_write(struct transport *t, const void *data, size_t n)
{
	if (!t->broken)
		octets_add(&t->out, data, n);
}

void transport_write_wire(struct transport *t, const void *data, size_t n)
{
	transport_flush(t);
	octets_add(&t->wire, data, n);
	send_wire(t);
}

void transport_drop(struct transport *t)
{
	if (t->fd >= 0)
		shutdown(t->fd, SHUT_RDWR);
	t->broken = true;
	t->ended = true;
}

void transport_reset(struct transport *t)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close(t->fd);
	t->fd = -1;
	t->broken = true;
	t->ended = true;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* After our end: reads and forgets until the client's own end. */
static void drain(struct transport *t)
{
	long until = now_ms() + GOODBYE_MS;

	/* What has come already is read even when this server is to stop. */
	while (!t->broken && now_ms() < until) {
		octets_clear(&t->in);
		if (fill_once(t, false))
			continue;
		if (t->ended || transport_stopped())
			break;
		wait_for(t, POLLIN, SLICE_MS);
	}
}

void transport_close(struct transport *t)
{
	if (t->fd < 0 || t->broken)
		return;
	transport_flush(t);
	if (t->spoke)
		t->flights++;
	t->spoke = false;
	if (t->tls) {
		gnutls_bye(t->tls, GNUTLS_SHUT_WR);
		send_wire(t);
	}
	shutdown(t->fd, SHUT_WR);
	drain(t);
	if (t->tls)
		record_remark(t->record, t->conn, "closed %s close_notify",
		    t->said_goodbye ? "with" : "without");
	t->broken = true;
	t->ended = true;
}

void transport_sleep(struct transport *t, long ms)
{
	long until = ms < 0 ? 0 : now_ms() + ms;
	char peek;

	while (!t->broken && !transport_stopped()) {
		long left = until - now_ms();
		struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};

		if (ms >= 0 && left <= 0)
			return;
		if (ms >= 0 && left < SLICE_MS)
			slice.tv_nsec = left * 1000000L;
		if (ms < 0 &&
		    recv(t->fd, &peek, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
			return;
		nanosleep(&slice, NULL);
	}
}
