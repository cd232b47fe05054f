#!/usr/bin/env bash
# Builds web/ into internal/console/files, each file compressed as it is served. Where there is no Node.js the program is built
# without the console; a release (with VERSION given) is not.
set -euo pipefail
cd "$(dirname "$0")/.."
into=internal/console/files
takes="it takes Node.js 20.19 or later, with npm, to build it"
suits() { command -v npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)'; }
if ! suits >/dev/null 2>&1; then
  if [ -n "${VERSION:-}" ]; then
    echo "a release ($VERSION) has the console: $takes" >&2
    exit 1
  fi
  find "$into" -name '*.gz' -delete
  echo "the console is left out: $takes; install that and run make console"
  exit 0
fi
find "$into" -name '*.gz' -delete
echo "building the console"
cd web
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
npm run --silent build -- --logLevel warn
cd ../build/console
find . -type f | while read -r file; do
  mkdir -p "../../$into/$(dirname "$file")"
  gzip -9nc "$file" >"../../$into/$file.gz"
done
