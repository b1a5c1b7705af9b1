/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * main.c - from the command line to one exit status.
 *
 * The only place that exits.  One table says which function serves which
 * mode.  Silent on success; on failure one line on stderr says what is wrong
 * and what to do.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "diagnostics.h"
#include "options.h"
#include "process.h"
#include "send.h"
#include "smtp.h"
#include "version.h"

/* Enough for every option, or every key of an account. */
#define PAGE_MAX (256 * 1024)

struct run {
	struct options options;
	struct diagnostics d;
};

static int print_page(struct buf *page)
{
	int status = EX_OK;

	if (page->failed ||
	    fwrite(buf_head(page), 1, page->len, stdout) != page->len ||
	    fflush(stdout) != 0)
		status = EX_IOERR;
	buf_release(page);
	return status;
}

static int do_send(struct run *run)
{
	return send_message(&run->options, STDIN_FILENO, &run->d);
}

static int do_verify(struct run *run)
{
	return send_verify(&run->options, &run->d);
}

static int do_server_info(struct run *run)
{
	return send_server_info(&run->options, &run->d);
}

static int do_explain(struct run *run)
{
	struct buf page;
	int status;

	buf_init(&page, PAGE_MAX);
	status = send_explain(&run->options, &page, &run->d);
	if (status == EX_OK)
		return print_page(&page);
	buf_release(&page);
	return status;
}

static int do_help(struct run *run)
{
	struct buf page;

	(void)run;
	buf_init(&page, PAGE_MAX);
	options_help(&page);
	return print_page(&page);
}

static int do_version(struct run *run)
{
	struct buf page;

	(void)run;
	buf_init(&page, PAGE_MAX);
	version_text(&page);
	return print_page(&page);
}

/* hoststat, purgestat, -q while there is no queue. */
static int do_nothing(struct run *run)
{
	(void)run;
	return EX_OK;
}

static int do_list_queue(struct run *run)
{
	(void)run;
	puts("Mail queue is empty");
	return EX_OK;
}

/* newaliases: the file is read for each message, there is nothing to build;
 * but its mistakes can be shown. */
static int do_check_aliases(struct run *run)
{
	int status = send_check_aliases(&run->options, &run->d);

	process_complain("posthaste", &run->d);
	diagnostics_release(&run->d);
	return status;
}

static int do_smtp(struct run *run)
{
	return smtp_converse(&run->options);
}

/* clang-format off */
static int (*const modes[])(struct run *run) = {
	[MODE_SEND]        = do_send,
	[MODE_SMTP]        = do_smtp,
	[MODE_VERIFY]      = do_verify,
	[MODE_QUEUE_LIST]  = do_list_queue,
	[MODE_QUEUE_RUN]   = do_nothing,
	[MODE_ALIASES]     = do_check_aliases,
	[MODE_NOTHING]     = do_nothing,
	[MODE_SERVER_INFO] = do_server_info,
	[MODE_EXPLAIN]     = do_explain,
	[MODE_HELP]        = do_help,
	[MODE_VERSION]     = do_version,
};
/* clang-format on */

int main(int argc, char **argv)
{
	struct run run;
	const char *why;
	int status;

	status = process_prepare(&why);
	if (status != EX_OK) {
		fprintf(stderr, "posthaste: %s\n", why);
		/* Nothing more is run with rights that are not the caller's. */
		_exit(status);
	}
	memset(&run, 0, sizeof run);
	diagnostics_init(&run.d);
	status = EX_USAGE;
	if (options_parse(&run.options, argc, argv, &run.d))
		status = modes[run.options.mode](&run);
	/* Memory may be there another time: no status that is for good. */
	if (run.d.no_memory && status != EX_OK && status != EX_TEMPFAIL)
		status = EX_OSERR;
	/* -oee ends with 0, and says where the message is. */
	if ((status != EX_OK && run.options.errors != ERRORS_QUIET) ||
	    run.options.errors == ERRORS_MAIL_SUCCESS)
		process_complain("posthaste", &run.d);
	options_release(&run.options);
	diagnostics_release(&run.d);
	return status;
}
