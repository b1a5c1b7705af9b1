/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * secure.c - TLS, SASL and IDN, loaded when they are first needed.
 *
 * Stands in front of the library's L2 in the command alone: the functions
 * have the names and contracts of tls.h, sasl.h and idn.h and pass on to the
 * module.  It is looked for beside the program (a build tree), then where it
 * was installed; never along a search path.
 */
#define _DEFAULT_SOURCE /* readlink() */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "secure_module.h"

#ifndef PKGLIBEXECDIR
#define PKGLIBEXECDIR "/usr/libexec/posthaste"
#endif

#define MODULE_NAME "secure.so"
#define PATH_SIZE 4096

/* Loaded once and kept to the end: GnuTLS cannot be unloaded. */
static const struct secure_module *module;

static bool module_path_beside_program(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL ||
	    (size_t)(slash + 1 - path) + sizeof MODULE_NAME > size)
		return false;
	memcpy(slash + 1, MODULE_NAME, sizeof MODULE_NAME);
	return access(path, R_OK) == 0;
}

static const struct secure_module *load(void)
{
	char path[PATH_SIZE];
	void *handle;

	if (module != NULL)
		return module;
	if (!module_path_beside_program(path, sizeof path))
		snprintf(
		    path, sizeof path, "%s", PKGLIBEXECDIR "/" MODULE_NAME);
	handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (handle != NULL)
		module = dlsym(handle, "posthaste_secure");
	if (module == NULL)
		fprintf(stderr,
		    "posthaste: cannot load the module for TLS and login: "
		    "%s: install the program anew\n",
		    dlerror());
	return module;
}

struct tls *tls_new(struct smtp_session *session, const char *host)
{
	if (load() != NULL)
		return module->tls_new(session, host);
	error_set(&session->error, Smtpx_CAUSE_TLS, SMTP_ERR_CLIENT_ERROR,
	    "TLS is not available: the module " MODULE_NAME " cannot be loaded",
	    NULL);
	return NULL;
}

/* Everything below needs an object that only the module can have made. */

void tls_free(struct tls *t)
{
	if (t != NULL)
		module->tls_free(t);
}

enum tls_state tls_handshake(struct tls *t, struct buf *in, struct buf *out)
{
	return module->tls_handshake(t, in, out);
}

enum tls_state tls_open(struct tls *t, struct buf *in, struct buf *plain)
{
	return module->tls_open(t, in, plain);
}

long tls_seal(struct tls *t, const void *data, size_t n, struct buf *out)
{
	return module->tls_seal(t, data, n, out);
}

void tls_close(struct tls *t, struct buf *out)
{
	module->tls_close(t, out);
}

bool tls_verified(const struct tls *t)
{
	return module->tls_verified(t);
}

const char *tls_version(const struct tls *t)
{
	return module->tls_version(t);
}

const char *tls_cipher(const struct tls *t)
{
	return module->tls_cipher(t);
}

struct auth_context *sasl_new(void)
{
	return load() == NULL ? NULL : module->sasl_new();
}

void sasl_free(struct auth_context *a)
{
	if (a != NULL)
		module->sasl_free(a);
}

const struct authenticator *sasl_authenticator(struct auth_context *a)
{
	return module->sasl_authenticator(a);
}

void sasl_connected(
    struct auth_context *a, const struct sasl_connection *connection)
{
	module->sasl_connected(a, connection);
}

void sasl_disconnected(struct auth_context *a)
{
	module->sasl_disconnected(a);
}

bool sasl_set_external_id(struct auth_context *a, const char *identity)
{
	return module->sasl_set_external_id(a, identity);
}

bool sasl_set_interact(struct auth_context *a, auth_interact_t cb, void *arg)
{
	return module->sasl_set_interact(a, cb, arg);
}

bool sasl_set_order(struct auth_context *a, const char *list)
{
	return module->sasl_set_order(a, list);
}

bool sasl_allow_clear(struct auth_context *a, bool on)
{
	return module->sasl_allow_clear(a, on);
}

bool sasl_set_authzid(struct auth_context *a, const char *authzid)
{
	return module->sasl_set_authzid(a, authzid);
}

char *idn_convert(const char *domain, bool *no_memory)
{
	if (load() != NULL)
		return module->idn_convert(domain, no_memory);
	*no_memory = true;
	return NULL;
}

void versions_get(struct library_versions *versions)
{
	if (load() != NULL)
		module->versions_get(versions);
}
