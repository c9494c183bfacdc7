// Locks against options, breaking the glass and the trusted policy, seen from `evaluate`.
#include <doctest/doctest.h>

#include "base/error.hpp"
#include "cli/break_glass.hpp"
#include "cli/locks.hpp"
#include "policy/load.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

namespace {

const std::string scan = "scan: {types: [semgrep_scan], timeout: 30m}\n";
const std::string strict =
    "gate: v1\n" + scan + "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";
const std::string lax = "gate: v1\n" + scan + "rules: [{id: serious, when: {severity: '>=high'}, max: 9}]\n";
const std::string glass = "break_glass: {require: [reason, ticket]}\n";
const std::string said = "reason=the shop is down, really,ticket=OPS-1";

constexpr const char* finding =
    R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [{"ruleId": "r",)"
    R"( "level": "error", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation":)"
    R"( {"uri": "src/a.c"}}}]}]}]})";

struct Rig {
  TempDir dir{};
  test::CliWorld world{.directory = dir.path()};
  Rig() {
    dir.write("bad.sarif", finding);
    dir.write("strict.yaml", strict);
    dir.write("lax.yaml", lax);
  }
  /// `evaluate` of one high finding.
  test::CliResult evaluate(const std::vector<std::string>& more) {
    std::vector<std::string> words{"evaluate", dir.file("bad.sarif")};
    words.insert(words.end(), more.begin(), more.end());
    return test::cli(words, world);
  }
  void in_merge_request() {
    world.environment = {{"GITHUB_ACTIONS", "true"},
                         {"GITHUB_REF", "refs/pull/7/merge"},
                         {"GITHUB_HEAD_REF", "feature"},
                         {"GITHUB_ACTOR", "octocat"},
                         {"GITHUB_REPOSITORY", "acme/app"}};
  }
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string refusal_of(const std::vector<std::string>& given) {
  try {
    cli::parse_bypass(given);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return render(error);
  }
  return "accepted";
}

policy::Policy locked(const std::string& lock) {
  return policy::parse_policy(
      "gate: v1\nlock: [" + lock + "]\n" + scan +
          "rules: [{id: a, max: 0}, {id: b, mode: warn}, {id: c, mode: warn, block_from: "
          "2030-01-01}]\n",
      "org.yaml");
}

std::string override_refusal(const std::string& lock, const cli::Overrides& overrides) {
  try {
    cli::check_overrides(locked(lock), overrides);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("--break-glass: its parts, commas in them, and everything that is none") {
  const auto both = cli::parse_bypass({said});
  CHECK(both.reason == "the shop is down, really");
  CHECK(both.ticket == "OPS-1");
  CHECK(cli::parse_bypass({"ticket=OPS-1", "reason= x=y "}).reason == "x=y");
  CHECK(says(refusal_of({"reason=a,tiket=b"}), "there is no part 'tiket'\nhint: did you mean 'ticket'?"));
  CHECK(says(refusal_of({"reason="}), "'reason' is empty"));
  CHECK(says(refusal_of({"reason=  ,ticket=x"}), "'reason' is empty"));
  CHECK(says(refusal_of({"reason=a,reason=b"}), "'reason' is given twice"));
  CHECK(says(refusal_of({"because"}), "'because' is not NAME=TEXT"));
  CHECK(says(refusal_of({""}), "'' is not NAME=TEXT"));
  CHECK(says(refusal_of({"reason=" + std::string(2001, 'x')}), "longer than 2000 bytes"));
  CHECK(says(refusal_of({"reason=\xff"}), "is not UTF-8"));
}

TEST_CASE("--break-glass: exit 0 and verdict bypassed only where the policy allows it") {
  Rig rig;
  rig.dir.write("glass.yaml", strict + glass);
  const auto bypassed =
      rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", said, "-o", "json"});
  CHECK(bypassed.code == 0);
  CHECK(says(bypassed.err, "BYPASSED"));
  CHECK(says(bypassed.err, "ticket OPS-1"));
  CHECK(says(bypassed.out, "\"outcome\": \"bypassed\""));
  CHECK(rig.evaluate({"--policy", rig.dir.file("glass.yaml")}).code == 1);
  const auto refused = rig.evaluate({"--policy", rig.dir.file("strict.yaml"), "--break-glass", said});
  CHECK(refused.code == 2);
  CHECK(says(refused.err, "--break-glass: the policy does not allow it"));
}

TEST_CASE("--break-glass: required parts that are missing are a usage error that names them") {
  Rig rig;
  rig.dir.write("glass.yaml", strict + glass);
  const auto result = rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", "reason=x"});
  CHECK(result.code == 2);
  CHECK(says(result.err, "--break-glass: the policy requires what is not said: ticket"));
}

TEST_CASE("--break-glass: a policy that does not load is never bypassed") {
  Rig rig;
  rig.dir.write("glass.yaml", strict + glass + "ruls: []\n");
  CHECK(rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", said}).code == 2);
}

TEST_CASE("--break-glass: a merge request needs the trusted policy for it") {
  Rig rig;
  rig.in_merge_request();
  rig.dir.write("glass.yaml", strict + glass);
  const auto own = rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", said});
  CHECK(own.code == 2);
  CHECK(says(own.err, "in a merge request only the base side's policy can allow it"));
  const auto trusted = rig.evaluate({"--trusted-policy", rig.dir.file("glass.yaml"), "--break-glass", said});
  CHECK(trusted.code == 0);
  CHECK(says(trusted.err, "bypassed by octocat"));
  const auto head = rig.evaluate({"--trusted-policy", rig.dir.file("strict.yaml"), "--policy",
                                  rig.dir.file("glass.yaml"), "--break-glass", said});
  CHECK(head.code == 2);
}

TEST_CASE("--break-glass: every report says it") {
  Rig rig;
  rig.dir.write("glass.yaml", strict + glass);
  for (const std::string format :
       {"json", "sarif", "junit", "table", "markdown", "html", "gitlab", "github", "azure"}) {
    CAPTURE(format);
    const auto result =
        rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", said, "-o", format});
    CHECK(result.code == 0);
    auto words = result.out;  // without what wrapping and escaping put between
    std::erase_if(words, [](char c) { return c == ' ' || c == '\n' || c == '\\'; });
    CHECK(says(words, "OPS"));
    CHECK(says(words, "theshopisdown"));
  }
}

TEST_CASE("--break-glass: a record that was bypassed is judged anew without it") {
  Rig rig;
  rig.dir.write("glass.yaml", strict + glass);
  const auto record = rig.dir.file("record.json");
  CHECK(rig.evaluate({"--policy", rig.dir.file("glass.yaml"), "--break-glass", said, "-o", "json=" + record})
            .code == 0);
  CHECK(test::cli({"evaluate", record}, rig.world).code == 1);
}

TEST_CASE("--trusted-policy: it decides, the other one is judged beside it and the difference is printed") {
  Rig rig;
  const auto blocked =
      rig.evaluate({"--trusted-policy", rig.dir.file("strict.yaml"), "--policy", rig.dir.file("lax.yaml")});
  CHECK(blocked.code == 1);
  CHECK(says(blocked.err, "after merge this would be pass"));
  const auto passed =
      rig.evaluate({"--trusted-policy", rig.dir.file("lax.yaml"), "--policy", rig.dir.file("strict.yaml")});
  CHECK(passed.code == 0);
  CHECK(says(passed.err, "after merge this would be fail"));
}

TEST_CASE(
    "--trusted-policy: a head's policy that does not load ends with 2, and without one the base side's is "
    "enough") {
  Rig rig;
  rig.dir.write("broken.yaml", "gate: v1\nruls: []\n");
  const auto broken =
      rig.evaluate({"--trusted-policy", rig.dir.file("lax.yaml"), "--policy", rig.dir.file("broken.yaml")});
  CHECK(broken.code == 2);
  CHECK(says(broken.err, "broken.yaml:2:1: error: unknown key 'ruls'"));
  CHECK(rig.evaluate({"--trusted-policy", rig.dir.file("lax.yaml")}).code == 0);
  CHECK(rig.evaluate({"--trusted-policy", rig.dir.file("none.yaml"), "--policy", rig.dir.file("lax.yaml")})
            .code == 2);
  CHECK(rig.evaluate({"--trusted-policy=", "--policy", rig.dir.file("lax.yaml")}).code == 2);
}

TEST_CASE(
    "waivers.from: base takes waivers from the trusted policy alone, head also those of the merge request") {
  Rig rig;
  rig.in_merge_request();
  const auto list =
      "list: [{id: W-1, match: {path: [src/**], check_id: r}, owner: o, reason: r, ticket: t, expires: "
      "2026-06-30}]";
  const auto with = [&](const std::string& from, const std::string& waivers) {
    return strict + "waivers: {from: " + from + (waivers.empty() ? "" : ", " + waivers) + "}\n";
  };
  rig.dir.write("head.yaml", with("head", list));
  for (const auto& [from, waivers, code] :
       {std::tuple<std::string, std::string, int>{"base", list, 0}, {"base", "", 1}, {"head", "", 0}}) {
    CAPTURE(from);
    rig.dir.write("base.yaml", with(from, waivers));
    const auto result =
        rig.evaluate({"--trusted-policy", rig.dir.file("base.yaml"), "--policy", rig.dir.file("head.yaml")});
    CAPTURE(result.err);
    CHECK(result.code == code);
  }
  rig.dir.write("base.yaml", strict + "waivers: {from: head, max_days: 1}\n");
  const auto late =
      rig.evaluate({"--trusted-policy", rig.dir.file("base.yaml"), "--policy", rig.dir.file("head.yaml")});
  CHECK(late.code == 2);
  CHECK(says(late.err, "more than 1 days from now"));
}

namespace {

/// A base side and a head in directories of their own, as CIs make them, and a baseline that knows the finding.
struct TwoSides {
  TempDir dir{};
  test::CliWorld world{.directory = dir.path() / "head"};
  std::string known{};
  std::string policy{"gate: v1\n" + scan + "baseline: {from: 'file:.kolega/known.json', first_run: learn}\n" +
                     "rules: [{id: new, scope: new, max: 0}]\nlock: ['*']\n"};
  TwoSides() {
    for (const std::string side : {"head", "base"}) {
      dir.write(side + "/.git/HEAD", "");
      dir.write(side + "/.kolega/policy.yaml", policy);
      std::filesystem::create_directories(dir.path() / side / "sub");
    }
    dir.write("head/bad.sarif", finding);
    dir.write("strict.yaml", strict);
    const auto record = dir.file("record.json");
    const auto file = dir.file("known.json");
    REQUIRE(test::cli({"evaluate", dir.file("head/bad.sarif"), "--policy", dir.file("strict.yaml"), "-o",
                       "json=" + record}, world).code == 1);
    REQUIRE(test::cli({"baseline", "write", record, "-o", file}, world).code == 0);
    known = test::slurp(file);
  }
  std::string baseline(const std::string& side) const { return dir.write(side + "/known.json", known); }
  test::CliResult judge(const std::string& trusted, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"evaluate", dir.file("head/bad.sarif"), "--trusted-policy", trusted});
    return test::cli(more, world);
  }
};

}  // namespace

TEST_CASE("--trusted-policy: its baseline file is the base side's, whatever the merge request brings") {
  TwoSides sides;
  const auto trusted = sides.dir.file("base/.kolega/policy.yaml");
  const auto in_head = sides.baseline("head/.kolega");
  // Not there on the base side: no first run that learns, and no look into the head.
  const auto missing = sides.judge(trusted);
  CHECK(missing.code == 6);
  CHECK(says(missing.err, "base/.kolega/known.json does not exist"));
  sides.baseline("base/.kolega");
  std::filesystem::remove(in_head);
  CHECK(sides.judge(trusted).code == 0);
  // What the command line names is the pipeline's.
  std::filesystem::remove(sides.dir.file("base/.kolega/known.json"));
  sides.baseline("elsewhere");
  CHECK(sides.judge(sides.dir.file("strict.yaml"), {"--baseline", "../elsewhere/known.json"}).code == 1);
  sides.dir.write("base/.kolega/policy.yaml", sides.policy.substr(0, sides.policy.find("lock:")));
  CHECK(sides.judge(trusted, {"--baseline", "../elsewhere/known.json"}).code == 0);
}

TEST_CASE("--trusted-policy: names in it are seen from the same directory of its own tree") {
  TwoSides sides;
  sides.world.directory = sides.dir.path() / "head/sub";
  sides.baseline("base/.kolega");
  CHECK(sides.judge(sides.dir.file("base/.kolega/policy.yaml")).code == 6);
  sides.baseline("base/sub/.kolega");
  CHECK(sides.judge(sides.dir.file("base/.kolega/policy.yaml")).code == 0);
  // A tree without a .git: the directory that holds .kolega.
  std::filesystem::remove_all(sides.dir.path() / "base/.git");
  CHECK(sides.judge(sides.dir.file("base/.kolega/policy.yaml")).code == 0);
}

TEST_CASE("--trusted-policy: a baseline file in the merge request's tree is refused, however it is named") {
  TwoSides sides;
  const auto in_head = sides.baseline("head/.kolega");
  const auto refused = [&](const std::string& policy) {
    CAPTURE(policy);
    const auto result = sides.judge(policy);
    CAPTURE(result.err);
    CHECK(result.code == 2);
    CHECK(says(result.err, "is not read"));
    CHECK(says(result.err, "--baseline FILE"));
  };
  const auto with = [&](const std::string& name) {
    return sides.dir.write("base/other.yaml", "gate: v1\n" + scan + "baseline: {from: 'file:" + name +
                                                  "', first_run: learn}\nrules: [{id: n, scope: new, max: 0}]\n");
  };
  refused("builtin:ratchet");
  refused(sides.dir.file("head/.kolega/policy.yaml"));
  refused(sides.dir.write("head/fetched/policy.yaml", sides.policy));
  refused(with(in_head));
  refused(with("../head/.kolega/known.json"));
  std::filesystem::create_symlink(in_head, sides.dir.path() / "base/link.json");
  refused(with("link.json"));
  std::filesystem::create_symlink(sides.dir.file("head/.kolega/policy.yaml"), sides.dir.path() / "base/link.yaml");
  refused(sides.dir.file("base/link.yaml"));
  // Without any .git nobody knows where the tree of the merge request ends.
  std::filesystem::remove_all(sides.dir.path() / "head/.git");
  refused(sides.dir.file("head/.kolega/policy.yaml"));
  refused(sides.dir.write("policy.yaml", sides.policy));
  // A directory with a .git of its own is another tree, also inside of the head's.
  sides.dir.write("head/unpacked/.git/HEAD", "");
  sides.baseline("head/unpacked/.kolega");
  CHECK(sides.judge(sides.dir.write("head/unpacked/.kolega/policy.yaml", sides.policy)).code == 0);
}

TEST_CASE("lock: --mode can not soften a locked rule, and may do what changes nothing") {
  const auto cap = [](policy::Mode mode) { return cli::Overrides{.mode_cap = mode}; };
  CHECK(override_refusal("a", cap(policy::Mode::warn)) ==
        "--mode: the mode of rule 'a' is locked by org.yaml:2:8");
  CHECK(override_refusal("b", cap(policy::Mode::warn)).empty());
  CHECK_FALSE(override_refusal("b", cap(policy::Mode::observe)).empty());
  CHECK_FALSE(override_refusal("c", cap(policy::Mode::warn)).empty());  // it blocks one day
  CHECK_FALSE(override_refusal("'*'", cap(policy::Mode::warn)).empty());
  CHECK_FALSE(override_refusal("rules", cap(policy::Mode::warn)).empty());
  CHECK(override_refusal("'*'", cap(policy::Mode::block)).empty());
  CHECK(override_refusal("scan", cap(policy::Mode::observe)).empty());
}

TEST_CASE("lock: --scan-type, --timeout and --baseline can not change what is locked") {
  using namespace std::chrono_literals;
  for (const std::string lock : {"scan", "'*'"}) {
    CHECK(says(override_refusal(lock, {.scan_types = {ScanType::secrets_scan}}),
               "--scan-type: 'scan' is locked"));
    CHECK(override_refusal(lock, {.scan_types = {ScanType::semgrep_scan}}).empty());
    CHECK(says(override_refusal(lock, {.timeout = 1s}), "--timeout: 'scan' is locked"));
    CHECK_FALSE(override_refusal(lock, {.timeout = 1h}).empty());
    CHECK(override_refusal(lock, {.timeout = 30min}).empty());
  }
  CHECK(override_refusal("baseline", {.baseline = true}) ==
        "--baseline: 'baseline' is locked by org.yaml:2:8");
  CHECK(override_refusal("a", {.scan_types = {ScanType::secrets_scan}, .timeout = 1s, .baseline = true})
            .empty());
}

TEST_CASE("lock: evaluate refuses --mode over a lock, and --scan-type then only says what a file is") {
  Rig rig;
  rig.dir.write(
      "locked.yaml",
      "gate: v1\nlock: ['*']\nscan: {types: [semgrep_scan, secrets_scan]}\nthresholds: {high: 5}\n");
  const auto policy = rig.dir.file("locked.yaml");
  CHECK(rig.evaluate({"--policy", policy, "--mode", "observe"}).code == 2);
  const auto narrowed = rig.evaluate({"--policy", policy, "--scan-type", "semgrep"});
  CHECK(narrowed.code == 6);  // secrets_scan still must be there
  CHECK(says(narrowed.err, "secrets_scan: there are no results of this scan type"));
}
