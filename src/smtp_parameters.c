/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * smtp_parameters.c - takes MAIL and RCPT apart.
 *
 * contract: smtp_parameters.h.  One table of parameters.  An address must be
 * one mailbox, qualified or not; source routes are passed over (RFC 5321
 * appendix C).
 */
#include "smtp_parameters.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "encode.h"
#include "rfc5322.h"
#include "text.h"

#define VALUE_MAX 1024

static const char no_memory[] = "451 4.3.0 out of memory";
static const char bad_value[] = "501 5.5.4 a parameter's value is wrong";

static void rcpt_clear(struct smtp_rcpt *rcpt)
{
	free(rcpt->mailbox);
	free(rcpt->orcpt_type);
	free(rcpt->orcpt_address);
	memset(rcpt, 0, sizeof *rcpt);
}

void smtp_transaction_clear(struct smtp_transaction *t)
{
	rcpt_clear(&t->rcpt);
	free(t->sender);
	free(t->envid);
	memset(t, 0, sizeof *t);
}

typedef const char *(*take)(
    struct smtp_transaction *t, const char *value, size_t n);

static const char *take_nothing(
    struct smtp_transaction *t, const char *value, size_t n)
{
	(void)t;
	(void)value;
	(void)n;
	return NULL;
}

/* The message will have another size when its header is complete. */
static const char *take_size(
    struct smtp_transaction *t, const char *value, size_t n)
{
	(void)t;
	for (size_t i = 0; i < n; i++)
		if (value[i] < '0' || value[i] > '9')
			return bad_value;
	return n == 0 ? bad_value : NULL;
}

static const char *take_body(
    struct smtp_transaction *t, const char *value, size_t n)
{
	if (text_equal_nocase(value, n, "8BITMIME", 8))
		t->body = E8bitmime_8BITMIME;
	else if (text_equal_nocase(value, n, "7BIT", 4))
		t->body = E8bitmime_7BIT;
	else
		return bad_value;
	return NULL;
}

static const char *take_smtputf8(
    struct smtp_transaction *t, const char *value, size_t n)
{
	(void)value;
	(void)n;
	t->smtputf8 = true;
	return NULL;
}

static const char *take_ret(
    struct smtp_transaction *t, const char *value, size_t n)
{
	if (text_equal_nocase(value, n, "FULL", 4))
		t->ret = Ret_FULL;
	else if (text_equal_nocase(value, n, "HDRS", 4))
		t->ret = Ret_HDRS;
	else
		return bad_value;
	return NULL;
}

static const char *take_envid(
    struct smtp_transaction *t, const char *value, size_t n)
{
	struct buf plain;
	const char *problem = NULL;

	buf_init(&plain, VALUE_MAX);
	if (n == 0 || !decode_xtext(&plain, value, n)) {
		problem = bad_value;
	} else {
		free(t->envid);
		t->envid = buf_take(&plain, NULL);
		problem = t->envid == NULL ? no_memory : NULL;
	}
	buf_release(&plain);
	return problem;
}

static const char *take_notify(
    struct smtp_transaction *t, const char *value, size_t n)
{
	/* clang-format off */
	static const struct { const char *word; int flag; } words[] = {
		{ "NEVER", Notify_NEVER }, { "SUCCESS", Notify_SUCCESS },
		{ "FAILURE", Notify_FAILURE }, { "DELAY", Notify_DELAY },
	};
	/* clang-format on */
	int flags = 0;

	if (n == 0)
		return bad_value;
	while (n > 0) {
		const char *comma = memchr(value, ',', n);
		size_t len = comma == NULL ? n : (size_t)(comma - value);
		size_t i = 0;

		while (i < 4 && !text_equal_nocase(value, len, words[i].word,
				    strlen(words[i].word)))
			i++;
		if (i == 4)
			return bad_value;
		/* NEVER stands alone (RFC 3461 4.1). */
		if (flags == Notify_NEVER ||
		    (flags != 0 && words[i].flag == Notify_NEVER))
			return bad_value;
		flags |= words[i].flag;
		value += comma == NULL ? len : len + 1;
		n -= comma == NULL ? len : len + 1;
	}
	t->rcpt.notify = (enum notify_flags)flags;
	return NULL;
}

/* RFC 3461 4.2, RFC 6533 3: type ";" the address as xtext. */
static const char *take_orcpt(
    struct smtp_transaction *t, const char *value, size_t n)
{
	const char *semicolon = n == 0 ? NULL : memchr(value, ';', n);
	size_t type = semicolon == NULL ? 0 : (size_t)(semicolon - value);
	struct buf plain;
	bool good;

	if (type == 0 || type + 1 == n)
		return bad_value;
	buf_init(&plain, VALUE_MAX);
	if (text_equal_nocase(value, type, "utf-8", 5))
		good = decode_utf8_xtext(&plain, semicolon + 1, n - type - 1);
	else
		good = decode_xtext(&plain, semicolon + 1, n - type - 1);
	free(t->rcpt.orcpt_type);
	free(t->rcpt.orcpt_address);
	t->rcpt.orcpt_type = good ? strndup(value, type) : NULL;
	t->rcpt.orcpt_address = good ? buf_take(&plain, NULL) : NULL;
	buf_release(&plain);
	if (!good)
		return bad_value;
	return t->rcpt.orcpt_type == NULL || t->rcpt.orcpt_address == NULL
	           ? no_memory
	           : NULL;
}

/* clang-format off */
static const struct parameter {
	const char *name;
	bool of_mail;
	take act;
} parameters[] = {
	{ "SIZE",     true,  take_size },
	{ "BODY",     true,  take_body },
	{ "SMTPUTF8", true,  take_smtputf8 },
	{ "RET",      true,  take_ret },
	{ "ENVID",    true,  take_envid },
	{ "AUTH",     true,  take_nothing },
	{ "NOTIFY",   false, take_notify },
	{ "ORCPT",    false, take_orcpt },
};
/* clang-format on */

static const char *take_parameters(
    struct smtp_transaction *t, const char *at, bool of_mail)
{
	while (*(at += strspn(at, " ")) != '\0') {
		size_t n = strcspn(at, " ");
		size_t name = strcspn(at, " =");
		const char *value = at[name] == '=' ? at + name + 1 : "";
		size_t len = at[name] == '=' ? n - name - 1 : 0;
		const struct parameter *p = NULL;
		const char *problem;

		for (size_t i = 0; i < sizeof parameters / sizeof parameters[0];
		     i++)
			if (parameters[i].of_mail == of_mail &&
			    text_equal_nocase(at, name, parameters[i].name,
				strlen(parameters[i].name)))
				p = &parameters[i];
		if (p == NULL)
			return "555 5.5.4 a parameter is not known here";
		problem = p->act(t, value, len);
		if (problem != NULL)
			return problem;
		at += n;
	}
	return NULL;
}

/* The path behind "FROM:" or "TO:", brackets taken off; *at moves behind it.
 * NULL: there is none. */
static char *take_path(const char **at, const char *word)
{
	const char *p = *at;
	size_t n = strlen(word);
	bool quoted = false;
	const char *start;

	if (!text_starts_nocase(p, strlen(p), word))
		return NULL;
	p += n;
	p += strspn(p, " ");
	if (*p != '<') { /* many clients leave the brackets out */
		n = strcspn(p, " ");
		*at = p + n;
		return n == 0 ? NULL : strndup(p, n);
	}
	start = ++p;
	while (*p != '\0' && (quoted || *p != '>')) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		p++;
	}
	if (*p != '>')
		return NULL;
	*at = p + 1;
	if (*start == '@' && memchr(start, ':', (size_t)(p - start)) != NULL)
		start =
		    (const char *)memchr(start, ':', (size_t)(p - start)) + 1;
	return strndup(start, (size_t)(p - start));
}

static bool is_mailbox(const char *path)
{
	struct rfc5322_mailbox m;
	const char *reason;

	if (!rfc5322_mailbox_check(&m, path, &reason))
		return false;
	rfc5322_mailbox_release(&m);
	return true;
}

const char *smtp_take_mail(struct smtp_transaction *t, const char *argument)
{
	char *path = take_path(&argument, "FROM:");
	const char *problem;

	if (path == NULL)
		return "501 5.5.2 say MAIL FROM:<address>";
	if (!is_mailbox(path)) {
		free(path);
		return "553 5.1.7 this is no address";
	}
	problem = take_parameters(t, argument, true);
	if (problem != NULL) {
		free(path);
		smtp_transaction_clear(t);
		return problem;
	}
	t->sender = path;
	return NULL;
}

const char *smtp_take_rcpt(struct smtp_transaction *t, const char *argument)
{
	char *path = take_path(&argument, "TO:");

	rcpt_clear(&t->rcpt);
	if (path == NULL)
		return "501 5.5.2 say RCPT TO:<address>";
	if (path[0] == '\0' || !is_mailbox(path)) {
		free(path);
		return "553 5.1.3 this is no address";
	}
	t->rcpt.mailbox = path;
	return take_parameters(t, argument, false);
}

void smtp_fill_options(
    const struct smtp_transaction *t, struct options *options)
{
	options->sender = t->sender;
	options->operands = NULL;
	options->n_operands = 0;
	options->from_headers = false;
	options->ignore_dots = true;
	if (t->ret != Ret_NOTSET)
		options->ret = t->ret;
	if (t->envid != NULL)
		options->envid = t->envid;
	if (t->body != E8bitmime_NOTSET)
		options->body = t->body;
	options->smtputf8 = options->smtputf8 || t->smtputf8;
	/* The reply tells the caller; nothing is kept behind his back. */
	options->errors = ERRORS_PRINT;
}
