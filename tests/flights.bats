#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Round trips until the final reply, connecting included: the server counts
# them. One more than here is a regression, and fails.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

NO_PIPELINING=(--without PIPELINING --without CHUNKING)
WITH_DATA=(--without CHUNKING)
WITH_BDAT=()
TLS12=(--tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.2)

# takes_trips N WAY OPTION...: deliver to TO (one recipient) takes N; WAY is
# serve, serve_starttls or serve_implicit.
takes_trips() {
	local wanted=$1 way=$2
	shift 2
	# The client may write a group in pieces: wait for all of it.
	"$way" --settle-ms "${SETTLE:-25}" "$@"
	deliver "${TO[@]}"
	assert_status 0
	assert_silent
	stop_server
	assert_no_violations
	assert_equal "$(round_trips 1)" "$wanted"
}

login_with() {
	LOGIN=("user = 'user'" "password = 'secret'" "auth = '$1'")
}

minimal() {
	ACCOUNT+=("latency = 'minimal'")
}

# --- in the clear ----------------------------------------------------------

@test "clear, one command at a time: 7" {
	takes_trips 7 serve "${NO_PIPELINING[@]}"
}

@test "clear, one command at a time, three recipients: 9" {
	TO=(a@example.com b@example.com c@example.com)
	takes_trips 9 serve "${NO_PIPELINING[@]}"
}

@test "clear, one command at a time, BDAT: 6" {
	takes_trips 6 serve --without PIPELINING
}

@test "clear, DATA: 5" {
	takes_trips 5 serve "${WITH_DATA[@]}"
}

@test "clear, DATA, three recipients: 5" {
	TO=(a@example.com b@example.com c@example.com)
	takes_trips 5 serve "${WITH_DATA[@]}"
}

@test "clear, BDAT: 4" {
	takes_trips 4 serve "${WITH_BDAT[@]}"
}

@test "clear, BDAT, three recipients: safe 5, minimal 4" {
	TO=(a@example.com b@example.com c@example.com)
	takes_trips 5 serve "${WITH_BDAT[@]}"
	minimal
	takes_trips 4 serve "${WITH_BDAT[@]}"
}

@test "clear, all or none, three recipients: DATA 6, BDAT 5" {
	TO=(a@example.com b@example.com c@example.com)
	ACCOUNT=("partial = 'all-or-none'")
	takes_trips 6 serve "${WITH_DATA[@]}"
	takes_trips 5 serve "${WITH_BDAT[@]}"
	minimal
	takes_trips 5 serve "${WITH_BDAT[@]}"
}

@test "clear, all or none, one recipient: DATA 5, BDAT 4" {
	ACCOUNT=("partial = 'all-or-none'")
	takes_trips 5 serve "${WITH_DATA[@]}"
	takes_trips 4 serve "${WITH_BDAT[@]}"
}

@test "HELO: 8, one more for the EHLO that was refused" {
	takes_trips 8 serve --rule 'on EHLO reply 502 no'
}

@test "a second transaction on the same connection costs one, with DATA two" {
	TO=(a@example.com b@example.com)
	takes_trips 4 serve --announce 'LIMITS RCPTMAX=1'
	assert_equal "$(round_trips 2)" 5
	takes_trips 5 serve "${WITH_DATA[@]}" --announce 'LIMITS RCPTMAX=1'
	assert_equal "$(round_trips 2)" 7
}

@test "1,000 recipients take as many flights as three" {
	# shellcheck disable=SC2207
	TO=($(seq -f 'r%.0f@example.com' 1 1000))
	SETTLE=60 takes_trips 5 serve "${WITH_BDAT[@]}"
}

# --- STARTTLS --------------------------------------------------------------

@test "STARTTLS without login: 10, DATA 8, BDAT 7" {
	takes_trips 10 serve_starttls "${NO_PIPELINING[@]}"
	takes_trips 8 serve_starttls "${WITH_DATA[@]}"
	takes_trips 7 serve_starttls "${WITH_BDAT[@]}"
}

@test "STARTTLS, PLAIN, one command at a time: 11" {
	login_with PLAIN
	takes_trips 11 serve_starttls "${NO_PIPELINING[@]}"
}

@test "STARTTLS, PLAIN, DATA: safe 9, minimal 8" {
	login_with PLAIN
	takes_trips 9 serve_starttls "${WITH_DATA[@]}"
	minimal
	takes_trips 8 serve_starttls "${WITH_DATA[@]}"
}

@test "STARTTLS, PLAIN, BDAT: safe 8, minimal 7" {
	login_with PLAIN
	takes_trips 8 serve_starttls "${WITH_BDAT[@]}"
	minimal
	takes_trips 7 serve_starttls "${WITH_BDAT[@]}"
}

@test "STARTTLS, SCRAM: 13, DATA 11, BDAT 10" {
	login_with SCRAM-SHA-256
	takes_trips 13 serve_starttls "${NO_PIPELINING[@]}"
	takes_trips 11 serve_starttls "${WITH_DATA[@]}"
	takes_trips 10 serve_starttls "${WITH_BDAT[@]}"
}

# A full handshake of TLS 1.2 takes one more, which False Start saves.
@test "STARTTLS, TLS 1.2: no more than with 1.3" {
	takes_trips 7 serve_starttls "${TLS12[@]}"
	login_with PLAIN
	minimal
	takes_trips 7 serve_starttls "${TLS12[@]}"
}

# --- implicit TLS ----------------------------------------------------------

@test "implicit TLS without login: 8, DATA 6, BDAT 5" {
	takes_trips 8 serve_implicit "${NO_PIPELINING[@]}"
	takes_trips 6 serve_implicit "${WITH_DATA[@]}"
	takes_trips 5 serve_implicit "${WITH_BDAT[@]}"
}

@test "implicit TLS, PLAIN, one command at a time: 9" {
	login_with PLAIN
	takes_trips 9 serve_implicit "${NO_PIPELINING[@]}"
}

@test "implicit TLS, PLAIN, DATA: safe 7, minimal 6" {
	login_with PLAIN
	takes_trips 7 serve_implicit "${WITH_DATA[@]}"
	minimal
	takes_trips 6 serve_implicit "${WITH_DATA[@]}"
}

@test "implicit TLS, PLAIN, BDAT: safe 6, minimal 5" {
	login_with PLAIN
	takes_trips 6 serve_implicit "${WITH_BDAT[@]}"
	minimal
	takes_trips 5 serve_implicit "${WITH_BDAT[@]}"
}

@test "implicit TLS, PLAIN, BDAT, three recipients: safe 6, minimal 5" {
	TO=(a@example.com b@example.com c@example.com)
	login_with PLAIN
	takes_trips 6 serve_implicit "${WITH_BDAT[@]}"
	minimal
	takes_trips 5 serve_implicit "${WITH_BDAT[@]}"
}

@test "implicit TLS, EXTERNAL, BDAT: safe 6, minimal 5" {
	LOGIN=("user = 'user'" "auth = 'EXTERNAL'"
		"tls-cert-file = '$CERTS/client.pem'"
		"tls-key-file = '$CERTS/client.key'")
	takes_trips 6 serve_implicit --client-ca "$CERTS/ca.pem" \
		--auth EXTERNAL
	minimal
	takes_trips 5 serve_implicit --client-ca "$CERTS/ca.pem" \
		--auth EXTERNAL
}

@test "implicit TLS, SCRAM: 11, DATA 9, BDAT 8" {
	login_with SCRAM-SHA-256
	takes_trips 11 serve_implicit "${NO_PIPELINING[@]}"
	takes_trips 9 serve_implicit "${WITH_DATA[@]}"
	takes_trips 8 serve_implicit "${WITH_BDAT[@]}"
}

@test "implicit TLS, LOGIN 8 and CRAM-MD5 7, BDAT" {
	login_with LOGIN
	takes_trips 8 serve_implicit
	login_with CRAM-MD5
	takes_trips 7 serve_implicit
}

# One more for the handshake, one less because the greeting comes with its end.
@test "implicit TLS, TLS 1.2: no more than with 1.3" {
	takes_trips 5 serve_implicit "${TLS12[@]}"
	login_with PLAIN
	minimal
	takes_trips 5 serve_implicit "${TLS12[@]}"
}

@test "implicit TLS, greeting with the handshake: one less" {
	takes_trips 4 serve_implicit --early-greeting
	login_with PLAIN
	minimal
	takes_trips 4 serve_implicit --early-greeting
}

@test "asking once more behind the login costs one" {
	login_with SCRAM-SHA-256
	TO=(-t -N failure)
	takes_trips 9 serve_implicit --without DSN --after-auth-announce DSN
}

# --- the network agrees ----------------------------------------------------

@test "a relay between the two counts the same" {
	serve "${WITH_BDAT[@]}"
	start_meter
	write_clear_account
	deliver
	wait_until test -s "$METER_COUNT"
	assert_delivered
	assert_equal "$(cat "$METER_COUNT")" 4
}
