/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* header_table.c - one row a header field: its class and its values
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The table that setters and the pass over a message both obey. A name that
 * is not in it is looked for as its family, up to and with the first hyphen;
 * what then is still unknown is an ordinary field with a plain text. Never
 * decides anything by itself. RFC 5322 3.6, RFC 2045 9, RFC 8098 2.
 */
#include "header_internal.h"

#include <string.h>

#include "text.h"

/* clang-format off */
static const struct header_rule RULES[] = {
	[RULE_DATE]       = {"Date", CLASS_REQUIRED, HEADER_DATE, false, true, "Resent-Date"},
	[RULE_FROM]       = {"From", CLASS_REQUIRED, HEADER_MAILBOX, true, true, "Resent-From"},
	[RULE_MESSAGE_ID] = {"Message-ID", CLASS_RECOMMENDED, HEADER_ID, false, true, "Resent-Message-ID"},
	[RULE_SENDER]     = {"Sender", CLASS_KNOWN, HEADER_MAILBOX, false, false, "Resent-Sender"},
	[RULE_TO]         = {"To", CLASS_KNOWN, HEADER_MAILBOX, true, true, "Resent-To"},
	[RULE_CC]         = {"Cc", CLASS_KNOWN, HEADER_MAILBOX, true, false, "Resent-Cc"},
	[RULE_BCC]        = {"Bcc", CLASS_KNOWN, HEADER_MAILBOX, true, false, "Resent-Bcc"},
	[RULE_REPLY_TO]   = {"Reply-To", CLASS_KNOWN, HEADER_MAILBOX, true, false, NULL},
	[RULE_NOTIFICATION] = {"Disposition-Notification-To", CLASS_KNOWN, HEADER_MAILBOX, false, true, NULL},
	{"Return-Path",        CLASS_PROHIBITED, HEADER_REFUSED, false, false, NULL},
	{"Original-Recipient", CLASS_PROHIBITED, HEADER_REFUSED, false, false, NULL},
	{"Resent-Reply-To",    CLASS_PROHIBITED, HEADER_REFUSED, false, false, NULL},
	{"Received",           CLASS_PRESERVED, HEADER_REFUSED, false, false, NULL},
	{"Content-",           CLASS_PRESERVED, HEADER_REFUSED, false, false, NULL},
	{"MIME-",              CLASS_PRESERVED, HEADER_REFUSED, false, false, NULL},
	{"Resent-",            CLASS_PRESERVED, HEADER_REFUSED, false, false, NULL},
};
/* clang-format on */

/* A name longer than this leaves too little of a line for its value. */
enum { NAME_MAX_LENGTH = 256 };

static const struct header_rule *find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
		const char *rule = RULES[i].name;

		if (text_equal_nocase(name, n, rule, strlen(rule)))
			return &RULES[i];
	}
	return NULL;
}

const struct header_rule *header_rule_find(const char *name, size_t n)
{
	const struct header_rule *rule = find(name, n);
	const char *hyphen = memchr(name, '-', n);

	if (!rule && hyphen)
		rule = find(name, (size_t)(hyphen - name) + 1);
	return rule;
}

const struct header_rule *header_rule_get(enum header_rule_id id)
{
	return &RULES[id];
}

enum header_rule_id header_rule_id(const struct header_rule *rule)
{
	if (!rule || rule >= RULES + RULE_KNOWN)
		return RULE_KNOWN;
	return (enum header_rule_id)(rule - RULES);
}

static bool is_name(const char *name)
{
	size_t n = 0;

	while (name[n] > 32 && name[n] < 127 && name[n] != ':')
		n++;
	return n > 0 && n <= NAME_MAX_LENGTH && name[n] == '\0';
}

enum header_kind header_kind_of(const char *name)
{
	const struct header_rule *rule;

	if (!name || !is_name(name))
		return HEADER_REFUSED;
	rule = header_rule_find(name, strlen(name));
	return rule ? rule->kind : HEADER_TEXT;
}
