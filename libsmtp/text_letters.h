/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text_letters.h - which characters beyond ASCII are shown as they are
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * A sorted table of ranges for text.c alone. A character that is not in it is
 * never sent to a terminal raw; one that a later Unicode assigns is escaped
 * until the table is made anew.
 */
#ifndef SMTP_TEXT_LETTERS_H
#define SMTP_TEXT_LETTERS_H

#include <stddef.h>
#include <stdint.h>

struct text_range {
	uint32_t first;
	uint32_t last;
};

extern const struct text_range text_letters[];
extern const size_t text_letters_count;

#endif
