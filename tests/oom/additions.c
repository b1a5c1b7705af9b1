/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* additions.c - memory fails in what libESMTP does not have
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The driver of tests/api knows libesmtp.h and auth-client.h alone; this is its
 * like for smtpx.h: everything that takes memory there, and a run with what was
 * set. Prints nothing; watch.c looks at the calls.
 */
#include "additions.h"

#include <stdlib.h>

#include "auth-client.h"
#include "smtpx.h"
#include "watch.h"

/* One mailbox of each kind, and one of each parameter. */
static void fill(smtp_session_t session)
{
	smtp_message_t m = smtp_add_message(session);
	smtp_recipient_t r = smtp_add_recipient(m, "a@b\xc3\xbc"
						   "cher.example");

	smtp_set_message_str(m, "Subject: x\r\n\r\nx\r\n");
	smtp_set_reverse_path(m, "s@example.com");
	WATCH(smtpx_message_set_smtputf8, m, 1);
	WATCH(smtpx_message_set_priority, m, 3);
	WATCH(smtpx_message_set_hold_until, m, 4000000000);
	smtp_set_header(m, "Cc", "J\xc3\xb6rg",
	    "c@b\xc3\xbc"
	    "cher.example");
	smtp_set_header(m, "Reply-To", NULL, "j\xc3\xb6rg@example.com");
	WATCH(smtpx_recipient_remove, r);
	r = smtp_add_recipient(m, "j\xc3\xb6rg@example.com");
	smtp_dsn_set_orcpt(r, "utf-8", "j\xc3\xb6rg@example.com");
	m = smtp_add_message(session);
	smtp_add_recipient(m, "a@example.com");
	WATCH(smtpx_message_remove, m);
}

static void set_trust(smtp_session_t session)
{
	static const unsigned char pin[32] = {1};

	WATCH(smtpx_tls_set_ca_file, session, "/etc/hostname");
	WATCH(smtpx_tls_set_name, session, "mail.example");
	WATCH(smtpx_tls_set_client_certificate, session, "/x", "/y");
	WATCH(smtpx_tls_set_client_certificate, session, NULL, NULL);
	WATCH(smtpx_tls_add_pin, session, pin);
	WATCH(smtpx_tls_add_pin, session, pin);
}

void additions_play(const char *server)
{
	smtp_session_t session = smtp_create_session();
	auth_context_t auth = auth_create_context();

	WATCH(smtpx_add_server, session, server, Smtpx_TLS_OFF);
	WATCH(smtpx_add_server, session, "[::1]:1", Smtpx_TLS_IMPLICIT);
	WATCH(smtpx_add_server, session, "unix:/nowhere", Smtpx_TLS_OFF);
	WATCH(smtpx_set_source_address, session, "127.0.0.1");
	smtp_set_hostname(session, "client.example");
	set_trust(session);
	WATCH(smtpx_auth_set_mechanisms, auth, "PLAIN");
	WATCH(smtpx_auth_set_authzid, auth, "other");
	WATCH(smtpx_auth_set_authzid, auth, NULL);
	free(watch_handle(
	    "smtpx_domain_to_ascii", smtpx_domain_to_ascii("b\xc3\xbc"
							   "cher.example")));
	fill(session);
	smtp_start_session(session);
	smtp_destroy_session(session);
	if (auth != NULL)
		auth_destroy_context(auth);
}
