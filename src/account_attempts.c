/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account_attempts.c - the connections to try, from server, tls and protocol
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A server without a port is tried as RFC 8314 3.3 prefers it: implicit TLS
 * on 465, then STARTTLS on 587. auto never means less than STARTTLS, except on
 * a Unix socket, where there is no network. LMTP has no port of its own (RFC
 * 2033 5 forbids 25). Looks nothing up.
 */
#include "account_choose.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "hostport.h"
#include "text.h"

enum { PORT_SUBMISSION = 587, PORT_SUBMISSIONS = 465, HOSTPORT_MAX = 512 };

/* The host in small letters. */
static char *copy_host(const struct hostport *parts)
{
	char *host = malloc(parts->host_n + 1);

	if (host == NULL)
		return NULL;
	for (size_t i = 0; i < parts->host_n; i++)
		host[i] = (char)text_lower((unsigned char)parts->host[i]);
	host[parts->host_n] = '\0';
	return host;
}

/* host:port, [v6]:port or unix:/path */
static char *join(const struct account_attempt *t, bool is_ipv6)
{
	struct buf whole;
	char *text;

	buf_init(&whole, HOSTPORT_MAX);
	if (t->path != NULL) {
		buf_puts(&whole, "unix:");
		buf_puts(&whole, t->path);
	} else {
		buf_puts(&whole, is_ipv6 ? "[" : "");
		buf_puts(&whole, t->host);
		buf_puts(&whole, is_ipv6 ? "]:" : ":");
		buf_number(&whole, t->port);
	}
	text = buf_take(&whole, NULL);
	buf_release(&whole);
	return text;
}

/* Appends an attempt; there is room. False: no memory. */
static bool add(struct account *a, const struct hostport *parts, unsigned port,
    enum smtpx_tls tls)
{
	struct account_attempt *t = &a->attempt[a->n_attempts++];

	*t = (struct account_attempt){.port = port, .tls = tls};
	if (parts->path != NULL)
		t->path = strdup(parts->path);
	else
		t->host = copy_host(parts);
	if (t->path == NULL && t->host == NULL)
		return false;
	t->hostport = join(t, parts->is_ipv6);
	return t->hostport != NULL;
}

/* What one element of server stands for. */
static bool add_server(struct account *a, const struct hostport *parts)
{
	bool automatic = a->tls == ACCOUNT_TLS_AUTO;
	enum smtpx_tls tls =
	    automatic ? Smtpx_TLS_STARTTLS : (enum smtpx_tls)a->tls;
	unsigned port = parts->port;

	if (parts->path != NULL)
		return add(a, parts, 0, automatic ? Smtpx_TLS_OFF : tls);
	if (automatic && port == 0)
		return add(a, parts, PORT_SUBMISSIONS, Smtpx_TLS_IMPLICIT) &&
		       add(a, parts, PORT_SUBMISSION, Smtpx_TLS_STARTTLS);
	if (automatic && port == PORT_SUBMISSIONS)
		tls = Smtpx_TLS_IMPLICIT;
	if (port == 0)
		port = tls == Smtpx_TLS_IMPLICIT ? PORT_SUBMISSIONS
		                                 : PORT_SUBMISSION;
	return add(a, parts, port, tls);
}

bool account_make_attempts(struct account *a, const char **problem)
{
	*problem = NULL;
	a->attempt = calloc(a->server.n * 2 + 1, sizeof *a->attempt);
	if (a->attempt == NULL)
		return false;
	for (size_t i = 0; i < a->server.n; i++) {
		struct hostport parts;

		if (!hostport_parse(a->server.item[i], &parts, problem))
			return false;
		if (a->protocol == Smtpx_LMTP && parts.path == NULL &&
		    parts.port == 0) {
			*problem = "needs a port, or unix:/path, for lmtp";
			return false;
		}
		if (!add_server(a, &parts))
			return false;
	}
	return true;
}
