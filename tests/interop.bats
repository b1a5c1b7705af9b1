#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A real server takes our messages: Postfix, with Dovecot for SASL. What it
# delivers is compared octet for octet with what was sent; what it logged tells
# how. The servers are those of tests/interop/postfix.bash, started once.

load helper
load interop/postfix

setup_file() {
	INTEROP_LACKS=$(interop_missing) || interop_start
	export INTEROP_LACKS
}

teardown_file() {
	interop_stop
}

setup() {
	[ -z "$INTEROP_LACKS" ] || skip "$INTEROP_LACKS"
	helper_setup
	CERTS=$ROOM/certs
	BOX=box$BATS_TEST_NUMBER
	LOGGED=$(wc -c <"$ROOM/mail.log")
}

teardown() {
	if [ -z "$INTEROP_LACKS" ] && [ -z "${BATS_TEST_COMPLETED-}" ]; then
		echo "$errors"
		logged
		tail -n 20 "$ROOM/dovecot.log"
	fi
}

# --- what these tests share ------------------------------------------------

# account_for SERVICE [LINE...]: the account for one of Postfix's services.
account_for() {
	local port=PORT_$1 tls=starttls
	case $1 in
	clear) tls=off ;;
	implicit* | expired) tls=implicit ;;
	esac
	PORT=${!port}
	shift
	write_account "tls = '$tls'" "$@"
}

# login MECHANISM [PASSWORD]: sets LOGIN to the lines of the account.
login() {
	(umask 077 && printf '%s\n' "${2-$INTEROP_PASSWORD}" >"$TMP/password")
	LOGIN=("user = 'user'" "password-from = 'file:$TMP/password'"
		"auth = '$1'")
}

# whole_message LINE...: lacks no field, so that nothing need be added.
whole_message() {
	printf '%s\n' 'From: sender@example.com' "To: $BOX@example.com" \
		'Date: Mon, 2 Mar 2026 10:00:00 +0000' \
		'Message-ID: <1@example.com>' 'Subject: test' "$@"
}

# Eight bits, all sorts of dots, blanks at line ends, an almost too long line.
awkward_message() {
	local long
	printf -v long '%998s' ''
	whole_message 'MIME-Version: 1.0' \
		'Content-Type: text/plain; charset=UTF-8' \
		'Content-Transfer-Encoding: 8bit' '' \
		'Grüße, Ελληνικά, 日本語' $'\xff\xfe\x80 not UTF-8' \
		'.' '..' '...' '. ' ' .' '.a' '' '' 'From here' '>From there' \
		'blanks  ' $'tab\t' "${long// /x}" '.' '' '.'
}

logged() {
	tail -c +$((LOGGED + 1)) "$ROOM/mail.log"
}

log_tells() {
	logged | grep -qE "$1"
}

# logs EXPRESSION: Postfix's log has such a line, soon.
logs() {
	wait_until log_tells "$1" || fail "not logged: $1"
}

is_delivered() {
	set -- "$ROOM/mail/$1/new"/*
	[ -e "$1" ]
}

# delivered BOX: the message, without the fields that Postfix put before it.
delivered() {
	wait_until is_delivered "$1" || return 1
	awk 'BEGIN { before = 1 }
		before && /^(Return-Path|X-Original-To|Delivered-To|Received):/ {
			ours = 0; next }
		before && /^[ \t]/ { next }
		{ before = 0; print }' "$ROOM/mail/$1/new"/*
}

trace_fields() {
	sed '/^From:/q' "$ROOM/mail/$BOX/new"/*
}

# arrives FILE: what BOX got is this file, octet for octet.
arrives() {
	assert_status 0
	assert_silent
	delivered "$BOX" >"$TMP/delivered"
	cmp "$1" "$TMP/delivered" || fail "$(od -An -c "$TMP/delivered" | tail)"
}

# submits SERVICE MECHANISM VERB [LINE...]: the awkward message arrives so, or
# one with these lines.
submits() {
	login "$2"
	account_for "$1" "${LOGIN[@]}"
	if [ $# -eq 3 ]; then
		awkward_message
	else
		whole_message '' "${@:4}"
	fi >"$TMP/message"
	posthaste -i -t <"$TMP/message"
	arrives "$TMP/message"
	logs "sasl_method=$2, sasl_username=user"
	logs "disconnect .* auth=1 mail=1 rcpt=1 $3=1 quit=1 commands=[0-9]+$"
	trace_fields | grep -q 'using TLSv1' || fail "$(trace_fields)"
	trace_fields | grep -q 'with ESMTPSA id' || fail "$(trace_fields)"
}

# refuses STATUS TEXT...: it ends so, and Postfix got no message.
refuses() {
	whole_message '' hello | posthaste -t
	assert_complaint "$@"
	refute_contains "$(logged)" ' client='
	! is_delivered "$BOX" || fail 'a message was delivered'
}

# --- each way in, each way to log in, each way to send ---------------------

@test "Postfix takes STARTTLS, PLAIN and BDAT" {
	submits starttls PLAIN bdat
}

@test "Postfix takes STARTTLS, PLAIN and DATA" {
	submits starttlsdata PLAIN data
}

@test "Postfix takes STARTTLS, LOGIN and BDAT" {
	submits starttls LOGIN bdat
}

@test "Postfix takes STARTTLS, LOGIN and DATA" {
	submits starttlsdata LOGIN data
}

@test "Postfix takes STARTTLS, SCRAM-SHA-1 and BDAT" {
	submits starttls SCRAM-SHA-1 bdat
}

@test "Postfix takes STARTTLS, SCRAM-SHA-1 and DATA" {
	submits starttlsdata SCRAM-SHA-1 data
}

@test "Postfix takes STARTTLS, SCRAM-SHA-256 and BDAT" {
	submits starttls SCRAM-SHA-256 bdat
}

@test "Postfix takes STARTTLS, SCRAM-SHA-256 and DATA" {
	submits starttlsdata SCRAM-SHA-256 data
}

@test "Postfix takes implicit TLS, PLAIN and BDAT" {
	submits implicit PLAIN bdat
}

@test "Postfix takes implicit TLS, PLAIN and DATA" {
	submits implicitdata PLAIN data
}

@test "Postfix takes implicit TLS, SCRAM-SHA-256 and BDAT" {
	submits implicit SCRAM-SHA-256 bdat
}

@test "Postfix takes implicit TLS, SCRAM-SHA-256 and DATA" {
	submits implicitdata SCRAM-SHA-256 data
}

@test "Postfix takes TLS 1.2" {
	submits tls12 SCRAM-SHA-256 bdat
	trace_fields | grep -q 'using TLSv1.2' || fail "$(trace_fields)"
}

@test "Postfix takes a message from a server without any extension we use" {
	submits bare PLAIN data hello . .. .a '' .
}

@test "Postfix takes a message in clear and without login" {
	account_for clear "auth = 'off'"
	awkward_message >"$TMP/message"
	posthaste -i -t <"$TMP/message"
	arrives "$TMP/message"
}

@test "auto chooses SCRAM-SHA-256 of what Dovecot offers" {
	login auto
	account_for starttls "${LOGIN[@]}"
	whole_message '' hello >"$TMP/message"
	posthaste -t <"$TMP/message"
	arrives "$TMP/message"
	logs 'sasl_method=SCRAM-SHA-256, sasl_username=user'
}

@test "latency minimal is taken by Postfix too" {
	login PLAIN
	account_for implicit "${LOGIN[@]}" "latency = 'minimal'"
	awkward_message >"$TMP/message"
	posthaste -i -t <"$TMP/message"
	arrives "$TMP/message"
	refute_contains "$(logged)" 'improper command pipelining'
}

# --- messages --------------------------------------------------------------

# is_large SERVICE VERB: 20 MB arrive.
is_large() {
	login SCRAM-SHA-256
	account_for "$1" "${LOGIN[@]}"
	{
		awkward_message
		awk 'BEGIN {
			for (i = 0; i < 280000; i++)
				printf "%s%07d abcdefghijklmnopqrstuvwxyz " \
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789\n",
				    i % 5 ? "" : ".", i
		}'
	} >"$TMP/message"
	assert_equal $(($(wc -c <"$TMP/message") / 1000000)) 20
	posthaste -i -t <"$TMP/message"
	arrives "$TMP/message"
	logs "disconnect from .* mail=1 rcpt=1 $2=[0-9]+ quit=1"
}

@test "20 MB arrive by BDAT under STARTTLS" {
	is_large starttls bdat
}

@test "20 MB arrive by DATA under implicit TLS" {
	is_large implicitdata data
}

@test "an empty body arrives" {
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	whole_message '' >"$TMP/message"
	posthaste -t <"$TMP/message"
	arrives "$TMP/message"
}

@test "what is missing is added, Bcc is removed, and Postfix adds nothing" {
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	printf 'Bcc: %s@example.com\nSubject: test\n\nhello\n' "$BOX" |
		posthaste -t
	assert_status 0
	assert_silent
	delivered "$BOX" >"$TMP/delivered"
	assert_equal "$(sed -n 's/:.*//p;/^$/q' "$TMP/delivered" | sort |
		paste -sd ' ')" 'Date From Message-ID Subject To'
}

@test "an address in UTF-8 is served by SMTPUTF8" {
	BOX=jörg
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	whole_message 'MIME-Version: 1.0' \
		'Content-Type: text/plain; charset=UTF-8' \
		'Content-Transfer-Encoding: 8bit' '' 'grün' >"$TMP/message"
	posthaste -t <"$TMP/message"
	arrives "$TMP/message"
	trace_fields | grep -q 'with UTF8SMTPSA id' || fail "$(trace_fields)"
}

@test "the good recipient is served beside an unknown one: 67" {
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	whole_message '' hello >"$TMP/message"
	posthaste nobody@example.com "$BOX@example.com" <"$TMP/message"
	assert_status 67
	assert_contains "$errors" nobody@example.com
	delivered "$BOX" | cmp "$TMP/message"
}

# --- refusals --------------------------------------------------------------

@test "a wrong password is refused under PLAIN: 77" {
	login PLAIN wrong
	account_for starttls "${LOGIN[@]}"
	refuses 77
	refute_contains "$errors" wrong
}

@test "a wrong password is refused under SCRAM-SHA-256: 77" {
	login SCRAM-SHA-256 wrong
	account_for implicit "${LOGIN[@]}"
	refuses 77
	refute_contains "$errors" wrong
}

@test "a wrong password in one flight with MAIL is refused: 77" {
	login PLAIN wrong
	account_for implicit "${LOGIN[@]}" "latency = 'minimal'"
	refuses 77
}

@test "an expired certificate is not acceptable: 76" {
	login PLAIN
	account_for expired "${LOGIN[@]}"
	refuses 76 expired
	refute_contains "$(logged)" sasl
}

@test "a certificate of an unknown issuer is not acceptable: 76" {
	login PLAIN
	account_for starttls "${LOGIN[@]}" \
		"tls-ca-file = '$CERTS/selfsigned.pem'"
	refuses 76 issuer
	refute_contains "$(logged)" sasl
}

@test "a certificate for another name is not acceptable: 76" {
	login PLAIN
	account_for starttls "${LOGIN[@]}" "tls-name = 'other.example'"
	refuses 76 other.example
	refute_contains "$(logged)" sasl
}

@test "an unknown recipient is refused: 67" {
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	BOX=nobody
	refuses 67 nobody@example.com
}

@test "Postfix refuses who has not logged in: not 0, nothing delivered" {
	account_for starttls "auth = 'off'"
	whole_message '' hello | posthaste -t
	[ "$status" -ne 0 ]
	! is_delivered "$BOX"
}

@test "what is larger than SIZE allows is not sent" {
	login PLAIN
	account_for starttls "${LOGIN[@]}"
	{
		whole_message ''
		head -c 41000000 /dev/zero | tr '\0' x | fold -w 72
	} | posthaste -t
	assert_complaint 69
	refute_contains "$(logged)" ' client='
}
