# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The layer gate: every #include against layers.table. One result a layer.
use strict;
use warnings;
use Gate;

my (%layer_of, %uses, @only, @layers);
for my $row (words('tests/gate/layers.table')) {
	my ($verb, $name, @rest) = @$row;
	if ($verb eq 'layer') { $layer_of{$_} = $name for @rest }
	elsif ($verb eq 'uses') {
		push @layers, $name;
		$uses{$name} = { map { $_ => 1 } $name, @rest };
	} elsif ($verb eq 'only') {
		my $pattern = quotemeta $name;
		$pattern =~ s/\\\*/.*/g;
		push @only, [qr/^$pattern$/, { map { $_ => 1 } @rest }];
	} else { die "layers.table: what is \"$verb\"?\n" }
}

# engine_rcpt.c belongs to engine; api_auth.c has its own line.
sub layer {
	my ($path) = @_;
	my ($module) = $path =~ m{([^/]+)\.[ch]$};
	if ($path =~ m{^src/}) {
		return ($layer_of{$module} // '') eq 'M' ? 'M' : 'L5';
	}
	while (1) {
		return $layer_of{$module} if defined $layer_of{$module};
		$module =~ s/_[^_]*$// or return undef;
	}
}

my (%home, %broken, %looked);
my @files = sources('libsmtp', -d top() . '/src' ? 'src' : ());
for my $path (@files) {
	my ($name) = $path =~ m{([^/]+)$};
	$home{$name} = $path if $name =~ /\.h$/;
}

sub verdict {
	my ($layer, $included) = @_;
	if ($included =~ /^</) {
		for my $rule (@only) {
			return "is not for $layer"
			    if $included =~ $rule->[0] && !$rule->[1]{$layer};
		}
		return undef;
	}
	my ($name) = $included =~ /"(.*)"/;
	return undef if $name eq 'config.h';
	return 'is not ours' unless defined $home{$name};
	my $other = layer($home{$name});
	return 'has no layer' unless defined $other;
	my ($module) = $name =~ /(.*)\.h$/;
	return undef if $uses{$layer}{$other} || $uses{$layer}{$module};
	return "is $other";
}

my @homeless;
for my $path (@files) {
	my $layer = layer($path);
	if (!defined $layer) {
		push @homeless, "$path: give it a line in layers.table";
		next;
	}
	my $n = 0;
	for my $line (lines($path)) {
		$n++;
		next unless $line =~ /^\s*#\s*include\s*(<[^>]*>|"[^"]*")/;
		$looked{$layer}++;
		my $why = verdict($layer, $1);
		push @{ $broken{$layer} }, "$path:$n ($layer): $1 $why"
		    if defined $why;
	}
}

check('every file of the library has a layer', @homeless);
for my $layer (@layers) {
	my $n = $looked{$layer} || 0;
	check("$layer includes what it may ($n looked at)",
	    @{ $broken{$layer} || [] });
}
finish();
