/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * server_info.c - greeting, TLS and capabilities of an account's server.
 *
 * contract: server_info.h.  A session without a message ends behind the last
 * EHLO; what it learnt is printed cleaned.
 */
#include "server_info.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "account.h"
#include "account_session.h"
#include "buf.h"
#include "diagnostics.h"
#include "options.h"
#include "outcome.h"
#include "smtpx.h"
#include "text.h"
#include "transcript.h"

/* Long enough for any server; short enough for a person who waits. */
#define TOTAL_MS (2 * 60 * 1000L)

static void show(const char *label, const char *text)
{
	struct buf clean;

	if (text == NULL)
		return;
	buf_init(&clean, TEXT_CLEAN_MAX);
	if (text_clean(&clean, text, strlen(text)))
		printf("%s%s\n", label, buf_cstr(&clean));
	buf_release(&clean);
}

static void show_capability(
    const char *keyword, const char *parameters, void *arg)
{
	(void)arg;
	printf("  ");
	show("", keyword);
	if (parameters[0] != '\0')
		show("    ", parameters);
}

static void show_facts(smtp_session_t session)
{
	struct smtpx_facts facts;

	if (!smtpx_get_facts(session, &facts))
		return;
	show("server: ", facts.server);
	show("address: ", facts.address);
	show("tls: ", facts.tls_version == NULL ? "none" : facts.tls_version);
	show("cipher: ", facts.tls_cipher);
	if (facts.tls_version != NULL)
		show("certificate: ",
		    facts.tls_verified ? "verified" : "not verified");
	puts("capabilities:");
	smtpx_enumerate_capabilities(session, show_capability, NULL);
}

static int judge(smtp_session_t session, struct diagnostics *d)
{
	const struct outcome outcome = {
	    .cause = smtpx_cause(session), .error = smtpx_error_text(session)};
	int status = outcome_judge(&outcome, d);

	diagnostics_add(d, "%s", outcome.error);
	return status;
}

int server_info(const struct options *options, const struct account *account,
    struct diagnostics *d)
{
	smtp_session_t session = smtp_create_session();
	int status = EX_OSERR;

	if (session == NULL) {
		diagnostics_add(d, "out of memory");
		return status;
	}
	if (options->verbose > 0)
		smtp_set_monitorcb(session, transcript_show, NULL, 0);
	if (account_configure(account, session, TOTAL_MS)) {
		status = EX_OK;
		if (smtpx_probe(session))
			show_facts(session);
		else
			status = judge(session, d);
	}
	smtp_destroy_session(session);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}
