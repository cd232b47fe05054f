#!/usr/bin/env bash
# The whole of Ownsight in a minute: a server, pictures, a training, answers about unseen pictures, a page of results.
# Everything lies in build/demo. Needs bin/ownsight; `make demo` builds it first.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=build/demo
rm -rf "$demo" && mkdir -p "$demo"
unset "${!AWS_@}" "${!OWNSIGHT_@}" # the demo has a server and keys of its own
bold='' plain=''
[ -t 1 ] && bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s\n' "$bold$*$plain"; }

say "Starting a server"
bin/ownsight serve --data "$demo/data" --listen 127.0.0.1:0 --log warn >"$demo/server.out" 2>"$demo/server.log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
until grep -q ' ready at ' "$demo/server.out"; do
  kill -0 $server 2>/dev/null || { cat "$demo/server.log" >&2; exit 1; }
  sleep 0.1
done
cat "$demo/server.out"
export AWS_ENDPOINT_URL OWNSIGHT_DATA="$demo/data"
AWS_ENDPOINT_URL=$(grep -o 'http://[^,]*' "$demo/server.out")

say "Drawing gear wheels on a belt, good ones and ones with a defect"
go run ./examples/belt --out "$demo/pictures" --train 70 --test 20 --seed 7

say "Training: ownsight train $demo/pictures"
bin/ownsight train "$demo/pictures" --project belt --version demo
bin/ownsight train "$demo/pictures" --project belt --version demo --output json >"$demo/trained.json" 2>/dev/null # nothing is done twice

say "Asking the model about pictures that it has never seen"
bin/ownsight detect belt --recursive "$demo/pictures/test" --min-confidence 0 --output json >"$demo/answers.jsonl"
head -n 3 "$demo/answers.jsonl" | cut -c 1-96
echo "..."
go run ./examples/demo --pictures "$demo/pictures" --trained "$demo/trained.json" --answers "$demo/answers.jsonl" \
  --out "$demo/results.html" --least 0.95

say "Look at $demo/results.html"
echo "The demo's server stops now. To go on with it:  bin/ownsight serve --data $demo/data"
