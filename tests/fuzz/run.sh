#!/bin/sh
# Usage: run.sh SECONDS PROGRAM...
# Runs each libFuzzer program for a while, two at a time, over a scratch copy of
# its kept corpus, and prints one line of TAP a program. What makes one die is
# left in $TOP_BUILDDIR/fuzz-findings; add it to tests/fuzz/corpus/NAME with the
# mend.
set -u
seconds=$1
shift
findings=$TOP_BUILDDIR/fuzz-findings
mkdir -p "$findings" || exit 1

# fuzz N PROGRAM: into its log, and its line of TAP into a file beside it.
fuzz() {
  name=${2##*/fuzz_}
  scratch=$(mktemp -d) || exit 1
  if "$TOP_BUILDDIR/$2" -max_total_time="$seconds" -timeout=10 \
      -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="$findings/$name-" \
      "$scratch" "$TOP_SRCDIR/tests/fuzz/corpus/$name" \
      >"$findings/$name.log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
      "$findings/$name.log")
    echo "ok $1 - $name, $seconds s, ${runs:-?} inputs"
  else
    echo "not ok $1 - $name"
    sed 's/^/# /' "$findings/$name.log" | tail -n 40
  fi >"$findings/$1.tap"
  rm -rf "$scratch"
}

echo "1..$#"
n=0
for program; do
  n=$((n + 1))
  rm -f "$findings/$n.tap"
  fuzz "$n" "$program" &
  [ $((n % 2)) -eq 1 ] || wait
done
wait
failed=0
for n in $(seq $#); do
  if [ -f "$findings/$n.tap" ]; then
    cat "$findings/$n.tap"
  else
    echo "not ok $n"
  fi
  grep -q '^ok ' "$findings/$n.tap" 2>/dev/null || failed=1
done
exit $failed
