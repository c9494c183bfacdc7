// Properties of the verdict over random inputs. The number of cases is KOLEGA_PROPERTY_CASES (2,000 unless
// set), the seed KOLEGA_PROPERTY_SEED; both are printed, so that a failure can be repeated.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <sstream>

#include "support/inputs.hpp"

using namespace kolega;
using test::InputsBuilder;
using test::Row;

namespace {

long setting(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

const std::vector<std::string> severities{"critical", "high", "medium", "low", "info", "HIGH ", "odd", ""};
const std::vector<std::string> paths{"src/a.c", "./src/a.c", "src/b.c", "test/x.c", "lib\\y.c", ""};
const std::vector<std::string> statuses{
    "open", "ignored", "false_positive", "resolved", "needs_manual_review", "snoozed", ""};

std::string random_condition(Random& random) {
  const std::vector<std::string> conditions{"",
                                            "when: {severity: \">=high\"}, ",
                                            "when: {severity: [low, medium]}, ",
                                            "when: {path: [\"src/**\"]}, ",
                                            "when: {status: [open]}, ",
                                            "when: {not: {status: [resolved]}}, ",
                                            "when: {cwe: [79]}, ",
                                            "when: {cvss: \">=7.0\"}, ",
                                            "when: {cvss: \"<7.0\"}, on_missing: incomplete, ",
                                            "when: {category: [inj]}, on_missing: match, ",
                                            "when: {not: {age: \">10d\"}}, ",
                                            "when: {any: [{fingerprint: [f1, f2]}, {age: \">10d\"}]}, ",
                                            "when: {scan_type: [secrets_scan]}, ",
                                            "when: {any: [{owasp: [A03]}, {check_id: [\"a*\"]}]}, ",
                                            "when: {not: {severity: [critical]}}, "};
  return random.pick(conditions);
}

std::string random_limit(Random& random) {
  const std::vector<std::string> limits{"max: 0",
                                        "max: 1",
                                        "max: 3",
                                        "max: {high: 0}",
                                        "max_age: {high: 1d, low: 20d}",
                                        "max: {critical: 0, medium: 2}",
                                        "max: {critical: 1, high: 1, medium: 1, low: 1, info: 1}"};
  return random.pick(limits);
}

std::string candidate_policy(Random& random) {
  std::string text = "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\n";
  if (random.chance(30)) text += "on_incomplete: {partial: warn, timeout: warn, context: warn}\n";
  if (random.chance(30)) text += "triage: {honor: [ignored]}\n";
  if (random.chance(30)) text += "exclude: [{paths: [\"test/**\"], reason: fixtures}]\n";
  text += "rules:\n";
  const auto count = 1 + random.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::string> modes{"block", "block", "warn", "observe"};
    text += "  - {id: r" + std::to_string(i) + ", " + random_condition(random) + random_limit(random) +
            ", mode: " + random.pick(modes) + (random.chance(20) ? ", waivable: false" : "") + "}\n";
  }
  return text;
}

/// The linter refuses combinations such as a limit that no finding of the condition can reach.
std::string random_policy(Random& random) {
  while (true) {
    auto text = candidate_policy(random);
    if (policy::lint(text, "policy.yaml").policy) return text;
  }
}

Row random_row(Random& random) {
  Row row;
  row.fingerprint = random.chance(5) ? "" : "f" + std::to_string(random.below(12));
  row.severity = random.pick(severities);
  row.path = random.pick(paths);
  row.check_id = random.chance(50) ? "abc" : "xyz";
  row.status = random.pick(statuses);
  if (random.chance(30)) row.cwe = {"CWE-79"};
  if (random.chance(30)) row.owasp = {"A03:2021"};
  if (random.chance(50)) row.cvss = static_cast<double>(random.below(101)) / 10;
  if (random.chance(50)) row.category = random.chance(50) ? "inj" : "other";
  if (random.chance(70))
    row.first_detected_at = random.chance(50) ? "2026-11-01T00:00:00Z" : "2026-11-22T00:00:00Z";
  row.batch = static_cast<std::uint16_t>(random.below(2));
  return row;
}

void spoil(ScanBatch& batch, Random& random) {
  switch (random.below(5)) {
    case 0:
      batch.status = batch.results_status = "partial_failure";
      return;
    case 1:
      batch.ending = BatchEnding::timeout;
      return;
    case 2:
      batch.scans_failed = 1;
      return;
    default:
      return;
  }
}

struct World {
  std::string policy{};
  std::vector<ScanBatch> batches{};
  std::vector<Row> rows{};

  InputsBuilder build() const {
    InputsBuilder builder(policy);
    for (const auto& batch : batches) builder.batch(batch);
    for (const auto& row : rows) builder.finding(row);
    return builder;
  }
};

World random_world(Random& random) {
  World world;
  world.policy = random_policy(random);
  world.batches = {test::complete_batch(ScanType::semgrep_scan, "b-1"),
                   test::complete_batch(ScanType::secrets_scan, "b-2")};
  for (auto& batch : world.batches) spoil(batch, random);
  const auto count = random.below(10);
  for (std::size_t i = 0; i < count; ++i) world.rows.push_back(random_row(random));
  return world;
}

std::string bytes(const gate::DecisionRecord& record) {
  std::ostringstream out;
  gate::write_record(record, out);
  return out.str();
}

template <class Property>
void for_all(Property property) {
  const auto cases = setting("KOLEGA_PROPERTY_CASES", 2000);
  const auto seed = static_cast<std::uint64_t>(setting("KOLEGA_PROPERTY_SEED", 20261123));
  MESSAGE("cases: " << cases << ", seed: " << seed);
  for (long i = 0; i < cases; ++i) {
    Random random(seed + static_cast<std::uint64_t>(i));
    const auto world = random_world(random);
    CAPTURE(i);
    CAPTURE(world.policy);
    property(world, random);
  }
}

}  // namespace

TEST_CASE("order of findings does not matter") {
  for_all([](const World& world, Random& random) {
    auto shuffled = world;
    std::shuffle(shuffled.rows.begin(), shuffled.rows.end(), random.engine());
    REQUIRE(bytes(world.build().decide()) == bytes(shuffled.build().decide()));
  });
}

TEST_CASE("order of rules does not matter for the outcome") {
  for_all([](const World& world, Random&) {
    auto builder = world.build();
    const auto before = builder.decide().verdict.outcome;
    auto& rules = builder.inputs().policy->rules;
    std::reverse(rules.begin(), rules.end());
    REQUIRE(builder.decide().verdict.outcome == before);
  });
}

TEST_CASE("one more finding never improves the verdict") {
  for_all([](const World& world, Random& random) {
    auto more = world;
    more.rows.push_back(random_row(random));
    const auto before = world.build().decide().verdict.outcome;
    const auto after = more.build().decide().verdict.outcome;
    CAPTURE(bytes(more.build().decide()));
    REQUIRE(static_cast<int>(after) >= static_cast<int>(before));
  });
}

TEST_CASE("a fail on partial data stays a fail on complete data") {
  for_all([](const World& world, Random& random) {
    // `on_missing: match` counts what is not known on purpose, so that learning it may clear a finding.
    if (world.policy.find("on_missing: match") != std::string::npos) return;
    if (world.build().decide().verdict.outcome != gate::Outcome::fail) return;
    auto whole = world;
    whole.batches = {test::complete_batch(ScanType::semgrep_scan, "b-1"),
                     test::complete_batch(ScanType::secrets_scan, "b-2")};
    whole.rows.push_back(random_row(random));
    // What was not known becomes known, whatever it turns out to be.
    for (auto& row : whole.rows) {
      if (!row.status.empty()) continue;
      row.status = random.chance(50) ? "open" : "resolved";
      // What stands in for a missing score or age goes on standing in for it.
      row.cvss.reset();
      row.first_detected_at.clear();
    }
    REQUIRE(whole.build().decide().verdict.outcome == gate::Outcome::fail);
  });
}

TEST_CASE("a pass needs every batch complete") {
  for_all([](const World& world, Random&) {
    const auto verdict = world.build().decide().verdict;
    const bool whole = std::all_of(verdict.batches.begin(), verdict.batches.end(),
                                   [](const auto& batch) { return batch.grade == gate::Grade::complete; });
    if (verdict.outcome == gate::Outcome::pass || verdict.outcome == gate::Outcome::warn) REQUIRE(whole);
  });
}

TEST_CASE("replaying a record gives the same bytes") {
  for_all([](const World& world, Random&) {
    const auto text = bytes(world.build().decide());
    REQUIRE(text == bytes(gate::decide(gate::read_record(text, "record"))));
  });
}
