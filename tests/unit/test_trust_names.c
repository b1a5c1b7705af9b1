/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_trust_names.c - names, pins, staples, and reading a bundle
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Which names a certificate is for (RFC 9525, X-04, X-05), pins by
 * certificate and by key, stapled revocation with responses made here,
 * and the PEM reader against damaged and odd files, cut at every octet.
 */
#include "trust.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tls_fixture.h"
#include "trust_bundle.h"

static const unsigned char v4[] = {127, 0, 0, 1};
static const unsigned char v6[16] = {[15] = 1};

static const struct {
	struct plan plan;
	const char *host;
	bool match;
} name_cases[] = {
    {{.dns = "mail.example"}, "mail.example", true},
    {{.dns = "mail.example"}, "MAIL.example", true},
    {{.dns = "mail.example"}, "mail.example.", true},
    {{.dns = "mail.example"}, "ail.example", false},
    {{.dns = "mail.example"}, "xmail.example", false},
    {{.dns = "mail.example"}, "mail.example.net", false},
    {{.dns = "*.example.net"}, "a.example.net", true},
    {{.dns = "*.example.net"}, "a.b.example.net", false},
    {{.dns = "*.example.net"}, "example.net", false},
    {{.dns = "*.example.net"}, "xn--bcher-kva.example.net", true},
    {{.dns = "f*.example.org"}, "foo.example.org", false},
    {{.dns = "a.*.example.org"}, "a.b.example.org", false},
    {{.dns = "*.com"}, "example.com", false},
    {{.dns = "*"}, "localhost", false},
    {{.cn = "mail.example"}, "mail.example", false},
    {{.cn = "mail.example", .dns = "a.example"}, "mail.example", false},
    {{.cn = "mail.example", .ip = v4, .ip_n = 4}, "mail.example", false},
    {{.dns = "xn--bcher-kva.example"},
	"b\xc3\xbc"
	"cher.example",
	true},
    {{.dns = "xn--bcher-kva.example"},
	"B\xc3\x9c"
	"CHER.example",
	true},
    {{.ip = v4, .ip_n = 4}, "127.0.0.1", true},
    {{.ip = v4, .ip_n = 4}, "127.0.0.2", false},
    {{.ip = v6, .ip_n = 16}, "::1", true},
    {{.ip = v6, .ip_n = 16}, "0:0:0:0:0:0:0:1", true},
    {{.ip = v6, .ip_n = 16}, "::1%lo", true},
    {{.ip = v6, .ip_n = 16}, "127.0.0.1", false},
    {{.dns = "127.0.0.1"}, "127.0.0.1", false},
    {{.cn = "127.0.0.1"}, "127.0.0.1", false},
    {{.dns = "a.example b.example"}, "b.example", true},
    {{.dns = "a.example", .ip = v4, .ip_n = 4}, "127.0.0.1", true},
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof name_cases / sizeof *name_cases; i++) {
		struct plan plan = name_cases[i].plan;
		struct identity id = {NULL, server.key};
		struct trust_name name;
		bool no_memory = false;

		if (!plan.cn)
			plan.cn = "x";
		pki_certify(&id, &plan, &ca);
		assert_true(
		    trust_name_set(&name, name_cases[i].host, &no_memory));
		if (trust_carries(id.crt, &name) != name_cases[i].match)
			fail_msg("case %zu: %s", i, name_cases[i].host);
		trust_name_release(&name);
		gnutls_x509_crt_deinit(id.crt);
	}
}

/* CVE-2010-1192: a NUL in a name ends nothing. The certificate is damaged
 * afterwards: GnuTLS would not write such a one. */
static void nul_in_a_name(void **state)
{
	struct identity id = {NULL, server.key};
	struct trust_name name;
	unsigned char der[4096];
	size_t n = sizeof der;
	bool no_memory = false, found = false;

	(void)state;
	pki_certify(&id,
	    &(struct plan){.cn = "x", .dns = "mail.example#.evil.example"},
	    &ca);
	assert_rc(gnutls_x509_crt_export(id.crt, GNUTLS_X509_FMT_DER, der, &n));
	gnutls_x509_crt_deinit(id.crt);
	for (size_t i = 0; i < n; i++) {
		if (i < n - 6 && memcmp(der + i, "#.evil", 6) == 0) {
			der[i] = '\0';
			found = true;
		}
	}
	assert_true(found);
	assert_rc(gnutls_x509_crt_init(&id.crt));
	assert_rc(gnutls_x509_crt_import(
	    id.crt, &(gnutls_datum_t){der, (unsigned)n}, GNUTLS_X509_FMT_DER));
	assert_true(trust_name_set(&name, "mail.example", &no_memory));
	assert_false(trust_carries(id.crt, &name));
	trust_name_release(&name);
	gnutls_x509_crt_deinit(id.crt);
}

static void reasons_for_names(void **state)
{
	static const struct {
		struct plan plan;
		const char *what, *detail;
	} cases[] = {
	    {{.cn = "y.example"}, "is not for y.example and carries no name",
		""},
	    {{.cn = "x", .dns = "a.example b.example", .ip = v4, .ip_n = 4},
		"is not for y.example but for",
		"a.example, b.example, 127.0.0.1"},
	    {{.cn = "x", .ip = v6, .ip_n = 16}, "is not for y.example but for",
		"::1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct identity id = {NULL, server.key};
		struct trust_name name;
		struct trust_reason reason;
		bool no_memory = false;

		pki_certify(&id, &cases[i].plan, &ca);
		assert_true(trust_name_set(&name, "y.example", &no_memory));
		trust_explain_name(id.crt, &name, &reason);
		assert_non_null(strstr(reason.what, cases[i].what));
		assert_string_equal(reason.detail, cases[i].detail);
		trust_name_release(&name);
		gnutls_x509_crt_deinit(id.crt);
	}
}

static void digest_of(
    const struct identity *id, bool of_key, unsigned char pin[TRUST_PIN_SIZE])
{
	size_t n = TRUST_PIN_SIZE;

	if (of_key)
		assert_rc(gnutls_x509_crt_get_key_id(
		    id->crt, GNUTLS_KEYID_USE_SHA256, pin, &n));
	else
		assert_rc(gnutls_x509_crt_get_fingerprint(
		    id->crt, GNUTLS_DIG_SHA256, pin, &n));
}

/* A pin comes on top of the chain, or stands alone; it is the leaf's. */
static void pins(void **state)
{
	static const struct {
		enum smtpx_verify verify;
		int pin; /* 0 none, 1 certificate, 2 key, 3 another, 4 CA */
		bool trusted, works;
	} cases[] = {
	    {Smtpx_VERIFY_FULL, 1, true, true},
	    {Smtpx_VERIFY_FULL, 2, true, true},
	    {Smtpx_VERIFY_FULL, 3, true, false},
	    {Smtpx_VERIFY_FULL, 4, true, false},
	    {Smtpx_VERIFY_FULL, 2, false, false},
	    {Smtpx_VERIFY_PIN_ONLY, 1, false, true},
	    {Smtpx_VERIFY_PIN_ONLY, 2, false, true},
	    {Smtpx_VERIFY_PIN_ONLY, 3, true, false},
	    {Smtpx_VERIFY_PIN_ONLY, 0, true, false},
	    {Smtpx_VERIFY_OFF, 3, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char set[2][TRUST_PIN_SIZE] = {{1}, {2}};
		struct fixture f;

		open_fixture(&f, NULL, 0);
		f.session.tls.verify = cases[i].verify;
		f.session.tls.pins = set;
		f.session.tls.pin_count = cases[i].pin ? 2 : 0;
		if (cases[i].pin == 1 || cases[i].pin == 2)
			digest_of(&server, cases[i].pin == 2, set[1]);
		if (cases[i].pin == 4)
			digest_of(&ca, true, set[1]);
		if (!cases[i].trusted)
			f.session.tls.ca_file =
			    "/etc/ssl/certs/ca-certificates.crt";
		assert_int_equal(
		    begin(&f), cases[i].works ? TLS_DONE : TLS_FAILED);
		assert_int_equal(tls_verified(f.tls),
		    cases[i].works && cases[i].verify != Smtpx_VERIFY_OFF);
		if (!cases[i].works)
			assert_refused(&f, Smtpx_CAUSE_CERTIFICATE,
			    cases[i].trusted ? "none of those pinned"
					     : "unknown");
		close_fixture(&f);
	}
}

/* --- OCSP responses, RFC 6960 4.2.1 --- */

/* Wraps what is in b, from octet start on, into one DER element. */
static void wrap(struct buf *b, size_t start, unsigned char tag)
{
	size_t n = b->len - start;
	unsigned char inner[2048];

	assert_true(n < sizeof inner);
	memcpy(inner, buf_head(b) + start, n);
	buf_truncate(b, start);
	buf_putc(b, tag);
	if (n > 0xFF) {
		buf_putc(b, 0x82);
		buf_putc(b, (unsigned char)(n >> 8));
	} else if (n > 0x7F)
		buf_putc(b, 0x81);
	buf_putc(b, (unsigned char)n);
	assert_true(buf_append(b, inner, n));
}

static void put_time(struct buf *b, unsigned char tag, int days)
{
	time_t t = time(NULL) + days * (time_t)PKI_DAY;
	size_t start = b->len;
	char text[20];
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	assert_int_equal(strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm), 15);
	buf_puts(b, text);
	wrap(b, start, 0x18);
	if (tag)
		wrap(b, start, tag);
}

/* The certificate that is spoken of: SHA-1 of its issuer's name, a key hash
 * that GnuTLS does not look at, and its serial number. */
static void put_certificate_id(struct buf *b, const struct identity *id)
{
	static const unsigned char sha1[] = {
	    0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00};
	unsigned char digest[20], serial[32];
	size_t start = b->len, at, n = sizeof serial;
	gnutls_datum_t dn;

	buf_append(b, sha1, sizeof sha1);
	assert_rc(gnutls_x509_crt_get_raw_issuer_dn(id->crt, &dn));
	assert_rc(gnutls_hash_fast(GNUTLS_DIG_SHA1, dn.data, dn.size, digest));
	gnutls_free(dn.data);
	for (int i = 0; i < 2; i++) {
		at = b->len;
		buf_append(b, digest, sizeof digest);
		wrap(b, at, 0x04);
	}
	assert_rc(gnutls_x509_crt_get_serial(id->crt, serial, &n));
	at = b->len;
	buf_append(b, serial, n);
	wrap(b, at, 0x02);
	wrap(b, start, 0x30);
}

static void put_data(
    struct buf *b, const struct identity *id, bool revoked, int days)
{
	size_t start = b->len, at;
	gnutls_datum_t dn;

	assert_rc(gnutls_x509_crt_get_raw_issuer_dn(id->crt, &dn));
	buf_append(b, dn.data, dn.size);
	gnutls_free(dn.data);
	wrap(b, start, 0xA1);
	put_time(b, 0, days);
	at = b->len;
	put_certificate_id(b, id);
	if (revoked)
		put_time(b, 0xA1, days);
	else
		buf_append(b, "\x80\x00", 2);
	/* [1] IMPLICIT RevokedInfo is the SEQUENCE itself. */
	put_time(b, 0, days);
	put_time(b, 0xA0, days + 3);
	wrap(b, at, 0x30);
	wrap(b, at, 0x30);
	wrap(b, start, 0x30);
}

static void put_signature(struct buf *b, const struct identity *issuer)
{
	static const unsigned char ecdsa_sha256[] = {0x30, 0x0A, 0x06, 0x08,
	    0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
	gnutls_datum_t data = {(unsigned char *)buf_head(b), (unsigned)b->len};
	gnutls_datum_t signature;
	gnutls_privkey_t key;
	size_t at;

	assert_rc(gnutls_privkey_init(&key));
	assert_rc(gnutls_privkey_import_x509(
	    key, issuer->key, GNUTLS_PRIVKEY_IMPORT_COPY));
	assert_rc(gnutls_privkey_sign_data(
	    key, GNUTLS_DIG_SHA256, 0, &data, &signature));
	gnutls_privkey_deinit(key);
	buf_append(b, ecdsa_sha256, sizeof ecdsa_sha256);
	at = b->len;
	buf_putc(b, 0);
	buf_append(b, signature.data, signature.size);
	gnutls_free(signature.data);
	wrap(b, at, 0x03);
}

static void make_response(struct buf *b, const struct identity *id,
    const struct identity *issuer, bool revoked, int days)
{
	static const unsigned char basic[] = {
	    0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
	struct buf whole;
	size_t at;

	buf_init(&whole, 4096);
	put_data(b, id, revoked, days);
	put_signature(b, issuer);
	wrap(b, 0, 0x30);
	buf_append(&whole, "\x0A\x01\x00", 3);
	at = whole.len;
	buf_append(&whole, basic, sizeof basic);
	buf_append(&whole, buf_head(b), b->len);
	wrap(&whole, at + sizeof basic, 0x04);
	wrap(&whole, at, 0x30);
	wrap(&whole, at, 0xA0);
	wrap(&whole, 0, 0x30);
	buf_clear(b);
	buf_append(b, buf_head(&whole), whole.len);
	assert_false(b->failed || whole.failed);
	buf_release(&whole);
}

/* The server's callback; it would not load a bad response from a file. */
static int staple(gnutls_session_t session, void *arg, gnutls_datum_t *response)
{
	const struct buf *b = arg;

	(void)session;
	response->data = gnutls_malloc(b->len);
	assert_non_null(response->data);
	memcpy(response->data, buf_head(b), b->len);
	response->size = (unsigned)b->len;
	return 0;
}

/* revoked, stale, signed by another, and good; also where only a pin
 * is looked at, which never overrides "revoked". */
static void staples(void **state)
{
	static const struct {
		bool revoked, by_another;
		int days;
		enum smtpx_verify verify;
		const char *words; /* NULL: good */
	} cases[] = {
	    {false, false, -1, Smtpx_VERIFY_FULL, NULL},
	    {true, false, -1, Smtpx_VERIFY_FULL, "has been revoked"},
	    {false, false, -30, Smtpx_VERIFY_FULL, "revocation status"},
	    {false, true, -1, Smtpx_VERIFY_FULL, "revocation status"},
	    {true, false, -1, Smtpx_VERIFY_PIN_ONLY, "has been revoked"},
	    {false, false, -1, Smtpx_VERIFY_PIN_ONLY, NULL},
	};
	struct identity id = {NULL, server.key};
	gnutls_x509_crt_t chain[] = {NULL, ca.crt, NULL};

	(void)state;
	pki_certify(&id,
	    &(struct plan){
		.cn = "x", .dns = "mail.example", .must_staple = true},
	    &ca);
	chain[0] = id.crt;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char pin[1][TRUST_PIN_SIZE];
		struct fixture f;
		struct buf b;

		buf_init(&b, 4096);
		make_response(&b, &id, cases[i].by_another ? &server : &ca,
		    cases[i].revoked, cases[i].days);
		open_fixture(&f, NULL, 0);
		server_close(&f.server);
		server_open(&f.server, &id, chain, NULL, 0);
		gnutls_certificate_set_ocsp_status_request_function(
		    f.server.credentials, staple, &b);
		digest_of(&id, true, pin[0]);
		f.session.tls.pins = pin;
		f.session.tls.pin_count = 1;
		f.session.tls.verify = cases[i].verify;
		assert_int_equal(
		    begin(&f), cases[i].words ? TLS_FAILED : TLS_DONE);
		if (cases[i].words)
			assert_refused(
			    &f, Smtpx_CAUSE_CERTIFICATE, cases[i].words);
		close_fixture(&f);
		buf_release(&b);
	}
	gnutls_x509_crt_deinit(id.crt);
}

/* --- the PEM reader --- */

static struct bundle_name subject_of(
    gnutls_x509_crt_t crt, unsigned char *der, size_t room)
{
	struct bundle_name issuer, subject;

	assert_rc(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, der, &room));
	assert_true(bundle_names(der, room, &issuer, &subject));
	return subject;
}

static void read_pem(struct buf *pem)
{
	FILE *f = fopen(ca_path, "rb");

	buf_init(pem, 65536);
	assert_non_null(f);
	buf_commit(pem, fread(buf_reserve(pem, 65536), 1, 65536, f));
	fclose(f);
	assert_non_null(buf_cstr(pem));
}

static size_t count_found(
    const char *text, size_t n, const struct bundle_name *name, size_t *seen)
{
	struct bundle b = {text, n, 0, 0};
	const char *pem;
	size_t len, found = 0;

	while (bundle_next(&b, name, 1, &pem, &len)) {
		assert_true(pem >= text && pem + len <= text + n);
		found++;
	}
	*seen = b.count;
	return found;
}

/* What is cut off is not there, or counts as found: never a crash, never a
 * whole certificate less. */
static void bundle_cut_anywhere(void **state)
{
	unsigned char der[2][4096];
	struct bundle_name of_ca = subject_of(ca.crt, der[0], 4096);
	struct bundle_name of_server = subject_of(server.crt, der[1], 4096);
	struct buf pem;
	size_t seen;

	(void)state;
	read_pem(&pem);
	for (size_t n = 0; n <= pem.len; n++) {
		char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, buf_head(&pem), n);
		assert_in_range(count_found(copy, n, &of_ca, &seen), 0, 1);
		free(copy);
	}
	assert_int_equal(
	    count_found((char *)buf_head(&pem), pem.len, &of_ca, &seen), 1);
	assert_int_equal(
	    count_found((char *)buf_head(&pem), pem.len, &of_server, &seen), 0);
	assert_int_equal(seen, 1);
	buf_release(&pem);
}

static void bundle_layouts(void **state)
{
	unsigned char der[4096];
	struct bundle_name name = subject_of(ca.crt, der, sizeof der);
	static const char *const between[] = {"\n", "\r\n", "\n\n", " \n\t"};
	struct buf pem;
	size_t seen;

	(void)state;
	read_pem(&pem);
	for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
		for (size_t width = 1; width < 100; width += 7) {
			const char *s = (const char *)buf_head(&pem);
			struct buf b;
			size_t at = 0;

			buf_init(&b, 65536);
			buf_puts(&b, "-- comment - of --- hyphens\n");
			buf_puts(&b, "-----BEGIN X509 CRL-----\nQUJD\n"
				     "-----END X509 CRL-----\n");
			buf_puts(&b, "-----BEGIN CERTIFICATE-----");
			buf_puts(&b, between[i]);
			for (s += 27; *s != '-'; s++) {
				if (*s == '\n')
					continue;
				buf_putc(&b, (unsigned char)*s);
				if (++at % width == 0)
					buf_puts(&b, between[i]);
			}
			buf_puts(&b, "\n-----END CERTIFICATE-----\n");
			assert_int_equal(count_found((const char *)buf_head(&b),
					     b.len, &name, &seen),
			    1);
			assert_int_equal(seen, 1);
			name.n--; /* another name: not found */
			assert_int_equal(count_found((const char *)buf_head(&b),
					     b.len, &name, &seen),
			    0);
			name.n++;
			buf_release(&b);
		}
	}
	buf_release(&pem);
}

/* Doubt means found: GnuTLS will say what it is. */
static void bundle_doubts(void **state)
{
	static const char *const texts[] = {
	    "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
	    "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
	    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
	    "-----BEGIN X509 CERTIFICATE-----\nMIAwgA==\n-----END "
	    "X509 CERTIFICATE-----\n"};
	static const char *const others[] = {"", "-----", "-----BEGIN",
	    "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB",
	    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
	    "-----BEGIN TRUSTED CERTIFICATE-----\nMIIB\n-----END TRUSTED "
	    "CERTIFICATE-----\n"};
	struct bundle_name name = {(const unsigned char *)"x", 1};
	size_t seen;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(
		    count_found(texts[i], strlen(texts[i]), &name, &seen), 1);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(
		    count_found(others[i], strlen(others[i]), &name, &seen), 0);
		assert_int_equal(seen, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(nul_in_a_name),
	    cmocka_unit_test(reasons_for_names),
	    cmocka_unit_test(pins),
	    cmocka_unit_test(staples),
	    cmocka_unit_test(bundle_cut_anywhere),
	    cmocka_unit_test(bundle_layouts),
	    cmocka_unit_test(bundle_doubts),
	};

	return cmocka_run_group_tests(tests, make_identities, drop_identities);
}
