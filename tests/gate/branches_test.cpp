#include "gate/branches.hpp"

#include <doctest/doctest.h>

#include "support/inputs.hpp"

using namespace kolega;
using gate::Outcome;
using test::complete_batch;
using test::InputsBuilder;

namespace {

/// A complete batch of branch `scanned`, judged as branch `judged`.
gate::DecisionRecord judge(const std::string& expect, const std::string& scanned, const std::string& judged,
                           const std::string& more = {}) {
  InputsBuilder builder("gate: v1\nscan: {types: [semgrep_scan]" +
                        (expect.empty() ? "" : ", expect_branch: " + expect) + "}\nthresholds: {high: 0}\n" +
                        more);
  auto batch = complete_batch();
  batch.repositories[0].branch = scanned;
  builder.batch(batch);
  builder.inputs().subject.branch = judged;
  return builder.decide();
}

}  // namespace

TEST_CASE("expect_branch: fail makes another branch incomplete by context") {
  const auto record = judge("fail", "main", "feature");
  CHECK(record.verdict.outcome == Outcome::incomplete);
  REQUIRE(record.verdict.incomplete.size() == 1);
  CHECK(record.verdict.incomplete[0].cause == Cause::context);
  CHECK(record.verdict.incomplete[0].hint.starts_with("have Kolega scan branch feature (it is set there"));
  CHECK(record.verdict.incomplete[0].detail ==
        "semgrep_scan batch b-1: branch main of acme/app was scanned, branch feature is judged");
  CHECK(judge("fail", "feature", "feature").verdict.outcome == Outcome::pass);
  CHECK(judge("fail", "refs/heads/feature", "feature").verdict.outcome == Outcome::pass);
}

TEST_CASE("expect_branch: on_incomplete.context may soften it, nothing else") {
  const auto with = [](const std::string& cause) {
    return judge("fail", "main", "feature", "on_incomplete: {" + cause + ": warn}\n").verdict.outcome;
  };
  CHECK(with("context") == Outcome::allowed_incomplete);
  CHECK(with("partial") == Outcome::incomplete);
}

TEST_CASE("expect_branch: warn is the default: it is said and changes no verdict") {
  for (const std::string word : {"warn", ""}) {
    const auto record = judge(word, "main", "feature");
    CHECK(record.verdict.outcome == Outcome::pass);
    REQUIRE(record.verdict.notices.size() == 1);
    CHECK(record.verdict.notices[0].find("branch main of acme/app was scanned") != std::string::npos);
  }
  CHECK(judge("any", "main", "feature").verdict.notices.empty());
}

TEST_CASE(
    "expect_branch: an unknown branch is incomplete where the policy insists, and not mentioned elsewhere") {
  for (const auto& [scanned, judged] : {std::pair{"", "feature"}, std::pair{"main", ""}, std::pair{"", ""}}) {
    CHECK(judge("fail", scanned, judged).verdict.outcome == Outcome::incomplete);
    CHECK(judge("warn", scanned, judged).verdict.outcome == Outcome::pass);
    CHECK(judge("warn", scanned, judged).verdict.notices.empty());
  }
}

TEST_CASE("expect_branch: a reused batch of another branch is caught all the same") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan], reuse: 12h, expect_branch: fail}\nthresholds: {high: 0}\n");
  auto batch = complete_batch();
  batch.origin = BatchOrigin::reused;
  builder.batch(batch);
  builder.inputs().subject.branch = "feature";
  CHECK(builder.decide().verdict.outcome == Outcome::incomplete);
}

TEST_CASE("expect_branch: in a container only the judged repository must have the branch") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan], expect_branch: fail}\nthresholds: {high: 0}\n");
  auto batch = complete_batch();
  batch.repositories = {{.name = "acme/other", .branch = "main", .status = "succeeded"},
                        {.name = "Acme/App", .branch = "feature", .status = "succeeded"}};
  batch.total_repositories = batch.scans_created = batch.scans_completed = batch.scans_assessed = 2;
  builder.batch(batch);
  builder.inputs().subject.branch = "feature";
  builder.inputs().subject.repository = "acme/app";
  CHECK(builder.decide().verdict.outcome == Outcome::pass);
  builder.inputs().subject.repository = "acme/unknown";
  CHECK(builder.decide().verdict.outcome == Outcome::incomplete);
}

TEST_CASE("expect_branch: results from files name no branch and are not doubted") {
  InputsBuilder builder(
      "gate: v1\nscan: {types: [semgrep_scan], expect_branch: fail}\nthresholds: {high: 0}\n");
  auto batch = complete_batch();
  batch.origin = BatchOrigin::file;
  batch.repositories.clear();
  builder.batch(batch);
  builder.inputs().subject.branch = "feature";
  CHECK(gate::find_branch_doubts(builder.inputs()).empty());
}
