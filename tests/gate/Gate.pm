# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the gates share: finding sources, reading C without its comments and
# strings, and saying the result as TAP. A gate finds violations and hands each
# list to check(); an empty list is "ok". It never changes a file.
package Gate;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(top build sources lines code check skip note finish words);

my ($count, $failed) = (0, 0);

sub top { return $ENV{TOP_SRCDIR} || '.' }
sub build { return $ENV{TOP_BUILDDIR} || '.' }

# The C sources below the folders named, as paths relative to the top.
sub sources {
	my @found;
	my @todo = @_;
	while (defined(my $dir = shift @todo)) {
		opendir my $d, top() . "/$dir" or next;
		for my $name (sort readdir $d) {
			next if $name =~ /^\./;
			my $path = "$dir/$name";
			if (-d top() . "/$path") { push @todo, $path }
			elsif ($name =~ /\.[ch]$/) { push @found, $path }
		}
		closedir $d;
	}
	die "no sources below @_ in " . top() . "\n" unless @found;
	return @found;
}

sub lines {
	my ($path) = @_;
	open my $f, '<', top() . "/$path" or die "$path: $!\n";
	my @lines = <$f>;
	close $f;
	chomp @lines;
	return @lines;
}

# A C file's lines with comments and the insides of strings and character
# constants blanked, so that what is left is code; line numbers stay.
sub code {
	my ($path) = @_;
	my $text = join "\n", lines($path);
	$text =~ s{
	    (/\*.*?\*/ | //[^\n]*)
	  | "((?:[^"\\\n]|\\.)*)"
	  | '((?:[^'\\\n]|\\.)*)'
	}{
		if (defined $1) { my $c = $1; $c =~ s/[^\n]/ /g; $c }
		elsif (defined $2) { '"' . ('_' x length $2) . '"' }
		else { "'" . ('_' x length $3) . "'" }
	}gexs;
	return split /\n/, $text, -1;
}

# A table file: lines of words, without comments and empty lines.
sub words {
	my ($path) = @_;
	my @rows;
	for my $line (lines($path)) {
		$line =~ s/#.*//;
		my @w = split ' ', $line;
		push @rows, \@w if @w;
	}
	return @rows;
}

sub note { print "# $_\n" for @_ }

sub check {
	my ($name, @violations) = @_;
	$count++;
	print @violations ? 'not ok' : 'ok', " $count - $name\n";
	note(@violations);
	$failed++ if @violations;
}

sub skip {
	my ($name, $why) = @_;
	$count++;
	print "ok $count - $name # SKIP $why\n";
}

sub finish {
	print "1..$count\n";
	exit($failed ? 1 : 0);
}

1;
