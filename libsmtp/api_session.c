/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_session.c - sessions: making, setting, running, freeing.
 *
 * contract: libesmtp.h.  Values are checked and copied here; what they mean
 * on the wire is decided below.
 */
#include "api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "sasl.h"
#include "session.h"

/* RFC 5321 4.5.3.2, RFC 6409: a submission server listens there. */
#define DEFAULT_SERVICE "587"
/* Below this a time-out would be a denial of service against ourselves. */
#define TIMEOUT_FLOOR_MS 1000

/* clang-format off */
/* Milliseconds: RFC 5321 4.5.3.2, defaults and minimum values alike. */
static const long minimum_timeouts[TIMEOUT_COUNT] = {
	[Timeout_GREETING] = 300000,
	[Timeout_ENVELOPE] = 300000,
	[Timeout_DATA]     = 120000,
	[Timeout_TRANSFER] = 180000,
	[Timeout_DATA2]    = 600000,
};
/* clang-format on */

smtp_session_t smtp_create_session(void)
{
	struct smtp_session *session = calloc(1, sizeof *session);

	if (session == NULL) {
		api_no_memory();
		return NULL;
	}
	memcpy(session->timeouts, minimum_timeouts, sizeof session->timeouts);
	session->tls.minimum = 12;
	capabilities_init(&session->capabilities);
	return session;
}

static void free_facts(struct smtp_session *session)
{
	free(session->fact_address);
	free(session->fact_server);
	free(session->fact_tls_version);
	free(session->fact_tls_cipher);
	capabilities_release(&session->capabilities);
	status_clear(&session->last_reply);
}

static void free_settings(struct smtp_session *session)
{
	api_servers_free(session->servers);
	sasl_free(session->gsasl_auth);
	free(session->hostname);
	free(session->ehlo_name);
	free(session->local_user);
	free(session->source_address);
	free(session->tls.ca_file);
	free(session->tls.name);
	free(session->tls.certificate_file);
	free(session->tls.key_file);
	free(session->tls.pins);
	if (session->tls.automatic != NULL)
		session->tls.automatic_free(session->tls.automatic);
}

int smtp_destroy_session(smtp_session_t session)
{
	struct smtp_message *message;
	struct smtp_etrn_node *node;

	if (!api_valid(session != NULL))
		return 0;
	session_close(session);
	while ((message = session->messages) != NULL) {
		session->messages = message->next;
		api_message_free(message);
	}
	while ((node = session->etrn_nodes) != NULL) {
		session->etrn_nodes = node->next;
		api_etrn_free(node);
	}
	application_data_drop(&session->application);
	free_settings(session);
	free_facts(session);
	free(session);
	return 1;
}

static void server_free(struct server *server)
{
	if (server == NULL)
		return;
	free(server->host);
	free(server->service);
	free(server->path);
	free(server);
}

void api_servers_free(struct server *servers)
{
	while (servers != NULL) {
		struct server *next = servers->next;

		server_free(servers);
		servers = next;
	}
}

/* [literal], [literal]:service, host, host:service; a second colon without
 * brackets makes the whole a bare IPv6 literal. */
static bool split_hostport(struct server *server, const char *text)
{
	const char *end = text + strcspn(text, ":");
	const char *service = *end == ':' ? end + 1 : DEFAULT_SERVICE;

	if (text[0] == '[' && strchr(text, ']') != NULL) {
		text++;
		end = strchr(text, ']');
		service = end[1] == ':' ? end + 2 : DEFAULT_SERVICE;
	} else if (*end == ':' && strchr(end + 1, ':') != NULL) {
		end = text + strlen(text);
		service = DEFAULT_SERVICE;
	}
	server->host = strndup(text, (size_t)(end - text));
	server->service = strdup(service);
	return server->host != NULL && server->service != NULL;
}

int api_add_server(
    struct smtp_session *session, const char *hostport, enum smtpx_tls tls)
{
	struct server *server = calloc(1, sizeof *server);
	struct server **last = &session->servers;
	bool copied;

	if (server == NULL)
		return api_no_memory();
	server->tls = tls;
	if (strncmp(hostport, "unix:", 5) == 0)
		copied = (server->path = strdup(hostport + 5)) != NULL;
	else
		copied = split_hostport(server, hostport);
	if (!copied) {
		server_free(server);
		return api_no_memory();
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = server;
	return 1;
}

int smtp_set_server(smtp_session_t session, const char *hostport)
{
	struct server *old;

	if (!api_valid(session != NULL && hostport != NULL))
		return 0;
	old = session->servers;
	session->servers = NULL;
	if (!api_add_server(session, hostport, session->starttls)) {
		session->servers = old;
		return 0;
	}
	api_servers_free(old);
	session->servers_explicit = false;
	return 1;
}

const char *smtp_get_server_name(smtp_session_t session)
{
	if (!api_valid(session != NULL) || session->servers == NULL)
		return NULL;
	if (session->servers->path != NULL)
		return session->servers->path;
	return session->servers->host;
}

int smtp_set_hostname(smtp_session_t session, const char *hostname)
{
	if (!api_valid(session != NULL &&
		       (hostname == NULL || command_valid_hostname(hostname))))
		return 0;
	return api_set_string(&session->hostname, hostname);
}

int smtp_enumerate_messages(
    smtp_session_t session, smtp_enumerate_messagecb_t cb, void *arg)
{
	struct smtp_message *next;

	if (!api_valid(session != NULL && cb != NULL))
		return 0;
	for (struct smtp_message *m = session->messages; m != NULL; m = next) {
		next = m->next;
		cb(m, arg);
	}
	return 1;
}

int smtp_set_eventcb(smtp_session_t session, smtp_eventcb_t cb, void *arg)
{
	if (!api_valid(session != NULL))
		return 0;
	session->event = cb;
	session->event_arg = arg;
	return 1;
}

int smtp_set_monitorcb(
    smtp_session_t session, smtp_monitorcb_t cb, void *arg, int headers)
{
	if (!api_valid(session != NULL))
		return 0;
	session->monitor = cb;
	session->monitor_arg = arg;
	session->monitor_headers = headers != 0;
	return 1;
}

int smtp_option_require_all_recipients(smtp_session_t session, int state)
{
	if (!api_valid(session != NULL))
		return 0;
	session->require_all_recipients = state != 0;
	return 1;
}

long smtp_set_timeout(smtp_session_t session, int which, long value)
{
	int index = which & ~Timeout_OVERRIDE_RFC2822_MINIMUM;
	long minimum = TIMEOUT_FLOOR_MS;

	if (!api_valid(session != NULL && value > 0 && index >= 0 &&
		       index < TIMEOUT_COUNT))
		return 0;
	if (index == which)
		minimum = minimum_timeouts[index];
	session->timeouts[index] = value < minimum ? minimum : value;
	return session->timeouts[index];
}

int smtp_starttls_enable(smtp_session_t session, enum starttls_option how)
{
	/* clang-format off */
	static const enum smtpx_tls levels[] = {
		[Starttls_DISABLED] = Smtpx_TLS_OFF,
		[Starttls_ENABLED]  = Smtpx_TLS_OPPORTUNISTIC,
		[Starttls_REQUIRED] = Smtpx_TLS_STARTTLS,
	};
	/* clang-format on */

	if (!api_valid(session != NULL && (int)how >= 0 &&
		       (size_t)how < sizeof levels / sizeof levels[0]))
		return 0;
	session->starttls = levels[how];
	if (!session->servers_explicit && session->servers != NULL)
		session->servers->tls = levels[how];
	return 1;
}

void *smtp_set_application_data(smtp_session_t session, void *data)
{
	if (!api_valid(session != NULL))
		return NULL;
	return application_data_set(&session->application, data);
}

void smtp_set_application_data_release(
    smtp_session_t session, void *data, void (*release)(void *))
{
	if (api_valid(session != NULL))
		application_data_set_release(
		    &session->application, data, release);
}

void *smtp_get_application_data(smtp_session_t session)
{
	return api_valid(session != NULL) ? session->application.data : NULL;
}

static bool message_left(const struct smtp_session *session)
{
	for (const struct smtp_message *m = session->messages; m != NULL;
	     m = m->next)
		if (m->open || message_pending(m))
			return true;
	return false;
}

/* 0: something to do; else the code that says what is missing. */
static int missing_for_start(const struct smtp_session *session)
{
	if (session->servers == NULL)
		return SMTP_ERR_INVAL;
	for (const struct smtp_message *m = session->messages; m != NULL;
	     m = m->next)
		if (m->read == NULL && !m->open)
			return SMTP_ERR_INVAL;
	if (session->etrn_nodes != NULL || message_left(session))
		return 0;
	return SMTP_ERR_NOTHING_TO_DO;
}

int smtp_start_session(smtp_session_t session)
{
	int missing;
	bool ran;

	if (!api_valid(session != NULL))
		return 0;
	api_set_errno(0);
	atomic_store(&session->cancelled, 0);
	missing = missing_for_start(session);
	if (missing != 0) {
		api_set_errno(missing);
		return 0;
	}
	api_key_password(&session->tls);
	ran = session_run(session);
	api_set_errno(session->error.code);
	return ran;
}

/* A session whose messages are all settled has nothing to send. */
int smtpx_probe(smtp_session_t session)
{
	if (!api_valid(session != NULL && session->servers != NULL &&
		       !message_left(session)))
		return 0;
	api_set_errno(0);
	atomic_store(&session->cancelled, 0);
	api_key_password(&session->tls);
	session_run(session);
	api_set_errno(session->error.code);
	return session->error.cause == Smtpx_CAUSE_NONE;
}
