/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account.h - one account, every default explicit
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Chooses the account for this run and turns what the configuration says
 * about it into plain typed fields, each with its origin. Whoever has a
 * struct account needs the configuration no more. Never prints, looks nothing
 * up, and keeps the password in memory that is wiped.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "configuration.h"
#include "secret.h"
#include "smtpx.h"

struct buf;

enum { ACCOUNT_TLS_AUTO = -1 }; /* beside enum smtpx_tls */
enum account_sender_policy { SENDER_ALLOW, SENDER_FORCE, SENDER_REFUSE };
enum account_from_policy { FROM_KEEP, FROM_QUALIFY, FROM_FORCE };
enum account_partial { PARTIAL_DELIVER, PARTIAL_ALL_OR_NONE };
enum account_log { LOG_TO_SYSLOG, LOG_TO_NOTHING };

struct account_list {
	char **item;
	size_t n;
};

/* One connection to try. */
struct account_attempt {
	char *hostport; /* host:port, [v6]:port or unix:/path */
	char *host;     /* no brackets, no trailing dot; NULL: a socket */
	char *path;     /* of a Unix socket, else NULL */
	unsigned port;
	enum smtpx_tls tls;
};

struct account_origin {
	enum { BY_DEFAULT, BY_FILE, BY_SET, BY_DERIVATION } by;
	const char *file; /* BY_FILE; BY_DERIVATION: the key it comes from */
	unsigned line;
};

/* Texts are NULL when unset. The int fields hold the enum that is named, so
 * that one table can fill them. Keys and meanings: configuration_keys.c. */
struct account {
	char *name, *why; /* why it was chosen, a clause */
	struct account_list server;
	struct account_attempt *attempt; /* in order; from server and tls */
	size_t n_attempts;
	int protocol; /* enum smtpx_protocol */
	int tls;      /* enum smtpx_tls or ACCOUNT_TLS_AUTO */
	char *domain, *source_address;
	int ip; /* 0, 4 or 6 */
	uint64_t timeout_connect_ms, timeout_reply_ms, timeout_final_ms;
	uint64_t timeout_total_ms; /* 0: from the message's size */
	int tls_verify;            /* enum smtpx_verify */
	char *tls_ca_file;         /* NULL: the system's */
	int tls_min;               /* 12 or 13 */
	char *tls_name, *tls_cert_file, *tls_key_file;
	struct account_list tls_pin;
	unsigned char (*pin)[32]; /* tls_pin.n of them */
	char *user, *authzid;
	struct account_list auth; /* "auto", "off", or mechanisms in order */
	bool auth_clear;
	struct secret password;
	char *from; /* NULL: neither set nor in user */
	struct account_list password_from, senders;
	char *full_name, *qualify_domain;
	int sender_policy;    /* enum account_sender_policy */
	int from_policy;      /* enum account_from_policy */
	char *aliases;        /* the account's own file */
	char *system_aliases; /* the one of the top level; NULL: off */
	bool add_date, add_message_id, add_from;
	char *root, *message_id_domain;
	bool keep_bcc, undisclosed_recipients;
	struct account_list add_header, remove_header;
	int partial; /* enum account_partial */
	int latency; /* enum smtpx_latency */
	struct account_list dsn_notify;
	int notify;     /* enum notify_flags, from dsn_notify */
	int dsn_return; /* enum ret_flags */
	bool dsn_required;
	uint64_t size_limit, max_recipients; /* 0: none of our own */
	int log;                             /* enum account_log */
	int syslog_facility;                 /* LOG_MAIL and so on */
	char *home;                          /* for ~/: configuration_home() */
	struct account_list files;           /* that origins name */
	struct account_origin origin[CONFIGURATION_KEYS_MAX]; /* by row */
};

/* What the command line says. */
struct account_request {
	const char *name, *sender; /* of -a, of -f as given; or NULL */
	const char **alias;        /* n_alias addresses that aliases lead to */
	const char *const *set;    /* n_set texts KEY=VALUE, from --set */
	size_t n_alias, n_set;
};

/* Chooses: by name; by sender, else by where aliases lead, against senders
 * (exact, user+detail, pattern; file order); default-account; the only one. A
 * KEY=VALUE stands above the files; for a list it appends, or empties it.
 * False: d has the reasons (exit status 78) and a holds nothing. */
bool account_select(struct account *a, const struct configuration *c,
    const struct account_request *r, struct diagnostics *d)
    SMTP_NONNULL(1, 2, 3, 4);
void account_release(struct account *a) SMTP_NONNULL(1);

/* Why it was chosen, every effective value with its origin, and the attempts;
 * secrets masked, everything cleaned. False: out refused. */
bool account_explain(const struct account *a, struct buf *out)
    SMTP_NONNULL(1, 2);

#endif
