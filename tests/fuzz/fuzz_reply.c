/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_reply.c - any octets as a server's replies
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The first octet is the size of the pieces, the rest is what a server says.
 * Properties: pieces of any size give what the whole gives; a reply that is
 * complete has a code, an enhanced code that fits or none, as many lines as
 * it says, each a C string's part; limits hold; what the reply leaves in a
 * status and an error is harmless. A broken property ends the program.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "model.h"
#include "reply.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* Feeds pieces of size octets until a reply ends; gives what was taken. */
static size_t feed(struct reply *r, const uint8_t *data, size_t n, size_t size)
{
	size_t at = 0;

	while (at < n && r->state == REPLY_MORE) {
		size_t piece = n - at < size ? n - at : size;
		size_t used = SIZE_MAX;
		enum reply_state state = reply_feed(r, data + at, piece, &used);

		demand(state == r->state, "the state is told");
		demand(used <= piece, "no more is used than there is");
		demand(used == piece || state != REPLY_MORE,
		    "all is used until the end");
		at += used;
	}
	return at;
}

static void check_lines(const struct reply *r)
{
	size_t lines = 0, octets = 0, len;
	const char *text;

	while (reply_line(r, lines, &text, &len)) {
		demand(len <= REPLY_CHALLENGE_MAX, "a line is bounded");
		demand(!memchr(text, '\n', len), "a line is one line");
		demand(memcmp(text + len, "\r\n", 2) == 0, "and ends");
		octets += len + 2;
		lines++;
	}
	demand(lines == r->lines, "lines are counted");
	demand(octets == r->text.len, "text is made of lines");
	demand(lines <= REPLY_LINES_MAX, "lines are bounded");
}

static void check_use(struct reply *r)
{
	smtp_status_t status = {.code = 0};
	struct error e;
	char *text = buf_cstr(&r->text);

	demand(text != NULL && strlen(text) == r->text.len, "text is a string");
	demand(status_set(&status, r->code, r->enhanced, text),
	    "a status takes it");
	error_clear(&e);
	error_set(&e, Smtpx_CAUSE_PROTOCOL, 4, "the server said", status.text);
	demand(text_is_utf8(e.text, strlen(e.text)), "an error is UTF-8");
	demand(!text_has_control(e.text, strlen(e.text)), "without controls");
	status_clear(&status);
}

static void check(struct reply *r)
{
	demand(r->octets <= REPLY_TEXT_MAX, "a reply is bounded");
	demand(r->code >= 100 && r->code <= 599, "there is a code");
	demand(r->enhanced[0] == 0 || r->enhanced[0] == r->code / 100,
	    "classes agree");
	for (size_t i = 0; i < 3; i++)
		demand(r->enhanced[i] >= 0 && r->enhanced[i] <= 999,
		    "parts of an enhanced code have three digits at most");
	check_lines(r);
	check_use(r);
}

static void same(const struct reply *a, const struct reply *b)
{
	demand(a->state == b->state, "pieces end alike");
	if (a->state != REPLY_COMPLETE)
		return;
	demand(a->code == b->code && a->lines == b->lines &&
		   a->mismatch == b->mismatch && a->cut == b->cut,
	    "pieces mean the same");
	demand(memcmp(a->enhanced, b->enhanced, sizeof a->enhanced) == 0,
	    "pieces give the same enhanced code");
	demand(a->text.len == b->text.len &&
		   memcmp(buf_head(&a->text), buf_head(&b->text),
		       a->text.len) == 0,
	    "pieces give the same text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reply whole, pieces;
	size_t size;

	if (n == 0)
		return 0;
	size = (size_t)data[0] % 32 + 1;
	data++;
	n--;
	reply_init(&whole);
	reply_init(&pieces);
	while (n > 0 && whole.state == REPLY_MORE) {
		size_t used = feed(&whole, data, n, n);
		size_t again = feed(&pieces, data, n, size);

		same(&whole, &pieces);
		if (whole.state != REPLY_COMPLETE)
			break;
		demand(used == again, "pieces end at the same place");
		check(&whole);
		reply_reset(&whole);
		reply_reset(&pieces);
		data += used;
		n -= used;
	}
	reply_release(&whole);
	reply_release(&pieces);
	return 0;
}
