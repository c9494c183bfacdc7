#include <doctest/doctest.h>

#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::TempDir;

namespace {

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  return text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end));
}

}  // namespace

TEST_CASE("policy import: the policy on standard output, everything else on standard error") {
  const TempDir dir;
  const auto file = dir.write(".trivyignore", "CVE-2020-1\nAVD-DS-0002\n");
  const auto result = test::cli({"policy", "import", file});
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("# Imported from "));
  CHECK(result.err.starts_with(file + ": taken for Trivy's .trivyignore, because of its name\n"));
  CHECK(result.err.find(file + ":2:1: warning: kept as a comment: AVD-DS-0002") != std::string::npos);
  CHECK(last_line(result.err) == "2 entries: 1 mapped, 1 kept as comments");
  CHECK(test::cli({"policy", "check", dir.write("p.yaml", result.out)}).code == 0);
  // --quiet is for notes: what is lost is told all the same.
  CHECK(test::cli({"policy", "import", file, "-q"}).err.find("AVD-DS-0002") != std::string::npos);
}

TEST_CASE("policy import: -o writes a file, and replaces none unless told to") {
  const TempDir dir;
  const auto file = dir.write("osv-scanner.toml", "[[IgnoredVulns]]\nid = \"GO-2022-1\"\n");
  const auto target = dir.file("policy.yaml");
  const auto result = test::cli({"policy", "import", file, "-o", target});
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err.find("wrote " + target) != std::string::npos);
  CHECK(test::cli({"policy", "check", target}).code == 0);
  dir.write("policy.yaml", "mine");
  const auto again = test::cli({"policy", "import", file, "-o", target});
  CHECK(again.code == 2);
  CHECK(again.err.find("it is already there") != std::string::npos);
  CHECK(test::slurp(target) == "mine");
  CHECK(test::cli({"policy", "import", file, "-o", target, "--force"}).code == 0);
  CHECK(test::slurp(target) != "mine");
}

TEST_CASE("policy import: a file of no known kind is refused with the kinds") {
  const TempDir dir;
  const auto file = dir.write("notes.txt", "hello\n");
  const auto result = test::cli({"policy", "import", file});
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK(result.err.find("cannot tell which gate this file is of") != std::string::npos);
  CHECK(result.err.find(
            "trivyignore, trivyignore-yaml, snyk, grype, osv-scanner, checkov-baseline or gitlab") !=
        std::string::npos);
  const auto forced = test::cli({"policy", "import", file, "--from", "snik"});
  CHECK(forced.code == 2);
  CHECK(forced.err.find("did you mean 'snyk'?") != std::string::npos);
  CHECK(test::cli({"policy", "import", file, "--from", "trivyignore"}).code == 0);
  CHECK(test::cli({"policy", "import", dir.file("missing")}).code == 2);
  CHECK(test::cli({"policy", "import"}).code == 2);
}

TEST_CASE("policy import: a broken file is an error with its place, and nothing is written") {
  const TempDir dir;
  const auto file = dir.write(".snyk", "version: v1.25.0\nignore: [a]\n");
  const auto result = test::cli({"policy", "import", file, "-o", dir.file("out.yaml")});
  CHECK(result.code == 2);
  CHECK(result.err.find(".snyk:2:9: 'ignore' must be a map of keys") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir.file("out.yaml")));
}
