#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Hostile callers: whatever a web application, a script or another user can put
# into an argument, a message, the environment or the process itself.

load helper

setup() { helper_setup; }
teardown() {
	[ -z "${COPY-}" ] || rm -rf "$COPY"
	helper_teardown
}

# The octets that must never get through, each behind something harmless.
PAYLOADS=($'x\r\nRCPT TO:<evil@example.org>' $'x\nRCPT TO:<evil@example.org>'
	$'x\rRCPT TO:<evil@example.org>' $'x>\r\nBcc: evil@example.org'
	$'x\x01evil' $'x\x7fevil' $'x\xc2\x85evil' $'x\x80evil' $'x\xff\xfeevil')

# no_evil: no command, envelope or field of the server's records has the word.
no_evil() {
	stop_server
	refute_contains "$(commands)" evil
	! grep -qai '^bcc\|evil' "$RECORD"/*.envelope 2>/dev/null ||
		fail "$(envelope 1)"
	assert_no_violations
}

# refuses_payloads OPTION...: %s in each OPTION becomes each payload; the
# program ends with 64, 65 or 78 and one line, before it connects.
refuses_payloads() {
	local payload option arguments
	serve --without SMTPUTF8
	for payload in "${PAYLOADS[@]}"; do
		arguments=()
		for option; do
			arguments+=("${option//%s/$payload}")
		done
		deliver "${arguments[@]}"
		case $status in
		64 | 65 | 78) ;;
		*) fail "$(printf '%q ' "${arguments[@]}"): $status $errors" ;;
		esac
		[[ -n $errors && $errors != *$'\n'* ]] || fail "$errors"
		[ -z "$(tr -d ' -~\n' <err)" ] || fail "raw: $errors"
	done
	stop_server
	assert_equal "$(dialogue)" ''
}

# --- X-30: commands in arguments -------------------------------------------

@test "X-30: line ends and controls in a recipient" {
	refuses_payloads '%s@example.com'
}

@test "X-30: line ends and controls in a recipient's domain" {
	refuses_payloads 'a@%s.example'
}

@test "X-30: line ends and controls in a quoted local part" {
	refuses_payloads '"%s"@example.com'
}

@test "X-30: line ends and controls in the sender, -f and -r" {
	refuses_payloads -t -f '%s@example.com'
	refuses_payloads -t -r '"%s"@example.com'
	refuses_payloads -t -f 'a@%s.example'
}

@test "X-30: line ends and controls in -V, -N, -R and -L" {
	refuses_payloads -t -V '%s'
	refuses_payloads -t -N '%s'
	refuses_payloads -t -R '%s'
	refuses_payloads -t -L '%s'
}

@test "X-30: line ends and controls in -a" {
	refuses_payloads -a '%s' -t
}

@test "X-30: line ends in -B say nothing to the server" {
	local payload
	serve
	for payload in "${PAYLOADS[@]}"; do
		deliver -t -B "$payload"
	done
	no_evil
}

@test "X-30: line ends and controls in --set, every key for the wire" {
	local key
	for key in domain server tls-name from qualify-domain \
		message-id-domain source-address; do
		refuses_payloads --set "$key=%s" -t
	done
}

@test "X-30: line ends and controls in msmtp's long options" {
	local option
	for option in domain user source-ip auth maildomain; do
		refuses_payloads --"$option"='%s' -t
	done
}

@test "X-30: line ends in the configuration's values" {
	local key
	serve
	for key in domain from qualify-domain message-id-domain tls-name \
		source-address user full-name server; do
		write_clear_account "$key = \"x\\r\\nRCPT TO:<evil@example.org>\""
		deliver
		assert_status 78
		assert_contains "$errors" "posthaste.conf:"
		write_clear_account "$key = 'x"$'\n'"RCPT TO:<evil@example.org>'"
		deliver
		assert_status 78
	done
	stop_server
	assert_equal "$(dialogue)" ''
}

@test "X-30: a folded or encoded address of the header is one address" {
	serve
	printf '%s\n' 'To: a@example.com,' \
		' "x\' ' RCPT TO:<evil@example.org>"@example.com' '' x |
		posthaste -t
	no_evil
}

@test "X-30: line ends in a quoted local part of the header" {
	local end
	serve
	for end in '\r\n ' '\n ' '\r' '\r\n\t'; do
		printf "To: \"x%bRCPT TO:<evil@example.org>\"@example.com\n\nx\n" \
			"$end" | posthaste -t
		[ "$status" -eq 65 ] || assert_status 0
	done
	stop_server
	assert_no_violations
	! commands | grep -q '^RCPT TO:<evil' || fail "$(commands)"
}

@test "X-30: NUL in an address of the header" {
	serve
	printf 'To: a\0evil@example.com\n\nx\n' | posthaste -t
	[ "$status" -eq 65 ] || assert_status 0
	no_evil
}

@test "X-30: U+2028, U+0085 and U+202E where SMTPUTF8 would carry them" {
	local payload
	serve
	for payload in $'x\xe2\x80\xa8y@example.com' $'x\xc2\x85y@example.com' \
		$'x\xe2\x80\xaey@example.com'; do
		deliver "$payload"
		[ "$status" -eq 65 ] || assert_status 0
		[ -z "$(tr -d ' -~\n' <err)" ] || fail "raw: $errors"
	done
	stop_server
	assert_no_violations
}

# --- X-31: smuggling -------------------------------------------------------

@test "X-31: no spelling of a line with a dot ends the content" {
	local end without n=0
	for without in X CHUNKING; do
		serve --without "$without" --without PIPELINING
		n=0
		for end in '\n.\n' '\r\n.\n' '\n.\r\n' '\r.\r' '\r\n.\r' \
			'\r.\n' '\n.\r' '\r\n.\r\n' '\r\r\n.\r\r\n' \
			'\n\r.\r\n\r' '\0\n.\n' '\n.\0\n'; do
			printf "To: a@example.com\n\nfirst$end%b" \
				'MAIL FROM:<evil@example.org>\r\n' \
				'RCPT TO:<evil@example.org>\r\nDATA\r\n' \
				'second\r\n.\r\nQUIT\r\n' | posthaste -i -t
			assert_status 0
			n=$((n + 1))
		done
		stop_server
		assert_received "$n"
		refute_contains "$(commands)" evil
		# It is all there, as text.
		for ((; n > 0; n--)); do
			assert_contains "$(body "$n")" 'RCPT TO:<evil'
			assert_equal "$(body "$n" | tail -n 1)" QUIT
		done
	done
}

@test "X-31: the same in the header" {
	serve --without CHUNKING
	printf 'To: a@example.com\nSubject: x\r.\r\nX-A: b\n.\nMAIL FROM:<evil@example.org>\n' |
		posthaste -i -t
	assert_status 0
	stop_server
	assert_received 1
	refute_contains "$(commands)" evil
}

@test "X-31: NUL in the body neither passes nor cuts it" {
	serve --without CHUNKING
	printf 'To: a@example.com\n\none\0two\nthree\n' | posthaste -t
	assert_status 0
	stop_server
	assert_received 1
	# The server would have found a NUL.
	if [ "$(field 1 Content-Transfer-Encoding)" = base64 ]; then
		body 1 | base64 -d >decoded
	else
		body 1 >decoded
	fi
	assert_equal "$(grep -ac 'one\|three' decoded)" 2
}

# --- X-32: fields ----------------------------------------------------------

@test "X-32: line ends in -F are refused" {
	local payload
	serve
	for payload in $'x\r\nBcc: evil@example.org' $'x\nBcc: evil' \
		$'x\rBcc: evil' $'x\x0bevil'; do
		deliver -F "$payload" -t
		assert_complaint 64 -F
	done
	stop_server
	assert_equal "$(dialogue)" ''
}

@test "X-32: line ends in NAME are not used" {
	serve
	printf 'To: a@example.com\n\nx\n' |
		NAME=$'x\r\nBcc: evil@example.org' posthaste -t
	assert_status 0
	no_evil
	refute_contains "$(received 1)" evil
}

@test "X-32: line ends in add-header and full-name: 78" {
	local key
	serve
	for key in add-header full-name remove-header; do
		write_clear_account "$key = \"X: y\\r\\nBcc: evil@example.org\""
		deliver
		assert_status 78
	done
	stop_server
	assert_equal "$(dialogue)" ''
}

@test "X-32: a bare CR in a field begins no other field" {
	serve
	printf 'To: a@example.com\nSubject: x\rBcc: evil@example.org\n\nx\n' |
		posthaste -t
	assert_status 0
	no_evil
	refute_contains "$(received 1 | tr '\r' '\n' | grep -ai '^bcc')" evil
}

@test "X-32: -f and -F cannot put a field into From" {
	serve
	printf 'To: a@example.com\n\nx\n' |
		posthaste -t -F 'x <evil@example.org>, y'
	assert_status 0
	stop_server
	assert_equal "$(received 1 | grep -ac '^From:')" 1
	[[ $(field 1 From) == '"'*'" <sender@example.com>' ]]
}

# --- X-33: options ---------------------------------------------------------

# untouched: nothing was made in the test's directory by the program.
untouched() {
	[ ! -e x.php ] && [ ! -e q ] && [ ! -e evil.log ]
}

@test "X-33: the published payloads against PHPMailer's -f" {
	serve
	# CVE-2016-10033: the shell's words of -f"attacker\" -oQ... some"@email.com
	deliver -t -i '-fattacker\' "-oQ$TMP/q" "-X$TMP/x.php" \
		'some"@email.com'
	[ "$status" -ne 0 ]
	untouched
	# CVE-2016-10045: -f'\'attacker\'' -oQ... -X... some"@email.com'
	deliver -t -i "-f\\attacker\\" "-oQ$TMP/q" "-X$TMP/x.php" \
		'some"@email.com'
	[ "$status" -ne 0 ]
	untouched
	# CVE-2017-5223's and SwiftMailer's: all of it in one word
	deliver -t -i "-f\"attacker\\\" -oQ$TMP/q -X$TMP/x.php some\"@email.com"
	[ "$status" -eq 65 ] || [ "$status" -eq 0 ]
	untouched
	stop_server
	assert_no_violations
}

@test "X-33: -X, -D and -oQ write nothing" {
	serve
	deliver -X "$TMP/x.php" -t
	deliver "-X$TMP/x.php" -t
	deliver "-oQ$TMP/q" "-OQueueDirectory=$TMP/q" -O "LogFile=$TMP/evil.log" \
		-t
	deliver -D -t
	untouched
	stop_server
	assert_received 4
}

@test "X-33: -C and --set behind the first address are refused, -X is nothing" {
	serve
	echo "account 'evil' { server = 'localhost:1' }" >evil.conf
	deliver rcpt@example.com "-C$TMP/evil.conf"
	assert_complaint 64 -C
	deliver rcpt@example.com --set domain=evil
	assert_complaint 64 --set
	assert_nothing_sent
	serve
	deliver rcpt@example.com "-X$TMP/x.php"
	assert_delivered
	untouched
}

@test "X-33: SENDMAIL_RESTRICTED switches off what names files" {
	serve
	a_message | SENDMAIL_RESTRICTED=1 bounded "$POSTHASTE" -C "$CONFIG" -t
	assert_complaint 64 SENDMAIL_RESTRICTED
	assert_nothing_sent
}

@test "X-33: behind -- everything is an address" {
	local word
	ACCOUNT=("qualify-domain = 'home.example'")
	serve
	for word in "-oQ$TMP/q" -bd -be -bs -t "-X$TMP/x.php" \
		"-C$TMP/evil.conf" --version -f; do
		deliver -i -f a@example.com -- "$word"
		[ "$status" -eq 65 ] || assert_status 0
		assert_equal "$output" ''
	done
	untouched
	stop_server
	assert_no_violations
}

@test "X-33: what follows -f is its value, whatever it looks like" {
	ACCOUNT=("qualify-domain = 'home.example'")
	serve
	deliver -f -oQ/tmp -- rcpt@example.com
	assert_status 0
	stop_server
	assert_contains "$(envelope 1 mail)" 'MAIL FROM:<-oQ/tmp@home.example>'
}

@test "X-33: no mode is entered that runs anything" {
	local mode
	serve
	for mode in -be -bd -bD -bt -bP -bl -ba -bz; do
		deliver "$mode" '${run{/usr/bin/touch x.php}}'
		assert_complaint 64 "$mode"
	done
	untouched
	assert_nothing_sent
}

@test "X-33: a password command cannot come from the command line" {
	serve
	deliver --set "password-from=command:touch $TMP/x.php" -t
	assert_complaint 78 password-from
	deliver --passwordeval="touch $TMP/x.php" -t
	[ "$status" -eq 64 ] || [ "$status" -eq 78 ]
	untouched
	assert_nothing_sent
}

# --- X-34: shells ----------------------------------------------------------

@test "X-34: shell words in recipients and sender are letters" {
	local word
	ACCOUNT=("qualify-domain = 'home.example'" "auth = 'auto'"
		"user = 'user'" "password-from = 'command:echo secret'"
		"auth-clear = 'on'")
	serve
	for word in ';touch x.php;@example.com' '`touch x.php`@example.com' \
		'$(touch x.php)@example.com' '|touch x.php@example.com' \
		"|touch $TMP/x.php" "/$TMP/x.php" ':include:/etc/passwd' \
		'${run{touch x.php}}@example.com' '"|touch x.php"@example.com' \
		'a@example.com;touch x.php' '!touch x.php' '>x.php@example.com'; do
		deliver -- "$word"
		deliver -t -f "$word"
	done
	untouched
	stop_server
	assert_no_violations
}

@test "X-34: programs and files in aliases are passed over" {
	printf '%s\n' "a: |touch $TMP/x.php" "b: /$TMP/q" \
		"c: \"|touch $TMP/x.php\", real@example.com" >aliases
	ACCOUNT=("aliases = '$TMP/aliases'" "qualify-domain = 'home.example'")
	serve
	deliver a
	deliver b
	deliver c
	assert_status 0
	untouched
	stop_server
	assert_contains "$(cat "$RECORD"/*.envelope)" real@example.com
	refute_contains "$(cat "$RECORD"/*.envelope)" touch
}

# --- X-35: addresses -------------------------------------------------------

# goes_to ADDRESS WANTED...: these and no others.
goes_to() {
	deliver -- "$1"
	assert_status 0
	shift
	assert_equal "$(envelope "$(received_count)" rcpt)" \
		"$(printf 'RCPT TO:<%s>\n' "$@")"
}

@test "X-35: what looks like two addresses goes where it says" {
	serve
	goes_to '"a@evil.example"@good.example' \
		'"a@evil.example"@good.example'
	goes_to '"evil@evil.example x"@good.example' \
		'"evil@evil.example x"@good.example'
	goes_to 'a@good.example (b@evil.example)' a@good.example
	goes_to '(b@evil.example) a@good.example' a@good.example
	goes_to '"b@evil.example" <a@good.example>' a@good.example
	goes_to '=?utf-8?q?b=40evil.example=2C?= <a@good.example>' \
		a@good.example
	goes_to '"x, <b@evil.example>" <a@good.example>' a@good.example
	goes_to '<@evil.example:a@good.example>' a@good.example
}

@test "X-35: what can be read in two ways is refused with 65" {
	local word
	serve
	for word in 'a@good.example b@evil.example' 'a@good@evil.example' \
		'<a@good.example> b@evil.example' '<a@good.example' \
		'a@good.example>' 'a@good.example <b@evil.example' \
		'"a@good.example' 'a@[192.0.2.1' 'a@good.example (x' \
		'b@evil.example <a@good.example>' '<<a@good.example>>' \
		'a @b @c.example' '@good.example' 'a@' '<>' 'a@good..example' \
		'a@-good.example'; do
		deliver -- "$word"
		[ "$status" -eq 65 ] || fail "$word: $status $errors"
	done
	stop_server
	assert_equal "$(commands)" ''
}

@test "X-35: one bad address stops the whole message" {
	serve
	deliver a@example.com 'b@@example.com'
	assert_complaint 65 'b@@example.com'
	printf 'To: a@example.com, b@@example.com\n\nx\n' | posthaste -t
	assert_complaint 65 'b@@example.com'
	stop_server
	assert_equal "$(commands)" ''
}

# --- X-36: size ------------------------------------------------------------

@test "X-36: comments and groups 100,000 deep" {
	serve
	deliver "$(head -c 50000 /dev/zero | tr '\0' '(')a@example.com"
	assert_status 65
	assert_equal "$(wc -l <err)" 1
	{ printf 'To: '; head -c 100000 /dev/zero | tr '\0' '('
		printf '\n\nx\n'; } | posthaste -t
	assert_status 65
	{ printf 'To: '; yes 'g:' | head -n 100000 | tr -d '\n'
		printf '\n\nx\n'; } | posthaste -t
	assert_status 65
	assert_equal "$(commands)" ''
}

@test "X-36: more recipients than 100,000 are refused, the input is read" {
	serve
	{
		printf 'Bcc: r0@example.com'
		seq -f ',r%.0f@example.com' 1 100000
		printf '\nx\n'
	} | sed 's/^,/ ,/' | posthaste -t
	[ "$status" -eq 65 ] || [ "$status" -eq 69 ]
	assert_equal "$(wc -l <err)" 1
	assert_nothing_sent
}

@test "X-36: a header of more than 16 MiB is refused, the input is read" {
	serve
	{
		printf 'To: a@example.com\nX: '
		head -c 18000000 /dev/zero | tr '\0' x
		printf '\n\nbody\n'
	} | posthaste -t
	assert_complaint 69 'header'
	assert_nothing_sent
}

@test "X-36: an argument of 100 kB" {
	serve
	deliver "$(head -c 100000 /dev/zero | tr '\0' a)@example.com"
	assert_status 65
	assert_equal "$(wc -l <err)" 1
	[ "$(wc -c <err)" -lt 1000 ]
	deliver -F "$(head -c 100000 /dev/zero | tr '\0' a)" -t
	[ "$status" -eq 0 ] || [ "$status" -eq 64 ] || [ "$status" -eq 65 ]
	stop_server
	assert_no_violations
}

# --- X-38: the environment -------------------------------------------------

@test "X-38: SSLKEYLOGFILE is not honoured" {
	serve_implicit
	SSLKEYLOGFILE=$TMP/keys deliver
	assert_delivered
	[ ! -e keys ]
}

@test "X-38: GNUTLS_SYSTEM_PRIORITY_FILE and its kin change nothing" {
	printf '[overrides]\ndisabled-version = TLS1.3\ndisabled-version = TLS1.2\n' \
		>priority
	serve_implicit
	GNUTLS_SYSTEM_PRIORITY_FILE=$TMP/priority GNUTLS_DEBUG_LEVEL=99 \
		GNUTLS_CPUID_OVERRIDE=1 GNUTLS_SYSTEM_PRIORITY_FAIL_ON_INVALID=1 \
		deliver
	assert_delivered
	assert_contains "$(envelope 1 tls)" TLS1.3
}

@test "X-38: a password command gets a clean environment" {
	LOGIN=("user = 'user'" "password-from = 'command:env >$TMP/env; echo secret'")
	echo 'touch x.php' >rc
	serve_implicit
	BASH_ENV=$TMP/rc ENV=$TMP/rc IFS=x SSLKEYLOGFILE=$TMP/keys \
		PERL5OPT=-Mevil FOO=bar deliver
	assert_delivered
	[ ! -e x.php ]
	refute_contains "$(cat env)" FOO
	refute_contains "$(cat env)" BASH_ENV
	refute_contains "$(cat env)" PERL5OPT
	assert_contains "$(cat env)" PATH=
}

@test "X-38: no environment at all" {
	serve
	a_message | bounded env -i "$POSTHASTE" -C "$CONFIG" -t
	assert_delivered
}

@test "X-38: TZ, LC_ALL and TMPDIR that make no sense" {
	local zone
	serve
	for zone in :/etc/passwd ../../../etc/passwd "$(printf '%04000d' 0)" \
		'<evil>-99' ''; do
		a_message | bounded env TZ="$zone" LC_ALL=xx_XX.evil \
			TMPDIR=/nonexistent "$POSTHASTE" -C "$CONFIG" -t
		assert_status 0
	done
	stop_server
	assert_received 5
	[[ $(field 4 Date) =~ ^[A-Z][a-z][a-z],\ [0-9]+\ [A-Z][a-z][a-z]\ 20[0-9][0-9]\  ]]
}

@test "X-38: HOME and XDG_CONFIG_HOME of somebody else are not believed" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can give a directory away'
	mkdir -p other/.config/posthaste other/posthaste
	echo "account 'evil' { server = 'localhost:1' }" |
		tee other/.config/posthaste/posthaste.conf \
			>other/posthaste/posthaste.conf
	chown -R 65534 other
	HOME=$TMP/other XDG_CONFIG_HOME=$TMP/other bounded "$POSTHASTE" \
		--explain </dev/null
	refute_contains "$output" evil
}

# --- X-39: the process -----------------------------------------------------

@test "X-39: standard output and error closed, as mailutils does" {
	serve
	a_message >message
	status=0
	"$POSTHASTE" -C "$CONFIG" -t <message >&- 2>&- || status=$?
	assert_status 0
	stop_server
	assert_received 1
}

@test "X-39: complaints with stderr closed stay out of the dialogue" {
	serve --without PIPELINING --rule 'on RCPT reply 550 5.1.1 unknown'
	a_message >message
	status=0
	"$POSTHASTE" -C "$CONFIG" -v -t <message >&- 2>&- || status=$?
	assert_status 67
	stop_server
	refute_contains "$(commands)" posthaste
	assert_no_violations
}

@test "X-39: standard input closed is an empty message" {
	serve
	status=0
	"$POSTHASTE" -C "$CONFIG" rcpt@example.com <&- >out 2>err || status=$?
	assert_status 0
	stop_server
	assert_received 1
}

@test "X-39: all three closed, and a login" {
	LOGIN=("user = 'user'" "password-from = 'command:echo secret'")
	serve_implicit
	status=0
	"$POSTHASTE" -C "$CONFIG" rcpt@example.com <&- >&- 2>&- || status=$?
	assert_status 0
	stop_server
	assert_received 1
}

@test "X-39: 500 open descriptors are closed, none reaches a command" {
	LOGIN=("user = 'user'"
		"password-from = 'command:ls /proc/self/fd >$TMP/fds; echo secret'")
	serve_implicit
	a_message >message
	status=0
	(
		ulimit -n 1024
		for ((i = 10; i < 510; i++)); do
			eval "exec $i</dev/null"
		done
		exec "$POSTHASTE" -C "$CONFIG" -t <message >out 2>err
	) || status=$?
	assert_status 0
	stop_server
	assert_received 1
	[ "$(wc -l <fds)" -le 4 ]
}

@test "X-39: signals that are ignored or blocked by the caller" {
	LOGIN=("user = 'user'" "password-from = 'command:echo secret'")
	serve_implicit
	a_message >message
	status=0
	(
		trap '' PIPE CHLD ALRM XFSZ HUP INT TERM
		exec "$POSTHASTE" -C "$CONFIG" -t <message >out 2>err
	) || status=$?
	assert_status 0
	stop_server
	assert_received 1
}

@test "a user whom no password database knows, with a foreign HOME" {
	local uid=61234
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	! getent passwd "$uid" >/dev/null || skip "somebody is $uid"
	ACCOUNT=("from = ''" "qualify-domain = 'home.example'"
		"aliases = '/etc/aliases'")
	serve
	printf 'Subject: x\n\nhello\n' >message
	# Where nobody may come, it could not be run.
	COPY=$(mktemp -d /tmp/posthaste-copy.XXXXXX)
	cp "$POSTHASTE" "${POSTHASTE%/*}/secure.so" "$CONFIG" "$COPY"
	chown -R "$uid" "$COPY"
	as_nobody() {
		bounded setpriv --reuid="$uid" --regid="$uid" --clear-groups \
			env "$@" HOME=/root "$COPY/${POSTHASTE##*/}" \
			-C "$COPY/${CONFIG##*/}" -oem rcpt@example.com <message
	}
	as_nobody USER=service
	assert_status 0
	assert_silent
	as_nobody -u USER -u LOGNAME
	assert_status 0
	assert_silent
	stop_server
	assert_received 2
	assert_contains "$(envelope 1 mail)" '<service@home.example>'
	assert_contains "$(envelope 2 mail)" '<postmaster@home.example>'
	# Nobody's home: nothing can be kept, and that is said.
	as_nobody USER=service
	assert_status 75
	assert_contains "$errors" 'the message is not kept: this user has no home'
}

@test "X-39: eight descriptors are enough" {
	serve_implicit
	a_message >message
	bounded sh -c 'ulimit -n 8 && exec "$@"' - "$POSTHASTE" -C "$CONFIG" \
		-t <message
	[ "$status" -eq 0 ] || [ "$status" -eq 71 ] || [ "$status" -eq 75 ] ||
		[ "$status" -eq 76 ] || fail "$status $errors"
	stop_server
	[ "$status" -ne 0 ] || assert_received 1
}

@test "X-39: a limit on the size of files: 75, nothing is sent" {
	serve
	{ a_message; head -c 3000000 /dev/zero | tr '\0' x | fold; } >message
	status=0
	(
		ulimit -f 4
		exec "$POSTHASTE" -C "$CONFIG" -t <message 2>/dev/null
	) || status=$?
	assert_status 75
	assert_nothing_sent
}

@test "X-39: a working directory that is gone" {
	serve
	mkdir gone
	a_message >message
	status=0
	(
		cd gone && rmdir ../gone
		exec "$POSTHASTE" -C "$CONFIG" -t <"$TMP/message" >"$TMP/out" \
			2>"$TMP/err"
	) || status=$?
	assert_status 0
	stop_server
	assert_received 1
}

# --- X-40 ------------------------------------------------------------------

# set_id BIT: a copy of the program in somebody else's name with this bit.
set_id() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can make such a copy'
	# Where nobody may come, it could not be run.
	COPY=$(mktemp -d /tmp/posthaste-setid.XXXXXX)
	chmod 755 "$COPY"
	cp "$POSTHASTE" "${POSTHASTE%/*}/secure.so" "$COPY"
	chown 65534:65534 "$COPY/posthaste"
	chmod "$1" "$COPY/posthaste"
	[ -n "$(find "$COPY/posthaste" -perm "/$1")" ]
	if ! "$COPY/posthaste" --version >/dev/null 2>&1; then
		return 0
	fi
	rm -rf "$COPY"
	skip 'this file system has no setuid programs'
}

@test "X-40: a copy with the setgid or setuid bit ends with 77 at once" {
	local bit
	serve
	for bit in 2755 4755; do
		set_id "$bit"
		printf 'untouched\n' | {
			bounded "$COPY/posthaste" -C "$CONFIG" rcpt@example.com
			assert_equal "$(cat)" untouched
		}
		rm -rf "$COPY"
		assert_complaint 77 setgid
	done
	stop_server
	assert_equal "$(dialogue)" ''
}
