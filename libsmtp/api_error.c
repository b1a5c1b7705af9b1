/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * api_error.c - smtp_errno(), smtp_strerror(), smtp_version(), and how the
 * functions of the API fail.
 *
 * The thread-local value here is the library's only mutable variable beside
 * the password callback of api_password.c.
 */
#include "api.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

static _Thread_local int last_error;

/* clang-format off */
/* What programs of libESMTP 1.1.0 read. */
static const char *const versions[] = {
	[Ver_VERSION]    = "1.1.0",
	[Ver_SO_VERSION] = "6.2.0",
	[Ver_LT_VERSION] = "8:0:2",
};
/* clang-format on */

int smtp_errno(void)
{
	return last_error;
}

void api_set_errno(int code)
{
	last_error = code;
}

int api_invalid(void)
{
	last_error = SMTP_ERR_INVAL;
	return 0;
}

int api_no_memory(void)
{
	last_error = -ENOMEM;
	return 0;
}

bool api_valid(bool value)
{
	if (!value)
		last_error = SMTP_ERR_INVAL;
	return value;
}

int api_result(bool done, bool no_memory)
{
	if (done)
		return 1;
	return no_memory ? api_no_memory() : api_invalid();
}

int api_set_string(char **string, const char *value)
{
	char *copy = NULL;

	if (value != NULL && (copy = strdup(value)) == NULL)
		return api_no_memory();
	free(*string);
	*string = copy;
	return 1;
}

int api_set_strings(
    char **a, const char *value_a, char **b, const char *value_b)
{
	char *copy = NULL;

	if (!api_set_string(&copy, value_a))
		return 0;
	if (!api_set_string(b, value_b)) {
		free(copy);
		return 0;
	}
	free(*a);
	*a = copy;
	return 1;
}

char *smtp_strerror(int error, char buf[], size_t buflen)
{
	const char *text;

	if (!api_valid(buf != NULL && buflen > 0))
		return NULL;
	text = error_text(error);
	if (error < 0)
		net_error_text(-error, buf, buflen);
	else if (text != NULL)
		snprintf(buf, buflen, "%s", text);
	else
		snprintf(buf, buflen, "Error %d", error);
	return buf;
}

int smtp_version(void *buf, size_t len, int what)
{
	size_t n;

	if (!api_valid(buf != NULL && what >= 0 &&
		       (size_t)what < sizeof versions / sizeof versions[0]))
		return 0;
	n = strlen(versions[what]) + 1;
	if (!api_valid(n <= len))
		return 0;
	memcpy(buf, versions[what], n);
	return 1;
}

void *application_data_set(struct application_data *a, void *data)
{
	void *old = a->data;

	a->data = data;
	a->release = NULL;
	return old;
}

void application_data_drop(struct application_data *a)
{
	if (a->data != NULL && a->release != NULL)
		a->release(a->data);
	a->data = NULL;
	a->release = NULL;
}

void application_data_set_release(
    struct application_data *a, void *data, void (*release)(void *))
{
	application_data_drop(a);
	a->data = data;
	a->release = release;
}
