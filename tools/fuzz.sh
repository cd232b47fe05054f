#!/usr/bin/env bash
# Fuzzes parsers of hostile input for so many seconds each, two at a time: tools/fuzz.sh 60 [PACKAGE...]; all of them unless
# named. A finding is kept as a seed under testdata.
set -euo pipefail
seconds=${1:-60}
shift || true
[ $# -gt 0 ] || set -- $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u)
for package; do # once, and not in their time
  go test -c -fuzz . -o /dev/null "./$package"
done
# Go up to 1.26 sometimes takes the end of the time for a failure (go.dev/issue/75804): a finding has an input.
for package; do
  grep -ho '^func Fuzz[A-Za-z0-9]*' "$package"/*_test.go | cut -c6- | sort -u | sed "s|^|$package |"
done | xargs -P 2 -L 1 bash -c '
  package=$2 target=$3
  out=$(timeout --kill-after 10 $(($1 + 60)) go test "./$package" -vet off -run "^\$" -fuzz "^$target\$" -fuzztime "$1s" -parallel 1 2>&1) && status=ok || status=FAILED
  grep -q "^ *context deadline exceeded$" <<<"$out" && ! grep -q "Failing input" <<<"$out" && status="ok, at the end of its time"
  printf "== %s %s: %s\n%s\n" "$package" "$target" "$status" "$(tail -n 3 <<<"$out")"
  [ "${status%%,*}" = ok ] || { printf "%s\n" "$out"; exit 255; }' fuzz "$seconds"
