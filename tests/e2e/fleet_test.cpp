// `fleet` from the outside: many repositories, each judged exactly once, whatever happens in between.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "e2e/harness.hpp"

using namespace kolega;
using kolega::test::SandboxProcess;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A sandbox with so many repositories acme/r1, acme/r2, ...; `feeds` say what is special about some of them.
class FleetWorld : public World {
 public:
  explicit FleetWorld(int repositories, const std::map<int, std::string>& feeds = {}, const std::string& top = {}) {
    std::string text = "scan_duration: 300ms\n" + top + "repositories:\n";
    for (int i = 1; i <= repositories; ++i) {
      const auto feed = feeds.contains(i) ? feeds.at(i) : std::string("files: [good.sarif]");
      text += "  - {id: r" + std::to_string(i) + ", full_name: acme/r" + std::to_string(i) +
              ", feeds: {semgrep_scan: {" + feed + "}}}\n";
    }
    text += "  - {id: old, full_name: acme/old, archived: true}\n";
    write("sandbox.yaml", text);
  }
  void connect(const SandboxProcess& sandbox) {
    set("KOLEGA_API_URL", sandbox.url());
    set("KOLEGA_TOKEN", sandbox.token());
  }
  static std::vector<std::string> words(std::vector<std::string> more = {}) {
    std::vector<std::string> out{"fleet", "--policy", "policy.yaml", "--out", "out"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  std::vector<boost::json::object> results(const std::string& folder = "out") const {
    std::vector<boost::json::object> out;
    const auto text = read(folder + "/results.jsonl");
    for (const auto line : split(text, '\n')) {
      if (!line.empty()) out.push_back(parse_json(line, "results", ErrorKind::input).as_object());
    }
    return out;
  }
  /// The last result of a repository.
  boost::json::object result(const std::string& id, const std::string& folder = "out") const {
    boost::json::object found;
    for (const auto& one : results(folder)) {
      if (one.at("repository_id").as_string() == id) found = one;
    }
    return found;
  }
  /// How many scans the server has of a repository.
  std::size_t scans(const std::string& id) {
    const auto listed = run({"scans", "list", "--repository", id, "--json", "--all"});
    return parse_json(listed.out, "scans", ErrorKind::api).as_array().size();
  }
};

std::set<std::string> ids_of(const std::vector<boost::json::object>& results) {
  std::set<std::string> out;
  for (const auto& one : results) CHECK(out.insert(std::string(one.at("repository_id").as_string())).second);
  return out;
}

}  // namespace

TEST_CASE("fleet 0: every repository is proven, each scanned once, archived ones left out") {
  FleetWorld world(5);
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.err, "5 repositories selected, 1 archived left out"));
  CHECK(ids_of(world.results()) == std::set<std::string>{"r1", "r2", "r3", "r4", "r5"});
  for (const auto& one : world.results()) {
    CHECK(one.at("outcome").as_string() == "pass");
    CHECK(world.has("out/" + std::string(one.at("record").at("path").as_string())));
  }
  for (int i = 1; i <= 5; ++i) CHECK(world.scans("r" + std::to_string(i)) == 1);
  // Each record is the one that `run` would have written: it replays.
  CHECK(world.run({"replay", "out/records/r3.json"}).exit_code == 0);
  // It has ended: what it found is told again as what it is, and not as a verdict of today.
  world.write("good.sarif", world.sarif("error"));
  const auto again = world.run(world.words({"--all", "-o", "json=again.json"}));
  INFO(again.err);
  CHECK(again.exit_code == 2);
  CHECK(contains(again.err, "has a verdict on every repository, and that is not today's"));
  CHECK(contains(again.err, "kolega-gate fleet report out"));
  CHECK_FALSE(world.has("again.json"));
  CHECK(world.scans("r3") == 1);
  CHECK(world.run({"fleet", "report", "out"}).exit_code == 0);
  world.write("good.sarif", world.sarif("note"));
  CHECK(world.run(world.words({"--all", "--restart"})).exit_code == 0);
  CHECK(world.scans("r3") == 2);
}

TEST_CASE("fleet 2: what began too long ago is not gone on from, though something is left to do") {
  FleetWorld world(2, {{2, "files: [good.sarif], final_status: failed"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  CHECK(world.run(world.words({"--all"})).exit_code == 6);
  CHECK(world.run(world.words({"--all"})).exit_code == 6);  // r2 is tried again
  CHECK(world.scans("r2") == 2);
  auto header = world.read("out/fleet.json");
  const std::string key = "\"started_at\": \"";
  header.replace(header.find(key) + key.size(), 4, "2025");
  world.write("out/fleet.json", header);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "the run there began at 2025-"));
  CHECK(world.scans("r2") == 2);
  CHECK(world.run({"fleet", "report", "out"}).exit_code == 6);
}

TEST_CASE("fleet: one repository's fault is its own, and the exit code is the strictest") {
  FleetWorld world(4, {{2, "files: [bad.sarif]"}, {3, "files: [good.sarif], final_status: failed"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ids_of(world.results()).size() == 4);
  CHECK(world.result("r1").at("exit_code").as_int64() == 0);
  CHECK(world.result("r2").at("exit_code").as_int64() == 1);
  CHECK(world.result("r3").at("exit_code").as_int64() == 6);
  CHECK(world.result("r4").at("exit_code").as_int64() == 0);
  CHECK(contains(result.err, "acme/r2: FAIL"));
  CHECK(world.run(world.words({"--repositories", "acme/r[134]", "--out", "other"})).exit_code == 2);
  CHECK(world.run({"fleet", "--policy", "policy.yaml", "--repositories", "acme/r[134]", "--out", "other"}).exit_code == 6);
}

TEST_CASE("fleet 2: nothing to do is no success, and a folder belongs to one fleet") {
  FleetWorld world(2);
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  CHECK(world.run(world.words()).exit_code == 2);
  CHECK(world.run(world.words({"--repositories", "nobody/*"})).exit_code == 2);
  CHECK(world.run({"fleet", "--all", "--policy", "policy.yaml"}).exit_code == 2);
  CHECK(world.run(world.words({"--all", "--shard", "3/2"})).exit_code == 2);
  CHECK_FALSE(world.has("out/results.jsonl"));
  CHECK(world.run(world.words({"--repositories", "acme/r1"})).exit_code == 0);
  const auto other = world.run(world.words({"--all"}));
  CHECK(other.exit_code == 2);
  CHECK(contains(other.err, "other repositories"));
  const auto mode = world.run(world.words({"--repositories", "acme/r1", "--mode", "warn"}));
  CHECK(mode.exit_code == 2);
  CHECK(contains(mode.err, "other policies"));
}

TEST_CASE("fleet: a list, and a policy for each") {
  FleetWorld world(3, {{2, "files: [bad.sarif]"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  world.write("list.txt", "# two of them\nacme/R1\nr2\n");
  world.write("lax.yaml", "gate: v1\nname: lax\nscan: {types: [semgrep_scan]}\n"
                          "rules: [{id: many, when: {severity: '>=high'}, max: 9}]\n");
  world.write("fleet.yaml", "gate: fleet/v1\npolicies: [{repositories: [acme/r2], policy: lax.yaml}]\ndefault: policy.yaml\n");
  const auto result = world.run({"fleet", "--from", "list.txt", "--policies", "fleet.yaml", "--out", "out"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(ids_of(world.results()) == std::set<std::string>{"r1", "r2"});
  CHECK(world.result("r2").at("policy").at("name").as_string() == "lax");
  world.write("second.yaml", "gate: v1\nname: lax\nscan: {types: [semgrep_scan]}\n"
                             "rules: [{id: many, when: {severity: '>=high'}, max: 8}]\n");
  world.write("fleet.yaml", "gate: fleet/v1\npolicies: [{repositories: [acme/r2], policy: lax.yaml}]\ndefault: second.yaml\n");
  CHECK(world.run({"fleet", "--all", "--policies", "fleet.yaml", "--out", "namesakes"}).exit_code == 0);
  CHECK(world.result("r2", "namesakes").at("policy").at("name").as_string() == "lax (lax.yaml)");
  CHECK(world.result("r1", "namesakes").at("policy").at("name").as_string() == "lax (second.yaml)");
  world.write("fleet.yaml", "gate: fleet/v1\npolicies: [{repositories: [acme/r2], policy: lax.yaml}]\n");
  const auto unmatched = world.run({"fleet", "--all", "--policies", "fleet.yaml", "--out", "two"});
  CHECK(unmatched.exit_code == 2);
  CHECK(contains(unmatched.err, "acme/r1"));
}

TEST_CASE("fleet 3: a quota that runs out ends what cannot start, and asks no further") {
  FleetWorld world(6, {}, "quotas: {sast_scans: 2}\n");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 3);
  int proven = 0;
  for (const auto& one : world.results()) {
    proven += one.at("exit_code").as_int64() == 0 ? 1 : 0;
    CHECK((one.at("exit_code").as_int64() == 0 || one.at("exit_code").as_int64() == 3));
  }
  CHECK(proven == 2);
  CHECK(ids_of(world.results()).size() == 6);
}

TEST_CASE("fleet 4: a key that is refused ends the whole run") {
  FleetWorld world(3, {}, "faults: [{route: '*', status: 401, after: 6}]\n");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 4);
  CHECK(contains(result.err, "401"));
}

TEST_CASE("fleet: storms of 429 lose nothing and start nothing twice") {
  FleetWorld world(8, {},
                   "faults:\n  - {route: '*', status: 429, retry_after: '1', after: 6, times: 5}\n"
                   "  - {route: '*', status: 429, retry_after: '1', after: 25, times: 7}\n");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(ids_of(world.results()).size() == 8);
  for (int i = 1; i <= 8; ++i) CHECK(world.scans("r" + std::to_string(i)) == 1);
}

TEST_CASE("fleet: killed at any moment, it goes on where it was") {
  // The last one takes longer than all the kills: there is something left to go on with.
  FleetWorld world(12, {{7, "files: [bad.sarif]"}, {12, "commands: ['sleep 5; cat good.sarif']"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  for (const auto* pause : {"0.03", "0.1", "0.2", "0.5"}) {
    const auto killed = world.run_in_shell("\"$@\" & p=$!; sleep " + std::string(pause) + "; kill -9 $p; wait $p; true",
                                           world.words({"--all", "--quiet"}));
    CHECK(killed.exit_code == 0);
  }
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(ids_of(world.results()).size() == 12);
  for (int i = 1; i <= 12; ++i) CHECK(world.scans("r" + std::to_string(i)) == 1);
  const auto quiet = world.run({"fleet", "report", "out", "--quiet"});
  CHECK(quiet.exit_code == 1);
  CHECK(quiet.err == "FAIL: of 12 repositories 1 fails, 11 pass\n");
}

TEST_CASE("fleet 143: a signal stops it at once and says how to go on") {
  FleetWorld world(4, {{1, "files: [good.sarif], never_ends: true"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  // Three of them have ended; how long that takes is up to the machine.
  const auto result = world.run_in_shell(
      "\"$@\" & p=$!; i=0; until [ \"$(cat out/results.jsonl 2>&- | wc -l)\" -ge 3 ] || [ $i -gt 250 ]; do sleep 0.1; "
      "i=$((i+1)); done; kill -TERM $p; wait $p",
      world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 143);
  CHECK(contains(result.err, "kolega-gate fleet --all --out out --policy policy.yaml"));
  CHECK(ids_of(world.results()) == std::set<std::string>{"r2", "r3", "r4"});
}

TEST_CASE("fleet 7: the time of the whole ends") {
  FleetWorld world(3, {{1, "files: [good.sarif], never_ends: true"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run(world.words({"--all", "--timeout", "2s"}));
  INFO(result.err);
  CHECK(result.exit_code == 7);
  CHECK(world.result("r1").at("exit_code").as_int64() == 7);
  CHECK(ids_of(world.results()).size() == 3);
}

TEST_CASE("fleet 7: more repositories than files may be open, and none of them ends") {
  std::map<int, std::string> feeds;
  for (int i = 1; i <= 300; ++i) feeds[i] = "files: [good.sarif], never_ends: true";
  FleetWorld world(300, feeds);
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  const auto result = world.run_in_shell("ulimit -n 220; exec \"$@\"",
                                         world.words({"--all", "--timeout", "4s", "--connections", "8"}));
  INFO(result.err);
  CHECK(result.exit_code == 7);
  CHECK(ids_of(world.results()).size() == 300);
}

TEST_CASE("fleet 5: the time of the whole bounds the reading of a baseline, and what was not read is no first run") {
  FleetWorld world(1, {},
                   "faults: [{route: 'GET /api/v1/repositories/{repository_id}/scans/{scan_id}/results', after: 2, delay: 25s}]\n");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  CHECK(world.run(world.words({"--all"})).exit_code == 0);
  world.write("policy.yaml",
              "gate: v1\nname: test\nscan: {types: [semgrep_scan], timeout: 60s}\nbaseline: {from: previous_batch, first_run: learn}\n"
              "rules: [{id: serious, scope: new, when: {severity: '>=high'}, max: 0}]\n");
  const auto result =
      world.run({"fleet", "--all", "--policy", "policy.yaml", "--out", "second", "--timeout", "6s"});
  INFO(result.err);
  CHECK((result.exit_code == 5 || result.exit_code == 7));  // 7 where the scan itself took all of the time
  CHECK(world.result("r1", "second").at("exit_code").as_int64() == result.exit_code);
}

TEST_CASE("fleet: a batch that failed is not waited for again, the same command begins another one") {
  FleetWorld world(2, {{2, "commands: ['cat later.sarif']"}});
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  CHECK(world.run(world.words({"--all"})).exit_code == 6);
  CHECK(world.result("r2").at("exit_code").as_int64() == 6);
  world.write("later.sarif", world.sarif("note"));
  const auto result = world.run(world.words({"--all"}));
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(world.scans("r1") == 1);
  CHECK(world.scans("r2") == 2);
}

TEST_CASE("fleet: three shards cover everything exactly once") {
  FleetWorld world(11);
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  world.connect(sandbox);
  std::set<std::string> all;
  for (const auto* shard : {"1", "2", "3"}) {
    const auto folder = std::string("shard-") + shard;
    const auto result = world.run(
        {"fleet", "--all", "--policy", "policy.yaml", "--shard", std::string(shard) + "/3", "--out", folder});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    for (const auto& id : ids_of(world.results(folder))) CHECK(all.insert(id).second);
  }
  CHECK(all.size() == 11);
  CHECK(world.run({"fleet", "merge", "shard-1", "shard-2", "shard-3"}).exit_code == 0);
  CHECK(world.run({"fleet", "merge", "shard-1", "shard-3"}).exit_code == 6);
}
