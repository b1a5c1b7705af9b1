#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The configuration file: where it is, which account is chosen and why, where
# each value comes from, and what is said about mistakes.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

# explain ARGUMENT...: the output of --explain.
explain() {
	posthaste "$@" --explain </dev/null
}

# value KEY: what --explain shows for it, with its origin.
value() {
	sed -n "s/^  $1  *= //p" out | sed 's/   *# /  # /'
}

# mistaken TEXT... <configuration: 78, and one line with TEXT.
mistaken() {
	write_config
	explain
	assert_complaint 78 "$@"
}

account_of() {
	sed -n "s/^account '\([^']*\)'.*/\1/p" out
}

# --- where it is -----------------------------------------------------------

@test "without -C the file is in XDG_CONFIG_HOME" {
	serve
	mkdir "$XDG_CONFIG_HOME/posthaste"
	mv "$CONFIG" "$XDG_CONFIG_HOME/posthaste/posthaste.conf"
	a_message | bounded "$POSTHASTE" -t
	assert_delivered
}

@test "-C stands instead of the user's file" {
	mkdir "$XDG_CONFIG_HOME/posthaste"
	echo "account 'mine' { server = 'localhost:1' }" \
		>"$XDG_CONFIG_HOME/posthaste/posthaste.conf"
	serve
	deliver
	assert_delivered
	explain
	assert_equal "$(account_of)" test
}

@test "no file at all: 78, with what to write and where" {
	HOME=$TMP/home XDG_CONFIG_HOME=$TMP/home/.config bounded "$POSTHASTE" \
		--explain </dev/null
	if [ "$status" -ne 0 ]; then
		assert_complaint 78 "account 'NAME'" posthaste.conf
	fi
}

@test "--host and --port need no file" {
	start_server
	a_message | bounded "$POSTHASTE" --host=localhost --port="$PORT" \
		--tls=off --syslog=off --from=sender@example.com -t
	assert_delivered
}

# --- the choice ------------------------------------------------------------

several() {
	write_config <<-'END'
		default-account = 'home'
		account 'work' {
		  server = 'w.example'
		  from = 'me@work.example'
		}
		account 'home' {
		  server = 'h.example'
		  from = 'me@home.example'
		}
		account 'list' {
		  server = 'l.example'
		  senders = { 'me@lists.example', '*@many.example' }
		}
	END
}

@test "-a and --account name the account" {
	several
	explain -a work
	assert_equal "$(account_of)" work
	assert_contains "$output" '-a names it'
	explain --account=list
	assert_equal "$(account_of)" list
}

@test "-a of an account that is not there: 78, with the names" {
	several
	explain -a wrok
	assert_complaint 78 "'wrok'" 'work' 'home' 'list'
}

@test "the sender chooses: exactly, with a detail, by a pattern" {
	local sender
	several
	for sender in me@work.example ME@Work.Example me+x@work.example; do
		explain -f "$sender"
		assert_equal "$(account_of)" work
		assert_contains "$output" 'it serves the sender'
	done
	explain -f anybody@many.example
	assert_equal "$(account_of)" list
	assert_contains "$output" '*@many.example'
}

@test "an exact sender counts before a pattern, whatever the order" {
	write_config <<-'END'
		account 'all' { server = 'a.example' senders = '*@x.example' }
		account 'one' { server = 'b.example' senders = 'me@x.example' }
	END
	explain -f me@x.example
	assert_equal "$(account_of)" one
	explain -f you@x.example
	assert_equal "$(account_of)" all
}

@test "else the default-account, else the only one" {
	several
	explain
	assert_equal "$(account_of)" home
	assert_contains "$output" default-account
	explain -f stranger@other.example
	assert_equal "$(account_of)" home
	echo "account 'only' { server = 'a.example' }" | write_config
	explain
	assert_equal "$(account_of)" only
	assert_contains "$output" 'only one'
}

@test "several accounts and no rule: 78, with the names and -a" {
	printf '%s\n' "account 'a' { server = 'a.example' }" \
		"account 'b' { server = 'b.example' }" |
		mistaken -a "a, b"
}

@test "a default-account that is not there: 78, with the line" {
	printf '%s\n' "default-account = 'x'" \
		"account 'a' { server = 'a.example' }" |
		mistaken "$CONFIG:1" default-account "'x'"
}

@test "the sender decides about the account of a message too" {
	start_server
	write_config <<-END
		account 'bad' { server = 'localhost:1' from = 'a@bad.example' }
		account 'good' {
		  server = 'localhost:$PORT'
		  from = 'a@good.example'
		  tls = 'off'
		  log = 'off'
		}
	END
	deliver -t -f a@good.example
	assert_delivered
}

# --- values ----------------------------------------------------------------

@test "the smallest file that works means TLS, verified, on 465 and 587" {
	write_config <<-'END'
		account 'work' {
		  server        = 'smtp.example.com'
		  user          = 'me@example.com'
		  password-from = 'command:pass show mail/work'
		}
	END
	explain
	assert_status 0
	assert_contains "$(value tls-verify)" "'full'"
	assert_contains "$(value tls-min)" "'1.2'"
	assert_contains "$(value tls-ca-file)" "'system'"
	assert_contains "$(value auth)" "'auto'"
	assert_contains "$(value from)" "'me@example.com'"
	assert_contains "$output" 'smtp.example.com:465, implicit TLS'
	assert_contains "$output" 'smtp.example.com:587, STARTTLS, required'
	[ "$(grep -n :465 out | cut -d: -f1)" -lt \
		"$(grep -n ':587, ' out | cut -d: -f1)" ]
}

@test "--explain gives the file and line of each value, or default" {
	write_config <<-'END'
		defaults {
		  domain = 'from.defaults'
		}
		account 'a' {
		  server = 'a.example'
		  timeout-reply = '90'
		}
	END
	explain --set latency=minimal
	assert_contains "$(value domain)" "'from.defaults'  # $CONFIG:2"
	assert_contains "$(value server)" "'a.example'  # $CONFIG:5"
	assert_contains "$(value timeout-reply)" "$CONFIG:6"
	assert_contains "$(value latency)" "'minimal'  # --set"
	assert_contains "$(value partial)" "'deliver'  # default"
}

@test "defaults, inherit, and the account itself: the nearest counts" {
	write_config <<-'END'
		account 'child' {
		  inherit = 'parent'
		  domain = 'child.example'
		}
		account 'parent' {
		  server = 'p.example'
		  domain = 'parent.example'
		  full-name = 'Parent'
		}
		defaults {
		  domain = 'defaults.example'
		  full-name = 'Defaults'
		  latency = 'minimal'
		}
	END
	explain -a child
	assert_contains "$(value domain)" child.example
	assert_contains "$(value full-name)" Parent
	assert_contains "$(value latency)" "minimal'  # $CONFIG:13"
	assert_contains "$(value server)" "p.example'  # $CONFIG:6"
}

@test "inherit from a grandparent; from nobody; in a circle" {
	write_config <<-'END'
		account 'a' { inherit = 'b' }
		account 'b' { inherit = 'c' }
		account 'c' { server = 'c.example' }
	END
	explain -a a
	assert_contains "$(value server)" c.example
	echo "account 'a' { inherit = 'nobody' }" | mistaken "$CONFIG:1" nobody
	printf '%s\n' "account 'a' { inherit = 'b' server = 'x' }" \
		"account 'b' { inherit = 'a' }" | write_config
	explain -a a
	assert_status 78
	assert_contains "$errors" 'inherits from itself'
}

@test "a list with and without braces, over several lines" {
	write_config <<-'END'
		account 'a' {
		  server = { 'a.example:1',
		    'b.example:2' }
		  auth = 'plain'
		}
	END
	explain
	assert_contains "$(value server)" "{'a.example:1', 'b.example:2'}"
	assert_contains "$(value auth)" "'PLAIN'"
}

@test "durations and sizes with their units" {
	local pair
	for pair in 90=90s 5m=5m 300=5m 2h=2h 1d=1d; do
		echo "account 'a' { server = 'x' timeout-final = '${pair%=*}' }" |
			write_config
		explain
		assert_contains "$(value timeout-final)" "'${pair#*=}'"
	done
	for pair in 10=10 2k=2048 3M=3145728 1G=1073741824; do
		echo "account 'a' { server = 'x' size-limit = '${pair%=*}' }" |
			write_config
		explain
		assert_contains "$(value size-limit)" "'${pair#*=}'"
	done
}

@test "x- keys are ignored wherever they stand" {
	serve
	sed -i "2a x-note = 'anything'" "$CONFIG"
	echo "x-top = { 'a', 'b' }" >>"$CONFIG"
	deliver
	assert_delivered
}

@test "include: a file, a pattern, and relative to the including file" {
	mkdir conf.d
	echo "account 'one' { server = '1.example' }" >conf.d/1.conf
	echo "account 'two' { server = '2.example' }" >conf.d/2.conf
	echo "include 'conf.d/*.conf'" | write_config
	explain -a one
	assert_contains "$(value server)" "$TMP/conf.d/1.conf:1"
	explain -a two
	assert_status 0
}

@test "include: of itself, of a missing file, of an unsafe one: 78" {
	echo "include '$CONFIG'" | mistaken 'includes itself'
	echo "include 'missing.conf'" | mistaken missing.conf
	echo "account 'a' { server = 'x' password = 'secret' }" >part.conf
	chmod 644 part.conf
	echo "include 'part.conf'" | mistaken part.conf chmod
	refute_contains "$errors" "'secret'"
}

# --- --set -----------------------------------------------------------------

@test "--set changes a value for this call" {
	serve
	deliver --set domain=other.example -t
	assert_delivered
	assert_equal "$(commands | head -n 1)" 'EHLO other.example'
}

@test "--set of a list adds, of nothing empties it" {
	several
	explain --set server=a.example --set server=b.example -a work
	assert_contains "$(value server)" "{'a.example', 'b.example'}"
}

@test "--set of a secret: 78, and not repeated" {
	local what
	several
	for what in password=S3cr3t-77 password-from=text:S3cr3t-77; do
		explain --set "$what" -a work
		assert_complaint 78 password
		refute_contains "$errors" S3cr3t
	done
}

@test "--set of an unknown key, of a wrong value, without =" {
	several
	explain --set latancy=minimal -a work
	assert_complaint 78 latancy "latency"
	explain --set latency=quick -a work
	assert_complaint 78 latency quick 'safe or minimal'
	explain --set latency -a work
	assert_complaint 64 KEY=VALUE
}

# --- mistakes --------------------------------------------------------------

@test "an unknown key: file, line, the key, and the nearest that exists" {
	printf '%s\n' "account 'a' {" "  sevrer = 'x'" '}' |
		write_config
	explain
	assert_status 78
	assert_contains "$errors" "$CONFIG:2"
	assert_contains "$errors" "'sevrer'"
	assert_contains "$errors" "'server'"
}

@test "names that other programs use lead to ours" {
	local pair
	for pair in host=server passwordeval=password-from \
		tls_trust_file=tls-ca-file username=user maildomain=qualify-domain; do
		printf '%s\n' "account 'a' {" "  server = 'x'" \
			"  ${pair%=*} = 'x'" '}' | mistaken "'${pair#*=}'" meant
	done
}

@test "all mistakes are told at once, each with its line" {
	write_config <<-'END'
		account 'a' {
		  server = 'a.example:99999'
		  latency = 'quick'
		  nonsense = 'x'
		  timeout-reply = 'soon'
		}
	END
	explain
	assert_status 78
	assert_contains "$errors" "$CONFIG:2"
	assert_contains "$errors" "$CONFIG:3"
	assert_contains "$errors" "$CONFIG:4"
	assert_contains "$errors" "$CONFIG:5"
}

@test "a wrong value: file, line, key, and what would be right" {
	local line
	while IFS='|' read -r line right; do
		printf '%s\n' "account 'a' {" "  server = 'x'" "  $line" '}' |
			mistaken "$CONFIG:3" "${line%% *}" "$right"
	done <<-'END'
		latency = 'quick'|safe or minimal
		tls = 'ssl'|starttls
		tls-verify = 'no'|pin-only
		tls-min = '1.1'|1.2
		protocol = 'uucp'|lmtp
		ip = '5'|6
		auth-clear = 'yes'|on or off
		partial = 'some'|all-or-none
		timeout-reply = '5 minutes'|number
		timeout-reply = '0'|1s
		size-limit = '1T'|k, M or G
		max-recipients = '-1'|number
		source-address = 'localhost'|address
		tls-ca-file = 'ca.pem'|/
		tls-pin = 'abc'|SHA-256
		from = 'a b@x'|address
		add-header = 'no colon'|Name
		dsn-notify = 'always'|never
		password-from = 'vault:x'|command:
		auth = 'NTLM'|PLAIN
		sender-policy = 'deny'|refuse
		log = 'file'|syslog
	END
}

@test "keys that do not go together: 78" {
	local line
	while read -r line; do
		printf '%s\n' "account 'a' {" "  server = 'x'" "  $line" '}' |
			mistaken "${line%% *}"
	done <<-'END'
		tls-verify = 'pin-only'
		tls-key-file = '/key.pem'
		auth = { 'auto', 'PLAIN' }
		dsn-notify = { 'never', 'failure' }
	END
}

@test "an account without a server: 78" {
	echo "account 'a' { from = 'a@example.com' }" | mistaken server
}

@test "values without quotes that need them, and a missing =" {
	printf '%s\n' "account 'a' {" '  server = mail.example.com x' '}' |
		mistaken "$CONFIG:2" quotes
	printf '%s\n' "account 'a' {" "  server 'x'" '}' |
		mistaken "$CONFIG:2"
}

@test "keys in the wrong place: 78" {
	printf '%s\n' "server = 'x'" | mistaken "$CONFIG:1" server account
	printf '%s\n' "account 'a' {" "  default-account = 'a'" \
		"  server = 'x'" '}' | mistaken "$CONFIG:2" default-account
}

@test "an unknown section, a section in a section, an account without name" {
	printf '%s\n' 'profile {' '}' | mistaken "$CONFIG:1" profile account
	printf '%s\n' "account 'a' {" "  server = 'x'" '  defaults {' '  }' '}' |
		write_config
	explain
	assert_status 78
	assert_contains "$errors" "$CONFIG:3"
	printf '%s\n' 'account {' "  server = 'x'" '}' | write_config
	explain
	assert_status 78
	assert_contains "$errors" "NAME"
}

@test "an error in another account matters too" {
	printf '%s\n' "account 'a' { server = 'x' }" \
		"account 'b' { server = 'x' latency = 'quick' }" | write_config
	explain -a a
	assert_complaint 78 "$CONFIG:2"
}

# --- the log ---------------------------------------------------------------

# with_log COMMAND...: runs it where /dev/log is a socket of ours, whose lines
# go to the file "log".
with_log() {
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	command -v perl >/dev/null || skip 'needs perl'
	perl -MSocket -e '
		socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die;
		bind($s, pack_sockaddr_un("syslog.socket")) or die $!;
		open(my $out, ">>", "log"); $out->autoflush(1);
		open(my $up, ">", "listening"); close $up;
		while (defined recv($s, my $line, 65536, 0)) {
			print $out "$line\n" }' 3>&- &
	HELPER_PIDS+=("$!")
	wait_until test -e listening
	cat >in_room <<-'END'
		mkdir olddev
		mount --rbind /dev olddev && mount -t tmpfs none /dev || exit 99
		for node in null zero urandom random; do
			: >/dev/$node
			mount --bind olddev/$node /dev/$node
		done
		ln -s "$PWD/syslog.socket" /dev/log
		ln -s /proc/self/fd /dev/fd
		exec "$@"
	END
	bounded unshare -rm sh in_room "$@"
	[ "$status" -ne 99 ] || skip 'no mounts here'
}

@test "one line a message in the system's log, with everything in it" {
	ACCOUNT=("log = 'syslog'")
	serve --rule 'on EOD reply 250 2.0.0 ok queued as ABC123'
	a_message >message
	with_log "$POSTHASTE" -C "$CONFIG" -L tag -t <message
	assert_status 0
	wait_until test -s log
	assert_equal "$(wc -l <log)" 1
	local word
	for word in 'tag[' account=test server=localhost tls=none auth=none \
		from=sender@example.com to=rcpt@example.com recipients=1 \
		delivered=1 size= queue-id=ABC123 ms= status=0 message-id=; do
		assert_contains "$(cat log)" "$word"
	done
}

@test "options without effect stand in the log, as debugging text" {
	ACCOUNT=("log = 'syslog'")
	serve
	a_message >message
	with_log "$POSTHASTE" -C "$CONFIG" -X "$TMP/x" -t <message
	assert_status 0
	assert_silent
	has_two() { [ "$(wc -l <log)" -eq 2 ]; }
	wait_until has_two
	# mail.debug: facility 2, severity 7
	assert_contains "$(head -n 1 log)" '<23>' \
		'note="option -X has no effect here"'
}

@test "X-04: each line in the log warns of tls-verify off" {
	local CERT=selfsigned
	ACCOUNT=("log = 'syslog'" "tls-verify = 'off'")
	serve_implicit
	a_message >message
	with_log "$POSTHASTE" -C "$CONFIG" -t <message
	assert_status 0
	assert_silent
	wait_until test -s log
	assert_contains "$(cat log)" \
		'verified=no' 'warning="tls-verify is off: whoever answers'
}

@test "X-23: neither addresses nor replies forge a line of the log" {
	ACCOUNT=("log = 'syslog'")
	serve --rule 'on RCPT raw "550-5.1.1 x\r\n550 5.1.1 \nOct 1 host sshd: forged \e[2J status=0\r\n"'
	a_message >message
	with_log "$POSTHASTE" -C "$CONFIG" -t '"x status=0 y"@example.com' \
		<message
	[ "$status" -ne 0 ]
	wait_until test -s log
	assert_equal "$(wc -l <log)" 1
	[ -z "$(tr -d ' -~\n' <log)" ]
	assert_equal "$(tr -d '"' <log | grep -c '^<[0-9]*>')" 1
}

@test "log off writes nothing; a missing log is no failure" {
	serve
	a_message >message
	with_log "$POSTHASTE" -C "$CONFIG" -t <message
	assert_status 0
	[ ! -s log ]
	write_clear_account "log = 'syslog'"
	deliver
	assert_status 0
	assert_silent
}
