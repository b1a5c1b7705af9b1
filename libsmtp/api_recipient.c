/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_recipient.c - recipients and the parameters of RCPT.
 *
 * contract: libesmtp.h.  A recipient belongs to its message; an address
 * that no RFC 5321 mailbox can hold is refused when it is added.
 */
#include "api.h"

#include <stdlib.h>

#include "command.h"
#include "idn.h"

smtp_recipient_t smtp_add_recipient(smtp_message_t message, const char *mailbox)
{
	struct smtp_recipient *recipient;
	bool no_memory = false;

	if (!api_valid(
		message != NULL && mailbox != NULL && mailbox[0] != '\0'))
		return NULL;
	recipient = calloc(1, sizeof *recipient);
	if (recipient == NULL) {
		api_no_memory();
		return NULL;
	}
	if (!mailbox_set(&recipient->mailbox, mailbox, &no_memory)) {
		free(recipient);
		api_result(false, no_memory);
		return NULL;
	}
	recipient->message = message;
	if (message->last_recipient == NULL)
		message->recipients = recipient;
	else
		message->last_recipient->next = recipient;
	message->last_recipient = recipient;
	return recipient;
}

void api_recipient_free(struct smtp_recipient *recipient)
{
	application_data_drop(&recipient->application);
	mailbox_release(&recipient->mailbox);
	status_clear(&recipient->status);
	status_clear(&recipient->final);
	free(recipient->orcpt_type);
	free(recipient->orcpt_address);
	free(recipient);
}

const smtp_status_t *smtp_recipient_status(smtp_recipient_t recipient)
{
	return api_valid(recipient != NULL) ? &recipient->status : NULL;
}

int smtp_recipient_check_complete(smtp_recipient_t recipient)
{
	return api_valid(recipient != NULL) ? recipient->complete : 0;
}

int smtp_recipient_reset_status(smtp_recipient_t recipient)
{
	if (!api_valid(recipient != NULL))
		return 0;
	status_clear(&recipient->status);
	status_clear(&recipient->final);
	recipient->complete = false;
	recipient->verdict = Smtpx_PENDING;
	recipient->decided_by = NULL;
	return 1;
}

int smtp_dsn_set_notify(smtp_recipient_t recipient, enum notify_flags flags)
{
	const int all = Notify_SUCCESS | Notify_FAILURE | Notify_DELAY;

	if (!api_valid(recipient != NULL && ((int)flags == Notify_NEVER ||
						((int)flags & ~all) == 0)))
		return 0;
	recipient->notify = flags;
	return 1;
}

int smtp_dsn_set_orcpt(
    smtp_recipient_t recipient, const char *address_type, const char *address)
{
	if (!api_valid(recipient != NULL && address_type != NULL &&
		       address != NULL &&
		       command_valid_orcpt(address_type, address)))
		return 0;
	return api_set_strings(&recipient->orcpt_type, address_type,
	    &recipient->orcpt_address, address);
}

void *smtp_recipient_set_application_data(
    smtp_recipient_t recipient, void *data)
{
	if (!api_valid(recipient != NULL))
		return NULL;
	return application_data_set(&recipient->application, data);
}

void smtp_recipient_set_application_data_release(
    smtp_recipient_t recipient, void *data, void (*release)(void *))
{
	if (api_valid(recipient != NULL))
		application_data_set_release(
		    &recipient->application, data, release);
}

void *smtp_recipient_get_application_data(smtp_recipient_t recipient)
{
	return api_valid(recipient != NULL) ? recipient->application.data
	                                    : NULL;
}
