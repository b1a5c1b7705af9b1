#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main job: a message on standard input reaches the server for the right
# recipients, its body untouched, its header completed.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

rcpts() {
	envelope "${1:-1}" rcpt | sed 's/^RCPT TO:<\([^>]*\)>.*/\1/' | paste -sd ' '
}

mail() {
	envelope "${1:-1}" mail
}

# whole LINE...: a message that lacks no field.
whole() {
	printf '%s\n' 'From: sender@example.com' 'To: rcpt@example.com' \
		'Date: Mon, 2 Mar 2026 10:00:00 +0000' \
		'Message-ID: <1@example.com>' 'Subject: test' '' "$@"
}

# arrives FILE: the file, with CRLF at the ends of its lines, is message 1.
arrives() {
	sed 's/$/\r/' "$1" >"$TMP/expected"
	cmp "$TMP/expected" "$RECORD/1.message" ||
		fail "$(received 1 | od -An -c | tail -n 20)"
}

# count_fields NAME [N]: how many such fields message N has.
count_fields() {
	received "${2:-1}" | tr -d '\r' | sed '/^$/q' | grep -ci "^$1[ 	]*:"
}

# --- recipients ------------------------------------------------------------

@test "-t takes the recipients from To, Cc and Bcc" {
	serve
	printf '%s\n' 'To: a@example.com, B <b@example.com>' \
		'Cc: c@example.com' 'Bcc: d@example.com' '' x | posthaste -t
	assert_delivered
	assert_equal "$(rcpts)" \
		'a@example.com b@example.com c@example.com d@example.com'
}

@test "without -t the addresses are the recipients, not the header's" {
	serve
	deliver x@example.com y@example.com
	assert_delivered
	assert_equal "$(rcpts)" 'x@example.com y@example.com'
	assert_equal "$(field 1 To)" rcpt@example.com
}

@test "-t and addresses are added up, each recipient once" {
	serve
	deliver -t x@example.com RCPT@example.com rcpt@EXAMPLE.com
	assert_delivered
	# The local part's case counts, the domain's does not.
	assert_equal "$(rcpts | tr ' ' '\n' | sort | paste -sd ' ')" \
		'RCPT@example.com rcpt@EXAMPLE.com x@example.com'
}

@test "a word holds a list of addresses, as cron passes it" {
	serve
	deliver 'a@example.com,b@example.com' '"Doe, J" <j@example.com>'
	assert_delivered
	assert_equal "$(rcpts)" 'a@example.com b@example.com j@example.com'
}

@test "display names, comments, groups and quotes in a header" {
	serve
	printf '%s\n' 'To: "Doe, J" <j@example.com>, a@example.com (x, y),' \
		' Team: b@example.com, c@example.com;,' \
		' undisclosed-recipients:;, "john doe"@example.org' '' x |
		posthaste -t
	assert_delivered
	assert_equal "$(rcpts)" "j@example.com a@example.com b@example.com \
c@example.com \"john doe\"@example.org"
}

@test "Resent fields replace the others with -t" {
	serve
	printf '%s\n' 'Resent-To: r@example.com' 'Resent-Bcc: s@hidden.example' \
		'Resent-From: sender@example.com' 'To: a@example.com' \
		'Bcc: b@hidden.example' '' x | posthaste -t
	assert_delivered
	assert_equal "$(rcpts)" 'r@example.com s@hidden.example'
	refute_contains "$(received 1)" hidden.example
	[ -n "$(field 1 Resent-Message-ID)" ]
	[ -n "$(field 1 Resent-Date)" ]
}

@test "an unqualified address gets qualify-domain" {
	ACCOUNT=("qualify-domain = 'home.example'")
	serve
	deliver root
	assert_delivered
	assert_equal "$(rcpts)" root@home.example
}

@test "aliases: root's mail goes where root says, with its ORCPT" {
	ACCOUNT=("root = 'admin@example.com'" "qualify-domain = 'home.example'")
	serve
	deliver root
	assert_delivered
	assert_equal "$(envelope 1 rcpt)" \
		'RCPT TO:<admin@example.com> ORCPT=rfc822;root@home.example'
}

@test "aliases: lists, programs passed over, loops ended; -n leaves them" {
	cat >aliases <<-'END'
		# a comment
		team: a@example.com, b@example.com,
		  more
		more: c@example.com, |/bin/false, /tmp/file
		loop: pool
		pool: loop
	END
	ACCOUNT=("aliases = '$TMP/aliases'" "qualify-domain = 'home.example'")
	serve
	deliver team
	deliver -n team
	assert_delivered 2
	assert_equal "$(rcpts 1)" 'a@example.com b@example.com c@example.com'
	assert_equal "$(rcpts 2)" team@home.example
}

@test "a trailing dot of a domain is dropped, a literal is kept" {
	serve
	deliver 'a@example.com.' 'b@[192.0.2.1]' 'c@[IPv6:2001:db8::1]'
	assert_delivered
	assert_equal "$(rcpts)" 'a@example.com b@[192.0.2.1] c@[IPv6:2001:db8::1]'
}

@test "user%host@x and host!user@x pass through" {
	serve
	deliver 'user%host@example.com' 'host!user@example.com'
	assert_delivered
	assert_equal "$(rcpts)" 'user%host@example.com host!user@example.com'
}

# --- the sender ------------------------------------------------------------

@test "without -f the sender is the account's" {
	serve
	a_message | sed 's/^From:.*/From: other@example.org/' | posthaste -t
	assert_delivered
	assert_contains "$(mail)" 'MAIL FROM:<sender@example.com>'
	assert_equal "$(field 1 From)" other@example.org
}

@test "without from the sender is the login name" {
	ACCOUNT=("from = ''" "qualify-domain = 'home.example'")
	serve
	sed -i "/from = ''/d" "$CONFIG"
	deliver
	assert_delivered
	assert_contains "$(mail)" "MAIL FROM:<$(id -un)@home.example>"
}

@test "-f, -r, attached or not; the last one counts" {
	serve
	deliver -t -f a@example.com
	deliver -t -fa@example.com -rb@example.com
	deliver -r 'C <c@example.com>' -t
	assert_delivered 3
	assert_contains "$(mail 1)" 'MAIL FROM:<a@example.com>'
	assert_contains "$(mail 2)" 'MAIL FROM:<b@example.com>'
	assert_contains "$(mail 3)" 'MAIL FROM:<c@example.com>'
}

@test "every spelling of the null sender" {
	local n=0 sender
	serve
	for sender in '' '<>' "'<>'" "''"; do
		deliver -t -f "$sender"
		assert_status 0
		n=$((n + 1))
		assert_contains "$(mail "$n") " 'MAIL FROM:<> '
	done
	assert_delivered 4
}

@test "-f with two addresses, or none in it, is refused with 65" {
	local sender
	serve
	for sender in 'a@example.com, b@example.com' 'a b@example.com' '@'; do
		deliver -t -f "$sender"
		assert_complaint 65 "$sender"
	done
	assert_nothing_sent
}

@test "sender-policy force and refuse" {
	ACCOUNT=("sender-policy = 'force'")
	serve
	deliver -t -f other@example.org
	assert_status 0
	assert_contains "$(mail)" 'MAIL FROM:<sender@example.com>'
	write_clear_account "sender-policy = 'refuse'"
	deliver -t -f sender@example.com
	assert_status 0
	deliver -t -f other@example.org
	assert_complaint 77 other@example.org sender-policy
	assert_delivered_so_far 2
}

# The last run failed, but these went.
assert_delivered_so_far() {
	stop_server
	assert_received "$1"
}

# --- the header ------------------------------------------------------------

@test "missing Date, Message-ID, From and To are added, once" {
	local name
	serve
	printf 'Subject: x\n\nbody\n' | posthaste rcpt@example.com
	assert_delivered
	for name in Date Message-ID From To Subject; do
		assert_equal "$name $(count_fields "$name")" "$name 1"
	done
	assert_equal "$(field 1 To)" 'undisclosed-recipients:;'
	[[ $(field 1 From) == *sender@example.com* ]]
	[[ $(field 1 Message-ID) =~ ^\<[^@\ ]+@[^@\ ]+\>$ ]]
	date -d "$(field 1 Date)" >/dev/null
	assert_equal "$(body 1)" body
}

@test "existing fields are left alone and never doubled" {
	serve
	whole body >message
	posthaste -t <message
	assert_delivered
	arrives message
}

@test "the added Date is now, with a numeric zone" {
	local added
	serve
	TZ=Europe/Berlin deliver
	assert_delivered
	added=$(field 1 Date)
	[[ $added =~ \ [+-][0-9]{4}$ ]] || fail "$added"
	(($(date +%s) - $(date -d "$added" +%s) < 60))
}

@test "X-62: two messages never share a Message-ID" {
	serve
	deliver
	deliver
	assert_delivered 2
	[ "$(field 1 Message-ID)" != "$(field 2 Message-ID)" ]
}

@test "-F names a generated From only" {
	serve
	printf 'To: a@example.com\n\nx\n' | posthaste -FCronDaemon -t
	deliver -F Other -t
	assert_delivered 2
	assert_equal "$(field 1 From)" 'CronDaemon <sender@example.com>'
	assert_equal "$(field 2 From)" sender@example.com
}

@test "-F with specials is quoted, with other letters encoded" {
	serve
	printf 'To: a@example.com\n\nx\n' | posthaste -F 'Doe, "J"' -t
	printf 'To: a@example.com\n\nx\n' | posthaste -F 'Jürgen' -t
	assert_delivered 2
	assert_equal "$(field 1 From)" '"Doe, \"J\"" <sender@example.com>'
	[[ $(field 2 From) == '=?'[Uu][Tt][Ff]-8'?'?*'?= <sender@example.com>' ]]
}

@test "an unqualified From gets a domain" {
	ACCOUNT=("qualify-domain = 'home.example'")
	serve
	printf 'From: root (Cron Daemon)\nTo: a@example.com\n\nx\n' |
		posthaste -t
	printf 'From: "(Cron Daemon)" <root>\nTo: a@example.com\n\nx\n' |
		posthaste -t
	assert_delivered 2
	[[ $(field 1 From) == *root@home.example* ]]
	[[ $(field 2 From) == *root@home.example* ]]
}

@test "add-date, add-message-id, add-from, undisclosed-recipients off" {
	local name
	ACCOUNT=("add-date = 'off'" "add-message-id = 'off'" "add-from = 'off'"
		"undisclosed-recipients = 'off'")
	serve
	printf 'Subject: x\n\nbody\n' | posthaste rcpt@example.com
	assert_delivered
	for name in Date Message-ID From To; do
		run ! count_fields "$name"
	done
}

@test "add-header and remove-header" {
	ACCOUNT=("add-header = { 'X-One: 1', 'X-Two: 2' }"
		"remove-header = { 'X-Mailer', 'User-Agent' }")
	serve
	a_message | sed '1i X-Mailer: m/1\nuser-agent: folded\n  line' |
		posthaste -t
	assert_delivered
	assert_equal "$(field 1 X-One)" 1
	assert_equal "$(field 1 X-Two)" 2
	run ! count_fields X-Mailer
	run ! count_fields User-Agent
	refute_contains "$(received 1)" folded
}

@test "from-policy force replaces From" {
	ACCOUNT=("from-policy = 'force'" "full-name = 'The Sender'")
	serve
	a_message | sed 's/^From:.*/From: other@example.org/' | posthaste -t
	assert_delivered
	assert_equal "$(count_fields From)" 1
	[[ $(field 1 From) == *sender@example.com* ]]
}

@test "message-id-domain" {
	ACCOUNT=("message-id-domain = 'ids.example'")
	serve
	deliver
	assert_delivered
	[[ $(field 1 Message-ID) == *@ids.example\> ]]
}

@test "X-32: Bcc is removed in every spelling, with -t" {
	serve
	printf '%b' 'To: a@example.com\nBcc: s1@hidden.example\n' \
		'bcc: s2@hidden.example\nBCC : s3@hidden.example\n' \
		'Bcc\t:s4@hidden.example\nbCC:\n s5@hidden.example,\n\ts6@hidden.example\n' \
		'Subject: x\n\nbody\n' | posthaste -t
	assert_delivered
	assert_equal "$(rcpts)" "a@example.com s1@hidden.example \
s2@hidden.example s3@hidden.example s4@hidden.example s5@hidden.example \
s6@hidden.example"
	refute_contains "$(received 1)" hidden.example
	run ! count_fields Bcc
	assert_equal "$(body 1)" body
}

@test "X-32: Bcc and Resent-Bcc are removed without -t as well" {
	serve
	a_message | sed '1i Bcc: s1@hidden.example\nResent-Bcc:\n s2@hidden.example' |
		posthaste rcpt@example.com
	assert_delivered
	assert_equal "$(rcpts)" rcpt@example.com
	refute_contains "$(received 1)" hidden.example
}

@test "X-32: a Bcc in CRLF, and one in the body, which is no field" {
	serve
	printf 'To: a@example.com\r\nBcc: s@hidden.example\r\n\r\nBcc: body\r\n' |
		posthaste -t
	assert_delivered
	refute_contains "$(received 1)" hidden.example
	assert_equal "$(body 1)" 'Bcc: body'
}

@test "Return-Path and Content-Length are removed" {
	serve
	a_message | sed '1i Return-Path: <x@example.org>\nContent-Length: 5' |
		posthaste -t
	assert_delivered
	run ! count_fields Return-Path
	run ! count_fields Content-Length
}

@test "keep-bcc keeps it" {
	ACCOUNT=("keep-bcc = 'on'")
	serve
	a_message | sed '1i Bcc: s@example.com' | posthaste -t
	assert_delivered
	assert_equal "$(field 1 Bcc)" s@example.com
}

@test "a message with nothing but Bcc names nobody" {
	serve
	printf 'Bcc: a@example.com\n\nx\n' | posthaste -t
	assert_delivered
	assert_equal "$(field 1 To)" 'undisclosed-recipients:;'
}

# --- what the first lines look like ----------------------------------------

@test "a From_ line of an mbox is passed over" {
	serve
	{ echo 'From someone Mon Mar  2 10:00:00 2026'; a_message; } |
		posthaste -t
	assert_delivered
	refute_contains "$(received 1)" 'From someone'
	assert_equal "$(body 1)" hello
}

@test "a body that begins without an empty line loses no line" {
	serve
	printf 'To: a@example.com\nno field at all\nsecond\n' | posthaste -t
	assert_delivered
	assert_equal "$(body 1)" $'no field at all\nsecond'
}

@test "no header at all: all of it is body" {
	serve
	printf 'just text\nmore: of it\n' | posthaste a@example.com
	assert_delivered
	assert_equal "$(body 1)" $'just text\nmore: of it'
	assert_equal "$(count_fields Date)" 1
}

@test "an empty message is sent" {
	serve
	posthaste a@example.com </dev/null
	assert_delivered
	assert_equal "$(body 1)" ''
	assert_equal "$(count_fields From)" 1
}

@test "a header without a body, its last line without an end" {
	serve
	printf 'To: a@example.com\nSubject: end' | posthaste -t
	assert_delivered
	assert_equal "$(field 1 Subject)" end
	assert_equal "$(body 1)" ''
}

@test "a byte order mark before the first field" {
	serve
	printf '\xef\xbb\xbfTo: a@example.com\n\nx\n' | posthaste -t
	assert_delivered
	assert_equal "$(rcpts)" a@example.com
}

# --- octet for octet -------------------------------------------------------

# Each of these with DATA and with BDAT.
each_transfer() {
	local keyword
	for keyword in CHUNKING NONE; do
		serve --without "$([ "$keyword" = NONE ] && echo CHUNKING || echo X)"
		posthaste -i -t <message
		assert_delivered
		arrives message
	done
}

@test "dots at the beginnings of lines" {
	whole . .. ... .a '' . 'a.' '. ' .. . >message
	each_transfer
}

@test "every printable octet, tabs and controls in the body" {
	local i
	{
		whole 'first'
		for i in 1 2 3 4 5 6 7 8 9 11 12 14 15 27 31 127; do
			printf "<\\x$(printf %x "$i")>\n"
		done
		printf '%s\n' '!"#$%&'\''()*+,-./0123456789:;<=>?@' "a \\ b \` c" \
			'trailing blanks  ' '	'
	} >message
	each_transfer
}

@test "a body of 300 kB" {
	{
		whole first
		seq -f 'line %.0f with some words in it, and a dot.' 1 6500
	} >message
	each_transfer
}

@test "a body of 3 MB, which does not stay in memory" {
	{
		whole first
		seq -f '.line %.0f with some words in it, to make it long' 1 60000
	} >message
	each_transfer
}

@test "the final dot across every boundary of a buffer" {
	local n
	serve --without CHUNKING
	for n in 8190 8191 8192 8193 16381 16382 16383 16384 65530 65534 65535; do
		whole first >message
		# A dot begins a line at octet N of the input.
		awk -v left=$((n - $(wc -c <message))) 'BEGIN {
			for (; left > 150; left -= 71)
				printf "%070d\n", 0
			printf "%0*d\n.\n.x\n", left - 1, 0 }' >>message
		posthaste -i -t <message
		assert_status 0
	done
	stop_server
	assert_received 11
	arrives_as 11 message
}

arrives_as() {
	sed 's/$/\r/' "$2" | cmp - "$RECORD/$1.message"
}

@test "a last line without an end gets one" {
	serve
	{ whole first; printf last; } | posthaste -t
	assert_delivered
	received 1 | tail -c 6 | cmp - <(printf 'last\r\n')
}

@test "CRLF, LF and both mixed give the same message" {
	serve --without CHUNKING
	whole one two | posthaste -t
	whole one two | sed 's/$/\r/' | posthaste -t
	whole one two | sed '1,6s/$/\r/' | posthaste -t
	assert_delivered 3
	cmp "$RECORD/1.message" "$RECORD/2.message"
	cmp "$RECORD/1.message" "$RECORD/3.message"
}

@test "X-31: a bare CR becomes a line end, none leaves" {
	serve --without CHUNKING
	{ whole; printf 'a\rb\r\rc\r\n'; } | posthaste -t
	assert_delivered
	body 1 | cmp - <(printf 'a\nb\n\nc\n')
	assert_no_violations
}

@test "a folded header field arrives as it was" {
	serve
	{
		printf 'Subject: one\n two\n\tthree\n'
		whole body
	} | sed '/^Subject: test/d' >message
	posthaste -t <message
	assert_delivered
	arrives message
}

# --- the lone dot ----------------------------------------------------------

@test "a lone dot is data when something follows it, with and without -i" {
	serve
	whole one . two | posthaste -t
	whole one . two | posthaste -ti
	whole one . two | posthaste -oi -t
	assert_delivered 3
	assert_equal "$(body 1)" $'one\n.\ntwo'
	cmp "$RECORD/1.message" "$RECORD/2.message"
	cmp "$RECORD/1.message" "$RECORD/3.message"
}

@test "a lone dot at the very end is the end without -i, data with it" {
	local option n=1
	serve
	whole one . | posthaste -t
	for option in -i -oi -oitrue '-o i' '-OIgnoreDots=true'; do
		# shellcheck disable=SC2086
		whole one . | posthaste -t $option
		n=$((n + 1))
	done
	assert_delivered 6
	assert_equal "$(body 1)" one
	for n in 2 3 4 5 6; do
		assert_equal "$(body "$n")" $'one\n.'
	done
}

# --- delivery reports, body type -------------------------------------------

@test "-N, -R and -V give NOTIFY, RET and ENVID" {
	serve
	deliver -t -N success,delay -R hdrs -V 'QQ 314+159='
	assert_delivered
	assert_contains "$(mail) " ' RET=HDRS ENVID=QQ+20314+2B159+3D '
	assert_contains "$(envelope 1 rcpt) " ' NOTIFY=SUCCESS,DELAY '
}

@test "-N never, any case; -R full and headers" {
	serve
	deliver -t -NNEVER -R FULL
	deliver -t -N Failure,SUCCESS -R headers
	assert_delivered 2
	assert_contains "$(envelope 1 rcpt) " ' NOTIFY=NEVER '
	assert_contains "$(mail 1) " ' RET=FULL '
	assert_contains "$(envelope 2 rcpt) " ' NOTIFY=SUCCESS,FAILURE '
	assert_contains "$(mail 2) " ' RET=HDRS '
}

@test "bad values of -N, -R and -V are usage errors" {
	local bad
	serve
	for bad in '-Nnever,failure' '-N nonsense' '-N ' '-R most' \
		$'-V a\nb' $'-V a\tb' "-V $(printf '%0101d' 0)" $'-V \xe4'; do
		deliver -t "${bad%% *}" "${bad#* }"
		[ "$bad" = -Nnever,failure ] || assert_complaint 64 "${bad:0:2}"
	done
	deliver -t -Nnever,failure
	assert_complaint 64 -N
	assert_nothing_sent
}

@test "an ENVID of 100 octets goes" {
	serve
	deliver -t -V "$(printf '%0100d' 0)"
	assert_delivered
	assert_contains "$(mail)" "ENVID=$(printf '%0100d' 0)"
}

@test "the account's dsn-notify and dsn-return" {
	ACCOUNT=("dsn-notify = { 'failure', 'delay' }" "dsn-return = 'headers'")
	serve
	deliver
	deliver -t -N never -R full
	assert_delivered 2
	assert_contains "$(envelope 1 rcpt) " ' NOTIFY=FAILURE,DELAY '
	assert_contains "$(mail 1) " ' RET=HDRS '
	assert_contains "$(envelope 2 rcpt) " ' NOTIFY=NEVER '
	assert_contains "$(mail 2) " ' RET=FULL '
}

@test "-B in every form; a value that nobody knows is no mistake" {
	serve
	deliver -B 8BITMIME -t
	deliver -B8BITMIME -t
	deliver -B 7BIT -t
	deliver -B nonsense -t
	assert_delivered 4
}

@test "8-bit content is declared, with its charset" {
	serve
	a_message 'Grüße' | posthaste -t
	assert_delivered
	assert_contains "$(mail) " ' BODY=8BITMIME '
	assert_equal "$(body 1)" 'Grüße'
	[[ $(field 1 Content-Type) == *[Uu][Tt][Ff]-8* ]]
}

# --- how the command line is read ------------------------------------------

@test "clusters, options behind addresses, and --" {
	serve
	whole one . | posthaste -ti -B8BITMIME
	deliver x@example.com -N never
	deliver -- -f@example.com
	assert_delivered 3
	assert_equal "$(body 1)" $'one\n.'
	assert_equal "$(envelope 2 rcpt)" \
		'RCPT TO:<x@example.com> NOTIFY=NEVER'
	assert_equal "$(rcpts 3)" -f@example.com
}

@test "what callers pass without effect is accepted" {
	serve
	deliver -FCronDaemon -i -odi -oem -or0s rcpt@example.com
	deliver -oi -oem -odb -m -t
	deliver -t -h 3 -O DeliveryMode=b -L tag -p ESMTP -X /dev/null/x -A m
	assert_delivered 3
	assert_equal "$(rcpts 1)" rcpt@example.com
}

@test "the argument lists of cron, git, mutt, PHP, Perl and Emacs" {
	serve
	deliver -FCronDaemon -i -B8BITMIME -oem a@example.com
	deliver -f a@example.com -i b@example.com c@example.com
	deliver -oem -oi -B8BITMIME -f a@example.com -N failure -R hdrs -- \
		b@example.com
	deliver -t -i -fa@example.com
	deliver -i -f a@example.com -- b@example.com
	deliver -oi -f a@example.com -oem -odb b@example.com -N never
	deliver -G -oee -odi -oi -pUUCP:host -fa@example.com b@example.com
	assert_delivered 7
	assert_equal "$(rcpts 2)" 'b@example.com c@example.com'
	assert_contains "$(mail 4)" '<a@example.com>'
}

@test "called as sendmail" {
	ln -s "$POSTHASTE" sendmail
	serve
	a_message | bounded ./sendmail -C "$CONFIG" -t
	assert_delivered
}

@test "-G completes no header field" {
	serve
	printf 'Subject: x\n\nbody\n' | posthaste -G rcpt@example.com
	assert_delivered
	received 1 | cmp - <(printf 'Subject: x\r\n\r\nbody\r\n')
}

@test "an unknown option is a usage error that names it" {
	serve
	deliver -t -Z
	assert_complaint 64 -Z
	deliver --nonsense
	assert_complaint 64 --nonsense
	assert_nothing_sent
}

@test "an option without its value is a usage error" {
	deliver -t -f
	assert_complaint 64 -f
}

@test "-C and --set stand before the first address only" {
	serve
	a_message | bounded "$POSTHASTE" rcpt@example.com -C "$CONFIG"
	assert_complaint 64 -C
	deliver rcpt@example.com --set tls=off
	assert_complaint 64 --set
	assert_nothing_sent
}

@test "X-60: --help lists the options, --version the libraries" {
	bounded "$POSTHASTE" --help
	assert_status 0
	assert_contains "$output" '--explain'
	assert_contains "$output" '-t'
	bounded "$POSTHASTE" --version
	assert_status 0
	[[ $output == posthaste\ [0-9]* ]]
	[[ $output == *[Gg]nu[Tt][Ll][Ss]\ [0-9]* ]]
	[[ $output == *gsasl\ [0-9]* ]]
}

@test "names and options of a queue that is not there do nothing, well" {
	local name
	for name in mailq newaliases runq hoststat purgestat; do
		ln -sf "$POSTHASTE" "$name"
		bounded "./$name" </dev/null
		assert_status 0
		assert_equal "$errors" ''
	done
	posthaste -q30m </dev/null
	assert_status 0
	posthaste -bp </dev/null
	assert_status 0
	assert_equal "$output" 'Mail queue is empty'
}

@test "-bd and its like end with 64 and leave standard input alone" {
	local mode
	for mode in -bd -bD -bt -bP -bS; do
		printf 'untouched\n' | {
			posthaste "$mode"
			assert_complaint 64 "$mode"
			assert_equal "$(cat)" untouched
		}
	done
}

# --- -v and -P -------------------------------------------------------------

@test "-v shows the dialogue on stderr, nothing on stdout" {
	serve
	deliver -v -t
	assert_status 0
	assert_equal "$output" ''
	assert_contains "$errors" 'S: 220 '
	assert_contains "$errors" 'C: EHLO client.example'
	assert_contains "$errors" 'C: MAIL FROM:<sender@example.com>'
	assert_contains "$errors" 'S: 250-'
}

@test "-P and --pretend show the envelope and send nothing" {
	local option
	serve
	for option in -P --pretend; do
		deliver "$option" -t -f x@example.com
		assert_status 0
		assert_equal "$errors" ''
		assert_contains "$output" 'from: x@example.com'
		assert_contains "$output" 'to: rcpt@example.com'
		assert_contains "$output" 'size: '
	done
	stop_server
	assert_equal "$(commands)" ''
}

@test "-a chooses the account" {
	serve
	printf "account 'other' {\n  server = 'localhost:1'\n}\n" >>"$CONFIG"
	deliver -t -a test
	assert_delivered
}
