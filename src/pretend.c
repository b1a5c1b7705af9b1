/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * pretend.c - shows what would be sent.
 *
 * contract: pretend.h.  Nothing here connects or fetches a secret.
 */
#include "pretend.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "account.h"
#include "buf.h"
#include "compose.h"
#include "diagnostics.h"
#include "envelope.h"
#include "message.h"
#include "options.h"
#include "submit.h"
#include "text.h"

/* One address or header line, made harmless. */
#define LINE_ROOM 8192

static void show(const char *label, const char *text, size_t n)
{
	struct buf clean;

	buf_init(&clean, LINE_ROOM);
	if (text_clean(&clean, text, n))
		printf("%s%s\n", label, buf_cstr(&clean));
	buf_release(&clean);
}

/* What aliases have made of it, when they did. */
static void show_alias(const struct envelope_recipient *recipient)
{
	struct buf line;
	const char *text;

	if (recipient->original == NULL)
		return;
	buf_init(&line, LINE_ROOM);
	buf_puts(&line, recipient->original);
	buf_puts(&line, ": ");
	buf_puts(&line, recipient->mailbox);
	text = buf_cstr(&line);
	if (text != NULL)
		show("alias: ", text, line.len);
	buf_release(&line);
}

static void show_envelope(const struct submission *submission)
{
	const struct account *account = submission->account;
	const struct envelope *envelope = submission->envelope;

	printf("account: %s (%s)\n", account->name, account->why);
	for (size_t i = 0; i < account->n_attempts; i++)
		show("server: ", account->attempt[i].hostport,
		    strlen(account->attempt[i].hostport));
	if (envelope->sender[0] == '\0')
		puts("from: <>");
	else
		show("from: ", envelope->sender, strlen(envelope->sender));
	for (size_t i = 0; i < envelope->n; i++)
		show_alias(&envelope->recipient[i]);
	for (size_t i = 0; i < envelope->n; i++)
		show("to: ", envelope->recipient[i].mailbox,
		    strlen(envelope->recipient[i].mailbox));
}

int pretend_envelope(const struct submission *submission)
{
	show_envelope(submission);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static void show_header(const struct composed *composed)
{
	size_t n;
	const char *at = composed_header(composed, &n);
	const char *end = at + n;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf == NULL ? end : lf;

		show("header: ", at, (size_t)(stop - at));
		at = lf == NULL ? end : lf + 1;
	}
}

int pretend(const struct submission *submission, struct diagnostics *d)
{
	const struct compose_settings settings = {
	    .options = submission->options,
	    .account = submission->account,
	    .envelope = submission->envelope,
	};
	struct composed *composed = NULL;

	switch (composed_new(&composed, submission->message, &settings, d)) {
	case COMPOSED:
		break;
	case COMPOSE_REFUSED:
		composed_free(composed);
		return EX_DATAERR;
	case COMPOSE_TOO_LARGE:
		composed_free(composed);
		return EX_UNAVAILABLE;
	case COMPOSE_IO_ERROR:
		return EX_IOERR;
	case COMPOSE_NO_MEMORY:
		diagnostics_add(d, "out of memory");
		return EX_OSERR;
	}
	show_envelope(submission);
	printf("size: %llu\n", composed_size(composed));
	if (submission->options->verbose > 0)
		show_header(composed);
	composed_free(composed);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
