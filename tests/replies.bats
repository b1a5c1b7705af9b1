#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Greeting, EHLO and HELO, and replies of every kind (RFC 5321): what servers
# may say, and what they must not.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

last_word() {
	assert_equal "$(commands | tail -n 1)" "$1"
}

# --- the greeting ----------------------------------------------------------

@test "a greeting of several lines is read whole before EHLO" {
	takes 'on GREETING raw "220-mail.example\r\n" then flush then delay 0.1 then raw "220-be patient\r\n" then flush then delay 0.1 then raw "220 go\r\n"'
}

@test "a greeting that comes octet by octet" {
	takes 'on GREETING split 1 1'
}

@test "a greeting that looks like an error behind its 220" {
	takes 'on GREETING reply 220 mail.example ESMTP 550 not really'
}

@test "554 instead of a greeting: 69, and nothing but QUIT" {
	fails 69 'on GREETING reply 554 5.3.2 no service here' \
		'554 5.3.2 no service here'
	assert_equal "$(commands)" QUIT
}

@test "521 instead of a greeting is final too" {
	fails 69 'on GREETING reply 521 we do not accept mail' 521
	assert_equal "$(commands)" QUIT
}

@test "421 instead of a greeting: 75" {
	fails 75 'on GREETING reply 421 4.3.2 later then close' '421 4.3.2 later'
	refute_contains "$(commands)" EHLO
}

@test "450 instead of a greeting: 75, and QUIT" {
	fails 75 'on GREETING reply 450 busy' busy
	assert_equal "$(commands)" QUIT
}

@test "a server that closes instead of greeting: 75" {
	fails 75 'on ACCEPT drop' closed
}

# --- EHLO and HELO ---------------------------------------------------------

@test "EHLO with 500, 502 or 504 leads to HELO, without parameters" {
	local code
	for code in '500 5.5.1' 502 504; do
		serve --rule "on EHLO reply $code no EHLO here"
		deliver
		assert_delivered
		assert_equal "$(commands)" "EHLO client.example
HELO client.example
MAIL FROM:<sender@example.com>
RCPT TO:<rcpt@example.com>
DATA
QUIT"
	done
}

@test "EHLO with 550 or 521 is final: 69, no HELO" {
	local code
	for code in 550 521; do
		fails 69 "on EHLO reply $code go away" "$code"
		refute_contains "$(commands)" HELO
	done
}

@test "EHLO with 421 or 451: 75" {
	fails 75 'on EHLO reply 421 busy then close' busy
	fails 75 'on EHLO reply 451 4.3.0 busy' busy
}

@test "HELO refused as well: 69" {
	serve --rule 'on EHLO reply 502 no' --rule 'on HELO reply 550 no'
	deliver
	assert_complaint 69 550
	assert_nothing_sent
}

@test "X-03: EHLO refused does not lead to HELO when TLS is required" {
	CERT=server serve_starttls --rule 'on EHLO reply 502 no'
	deliver
	assert_complaint 76 EHLO TLS
	stop_server
	refute_contains "$(commands)" HELO
	refute_contains "$(commands)" MAIL
}

@test "EHLO refused does not lead to HELO when a login is required" {
	ACCOUNT=("user = 'user'" "password = 'secret'" "auth = 'auto'"
		"auth-clear = 'on'")
	serve --rule 'on EHLO reply 502 no'
	deliver
	assert_status 69
	stop_server
	refute_contains "$(commands)" HELO
}

@test "the name in EHLO is the account's domain" {
	serve
	deliver
	assert_delivered
	assert_equal "$(commands | head -n 1)" 'EHLO client.example'
}

@test "without domain EHLO gives a full name or an address, not localhost" {
	local name
	serve
	sed -i '/domain = /d' "$CONFIG"
	deliver
	assert_delivered
	name=$(commands | sed -n 's/^EHLO //p')
	[[ $name == \[127.0.0.1\] || $name == *?.?* ]] || fail "$name"
	[[ $name != localhost* ]]
}

@test "an address literal as domain" {
	ACCOUNT=("domain = '[192.0.2.1]'")
	serve
	deliver
	assert_delivered
	assert_equal "$(commands | head -n 1)" 'EHLO [192.0.2.1]'
}

@test "an EHLO reply of one line: no extension is used" {
	takes 'on EHLO reply 250 mail.example'
	assert_contains "$(commands)" $'MAIL FROM:<sender@example.com>\n'
	assert_contains "$(commands)" DATA
}

@test "keywords in small letters count" {
	takes 'on EHLO reply 250-mail.example\r\n250-size 1000000\r\n250 chunking'
	assert_contains "$(commands)" BDAT
	assert_contains "$(commands)" ' SIZE='
}

@test "unknown keywords with 60 parameters change nothing" {
	takes "on EHLO reply 250-mail.example\r\n250-XEVIL$(printf ' p%.0s' {1..60})\r\n250 XOORG"
}

@test "a keyword twice, and an empty one at the end" {
	takes 'on EHLO raw "250-mail.example\r\n250-SIZE 1000\r\n250-SIZE 2000\r\n250-PIPELINING\r\n250-PIPELINING\r\n250 \r\n"'
}

@test "an EHLO reply of 300 lines" {
	takes 'on EHLO raw "250-mail.example\r\n" repeat 298 "250-XKEY\r\n" raw "250 CHUNKING\r\n"'
	assert_contains "$(commands)" BDAT
}

@test "PIPELININGX is not PIPELINING, CHUNKINGX not CHUNKING" {
	serve --without PIPELINING --without CHUNKING \
		--announce PIPELININGX --announce CHUNKINGX
	deliver
	assert_delivered
	assert_contains "$(commands)" DATA
}

# --- exact octets ----------------------------------------------------------

@test "every command, octet by octet" {
	local size
	serve --dump-raw --without CHUNKING --without PIPELINING
	deliver
	assert_delivered
	size=$(wc -c <"$RECORD/1.message")
	{
		printf '%s\r\n' 'EHLO client.example' \
			"MAIL FROM:<sender@example.com> SIZE=$size" \
			'RCPT TO:<rcpt@example.com>' DATA
		received 1
		printf '.\r\nQUIT\r\n'
	} | cmp - "$RECORD/raw.1"
}

@test "every octet with BDAT" {
	local size
	serve --dump-raw
	deliver
	assert_delivered
	size=$(wc -c <"$RECORD/1.message")
	{
		printf '%s\r\n' 'EHLO client.example' \
			"MAIL FROM:<sender@example.com> SIZE=$size" \
			'RCPT TO:<rcpt@example.com>' "BDAT $size LAST"
		received 1
		printf 'QUIT\r\n'
	} | cmp - "$RECORD/raw.1"
}

@test "local parts are quoted only where they must be" {
	serve
	deliver -- '"a.b"@example.com' '"john doe"@example.com' \
		'"a@b"@example.com' '"q\"x"@example.com' 'A.Case@example.com'
	assert_delivered
	assert_equal "$(envelope 1 rcpt)" 'RCPT TO:<a.b@example.com>
RCPT TO:<"john doe"@example.com>
RCPT TO:<"a@b"@example.com>
RCPT TO:<"q\"x"@example.com>
RCPT TO:<A.Case@example.com>'
}

@test "a local part of 64 octets goes, of 65 does not" {
	serve
	deliver "$(printf '%064d' 0)@example.com"
	assert_status 0
	deliver "$(printf '%065d' 0)@example.com"
	assert_complaint 65
	stop_server
	assert_received 1
}

@test "a path of more than 256 octets does not go" {
	local label
	label=$(printf '%061d' 0)
	serve
	deliver "a@$label.$label.$label.$label.example"
	assert_complaint 65
	assert_nothing_sent
}

# --- the shape of replies --------------------------------------------------

@test "a reply without text" {
	takes 'on MAIL raw "250\r\n"' 'on RCPT raw "250\r\n"'
}

@test "a reply that ends in LF alone" {
	takes 'on MAIL raw "250 ok\n"'
}

@test "lines with different codes: the last one counts" {
	takes 'on MAIL raw "550-no\r\n250 yes\r\n"'
	fails 75 'on MAIL raw "250-yes\r\n451 no\r\n"' 451
}

@test "NUL and 8-bit octets in a reply" {
	takes 'on MAIL raw "250 o\0k \xff\xfe\xc3\xa4\r\n"'
}

@test "a line of 10,000 octets" {
	takes 'on MAIL raw "250 " repeat 10000 "x" raw "\r\n"'
}

@test "every reply octet by octet" {
	takes 'on EHLO split 1' 'on MAIL split 1' 'on RCPT split 1' \
		'on BDAT split 1' 'on EOD split 1' 'on QUIT split 1'
}

@test "each reply in a segment of its own" {
	serve --eager
	deliver a@example.com b@example.com c@example.com
	assert_delivered
}

@test "what is no reply ends the session with 76" {
	local reply
	for reply in abc '25 short' '2500 long' '-250 ok' '600 no' '099 no'; do
		serve --without PIPELINING --rule "on MAIL raw \"$reply\r\n\""
		deliver
		assert_complaint 76 'no SMTP reply'
		assert_nothing_taken
	done
}

@test "199 and 355 are no replies of ours: 76" {
	local reply
	for reply in '199 wait' '355 octet-offset'; do
		serve --without PIPELINING --rule "on MAIL reply $reply"
		deliver
		assert_complaint 76 "$reply"
		assert_nothing_taken
	done
}

@test "what is no reply, when the content has left already: doubt" {
	serve --rule 'on MAIL raw "abc\r\n"'
	deliver
	assert_complaint 75 'no SMTP reply' 'may have been accepted'
}

@test "a reply that nobody asked for is a protocol error" {
	fails 76 'on GREETING default then inject "250 surplus\r\n"' \
		'nothing asked for'
}

@test "a reply behind 221 is ignored" {
	takes 'on QUIT default then inject "250 surplus\r\n"'
}

# --- codes -----------------------------------------------------------------

@test "unknown codes count by their first digit" {
	takes 'on MAIL reply 299 fine' 'on RCPT reply 298 fine'
	fails 75 'on RCPT reply 499 odd' 499
	fails 69 'on RCPT reply 599 odd' 599
}

@test "251 and 252 accept a recipient" {
	takes 'on RCPT reply 251 will forward'
	takes 'on RCPT reply 252 will try'
}

@test "X-26: an address in a 551 is not followed" {
	fails 67 'on RCPT reply 551 5.1.6 try <evil@example.org>' 551
	refute_contains "$(commands)" 'RCPT TO:<evil'
}

@test "MAIL refused: the sender is named, no content goes" {
	fails 69 'on MAIL reply 550 5.1.8 bad sender' '550 5.1.8 bad sender' \
		sender@example.com
	refute_contains "$(dialogue)" octets\>
}

@test "452 and 552 to a later RCPT: the rest follows in a new transaction" {
	local code
	for code in '452 4.5.3' '552 5.5.3'; do
		serve --rule "message 1 on RCPT 3 reply $code too many"
		deliver a@example.com b@example.com c@example.com
		assert_delivered 2
		assert_equal "$(envelope 1 rcpt | grep -c example)" 2 ||
			assert_contains "$(envelope 1)" c@example.com
		assert_contains "$(envelope 2 rcpt)" c@example.com
	done
}

@test "452 to the only recipient: 75" {
	fails 75 'on RCPT reply 452 4.2.2 full' full rcpt@example.com
}

@test "250 to DATA is not leave to send: 76" {
	serve --without CHUNKING --rule 'on DATA reply 250 ok'
	deliver
	assert_complaint 76 250
	stop_server
	assert_received 0
}

@test "DATA refused: 75 or 69" {
	serve --without CHUNKING --rule 'on DATA reply 451 4.3.0 later'
	deliver
	assert_complaint 75 '451 4.3.0 later'
	assert_nothing_taken
	serve --without CHUNKING --rule 'on DATA reply 554 5.7.1 no'
	deliver
	assert_complaint 69 '554 5.7.1 no'
	assert_nothing_taken
}

@test "354 although no recipient stood: a lone dot, and no success" {
	serve --dump-raw --without CHUNKING \
		--rule 'on RCPT reply 550 5.1.1 unknown' \
		--rule 'on DATA reply 354 go on' --rule 'on EOD reply 250 ok'
	deliver
	assert_complaint 67 '550 5.1.1 unknown'
	stop_server
	refute_contains "$(cat "$RECORD/raw.1")" Subject
	assert_contains "$(cat "$RECORD/raw.1")" $'DATA\r\n.\r\n'
}

@test "one recipient of two refused: the other one gets it" {
	serve --rule 'on RCPT 1 reply 550 5.1.1 unknown'
	deliver a@example.com b@example.com
	assert_complaint 67 a@example.com '550 5.1.1 unknown'
	refute_contains "$errors" b@example.com
	stop_server
	assert_received 1
}

@test "partial all-or-none: one refused, nobody gets it" {
	local without
	for without in X CHUNKING; do
		ACCOUNT=("partial = 'all-or-none'")
		serve --without "$without" \
			--rule 'on RCPT 2 reply 550 5.1.1 unknown'
		deliver a@example.com b@example.com
		assert_status 67
		assert_contains "$errors" b@example.com
		assert_nothing_taken
	done
}

@test "all recipients refused: each is named, nothing is sent" {
	serve --rule 'on RCPT reply 550 5.1.1 unknown'
	deliver a@example.com b@example.com
	assert_status 67
	assert_equal "$(wc -l <err)" 2
	assert_contains "$errors" a@example.com
	assert_contains "$errors" b@example.com
	assert_nothing_taken
}

@test "421 to RCPT ends everything: 75" {
	fails 75 'on RCPT reply 421 4.3.2 shutting down then close' \
		'421 4.3.2 shutting down'
}

@test "421 instead of the final reply is an answer, not a doubt" {
	local without
	for without in X CHUNKING; do
		serve --without "$without" \
			--rule 'on EOD reply 421 4.3.2 shutting down then close'
		deliver
		assert_complaint 75 421
		assert_nothing_taken
	done
}

# --- the end ---------------------------------------------------------------

@test "a server that never answers QUIT costs nothing" {
	local begin ms without best=9999
	for without in X CHUNKING; do
		serve --without "$without" --rule 'on QUIT silent then stall'
		for _ in 1 2 3; do
			begin=${EPOCHREALTIME/[.,]/}
			deliver
			ms=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
			assert_status 0
			assert_silent
			((ms >= best)) || best=$ms
		done
		# Whoever waits for the 221 waits a second at the least.
		((best < 900)) || fail "$best ms"
	done
}

@test "a server that resets the connection instead of 221 spoils nothing" {
	takes 'on QUIT silent then rst'
}

@test "QUIT is said before the connection is closed" {
	serve
	deliver
	assert_delivered
	last_word QUIT
}

@test "X-19, X-22: what is in a reply never reaches the terminal raw" {
	local raw='550 5.1.1 \e]0;title\a\e[31mred\xc2\x9b31m \xe2\x80\xae\r\x01 x\0y \x7f end\r\n'
	serve --rule "on RCPT raw \"$raw\""
	deliver -v -t
	assert_status 67
	assert_equal "$(tr -d ' -~\n' <err | od -An -c | tr -d ' \n')" ''
	assert_contains "$errors" end
	assert_contains "$errors" 5.1.1
}

@test "X-22: a greeting full of control characters" {
	serve --rule 'on GREETING raw "554 \e[2J\xe2\x80\xae\x9d\r\n"'
	deliver
	assert_complaint 69 554
	[ -z "$(tr -d ' -~\n' <err)" ]
}

@test "X-23: a reply of several lines becomes one line of complaint" {
	serve --rule 'on RCPT raw "550-5.1.1 no\r\n550-posthaste: delivered\r\n550 5.1.1 end\r\n"'
	deliver
	assert_complaint 67 no end
}

@test "enhanced codes: of another class, or no code at all, count for nothing" {
	takes 'on MAIL reply 250 5.0.0 ok'
	fails 67 'on RCPT reply 550 2.1.5 unknown' unknown
	fails 67 'on RCPT reply 550 192.0.2.1 is listed' 192.0.2.1
	fails 67 'on RCPT reply 550 5.1000.1 x' x
	fails 69 'on RCPT reply 550 5.7.1 policy' 5.7.1
}
