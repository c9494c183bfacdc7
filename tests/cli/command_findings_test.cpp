#include <doctest/doctest.h>

#include "api/documents.hpp"
#include "base/text.hpp"
#include "cli/api_world.hpp"

using namespace kolega;
using test::ApiWorld;
using test::contains;

namespace {

constexpr const char* repository_path = "/api/v1/repositories/r1";
const std::string findings_path = std::string(repository_path) + "/findings";

std::string path_call(const std::string& method, const std::string& path) {
  return method + " " + path;
}

struct Rig : ApiWorld {
  Rig() { on(path_call("GET", repository_path), test::repository_json("r1", "acme/web")); }
  test::CliResult findings(std::vector<std::string> words) {
    words.insert(words.begin(), "findings");
    words.insert(words.end(), {"--repository", "r1"});
    return run(words);
  }
  void page(const std::vector<std::string>& items) {
    on(path_call("GET", findings_path), test::whole_page(items));
  }
};

std::string with(std::string document, const std::string& from, const std::string& to) {
  const auto at = document.find(from);
  REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("findings list: every filter reaches the API by its own name") {
  Rig rig;
  rig.page({test::finding_json("f1")});
  const auto result = rig.findings({"list", "--scan-id", "b1", "--severity", "high", "--status", "open",
                                    "--scan-type", "deep-ai", "--limit", "7"});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.out, "f1"));
  CHECK(contains(result.out, "src/a.c"));
  CHECK(rig.requests().back() ==
        "GET " + findings_path +
            "?scan_batch_id=b1&severity=high&status=open&scan_type=deep_ai_scan&limit=7");
  CHECK(rig.findings({"list", "--scan-batch-id", "b2"}).code == 0);
  CHECK(contains(rig.requests().back(), "scan_batch_id=b2"));
}

TEST_CASE("findings list --json: the API's own shape, members nobody knows among it") {
  Rig rig;
  rig.page({with(test::finding_json("f1"), R"("cwe")", R"("brand_new":{"x":1.5},"cwe")")});
  const auto result = rig.findings({"list", "--json"});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(contains(result.out, "\"brand_new\""));
  CHECK(result.out.starts_with("["));
}

TEST_CASE("what is wrong is refused before anything is sent") {
  Rig rig;
  const std::vector<std::vector<std::string>> wrong{{"list", "--severity", "hgh"},
                                                    {"list", "--status", "closed"},
                                                    {"list", "--scan-type", "sast"},
                                                    {"list", "--scan-id", "../b1"},
                                                    {"list", "--scan-id", "b1", "--scan-batch-id", "b1"},
                                                    {"list", "--limit", "0"},
                                                    {"list", "--limit", "3", "--all"},
                                                    {"get", "a/b"},
                                                    {"get", ""},
                                                    {"get", ".."},
                                                    {"get"},
                                                    {"set-status", "f1"},
                                                    {"set-status", "f1", "wontfix"},
                                                    {"set-status", "f1", "open", "more"},
                                                    {"set-status", "f 1", "open"}};
  for (const auto& words : wrong) {
    const auto result = rig.findings(words);
    INFO(result.err);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(contains(result.err, "hint: ") == !contains(result.err, "is not a number"));
  }
  CHECK(rig.requests().empty());
}

TEST_CASE("hostile text of a finding stays in its line and its column") {
  Rig rig;
  rig.terminal = true;
  rig.columns = 60;
  rig.page({test::finding_json("f1", R"(##[error]x\u001b[31m)", R"(a\nPASSED)")});
  const auto result = rig.findings({"list"});
  CHECK(result.code == 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 2);
  CHECK_FALSE(contains(result.out, "\x1b"));
  CHECK_FALSE(contains(result.out, "##["));
  for (const auto line : split(result.out, '\n')) CHECK(display_width(line) <= 80);
}

TEST_CASE("a list that is about another repository is an error") {
  Rig rig;
  rig.page({with(test::finding_json("f1"), R"("r1")", R"("r2")")});
  for (const auto& words : std::vector<std::vector<std::string>>{{"list"}, {"list", "--json"}}) {
    const auto result = rig.findings(words);
    CHECK(result.code == 5);
    CHECK(result.out.empty());
  }
}

TEST_CASE("findings get: facts, the document, and an answer about another") {
  Rig rig;
  rig.on("GET " + findings_path + "/f1", test::finding_json("f1"));
  rig.on("GET " + findings_path + "/f2", test::finding_json("f1"));
  const auto shown = rig.findings({"get", "f1"});
  CHECK(shown.code == 0);
  CHECK(contains(shown.out, "severity        high"));
  CHECK(rig.findings({"get", "f1", "--json"}).out.starts_with("{"));
  CHECK(rig.findings({"get", "f2"}).code == 5);
  CHECK(rig.findings({"get", "f3"}).code == 4);
}

TEST_CASE("findings set-status: one PATCH, and only what came true is told") {
  Rig rig;
  rig.on("PATCH " + findings_path + "/f1", with(test::finding_json("f1"), R"("open")", R"("ignored")"));
  const auto result = rig.findings({"set-status", "f1", "ignored"});
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(result.err == "finding f1 is now ignored\n");
  CHECK(rig.requests().back() == "PATCH " + findings_path + R"(/f1 {"status":"ignored"})");
  CHECK(contains(rig.findings({"set-status", "f1", "ignored", "--json"}).out, "\"ignored\""));
  const auto unchanged = rig.findings({"set-status", "f1", "resolved"});
  CHECK(unchanged.code == 5);
  CHECK(contains(unchanged.err, "it is still 'ignored'"));
}

TEST_CASE("each class of error has its exit code and says why") {
  struct Case {
    int status{};
    const char* body{};
    int code{};
    const char* says{};
  };
  const Case cases[]{
      {401, R"({"detail":"bad key"})", 4, "KOLEGA_TOKEN"},
      {403, R"({"detail":"scope"})", 4, "scope to write findings"},
      {403, R"({"detail":{"detail":"x","error_code":"OPERATION_FAILED","quota_type":"prs"}})", 3, "'prs'"},
      {404, R"({"detail":"gone"})", 4, "gone"},
      {409, R"({"detail":"busy"})", 5, "conflict"},
      {422, R"({"detail":[{"loc":["body","status"],"msg":"bad word","type":"enum"}]})", 5,
       "body.status: bad word"},
      {500, "<html>", 5, "findings get f1"},
  };
  for (const auto& wrong : cases) {
    Rig rig;
    rig.on("PATCH " + findings_path + "/f1", wrong.body, wrong.status);
    const auto result = rig.findings({"set-status", "f1", "open"});
    INFO(result.err);
    CHECK(result.code == wrong.code);
    CHECK(contains(result.err, wrong.says));
    CHECK(contains(result.err, "setting the status of finding f1"));
    CHECK(rig.count("PATCH") == 1);
  }
}
