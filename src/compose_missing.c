/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose_missing.c - fields that a message ought to have.
 *
 * contract: compose_fields.h.  Date in the local zone, a Message-ID whose
 * left side is nothing but random, From with the caller's name, and what
 * MIME has to say of the body.  RFC 5322 3.6, RFC 2045 2, RFC 6854.
 */
#define _DEFAULT_SOURCE /* getrandom() */

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "account.h"
#include "compose.h"
#include "compose_addresses.h"
#include "compose_fields.h"
#include "compose_text.h"
#include "date.h"
#include "encode.h"
#include "envelope.h"
#include "hostname.h"
#include "message.h"
#include "options.h"
#include "text.h"

/* 130 bits in letters of five. */
#define ID_LETTERS 26
#define ID_MAX 1024

static int zone_minutes(time_t now)
{
	struct tm local;
	struct date d;
	int minutes;

	if (localtime_r(&now, &local) == NULL)
		return DATE_ZONE_UNKNOWN;
	d = (struct date){.year = local.tm_year + 1900,
	    .month = local.tm_mon + 1,
	    .day = local.tm_mday,
	    .hour = local.tm_hour,
	    .minute = local.tm_min,
	    .second = local.tm_sec};
	minutes = (int)((date_join(&d) - (int64_t)now) / 60);
	/* TZ is the caller's, and may say anything. */
	return minutes < -DATE_ZONE_MAX || minutes > DATE_ZONE_MAX
	           ? DATE_ZONE_UNKNOWN
	           : minutes;
}

static bool put_date(struct compose_pass *pass, const char *name)
{
	buf_puts(&pass->out, name);
	return date_rfc5322(
		   &pass->out, (int64_t)pass->now, zone_minutes(pass->now)) &&
	       buf_puts(&pass->out, "\r\n");
}

/* A domain that may stand on the right of a Message-ID. */
static bool is_id_domain(const char *domain)
{
	return domain != NULL &&
	       (hostname_is_valid(domain, strlen(domain)) ||
		   hostname_is_literal(domain, strlen(domain)));
}

static const char *id_domain(struct compose_pass *pass)
{
	const char *domain = pass->settings->account->message_id_domain;
	const char *at = strrchr(pass->settings->envelope->from_mailbox, '@');

	if (domain != NULL)
		return domain;
	if (at != NULL && is_id_domain(at + 1))
		return at + 1;
	domain = address_domain(&pass->context);
	return is_id_domain(domain) ? domain : "localhost.invalid";
}

static bool put_id(struct compose_pass *pass, const char *name, char **kept)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char random[ID_LETTERS];
	struct buf id;
	bool done;

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return false;
	buf_init(&id, ID_MAX);
	buf_putc(&id, '<');
	for (size_t i = 0; i < sizeof random; i++)
		buf_putc(&id, (unsigned char)letters[random[i] & 31]);
	buf_putc(&id, '@');
	buf_puts(&id, id_domain(pass));
	buf_putc(&id, '>');
	buf_puts(&pass->out, name);
	buf_append(&pass->out, buf_head(&id), id.len);
	done = buf_puts(&pass->out, "\r\n") && !id.failed;
	if (done && kept != NULL) {
		*kept = buf_take(&id, NULL);
		done = *kept != NULL;
	}
	buf_release(&id);
	return done;
}

/* The mailbox of a field that is made. */
static bool put_mailbox(struct compose_pass *pass)
{
	const char *mailbox = pass->settings->envelope->from_mailbox;
	bool no_memory = false;
	char *ascii = pass->settings->options->smtputf8
	                  ? NULL
	                  : compose_ascii_mailbox(mailbox, &no_memory);

	if (ascii != NULL)
		mailbox = ascii;
	if (!text_is_ascii(mailbox, strlen(mailbox)))
		pass->header_utf8 = true;
	buf_puts(&pass->out, mailbox);
	free(ascii);
	return !no_memory;
}

bool compose_put_from(struct compose_pass *pass)
{
	const char *name = pass->settings->envelope->full_name;
	bool named;

	buf_puts(&pass->out, "From: ");
	named = name != NULL && name[0] != '\0' &&
	        encode_phrase(
		    &pass->out, name, strlen(name), compose_column(&pass->out));
	buf_puts(&pass->out, named ? " <" : "");
	return put_mailbox(pass) &&
	       buf_puts(&pass->out, named ? ">\r\n" : "\r\n");
}

/* RFC 5322 3.6.2: who of several sent it. */
static bool put_sender(struct compose_pass *pass)
{
	buf_puts(&pass->out, "Sender: ");
	return put_mailbox(pass) && buf_puts(&pass->out, "\r\n");
}

/* The From that was forced away, in words of its own. */
static bool put_reply_to(struct compose_pass *pass)
{
	struct buf field;
	bool done;

	buf_init(&field, SIZE_MAX);
	buf_puts(&field, "Reply-To:");
	buf_puts(&field, pass->replaced_from);
	done = !field.failed && compose_own_field(pass,
				    (const char *)buf_head(&field), field.len);
	buf_release(&field);
	return done;
}

bool compose_put_resent(struct compose_pass *pass, unsigned seen)
{
	if (!(seen & SEEN_RESENT_DATE) && !put_date(pass, "Resent-Date: "))
		return false;
	return (seen & SEEN_RESENT_ID) ||
	       put_id(pass, "Resent-Message-ID: ", NULL);
}

static const char *charset(const struct message_facts *facts)
{
	if (!facts->body_eight_bit)
		return "us-ascii";
	return facts->body_utf8 ? "utf-8" : "unknown-8bit";
}

/* A body that was encoded, or an 8-bit one that says nothing of itself (RFC
 * 2045). */
static bool put_mime(struct compose_pass *pass)
{
	const struct message_facts *facts = message_facts(pass->message);
	const char *encoding = pass->encoded ? pass->encoding : NULL;

	if (pass->encoding == NULL && pass->simple_body &&
	    facts->body_eight_bit && !(pass->seen & SEEN_ENCODING) &&
	    !pass->settings->options->gateway)
		encoding = "8bit";
	if (encoding == NULL)
		return true;
	if (!(pass->seen & SEEN_MIME_VERSION))
		buf_puts(&pass->out, "MIME-Version: 1.0\r\n");
	if (!(pass->seen & SEEN_CONTENT_TYPE)) {
		buf_puts(&pass->out, "Content-Type: text/plain; charset=");
		buf_puts(&pass->out, charset(facts));
		buf_puts(&pass->out, "\r\n");
	}
	if (!(pass->seen & SEEN_ENCODING)) {
		buf_puts(&pass->out, "Content-Transfer-Encoding: ");
		buf_puts(&pass->out, encoding);
		buf_puts(&pass->out, "\r\n");
	}
	return !pass->out.failed;
}

static bool put_accounts_own(struct compose_pass *pass)
{
	const struct account_list *list = &pass->settings->account->add_header;

	for (size_t i = 0; i < list->n; i++)
		if (!compose_own_field(
			pass, list->item[i], strlen(list->item[i])))
			return false;
	return true;
}

static bool put_originator(struct compose_pass *pass)
{
	bool wanted = pass->settings->account->add_from ||
	              pass->settings->envelope->force_from;

	if (!(pass->seen & SEEN_FROM) && wanted)
		return compose_put_from(pass);
	if (pass->from_count > 1 && !(pass->seen & SEEN_SENDER))
		return put_sender(pass);
	return true;
}

static bool complete(struct compose_pass *pass)
{
	const struct account *a = pass->settings->account;

	if (!put_accounts_own(pass))
		return false;
	if (a->add_date && !(pass->seen & SEEN_DATE) &&
	    !put_date(pass, "Date: "))
		return false;
	if (!put_originator(pass))
		return false;
	if (a->undisclosed_recipients && !(pass->seen & SEEN_DESTINATION))
		buf_puts(&pass->out, "To: undisclosed-recipients:;\r\n");
	return !a->add_message_id || (pass->seen & SEEN_MESSAGE_ID) ||
	       put_id(pass, "Message-ID: ", &pass->message_id);
}

bool compose_missing_fields(struct compose_pass *pass)
{
	bool done = true;

	if (pass->replaced_from != NULL && !(pass->seen & SEEN_REPLY_TO))
		done = put_reply_to(pass);
	if (done && !pass->settings->options->gateway)
		done = complete(pass);
	return done && put_mime(pass);
}
