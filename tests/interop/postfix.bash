# Copyright (C) 2026 The posthaste authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A real Postfix with Dovecot for SASL, for tests/interop.bats. Both run from a
# folder of their own, on loopback, on ports of their own: the system's
# instances, configuration, queue and log are neither read nor written. Each is
# started through timeout(1), so that it ends also when nobody stops it.
#
#	interop_start     sets and exports ROOM and PORT_name for each service
#	interop_stop      ends what interop_start started
# shellcheck shell=bash

# How long they live at most, in seconds.
INTEROP_LIFETIME=240
INTEROP_PASSWORD='correct "horse" bättery'

# What stands in master.cf: the service's name here and its settings.
INTEROP_SERVICES=(
	'clear smtpd_tls_security_level=none
		smtpd_sasl_auth_enable=no
		smtpd_relay_restrictions=permit_mynetworks,reject
		mynetworks=127.0.0.1'
	'starttls'
	'starttlsdata smtpd_discard_ehlo_keywords=chunking'
	'implicit smtpd_tls_wrappermode=yes'
	'implicitdata smtpd_tls_wrappermode=yes
		smtpd_discard_ehlo_keywords=chunking'
	'tls12 smtpd_tls_mandatory_protocols=TLSv1.2'
	'bare smtpd_discard_ehlo_keywords=chunking,pipelining,8bitmime,size,dsn'
	'expired smtpd_tls_wrappermode=yes
		smtpd_tls_chain_files=$certificates/expired.key,$certificates/expired.pem'
)

# interop_missing: says what these tests lack here; succeeds when they do.
interop_missing() {
	local program
	[ "$(id -u)" -eq 0 ] || {
		echo 'Postfix starts as root only'
		return 0
	}
	for program in postconf dovecot; do
		command -v "$program" >/dev/null || {
			echo "$program not found"
			return 0
		}
	done
	return 1
}

interop_start() {
	ROOM=$(mktemp -d "${TMPDIR:-/tmp}/posthaste-interop.XXXXXX") || return 1
	export ROOM
	chmod 711 "$ROOM"
	"${SMTPSERVER%/*}/makecerts" "$ROOM/certs" || return 1
	mkdir -p "$ROOM"/{postfix,queue/{,pid},mail}
	install -d -o postfix -m 700 "$ROOM/data" "$ROOM"/queue/{active,bounce} \
		"$ROOM"/queue/{corrupt,defer,deferred,flush,hold,incoming} \
		"$ROOM"/queue/{maildrop,private,public,saved,trace}
	chown nobody "$ROOM/mail"
	write_dovecot_files
	timeout -k 5 "$INTEROP_LIFETIME" dovecot -F -c "$ROOM/dovecot.conf" \
		>"$ROOM/dovecot.err" 2>&1 3>&- &
	echo $! >"$ROOM/dovecot.pid"
	await test -S "$ROOM/queue/private/auth" || return 1
	start_postfix
}

# Between finding a free port and binding it, somebody else may take it.
start_postfix() {
	local attempt
	for attempt in 1 2 3; do
		write_postfix_files
		timeout -k 5 "$INTEROP_LIFETIME" "$POSTFIX_DAEMONS/master" -d \
			-c "$ROOM/postfix" >"$ROOM/postfix.err" 2>&1 3>&- &
		echo $! >"$ROOM/postfix.pid"
		if await postfix_answers; then
			return 0
		fi
		echo "attempt $attempt failed" >&2
		stop_one postfix
	done
	return 1
}

postfix_answers() {
	kill -0 "$(cat "$ROOM/postfix.pid")" 2>/dev/null || return 1
	# shellcheck disable=SC3025
	(exec 4<>"/dev/tcp/127.0.0.1/$PORT_clear") 2>/dev/null
}

interop_stop() {
	[ -d "${ROOM-}" ] || return 0
	stop_one postfix
	stop_one dovecot
	rm -rf "$ROOM"
}

# timeout(1) passes SIGTERM on to all that it started.
stop_one() {
	local pid i
	[ -s "$ROOM/$1.pid" ] || return 0
	pid=$(cat "$ROOM/$1.pid")
	kill -TERM "$pid" 2>/dev/null
	for ((i = 0; i < 250; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rm -f "$ROOM/$1.pid"
	return 0
}

# await COMMAND...: until it succeeds, ten seconds at most.
await() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" && return 0
		sleep 0.02
	done
	echo "waited in vain for: $*" >&2
	tail -n 20 "$ROOM"/*.err "$ROOM/mail.log" >&2
	return 1
}

# --- configuration ---------------------------------------------------------

write_dovecot_files() {
	(umask 077 && printf 'user:{PLAIN}%s::::::\n' "$INTEROP_PASSWORD" \
		>"$ROOM/users")
	chown dovecot "$ROOM/users"
	cat >"$ROOM/dovecot.conf" <<-END
		base_dir = $ROOM/dovecot
		state_dir = $ROOM/dovecot-state
		log_path = $ROOM/dovecot.log
		protocols =
		ssl = no
		auth_mechanisms = plain login scram-sha-1 scram-sha-256
		auth_failure_delay = 0
		passdb {
		  driver = passwd-file
		  args = scheme=PLAIN username_format=%u $ROOM/users
		}
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=/nonexistent
		}
		service auth {
		  unix_listener $ROOM/queue/private/auth {
		    mode = 0600
		    user = postfix
		  }
		}
		service anvil {
		  unix_listener anvil-auth-penalty {
		    mode = 0
		  }
		}
		service stats {
		  unix_listener stats-reader {
		    mode = 0
		  }
		}
	END
}

write_postfix_files() {
	POSTFIX_DAEMONS=$(cd / && postconf -h -d daemon_directory)
	printf '%s@example.com\n' box{1..60} jörg |
		sed 's|\(.*\)@.*|& \1/|' >"$ROOM/postfix/boxes"
	cat >"$ROOM/postfix/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $ROOM/queue
		data_directory = $ROOM/data
		daemon_directory = $POSTFIX_DAEMONS
		maillog_file = $ROOM/mail.log
		maillog_file_prefixes = $ROOM
		certificates = $ROOM/certs
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		myhostname = mail.example
		mynetworks = 192.0.2.1
		mydestination =
		alias_maps =
		local_recipient_maps =
		local_header_rewrite_clients =
		smtputf8_enable = yes
		message_size_limit = 40000000
		virtual_mailbox_limit = 0
		virtual_mailbox_domains = example.com
		virtual_mailbox_maps = texthash:$ROOM/postfix/boxes
		virtual_mailbox_base = $ROOM/mail
		virtual_uid_maps = static:$(id -u nobody)
		virtual_gid_maps = static:$(id -g nobody)
		smtpd_error_sleep_time = 0
		smtpd_relay_restrictions = permit_sasl_authenticated, reject
		smtpd_sasl_auth_enable = yes
		smtpd_sasl_type = dovecot
		smtpd_sasl_path = private/auth
		smtpd_sasl_authenticated_header = yes
		smtpd_tls_auth_only = yes
		smtpd_tls_security_level = encrypt
		smtpd_tls_received_header = yes
		smtpd_tls_loglevel = 1
		smtpd_tls_chain_files = \$certificates/server.key,
		    \$certificates/server.pem
	END
	write_services >"$ROOM/postfix/master.cf"
}

write_services() {
	local row name settings setting port taken=
	for row in "${INTEROP_SERVICES[@]}"; do
		read -r -d '' name settings <<<"$row" || :
		port=$("$SMTPSERVER" --lifetime 0)
		# The same one may be free twice.
		while [[ "$taken " == *" $port "* ]]; do
			port=$("$SMTPSERVER" --lifetime 0)
		done
		taken+=" $port"
		export "PORT_$name=$port"
		printf '127.0.0.1:%s inet n - n - - smtpd\n' "$port"
		for setting in $settings; do
			printf '    -o %s\n' "$setting"
		done
	done
	cat <<-END
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		tlsmgr unix - - n 1000? 1 tlsmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		proxymap unix - - n - - proxymap
		error unix - - n - - error
		retry unix - - n - - error
		virtual unix - n n - - virtual
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	END
}
