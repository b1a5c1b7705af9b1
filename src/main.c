/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * main.c - from the command line to one exit status.
 *
 * The only place that exits.  One table says which function serves which
 * mode.  Silent on success; on failure one line on stderr says what is wrong
 * and what to do (contract/sendmail.md 1.8, 2.5).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "account.h"
#include "buf.h"
#include "configuration.h"
#include "diagnostics.h"
#include "envelope.h"
#include "message.h"
#include "options.h"
#include "pretend.h"
#include "process.h"
#include "submit.h"
#include "version.h"

/* Enough for every option, or every key of an account. */
#define PAGE_MAX (256 * 1024)

/* What a run gathers, in the order in which it does. */
struct run {
	struct options options;
	struct message *message;
	char *sender; /* asked for with -f */
	struct configuration configuration;
	struct account account;
	struct envelope envelope;
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

/* The exit status for each way that reading can end. */
static int read_message(struct run *run)
{
	/* clang-format off */
	static const int statuses[] = {
		[MESSAGE_READ]        = EX_OK,
		[MESSAGE_INTERRUPTED] = EX_TEMPFAIL,
		[MESSAGE_NO_SPACE]    = EX_TEMPFAIL,
		[MESSAGE_NO_MEMORY]   = EX_OSERR,
		[MESSAGE_TOO_LARGE]   = EX_UNAVAILABLE,
		[MESSAGE_IO_ERROR]    = EX_IOERR,
	};
	/* clang-format on */
	const struct message_settings settings = {
		.ignore_dots = run->options.ignore_dots,
		.terminal = isatty(STDIN_FILENO) == 1,
	};
	enum message_result result = message_read(&run->message, STDIN_FILENO,
	    &settings, &process_interrupted, &run->d);

	if (result == MESSAGE_READ)
		process_input_ended(submit_cancel);
	return statuses[result];
}

static int choose_account(struct run *run)
{
	struct configuration_paths paths;
	const struct account_request request = {
		.name = run->options.account,
		.sender = run->sender,
		.set = run->options.set,
		.n_set = run->options.n_set,
	};
	bool done;

	if (!configuration_paths_init(&paths, run->options.configuration)) {
		diagnostics_add(&run->d, "out of memory");
		return EX_OSERR;
	}
	done = configuration_read(&run->configuration, &paths, &run->d) &&
	    account_select(&run->account, &run->configuration, &request,
		&run->d);
	configuration_paths_release(&paths);
	return done ? EX_OK : EX_CONFIG;
}

static int build_envelope(struct run *run)
{
	/* clang-format off */
	static const int statuses[] = {
		[ENVELOPE_BUILT]         = EX_OK,
		[ENVELOPE_NO_RECIPIENTS] = EX_USAGE,
		[ENVELOPE_BAD_ADDRESS]   = EX_DATAERR,
		[ENVELOPE_REFUSED]       = EX_NOPERM,
		[ENVELOPE_NO_MEMORY]     = EX_OSERR,
	};
	/* clang-format on */

	return statuses[envelope_build(&run->envelope, &run->options,
	    run->message, &run->account, &run->d)];
}

static int find_sender(struct run *run)
{
	return envelope_requested_sender(&run->options, run->message,
		   &run->sender, &run->d) ?
	    EX_OK :
	    EX_DATAERR;
}

/* Each step needs those before it; the first that fails ends the run. */
static int send_message(struct run *run)
{
	struct submission submission = { .options = &run->options,
		.account = &run->account,
		.envelope = &run->envelope };
	int status = read_message(run);

	if (status == EX_OK && !run->options.from_headers &&
	    run->options.n_operands == 0) {
		diagnostics_add(&run->d, "no recipients: name them behind the "
		    "options, or use -t to take them from the header");
		status = EX_USAGE;
	}
	if (status == EX_OK)
		status = find_sender(run);
	if (status == EX_OK)
		status = choose_account(run);
	if (status == EX_OK)
		status = build_envelope(run);
	submission.message = run->message;
	if (status == EX_OK && run->options.pretend)
		return pretend(&submission, &run->d);
	if (status == EX_OK)
		status = submit(&submission, &run->d);
	return status;
}

static int explain(struct run *run)
{
	struct buf page;
	int status = find_sender(run);

	if (status == EX_OK)
		status = choose_account(run);
	if (status != EX_OK)
		return status;
	buf_init(&page, PAGE_MAX);
	account_explain(&run->account, &page);
	return print_page(&page);
}

static int help(struct run *run)
{
	struct buf page;

	(void)run;
	buf_init(&page, PAGE_MAX);
	options_help(&page);
	return print_page(&page);
}

static int show_version(struct run *run)
{
	struct buf page;

	(void)run;
	buf_init(&page, PAGE_MAX);
	version_text(&page);
	return print_page(&page);
}

static int do_nothing(struct run *run)
{
	(void)run;
	return EX_OK;
}

static int list_queue(struct run *run)
{
	(void)run;
	puts("Mail queue is empty");
	return EX_OK;
}

/* clang-format off */
static int (*const modes[])(struct run *run) = {
	[MODE_SEND]        = send_message,
	[MODE_QUEUE_LIST]  = list_queue,
	[MODE_QUEUE_RUN]   = do_nothing, /* there is no queue to run */
	[MODE_NOTHING]     = do_nothing,
	[MODE_EXPLAIN]     = explain,
	[MODE_HELP]        = help,
	[MODE_VERSION]     = show_version,
};
/* clang-format on */

static void run_release(struct run *run)
{
	envelope_release(&run->envelope);
	account_release(&run->account);
	configuration_release(&run->configuration);
	message_free(run->message);
	free(run->sender);
	options_release(&run->options);
	diagnostics_release(&run->d);
}

int main(int argc, char **argv)
{
	struct run run = { .message = NULL };
	const char *why;
	int status = EX_USAGE;

	if (!process_prepare(&why)) {
		fprintf(stderr, "posthaste: %s\n", why);
		return EX_NOPERM;
	}
	diagnostics_init(&run.d);
	if (options_parse(&run.options, argc, argv, &run.d))
		status = modes[run.options.mode](&run);
	if (status != EX_OK && run.options.errors != ERRORS_QUIET)
		process_complain("posthaste", &run.d);
	run_release(&run);
	return status;
}
