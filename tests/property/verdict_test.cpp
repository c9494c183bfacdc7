// Properties of the verdict over random inputs. The number of cases is KOLEGA_WORLDS (2,000 unless set;
// tools/verify takes 100,000), the seed KOLEGA_PROPERTY_SEED; both are printed, so that a failure can be
// repeated.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include "gate/baseline_entry.hpp"
#include "gate/explain.hpp"
#include "gate/remedy.hpp"
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
                                        "max: ratchet",
                                        "max: ratchet",
                                        "max: {critical: 1, high: 1, medium: 1, low: 1, info: 1}"};
  return random.pick(limits);
}

std::string random_scope(Random& random) {
  const std::vector<std::string> scopes{
      "", "", "", ", scope: new", ", scope: new", ", scope: changed_files", ", scope: changed_lines"};
  return random.pick(scopes);
}

std::string random_baseline(Random& random) {
  const std::vector<std::string> sources{"previous_batch", "\"file:b.json\"",
                                         "\"detected_before:2026-11-10\""};
  const std::vector<std::string> first_runs{"all_new", "learn", "incomplete"};
  return "baseline: {from: " + random.pick(sources) + ", first_run: " + random.pick(first_runs) + "}\n";
}

std::string random_waiver(Random& random, const std::string& id) {
  const std::vector<std::string> matches{"{fingerprint: [f1, f2, f3]}",
                                         "{fingerprint: f4, severity: \">=low\"}",
                                         "{path: [\"src/**\"], check_id: abc}",
                                         "{path: [\"src/a.c\"], cwe: 79, not: {severity: [info]}}",
                                         "{path: [\"lib/**\"], check_id: \"x*\", cvss: \"<5\"}",
                                         "{fingerprint: [f5, f6], age: \">10d\"}"};
  const std::vector<std::string> ends{"2026-12-31", "2027-01-01", "2026-11-22", "2026-11-23T12:00:00Z",
                                      "2027-06-01"};
  return "    - {id: " + id + ", match: " + random.pick(matches) +
         ", limit: " + std::to_string(1 + random.below(3)) + ", expires: " + random.pick(ends) + "}\n";
}

std::string random_waivers(Random& random) {
  if (random.chance(50)) return {};
  // Not with `unused: fail`: there one more finding can be what a waiver was missing.
  std::string text = "waivers:\n  require: []\n  list:\n";
  const auto count = 1 + random.below(3);
  for (std::size_t i = 0; i < count; ++i) text += random_waiver(random, "W-" + std::to_string(i));
  return text;
}

std::string candidate_policy(Random& random) {
  std::string text = "gate: v1\nscan: {types: [semgrep_scan, secrets_scan]}\n";
  if (random.chance(30)) text += "on_incomplete: {partial: warn, timeout: warn, context: warn}\n";
  if (random.chance(30)) text += "triage: {honor: [ignored]}\n";
  if (random.chance(30)) text += "exclude: [{paths: [\"test/**\"], reason: fixtures}]\n";
  if (random.chance(70)) text += random_baseline(random);
  text += random_waivers(random);
  text += "rules:\n";
  const auto count = 1 + random.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::string> modes{"block", "block", "warn", "observe"};
    text += "  - {id: r" + std::to_string(i) + ", " + random_condition(random) + random_limit(random) +
            random_scope(random) + ", mode: " + random.pick(modes) +
            (random.chance(20) ? ", waivable: false" : "") + "}\n";
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
  if (random.chance(20)) row.message = "another message";
  if (random.chance(60)) row.line = static_cast<std::uint32_t>(1 + random.below(30));
  return row;
}

/// Known findings, some under an old path or fingerprint.
BaselineEntry random_entry(Random& random) {
  const std::vector<std::string> known_paths{"src/a.c", "src/b.c", "src/old.c", "test/x.c", "lib/y.c", ""};
  BaselineEntry entry;
  entry.scan_type = random.chance(50) ? ScanType::semgrep_scan : ScanType::secrets_scan;
  entry.fingerprint = random.chance(5)    ? ""
                      : random.chance(30) ? "old" + std::to_string(random.below(6))
                                          : "f" + std::to_string(random.below(12));
  entry.path = random.pick(known_paths);
  entry.check_id = random.chance(50) ? "abc" : "xyz";
  entry.severity = all_severities[random.below(5)];
  entry.message_sha256 = gate::message_digest(random.chance(80) ? "message" : "another message");
  entry.count = 1 + random.below(2);
  if (random.chance(30)) entry.cwe = {79};
  if (random.chance(30)) entry.owasp = {"A03:2021"};
  return entry;
}

/// Each key once; the order is for canonicalise() to mend.
void add_entry(Baseline& baseline, const BaselineEntry& entry) {
  for (auto& known : baseline.entries) {
    const bool same = !gate::comes_before(known, entry) && !gate::comes_before(entry, known);
    if (!same) continue;
    ++known.count;
    return;
  }
  baseline.entries.push_back(entry);
}

Baseline random_entries(Random& random) {
  Baseline baseline{.origin = "file:b.json"};
  const auto count = random.below(8);
  for (std::size_t i = 0; i < count; ++i) add_entry(baseline, random_entry(random));
  return baseline;
}

ChangeSet random_changes(Random& random, bool renames) {
  ChangeSet changes{.origin = "git diff main...HEAD"};
  if (random.chance(50)) changes.files.push_back({.path = "lib", .kind = ChangedFile::Kind::submodule});
  if (random.chance(70)) {
    ChangedFile file{.path = "src/a.c", .lines = {{3, 9}, {20, 21}}};
    if (renames && random.chance(50)) {
      file.kind = ChangedFile::Kind::renamed;
      file.old_path = "src/old.c";
    }
    changes.files.push_back(file);
  }
  if (random.chance(40)) changes.files.push_back({.path = "src/b.c", .lines_known = random.chance(50)});
  return changes;
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
  bool twins{};
  std::optional<Baseline> baseline{};
  std::optional<gate::Absence> no_baseline{};
  std::optional<ChangeSet> changes{};
  std::string change{};  ///< the number of a merge request

  InputsBuilder build() const {
    InputsBuilder builder(policy);
    builder.inputs().baseline = baseline;
    builder.inputs().no_baseline = no_baseline;
    builder.inputs().changes = changes;
    builder.inputs().subject.change = change;
    for (const auto& batch : batches) builder.batch(batch);
    for (const auto& row : rows) {
      auto given = row;
      // Twins have one check, path and message, and details that went to one or the other.
      if (twins && row.path == "src/b.c" && !row.status.empty()) given.twin_group = 1;
      builder.finding(given);
    }
    return builder;
  }
};

World random_world(Random& random) {
  World world;
  world.policy = random_policy(random);
  world.batches = {test::complete_batch(ScanType::semgrep_scan, "b-1"),
                   test::complete_batch(ScanType::secrets_scan, "b-2")};
  for (auto& batch : world.batches) spoil(batch, random);
  world.twins = random.chance(50);
  if (random.chance(70)) {
    world.baseline = random_entries(random);
  } else if (random.chance(50)) {
    world.no_baseline = gate::Absence{.none_yet = random.chance(50), .detail = "there is none"};
  }
  if (random.chance(70)) world.changes = random_changes(random, true);
  if (random.chance(20)) world.change = "7";
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
  const auto cases = setting("KOLEGA_WORLDS", 2000);
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
    if (shuffled.baseline) {
      auto& entries = shuffled.baseline->entries;
      std::shuffle(entries.begin(), entries.end(), random.engine());
    }
    if (shuffled.changes) std::reverse(shuffled.changes->files.begin(), shuffled.changes->files.end());
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

TEST_CASE("one more waiver never worsens the verdict") {
  for_all([](const World& world, Random& random) {
    const auto before = world.build().decide().verdict.outcome;
    auto builder = world.build();
    const auto more =
        policy::parse_policy("gate: v1\nthresholds: {high: 0}\nwaivers:\n  require: []\n  list:\n" +
                                 random_waiver(random, "W-" + std::to_string(random.below(4)) + "x"),
                             "more");
    auto& waivers = builder.inputs().policy->waivers;
    if (!waivers) waivers.emplace();
    waivers->list.push_back(more.waivers->list.front());
    std::sort(waivers->list.begin(), waivers->list.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    REQUIRE(static_cast<int>(builder.decide().verdict.outcome) <= static_cast<int>(before));
  });
}

TEST_CASE("one more entry of the baseline never worsens the verdict") {
  for_all([](const World& world, Random& random) {
    if (!world.baseline) return;
    const auto before = world.build().decide();
    auto more = world;
    add_entry(*more.baseline, random_entry(random));
    const auto after = more.build().decide();
    CAPTURE(bytes(before));
    CAPTURE(bytes(after));
    REQUIRE(static_cast<int>(after.verdict.outcome) <= static_cast<int>(before.verdict.outcome));
  });
}

TEST_CASE("what a rule compares with is never taken for granted") {
  for_all([](const World& world, Random&) {
    auto blind = world;
    blind.baseline.reset();
    blind.changes.reset();
    blind.no_baseline = gate::Absence{.detail = "the file server is down"};
    const auto record = blind.build().decide();
    for (std::size_t i = 0; i < record.verdict.rules.size(); ++i) {
      const auto& rule = record.inputs.policy->rules[i];
      if (policy::needs_baseline(rule) || policy::needs_changes(rule))
        REQUIRE(record.verdict.rules[i].state == gate::RuleState::undecided);
    }
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
    // A baseline that is not there yet is no gap: first_run says what holds.
    const bool unread = !whole.no_baseline || !whole.no_baseline->none_yet;
    if (!whole.baseline && unread && world.policy.find("detected_before") == std::string::npos) {
      whole.baseline = random_entries(random);
      whole.no_baseline.reset();
    }
    // Of renames that nobody told of a finding is new, whatever is learnt later.
    if (!whole.changes) whole.changes = random_changes(random, false);
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

namespace {

/// What a way says, done by hand to the facts: without the code that found it.
gate::Inputs follow(const gate::DecisionRecord& record, const gate::Way& way,
                    const std::vector<std::uint32_t>& rows) {
  auto inputs = record.inputs;
  auto& findings = inputs.findings;
  auto& waivers = inputs.policy->waivers;
  if (waivers) {
    std::erase_if(waivers->list, [&](const auto& waiver) {
      return std::count(way.unused_waivers.begin(), way.unused_waivers.end(), waiver.id) > 0;
    });
  }
  std::map<std::string, std::uint64_t> named;
  FindingRows kept;
  for (std::uint32_t row = 0; row < findings.rows.size(); ++row) {
    Finding finding = findings.rows[row];
    const bool meant = std::count(rows.begin(), rows.end(), row) > 0;
    if (meant && way.means == gate::Means::fix) {
      auto& batch = inputs.batches[finding.batch];
      --batch.rows_received;
      batch.findings_count = *batch.findings_count - 1;
      continue;
    }
    if (meant && way.means == gate::Means::waive) ++named[finding.fingerprint.str()];
    if (meant && way.means == gate::Means::triage) {
      auto details = *finding.details;
      details.status = findings.pool->intern(name_of(inputs.policy->honor.front()));
      finding.details = findings.pool->store(details);
    }
    kept.push_back(finding);
  }
  findings.rows = std::move(kept);
  if (!named.empty() && !waivers) waivers.emplace();
  for (const auto& [fingerprint, limit] : named) {
    policy::Waiver waiver;
    waiver.id = "Y-" + fingerprint;
    waiver.match.fingerprint = {fingerprint};
    waiver.limit = limit;
    waiver.until = inputs.at + std::chrono::hours(24);
    waivers->list.push_back(std::move(waiver));
  }
  return inputs;
}

bool is_decided_by_findings(gate::Outcome outcome) {
  return outcome == gate::Outcome::fail || outcome == gate::Outcome::warn;
}

}  // namespace

TEST_CASE("every way out that is told turns the verdict as it says") {
  std::array<int, 3> told{};
  for_all([&](const World& world, Random& random) {
    auto builder = world.build();
    if (random.chance(20) && builder.inputs().policy->waivers)
      builder.inputs().policy->waivers->unused = policy::Unused::fail;
    const auto record = builder.decide();
    const auto remedy = gate::find_remedy(record);
    REQUIRE(remedy.ways.size() + remedy.closed.size() ==
            (is_decided_by_findings(record.verdict.outcome) ? 3U : 0U));
    for (const auto& way : remedy.ways) {
      CAPTURE(gate::name_of(way.means));
      CAPTURE(bytes(record));
      const auto after = gate::decide(follow(record, way, way.rows)).verdict.outcome;
      REQUIRE(gate::name_of(after) == gate::name_of(way.outcome));
      REQUIRE(static_cast<int>(after) < static_cast<int>(record.verdict.outcome));
      ++told[static_cast<std::size_t>(way.means)];
    }
    // Without findings no rule is broken: this way is always open.
    for (const auto& [means, why] : remedy.closed) REQUIRE(means != gate::Means::fix);
  });
  for (const auto count : told) CHECK(count > 20);
}

TEST_CASE("no finding is named in vain: with one of them left a rule stays broken") {
  for_all([](const World& world, Random&) {
    const auto record = world.build().decide();
    for (const auto& way : gate::find_remedy(record).ways) {
      if (way.means != gate::Means::fix || world.twins) continue;
      for (const auto row : way.rows) {
        auto rows = way.rows;
        const auto same = [&](std::uint32_t other) {
          const auto& a = record.inputs.findings.rows[row];
          const auto& b = record.inputs.findings.rows[other];
          return row == other ||
                 (!a.fingerprint.empty() && a.fingerprint == b.fingerprint && a.scan_type == b.scan_type);
        };
        std::erase_if(rows, same);
        CAPTURE(row);
        CAPTURE(bytes(record));
        const auto left = gate::decide(follow(record, way, rows));
        CAPTURE(bytes(left));
        REQUIRE(left.verdict.outcome == record.verdict.outcome);
      }
    }
  });
}

TEST_CASE("the limit that is said to hold does, and one less does not") {
  for_all([](const World& world, Random&) {
    const auto record = world.build().decide();
    for (const auto& excess : gate::find_remedy(record).rules) {
      if (!excess.limit) continue;
      auto inputs = record.inputs;
      auto& limit = inputs.policy->rules[excess.rule].limit;
      limit = *excess.limit;
      REQUIRE(gate::decide(inputs).verdict.rules[excess.rule].state != gate::RuleState::broken);
      if (auto* most = std::get_if<policy::MaxCount>(&limit)) {
        --most->count;
        REQUIRE(gate::decide(inputs).verdict.rules[excess.rule].state == gate::RuleState::broken);
      }
    }
  });
}

TEST_CASE("what is said of a finding is what the rules did, and always has a reason") {
  for_all([](const World& world, Random&) {
    const auto record = world.build().decide();
    for (std::uint32_t row = 0; row < record.inputs.findings.rows.size(); ++row) {
      const auto answer = gate::explain_finding(record, row);
      for (const auto& rule : answer.rules) {
        const auto& counted = record.verdict.rules[rule.rule].counted;
        const bool counts = std::binary_search(counted.begin(), counted.end(), row);
        CAPTURE(row);
        REQUIRE((rule.answer == gate::Answer::counted) == counts);
        if (!counts) REQUIRE_FALSE(rule.why.empty());
        if (rule.answer == gate::Answer::may_count) REQUIRE(record.verdict.rules[rule.rule].unseen > 0);
      }
      for (const auto& waiver : answer.waivers) REQUIRE(waiver.took_it == waiver.why.empty());
    }
  });
}
