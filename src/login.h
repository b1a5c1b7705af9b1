/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * login.h - an account's login for one session.
 *
 * Builds the authentication context from the account, and answers when SASL
 * asks for user and password: only then is the secret fetched.  It is wiped
 * when the login ends. .
 */
#ifndef LOGIN_H
#define LOGIN_H

#include <stdbool.h>

#include "auth-client.h"
#include "secret.h"
#include "smtpx.h"

struct account;
struct diagnostics;

struct login {
	const struct account *account;
	struct diagnostics *d;
	auth_context_t context;
	struct secret password;
	int status; /* EX_OK, or why there is no password */
};

/* false: no memory, or a mechanism that is not known (d says which). */
bool login_begin(struct login *login, smtp_session_t session,
    const struct account *account, struct diagnostics *d);
/* After the session was destroyed. */
void login_end(struct login *login);

/* EX_OK, or the status of a secret that could not be had: it explains more
 * than the refusal that follows from it. */
int login_status(const struct login *login);
/* The key that would change a refused login, or NULL. */
const char *login_advice(const struct login *login);

#endif
