/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* program.c - a program that uses the engine, for tests
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * See program.h. Mechanisms: PLAIN and EXTERNAL are complete with their
 * initial response, LOGIN waits for the server, SCRAM-SHA-256 takes three
 * steps and wants "v=ok" as the server's proof, XOAUTH2 has an initial
 * response of 600 octets, CRAM-MD5 fails before it has begun.
 */
#include "program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"

static void *must(void *p)
{
	if (!p) {
		fputs("Bail out! no memory\n", stdout);
		exit(EXIT_FAILURE);
	}
	return p;
}

static char *copy(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(must(malloc(n)), s, n);
}

/*
 * Events
 */

static void log_line(struct buf *b, const char *name, const char *what)
{
	buf_puts(b, name);
	if (what) {
		buf_putc(b, ' ');
		buf_puts(b, what);
	}
	buf_putc(b, '\n');
}

static void log_number(struct buf *b, const char *name, long n)
{
	char text[32];

	snprintf(text, sizeof text, "%ld", n);
	log_line(b, name, text);
}

/* Events whose last argument is an int * to answer in. */
static void ask(struct program *p, int event, const char *name, int *out)
{
	log_number(&p->events, name, *out);
	if (p->quit_event == event)
		*out = p->answer;
}

static void on_status(struct program *p, int event, va_list ap)
{
	const char *mailbox = va_arg(ap, const char *);
	const smtp_status_t *s;
	char text[300];

	if (event == SMTP_EV_MAILSTATUS)
		s = &va_arg(ap, smtp_message_t)->reverse_path_status;
	else
		s = &va_arg(ap, smtp_recipient_t)->status;
	snprintf(text, sizeof text, "%s %d", mailbox ? mailbox : "-", s->code);
	log_line(&p->events,
	    event == SMTP_EV_MAILSTATUS ? "MAILSTATUS" : "RCPTSTATUS", text);
}

static void on_etrn(struct program *p, va_list ap)
{
	int option = va_arg(ap, int);
	char text[300];

	snprintf(text, sizeof text, "%c %s", option ? option : '-',
	    va_arg(ap, const char *));
	log_line(&p->events, "ETRNSTATUS", text);
}

static void on_expired(struct program *p, va_list ap)
{
	log_number(&p->events, "DELIVERBY_EXPIRED", va_arg(ap, long));
	if (p->quit_event == SMTP_EV_DELIVERBY_EXPIRED)
		*va_arg(ap, int *) = p->answer;
}

static const struct {
	int event;
	const char *name;
	bool asks;
} simple_events[] = {
    {SMTP_EV_SYNTAXWARNING, "SYNTAXWARNING", true},
    {SMTP_EV_EXTNA_DSN, "EXTNA_DSN", true},
    {SMTP_EV_EXTNA_8BITMIME, "EXTNA_8BITMIME", false},
    {SMTP_EV_EXTNA_STARTTLS, "EXTNA_STARTTLS", false},
    {SMTP_EV_EXTNA_ETRN, "EXTNA_ETRN", true},
    {SMTP_EV_EXTNA_CHUNKING, "EXTNA_CHUNKING", true},
    {SMTP_EV_EXTNA_BINARYMIME, "EXTNA_BINARYMIME", false},
};

static void on_simple(struct program *p, int event, va_list ap)
{
	size_t n = sizeof simple_events / sizeof simple_events[0];

	for (size_t i = 0; i < n; i++) {
		if (simple_events[i].event != event)
			continue;
		if (simple_events[i].asks)
			ask(p, event, simple_events[i].name, va_arg(ap, int *));
		else
			log_line(&p->events, simple_events[i].name, NULL);
		return;
	}
	log_number(&p->events, "unknown", event);
}

static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct program *p = arg;
	va_list ap;

	(void)session;
	va_start(ap, arg);
	switch (event) {
	case SMTP_EV_MAILSTATUS:
	case SMTP_EV_RCPTSTATUS:
		on_status(p, event, ap);
		break;
	case SMTP_EV_MESSAGEDATA:
		break;
	case SMTP_EV_MESSAGESENT:
		log_number(&p->events, "MESSAGESENT",
		    va_arg(ap, smtp_message_t)->transfer_status.code);
		break;
	case SMTP_EV_ETRNSTATUS:
		on_etrn(p, ap);
		break;
	case SMTP_EV_DELIVERBY_EXPIRED:
		on_expired(p, ap);
		break;
	default:
		on_simple(p, event, ap);
	}
	va_end(ap);
}

static void on_monitor(const char *text, int n, int writing, void *arg)
{
	struct program *p = arg;
	const char *end = text + n;

	if (n <= 0 || *end != '\0')
		log_line(&p->monitor, "bad call", NULL);
	while (text < end) {
		const char *lf = strchr(text, '\n');
		size_t len = lf ? (size_t)(lf - text) : (size_t)(end - text);

		buf_puts(&p->monitor, writing == SMTP_CB_WRITING   ? "C: "
				      : writing == SMTP_CB_HEADERS ? "H: "
								   : "S: ");
		buf_append(&p->monitor, text,
		    len > 0 && text[len - 1] == '\r' ? len - 1 : len);
		buf_putc(&p->monitor, '\n');
		text += len + 1;
	}
}

/*
 * Login
 */

static const char *login_choose(void *ctx, const struct capabilities *offered)
{
	struct program_login *l = ctx;

	for (size_t i = 0; i < PROGRAM_MECHANISMS && l->names[i]; i++) {
		if (l->tried[i] || !capabilities_offers(offered, l->names[i]))
			continue;
		l->tried[i] = true;
		l->name = l->names[i];
		l->steps = 0;
		l->satisfied = false;
		return l->name;
	}
	return NULL;
}

static void login_begin(void *ctx)
{
	struct program_login *l = ctx;

	memset(l->tried, 0, sizeof l->tried);
}

static bool is(const struct program_login *l, const char *name)
{
	return strcmp(l->name, name) == 0;
}

static enum auth_step first_step(struct program_login *l, struct buf *response)
{
	if (is(l, "LOGIN"))
		return AUTH_STEP_NONE;
	if (is(l, "CRAM-MD5"))
		return AUTH_STEP_FAILED;
	if (is(l, "SCRAM-SHA-256")) {
		buf_puts(response, "n,,n=joe,r=abc");
		return AUTH_STEP_RESPONSE;
	}
	l->satisfied = true;
	if (is(l, "PLAIN"))
		buf_append(response, "\0joe\0secret", 11);
	for (int i = 0; is(l, "XOAUTH2") && i < 600; i++)
		buf_putc(response, 'x');
	return AUTH_STEP_RESPONSE;
}

static enum auth_step next_step(
    struct program_login *l, const char *challenge, size_t n, struct buf *out)
{
	if (l->refuses)
		return AUTH_STEP_FAILED;
	if (is(l, "LOGIN")) {
		buf_puts(out, l->steps == 2 ? "joe" : "secret");
		l->satisfied = l->steps == 3;
		return AUTH_STEP_RESPONSE;
	}
	if (is(l, "SCRAM-SHA-256") && l->steps == 2) {
		buf_puts(out, "c=biws,p=proof");
		return AUTH_STEP_RESPONSE;
	}
	if (is(l, "SCRAM-SHA-256") && n == 4 && !memcmp(challenge, "v=ok", 4)) {
		l->satisfied = true;
		return AUTH_STEP_RESPONSE;
	}
	return AUTH_STEP_FAILED;
}

static enum auth_step login_step(
    void *ctx, const void *challenge, size_t n, struct buf *response)
{
	struct program_login *l = ctx;

	l->steps++;
	return challenge ? next_step(l, challenge, n, response)
	                 : first_step(l, response);
}

static bool login_satisfied(void *ctx)
{
	const struct program_login *l = ctx;

	return l->satisfied;
}

static bool login_one_step(void *ctx)
{
	const struct program_login *l = ctx;

	return is(l, "PLAIN") || is(l, "EXTERNAL");
}

static const char *login_reason(void *ctx)
{
	(void)ctx;
	return "no mechanism of ours";
}

void program_login(struct program *p, char *names)
{
	size_t n = 0;

	while (*names && n < PROGRAM_MECHANISMS - 1) {
		size_t len = strcspn(names, " ");

		p->login.names[n++] = names;
		names += len;
		if (*names)
			*names++ = '\0';
	}
	p->session.authenticator = &p->authenticator;
}

/*
 * Messages
 */

static const char *read_text(void **ctx, int *len, void *arg)
{
	struct program_text *t = arg;
	size_t n = t->n - t->at;
	const char *at = t->octets + t->at;

	(void)ctx;
	if (!len) {
		t->at = 0;
		t->rewinds++;
		return NULL;
	}
	if (t->fail_at > 0 && t->at >= t->fail_at) {
		errno = EIO;
		*len = 0;
		return NULL;
	}
	if (t->piece > 0 && n > t->piece)
		n = t->piece;
	if (t->fail_at > t->at && t->at + n > t->fail_at)
		n = t->fail_at - t->at;
	t->at += n;
	*len = (int)n;
	return n > 0 ? at : NULL;
}

static void set_mailbox(struct mailbox *m, const char *given)
{
	m->given = copy(given);
	m->utf8 = copy(given);
	m->ascii = copy(given);
	for (const char *s = given; *s; s++) {
		if ((unsigned char)*s < 128)
			continue;
		free(m->ascii);
		m->ascii = NULL;
		return;
	}
}

struct smtp_message *program_message(
    struct program *p, const char *from, const char *text, size_t n)
{
	struct smtp_message *m = must(calloc(1, sizeof *m));
	struct program_text *t = must(calloc(1, sizeof *t));

	t->octets = must(malloc(n + 1));
	memcpy(t->octets, text, n);
	t->n = n;
	t->next = p->texts;
	p->texts = t;
	m->session = &p->session;
	m->read = read_text;
	m->read_arg = t;
	m->headers = must(header_set_new());
	set_mailbox(&m->reverse_path, from);
	if (p->session.last_message)
		p->session.last_message->next = m;
	else
		p->session.messages = m;
	p->session.last_message = m;
	return m;
}

struct program_text *program_text(const struct smtp_message *m)
{
	return m->read_arg;
}

struct smtp_recipient *program_recipient(struct smtp_message *m, const char *to)
{
	struct smtp_recipient *r = must(calloc(1, sizeof *r));

	r->message = m;
	set_mailbox(&r->mailbox, to);
	if (m->last_recipient)
		m->last_recipient->next = r;
	else
		m->recipients = r;
	m->last_recipient = r;
	return r;
}

struct smtp_etrn_node *program_etrn(
    struct program *p, int option, const char *domain)
{
	struct smtp_etrn_node *n = must(calloc(1, sizeof *n));
	struct smtp_session *s = &p->session;

	n->option = option;
	n->domain = copy(domain);
	if (s->last_etrn_node)
		s->last_etrn_node->next = n;
	else
		s->etrn_nodes = n;
	s->last_etrn_node = n;
	return n;
}

struct smtp_recipient *program_find(struct program *p, const char *to)
{
	for (struct smtp_message *m = p->session.messages; m; m = m->next)
		for (struct smtp_recipient *r = m->recipients; r; r = r->next)
			if (strcmp(r->mailbox.given, to) == 0)
				return r;
	return NULL;
}

/*
 * From the beginning to the end
 */

void program_init(struct program *p)
{
	static const long waits[TIMEOUT_COUNT] = {
	    300000, 300001, 120000, 180000, 600000};
	static char host[] = "client.example";

	memset(p, 0, sizeof *p);
	p->session.ehlo_name = host;
	p->session.event = on_event;
	p->session.event_arg = p;
	p->session.monitor = on_monitor;
	p->session.monitor_arg = p;
	memcpy(p->session.timeouts, waits, sizeof waits);
	capabilities_init(&p->session.capabilities);
	p->authenticator = (struct authenticator){.ctx = &p->login,
	    .choose = login_choose,
	    .begin = login_begin,
	    .step = login_step,
	    .satisfied = login_satisfied,
	    .one_step = login_one_step,
	    .reason = login_reason};
	p->settings.facts.host = host;
	p->settings.facts.local_user = host;
	buf_init(&p->events, 1 << 20);
	buf_init(&p->monitor, 1 << 24);
}

static void forget_mailbox(struct mailbox *m)
{
	free(m->given);
	free(m->utf8);
	free(m->ascii);
}

static void free_recipients(struct smtp_message *m)
{
	while (m->recipients) {
		struct smtp_recipient *r = m->recipients;

		m->recipients = r->next;
		forget_mailbox(&r->mailbox);
		status_clear(&r->status);
		status_clear(&r->final);
		free(r->orcpt_type);
		free(r->orcpt_address);
		free(r);
	}
}

static void free_messages(struct program *p)
{
	while (p->session.messages) {
		struct smtp_message *m = p->session.messages;

		p->session.messages = m->next;
		free_recipients(m);
		forget_mailbox(&m->reverse_path);
		status_clear(&m->reverse_path_status);
		status_clear(&m->transfer_status);
		header_set_free(m->headers);
		free(m->message_id);
		free(m->envid);
		free(m->hold_until);
		free(m->read_ctx);
		free(m);
	}
	while (p->texts) {
		struct program_text *t = p->texts;

		p->texts = t->next;
		free(t->octets);
		free(t);
	}
}

void program_release(struct program *p)
{
	free_messages(p);
	while (p->session.etrn_nodes) {
		struct smtp_etrn_node *n = p->session.etrn_nodes;

		p->session.etrn_nodes = n->next;
		status_clear(&n->status);
		free(n->domain);
		free(n);
	}
	status_clear(&p->session.last_reply);
	capabilities_release(&p->session.capabilities);
	buf_release(&p->events);
	buf_release(&p->monitor);
}

static void forget_recipient(struct smtp_recipient *r)
{
	status_clear(&r->status);
	status_clear(&r->final);
	r->verdict = Smtpx_PENDING;
	r->decided_by = NULL;
	r->complete = false;
	r->accepted = false;
}

void program_again(struct program *p)
{
	for (struct smtp_message *m = p->session.messages; m; m = m->next) {
		status_clear(&m->reverse_path_status);
		status_clear(&m->transfer_status);
		program_text(m)->rewinds = 0;
		for (struct smtp_recipient *r = m->recipients; r; r = r->next)
			forget_recipient(r);
	}
	status_clear(&p->session.last_reply);
	error_clear(&p->session.error);
	p->session.flights = 0;
	p->session.transaction_attempted = false;
	buf_clear(&p->events);
	buf_clear(&p->monitor);
}

const char *program_verdict(enum smtpx_verdict v)
{
	static const char *const names[] = {
	    "pending", "delivered", "deferred", "refused", "in-doubt"};

	return names[v];
}

const char *program_cause(enum smtpx_cause c)
{
	static const char *const names[] = {"none", "resolve", "no-host",
	    "connect", "greeting", "protocol", "lost", "timeout", "tls",
	    "certificate", "auth", "auth-temporary", "extension", "source",
	    "local", "memory", "cancelled"};

	return names[c];
}

const char *program_outcome(enum engine_outcome o)
{
	static const char *const names[] = {
	    "running", "done", "reconnect", "next-server", "failed"};

	return names[o];
}
