# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The size gate: functions, files and headers stay small enough to be read.
# Limits only ever go down. In tests, lines between "clang-format off" and "on"
# are data and do not count towards a file's size. Public headers are manuals
# and have no limit. Prints the ten largest of each kind, to see it coming.
use strict;
use warnings;
use Gate;

my %limit = (
	'lines of a function' => 60,
	'complexity of a function' => 15,
	'parameters of a function' => 5,
	'levels of nesting' => 3,
	'lines of a file' => 600,
	'lines of a header' => 120,
);
my $public = qr{^libsmtp/(?:libesmtp|auth-client|smtpx)\.h$};
# Callbacks whose parameters GnuTLS has fixed.
my $imposed = qr{^libsmtp/tls_client\.c:\d+ (?:retrieve|passphrase)\(\)$};
my %seen = map { $_ => [] } keys %limit;

sub measure {
	my ($kind, $value, $where) = @_;
	push @{ $seen{$kind} }, [$value, $where];
}

# Parameters of "(int a, void (*f)(int, int), ...)": commas at depth one.
sub parameters {
	my ($signature) = @_;
	return 0 if $signature =~ /^\(\s*(?:void)?\s*\)$/;
	my ($depth, $n) = (0, 1);
	for my $c (split //, $signature) {
		$depth++ if $c eq '(' || $c eq '[';
		$depth-- if $c eq ')' || $c eq ']';
		$n++ if $c eq ',' && $depth == 1;
	}
	$n-- if $signature =~ /\.\.\.\s*\)$/;
	return $n;
}

sub complexity {
	my ($text) = @_;
	my $n = 1;
	$n++ while $text =~ /\b(?:if|for|while|case)\b|&&|\|\||\?/g;
	return $n;
}

# How deep blocks of statements stand in each other; the braces of an
# initialiser are not blocks.
sub nesting {
	my ($text) = @_;
	my ($depth, $deepest, @open) = (0, 0);
	while ($text =~ /(\)\s*|\belse\s*|\bdo\s*)?([{}])/g) {
		if ($2 eq '{') {
			my $block = defined $1 ? 1 : 0;
			push @open, $block;
			$depth += $block;
			$deepest = $depth if $depth > $deepest;
		} else {
			$depth -= pop @open // 0;
		}
	}
	return $deepest - 1;
}

sub file_size {
	my ($path) = @_;
	my ($n, $data) = (0, 0);
	for my $line (lines($path)) {
		$data = 1 if $line =~ /clang-format off/;
		$n++ unless $data && $path =~ /^tests/;
		$data = 0 if $line =~ /clang-format on/;
	}
	return $n;
}

sub functions {
	my ($path) = @_;
	my @code = code($path);
	my $ctags = $ENV{CTAGS} || 'ctags';
	my $file = top() . "/$path";
	open my $tags, '-|', $ctags, '-x', '--language-force=C',
	    '--kinds-C=f', '--_xformat=%n %{end} %N %S', $file
	    or die "$ctags: $!\n";
	while (<$tags>) {
		my ($first, $last, $name, $signature) = /^(\d+) (\d+) (\S+) (.*)/
		    or die "$ctags: cannot read: $_";
		my $text = join "\n", @code[$first - 1 .. $last - 1];
		my $where = "$path:$first $name()";
		measure('lines of a function', $last - $first + 1, $where);
		measure('complexity of a function', complexity($text), $where);
		measure('parameters of a function', parameters($signature), $where)
		    unless $where =~ $imposed;
		measure('levels of nesting', nesting($text), $where);
	}
	close $tags or die "$ctags failed for $path\n";
}

for my $path (sources(qw(bench libsmtp src tests))) {
	if ($path =~ /\.h$/) {
		measure('lines of a header', scalar(lines($path)), $path)
		    unless $path =~ $public || $path =~ /^tests/;
	} else {
		measure('lines of a file', file_size($path), $path);
		functions($path);
	}
}

for my $kind (sort keys %limit) {
	my @by_size = sort { $b->[0] <=> $a->[0] || $a->[1] cmp $b->[1] }
	    @{ $seen{$kind} };
	die "measured no $kind\n" unless @by_size;
	my $limit = $limit{$kind};
	check("$kind <= $limit (" . @by_size . ' measured)',
	    map { "$_->[1]: $_->[0]" } grep { $_->[0] > $limit } @by_size);
	my $last = @by_size < 10 ? $#by_size : 9;
	note("largest: $_->[0]  $_->[1]") for @by_size[0 .. $last];
}
finish();
