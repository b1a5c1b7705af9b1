/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit_log.h - the log line of one submission.
 *
 * Server, TLS, mechanism, sender, recipients, size, reply, queue id, time
 * and exit status; one line, whatever happened.
 */
#ifndef SUBMIT_LOG_H
#define SUBMIT_LOG_H

#include "smtpx.h"

struct account;
struct outcome;
struct submission;

void submit_log(const struct submission *submission, smtp_session_t session,
    smtp_message_t message, const struct outcome *outcome, int status);

/* What is to be said each time this account is used; NULL: nothing. */
const char *submit_warning(const struct account *account);

#endif
