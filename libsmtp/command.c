/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command.c - the only place where a command line is built
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A line is opened, its typed fields are put, it is closed. Guarantee: what
 * close_line() lets through is one line of printable ASCII, or of harmless
 * UTF-8 where SMTPUTF8 is in use, within the length that its verb and the
 * parameters on it allow, with one CRLF, at its end; else out is as it was.
 * Each field is checked for what it is before that. What follows the path of
 * MAIL and RCPT is decided in command_parameters.c. RFC 5321 4.1.1, 4.5.3.1;
 * RFC 4954 4, 1985, 3030, 6531 3.
 */
#include "command.h"

#include <string.h>

#include "command_parameters.h"
#include "encode.h"
#include "hostname.h"
#include "rfc5322.h"
#include "text.h"

enum {
	LINE_MAX_OCTETS = 512,     /* RFC 5321 4.5.3.1.4, with CRLF */
	AUTH_LINE_MAX = 12288 + 2, /* RFC 4954 4 */
	MECHANISM_MAX = 20         /* RFC 4422 3.1 */
};

/* A line under construction at the tail of out. */
struct line {
	struct buf *out;
	size_t start; /* where it begins in out */
	size_t limit; /* octets, with its CRLF */
	bool utf8;    /* may hold UTF-8 */
	bool refused; /* a field was not what it has to be */
};

static struct line open_line(struct buf *out, const char *verb)
{
	struct line l = {.out = out, .start = out->len};

	l.limit = LINE_MAX_OCTETS;
	buf_puts(out, verb);
	return l;
}

/* Whether the octets of the line are such as may be sent. Every field was
 * checked when it was put: this holds if one of those checks is wrong. */
static bool is_clean(const struct line *l)
{
	const unsigned char *s = buf_head(l->out) + l->start;
	size_t n = l->out->len - l->start;

	if (n + 2 > l->limit)
		return false;
	if (!text_is_harmless(s, n))
		return false;
	return l->utf8 || text_is_ascii(s, n);
}

static bool close_line(struct line *l)
{
	bool ok = !l->refused && !l->out->failed && is_clean(l);

	if (ok && buf_puts(l->out, "\r\n"))
		return true;
	if (l->out->len > l->start)
		buf_truncate(l->out, l->start);
	return false;
}

/* Whether the string is in a list that ends in NULL. */
static bool is_one_of(const char *s, const char *const *list)
{
	while (*list && strcmp(*list, s) != 0)
		list++;
	return *list != NULL;
}

bool command_ehlo(struct buf *out, const char *verb, const char *name)
{
	static const char *const verbs[] = {"EHLO", "HELO", "LHLO", NULL};
	struct line l = open_line(out, verb);

	l.refused = !is_one_of(verb, verbs) || !command_valid_hostname(name);
	buf_putc(out, ' ');
	buf_puts(out, name);
	return close_line(&l);
}

bool command_plain(struct buf *out, const char *verb)
{
	static const char *const verbs[] = {
	    "*", "DATA", "NOOP", "QUIT", "RSET", "STARTTLS", "XUSR", NULL};
	struct line l = open_line(out, verb);

	l.refused = !is_one_of(verb, verbs);
	return close_line(&l);
}

static bool is_mechanism(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > MECHANISM_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool upper = s[i] >= 'A' && s[i] <= 'Z';

		if (!upper && !text_is_digit((unsigned char)s[i]) &&
		    s[i] != '-' && s[i] != '_')
			return false;
	}
	return true;
}

/* Base64 of more than this cannot fit any line; it is not even tried. */
static bool too_long(const struct line *l, size_t n)
{
	return n > l->limit;
}

bool command_auth(
    struct buf *out, const char *mechanism, const void *response, size_t n)
{
	struct line l = open_line(out, "AUTH ");

	l.refused = !is_mechanism(mechanism) || too_long(&l, n);
	buf_puts(out, mechanism);
	if (response && !l.refused) {
		buf_putc(out, ' ');
		encode_initial_response(out, response, n);
	}
	return close_line(&l);
}

bool command_auth_response(struct buf *out, const void *response, size_t n)
{
	struct line l = open_line(out, "");

	l.limit = AUTH_LINE_MAX;
	l.refused = too_long(&l, n);
	if (n > 0 && !l.refused)
		encode_base64(out, response, n);
	return close_line(&l);
}

/* Puts <mailbox>, which has to be in the form that the parser makes of it, so
 * that nobody can read other things into it. mailbox NULL: the address has no
 * such form. */
static void put_path(struct line *l, const char *mailbox, bool null_allowed)
{
	struct rfc5322_mailbox m;
	const char *reason;

	if (!mailbox) {
		l->refused = true;
		return;
	}
	if (!rfc5322_mailbox_check(&m, mailbox, &reason)) {
		l->refused = true;
		l->out->failed |= reason == NULL;
		return;
	}
	l->refused |= strcmp(m.text, mailbox) != 0;
	l->refused |= !*m.text && !null_allowed;
	l->refused |= !m.ascii && !l->utf8;
	buf_putc(l->out, '<');
	buf_puts(l->out, m.text);
	buf_putc(l->out, '>');
	rfc5322_mailbox_release(&m);
}

static const char *path_of(
    const struct mailbox *m, const struct command_context *context)
{
	return context->smtputf8 ? m->utf8 : m->ascii;
}

bool command_mail(struct buf *out, const struct smtp_message *message,
    const struct command_context *context)
{
	struct parameter_facts facts = {.message = message, .context = context};
	const struct mailbox *from = &message->reverse_path;
	struct line l = open_line(out, "MAIL FROM:");
	bool null_path = !from->given || !*from->given;

	l.utf8 = context->smtputf8;
	put_path(&l, null_path ? "" : path_of(from, context), null_path);
	if (!parameters_put(out, parameters_of_mail, &facts, &l.limit))
		l.refused = true;
	return close_line(&l);
}

bool command_rcpt(struct buf *out, const struct smtp_recipient *recipient,
    const struct command_context *context)
{
	struct parameter_facts facts = {.message = recipient->message,
	    .recipient = recipient,
	    .context = context};
	struct line l = open_line(out, "RCPT TO:");

	l.utf8 = context->smtputf8;
	put_path(&l, path_of(&recipient->mailbox, context), false);
	if (!parameters_put(out, parameters_of_rcpt, &facts, &l.limit))
		l.refused = true;
	return close_line(&l);
}

bool command_bdat(struct buf *out, unsigned long long n, bool last)
{
	struct line l = open_line(out, "BDAT ");

	buf_number(out, n);
	if (last)
		buf_puts(out, " LAST");
	return close_line(&l);
}

bool command_etrn(struct buf *out, int option, const char *domain)
{
	struct line l = open_line(out, "ETRN ");

	l.refused =
	    (option != 0 && option != '@') || !command_valid_hostname(domain);
	if (option)
		buf_putc(out, '@');
	buf_puts(out, domain);
	return close_line(&l);
}

static bool lacks_ascii(const struct mailbox *m)
{
	return m->given && *m->given && !m->ascii;
}

bool command_needs_smtputf8(const struct smtp_message *message)
{
	if (message->smtputf8 || lacks_ascii(&message->reverse_path))
		return true;
	for (const struct smtp_recipient *r = message->recipients; r;
	     r = r->next) {
		if ((recipient_pending(r) && r->verdict == Smtpx_PENDING) &&
		    lacks_ascii(&r->mailbox))
			return true;
	}
	return false;
}

/* The first keyword in the message's tables that ok() does not pass. */
static const char *first_lack(const struct smtp_message *message,
    const struct command_context *context, parameter_judge *lacks)
{
	struct parameter_facts facts = {.message = message, .context = context};
	const struct capabilities *c = context->capabilities;
	const char *lack = lacks(parameters_of_mail, &facts);

	if (lack)
		return lack;
	if (!capabilities_has(c, CAP_SMTPUTF8) &&
	    command_needs_smtputf8(message))
		return capability_name(CAP_SMTPUTF8);
	for (const struct smtp_recipient *r = message->recipients; r && !lack;
	     r = r->next) {
		facts.recipient = r;
		if ((recipient_pending(r) && r->verdict == Smtpx_PENDING))
			lack = lacks(parameters_of_rcpt, &facts);
	}
	return lack;
}

const char *command_missing(
    const struct smtp_message *message, const struct command_context *context)
{
	return first_lack(message, context, parameters_missing);
}

bool command_wants_more(
    const struct smtp_message *message, const struct command_context *context)
{
	return first_lack(message, context, parameters_unannounced) != NULL;
}

bool command_valid_hostname(const char *name)
{
	size_t n = strlen(name);

	return hostname_is_valid(name, n) || hostname_is_literal(name, n);
}

bool command_valid_envid(const char *envid)
{
	struct buf scratch;
	bool ok;

	if (strlen(envid) > ENCODE_ENVID_MAX)
		return false;
	buf_init(&scratch, 3 * ENCODE_ENVID_MAX);
	/* No memory to look: the line itself will tell. */
	ok = encode_envid(&scratch, envid) || scratch.failed;
	buf_release(&scratch);
	return ok;
}

bool command_valid_orcpt(const char *type, const char *address)
{
	struct buf scratch;
	bool ok;

	if (strlen(address) > ENCODE_ORCPT_MAX)
		return false;
	/* At most six octets for one: \x{2B} or +2B. */
	buf_init(&scratch, 8 * ENCODE_ORCPT_MAX);
	ok = parameter_put_orcpt(&scratch, type, address, false) ||
	     scratch.failed;
	buf_release(&scratch);
	return ok;
}
