#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "cli/api_world.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

namespace {

const std::string repository_path = "/api/v1/repositories/r1";
const std::string scans_path = repository_path + "/scans";

std::string batch(const std::string& status = "completed", const std::string& id = "b1") {
  auto text = test::batch_json(id, "semgrep_scan", status, "2026-06-01T12:00:00Z", "2026-06-01T12:00:05Z");
  return text.insert(1, R"("brand_new":1,)");
}
std::string progress(const std::string& status, const std::string& scan = "succeeded") {
  return R"({"brand_new":1,"batch_id":"b1","repository_id":"r1","scan_type":"semgrep_scan","status":)" +
         test::quoted(status) +
         R"(,"total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":1,"scans_assessed":1,)"
         R"("percent_complete":100,"repositories":[{"repository":"acme/web","branch":"main","status":)" +
         test::quoted(scan) + R"(,"status_reason":"why\u001b[31m"}]})";
}
std::string results(int claimed = 1) {
  return R"({"brand_new":1,"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":)" +
         std::to_string(claimed) + R"(,"findings":[)" + test::result_json("p1", "c1") + "]}";
}

struct Rig : ApiWorld {
  Rig() {
    on("GET " + repository_path, test::repository_json("r1", "acme/web"));
    on("GET /api/v1/quotas/balance", test::quota_json(5, 5));
  }
  test::CliResult scans(std::vector<std::string> words) {
    words.insert(words.begin(), "scans");
    words.insert(words.end(), {"--repository", "r1"});
    return run(words);
  }
};

}  // namespace

TEST_CASE("scans list and get: rows, filters, the API's own shape") {
  Rig rig;
  rig.on("GET " + scans_path, test::whole_page({batch(), batch("failed", "b2")}));
  rig.on("GET " + scans_path + "/b1", batch());
  const auto list = rig.scans({"list", "--scan-type", "semgrep", "--status", "completed", "--limit", "2"});
  INFO(list.err);
  CHECK(list.code == 0);
  CHECK(contains(list.out, "b2     semgrep_scan  failed"));
  CHECK(contains(list.err, "--all"));
  CHECK(rig.requests().back() == "GET " + scans_path + "?scan_type=semgrep_scan&status=completed&limit=2");
  CHECK(contains(rig.scans({"list", "--json"}).out, "\"brand_new\""));
  const auto get = rig.scans({"get", "b1"});
  CHECK(get.code == 0);
  CHECK(contains(get.out, "1 of 1 completed"));
  CHECK(contains(rig.scans({"get", "b1", "--json"}).out, "\"brand_new\""));
  CHECK(rig.scans({"get", "b2"}).code == 4);
}

TEST_CASE("scans progress and results: the document with --json, hostile text shown") {
  Rig rig;
  rig.on("GET " + scans_path + "/b1/progress", progress("completed"));
  rig.on("GET " + scans_path + "/b1/results", results());
  const auto shown = rig.scans({"progress", "b1"});
  CHECK(shown.code == 0);
  CHECK(contains(shown.out, "100"));
  CHECK(!contains(shown.out, "\x1b"));
  CHECK(contains(rig.scans({"progress", "b1", "--json"}).out, "\"brand_new\""));
  CHECK(contains(rig.scans({"progress", "b1", "--watch", "--json"}).out, "\"brand_new\""));
  const auto found = rig.scans({"results", "b1"});
  CHECK(found.code == 0);
  CHECK(contains(found.out, "src/a.c"));
  CHECK(contains(rig.scans({"results", "b1", "--json"}).out, "\"brand_new\""));
  Rig short_of_one;
  short_of_one.on("GET " + scans_path + "/b1/results", results(2));
  CHECK(short_of_one.scans({"results", "b1"}).code == 6);
}

TEST_CASE("scans start: the batch, what to do next, its end with --wait") {
  Rig rig;
  rig.on("POST " + scans_path, batch("queued"), 202);
  rig.on("GET " + scans_path + "/b1", batch());
  const auto begun = rig.scans({"start", "--scan-type", "semgrep"});
  INFO(begun.err);
  CHECK(begun.code == 0);
  CHECK(contains(begun.err, "next: kolega-gate scans progress b1 --watch --repository r1"));
  CHECK(rig.requests().back() == "POST " + scans_path + R"( {"scan_type":"semgrep_scan"})");
  CHECK(contains(rig.scans({"start", "--scan-type", "semgrep", "--json"}).out, "\"brand_new\""));

  rig.on("GET " + scans_path + "/b1/progress", progress("scanning", "running"));
  rig.on("GET " + scans_path + "/b1/progress", progress("completed"));
  rig.on("GET " + scans_path + "/b1/results", results());
  const auto waited = rig.scans({"start", "--scan-type", "semgrep", "--wait"});
  INFO(waited.err);
  CHECK(waited.code == 0);
  CHECK(contains(waited.out, "completed"));
  CHECK(contains(rig.scans({"start", "--scan-type", "semgrep", "--wait", "--json"}).out, "\"brand_new\""));
}

TEST_CASE("scans: what did not end well is not 0") {
  Rig failed;
  failed.on("GET " + scans_path + "/b1/progress", progress("failed", "failed"));
  failed.on("GET " + scans_path + "/b1/results", results());
  CHECK(failed.scans({"progress", "b1", "--watch"}).code == 6);
  Rig late;
  late.on("GET " + scans_path + "/b1/progress", progress("scanning", "running"));
  const auto result = late.scans({"progress", "b1", "--watch", "--timeout", "1m"});
  CHECK(result.code == 7);
  CHECK(contains(result.err, "next: "));
  late.on_sleep = [&] { late.stop.request_stop(); };
  CHECK(late.scans({"progress", "b1", "--watch"}).code == 143);
}

TEST_CASE("scans start: a lost answer is looked up, a conflict and a spent quota say what to do") {
  Rig lost;
  lost.on("POST " + scans_path, "<html>bad</html>", 502);
  lost.on("GET " + scans_path, test::whole_page({batch("queued", "b7")}));
  const auto found = lost.scans({"start", "--scan-type", "semgrep"});
  INFO(found.err);
  CHECK(found.code == 0);
  CHECK(contains(found.out, "b7"));
  CHECK(lost.count("POST") == 1);
  Rig conflict;
  conflict.on("POST " + scans_path, R"({"detail":"a scan is running"})", 409);
  const auto refused = conflict.scans({"start", "--scan-type", "semgrep"});
  CHECK(refused.code == 5);
  CHECK(contains(refused.err, "a scan is running"));
  Rig spent;
  spent.on("POST " + scans_path,
           R"({"detail":{"detail":"x","error_code":"OPERATION_FAILED","quota_type":"sast_scans"}})", 403);
  const auto none = spent.scans({"start", "--scan-type", "semgrep"});
  CHECK(none.code == 3);
  CHECK(contains(none.err, "'sast_scans'"));
}

TEST_CASE("scans: wrong ids and words are refused before anything is sent") {
  Rig rig;
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"get", "../x"},
                                             {"progress", "a b"},
                                             {"results", "a/b"},
                                             {"get", ""},
                                             {"start", "--scan-type", "sast"},
                                             {"start", "--scan-type", "sbom", "--timeout", "soon"},
                                             {"list", "--scan-type", "x"},
                                             {"list", "--status", "complete"},
                                             {"list", "--limit", "-1"}}) {
    const auto result = rig.scans(words);
    INFO(words[0], ": ", result.err);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
  }
  CHECK(rig.requests().empty());
}

TEST_CASE("a repository that can be no id and no name is refused before anything is sent") {
  for (const std::string name : {"x y", "-r", "..", "a?b"}) {
    ApiWorld world;
    for (const auto& command : {std::vector<std::string>{"scans", "list"}, {"run", "--policy", "builtin:starter"}}) {
      auto words = command;
      words.push_back("--repository=" + name);
      const auto result = world.run(words);
      INFO(result.err);
      CHECK(result.code == 2);
      CHECK(contains(result.err, "--repository: '" + name + "' is no id"));
      world.environment["KOLEGA_REPOSITORY"] = name;
      CHECK(contains(world.run(command).err, "KOLEGA_REPOSITORY: '" + name + "' is no id"));
      world.environment.clear();
    }
    CHECK(world.requests().empty());
  }
}
