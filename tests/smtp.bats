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

# connections: how many the server had.
connections() {
	dialogue | grep -c '^-- connected'
}

# begin_dialogue WORD...: a caller that waits for each reply. The program ends
# with its input, also when the test has failed.
begin_dialogue() {
	coproc SMTP { "$POSTHASTE" -C "$CONFIG" -bs "$@" 2>"$TMP/err" 3>&-; }
	pid=$SMTP_PID
	exec {from}<&"${SMTP[0]}" {to}>&"${SMTP[1]}"
	hear 220
}

# hear CODE: the reply, its last line alone, in $heard.
hear() {
	while read -r -t 20 heard <&"$from"; do
		heard=${heard%$'\r'}
		[ "${heard:3:1}" = - ] || break
	done
	assert_equal "${heard:0:3}" "$1"
}

# tell CODE LINE...: the reply to the last of them.
tell() {
	local code=$1
	shift
	said "$@" >&"$to"
	hear "$code"
}

end_dialogue() {
	tell 221 QUIT
	exec {from}<&- {to}>&-
	wait "$pid"
}

@test "a recipient that the server refuses is refused at once, and the others go" {
	serve --rule 'on RCPT like "unknown" reply 550-5.1.1 no\x1b[31m such\r\n550 5.1.1 user'
	begin_dialogue
	tell 250 'EHLO x'
	tell 250 'MAIL FROM:<me@example.com>'
	tell 250 'RCPT TO:<a@example.com>'
	tell 550 'RCPT TO:<unknown@example.com>'
	assert_contains "$heard" '550 5.1.1 no'
	assert_contains "$heard" user
	refute_contains "$heard" $'\x1b'
	tell 250 'RCPT TO:<c@example.com>'
	tell 354 DATA
	tell 250 'Subject: x' '' hello .
	assert_received 1
	assert_equal "$(body 1)" hello
	# Nobody but those who were accepted.
	assert_equal "$(commands | grep -c '^RCPT')" 3
	tell 250 'MAIL FROM:<me@example.com>'
	tell 550 'RCPT TO:<unknown@example.com>'
	tell 554 DATA
	end_dialogue
	assert_equal "$(received_count)" 1
	assert_equal "$(connections)" 1
	assert_no_violations
}

@test "a sender that the server refuses is refused at once" {
	serve --rule 'on MAIL 1 reply 553 5.7.1 not you'
	begin_dialogue
	tell 250 'HELO x'
	tell 553 'MAIL FROM:<me@example.com>'
	assert_equal "$heard" '553 5.7.1 not you'
	tell 503 'RCPT TO:<a@example.com>'
	tell 250 'MAIL FROM:<you@example.com>'
	tell 250 RSET
	end_dialogue
	assert_received 0
	assert_equal "$(connections)" 1
}

@test "what can be tried again is a 451" {
	serve --rule 'on RCPT reply 451 4.2.0 later'
	said 'HELO x' 'MAIL FROM:<me@example.com>' 'RCPT TO:<a@example.com>' \
		DATA QUIT | speak
	assert_equal "$(codes)" '220 250 250 451 554 221'
	assert_contains "$output" '451 4.2.0 later'
}

@test "no server at MAIL: 451, and why; the next MAIL tries again" {
	serve
	stop_server
	for hello in HELO EHLO; do
		said "$hello x" 'MAIL FROM:<me@example.com>' \
			'RCPT TO:<a@example.com>' DATA QUIT | speak
		assert_status 0
		assert_equal "$(codes)" '220 250 451 503 503 221'
		assert_contains "$output" '451 4.4.0 '
		assert_contains "$output" 'Connection refused'
	done
	begin_dialogue
	tell 250 'EHLO x'
	tell 451 'MAIL FROM:<me@example.com>'
	serve
	tell 250 'MAIL FROM:<me@example.com>'
	end_dialogue
}

@test "several transactions go over one connection" {
	serve
	{
		said 'EHLO x'
		for n in 1 2 3; do transaction a$n@example.com $n; done
		said QUIT
	} | speak
	assert_received 3
	assert_equal "$(connections)" 1
	assert_equal "$(commands | grep -c '^EHLO')" 1
	assert_equal "$(commands | grep -c '^QUIT')" 1
}

@test "the server leaves between MAIL and DATA: 451, nothing is sent twice" {
	serve --rule 'conn 1 on RCPT reply 250 ok then flush then delay 0.1 then raw "421 4.4.2 idle for too long\r\n" then close'
	for next in 'RCPT TO:<b@example.com>' DATA; do
		begin_dialogue
		tell 250 'HELO x'
		tell 250 'MAIL FROM:<me@example.com>'
		tell 250 'RCPT TO:<a@example.com>'
		pause 0.5
		tell 451 "$next"
		assert_contains "$heard" 'the connection meanwhile'
		tell 451 'RCPT TO:<c@example.com>'
		tell 451 DATA
		tell 250 RSET
		tell 250 'MAIL FROM:<me@example.com>'
		tell 250 'RCPT TO:<a@example.com>'
		tell 354 DATA
		tell 250 'Subject: x' '' hello .
		end_dialogue
		assert_received 1
		assert_equal "$(rcpts)" a@example.com
		stop_server
		serve --rule 'conn 1 on RCPT reply 250 ok then drop'
	done
}

@test "the server leaves between two transactions: nobody notices" {
	serve --rule 'conn 1 on EOD reply 250 2.0.0 ok then close'
	begin_dialogue
	tell 250 'EHLO x'
	for n in 1 2; do
		tell 250 'MAIL FROM:<me@example.com>'
		tell 250 'RCPT TO:<a@example.com>'
		tell 354 DATA
		tell 250 'Subject: x' '' hello .
		pause 0.3
	done
	end_dialogue
	assert_received 2
	assert_equal "$(connections)" 2
}

@test "TLS and a login are done once for several transactions" {
	for how in serve_starttls serve_implicit; do
		$how
		begin_dialogue
		tell 250 'EHLO x'
		for n in 1 2; do
			tell 250 'MAIL FROM:<me@example.com>'
			tell 250 'RCPT TO:<a@example.com>'
			tell 354 DATA
			tell 250 'Subject: x' '' hello .
		done
		end_dialogue
		assert_received 2
		assert_equal "$(connections)" 1
		stop_server
	done
}

@test "the reply to the content is the server's" {
	serve --rule 'on EOD 1 reply 250 2.0.0 Ok: queued as 4XyZ12' \
		--rule 'on EOD 2 reply 554 5.7.1 spam' \
		--rule 'on EOD 3 reply 452 full'
	{
		said 'HELO x'
		for n in 1 2 3; do transaction a@example.com; done
		said QUIT
	} | speak
	assert_equal "$(codes)" \
		'220 250 250 250 354 250 250 250 354 554 250 250 354 452 221'
	assert_contains "$output" '250 2.0.0 Ok: queued as 4XyZ12'
	assert_contains "$output" '554 5.7.1 spam'
	assert_contains "$output" '452 4.0.0 full'
}

@test "SMTPUTF8 is offered when the server has it, and reaches it" {
	serve
	{
		said 'EHLO x' 'MAIL FROM:<me@example.com> SMTPUTF8' \
			$'RCPT TO:<\xc3\xbc@example.com>' DATA 'Subject: x' '' hello . QUIT
	} | speak
	assert_equal "$(codes)" '220 250 250 250 354 250 221'
	assert_contains "$output" 250-SMTPUTF8
	assert_received 1
	assert_contains "$(envelope 1 mail)" SMTPUTF8
	stop_server
	serve --without SMTPUTF8
	said 'EHLO x' 'MAIL FROM:<me@example.com> SMTPUTF8' QUIT | speak
	assert_equal "$(codes)" '220 250 554 221'
	refute_contains "$output" 250-SMTPUTF8
	assert_contains "$output" '554 5.6.7'
	said 'EHLO x' 'MAIL FROM:<me@example.com>' \
		$'RCPT TO:<\xc3\xbc@example.com>' QUIT | speak
	assert_equal "$(codes)" '220 250 250 553 221'
	assert_contains "$output" '553 5.6.7'
	# Without a server nothing is offered that it might not have.
	stop_server
	said 'EHLO x' QUIT | speak
	assert_equal "$(codes)" '220 250 221'
	refute_contains "$output" SMTPUTF8
}

@test "a header that turns out to need SMTPUTF8 goes by a second transaction" {
	serve --rule 'conn 2 on MAIL 2 reply 451 4.3.0 not again'
	said 'HELO x' 'MAIL FROM:<me@example.com>' \
		'RCPT TO:<a@example.com> NOTIFY=NEVER' 'RCPT TO:<b@example.com>' \
		DATA $'From: \xc3\xbc@example.com' 'Subject: x' '' hello . QUIT >input
	speak <input
	assert_equal "$(codes)" '220 250 250 250 250 354 250 221'
	assert_received 1
	assert_contains "$(envelope 1 mail)" SMTPUTF8
	assert_equal "$(rcpts)" 'a@example.com b@example.com'
	assert_contains "$(envelope 1 rcpt)" NOTIFY=NEVER
	assert_equal "$(commands | grep -c '^RSET')" 1
	speak <input
	assert_equal "$(codes)" '220 250 250 250 250 354 451 221'
	assert_contains "$output" 'not again'
	assert_equal "$(received_count)" 1
}

@test "8-bit content goes to a server without 8BITMIME in seven bits" {
	serve --without 8BITMIME
	{
		said 'EHLO x' 'MAIL FROM:<me@example.com> BODY=8BITMIME' \
			'RCPT TO:<a@example.com>' DATA 'Subject: x' \
			'MIME-Version: 1.0' 'Content-Type: text/plain; charset=utf-8' \
			'Content-Transfer-Encoding: 8bit' '' $'gr\xc3\xbcn' . QUIT
	} | speak
	assert_equal "$(codes)" '220 250 250 250 354 250 221'
	assert_received 1
	assert_contains "$(body 1)" gr=C3=BCn
	refute_contains "$(envelope 1 mail)" BODY=8BITMIME
}

@test "an alias is accepted when all of it is, else nobody of it gets the message" {
	printf 'team: a@example.com, unknown@example.com\nboth: b@example.com, c@example.com\n' >aliases
	serve --rule 'on RCPT like "unknown" reply 550 5.1.1 no such user'
	{
		said 'HELO x' 'MAIL FROM:<me@example.com>' 'RCPT TO:<both>' \
			'RCPT TO:<team>' 'RCPT TO:<d@example.com>' \
			DATA 'Subject: x' '' hello . QUIT
	} | speak "--set=aliases=$TMP/aliases"
	assert_equal "$(codes)" '220 250 250 250 550 250 354 250 221'
	assert_contains "$output" '550 5.1.1 <unknown@example.com>: no such user'
	assert_received 1
	assert_equal "$(rcpts)" 'b@example.com c@example.com d@example.com'
	assert_contains "$(envelope 1 rcpt)" 'ORCPT=rfc822;both'
}

@test "Symfony and Laravel: HELO, a message, a refusal and RSET, NOOP, a message" {
	serve --rule 'on RCPT like "unknown" reply 550 5.1.1 no such user'
	begin_dialogue -i
	tell 250 'HELO [127.0.0.1]'
	tell 250 'MAIL FROM:<me@example.com>'
	tell 250 'RCPT TO:<a@example.com>'
	tell 354 DATA
	tell 250 'From: Me <me@example.com>' 'To: a@example.com' \
		'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=' \
		'Message-ID: <1@example.com>' 'MIME-Version: 1.0' \
		'Date: Sat, 01 Jan 2000 12:00:00 +0000' \
		'Content-Type: text/plain; charset=utf-8' \
		'Content-Transfer-Encoding: quoted-printable' '' one ..two .
	tell 250 'MAIL FROM:<me@example.com>'
	tell 550 'RCPT TO:<unknown@example.com>'
	tell 250 RSET
	tell 250 NOOP
	tell 250 'MAIL FROM:<me@example.com>'
	tell 250 'RCPT TO:<b@example.com>'
	tell 354 DATA
	tell 250 'Subject: two' '' hello .
	end_dialogue
	assert_received 2
	assert_equal "$(body 1)" "$(printf 'one\n.two')"
	assert_equal "$(rcpts 2)" b@example.com
	assert_equal "$(connections)" 1
}

@test "the account, its sender policy and its From go on to apply" {
	serve
	{ said 'HELO x'; transaction a@example.com; said QUIT; } |
		speak --set=from=web@example.com --set=sender-policy=force \
			--set=from-policy=force
	assert_received 1
	assert_contains "$(envelope 1 mail)" 'MAIL FROM:<web@example.com>'
	assert_contains "$(field 1 From)" '<web@example.com>'
	assert_equal "$(field 1 Reply-To)" me@example.com
	said 'HELO x' 'MAIL FROM:<me@example.com>' QUIT |
		speak --set=from=web@example.com --set=sender-policy=refuse
	assert_equal "$(codes)" '220 250 554 221'
	assert_contains "$output" 'may not send as me@example.com'
}

@test "with -P nobody is asked and nothing is sent" {
	serve
	{ said 'EHLO x'; transaction a@example.com; said QUIT; } | speak -P
	assert_equal "$(codes)" '220 250 250 250 354 250 221'
	assert_contains "$output" 'not sent'
	assert_equal "$(received_count)" 0
}

@test "parameters of MAIL and RCPT reach the server" {
	serve
	{
		said 'EHLO x' \
			'MAIL FROM:<me@example.com> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=a+2Bb' \
			'RCPT TO:<a@example.com> NOTIFY=SUCCESS,DELAY' \
			DATA 'Subject: x' '' $'\xc3\xa4' . QUIT
	} | speak
	assert_status 0
	assert_received 1
	for word in BODY=8BITMIME RET=HDRS ENVID=a+2Bb; do
		assert_contains "$(envelope 1 mail)" "$word"
	done
	assert_contains "$(envelope 1 rcpt)" NOTIFY=SUCCESS,DELAY
	refute_contains "$(envelope 1 mail)" SIZE=
}

@test "NOTIFY and ORCPT are each recipient's own" {
	serve
	said 'EHLO x' 'MAIL FROM:<me@example.com>' \
		'RCPT TO:<a@example.com> NOTIFY=NEVER' \
		'RCPT TO:<b@example.com> ORCPT=rfc822;B+2Bb@example.org NOTIFY=SUCCESS' \
		'RCPT TO:<c@example.com>' \
		'RCPT TO:<d@example.com> ORCPT=utf-8;\x{FC}@example.org' \
		'RCPT TO:<e@example.com> ORCPT=nonsense' \
		'RCPT TO:<f@example.com> ORCPT=rfc822;a+b' \
		DATA 'Subject: x' '' hello . QUIT | speak
	assert_equal "$(codes)" \
		'220 250 250 250 250 250 250 501 501 354 250 221'
	assert_received 1
	assert_equal "$(envelope 1 rcpt)" "$(cat <<'END'
RCPT TO:<a@example.com> NOTIFY=NEVER
RCPT TO:<b@example.com> NOTIFY=SUCCESS ORCPT=rfc822;B+2Bb@example.org
RCPT TO:<c@example.com>
RCPT TO:<d@example.com> ORCPT=utf-8;\x{FC}@example.org
END
	)"
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
		said 'EHLO x' 'MAIL FROM:<me@example.com>' \
			'RCPT TO:<a@example.com>' QUIT | speak -odb $mode
		assert_equal "$(codes)" '220 250 250 550 221'
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
