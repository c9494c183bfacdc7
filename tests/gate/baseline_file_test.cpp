#include "gate/baseline_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "support/inputs.hpp"

using namespace kolega;
using gate::BaselineChange;
using test::complete_batch;
using test::InputsBuilder;

namespace {

std::string written(const Baseline& baseline) {
  std::ostringstream out;
  gate::write_baseline(baseline, out);
  return out.str();
}

std::string refused_text(const std::string& text) {
  try {
    gate::read_baseline(text, "b.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

std::string refused_record(const gate::DecisionRecord& record) {
  try {
    gate::baseline_of(record);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::context);
    CHECK_FALSE(error.hint().empty());
    return error.what();
  }
  return "accepted";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

BaselineEntry entry(const std::string& fingerprint, std::uint64_t count = 1,
                    Severity severity = Severity::high) {
  return {.scan_type = ScanType::semgrep_scan,
          .fingerprint = fingerprint,
          .path = "src/a.c",
          .check_id = "check",
          .severity = severity,
          .message_sha256 = "0123456789abcdef",
          .count = count};
}

constexpr std::string_view one_entry =
    "{\"scan_type\": \"semgrep_scan\", \"fingerprint\": \"f1\", \"path\": \"src/a.c\", \"check_id\": "
    "\"check\", "
    "\"severity\": \"high\", \"message_sha256\": \"0123456789abcdef\", \"count\": 2, \"cwe\": [79, 89], "
    "\"owasp\": [\"A03:2021\"]}";

std::string file_with(const std::string& entries) {
  return "{\n  \"format\": \"kolega-gate/baseline/v1\",\n  \"complete\": true,\n  \"entries\": [" +
         (entries.empty() ? "" : "\n    " + entries + "\n  ") + "]\n}\n";
}

}  // namespace

TEST_CASE("baseline: what is wrong in a file is named by its path") {
  const auto with = [](const std::string& from, const std::string& to) {
    auto text = file_with(std::string(one_entry));
    const auto at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    return refused_text(text.replace(at, from.size(), to));
  };
  CHECK(has(refused_text(""), "b.json: the document is empty"));
  for (const std::string foreign : {"{}", "[]", "main(", R"({"format": "kolega-gate/decision-record/v1"})"})
    CHECK(refused_text(foreign) == "b.json: this is no baseline");
  CHECK(has(with("baseline/v1", "baseline/v2"), "is not 'kolega-gate/baseline/v1'"));
  CHECK(has(with("true", "1"), "/complete: not true or false"));
  CHECK(has(with("\"complete\": true,", ""), "/complete: missing"));
  CHECK(has(with("\"complete\"", "\"extra\": 1, \"complete\""), "unknown member 'extra'"));
  CHECK(
      has(with("\"count\": 2", "\"cuont\": 2"), "/entries/0: unknown member 'cuont'; did you mean 'count'?"));
  CHECK(has(with("\"count\": 2", "\"count\": 0"), "/entries/0/count: out of range"));
  CHECK(has(with("\"count\": 2", "\"count\": -1"), "/entries/0/count: out of range"));
  CHECK(has(with("\"count\": 2", "\"count\": 9999999999"), "/entries/0/count: out of range"));
  CHECK(has(with("\"count\": 2", "\"count\": \"2\""), "/entries/0/count: not an integer"));
  CHECK(has(with("semgrep_scan", "semgrep"), "/entries/0/scan_type: no scan type"));
  CHECK(has(with("\"high\"", "\"HIGH\""), "/entries/0/severity: no severity"));
  CHECK(has(with("src/a.c", "./src/a.c"), "/entries/0/path: not in its folded form"));
  CHECK(has(with("0123456789abcdef", "0123"), "/entries/0/message_sha256"));
  CHECK(has(with("[79, 89]", "[89, 79]"), "/entries/0/cwe/1: out of order"));
  CHECK(has(with("[79, 89]", "[\"79\"]"), "/entries/0/cwe/0: not an integer"));
  CHECK(has(with("\"fingerprint\": \"f1\", ", ""), "/entries/0/fingerprint: missing"));
  CHECK(has(with("{\"scan", "{\"count\": 1, \"scan"), "duplicate"));
  const std::string one(one_entry);
  auto later = one;
  later.replace(later.find("f1"), 2, "f0");
  CHECK(has(refused_text(file_with(one + ",\n    " + one)),
            "/entries/1: the same scan type, fingerprint and path"));
  CHECK(has(refused_text(file_with(one + ",\n    " + later)), "/entries/1: out of order"));
  CHECK(has(refused_text("{\"format\": \"kolega-gate/baseline/v1\", \"complete\": true}"),
            "/entries: missing"));
  CHECK(has(refused_text("{\"format\": \"kolega-gate/baseline/v1\", \"complete\": true, \"entries\": {}}"),
            "/entries: not an array"));
}

TEST_CASE("baseline: written and read again it is the same, one entry a line") {
  for (const auto& text : {file_with(""), file_with(std::string(one_entry))}) {
    const auto baseline = gate::read_baseline(text, "b.json");
    CHECK(written(baseline) == text);
    CHECK(baseline.origin == "file:b.json");
    CHECK(baseline.sha256 == sha256_hex(text));
    CHECK(baseline.complete);
  }
  auto partial = file_with("");
  partial.replace(partial.find("true"), 4, "false");
  CHECK_FALSE(gate::read_baseline(partial, "b.json").complete);
}

TEST_CASE("baseline of a record: active findings by scan type, fingerprint and folded path") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\nseverity: {aliases: {error: high}}\n"
      "exclude: [{paths: [\"test/**\"], reason: x}]\nthresholds: {critical: 9}\n");
  builder.batch(complete_batch()).batch(complete_batch(ScanType::secrets_scan, "b-2"));
  builder.finding({.fingerprint = "f2", .severity = "ERROR", .path = ".\\src\\b.c", .cwe = {"CWE-89", "79"}})
      .finding({.fingerprint = "f1", .message = "a  b\n", .owasp = {"A03:2021", "A01:2021", "A03:2021"}})
      .finding({.fingerprint = "f1", .path = "src/other.c"})
      .finding({.fingerprint = "f1", .batch = 1})
      .finding({.fingerprint = "gone", .status = "false_positive"})
      .finding({.fingerprint = "fixture", .path = "test/x.c"});
  const auto baseline = gate::baseline_of(builder.decide());
  REQUIRE(baseline.entries.size() == 4);
  CHECK(std::is_sorted(baseline.entries.begin(), baseline.entries.end()));
  CHECK(baseline.entries[0].scan_type == ScanType::secrets_scan);
  CHECK(baseline.entries[1].fingerprint == "f1");
  CHECK(baseline.entries[1].path == "src/a.c");
  CHECK(baseline.entries[1].message_sha256 == sha256_hex("a b").substr(0, 16));
  CHECK(baseline.entries[1].owasp == std::vector<std::string>{"A01:2021", "A03:2021"});
  CHECK(baseline.entries[3].path == "src/b.c");
  CHECK(baseline.entries[3].severity == Severity::high);
  CHECK(baseline.entries[3].cwe == std::vector<int>{79, 89});
  CHECK(baseline.complete);
  CHECK(baseline.origin == "batches b-2, b-1");
  const auto text = written(baseline);
  CHECK(baseline.sha256 == sha256_hex(text));
  CHECK(gate::read_baseline(text, "b.json").entries == baseline.entries);
}

TEST_CASE("baseline of a record: rows of one unit are one finding, the most severe") {
  InputsBuilder builder;
  builder.batch(complete_batch())
      .finding({.fingerprint = "f", .severity = "medium"})
      .finding({.fingerprint = "f", .severity = "critical"})
      .finding({.fingerprint = "f", .severity = "low"})
      .finding({.fingerprint = "g", .severity = "low", .check_id = "first", .line = 1})
      .finding({.fingerprint = "g", .severity = "high", .check_id = "second", .line = 2})
      .finding({.fingerprint = ""})
      .finding({.fingerprint = ""});
  const auto baseline = gate::baseline_of(builder.decide());
  REQUIRE(baseline.entries.size() == 3);
  CHECK(baseline.entries[0].fingerprint.empty());
  CHECK(baseline.entries[0].count == 2);
  CHECK(baseline.entries[1].count == 1);
  CHECK(baseline.entries[1].severity == Severity::critical);
  // The milder row comes first here, and all that is said is what the more severe one says.
  CHECK(baseline.entries[2].count == 1);
  CHECK(baseline.entries[2].severity == Severity::high);
  CHECK(baseline.entries[2].check_id == "second");
}

TEST_CASE("baseline of a record: only a complete run may become one") {
  const auto build = [](const auto& change) {
    InputsBuilder builder;
    builder.batch(complete_batch()).finding({.fingerprint = "f"});
    change(builder.inputs());
    return builder.decide();
  };
  CHECK(refused_record(build([](auto&) {})) == "accepted");
  CHECK(has(refused_record(build([](auto& inputs) { inputs.batches[0].scans_failed = 1; })), "partial"));
  CHECK(has(refused_record(build([](auto& inputs) { inputs.batches[0].findings_count = 2; })), "partial"));
  CHECK(has(refused_record(build([](auto& inputs) {
              inputs.batches.clear();
              inputs.findings.rows.clear();
            })),
            "scan batch"));
  CHECK(has(refused_record(build([](auto& inputs) { inputs.policy.reset(); })), "no policy"));
  CHECK(has(refused_record(build([](auto& inputs) {
              inputs.gaps = {{.cause = Cause::context, .detail = "no diff was given"}};
            })),
            "context: no diff was given"));
  CHECK(has(refused_record(build([](auto& inputs) { inputs.scan_types.push_back(ScanType::secrets_scan); })),
            "secrets_scan"));
  CHECK(has(refused_record(build([](auto& inputs) {
              inputs.batches[0].details_read = false;
              inputs.batches[0].details_error = "500 from the server";
            })),
            "500 from the server"));
  // A policy that allows incompleteness allows no baseline of it.
  InputsBuilder allowed(
      "gate: v1\nscan: {types: [semgrep_scan]}\non_incomplete: {partial: warn}\nthresholds: {high: 0}\n");
  auto batch = complete_batch();
  batch.scans_failed = 1;
  allowed.batch(batch);
  CHECK(has(refused_record(allowed.decide()), "partial"));
}

TEST_CASE("baseline: two are compared entry by entry") {
  using Kind = BaselineChange::Kind;
  const Baseline before{.entries = {entry("a"), entry("b", 3), entry("c", 1), entry("d"), entry("s")}};
  const Baseline after{
      .entries = {entry("b", 2), entry("c", 4), entry("d"), entry("e"), entry("s", 1, Severity::critical)}};
  CHECK(gate::compare(before, before).empty());
  const auto changes = gate::compare(before, after);
  REQUIRE(changes.size() == 6);
  const auto is = [&](std::size_t i, Kind kind, const std::string& fingerprint, std::uint64_t from,
                      std::uint64_t to) {
    CAPTURE(i);
    CHECK(changes[i].kind == kind);
    CHECK(changes[i].entry.fingerprint == fingerprint);
    CHECK(changes[i].before == from);
    CHECK(changes[i].after == to);
  };
  is(0, Kind::removed, "a", 1, 0);
  is(1, Kind::fewer, "b", 3, 2);
  is(2, Kind::more, "c", 1, 4);
  is(3, Kind::added, "e", 0, 1);
  is(4, Kind::removed, "s", 1, 0);
  is(5, Kind::added, "s", 0, 1);
  CHECK(gate::compare({}, before).size() == 5);
  CHECK(gate::compare(before, {}).size() == 5);
}
