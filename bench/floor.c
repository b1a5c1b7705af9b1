/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * floor.c - a bare client: what the work costs with nothing around it
 *
 * usage: floor PORT RECIPIENTS [starttls|implicit CA-FILE] <MESSAGE
 * Submits standard input, a file, to the sink on loopback: EHLO, STARTTLS, AUTH
 * PLAIN, and envelope, content (BDAT, CRLF) and QUIT as one flight.  Built
 * without FLOOR_TLS it knows nothing of GnuTLS, and does not load it.  It
 * looks at replies only to see that they are not 4yz or 5yz. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef FLOOR_TLS
#include <gnutls/gnutls.h>
#endif

enum { CHUNK = 256 * 1024, COMMANDS_ROOM = 128 * 1024 };

struct client {
	int fd;
#ifdef FLOOR_TLS
	gnutls_session_t tls;
#endif
	char in[4096];
	size_t n;
	char out[COMMANDS_ROOM + CHUNK];
	size_t out_n;
};

static void die(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

/* --- octets ----------------------------------------------------------------
 */

static void put(struct client *c, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t sent;
#ifdef FLOOR_TLS
		if (c->tls)
			sent = gnutls_record_send(c->tls, p, n);
		else
#endif
			sent = send(c->fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			die("send");
		p += sent;
		n -= (size_t)sent;
	}
}

static void flush(struct client *c)
{
	put(c, c->out, c->out_n);
	c->out_n = 0;
}

static void add(struct client *c, const char *text)
{
	size_t n = strlen(text);

	memcpy(c->out + c->out_n, text, n);
	c->out_n += n;
	if (c->out_n > COMMANDS_ROOM - 512)
		flush(c);
}

static ssize_t get(struct client *c, char *to, size_t room)
{
#ifdef FLOOR_TLS
	ssize_t n;

	if (c->tls) {
		do
			n = gnutls_record_recv(c->tls, to, room);
		while (n == GNUTLS_E_AGAIN);
		return n;
	}
#endif
	return recv(c->fd, to, room, 0);
}

/* Waits for so many replies; what comes behind them is kept. */
static void expect(struct client *c, unsigned long replies)
{
	while (replies > 0) {
		char *end = memchr(c->in, '\n', c->n);

		if (end) {
			if (c->in[0] >= '4')
				die(c->in);
			if (c->in[3] != '-')
				replies--;
			c->n -= (size_t)(end + 1 - c->in);
			memmove(c->in, end + 1, c->n);
			continue;
		}
		ssize_t n = get(c, c->in + c->n, sizeof c->in - c->n);

		if (n <= 0)
			die("receive");
		c->n += (size_t)n;
	}
}

/* --- TLS -------------------------------------------------------------------
 */

#ifdef FLOOR_TLS
static void start_tls(struct client *c, const char *ca_file)
{
	gnutls_certificate_credentials_t credentials;
	int rc;

	gnutls_certificate_allocate_credentials(&credentials);
	if (gnutls_certificate_set_x509_trust_file(
		credentials, ca_file, GNUTLS_X509_FMT_PEM) <= 0)
		die(ca_file);
	gnutls_init(&c->tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(c->tls);
	gnutls_server_name_set(c->tls, GNUTLS_NAME_DNS, "localhost", 9);
	gnutls_session_set_verify_cert(c->tls, "localhost", 0);
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(c->tls, c->fd);
	do
		rc = gnutls_handshake(c->tls);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc < 0)
		die(gnutls_strerror(rc));
}
#else
static void start_tls(struct client *c, const char *ca_file)
{
	(void)c;
	(void)ca_file;
	die("built without TLS");
}
#endif

/* --- dialogue --------------------------------------------------------------
 */

static void connect_to(struct client *c, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int one = 1;

	address.sin_port = htons((in_port_t)strtol(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0)
		die("connect");
}

static void greet(struct client *c)
{
	add(c, "EHLO client.example\r\n");
	flush(c);
	expect(c, 1);
}

/* Fills a chunk with whole lines, LF as CRLF; returns its length. */
static size_t fill(char *chunk, const char **p, const char *end)
{
	size_t n = 0;

	while (*p < end) {
		const char *lf = memchr(*p, '\n', (size_t)(end - *p));
		size_t line = (size_t)((lf ? lf : end) - *p);

		if (n + line + 2 > CHUNK)
			break;
		memcpy(chunk + n, *p, line);
		memcpy(chunk + n + line, "\r\n", 2);
		n += line + 2;
		*p += line + 1;
	}
	return n;
}

/* Returns how many replies are to come. */
static unsigned long send_content(struct client *c)
{
	static char chunk[CHUNK];
	unsigned long chunks = 0;
	struct stat st;
	const char *p, *end;

	if (fstat(STDIN_FILENO, &st) != 0 || st.st_size == 0)
		die("the message is no file");
	p = mmap(
	    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
	if (p == MAP_FAILED)
		die("mmap");
	end = p + st.st_size;
	while (p < end) {
		size_t n = fill(chunk, &p, end);
		char command[64];

		snprintf(command, sizeof command, "BDAT %zu%s\r\n", n,
		    p < end ? "" : " LAST");
		add(c, command);
		memcpy(c->out + c->out_n, chunk, n);
		c->out_n += n;
		if (p >= end)
			add(c, "QUIT\r\n");
		else
			flush(c);
		chunks++;
	}
	flush(c);
	return chunks;
}

int main(int argc, char **argv)
{
	static struct client c;
	unsigned long recipients = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long replies = recipients + 1;
	bool starttls = argc > 4 && strcmp(argv[3], "starttls") == 0;

	if (argc < 3)
		die("usage: floor PORT RECIPIENTS [starttls|implicit CA]");
	connect_to(&c, argv[1]);
	if (argc > 4 && !starttls)
		start_tls(&c, argv[4]);
	expect(&c, 1);
	greet(&c);
	if (starttls) {
		add(&c, "STARTTLS\r\n");
		flush(&c);
		expect(&c, 1);
		start_tls(&c, argv[4]);
		greet(&c);
	}
	if (argc > 4) {
		add(&c, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
		replies++;
	}
	add(&c, "MAIL FROM:<sender@example.com> BODY=8BITMIME\r\n");
	for (unsigned long i = 0; i < recipients; i++) {
		char line[64];

		snprintf(
		    line, sizeof line, "RCPT TO:<r%lu@example.com>\r\n", i);
		add(&c, line);
	}
	replies += send_content(&c);
	expect(&c, replies);
	return 0;
}
