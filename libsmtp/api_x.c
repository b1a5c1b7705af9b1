/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_x.c - smtpx_*: what this library offers beyond libESMTP's API.
 *
 * contract: smtpx.h.  Settings are checked here and kept in the model;
 * results are read from it.
 */
#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "date.h"
#include "idn.h"
#include "session.h"

/* RFC 4865 2: HOLDFOR has nine digits at most. */
#define HOLD_FOR_MAX 999999999L
/* RFC 6710 4.3. */
#define PRIORITY_MIN (-9)
#define PRIORITY_MAX 9

int smtpx_add_server(
    smtp_session_t session, const char *hostport, enum smtpx_tls tls)
{
	if (!api_valid(session != NULL && hostport != NULL &&
		       (int)tls >= Smtpx_TLS_OFF && tls <= Smtpx_TLS_IMPLICIT))
		return 0;
	if (!session->servers_explicit) {
		api_servers_free(session->servers);
		session->servers = NULL;
		session->servers_explicit = true;
	}
	return api_add_server(session, hostport, tls);
}

int smtpx_set_protocol(smtp_session_t session, enum smtpx_protocol protocol)
{
	if (!api_valid(session != NULL &&
		       (protocol == Smtpx_SMTP || protocol == Smtpx_LMTP)))
		return 0;
	session->protocol = protocol;
	return 1;
}

int smtpx_set_ip_family(smtp_session_t session, int family)
{
	if (!api_valid(
		session != NULL && (family == 0 || family == 4 || family == 6)))
		return 0;
	session->ip_family = family;
	return 1;
}

int smtpx_set_source_address(smtp_session_t session, const char *address)
{
	if (!api_valid(session != NULL))
		return 0;
	return api_set_string(&session->source_address, address);
}

int smtpx_set_connect_timeout(smtp_session_t session, long ms)
{
	if (!api_valid(session != NULL && ms >= 0))
		return 0;
	session->connect_timeout = ms;
	return 1;
}

int smtpx_set_total_timeout(smtp_session_t session, long ms)
{
	if (!api_valid(session != NULL && ms >= 0))
		return 0;
	session->total_timeout = ms;
	return 1;
}

void smtpx_cancel(smtp_session_t session)
{
	if (session != NULL)
		atomic_store(&session->cancelled, 1);
}

int smtpx_tls_set_verify(smtp_session_t session, enum smtpx_verify verify)
{
	if (!api_valid(session != NULL && (int)verify >= Smtpx_VERIFY_FULL &&
		       verify <= Smtpx_VERIFY_OFF))
		return 0;
	session->tls.verify = verify;
	return 1;
}

int smtpx_tls_set_ca_file(smtp_session_t session, const char *path)
{
	if (!api_valid(session != NULL))
		return 0;
	if (!api_set_string(&session->tls.ca_file, path))
		return 0;
	session->tls.explicit_trust = true;
	return 1;
}

int smtpx_tls_set_name(smtp_session_t session, const char *name)
{
	if (!api_valid(session != NULL))
		return 0;
	return api_set_string(&session->tls.name, name);
}

int smtpx_tls_set_minimum(smtp_session_t session, int version)
{
	if (!api_valid(session != NULL && (version == 12 || version == 13)))
		return 0;
	session->tls.minimum = version;
	return 1;
}

int smtpx_tls_set_client_certificate(
    smtp_session_t session, const char *certificate, const char *key)
{
	if (!api_valid(session != NULL))
		return 0;
	if (!api_set_strings(&session->tls.certificate_file, certificate,
		&session->tls.key_file, key == NULL ? certificate : key))
		return 0;
	session->tls.explicit_trust = true;
	return 1;
}

int smtpx_tls_add_pin(smtp_session_t session, const unsigned char pin[32])
{
	struct tls_settings *tls;
	unsigned char(*grown)[32];

	if (!api_valid(session != NULL && pin != NULL))
		return 0;
	tls = &session->tls;
	grown = realloc(tls->pins, (tls->pin_count + 1) * sizeof *grown);
	if (grown == NULL)
		return api_no_memory();
	memcpy(grown[tls->pin_count], pin, sizeof *grown);
	tls->pins = grown;
	tls->pin_count++;
	return 1;
}

int smtpx_require_auth(smtp_session_t session, int on)
{
	if (!api_valid(session != NULL))
		return 0;
	session->auth_required = on != 0;
	return 1;
}

int smtpx_set_latency(smtp_session_t session, enum smtpx_latency latency)
{
	if (!api_valid(
		session != NULL && (latency == Smtpx_LATENCY_SAFE ||
				       latency == Smtpx_LATENCY_MINIMAL)))
		return 0;
	session->latency = latency;
	return 1;
}

int smtpx_set_max_recipients(smtp_session_t session, unsigned long n)
{
	if (!api_valid(session != NULL))
		return 0;
	session->max_recipients = n;
	return 1;
}

int smtpx_require_dsn(smtp_session_t session, int on)
{
	if (!api_valid(session != NULL))
		return 0;
	session->dsn_required = on != 0;
	return 1;
}

int smtpx_message_set_smtputf8(smtp_message_t message, int on)
{
	if (!api_valid(message != NULL))
		return 0;
	message->smtputf8 = on != 0;
	return 1;
}

int smtpx_message_set_requiretls(smtp_message_t message, int on)
{
	if (!api_valid(message != NULL))
		return 0;
	message->requiretls = on != 0;
	return 1;
}

int smtpx_message_set_priority(smtp_message_t message, int priority)
{
	if (!api_valid(message != NULL && priority >= PRIORITY_MIN &&
		       priority <= PRIORITY_MAX))
		return 0;
	message->priority_set = true;
	message->priority = priority;
	return 1;
}

int smtpx_message_set_hold_for(smtp_message_t message, long seconds)
{
	if (!api_valid(message != NULL && seconds >= 0 &&
		       seconds <= HOLD_FOR_MAX &&
		       (seconds == 0 || message->hold_until == NULL)))
		return 0;
	message->hold_for = seconds;
	return 1;
}

int smtpx_message_set_hold_until(smtp_message_t message, long long when)
{
	struct buf text;
	const char *date;
	int result;

	if (!api_valid(message != NULL && when >= 0 &&
		       when <= DATE_SECONDS_MAX &&
		       (when == 0 || message->hold_for == 0)))
		return 0;
	if (when == 0)
		return api_set_string(&message->hold_until, NULL);
	buf_init(&text, 64);
	date_rfc3339(&text, when);
	date = buf_cstr(&text);
	result = date == NULL ? api_no_memory()
	                      : api_set_string(&message->hold_until, date);
	buf_release(&text);
	return result;
}

int smtpx_message_complete_headers(smtp_message_t message, int on)
{
	if (!api_valid(message != NULL))
		return 0;
	message->complete_headers = on != 0;
	return 1;
}

/* Takes one element out of a list whose head and tail are given. */
int smtpx_keep_connection(smtp_session_t session, int on)
{
	if (!api_valid(session != NULL))
		return 0;
	session->keep_connection = on != 0;
	return 1;
}

int smtpx_close(smtp_session_t session)
{
	if (!api_valid(session != NULL))
		return 0;
	session_close(session);
	return 1;
}

/* Opened again it would be another message. */
int smtpx_message_set_open(smtp_message_t message, int on)
{
	if (!api_valid(
		message != NULL &&
		(!on || message->open ||
		    (message->session->keep_connection && !message->begun))))
		return 0;
	message->open = on != 0;
	return 1;
}

int smtpx_message_in_transaction(smtp_message_t message)
{
	return api_valid(message != NULL) && message->engaged != NULL;
}

int smtpx_message_remove(smtp_message_t message)
{
	struct smtp_session *session;
	struct smtp_message *before = NULL;

	if (!api_valid(message != NULL))
		return 0;
	session = message->session;
	session_forget(session, message);
	for (struct smtp_message *m = session->messages; m != message;
	     m = m->next)
		before = m;
	if (before == NULL)
		session->messages = message->next;
	else
		before->next = message->next;
	if (session->last_message == message)
		session->last_message = before;
	api_message_free(message);
	return 1;
}

int smtpx_recipient_remove(smtp_recipient_t recipient)
{
	struct smtp_message *message;
	struct smtp_recipient *before = NULL;

	if (!api_valid(recipient != NULL && recipient->engaged == NULL))
		return 0;
	message = recipient->message;
	for (struct smtp_recipient *r = message->recipients; r != recipient;
	     r = r->next)
		before = r;
	if (before == NULL)
		message->recipients = recipient->next;
	else
		before->next = recipient->next;
	if (message->last_recipient == recipient)
		message->last_recipient = before;
	api_recipient_free(recipient);
	return 1;
}

enum smtpx_verdict smtpx_recipient_verdict(smtp_recipient_t recipient)
{
	return api_valid(recipient != NULL) ? recipient->verdict
	                                    : Smtpx_PENDING;
}

const smtp_status_t *smtpx_recipient_reply(smtp_recipient_t recipient)
{
	static const smtp_status_t none = {.code = 0};

	if (!api_valid(recipient != NULL))
		return NULL;
	return recipient->decided_by != NULL ? recipient->decided_by : &none;
}

enum smtpx_cause smtpx_cause(smtp_session_t session)
{
	return api_valid(session != NULL) ? session->error.cause
	                                  : Smtpx_CAUSE_NONE;
}

const char *smtpx_error_text(smtp_session_t session)
{
	return api_valid(session != NULL) ? session->error.text : "";
}

const smtp_status_t *smtpx_last_reply(smtp_session_t session)
{
	return api_valid(session != NULL) ? &session->last_reply : NULL;
}

const char *smtpx_last_phase(smtp_session_t session)
{
	if (!api_valid(session != NULL) || session->last_phase == NULL)
		return "";
	return session->last_phase;
}

const char *smtpx_message_id(smtp_message_t message)
{
	return api_valid(message != NULL) ? message->message_id : NULL;
}

unsigned long long smtpx_message_size(smtp_message_t message)
{
	return api_valid(message != NULL) ? message->size_sent : 0;
}

int smtpx_get_facts(smtp_session_t session, struct smtpx_facts *facts)
{
	if (!api_valid(session != NULL && facts != NULL))
		return 0;
	facts->server = session->fact_server;
	facts->address = session->fact_address;
	facts->tls_version = session->fact_tls_version;
	facts->tls_cipher = session->fact_tls_cipher;
	facts->tls_verified = session->fact_tls_verified;
	facts->mechanism =
	    session->mechanism[0] == '\0' ? NULL : session->mechanism;
	facts->flights = session->flights;
	return 1;
}

const char *smtpx_capability(smtp_session_t session, const char *keyword)
{
	if (!api_valid(session != NULL && keyword != NULL))
		return NULL;
	return capabilities_get(&session->capabilities, keyword);
}

int smtpx_enumerate_capabilities(
    smtp_session_t session, smtpx_capabilitycb_t cb, void *arg)
{
	const struct capabilities *c;

	if (!api_valid(session != NULL && cb != NULL))
		return 0;
	c = &session->capabilities;
	for (size_t i = 0; i < c->count; i++)
		cb(c->entries[i].keyword, c->entries[i].parameters, arg);
	return 1;
}

char *smtpx_domain_to_ascii(const char *domain)
{
	bool no_memory = false;
	char *ascii;

	if (!api_valid(domain != NULL))
		return NULL;
	ascii = idn_to_ascii(domain, &no_memory);
	api_result(ascii != NULL, no_memory);
	return ascii;
}
