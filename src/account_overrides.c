/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account_overrides.c - KEY=VALUE of the command line
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The same keys and checks as in a file. A secret is refused, because every
 * user can read argument lists, and so is a command, because whoever can slip
 * an argument into a web application's call must not run one.
 * Complaints name the key, and the value only where it can be no secret.
 */
#include "account_choose.h"

#include <stdlib.h>
#include <string.h>

#include "configuration_key.h"
#include "configuration_load.h"
#include "diagnostics.h"
#include "text.h"

enum { WORDS_MAX = 256 };

static const char origin[] = "--set";

const struct configuration_setting *account_override(
    const struct account_overrides *o, const struct configuration_key *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->setting[i].key == key)
			return &o->setting[i];
	return NULL;
}

/* Why key cannot be set with this value; NULL: it can. */
static const char *refusal(
    const struct configuration_key *key, const char *value)
{
	size_t n = strlen(value);

	if (key->type == TYPE_SECRET)
		return "a password cannot stand on the command line";
	if (key->type == TYPE_SOURCES && strncmp(value, "text:", 5) == 0)
		return "a password cannot stand on the command line";
	if (key->type == TYPE_SOURCES && strncmp(value, "command:", 8) == 0)
		return "a command can stand in a configuration file only";
	if (strcmp(key->name, "inherit") == 0)
		return "can stand in a configuration file only";
	if (n > CONFIGURATION_VALUE_MAX)
		return "the value is too long";
	if (text_has_control(value, n) || !text_is_utf8(value, n))
		return "the value holds a control character or is not UTF-8";
	return NULL;
}

/* The setting of key, made if there is none; NULL: no memory. */
static struct configuration_setting *setting_for(
    struct account_overrides *o, const struct configuration_key *key)
{
	struct configuration_setting *grown;

	for (size_t i = 0; i < o->n; i++)
		if (o->setting[i].key == key)
			return &o->setting[i];
	grown = realloc(o->setting, (o->n + 1) * sizeof *grown);
	if (grown == NULL)
		return NULL;
	o->setting = grown;
	grown[o->n] =
	    (struct configuration_setting){.key = key, .file = origin};
	return &grown[o->n++];
}

static void empty(struct configuration_setting *s)
{
	while (s->n > 0)
		free(s->value[--s->n]);
}

/* Sets or, for a list, appends. False: no memory. */
static bool store(struct account_overrides *o,
    const struct configuration_key *key, const char *value)
{
	struct configuration_setting *s = setting_for(o, key);
	bool list = configuration_key_is_list(key);
	char **grown, *copy;

	if (s == NULL)
		return false;
	if (!list || value[0] == '\0')
		empty(s);
	if (list && value[0] == '\0')
		return true;
	grown = realloc(s->value, (s->n + 1) * sizeof *grown);
	if (grown == NULL)
		return false;
	s->value = grown;
	copy = strdup(value);
	if (copy == NULL)
		return false;
	s->value[s->n++] = copy;
	return true;
}

static void complain_of_value(const struct configuration_key *key,
    const char *value, const char *problem, struct diagnostics *d)
{
	char words[WORDS_MAX];

	if (problem == NULL) {
		configuration_key_words(key, words, sizeof words);
		problem = words;
	}
	if (key->type == TYPE_SOURCES)
		diagnostics_add(
		    d, "--set %s: the value %s", key->name, problem);
	else
		diagnostics_add(
		    d, "--set %s: '%.64s' %s", key->name, value, problem);
}

static void complain_of_key(const char *text, size_t n, struct diagnostics *d)
{
	const struct configuration_key *near =
	    configuration_key_nearest(text, n);

	diagnostics_add(d, "--set: unknown key '%.*s'%s%s%s",
	    n > 40 ? 40 : (int)n, text, near == NULL ? "" : "; is '",
	    near == NULL ? "" : near->name, near == NULL ? "" : "' meant?");
}

static void take(
    struct account_overrides *o, const char *text, struct diagnostics *d)
{
	const char *equals = strchr(text, '=');
	const struct configuration_key *key;
	const char *value, *why, *problem;
	size_t n;
	uint64_t number;

	if (equals == NULL) {
		diagnostics_add(d, "--set takes KEY=VALUE");
		return;
	}
	n = (size_t)(equals - text);
	value = equals + 1;
	/* An account's key before one of the top level of the same name. */
	key = configuration_key_find(text, n, SCOPE_ACCOUNT);
	if (key == NULL)
		key = configuration_key_find(text, n, SCOPE_TOP);
	if (key == NULL && text_starts_nocase(text, n, "x-"))
		return;
	if (key == NULL) {
		complain_of_key(text, n, d);
		return;
	}
	why = refusal(key, value);
	if (why != NULL)
		diagnostics_add(d, "--set %s: %s", key->name, why);
	else if (!(configuration_key_is_list(key) && value[0] == '\0') &&
		 !configuration_value(key, value, &number, &problem))
		complain_of_value(key, value, problem, d);
	else if (!store(o, key, value))
		diagnostics_no_memory(d, "--set");
}

bool account_overrides_init(struct account_overrides *o,
    const struct account_request *r, struct diagnostics *d)
{
	size_t before = d->n + d->dropped;

	*o = (struct account_overrides){0};
	for (size_t i = 0; i < r->n_set; i++)
		take(o, r->set[i], d);
	if (d->n + d->dropped == before)
		return true;
	account_overrides_release(o);
	return false;
}

void account_overrides_release(struct account_overrides *o)
{
	for (size_t i = 0; i < o->n; i++) {
		empty(&o->setting[i]);
		free(o->setting[i].value);
	}
	free(o->setting);
	*o = (struct account_overrides){0};
}
