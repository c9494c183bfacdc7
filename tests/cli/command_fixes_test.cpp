#include <doctest/doctest.h>

#include <sstream>

#include "api/documents.hpp"
#include "base/json.hpp"
#include "cli/api_world.hpp"
#include "cli/fix_watch.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;
using test::quoted;

namespace {

const std::string repository_path = "/api/v1/repositories/r1";
const std::string fixes_path = repository_path + "/fixes";
const std::string no_quota =
    R"({"detail":{"detail":"x","error_code":"OPERATION_FAILED","quota_type":"prs"}})";

std::string fix_json(const std::string& status, const std::string& requests = "[]",
                     const std::string& id = "x1") {
  return R"({"id":)" + quoted(id) + R"(,"repository_id":"r1","finding_ids":["f1"],"title":"T","status":)" +
         quoted(status) +
         R"(,"source_repo":"acme/web","source_repo_provider":"github","source_scan_branch":"main",)"
         R"("error_message":null,"brand_new":1,"created_at":"2026-06-01T11:00:00Z","pull_requests":)" +
         requests + "}";
}
std::string progress_json(const std::string& status, const std::string& more = {}) {
  return R"({"fix_id":"x1","repository_id":"r1","status":)" + quoted(status) +
         R"(,"started_at":"2026-06-01T11:59:18Z","duration_seconds":42.4,"agent_steps_completed":12,)"
         R"("latest_activity_at":"2026-06-01T11:59:57Z")" +
         more + "}";
}
std::string request_json() {
  return R"([{"repo_full_name":"acme/web","branch_name":"fix/1","pr_number":7,"pr_url":"https://x.example/7",)"
         R"("merge_status":"open","created_at":"2026-06-01T11:00:00Z"}])";
}
std::string quota_of_fixes(int left) {
  auto text = test::quota_json(5, 5);
  const std::string five = R"("used":1,"remaining":5)";
  return text.replace(text.find(five), five.size(), R"("used":1,"remaining":)" + std::to_string(left));
}

struct Rig : ApiWorld {
  Rig() {
    on("GET " + repository_path, test::repository_json("r1", "acme/web"));
    on("GET /api/v1/quotas/balance", quota_of_fixes(3));
  }
  test::CliResult fixes(std::vector<std::string> words) {
    words.insert(words.begin(), "fixes");
    words.insert(words.end(), {"--repository", "r1"});
    return run(words);
  }
};

}  // namespace

TEST_CASE("fixes list and get: filters, facts, pull requests, the API's own shape") {
  Rig rig;
  rig.on("GET " + fixes_path, test::whole_page({fix_json("completed", request_json())}));
  rig.on("GET " + fixes_path + "/x1", fix_json("completed", request_json()));
  const auto list = rig.fixes({"list", "--finding", "f1"});
  INFO(list.err);
  CHECK(list.code == 0);
  CHECK(contains(list.out, "x1  completed"));
  CHECK(rig.requests().back() == "GET " + fixes_path + "?finding_id=f1&limit=50");
  CHECK(contains(rig.fixes({"list", "--json"}).out, "\"brand_new\""));
  const auto get = rig.fixes({"get", "x1"});
  CHECK(contains(get.out, "acme/web, github, main"));
  CHECK(contains(get.out, "https://x.example/7"));
  CHECK(contains(rig.fixes({"get", "x1", "--json"}).out, "\"brand_new\""));
  CHECK(rig.fixes({"get", "x2"}).code == 4);
}

TEST_CASE("fixes run: source, provider and branch found by themselves") {
  Rig rig;
  rig.on("POST " + fixes_path, fix_json("pending"), 201);
  const auto result =
      rig.fixes({"run", "f1", "f2", "--finding-ids", "f2,f3", "--instructions", "mind \"this\""});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(rig.requests().back() ==
        "POST " + fixes_path +
            R"( {"finding_ids":["f1","f2","f3"],"title":"Fix 3 findings","instructions":"mind \"this\"",)"
            R"("source_repo":"acme/web","source_repo_provider":"github","source_scan_branch":"main"})");
  CHECK(contains(result.err, "next: kolega-gate fixes progress x1 --watch --repository r1"));
  CHECK(contains(rig.fixes({"run", "f1", "--json"}).out, "\"brand_new\""));
}

TEST_CASE("fixes run: what is wrong is refused before anything is sent") {
  Rig rig;
  const std::vector<std::vector<std::string>> wrong{
      {"run"},
      {"run", "a/b"},
      {"run", "--finding-ids", "a,,b"},
      {"run", "f1", "--title", ""},
      {"run", "f1", "--title", std::string(201, 'x')},
      {"run", "f1", "--instructions", " "},
      {"run", "f1", "--instructions", "a", "--instructions-file", "b"},
      {"run", "f1", "--instructions-file", "/nonexistent"},
      {"run", "f1", "--source-repo-provider", "bitbucket"},
      {"run", "--fingerprint", "abc"},
      {"run", "f1", "--record", "r.json"},
      {"run", "f1", "--timeout", "soon"},
      {"refine", "x1"},
      {"refine", "x1", "--instructions", std::string(12'001, 'x')},
      {"refine", "x/1", "--instructions", "a"},
      {"pr", "x1", "--title", " "},
      {"pr", "x1", "--body", "\xff"},
      {"diff"},
      {"cancel", ".."}};
  for (const auto& words : wrong) {
    const auto result = rig.fixes(words);
    INFO(result.err);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
  }
  CHECK(rig.requests().empty());
  rig.on("POST " + fixes_path, fix_json("pending"), 201);
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  CHECK(rig.fixes({"run", "f1", "--title", umlauts}).code == 0);
}

TEST_CASE("fixes run: several source repositories need a choice, and no quota ends it") {
  Rig rig;
  ApiWorld several;
  auto document = test::repository_json("r1", "acme/web");
  const std::string end = "]}";
  document.replace(document.rfind(end), end.size(),
                   R"(,{"full_name":"acme/api","default_branch":"trunk","provider":"gitlab"}]})");
  several.on("GET " + repository_path, document);
  several.on("GET /api/v1/quotas/balance", quota_of_fixes(3));
  several.on("POST " + fixes_path, fix_json("pending"), 201);
  const std::vector<std::string> words{"fixes", "run", "f1", "--repository", "r1"};
  const auto which = several.run(words);
  CHECK(which.code == 2);
  CHECK(contains(which.err, "acme/api"));
  CHECK(several.count("POST") == 0);
  auto chosen = words;
  chosen.insert(chosen.end(), {"--source-repo", "acme/API"});
  CHECK(several.run(chosen).code == 0);
  CHECK(contains(several.requests().back(),
                 R"("source_repo":"acme/api","source_repo_provider":"gitlab","source_scan_branch":"trunk")"));

  ApiWorld empty;
  empty.on("GET " + repository_path, test::repository_json("r1", "acme/web"));
  empty.on("GET /api/v1/quotas/balance", quota_of_fixes(0));
  empty.on("POST " + fixes_path, no_quota, 403);
  const auto none = empty.run(words);
  CHECK(none.code == 3);
  CHECK(contains(none.err, "'prs', which starts anew at 2026-06-15T00:00:00Z"));
  CHECK(empty.count("POST") == 0);
  auto anyway = words;
  anyway.emplace_back("--no-quota-check");
  CHECK(empty.run(anyway).code == 3);
  CHECK(empty.count("POST") == 1);
}

TEST_CASE("fixes run by fingerprint: the ids and the repository come from the record") {
  const test::TempDir dir;
  auto inputs = test::sample_record("fail").inputs;
  inputs.policy.reset();  // the samples' policies are made for writers, not for reading
  inputs.subject.repository_id = "r1";
  const auto record = gate::decide(std::move(inputs));
  const auto& finding = record.inputs.findings.rows.front();
  REQUIRE(finding.details);
  std::ostringstream text;
  gate::write_record(record, text);
  const auto file = dir.write("record.json", text.str());
  Rig rig;
  rig.on("POST " + fixes_path, fix_json("pending"), 201);
  const auto result = rig.run({"fixes", "run", "--fingerprint", finding.fingerprint.str(), "--record", file});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(contains(rig.requests().back(), R"({"finding_ids":[")" + finding.details->id.str() + R"("])"));
  const auto none = rig.run({"fixes", "run", "--fingerprint", "none", "--record", file});
  CHECK(none.code == 2);
  CHECK(contains(none.err, "hint: "));
}

TEST_CASE("fixes run by the beginning of a fingerprint: the finding it means, or the ones it may mean") {
  const test::TempDir dir;
  auto inputs = test::sample_record("fail").inputs;
  inputs.policy.reset();
  inputs.subject.repository_id = "r1";
  auto& rows = inputs.findings.rows;
  REQUIRE(rows.size() >= 3);
  const auto name = [&](std::size_t row, std::string_view fingerprint, std::string_view id) {
    auto finding = rows[row];
    finding.fingerprint = inputs.findings.pool->add_fingerprint(fingerprint);
    auto details = finding.details ? *finding.details : FindingDetails{};
    details.id = inputs.findings.pool->intern(id);
    finding.details = inputs.findings.pool->store(details);
    rows.set(row, finding);
  };
  name(0, "1f3a00aa", "f-one");
  name(1, "1f3b00aa", "f-two");
  name(2, "1f3b00bb", "f-three");
  std::ostringstream text;
  gate::write_record(gate::decide(std::move(inputs)), text);
  const auto file = dir.write("record.json", text.str());
  Rig rig;
  rig.on("POST " + fixes_path, fix_json("pending"), 201);
  const auto ask = [&](const std::string& fingerprint) {
    return rig.run({"fixes", "run", "--fingerprint", fingerprint, "--record", file});
  };
  const auto one = ask("1f3a");
  INFO(one.err);
  CHECK(one.code == 0);
  CHECK(contains(rig.requests().back(), R"({"finding_ids":["f-one"])"));
  const auto sent = rig.requests().size();
  const auto several = ask("1f3b00");
  CHECK(several.code == 2);
  CHECK(contains(several.err, "'1f3b00' is the name of 2 findings"));
  CHECK(contains(several.err, "1f3b00aa"));
  CHECK(contains(several.err, "1f3b00bb"));
  CHECK(ask("1f3").code == 2);
  CHECK(ask("").code == 2);
  CHECK(rig.requests().size() == sent);
}

TEST_CASE("fixes run --wait: the end decides the exit code; a 404 just after the start is none") {
  struct Case {
    const char* status{};
    int code{};
  };
  for (const auto& end :
       {Case{"completed", 0}, Case{"failed", 6}, Case{"cancelled", 6}, Case{"pr_creation_failed", 6}}) {
    Rig rig;
    rig.on("POST " + fixes_path, fix_json("pending"), 201);
    rig.on("GET " + fixes_path + "/x1/progress", R"({"detail":"Not found"})", 404);
    rig.on("GET " + fixes_path + "/x1/progress", progress_json("pending"));
    rig.on("GET " + fixes_path + "/x1/progress", progress_json("running"));
    rig.on("GET " + fixes_path + "/x1/progress", progress_json(end.status, R"(,"error_message":"why")"));
    rig.on("GET " + fixes_path + "/x1", fix_json(end.status));
    const auto result = rig.fixes({"run", "f1", "--wait"});
    INFO(result.err);
    CHECK(result.code == end.code);
    CHECK(contains(result.err, "Running... (42s, 12 steps, last update "));
    CHECK(contains(result.out, end.status));
    CHECK(contains(result.err, "why") == (end.code != 0));
  }
}

TEST_CASE("a fix that does not end: 7 and how to go on; a signal likewise") {
  Rig rig;
  rig.on("GET " + fixes_path + "/x1/progress", progress_json("thinking"));
  const auto late = rig.fixes({"progress", "x1", "--watch", "--timeout", "1m"});
  CHECK(late.code == 7);
  CHECK(contains(late.err, "next: kolega-gate fixes progress x1 --watch --repository r1"));
  rig.on_sleep = [&] { rig.stop.request_stop(); };
  const auto stopped = rig.fixes({"progress", "x1", "--watch"});
  CHECK(stopped.code == 143);
  CHECK(contains(stopped.err, "next: "));
}

TEST_CASE("fixes progress without --watch, and phrases of numbers that nobody should send") {
  Rig rig;
  rig.on("GET " + fixes_path + "/x1/progress", progress_json("running"));
  const auto shown = rig.fixes({"progress", "x1"});
  CHECK(shown.code == 0);
  CHECK(contains(shown.out, "12"));
  CHECK(rig.fixes({"progress", "x1", "--json"}).out.starts_with("{"));
  const auto now = *parse_instant("2026-06-01T12:00:00Z");
  const auto phrase = [&](const std::string& json) {
    const auto document = parse_json(json, "test", ErrorKind::api);
    return cli::describe_fix_progress({document, "test", ErrorKind::api}, now);
  };
  CHECK(phrase(progress_json("running")) == "Running... (42s, 12 steps, last update 3s ago)");
  CHECK(phrase(progress_json("completed")) == "Completed (42s, 12 steps)");
  CHECK(phrase(R"({"status":"pending","agent_steps_completed":1})") == "Pending... (1 step)");
  CHECK(phrase(R"({"status":"running","duration_seconds":-1e308,"agent_steps_completed":-4,)"
               R"("latest_activity_at":"2099-01-01T00:00:00Z"})") ==
        "Running... (0s, 0 steps, last update 0s ago)");
}

TEST_CASE("fixes diff: exactly the patch, or an error that says why there is none") {
  const auto diff_json = [](const std::string& status, const std::string& patch) {
    return R"({"fix_id":"x1","status":)" + quoted(status) + R"(,"diff":)" + patch + "}";
  };
  const auto target = "GET " + fixes_path + "/x1/diff";
  const std::string patch = "--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-a\\n+\\tb\\u001b[0m\\n";
  Rig rig;
  rig.on(target, diff_json("completed", quoted(patch)));
  CHECK(rig.fixes({"diff", "x1"}).out == "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\tb\x1b[0m\n");
  rig.terminal = true;
  CHECK(rig.fixes({"diff", "x1"}).out == "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\tb\\u001B[0m\n");
  Rig running;
  running.on(target, diff_json("running", "null"));
  const auto wait = running.fixes({"diff", "x1"});
  CHECK(wait.code == 7);
  CHECK(wait.out.empty());
  CHECK(contains(wait.err, "--watch"));
  Rig failed;
  failed.on(target, diff_json("failed", "null"));
  CHECK(failed.fixes({"diff", "x1"}).code == 6);
  CHECK(contains(failed.fixes({"diff", "x1", "--json"}).out, "null"));
}

TEST_CASE("fixes refine, cancel and pr: what is sent and what is told") {
  Rig rig;
  rig.on("POST " + fixes_path + "/x1/refine", fix_json("pending"));
  rig.on("POST " + fixes_path + "/x1/cancel", fix_json("cancelled"));
  rig.on("POST " + fixes_path + "/x1/pull-requests",
         R"({"fix_id":"x1","pull_requests":)" + request_json() + "}", 201);
  rig.input = "from a file";
  CHECK(rig.fixes({"refine", "x1", "--instructions", "more"}).code == 0);
  CHECK(rig.requests().back() == "POST " + fixes_path + R"(/x1/refine {"instructions":"more"})");
  const auto cancelled = rig.fixes({"cancel", "x1"});
  CHECK(cancelled.err == "fix x1 is cancelled\n");
  const auto opened = rig.fixes({"pr", "x1", "--title", "T", "--branch", "b/1"});
  INFO(opened.err);
  CHECK(opened.code == 0);
  CHECK(contains(opened.out, "https://x.example/7"));
  CHECK(rig.requests().back() ==
        "POST " + fixes_path + R"(/x1/pull-requests {"title":"T","branch_name":"b/1"})");
  CHECK(contains(rig.fixes({"pr", "x1", "--json"}).out, "\"pr_number\""));
  CHECK(rig.requests().back() == "POST " + fixes_path + "/x1/pull-requests {}");
  Rig none;
  none.on("POST " + fixes_path + "/x1/pull-requests", R"({"fix_id":"x1","pull_requests":[]})", 201);
  CHECK(none.fixes({"pr", "x1"}).code == 6);
}

TEST_CASE("fixes: each class of error has its exit code and says why; a change is sent once") {
  struct Case {
    int status{};
    std::string body{};
    int code{};
    const char* says{};
  };
  const Case cases[]{{401, R"({"detail":"bad key"})", 4, "KOLEGA_TOKEN"},
                     {403, R"({"detail":"scope"})", 4, "scope to write fixes"},
                     {403, no_quota, 3, "'prs', which starts anew at 2026-06-15"},
                     {404, R"({"detail":"gone"})", 4, "gone"},
                     {409, R"({"detail":"a fix is running"})", 5, "a fix is running"},
                     {422,
                      R"({"detail":[{"loc":["body","title"],"msg":"too long","type":"x"},)"
                      R"({"loc":["body","finding_ids",0],"msg":"unknown","type":"x"}]})",
                      5, "body.title: too long; body.finding_ids.0: unknown"},
                     {502, "<html>bad</html>", 5, "fixes list"}};
  for (const auto& wrong : cases) {
    Rig rig;
    rig.on("POST " + fixes_path, wrong.body, wrong.status);
    const auto result = rig.fixes({"run", "f1"});
    INFO(result.err);
    CHECK(result.code == wrong.code);
    CHECK(contains(result.err, wrong.says));
    CHECK(contains(result.err, "starting a fix of 1 finding"));
    CHECK(rig.count("POST") == 1);
  }
}

TEST_CASE("fixes run: a lost answer is looked up before a second fix is begun") {
  const auto listed = [](const std::string& created, const std::string& title = "Fix finding f1") {
    return R"({"id":"x9","repository_id":"r1","finding_ids":["f1"],"title":)" + quoted(title) +
           R"(,"status":"pending","created_at":)" + quoted(created) + "}";
  };
  Rig there;
  there.on("POST " + fixes_path, "<html>bad</html>", 502);
  there.on("GET " + fixes_path, test::whole_page({listed("2026-06-01T12:00:00Z")}));
  const auto found = there.fixes({"run", "f1"});
  INFO(found.err);
  CHECK(found.code == 0);
  CHECK(there.count("POST") == 1);
  CHECK(contains(found.err, "found it: fix x9"));
  CHECK(contains(there.requests().back(), "GET " + fixes_path + "?finding_id=f1"));

  for (const auto& other : {listed("2026-06-01T11:00:00Z"), listed("2026-06-01T12:00:00Z", "another")}) {
    Rig absent;
    absent.on("POST " + fixes_path, "", 503);
    absent.on("POST " + fixes_path, fix_json("pending"), 201);
    absent.on("GET " + fixes_path, test::whole_page({other}));
    const auto again = absent.fixes({"run", "f1"});
    INFO(again.err);
    CHECK(again.code == 0);
    CHECK(absent.count("POST") == 2);
  }

  Rig lost;
  lost.on("POST " + fixes_path, "", 503);
  lost.on("GET " + fixes_path, test::whole_page({}));
  const auto twice = lost.fixes({"run", "f1"});
  CHECK(twice.code == 5);
  CHECK(lost.count("POST") == 2);
  CHECK(contains(twice.err, "kolega-gate fixes list"));
}
