/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * compose.c - the final header section, and the content as it is sent.
 *
 * contract: compose.h.  Fields are copied octet for octet unless a rule of
 * the sendmail interface concerns them; the body is read from the store as it
 * came, or goes through mime_stream.c.  RFC 5322 3.6, RFC 1870.
 */
#include "compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "address.h"
#include "buf.h"
#include "compose_fields.h"
#include "diagnostics.h"
#include "message.h"
#include "mime.h"
#include "rfc5322.h"
#include "text.h"

/* What is read of the body at once. */
#define BLOCK (64 * 1024)
/* The header section as it came may have 16 MiB; encoding makes it grow. */
#define HEADER_MAX (64 * 1024 * 1024)
/* A block of a body that is made anew, and the header of a part behind it. */
#define STREAM_MAX (BLOCK + HEADER_MAX)

struct composed {
	const struct message *message;
	struct buf header; /* blank line included */
	char *message_id;
	bool header_utf8;
	struct mime_settings mime;
	struct mime_plan plan;
	/* Of the body as it leaves. */
	unsigned long long body_size;
	bool eight_bit;
	/* Of the reader. */
	size_t header_at;
	unsigned long long body_at;
	struct mime_stream *stream;
	struct buf block; /* of the stream */
};

static bool every_field(struct compose_pass *pass)
{
	size_t n, at = 0;
	const char *header = message_header(pass->message, &n);
	struct rfc5322_field field;

	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD)
		if (!compose_field(pass, &field))
			return false;
	return true;
}

static bool make_header(
    struct composed *c, const struct compose_settings *settings)
{
	enum mime_kind kind = c->mime.root.kind;
	struct compose_pass pass = {.message = c->message,
	    .settings = settings,
	    .encoding = c->plan.encoding,
	    .encoded = c->plan.encoded && c->plan.encoding != NULL,
	    .simple_body = kind == MIME_TEXT || kind == MIME_DATA,
	    .now = time(NULL)};
	bool done;

	buf_init(&pass.out, HEADER_MAX);
	address_context_init(&pass.context, settings->account);
	done = every_field(&pass) && compose_missing_fields(&pass) &&
	       buf_puts(&pass.out, "\r\n");
	address_context_release(&pass.context);
	free(pass.replaced_from);
	c->header = pass.out;
	c->message_id = pass.message_id;
	c->header_utf8 = pass.header_utf8;
	return done;
}

static enum compose_result io_error(struct diagnostics *d)
{
	diagnostics_add(
	    d, "cannot read the stored message: %s", strerror(errno));
	return COMPOSE_IO_ERROR;
}

/* RFC 6376: the body's hash stands in the header. */
static bool has_signature(const char *header, size_t n)
{
	struct rfc5322_field field;
	size_t at = 0;

	while (rfc5322_field_next(&field, header, n, &at) == RFC5322_FIELD)
		if (text_equal_nocase(
			field.name, field.name_len, "DKIM-Signature", 14))
			return true;
	return false;
}

static enum compose_result plan_body(struct composed *c,
    const struct compose_settings *settings, struct diagnostics *d)
{
	size_t n;
	const char *header = message_header(c->message, &n);

	c->mime.message = c->message;
	c->mime.seven_bit = settings->seven_bit;
	c->mime.frozen = has_signature(header, n);
	if (!mime_entity_parse(&c->mime.root, header, n, false))
		return COMPOSE_NO_MEMORY;
	switch (mime_plan_make(&c->plan, &c->mime)) {
	case MIME_PLANNED:
		return COMPOSED;
	case MIME_REFUSED:
		diagnostics_add(d, "the message has %s, which %s: not sent",
		    c->plan.refusal,
		    settings->seven_bit
			? "a server without 8BITMIME cannot take as it is"
			: "cannot be sent as it is");
		return COMPOSE_REFUSED;
	case MIME_IO_ERROR:
		return io_error(d);
	default:
		return COMPOSE_NO_MEMORY;
	}
}

static bool stream_begin(struct composed *c)
{
	mime_stream_free(c->stream);
	buf_clear(&c->block);
	c->stream = mime_stream_new(&c->mime, &c->plan);
	return c->stream != NULL;
}

/* The next block of a body that is made anew; false: errno. */
static bool stream_block(struct composed *c)
{
	if (c->stream == NULL) {
		errno = ENOMEM;
		return false;
	}
	buf_clear(&c->block);
	return mime_stream_fill(c->stream, &c->block, BLOCK);
}

/* The size goes before the body (RFC 1870), so that is made twice. */
static enum compose_result measure(struct composed *c, struct diagnostics *d)
{
	const struct message_facts *facts = message_facts(c->message);

	c->body_size = facts->body_size;
	c->eight_bit = facts->body_eight_bit;
	if (!c->plan.rewrite)
		return COMPOSED;
	c->body_size = 0;
	c->eight_bit = false;
	if (!stream_begin(c))
		return COMPOSE_NO_MEMORY;
	do {
		if (!stream_block(c))
			return errno == ENOMEM ? COMPOSE_NO_MEMORY
			                       : io_error(d);
		c->body_size += c->block.len;
		if (!c->eight_bit)
			c->eight_bit =
			    !text_is_ascii(buf_head(&c->block), c->block.len);
	} while (!mime_stream_ended(c->stream));
	return stream_begin(c) ? COMPOSED : COMPOSE_NO_MEMORY;
}

static enum compose_result refuse_size(const struct composed *composed,
    const struct compose_settings *settings, struct diagnostics *d)
{
	uint64_t limit = settings->account->size_limit;

	if (limit == 0 || composed_size(composed) <= limit)
		return COMPOSED;
	diagnostics_add(d,
	    "the message has %llu octets, more than size-limit allows (%llu): "
	    "not sent",
	    composed_size(composed), (unsigned long long)limit);
	return COMPOSE_TOO_LARGE;
}

enum compose_result composed_new(struct composed **composed,
    const struct message *message, const struct compose_settings *settings,
    struct diagnostics *d)
{
	struct composed *c = calloc(1, sizeof *c);
	enum compose_result result;

	*composed = c;
	if (c == NULL)
		return COMPOSE_NO_MEMORY;
	c->message = message;
	buf_init(&c->block, STREAM_MAX);
	result = plan_body(c, settings, d);
	if (result == COMPOSED && !make_header(c, settings))
		result = COMPOSE_NO_MEMORY;
	if (result == COMPOSED)
		result = measure(c, d);
	return result == COMPOSED ? refuse_size(c, settings, d) : result;
}

void composed_free(struct composed *composed)
{
	if (composed == NULL)
		return;
	mime_stream_free(composed->stream);
	mime_plan_release(&composed->plan);
	buf_release(&composed->block);
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
	return composed->header.len + composed->body_size;
}

bool composed_eight_bit(const struct composed *composed)
{
	return composed->eight_bit;
}

bool composed_header_utf8(const struct composed *composed)
{
	return composed->header_utf8;
}

static void rewind_reader(struct composed *c)
{
	/* The stream is at its start when nothing was read. */
	if (c->plan.rewrite && (c->stream == NULL || c->body_at > 0))
		stream_begin(c);
	c->header_at = 0;
	c->body_at = 0;
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

/* NULL with errno 0: the body has ended. */
static const char *read_made(struct composed *c, int *len)
{
	if (!stream_block(c))
		return NULL;
	errno = 0;
	if (c->block.len == 0)
		return NULL;
	c->body_at += c->block.len;
	*len = (int)c->block.len;
	return (const char *)buf_head(&c->block);
}

static const char *read_stored(struct composed *c, void **ctx, int *len)
{
	long n;

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

const char *composed_read(void **ctx, int *len, void *composed)
{
	struct composed *c = composed;

	if (len == NULL) {
		rewind_reader(c);
		return NULL;
	}
	*len = 0;
	if (c->header_at < c->header.len)
		return read_header(c, len);
	return c->plan.rewrite ? read_made(c, len) : read_stored(c, ctx, len);
}
