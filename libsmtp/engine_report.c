/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * engine_report.c - events, statuses and the dialogue for the program.
 *
 * The arguments of each event are those of libESMTP.  The monitor
 * callback sees every command and reply, but never a secret: what belongs to
 * AUTH is replaced by its length.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"

/* "AUTH SCRAM-SHA-256-PLUS <24 octets>" with room to spare. */
#define SECRET_LINE_MAX 128
/* libESMTP's buffer. */
#define PIECE_MAX 2048

void engine_event(struct engine *e, int event)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, event, s->event_arg);
}

void engine_event_quit(struct engine *e, int event, int *quit)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, event, s->event_arg, quit);
}

void engine_event_mail(struct engine *e, struct smtp_message *message)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, SMTP_EV_MAILSTATUS, s->event_arg,
		    (const char *)message->reverse_path.given, message);
}

void engine_event_rcpt(struct engine *e, struct smtp_recipient *recipient)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, SMTP_EV_RCPTSTATUS, s->event_arg,
		    (const char *)recipient->mailbox.given, recipient);
}

void engine_event_sent(struct engine *e, struct smtp_message *message)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, SMTP_EV_MESSAGESENT, s->event_arg, message);
}

void engine_event_etrn(struct engine *e, struct smtp_etrn_node *node)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, SMTP_EV_ETRNSTATUS, s->event_arg, node->option,
		    (const char *)node->domain);
}

void engine_event_starttls_missing(struct engine *e)
{
	struct smtp_session *s = e->session;

	if (s->event != NULL)
		s->event(s, SMTP_EV_EXTNA_STARTTLS, s->event_arg, (void *)NULL);
}

/* What the program would add to the server's minimum; 0: as asked for. */
long engine_event_expired(struct engine *e, long shortfall)
{
	struct smtp_session *s = e->session;
	int adjust = 0;

	if (s->event != NULL)
		s->event(s, SMTP_EV_DELIVERBY_EXPIRED, s->event_arg, shortfall,
		    &adjust);
	return adjust;
}

/* Line by line, and no more at once than libESMTP ever gave: programs copy it
 * into arrays of their own. */
static void show(struct engine *e, const struct buf *text, int writing)
{
	struct smtp_session *s = e->session;
	const unsigned char *octets = buf_head(text);
	char piece[PIECE_MAX + 1];

	for (size_t at = 0; at < text->len && !text->failed;) {
		size_t n =
		    text->len - at < PIECE_MAX ? text->len - at : PIECE_MAX;
		const unsigned char *lf = memchr(octets + at, '\n', n);

		if (lf != NULL)
			n = (size_t)(lf + 1 - octets) - at;
		memcpy(piece, octets + at, n);
		piece[n] = '\0';
		s->monitor(piece, (int)n, writing, s->monitor_arg);
		at += n;
	}
}

/* The command that begins at from in the output. */
void engine_show_line(struct engine *e, size_t from)
{
	struct buf line;
	const unsigned char *octets = buf_head(&e->out);

	if (e->session->monitor == NULL)
		return;
	buf_init(&line, e->out.len - from);
	buf_append(&line, octets + from, e->out.len - from);
	show(e, &line, SMTP_CB_WRITING);
	buf_release(&line);
}

/* mechanism NULL: a line of the exchange. */
void engine_show_secret(struct engine *e, const char *mechanism, size_t octets)
{
	struct buf line;

	if (e->session->monitor == NULL)
		return;
	buf_init(&line, SECRET_LINE_MAX);
	if (mechanism != NULL) {
		buf_puts(&line, "AUTH ");
		buf_puts(&line, mechanism);
	}
	if (octets > 0 || mechanism == NULL) {
		buf_puts(&line, mechanism != NULL ? " <" : "<");
		buf_number(&line, octets);
		buf_puts(&line, " octets>");
	}
	buf_puts(&line, "\r\n");
	show(e, &line, SMTP_CB_WRITING);
	buf_release(&line);
}

static void put_code(struct buf *out, const struct reply *r, bool last)
{
	buf_number(out, (unsigned long long)r->code);
	buf_putc(out, last ? ' ' : '-');
	for (int i = 0; r->enhanced[0] != 0 && i < 3; i++) {
		buf_number(out, (unsigned long long)r->enhanced[i]);
		buf_putc(out, i < 2 ? '.' : ' ');
	}
}

void engine_show_reply(struct engine *e, bool secret)
{
	const struct reply *r = &e->reply;
	struct buf out;
	const char *text;
	size_t n;

	if (e->session->monitor == NULL)
		return;
	buf_init(&out, r->text.len + 16 * (r->lines + 1) + 64);
	for (size_t i = 0; reply_line(r, i, &text, &n); i++) {
		put_code(&out, r, i + 1 == r->lines);
		if (secret && n > 0) {
			buf_putc(&out, '<');
			buf_number(&out, n);
			buf_puts(&out, " octets>");
		} else {
			buf_append(&out, text, n);
		}
		buf_puts(&out, "\r\n");
	}
	show(e, &out, SMTP_CB_READING);
	buf_release(&out);
}

bool engine_keep_reply(struct engine *e, smtp_status_t *status)
{
	const char *text = buf_cstr(&e->reply.text);

	return text != NULL &&
	       status_set(status, e->reply.code, e->reply.enhanced, text);
}
