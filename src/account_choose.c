/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* account_choose.c - which account, and what the command line changes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A sender is compared without regard to case: for the choice of an account
 * that is what people mean, whatever RFC 5321 2.4 says of local parts. The
 * user's accounts are asked before the system's, each file's in its order.
 * The matcher of patterns is a loop, not a recursion.
 */
#include "account_choose.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "configuration_key.h"
#include "configuration_load.h"
#include "diagnostics.h"
#include "text.h"

/* A clause is made of four parts, each cut where it gets too long. */
enum { PARTS = 4, PART_MAX = 400, NAMES_MAX = 400 };

/* How well a sender matches; better is less. */
enum match { MATCH_EXACT, MATCH_DETAIL, MATCH_PATTERN, MATCH_NOT };

static const char *const match_words[] = {
    [MATCH_EXACT] = ", which is ",
    [MATCH_DETAIL] = ", which without its detail is ",
    [MATCH_PATTERN] = ", which matches ",
};

bool account_pattern_matches(const char *pattern, const char *sender)
{
	const char *star = NULL, *again = NULL;

	while (*sender != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			again = sender;
		} else if (text_lower((unsigned char)*pattern) ==
			   text_lower((unsigned char)*sender)) {
			pattern++;
			sender++;
		} else if (star != NULL) {
			/* Let the last star take one octet more. */
			pattern = star;
			sender = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* Whether sender is address with "+detail" before the last "@". */
static bool is_with_detail(const char *address, const char *sender)
{
	const char *at = strrchr(sender, '@');
	const char *plus = strchr(sender, '+');
	const char *address_at = strrchr(address, '@');

	if (at == NULL || plus == NULL || plus > at || address_at == NULL)
		return false;
	return text_same(address_at, at) &&
	       text_equal_nocase(address, (size_t)(address_at - address),
		   sender, (size_t)(plus - sender));
}

static enum match match_of(const char *pattern, const char *sender)
{
	if (text_same(pattern, sender))
		return MATCH_EXACT;
	if (strchr(pattern, '*') == NULL)
		return is_with_detail(pattern, sender) ? MATCH_DETAIL
		                                       : MATCH_NOT;
	return account_pattern_matches(pattern, sender) ? MATCH_PATTERN
	                                                : MATCH_NOT;
}

static const struct configuration_setting *look(const struct configuration *c,
    const struct configuration_section *s, const char *name)
{
	unsigned distance;

	return configuration_lookup(c, s,
	    configuration_key_find(name, strlen(name), SCOPE_ACCOUNT),
	    &distance);
}

/* The patterns of an account: senders, else from, else user if it is an
 * address. NULL: none. */
static const struct configuration_setting *patterns_of(
    const struct configuration *c, const struct configuration_section *s)
{
	const struct configuration_setting *found = look(c, s, "senders");

	if (found == NULL)
		found = look(c, s, "from");
	if (found == NULL) {
		found = look(c, s, "user");
		if (found != NULL &&
		    (found->n == 0 || strchr(found->value[0], '@') == NULL))
			found = NULL;
	}
	return found;
}

/* Not replaced by another of the same name. */
static bool is_visible(
    const struct configuration *c, const struct configuration_section *s)
{
	return s->place == PLACE_ACCOUNT &&
	       configuration_account(c, s->title, false) == s;
}

/* The visible account number i, the user's first; NULL: there are fewer. */
static const struct configuration_section *nth(
    const struct configuration *c, size_t i)
{
	for (int of_system = 0; of_system < 2; of_system++)
		for (size_t j = 0; j < c->n; j++) {
			const struct configuration_section *s = &c->section[j];

			if (s->of_user == (of_system != 0) || !is_visible(c, s))
				continue;
			if (i-- == 0)
				return s;
		}
	return NULL;
}

/* The first account with a pattern that matches exactly as wanted. */
static const struct configuration_section *serving(
    const struct configuration *c, const char *sender, enum match wanted,
    const char **pattern)
{
	const struct configuration_section *s;

	for (size_t i = 0; (s = nth(c, i)) != NULL; i++) {
		const struct configuration_setting *p = patterns_of(c, s);

		for (size_t j = 0; p != NULL && j < p->n; j++) {
			if (match_of(p->value[j], sender) != wanted)
				continue;
			*pattern = p->value[j];
			return s;
		}
	}
	return NULL;
}

/* The names of all accounts, in text. */
static const char *names(const struct configuration *c, char *text, size_t n)
{
	const struct configuration_section *s;
	struct buf list;
	const char *whole;

	buf_init(&list, n - 1);
	for (size_t i = 0; (s = nth(c, i)) != NULL; i++) {
		buf_puts(&list, i == 0 ? "" : ", ");
		buf_puts(&list, s->title);
	}
	list.failed = false;
	whole = buf_cstr(&list);
	text[0] = '\0';
	if (whole != NULL)
		memcpy(text, whole, list.len + 1);
	buf_release(&list);
	return text;
}

/* Settles the choice on s, because of the parts of a clause, which may be
 * NULL. False: no memory. */
static bool choose(struct account_choice *choice,
    const struct configuration_section *s, const char *const part[PARTS])
{
	struct buf why;

	buf_init(&why, PARTS * PART_MAX);
	for (size_t i = 0; i < PARTS; i++) {
		size_t n = part[i] == NULL ? 0 : strlen(part[i]);

		buf_append(&why, part[i], n > PART_MAX ? PART_MAX : n);
	}
	choice->section = s;
	choice->why = buf_take(&why, NULL);
	buf_release(&why);
	return choice->why != NULL;
}

static bool choose_by_name(struct account_choice *choice,
    const struct configuration *c, const char *name, struct diagnostics *d)
{
	const struct configuration_section *s =
	    configuration_account(c, name, false);
	char text[NAMES_MAX];

	if (s != NULL)
		return choose(
		    choice, s, (const char *const[PARTS]){"-a names it"});
	diagnostics_add(d, "there is no account '%.64s'; there are: %s", name,
	    nth(c, 0) == NULL ? "none" : names(c, text, sizeof text));
	return false;
}

/* False: no account serves the address; what says which address it is. */
static bool choose_by_address(struct account_choice *choice,
    const struct configuration *c, const char *what, const char *sender)
{
	for (enum match m = MATCH_EXACT; m < MATCH_NOT; m++) {
		const char *pattern = "";
		const struct configuration_section *s =
		    serving(c, sender, m, &pattern);

		if (s == NULL)
			continue;
		choose(choice, s,
		    (const char *const[PARTS]){
			what, sender, match_words[m], pattern});
		return true;
	}
	return false;
}

static bool choose_by_sender(struct account_choice *choice,
    const struct configuration *c, const struct account_request *r)
{
	if (r->sender != NULL &&
	    choose_by_address(choice, c, "it serves the sender ", r->sender))
		return true;
	for (size_t i = 0; i < r->n_alias; i++)
		if (choose_by_address(choice, c,
			"it serves what an alias leads to, ", r->alias[i]))
			return true;
	return false;
}

bool account_is_settled(
    const struct configuration *c, const struct account_request *r)
{
	const char *pattern;

	if (r->name != NULL || nth(c, 1) == NULL)
		return true;
	for (enum match m = MATCH_EXACT; r->sender != NULL && m < MATCH_NOT;
	     m++)
		if (serving(c, r->sender, m, &pattern) != NULL)
			return true;
	return false;
}

char *account_shared_aliases(const struct configuration *c)
{
	const struct configuration_key *key =
	    configuration_key_find("aliases", 7, SCOPE_TOP);
	unsigned distance;
	const struct configuration_setting *found =
	    configuration_lookup(c, NULL, key, &distance);
	const char *path =
	    found == NULL || found->n == 0 ? key->preset : found->value[0];

	if (path[0] != '/' && (path[0] != '~' || c->home == NULL))
		return NULL;
	return configuration_expand(path, c->home);
}

/* The value of default-account, from --set, else from the files. */
static const char *default_name(
    const struct configuration *c, const struct account_overrides *o)
{
	static const char key_name[] = "default-account";
	const struct configuration_key *key =
	    configuration_key_find(key_name, sizeof key_name - 1, SCOPE_TOP);
	unsigned distance;
	const struct configuration_setting *found = account_override(o, key);

	if (found == NULL)
		found = configuration_lookup(c, NULL, key, &distance);
	return found == NULL || found->n == 0 ? NULL : found->value[0];
}

static void complain_of_none(
    const struct configuration *c, struct diagnostics *d)
{
	const char *file = c->user_file != NULL     ? c->user_file
	                   : c->system_file != NULL ? c->system_file
	                                            : "posthaste.conf";

	diagnostics_add(d,
	    "no account is configured: write account 'NAME' { server = 'HOST' "
	    "} into %s",
	    file);
}

/* "-a default" is what command lines for msmtp say; no account here need bear
 * that name. */
static bool is_msmtps_default(const struct configuration *c, const char *name)
{
	return strcmp(name, "default") == 0 && nth(c, 0) != NULL &&
	       configuration_account(c, name, false) == NULL;
}

bool account_choose(struct account_choice *choice,
    const struct configuration *c, const struct account_request *r,
    const struct account_overrides *o, struct diagnostics *d)
{
	const char *name = default_name(c, o);
	const struct configuration_section *s;
	const struct configuration_key *server =
	    configuration_key_find("server", 6, SCOPE_ACCOUNT);
	char text[NAMES_MAX];

	*choice = (struct account_choice){0};
	if (r->name != NULL && !is_msmtps_default(c, r->name))
		return choose_by_name(choice, c, r->name, d);
	if (r->name == NULL && choose_by_sender(choice, c, r))
		return choice->why != NULL;
	s = name == NULL ? NULL : configuration_account(c, name, false);
	if (s != NULL)
		return choose(choice, s,
		    (const char *const[PARTS]){"it is the default-account"});
	if (name != NULL) {
		diagnostics_add(d,
		    "default-account: there is no account "
		    "'%.64s'",
		    name);
		return false;
	}
	s = nth(c, 0);
	if (s != NULL && nth(c, 1) == NULL)
		return choose(choice, s,
		    (const char *const[PARTS]){"it is the only one"});
	if (s == NULL && account_override(o, server) != NULL)
		return choose(choice, NULL,
		    (const char *const[PARTS]){"no account is configured and "
					       "--set names a server"});
	if (s == NULL)
		complain_of_none(c, d);
	else
		diagnostics_add(d,
		    "no account serves the sender%s%.200s and there is no "
		    "default-account; choose with -a one of: %s",
		    r->sender == NULL ? "" : " ",
		    r->sender == NULL ? "" : r->sender,
		    names(c, text, sizeof text));
	return false;
}
