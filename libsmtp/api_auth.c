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

int auth_set_external_id(auth_context_t context, const char *identity)
{
	return context != NULL && sasl_set_external_id(context, identity);
}

int auth_set_interact_cb(
    auth_context_t context, auth_interact_t interact, void *arg)
{
	return context != NULL && sasl_set_interact(context, interact, arg);
}

int smtp_auth_set_context(smtp_session_t session, struct auth_context *context)
{
	if (!api_valid(session != NULL))
		return 0;
	session->auth = context;
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
	return api_result(sasl_set_authzid(context, authzid), true);
}
