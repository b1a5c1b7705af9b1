/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_options.c - command lines, and what they mean
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Every letter of sendmail and every word of msmtp: attached, separate, in a
 * cluster, behind an address. No argument ever becomes a recipient, and no
 * address an option. Threats X-30, X-32 and X-33.
 */
#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "diagnostics.h"
#include "options_table.h"

enum { WORDS_MAX = 12, TEXT_MAX = 2048 };

static const char *const mode_names[] = {
    [MODE_SEND] = "send",
    [MODE_SMTP] = "smtp",
    [MODE_VERIFY] = "verify",
    [MODE_QUEUE_LIST] = "list",
    [MODE_QUEUE_RUN] = "run",
    [MODE_ALIASES] = "aliases",
    [MODE_NOTHING] = "nothing",
    [MODE_SERVER_INFO] = "info",
    [MODE_EXPLAIN] = "explain",
    [MODE_HELP] = "help",
    [MODE_VERSION] = "version",
};

static char meaning[TEXT_MAX];

static void say(const char *format, const char *value)
{
	size_t n = strlen(meaning);

	if (n > 0)
		meaning[n++] = ' ';
	assert_true(snprintf(meaning + n, sizeof meaning - n, format, value) <
		    (int)(sizeof meaning - n));
}

static void say_number(const char *format, int value)
{
	char digits[16];

	snprintf(digits, sizeof digits, "%d", value);
	say(format, digits);
}

static void say_flags(const struct options *o)
{
	const struct {
		const char *name;
		bool set;
	} flags[] = {
	    {"t", o->from_headers},
	    {"i", o->ignore_dots},
	    {"n", o->no_aliases},
	    {"G", o->gateway},
	    {"U", o->smtputf8},
	    {"P", o->pretend},
	    {"requiretls", o->requiretls},
	    {"rmail", o->as_rmail},
	    {"from-header", o->sender_from_headers},
	    {"no-file", o->host_given},
	};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].set)
			say("%s", flags[i].name);
}

/* All that differs from no options at all. */
static void describe(const struct options *o)
{
	static const char errors[] = {'p', 'q', 'm', 'e'};
	const struct {
		const char *format, *value;
	} texts[] = {
	    {"f=%s", o->sender},
	    {"F=%s", o->full_name},
	    {"V=%s", o->envid},
	    {"L=%s", o->log_tag},
	    {"C=%s", o->configuration},
	    {"a=%s", o->account},
	    {"q=%s", o->queue_selector},
	};
	char mode[2] = "";

	meaning[0] = '\0';
	if (o->mode != MODE_SEND)
		say("%s", mode_names[o->mode]);
	say_flags(o);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].value != NULL)
			say(texts[i].format, texts[i].value);
	if (o->notify != Notify_NOTSET)
		say_number("N=%s", (int)o->notify);
	if (o->ret != Ret_NOTSET)
		say("R=%s", o->ret == Ret_FULL ? "full" : "hdrs");
	if (o->body != E8bitmime_NOTSET)
		say("B=%s", o->body == E8bitmime_7BIT ? "7" : "8");
	mode[0] = errors[o->errors];
	if (o->errors != ERRORS_PRINT)
		say("e=%s", mode);
	if (o->verbose > 0)
		say_number("v=%s", (int)o->verbose);
	if (o->log_facility != 0)
		say("%s", "facility");
	for (size_t i = 0; i < o->n_set; i++)
		say("set:%s", o->set[i]);
	for (size_t i = 0; i < o->n_operands; i++)
		say("<%s>", o->operands[i]);
}

struct line {
	const char *words[WORDS_MAX]; /* behind argv[0] */
	const char *meaning;          /* or what a complaint has in it */
};

static bool parse(const char *program, const char *const *words)
{
	char copies[WORDS_MAX][256];
	char *argv[WORDS_MAX + 2];
	struct options o;
	struct diagnostics d;
	int argc = 0;
	bool good;

	snprintf(copies[0], sizeof copies[0], "%s", program);
	argv[argc++] = copies[0];
	for (; words[argc - 1] != NULL; argc++) {
		snprintf(
		    copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
		argv[argc] = copies[argc];
	}
	argv[argc] = NULL;
	diagnostics_init(&d);
	good = options_parse(&o, argc, argv, &d);
	assert_int_equal(good, !diagnostics_any(&d));
	if (good)
		describe(&o);
	else
		snprintf(meaning, sizeof meaning, "%s", d.line[0]);
	options_release(&o);
	diagnostics_release(&d);
	return good;
}

static void show(const struct line *l)
{
	for (size_t i = 0; i < WORDS_MAX && l->words[i] != NULL; i++)
		print_error("'%s' ", l->words[i]);
	print_error("\n");
}

static void check_good(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool good = parse("/usr/sbin/sendmail", lines[i].words);

		if (!good || strcmp(meaning, lines[i].meaning) != 0)
			show(&lines[i]);
		assert_string_equal(meaning, lines[i].meaning);
		assert_true(good);
	}
}

static void check_bad(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool good = parse("/usr/sbin/sendmail", lines[i].words);

		if (good || strstr(meaning, lines[i].meaning) == NULL) {
			show(&lines[i]);
			fail_msg("%s", meaning);
		}
	}
}

#define GOOD(lines) check_good(lines, sizeof(lines) / sizeof(lines)[0])
#define BAD(lines) check_bad(lines, sizeof(lines) / sizeof(lines)[0])

/* clang-format off */
static const struct line letters[] = {
	{ { NULL }, "" },
	{ { "a@b", "c" }, "<a@b> <c>" },
	{ { "a,b", "\"D, J\" <j@x>" }, "<a,b> <\"D, J\" <j@x>>" },
	{ { "-" }, "<->" },
	{ { "--", "-t", "--", "-f" }, "<-t> <--> <-f>" },
	{ { "a", "--", "-N" }, "<a> <-N>" },
	{ { "-t" }, "t" },
	{ { "-t", "a" }, "t <a>" },
	{ { "a", "-t" }, "t <a>" },
	{ { "-i" }, "i" },
	{ { "-ti" }, "t i" },
	{ { "-it" }, "t i" },
	{ { "-itv" }, "t i v=1" },
	{ { "-oi" }, "i" },
	{ { "-oitrue" }, "i" },
	{ { "-oifalse" }, "" },
	{ { "-i", "-oif" }, "" },
	{ { "-o", "i" }, "i" },
	{ { "-o", "itrue", "a" }, "i <a>" },
	{ { "-toi" }, "t i" },
	/* The sender: the last one counts, in any form. */
	{ { "-f", "a@b" }, "f=a@b" },
	{ { "-fa@b" }, "f=a@b" },
	{ { "-r", "a@b" }, "f=a@b" },
	{ { "-ra@b" }, "f=a@b" },
	{ { "-f", "a", "-r", "b", "-fc" }, "f=c" },
	{ { "-f", "" }, "f=" },
	{ { "-f", "<>" }, "f=<>" },
	{ { "-f", "'<>'" }, "f='<>'" },
	{ { "-f", "A <a@b>" }, "f=A <a@b>" },
	{ { "-f", "-t" }, "f=-t" },
	{ { "x", "-f", "a@b" }, "f=a@b <x>" },
	{ { "-tf", "a@b", "x" }, "t f=a@b <x>" },
	{ { "-F", "Cron Daemon" }, "F=Cron Daemon" },
	{ { "-FCronDaemon" }, "F=CronDaemon" },
	{ { "-FAnacron", "-odi", "root" }, "F=Anacron <root>" },
	{ { "-F", "" }, "F=" },
	{ { "x", "-FJ\xC3\xB6rg" }, "F=J\xC3\xB6rg <x>" },
	/* DSN. */
	{ { "-N", "never" }, "N=-1" },
	{ { "-NSUCCESS" }, "N=1" },
	{ { "-N", "failure" }, "N=2" },
	{ { "-N", "success,Delay,FAILURE" }, "N=7" },
	{ { "a", "-N", "delay" }, "N=4 <a>" },
	{ { "-R", "full" }, "R=full" },
	{ { "-RHDRS" }, "R=hdrs" },
	{ { "-R", "headers", "-R", "full" }, "R=full" },
	{ { "-V", "id" }, "V=id" },
	{ { "-Vxy" }, "V=xy" },
	{ { "-tUV", "00000id", "a" }, "t U V=00000id <a>" },
	{ { "-V", "a b+=" }, "V=a b+=" },
	{ { "-B", "8BITMIME" }, "B=8" },
	{ { "-B8BITMIME" }, "B=8" },
	{ { "-B", "7bit" }, "B=7" },
	{ { "-Bbinarymime" }, "B=8" },
	{ { "-B", "other", "a" }, "<a>" },
	/* Settings. */
	{ { "-O", "ErrorMode=m" }, "e=m" },
	{ { "-OErrorMode=quiet" }, "e=q" },
	{ { "-O", "IgnoreDots=true" }, "i" },
	{ { "-OIgnoreDots=False" }, "" },
	{ { "-Orequiretls=yes" }, "requiretls" },
	{ { "-O", "smtputf8=yes" }, "U" },
	{ { "-ODeliveryMode=b" }, "" },
	{ { "-OQueueDirectory=/tmp", "a" }, "<a>" },
	{ { "-O", "x=y", "a" }, "<a>" },
	{ { "-o7", "-o8", "-oB8BITMIME", "-oCx", "-om", "-oo", "-os" }, "" },
	{ { "-or0s", "-oT3d", "-oD", "-odb", "-odi", "-odq", "-odd" }, "" },
	{ { "-odf", "-odqs", "-od" }, "" },
	{ { "-oA", "/etc/aliases", "a" }, "<a>" },
	{ { "-oA/etc/aliases", "a" }, "<a>" },
	{ { "-oQ", "/tmp", "-oS/tmp", "a" }, "<a>" },
	{ { "-oem" }, "e=m" },
	{ { "-oep" }, "" },
	{ { "-oeq" }, "e=q" },
	{ { "-oew" }, "e=m" },
	{ { "-oee" }, "e=e" },
	{ { "-em" }, "e=m" },
	{ { "-ep", "-eq" }, "e=q" },
	{ { "-ew" }, "e=m" },
	{ { "-ee" }, "e=e" },
	{ { "-e", "a" }, "<a>" },
	{ { "-o", "em", "a" }, "e=m <a>" },
	{ { "-m", "-n", "-G", "-U" }, "n G U" },
	/* Letters whose argument must not become a recipient. */
	{ { "-h", "3", "a" }, "<a>" },
	{ { "-hx", "a" }, "<a>" },
	{ { "-L", "tag", "a" }, "L=tag <a>" },
	{ { "-Ltag" }, "L=tag" },
	{ { "-A", "c", "-Am", "a" }, "<a>" },
	{ { "-p", "ESMTP", "-pSMTP:host", "a" }, "<a>" },
	{ { "-X", "/tmp/log", "a" }, "<a>" },
	{ { "-M", "X", "val", "a" }, "<a>" },
	{ { "-MX", "val", "a" }, "<a>" },
	{ { "-MxVal", "a" }, "<a>" },
	{ { "-T", "1d", "-T2d", "a" }, "<a>" },
	{ { "-D", "a" }, "<a>" },
	{ { "-x", "-c", "-s", "-k", "-E", "-J", "-Jx", "a" }, "<a>" },
	{ { "-Qreason", "-Q", "a" }, "<a>" },
	{ { "-C", "/etc/x", "a" }, "C=/etc/x <a>" },
	{ { "-C/etc/x" }, "C=/etc/x" },
	{ { "-a", "work", "-Pv" }, "P a=work v=1" },
	{ { "-v", "-vv" }, "v=3" },
	{ { "-d" }, "v=1" },
	{ { "-d8.7" }, "v=1" },
	{ { "-d0.1" }, "version" },
	/* What else than sending. */
	{ { "-bm" }, "" },
	{ { "-b", "m", "a" }, "<a>" },
	{ { "-bs" }, "smtp" },
	{ { "-bs", "-odb", "-oem" }, "smtp e=m" },
	{ { "-bp" }, "list" },
	{ { "-bi" }, "aliases" },
	{ { "-I" }, "aliases" },
	{ { "-bv", "a" }, "verify <a>" },
	{ { "-bh" }, "nothing" },
	{ { "-bH" }, "nothing" },
	{ { "-q", "a" }, "run <a>" },
	{ { "-q30m" }, "run" },
	{ { "-qf" }, "run" },
	{ { "-qp1m" }, "run" },
	{ { "-qGx", "-qLx", "-qQ" }, "run" },
	{ { "-qIabc" }, "run q=Iabc" },
	{ { "-qRx" }, "run q=Rx" },
	{ { "-qSx" }, "run q=Sx" },
	{ { "-S" }, "info" },
	{ { "--help" }, "help" },
	{ { "--version" }, "version" },
	{ { "--explain" }, "explain" },
};

static const struct line mistakes[] = {
	{ { "" }, "empty" },
	{ { "a", "" }, "empty" },
	{ { "-y" }, "-y" },
	{ { "-ty" }, "-y" },
	{ { "a", "-K" }, "-K" },
	{ { "--no-such" }, "--no-such" },
	{ { "--no-such=x" }, "--no-such" },
	{ { "--tls-" }, "ambiguous" },
	{ { "--help=x" }, "takes no value" },
	{ { "-f" }, "-f needs" },
	{ { "-F" }, "-F needs" },
	{ { "-o" }, "-o needs" },
	{ { "-b" }, "-b needs" },
	{ { "--from" }, "--from needs" },
	{ { "-N", "sometimes" }, "never" },
	{ { "-N", "" }, "never" },
	{ { "-N", "never,failure" }, "never" },
	{ { "-N", "failure,never" }, "never" },
	{ { "-N", "failure," }, "never" },
	{ { "-R", "all" }, "hdrs or full" },
	{ { "-V", "" }, "-V" },
	{ { "-V", "a\nb" }, "-V" },
	{ { "-V", "\xC3\xA4" }, "-V" },
	{ { "-ex" }, "-ex" },
	{ { "-oex" }, "-ex" },
	{ { "-L", "" }, "-L" },
	{ { "-L", "a\nb" }, "-L" },
	{ { "-L", "123456789012345678901234567890123" }, "-L" },
	{ { "-F", "a\nBcc: x@y" }, "-F" },
	{ { "-F", "a\rb" }, "-F" },
	{ { "-F", "a\xC2\x85" "b" }, "-F" },
	{ { "-bd" }, "daemon" },
	{ { "-bD" }, "daemon" },
	{ { "-ba" }, "daemon" },
	{ { "-bl" }, "daemon" },
	{ { "-bt" }, "-bt" },
	{ { "-bS" }, "-bS" },
	{ { "-bP" }, "-bP" },
	{ { "-bC" }, "-bC" },
	{ { "-bz" }, "-bz" },
	{ { "-be" }, "-be" },
	/* X-33: files and settings only in front of the first address. */
	{ { "a", "-C", "/tmp/evil" }, "before the first address" },
	{ { "a", "-C/tmp/evil" }, "before the first address" },
	{ { "a", "--file=/tmp/evil" }, "before the first address" },
	{ { "a", "--set", "server=x" }, "before the first address" },
	{ { "a", "--host=x" }, "before the first address" },
	{ { "a", "--aliases=/x" }, "before the first address" },
	{ { "--", "-C/tmp/evil", "" }, "empty" },
	{ { "--set", "server" }, "KEY=VALUE" },
	{ { "--set", "=x" }, "KEY=VALUE" },
	{ { "--rmqs=x" }, "--rmqs" },
	{ { "--passwordeval=x" }, "--passwordeval" },
	{ { "--proxy-host=x" }, "--proxy-host" },
	{ { "--tls-crl-file=x" }, "--tls-crl-file" },
	{ { "--tls=maybe" }, "on or off" },
	{ { "--tls-certcheck=perhaps" }, "on or off" },
	{ { "--port=25" }, "--port needs --host" },
	{ { "--syslog=LOG_KERN" }, "--syslog" },
};

static const struct line msmtps[] = {
	{ { "-C", "/etc/msmtprc", "-a", "web", "-t" }, "t C=/etc/msmtprc a=web" },
	{ { "--file=/x", "--account=work", "a" }, "C=/x a=work <a>" },
	{ { "--file", "/x", "--account", "work", "a" }, "C=/x a=work <a>" },
	{ { "--acc=work" }, "a=work" },
	{ { "--read-recipients", "--read-envelope-from" }, "t from-header" },
	{ { "--from=a@b" }, "f=a@b" },
	{ { "--dsn-notify=never", "--dsn-return=full" }, "N=-1 R=full" },
	{ { "--pretend", "--debug" }, "P v=1" },
	{ { "--serverinfo" }, "info" },
	{ { "--host=h" }, "no-file set:server= set:server=h" },
	{ { "--host=h", "--port=25" }, "no-file set:server= set:server=h:25" },
	{ { "--port", "25", "--host", "::1" },
	  "no-file set:server= set:server=[::1]:25" },
	{ { "--socket=/run/x" }, "set:server= set:server=unix:/run/x" },
	{ { "--timeout=5" }, "set:timeout-connect=5" },
	{ { "--connect-timeout=off" }, "set:timeout-connect=30s" },
	{ { "--protocol=lmtp" }, "set:protocol=lmtp" },
	{ { "--source-ip=192.0.2.1" }, "set:source-address=192.0.2.1" },
	{ { "--proxy-host=", "--proxy-port" }, "" },
	{ { "--domain=me.example" }, "set:domain=me.example" },
	{ { "--auth" }, "set:auth= set:auth=auto" },
	{ { "--auth=on" }, "set:auth= set:auth=auto" },
	{ { "--auth=off" }, "set:auth= set:auth=off" },
	{ { "--auth=plain" }, "set:auth= set:auth=plain" },
	{ { "--user=me" }, "set:user=me" },
	{ { "--tls" }, "set:tls=starttls" },
	{ { "--tls=on", "--tls-starttls=off" }, "set:tls=implicit" },
	{ { "--tls-starttls=on", "--tls=off" }, "set:tls=off" },
	{ { "--tls-trust-file=/x" }, "set:tls-ca-file=/x" },
	{ { "--tls-certcheck=off" }, "set:tls-verify=off" },
	{ { "--tls-certcheck" }, "set:tls-verify=full" },
	{ { "--tls-fingerprint=aa" }, "set:tls-pin=aa" },
	{ { "--tls-key-file=/k", "--tls-cert-file=/c" },
	  "set:tls-key-file=/k set:tls-cert-file=/c" },
	{ { "--tls-host-override=h" }, "set:tls-name=h" },
	{ { "--tls-min-dh-prime-bits=9", "--tls-priorities=x",
	    "--tls-force-sslv3", "--tls-crl-file" }, "" },
	{ { "--aliases=/x" }, "set:aliases=/x" },
	{ { "-X", "/x", "--logfile=/y", "--logfile-time-format=z" }, "" },
	{ { "--syslog" }, "set:log=syslog" },
	{ { "--syslog=off" }, "set:log=off" },
	{ { "--syslog=LOG_LOCAL7" }, "facility set:log=syslog" },
	{ { "--set-from-header=on" }, "set:from-policy=force" },
	{ { "--set-from-header=auto" }, "set:add-from=on" },
	{ { "--set-from-header=off" }, "set:add-from=off" },
	{ { "--set-date-header=auto", "--set-msgid-header=off" },
	  "set:add-date=on set:add-message-id=off" },
	{ { "--set-to-header=off" }, "set:undisclosed-recipients=off" },
	{ { "--remove-bcc-headers=off" }, "set:keep-bcc=on" },
	{ { "--remove-bcc-headers" }, "set:keep-bcc=off" },
	{ { "--keepbcc=on" }, "set:keep-bcc=on" },
	{ { "--undisclosed-recipients=on" },
	  "set:remove-header=To set:remove-header=Cc "
	  "set:undisclosed-recipients=on" },
	{ { "--add-missing-from-header=off", "--add-missing-date-header" },
	  "set:add-from=off set:add-date=on" },
	{ { "--auto-from=on", "--maildomain=x.example" },
	  "set:qualify-domain=x.example" },
	{ { "--set", "user=me", "--set=domain=a=b", "a" },
	  "set:user=me set:domain=a=b <a>" },
};
/* clang-format on */

static void reads_letters(void **state)
{
	(void)state;
	GOOD(letters);
}

static void refuses_mistakes(void **state)
{
	(void)state;
	BAD(mistakes);
}

static void reads_words_of_msmtp(void **state)
{
	(void)state;
	GOOD(msmtps);
}

static void goes_by_its_name(void **state)
{
	static const struct {
		const char *program, *meaning;
	} names[] = {
	    {"posthaste", ""},
	    {"/usr/lib/sendmail", ""},
	    {"send-mail", ""},
	    {"mailq", "list"},
	    {"/usr/bin/newaliases", "aliases"},
	    {"runq", "run"},
	    {"hoststat", "nothing"},
	    {"purgestat", "nothing"},
	    {"rmail", "i G rmail e=e"},
	    {"msmtp", ""},
	    {"mailqx", ""},
	};
	static const char *const none[] = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_true(parse(names[i].program, none));
		assert_string_equal(meaning, names[i].meaning);
	}
	assert_false(parse("/usr/sbin/smtpd", none));
	assert_non_null(strstr(meaning, "daemon"));
}

/* X-33: what was published against callers that pass addresses on. */
static void makes_nothing_of_injected_options(void **state)
{
	static const struct line payloads[] = {
	    {{"-fattacker\\", "-oQ/tmp/", "-X/var/www/cache/phpcode.php", "x"},
		"f=attacker\\ <x>"},
	    {{"-f\"a\\\"", "-oQ/tmp", "-X/var/www/x.php", "b\"@x"},
		"f=\"a\\\" <b\"@x>"},
	    {{"-f", "a", "-OQueueDirectory=/tmp", "-X/var/www/x.php"}, "f=a"},
	    {{"--", "-oQ/tmp", "-bd", "-X/x"}, "<-oQ/tmp> <-bd> <-X/x>"},
	};

	(void)state;
	GOOD(payloads);
}

/* SENDMAIL_RESTRICTED=1 takes all of them away. */
static void can_be_restricted(void **state)
{
	static const struct line taken[] = {
	    {{"-C/tmp/evil", "a"}, "SENDMAIL_RESTRICTED"},
	    {{"--set", "server=x"}, "SENDMAIL_RESTRICTED"},
	    {{"--host=x"}, "SENDMAIL_RESTRICTED"},
	};
	static const struct line left[] = {
	    {{"-t", "-i", "-f", "a@b"}, "t i f=a@b"},
	};

	(void)state;
	setenv("SENDMAIL_RESTRICTED", "1", 1);
	BAD(taken);
	GOOD(left);
	setenv("SENDMAIL_RESTRICTED", "0", 1);
	GOOD(left);
	assert_true(parse("sendmail", (const char *[]){"-C/x", NULL}));
	unsetenv("SENDMAIL_RESTRICTED");
}

static void helps_with_every_documented_option(void **state)
{
	struct buf out;
	const char *text;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_true(options_help(&out));
	text = buf_cstr(&out);
	assert_non_null(text);
	for (size_t i = 0; i < options_table_size; i++) {
		const struct option_row *row = &options_table[i];

		assert_true(row->letter != '\0' || row->word != NULL);
		assert_non_null(row->apply);
		if (row->sentence != NULL)
			assert_non_null(strstr(text, row->sentence));
		/* One row a letter, one a word. */
		for (size_t j = 0; j < i; j++) {
			const struct option_row *other = &options_table[j];

			assert_true(row->letter == '\0' ||
				    row->letter != other->letter);
			assert_true(row->word == NULL || other->word == NULL ||
				    strcmp(row->word, other->word) != 0);
		}
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_letters),
	    cmocka_unit_test(refuses_mistakes),
	    cmocka_unit_test(reads_words_of_msmtp),
	    cmocka_unit_test(goes_by_its_name),
	    cmocka_unit_test(makes_nothing_of_injected_options),
	    cmocka_unit_test(can_be_restricted),
	    cmocka_unit_test(helps_with_every_documented_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
