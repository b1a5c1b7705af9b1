# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library in libESMTP's place: its names, its headers, Debian's unmodified
# esmtp over it, and one driver over both libraries, whose transcripts may
# differ only by what tests/api/differences names.
# shellcheck disable=SC2034 # variables that the helpers read

load helper
load api/api

setup_file() {
	build_theirs
}

setup() {
	helper_setup
	unset XDG_CONFIG_HOME
}

teardown() {
	helper_teardown
}

# --- names and headers -----------------------------------------------------

@test "the shared object exports the names of libESMTP and no others" {
	"${NM:-nm}" -D --defined-only "$SHARED" | awk '{ print $3 }' |
		LC_ALL=C sort >names
	diff "$API/symbols" names
	assert_equal "$(wc -l <names)" 72
}

@test "libESMTP 1.1.0 exports these names, but for the newest one" {
	need_theirs
	theirs=$(ldd "$BATS_FILE_TMPDIR/theirs" |
		sed -n 's/.*libesmtp.* => \([^ ]*\).*/\1/p')
	"${NM:-nm}" -D --defined-only "$theirs" | awk '{ print $3 }' |
		LC_ALL=C sort >names
	assert_equal "$(diff names "$API/symbols" | grep '^[<>]')" \
		'> smtp_starttls_get_ctx'
}

# compile LANGUAGE STANDARD HEADER...: a program that includes these in order.
compile() {
	local language=$1 standard=$2 header compiler=${CC:-cc}
	shift 2
	[ "$language" = c ] || compiler=${CXX:-c++}
	command -v "${compiler%% *}" >/dev/null || compiler=clang++
	command -v "${compiler%% *}" >/dev/null || skip "no compiler for $language"
	{
		for header; do echo "#include <$header>"; done
		cat <<-'END'
			int use(smtp_session_t s, auth_context_t a, const char *text);
			int use(smtp_session_t s, auth_context_t a, const char *text)
			{
				smtp_message_t m = smtp_add_message(s);
				smtp_status_t status;
				char buf[80];

				status.text = buf;
				status.text[0] = '\0';
				return smtp_auth_set_context(s, a) +
				    smtp_starttls_set_ctx(s, NULL) +
				    smtp_set_message_str(m, text) +
				    smtp_set_message_fp(m, stdin) +
				    (smtp_set_application_data(s, m) == NULL) +
				    (smtp_strerror(smtp_errno(), buf, sizeof buf) == buf);
			}
		END
	} >"program.$language"
	$compiler -std="$standard" -pedantic -Wall -Wextra -Werror \
		-fsyntax-only -I "$TOP_SRCDIR/libsmtp" -x "$language" \
		"program.$language"
}

@test "the headers compile as C99 and C11, in both orders" {
	for standard in c99 c11; do
		compile c $standard libesmtp.h auth-client.h
		compile c $standard auth-client.h libesmtp.h
		compile c $standard smtpx.h auth-client.h
		compile c $standard gnutls/gnutls.h auth-client.h libesmtp.h
	done
}

@test "the headers compile as C++98 and C++11, in both orders" {
	compile c++ c++98 libesmtp.h auth-client.h
	compile c++ c++98 auth-client.h libesmtp.h
	compile c++ c++11 auth-client.h smtpx.h libesmtp.h
}

@test "the headers compile with OpenSSL's header before and behind them" {
	[ -e /usr/include/openssl/ssl.h ] || skip 'no openssl/ssl.h'
	for language in c c++; do
		standard=c99
		[ $language = c ] || standard=c++11
		compile $language $standard openssl/ssl.h libesmtp.h auth-client.h
		compile $language $standard auth-client.h openssl/ssl.h libesmtp.h
		compile $language $standard libesmtp.h auth-client.h openssl/ssl.h
	done
}

@test "guards and macros that programs test for are there" {
	cat >program.c <<-'END'
		#include <auth-client.h>
		#include <libesmtp.h>
		#if !defined _auth_client_h || !defined _libesmtp_h
		#error guards
		#endif
		#if !defined smtp_set_message_fp || !defined smtp_set_message_str
		#error macros
		#endif
		#if SMTP_CB_READING != 0 || SMTP_CB_WRITING != 1 || SMTP_CB_HEADERS != 2
		#error monitor
		#endif
		#if Timeout_OVERRIDE_RFC2822_MINIMUM != 0x1000
		#error timeouts
		#endif
		#if SMTP_ERR_HOST_NOT_FOUND != 9 || SMTP_ERR_TRY_AGAIN != 12
		#error aliases
		#endif
		smtp_messagecb_t reader = (smtp_messagecb_t)0;
	END
	${CC:-cc} -std=c99 -fsyntax-only -I "$TOP_SRCDIR/libsmtp" program.c
}

# --- esmtp, unmodified -----------------------------------------------------

@test "esmtp sends a message" {
	need_esmtp
	start_server
	esmtp_over_ours '' a@example.com
	assert_status 0
	assert_silent
	stop_server
	assert_received 1
	assert_equal "$(envelope 1 rcpt)" a@example.com
	assert_equal "$(field 1 Subject)" esmtp
	assert_equal "$(body 1)" $'hello\n.dot'
}

@test "esmtp tells of one refused recipient of several, and sends nothing" {
	need_esmtp
	start_server --rule 'on RCPT 2 reply 550 5.1.1 no such user'
	esmtp_over_ours '' a@example.com b@example.com c@example.com
	assert_status 70
	assert_contains "$errors$output" 'b@example.com: 550 no such user'
	assert_contains "$errors$output" 'a@example.com: 250 recipient ok'
	stop_server
	assert_received 0
}

@test "esmtp asks for delivery status notifications" {
	need_esmtp
	start_server
	esmtp_over_ours '' -N failure,delay -R hdrs a@example.com
	assert_status 0
	stop_server
	assert_received 1
	assert_contains "$(commands)" 'RET=HDRS'
	assert_contains "$(commands)" \
		'RCPT TO:<a@example.com> NOTIFY=FAILURE,DELAY'
}

@test "esmtp requires STARTTLS, and gets it" {
	need_esmtp
	trust_ca
	start_starttls_server
	esmtp_over_ours 'starttls = required' a@example.com
	assert_status 0
	stop_server
	assert_received 1
	assert_contains "$(envelope 1 tls)" TLS
}

@test "esmtp requires STARTTLS, and sends nothing where it is missing" {
	need_esmtp
	start_server
	esmtp_over_ours 'starttls = required' a@example.com
	assert_status 69
	assert_contains "$output$errors" 'StartTLS extension not supported'
	stop_server
	assert_received 0
	refute_contains "$(commands)" MAIL
}

@test "esmtp requires STARTTLS, and refuses a foreign certificate" {
	need_esmtp
	trust_ca
	CERT=selfsigned start_starttls_server
	esmtp_over_ours 'starttls = required' a@example.com
	[ "$status" -ne 0 ]
	stop_server
	assert_equal "$(received_count)" 0
}

@test "esmtp logs in" {
	need_esmtp
	start_server --auth 'PLAIN LOGIN' --require-auth
	esmtp_over_ours $'username = user\npassword = secret' a@example.com
	assert_status 0
	stop_server
	assert_received 1
	assert_contains "$(envelope 1 auth)" user
}

@test "esmtp says that the server is down" {
	need_esmtp
	PORT=$(free_port)
	esmtp_over_ours '' a@example.com
	assert_status 69
	assert_contains "$output$errors" 'Connection refused'
}

# --- one driver, two libraries ---------------------------------------------

@test "driver: one message" {
	compare_all simple simple "${PLAIN[@]}"
}

@test "driver: one message by BDAT, with SIZE" {
	compare bdat simple
}

@test "driver: several recipients, one refused, one deferred" {
	compare_all several several "${PLAIN[@]}" \
		--rule 'on RCPT 2 reply 550 5.1.1 no' \
		--rule 'on RCPT 3 reply 450 4.2.1 later'
}

@test "driver: all recipients or none" {
	compare all-or-none all-or-none "${PLAIN[@]}" \
		--rule 'on RCPT 2 reply 450 4.2.1 later'
}

@test "driver: no recipient is accepted" {
	compare nobody several "${PLAIN[@]}" --rule 'on RCPT reply 550 5.1.1 no'
}

@test "driver: two messages" {
	compare two-messages two-messages "${PLAIN[@]}"
}

@test "driver: the first of two messages is deferred" {
	compare first-deferred two-messages "${PLAIN[@]}" \
		--rule 'message 1 on EOD reply 451 4.3.0 later'
}

@test "driver: a null reverse-path" {
	compare null-sender null-sender "${PLAIN[@]}"
}

@test "driver: nothing to do" {
	compare nothing nothing "${PLAIN[@]}"
}

@test "driver: a message without a callback" {
	compare no-callback no-callback "${PLAIN[@]}"
}

@test "driver: a service that is not known" {
	compare no-service no-service "${PLAIN[@]}"
}

@test "driver: MAIL refused" {
	compare mail-refused simple "${PLAIN[@]}" \
		--rule 'on MAIL reply 550 5.7.1 no'
}

@test "driver: MAIL deferred" {
	compare mail-deferred simple "${PLAIN[@]}" \
		--rule 'on MAIL reply 450 4.7.1 later'
}

@test "driver: DATA refused" {
	compare data-refused simple "${PLAIN[@]}" \
		--rule 'on DATA reply 554 5.5.1 no'
}

@test "driver: 2yz to DATA" {
	compare data-250 simple "${PLAIN[@]}" \
		--rule 'on DATA reply 250 2.0.0 what'
}

@test "driver: content refused" {
	compare content-refused simple "${PLAIN[@]}" \
		--rule 'on EOD reply 552 5.2.2 full'
}

@test "driver: content deferred" {
	compare content-deferred simple "${PLAIN[@]}" \
		--rule 'on EOD reply 451 4.3.0 later'
}

@test "driver: content refused in BDAT" {
	compare bdat-refused simple --without SIZE --rule 'on BDAT reply 552 5.2.2 full' \
		--rule 'on EOD reply 552 5.2.2 full'
}

@test "driver: lost behind the content" {
	compare lost-behind simple "${PLAIN[@]}" --rule 'on EOD drop'
}

@test "driver: lost within the content" {
	compare lost-within simple "${PLAIN[@]}" --rule 'on CONTENT at 20 drop'
}

@test "driver: 421 to MAIL" {
	compare mail-421 several "${PLAIN[@]}" \
		--rule 'on MAIL reply 421 4.3.2 bye then close'
}

@test "driver: 421 to RCPT" {
	compare rcpt-421 several "${PLAIN[@]}" \
		--rule 'on RCPT 2 reply 421 4.3.2 bye then close'
}

@test "driver: 421 to the content" {
	compare content-421 simple "${PLAIN[@]}" \
		--rule 'on EOD reply 421 4.3.2 bye then close'
}

@test "driver: greeting refused" {
	compare greeting-refused simple "${PLAIN[@]}" \
		--rule 'on GREETING reply 554 5.3.2 no'
}

@test "driver: greeting that is none" {
	compare greeting-garbage simple "${PLAIN[@]}" \
		--rule 'on GREETING raw "hello\r\n"'
}

@test "driver: no greeting" {
	compare greeting-lost simple "${PLAIN[@]}" --rule 'on GREETING drop'
}

@test "driver: EHLO refused" {
	compare ehlo-refused simple "${PLAIN[@]}" \
		--rule 'on EHLO reply 550 5.3.2 no'
}

@test "driver: EHLO unknown" {
	compare ehlo-unknown simple "${PLAIN[@]}" \
		--rule 'on EHLO reply 502 5.5.1 what'
}

@test "driver: the monitor callback" {
	compare monitored monitored "${PLAIN[@]}"
}

@test "driver: a session grows between two runs" {
	compare_all growing growing "${PLAIN[@]}" \
		--rule 'conn 1 on RCPT 2 reply 450 4.2.1 later'
}

@test "driver: a recipient's status is reset" {
	compare reset-recipient reset-recipient "${PLAIN[@]}" \
		--rule 'on RCPT 2 reply 550 5.1.1 no'
}

@test "driver: a message's status is reset" {
	compare reset-message reset-message "${PLAIN[@]}"
}

@test "driver: content in pieces that split line ends and dots" {
	compare pieces pieces "${PLAIN[@]}"
}

@test "driver: content that breaks off" {
	compare broken-source broken-source "${PLAIN[@]}"
}

@test "driver: content whose first piece is an end" {
	compare_all body-only body-only "${PLAIN[@]}"
}

@test "driver: bare CR and LF in the content" {
	compare bare-line-ends bare-line-ends "${PLAIN[@]}"
}

@test "driver: header fields that are generated" {
	VAGUE=1 compare generated generated "${PLAIN[@]}"
}

@test "driver: header fields that are set" {
	VAGUE=1 compare_all headers headers "${PLAIN[@]}"
}

@test "driver: header fields that are prohibited" {
	VAGUE=1 compare prohibited prohibited "${PLAIN[@]}"
}

@test "driver: delivery status notifications" {
	compare_all dsn dsn "${PLAIN[@]}"
}

@test "driver: DSN missing, and not minded" {
	compare dsn-missing dsn "${PLAIN[@]}" --without DSN
}

@test "driver: DSN missing, and minded" {
	compare dsn-minded dsn-or-quit "${PLAIN[@]}" --without DSN
}

@test "driver: 7BIT" {
	compare seven-bit seven-bit "${PLAIN[@]}"
}

@test "driver: 7BIT without 8BITMIME" {
	compare seven-bit-missing seven-bit "${PLAIN[@]}" --without 8BITMIME
}

@test "driver: 8BITMIME" {
	compare eight-bit eight-bit "${PLAIN[@]}"
}

@test "driver: 8BITMIME missing" {
	compare eight-bit-missing eight-bit "${PLAIN[@]}" --without 8BITMIME
}

@test "driver: BINARYMIME missing" {
	compare binary-missing binary
}

@test "driver: CHUNKING missing" {
	compare chunking-missing binary "${PLAIN[@]}" --announce BINARYMIME
}

@test "driver: an estimated size" {
	compare estimated estimated --without CHUNKING
}

@test "driver: ETRN, and all that may answer it" {
	compare_all etrn etrn "${PLAIN[@]}" --announce ETRN \
		--rule 'on ETRN 1 reply 250 2.0.0 ok' \
		--rule 'on ETRN 2 reply 253 2.0.0 9 pending' \
		--rule 'on ETRN 3 reply 458 4.0.0 unable' \
		--rule 'on ETRN 4 reply 459 4.7.0 not allowed'
}

@test "driver: ETRN missing, and minded" {
	compare etrn-minded etrn "${PLAIN[@]}"
}

@test "driver: ETRN missing, and not minded" {
	compare etrn-missing etrn-and-mail "${PLAIN[@]}"
}

@test "driver: an enhanced status code is missing, and minded" {
	compare strict strict "${PLAIN[@]}" --rule 'on RCPT reply 250 fine'
}

@test "driver: an enhanced status code is missing, and not minded" {
	compare lenient simple "${PLAIN[@]}" --rule 'on RCPT reply 250 fine'
}

@test "driver: login" {
	compare_all login login "${PLAIN[@]}" --auth PLAIN
}

@test "driver: login, seen by the monitor callback" {
	compare login-monitored login-monitored "${PLAIN[@]}" --auth PLAIN
}

@test "driver: login refused" {
	compare login-wrong login-wrong "${PLAIN[@]}" --auth 'LOGIN PLAIN'
}

@test "driver: login that the program has not allowed" {
	compare login-without-leave login-without-leave "${PLAIN[@]}" \
		--auth PLAIN
}

# compare_tls NAME SCENARIO CERTIFICATE SERVER-OPTION...
compare_tls() {
	trust_ca
	tls_with "$3"
	compare_all "$1" "$2" "${PLAIN[@]}" --starttls "${TLS[@]}" "${@:4}"
}

@test "driver: TLS required" {
	compare_tls tls-required tls-required server
}

@test "driver: TLS enabled" {
	compare_tls tls-enabled tls-enabled server
}

@test "driver: TLS required and missing" {
	trust_ca
	compare tls-missing tls-required "${PLAIN[@]}"
}

@test "driver: TLS enabled and missing" {
	trust_ca
	compare tls-not-missed tls-enabled "${PLAIN[@]}"
}

@test "driver: STARTTLS refused" {
	compare_tls tls-refused tls-enabled server \
		--rule 'on STARTTLS reply 454 4.7.0 later'
}

@test "driver: TLS required, and EHLO unknown" {
	compare_tls tls-helo tls-required server \
		--rule 'on EHLO reply 502 5.5.1 what'
}

@test "driver: a certificate with another name" {
	compare_tls wrong-name tls-required wrongname
}

@test "driver: a certificate with another name, and not minded" {
	compare_tls wrong-name-taken tls-forgiving wrongname
}

@test "driver: a certificate that has expired" {
	compare_tls expired tls-required expired
}

@test "driver: a certificate that has expired, and not minded" {
	compare_tls expired-taken tls-forgiving expired
}

@test "driver: a certificate by nobody known" {
	compare_tls unknown-authority tls-required unknownca
}
