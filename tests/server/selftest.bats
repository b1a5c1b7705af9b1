#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The test server, tested with other clients: msmtp, openssl, and bash
# itself. A server that judges must be judged first.

load ../helper

setup() {
	helper_setup
}

teardown() {
	close_client
	helper_teardown
}

# --- a client in bash ------------------------------------------------------

open_client() {
	exec 5<>"/dev/tcp/127.0.0.1/$PORT"
}

close_client() {
	exec 5>&- 5<&-
}

# send TEXT...: printf's escapes; CRLF is not added.
send() {
	# shellcheck disable=SC2059
	printf "$@" >&5
}

# hear: one reply, whole, in heard; its lines are joined by "|".
hear() {
	local line
	heard=
	while IFS= read -r -t 5 -u 5 line; do
		heard+=${heard:+|}${line%$'\r'}
		[[ $line == [0-9][0-9][0-9]-* ]] || return 0
	done
	[ -n "$heard" ]
}

# The rest, until the server closes.
hear_all() {
	timeout 5 cat <&5 | tr -d '\r'
}

# ask CODE TEXT: sends a command and wants a reply that begins with CODE.
ask() {
	send '%s\r\n' "$2"
	hear
	[[ $heard == "$1"* ]] || fail "$2: $heard"
}

# greet: the greeting and EHLO.
greet() {
	open_client
	hear
	ask 250 'EHLO client.example'
}

# envelope_for RCPT...: as far as DATA or BDAT.
envelope_for() {
	local rcpt
	ask 250 'MAIL FROM:<a@example.com>'
	for rcpt; do
		ask 250 "RCPT TO:<$rcpt>"
	done
}

finish() {
	ask 221 QUIT
	close_client
	stop_server
}

# msmtp_to OPTION...: sends stdin to b@ and c@example.com.
msmtp_to() {
	bounded msmtp -C /dev/null --host=localhost --port="$PORT" \
		--from=a@example.com "$@" b@example.com c@example.com
}

msmtp_tls() {
	msmtp_to --tls=on --tls-trust-file="$CERTS/ca.pem" "$@"
}

login() {
	msmtp_tls --tls-starttls=off --auth="$1" --user=user \
		--passwordeval="echo ${2:-secret}"
}

# --- it is a correct server ------------------------------------------------

@test "a plain message arrives octet by octet" {
	start_server
	a_message 'one' '.two' '..three' '.' '' 'end' | msmtp_to --tls=off
	assert_status 0
	stop_server
	assert_received 1
	assert_equal "$(body 1)" $'one\n.two\n..three\n.\n\nend'
	assert_equal "$(envelope 1 tls)" clear
	assert_equal "$(envelope 1 rcpt | wc -l)" 2
	assert_equal "$(envelope 1 mail)" 'MAIL FROM:<a@example.com>'
	assert_equal "$(envelope 1 reply)" '250 2.0.0 ok, message 1'
	assert_contains "$(received 1)" $'\r\n'
}

@test "STARTTLS" {
	start_starttls_server
	a_message | msmtp_tls --tls-starttls=on
	assert_status 0
	stop_server
	assert_received 1
	assert_contains "$(envelope 1 tls)" TLS1.3
	assert_equal "$(envelope 1 server-name)" localhost
	assert_contains "$(dialogue)" 'closed with close_notify'
}

@test "implicit TLS, and TLS 1.2 by priority" {
	start_implicit_server --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	a_message | msmtp_tls --tls-starttls=off
	assert_status 0
	stop_server
	assert_received 1
	assert_contains "$(envelope 1 tls)" TLS1.2
}

@test "every mechanism of msmtp logs in" {
	local mechanism
	start_implicit_server
	for mechanism in plain login cram-md5 scram-sha-1 scram-sha-256; do
		a_message | login "$mechanism"
		assert_status 0
	done
	stop_server
	assert_received 5
	assert_equal "$(envelope 1 auth)" 'PLAIN user'
	assert_equal "$(envelope 2 auth)" 'LOGIN user'
	assert_equal "$(envelope 3 auth)" 'CRAM-MD5 user'
	assert_equal "$(envelope 4 auth)" 'SCRAM-SHA-1 user'
	assert_equal "$(envelope 5 auth)" 'SCRAM-SHA-256 user'
}

@test "a wrong password is refused by every mechanism" {
	local mechanism
	start_implicit_server
	for mechanism in plain login cram-md5 scram-sha-1 scram-sha-256; do
		a_message | login "$mechanism" wrong
		assert_status 77
	done
	stop_server
	assert_received 0
	assert_equal "$(dialogue | grep -c 'S: 535')" 5
}

@test "EXTERNAL takes a certificate of the right issuer only" {
	local who
	start_implicit_server --client-ca "$CERTS/ca.pem"
	for who in client otherclient; do
		a_message | msmtp_tls --tls-starttls=off --auth=external \
			--user=user --tls-cert-file="$CERTS/$who.pem" \
			--tls-key-file="$CERTS/$who.key"
		[ "$who" = client ] && assert_status 0
	done
	assert_status 77
	stop_server
	assert_received 1
	assert_equal "$(envelope 1 auth)" 'EXTERNAL user authzid=user' ||
		assert_equal "$(envelope 1 auth)" 'EXTERNAL user'
	assert_equal "$(envelope 1 client-certificate)" user
}

@test "--require-auth and --require-tls refuse MAIL" {
	start_starttls_server --require-tls
	greet
	ask 530 'MAIL FROM:<a@example.com>'
	finish
	start_server --require-auth
	greet
	ask 530 'MAIL FROM:<a@example.com>'
	ask 235 'AUTH PLAIN AHVzZXIAc2VjcmV0'
	ask 250 'MAIL FROM:<a@example.com>'
	finish
	assert_no_violations
}

@test "BDAT: chunks are joined, boundaries inside CRLF too" {
	start_server
	greet
	envelope_for b@example.com
	send 'BDAT 8\r\nA: b\r\n\r\n'
	hear
	send 'BDAT 3\r\n.x\r'
	hear
	[[ $heard == 250* ]]
	send 'BDAT 4 LAST\r\n\n.\r\n'
	hear
	finish
	assert_equal "$(received 1 | od -An -c | tr -d ' \n')" \
		'A:b\r\n\r\n.x\r\n.\r\n'
	assert_equal "$(envelope 1 'transfer: BDAT, chunks')" 3
	assert_no_violations
}

@test "a pipelined group is answered in one flight" {
	start_server --settle-ms 20
	greet
	send 'MAIL FROM:<a@example.com> SIZE=7\r\nRCPT TO:<b@example.com>\r\n'
	send 'BDAT 7 LAST\r\nA: b\r\n\nQUIT\r\n' # the content: A: b CR LF LF
	hear_all >group
	stop_server
	assert_equal "$(round_trips 1)" 4
	assert_contains "$(cat group)" '221'
	assert_violation 'bare LF in content'
	assert_equal "$(violations | wc -l)" 1
}

@test "LMTP answers each accepted recipient" {
	start_server --lmtp --rule 'on RCPT 2 reply 550 5.1.1 no' \
		--rule 'on DELIVERY 2 reply 452 4.2.2 full'
	open_client
	hear
	ask 500 'EHLO client.example'
	ask 250 'LHLO client.example'
	ask 250 'MAIL FROM:<a@example.com>'
	ask 250 'RCPT TO:<b@example.com>'
	ask 550 'RCPT TO:<c@example.com>'
	ask 250 'RCPT TO:<d@example.com>'
	ask 354 DATA
	send 'A: b\r\n\r\n.\r\n'
	hear
	[[ $heard == '250 2.0.0'* ]]
	hear
	[[ $heard == '452 4.2.2'* ]]
	finish
	assert_equal "$(envelope 1 reply | wc -l)" 2
	assert_violation 'wrong hello'
}

@test "a Unix socket, and ::1" {
	start_server --bind "unix:$TMP/socket"
	# msmtp refuses port 0, and takes the socket.
	a_message | PORT=25 msmtp_to --tls=off --socket="$TMP/socket"
	assert_status 0
	stop_server
	assert_received 1
	[ ! -e "$TMP/socket" ]
	start_server --bind ::1
	exec 5<>"/dev/tcp/::1/$PORT"
	hear
	[[ $heard == 220* ]]
}

@test "several connections at once" {
	start_server
	open_client
	hear
	a_message | msmtp_to --tls=off
	assert_status 0
	ask 250 'EHLO client.example'
	finish
	assert_received 1
}

@test "announce, without, after-auth-announce" {
	start_server --announce 'SIZE 10' --announce XTRA --without CHUNKING \
		--without DSN --after-auth-announce DSN \
		--after-auth-announce 'SIZE 20' --auth 'PLAIN X-OTHER'
	greet
	assert_equal "$heard" "250-mail.example|250-PIPELINING|250-8BITMIME|\
250-ENHANCEDSTATUSCODES|250-SMTPUTF8|250-AUTH PLAIN X-OTHER|250-SIZE 10|\
250 XTRA"
	ask 235 'AUTH PLAIN AHVzZXIAc2VjcmV0'
	ask 250 'EHLO client.example'
	assert_contains "$heard" '250-DSN|250 SIZE 20'
	refute_contains "$heard" 'SIZE 10'
	ask 552 'MAIL FROM:<a@example.com> SIZE=21'
	finish
	assert_no_violations
}

@test "LIMITS are enforced" {
	start_server --announce 'LIMITS RCPTMAX=1 MAILMAX=1'
	greet
	envelope_for b@example.com
	ask 452 'RCPT TO:<c@example.com>'
	ask 354 DATA
	ask 250 $'A: b\r\n\r\n.'
	ask 421 'MAIL FROM:<a@example.com>'
	finish
	assert_violation 'more recipients than RCPTMAX'
	assert_violation 'more messages than MAILMAX'
}

@test "without ENHANCEDSTATUSCODES there are none" {
	start_server --without ENHANCEDSTATUSCODES
	greet
	ask '250 sender ok' 'MAIL FROM:<a@example.com>'
	finish
}

# --- it judges -------------------------------------------------------------

# judge VIOLATION CODE COMMAND: in a fresh session, in clear, after EHLO.
judge() {
	greet
	ask "$2" "$3"
	close_client
	wait_until grep -qF "$1" "$RECORD/violations"
	wait_until grep -q 'end without QUIT' "$RECORD/dialogue"
}

@test "what is wrong with a command is found" {
	start_server --without 8BITMIME
	judge 'no path in angle brackets' 501 'MAIL FROM: <a@example.com>'
	judge 'not one space between parameters' 501 \
		'MAIL FROM:<a@example.com>  SIZE=1'
	judge 'space at the end of a command' 501 'MAIL FROM:<a@example.com> '
	judge 'parameter that was not advertised' 555 \
		'MAIL FROM:<a@example.com> BODY=8BITMIME'
	judge 'unknown parameter' 501 'MAIL FROM:<a@example.com> FOO=1'
	judge 'parameter given twice' 501 \
		'MAIL FROM:<a@example.com> SIZE=1 SIZE=1'
	judge 'bad value of a parameter' 501 'MAIL FROM:<a@example.com> SIZE=x'
	judge 'parameter of another command' 501 \
		'MAIL FROM:<a@example.com> NOTIFY=NEVER'
	judge 'source route' 501 'MAIL FROM:<@x.example:a@example.com>'
	judge 'bad local part' 501 'MAIL FROM:<a..b@example.com>'
	judge 'bad domain' 501 'MAIL FROM:<a@-example.com>'
	judge 'local part over 64 octets' 501 \
		"MAIL FROM:<$(printf '%065d' 0)@example.com>"
	judge '8-bit octets without SMTPUTF8' 501 'MAIL FROM:<ä@example.com>'
	judge 'RCPT without MAIL' 503 'RCPT TO:<b@example.com>'
	judge 'DATA without recipients' 503 DATA
	judge 'BDAT without recipients' 503 'BDAT 0 LAST'
	judge 'STARTTLS was not offered' 503 STARTTLS
	judge 'AUTH mechanism that was not offered' 504 'AUTH GSSAPI'
	judge 'initial response is no base64' 501 'AUTH PLAIN *x*'
	judge 'unknown command' 500 'SEND FROM:<a@example.com>'
	judge 'neither a domain nor an address literal' 501 'EHLO a_b'
	judge 'NOOP line of 513 octets' 250 "NOOP $(printf '%0506d' 0)"
}

@test "good commands are not blamed" {
	local command
	start_server --announce 'DELIVERBY' --announce 'FUTURERELEASE 1 2' \
		--announce MT-PRIORITY --announce REQUIRETLS --announce RRVS
	for command in '<>' '<"a b"@example.com>' '<a@[192.0.2.1]>' \
		'<a@[IPv6:2001:db8::1]>' '<ä@bücher.example> SMTPUTF8' \
		'<a@b.example> SIZE=1 BODY=8BITMIME RET=HDRS ENVID=QQ+20314' \
		'<a@b.example> AUTH=<> BY=-60;NT MT-PRIORITY=-9 REQUIRETLS' \
		'<a@b.example> HOLDFOR=600'; do
		greet
		ask 250 "MAIL FROM:$command"
		ask 250 'RCPT TO:<postmaster>'
		ask 250 'RCPT TO:<b@example.com> NOTIFY=SUCCESS,DELAY'
		ask 250 'RCPT TO:<b@example.com> ORCPT=rfc822;a+2Bb@x.example'
		ask 250 'RCPT TO:<b@example.com> ORCPT=utf-8;j\x{FC}@x.example'
		ask 250 RSET
		ask 221 QUIT
		close_client
	done
	stop_server
	assert_no_violations
}

@test "wrong octets in commands and content are found" {
	start_server
	greet
	send 'NOOP\n'
	hear
	send 'NOOP\rNOOP\r\n'
	hear
	ask 250 'MAIL FROM:<a@example.com> SIZE=5'
	ask 250 'RCPT TO:<b@example.com>'
	ask 354 DATA
	send 'a: \xe4\r\n\r\nb\nc\rd\0\r\n.\n.\r\r\n\r\n.\r\n'
	hear
	ask 221 QUIT
	stop_server
	assert_violation 'bare LF in a command'
	assert_violation 'bare CR in a command'
	assert_violation 'bare LF in content'
	assert_violation 'bare CR in content'
	assert_violation 'NUL in content'
	assert_violation '8-bit content without BODY=8BITMIME'
	assert_violation 'SIZE=5 declared, 23 octets came'
}

@test "a line of 998 octets is fine, of 999 is not" {
	local n
	start_server
	for n in 998 999; do
		greet
		envelope_for b@example.com
		ask 354 DATA
		send 'A: b\r\n\r\n%0*d\r\n.\r\n' "$n" 0
		hear
		ask 221 QUIT
		close_client
	done
	stop_server
	assert_equal "$(violations)" 'connection 2: content line too long'
}

@test "what stands behind a last command is found" {
	start_starttls_server --settle-ms 20
	open_client
	hear
	send 'EHLO client.example\r\nNOOP\r\n'
	hear
	hear
	send 'STARTTLS\r\nEHLO x.example\r\n'
	hear
	close_client
	stop_server
	assert_violation 'octets sent behind EHLO'
	assert_violation 'octets sent behind STARTTLS'
}

@test "pipelining that was not announced is found" {
	start_server --settle-ms 20 --without PIPELINING
	greet
	send 'MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n'
	hear
	hear
	finish
	assert_violation 'octets sent behind MAIL'
}

@test "speaking before the greeting is found" {
	start_server --rule 'on ACCEPT delay 0.3'
	open_client
	send 'EHLO client.example\r\n'
	hear
	hear
	[[ $heard == 250* ]]
	finish
	assert_violation 'spoke before the greeting'
}

@test "an address as server name and ALPN are found" {
	start_implicit_server
	printf 'QUIT\r\n' | timeout 10 openssl s_client -quiet -alpn smtp \
		-servername 127.0.0.1 -connect "127.0.0.1:$PORT" || true
	stop_server
	assert_violation 'an address as server name: 127.0.0.1'
	assert_violation 'ALPN offered'
}

# --- it misbehaves when told -----------------------------------------------

@test "a reply in place of the own one, by ordinal and by text" {
	start_server --rule 'on RCPT 2 reply 550 5.1.1 no such user' \
		--rule 'on RCPT like "late" reply 450 4.2.1 later' \
		--rule 'message 2 on MAIL reply 451 4.3.0 no'
	greet
	envelope_for b@example.com
	ask '550 5.1.1 no such user' 'RCPT TO:<c@example.com>'
	ask '450 4.2.1 later' 'RCPT TO:<late@example.com>'
	ask 354 DATA
	ask 250 $'A: b\r\n\r\n.'
	ask 451 'MAIL FROM:<a@example.com>'
	finish
	assert_received 1
	assert_equal "$(envelope 1 rcpt-reply | sed -n 2p)" \
		'550 5.1.1 no such user'
}

@test "drop: msmtp fails and the record says that nothing was replied" {
	start_server --rule 'on EOD drop'
	a_message | msmtp_to --tls=off
	[ "$status" -ne 0 ]
	stop_server
	assert_received 1
	assert_equal "$(envelope 1 reply)" none
}

@test "reply then drop, and a connection's number" {
	start_server --rule 'conn 1 on GREETING reply 421 4.3.2 later then drop'
	open_client
	assert_equal "$(hear_all)" '421 4.3.2 later'
	close_client
	open_client
	hear
	[[ $heard == 220* ]]
}

@test "close-after cuts a reply" {
	start_server --rule 'on EHLO close-after 9'
	open_client
	hear
	send 'EHLO client.example\r\n'
	assert_equal "$(hear_all)" '250-mail.'
}

@test "rst resets" {
	start_server --rule 'on NOOP rst'
	greet
	send 'NOOP\r\n'
	run -1 cat <&5
	assert_contains "$output" 'reset'
}

@test "split sends octet by octet" {
	local begin=$EPOCHREALTIME
	start_server --rule 'on EHLO split 1 5'
	greet
	assert_contains "$heard" '250-PIPELINING'
	[ $((${EPOCHREALTIME/[.,]/} - ${begin/[.,]/})) -gt 500000 ]
}

@test "delay and stall take their time" {
	local begin
	start_server --rule 'on NOOP 1 delay 0.3' --rule 'on NOOP 2 stall 0.3' \
		--rule 'on NOOP 3 stall'
	greet
	begin=$EPOCHREALTIME
	ask 250 NOOP
	ask 250 NOOP
	[ $((${EPOCHREALTIME/[.,]/} - ${begin/[.,]/})) -gt 600000 ]
	send 'NOOP\r\n'
	run -142 read -r -t 1 -u 5
}

@test "raw octets, repeated lines, garbage" {
	start_server --rule 'on GREETING raw "HTTP/1.1 400 Bad\r\n"' \
		--rule 'on EHLO 1 raw "250-x\r\n" repeat 300 "250-Y\r\n" raw "250 Z\r\n"' \
		--rule 'on NOOP garble' --rule 'on HELP repeat 3 "a\tb" then close'
	open_client
	hear
	assert_equal "$heard" 'HTTP/1.1 400 Bad'
	ask 250-x 'EHLO client.example'
	assert_equal "$(tr '|' '\n' <<<"$heard" | grep -c '^250-Y$')" 300
	send 'NOOP\r\n'
	IFS= read -r -t 5 -u 5 line
	[[ $line != 250* ]]
	send 'HELP\r\n'
	assert_equal "$(hear_all)" $'a\tba\tba\tb'
}

@test "an endless reply ends with its reader" {
	start_server --rule 'on EHLO repeat 0 "250-more\r\n"'
	open_client
	hear
	send 'EHLO client.example\r\n'
	assert_equal "$(timeout 5 head -c 1000000 <&5 | wc -c)" 1000000
	close_client
	wait_until grep -q 'end without QUIT' "$RECORD/dialogue"
}

@test "inject comes behind the reply in the same flight" {
	start_starttls_server \
		--rule 'on STARTTLS inject "250-x\r\n250 AUTH PLAIN\r\n"'
	greet
	send 'STARTTLS\r\n'
	sleep 0.2
	run timeout 5 dd bs=1000 count=1 status=none <&5
	assert_equal "$(tr -d '\r' <<<"$output")" \
		$'220 2.0.0 ready to start TLS\n250-x\n250 AUTH PLAIN'
}

@test "silent, default, as" {
	start_server --rule 'on NOOP 1 silent' --rule 'on NOOP 2 default raw "x\r\n"' \
		--rule 'on MAIL reply 250 2.1.0 ok then as 550'
	greet
	send 'NOOP\r\n'
	ask 250 NOOP
	hear
	assert_equal "$heard" x
	ask 250 'MAIL FROM:<a@example.com>'
	ask 503 'RCPT TO:<b@example.com>'
	finish
	assert_no_violations
}

@test "354 where it should not be, 250 where 354 should be" {
	start_server --rule 'on RCPT reply 550 5.1.1 no' \
		--rule 'on DATA 1 reply 354 go on' --rule 'on DATA 2 reply 250 ok'
	greet
	ask 250 'MAIL FROM:<a@example.com>'
	ask 550 'RCPT TO:<b@example.com>'
	ask 354 DATA
	ask 554 .
	ask 250 'MAIL FROM:<a@example.com>'
	ask 550 'RCPT TO:<b@example.com>'
	ask 250 DATA
	finish
	assert_no_violations
}

@test "CONTENT at N breaks off in the middle" {
	start_server --rule 'message 2 on CONTENT at 1000 drop'
	greet
	envelope_for b@example.com
	send 'BDAT 2000 LAST\r\n%02000d' 0
	hear
	[[ $heard == 250* ]]
	envelope_for b@example.com
	send 'BDAT 2000 LAST\r\n%0999d' 0
	run -142 read -r -t 0.5 -u 5
	send 'x%01000d' 0
	assert_equal "$(hear_all)" ''
	stop_server
	assert_equal "$(received_count)" 1
}

@test "a chunk that fails fails the message" {
	start_server --rule 'on BDAT 1 reply 451 4.3.0 no'
	greet
	envelope_for b@example.com
	send 'BDAT 1\r\naBDAT 1\r\nbBDAT 2 LAST\r\n\r\n'
	hear
	[[ $heard == 451* ]]
	hear
	[[ $heard == 503* ]]
	hear
	[[ $heard == 503* ]]
	finish
	assert_received 0
}

@test "AUTH: scripted challenges" {
	start_server --rule 'on AUTH 1 raw "334 not-base64\r\n"' \
		--rule 'on AUTH 2 raw "334 \r\n"' \
		--rule 'on RESPONSE 1-5 like "x" reply "334 "'
	greet
	ask '334 not-base64' 'AUTH PLAIN'
	ask 501 '*'
	ask 334 'AUTH PLAIN'
	ask 334 x
	ask 334 x
	ask 535 y
	finish
}

@test "AUTH: a SCRAM message with other numbers" {
	local first text
	start_server --rule 'on CHALLENGE 1 like "SHA-256" '\
'challenge "r=%r,s=%s,i=4294967295"' --scram-iterations 5000
	greet
	first=$(printf 'n,,n=user,r=abcdefgh' | base64)
	ask 334 "AUTH SCRAM-SHA-256 $first"
	text=$(base64 -d <<<"${heard#334 }")
	[[ $text =~ ^r=abcdefgh[^,]+,s=[A-Za-z0-9+/=]{16},i=4294967295$ ]]
	ask 501 '*'
	ask 334 "AUTH SCRAM-SHA-1 $first"
	text=$(base64 -d <<<"${heard#334 }")
	assert_contains "$text" i=5000
	ask 501 '*'
	finish
}

@test "AUTH: 235 and 535 by rule" {
	start_server --require-auth --rule 'on AUTHOK 1 reply 535 5.7.8 no' \
		--rule 'on AUTH 3 reply 235 2.7.0 welcome'
	greet
	ask 535 'AUTH PLAIN AHVzZXIAc2VjcmV0'
	ask 530 'MAIL FROM:<a@example.com>'
	ask 535 'AUTH PLAIN AHVzZXIAd3Jvbmc='
	ask 235 'AUTH PLAIN AHVzZXIAd3Jvbmc='
	ask 250 'MAIL FROM:<a@example.com>'
	finish
	assert_no_violations
}

@test "HANDSHAKE: drop, cut, garbage, alert" {
	local rule
	for rule in 'on HANDSHAKE drop' 'on HANDSHAKE close-after 100' \
		'on HANDSHAKE raw "220 hello\r\n"' \
		'on HANDSHAKE raw "\x15\x03\x03\x00\x02\x02\x28" then drop' \
		'on HANDSHAKE rst'; do
		start_implicit_server --rule "$rule"
		a_message | msmtp_tls --tls-starttls=off
		[ "$status" -ne 0 ] || fail "$rule"
		stop_server
		assert_equal "$(received_count)" 0
		assert_equal "$(commands)" ''
	done
}

@test "SECURED: the peer's keys change, octets below TLS break it" {
	start_implicit_server --rule 'on SECURED keyupdate' \
		--rule 'on RCPT wire "250 2.1.5 ok\r\n"'
	a_message | msmtp_tls --tls-starttls=off
	[ "$status" -ne 0 ]
	stop_server
	assert_contains "$(commands)" 'RCPT TO:<b@example.com>'
	assert_equal "$(received_count)" 0
}

@test "SECURED: a renegotiation is asked for" {
	start_implicit_server --rule 'on EHLO rehandshake' \
		--tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	(
		printf 'EHLO client.example\r\n'
		sleep 1
		printf 'QUIT\r\n'
	) | timeout 10 openssl s_client -quiet -msg -connect \
		"127.0.0.1:$PORT" >msg 2>&1 || true
	grep -q HelloRequest msg
	stop_server
}

@test "the greeting leaves with the server's Finished" {
	local option
	for option in --early-greeting --eager; do
		start_implicit_server "$option" \
			--tls-priority NORMAL:%NO_TICKETS
		(
			sleep 0.3
			printf 'QUIT\r\n'
		) | timeout 10 openssl s_client -quiet -connect \
			"127.0.0.1:$PORT" >said 2>/dev/null || true
		assert_contains "$(cat said)" '220 mail.example'
		stop_server
		sed "s/^/$option /" "$RECORD/flights" >>flights
	done
	assert_contains "$(cat flights)" \
		'--early-greeting connection 1 round-trips 3'
	assert_contains "$(cat flights)" '--eager connection 1 round-trips 4'
}

# --- certificates ----------------------------------------------------------

# verdict NAME [HOST]: what OpenSSL says of the server's certificate.
verdict() {
	CERT=$1 start_implicit_server
	timeout 10 openssl s_client -connect "127.0.0.1:$PORT" \
		-CAfile "$CERTS/ca.pem" -verify_hostname "${2:-localhost}" \
		-purpose sslserver </dev/null 2>&1 |
		sed -n 's/^ *Verify return code: \([0-9]*\).*/\1/p' | head -n 1
	stop_server
}

@test "each certificate has its own fault and no other" {
	assert_equal "$(verdict server)" 0
	assert_equal "$(verdict chain)" 0
	assert_equal "$(verdict rsa mail.example)" 0
	assert_equal "$(verdict muststaple)" 0
	assert_equal "$(verdict wildcard a.example.net)" 0
	assert_equal "$(verdict idn xn--bcher-kva.example)" 0
	assert_equal "$(verdict expired)" 10
	assert_equal "$(verdict future)" 9
	assert_equal "$(verdict selfsigned)" 18
	assert_equal "$(verdict unknownca)" 21 ||
		assert_equal "$(verdict unknownca)" 20
	assert_equal "$(verdict wrongname)" 62
	assert_equal "$(verdict nulname)" 62
	assert_equal "$(verdict wrongeku)" 26
	openssl crl -in "$CERTS/crl.pem" -CAfile "$CERTS/ca.pem" -noout
	run openssl x509 -in "$CERTS/cnonly.pem" -noout -ext subjectAltName
	refute_contains "$output" 'DNS:'
	openssl x509 -in "$CERTS/muststaple.pem" -noout -text |
		grep -q status_request
	openssl verify -CAfile "$CERTS/ca.pem" -purpose sslclient \
		"$CERTS/client.pem"
}

# --- it ends ---------------------------------------------------------------

@test "it ends after its lifetime, its connections, SIGTERM" {
	start_server --lifetime 1
	wait_until is_gone "$SERVER_PID"
	start_server --connections 1
	a_message | msmtp_to --tls=off
	assert_status 0
	wait_until is_gone "$SERVER_PID"
	start_server
	greet
	kill -TERM "$SERVER_PID"
	wait_until is_gone "$SERVER_PID"
}

@test "it ends with its parent" {
	bash -c '"$1" --port-file port --lifetime 60 & echo $! >pid; sleep 0.5' \
		- "$SMTPSERVER" 3>&-
	wait_until is_gone "$(cat pid)"
}

@test "it listens on loopback only" {
	run -78 "$SMTPSERVER" --bind 0.0.0.0
	assert_contains "$output" 'not on loopback'
	run -78 "$SMTPSERVER" --bind ::
	run -78 "$SMTPSERVER" --bind 192.0.2.1
}

@test "a mistake in a rule or an option is told" {
	run -64 "$SMTPSERVER" --rule 'on EOF drop'
	assert_contains "$output" 'no such event'
	run -64 "$SMTPSERVER" --rule 'on EOD dropp'
	assert_contains "$output" 'no such action'
	run -64 "$SMTPSERVER" --rule 'on EOD raw "x'
	assert_contains "$output" 'no end'
	run -64 "$SMTPSERVER" --rule 'on EOD'
	assert_contains "$output" 'no action'
	run -64 "$SMTPSERVER" --frobnicate
	assert_contains "$output" 'no such option'
	printf '# rules\n\non EOD drop\non X\n' >rules
	run -64 "$SMTPSERVER" --script rules
	assert_contains "$output" 'on X'
}

@test "a black hole lets nobody in, a free port refuses" {
	start_server --black-hole
	run -124 timeout 1 bash -c "exec 5<>/dev/tcp/127.0.0.1/$PORT"
	PORT=$(free_port)
	run -1 bash -c "exec 5<>/dev/tcp/127.0.0.1/$PORT"
	assert_contains "$output" refused
}

@test "--dump-raw keeps each octet, --discard none" {
	start_server --dump-raw
	greet
	ask 250 'NOOP x'
	finish
	assert_equal "$(tr -d '\r' <"$RECORD/raw.1")" \
		$'EHLO client.example\nNOOP x\nQUIT'
	start_server --discard
	a_message | msmtp_to --tls=off
	assert_status 0
	stop_server
	assert_equal "$(received 1 | wc -c)" 0
	[ "$(envelope 1 size)" -gt 60 ]
}

# --- the flight meter ------------------------------------------------------

# Every command in lock step: connect, greeting, EHLO, MAIL, RCPT, BDAT.
lock_step() {
	greet
	envelope_for b@example.com
	send 'BDAT 8 LAST\r\nA: b\r\n\r\n'
	hear
	send 'QUIT\r\n'
	close_client
}

@test "the flight meter and the server count the same" {
	start_server
	start_meter
	lock_step
	wait_until test -s "$METER_COUNT"
	stop_server
	assert_equal "$(round_trips 1)" 6
	assert_equal "$(cat "$METER_COUNT")" 6
	assert_received 1
}

@test "the flight meter's delay is the network's" {
	local begin ms
	start_server
	start_meter --delay-ms 20
	begin=$EPOCHREALTIME
	lock_step
	ms=$(((${EPOCHREALTIME/[.,]/} - ${begin/[.,]/}) / 1000))
	# six round trips of 40 ms
	[ "$ms" -ge 239 ] && [ "$ms" -lt 400 ] || fail "$ms ms"
}

@test "the flight meter passes every octet on" {
	start_server
	start_meter
	a_message "$(head -c 300000 /dev/zero | tr '\0' x | fold -w 70)" >message
	msmtp_to --tls=off <message
	assert_status 0
	stop_server
	assert_received 1
	assert_equal "$(body 1 | md5sum)" "$(sed '1,/^$/d' message | md5sum)"
}
