#!/usr/bin/env bash
# The gate that most pipelines have: curl and jq.
# gate.sh online URL REPOSITORY POLL_SECONDS SARIF JUNIT | gate.sh offline RESULTS SARIF JUNIT | gate.sh sarif FILE
set -euo pipefail
mode=$1
if [ "$mode" = sarif ]; then
  errors=$(jq '[.runs[].results[] | select(.level == "error")] | length' "$2")
  echo "$errors"
  [ "$errors" -eq 0 ]
  exit
fi
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
sarif=${*: -2:1} junit=${*: -1:1}
if [ "$mode" = online ]; then
  call() { curl -sS --fail ${BENCH_CA:+--cacert "$BENCH_CA"} -H "Authorization: Bearer $KOLEGA_TOKEN" "$@"; }
  scans=$2/api/v1/repositories/$3/scans
  batch=$(call -H 'Content-Type: application/json' -d '{"scan_type":"semgrep_scan"}' "$scans" | jq -r .batch_id)
  while :; do
    status=$(call "$scans/$batch/progress" | jq -r .status)
    case $status in completed | partial_failure | failed) break ;; esac
    sleep "$4"
  done
  [ "$status" = completed ] || { echo "the scan ended $status" >&2; exit 3; }
  results=$here/results.json
  call -o "$results" "$scans/$batch/results"
else
  results=$2
fi
jq -c '([.findings[].check_id] | unique) as $rules
  | {version: "2.1.0", runs: [{tool: {driver: {name: "kolega", rules: [$rules[] | {id: .}]}}, results: [.findings[] | {
      ruleId: .check_id,
      level: ({critical: "error", high: "error", medium: "warning"}[.severity] // "note"),
      message: {text: .message},
      locations: [{physicalLocation: {artifactLocation: {uri: .file_path}}}],
      partialFingerprints: {"kolega/v1": .fingerprint}}]}]}' "$results" >"$sarif"
jq -r '(.findings | length) as $n
  | "<testsuites><testsuite name=\"kolega\" tests=\"\($n)\" failures=\"\($n)\">",
    (.findings[] | "<testcase classname=\"\(.file_path | @html)\" name=\"\(.check_id | @html)\"><failure type=\"\(.severity | @html)\" message=\"\(.message | @html)\">\(.message | @html)</failure></testcase>"),
    "</testsuite></testsuites>"' "$results" >"$junit"
counts=$(jq -c '[.findings[].severity] | group_by(.) | map({key: .[0], value: length}) | from_entries' "$results")
echo "$counts"
jq -e '(.critical // 0) <= 0 and (.high // 0) <= 0 and (.medium // 0) <= 10' <<<"$counts" >/dev/null || exit 1
