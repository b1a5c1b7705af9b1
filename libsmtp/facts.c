/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * facts.c - asks the system what the pure code must be told.
 *
 * The name for EHLO: what the program set, else the host's own name when it
 * is qualified, else the literal of the socket's local address; no lookup
 * that could wait for a name server.  Never changes the environment or the
 * time zone.
 */
#define _DEFAULT_SOURCE /* getrandom() */

#include "facts.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "net.h"

/* RFC 1035: a name has 255 octets at most. */
#define HOST_NAME_SIZE 256
/* One line of the password database; longer ones are not looked at. */
#define PASSWD_SIZE 4096

static bool qualified(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL && dot != name && dot[1] != '\0' &&
	       command_valid_hostname(name);
}

static char *local_name(int fd)
{
	char name[HOST_NAME_SIZE] = "";
	struct sockaddr_storage at = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof at;

	if (gethostname(name, sizeof name - 1) == 0 && qualified(name))
		return strdup(name);
	getsockname(fd, (void *)&at, &n);
	net_literal((const void *)&at, name, sizeof name);
	return strdup(name);
}

/* Minutes east of UTC, from the two broken-down forms of one instant. */
static int zone_minutes(time_t now, bool *known)
{
	struct tm utc, local;
	int days;

	*known =
	    gmtime_r(&now, &utc) != NULL && localtime_r(&now, &local) != NULL;
	if (!*known)
		return 0;
	days = local.tm_yday - utc.tm_yday;
	if (local.tm_year != utc.tm_year)
		days = local.tm_year > utc.tm_year ? 1 : -1;
	return (days * 24 + local.tm_hour - utc.tm_hour) * 60 + local.tm_min -
	       utc.tm_min;
}

/* The zone is for a Date that the library adds; looking it up reads a file. */
static bool completes_headers(const struct smtp_session *session)
{
	for (const struct smtp_message *m = session->messages; m != NULL;
	     m = m->next)
		if (m->complete_headers)
			return true;
	return false;
}

static bool wants_local_user(const struct smtp_session *session)
{
	for (const struct smtp_message *m = session->messages; m != NULL;
	     m = m->next)
		if (m->complete_headers && m->reverse_path.utf8 == NULL)
			return true;
	return false;
}

/* Only a null reverse-path without From needs the user: the lookup loads
 * the name service. */
static bool find_local_user(struct smtp_session *session)
{
	char text[PASSWD_SIZE];
	struct passwd entry;
	struct passwd *found = NULL;
	const char *name = "postmaster";

	if (session->local_user != NULL)
		return true;
	if (wants_local_user(session) &&
	    getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 &&
	    found != NULL)
		name = found->pw_name;
	session->local_user = strdup(name);
	return session->local_user != NULL;
}

bool facts_gather(
    struct smtp_session *session, int fd, struct header_facts *facts)
{
	time_t now = time(NULL);

	if (getrandom(facts->random, sizeof facts->random, 0) !=
	    (ssize_t)sizeof facts->random) {
		error_set(&session->error, Smtpx_CAUSE_LOCAL, -EIO,
		    "the system gives no random numbers", NULL);
		return false;
	}
	free(session->ehlo_name);
	session->ehlo_name = session->hostname == NULL
	                         ? local_name(fd)
	                         : strdup(session->hostname);
	if (session->ehlo_name == NULL || !find_local_user(session)) {
		error_set(&session->error, Smtpx_CAUSE_MEMORY, -ENOMEM,
		    "out of memory", NULL);
		return false;
	}
	facts->now = (long long)now;
	if (completes_headers(session))
		facts->zone_minutes = zone_minutes(now, &facts->zone_known);
	facts->host = session->ehlo_name;
	facts->local_user = session->local_user;
	return true;
}
