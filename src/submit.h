/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit.h - one composed message to one account's servers.
 *
 * Fills a session by the public API, runs it, and judges it.  The password
 * is fetched when SASL asks for it, not before.  When the server turns out
 * to lack 8BITMIME, the message is composed anew for it and sent again.
 */
#ifndef SUBMIT_H
#define SUBMIT_H

struct account;
struct diagnostics;
struct envelope;
struct message;
struct options;

struct submission {
	const struct options *options;
	const struct account *account;
	const struct envelope *envelope;
	const struct message *message;
};

/* The exit status; lines for stderr in d.  Writes the dialogue to stderr
 * when options ask for it, and one line to the log. */
int submit(const struct submission *submission, struct diagnostics *d);

/* Async-signal-safe: stops a submission before its content is accepted. */
void submit_cancel(void);

#endif
