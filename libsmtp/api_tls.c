/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_tls.c - credentials for STARTTLS that a program sees or brings.
 *
 * contract: libesmtp.h.  The automatic credentials belong to the session; a
 * program may change them, and its changes hold for every later run, until
 * it sets its own.
 */
#include "api.h"

#include "tls.h"

int smtp_starttls_set_ctx(smtp_session_t session,
    struct gnutls_certificate_credentials_st *credentials)
{
	if (!api_valid(session != NULL))
		return 0;
	session->tls.credentials = credentials;
	return 1;
}

struct gnutls_certificate_credentials_st *smtp_starttls_get_ctx(
    smtp_session_t session)
{
	struct error before;
	bool made;

	if (!api_valid(session != NULL))
		return NULL;
	if (session->tls.credentials != NULL)
		return session->tls.credentials;
	/* The last run's error is not this call's. */
	before = session->error;
	error_clear(&session->error);
	api_key_password(&session->tls);
	made = tls_make_automatic(session);
	if (!made)
		api_set_errno(session->error.code);
	session->error = before;
	return made ? session->tls.automatic : NULL;
}
