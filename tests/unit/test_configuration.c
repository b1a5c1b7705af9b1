/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_configuration.c - what the files may say, and every complaint
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Threats, and the traps of libconfuse: each way to write
 * something that means one thing to a reader and another to the parser is a
 * mistake with a line, and no complaint repeats a secret.
 */
#include "configuration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "configuration_key.h"
#include "diagnostics.h"

enum { TEXT_MAX = 16384 };

/* All lines of d in one text, and d emptied. */
static const char *lines_of(struct diagnostics *d)
{
	static char text[TEXT_MAX];
	size_t used = 0;

	text[0] = '\0';
	assert_int_equal(d->dropped, 0);
	for (size_t i = 0; i < d->n; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s%s", i == 0 ? "" : "\n", d->line[i]);
		assert_true(used < sizeof text);
	}
	diagnostics_release(d);
	return text;
}

static const char *read_n(struct configuration *c, const char *text, size_t n)
{
	struct diagnostics d;
	bool good;

	diagnostics_init(&d);
	good = configuration_read_text(c, text, n, &d);
	assert_int_equal(good, !diagnostics_any(&d));
	if (!good) {
		assert_null(c->section);
		assert_int_equal(c->n, 0);
	}
	return lines_of(&d);
}

/* The complaints about a text. */
static const char *complaints(const char *text, size_t n)
{
	struct configuration c;
	const char *lines = read_n(&c, text, n);

	configuration_release(&c);
	return lines;
}

/* The values of a key in section number i, joined with "|"; NULL: not set. */
static const char *values(
    const struct configuration *c, size_t i, const char *key)
{
	static char text[TEXT_MAX];
	const struct configuration_section *s = &c->section[i];

	assert_true(i < c->n);
	for (size_t j = 0; j < s->n; j++) {
		if (strcmp(s->setting[j].key->name, key) != 0)
			continue;
		text[0] = '\0';
		for (size_t k = 0; k < s->setting[j].n; k++) {
			strncat(text, k == 0 ? "" : "|",
			    sizeof text - strlen(text) - 1);
			strncat(text, s->setting[j].value[k],
			    sizeof text - strlen(text) - 1);
		}
		return text;
	}
	return NULL;
}

struct value_case {
	const char *written; /* behind "KEY = " */
	const char *key;
	const char *read;
};

/* clang-format off */
static const struct value_case good_values[] = {
	{"me", "user", "me"},
	{"'me'", "user", "me"},
	{"\"me\"", "user", "me"},
	{"me@example.com", "user", "me@example.com"},
	{"'a b'", "user", "a b"},
	{"'a#b'", "user", "a#b"},
	{"'a//b'", "user", "a//b"},
	{"'a/*b'", "user", "a/*b"},
	{"'it\\'s'", "user", "it's"},
	{"'a\\\\b'", "user", "a\\b"},
	{"'a\\b'", "user", "a\\b"},
	{"'a\\n'", "user", "a\\n"},
	{"'\"'", "user", "\""},
	{"\"'\"", "user", "'"},
	{"\"a\\\"b\"", "user", "a\"b"},
	{"\"a\\\\b\"", "user", "a\\b"},
	{"\"\\x41\\101\"", "user", "AA"},
	{"\"\\xc3\\xa9\"", "user", "\xC3\xA9"},
	{"\"\\q\"", "user", "q"},
	{"'\xC3\xA9'", "user", "\xC3\xA9"},
	{"'${HOME}'", "user", "${HOME}"},
	{"\"${HOME}\"", "user", "${HOME}"},
	{"\"${HOME:-x}\"", "user", "${HOME:-x}"},
	{"'{'", "user", "{"},
	{"'a,b'", "user", "a,b"},
	{"''", "user", ""},
	{"'x' # comment", "user", "x"},
	{"'x' // comment", "user", "x"},
	{"'x' /* comment\n */", "user", "x"},
	{"\n'x'", "user", "x"},
	{"'h'", "server", "h"},
	{"{'h'}", "server", "h"},
	{"{'h', 'i:25'}", "server", "h|i:25"},
	{"{ h , i:25 , }", "server", "h|i:25"},
	{"{\n'h', # one\n'i'\n}", "server", "h|i"},
	{"{}", "server", ""},
	{"'h.'", "server", "h."},
	{"'B\xC3\xBC" "cher.example'", "server", "B\xC3\xBC" "cher.example"},
	{"'[::1]'", "server", "[::1]"},
	{"'[2001:db8::1]:2525'", "server", "[2001:db8::1]:2525"},
	{"'192.0.2.1:25'", "server", "192.0.2.1:25"},
	{"'unix:/run/smtp'", "server", "unix:/run/smtp"},
	{"lmtp", "protocol", "lmtp"},
	{"opportunistic", "tls", "opportunistic"},
	{"'[192.0.2.1]'", "domain", "[192.0.2.1]"},
	{"'[IPv6:2001:db8::1]'", "domain", "[IPv6:2001:db8::1]"},
	{"''", "domain", ""},
	{"'2001:db8::1'", "source-address", "2001:db8::1"},
	{"6", "ip", "6"},
	{"90", "timeout-reply", "90"},
	{"7d", "timeout-reply", "7d"},
	{"604800", "timeout-reply", "604800"},
	{"auto", "timeout-total", "auto"},
	{"2h", "timeout-total", "2h"},
	{"pin-only", "tls-verify", "pin-only"},
	{"system", "tls-ca-file", "system"},
	{"'~/ca.pem'", "tls-ca-file", "~/ca.pem"},
	{"/etc/ca.pem", "tls-ca-file", "/etc/ca.pem"},
	{"1.3", "tls-min", "1.3"},
	{"{'scram-sha-256', 'PLAIN'}", "auth", "scram-sha-256|PLAIN"},
	{"off", "auth", "off"},
	{"on", "auth-clear", "on"},
	{"{'command:pass x', 'env:P_1'}", "password-from", "command:pass x|env:P_1"},
	{"'credential:smtp'", "password-from", "credential:smtp"},
	{"'\"john doe\"@example.com'", "from", "\"john doe\"@example.com"},
	{"'root'", "from", "root"},
	{"{'*@example.com', me}", "senders", "*@example.com|me"},
	{"refuse", "sender-policy", "refuse"},
	{"off", "aliases", "off"},
	{"{'X-A: b', 'Organization: c, d'}", "add-header", "X-A: b|Organization: c, d"},
	{"'User-Agent'", "remove-header", "User-Agent"},
	{"{failure, delay}", "dsn-notify", "failure|delay"},
	{"headers", "dsn-return", "headers"},
	{"10M", "size-limit", "10M"},
	{"0", "max-recipients", "0"},
	{"off", "log", "off"},
};
/* clang-format on */

static void reads_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good_values / sizeof *good_values; i++) {
		const struct value_case *v = &good_values[i];
		struct configuration c;
		char text[512];
		int n = snprintf(text, sizeof text,
		    "account 'a' {\n%s = %s\n}\n", v->key, v->written);

		assert_string_equal(read_n(&c, text, (size_t)n), "");
		assert_int_equal(c.n, 2);
		assert_string_equal(c.section[1].title, "a");
		assert_string_equal(values(&c, 1, v->key), v->read);
		assert_int_equal(c.section[1].setting[0].line, 2);
		configuration_release(&c);
	}
}

struct bad_value {
	const char *key;
	const char *written;
	const char *complaint; /* behind "text:2: " */
};

static const char must_be_source[] =
    "password-from: the value must begin with command:, file:, env: or "
    "credential:";

/* clang-format off */
static const struct bad_value bad_values[] = {
	/* */
	{"server", "'*.example.com'", "server: '*.example.com' has a character that no host name has"},
	{"server", "'a..b'", "server: 'a..b' has an empty label: two dots meet, or one is first"},
	{"server", "'.a'", "server: '.a' has an empty label: two dots meet, or one is first"},
	{"server", "'a b'", "server: 'a b' has a character that no host name has"},
	{"server", "''", "server: '' must be host, host:port, [IPv6]:port or unix:/path"},
	{"server", "'-a'", "server: '-a' has a label that begins or ends with '-'"},
	{"server", "'a:0'", "server: 'a:0' must have a port from 1 to 65535 behind the colon"},
	{"server", "'a:65536'", "server: 'a:65536' must have a port from 1 to 65535 behind the colon"},
	{"server", "'a:'", "server: 'a:' must have a port from 1 to 65535 behind the colon"},
	{"server", "'a:smtp'", "server: 'a:smtp' must have a port from 1 to 65535 behind the colon"},
	{"server", "'::1'", "server: '::1' must have an IPv6 address in brackets: [::1]:587"},
	{"server", "'[::g]'", "server: '[::g]' must have an IPv6 address between the brackets"},
	{"server", "'[::1'", "server: '[::1' must have an IPv6 address between the brackets"},
	{"server", "'[::1]25'", "server: '[::1]25' must have a port from 1 to 65535 behind the colon"},
	{"server", "'1.2.3'", "server: '1.2.3' is neither a host name nor an IPv4 address"},
	{"server", "'1.2.3.999'", "server: '1.2.3.999' is neither a host name nor an IPv4 address"},
	{"server", "'unix:run'", "server: 'unix:run' must have an absolute path behind unix:"},
	{"server", "{'good', 'a..b'}", "server: 'a..b' has an empty label: two dots meet, or one is first"},
	{"protocol", "esmtp", "protocol: 'esmtp' must be smtp or lmtp"},
	{"tls", "on", "tls: 'on' must be auto, implicit, starttls, opportunistic or off"},
	{"domain", "'my host'", "domain: 'my host' has a character that no host name has"},
	{"domain", "'[1.2.3]'", "domain: '[1.2.3]' has a character that no host name has"},
	{"source-address", "localhost", "source-address: 'localhost' must be an IPv4 or IPv6 address"},
	{"ip", "5", "ip: '5' must be any, 4 or 6"},
	{"timeout-reply", "0", "timeout-reply: '0' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "8d", "timeout-reply: '8d' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "1w", "timeout-reply: '1w' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "1ms", "timeout-reply: '1ms' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "auto", "timeout-reply: 'auto' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "99999999999999999999", "timeout-reply: '99999999999999999999' must be 1s to 7d: a number and s, m, h or d"},
	{"timeout-reply", "'-1'", "timeout-reply: '-1' must be 1s to 7d: a number and s, m, h or d"},
	{"tls-verify", "none", "tls-verify: 'none' must be full, pin-only or off"},
	{"tls-ca-file", "ca.pem", "tls-ca-file: 'ca.pem' must be a path that begins with / or ~/"},
	{"tls-ca-file", "''", "tls-ca-file: '' must be a path that begins with / or ~/"},
	{"tls-key-file", "'~other/key'", "tls-key-file: '~other/key' must be a path that begins with / or ~/"},
	{"tls-min", "1.1", "tls-min: '1.1' must be 1.2 or 1.3"},
	{"tls-pin", "'abc'", "tls-pin: 'abc' must be a SHA-256: 64 hex digits, or 44 of base64"},
	{"auth", "'NTLM'", "auth: 'NTLM' must be auto, off, or of SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, PLAIN, LOGIN, EXTERNAL, CRAM-MD5"},
	{"auth-clear", "yes", "auth-clear: 'yes' must be on or off"},
	{"password-from", "'keyring'", must_be_source},
	{"password-from", "'text:geheim'", "password-from: the value cannot hold the password; the key password can"},
	{"password-from", "'command: '", "password-from: the value must have a command behind command:"},
	{"password-from", "'file:geheim'", "password-from: the value must have a path from / or ~/ behind file:"},
	{"password-from", "'env:1A'", "password-from: the value must have a variable's name behind env:"},
	{"password-from", "'credential:../x'", "password-from: the value must have a credential's name behind credential:"},
	{"from", "'Me <me@example.com>'", "from: 'Me <me@example.com>' must be an address without name and brackets"},
	{"from", "'@example.com'", "from: '@example.com' must be an address without name and brackets"},
	{"from", "'me@'", "from: 'me@' must be an address without name and brackets"},
	{"from", "'-f@x'", "from: '-f@x' must be an address without name and brackets"},
	{"from", "'\"a@x'", "from: '\"a@x' must be an address without name and brackets"},
	{"senders", "'a@x, b@x'", "senders: 'a@x, b@x' must be an address, or one with * for any text"},
	{"from-policy", "replace", "from-policy: 'replace' must be keep, qualify or force"},
	{"add-header", "'X-A'", "add-header: 'X-A' must be 'Name: text'"},
	{"add-header", "'X A: b'", "add-header: 'X A: b' must be 'Name: text'"},
	{"add-header", "'X-A: '", "add-header: 'X-A: ' must be 'Name: text'"},
	{"remove-header", "'X-A:'", "remove-header: 'X-A:' must be the name of a field, without colon"},
	{"dsn-notify", "always", "dsn-notify: 'always' must be never, success, failure or delay"},
	{"size-limit", "10m", "size-limit: '10m' must be a number of octets, or a number and k, M or G"},
	{"size-limit", "99999999999G", "size-limit: '99999999999G' must be a number of octets, or a number and k, M or G"},
	{"max-recipients", "100001", "max-recipients: '100001' must be a number up to 100000"},
	{"log", "journal", "log: 'journal' must be syslog or off"},
	{"inherit", "''", "inherit: '' must be an account's name, 1 to 64 octets"},
};
/* clang-format on */

static void refuses_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_values / sizeof *bad_values; i++) {
		const struct bad_value *v = &bad_values[i];
		char text[512], expected[512];
		int n = snprintf(text, sizeof text,
		    "account 'a' {\n%s = %s\n}\n", v->key, v->written);
		const char *lines = complaints(text, (size_t)n);

		snprintf(expected, sizeof expected, "text:2: %s", v->complaint);
		/* An inherit of nothing is complained about twice. */
		if (strncmp(lines, expected, strlen(expected)) != 0)
			assert_string_equal(lines, expected);
	}
}

struct mistake {
	const char *text;
	const char *complaints; /* "text:" left out, lines separated by \n */
};

/* clang-format off */
static const struct mistake mistakes[] = {
	/* Keys. */
	{"servr = 'x'", "1: unknown key 'servr'; is 'server' meant?"},
	{"account 'a' {\ntls_verify = 'off'\n}", "2: unknown key 'tls_verify'; is 'tls-verify' meant?"},
	{"account 'a' {\nhost = 'x'\n}", "2: unknown key 'host'; is 'server' meant?"},
	{"account 'a' {\nqueue = 'first'\n}", "2: unknown key 'queue'"},
	{"account 'a' {\nproxy = 'socks5://h:1'\n}", "2: unknown key 'proxy'"},
	{"account 'a' {\nSERVER = 'x'\n}", "2: unknown key 'SERVER'; is 'server' meant?"},
	{"server = 'x'", "1: server must stand in an account or in defaults"},
	{"account 'a' {\ndefault-account = 'a'\n}", "2: default-account must stand outside of all sections"},
	{"account 'a' {\nuser = 'x'\nuser = 'y'\n}", "3: user is given twice, first at text:2"},
	{"account 'a' {\nserver = 'x'\nserver = 'y'\n}", "3: server is given twice, first at text:2"},
	{"defaults {\n}\ndefaults {\n}", "3: this section is given twice, first at text:1"},
	{"account 'a' {\n}\naccount 'a' {\nusr = 'x'\n}", "3: this section is given twice, first at text:1\n4: unknown key 'usr'; is 'user' meant?"},
	{"account 'a' {\nuser = {'x'}\n}", "2: user takes one value, without braces"},
	/* Shape. */
	{"account 'a' {\nuser 'x'\n}", "2: no = follows the key 'user'"},
	{"account 'a' {\nuser = \n}", "3: a value is missing here"},
	{"account 'a' {\nserver = {'a' 'b'}\n}", "2: a comma or } is missing in the list that begins on line 2"},
	{"account 'a' {\nserver = {'a',, 'b'}\n}", "2: a value is missing here"},
	{"account 'a' {\nserver = {'a'\nuser = 'x'\n}", "3: a comma or } is missing in the list that begins on line 2"},
	{"account 'a' {\nserver += {'a'}\n}", "2: there is no +=; write the whole list in braces"},
	{"account 'a' {\nserver+={'a'}\n}", "2: there is no +=; write the whole list in braces"},
	{"account 'a' {\nfull-name = Jane Doe\n}", "2: a value of several words needs single quotes around it"},
	{"account 'a' {\nuser = 'a' 'b'\n}", "2: a key is expected here"},
	{"account 'a' {\nuser = 'a''b'\n}", "2: something follows a closing quote; write \\' for a quote inside"},
	{"account 'a' {\nuser = 'a'#b\n}", "2: something follows a closing quote; write \\' for a quote inside"},
	{"account 'a' {\nuser = 'a\n}", "2: a quote opens on this line and does not close on it"},
	{"account 'a' {\nuser = \"a\n\"\n}", "2: a quote opens on this line and does not close on it\n3: a quote opens on this line and does not close on it"},
	{"account 'a' {\nuser = 'a\\\nb'\n}", "2: a quote opens on this line and does not close on it\n3: something here needs single quotes around it"},
	{"account 'a' {", "1: the section that begins here is not closed"},
	{"account 'a' {\nserver = {'x'\n", "3: a comma or } is missing in the list that begins on line 2\n1: the section that begins here is not closed"},
	{"}", "1: this } closes nothing"},
	{"account 'a' {\n}\n}", "3: this } closes nothing"},
	{"account 'a' {\nuser = 'x'\naccount 'b' {\nuser = 'y'\n}", "3: a section cannot stand in another; is a } missing behind the one that begins on line 1?"},
	{"account {\nuser = 'x'\n}", "1: an account needs a name: account 'NAME' {"},
	{"account '' {\nuser = 'x'\n}", "1: an account needs a name: account 'NAME' {"},
	{"account a\nuser = 'x'", "1: a section begins account 'NAME' {\n2: user must stand in an account or in defaults"},
	{"defaults = 'x'", "1: unknown key 'defaults'"},
	{"server {\n}", "1: unknown section 'server'; there are account 'NAME' and defaults"},
	{"acount 'a' {\nuser = 'x'\n}", "1: no = follows the key 'acount'\n2: user must stand in an account or in defaults\n3: this } closes nothing"},
	{"= 'x'", "1: a key is expected here"},
	{"'x' = 'y'", "1: a key is expected here"},
	{"/* a", "1: the comment that opens here is not closed"},
	{"include = 'x'", "1: unknown key 'include'"},
	{"include x", "1: write include 'FILE', with single quotes"},
	{"include('x')", "1: something here needs single quotes around it"},
	{"include 'x'", "1: include works in files only"},
	{"account 'a' {\ninclude 'x'\n}", "2: include must stand outside of all sections"},
	/* What needs quotes. */
	{"account 'a' {\nuser = pa#ss\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = ${HOME}\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = a$b\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = a//b\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = a'b\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = a(b)\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = a+b@c\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nuser = \xC3\xA9\n}", "2: something here needs single quotes around it"},
	{"account 'a' {\nserver = [::1]\n}", "2: something here needs single quotes around it"},
	/* Octets. */
	{"account 'a' {\nuser = '\x01'\n}", "2: this line has a control character"},
	{"account 'a' {\nuser = '\xFF'\n}", "2: this line is not UTF-8"},
	{"account 'a' {\nuser = '\xC2\x85'\n}", "2: this line has a control character"},
	{"account 'a' {\ruser = 'x'\n}", "1: this line has a control character"},
	{"\x01\n\x01\n\x01\n\x01\n", "1: this line has a control character\n2: this line has a control character\n3: this line has a control character"},
	{"account 'a' {\nuser = \"\\x00\"\n}", "2: a value holds a control character or is not UTF-8"},
	{"account 'a' {\nuser = \"a\\n\"\n}", "2: a value holds a control character or is not UTF-8"},
	{"account 'a' {\nuser = \"\\377\"\n}", "2: a value holds a control character or is not UTF-8"},
	{"account 'a' {\nuser = \"\\777\"\n}", "2: a value holds a control character or is not UTF-8"},
	{"account 'a' {\nuser = \"\\x\"\n}", "2: a value holds a control character or is not UTF-8"},
	/* What only the whole can answer. */
	{"default-account = 'b'\naccount 'a' {\n}", "1: default-account: there is no account 'b'"},
	{"account 'a' {\ninherit = 'b'\n}", "2: inherit: there is no account 'b'"},
	{"account 'a' {\ninherit = 'a'\n}", "2: inherit: 'a' inherits from itself in the end"},
	{"account 'a' {\ninherit = 'b'\n}\naccount 'b' {\ninherit = 'a'\n}", "2: inherit: 'a' inherits from itself in the end\n5: inherit: 'b' inherits from itself in the end"},
	{"defaults {\ninherit = 'a'\n}", "2: inherit must stand in an account"},
	{"account 'a' {\npassword = 'x'\npassword-from = 'env:X'\n}", "3: password-from: there is a password at text:2 already"},
	/* Several at once. */
	{"usr = 'x'\naccount 'a' {\ntls = 'on'\nprot = 'x'\n}\n}", "1: unknown key 'usr'; is 'user' meant?\n4: unknown key 'prot'\n6: this } closes nothing\n3: tls: 'on' must be auto, implicit, starttls, opportunistic or off"},
	{"syslog-facility = 'news'", "1: syslog-facility: 'news' must be mail, user, daemon, local0, local1, local2, local3, local4, local5, local6 or local7"},
};
/* clang-format on */

/* The complaints with "text:" before each line. */
static const char *with_name(const char *lines)
{
	static char text[TEXT_MAX];
	size_t used = 0;

	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%stext:%.*s", used == 0 ? "" : "\n", (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
	return text;
}

static void finds_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
		assert_string_equal(
		    complaints(mistakes[i].text, strlen(mistakes[i].text)),
		    with_name(mistakes[i].complaints));
}

/* no word of these texts that begins with "geheim" may be repeated. */
static const char *const secret_texts[] = {
    "account 'a' {\npassword = geheim\n}",
    "account 'a' {\npassword = geheim#x\n}",
    "account 'a' {\npassword = 'geheim\n}",
    "account 'a' {\npassword = 'x' geheim\n}",
    "account 'a' {\npassword = 'x' geheim = 'y'\n}",
    "account 'a' {\npassword = 'x'geheim = 'y'\n}",
    "account 'a' {\npassword\n=\n'x' geheim = 'y'\n}",
    "account 'a' {\npassword = 'x' geheim {\n}\n}",
    "account 'a' {\npassword = {'geheim1', 'geheim2'}\n}",
    "account 'a' {\npassword = {\n'x'\ngeheim = 'y'}\n}",
    "account 'a' {\npassword = 'x\ngeheim = 'y'\n}",
    "account 'a' {\npassword 'geheim'\n}",
    "account 'a' {\npassword geheim\n}",
    "account 'a' {\npasword = 'x' geheim = 'y'\n}",
    "account 'a' {\nPASSWORD = 'x' geheim = 'y'\n}",
    "account 'a' {\nuser = 'u' geheim = 'x' password = 'y'\n}",
    "account 'a' {\npassword-from = 'text:geheim'\n}",
    "account 'a' {\npassword-from = 'geheim'\n}",
    "account 'a' {\npassword-from =\n'x' geheim = 'y'\n}",
    "account 'a' {\npassword = 'x'\npassword = 'geheim'\n}",
    "account 'a' {\nuser = 'geheim' tls = 'geheim' password = 'x'\n}",
    "account 'a' {\nsecret = 'geheim' geheim = 'x'\n}",
    "password = 'geheim'",
    "geheim password",
};

static void hides_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof secret_texts / sizeof *secret_texts;
	     i++) {
		const char *lines =
		    complaints(secret_texts[i], strlen(secret_texts[i]));

		assert_string_not_equal(lines, "");
		if (strstr(lines, "geheim") != NULL)
			fail_msg("%s\ngives: %s", secret_texts[i], lines);
	}
}

static void keeps_a_password(void **state)
{
	static const char text[] = "account 'a' {\n"
				   "password = 'it\\'s ${HOME} \\\\ #1'\n}\n";
	struct configuration c;

	(void)state;
	assert_string_equal(read_n(&c, text, sizeof text - 1), "");
	assert_string_equal(values(&c, 1, "password"), "it's ${HOME} \\ #1");
	assert_true(c.section[1].setting[0].on_secret_line);
	configuration_release(&c);
}

static void refuses_nul(void **state)
{
	static const char text[] = "account 'a' {\nuser = 'a\0b'\n}\n";

	(void)state;
	assert_string_equal(
	    complaints(text, sizeof text - 1), "text:2: this line has a NUL");
}

static void bounds_a_value(void **state)
{
	static char text[CONFIGURATION_VALUE_MAX + 100];
	struct configuration c;
	size_t n;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		n = (size_t)snprintf(
		    text, sizeof text, "account 'a' {\nuser = '");
		memset(text + n, 'x', CONFIGURATION_VALUE_MAX + more);
		n += CONFIGURATION_VALUE_MAX + more;
		n += (size_t)snprintf(text + n, sizeof text - n, "'\n}\n");
		assert_string_equal(read_n(&c, text, n),
		    more == 0 ? ""
			      : "text:2: a value is longer than 8192 octets");
		configuration_release(&c);
	}
}

static void ignores_x_keys(void **state)
{
	static const char text[] = "\xEF\xBB\xBFx-a = 'b'\r\n"
				   "account 'a' {\r\n"
				   "x-list = {'c', 'd'}\r\nX-y = z\r\n"
				   "user = 'me'\r\n}\r\n";
	struct configuration c;

	(void)state;
	assert_string_equal(read_n(&c, text, sizeof text - 1), "");
	assert_int_equal(c.section[0].n, 0);
	assert_int_equal(c.section[1].n, 1);
	assert_string_equal(values(&c, 1, "user"), "me");
	assert_int_equal(c.section[1].setting[0].line, 5);
	configuration_release(&c);
}

static void reads_an_empty_text(void **state)
{
	static const char *const texts[] = {"", "\n", "# nothing", "/**/"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_string_equal(complaints(texts[i], strlen(texts[i])), "");
}

static void bounds_the_complaints(void **state)
{
	static char text[4096];
	struct configuration c;
	struct diagnostics d;

	(void)state;
	text[0] = '\0';
	for (size_t i = 0; i < 150; i++)
		strncat(text, "b = 'x'\n", sizeof text - strlen(text) - 1);
	diagnostics_init(&d);
	assert_false(configuration_read_text(&c, text, strlen(text), &d));
	assert_int_equal(d.n, DIAGNOSTICS_MAX);
	assert_int_equal(d.dropped, 50);
	diagnostics_release(&d);
}

static void keeps_sections_in_order(void **state)
{
	static const char text[] = "account 'b' { user = 'B' }\n"
				   "default-account = 'a'\n"
				   "defaults { user = 'D' tls = off }\n"
				   "account a { user = 'A' inherit = 'b' }\n";
	struct configuration c;
	const struct configuration_setting *s;
	unsigned far;

	(void)state;
	assert_string_equal(read_n(&c, text, sizeof text - 1), "");
	assert_int_equal(c.n, 4);
	assert_string_equal(c.section[1].title, "b");
	assert_int_equal(c.section[2].place, PLACE_DEFAULTS);
	assert_string_equal(c.section[3].title, "a");
	assert_string_equal(values(&c, 1, "user"), "B");
	assert_string_equal(values(&c, 2, "user"), "D");
	assert_string_equal(values(&c, 3, "user"), "A");
	assert_int_equal(c.section[3].line, 4);
	s = configuration_lookup(&c, &c.section[3],
	    configuration_key_find("tls", 3, SCOPE_ACCOUNT), &far);
	assert_non_null(s);
	assert_int_equal(s->line, 3);
	assert_null(configuration_lookup(&c, &c.section[3],
	    configuration_key_find("from", 4, SCOPE_ACCOUNT), &far));
	configuration_release(&c);
}

static void parses_pins(void **state)
{
	static const char *const same[] = {
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	    "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:"
	    "10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f",
	    "SHA256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
	    "1d1e1f",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
	    "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	};
	static const char *const wrong[] = {
	    "",
	    "00",
	    "sha256:",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0",
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-=",
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
	};
	unsigned char pin[32];

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		memset(pin, 0xFF, sizeof pin);
		assert_true(configuration_pin(same[i], pin));
		for (unsigned j = 0; j < 32; j++)
			assert_int_equal(pin[j], j);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(configuration_pin(wrong[i], pin));
}

static void suggests_keys(void **state)
{
	static const struct {
		const char *written, *meant;
	} cases[] = {
	    {"sever", "server"},
	    {"Server", "server"},
	    {"srever", "server"},
	    {"passwrd", "password"},
	    {"passwordeval", "password-from"},
	    {"tls_ca_file", "tls-ca-file"},
	    {"tls_trust_file", "tls-ca-file"},
	    {"port", "server"},
	    {"sender", "senders"},
	    {"max-recipient", "max-recipients"},
	    {"zzz", NULL},
	    {"", NULL},
	    {"abcdefghijklmnopqrstuvwxyzabcdefghijklm", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct configuration_key *key = configuration_key_nearest(
		    cases[i].written, strlen(cases[i].written));

		assert_string_equal(key == NULL ? "none" : key->name,
		    cases[i].meant == NULL ? "none" : cases[i].meant);
	}
}

/* Every row can be used: its default passes its own check, and no two rows
 * could be taken for each other. */
static void keeps_the_table_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < configuration_key_count(); i++) {
		const struct configuration_key *key = configuration_key_at(i);
		uint64_t number;
		const char *problem;

		assert_ptr_equal(configuration_key_find(
				     key->name, strlen(key->name), key->scope),
		    key);
		assert_true(key->sentence != NULL && key->sentence[0] != '\0');
		assert_int_equal(key->sentence[strlen(key->sentence) - 1], '.');
		if (key->preset != NULL)
			assert_true(configuration_value(
			    key, key->preset, &number, &problem));
		if (key->type == TYPE_WORD || key->type == TYPE_SWITCH)
			assert_true(key->words != NULL && key->preset != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_values),
	    cmocka_unit_test(refuses_values),
	    cmocka_unit_test(finds_mistakes),
	    cmocka_unit_test(hides_secrets),
	    cmocka_unit_test(keeps_a_password),
	    cmocka_unit_test(refuses_nul),
	    cmocka_unit_test(bounds_a_value),
	    cmocka_unit_test(ignores_x_keys),
	    cmocka_unit_test(reads_an_empty_text),
	    cmocka_unit_test(bounds_the_complaints),
	    cmocka_unit_test(keeps_sections_in_order),
	    cmocka_unit_test(parses_pins),
	    cmocka_unit_test(suggests_keys),
	    cmocka_unit_test(keeps_the_table_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
