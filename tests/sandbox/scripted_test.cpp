// Scripted ends and faults, for people who test their pipelines.
#include <doctest/doctest.h>

#include "rig.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

struct Scripted {
  explicit Scripted(sandbox::Feed feed, std::vector<sandbox::Fault> faults = {})
      : rig(config(std::move(feed), std::move(faults))) {
    dir.write("out.sarif", sarif({{"CWE-120", "src/a.c", 12, "strcpy"}}));
  }
  sandbox::Config config(sandbox::Feed feed, std::vector<sandbox::Fault> faults) {
    feed.commands = {"cat out.sarif"};
    auto out = one_repository(dir.path().string(), "");
    out.repositories[0].feeds[ScanType::semgrep_scan] = std::move(feed);
    out.faults = std::move(faults);
    return out;
  }
  Answer progress() { return rig.get(rig.scan("acme", "semgrep_scan") + "/progress"); }

  TempDir dir{};
  SandboxRig rig;
};

constexpr auto balance = "/api/v1/quotas/balance";

sandbox::Fault fault(std::string route) {
  sandbox::Fault out;
  out.route = std::move(route);
  return out;
}

}  // namespace

TEST_CASE("a final status of any word") {
  for (const std::string word : {"failed", "cancelled", "succeeded", "reticulating"}) {
    CHECK(Scripted({.final_status = word}).progress().text("/status") == word);
  }
}

TEST_CASE("a status of the results that differs") {
  Scripted scripted({.results_status = "assessing"});
  const auto path = scripted.rig.scan("acme", "semgrep_scan");
  CHECK(scripted.rig.get(path).text("/status") == "completed");
  CHECK(scripted.rig.get(path + "/results").text("/status") == "assessing");
}

TEST_CASE("a scan that never ends") {
  Scripted scripted({.never_ends = true});
  const auto path = scripted.rig.scan("acme", "semgrep_scan");
  scripted.rig.advance(std::chrono::hours(1000));
  CHECK(scripted.rig.get(path).text("/status") == "scanning");
}

TEST_CASE("several repositories, of which some fail") {
  const auto some = Scripted({.scans_failed = 1, .total_repositories = 3}).progress();
  CHECK(some.text("/status") == "partial_failure");
  CHECK(some.number("/total_repositories") == 3);
  CHECK(some.number("/scans_failed") == 1);
  CHECK(some.number("/scans_completed") == 2);
  CHECK(some.number("/repositories/0/findings_count") == 1);
  CHECK(some.text("/repositories/2/status") == "failed");
  CHECK(!some.text("/repositories/2/status_reason").empty());
  const auto all = Scripted({.scans_failed = 2, .total_repositories = 2}).progress();
  CHECK(all.text("/status") == "failed");
  const auto hidden =
      Scripted({.final_status = "completed", .scans_failed = 1, .total_repositories = 2}).progress();
  CHECK(hidden.text("/status") == "completed");
  CHECK(hidden.number("/scans_failed") == 1);
  const auto none = Scripted({.total_repositories = 0}).progress();
  CHECK(none.text("/status") == "completed");
  CHECK(none.at("/repositories").as_array().empty());
}

TEST_CASE("counters that lie") {
  Scripted scripted({.scans_assessed = 0, .claimed_findings = 7});
  const auto path = scripted.rig.scan("acme", "semgrep_scan");
  CHECK(scripted.rig.get(path).number("/scans_assessed") == 0);
  const auto results = scripted.rig.get(path + "/results");
  CHECK(results.number("/findings_count") == 7);
  CHECK(results.at("/findings").as_array().size() == 1);
}

TEST_CASE("a scripted end that is not completed resolves nothing") {
  Scripted scripted({.final_status = "failed"});
  scripted.rig.scan("acme", "semgrep_scan");
  scripted.dir.write("out.sarif", sarif({}));
  scripted.rig.scan("acme", "semgrep_scan");
  CHECK(scripted.rig.get("/api/v1/repositories/acme/findings?status=open").number("/total") == 1);
}

TEST_CASE("a fault strikes its route, so often and after so many") {
  auto busy = fault("GET /api/v1/quotas/balance");
  busy.status = 429;
  busy.retry_after = "3";
  busy.after = 1;
  busy.times = 2;
  Scripted scripted({}, {busy});
  auto& rig = scripted.rig;
  CHECK(rig.get(balance).status() == 200);
  CHECK(rig.get("/api/v1/me").status() == 200);
  const auto first = rig.get(balance);
  CHECK(first.status() == 429);
  CHECK(first.header("Retry-After") == "3");
  CHECK(first.at("/detail").is_string());
  CHECK(rig.get(balance).status() == 429);
  CHECK(rig.get(balance).status() == 200);
}

TEST_CASE("a fault for every request, with a body of its own") {
  auto html = fault("*");
  html.status = 502;
  html.body = "<html>Bad Gateway</html>";
  Scripted scripted({}, {html});
  for (int i = 0; i < 5; ++i) CHECK(scripted.rig.get("/nowhere").status() == 502);
  const auto answer = scripted.rig.get("/api/v1/me");
  CHECK(answer.header("Content-Type") == "text/html");
  CHECK(answer.response.body == html.body);
}

TEST_CASE("delay, drop and cut are handed to the server") {
  auto slow = fault("GET /api/v1/me");
  slow.delay = std::chrono::seconds(2);
  slow.times = 1;
  auto cut = fault("GET /api/v1/me");
  cut.cut_after = 10;
  Scripted scripted({}, {slow, cut});
  const auto first = scripted.rig.get("/api/v1/me");
  CHECK(first.status() == 200);
  CHECK(first.response.delay == std::chrono::seconds(2));
  CHECK(!first.response.cut_after);
  const auto second = scripted.rig.get("/api/v1/me");
  CHECK(second.response.cut_after == 10U);
  CHECK(second.response.body.size() > 10);
}

TEST_CASE("a lost answer may or may not have taken effect") {
  auto lost = fault("POST /api/v1/repositories/{repository_id}/scans");
  lost.drop = true;
  lost.times = 1;
  auto acted = lost;
  acted.drop = false;
  acted.status = 502;
  acted.after = 1;
  acted.acts = true;
  Scripted scripted({}, {lost, acted});
  scripted.rig.trigger("acme", "semgrep_scan");
  CHECK(scripted.rig.last.response.drop);
  CHECK(scripted.rig.get("/api/v1/repositories/acme/scans").number("/total") == 0);
  scripted.rig.trigger("acme", "semgrep_scan");
  CHECK(scripted.rig.last.status() == 502);
  CHECK(scripted.rig.get("/api/v1/repositories/acme/scans").number("/total") == 1);
}
