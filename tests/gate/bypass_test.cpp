#include "gate/bypass.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "gate/phrases.hpp"
#include "support/inputs.hpp"

using namespace kolega;
using gate::Outcome;
using test::complete_batch;
using test::InputsBuilder;

namespace {

constexpr const char* allowing =
    "gate: v1\nscan: {types: [semgrep_scan]}\nthresholds: {high: 0}\nbreak_glass: {require: [reason, "
    "ticket]}\n";
const gate::Bypass complete{.reason = "the shop is down", .ticket = "OPS-1"};

InputsBuilder failing(const char* policy = allowing) {
  InputsBuilder builder(policy);
  builder.batch(complete_batch()).finding({.fingerprint = "f"});
  builder.inputs().bypass = complete;
  builder.inputs().subject.actor = "octocat";
  return builder;
}

bool notes(const gate::Verdict& verdict, const std::string& part) {
  for (const auto& notice : verdict.notices) {
    if (notice.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("break_glass: a broken rule is bypassed, and who and why is said with what it would be") {
  const auto record = failing().decide();
  CHECK(record.verdict.outcome == Outcome::bypassed);
  CHECK(record.verdict.bypassed == Outcome::fail);
  CHECK(
      gate::summary(record) ==
      "bypassed by octocat, ticket OPS-1, because: the shop is down; without that: FAIL, rule thresholds is "
      "broken, 1 finding in all");
  CHECK(record.verdict.rules[0].state == gate::RuleState::broken);  // nothing else changes
}

TEST_CASE("break_glass: incompleteness is bypassed as well") {
  InputsBuilder builder(allowing);
  builder.inputs().bypass = complete;
  builder.inputs().gaps = {{.cause = Cause::timeout, .detail = "still running", .softenable = true}};
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::bypassed);
  CHECK(record.verdict.bypassed == Outcome::incomplete);
}

TEST_CASE("break_glass: absent means not possible") {
  const auto record = failing("gate: v1\nscan: {types: [semgrep_scan]}\nthresholds: {high: 0}\n").decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(notes(record.verdict, "changes nothing: the policy does not allow it"));
}

TEST_CASE("break_glass: where it is not needed the real outcome stands and that is said") {
  InputsBuilder builder(allowing);
  builder.batch(complete_batch());
  builder.inputs().bypass = complete;
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK_FALSE(record.verdict.bypassed);
  CHECK(notes(record.verdict, "is not needed"));
}

TEST_CASE("break_glass: a required part that is empty counts for nothing") {
  for (const auto& bypass : {gate::Bypass{"why", ""}, gate::Bypass{"", "OPS-1"}, gate::Bypass{"why", "  "}}) {
    auto builder = failing();
    builder.inputs().bypass = bypass;
    CHECK(builder.decide().verdict.outcome == Outcome::fail);
  }
}

TEST_CASE("break_glass: never for authentication errors, invalid policies or an interrupted run") {
  for (const auto cause : {Cause::auth, Cause::usage, Cause::interrupted}) {
    CAPTURE(static_cast<int>(cause));
    auto builder = failing();
    builder.inputs().gaps = {{.cause = cause, .detail = "x"}};
    CHECK(builder.decide().verdict.outcome == Outcome::fail);
    InputsBuilder empty(allowing);
    empty.inputs().bypass = complete;
    empty.inputs().gaps = {{.cause = cause, .detail = "x"}};
    CHECK(empty.decide().verdict.outcome == Outcome::incomplete);
  }
  gate::Inputs nothing;
  nothing.bypass = complete;
  CHECK(gate::decide(nothing).verdict.outcome == Outcome::incomplete);
}

TEST_CASE("break_glass: the policy of a merge request can not allow it to itself, the trusted one can") {
  auto builder = failing();
  builder.inputs().subject.change = "7";
  CHECK(builder.decide().verdict.outcome == Outcome::fail);
  builder.inputs().trusted_policy = true;
  CHECK(builder.decide().verdict.outcome == Outcome::bypassed);
}

TEST_CASE("break_glass: the record keeps it, and reads back to the same bytes") {
  auto builder = failing();
  std::ostringstream first;
  gate::write_record(builder.decide(), first);
  CHECK(first.str().find("\"outcome\": \"bypassed\"") != std::string::npos);
  CHECK(first.str().find("\"instead_of\": \"fail\"") != std::string::npos);
  CHECK(first.str().find("\"actor\": \"octocat\"") != std::string::npos);
  std::ostringstream second;
  gate::write_record(gate::decide(gate::read_record(first.str(), "r")), second);
  CHECK(second.str() == first.str());
}
