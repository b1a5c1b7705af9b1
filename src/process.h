/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * process.h - the state of the process before anything else runs.
 *
 * Refuses privilege, opens descriptors 0 to 2 where they are closed, closes
 * what was inherited, cleans the environment, sets signals, umask and
 * limits.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <signal.h>
#include <stdbool.h>

/* EX_OK; EX_NOPERM: the program has privilege of its own; or EX_OSERR. Why it
 * is another than EX_OK, in *why. */
int process_prepare(const char **why);

/* Set by SIGINT, SIGTERM, SIGHUP: the signal's number, 0: none yet. */
extern volatile sig_atomic_t process_interrupted;

/* From now on signals call on_signal too (async-signal-safe). */
void process_on_signal(void (*on_signal)(void));

/* After the end of input: SIGHUP no longer counts, the others call
 * on_signal (async-signal-safe). */
void process_input_ended(void (*on_signal)(void));

/* A variable of the environment as it was before process_prepare() cleaned
 * it, for sources of secrets that the configuration names; NULL: unset. */
const char *process_variable(const char *name);

/* Prints the lines of d to stderr, each behind "posthaste: ". */
struct diagnostics;
void process_complain(const char *program, const struct diagnostics *d);

#endif
