#include "gate/waivers.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/inputs.hpp"

using namespace kolega;
using gate::Disposition;
using gate::Outcome;
using gate::WaiverState;
using test::complete_batch;
using test::InputsBuilder;

namespace {

const std::string terms = "owner: payments, reason: seen, ticket: SEC-1, ";

/// A policy that allows nothing but what `list` waives; the decision is at 2026-11-23T12:00:00Z.
std::string policy_of(const std::string& list, const std::string& settings = {}) {
  return "gate: v1\nscan: {types: [semgrep_scan]}\nwaivers:\n" + settings + "  list:\n" + list +
         "rules: [{id: r, max: 0}]\n";
}

std::string waiver(const std::string& id, const std::string& match,
                   const std::string& more = "expires: 2026-12-15") {
  return "    - {id: " + id + ", match: " + match + ", " + terms + more + "}\n";
}

InputsBuilder with(const std::string& policy) {
  InputsBuilder builder(policy);
  builder.batch(complete_batch());
  return builder;
}

std::string outcome(const InputsBuilder& builder) {
  return std::string(name_of(builder.decide().verdict.outcome));
}

WaiverState state(const InputsBuilder& builder, std::size_t index = 0) {
  return builder.decide().verdict.waivers.at(index).state;
}

/// n findings that cannot be told apart, of which the first `triaged` were paired with a triaged status.
InputsBuilder twins(const std::string& policy, int n, int triaged) {
  auto builder = with(policy);
  for (int i = 0; i < n; ++i) {
    builder.finding({.fingerprint = "f" + std::to_string(i), .status = i < triaged ? "ignored" : "open", .twin_group = 1});
  }
  return builder;
}

}  // namespace

TEST_CASE("waivers: by fingerprint, once, and only that finding") {
  auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}")));
  builder.finding({.fingerprint = "f"});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.findings.at(0).disposition == Disposition::waived);
  CHECK(record.verdict.findings.at(0).waiver == 0);
  CHECK(record.verdict.tally.by_disposition[static_cast<std::size_t>(Disposition::waived)] == 1);
  CHECK(record.verdict.waivers.at(0).state == WaiverState::used);
  CHECK(record.verdict.waivers.at(0).findings == std::vector<std::uint32_t>{0});
  CHECK(outcome(builder.finding({.fingerprint = "g"})) == "fail");
}

TEST_CASE("waivers: the limit is 1 unless said otherwise; the finding above it counts") {
  const std::string match = "{check_id: check, path: [\"src/*\"]}";
  auto one = with(policy_of(waiver("W-1", match)));
  CHECK(outcome(one.finding({.fingerprint = "a"})) == "pass");
  CHECK(outcome(one.finding({.fingerprint = "b"})) == "fail");
  auto three = with(policy_of(waiver("W-1", match, "limit: 3, expires: 2026-12-15")));
  three.finding({.fingerprint = "a"}).finding({.fingerprint = "b"}).finding({.fingerprint = "c"});
  CHECK(outcome(three) == "pass");
  const auto record = three.finding({.fingerprint = "d"}).decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.rules.at(0).count == 1);
}

TEST_CASE(
    "waivers: the oldest finding is taken first, then by fingerprint; one of unknown age is the newest") {
  const auto taken = [](std::vector<test::Row> rows) {
    auto builder = with(policy_of(waiver("W-1", "{check_id: check, path: [\"src/*\"]}")));
    for (const auto& row : rows) builder.finding(row);
    const auto record = builder.decide();
    return record.inputs.findings.rows[record.verdict.waivers.at(0).findings.at(0)].fingerprint.str();
  };
  CHECK(taken({{.fingerprint = "a", .first_detected_at = "2026-11-02T00:00:00Z"},
               {.fingerprint = "b", .first_detected_at = "2026-11-01T00:00:00Z"}}) == "b");
  CHECK(taken({{.fingerprint = "a"}, {.fingerprint = "b", .first_detected_at = "2026-11-20T00:00:00Z"}}) ==
        "b");
  CHECK(taken({{.fingerprint = "b"}, {.fingerprint = "a"}}) == "a");
}

TEST_CASE("waivers: in the order of their ids, each finding once") {
  auto builder = with(policy_of(waiver("W-2", "{fingerprint: [a, b]}") + waiver("W-1", "{fingerprint: a}")));
  builder.finding({.fingerprint = "a"}).finding({.fingerprint = "b"});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.waivers.at(0).id == "W-1");
  CHECK(record.verdict.findings.at(0).waiver == 0);
  CHECK(record.verdict.findings.at(1).waiver == 1);
}

TEST_CASE("waivers: a day is valid through its last second UTC, an instant with zone is exact") {
  const auto at = [](const std::string& expires, const std::string& instant) {
    auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}", "expires: " + expires)));
    builder.finding({.fingerprint = "f"});
    builder.inputs().at = *parse_instant(instant);
    return outcome(builder);
  };
  CHECK(at("2026-12-15", "2026-12-15T23:59:59Z") == "pass");
  CHECK(at("2026-12-15", "2026-12-16T00:00:00Z") == "fail");
  CHECK(at("2026-12-15T10:00:00+02:00", "2026-12-15T07:59:59Z") == "pass");
  CHECK(at("2026-12-15T10:00:00+02:00", "2026-12-15T08:00:00Z") == "fail");
}

TEST_CASE("waivers: one that has expired is listed with owner and ticket, its findings are marked") {
  auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}", "expires: 2026-11-22")));
  const auto record = builder.finding({.fingerprint = "f"}).decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.waivers.at(0).state == WaiverState::expired);
  CHECK(record.verdict.findings.at(0).disposition == Disposition::active);
  CHECK(record.verdict.findings.at(0).expired_waiver == 0);
  REQUIRE(record.verdict.notices.size() == 1);
  CHECK(record.verdict.notices[0] ==
        "waiver W-1 has expired, 1 finding it covered counts, until 2026-11-22 (owner payments, ticket "
        "SEC-1): seen");
}

TEST_CASE("waivers: max_days bounds the distance to the end, exactly") {
  const auto until = [](const std::string& day) {
    auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}", "expires: " + day), "  max_days: 10\n"));
    builder.finding({.fingerprint = "f"});
    CHECK(policy::check_terms(*builder.inputs().policy, builder.inputs().at).size() ==
          (outcome(builder) == "pass" ? 0 : 1));
    return outcome(builder);
  };
  CHECK(until("2026-12-03") == "pass");
  CHECK(until("2026-12-04") == "fail");
}

TEST_CASE("waivers: remind tells of the end before it comes") {
  const auto notices = [](const std::string& remind) {
    auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}"), "  remind: " + remind + "\n"));
    return builder.finding({.fingerprint = "f"}).decide().verdict.notices.size();
  };
  CHECK(notices("30d") == 1);
  CHECK(notices("14d") == 0);
}

TEST_CASE("waivers: unused ones warn, fail or are fine; never in a batch that is not complete") {
  const auto judged = [](const std::string& unused, bool whole) {
    InputsBuilder builder(policy_of(waiver("W-1", "{fingerprint: gone}"), "  unused: " + unused + "\n"));
    auto batch = complete_batch();
    if (!whole) batch.status = batch.results_status = "partial_failure";
    return builder.batch(batch).decide();
  };
  CHECK(judged("ok", true).verdict.notices.empty());
  const auto warned = judged("warn", true);
  CHECK(warned.verdict.outcome == Outcome::pass);
  REQUIRE(warned.verdict.notices.size() == 1);
  CHECK(warned.verdict.notices[0].starts_with("waiver W-1 is unused: nothing matches it"));
  CHECK(judged("fail", true).verdict.outcome == Outcome::fail);
  const auto partial = judged("fail", false);
  CHECK(partial.verdict.outcome == Outcome::incomplete);
  CHECK(partial.verdict.waivers.at(0).state == WaiverState::idle);
  auto triaged = with(policy_of(waiver("W-1", "{fingerprint: f}"), "  unused: fail\n"));
  CHECK(outcome(triaged.finding({.fingerprint = "f", .status = "ignored"})) == "pass");
}

TEST_CASE("waivers: a merge request does not waive its own findings unless the policy says from: head") {
  const auto judged = [](const std::string& settings) {
    auto builder = with(policy_of(waiver("W-1", "{fingerprint: f}"), settings));
    builder.finding({.fingerprint = "f"});
    builder.inputs().subject.change = "17";
    return builder;
  };
  CHECK(outcome(judged("")) == "fail");
  CHECK(state(judged("")) == WaiverState::withheld);
  const auto notices = judged("").decide().verdict.notices;
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("set waivers.from to head") != std::string::npos);
  CHECK(outcome(judged("  from: base\n")) == "fail");
  CHECK(outcome(judged("  from: head\n")) == "pass");
}

TEST_CASE("waivers: waivable: false sees through them") {
  InputsBuilder builder("gate: v1\nscan: {types: [semgrep_scan]}\nwaivers:\n  list:\n" +
                        waiver("W-1", "{fingerprint: f}") +
                        "rules: [{id: strict, max: 0, waivable: false}, {id: plain, max: 0}]\n");
  const auto record = builder.batch(complete_batch()).finding({.fingerprint = "f"}).decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.rules.at(0).count == 1);
  CHECK(record.verdict.rules.at(1).count == 0);
}

TEST_CASE("waivers: what is not known waives nothing") {
  auto builder = with(policy_of(waiver("W-1", "{fingerprint: f, age: \"<30d\"}")));
  CHECK(outcome(builder.finding({.fingerprint = "f"})) == "fail");
  auto status = with(policy_of(waiver("W-1", "{fingerprint: f, not: {status: [open]}}")));
  CHECK(outcome(status.finding({.fingerprint = "f", .status = ""})) == "fail");
}

TEST_CASE("waivers: w of n twins waived and k active leave min(k, n - w)") {
  for (int n = 1; n <= 5; ++n) {
    for (int w = 1; w <= n; ++w) {
      for (int k = 0; k <= n; ++k) {
        std::string list;
        // The waived fingerprints are those that were not paired with triage, as far as there are such.
        for (int i = 0; i < w; ++i) {
          list += waiver("W-" + std::to_string(i), "{fingerprint: f" + std::to_string(n - 1 - i) + "}");
        }
        const auto record = twins(policy_of(list), n, n - k).decide();
        CAPTURE(n);
        CAPTURE(w);
        CAPTURE(k);
        CHECK(record.verdict.rules.at(0).count == static_cast<std::uint64_t>(std::min(k, n - w)));
        CHECK(std::is_sorted(record.verdict.rules[0].counted.begin(), record.verdict.rules[0].counted.end()));
      }
    }
  }
}

TEST_CASE("waivers: which twin is which is said where it makes a difference") {
  const auto record = twins(policy_of(waiver("W-1", "{fingerprint: f2}")), 3, 1).decide();
  CHECK(record.verdict.rules.at(0).count == 2);
  const auto& notices = record.verdict.notices;
  CHECK(
      std::find(notices.begin(), notices.end(),
                "twins: 3 findings of check in src/a.c cannot be told apart, 1 waived; at most 2 counted") !=
      notices.end());
  auto by_path = twins(
      policy_of(waiver("W-1", "{check_id: check, path: src/a.c}", "limit: 2, expires: 2026-12-15")), 3, 1);
  CHECK(outcome(by_path) == "pass");
}
