/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * model.h - the session as plain data; what hangs below it stands in
 * model_message.h.
 *
 * The API fills them in, the engine writes statuses and verdicts into them,
 * and nobody below L4 allocates or frees one.  Strings are owned by the
 * struct that holds them unless the comment says borrowed.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "capability.h"
#include "error.h"
#include "libesmtp.h"
#include "model_message.h"
#include "smtpx.h"

struct authenticator;
struct connection;

/* One server to try. */
struct server {
	struct server *next;
	char *host;    /* name or literal without brackets; NULL: path */
	char *service; /* name or number */
	char *path;    /* Unix socket */
	enum smtpx_tls tls;
};

/* Waits in milliseconds; index is enum rfc2822_timeouts. */
#define TIMEOUT_COUNT 5

struct tls_settings {
	enum smtpx_verify verify;
	char *ca_file; /* NULL: the system's */
	char *name;    /* NULL: the server's host */
	int minimum;   /* 12 or 13 */
	char *certificate_file, *key_file;
	unsigned char (*pins)[32];
	size_t pin_count;
	struct gnutls_certificate_credentials_st *credentials; /* borrowed */
	/* Made by smtp_starttls_get_ctx(), owned; used unless the program's
	 * own are set. */
	struct gnutls_certificate_credentials_st *automatic;
	void (*automatic_free)(struct gnutls_certificate_credentials_st *);
	smtp_starttls_passwordcb_t passphrase; /* for the key; NULL: none */
	void *passphrase_arg;
	bool explicit_trust; /* smtpx_tls_*(): libESMTP's files are not used */
};

struct smtp_session {
	struct smtp_message *messages, *last_message;
	struct smtp_etrn_node *etrn_nodes, *last_etrn_node;
	struct server *servers;
	bool servers_explicit;   /* by smtpx_add_server() */
	enum smtpx_tls starttls; /* for smtp_set_server()'s server */
	char *hostname;          /* as set, NULL: find out */
	char *ehlo_name;         /* checked: domain or address literal, ASCII */
	char *local_user; /* login name, for From of a null reverse-path */
	enum smtpx_protocol protocol;
	int ip_family;
	char *source_address;
	long timeouts[TIMEOUT_COUNT];
	long connect_timeout, total_timeout;
	struct tls_settings tls;
	const struct authenticator *authenticator; /* NULL: no AUTH */
	struct auth_context *auth;                 /* borrowed */
	struct auth_context *gsasl_auth;           /* owned; goes before auth */
	struct auth_context *login; /* of the run, one of the two */
	bool auth_required;
	bool require_all_recipients;
	bool dsn_required;
	enum smtpx_latency latency;
	unsigned long max_recipients;
	bool keep_connection;
	struct connection *kept; /* paused, between two runs; session.c's */

	smtp_eventcb_t event;
	void *event_arg;
	smtp_monitorcb_t monitor;
	void *monitor_arg;
	bool monitor_headers;
	struct application_data application;

	/* Results of the run. */
	struct error error;
	smtp_status_t last_reply;
	const char *last_phase; /* static text */
	struct capabilities capabilities;
	bool transaction_attempted; /* MAIL was answered, or a content has left
	                             */
	char mechanism[32];         /* that succeeded, "": none */
	unsigned flights;
	char *fact_address, *fact_tls_version, *fact_tls_cipher;
	char *fact_server;
	bool fact_tls_verified;
	atomic_int cancelled; /* from any thread, or a signal handler */
};

#endif
