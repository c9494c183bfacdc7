#include "fleet/summary.hpp"

#include <doctest/doctest.h>

#include "fleet/samples.hpp"

using namespace kolega;
using gate::Outcome;

namespace {

fleet::Result with(std::string id, Outcome outcome, int code) {
  auto result = test::judged("pass", std::move(id)).result;
  result.outcome = outcome;
  result.exit_code = code;
  return result;
}

fleet::Fleet fleet_with(std::vector<fleet::Result> results, std::size_t count = 0) {
  const auto size = std::max(count, results.size());
  return fleet::fleet_of("out", test::sample_header(size), std::move(results));
}

fleet::Summary summary_of(const fleet::Fleet& fleet) { return fleet::summarise(fleet, cli::stricter); }

}  // namespace

TEST_CASE("a fleet passes only when every selected repository does") {
  const auto all = fleet_with({with("r-01", Outcome::pass, 0), with("r-02", Outcome::warn, 0)});
  CHECK(summary_of(all).exit_code == 0);
  CHECK(summary_of(all).outcome == Outcome::warn);
  const auto one_missing = fleet_with({with("r-01", Outcome::pass, 0)}, 2);
  CHECK(summary_of(one_missing).exit_code == 6);
  CHECK(summary_of(one_missing).outcome == Outcome::incomplete);
  CHECK(summary_of(one_missing).without_result == 1);
  const auto empty = fleet_with({});
  CHECK(summary_of(empty).exit_code == 6);
  CHECK(summary_of(empty).outcome == Outcome::incomplete);
}

TEST_CASE("the exit code is the strictest: 1, 4, 2, 3, 5, 7, 6") {
  const std::vector<int> order{1, 4, 2, 3, 5, 7, 6, 0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      const auto result = [](std::string id, int code) {
        if (code == 0) return with(std::move(id), Outcome::pass, 0);
        if (code == 1) return with(std::move(id), Outcome::fail, 1);
        return test::failed_result(std::move(id), code);
      };
      const auto fleet = fleet_with({result("r-01", order[i]), result("r-02", order[j])});
      CHECK(summary_of(fleet).exit_code == order[std::min(i, j)]);
    }
  }
}

TEST_CASE("rows are worst first") {
  auto severe = with("r-04", Outcome::fail, 1);
  severe.by_severity[4] = 9;
  const auto fleet = fleet_with({with("r-01", Outcome::pass, 0), test::failed_result("r-02", 5), with("r-03", Outcome::fail, 1),
                                 severe, with("r-05", Outcome::bypassed, 0), test::failed_result("r-06", 4)},
                                7);
  std::vector<std::string> order;
  for (const auto& row : summary_of(fleet).rows) order.push_back(row.selected->id);
  CHECK(order == std::vector<std::string>{"r-04", "r-03", "r-06", "r-02", "r-07", "r-05", "r-01"});
}

TEST_CASE("totals and rules add up over the repositories") {
  const auto fleet = fleet_with({test::judged("fail", "r-01").result, test::judged("fail", "r-02").result});
  const auto one = test::judged("fail", "r-01").result;
  const auto summary = summary_of(fleet);
  CHECK(summary.findings == 2 * one.findings);
  CHECK(summary.by_severity[4] == 2 * one.by_severity[4]);
  REQUIRE(summary.rules.size() == one.rules.size());
  CHECK(summary.rules.front().broken == 2);
  CHECK(describe(summary) == "of 2 repositories 2 fail");
  CHECK(fleet::describe(fleet, summary.rows.front()).find("broken (") != std::string::npos);
}
