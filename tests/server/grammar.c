/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * grammar.c - whether a command is written as the RFCs want it
 *
 * Paths and ESMTP parameters by one table of parameters; each is checked for
 * its place, its keyword in the current EHLO reply, its syntax, and that it
 * stands once.  Shares nothing with the library that it judges.
 * RFC 5321 4.1.2, 4.5.3.1; 1870; 2852; 3461; 4865; 4954; 6152; 6531; 6533;
 * 6710; 7293; 8689; 9422. */

#include "grammar.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "octets.h"

enum place { ON_MAIL = 1, ON_RCPT = 2 };

static bool digits(const char *p, size_t least, size_t most)
{
	size_t n = strspn(p, "0123456789");

	return p[n] == '\0' && n >= least && n <= most;
}

static bool check_none(const char *value)
{
	return !value;
}

static bool check_any(const char *value)
{
	return value && *value;
}

static bool check_size(const char *value)
{
	return value && digits(value, 1, 20);
}

static bool check_body(const char *value)
{
	return value &&
	       (strcmp(value, "7BIT") == 0 || strcmp(value, "8BITMIME") == 0 ||
		   strcmp(value, "BINARYMIME") == 0);
}

static bool check_ret(const char *value)
{
	return value &&
	       (strcmp(value, "FULL") == 0 || strcmp(value, "HDRS") == 0);
}

static bool is_upper_hex(char ch)
{
	return ch != '\0' && strchr("0123456789ABCDEF", ch);
}

static bool check_xtext(const char *value)
{
	if (!value || !*value)
		return false;
	for (; *value; value++) {
		if (*value < '!' || *value > '~' || *value == '=')
			return false;
		if (*value != '+')
			continue;
		if (!is_upper_hex(value[1]) || !is_upper_hex(value[2]))
			return false;
		value += 2;
	}
	return true;
}

static bool check_envid(const char *value)
{
	return check_xtext(value) && strlen(value) <= 100;
}

static bool check_auth(const char *value)
{
	return value && (strcmp(value, "<>") == 0 || check_xtext(value));
}

static bool check_notify(const char *value)
{
	static const char *const words[] = {"SUCCESS", "FAILURE", "DELAY"};
	bool seen[3] = {false, false, false};

	if (!value)
		return false;
	if (strcmp(value, "NEVER") == 0)
		return true;
	for (;;) {
		size_t n = strcspn(value, ",");
		size_t i = 0;

		while (i < 3 && (strlen(words[i]) != n ||
				    strncmp(value, words[i], n) != 0))
			i++;
		if (i == 3 || seen[i])
			return false;
		seen[i] = true;
		if (value[n] == '\0')
			return true;
		value += n + 1;
	}
}

/* utf-8-addr-xtext and -unitext, RFC 6533 3. */
static bool is_utf8_address(const char *p)
{
	for (; *p; p++) {
		size_t n;

		if (*p == '+' || *p == '=' || *p == ' ')
			return false;
		if (*p != '\\')
			continue;
		if (strncmp(p, "\\x{", 3) != 0)
			return false;
		for (n = 0; is_upper_hex(p[3 + n]);)
			n++;
		if (n < 2 || n > 6 || p[3 + n] != '}')
			return false;
		p += 3 + n;
	}
	return true;
}

static bool check_orcpt(const char *value)
{
	const char *semicolon = value ? strchr(value, ';') : NULL;

	if (!semicolon || semicolon == value || strlen(value) > 500)
		return false;
	if (strncasecmp(value, "utf-8;", 6) == 0)
		return is_utf8_address(semicolon + 1);
	return check_xtext(semicolon + 1);
}

static bool check_by(const char *value)
{
	size_t n;

	if (!value)
		return false;
	if (*value == '-')
		value++;
	n = strspn(value, "0123456789");
	if (n < 1 || n > 9 || value[n] != ';')
		return false;
	value += n + 1;
	if (*value != 'N' && *value != 'R')
		return false;
	return value[1] == '\0' || strcmp(value + 1, "T") == 0;
}

static bool check_holdfor(const char *value)
{
	return value && digits(value, 1, 9);
}

static bool check_priority(const char *value)
{
	if (value && *value == '-')
		value++;
	return value && digits(value, 1, 1);
}

/* clang-format off */
static const struct parameter {
	const char *name;
	enum place place;
	const char *keyword;
	size_t growth;
	bool (*check)(const char *value);
} parameters[] = {
	{ "SIZE",        ON_MAIL, "SIZE",          26,  check_size },
	{ "BODY",        ON_MAIL, "8BITMIME",      17,  check_body },
	{ "SMTPUTF8",    ON_MAIL, "SMTPUTF8",      10,  check_none },
	{ "RET",         ON_MAIL, "DSN",           10,  check_ret },
	{ "ENVID",       ON_MAIL, "DSN",           108, check_envid },
	{ "AUTH",        ON_MAIL, "AUTH",          500, check_auth },
	{ "BY",          ON_MAIL, "DELIVERBY",     17,  check_by },
	{ "HOLDFOR",     ON_MAIL, "FUTURERELEASE", 34,  check_holdfor },
	{ "HOLDUNTIL",   ON_MAIL, "FUTURERELEASE", 34,  check_any },
	{ "MT-PRIORITY", ON_MAIL, "MT-PRIORITY",   15,  check_priority },
	{ "REQUIRETLS",  ON_MAIL, "REQUIRETLS",    11,  check_none },
	{ "SOLICIT",     ON_MAIL, "NO-SOLICITING", 1008, check_any },
	{ "MTRK",        ON_MAIL, "MTRK",          40,  check_any },
	{ "CONPERM",     ON_MAIL, "CONPERM",       8,   check_none },
	{ "TRANSID",     ON_MAIL, "CHECKPOINT",    88,  check_any },
	{ "SUBMITTER",   ON_MAIL, "SUBMITTER",     266, check_xtext },
	{ "NOTIFY",      ON_RCPT, "DSN",           36,  check_notify },
	{ "ORCPT",       ON_RCPT, "DSN",           507, check_orcpt },
	{ "RRVS",        ON_RCPT, "RRVS",          33,  check_any },
	{ "CONNEG",      ON_RCPT, "CONNEG",        7,   check_none },
};
/* clang-format on */

enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

const char *grammar_capability(const char *reply, const char *keyword)
{
	size_t n = strlen(keyword);
	const char *line = strchr(reply, '\n');

	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		const char *p = line + 1;

		if (strlen(p) < 4)
			return NULL;
		p += 4;
		if (strncasecmp(p, keyword, n) == 0 &&
		    (p[n] == '\0' || strchr(" \r\n", p[n])))
			return p + n + strspn(p + n, " ");
	}
	return NULL;
}

unsigned long grammar_limit(const char *reply, const char *name)
{
	const char *p = grammar_capability(reply, "LIMITS");
	size_t n = strlen(name);

	while (p && *p && !strchr("\r\n", *p)) {
		size_t len = strcspn(p, " \r\n");

		if (len > n && strncasecmp(p, name, n) == 0 && p[n] == '=')
			return strtoul(p + n + 1, NULL, 10);
		p += len;
		p += strspn(p, " ");
	}
	return 0;
}

/* Takes an address literal; NULL: it is none. */
static const char *skip_literal(const char *p)
{
	char literal[64];
	unsigned char address[16];
	size_t n = strcspn(p, "]");
	bool good;

	if (p[n] != ']' || n >= sizeof literal)
		return NULL;
	memcpy(literal, p + 1, n - 1);
	literal[n - 1] = '\0';
	if (strncmp(literal, "IPv6:", 5) == 0)
		good = inet_pton(AF_INET6, literal + 5, address) == 1;
	else
		good = inet_pton(AF_INET, literal, address) == 1;
	return good ? p + n + 1 : NULL;
}

static size_t label_len(const char *p, bool utf8)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '-' ||
	       (utf8 && (p[n] & 0x80)))
		n++;
	return n;
}

/* Takes a Domain or address literal; NULL: it is neither. */
static const char *skip_domain(const char *p, bool utf8)
{
	if (*p == '[')
		return skip_literal(p);
	for (;;) {
		size_t n = label_len(p, utf8);

		if (n == 0 || n > 63 || *p == '-' || p[n - 1] == '-')
			return NULL;
		p += n;
		if (*p != '.')
			return p;
		p++;
	}
}

static bool is_atext(char ch, bool utf8)
{
	if (ch & 0x80)
		return utf8;
	return isalnum((unsigned char)ch) ||
	       (ch != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", ch));
}

static const char *skip_quoted(const char *p, bool utf8)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (*p == '\0' || (unsigned char)*p < 0x20 || *p == 0x7f ||
		    ((*p & 0x80) && !utf8))
			return NULL;
	}
	return p + 1;
}

static const char *skip_local(const char *p, bool utf8)
{
	if (*p == '"')
		return skip_quoted(p, utf8);
	for (;;) {
		if (!is_atext(*p, utf8))
			return NULL;
		while (is_atext(*p, utf8))
			p++;
		if (*p != '.')
			return p;
		p++;
	}
}

/* A path with its angle brackets.  Returns what follows it. */
static const char *skip_path(
    const char *p, bool is_mail, bool utf8, const char **mistake)
{
	const char *begin = p;
	const char *at;
	const char *end;

	*mistake = "no path in angle brackets";
	if (*p++ != '<')
		return NULL;
	if (is_mail && *p == '>')
		return p + 1;
	if (!is_mail && strncasecmp(p, "postmaster>", 11) == 0)
		return p + 11;
	*mistake = "source route";
	if (*p == '@')
		return NULL;
	*mistake = "bad local part";
	at = skip_local(p, utf8);
	if (!at || *at != '@')
		return NULL;
	*mistake = "local part over 64 octets";
	if (at - p > 64)
		return NULL;
	*mistake = "bad domain";
	end = skip_domain(at + 1, utf8);
	if (!end || *end != '>')
		return NULL;
	*mistake = "domain over 255 octets";
	if (end - at - 1 > 255)
		return NULL;
	*mistake = "path over 256 octets";
	return end + 1 - begin > 256 ? NULL : end + 1;
}

static const struct parameter *find(const char *name, size_t n)
{
	for (size_t i = 0; i < PARAMETERS; i++)
		if (strlen(parameters[i].name) == n &&
		    strncasecmp(parameters[i].name, name, n) == 0)
			return &parameters[i];
	return NULL;
}

static void keep(struct grammar_command *c, const char *name, const char *value)
{
	if (strcmp(name, "SIZE") == 0) {
		c->sized = true;
		c->size = strtoull(value, NULL, 10);
	} else if (strcmp(name, "SMTPUTF8") == 0) {
		c->smtputf8 = true;
	} else if (strcmp(name, "BODY") == 0) {
		c->body = *value == '7'   ? BODY_7BIT
		          : *value == '8' ? BODY_8BIT
		                          : BODY_BINARY;
	}
}

/* One parameter, a string of its own. */
static const char *take_parameter(struct grammar_command *c, char *text,
    enum place place, const char *reply, bool *seen)
{
	char *equals = strchr(text, '=');
	const char *value = equals ? equals + 1 : NULL;
	size_t n = equals ? (size_t)(equals - text) : strlen(text);
	const struct parameter *p = find(text, n);
	const char *keyword;

	if (!p)
		return "unknown parameter";
	if (p->place != place)
		return "parameter of another command";
	if (seen[p - parameters])
		return "parameter given twice";
	seen[p - parameters] = true;
	keyword = p->keyword;
	if (value && strcmp(value, "BINARYMIME") == 0)
		keyword = "BINARYMIME";
	if (!grammar_capability(reply, keyword)) {
		c->unadvertised = true;
		return "parameter that was not advertised";
	}
	if (!p->check(value) || (value && strchr(value, '=')))
		return "bad value of a parameter";
	c->growth += p->growth;
	keep(c, p->name, value);
	return NULL;
}

static void take_parameters(struct grammar_command *c, const char *p,
    enum place place, const char *reply)
{
	bool seen[PARAMETERS] = {false};

	while (*p && !c->mistake) {
		size_t n;
		char *text;

		if (*p++ != ' ' || *p == ' ' || *p == '\0') {
			c->mistake = "not one space between parameters";
			return;
		}
		n = strcspn(p, " ");
		text = octets_dup(p, n);
		c->mistake = take_parameter(c, text, place, reply, seen);
		free(text);
		p += n;
	}
}

static void check_octets(const char *line, struct grammar_command *c)
{
	for (; *line && !c->mistake; line++)
		if ((unsigned char)*line >= 0x80 && !c->smtputf8)
			c->mistake = "8-bit octets without SMTPUTF8";
}

static void take_command(struct grammar_command *c, const char *line,
    enum place place, const char *reply)
{
	const char *intro = place == ON_MAIL ? "MAIL FROM:" : "RCPT TO:";
	const char *mistake = NULL;
	const char *rest;

	if (strncasecmp(line, intro, strlen(intro)) != 0) {
		c->mistake = "bad syntax";
		return;
	}
	/* 8-bit is judged below, when SMTPUTF8 has been seen. */
	rest =
	    skip_path(line + strlen(intro), place == ON_MAIL, true, &mistake);
	if (!rest) {
		c->mistake = mistake;
		return;
	}
	take_parameters(c, rest, place, reply);
	check_octets(line, c);
	if (!c->mistake && strlen(line) + 2 > 512 + c->growth)
		c->mistake = "command line too long";
}

void grammar_mail(
    const char *line, const char *ehlo_reply, struct grammar_command *c)
{
	memset(c, 0, sizeof *c);
	take_command(c, line, ON_MAIL, ehlo_reply);
}

void grammar_rcpt(const char *line, const char *ehlo_reply, bool smtputf8,
    struct grammar_command *c)
{
	memset(c, 0, sizeof *c);
	c->smtputf8 = smtputf8;
	take_command(c, line, ON_RCPT, ehlo_reply);
}

const char *grammar_helo(const char *argument)
{
	const char *end;

	if (!*argument)
		return "no name given";
	if (strlen(argument) > 255)
		return "name over 255 octets";
	end = skip_domain(argument, false);
	return end && *end == '\0' ? NULL
	                           : "neither a domain nor an address literal";
}

bool grammar_bdat(const char *line, uint64_t *n, bool *last)
{
	char *end;

	if (strncasecmp(line, "BDAT ", 5) != 0)
		return false;
	line += 5;
	if (!isdigit((unsigned char)*line))
		return false;
	*n = strtoull(line, &end, 10);
	*last = strcasecmp(end, " LAST") == 0;
	return *last || *end == '\0';
}
