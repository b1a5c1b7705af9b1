/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * transcript.h - the dialogue on stderr, for -v.
 *
 * One line of the dialogue a line, "C: " or "S: " in front, cleaned.  The
 * library has replaced secrets by their length before.
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

/* An smtp_monitorcb_t; arg is not used. */
void transcript_show(const char *octets, int n, int writing, void *arg);

#endif
