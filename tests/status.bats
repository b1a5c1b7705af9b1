#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The exit status and the one line on stderr for every way that a run ends.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

# reply_gives STATUS EVENT REPLY: a server's reply to EVENT leads to STATUS and a
# line with the reply.
reply_gives() {
	fails "$1" "on $2 reply $3" "$3"
}

# --- 0 and 64 --------------------------------------------------------------

@test "0: accepted, not a word on either stream" {
	serve
	deliver
	assert_status 0
	assert_silent
}

@test "64: usage errors name the option, and need no configuration" {
	local option
	for option in -Z --nonsense -f -Nx -Rx --set; do
		bounded "$POSTHASTE" -C /nonexistent "$option" </dev/null
		assert_complaint 64 "${option:0:2}"
	done
}

@test "64: an empty word is no address" {
	bounded "$POSTHASTE" -C /nonexistent '' </dev/null
	assert_complaint 64
}

@test "64: no recipients, the input is read to its end" {
	serve
	{
		a_message
		head -c 1000000 /dev/zero && echo whole >written
	} | posthaste
	assert_complaint 64 'no recipients'
	wait_until test -s written
	assert_nothing_sent
}

@test "64: -t and no recipients in the header" {
	serve
	printf 'Subject: x\n\nTo: a@example.com\n' | posthaste -t
	assert_complaint 64 'no recipients'
	printf 'To: undisclosed-recipients:;\n\nx\n' | posthaste -t
	assert_complaint 64 'no recipients'
	assert_nothing_sent
}

@test "a failure never breaks the writer's pipe" {
	serve
	write_clear_account "nonsense = 'x'"
	{
		a_message
		head -c 1000000 /dev/zero && echo whole >written
	} | posthaste -t
	assert_status 78
	wait_until test -s written
}

# --- 65 --------------------------------------------------------------------

@test "65: a malformed address, named, before connecting" {
	serve
	deliver 'a b@example.com'
	assert_complaint 65 'a b@example.com'
	printf 'To: <a@example.com\n\nx\n' | posthaste -t
	assert_complaint 65 '<a@example.com'
	deliver -t -f 'x y'
	assert_complaint 65 'x y'
	stop_server
	assert_equal "$(dialogue)" ''
}

@test "65: an address that needs a domain where there is none" {
	serve
	deliver root
	[ "$status" -eq 65 ] || assert_status 0
	if [ "$status" -eq 65 ]; then
		assert_complaint 65 root qualify-domain
	fi
}

# --- 67 and 69 -------------------------------------------------------------

@test "67: 550, 551 and 553 to RCPT without an enhanced code" {
	local code
	for code in 550 551 553; do
		reply_gives 67 RCPT "$code no such user"
	done
}

@test "67: 5.1.z to RCPT, whatever the code" {
	local reply
	for reply in '550 5.1.1 unknown' '554 5.1.2 no such host' \
		'550 5.1.10 null MX'; do
		reply_gives 67 RCPT "$reply"
	done
}

@test "69: RCPT refused for another reason" {
	local reply
	for reply in '550 5.7.1 policy' '550 5.2.1 disabled' \
		'554 no relaying' '571 blocked' '556 5.1.10 no mail'; do
		case $reply in
		556*) reply_gives 67 RCPT "$reply" ;;
		*) reply_gives 69 RCPT "$reply" ;;
		esac
	done
}

@test "69: one unknown, one refused for another reason" {
	serve --rule 'on RCPT 1 reply 550 5.1.1 unknown' \
		--rule 'on RCPT 2 reply 550 5.7.1 policy'
	deliver a@example.com b@example.com
	assert_status 69
	assert_equal "$(wc -l <err)" 2
	assert_contains "$errors" 'a@example.com'
	assert_contains "$errors" 'b@example.com'
}

@test "67: some refused as unknown, the rest delivered, only those named" {
	serve --rule 'on RCPT 2-3 reply 550 5.1.1 unknown'
	deliver a@example.com b@example.com c@example.com d@example.com
	assert_status 67
	assert_equal "$(wc -l <err)" 2
	refute_contains "$errors" a@example.com
	refute_contains "$errors" d@example.com
	stop_server
	assert_received 1
	assert_equal "$(grep -c '^rcpt-reply: 2' "$RECORD/1.envelope")" 2
}

@test "69: MAIL refused; 5.7.z is about the login, 77" {
	reply_gives 69 MAIL '550 5.1.8 bad sender'
	reply_gives 69 MAIL '553 no'
	reply_gives 77 MAIL '550 5.7.1 not your address'
	reply_gives 77 MAIL '553 5.7.1 sender not owned'
}

@test "69: too big" {
	reply_gives 69 EOD '552 5.3.4 too big'
	reply_gives 69 EOD '552 5.2.3 too big for the mailbox'
	reply_gives 69 MAIL '552 5.3.4 too big'
	serve --announce 'SIZE 10'
	deliver
	assert_complaint 69 larger
	assert_nothing_sent
}

@test "69: content refused" {
	reply_gives 69 EOD '554 5.6.0 bad content'
	reply_gives 69 EOD '550 5.7.1 spam'
}

@test "69: no service: 554 and 521 as greeting" {
	reply_gives 69 GREETING '554 no service'
	reply_gives 69 GREETING '521 5.3.2 no mail here'
}

# --- 68 --------------------------------------------------------------------

@test "68 or 75: the server's name" {
	PORT=25
	write_clear_account "server = 'no-such-host.invalid:25'"
	deliver
	# Without a resolver that answers nobody can know.
	[ "$status" -eq 68 ] || [ "$status" -eq 75 ]
	assert_complaint "$status" no-such-host.invalid
}

# --- 75 --------------------------------------------------------------------

@test "75: 421, 450, 451, 452 and 454 to RCPT" {
	local code
	for code in 421 450 451 452 454; do
		reply_gives 75 RCPT "$code 4.0.0 later"
	done
}

@test "75: 552 to RCPT is too many, for now" {
	reply_gives 75 RCPT '552 too many recipients'
}

@test "75: 4yz to MAIL and to the content" {
	reply_gives 75 MAIL '451 4.7.1 greylisted'
	reply_gives 75 EOD '451 4.3.0 try again'
	reply_gives 75 EOD '452 4.3.1 disk full'
}

@test "75: 4yz as greeting and to EHLO" {
	reply_gives 75 GREETING '450 later'
	reply_gives 75 EHLO '451 later'
}

@test "75: one put off, one unknown" {
	serve --rule 'on RCPT 1 reply 450 4.2.1 later' \
		--rule 'on RCPT 2 reply 550 5.1.1 unknown'
	deliver a@example.com b@example.com
	assert_status 75
	assert_equal "$(wc -l <err)" 2
}

@test "75: one put off, the rest delivered" {
	serve --rule 'on RCPT 1 reply 450 4.2.1 later'
	deliver a@example.com b@example.com
	assert_complaint 75 a@example.com '450 4.2.1 later'
	stop_server
	assert_received 1
}

@test "75: nobody listens" {
	PORT=$(free_port)
	write_clear_account
	deliver
	assert_complaint 75 'cannot connect' localhost "$PORT" refused
}

@test "75: silence, and an end before the content" {
	ACCOUNT=("timeout-reply = '1s'")
	fails 75 'on EHLO silent then stall' 'took too long' EHLO
	ACCOUNT=()
	fails 75 'on EHLO silent then rst' EHLO
}

@test "75: an end behind the content, with the words" {
	serve --rule 'on EOD silent then drop'
	deliver
	assert_complaint 75 'may have been accepted'
}

@test "75: the disk is full, nothing is sent" {
	serve
	{ a_message; head -c 3000000 /dev/zero | tr '\0' x | fold; } >message
	bounded sh -c 'ulimit -f 8 && exec "$@"' - \
		"$POSTHASTE" -C "$CONFIG" -t <message
	assert_status 75
	assert_nothing_sent
}

@test "71 or 75: no memory is never success" {
	local limit
	case $(nm -D "$POSTHASTE" 2>/dev/null) in
	*__asan*) skip 'AddressSanitizer reserves more than any limit' ;;
	esac
	serve
	a_message >message
	for limit in 3000 4000 6000 8000; do
		bounded sh -c 'ulimit -v $1 && shift && exec "$@"' - "$limit" \
			"$POSTHASTE" -C "$CONFIG" -t <message
		[ "$status" -ne 0 ] || [ -n "$(find "$RECORD" -name '*.envelope')" ]
	done
}

# --- 76, 77, 78 ------------------------------------------------------------

@test "76: TLS that is required and missing, or a bad certificate" {
	serve
	write_account "tls = 'starttls'"
	deliver
	assert_complaint 76 STARTTLS
	CERT=expired serve_implicit
	deliver
	assert_complaint 76 expired
	assert_nothing_sent
}

@test "76: what is no SMTP" {
	fails 76 'on GREETING raw "HTTP/1.1 400 Bad Request\r\n"' SMTP
}

@test "77: 530, 534, 535, 538 and 5.7.8" {
	local reply
	LOGIN=("user = 'user'" "password = 'secret'" "auth = 'PLAIN'")
	for reply in '535 5.7.8 bad' '534 5.7.9 weak' '538 5.7.11 encrypt' \
		'530 5.7.0 no'; do
		serve_implicit --rule "on AUTH reply $reply"
		deliver
		assert_complaint 77 "$reply"
	done
	LOGIN=()
	serve --require-auth
	deliver
	assert_complaint 77 530
}

@test "75: 454 to AUTH" {
	LOGIN=("user = 'user'" "password = 'secret'")
	serve_implicit --rule 'on AUTH reply 454 4.7.0 later'
	deliver
	assert_complaint 75 '454 4.7.0 later'
}

@test "77 or 78: no password, with what to set; nobody is asked" {
	LOGIN=("user = 'user'")
	serve_implicit
	deliver
	[ "$status" -eq 77 ] || [ "$status" -eq 78 ]
	assert_complaint "$status" password-from
	assert_nothing_sent
}

@test "77: -f where the account does not allow it" {
	ACCOUNT=("sender-policy = 'refuse'")
	serve
	deliver -t -f other@example.org
	assert_complaint 77 other@example.org
	assert_nothing_sent
}

@test "78: no configuration file, or a bad one" {
	bounded "$POSTHASTE" -C "$TMP/missing.conf" a@example.com </dev/null
	assert_complaint 78 "$TMP/missing.conf"
	PORT=1
	write_account "nonsense = 'x'"
	deliver
	assert_complaint 78 "$CONFIG:" nonsense
}

@test "78: no account at all, with what to write" {
	: >"$CONFIG"
	deliver
	assert_complaint 78 account server
}

# --- what is done with errors ----------------------------------------------

@test "-oeq and -eq say nothing, the status stays" {
	local option
	serve --rule 'on RCPT reply 550 5.1.1 unknown'
	for option in -oeq -eq -OErrorMode=q; do
		deliver "$option" -t
		assert_status 67
		assert_silent
	done
	deliver -oep -t
	assert_complaint 67
}

@test "an error text is one line however long the server's words are" {
	serve --rule 'on RCPT raw "550 " repeat 3000 "x" raw "\r\n"'
	deliver
	assert_complaint 67
	[ "$(wc -c <err)" -lt 1200 ]
}
