/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * options.h - what the test server was asked to be
 *
 * Filled once by options_parse() and read by every connection afterwards;
 * nothing changes it while connections are served. */

#ifndef TESTS_SERVER_OPTIONS_H
#define TESTS_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "script.h"

/* Borrowed strings, in the order in which they were given. */
struct options_list {
	const char **items;
	size_t n;
};

struct options {
	struct options_list bind;
	long port;
	const char *port_file;
	long lifetime;    /* seconds */
	long connections; /* 0: no limit */
	bool black_hole;
	bool ignore_parent;

	bool starttls;
	bool implicit_tls;
	bool early_greeting;
	const char *cert;
	const char *key;
	const char *tls_priority;
	const char *client_ca;
	const char *ocsp_response;

	const char *name;
	bool lmtp;
	struct options_list announce;
	struct options_list without;
	struct options_list after_auth;
	bool require_auth;
	bool require_tls;

	const char *auth; /* the mechanisms, or NULL for all */
	bool auth_clear;
	const char *user;
	const char *password;
	long scram_iterations;

	struct script script;
	long settle_ms;
	bool eager;
	long rcvbuf;
	long sndbuf;

	const char *record;
	bool dump_raw;
	bool discard;
};

/* Reads the arguments.  false: a mistake, explained on stderr. */
bool options_parse(struct options *o, int argc, char **argv);
void options_release(struct options *o);

#endif
