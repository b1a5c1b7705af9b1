/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * sink.c - an SMTP server that takes everything, fast, and keeps nothing
 *
 * So that a benchmark measures its client.  On loopback, one connection at a
 * time; in clear, with STARTTLS or with TLS from the start; PIPELINING and
 * CHUNKING; AUTH PLAIN takes any password.  A group of commands is answered in
 * one flight.  One line of the log for each message: recipients and octets.
 * It checks nothing: tests/server/smtpserver does. */

#define _GNU_SOURCE /* memmem() */

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_ROOM = 256 * 1024, OUT_ROOM = 64 * 1024 };

struct sink {
	const char *port_file;
	const char *log_file;
	const char *cert;
	const char *key;
	bool starttls;
	bool implicit;
	long lifetime;
	gnutls_certificate_credentials_t credentials;
	int listener;
	FILE *log;

	/* of one connection */
	int fd;
	gnutls_session_t tls;
	bool ended;
	char in[IN_ROOM];
	size_t n;  /* octets in in[] */
	size_t at; /* how many of them have been used */
	char out[OUT_ROOM];
	size_t out_n;
	unsigned long recipients;
	unsigned long long content;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "sink: %s: %s\n", what, why);
	exit(70);
}

/* --- octets ----------------------------------------------------------------
 */

static void send_out(struct sink *s)
{
	size_t sent = 0;

	while (sent < s->out_n && !s->ended) {
		const char *p = s->out + sent;
		ssize_t n = s->tls
		                ? gnutls_record_send(s->tls, p, s->out_n - sent)
		                : send(s->fd, p, s->out_n - sent, MSG_NOSIGNAL);

		if (n <= 0)
			s->ended = true;
		else
			sent += (size_t)n;
	}
	s->out_n = 0;
}

static void say(struct sink *s, const char *text)
{
	size_t n = strlen(text);

	if (s->out_n + n > sizeof s->out)
		send_out(s);
	memcpy(s->out + s->out_n, text, n);
	s->out_n += n;
}

/* Moves what is left to the front and reads more behind it. */
static void read_more(struct sink *s)
{
	ssize_t n;

	memmove(s->in, s->in + s->at, s->n - s->at);
	s->n -= s->at;
	s->at = 0;
	if (!s->tls || gnutls_record_check_pending(s->tls) == 0)
		send_out(s);
	if (s->n == sizeof s->in)
		s->ended = true; /* a line without an end */
	if (s->ended)
		return;
	do {
		n = s->tls ? gnutls_record_recv(
				 s->tls, s->in + s->n, sizeof s->in - s->n)
		           : recv(s->fd, s->in + s->n, sizeof s->in - s->n, 0);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	if (n <= 0)
		s->ended = true;
	else
		s->n += (size_t)n;
}

/* The next line without its end, or NULL. */
static char *next_line(struct sink *s)
{
	char *line, *end;

	while (!(end = memchr(s->in + s->at, '\n', s->n - s->at))) {
		read_more(s);
		if (s->ended)
			return NULL;
	}
	line = s->in + s->at;
	s->at = (size_t)(end + 1 - s->in);
	*end = '\0';
	return line;
}

/* --- content ---------------------------------------------------------------
 */

static void end_message(struct sink *s)
{
	if (s->log) {
		fprintf(s->log, "%lu %llu\n", s->recipients, s->content);
		fflush(s->log);
	}
	s->recipients = 0;
	s->content = 0;
	say(s, "250 2.0.0 taken\r\n");
}

static void take_chunk(struct sink *s, const char *arguments)
{
	char *rest;
	unsigned long long left = strtoull(arguments, &rest, 10);
	bool last = strncasecmp(rest, " LAST", 5) == 0;

	s->content += left;
	while (left > 0 && !s->ended) {
		size_t n = s->n - s->at;

		if (n > left)
			n = (size_t)left;
		s->at += n;
		left -= n;
		if (left > 0)
			read_more(s);
	}
	if (s->ended)
		return;
	if (last)
		end_message(s);
	else
		say(s, "250 2.0.0 go on\r\n");
}

static void take_data(struct sink *s)
{
	static const char end[] = "\r\n.\r\n";
	size_t mark = sizeof end - 1;
	bool first = true;

	say(s, "354 go on\r\n");
	while (!s->ended) {
		char *p = s->in + s->at;
		size_t n = s->n - s->at;
		char *found = memmem(p, n, end, mark);

		if (first && n >= 3 && memcmp(p, end + 2, 3) == 0) {
			s->at += 3;
			end_message(s);
			return;
		}
		if (found) {
			s->content += (size_t)(found + 2 - p);
			s->at += (size_t)(found - p) + mark;
			end_message(s);
			return;
		}
		first = first && n < 3;
		/* The end may be cut in two. */
		if (n >= mark) {
			s->at = s->n - (mark - 1);
			s->content += n - (mark - 1);
		}
		read_more(s);
	}
}

/* --- commands --------------------------------------------------------------
 */

static void start_tls(struct sink *s)
{
	int rc;

	gnutls_init(&s->tls, GNUTLS_SERVER);
	gnutls_set_default_priority(s->tls);
	gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, s->credentials);
	gnutls_transport_set_int(s->tls, s->fd);
	do
		rc = gnutls_handshake(s->tls);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc < 0)
		s->ended = true;
}

static void hello(struct sink *s, const char *arguments)
{
	(void)arguments;
	say(s, "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
	       "250-SIZE 0\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n");
	if (s->starttls && !s->tls)
		say(s, "250-STARTTLS\r\n");
	else
		say(s, "250-AUTH PLAIN\r\n");
	say(s, "250 DSN\r\n");
}

static void secure(struct sink *s, const char *arguments)
{
	(void)arguments;
	say(s, "220 2.0.0 go on\r\n");
	send_out(s);
	start_tls(s);
}

static void log_in(struct sink *s, const char *arguments)
{
	if (!strchr(arguments, ' ')) {
		say(s, "334 \r\n");
		next_line(s);
	}
	say(s, "235 2.7.0 welcome\r\n");
}

static void sender(struct sink *s, const char *arguments)
{
	(void)arguments;
	s->recipients = 0;
	say(s, "250 2.1.0 ok\r\n");
}

static void recipient(struct sink *s, const char *arguments)
{
	(void)arguments;
	s->recipients++;
	say(s, "250 2.1.5 ok\r\n");
}

static void data(struct sink *s, const char *arguments)
{
	(void)arguments;
	take_data(s);
}

static void quit(struct sink *s, const char *arguments)
{
	(void)arguments;
	say(s, "221 2.0.0 bye\r\n");
	send_out(s);
	s->ended = true;
}

static void obey(struct sink *s, const char *line)
{
	static const struct {
		const char *verb;
		void (*act)(struct sink *s, const char *arguments);
	} table[] = {
	    {"EHLO", hello},
	    {"HELO", hello},
	    {"STARTTLS", secure},
	    {"AUTH ", log_in},
	    {"MAIL", sender},
	    {"RCPT", recipient},
	    {"DATA", data},
	    {"BDAT ", take_chunk},
	    {"QUIT", quit},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		size_t n = strlen(table[i].verb);

		if (strncasecmp(table[i].verb, line, n) == 0) {
			table[i].act(s, line + n);
			return;
		}
	}
	say(s, "250 2.0.0 ok\r\n");
}

static void serve(struct sink *s, int fd)
{
	int one = 1;
	char *line;

	s->fd = fd;
	s->tls = NULL;
	s->ended = false;
	s->n = s->at = s->out_n = 0;
	s->recipients = 0;
	s->content = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (s->implicit)
		start_tls(s);
	say(s, "220 sink.example ESMTP\r\n");
	while (!s->ended && (line = next_line(s)))
		obey(s, line);
	if (s->tls) {
		gnutls_bye(s->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(s->tls);
	}
	close(fd);
}

/* --- start -----------------------------------------------------------------
 */

static void listen_and_tell(struct sink *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	char draft[1024];
	FILE *f;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(s->listener, 16) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&address, &len) != 0)
		die("listen", strerror(errno));
	snprintf(draft, sizeof draft, "%s.new", s->port_file);
	f = fopen(draft, "w");
	if (!f || fprintf(f, "%u\n", ntohs(address.sin_port)) < 0 ||
	    fclose(f) != 0 || rename(draft, s->port_file) != 0)
		die(s->port_file, strerror(errno));
}

static void load_certificate(struct sink *s)
{
	int rc;

	gnutls_certificate_allocate_credentials(&s->credentials);
	rc = gnutls_certificate_set_x509_key_file(
	    s->credentials, s->cert, s->key, GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		die(s->cert, gnutls_strerror(rc));
}

static bool take_option(struct sink *s, const char *name, const char *value)
{
	if (strcmp(name, "--port-file") == 0)
		s->port_file = value;
	else if (strcmp(name, "--log") == 0)
		s->log_file = value;
	else if (strcmp(name, "--cert") == 0)
		s->cert = value;
	else if (strcmp(name, "--key") == 0)
		s->key = value;
	else if (strcmp(name, "--lifetime") == 0)
		s->lifetime = strtol(value, NULL, 10);
	else if (strcmp(name, "--tls") == 0)
		s->starttls = !(s->implicit = strcmp(value, "implicit") == 0);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct sink s = {.lifetime = 600};
	bool good = argc % 2 == 1;
	int fd;

	for (int i = 1; i + 1 < argc; i += 2)
		good = take_option(&s, argv[i], argv[i + 1]) && good;
	if (!good || !s.port_file || ((s.starttls || s.implicit) && !s.key)) {
		fputs("usage: sink --port-file FILE [--log FILE] [--lifetime "
		      "SECONDS]\n    [--tls starttls|implicit --cert FILE "
		      "--key FILE]\n",
		    stderr);
		return 64;
	}
	if (s.cert)
		load_certificate(&s);
	if (s.log_file && !(s.log = fopen(s.log_file, "w")))
		die(s.log_file, strerror(errno));
	/* SIGALRM ends it, whatever it does. */
	alarm((unsigned)s.lifetime);
	listen_and_tell(&s);
	while ((fd = accept(s.listener, NULL, NULL)) >= 0 || errno == EINTR)
		if (fd >= 0)
			serve(&s, fd);
	die("accept", strerror(errno));
	return 70;
}
