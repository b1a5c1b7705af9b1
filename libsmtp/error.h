/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * error.h - how a failure travels: the first one stays, with its cause.
 *
 * One struct error lives in each session.  Whoever finds a failure sets it;
 * later calls do nothing, so the sentence a human reads names the first
 * thing that went wrong.  Foreign words go through text_clean() here.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "smtpx.h"

/* A sentence, the name of a file or host, and a server's words. */
#define ERROR_TEXT_MAX 768

struct error {
	enum smtpx_cause cause;
	int code; /* smtp_errno() value: SMTP_ERR_*, or minus errno */
	char text[ERROR_TEXT_MAX];
};

void error_clear(struct error *e);

/* Keeps the first failure only.  what is our own sentence; detail, when not
 * NULL, is foreign text and is cleaned; both are cut to fit. */
void error_set(struct error *e, enum smtpx_cause cause, int code,
    const char *what, const char *detail);

/* The fixed English text of an SMTP_ERR_* value, NULL when it has none. */
const char *error_text(int code);

#endif
