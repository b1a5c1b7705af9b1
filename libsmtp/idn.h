/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * idn.h - internationalised domains by libidn2 (IDNA2008, UTS 46
 * non-transitional; RFC 5890, 5891).
 *
 * Checks LDH itself: libidn2 passes some labels unchanged that no host may
 * carry.
 */
#ifndef IDN_H
#define IDN_H

#include <stdbool.h>

#include "model.h"

/* A-label form of a domain, malloc()ed; NULL: not a domain, or no memory
 * (*no_memory set). */
char *idn_to_ascii(const char *domain, bool *no_memory);

/* The same by libidn2 alone, without a look at what goes in: for idn.c, and
 * for a program that loads libidn2 late. */
char *idn_convert(const char *domain, bool *no_memory);

/* Fills both forms of a mailbox as the program gave it, through the strict
 * parser; false: not a mailbox (SMTP_ERR_INVAL) or no memory.  "" and NULL
 * make the null path. */
bool mailbox_set(struct mailbox *m, const char *given, bool *no_memory);
void mailbox_release(struct mailbox *m);

#endif
