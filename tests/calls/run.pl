# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs each row of tests/calls/table.txt: a command line, its input, and what
# must come of it. The servers are started once and serve all rows. How to read
# and extend the table stands in its first lines. With an argument, only rows
# whose title holds it are run.
use strict;
use warnings;
use File::Temp;
use POSIX ();
use Time::HiRes qw(sleep time);

my $top = $ENV{TOP_SRCDIR} // '.';
my $program = $ENV{POSTHASTE} or die "POSTHASTE names the program\n";
my $server = $ENV{SMTPSERVER} or die "SMTPSERVER names the test server\n";
my $only = shift // '';
my $dir = File::Temp->newdir('calls-XXXXXX', TMPDIR => 1);
my (%value, %record, %seen, @children);

# What is done when it ends, however that is.
END {
	local $?;
	if (@children) {
		kill TERM => @children;
		waitpid $_, 0 for @children;
	}
}
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or return '';
	local $/;
	return <$in> // '';
}

sub spew {
	my ($path, $text) = @_;
	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $text;
	close $out or die "$path: $!\n";
	return;
}

# --- the table -------------------------------------------------------------

my %escapes = (n => "\n", r => "\r", t => "\t", 0 => "\0", e => "\e");

sub unescape {
	my ($text) = @_;
	$text =~ s/\\(?:x([0-9a-fA-F]{2})|\*(\d+)\{(.*?)\}|(.))/
	    defined $1 ? chr hex $1 : defined $2 ? $3 x $2
	    : $escapes{$4} \/\/ $4/gsex;
	return $text;
}

# Words as in a shell: '...' is literal; in "..." and outside of quotes there
# are escapes, and $NAME is a value of the runner's.
sub words {
	my ($text) = @_;
	my @words;
	while ($text =~ /\G\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)/gcs) {
		my ($word, $raw) = ('', $1);
		while ($raw =~ /\G(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^"'\\]|\\.)+))/gcs) {
			my ($quoted, $literal, $bare) = ($1, $2, $3);
			if (defined $literal) {
				$word .= $literal;
				next;
			}
			my $part = unescape($quoted // $bare);
			$part =~ s/\$([A-Z]+)/$value{$1} \/\/ "\$$1"/ge;
			$word .= $part;
		}
		push @words, $word;
	}
	die "cannot read the words: $text\n" if $text =~ /\G\s*\S/;
	return @words;
}

sub read_table {
	my ($path) = @_;
	my (@rows, %input, $section, $name);
	open my $in, '<:raw', $path or die "$path: $!\n";
	while (my $line = <$in>) {
		chomp $line;
		if (defined $name && $line =~ /^\t(.*)/) {
			$input{$name} .= unescape($1) . "\n";
		} elsif ($line =~ /^input (\S+)$/) {
			$input{$name = $1} = '';
		} elsif ($line =~ /^== (.*)/) {
			($section, $name) = ($1, undef);
		} elsif ($line =~ /^\s+(\S.*)/) {
			die "$path:$.: a row has to begin at the left\n" unless @rows;
			$rows[-1]{text} .= " $1";
		} elsif ($line =~ /^[^#\s]/) {
			$name = undef;
			push @rows, { line => $., section => $section, text => $line };
		}
	}
	for my $row (@rows) {
		@$row{qw(title call in status wants)} =
		    split /(?:^|\s+)\|(?:\s+|$)/, $row->{text}, 5;
		die "$path:$row->{line}: five columns are wanted\n"
		    unless defined $row->{wants};
		$row->{title} = "$row->{section}: $row->{title}";
	}
	return (\@rows, \%input);
}

# --- servers ---------------------------------------------------------------

sub start {
	my ($name, @options) = @_;
	my $port = "$dir/$name.port";
	$record{$name} = "$dir/$name";
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		exec $server, '--port-file', $port, '--record', $record{$name},
		    '--lifetime', 1800, @options or POSIX::_exit(127);
	}
	push @children, $pid;
	for (1 .. 500) {
		last if -s $port;
		sleep 0.02;
	}
	chomp(my $number = slurp($port));
	die "the test server did not start\n" unless $number;
	$value{ uc $name } = $number;
	return;
}

sub start_servers {
	my ($makecerts) = $server =~ s{[^/]*$}{makecerts}r;
	system($makecerts, "$dir/certs") == 0 or die "makecerts failed\n";
	my @tls = ('--cert', "$dir/certs/server.pem", '--key', "$dir/certs/server.key");
	my @rules = map { ('--rule', $_) } (
		'on RCPT like "unknown" reply 550 5.1.1 no such user',
		'on RCPT like "gone" reply 550 gone',
		'on RCPT like "policy" reply 550 5.7.1 not for you',
		'on RCPT like "later" reply 451 4.2.0 come later',
		'on RCPT 100+ reply 452 4.5.3 too many recipients',
		'on MAIL like "badsender" reply 553 5.7.1 not your address',
		'on MAIL like "slowsender" reply 451 4.3.0 come later',
	);
	start('main', @rules);
	start('old', map { ('--without', $_) }
	    qw(8BITMIME CHUNKING DSN SMTPUTF8 ENHANCEDSTATUSCODES));
	start('tls', '--starttls', '--require-auth', @tls);
	start('busy', '--rule', 'on GREETING reply 421 4.3.2 busy then close');
	start('lmtp', '--lmtp');
	chomp($value{DOWN} = `$server --lifetime 0`);
	return;
}

# --- one row ---------------------------------------------------------------

sub message_at {
	my ($path) = @_;
	my %m = (content => slurp("$path.message"), rcpts => []);
	for (split /\n/, slurp("$path.envelope")) {
		my ($key, $text) = /^([\w-]+): ?(.*)/ or next;
		push @{ $m{all}{$key} }, $text;
	}
	$m{mail} = $m{all}{mail}[-1] // '';
	$m{taken} = grep { /^2/ } @{ $m{all}{reply} // [] };
	my @replies = @{ $m{all}{'rcpt-reply'} // [] };
	my @rcpts = @{ $m{all}{rcpt} // [] };
	for my $i (0 .. $#rcpts) {
		push @{ $m{rcpts} }, $rcpts[$i] if ($replies[$i] // '') =~ /^2/;
	}
	return \%m;
}

# Messages that servers have taken since the last call.
sub new_messages {
	my @new;
	for my $name (sort keys %record) {
		while (-e "$record{$name}/" . (($seen{$name} // 0) + 1) . '.envelope') {
			$seen{$name}++;
			my $m = message_at("$record{$name}/$seen{$name}");
			push @new, $m if $m->{taken};
		}
	}
	return @new;
}

# In the child: environment and descriptors as the row has them, then exec.
sub become {
	my ($row, @command) = @_;
	my %closed;
	open STDIN, '<', "$dir/in" or POSIX::_exit(126);
	# The parent asks this descriptor how far it was read.
	open STDIN, '<&', $row->{stdin} or POSIX::_exit(126);
	open STDOUT, '>', "$dir/out" or POSIX::_exit(126);
	open STDERR, '>', "$dir/err" or POSIX::_exit(126);
	while (@command && $command[0] =~ /^(?:!(\*|\w+)|(\w+)=(.*)|(<&-|>&-|2>&-|\@home))$/s) {
		shift @command;
		if (defined $4) {
			$closed{$4} = 1;
		} elsif (!defined $1) {
			$ENV{$2} = $3;
		} elsif ($1 eq '*') {
			%ENV = ();
		} else {
			delete $ENV{$1};
		}
	}
	my $name = $command[0];
	my $path = "$dir/bin/$name";
	$path = "$dir/copy/$name" if $closed{'@home'};
	alarm 30;
	POSIX::close(0) if $closed{'<&-'};
	POSIX::close(1) if $closed{'>&-'};
	POSIX::close(2) if $closed{'2>&-'};
	if ($closed{'@home'}) {
		my $script = 'mount --bind "$1" "$2" && p=$3 && shift 3 && exec "$p" "$@"';
		exec '/usr/bin/unshare', '-rm', 'sh', '-c', $script, 'sh',
		    "$dir/home", (getpwuid 0)[7], $path, @command[1 .. $#command]
		    or POSIX::_exit(127);
	}
	exec { $path } @command or POSIX::_exit(127);
}

sub run_row {
	my ($row, $text) = @_;
	unlink "$dir/home/dead.letter";
	spew("$dir/in", $text);
	open my $stdin, '<', "$dir/in" or die "in: $!\n";
	$row->{stdin} = $stdin;
	my @command = words($row->{call});
	my $pid = fork // die "fork: $!\n";
	become($row, @command) if $pid == 0;
	waitpid $pid, 0;
	my $status = $?;
	my %got = (
		status => $status & 127 ? 128 + ($status & 127) : $status >> 8,
		out => slurp("$dir/out"),
		err => slurp("$dir/err"),
		read => sysseek($stdin, 0, 1) + 0,
		input => $text,
		messages => [new_messages()],
	);
	return \%got;
}

# --- judging ---------------------------------------------------------------

sub address {
	my ($command) = @_;
	return $command =~ /<(.*?)>(?: |$)/ ? $1 : $command;
}

sub header {
	my ($m) = @_;
	my ($header) = $m->{content} =~ /\A(.*?)(?:\r\n\r\n|\z)/s;
	$header =~ s/\r\n(?=[ \t])//g;
	return split /\r\n/, $header;
}

sub fields {
	my ($m, $name) = @_;
	return map { /^\Q$name\E[ \t]*:[ \t]*(.*)/is ? $1 : () } header($m);
}

sub body {
	my ($m) = @_;
	my ($body) = $m->{content} =~ /\r\n\r\n(.*)\z/s;
	return ($body // '') =~ s/\r\n/\n/gr;
}

sub show {
	my ($text) = @_;
	$text =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
	return length $text > 300 ? substr($text, 0, 300) . '...' : $text;
}

sub same {
	my ($what, $got, $wanted) = @_;
	return $got eq $wanted ? ()
	    : "$what is '" . show($got) . "', not '" . show($wanted) . "'";
}

sub holds {
	my ($what, $got, $wanted) = @_;
	return index($got, $wanted) >= 0 ? ()
	    : "$what is '" . show($got) . "' without '" . show($wanted) . "'";
}

my %judge = (
	'from' => sub { same('the sender', address($_[0]{mail}), $_[2] eq '<>' ? '' : $_[2]) },
	'to' => sub {
		same('the recipients',
		    join(',', sort map { address($_) } @{ $_[0]{rcpts} }),
		    join(',', sort split /,/, $_[2]));
	},
	'mail' => sub { holds('MAIL', $_[0]{mail}, $_[2]) },
	'mail!' => sub { holds('MAIL', $_[0]{mail}, $_[2]) ? () : "MAIL has $_[2]" },
	'rcpt' => sub { holds('RCPT', "@{ $_[0]{rcpts} }", $_[2]) },
	'rcpt!' => sub { holds('RCPT', "@{ $_[0]{rcpts} }", $_[2]) ? () : "RCPT has $_[2]" },
	'body' => sub { same('the body', body($_[0]), unescape($_[2])) },
	'whole' => sub { same('the content', $_[0]{content}, unescape($_[2])) },
	'exact' => sub { same('the content', $_[0]{content}, $_[1]{input} =~ s/\r?\n/\r\n/gr) },
	'has' => sub { fields($_[0], $_[2]) ? () : "no field $_[2]" },
	'no' => sub { fields($_[0], $_[2]) ? "a field $_[2]" : () },
	'holds' => sub { holds('the content', $_[0]{content}, $_[2]) },
	'lacks' => sub { index($_[0]{content}, $_[2]) < 0 ? () : "the content has $_[2]" },
	'count' => sub { same('the count', scalar @{ $_[1]{messages} }, $_[2]) },
	'out' => sub { holds('stdout', $_[1]{out}, $_[2]) },
	'out!' => sub { holds('stdout', $_[1]{out}, $_[2]) ? () : "stdout has $_[2]" },
	'err' => sub { holds('stderr', $_[1]{err}, $_[2]) },
	'err!' => sub { holds('stderr', $_[1]{err}, $_[2]) ? () : "stderr has $_[2]" },
	'kept' => sub {
		holds('dead.letter', slurp("$dir/home/dead.letter"), $_[2] // 'From ');
	},
	'unkept' => sub { -e "$dir/home/dead.letter" ? 'a dead.letter' : () },
	'unread' => sub { $_[1]{read} == 0 ? () : 'stdin was read' },
	'drained' => sub {
		$_[1]{read} == length $_[1]{input} ? () : 'stdin was left unread';
	},
	'silent' => sub { same('the output', "$_[1]{out}$_[1]{err}", '') },
);
my %of_message = map { $_ => 1 }
    qw(from to mail mail! rcpt rcpt! body whole exact has no holds lacks);

# A header field is "Name:text"; the rest are words of the table above.
sub judge_want {
	my ($want, $got) = @_;
	my $m = $got->{messages}[0];
	if ($want =~ /^([A-Z][\w-]*):(.*)/s) {
		return 'nothing arrived' unless $m;
		return same("field $1", join("\n", fields($m, $1)), $2);
	}
	my ($key, $text) = $want =~ /^([a-z]+!?)(?:=(.*))?$/s
	    or return "cannot understand '$want'";
	my $judge = $judge{$key} or return "cannot understand '$want'";
	return 'nothing arrived' if $of_message{$key} && !$m;
	return $judge->($m, $got, $text);
}

# What holds for every row: silence on success, one kind of line on failure,
# nothing on the wire that cannot be there, and no message that is not named.
sub judge_always {
	my ($row, $got, %wanted) = @_;
	my @wrong;
	my @statuses = split m{/}, $row->{status};
	push @wrong, "status $got->{status}, not $row->{status}; " . show($got->{err})
	    unless grep { $_ == $got->{status} } @statuses;
	my $arrives = grep { $of_message{$_} || $_ eq 'count' || /^[A-Z]/ } keys %wanted;
	push @wrong, 'something arrived' if @{ $got->{messages} } && !$arrives;
	push @wrong, 'stdout: ' . show($got->{out})
	    if $got->{out} ne '' && !$wanted{out};
	push @wrong, 'stderr: ' . show($got->{err})
	    if $got->{status} == 0 && $got->{err} ne '' && !$wanted{err};
	push @wrong, 'no word on stderr'
	    if $got->{status} != 0 && $got->{err} eq '' && !$wanted{silent};
	push @wrong, 'stderr: ' . show($got->{err})
	    if $got->{status} != 0 && grep { !/^posthaste: / } split /\n/, $got->{err};
	for my $m (@{ $got->{messages} }) {
		push @wrong, 'a bare CR or LF on the wire'
		    if $m->{content} =~ /\r(?!\n)|(?<!\r)\n/;
	}
	return @wrong;
}

sub judge_row {
	my ($row, $got) = @_;
	my @wants = words($row->{wants});
	my %wanted = map { (/^([A-Za-z][\w-]*)/ ? $1 : $_) => 1 } @wants;
	return (judge_always($row, $got, %wanted),
	    map { judge_want($_, $got) } @wants);
}

# --- the run ---------------------------------------------------------------

sub prepare {
	mkdir "$dir/$_" for qw(bin copy home home/.config home/.config/posthaste);
	symlink $program, "$dir/bin/$_" or die "symlink: $!\n"
	    for qw(posthaste sendmail send-mail mailq newaliases runq rmail
	    hoststat purgestat msmtp smtpd);
	# A link may lead into the home directory that another one hides.
	system('cp', $program, "$dir/copy/sendmail") == 0 or die "cp failed\n";
	link "$dir/copy/sendmail", "$dir/copy/rmail" or die "link: $!\n";
	start_servers();
	$value{DIR} = "$dir";
	$value{CONFIG} = "$dir/home/.config/posthaste/posthaste.conf";
	for my $name (qw(posthaste.conf aliases broken included)) {
		my $text = slurp("$top/tests/calls/$name");
		$text =~ s/\$([A-Z]+)\b/$value{$1} \/\/ "\$$1"/ge;
		my $path = $name eq 'posthaste.conf' ? $value{CONFIG} : "$dir/$name";
		spew($path, $text);
		chmod 0600, $path;
	}
	delete @ENV{qw(NAME EMAIL SENDMAIL_RESTRICTED MAKEFLAGS)};
	$ENV{HOME} = "$dir/home";
	$ENV{XDG_CONFIG_HOME} = "$dir/home/.config";
	$ENV{TZ} = 'UTC';
	chdir $dir or die "chdir: $!\n";
	return;
}

$| = 1;
my ($rows, $inputs) = read_table("$top/tests/calls/table.txt");
prepare();
my $namespaces = system('unshare -rm true 2>/dev/null') == 0;
my @chosen = grep { index($_->{title}, $only) >= 0 } @$rows;
my ($n, $failed) = (0, 0);
print '1..', @chosen + 1, "\n";

sub report {
	my ($title, @wrong) = @_;
	$n++;
	$failed++ if @wrong;
	print @wrong ? 'not ok' : 'ok', " $n - $title\n";
	print "# $_\n" for map { split /\n/ } @wrong;
	return;
}

for my $row (@chosen) {
	if ($row->{call} =~ /^\@home/ && !$namespaces) {
		$n++;
		print "ok $n - $row->{title} # SKIP no user namespaces here\n";
		next;
	}
	my ($in) = $row->{in} =~ /^"/ ? words($row->{in}) : $inputs->{ $row->{in} };
	my @wrong = defined $in ? judge_row($row, run_row($row, $in))
	    : "there is no input $row->{in}";
	report("$row->{title} (line $row->{line})", @wrong);
}
report('no server saw what a correct client never does',
    map { slurp("$record{$_}/violations") || () } sort keys %record);
chdir '/';
exit($failed ? 1 : 0);
