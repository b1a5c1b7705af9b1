/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz_configuration.c - any octets as a configuration file
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Reads the input as a file, then selects and explains each account. Dies
 * where a promise is broken: failure without a complaint, a complaint or an
 * explanation that is not one harmless line, a value with a control in it, an
 * account without a connection to try. Includes, commands and files are never
 * touched.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "buf.h"
#include "configuration_key.h"
#include "diagnostics.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Not assert(), which a build may leave out. */
static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void demand_harmless(const struct diagnostics *d)
{
	for (size_t i = 0; i < d->n; i++) {
		size_t n = strlen(d->line[i]);

		demand(n > 0 && !text_has_control(d->line[i], n));
		/* What is written down for it, it can read. */
		demand(
		    strcmp(d->line[i], "text: libconfuse cannot read it") != 0);
	}
}

static void look_at_setting(const struct configuration_setting *s)
{
	demand(s->line > 0);
	demand(configuration_key_is_list(s->key) || s->n == 1);
	for (size_t i = 0; i < s->n; i++) {
		size_t n = strlen(s->value[i]);
		uint64_t number;
		const char *problem;

		demand(n <= CONFIGURATION_VALUE_MAX);
		demand(!text_has_control(s->value[i], n));
		demand(text_is_utf8(s->value[i], n));
		demand(configuration_value(
		    s->key, s->value[i], &number, &problem));
	}
}

static void explain(const struct account *a)
{
	struct buf out;

	demand(a->n_attempts >= a->server.n && a->server.n > 0);
	for (size_t i = 0; i < a->n_attempts; i++)
		demand(a->attempt[i].hostport != NULL);
	buf_init(&out, 1 << 24);
	demand(account_explain(a, &out));
	for (size_t i = 0; i < out.len; i++)
		demand(buf_head(&out)[i] == '\n' || buf_head(&out)[i] >= 32);
	buf_release(&out);
}

static void select_account(const struct configuration *c, const char *name)
{
	static const char *const set[] = {"timeout-total=1h", "server="};
	struct account_request r = {.name = name,
	    .sender = name == NULL ? "me+x@example.com" : NULL,
	    .set = set,
	    .n_set = name == NULL ? 2 : 1};
	struct diagnostics d;
	struct account a;

	diagnostics_init(&d);
	if (account_select(&a, c, &r, &d)) {
		demand(!diagnostics_any(&d));
		explain(&a);
		account_release(&a);
	} else {
		demand(diagnostics_any(&d) && a.name == NULL);
		demand_harmless(&d);
	}
	diagnostics_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct configuration c;
	struct diagnostics d;
	bool good;

	diagnostics_init(&d);
	good = configuration_read_text(&c, (const char *)data, n, &d);
	demand(good == !diagnostics_any(&d));
	demand_harmless(&d);
	for (size_t i = 0; i < c.n; i++) {
		const struct configuration_section *s = &c.section[i];

		for (size_t j = 0; j < s->n; j++)
			look_at_setting(&s->setting[j]);
		if (s->place == PLACE_ACCOUNT)
			select_account(&c, s->title);
	}
	if (good)
		select_account(&c, NULL);
	configuration_release(&c);
	diagnostics_release(&d);
	return 0;
}
