/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * address.c - host names, mail names and the password entry.
 *
 * contract: address.h.  The domain for unqualified addresses is the key
 * qualify-domain, else a qualified /etc/mailname, else the host's qualified
 * name, else the domain of the account's own address; never a bare name.
 */
#include "address.h"

#include <ctype.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account.h"
#include "hostname.h"
#include "rfc5322.h"
#include "text.h"

#define NAME_SIZE 256
#define PASSWD_SIZE 16384

void address_context_init(
    struct address_context *c, const struct account *account)
{
	memset(c, 0, sizeof *c);
	c->account = account;
}

void address_context_release(struct address_context *c)
{
	free(c->domain);
	free(c->hostname);
	free(c->mailname);
	free(c->canonical);
	memset(c, 0, sizeof *c);
}

static bool is_qualified(const char *name)
{
	return name != NULL && strchr(name, '.') != NULL &&
	       hostname_is_valid(name, strlen(name)) &&
	       !text_same(name, "localhost.localdomain");
}

static char *read_mailname(void)
{
	char line[NAME_SIZE] = "";
	FILE *f = fopen("/etc/mailname", "re");
	size_t n;

	if (f == NULL)
		return NULL;
	if (fgets(line, sizeof line, f) == NULL)
		line[0] = '\0';
	fclose(f);
	n = strcspn(line, " \t\r\n");
	line[n] = '\0';
	return n == 0 ? NULL : strdup(line);
}

/* What the resolver calls this host, when that is qualified. */
static char *canonical_name(const char *hostname)
{
	struct addrinfo hints = {
	    .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char *name = NULL;

	if (getaddrinfo(hostname, NULL, &hints, &found) != 0)
		return NULL;
	if (found->ai_canonname != NULL && is_qualified(found->ai_canonname))
		name = strdup(found->ai_canonname);
	freeaddrinfo(found);
	return name;
}

/* The same, asked once. */
static const char *canonical(struct address_context *c)
{
	if (!c->canonical_looked && c->hostname != NULL)
		c->canonical = canonical_name(c->hostname);
	c->canonical_looked = true;
	return c->canonical;
}

static void look(struct address_context *c)
{
	char name[NAME_SIZE] = "";

	if (c->looked)
		return;
	c->looked = true;
	c->mailname = read_mailname();
	if (gethostname(name, sizeof name - 1) == 0)
		c->hostname = strdup(name);
}

static char *copy_or_null(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

const char *address_domain(struct address_context *c)
{
	const struct account *account = c->account;
	const char *at;

	if (c->domain != NULL)
		return c->domain;
	if (account->qualify_domain != NULL)
		return c->domain = copy_or_null(account->qualify_domain);
	look(c);
	if (is_qualified(c->mailname))
		return c->domain = copy_or_null(c->mailname);
	if (is_qualified(c->hostname))
		return c->domain = copy_or_null(c->hostname);
	c->domain = copy_or_null(canonical(c));
	at = account->from == NULL ? NULL : strrchr(account->from, '@');
	if (c->domain == NULL && at != NULL)
		c->domain = copy_or_null(at + 1);
	return c->domain;
}

/* user@localhost, and a host name without a dot, mean nothing elsewhere. */
static bool means_nothing(const char *domain)
{
	return domain == NULL || text_same(domain, "localhost") ||
	       text_same(domain, "localhost.localdomain");
}

/* The host's qualified name begins with its bare one, so that only then the
 * resolver has to be asked. */
static bool is_canonical(struct address_context *c, const char *domain)
{
	size_t n = c->hostname == NULL ? 0 : strlen(c->hostname);

	if (n == 0 ||
	    !text_starts_nocase(domain, strlen(domain), c->hostname) ||
	    domain[n] != '.')
		return false;
	return canonical(c) != NULL && text_same(domain, canonical(c));
}

bool address_is_local(
    struct address_context *c, const struct rfc5322_address *address)
{
	const char *domain = address->domain;

	if (means_nothing(domain))
		return true;
	look(c);
	if (c->hostname != NULL && text_same(domain, c->hostname))
		return true;
	if (c->mailname != NULL && text_same(domain, c->mailname))
		return true;
	return is_canonical(c, domain);
}

char *address_mailbox(struct address_context *c,
    const struct rfc5322_address *address, bool *no_domain)
{
	const char *domain = address->domain;
	bool nowhere = means_nothing(domain) ||
	               (strchr(domain, '.') == NULL && domain[0] != '[' &&
			   address_is_local(c, address));
	size_t n;
	char *mailbox;

	if (nowhere)
		domain = address_domain(c);
	*no_domain = domain == NULL;
	if (domain == NULL)
		return NULL;
	n = strlen(address->local) + strlen(domain) + 2;
	mailbox = malloc(n);
	if (mailbox != NULL)
		snprintf(mailbox, n, "%s@%s", address->local, domain);
	return mailbox;
}

char *address_login_name(void)
{
	/* clang-format off */
	static const char *const variables[] = { "USER", "LOGNAME" };
	/* clang-format on */
	char text[PASSWD_SIZE];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 &&
	    found != NULL)
		return strdup(found->pw_name);
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const char *name = getenv(variables[i]);

		if (name != NULL && text_is_atom(name, strlen(name)) &&
		    text_is_ascii(name, strlen(name)))
			return strdup(name);
	}
	return NULL;
}

char *address_full_name(void)
{
	char text[PASSWD_SIZE], name[NAME_SIZE];
	struct passwd entry;
	struct passwd *found = NULL;
	size_t n = 0;

	if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) != 0 ||
	    found == NULL || found->pw_gecos == NULL)
		return NULL;
	for (const char *p = found->pw_gecos;
	     *p != '\0' && strchr(",;%", *p) == NULL && n < sizeof name - 1;
	     p++) {
		const char *login = found->pw_name;

		if (*p != '&') {
			name[n++] = *p;
			continue;
		}
		for (size_t i = 0; login[i] != '\0' && n < sizeof name - 1; i++)
			name[n++] =
			    (char)(i == 0 ? toupper((unsigned char)login[0])
					  : login[i]);
	}
	name[n] = '\0';
	return n == 0 || text_has_control(name, n) ? NULL : strdup(name);
}
