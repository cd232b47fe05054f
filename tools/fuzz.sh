#!/usr/bin/env bash
# Fuzzes parsers of hostile input for a time each, two at a time: tools/fuzz.sh 60s [PACKAGE...]; all of them unless named.
# A finding is kept as a seed under testdata.
set -euo pipefail
time=${1:-60s}
shift || true
[ $# -gt 0 ] || set -- $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u)
for package; do
  grep -ho '^func Fuzz[A-Za-z0-9]*' "$package"/*_test.go | cut -c6- | sort -u | sed "s|^|$package |"
done | xargs -P 2 -L 1 bash -c '
  package=$2 target=$3
  out=$(go test "./$package" -run "^\$" -fuzz "^$target\$" -fuzztime "$1" -parallel 1 2>&1) && status=ok || status=FAILED
  printf "== %s %s: %s\n%s\n" "$package" "$target" "$status" "$(tail -n 3 <<<"$out")"
  [ $status = ok ] || { printf "%s\n" "$out"; exit 255; }' fuzz "$time"
