/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtpx.h - what this library offers beyond libESMTP's API.
 *
 * Implicit TLS and trust, mechanisms, policy, time limits, results for each
 * recipient, facts of the connection.  The conventions are libesmtp.h's:
 * non-zero or a pointer for success, smtp_errno() otherwise; strings given are
 * copied, strings returned belong to the object and live until its next run.
 */
#ifndef SMTPX_H
#define SMTPX_H

#include "libesmtp.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Servers and connections
 */

/* One more server to try when those before it could not be reached or sent
 * this session away before a transaction; tls is a Smtpx_TLS_*.  The first
 * call replaces what smtp_set_server() and smtp_starttls_enable() said. */
enum smtpx_tls {
	Smtpx_TLS_OFF = 0,
	Smtpx_TLS_OPPORTUNISTIC = 1, /* never with AUTH that shows secrets */
	Smtpx_TLS_STARTTLS = 2,      /* required */
	Smtpx_TLS_IMPLICIT = 3       /* RFC 8314 */
};
int smtpx_add_server(
    smtp_session_t session, const char *hostport, enum smtpx_tls tls);

enum smtpx_protocol {
	Smtpx_SMTP = 0,
	Smtpx_LMTP = 1 /* RFC 2033 */
};
int smtpx_set_protocol(smtp_session_t session, enum smtpx_protocol protocol);

/* family: 0 any, 4 or 6. */
int smtpx_set_ip_family(smtp_session_t session, int family);
/* A local address, literal; NULL: the system chooses. */
int smtpx_set_source_address(smtp_session_t session, const char *address);

/* Milliseconds; 0: no limit (of connect: the system's).  total bounds the
 * whole session. */
int smtpx_set_connect_timeout(smtp_session_t session, long ms);
int smtpx_set_total_timeout(smtp_session_t session, long ms);

/* Connects, asks the server what it can (EHLO, STARTTLS where it is wanted),
 * logs in where a login is set, and leaves; sends no message.  1: it went
 * well. */
int smtpx_probe(smtp_session_t session);

/* Ends a run from another thread or a signal handler (async-signal-safe):
 * the session stops at its next step, nothing unsent is sent.  A lookup in
 * the resolver is not interrupted.  Without a run under way: no effect. */
void smtpx_cancel(smtp_session_t session);

/*
 * Trust (RFC 8314, 9525)
 */
enum smtpx_verify {
	Smtpx_VERIFY_FULL = 0,
	Smtpx_VERIFY_PIN_ONLY = 1,
	Smtpx_VERIFY_OFF = 2
};
int smtpx_tls_set_verify(smtp_session_t session, enum smtpx_verify verify);
/* PEM file of CA certificates; NULL: the system's. */
int smtpx_tls_set_ca_file(smtp_session_t session, const char *path);
/* The name that the certificate must carry, instead of the server's. */
int smtpx_tls_set_name(smtp_session_t session, const char *name);
/* 12 or 13: TLS 1.2, TLS 1.3. */
int smtpx_tls_set_minimum(smtp_session_t session, int version);
/* Client certificate and key, PEM files (key NULL: in the same file). */
int smtpx_tls_set_client_certificate(
    smtp_session_t session, const char *certificate, const char *key);
/* SHA-256 of certificate or public key, 32 octets; may be called again. */
int smtpx_tls_add_pin(smtp_session_t session, const unsigned char pin[32]);

/*
 * Login
 */

/* The mechanisms to use, in order, separated by spaces; NULL: by strength
 * (EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1
 * PLAIN LOGIN), as the command wants it.  Contexts that were never
 * given a call of this function keep libESMTP's rules: the server's order,
 * CRAM-MD5 without being named.  Never is another one tried behind a login
 * that this side broke off, as when the server did not prove itself. */
int smtpx_auth_set_mechanisms(struct auth_context *context, const char *list);
/* PLAIN and LOGIN without verified TLS: 0 refuses them. */
int smtpx_auth_allow_clear(struct auth_context *context, int on);
int smtpx_auth_set_authzid(struct auth_context *context, const char *authzid);
/* Without a successful AUTH nothing is sent. */
int smtpx_require_auth(smtp_session_t session, int on);

/*
 * Transactions
 */
enum smtpx_latency { Smtpx_LATENCY_SAFE = 0, Smtpx_LATENCY_MINIMAL = 1 };
int smtpx_set_latency(smtp_session_t session, enum smtpx_latency latency);
/* At most n recipients a transaction, 0: the server's limit alone. */
int smtpx_set_max_recipients(smtp_session_t session, unsigned long n);
/* DSN parameters are indispensable: without the extension refuse. */
int smtpx_require_dsn(smtp_session_t session, int on);

int smtpx_message_set_smtputf8(smtp_message_t message, int on);   /* RFC 6531 */
int smtpx_message_set_requiretls(smtp_message_t message, int on); /* 8689 */
int smtpx_message_set_priority(smtp_message_t message, int priority); /* 6710 */
/* RFC 4865: seconds from now, 999999999 at most, or a point in time in
 * seconds since 1970; only one of the two.  0 takes the wish back. */
int smtpx_message_set_hold_for(smtp_message_t message, long seconds);
int smtpx_message_set_hold_until(smtp_message_t message, long long when);
/* Frees them, calling the release hooks of application data; not during a
 * run.  With the message an open transaction ends (RSET); of one under way no
 * recipient can be removed. */
int smtpx_message_remove(smtp_message_t message);
int smtpx_recipient_remove(smtp_recipient_t recipient);

/*
 * One step at a time: for a program that hands a dialogue on
 */

/* 1: when nothing is left to do, a run ends with the connection open, and the
 * next run goes on with it, or opens another one when the server has left
 * meanwhile.  smtpx_close(), or smtp_destroy_session(), ends it. */
int smtpx_keep_connection(smtp_session_t session, int on);
/* QUIT; 1 too when there is no connection. */
int smtpx_close(smtp_session_t session);
/* 1, before the message's first run, and with smtpx_keep_connection(): more
 * recipients may come.  A run says MAIL once, and RCPT for those that are new,
 * and ends when all is answered; 0: the next run goes on with the content,
 * whose callback is not needed before.  There is one transaction: what it
 * could not send is deferred, not sent again. */
int smtpx_message_set_open(smtp_message_t message, int on);
/* 1: MAIL was accepted, and the transaction still stands. */
int smtpx_message_in_transaction(smtp_message_t message);

/* Fields may be added to a message (Date, From, Message-ID, To): 0 sends it
 * as it is, octet for octet but for line ends. */
int smtpx_message_complete_headers(smtp_message_t message, int on);

/*
 * Results
 */
enum smtpx_verdict {
	Smtpx_PENDING = 0,   /* no run has touched it */
	Smtpx_DELIVERED = 1, /* the server has taken responsibility */
	Smtpx_DEFERRED = 2,
	Smtpx_REFUSED = 3,
	Smtpx_IN_DOUBT = 4 /* content was sent, its reply never came */
};
enum smtpx_verdict smtpx_recipient_verdict(smtp_recipient_t recipient);
/* The reply that decided the recipient, code 0 when there was none; that of
 * smtpx_last_reply() when the server would not have the session at all. */
const smtp_status_t *smtpx_recipient_reply(smtp_recipient_t recipient);

/* Why the session ended early: what stood in the way. */
enum smtpx_cause {
	Smtpx_CAUSE_NONE = 0,
	Smtpx_CAUSE_RESOLVE,  /* name lookup, temporary */
	Smtpx_CAUSE_NO_HOST,  /* the name does not exist */
	Smtpx_CAUSE_CONNECT,  /* nobody answered */
	Smtpx_CAUSE_GREETING, /* greeting or EHLO refused */
	Smtpx_CAUSE_PROTOCOL, /* malformed or unasked replies */
	Smtpx_CAUSE_LOST,     /* end of stream */
	Smtpx_CAUSE_TIMEOUT,
	Smtpx_CAUSE_TLS, /* missing, refused or failed */
	Smtpx_CAUSE_CERTIFICATE,
	Smtpx_CAUSE_AUTH, /* refused or impossible */
	Smtpx_CAUSE_AUTH_TEMPORARY,
	Smtpx_CAUSE_EXTENSION, /* a needed one is missing */
	Smtpx_CAUSE_SOURCE,    /* the message callback failed */
	Smtpx_CAUSE_LOCAL,     /* refused here: size, address */
	Smtpx_CAUSE_MEMORY,
	Smtpx_CAUSE_CANCELLED
};
enum smtpx_cause smtpx_cause(smtp_session_t session);
/* One sentence for a human, without line ends; "" when there is none.  May
 * hold a server's words, cleaned. */
const char *smtpx_error_text(smtp_session_t session);

/* The last reply of the server but QUIT's, and the command it answered
 * ("EHLO"). */
const smtp_status_t *smtpx_last_reply(smtp_session_t session);
const char *smtpx_last_phase(smtp_session_t session);

/* The Message-ID of the message as sent, with its angle brackets. */
const char *smtpx_message_id(smtp_message_t message);
/* Octets sent as content, header fields included. */
unsigned long long smtpx_message_size(smtp_message_t message);

struct smtpx_facts {
	const char *server;      /* name as configured */
	const char *address;     /* numeric, with port, or socket path */
	const char *tls_version; /* "TLS1.3", NULL: clear text */
	const char *tls_cipher;
	int tls_verified;
	const char *mechanism; /* that succeeded, or NULL */
	unsigned flights;      /* times this side had to wait */
};
/* Of the run's last connection. */
int smtpx_get_facts(smtp_session_t session, struct smtpx_facts *facts);

/* Raw parameters of a capability of the last EHLO reply, NULL: absent. */
const char *smtpx_capability(smtp_session_t session, const char *keyword);
typedef void (*smtpx_capabilitycb_t)(
    const char *keyword, const char *parameters, void *arg);
/* All of them, in the server's order.  cb NULL: 0, INVAL. */
int smtpx_enumerate_capabilities(
    smtp_session_t session, smtpx_capabilitycb_t cb, void *arg);

/* A domain in the form that needs no SMTPUTF8 (A-labels, RFC 5890), malloc()ed.
 * NULL: INVAL, it is no domain; or no memory. */
char *smtpx_domain_to_ascii(const char *domain);

#ifdef __cplusplus
}
#endif

#endif
