/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * relay.h - a client's transactions, handed on to the account's server.
 *
 * Each step is asked of the server when the client takes it, over one
 * connection for as many transactions as it bears, and each answer is the
 * server's, cleaned.  The content leaves when all of it is here.  What was
 * lost on the way is a 4yz to the next command; nothing is sent twice.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>

struct options;
struct relay;
struct smtp_transaction;

/* A reply without line end, code and enhanced code before its words. */
#define RELAY_REPLY_MAX 480
struct relay_reply {
	char text[RELAY_REPLY_MAX];
};

/* The options of the command line; they must outlive it.  NULL: no memory. */
struct relay *relay_new(const struct options *options);
/* Leaves the server. */
void relay_free(struct relay *r);

/* Whether the server that the account without a sender names has the
 * extension; connects to it.  What hinders that is told to the next MAIL. */
bool relay_offers(struct relay *r, const char *keyword);

/* The client's steps; true: the reply is a good one.  A MAIL begins anew, as
 * relay_reset() does. */
bool relay_mail(struct relay *r, const struct smtp_transaction *t,
    struct relay_reply *reply);
bool relay_rcpt(struct relay *r, const struct smtp_transaction *t,
    struct relay_reply *reply);
/* Before DATA; the good reply is empty. */
bool relay_ready(struct relay *r, struct relay_reply *reply);
/* The content, at the start of a descriptor, line ends as they came. */
bool relay_content(struct relay *r, int fd, struct relay_reply *reply);
void relay_reset(struct relay *r);

#endif
