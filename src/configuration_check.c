/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_check.c - what a value may be
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One function a type, and a table of them. A value that passes cannot break
 * a protocol line further down: the reader has refused controls and malformed
 * UTF-8 before, these functions refuse what the type cannot be. The words of
 * a complaint are static and never hold the value.
 */
#include "configuration_key.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hostport.h"
#include "text.h"

/* A week is longer than any server waits, and its milliseconds fit a long of
 * 32 bits. Recipients: more than that is an accident. */
#define DURATION_MAX_S (7UL * 24 * 60 * 60)
enum { RECIPIENTS_MAX = 100000, TITLE_MAX = 64, ADDRESS_MAX = 320 };

typedef bool check(const struct configuration_key *key, const char *text,
    uint64_t *number, const char **problem);

/* Digits to *number; gives what follows them, NULL: no digits or too many. */
static const char *digits(const char *text, uint64_t *number)
{
	uint64_t value = 0;

	if (!text_is_digit((unsigned char)*text))
		return NULL;
	for (; text_is_digit((unsigned char)*text); text++) {
		if (value > UINT64_MAX / 100)
			return NULL;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*number = value;
	return text;
}

static bool is_word(
    const struct configuration_key *key, const char *text, uint64_t *number)
{
	const struct configuration_word *word = key->words;

	for (; word != NULL && word->name != NULL; word++) {
		if (strcmp(word->name, text) != 0)
			continue;
		/* Back to an int of the same value when it is stored. */
		*number = (uint64_t)(int64_t)word->value;
		return true;
	}
	return false;
}

static bool check_word(const struct configuration_key *key, const char *text,
    uint64_t *number, const char **problem)
{
	*problem = NULL;
	return is_word(key, text, number);
}

static bool check_text(const struct configuration_key *key SMTP_UNUSED,
    const char *text SMTP_UNUSED, uint64_t *number SMTP_UNUSED,
    const char **problem SMTP_UNUSED)
{
	return true;
}

static bool check_title(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	*problem = "must be an account's name, 1 to 64 octets";
	return text[0] != '\0' && strlen(text) <= TITLE_MAX;
}

/* "[192.0.2.1]" and "[IPv6:2001:db8::1]", RFC 5321 4.1.3. */
static bool is_address_literal(const char *text, size_t n)
{
	if (n < 3 || text[0] != '[' || text[n - 1] != ']')
		return false;
	if (text_starts_nocase(text + 1, n - 2, "IPv6:"))
		return hostport_is_address(AF_INET6, text + 6, n - 7);
	return hostport_is_address(AF_INET, text + 1, n - 2);
}

static bool check_host(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	size_t n = strlen(text);

	return is_address_literal(text, n) ||
	       hostport_is_host(text, n, problem);
}

static bool check_ip(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	size_t n = strlen(text);

	*problem = "must be an IPv4 or IPv6 address";
	return hostport_is_address(AF_INET, text, n) ||
	       hostport_is_address(AF_INET6, text, n);
}

static bool is_path(const char *text)
{
	return text[0] == '/' || (strncmp(text, "~/", 2) == 0 && text[2] != 0);
}

static bool check_path(const struct configuration_key *key, const char *text,
    uint64_t *number, const char **problem)
{
	*problem = "must be a path that begins with / or ~/";
	return is_word(key, text, number) || is_path(text);
}

/* Whether text could stand between angle brackets; the address parser looks
 * closer when it is used. Only what is between quotes may hold more. */
static bool is_bare_address(const char *text)
{
	bool quoted = false;

	if (text[0] == '\0' || text[0] == '-' || strlen(text) > ADDRESS_MAX)
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (quoted && p[0] == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(" <>,;()\\", *p) != NULL)
			return false;
	}
	return !quoted;
}

static bool check_address(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	const char *at = strrchr(text, '@');

	*problem = "must be an address without name and brackets";
	return is_bare_address(text) && at != text &&
	       (at == NULL || at[1] != '\0');
}

static bool check_pattern(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	*problem = "must be an address, or one with * for any text";
	return is_bare_address(text);
}

static bool check_duration(const struct configuration_key *key,
    const char *text, uint64_t *number, const char **problem)
{
	static const char units[] = "smhd";
	static const uint64_t seconds[] = {1, 60, 3600, 86400};
	uint64_t value;
	const char *unit = digits(text, &value);
	uint64_t factor = 1;

	*problem = "must be 1s to 7d: a number and s, m, h or d";
	if (is_word(key, text, number))
		return true;
	if (unit == NULL)
		return false;
	if (unit[0] != '\0') {
		const char *known = strchr(units, unit[0]);

		if (known == NULL || unit[1] != '\0')
			return false;
		factor = seconds[known - units];
	}
	if (value == 0 || value > DURATION_MAX_S / factor)
		return false;
	*number = value * factor * 1000;
	return true;
}

static bool check_size(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number, const char **problem)
{
	uint64_t value;
	const char *unit = digits(text, &value);
	unsigned shift = 0;

	*problem = "must be a number of octets, or a number and k, M or G";
	if (unit == NULL)
		return false;
	if (unit[0] != '\0') {
		const char *known = strchr("kMG", unit[0]);

		if (known == NULL || unit[1] != '\0')
			return false;
		shift = unit[0] == 'k' ? 10 : unit[0] == 'M' ? 20 : 30;
	}
	if (value > (UINT64_MAX >> 1) >> shift)
		return false;
	*number = value << shift;
	return true;
}

static bool check_count(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number, const char **problem)
{
	uint64_t value;
	const char *rest = digits(text, &value);

	*problem = "must be a number up to 100000";
	if (rest == NULL || rest[0] != '\0' || value > RECIPIENTS_MAX)
		return false;
	*number = value;
	return true;
}

static bool check_server(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	struct hostport parts;

	return hostport_parse(text, &parts, problem);
}

static int base64_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *found = c == '\0' ? NULL : strchr(alphabet, c);

	return found == NULL ? -1 : (int)(found - alphabet);
}

/* 43 digits of base64, with or without the one "=", are 32 octets. */
static bool pin_of_base64(const char *text, unsigned char pin[32])
{
	size_t n = strlen(text), at = 0;
	unsigned long bits = 0;
	unsigned held = 0;

	if (n == 44 && text[43] == '=')
		n--;
	if (n != 43)
		return false;
	for (size_t i = 0; i < n; i++) {
		int value = base64_value(text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6 | (unsigned long)value) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			pin[at++] = (unsigned char)(bits >> held & 0xff);
		}
	}
	return (bits & 3) == 0;
}

/* 64 digits; pairs may be separated by colons, as tools print them. */
static bool pin_of_hex(const char *text, unsigned char pin[32])
{
	size_t at = 0;

	while (at < 32) {
		int high = text_hex_value((unsigned char)text[0]);
		int low =
		    high < 0 ? -1 : text_hex_value((unsigned char)text[1]);

		if (low < 0)
			return false;
		pin[at++] = (unsigned char)(high << 4 | low);
		text += 2;
		if (at < 32 && *text == ':')
			text++;
	}
	return *text == '\0';
}

bool configuration_pin(const char *text, unsigned char pin[32])
{
	unsigned char octets[32] = {0};

	if (strncmp(text, "sha256//", 8) == 0)
		text += 8;
	else if (text_starts_nocase(text, strlen(text), "sha256:"))
		text += 7;
	if (!pin_of_hex(text, octets) && !pin_of_base64(text, octets))
		return false;
	memcpy(pin, octets, sizeof octets);
	return true;
}

static bool check_pin(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	unsigned char pin[32];

	*problem = "must be a SHA-256: 64 hex digits, or 44 of base64";
	return configuration_pin(text, pin);
}

static bool check_mechanism(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	static const char *const names[] = {"auto", "off", "SCRAM-SHA-256-PLUS",
	    "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN",
	    "LOGIN", "EXTERNAL", "CRAM-MD5"};

	*problem = "must be auto, off, or of SCRAM-SHA-256-PLUS, SCRAM-SHA-256,"
		   " SCRAM-SHA-1-PLUS, SCRAM-SHA-1, PLAIN, LOGIN, EXTERNAL,"
		   " CRAM-MD5";
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (text_same(names[i], text))
			return true;
	return false;
}

static bool is_variable(const char *name)
{
	if (text_is_digit((unsigned char)*name) || *name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (!text_is_alpha((unsigned char)*name) &&
		    !text_is_digit((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static bool check_source(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	const char *rest = strchr(text, ':');
	size_t n = rest == NULL ? 0 : (size_t)(rest - text);

	*problem = "must begin with command:, file:, env: or credential:";
	if (rest == NULL)
		return false;
	rest++;
	if (n == 7 && memcmp(text, "command", n) == 0) {
		*problem = "must have a command behind command:";
		return rest[strspn(rest, " ")] != '\0';
	}
	if (n == 4 && memcmp(text, "file", n) == 0) {
		*problem = "must have a path from / or ~/ behind file:";
		return is_path(rest);
	}
	if (n == 3 && memcmp(text, "env", n) == 0) {
		*problem = "must have a variable's name behind env:";
		return is_variable(rest);
	}
	if (n == 10 && memcmp(text, "credential", n) == 0) {
		*problem = "must have a credential's name behind credential:";
		return rest[0] != '\0' && rest[0] != '.' &&
		       strchr(rest, '/') == NULL;
	}
	if (n == 4 && memcmp(text, "text", n) == 0)
		*problem = "cannot hold the password; the key password can";
	return false;
}

/* Octets before the colon of a header field, RFC 5322 3.6.8. */
static size_t field_name(const char *text)
{
	size_t n = 0;

	while (text[n] > 32 && text[n] < 127 && text[n] != ':')
		n++;
	return n;
}

static bool check_header(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	size_t n = field_name(text);

	*problem = "must be 'Name: text'";
	return n > 0 && text[n] == ':' &&
	       text[n + 1 + strspn(text + n + 1, " ")];
}

static bool check_field_name(const struct configuration_key *key SMTP_UNUSED,
    const char *text, uint64_t *number SMTP_UNUSED, const char **problem)
{
	size_t n = field_name(text);

	*problem = "must be the name of a field, without colon";
	return n > 0 && text[n] == '\0';
}

/* What may also be empty, which unsets it; and who decides else. */
static const struct {
	bool may_be_empty;
	check *check;
} types[] = {
    [TYPE_TEXT] = {true, check_text},
    [TYPE_SECRET] = {true, check_text},
    [TYPE_TITLE] = {false, check_title},
    [TYPE_HOST] = {true, check_host},
    [TYPE_IP] = {true, check_ip},
    [TYPE_PATH] = {true, check_path},
    [TYPE_ADDRESS] = {true, check_address},
    [TYPE_SWITCH] = {false, check_word},
    [TYPE_WORD] = {false, check_word},
    [TYPE_DURATION] = {false, check_duration},
    [TYPE_SIZE] = {false, check_size},
    [TYPE_COUNT] = {false, check_count},
    [TYPE_SERVERS] = {false, check_server},
    [TYPE_PINS] = {false, check_pin},
    [TYPE_MECHANISMS] = {false, check_mechanism},
    [TYPE_SOURCES] = {false, check_source},
    [TYPE_PATTERNS] = {false, check_pattern},
    [TYPE_HEADERS] = {false, check_header},
    [TYPE_FIELD_NAMES] = {false, check_field_name},
    [TYPE_WORDS] = {false, check_word},
};

bool configuration_value(const struct configuration_key *key, const char *text,
    uint64_t *number, const char **problem)
{
	*number = 0;
	*problem = NULL;
	/* A path whose default is a word goes back to that by the word. */
	if (text[0] == '\0' && types[key->type].may_be_empty &&
	    key->preset == NULL)
		return true;
	return types[key->type].check(key, text, number, problem);
}

void configuration_key_words(
    const struct configuration_key *key, char *text, size_t n)
{
	const struct configuration_word *word = key->words;
	size_t used = 0;

	snprintf(text, n, "must be ");
	for (; word != NULL && word->name != NULL; word++) {
		const char *after = word[1].name == NULL   ? ""
		                    : word[2].name == NULL ? " or "
		                                           : ", ";

		used = strlen(text);
		snprintf(text + used, n - used, "%s%s", word->name, after);
	}
}
