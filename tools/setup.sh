#!/usr/bin/env bash
# Makes sure that this machine has what the build (or, with "test", the tests; with "clients", the clients in other
# languages that they run) needs from the operating system.
# As root on Debian it installs what is missing; otherwise it says exactly what to do.
set -euo pipefail

missing=()
have() { command -v "$1" >/dev/null 2>&1; }

have go || { echo "setup: Go 1.26 or newer is missing; see https://go.dev/doc/install" >&2; exit 1; }
have gcc || missing+=(gcc libc6-dev)
have python3 || missing+=(python3)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
[ -e /usr/include/jpeglib.h ] || missing+=(libjpeg62-turbo-dev)
[ -e /usr/include/libdeflate.h ] || missing+=(libdeflate-dev)

if [ "${1:-build}" = test ]; then
  python3 -c 'import ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  have qemu-img || missing+=(qemu-utils)
  [ -e /usr/sbin/sfdisk ] || missing+=(fdisk)
  [ -e /usr/sbin/sgdisk ] || missing+=(gdisk)
  have rsync || missing+=(rsync)
  have sqlite3 || missing+=(sqlite3)
  have caddy || missing+=(caddy)
  have ip || missing+=(iproute2)
  have zsh || missing+=(zsh)
  have fish || missing+=(fish)
  [ -e /usr/share/bash-completion/bash_completion ] || missing+=(bash-completion)
fi

if [ "${1:-build}" = clients ]; then
  have node || missing+=(nodejs)
  have npm || missing+=(npm)
  have javac || missing+=(default-jdk-headless)
  have mvn || missing+=(maven)
  have chromium || missing+=(chromium)
fi

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && have apt-get; then
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq "${missing[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq "${missing[@]}" >/dev/null; }
  exit 0
fi
echo "setup: this machine lacks ${missing[*]}. Install them, then run make again:" >&2
echo "    sudo apt-get install ${missing[*]}" >&2
exit 1
