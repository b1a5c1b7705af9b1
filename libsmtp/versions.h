/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * versions.h - the libraries that L2 runs with.
 *
 * What is loaded, not what was compiled against.
 */
#ifndef VERSIONS_H
#define VERSIONS_H

/* Static text of the libraries themselves. */
struct library_versions {
	const char *gnutls;
	const char *gsasl;
	const char *idn2;
};

void versions_get(struct library_versions *versions);

#endif
