# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One driver over two libraries. tests/api/driver.c is compiled with libESMTP's
# headers and linked with libESMTP ("theirs"), and linked with our library
# ("ours"); both play each scenario against the same scripted server. Their
# transcripts - events, results, statuses, commands, content - may differ only
# by the lines that tests/api/differences names, and by all of those. Where the
# row says so, libESMTP's binary also runs over our shared object ("swapped") and
# has to behave as ours.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Time::HiRes qw(sleep);

my ($source, $build) = @ENV{qw(TOP_SRCDIR TOP_BUILDDIR)};
my $server = $ENV{SMTPSERVER};
my $room = tempdir(CLEANUP => 1);
my $shared = "$build/tests/api/libesmtp.so.6";
my $theirs = "$room/theirs";
my @plain = qw(--without CHUNKING --without SIZE);

# name, scenario, what the server does, and: cert = STARTTLS with that
# certificate; swapped = over the shared object too; vague = contents hold what
# depends on clock and process; unknown = a command that the server only knows
# by its rule.
my @rows = (
	['one message', 'simple', [@plain], swapped => 1],
	['one message by BDAT, with SIZE', 'simple', []],
	['several recipients, one refused, one deferred', 'several',
	    [@plain, rules('on RCPT 2 reply 550 5.1.1 no',
		'on RCPT 3 reply 450 4.2.1 later')], swapped => 1],
	['all recipients or none', 'all-or-none',
	    [@plain, rules('on RCPT 2 reply 450 4.2.1 later')]],
	['no recipient is accepted', 'several',
	    [@plain, rules('on RCPT reply 550 5.1.1 no')]],
	['two messages', 'two-messages', [@plain]],
	['the first of two messages is deferred', 'two-messages',
	    [@plain, rules('message 1 on EOD reply 451 4.3.0 later')]],
	['a null reverse-path', 'null-sender', [@plain]],
	['nothing to do', 'nothing', [@plain]],
	['a message without a callback', 'no-callback', [@plain]],
	['a service that is not known', 'no-service', [@plain]],
	['the server is down', 'simple', undef],
	['MAIL refused', 'simple',
	    [@plain, rules('on MAIL reply 550 5.7.1 no')]],
	['MAIL deferred', 'simple',
	    [@plain, rules('on MAIL reply 450 4.7.1 later')]],
	['DATA refused', 'simple',
	    [@plain, rules('on DATA reply 554 5.5.1 no')]],
	['2yz to DATA', 'simple',
	    [@plain, rules('on DATA reply 250 2.0.0 what')]],
	['content refused', 'simple',
	    [@plain, rules('on EOD reply 552 5.2.2 full')]],
	['content deferred', 'simple',
	    [@plain, rules('on EOD reply 451 4.3.0 later')]],
	['content refused in BDAT', 'simple',
	    ['--without', 'SIZE', rules('on BDAT reply 552 5.2.2 full',
		'on EOD reply 552 5.2.2 full')]],
	['lost behind the content', 'simple', [@plain, rules('on EOD drop')]],
	['lost within the content', 'simple',
	    [@plain, rules('on CONTENT at 20 drop')]],
	['421 to MAIL', 'several',
	    [@plain, rules('on MAIL reply 421 4.3.2 bye then close')]],
	['421 to RCPT', 'several',
	    [@plain, rules('on RCPT 2 reply 421 4.3.2 bye then close')]],
	['421 to the content', 'simple',
	    [@plain, rules('on EOD reply 421 4.3.2 bye then close')]],
	['greeting refused', 'simple',
	    [@plain, rules('on GREETING reply 554 5.3.2 no')]],
	['greeting that is none', 'simple',
	    [@plain, rules('on GREETING raw "hello\r\n"')]],
	['no greeting', 'simple', [@plain, rules('on GREETING drop')]],
	['EHLO refused', 'simple',
	    [@plain, rules('on EHLO reply 550 5.3.2 no')]],
	['EHLO unknown', 'simple',
	    [@plain, rules('on EHLO reply 502 5.5.1 what')]],
	['the monitor callback', 'monitored', [@plain]],
	['a session grows between two runs', 'growing',
	    [@plain, rules('conn 1 on RCPT 2 reply 450 4.2.1 later')],
	    swapped => 1],
	['the status of a recipient is reset', 'reset-recipient',
	    [@plain, rules('on RCPT 2 reply 550 5.1.1 no')]],
	['the status of a message is reset', 'reset-message', [@plain]],
	['content in pieces that split line ends and dots', 'pieces', [@plain]],
	['content that breaks off', 'broken-source', [@plain]],
	['content whose first piece is an end', 'body-only', [@plain],
	    swapped => 1],
	['bare CR and LF in the content', 'bare-line-ends', [@plain]],
	['header fields that are generated', 'generated', [@plain], vague => 1],
	['header fields that are set', 'headers', [@plain],
	    swapped => 1, vague => 1],
	['header fields that are prohibited', 'prohibited', [@plain]],
	['delivery status notifications', 'dsn', [@plain], swapped => 1],
	['DSN missing, and not minded', 'dsn', [@plain, qw(--without DSN)]],
	['DSN missing, and minded', 'dsn-or-quit', [@plain, qw(--without DSN)]],
	['7BIT', 'seven-bit', [@plain]],
	['7BIT without 8BITMIME', 'seven-bit', [@plain, qw(--without 8BITMIME)]],
	['8BITMIME', 'eight-bit', [@plain]],
	['8BITMIME missing', 'eight-bit', [@plain, qw(--without 8BITMIME)]],
	['BINARYMIME missing', 'binary', []],
	['CHUNKING missing', 'binary', [@plain, qw(--announce BINARYMIME)]],
	['an estimated size', 'estimated', [qw(--without CHUNKING)]],
	['ETRN, and all that may answer it', 'etrn',
	    [@plain, qw(--announce ETRN), rules('on ETRN 1 reply 250 2.0.0 ok',
		'on ETRN 2 reply 253 2.0.0 9 pending',
		'on ETRN 3 reply 458 4.0.0 unable',
		'on ETRN 4 reply 459 4.7.0 not allowed')], swapped => 1],
	['ETRN missing, and minded', 'etrn', [@plain]],
	['ETRN missing, and not minded', 'etrn-and-mail', [@plain]],
	['XUSR', 'two-messages', [@plain, qw(--announce XUSR),
	    rules('on OTHER reply 250 2.0.0 fine')], unknown => 1],
	['a reply whose lines have different codes', 'simple',
	    [@plain, rules('on RCPT raw "550-no\r\n250 yes\r\n"')]],
	['an enhanced status code is missing, and minded', 'strict',
	    [@plain, rules('on RCPT reply 250 fine')]],
	['an enhanced status code is missing, and not minded', 'simple',
	    [@plain, rules('on RCPT reply 250 fine')]],
	['login', 'login', [@plain, qw(--auth PLAIN)], swapped => 1],
	['login, seen by the monitor callback', 'login-monitored',
	    [@plain, qw(--auth PLAIN)]],
	['login refused', 'login-wrong', [@plain, '--auth', 'LOGIN PLAIN']],
	['login that the program has not allowed', 'login-without-leave',
	    [@plain, qw(--auth PLAIN)]],
	['TLS required', 'tls-required', [@plain], cert => 'server',
	    swapped => 1],
	['TLS enabled', 'tls-enabled', [@plain], cert => 'server'],
	['TLS required and missing', 'tls-required', [@plain]],
	['TLS enabled and missing', 'tls-enabled', [@plain]],
	['STARTTLS refused', 'tls-enabled',
	    [@plain, rules('on STARTTLS reply 454 4.7.0 later')],
	    cert => 'server'],
	['TLS required, and EHLO unknown', 'tls-required',
	    [@plain, rules('on EHLO reply 502 5.5.1 what')], cert => 'server'],
	['a certificate with another name', 'tls-required', [@plain],
	    cert => 'wrongname'],
	['a certificate with another name, and not minded', 'tls-forgiving',
	    [@plain], cert => 'wrongname'],
	['a certificate that has expired', 'tls-required', [@plain],
	    cert => 'expired'],
	['a certificate that has expired, and not minded', 'tls-forgiving',
	    [@plain], cert => 'expired', swapped => 1],
	['application data', 'application-data', undef],
	['versions, time-outs, texts of errors', 'values', undef],
	['arguments that are refused', 'refusals', undef],
	['the SASL client interface', 'sasl', undef],
	['a certificate by nobody known', 'tls-required', [@plain],
	    cert => 'unknownca'],
);

sub rules {
	return map { ('--rule', $_) } @_;
}

sub read_file {
	my ($path) = @_;
	open my $in, '<', $path or return '';
	local $/;
	my $text = <$in>;
	return defined $text ? $text : '';
}

sub write_file {
	my ($path, $text) = @_;
	open my $out, '>', $path or die "$path: $!\n";
	print $out $text;
	close $out or die "$path: $!\n";
}

# Runs a command with its output in a file; gives its process.
sub start {
	my ($output, @command) = @_;
	my $pid = fork;
	die "fork: $!\n" unless defined $pid;
	return $pid if $pid;
	open STDOUT, '>', $output or exit 127;
	open STDERR, '>&', \*STDOUT or exit 127;
	exec @command or exit 127;
}

# The server's process, its port and its record.
sub start_server {
	my ($number, @options) = @_;
	my $record = "$room/record-$number";
	my $pid = start("$record.log", $server, '--port-file', "$record.port",
	    '--record', $record, '--lifetime', 60, @options);
	for (1 .. 1000) {
		last if -s "$record.port" || waitpid($pid, 1) == $pid;
		sleep 0.01;
	}
	my $port = read_file("$record.port");
	chomp $port;
	die "no server: " . read_file("$record.log") unless $port;
	return ($pid, $port, $record);
}

sub free_port {
	my $port = `'$server' --lifetime 0`;
	chomp $port;
	return $port;
}

# What it takes to run libESMTP's binary over our shared object: a sanitizer
# has to be loaded first.
sub swapped_environment {
	my ($asan) = `ldd '$shared'` =~ /asan\S* => (\S+)/;
	return ("LD_LIBRARY_PATH=$build/tests/api",
	    defined $asan ? ("LD_PRELOAD=$asan") : ());
}

sub driver {
	my ($which, $scenario, $port) = @_;
	my @command = $which eq 'ours' ? "$build/tests/api/driver" : $theirs;
	unshift @command, 'env', swapped_environment() if $which eq 'swapped';
	my $status = waitpid start("$room/out", 'timeout', 30, @command,
	    $scenario, $port), 0;
	return read_file("$room/out") . "exit status " . ($? >> 8) . "\n";
}

sub received {
	my ($record) = @_;
	my $text = join '', map { "$_\n" }
	    read_file("$record/dialogue") =~ /^(C: .*)$/mg;
	for my $file (sort glob "$record/*.message") {
		$text .= "content\n" . read_file($file) =~ s/\r//gr;
	}
	return $text;
}

sub vaguely {
	my ($text) = @_;
	$text =~ s/ size \d+/ size N/g;
	$text =~ s/<\d+ octets>/<N octets>/g;
	$text =~ s/^Date: .*/Date: D/mg;
	$text =~ s/^(Message-I[dD]): <.*@(.*)>$/$1: <M\@$2>/mg;
	return $text;
}

my $played = 0;

# The transcript of one scenario with one library.
sub play {
	my ($which, $row) = @_;
	my (undef, $scenario, $options, %how) = @$row;
	return driver($which, $scenario, free_port()) unless $options;
	my @tls = $how{cert} ? ('--starttls', '--cert',
	    "$room/certs/$how{cert}.pem", '--key',
	    "$room/certs/$how{cert}.key") : ();
	my ($pid, $port, $record) = start_server(++$played, @$options, @tls);
	my $text = driver($which, $scenario, $port);
	kill 'TERM', $pid;
	waitpid $pid, 0;
	$text .= received($record);
	$text .= "violation\n" . read_file("$record/violations")
	    if $which ne 'theirs' && !$how{unknown} && -s "$record/violations";
	return $how{vague} ? vaguely($text) : $text;
}

# Lines that only one of two texts has, as diff shows them.
sub differences {
	my ($one, $other) = @_;
	write_file("$room/one", $one);
	write_file("$room/other", $other);
	my @lines = `diff -U0 '$room/one' '$room/other'`;
	splice @lines, 0, 2;
	return join '', grep { /^[-+]/ } @lines;
}

# The blocks of the file of differences, by the name of the row.
sub known_differences {
	my (%known, $name);
	for (split /^/m, read_file("$source/tests/api/differences")) {
		if (/^== (.*)$/) {
			$name = $1;
			$known{$name} = '';
		} elsif (/^[-+]/) {
			$known{$name} .= $_;
		}
	}
	return \%known;
}

my $number = 0;

sub result {
	my ($ok, $name, $why) = @_;
	$number++;
	print $ok ? '' : 'not ', "ok $number - $name\n";
	return if $ok;
	print "#   $_\n" for split /\n/, $why;
}

sub prepare {
	my $cc = $ENV{CC} || 'cc';
	system("$cc -std=c11 -D_POSIX_C_SOURCE=200809L -o '$theirs'"
	    . join(' ', map { " '$source/tests/api/$_.c'" }
		qw(main driver scenarios))
	    . " -lesmtp >'$room/cc.log' 2>&1") == 0 or return 0;
	(my $makecerts = $server) =~ s/smtpserver$/makecerts/;
	system($makecerts, "$room/certs") == 0 or die "no certificates\n";
	my $folder = "$room/.config/libesmtp";
	umask 077;
	mkdir "$room/.config";
	mkdir $folder;
	write_file("$folder/ca.pem", read_file("$room/certs/ca.pem"));
	$ENV{HOME} = $room;
	delete @ENV{qw(XDG_CONFIG_HOME XDG_CONFIG_DIR SSLKEYLOGFILE)};
	return 1;
}

$| = 1;
if (!prepare()) {
	print "1..0 # SKIP libESMTP and its headers are not here\n";
	exit 0;
}
my $known = known_differences();
for my $row (@rows) {
	my ($name, undef, undef, %how) = @$row;
	my $ours = play('ours', $row);
	my $found = differences(play('theirs', $row), $ours);
	my $expected = delete $known->{$name};
	$expected = '' unless defined $expected;
	result($found eq $expected, $name,
	    "the differences are\n$found"
	    . "and tests/api/differences has\n$expected");
	next unless $how{swapped};
	my $swapped = differences($ours, play('swapped', $row));
	result($swapped eq '', "$name, over our shared object", $swapped);
}
result(!%$known, 'every difference is of a comparison',
    join "\n", sort keys %$known);
print "1..$number\n";
