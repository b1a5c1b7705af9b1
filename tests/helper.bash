# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What every Bats file shares: the test server, its certificates, a
# configuration, and what the server received. In a Bats file:
#
#	load helper
#	setup() { helper_setup; }
#	teardown() { helper_teardown; }
#
# POSTHASTE and SMTPSERVER name the programs; flightmeter and makecerts stand
# beside SMTPSERVER. Everything is bounded in time and lives in the test's own
# directory. Call the start_ functions directly, never by "run" or in $(...):
# what they start ends with the process that started it.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

# "a_message | posthaste -t" has to set status in this shell.
shopt -s lastpipe

: "${POSTHASTE:?names the program under test}"
: "${SMTPSERVER:?names the test server}"

helper_setup() {
	# Bats traces every command of every function with a function of its own,
	# which takes a quarter of the time. The failing line is known all the same.
	set +T
	TMP=$BATS_TEST_TMPDIR
	CERTS=$BATS_RUN_TMPDIR/certs
	CONFIG=$TMP/posthaste.conf
	HOME=$TMP/home
	XDG_CONFIG_HOME=$HOME/.config
	export HOME XDG_CONFIG_HOME
	unset SSLKEYLOGFILE GNUTLS_SYSTEM_PRIORITY_FILE EMAIL
	umask 077
	mkdir -p "$XDG_CONFIG_HOME"
	cd "$TMP" || return 1
	HELPER_PIDS=()
	SERVERS=0
	ACCOUNT=()
	LOGIN=()
	# Nothing is ever to be read here: pause waits without a process.
	[ -p "$BATS_RUN_TMPDIR/pause" ] || mkfifo "$BATS_RUN_TMPDIR/pause"
	exec {PAUSE}<>"$BATS_RUN_TMPDIR/pause"
	if [ ! -d "$CERTS" ]; then
		"${SMTPSERVER%/*}/makecerts" "$CERTS.$$"
		# Another test may have been faster.
		mv -T "$CERTS.$$" "$CERTS" 2>/dev/null ||
			rm -rf "$CERTS.$$"
	fi
}

helper_teardown() {
	local file
	stop_server
	for file in "$TMP"/server-*.err; do
		[ -s "$file" ] || continue
		if grep -qE 'Sanitizer|runtime error' "$file"; then
			cat "$file"
			return 1
		fi
	done
	if [ -z "${BATS_TEST_COMPLETED-}" ]; then
		for file in "$TMP"/server-*/dialogue "$TMP"/server-*/violations \
			"$TMP"/err; do
			[ -s "$file" ] || continue
			echo "--- ${file#"$TMP"/}"
			tail -n 60 "$file"
		done
	fi
	return 0
}

# --- waiting ---------------------------------------------------------------

# wait_until COMMAND...: until it succeeds, ten seconds at most.
wait_until() {
	local i
	for ((i = 0; i < 1000; i++)); do
		"$@" && return 0
		pause 0.01
	done
	echo "waited in vain for: $*" >&2
	return 1
}

pause() {
	read -rt "$1" -u "$PAUSE" || return 0
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# end_process PID: SIGTERM, and SIGKILL after five seconds.
end_process() {
	local i
	kill -TERM "$1" 2>/dev/null
	for ((i = 0; i < 500; i++)); do
		is_gone "$1" && break
		pause 0.01
	done
	is_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# --- the server ------------------------------------------------------------

# tls_with NAME: sets TLS to the options for one of the certificates.
tls_with() {
	TLS=(--cert "$CERTS/$1.pem" --key "$CERTS/$1.key")
}

# start_server OPTION...: sets PORT, RECORD (its directory) and SERVER_PID.
# Several may run; the last one is the one that the accessors look at.
start_server() {
	SERVERS=$((SERVERS + 1))
	RECORD=$TMP/server-$SERVERS
	# In $(...) the number is counted in vain, and the file is there already.
	: >"$RECORD.port"
	# The search for leaks at its end would take longer than the server.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 \
		"$SMTPSERVER" --port-file "$RECORD.port" --record "$RECORD" \
		--lifetime 60 "$@" 2>"$RECORD.err" 3>&- &
	SERVER_PID=$!
	HELPER_PIDS+=("$SERVER_PID")
	wait_until server_answers || return 1
	read -r PORT <"$RECORD.port"
}

server_answers() {
	[ -s "$RECORD.port" ] && return 0
	if is_gone "$SERVER_PID"; then
		cat "$RECORD.err" >&2
		echo "the test server did not start" >&2
		exit 1
	fi
	return 1
}

start_starttls_server() {
	tls_with "${CERT:-server}"
	start_server --starttls "${TLS[@]}" "$@"
}

start_implicit_server() {
	tls_with "${CERT:-server}"
	start_server --implicit-tls "${TLS[@]}" "$@"
}

# Stops everything that was started; the records are complete afterwards.
stop_server() {
	local pid
	for pid in "${HELPER_PIDS[@]}"; do
		end_process "$pid"
	done
	HELPER_PIDS=()
}

# start_meter OPTION...: a flight meter before the server; PORT becomes the
# meter's. Without options it counts into METER_COUNT, one line a connection.
start_meter() {
	local file=$TMP/meter-port
	METER_COUNT=$TMP/meter-count
	rm -f "$file"
	[ $# -gt 0 ] || set -- --count-file "$METER_COUNT" --quiet-ms 20
	"${SMTPSERVER%/*}/flightmeter" --listen-port-file "$file" --to "$PORT" \
		--lifetime 60 "$@" 3>&- &
	HELPER_PIDS+=("$!")
	wait_until test -s "$file" || return 1
	read -r PORT <"$file"
}

# free_port: a port on which nobody listens.
free_port() {
	"$SMTPSERVER" --lifetime 0
}

# --- what the server received ----------------------------------------------

# received N: the content of message N, octet by octet.
received() {
	cat "$RECORD/$1.message"
}

# envelope N [KEY]: the envelope, or the values of one key; "-" is none.
envelope() {
	if [ $# -eq 1 ]; then
		cat "$RECORD/$1.envelope"
	else
		sed -n "/^$2: -\$/d; s/^$2: //p" "$RECORD/$1.envelope"
	fi
}

# How many messages came, complete.
received_count() {
	local n=0
	while [ -e "$RECORD/$((n + 1)).envelope" ]; do
		n=$((n + 1))
	done
	echo "$n"
}

# body N: message N behind its header, without CR.
body() {
	received "$1" | tr -d '\r' | sed '1,/^$/d'
}

# field N NAME: the first such field of message N, unfolded.
field() {
	received "$1" | tr -d '\r' | sed '/^$/q' |
		awk -v name="$2" '
			/^[ \t]/ { if (on) { sub(/^[ \t]+/, " "); v = v $0 }; next }
			on { exit }
			{ i = index($0, ":")
			  if (tolower(substr($0, 1, i - 1)) == tolower(name)) {
				on = 1; v = substr($0, i + 1); sub(/^ /, "", v) } }
			END { if (on) print v; else exit 1 }'
}

dialogue() {
	cat "$RECORD/dialogue"
}

# The commands as they came, one a line, without the content.
commands() {
	sed -n '/^C: <[0-9]* octets>$/d; s/^C: //p' "$RECORD/dialogue"
}

violations() {
	cat "$RECORD/violations"
}

# round_trips N: until the final reply to message N, connecting included.
round_trips() {
	sed -n "s/^message $1 .* round-trips //p" "$RECORD/flights"
}

# --- the program -----------------------------------------------------------

# write_config: stdin becomes the configuration.
write_config() {
	cat >"$CONFIG"
	chmod 600 "$CONFIG"
}

# write_account LINE...: one account for the server at PORT. Of lines with the
# same key the last one stands. Names this file's defaults: the certificates'
# host name, no line in the system's log.
write_account() {
	local line key lines=("server = 'localhost:$PORT'"
		"tls-ca-file = '$CERTS/ca.pem'" "domain = 'client.example'"
		"from = 'sender@example.com'" "log = 'off'" "aliases = 'off'"
		"$@")
	local -A last
	local chosen=()
	for line in "${lines[@]}"; do
		last[${line%%[ =]*}]=$line
	done
	for line in "${lines[@]}"; do
		key=${line%%[ =]*}
		[ "${last[$key]}" = "$line" ] || continue
		chosen+=("  $line")
		last[$key]=
	done
	# setup has set the umask.
	printf '%s\n' "aliases = 'off'" "account 'test' {" "${chosen[@]}" '}' \
		>"$CONFIG"
}

# Neither TLS nor login.
write_clear_account() {
	write_account "tls = 'off'" "auth = 'off'" "$@"
}

# Login as the user whom the server knows.
write_login_account() {
	write_account "user = 'user'" "password = 'secret'" "$@"
}

# serve OPTION...: a server without TLS, and an account for it; ACCOUNT holds
# further lines of the account. The other two: with TLS, the account with the
# login of LOGIN if that holds lines.
serve() {
	start_server "$@" && write_clear_account "${ACCOUNT[@]}"
}

serve_starttls() {
	start_starttls_server "$@" &&
		write_account "tls = 'starttls'" "${LOGIN[@]}" "${ACCOUNT[@]}"
}

serve_implicit() {
	start_implicit_server "$@" &&
		write_account "tls = 'implicit'" "${LOGIN[@]}" "${ACCOUNT[@]}"
}

# posthaste ARGUMENT...: runs the program for thirty seconds at most with
# CONFIG; sets status, output and errors. stdin is the message.
posthaste() {
	bounded "$POSTHASTE" -C "$CONFIG" "$@"
}

# slurp NAME FILE: the variable gets the file, without NULs and final line ends.
slurp() {
	local part all=
	while IFS= read -r -d '' part; do
		all+=$part
	done <"$2"
	all+=$part
	while [[ $all == *$'\n' ]]; do
		all=${all%$'\n'}
	done
	printf -v "$1" %s "$all"
}

# bounded COMMAND...: as posthaste, for any command.
bounded() {
	status=0
	timeout -k 5 30 "$@" >"$TMP/out" 2>"$TMP/err" 3>&- || status=$?
	slurp output "$TMP/out"
	slurp errors "$TMP/err"
}

# deliver ARGUMENT...: runs the program with a small message; -t if there are
# no arguments.
deliver() {
	[ $# -gt 0 ] || set -- -t
	a_message | posthaste "$@"
}

# a_message [LINE...]: a small message with these body lines.
a_message() {
	printf '%s\n' 'From: sender@example.com' 'To: rcpt@example.com' \
		'Subject: test' '' "${@:-hello}"
}

# --- judging ---------------------------------------------------------------

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

assert_status() {
	[ "$status" -eq "$1" ] ||
		fail "exit status $status, not $1; said: $output $errors"
}

assert_equal() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'"
}

assert_contains() {
	case $1 in
	*"$2"*) ;;
	*) fail "'$2' is not in: $1" ;;
	esac
}

refute_contains() {
	case $1 in
	*"$2"*) fail "'$2' is in: $1" ;;
	esac
}

assert_silent() {
	[ -z "$output$errors" ] || fail "it said: $output $errors"
}

# assert_complaint STATUS TEXT...: it failed with this status, and said so in
# one line on stderr that holds each TEXT.
assert_complaint() {
	local text
	assert_status "$1"
	shift
	assert_equal "$output" ''
	[[ -n $errors && $errors != *$'\n'* ]] || fail "not one line: $errors"
	[[ $errors == 'posthaste: '* ]] || fail "not our line: $errors"
	for text; do
		assert_contains "$errors" "$text"
	done
}

# assert_delivered [N]: N messages (1) went, silently and by the rules.
assert_delivered() {
	assert_status 0
	assert_silent
	stop_server
	assert_received "${1:-1}"
}

# assert_nothing_sent: the server saw no mail, and no rule was broken.
assert_nothing_sent() {
	stop_server
	refute_contains "$(dialogue)" 'C: MAIL'
	assert_received 0
}

# assert_received N: so many messages, and no rule was broken.
assert_received() {
	assert_equal "$(received_count)" "$1" && assert_no_violations
}

assert_no_violations() {
	[ ! -s "$RECORD/violations" ] || fail "violations: $(violations)"
}

# assert_violation TEXT: the server saw this one.
assert_violation() {
	assert_contains "$(violations)" "$1"
}

# assert_nothing_taken: MAIL may have been said, and content sent, but no server
# said yes to any.
assert_nothing_taken() {
	stop_server
	! grep -qs '^reply: 2' "$RECORD"/*.envelope || fail "$(envelope 1)"
	assert_no_violations
}

# --- scripted servers ------------------------------------------------------

# takes RULE...: a server that does this gets the message all the same.
takes() {
	local rule rules=()
	for rule; do
		rules+=(--rule "$rule")
	done
	serve "${rules[@]}"
	deliver
	assert_delivered
}

# fails STATUS RULE TEXT...: the run ends so, in one line with TEXT.
fails() {
	local status_wanted=$1 rule=$2
	shift 2
	serve --rule "$rule"
	deliver
	assert_complaint "$status_wanted" "$@"
	assert_nothing_taken
}
