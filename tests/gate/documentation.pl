# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The documentation gate, in both directions. Options: a row of options_table[]
# in src/options_table.c starts with its letter and its word and ends with its
# sentence; a row without a sentence is for callers only, and is named in a
# paragraph of its own. Keys: a row of keys[] in src/configuration_keys.c starts
# with its name; its default and the words that it takes stand in its entry as
# ".Cm word" or ".Pa path". In the manual an entry is a line ".It Fl f Ar
# address" or ".It Fl -from Ns = Ns Ar address" of man/posthaste.8, and ".It Ic
# key" of man/posthaste.conf.5. Exit statuses are those of src/. mandoc has
# nothing to say. Every X-nn that SECURITY.md promises stands in a test.
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

# The options with an entry, and those named in running text.
sub manual_options {
	my (%entry, %named);
	for my $line (lines('man/posthaste.8')) {
		my $where = $line =~ /^\.It\s+Fl\b/ ? \%entry : \%named;
		next unless $line =~ /^\./;
		while ($line =~ /\bFl\s+(-?[\w-]+)/g) {
			$where->{"-$1"} = 1;
		}
	}
	return (\%entry, \%named);
}

# Each key with the text of its entry; the one of two places has both.
sub manual_keys {
	my (%found, $key);
	for my $line (lines('man/posthaste.conf.5')) {
		if ($line =~ /^\.It\s+Ic\s+([a-z][a-z-]*)/) {
			$key = $1;
			$found{$key} //= '';
		} elsif ($line =~ /^\.S[hs]\b/) {
			$key = undef;
		}
		$found{$key} .= "$line\n" if defined $key;
	}
	return \%found;
}

# What the entry of a key must name: its default, and the words of its list.
sub key_words {
	my ($row) = @_;
	my $source = join "\n", lines('src/configuration_keys.c');
	my ($preset, $list) = $row =~
	    /^\s*"[^"]*",\s*\w+,\s*(?:\w+\(\w+\)|\w+,\s*\w+),\s*(NULL|"[^"]*"),\s*(\w+)/
	    or die "src/configuration_keys.c: cannot read the row $row\n";
	my @words = $preset =~ /"(.*)"/;
	if ($list ne 'NULL' && $list ne 'switches') {
		my ($rows) = $source =~ /\b$list\[\]\s*=\s*\{(.*?)\};/s
		    or die "src/configuration_keys.c: no list $list\n";
		push @words, $rows =~ /"([^"]*)"/g;
	}
	return @words;
}

# The sysexits values that the sources use, with their numbers.
sub exit_statuses {
	my %number = (OK => 0, USAGE => 64, DATAERR => 65, NOINPUT => 66,
		NOUSER => 67, NOHOST => 68, UNAVAILABLE => 69, SOFTWARE => 70,
		OSERR => 71, OSFILE => 72, CANTCREAT => 73, IOERR => 74,
		TEMPFAIL => 75, PROTOCOL => 76, NOPERM => 77, CONFIG => 78);
	my %used;
	for my $path (grep { /\.c$/ } sources('src')) {
		for my $line (code($path)) {
			$used{ $number{$1} } = 1
			    while $line =~ /\bEX_([A-Z]+)\b/g;
		}
	}
	return \%used;
}

sub manual_statuses {
	my (%found, $here);
	for my $line (lines('man/posthaste.8')) {
		$here = $1 eq 'EXIT STATUS' if $line =~ /^\.Sh\s+(.*)/;
		$found{$1} = 1 if $here && $line =~ /^\.It\s+(\d+)$/;
	}
	return \%found;
}

# mandoc's complaints, but for pages that are ours and not installed, and for
# the state of this machine's own pages.
sub lint {
	my ($page) = @_;
	my @said;
	for my $line (`mandoc -Tlint @{[top()]}/$page 2>&1`) {
		next if $line =~ /outdated mandoc\.db/;
		next if $line =~ /referenced manual not found: Xr (\S+) (\d)/
		    && -e top() . "/man/$1.$2";
		chomp $line;
		push @said, $line;
	}
	return @said;
}

sub missing {
	my ($from, $in, $why) = @_;
	return map { "$_ $why" } grep { !$in->{$_} } sort keys %$from;
}

my ($taught, $known) = option_rows();
my ($options, $named) = manual_options();
my %silent = map { $_ => 1 } grep { !$taught->{$_} } keys %$known;
check('every option is in posthaste(8)',
    missing($taught, $options, 'has no .It Fl in man/posthaste.8'));
check('every option of posthaste(8) exists',
    missing($options, $known, 'is not in src/options_table.c'));

check('every option for callers only is named in posthaste(8)',
    missing(\%silent, $named, 'is not named as Fl in man/posthaste.8'));

my @rows = rows('src/configuration_keys.c', 'keys\[\]');
my %keys = map { /^\s*"([^"]*)"/ ? ($1 => 1) : die "keys[]: $_\n" } @rows;
my $manual = manual_keys();
check('every key is in posthaste.conf(5)',
    missing(\%keys, $manual, 'has no .It Ic in man/posthaste.conf.5'));
check('every key of posthaste.conf(5) exists',
    missing($manual, \%keys, 'is not in src/configuration_keys.c'));

my @unnamed;
for my $row (@rows) {
	my ($key) = $row =~ /^\s*"([^"]*)"/;
	my $entry = $manual->{$key} // '';
	push @unnamed, map { "$key: $_ is not named as Cm or Pa" }
	    grep { $entry !~ /^\.(?:It )?(?:Cm|Pa) \Q$_\E(?: |$)/m }
	    key_words($row);
}
check('every default and every word stands in its key\'s entry', @unnamed);

my ($used, $told) = (exit_statuses(), manual_statuses());
check('every exit status is in posthaste(8)',
    missing($used, $told, 'has no .It in man/posthaste.8, EXIT STATUS'));
check('every exit status of posthaste(8) is used',
    missing($told, $used, 'is in no file of src'));

my $name = 'mandoc has nothing to say about the pages';
if (`mandoc -Tlint /dev/null 2>&1` =~ /mandoc:/) {
	check($name, map { lint("man/$_") }
	    qw(mailq.1 newaliases.1 posthaste.8 posthaste.conf.5 sendmail.8));
} else {
	skip($name, 'mandoc not found');
}

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
