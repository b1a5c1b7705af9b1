/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit_run.h - the parts of a submission, for those who lead one.
 *
 * submit.c takes them all in one go, relay.c one by one, as the client of -bs
 * speaks.  The caller fills in submission and d, and the message; what the
 * submission names must outlive the run.
 */
#ifndef SUBMIT_RUN_H
#define SUBMIT_RUN_H

#include <stdbool.h>
#include <time.h>

#include "login.h"
#include "smtpx.h"
#include "submit.h"

struct composed;

struct submit_run {
	const struct submission *submission;
	struct diagnostics *d;
	struct composed *composed; /* NULL: not yet */
	smtp_session_t session;
	smtp_message_t message;
	smtp_recipient_t *recipient; /* envelope->n of them */
	struct login login;
	struct timespec started;
	bool wants_seven_bit; /* the server takes no 8-bit content */
};

/* False of all of them: submit_run_cannot() says why. */

/* The session: servers, trust, login. */
bool submit_run_open(struct submit_run *run);
/* Of the message: sender, and what does not depend on its content. */
bool submit_run_wishes(struct submit_run *run);
/* Of the message: its content, and what follows from that. */
bool submit_run_content(struct submit_run *run);

/* The exit status. */
int submit_run_cannot(struct submit_run *run);

/* The submission's message as it will be sent; the exit status, with a line in
 * d.  run->composed is to be freed whatever it is. */
int submit_run_compose(struct submit_run *run, bool seven_bit);

/* Milliseconds for all of it, where the account does not say. */
long submit_run_timeout(const struct submit_run *run);
/* NOTIFY where nobody asked for another one. */
enum notify_flags submit_run_notify(const struct submit_run *run);

/* smtp_start_session(), which a signal may end. */
void submit_run_start(struct submit_run *run);
/* smtpx_probe(), likewise. */
bool submit_run_probe(struct submit_run *run);
/* The exit status; lines in run->d, and one in the log. */
int submit_run_judge(struct submit_run *run);
/* The key of the configuration that bears on what went wrong, or NULL. */
const char *submit_run_advice(const struct submit_run *run);
void submit_run_release(struct submit_run *run);

/* Tells who believes every server so, with -v. */
void submit_warn_of_trust(const struct submission *submission);

#endif
