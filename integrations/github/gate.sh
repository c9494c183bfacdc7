#!/usr/bin/env bash
# Runs the gate with the inputs of the action and ends with 0 whatever the verdict is: the last step of the action
# exits with it, after the reports were sent. Annotations, the summary and most outputs are written by the program.
set -uo pipefail
# The heredoc form with a delimiter that nobody could have put into a path.
delimiter=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
output() { printf '%s<<%s\n%s\n%s\n' "$1" "$delimiter" "$2" "$delimiter" >>"$GITHUB_OUTPUT"; }
finish() { output verdict "$1"; output exit-code "$2"; exit 0; }
usage() { echo "::error title=kolega-gate::$1"; finish incomplete 2; }

[[ $INPUT_ON_MISSING_TOKEN =~ ^(fail|skip)$ ]] || usage "the input 'on-missing-token' takes fail or skip"
[[ $INPUT_SUMMARY =~ ^(true|false)$ ]] || usage "the input 'summary' takes true or false"
[[ $INPUT_COMMENT =~ ^(auto|on|off)$ ]] || usage "the input 'comment' takes auto, on or off"
# An empty input must not hide a token of the job's environment.
[[ -z $INPUT_API_TOKEN ]] || export KOLEGA_TOKEN=$INPUT_API_TOKEN
unset INPUT_API_TOKEN
[[ -z $INPUT_COMMENT_TOKEN ]] || export KOLEGA_COMMENT_TOKEN=$INPUT_COMMENT_TOKEN
unset INPUT_COMMENT_TOKEN
export KOLEGA_COMMENT=$INPUT_COMMENT
[[ $INPUT_SUMMARY == true ]] || unset GITHUB_STEP_SUMMARY
if [[ -z ${KOLEGA_TOKEN:-}${KOLEGA_TOKEN_FILE:-} ]]; then
  why="there is no API token"
  [[ $FROM_FORK == true ]] && why="there is no API token: a pull request from a fork gets no secrets"
  if [[ $INPUT_ON_MISSING_TOKEN == skip ]]; then
    echo "::notice title=kolega-gate::nothing was scanned or judged, $why"
    finish skipped 0
  fi
  echo "::error title=kolega-gate::$why; set the input 'api-token', or 'on-missing-token: skip'"
fi

work=$(mktemp -d "$RUNNER_TEMP/kolega-gate.XXXXXX")
# Paths for the gate, which may run elsewhere than here.
absolute() { [[ $1 == /* ]] && printf '%s' "$1" || printf '%s/%s' "$PWD" "$1"; }
sarif=$(absolute "$INPUT_SARIF_FILE") junit=$(absolute "$INPUT_JUNIT_FILE") record=$(absolute "$INPUT_RECORD_FILE")
mkdir -p "$(dirname "$sarif")" "$(dirname "$junit")" "$(dirname "$record")" || usage "a folder for the reports cannot be made"
rm -f "$sarif" "$junit" "$record" # what an earlier step left must never pass for this run's
args=(run -o "sarif=$sarif" -o "junit=$junit" -o "json=$record")
[[ -z $INPUT_API_URL ]] || args+=(--api-url "$INPUT_API_URL")
[[ -z $INPUT_REPOSITORY ]] || args+=(--repository "$INPUT_REPOSITORY")
[[ -z $INPUT_MODE ]] || args+=(--mode "$INPUT_MODE")
[[ -z $INPUT_TIMEOUT ]] || args+=(--timeout "$INPUT_TIMEOUT")
read -r -d '' -a types <<<"$INPUT_SCAN_TYPE"
for type in "${types[@]}"; do args+=(--scan-type "$type"); done

# The base commit beside the checkout, as a repository of its own: what its policy extends must lie in there.
read_base() {
  git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA" ||
    usage "the base commit, whose policy decides, cannot be fetched"
  top=$(git rev-parse --show-toplevel)
  base=$work/base/$(git rev-parse --show-prefix)
  mkdir -p "$work/base/.git"
  git -C "$top" archive "$BASE_SHA" | tar -x -C "$work/base" || usage "the base commit cannot be read"
}
# The base commit's policy: of the same name, or the first where the program looks.
base_policy() {
  local name
  case $INPUT_POLICY in
    builtin:*[!a-z0-9-]*) printf '%s' "$INPUT_POLICY" ;; # no name of one: the program says so
    builtin:*) # as a file of the base commit, whose baseline it then compares with
      printf 'gate: v1\nextends: [%s]\n' "$INPUT_POLICY" >"$work/base/.git/policy.yaml" || return
      printf '%s' "$work/base/.git/policy.yaml"
      ;;
    "$top"/*) printf '%s' "$work/base/${INPUT_POLICY#"$top"/}" ;;
    /*) printf '%s' "$INPUT_POLICY" ;;
    ?*) printf '%s' "$base$INPUT_POLICY" ;;
    *)
      for name in .kolega/policy.yaml .kolega/policy.yml kolega-policy.yaml; do
        [[ ! -e $base$name && ! -L $base$name ]] || { printf '%s' "$base$name"; return; }
      done
      ;;
  esac
}
# The head of a fork's pull request is anybody's: policy, waivers and baseline are read from the base commit instead,
# and the program starts where nothing of the head lies.
INPUT_POLICY=${INPUT_POLICY:-${KOLEGA_POLICY:-}}
trusted=${INPUT_TRUSTED_POLICY:-}
if [[ $FROM_FORK == true ]]; then
  read_base
  echo "Pull request from a fork: policy, waivers and baseline are those of the base commit $BASE_SHA."
  [[ -n $trusted && $trusted != base ]] || trusted=$(base_policy)
  [[ -n $trusted ]] || usage "the base commit has no policy that could be trusted; add it there first"
  [[ $trusted == /* || $trusted == builtin:* ]] || trusted=$base$trusted
  [[ -d $base ]] || usage "the base commit has no such working-directory"
  nothing=$work/nothing/$(git rev-parse --show-prefix)
  mkdir -p "$work/nothing/.git" "$nothing"
  INPUT_POLICY=$trusted
  cd "$nothing" || usage "no empty directory to start in"
elif [[ $trusted == base ]]; then
  trusted=
  if [[ -n ${BASE_SHA:-} ]]; then
    read_base
    trusted=$(base_policy)
    [[ -n $trusted ]] || usage "the base commit has no policy that could be trusted; add it there first"
  fi
fi
[[ -z $trusted ]] || args+=(--trusted-policy "$trusted")
[[ -z $INPUT_POLICY ]] || args+=(--policy "$INPUT_POLICY")

"$KOLEGA_GATE" "${args[@]}"
code=$?
[[ ! -f $record ]] || output record-file "$record"
# The program tells its verdict itself, unless it could not be started, was killed, or is older than that.
if ! grep -q '^verdict' "$GITHUB_OUTPUT"; then
  verdict=$(sed -n 's/^  "outcome": "\([a-z_]*\)".*/\1/p' "$record" 2>/dev/null | head -n 1)
  [[ $code == 0 && -z $verdict ]] && code=70 # a pass that no record bears out
  [[ $code == 0 || $code:$verdict == 1:fail ]] || verdict=incomplete
  [[ ! -f $sarif ]] || output sarif-file "$sarif"
  [[ ! -f $junit ]] || output junit-file "$junit"
  echo "::error title=kolega-gate::ended without telling its verdict (exit $code)"
  finish "$verdict" "$code"
fi
output exit-code "$code"
