/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attributes.h - the only compiler attributes of this project
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Three macros that vanish where the compiler knows no GNU attributes. The
 * code means the same with and without them: they serve warnings only.
 * Nothing else in the tree names an attribute.
 */
#ifndef SMTP_ATTRIBUTES_H
#define SMTP_ATTRIBUTES_H

#ifdef __GNUC__
/* Argument number fmt is a printf format for arguments from number arg on. */
#define SMTP_PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))
/* The arguments with these numbers are never NULL. */
#define SMTP_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
/* A parameter that a callback's type demands and this function ignores. */
#define SMTP_UNUSED __attribute__((unused))
#else
#define SMTP_PRINTF(fmt, arg)
#define SMTP_NONNULL(...)
#define SMTP_UNUSED
#endif

#endif
