#include "cli/fix_findings.hpp"

#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "cli/api_world.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;
using test::quoted;

namespace {

const std::string repository_path = "/api/v1/repositories/r1";

std::string fix_json(const std::string& id) {
  return R"({"id":)" + quoted(id) +
         R"(,"repository_id":"r1","finding_ids":["f1"],"title":"T",)"
         R"("status":"pending","created_at":"2026-06-01T11:00:00Z"})";
}

/// A scan that ends with three findings in two files, and fixes for them.
struct Rig : ApiWorld {
  explicit Rig(const std::string& quota = test::quota_json(5, 5)) {
    const auto batch = repository_path + "/scans/b1";
    on("GET /api/v1/quotas/balance", quota);
    on("GET " + repository_path, test::repository_json("r1", "acme/web"));
    on("GET " + repository_path + "/scans", test::whole_page({}));
    on("POST " + repository_path + "/scans",
       test::batch_json("b1", "semgrep_scan", "queued", "2026-06-01T12:00:00Z"), 202);
    on("GET " + batch + "/progress",
       R"({"batch_id":"b1","repository_id":"r1","scan_type":"semgrep_scan","status":"completed",)"
       R"("total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":1,"scans_assessed":1,)"
       R"("percent_complete":100,"repositories":[{"repository":"acme/web","branch":"develop",)"
       R"("status":"succeeded","findings_count":3}]})");
    on("GET " + batch + "/results",
       R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":3,"findings":[)" +
           test::result_json("p1", "c1") + "," + test::result_json("p2", "c2") + "," +
           test::result_json("p3", "c3", "src/b.c") + "]}");
    on("GET " + repository_path + "/findings",
       test::whole_page({test::finding_json("f1", "c1"), test::finding_json("f2", "c2"),
                         test::finding_json("f3", "c3", "src/b.c")}));
    on("POST " + repository_path + "/fixes", fix_json("x1"), 201);
    on("POST " + repository_path + "/fixes", fix_json("x2"), 201);
    for (const auto* id : {"x1", "x2"}) {
      const auto fix = repository_path + "/fixes/" + id;
      on("GET " + fix + "/diff", R"({"fix_id":)" + quoted(id) + R"(,"status":"completed","diff":"patch\n"})");
      on("GET " + fix + "/progress",
         R"({"fix_id":)" + quoted(id) + R"(,"repository_id":"r1","status":"completed"})");
      on("POST " + fix + "/pull-requests",
         R"({"fix_id":)" + quoted(id) + R"(,"pull_requests":[{"pr_url":"https://x.example/)" + id + R"("}]})",
         201);
    }
  }
  test::CliResult gate(const std::string& fix, const std::string& mode = "block",
                       const std::vector<std::string>& more = {}) {
    const auto policy = dir.write("policy.yaml",
                                  "gate: v1\nname: test\nscan: {types: [semgrep_scan]}\n"
                                  "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n");
    std::vector<std::string> words{"run", "--policy", policy, "--repository", "r1", "--mode", mode};
    if (!fix.empty()) words.push_back(fix);
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  std::vector<std::string> fixes_asked() const {
    std::vector<std::string> out;
    for (const auto& request : requests())
      if (request.starts_with("POST " + repository_path + "/fixes ")) out.push_back(request);
    return out;
  }
  test::TempDir dir{};
};

}  // namespace

TEST_CASE(
    "run --fix: a fix for each file that blocks, from the branch that was scanned; the exit code stays") {
  Rig rig;
  const auto result = rig.gate("--fix");
  INFO(result.err);
  CHECK(result.code == 1);
  REQUIRE(rig.fixes_asked().size() == 2);
  CHECK(contains(rig.fixes_asked()[0], R"("source_repo":"acme/web")"));
  CHECK(contains(rig.fixes_asked()[0], R"("source_scan_branch":"develop")"));
  CHECK(contains(rig.fixes_asked()[0] + rig.fixes_asked()[1], R"("title":"Fix 2 findings in src/a.c")"));
  CHECK(contains(result.err, "fixes diff x1"));
  CHECK(contains(result.err, "fixes diff x2"));
  CHECK_FALSE(contains(result.err, "https://x.example"));
}

TEST_CASE("run --fix=pr opens the pull requests and names them") {
  Rig rig;
  const auto result = rig.gate("--fix=pr");
  CHECK(result.code == 1);
  CHECK(contains(result.err, "https://x.example/x1"));
  CHECK(contains(result.err, "https://x.example/x2"));
}

TEST_CASE("run --fix: the reports name fix, diff and pull request; verdict and exit code stay") {
  Rig plain;
  const auto before = plain.dir.file("before.json");
  const auto table = plain.gate("", "block", {"-o", "json=" + before});
  Rig rig;
  const auto after = rig.dir.file("after.json");
  const auto diffs = rig.dir.file("patches/deep");
  const auto result =
      rig.gate("--fix=pr", "block", {"--fix-diffs", diffs, "-o", "json=" + after, "-o", "markdown"});
  INFO(result.err);
  CHECK(result.code == table.code);
  CHECK(test::slurp(diffs + "/x1.patch") == "patch\n");
  CHECK(test::slurp(diffs + "/x2.patch") == "patch\n");
  CHECK(contains(result.out, "https://x.example/x1"));
  CHECK(contains(result.out, "x2&#46;patch"));
  const auto record = gate::read_record(test::slurp(after), "after");
  REQUIRE(record.fixes.size() == 2);
  CHECK(record.fixes.front().status == "completed");
  CHECK(record.fixes.front().pull_requests.size() == 1);
  CHECK(gate::read_record(test::slurp(before), "before").fixes.empty());
  CHECK(contains(test::slurp(before), "\"outcome\": \"fail\""));
  CHECK(contains(test::slurp(after), "\"outcome\": \"fail\""));
}

TEST_CASE("run --fix: the reports are there before the first fix is asked for, and whole after a signal") {
  Rig rig;
  const auto report = rig.dir.file("record.json");
  bool was_there = false;
  rig.serve([&](const net::ServerRequest& request) -> std::optional<std::string> {
    if (request.method == "POST" && request.target.ends_with("/fixes")) {
      was_there = contains(test::slurp(report), "\"outcome\": \"fail\"");
    }
    if (!request.target.ends_with("/fixes/x1/progress")) return std::nullopt;
    rig.stop.request_stop();
    return R"({"fix_id":"x1","repository_id":"r1","status":"running"})";
  });
  const auto result = rig.gate("--fix", "block", {"-o", "json=" + report});
  INFO(result.err);
  CHECK(was_there);
  CHECK(result.code == 1);
  const auto record = gate::read_record(test::slurp(report), "record");
  REQUIRE(record.fixes.size() == 2);
  CHECK(contains(record.fixes.front().detail, "interrupted"));
  CHECK(contains(result.err, "fixes progress x1 --watch"));
}

TEST_CASE("run --fix: a fix that does not end in half an hour is named as it stands") {
  Rig rig;
  rig.serve([](const net::ServerRequest& request) -> std::optional<std::string> {
    if (!request.target.ends_with("/fixes/x1/progress")) return std::nullopt;
    return R"({"fix_id":"x1","repository_id":"r1","status":"running"})";
  });
  const auto report = rig.dir.file("record.json");
  CHECK(rig.gate("--fix", "block", {"-o", "json=" + report}).code == 1);
  const auto record = gate::read_record(test::slurp(report), "record");
  REQUIRE(record.fixes.size() == 2);
  CHECK(contains(record.fixes.front().detail, "still running"));
  CHECK(record.fixes.back().status == "completed");
}

TEST_CASE(
    "run --fix: nothing is asked for without a failed verdict, without the option, or by a wrong word") {
  Rig rig;
  CHECK(rig.gate("--fix", "warn").code == 0);
  CHECK(rig.gate("").code == 1);
  CHECK(rig.fixes_asked().empty());
  Rig wrong;
  CHECK(wrong.gate("--fix=now").code == 2);
  CHECK(wrong.gate("", "block", {"--fix-diffs", "x"}).code == 2);
  CHECK(wrong.gate("--fix", "block", {"--fix-diffs", "/dev/null/x"}).code == 2);
  CHECK(wrong.requests().empty());
}

TEST_CASE("run --fix keeps to the quota, and no failure of a fix changes the exit code") {
  auto one = test::quota_json(5, 5);
  const std::string five = R"("remaining":5)";
  one.replace(one.find(five), five.size(), R"("remaining":1)");
  Rig rig(one);
  const auto result = rig.gate("--fix");
  CHECK(result.code == 1);
  CHECK(rig.fixes_asked().size() == 1);
  CHECK(contains(result.err, "is left for 1 of 2 fixes"));

  Rig refusing;
  refusing.serve([](const net::ServerRequest& request) -> std::optional<std::string> {
    if (request.method == "POST" && request.target.ends_with("/fixes")) return "{}";
    return std::nullopt;
  });
  const auto refused = refusing.gate("--fix");
  INFO(refused.err);
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "warning: --fix: "));
  CHECK(refusing.fixes_asked().size() == 2);
}

TEST_CASE("groups: by file, the most severe first, only what broke a blocking rule and has an id") {
  const auto record = gate::decide(test::sample_record("fail").inputs);
  const auto groups = cli::blocking_groups(record);
  REQUIRE_FALSE(groups.empty());
  for (std::size_t i = 1; i < groups.size(); ++i) CHECK(groups[i - 1].worst >= groups[i].worst);
  for (const auto& group : groups) CHECK_FALSE(group.finding_ids.empty());
  CHECK(cli::blocking_groups(gate::decide(test::sample_record("pass").inputs)).empty());
}
