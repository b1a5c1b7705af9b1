/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_parse.c - libconfuse reads, we copy and check
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * libconfuse gets one buffer in which every value is in single quotes and no
 * secret stands; the options that it knows are made from the table of keys.
 * Everything is copied and libconfuse's copy freed before this returns, for
 * its lexer is global. Its complaints would be about our own writing, so they
 * are not shown; a buffer that it refuses is one line.
 */
#include "configuration_load.h"

#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_key.h"
#include "diagnostics.h"

enum { WORDS_MAX = 256 };

struct options {
	cfg_opt_t account[CONFIGURATION_KEYS_MAX + 1];
	cfg_opt_t top[CONFIGURATION_KEYS_MAX + 3];
};

static void silence(cfg_t *cfg SMTP_UNUSED, const char *format SMTP_UNUSED,
    va_list arguments SMTP_UNUSED)
{
}

/* Appends all keys of a scope; gives their number. */
static size_t fill_options(cfg_opt_t *option, unsigned scope)
{
	size_t n = 0;

	for (size_t i = 0; i < configuration_key_count(); i++) {
		const struct configuration_key *key = configuration_key_at(i);

		if ((key->scope & scope) == 0)
			continue;
		if (configuration_key_is_list(key))
			option[n++] =
			    (cfg_opt_t)CFG_STR_LIST(key->name, NULL, CFGF_NONE);
		else
			option[n++] =
			    (cfg_opt_t)CFG_STR(key->name, NULL, CFGF_NONE);
	}
	option[n] = (cfg_opt_t)CFG_END();
	return n;
}

static void make_options(struct options *o)
{
	size_t n = fill_options(o->top, SCOPE_TOP);

	fill_options(o->account, SCOPE_ACCOUNT);
	o->top[n++] =
	    (cfg_opt_t)CFG_SEC("account", o->account, CFGF_MULTI | CFGF_TITLE);
	o->top[n++] = (cfg_opt_t)CFG_SEC("defaults", o->account, CFGF_NONE);
	o->top[n] = (cfg_opt_t)CFG_END();
}

/* Copies an option's values. */
static bool copy(struct configuration_setting *setting, cfg_t *from)
{
	cfg_opt_t *option = cfg_getopt(from, setting->key->name);
	unsigned n = option == NULL ? 0 : cfg_opt_size(option);

	if (setting->key->type == TYPE_SECRET || n == 0)
		return true;
	setting->value = calloc(n, sizeof *setting->value);
	if (setting->value == NULL)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const char *text = cfg_opt_getnstr(option, i);

		setting->value[i] = strdup(text == NULL ? "" : text);
		if (setting->value[i] == NULL)
			return false;
		setting->n++;
	}
	return true;
}

/* What libconfuse has for a section; accounts come in the file's order. */
static cfg_t *counterpart(
    cfg_t *cfg, const struct configuration_section *s, unsigned *accounts)
{
	switch (s->place) {
	case PLACE_ACCOUNT:
		return cfg_getnsec(cfg, "account", (*accounts)++);
	case PLACE_DEFAULTS:
		return cfg_getsec(cfg, "defaults");
	case PLACE_TOP:
		break;
	}
	return cfg;
}

static void copy_all(struct configuration_load *load, cfg_t *cfg)
{
	struct configuration *c = load->c;
	unsigned accounts = 0;

	for (size_t i = load->first; i < c->n; i++) {
		cfg_t *from = counterpart(cfg, &c->section[i], &accounts);

		for (size_t j = 0; j < c->section[i].n; j++)
			if (from == NULL ||
			    !copy(&c->section[i].setting[j], from))
				load->no_memory = true;
	}
}

static void check_values(struct configuration_load *load,
    const struct configuration_setting *setting)
{
	const struct configuration_key *key = setting->key;
	char words[WORDS_MAX];

	for (size_t i = 0; i < setting->n; i++) {
		uint64_t number;
		const char *problem;

		if (configuration_value(
			key, setting->value[i], &number, &problem))
			continue;
		if (problem == NULL) {
			configuration_key_words(key, words, sizeof words);
			problem = words;
		}
		if (setting->on_secret_line)
			configuration_complain(load->d, setting->file,
			    setting->line, "%s: the value %s", key->name,
			    problem);
		else
			configuration_complain(load->d, setting->file,
			    setting->line, "%s: '%.64s' %s", key->name,
			    setting->value[i], problem);
	}
}

/* Two ways to the password in one section leave open which one is meant. */
static void check_section(struct configuration_load *load,
    const struct configuration_section *section)
{
	const struct configuration_setting *password = NULL, *source = NULL;

	for (size_t i = 0; i < section->n; i++) {
		const struct configuration_setting *s = &section->setting[i];

		check_values(load, s);
		if (s->key->type == TYPE_SECRET)
			password = s;
		else if (s->key->type == TYPE_SOURCES)
			source = s;
	}
	if (password != NULL && source != NULL)
		configuration_complain(load->d, source->file, source->line,
		    "password-from: there is a password at %s:%u already",
		    password->file, password->line);
}

void configuration_parse(struct configuration_load *load)
{
	struct options options;
	char *plain = buf_cstr(&load->plain);
	cfg_t *cfg;

	if (plain == NULL) {
		load->no_memory = true;
		return;
	}
	make_options(&options);
	cfg = cfg_init(options.top, CFGF_NONE);
	if (cfg == NULL) {
		load->no_memory = true;
		return;
	}
	cfg_set_error_function(cfg, silence);
	if (cfg_parse_buf(cfg, plain) == CFG_SUCCESS)
		copy_all(load, cfg);
	else
		diagnostics_add(load->d, "%s: libconfuse cannot read it",
		    load->c->section[load->first].file);
	cfg_free(cfg);
	for (size_t i = load->first; i < load->c->n; i++)
		check_section(load, &load->c->section[i]);
}
