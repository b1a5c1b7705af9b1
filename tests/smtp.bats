#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The dialogue of -bs: what web frameworks, Alpine and nmh say to a sendmail
# that speaks SMTP on its standard input and output.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

# speak WORD...: the input is stdin, as it is.
speak() {
	posthaste -bs "$@"
}

# said LINE...: one command a line, with CRLF.
said() {
	printf '%s\r\n' "$@"
}

# transaction TO [LINE...]: a whole one.
transaction() {
	local to=$1
	shift
	said 'MAIL FROM:<me@example.com>' "RCPT TO:<$to>" DATA \
		'From: me@example.com' "To: $to" '' "${@:-hello}" .
}

# The codes of the replies, their last lines alone.
codes() {
	tr -d '\r' <"$TMP/out" | sed -n 's/^\([0-9]\{3\}\) .*/\1/p' | paste -sd ' '
}

rcpts() {
	envelope "${1:-1}" rcpt | sed 's/^RCPT TO:<\([^>]*\)>.*/\1/' | paste -sd ' '
}

@test "a transaction: its reply comes when the server has answered" {
	serve
	{ said 'EHLO x'; transaction a@example.com; said QUIT; } | speak
	assert_status 0
	assert_equal "$(codes)" '220 250 250 250 354 250 221'
	assert_received 1
	assert_equal "$(envelope 1 mail | cut -d' ' -f1,2)" 'MAIL FROM:<me@example.com>'
	assert_equal "$(body 1)" hello
	[ -z "$errors" ]
}

@test "what EHLO offers: neither AUTH nor STARTTLS" {
	serve
	said 'EHLO x' QUIT | speak
	assert_status 0
	for word in PIPELINING 8BITMIME SIZE DSN SMTPUTF8 ENHANCEDSTATUSCODES; do
		tr -d '\r' <"$TMP/out" | grep -qE "^250[- ]$word$"
	done
	refute_contains "$output" AUTH
	refute_contains "$output" STARTTLS
	said 'EHLO x' STARTTLS 'AUTH PLAIN AGEAYg==' QUIT | speak
	assert_equal "$(codes)" '220 250 502 502 221'
}

@test "everything in one piece, with CRLF and with LF, in any case" {
	serve
	{ said 'EHLO x'; transaction a@example.com; said QUIT; } >crlf
	tr -d '\r' <crlf >lf
	sed 's/^MAIL FROM/mail From/; s/^RCPT TO/rCpT tO/; s/^DATA/data/
		s/^QUIT/quit/; s/^EHLO/ehlo/' lf >case
	for file in crlf lf case; do
		speak <$file
		assert_status 0
		assert_equal "$(codes)" '220 250 250 250 354 250 221'
	done
	assert_received 3
	for n in 1 2 3; do
		assert_equal "$(rcpts $n)" a@example.com
		assert_equal "$(body $n)" hello
	done
}

@test "each reply leaves before the next command comes" {
	serve
	coproc SMTP { "$POSTHASTE" -C "$CONFIG" -bs 2>"$TMP/err" 3>&-; }
	pid=$SMTP_PID
	HELPER_PIDS+=("$pid")
	exec {from}<&"${SMTP[0]}" {to}>&"${SMTP[1]}"
	read -r -t 10 line <&$from
	assert_contains "$line" '220 '
	for command in 'HELO x' 'MAIL FROM:<me@example.com>' \
		'RCPT TO:<a@example.com>'; do
		said "$command" >&$to
		read -r -t 10 line <&$from
		assert_contains "$line" '250 '
	done
	said DATA >&$to
	read -r -t 10 line <&$from
	assert_contains "$line" '354 '
	said 'Subject: x' '' one . >&$to
	read -r -t 10 line <&$from
	assert_contains "$line" '250 2.0.0'
	# The message is there when its reply is.
	assert_equal "$(received_count)" 1
	said QUIT >&$to
	read -r -t 10 line <&$from
	assert_contains "$line" '221 '
	exec {from}<&- {to}>&-
	wait "$pid"
}

@test "several transactions, RSET and EHLO between them" {
	serve
	{
		said 'EHLO x'
		transaction a@example.com one
		said 'MAIL FROM:<x@example.com>' 'RCPT TO:<lost@example.com>' RSET
		transaction b@example.com two
		said 'MAIL FROM:<x@example.com>' 'RCPT TO:<lost@example.com>' 'EHLO y'
		transaction c@example.com three
		said NOOP QUIT
	} | speak
	assert_status 0
	assert_received 3
	assert_equal "$(rcpts 1) $(rcpts 2) $(rcpts 3)" \
		'a@example.com b@example.com c@example.com'
	assert_equal "$(body 1) $(body 2) $(body 3)" 'one two three'
}

@test "dots are unstuffed, and none is lost" {
	serve
	{ said 'HELO x'; transaction a@example.com .. ..a ... 'x.' '' '..'; } | speak
	assert_status 0
	assert_received 1
	assert_equal "$(body 1)" "$(printf '%s\n' . .a .. x. '' .)"
}

@test "only a line with a lone dot ends the content" {
	serve
	{
		said 'HELO x' 'MAIL FROM:<me@example.com>' \
			'RCPT TO:<a@example.com>' DATA 'Subject: x' ''
		printf 'a\n..\r\n. \r\nb\r\n.\r\n'
		said QUIT
	} | speak
	assert_status 0
	assert_equal "$(codes)" '220 250 250 250 354 250 221'
	assert_received 1
	assert_equal "$(body 1)" "$(printf '%s\n' a . ' ' b)"
}

@test "the end of input before the final dot sends nothing" {
	serve
	transaction a@example.com one two >whole
	size=$(stat -c %s whole)
	# Without the final dot's LF it has not ended either.
	for n in 20 60 $((size - 20)) $((size - 3)) $((size - 2)) $((size - 1)); do
		head -c "$n" whole | speak
		assert_equal "$(received_count)" 0
		refute_contains "$output" '250 2.0.0'
	done
	assert_no_violations
}

@test "a refused recipient: nobody gets the message, and the reply says why" {
	serve --rule 'on RCPT like "unknown" reply 550 5.1.1 no such user'
	{
		said 'EHLO x' 'MAIL FROM:<me@example.com>' \
			'RCPT TO:<a@example.com>' 'RCPT TO:<unknown@example.com>' \
			DATA 'Subject: x' '' hello .
		transaction b@example.com second
		said QUIT
	} | speak
	assert_status 0
	assert_equal "$(codes)" '220 250 250 250 250 354 550 250 250 354 250 221'
	assert_contains "$output" '550 5.1.1 no such user'
	assert_equal "$(grep -l '^reply: 2' "$RECORD"/*.envelope | wc -l)" 1
}

@test "what can be tried again is a 451" {
	serve --rule 'on RCPT reply 451 4.2.0 later'
	{ said 'EHLO x'; transaction a@example.com; said QUIT; } | speak
	assert_equal "$(codes)" '220 250 250 250 354 451 221'
	stop_server
	{ said 'EHLO x'; transaction a@example.com; said QUIT; } | speak
	assert_equal "$(codes)" '220 250 250 250 354 451 221'
}

@test "parameters of MAIL and RCPT reach the server" {
	serve
	{
		said 'EHLO x' \
			'MAIL FROM:<me@example.com> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=a+2Bb' \
			'RCPT TO:<a@example.com> NOTIFY=SUCCESS,DELAY' \
			DATA 'Subject: x' '' $'\xc3\xa4' . QUIT
	} | speak
	assert_status 0
	assert_received 1
	for word in BODY=8BITMIME RET=HDRS ENVID=a+2Bb; do
		assert_contains "$(envelope 1 mail)" "$word"
	done
	assert_contains "$(envelope 1 rcpt)" NOTIFY=SUCCESS,DELAY
}

@test "wrong parameters and addresses are refused at once" {
	serve
	said 'EHLO x' 'MAIL FROM:<me@example.com> BODY=9BIT' \
		'MAIL FROM:<me@example.com> XYZ=1' 'MAIL FROM:<a@b@c>' 'MAIL me' \
		'MAIL FROM:<me@example.com>' 'RCPT TO:<a@example.com> NOTIFY=' \
		'RCPT TO:<a@example.com> NOTIFY=NEVER,DELAY' 'RCPT TO:<>' \
		'RCPT TO:<a b@example.com>' DATA QUIT | speak
	assert_status 0
	assert_equal "$(codes)" \
		'220 250 501 555 553 501 250 501 501 553 553 503 221'
	assert_received 0
}

@test "commands out of order, unknown and too long" {
	serve
	said 'RCPT TO:<a@example.com>' DATA 'MAIL FROM:<>' 'MAIL FROM:<>' \
		'VRFY root' 'EXPN list' HELP NOOP WHAT EHLO \
		"NOOP $(printf '%05000d' 0)" QUIT | speak
	assert_status 0
	assert_equal "$(codes)" \
		'220 503 503 250 503 252 502 214 250 502 501 500 221'
	assert_received 0
}

@test "the null sender, and Bcc is taken out" {
	serve
	{
		said 'EHLO x' 'MAIL FROM:<>' 'RCPT TO:<a@example.com>' \
			'RCPT TO:<hidden@example.com>' DATA 'To: a@example.com' \
			'Bcc: hidden@example.com' '' hello . QUIT
	} | speak
	assert_status 0
	assert_received 1
	assert_contains "$(envelope 1 mail)" 'MAIL FROM:<>'
	assert_equal "$(rcpts)" 'a@example.com hidden@example.com'
	refute_contains "$(received 1)" hidden@
}

@test "with -oem and -oee a failure is told, and is no success" {
	serve --rule 'on RCPT reply 550 5.1.1 no such user'
	for mode in -oem -oee; do
		{ said 'EHLO x'; transaction a@example.com; said QUIT; } |
			speak -odb $mode
		assert_equal "$(codes)" '220 250 250 250 354 550 221'
		refute_contains "$output" 'is kept'
	done
}

@test "a megabyte of content in one transaction" {
	serve
	yes 'seventy octets or so of text in a line, and that many, many times' |
		head -n 16000 >big
	{
		said 'EHLO x' 'MAIL FROM:<me@example.com>' \
			'RCPT TO:<a@example.com>' DATA 'Subject: big' ''
		sed 's/$/\r/' big
		said . QUIT
	} | speak
	assert_status 0
	assert_received 1
	body 1 | cmp - big
}
