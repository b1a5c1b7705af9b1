/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* server.h - the test server beside a test program
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Starts tests/server/smtpserver on a free port of loopback, waits until it
 * listens, ends it by its process and hands out what it wrote down. All of it
 * is in a folder that goes with it. SMTPSERVER names the program; makecerts
 * stands beside it. A failure of these functions ends the test program.
 */
#ifndef TEST_API_SERVER_H
#define TEST_API_SERVER_H

#include <sys/types.h>

struct test_server {
	pid_t pid;
	char folder[40];
	char address[32]; /* for smtp_set_server() */
};

/* Options stand between bars: "--eager|--rule=on RCPT reply 550 no". "@NAME" is
 * the certificate NAME with its key, and makes all of them in certs/ of the
 * folder, which is called "@" in "--client-ca=@/certs/ca.pem". */
void server_start(struct test_server *s, const char *options);

/* Ends it; its record is complete then. */
void server_end(struct test_server *s);
/* Ends it and removes its folder. */
void server_drop(struct test_server *s);

/* All of a file in the server's folder; "" if there is none. free() it. */
char *server_file(const struct test_server *s, const char *name);
/* How often text stands in it. */
int server_count(
    const struct test_server *s, const char *name, const char *text);

#endif
