#!/usr/bin/env bash
# Fuzzes every parser of hostile input for a time each: tools/fuzz.sh 60s. A finding is kept as a seed under testdata.
set -euo pipefail
time=${1:-60s}
for package in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -n1 dirname | sort -u); do
  for target in $(grep -ho '^func Fuzz[A-Za-z0-9]*' "$package"/*_test.go | cut -c6- | sort -u); do
    echo "== $package $target"
    go test "./$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time"
  done
done
