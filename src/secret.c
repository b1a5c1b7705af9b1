/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.c - the password of an account
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Asks the account's sources in their order and takes the first line of the
 * first that answers: what pass(1) and its like print below it is about the
 * secret, not the secret. A source that others could have written or read is
 * not used, and is not passed over in silence either..
 */
#include "secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "account.h"
#include "buf.h"
#include "configuration_load.h"
#include "diagnostics.h"
#include "process.h"
#include "secret_command.h"
#include "text.h"

enum { COMPLAINT_ROOM = 1024 };

/* What came of asking one source. */
enum answer { ANSWERED, SILENT, UNSAFE };

typedef enum answer ask(const struct account *a, const char *where,
    struct buf *out, struct diagnostics *d);

bool secret_set(struct secret *s, const void *text, size_t n)
{
	char *copy = malloc(n + 1);

	if (copy == NULL)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	s->text = copy;
	s->n = n;
	return true;
}

void secret_release(struct secret *s)
{
	if (s->text != NULL)
		buf_wipe(s->text, s->n);
	free(s->text);
	*s = (struct secret){0};
}

int secret_exit_status(enum secret_result result)
{
	switch (result) {
	case SECRET_FOUND:
		return EX_OK;
	case SECRET_UNSET:
	case SECRET_UNSAFE:
		return EX_CONFIG;
	case SECRET_NO_MEMORY:
		return EX_OSERR;
	case SECRET_SILENT:
		break;
	}
	return EX_NOPERM;
}

static enum answer ask_command(const struct account *a SMTP_UNUSED,
    const char *where, struct buf *out, struct diagnostics *d)
{
	struct buf why;
	bool answered;

	buf_init(&why, COMPLAINT_ROOM);
	answered = secret_run(where, SECRET_COMMAND_MS, out, &why);
	if (!answered) {
		const char *words = buf_cstr(&why);

		diagnostics_add(d, "password-from: the command %s",
		    words == NULL ? "failed" : words);
	}
	buf_release(&why);
	return answered ? ANSWERED : SILENT;
}

/* Others are kept out by mask, the bits of the mode that must be off. */
static enum answer ask_path(
    const char *path, mode_t mask, struct buf *out, struct diagnostics *d)
{
	struct configuration_block block;
	enum answer answer = SILENT;

	switch (configuration_file_read(path, getuid(), &block, d)) {
	case FILE_BAD:
		return UNSAFE;
	case FILE_ABSENT:
		diagnostics_add(
		    d, "password-from: %s: %s", path, strerror(ENOENT));
		return SILENT;
	case FILE_DENIED:
		diagnostics_add(
		    d, "password-from: %s: %s", path, strerror(EACCES));
		return SILENT;
	case FILE_READ:
		break;
	}
	if ((block.mode & mask) != 0) {
		diagnostics_add(d,
		    "%s: holds a password and others may read or write it: "
		    "run chmod 600 '%s'",
		    path, path);
		answer = UNSAFE;
	} else if (!buf_append(out, block.text, block.n)) {
		diagnostics_add(d, "%s: is too large for a password", path);
	} else {
		answer = ANSWERED;
	}
	configuration_block_release(&block);
	return answer;
}

static enum answer ask_file(const struct account *a, const char *where,
    struct buf *out, struct diagnostics *d)
{
	char *path = configuration_expand(where, a->home);
	enum answer answer = SILENT;

	if (path == NULL)
		diagnostics_add(d, "password-from: no memory, or no home "
				   "directory for ~");
	else
		answer = ask_path(path, S_IRWXG | S_IRWXO, out, d);
	free(path);
	return answer;
}

static enum answer ask_environment(const struct account *a SMTP_UNUSED,
    const char *where, struct buf *out, struct diagnostics *d)
{
	const char *value = process_variable(where);

	if (value != NULL && buf_append(out, value, strlen(value)))
		return ANSWERED;
	diagnostics_add(d, "password-from: the variable %s is %s", where,
	    value == NULL ? "not set" : "too long");
	return SILENT;
}

/* systemd.exec(5): a file of root's in a directory for this service alone.
 * Group bits there are the mask of an access control list. */
static enum answer ask_credential(const struct account *a SMTP_UNUSED,
    const char *where, struct buf *out, struct diagnostics *d)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	enum answer answer = SILENT;
	struct buf path;
	const char *whole;

	if (directory == NULL || directory[0] != '/') {
		diagnostics_add(d,
		    "password-from: credential %s: "
		    "CREDENTIALS_DIRECTORY is not set",
		    where);
		return SILENT;
	}
	buf_init(&path, CONFIGURATION_VALUE_MAX);
	buf_puts(&path, directory);
	buf_puts(&path, "/");
	buf_puts(&path, where);
	whole = buf_cstr(&path);
	if (whole != NULL)
		answer = ask_path(whole, S_IRWXO, out, d);
	else
		diagnostics_add(d, "password-from: credential: no memory");
	buf_release(&path);
	return answer;
}

static const struct {
	const char *prefix;
	ask *ask;
} sources[] = {
    {"command:", ask_command},
    {"file:", ask_file},
    {"env:", ask_environment},
    {"credential:", ask_credential},
};

static enum answer ask_source(const struct account *a, const char *source,
    struct buf *out, struct diagnostics *d)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		size_t n = strlen(sources[i].prefix);

		if (strncmp(sources[i].prefix, source, n) == 0)
			return sources[i].ask(a, source + n, out, d);
	}
	diagnostics_add(d, "password-from: unknown source");
	return UNSAFE;
}

/* The first line of what a source gave, which must be text. NULL: it is not;
 * else *n octets. */
static const char *first_line(const struct buf *given, size_t *n)
{
	const char *text = (const char *)buf_head(given);
	const char *end = memchr(text, '\n', given->len);

	*n = end == NULL ? given->len : (size_t)(end - text);
	if (*n > 0 && text[*n - 1] == '\r')
		--*n;
	if (*n == 0 || text_has_control(text, *n) || !text_is_utf8(text, *n))
		return NULL;
	return text;
}

/* Asks one source and keeps its answer. */
static enum secret_result try_source(const struct account *a,
    const char *source, struct secret *s, struct diagnostics *d)
{
	enum secret_result result = SECRET_SILENT;
	struct buf given;
	enum answer answer;

	buf_init_secret(&given, SECRET_MAX);
	answer = ask_source(a, source, &given, d);
	if (answer == UNSAFE) {
		result = SECRET_UNSAFE;
	} else if (answer == ANSWERED) {
		size_t n;
		const char *line = first_line(&given, &n);

		if (line == NULL)
			diagnostics_add(d,
			    "password-from: a source of kind %.*s gave an "
			    "empty line or something that is no text",
			    (int)strcspn(source, ":"), source);
		else if (secret_set(s, line, n))
			result = SECRET_FOUND;
		else
			result = SECRET_NO_MEMORY;
	}
	buf_release(&given);
	return result;
}

enum secret_result secret_get(
    const struct account *a, struct secret *s, struct diagnostics *d)
{
	struct diagnostics tried;
	enum secret_result result = SECRET_UNSET;

	*s = (struct secret){0};
	if (a->password.text != NULL)
		return secret_set(s, a->password.text, a->password.n)
		           ? SECRET_FOUND
		           : SECRET_NO_MEMORY;
	diagnostics_init(&tried);
	for (size_t i = 0; i < a->password_from.n; i++) {
		result = try_source(a, a->password_from.item[i], s, &tried);
		if (result != SECRET_SILENT)
			break;
	}
	/* Why others gave nothing matters only if none did. */
	if (result != SECRET_FOUND)
		diagnostics_move(d, &tried);
	diagnostics_release(&tried);
	if (result == SECRET_UNSET)
		diagnostics_add(d,
		    "account '%s': the login needs a password: set "
		    "password-from",
		    a->name);
	else if (result == SECRET_NO_MEMORY)
		diagnostics_add(d, "password: out of memory");
	return result;
}
