/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * outcome.h - a verdict for each recipient becomes one exit status.
 *
 * One table turns verdict and cause into a sysexits value and the words for
 * stderr.  The worst of all
 * recipients counts.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "smtpx.h"

struct diagnostics;

/* What the reply that decided was about. */
enum reply_about { ABOUT_RECIPIENT, ABOUT_SENDER, ABOUT_CONTENT };

/* One recipient after the run; strings borrowed from the session. */
struct recipient_outcome {
	const char *mailbox;
	enum smtpx_verdict verdict;
	enum reply_about about;
	int code; /* reply that decided, 0: none */
	int enhanced[3];
	const char *text; /* the server's words, not cleaned; or NULL */
};

struct outcome {
	enum smtpx_cause cause; /* of the session */
	const char *error;      /* its sentence, "" when there is none */
	const struct recipient_outcome *recipient;
	size_t n;
	const char *sender;     /* of the envelope, "" for the null sender */
	const char *advice;     /* the key that would change it, or NULL */
	const char *message_id; /* for the log */
	unsigned long long elapsed_ms; /* likewise */
};

/* The exit status; a line in d for whatever the caller must know: each
 * refused recipient by name with the server's words, or one sentence where
 * all share a fate.  0: d stays empty. */
int outcome_judge(const struct outcome *outcome, struct diagnostics *d);

#endif
