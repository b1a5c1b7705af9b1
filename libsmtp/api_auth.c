/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_auth.c - the SASL client interface of auth-client.h.
 *
 * Thin over sasl.h.  None of these functions sets smtp_errno(), as in
 * libESMTP, but for the three that belong to a session.
 */
#include "api.h"

#include "auth-client.h"
#include "sasl.h"

/* Nothing is loaded, so there is nothing to prepare or to unload. */
void auth_client_init(void)
{
}

void auth_client_exit(void)
{
}

auth_context_t auth_create_context(void)
{
	return sasl_new();
}

int auth_destroy_context(auth_context_t context)
{
	if (context == NULL)
		return 0;
	sasl_free(context);
	return 1;
}

int auth_set_mechanism_flags(auth_context_t context, unsigned set,
    unsigned clear)
{
	return context != NULL && sasl_set_flags(context, set, clear);
}

int auth_set_mechanism_ssf(auth_context_t context, int min_ssf)
{
	return context != NULL && sasl_set_min_ssf(context, min_ssf);
}

int auth_set_external_id(auth_context_t context, const char *identity)
{
	return context != NULL && sasl_set_external_id(context, identity);
}

int auth_set_interact_cb(auth_context_t context, auth_interact_t interact,
    void *arg)
{
	return context != NULL && sasl_set_interact(context, interact, arg);
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

const char *auth_response(auth_context_t context, const char *challenge,
    int *len)
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

void auth_encode(char **dstbuf, int *dstlen, const char *srcbuf, int srclen,
    void *arg)
{
	(void)dstbuf;
	(void)dstlen;
	(void)srcbuf;
	(void)srclen;
	(void)arg;
}

void auth_decode(char **dstbuf, int *dstlen, const char *srcbuf, int srclen,
    void *arg)
{
	auth_encode(dstbuf, dstlen, srcbuf, srclen, arg);
}

int smtp_auth_set_context(smtp_session_t session, struct auth_context *context)
{
	if (!api_valid(session != NULL))
		return 0;
	session->auth = context;
	return 1;
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

int smtpx_auth_set_mechanisms(struct auth_context *context, const char *list)
{
	if (!api_valid(context != NULL))
		return 0;
	return api_result(sasl_set_order(context, list), false);
}

int smtpx_auth_allow_clear(struct auth_context *context, int on)
{
	if (!api_valid(context != NULL))
		return 0;
	return api_result(sasl_allow_clear(context, on != 0), false);
}

int smtpx_auth_set_authzid(struct auth_context *context, const char *authzid)
{
	if (!api_valid(context != NULL))
		return 0;
	return api_result(sasl_set_authzid(context, authzid), false);
}
