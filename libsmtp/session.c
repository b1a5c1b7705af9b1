/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * session.c - servers, addresses, and connections of one run.
 *
 * Decides where to connect next by what the engine says became of the last
 * connection; connection.c carries one of them through.  Never looks into a
 * reply.  Whatever happens, no recipient is left without a verdict.  RFC
 * 5321 5.1, RFC 9422 (MAILMAX).
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>

#include "connection.h"
#include "engine.h"
#include "net.h"
#include "sasl.h"

/* LIMITS MAILMAX=1 with this many messages is still one run. */
#define CONNECTIONS_MAX 100000

/* What a run carries from one connection to the next. */
struct run {
	struct smtp_session *session;
	int64_t deadline; /* of the whole run, 0: none */
	size_t connections;
	bool settled; /* the engine gave every recipient its verdict */
};

/* Recipients that no connection of this run has settled. */
static size_t undecided(const struct smtp_session *session)
{
	size_t n = 0;

	for (const struct smtp_message *m = session->messages; m != NULL;
	     m = m->next)
		for (const struct smtp_recipient *r = m->recipients; r != NULL;
		     r = r->next)
			n += r->verdict == Smtpx_PENDING ? 1 : 0;
	return n;
}

/* What an earlier run deferred is tried anew; not that of an open message,
 * whose transaction cannot begin again. */
static void forget_verdicts(struct smtp_session *session)
{
	for (struct smtp_message *m = session->messages; m != NULL; m = m->next)
		for (struct smtp_recipient *r = m->recipients; r != NULL;
		     r = r->next)
			if (!m->begun && recipient_pending(r))
				r->verdict = Smtpx_PENDING;
}

static int64_t connect_deadline(const struct run *run)
{
	int64_t deadline = 0;

	if (run->session->connect_timeout > 0)
		deadline = net_now() + run->session->connect_timeout;
	if (run->deadline > 0 && (deadline == 0 || run->deadline < deadline))
		deadline = run->deadline;
	return deadline;
}

/* Connections to one server until it is done, or cannot help; true: the
 * run is over. */
static bool try_addresses(struct run *run, const struct server *server,
    struct net_addresses *addresses)
{
	struct smtp_session *session = run->session;
	struct connection_settings settings = {
	    .server = server, .deadline = run->deadline};
	char text[NET_TEXT_MAX];

	while (run->connections < CONNECTIONS_MAX) {
		struct error before = session->error;
		size_t left = undecided(session);
		enum engine_outcome outcome;

		error_clear(&session->error);
		settings.fd = net_connect(
		    session, addresses, connect_deadline(run), text);
		if (settings.fd < 0) {
			if (session->error.cause == Smtpx_CAUSE_NONE)
				session->error = before;
			return session->error.cause == Smtpx_CAUSE_CANCELLED;
		}
		run->connections++;
		settings.address = text;
		outcome = connection_run(session, &settings);
		if (outcome == ENGINE_NEXT_SERVER)
			continue;
		run->settled = outcome != ENGINE_RECONNECT;
		/* Another connection must get further than this one did. */
		if (outcome != ENGINE_RECONNECT || undecided(session) == left)
			return true;
		net_again(addresses);
	}
	return true;
}

static void try_servers(struct run *run)
{
	struct smtp_session *session = run->session;

	for (const struct server *server = session->servers; server != NULL;
	     server = server->next) {
		struct net_addresses *addresses;
		bool over;

		error_clear(&session->error);
		addresses = net_resolve(session, server);
		/* Without memory another server is no help, and would hide it.
		 */
		if (addresses == NULL &&
		    session->error.cause == Smtpx_CAUSE_MEMORY)
			return;
		if (addresses == NULL)
			continue;
		over = try_addresses(run, server, addresses);
		net_addresses_free(addresses);
		if (over)
			return;
	}
}

/* No server took the session: a server's 5yz and a name that does not exist
 * are final, everything else may pass. */
static enum smtpx_verdict verdict_without_server(
    const struct smtp_session *session)
{
	if (session->error.cause == Smtpx_CAUSE_GREETING &&
	    session->last_reply.code >= 500)
		return Smtpx_REFUSED;
	return Smtpx_DEFERRED;
}

/* The connection that was kept; false: there is none, or it is of no use. */
static bool go_on(struct run *run)
{
	enum engine_outcome outcome;

	if (run->session->kept == NULL)
		return false;
	outcome = connection_resume(run->session, run->deadline);
	run->settled = outcome == ENGINE_RUNNING;
	return outcome != ENGINE_RECONNECT && outcome != ENGINE_NEXT_SERVER;
}

bool session_run(struct smtp_session *session)
{
	struct run run = {.session = session};

	if (session->total_timeout > 0)
		run.deadline = net_now() + session->total_timeout;
	session->transaction_attempted = false;
	session->flights = 0;
	if (session->kept == NULL)
		session->mechanism[0] = '\0';
	forget_verdicts(session);
	session->login =
	    session->gsasl_auth != NULL ? session->gsasl_auth : session->auth;
	session->authenticator =
	    session->login == NULL ? NULL : sasl_authenticator(session->login);
	status_clear(&session->last_reply);
	session->last_phase = NULL;
	error_clear(&session->error);

	if (!go_on(&run))
		try_servers(&run);
	if (!run.settled)
		engine_settle(session, verdict_without_server(session));
	session->authenticator = NULL;
	return session->transaction_attempted ||
	       session->error.cause == Smtpx_CAUSE_NONE;
}

void session_forget(
    struct smtp_session *session, const struct smtp_message *message)
{
	connection_forget(session, message);
}

void session_close(struct smtp_session *session)
{
	connection_end(session);
}
