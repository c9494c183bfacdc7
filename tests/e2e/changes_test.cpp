// Baselines and changes from the outside: real git repositories, the real binary, the sandbox's batches. Each
// ends in the right verdict or in exit code 6 with the remedy.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "e2e/harness.hpp"

using kolega::test::SandboxProcess;
using kolega::test::World;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string sarif_at(const std::string& path, int line) {
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": [{"ruleId": "r1",)"
         R"( "level": "error", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ")" +
         path + "\"}" + (line > 0 ? R"(, "region": {"startLine": )" + std::to_string(line) + "}" : "") +
         "}}]}]}]}";
}

/// A repository "repo" whose branch "change" is ready to be changed; results and policies lie beside it.
class Checkout {
 public:
  Checkout() {
    for (const auto* who : {"GIT_AUTHOR_", "GIT_COMMITTER_"}) {
      world.set(std::string(who) + "NAME", "T");
      world.set(std::string(who) + "EMAIL", "t@example.com");
    }
    world.set("GIT_CONFIG_GLOBAL", "/dev/null");
    world.set("GIT_CONFIG_NOSYSTEM", "1");
    world.write("lines.yaml", policy("{id: lines, scope: changed_lines}"));
    world.write("files.yaml", policy("{id: files, scope: changed_files}"));
    world.write("new.yaml", policy("{id: fresh, scope: new}",
                                   "baseline: {from: \"file:../base.json\", first_run: all_new}\n"));
    shell(
        "git init -q -b main repo && cd repo && mkdir src && seq 10 > src/a.c && seq 20 30 > src/old.c && "
        "git add -A && "
        "git commit -qm base && git checkout -q -b change");
  }
  static std::string policy(const std::string& rule, const std::string& more = {}) {
    return "gate: v1\nname: t\nscan: {types: [semgrep_scan]}\n" + more + "rules: [" + rule + "]\n";
  }
  void shell(const std::string& script) {
    const auto result = world.run_in_shell("set -e; " + script, {});
    REQUIRE_MESSAGE(result.exit_code == 0, script << ": " << result.err);
  }
  void commit(const std::string& script) {
    shell("cd repo; " + script + "; git add -A; git commit -qm change");
  }
  /// `evaluate` inside `directory` of one finding.
  kolega::sys::ProcessResult judge(const std::string& policy, const std::string& path, int line,
                                   std::vector<std::string> more = {},
                                   const std::string& directory = "repo") {
    world.write("found.sarif", sarif_at(path, line));
    std::vector<std::string> words{"evaluate", world.file("found.sarif"), "--policy",
                                   world.file(policy + ".yaml")};
    words.insert(words.end(), more.begin(), more.end());
    return world.run_in_shell("cd " + directory + " && exec \"$@\"", words);
  }
  int code(const std::string& policy, const std::string& path, int line,
           std::vector<std::string> more = {"--base", "main"}) {
    const auto result = judge(policy, path, line, std::move(more));
    INFO(result.err);
    CHECK((result.exit_code == 0 || result.exit_code == 1));
    return result.exit_code;
  }
  void check_incomplete(const kolega::sys::ProcessResult& result, const std::string& why,
                        const std::string& remedy) {
    INFO(result.err);
    CHECK(result.exit_code == 6);
    // The table folds its lines.
    const auto told = kolega::collapse_white_space(result.err);
    CHECK(contains(told, why));
    CHECK(contains(told, remedy));
  }

  World world;
};

}  // namespace

TEST_CASE("changed_lines: the lines that git says, and no others") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  CHECK(here.code("lines", "src/a.c", 3) == 1);
  CHECK(here.code("lines", "src/a.c", 8) == 0);
  CHECK_MESSAGE(here.code("lines", "src/a.c", 0) == 1, "a finding with no line falls back to its file");
  CHECK(here.code("lines", "src/old.c", 0) == 0);
  CHECK(here.code("files", "src/a.c", 8) == 1);
  CHECK(here.code("files", "src/old.c", 3) == 0);
}

TEST_CASE("changes: an empty text proves no change, and standard input says one thing") {
  Checkout here;
  here.world.write("nothing.diff", "");
  here.world.write("blank.txt", "\n \n");
  here.check_incomplete(here.judge("lines", "src/a.c", 3, {"--diff", here.world.file("nothing.diff")}), "nothing.diff is empty",
                        "let the gate ask git: --base REF");
  here.check_incomplete(here.judge("files", "src/a.c", 3, {"--changed-files", here.world.file("blank.txt")}), "blank.txt is empty",
                        "let the gate ask git: --base REF");
  for (const std::string option : {"--diff", "--changed-files", "--baseline"}) {
    CAPTURE(option);
    const auto result = here.world.run_in_shell("\"$@\" < found.sarif", {"evaluate", "-", "--policy", "lines.yaml", option, "-"});
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, "standard input can be read only once"));
  }
}

TEST_CASE("changes: from a folder below the root the paths are the same") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  CHECK(here.judge("files", "src/a.c", 8, {"--base", "main"}, "repo/src").exit_code == 1);
}

TEST_CASE("changes: the target branch of the CI is the base, and no tag stands for it") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  here.shell("cd repo; git tag main HEAD");
  here.world.set("GITHUB_ACTIONS", "true");
  here.world.set("GITHUB_BASE_REF", "main");
  const auto result = here.judge("lines", "src/a.c", 3);
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK(here.judge("lines", "src/a.c", 8).exit_code == 0);
}

TEST_CASE("changes: origin's branch comes before a stale one of the clone") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  here.shell("git clone -q repo clone; cd clone; git branch -q main HEAD");
  here.world.set("TF_BUILD", "True");
  here.world.set("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main");
  CHECK(here.judge("lines", "src/a.c", 3, {}, "clone").exit_code == 1);
}

TEST_CASE("changes: GitLab names the commit where the change began") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  here.shell("cd repo; git rev-parse main > ../sha; git branch -qD main");
  auto sha = here.world.read("sha");
  sha.pop_back();
  here.world.set("GITLAB_CI", "true");
  here.world.set("CI_MERGE_REQUEST_DIFF_BASE_SHA", sha);
  here.world.set("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main");
  CHECK(here.judge("lines", "src/a.c", 3).exit_code == 1);
  CHECK(here.judge("lines", "src/a.c", 8).exit_code == 0);
}

TEST_CASE("changes: what another checkout changes is not taken for the change of a record") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  const auto record = here.world.file("decision.json");
  CHECK(here.judge("lines", "src/a.c", 3, {"--base", "main", "-o", "json=" + record}).exit_code == 1);
  const auto again = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"evaluate", record, "--base", "main"});
    return here.world.run_in_shell("cd repo && exec \"$@\"", words);
  };
  CHECK(again({}).exit_code == 1);
  here.shell("cd repo; git rev-parse HEAD > ../judged; git checkout -q main");
  const auto elsewhere = again({});
  INFO(elsewhere.err);
  CHECK(elsewhere.exit_code == 2);
  const auto judged = kolega::test::slurp(here.world.file("judged")).substr(0, 40);
  CHECK(contains(kolega::collapse_white_space(elsewhere.err), "the record is of commit " + judged));
  CHECK(contains(elsewhere.err, "git checkout"));
  here.shell("cd repo; git diff main...change > ../change.diff");
  const auto by_diff = here.world.run_in_shell(
      "cd repo && exec \"$@\"", {"evaluate", record, "--diff", here.world.file("change.diff")});
  CHECK(by_diff.exit_code == 1);
}

TEST_CASE("rename: the baseline follows a file that the diff says was renamed") {
  Checkout here;
  here.world.write("found.sarif", sarif_at("src/old.c", 4));
  const auto record = here.judge("new", "src/old.c", 4, {"-o", "json=" + here.world.file("r.json")});
  CHECK(record.exit_code == 1);
  CHECK(here.world.run({"baseline", "write", here.world.file("r.json"), "-o", here.world.file("base.json")})
            .exit_code == 0);
  CHECK(here.judge("new", "src/old.c", 4).exit_code == 0);
  here.commit("git mv src/old.c src/renamed.c");
  const auto followed = here.judge("new", "src/renamed.c", 4, {"--base", "main"});
  INFO(followed.err);
  CHECK(followed.exit_code == 0);
  CHECK_MESSAGE(here.judge("new", "src/renamed.c", 4).exit_code == 1, "nobody named the rename");
  CHECK_MESSAGE(here.judge("new", "src/other.c", 4, {"--base", "main"}).exit_code == 1, "another file");
}

TEST_CASE("rename: a renamed file without edits has no changed lines") {
  Checkout here;
  here.commit("git mv src/old.c src/renamed.c");
  CHECK(here.code("lines", "src/renamed.c", 4) == 0);
  CHECK(here.code("files", "src/renamed.c", 4) == 1);
}

TEST_CASE("deletion: what is still reported in a deleted file is in a changed file") {
  Checkout here;
  here.commit("git rm -q src/old.c");
  CHECK(here.code("files", "src/old.c", 4) == 1);
  CHECK(here.code("lines", "src/a.c", 4) == 0);
}

TEST_CASE("binary: every line of a changed binary file counts") {
  Checkout here;
  here.commit("printf 'a\\000b' > blob.bin");
  CHECK(here.code("lines", "blob.bin", 7) == 1);
}

TEST_CASE("submodule: everything in a submodule that the change moves counts") {
  Checkout here;
  here.shell("git init -q -b main lib; cd lib; echo 1 > x.c; git add -A; git commit -qm one");
  here.shell(
      "cd repo; git checkout -q main; git -c protocol.file.allow=always submodule --quiet add ../lib "
      "deps/lib; "
      "git commit -qm lib; git checkout -q -B change");
  CHECK(here.code("lines", "deps/lib/x.c", 1) == 0);
  here.shell("cd repo/deps/lib; echo 2 > x.c; git add -A; git commit -qm two");
  here.commit("git config -f .gitmodules submodule.deps/lib.ignore all");
  CHECK(here.code("lines", "deps/lib/x.c", 1) == 1);
  CHECK(here.code("lines", "deps/library/x.c", 1) == 0);
}

TEST_CASE("shallow clone: incomplete with the remedy, neither everything nor nothing changed") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  here.shell("git clone -q --depth 1 -b change \"file://$PWD/repo\" clone");
  here.check_incomplete(here.judge("lines", "src/a.c", 3, {"--base", "main"}, "clone"),
                        "base 'main' is not in this repository", "git fetch --unshallow");
  here.shell("cd clone; git fetch -q --depth 1 origin main:refs/remotes/origin/main");
  here.check_incomplete(here.judge("lines", "src/a.c", 3, {"--base", "main"}, "clone"),
                        "this clone is shallow", "fetch-depth: 0");
  here.shell("cd clone; git fetch -q --unshallow origin");
  CHECK(here.judge("lines", "src/a.c", 3, {"--base", "main"}, "clone").exit_code == 1);
}

TEST_CASE("missing base: incomplete with the remedy; a name that is none is exit 2") {
  Checkout here;
  here.commit("sed -i 3s/.*/new/ src/a.c");
  here.check_incomplete(here.judge("lines", "src/a.c", 3, {"--base", "release/9"}),
                        "base 'release/9' is not in this repository", "git fetch origin release/9");
  CHECK(here.judge("lines", "src/a.c", 3, {"--base", "a..b"}).exit_code == 2);
  CHECK(here.judge("lines", "src/a.c", 3, {"--base", "--output=x"}).exit_code == 2);
  here.world.set("GITHUB_ACTIONS", "true");
  here.world.set("GITHUB_BASE_REF", "gone");
  here.check_incomplete(here.judge("lines", "src/a.c", 3), "base 'gone' is not in this repository",
                        "git fetch origin gone");
}

TEST_CASE("missing base: where no rule needs it, it is told and decides nothing") {
  Checkout here;
  here.world.write("all.yaml", Checkout::policy("{id: all, max: 9}"));
  const auto result = here.judge("all", "src/a.c", 3, {"--base", "release/9"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(kolega::collapse_white_space(result.err),
                 "changes: not known, and no rule needs them: base 'release/9' is not in this repository"));
}

TEST_CASE("no repository, no change: incomplete with the remedy") {
  Checkout here;
  here.shell("mkdir plain");
  here.check_incomplete(here.judge("lines", "src/a.c", 3, {}, "plain"), "there is no git repository",
                        "--diff FILE");
  here.check_incomplete(here.judge("lines", "src/a.c", 3), "the default branch of origin is not known",
                        "--base REF");
}

TEST_CASE("previous_batch: a first run, then what is known, then what is new") {
  World world;
  const auto policy = [](const std::string& first_run) {
    return "gate: v1\nname: t\nscan: {types: [semgrep_scan], timeout: 20s}\nbaseline: {from: previous_batch, "
           "first_run: " +
           first_run + "}\nrules: [{id: fresh, scope: new}]\n";
  };
  world.write("policy.yaml", policy("learn"));
  world.configure("files: [bad.sarif]");
  const SandboxProcess sandbox(world, {"--config", "sandbox.yaml"});
  sandbox.serve(world);
  const std::vector<std::string> run{"run",  "--policy", "policy.yaml", "--repository",
                                     "demo", "-o",       "json=r.json"};
  const auto first = world.run(run);
  INFO(first.err);
  CHECK(first.exit_code == 0);
  CHECK(contains(first.err, "NOTHING COUNTS AS NEW"));
  world.write("policy.yaml", policy("incomplete"));
  const auto second = world.run(run);
  INFO(second.err);
  CHECK(second.exit_code == 0);
  CHECK(contains(second.err, "1 known"));
  CHECK(contains(world.read("r.json"), "\"origin\": \"batch "));
  const auto again = world.run({"evaluate", "r.json", "-o", "json=again.json"});
  CHECK(again.exit_code == 0);
}

TEST_CASE("previous_batch: without an earlier batch all_new fails and incomplete is incomplete") {
  for (const auto& [first_run, code] : {std::pair<std::string, int>{"all_new", 1}, {"incomplete", 6}}) {
    World world;
    world.write("policy.yaml",
                "gate: v1\nscan: {types: [semgrep_scan], timeout: 20s}\nbaseline: {from: previous_batch, "
                "first_run: " +
                    first_run + "}\nrules: [{id: fresh, scope: new}]\n");
    const auto result = world.run_feed("files: [bad.sarif]");
    INFO(result.err);
    CHECK(result.exit_code == code);
    CHECK(contains(result.err, "there is no earlier complete batch"));
  }
}

TEST_CASE("batch:<id>: one that does not exist is incomplete with the remedy, never a first run") {
  World world;
  world.write("policy.yaml",
              "gate: v1\nscan: {types: [semgrep_scan], timeout: 20s}\nbaseline: {from: \"batch:nobody\", "
              "first_run: learn}\nrules: [{id: fresh, scope: new}]\n");
  const auto result = world.run_feed("files: [bad.sarif]");
  INFO(result.err);
  CHECK(result.exit_code == 6);
  CHECK(contains(result.err, "the baseline is not known"));
  CHECK(contains(result.err, "hint: "));
}

TEST_CASE("run: a malformed baseline is exit 2 before anything is scanned") {
  World world;
  world.write("base.json", "{}");
  world.write("policy.yaml",
              "gate: v1\nscan: {types: [semgrep_scan], timeout: 20s}\nbaseline: {from: \"file:base.json\", "
              "first_run: learn}\nrules: [{id: fresh, scope: new}]\n");
  const auto result = world.run_feed("files: [bad.sarif]", {"-o", "json=r.json"});
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "base.json"));
  CHECK(contains(world.read("r.json"), "\"batches\": []"));
}
