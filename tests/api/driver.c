/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* driver.c - one program over two libraries
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Uses what libesmtp.h and auth-client.h promise and nothing else, so that it
 * compiles with libESMTP's own headers too. Plays one of the scenarios of
 * scenarios.c and prints what the library told: events with their arguments,
 * results, errors, statuses. Everything that differs from run to run is left
 * out.
 */
#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Line ends become visible. */
void driver_print(const char *text)
{
	if (text == NULL) {
		fputs("NULL", stdout);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '\r')
			fputs("\\r", stdout);
		else if (*text == '\n')
			fputs("\\n", stdout);
		else
			putchar(*text);
	}
	putchar('"');
}

static int index_of(const struct run *run, smtp_message_t message)
{
	for (int i = 0; i < run->messages; i++)
		if (run->message[i] == message)
			return i;
	return -1;
}

/* An event whose only argument is the answer that it wants. */
static void ask(const char *name, int *answer, const struct run *run)
{
	printf("event %s, default %d\n", name, *answer);
	if (run->answers)
		*answer = run->answer;
}

static void on_progress(struct run *run, int event, va_list args)
{
	const char *text;

	switch (event) {
	case SMTP_EV_CONNECT:
		puts("event CONNECT");
		break;
	case SMTP_EV_MAILSTATUS:
		text = va_arg(args, const char *);
		fputs("event MAILSTATUS ", stdout);
		driver_print(text);
		printf(" message %d\n",
		    index_of(run, va_arg(args, smtp_message_t)));
		break;
	case SMTP_EV_RCPTSTATUS:
		text = va_arg(args, const char *);
		fputs("event RCPTSTATUS ", stdout);
		driver_print(text);
		printf(" code %d\n",
		    smtp_recipient_status(va_arg(args, smtp_recipient_t))
			->code);
		break;
	case SMTP_EV_MESSAGEDATA:
		printf("event MESSAGEDATA message %d",
		    index_of(run, va_arg(args, smtp_message_t)));
		printf(" size %d\n", va_arg(args, int));
		break;
	case SMTP_EV_MESSAGESENT:
		printf("event MESSAGESENT message %d\n",
		    index_of(run, va_arg(args, smtp_message_t)));
		break;
	default:
		puts("event DISCONNECT");
		break;
	}
}

static void on_etrn(va_list args)
{
	int option = va_arg(args, int);

	printf("event ETRNSTATUS %d ", option);
	driver_print(va_arg(args, const char *));
	putchar('\n');
}

static void on_extension(struct run *run, int event, va_list args)
{
	long seconds;

	switch (event) {
	case SMTP_EV_SYNTAXWARNING:
		ask("SYNTAXWARNING", va_arg(args, int *), run);
		break;
	case SMTP_EV_EXTNA_DSN:
		ask("EXTNA_DSN", va_arg(args, int *), run);
		break;
	case SMTP_EV_EXTNA_ETRN:
		ask("EXTNA_ETRN", va_arg(args, int *), run);
		break;
	case SMTP_EV_EXTNA_CHUNKING:
		ask("EXTNA_CHUNKING", va_arg(args, int *), run);
		break;
	case SMTP_EV_DELIVERBY_EXPIRED:
		seconds = va_arg(args, long);
		printf("event DELIVERBY_EXPIRED short by %ld\n", seconds);
		ask("DELIVERBY_EXPIRED", va_arg(args, int *), run);
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		printf("event EXTNA_STARTTLS %s\n",
		    va_arg(args, void *) == NULL ? "NULL" : "not NULL");
		break;
	default:
		printf("event %s\n", event == SMTP_EV_EXTNA_8BITMIME
					 ? "EXTNA_8BITMIME"
					 : "EXTNA_BINARYMIME");
		break;
	}
}

static void on_tls(struct run *run, int event, va_list args)
{
	long verdict;
	int *answer;

	switch (event) {
	case SMTP_EV_STARTTLS_OK:
		printf("event STARTTLS_OK session %s",
		    va_arg(args, void *) == NULL ? "NULL" : "given");
		printf(" cipher %s", va_arg(args, const char *));
		printf(" bits %d\n", va_arg(args, int));
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		verdict = va_arg(args, long);
		answer = va_arg(args, int *);
		printf("event INVALID_PEER_CERTIFICATE %ld session %s\n",
		    verdict, va_arg(args, void *) == NULL ? "NULL" : "given");
		ask("INVALID_PEER_CERTIFICATE", answer, run);
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		answer = va_arg(args, int *);
		printf("event WRONG_PEER_CERTIFICATE %s",
		    va_arg(args, const char *));
		printf(" session %s\n",
		    va_arg(args, void *) == NULL ? "NULL" : "given");
		ask("WRONG_PEER_CERTIFICATE", answer, run);
		break;
	case SMTP_EV_UNUSABLE_CLIENT_CERTIFICATE:
	case SMTP_EV_UNUSABLE_CA_LIST:
		printf("event %d %s\n", event,
		    va_arg(args, void *) == NULL ? "NULL" : "not NULL");
		break;
	default:
		printf("event %d\n", event);
		break;
	}
}

static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct run *run = arg;
	va_list args;

	if (session != run->session)
		puts("an event of another session");
	va_start(args, arg);
	if (event == SMTP_EV_ETRNSTATUS)
		on_etrn(args);
	else if (event < SMTP_EV_SYNTAXWARNING)
		on_progress(run, event, args);
	else if (event < SMTP_EV_WEAK_CIPHER)
		on_extension(run, event, args);
	else
		on_tls(run, event, args);
	va_end(args);
}

/* What crossed the wire by direction: how it was cut into pieces is each
 * library's affair. */
static void on_monitor(const char *buf, int n, int writing, void *arg)
{
	struct run *run = arg;
	char *to = run->seen[writing];
	size_t used = strlen(to);

	if (n < 1 || writing < 0 || writing > 2) {
		printf("monitor called with %d octets, %d\n", n, writing);
		return;
	}
	if (used + (size_t)n < sizeof run->seen[writing]) {
		memcpy(to + used, buf, (size_t)n);
		to[used + (size_t)n] = '\0';
	}
}

void driver_monitor(struct run *run)
{
	run->monitored = 1;
	smtp_set_monitorcb(run->session, on_monitor, run, 1);
}

static void print_lines(const char *name, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\r\n");

		printf("%s %.*s\n", name, (int)n, text);
		text += n;
		text += strspn(text, "\r\n");
	}
}

static void print_status(const char *name, const smtp_status_t *status)
{
	if (status == NULL) {
		printf("%s: no status\n", name);
		return;
	}
	printf("%s: %d %d.%d.%d ", name, status->code, status->enh_class,
	    status->enh_subject, status->enh_detail);
	driver_print(status->text);
	putchar('\n');
}

static void print_recipient(
    smtp_recipient_t recipient, const char *mailbox, void *arg)
{
	(void)arg;
	printf("  recipient %s, complete %d\n", mailbox,
	    smtp_recipient_check_complete(recipient));
	print_status("  status", smtp_recipient_status(recipient));
}

static void print_message(smtp_message_t message, void *arg)
{
	printf("message %d\n", index_of(arg, message));
	print_status(" sender", smtp_reverse_path_status(message));
	print_status(" transfer", smtp_message_transfer_status(message));
	if (!smtp_enumerate_recipients(message, print_recipient, NULL))
		puts(" no recipients");
}

static void print_node(
    smtp_etrn_node_t node, int option, const char *domain, void *arg)
{
	(void)arg;
	printf("node %d %s\n", option, domain);
	print_status(" status", smtp_etrn_node_status(node));
}

void driver_start(struct run *run)
{
	int result = smtp_start_session(run->session);

	printf("start %d, errno %d\n", result, smtp_errno());
	smtp_enumerate_messages(run->session, print_message, run);
	smtp_etrn_enumerate_nodes(run->session, print_node, NULL);
	if (!run->monitored)
		return;
	print_lines("read", run->seen[SMTP_CB_READING]);
	print_lines("wrote", run->seen[SMTP_CB_WRITING]);
	print_lines("header", run->seen[SMTP_CB_HEADERS]);
}

smtp_message_t driver_message(struct run *run, const char *text)
{
	smtp_message_t message = smtp_add_message(run->session);

	run->message[run->messages++] = message;
	smtp_set_reverse_path(message, "sender@example.com");
	smtp_set_message_str(message, (char *)text);
	return message;
}

int driver_play(const char *name, const char *server)
{
	static struct run run;
	const struct scenario *s = scenarios;

	while (s->name != NULL && strcmp(s->name, name) != 0)
		s++;
	if (s->name == NULL)
		return 2;
	memset(&run, 0, sizeof run);
	auth_client_init();
	run.session = smtp_create_session();
	if (run.session == NULL || !smtp_set_server(run.session, server)) {
		smtp_destroy_session(run.session);
		return 1;
	}
	smtp_set_hostname(run.session, "client.example");
	smtp_set_eventcb(run.session, on_event, &run);
	s->play(&run);
	smtp_destroy_session(run.session);
	if (run.auth != NULL)
		auth_destroy_context(run.auth);
	auth_client_exit();
	return 0;
}
