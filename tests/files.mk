# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tests, one name a line, in alphabetical order.

# What keeps the house as it was planned; see HACKING.md.
gates = \
	tests/gate/api.pl \
	tests/gate/documentation.pl \
	tests/gate/layers.pl \
	tests/gate/listed.pl \
	tests/gate/plantable.sh \
	tests/gate/purity.pl \
	tests/gate/sizes.pl \
	tests/gate/style.pl \
	$(end)

gate_files = \
	tests/gate/Gate.pm \
	tests/gate/analyze.sh \
	tests/gate/layers.table \
	tests/gate/planted-bugs \
	tests/gate/planted-bugs.table \
	tests/gate/purity.table \
	$(end)

# cmocka programs: the source is the name with .c, and all of the command and
# the library is linked.
unit_programs = \
	tests/unit/test_api_additions \
	tests/unit/test_api_arguments \
	tests/unit/test_api_extensions \
	tests/unit/test_api_rules \
	tests/unit/test_api_open \
	tests/unit/test_api_run \
	tests/unit/test_api_wire \
	tests/unit/test_account \
	tests/unit/test_address \
	tests/unit/test_aliases \
	tests/unit/test_body \
	tests/unit/test_body_events \
	tests/unit/test_body_lines \
	tests/unit/test_buf \
	tests/unit/test_capability \
	tests/unit/test_command \
	tests/unit/test_command_octets \
	tests/unit/test_command_parameters \
	tests/unit/test_compose \
	tests/unit/test_compose_missing \
	tests/unit/test_configuration \
	tests/unit/test_configuration_files \
	tests/unit/test_date \
	tests/unit/test_encode \
	tests/unit/test_encode_word \
	tests/unit/test_envelope \
	tests/unit/test_envelope_sender \
	tests/unit/test_error \
	tests/unit/test_header \
	tests/unit/test_header_write \
	tests/unit/test_hostname \
	tests/unit/test_idn \
	tests/unit/test_log \
	tests/unit/test_message \
	tests/unit/test_mime \
	tests/unit/test_mime_stream \
	tests/unit/test_options \
	tests/unit/test_outcome \
	tests/unit/test_reply \
	tests/unit/test_rfc5322 \
	tests/unit/test_sasl \
	tests/unit/test_sasl_scram \
	tests/unit/test_secret \
	tests/unit/test_text \
	tests/unit/test_tls \
	tests/unit/test_tls_files \
	tests/unit/test_trust \
	tests/unit/test_trust_names \
	$(end)

# Fuzz targets: fuzz_NAME.c over tests/fuzz/corpus/NAME. A line here, and its
# sources.
if FUZZERS
fuzz_main =
else
fuzz_main = tests/fuzz/replay_main.c
endif

fuzz_programs = \
	tests/fuzz/fuzz_address \
	tests/fuzz/fuzz_body \
	tests/fuzz/fuzz_configuration \
	tests/fuzz/fuzz_ehlo \
	tests/fuzz/fuzz_headers \
	tests/fuzz/fuzz_reply \
	tests/fuzz/fuzz_session \
	$(end)

tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz_address.c $(fuzz_main)
tests_fuzz_fuzz_address_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_body_SOURCES = tests/fuzz/fuzz_body.c $(fuzz_main)
tests_fuzz_fuzz_body_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_configuration_SOURCES = tests/fuzz/fuzz_configuration.c $(fuzz_main)
tests_fuzz_fuzz_configuration_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_ehlo_SOURCES = tests/fuzz/fuzz_ehlo.c $(fuzz_main)
tests_fuzz_fuzz_ehlo_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_headers_SOURCES = tests/fuzz/fuzz_headers.c $(fuzz_main)
tests_fuzz_fuzz_headers_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(fuzz_main)
tests_fuzz_fuzz_reply_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_session_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/dialogue
tests_fuzz_fuzz_session_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_session_SOURCES = \
	tests/dialogue/program.c \
	tests/dialogue/program.h \
	tests/fuzz/fuzz_session.c $(fuzz_main)

# The test server, what makes its certificates, and a relay that counts flights.
server_programs = \
	tests/server/flightmeter \
	tests/server/makecerts \
	tests/server/smtpserver \
	$(end)

tests_server_flightmeter_LDADD =
tests_server_makecerts_LDADD = $(GNUTLS_LIBS)
tests_server_smtpserver_LDADD = $(GNUTLS_LIBS) $(GSASL_LIBS)
tests_server_smtpserver_SOURCES = \
	tests/server/act.c \
	tests/server/commands.c \
	tests/server/content.c \
	tests/server/dialogue.c \
	tests/server/dialogue.h \
	tests/server/grammar.c \
	tests/server/grammar.h \
	tests/server/login.c \
	tests/server/main.c \
	tests/server/octets.c \
	tests/server/octets.h \
	tests/server/options.c \
	tests/server/options.h \
	tests/server/record.c \
	tests/server/record.h \
	tests/server/sasl.c \
	tests/server/sasl.h \
	tests/server/script.c \
	tests/server/script.h \
	tests/server/secure.c \
	tests/server/secure.h \
	tests/server/transport.c \
	tests/server/transport.h \
	$(end)

# Plays tests/dialogue/*.smtp against the engine.
tests_dialogue_runner_SOURCES = \
	tests/dialogue/program.c \
	tests/dialogue/program.h \
	tests/dialogue/runner.c \
	tests/dialogue/stage.c \
	tests/dialogue/stage.h \
	tests/dialogue/stage_check.c \
	tests/dialogue/stage_setup.c \
	$(end)

# One driver for libESMTP and for our library; and our library as a shared
# object in libESMTP's place, with its exports and nothing else.
api_programs = \
	tests/api/driver \
	tests/api/libesmtp.so.6 \
	$(end)

api_scripts = \
	tests/api/compare.pl \
	$(end)

tests_api_driver_SOURCES = \
	tests/api/driver.c \
	tests/api/driver.h \
	tests/api/main.c \
	tests/api/scenarios.c \
	$(end)
tests_api_driver_LDADD = libsmtp/libsmtp.a $(libsmtp_libs)

tests_api_libesmtp_so_6_SOURCES =
tests_api_libesmtp_so_6_LDFLAGS = $(HARDEN_LDFLAGS) -shared \
	-Wl,-soname,libesmtp.so.6 \
	-Wl,--version-script=$(top_srcdir)/tests/api/libesmtp.map \
	-Wl,--whole-archive,libsmtp/libsmtp.a,--no-whole-archive
tests_api_libesmtp_so_6_LDADD = libsmtp/libsmtp.a $(libsmtp_libs)

# The model checker over the engine.
tests_explore_explore_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/dialogue
tests_explore_explore_SOURCES = \
	tests/dialogue/program.c \
	tests/dialogue/program.h \
	tests/explore/explore.c \
	tests/explore/open.c \
	tests/explore/server.c \
	tests/explore/server_mail.c \
	tests/explore/world.h \
	$(end)

# Counts the round trips of each kind of session.
tests_explore_flights_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/dialogue
tests_explore_flights_SOURCES = \
	tests/dialogue/program.c \
	tests/dialogue/program.h \
	tests/explore/flights.c \
	tests/explore/server.c \
	tests/explore/server_mail.c \
	tests/explore/world.h \
	$(end)

tests_unit_test_api_extensions_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/unit/api_fixture.h \
	tests/unit/test_api_extensions.c \
	$(end)

tests_unit_test_api_rules_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/unit/api_fixture.h \
	tests/unit/test_api_rules.c \
	$(end)

tests_unit_test_api_open_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/unit/api_fixture.h \
	tests/unit/test_api_open.c \
	$(end)

tests_unit_test_api_run_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/unit/api_fixture.h \
	tests/unit/test_api_run.c \
	$(end)

tests_unit_test_api_wire_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/unit/api_fixture.h \
	tests/unit/test_api_wire.c \
	$(end)

# Session tickets come from OpenSSL's server alone.
if HAVE_OPENSSL
ticket_programs = \
	tests/api/tickets \
	$(end)
endif

tests_api_tickets_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/api/tickets.c \
	$(end)
tests_api_tickets_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
tests_api_tickets_LDADD = libsmtp/libsmtp.a $(libsmtp_libs) $(OPENSSL_LIBS)
tests_api_tickets_SHORTNAME = openssl

# Sessions in threads, over a library that ThreadSanitizer watches.
if TSAN
thread_programs = \
	tests/api/threads \
	$(end)
check_LIBRARIES += tests/api/libwatched.a
endif

tests_api_libwatched_a_SOURCES = $(libsmtp_files)
tests_api_libwatched_a_CFLAGS = $(AM_CFLAGS) -fsanitize=thread -g -O1
tests_api_libwatched_a_SHORTNAME = watched
tests_api_threads_SOURCES = \
	tests/api/server.c \
	tests/api/server.h \
	tests/api/threads.c \
	$(end)
tests_api_threads_CFLAGS = $(AM_CFLAGS) -fsanitize=thread -g -O1
tests_api_threads_LDADD = tests/api/libwatched.a $(libsmtp_libs)
tests_api_threads_SHORTNAME = watched

# A copy of the program whose allocations fail when told to, for
# make check-oom-command.
tests_oom_posthaste_SOURCES = src/main.c tests/oom/failing.c
tests_oom_posthaste_LDADD = $(src_posthaste_LDADD) $(libsmtp_libs)
tests_oom_posthaste_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=strndup

# The API's driver in the same way, in one process; all of it in make check-oom,
# a sample in make check. The scenarios read watch.h, and must not be built once
# for both.
tests_oom_api_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/oom \
	-DDRIVER_WATCHED
tests_oom_api_SOURCES = \
	tests/api/driver.c \
	tests/api/driver.h \
	tests/api/scenarios.c \
	tests/api/server.c \
	tests/api/server.h \
	tests/oom/additions.c \
	tests/oom/additions.h \
	tests/oom/api.c \
	tests/oom/memory.c \
	tests/oom/memory.h \
	tests/oom/watch.c \
	tests/oom/watch.h \
	$(end)
tests_oom_api_LDADD = libsmtp/libsmtp.a $(libsmtp_libs)
tests_oom_api_LDFLAGS = $(tests_oom_posthaste_LDFLAGS) -Wl,--wrap=free

# Other programs that speak TAP.
test_programs = \
	tests/dialogue/runner \
	tests/explore/explore \
	tests/explore/flights \
	tests/oom/api \
	$(fuzz_programs) \
	$(thread_programs) \
	$(ticket_programs) \
	$(end)

# One file a topic that a user sees.
bats_files = \
	tests/api.bats \
	tests/auth.bats \
	tests/configuration.bats \
	tests/extensions.bats \
	tests/files.bats \
	tests/flights.bats \
	tests/interop.bats \
	tests/local.bats \
	tests/network.bats \
	tests/replies.bats \
	tests/send.bats \
	tests/smtp.bats \
	tests/status.bats \
	tests/tls.bats \
	$(end)

# Other people's programs over ours, and the test server itself.
other_bats_files = \
	tests/callers.bats \
	tests/server/selftest.bats \
	$(end)

# What ./check runs twice, by "make check-plain" and with sanitizers: where memory, time, flights
# or the rights of a process are what is looked at, and real servers. The rest
# of bats_files runs there with sanitizers only; "make check" runs all of them.
twice_bats_files = \
	tests/api.bats \
	tests/files.bats \
	tests/flights.bats \
	tests/interop.bats \
	tests/local.bats \
	tests/status.bats \
	$(end)

# Runs tests/calls/table.txt: one row, one call and what must come of it.
call_tables = \
	tests/calls/run.pl \
	$(end)
TESTS += $(call_tables)

# Data and helpers that the tests read; a folder counts with all it holds.
test_data = \
	tests/api/differences \
	tests/api/libesmtp.map \
	tests/api/symbols \
	tests/calls \
	tests/data \
	tests/dialogue \
	tests/fuzz/corpus \
	tests/fuzz/run.sh \
	tests/helper.bash \
	tests/interop \
	tests/oom/run.sh \
	tests/server/README.md \
	tests/unit/body_fixture.h \
	tests/unit/compose_fixture.h \
	tests/unit/header_fixture.h \
	tests/unit/pki_fixture.h \
	tests/unit/sasl_fixture.h \
	tests/unit/tls_fixture.h \
	$(end)
