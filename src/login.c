/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * login.c - answers SASL's questions from the account.
 *
 * contract: login.h.  auth = 'auto' means AUTH when there is a user; a list
 * names the mechanisms in order, and is how a client certificate alone logs
 * in; 'off' sends without.  Never prompts.
 */
#include "login.h"

#include <string.h>
#include <sysexits.h>

#include "account.h"
#include "buf.h"
#include "diagnostics.h"

/* Names of mechanisms in one line: 20 octets each (RFC 4422 3.1). */
#define ORDER_MAX 1024

static bool is_word(const struct account_list *list, const char *word)
{
	return list->n == 1 && strcmp(list->item[0], word) == 0;
}

static bool wanted(const struct account *account)
{
	if (is_word(&account->auth, "off"))
		return false;
	if (is_word(&account->auth, "auto") || account->auth.n == 0)
		return account->user != NULL;
	return true;
}

/* The account's own password stays where it is: one copy less. */
static char *password_of(const struct login *login)
{
	return login->account->password.text != NULL
	           ? login->account->password.text
	           : login->password.text;
}

static bool fetch_password(struct login *login)
{
	enum secret_result result;

	if (password_of(login) != NULL)
		return true;
	/* Asked once: the next mechanism would hear the same. */
	if (login->status != EX_OK)
		return false;
	result = secret_get(login->account, &login->password, login->d);
	login->status = secret_exit_status(result);
	return result == SECRET_FOUND;
}

static int answer(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	struct login *login = arg;

	for (int i = 0; i < fields; i++) {
		if (request[i].flags & AUTH_USER) {
			if (login->account->user == NULL)
				return 0;
			result[i] = login->account->user;
		} else if (request[i].flags & AUTH_PASS) {
			if (!fetch_password(login))
				return 0;
			result[i] = password_of(login);
		} else {
			return 0;
		}
	}
	return 1;
}

/* The account's list as one line; NULL in the result means by strength. */
static bool set_order(struct login *login)
{
	const struct account_list *list = &login->account->auth;
	struct buf order;
	bool done;

	if (list->n == 0 || is_word(list, "auto"))
		return smtpx_auth_set_mechanisms(login->context, NULL);
	buf_init(&order, ORDER_MAX);
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			buf_putc(&order, ' ');
		buf_puts(&order, list->item[i]);
	}
	done = !order.failed &&
	       smtpx_auth_set_mechanisms(login->context, buf_cstr(&order));
	buf_release(&order);
	return done;
}

bool login_begin(struct login *login, smtp_session_t session,
    const struct account *account, struct diagnostics *d)
{
	login->account = account;
	login->d = d;
	if (!wanted(account))
		return true;
	login->context = auth_create_context();
	if (login->context == NULL)
		return false;
	if (!set_order(login)) {
		diagnostics_add(d,
		    "account '%s': auth names a mechanism that does not "
		    "exist here: use auto, or some of SCRAM-SHA-256-PLUS "
		    "SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN "
		    "EXTERNAL CRAM-MD5",
		    account->name);
		login->status = EX_CONFIG;
		return false;
	}
	if (account->tls_cert_file != NULL)
		auth_set_external_id(login->context,
		    account->authzid == NULL ? "" : account->authzid);
	return smtpx_auth_allow_clear(login->context, account->auth_clear) &&
	       smtpx_auth_set_authzid(login->context, account->authzid) &&
	       auth_set_interact_cb(login->context, answer, login) &&
	       smtpx_require_auth(session, 1) &&
	       smtp_auth_set_context(session, login->context);
}

void login_end(struct login *login)
{
	if (login->context != NULL)
		auth_destroy_context(login->context);
	login->context = NULL;
	secret_release(&login->password);
}

int login_status(const struct login *login)
{
	return login->status;
}

const char *login_advice(const struct login *login)
{
	const struct account *account = login->account;

	if (account == NULL || login->context == NULL)
		return "the server wants a login: set user and password-from";
	if (account->auth_clear)
		return "see the keys user, password-from and auth";
	return "see the keys user, password-from, auth and auth-clear";
}
