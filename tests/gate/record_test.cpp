#include "gate/record.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "support/inputs.hpp"

using namespace kolega;
using test::complete_batch;
using test::InputsBuilder;

namespace {

std::string written(const gate::DecisionRecord& record) {
  std::ostringstream out;
  gate::write_record(record, out);
  return out.str();
}

InputsBuilder rich() {
  InputsBuilder builder(
      "gate: v1\nname: rich\nscan: {types: [semgrep_scan, secrets_scan], timeout: 45m}\n"
      "on_incomplete: {quota: warn}\nseverity: {unknown: critical, aliases: {error: high}}\n"
      "triage: {honor: [ignored]}\nexclude: [{paths: [\"test/**\"], reason: 'it: \"x\"'}]\n"
      "thresholds: {high: 1}\nrules:\n"
      "  - {id: '10', why: \"line\\nbreak \\u00e9\", when: {any: [{cwe: [79]}, {owasp: [A03]}], not: {path: "
      "[\"a/**\"]}}, max: 3, mode: warn}\n");
  auto partial = complete_batch(ScanType::secrets_scan, "b-2");
  partial.repositories[0].status_reason = "cloned \x01 slowly";
  partial.created_at = parse_instant("2026-11-23T11:00:00.123456Z");
  builder.batch(complete_batch()).batch(partial);
  builder
      .finding({.fingerprint = "f1",
                .severity = "ERROR",
                .message = "a \"quoted\" \n <b> \xE2\x80\xA8",
                .cwe = {"CWE-79"}})
      .finding({.fingerprint = "f2", .severity = "odd", .path = "test/x", .owasp = {"A03:2021"}, .batch = 1})
      .finding({.fingerprint = "f3", .status = "", .batch = 1});
  auto& rows = builder.inputs().findings.rows;
  Finding first = rows[0];
  first.line = 7;
  first.twin_group = 9;
  rows.set(0, first);
  builder.inputs().gaps = {
      {.cause = Cause::quota, .detail = "none left", .hint = "buy", .scan_type = ScanType::semgrep_scan}};
  builder.inputs().notes = {"a note"};
  builder.inputs().files = {{"in.sarif", "00", "sarif", "Tool 1"}};
  builder.inputs().mode_cap = policy::Mode::warn;
  builder.inputs().subject = {
      .repository_id = "r1", .repository = "acme/app", .branch = "main", .commit = "c0ffee"};
  builder.inputs().subject.azure =
      AzureRun{"acme", "1", "2", "Nightly", "3", "Analyze", "refs/heads/main", "4"};
  return builder;
}

}  // namespace

TEST_CASE("reading a record and deciding again gives the same bytes") {
  const auto first = written(rich().decide());
  const auto again = written(gate::decide(gate::read_record(first, "record.json")));
  CHECK(first == again);
}

TEST_CASE("a record without a policy can be written and read") {
  gate::Inputs inputs;
  inputs.gaps = {{.cause = Cause::auth, .detail = "401", .softenable = false}};
  const auto first = written(gate::decide(inputs));
  CHECK(first == written(gate::decide(gate::read_record(first, "record.json"))));
}

TEST_CASE("order of arrival does not show in the record") {
  auto a = rich();
  auto b = rich();
  auto& inputs = b.inputs();
  std::swap(inputs.batches[0], inputs.batches[1]);
  FindingRows reversed;
  for (auto row = inputs.findings.rows.size(); row-- > 0;) reversed.push_back(inputs.findings.rows[row]);
  reversed.change_batches([](std::uint16_t batch) { return static_cast<std::uint16_t>(batch ^ 1U); });
  inputs.findings.rows = std::move(reversed);
  CHECK(written(a.decide()) == written(b.decide()));
}

TEST_CASE("an edited verdict is decided again from the facts") {
  auto builder = InputsBuilder();
  builder.batch(complete_batch()).finding({.fingerprint = "f"});
  auto text = written(builder.decide());
  const auto at = text.find("\"outcome\": \"fail\"");
  REQUIRE(at != std::string::npos);
  text.replace(at, 17, "\"outcome\": \"pass\"");
  CHECK(gate::decide(gate::read_record(text, "r")).verdict.outcome == gate::Outcome::fail);
}

TEST_CASE("what is no record is refused with the path of what is wrong") {
  const auto good = written(rich().decide());
  const auto refuse = [](const std::string& text) -> std::string {
    try {
      gate::read_record(text, "r.json");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::input);
      return error.what();
    }
    return "accepted";
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    const auto at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    return refuse(text.replace(at, from.size(), to));
  };
  for (const std::string foreign : {"{}", "[]", "main(", R"({"format": "kolega-gate/baseline/v1"})"})
    CHECK(refuse(foreign) == "r.json: this is no decision record");
  CHECK(refuse("").find("empty") != std::string::npos);
  CHECK(refuse(R"(["kolega-gate/decision-record/v1"])").find("not an object") != std::string::npos);
  CHECK(with("decision-record/v1", "decision-record/v9").find("is not 'kolega-gate/decision-record/v1'") !=
        std::string::npos);
  CHECK(with("\"ending\": \"read\"", "\"ending\": \"lost\"").find("/batches/0/ending: 'lost'") !=
        std::string::npos);
  CHECK(with("\"batch\": 1", "\"batch\": 7").find("a batch that is not there") != std::string::npos);
  CHECK(with("\"batch\": 1", "\"batch\": 65536").find("out of range") != std::string::npos);
  CHECK(with("\"line\": 7", "\"line\": -7").find("line: out of range") != std::string::npos);
  CHECK(with("\"fingerprint\": \"f1\", ", "").find("fingerprint: missing") != std::string::npos);
  CHECK(refuse(good.substr(0, good.size() / 2)).find("byte") != std::string::npos);
}
