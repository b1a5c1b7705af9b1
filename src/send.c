/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright (C) 2026 The posthaste authors */
/*
 * send.c - the steps of one submission.
 *
 * contract: send.h.  All input is read before anything can fail that is not
 * a mistake on the command line, so a writer never meets a closed pipe.
 */
#include "send.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "account.h"
#include "account_choose.h"
#include "aliases.h"
#include "configuration.h"
#include "dead_letter.h"
#include "diagnostics.h"
#include "envelope.h"
#include "log.h"
#include "message.h"
#include "options.h"
#include "pretend.h"
#include "process.h"
#include "server_info.h"
#include "submit.h"

/* What a run gathers, in the order in which it does. */
struct run {
	const struct options *options;
	struct diagnostics *d;
	struct message *message;
	char *sender; /* asked for with -f */
	struct configuration configuration;
	struct account account;
	struct envelope envelope;
};

int send_read_message(struct message **message, int fd,
    const struct options *options, struct diagnostics *d)
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
	    .ignore_dots = options->ignore_dots,
	    .terminal = isatty(fd) == 1,
	};
	enum message_result result =
	    message_read(message, fd, &settings, &process_interrupted, d);

	if (result == MESSAGE_READ)
		process_input_ended(submit_cancel);
	return statuses[result];
}

/* Selects by what is known at once; only where that leaves the choice open,
 * the file of aliases is read for it. */
static bool select_account(struct run *run, struct account_request *request)
{
	struct configuration *c = &run->configuration;
	struct envelope found = {0};
	char *file = NULL;
	bool done;

	if (!run->options->no_aliases && !account_is_settled(c, request))
		file = account_shared_aliases(c);
	if (file != NULL)
		envelope_follow_aliases(
		    &found, run->options, run->message, run->sender, file);
	free(file);
	request->alias = calloc(found.n + 1, sizeof *request->alias);
	for (size_t i = 0; request->alias != NULL && i < found.n; i++)
		request->alias[request->n_alias++] = found.recipient[i].mailbox;
	done = account_select(&run->account, c, request, run->d);
	free(request->alias);
	envelope_release(&found);
	return done;
}

static int read_message(struct run *run, int fd)
{
	return send_read_message(&run->message, fd, run->options, run->d);
}

static int choose_account(struct run *run)
{
	struct configuration_paths paths;
	struct account_request request = {
	    .name = run->options->account,
	    .sender = run->sender,
	    .set = run->options->set,
	    .n_set = run->options->n_set,
	};
	bool done;

	if (!configuration_paths_init(&paths, run->options->configuration)) {
		diagnostics_add(run->d, "out of memory");
		return EX_OSERR;
	}
	/* --host alone stands for a configuration, as in msmtp; with -a it
	 * replaces that account's server. */
	done = run->options->host_given && run->options->account == NULL
	           ? configuration_read_text(&run->configuration, "", 0, run->d)
	           : configuration_read(&run->configuration, &paths, run->d);
	done = done && select_account(run, &request);
	/* The account has its own copy of what it needs. */
	configuration_release(&run->configuration);
	if (done && run->options->log_facility != 0)
		run->account.syslog_facility = run->options->log_facility;
	configuration_paths_release(&paths);
	return done ? EX_OK : EX_CONFIG;
}

int send_envelope_status(enum envelope_result result)
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

	return statuses[result];
}

static int build_envelope(struct run *run)
{
	return send_envelope_status(envelope_build(
	    &run->envelope, run->options, run->message, &run->account, run->d));
}

static int find_sender(struct run *run)
{
	return send_envelope_status(envelope_requested_sender(
	    run->options, run->message, &run->sender, run->d));
}

static int check_recipients(struct run *run)
{
	if (run->options->from_headers || run->options->n_operands > 0)
		return EX_OK;
	diagnostics_add(run->d,
	    "no recipients: name them behind the "
	    "options, or use -t to take them from the header");
	return EX_USAGE;
}

/* Who wonders why an option does nothing finds it in the log, or with -v. */
static void tell_of_ignored(const struct run *run)
{
	const struct diagnostics *ignored = &run->options->ignored;

	for (size_t i = 0; i < ignored->n; i++)
		log_debug(&run->account, run->options->log_tag, "note",
		    ignored->line[i]);
	if (run->options->verbose > 0)
		process_complain("posthaste", ignored);
}

static int prepare(struct run *run)
{
	int status = check_recipients(run);

	if (status == EX_OK)
		status = find_sender(run);
	if (status == EX_OK)
		status = choose_account(run);
	if (status == EX_OK) {
		tell_of_ignored(run);
		status = build_envelope(run);
	}
	return status;
}

static int deliver(struct run *run)
{
	const struct submission submission = {.options = run->options,
	    .account = &run->account,
	    .envelope = &run->envelope,
	    .message = run->message};

	if (run->options->pretend)
		return pretend(&submission, run->d);
	return submit(&submission, run->d);
}

static void run_release(struct run *run)
{
	envelope_release(&run->envelope);
	account_release(&run->account);
	configuration_release(&run->configuration);
	message_free(run->message);
	free(run->sender);
}

/* -oem, -oew, -oee: nobody can be mailed, so the message is kept. */
static int keep_message(const struct run *run, int status)
{
	enum error_mode mode = run->options->errors;

	if (status == EX_OK || run->message == NULL ||
	    (mode != ERRORS_MAIL && mode != ERRORS_MAIL_SUCCESS))
		return status;
	if (!dead_letter_keep(run->message, run->envelope.sender, run->d))
		return status;
	return mode == ERRORS_MAIL_SUCCESS ? EX_OK : status;
}

int send_message(const struct options *options, int fd, struct diagnostics *d)
{
	struct run run = {.options = options, .d = d};
	int status = read_message(&run, fd);
	bool whole = status == EX_OK;

	if (status == EX_OK)
		status = prepare(&run);
	if (status == EX_OK)
		status = deliver(&run);
	if (whole)
		status = keep_message(&run, status);
	run_release(&run);
	return status;
}

int send_choose_account(const struct options *options, struct account *account,
    struct diagnostics *d)
{
	struct run run = {.options = options, .d = d};
	int status = find_sender(&run);

	if (status == EX_OK)
		status = choose_account(&run);
	if (status == EX_OK) {
		*account = run.account;
		memset(&run.account, 0, sizeof run.account);
	}
	run_release(&run);
	return status;
}

int send_explain(
    const struct options *options, struct buf *page, struct diagnostics *d)
{
	struct run run = {.options = options, .d = d};
	int status = find_sender(&run);

	if (status == EX_OK)
		status = choose_account(&run);
	if (status == EX_OK && !account_explain(&run.account, page))
		status = EX_OSERR;
	run_release(&run);
	return status;
}

/* A message without content, for modes that look at addresses alone. */
static int no_message(struct run *run)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int status = fd < 0 ? EX_OSFILE : read_message(run, fd);

	if (fd >= 0)
		close(fd);
	return status;
}

int send_verify(const struct options *options, struct diagnostics *d)
{
	struct run run = {.options = options, .d = d};
	int status = no_message(&run);

	if (status == EX_OK)
		status = prepare(&run);
	if (status == EX_OK) {
		const struct submission submission = {.options = options,
		    .account = &run.account,
		    .envelope = &run.envelope,
		    .message = run.message};

		status = pretend_envelope(&submission);
	}
	run_release(&run);
	return status;
}

/* Whoever installs a package calls newaliases before there is a configuration:
 * that is no mistake in a file of aliases. */
int send_check_aliases(const struct options *options, struct diagnostics *d)
{
	struct diagnostics unsaid;
	struct run run = {.options = options, .d = &unsaid};
	const char *files[] = {NULL, "/etc/aliases"};
	struct aliases aliases;

	diagnostics_init(&unsaid);
	aliases_init(&aliases);
	if (find_sender(&run) == EX_OK && choose_account(&run) == EX_OK) {
		files[0] = run.account.aliases;
		files[1] = run.account.system_aliases;
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (files[i] != NULL)
			aliases_read(&aliases, files[i], d);
	aliases_release(&aliases);
	run_release(&run);
	diagnostics_release(&unsaid);
	return EX_OK;
}

int send_server_info(const struct options *options, struct diagnostics *d)
{
	struct run run = {.options = options, .d = d};
	int status = find_sender(&run);

	if (status == EX_OK)
		status = choose_account(&run);
	if (status == EX_OK)
		status = server_info(options, &run.account, d);
	run_release(&run);
	return status;
}
