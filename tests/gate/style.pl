# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The style gate: what HACKING.md says about format and banned functions, as
# far as a script can see it. clang-format decides the format everywhere but in
# tables set by hand between "clang-format off" and "on".
use strict;
use warnings;
use Gate;

my @files = sources(qw(bench libsmtp src tests));
my $banned = join '|', qw(
	sprintf vsprintf strcpy strcat strtok strtok_r gets atoi atol scanf
	strncpy system tmpnam mktemp alloca popen setjmp longjmp signal
);
# A test may read numbers that it knows to be there.
my $banned_outside_tests = join '|', qw(sscanf fscanf strncat);

my (@calls, @blanks, @wide, @headers, @promises, @attributes, @citations);
for my $path (@files) {
	my @lines = lines($path);
	my @code = code($path);
	my $table = 0;
	for my $i (0 .. $#lines) {
		my $at = "$path:" . ($i + 1);
		my $line = $lines[$i];
		push @blanks, $at if $line =~ /\s$/;
		$table = 1 if $line =~ /clang-format off/;
		(my $flat = $line) =~ s/\t/        /g;
		$flat =~ s/[\x80-\xBF]//g;
		push @wide, "$at: " . length $flat
		    if length $flat > 80 && !$table;
		$table = 0 if $line =~ /clang-format on/;
		push @calls, "$at: $1()"
		    if $code[$i] =~ /(?<![\w.>])($banned)\s*\(/
		    || $path !~ /^tests/
		    && $code[$i] =~ /(?<![\w.>])($banned_outside_tests)\s*\(/;
		push @attributes, $at
		    if $code[$i] =~ /__attribute__|__builtin_|__extension__/
		    && $path ne 'libsmtp/attributes.h';
		push @citations, "$at: $1"
		    if $line =~ m{([\w./-]+\.md)\b} && !-e top() . "/$1";
		push @promises, $at
		    if $line =~ /\b(?:TO[D]O|FI[X]ME|X[X]X)\b|(?i:not (?:yet )?implemente[d])/;
	}
	push @headers, file_header($path, @lines);
}

# Line 1 the licence, then comments that say what the file is and guarantees.
sub file_header {
	my ($path, @lines) = @_;
	return "$path: line 1 is not the SPDX line"
	    unless $lines[0] eq
	    '/* SPDX-License-Identifier: LGPL-2.1-or-later */';
	my ($n, $text, $open) = (0, '', 0);
	for my $line (@lines[1 .. $#lines]) {
		last unless $open || $line =~ m{^/\*};
		$n++;
		$text .= "$line\n";
		$open = $line !~ m{\*/};
	}
	my ($name) = $path =~ m{([^/]+)$};
	return "$path: the header does not say \"$name - purpose\""
	    unless $text =~ /(?<![\w.])\Q$name\E - \S/;
	return "$path: the header has $n lines, 5 to 12 are wanted"
	    if $n < 5 || $n > 12;
	return ();
}

check('no banned function is called', @calls);
check('no blank ends a line', @blanks);
check('no line outside a table is wider than 80 columns', @wide);
check('every file says its licence and its purpose', @headers);
check('attributes stand in attributes.h alone', @attributes);
check('what a comment cites is in the tree', @citations);
check('no promise stands in the code', @promises);

my $formatter = $ENV{CLANG_FORMAT} || 'clang-format';
my $version = `$formatter --version 2>/dev/null` || '';
if ($version =~ /version 14\./) {
	chdir top() or die "cannot enter the source tree: $!\n";
	my $said = `$formatter --dry-run @files 2>&1`;
	my %wrong;
	$wrong{$1}{$2} = 1 while $said =~ /^([^:\s]+):(\d+):\d+: (?:warning|error)/mg;
	check('clang-format would change nothing', map {
		my @at = sort { $a <=> $b } keys %{ $wrong{$_} };
		"$_: line $at[0]" . (@at > 1 ? " and $#at more" : '')
	} sort keys %wrong);
} else {
	skip('clang-format would change nothing', 'clang-format 14 not found');
}
finish();
