/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * secure_module.h - what the module with TLS, SASL and IDN offers.
 *
 * Loading GnuTLS and libgsasl costs more than a whole plain session, so the
 * command loads them when the first of these functions is called
 * (doc/decisions).  Members have the names and contracts of tls.h, sasl.h
 * and idn.h of libsmtp.
 */
#ifndef SECURE_MODULE_H
#define SECURE_MODULE_H

#include "idn.h"
#include "sasl.h"
#include "tls.h"
#include "versions.h"

struct secure_module {
	struct tls *(*tls_new)(struct smtp_session *, const char *);
	void (*tls_free)(struct tls *);
	enum tls_state (*tls_handshake)(
	    struct tls *, struct buf *, struct buf *);
	enum tls_state (*tls_open)(struct tls *, struct buf *, struct buf *);
	long (*tls_seal)(struct tls *, const void *, size_t, struct buf *);
	void (*tls_close)(struct tls *, struct buf *);
	bool (*tls_verified)(const struct tls *);
	const char *(*tls_version)(const struct tls *);
	const char *(*tls_cipher)(const struct tls *);

	struct auth_context *(*sasl_new)(void);
	void (*sasl_free)(struct auth_context *);
	const struct authenticator *(*sasl_authenticator)(
	    struct auth_context *);
	void (*sasl_connected)(
	    struct auth_context *, const struct sasl_connection *);
	void (*sasl_disconnected)(struct auth_context *);
	bool (*sasl_set_external_id)(struct auth_context *, const char *);
	bool (*sasl_set_interact)(
	    struct auth_context *, auth_interact_t, void *);
	bool (*sasl_set_order)(struct auth_context *, const char *);
	bool (*sasl_allow_clear)(struct auth_context *, bool);
	bool (*sasl_set_authzid)(struct auth_context *, const char *);

	char *(*idn_convert)(const char *, bool *);
	void (*versions_get)(struct library_versions *);
};

#endif
