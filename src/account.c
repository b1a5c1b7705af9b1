/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account.c - one account, every default explicit
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Goes through the table of keys once: whoever set a value last, counted from
 * the system's defaults to the command line, fills the field that the row
 * names. Then follow the values that depend on several keys, and the
 * combinations that make no sense. Everything is copied.
 */
#include "account.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_choose.h"
#include "configuration_key.h"
#include "configuration_load.h"
#include "diagnostics.h"
#include "text.h"

enum { COMPLAINT_MAX = 512 };

static size_t row_of(const struct configuration_key *key)
{
	return (size_t)(key - configuration_key_at(0));
}

static void *field_of(struct account *a, const struct configuration_key *key)
{
	return (char *)a + key->field;
}

static const struct configuration_key *key_of(const char *name)
{
	return configuration_key_find(name, strlen(name), SCOPE_ACCOUNT);
}

static struct account_origin *origin_of(struct account *a, const char *name)
{
	return &a->origin[row_of(key_of(name))];
}

static void list_release(struct account_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct account_list){0};
}

static bool list_add(struct account_list *list, const char *text)
{
	char **grown = realloc(list->item, (list->n + 1) * sizeof *grown);

	if (grown == NULL)
		return false;
	list->item = grown;
	grown[list->n] = strdup(text);
	if (grown[list->n] == NULL)
		return false;
	list->n++;
	return true;
}

/* A text field; a path that is one of the key's words stays NULL. */
static bool store_text(
    struct account *a, const struct configuration_key *key, const char *text)
{
	char **field = field_of(a, key);

	if (text[0] == '\0')
		return true;
	if (key->type == TYPE_PATH && text[0] != '/' && text[0] != '~')
		return true;
	if (key->type == TYPE_PATH)
		*field = configuration_expand(text, a->home);
	else
		*field = strdup(text);
	return *field != NULL;
}

/* Fills key's field with n values that were checked. False: no memory. */
static bool store(struct account *a, const struct configuration_key *key,
    const char *const *value, size_t n)
{
	uint64_t number = 0;
	const char *problem;

	if (configuration_key_is_list(key)) {
		for (size_t i = 0; i < n; i++)
			if (!list_add(field_of(a, key), value[i]))
				return false;
		return true;
	}
	if (n == 0)
		return true;
	configuration_value(key, value[0], &number, &problem);
	switch (key->type) {
	case TYPE_SECRET:
		return value[0][0] == '\0' ||
		       secret_set(field_of(a, key), value[0], strlen(value[0]));
	case TYPE_SWITCH:
		*(bool *)field_of(a, key) = number != 0;
		return true;
	case TYPE_WORD:
		*(int *)field_of(a, key) = (int)(int64_t)number;
		return true;
	case TYPE_DURATION:
	case TYPE_SIZE:
	case TYPE_COUNT:
		*(uint64_t *)field_of(a, key) = number;
		return true;
	default:
		return store_text(a, key, value[0]);
	}
}

/* The account's own copy of a file's name; NULL: no memory. */
static const char *keep_file(struct account *a, const char *name)
{
	for (size_t i = 0; i < a->files.n; i++)
		if (strcmp(a->files.item[i], name) == 0)
			return a->files.item[i];
	if (!list_add(&a->files, name))
		return NULL;
	return a->files.item[a->files.n - 1];
}

/* Where the values come from. */
struct layers {
	const struct configuration *c;
	const struct configuration_section *section;
	const struct account_overrides *o;
	struct diagnostics *d;
};

static const struct configuration_setting *effective(const struct layers *l,
    const struct configuration_key *key, unsigned *distance)
{
	const struct configuration_setting *found = account_override(l->o, key);

	*distance = 0;
	if (found != NULL)
		return found;
	found = configuration_lookup(l->c, l->section, key, distance);
	(*distance)++;
	return found;
}

/* A password is no use where a nearer section says where to get it. */
static bool is_overruled(const struct layers *l,
    const struct configuration_key *key, unsigned distance)
{
	const char *rival = key->type == TYPE_SECRET    ? "password-from"
	                    : key->type == TYPE_SOURCES ? "password"
	                                                : NULL;
	unsigned other;

	return rival != NULL && effective(l, key_of(rival), &other) != NULL &&
	       other < distance;
}

/* A complaint about the effective value of a key. */
static void complain(const struct account *a,
    const struct configuration_key *key, struct diagnostics *d,
    const char *format, ...) SMTP_PRINTF(4, 5);

static void complain(const struct account *a,
    const struct configuration_key *key, struct diagnostics *d,
    const char *format, ...)
{
	const struct account_origin *origin = &a->origin[row_of(key)];
	char text[COMPLAINT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (origin->by == BY_FILE)
		configuration_complain(
		    d, origin->file, origin->line, "%s: %s", key->name, text);
	else if (origin->by == BY_SET)
		diagnostics_add(d, "--set %s: %s", key->name, text);
	else
		diagnostics_add(
		    d, "account '%s': %s: %s", a->name, key->name, text);
}

static bool fill_key(struct account *a, const struct layers *l,
    const struct configuration_key *key)
{
	struct account_origin *origin = &a->origin[row_of(key)];
	const char *const preset[1] = {key->preset};
	const struct configuration_setting *s;
	unsigned distance;

	s = effective(l, key, &distance);
	if (s == NULL || is_overruled(l, key, distance))
		return store(a, key, preset, key->preset == NULL ? 0 : 1);
	origin->by = s->line == 0 ? BY_SET : BY_FILE;
	origin->line = s->line;
	if (origin->by == BY_FILE) {
		origin->file = keep_file(a, s->file);
		if (origin->file == NULL)
			return false;
	}
	if (key->type == TYPE_PATH && s->value[0][0] == '~' &&
	    configuration_home(a->home) == NULL) {
		complain(a, key, l->d, "there is no home directory for ~");
		return true;
	}
	return store(a, key, (const char *const *)s->value, s->n);
}

static bool fill(struct account *a, const struct layers *l)
{
	for (size_t i = 0; i < configuration_key_count(); i++) {
		const struct configuration_key *key = configuration_key_at(i);

		if (key->field != NO_FIELD && !fill_key(a, l, key))
			return false;
	}
	return true;
}

/* from out of user, and senders out of from. */
static bool derive_sender(struct account *a)
{
	uint64_t number;
	const char *problem;

	if (a->from == NULL && a->user != NULL &&
	    strchr(a->user, '@') != NULL &&
	    configuration_value(key_of("from"), a->user, &number, &problem)) {
		a->from = strdup(a->user);
		*origin_of(a, "from") =
		    (struct account_origin){BY_DERIVATION, "user", 0};
		if (a->from == NULL)
			return false;
	}
	if (a->senders.n > 0 || a->from == NULL ||
	    origin_of(a, "senders")->by != BY_DEFAULT)
		return true;
	*origin_of(a, "senders") =
	    (struct account_origin){BY_DERIVATION, "from", 0};
	return list_add(&a->senders, a->from);
}

/* Names of mechanisms are written in capitals; auto and off stand alone. */
static void check_auth(struct account *a, struct diagnostics *d)
{
	for (size_t i = 0; i < a->auth.n; i++) {
		char *name = a->auth.item[i];
		bool is_word =
		    text_same(name, "auto") || text_same(name, "off");

		if (is_word && a->auth.n > 1)
			complain(
			    a, key_of("auth"), d, "%s must stand alone", name);
		for (; *name != '\0'; name++) {
			unsigned char c = text_lower((unsigned char)*name);

			if (!is_word && c >= 'a' && c <= 'z')
				c = (unsigned char)(c - 'a' + 'A');
			*name = (char)c;
		}
	}
	if (a->auth.n == 0)
		complain(a, key_of("auth"), d, "is empty; off means no login");
}

static void check_notify(struct account *a, struct diagnostics *d)
{
	const struct configuration_key *key = key_of("dsn-notify");
	uint64_t number = 0;
	const char *problem;

	for (size_t i = 0; i < a->dsn_notify.n; i++) {
		configuration_value(
		    key, a->dsn_notify.item[i], &number, &problem);
		a->notify |= (int)(int64_t)number;
	}
	if (a->notify < 0 && a->dsn_notify.n > 1)
		complain(a, key_of("dsn-notify"), d, "never must stand alone");
}

static bool make_pins(struct account *a)
{
	if (a->tls_pin.n == 0)
		return true;
	a->pin = calloc(a->tls_pin.n, sizeof *a->pin);
	if (a->pin == NULL)
		return false;
	for (size_t i = 0; i < a->tls_pin.n; i++)
		configuration_pin(a->tls_pin.item[i], a->pin[i]);
	return true;
}

static void check_tls(struct account *a, struct diagnostics *d)
{
	if (a->tls_verify == Smtpx_VERIFY_PIN_ONLY && a->tls_pin.n == 0)
		complain(
		    a, key_of("tls-verify"), d, "pin-only needs a tls-pin");
	if (a->tls_key_file != NULL && a->tls_cert_file == NULL)
		complain(a, key_of("tls-key-file"), d, "needs a tls-cert-file");
}

/* What depends on several keys. False: no memory. */
static bool conclude(struct account *a, struct diagnostics *d)
{
	const char *problem;

	if (!derive_sender(a) || !make_pins(a))
		return false;
	check_auth(a, d);
	check_notify(a, d);
	check_tls(a, d);
	if (a->server.n == 0)
		complain(a, key_of("server"), d, "is missing");
	if (account_make_attempts(a, &problem))
		return true;
	if (problem != NULL)
		complain(a, key_of("server"), d, "%s", problem);
	return problem != NULL;
}

/* Name and home, before the fields. */
static bool begin(struct account *a, const struct layers *l)
{
	a->name = strdup(l->section == NULL ? "" : l->section->title);
	if (l->c->home != NULL)
		a->home = strdup(l->c->home);
	return a->name != NULL && (l->c->home == NULL || a->home != NULL);
}

bool account_select(struct account *a, const struct configuration *c,
    const struct account_request *r, struct diagnostics *d)
{
	struct account_overrides o;
	struct account_choice choice;
	size_t before = d->n + d->dropped;

	*a = (struct account){0};
	if (!account_overrides_init(&o, r, d))
		return false;
	if (account_choose(&choice, c, r, &o, d)) {
		struct layers l = {c, choice.section, &o, d};

		a->why = choice.why;
		if (!begin(a, &l) || !fill(a, &l) || !conclude(a, d))
			diagnostics_no_memory(d, "account");
	} else if (d->n + d->dropped == before) {
		diagnostics_no_memory(d, "account");
	}
	account_overrides_release(&o);
	if (d->n + d->dropped == before)
		return true;
	account_release(a);
	return false;
}

static void release_field(
    struct account *a, const struct configuration_key *key)
{
	switch (key->type) {
	case TYPE_SECRET:
		secret_release(field_of(a, key));
		break;
	case TYPE_SWITCH:
	case TYPE_WORD:
	case TYPE_DURATION:
	case TYPE_SIZE:
	case TYPE_COUNT:
		break;
	default:
		if (configuration_key_is_list(key))
			list_release(field_of(a, key));
		else
			free(*(char **)field_of(a, key));
	}
}

void account_release(struct account *a)
{
	for (size_t i = 0; i < configuration_key_count(); i++)
		if (configuration_key_at(i)->field != NO_FIELD)
			release_field(a, configuration_key_at(i));
	for (size_t i = 0; i < a->n_attempts; i++) {
		free(a->attempt[i].hostport);
		free(a->attempt[i].host);
		free(a->attempt[i].path);
	}
	list_release(&a->files);
	free(a->attempt);
	free(a->pin);
	free(a->name);
	free(a->why);
	free(a->home);
	*a = (struct account){0};
}
