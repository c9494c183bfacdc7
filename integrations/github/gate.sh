#!/usr/bin/env bash
# Runs the gate with the inputs of the action and ends with 0 whatever the verdict is: the last step of the action
# exits with it, after the reports were sent. Writes the outputs.
set -uo pipefail
# A word that nobody could have put into a file name or a finding.
secret_word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
output() { printf '%s<<%s\n%s\n%s\n' "$1" "$secret_word" "$2" "$secret_word" >>"$GITHUB_OUTPUT"; }
finish() { output verdict "$1"; output exit-code "$2"; exit 0; }
usage() { echo "::error title=kolega-gate::$1"; finish incomplete 2; }

[[ $INPUT_ON_MISSING_TOKEN =~ ^(fail|skip)$ ]] || usage "the input 'on-missing-token' takes fail or skip"
[[ $INPUT_SUMMARY =~ ^(true|false)$ ]] || usage "the input 'summary' takes true or false"
# An empty input must not hide a token of the job's environment.
[[ -z $INPUT_API_TOKEN ]] || export KOLEGA_TOKEN=$INPUT_API_TOKEN
unset INPUT_API_TOKEN
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
args=(run -o table=- -o "sarif=$sarif" -o "junit=$junit" -o "json=$record" -o "markdown=$work/summary.md")
[[ -z $INPUT_API_URL ]] || args+=(--api-url "$INPUT_API_URL")
[[ -z $INPUT_REPOSITORY ]] || args+=(--repository "$INPUT_REPOSITORY")
[[ -z $INPUT_MODE ]] || args+=(--mode "$INPUT_MODE")
[[ -z $INPUT_TIMEOUT ]] || args+=(--timeout "$INPUT_TIMEOUT")
read -r -d '' -a types <<<"$INPUT_SCAN_TYPE"
for type in "${types[@]}"; do args+=(--scan-type "$type"); done

# The head of a fork's pull request is anybody's: policy, waivers and baseline are read from the base commit instead.
if [[ $FROM_FORK == true ]]; then
  git cat-file -e "$BASE_SHA^{commit}" 2>/dev/null || git fetch --quiet --depth=1 origin "$BASE_SHA" ||
    usage "the base commit, whose policy decides over a fork's pull request, cannot be fetched"
  mkdir "$work/base"
  git -C "$GITHUB_WORKSPACE" archive "$BASE_SHA" | tar -x -C "$work/base" || usage "the base commit cannot be read"
  echo "Pull request from a fork: policy, waivers and baseline are those of the base commit $BASE_SHA."
  [[ $INPUT_POLICY == "$GITHUB_WORKSPACE"/* ]] && INPUT_POLICY=$work/base/${INPUT_POLICY#"$GITHUB_WORKSPACE"/}
  cd "$work/base/$INPUT_WORKING_DIRECTORY" || usage "the base commit has no such working-directory"
fi
[[ -z $INPUT_POLICY ]] || args+=(--policy "$INPUT_POLICY")

# Names of files and findings are anybody's text: while they are shown, the runner obeys no workflow command.
echo "::stop-commands::$secret_word"
"$KOLEGA_GATE" "${args[@]}" 2>&1
code=$?
echo "::$secret_word::"

# The record's head is written line by line, so that no JSON tool is needed.
of_record() { sed -n "$1" "$record" 2>/dev/null | head -n 1; }
verdict=$(of_record 's/^  "outcome": "\([a-z_]*\)".*/\1/p')
case $code:$verdict in
  0:pass | 0:warn | 0:allowed_incomplete | 0:bypassed | 1:fail) ;;
  0:*) code=70 verdict=incomplete ;; # a pass that no record bears out
  *) verdict=incomplete ;;
esac
output total "$(of_record 's/^    "total": \([0-9]*\),$/\1/p')"
for severity in critical high medium low; do
  output "$severity" "$(of_record "s/^    \"active\": {.*\"$severity\": \([0-9]*\).*/\1/p")"
done
output batch-ids "$(sed -n 's/^      "batch_id": "\([A-Za-z0-9_-]*\)",$/\1/p' "$record" 2>/dev/null | paste -sd ' ')"
[[ -f $sarif ]] && output sarif-file "$sarif"
[[ -f $junit ]] && output junit-file "$junit"
[[ -f $record ]] && output record-file "$record"
# The runner drops a summary of more than 1 MiB as a whole.
[[ $INPUT_SUMMARY == true && -f $work/summary.md ]] && head -c 1000000 "$work/summary.md" >>"$GITHUB_STEP_SUMMARY"

case $code in
  0) ;;
  1) echo "::error title=kolega-gate::a blocking rule of the policy is broken" ;;
  2) echo "::error title=kolega-gate::used wrongly, or the policy does not load (exit 2)" ;;
  3) echo "::error title=kolega-gate::the quota is exhausted, nothing was proven (exit 3)" ;;
  4) echo "::error title=kolega-gate::not authenticated, not allowed, or the repository is unknown to this key (exit 4)" ;;
  5) echo "::error title=kolega-gate::the API or the network failed, nothing was proven (exit 5)" ;;
  6) echo "::error title=kolega-gate::the scan is incomplete, nothing was proven (exit 6)" ;;
  7) echo "::error title=kolega-gate::the scan was still running when the timeout ended (exit 7)" ;;
  *) echo "::error title=kolega-gate::ended unexpectedly (exit $code)" ;;
esac
finish "$verdict" "$code"
