/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostport.h - where a server is, as people write it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * host, host:port, 192.0.2.1:port, [IPv6]:port or unix:/path. A name that
 * could be matched loosely or cut short by something further down (wildcards,
 * empty labels, spaces, controls) is refused here. Looks nothing up.
 * RFC 1123 2.1, RFC 4291 2.2, RFC 9525 6.3.
 */
#ifndef HOSTPORT_H
#define HOSTPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"

/* The parts, borrowed from the text that was parsed. */
struct hostport {
	const char *host; /* name or address, no brackets; NULL: a socket */
	size_t host_n;    /* without one trailing dot */
	const char *path; /* Unix socket, else NULL */
	unsigned port;    /* 0: none was given */
	bool is_ipv6;
};

/* Parses text. False: *problem says, in static words, what it should be. */
bool hostport_parse(const char *text, struct hostport *out,
    const char **problem) SMTP_NONNULL(1, 2, 3);

/* Whether n octets are a host name or an IPv4 address; one trailing dot is
 * fine. False: *problem as above. */
bool hostport_is_host(const char *text, size_t n, const char **problem)
    SMTP_NONNULL(1, 3);

/* Whether n octets are an address of family AF_INET or AF_INET6. */
bool hostport_is_address(int family, const char *text, size_t n)
    SMTP_NONNULL(2);

#endif
