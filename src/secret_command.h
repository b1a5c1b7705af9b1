/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret_command.h - asks a program for a secret
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The line comes from a trusted configuration file and goes to /bin/sh. The
 * program gets no terminal, no input, no descriptor of ours and a minute of
 * time; what it prints is bounded and lands in memory that is wiped. Its
 * group is killed when it is late or floods. X-58.
 */
#ifndef SECRET_COMMAND_H
#define SECRET_COMMAND_H

#include <stdbool.h>

#include "attributes.h"

struct buf;

/* Runs line with /bin/sh -c and appends what it prints to the secret buffer
 * out, whose maximum is the limit. False: why has the reason in words, with
 * the command's own complaint, not yet cleaned; out has no use. */
bool secret_run(const char *line, unsigned timeout_ms, struct buf *out,
    struct buf *why) SMTP_NONNULL(1, 3, 4);

#endif
