/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl.c - mechanisms by libgsasl behind struct authenticator
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The context that a program fills, and the engine's view of it. libgsasl is
 * set up when a mechanism is first wanted. A new connection, or a new TLS
 * layer, forgets what was tried and drops a running exchange with its
 * secrets. RFC 4422, RFC 4954; libESMTP's auth-client interface.
 */
#include "sasl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sasl_context.h"
#include "text.h"

/* RFC 4954 4: later lines hold 12288 characters of base64. */
enum { REPLY_MAX = 12288 / 4 * 3 };

void sasl_because(
    struct auth_context *a, const char *what, const char *detail, size_t n)
{
	struct buf text;
	const char *made;

	buf_init(&text, sizeof a->reason - 1);
	buf_puts(&text, what);
	if (detail && n > 0)
		text_clean(&text, detail, n);
	/* Too long a detail is left out; what fits always. */
	text.failed = false;
	made = buf_cstr(&text);
	if (made)
		memcpy(a->reason, made, text.len + 1);
	else
		a->reason[0] = '\0';
	buf_release(&text);
}

static const char *choose(void *ctx, const struct capabilities *offered)
{
	struct auth_context *a = ctx;

	sasl_end(a);
	a->selected = sasl_next(a, offered);
	return a->selected ? a->selected->name : NULL;
}

static void begin(void *ctx)
{
	struct auth_context *a = ctx;

	sasl_end(a);
	a->selected = NULL;
	a->tried = 0;
	a->reason[0] = '\0';
}

static enum auth_step step(
    void *ctx, const void *challenge, size_t n, struct buf *response)
{
	return sasl_step(ctx, challenge, n, response);
}

static bool satisfied(void *ctx)
{
	struct auth_context *a = ctx;

	if (!a->selected || !a->done)
		return false;
	/* The password has done its work; a session may last. */
	sasl_wipe(a);
	return true;
}

static bool one_step(void *ctx)
{
	const struct auth_context *a = ctx;

	return a->selected && (a->selected->traits & SASL_ONE_STEP);
}

static const char *reason(void *ctx)
{
	const struct auth_context *a = ctx;

	return *a->reason ? a->reason : NULL;
}

struct auth_context *sasl_new(void)
{
	struct auth_context *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	buf_init_secret(&a->reply, REPLY_MAX);
	a->authenticator = (struct authenticator){
	    .ctx = a,
	    .choose = choose,
	    .begin = begin,
	    .step = step,
	    .satisfied = satisfied,
	    .one_step = one_step,
	    .reason = reason,
	};
	return a;
}

struct auth_context *sasl_new_gsasl(struct Gsasl *context)
{
	struct auth_context *a = sasl_new();

	if (!a)
		return NULL;
	a->gsasl = context;
	a->gsasl_borrowed = true;
	sasl_set_order(a, NULL);
	return a;
}

void sasl_free(struct auth_context *a)
{
	if (!a)
		return;
	sasl_end(a);
	if (a->gsasl && !a->gsasl_borrowed)
		gsasl_done(a->gsasl);
	buf_release(&a->reply);
	free(a->external_id);
	free(a->authzid);
	free(a);
}

bool sasl_load(struct auth_context *a)
{
	if (!a->gsasl && gsasl_init(&a->gsasl) != GSASL_OK)
		a->gsasl = NULL;
	return a->gsasl != NULL;
}

const struct authenticator *sasl_authenticator(struct auth_context *a)
{
	return &a->authenticator;
}

void sasl_connected(
    struct auth_context *a, const struct sasl_connection *connection)
{
	begin(a);
	a->connection = *connection;
}

void sasl_disconnected(struct auth_context *a)
{
	sasl_end(a);
	a->connection = (struct sasl_connection){.host = NULL};
}

bool sasl_set_flags(struct auth_context *a, unsigned set, unsigned clear)
{
	a->consent &= ~clear;
	a->consent |= set & (AUTH_PLUGIN_ANONYMOUS | AUTH_PLUGIN_PLAIN);
	return true;
}

bool sasl_set_min_ssf(struct auth_context *a, int min_ssf)
{
	a->min_ssf = min_ssf;
	return true;
}

/* Replaces an owned string; value NULL takes it away. */
static bool replace(char **string, const char *value)
{
	char *made = value ? strdup(value) : NULL;

	if (value && !made)
		return false;
	free(*string);
	*string = made;
	return true;
}

bool sasl_set_external_id(struct auth_context *a, const char *identity)
{
	return replace(&a->external_id, identity);
}

bool sasl_set_authzid(struct auth_context *a, const char *authzid)
{
	return replace(&a->authzid, authzid);
}

bool sasl_set_interact(struct auth_context *a, auth_interact_t cb, void *arg)
{
	a->interact = cb;
	a->interact_arg = arg;
	return true;
}

bool sasl_enabled(const struct auth_context *a)
{
	return a->interact || a->gsasl_borrowed;
}

bool sasl_allow_clear(struct auth_context *a, bool on)
{
	a->allow_clear = on;
	return true;
}

/* Adds a row to the order unless it is there. */
static void add_to_order(struct auth_context *a, size_t row)
{
	for (size_t i = 0; i < a->order_count; i++)
		if (a->order[i] == row)
			return;
	a->order[a->order_count++] = (unsigned char)row;
}

/* Whether every word of the list names a mechanism, and there is one. */
static bool all_known(const char *list)
{
	bool any = false;

	while (*(list += strspn(list, " "))) {
		size_t n = strcspn(list, " ");

		if (!sasl_find(list, n))
			return false;
		any = true;
		list += n;
	}
	return any;
}

bool sasl_set_order(struct auth_context *a, const char *list)
{
	if (list && !all_known(list))
		return false;
	a->ordered = true;
	a->order_count = 0;
	for (size_t i = 0; !list && i < SASL_MECHANISMS; i++)
		if (sasl_mechanisms[i].traits & SASL_BY_STRENGTH)
			add_to_order(a, i);
	while (list && *(list += strspn(list, " "))) {
		size_t n = strcspn(list, " ");

		add_to_order(a, (size_t)(sasl_find(list, n) - sasl_mechanisms));
		list += n;
	}
	return true;
}

bool sasl_select(struct auth_context *a, const char *mechanism)
{
	const struct sasl_mechanism *m =
	    sasl_find(mechanism, strlen(mechanism));

	/* What was selected before stays so, as in libESMTP. */
	if (!m || !sasl_usable(a, m))
		return false;
	sasl_end(a);
	a->selected = m;
	return true;
}

const char *sasl_selected(const struct auth_context *a)
{
	return a->selected ? a->selected->name : NULL;
}

const char *sasl_respond(
    struct auth_context *a, const char *challenge, int *len)
{
	if (!a->selected || !len || (challenge && *len < 0))
		return NULL;
	buf_clear(&a->reply);
	if (sasl_step(a, challenge, challenge ? (size_t)*len : 0, &a->reply) !=
	    AUTH_STEP_RESPONSE)
		return NULL;
	*len = (int)a->reply.len;
	return buf_cstr(&a->reply);
}
