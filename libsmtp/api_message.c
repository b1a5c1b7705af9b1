/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_message.c - messages: envelope sender, content, header fields and the
 * parameters of MAIL.
 *
 * contract: libesmtp.h.  Everything that could reach a command line or a
 * header field is checked when it is set, so that a program
 * learns of a bad value where it passed it.
 */
#include "api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "header.h"
#include "idn.h"
#include "text.h"

/* RFC 2852 4: by-time has nine digits at most. */
#define BY_TIME_MAX 999999999L
/* What _smtp_message_fp_cb() reads at once. */
#define FILE_BLOCK 65536

smtp_message_t smtp_add_message(smtp_session_t session)
{
	struct smtp_message *message;

	if (!api_valid(session != NULL))
		return NULL;
	message = calloc(1, sizeof *message);
	if (message == NULL || (message->headers = header_set_new()) == NULL) {
		free(message);
		api_no_memory();
		return NULL;
	}
	message->session = session;
	message->complete_headers = true;
	if (session->last_message == NULL)
		session->messages = message;
	else
		session->last_message->next = message;
	session->last_message = message;
	return message;
}

void api_message_free(struct smtp_message *message)
{
	struct smtp_recipient *recipient;

	while ((recipient = message->recipients) != NULL) {
		message->recipients = recipient->next;
		api_recipient_free(recipient);
	}
	application_data_drop(&message->application);
	mailbox_release(&message->reverse_path);
	header_set_free(message->headers);
	status_clear(&message->reverse_path_status);
	status_clear(&message->transfer_status);
	free(message->read_ctx);
	free(message->message_id);
	free(message->envid);
	free(message->hold_until);
	free(message);
}

int smtp_set_reverse_path(smtp_message_t message, const char *mailbox)
{
	struct mailbox path = {.given = NULL};
	bool no_memory = false;

	if (!api_valid(message != NULL))
		return 0;
	if (!mailbox_set(&path, mailbox, &no_memory))
		return api_result(false, no_memory);
	mailbox_release(&message->reverse_path);
	message->reverse_path = path;
	return 1;
}

int smtp_enumerate_recipients(
    smtp_message_t message, smtp_enumerate_recipientcb_t cb, void *arg)
{
	struct smtp_recipient *next;

	if (!api_valid(message != NULL && cb != NULL))
		return 0;
	for (struct smtp_recipient *r = message->recipients; r != NULL;
	     r = next) {
		next = r->next;
		cb(r, r->mailbox.given, arg);
	}
	return 1;
}

int smtp_set_messagecb(smtp_message_t message, smtp_messagecb_t cb, void *arg)
{
	if (!api_valid(message != NULL && cb != NULL))
		return 0;
	message->read = cb;
	message->read_arg = arg;
	return 1;
}

/* A pipe cannot be rewound, and need not be for one transmission. */
const char *_smtp_message_fp_cb(void **ctx, int *len, void *arg)
{
	FILE *fp = arg;

	if (len == NULL) {
		if (fseek(fp, 0, SEEK_SET) == 0)
			clearerr(fp);
		return NULL;
	}
	*len = 0;
	if (*ctx == NULL && (*ctx = malloc(FILE_BLOCK)) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	errno = 0;
	*len = (int)fread(*ctx, 1, FILE_BLOCK, fp);
	if (*len == 0 && !ferror(fp))
		errno = 0; /* stdio sets it casually */
	else if (*len == 0 && errno == 0)
		errno = EIO;
	return *len == 0 ? NULL : *ctx;
}

/* Whether the string was given out already is all there is to remember. */
const char *_smtp_message_str_cb(void **ctx, int *len, void *arg)
{
	const char *text = arg;

	if (len == NULL) {
		free(*ctx);
		*ctx = NULL;
		return NULL;
	}
	*len = 0;
	if (*ctx != NULL)
		return NULL;
	if ((*ctx = malloc(1)) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	*len = (int)strlen(text);
	return text;
}

int(smtp_set_message_fp)(smtp_message_t message, FILE *fp)
{
	if (!api_valid(fp != NULL))
		return 0;
	return smtp_set_messagecb(message, _smtp_message_fp_cb, fp);
}

int(smtp_set_message_str)(smtp_message_t message, const char *str)
{
	if (!api_valid(str != NULL))
		return 0;
	return smtp_set_messagecb(message, _smtp_message_str_cb, (void *)str);
}

/* RFC 5322 knows ASCII alone: a domain goes out as A-labels, and a local part
 * that is not ASCII makes a message for SMTPUTF8 (RFC 6532). */
static bool set_mailbox(struct smtp_message *message, const char *name,
    const char *phrase, const char *mailbox, bool *no_memory)
{
	struct mailbox forms = {.given = NULL};
	bool utf8 = mailbox != NULL && !text_is_ascii(mailbox, strlen(mailbox));
	bool done = false;

	if (utf8 && mailbox_set(&forms, mailbox, no_memory) &&
	    forms.ascii != NULL) {
		mailbox = forms.ascii;
		utf8 = false;
	}
	if (!*no_memory)
		done = header_set_mailbox(
		    message->headers, name, phrase, mailbox, no_memory);
	mailbox_release(&forms);
	message->smtputf8 |= done && utf8;
	return done;
}

static int set_header(
    struct smtp_message *message, const char *name, va_list args)
{
	struct header_set *set = message->headers;
	bool no_memory = false;
	bool done = false;
	const char *phrase, *value;
	const time_t *when;

	switch (header_kind_of(name)) {
	case HEADER_TEXT:
	case HEADER_ID:
		value = va_arg(args, const char *);
		done = header_set_text(set, name, value, &no_memory);
		break;
	case HEADER_DATE:
		when = va_arg(args, const time_t *);
		done = when != NULL &&
		       header_set_date(set, name, (long long)*when, &no_memory);
		break;
	case HEADER_MAILBOX:
		phrase = va_arg(args, const char *);
		value = va_arg(args, const char *);
		done = set_mailbox(message, name, phrase, value, &no_memory);
		break;
	case HEADER_REFUSED:
		break;
	}
	return api_result(done, no_memory);
}

int smtp_set_header(smtp_message_t message, const char *header, ...)
{
	va_list args;
	int result;

	if (!api_valid(message != NULL && header != NULL))
		return 0;
	va_start(args, header);
	result = set_header(message, header, args);
	va_end(args);
	return result;
}

int smtp_set_header_option(
    smtp_message_t message, const char *header, enum header_option option, ...)
{
	va_list args;
	bool no_memory = false;
	bool done;
	int on;

	if (!api_valid(message != NULL && header != NULL &&
		       (option == Hdr_OVERRIDE || option == Hdr_PROHIBIT)))
		return 0;
	va_start(args, option);
	on = va_arg(args, int);
	va_end(args);
	done = header_set_option(
	    message->headers, header, option, on != 0, &no_memory);
	return api_result(done, no_memory);
}

int smtp_set_resent_headers(smtp_message_t message, int onoff)
{
	if (!api_valid(message != NULL))
		return 0;
	header_set_resent(message->headers, onoff != 0);
	return 1;
}

const smtp_status_t *smtp_message_transfer_status(smtp_message_t message)
{
	return api_valid(message != NULL) ? &message->transfer_status : NULL;
}

const smtp_status_t *smtp_reverse_path_status(smtp_message_t message)
{
	return api_valid(message != NULL) ? &message->reverse_path_status
	                                  : NULL;
}

int smtp_message_reset_status(smtp_message_t message)
{
	if (!api_valid(message != NULL))
		return 0;
	status_clear(&message->transfer_status);
	status_clear(&message->reverse_path_status);
	for (struct smtp_recipient *r = message->recipients; r != NULL;
	     r = r->next)
		smtp_recipient_reset_status(r);
	return 1;
}

int smtp_dsn_set_ret(smtp_message_t message, enum ret_flags flags)
{
	if (!api_valid(message != NULL && (int)flags >= Ret_NOTSET &&
		       flags <= Ret_HDRS))
		return 0;
	message->ret = flags;
	return 1;
}

int smtp_dsn_set_envid(smtp_message_t message, const char *envid)
{
	if (!api_valid(
		message != NULL && envid != NULL && command_valid_envid(envid)))
		return 0;
	return api_set_string(&message->envid, envid);
}

int smtp_size_set_estimate(smtp_message_t message, unsigned long size)
{
	if (!api_valid(message != NULL))
		return 0;
	message->size_estimate = size;
	return 1;
}

int smtp_8bitmime_set_body(smtp_message_t message, enum e8bitmime_body body)
{
	if (!api_valid(message != NULL && (int)body >= E8bitmime_NOTSET &&
		       body <= E8bitmime_BINARYMIME))
		return 0;
	message->body = body;
	return 1;
}

int smtp_deliverby_set_mode(
    smtp_message_t message, long time, enum by_mode mode, int trace)
{
	if (!api_valid(message != NULL && (int)mode >= By_NOTSET &&
		       mode <= By_RETURN && time >= -BY_TIME_MAX &&
		       time <= BY_TIME_MAX && (mode != By_RETURN || time > 0)))
		return 0;
	message->by_mode = mode;
	message->by_time = time;
	message->by_trace = trace != 0;
	return 1;
}

void *smtp_message_set_application_data(smtp_message_t message, void *data)
{
	if (!api_valid(message != NULL))
		return NULL;
	return application_data_set(&message->application, data);
}

void smtp_message_set_application_data_release(
    smtp_message_t message, void *data, void (*release)(void *))
{
	if (api_valid(message != NULL))
		application_data_set_release(
		    &message->application, data, release);
}

void *smtp_message_get_application_data(smtp_message_t message)
{
	return api_valid(message != NULL) ? message->application.data : NULL;
}
