/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * pretend.h - everything but sending (-P), and expansion only (-bv).
 *
 * Prints on stdout the account, the final envelope and, with -v, the header
 * section that would be sent.
 */
#ifndef PRETEND_H
#define PRETEND_H

struct diagnostics;
struct submission;

/* Account, servers and envelope alone; the exit status. */
int pretend_envelope(const struct submission *submission);

/* The exit status. */
int pretend(const struct submission *submission, struct diagnostics *d);

#endif
