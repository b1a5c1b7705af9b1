/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * versions.c - asks the libraries what they are.
 *
 * contract: versions.h.  The one file that names all three.
 */
#include "versions.h"

#include <gnutls/gnutls.h>
#include <gsasl.h>
#include <idn2.h>
#include <stddef.h>

void versions_get(struct library_versions *versions)
{
	versions->gnutls = gnutls_check_version(NULL);
	versions->gsasl = gsasl_check_version(NULL);
	versions->idn2 = idn2_check_version(NULL);
}
