/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * dead_letter.h - keeps a message that could not be sent.
 *
 * Appends it to dead.letter in the real user's home, an mbox that only the
 * user can read; on disk before anything is reported.
 */
#ifndef DEAD_LETTER_H
#define DEAD_LETTER_H

#include <stdbool.h>

struct diagnostics;
struct message;

/* sender: for the From_ line, may be NULL.  true: it is kept, and d says
 * where; false: d says why not. */
bool dead_letter_keep(
    const struct message *message, const char *sender, struct diagnostics *d);

#endif
