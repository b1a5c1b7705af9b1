#!/bin/sh
# Usage: analyze.sh CLANG_TIDY CPPCHECK SRCDIR BUILDDIR FLAG...
# Static analysis of the library and the command. Says "no findings" and exits
# with 0 when there are none.
set -u
tidy=$1
cppcheck=$2
src=$3
build=$4
shift 4
failed=0
checks='-*,clang-analyzer-*,bugprone-*,cert-*,-bugprone-easily-swappable-parameters'
checks=$checks',-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp'
checks=$checks',-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
checks=$checks',-bugprone-assignment-in-if-condition,-cert-err33-c'
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

find "$src/libsmtp" "$src/src" -name '*.c' | sort >"$log.files"
while read -r file; do
  "$tidy" --quiet --checks="$checks" --warnings-as-errors='*' "$file" -- \
    -std=c11 "$@" 2>/dev/null || failed=1
done <"$log.files" >"$log"
cat "$log"

"$cppcheck" --quiet --std=c11 --error-exitcode=1 --inline-suppr \
  --enable=warning,performance,portability \
  -I "$src/libsmtp" -I "$src/src" -I "$build" \
  "$src/libsmtp" "$src/src" || failed=1
rm -f "$log.files"
[ "$failed" = 0 ] && echo 'no findings'
exit $failed
