/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * submit_log.c - writes the log line of one submission.
 *
 * contract: submit_log.h.  Recipients are listed up to a limit and counted
 * beyond it; the queue id is what servers put behind "queued as" or "id=".
 */
#include "submit_log.h"

#include <stdio.h>
#include <string.h>

#include "account.h"
#include "envelope.h"
#include "log.h"
#include "options.h"
#include "outcome.h"
#include "submit.h"

/* Addresses named in the line; the others are counted. */
#define NAMED_MAX 10
/* What a queue id may look like, and its longest. */
#define ID_MAX 64

static void log_recipients(struct log_line *line, const struct outcome *o)
{
	size_t delivered = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (i < NAMED_MAX)
			log_text(line, "to", o->recipient[i].mailbox);
		delivered += o->recipient[i].verdict == Smtpx_DELIVERED;
	}
	log_number(line, "recipients", o->n);
	log_number(line, "delivered", delivered);
}

/* The id in the words of the last reply, empty when none is recognised. */
static void find_queue_id(const char *text, char id[ID_MAX + 1])
{
	/* clang-format off */
	static const char *const marks[] = {
		"queued as ", "Queued as ", "id=", "queued ",
	};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.@";
	/* clang-format on */

	id[0] = '\0';
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		const char *at = strstr(text, marks[i]);
		size_t n;

		if (at == NULL)
			continue;
		at += strlen(marks[i]);
		n = strspn(at, letters);
		if (n == 0 || n > ID_MAX)
			continue;
		memcpy(id, at, n);
		id[n] = '\0';
		return;
	}
}

static void log_reply(
    struct log_line *line, smtp_message_t message, smtp_session_t session)
{
	const smtp_status_t *reply = smtp_message_transfer_status(message);
	char text[600];
	char id[ID_MAX + 1];

	if (reply->code == 0)
		reply = smtpx_last_reply(session);
	if (reply->code == 0)
		return;
	if (reply->enh_class != 0)
		snprintf(text, sizeof text, "%d %d.%d.%d %s", reply->code,
		    reply->enh_class, reply->enh_subject, reply->enh_detail,
		    reply->text == NULL ? "" : reply->text);
	else
		snprintf(text, sizeof text, "%d %s", reply->code,
		    reply->text == NULL ? "" : reply->text);
	log_text(line, "reply", text);
	find_queue_id(reply->text == NULL ? "" : reply->text, id);
	if (id[0] != '\0')
		log_text(line, "queue-id", id);
}

const char *submit_warning(const struct account *account)
{
	bool tls = false;

	for (size_t i = 0; i < account->n_attempts; i++)
		tls = tls || account->attempt[i].tls != Smtpx_TLS_OFF;
	if (!tls || account->tls_verify != Smtpx_VERIFY_OFF)
		return NULL;
	return "tls-verify is off: whoever answers is taken for the server";
}

static void log_connection(struct log_line *line, smtp_session_t session)
{
	struct smtpx_facts facts;

	if (!smtpx_get_facts(session, &facts))
		return;
	log_text(line, "server", facts.server);
	log_text(line, "address", facts.address);
	log_text(line, "tls",
	    facts.tls_version == NULL ? "none" : facts.tls_version);
	if (facts.tls_version != NULL && !facts.tls_verified)
		log_text(line, "verified", "no");
	log_text(
	    line, "auth", facts.mechanism == NULL ? "none" : facts.mechanism);
}

void submit_log(const struct submission *submission, smtp_session_t session,
    smtp_message_t message, const struct outcome *outcome, int status)
{
	struct log_line line;

	log_begin(&line);
	log_text(&line, "account", submission->account->name);
	log_connection(&line, session);
	log_text(&line, "warning", submit_warning(submission->account));
	log_text(&line, "from",
	    submission->envelope->sender[0] == '\0'
		? "<>"
		: submission->envelope->sender);
	log_number(&line, "size", smtpx_message_size(message));
	log_text(&line, "message-id", outcome->message_id);
	log_reply(&line, message, session);
	log_number(&line, "ms", outcome->elapsed_ms);
	log_number(&line, "status", (unsigned long long)status);
	if (outcome->error[0] != '\0')
		log_text(&line, "error", outcome->error);
	log_recipients(&line, outcome);
	log_end(&line, submission->account, submission->options->log_tag,
	    status != 0);
}
