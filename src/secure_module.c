/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * secure_module.c - the one symbol of the module.
 *
 * Linked with the library's L2 and what it stands on into secure.so.  Holds
 * no code: every member is the library's own function.
 */
#include "secure_module.h"

extern const struct secure_module posthaste_secure;

/* clang-format off */
const struct secure_module posthaste_secure = {
	.tls_new              = tls_new,
	.tls_free             = tls_free,
	.tls_handshake        = tls_handshake,
	.tls_open             = tls_open,
	.tls_seal             = tls_seal,
	.tls_close            = tls_close,
	.tls_verified         = tls_verified,
	.tls_version          = tls_version,
	.tls_cipher           = tls_cipher,
	.sasl_new             = sasl_new,
	.sasl_free            = sasl_free,
	.sasl_authenticator   = sasl_authenticator,
	.sasl_connected       = sasl_connected,
	.sasl_disconnected    = sasl_disconnected,
	.sasl_set_external_id = sasl_set_external_id,
	.sasl_set_interact    = sasl_set_interact,
	.sasl_set_order       = sasl_set_order,
	.sasl_allow_clear     = sasl_allow_clear,
	.sasl_set_authzid     = sasl_set_authzid,
	.idn_convert          = idn_convert,
	.versions_get         = versions_get,
};
/* clang-format on */
