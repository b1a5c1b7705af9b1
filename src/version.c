/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * version.c - names and versions, one a line.
 *
 * The versions of the libraries are those that are loaded, not those that
 * were compiled against.
 */
#include "config.h"

#include "version.h"

#include "buf.h"
#include "versions.h"

static void put_library(struct buf *out, const char *name, const char *version)
{
	if (version == NULL)
		return;
	buf_puts(out, name);
	buf_putc(out, ' ');
	buf_puts(out, version);
	buf_putc(out, '\n');
}

bool version_text(struct buf *out)
{
	struct library_versions versions = {.gnutls = NULL};

	versions_get(&versions);
	buf_puts(out, PACKAGE_NAME " " PACKAGE_VERSION "\n");
	put_library(out, "GnuTLS", versions.gnutls);
	put_library(out, "libgsasl", versions.gsasl);
	put_library(out, "libidn2", versions.idn2);
	buf_puts(out, "Copyright (C) 2026 The posthaste authors\n"
		      "Licence: LGPL-2.1-or-later; there is no warranty.\n");
	return !out->failed;
}
