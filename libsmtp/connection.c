/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * connection.c - the poll loop around one engine.
 *
 * Everything that can be done without waiting is done first, what the server
 * said before what we say; then one poll() until an absolute deadline.  A
 * wait begins anew with each reply and with each octet that left, not with
 * each octet that came: a server that trickles gains nothing.  Bytes
 * behind the reply to STARTTLS never reach the TLS layer.
 */
#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts.h"
#include "net.h"
#include "sasl.h"
#include "tls.h"

/* One recv(): several replies, or one TLS record with room to spare. */
#define INPUT_SIZE 32768
/* Sealed output under way: a chunk of the engine's and its records. */
#define SEALED_MAX (128 * 1024)
/* How long a cancelled session may stay in poll(). */
#define SLICE_MS 500

struct connection {
	struct smtp_session *session;
	struct connection_settings settings;
	struct engine *engine; /* NULL until implicit TLS is up */
	struct tls *tls;       /* NULL: clear text */
	bool handshaking;
	bool blocked;      /* the socket takes nothing now */
	bool closed;       /* the server's end */
	bool over;         /* no engine will come of this */
	bool announced;    /* SMTP_EV_CONNECT has been fired */
	struct buf input;  /* from the server, as it came */
	struct buf plain;  /* opened */
	struct buf sealed; /* to the server, TLS only */
	struct engine_settings engine_settings;
	int64_t wait_since;
	unsigned long progress; /* the engine's, at the last wait */
};

static void fire(struct smtp_session *session, int event)
{
	if (session->event != NULL)
		session->event(session, event, session->event_arg);
}

/* The engine settles its recipients; without one there is nothing to settle
 * that session.c would not. */
static void out_of_memory(struct connection *c)
{
	if (c->engine != NULL) {
		engine_io_error(c->engine, ENOMEM);
		return;
	}
	error_set(&c->session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
	    "out of memory", NULL);
	c->over = true;
}

static void io_failed(struct connection *c, int errno_value)
{
	char why[128];

	if (c->engine != NULL) {
		engine_io_error(c->engine, errno_value);
		return;
	}
	net_error_text(errno_value, why, sizeof why);
	error_set(&c->session->error, Smtpx_CAUSE_TLS,
	    SMTP_ERR_DROPPED_CONNECTION,
	    "the connection broke during the TLS handshake", why);
	c->over = true;
}

/* The server's octets, into input.  true: something came. */
static bool receive(struct connection *c)
{
	unsigned char *room = buf_reserve(&c->input, INPUT_SIZE);
	ssize_t n;

	/* There is always room: what came before was taken. */
	if (room == NULL) {
		out_of_memory(c);
		return false;
	}
	do
		n = recv(c->settings.fd, room, INPUT_SIZE, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		buf_commit(&c->input, (size_t)n);
		return true;
	}
	if (n == 0)
		c->closed = true;
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		io_failed(c, errno);
	return n == 0;
}

/* As much as the socket takes; the number of octets it took. */
static size_t transmit(struct connection *c, const void *data, size_t n)
{
	ssize_t sent;

	if (n == 0 || c->blocked)
		return 0;
	do
		sent = send(c->settings.fd, data, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
		io_failed(c, errno);
		return 0;
	}
	c->blocked = sent < (ssize_t)n;
	if (sent <= 0)
		return 0;
	c->wait_since = net_now();
	return (size_t)sent;
}

static void flush_sealed(struct connection *c)
{
	size_t n = transmit(c, buf_head(&c->sealed), c->sealed.len);

	buf_consume(&c->sealed, n);
}

static void sasl_begin(struct connection *c)
{
	struct sasl_connection facts = {.host = c->settings.server->host,
	    .tls = c->tls,
	    .local_trust = c->engine_settings.local_trust,
	    .tls_verified = c->tls != NULL && tls_verified(c->tls)};

	if (c->session->login != NULL)
		sasl_connected(c->session->login, &facts);
}

static bool keep_fact(char **fact, const char *value)
{
	free(*fact);
	*fact = value == NULL ? NULL : strdup(value);
	return value == NULL || *fact != NULL;
}

static void tls_up(struct connection *c)
{
	c->handshaking = false;
	c->session->fact_tls_verified = tls_verified(c->tls);
	if (!keep_fact(&c->session->fact_tls_version, tls_version(c->tls)) ||
	    !keep_fact(&c->session->fact_tls_cipher, tls_cipher(c->tls)))
		out_of_memory(c);
	sasl_begin(c);
}

static void start_engine(struct connection *c)
{
	if (!facts_gather(
		c->session, c->settings.fd, &c->engine_settings.facts)) {
		c->over = true;
		return;
	}
	c->engine = engine_new(c->session, &c->engine_settings);
	if (c->engine == NULL)
		out_of_memory(c);
}

static void handshake_failed(struct connection *c)
{
	if (c->engine != NULL)
		engine_tls_done(c->engine, false, false);
	else
		c->over = true;
	c->handshaking = false;
}

/* One turn of the handshake; true: it moved. */
static bool shake(struct connection *c)
{
	size_t before = c->input.len;

	switch (tls_handshake(c->tls, &c->input, &c->sealed)) {
	case TLS_AGAIN:
		if (c->closed)
			io_failed(c, ECONNRESET);
		return c->input.len < before;
	case TLS_DONE:
		tls_up(c);
		c->engine_settings.tls_active = true;
		c->engine_settings.tls_verified = tls_verified(c->tls);
		if (c->engine == NULL)
			start_engine(c);
		else
			engine_tls_done(c->engine, true, tls_verified(c->tls));
		return true;
	default:
		handshake_failed(c);
		return true;
	}
}

/* libESMTP's event for a required TLS that this side cannot bring up. */
static void tls_is_unusable(struct connection *c)
{
	struct smtp_session *s = c->session;

	if (s->event != NULL && c->engine_settings.tls == Smtpx_TLS_STARTTLS)
		s->event(s, SMTP_EV_EXTNA_STARTTLS, s->event_arg, (void *)NULL);
}

/* The clear-text buffer, and the socket, must hold nothing behind the 220. */
static void begin_starttls(struct connection *c)
{
	char octet;

	if (c->input.len > 0 || recv(c->settings.fd, &octet, 1, MSG_PEEK) > 0) {
		error_set(&c->session->error, Smtpx_CAUSE_TLS,
		    SMTP_ERR_INVALID_RESPONSE_SYNTAX,
		    "the server sent something in the clear behind its reply "
		    "to STARTTLS: an attack, or a broken server",
		    NULL);
		engine_tls_done(c->engine, false, false);
		return;
	}
	c->tls = tls_new(c->session, c->settings.server->host);
	if (c->tls == NULL) {
		tls_is_unusable(c);
		engine_tls_done(c->engine, false, false);
		return;
	}
	c->handshaking = true;
}

/* Hands what came to the engine; true: there was something. */
static bool feed(struct connection *c)
{
	struct buf *from = c->tls == NULL ? &c->input : &c->plain;
	enum tls_state state = TLS_AGAIN;
	bool moved;

	if (c->tls != NULL)
		state = tls_open(c->tls, &c->input, &c->plain);
	moved = from->len > 0;
	if (moved)
		engine_feed(c->engine, buf_head(from), from->len);
	buf_clear(from);
	if (state == TLS_FAILED)
		engine_io_error(c->engine, EPROTO);
	else if (state == TLS_CLOSED || (c->closed && !moved))
		engine_eof(c->engine, c->tls == NULL || state == TLS_CLOSED);
	return moved;
}

/* Moves the engine's output to the socket; true: something moved. */
static bool drain(struct connection *c)
{
	size_t n;
	const unsigned char *data = engine_out(c->engine, &n);
	long taken;

	if (c->tls == NULL) {
		n = transmit(c, data, n);
		engine_sent(c->engine, n);
		return n > 0;
	}
	if (n == 0 || c->sealed.len > 0)
		return false;
	taken = tls_seal(c->tls, data, n, &c->sealed);
	if (taken < 0) {
		engine_io_error(c->engine, EPROTO);
		return false;
	}
	engine_sent(c->engine, (size_t)taken);
	return taken > 0;
}

/* One step without waiting; true: another one may be possible. */
static bool step(struct connection *c)
{
	bool moved;

	if (c->handshaking) {
		moved = shake(c);
		flush_sealed(c);
		return moved && !c->over;
	}
	if (c->engine == NULL)
		return false;
	moved = feed(c);
	if (engine_wants(c->engine) & ENGINE_TLS) {
		begin_starttls(c);
		return true;
	}
	if (engine_wants(c->engine) & ENGINE_WRITE)
		moved = drain(c) || moved;
	flush_sealed(c);
	return moved && !(engine_wants(c->engine) & ENGINE_CLOSE);
}

static bool finished(const struct connection *c)
{
	size_t n = 0;

	if (c->over)
		return true;
	if (c->engine == NULL || c->handshaking)
		return false;
	if (!(engine_wants(c->engine) & ENGINE_CLOSE))
		return false;
	engine_out(c->engine, &n);
	return (n == 0 && c->sealed.len == 0) || c->blocked || c->closed;
}

static int64_t wait_deadline(struct connection *c)
{
	long patience = c->engine == NULL
	                    ? c->session->timeouts[Timeout_GREETING]
	                    : engine_patience(c->engine);
	int64_t deadline = c->wait_since + patience;

	if (c->settings.deadline > 0 && c->settings.deadline < deadline)
		deadline = c->settings.deadline;
	return deadline;
}

static void time_is_over(struct connection *c)
{
	if (c->engine != NULL) {
		engine_timeout(c->engine);
		c->closed = c->closed || c->handshaking;
		c->handshaking = false;
		return;
	}
	error_set(&c->session->error, Smtpx_CAUSE_TIMEOUT,
	    SMTP_ERR_DROPPED_CONNECTION,
	    "the server did not finish the TLS handshake in time", NULL);
	c->over = true;
}

/* Waits once for the socket, and receives. */
static void wait_and_receive(struct connection *c)
{
	struct pollfd p = {.fd = c->settings.fd, .events = POLLIN};
	int64_t now = net_now();
	int64_t deadline;

	if (c->engine != NULL && engine_progress(c->engine) != c->progress) {
		c->progress = engine_progress(c->engine);
		c->wait_since = now;
	}
	deadline = wait_deadline(c);
	if (now >= deadline) {
		time_is_over(c);
		return;
	}
	if (deadline - now > SLICE_MS)
		deadline = now + SLICE_MS;
	if (c->blocked)
		p.events |= POLLOUT;
	if (poll(&p, 1, (int)(deadline - now)) <= 0)
		return;
	if (p.revents & (POLLOUT | POLLERR | POLLHUP))
		c->blocked = false;
	if (p.revents & (POLLIN | POLLERR | POLLHUP))
		receive(c);
}

static void cancel(struct connection *c)
{
	if (c->engine != NULL)
		engine_cancel(c->engine);
	else
		error_set(&c->session->error, Smtpx_CAUSE_CANCELLED, -ECANCELED,
		    "cancelled", NULL);
	c->over = true;
}

/* It waits for the program, not for the server. */
static bool paused(const struct connection *c)
{
	return !c->over && c->engine != NULL &&
	       engine_wants(c->engine) == ENGINE_PAUSE;
}

static void converse(struct connection *c)
{
	while (!finished(c)) {
		while (step(c))
			;
		if (finished(c) || paused(c))
			break;
		if (atomic_load(&c->session->cancelled))
			cancel(c);
		else
			wait_and_receive(c);
	}
}

/* Implicit TLS never came up: a certificate that was refused once is
 * refused at the next address too. */
static enum engine_outcome outcome_without_engine(struct connection *c)
{
	switch (c->session->error.cause) {
	case Smtpx_CAUSE_TLS:
	case Smtpx_CAUSE_TIMEOUT:
		return ENGINE_NEXT_SERVER;
	default:
		engine_settle(c->session, Smtpx_DEFERRED);
		return ENGINE_FAILED;
	}
}

static void open_connection(struct connection *c)
{
	struct smtp_session *session = c->session;
	const struct server *server = c->settings.server;

	buf_init(&c->input, 2 * INPUT_SIZE);
	buf_init(&c->plain, 2 * INPUT_SIZE);
	buf_init(&c->sealed, SEALED_MAX);
	c->wait_since = net_now();
	c->engine_settings.tls = server->tls;
	c->engine_settings.local_trust = server->path != NULL;
	session->fact_tls_verified = false;
	if (!keep_fact(&session->fact_address, c->settings.address) ||
	    !keep_fact(&session->fact_server,
		server->path != NULL ? server->path : server->host) ||
	    !keep_fact(&session->fact_tls_version, NULL) ||
	    !keep_fact(&session->fact_tls_cipher, NULL)) {
		out_of_memory(c);
		return;
	}
	fire(session, SMTP_EV_CONNECT);
	c->announced = true;
	sasl_begin(c);
	if (server->tls != Smtpx_TLS_IMPLICIT) {
		start_engine(c);
		return;
	}
	c->tls = tls_new(session, server->host);
	c->handshaking = c->tls != NULL;
	c->over = c->tls == NULL;
}

static void close_connection(struct connection *c)
{
	if (c->tls != NULL && !c->closed && !c->blocked && !c->handshaking) {
		tls_close(c->tls, &c->sealed);
		flush_sealed(c);
	}
	if (c->session->login != NULL)
		sasl_disconnected(c->session->login);
	engine_free(c->engine);
	tls_free(c->tls);
	buf_release(&c->input);
	buf_release(&c->plain);
	buf_release(&c->sealed);
	close(c->settings.fd);
	if (c->announced)
		fire(c->session, SMTP_EV_DISCONNECT);
}

/* Ends it, or keeps it for the next run. */
static enum engine_outcome settle(struct connection *c)
{
	enum engine_outcome outcome;

	if (paused(c)) {
		c->session->kept = c;
		return ENGINE_RUNNING;
	}
	outcome = c->engine != NULL ? engine_outcome(c->engine)
	                            : outcome_without_engine(c);
	c->session->kept = NULL;
	close_connection(c);
	free(c);
	return outcome;
}

enum engine_outcome connection_run(
    struct smtp_session *session, const struct connection_settings *settings)
{
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL) {
		close(settings->fd);
		error_set(&session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
		    "out of memory", NULL);
		engine_settle(session, Smtpx_DEFERRED);
		return ENGINE_FAILED;
	}
	c->session = session;
	c->settings = *settings;
	open_connection(c);
	converse(c);
	return settle(c);
}

enum engine_outcome connection_resume(
    struct smtp_session *session, int64_t deadline)
{
	struct connection *c = session->kept;

	c->settings.deadline = deadline;
	c->wait_since = net_now();
	/* A server that has left has said so. */
	receive(c);
	while (step(c))
		;
	engine_resume(c->engine);
	converse(c);
	return settle(c);
}

void connection_forget(
    struct smtp_session *session, const struct smtp_message *message)
{
	if (session->kept != NULL)
		engine_forget(session->kept->engine, message);
}

void connection_end(struct smtp_session *session)
{
	struct connection *c = session->kept;

	if (c == NULL)
		return;
	engine_quit(c->engine);
	converse(c);
	settle(c);
}
