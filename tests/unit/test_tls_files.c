/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_tls_files.c - client certificates, and libESMTP's files
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A certificate is sent when one is configured and only then, to servers that
 * name other authorities or want RSA-PSS alone too. Files under
 * $XDG_CONFIG_HOME/libesmtp, $XDG_CONFIG_DIR/libesmtp or
 * $HOME/.config/libesmtp count for programs that never spoke of trust, and
 * refuse TLS when others could have written or read them. Events 3105 to 3107.
 */
#include "tls.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tls_fixture.h"

static struct identity client, rsa_client;
static char client_path[PATH_ROOM], rsa_path[PATH_ROOM];
static char cert_only[PATH_ROOM], key_only[PATH_ROOM];
static char encrypted[PATH_ROOM], mismatch[PATH_ROOM];

static void path_to(char *path, const char *name)
{
	snprintf(path, PATH_ROOM, "%s/%s", directory, name);
}

static void write_encrypted(const char *path)
{
	char pem[8192];
	size_t n = sizeof pem;
	FILE *f;

	assert_rc(
	    gnutls_x509_privkey_export_pkcs8(client.key, GNUTLS_X509_FMT_PEM,
		"open sesame", GNUTLS_PKCS_PBES2_AES_256, pem, &n));
	pki_write(path, client.crt, NULL);
	f = fopen(path, "ab");
	assert_non_null(f);
	assert_int_equal(fwrite(pem, 1, n, f), n);
	fclose(f);
}

static int make_clients(void **state)
{
	static const struct plan plan = {
	    .cn = "joe", .purpose = GNUTLS_KP_TLS_WWW_CLIENT};

	if (make_identities(state) != 0)
		return -1;
	client = pki_make(&plan, NULL);
	rsa_client = pki_make(&(struct plan){.cn = "rsa",
				  .rsa_bits = 2048,
				  .purpose = GNUTLS_KP_TLS_WWW_CLIENT},
	    NULL);
	path_to(client_path, "client.pem");
	path_to(rsa_path, "rsa.pem");
	path_to(cert_only, "cert.pem");
	path_to(key_only, "key.pem");
	path_to(encrypted, "encrypted.pem");
	path_to(mismatch, "mismatch.pem");
	pki_write(client_path, client.crt, client.key);
	pki_write(rsa_path, rsa_client.crt, rsa_client.key);
	pki_write(cert_only, client.crt, NULL);
	pki_write(key_only, NULL, client.key);
	pki_write(mismatch, client.crt, rsa_client.key);
	write_encrypted(encrypted);
	return 0;
}

static int drop_clients(void **state)
{
	pki_free(&client);
	pki_free(&rsa_client);
	unlink(client_path);
	unlink(rsa_path);
	unlink(cert_only);
	unlink(key_only);
	unlink(mismatch);
	unlink(encrypted);
	return drop_identities(state);
}

static void open_asking(struct fixture *f, const char *priority)
{
	open_fixture(f, priority, 0);
	gnutls_certificate_server_set_request(
	    f->server.tls, GNUTLS_CERT_REQUEST);
	/* It names an authority that is not the client's. */
	assert_rc(gnutls_certificate_set_x509_trust(
	    f->server.credentials, &ca.crt, 1));
}

static void assert_came(struct fixture *f, const struct identity *id)
{
	unsigned char raw[4096];
	size_t n = sizeof raw;
	unsigned count = 0;
	const gnutls_datum_t *got =
	    gnutls_certificate_get_peers(f->server.tls, &count);

	assert_int_equal(count, id ? 1 : 0);
	assert_int_equal(tls_client_certificate_sent(f->tls), id != NULL);
	if (!id)
		return;
	assert_rc(
	    gnutls_x509_crt_export(id->crt, GNUTLS_X509_FMT_DER, raw, &n));
	assert_int_equal(got[0].size, n);
	assert_memory_equal(got[0].data, raw, n);
}

#define ONLY_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define PSS_ONLY                                                               \
	"NORMAL:-SIGN-RSA-SHA256:-SIGN-RSA-SHA384:-SIGN-RSA-SHA512:-SIGN-RSA-" \
	"SHA1:-SIGN-RSA-SHA224"

static void configured_certificate_is_sent(void **state)
{
	const struct {
		const char *priority;
		char *certificate, *key;
		const struct identity *id;
		const char *name;
	} cases[] = {
	    {NULL, client_path, NULL, &client, "joe"},
	    {ONLY_12, client_path, NULL, &client, "joe"},
	    {NULL, cert_only, key_only, &client, "joe"},
	    {NULL, rsa_path, NULL, &rsa_client, "rsa"},
	    {ONLY_12, rsa_path, NULL, &rsa_client, "rsa"},
	    {PSS_ONLY, rsa_path, NULL, &rsa_client, "rsa"},
	    {PSS_ONLY ":-VERS-ALL:+VERS-TLS1.2", rsa_path, NULL, &rsa_client,
		"rsa"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		char name[64];

		open_asking(&f, cases[i].priority);
		f.session.tls.certificate_file = cases[i].certificate;
		f.session.tls.key_file = cases[i].key;
		assert_int_equal(begin(&f), TLS_DONE);
		server_shake(&f.server);
		assert_came(&f, cases[i].id);
		assert_true(tls_client_name(f.tls, name, sizeof name));
		assert_string_equal(name, cases[i].name);
		assert_false(tls_client_name(f.tls, name, 2));
		close_fixture(&f);
	}
}

/* A server that asks gets nothing, and one that does not ask neither. */
static void nothing_else_is_sent(void **state)
{
	struct fixture f;
	char name[64];

	(void)state;
	open_asking(&f, NULL);
	assert_int_equal(begin(&f), TLS_DONE);
	assert_came(&f, NULL);
	assert_false(tls_client_name(f.tls, name, sizeof name));
	close_fixture(&f);
	open_fixture(&f, NULL, 0);
	f.session.tls.certificate_file = client_path;
	assert_int_equal(begin(&f), TLS_DONE);
	assert_came(&f, NULL);
	close_fixture(&f);
}

/* Nobody is shown the certificate before he is known to be the right one. */
static void not_shown_to_strangers(void **state)
{
	struct fixture f;
	unsigned count = 0;

	(void)state;
	open_asking(&f, NULL);
	f.session.tls.certificate_file = client_path;
	f.session.tls.name = "other.example";
	f.session.event = NULL;
	assert_int_equal(begin(&f), TLS_FAILED);
	assert_null(gnutls_certificate_get_peers(f.server.tls, &count));
	assert_refused(&f, Smtpx_CAUSE_CERTIFICATE, "not for other.example");
	close_fixture(&f);
}

static int tell(char *buf, int size, int rwflag, void *arg)
{
	const char *word = arg;
	int n = (int)strlen(word);

	assert_int_equal(rwflag, 0);
	assert_true(n < size);
	memcpy(buf, word, (size_t)n);
	return n;
}

static void encrypted_key(void **state)
{
	static char right[] = "open sesame", wrong[] = "open wheat";
	const struct {
		smtp_starttls_passwordcb_t cb;
		char *arg;
		bool works;
	} cases[] = {
	    {tell, right, true}, {tell, wrong, false}, {NULL, NULL, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;

		open_asking(&f, NULL);
		f.session.tls.certificate_file = encrypted;
		f.session.tls.passphrase = cases[i].cb;
		f.session.tls.passphrase_arg = cases[i].arg;
		assert_int_equal(
		    begin(&f), cases[i].works ? TLS_DONE : TLS_FAILED);
		if (!cases[i].works)
			assert_refused(&f, Smtpx_CAUSE_TLS,
			    "cannot use the client certificate");
		close_fixture(&f);
	}
}

static void unusable_certificates(void **state)
{
	const struct {
		const char *certificate, *key, *words;
	} cases[] = {
	    {"/nonexistent", NULL, "does not exist"},
	    {client_path, "/nonexistent", "does not exist"},
	    {"/tmp", NULL, "cannot read a file of the client certificate"},
	    {"/etc/passwd", NULL, "cannot use the client certificate"},
	    {cert_only, NULL, "cannot use the client certificate"},
	    {mismatch, NULL, "key do not match"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;

		open_fixture(&f, NULL, 0);
		f.session.tls.certificate_file = (char *)cases[i].certificate;
		f.session.tls.key_file = (char *)cases[i].key;
		assert_null(tls_new(&f.session, "mail.example"));
		assert_refused(&f, Smtpx_CAUSE_TLS, cases[i].words);
		close_fixture(&f);
	}
}

/* A home of its own, with libESMTP's folders. */
struct home {
	char root[PATH_ROOM];
	char base[PATH_ROOM + 16];
	bool xdg;
};

static void home_path(const struct home *h, const char *name, char *path)
{
	snprintf(path, 2 * PATH_ROOM, "%s/libesmtp/%s", h->base, name);
}

/* Below the folder that this variable names; NULL: below $HOME/.config. */
static void make_home(struct home *h, const char *variable)
{
	bool xdg = variable != NULL;
	char path[2 * PATH_ROOM];

	memset(h, 0, sizeof *h);
	h->xdg = xdg;
	snprintf(h->root, sizeof h->root, "%s/home", directory);
	snprintf(
	    h->base, sizeof h->base, "%s%s", h->root, xdg ? "" : "/.config");
	assert_int_equal(mkdir(h->root, 0700), 0);
	if (!xdg)
		assert_int_equal(mkdir(h->base, 0700), 0);
	home_path(h, "", path);
	assert_int_equal(mkdir(path, 0755), 0);
	home_path(h, "private", path);
	assert_int_equal(mkdir(path, 0700), 0);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_CONFIG_DIR");
	setenv("HOME", xdg ? "/nonexistent" : h->root, 1);
	if (xdg)
		setenv(variable, h->base, 1);
}

static void drop_home(struct home *h)
{
	static const char *const names[] = {"ca.pem", "ca/x.pem", "ca",
	    "private/mail.example.pem", "private/smtp-starttls.pem", "private",
	    ""};
	char path[2 * PATH_ROOM];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		home_path(h, names[i], path);
		if (unlink(path) != 0)
			rmdir(path);
	}
	if (!h->xdg)
		rmdir(h->base);
	assert_int_equal(rmdir(h->root), 0);
}

static void open_legacy(struct fixture *f)
{
	open_asking(f, NULL);
	f->session.tls.explicit_trust = false;
	f->session.tls.ca_file = NULL;
}

static void user_files_are_used(void **state)
{
	static const char *const variables[] = {
	    NULL, "XDG_CONFIG_HOME", "XDG_CONFIG_DIR"};
	static const char *const keys[] = {
	    "private/mail.example.pem", "private/smtp-starttls.pem"};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct fixture f;
		struct home h;
		char path[2 * PATH_ROOM];

		make_home(&h, variables[i / 2]);
		home_path(&h, "ca.pem", path);
		pki_write(path, ca.crt, NULL);
		home_path(&h, keys[i % 2], path);
		pki_write(path, client.crt, client.key);
		open_legacy(&f);
		assert_int_equal(begin(&f), TLS_DONE);
		assert_true(tls_verified(f.tls));
		assert_came(&f, &client);
		close_fixture(&f);
		/* Whoever spoke of trust gets none of it. */
		open_legacy(&f);
		f.session.tls.explicit_trust = true;
		assert_int_equal(begin(&f), TLS_FAILED);
		close_fixture(&f);
		drop_home(&h);
	}
}

static void user_folder_is_used(void **state)
{
	struct fixture f;
	struct home h;
	char path[2 * PATH_ROOM];

	(void)state;
	make_home(&h, "XDG_CONFIG_HOME");
	home_path(&h, "ca", path);
	assert_int_equal(mkdir(path, 0700), 0);
	home_path(&h, "ca/x.pem", path);
	pki_write(path, ca.crt, NULL);
	open_legacy(&f);
	assert_int_equal(begin(&f), TLS_DONE);
	assert_true(tls_verified(f.tls));
	close_fixture(&f);
	home_path(&h, "ca", path);
	chmod(path, 0750);
	open_legacy(&f);
	assert_null(tls_new(&f.session, "mail.example"));
	assert_int_equal(f.events[0], SMTP_EV_UNUSABLE_CA_LIST);
	close_fixture(&f);
	drop_home(&h);
}

/* 4.10 and 5.1: the wrong mode refuses TLS. */
static void unsafe_files_refuse(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		int event;
	} cases[] = {
	    {"ca.pem", 0640, SMTP_EV_UNUSABLE_CA_LIST},
	    {"ca.pem", 0604, SMTP_EV_UNUSABLE_CA_LIST},
	    {"ca.pem", 0700, SMTP_EV_UNUSABLE_CA_LIST},
	    {"private/smtp-starttls.pem", 0620,
		SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE},
	    {"private/smtp-starttls.pem", 0700,
		SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE},
	    {"private/mail.example.pem", 0604,
		SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		struct home h;
		char path[2 * PATH_ROOM];

		make_home(&h, "XDG_CONFIG_HOME");
		home_path(&h, cases[i].name, path);
		pki_write(path, client.crt, client.key);
		chmod(path, cases[i].mode);
		open_legacy(&f);
		assert_null(tls_new(&f.session, "mail.example"));
		assert_int_equal(f.event_count, 1);
		assert_int_equal(f.events[0], cases[i].event);
		assert_int_equal(f.session.error.cause, Smtpx_CAUSE_TLS);
		assert_int_equal(
		    f.session.error.code, SMTP_ERR_EXTENSION_NOT_AVAILABLE);
		assert_non_null(
		    strstr(f.session.error.text, "must be the user's alone"));
		close_fixture(&f);
		drop_home(&h);
	}
}

/* An empty file is no file to trust, and a certificate without its key is
 * the program's to decide about (3105). */
static void incomplete_files(void **state)
{
	struct fixture f;
	struct home h;
	char path[2 * PATH_ROOM];

	(void)state;
	make_home(&h, "XDG_CONFIG_HOME");
	home_path(&h, "private/smtp-starttls.pem", path);
	pki_write(path, NULL, NULL);
	open_legacy(&f);
	assert_null(tls_new(&f.session, "mail.example"));
	assert_int_equal(f.events[0], SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE);
	close_fixture(&f);
	pki_write(path, client.crt, NULL);
	home_path(&h, "ca.pem", path);
	pki_write(path, ca.crt, NULL);
	for (int answer = 0; answer < 2; answer++) {
		open_legacy(&f);
		f.answer = answer;
		assert_int_equal(begin(&f), answer ? TLS_DONE : TLS_FAILED);
		assert_int_equal(f.events[0], SMTP_EV_NO_CLIENT_CERTIFICATE);
		if (answer)
			assert_came(&f, NULL);
		else
			assert_refused(&f, Smtpx_CAUSE_TLS, "no usable key");
		close_fixture(&f);
	}
	drop_home(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(configured_certificate_is_sent),
	    cmocka_unit_test(nothing_else_is_sent),
	    cmocka_unit_test(not_shown_to_strangers),
	    cmocka_unit_test(encrypted_key),
	    cmocka_unit_test(unusable_certificates),
	    cmocka_unit_test(user_files_are_used),
	    cmocka_unit_test(user_folder_is_used),
	    cmocka_unit_test(unsafe_files_refuse),
	    cmocka_unit_test(incomplete_files),
	};

	return cmocka_run_group_tests(tests, make_clients, drop_clients);
}
