/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sasl_choose.c - which mechanism is used, and why none is
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Our own order by strength, or the one that was named; the server's list
 * decides only for programs that came by libESMTP's calls alone. What shows
 * the password needs verified TLS, or leave by name. What is not in
 * the table does not exist: DIGEST-MD5, NTLM and GSSAPI are never tried
 * and libgsasl's own suggestion is never asked for.
 */
#include "sasl.h"

#include <string.h>

#include "capability.h"
#include "sasl_context.h"
#include "text.h"
#include "tls.h"

#define SCRAM_BITS (SASL_SCRAM | SASL_BY_STRENGTH)
#define PASS "Pass Phrase"

/* clang-format off */
const struct sasl_mechanism sasl_mechanisms[SASL_MECHANISMS] = {
	{"EXTERNAL", SASL_ONE_STEP | SASL_NO_LOGIN | SASL_BY_STRENGTH, 0, PASS},
	{"SCRAM-SHA-256-PLUS", SCRAM_BITS | SASL_SHA256 | SASL_PLUS, 0, PASS},
	{"SCRAM-SHA-256", SCRAM_BITS | SASL_SHA256, 0, PASS},
	{"SCRAM-SHA-1-PLUS", SCRAM_BITS | SASL_PLUS, 0, PASS},
	{"SCRAM-SHA-1", SCRAM_BITS, 0, PASS},
	{"PLAIN", SASL_CLEAR | SASL_ONE_STEP | SASL_PLAIN_LIMITS
	    | SASL_BY_STRENGTH, AUTH_PLUGIN_PLAIN, PASS},
	{"LOGIN", SASL_CLEAR | SASL_SERVER_FIRST | SASL_BY_STRENGTH,
	    AUTH_PLUGIN_PLAIN, "Password"},
	{"CRAM-MD5", SASL_SERVER_FIRST, 0, PASS},
	{"ANONYMOUS", SASL_ONE_STEP | SASL_NO_LOGIN, AUTH_PLUGIN_ANONYMOUS,
	    PASS},
};
/* clang-format on */

const struct sasl_mechanism *sasl_find(const char *name, size_t n)
{
	for (size_t i = 0; i < SASL_MECHANISMS; i++) {
		const struct sasl_mechanism *m = &sasl_mechanisms[i];

		if (text_equal_nocase(name, n, m->name, strlen(m->name)))
			return m;
	}
	return NULL;
}

/* A password may be shown here. */
static bool clear_is_safe(const struct auth_context *a)
{
	return a->connection.tls_verified || a->connection.local_trust ||
	       a->allow_clear;
}

static bool has_binding(const struct auth_context *a)
{
	unsigned char binding[32];
	bool has =
	    a->connection.tls && tls_exporter(a->connection.tls, binding);

	buf_wipe(binding, sizeof binding);
	return has;
}

/* EXTERNAL is for who showed a certificate; a libESMTP program that set an
 * identity knows better, and on a local socket the kernel may vouch. */
static bool has_identity(const struct auth_context *a)
{
	if (a->connection.tls && tls_client_certificate_sent(a->connection.tls))
		return true;
	return a->external_id && (!a->ordered || a->connection.local_trust);
}

bool sasl_usable(struct auth_context *a, const struct sasl_mechanism *m)
{
	/* Nothing here makes a security layer: TLS is the only one. */
	if (a->min_ssf > 0)
		return false;
	if (!a->ordered && (m->consent & ~a->consent))
		return false;
	if (a->ordered && (m->traits & SASL_CLEAR) && !clear_is_safe(a))
		return false;
	if ((m->traits & SASL_PLUS) && !has_binding(a))
		return false;
	if (strcmp(m->name, "EXTERNAL") == 0 && !has_identity(a))
		return false;
	return sasl_load(a) && gsasl_client_support_p(a->gsasl, m->name);
}

static bool untried(
    const struct auth_context *a, const struct sasl_mechanism *m)
{
	return !(a->tried & 1U << (m - sasl_mechanisms));
}

static const struct sasl_mechanism *next_by_order(
    struct auth_context *a, const struct capabilities *offered)
{
	for (size_t i = 0; i < a->order_count; i++) {
		const struct sasl_mechanism *m = &sasl_mechanisms[a->order[i]];

		if (untried(a, m) && capabilities_offers(offered, m->name) &&
		    sasl_usable(a, m))
			return m;
	}
	return NULL;
}

static const struct sasl_mechanism *next_by_server(
    struct auth_context *a, const char *list)
{
	while (*(list += strspn(list, " "))) {
		size_t n = strcspn(list, " ");
		const struct sasl_mechanism *m = sasl_find(list, n);

		if (m && untried(a, m) && sasl_usable(a, m))
			return m;
		list += n;
	}
	return NULL;
}

/* The server's list with commas. */
static void list_offered(struct buf *out, const char *list)
{
	while (*(list += strspn(list, " "))) {
		size_t n = strcspn(list, " ");

		if (out->len > 0)
			buf_puts(out, ", ");
		buf_append(out, list, n);
		list += n;
	}
}

/* Whether the wish for verified TLS alone stands in the way. */
static bool only_clear_left(
    const struct auth_context *a, const struct capabilities *offered)
{
	if (!a->ordered || clear_is_safe(a))
		return false;
	for (size_t i = 0; i < a->order_count; i++) {
		const struct sasl_mechanism *m = &sasl_mechanisms[a->order[i]];

		if ((m->traits & SASL_CLEAR) &&
		    capabilities_offers(offered, m->name))
			return true;
	}
	return false;
}

static void explain(struct auth_context *a, const struct capabilities *offered)
{
	const char *list = capabilities_get(offered, "AUTH");
	struct buf names;

	if (!sasl_load(a)) {
		sasl_because(a, "libgsasl cannot be used", NULL, 0);
		return;
	}
	if (a->tried) {
		/* What the last one said is worth more. */
		if (!*a->reason)
			sasl_because(a,
			    "no mechanism is left that the server offers", NULL,
			    0);
		return;
	}
	buf_init(&names, 256);
	list_offered(&names, list ? list : "");
	if (!list || names.len == 0)
		sasl_because(a, "the server offers no login", NULL, 0);
	else if (only_clear_left(a, offered))
		sasl_because(a,
		    "without verified TLS the password would be shown by ",
		    (const char *)buf_head(&names), names.len);
	else
		sasl_because(a, "the server offers only ",
		    (const char *)buf_head(&names), names.len);
	buf_release(&names);
}

const struct sasl_mechanism *sasl_next(
    struct auth_context *a, const struct capabilities *offered)
{
	const char *list = capabilities_get(offered, "AUTH");
	const struct sasl_mechanism *m;

	if (!a->ordered && !a->interact) {
		sasl_because(a, "nobody was named to answer", NULL, 0);
		return NULL;
	}
	m = a->ordered ? next_by_order(a, offered)
	               : next_by_server(a, list ? list : "");
	if (m)
		a->tried |= 1U << (m - sasl_mechanisms);
	else
		explain(a, offered);
	return m;
}
