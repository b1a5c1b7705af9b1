/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* additions.h - memory fails in what libESMTP does not have
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Beside the driver of tests/api, which libESMTP's headers have to compile.
 * Frees all that it makes, whatever fails.
 */
#ifndef TEST_OOM_ADDITIONS_H
#define TEST_OOM_ADDITIONS_H

/* Plays what smtpx.h adds against that server. */
void additions_play(const char *server);

#endif
