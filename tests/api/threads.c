/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* threads.c - sessions in threads, under ThreadSanitizer
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Linked with a library that was compiled for it. Two threads, each with
 * sessions of its own, log in over TLS and send at the same time; a session is
 * cancelled from another thread; errors are each thread's own; the callback for
 * key passphrases, which is the process's, is set meanwhile. ThreadSanitizer
 * ends the program with a status of its own when it finds a race.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth-client.h"
#include "server.h"
#include "smtpx.h"

enum { SESSIONS = 5, MESSAGES = 3 };

static const char letter[] = "Subject: threads\r\n\r\nHello.\r\n";

/* One thread's work and what came of it. */
struct worker {
	const struct test_server *server;
	const char *ca_file;
	char name;
	int delivered;
	int events;
	atomic_int running;
	smtp_session_t session;
	int result, error;
};

static int tests;
static int failures;

static void check(int ok, const char *what)
{
	tests++;
	failures += ok ? 0 : 1;
	printf("%sok %d - %s\n", ok ? "" : "not ", tests, what);
}

static int log_in(
    auth_client_request_t request, char **result, int fields, void *arg)
{
	static char user[] = "user", password[] = "secret";

	(void)arg;
	for (int i = 0; i < fields; i++)
		result[i] = request[i].flags & AUTH_PASS ? password : user;
	return 1;
}

static void count_event(smtp_session_t session, int event, void *arg, ...)
{
	struct worker *w = arg;

	(void)session;
	(void)event;
	w->events++;
}

static int passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return 0;
}

static void count_delivered(
    smtp_recipient_t recipient, const char *mailbox, void *arg)
{
	int *delivered = arg;

	(void)mailbox;
	*delivered +=
	    smtpx_recipient_verdict(recipient) == Smtpx_DELIVERED ? 1 : 0;
}

static void send_one_session(struct worker *w)
{
	smtp_session_t session = smtp_create_session();
	auth_context_t auth = auth_create_context();
	smtp_message_t messages[MESSAGES];

	smtp_set_server(session, w->server->address);
	smtp_set_eventcb(session, count_event, w);
	smtp_starttls_enable(session, Starttls_REQUIRED);
	smtpx_tls_set_ca_file(session, w->ca_file);
	smtp_starttls_set_password_cb(passphrase, w);
	auth_set_interact_cb(auth, log_in, w);
	smtpx_auth_set_mechanisms(auth, NULL);
	smtp_auth_set_context(session, auth);
	for (int i = 0; i < MESSAGES; i++) {
		messages[i] = smtp_add_message(session);
		smtp_set_reverse_path(messages[i], "s@example.com");
		smtp_set_message_str(messages[i], letter);
		smtp_add_recipient(messages[i], "a@example.com");
		smtp_add_recipient(messages[i], "b@example.com");
	}
	if (!smtp_start_session(session))
		printf("# %c: %s\n", w->name, smtpx_error_text(session));
	for (int i = 0; i < MESSAGES; i++)
		smtp_enumerate_recipients(
		    messages[i], count_delivered, &w->delivered);
	smtp_destroy_session(session);
	auth_destroy_context(auth);
}

static void *send_sessions(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < SESSIONS; i++) {
		/* Alternately with and without an error of its own. */
		if (w->name == 'a')
			smtp_set_server(NULL, NULL);
		send_one_session(w);
		w->error |= smtp_errno();
	}
	return NULL;
}

static void test_two_threads(void)
{
	struct test_server server;
	char ca_file[80];
	struct worker a = {.server = &server, .ca_file = ca_file, .name = 'a'};
	struct worker b = {.server = &server, .ca_file = ca_file, .name = 'b'};
	pthread_t first, second;

	server_start(&server, "--starttls|--require-auth|@server");
	snprintf(ca_file, sizeof ca_file, "%s/certs/ca.pem", server.folder);
	pthread_create(&first, NULL, send_sessions, &a);
	pthread_create(&second, NULL, send_sessions, &b);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	check(a.delivered == SESSIONS * MESSAGES * 2 &&
		  b.delivered == SESSIONS * MESSAGES * 2,
	    "two threads send at the same time");
	check(a.error == 0 && b.error == 0, "each has its own errors");
	check(a.events > 0 && a.events == b.events, "and its own events");
	server_drop(&server);
}

static void *start_session(void *arg)
{
	struct worker *w = arg;

	atomic_store(&w->running, 1);
	w->result = smtp_start_session(w->session);
	w->error = smtp_errno();
	atomic_store(&w->running, 0);
	return NULL;
}

static void nap(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void test_cancel(void)
{
	struct test_server server;
	struct worker w = {.server = &server};
	pthread_t thread;
	smtp_message_t message;
	int waited = 0;

	server_start(&server, "--rule=on RCPT stall");
	w.session = smtp_create_session();
	smtp_set_server(w.session, server.address);
	message = smtp_add_message(w.session);
	smtp_set_message_str(message, letter);
	smtp_add_recipient(message, "a@example.com");
	pthread_create(&thread, NULL, start_session, &w);
	nap(300);
	smtpx_cancel(w.session);
	for (; atomic_load(&w.running) && waited < 100; waited++)
		nap(50);
	pthread_join(thread, NULL);
	check(waited < 60, "a session is cancelled from another thread");
	check(w.error == -ECANCELED &&
		  smtpx_cause(w.session) == Smtpx_CAUSE_CANCELLED,
	    "and says so");
	smtp_destroy_session(w.session);
	server_drop(&server);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_two_threads();
	test_cancel();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
