#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files and secrets: who may own and read them, what stands in them, what is
# done with a command that prints a password, and where a password ends up.

load helper

setup() {
	helper_setup
	LOGIN=("user = 'user'" "password = 'secret'")
}
teardown() { helper_teardown; }

# refused TEXT...: 78, one line with TEXT, no secret in it, nothing sent.
refused() {
	deliver
	assert_complaint 78 "$@"
	refute_contains "$errors" "'secret'"
	assert_nothing_sent
}

root_only() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can do that'
}

# --- X-50: the configuration -----------------------------------------------

@test "X-50: a configuration with a password that others may read: 78" {
	local mode
	for mode in 644 640 604 660 606 666 620; do
		serve_implicit
		chmod "$mode" "$CONFIG"
		deliver
		assert_complaint 78 "$CONFIG" chmod
		stop_server
		assert_equal "$(commands)" ''
	done
}

@test "X-50: modes 600 and 400 are fine" {
	local mode
	for mode in 600 400 700; do
		serve_implicit
		chmod "$mode" "$CONFIG"
		deliver
		assert_delivered
	done
}

@test "X-50: without a secret others may read it, but not write it" {
	LOGIN=()
	serve_implicit
	chmod 644 "$CONFIG"
	deliver
	assert_delivered
	serve_implicit
	chmod 646 "$CONFIG"
	deliver
	assert_complaint 78 "$CONFIG"
	assert_nothing_sent
}

@test "X-50: with a password command others must not write it" {
	LOGIN=("user = 'user'" "password-from = 'command:echo secret'")
	serve_implicit
	chmod 664 "$CONFIG"
	refused "$CONFIG" chmod
}

@test "X-50: somebody else's configuration: 78" {
	root_only
	serve_implicit
	chown 65534 "$CONFIG"
	refused "$CONFIG" 'another user'
}

@test "X-50: a link to a good file is good, to a bad one is bad" {
	serve_implicit
	mv "$CONFIG" target.conf
	ln -s target.conf "$CONFIG"
	deliver
	assert_delivered
	rm "$CONFIG"
	serve_implicit
	mv "$CONFIG" target.conf
	chmod 644 target.conf
	ln -s target.conf "$CONFIG"
	refused chmod
}

@test "X-50: a FIFO, a device and a socket as configuration: 78, at once" {
	PORT=1
	mkfifo fifo
	CONFIG=$TMP/fifo deliver
	assert_complaint 78 "$TMP/fifo" regular
	CONFIG=/dev/null deliver
	assert_complaint 78 /dev/null regular
}

@test "X-50: a directory in which everyone may replace the file: 78" {
	mkdir open
	serve_implicit
	mv "$CONFIG" open/posthaste.conf
	CONFIG=$TMP/open/posthaste.conf
	chmod 777 open
	deliver
	assert_complaint 78 open
	chmod 1777 open
	deliver
	assert_delivered
}

@test "X-51: a directory as configuration: 78, in our words" {
	CONFIG=$TMP deliver
	assert_complaint 78 "$TMP" directory
}

@test "X-50: a configuration that may not be read: 78" {
	root_only
	mkdir closed
	echo "account 'x' { server = 'localhost:1' }" >closed/posthaste.conf
	a_message >message
	chmod 755 "$TMP"
	chmod 600 closed/posthaste.conf
	chmod 755 closed
	# Where nobody may come, it could not be run.
	COPY=$(mktemp -d /tmp/posthaste-copy.XXXXXX)
	cp "$POSTHASTE" "${POSTHASTE%/*}/secure.so" "$COPY"
	cp closed/posthaste.conf "$COPY"
	chmod 755 "$COPY" "$COPY/posthaste"
	chmod 600 "$COPY/posthaste.conf"
	bounded setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$COPY/posthaste" -C "$COPY/posthaste.conf" -t <message
	rm -rf "$COPY"
	assert_complaint 78 posthaste.conf denied
}

@test "X-50: a configuration of more than 1 MiB: 78" {
	serve_implicit
	head -c 1100000 /dev/zero | tr '\0' '\n' >>"$CONFIG"
	refused '1 MiB'
}

# --- X-50: the file of the password ----------------------------------------

# from_file: an account whose password is in the file "password".
from_file() {
	LOGIN=("user = 'user'" "password-from = 'file:$TMP/password'")
	echo secret >password
	serve_implicit
}

@test "X-50: password-from file: with the right mode" {
	from_file
	deliver
	assert_delivered
}

@test "X-50: a file with a password that others may read: 78, with chmod" {
	local mode
	for mode in 644 640 660 604; do
		from_file
		chmod "$mode" password
		refused "$TMP/password" chmod
	done
}

@test "X-50: a password's file that is somebody else's, a FIFO, a directory" {
	from_file
	rm password
	mkfifo password
	refused "$TMP/password"
	rm password
	from_file
	rm password
	mkdir password
	refused "$TMP/password"
	rmdir password
	if [ "$(id -u)" -eq 0 ]; then
		from_file
		chown 65534 password
		refused "$TMP/password"
	fi
}

@test "X-50: a password's file that is not there: 77, with its name" {
	from_file
	rm password
	deliver
	assert_complaint 77 "$TMP/password"
	assert_nothing_sent
}

@test "X-50: a link to a password that others may read: 78" {
	from_file
	mv password real
	chmod 644 real
	ln -s real password
	refused chmod
}

# --- X-57: what stands in the file -----------------------------------------

# with_password TEXT: the account's line is "password = TEXT"; the server's
# password is PASSWORD.
with_password() {
	LOGIN=("user = 'user'" "password = $1")
	serve_implicit --password "${PASSWORD-secret}"
}

@test "X-57: # in a quoted password does not cut it" {
	PASSWORD='pa#ss//w/*o*/rd' with_password "'pa#ss//w/*o*/rd'"
	deliver
	assert_delivered
}

@test "X-57: \${HOME} in single quotes is four letters and their braces" {
	# shellcheck disable=SC2016
	PASSWORD='${HOME}$x' with_password "'\${HOME}\$x'"
	deliver
	assert_delivered
}

@test "X-57: \${HOME} in double quotes is refused, or not expanded" {
	# shellcheck disable=SC2016
	PASSWORD='${HOME}' with_password '"${HOME}"'
	deliver
	[ "$status" -eq 0 ] || assert_complaint 78 "$CONFIG:"
	refute_contains "$errors" "$HOME"
}

@test "X-57: a password without quotes that has a #: 78, not a shorter one" {
	with_password 'sec#ret'
	deliver
	assert_complaint 78 "$CONFIG:" quotes
	refute_contains "$errors" sec#
	refute_contains "$errors" ret
	assert_nothing_sent
}

@test "X-57: a missing brace at the end: 78, with the line" {
	serve_implicit
	sed -i '$d' "$CONFIG"
	refused "$CONFIG:2" closed
}

@test "X-57: a brace too many: 78, with the line" {
	serve_implicit
	echo '}' >>"$CONFIG"
	refused "$CONFIG:$(wc -l <"$CONFIG")" closes
}

@test "X-57: a quote that is not closed: 78" {
	with_password "'secret"
	deliver
	assert_status 78
	assert_contains "$errors" "$CONFIG:"
	refute_contains "$errors" secret
}

@test "X-57: NUL, other controls and bad UTF-8: 78" {
	local bad
	for bad in '\0' '\001' '\377'; do
		serve_implicit
		printf "x-a = 'b%bc'\n" "$bad" >>"$CONFIG"
		deliver
		assert_status 78
		assert_contains "$errors" "$CONFIG"
		[ -z "$(tr -d ' -~\n' <err)" ]
	done
}

@test "X-57: a key twice: 78, with both lines" {
	with_password "'secret'"
	sed -i "/user = /a user = 'other'" "$CONFIG"
	refused "$CONFIG:" twice
}

@test "X-57: a section twice: 78, with both lines" {
	serve_implicit
	printf "account 'test' {\n}\n" >>"$CONFIG"
	refused "$CONFIG:" twice
}

@test "X-57: a byte order mark and CRLF are no mistakes" {
	serve_implicit
	{ printf '\xef\xbb\xbf'; sed 's/$/\r/' "$CONFIG"; } >with
	cat with >"$CONFIG"
	deliver
	assert_delivered
}

@test "X-56, X-57: a mistake on the password's line does not repeat it" {
	local line
	for line in "password 'S3cr3t-77'" "password = S3cr3t-77 S3cr3t-78" \
		"pasword = 'S3cr3t-77'" "password = { 'S3cr3t-77', 'S3cr3t-78' }" \
		"password-from = 'S3cr3t-77'" "password = 'S3cr3t-77' x"; do
		PORT=1
		write_account "$line"
		deliver
		assert_status 78
		assert_contains "$errors" "$CONFIG:"
		refute_contains "$errors" S3cr3t
	done
}

# --- X-58: commands that print a password ----------------------------------

# from_command COMMAND
from_command() {
	LOGIN=("user = 'user'" "password-from = 'command:$1'")
	serve_implicit
}

@test "a command's first line is the password" {
	from_command 'echo secret; echo login: user; echo url: x'
	deliver
	assert_delivered
}

@test "a command's password without a line end, and with CRLF" {
	from_command 'printf secret'
	deliver
	assert_delivered
	from_command 'printf "secret\\r\\n"'
	deliver
	assert_delivered
}

@test "X-58: a command that fails: 77, with its status and words" {
	from_command 'echo gpg: no key >&2; exit 3'
	deliver
	assert_complaint 77 'status 3' 'gpg: no key'
	assert_nothing_sent
}

@test "X-58: a command that says nothing, or an empty line: 77" {
	from_command true
	deliver
	assert_complaint 77 password-from
	from_command echo
	deliver
	assert_complaint 77 password-from
	assert_nothing_sent
}

@test "X-58: a command that prints without an end is killed: 77" {
	from_command 'yes secret'
	deliver
	assert_complaint 77 'more than a password'
	assert_nothing_sent
}

@test "X-58: NUL, escapes and other controls are no password: 77" {
	from_command 'printf "sec\\0ret\\n"'
	deliver
	assert_complaint 77
	from_command 'printf "sec\\033ret\\n"'
	deliver
	assert_complaint 77
	[ -z "$(tr -d ' -~\n' <err)" ]
	assert_nothing_sent
}

@test "X-58: what a command complains of is cleaned" {
	from_command 'printf "\\033]0;x\\007bad\\n" >&2; exit 1'
	deliver
	assert_complaint 77 bad
	[ -z "$(tr -d ' -~\n' <err)" ]
}

@test "X-58: a command does not get the message as its input" {
	from_command 'cat >input; echo secret'
	deliver
	assert_delivered
	[ ! -s input ]
	assert_equal "$(body 1)" hello
}

@test "X-58: a command that leaves a child behind does not hold us up" {
	local begin=${EPOCHREALTIME/[.,]/}
	from_command 'sleep 20 & echo $! >child; echo secret'
	deliver
	assert_delivered
	kill "$(cat child)" 2>/dev/null || true
	(((${EPOCHREALTIME/[.,]/} - begin) / 1000000 < 10))
}

@test "a command is run once, also when several mechanisms are tried" {
	LOGIN=("user = 'user'"
		"password-from = 'command:echo x >>ran; echo secret'")
	serve_implicit --auth 'SCRAM-SHA-256 PLAIN LOGIN' \
		--rule 'on AUTH 1 reply 534 5.7.9 not this one' \
		--rule 'on AUTH 2 reply 534 5.7.9 not this one'
	deliver
	assert_delivered
	assert_equal "$(wc -l <ran)" 1
}

@test "no command is run when no login is needed" {
	LOGIN=("user = 'user'" "password-from = 'command:echo x >ran; echo secret'"
		"auth = 'off'")
	serve_implicit
	deliver
	deliver -P -t
	posthaste --explain </dev/null
	[ ! -e ran ]
}

# --- the sources -----------------------------------------------------------

@test "the first source that answers is taken" {
	LOGIN=("user = 'user'" "password-from = { 'env:NO_SUCH_VARIABLE',
		'file:$TMP/missing', 'command:false', 'command:echo secret',
		'command:echo x >ran; echo wrong' }")
	serve_implicit
	deliver
	assert_delivered
	[ ! -e ran ]
}

@test "when no source answers, each is named" {
	LOGIN=("user = 'user'" "password-from = { 'env:NO_SUCH_VARIABLE',
		'file:$TMP/missing' }")
	serve_implicit
	deliver
	assert_status 77
	assert_contains "$errors" NO_SUCH_VARIABLE
	assert_contains "$errors" "$TMP/missing"
	assert_nothing_sent
}

@test "a password from the environment, and from systemd's credentials" {
	LOGIN=("user = 'user'" "password-from = 'env:MAIL_PASSWORD'")
	serve_implicit
	MAIL_PASSWORD=secret deliver
	assert_delivered
	mkdir credentials
	echo secret >credentials/mail
	LOGIN=("user = 'user'" "password-from = 'credential:mail'")
	serve_implicit
	CREDENTIALS_DIRECTORY=$TMP/credentials deliver
	assert_delivered
}

@test "X-50: an unsafe source is not passed over in silence" {
	echo wrong >unsafe
	chmod 644 unsafe
	LOGIN=("user = 'user'" "password-from = { 'file:$TMP/unsafe',
		'command:echo secret' }")
	serve_implicit
	refused "$TMP/unsafe" chmod
}

# --- X-54 to X-56: where secrets end up ------------------------------------

# at_mail: starts the program in the background and waits until it has logged in
# and said MAIL, whose reply never comes; PROGRAM is its process.
at_mail() {
	a_message >message
	"$POSTHASTE" -C "$CONFIG" -t <message >out 2>err 3>&- &
	PROGRAM=$!
	wait_until grep -qs 'C: MAIL' "$RECORD/dialogue"
}

@test "X-54: no core, even when the caller allows one" {
	serve_implicit --rule 'on MAIL silent then stall'
	ulimit -c unlimited 2>/dev/null || skip 'no cores here'
	at_mail
	if [ -r "/proc/$PROGRAM/limits" ]; then
		assert_equal "$(awk '/Max core file size/ { print $5 }' \
			"/proc/$PROGRAM/limits")" 0
	fi
	kill -ABRT "$PROGRAM"
	wait "$PROGRAM" || true
	[ -z "$(find . -name 'core*')" ]
}

@test "X-56: no secret in the arguments or the environment of the process" {
	LOGIN=("user = 'user'" "password-from = 'file:$TMP/password'")
	echo S3cr3t-77 >password
	serve_implicit --password S3cr3t-77 --rule 'on MAIL silent then stall'
	at_mail
	tr '\0' '\n' <"/proc/$PROGRAM/cmdline" >cmdline
	tr '\0' '\n' <"/proc/$PROGRAM/environ" >environ || true
	kill -KILL "$PROGRAM"
	wait "$PROGRAM" || true
	! grep S3cr3t cmdline environ
}

@test "X-56: a failed login leaves no secret in the outputs" {
	LOGIN=("user = 'user'" "password = 'S3cr3t-77'")
	serve_implicit
	deliver -v -t
	assert_status 77
	! grep -a S3cr3t out err
}

# copies PID SECRET: how often the secret stands in the memory of a process.
copies() {
	perl -e '
		my ($pid, $secret) = @ARGV;
		my $n = 0;
		open(my $maps, "<", "/proc/$pid/maps") or die $!;
		open(my $memory, "<", "/proc/$pid/mem") or die $!;
		while (<$maps>) {
			/^([0-9a-f]+)-([0-9a-f]+) r/ or next;
			my ($from, $length) = (hex $1, hex($2) - hex $1);
			next if $length > 1 << 30 || /\[v/;
			sysseek($memory, $from, 0);
			sysread($memory, my $octets, $length) or next;
			$n++ while $octets =~ /\Q$secret\E/g;
		}
		print "$n\n"' "$1" "$2"
}

@test "X-55: behind the login one copy is left, for another connection" {
	local mechanism line marker=0123456789-marker-of-forty-octets-98765
	root_only
	[ -r /proc/self/mem ] || skip 'no /proc'
	echo "$marker" >password
	for mechanism in PLAIN LOGIN SCRAM-SHA-256; do
		for line in "password = '$marker'" \
			"password-from = 'file:$TMP/password'"; do
			LOGIN=("user = 'user'" "$line" "auth = '$mechanism'")
			serve_implicit --password "$marker" \
				--without PIPELINING \
				--rule 'on MAIL silent then stall'
			at_mail
			assert_equal "$mechanism $(copies "$PROGRAM" "$marker")" \
				"$mechanism 1"
			kill -KILL "$PROGRAM"
			wait "$PROGRAM" || true
			stop_server
		done
	done
}
