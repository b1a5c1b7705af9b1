/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stage_setup.c - the "@" lines of a transcript: what the program wants
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * One row of a table for each: of the session, of the last message, of its
 * last recipient. A message without text has a subject and one line. The
 * words are explained in README.md beside the transcripts.
 */
#include "stage.h"

#include <stdlib.h>
#include <string.h>

static const char short_text[] = "Subject: test\r\n\r\nHello.\r\n";

static void setup_latency(struct stage *s, char *line)
{
	bool minimal = strcmp(stage_word(&line), "minimal") == 0;

	s->program.session.latency =
	    minimal ? Smtpx_LATENCY_MINIMAL : Smtpx_LATENCY_SAFE;
}

static void setup_lmtp(struct stage *s, char *line)
{
	(void)line;
	s->program.session.protocol = Smtpx_LMTP;
}

static void setup_tls(struct stage *s, char *line)
{
	static const char *const names[] = {
	    "off", "opportunistic", "starttls", "implicit", NULL};
	const char *word = stage_word(&line);
	struct engine_settings *settings = &s->program.settings;
	int i = 0;

	while (names[i] && strcmp(names[i], word) != 0)
		i++;
	if (!names[i])
		stage_fail(s, "unknown TLS", word);
	settings->tls = (enum smtpx_tls)i;
	settings->tls_active = settings->tls == Smtpx_TLS_IMPLICIT;
	settings->tls_verified = settings->tls_active;
}

static void setup_keep_connection(struct stage *s, char *line)
{
	(void)line;
	s->program.session.keep_connection = true;
}

static void setup_login(struct stage *s, char *line)
{
	struct buf names;

	buf_init(&names, sizeof s->logins - 1);
	buf_puts(&names, line);
	memcpy(s->logins, buf_head(&names), names.len);
	s->logins[names.len] = '\0';
	buf_release(&names);
	program_login(&s->program, s->logins);
}

static void setup_login_required(struct stage *s, char *line)
{
	(void)line;
	s->program.session.auth_required = true;
}

static void setup_login_refuses(struct stage *s, char *line)
{
	(void)line;
	s->program.login.refuses = true;
}

static void setup_all_or_none(struct stage *s, char *line)
{
	(void)line;
	s->program.session.require_all_recipients = true;
}

static void setup_max_recipients(struct stage *s, char *line)
{
	s->program.session.max_recipients =
	    (unsigned long)stage_number(s, stage_word(&line));
}

static void setup_dsn_required(struct stage *s, char *line)
{
	(void)line;
	s->program.session.dsn_required = true;
}

static void setup_no_events(struct stage *s, char *line)
{
	(void)line;
	s->program.session.event = NULL;
}

static void setup_headers(struct stage *s, char *line)
{
	(void)line;
	s->program.session.monitor_headers = true;
}

/* The number of an event and what the program answers to it. */
static void setup_answer(struct stage *s, char *line)
{
	s->program.quit_event = (int)stage_number(s, stage_word(&line));
	s->program.answer = (int)stage_number(s, stage_word(&line));
}

static void setup_etrn(struct stage *s, char *line)
{
	int option = 0;

	line += strspn(line, " ");
	if (*line == '@') {
		option = '@';
		line++;
	}
	program_etrn(&s->program, option, stage_word(&line));
}

static void setup_message(struct stage *s, char *line)
{
	const char *from = stage_word(&line);
	struct smtp_message *m;

	if (strcmp(from, "<>") == 0)
		from = "";
	m = program_message(
	    &s->program, from, short_text, sizeof short_text - 1);
	program_text(m)->piece = s->manner->piece;
}

static struct smtp_message *message(struct stage *s)
{
	return s->program.session.last_message;
}

static void setup_open(struct stage *s, char *line)
{
	message(s)->open = strcmp(stage_word(&line), "no") != 0;
}

static void setup_to(struct stage *s, char *line)
{
	program_recipient(message(s), stage_word(&line));
}

/* "N address": %d in it is the recipient's number. */
static void setup_to_many(struct stage *s, char *line)
{
	long n = stage_number(s, stage_word(&line));
	char *at = strchr(line, '@');
	struct buf address;

	buf_init(&address, 256);
	for (long i = 1; i <= n; i++) {
		buf_clear(&address);
		buf_append(&address, line, (size_t)(at - line));
		buf_number(&address, (unsigned long long)i);
		buf_puts(&address, at);
		program_recipient(message(s), buf_cstr(&address));
	}
	buf_release(&address);
}

static void append_text(struct stage *s, const struct buf *more)
{
	struct program_text *t = program_text(message(s));
	bool fresh = t->n == sizeof short_text - 1 &&
	             memcmp(t->octets, short_text, t->n) == 0;
	size_t n = fresh ? 0 : t->n;
	char *octets = realloc(t->octets, n + more->len + 1);

	if (!octets) {
		stage_fail(s, "no memory", NULL);
		return;
	}
	memcpy(octets + n, buf_head(more), more->len);
	t->octets = octets;
	t->n = n + more->len;
}

static void setup_text(struct stage *s, char *line)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	stage_decode(s, &text, line);
	append_text(s, &text);
	buf_release(&text);
}

static void setup_filling(struct stage *s, char *line)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	stage_filling(&text, (size_t)stage_number(s, stage_word(&line)), 0);
	append_text(s, &text);
	buf_release(&text);
}

static void setup_fail_at(struct stage *s, char *line)
{
	program_text(message(s))->fail_at =
	    (size_t)stage_number(s, stage_word(&line));
}

static void setup_body(struct stage *s, char *line)
{
	static const char *const names[] = {
	    "notset", "7bit", "8bitmime", "binarymime", NULL};
	const char *word = stage_word(&line);
	int i = 0;

	while (names[i] && strcmp(names[i], word) != 0)
		i++;
	if (!names[i])
		stage_fail(s, "unknown body", word);
	message(s)->body = (enum e8bitmime_body)i;
}

static void setup_size(struct stage *s, char *line)
{
	message(s)->size_estimate =
	    (unsigned long)stage_number(s, stage_word(&line));
}

static void setup_ret(struct stage *s, char *line)
{
	message(s)->ret =
	    strcmp(stage_word(&line), "full") == 0 ? Ret_FULL : Ret_HDRS;
}

static void setup_notify(struct stage *s, char *line)
{
	message(s)->last_recipient->notify =
	    (enum notify_flags)stage_number(s, stage_word(&line));
}

/* Seconds, R or N. */
static void setup_by(struct stage *s, char *line)
{
	message(s)->by_time = stage_number(s, stage_word(&line));
	message(s)->by_mode = *stage_word(&line) == 'R' ? By_RETURN : By_NOTIFY;
}

static void setup_smtputf8(struct stage *s, char *line)
{
	(void)line;
	message(s)->smtputf8 = true;
}

static void setup_requiretls(struct stage *s, char *line)
{
	(void)line;
	message(s)->requiretls = true;
}

static const struct {
	const char *word;
	void (*setup)(struct stage *s, char *line);
} setups[] = {
    {"all-or-none", setup_all_or_none},
    {"answer", setup_answer},
    {"body", setup_body},
    {"by", setup_by},
    {"dsn-required", setup_dsn_required},
    {"etrn", setup_etrn},
    {"fail-at", setup_fail_at},
    {"filling", setup_filling},
    {"headers", setup_headers},
    {"keep-connection", setup_keep_connection},
    {"latency", setup_latency},
    {"lmtp", setup_lmtp},
    {"login", setup_login},
    {"login-refuses", setup_login_refuses},
    {"login-required", setup_login_required},
    {"max-recipients", setup_max_recipients},
    {"message", setup_message},
    {"no-events", setup_no_events},
    {"notify", setup_notify},
    {"open", setup_open},
    {"requiretls", setup_requiretls},
    {"ret", setup_ret},
    {"size", setup_size},
    {"smtputf8", setup_smtputf8},
    {"text", setup_text},
    {"tls", setup_tls},
    {"to", setup_to},
    {"to-many", setup_to_many},
};

void stage_setup(struct stage *s, char *line)
{
	const char *word = stage_word(&line);

	for (size_t i = 0; i < sizeof setups / sizeof setups[0]; i++) {
		if (strcmp(setups[i].word, word) == 0) {
			setups[i].setup(s, line);
			return;
		}
	}
	stage_fail(s, "unknown word", word);
}
