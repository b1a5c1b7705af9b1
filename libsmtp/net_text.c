/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * net_text.c - what the system calls its errors and addresses.
 *
 * A file of its own because strerror_r() has two shapes: this one is
 * compiled for POSIX alone, where it is the same with every C library.
 * Neither function allocates, and both always terminate what they write.
 */
#include "net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void net_error_text(int errno_value, char *text, size_t size)
{
	if (strerror_r(errno_value, text, size) != 0)
		snprintf(text, size, "system error %d", errno_value);
}

void net_address_text(const struct sockaddr *address, char *text, size_t size)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_un *local = (const void *)address;
	char host[INET6_ADDRSTRLEN] = "";

	switch (address->sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
		snprintf(
		    text, size, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		snprintf(text, size, "[%s]:%u", host,
		    (unsigned)ntohs(v6->sin6_port));
		break;
	default:
		snprintf(text, size, "%s", local->sun_path);
		break;
	}
}

void net_literal(const struct sockaddr *address, char *text, size_t size)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	char host[INET6_ADDRSTRLEN] = "";

	switch (address->sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
		snprintf(text, size, "[%s]", host);
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		snprintf(text, size, "[IPv6:%s]", host);
		break;
	default:
		snprintf(text, size, "[127.0.0.1]");
		break;
	}
}
