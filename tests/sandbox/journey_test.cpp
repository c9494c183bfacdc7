// A scan through all its states on a clock that the test moves, and what is left of it afterwards.
#include <doctest/doctest.h>

#include <set>

#include "rig.hpp"

using namespace kolega;
using namespace kolega::test;
using std::chrono::milliseconds;

namespace {

const std::vector<SarifRow> three_rows{{"CWE-120", "src/a.c", 12, "strcpy"},
                                       {"CWE-78", "src/b c.c", 4, "system", "warning"},
                                       {"CWE-20", "d.c", 1, "atoi"}};

struct Acme {
  TempDir dir{};
  SandboxRig rig{one_repository(dir.path().string(), "cat out.sarif")};
  Acme() { serve(three_rows); }
  void serve(const std::vector<SarifRow>& rows, bool whole = true) {
    dir.write("out.sarif", sarif(rows, whole));
  }
};

std::vector<std::string> texts(const Answer& answer, std::string_view list, std::string_view member) {
  std::vector<std::string> out;
  for (const auto& item : answer.at(list).as_array()) out.emplace_back(item.at(member).as_string());
  return out;
}

constexpr auto all_findings = "/api/v1/repositories/acme/findings";

}  // namespace

TEST_CASE("a scan passes through all states in its time") {
  Acme acme;
  auto& rig = acme.rig;
  const auto path = rig.trigger("acme", "semgrep_scan");
  REQUIRE(rig.last.status() == 202);
  CHECK(rig.last.text("/status") == "queued");
  rig.sandbox().wait_for_feeds();

  auto progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "queued");
  CHECK(progress.number("/percent_complete") == 0);
  CHECK(progress.number("/scans_created") == 0);
  CHECK(progress.at("/started_at").is_null());
  CHECK(progress.text("/repositories/0/status") == "pending");  // the placeholder
  CHECK(progress.text("/repositories/0/repository") == "acme/payments");
  CHECK(progress.text("/repositories/0/branch") == "main");

  rig.advance(milliseconds(1500));
  progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "creating_scans");
  CHECK(progress.text("/repositories/0/status") == "pending");
  CHECK(progress.text("/started_at") == "2026-09-21T14:13:21Z");

  rig.advance(milliseconds(3500));
  progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "scanning");
  CHECK(progress.number("/percent_complete") == 50);
  CHECK(progress.number("/scans_created") == 1);
  CHECK(progress.number("/scans_completed") == 0);
  CHECK(progress.text("/repositories/0/status") == "running");
  CHECK(progress.at("/repositories/0/findings_count").is_null());
  CHECK(rig.get(path + "/results").number("/findings_count") == 0);

  rig.advance(milliseconds(4000));
  progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "assessing");
  CHECK(progress.number("/scans_completed") == 1);
  CHECK(progress.number("/scans_assessed") == 0);
  CHECK(progress.text("/repositories/0/status") == "succeeded");
  CHECK(rig.get(all_findings).number("/total") == 0);

  rig.advance(milliseconds(1000));
  progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "completed");
  CHECK(progress.number("/percent_complete") == 100);
  CHECK(progress.number("/scans_assessed") == 1);
  CHECK(progress.number("/scans_failed") == 0);
  CHECK(progress.number("/repositories/0/findings_count") == 3);
  CHECK(progress.at("/error_message").is_null());
  CHECK(progress.text("/completed_at") == "2026-09-21T14:13:30Z");
  CHECK(rig.get(path + "/results").number("/findings_count") == 3);
}

TEST_CASE("a scanner that takes longer holds the scan in scanning") {
  TempDir dir;
  dir.write("out.sarif", sarif(three_rows));
  SandboxRig rig(
      one_repository(dir.path().string(), "while ! test -e go; do sleep 0.01; done; cat out.sarif"));
  const auto path = rig.trigger("acme", "semgrep_scan");
  rig.advance(std::chrono::minutes(5));
  const auto progress = rig.get(path + "/progress");
  CHECK(progress.text("/status") == "scanning");
  CHECK(progress.number("/percent_complete") == 85);
  dir.write("go", "");
  rig.sandbox().wait_for_feeds();
  CHECK(rig.get(path).text("/status") == "assessing");
  rig.advance(std::chrono::seconds(2));
  CHECK(rig.get(path).text("/status") == "completed");
}

TEST_CASE("a sandbox ends at once while a scanner runs") {
  TempDir dir;
  const auto before = std::chrono::steady_clock::now();
  {
    SandboxRig rig(one_repository(dir.path().string(), "sleep 60"));
    rig.trigger("acme", "semgrep_scan");
  }
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(10));
}

TEST_CASE("results have fingerprints and no ids, findings have ids and no fingerprints") {
  Acme acme;
  const auto path = acme.rig.scan("acme", "semgrep_scan");
  const auto results = acme.rig.get(path + "/results");
  CHECK(texts(results, "/findings", "check_id") == std::vector<std::string>{"CWE-120", "CWE-78", "CWE-20"});
  for (const auto& row : results.at("/findings").as_array()) {
    CHECK(!row.at("fingerprint").as_string().empty());
    for (const auto* absent : {"id", "line", "status", "source_url"})
      CHECK(!row.as_object().contains(absent));
  }
  const auto findings = acme.rig.get(std::string(all_findings) + "?severity=medium");
  REQUIRE(findings.number("/total") == 1);
  const auto row = findings.at("/items/0").as_object();
  CHECK(!row.contains("fingerprint"));
  CHECK(row.at("status") == "open");
  CHECK(row.at("check_id") == "CWE-78");
  CHECK(row.at("repository_id") == "acme");
  CHECK(row.at("source_url") == "https://github.com/acme/payments/blob/main/src/b%20c.c#L4-L6");
  CHECK(row.at("first_detected_at") == "2026-09-21T14:13:30Z");
  CHECK(row.at("category") == "sast");
  CHECK(row.at("resolved_at").is_null());
  const auto one = acme.rig.get(std::string(all_findings) + "/" + std::string(row.at("id").as_string()));
  CHECK(one.json() == boost::json::value(row));
}

TEST_CASE("findings are served in another order than results, the same on every page and for the same seed") {
  TempDir dir;
  std::vector<SarifRow> rows;
  for (int i = 0; i < 120; ++i) rows.push_back({"rule", "f" + std::to_string(i) + ".c", i + 1, "message"});
  dir.write("out.sarif", sarif(rows));
  const auto order_of = [&dir](std::uint64_t seed) {
    auto config = one_repository(dir.path().string(), "cat out.sarif");
    config.seed = seed;
    SandboxRig rig(config);
    const auto path = rig.scan("acme", "semgrep_scan");
    std::vector<std::string> seen;
    for (int skip = 0; skip < 120; skip += 50) {
      const auto page = rig.get(std::string(all_findings) + "?skip=" + std::to_string(skip));
      CHECK(page.number("/total") == 120);
      CHECK(page.at("/has_next").as_bool() == (skip < 70));
      for (auto& each : texts(page, "/items", "file_path")) seen.push_back(std::move(each));
    }
    CHECK(texts(rig.get(path + "/results"), "/findings", "file_path")[0] == "f0.c");
    return seen;
  };
  const auto first = order_of(1);
  CHECK(std::set<std::string>(first.begin(), first.end()).size() == 120);
  CHECK(order_of(1) == first);
  CHECK(order_of(2) != first);
  std::size_t in_place = 0;
  for (std::size_t i = 0; i < first.size(); ++i) in_place += first[i] == "f" + std::to_string(i) + ".c";
  CHECK(in_place < 20);
}

TEST_CASE("a finding keeps its first day, and goes when a whole scan does not see it") {
  Acme acme;
  auto& rig = acme.rig;
  const auto first = rig.scan("acme", "semgrep_scan");
  acme.serve({three_rows[0], three_rows[1]}, false);  // partial: proves nothing about the third
  rig.scan("acme", "semgrep_scan");
  CHECK(rig.get(std::string(all_findings) + "?status=open").number("/total") == 3);

  acme.serve({three_rows[0], three_rows[1]});
  const auto third = rig.scan("acme", "semgrep_scan");
  const auto gone = rig.get(std::string(all_findings) + "?status=resolved");
  REQUIRE(gone.number("/total") == 1);
  CHECK(gone.text("/items/0/file_path") == "d.c");
  CHECK(gone.text("/items/0/resolved_at") == gone.text("/items/0/updated_at"));
  CHECK(gone.text("/items/0/first_detected_at") == "2026-09-21T14:13:30Z");
  const auto kept = rig.get(std::string(all_findings) + "?status=open&severity=medium");
  CHECK(kept.text("/items/0/first_detected_at") == "2026-09-21T14:13:30Z");
  CHECK(kept.text("/items/0/last_detected_at") > "2026-09-21T16");

  CHECK(rig.get(std::string(all_findings) + "?scan_batch_id=" + third.substr(third.rfind('/') + 1))
            .number("/total") == 2);
  CHECK(rig.get(std::string(all_findings) + "?scan_batch_id=" + first.substr(first.rfind('/') + 1))
            .number("/total") == 3);

  acme.serve(three_rows);
  rig.scan("acme", "semgrep_scan");
  const auto back = rig.get(std::string(all_findings) + "?status=open");
  CHECK(back.number("/total") == 3);
  for (const auto& item : back.at("/items").as_array()) CHECK(item.at("resolved_at").is_null());
}

TEST_CASE("scans are listed newest first, filtered and paged") {
  Acme acme;
  auto& rig = acme.rig;
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto path = rig.scan("acme", "semgrep_scan");
    ids.insert(ids.begin(), path.substr(path.rfind('/') + 1));
  }
  rig.trigger("acme", "sbom_scan");
  const std::string scans = "/api/v1/repositories/acme/scans";
  CHECK(texts(rig.get(scans + "?scan_type=semgrep_scan"), "/items", "batch_id") == ids);
  CHECK(texts(rig.get(scans + "?status=completed"), "/items", "batch_id") == ids);
  CHECK(rig.get(scans + "?status=queued").number("/total") == 1);
  const auto page = rig.get(scans + "?limit=2&skip=1");
  CHECK(page.number("/total") == 4);
  CHECK(page.at("/has_next").as_bool());
  CHECK(texts(page, "/items", "batch_id") == std::vector<std::string>{ids[0], ids[1]});
  CHECK_FALSE(rig.get(scans + "?limit=2&skip=2").at("/has_next").as_bool());
  CHECK(rig.get(scans + "?skip=9223372036854775807").at("/items").as_array().empty());
}

TEST_CASE("archived repositories are shown when asked for") {
  TempDir dir;
  auto config = one_repository(dir.path().string(), "true");
  config.repositories.push_back({.full_name = "acme/old", .archived = true});
  SandboxRig rig(config);
  CHECK(rig.get("/api/v1/repositories").number("/total") == 1);
  const auto both = rig.get("/api/v1/repositories?include_archived=true");
  CHECK(both.number("/total") == 2);
  const auto id = both.text("/items/1/id");
  CHECK(id.size() == 24);
  CHECK(rig.get("/api/v1/repositories/" + id).text("/repositories/0/full_name") == "acme/old");
}

TEST_CASE("each scan draws on its quota, and an empty quota refuses") {
  Acme acme;
  auto config = one_repository(acme.dir.path().string(), "cat out.sarif");
  config.quotas = {.sast_scans = 2, .deep_ai_scans = 0, .prs = 5};
  SandboxRig rig(config);
  rig.trigger("acme", "semgrep_scan");
  auto balance = rig.get("/api/v1/quotas/balance");
  CHECK(balance.number("/sast_scans/used") == 1);
  CHECK(balance.number("/sast_scans/remaining") == 1);
  CHECK(balance.number("/prs/remaining") == 5);
  CHECK(balance.text("/period_start") == "2026-09-01T00:00:00Z");
  CHECK(balance.text("/period_end") == "2026-10-01T00:00:00Z");
  rig.trigger("acme", "secrets_scan");
  rig.trigger("acme", "sbom_scan");
  CHECK(rig.last.status() == 403);
  CHECK(rig.last.text("/detail/error_code") == "OPERATION_FAILED");
  CHECK(rig.last.text("/detail/quota_type") == "sast_scans");
  CHECK(!rig.last.text("/detail/detail").empty());
  rig.trigger("acme", "deep_ai_scan");
  CHECK(rig.last.text("/detail/quota_type") == "deep_ai_scans");
  CHECK(rig.get("/api/v1/repositories/acme/scans").number("/total") == 2);

  rig.advance(std::chrono::hours(24 * 12));  // the next month
  rig.trigger("acme", "sbom_scan");
  CHECK(rig.last.status() == 202);
  CHECK(rig.get("/api/v1/quotas/balance").number("/sast_scans/used") == 1);
}

TEST_CASE("requests are remembered as they came") {
  Acme acme;
  acme.rig.get("/api/v1/me");
  acme.rig.get("/api/v1/repositories?limit=10");
  acme.rig.send({"PUT", "/nowhere", {}, ""});
  CHECK(acme.rig.sandbox().requests() ==
        std::vector<std::string>{"GET /api/v1/me", "GET /api/v1/repositories?limit=10", "PUT /nowhere"});
}
