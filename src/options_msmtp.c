/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * options_msmtp.c - msmtp's words, and --set, as keys of the account.
 *
 * An existing msmtp command line keeps its meaning when the name is
 * swapped.  Each word becomes KEY=VALUE above the configuration files, and is
 * checked there like a key that was written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "options.h"
#include "options_table.h"
#include "text.h"

/* host:port; RFC 1035 names have 255 octets at most. */
#define SERVER_MAX 512

void apply_set(struct parse *p, const struct option_row *row, const char *value)
{
	const char *equals = strchr(value, '=');
	char *key;

	(void)row;
	if (equals == NULL || equals == value) {
		option_refuse(p, "--set takes KEY=VALUE");
		return;
	}
	key = strndup(value, (size_t)(equals - value));
	if (key == NULL)
		option_refuse(p, "out of memory");
	else
		option_set_key(p, key, equals + 1);
	free(key);
}

/* msmtp takes a setting back by a word without a value; row->key is "KEY", or
 * "KEY VALUE" with what that means where nothing is no value. */
void apply_key(struct parse *p, const struct option_row *row, const char *value)
{
	char key[64];
	char *none;

	snprintf(key, sizeof key, "%s", row->key);
	none = key + strcspn(key, " ");
	if (*none != '\0')
		*none++ = '\0';
	if (value == NULL || value[0] == '\0' || text_same(value, "off"))
		value = none;
	option_set_key(p, key, value);
}

/* whoever can slip in an argument must not run a command by it. */
void apply_command(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	option_refuse(p,
	    "--%s: a command is not taken from the command line: write "
	    "password-from = 'command:...' into the configuration",
	    row->word);
}

static bool is_off(const char *value)
{
	return value != NULL && text_same(value, "off");
}

static bool is_on(const char *value)
{
	return value == NULL || text_same(value, "on") ||
	       text_same(value, "auto");
}

/* row->key is "KEY ON OFF": the key and its two values. */
void apply_switch(
    struct parse *p, const struct option_row *row, const char *value)
{
	char key[64];
	char *on, *off;

	if (!is_on(value) && !is_off(value)) {
		option_refuse(p, "--%s=%s: say on or off", row->word, value);
		return;
	}
	snprintf(key, sizeof key, "%s", row->key);
	on = strchr(key, ' ');
	*on++ = '\0';
	off = strchr(on, ' ');
	*off++ = '\0';
	option_set_key(p, key, is_off(value) ? off : on);
}

/* clang-format off */
static const struct {
	const char *name;
	int facility;
} facilities[] = {
	{ "LOG_MAIL",   LOG_MAIL },
	{ "LOG_USER",   LOG_USER },
	{ "LOG_LOCAL0", LOG_LOCAL0 },
	{ "LOG_LOCAL1", LOG_LOCAL1 },
	{ "LOG_LOCAL2", LOG_LOCAL2 },
	{ "LOG_LOCAL3", LOG_LOCAL3 },
	{ "LOG_LOCAL4", LOG_LOCAL4 },
	{ "LOG_LOCAL5", LOG_LOCAL5 },
	{ "LOG_LOCAL6", LOG_LOCAL6 },
	{ "LOG_LOCAL7", LOG_LOCAL7 },
};
/* clang-format on */

void apply_syslog(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (is_on(value) || is_off(value) || value[0] == '\0') {
		apply_switch(
		    p, row, value == NULL || value[0] != '\0' ? value : "off");
		return;
	}
	for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
		if (!text_same(value, facilities[i].name))
			continue;
		p->options->log_facility = facilities[i].facility;
		apply_switch(p, row, NULL);
		return;
	}
	option_refuse(p,
	    "--syslog=%s: say on, off, LOG_MAIL, LOG_USER, or LOG_LOCAL0 to "
	    "LOG_LOCAL7",
	    value);
}

void apply_auth(
    struct parse *p, const struct option_row *row, const char *value)
{
	/* The last one counts, where the key is a list. */
	option_set_key(p, row->key, "");
	if (is_off(value))
		option_set_key(p, row->key, "off");
	else if (is_on(value))
		option_set_key(p, row->key, "auto");
	else
		option_set_key(p, row->key, value);
}

void apply_tls(struct parse *p, const struct option_row *row, const char *value)
{
	if (!is_on(value) && !is_off(value)) {
		option_refuse(p, "--%s=%s: say on or off", row->word, value);
		return;
	}
	p->tls_given = true;
	if (row->field == 't')
		p->tls_off = is_off(value);
	else
		p->starttls_off = is_off(value);
}

void apply_host(
    struct parse *p, const struct option_row *row, const char *value)
{
	char path[SERVER_MAX];

	switch (row->field) {
	case 'h':
		p->host = value;
		p->options->host_given = true;
		break;
	case 'p':
		p->port = value;
		break;
	default:
		if (value[0] == '\0')
			break;
		snprintf(path, sizeof path, "unix:%s", value);
		option_set_key(p, "server", "");
		option_set_key(p, "server", path);
		break;
	}
}

void apply_unsupported(
    struct parse *p, const struct option_row *row, const char *value)
{
	if (value != NULL && value[0] != '\0' && !is_off(value))
		option_refuse(
		    p, "option --%s is not supported here", row->word);
}

void apply_set_from(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)row;
	if (value != NULL && text_same(value, "on"))
		option_set_key(p, "from-policy", "force");
	else if (is_off(value))
		option_set_key(p, "add-from", "off");
	else
		option_set_key(p, "add-from", "on");
}

void apply_hide_recipients(
    struct parse *p, const struct option_row *row, const char *value)
{
	(void)row;
	if (is_off(value))
		return;
	option_set_key(p, "remove-header", "To");
	option_set_key(p, "remove-header", "Cc");
	option_set_key(p, "undisclosed-recipients", "on");
}

static void finish_server(struct parse *p)
{
	char server[SERVER_MAX];
	bool literal;

	if (p->host == NULL && p->port == NULL)
		return;
	if (p->host == NULL) {
		option_refuse(p, "--port needs --host: a server stands in the "
				 "configuration with its port");
		return;
	}
	literal = strchr(p->host, ':') != NULL && p->host[0] != '[';
	snprintf(server, sizeof server, "%s%s%s%s%s", literal ? "[" : "",
	    p->host, literal ? "]" : "", p->port == NULL ? "" : ":",
	    p->port == NULL ? "" : p->port);
	option_set_key(p, "server", "");
	option_set_key(p, "server", server);
}

void options_msmtp_finish(struct parse *p)
{
	finish_server(p);
	if (!p->tls_given)
		return;
	option_set_key(p, "tls",
	    p->tls_off        ? "off"
	    : p->starttls_off ? "implicit"
			      : "starttls");
}
