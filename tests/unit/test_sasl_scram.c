/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sasl_scram.c - hostile servers, and what a login leaves behind
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The first SCRAM message is looked at before libgsasl sees it, the
 * last one decides, challenges end some time, and no secret
 * stays in memory that was freed. Numbers and texts of RFC 5802 and
 * RFC 7677.
 */
#include "sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "encode.h"
#include "sasl_fixture.h"

static const struct sasl_connection clear_text = {.host = "mail.example"};

struct login {
	struct program p;
	struct auth_context *a;
	const struct authenticator *auth;
	struct buf line;
	char nonce[128];
};

/* A login that has sent its client-first. */
static void begin_login(
    struct login *l, const char *mechanism, const char *password)
{
	struct capabilities c;
	const char *first;

	l->p = (struct program){.user = "user", .password = password};
	l->a = sasl_new();
	assert_non_null(l->a);
	sasl_set_interact(l->a, answer, &l->p);
	sasl_set_order(l->a, mechanism);
	sasl_connected(l->a, &clear_text);
	l->auth = sasl_authenticator(l->a);
	offer(&c, mechanism);
	assert_string_equal(l->auth->choose(l->auth->ctx, &c), mechanism);
	capabilities_release(&c);
	buf_init_secret(&l->line, 12288);
	assert_int_equal(
	    l->auth->step(l->auth->ctx, NULL, 0, &l->line), AUTH_STEP_RESPONSE);
	first = buf_cstr(&l->line);
	assert_memory_equal(first, "n,,n=user,r=", 12);
	snprintf(l->nonce, sizeof l->nonce, "%s", first + 12);
	buf_clear(&l->line);
}

static void end_login(struct login *l)
{
	buf_release(&l->line);
	sasl_free(l->a);
}

static enum auth_step challenge(struct login *l, const char *text)
{
	buf_clear(&l->line);
	return l->auth->step(l->auth->ctx, text, strlen(text), &l->line);
}

static void server_first(struct login *l, char *text, size_t size,
    const char *salt, const char *rest)
{
	snprintf(text, size, "r=%sServer,s=%s,%s", l->nonce, salt, rest);
}

#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="

/* only 4096 to 1000000 rounds, written as such; nothing is computed
 * for the others, so each takes no time. */
static void iteration_counts(void **state)
{
	static const struct {
		const char *rest;
		bool works;
	} cases[] = {{"i=4096", true}, {"i=4097", true}, {"i=100000", true},
	    {"i=1000000", true}, {"i=0", false}, {"i=1", false},
	    {"i=-5", false}, {"i=4095", false}, {"i=1000001", false},
	    {"i=2147483648", false}, {"i=4294967295", false},
	    {"i=4294971392", false}, {"i=100000000000000000000000", false},
	    {"i=18446744073709555712", false}, {"i=", false},
	    {"i=04096", false}, {"i=4096x", false}, {"i= 4096", false},
	    {"i=+4096", false}, {"i=0x1000", false}, {"j=4096", false},
	    {"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		clock_t start;
		struct login l;
		char text[1024];

		begin_login(&l, "SCRAM-SHA-256", "pencil");
		server_first(&l, text, sizeof text, SALT, cases[i].rest);
		start = clock();
		assert_int_equal(challenge(&l, text),
		    cases[i].works ? AUTH_STEP_RESPONSE : AUTH_STEP_FAILED);
		if (!cases[i].works) {
			assert_int_equal(l.line.len, 0);
			assert_true(clock() - start < CLOCKS_PER_SEC / 10);
			assert_non_null(
			    strstr(l.auth->reason(l.auth->ctx), "SCRAM"));
		}
		assert_false(l.auth->satisfied(l.auth->ctx));
		end_login(&l);
	}
}

static void odd_messages(void **state)
{
	static const char *const texts[] = {"", "r=", "r=x", "e=unknown-user",
	    "m=ext,r=%sS,s=QUJD,i=4096", "r=other,s=QUJD,i=4096", "r=%s,s=QUJD",
	    "r=%sS,i=4096,s=QUJD", "s=QUJD,r=%sS,i=4096", "r=%sS,s=,i=4096",
	    "r=%sS,s=Q,i=4096", "r=%sS,s=QUJ*,i=4096", "r=%sS,s=QUJD\n,i=4096",
	    "r=%sS,s=QUI,i=4096", ",,,", "r=,s=,i="};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *percent = strstr(texts[i], "%s");
		struct login l;
		char text[1024];

		begin_login(&l, "SCRAM-SHA-1", "pencil");
		snprintf(text, sizeof text, "%.*s%s%s",
		    percent ? (int)(percent - texts[i]) : 0, texts[i],
		    percent ? l.nonce : "", percent ? percent + 2 : texts[i]);
		assert_int_equal(challenge(&l, text), AUTH_STEP_FAILED);
		assert_int_equal(l.line.len, 0);
		assert_non_null(l.auth->reason(l.auth->ctx));
		end_login(&l);
	}
}

static void salts(void **state)
{
	static const struct {
		size_t n;
		bool works;
	} cases[] = {{1, true}, {1024, true}, {1025, false}, {4000, false}};
	static unsigned char raw[4000];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static char text[8000];
		struct login l;
		struct buf salt;

		buf_init(&salt, 6000);
		assert_true(encode_base64(&salt, raw, cases[i].n));
		begin_login(&l, "SCRAM-SHA-1", "pencil");
		server_first(&l, text, sizeof text, buf_cstr(&salt), "i=4096");
		assert_int_equal(challenge(&l, text),
		    cases[i].works ? AUTH_STEP_RESPONSE : AUTH_STEP_FAILED);
		buf_release(&salt);
		end_login(&l);
	}
}

/* nothing but the right signature satisfies. */
static void server_final(void **state)
{
	static const char *const texts[] = {"",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "e=invalid-proof", "v=", "v=AAAA",
	    "x"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct login l;
		char text[1024];

		begin_login(&l, "SCRAM-SHA-1", "pencil");
		server_first(&l, text, sizeof text, SALT, "i=4096");
		assert_int_equal(challenge(&l, text), AUTH_STEP_RESPONSE);
		/* A 235 now would be believed by who does not look. */
		assert_false(l.auth->satisfied(l.auth->ctx));
		assert_int_equal(challenge(&l, texts[i]), AUTH_STEP_FAILED);
		assert_false(l.auth->satisfied(l.auth->ctx));
		end_login(&l);
	}
}

/* After the end, and without an end. */
static void challenges_end(void **state)
{
	struct known k = {.user = "user", .password = "pencil"};
	struct login l;
	struct capabilities c;
	static char big[65536];

	(void)state;
	begin_login(&l, "SCRAM-SHA-256", "pencil");
	assert_true(play(l.auth, "SCRAM-SHA-256", &k).client_ok);
	assert_true(l.auth->satisfied(l.auth->ctx));
	assert_int_equal(challenge(&l, "more"), AUTH_STEP_FAILED);
	assert_false(l.auth->satisfied(l.auth->ctx));
	offer(&c, "CRAM-MD5");
	sasl_set_order(l.a, "CRAM-MD5");
	sasl_connected(l.a, &clear_text);
	assert_non_null(l.auth->choose(l.auth->ctx, &c));
	assert_int_equal(
	    l.auth->step(l.auth->ctx, NULL, 0, &l.line), AUTH_STEP_NONE);
	assert_int_equal(l.auth->step(l.auth->ctx, big, sizeof big, &l.line),
	    AUTH_STEP_FAILED);
	assert_string_equal(
	    l.auth->reason(l.auth->ctx), "the server asks without an end");
	capabilities_release(&c);
	end_login(&l);
}

/* RFC 5802 2.2: characters that are newer than stringprep may be used. */
static void unassigned_characters(void **state)
{
	struct login l;
	char text[1024];

	(void)state;
	begin_login(&l, "SCRAM-SHA-256", "\xf0\x9f\x99\x82");
	server_first(&l, text, sizeof text, SALT, "i=4096");
	assert_int_equal(challenge(&l, text), AUTH_STEP_RESPONSE);
	end_login(&l);
	begin_login(&l, "SCRAM-SHA-256", "\xc2\xad");
	server_first(&l, text, sizeof text, SALT, "i=4096");
	assert_int_equal(challenge(&l, text), AUTH_STEP_FAILED);
	assert_non_null(strstr(l.auth->reason(l.auth->ctx), "nothing is left"));
	end_login(&l);
}

/* Counts where the marker stands in this program's writable memory. Built of
 * two halves here, so that the search finds no copy of its own. */
static unsigned count_in_memory(const char *half)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *memory = fopen("/proc/self/mem", "rb");
	static char page[1 << 20];
	char line[512];
	unsigned count = 0;
	size_t n = strlen(half);

	assert_non_null(maps);
	assert_non_null(memory);
	while (fgets(line, sizeof line, maps)) {
		char *end;
		unsigned long from = strtoul(line, &end, 16);
		unsigned long to = strtoul(end + 1, &end, 16);

		if (!strstr(line, "rw") || !strstr(line, "[heap]"))
			continue;
		for (; from < to; from += sizeof page) {
			size_t got, want = to - from < sizeof page
			                       ? to - from
			                       : sizeof page;

			if (fseek(memory, (long)from, SEEK_SET) != 0)
				break;
			got = fread(page, 1, want, memory);
			for (size_t i = 0; i + 2 * n <= got; i++)
				if (memcmp(page + i, half, n) == 0 &&
				    memcmp(page + i + n, half, n) == 0)
					count++;
		}
	}
	fclose(maps);
	fclose(memory);
	return count;
}

/* after the login no copy of the password is left on the heap. */
static void nothing_is_left(void **state)
{
	static const char *const names[] = {
	    "PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1"};
	static const char half[] = "Zw3RtY5qLmN8vB1kXcQp";
	static char password[2 * sizeof half];

	(void)state;
#if defined __SANITIZE_ADDRESS__
	return; /* it keeps what is freed, elsewhere */
#endif
	snprintf(password, sizeof password, "%s%s", half, half);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct program p = {.user = "user", .password = password};
		struct auth_context *a = sasl_new();
		const struct authenticator *auth = sasl_authenticator(a);
		struct capabilities c;
		struct buf line;
		char text[512];

		sasl_set_interact(a, answer, &p);
		sasl_set_order(a, names[i]);
		sasl_allow_clear(a, true);
		sasl_connected(a, &clear_text);
		offer(&c, names[i]);
		auth->choose(auth->ctx, &c);
		buf_init_secret(&line, 1024);
		auth->step(auth->ctx, NULL, 0, &line);
		assert_true(i >= 2 || count_in_memory(half) > 0);
		if (i == 1)
			auth->step(auth->ctx, "User", 4, &line);
		snprintf(text, sizeof text, "r=%s,s=QUJD,i=4096", "x");
		auth->step(auth->ctx, text, strlen(text), &line);
		buf_release(&line);
		sasl_disconnected(a);
		assert_int_equal(count_in_memory(half), 0);
		capabilities_release(&c);
		sasl_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(iteration_counts),
	    cmocka_unit_test(odd_messages),
	    cmocka_unit_test(salts),
	    cmocka_unit_test(server_final),
	    cmocka_unit_test(challenges_end),
	    cmocka_unit_test(unassigned_characters),
	    cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
