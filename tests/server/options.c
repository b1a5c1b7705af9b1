/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * options.c - the test server's command line
 *
 * One table: name, kind, place, words for --help.  Only long options, with
 * their value behind "=" or as the next argument.  An option that is not in
 * the table is a mistake; none is ignored. */

#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "octets.h"

enum kind { FLAG, STRING, NUMBER, LIST, RULE, SCRIPT };

struct option {
	const char *name;
	enum kind kind;
	size_t place;
	const char *help;
};

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct option table[] = {
	{ "bind", LIST, AT(bind), "127.x.x.x, ::1 or unix:PATH; repeatable" },
	{ "port", NUMBER, AT(port), "port; 0, the default, takes a free one" },
	{ "port-file", STRING, AT(port_file), "file that gets the port" },
	{ "lifetime", NUMBER, AT(lifetime), "seconds; 120 by default" },
	{ "connections", NUMBER, AT(connections), "end after so many" },
	{ "black-hole", FLAG, AT(black_hole), "let no connection come about" },
	{ "ignore-parent", FLAG, AT(ignore_parent), "outlive the parent" },
	{ "starttls", FLAG, AT(starttls), "offer STARTTLS" },
	{ "implicit-tls", FLAG, AT(implicit_tls), "TLS from the first octet" },
	{ "early-greeting", FLAG, AT(early_greeting),
	    "greeting with our Finished (TLS 1.3)" },
	{ "cert", STRING, AT(cert), "certificate chain, PEM" },
	{ "key", STRING, AT(key), "private key, PEM" },
	{ "tls-priority", STRING, AT(tls_priority), "GnuTLS priority string" },
	{ "client-ca", STRING, AT(client_ca), "ask for a client certificate" },
	{ "ocsp-response", STRING, AT(ocsp_response), "DER file to staple" },
	{ "name", STRING, AT(name), "the server's own name" },
	{ "lmtp", FLAG, AT(lmtp), "speak LMTP" },
	{ "announce", LIST, AT(announce), "EHLO line, added or replaced" },
	{ "without", LIST, AT(without), "EHLO keyword left out" },
	{ "after-auth-announce", LIST, AT(after_auth),
	    "as announce, in an EHLO after AUTH" },
	{ "require-auth", FLAG, AT(require_auth), "530 to MAIL before AUTH" },
	{ "require-tls", FLAG, AT(require_tls), "530 before STARTTLS" },
	{ "auth", STRING, AT(auth), "mechanisms; default: all we have" },
	{ "auth-clear", FLAG, AT(auth_clear),
	    "with --starttls: AUTH before TLS too" },
	{ "user", STRING, AT(user), "who may log in; \"user\"" },
	{ "password", STRING, AT(password), "with what; \"secret\"" },
	{ "scram-iterations", NUMBER, AT(scram_iterations), "4096" },
	{ "script", SCRIPT, AT(script), "file of rules" },
	{ "rule", RULE, AT(script), "one rule; repeatable" },
	{ "settle-ms", NUMBER, AT(settle_ms),
	    "wait so long for more input before replying" },
	{ "eager", FLAG, AT(eager), "send each reply on its own at once" },
	{ "rcvbuf", NUMBER, AT(rcvbuf), "SO_RCVBUF" },
	{ "sndbuf", NUMBER, AT(sndbuf), "SO_SNDBUF" },
	{ "record", STRING, AT(record), "directory for what was received" },
	{ "dump-raw", FLAG, AT(dump_raw), "record each client octet too" },
	{ "discard", FLAG, AT(discard), "content is counted, not kept" },
};
/* clang-format on */

static void add_item(struct options_list *list, const char *item)
{
	const char **items;

	items = realloc(list->items, (list->n + 1) * sizeof *items);
	if (!items)
		octets_die("out of memory");
	items[list->n++] = item;
	list->items = items;
}

static void print_help(void)
{
	puts("usage: smtpserver [OPTION]...\n"
	     "A scripted SMTP server for tests, on loopback only.\n");
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		printf("  --%-20s %s\n", table[i].name, table[i].help);
}

static bool set_number(long *place, const char *name, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*value == '\0' || *end != '\0' || n < 0) {
		fprintf(
		    stderr, "smtpserver: --%s %s: no number\n", name, value);
		return false;
	}
	*place = n;
	return true;
}

static bool set_value(
    struct options *o, const struct option *option, const char *value)
{
	void *place = (char *)o + option->place;

	switch (option->kind) {
	case FLAG:
		*(bool *)place = true;
		return true;
	case STRING:
		*(const char **)place = value;
		return true;
	case NUMBER:
		return set_number(place, option->name, value);
	case LIST:
		add_item(place, value);
		return true;
	case RULE:
		return script_add(place, value);
	case SCRIPT:
		return script_load(place, value);
	}
	return false;
}

static const struct option *find(const char *arg)
{
	size_t n = strcspn(arg, "=");

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strlen(table[i].name) == n &&
		    strncmp(table[i].name, arg, n) == 0)
			return &table[i];
	return NULL;
}

/* Takes the option at argv[*i] and moves *i to its last argument. */
static bool take_option(struct options *o, int *i, char **argv)
{
	const char *arg = argv[*i];
	const struct option *option = NULL;
	const char *value;

	if (strncmp(arg, "--", 2) == 0)
		option = find(arg + 2);
	if (!option) {
		fprintf(stderr, "smtpserver: %s: no such option\n", arg);
		return false;
	}
	value = strchr(arg, '=');
	if (option->kind == FLAG && value) {
		fprintf(stderr, "smtpserver: %s: takes no value\n", arg);
		return false;
	}
	if (value)
		value++;
	else if (option->kind != FLAG)
		value = argv[++*i];
	if (!value && option->kind != FLAG) {
		fprintf(stderr, "smtpserver: %s: value missing\n", arg);
		return false;
	}
	return set_value(o, option, value);
}

static bool is_consistent(const struct options *o)
{
	bool tls = o->starttls || o->implicit_tls;
	const char *mistake = NULL;

	if (tls && (!o->cert || !o->key))
		mistake = "TLS needs --cert and --key";
	if (o->starttls && o->implicit_tls)
		mistake = "--starttls and --implicit-tls exclude each other";
	if (o->port > 65535)
		mistake = "--port is too large";
	if (o->dump_raw && !o->record)
		mistake = "--dump-raw needs --record";
	if (mistake)
		fprintf(stderr, "smtpserver: %s\n", mistake);
	return !mistake;
}

bool options_parse(struct options *o, int argc, char **argv)
{
	memset(o, 0, sizeof *o);
	o->lifetime = 120;
	o->name = "mail.example";
	o->user = "user";
	o->password = "secret";
	o->scram_iterations = 4096;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			print_help();
			exit(0);
		}
		if (!take_option(o, &i, argv))
			return false;
	}
	if (o->bind.n == 0)
		add_item(&o->bind, "127.0.0.1");
	return is_consistent(o);
}

void options_release(struct options *o)
{
	free(o->bind.items);
	free(o->announce.items);
	free(o->without.items);
	free(o->after_auth.items);
	script_release(&o->script);
	memset(o, 0, sizeof *o);
}
