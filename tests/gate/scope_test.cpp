// Baselines and ratchets as docs/policy.md and the language define them, one sentence a test.
#include "gate/scope_world.hpp"

#include "base/error.hpp"
#include "gate/phrases.hpp"

using namespace kolega;
using namespace kolega::test::scope;
using test::complete_batch;
using test::InputsBuilder;
using test::Row;

TEST_CASE("new: a fingerprint that the baseline does not hold, in its file and scan type") {
  const auto count = [](std::vector<BaselineEntry> entries) {
    return rule_of(
               judge(policy_with(nothing_new), {{.fingerprint = "f1"}}, baseline_with(std::move(entries))))
        .count;
  };
  CHECK(count({}) == 1);
  CHECK(count({entry("f2", "src/a.c", "other")}) == 1);
  CHECK_MESSAGE(count({entry("f1", "src/b.c", "other")}) == 1, "another file's finding is not swallowed");
  auto of_another_scan = entry("f1");
  of_another_scan.scan_type = ScanType::secrets_scan;
  CHECK(count({of_another_scan}) == 1);
  CHECK(count({entry("f1")}) == 0);
}

TEST_CASE("new: paths are compared folded") {
  const auto record = judge(policy_with(nothing_new), {{.fingerprint = "f1", .path = ".\\src\\a.c"}},
                            baseline_with({entry("f1")}));
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.findings.at(0).is_new == false);
}

TEST_CASE("new: a baseline entry never absorbs more findings than it recorded") {
  auto two = entry("");
  two.count = 2;
  const auto count = [&](const std::vector<Row>& rows) {
    return rule_of(judge(policy_with(nothing_new), rows, baseline_with({two}))).count;
  };
  const Row nameless{};
  CHECK(count({nameless, nameless}) == 0);
  CHECK(count({nameless, nameless, nameless}) == 1);
  CHECK_MESSAGE(count({{.check_id = "other"}}) == 1, "another check's finding is not swallowed");
  CHECK_MESSAGE(count({{.message = "other"}}) == 1, "another message's finding is not swallowed");
  const auto record =
      judge(policy_with(nothing_new), {{.severity = "critical"}, {.severity = "low"}, {.severity = "low"}},
            baseline_with({two}));
  CHECK_MESSAGE(rule_of(record).by_severity[index_of(Severity::critical)] == 1,
                "the most severe is the new one");
}

TEST_CASE("new: a rename named in the diff carries an entry to the new path") {
  const auto moved = [](ChangedFile::Kind kind) {
    return judge(policy_with(nothing_new), {{.fingerprint = "f1", .path = "src/new.c", .message = "edited"}},
                 baseline_with({entry("f1", "src/old.c")}),
                 changes_with({{.path = "src/new.c", .old_path = "src/old.c", .kind = kind}}));
  };
  CHECK(moved(ChangedFile::Kind::renamed).verdict.outcome == Outcome::pass);
  CHECK(says(moved(ChangedFile::Kind::renamed), "1 finding known from before a rename"));
  CHECK_MESSAGE(moved(ChangedFile::Kind::copied).verdict.outcome == Outcome::fail, "a copy is a new finding");
  CHECK_MESSAGE(
      judge(policy_with(nothing_new), {{.fingerprint = "f1", .path = "src/new.c", .message = "edited"}},
            baseline_with({entry("f1", "src/old.c")}))
              .verdict.outcome == Outcome::fail,
      "without a diff nothing is known of a rename");
}

TEST_CASE("new: a rename carries no entry whose finding is still where it was") {
  const auto record = judge(
      policy_with(nothing_new),
      {{.fingerprint = "f1", .path = "src/old.c"}, {.fingerprint = "f1", .path = "src/new.c"}},
      baseline_with({entry("f1", "src/old.c")}),
      changes_with({{.path = "src/new.c", .old_path = "src/old.c", .kind = ChangedFile::Kind::renamed}}));
  CHECK(rule_of(record).count == 1);
}

TEST_CASE("new: a renamed file with changed fingerprints is followed by check and message") {
  const auto record = judge(
      policy_with(nothing_new), {{.fingerprint = "f9", .path = "src/new.c"}},
      baseline_with({entry("f1", "src/old.c")}),
      changes_with({{.path = "src/new.c", .old_path = "src/old.c", .kind = ChangedFile::Kind::renamed}}));
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(record.verdict.comparison->renamed == 1);
  CHECK(record.verdict.comparison->rekeyed == 0);
}

TEST_CASE("new: a changed fingerprint is re-keyed when exactly one candidate is left, and said") {
  const auto record =
      judge(policy_with(nothing_new), {{.fingerprint = "v2:f1"}}, baseline_with({entry("f1")}));
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(says(record, "1 finding known by check, path and message"));
  CHECK(record.verdict.comparison->rekeyed == 1);

  const auto two = judge(policy_with(nothing_new), {{.fingerprint = "v2:f1"}, {.fingerprint = "v2:f2"}},
                         baseline_with({entry("f1")}));
  CHECK_MESSAGE(rule_of(two).count == 2, "nobody can say which of two is the old one");
  const auto other = [](const Row& row) {
    return judge(policy_with(nothing_new), {row}, baseline_with({entry("f1")})).verdict.outcome;
  };
  CHECK(other({.fingerprint = "v2:f1", .check_id = "other"}) == Outcome::fail);
  CHECK(other({.fingerprint = "v2:f1", .path = "src/b.c"}) == Outcome::fail);
  CHECK(other({.fingerprint = "v2:f1", .message = "other"}) == Outcome::fail);
  const auto used = judge(policy_with(nothing_new), {{.fingerprint = "f1"}, {.fingerprint = "v2:f1"}},
                          baseline_with({entry("f1")}));
  CHECK_MESSAGE(rule_of(used).count == 1, "an entry whose finding is there is no candidate");
}

TEST_CASE("new: rows of one finding are new or known together") {
  const auto record =
      judge(policy_with(nothing_new),
            {{.fingerprint = "f1", .severity = "low"}, {.fingerprint = "f1", .severity = "high"}},
            baseline_with({entry("f1")}));
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(rule_of(judge(policy_with(nothing_new),
                      {{.fingerprint = "f1", .severity = "low"}, {.fingerprint = "f1", .severity = "high"}},
                      baseline_with({})))
            .count == 1);
}

TEST_CASE("first_run: all_new counts every finding as new, and says so") {
  auto builder = world(policy_with(nothing_new), {{.fingerprint = "f1"}});
  builder.inputs().no_baseline = {.none_yet = true, .detail = "file b.json does not exist"};
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(says(record, "first run: file b.json does not exist, so every finding counts as new"));
  CHECK(record.verdict.findings.at(0).is_new == true);
}

TEST_CASE("first_run: learn passes as nothing new, and says so loudly") {
  auto builder = world(policy_with(nothing_new, "learn"), {{.fingerprint = "f1"}});
  builder.inputs().no_baseline = {.none_yet = true, .detail = "file b.json does not exist"};
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(says(record, "NOTHING COUNTS AS NEW"));
  CHECK_FALSE(record.verdict.findings.at(0).is_new);
}

TEST_CASE("first_run: learn in a merge request is context incomplete") {
  auto builder = world(policy_with(nothing_new, "learn"), {{.fingerprint = "f1"}});
  builder.inputs().no_baseline = {
      .none_yet = true, .detail = "file b.json does not exist", .hint = "write it on the target branch"};
  builder.inputs().subject.change = "7";
  const auto missing = missing_of(builder.decide());
  CHECK(missing.cause == Cause::context);
  CHECK(missing.detail ==
        "rule r: the baseline is not known: file b.json does not exist; a first run cannot learn in a merge "
        "request");
}

TEST_CASE("first_run: incomplete is context incomplete, whatever was found") {
  for (const auto& rows : {std::vector<Row>{}, std::vector<Row>{{.fingerprint = "f1"}}}) {
    auto builder = world(policy_with(nothing_new, "incomplete"), rows);
    builder.inputs().no_baseline = {.none_yet = true, .detail = "there is none", .hint = "write it"};
    CHECK(missing_of(builder.decide()).cause == Cause::context);
  }
}

TEST_CASE("baseline: one that could not be read is never a first run") {
  for (const std::string first_run : {"all_new", "learn", "incomplete"}) {
    auto builder = world(policy_with(nothing_new, first_run), {{.fingerprint = "f1"}});
    builder.inputs().no_baseline = {.cause = Cause::api, .detail = "the API is down", .hint = "try again"};
    const auto record = builder.decide();
    CHECK(missing_of(record).cause == Cause::api);
    CHECK(rule_of(record).unseen == 1);
  }
}

TEST_CASE("baseline: none given at all is context incomplete with the remedy") {
  const auto missing = missing_of(judge(policy_with(nothing_new), {{.fingerprint = "f1"}}, std::nullopt));
  CHECK(missing.hint == "give one with --baseline FILE");
}

TEST_CASE("baseline: one that was made of an incomplete scan is not compared with") {
  auto baseline = baseline_with({entry("f1")});
  baseline.complete = false;
  CHECK(missing_of(judge(policy_with(nothing_new), {{.fingerprint = "f1"}}, baseline)).cause ==
        Cause::context);
}

TEST_CASE("baseline: rules that do not compare stand without it") {
  const auto record = judge(policy_with("{id: a, when: {severity: [high]}}, " + nothing_new),
                            {{.fingerprint = "f1"}}, std::nullopt);
  CHECK(record.verdict.outcome == Outcome::fail);
  CHECK(record.verdict.rules.at(0).state == RuleState::broken);
  CHECK(record.verdict.rules.at(1).state == RuleState::undecided);
}

TEST_CASE("detected_before: first detected that day or later is new, as is what nobody knows") {
  const auto policy = policy_with(nothing_new, "all_new", "detected_before:2026-11-20");
  const auto outcome = [&](const std::string& first) {
    return judge(policy, {{.fingerprint = "f1", .first_detected_at = first}}, std::nullopt).verdict.outcome;
  };
  CHECK(outcome("2026-11-19T23:59:59Z") == Outcome::pass);
  CHECK(outcome("2026-11-20T00:00:00Z") == Outcome::fail);
  CHECK_MESSAGE(outcome("") == Outcome::fail, "no first_detected_at counts as new");
  CHECK(judge(policy, {{.fingerprint = "f1", .status = ""}}, std::nullopt).verdict.outcome == Outcome::fail);
}

TEST_CASE("detected_before: without the finding list of the batch it is context incomplete") {
  InputsBuilder builder(policy_with(nothing_new, "all_new", "detected_before:2026-11-20"));
  auto batch = complete_batch();
  batch.details_read = false;
  batch.details_error = "HTTP 500";
  builder.batch(batch).finding({.fingerprint = "f1", .status = ""});
  const auto record = builder.decide();
  CHECK(record.verdict.outcome == Outcome::incomplete);
  CHECK(record.verdict.incomplete.at(0).detail ==
        "rule r: the first detection of 1 finding is not known (HTTP 500)");
}

TEST_CASE("detected_before: a baseline given by hand takes its place") {
  const auto policy = policy_with(nothing_new, "all_new", "detected_before:2026-11-20");
  CHECK(judge(policy, {{.fingerprint = "f1"}}, baseline_with({entry("f1")})).verdict.outcome ==
        Outcome::pass);
}

TEST_CASE("ratchet: as many as the baseline holds, of those that the same `when` matches") {
  auto low = entry("l");
  low.severity = Severity::low;
  auto info = entry("i");
  info.severity = Severity::info;
  const auto baseline = baseline_with({entry("f1"), low, info});
  const auto outcome = [&](std::size_t findings) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < findings; ++i) rows.push_back({.fingerprint = "n" + std::to_string(i)});
    return judge(policy_with(ratchet), rows, baseline).verdict.outcome;
  };
  CHECK(outcome(2) == Outcome::pass);
  CHECK(outcome(3) == Outcome::fail);
}

TEST_CASE("ratchet: counts of entries count") {
  auto five = entry("");
  five.count = 5;
  const auto record = judge(policy_with(ratchet), {}, baseline_with({five, entry("f1")}));
  CHECK(rule_of(record).ratchet == 6);
  CHECK(gate::describe_limit(record.inputs.policy->rules[0], rule_of(record)) ==
        "at most 6, as the baseline");
}

TEST_CASE("ratchet: entries of scan types that are not judged do not widen it") {
  auto secret = entry("s");
  secret.scan_type = ScanType::secrets_scan;
  CHECK(rule_of(judge(policy_with(ratchet), {}, baseline_with({secret}))).ratchet == 0);
}

TEST_CASE("ratchet: asks cwe, owasp, check, path, scan type and fingerprint of an entry") {
  auto tagged = entry("f1", "src/x/a.c", "py.sqli");
  tagged.cwe = {79, 89};
  tagged.owasp = {"A03:2021"};
  const auto limit = [&](const std::string& when) {
    return rule_of(
               judge(policy_with("{id: r, when: {" + when + "}, max: ratchet}"), {}, baseline_with({tagged})))
        .ratchet;
  };
  CHECK(limit("cwe: 89") == 1);
  CHECK(limit("cwe: 90") == 0);
  CHECK(limit("owasp: A03") == 1);
  CHECK(limit("owasp: A04") == 0);
  CHECK(limit("check_id: \"py.*\"") == 1);
  CHECK(limit("path: [\"src/**\", \"!src/x/**\"]") == 0);
  CHECK(limit("fingerprint: f1") == 1);
  CHECK(limit("not: {severity: [high]}") == 0);
}

TEST_CASE("ratchet: fewer than the baseline is kept and printed as can be tightened, on complete data only") {
  const auto baseline = baseline_with({entry("f1"), entry("f2")});
  const auto record = judge(policy_with(ratchet), {{.fingerprint = "f1"}}, baseline);
  CHECK(record.verdict.outcome == Outcome::pass);
  CHECK(says(record, "rule r: 1 finding, the baseline holds 2: it can be tightened"));
  InputsBuilder partial(policy_with(ratchet));
  auto batch = complete_batch();
  batch.status = batch.results_status = "partial_failure";
  partial.batch(batch);
  partial.inputs().baseline = baseline;
  CHECK_FALSE(says(partial.decide(), "tightened"));
  CHECK_FALSE(says(judge(policy_with(ratchet), {{.fingerprint = "f1"}, {.fingerprint = "f2"}}, baseline),
                   "tightened"));
}

TEST_CASE("ratchet: a first run allows none, learns, or is incomplete") {
  const auto first = [](const std::string& word) {
    auto builder = world(policy_with(ratchet, word), {{.fingerprint = "f1"}});
    builder.inputs().no_baseline = {.none_yet = true, .detail = "there is none", .hint = "write it"};
    return builder.decide();
  };
  CHECK(first("all_new").verdict.outcome == Outcome::fail);
  CHECK(rule_of(first("all_new")).ratchet == 0);
  CHECK(first("learn").verdict.outcome == Outcome::pass);
  CHECK(says(first("learn"), "no ratchet holds"));
  CHECK(missing_of(first("incomplete")).cause == Cause::context);
}

TEST_CASE("ratchet: a breach is final on partial data") {
  InputsBuilder partial(policy_with(ratchet));
  auto batch = complete_batch();
  batch.status = batch.results_status = "partial_failure";
  partial.batch(batch).finding({.fingerprint = "f1"});
  partial.inputs().baseline = baseline_with({});
  CHECK(partial.decide().verdict.outcome == Outcome::fail);
}

TEST_CASE("twins: of n fingerprints with w in the baseline and k active, min(k, n - w) count as new") {
  for (std::uint64_t n = 1; n <= 6; ++n) {
    for (std::uint64_t k = 0; k <= n; ++k) {
      for (std::uint64_t w = 0; w <= n; ++w) {
        std::vector<Row> rows;
        std::vector<BaselineEntry> known;
        for (std::uint64_t i = 0; i < n; ++i) {
          const auto fingerprint = "f" + std::to_string(i);
          rows.push_back({.fingerprint = fingerprint, .status = i < k ? "open" : "ignored", .twin_group = 1});
          // From the front: those that the pairing gave to the active ones.
          if (i < w) known.push_back(entry(fingerprint, "src/a.c", "check", "before"));
        }
        CAPTURE(n);
        CAPTURE(k);
        CAPTURE(w);
        const auto record = judge(policy_with(nothing_new), rows, baseline_with(known));
        CHECK(rule_of(record).count == std::min(k, n - w));
        CHECK(rule_of(record).by_severity[index_of(Severity::high)] == std::min(k, n - w));
      }
    }
  }
}

TEST_CASE("twins: waived and known fingerprints are taken out together, and said") {
  const auto policy = policy_with(nothing_new) +
                      "waivers: {require: [], list: [{id: W-1, match: {fingerprint: [f0, f1]}, limit: 2}]}\n";
  const std::vector<Row> rows{{.fingerprint = "f0", .status = "open", .twin_group = 1},
                              {.fingerprint = "f1", .status = "open", .twin_group = 1},
                              {.fingerprint = "f2", .status = "ignored", .twin_group = 1}};
  const auto record = judge(policy, rows, baseline_with({entry("f1", "src/a.c", "check", "before")}));
  CHECK(rule_of(record).count == 1);
  CHECK(says(record, "2 waived, 1 in the baseline; at most 1 counted"));
}

TEST_CASE(
    "twins: a waived fingerprint does not make new what nobody can compare, or what is older than the date") {
  const std::string waivers = "waivers: {require: [], list: [{id: W-1, match: {fingerprint: f0}}]}\n";
  const std::vector<Row> rows{
      {.fingerprint = "f0", .first_detected_at = "2026-11-01T00:00:00Z", .twin_group = 1},
      {.fingerprint = "f1",
       .status = "ignored",
       .first_detected_at = "2026-11-01T00:00:00Z",
       .twin_group = 1}};
  const auto blind = judge(policy_with(nothing_new) + waivers, rows, std::nullopt);
  CHECK(rule_of(blind).state == RuleState::undecided);
  CHECK(rule_of(blind).count == 0);
  const auto dated = policy_with(nothing_new, "all_new", "detected_before:2026-11-20") + waivers;
  CHECK(judge(dated, rows, std::nullopt).verdict.outcome == Outcome::pass);
  auto learning = world(policy_with(nothing_new, "learn") + waivers, rows);
  learning.inputs().no_baseline = {.none_yet = true, .detail = "there is none"};
  CHECK(learning.decide().verdict.outcome == Outcome::pass);
}

TEST_CASE("comparison: what is new, known and gone is counted of active findings") {
  const auto record = judge(policy_with(nothing_new),
                            {{.fingerprint = "f1"},
                             {.fingerprint = "f2", .severity = "low"},
                             {.fingerprint = "f3", .status = "ignored"}},
                            baseline_with({entry("f1"), entry("f3"), entry("f4", "src/z.c")}));
  REQUIRE(record.verdict.comparison);
  const auto& comparison = *record.verdict.comparison;
  CHECK(comparison.baseline == 3);
  CHECK(comparison.fresh == 1);
  CHECK(comparison.fresh_by_severity[index_of(Severity::low)] == 1);
  CHECK(comparison.known == 1);
  CHECK_MESSAGE(comparison.gone == 1, "a triaged finding is still there");
}
