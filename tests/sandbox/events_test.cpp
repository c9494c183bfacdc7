// What happened to findings: the feed of events, statuses that clients set, and statuses from the
// configuration.
#include <doctest/doctest.h>

#include <set>

#include "rig.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

const std::vector<SarifRow> three_rows{{"CWE-120", "src/a.c", 12, "strcpy"},
                                       {"CWE-78", "src/b.c", 4, "system", "warning"},
                                       {"CWE-20", "d.c", 1, "atoi"}};
constexpr auto all_findings = "/api/v1/repositories/acme/findings";
constexpr auto all_events = "/api/v1/finding-events";

struct Acme {
  explicit Acme(std::vector<sandbox::ScriptedTriage> triage = {}) : rig(config_of(dir, std::move(triage))) {
    serve(three_rows);
  }
  static sandbox::Config config_of(const TempDir& dir, std::vector<sandbox::ScriptedTriage> triage) {
    auto config = one_repository(dir.path().string(), "cat out.sarif");
    config.repositories[0].triage = std::move(triage);
    return config;
  }
  void serve(const std::vector<SarifRow>& rows) { dir.write("out.sarif", sarif(rows)); }
  std::string id_of(const std::string& path) {
    const auto answer = rig.get(all_findings);
    for (const auto& item : answer.at("/items").as_array()) {
      if (item.at("file_path").as_string() == path) return std::string(item.at("id").as_string());
    }
    return {};
  }
  Answer events(const std::string& query = {}) { return rig.get(all_events + query); }

  TempDir dir{};
  SandboxRig rig;
};

std::vector<std::string> types(const Answer& answer) {
  std::vector<std::string> out;
  for (const auto& item : answer.at("/items").as_array()) out.emplace_back(item.at("event_type").as_string());
  return out;
}
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("scans tell what they found, what is gone and what came back, newest first") {
  Acme acme;
  CHECK(acme.events().number("/total") == 0);
  const auto first = acme.rig.scan("acme", "semgrep_scan");
  CHECK(types(acme.events()) == Words{"detected", "detected", "detected"});
  acme.rig.scan("acme", "semgrep_scan");
  CHECK(acme.events().number("/total") == 3);  // seen again is nothing new

  acme.serve({three_rows[0], three_rows[1]});
  acme.rig.scan("acme", "semgrep_scan");
  acme.serve(three_rows);
  acme.rig.scan("acme", "semgrep_scan");
  const auto events = acme.events("?finding_id=" + acme.id_of("d.c"));
  REQUIRE(types(events) == Words{"reopened", "resolved_auto", "detected"});
  CHECK(events.text("/items/0/previous_status") == "resolved");
  CHECK(events.text("/items/0/new_status") == "open");
  CHECK(events.text("/items/1/previous_status") == "open");
  CHECK(events.text("/items/1/new_status") == "resolved");
  CHECK(events.at("/items/2/previous_status").is_null());
  CHECK(events.text("/items/2/new_status") == "open");
  CHECK(events.text("/items/2/scan_id") == first.substr(first.rfind('/') + 1));
  CHECK(events.text("/items/2/event_timestamp") == "2026-09-21T14:13:30Z");
  CHECK(events.text("/items/2/check_id") == "CWE-20");
  CHECK(events.text("/items/2/file_path") == "d.c");
  CHECK(events.text("/items/2/severity") == "high");
  CHECK(events.text("/items/2/repository_id") == "acme");
  CHECK(events.text("/items/2/organization_id") == acme.rig.get("/api/v1/me").text("/organization_id"));
}

TEST_CASE("a status that a client sets is told with both statuses, and setting it again is not told") {
  Acme acme;
  acme.rig.scan("acme", "semgrep_scan");
  const auto id = acme.id_of("d.c");
  const auto target = std::string(all_findings) + "/" + id;
  const auto set = acme.rig.patch(target, R"({"status":"resolved"})");
  CHECK(set.text("/status") == "resolved");
  CHECK(set.text("/resolved_at") == "2026-09-21T15:13:20Z");
  CHECK(set.text("/updated_at") == "2026-09-21T15:13:20Z");
  acme.rig.patch(target, R"({"status":"resolved"})");
  CHECK(acme.rig.patch(target, R"({"status":"ignored"})").at("/resolved_at").is_null());
  const auto events = acme.events("?event_type=status_changed");
  REQUIRE(events.number("/total") == 2);
  CHECK(events.text("/items/0/previous_status") == "resolved");
  CHECK(events.text("/items/0/new_status") == "ignored");
  CHECK(events.text("/items/1/previous_status") == "open");
  CHECK(events.text("/items/1/finding_id") == id);
  CHECK(events.at("/items/0/scan_id").is_null());
  CHECK(acme.rig.patch(std::string(all_findings) + "/none", R"({"status":"open"})").status() == 404);
  CHECK(acme.rig.patch("/api/v1/repositories/other/findings/" + id, R"({"status":"open"})").status() == 404);
}

TEST_CASE("a scan leaves what was triaged alone, and reopens what was only called resolved") {
  Acme acme;
  acme.rig.scan("acme", "semgrep_scan");
  acme.rig.patch(std::string(all_findings) + "/" + acme.id_of("src/a.c"), R"({"status":"false_positive"})");
  acme.rig.patch(std::string(all_findings) + "/" + acme.id_of("d.c"), R"({"status":"resolved"})");
  acme.rig.scan("acme", "semgrep_scan");
  CHECK(acme.rig.get(std::string(all_findings) + "/" + acme.id_of("src/a.c")).text("/status") ==
        "false_positive");
  CHECK(acme.rig.get(std::string(all_findings) + "/" + acme.id_of("d.c")).text("/status") == "open");
  CHECK(types(acme.events("?limit=1")) == Words{"reopened"});
}

TEST_CASE("every filter of the feed, alone and together") {
  Acme acme;
  acme.rig.scan("acme", "semgrep_scan");  // ends at 14:13:30
  acme.rig.patch(std::string(all_findings) + "/" + acme.id_of("d.c"), R"({"status":"ignored"})");  // 15:13:20
  const std::vector<std::pair<std::string, int>> cases{
      {"", 4},
      {"?repository_id=acme", 4},
      {"?repository_id=other", 0},
      {"?finding_id=" + acme.id_of("d.c"), 2},
      {"?scan_type=semgrep_scan", 4},
      {"?scan_type=sbom_scan", 0},
      {"?severity=medium", 1},
      {"?event_type=detected", 3},
      {"?start=2026-09-21T14:13:30Z", 4},
      {"?start=2026-09-21T14:13:30.000001Z", 1},
      {"?start=2026-09-21T16:13:31%2B02:00", 1},
      {"?end=2026-09-21T14:13:30Z", 3},
      {"?end=2026-09-21T14:13:29.999999Z", 0},
      {"?start=2026-09-21T14:00:00Z&end=2026-09-21T15:00:00Z&event_type=detected&severity=high", 2},
      {"?start=2026-09-22", 0},
  };
  for (const auto& [query, total] : cases) {
    INFO(query);
    CHECK(acme.events(query).number("/total") == total);
  }
}

TEST_CASE("ids of events stay with their events while new ones come") {
  Acme acme;
  acme.rig.scan("acme", "semgrep_scan");
  const auto before = acme.events();
  CHECK(before.number("/limit") == 100);
  acme.rig.patch(std::string(all_findings) + "/" + acme.id_of("d.c"), R"({"status":"ignored"})");
  const auto after = acme.events("?skip=1");
  CHECK(before.at("/items") == after.at("/items"));
  std::set<std::string> ids;
  const auto all = acme.events();
  for (const auto& item : all.at("/items").as_array()) ids.emplace(item.at("id").as_string());
  CHECK(ids.size() == 4);
  const auto page = acme.events("?limit=2&skip=1");
  CHECK(page.at("/items").as_array().size() == 2);
  CHECK(page.at("/has_next").as_bool());
}

TEST_CASE("the configuration triages findings when they are first seen, and only then") {
  Acme acme({{"CWE-78", "", "", TriageStatus::ignored},
             {"", "src/*", "", TriageStatus::false_positive},
             {"CWE-20", "src/**", "", TriageStatus::resolved}});
  acme.rig.scan("acme", "semgrep_scan");
  const auto status_of = [&acme](const std::string& path) {
    return acme.rig.get(std::string(all_findings) + "/" + acme.id_of(path)).text("/status");
  };
  CHECK(status_of("src/a.c") == "false_positive");
  CHECK(status_of("src/b.c") == "ignored");  // the first entry that fits
  CHECK(status_of("d.c") == "open");         // every condition must hold
  CHECK(types(acme.events("?finding_id=" + acme.id_of("src/a.c"))) == Words{"status_changed", "detected"});
  acme.rig.patch(std::string(all_findings) + "/" + acme.id_of("src/a.c"), R"({"status":"open"})");
  acme.rig.scan("acme", "semgrep_scan");
  CHECK(status_of("src/a.c") == "open");
}
