/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_sasl.c - auth-client.h for programs that lead the exchange.
 *
 * Apart from api_auth.c because the command, which loads SASL late, uses
 * none of these: an archive's member that nobody needs is not linked.  None
 * of the auth_* functions sets smtp_errno(), as in libESMTP.
 */
#include "api.h"

#include "auth-client.h"
#include "sasl.h"

int auth_set_mechanism_flags(
    auth_context_t context, unsigned set, unsigned clear)
{
	return context != NULL && sasl_set_flags(context, set, clear);
}

int auth_set_mechanism_ssf(auth_context_t context, int min_ssf)
{
	return context != NULL && sasl_set_min_ssf(context, min_ssf);
}

int auth_client_enabled(auth_context_t context)
{
	return context != NULL && sasl_enabled(context);
}

int auth_set_mechanism(auth_context_t context, const char *name)
{
	return context != NULL && name != NULL && sasl_select(context, name);
}

const char *auth_mechanism_name(auth_context_t context)
{
	return context == NULL ? NULL : sasl_selected(context);
}

const char *auth_response(
    auth_context_t context, const char *challenge, int *len)
{
	if (context == NULL || len == NULL)
		return NULL;
	return sasl_respond(context, challenge, len);
}

/* No mechanism here negotiates a security layer: TLS is the only one. */
int auth_get_ssf(auth_context_t context)
{
	return context != NULL && sasl_selected(context) != NULL ? 0 : -1;
}

void auth_encode(
    char **dstbuf, int *dstlen, const char *srcbuf, int srclen, void *arg)
{
	(void)dstbuf;
	(void)dstlen;
	(void)srcbuf;
	(void)srclen;
	(void)arg;
}

void auth_decode(
    char **dstbuf, int *dstlen, const char *srcbuf, int srclen, void *arg)
{
	auth_encode(dstbuf, dstlen, srcbuf, srclen, arg);
}

int smtp_gsasl_set_context(smtp_session_t session, struct Gsasl *context)
{
	struct auth_context *made = NULL;

	if (!api_valid(session != NULL))
		return 0;
	if (context != NULL && (made = sasl_new_gsasl(context)) == NULL)
		return api_no_memory();
	sasl_free(session->gsasl_auth);
	session->gsasl_auth = made;
	return 1;
}
