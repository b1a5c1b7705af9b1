/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tickets.c - twenty TLS 1.3 sessions in one process, each with tickets
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * libESMTP's worst defect: a session ticket behind the handshake made it wait
 * for a reply to an EHLO that it had not sent, until the time-out; and a second
 * TLS session in one process crashed. The server here is OpenSSL's, which sends
 * tickets whether or not they are asked for (GnuTLS's does not), four behind
 * each handshake and one more before each reply.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "server.h"
#include "smtpx.h"

enum { SESSIONS = 20, TICKETS = 4, LINE_SIZE = 512, PATIENCE_S = 20 };

/* The server's side of one connection. */
struct peer {
	int fd;
	SSL *ssl; /* NULL: clear text */
	int tickets;
};

struct listener {
	int fd;
	SSL_CTX *context;
	int messages;
	int tickets;
};

static int put(struct peer *p, const char *text)
{
	int n = (int)strlen(text);

	if (p->ssl == NULL)
		return send(p->fd, text, (size_t)n, MSG_NOSIGNAL) == n;
	if (SSL_new_session_ticket(p->ssl))
		p->tickets++;
	return SSL_write(p->ssl, text, n) == n;
}

static int get(struct peer *p, char *line)
{
	int n = 0;
	char c = '\0';

	while (c != '\n' && n < LINE_SIZE - 1) {
		int got = p->ssl == NULL ? (int)recv(p->fd, &c, 1, 0)
		                         : SSL_read(p->ssl, &c, 1);

		if (got != 1)
			return 0;
		line[n++] = c;
	}
	line[n] = '\0';
	return 1;
}

static int secure(struct listener *l, struct peer *p)
{
	if (!put(p, "220 go\r\n"))
		return 0;
	p->ssl = SSL_new(l->context);
	return p->ssl != NULL && SSL_set_fd(p->ssl, p->fd) &&
	       SSL_accept(p->ssl) == 1;
}

static int take_content(struct listener *l, struct peer *p, char *line)
{
	if (!put(p, "354 go\r\n"))
		return 0;
	do
		if (!get(p, line))
			return 0;
	while (strcmp(line, ".\r\n") != 0);
	l->messages++;
	return put(p, "250 taken\r\n");
}

static void talk(struct listener *l, struct peer *p)
{
	char line[LINE_SIZE];
	int on = put(p, "220 tickets.example ESMTP\r\n");

	while (on && get(p, line)) {
		if (strncmp(line, "EHLO", 4) == 0)
			on = put(
			    p, p->ssl == NULL
				   ? "250-tickets.example\r\n250 STARTTLS\r\n"
				   : "250 tickets.example\r\n");
		else if (strncmp(line, "STARTTLS", 8) == 0)
			on = secure(l, p);
		else if (strncmp(line, "DATA", 4) == 0)
			on = take_content(l, p, line);
		else
			on = strncmp(line, "QUIT", 4) != 0 &&
			     put(p, "250 fine\r\n");
	}
}

static void *serve(void *arg)
{
	struct listener *l = arg;

	for (int i = 0; i < SESSIONS; i++) {
		struct peer p = {.fd = accept(l->fd, NULL, NULL)};
		int on = 1;

		if (p.fd < 0)
			break;
		setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		talk(l, &p);
		l->tickets += p.tickets;
		SSL_free(p.ssl);
		close(p.fd);
	}
	return NULL;
}

static int listen_on_loopback(char *address, size_t size)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) < 0 ||
	    listen(fd, SESSIONS) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) < 0)
		abort();
	snprintf(address, size, "127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

static SSL_CTX *make_context(const struct test_server *certificates)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char path[128];

	if (context == NULL)
		abort();
	snprintf(
	    path, sizeof path, "%s/certs/server.pem", certificates->folder);
	if (!SSL_CTX_use_certificate_chain_file(context, path))
		abort();
	snprintf(
	    path, sizeof path, "%s/certs/server.key", certificates->folder);
	if (!SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) ||
	    !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
	    !SSL_CTX_set_num_tickets(context, TICKETS))
		abort();
	return context;
}

/* Whether one session delivered its message, in time. */
static int send_one(const char *address, const char *ca_file)
{
	smtp_session_t session = smtp_create_session();
	smtp_message_t message = smtp_add_message(session);
	smtp_recipient_t recipient;
	struct smtpx_facts facts;
	time_t begun = time(NULL);
	int done;

	smtp_set_server(session, address);
	smtp_starttls_enable(session, Starttls_REQUIRED);
	smtpx_tls_set_ca_file(session, ca_file);
	smtp_set_message_str(message, "Subject: t\r\n\r\nHello.\r\n");
	recipient = smtp_add_recipient(message, "a@example.com");
	done = smtp_start_session(session) &&
	       smtp_recipient_check_complete(recipient) &&
	       smtpx_get_facts(session, &facts) &&
	       strcmp(facts.tls_version, "TLS1.3") == 0;
	if (!done)
		printf("# %s\n", smtpx_error_text(session));
	smtp_destroy_session(session);
	return done && time(NULL) - begun < PATIENCE_S;
}

int main(void)
{
	struct test_server certificates;
	struct listener l = {.messages = 0};
	char address[40], ca_file[80];
	pthread_t thread;
	int sent = 0;

	server_start(&certificates, "--implicit-tls|@server");
	snprintf(
	    ca_file, sizeof ca_file, "%s/certs/ca.pem", certificates.folder);
	l.context = make_context(&certificates);
	l.fd = listen_on_loopback(address, sizeof address);
	pthread_create(&thread, NULL, serve, &l);
	for (int i = 0; i < SESSIONS; i++)
		sent += send_one(address, ca_file);
	shutdown(l.fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(l.fd);
	SSL_CTX_free(l.context);
	server_drop(&certificates);
	printf("%sok 1 - %d of %d sessions with tickets, and none waited\n",
	    sent == SESSIONS && l.messages == SESSIONS ? "" : "not ", sent,
	    SESSIONS);
	printf("%sok 2 - the server sent tickets before each reply\n",
	    l.tickets >= 4 * SESSIONS ? "" : "not ");
	puts("1..2");
	return sent == SESSIONS && l.tickets >= 4 * SESSIONS ? 0 : 1;
}
