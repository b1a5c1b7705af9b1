/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_paths.c - where the configuration files are
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The program is run by cron, web servers and sudo, whose HOME is absent, "/"
 * or somebody else's. So the password entry of the real uid decides, and the
 * environment counts only where it names a directory of that user's. Opens
 * nothing.
 */
#include "configuration.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static const char file_name[] = "/posthaste.conf";

/* a, b and c in one string; NULL: no memory. */
static char *join(const char *a, const char *b, const char *c)
{
	size_t an = strlen(a), bn = strlen(b), cn = strlen(c);
	char *whole = malloc(an + bn + cn + 1);

	if (whole == NULL)
		return NULL;
	memcpy(whole, a, an);
	memcpy(whole + an, b, bn);
	memcpy(whole + an + bn, c, cn + 1);
	return whole;
}

/* The value of a variable that names a directory of uid's; NULL: it does
 * not. */
static const char *own_directory(const char *variable, uid_t uid)
{
	const char *path = getenv(variable);
	struct stat st;

	if (path == NULL || path[0] != '/' || stat(path, &st) != 0)
		return NULL;
	return S_ISDIR(st.st_mode) && st.st_uid == uid ? path : NULL;
}

static const char *home_of(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL && entry->pw_dir != NULL && entry->pw_dir[0] == '/')
		return entry->pw_dir;
	return own_directory("HOME", uid);
}

const char *configuration_home(const char *known)
{
	if (known == NULL)
		return home_of(getuid());
	return known[0] == '\0' ? NULL : known;
}

/* The user's own file; NULL: there is no place for one. False: no memory. */
static bool find_own(struct configuration_paths *p)
{
	const char *base = own_directory("XDG_CONFIG_HOME", p->uid);
	const char *home = home_of(p->uid);

	p->home = strdup(home == NULL ? "" : home);
	if (base != NULL)
		p->user = join(base, "/posthaste", file_name);
	else if (home != NULL)
		p->user = join(home, "/.config/posthaste", file_name);
	return p->home != NULL &&
	       (p->user != NULL || (base == NULL && home == NULL));
}

bool configuration_paths_init(
    struct configuration_paths *p, const char *explicit_file)
{
	bool done;

	*p = (struct configuration_paths){.uid = getuid()};
	p->system = join(SYSCONFDIR, file_name, "");
	p->user_required = explicit_file != NULL;
	if (explicit_file == NULL)
		done = find_own(p);
	else
		done = (p->user = strdup(explicit_file)) != NULL;
	if (done && p->system != NULL)
		return true;
	configuration_paths_release(p);
	return false;
}

void configuration_paths_release(struct configuration_paths *p)
{
	free(p->system);
	free(p->user);
	free(p->home);
	*p = (struct configuration_paths){0};
}
