/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * model.h - session, message and recipient as plain data.
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
#include "smtpx.h"

struct authenticator;
struct header_set;

/* A pointer of the program's with the hook that frees it. */
struct application_data {
	void *data;
	void (*release)(void *);
};

/* An address in the two forms that the wire may need. */
struct mailbox {
	char *given; /* as the program gave it; what callbacks report */
	char *utf8;  /* path without brackets, domain as U-labels or ASCII */
	char *ascii; /* domain as A-labels; NULL: needs SMTPUTF8 */
};

struct smtp_recipient {
	struct smtp_recipient *next;
	struct smtp_message *message;
	struct mailbox mailbox;
	enum notify_flags notify;
	char *orcpt_type;
	char *orcpt_address;
	smtp_status_t status; /* reply to RCPT */
	smtp_status_t final;  /* LMTP: reply after the content */
	enum smtpx_verdict verdict;
	/* The reply that decided, borrowed from here, message or session. */
	const smtp_status_t *decided_by;
	bool complete;	 /* will not be sent again */
	bool accepted;	 /* in the transaction under way */
	bool under_way;	 /* in a transaction without its verdict yet */
	const void *engaged; /* the transaction under way that has it */
	struct application_data application;
};

struct smtp_message {
	struct smtp_message *next;
	struct smtp_session *session;
	struct mailbox reverse_path; /* given NULL or "": null reverse-path */
	struct smtp_recipient *recipients, *last_recipient;
	smtp_messagecb_t read;
	void *read_arg;
	void *read_ctx;		    /* malloc()ed by read, freed by us */
	struct header_set *headers; /* what the API set; header.h */
	bool complete_headers;	    /* add what is missing, default true */
	smtp_status_t reverse_path_status;
	smtp_status_t transfer_status;
	char *message_id; /* as sent, with its angle brackets */
	unsigned long long size_sent;

	enum ret_flags ret;
	char *envid; /* not yet xtext */
	unsigned long size_estimate;
	enum e8bitmime_body body;
	enum by_mode by_mode;
	long by_time;
	bool by_trace;
	bool smtputf8, requiretls;
	bool priority_set;
	int priority;
	long hold_for; /* seconds, 0: not set */
	char *hold_until; /* RFC 3339 */
	struct application_data application;
};

struct smtp_etrn_node {
	struct smtp_etrn_node *next;
	int option;
	char *domain;
	smtp_status_t status;
	struct application_data application;
};

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
	bool servers_explicit; /* by smtpx_add_server() */
	enum smtpx_tls starttls; /* for smtp_set_server()'s server */
	char *hostname;	 /* as set, NULL: find out */
	char *ehlo_name;  /* checked: domain or address literal, ASCII */
	char *local_user; /* login name, for From of a null reverse-path */
	enum smtpx_protocol protocol;
	int ip_family;
	char *source_address;
	long timeouts[TIMEOUT_COUNT];
	long connect_timeout, total_timeout;
	struct tls_settings tls;
	const struct authenticator *authenticator; /* NULL: no AUTH */
	struct auth_context *auth;	 /* borrowed */
	struct auth_context *gsasl_auth; /* owned; goes before auth */
	struct auth_context *login;	 /* of the run, one of the two */
	bool auth_required;
	bool require_all_recipients;
	bool dsn_required;
	enum smtpx_latency latency;
	unsigned long max_recipients;

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
	bool transaction_attempted; /* a MAIL was answered */
	char mechanism[32];	    /* that succeeded, "": none */
	unsigned flights;
	char *fact_address, *fact_tls_version, *fact_tls_cipher;
	char *fact_server;
	bool fact_tls_verified;
	atomic_int cancelled; /* from any thread, or a signal handler */
};

/* Copies a reply into a status the program can see, freeing what was there;
 * text may be NULL.  false: no memory, the status is cleared. */
bool status_set(smtp_status_t *status, int code, const int enhanced[3],
    const char *text);
void status_clear(smtp_status_t *status);

/* True while the recipient has to be sent. */
bool recipient_pending(const struct smtp_recipient *recipient);
bool message_pending(const struct smtp_message *message);

#endif
