# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library, one name a line, in alphabetical order.

libsmtp_files = \
	libsmtp/api.h \
	libsmtp/api_auth.c \
	libsmtp/api_error.c \
	libsmtp/api_etrn.c \
	libsmtp/api_message.c \
	libsmtp/api_recipient.c \
	libsmtp/api_session.c \
	libsmtp/api_x.c \
	libsmtp/attributes.h \
	libsmtp/auth-client.h \
	libsmtp/authenticator.h \
	libsmtp/body.h \
	libsmtp/body_lines.c \
	libsmtp/body_lines.h \
	libsmtp/body_section.c \
	libsmtp/body_section.h \
	libsmtp/buf.c \
	libsmtp/buf.h \
	libsmtp/capability.c \
	libsmtp/capability.h \
	libsmtp/command.h \
	libsmtp/connection.c \
	libsmtp/connection.h \
	libsmtp/date.c \
	libsmtp/date.h \
	libsmtp/encode.c \
	libsmtp/encode.h \
	libsmtp/encode_word.c \
	libsmtp/engine.h \
	libsmtp/error.c \
	libsmtp/error.h \
	libsmtp/facts.c \
	libsmtp/facts.h \
	libsmtp/header.h \
	libsmtp/hostname.c \
	libsmtp/hostname.h \
	libsmtp/idn.h \
	libsmtp/libesmtp.h \
	libsmtp/model.c \
	libsmtp/model.h \
	libsmtp/net.c \
	libsmtp/net.h \
	libsmtp/net_text.c \
	libsmtp/reply.c \
	libsmtp/reply.h \
	libsmtp/rfc5322.c \
	libsmtp/rfc5322.h \
	libsmtp/rfc5322_field.c \
	libsmtp/rfc5322_lex.c \
	libsmtp/rfc5322_lex.h \
	libsmtp/sasl.h \
	libsmtp/session.c \
	libsmtp/session.h \
	libsmtp/smtpx.h \
	libsmtp/text.c \
	libsmtp/text.h \
	libsmtp/text_letters.c \
	libsmtp/text_letters.h \
	libsmtp/tls.h \
	$(end)
