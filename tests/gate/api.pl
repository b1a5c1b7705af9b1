# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The gate of doc/api.md against the public headers, in both directions, and of
# the tests of the API against them: each function is called in one. An
# entry is a heading "### name" (several with commas, where functions differ in
# their object alone), the prototypes as the headers have them, indented, and
# lines that begin "* Arguments:", "* Ownership:", "* Errors:" and "* RFC:".
# Every type, enumerator and macro of the headers stands in backquotes, and
# what stands there and looks like one of them exists.
use strict;
use warnings;
use Gate;

my @headers = map { "libsmtp/$_.h" } qw(libesmtp auth-client smtpx);
my @labels = qw(Arguments Ownership Errors RFC);

sub squeeze {
	my ($text) = @_;
	$text =~ s/\s+/ /g;
	$text =~ s/\s*([(),;*])\s*/$1/g;
	$text =~ s/^ | $//g;
	return $text;
}

# Functions with their prototypes, and all other public names.
sub declared {
	my ($path) = @_;
	my (%function, %name);
	my $text = join "\n", code($path);
	for my $macro ($text =~ /^#\s*define\s+(\w+)/mg) {
		$name{$macro} = 1 unless $macro =~ /_h$|_H$/;
	}
	$text =~ s/^#(?:[^\n\\]|\\.)*(?:\\\n[^\n]*)*//mg;
	$text =~ s/extern\s*"_*"\s*\{//g;
	while ($text =~ s/\benum\s*(\w*)\s*\{([^}]*)\}/enum $1/) {
		my ($tag, $list) = ($1, $2);
		$name{$tag} = 1 if $tag;
		$name{$_} = 1 for $list =~ /(\w+)\s*(?:=[^,]*)?(?:,|\s*$)/g;
	}
	$name{$1} = 1 while $text =~ s/\bstruct\s+(\w+)\s*\{[^}]*\}/struct/;
	for my $piece (split /;/, $text) {
		if ($piece =~ /^\s*typedef\b/) {
			my ($type) = $piece =~ /\(\*\s*(\w+)\s*\)\s*\(/;
			($type) = $piece =~ /(\w+)\s*$/ unless $type;
			$name{$type} = 1;
		} elsif ($piece =~ /\b(\w+)\s*\(/) {
			$function{$1} = squeeze($piece);
		}
	}
	return (\%function, \%name);
}

# name => { prototypes, labels }
sub entries {
	my (%entry, @names);
	for my $line (lines('doc/api.md')) {
		if ($line =~ /^### (.*)/) {
			@names = split /, /, $1;
			for (@names) {
				die "doc/api.md: $_ has two entries\n" if $entry{$_};
				$entry{$_} = { code => '', labels => {} };
			}
		} elsif ($line =~ /^##? /) {
			@names = ();
		} elsif ($line =~ /^    (.*)/) {
			$entry{$_}{code} .= "$1\n" for @names;
		} elsif ($line =~ /^\* (\w+):/) {
			$entry{$_}{labels}{$1} = 1 for @names;
		}
	}
	return \%entry;
}

my (%function, %name);
for my $path (@headers) {
	my ($functions, $names) = declared($path);
	die "$path: no functions found\n" unless %$functions;
	%function = (%function, %$functions);
	%name = (%name, %$names);
}
my $entry = entries();
note(keys(%function) . ' functions, ' . keys(%name) . ' other names');

check('every function has an entry in doc/api.md',
    map { "$_ has none" } grep { !$entry->{$_} } sort keys %function);
check('every entry is of a function that the headers declare',
    map { "$_ is in no header" } grep { !$function{$_} } sort keys %$entry);
check('every prototype is the header\'s', map {
	my $name = $_;
	my ($own) = grep { /\b\Q$name\E\(/ }
	    map { squeeze($_) } split /;/, $entry->{$name}{code};
	defined $own && $own eq $function{$name} ? () :
	    "$name: the header says $function{$name}"
} grep { $function{$_} } sort keys %$entry);
check('every entry says all that an entry says', map {
	my $name = $_;
	map { "$name: no \"* $_:\"" }
	    grep { !$entry->{$name}{labels}{$_} } @labels
} sort keys %$entry);

# The tests name a family's functions by a prefix and a macro that pastes.
my $tests = join "\n", map { code($_) }
    grep { m{/test_api_\w+\.c$} } sources('tests');
my @prefixes = $tests =~ /KEEPS_DATA\((\w+),/g;
my @suffixes = $tests =~ /prefix##(\w+)/g;
my %tested = map { $_ => 1 } $tests =~ /\b(\w+)\)?\(/g;
for my $prefix (@prefixes) {
	$tested{"$prefix$_"} = 1 for @suffixes;
}
check('every function is called in tests/unit/test_api_*.c',
    map { "$_ is not" } grep { !$tested{$_} } sort keys %function);

my %quoted;
for my $line (lines('doc/api.md')) {
	next if $line =~ /^    /;
	$quoted{$1} = 1 while $line =~ /`(?:struct |enum )?(\w+)(?:\(\))?`/g;
}
check('every type, enumerator and macro is in doc/api.md',
    map { "$_ is not" } grep { !$quoted{$_} && !$function{$_} }
    sort keys %name);
check('every name in doc/api.md is in the headers',
    map { "$_ is not" }
    grep { !$name{$_} && !$function{$_} && !/_$/ }
    grep { /^(?:smtpx?_|auth_|_smtp|Smtpx_|SMTP_|AUTH_|Ver_|Hdr_|Timeout_|Ret_|Notify_|E8bitmime_|By_|Starttls_)/ }
    sort keys %quoted);
finish();
