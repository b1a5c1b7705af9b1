/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * script.c - reads the test server's rules and finds the one that applies
 *
 * One rule a line; words, numbers and strings with C escapes.  Every mistake
 * is told with the text that holds it, so that a test with a wrong rule fails
 * at once instead of testing nothing.  Never acts: dialogue.c does. */

#include "script.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "octets.h"

enum operand {
	NOTHING,
	TEXT,   /* a string, or the words up to "then" */
	STRING, /* a string or one word */
	NUMBER,
	NUMBER_NUMBER, /* the second may be missing */
	SECONDS,       /* kept in milliseconds */
	MAYBE_SECONDS,
	NUMBER_STRING
};

/* clang-format off */
static const char *const event_names[EVENTS] = {
	[EVENT_ACCEPT] = "ACCEPT",       [EVENT_GREETING] = "GREETING",
	[EVENT_EHLO] = "EHLO",           [EVENT_HELO] = "HELO",
	[EVENT_LHLO] = "LHLO",           [EVENT_STARTTLS] = "STARTTLS",
	[EVENT_HANDSHAKE] = "HANDSHAKE", [EVENT_SECURED] = "SECURED",
	[EVENT_AUTH] = "AUTH",           [EVENT_CHALLENGE] = "CHALLENGE",
	[EVENT_RESPONSE] = "RESPONSE",   [EVENT_AUTHOK] = "AUTHOK",
	[EVENT_AUTHFAIL] = "AUTHFAIL",   [EVENT_MAIL] = "MAIL",
	[EVENT_RCPT] = "RCPT",           [EVENT_DATA] = "DATA",
	[EVENT_BDAT] = "BDAT",           [EVENT_CONTENT] = "CONTENT",
	[EVENT_EOD] = "EOD",             [EVENT_DELIVERY] = "DELIVERY",
	[EVENT_RSET] = "RSET",           [EVENT_NOOP] = "NOOP",
	[EVENT_VRFY] = "VRFY",           [EVENT_EXPN] = "EXPN",
	[EVENT_HELP] = "HELP",           [EVENT_ETRN] = "ETRN",
	[EVENT_QUIT] = "QUIT",           [EVENT_OTHER] = "OTHER",
};

static const struct {
	const char *word;
	enum script_act act;
	enum operand operand;
} acts[] = {
	{ "reply",       ACT_REPLY,       TEXT },
	{ "raw",         ACT_RAW,         STRING },
	{ "inject",      ACT_INJECT,      STRING },
	{ "default",     ACT_DEFAULT,     NOTHING },
	{ "silent",      ACT_SILENT,      NOTHING },
	{ "as",          ACT_AS,          NUMBER },
	{ "split",       ACT_SPLIT,       NUMBER_NUMBER },
	{ "close-after", ACT_CLOSE_AFTER, NUMBER },
	{ "delay",       ACT_DELAY,       SECONDS },
	{ "stall",       ACT_STALL,       MAYBE_SECONDS },
	{ "flush",       ACT_FLUSH,       NOTHING },
	{ "drop",        ACT_DROP,        NOTHING },
	{ "rst",         ACT_RST,         NOTHING },
	{ "close",       ACT_CLOSE,       NOTHING },
	{ "repeat",      ACT_REPEAT,      NUMBER_STRING },
	{ "garble",      ACT_GARBLE,      NOTHING },
	{ "challenge",   ACT_CHALLENGE,   STRING },
	{ "wire",        ACT_WIRE,        STRING },
	{ "rehandshake", ACT_REHANDSHAKE, NOTHING },
	{ "keyupdate",   ACT_KEYUPDATE,   NOTHING },
};
/* clang-format on */

/* A place in the text of one rule. */
struct cursor {
	const char *p;
	const char *whole;
	bool failed;
};

static void complain(struct cursor *c, const char *what)
{
	if (!c->failed)
		fprintf(stderr, "smtpserver: rule \"%s\": %s at \"%s\"\n",
		    c->whole, what, c->p);
	c->failed = true;
}

static void skip_space(struct cursor *c)
{
	while (*c->p == ' ' || *c->p == '\t')
		c->p++;
}

static bool at_end(struct cursor *c)
{
	skip_space(c);
	return *c->p == '\0' || *c->p == '\n';
}

static size_t word_len(const char *p)
{
	return strcspn(p, " \t\n");
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	skip_space(c);
	if (word_len(c->p) != n || strncasecmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

static bool at_number(struct cursor *c)
{
	skip_space(c);
	return isdigit((unsigned char)*c->p);
}

static long take_number(struct cursor *c)
{
	char *end;
	long n;

	if (!at_number(c)) {
		complain(c, "a number is missing");
		return 0;
	}
	n = strtol(c->p, &end, 10);
	c->p = end;
	return n;
}

static long take_seconds(struct cursor *c)
{
	char *end;
	double s;

	if (!at_number(c)) {
		complain(c, "a number of seconds is missing");
		return 0;
	}
	s = strtod(c->p, &end);
	c->p = end;
	return (long)(s * 1000.0 + 0.5);
}

static int hex_digit(char ch)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, tolower((unsigned char)ch));

	return ch != '\0' && at ? (int)(at - digits) : -1;
}

/* One escape behind its backslash; *used octets of the text were read. */
static char unescape(const char *p, size_t *used)
{
	static const char from[] = "nrtea0\\\"";
	static const char to[] = "\n\r\t\033\a\0\\\"";
	const char *at;

	*used = 1;
	if (*p == 'x' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
		*used = 3;
		return (char)(hex_digit(p[1]) * 16 + hex_digit(p[2]));
	}
	at = *p ? strchr(from, *p) : NULL;
	return at ? to[at - from] : *p;
}

static void add_unescaped(struct octets *to, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char ch = p[i];

		if (ch == '\\' && i + 1 < n) {
			size_t used;

			ch = unescape(p + i + 1, &used);
			i += used;
		}
		octets_add(to, &ch, 1);
	}
}

static void keep_text(struct script_action *a, struct octets *o)
{
	a->len = octets_len(o);
	a->text = octets_dup(octets_head(o), a->len);
	octets_release(o);
}

static void take_quoted(struct cursor *c, struct script_action *a)
{
	struct octets o = {0};
	size_t n = 0;

	c->p++;
	while (c->p[n] != '"' && c->p[n] != '\0')
		n += c->p[n] == '\\' && c->p[n + 1] != '\0' ? 2 : 1;
	if (c->p[n] != '"')
		complain(c, "the string has no end");
	add_unescaped(&o, c->p, n);
	c->p += c->p[n] == '"' ? n + 1 : n;
	keep_text(a, &o);
}

static void take_string(struct cursor *c, struct script_action *a)
{
	struct octets o = {0};

	skip_space(c);
	if (*c->p == '"') {
		take_quoted(c, a);
		return;
	}
	if (at_end(c))
		complain(c, "a string is missing");
	add_unescaped(&o, c->p, word_len(c->p));
	c->p += word_len(c->p);
	keep_text(a, &o);
}

/* A string, or all the words as far as "then". */
static void take_text(struct cursor *c, struct script_action *a)
{
	struct octets o = {0};
	const char *begin;
	const char *end;

	skip_space(c);
	if (*c->p == '"') {
		take_quoted(c, a);
		return;
	}
	begin = end = c->p;
	while (!at_end(c)) {
		size_t n = word_len(c->p);

		if (n == 4 && strncasecmp(c->p, "then", 4) == 0)
			break;
		c->p += n;
		end = c->p;
	}
	if (begin == end)
		complain(c, "the reply's text is missing");
	add_unescaped(&o, begin, (size_t)(end - begin));
	keep_text(a, &o);
}

static void take_operand(
    struct cursor *c, struct script_action *a, enum operand operand)
{
	switch (operand) {
	case NOTHING:
		break;
	case TEXT:
		take_text(c, a);
		break;
	case STRING:
		take_string(c, a);
		break;
	case NUMBER:
		a->number = take_number(c);
		break;
	case NUMBER_NUMBER:
		a->number = take_number(c);
		if (at_number(c))
			a->other = take_number(c);
		break;
	case SECONDS:
		a->number = take_seconds(c);
		break;
	case MAYBE_SECONDS:
		if (at_number(c))
			a->number = take_seconds(c);
		break;
	case NUMBER_STRING:
		a->number = take_number(c);
		take_string(c, a);
		break;
	}
}

static void take_action(struct cursor *c, struct script_rule *r)
{
	size_t i = 0;
	size_t n = sizeof acts / sizeof acts[0];
	struct script_action *a;

	while (i < n && !take_word(c, acts[i].word))
		i++;
	if (i == n) {
		complain(c, "no such action");
		return;
	}
	a = realloc(r->actions, (r->actions_n + 1) * sizeof *a);
	if (!a)
		octets_die("out of memory");
	r->actions = a;
	a = &r->actions[r->actions_n++];
	memset(a, 0, sizeof *a);
	a->act = acts[i].act;
	a->number = -1;
	a->other = -1;
	take_operand(c, a, acts[i].operand);
	if (a->act == ACT_SPLIT && a->number < 1)
		complain(c, "split needs a number of octets");
}

static void take_event(struct cursor *c, struct script_rule *r)
{
	for (int i = 0; i < EVENTS; i++) {
		if (take_word(c, event_names[i])) {
			r->event = (enum script_event)i;
			return;
		}
	}
	complain(c, "no such event");
}

/* N, N-M or N+ behind the event. */
static void take_ordinal(struct cursor *c, struct script_rule *r)
{
	r->first = 1;
	r->last = ULONG_MAX;
	if (!at_number(c))
		return;
	r->first = (unsigned long)take_number(c);
	r->last = r->first;
	if (*c->p == '+') {
		c->p++;
		r->last = ULONG_MAX;
	} else if (*c->p == '-') {
		c->p++;
		r->last = (unsigned long)take_number(c);
	}
}

static void take_conditions(struct cursor *c, struct script_rule *r)
{
	for (;;) {
		if (take_word(c, "conn"))
			r->conn = (unsigned long)take_number(c);
		else if (take_word(c, "message"))
			r->message = (unsigned long)take_number(c);
		else if (take_word(c, "tls"))
			r->secure = 1;
		else if (take_word(c, "clear"))
			r->secure = 0;
		else
			return;
	}
}

static void take_rule(struct cursor *c, struct script_rule *r)
{
	r->secure = -1;
	take_conditions(c, r);
	if (!take_word(c, "on"))
		complain(c, "\"on\" is missing");
	take_event(c, r);
	take_ordinal(c, r);
	if (take_word(c, "at"))
		r->at = (size_t)take_number(c);
	if (take_word(c, "like")) {
		struct script_action like = {0};

		take_string(c, &like);
		r->like = like.text;
	}
	while (!c->failed && !at_end(c))
		if (!take_word(c, "then"))
			take_action(c, r);
	if (!c->failed && r->actions_n == 0)
		complain(c, "no action");
}

static void release_rule(struct script_rule *r)
{
	for (size_t i = 0; i < r->actions_n; i++)
		free(r->actions[i].text);
	free(r->actions);
	free(r->like);
}

bool script_add(struct script *script, const char *text)
{
	struct cursor c = {.p = text, .whole = text};
	struct script_rule rule = {0};
	struct script_rule *rules;

	if (at_end(&c) || *c.p == '#')
		return true;
	take_rule(&c, &rule);
	if (c.failed) {
		release_rule(&rule);
		return false;
	}
	rules = realloc(script->rules, (script->n + 1) * sizeof *rules);
	if (!rules)
		octets_die("out of memory");
	rules[script->n++] = rule;
	script->rules = rules;
	return true;
}

bool script_load(struct script *script, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	bool ok = true;

	if (!f) {
		perror(path);
		return false;
	}
	while (ok && getline(&line, &room, f) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		ok = script_add(script, line);
	}
	free(line);
	fclose(f);
	return ok;
}

static bool content_fits(
    const struct script_rule *r, const struct script_moment *m)
{
	return r->at <= m->have && (r->at > m->had || m->had == 0);
}

static bool conditions_hold(
    const struct script_rule *r, const struct script_moment *m)
{
	if (r->conn != 0 && r->conn != m->conn)
		return false;
	if (r->message != 0 && r->message != m->message)
		return false;
	if (r->secure >= 0 && (r->secure == 1) != m->secure)
		return false;
	return !r->like || (m->line && strstr(m->line, r->like));
}

static bool applies(const struct script_rule *r, const struct script_moment *m)
{
	if (r->event != m->event || !conditions_hold(r, m))
		return false;
	if (r->event == EVENT_CONTENT && !content_fits(r, m))
		return false;
	return m->ordinal >= r->first && m->ordinal <= r->last;
}

const struct script_rule *script_find(
    const struct script *script, const struct script_moment *moment)
{
	for (size_t i = 0; i < script->n; i++)
		if (applies(&script->rules[i], moment))
			return &script->rules[i];
	return NULL;
}

void script_release(struct script *script)
{
	for (size_t i = 0; i < script->n; i++)
		release_rule(&script->rules[i]);
	free(script->rules);
	memset(script, 0, sizeof *script);
}
