#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The extensions of SMTP: used when offered and wanted, never otherwise.

load helper

setup() { helper_setup; }
teardown() { helper_teardown; }

mail() {
	envelope "${1:-1}" mail
}

# numbers N: so many recipients.
numbers() {
	seq -f 'r%.0f@example.com' 1 "$1"
}

# A message of about so many octets.
large() {
	a_message first
	head -c "$1" /dev/zero | tr '\0' x | fold -w 70
	echo
}

# --- PIPELINING ------------------------------------------------------------

@test "without PIPELINING one command at a time" {
	serve --without PIPELINING --settle-ms 5
	deliver a@example.com b@example.com
	assert_delivered
}

@test "1,000 recipients and a server that sends little at a time" {
	serve --sndbuf 4096 --rcvbuf 4096 --eager
	# shellcheck disable=SC2046
	deliver $(numbers 1000)
	assert_delivered
	assert_equal "$(envelope 1 rcpt | wc -l)" 1000
}

@test "10,000 recipients from a header" {
	serve --eager
	{
		echo 'From: sender@example.com'
		echo 'Bcc: nobody@example.com'
		numbers 10000 | sed 's/^/ , /'
		printf '\nx\n'
	} | posthaste -t
	assert_delivered
	assert_equal "$(envelope 1 rcpt | wc -l)" 10001
}

@test "a server that answers a whole group at once" {
	serve --settle-ms 30
	deliver a@example.com b@example.com c@example.com
	assert_delivered
}

# --- CHUNKING --------------------------------------------------------------

@test "a small message is one BDAT LAST" {
	serve
	deliver
	assert_delivered
	assert_contains "$(envelope 1 'transfer')" 'BDAT, chunks: 1'
	refute_contains "$(commands)" DATA
}

@test "a large message is several chunks, each of them counted" {
	serve
	large 700000 | posthaste -t
	assert_delivered
	[ "$(commands | grep -c '^BDAT [0-9]*$')" -ge 2 ]
	assert_equal "$(commands | grep -c '^BDAT [0-9]* LAST$')" 1
	assert_equal "$(commands | awk '/^BDAT/ { n += $2 } END { print n }')" \
		"$(wc -c <"$RECORD/1.message")"
}

@test "a chunk refused: nothing more of the message follows, 75" {
	local n
	for n in 1 2; do
		serve --rule "on BDAT $n reply 452 4.3.1 disk full"
		large 700000 | posthaste -t
		assert_complaint 75 '452 4.3.1 disk full'
		stop_server
		assert_received 0
		refute_contains "$(commands)" DATA
	done
}

@test "the last chunk refused: 75 or 69" {
	fails 75 'on EOD reply 452 4.3.1 disk full' '452 4.3.1 disk full'
	fails 69 'on EOD reply 554 5.6.0 no' '554 5.6.0 no'
}

@test "503 to every BDAT: no success, and no DATA in that transaction" {
	serve --rule 'on BDAT reply 503 5.5.1 no' --rule 'on EOD reply 503 5.5.1 no'
	large 700000 | posthaste -t
	assert_complaint 69 '503 5.5.1 no'
	stop_server
	assert_received 0
	refute_contains "$(commands)" DATA
}

@test "an empty body with BDAT" {
	serve
	printf 'To: a@example.com\n\n' | posthaste -t
	assert_delivered
	assert_contains "$(envelope 1 transfer)" BDAT
}

# --- SIZE ------------------------------------------------------------------

@test "SIZE is exact, with DATA and BDAT, LF and CRLF" {
	local without
	for without in X CHUNKING; do
		serve --without "$without"
		a_message . .. 'no end' | posthaste -i -t
		a_message . .. 'no end' | sed 's/$/\r/' | posthaste -i -t
		{ a_message; printf 'no end'; } | posthaste -i -t
		# The server compares SIZE with what comes.
		assert_delivered 3
		assert_contains "$(mail 3)" " SIZE=$(wc -c <"$RECORD/3.message")"
	done
}

@test "a message that is too large is refused here: 69, no MAIL" {
	serve --announce 'SIZE 500'
	large 1000 | posthaste -t
	assert_complaint 69 'larger than the server takes'
	assert_nothing_sent
}

@test "exactly the size that the server takes goes, one more does not" {
	local size
	serve
	a_message | sed '1i Date: Mon, 2 Mar 2026 10:00:00 +0000' |
		sed '1i Message-ID: <1@example.com>' >message
	posthaste -t <message
	assert_delivered
	size=$(wc -c <"$RECORD/1.message")
	serve --announce "SIZE $size"
	posthaste -t <message
	assert_delivered
	serve --announce "SIZE $((size - 1))"
	posthaste -t <message
	assert_status 69
	assert_nothing_sent
}

@test "SIZE 0, SIZE alone, and sizes over 32 bits are no limit" {
	local size
	for size in ' 0' '' ' 2147483648' ' 4294967297' \
		' 99999999999999999999'; do
		serve --announce "SIZE$size"
		deliver
		assert_delivered
	done
}

@test "size-limit refuses a message before connecting" {
	ACCOUNT=("size-limit = '1k'")
	serve
	large 2000 | posthaste -t
	assert_complaint 69 size-limit
	stop_server
	assert_equal "$(commands)" ''
}

@test "no SIZE, no parameter" {
	serve --without SIZE
	deliver
	assert_delivered
	refute_contains "$(mail)" SIZE
}

# --- 8BITMIME --------------------------------------------------------------

@test "ASCII content gets no BODY parameter" {
	serve
	deliver
	assert_delivered
	refute_contains "$(mail)" BODY
}

@test "8-bit content where 8BITMIME is not offered becomes 7-bit" {
	serve --without 8BITMIME --without SMTPUTF8
	a_message 'Grüße aus München' | posthaste -t
	assert_delivered
	refute_contains "$(mail)" BODY
	[ -z "$(received 1 | tr -d '\0-\177')" ]
	assert_equal "$(field 1 Content-Transfer-Encoding)" quoted-printable
	assert_contains "$(body 1)" 'Gr=C3=BC=C3=9Fe aus M=C3=BCnchen'
}

@test "-B 7BIT, or none, and a server without 8BITMIME: sent once" {
	serve --without 8BITMIME
	deliver -B7BIT -t
	deliver -B8BITMIME -t
	deliver -t
	assert_delivered 3
	refute_contains "$(mail)$(mail 2)$(mail 3)" BODY=
}

@test "8-bit content that one server took is not sent again to another" {
	serve --announce 'LIMITS MAILMAX=1 RCPTMAX=1' \
		--rule 'conn 2 on EHLO reply 250-mail.example\r\n250 DSN'
	a_message 'Grüße' | posthaste a@example.com b@example.com
	assert_status 69
	assert_contains "$errors" '<b@example.com> was refused'
	stop_server
	assert_received 1
}

@test "long content is declared as what it is" {
	serve
	{ a_message hello; seq 80000; } | posthaste -t
	{ a_message hello; seq 80000; echo grün; } | posthaste -t
	assert_delivered 2
	assert_contains "$(mail) " ' BODY=7BIT '
	assert_contains "$(mail 2) " ' BODY=8BITMIME '
}

@test "a signed message is never changed: 69 or 65 where 8BITMIME is missing" {
	serve --without 8BITMIME --without SMTPUTF8
	printf '%s\n' 'To: a@example.com' 'MIME-Version: 1.0' \
		'Content-Type: multipart/signed; micalg=pgp-sha256;' \
		' protocol="application/pgp-signature"; boundary=b' '' '--b' \
		'Content-Type: text/plain; charset=utf-8' \
		'Content-Transfer-Encoding: 8bit' '' 'Grüße' '--b' \
		'Content-Type: application/pgp-signature' '' x '--b--' |
		posthaste -t
	[ "$status" -eq 69 ] || [ "$status" -eq 65 ]
	assert_equal "$(wc -l <err)" 1
	assert_nothing_sent
}

@test "a signed message goes untouched where 8BITMIME is offered" {
	serve
	printf '%s\n' 'From: sender@example.com' 'To: a@example.com' \
		'Date: Mon, 2 Mar 2026 10:00:00 +0000' \
		'Message-ID: <1@example.com>' 'MIME-Version: 1.0' \
		'Content-Type: multipart/signed; micalg=pgp-sha256;' \
		' protocol="application/pgp-signature"; boundary=b' '' '--b' \
		'Content-Type: text/plain; charset=utf-8' \
		'Content-Transfer-Encoding: 8bit' '' 'Grüße  ' 'From x' '--b' \
		'Content-Type: application/pgp-signature' '' x '--b--' >message
	posthaste -t <message
	assert_delivered
	sed 's/$/\r/' message | cmp - "$RECORD/1.message"
	assert_contains "$(mail)" BODY=8BITMIME
}

@test "lines of more than 998 octets are encoded, not broken" {
	serve
	{ a_message short; printf '%01500d\n' 7; } | posthaste -t
	assert_delivered
	assert_equal "$(field 1 Content-Transfer-Encoding)" quoted-printable
	# shellcheck disable=SC2016
	assert_equal "$(body 1 | perl -0pe 's/=\n//g' | tail -n 1)" \
		"$(printf '%01500d' 7)"
}

# --- SMTPUTF8 and IDN ------------------------------------------------------

@test "an internationalised domain becomes an A-label, without SMTPUTF8" {
	serve
	deliver 'a@bücher.example'
	assert_delivered
	assert_equal "$(envelope 1 rcpt)" 'RCPT TO:<a@xn--bcher-kva.example>'
	refute_contains "$(mail)" SMTPUTF8
}

@test "a local part that is not ASCII: SMTPUTF8" {
	serve
	deliver 'jürgen@example.com'
	assert_delivered
	assert_contains "$(mail) " ' SMTPUTF8 '
	assert_equal "$(envelope 1 rcpt)" 'RCPT TO:<jürgen@example.com>'
}

@test "a local part that is not ASCII where SMTPUTF8 is not offered" {
	serve --without SMTPUTF8
	deliver 'jürgen@example.com'
	[ "$status" -eq 69 ] || [ "$status" -eq 67 ] || [ "$status" -eq 65 ]
	assert_equal "$(wc -l <err)" 1
	assert_contains "$errors" internationalised
	assert_nothing_taken
}

@test "of two recipients the one that needs no SMTPUTF8 gets it" {
	serve --without SMTPUTF8
	deliver a@example.com 'jürgen@example.com'
	[ "$status" -eq 69 ] || [ "$status" -eq 67 ]
	stop_server
	assert_received 1
	assert_equal "$(envelope 1 rcpt)" 'RCPT TO:<a@example.com>'
}

@test "an address of invalid UTF-8 is refused before connecting" {
	serve
	deliver $'j\xfc@example.com'
	assert_complaint 65
	stop_server
	assert_equal "$(commands)" ''
}

@test "UTF-8 in Subject and in a display name leaves as ASCII" {
	serve --without SMTPUTF8
	printf '%s\n' 'From: Jürgen <sender@example.com>' \
		'To: a@example.com' 'Subject: Grüße' '' x | posthaste -t
	assert_delivered
	refute_contains "$(mail)" SMTPUTF8
	[ -z "$(received 1 | tr -d '\0-\177')" ]
	assert_contains "$(field 1 From)" '<sender@example.com>'
	[[ $(field 1 Subject) == '=?'*'?=' ]]
}

@test "-U asks for SMTPUTF8" {
	serve
	deliver -U -t
	assert_delivered
	assert_contains "$(mail) " ' SMTPUTF8 '
}

# --- DSN -------------------------------------------------------------------

@test "DSN not offered: the parameters are left out, the message goes" {
	serve --without DSN
	deliver -t -N failure -R hdrs -V id
	assert_delivered
	assert_equal "$(envelope 1 rcpt)" 'RCPT TO:<rcpt@example.com>'
	refute_contains "$(mail)" RET
	refute_contains "$(mail)" ENVID
}

@test "dsn-required: without DSN nothing goes, 69" {
	ACCOUNT=("dsn-required = 'on'")
	serve --without DSN
	deliver -t -N failure
	assert_complaint 69 DSN
	assert_nothing_sent
}

@test "dsn-required with DSN goes" {
	ACCOUNT=("dsn-required = 'on'")
	serve
	deliver -t -N failure
	assert_delivered
}

@test "ORCPT is the address before the aliases, in xtext" {
	echo 'a+b=c: x@example.com' >aliases
	ACCOUNT=("aliases = '$TMP/aliases'" "qualify-domain = 'home.example'")
	serve
	deliver 'a+b=c'
	assert_delivered
	assert_equal "$(envelope 1 rcpt)" \
		'RCPT TO:<x@example.com> ORCPT=rfc822;a+2Bb+3Dc@home.example'
}

@test "DSN that shows only behind AUTH is found by a second EHLO" {
	LOGIN=("user = 'user'" "password = 'secret'")
	serve_implicit --without DSN --after-auth-announce DSN
	deliver -t -N failure
	assert_delivered
	assert_contains "$(envelope 1 rcpt)" NOTIFY=FAILURE
	assert_equal "$(commands | grep -c EHLO)" 2
}

@test "a second EHLO that is refused is harmless" {
	local code
	LOGIN=("user = 'user'" "password = 'secret'")
	for code in 503 500 421; do
		[ "$code" = 421 ] && continue
		serve_implicit --without DSN \
			--rule "on EHLO 2 reply $code again?"
		deliver -t -N failure
		assert_delivered
	done
}

@test "nothing is missing: no second EHLO" {
	LOGIN=("user = 'user'" "password = 'secret'")
	serve_implicit
	deliver -t -N failure
	assert_delivered
	assert_equal "$(commands | grep -c EHLO)" 1
}

# --- LIMITS ----------------------------------------------------------------

@test "LIMITS RCPTMAX=1: a transaction for each recipient" {
	serve --announce 'LIMITS RCPTMAX=1'
	deliver a@example.com b@example.com c@example.com
	assert_delivered 3
	assert_equal "$(commands | grep -c EHLO)" 1
}

@test "LIMITS MAILMAX=1 RCPTMAX=1: a connection for each transaction" {
	serve --announce 'LIMITS MAILMAX=1 RCPTMAX=1'
	deliver a@example.com b@example.com c@example.com
	assert_delivered 3
	assert_equal "$(commands | grep -c EHLO)" 3
}

@test "LIMITS RCPTDOMAINMAX=1: domains do not mix" {
	serve --announce 'LIMITS RCPTDOMAINMAX=1'
	deliver a@example.com b@example.org c@example.com
	assert_delivered 2
	assert_equal "$(envelope 1 rcpt | grep -c example.com)" 2
}

@test "LIMITS with parts that are wrong: those are ignored" {
	serve --announce 'LIMITS RCPTMAX=0 MAILMAX=1234567 RCPTDOMAINMAX OTHER=1'
	deliver a@example.com b@example.org c@example.com
	assert_delivered
}

@test "max-recipients splits" {
	ACCOUNT=("max-recipients = '2'")
	serve
	deliver a@example.com b@example.com c@example.com
	assert_delivered 2
}

# --- REQUIRETLS ------------------------------------------------------------

@test "REQUIRETLS goes when it is offered behind verified TLS" {
	serve_starttls --announce REQUIRETLS
	deliver -t -O requiretls=yes
	assert_delivered
	assert_contains "$(mail) " ' REQUIRETLS '
}

@test "REQUIRETLS that is not offered, or not over TLS: 69, nothing goes" {
	serve_starttls
	deliver -t -O requiretls=yes
	assert_complaint 69 REQUIRETLS
	assert_nothing_sent
	serve --announce REQUIRETLS
	deliver -t -O requiretls=yes
	assert_complaint 69
	assert_nothing_sent
}

@test "X-18: REQUIRETLS offered only before TLS does not count" {
	serve_starttls --rule \
		'clear on EHLO reply 250-mail.example\r\n250-REQUIRETLS\r\n250 STARTTLS'
	deliver -t -O requiretls=yes
	assert_complaint 69 REQUIRETLS
	assert_nothing_sent
}

@test "the field TLS-Required is passed through" {
	serve
	a_message | sed '1i TLS-Required: No' | posthaste -t
	assert_delivered
	assert_equal "$(field 1 TLS-Required)" No
}

# --- the rest --------------------------------------------------------------

@test "extensions that nobody asked for change nothing" {
	serve --announce DELIVERBY --announce 'FUTURERELEASE 1 2' \
		--announce MT-PRIORITY --announce RRVS --announce BINARYMIME \
		--announce 'NO-SOLICITING x' --announce MTRK \
		--announce CHECKPOINT --announce CONPERM --announce BURL \
		--announce ETRN --announce ATRN --announce SUBMITTER
	deliver
	assert_delivered
	assert_equal "$(mail)" "MAIL FROM:<sender@example.com> SIZE=$(wc -c \
		<"$RECORD/1.message")"
}

@test "-B BINARYMIME is not used" {
	serve --announce BINARYMIME
	deliver -t -B BINARYMIME
	assert_delivered
	refute_contains "$(mail)" BINARYMIME
}
