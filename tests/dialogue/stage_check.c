/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stage_check.c - the "=" and "?" lines of a transcript: what must hold
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * "? word value" looks at the engine as it is now, "= word value" at what the
 * program gets in the end. "= address verdict code" looks at one recipient;
 * the code is that of the reply that decided, 0 when there was none.
 */
#include "stage.h"

#include <stdio.h>
#include <string.h>

static void compare(
    struct stage *s, const char *what, const char *have, const char *want)
{
	char text[1024];

	if (strcmp(have, want) == 0)
		return;
	snprintf(text, sizeof text, "is \"%s\", wanted \"%s\"", have, want);
	stage_fail(s, what, text);
}

static void compare_numbers(
    struct stage *s, const char *what, long have, const char *want)
{
	char text[32];

	snprintf(text, sizeof text, "%ld", have);
	compare(s, what, text, want);
}

/* The n-th message, counted from 1. */
static struct smtp_message *nth(struct stage *s, const char *word)
{
	struct smtp_message *m = s->program.session.messages;

	for (long n = stage_number(s, word); m && n > 1; n--)
		m = m->next;
	if (!m)
		stage_fail(s, "no such message", word);
	return m;
}

static void check_transfer(struct stage *s, char *line)
{
	struct smtp_message *m = nth(s, stage_word(&line));

	if (m)
		compare_numbers(s, "transfer status", m->transfer_status.code,
		    stage_word(&line));
}

static void check_transfer_text(struct stage *s, char *line)
{
	struct smtp_message *m = nth(s, stage_word(&line));
	struct buf want;

	if (!m)
		return;
	buf_init(&want, 4096);
	stage_decode(s, &want, line);
	compare(s, "transfer text",
	    m->transfer_status.text ? m->transfer_status.text : "(none)",
	    buf_cstr(&want));
	buf_release(&want);
}

static void check_reverse(struct stage *s, char *line)
{
	struct smtp_message *m = nth(s, stage_word(&line));

	if (m)
		compare_numbers(s, "reverse-path status",
		    m->reverse_path_status.code, stage_word(&line));
}

static void check_rewinds(struct stage *s, char *line)
{
	struct smtp_message *m = nth(s, stage_word(&line));

	if (m)
		compare_numbers(
		    s, "rewinds", program_text(m)->rewinds, stage_word(&line));
}

static void check_size(struct stage *s, char *line)
{
	struct smtp_message *m = nth(s, stage_word(&line));

	if (m)
		compare_numbers(
		    s, "size", (long)m->size_sent, stage_word(&line));
}

static void check_outcome(struct stage *s, char *line)
{
	compare(s, "outcome", program_outcome(engine_outcome(s->engine)),
	    stage_word(&line));
}

static void check_cause(struct stage *s, char *line)
{
	compare(s, "cause", program_cause(s->program.session.error.cause),
	    stage_word(&line));
}

static void check_error(struct stage *s, char *line)
{
	compare_numbers(
	    s, "error", s->program.session.error.code, stage_word(&line));
}

static void check_words(struct stage *s, char *line)
{
	if (!strstr(s->program.session.error.text, line))
		compare(s, "error text", s->program.session.error.text, line);
}

static void check_last(struct stage *s, char *line)
{
	const struct smtp_session *session = &s->program.session;

	compare_numbers(
	    s, "last reply", session->last_reply.code, stage_word(&line));
	compare(s, "last phase",
	    session->last_phase ? session->last_phase : "(none)", line);
}

static void check_etrn(struct stage *s, char *line)
{
	const char *domain = stage_word(&line);

	for (struct smtp_etrn_node *n = s->program.session.etrn_nodes; n;
	     n = n->next) {
		if (strcmp(n->domain, domain) == 0) {
			compare_numbers(s, "ETRN status", n->status.code,
			    stage_word(&line));
			return;
		}
	}
	stage_fail(s, "no such node", domain);
}

static void check_mechanism(struct stage *s, char *line)
{
	compare(s, "mechanism", s->program.session.mechanism, line);
}

static void check_attempted(struct stage *s, char *line)
{
	compare(s, "attempted",
	    s->program.session.transaction_attempted ? "yes" : "no",
	    stage_word(&line));
}

/* address verdict [code] [complete] */
static void check_recipient(struct stage *s, const char *address, char *line)
{
	struct smtp_recipient *r = program_find(&s->program, address);
	const char *word;

	if (!r) {
		stage_fail(s, "no such recipient", address);
		return;
	}
	compare(s, address, program_verdict(r->verdict), stage_word(&line));
	word = stage_word(&line);
	if (*word)
		compare_numbers(
		    s, address, r->decided_by ? r->decided_by->code : 0, word);
	word = stage_word(&line);
	if (*word)
		compare(s, address, r->complete ? "complete" : "again", word);
}

static void check_status(struct stage *s, char *line)
{
	const char *address = stage_word(&line);
	struct smtp_recipient *r = program_find(&s->program, address);

	if (!r)
		stage_fail(s, "no such recipient", address);
	else
		compare_numbers(
		    s, "recipient status", r->status.code, stage_word(&line));
}

static void check_flights(struct stage *s, char *line)
{
	compare_numbers(
	    s, "flights", (long)s->program.session.flights, stage_word(&line));
}

static void check_wants(struct stage *s, char *line)
{
	unsigned wants = engine_wants(s->engine);
	struct buf words;

	buf_init(&words, 64);
	if (wants & ENGINE_READ)
		buf_puts(&words, "read ");
	if (wants & ENGINE_WRITE)
		buf_puts(&words, "write ");
	if (wants & ENGINE_TLS)
		buf_puts(&words, "tls ");
	if (wants & ENGINE_CLOSE)
		buf_puts(&words, "close ");
	if (wants & ENGINE_PAUSE)
		buf_puts(&words, "pause ");
	if (words.len > 0)
		buf_truncate(&words, words.len - 1);
	compare(s, "wants", buf_cstr(&words), line);
	buf_release(&words);
}

static void check_patience(struct stage *s, char *line)
{
	compare_numbers(
	    s, "patience", engine_patience(s->engine), stage_word(&line));
}

static const struct {
	const char *word;
	void (*check)(struct stage *s, char *line);
} checks[] = {
    {"attempted", check_attempted},
    {"cause", check_cause},
    {"error", check_error},
    {"etrn", check_etrn},
    {"flights", check_flights},
    {"last", check_last},
    {"mechanism", check_mechanism},
    {"outcome", check_outcome},
    {"patience", check_patience},
    {"reverse", check_reverse},
    {"rewinds", check_rewinds},
    {"size", check_size},
    {"status", check_status},
    {"transfer", check_transfer},
    {"transfer-text", check_transfer_text},
    {"wants", check_wants},
    {"words", check_words},
};

void stage_check(struct stage *s, char *line)
{
	const char *word;

	if (*line != '=' && *line != '?') {
		stage_fail(s, "unknown line", line);
		return;
	}
	line++;
	word = stage_word(&line);
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		if (strcmp(checks[i].word, word) == 0) {
			checks[i].check(s, line);
			return;
		}
	}
	if (strchr(word, '@'))
		check_recipient(s, word, line);
	else
		stage_fail(s, "unknown word", word);
}
