/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay_reply.c - a server's words, or an exit status, as a reply.
 *
 * contract: relay_reply.h.  Whatever a server wrote is one harmless line
 * here; its code stands, its class decides what the enhanced code may be.
 */
#include "relay_reply.h"

#include <stdio.h>
#include <sysexits.h>

#include "diagnostics.h"

/* clang-format off */
/* How an exit status reads as a reply; the rest is a 554. */
static const struct {
	int status;
	const char *code;
} codes[] = {
	{ EX_OK,          "250 2.0.0" },
	{ EX_TEMPFAIL,    "451 4.4.0" },
	{ EX_NOHOST,      "451 4.4.4" },
	{ EX_OSERR,       "451 4.3.0" },
	{ EX_IOERR,       "451 4.3.0" },
	{ EX_CONFIG,      "451 4.3.5" },
	{ EX_PROTOCOL,    "451 4.7.5" },
	{ EX_NOPERM,      "554 5.7.8" },
	{ EX_NOUSER,      "550 5.1.1" },
	{ EX_DATAERR,     "554 5.6.0" },
};
/* clang-format on */

void relay_say(struct relay_reply *reply, const char *code, const char *words)
{
	snprintf(reply->text, sizeof reply->text, "%s %s", code, words);
}

void relay_say_status(
    struct relay_reply *reply, int status, const struct diagnostics *d)
{
	const char *code = "554 5.0.0";

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].status == status)
			code = codes[i].code;
	relay_say(reply, code, d->n > 0 ? d->line[0] : "failed");
}

void relay_say_reply(
    struct relay_reply *reply, const smtp_status_t *status, const char *whom)
{
	int class = status->code / 100;
	int code = status->code == 421 ? 451 : status->code;
	bool fits = status->enh_class == class;
	struct diagnostics words;
	char codes_text[64];

	snprintf(codes_text, sizeof codes_text, "%d %d.%d.%d", code, class,
	    fits ? status->enh_subject : 0, fits ? status->enh_detail : 0);
	diagnostics_init(&words);
	diagnostics_add(&words, "%s%s%s%s", whom == NULL ? "" : "<",
	    whom == NULL ? "" : whom, whom == NULL ? "" : ">: ",
	    status->text == NULL ? "" : status->text);
	relay_say(reply, codes_text, words.n > 0 ? words.line[0] : "");
	diagnostics_release(&words);
}

bool relay_is_good(const struct relay_reply *reply)
{
	return reply->text[0] == '2';
}
