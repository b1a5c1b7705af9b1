# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library in libESMTP's place: its names, its headers, and Debian's
# unmodified esmtp over it.

load helper

API=$TOP_SRCDIR/tests/api
SHARED=$TOP_BUILDDIR/tests/api/libesmtp.so.6

setup() {
	helper_setup
	unset XDG_CONFIG_HOME XDG_CONFIG_DIR
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
	theirs=$(find /usr/lib /lib -name libesmtp.so.6 2>/dev/null | head -n 1)
	[ -n "$theirs" ] || skip 'libESMTP is not here'
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

need_esmtp() {
	command -v esmtp >/dev/null || skip 'esmtp is not here'
}

# Where libESMTP looks for authorities.
trust_ca() {
	(
		umask 077
		mkdir -p "$HOME/.config/libesmtp"
		cat "$CERTS/ca.pem" >"$HOME/.config/libesmtp/ca.pem"
	)
}

# esmtp_over_ours CONFIGURATION ARGUMENT...: Debian's program, unmodified, finds
# our library first. A sanitizer has to be there before; leaks of esmtp's are
# its own.
esmtp_over_ours() {
	local asan
	asan=$(ldd "$SHARED" | sed -n 's/.*asan.* => \([^ ]*\).*/\1/p')
	(umask 077 && printf 'hostname = localhost:%s\n%s\n' "$PORT" "$1" >esmtprc)
	shift
	printf '%s\n' 'From: sender@example.com' 'To: a@example.com' \
		'Subject: esmtp' '' 'hello' '.dot' |
		bounded env LD_LIBRARY_PATH="${SHARED%/*}" \
			ASAN_OPTIONS=detect_leaks=0 \
			${asan:+LD_PRELOAD="$asan"} \
			esmtp -C "$TMP/esmtprc" "$@"
}

@test "esmtp sends a message" {
	need_esmtp
	start_server
	esmtp_over_ours '' a@example.com
	assert_status 0
	assert_silent
	stop_server
	assert_received 1
	assert_contains "$(envelope 1 rcpt)" 'RCPT TO:<a@example.com>'
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
