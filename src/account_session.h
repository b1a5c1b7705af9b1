/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * account_session.h - what an account says about the wire, into a session.
 *
 * Servers, time limits, trust and delivery; one place for every user of a
 * session.  The login has a file of its own (login.h).
 */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include <stdbool.h>

#include "smtpx.h"

struct account;

/* total_ms bounds the whole run where the account does not.  false:
 * smtp_errno() says why. */
bool account_configure(
    const struct account *account, smtp_session_t session, long total_ms);

#endif
