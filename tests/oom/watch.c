/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - looks at every call that the driver of the API makes
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * contract: watch.h. The calls of a scenario come in the same order each time
 * as long as memory lasts, so the n-th of them is compared with the n-th of the
 * play that had enough. Behind a call that failed the scenario goes on as it
 * can, with what it was refused; only the first failure is judged.
 */
#include <errno.h>
#include <stdio.h>

#define WATCH_ITSELF
#include "auth-client.h"
#include "libesmtp.h"
#include "memory.h"
#include "watch.h"

enum { CALLS_MAX = 256 };

static struct {
	bool learning;
	bool judged;
	size_t calls;
	int outcome[CALLS_MAX]; /* of each, with all memory */
	char complaint[128];
} watch;

void watch_begin(bool learn)
{
	watch.learning = learn;
	watch.judged = false;
	watch.calls = 0;
	watch.complaint[0] = '\0';
}

const char *watch_complaint(void)
{
	return watch.complaint[0] == '\0' ? NULL : watch.complaint;
}

/* said: that there was no memory. outcome: what a caller could see. */
static void judge(const char *name, bool said, int outcome)
{
	size_t call = watch.calls++;

	if (call >= CALLS_MAX) {
		snprintf(watch.complaint, sizeof watch.complaint,
		    "more than %d calls", CALLS_MAX);
	} else if (watch.learning) {
		watch.outcome[call] = outcome;
	} else if (!watch.judged && memory_failures() > 0) {
		watch.judged = true;
		if (!said && outcome != watch.outcome[call])
			snprintf(watch.complaint, sizeof watch.complaint,
			    "call %zu, %s: %d instead of %d", call, name,
			    outcome, watch.outcome[call]);
	}
}

/* 1, or the error. */
static void judge_call(const char *name, bool done)
{
	judge(name, !done && smtp_errno() == -ENOMEM, done ? 1 : smtp_errno());
}

int watch_int(const char *name, int result)
{
	judge_call(name, result != 0);
	return result;
}

void *watch_handle(const char *name, void *result)
{
	judge_call(name, result != NULL);
	return result;
}

int watch_auth(const char *name, int result)
{
	judge(name, result == 0, result);
	return result;
}

void *watch_context(const char *name, void *result)
{
	judge(name, result == NULL, result != NULL);
	return result;
}

/* A message may have been sent before memory ran out, so that it can be 1 with
 * the error; but never 1 without, or another error. */
int watch_start(smtp_session_t session)
{
	int result = smtp_start_session(session);
	int error = smtp_errno();
	bool first = !watch.judged;

	judge("smtp_start_session", error == -ENOMEM, 1000 * result + error);
	if (watch.learning || !first || !watch.judged || session == NULL)
		return result;
	memory_fail(0, false);
	if (!smtp_start_session(session) && smtp_errno() == -ENOMEM)
		snprintf(watch.complaint, sizeof watch.complaint,
		    "there is memory again, and it does not help");
	return result;
}
