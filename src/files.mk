# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command without src/main.c, one name a line, in alphabetical order.

command_files = \
	src/account.h \
	src/compose.h \
	src/configuration.h \
	src/configuration_check.c \
	src/configuration_file.c \
	src/configuration_key.h \
	src/configuration_keys.c \
	src/configuration_load.h \
	src/configuration_token.c \
	src/configuration_token.h \
	src/diagnostics.c \
	src/diagnostics.h \
	src/envelope.h \
	src/hostport.c \
	src/hostport.h \
	src/log.h \
	src/message.h \
	src/options.h \
	src/outcome.h \
	src/process.h \
	src/secret.h \
	src/secret_command.h \
	src/submit.h \
	$(end)
