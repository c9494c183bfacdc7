// Fixes with the real binary: a sandbox whose fixer changes a real checkout, patches that git takes,
// branches.
#include <doctest/doctest.h>

#include "../sandbox/checkout.hpp"
#include "e2e/harness.hpp"

using namespace kolega;
using test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A world with a checkout that has one finding, and a sandbox over it.
struct FixWorld : World {
  explicit FixWorld(const std::string& fixer = "sed -i s/strcpy/strlcpy/ src/a.c") {
    write(
        "bad.sarif",
        R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Flawfinder"}},"results":[{"ruleId":"CWE-120",)"
        R"("level":"error","message":{"text":"strcpy"},"locations":[{"physicalLocation":{"artifactLocation":)"
        R"({"uri":"src/a.c"},"region":{"startLine":2}}}]}]}]})");
    write("sandbox.yaml",
          "scan_duration: 50ms\nrepositories:\n  - id: demo\n    full_name: acme/demo\n    directory: " +
              checkout.dir.path().string() + "\n    fixer: \"" + fixer +
              "\"\n    feeds:\n      semgrep_scan: {files: [bad.sarif]}\n");
  }
  void serve() {
    sandbox.emplace(*this, std::vector<std::string>{"--config", "sandbox.yaml"});
    set("KOLEGA_TOKEN", sandbox->token());
    set("KOLEGA_API_URL", sandbox->url());
    set("KOLEGA_REPOSITORY", "demo");
  }
  std::string out_of(const std::vector<std::string>& words, int code = 0) {
    const auto result = run(words);
    INFO(words[0], " ", words[1], " ", result.out, result.err);
    CHECK(result.exit_code == code);
    return result.out;
  }
  /// The id of the one finding, after a scan.
  std::string scanned() {
    out_of({"scans", "start", "--scan-type", "semgrep", "--wait"});
    return first_word(out_of({"findings", "list"}));
  }
  /// Of the first row behind the head.
  static std::string first_word(const std::string& table) {
    const auto row = table.substr(table.find('\n') + 1);
    return row.substr(0, row.find(' '));
  }

  test::Checkout checkout{};
  std::optional<test::SandboxProcess> sandbox{};
};

}  // namespace

TEST_CASE("a fix from finding to pull request: every command, and a diff that git takes") {
  FixWorld world;
  world.serve();
  const auto finding = world.scanned();
  const auto shown = world.out_of({"fixes", "run", finding, "--wait"});
  CHECK(contains(shown, "completed"));
  const auto fix = FixWorld::first_word(world.out_of({"fixes", "list", "--finding", finding}));
  CHECK(contains(world.out_of({"fixes", "get", fix}), "acme/demo, github, main"));
  CHECK(world.out_of({"fixes", "get", fix, "--json"}).starts_with("{"));
  CHECK(contains(world.out_of({"fixes", "progress", fix}), "completed"));
  CHECK(contains(world.out_of({"fixes", "progress", fix, "--watch", "--json"}), "agent_steps_completed"));

  const auto before = world.checkout.state();
  const auto patch = world.out_of({"fixes", "diff", fix});
  CHECK(contains(patch, "+strlcpy(a, b);"));
  const auto file = world.file("fix.patch");
  world.write("fix.patch", patch);
  world.checkout.git({"apply", "--check", file});
  CHECK(world.checkout.state() == before);

  const auto opened = world.out_of({"fixes", "pr", fix, "--title", "Safer copies", "--branch", "team/fix"});
  CHECK(contains(opened, "team/fix"));
  CHECK(world.checkout.git({"show", "team/fix:src/a.c"}) == "int a;\nstrlcpy(a, b);\nint c;");
  CHECK(world.checkout.git({"log", "-1", "--format=%s", "team/fix"}) == "Safer copies");
  CHECK(world.checkout.state() == before);
  world.out_of({"fixes", "pr", fix, "--branch", "team/fix"}, 5);  // 409: there is one of that name

  // The refinement starts from the changes that there are.
  CHECK(contains(world.out_of({"fixes", "refine", fix, "--instructions", "again", "--wait"}), "completed"));
  CHECK(contains(world.out_of({"findings", "events", "--event-type", "fix_pr_created"}), finding));
  world.out_of({"findings", "set-status", finding, "ignored"});
  CHECK(contains(world.out_of({"findings", "get", finding}), "ignored"));
  CHECK(
      contains(world.out_of({"findings", "events", "--event-type", "status_changed", "--json"}), "ignored"));
  world.out_of({"fixes", "diff", "000"}, 4);
  world.out_of({"fixes", "run", "000"}, 4);
  world.out_of({"findings", "set-status", "000", "open"}, 4);
}

TEST_CASE("a fix that is cancelled: no diff, and the codes say so") {
  FixWorld world("sleep 60");
  world.serve();
  const auto finding = world.scanned();
  world.out_of({"fixes", "run", finding});
  const auto fix = FixWorld::first_word(world.out_of({"fixes", "list"}));
  world.out_of({"fixes", "diff", fix}, 7);
  world.out_of({"fixes", "progress", fix, "--watch", "--timeout", "1s", "--interval", "200ms"}, 7);
  world.out_of({"fixes", "cancel", fix});
  world.out_of({"fixes", "cancel", fix}, 5);
  world.out_of({"fixes", "diff", fix}, 6);
  world.out_of({"fixes", "pr", fix}, 5);
  world.out_of({"fixes", "progress", fix, "--watch"}, 6);
}

TEST_CASE("run --fix=pr against a checkout: patch saved, branch made, named in the reports, exit code 1") {
  FixWorld world;
  const std::vector<std::string> words{"run",           "--sandbox=sandbox.yaml",
                                       "--policy",      "policy.yaml",
                                       "--fix=pr",      "--fix-diffs",
                                       "patches",       "-o",
                                       "json=r.json",   "-o",
                                       "sarif=r.sarif", "-o",
                                       "junit=r.xml",   "-o",
                                       "markdown=r.md"};
  const auto before = world.checkout.state();
  const auto result = world.run(words);
  INFO(result.err);
  CHECK(result.exit_code == 1);
  const auto branch = world.checkout.git({"for-each-ref", "--format=%(refname:short)", "refs/heads/kolega"});
  REQUIRE(!branch.empty());
  CHECK(world.checkout.git({"show", branch + ":src/a.c"}) == "int a;\nstrlcpy(a, b);\nint c;");
  CHECK(world.checkout.state() == before);
  std::string patch;
  for (const auto& entry : std::filesystem::directory_iterator(world.file("patches")))
    patch = entry.path().string();
  REQUIRE(!patch.empty());
  world.checkout.git({"apply", "--check", patch});
  const auto url = std::string("https://github.com/acme/demo/pull/1");
  for (const auto* report : {"r.json", "r.sarif", "r.md", "r.xml"}) {
    CAPTURE(report);
    CHECK(contains(world.read(report), url));
    CHECK(contains(world.read(report), std::filesystem::path(patch).stem().string()));
  }
  CHECK(contains(result.err, url));
}

TEST_CASE("run --fix: a signal during the fixes leaves whole reports, and the verdict's exit code") {
  FixWorld world("sleep 60");
  const auto result = world.run_in_shell(
      "\"$@\" & child=$!; for i in $(seq 200); do [ -e r.json ] && break; sleep 0.1; done; sleep 0.5; "
      "kill -TERM $child; wait $child",
      {"run", "--sandbox=sandbox.yaml", "--policy", "policy.yaml", "--fix", "-o", "json=r.json"});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(contains(world.read("r.json"), "\"outcome\": \"fail\""));
  CHECK(contains(world.read("r.json"), "interrupted"));
}
