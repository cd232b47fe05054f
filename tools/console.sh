#!/usr/bin/env bash
# Builds web/ into internal/console/files, each file compressed as it is served.
set -euo pipefail
cd "$(dirname "$0")/.."
into=internal/console/files
find "$into" -name '*.gz' -delete
if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)'; then
  echo "the console is left out: it takes Node.js 20.19 or later, with npm, to build it; install that and run make console"
  exit 0
fi
echo "building the console"
cd web
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
npm run --silent build -- --logLevel warn
cd ../build/console
find . -type f | while read -r file; do
  mkdir -p "../../$into/$(dirname "$file")"
  gzip -9nc "$file" >"../../$into/$file.gz"
done
