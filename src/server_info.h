/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * server_info.h - connects, and says what the server is like.
 *
 * Nothing is logged in to and nothing is sent; TLS is verified as it would
 * be for a message.
 */
#ifndef SERVER_INFO_H
#define SERVER_INFO_H

struct account;
struct diagnostics;
struct options;

/* On stdout; the exit status. */
int server_info(const struct options *options, const struct account *account,
    struct diagnostics *d);

#endif
