#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The login: which mechanism is taken, what each of them says, and what a
# server or an eavesdropper must never get.

load helper

setup() {
	helper_setup
	LOGIN=("user = 'user'" "password = 'secret'")
}
teardown() { helper_teardown; }

# uses WANTED OPTION...: the server's choice of mechanisms leads to WANTED.
uses() {
	local wanted=$1
	shift
	serve_implicit "$@"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 auth)" "$wanted user"
}

# refused STATUS TEXT...: no message left, one line says why, the password is
# not in it. (MAIL may stand behind AUTH PLAIN in the same group.)
refused() {
	local wanted=$1
	shift
	deliver
	assert_complaint "$wanted" "$@"
	refute_contains "$errors" secret
	assert_nothing_taken
	assert_no_content
}

assert_no_content() {
	stop_server
	refute_contains "$(dialogue)" 'octets>'
}

# --- every mechanism -------------------------------------------------------

@test "each mechanism, by name, over TLS" {
	local mechanism
	for mechanism in SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5; do
		ACCOUNT=("auth = '$mechanism'")
		uses "$mechanism"
	done
}

@test "the PLUS mechanisms, with TLS 1.3 and 1.2" {
	local mechanism priority
	for mechanism in SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS; do
		for priority in NORMAL NORMAL:-VERS-ALL:+VERS-TLS1.2; do
			ACCOUNT=("auth = '$mechanism'")
			uses "$mechanism" --tls-priority "$priority" \
				--auth "$mechanism"
		done
	done
}

@test "EXTERNAL with a client certificate" {
	LOGIN=("tls-cert-file = '$CERTS/client.pem'"
		"tls-key-file = '$CERTS/client.key'" "auth = 'EXTERNAL'"
		"user = 'user'")
	serve_implicit --client-ca "$CERTS/ca.pem" --auth EXTERNAL
	deliver
	assert_delivered
	[[ $(envelope 1 auth) == 'EXTERNAL user'* ]]
}

@test "EXTERNAL without a certificate is not used" {
	LOGIN=("auth = 'EXTERNAL'" "user = 'user'")
	serve_implicit --client-ca "$CERTS/ca.pem" --auth EXTERNAL
	refused 77
	refute_contains "$(dialogue)" 'C: AUTH'
}

@test "small letters in auth and in the server's list" {
	ACCOUNT=("auth = 'plain'")
	uses PLAIN
	ACCOUNT=()
	serve_implicit --rule 'on EHLO reply 250-mail.example\r\n250 auth plain'
	deliver
	assert_delivered
}

@test "the historic AUTH= counts as well" {
	serve_implicit --rule 'on AUTH reply 235 2.7.0 welcome' --rule \
		'on EHLO reply 250-mail.example\r\n250 AUTH=PLAIN'
	deliver
	assert_delivered
	assert_contains "$(commands)" 'AUTH PLAIN '
}

@test "auth off, or no user: no login" {
	local lines
	for lines in "auth = 'off'" "user = ''"; do
		ACCOUNT=("$lines")
		serve_implicit
		sed -i "/user = ''/d" "$CONFIG"
		deliver
		assert_delivered
		assert_equal "$(envelope 1 auth)" ''
	done
}

@test "an account with authzid" {
	ACCOUNT=("authzid = 'other'" "auth = 'PLAIN'")
	serve_implicit
	deliver
	assert_delivered
	assert_contains "$(envelope 1 auth)" 'authzid=other'
}

@test "PLAIN and LOGIN with other letters than ASCII" {
	local mechanism
	LOGIN=("user = 'jürgen'" "password = 'geheim äöü €'")
	for mechanism in PLAIN LOGIN SCRAM-SHA-256; do
		ACCOUNT=("auth = '$mechanism'")
		serve_implicit --user jürgen --password 'geheim äöü €'
		deliver
		assert_delivered
	done
}

@test "LOGIN does not look at the words of the prompts" {
	ACCOUNT=("auth = 'LOGIN'")
	serve_implicit \
		--rule 'on CHALLENGE 1 challenge "Benutzer bitte"' \
		--rule 'on CHALLENGE 2 challenge ""'
	deliver
	assert_delivered
}

# --- X-11: the order -------------------------------------------------------

@test "X-11: the strongest mechanism that both know is taken" {
	uses SCRAM-SHA-256-PLUS --auth \
		'LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS'
	uses SCRAM-SHA-256 --auth \
		'LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS'
	uses SCRAM-SHA-1-PLUS --auth 'LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS'
	uses SCRAM-SHA-1 --auth 'LOGIN PLAIN SCRAM-SHA-1'
	uses PLAIN --auth 'LOGIN PLAIN CRAM-MD5'
	uses LOGIN --auth 'LOGIN'
}

@test "X-11: CRAM-MD5 only when it is named" {
	serve_implicit --auth CRAM-MD5
	refused 77 CRAM-MD5
	refute_contains "$(dialogue)" 'C: AUTH'
	ACCOUNT=("auth = 'CRAM-MD5'")
	uses CRAM-MD5 --auth CRAM-MD5
}

@test "X-11: a list keeps its order, and nothing else is tried" {
	ACCOUNT=("auth = { 'LOGIN', 'PLAIN' }")
	uses LOGIN
	ACCOUNT=("auth = 'SCRAM-SHA-256'")
	serve_implicit --auth 'PLAIN LOGIN'
	refused 77
	refute_contains "$(dialogue)" 'C: AUTH'
}

@test "X-13: DIGEST-MD5, NTLM and GSSAPI are never tried" {
	serve_implicit --rule \
		'on EHLO reply 250-mail.example\r\n250 AUTH DIGEST-MD5 NTLM GSSAPI'
	refused 77 DIGEST-MD5
	refute_contains "$(dialogue)" 'C: AUTH'
}

@test "an unknown mechanism in auth: 78" {
	ACCOUNT=("auth = 'NTLM'")
	serve_implicit
	deliver
	assert_complaint 78 auth
	assert_nothing_sent
}

# --- X-12: in the clear ----------------------------------------------------

@test "X-12: PLAIN and LOGIN are not used without TLS" {
	serve --auth 'PLAIN LOGIN'
	write_login_account "tls = 'off'"
	refused 77 auth-clear
	refute_contains "$(dialogue)" 'C: AUTH'
}

@test "X-12: auth-clear allows it" {
	serve --auth 'PLAIN'
	write_login_account "tls = 'off'" "auth-clear = 'on'"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 auth)" 'PLAIN user'
}

@test "X-12: SCRAM does without TLS" {
	serve --auth 'SCRAM-SHA-256 PLAIN'
	write_login_account "tls = 'off'"
	deliver
	assert_delivered
	assert_equal "$(envelope 1 auth)" 'SCRAM-SHA-256 user'
}

@test "X-12: AUTH that is offered before STARTTLS waits for TLS" {
	serve_starttls --auth-clear --auth PLAIN
	deliver
	assert_delivered
	assert_equal "$(envelope 1 auth)" 'PLAIN user'
	assert_equal "$(commands | sed -n 2p)" STARTTLS
}

# --- wrong passwords -------------------------------------------------------

@test "a wrong password: 77, and it is not tried again" {
	local mechanism
	for mechanism in auto PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5; do
		LOGIN=("user = 'user'" "password = 'wrong-secret'"
			"auth = '$mechanism'")
		serve_implicit
		refused 77 535 password
		assert_equal "$(dialogue | grep -c 'C: AUTH')" 1
	done
}

@test "a wrong password is not tried at the next server" {
	local first=''
	LOGIN=("user = 'user'" "password = 'wrong-secret'")
	start_implicit_server
	first=$RECORD
	ACCOUNT=("server = { 'localhost:$PORT', 'localhost:0' }")
	start_implicit_server
	ACCOUNT[0]=${ACCOUNT[0]/localhost:0/localhost:$PORT}
	write_account "tls = 'implicit'" "${LOGIN[@]}" "${ACCOUNT[@]}"
	deliver
	assert_complaint 77
	stop_server
	assert_contains "$(cat "$first/dialogue")" 'S: 535'
	assert_equal "$(cat "$RECORD/dialogue")" ''
}

@test "454 and 432 to AUTH: 75" {
	serve_implicit --rule 'on AUTH reply 454 4.7.0 try later'
	refused 75 '454 4.7.0 try later'
	serve_implicit --rule 'on AUTH reply 432 4.7.12 transition'
	refused 75 432
}

@test "534, 538, 504 and 500 to one mechanism: the next one is tried" {
	local code
	for code in '534 5.7.9' '538 5.7.11' '504 5.5.4' '500 5.5.6'; do
		serve_implicit --auth 'SCRAM-SHA-256 PLAIN' \
			--rule "on AUTH 1 reply $code not this one"
		deliver
		assert_delivered
		assert_equal "$(envelope 1 auth)" 'PLAIN user'
	done
}

@test "530 to MAIL without a login: 77, with what to set" {
	LOGIN=()
	serve_implicit --require-auth
	deliver
	assert_complaint 77 530
	assert_nothing_taken
}

@test "a server without AUTH: 77, nothing sent" {
	serve_implicit --without AUTH
	refused 77 AUTH
}

@test "235 is success, 250 is not" {
	serve_implicit --auth PLAIN --rule 'on AUTH reply 250 ok'
	deliver
	[ "$status" -eq 76 ] || [ "$status" -eq 77 ]
	assert_nothing_taken
}

# --- challenges ------------------------------------------------------------

@test "334 without a space behind it is an empty challenge" {
	ACCOUNT=("auth = 'LOGIN'")
	serve_implicit --rule 'on CHALLENGE 1 raw "334\r\n"'
	deliver
	assert_delivered
}

@test "a challenge that is no base64 is cancelled with *" {
	ACCOUNT=("auth = 'SCRAM-SHA-256'")
	serve_implicit --rule 'on CHALLENGE 1 raw "334 !!!!\r\n"'
	refused 77
	assert_contains "$(dialogue)" 'C: *'
}

@test "a challenge of 12,288 octets is read" {
	ACCOUNT=("auth = 'LOGIN'")
	serve_implicit --rule \
		'on CHALLENGE 1 raw "334 " repeat 3072 "AAAA" raw "\r\n"'
	deliver
	assert_delivered
}

@test "334 to PLAIN with its response: broken, nothing is sent behind it" {
	serve_implicit --auth PLAIN --rule 'on AUTH raw "334 \r\n"'
	deliver
	assert_status 76
	assert_no_content
}

@test "X-14: SCRAM counts of iterations outside the bounds are refused" {
	local n
	for n in 0 1 4095 -5 1000001 2147483648 4294967295 \
		100000000000000000000000 x ''; do
		serve_implicit --auth SCRAM-SHA-256 \
			--rule "on CHALLENGE 1 challenge \"r=%r,s=%s,i=$n\""
		refused 77
		assert_equal "$(dialogue | grep -c '^C: \*$')" 1
	done
}

@test "X-14: counts inside the bounds work" {
	uses SCRAM-SHA-256 --auth SCRAM-SHA-256 --scram-iterations 4096
	uses SCRAM-SHA-256 --auth SCRAM-SHA-256 --scram-iterations 100000
}

@test "X-14: salts that are empty, no base64, or too long are refused" {
	local salt
	for salt in '' '!!' "$(head -c 1500 /dev/zero | base64 -w0)"; do
		serve_implicit --auth SCRAM-SHA-256 \
			--rule "on CHALLENGE 1 challenge \"r=%r,s=$salt,i=4096\""
		refused 77
	done
}

@test "X-15: a nonce that does not extend ours is refused" {
	serve_implicit --auth SCRAM-SHA-256 \
		--rule 'on CHALLENGE 1 challenge "r=another,s=%s,i=%i"'
	refused 77
	serve_implicit --auth SCRAM-SHA-256 \
		--rule 'on CHALLENGE 1 challenge "m=x,r=%r,s=%s,i=%i"'
	refused 77
}

@test "X-15: a wrong signature of the server's is refused" {
	serve_implicit --auth SCRAM-SHA-256 \
		--rule 'on CHALLENGE 2 challenge "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="'
	refused 77
}

@test "X-11: a server that does not prove itself gets no weaker login" {
	local rule
	for rule in 'on CHALLENGE 2 challenge "v=AAAA"' \
		'on CHALLENGE 1 challenge "r=%r,s=%s,i=1"' \
		'on CHALLENGE 1 raw "334 !!!!\r\n"'; do
		serve_implicit --auth 'SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN' \
			--rule "$rule"
		refused 77 'broken off' SCRAM-SHA-256
		assert_equal "$(dialogue | grep -c 'C: AUTH')" 1
		assert_no_content
	done
}

@test "X-15: 235 without the server's proof is refused" {
	serve_implicit --auth SCRAM-SHA-256 \
		--rule 'on CHALLENGE 2 reply 235 2.7.0 welcome'
	refused 77 proving
	serve_implicit --auth SCRAM-SHA-256 --rule 'on AUTH reply 235 welcome'
	refused 77 proving
}

@test "X-15: e=unknown-user is an answer, not a proof" {
	serve_implicit --auth SCRAM-SHA-256 \
		--rule 'on CHALLENGE 2 challenge "e=unknown-user"'
	refused 77
}

@test "X-16: a server that asks for ever gets no more than a few answers" {
	local mechanism
	for mechanism in LOGIN PLAIN SCRAM-SHA-256; do
		ACCOUNT=("auth = '$mechanism'")
		serve_implicit --rule 'on RESPONSE raw "334 \r\n"' \
			--rule 'on CHALLENGE raw "334 \r\n"' \
			--rule 'on AUTH raw "334 \r\n"'
		deliver
		[ "$status" -eq 77 ] || [ "$status" -eq 76 ]
		assert_no_content
		(($(dialogue | grep -c '^C:') < 24))
	done
}

@test "X-17: words in a refusal are shown cleaned, in one line" {
	serve_implicit --auth PLAIN --rule \
		'on AUTH raw "535-5.7.8 \e]0;x\a{\"status\":\"400\"}\r\n535 5.7.8 no\r\n"'
	refused 77 535
	[ -z "$(tr -d ' -~\n' <err)" ]
}

# --- the length of the AUTH line -------------------------------------------

@test "an initial response that does not fit the line waits for 334" {
	local n password
	for n in 60 255; do
		password=$(printf "%0${n}d" 1)
		LOGIN=("user = '$(printf '%0255d' 2)'" "password = '$password'"
			"auth = 'PLAIN'")
		serve_implicit --dump-raw --user "$(printf '%0255d' 2)" \
			--password "$password"
		deliver
		assert_delivered
		[ "$(grep -a '^AUTH' "$RECORD/raw.1" | wc -L)" -le 511 ]
	done
	assert_contains "$(grep -a '^AUTH' "$RECORD/raw.1")" $'AUTH PLAIN\r'
}

@test "a password of 256 octets is refused for PLAIN, before connecting well" {
	LOGIN=("user = 'user'" "password = '$(printf '%0256d' 1)'"
		"auth = 'PLAIN'")
	serve_implicit
	refused 77
	refute_contains "$(dialogue)" 'C: AUTH'
}

# --- X-56: no secret in any output -----------------------------------------

# shows_no SECRET: neither raw nor in base64 or hex, whatever it stands behind.
shows_no() {
	local text
	text=$(cat out err)
	refute_contains "$text" "$1"
	refute_contains "$text" "$(printf %s "$1" | base64)"
	refute_contains "$text" "$(printf '\0user\0%s' "$1" | base64)"
	refute_contains "$text" "$(printf %s "$1" | od -An -tx1 | tr -d ' \n')"
	refute_contains "$text" "$(printf 'user' | base64)"
}

@test "X-56: -v with every mechanism shows lengths, no secret" {
	local mechanism
	LOGIN=("user = 'user'" "password = 'S3cr3t-W0rd-77'")
	for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 \
		SCRAM-SHA-256-PLUS; do
		ACCOUNT=("auth = '$mechanism'")
		serve_implicit --password S3cr3t-W0rd-77 --auth "$mechanism"
		deliver -v -v -d9 -t
		assert_status 0
		assert_contains "$errors" "C: AUTH $mechanism"
		shows_no S3cr3t-W0rd-77
		# No client's or server's message of SCRAM either.
		refute_contains "$errors" "$(printf 'n,,n=user' | base64)"
		[ "$(grep -cE '^[CS]: (334 )?[A-Za-z0-9+/]{12,}=*$' err)" -eq 0 ]
		stop_server
	done
}

@test "X-56: -v with a wrong password shows none" {
	LOGIN=("user = 'user'" "password = 'S3cr3t-W0rd-77'")
	serve_implicit
	deliver -v -t
	assert_status 77
	shows_no S3cr3t-W0rd-77
}

@test "X-56: --explain and -P show no password" {
	LOGIN=("user = 'user'" "password = 'S3cr3t-W0rd-77'")
	serve_implicit
	posthaste --explain </dev/null
	assert_status 0
	shows_no S3cr3t-W0rd-77
	assert_contains "$output" '(hidden)'
	deliver -P -t
	assert_status 0
	shows_no S3cr3t-W0rd-77
}

@test "X-56: the server's echo of the password is not repeated" {
	LOGIN=("user = 'user'" "password = 'S3cr3t-W0rd-77'")
	serve_implicit --auth PLAIN --rule \
		"on AUTH reply 334 $(printf '\0user\0S3cr3t-W0rd-77' | base64)"
	deliver -v -t
	assert_contains "$errors" octets
	shows_no S3cr3t-W0rd-77
}

@test "a password from the environment, of a variable that is no other use" {
	LOGIN=("user = 'user'" "password-from = 'env:MAIL_SECRET'")
	export MAIL_SECRET=S3cr3t-W0rd-77
	serve_implicit --password S3cr3t-W0rd-77
	deliver
	assert_delivered
	assert_contains "$(envelope 1 auth)" " user"
}
