/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_command_octets.c - X-30: nothing in any field ends a command
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Each octet from 1 to 255 is put at each place of each field, and what
 * attackers send besides: what comes out is nothing, or one clean line. In
 * the middle of each field an independent rule says which of the two. NUL
 * ends a string before anybody can look at it; where a length is given, in
 * the responses of AUTH, all 256 octets are tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static struct capabilities everything = {.known = (1ul << CAP_COUNT) - 1};
static struct smtp_session session = {.dsn_required = false};

static bool build_ehlo(struct buf *out, char *value)
{
	return command_ehlo(out, "EHLO", value);
}

static bool build_helo(struct buf *out, char *value)
{
	return command_ehlo(out, "HELO", value);
}

static bool build_lhlo(struct buf *out, char *value)
{
	return command_ehlo(out, "LHLO", value);
}

static bool build_ehlo_verb(struct buf *out, char *value)
{
	return command_ehlo(out, value, "host.example");
}

static bool build_plain(struct buf *out, char *value)
{
	return command_plain(out, value);
}

static bool build_mechanism(struct buf *out, char *value)
{
	return command_auth(out, value, "x", 1);
}

static bool build_etrn(struct buf *out, char *value)
{
	return command_etrn(out, 0, value);
}

static bool build_etrn_at(struct buf *out, char *value)
{
	return command_etrn(out, '@', value);
}

static bool build_from(struct buf *out, char *value)
{
	struct command_context context = {.capabilities = &everything};
	struct smtp_message m = {
	    .session = &session, .reverse_path = {value, NULL, value}};

	return command_mail(out, &m, &context);
}

static bool build_from_utf8(struct buf *out, char *value)
{
	struct command_context context = {
	    .capabilities = &everything, .smtputf8 = true};
	struct smtp_message m = {
	    .session = &session, .reverse_path = {value, value, NULL}};

	return command_mail(out, &m, &context);
}

static bool build_rcpt_of(struct buf *out, struct smtp_recipient *r, bool utf8)
{
	struct command_context context = {
	    .capabilities = &everything, .smtputf8 = utf8};
	struct smtp_message m = {.session = &session, .recipients = r};

	r->message = &m;
	return command_rcpt(out, r, &context);
}

static bool build_to(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {value, NULL, value}};

	return build_rcpt_of(out, &r, false);
}

static bool build_to_utf8(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {value, value, NULL}};

	return build_rcpt_of(out, &r, true);
}

static bool build_orcpt_type(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {"u@x", "u@x", "u@x"},
	    .orcpt_type = value,
	    .orcpt_address = "u@x"};

	return build_rcpt_of(out, &r, false);
}

static bool build_orcpt(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {"u@x", "u@x", "u@x"},
	    .orcpt_type = "rfc822",
	    .orcpt_address = value};

	return build_rcpt_of(out, &r, false);
}

static bool build_orcpt_x400(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {"u@x", "u@x", "u@x"},
	    .orcpt_type = "x400",
	    .orcpt_address = value};

	return build_rcpt_of(out, &r, true);
}

static bool build_orcpt_raw(struct buf *out, char *value)
{
	struct smtp_recipient r = {.mailbox = {"u@x", "u@x", "u@x"},
	    .orcpt_type = "utf-8",
	    .orcpt_address = value};

	return build_rcpt_of(out, &r, true);
}

static bool build_envid(struct buf *out, char *value)
{
	struct command_context context = {.capabilities = &everything};
	struct smtp_message m = {.session = &session, .envid = value};

	return command_mail(out, &m, &context);
}

static bool build_hold_until(struct buf *out, char *value)
{
	struct command_context context = {.capabilities = &everything};
	struct smtp_message m = {.session = &session, .hold_until = value};

	return command_mail(out, &m, &context);
}

/* Rules for an octet in the middle, written without the library. */

static bool in(int c, const char *set)
{
	return c < 128 && strchr(set, c) != NULL;
}

static bool alphanumeric(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool in_nothing(int c)
{
	(void)c;
	return false;
}

static bool in_host(int c)
{
	return alphanumeric(c) || in(c, "-.");
}

static bool in_domain(int c)
{
	return alphanumeric(c) || in(c, "-._");
}

static bool in_mechanism(int c)
{
	return (alphanumeric(c) && !(c >= 'a' && c <= 'z')) || in(c, "-_");
}

static bool in_atom(int c)
{
	return alphanumeric(c) || in(c, "!#$%&'*+-/=?^_`{|}~");
}

static bool in_dot_atom(int c)
{
	return in_atom(c) || c == '.';
}

static bool in_mailbox(int c)
{
	return in_dot_atom(c) || c == '@';
}

static bool in_quotes(int c)
{
	return c >= 32 && c <= 126 && !in(c, "\"\\");
}

static bool in_octet_of_ipv4(int c)
{
	return c >= '1' && c <= '9';
}

static bool in_hex(int c)
{
	return in(c, "0123456789abcdefABCDEF");
}

static bool in_type(int c)
{
	return in_atom(c) && !in(c, "+=");
}

static bool in_xtext(int c)
{
	return c >= 32 && c <= 126;
}

/* RFC 6533 has escapes for some controls. */
static bool in_utf8_xtext(int c)
{
	return c < 128 && !(c >= 0x0A && c <= 0x0F) &&
	       !(c >= 0x1A && c <= 0x1F);
}

static bool in_seconds(int c)
{
	return c >= '0' && c <= '6'; /* 60: a leap second */
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*build)(struct buf *out, char *value);
	const char *head, *tail;  /* the value around the octet */
	bool (*accepted)(int c);  /* there */
	bool utf8;                /* may be emitted */
} fields[] = {
	{"EHLO", build_ehlo, "ho", "st.example", in_host, false},
	{"HELO", build_helo, "ho", "st.example", in_host, false},
	{"LHLO", build_lhlo, "ho", "st.example", in_host, false},
	{"EHLO v4", build_ehlo, "[192.0.2.", "1]", in_octet_of_ipv4, false},
	{"EHLO v6", build_ehlo, "[IPv6:2001:", "::1]", in_hex, false},
	{"verb", build_ehlo_verb, "EH", "LO", in_nothing, false},
	{"plain", build_plain, "QU", "IT", in_nothing, false},
	{"mechanism", build_mechanism, "PL", "AIN", in_mechanism, false},
	{"ETRN", build_etrn, "no", "de.example", in_host, false},
	{"ETRN @", build_etrn_at, "no", "de.example", in_host, false},
	{"from", build_from, "us", "er@a.example", in_dot_atom, false},
	{"from domain", build_from, "u@ex", "am.ple", in_domain, false},
	{"from quoted", build_from, "\"a b", "c\"@a", in_quotes, false},
	{"from v4", build_from, "u@[192.0.2.", "1]", in_octet_of_ipv4,
	    false},
	{"from utf8", build_from_utf8, "\303\274", "x@b\303\274cher.example",
	    in_dot_atom, true},
	{"to", build_to, "us", "er@a.example", in_dot_atom, false},
	{"to domain", build_to, "u@ex", "am.ple", in_domain, false},
	{"to quoted", build_to, "\"a b", "c\"@a", in_quotes, false},
	{"to alone", build_to, "post", "master", in_mailbox, false},
	{"to utf8", build_to_utf8, "\303\274", "x@a.example", in_dot_atom,
	    true},
	{"to utf8 domain", build_to_utf8, "u@b\303\274", "r.example",
	    in_domain, true},
	{"to utf8 quoted", build_to_utf8, "\"\303\274 ", "x\"@a", in_quotes,
	    true},
	{"ENVID", build_envid, "en", "vid", in_xtext, false},
	{"ORCPT type", build_orcpt_type, "x4", "00", in_type, false},
	{"ORCPT", build_orcpt, "us", "er@a", in_xtext, false},
	{"ORCPT x400", build_orcpt_x400, "us", "er", in_xtext, false},
	{"ORCPT utf-8", build_orcpt, "\303\274", "x@a", in_utf8_xtext,
	    false},
	{"ORCPT raw", build_orcpt_raw, "\303\274", "x@a", in_utf8_xtext,
	    true},
	{"HOLDUNTIL", build_hold_until, "2026-01-31T00:00:", "0Z",
	    in_seconds, false},
};
/* clang-format on */

enum { FIELDS = sizeof fields / sizeof *fields };

/* Whether the octets, from one to the other, are one command's line. */
static bool is_line(const unsigned char *s, size_t n, bool utf8)
{
	if (n < 2 || s[n - 2] != '\r' || s[n - 1] != '\n')
		return false;
	for (size_t i = 0; i < n - 2; i++) {
		if (s[i] >= 32 && s[i] <= 126)
			continue;
		if (!utf8 || s[i] < 128)
			return false;
		/* U+0080 to U+009F; U+2028 and U+2029. */
		if (s[i] == 0xC2 && s[i + 1] < 0xA0)
			return false;
		if (memcmp(s + i, "\342\200\250", 3) == 0 ||
		    memcmp(s + i, "\342\200\251", 3) == 0)
			return false;
	}
	return n == 2 || s[n - 3] != ' ';
}

/* Builds the command in front of and behind another one; tells whether it was
 * emitted, and dies if what was is not one clean line. */
static bool emitted(size_t field, char *value)
{
	static const char before[] = "NOOP\r\n";
	struct buf out;
	bool done;

	buf_init(&out, 65536);
	buf_puts(&out, before);
	done = fields[field].build(&out, value);
	assert_false(out.failed);
	assert_memory_equal(buf_head(&out), before, 6);
	if (!done && out.len != 6)
		fail_msg("%s: refused, and something stayed: %s",
		    fields[field].name, value);
	if (done &&
	    !is_line(buf_head(&out) + 6, out.len - 6, fields[field].utf8))
		fail_msg("%s: emitted what is no line: %s", fields[field].name,
		    value);
	buf_release(&out);
	return done;
}

static void test_fields_are_accepted_as_they_stand(void **state)
{
	(void)state;
	for (size_t f = 0; f < FIELDS; f++) {
		char value[100];

		snprintf(value, sizeof value, "%s%s", fields[f].head,
		    fields[f].tail);
		/* Two need an octet in the middle to be whole. */
		if (!emitted(f, value) &&
		    strcmp(fields[f].name, "EHLO v6") != 0)
			assert_string_equal(fields[f].name, "HOLDUNTIL");
	}
}

static void test_x30_every_octet_in_the_middle(void **state)
{
	(void)state;
	for (size_t f = 0; f < FIELDS; f++) {
		for (int c = 1; c < 256; c++) {
			char value[100];

			snprintf(value, sizeof value, "%s%c%s", fields[f].head,
			    c, fields[f].tail);
			if (emitted(f, value) != fields[f].accepted(c))
				fail_msg("%s: octet %d", fields[f].name, c);
		}
	}
}

/* At every place, put in between and in the place of what is there. */
static void test_x30_every_octet_everywhere(void **state)
{
	(void)state;
	for (size_t f = 0; f < FIELDS; f++) {
		char plain[100];
		size_t n;

		snprintf(plain, sizeof plain, "%s%s", fields[f].head,
		    fields[f].tail);
		n = strlen(plain);
		for (size_t at = 0; at <= n; at++) {
			for (int c = 1; c < 256; c++) {
				char value[102];
				bool ends = c == '\r' || c == '\n';

				snprintf(value, sizeof value, "%.*s%c%s",
				    (int)at, plain, c, plain + at);
				assert_false(emitted(f, value) && ends);
				if (at == n)
					continue;
				value[at] = (char)c;
				memcpy(value + at + 1, plain + at + 1, n - at);
				assert_false(emitted(f, value) && ends);
			}
		}
	}
}

/* Whole attacks, at every place of every field. All hold a line end; one that
 * is not ASCII may be escaped where RFC 6533 has a form for it. */
static void test_x30_attacks(void **state)
{
	static const char *const attacks[] = {"\r\n", "\n", "\r", "\n\r",
	    "\r\nQUIT\r\n", "\r\nRCPT TO:<evil@x.example>\r\n", "\r\n.\r\n",
	    ">\r\nDATA\r\n", " SIZE=1\r\nRSET", "\\\r\n", "\"\r\n", "\n.\n",
	    "\r\n ", "\r\n\t", "%0D%0A\r\n", "\302\205", "\342\200\250",
	    "\342\200\251", "\303\274\r\n", "\200", "\377", "\355\240\200",
	    "\300\215", "\300\212", "\340\200\212", "\360\200\200\212"};

	(void)state;
	for (size_t f = 0; f < FIELDS; f++) {
		char plain[100];

		snprintf(plain, sizeof plain, "%s%s", fields[f].head,
		    fields[f].tail);
		for (size_t a = 0; a < sizeof attacks / sizeof *attacks; a++) {
			for (size_t at = 0; at <= strlen(plain); at++) {
				char value[200];
				bool escapable =
				    strcmp(attacks[a], "\302\205") == 0 ||
				    strncmp(attacks[a], "\342\200", 2) == 0;

				snprintf(value, sizeof value, "%.*s%s%s",
				    (int)at, plain, attacks[a], plain + at);
				if (emitted(f, value) &&
				    (!escapable ||
					fields[f].build != build_orcpt) &&
				    fields[f].build != build_orcpt_raw)
					fail_msg("%s: attack %zu",
					    fields[f].name, a);
			}
		}
	}
}

/* Base64 takes all octets, NUL too, and gives one line of printable ones. */
static void test_x30_responses(void **state)
{
	unsigned char all[256];
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (int c = 0; c < 256; c++) {
		all[c] = (unsigned char)c;
		assert_true(command_auth_response(&out, &all[c], 1));
		assert_int_equal(out.len, 4 + 2);
		assert_true(is_line(buf_head(&out), out.len, false));
		buf_clear(&out);
		assert_true(command_auth(&out, "PLAIN", &all[c], 1));
		assert_int_equal(out.len, 11 + 4 + 2);
		assert_true(is_line(buf_head(&out), out.len, false));
		buf_clear(&out);
	}
	assert_true(command_auth_response(&out, all, sizeof all));
	assert_int_equal(out.len, 344 + 2);
	assert_true(is_line(buf_head(&out), out.len, false));
	buf_release(&out);
}

/* Numbers and enumerations of any value: a clean line or none. */
static void test_x30_numbers(void **state)
{
	static const long values[] = {0, 1, -1, 2, 3, 7, 8, 9, 10, -9, -10, 64,
	    999999999, 1000000000, -999999999, -1000000000, INT_MAX, INT_MIN,
	    LONG_MAX, LONG_MIN};
	struct command_context context = {.capabilities = &everything};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		for (int field = 0; field < 8; field++) {
			struct smtp_message m = {.session = &session};
			struct smtp_recipient r = {
			    .message = &m, .mailbox = {"u@x", "u@x", "u@x"}};
			bool done;

			m.by_time = values[i];
			m.by_mode = field == 0   ? By_RETURN
			            : field == 1 ? By_NOTIFY
			                         : By_NOTSET;
			m.hold_for = field == 2 ? values[i] : 0;
			m.priority_set = field == 3;
			m.priority = (int)values[i];
			m.ret = (enum ret_flags)(field == 4 ? values[i] : 0);
			m.body =
			    (enum e8bitmime_body)(field == 5 ? values[i] : 0);
			m.size_estimate =
			    field == 6 ? (unsigned long)values[i] : 0;
			r.notify =
			    (enum notify_flags)(field == 7 ? values[i] : 0);
			done = field == 7 ? command_rcpt(&out, &r, &context)
			                  : command_mail(&out, &m, &context);
			assert_int_equal(done, out.len > 0);
			if (done)
				assert_true(
				    is_line(buf_head(&out), out.len, false));
			buf_clear(&out);
		}
	}
	buf_release(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields_are_accepted_as_they_stand),
	    cmocka_unit_test(test_x30_every_octet_in_the_middle),
	    cmocka_unit_test(test_x30_every_octet_everywhere),
	    cmocka_unit_test(test_x30_attacks),
	    cmocka_unit_test(test_x30_responses),
	    cmocka_unit_test(test_x30_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
