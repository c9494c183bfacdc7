// The baseline that an earlier batch makes, against the sandbox behind a server that can spoil its answers.
#include <doctest/doctest.h>

#include <set>

#include "base/text.hpp"
#include "cli/api_world.hpp"
#include "sandbox/rig.hpp"

using namespace kolega;
using test::contains;

namespace {

/// Scans of the past, each with one finding more than the one before: the first has one.
struct Past {
  test::TempDir dir{};
  test::SandboxRig rig{test::one_repository(dir.path(), "cat " + dir.file("found.sarif"))};
  test::ApiWorld api{};
  std::vector<std::string> ids{};
  std::set<std::string> spoilt{};  ///< batches of which one scan failed
  std::string unreadable{};        ///< the batch whose results nobody can read
  bool no_list{};                  ///< the list of batches cannot be read

  explicit Past(int scans) {
    api.environment = {{"KOLEGA_TOKEN", test::rig_token}};
    api.serve([this](const net::ServerRequest& request) { return answer(request); });
    std::vector<test::SarifRow> rows;
    for (int i = 0; i < scans; ++i) {
      rows.push_back({.rule = "r" + std::to_string(i), .path = "a.c", .line = i + 1, .message = "m"});
      dir.write("found.sarif", test::sarif(rows));
      const auto path = rig.scan("acme", "semgrep_scan");
      ids.push_back(path.substr(path.rfind('/') + 1));
    }
  }
  std::optional<std::string> answer(const net::ServerRequest& request) {
    if (no_list && request.target.find("/scans?") != std::string::npos) return "no list";
    if (!unreadable.empty() && request.target.ends_with(unreadable + "/results")) return "no results";
    auto answer = rig.sandbox().handle(request);
    if (answer.status != 200) return std::nullopt;
    for (const auto& id : spoilt) {
      const auto at = answer.body.find("\"scans_failed\":0");
      if (request.target.ends_with(id + "/progress") && at != std::string::npos)
        answer.body.replace(at, 16, "\"scans_failed\":1");
    }
    return answer.body;
  }
  /// Judges the scan of this number.
  test::CliResult judge(std::size_t number, const std::string& first_run = "all_new",
                        const std::string& from = "previous_batch") {
    dir.write("policy.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nbaseline: {from: \"" + from +
                                 "\", first_run: " + first_run + "}\nrules: [{id: fresh, scope: new}]\n");
    return api.run(
        {"run", "--repository", "acme", "--scan-id", ids.at(number), "--policy", dir.file("policy.yaml")});
  }
};

void check(const test::CliResult& result, int code, const std::string& phrase) {
  INFO(result.err);
  CHECK(result.code == code);
  CHECK(contains(collapse_white_space(result.err), phrase));  // the table folds its lines
}

}  // namespace

TEST_CASE("previous_batch: the newest earlier complete batch of the repository and type, never a later one") {
  Past past(3);
  check(past.judge(2), 1, "1 new");
  check(past.judge(1), 1, "1 new");
  check(past.judge(0), 1, "there is no earlier complete batch");
}

TEST_CASE("previous_batch: a batch that is incomplete never serves; the one before it does") {
  Past past(3);
  past.spoilt = {past.ids[1]};
  const auto result = past.judge(2);
  check(result, 1, "2 new");
  CHECK(contains(result.err, "batch " + past.ids[1]));
  CHECK(contains(collapse_white_space(result.err), "is passed over"));
}

TEST_CASE("previous_batch: no earlier batch is complete: first_run says what holds") {
  Past past(2);
  past.spoilt = {past.ids[0]};
  check(past.judge(1, "all_new"), 1, "every finding counts as new");
  check(past.judge(1, "incomplete"), 6, "there is no earlier complete batch");
  check(past.judge(1, "learn"), 0, "NOTHING COUNTS AS NEW");
}

TEST_CASE("previous_batch: looking back is bounded, and then nothing is learnt") {
  Past past(7);
  for (std::size_t i = 1; i < 6; ++i) past.spoilt.insert(past.ids[i]);
  check(past.judge(6, "learn"), 6, "none of the last 5 batches of semgrep_scan is complete");
}

TEST_CASE("previous_batch: an API that does not answer is no first run") {
  Past past(2);
  past.no_list = true;
  check(past.judge(1, "learn"), 5, "the baseline is not known");
}

TEST_CASE("previous_batch: a batch that cannot be read may be the one: neither a first run nor an older one serves") {
  for (const auto* first_run : {"learn", "all_new"}) {
    Past past(3);
    past.unreadable = past.ids[1];
    check(past.judge(2, first_run), 5, "batch " + past.ids[1]);
    past.unreadable = past.ids[0];
    check(past.judge(1, first_run), 5, "batch " + past.ids[0]);
  }
}

TEST_CASE("batch:<id>: this batch and no other, when it is complete") {
  Past past(3);
  check(past.judge(2, "all_new", "batch:" + past.ids[0]), 1, "2 new");
  past.spoilt = {past.ids[0]};
  check(past.judge(2, "learn", "batch:" + past.ids[0]), 6, "cannot be a baseline");
}
