/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idn_convert.c - U-labels to A-labels by libidn2
 *
 * Copyright (C) 2026 The posthaste authors
 *
 * The one call of libidn2. What comes out is checked again: letters, digits
 * and hyphens, labels and name not too long. Unassigned characters, and
 * A-labels that decode to nothing, are refused. IDNA2008 by UTS 46,
 * non-transitional. RFC 5890, 5891.
 */
#include "idn.h"

#include <string.h>

#include <idn2.h>

#include "hostname.h"

char *idn_convert(const char *domain, bool *no_memory)
{
	uint8_t *made = NULL;
	char *result = NULL;
	int rc = idn2_lookup_u8((const uint8_t *)domain, &made,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc == IDN2_MALLOC)
		*no_memory = true;
	if (rc != IDN2_OK)
		return NULL;
	if (hostname_is_valid((char *)made, strlen((char *)made))) {
		result = strdup((char *)made);
		*no_memory = *no_memory || !result;
	}
	idn2_free(made);
	return result;
}
