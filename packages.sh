# Sourced by check and try: what Debian 12 calls the things they need, and
# install_packages, which asks apt only for what is missing.

# To build: the same list stands in README.md.
build_packages=(
  gcc make autoconf automake pkg-config libc6-dev
  libgnutls28-dev libgsasl-dev libconfuse-dev libidn2-dev
)

# To run the test server and the unit, user and gate tests.
test_packages=(
  bats binutils clang clang-format esmtp g++ gnutls-bin libclang-rt-14-dev
  libcmocka-dev libesmtp-dev libssl-dev mandoc openssl perl procps
  universal-ctags
)

# Real callers of sendmail, for tests/callers.bats.
caller_packages=(
  bsd-mailx cron emacs-nox git git-email libemail-sender-perl
  libmailtools-perl mutt php-cli s-nail
)
test_packages+=("${caller_packages[@]}")

# Real servers for the interoperability tests; none is left running.
server_packages=(dovecot-core postfix)

# What bench/run compares with and measures by.
bench_packages=(ca-certificates msmtp strace valgrind)

# Installs them and starts none: what is installed for a test must not serve.
# Postfix gets no configuration, and Dovecot stays off when the machine starts.
apt_get_install() (
  policy=/usr/sbin/policy-rc.d
  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  fi
  case " $* " in *' postfix '*)
    echo 'postfix postfix/main_mailer_type select No configuration' |
      debconf-set-selections ;;
  esac
  apt-get install -qy --no-install-recommends "$@" || exit 1
  case " $* " in *' dovecot-core '*)
    systemctl disable dovecot.service dovecot.socket || : ;;
  esac
  case " $* " in *' cron '*) systemctl disable cron.service || : ;; esac
)

install_packages() {
  local package missing=()
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: I trust that you have what $* is there." >&2
    return 0
  fi
  for package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = \
      installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "Installing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    echo 'That needs root. Run as root once:' >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
  local log
  log=$(mktemp)
  if apt_get_install "${missing[@]}" >"$log" 2>&1 || {
    apt-get update -qy >"$log" 2>&1 &&
      apt_get_install "${missing[@]}" >>"$log" 2>&1
  }; then
    rm -f "$log"
  else
    tail -n 30 "$log" >&2
    rm -f "$log"
    return 1
  fi
}
