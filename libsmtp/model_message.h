/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * model_message.h - messages, recipients and ETRN nodes as plain data.
 *
 * The API fills them in, the engine writes statuses and verdicts into them,
 * and nobody below L4 allocates or frees one.  Strings are owned by the
 * struct that holds them unless the comment says borrowed.
 */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "libesmtp.h"
#include "smtpx.h"

struct header_set;

/* A pointer of the program's with the hook that frees it. */
struct application_data {
	void *data;
	void (*release)(void *);
};

/* An address in the two forms that the wire may need. */
struct mailbox {
	char *given; /* as the program gave it; what callbacks report */
	char *utf8;  /* path without brackets, domain as U-labels or ASCII */
	char *ascii; /* domain as A-labels; NULL: needs SMTPUTF8 */
};

struct smtp_recipient {
	struct smtp_recipient *next;
	struct smtp_message *message;
	struct mailbox mailbox;
	enum notify_flags notify;
	char *orcpt_type;
	char *orcpt_address;
	smtp_status_t status; /* reply to RCPT */
	smtp_status_t final;  /* LMTP: reply after the content */
	enum smtpx_verdict verdict;
	/* The reply that decided, borrowed from here, message or session. */
	const smtp_status_t *decided_by;
	bool complete;       /* will not be sent again */
	bool accepted;       /* in the transaction under way */
	bool under_way;      /* in a transaction without its verdict yet */
	const void *engaged; /* the transaction under way that has it */
	struct application_data application;
};

struct smtp_message {
	struct smtp_message *next;
	struct smtp_session *session;
	struct mailbox reverse_path; /* given NULL or "": null reverse-path */
	struct smtp_recipient *recipients, *last_recipient;
	smtp_messagecb_t read;
	void *read_arg;
	void *read_ctx;             /* malloc()ed by read, freed by us */
	struct header_set *headers; /* what the API set; header.h */
	bool complete_headers;      /* add what is missing, default true */
	bool open;                  /* more recipients may come: no content */
	bool begun;          /* was open at its MAIL: there is no second one */
	const void *engaged; /* then: the transaction, while it lasts */
	smtp_status_t reverse_path_status;
	smtp_status_t transfer_status;
	char *message_id; /* as sent, with its angle brackets */
	unsigned long long size_sent;

	enum ret_flags ret;
	char *envid; /* not yet xtext */
	unsigned long size_estimate;
	enum e8bitmime_body body;
	enum by_mode by_mode;
	long by_time;
	bool by_trace;
	bool smtputf8, requiretls;
	bool priority_set;
	int priority;
	long hold_for;    /* seconds, 0: not set */
	char *hold_until; /* RFC 3339 */
	struct application_data application;
};

struct smtp_etrn_node {
	struct smtp_etrn_node *next;
	int option;
	char *domain;
	smtp_status_t status;
	struct application_data application;
};

/* Copies a reply into a status the program can see, freeing what was there;
 * text may be NULL.  false: no memory, the status is cleared. */
bool status_set(
    smtp_status_t *status, int code, const int enhanced[3], const char *text);
void status_clear(smtp_status_t *status);

/* True while the recipient has to be sent. */
bool recipient_pending(const struct smtp_recipient *recipient);
bool message_pending(const struct smtp_message *message);

#endif
