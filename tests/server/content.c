/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * content.c - the test server's DATA and BDAT
 *
 * Takes content octet by octet as it was sent: only CRLF ends a line, only
 * CRLF . CRLF ends DATA, and everything else that looks like a line end is
 * recorded.  Checks SIZE, BODY and line length against what was declared.
 * RFC 5321 4.5.2, 4.5.3.1.6; 3030 2; 1870 6.2; 2033 4.2. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"
#include "secure.h"

enum { LINE_OCTETS_MAX = 1000 };

/* What was seen in the content of one message. */
struct inspection {
	bool bare_cr;
	bool bare_lf;
	bool nul;
	bool eight_bit;
	bool long_line;
};

static void inspect(const char *p, size_t n, struct inspection *seen)
{
	size_t line = 0;

	for (size_t i = 0; i < n; i++) {
		bool lf = p[i] == '\n';

		line++;
		if (lf && (i == 0 || p[i - 1] != '\r'))
			seen->bare_lf = true;
		if (p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n'))
			seen->bare_cr = true;
		if (p[i] == '\0')
			seen->nul = true;
		if (p[i] & 0x80)
			seen->eight_bit = true;
		if (line > LINE_OCTETS_MAX)
			seen->long_line = true;
		if (lf)
			line = 0;
	}
}

static void check_content(struct dialogue *d)
{
	struct inspection seen = {0};
	bool binary = d->mail.body == BODY_BINARY;
	bool eight = d->mail.body == BODY_8BIT || binary;

	inspect(octets_head(&d->content), octets_len(&d->content), &seen);
	if (seen.bare_cr && !binary)
		record_violation(d->record, d->conn, "bare CR in content");
	if (seen.bare_lf && !binary)
		record_violation(d->record, d->conn, "bare LF in content");
	if (seen.nul && !binary)
		record_violation(d->record, d->conn, "NUL in content");
	if (seen.long_line && !binary)
		record_violation(d->record, d->conn, "content line too long");
	if (seen.eight_bit && !eight)
		record_violation(
		    d->record, d->conn, "8-bit content without BODY=8BITMIME");
	if (d->mail.sized && d->mail.size != d->content_len)
		record_violation(d->record, d->conn,
		    "SIZE=%" PRIu64 " declared, %zu octets came", d->mail.size,
		    d->content_len);
}

/* Runs a rule on CONTENT when as much has come as it wants. */
static bool content_passes(struct dialogue *d, size_t had)
{
	d->content_had = had;
	if (d->content_len > had)
		dialogue_respond(d, EVENT_CONTENT, NULL);
	return !d->over;
}

static void keep(struct dialogue *d, const char *data, size_t n)
{
	if (!d->options->discard)
		octets_add(&d->content, data, n);
	d->content_len += n;
}

static void add_number(struct octets *to, const char *name, unsigned long n)
{
	char text[64];

	snprintf(text, sizeof text, "%s: %lu\n", name, n);
	octets_text(to, text);
}

static void add_field(struct octets *to, const char *name, const char *text)
{
	octets_text(to, name);
	octets_text(to, ": ");
	octets_text(to, *text ? text : "-");
	octets_text(to, "\n");
}

static unsigned long record_it(struct dialogue *d)
{
	struct octets envelope = {0};
	char text[300];
	unsigned long number;

	add_number(&envelope, "connection", d->conn);
	secure_describe(&d->t, text, sizeof text);
	add_field(&envelope, "tls", text);
	add_field(&envelope, "server-name", d->t.sni);
	add_field(&envelope, "client-certificate", d->t.peer);
	add_field(&envelope, "auth", d->identity);
	add_field(&envelope, "helo", d->helo);
	octets_add(
	    &envelope, octets_head(&d->envelope), octets_len(&d->envelope));
	if (d->chunks > 0)
		add_number(&envelope, "transfer: BDAT, chunks", d->chunks);
	else
		add_field(&envelope, "transfer", "DATA");
	add_number(&envelope, "size", (unsigned long)d->content_len);
	number = record_message(d->record, &envelope, &d->content);
	octets_release(&envelope);
	return number;
}

static void record_reply(struct dialogue *d, unsigned long number)
{
	char line[600];
	const char *text = octets_head(&d->reply);
	int n = (int)strcspn(text, "\r\n");

	snprintf(line, sizeof line, "reply: %.*s", n > 500 ? 500 : n,
	    n > 0 ? text : "none");
	if (n == 0)
		snprintf(line, sizeof line, "reply: none");
	record_verdict(d->record, number, line);
}

/* One reply for the message or, with LMTP, for each accepted recipient. */
static void give_verdict(struct dialogue *d)
{
	char text[100];
	const char *reply = text;
	unsigned long number = record_it(d);
	unsigned long replies = d->options->lmtp ? d->rcpts : 1;

	snprintf(text, sizeof text, "250 2.0.0 ok, message %lu", number);
	if (d->rcpts == 0) {
		reply = "554 5.5.1 no valid recipients";
		replies = 1;
	}
	for (unsigned long i = 0; i < replies && !d->over; i++) {
		int code = dialogue_respond(
		    d, d->options->lmtp ? EVENT_DELIVERY : EVENT_EOD, reply);

		record_reply(d, number);
		if (code / 100 == 2 && i == 0)
			d->accepted_messages++;
		if (code != 0 && i + 1 == replies)
			record_flight(d->record,
			    "message %lu connection %lu round-trips %lu",
			    number, d->conn, d->t.flights + 2);
	}
}

/* The content is complete. */
static void take_message(struct dialogue *d)
{
	char text[64];
	size_t n =
	    (size_t)snprintf(text, sizeof text, "<%zu octets>", d->content_len);

	record_line(d->record, d->conn, 'C', text, n);
	if (!d->options->discard)
		check_content(d);
	give_verdict(d);
	dialogue_reset(d);
}

/* Takes whole lines from the input; true: the lone dot was among them. */
static bool take_lines(struct dialogue *d, bool *dot)
{
	const char *p = octets_head(&d->t.in);
	size_t n = octets_len(&d->t.in);
	size_t used = 0;
	size_t begin = 0;

	/* A line here ends at CRLF only; a bare LF stays inside. */
	for (const char *lf = p; !*dot; begin = used) {
		do {
			lf = memchr(p + used, '\n', n - used);
			used = lf ? (size_t)(lf - p) + 1 : used;
		} while (lf && (used - begin < 2 || p[used - 2] != '\r'));
		if (!lf)
			break;
		if (p[begin] == '.' && used - begin == 3)
			*dot = true;
		else if (p[begin] == '.')
			keep(d, p + begin + 1, used - begin - 1);
		else
			keep(d, p + begin, used - begin);
	}
	octets_take(&d->t.in, begin);
	return *dot;
}

/* Reads as far as the lone dot.  false: the connection is over. */
static bool read_data(struct dialogue *d)
{
	bool dot = false;

	for (;;) {
		size_t had = d->content_len;

		if (octets_len(&d->t.in) > 0)
			take_lines(d, &dot);
		if (d->content_len > had && !content_passes(d, had))
			return false;
		if (dot)
			return true;
		if (!transport_fill(&d->t)) {
			record_remark(d->record, d->conn,
			    "content broken off after %zu octets",
			    d->content_len);
			d->over = true;
			return false;
		}
	}
}

static const char *data_reply(struct dialogue *d)
{
	if (*dialogue_argument(d)) {
		record_violation(d->record, d->conn, "DATA with a parameter");
		return "501 5.5.4 no parameters";
	}
	if (d->chunks > 0) {
		record_violation(d->record, d->conn, "DATA behind BDAT");
		return "503 5.5.1 DATA behind BDAT";
	}
	if (!d->mail_tried || (d->mail_open && d->rcpts_tried == 0)) {
		record_violation(d->record, d->conn, "DATA without recipients");
		return "503 5.5.1 RCPT first";
	}
	if (d->mail.body == BODY_BINARY) {
		record_violation(d->record, d->conn, "DATA with BINARYMIME");
		return "503 5.5.1 BDAT needed";
	}
	return d->rcpts > 0 ? "354 go ahead" : "554 5.5.1 no valid recipients";
}

void content_data(struct dialogue *d)
{
	if (dialogue_respond(d, EVENT_DATA, data_reply(d)) / 100 != 3)
		return;
	if (!read_data(d))
		return;
	if (d->rcpts == 0 && d->content_len > 0)
		record_violation(d->record, d->conn,
		    "content without an accepted recipient");
	if (!dialogue_capable(d, "PIPELINING"))
		dialogue_check_last(d, "the final dot");
	take_message(d);
}

/* Reads one chunk.  false: the connection is over. */
static bool read_chunk(struct dialogue *d, uint64_t left)
{
	d->t.hold = true;
	while (left > 0) {
		size_t had = d->content_len;
		size_t n = octets_len(&d->t.in);

		if (n > left)
			n = (size_t)left;
		keep(d, octets_head(&d->t.in), n);
		octets_take(&d->t.in, n);
		left -= n;
		if (n > 0 && !content_passes(d, had))
			break;
		if (left > 0 && octets_len(&d->t.in) == 0 &&
		    !transport_fill(&d->t)) {
			record_remark(d->record, d->conn,
			    "chunk broken off, %" PRIu64 " octets missing",
			    left);
			d->over = true;
			break;
		}
	}
	d->t.hold = false;
	return !d->over;
}

static const char *bdat_reply(struct dialogue *d, char *text, size_t room)
{
	if (!dialogue_capable(d, "CHUNKING")) {
		record_violation(d->record, d->conn, "BDAT was not offered");
		return "502 5.5.1 no BDAT";
	}
	if (!d->mail_tried || (d->mail_open && d->rcpts_tried == 0)) {
		record_violation(d->record, d->conn, "BDAT without recipients");
		return "503 5.5.1 RCPT first";
	}
	if (d->rcpts == 0)
		return "554 5.5.1 no valid recipients";
	if (d->chunk_failed)
		return "503 5.5.1 an earlier chunk failed";
	snprintf(text, room, "250 2.0.0 %zu octets so far", d->content_len);
	return text;
}

void content_bdat(struct dialogue *d)
{
	char text[100];
	const char *reply;
	uint64_t n = 0;
	bool last = false;

	if (!grammar_bdat(dialogue_line(d), &n, &last)) {
		record_violation(
		    d->record, d->conn, "bad syntax: %s", dialogue_line(d));
		dialogue_respond(d, EVENT_BDAT, "501 5.5.4 syntax error");
		d->over = true; /* what follows cannot be told apart */
		return;
	}
	if (!read_chunk(d, n))
		return;
	if (!dialogue_capable(d, "PIPELINING"))
		dialogue_check_last(d, "BDAT");
	d->chunks++;
	reply = bdat_reply(d, text, sizeof text);
	if (last && reply == text) {
		take_message(d);
		return;
	}
	if (dialogue_respond(d, last ? EVENT_EOD : EVENT_BDAT, reply) / 100 !=
	    2)
		d->chunk_failed = true;
	if (last)
		dialogue_reset(d);
}
