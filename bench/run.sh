#!/usr/bin/env bash
# The figures of bench/RESULTS.md, as Markdown on standard output. `make bench` calls it; bin/ownsight must be there.
#   bench/run.sh [NAME...]   features, serve, start, train, wire; all of them unless named
set -euo pipefail
cd "$(dirname "$0")/.."
work=build/bench
venv=build/bench-venv
server=$PWD/bin/ownsight
[ -x "$server" ] || { echo "bench: bin/ownsight is missing; run \"make build\" first" >&2; exit 1; }
[ "$(nproc)" -ge 2 ] || { echo "bench: needs two cores, one for the server and one for the load generator" >&2; exit 1; }
[ $# -gt 0 ] || set -- features serve start train wire

if ! cmp -s bench/requirements.txt "$venv/requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r bench/requirements.txt
  cp bench/requirements.txt "$venv/"
fi
rm -rf "$work"
mkdir -p "$work/bin"
go build -o "$work/bin/" ./bench/...
bin=$work/bin bare=("$venv/bin/python" bench/bare/bare.py)
"$bin/prepare" "$server" "$work"

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
printf '%s, %s cores seen; %s; ONNX Runtime %s\n\n' "${model:-$(uname -m)}" "$(nproc)" "$(go version | cut -d' ' -f3)" \
  "$(sed -n 's/^onnxruntime==//p' bench/requirements.txt)"
for name; do
  case $name in
    features) taskset -c 1 "$bin/features" "$bin/engine" "${bare[@]}" "$work" ;;
    serve) "$bin/serve" "$server" "$bin/engine" "${bare[@]}" "$work" ;;
    start) "$bin/start" "$server" "$work" ;;
    train) "$bin/training" table --torch= --server "$server" --out "$work/training" cls-signs cls-clothing cls-cookies multi-fod:labels ;;
    wire) "$bin/wire" "$server" "$work" ;;
    *) echo "bench: there is no $name; features, serve, start, train and wire are" >&2; exit 2 ;;
  esac
done
