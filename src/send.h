/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * send.h - one message from a descriptor to an exit status.
 *
 * Reads, chooses the account, builds the envelope and submits, in this
 * order; the first step that fails ends it.  Also the modes that stop
 * before: --explain, -bv, --serverinfo.
 */
#ifndef SEND_H
#define SEND_H

#include "envelope.h"

struct account;
struct buf;
struct diagnostics;
struct message;
struct options;

/* The exit status; lines for the caller in d.  -oe is honoured here: a
 * message that cannot be sent is kept where that was asked for. */
int send_message(const struct options *options, int fd, struct diagnostics *d);

/* The steps of it that -bs takes one by one; exit statuses, lines in d.  The
 * account that these options choose; to be released when it is EX_OK. */
int send_choose_account(const struct options *options, struct account *account,
    struct diagnostics *d);
int send_read_message(struct message **message, int fd,
    const struct options *options, struct diagnostics *d);
int send_envelope_status(enum envelope_result result);

/* The account and its values, into page. */
int send_explain(
    const struct options *options, struct buf *page, struct diagnostics *d);
/* -bv: what would become of the addresses, on stdout; reads no input. */
int send_verify(const struct options *options, struct diagnostics *d);
/* -bi: a line in d for each mistake in the account's aliases and the
 * system's, or in /etc/aliases where no account can be chosen. */
int send_check_aliases(const struct options *options, struct diagnostics *d);
/* Connects and describes the server, on stdout. */
int send_server_info(const struct options *options, struct diagnostics *d);

#endif
