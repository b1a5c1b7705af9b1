# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The documentation gate, in both directions. Options: a row of options_table[]
# in src/options_table.c starts with its letter and its word and ends with its
# sentence; a row without a sentence is for callers only. Keys: a row of keys[]
# in src/configuration_keys.c starts with its name. In the manual an entry is a
# line ".It Fl f Ar address" or ".It Fl -from Ns = Ns Ar address" of
# man/posthaste.8, and ".It Ic key" of man/posthaste.conf.5. Then: every X-nn
# that SECURITY.md promises stands in a test.
use strict;
use warnings;
use Gate;

# The rows of a table in C: what stands between the braces at depth one.
sub rows {
	my ($path, $start) = @_;
	my $text = join "\n", lines($path);
	$text =~ s{/\*.*?\*/}{}gs;
	$text =~ /$start\s*=\s*\{(.*?)\n\};/s or die "$path: no $start\n";
	my $table = $1;
	return $table =~ /\{((?:[^{}"']|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)\}/gs;
}

sub option_rows {
	my (%taught, %known);
	for my $row (rows('src/options_table.c', 'options_table\[\]')) {
		my ($letter, $word) = $row =~ /^\s*'(\\0|.)',\s*(NULL|"[^"]*")/
		    or die "src/options_table.c: cannot read the row $row\n";
		my @names;
		push @names, "-$letter" if $letter ne '\\0';
		push @names, '--' . ($word =~ /"(.*)"/)[0] if $word ne 'NULL';
		my $has_sentence = $row !~ /NULL\s*,?\s*$/;
		for (@names) {
			$known{$_} = 1;
			$taught{$_} = 1 if $has_sentence;
		}
	}
	return (\%taught, \%known);
}

sub manual_options {
	my %found;
	for my $line (grep { /^\.It\s+Fl\b/ } lines('man/posthaste.8')) {
		while ($line =~ /\bFl\s+(-?[\w-]+)/g) {
			my $name = $1;
			$found{"-$name"} = 1;
		}
	}
	return \%found;
}

sub manual_keys {
	my %found;
	for my $line (lines('man/posthaste.conf.5')) {
		next unless $line =~ s/^\.It\s+Ic\s+//;
		$found{$1} = 1 if $line =~ /^([a-z][a-z-]*)/;
	}
	return \%found;
}

sub missing {
	my ($from, $in, $why) = @_;
	return map { "$_ $why" } grep { !$in->{$_} } sort keys %$from;
}

my ($taught, $known) = option_rows();
my $options = manual_options();
check('every option is in posthaste(8)',
    missing($taught, $options, 'has no .It Fl in man/posthaste.8'));
check('every option of posthaste(8) exists',
    missing($options, $known, 'is not in src/options_table.c'));

my %keys = map { /^\s*"([^"]*)"/ ? ($1 => 1) : die "keys[]: $_\n" }
    rows('src/configuration_keys.c', 'keys\[\]');
my $manual = manual_keys();
check('every key is in posthaste.conf(5)',
    missing(\%keys, $manual, 'has no .It Ic in man/posthaste.conf.5'));
check('every key of posthaste.conf(5) exists',
    missing($manual, \%keys, 'is not in src/configuration_keys.c'));

my %promised;
for my $line (lines('SECURITY.md')) {
	$promised{$1} = 1 if $line =~ /^\|\s*(X-\d+)/;
}
my %tested;
my @todo = ('tests');
while (defined(my $dir = shift @todo)) {
	next if $dir eq 'tests/gate' || $dir eq 'tests/fuzz/corpus';
	opendir my $d, top() . "/$dir" or die "$dir: $!\n";
	for my $name (grep { !/^\./ } readdir $d) {
		my $path = "$dir/$name";
		if (-d top() . "/$path") { push @todo, $path; next }
		next unless $name =~ /\.(?:c|bats|smtp|sh)$/;
		for my $line (lines($path)) {
			$tested{$1} = 1 while $line =~ /\b(X-\d+)\b/g;
		}
	}
	closedir $d;
}
check('every error that SECURITY.md names has a test',
    missing(\%promised, \%tested, 'stands in no test'));
finish();
