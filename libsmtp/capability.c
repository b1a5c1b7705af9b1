/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capability.c - what the server's EHLO reply announced
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One table row a keyword we know: its name, and who reads its parameters.
 * Guarantee: a keyword is compared whole and in any case, a malformed
 * parameter counts as not given, a keyword said twice counts once (the first
 * time; the lists of AUTH are joined, as servers spread them over lines).
 * Unknown keywords are kept and change nothing. RFC 5321 4.1.1.1; RFC 1870,
 * 2852, 4865, 4954, 9422.
 */
#include "capability.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "text.h"

/* A borrowed piece of a line. */
struct word {
	const char *s;
	size_t n;
};

/* RFC 9422 4: one to six digits; RFC 2852, RFC 4865: one to nine. */
enum { LIMIT_DIGITS = 6, SECONDS_DIGITS = 9, SIZE_DIGITS = 20 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next word off the front of rest; false: there is none. */
static bool next_word(struct word *rest, struct word *word)
{
	size_t n = 0;

	while (rest->n > 0 && is_blank(*rest->s)) {
		rest->s++;
		rest->n--;
	}
	while (n < rest->n && !is_blank(rest->s[n]))
		n++;
	*word = (struct word){rest->s, n};
	rest->s += n;
	rest->n -= n;
	return n > 0;
}

/* Reads a decimal number of 1 to digits digits, ULLONG_MAX if it is larger
 * than that; false: something else. */
static bool read_number(struct word w, size_t digits, unsigned long long *out)
{
	unsigned long long value = 0;

	if (w.n == 0 || w.n > digits)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		unsigned digit = (unsigned)(w.s[i] - '0');

		if (!text_is_digit((unsigned char)w.s[i]))
			return false;
		if (value > (ULLONG_MAX - digit) / 10)
			value = ULLONG_MAX;
		else if (value < ULLONG_MAX)
			value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* The number that the next word is, 0 for anything else. */
static unsigned long long next_number(struct word *rest, size_t digits)
{
	unsigned long long value;
	struct word w;

	if (!next_word(rest, &w) || !read_number(w, digits, &value))
		return 0;
	return value;
}

static void read_size(struct capabilities *c, struct word rest)
{
	c->size_max = next_number(&rest, SIZE_DIGITS);
}

static void read_deliverby(struct capabilities *c, struct word rest)
{
	c->deliverby_min = (unsigned long)next_number(&rest, SECONDS_DIGITS);
}

static void read_futurerelease(struct capabilities *c, struct word rest)
{
	struct word w;

	c->hold_for_max = (unsigned long)next_number(&rest, SECONDS_DIGITS);
	if (!next_word(&rest, &w) || w.n >= sizeof c->hold_until_max)
		return;
	memcpy(c->hold_until_max, w.s, w.n);
	c->hold_until_max[w.n] = '\0';
}

static void read_limits(struct capabilities *c, struct word rest)
{
	const struct {
		const char *name;
		unsigned long *field;
	} limits[] = {
	    {"MAILMAX=", &c->mail_max},
	    {"RCPTMAX=", &c->rcpt_max},
	    {"RCPTDOMAINMAX=", &c->rcpt_domain_max},
	};
	struct word w;

	while (next_word(&rest, &w)) {
		for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
			size_t n = strlen(limits[i].name);
			struct word value = {w.s + n, w.n - n};
			unsigned long long number;

			if (!text_starts_nocase(w.s, w.n, limits[i].name))
				continue;
			if (read_number(value, LIMIT_DIGITS, &number) &&
			    *value.s != '0' && *limits[i].field == 0)
				*limits[i].field = (unsigned long)number;
		}
	}
}

/* clang-format off */
static const struct {
	const char *keyword;
	void (*read)(struct capabilities *c, struct word parameters);
} known[CAP_COUNT] = {
	[CAP_8BITMIME] =            {"8BITMIME", NULL},
	[CAP_AUTH] =                {"AUTH", NULL},
	[CAP_BINARYMIME] =          {"BINARYMIME", NULL},
	[CAP_CHUNKING] =            {"CHUNKING", NULL},
	[CAP_DELIVERBY] =           {"DELIVERBY", read_deliverby},
	[CAP_DSN] =                 {"DSN", NULL},
	[CAP_ENHANCEDSTATUSCODES] = {"ENHANCEDSTATUSCODES", NULL},
	[CAP_ETRN] =                {"ETRN", NULL},
	[CAP_FUTURERELEASE] =       {"FUTURERELEASE", read_futurerelease},
	[CAP_LIMITS] =              {"LIMITS", read_limits},
	[CAP_MT_PRIORITY] =         {"MT-PRIORITY", NULL},
	[CAP_PIPELINING] =          {"PIPELINING", NULL},
	[CAP_REQUIRETLS] =          {"REQUIRETLS", NULL},
	[CAP_SIZE] =                {"SIZE", read_size},
	[CAP_SMTPUTF8] =            {"SMTPUTF8", NULL},
	[CAP_STARTTLS] =            {"STARTTLS", NULL},
	[CAP_XUSR] =                {"XUSR", NULL},
};
/* clang-format on */

void capabilities_init(struct capabilities *c)
{
	*c = (struct capabilities){.count = 0};
}

void capabilities_release(struct capabilities *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->entries[i].keyword);
		free(c->entries[i].parameters);
	}
	free(c->entries);
	capabilities_init(c);
}

static char *copy_word(struct word w)
{
	char *s = malloc(w.n + 1);

	if (!s)
		return NULL;
	if (w.n > 0)
		memcpy(s, w.s, w.n);
	s[w.n] = '\0';
	return s;
}

static struct capability_entry *find(
    const struct capabilities *c, struct word keyword)
{
	for (size_t i = 0; i < c->count; i++) {
		const char *name = c->entries[i].keyword;

		if (text_equal_nocase(name, strlen(name), keyword.s, keyword.n))
			return &c->entries[i];
	}
	return NULL;
}

/* Joins one more list of mechanisms to that of an earlier line. */
static bool join(struct capability_entry *entry, struct word list)
{
	size_t had = strlen(entry->parameters);
	char *s;

	if (list.n == 0)
		return true;
	s = realloc(entry->parameters, had + 1 + list.n + 1);
	if (!s)
		return false;
	if (had > 0)
		s[had++] = ' ';
	memcpy(s + had, list.s, list.n);
	s[had + list.n] = '\0';
	entry->parameters = s;
	return true;
}

static void learn(
    struct capabilities *c, struct word keyword, struct word parameters)
{
	for (size_t i = 0; i < CAP_COUNT; i++) {
		const char *name = known[i].keyword;

		if (!text_equal_nocase(
			name, strlen(name), keyword.s, keyword.n))
			continue;
		c->known |= 1ul << i;
		if (known[i].read)
			known[i].read(c, parameters);
		return;
	}
}

static bool add(
    struct capabilities *c, struct word keyword, struct word parameters)
{
	struct capability_entry *entry = find(c, keyword);
	struct capability_entry new;

	if (entry)
		return !text_same(entry->keyword, "AUTH") ||
		       join(entry, parameters);
	if (c->count == CAPABILITY_KEYWORDS_MAX)
		return true;
	new.keyword = copy_word(keyword);
	new.parameters = copy_word(parameters);
	if (!new.keyword || !new.parameters) {
		free(new.keyword);
		free(new.parameters);
		return false;
	}
	for (char *k = new.keyword; *k; k++) {
		if (*k >= 'a' && *k <= 'z')
			*k = (char)(*k - 'a' + 'A');
	}
	c->entries[c->count++] = new;
	learn(c, keyword, parameters);
	return true;
}

/* Printable ASCII: what a keyword outside the RFC's grammar may consist of
 * (X_PIPE_CONNECT), without becoming a danger to whoever prints it. */
static bool is_printable(struct word w)
{
	for (size_t i = 0; i < w.n; i++) {
		if (w.s[i] < 0x21 || w.s[i] > 0x7E)
			return false;
	}
	return true;
}

static bool add_line(struct capabilities *c, struct word line)
{
	struct word keyword;

	while (line.n > 0 && is_blank(line.s[line.n - 1]))
		line.n--;
	/* Before RFC 2554 mechanisms were announced as AUTH=LOGIN. */
	if (text_starts_nocase(line.s, line.n, "AUTH=")) {
		keyword = (struct word){line.s, 4};
		line.s += 5;
		line.n -= 5;
	} else if (!next_word(&line, &keyword) || !is_printable(keyword)) {
		return true;
	}
	while (line.n > 0 && is_blank(*line.s)) {
		line.s++;
		line.n--;
	}
	return add(c, keyword, line);
}

bool capabilities_read(struct capabilities *c, const struct reply *reply)
{
	const char *s = (const char *)buf_head(&reply->text);
	const char *end = s + reply->text.len;
	bool first = true;

	capabilities_release(c);
	c->entries = malloc(CAPABILITY_KEYWORDS_MAX * sizeof *c->entries);
	if (!c->entries)
		return false;
	while (s < end) {
		const char *lf = memchr(s, '\n', (size_t)(end - s));
		struct word line = {s, (size_t)(lf - s) - 1};

		if (!first && !add_line(c, line)) {
			capabilities_release(c);
			return false;
		}
		first = false;
		s = lf + 1;
	}
	return true;
}

const char *capability_name(enum capability which)
{
	return known[which].keyword;
}

bool capabilities_has(const struct capabilities *c, enum capability which)
{
	return (c->known >> which & 1) != 0;
}

const char *capabilities_get(const struct capabilities *c, const char *keyword)
{
	struct word w = {keyword, strlen(keyword)};
	const struct capability_entry *entry = find(c, w);

	return entry ? entry->parameters : NULL;
}

bool capabilities_offers(const struct capabilities *c, const char *mechanism)
{
	const char *list = capabilities_get(c, "AUTH");
	struct word rest = {list, 0};
	size_t n = strlen(mechanism);
	struct word w;

	if (!list)
		return false;
	rest.n = strlen(list);
	while (next_word(&rest, &w)) {
		if (text_equal_nocase(w.s, w.n, mechanism, n))
			return true;
	}
	return false;
}
