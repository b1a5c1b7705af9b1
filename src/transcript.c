/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * transcript.c - shows a dialogue line by line.
 *
 * contract: transcript.h.  Foreign octets reach the terminal only through
 * text_clean().
 */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "libesmtp.h"
#include "text.h"

/* Room for what text_clean() makes of one line. */
#define CLEAN_MAX 4096

static void show_line(const char *mark, const char *line, size_t n)
{
	struct buf clean;

	buf_init(&clean, CLEAN_MAX);
	if (text_clean(&clean, line, n))
		fprintf(stderr, "%s%s\n", mark, buf_cstr(&clean));
	buf_release(&clean);
}

void transcript_show(const char *octets, int n, int writing, void *arg)
{
	/* clang-format off */
	static const char *const marks[] = {
		[SMTP_CB_READING] = "S: ",
		[SMTP_CB_WRITING] = "C: ",
		[SMTP_CB_HEADERS] = "C|   ",
	};
	/* clang-format on */
	const char *end = octets + n;

	(void)arg;
	while (octets < end) {
		const char *lf = memchr(octets, '\n', (size_t)(end - octets));
		const char *stop = lf == NULL ? end : lf;
		size_t len = (size_t)(stop - octets);

		if (len > 0 && octets[len - 1] == '\r')
			len--;
		show_line(marks[writing], octets, len);
		octets = lf == NULL ? end : lf + 1;
	}
}
