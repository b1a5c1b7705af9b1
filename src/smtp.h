/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtp.h - SMTP on standard input and output (-bs), RFC 5321.
 *
 * A real dialogue for callers that speak SMTP to a program: sender and each
 * recipient are answered by the account's server, and so is the content when
 * it has ended.  Offers neither AUTH nor STARTTLS.
 */
#ifndef SMTP_H
#define SMTP_H

struct options;

/* Runs the dialogue until QUIT or the end of input; the exit status. */
int smtp_converse(const struct options *options);

#endif
