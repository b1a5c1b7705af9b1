#!/usr/bin/env bats
# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real callers of sendmail, set up by the lines that posthaste(8) gives for each,
# send through the program to the test server. What is not installed is skipped.

load helper

setup() {
	helper_setup
	export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
}
teardown() { helper_teardown; }

need() {
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# serve_user [OPTION...]: as serve; the account stands where the program looks
# for this user's, because callers do not pass -C.
serve_user() {
	serve "$@" || return 1
	mkdir -p "$XDG_CONFIG_HOME/posthaste"
	cp -p "$CONFIG" "$XDG_CONFIG_HOME/posthaste/posthaste.conf"
}

# manual SECTION [N]: the Nth example of a section of "SETTING UP CALLERS", with
# the program under test in place of the one that is installed.
manual() {
	awk -v section="$1" -v wanted="${2:-1}" '
		/^\.S[hs] / { on = substr($0, 5) == section }
		on && /^\.Bd -literal/ { n++; show = n == wanted; next }
		/^\.Ed/ { show = 0 }
		show { found = 1; print }
		END { exit !found }' "$TOP_SRCDIR/man/posthaste.8" |
		sed "s|/usr/bin/posthaste|$POSTHASTE|g; s|\\\\&||g; s|\\\\e|\\\\|g"
}

# As the message's RCPT commands name them, in order of the alphabet.
rcpts() {
	envelope "${1:-1}" rcpt | sed 's/^RCPT TO:<\([^>]*\)>.*/\1/' | sort |
		paste -sd ' '
}

sender() {
	envelope "${1:-1}" mail | sed 's/^MAIL FROM:<\([^>]*\)>.*/\1/'
}

# came N: so many messages, from a caller that may not have waited.
came() {
	has_come() { [ "$(received_count)" -ge "$1" ]; }
	wait_until has_come "$1" && assert_received "$1"
}

# --- git -------------------------------------------------------------------

# A repository with two commits of an author beyond ASCII.
git_series() {
	need git
	git send-email -h 2>&1 | grep -q 'git send-email' ||
		skip 'git send-email is not installed'
	git config --global user.name 'Jörg Müller'
	git config --global user.email joerg@example.com
	git init -q work
	cd work || return 1
	local n
	for n in 1 2 3; do
		echo "grüße $n" >>file
		git add file
		git commit -q -m "Change $n: naïve"
	done
}

git_send() {
	bounded git send-email --quiet --confirm=never --suppress-cc=all \
		--to=list@example.com --cc='Zoë <zoe@example.com>' \
		--bcc=hidden@example.com HEAD~2 </dev/null
}

# What both ways of git must bring.
git_arrived() {
	assert_status 0
	assert_received 2
	for n in 1 2; do
		assert_equal "$(sender $n)" joerg@example.com
		assert_equal "$(rcpts $n)" \
			'hidden@example.com list@example.com zoe@example.com'
		refute_contains "$(received $n)" hidden@example.com
		assert_contains "$(field $n From)" '<joerg@example.com>'
		assert_contains "$(field $n Cc)" '<zoe@example.com>'
		assert_contains "$(field $n Subject)" "Change"
		assert_contains "$(envelope $n mail)" BODY=8BITMIME
	done
	# The patch comes out as it went in.
	git format-patch -q --stdout -1 HEAD | sed -n '/^diff/,/^-- $/p' >wanted
	body 2 | sed -n '/^diff/,/^-- $/p' | cmp - wanted
	# And git can apply what arrived.
	received 2 | tr -d '\r' >patch
	git checkout -q HEAD~1
	git am -q patch
	assert_equal "$(git log -1 --format=%an)" 'Jörg Müller'
}

@test "git send-email with sendemail.sendmailCmd, as the manual has it" {
	serve_user
	git_series
	manual 'git send-email' >lines
	assert_contains "$(cat lines)" sendmailCmd
	. ./lines
	git_send
	git_arrived
}

@test "git send-email with sendemail.smtpServer" {
	serve_user
	git_series
	git config --global sendemail.smtpServer "$POSTHASTE"
	git config --global sendemail.envelopeSender auto
	git_send
	git_arrived
}

@test "git send-email shows why a message was not sent" {
	serve_user --rule 'on RCPT like "zoe" reply 550 5.1.1 no such user'
	git_series
	git config --global sendemail.sendmailCmd "$POSTHASTE"
	git_send
	[ "$status" -ne 0 ]
	assert_contains "$errors" \
		'<zoe@example.com> was refused: 550 5.1.1 no such user'
}

# --- mail user agents ------------------------------------------------------

@test "mutt, as the manual has it" {
	need mutt
	serve_user
	manual mutt >muttrc
	printf '%s\n' 'set from = "Me <me@example.com>"' 'set copy = no' \
		'set charset = "utf-8"' 'set send_charset = "utf-8"' \
		'set config_charset = "utf-8"' >>muttrc
	printf 'grüße\n.\nend\n' |
		bounded mutt -n -F muttrc -s 'Ein Gruß' -b hidden@example.com \
			-c cc@example.com -- a@example.com
	assert_status 0
	came 1
	assert_equal "$(sender)" me@example.com
	assert_equal "$(rcpts)" 'a@example.com cc@example.com hidden@example.com'
	refute_contains "$(received 1)" hidden@
	assert_contains "$(body 1 | tail -n 2)" 'end'
}

@test "mutt tells of a failure" {
	need mutt
	serve_user --rule 'on MAIL reply 550 5.7.1 not today'
	manual mutt >muttrc
	printf '%s\n' 'set from = "me@example.com"' 'set copy = no' >>muttrc
	echo hello | bounded mutt -n -F muttrc -s x -- a@example.com
	[ "$status" -ne 0 ]
	assert_nothing_taken
}

@test "s-nail" {
	need s-nail
	serve_user
	printf 'hello\n.\nend\n' | bounded s-nail -:/ -S "mta=$POSTHASTE" \
		-S sendwait -S 'from=Me <me@example.com>' -r me@example.com \
		-S ttycharset=utf-8 -S charset-7bit=utf-8 -b hidden@example.com \
		-s 'a subject' a@example.com
	assert_status 0
	came 1
	assert_equal "$(sender)" me@example.com
	assert_equal "$(rcpts)" 'a@example.com hidden@example.com'
	assert_equal "$(field 1 Subject)" 'a subject'
	assert_equal "$(body 1)" "$(printf 'hello\n.\nend')"
}

@test "bsd-mailx" {
	need bsd-mailx
	ACCOUNT=("qualify-domain = 'home.example'" "root = 'admin@example.com'")
	serve_user
	echo "set sendmail=$POSTHASTE" >mailrc
	printf 'hello\n' | MAILRC=$TMP/mailrc bounded bsd-mailx -n \
		-b hidden@example.com -s 'a subject' root
	assert_status 0
	came 1
	assert_equal "$(rcpts)" 'admin@example.com hidden@example.com'
	refute_contains "$(received 1)" hidden@
	assert_equal "$(field 1 To)" root@home.example
	assert_equal "$(field 1 Subject)" 'a subject'
	[ -n "$(field 1 Date)" ]
	assert_equal "$(body 1)" hello
}

# emacs_sends EXPRESSION: with the manual's lines; sets status and errors.
emacs_sends() {
	manual Emacs >emacs.el
	assert_contains "$(cat emacs.el)" sendmail-program
	printf '%s\n' '(setq user-mail-address "me@example.com")' \
		'(setq mail-interactive t message-interactive t)' "$1" >>emacs.el
	HOME=$TMP bounded emacs -Q --batch -l ./emacs.el
}

@test "Emacs, message mode, as the manual has it" {
	need emacs
	serve_user
	emacs_sends '(progn (require (quote message))
		(message-mail "Zoë <a@example.com>" "Ein Gruß")
		(message-goto-bcc) (insert "hidden@example.com")
		(message-goto-body) (insert "grüße\n.\nend\n")
		(message-send))'
	assert_status 0
	came 1
	assert_equal "$(sender)" me@example.com
	assert_equal "$(rcpts)" 'a@example.com hidden@example.com'
	refute_contains "$(received 1)" hidden@
	assert_contains "$(field 1 To)" '<a@example.com>'
	assert_contains "$(field 1 From)" me@example.com
	assert_equal "$(field 1 Content-Transfer-Encoding)" base64
	assert_equal "$(body 1 | base64 -d | tr -d '\r')" \
		"$(printf 'grüße\n.\nend')"
}

@test "Emacs, mail mode, and a failure whose status it shows" {
	need emacs
	serve_user --rule 'on RCPT like "nobody" reply 550 5.1.1 no such user'
	local code='(progn (require (quote sendmail))
		(setq send-mail-function (quote sendmail-send-it))
		(mail-setup TO "a subject" nil nil nil nil nil)
		(goto-char (point-max)) (insert "hello\n")
		(mail-send))'
	emacs_sends "${code/TO/\"a@example.com\"}"
	assert_status 0
	came 1
	assert_equal "$(rcpts)" a@example.com
	assert_equal "$(field 1 Subject)" 'a subject'
	assert_equal "$(body 1)" hello
	emacs_sends "${code/TO/\"nobody@example.com\"}"
	[ "$status" -ne 0 ]
	assert_contains "$errors" 'exit value 67'
	assert_received 1
}

# --- libraries -------------------------------------------------------------

# php_mail CODE: runs it under a php.ini with the manual's line.
php_mail() {
	manual PHP >php.ini
	bounded php -c php.ini -r "$1"
}

@test "PHP mail(), as the manual has it" {
	need php
	serve_user
	php_mail 'exit(mail("a@example.com", "a subject", "line 1\nline 2\n.\n",
		"From: www@example.com\r\nBcc: hidden@example.com",
		"-fbounce@example.com") ? 0 : 1);'
	assert_status 0
	came 1
	assert_equal "$(sender)" bounce@example.com
	assert_equal "$(rcpts)" 'a@example.com hidden@example.com'
	refute_contains "$(received 1)" hidden@
	assert_equal "$(field 1 From)" www@example.com
	assert_equal "$(field 1 Subject)" 'a subject'
	assert_equal "$(body 1 | head -n 3)" "$(printf 'line 1\nline 2\n.')"
}

@test "PHP mail() returns false when the message was not sent" {
	need php
	serve_user --rule 'on RCPT reply 550 5.1.1 no such user'
	php_mail 'exit(mail("a@example.com", "x", "hello") ? 0 : 3);'
	assert_status 3
	assert_contains "$errors" 'no such user'
}

@test "a framework that speaks SMTP, with the manual's command" {
	serve_user
	eval "$(manual PHP 2 | grep '^MAIL_SENDMAIL_PATH')"
	printf '%s\r\n' 'EHLO [127.0.0.1]' 'MAIL FROM:<me@example.com>' \
		'RCPT TO:<a@example.com>' DATA 'Subject: x' '' hello . QUIT |
		bounded sh -c "$MAIL_SENDMAIL_PATH"
	assert_status 0
	came 1
	dsn=$(manual PHP 2 | sed -n 's/^MAILER_DSN=.*command=//p')
	printf '%s\r\n' 'EHLO [127.0.0.1]' 'MAIL FROM:<me@example.com>' \
		'RCPT TO:<a@example.com>' DATA 'Subject: x' '' hello . |
		bounded sh -c "$(printf %b "${dsn//%/\\x}")"
	assert_status 0
	came 2
}

@test "Perl's Email::Sender" {
	need perl
	perl -MEmail::Sender::Transport::Sendmail -e 1 2>/dev/null ||
		skip 'Email::Sender is not installed'
	serve_user
	cat >send.pl <<-'END'
		use Email::Sender::Simple qw(sendmail);
		use Email::Sender::Transport::Sendmail;
		my $message = "From: me\@example.com\nTo: a\@example.com\n"
		    . "Subject: x\n\nhello\n.\n";
		sendmail($message, { from => 'me@example.com',
		    to => ['a@example.com', 'b@example.com'],
		    transport => Email::Sender::Transport::Sendmail->new(
			{ sendmail => $ENV{POSTHASTE} }) });
	END
	bounded perl send.pl
	assert_status 0
	came 1
	assert_equal "$(sender)" me@example.com
	assert_equal "$(rcpts)" 'a@example.com b@example.com'
	assert_equal "$(body 1)" "$(printf 'hello\n.')"
}

# --- cron ------------------------------------------------------------------

# Runs the daemon where /usr/sbin, /run and the crontabs are its own: nothing
# outside of this mount namespace is seen or touched.
cron_daemon() {
	cat >cron.sh <<-'END'
		set -e
		mount --make-rprivate /
		cp "$(command -v cron)" "$TMP/cron"
		mkdir -p "$TMP/sbin" "$TMP/etc-cron.d"
		mount -t tmpfs tmpfs /run
		mount -t tmpfs tmpfs /var/spool/cron
		mkdir -m 1730 /var/spool/cron/crontabs
		install -m 600 "$TMP/crontab" /var/spool/cron/crontabs/root
		mount --bind "$TMP/etc-cron.d" /etc/cron.d
		[ ! -e /etc/crontab ] || mount --bind /dev/null /etc/crontab
		mount --bind "$TMP/pam" /etc/pam.d/cron
		mount --bind "$TMP/sbin" /usr/sbin
		. "$TMP/lines"
		exec "$TMP/cron" -f
	END
	# What accounting and limits PAM would set does not work everywhere.
	printf '%s required pam_permit.so\n' auth account session >pam
	TMP=$TMP unshare -m --propagation private sh ./cron.sh \
		>"$TMP/out" 2>"$TMP/err" </dev/null 3>&- &
	HELPER_PIDS+=("$!")
}

@test "the cron daemon, as the manual has it" {
	need cron unshare
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null ||
		skip 'no mount namespaces here'
	ACCOUNT=("qualify-domain = 'home.example'"
		"$(manual 'cron and other services' 2 | sed -n '/^root/p')")
	serve_user
	manual 'cron and other services' >lines
	{
		manual 'cron and other services' 2 | grep ^MAILTO
		echo '@reboot printf "gr\\303\\274\\303\\237e\\n.\\nend\\n"'
		echo 'MAILTO=root'
		echo '@reboot echo to root'
	} >crontab
	cron_daemon
	came 2
	for n in 1 2; do
		assert_equal "$(rcpts $n)" me@example.com
		assert_equal "$(sender $n)" sender@example.com
		assert_contains "$(field $n From)" root@home.example
		[ -n "$(field $n Date)" ]
		[ -n "$(field $n Message-ID)" ]
	done
	assert_contains "$(body 1; body 2)" "$(printf 'grüße\n.\nend')"
	assert_contains "$(body 1; body 2)" 'to root'
}

# --- those who come from msmtp ----------------------------------------------

@test "a configuration written by the manual's table for users of msmtp" {
	serve
	sed -n '/^\.Ss Users of msmtp/,/^\.El/s/.* Ta Li //p' \
		"$TOP_SRCDIR/man/posthaste.8" >keys
	assert_contains "$(cat keys)" 'server ='
	{
		sed -n 's/{ \.\.\. }/{/p' keys
		grep -vE '^(account|default-account)|:465' keys
		echo "tls = 'off'"
		echo "auth = 'off'"
		echo "log = 'off'"
		echo '}'
		grep '^default-account' keys
	} | sed "s|HOST:587|localhost:$PORT|; s|ADDRESS|me@example.com|
		s|FILE|$TMP/file|; s|DOMAIN|home.example|
		s|COMMAND|/bin/echo secret|" | write_config
	echo 'joe: joe@example.com' >file
	deliver joe
	assert_status 0
	assert_received 1
	assert_equal "$(sender)" me@example.com
	assert_equal "$(rcpts)" joe@example.com
}
