#!/bin/sh
# make check-oom-command: every allocation of our own code fails in turn, once and then
# for good, in three calls of the program; the sanitizers of the build, if any,
# look for leaks and stray accesses. What must hold: no signal ends the program;
# exit status 0 only if the server has the message; else 71 or 75, never
# silence. Prints one line of TAP a call and way of failing.
set -u
posthaste=$TOP_BUILDDIR/tests/oom/posthaste
room=$(mktemp -d) || exit 1
server=
stop() {
  [ -z "$server" ] || kill "$server" 2>/dev/null
  wait 2>/dev/null
  server=
}
trap 'stop; rm -rf "$room"' EXIT
"$TOP_BUILDDIR/tests/server/makecerts" "$room/certs" || exit 1

umask 077
echo secret >"$room/password"
printf 'To: a@example.org, b@example.org\nBcc: c@example.org\n\nHello.\n' \
  >"$room/message"
mark=$room/mark

start_server() {
  rm -f "$room/port"
  "$TOP_BUILDDIR/tests/server/smtpserver" --starttls --require-auth \
    --cert "$room/certs/server.pem" --key "$room/certs/server.key" \
    --record "$room/record" --port-file "$room/port" --lifetime 900 &
  server=$!
  n=0
  while [ ! -s "$room/port" ] && [ $n -lt 200 ]; do
    sleep 0.05
    n=$((n + 1))
  done
  cat >"$room/conf" <<END
account 'oom' {
  server = 'localhost:$(cat "$room/port")'
  tls = 'starttls'
  tls-ca-file = '$room/certs/ca.pem'
  user = 'user'
  password-from = 'file:$room/password'
  from = 'me@example.com'
  log = 'off'
}
END
}

received() { find "$room/record" -name '*.message' 2>/dev/null | wc -l; }

# try_one N ON: 0 when there is more to fail, 1 when N was past the end.
try_one() {
  : >"$mark"
  before=$(received)
  FAIL_AT=$1 FAIL_ON=$2 FAIL_MARK=$mark timeout 60 \
    "$posthaste" -C "$room/conf" $arguments <"$room/message" \
    >"$room/out" 2>"$room/err"
  status=$?
  after=$(received)
  [ -s "$mark" ] || return 1
  wrong=
  case $status in
  0) [ "$arguments" != -t ] || [ "$after" -gt "$before" ] ||
    wrong='status 0, and the server has nothing' ;;
  71 | 75) [ -s "$room/err" ] || wrong="status $status without a word" ;;
  *) wrong="status $status" ;;
  esac
  if [ -n "$wrong" ]; then
    failures=$((failures + 1))
    echo "# allocation $1: $wrong"
    [ $failures -gt 5 ] || sed 's/^/#   /' "$room/err" | head -n 20
  fi
  return 0
}

start_server
count=0
failed=0
for arguments in -t '--explain' '-P -t'; do
  for on in 0 1; do
    failures=0
    n=1
    while try_one $n $on; do n=$((n + 1)); done
    count=$((count + 1))
    way=once
    [ $on = 0 ] || way='from there on'
    if [ $failures = 0 ] && [ $n -gt 10 ]; then
      echo "ok $count - posthaste $arguments: $((n - 1)) allocations, $way"
    else
      failed=1
      echo "not ok $count - posthaste $arguments: $((n - 1)) allocations," \
        "$way, $failures wrong"
    fi
  done
done
echo "1..$count"
exit $failed
