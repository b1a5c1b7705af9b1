/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors
 *
 * record.c - what the test server writes down
 *
 * Files in one directory: N.message and N.envelope for each message,
 * "dialogue", "violations", "flights", and raw.C for each connection.  One
 * lock holds everything together; every line is flushed, so that a test reads
 * what has happened although the server still runs. */

#include "record.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 1024, REMARK_ROOM = 2048 };

struct record {
	pthread_mutex_t lock;
	const char *directory; /* NULL: record nothing */
	FILE *dialogue;
	FILE *violations;
	FILE *flights;
	unsigned long messages;
	unsigned long last_conn; /* whose line was the dialogue's last */
};

static FILE *open_in(struct record *r, const char *name, const char *mode)
{
	char path[PATH_ROOM];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", r->directory, name);
	f = fopen(path, mode);
	if (!f)
		perror(path);
	return f;
}

struct record *record_open(const char *directory)
{
	struct record *r = octets_alloc(sizeof *r);

	pthread_mutex_init(&r->lock, NULL);
	r->directory = directory;
	if (!directory)
		return r;
	if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
		perror(directory);
		record_close(r);
		return NULL;
	}
	r->dialogue = open_in(r, "dialogue", "w");
	r->violations = open_in(r, "violations", "w");
	r->flights = open_in(r, "flights", "w");
	if (!r->dialogue || !r->violations || !r->flights) {
		record_close(r);
		return NULL;
	}
	return r;
}

void record_close(struct record *r)
{
	if (!r)
		return;
	if (r->dialogue)
		fclose(r->dialogue);
	if (r->violations)
		fclose(r->violations);
	if (r->flights)
		fclose(r->flights);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Printable ASCII as it is, everything else as \xNN. */
static void print_safely(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch >= 0x20 && ch < 0x7f)
			putc(ch, f);
		else
			fprintf(f, "\\x%02X", ch);
	}
}

void record_line(
    struct record *r, unsigned long conn, char who, const char *text, size_t n)
{
	if (!r->dialogue)
		return;
	pthread_mutex_lock(&r->lock);
	if (conn != r->last_conn)
		fprintf(r->dialogue, "# connection %lu\n", conn);
	r->last_conn = conn;
	if (who == '-')
		fputs("-- ", r->dialogue);
	else
		fprintf(r->dialogue, "%c: ", who);
	print_safely(r->dialogue, text, n);
	putc('\n', r->dialogue);
	fflush(r->dialogue);
	pthread_mutex_unlock(&r->lock);
}

void record_remark(
    struct record *r, unsigned long conn, const char *format, ...)
{
	char text[REMARK_ROOM];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	record_line(r, conn, '-', text, strlen(text));
}

void record_violation(
    struct record *r, unsigned long conn, const char *format, ...)
{
	char text[REMARK_ROOM];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	record_remark(r, conn, "violation: %s", text);
	if (!r->violations)
		return;
	pthread_mutex_lock(&r->lock);
	fprintf(r->violations, "connection %lu: ", conn);
	print_safely(r->violations, text, strlen(text));
	putc('\n', r->violations);
	fflush(r->violations);
	pthread_mutex_unlock(&r->lock);
}

static void write_file(struct record *r, const char *name, const char *mode,
    const struct octets *content)
{
	FILE *f = open_in(r, name, mode);

	if (!f)
		return;
	if (octets_len(content) > 0)
		fwrite(octets_head(content), 1, octets_len(content), f);
	if (fclose(f) != 0)
		perror(name);
}

unsigned long record_message(struct record *r, const struct octets *envelope,
    const struct octets *content)
{
	char name[64];
	unsigned long number;

	pthread_mutex_lock(&r->lock);
	number = ++r->messages;
	if (r->directory) {
		snprintf(name, sizeof name, "%lu.message", number);
		write_file(r, name, "w", content);
		snprintf(name, sizeof name, "%lu.envelope", number);
		write_file(r, name, "w", envelope);
	}
	pthread_mutex_unlock(&r->lock);
	return number;
}

void record_verdict(struct record *r, unsigned long number, const char *line)
{
	char name[64];
	struct octets text = {0};

	if (!r->directory)
		return;
	octets_text(&text, line);
	octets_text(&text, "\n");
	snprintf(name, sizeof name, "%lu.envelope", number);
	pthread_mutex_lock(&r->lock);
	write_file(r, name, "a", &text);
	pthread_mutex_unlock(&r->lock);
	octets_release(&text);
}

void record_flight(struct record *r, const char *format, ...)
{
	va_list args;

	if (!r->flights)
		return;
	pthread_mutex_lock(&r->lock);
	va_start(args, format);
	vfprintf(r->flights, format, args);
	va_end(args);
	putc('\n', r->flights);
	fflush(r->flights);
	pthread_mutex_unlock(&r->lock);
}

void record_octets(
    struct record *r, unsigned long conn, const char *data, size_t n)
{
	char name[64];
	FILE *f;

	if (!r->directory)
		return;
	snprintf(name, sizeof name, "raw.%lu", conn);
	pthread_mutex_lock(&r->lock);
	f = open_in(r, name, "a");
	if (f) {
		fwrite(data, 1, n, f);
		fclose(f);
	}
	pthread_mutex_unlock(&r->lock);
}
