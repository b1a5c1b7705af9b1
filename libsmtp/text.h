/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.h - characters: UTF-8, ASCII comparison, and text from strangers
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * text_clean() is the one way for foreign text (a server's reply, an address,
 * a header) to a terminal, a log or a spool record. Everything here is ASCII
 * and UTF-8 by definition; no locale is looked at. RFC 3629; RFC 5321 4.1.2
 * and RFC 5322 3.2.3 for atoms, with RFC 6531 and 6532 for UTF-8 in them.
 */
#ifndef SMTP_TEXT_H
#define SMTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct buf;

/* What text_clean() gives at the most, in columns and in octets. */
enum { TEXT_COLUMNS_MAX = 512, TEXT_CLEAN_MAX = 4 * TEXT_COLUMNS_MAX };

/* Appends text to out as one harmless line.
 * Printable ASCII and printable UTF-8 characters pass. Each octet of anything
 * else becomes \xNN (upper case): C0, C1, DEL, NUL, bidirectional and other
 * format controls, line separators, invisible, private, unassigned characters,
 * malformed UTF-8. A backslash passes, except before "x", where it could be
 * taken for such an escape: it becomes \x5C. A run of white space with TAB, CR
 * or LF in it becomes one space; white space at either end is dropped. Text of
 * more than 512 columns is cut and ends in "..."; wide characters count as 2.
 * False: out refused, and is unchanged but for failed. */
bool text_clean(struct buf *out, const void *text, size_t n) SMTP_NONNULL(1);

/* Decodes the character at s, RFC 3629: shortest form, no surrogates.
 * Gives its length in octets and stores it in *character; 0, and nothing is
 * stored, when the octets there are not UTF-8 or n is 0. */
size_t text_utf8_decode(const void *s, size_t n, uint32_t *character);

/* Writes character in UTF-8 to s (room for 4) and gives the number of octets;
 * 0 for surrogates and beyond U+10FFFF. */
size_t text_utf8_encode(unsigned char *s, uint32_t character);

/* Whether all of it is UTF-8 (NUL and controls are), or is octets 0 to 127. */
bool text_is_utf8(const void *text, size_t n);
bool text_is_ascii(const void *text, size_t n);
/* Whether there is nothing in it but blanks, tabs and line ends. */
bool text_is_blank(const char *text, size_t n);

/* Whether any octet of it is a control: 0 to 31, 127, or U+0080 to U+009F. */
bool text_has_control(const void *text, size_t n);

/* Whether a character beyond ASCII is shown as a glyph and stays in place:
 * assigned, not private, not a control, format or default-ignorable one. */
bool text_is_printable(uint32_t character);

/* Whether it changes how the text around it is shown or read: bidirectional
 * controls, line and paragraph separators, U+FEFF, tags, noncharacters, and
 * what normalisation turns into a blank or "@". Never in an address. The
 * joiners U+200C and U+200D, which words need, are not. */
bool text_is_steering(uint32_t character);

/* Whether text may stand in a command line or an address as it is: UTF-8
 * without controls and without steering characters. */
bool text_is_harmless(const void *text, size_t n);

/* ASCII character classes; no locale. */
bool text_is_alpha(unsigned char c);
bool text_is_digit(unsigned char c);
bool text_is_atext(unsigned char c); /* RFC 5322 3.2.3; 128 to 255 are not */
unsigned char text_lower(unsigned char c);
int text_hex_value(unsigned char c); /* 0 to 15 for either case, else -1 */

/* Whether text is an atom, or atoms joined by single dots, RFC 5322 3.2.3;
 * with RFC 6532 UTF-8 from U+00A0 on, unless it is steering, is atext too. */
bool text_is_atom(const void *text, size_t n);
bool text_is_dot_atom(const void *text, size_t n);

/* Whether a and b are equal, ASCII letters without regard to case. */
bool text_equal_nocase(const void *a, size_t an, const void *b, size_t bn);

/* The same for strings. */
bool text_same(const char *a, const char *b) SMTP_NONNULL(1, 2);

/* Whether text begins with the string start, without regard to case. */
bool text_starts_nocase(const void *text, size_t n, const char *start)
    SMTP_NONNULL(3);

#endif
