/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* configuration_include.h - a file in a file
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * include 'GLOB' reads each matching file at that place, in the order of the
 * alphabet, with the same checks as the file that names it. libconfuse's own
 * include would check nothing and fails for good after one mistake.
 */
#ifndef CONFIGURATION_INCLUDE_H
#define CONFIGURATION_INCLUDE_H

#include "attributes.h"

struct configuration_load;

/* Reads all files that pattern, in line of file, stands for; it is relative
 * to file's directory. No match is a mistake only without wildcards. */
void configuration_include(struct configuration_load *load, const char *file,
    unsigned line, const char *pattern) SMTP_NONNULL(1, 2, 4);

#endif
