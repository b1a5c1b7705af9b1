/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * makecerts.c - makes the certificates that the tests need
 *
 * usage: makecerts DIRECTORY.  Writes NAME.pem and NAME.key for every row of
 * the table below, ca.pem, and crl.pem.  Server files hold the chain without
 * its root.  Keys are P-256 unless the row says RSA, so that a whole set takes
 * a fraction of a second.  Nothing here is fit for any other use.
 * RFC 5280, RFC 7633 (must-staple), RFC 9525. */

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	DAY = 86400,
	IDENTITIES = 32,
	PEM_ROOM = 16384,
	STATUS_REQUEST = 5,
	KEY_ID_LEN = 20
};

/* Where a certificate's dates lie, in days from now. */
enum dates { VALID, EXPIRED, FUTURE };
enum purpose { FOR_SERVER, FOR_CLIENT, FOR_CODE };

struct plan {
	const char *name;
	const char *issuer; /* NULL: itself */
	const char *cn;
	const char *san; /* "DNS:x IP:y", or NULL */
	enum purpose purpose;
	enum dates dates;
	unsigned rsa_bits; /* 0: P-256 */
	bool ca;
	bool sha1;
	bool staple;
	bool revoked;
};

#define BOTH "DNS:localhost DNS:mail.example IP:127.0.0.1 IP:::1"

/* Issuers stand before what they issue. */
/* clang-format off */
static const struct plan plans[] = {
	{ .name = "ca", .cn = "Test Root", .ca = true },
	{ .name = "otherca", .cn = "Other Root", .ca = true },
	{ .name = "intermediate", .cn = "Test Intermediate", .ca = true,
	  .issuer = "ca" },
	{ .name = "server", .issuer = "ca", .cn = "mail.example", .san = BOTH },
	{ .name = "chain", .issuer = "intermediate", .cn = "mail.example",
	  .san = BOTH },
	{ .name = "expired", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .dates = EXPIRED },
	{ .name = "future", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .dates = FUTURE },
	{ .name = "wrongname", .issuer = "ca", .cn = "other.example",
	  .san = "DNS:other.example DNS:localhost.other.example" },
	{ .name = "cnonly", .issuer = "ca", .cn = "localhost" },
	{ .name = "selfsigned", .cn = "mail.example", .san = BOTH },
	{ .name = "wrongeku", .issuer = "ca", .cn = "mail.example",
	  .san = BOTH, .purpose = FOR_CODE },
	{ .name = "iponly", .issuer = "ca", .cn = "address",
	  .san = "IP:127.0.0.1 IP:::1" },
	{ .name = "iptext", .issuer = "ca", .cn = "127.0.0.1",
	  .san = "DNS:127.0.0.1" },
	{ .name = "wildcard", .issuer = "ca", .cn = "wild",
	  .san = "DNS:*.example.net DNS:*.localhost" },
	{ .name = "unknownca", .issuer = "otherca", .cn = "mail.example",
	  .san = BOTH },
	{ .name = "idn", .issuer = "ca", .cn = "idn",
	  .san = "DNS:xn--bcher-kva.example" },
	{ .name = "nulname", .issuer = "ca", .cn = "nul",
	  .san = "DNS:localhost\\0.evil.example" },
	{ .name = "rsa", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .rsa_bits = 2048 },
	{ .name = "rsa1024", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .rsa_bits = 1024 },
	{ .name = "sha1", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .sha1 = true },
	{ .name = "muststaple", .issuer = "ca", .cn = "mail.example",
	  .san = BOTH, .staple = true },
	{ .name = "revoked", .issuer = "ca", .cn = "mail.example", .san = BOTH,
	  .revoked = true },
	{ .name = "client", .issuer = "ca", .cn = "user",
	  .san = "RFC822:user@mail.example", .purpose = FOR_CLIENT },
	{ .name = "otherclient", .issuer = "otherca", .cn = "user",
	  .san = "RFC822:user@mail.example", .purpose = FOR_CLIENT },
};
/* clang-format on */

enum { PLANS = sizeof plans / sizeof plans[0] };

struct identity {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
};

static struct identity identities[IDENTITIES];
static const char *directory;

static void must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "makecerts: %s: %s\n", what, gnutls_strerror(rc));
	exit(70);
}

static const struct identity *find(const char *name)
{
	for (size_t i = 0; i < PLANS; i++)
		if (strcmp(plans[i].name, name) == 0)
			return &identities[i];
	return NULL;
}

static void write_file(const char *name, const char *suffix, const char *text)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%s", directory, name, suffix);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		perror(path);
		exit(73);
	}
	if (strcmp(suffix, "key") == 0)
		chmod(path, 0600);
}

/* GnuTLS ends a name at its first NUL, so the one name that has a NUL, "\0" in
 * the table, is written in DER: SEQUENCE { [2] name }. */
static void add_nul_name(gnutls_x509_crt_t crt, const char *text, size_t n)
{
	unsigned char der[64] = {0x30, 0, 0x82, 0};
	size_t len = 4;

	for (size_t i = 0; i < n && len < sizeof der; i++) {
		der[len] = (unsigned char)text[i];
		if (text[i] == '\\') {
			der[len] = 0;
			i++;
		}
		len++;
	}
	der[1] = (unsigned char)(len - 2);
	der[3] = (unsigned char)(len - 4);
	must(
	    gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", der, len, 0),
	    "DNS name");
}

static void add_dns(gnutls_x509_crt_t crt, const char *text, size_t n)
{
	if (memchr(text, '\\', n))
		add_nul_name(crt, text, n);
	else
		must(gnutls_x509_crt_set_subject_alt_name(crt,
			 GNUTLS_SAN_DNSNAME, text, (unsigned)n,
			 GNUTLS_FSAN_APPEND),
		    "DNS name");
}

static void add_ip(gnutls_x509_crt_t crt, const char *text, size_t n)
{
	char name[64];
	unsigned char address[16];
	unsigned len = 4;

	snprintf(name, sizeof name, "%.*s", (int)n, text);
	if (inet_pton(AF_INET, name, address) != 1) {
		len = 16;
		must(inet_pton(AF_INET6, name, address) - 1, name);
	}
	must(gnutls_x509_crt_set_subject_alt_name(
		 crt, GNUTLS_SAN_IPADDRESS, address, len, GNUTLS_FSAN_APPEND),
	    "IP address");
}

static void add_names(gnutls_x509_crt_t crt, const char *san)
{
	while (san && *san) {
		size_t n = strcspn(san, " ");

		if (strncmp(san, "DNS:", 4) == 0)
			add_dns(crt, san + 4, n - 4);
		else if (strncmp(san, "IP:", 3) == 0)
			add_ip(crt, san + 3, n - 3);
		else
			must(gnutls_x509_crt_set_subject_alt_name(crt,
				 GNUTLS_SAN_RFC822NAME, san + 7,
				 (unsigned)(n - 7), GNUTLS_FSAN_APPEND),
			    "mailbox");
		san += n;
		san += strspn(san, " ");
	}
}

static void set_dates(gnutls_x509_crt_t crt, enum dates dates)
{
	static const int from[] = {-2, -20, 10};
	static const int to[] = {30, -10, 30};
	time_t now = time(NULL);

	must(gnutls_x509_crt_set_activation_time(crt, now + from[dates] * DAY),
	    "date");
	must(gnutls_x509_crt_set_expiration_time(crt, now + to[dates] * DAY),
	    "date");
}

static void set_usage(gnutls_x509_crt_t crt, const struct plan *p)
{
	static const char *const oids[] = {GNUTLS_KP_TLS_WWW_SERVER,
	    GNUTLS_KP_TLS_WWW_CLIENT, GNUTLS_KP_CODE_SIGNING};
	unsigned usage = GNUTLS_KEY_DIGITAL_SIGNATURE;

	must(gnutls_x509_crt_set_basic_constraints(crt, p->ca, -1), p->name);
	if (p->ca)
		usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
	else if (p->rsa_bits > 0)
		usage |= GNUTLS_KEY_KEY_ENCIPHERMENT;
	must(gnutls_x509_crt_set_key_usage(crt, usage), p->name);
	if (!p->ca)
		must(gnutls_x509_crt_set_key_purpose_oid(
			 crt, oids[p->purpose], 0),
		    p->name);
}

static void require_staple(gnutls_x509_crt_t crt)
{
	gnutls_x509_tlsfeatures_t features;

	must(gnutls_x509_tlsfeatures_init(&features), "features");
	must(gnutls_x509_tlsfeatures_add(features, STATUS_REQUEST), "features");
	must(gnutls_x509_crt_set_tlsfeatures(crt, features), "features");
	gnutls_x509_tlsfeatures_deinit(features);
}

static void set_serial_and_ids(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	unsigned char serial[12];
	unsigned char id[KEY_ID_LEN];
	size_t n = sizeof id;

	must(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial), "random");
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	must(gnutls_x509_crt_set_serial(crt, serial, sizeof serial), "serial");
	must(gnutls_x509_crt_get_key_id(crt, 0, id, &n), "key id");
	must(gnutls_x509_crt_set_subject_key_id(crt, id, n), "key id");
	n = sizeof id;
	must(gnutls_x509_crt_get_key_id(issuer, 0, id, &n), "key id");
	must(gnutls_x509_crt_set_authority_key_id(crt, id, n), "key id");
}

static void make_key(struct identity *id, const struct plan *p)
{
	bool rsa = p->rsa_bits > 0;

	must(gnutls_x509_privkey_init(&id->key), p->name);
	must(gnutls_x509_privkey_generate(id->key,
		 rsa ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
		 rsa ? p->rsa_bits
		     : GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		 0),
	    p->name);
}

static void make(struct identity *id, const struct plan *p)
{
	const struct identity *issuer = p->issuer ? find(p->issuer) : id;

	make_key(id, p);
	must(gnutls_x509_crt_init(&id->crt), p->name);
	must(gnutls_x509_crt_set_version(id->crt, 3), p->name);
	must(gnutls_x509_crt_set_dn_by_oid(id->crt, GNUTLS_OID_X520_COMMON_NAME,
		 0, p->cn, (unsigned)strlen(p->cn)),
	    p->name);
	must(gnutls_x509_crt_set_key(id->crt, id->key), p->name);
	set_dates(id->crt, p->dates);
	set_usage(id->crt, p);
	set_serial_and_ids(id->crt, issuer->crt);
	add_names(id->crt, p->san);
	if (p->staple)
		require_staple(id->crt);
	must(gnutls_x509_crt_sign2(id->crt, issuer->crt, issuer->key,
		 p->sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0),
	    p->name);
}

static void add_pem(gnutls_x509_crt_t crt, char *text)
{
	size_t used = strlen(text);
	size_t n = PEM_ROOM - used;

	must(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, text + used, &n),
	    "export");
}

static void write_identity(const struct plan *p, const struct identity *id)
{
	static char text[PEM_ROOM];
	size_t n = sizeof text - 1;

	memset(text, 0, sizeof text);
	must(gnutls_x509_privkey_export(id->key, GNUTLS_X509_FMT_PEM, text, &n),
	    p->name);
	write_file(p->name, "key", text);
	memset(text, 0, sizeof text);
	add_pem(id->crt, text);
	if (p->issuer && strcmp(p->issuer, "intermediate") == 0)
		add_pem(find(p->issuer)->crt, text);
	write_file(p->name, "pem", text);
}

static void write_crl(void)
{
	const struct identity *ca = find("ca");
	static char text[PEM_ROOM];
	size_t n = sizeof text - 1;
	time_t now = time(NULL);
	gnutls_x509_crl_t crl;

	must(gnutls_x509_crl_init(&crl), "crl");
	must(gnutls_x509_crl_set_version(crl, 2), "crl");
	must(gnutls_x509_crl_set_this_update(crl, now - DAY), "crl");
	must(gnutls_x509_crl_set_next_update(crl, now + 30 * DAY), "crl");
	must(gnutls_x509_crl_set_number(crl, "\001", 1), "crl");
	for (size_t i = 0; i < PLANS; i++)
		if (plans[i].revoked)
			must(gnutls_x509_crl_set_crt(
				 crl, identities[i].crt, now - DAY),
			    "crl");
	must(gnutls_x509_crl_sign2(crl, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0),
	    "crl");
	must(gnutls_x509_crl_export(crl, GNUTLS_X509_FMT_PEM, text, &n), "crl");
	write_file("crl", "pem", text);
	gnutls_x509_crl_deinit(crl);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: makecerts DIRECTORY\n", stderr);
		return 64;
	}
	directory = argv[1];
	mkdir(directory, 0777);
	for (size_t i = 0; i < PLANS; i++) {
		make(&identities[i], &plans[i]);
		write_identity(&plans[i], &identities[i]);
	}
	write_crl();
	for (size_t i = 0; i < PLANS; i++) {
		gnutls_x509_crt_deinit(identities[i].crt);
		gnutls_x509_privkey_deinit(identities[i].key);
	}
	return 0;
}
