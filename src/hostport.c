/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostport.c - where a server is, as people write it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Host names keep to letters, digits, hyphen and underscore, or UTF-8 that
 * becomes A-labels later; everything else is a mistake or an attack on the
 * name check of the certificate. A name whose last label is a number must be
 * an IPv4 address, or resolvers would guess. RFC 1123 2.1, RFC 3986 3.2.2.
 */
#include "hostport.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "text.h"

enum { NAME_MAX_OCTETS = 253, LABEL_MAX_OCTETS = 63, PORT_MAX = 65535 };

static const char form[] = "must be host, host:port, [IPv6]:port or unix:/path";

bool hostport_is_address(int family, const char *text, size_t n)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (n == 0 || n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	return inet_pton(family, copy, &address) == 1;
}

static bool is_number(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_digit((unsigned char)text[i]))
			return false;
	return n > 0;
}

static bool may_be_in_label(unsigned char c)
{
	return text_is_alpha(c) || text_is_digit(c) || c == '-' || c == '_' ||
	       c >= 0x80;
}

/* One label, without dots. */
static const char *label_problem(const char *label, size_t n)
{
	if (n == 0)
		return "has an empty label: two dots meet, or one is first";
	if (n > LABEL_MAX_OCTETS)
		return "has a label of more than 63 octets";
	if (label[0] == '-' || label[n - 1] == '-')
		return "has a label that begins or ends with '-'";
	for (size_t i = 0; i < n; i++)
		if (!may_be_in_label((unsigned char)label[i]))
			return "has a character that no host name has";
	return NULL;
}

bool hostport_is_host(const char *text, size_t n, const char **problem)
{
	const char *last = text;
	size_t last_n = 0;

	if (n > 1 && text[n - 1] == '.')
		n--;
	if (n == 0 || n > NAME_MAX_OCTETS) {
		*problem = n == 0 ? "has no host" : "is too long for a host";
		return false;
	}
	if (!text_is_utf8(text, n) || text_has_control(text, n)) {
		*problem = "has a character that no host name has";
		return false;
	}
	for (size_t from = 0, i = 0; i <= n; i++) {
		const char *wrong;

		if (i < n && text[i] != '.')
			continue;
		last = text + from;
		last_n = i - from;
		wrong = label_problem(last, last_n);
		if (wrong != NULL) {
			*problem = wrong;
			return false;
		}
		from = i + 1;
	}
	if (is_number(last, last_n) && !hostport_is_address(AF_INET, text, n)) {
		*problem = "is neither a host name nor an IPv4 address";
		return false;
	}
	return true;
}

/* What stands behind host: nothing, or ":port". */
static bool parse_port(const char *text, unsigned *port)
{
	unsigned value = 0;
	size_t n = strlen(text);

	*port = 0;
	if (n == 0)
		return true;
	if (text[0] != ':' || n > 6 || !is_number(text + 1, n - 1))
		return false;
	for (size_t i = 1; i < n; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	*port = value;
	return value > 0 && value <= PORT_MAX;
}

static bool parse_socket(
    const char *path, struct hostport *out, const char **problem)
{
	if (path[0] != '/') {
		*problem = "must have an absolute path behind unix:";
		return false;
	}
	if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
		*problem = "has a path too long for a Unix socket";
		return false;
	}
	out->path = path;
	return true;
}

static bool parse_literal(
    const char *text, struct hostport *out, const char **problem)
{
	const char *end = strchr(text, ']');
	size_t n = end == NULL ? 0 : (size_t)(end - text) - 1;

	if (end == NULL || !hostport_is_address(AF_INET6, text + 1, n)) {
		*problem = "must have an IPv6 address between the brackets";
		return false;
	}
	if (!parse_port(end + 1, &out->port)) {
		*problem = "must have a port from 1 to 65535 behind the colon";
		return false;
	}
	out->host = text + 1;
	out->host_n = n;
	out->is_ipv6 = true;
	return true;
}

static bool parse_name(
    const char *text, struct hostport *out, const char **problem)
{
	const char *colon = strchr(text, ':');
	size_t n = colon == NULL ? strlen(text) : (size_t)(colon - text);

	if (colon != NULL && strchr(colon + 1, ':') != NULL) {
		*problem = "must have an IPv6 address in brackets: [::1]:587";
		return false;
	}
	if (!hostport_is_host(text, n, problem))
		return false;
	if (colon != NULL && !parse_port(colon, &out->port)) {
		*problem = "must have a port from 1 to 65535 behind the colon";
		return false;
	}
	if (text[n - 1] == '.')
		n--;
	out->host = text;
	out->host_n = n;
	return true;
}

bool hostport_parse(
    const char *text, struct hostport *out, const char **problem)
{
	struct hostport found = {0};
	bool good;

	if (text[0] == '\0') {
		*problem = form;
		return false;
	}
	if (strncmp(text, "unix:", 5) == 0)
		good = parse_socket(text + 5, &found, problem);
	else if (text[0] == '[')
		good = parse_literal(text, &found, problem);
	else
		good = parse_name(text, &found, problem);
	if (good)
		*out = found;
	return good;
}
