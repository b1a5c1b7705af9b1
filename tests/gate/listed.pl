# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The list gate: every source is named in one of the files.mk, so that it is
# built, tested and part of the release; and what is named exists.
use strict;
use warnings;
use Gate;

my @lists = map { "$_/files.mk" } qw(libsmtp src tests);
my %named;
for my $list (@lists) {
	for my $line (lines($list)) {
		$line =~ s/#.*//;
		$named{$_} = $list for $line =~ m{((?:libsmtp|src|tests)/[\w./-]+)}g;
	}
}

# A unit test is named as a program: its source is the program's name with .c.
sub is_named {
	my ($path) = @_;
	return 1 if $named{$path};
	(my $program = $path) =~ s/\.c$//;
	return $path =~ /\.c$/ && $named{$program};
}

my @present = sources(qw(libsmtp src tests));
check('every C file is listed',
    map { "$_: add it to files.mk" } grep { !is_named($_) } @present);

my @bats = map { s{^\Q@{[top()]}\E/}{}r }
    map { glob(top() . "/$_/*.bats") } qw(tests tests/server tests/interop);
check('every Bats file is listed',
    map { "$_: add it to tests/files.mk" } grep { !$named{$_} } @bats);

# A name without an extension is a program or a folder; libraries are built.
check('every file listed exists',
    map { "$_ in $named{$_}" }
    grep { !m{\.(?:a|so[.\d]*)$} }
    grep { m{\.\w+$} ? !-e top() . "/$_" : m{/(?:test|fuzz)_} && !-e top() . "/$_.c" }
    sort keys %named);
finish();
