/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * log.h - one line a message to syslog.
 *
 * key=value pairs, every value cleaned and quoted where it needs to be
 * .  A log that cannot be written is never an error.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

#include "buf.h"

struct account;

struct log_line {
	struct buf text;
};

void log_begin(struct log_line *line);
void log_text(struct log_line *line, const char *key, const char *value);
void log_number(
    struct log_line *line, const char *key, unsigned long long value);
/* Sends it where the account's `log` says and releases it; tag: the ident,
 * NULL: "posthaste". failure chooses LOG_ERR over LOG_INFO. */
void log_end(struct log_line *line, const struct account *account,
    const char *tag, bool failure);

/* A line of one pair, of interest to who looks for a mistake (LOG_DEBUG). */
void log_debug(const struct account *account, const char *tag, const char *key,
    const char *value);

#endif
