/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_sasl.c - which mechanism is chosen, and each one against a real server
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The order of our own and that of libESMTP's programs,
 * EXTERNAL, channel binding over a real TLS session, what may be asked of a
 * program, and that secrets do not stay in memory.
 */
#include "sasl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "encode.h"
#include "sasl_fixture.h"
#include "tls_fixture.h"

static const struct sasl_connection clear_text = {.host = "mail.example"};
static const struct sasl_connection local = {
    .host = "localhost", .local_trust = true};

static struct auth_context *new_context(
    struct program *p, const char *user, const char *password)
{
	struct auth_context *a = sasl_new();

	*p = (struct program){.user = user, .password = password};
	assert_non_null(a);
	assert_false(sasl_enabled(a));
	assert_true(sasl_set_interact(a, answer, p));
	assert_true(sasl_enabled(a));
	return a;
}

/* What is chosen, one after the other, separated by blanks. */
static void assert_choices(struct auth_context *a, const char *offered,
    const char *expected, const char *reason)
{
	const struct authenticator *auth = sasl_authenticator(a);
	struct capabilities c;
	char got[256] = "";
	const char *m;

	offer(&c, offered);
	while ((m = auth->choose(auth->ctx, &c))) {
		size_t n = strlen(got);

		snprintf(got + n, sizeof got - n, "%s%s", n ? " " : "", m);
	}
	assert_string_equal(got, expected);
	m = auth->reason(auth->ctx);
	if (reason) {
		assert_non_null(m);
		if (!strstr(m, reason))
			fail_msg("\"%s\" is not in \"%s\"", reason, m);
	}
	capabilities_release(&c);
}

#define ALL                                                                    \
	"LOGIN PLAIN NTLM DIGEST-MD5 CRAM-MD5 GSSAPI SCRAM-SHA-1 ANONYMOUS "   \
	"SCRAM-SHA-256 SCRAM-SHA-1-PLUS EXTERNAL SCRAM-SHA-256-PLUS XOAUTH2"

/* ours, without TLS, with leave, on a local socket. */
static void our_order(void **state)
{
	struct program p;
	struct auth_context *a = new_context(&p, "u", "p");

	(void)state;
	assert_true(sasl_set_order(a, NULL));
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "SCRAM-SHA-256 SCRAM-SHA-1", NULL);
	sasl_connected(a, &clear_text);
	assert_choices(a, "DIGEST-MD5 NTLM", "",
	    "the server offers only DIGEST-MD5, NTLM");
	assert_choices(a, "CRAM-MD5", "", "the server offers only CRAM-MD5");
	assert_choices(a, "PLAIN LOGIN", "",
	    "without verified TLS the password would be shown by PLAIN, "
	    "LOGIN");
	assert_choices(a, NULL, "", "the server offers no login");
	assert_choices(a, "", "", "the server offers no login");
	assert_choices(a, "login plain scram-sha-1", "SCRAM-SHA-1", NULL);
	assert_true(sasl_allow_clear(a, true));
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN", NULL);
	assert_true(sasl_allow_clear(a, false));
	sasl_connected(a, &local);
	assert_choices(a, ALL, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN", NULL);
	/* Foreign names are cleaned before anyone reads them. */
	sasl_connected(a, &clear_text);
	assert_choices(a, "\x1b[31mX", "", "\\x1B[31mX");
	assert_int_equal(p.calls, 0);
	sasl_free(a);
}

static void named_order(void **state)
{
	static const char *const bad[] = {
	    "", " ", "NTLM", "PLAIN DIGEST-MD5", "PLAIN,LOGIN", "GSSAPI"};
	struct program p;
	struct auth_context *a = new_context(&p, "u", "p");

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(sasl_set_order(a, bad[i]));
	assert_true(sasl_set_order(a, " cram-md5  Scram-Sha-1 CRAM-MD5 "));
	assert_false(sasl_set_order(a, "PLAIN NOSUCH"));
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "CRAM-MD5 SCRAM-SHA-1", NULL);
	assert_choices(a, ALL, "", "no mechanism is left");
	assert_true(sasl_set_order(a, "PLAIN"));
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "", "without verified TLS");
	assert_true(sasl_set_order(a, "ANONYMOUS"));
	assert_choices(a, ALL, "ANONYMOUS", NULL);
	sasl_free(a);
}

/* libESMTP's rules: the server's order, consent by flags. */
static void order_of_the_server(void **state)
{
	struct program p;
	struct auth_context *a = new_context(&p, "u", "p");

	(void)state;
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", NULL);
	assert_true(sasl_set_flags(a, AUTH_PLUGIN_PLAIN, 0));
	sasl_connected(a, &clear_text);
	assert_choices(
	    a, ALL, "LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", NULL);
	assert_true(sasl_set_flags(a,
	    AUTH_PLUGIN_ANONYMOUS | AUTH_PLUGIN_EXTERNAL, AUTH_PLUGIN_PLAIN));
	sasl_connected(a, &clear_text);
	assert_choices(a, "EXTERNAL ANONYMOUS PLAIN", "ANONYMOUS", NULL);
	assert_true(sasl_set_external_id(a, "joe"));
	sasl_connected(a, &clear_text);
	assert_choices(a, "EXTERNAL PLAIN", "EXTERNAL", NULL);
	assert_true(sasl_set_external_id(a, NULL));
	sasl_connected(a, &clear_text);
	assert_choices(a, "EXTERNAL PLAIN", "", "only EXTERNAL, PLAIN");
	assert_true(sasl_set_min_ssf(a, 1));
	assert_choices(a, ALL, "", NULL);
	assert_true(sasl_set_min_ssf(a, 0));
	assert_true(sasl_set_interact(a, NULL, NULL));
	assert_choices(a, ALL, "", NULL);
	sasl_free(a);
}

static struct login_result log_in(
    const char *mechanism, struct program *p, struct known *k)
{
	struct program seen;
	struct auth_context *a = new_context(&seen, p->user, p->password);
	const struct authenticator *auth = sasl_authenticator(a);
	struct login_result r;
	struct capabilities c;

	assert_true(sasl_set_order(a, mechanism));
	assert_true(sasl_allow_clear(a, true));
	sasl_connected(a, &clear_text);
	offer(&c, mechanism);
	assert_string_equal(auth->choose(auth->ctx, &c), mechanism);
	assert_int_equal(
	    auth->one_step(auth->ctx), strcmp(mechanism, "PLAIN") == 0);
	assert_false(auth->satisfied(auth->ctx));
	r = play(auth, mechanism, k);
	assert_int_equal(seen.calls, 1);
	*p = seen;
	capabilities_release(&c);
	sasl_disconnected(a);
	sasl_free(a);
	return r;
}

static void every_mechanism(void **state)
{
	static const struct {
		const char *name;
		unsigned lines, pass_flags, size;
		bool initial;
		const char *prompt;
	} cases[] = {
	    {"PLAIN", 1, 0xC, 255, true, "Pass Phrase"},
	    {"LOGIN", 2, 0xC, 0, false, "Password"},
	    {"CRAM-MD5", 1, 0x4, 0, false, "Pass Phrase"},
	    {"SCRAM-SHA-1", 2, 0x4, 0, true, "Pass Phrase"},
	    {"SCRAM-SHA-256", 2, 0x4, 0, true, "Pass Phrase"},
	};
	/* SASLprep changes the last one, on both sides of SCRAM. */
	static const char *const passwords[] = {"secret",
	    " blanks, = ", "p\xc3\xa4ss", "\xe2\x85\xa8w\xc2\xad\xc2\xa0x"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t j = 0; j < (i < 2 ? 3 : 4); j++) {
			struct program p = {
			    .user = "j=oe,", .password = passwords[j]};
			struct known k = {
			    .user = "j=oe,", .password = passwords[j]};
			struct login_result r;

			r = log_in(cases[i].name, &p, &k);
			assert_true(r.server_ok);
			assert_true(r.client_ok);
			assert_int_equal(r.lines, cases[i].lines);
			assert_int_equal(r.initial, cases[i].initial);
			assert_int_equal(p.pass_flags, cases[i].pass_flags);
			assert_int_equal(p.user_flags, 0x9);
			assert_int_equal(p.size, cases[i].size);
			assert_string_equal(p.prompt, cases[i].prompt);
		}
	}
}

static void wrong_passwords(void **state)
{
	static const char *const names[] = {
	    "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct program p = {.user = "joe", .password = "wrong"};
		struct known k = {.user = "joe", .password = "right"};

		assert_false(log_in(names[i], &p, &k).server_ok);
	}
}

/* RFC 4616: 1 to 255 octets, UTF-8; and what no mechanism takes. */
static void limits(void **state)
{
	static char long_one[1026];
	static const struct {
		const char *mechanism;
		size_t n;
		bool works;
	} cases[] = {{"PLAIN", 0, false}, {"PLAIN", 255, true},
	    {"PLAIN", 256, false}, {"LOGIN", 256, true},
	    {"SCRAM-SHA-256", 256, true}, {"SCRAM-SHA-256", 1024, true},
	    {"SCRAM-SHA-256", 1025, false}, {"LOGIN", 0, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int both = 0; both < 2; both++) {
			struct program p = {.user = "joe"};
			struct known k = {.user = "joe"};
			struct login_result r;

			memset(long_one, 'x', sizeof long_one);
			long_one[cases[i].n] = '\0';
			if (both) {
				p.user = k.user = long_one;
				p.password = k.password = "pw";
			} else
				p.password = k.password = long_one;
			r = log_in(cases[i].mechanism, &p, &k);
			assert_int_equal(r.client_ok, cases[i].works);
		}
	}
	struct program p = {.user = "joe", .password = "caf\xe9"};
	struct known k = {.user = "joe", .password = "caf\xe9"};

	assert_false(log_in("PLAIN", &p, &k).client_ok);
	p.password = "a\x01"
		     "b";
	k.password = "a";
	assert_false(log_in("SCRAM-SHA-256", &p, &k).client_ok);
}

static void identities(void **state)
{
	struct program p;
	struct auth_context *a = new_context(&p, "joe", "pw");
	const struct authenticator *auth = sasl_authenticator(a);
	struct known k = {.user = "joe", .password = "pw"};
	struct capabilities c;
	struct login_result r;

	(void)state;
	assert_true(sasl_set_order(a, "PLAIN EXTERNAL"));
	assert_true(sasl_set_authzid(a, "boss"));
	assert_true(sasl_set_external_id(a, ""));
	sasl_connected(a, &local);
	offer(&c, "PLAIN EXTERNAL");
	assert_string_equal(auth->choose(auth->ctx, &c), "PLAIN");
	r = play(auth, "PLAIN", &k);
	assert_true(r.client_ok);
	assert_int_equal(r.first_n, 11);
	assert_memory_equal(r.first, "boss\0joe\0pw", 11);
	assert_string_equal(k.authzid, "boss");
	assert_true(sasl_set_authzid(a, NULL));
	assert_string_equal(auth->choose(auth->ctx, &c), "EXTERNAL");
	assert_true(auth->one_step(auth->ctx));
	r = play(auth, "EXTERNAL", &k);
	assert_true(r.client_ok);
	assert_true(r.initial);
	assert_int_equal(r.first_n, 0); /* "=" on the line */
	capabilities_release(&c);
	assert_int_equal(p.calls, 1);
	sasl_free(a);
}

/* Refusing to answer fails the mechanism, before a word is sent. */
static void program_refuses(void **state)
{
	struct program p;
	struct auth_context *a = new_context(&p, "joe", NULL);
	const struct authenticator *auth = sasl_authenticator(a);
	struct capabilities c;
	struct buf line;

	(void)state;
	buf_init(&line, 100);
	offer(&c, "SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5");
	sasl_connected(a, &clear_text);
	for (int i = 0; i < 3; i++) {
		p.refuses = i == 1;
		assert_non_null(auth->choose(auth->ctx, &c));
		assert_int_equal(
		    auth->step(auth->ctx, NULL, 0, &line), AUTH_STEP_FAILED);
		assert_int_equal(line.len, 0);
		assert_string_equal(auth->reason(auth->ctx),
		    "there is no user name or no password");
	}
	assert_int_equal(p.calls, 3);
	capabilities_release(&c);
	sasl_free(a);
}

/* TLS with the test's server, up to its first word. */
static void secure_session(struct fixture *f, const char *priority,
    struct sasl_connection *connection, struct buf *binding)
{
	unsigned char octets[32];

	open_fixture(f, priority, 0);
	assert_int_equal(begin(f), TLS_DONE);
	server_shake(&f->server);
	server_says(f, "250 x\r\n");
	assert_reads(f, "250 x\r\n");
	buf_init(binding, 100);
	assert_true(tls_exporter(f->tls, octets));
	assert_true(encode_base64(binding, octets, sizeof octets));
	assert_non_null(buf_cstr(binding));
	*connection = (struct sasl_connection){.host = "mail.example",
	    .tls = f->tls,
	    .tls_verified = tls_verified(f->tls)};
}

static void bind_login(const char *priority, const char *name)
{
	bool plus = strstr(name, "PLUS") != NULL;
	struct fixture f;
	struct program p;
	struct auth_context *a = new_context(&p, "joe", "pw");
	const struct authenticator *auth = sasl_authenticator(a);
	struct known k = {.user = "joe", .password = "pw"};
	struct sasl_connection secure;
	struct login_result r;
	struct capabilities c;
	struct buf binding;

	secure_session(&f, priority, &secure, &binding);
	assert_true(sasl_set_order(a, NULL));
	sasl_connected(a, &secure);
	assert_choices(a, ALL,
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS "
	    "SCRAM-SHA-1 PLAIN LOGIN",
	    NULL);
	sasl_connected(a, &secure);
	offer(&c, name);
	assert_string_equal(auth->choose(auth->ctx, &c), name);
	k.binding = plus ? buf_cstr(&binding) : NULL;
	r = play(auth, name, &k);
	assert_true(r.client_ok);
	assert_memory_equal(
	    r.first, plus ? "p=tls-exporter,," : "n,,", plus ? 16 : 3);
	assert_int_equal(p.user_flags, AUTH_USER);
	assert_int_equal(p.pass_flags, AUTH_PASS);
	/* Over somebody else's session it must not work. */
	sasl_connected(a, &secure);
	assert_non_null(auth->choose(auth->ctx, &c));
	k.binding = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	assert_int_equal(play(auth, name, &k).server_ok, !plus);
	capabilities_release(&c);
	buf_release(&binding);
	sasl_free(a);
	close_fixture(&f);
}

/* RFC 9266, both versions; X-12 with verified TLS. */
static void channel_binding(void **state)
{
	static const char *const priorities[] = {
	    "NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2"};
	static const char *const mechanisms[] = {
	    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		bind_login(priorities[i / 3], mechanisms[i % 3]);
}

/* A program that talks SASL itself, by auth_response(). */
static void by_hand(void **state)
{
	struct program p;
	struct auth_context *a = new_context(&p, "joe", "pw");
	const char *r;
	int n = 0;

	(void)state;
	assert_false(sasl_select(a, "PLAIN"));
	assert_null(sasl_selected(a));
	assert_null(sasl_respond(a, NULL, &n));
	assert_false(sasl_select(a, "NTLM"));
	assert_true(sasl_set_flags(a, AUTH_PLUGIN_PLAIN, 0));
	assert_true(sasl_select(a, "plain"));
	assert_string_equal(sasl_selected(a), "PLAIN");
	r = sasl_respond(a, NULL, &n);
	assert_int_equal(n, 7);
	assert_memory_equal(r, "\0joe\0pw", 7);
	assert_true(sasl_select(a, "LOGIN"));
	assert_null(sasl_respond(a, NULL, &n));
	n = 9;
	r = sasl_respond(a, "Username:", &n);
	assert_int_equal(n, 3);
	assert_memory_equal(r, "joe", 3);
	n = 0;
	r = sasl_respond(a, "", &n);
	assert_int_equal(n, 2);
	assert_memory_equal(r, "pw", 2);
	n = 0;
	assert_null(sasl_respond(a, "", &n));
	assert_true(sasl_select(a, "CRAM-MD5"));
	n = -1;
	assert_null(sasl_respond(a, "x", &n));
	sasl_free(a);
	sasl_free(NULL);
}

static int callback_of_the_program(
    Gsasl *ctx, Gsasl_session *s, Gsasl_property property)
{
	(void)ctx;
	if (property == GSASL_AUTHID)
		return gsasl_property_set(s, property, "joe");
	if (property == GSASL_PASSWORD)
		return gsasl_property_set(s, property, "pw");
	return GSASL_NO_CALLBACK;
}

/* smtp_gsasl_set_context(): the program's libgsasl, our policy. */
static void gsasl_of_the_program(void **state)
{
	struct known k = {.user = "joe", .password = "pw"};
	struct auth_context *a;
	const struct authenticator *auth;
	struct capabilities c;
	Gsasl *ctx;

	(void)state;
	assert_int_equal(gsasl_init(&ctx), GSASL_OK);
	gsasl_callback_set(ctx, callback_of_the_program);
	a = sasl_new_gsasl(ctx);
	auth = sasl_authenticator(a);
	assert_true(sasl_enabled(a));
	sasl_connected(a, &clear_text);
	assert_choices(a, ALL, "SCRAM-SHA-256 SCRAM-SHA-1", NULL);
	sasl_connected(a, &clear_text);
	offer(&c, "PLAIN SCRAM-SHA-256");
	assert_string_equal(auth->choose(auth->ctx, &c), "SCRAM-SHA-256");
	assert_true(play(auth, "SCRAM-SHA-256", &k).client_ok);
	sasl_connected(a, &local);
	auth->choose(auth->ctx, &c);
	assert_string_equal(auth->choose(auth->ctx, &c), "PLAIN");
	assert_true(play(auth, "PLAIN", &k).client_ok);
	capabilities_release(&c);
	sasl_free(a);
	gsasl_done(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(our_order),
	    cmocka_unit_test(named_order),
	    cmocka_unit_test(order_of_the_server),
	    cmocka_unit_test(every_mechanism),
	    cmocka_unit_test(wrong_passwords),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(identities),
	    cmocka_unit_test(program_refuses),
	    cmocka_unit_test(channel_binding),
	    cmocka_unit_test(by_hand),
	    cmocka_unit_test(gsasl_of_the_program),
	};

	return cmocka_run_group_tests(tests, make_identities, drop_identities);
}
