/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_account.c - which account, and what is true for it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Configurations come from memory. The values are looked at through
 * account_explain(), which prints the typed fields, and in the fields where
 * it derives more than it prints.
 */
#include "account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "account_choose.h"
#include "buf.h"
#include "diagnostics.h"

enum { TEXT_MAX = 32768, SETS_MAX = 4 };

/* What is asked of one configuration. */
struct question {
	const char *text;
	const char *name, *sender;
	const char *set[SETS_MAX]; /* NULL ends them */
};

/* Selects; gives the complaints, "" when it went well. */
static const char *select_for(struct account *a, const struct question *q)
{
	static char text[TEXT_MAX];
	struct configuration c;
	struct diagnostics d;
	struct account_request r = {
	    .name = q->name, .sender = q->sender, .set = q->set};
	bool good;
	size_t used = 0;

	while (r.n_set < SETS_MAX && q->set[r.n_set] != NULL)
		r.n_set++;
	diagnostics_init(&d);
	good = configuration_read_text(&c, q->text, strlen(q->text), &d) &&
	       account_select(a, &c, &r, &d);
	/* Nobody looks at the configuration again. */
	configuration_release(&c);
	assert_int_equal(good, !diagnostics_any(&d));
	text[0] = '\0';
	for (size_t i = 0; i < d.n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s%s", i == 0 ? "" : "\n", d.line[i]);
	diagnostics_release(&d);
	return text;
}

static const char *explain(const struct account *a)
{
	static char text[TEXT_MAX];
	struct buf out;
	const char *words;

	buf_init(&out, TEXT_MAX - 1);
	assert_true(account_explain(a, &out));
	words = buf_cstr(&out);
	assert_non_null(words);
	snprintf(text, sizeof text, "%s", words);
	buf_release(&out);
	return text;
}

/* The line of the explanation about a key, blanks made single. */
static const char *line_of(const struct account *a, const char *key)
{
	static char line[1024];
	char start[64];
	const char *found;
	size_t n = 0;

	snprintf(start, sizeof start, "\n  %s ", key);
	found = strstr(explain(a), start);
	assert_non_null(found);
	for (found += 3; *found != '\n'; found++)
		if (*found != ' ' || (n > 0 && line[n - 1] != ' '))
			line[n++] = *found;
	line[n] = '\0';
	return line;
}

static const char three[] =
    "default-account = 'three'\n"
    "account 'one' { server = 'h1' user = 'one@example.com' }\n"
    "account 'two' { server = 'h2' from = 'two@example.com' user = 'u'\n"
    "  senders = {'*@example.com', 'two@example.com', 'x*y@*.org'} }\n"
    "account 'three' { server = 'h3' senders = {} user = 'z@example.com' }\n";
static const char pair[] = "account 'a' { server = 'h' user = 'a@x.org' }\n"
			   "account 'b' { server = 'h' user = 'b@x.org' }\n";
static const char single[] = "account 'a' { server = 'h' }\n";

struct choice_case {
	struct question q;
	const char *name; /* NULL: complaints instead of why */
	const char *why;
};

/* clang-format off */
static const struct choice_case choices[] = {
	{{three, "one", NULL, {NULL}}, "one", "-a names it"},
	{{three, "one", "two@example.com", {NULL}}, "one", "-a names it"},
	{{three, NULL, "one@example.com", {NULL}}, "one", "it serves the sender one@example.com, which is one@example.com"},
	{{three, NULL, "ONE@Example.COM", {NULL}}, "one", "it serves the sender ONE@Example.COM, which is one@example.com"},
	/* Exact in a later account comes before a pattern in an earlier. */
	{{three, NULL, "two@example.com", {NULL}}, "two", "it serves the sender two@example.com, which is two@example.com"},
	/* Detail comes before pattern. */
	{{three, NULL, "one+lists@example.com", {NULL}}, "one", "it serves the sender one+lists@example.com, which without its detail is one@example.com"},
	{{three, NULL, "one+a+b@example.com", {NULL}}, "one", "it serves the sender one+a+b@example.com, which without its detail is one@example.com"},
	{{three, NULL, "other@example.com", {NULL}}, "two", "it serves the sender other@example.com, which matches *@example.com"},
	{{three, NULL, "xaby@mail.org", {NULL}}, "two", "it serves the sender xaby@mail.org, which matches x*y@*.org"},
	/* senders = {} serves nobody, though user is an address. */
	{{three, NULL, "z@example.com", {NULL}}, "two", "it serves the sender z@example.com, which matches *@example.com"},
	{{three, NULL, "me@elsewhere.net", {NULL}}, "three", "it is the default-account"},
	{{three, NULL, "", {NULL}}, "three", "it is the default-account"},
	{{three, NULL, NULL, {NULL}}, "three", "it is the default-account"},
	{{three, NULL, NULL, {"default-account=one", NULL}}, "one", "it is the default-account"},
	{{three, NULL, "one", {NULL}}, "three", "it is the default-account"},
	/* msmtp's name for it, where no account bears that. */
	{{three, "default", "one@example.com", {NULL}}, "three", "it is the default-account"},
	{{single, "default", NULL, {NULL}}, "a", "it is the only one"},
	{{"account 'default' { server = 'h' }\naccount 'b' { server = 'h' }", "default", NULL, {NULL}}, "default", "-a names it"},
	{{single, NULL, NULL, {NULL}}, "a", "it is the only one"},
	{{single, NULL, "any@where", {NULL}}, "a", "it is the only one"},
	{{pair, NULL, "b@x.org", {NULL}}, "b", "it serves the sender b@x.org, which is b@x.org"},
	{{"", NULL, NULL, {"server=h", NULL}}, "", "no account is configured and --set names a server"},
	{{"defaults { server = 'h' }", NULL, NULL, {"server=i", NULL}}, "", "no account is configured and --set names a server"},
	/* Failures. */
	{{pair, NULL, NULL, {NULL}}, NULL, "no account serves the sender and there is no default-account; choose with -a one of: a, b"},
	{{pair, NULL, "c@x.org", {NULL}}, NULL, "no account serves the sender c@x.org and there is no default-account; choose with -a one of: a, b"},
	{{pair, "c", NULL, {NULL}}, NULL, "there is no account 'c'; there are: a, b"},
	{{pair, NULL, NULL, {"default-account=c", NULL}}, NULL, "default-account: there is no account 'c'"},
	{{"", "c", NULL, {NULL}}, NULL, "there is no account 'c'; there are: none"},
	{{"", "default", NULL, {NULL}}, NULL, "there is no account 'default'; there are: none"},
	{{"", NULL, NULL, {NULL}}, NULL, "no account is configured: write account 'NAME' { server = 'HOST' } into posthaste.conf"},
	{{"", "\033[2J", NULL, {NULL}}, NULL, "there is no account '\\x1B[2J'; there are: none"},
};
/* clang-format on */

static void chooses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		const struct choice_case *v = &choices[i];
		struct account a;
		const char *lines = select_for(&a, &v->q);

		if (v->name == NULL) {
			assert_string_equal(lines, v->why);
			assert_null(a.name);
			continue;
		}
		assert_string_equal(lines, "");
		assert_string_equal(a.name, v->name);
		assert_string_equal(a.why, v->why);
		account_release(&a);
	}
}

/* What aliases lead to counts behind name and sender, before the default. */
static void follows_aliases(void **state)
{
	static const struct {
		const char *name, *sender, *alias[2], *chosen, *why;
		bool settled;
	} cases[] = {
	    {NULL, NULL, {"one@example.com", "a@x.net"}, "one",
		"it serves what an alias leads to, one@example.com, which is "
		"one@example.com",
		false},
	    {NULL, "root", {"a@x.net", "b@example.com"}, "two",
		"it serves what an alias leads to, b@example.com, which "
		"matches *@example.com",
		false},
	    {NULL, NULL, {"a@x.net", "b@x.net"}, "three",
		"it is the default-account", false},
	    {"one", NULL, {"b@example.com", "b@x.net"}, "one", "-a names it",
		true},
	    {NULL, "one@example.com", {"b@example.com", "b@x.net"}, "one",
		"it serves the sender one@example.com, which is "
		"one@example.com",
		true},
	};
	struct configuration c;
	struct diagnostics d;

	(void)state;
	diagnostics_init(&d);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *alias[2] = {cases[i].alias[0], cases[i].alias[1]};
		struct account_request r = {.name = cases[i].name,
		    .sender = cases[i].sender,
		    .alias = alias,
		    .n_alias = 2};
		struct account a;

		assert_true(
		    configuration_read_text(&c, three, strlen(three), &d));
		assert_int_equal(account_is_settled(&c, &r), cases[i].settled);
		assert_true(account_select(&a, &c, &r, &d));
		configuration_release(&c);
		assert_string_equal(a.name, cases[i].chosen);
		assert_string_equal(a.why, cases[i].why);
		account_release(&a);
	}
	diagnostics_release(&d);
}

static void matches_patterns(void **state)
{
	static const struct {
		const char *pattern, *sender;
		bool matches;
	} cases[] = {
	    {"a@b", "a@b", true},
	    {"a@b", "A@B", true},
	    {"a@b", "a@bc", false},
	    {"a@bc", "a@b", false},
	    {"", "", true},
	    {"", "a", false},
	    {"*", "", true},
	    {"*", "a@b", true},
	    {"**", "a@b", true},
	    {"*@b", "a@b", true},
	    {"*@b", "a@c", false},
	    {"*@b", "@b", true},
	    {"a*", "a@b", true},
	    {"a*", "ba@b", false},
	    {"a*c", "abc", true},
	    {"a*c", "abcd", false},
	    {"a*b*c", "aXbYbZc", true},
	    {"a*b*c", "acb", false},
	    {"*ab", "aab", true},
	    {"*ab", "abab", true},
	    {"*aab", "aaaab", true},
	    {"?", "a", false},
	    {"[a]", "a", false},
	};
	char pattern[129], sender[65];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
		    account_pattern_matches(cases[i].pattern, cases[i].sender),
		    cases[i].matches);
	/* What makes a recursive matcher exponential. */
	for (size_t i = 0; i < 64; i++) {
		pattern[2 * i] = '*';
		pattern[2 * i + 1] = 'a';
		sender[i] = i == 63 ? 'b' : 'a';
	}
	pattern[128] = '\0';
	sender[64] = '\0';
	assert_false(account_pattern_matches(pattern, sender));
}

/* The key's line in the explanation of one account. */
struct line_case {
	struct question q;
	const char *key;
	const char *line;
};

/* clang-format off */
static const struct line_case lines[] = {
	{{single, NULL, NULL, {NULL}}, "server", "server = 'h' # text:1"},
	{{single, NULL, NULL, {NULL}}, "protocol", "protocol = 'smtp' # default"},
	{{single, NULL, NULL, {NULL}}, "tls", "tls = 'auto' # default"},
	{{single, NULL, NULL, {NULL}}, "domain", "domain = '' # default"},
	{{single, NULL, NULL, {NULL}}, "ip", "ip = 'any' # default"},
	{{single, NULL, NULL, {NULL}}, "timeout-connect", "timeout-connect = '30s' # default"},
	{{single, NULL, NULL, {NULL}}, "timeout-reply", "timeout-reply = '5m' # default"},
	{{single, NULL, NULL, {NULL}}, "timeout-final", "timeout-final = '10m' # default"},
	{{single, NULL, NULL, {NULL}}, "timeout-total", "timeout-total = 'auto' # default"},
	{{single, NULL, NULL, {NULL}}, "tls-verify", "tls-verify = 'full' # default"},
	{{single, NULL, NULL, {NULL}}, "tls-ca-file", "tls-ca-file = 'system' # default"},
	{{single, NULL, NULL, {NULL}}, "tls-min", "tls-min = '1.2' # default"},
	{{single, NULL, NULL, {NULL}}, "auth", "auth = 'auto' # default"},
	{{single, NULL, NULL, {NULL}}, "auth-clear", "auth-clear = 'off' # default"},
	{{single, NULL, NULL, {NULL}}, "password", "password = '' # default"},
	{{single, NULL, NULL, {NULL}}, "from", "from = '' # default"},
	{{single, NULL, NULL, {NULL}}, "senders", "senders = {} # default"},
	{{single, NULL, NULL, {NULL}}, "sender-policy", "sender-policy = 'allow' # default"},
	{{single, NULL, NULL, {NULL}}, "from-policy", "from-policy = 'qualify' # default"},
	{{single, NULL, NULL, {NULL}}, "aliases", "aliases = 'off' # default"},
	{{single, NULL, NULL, {NULL}}, "aliases (of all)", "aliases (of all) = '/etc/aliases' # default"},
	{{single, NULL, NULL, {NULL}}, "keep-bcc", "keep-bcc = 'off' # default"},
	{{single, NULL, NULL, {NULL}}, "undisclosed-recipients", "undisclosed-recipients = 'on' # default"},
	{{single, NULL, NULL, {NULL}}, "partial", "partial = 'deliver' # default"},
	{{single, NULL, NULL, {NULL}}, "latency", "latency = 'safe' # default"},
	{{single, NULL, NULL, {NULL}}, "dsn-return", "dsn-return = 'default' # default"},
	{{single, NULL, NULL, {NULL}}, "size-limit", "size-limit = '0' # default"},
	{{single, NULL, NULL, {NULL}}, "log", "log = 'syslog' # default"},
	{{single, NULL, NULL, {NULL}}, "syslog-facility", "syslog-facility = 'mail' # default"},
	/* Derived. */
	{{pair, "a", NULL, {NULL}}, "from", "from = 'a@x.org' # default, that of user"},
	{{pair, "a", NULL, {NULL}}, "senders", "senders = 'a@x.org' # default, that of from"},
	{{three, "two", NULL, {NULL}}, "from", "from = 'two@example.com' # text:3"},
	{{three, "three", NULL, {NULL}}, "senders", "senders = {} # text:5"},
	{{"account 'a' {\nserver = 'h'\nuser = 'x y@z'\n}", NULL, NULL, {NULL}}, "from", "from = '' # default"},
	/* Layers. */
	{{"defaults {\ntls = 'off'\n}\naccount 'a' {\nserver = 'h'\n}", NULL, NULL, {NULL}}, "tls", "tls = 'off' # text:2"},
	{{"defaults {\ntls = 'off'\n}\naccount 'a' {\nserver = 'h'\ntls = 'starttls'\n}", NULL, NULL, {NULL}}, "tls", "tls = 'starttls' # text:6"},
	{{"defaults {\ntls = 'off'\n}\naccount 'a' {\ninherit = 'b'\n}\naccount 'b' {\nserver = 'h'\ntls = 'starttls'\n}", "a", NULL, {NULL}}, "tls", "tls = 'starttls' # text:9"},
	{{"account 'a' {\ninherit = 'b'\n}\naccount 'b' {\ninherit = 'c'\nip = 4\n}\naccount 'c' {\nserver = 'h'\nip = 6\n}", "a", NULL, {NULL}}, "ip", "ip = '4' # text:6"},
	{{"account 'a' {\ninherit = 'b'\n}\naccount 'b' {\ninherit = 'c'\nip = 4\n}\naccount 'c' {\nserver = 'h'\nip = 6\n}", "a", NULL, {NULL}}, "server", "server = 'h' # text:9"},
	{{"aliases = '/a'\naccount 'a' {\nserver = 'h'\naliases = '/b'\n}", NULL, NULL, {NULL}}, "aliases", "aliases = '/b' # text:4"},
	{{"aliases = '/a'\naccount 'a' {\nserver = 'h'\naliases = '/b'\n}", NULL, NULL, {NULL}}, "aliases (of all)", "aliases (of all) = '/a' # text:1"},
	{{"aliases = 'off'\naccount 'a' {\nserver = 'h'\n}", NULL, NULL, {NULL}}, "aliases (of all)", "aliases (of all) = 'off' # text:1"},
	/* --set. */
	{{single, NULL, NULL, {"tls=off", NULL}}, "tls", "tls = 'off' # --set"},
	{{single, NULL, NULL, {"tls=off", "tls=implicit", NULL}}, "tls", "tls = 'implicit' # --set"},
	{{single, NULL, NULL, {"server=i", NULL}}, "server", "server = 'i' # --set"},
	{{single, NULL, NULL, {"server=i", "server=j:25", NULL}}, "server", "server = {'i', 'j:25'} # --set"},
	{{single, NULL, NULL, {"server=i", "server=", "server=k", NULL}}, "server", "server = 'k' # --set"},
	{{single, NULL, NULL, {"add-header=X: a, b", NULL}}, "add-header", "add-header = 'X: a, b' # --set"},
	{{single, NULL, NULL, {"user=a=b", NULL}}, "user", "user = 'a=b' # --set"},
	{{pair, "a", NULL, {"user=", NULL}}, "user", "user = '' # --set"},
	{{single, NULL, NULL, {"aliases=/b", NULL}}, "aliases", "aliases = '/b' # --set"},
	{{single, NULL, NULL, {"syslog-facility=local3", NULL}}, "syslog-facility", "syslog-facility = 'local3' # --set"},
	{{single, NULL, NULL, {"password-from=env:X", NULL}}, "password-from", "password-from = 'env:X' # --set"},
	{{single, NULL, NULL, {"x-anything=1", "timeout-reply=90", NULL}}, "timeout-reply", "timeout-reply = '90s' # --set"},
	{{single, NULL, NULL, {"timeout-total=36h", NULL}}, "timeout-total", "timeout-total = '36h' # --set"},
	{{single, NULL, NULL, {"timeout-total=2d", NULL}}, "timeout-total", "timeout-total = '2d' # --set"},
	{{single, NULL, NULL, {"size-limit=10M", NULL}}, "size-limit", "size-limit = '10485760' # --set"},
	{{single, NULL, NULL, {"auth=plain", "auth=Scram-Sha-1", NULL}}, "auth", "auth = {'PLAIN', 'SCRAM-SHA-1'} # --set"},
	{{single, NULL, NULL, {"auth=OFF", NULL}}, "auth", "auth = 'off' # --set"},
	/* Secrets and where they come from. */
	{{"account 'a' {\nserver = 'h'\npassword = 'geheim'\n}", NULL, NULL, {NULL}}, "password", "password = (hidden) # text:3"},
	{{"defaults {\npassword = 'geheim'\n}\naccount 'a' {\nserver = 'h'\npassword-from = 'env:X'\n}", NULL, NULL, {NULL}}, "password", "password = '' # default"},
	{{"defaults {\npassword-from = 'env:X'\n}\naccount 'a' {\nserver = 'h'\npassword = 'geheim'\n}", NULL, NULL, {NULL}}, "password-from", "password-from = {} # default"},
	{{"account 'a' {\nserver = 'h'\npassword = 'geheim'\n}", NULL, NULL, {"password-from=env:X", NULL}}, "password", "password = '' # default"},
};
/* clang-format on */

static void explains(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct account a;

		assert_string_equal(select_for(&a, &lines[i].q), "");
		assert_string_equal(line_of(&a, lines[i].key), lines[i].line);
		account_release(&a);
	}
}

struct complaint_case {
	struct question q;
	const char *complaints;
};

/* clang-format off */
static const struct complaint_case complaints[] = {
	{{"account 'a' { }", NULL, NULL, {NULL}}, "account 'a': server: is missing"},
	{{"account 'a' {\nserver = {}\n}", NULL, NULL, {NULL}}, "text:2: server: is missing"},
	{{single, NULL, NULL, {"server=", NULL}}, "--set server: is missing"},
	{{single, NULL, NULL, {"password=geheim", NULL}}, "--set password: a password cannot stand on the command line"},
	{{single, NULL, NULL, {"password-from=text:geheim", NULL}}, "--set password-from: a password cannot stand on the command line"},
	{{single, NULL, NULL, {"password-from=command:id", NULL}}, "--set password-from: a command can stand in a configuration file only"},
	{{single, NULL, NULL, {"password-from=geheim", NULL}}, "--set password-from: the value must begin with command:, file:, env: or credential:"},
	{{single, NULL, NULL, {"inherit=a", NULL}}, "--set inherit: can stand in a configuration file only"},
	{{single, NULL, NULL, {"tls", NULL}}, "--set takes KEY=VALUE"},
	{{single, NULL, NULL, {"tsl=off", NULL}}, "--set: unknown key 'tsl'; is 'tls' meant?"},
	{{single, NULL, NULL, {"tls=on", NULL}}, "--set tls: 'on' must be auto, implicit, starttls, opportunistic or off"},
	{{single, NULL, NULL, {"full-name=a\r\nBcc: b", NULL}}, "--set full-name: the value holds a control character or is not UTF-8"},
	{{single, NULL, NULL, {"user=\xFF", NULL}}, "--set user: the value holds a control character or is not UTF-8"},
	{{single, NULL, NULL, {"tls=x", "ip=5", "q=1", NULL}}, "--set tls: 'x' must be auto, implicit, starttls, opportunistic or off\n--set ip: '5' must be any, 4 or 6\n--set: unknown key 'q'"},
	{{single, NULL, NULL, {"auth=off", "auth=PLAIN", NULL}}, "--set auth: off must stand alone"},
	{{single, NULL, NULL, {"auth=", NULL}}, "--set auth: is empty; off means no login"},
	{{single, NULL, NULL, {"dsn-notify=never", "dsn-notify=delay", NULL}}, "--set dsn-notify: never must stand alone"},
	{{single, NULL, NULL, {"tls-verify=pin-only", NULL}}, "--set tls-verify: pin-only needs a tls-pin"},
	{{"account 'a' {\nserver = 'h'\ntls-key-file = '/k'\n}", NULL, NULL, {NULL}}, "text:3: tls-key-file: needs a tls-cert-file"},
	{{"account 'a' {\nserver = 'h'\nprotocol = lmtp\n}", NULL, NULL, {NULL}}, "text:2: server: needs a port, or unix:/path, for lmtp"},
	{{"account 'a' {\nserver = 'h'\ntls-ca-file = '~/ca'\n}", NULL, NULL, {NULL}}, "text:3: tls-ca-file: there is no home directory for ~"},
};
/* clang-format on */

static void complains(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
		struct account a;

		if (strcmp(select_for(&a, &complaints[i].q),
			complaints[i].complaints) != 0)
			assert_string_equal(select_for(&a, &complaints[i].q),
			    complaints[i].complaints);
		assert_null(a.name);
		assert_null(a.attempt);
	}
}

struct attempts_case {
	const char *server, *tls, *protocol;
	const char *attempts; /* hostport/mode, separated by blanks */
};

/* clang-format off */
static const struct attempts_case attempts[] = {
	{"'h'", "auto", "smtp", "h:465/3 h:587/2"},
	{"'H.Example.COM.'", "auto", "smtp", "h.example.com:465/3 h.example.com:587/2"},
	{"{'h', 'i'}", "auto", "smtp", "h:465/3 h:587/2 i:465/3 i:587/2"},
	{"{'h:465', 'i:2525'}", "auto", "smtp", "h:465/3 i:2525/2"},
	{"'h:587'", "auto", "smtp", "h:587/2"},
	{"'h:25'", "auto", "smtp", "h:25/2"},
	{"'h'", "implicit", "smtp", "h:465/3"},
	{"'h:8465'", "implicit", "smtp", "h:8465/3"},
	{"'h'", "starttls", "smtp", "h:587/2"},
	{"'h:465'", "starttls", "smtp", "h:465/2"},
	{"'h'", "opportunistic", "smtp", "h:587/1"},
	{"'h'", "off", "smtp", "h:587/0"},
	{"'h:25'", "off", "smtp", "h:25/0"},
	{"'[::1]'", "auto", "smtp", "[::1]:465/3 [::1]:587/2"},
	{"'[2001:DB8::1]:25'", "auto", "smtp", "[2001:db8::1]:25/2"},
	{"'192.0.2.1'", "off", "smtp", "192.0.2.1:587/0"},
	{"'unix:/Run/s'", "auto", "smtp", "unix:/Run/s/0"},
	{"'unix:/run/s'", "starttls", "lmtp", "unix:/run/s/2"},
	{"'h:24'", "auto", "lmtp", "h:24/2"},
	{"{'unix:/run/s', 'h'}", "auto", "smtp", "unix:/run/s/0 h:465/3 h:587/2"},
};
/* clang-format on */

static void plans_attempts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		const struct attempts_case *v = &attempts[i];
		char text[512], got[512] = "";
		struct account a;
		size_t used = 0;

		snprintf(text, sizeof text,
		    "account 'a' { server = %s tls = %s protocol = %s }",
		    v->server, v->tls, v->protocol);
		assert_string_equal(
		    select_for(&a, &(struct question){.text = text}), "");
		for (size_t j = 0; j < a.n_attempts; j++) {
			const struct account_attempt *t = &a.attempt[j];

			used += (size_t)snprintf(got + used, sizeof got - used,
			    "%s%s/%d", j == 0 ? "" : " ", t->hostport,
			    (int)t->tls);
			assert_int_equal(t->path == NULL, t->host != NULL);
			assert_int_equal(t->path == NULL, t->port != 0);
		}
		assert_string_equal(got, v->attempts);
		account_release(&a);
	}
}

/* Fields that are more than what is printed. */
static void fills_fields(void **state)
{
	static const char text[] =
	    "syslog-facility = 'local1'\n"
	    "account 'a' { server = '[::1]:2525' ip = 6 tls-min = '1.3'\n"
	    " tls-verify = 'pin-only' timeout-connect = '2m'\n"
	    " tls-pin = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='\n"
	    " dsn-notify = {'success', 'delay'} dsn-return = 'full'\n"
	    " size-limit = '1k' password = 'p\xC3\xA4ss' partial = "
	    "all-or-none\n"
	    " sender-policy = force from-policy = force latency = minimal\n"
	    " log = off add-date = off keep-bcc = on dsn-required = on }\n";
	struct account a;

	(void)state;
	assert_string_equal(
	    select_for(&a, &(struct question){.text = text}), "");
	assert_int_equal(a.n_attempts, 1);
	assert_string_equal(a.attempt[0].host, "::1");
	assert_int_equal(a.attempt[0].port, 2525);
	assert_int_equal(a.ip, 6);
	assert_int_equal(a.tls, ACCOUNT_TLS_AUTO);
	assert_int_equal(a.tls_min, 13);
	assert_int_equal(a.tls_verify, Smtpx_VERIFY_PIN_ONLY);
	assert_int_equal(a.timeout_connect_ms, 120000);
	assert_int_equal(a.timeout_total_ms, 0);
	assert_int_equal(a.tls_pin.n, 1);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(a.pin[0][i], i);
	assert_int_equal(a.notify, Notify_SUCCESS | Notify_DELAY);
	assert_int_equal(a.dsn_return, Ret_FULL);
	assert_true(a.dsn_required);
	assert_int_equal(a.size_limit, 1024);
	assert_string_equal(a.password.text, "p\xC3\xA4ss");
	assert_int_equal(a.password.n, 5);
	assert_int_equal(a.partial, PARTIAL_ALL_OR_NONE);
	assert_int_equal(a.sender_policy, SENDER_FORCE);
	assert_int_equal(a.from_policy, FROM_FORCE);
	assert_int_equal(a.latency, Smtpx_LATENCY_MINIMAL);
	assert_int_equal(a.log, LOG_TO_NOTHING);
	assert_int_equal(a.syslog_facility, LOG_LOCAL1);
	assert_false(a.add_date);
	assert_true(a.add_from);
	assert_true(a.keep_bcc);
	assert_null(a.tls_ca_file);
	assert_null(a.from);
	assert_string_equal(a.system_aliases, "/etc/aliases");
	account_release(&a);
	assert_null(a.password.text);
}

static void sets_never_notify(void **state)
{
	struct account a;

	(void)state;
	assert_string_equal(select_for(&a, &(struct question){.text = single,
					       .set = {"dsn-notify=never"}}),
	    "");
	assert_int_equal(a.notify, Notify_NEVER);
	account_release(&a);
}

/* The smallest file that works. */
static void works_with_the_smallest_file(void **state)
{
	static const char text[] =
	    "account 'work' {\n"
	    "  server        = 'smtp.example.com'\n"
	    "  user          = 'me@example.com'\n"
	    "  password-from = 'command:pass show mail/work'\n"
	    "}\n";
	struct account a;
	const char *words;

	(void)state;
	assert_string_equal(
	    select_for(&a, &(struct question){.text = text}), "");
	assert_string_equal(a.from, "me@example.com");
	assert_string_equal(line_of(&a, "password-from"),
	    "password-from = 'command:pass show mail/work' # text:4");
	words = explain(&a);
	assert_int_equal(
	    strncmp(words, "account 'work', because it is the only one\n", 43),
	    0);
	assert_non_null(strstr(words, "\nconnections, in this order\n"
				      "  smtp.example.com:465, implicit TLS\n"
				      "  smtp.example.com:587, STARTTLS, "
				      "required\n"));
	account_release(&a);
}

/* no secret, no escape, and one line a key. */
static void explains_harmlessly(void **state)
{
	static const char text[] =
	    "account 'a' { server = 'h' password = 'geheim'\n"
	    "full-name = 'x\xE2\x80\xAEy' }";
	struct account a;
	struct buf small;

	(void)state;
	assert_string_equal(
	    select_for(&a, &(struct question){.text = text}), "");
	assert_null(strstr(explain(&a), "geheim"));
	assert_string_equal(line_of(&a, "full-name"),
	    "full-name = 'x\\xE2\\x80\\xAEy' # text:2");
	buf_init(&small, 100);
	assert_false(account_explain(&a, &small));
	buf_release(&small);
	account_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chooses),
	    cmocka_unit_test(follows_aliases),
	    cmocka_unit_test(matches_patterns),
	    cmocka_unit_test(explains),
	    cmocka_unit_test(complains),
	    cmocka_unit_test(plans_attempts),
	    cmocka_unit_test(fills_fields),
	    cmocka_unit_test(sets_never_notify),
	    cmocka_unit_test(works_with_the_smallest_file),
	    cmocka_unit_test(explains_harmlessly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
