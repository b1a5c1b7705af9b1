/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration.c - what the configuration files say
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Puts the steps together: the system's file, then the user's, each with what
 * it includes, then the questions that only the whole can answer. An account
 * of the system's never looks at the user's file: what the administrator
 * wrote is not bent by a name that the user took. Never prints.
 */
#include "configuration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_key.h"
#include "configuration_load.h"
#include "diagnostics.h"

/* Braces and quotes that are added weigh more than what is left out. */
#define PLAIN_MAX ((size_t)CONFIGURATION_FILES_MAX * CONFIGURATION_FILE_MAX * 4)

void configuration_free_text(char *text)
{
	if (text != NULL)
		buf_wipe(text, strlen(text));
	free(text);
}

const char *configuration_add_file(
    struct configuration_load *load, const char *name)
{
	struct configuration *c = load->c;
	char **grown, *copy;

	if (c->n_files == CONFIGURATION_FILES_MAX) {
		diagnostics_add(load->d, "%s: more than %d files", name,
		    (int)CONFIGURATION_FILES_MAX);
		return NULL;
	}
	grown = realloc(c->file, (c->n_files + 1) * sizeof *grown);
	if (grown != NULL)
		c->file = grown;
	copy = grown == NULL ? NULL : strdup(name);
	if (copy == NULL)
		load->no_memory = true;
	else
		c->file[c->n_files++] = copy;
	return copy;
}

bool configuration_add_section(struct configuration_load *load,
    const struct configuration_section *section)
{
	struct configuration *c = load->c;
	struct configuration_section *grown =
	    realloc(c->section, (c->n + 1) * sizeof *grown);

	if (grown == NULL) {
		load->no_memory = true;
		free(section->title);
		return false;
	}
	c->section = grown;
	c->section[c->n++] = *section;
	return true;
}

size_t configuration_find_section(
    const struct configuration_load *load, const char *title)
{
	const struct configuration *c = load->c;

	for (size_t i = load->first + 1; i < c->n; i++) {
		const struct configuration_section *s = &c->section[i];

		if (title == NULL ? s->place == PLACE_DEFAULTS
				  : s->place == PLACE_ACCOUNT &&
					strcmp(s->title, title) == 0)
			return i;
	}
	return 0;
}

static bool is_open(const struct configuration_load *load,
    const struct configuration_block *block)
{
	for (unsigned i = 0; i < load->depth; i++)
		if (load->open[i].device == block->device &&
		    load->open[i].inode == block->inode)
			return true;
	return false;
}

enum configuration_opened configuration_load_file(
    struct configuration_load *load, const char *path)
{
	struct configuration_block block;
	enum configuration_opened opened;
	const char *name;

	if (load->depth == CONFIGURATION_DEPTH_MAX) {
		diagnostics_add(load->d, "%s: included %d deep", path,
		    (int)CONFIGURATION_DEPTH_MAX);
		return FILE_BAD;
	}
	opened =
	    configuration_file_read(path, load->paths->uid, &block, load->d);
	if (opened != FILE_READ)
		return opened;
	name = configuration_add_file(load, path);
	if (name != NULL && is_open(load, &block)) {
		diagnostics_add(load->d, "%s: includes itself", path);
	} else if (name != NULL) {
		load->open[load->depth].device = block.device;
		load->open[load->depth].inode = block.inode;
		load->depth++;
		configuration_scan(load, name, &block);
		load->depth--;
	}
	configuration_block_release(&block);
	return name == NULL ? FILE_BAD : FILE_READ;
}

/* Begins one of the two files: adds the section of its top level. */
static bool begin(struct configuration_load *load, const char *path)
{
	struct configuration_section top = {
	    .place = PLACE_TOP, .of_user = load->of_user, .file = path};

	buf_init(&load->plain, PLAIN_MAX);
	load->first = load->c->n;
	return configuration_add_section(load, &top);
}

/* One of the two files; path outlives the configuration. */
static enum configuration_opened load_root(
    struct configuration_load *load, const char *path)
{
	enum configuration_opened opened = FILE_BAD;

	if (begin(load, path)) {
		opened = configuration_load_file(load, path);
		if (opened == FILE_READ)
			configuration_parse(load);
	}
	buf_release(&load->plain);
	return opened;
}

static const struct configuration_setting *setting_of(
    const struct configuration_section *s, const struct configuration_key *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->setting[i].key == key)
			return &s->setting[i];
	return NULL;
}

static const struct configuration_setting *setting_named(
    const struct configuration_section *s, const char *name, unsigned scope)
{
	return setting_of(s, configuration_key_find(name, strlen(name), scope));
}

const struct configuration_section *configuration_account(
    const struct configuration *c, const char *name, bool of_system)
{
	/* The user's stand behind the system's. */
	for (size_t i = c->n; i-- > 0;) {
		const struct configuration_section *s = &c->section[i];

		if (s->place == PLACE_ACCOUNT && !(of_system && s->of_user) &&
		    strcmp(s->title, name) == 0)
			return s;
	}
	return NULL;
}

/* The account that s inherits from; NULL: none. */
static const struct configuration_section *parent(
    const struct configuration *c, const struct configuration_section *s)
{
	const struct configuration_setting *inherit =
	    setting_named(s, "inherit", SCOPE_ACCOUNT);

	if (inherit == NULL || inherit->n == 0)
		return NULL;
	return configuration_account(c, inherit->value[0], !s->of_user);
}

const struct configuration_setting *configuration_lookup(
    const struct configuration *c, const struct configuration_section *s,
    const struct configuration_key *key, unsigned *distance)
{
	bool of_user = s == NULL || s->of_user;
	enum configuration_place place =
	    key->scope == SCOPE_TOP ? PLACE_TOP : PLACE_DEFAULTS;

	*distance = 0;
	/* No more steps than sections, should a cycle have got here. */
	for (; place == PLACE_DEFAULTS && s != NULL && *distance < c->n;
	     s = parent(c, s), (*distance)++) {
		const struct configuration_setting *own = setting_of(s, key);

		if (own != NULL)
			return own;
	}
	for (size_t i = c->n; i-- > 0; (*distance)++) {
		const struct configuration_section *d = &c->section[i];
		const struct configuration_setting *found = NULL;

		if (d->place == place &&
		    (of_user || !d->of_user || place == PLACE_TOP))
			found = setting_of(d, key);
		if (found != NULL)
			return found;
	}
	return NULL;
}

/* Complains about an inherit that leads nowhere or around in a circle. */
static void check_inherit(
    struct configuration_load *load, const struct configuration_section *s)
{
	const struct configuration *c = load->c;
	const struct configuration_section *at = s;
	const struct configuration_setting *inherit =
	    setting_named(s, "inherit", SCOPE_ACCOUNT);
	size_t steps = 0;

	if (inherit == NULL || inherit->n == 0)
		return;
	if (s->place == PLACE_DEFAULTS) {
		configuration_complain(load->d, inherit->file, inherit->line,
		    "inherit must stand in an account");
		return;
	}
	if (parent(c, s) == NULL) {
		configuration_complain(load->d, inherit->file, inherit->line,
		    "inherit: there is no account '%.64s'", inherit->value[0]);
		return;
	}
	do
		at = parent(c, at);
	while (at != NULL && at != s && steps++ < c->n);
	if (at == s)
		configuration_complain(load->d, inherit->file, inherit->line,
		    "inherit: '%.64s' inherits from itself in the end",
		    s->title);
}

static void check_default(
    struct configuration_load *load, const struct configuration_section *s)
{
	const struct configuration_setting *chosen =
	    setting_named(s, "default-account", SCOPE_TOP);

	if (chosen != NULL && chosen->n > 0 &&
	    configuration_account(load->c, chosen->value[0], !s->of_user) ==
		NULL)
		configuration_complain(load->d, chosen->file, chosen->line,
		    "default-account: there is no account '%.64s'",
		    chosen->value[0]);
}

/* What only the whole can answer; and whether all went well since before,
 * else gives everything back. */
static bool finish(struct configuration_load *load, size_t before)
{
	struct configuration *c = load->c;
	struct diagnostics *d = load->d;

	for (size_t i = 0; i < c->n; i++) {
		if (c->section[i].place == PLACE_TOP)
			check_default(load, &c->section[i]);
		else
			check_inherit(load, &c->section[i]);
	}
	if (load->no_memory)
		diagnostics_no_memory(d, "configuration");
	if (d->n + d->dropped == before)
		return true;
	configuration_release(c);
	return false;
}

static void load_both(struct configuration_load *load)
{
	const struct configuration_paths *paths = load->paths;
	struct configuration *c = load->c;
	enum configuration_opened of_system = FILE_ABSENT;
	enum configuration_opened of_user = FILE_ABSENT;

	if (c->system_file != NULL)
		of_system = load_root(load, c->system_file);
	load->of_user = true;
	if (c->user_file != NULL)
		of_user = load_root(load, c->user_file);
	c->user_absent = of_user == FILE_ABSENT;
	if (of_user == FILE_DENIED)
		diagnostics_add(
		    load->d, "%s: %s", c->user_file, strerror(EACCES));
	if (of_user == FILE_ABSENT && paths->user_required)
		diagnostics_add(
		    load->d, "%s: %s", c->user_file, strerror(ENOENT));
	/* Root's own accounts are no concern of someone who has others. */
	if (of_system == FILE_DENIED && of_user == FILE_ABSENT)
		diagnostics_add(
		    load->d, "%s: %s", c->system_file, strerror(EACCES));
}

static char *copy_or_null(struct configuration_load *load, const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (text != NULL && copy == NULL)
		load->no_memory = true;
	return copy;
}

bool configuration_read(struct configuration *c,
    const struct configuration_paths *paths, struct diagnostics *d)
{
	struct configuration_load load = {.c = c, .paths = paths, .d = d};
	size_t before = d->n + d->dropped;

	*c = (struct configuration){0};
	c->home = copy_or_null(&load, paths->home);
	c->system_file = copy_or_null(&load, paths->system);
	c->user_file = copy_or_null(&load, paths->user);
	if (!load.no_memory)
		load_both(&load);
	return finish(&load, before);
}

bool configuration_read_text(
    struct configuration *c, const char *text, size_t n, struct diagnostics *d)
{
	struct configuration_load load = {.c = c, .d = d};
	struct configuration_block block = {.n = n, .mode = 0600};
	size_t before = d->n + d->dropped;
	const char *name;

	*c = (struct configuration){0};
	c->home = copy_or_null(&load, "");
	name = configuration_add_file(&load, "text");
	/* A copy, for the block's text is not const. */
	block.text = malloc(n + 1);
	if (block.text == NULL || name == NULL || !begin(&load, name)) {
		load.no_memory = true;
	} else {
		memcpy(block.text, text, n);
		configuration_scan(&load, name, &block);
		configuration_parse(&load);
	}
	buf_release(&load.plain);
	configuration_block_release(&block);
	return finish(&load, before);
}

void configuration_release(struct configuration *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct configuration_section *s = &c->section[i];

		for (size_t j = 0; j < s->n; j++) {
			for (size_t k = 0; k < s->setting[j].n; k++)
				configuration_free_text(s->setting[j].value[k]);
			free(s->setting[j].value);
		}
		free(s->setting);
		free(s->title);
	}
	for (size_t i = 0; i < c->n_files; i++)
		free(c->file[i]);
	free(c->section);
	free(c->file);
	free(c->home);
	free(c->system_file);
	free(c->user_file);
	*c = (struct configuration){0};
}
