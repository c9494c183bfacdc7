// What a sandbox still knows after it was stopped, and which data it refuses.
#include <doctest/doctest.h>

#include <thread>

#include "base/error.hpp"
#include "checkout.hpp"
#include "rig.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/database.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

const std::string acme = "/api/v1/repositories/acme";

struct World {
  World() {
    scans.write("out.sarif", sarif({{"CWE-120", "src/a.c", 2, "strcpy \xe2\x80\xa8 \xc3\xa4"},
                                    {"CWE-78", "src/b.c", 4, "system"}}));
  }
  sandbox::Config config() const {
    auto out = one_repository(checkout.dir.path().string(), "cat '" + scans.file("out.sarif") + "'");
    out.repositories[0].fixer = "printf 'caf\\351\\n' >> src/a.c";  // Latin-1
    out.repositories[0].triage = {{"CWE-78", "", "", TriageStatus::ignored}};
    out.data = data.file("deep/kept");
    return out;
  }
  void start_anew() { start_anew(config()); }
  void start_anew(const sandbox::Config& with) {
    rig.reset();
    rig = std::make_unique<SandboxRig>(with);
  }
  std::string finding() { return rig->get(acme + "/findings?severity=high").text("/items/0/id"); }
  std::string create_fix() {
    const auto made =
        rig->post(acme + "/fixes", R"({"finding_ids":[")" + finding() +
                                       R"("],"title":"t","instructions":"i","source_repo":"acme/payments"})");
    return acme + "/fixes/" + made.text("/id");
  }

  Checkout checkout{};
  TempDir scans{};
  TempDir data{};
  std::unique_ptr<SandboxRig> rig{};
};

std::string refusal(const sandbox::Config& config) {
  try {
    SandboxRig rig(config);
    return "was accepted";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  }
}

}  // namespace

TEST_CASE("a restarted sandbox answers every question as before") {
  World world;
  world.start_anew();
  const auto scan = world.rig->scan("acme", "semgrep_scan");
  world.rig->scan("acme", "sbom_scan");  // fails: no scanner
  world.rig->patch(acme + "/findings/" + world.finding(), R"({"status":"resolved"})");
  const auto fix = world.create_fix();
  world.rig->sandbox().wait_for_feeds();
  REQUIRE(world.rig->post(fix + "/pull-requests", R"({"branch_name":"one"})").status() == 201);

  const std::vector<std::string> questions{"/api/v1/me",
                                           "/api/v1/quotas/balance",
                                           "/api/v1/repositories",
                                           acme + "/scans",
                                           scan,
                                           scan + "/progress",
                                           scan + "/results",
                                           acme + "/findings",
                                           "/api/v1/finding-events",
                                           acme + "/fixes",
                                           fix,
                                           fix + "/diff",
                                           fix + "/progress"};
  std::vector<std::string> before;
  for (const auto& question : questions) before.push_back(world.rig->get(question).response.body);
  for (int restarts = 0; restarts < 2; ++restarts) {
    world.start_anew();
    for (std::size_t i = 0; i < questions.size(); ++i) {
      INFO(questions[i]);
      CHECK(world.rig->get(questions[i]).response.body == before[i]);
    }
  }
  // The bytes of the patch survive too, though JSON cannot show them.
  const auto second = world.rig->post(fix + "/pull-requests", R"({"branch_name":"two"})");
  CHECK(second.number("/pull_requests/1/pr_number") == 2);
  CHECK(world.checkout.git({"rev-parse", "one^{tree}"}) == world.checkout.git({"rev-parse", "two^{tree}"}));
}

TEST_CASE("a restarted sandbox goes on: new ids, the same findings, used quotas") {
  World world;
  world.start_anew();
  const auto first = world.rig->scan("acme", "semgrep_scan");
  const auto finding = world.finding();
  world.start_anew();
  const auto second = world.rig->scan("acme", "semgrep_scan");
  CHECK(second != first);
  CHECK(world.finding() == finding);
  CHECK(world.rig->get("/api/v1/quotas/balance").number("/sast_scans/used") == 2);
  const auto events = world.rig->get("/api/v1/finding-events");
  CHECK(events.number("/total") ==
        3);  // two detected, one ignored by the configuration: nothing is told twice
  world.scans.write("out.sarif", sarif({}));
  world.rig->scan("acme", "semgrep_scan");
  CHECK(world.rig->get("/api/v1/finding-events").number("/total") == 4);
  world.start_anew();
  CHECK(world.rig->get("/api/v1/finding-events").text("/items/0/event_type") == "resolved_auto");
  CHECK(world.rig->get("/api/v1/finding-events").number("/total") == 4);
}

TEST_CASE("scans and fixes that ran while the sandbox was stopped have failed") {
  World world;
  TempDir signal;
  auto config = world.config();
  config.repositories[0].feeds[ScanType::secrets_scan].commands = {"sleep 60"};
  config.repositories[0].feeds[ScanType::sbom_scan].never_ends = true;
  config.repositories[0].fixer = "touch '" + signal.file("started") + "'; sleep 60";
  world.start_anew(config);
  world.rig->scan("acme", "semgrep_scan");
  const auto endless = world.rig->trigger("acme", "sbom_scan");
  const auto scan = world.rig->trigger("acme", "secrets_scan");
  const auto fix = world.create_fix();
  while (!std::filesystem::exists(signal.file("started"))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  world.start_anew(config);
  world.rig->finish();
  CHECK(world.rig->get(scan).text("/status") == "failed");
  CHECK(world.rig->get(scan).text("/error_message").find("was stopped") != std::string::npos);
  CHECK(world.rig->get(endless).text("/status") == "scanning");
  CHECK(world.rig->get(fix).text("/status") == "failed");
  CHECK(world.rig->get(fix).text("/error_message").find("was stopped") != std::string::npos);
  const auto events = world.rig->get("/api/v1/finding-events").response.body;
  CHECK(world.rig->get("/api/v1/finding-events").text("/items/0/event_type") == "fix_failed");
  world.start_anew(config);
  CHECK(world.rig->get("/api/v1/finding-events").response.body == events);
}

TEST_CASE("a repository that is not configured is forgotten only for as long") {
  World world;
  world.start_anew();
  const auto scan = world.rig->scan("acme", "semgrep_scan");
  const auto findings = world.rig->get(acme + "/findings").response.body;
  auto other = world.config();
  other.repositories[0].id = "other";
  world.start_anew(other);
  CHECK(world.rig->get(scan).status() == 404);
  CHECK(world.rig->get("/api/v1/repositories/other/findings").number("/total") == 0);
  const auto strange = world.rig->scan("other", "semgrep_scan");
  CHECK(strange.substr(strange.rfind('/')) != scan.substr(scan.rfind('/')));
  world.start_anew();
  CHECK(world.rig->get(acme + "/findings").response.body == findings);
}

TEST_CASE("data of another sandbox, seed or version, and what is no data, are refused") {
  World world;
  world.start_anew();
  CHECK(refusal(world.config()).find("another sandbox uses it") != std::string::npos);
  world.rig.reset();
  CHECK(refusal(world.config()) == "was accepted");
  auto config = world.config();
  config.seed = 2;
  CHECK(refusal(config).find("another seed") != std::string::npos);
  sandbox::Database(world.data.file("deep/kept/sandbox.sqlite")).run("PRAGMA user_version = 9");
  CHECK(refusal(world.config()).find("of version 9") != std::string::npos);
  world.data.write("deep/kept/sandbox.sqlite", std::string(4096, 'x'));
  CHECK(refusal(world.config()).find("not a database") != std::string::npos);
  config.data = world.data.file("deep/kept/sandbox.sqlite");
  CHECK(refusal(config).find("no directory") != std::string::npos);
}

TEST_CASE("damaged records are refused, whatever they hold") {
  const std::vector<std::string> damages{
      "UPDATE batches SET document = '{'",
      "UPDATE batches SET document = '{\"id\":\"x\",\"type\":\"none\",\"settled\":true}'",
      "UPDATE harvests SET document = '{\"usable\":true,\"findings\":[{}]}'",
      "UPDATE harvests SET document = '{\"usable\":true,\"findings\":[]}'",
      "DELETE FROM harvests",
      "UPDATE findings SET row = -1",
      "UPDATE findings SET document = '[]'",
      "UPDATE events SET document = 'null'",
      "UPDATE fixes SET document = x'ff'",
      "DROP TABLE events",
  };
  for (const auto& damage : damages) {
    INFO(damage);
    World world;
    world.start_anew();
    world.rig->scan("acme", "semgrep_scan");
    world.create_fix();
    world.rig.reset();
    sandbox::Database(world.data.file("deep/kept/sandbox.sqlite")).run(damage);
    CHECK(refusal(world.config()) != "was accepted");
  }
}
