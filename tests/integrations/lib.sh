# Sourced by the scripts beside it: the sandbox that they run against, and one line for each check.
# shellcheck shell=bash disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
shared=${KOLEGA_SHARED:-$root/../shared}
lab=$shared/ci-lab
validate=$shared/validate/validate
gate=$(realpath "${KOLEGA_GATE_UNDER_TEST:-$root/build/release/kolega-gate}")
token=kcp_test_0123456789abcdef
work=$(mktemp -d)
export TMPDIR=$work # the lab keeps its workspaces for a look; here they go with the rest
checks=0 failures=0

# The six outcomes: name, repository, policy, exit code, verdict. "down" and "bad-token" differ by URL and token.
outcomes=(
  "pass      acme/clean   builtin:starter 0 pass"
  "fail      acme/hostile builtin:starter 1 fail"
  "policy    acme/clean   broken.yaml     2 incomplete"
  "bad-token acme/clean   builtin:starter 4 incomplete"
  "down      acme/clean   builtin:starter 5 incomplete"
  "timeout   acme/endless builtin:starter 7 incomplete"
)
url_of() { [[ $1 == down ]] && echo http://127.0.0.1:9 || echo "$url"; }
token_of() { [[ $1 == bad-token ]] && echo kcp_test_notthekeyatall || echo "$token"; }

start_sandbox() { # CONFIG
  "$gate" sandbox --config "$here/${1:-sandbox.yaml}" --token "$token" >"$work/sandbox.log" 2>&1 &
  sandbox=$!
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$work/sandbox.log" 2>/dev/null)
    [[ -n $url ]] && return
    sleep 0.1
  done
  cat "$work/sandbox.log" >&2
  exit 1
}
stop() {
  [[ -z ${sandbox:-} ]] || kill "$sandbox" 2>/dev/null
  rm -rf "$work"
}
trap stop EXIT

# check NAME COMMAND...: one line; on failure the end of what the command said.
check() {
  local name=$1
  shift
  checks=$((checks + 1))
  if "$@" >"$work/log" 2>&1; then
    echo "ok    $name"
  else
    failures=$((failures + 1))
    echo "FAIL  $name"
    tail -n 20 "$work/log" | sed 's/^/      /'
  fi
}
skip() { echo "SKIP  $*"; }
finish() {
  echo "$checks checks, $failures failed"
  exit $((failures > 0))
}

# A project as a pipeline sees it: a commit, no policy of its own but a broken one.
make_project() {
  mkdir -p "$1/src"
  echo 'gate: v9' >"$1/broken.yaml"
  echo 'int main() {}' >"$1/src/main.c"
  git -C "$1" init -q -b main
  commit "$1" base
}
commit() { git -C "$1" add -A && git -C "$1" -c user.name=test -c user.email=test@localhost commit -q -m "$2"; }
