// what-if against a sandbox behind a server that writes down every request: nothing may be started.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/json.hpp"
#include "cli/api_world.hpp"
#include "cli/batch_groups.hpp"
#include "sandbox/rig.hpp"

using namespace kolega;
using test::contains;

namespace {

const std::string strict = "gate: v1\nname: strict\nscan: {types: [semgrep_scan]}\nthresholds: {low: 0}\n";
const std::string lenient =
    "gate: v1\nname: lenient\nscan: {types: [semgrep_scan]}\nthresholds: {critical: 0}\n";

/// Two runs of the past: the first with a note, the second with an error.
struct Past {
  test::TempDir dir{};
  std::string found{dir.file("found.sarif")};
  test::SandboxRig rig{test::one_repository(dir.path(), "cat " + found)};
  test::ApiWorld api{};

  Past() {
    dir.write("strict.yaml", strict);
    dir.write("lenient.yaml", lenient);
    api.environment = {{"KOLEGA_TOKEN", test::rig_token}};
    api.serve([this](const net::ServerRequest& request) -> std::optional<std::string> {
      auto answer = rig.sandbox().handle(request);
      if (answer.status != 200) return std::nullopt;
      return answer.body;
    });
    scan({});
    scan({{.rule = "r", .path = "a.c", .line = 1, .message = "m", .level = "error"}});
  }
  void scan(const std::vector<test::SarifRow>& rows) {
    dir.write("found.sarif", test::sarif(rows));
    rig.scan("acme", "semgrep_scan");
  }
  test::CliResult what_if(std::vector<std::string> more, const std::string& policy = "strict.yaml") {
    std::vector<std::string> words{"what-if", "--policy", dir.file(policy)};
    words.insert(words.end(), more.begin(), more.end());
    const bool all = std::find(more.begin(), more.end(), "--all") != more.end();
    if (!all) words.insert(words.end(), {"--repository", "acme"});
    return api.run(words);
  }
};

ScanBatch batch(const std::string& id, ScanType type, const std::string& created) {
  ScanBatch out;
  out.id = id;
  out.type = type;
  out.created_at = parse_instant("2026-11-20T" + created + "Z");
  return out;
}

std::string shown(const std::vector<std::vector<ScanBatch>>& groups) {
  std::string out;
  for (const auto& group : groups) {
    out += "[";
    for (const auto& one : group) out += one.id;
    out += "]";
  }
  return out;
}

}  // namespace

TEST_CASE("what-if: used wrongly") {
  Past past;
  const auto refuse = [&](const std::vector<std::string>& words, const std::string& phrase) {
    const auto result = past.api.run(words);
    INFO(result.err);
    CHECK(result.code == 2);
    CHECK_MESSAGE(contains(result.err, phrase), phrase);
  };
  const auto policy = past.dir.file("strict.yaml");
  refuse({"what-if"}, "what-if needs --policy");
  refuse({"what-if", "--policy", "none.yaml"}, "none.yaml");
  refuse({"what-if", "--policy", policy}, "no current policy to compare with");
  refuse({"what-if", "--policy", policy, "--against", policy, "--last", "0"}, "--last");
  refuse({"what-if", "--policy", policy, "--against", policy, "--all", "--repository", "x"}, "--all and");
  CHECK(past.api.requests().empty());
}

TEST_CASE("what-if: both verdicts of every run of the past, and no scan is started") {
  Past past;
  const auto result = past.what_if({"--against", past.dir.file("lenient.yaml"), "--last", "5"});
  INFO(result.out);
  INFO(result.err);
  CHECK(result.code == 0);
  CHECK(contains(result.err, "today's triage status"));
  CHECK(contains(result.out, "fail: thresholds 1"));
  CHECK(contains(result.out, "2 judged: 1 the same, 1 stricter, 0 milder"));
  CHECK(result.out.find("fail") < result.out.find("same"));  // the newest first
  for (const auto& request : past.api.requests()) CHECK_MESSAGE(request.starts_with("GET "), request);
  const auto one = past.what_if({"--against", past.dir.file("lenient.yaml"), "--last", "1", "--all"});
  CHECK(contains(one.out, "1 judged: 0 the same, 1 stricter, 0 milder"));
}

TEST_CASE("what-if --json, with the policy that KOLEGA_POLICY names as the current one") {
  Past past;
  past.api.environment.insert({"KOLEGA_POLICY", past.dir.file("strict.yaml")});
  const auto result = past.what_if({"--json"}, "lenient.yaml");
  INFO(result.err);
  CHECK(result.code == 0);
  const auto tree = parse_json(result.out, "json", ErrorKind::input);
  const JsonView view(tree, "json", ErrorKind::input);
  CHECK(view.require("summary").require_integer("milder") == 1);
  const auto runs = view.require("runs").items();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].require_string("change") == "milder");
  CHECK(runs[0].require("current").require_string("outcome") == "fail");
  CHECK(runs[0].require("new").require_string("outcome") == "pass");
  CHECK(runs[0].require("batches").items().front().require_string("scan_type") == "semgrep_scan");
  CHECK(contains(past.what_if({}, "strict.yaml").err, "both policies say the same"));
}

TEST_CASE("what-if: a policy without any of the scan types, and nothing to judge") {
  Past past;
  past.dir.write("other.yaml", "gate: v1\nname: o\nscan: {types: [secrets_scan]}\nthresholds: {low: 0}\n");
  const auto half = past.what_if({"--against", past.dir.file("other.yaml")});
  INFO(half.out);
  CHECK(half.code == 0);
  CHECK(contains(half.out, "without secrets_scan"));
  CHECK(contains(half.out, "2 not compared"));
  const auto none = past.what_if({"--against", past.dir.file("other.yaml")}, "other.yaml");
  CHECK(none.code == 6);
  CHECK(contains(none.err, "no completed scan batch"));
}

TEST_CASE("what-if: what cannot be read is incomplete and has its exit code") {
  Past past;
  past.api.serve([&past](const net::ServerRequest& request) -> std::optional<std::string> {
    if (contains(request.target, "/results")) return "{";
    auto answer = past.rig.sandbox().handle(request);
    return answer.status == 200 ? std::optional(answer.body) : std::nullopt;
  });
  const auto result = past.what_if({"--against", past.dir.file("lenient.yaml")});
  INFO(result.out);
  INFO(result.err);
  CHECK(result.code == 5);
  CHECK(contains(result.out, "incomplete: api"));
}

TEST_CASE("batches are put together as runs started them") {
  using enum ScanType;
  const auto groups =
      cli::group_batches({batch("d", secrets_scan, "12:00:05"), batch("a", semgrep_scan, "10:00:00"),
                          batch("b", secrets_scan, "10:00:02"), batch("c", semgrep_scan, "12:00:00"),
                          batch("e", semgrep_scan, "12:05:00"), batch("f", secrets_scan, "12:15:01")});
  CHECK(shown(groups) == "[f][e][cd][ab]");
  CHECK(cli::group_batches({}).empty());
}
