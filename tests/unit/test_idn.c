/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_idn.c - domains to A-labels, and the two forms of a mailbox
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Tables of cases: what libidn2 would let through or silently change is among
 * them. Whatever comes out is a host name of letters, digits and hyphens.
 */
#include "idn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hostname.h"

#define UE "\xc3\xbc" /* u with diaeresis */

static const struct {
	const char *given, *ascii; /* NULL: refused */
} domain_cases[] = {
    {"example.org", "example.org"},
    {"EXAMPLE.org", "EXAMPLE.org"},
    {"example.org.", "example.org"},
    {"localhost", "localhost"},
    {"fa\xc3\x9f.de", "xn--fa-hia.de"},
    {"B\xc3\x9c"
     "CHER.example",
	"xn--bcher-kva.example"},
    {"bu\xcc\x88"
     "cher.example",
	"xn--bcher-kva.example"},
    {"a." UE, "a.xn--tda"},
    {UE ".de.", "xn--tda.de"},
    {"xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
    {"xn--mnchen-3ya." UE, "xn--mnchen-3ya.xn--tda"},
    {"\xef\xbc\xa1\xef\xbc\xa2.de", "ab.de"}, /* full width */
    {"", NULL},
    {".", NULL},
    {"a..b", NULL},
    {UE "..de", NULL},
    {"." UE, NULL},
    {"a_b.example", NULL},
    {UE "_x.de", NULL}, /* libidn2 would drop the "_" */
    {UE " x.de", NULL},
    {"a b", NULL},
    {"*.example", NULL},
    {"*." UE, NULL},
    {UE "\r\nDATA", NULL},
    {UE ">x", NULL},
    {"-a.example", NULL},
    {"-" UE ".de", NULL},
    {"xn--a", NULL},
    {"xn--a." UE, NULL},
    {"xn--fa\xc3\x9f.de", NULL},
    {"\xe2\x98\x83.de", NULL}, /* a snowman is no letter */
    {"\xc3.de", NULL},         /* not UTF-8 */
    {"\xe2\x80\xae"
     "a.de",
	NULL}, /* right-to-left override */
    {"[192.0.2.1]", NULL},
};

static void domains(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof domain_cases / sizeof *domain_cases;
	     i++) {
		bool no_memory = false;
		char *got = idn_to_ascii(domain_cases[i].given, &no_memory);

		assert_false(no_memory);
		if (!got != !domain_cases[i].ascii ||
		    (got && strcmp(got, domain_cases[i].ascii) != 0))
			fail_msg("case %zu: \"%s\" became \"%s\"", i,
			    domain_cases[i].given, got ? got : "nothing");
		if (got)
			assert_true(hostname_is_valid(got, strlen(got)));
		free(got);
	}
}

static void long_domains(void **state)
{
	char label[80 * 2 + 8];
	bool no_memory = false, works = true;
	char *got;

	(void)state;
	for (size_t n = 1; n < 80; n++) {
		label[0] = '\0';
		for (size_t i = 0; i < n; i++)
			memcpy(label + 2 * i, UE, 3);
		got = idn_to_ascii(label, &no_memory);
		assert_true(!got || strlen(got) <= HOSTNAME_LABEL_MAX);
		assert_true(got || n > 50);
		assert_true(!got || (works && n < 64));
		works = got != NULL;
		free(got);
	}
	assert_false(no_memory);
}

static void mailboxes(void **state)
{
	static const struct {
		const char *given, *utf8, *ascii;
		bool valid;
	} cases[] = {
	    {NULL, NULL, NULL, true},
	    {"", NULL, NULL, true},
	    {"joe@example.org", "joe@example.org", "joe@example.org", true},
	    {"joe", "joe", "joe", true},
	    {"joe@" UE ".de", "joe@" UE ".de", "joe@xn--tda.de", true},
	    {"j" UE "@example.org", "j" UE "@example.org", NULL, true},
	    {"j" UE "@" UE ".de", "j" UE "@" UE ".de", NULL, true},
	    {"\"a b\"@" UE ".de", "\"a b\"@" UE ".de", "\"a b\"@xn--tda.de",
		true},
	    {"joe@[192.0.2.1]", "joe@[192.0.2.1]", "joe@[192.0.2.1]", true},
	    {"joe@" UE "_x.de", NULL, NULL, false},
	    {"joe@" UE "..de", NULL, NULL, false},
	    {"joe@", NULL, NULL, false},
	    {"joe@a\r\nDATA", NULL, NULL, false},
	    {"<joe@example.org>", NULL, NULL, false},
	    {"joe@example.org> SIZE=1", NULL, NULL, false},
	    {"joe@\xe2\x98\x83.de", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mailbox m = {NULL, NULL, NULL};
		bool no_memory = false;

		assert_true(mailbox_set(&m, "old@example.org", &no_memory));
		assert_int_equal(mailbox_set(&m, cases[i].given, &no_memory),
		    cases[i].valid);
		assert_false(no_memory);
		if (!cases[i].valid) {
			/* What was there stays. */
			assert_string_equal(m.given, "old@example.org");
			assert_string_equal(m.ascii, "old@example.org");
			mailbox_release(&m);
			continue;
		}
		assert_true(!m.given == !cases[i].given);
		assert_true(!m.utf8 == !cases[i].utf8);
		assert_true(!m.ascii == !cases[i].ascii);
		if (m.given)
			assert_string_equal(m.given, cases[i].given);
		if (m.utf8)
			assert_string_equal(m.utf8, cases[i].utf8);
		if (m.ascii)
			assert_string_equal(m.ascii, cases[i].ascii);
		mailbox_release(&m);
		assert_null(m.given);
		mailbox_release(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domains),
	    cmocka_unit_test(long_domains),
	    cmocka_unit_test(mailboxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
