# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tests/api.bats runs: the driver linked with libESMTP ("theirs") and with
# our library ("ours"), the driver that was linked with libESMTP over our shared
# object ("swapped"), and Debian's esmtp.
# shellcheck shell=bash

API=$TOP_SRCDIR/tests/api
SHARED=$TOP_BUILDDIR/tests/api/libesmtp.so.6

# The driver as a program of libESMTP's, with libESMTP's own headers; without
# those there is nothing to compare with.
build_theirs() {
	# shellcheck disable=SC2086
	${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -o "$BATS_FILE_TMPDIR/theirs" \
		"$API/driver.c" "$API/scenarios.c" -lesmtp \
		2>"$BATS_FILE_TMPDIR/theirs.log" || true
}

need_theirs() {
	[ -x "$BATS_FILE_TMPDIR/theirs" ] ||
		skip 'libESMTP and its headers are not here (libesmtp-dev)'
}

# Sets OVER_OURS: the environment that puts our shared object into libESMTP's
# place. A sanitizer has to be there first; leaks of a program are its own.
find_over_ours() {
	local asan
	asan=$(ldd "$SHARED" | sed -n 's/.*asan.* => \([^ ]*\).*/\1/p')
	OVER_OURS=(LD_LIBRARY_PATH="${SHARED%/*}"
		ASAN_OPTIONS=detect_leaks=0 ${asan:+LD_PRELOAD="$asan"})
}

# trust_ca: where libESMTP looks for authorities.
trust_ca() {
	unset XDG_CONFIG_HOME
	(
		umask 077
		mkdir -p "$HOME/.config/libesmtp"
		cat "$CERTS/ca.pem" >"$HOME/.config/libesmtp/ca.pem"
	)
}

# drive WHICH SCENARIO PORT
drive() {
	case $1 in
	ours) timeout -k 5 30 "$TOP_BUILDDIR/tests/api/driver" "$2" "$3" ;;
	theirs) timeout -k 5 30 "$BATS_FILE_TMPDIR/theirs" "$2" "$3" ;;
	swapped)
		find_over_ours
		env "${OVER_OURS[@]}" timeout -k 5 30 \
			"$BATS_FILE_TMPDIR/theirs" "$2" "$3"
		;;
	esac
	echo "exit status $?"
}

# play WHICH SCENARIO SERVER-OPTION...: the transcript: what the driver printed,
# then what the server got.
play() {
	local which=$1 scenario=$2 file
	shift 2
	start_server "$@"
	drive "$which" "$scenario" "$PORT" >"$TMP/$which" 2>&1
	stop_server
	{
		sed -n 's/^C: /C: /p' "$RECORD/dialogue"
		for file in "$RECORD"/*.message; do
			[ -e "$file" ] || continue
			echo "content:"
			tr -d '\r' <"$file"
		done
	} >>"$TMP/$which"
	if [ "$which" != theirs ]; then
		assert_no_violations
	fi
}

# The lines that may differ, by the name of the comparison.
wanted_differences() {
	awk -v name="$1" '
		/^==/ { on = $2 == name }
		on && /^[-+]/' "$API/differences"
}

# What depends on clock, process and host; for contents made here.
vaguely() {
	sed -i -e 's/ size [0-9]*/ size N/' -e 's/<[0-9]* octets>/<N octets>/' \
		-e 's/^Date: .*/Date: D/' \
		-e 's/^\(Message-I[dD]\): <.*@\([^@]*\)>$/\1: <M@\2>/' "$@"
}

# compare NAME SCENARIO SERVER-OPTION...: both libraries, one server; only what
# stands in the file of differences may differ, and all of it must.
compare() {
	local name=$1 scenario=$2
	need_theirs
	shift 2
	play theirs "$scenario" "$@"
	play ours "$scenario" "$@"
	[ -z "${VAGUE-}" ] || vaguely "$TMP/theirs" "$TMP/ours"
	diff -U0 "$TMP/theirs" "$TMP/ours" | sed 1,2d | grep '^[-+]' \
		>"$TMP/differences"
	wanted_differences "$name" >"$TMP/wanted"
	diff "$TMP/wanted" "$TMP/differences" >&2 ||
		fail "$name: not the differences that are known"
}

# The same, and the program of libESMTP's over our shared object.
compare_all() {
	compare "$@"
	shift
	play swapped "$@"
	[ -z "${VAGUE-}" ] || vaguely "$TMP/swapped"
	diff "$TMP/ours" "$TMP/swapped" >&2 || fail 'swapped it is different'
}

# The plain case: no extension that changes what is sent for which content.
PLAIN=(--without CHUNKING --without SIZE)

# --- esmtp -----------------------------------------------------------------

need_esmtp() {
	command -v esmtp >/dev/null || skip 'esmtp is not here'
}

# esmtp_over_ours CONFIGURATION ARGUMENT...: Debian's program, unmodified.
esmtp_over_ours() {
	find_over_ours
	(umask 077 && printf "hostname = localhost:$PORT\n%s\n" "$1" >esmtprc)
	shift
	printf '%s\n' 'From: sender@example.com' 'To: a@example.com' \
		'Subject: esmtp' '' 'hello' '.dot' |
		bounded env "${OVER_OURS[@]}" \
			esmtp -C "$TMP/esmtprc" "$@"
}
