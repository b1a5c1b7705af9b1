/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* open.c - the model checker's program that knows nothing beforehand
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * It opens a message, names its recipients one by one, each when the one
 * before was answered, then gives the content, or gives up; then the next
 * message over the same connection. While it thinks the server may leave. What
 * it never came to say is deferred.
 */
#include "world.h"

void open_attach(struct world *w)
{
	struct smtp_session *s = &w->program.session;

	for (int m = 0; m < MESSAGES; m++) {
		struct smtp_message *message = w->message[m];

		message->recipients = w->recipient[m][0];
		message->last_recipient = w->recipient[m][RECIPIENTS - 1];
		message->next = m + 1 < MESSAGES ? w->message[m + 1] : NULL;
		for (int r = 0; r + 1 < RECIPIENTS; r++)
			w->recipient[m][r]->next = w->recipient[m][r + 1];
	}
	s->messages = w->message[0];
	s->last_message = w->message[MESSAGES - 1];
}

void open_begin(struct world *w)
{
	for (int m = 0; m < MESSAGES; m++) {
		w->message[m]->recipients = NULL;
		w->message[m]->last_recipient = NULL;
		w->message[m]->next = NULL;
		w->message[m]->open = true;
		w->message[m]->begun = false;
		w->message[m]->engaged = NULL;
	}
	w->program.session.keep_connection = true;
	w->program.session.last_message = w->message[0];
	w->current = 0;
	w->given = 0;
}

static void defer_the_rest(struct world *w, int m, int from)
{
	for (int r = from; r < RECIPIENTS; r++)
		w->recipient[m][r]->verdict = Smtpx_DEFERRED;
}

void open_end(struct world *w)
{
	defer_the_rest(w, w->current, w->given);
	for (int m = w->current + 1; m < MESSAGES; m++)
		defer_the_rest(w, m, 0);
	open_attach(w);
}

static void add_recipient(struct world *w)
{
	struct smtp_message *message = w->message[w->current];
	struct smtp_recipient *r = w->recipient[w->current][w->given];

	r->next = NULL;
	if (w->given == 0)
		message->recipients = r;
	else
		message->last_recipient->next = r;
	message->last_recipient = r;
	w->given++;
}

/* false: there is nothing more. */
static bool add_message(struct world *w)
{
	defer_the_rest(w, w->current, w->given);
	w->given = RECIPIENTS;
	if (w->current + 1 == MESSAGES)
		return false;
	w->message[w->current]->next = w->message[w->current + 1];
	w->program.session.last_message = w->message[w->current + 1];
	w->current++;
	w->given = 0;
	return true;
}

void open_step(struct world *w)
{
	struct smtp_message *message = w->message[w->current];
	int choice = world_choose(w, 4);

	if (choice == 3)
		engine_forget(w->engine, message);
	if (!message->engaged) {
		if (!add_message(w)) {
			engine_quit(w->engine);
			return;
		}
	} else if (w->given < RECIPIENTS) {
		add_recipient(w);
	} else {
		message->open = false;
	}
	if (choice == 1)
		server_reply(w, "421 idle for too long");
	else if (choice == 2)
		server_dies(w, CLOSED);
	else
		engine_resume(w->engine);
}
