# Shared by the scripts beside it; meant to be sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# The same value for every cargo call: a changed value would make cargo build the server again.
export ZGODA_SPA_DIST="${ZGODA_SPA_DIST:-$root/target/spa}"

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else return 77; fi
}

# apt_install REASON PACKAGE…: installs, or says what to install where that cannot be done here.
apt_install() {
  local reason=$1
  shift
  if ! have apt-get || { [ "$(id -u)" != 0 ] && ! have sudo; }; then
    die "$reason. Install what your system calls these packages, then try again: $*"
  fi
  echo "    installing $*"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@")
  # The lists of a fresh machine are empty or old: refresh them only when the first try fails.
  as_root "${install[@]}" >/dev/null 2>&1 && return
  as_root apt-get update -qq >/dev/null
  as_root "${install[@]}" >/dev/null || die "$reason, and apt-get could not install: $*"
}
