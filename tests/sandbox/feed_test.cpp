// What becomes of scanners and files that work, fail, or talk nonsense.
#include "sandbox/commands.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "rig.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

const std::vector<SarifRow> one_row{{"CWE-120", "./src/a.c", 12, "strcpy"}};

/// The first row of /progress and the words of a scan whose feed is `feed`.
struct Ending {
  explicit Ending(const sandbox::Feed& feed) : Ending(feed, one_row) {}
  Ending(const sandbox::Feed& feed, const std::vector<SarifRow>& rows) {
    dir.write("out.sarif", sarif(rows));
    dir.write("partial.sarif", sarif(rows, false));
    dir.write("page.html", "<html>no</html>");
    dir.write("cut.sarif", sarif(rows).substr(0, 200));
    run(feed);
  }
  Ending(const sandbox::Feed& feed, const std::string& saved) {
    dir.write("saved.json", saved);
    run(feed);
  }
  void run(const sandbox::Feed& feed) {
    auto config = one_repository(dir.path().string(), "");
    config.repositories[0].feeds[ScanType::semgrep_scan] = feed;
    for (auto& file : config.repositories[0].feeds[ScanType::semgrep_scan].files) file = dir.file(file);
    SandboxRig rig(config);
    const auto path = rig.scan("acme", "semgrep_scan");
    progress = rig.get(path + "/progress");
    results = rig.get(path + "/results");
    findings =
        rig.get("/api/v1/repositories/acme/findings?scan_batch_id=" + path.substr(path.rfind('/') + 1));
  }
  std::string status() const { return progress.text("/status"); }
  std::string row_status() const { return progress.text("/repositories/0/status"); }
  std::string reason() const { return progress.text("/repositories/0/status_reason"); }

  TempDir dir{};
  Answer progress{};
  Answer results{};
  Answer findings{};
};

void check_failed(const Ending& ending, std::string_view why) {
  INFO(ending.progress.response.body);
  CHECK(ending.status() == "failed");
  CHECK(ending.row_status() == "failed");
  CHECK(ending.reason().find(why) != std::string::npos);
  CHECK(ending.progress.text("/error_message").find(why) != std::string::npos);
  CHECK(ending.progress.number("/scans_failed") == 1);
  CHECK(ending.progress.number("/scans_completed") == 0);
  CHECK(ending.progress.at("/repositories/0/findings_count").is_null());
  CHECK(ending.results.number("/findings_count") == 0);
  CHECK(ending.findings.number("/total") == 0);
}

sandbox::Feed command(std::string line) {
  return {.commands = {std::move(line)}};
}

}  // namespace

TEST_CASE("a command's document becomes the findings, with paths inside the repository") {
  const Ending ending(command("cat out.sarif"));
  CHECK(ending.status() == "completed");
  CHECK(ending.results.text("/findings/0/file_path") == "src/a.c");
  CHECK(ending.results.text("/findings/0/severity") == "high");
  CHECK(ending.findings.number("/total") == 1);
}

TEST_CASE("a whole document counts although the scanner exits with 1") {
  CHECK(Ending(command("cat out.sarif; exit 1")).status() == "completed");
}

TEST_CASE("an empty document is a clean scan") {
  const Ending ending(command("cat out.sarif"), std::vector<SarifRow>{});
  CHECK(ending.status() == "completed");
  CHECK(ending.results.number("/findings_count") == 0);
}

TEST_CASE("failing scanners fail their scan and say why") {
  check_failed(Ending(command("echo no licence >&2; exit 3")), "exited with 3: no licence");
  check_failed(Ending(command("true")), "printed nothing");
  check_failed(Ending(command("no-such-scanner --sarif")), "no-such-scanner");
  check_failed(Ending(command("cat page.html")), "no whole SARIF or Semgrep document");
  check_failed(Ending(command("cat cut.sarif")), "no whole SARIF or Semgrep document");
  check_failed(Ending(command("cat out.sarif out.sarif")), "no whole SARIF or Semgrep document");
  check_failed(Ending(command("cat out.sarif; kill -9 $$")), "killed by signal 9");
  check_failed(Ending(sandbox::Feed{.files = {"absent.sarif"}}), "absent.sarif");
  check_failed(Ending(sandbox::Feed{.files = {"page.html"}}), "page.html");
}

TEST_CASE("a command's arguments stay out of what is told") {
  const Ending ending(command("SECRET=hunter2 /opt/bin/scan --key hunter2"));
  CHECK(ending.reason().find("scan") != std::string::npos);
  CHECK(sandbox::program_of("SECRET=hunter2 /opt/bin/scan --key hunter2") == "scan");
  CHECK(sandbox::program_of("A=1") == "the command");
}

TEST_CASE("a type without a scanner says what to install") {
  check_failed(Ending(sandbox::Feed{}), "install semgrep");
  TempDir dir;
  SandboxRig rig(one_repository(dir.path().string(), ""));
  const auto path = rig.scan("acme", "deep_ai_scan");
  CHECK(rig.get(path).text("/status") == "failed");
  CHECK(rig.get(path).text("/error_message").find("nothing is configured for deep_ai_scan") !=
        std::string::npos);
}

TEST_CASE("a document that admits to be partial gives a partial scan with its findings") {
  const Ending ending(command("cat partial.sarif"));
  CHECK(ending.status() == "partial_failure");
  CHECK(ending.row_status() == "succeeded");
  CHECK(!ending.reason().empty());
  CHECK(ending.results.number("/findings_count") == 1);
}

TEST_CASE("saved results are served as they were saved") {
  const std::string row =
      R"({"check_id":"X","file_path":"./a.c","severity":"Odd","message":"m","cwe":["CWE-1"],"owasp":["A03"],"fingerprint":"f1"})";
  const auto document = [&row](const std::string& status, int claimed) {
    return R"({"batch_id":"b","scan_type":"secrets_scan","status":")" + status + R"(","findings_count":)" +
           std::to_string(claimed) + R"(,"findings":[)" + row + "," + row + "]}";
  };
  const Ending whole({.files = {"saved.json"}}, document("completed", 2));
  CHECK(whole.status() == "completed");
  CHECK(whole.results.number("/findings_count") == 2);
  CHECK(whole.results.at("/findings/0") == boost::json::parse(row));
  CHECK(whole.findings.number("/total") == 1);  // one fingerprint, one finding
  const Ending partial({.files = {"saved.json"}}, document("partial_failure", 2));
  CHECK(partial.status() == "partial_failure");
  CHECK(partial.reason().find("ended as partial_failure") != std::string::npos);
  const Ending short_of_rows({.files = {"saved.json"}}, document("completed", 3));
  CHECK(short_of_rows.status() == "partial_failure");
  CHECK(short_of_rows.reason().find("claims 3 findings and holds 2") != std::string::npos);
}

TEST_CASE("a decision record is nothing to serve") {
  check_failed(
      Ending({.files = {"saved.json"}}, std::string(R"({"format":"kolega-gate/decision-record/1"})")),
      "decision record");
}

TEST_CASE("Semgrep's words for severities become the API's") {
  const Ending ending({.files = {"saved.json"}},
                      std::string(R"({"version":"1","errors":[],"results":[{"check_id":"r","path":"a.py",
                        "start":{"line":3},"end":{"line":4},"extra":{"message":"m","severity":"CRITICAL"}}]})"));
  CHECK(ending.status() == "completed");
  CHECK(ending.results.text("/findings/0/severity") == "critical");
}

TEST_CASE("one of two scanners fails: the findings of the other, and a partial scan") {
  const Ending ending(sandbox::Feed{.commands = {"cat out.sarif", "false"}});
  CHECK(ending.status() == "partial_failure");
  CHECK(ending.reason().find("false printed nothing") != std::string::npos);
  CHECK(ending.results.number("/findings_count") == 1);
}

TEST_CASE("files and commands add up, and equal rows of two sources stay two") {
  const Ending ending(sandbox::Feed{.commands = {"cat out.sarif"}, .files = {"out.sarif"}});
  CHECK(ending.status() == "completed");
  REQUIRE(ending.results.number("/findings_count") == 2);
  CHECK(ending.results.text("/findings/0/fingerprint") != ending.results.text("/findings/1/fingerprint"));
  CHECK(ending.findings.number("/total") == 2);
}

TEST_CASE("scanners do not see the gate's tokens") {
  ::setenv("KOLEGA_TOKEN", "kcp_live_secret", 1);
  const Ending ending(command("test -z \"$KOLEGA_TOKEN\" && cat out.sarif"));
  ::unsetenv("KOLEGA_TOKEN");
  CHECK(ending.status() == "completed");
}

TEST_CASE("a real scanner, where it is installed") {
  if (std::system("command -v flawfinder >/dev/null") != 0) {
    MESSAGE("SKIPPED: flawfinder is not installed");
    return;
  }
  TempDir dir;
  dir.write("src/a.c", "#include <string.h>\nvoid f(char* a, char* b) {\n  strcpy(a, b);\n}\n");
  SandboxRig rig(one_repository(dir.path().string(), "flawfinder --sarif ."));
  const auto path = rig.scan("acme", "semgrep_scan");
  CHECK(rig.get(path).text("/status") == "completed");
  const auto findings = rig.get("/api/v1/repositories/acme/findings");
  REQUIRE(findings.number("/total") == 1);
  CHECK(findings.text("/items/0/file_path") == "src/a.c");
  CHECK(findings.text("/items/0/source_url").ends_with("/src/a.c#L3"));
}
