#include "fleet/sarif_parts.hpp"

#include <doctest/doctest.h>

#include <set>

#include "base/json.hpp"
#include "fleet/fleets.hpp"

using namespace kolega;

namespace {

struct Whole {
  std::size_t results{};
  std::size_t most_runs{};
  std::size_t most_results{};
  std::size_t most_bytes{};
  std::multiset<std::string> categories{};
};

Whole read(const std::vector<std::string>& files) {
  Whole out;
  for (const auto& file : files) {
    const auto text = test::slurp(file);
    out.most_bytes = std::max(out.most_bytes, text.size());
    const auto document = parse_json(text, file, ErrorKind::input);
    const auto runs = JsonView(document, file, ErrorKind::input).require("runs").items();
    out.most_runs = std::max(out.most_runs, runs.size());
    for (const auto& run : runs) {
      const auto results = run.require("results").items().size();
      out.results += results;
      out.most_results = std::max(out.most_results, results);
      out.categories.emplace(run.require("automationDetails").require_string("id"));
    }
  }
  return out;
}

std::size_t expected_results() {
  std::size_t count = 0;
  for (const auto& judged : test::sample_fleet_records())
    count += report::sarif_rows(judged.record, report::SarifProfile::generic).size();
  return count;
}

}  // namespace

TEST_CASE("the parts together hold every result, each within the limits") {
  const test::TempDir dir;
  test::write_shard(dir.file("out"), {});
  const auto fleet = fleet::merge_folders({dir.file("out")});
  const auto summary = fleet::summarise(fleet, cli::stricter);
  const auto path = dir.file("fleet.sarif");
  struct Case {
    fleet::SarifLimits limits{};
    std::size_t least_files{};
  };
  for (const auto& [limits, least] : std::vector<Case>{
           {{}, 1}, {{.runs = 3}, 4}, {{.results = 2}, 1}, {{.runs = 1, .results = 1}, 10}, {{.bytes = 40'000}, 3}}) {
    const auto files = fleet::write_sarif_parts(fleet, summary, path, report::SarifProfile::generic, limits);
    CHECK(files.size() >= least);
    const auto whole = read(files);
    CHECK(whole.results == expected_results());
    CHECK(whole.most_runs <= limits.runs);
    CHECK(whole.most_results <= limits.results);
    CHECK(whole.most_bytes <= limits.bytes);
    CHECK(std::set(whole.categories.begin(), whole.categories.end()).size() == whole.categories.size());
    CHECK(!std::filesystem::exists(fleet::part_path(path, files.size() + 1)));
  }
}

TEST_CASE("a repository without a record is told in the fleet's own run") {
  const test::TempDir dir;
  test::write_shard(dir.file("out"), {});
  const auto fleet = fleet::merge_folders({dir.file("out")});
  const auto files = fleet::write_sarif_parts(fleet, fleet::summarise(fleet, cli::stricter), dir.file("f.sarif"),
                                              report::SarifProfile::generic);
  const auto document = parse_json(test::slurp(files.front()), "f", ErrorKind::input);
  const auto run = JsonView(document, "f", ErrorKind::input).require("runs").items().front();
  const auto invocation = run.require("invocations").items().front();
  CHECK(!invocation.require_boolean("executionSuccessful"));
  CHECK(invocation.require("toolExecutionNotifications").items().size() == 3);
}

TEST_CASE("a part is named before the ending") {
  CHECK(fleet::part_path("out/fleet.sarif", 2) == "out/fleet.2.sarif");
  CHECK(fleet::part_path("out.d/fleet", 1) == "out.d/fleet.1.sarif");
  CHECK(fleet::part_path("fleet.sarif.json", 3) == "fleet.sarif.3.json");
  CHECK(fleet::part_path(".sarif", 1) == ".sarif.1.sarif");
}
