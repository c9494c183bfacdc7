#include <doctest/doctest.h>

#include "policy/load.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

TEST_CASE("init writes a policy that check finds good, and leaves an existing one alone") {
  const TempDir dir;
  const test::CliWorld here{.directory = dir.path()};
  CHECK(test::cli({"policy", "check"}, here).code == 2);
  const auto written = test::cli({"policy", "init"}, here);
  CHECK(written.code == 0);
  CHECK(written.err.starts_with("wrote .kolega/policy.yaml"));
  const auto checked = test::cli({"policy", "check"}, here);
  CHECK(checked.code == 0);
  CHECK(checked.err.find(".kolega/policy.yaml: good, ") != std::string::npos);

  dir.write(".kolega/policy.yaml", "mine");
  const auto again = test::cli({"policy", "init"}, here);
  CHECK(again.code == 2);
  CHECK(again.err ==
        "error: cannot write .kolega/policy.yaml: it is already there\nhint: use --force to replace it\n");
  CHECK(test::slurp(dir.file(".kolega/policy.yaml")) == "mine");
  CHECK(test::cli({"policy", "init", "--force"}, here).code == 0);
  CHECK(test::slurp(dir.file(".kolega/policy.yaml")) != "mine");
}

TEST_CASE("every built-in policy can be written, and none other") {
  for (const auto& builtin : policy::builtins()) {
    const auto result = test::cli({"policy", "init", "-", "--template", std::string(builtin.name)});
    CHECK(result.code == 0);
    CHECK(result.out == builtin.text);
    CHECK(test::cli({"policy", "check", "builtin:" + std::string(builtin.name)}).code == 0);
  }
  CHECK(test::cli({"policy", "init", "-", "--template", "strct"}).err ==
        "error: --template: there is no built-in policy 'strct'\nhint: did you mean 'strict'?\n");
}

TEST_CASE("check shows all errors at once, each with its place, and ends with 2") {
  const TempDir dir;
  const auto file = dir.write("broken.yaml", "gate: v1\nname: x\nruls: []\nscan: {timout: 5m}\n");
  const auto result = test::cli({"policy", "check", file});
  CHECK(result.code == 2);
  CHECK(result.err.find("broken.yaml:3:1: error:") != std::string::npos);
  CHECK(result.err.find("broken.yaml:4:8: error:") != std::string::npos);
}

TEST_CASE("a waiver that ends later than max_days allows is an error, for check and for every judgement") {
  const TempDir dir;
  const auto file = dir.write("long.yaml",
                              "gate: v1\nthresholds: {high: 0}\nwaivers:\n  require: []\n  list:\n"
                              "    - {id: W-1, match: {fingerprint: f}, expires: 2999-01-31}\n");
  for (const auto& command : {std::vector<std::string>{"policy", "check", file},
                              std::vector<std::string>{"policy", "show", file}}) {
    const auto result = test::cli(command);
    CHECK(result.code == 2);
    CHECK(result.err.find(
              "long.yaml:6:12: error: waiver 'W-1' ends on 2999-01-31, more than 90 days from now") !=
          std::string::npos);
  }
}

TEST_CASE("what show prints is a policy with the same meaning") {
  const TempDir dir;
  const auto shown = test::cli({"policy", "show", "builtin:starter"});
  CHECK(shown.code == 0);
  const auto again = test::cli({"policy", "show", dir.write("again.yaml", shown.out)});
  CHECK(again.out == shown.out);
}

TEST_CASE("the schema is printed") {
  const auto result = test::cli({"policy", "schema"});
  CHECK(result.code == 0);
  CHECK(result.out.find("json-schema.org/draft/2020-12") != std::string::npos);
}

TEST_CASE("the search for a policy: the places in their order, and the variable before them") {
  const TempDir dir;
  const test::CliWorld here{.directory = dir.path()};
  const auto none = test::cli({"policy", "show"}, here);
  CHECK(none.code == 2);
  CHECK(none.err == "error: no policy found\nlooked at:\n  " + dir.file(".kolega/policy.yaml") + "\n  " +
                        dir.file(".kolega/policy.yml") + "\n  " + dir.file("kolega-policy.yaml") +
                        "\nhint: write one with: kolega-gate policy init\n");
  const auto named = [](const std::string& name) {
    return "gate: v1\nname: " + name + "\nrules: [{id: r, when: {severity: [critical]}, max: 0}]\n";
  };
  const auto found = [&](const test::CliWorld& world) {
    const auto out = test::cli({"policy", "show"}, world).out;
    const auto at = out.find("name: ");
    return at == std::string::npos ? out : out.substr(at + 6, out.find('\n', at) - at - 6);
  };
  dir.write("kolega-policy.yaml", named("third"));
  CHECK(found(here) == "third");
  dir.write(".kolega/policy.yml", named("second"));
  CHECK(found(here) == "second");
  dir.write(".kolega/policy.yaml", named("first"));
  CHECK(found(here) == "first");
  auto elsewhere = here;
  elsewhere.environment["KOLEGA_POLICY"] = dir.write("other.yaml", named("other"));
  CHECK(found(elsewhere) == "other");
}

TEST_CASE("policy check goes on behind a file that cannot be read") {
  const test::TempDir dir;
  const auto wrong = dir.write("m.yaml", "gate: v1\nrules: [{id: a, mxa: 3}]\n");
  const auto good = dir.write("good.yaml", "gate: v1\nthresholds: {high: 0}\n");
  for (const auto& absent : {dir.file("none.yaml"), std::string("builtin:none")}) {
    const auto result = test::cli({"policy", "check", absent, wrong, good});
    INFO(result.err);
    CHECK(result.code == 2);
    CHECK(result.err.find("none") != std::string::npos);
    CHECK(result.err.find("unknown key 'mxa'") != std::string::npos);
    CHECK(result.err.find("good.yaml: good") != std::string::npos);
    CHECK(test::cli({"policy", "check", good, absent}).code == 2);
  }
}

TEST_CASE("policy check, show and test: a policy is named once, by the argument or by --policy") {
  test::TempDir dir;
  const auto good = dir.write("good.yaml", "gate: v1\nscan: {types: [semgrep_scan]}\nrules: [{id: a, max: 0}]\n");
  test::CliWorld world{.directory = dir.path()};
  for (const std::string command : {"check", "show", "test"}) {
    CAPTURE(command);
    const auto twice = test::cli({"policy", command, good, "--policy", "/nonexistent"}, world);
    CHECK(twice.code == 2);
    CHECK(twice.out.empty());
    CHECK(twice.err.find("--policy both say which one is meant") != std::string::npos);
  }
  // The variable is a default, which an argument replaces.
  world.environment = {{"KOLEGA_POLICY", "/nonexistent"}};
  CHECK(test::cli({"policy", "check", good}, world).code == 0);
}
