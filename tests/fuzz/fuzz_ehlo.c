/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_ehlo.c - any EHLO reply, and any command under it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Eight octets of numbers and flags, the reply, then strings with a NUL
 * between them that become the fields of a message. Properties: a capability
 * is known exactly when its keyword is in the table; the table is bounded and
 * its keywords are printable; a command is refused and leaves no trace, or is
 * one clean line with only such parameters as were announced; and what
 * is said to be missing is refused. A broken property ends the program.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "reply.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { NUMBERS = 8, FIELDS = 8, FIELD_MAX = 700 };

enum field { FROM, TO, ENVID, TYPE, ADDRESS, UNTIL, HOST, MECHANISM };

struct input {
	uint8_t numbers[NUMBERS];
	char fields[FIELDS][FIELD_MAX];
};

static void demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void read_fields(struct input *in, const uint8_t *data, size_t n)
{
	for (size_t f = 0; f < FIELDS && n > 0; f++) {
		const uint8_t *nul = memchr(data, 0, n);
		size_t len = nul ? (size_t)(nul - data) : n;
		size_t kept = len < FIELD_MAX ? len : FIELD_MAX - 1;

		memcpy(in->fields[f], data, kept);
		data += nul ? len + 1 : len;
		n -= nul ? len + 1 : len;
	}
}

static void check_table(const struct capabilities *c)
{
	demand(c->count <= CAPABILITY_KEYWORDS_MAX, "the table is bounded");
	for (int i = 0; i < CAP_COUNT; i++) {
		enum capability which = (enum capability)i;
		bool there = capabilities_get(c, capability_name(which));

		demand(there == capabilities_has(c, which),
		    "known is what is there");
	}
	for (size_t i = 0; i < c->count; i++) {
		const char *keyword = c->entries[i].keyword;

		demand(*keyword != 0, "a keyword is not empty");
		for (const char *s = keyword; *s; s++)
			demand(*s > 32 && *s < 127 && !(*s >= 'a' && *s <= 'z'),
			    "a keyword is printable and in upper case");
		demand(capabilities_get(c, keyword) == c->entries[i].parameters,
		    "a keyword is there once");
	}
	demand(c->rcpt_max <= 999999 && c->mail_max <= 999999 &&
		   c->rcpt_domain_max <= 999999,
	    "limits have six digits");
	demand(c->hold_for_max <= 999999999 && c->deliverby_min <= 999999999,
	    "seconds have nine digits");
	demand(memchr(c->hold_until_max, 0, sizeof c->hold_until_max) != NULL,
	    "a date is a string");
}

/* What the commands before left is in front. */
static void check_line(struct buf *out, bool done, bool utf8)
{
	const unsigned char *s = buf_head(out);
	size_t n = out->len;

	demand(!out->failed, "the buffer was large enough");
	demand(done || n == 0, "a refusal leaves nothing");
	if (!done)
		return;
	demand(n >= 2 && memcmp(s + n - 2, "\r\n", 2) == 0, "a line ends");
	demand(text_is_harmless(s, n - 2), "a line is clean");
	demand(utf8 || text_is_ascii(s, n - 2), "a line is ASCII");
	demand(n < 3 || s[n - 3] != ' ', "no space at the end");
	/* With what the parameters on it may add. */
	demand(n <= 512 + 536 || memcmp(s, "RCPT TO:", 8) != 0,
	    "RCPT is short enough");
	demand(n <= 512 + 280 || memcmp(s, "MAIL FROM:", 10) != 0,
	    "MAIL is short enough");
}

static bool holds(struct buf *out, const char *word)
{
	return strstr(buf_cstr(out), word) != NULL;
}

/* A path may hold any word, but not a space outside quotes. */
static void check_announced(struct buf *out, const struct capabilities *c)
{
	static const struct {
		const char *parameter;
		enum capability which;
	} table[] = {
	    {"> SIZE=", CAP_SIZE},
	    {" RET=", CAP_DSN},
	    {" ENVID=", CAP_DSN},
	    {" NOTIFY=", CAP_DSN},
	    {" ORCPT=", CAP_DSN},
	    {" BODY=7BIT", CAP_8BITMIME},
	    {" BODY=8BITMIME", CAP_8BITMIME},
	    {" BODY=BINARYMIME", CAP_BINARYMIME},
	    {" BODY=BINARYMIME", CAP_CHUNKING},
	    {" BY=", CAP_DELIVERBY},
	    {" HOLDFOR=", CAP_FUTURERELEASE},
	    {" HOLDUNTIL=", CAP_FUTURERELEASE},
	    {" MT-PRIORITY=", CAP_MT_PRIORITY},
	    {" REQUIRETLS", CAP_REQUIRETLS},
	};

	if (holds(out, "\""))
		return;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		demand(capabilities_has(c, table[i].which) ||
			   !holds(out, table[i].parameter),
		    "only what was announced is sent");
}

static void fill_message(struct smtp_message *m, struct input *in)
{
	const uint8_t *x = in->numbers;

	m->reverse_path = (struct mailbox){in->fields[FROM], in->fields[FROM],
	    x[0] & 1 ? NULL : in->fields[FROM]};
	m->envid = x[0] & 2 ? in->fields[ENVID] : NULL;
	m->hold_until = x[0] & 4 ? in->fields[UNTIL] : NULL;
	m->smtputf8 = x[0] & 8;
	m->requiretls = x[0] & 16;
	m->priority_set = x[0] & 32;
	m->by_trace = x[0] & 64;
	m->ret = (enum ret_flags)(x[1] & 3);
	m->body = (enum e8bitmime_body)(x[1] >> 2 & 3);
	m->by_mode = (enum by_mode)(x[1] >> 4 & 3);
	m->priority = (int8_t)x[2];
	m->by_time = (int8_t)x[3] * 8000000L;
	m->hold_for = x[1] & 64 ? (int8_t)x[4] * 8000000L : 0;
	m->size_estimate = x[5];
}

static void try_transaction(
    struct input *in, const struct capabilities *c, struct buf *out)
{
	const uint8_t *x = in->numbers;
	struct smtp_session session = {.dsn_required = x[6] & 1};
	struct smtp_message m = {.session = &session};
	struct smtp_recipient r = {.message = &m,
	    .notify = (enum notify_flags)(int8_t)x[7],
	    .orcpt_type = x[6] & 2 ? in->fields[TYPE] : NULL,
	    .orcpt_address = x[6] & 4 ? in->fields[ADDRESS] : NULL,
	    .mailbox = {in->fields[TO], in->fields[TO],
		x[6] & 8 ? NULL : in->fields[TO]}};
	struct command_context context = {c, x[6] & 16, x[6] & 32, x[6] & 64,
	    x[6] & 128 ? UINT64_MAX - x[5] : 0, false, 0};
	const char *missing;
	bool mail, rcpt;

	fill_message(&m, in);
	m.recipients = &r;
	missing = command_missing(&m, &context);
	mail = command_mail(out, &m, &context);
	check_line(out, mail, context.smtputf8);
	if (mail)
		check_announced(out, c);
	buf_clear(out);
	rcpt = command_rcpt(out, &r, &context);
	check_line(out, rcpt, context.smtputf8);
	if (rcpt)
		check_announced(out, c);
	buf_clear(out);
	if (missing && strcmp(missing, "SMTPUTF8") != 0)
		demand(!mail || !rcpt, "what is missing is refused");
	if (missing && strcmp(missing, "DSN") != 0 &&
	    strcmp(missing, "SMTPUTF8") != 0)
		demand(!mail, "what is missing refuses MAIL");
	command_wants_more(&m, &context);
}

static void try_others(
    struct input *in, const struct capabilities *c, struct buf *out)
{
	const char *host = in->fields[HOST];
	const char *mechanism = in->fields[MECHANISM];
	bool done = command_ehlo(out, "EHLO", host);

	demand(done == command_valid_hostname(host), "a valid name is sent");
	check_line(out, done, false);
	buf_clear(out);
	check_line(out, command_etrn(out, in->numbers[0], host), false);
	buf_clear(out);
	check_line(out, command_plain(out, mechanism), false);
	buf_clear(out);
	check_line(
	    out, command_auth(out, mechanism, host, strlen(host)), false);
	demand(out->len <= 512, "AUTH is short enough");
	buf_clear(out);
	check_line(
	    out, command_auth_response(out, in->fields[0], FIELD_MAX), false);
	buf_clear(out);
	demand(
	    !capabilities_offers(c, mechanism) || capabilities_has(c, CAP_AUTH),
	    "no mechanism without AUTH");
	if (command_valid_envid(in->fields[ENVID])) {
		struct smtp_session session = {.dsn_required = true};
		struct smtp_message m = {
		    .session = &session, .envid = in->fields[ENVID]};
		struct capabilities dsn = {.known = 1ul << CAP_DSN};
		struct command_context context = {.capabilities = &dsn};

		demand(
		    command_mail(out, &m, &context), "a valid ENVID is sent");
		buf_clear(out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct input in;
	struct capabilities c;
	struct reply reply;
	struct buf out;
	size_t used;

	if (n < NUMBERS)
		return 0;
	memset(&in, 0, sizeof in);
	memcpy(in.numbers, data, NUMBERS);
	data += NUMBERS;
	n -= NUMBERS;
	reply_init(&reply);
	capabilities_init(&c);
	buf_init(&out, 1 << 20);
	if (reply_feed(&reply, data, n, &used) == REPLY_COMPLETE) {
		demand(capabilities_read(&c, &reply), "there is memory");
		check_table(&c);
		read_fields(&in, data + used, n - used);
		try_transaction(&in, &c, &out);
		try_others(&in, &c, &out);
	}
	buf_release(&out);
	capabilities_release(&c);
	reply_release(&reply);
	return 0;
}
