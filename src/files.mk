# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command, one name a line, in alphabetical order. Unit tests link the
# files of the first list, all of them.

command_files = \
	src/account.c \
	src/account.h \
	src/account_attempts.c \
	src/account_choose.c \
	src/account_choose.h \
	src/account_explain.c \
	src/account_overrides.c \
	src/account_session.c \
	src/account_session.h \
	src/address.c \
	src/address.h \
	src/aliases.c \
	src/aliases.h \
	src/compose.c \
	src/compose.h \
	src/compose_addresses.c \
	src/compose_addresses.h \
	src/compose_fields.c \
	src/compose_fields.h \
	src/compose_missing.c \
	src/compose_text.c \
	src/compose_text.h \
	src/configuration.c \
	src/configuration.h \
	src/configuration_check.c \
	src/configuration_file.c \
	src/configuration_include.c \
	src/configuration_include.h \
	src/configuration_key.h \
	src/configuration_keys.c \
	src/configuration_load.h \
	src/configuration_parse.c \
	src/configuration_paths.c \
	src/configuration_scan.c \
	src/configuration_token.c \
	src/configuration_token.h \
	src/dead_letter.c \
	src/dead_letter.h \
	src/diagnostics.c \
	src/diagnostics.h \
	src/envelope.c \
	src/envelope.h \
	src/hostport.c \
	src/hostport.h \
	src/log.c \
	src/log.h \
	src/login.c \
	src/login.h \
	src/message.c \
	src/message.h \
	src/message_scan.c \
	src/message_scan.h \
	src/message_store.c \
	src/message_store.h \
	src/mime.c \
	src/mime.h \
	src/mime_encode.c \
	src/mime_encode.h \
	src/mime_plan.c \
	src/mime_stream.c \
	src/mime_walk.c \
	src/mime_walk.h \
	src/options.c \
	src/options.h \
	src/options_apply.c \
	src/options_msmtp.c \
	src/options_table.c \
	src/options_table.h \
	src/outcome.c \
	src/outcome.h \
	src/pretend.c \
	src/pretend.h \
	src/process.c \
	src/process.h \
	src/recipients.c \
	src/recipients.h \
	src/relay.c \
	src/relay.h \
	src/relay_content.c \
	src/relay_internal.h \
	src/relay_rcpt.c \
	src/relay_reply.c \
	src/relay_reply.h \
	src/secret.c \
	src/secret.h \
	src/secret_command.c \
	src/secret_command.h \
	src/send.c \
	src/send.h \
	src/server_info.c \
	src/server_info.h \
	src/smtp.c \
	src/smtp.h \
	src/smtp_parameters.c \
	src/smtp_parameters.h \
	src/submit.c \
	src/submit.h \
	src/submit_log.c \
	src/submit_log.h \
	src/submit_run.c \
	src/submit_run.h \
	src/transcript.c \
	src/transcript.h \
	src/version.c \
	src/version.h \
	$(end)

# The program itself, and the module that it loads for TLS, SASL and IDN.
program_files = \
	src/main.c \
	src/secure.c \
	$(end)

module_files = \
	src/secure_module.c \
	src/secure_module.h \
	$(end)
