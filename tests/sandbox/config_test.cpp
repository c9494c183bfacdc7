// The configuration file: every key, every wrong value with its place, and the example of the documentation.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/scanners.hpp"
#include "sandbox/source_url.hpp"
#include "support/files.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

struct Wrong {
  std::string text;
  std::string message;
  int line;
};

/// The first block of the page that is marked as YAML.
std::string yaml_example(const std::string& page) {
  const auto begin = page.find("```yaml\n") + 8;
  return page.substr(begin, page.find("```", begin) - begin);
}

}  // namespace

TEST_CASE("wrong configurations are refused with their place") {
  const std::string repository = "repositories:\n  - full_name: a/b\n    ";
  const std::vector<Wrong> wrong{
      {"seed: 1\n", "has no repositories", 1},
      {"[]\n", "must be a map", 1},
      {"repositories: {}\n", "repositories must be a list", 1},
      {"repositories:\n  - id: x\n", "a repository has no full_name", 2},
      {"repositories: []\nsed: 1\n", "unknown key 'sed'", 2},
      {"repositories: []\nseed: -1\n", "seed must be a whole number", 2},
      {"repositories: []\nseed: \"1\"\n", "seed must be a whole number", 2},
      {"repositories: []\nscan_duration: fast\n", "must be a duration", 2},
      {"repositories: []\ncommand_timeout: 0s\n", "command_timeout must be longer than nothing", 2},
      {"repositories: []\nscopes: scans:read\n", "scopes must be a list", 2},
      {"repositories: []\nquotas: {sast: 1}\n", "unknown key 'sast'", 2},
      {repository + "archived: yes\n", "archived must be true or false", 3},
      {repository + "provider: bitbucket\n", "unknown provider 'bitbucket'", 3},
      {repository + "id: a/b\n", "cannot stand in a URL", 3},
      {repository + "id: ..\n", "cannot stand in a URL", 3},
      {"repositories:\n  - {full_name: a/b, id: x}\n  - {full_name: c/d, id: x}\n",
       "two repositories have the id", 3},
      {repository + "triage: {}\n", "triage must be a list", 3},
      {repository + "triage: [{check_id: x}]\n", "a triage entry has no status", 3},
      {repository + "triage: [{status: ignored}]\n", "names neither check_id, path nor fingerprint", 3},
      {repository + "triage: [{check_id: x, status: fixed}]\n", "unknown status 'fixed'", 3},
      {repository + "triage: [{path: \"[\", status: ignored}]\n", "path: ", 3},
      {repository + "feeds: {sast: {}}\n", "unknown scan type 'sast'", 3},
      {repository + "feeds: {semgrep: {}, semgrep_scan: {}}\n", "stands twice", 3},
      {repository + "feeds: {semgrep: {command: x}}\n", "unknown key 'command'", 3},
      {repository + "feeds: {semgrep: {commands: x}}\n", "commands must be a list", 3},
      {repository + "feeds: {semgrep: {scans_failed: 2}}\n", "more than total_repositories", 3},
      {repository + "feeds: {semgrep: {total_repositories: 1001}}\n", "more than 1000", 3},
      {"repositories: []\nfaults:\n  - status: 500\n", "a fault has no route", 3},
      {"repositories: []\nfaults:\n  - route: GET /me\n", "unknown route 'GET /me'", 3},
      {"repositories: []\nfaults:\n  - {route: \"*\", status: 99}\n", "from 200 to 599", 3},
      {"repositories: []\nrepositories: []\n", "", 2},
  };
  for (const auto& each : wrong) {
    INFO(each.text);
    try {
      sandbox::parse_config(each.text, "sandbox.yaml");
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      INFO(error.message());
      CHECK(error.message().find(each.message) != std::string::npos);
      REQUIRE(error.pos());
      CHECK(error.pos()->file == "sandbox.yaml");
      CHECK(error.pos()->line == each.line);
    }
  }
}

TEST_CASE("a misspelt key gets a suggestion") {
  try {
    sandbox::parse_config("repositories: []\nscan_durration: 1s\n", "f");
    FAIL("was accepted");
  } catch (const Error& error) {
    CHECK(error.hint().find("scan_duration") != std::string::npos);
  }
}

TEST_CASE("every key is read, paths are relative to the file") {
  const auto config = sandbox::parse_config(
      R"(organization: acme
seed: 7
scan_duration: 1s500ms
command_timeout: 90s
scopes: [scans:read]
quotas: {sast_scans: 1, deep_ai_scans: 2, prs: 3}
repositories:
  - id: pay
    full_name: acme/pay
    branch: trunk
    provider: gitlab
    directory: ../pay
    archived: true
    fixer: sed -i s/a/b/ src/*.c
    triage:
      - {check_id: CWE-120, path: "src/**", fingerprint: f1, status: false_positive}
    feeds:
      semgrep:
        commands: ["flawfinder --sarif ."]
        files: [saved.sarif, /abs/other.json]
        final_status: cancelled
        results_status: completed
        never_ends: true
        scans_failed: 1
        total_repositories: 4
        scans_assessed: 2
        claimed_findings: 9
faults:
  - {route: GET /api/v1/me, after: 1, times: 2, status: 503, body: x, retry_after: "0", acts: true, delay: 2s, drop: true, cut_after: 5}
)",
      "/etc/sandbox/config.yaml");
  CHECK(config.organization == "acme");
  CHECK(config.seed == 7);
  CHECK(config.scan_duration == std::chrono::milliseconds(1500));
  CHECK(config.scopes == std::vector<std::string>{"scans:read"});
  CHECK(config.quotas.prs == 3);
  REQUIRE(config.repositories.size() == 1);
  const auto& repository = config.repositories[0];
  CHECK(repository.directory == "/etc/pay");
  CHECK(repository.provider == "gitlab");
  CHECK(repository.archived);
  CHECK(config.command_timeout == std::chrono::seconds(90));
  CHECK(repository.fixer == "sed -i s/a/b/ src/*.c");
  REQUIRE(repository.triage.size() == 1);
  CHECK(repository.triage[0].check_id == "CWE-120");
  CHECK(repository.triage[0].path == "src/**");
  CHECK(repository.triage[0].fingerprint == "f1");
  CHECK(repository.triage[0].status == TriageStatus::false_positive);
  const auto& feed = repository.feeds.at(ScanType::semgrep_scan);
  CHECK(feed.files == std::vector<std::string>{"/etc/sandbox/saved.sarif", "/abs/other.json"});
  CHECK(feed.final_status == "cancelled");
  CHECK(feed.never_ends);
  CHECK(feed.total_repositories == 4);
  CHECK(feed.claimed_findings == 9);
  REQUIRE(config.faults.size() == 1);
  const auto& fault = config.faults[0];
  CHECK(fault.times == 2);
  CHECK(fault.status == 503);
  CHECK(fault.retry_after == "0");
  CHECK(fault.acts);
  CHECK(fault.cut_after == 5U);
}

TEST_CASE("the example of the documentation is a configuration") {
  const auto page = slurp(source_dir() / "docs/sandbox.md");
  REQUIRE(!page.empty());
  const auto config = sandbox::parse_config(yaml_example(page), "example.yaml");
  CHECK(config.repositories.size() == 2);
  CHECK(!config.faults.empty());
  for (const auto& scanner : sandbox::known_scanners()) {
    CHECK_MESSAGE(page.find("`" + std::string(scanner.program) + "`") != std::string::npos, scanner.program);
  }
}

TEST_CASE("the default configuration takes the scanners on the PATH and the name of the directory") {
  TempDir dir;
  dir.write("bin/flawfinder", "#!/bin/sh\n");
  dir.write("bin/bandit", "#!/bin/sh\necho no formatters\n");
  for (const auto* program : {"bin/flawfinder", "bin/bandit"}) {
    std::filesystem::permissions(dir.file(program), std::filesystem::perms::owner_all);
  }
  dir.write("project/a.c", "");
  sys::System system;
  system.environment.set("PATH", dir.file("bin"));
  const auto config = sandbox::default_config(dir.file("project"), system);
  REQUIRE(config.repositories.size() == 1);
  CHECK(config.repositories[0].full_name == "local/project");
  CHECK(config.repositories[0].directory == dir.file("project"));
  const auto& feeds = config.repositories[0].feeds;
  REQUIRE(feeds.size() == 1);
  CHECK(feeds.at(ScanType::semgrep_scan).commands ==
        std::vector<std::string>{"flawfinder --falsepositive --sarif ."});
  CHECK_THROWS_AS(sandbox::default_config(dir.file("absent"), system), Error);
}

TEST_CASE("the git remote names the repository") {
  TempDir dir;
  const auto git = "git -C " + dir.path().string() + " ";
  const auto line =
      git + "init -q -b trunk && " + git + "remote add origin https://u:p@github.com/acme/payments.git";
  REQUIRE(std::system(line.c_str()) == 0);
  const auto config = sandbox::default_config(dir.path().string(), sys::System{});
  CHECK(config.repositories[0].full_name == "acme/payments");
}

TEST_CASE("tokens look like test keys") {
  sys::System system;
  double next = 0;
  system.random = [&next] { return next += 0.03; };
  const auto token = sandbox::make_token(system);
  CHECK(token.reveal().starts_with("kcp_test_"));
  CHECK(token.reveal().size() == 41);
  CHECK(token.reveal().find_first_not_of("0123456789abcdef", 9) == std::string_view::npos);
}

TEST_CASE("links as each host writes them") {
  TextPool pool;
  Finding finding;
  finding.path = pool.add("src/a b.c");
  finding.line = 12;
  finding.end_line = 20;
  sandbox::RepositoryConfig repository;
  repository.full_name = "acme/pay";
  CHECK(sandbox::source_url(repository, finding) ==
        "https://github.com/acme/pay/blob/main/src/a%20b.c#L12-L20");
  repository.provider = "gitlab";
  CHECK(sandbox::source_url(repository, finding) ==
        "https://gitlab.com/acme/pay/-/blob/main/src/a%20b.c#L12-20");
  repository.provider = "azure_devops";
  repository.full_name = "acme/project/pay";
  CHECK(sandbox::source_url(repository, finding) ==
        "https://dev.azure.com/acme/project/_git/pay?path=/src/a%20b.c&version=GBmain&line=12&lineEnd=20");
  repository.provider = "github";
  repository.full_name = "local/pay";
  finding.end_line = 0;
  CHECK(sandbox::source_url(repository, finding) ==
        "https://sandbox.invalid/local/pay/blob/main/src/a%20b.c#L12");
  finding.line = 0;
  CHECK(sandbox::source_url(repository, finding) ==
        "https://sandbox.invalid/local/pay/blob/main/src/a%20b.c");
  finding.path = {};
  CHECK(sandbox::source_url(repository, finding).empty());
}
