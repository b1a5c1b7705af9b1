/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* model.c - what the plain data of a session can be asked
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A status belongs to one object and owns its text; setting it keeps no trace
 * of the reply before. Whether a recipient or a message still has work is
 * decided here and nowhere else. Never creates or frees a session, a message
 * or a recipient.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

void status_clear(smtp_status_t *status)
{
	free(status->text);
	*status = (smtp_status_t){.code = 0};
}

bool status_set(
    smtp_status_t *status, int code, const int enhanced[3], const char *text)
{
	size_t n = text ? strlen(text) + 1 : 0;
	char *copy = text ? malloc(n) : NULL;

	if (text && !copy) {
		status_clear(status);
		return false;
	}
	if (copy)
		memcpy(copy, text, n); /* text may be the status's own */
	status_clear(status);
	status->code = code;
	status->text = copy;
	if (enhanced) {
		status->enh_class = enhanced[0];
		status->enh_subject = enhanced[1];
		status->enh_detail = enhanced[2];
	}
	return true;
}

bool recipient_pending(const struct smtp_recipient *recipient)
{
	return !recipient->complete;
}

bool message_pending(const struct smtp_message *message)
{
	const struct smtp_recipient *r = message->recipients;

	while (r && !recipient_pending(r))
		r = r->next;
	return r != NULL;
}
