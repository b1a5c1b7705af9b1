/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * account_session.c - an account's fields by the library's setters.
 *
 * contract: account_session.h.  Every setting of the account that concerns
 * the wire is set here.
 */
#include "account_session.h"

#include "account.h"

static bool set_timeouts(
    const struct account *account, smtp_session_t session, long total_ms)
{
	const int any = Timeout_OVERRIDE_RFC2822_MINIMUM;
	bool done = true;

	for (int i = Timeout_GREETING; i <= Timeout_TRANSFER; i++)
		if (account->timeout_reply_ms != 0)
			done = done && smtp_set_timeout(session, i | any,
					   (long)account->timeout_reply_ms);
	if (account->timeout_final_ms != 0)
		done = done && smtp_set_timeout(session, Timeout_DATA2 | any,
				   (long)account->timeout_final_ms);
	if (account->timeout_total_ms != 0)
		total_ms = (long)account->timeout_total_ms;
	return done &&
	       smtpx_set_connect_timeout(
		   session, (long)account->timeout_connect_ms) &&
	       smtpx_set_total_timeout(session, total_ms);
}

static bool set_servers(const struct account *account, smtp_session_t session)
{
	for (size_t i = 0; i < account->n_attempts; i++)
		if (!smtpx_add_server(session, account->attempt[i].hostport,
			account->attempt[i].tls))
			return false;
	if (account->domain != NULL &&
	    !smtp_set_hostname(session, account->domain))
		return false;
	return smtpx_set_protocol(
		   session, (enum smtpx_protocol)account->protocol) &&
	       smtpx_set_ip_family(session, account->ip) &&
	       smtpx_set_source_address(session, account->source_address);
}

static bool set_trust(const struct account *account, smtp_session_t session)
{
	for (size_t i = 0; i < account->tls_pin.n; i++)
		if (!smtpx_tls_add_pin(session, account->pin[i]))
			return false;
	return smtpx_tls_set_verify(
		   session, (enum smtpx_verify)account->tls_verify) &&
	       smtpx_tls_set_ca_file(session, account->tls_ca_file) &&
	       smtpx_tls_set_name(session, account->tls_name) &&
	       smtpx_tls_set_minimum(session, account->tls_min) &&
	       smtpx_tls_set_client_certificate(
		   session, account->tls_cert_file, account->tls_key_file);
}

bool account_configure(
    const struct account *account, smtp_session_t session, long total_ms)
{
	return set_servers(account, session) &&
	       set_timeouts(account, session, total_ms) &&
	       set_trust(account, session) &&
	       smtpx_set_latency(
		   session, (enum smtpx_latency)account->latency) &&
	       smtpx_set_max_recipients(session, account->max_recipients) &&
	       smtpx_require_dsn(session, account->dsn_required);
}
