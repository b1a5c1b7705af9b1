# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The purity gate: what the objects of L0 and L1 leave undefined must be defined
# in L0 (for L1 and I: in L0, L1 or I) or stand in purity.table. Protocol code that calls
# the system, GnuTLS or libgsasl cannot be exhausted by a test. The second half:
# the library keeps no mutable variable at file scope but the error of the last
# call, which every thread has for itself, and the callback that libESMTP made
# the process's.
use strict;
use warnings;
use Gate;

my (%modules, %allowed);
for my $row (words('tests/gate/layers.table')) {
	my ($verb, $layer, @names) = @$row;
	push @{ $modules{$layer} }, @names if $verb eq 'layer';
}
for my $row (words('tests/gate/purity.table')) {
	my ($for, @names) = @$row;
	for my $name (@names) {
		my $pattern = quotemeta $name;
		$pattern =~ s/\\\*/.*/g;
		push @{ $allowed{$for} }, qr/^$pattern$/;
	}
}

sub object {
	my ($path) = @_;
	$path =~ s{^libsmtp/(.*)\.c$}{libsmtp/pic-$1.o};
	return build() . "/$path";
}

# The lines of a binutils program about one object.
sub ask {
	my @command = @_;
	open my $p, '-|', @command or die "$command[0]: $!\n";
	my @lines = <$p>;
	close $p or die "@command failed\n";
	chomp @lines;
	return @lines;
}

sub symbols {
	my ($object, $which) = @_;
	my $nm = $ENV{NM} || 'nm';
	return map { (split)[0] } ask($nm, '-P', $which, $object);
}

my @sources = grep { /\.c$/ } sources('libsmtp');
sub of_layer {
	my ($layer) = @_;
	my $names = join '|', map { quotemeta } @{ $modules{$layer} };
	return grep { m{^libsmtp/(?:$names)(?:_\w+)?\.c$} } @sources;
}

my %defined;
sub define {
	for my $path (@_) {
		$defined{$_} = 1 for symbols(object($path), '--defined-only');
	}
}

# The shared data of I is held to what L1 may do.
for my $layer (qw(L0 L1)) {
	my @members = of_layer($layer);
	push @members, of_layer('I') if $layer eq 'L1';
	define(@members);
	for my $path (@members) {
		my ($module) = $path =~ m{([^/]+)\.c$};
		my @rules = map { @{ $allowed{$_} || [] } }
		    'tolerated', $layer, $module;
		my @alien;
		for my $symbol (symbols(object($path), '-u')) {
			next if $defined{$symbol};
			next if grep { $symbol =~ $_ } @rules;
			push @alien, "$path needs $symbol";
		}
		check("$layer $path is pure", @alien);
	}
}

# .data.rel.ro holds constant tables of pointers and is read-only at run time.
my @mutable;
for my $path (grep { $_ ne 'libsmtp/api_password.c' } @sources) {
	my $objdump = $ENV{OBJDUMP} || 'objdump';
	for (ask($objdump, '-t', object($path))) {
		my ($section, $size, $name) =
		    /\sO\s(\.data|\.bss|\.data\.[^r]\S*|\.bss\.\S*|\*COM\*)\s+([0-9a-f]+)\s+(?:\.hidden\s+)?(\S+)/
		    or next;
		push @mutable, "$path: $name in $section";
	}
}
check('the library has no mutable file-scope variable', @mutable);
finish();
