/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hostname.h - what may stand where a host or a mail domain is named
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * Syntax only: nothing is looked up and nothing is converted. RFC 952 and
 * 1123 (letters, digits, hyphens), RFC 1035 (63 octets a label, 255 in all),
 * RFC 5321 4.1.2 and 4.1.3 (Domain, address literals), RFC 4291 2.2 (IPv6).
 * No function allocates or fails otherwise than by saying no.
 */
#ifndef SMTP_HOSTNAME_H
#define SMTP_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 1035 2.3.4; the same 255 is RFC 5321 4.5.3.1.2. */
enum { HOSTNAME_LABEL_MAX = 63, HOSTNAME_MAX = 255 };

/* n without the one trailing dot of a fully qualified name, if it has one. */
size_t hostname_length(const char *text, size_t n);

/* Whether text is a host name of ASCII labels: letters, digits, hyphens not
 * at either end of a label. A trailing dot is not part of it: it is refused
 * here, see hostname_length(). 192.0.2.1 has this form too. */
bool hostname_is_valid(const char *text, size_t n);

/* The same for the domain of a mailbox, where "_" occurs in practice and,
 * with RFC 6531, UTF-8: any character from U+00A0 on but format controls. */
bool hostname_is_domain(const char *text, size_t n);

/* Whether text is an address literal with its brackets: [192.0.2.1] or
 * [IPv6:2001:db8::1]; nothing else is one, and no white space is allowed. */
bool hostname_is_literal(const char *text, size_t n);

/* Whether text is an address in numbers, without brackets. IPv4: four decimal
 * numbers without superfluous zeros, which some read as octal. */
bool hostname_is_ipv4(const char *text, size_t n);
bool hostname_is_ipv6(const char *text, size_t n);

#endif
