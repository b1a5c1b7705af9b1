# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tests, one name a line, in alphabetical order.

# What keeps the house as it was planned; see HACKING.md.
gates = \
	tests/gate/layers.pl \
	tests/gate/listed.pl \
	tests/gate/purity.pl \
	tests/gate/sizes.pl \
	tests/gate/style.pl \
	$(end)

gate_files = \
	tests/gate/Gate.pm \
	tests/gate/analyze.sh \
	tests/gate/layers.table \
	tests/gate/purity.table \
	$(end)

# cmocka programs; the source is the name with .c, all of the command and the
# library is linked.
unit_programs = \
	$(end)

# Fuzz targets, fuzz_NAME.c over tests/fuzz/corpus/NAME: a line here and its
# _SOURCES below.
fuzz_programs = \
	$(end)

if FUZZERS
fuzz_main =
else
fuzz_main = tests/fuzz/replay_main.c
endif

# Other programs that speak TAP, each with its sources.
test_programs = \
	$(fuzz_programs) \
	$(end)

# One file a topic that a user sees.
bats_files = \
	$(end)

# Data and helpers that the tests read; a folder counts with all it holds.
test_data = \
	tests/fuzz/corpus \
	tests/fuzz/run.sh \
	$(end)
