/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * version.h - what --version says.
 *
 * The program's own version and those of the libraries that are loaded,
 * which is where a report of a defect begins.
 */
#ifndef VERSION_H
#define VERSION_H

#include <stdbool.h>

struct buf;

/* The program, and the libraries it runs with. */
bool version_text(struct buf *out);

#endif
