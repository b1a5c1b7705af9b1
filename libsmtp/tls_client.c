/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tls_client.c - what this side brings to the handshake
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Where the authorities come from, and the client certificate. Programs that
 * never called smtpx_tls_*() get libESMTP's files, under its rules for modes
 * and owners; a file that breaks them refuses TLS. A client certificate is
 * given only when one is configured, by a callback: GnuTLS's own choice finds
 * none for servers that ask for RSA-PSS alone. A key never leaves its buffer
 * unwiped. RFC 8446 4.4.2, XDG Base Directory Specification.
 */
#include "tls_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

enum {
	PATH_LEN_MAX = 4096,
	KEY_FILE_MAX = 1024 * 1024 /* certificate chain and key */
};

/* Gives the key's passphrase; the program's callback knows it. */
static int passphrase(void *arg, int attempt, const char *url SMTP_UNUSED,
    const char *label SMTP_UNUSED, unsigned flags SMTP_UNUSED, char *pin,
    size_t size)
{
	const struct tls_settings *tls = arg;
	int n;

	if (attempt > 0 || !tls->passphrase || size < 2)
		return -1;
	n = tls->passphrase(pin, (int)(size - 1), 0, tls->passphrase_arg);
	if (n <= 0 || (size_t)n >= size)
		return -1;
	pin[n] = '\0';
	return 0;
}

/* Whatever authorities the server names, and whatever kinds of signature:
 * GnuTLS picks one that the key can make. */
static int retrieve(gnutls_session_t session,
    const gnutls_datum_t *names SMTP_UNUSED, int name_count SMTP_UNUSED,
    const gnutls_pk_algorithm_t *kinds SMTP_UNUSED, int kind_count SMTP_UNUSED,
    gnutls_pcert_st **chain, unsigned *count, gnutls_privkey_t *key)
{
	struct tls *t = gnutls_session_get_ptr(session);

	*chain = t->certificates;
	*count = t->certificate_count;
	*key = t->key;
	return 0;
}

/* Whether the key is the certificate's. */
static bool belongs(gnutls_privkey_t key, gnutls_pubkey_t of_certificate)
{
	unsigned char ids[2][TRUST_PIN_SIZE];
	size_t n[2] = {sizeof ids[0], sizeof ids[1]};
	gnutls_pubkey_t of_key;
	bool same;

	if (gnutls_pubkey_init(&of_key) < 0)
		return false;
	same = gnutls_pubkey_import_privkey(of_key, key, 0, 0) >= 0 &&
	       gnutls_pubkey_get_key_id(
		   of_key, GNUTLS_KEYID_USE_SHA256, ids[0], &n[0]) >= 0 &&
	       gnutls_pubkey_get_key_id(of_certificate, GNUTLS_KEYID_USE_SHA256,
		   ids[1], &n[1]) >= 0 &&
	       n[0] == n[1] && memcmp(ids[0], ids[1], n[0]) == 0;
	gnutls_pubkey_deinit(of_key);
	return same;
}

static void drop_certificate(struct tls *t)
{
	while (t->certificate_count > 0)
		gnutls_pcert_deinit(&t->certificates[--t->certificate_count]);
	if (t->key)
		gnutls_privkey_deinit(t->key);
	t->key = NULL;
}

/* The certificates of a PEM text. False: there is none that can be used. */
static bool take_chain(struct tls *t, struct buf *pem, int *rc)
{
	gnutls_datum_t data = {
	    (unsigned char *)buf_cstr(pem), (unsigned)pem->len};
	unsigned n = CLIENT_CHAIN_MAX;

	*rc = data.data ? gnutls_pcert_list_import_x509_raw(t->certificates, &n,
			      &data, GNUTLS_X509_FMT_PEM,
			      GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED)
	                : GNUTLS_E_MEMORY_ERROR;
	if (*rc >= 0)
		t->certificate_count = n;
	return *rc >= 0 && n > 0;
}

/* The key of a PEM text, which must be the certificate's. */
static bool take_key(struct tls *t, struct buf *pem, int *rc)
{
	gnutls_datum_t data = {
	    (unsigned char *)buf_cstr(pem), (unsigned)pem->len};

	*rc = data.data ? gnutls_privkey_init(&t->key) : GNUTLS_E_MEMORY_ERROR;
	if (*rc < 0)
		return false;
	gnutls_privkey_set_pin_function(t->key, passphrase, &t->session->tls);
	*rc = gnutls_privkey_import_x509_raw(
	    t->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (*rc >= 0 && !belongs(t->key, t->certificates[0].pubkey))
		*rc = GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
	return *rc >= 0;
}

static bool unusable_file(struct tls *t, const char *path, int errno_value)
{
	if (errno_value == ENOMEM)
		return tls_no_memory(t);
	tls_fail(t,
	    errno_value == ENOENT
		? "a file of the client certificate does not exist"
		: "cannot read a file of the client certificate",
	    path);
	return false;
}

/* The certificate and key that smtpx_tls_set_client_certificate() named. */
static bool use_configured(struct tls *t)
{
	const struct tls_settings *tls = &t->session->tls;
	const char *key_file =
	    tls->key_file ? tls->key_file : tls->certificate_file;
	struct buf pem;
	int errno_value = 0;
	int rc;
	bool done;

	buf_init_secret(&pem, KEY_FILE_MAX);
	if (tls_file_read(tls->certificate_file, false, &pem, &errno_value) !=
	    TLS_FILE_READ) {
		buf_release(&pem);
		return unusable_file(t, tls->certificate_file, errno_value);
	}
	done = take_chain(t, &pem, &rc);
	if (done && tls->key_file) {
		buf_clear(&pem);
		if (tls_file_read(key_file, false, &pem, &errno_value) !=
		    TLS_FILE_READ) {
			buf_release(&pem);
			return unusable_file(t, key_file, errno_value);
		}
	}
	done = done && take_key(t, &pem, &rc);
	buf_release(&pem);
	if (!done)
		tls_fail_rc(t, "cannot use the client certificate", rc);
	return done;
}

/* "libesmtp/name" below $XDG_CONFIG_HOME, which libESMTP documents; else below
 * $XDG_CONFIG_DIR, which it reads; else below "$HOME/.config". False: none of
 * them helps, or too long. */
static bool user_path(char path[PATH_LEN_MAX], const char *name)
{
	static const struct {
		const char *variable, *middle;
	} places[] = {{"XDG_CONFIG_HOME", ""}, {"XDG_CONFIG_DIR", ""},
	    {"HOME", "/.config"}};
	const size_t count = sizeof places / sizeof places[0];

	for (size_t i = 0; i < count; i++) {
		const char *base = getenv(places[i].variable);
		int n;

		if (!base || *base != '/')
			continue;
		n = snprintf(path, PATH_LEN_MAX, "%s%s/libesmtp/%s", base,
		    places[i].middle, name);
		return n > 0 && n < PATH_LEN_MAX;
	}
	return false;
}

static bool refuse_file(
    struct tls *t, int event, const char *what, const char *path)
{
	struct smtp_session *s = t->session;

	if (s->event)
		s->event(s, event, s->event_arg, (void *)NULL);
	error_set(&s->error, Smtpx_CAUSE_TLS, SMTP_ERR_EXTENSION_NOT_AVAILABLE,
	    what, path);
	return false;
}

static bool accept_missing_key(struct tls *t, int rc)
{
	struct smtp_session *s = t->session;
	int accept = 0;

	drop_certificate(t);
	if (s->event)
		s->event(
		    s, SMTP_EV_NO_CLIENT_CERTIFICATE, s->event_arg, &accept);
	if (accept)
		return true;
	tls_fail_rc(t, "the client certificate has no usable key", rc);
	return false;
}

/* One of libESMTP's files, if it is there. False: it is not to be used. */
static bool use_user_file(struct tls *t, const char *path, bool *found)
{
	static const char unusable[] =
	    "the client certificate's file must be the user's alone";
	struct buf pem;
	int errno_value = 0;
	int rc = 0;
	bool done = true;

	buf_init_secret(&pem, KEY_FILE_MAX);
	switch (tls_file_read(path, true, &pem, &errno_value)) {
	case TLS_FILE_ABSENT:
		break;
	case TLS_FILE_UNSAFE:
	case TLS_FILE_FAILED:
		done = errno_value == ENOMEM
		           ? tls_no_memory(t)
		           : refuse_file(t, SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE,
				 unusable, path);
		break;
	case TLS_FILE_READ:
		*found = true;
		if (!take_chain(t, &pem, &rc))
			done = rc == GNUTLS_E_MEMORY_ERROR
			           ? tls_no_memory(t)
			           : refuse_file(t,
					 SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE,
					 "the client certificate's file holds "
					 "none",
					 path);
		else if (!take_key(t, &pem, &rc))
			done = accept_missing_key(t, rc);
		break;
	}
	buf_release(&pem);
	return done;
}

/* private/HOST.pem, else private/smtp-starttls.pem. */
static bool use_user_certificate(struct tls *t)
{
	char name[512];
	char path[PATH_LEN_MAX];
	bool found = false;
	int n = snprintf(name, sizeof name, "private/%s.pem",
	    t->name.text ? t->name.text : "");

	if (t->name.text && n > 0 && (size_t)n < sizeof name &&
	    user_path(path, name) && !use_user_file(t, path, &found))
		return false;
	if (!found && user_path(path, "private/smtp-starttls.pem"))
		return use_user_file(t, path, &found);
	return true;
}

static bool unusable_anchors(struct tls *t, const char *path)
{
	return refuse_file(t, SMTP_EV_UNUSABLE_CA_LIST,
	    "the certificate authorities must be the user's alone", path);
}

static bool keep_anchors(
    struct tls *t, enum tls_anchors anchors, const char *path)
{
	t->anchors_path = strdup(path);
	if (!t->anchors_path)
		return tls_no_memory(t);
	t->anchors = anchors;
	return true;
}

/* ca.pem, else the folder ca, else the system's. */
static bool use_user_anchors(struct tls *t)
{
	char path[PATH_LEN_MAX];
	struct stat st;
	struct buf pem;
	int errno_value = 0;
	enum tls_file state;

	if (!user_path(path, "ca.pem"))
		return true;
	buf_init(&pem, 8 * KEY_FILE_MAX);
	state = tls_file_read(path, true, &pem, &errno_value);
	buf_release(&pem);
	if (state == TLS_FILE_READ)
		return keep_anchors(t, TLS_ANCHORS_FILE, path);
	if (state == TLS_FILE_FAILED && errno_value == ENOMEM)
		return tls_no_memory(t);
	if (state != TLS_FILE_ABSENT)
		return unusable_anchors(t, path);
	if (!user_path(path, "ca") || stat(path, &st) < 0)
		return true;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return unusable_anchors(t, path);
	return keep_anchors(t, TLS_ANCHORS_FOLDER, path);
}

bool tls_client_prepare(struct tls *t)
{
	const struct tls_settings *tls = &t->session->tls;
	bool done;
	int rc;

	if (tls->credentials || tls->automatic) {
		t->anchors = TLS_ANCHORS_PROGRAM;
		return true;
	}
	rc = gnutls_certificate_allocate_credentials(&t->own);
	if (rc < 0) {
		tls_fail_rc(t, "cannot prepare TLS", rc);
		return false;
	}
	if (!tls->explicit_trust)
		done = use_user_anchors(t) && use_user_certificate(t);
	else
		done = (!tls->ca_file ||
			   keep_anchors(t, TLS_ANCHORS_FILE, tls->ca_file)) &&
		       (!tls->certificate_file || use_configured(t));
	if (t->certificate_count > 0)
		gnutls_certificate_set_retrieve_function2(t->own, retrieve);
	return done;
}

void tls_client_release(struct tls *t)
{
	drop_certificate(t);
	free(t->anchors_path);
	if (t->own)
		gnutls_certificate_free_credentials(t->own);
}
