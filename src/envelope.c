/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * envelope.c - sender, From and recipients of one message.
 *
 * contract: envelope.h.  Without -f the sender is the account's address or
 * the login name, never the From field; with it, what sender-policy says.
 */
#include "envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "account_choose.h"
#include "diagnostics.h"
#include "log.h"
#include "message.h"
#include "options.h"
#include "recipients.h"
#include "rfc5322.h"
#include "text.h"

/* clang-format off */
/* Fields that name recipients; the Resent- set replaces the other one (RFC
 * 5322 3.6.6). */
static const struct {
	const char *name;
	bool resent;
} recipient_fields[] = {
	{ "To",            false },
	{ "Cc",            false },
	{ "Bcc",           false },
	{ "Apparently-To", false },
	{ "Resent-To",     true },
	{ "Resent-Cc",     true },
	{ "Resent-Bcc",    true },
};

/* How callers write the null sender; cronie
 * 1.7.0 passes the quotes. */
static const char *const null_senders[] = { "", "<>", "''", "'<>'", "\"\"" };
/* clang-format on */

static bool is_null_sender(const char *text)
{
	for (size_t i = 0; i < sizeof null_senders / sizeof null_senders[0];
	     i++)
		if (strcmp(text, null_senders[i]) == 0)
			return true;
	return false;
}

static char *join(const struct rfc5322_address *address)
{
	size_t n = strlen(address->local) + 2;
	char *text;

	if (address->domain == NULL)
		return strdup(address->local);
	n += strlen(address->domain);
	text = malloc(n);
	if (text != NULL)
		snprintf(text, n, "%s@%s", address->local, address->domain);
	return text;
}

/* Text that names the sender. */
struct naming {
	const char *what; /* for a complaint */
	const char *text;
	size_t n;
	bool several; /* the first of them will do */
};

/* The one mailbox that it names, without display name and brackets. */
static enum envelope_result single_mailbox(
    const struct naming *naming, char **mailbox, struct diagnostics *d)
{
	struct rfc5322_list list;
	enum envelope_result result = ENVELOPE_BAD_ADDRESS;

	if (!rfc5322_list_parse(&list, naming->text, naming->n,
		RFC5322_UNQUALIFIED_OK | RFC5322_NULL_OK)) {
		if (list.no_memory)
			result = ENVELOPE_NO_MEMORY;
		else
			diagnostics_add(d, "%s '%.*s': %s", naming->what,
			    (int)naming->n, naming->text, list.error);
	} else if (list.count == 0 || (list.count > 1 && !naming->several)) {
		diagnostics_add(d, "%s '%.*s': one address is wanted",
		    naming->what, (int)naming->n, naming->text);
	} else {
		*mailbox = join(&list.items[0]);
		result = *mailbox == NULL ? ENVELOPE_NO_MEMORY : ENVELOPE_BUILT;
	}
	rfc5322_list_release(&list);
	return result;
}

static bool find_field(const struct message *message, const char *name,
    struct rfc5322_field *field)
{
	size_t n, at = 0;
	const char *header = message_header(message, &n);

	while (rfc5322_field_next(field, header, n, &at) == RFC5322_FIELD)
		if (text_equal_nocase(
			field->name, field->name_len, name, strlen(name)))
			return true;
	return false;
}

/* Where the sender is named, if it is. */
static bool find_naming(const struct options *options,
    const struct message *message, struct naming *naming)
{
	struct rfc5322_field field;

	*naming = (struct naming){.what = "sender", .text = options->sender};
	if (naming->text == NULL && options->as_rmail && message != NULL)
		naming->text = message_from_line(message);
	if (naming->text != NULL) {
		naming->n = strlen(naming->text);
		return true;
	}
	if (!options->sender_from_headers || message == NULL ||
	    !find_field(message, "From", &field))
		return false;
	*naming = (struct naming){.what = "From",
	    .text = field.value,
	    .n = field.value_len,
	    .several = true};
	return true;
}

enum envelope_result envelope_requested_sender(const struct options *options,
    const struct message *message, char **sender, struct diagnostics *d)
{
	enum envelope_result result = ENVELOPE_BUILT;
	struct naming naming;

	*sender = NULL;
	if (!find_naming(options, message, &naming))
		return ENVELOPE_BUILT;
	if (naming.several || !is_null_sender(naming.text))
		result = single_mailbox(&naming, sender, d);
	else if ((*sender = strdup("")) == NULL)
		result = ENVELOPE_NO_MEMORY;
	if (result == ENVELOPE_NO_MEMORY)
		diagnostics_add(d, "out of memory");
	return result;
}

/* What a build needs beside the envelope itself. */
struct builder {
	struct envelope *envelope;
	const struct options *options;
	const struct message *message;
	const struct account *account;
	struct diagnostics *d;
	struct diagnostics notes;
	struct address_context context;
	struct aliases aliases;
	struct recipients recipients;
	enum envelope_result result;
};

static void fail(struct builder *b, enum envelope_result result)
{
	if (b->result == ENVELOPE_BUILT)
		b->result = result;
}

/* The address with a domain; text may lack one. */
static char *qualified(struct builder *b, const char *text)
{
	struct rfc5322_list list;
	char *mailbox = NULL;
	bool no_domain = false;

	if (rfc5322_list_parse(
		&list, text, strlen(text), RFC5322_UNQUALIFIED_OK) &&
	    list.count == 1)
		mailbox =
		    address_mailbox(&b->context, &list.items[0], &no_domain);
	if (mailbox == NULL && !list.no_memory &&
	    (no_domain || list.error != NULL)) {
		diagnostics_add(b->d, "sender '%s': %s", text,
		    no_domain ? "it has no domain, and this host has no "
				"qualified name: set qualify-domain or from"
			      : list.error);
		fail(b, ENVELOPE_BAD_ADDRESS);
	} else if (mailbox == NULL) {
		fail(b, ENVELOPE_NO_MEMORY);
	}
	rfc5322_list_release(&list);
	return mailbox;
}

/* The account's own address, else the login name. */
static char *own_address(struct builder *b)
{
	char *login, *mailbox;

	if (b->account->from != NULL)
		return qualified(b, b->account->from);
	login = address_login_name();
	mailbox = qualified(b, login == NULL ? "postmaster" : login);
	free(login);
	return mailbox;
}

static bool account_serves(const struct account *account, const char *sender)
{
	if (account->senders.n == 0)
		return account->from == NULL ||
		       text_same(account->from, sender);
	for (size_t i = 0; i < account->senders.n; i++)
		if (account_pattern_matches(account->senders.item[i], sender))
			return true;
	return false;
}

static void decide_sender(struct builder *b)
{
	char *asked = NULL;

	fail(
	    b, envelope_requested_sender(b->options, b->message, &asked, b->d));
	if (b->result != ENVELOPE_BUILT)
		return;
	if (asked != NULL && asked[0] == '\0') {
		b->envelope->sender = asked;
		return;
	}
	if (asked != NULL && b->account->sender_policy != SENDER_FORCE)
		b->envelope->sender = qualified(b, asked);
	else
		b->envelope->sender = own_address(b);
	free(asked);
	if (b->envelope->sender != NULL &&
	    b->account->sender_policy == SENDER_REFUSE &&
	    !account_serves(b->account, b->envelope->sender)) {
		diagnostics_add(b->d,
		    "account '%s' may not send as %s: see sender-policy and "
		    "senders",
		    b->account->name, b->envelope->sender);
		fail(b, ENVELOPE_REFUSED);
	}
}

static void decide_from(struct builder *b)
{
	struct envelope *e = b->envelope;
	bool forced = b->account->from_policy == FROM_FORCE;

	e->force_from = forced;
	if (forced || e->sender == NULL || e->sender[0] == '\0')
		e->from_mailbox = own_address(b);
	else
		e->from_mailbox = strdup(e->sender);
	if (e->from_mailbox == NULL)
		fail(b, ENVELOPE_NO_MEMORY);
}

static void decide_full_name(struct builder *b)
{
	const char *name = b->options->full_name;
	struct rfc5322_field field;

	/* A From that stands needs no name, and the lookup costs much. */
	if (!b->envelope->force_from &&
	    find_field(b->message, "From", &field) &&
	    !text_is_blank(field.value, field.value_len))
		return;
	if (name == NULL)
		name = getenv("NAME");
	if (name == NULL || text_has_control(name, strlen(name)))
		name = b->account->full_name;
	b->envelope->full_name =
	    name != NULL ? strdup(name) : address_full_name();
}

static void read_aliases(struct builder *b)
{
	const struct account *account = b->account;

	if (b->options->no_aliases)
		return;
	if (account->aliases != NULL)
		aliases_read(&b->aliases, account->aliases, &b->notes);
	if (account->system_aliases != NULL)
		aliases_read(&b->aliases, account->system_aliases, &b->notes);
	if (b->aliases.no_memory)
		fail(b, ENVELOPE_NO_MEMORY);
	b->recipients.aliases = &b->aliases;
	b->recipients.root = account->root;
}

static bool has_resent(const struct message *message)
{
	struct rfc5322_field field;

	return find_field(message, "Resent-To", &field) ||
	       find_field(message, "Resent-Cc", &field) ||
	       find_field(message, "Resent-Bcc", &field);
}

/* The newest Resent- block stands on top; behind it, older ones may follow
 * whose recipients had the message already. */
static bool ends_resent_block(const struct rfc5322_field *field)
{
	return !text_starts_nocase(field->name, field->name_len, "Resent-") &&
	       !text_equal_nocase(
		   field->name, field->name_len, "Received", 8) &&
	       !text_equal_nocase(
		   field->name, field->name_len, "Return-Path", 11);
}

static const char *recipient_field(
    const struct rfc5322_field *field, bool resent)
{
	for (size_t i = 0;
	     i < sizeof recipient_fields / sizeof recipient_fields[0]; i++)
		if (recipient_fields[i].resent == resent &&
		    text_equal_nocase(field->name, field->name_len,
			recipient_fields[i].name,
			strlen(recipient_fields[i].name)))
			return recipient_fields[i].name;
	return NULL;
}

static void add_from_header(struct builder *b)
{
	size_t n, at = 0;
	const char *header = message_header(b->message, &n);
	struct rfc5322_field field;
	bool in_block = false;

	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD) {
		const char *name = recipient_field(&field, b->envelope->resent);

		if (b->envelope->resent && in_block &&
		    ends_resent_block(&field))
			break;
		if (text_starts_nocase(field.name, field.name_len, "Resent-"))
			in_block = true;
		if (name != NULL)
			recipients_add(
			    &b->recipients, name, field.value, field.value_len);
	}
}

/* What the command line and, with -t, the header name. */
static void add_given(struct builder *b)
{
	const struct options *options = b->options;

	for (size_t i = 0; i < options->n_operands; i++)
		recipients_add(&b->recipients, "address", options->operands[i],
		    strlen(options->operands[i]));
	if (b->message == NULL)
		return;
	b->envelope->resent = has_resent(b->message);
	if (options->from_headers)
		add_from_header(b);
}

static void add_recipients(struct builder *b)
{
	struct recipients *r = &b->recipients;

	read_aliases(b);
	add_given(b);
	if (r->result != ENVELOPE_BUILT) {
		fail(b, r->result);
		return;
	}
	if (r->n == 0) {
		diagnostics_add(b->d,
		    "no recipients: the message and the command line name "
		    "none");
		fail(b, ENVELOPE_NO_RECIPIENTS);
	}
}

static void builder_init(struct builder *b, struct envelope *envelope,
    const struct options *options, const struct account *account,
    struct diagnostics *d)
{
	*b = (struct builder){.envelope = envelope,
	    .options = options,
	    .account = account,
	    .d = d,
	    .result = ENVELOPE_BUILT};
	diagnostics_init(&b->notes);
	aliases_init(&b->aliases);
	address_context_init(&b->context, account);
	recipients_init(&b->recipients, &b->context, d, &b->notes);
}

/* What aliases made of what was given, and nothing else. */
static void keep_alias_results(
    struct envelope *found, struct recipients *r, bool single)
{
	if (single && r->n > 1)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct envelope_recipient *to = &r->list[i];

		if (to->original == NULL) {
			free(to->mailbox);
			continue;
		}
		r->list[found->n++] = *to;
	}
	found->recipient = r->list;
	r->list = NULL;
	r->n = 0;
}

void envelope_follow_aliases(struct envelope *found,
    const struct options *options, const struct message *message,
    const char *sender, char *aliases_file)
{
	/* Of the domain nothing is seen: only aliases lead to what is kept. */
	char nowhere[] = "localhost";
	const struct account account = {
	    .qualify_domain = nowhere, .system_aliases = aliases_file};
	struct diagnostics unsaid;
	struct builder b;

	memset(found, 0, sizeof *found);
	diagnostics_init(&unsaid);
	builder_init(&b, found, options, &account, &unsaid);
	b.message = message;
	read_aliases(&b);
	if (sender != NULL)
		recipients_add(&b.recipients, "sender", sender, strlen(sender));
	else
		add_given(&b);
	keep_alias_results(found, &b.recipients, sender != NULL);
	recipients_release(&b.recipients);
	aliases_release(&b.aliases);
	address_context_release(&b.context);
	diagnostics_release(&b.notes);
	diagnostics_release(&unsaid);
}

static void log_notes(const struct builder *b)
{
	for (size_t i = 0; i < b->notes.n; i++) {
		struct log_line line;

		log_begin(&line);
		log_text(&line, "note", b->notes.line[i]);
		log_end(&line, b->account, b->options->log_tag, false);
	}
}

static void hand_over_recipients(struct builder *b)
{
	if (b->result != ENVELOPE_BUILT)
		return;
	b->envelope->recipient = b->recipients.list;
	b->envelope->n = b->recipients.n;
	b->recipients.list = NULL;
	b->recipients.n = 0;
}

static enum envelope_result builder_finish(struct builder *b)
{
	if (b->result == ENVELOPE_NO_MEMORY && !diagnostics_any(b->d))
		diagnostics_add(b->d, "out of memory");
	log_notes(b);
	recipients_release(&b->recipients);
	aliases_release(&b->aliases);
	address_context_release(&b->context);
	diagnostics_release(&b->notes);
	return b->result;
}

enum envelope_result envelope_build(struct envelope *envelope,
    const struct options *options, const struct message *message,
    const struct account *account, struct diagnostics *d)
{
	struct builder b;

	memset(envelope, 0, sizeof *envelope);
	builder_init(&b, envelope, options, account, d);
	b.message = message;
	add_recipients(&b);
	if (b.result == ENVELOPE_BUILT)
		decide_sender(&b);
	if (b.result == ENVELOPE_BUILT)
		decide_from(&b);
	decide_full_name(&b);
	hand_over_recipients(&b);
	return builder_finish(&b);
}

enum envelope_result envelope_sender(struct envelope *envelope,
    const struct options *options, const struct account *account,
    struct diagnostics *d)
{
	struct builder b;

	memset(envelope, 0, sizeof *envelope);
	builder_init(&b, envelope, options, account, d);
	decide_sender(&b);
	return builder_finish(&b);
}

enum envelope_result envelope_expand(struct envelope *envelope,
    const struct options *options, const struct account *account,
    struct diagnostics *d)
{
	struct builder b;

	memset(envelope, 0, sizeof *envelope);
	builder_init(&b, envelope, options, account, d);
	add_recipients(&b);
	hand_over_recipients(&b);
	return builder_finish(&b);
}

enum envelope_result envelope_complete(struct envelope *envelope,
    const struct options *options, const struct message *message,
    const struct account *account, struct diagnostics *d)
{
	struct builder b;

	builder_init(&b, envelope, options, account, d);
	b.message = message;
	envelope->resent = has_resent(message);
	decide_from(&b);
	decide_full_name(&b);
	return builder_finish(&b);
}

void envelope_release(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->n; i++) {
		free(envelope->recipient[i].mailbox);
		free(envelope->recipient[i].original);
	}
	free(envelope->recipient);
	free(envelope->sender);
	free(envelope->from_mailbox);
	free(envelope->full_name);
	memset(envelope, 0, sizeof *envelope);
}
