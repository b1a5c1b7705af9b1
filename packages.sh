# Sourced by check and try: what Debian 12 calls the things they need, and
# install_packages, which asks apt only for what is missing.

# To build: the same list stands in README.md.
build_packages=(
  gcc make autoconf automake pkg-config libc6-dev
  libgnutls28-dev libgsasl-dev libconfuse-dev libidn2-dev
)

# To run the test server and the unit, user and gate tests.
test_packages=(
  bats binutils clang clang-format gnutls-bin libclang-rt-14-dev
  libcmocka-dev mandoc openssl perl procps universal-ctags
)

# Real servers for the interoperability tests; none is left running.
server_packages=(dovecot-core libsasl2-modules postfix sasl2-bin)

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
  # RUNLEVEL=1 keeps invoke-rc.d from starting a mail server.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  local log
  log=$(mktemp)
  if apt-get install -qy --no-install-recommends "${missing[@]}" \
    >"$log" 2>&1 || {
    apt-get update -qy >"$log" 2>&1 &&
      apt-get install -qy --no-install-recommends "${missing[@]}" \
        >>"$log" 2>&1
  }; then
    rm -f "$log"
  else
    tail -n 30 "$log" >&2
    rm -f "$log"
    return 1
  fi
}
