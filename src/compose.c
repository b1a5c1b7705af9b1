/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose.c - the final header section, and the content as it is sent.
 *
 * contract: compose.h.  Fields are copied octet for octet unless a rule of
 * the sendmail interface concerns them; the rules are functions of one
 * table.  RFC 5322 3.6.
 */
#include "compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "buf.h"
#include "compose_fields.h"
#include "diagnostics.h"
#include "envelope.h"
#include "message.h"
#include "options.h"
#include "rfc5322.h"
#include "text.h"

/* What is read of the body at once. */
#define BLOCK (64 * 1024)
/* The header section as it came may have 16 MiB; encoding makes it grow. */
#define HEADER_MAX (64 * 1024 * 1024)

struct composed {
	const struct message *message;
	struct buf header; /* blank line included */
	char *message_id;
	bool header_utf8;
	/* Of the reader. */
	size_t header_at;
	unsigned long long body_at;
};

static bool copy_field(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	return compose_put_lines(&pass->out, field->start, field->len);
}

static bool one_field(
    struct compose_pass *pass, const struct rfc5322_field *field)
{
	enum compose_fate fate = compose_field(pass, field);

	if (fate == FIELD_AS_IT_IS)
		return copy_field(pass, field);
	return fate != FIELD_FAILED;
}

static bool every_field(struct compose_pass *pass)
{
	size_t n, at = 0;
	const char *header = message_header(pass->message, &n);
	struct rfc5322_field field;

	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD)
		if (!one_field(pass, &field))
			return false;
	return true;
}

static enum compose_result refuse_size(const struct composed *composed,
    const struct compose_settings *settings, struct diagnostics *d)
{
	uint64_t limit = settings->account->size_limit;

	if (limit == 0 || composed_size(composed) <= limit)
		return COMPOSED;
	diagnostics_add(d,
	    "the message has %llu octets, more than size-limit allows (%llu)",
	    composed_size(composed), (unsigned long long)limit);
	return COMPOSE_TOO_LARGE;
}

enum compose_result composed_new(struct composed **composed,
    const struct message *message, const struct compose_settings *settings,
    struct diagnostics *d)
{
	struct composed *c = calloc(1, sizeof *c);
	struct compose_pass pass = {.message = message, .settings = settings};
	bool done;

	*composed = c;
	if (c == NULL)
		return COMPOSE_NO_MEMORY;
	c->message = message;
	if (settings->seven_bit && message_facts(message)->body_eight_bit) {
		diagnostics_add(d, "the server takes no 8-bit content, and "
				   "the message has some");
		return COMPOSE_REFUSED;
	}
	buf_init(&pass.out, HEADER_MAX);
	address_context_init(&pass.context, settings->account);
	done = every_field(&pass) && compose_missing_fields(&pass) &&
	       buf_puts(&pass.out, "\r\n");
	address_context_release(&pass.context);
	c->header = pass.out;
	c->message_id = pass.message_id;
	c->header_utf8 = pass.header_utf8;
	return done ? refuse_size(c, settings, d) : COMPOSE_NO_MEMORY;
}

void composed_free(struct composed *composed)
{
	if (composed == NULL)
		return;
	buf_release(&composed->header);
	free(composed->message_id);
	free(composed);
}

const char *composed_header(const struct composed *composed, size_t *n)
{
	*n = composed->header.len;
	return (const char *)buf_head(&composed->header);
}

const char *composed_message_id(const struct composed *composed)
{
	return composed->message_id;
}

unsigned long long composed_size(const struct composed *composed)
{
	return composed->header.len +
	       message_facts(composed->message)->body_size;
}

bool composed_eight_bit(const struct composed *composed)
{
	return message_facts(composed->message)->body_eight_bit;
}

bool composed_header_utf8(const struct composed *composed)
{
	return composed->header_utf8;
}

static const char *read_header(struct composed *c, int *len)
{
	const char *at = (const char *)buf_head(&c->header) + c->header_at;
	size_t n = c->header.len - c->header_at;

	if (n > BLOCK)
		n = BLOCK;
	c->header_at += n;
	*len = (int)n;
	return at;
}

const char *composed_read(void **ctx, int *len, void *composed)
{
	struct composed *c = composed;
	long n;

	if (len == NULL) {
		c->header_at = 0;
		c->body_at = 0;
		return NULL;
	}
	*len = 0;
	if (c->header_at < c->header.len)
		return read_header(c, len);
	if (*ctx == NULL && (*ctx = malloc(BLOCK)) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	n = message_body_read(c->message, c->body_at, *ctx, BLOCK);
	if (n <= 0) {
		if (n == 0)
			errno = 0;
		return NULL;
	}
	c->body_at += (unsigned long long)n;
	*len = (int)n;
	return *ctx;
}
