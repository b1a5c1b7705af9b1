#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# TLS: implicit and STARTTLS, whose certificate is believed, and that nothing
# leaves before it is.

load helper

setup() {
	helper_setup
	LOGIN=("user = 'user'" "password = 'secret'")
}
teardown() { helper_teardown; }

# says STATUS TEXT...: the run ends so, and neither login nor message left.
says() {
	local wanted=$1
	shift
	deliver
	assert_complaint "$wanted" "$@"
	stop_server
	refute_contains "$(dialogue)" 'C: AUTH'
	assert_nothing_sent
}

# refuses CERTIFICATE TEXT...: with implicit TLS and with STARTTLS the
# certificate is refused with 76 and one line that holds TEXT and a key that
# would change it, and nothing of login or message has left.
refuses() {
	local CERT=$1 way
	shift
	for way in implicit starttls; do
		"serve_$way"
		says 76 "$@" tls-
	done
	assert_equal "$(commands)" $'EHLO client.example\nSTARTTLS'
}

# accepts CERTIFICATE
accepts() {
	local CERT=$1
	serve_implicit
	deliver
	assert_delivered
	assert_contains "$(envelope 1 tls)" TLS1.3
}

# --- it works --------------------------------------------------------------

@test "implicit TLS: TLS 1.3, the server's name in SNI" {
	accepts server
	assert_equal "$(envelope 1 server-name)" localhost
	assert_contains "$(dialogue)" 'closed with close_notify'
	assert_equal "$(envelope 1 auth | cut -d' ' -f2)" user
}

@test "STARTTLS: TLS 1.3, the server's name in SNI" {
	serve_starttls
	deliver
	assert_delivered
	assert_contains "$(envelope 1 tls)" TLS1.3
	assert_equal "$(envelope 1 server-name)" localhost
	assert_equal "$(commands | head -n 3)" 'EHLO client.example
STARTTLS
EHLO client.example'
}

@test "TLS 1.2 with what is modern of it" {
	serve_implicit --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	deliver
	assert_delivered
	assert_contains "$(envelope 1 tls)" TLS1.2
	serve_starttls --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	deliver
	assert_delivered
}

@test "tls auto means STARTTLS on an odd port, required" {
	serve_starttls
	sed -i "s/tls = 'starttls'/tls = 'auto'/" "$CONFIG"
	deliver
	assert_delivered
	serve
	write_login_account
	says 76 STARTTLS
}

@test "a chain with an intermediate, and an RSA certificate" {
	accepts chain
	accepts rsa
}

@test "a large message over TLS arrives whole" {
	local way
	{
		a_message first
		seq -f '.line %.0f with some words in it' 1 40000
	} >message
	for way in implicit starttls; do
		"serve_$way"
		posthaste -i -t <message
		assert_delivered
		sed '1,/^$/d' message | cmp - <(body 1)
	done
}

@test "a greeting together with the handshake's end" {
	serve_implicit --early-greeting
	deliver
	assert_delivered
}

@test "tickets and key updates in between do no harm" {
	serve_implicit --rule 'on SECURED keyupdate' --rule 'on MAIL keyupdate'
	deliver
	assert_delivered
}

@test "no SNI and no ALPN where there must be none" {
	local CERT=iponly
	ACCOUNT=("server = '127.0.0.1:0'")
	start_implicit_server
	write_account "tls = 'implicit'" "server = '127.0.0.1:$PORT'"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 server-name)" ''
}

# --- X-01 to X-03 ----------------------------------------------------------

@test "X-01: replies in the clear behind 220, in the same segment" {
	serve_starttls --rule \
		'on STARTTLS inject "250-x\r\n250 AUTH PLAIN\r\n"'
	says 76 STARTTLS
	assert_equal "$(commands)" $'EHLO client.example\nSTARTTLS'
}

@test "X-01: replies in the clear behind 220, in a second segment" {
	serve_starttls --rule \
		'on STARTTLS default then flush then inject "250-x\r\n250 AUTH PLAIN\r\n"'
	says 76
}

@test "X-01: replies in the clear 50 ms behind 220" {
	serve_starttls --rule \
		'on STARTTLS default then flush then delay 0.05 then wire "250-x\r\n250 AUTH PLAIN\r\n"'
	says 76
}

@test "X-01: the 220 itself in two segments is fine" {
	serve_starttls --rule 'on STARTTLS split 2 20'
	deliver
	assert_delivered
}

@test "X-02: STARTTLS stands alone, nothing follows it in the clear" {
	serve_starttls --dump-raw --settle-ms 50
	deliver
	assert_delivered
	# The server would have found octets behind STARTTLS.
	assert_equal "$(commands | sed -n 2p)" STARTTLS
	assert_no_violations
}

@test "X-03: a server without STARTTLS: 76, nothing sent" {
	serve
	write_login_account "tls = 'starttls'"
	says 76 STARTTLS
	assert_equal "$(commands)" $'EHLO client.example\nQUIT'
}

@test "X-03: 454, 501, 502 and 554 to STARTTLS: 76, nothing sent" {
	local reply
	for reply in '454 4.7.0 not now' '501 no' '502 no' '554 no'; do
		serve_starttls --rule "on STARTTLS reply $reply"
		says 76 "$reply"
	done
}

@test "X-03: 250 to STARTTLS is not 220: 76, nothing sent" {
	serve_starttls --rule 'on STARTTLS reply 250 ok'
	says 76
}

@test "X-03: the account's default is TLS: a clear server gets nothing" {
	serve
	write_account
	says 76
}

@test "X-03: opportunistic goes in the clear, but never logs in there" {
	serve
	write_account "tls = 'opportunistic'"
	deliver
	assert_delivered
	serve --auth 'PLAIN LOGIN'
	write_login_account "tls = 'opportunistic'"
	deliver
	assert_complaint 77
	assert_nothing_sent
	refute_contains "$(dialogue)" 'C: AUTH'
}

@test "X-03: opportunistic uses TLS where it is offered, and means it" {
	serve_starttls
	sed -i "s/tls = 'starttls'/tls = 'opportunistic'/" "$CONFIG"
	deliver
	assert_delivered
	assert_contains "$(envelope 1 tls)" TLS1.3
	serve_starttls --rule 'on STARTTLS reply 454 not now'
	sed -i "s/tls = 'starttls'/tls = 'opportunistic'/" "$CONFIG"
	says 76
}

@test "X-03: a STARTTLS that shows again behind TLS is not taken" {
	serve_starttls --rule 'tls on EHLO reply 250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN'
	deliver
	assert_delivered
	assert_equal "$(commands | grep -c STARTTLS)" 1
}

# --- the handshake fails ---------------------------------------------------

@test "X-03: the connection ends in the handshake" {
	serve_starttls --rule 'on HANDSHAKE drop'
	says 76 handshake
	serve_implicit --rule 'on HANDSHAKE drop'
	says 76 handshake
}

@test "X-03: the handshake is cut in the middle, or is garbage" {
	local rule
	for rule in 'close-after 100' 'garble'; do
		serve_starttls --rule "on HANDSHAKE $rule"
		says 76
		serve_implicit --rule "on HANDSHAKE $rule"
		says 76
	done
}

@test "X-03: clear text where TLS is due, and TLS where clear text is" {
	serve
	write_login_account "tls = 'implicit'" "timeout-reply = '2s'"
	deliver
	assert_complaint 76
	stop_server
	refute_contains "$(dialogue)" 'C: MAIL'
	start_implicit_server
	write_login_account "tls = 'starttls'" "timeout-reply = '1s'"
	deliver
	assert_status 75
	assert_nothing_sent
}

@test "X-07: TLS 1.1 is refused" {
	serve_implicit --tls-priority \
		'NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT'
	says 76
}

@test "X-07: RSA key exchange, CBC and DHE are refused" {
	local CERT=rsa priority
	for priority in '-KX-ALL:+RSA' '-CIPHER-ALL:+AES-128-CBC' \
		'-KX-ALL:+DHE-RSA'; do
		serve_implicit --tls-priority \
			"NORMAL:-VERS-ALL:+VERS-TLS1.2:$priority"
		says 76
	done
}

@test "X-07: tls-min 1.3 refuses 1.2" {
	ACCOUNT=("tls-min = '1.3'")
	serve_implicit --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	says 76 tls-min
	serve_implicit
	deliver
	assert_delivered
}

@test "X-07: a certificate of SHA-1, an RSA key of 1,024 bits" {
	refuses sha1
	refuses rsa1024
}

@test "X-09: a renegotiation is refused" {
	serve_implicit --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2 \
		--rule 'on EHLO rehandshake'
	deliver
	[ "$status" -eq 75 ] || [ "$status" -eq 76 ]
	assert_nothing_sent
}

# --- X-04: certificates ----------------------------------------------------

@test "X-04: a self-signed certificate is refused, with the reason" {
	refuses selfsigned self-signed
}

@test "X-04: an expired certificate is refused, with the day" {
	refuses expired 'expired on 20'
}

@test "X-04: a certificate of the future is refused, with the day" {
	refuses future 'not valid before 20'
}

@test "X-04: a certificate for another name is refused, with both names" {
	refuses wrongname 'not for localhost' other.example
}

@test "X-04: a certificate of an unknown authority is refused, with it" {
	refuses unknownca 'issuer of the server'\''s certificate is unknown'
}

@test "X-04: a certificate for clients is refused" {
	refuses wrongeku 'not meant for a server'
}

@test "X-04: a NUL in the name does not end it" {
	refuses nulname
}

@test "X-04: a name in the common name only does not count" {
	refuses cnonly 'no name'
}

@test "X-06: must-staple without a staple is refused" {
	refuses muststaple status
}

@test "X-04: the system's authorities do not know the test's" {
	ACCOUNT=("tls-ca-file = 'system'")
	serve_implicit
	deliver
	assert_complaint 76 tls-ca-file
	assert_nothing_sent
}

@test "X-04: a file of authorities that is not there, empty or a directory" {
	local file
	: >empty.pem
	for file in "$TMP/missing.pem" "$TMP/empty.pem" "$TMP"; do
		ACCOUNT=("tls-ca-file = '$file'")
		serve_implicit
		deliver
		[ "$status" -eq 76 ] || [ "$status" -eq 78 ]
		assert_contains "$errors" "$file"
		assert_equal "$(wc -l <err)" 1
		assert_nothing_sent
	done
}

@test "X-04: tls-verify off goes on in silence, and -v warns each time" {
	local CERT=selfsigned
	ACCOUNT=("tls-verify = 'off'")
	LOGIN=()
	serve_implicit
	deliver
	assert_status 0
	assert_silent
	for _ in 1 2; do
		deliver -v rcpt@example.com
		assert_status 0
		assert_equal "$(grep -c 'warning: .*tls-verify is off' err)" 1
	done
	stop_server
	assert_received 3
}

@test "X-12: tls-verify off shows no password to whoever answers" {
	local CERT=selfsigned
	ACCOUNT=("tls-verify = 'off'")
	serve_implicit --auth 'PLAIN LOGIN'
	deliver
	assert_status 77
	assert_nothing_sent
	refute_contains "$(dialogue)" 'C: AUTH'
}

# --- X-05: names -----------------------------------------------------------

# named NAME CERTIFICATE: delivers when tls-name is NAME.
named() {
	local CERT=$2
	ACCOUNT=("tls-name = '$1'")
	serve_implicit
	deliver
}

@test "X-05: tls-name says which name counts, and goes into SNI" {
	named mail.example server
	assert_delivered
	assert_equal "$(envelope 1 server-name)" mail.example
}

@test "X-05: capital letters and a trailing dot make no difference" {
	named MAIL.Example server
	assert_delivered
	named mail.example. server
	assert_delivered
}

@test "X-05: a wildcard stands for one label" {
	named a.example.net wildcard
	assert_delivered
	named a.b.example.net wildcard
	assert_complaint 76 a.b.example.net
	assert_nothing_sent
	named example.net wildcard
	assert_complaint 76
	assert_nothing_sent
}

@test "X-05: a star in the configured name is refused with 78" {
	named '*.example.net' wildcard
	assert_complaint 78 tls-name
	assert_nothing_sent
}

@test "X-05: a name that is only the end or the beginning of another" {
	named il.example server
	assert_complaint 76
	named mail.example.org server
	assert_complaint 76
	named other.example wrongname
	assert_delivered
	named localhost.other wrongname
	assert_complaint 76
}

@test "X-05: an internationalised name is compared as A-label" {
	named 'bücher.example' idn
	assert_delivered
	assert_equal "$(envelope 1 server-name)" xn--bcher-kva.example
	named 'BÜCHER.example' idn
	assert_delivered
}

@test "X-05: an address matches an iPAddress only" {
	local server
	for server in '127.0.0.1' '[::1]'; do
		tls_with iponly
		start_server --implicit-tls "${TLS[@]}" \
			--bind "$(tr -d '[]' <<<"$server")"
		write_account "tls = 'implicit'" "server = '$server:$PORT'"
		deliver
		assert_delivered
	done
	tls_with iptext
	start_server --implicit-tls "${TLS[@]}"
	write_account "tls = 'implicit'" "server = '127.0.0.1:$PORT'"
	says 76 'not for 127.0.0.1'
}

# --- pins ------------------------------------------------------------------

pin_of() {
	openssl x509 -in "$CERTS/$1.pem" -outform DER | sha256sum |
		cut -d' ' -f1
}

key_pin_of() {
	openssl x509 -in "$CERTS/$1.pem" -noout -pubkey |
		openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
		base64
}

@test "pin-only takes the certificate that is pinned, by either digest" {
	local CERT=selfsigned pin
	for pin in "$(pin_of selfsigned)" "$(key_pin_of selfsigned)"; do
		ACCOUNT=("tls-verify = 'pin-only'" "tls-pin = '$pin'")
		serve_implicit
		deliver
		assert_delivered
	done
}

@test "pin-only refuses every other one" {
	ACCOUNT=("tls-verify = 'pin-only'" "tls-pin = '$(pin_of server)'")
	CERTS_OTHER=$(pin_of selfsigned)
	ACCOUNT=("tls-verify = 'pin-only'" "tls-pin = '$CERTS_OTHER'")
	serve_implicit
	says 76 pinned tls-pin
}

@test "a pin comes on top of full verification" {
	local CERT=selfsigned
	ACCOUNT=("tls-pin = '$(pin_of selfsigned)'")
	serve_implicit
	says 76 self-signed
	CERT=server
	ACCOUNT=("tls-pin = '$(pin_of selfsigned)'")
	serve_implicit
	says 76 pinned
	ACCOUNT=("tls-pin = '$(pin_of server)'")
	serve_implicit
	deliver
	assert_delivered
}

# --- client certificates ---------------------------------------------------

@test "a client certificate is sent when it is configured" {
	ACCOUNT=("tls-cert-file = '$CERTS/client.pem'"
		"tls-key-file = '$CERTS/client.key'" "auth = 'off'")
	LOGIN=()
	serve_implicit --client-ca "$CERTS/ca.pem"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 client-certificate)" user
}

@test "none is sent when none is configured" {
	LOGIN=()
	serve_implicit --client-ca "$CERTS/ca.pem"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 client-certificate)" ''
}

@test "certificate and key in one file" {
	cat "$CERTS/client.pem" "$CERTS/client.key" >both.pem
	chmod 600 both.pem
	ACCOUNT=("tls-cert-file = '$TMP/both.pem'")
	LOGIN=()
	serve_starttls --client-ca "$CERTS/ca.pem"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 client-certificate)" user
}

@test "a client certificate that is missing or has no key: nothing is sent" {
	local file
	for file in "$TMP/missing.pem" "$CERTS/client.pem"; do
		ACCOUNT=("tls-cert-file = '$file'")
		serve_implicit
		deliver
		[ "$status" -eq 76 ] || [ "$status" -eq 78 ]
		assert_equal "$(wc -l <err)" 1
		assert_contains "$errors" 'client certificate'
		assert_nothing_sent
	done
}

# --- X-10, X-18 ------------------------------------------------------------

@test "X-10: an end without close_notify before the final reply" {
	serve_implicit --without PIPELINING --rule 'on RCPT silent then drop'
	deliver
	assert_complaint 75
	refute_contains "$errors" 'may have been accepted'
	assert_nothing_taken
}

@test "X-10: an end without close_notify instead of the final reply: doubt" {
	serve_implicit --rule 'on EOD silent then drop'
	deliver
	assert_complaint 75 'may have been accepted'
}

@test "X-10: an end without close_notify behind the final reply is fine" {
	serve_implicit --rule 'on EOD default then flush then drop'
	deliver
	assert_delivered
}

@test "X-18: SIZE from before TLS is forgotten" {
	serve_starttls --rule \
		'clear on EHLO reply 250-mail.example\r\n250-SIZE 10\r\n250 STARTTLS' \
		--announce 'SIZE 10000000'
	deliver
	assert_delivered
}

@test "X-18: AUTH and CHUNKING from before TLS are forgotten" {
	serve_starttls --rule \
		'clear on EHLO reply 250-mail.example\r\n250-AUTH PLAIN\r\n250-CHUNKING\r\n250-PIPELINING\r\n250 STARTTLS' \
		--rule 'tls on EHLO reply 250 mail.example'
	deliver
	assert_complaint 77 AUTH
	assert_nothing_sent
}

