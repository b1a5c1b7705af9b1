/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idn.c - internationalised domains and the two forms of a mailbox
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * libidn2 maps and encodes, behind idn_convert(); what goes in is checked
 * here, because it passes "_" and deletes blanks. A domain that is ASCII
 * already never reaches it unless it holds an A-label, which must then be a
 * real one. Nothing here names libidn2, so that a program without such
 * domains need not load it. RFC 5890, 5891, 6531 3.2.
 */
#include "idn.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "hostname.h"
#include "rfc5322.h"
#include "text.h"

/* A path, with room for an A-label of each character. */
enum { MAILBOX_MAX = 2048 };

static char *copy(const char *s, size_t n, bool *no_memory)
{
	char *made = malloc(n + 1);

	if (!made) {
		*no_memory = true;
		return NULL;
	}
	memcpy(made, s, n);
	made[n] = '\0';
	return made;
}

/* Whether its ASCII characters are those of host names. libidn2 would drop
 * some of the others and so make another domain of it. */
static bool only_ldh(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80 && !text_is_alpha(c) && !text_is_digit(c) &&
		    c != '-' && c != '.')
			return false;
	}
	return true;
}

static bool has_a_label(const char *s, size_t n)
{
	bool start = true;

	for (size_t i = 0; i < n; i++) {
		if (start && text_starts_nocase(s + i, n - i, "xn--"))
			return true;
		start = s[i] == '.';
	}
	return false;
}

char *idn_to_ascii(const char *domain, bool *no_memory)
{
	size_t n = hostname_length(domain, strlen(domain));
	char *plain;
	char *result;

	if (n > HOSTNAME_MAX || !only_ldh(domain, n))
		return NULL;
	if (text_is_ascii(domain, n) && !hostname_is_valid(domain, n))
		return NULL;
	plain = copy(domain, n, no_memory);
	if (!plain || (text_is_ascii(domain, n) && !has_a_label(domain, n)))
		return plain;
	result = idn_convert(plain, no_memory);
	free(plain);
	return result;
}

/* The ASCII form, if there is one: *form stays NULL when only SMTPUTF8 can
 * carry the local part. False: the domain is none, or no memory. */
static bool ascii_form(
    const struct rfc5322_mailbox *m, char **form, bool *no_memory)
{
	struct buf path;
	char *domain;

	if (m->ascii) {
		*form = copy(m->text, strlen(m->text), no_memory);
		return *form != NULL;
	}
	if (!m->domain || m->domain_ascii)
		return true;
	domain = idn_to_ascii(m->domain, no_memory);
	if (!domain)
		return false;
	if (text_is_ascii(m->text, m->local_len)) {
		buf_init(&path, MAILBOX_MAX);
		buf_append(&path, m->text, m->local_len);
		buf_putc(&path, '@');
		buf_puts(&path, domain);
		*form = buf_take(&path, NULL);
		*no_memory = *no_memory || !*form;
		buf_release(&path);
	}
	free(domain);
	return !*no_memory;
}

bool mailbox_set(struct mailbox *m, const char *given, bool *no_memory)
{
	struct mailbox made = {NULL, NULL, NULL};
	struct rfc5322_mailbox path;
	const char *reason = NULL;

	if (given && !(made.given = copy(given, strlen(given), no_memory)))
		return false;
	if (given && *given) {
		if (!rfc5322_mailbox_check(&path, given, &reason)) {
			*no_memory = *no_memory || !reason;
			mailbox_release(&made);
			return false;
		}
		if (!ascii_form(&path, &made.ascii, no_memory) ||
		    !(made.utf8 =
			    copy(path.text, strlen(path.text), no_memory))) {
			rfc5322_mailbox_release(&path);
			mailbox_release(&made);
			return false;
		}
		rfc5322_mailbox_release(&path);
	}
	mailbox_release(m);
	*m = made;
	return true;
}

void mailbox_release(struct mailbox *m)
{
	free(m->given);
	free(m->utf8);
	free(m->ascii);
	*m = (struct mailbox){NULL, NULL, NULL};
}
