/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_scan.c - a configuration file read as statements
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Sections, keys and their shape are checked here, where the line is known,
 * and reading goes on behind a mistake. A good statement is recorded and
 * written down for libconfuse in the form "key = 'value'", in which nothing
 * can be misunderstood. A secret is not written down: libconfuse would leave
 * copies in freed memory.
 */
#include "configuration_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration_include.h"
#include "configuration_key.h"
#include "configuration_token.h"
#include "diagnostics.h"
#include "text.h"

enum { NAME_SHOWN_MAX = 40 };

struct scan {
	struct tokens t;
	const struct configuration_block *block;
	size_t section;    /* index of the one that is open */
	bool in_section;   /* or the top level */
	bool ignoring;     /* the open section is a mistake itself */
	unsigned opened;   /* its line */
	bool holds_secret; /* this file, so its mode matters */
	bool holds_command;
};

/* A statement so far. */
struct statement {
	char name[NAME_SHOWN_MAX + 1]; /* longer ones are cut, and unknown */
	size_t n;
	unsigned line;
	bool first;
	bool hidden; /* its words must not be repeated */
	const struct configuration_key *key; /* NULL: not to be recorded */
	struct buf plain;
	char *secret;
	size_t values;
};

/* " 'name'", or nothing where it must not be shown. */
static const char *shown(const struct statement *st, char *text, size_t n)
{
	if (st->hidden)
		text[0] = '\0';
	else
		snprintf(text, n, " '%s'", st->name);
	return text;
}

/* Goes on at the first statement, or end of section, on a later line. */
static void recover(struct tokens *t)
{
	while (t->token.kind != TOKEN_END &&
	       !(t->token.first && (t->token.kind == TOKEN_WORD ||
				       t->token.kind == TOKEN_CLOSE)))
		tokens_advance(t);
}

/* Goes on behind the brace that matches the one that is the current token. */
static void skip_braces(struct tokens *t)
{
	unsigned depth = 0;

	do {
		if (t->token.kind == TOKEN_OPEN)
			depth++;
		else if (t->token.kind == TOKEN_CLOSE)
			depth--;
		tokens_advance(t);
	} while (depth > 0 && t->token.kind != TOKEN_END);
}

static void quote(struct buf *plain, const struct buf *text)
{
	const unsigned char *octets = buf_head(text);

	buf_putc(plain, '\'');
	for (size_t i = 0; i < text->len; i++) {
		if (octets[i] == '\'' || octets[i] == '\\')
			buf_putc(plain, '\\');
		buf_putc(plain, octets[i]);
	}
	buf_putc(plain, '\'');
}

/* The current word or string, for the caller to free. NULL: no memory. */
static char *copy_text(struct tokens *t)
{
	const char *text = buf_cstr(&t->text);
	char *copy = text == NULL ? NULL : strdup(text);

	if (copy == NULL)
		t->load->no_memory = true;
	return copy;
}

static bool text_begins(const struct buf *text, const char *start)
{
	return text_starts_nocase(buf_head(text), text->len, start);
}

/* Takes the current token as a value of st. */
static bool take_value(struct scan *s, struct statement *st)
{
	struct tokens *t = &s->t;
	const struct configuration_key *key = st->key;

	if (t->token.kind != TOKEN_WORD && t->token.kind != TOKEN_STRING) {
		if (t->token.kind != TOKEN_BAD)
			tokens_complain(
			    t, t->token.line, "a value is missing here");
		return false;
	}
	if (key != NULL && key->type == TYPE_SECRET) {
		s->holds_secret = true;
		t->secret_line = t->token.line;
		if (t->token.kind != TOKEN_STRING)
			tokens_complain(t, t->token.line,
			    "%s: the value needs single quotes around it",
			    key->name);
		else if (st->secret == NULL)
			st->secret = copy_text(t);
		buf_puts(&st->plain, "'hidden'");
	} else if (key != NULL) {
		s->holds_secret |=
		    text_begins(&t->text, "text:") && key->type == TYPE_SOURCES;
		s->holds_command |= text_begins(&t->text, "command:");
		buf_puts(&st->plain, st->values == 0 ? "" : ", ");
		quote(&st->plain, &t->text);
	}
	if (st->hidden)
		t->secret_line = t->token.line;
	st->values++;
	tokens_advance(t);
	return true;
}

/* { value, value } */
static bool take_list(struct scan *s, struct statement *st)
{
	struct tokens *t = &s->t;
	unsigned line = t->token.line;

	if (st->key != NULL && !configuration_key_is_list(st->key)) {
		tokens_complain(t, line, "%s takes one value, without braces",
		    st->key->name);
		s->holds_secret |= st->key->type == TYPE_SECRET;
		st->key = NULL;
	}
	tokens_advance(t);
	while (t->token.kind != TOKEN_CLOSE) {
		if (!take_value(s, st))
			return false;
		if (t->token.kind == TOKEN_COMMA) {
			tokens_advance(t);
		} else if (t->token.kind != TOKEN_CLOSE) {
			if (t->token.kind != TOKEN_BAD)
				tokens_complain(t, t->token.line,
				    "a comma or } is missing in the list that "
				    "begins on line %u",
				    line);
			return false;
		}
	}
	tokens_advance(t);
	return true;
}

/* The setting of key in the open section; NULL: none. */
static const struct configuration_setting *earlier(
    const struct scan *s, const struct configuration_key *key)
{
	const struct configuration_section *section =
	    &s->t.load->c->section[s->section];

	for (size_t i = 0; i < section->n; i++)
		if (section->setting[i].key == key)
			return &section->setting[i];
	return NULL;
}

static bool add_setting(struct scan *s, const struct statement *st)
{
	struct configuration_section *section =
	    &s->t.load->c->section[s->section];
	struct configuration_setting *grown =
	    realloc(section->setting, (section->n + 1) * sizeof *grown);
	struct configuration_setting *new;

	if (grown == NULL)
		return false;
	section->setting = grown;
	new = &grown[section->n];
	*new = (struct configuration_setting){.key = st->key,
	    .file = s->t.file,
	    .line = st->line,
	    .on_secret_line = st->hidden};
	if (st->secret != NULL) {
		new->value = malloc(sizeof *new->value);
		if (new->value == NULL)
			return false;
		new->value[0] = st->secret;
		new->n = 1;
	}
	section->n++;
	return true;
}

/* Records a complete statement, and writes it down for libconfuse. */
static void record(struct scan *s, struct statement *st)
{
	struct configuration_load *load = s->t.load;
	const struct configuration_setting *before;
	bool list;

	if (st->key == NULL || s->ignoring)
		return;
	if (st->key->type == TYPE_SECRET && st->secret == NULL)
		return;
	before = earlier(s, st->key);
	if (before != NULL) {
		tokens_complain(&s->t, st->line,
		    "%s is given twice, first at %s:%u", st->key->name,
		    before->file, before->line);
		return;
	}
	list = configuration_key_is_list(st->key);
	buf_puts(&load->plain, st->key->name);
	buf_puts(&load->plain, list ? " = {" : " = ");
	buf_append(&load->plain, buf_head(&st->plain), st->plain.len);
	buf_puts(&load->plain, list ? "}\n" : "\n");
	if (st->plain.failed || !add_setting(s, st)) {
		load->no_memory = true;
		return;
	}
	st->secret = NULL; /* the setting's now */
}

static void complain_of_unknown(struct scan *s, struct statement *st)
{
	const struct configuration_key *near =
	    configuration_key_nearest(st->name, st->n);
	char text[NAME_SHOWN_MAX + 4];

	/* What was meant for a secret is treated as one. */
	if (near != NULL && near->type == TYPE_SECRET)
		st->hidden = s->holds_secret = true;
	tokens_complain(&s->t, st->line, "unknown key%s%s%s%s",
	    shown(st, text, sizeof text), near == NULL ? "" : "; is '",
	    near == NULL ? "" : near->name, near == NULL ? "" : "' meant?");
}

/* Finds the key that st names. */
static void find_key(struct scan *s, struct statement *st)
{
	unsigned here = s->in_section ? SCOPE_ACCOUNT : SCOPE_TOP;

	if (text_starts_nocase(st->name, st->n, "x-"))
		return;
	st->key = configuration_key_find(st->name, st->n, here);
	if (st->key != NULL)
		return;
	if (configuration_key_find(st->name, st->n, SCOPE_ACCOUNT) != NULL)
		tokens_complain(&s->t, st->line,
		    "%s must stand in an account or in defaults", st->name);
	else if (configuration_key_find(st->name, st->n, SCOPE_TOP) != NULL)
		tokens_complain(&s->t, st->line,
		    "%s must stand outside of all sections", st->name);
	else
		complain_of_unknown(s, st);
}

/* key = value; the current token is the equals sign. */
static void assignment(struct scan *s, struct statement *st)
{
	struct tokens *t = &s->t;
	bool good;

	find_key(s, st);
	if (st->hidden)
		t->secret_line = st->line;
	tokens_advance(t);
	if (t->token.kind == TOKEN_OPEN)
		good = take_list(s, st);
	else
		good = take_value(s, st);
	if (good) {
		record(s, st);
		return;
	}
	recover(t);
	/* A broken secret may go on where reading does. */
	if (st->hidden)
		t->secret_line = t->token.line;
}

/* Opens a section whose brace is the current token; title is taken over. */
static void open_section(struct scan *s, const struct statement *st,
    enum configuration_place place, char *title)
{
	struct configuration_load *load = s->t.load;
	struct configuration_section new = {.place = place,
	    .of_user = load->of_user,
	    .title = title,
	    .file = s->t.file,
	    .line = st->line};
	size_t before = configuration_find_section(load, title);

	s->in_section = true;
	s->opened = st->line;
	s->ignoring = before != 0;
	tokens_advance(&s->t);
	if (before != 0) {
		const struct configuration_section *other =
		    &load->c->section[before];

		tokens_complain(&s->t, st->line,
		    "this section is given twice, first at %s:%u", other->file,
		    other->line);
		free(title);
		return;
	}
	buf_puts(&load->plain, st->name);
	if (title != NULL) {
		struct buf text = {
		    .data = (unsigned char *)title, .len = strlen(title)};

		buf_putc(&load->plain, ' ');
		quote(&load->plain, &text);
	}
	buf_puts(&load->plain, " {\n");
	if (!configuration_add_section(load, &new))
		s->ignoring = true;
	else
		s->section = load->c->n - 1;
}

static void close_section(struct scan *s)
{
	if (s->in_section && !s->ignoring)
		buf_puts(&s->t.load->plain, "}\n");
	s->in_section = s->ignoring = false;
	s->section = s->t.load->first;
}

/* A section of a known kind, its opening brace is the current token. */
static void known_section(struct scan *s, const struct statement *st,
    enum configuration_place place, char *title)
{
	if (place == PLACE_ACCOUNT && (title == NULL || title[0] == '\0')) {
		tokens_complain(&s->t, st->line,
		    "an account needs a name: account 'NAME' {");
		free(title);
		skip_braces(&s->t);
		return;
	}
	if (s->in_section) {
		tokens_complain(&s->t, st->line,
		    "a section cannot stand in another; is a } missing "
		    "behind the one that begins on line %u?",
		    s->opened);
		/* That is likely: what follows is read as what it says. */
		close_section(s);
	}
	open_section(s, st, place, title);
}

/* account 'NAME' { and defaults {; the current token follows the word. */
static void section(struct scan *s, const struct statement *st)
{
	struct tokens *t = &s->t;
	bool is_account = strcmp(st->name, "account") == 0;
	bool is_defaults = strcmp(st->name, "defaults") == 0;
	char *title = NULL, text[NAME_SHOWN_MAX + 4];

	if (!is_account && !is_defaults) {
		tokens_complain(t, st->line,
		    "unknown section%s; there are account 'NAME' and defaults",
		    shown(st, text, sizeof text));
		skip_braces(t);
		return;
	}
	if (is_account &&
	    (t->token.kind == TOKEN_STRING || t->token.kind == TOKEN_WORD)) {
		title = copy_text(t);
		tokens_advance(t);
	}
	if (t->token.kind == TOKEN_OPEN) {
		known_section(
		    s, st, is_account ? PLACE_ACCOUNT : PLACE_DEFAULTS, title);
		return;
	}
	if (t->token.kind != TOKEN_BAD)
		tokens_complain(t, st->line, "a section begins %s",
		    is_account ? "account 'NAME' {" : "defaults {");
	free(title);
	recover(t);
}

static void include(struct scan *s, const struct statement *st)
{
	struct tokens *t = &s->t;
	char *pattern;

	if (t->token.kind != TOKEN_STRING) {
		if (t->token.kind != TOKEN_BAD)
			tokens_complain(t, st->line,
			    "write include 'FILE', with single quotes");
		recover(t);
		return;
	}
	if (s->in_section)
		tokens_complain(
		    t, st->line, "include must stand outside of all sections");
	pattern = s->in_section ? NULL : copy_text(t);
	tokens_advance(t);
	if (pattern != NULL)
		configuration_include(t->load, t->file, st->line, pattern);
	free(pattern);
}

/* What is neither "key =" nor a section. The current token is behind it. */
static void no_statement(struct scan *s, const struct statement *st)
{
	char text[NAME_SHOWN_MAX + 4];

	if (s->t.token.kind != TOKEN_BAD && !st->first)
		tokens_complain(&s->t, st->line,
		    "a value of several words needs single quotes around it");
	else if (s->t.token.kind != TOKEN_BAD)
		tokens_complain(&s->t, st->line, "no = follows the key%s",
		    shown(st, text, sizeof text));
	recover(&s->t);
}

/* The current token is the word that it begins with. */
static void statement(struct scan *s)
{
	struct tokens *t = &s->t;
	struct statement st = {.line = t->token.line, .first = t->token.first};

	st.n = t->text.len;
	snprintf(st.name, sizeof st.name, "%.*s", (int)st.n,
	    (const char *)buf_head(&t->text));
	st.hidden = tokens_hidden(t, t->token.at, st.line);
	/* All that quoting can do to a list of the longest values would be
	 * too much for a file anyway. */
	buf_init(&st.plain, 2 * (size_t)CONFIGURATION_FILE_MAX);
	tokens_advance(t);
	if (t->token.kind == TOKEN_EQUALS)
		assignment(s, &st);
	else if (strcmp(st.name, "include") == 0)
		include(s, &st);
	else if (t->token.kind == TOKEN_OPEN || strcmp(st.name, "account") == 0)
		section(s, &st);
	else if (strcmp(st.name, "defaults") == 0)
		section(s, &st);
	else
		no_statement(s, &st);
	configuration_free_text(st.secret);
	buf_release(&st.plain);
}

static void statements(struct scan *s)
{
	struct tokens *t = &s->t;

	while (t->token.kind != TOKEN_END) {
		if (t->token.kind == TOKEN_WORD) {
			statement(s);
		} else if (t->token.kind == TOKEN_CLOSE && s->in_section) {
			tokens_advance(t);
			close_section(s);
		} else {
			if (t->token.kind == TOKEN_CLOSE)
				tokens_complain(
				    t, t->token.line, "this } closes nothing");
			else if (t->token.kind != TOKEN_BAD)
				tokens_complain(
				    t, t->token.line, "a key is expected here");
			tokens_advance(t);
			recover(t);
		}
	}
	if (s->in_section)
		tokens_complain(
		    t, s->opened, "the section that begins here is not closed");
	close_section(s);
}

/* Whoever may read a password has it, and whoever may change a command can
 * have it run. */
static void check_mode(const struct scan *s)
{
	mode_t mode = s->block->mode & 0777;

	if (s->holds_secret && (mode & 077) != 0)
		diagnostics_add(s->t.load->d,
		    "%s: holds a password and others may read or write it: "
		    "run chmod 600 '%s'",
		    s->t.file, s->t.file);
	else if (s->holds_command && (mode & 022) != 0)
		diagnostics_add(s->t.load->d,
		    "%s: names a command and others may write it: "
		    "run chmod go-w '%s'",
		    s->t.file, s->t.file);
}

void configuration_scan(struct configuration_load *load, const char *name,
    const struct configuration_block *block)
{
	struct scan s = {.block = block, .section = load->first};

	s.t.load = load;
	s.t.file = name;
	if (tokens_init(&s.t, block->text, block->n)) {
		statements(&s);
		check_mode(&s);
	}
	tokens_release(&s.t);
}
