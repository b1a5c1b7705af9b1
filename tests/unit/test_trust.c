/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_trust.c - looking issuers up gives GnuTLS's verdict on the whole file
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Each case is a chain that a server shows and a file of authorities. It is
 * judged twice, with the whole file as GnuTLS reads it and with the issuers
 * that trust_add_issuers() picks, with the file in both directions: the same
 * status bits are demanded, and the expected verdict..
 */
#include "trust.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pki_fixture.h"

enum who {
	NONE,
	ROOT,         /* "Root", with a key of its own */
	ROOT_TWIN,    /* the same name, another key */
	ROOT_OLD,     /* "Root" and its key, expired */
	OTHER,        /* an authority nobody here uses */
	MIDDLE,       /* by ROOT */
	MIDDLE_CROSS, /* MIDDLE's name and key, by OTHER */
	MIDDLE_ROOT,  /* MIDDLE's name and key, by itself */
	MIDDLE_OLD,   /* MIDDLE's name and key, by ROOT, expired */
	NARROW,       /* by ROOT, may issue for .narrow.example alone */
	NO_CA,        /* by ROOT, not an authority */
	NO_IDS,       /* an authority without key identifiers */
	WEAK_ROOT,    /* RSA, 1024 bits */
	LEAF,         /* by MIDDLE */
	LEAF_ROOT,    /* by ROOT */
	LEAF_OLD,
	LEAF_NEW, /* not valid yet */
	LEAF_SELF,
	LEAF_SELF_OLD,
	LEAF_NARROW,
	LEAF_BEYOND, /* by NARROW, for another name */
	LEAF_NO_CA,  /* by NO_CA */
	LEAF_NO_IDS,
	LEAF_CLIENT, /* for clients alone */
	LEAF_ANY,    /* for no purpose in particular */
	LEAF_WEAK,   /* RSA, 1024 bits */
	LEAF_SHA1,
	LEAF_WEAK_ROOT,
	LEAF_STAPLE,
	WHO_COUNT
};

/* Who is issued by whom; the key is of, when not NONE, somebody else's. */
struct issue {
	struct plan plan;
	enum who issuer;
	enum who key_of;
};

#define CA(name) .plan = {.cn = (name), .ca = true}
#define MAIL .cn = "mail", .dns = "mail.example"

/* clang-format off */
static const struct issue issues[WHO_COUNT] = {
	[ROOT] = {CA("Root")},
	[ROOT_TWIN] = {CA("Root")},
	[ROOT_OLD] = {{.cn = "Root", .ca = true, .from_days = -9,
	    .to_days = -2}, NONE, ROOT},
	[OTHER] = {CA("Other")},
	[MIDDLE] = {CA("Middle"), .issuer = ROOT},
	[MIDDLE_CROSS] = {CA("Middle"), .issuer = OTHER, .key_of = MIDDLE},
	[MIDDLE_ROOT] = {CA("Middle"), .key_of = MIDDLE},
	[MIDDLE_OLD] = {{.cn = "Middle", .ca = true, .from_days = -9,
	    .to_days = -2}, ROOT, MIDDLE},
	[NARROW] = {{.cn = "Narrow", .ca = true,
	    .permitted = "narrow.example"}, ROOT, NONE},
	[NO_CA] = {{.cn = "No CA", .purpose = ""}, ROOT, NONE},
	[NO_IDS] = {{.cn = "No Ids", .ca = true, .plain_key_ids = true},
	    NONE, NONE},
	[WEAK_ROOT] = {{.cn = "Weak", .ca = true, .rsa_bits = 1024},
	    NONE, NONE},
	[LEAF] = {{MAIL}, MIDDLE, NONE},
	[LEAF_ROOT] = {{MAIL}, ROOT, NONE},
	[LEAF_OLD] = {{MAIL, .from_days = -9, .to_days = -2}, MIDDLE, NONE},
	[LEAF_NEW] = {{MAIL, .from_days = 2}, MIDDLE, NONE},
	[LEAF_SELF] = {{MAIL}, NONE, NONE},
	[LEAF_SELF_OLD] = {{MAIL, .from_days = -9, .to_days = -2}, NONE, NONE},
	[LEAF_NARROW] = {{.cn = "mail", .dns = "a.narrow.example"},
	    NARROW, NONE},
	[LEAF_BEYOND] = {{MAIL}, NARROW, NONE},
	[LEAF_NO_CA] = {{MAIL}, NO_CA, NONE},
	[LEAF_NO_IDS] = {{MAIL, .plain_key_ids = true}, NO_IDS, NONE},
	[LEAF_CLIENT] = {{MAIL, .purpose = GNUTLS_KP_TLS_WWW_CLIENT},
	    MIDDLE, NONE},
	[LEAF_ANY] = {{MAIL, .purpose = ""}, MIDDLE, NONE},
	[LEAF_WEAK] = {{MAIL, .rsa_bits = 1024}, MIDDLE, NONE},
	[LEAF_SHA1] = {{MAIL, .sha1 = true}, ROOT, NONE},
	[LEAF_WEAK_ROOT] = {{MAIL}, WEAK_ROOT, NONE},
	[LEAF_STAPLE] = {{MAIL, .must_staple = true}, MIDDLE, NONE},
};

/* What the server shows, what the file holds, a bit that must be among those
 * of the verdict (0: it is good), and what is said then. */
static const struct chain_case {
	enum who shown[PKI_CHAIN];
	enum who file[6];
	unsigned bit;
	long code;
	const char *words;
} chains[] = {
	{{LEAF_ROOT}, {OTHER, ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE}, {OTHER, ROOT, NARROW}, 0, 0, NULL},
	{{LEAF, MIDDLE, ROOT}, {ROOT}, 0, 0, NULL},
	{{LEAF, ROOT, MIDDLE}, {ROOT, OTHER}, 0, 0, NULL},
	{{LEAF, OTHER, MIDDLE}, {ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE, MIDDLE}, {ROOT}, 0, 0, NULL},
	/* GnuTLS takes the first that fits, and so do we. */
	{{LEAF, MIDDLE, MIDDLE_CROSS}, {OTHER}, GNUTLS_CERT_SIGNER_NOT_FOUND,
	    20, "is unknown"},
	{{LEAF, MIDDLE_CROSS, MIDDLE}, {ROOT}, GNUTLS_CERT_SIGNER_NOT_FOUND,
	    20, "is unknown"},
	{{LEAF, MIDDLE_CROSS}, {OTHER, ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE_CROSS, OTHER}, {MIDDLE_ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE}, {MIDDLE_ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE}, {MIDDLE}, 0, 0, NULL},
	{{LEAF}, {MIDDLE, OTHER}, 0, 0, NULL},
	{{LEAF}, {MIDDLE_CROSS, MIDDLE}, 0, 0, NULL},
	{{LEAF, MIDDLE}, {MIDDLE_OLD, ROOT}, 0, 0, NULL},
	{{LEAF, MIDDLE}, {MIDDLE_OLD}, GNUTLS_CERT_EXPIRED, 10,
	    "a certificate authority of the server's chain is no longer"},
	{{LEAF, MIDDLE_OLD}, {ROOT}, GNUTLS_CERT_EXPIRED, 10,
	    "a certificate of the server's chain expired on 2"},
	{{LEAF_ROOT}, {ROOT_TWIN, ROOT, ROOT_TWIN}, 0, 0, NULL},
	{{LEAF_ROOT}, {ROOT_OLD, ROOT}, 0, 0, NULL},
	{{LEAF_ROOT}, {ROOT_OLD}, GNUTLS_CERT_EXPIRED, 10,
	    "a certificate authority of the server's chain is no longer"},
	{{LEAF_ROOT}, {ROOT_TWIN}, GNUTLS_CERT_SIGNER_NOT_FOUND, 20,
	    "the issuer of the server's certificate is unknown"},
	{{LEAF_ROOT}, {OTHER}, GNUTLS_CERT_SIGNER_NOT_FOUND, 20,
	    "the issuer of the server's certificate is unknown"},
	{{LEAF}, {ROOT}, GNUTLS_CERT_SIGNER_NOT_FOUND, 20,
	    "the issuer of the server's certificate is unknown"},
	{{LEAF, MIDDLE, ROOT}, {OTHER}, GNUTLS_CERT_SIGNER_NOT_FOUND, 19,
	    "the issuer of the server's certificate is unknown"},
	{{LEAF_SELF}, {ROOT}, GNUTLS_CERT_SIGNER_NOT_FOUND, 18,
	    "the server's certificate is self-signed"},
	{{LEAF_SELF}, {LEAF_SELF, ROOT}, 0, 0, NULL},
	{{LEAF_SELF_OLD}, {LEAF_SELF_OLD}, GNUTLS_CERT_EXPIRED, 10,
	    "the server's certificate expired on 2"},
	{{LEAF}, {LEAF}, 0, 0, NULL},
	{{LEAF_OLD, MIDDLE}, {LEAF_OLD, ROOT}, GNUTLS_CERT_EXPIRED, 10,
	    "the server's certificate expired on 2"},
	{{LEAF_OLD, MIDDLE}, {ROOT}, GNUTLS_CERT_EXPIRED, 10,
	    "the server's certificate expired on 2"},
	{{LEAF_NEW, MIDDLE}, {ROOT}, GNUTLS_CERT_NOT_ACTIVATED, 9,
	    "the server's certificate is not valid before 2"},
	{{LEAF_NARROW, NARROW}, {ROOT}, 0, 0, NULL},
	{{LEAF_BEYOND, NARROW}, {ROOT},
	    GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, 47, "breaks a constraint"},
	{{LEAF_BEYOND, NARROW}, {NARROW}, GNUTLS_CERT_INVALID, 47,
	    "breaks a constraint"},
	{{LEAF_NO_CA, NO_CA}, {ROOT}, GNUTLS_CERT_SIGNER_NOT_CA, 24,
	    "may not issue any"},
	{{LEAF_NO_IDS}, {NO_IDS}, 0, 0, NULL},
	{{LEAF_CLIENT, MIDDLE}, {ROOT}, GNUTLS_CERT_PURPOSE_MISMATCH, 26,
	    "not meant for a server"},
	{{LEAF_ANY, MIDDLE}, {ROOT}, 0, 0, NULL},
	{{LEAF_WEAK, MIDDLE}, {ROOT}, GNUTLS_CERT_INSECURE_ALGORITHM, 3,
	    "weak key or signature"},
	{{LEAF_SHA1}, {ROOT}, GNUTLS_CERT_INSECURE_ALGORITHM, 3,
	    "weak key or signature"},
	{{LEAF_WEAK_ROOT}, {WEAK_ROOT}, GNUTLS_CERT_INSECURE_ALGORITHM, 3,
	    "weak key or signature"},
	{{LEAF_STAPLE, MIDDLE}, {ROOT}, GNUTLS_CERT_MISSING_OCSP_STATUS, 1,
	    "demands a revocation status"},
};
/* clang-format on */

static struct identity people[WHO_COUNT];
static char directory[] = "/tmp/test_trust.XXXXXX";
static char path[64];

static int make_people(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/ca.pem", directory);
	for (int i = 1; i < WHO_COUNT; i++) {
		const struct issue *is = &issues[i];
		const struct identity *issuer =
		    is->issuer ? &people[is->issuer] : NULL;

		if (!is->key_of) {
			people[i] = pki_make(&is->plan, issuer);
			continue;
		}
		people[i].key = people[is->key_of].key;
		pki_certify(&people[i], &is->plan, issuer);
	}
	return 0;
}

static int drop_people(void **state)
{
	(void)state;
	for (int i = 1; i < WHO_COUNT; i++) {
		if (issues[i].key_of)
			people[i].key = NULL;
		pki_free(&people[i]);
	}
	unlink(path);
	return rmdir(directory);
}

/* A client as plain as can be: what it trusts is the case's matter. */
struct client {
	struct server_side side;
	struct server_side *server;
};

static void open_client(struct client *c, struct server_side *server)
{
	struct server_side *s = &c->side;

	memset(c, 0, sizeof *c);
	c->server = server;
	buf_init(&s->in, PKI_WIRE);
	buf_init(&s->out, PKI_WIRE);
	assert_rc(gnutls_certificate_allocate_credentials(&s->credentials));
	assert_rc(gnutls_init(&s->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK));
	/* Weak signatures and keys must get as far as the verdict. */
	assert_rc(
	    gnutls_priority_set_direct(s->tls, "NORMAL:%PROFILE_MEDIUM", NULL));
	assert_rc(gnutls_credentials_set(
	    s->tls, GNUTLS_CRD_CERTIFICATE, s->credentials));
	gnutls_transport_set_ptr(s->tls, s);
	gnutls_transport_set_pull_function(s->tls, server_pull);
	gnutls_transport_set_push_function(s->tls, server_push);
	while (!s->up || !server->up) {
		server_shake(s);
		assert_true(
		    buf_append(&server->in, buf_head(&s->out), s->out.len));
		buf_clear(&s->out);
		server_shake(server);
		assert_true(buf_append(
		    &s->in, buf_head(&server->out), server->out.len));
		buf_clear(&server->out);
		if (s->rc < 0 || server->rc < 0)
			fail_msg("handshake: %s, %s", gnutls_strerror(s->rc),
			    gnutls_strerror(server->rc));
	}
}

/* The verdict with the file as it is, read by GnuTLS or looked up in. */
static unsigned verdict(
    struct server_side *server, bool look_up, struct trust_reason *reason)
{
	struct client c;
	unsigned status = 0, n = 0;
	const gnutls_datum_t *chain;

	open_client(&c, server);
	chain = gnutls_certificate_get_peers(c.side.tls, &n);
	assert_non_null(chain);
	if (look_up) {
		struct buf pem;
		FILE *f = fopen(path, "rb");

		buf_init(&pem, PKI_WIRE);
		assert_non_null(f);
		buf_commit(
		    &pem, fread(buf_reserve(&pem, PKI_WIRE), 1, PKI_WIRE, f));
		fclose(f);
		assert_true(
		    trust_add_issuers(c.side.credentials, &pem, chain, n) > 0);
		buf_release(&pem);
	} else {
		assert_rc(gnutls_certificate_set_x509_trust_file(
		    c.side.credentials, path, GNUTLS_X509_FMT_PEM));
	}
	assert_rc(trust_chain(c.side.tls, &status));
	trust_explain(chain, n, status, reason);
	server_close(&c.side);
	return status;
}

static void write_file(const enum who *file, size_t n, bool backwards)
{
	size_t count = 0;

	unlink(path);
	while (count < n && file[count])
		count++;
	for (size_t i = 0; i < count; i++)
		pki_write(path, people[file[backwards ? count - 1 - i : i]].crt,
		    NULL);
}

static unsigned judge(
    const struct chain_case *c, bool look_up, struct trust_reason *reason)
{
	gnutls_x509_crt_t chain[PKI_CHAIN] = {NULL};
	struct server_side server;
	unsigned status;

	for (size_t i = 0; i < PKI_CHAIN && c->shown[i]; i++)
		chain[i] = people[c->shown[i]].crt;
	server_open(
	    &server, &people[c->shown[0]], chain, NULL, GNUTLS_NO_TICKETS);
	status = verdict(&server, look_up, reason);
	server_close(&server);
	return status;
}

static void lookup_is_as_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
		const struct chain_case *c = &chains[i];

		for (int backwards = 0; backwards < 2; backwards++) {
			struct trust_reason reason;
			unsigned whole, looked_up;

			write_file(c->file, 6, backwards);
			whole = judge(c, false, &reason);
			looked_up = judge(c, true, &reason);
			if (looked_up != whole ||
			    (c->bit == 0) != (whole == 0) ||
			    (whole & c->bit) != c->bit)
				fail_msg("case %zu: %x, looked up %x", i, whole,
				    looked_up);
			if (!c->words)
				continue;
			if (!strstr(reason.what, c->words))
				fail_msg("case %zu: %s", i, reason.what);
			if (reason.code != c->code)
				fail_msg("case %zu: code %ld", i, reason.code);
		}
	}
}

/* The same among all authorities of this system, none of which is ours. */
static void among_the_systems(void **state)
{
	static const char system_file[] = "/etc/ssl/certs/ca-certificates.crt";
	static const struct chain_case unknown = {
	    {LEAF, MIDDLE, ROOT}, {NONE}, 0, 0, NULL};
	FILE *from = fopen(system_file, "rb");
	struct trust_reason reason;
	char chunk[4096];
	size_t n;
	FILE *to;

	(void)state;
	if (!from)
		skip();
	unlink(path);
	to = fopen(path, "wb");
	assert_non_null(to);
	while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
		assert_int_equal(fwrite(chunk, 1, n, to), n);
	fclose(from);
	fclose(to);
	assert_int_equal(
	    judge(&unknown, false, &reason), judge(&unknown, true, &reason));
	assert_int_equal(reason.code, 19);
	pki_write(path, people[ROOT].crt, NULL);
	assert_int_equal(judge(&unknown, false, &reason), 0);
	assert_int_equal(judge(&unknown, true, &reason), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lookup_is_as_strict),
	    cmocka_unit_test(among_the_systems),
	};

	return cmocka_run_group_tests(tests, make_people, drop_people);
}
