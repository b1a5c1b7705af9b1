#!/bin/sh
# Usage: run.sh SECONDS PROGRAM...
# Runs each libFuzzer program for a while, over a scratch copy of its kept
# corpus, and prints one line of TAP a program. What makes one die is left in
# $TOP_BUILDDIR/fuzz-findings; add it to tests/fuzz/corpus/NAME with the mend.
set -u
seconds=$1
shift
findings=$TOP_BUILDDIR/fuzz-findings
mkdir -p "$findings" || exit 1
n=0
failed=0
echo "1..$#"
for program; do
  n=$((n + 1))
  name=${program##*/fuzz_}
  scratch=$(mktemp -d) || exit 1
  if "$TOP_BUILDDIR/$program" -max_total_time="$seconds" -timeout=10 \
      -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="$findings/$name-" \
      "$scratch" "$TOP_SRCDIR/tests/fuzz/corpus/$name" \
      >"$findings/$name.log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
      "$findings/$name.log")
    echo "ok $n - $name, $seconds s, ${runs:-?} inputs"
  else
    failed=1
    echo "not ok $n - $name"
    sed 's/^/# /' "$findings/$name.log" | tail -n 40
  fi
  rm -rf "$scratch"
done
exit $failed
