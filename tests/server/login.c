/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * login.c - the test server's AUTH
 *
 * The lines around a SASL exchange.  A rule may replace the answer to AUTH,
 * any challenge, and the verdict; after a scripted 334 the next line is an
 * event of its own, RESPONSE, and can be answered by another 334.
 * RFC 4954 4, 4.1. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialogue.h"
#include "sasl.h"

enum { RESPONSE_MAX = 12288 };

/* Reads one answer to a challenge.  false: nothing to work with, answered. */
static bool read_response(struct dialogue *d, struct octets *to)
{
	const char *line;

	if (!dialogue_read_line(d))
		return false;
	line = dialogue_line(d);
	if (strlen(line) + 2 > RESPONSE_MAX)
		record_violation(d->record, d->conn,
		    "AUTH response of %zu octets", strlen(line) + 2);
	if (strcmp(line, "*") == 0) {
		dialogue_respond(d, EVENT_AUTHFAIL, "501 5.7.0 cancelled");
		return false;
	}
	octets_clear(to);
	if (sasl_decode(line, to))
		return true;
	record_violation(d->record, d->conn, "AUTH response is no base64");
	dialogue_respond(d, EVENT_AUTHFAIL, "501 5.5.2 no base64");
	return false;
}

/* A rule has said 334: whatever comes is answered by rules or refused. */
static void improvise(struct dialogue *d)
{
	int code = 334;

	while (code == 334 && dialogue_read_line(d)) {
		bool cancelled = strcmp(dialogue_line(d), "*") == 0;

		dialogue_check_last(d, "an AUTH response");
		code = dialogue_respond(d, EVENT_RESPONSE,
		    cancelled ? "501 5.7.0 cancelled"
			      : "535 5.7.8 authentication failed");
	}
	if (code == 235)
		d->authenticated = true;
}

/* Sends a challenge or what a rule makes of it; false: the exchange is over. */
static bool send_challenge(struct dialogue *d, const struct octets *output)
{
	struct octets line = {0};
	int code;

	octets_clear(&d->challenge);
	octets_add(&d->challenge, octets_head(output), octets_len(output));
	octets_add(&d->challenge, "", 1);
	octets_text(&line, "334 ");
	sasl_encode(octets_head(output), octets_len(output), &line);
	octets_add(&line, "", 1);
	code = dialogue_respond(d, EVENT_CHALLENGE, octets_head(&line));
	octets_release(&line);
	if (code == 235)
		d->authenticated = true;
	return code == 334;
}

static void conclude(struct dialogue *d, struct sasl *sasl, bool good)
{
	int code;

	if (good)
		code = dialogue_respond(
		    d, EVENT_AUTHOK, "235 2.7.0 authentication succeeded");
	else
		code = dialogue_respond(
		    d, EVENT_AUTHFAIL, "535 5.7.8 authentication failed");
	sasl_identity(sasl, d->identity, sizeof d->identity);
	if (!good)
		record_remark(
		    d->record, d->conn, "login refused: %s", d->identity);
	d->authenticated = code == 235;
	if (!d->authenticated)
		d->identity[0] = '\0';
}

/* initial NULL: there was none. */
static void exchange(
    struct dialogue *d, struct sasl *sasl, const struct octets *initial)
{
	struct octets input = {0};
	struct octets output = {0};
	enum sasl_result result;
	bool have = initial != NULL;

	if (initial)
		octets_add(&input, octets_head(initial), octets_len(initial));
	for (;;) {
		octets_clear(&output);
		result = sasl_step(sasl, have ? octets_head(&input) : NULL,
		    octets_len(&input), &output);
		if (result != SASL_CONTINUE) {
			conclude(d, sasl, result == SASL_DONE);
			break;
		}
		if (!send_challenge(d, &output) || !read_response(d, &input))
			break;
		have = true;
	}
	octets_release(&input);
	octets_release(&output);
}

/* "AUTH=PLAIN" is how it was said before there was an RFC. */
static bool is_offered(const struct dialogue *d)
{
	return dialogue_capable(d, "AUTH") ||
	       (octets_len(&d->capabilities) > 0 &&
		   strstr(octets_head(&d->capabilities), "AUTH=") != NULL);
}

/* Whether AUTH has its turn; answers when it has not. */
static bool may_auth(struct dialogue *d)
{
	const char *why = NULL;

	if (!d->greeted || !is_offered(d))
		why = "AUTH was not offered";
	else if (d->authenticated)
		why = "AUTH after AUTH";
	else if (d->mail_open)
		why = "AUTH in a transaction";
	if (!why && d->options->require_tls && !d->t.tls) {
		dialogue_respond(d, EVENT_AUTH, "538 5.7.11 STARTTLS first");
		return false;
	}
	if (!why)
		return true;
	record_violation(d->record, d->conn, "%s: %s", why, dialogue_line(d));
	dialogue_respond(d, EVENT_AUTH, "503 5.5.1 no AUTH now");
	return false;
}

/* Whether a rule has taken the exchange over. */
static bool is_scripted(struct dialogue *d)
{
	int code = dialogue_respond(d, EVENT_AUTH, NULL);

	if (code == 334)
		improvise(d);
	if (code == 235)
		d->authenticated = true;
	return d->over || octets_len(&d->reply) > 1;
}

static void start_exchange(struct dialogue *d, const char *initial)
{
	char mechanism[64];
	const char *name = dialogue_argument(d);
	struct octets first = {0};
	struct sasl *sasl;

	snprintf(
	    mechanism, sizeof mechanism, "%.*s", (int)strcspn(name, " "), name);
	sasl = sasl_start(d->options, &d->t, mechanism);
	if (!sasl) {
		record_violation(d->record, d->conn,
		    "AUTH mechanism that was not offered: %s", mechanism);
		dialogue_respond(
		    d, EVENT_AUTHFAIL, "504 5.5.4 no such mechanism");
		return;
	}
	if (initial && strcmp(initial, "=") != 0 &&
	    !sasl_decode(initial, &first)) {
		record_violation(
		    d->record, d->conn, "initial response is no base64");
		dialogue_respond(d, EVENT_AUTHFAIL, "501 5.5.2 no base64");
	} else {
		exchange(d, sasl, initial ? &first : NULL);
	}
	octets_release(&first);
	sasl_finish(sasl);
}

void login_auth(struct dialogue *d)
{
	struct octets line = {0};
	const char *space;

	d->ordinals[EVENT_CHALLENGE] = 0;
	d->ordinals[EVENT_RESPONSE] = 0;
	if (!may_auth(d) || is_scripted(d))
		return;
	/* The exchange reads more lines: keep this one. */
	octets_text(&line, dialogue_argument(d));
	octets_add(&line, "", 1);
	space = strchr(octets_head(&line), ' ');
	start_exchange(d, space ? space + 1 : NULL);
	octets_release(&line);
}
