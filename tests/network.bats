#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The network: servers that are slow, gone, endless or somebody else; several
# servers and addresses; Unix sockets and LMTP; and what is said when nobody
# can know whether the message was taken.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

# timed COMMAND...: runs it, sets ms.
timed() {
	local begin=${EPOCHREALTIME/[.,]/}
	"$@"
	ms=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
}

within() {
	[ "$ms" -ge "$1" ] && [ "$ms" -lt "$2" ] || fail "took $ms ms"
}

# --- X-20: endless and huge replies ----------------------------------------

@test "X-20: a reply of endless lines ends the session with 76" {
	local event
	for event in GREETING EHLO MAIL; do
		serve --without PIPELINING \
			--rule "on $event raw \"250-x\r\n\" repeat 0 \"250-more\r\n\""
		timed deliver
		assert_status 76
		assert_equal "$(wc -l <err)" 1
		within 0 5000
		assert_nothing_taken
	done
}

@test "X-20: a line without an end ends the session with 76" {
	serve --rule 'on EHLO raw "250-" repeat 0 "xxxxxxxxxxxxxxxx"'
	timed deliver
	assert_complaint 76
	within 0 5000
	assert_nothing_sent
}

@test "X-20: short replies without an end that nobody asked for" {
	serve --rule 'on GREETING raw "220 hi\r\n" repeat 0 "250 ok\r\n"'
	timed deliver
	assert_complaint 76
	within 0 5000
	assert_nothing_taken
}

@test "X-20: a greeting of 20,000 lines is too much" {
	serve --rule 'on GREETING repeat 20000 "220-x\r\n" raw "220 go\r\n"'
	deliver
	assert_complaint 76
	assert_nothing_sent
}

# --- X-21: slow servers ----------------------------------------------------

@test "X-21: silence at every step: 75 after timeout-reply" {
	local event
	ACCOUNT=("timeout-reply = '1s'" "timeout-final = '1s'")
	for event in GREETING EHLO MAIL RCPT DATA; do
		serve --without CHUNKING --without PIPELINING \
			--rule "on $event silent then stall"
		timed deliver
		assert_complaint 75 'took too long'
		within 900 3000
		assert_nothing_taken
	done
}

@test "X-21: silence instead of the final reply: 75, in doubt" {
	ACCOUNT=("timeout-reply = '1s'" "timeout-final = '1s'")
	serve --rule 'on EOD silent then stall'
	timed deliver
	assert_complaint 75 'may have been accepted'
	within 900 3000
}

@test "X-21: octets that trickle do not lengthen the wait" {
	ACCOUNT=("timeout-reply = '1s'")
	serve --rule 'on GREETING reply 220 a very long greeting then split 1 200'
	timed deliver
	assert_complaint 75 'took too long'
	within 900 3000
}

@test "X-21: lines that trickle end with timeout-total" {
	ACCOUNT=("timeout-total = '1s'")
	serve --rule 'on GREETING raw "220-a\r\n" then flush then delay 0.4 then raw "220-b\r\n" then flush then delay 0.4 then raw "220-b\r\n" then flush then delay 0.4 then raw "220 c\r\n"'
	timed deliver
	assert_complaint 75
	within 900 3000
	assert_nothing_sent
}

@test "X-21: a server that stops reading in the middle of the content" {
	ACCOUNT=("timeout-reply = '1s'")
	serve --rcvbuf 4096 --rule 'on CONTENT at 1000 stall'
	{ a_message; head -c 20000000 /dev/zero | tr '\0' x | fold -w 70; } |
		timed posthaste -t
	assert_complaint 75
	within 900 8000
}

@test "X-21: TLS that never finishes: 75" {
	ACCOUNT=("timeout-reply = '1s'")
	serve_starttls --rule 'on HANDSHAKE stall'
	timed deliver
	assert_complaint 75 'too long'
	within 900 3000
	serve_implicit --rule 'on HANDSHAKE stall'
	timed deliver
	assert_complaint 75 'in time'
	within 900 3000
}

@test "timeout-connect: a black hole costs no more, 75" {
	ACCOUNT=("timeout-connect = '1s'")
	serve --black-hole
	timed deliver
	assert_complaint 75 'cannot connect'
	within 900 3000
}

# --- X-24: the connection ends ---------------------------------------------

@test "X-24: the server closes at each step before the content: 75" {
	local event
	for event in GREETING EHLO MAIL RCPT DATA; do
		serve --without CHUNKING --without PIPELINING \
			--rule "on $event silent then drop"
		deliver
		assert_complaint 75
		refute_contains "$errors" 'may have been accepted'
		assert_nothing_taken
	done
}

@test "X-24: a reset at each step before the content: 75" {
	local event
	for event in EHLO MAIL RCPT DATA; do
		serve --without CHUNKING --without PIPELINING \
			--rule "on $event silent then rst"
		deliver
		assert_complaint 75
		refute_contains "$errors" 'may have been accepted'
		assert_nothing_taken
	done
}

@test "X-24: the server closes within the content: 75, no doubt" {
	local n
	for n in 1 1000 100000; do
		serve --without CHUNKING --rcvbuf 4096 \
			--rule "on CONTENT at $n rst"
		{ a_message; head -c 5000000 /dev/zero | tr '\0' x |
			fold -w 70; } | posthaste -t
		assert_complaint 75
		refute_contains "$errors" 'may have been accepted'
		assert_nothing_taken
	done
}

@test "X-24: the server closes behind all of the content: in doubt" {
	local without action
	for without in X CHUNKING; do
		for action in drop rst close; do
			serve --without "$without" \
				--rule "on EOD silent then $action"
			deliver
			assert_complaint 75 'may have been accepted'
			stop_server
		done
	done
}

@test "X-24: in doubt is never tried at another server" {
	local first
	start_server --rule 'on EOD silent then drop'
	first=$PORT
	start_server
	write_clear_account "server = { 'localhost:$first', 'localhost:$PORT' }"
	deliver
	assert_complaint 75 'may have been accepted'
	stop_server
	assert_equal "$(dialogue)" ''
}

@test "X-24: with all-or-none the content waits, and is not in doubt early" {
	ACCOUNT=("partial = 'all-or-none'")
	serve --rule 'on RCPT 2 silent then drop'
	deliver a@example.com b@example.com
	assert_status 75
	refute_contains "$errors" 'may have been accepted'
	assert_nothing_taken
}

@test "X-24: half of a final reply is none" {
	serve --rule 'on EOD reply 250 ok then close-after 3'
	deliver
	assert_complaint 75 'may have been accepted'
}

# --- X-25 ------------------------------------------------------------------

@test "X-25: an HTTP server: 76, nothing is sent to it" {
	serve --rule 'on GREETING raw "HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"'
	deliver
	assert_complaint 76 'does not speak SMTP'
	stop_server
	assert_equal "$(commands)" ''
}

@test "X-25: SSH, POP3, IMAP and noise: 76" {
	local banner
	for banner in 'SSH-2.0-OpenSSH_9.2' '+OK POP3 ready' \
		'* OK IMAP4rev1' '\x16\x03\x01\x02\x00'; do
		serve --rule "on GREETING raw \"$banner\r\n\""
		deliver
		assert_complaint 76
		stop_server
		refute_contains "$(commands)" MAIL
	done
}

# --- several servers -------------------------------------------------------

# two RULE: the first server does this, the second one is well.
two() {
	start_server --rule "$1"
	FIRST=$RECORD
	set -- "localhost:$PORT"
	start_server
	write_clear_account "server = { '$1', 'localhost:$PORT' }"
}

@test "the first server is taken when it can be had" {
	two 'on QUIT default'
	deliver
	assert_status 0
	stop_server
	assert_equal "$(dialogue)" ''
	[ -s "$FIRST/1.message" ]
}

@test "nobody listens at the first server: the second one gets it" {
	start_server
	write_clear_account \
		"server = { 'localhost:$(free_port)', 'localhost:$PORT' }"
	deliver
	assert_delivered
}

@test "421, 451, 521 and silence as greeting: the second server gets it" {
	local rule
	for rule in 'reply 421 busy' 'reply 451 busy' 'reply 521 no mail here' \
		'silent then drop' 'raw "HTTP/1.1 400\r\n"'; do
		two "on GREETING $rule"
		deliver
		assert_delivered
	done
}

@test "EHLO refused: the second server gets it" {
	two 'on EHLO reply 550 not you'
	deliver
	assert_delivered
}

@test "STARTTLS missing at the first server: the second one gets it" {
	start_server
	set -- "localhost:$PORT"
	start_starttls_server
	write_account "tls = 'starttls'" \
		"server = { '$1', 'localhost:$PORT' }"
	deliver
	assert_delivered
}

@test "a refusal of the message is final: no second server is asked" {
	local rule
	for rule in 'on MAIL reply 550 no' 'on RCPT reply 550 no' \
		'on EOD reply 554 no'; do
		two "$rule"
		deliver
		[ "$status" -ne 0 ]
		stop_server
		assert_equal "$(dialogue)" ''
	done
}

@test "all servers are gone: 75, in one line" {
	PORT=$(free_port)
	write_clear_account "server = { 'localhost:$PORT', '127.0.0.1:$PORT' }"
	deliver
	assert_complaint 75 'cannot connect' "$PORT"
}

# --- names and addresses ---------------------------------------------------

@test "an IPv4 and an IPv6 literal" {
	serve
	write_clear_account "server = '127.0.0.1:$PORT'"
	deliver
	assert_delivered
	start_server --bind ::1
	write_clear_account "server = '[::1]:$PORT'"
	deliver
	assert_delivered
}

@test "ip 4 and 6 choose among the addresses of a name" {
	start_server --bind ::1
	write_clear_account "server = '[::1]:$PORT'" "ip = '4'"
	deliver
	[ "$status" -eq 75 ] || [ "$status" -eq 68 ]
	assert_equal "$(wc -l <err)" 1
	write_clear_account "server = '[::1]:$PORT'" "ip = '6'"
	deliver
	assert_delivered
}

@test "source-address" {
	serve
	write_clear_account "source-address = '127.0.0.2'"
	sed -i '/domain = /d' "$CONFIG"
	deliver
	assert_delivered
}

@test "a name that cannot be: 68, with the name" {
	PORT=25
	write_clear_account "server = 'no-such-host.invalid:25'" \
		"timeout-connect = '5s'"
	deliver
	# Without a network the resolver cannot know.
	[ "$status" -eq 68 ] || [ "$status" -eq 75 ]
	assert_contains "$errors" no-such-host.invalid
	assert_equal "$(wc -l <err)" 1
}

@test "a port out of range, or no number: 78" {
	local server
	for server in localhost:0 localhost:65536 localhost:abc 'local host' \
		'[::1' 'unix:relative'; do
		PORT=25
		write_clear_account "server = '$server'"
		deliver
		assert_complaint 78 server
	done
}

# with_hosts LINE...: runs the program where /etc/hosts has these lines.
with_hosts() {
	unshare -rm true 2>/dev/null || skip 'no namespaces here'
	printf '%s\n' "$@" >hosts
	a_message >message
	cat >in_room <<-'END'
		mount --bind hosts /etc/hosts || exit 99
		exec "$@"
	END
	bounded unshare -rm sh in_room "$POSTHASTE" -C "$CONFIG" -t <message
	[ "$status" -ne 99 ] || skip 'no mounts here'
}

@test "every address of a name is tried: the first refuses, the second is well" {
	start_server --bind 127.0.0.3
	write_clear_account "server = 'two.example:$PORT'"
	with_hosts '127.0.0.2 two.example' '127.0.0.3 two.example'
	assert_delivered
}

@test "every address of a name is tried: the first one says 421" {
	start_server --bind 127.0.0.2 --bind 127.0.0.3 \
		--rule 'conn 1 on GREETING reply 421 4.3.2 busy then close'
	write_clear_account "server = 'two.example:$PORT'"
	with_hosts '127.0.0.2 two.example' '127.0.0.3 two.example'
	assert_delivered
	assert_equal "$(dialogue | grep -c '^-- connected')" 2
}

@test "a dead IPv6 address does not keep IPv4 waiting" {
	start_server
	write_clear_account "server = 'two.example:$PORT'"
	# The documentation's network leads nowhere.
	timed with_hosts '2001:db8::1 two.example' '127.0.0.1 two.example'
	assert_delivered
	within 0 5000
}

@test "a black hole first: the next address is tried beside it" {
	local hole
	start_server --black-hole --bind 127.0.0.2
	hole=$PORT
	start_server --bind 127.0.0.3 --port "$hole"
	write_clear_account "server = 'two.example:$hole'"
	timed with_hosts '127.0.0.2 two.example' '127.0.0.3 two.example'
	assert_delivered
	within 0 5000
}

@test "X-27: of thousands of addresses sixteen are tried" {
	local lines=() i
	# The resolver sorts by what they share with the source, 127.0.0.1.
	start_server --bind 127.9.9.9
	write_clear_account "server = 'many.example:$PORT'"
	for ((i = 0; i < 3000; i++)); do
		lines+=("127.1.$((i / 250)).$((i % 250 + 1)) many.example")
	done
	timed with_hosts "${lines[@]}" '127.9.9.9 many.example'
	assert_complaint 75 'cannot connect'
	within 0 15000
	assert_nothing_sent
	start_server --bind 127.9.9.9
	write_clear_account "server = 'many.example:$PORT'"
	with_hosts "${lines[@]:0:15}" '127.9.9.9 many.example'
	assert_delivered
}

@test "X-05: without tls-name the configured name is the one that counts" {
	start_implicit_server
	write_account "tls = 'implicit'" "server = 'mail.example:$PORT'"
	with_hosts '127.0.0.1 mail.example'
	assert_status 0
	write_account "tls = 'implicit'" "server = 'MAIL.Example.:$PORT'"
	with_hosts '127.0.0.1 mail.example'
	assert_status 0
	write_account "tls = 'implicit'" "server = 'other.example:$PORT'"
	with_hosts '127.0.0.1 other.example mail.example'
	assert_complaint 76 'not for other.example'
	stop_server
	assert_received 2
	assert_equal "$(envelope 1 server-name)" mail.example
}

# --- Unix sockets and LMTP -------------------------------------------------

@test "a Unix socket, without TLS" {
	start_server --bind "unix:$TMP/socket"
	write_account "server = 'unix:$TMP/socket'"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 tls)" clear
}

@test "a Unix socket that is not there: 75" {
	PORT=1
	write_account "server = 'unix:$TMP/socket'"
	deliver
	assert_complaint 75 "$TMP/socket"
}

@test "on a Unix socket PLAIN needs no TLS" {
	start_server --bind "unix:$TMP/socket" --auth PLAIN
	write_login_account "server = 'unix:$TMP/socket'"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 auth)" 'PLAIN user'
}

@test "LMTP: LHLO, and a reply for each recipient" {
	ACCOUNT=("protocol = 'lmtp'")
	serve --lmtp
	deliver a@example.com b@example.com c@example.com
	assert_delivered
	assert_equal "$(commands | head -n 1)" 'LHLO client.example'
}

@test "LMTP over a Unix socket" {
	start_server --lmtp --bind "unix:$TMP/socket"
	write_account "server = 'unix:$TMP/socket'" "protocol = 'lmtp'"
	deliver
	assert_delivered
}

@test "LMTP: one recipient refused, one put off, one served" {
	local without
	ACCOUNT=("protocol = 'lmtp'")
	for without in X CHUNKING; do
		serve --lmtp --without "$without" \
			--rule 'on RCPT 2 reply 550 5.1.1 unknown' \
			--rule 'on DELIVERY 2 reply 452 4.2.2 full'
		deliver a@example.com b@example.com c@example.com
		assert_status 75
		assert_equal "$(wc -l <err)" 2
		assert_contains "$errors" '<b@example.com> was refused: 550'
		assert_contains "$errors" '<c@example.com> was not accepted'
		assert_contains "$errors" '452 4.2.2 full'
		refute_contains "$errors" a@example.com
	done
}

@test "LMTP: one refused for good behind the content: its status" {
	ACCOUNT=("protocol = 'lmtp'")
	serve --lmtp --rule 'on DELIVERY 2 reply 550 5.2.1 disabled'
	deliver a@example.com b@example.com
	[ "$status" -eq 69 ] || [ "$status" -eq 67 ]
	assert_contains "$errors" '<b@example.com> was refused: 550 5.2.1'
	assert_equal "$(wc -l <err)" 1
}

@test "LMTP: the connection ends after some of the replies" {
	ACCOUNT=("protocol = 'lmtp'")
	serve --lmtp --rule 'on DELIVERY 2 silent then drop'
	deliver a@example.com b@example.com c@example.com
	assert_status 75
	refute_contains "$errors" 'a@example.com'
	assert_contains "$errors" '<b@example.com> may have been accepted'
	assert_contains "$errors" '<c@example.com> may have been accepted'
}

@test "LMTP: a server that refuses LHLO gets no EHLO and no HELO" {
	ACCOUNT=("protocol = 'lmtp'")
	serve
	deliver
	[ "$status" -ne 0 ]
	stop_server
	refute_contains "$(commands)" EHLO
	refute_contains "$(commands)" HELO
}

# --- signals ---------------------------------------------------------------

@test "SIGTERM before the end of input: nothing is sent" {
	local pid
	serve
	mkfifo input
	timeout 20 "$POSTHASTE" -C "$CONFIG" -t <input 2>err 3>&- &
	pid=$!
	exec 7>input
	a_message >&7
	sleep 0.2
	kill -TERM "$pid"
	sleep 0.1
	exec 7>&-
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 75 ] || [ "$status" -eq 143 ] || fail "$status"
	stop_server
	assert_equal "$(commands)" ''
}

@test "SIGTERM while the server is silent: 75, nothing is sent" {
	local pid
	serve --rule 'on EHLO silent then stall'
	a_message >message
	"$POSTHASTE" -C "$CONFIG" -t <message 2>err 3>&- &
	pid=$!
	wait_until grep -qs 'C: EHLO' "$RECORD/dialogue"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	assert_equal "$status" 75
	assert_equal "$(wc -l <err)" 1
	assert_nothing_sent
}

@test "SIGHUP after the end of input changes nothing" {
	local pid
	serve --rule 'on EHLO default then delay 0.3'
	a_message >message
	"$POSTHASTE" -C "$CONFIG" -t <message 2>err 3>&- &
	pid=$!
	wait_until grep -qs 'C: EHLO' "$RECORD/dialogue"
	kill -HUP "$pid"
	wait "$pid"
	stop_server
	assert_received 1
}
