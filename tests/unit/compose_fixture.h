/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compose_fixture.h - a message from a text, and what leaves of it
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Text goes through message_read() as from a pipe, then through composed_new()
 * with settings that add nothing unless a test asks for it. Included once by
 * each of the tests of message and composition, after cmocka.h.
 */
#ifndef COMPOSE_FIXTURE_H
#define COMPOSE_FIXTURE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "buf.h"
#include "compose.h"
#include "diagnostics.h"
#include "envelope.h"
#include "message.h"
#include "options.h"

static struct options options;
static struct account account;
static struct envelope envelope;
static struct diagnostics complaints;
static struct message *message;
static struct composed *composed;
static struct compose_settings settings;
static volatile sig_atomic_t interrupted;

static char my_mailbox[] = "me@example.com";
static char my_domain[] = "example.com";

static inline void plain_settings(void)
{
	memset(&options, 0, sizeof options);
	memset(&account, 0, sizeof account);
	memset(&envelope, 0, sizeof envelope);
	account.from_policy = FROM_QUALIFY;
	account.qualify_domain = my_domain;
	envelope.sender = my_mailbox;
	envelope.from_mailbox = my_mailbox;
	settings = (struct compose_settings){
	    .options = &options, .account = &account, .envelope = &envelope};
	diagnostics_init(&complaints);
}

/* The message of n octets. A file stands for the pipe: it holds any size. */
static inline void take_message(const char *text, size_t n)
{
	const struct message_settings how = {.ignore_dots = true};
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
	assert_int_equal(
	    message_read(&message, fileno(f), &how, &interrupted, &complaints),
	    MESSAGE_READ);
	fclose(f);
}

static inline enum compose_result compose(void)
{
	return composed_new(&composed, message, &settings, &complaints);
}

/* All that composed_read() gives, from the start. */
static inline void read_all(struct buf *out)
{
	void *ctx = NULL;
	const char *block;
	int n = 0;

	composed_read(&ctx, NULL, composed);
	while ((block = composed_read(&ctx, &n, composed)) != NULL) {
		assert_true(n > 0);
		assert_true(buf_append(out, block, (size_t)n));
	}
	assert_int_equal(n, 0);
	free(ctx);
}

static inline void drop_all(void)
{
	composed_free(composed);
	message_free(message);
	diagnostics_release(&complaints);
	composed = NULL;
	message = NULL;
}

/* The content that leaves, as a string (NUL shows as "\\0"); freed by the
 * caller. Composes with the settings as they are. */
static inline char *content_of(const char *text, size_t n)
{
	struct buf out;
	char *taken;

	buf_init(&out, SIZE_MAX / 2);
	take_message(text, n);
	assert_int_equal(compose(), COMPOSED);
	assert_false(diagnostics_any(&complaints));
	read_all(&out);
	taken = buf_take(&out, NULL);
	assert_non_null(taken);
	drop_all();
	return taken;
}

#endif
