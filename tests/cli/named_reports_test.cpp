#include "cli/named_reports.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/text.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;

namespace {

std::string named(std::vector<std::string> words) {
  return join(cli::named_reports(words), " ");
}

}  // namespace

TEST_CASE("reports are found in every spelling of the options that name them, on lines that are wrong as well") {
  CHECK(named({"run", "-o", "json=a", "--output", "sarif=b", "--output=html=c", "-ojunit=d=e"}) == "a b c d=e");
  CHECK(named({"evaluate", "--foo", "-o", "srif=a", "--mode", "x", "x.sarif", "--attest", "b", "--attest=c=d"}) == "a b c=d");
  CHECK(named({"fleet", "-o", "html=a", "--all"}) == "a");
  CHECK(named({"fleet", "merge", "s1", "-o", "html=a"}) == "a");
  CHECK(named({"policy", "test", "-o", "junit=a"}) == "a");
  CHECK(named({"replay", "record.json", "-o", "html=a"}) == "a");
}

TEST_CASE("what is no report of a run is not named") {
  CHECK(named({}) == "");
  CHECK(named({"run"}) == "");
  CHECK(named({"run", "-o", "json", "-o", "sarif=-", "-o", "html=", "--attest", "-", "-o"}) == "");
  CHECK(named({"evalute", "-o", "json=a"}) == "");
  CHECK(named({"baseline", "write", "record.json", "-o", "a=b"}) == "");
  CHECK(named({"policy", "import", "x", "-o", "a=b"}) == "");
  CHECK(named({"evaluate", "--", "-o", "json=a"}) == "");
  CHECK(named({"run", "--policy", "json=a"}) == "");
}

TEST_CASE("a report that another word names may be an input and is left out") {
  const test::TempDir dir;
  dir.write("a", "{}");
  const auto path = dir.file("a");
  std::filesystem::create_hard_link(path, dir.file("same"));
  const auto output = "json=" + path;
  CHECK(named({"evaluate", path, "-o", output}) == "");
  CHECK(named({"evaluate", "-o", output, "--", path}) == "");
  CHECK(named({"evaluate", "-o", output, "--baseline=" + path}) == "");
  CHECK(named({"evaluate", "-o", output, "--baseline", dir.file("same")}) == "");
  CHECK(named({"evaluate", "-o", output, "--baseline", dir.file("other")}) == path);
  CHECK(named({"evaluate", "absent", "-o", "json=absent"}) == "");
}

TEST_CASE("a run that does not know its outputs leaves no report of an earlier one") {
  const test::TempDir dir;
  const auto report = "json=" + dir.file("a");
  const std::vector<std::vector<std::string>> lines{{"run", "-o", report, "--foo"},
                                                    {"run", "-o", report, "--mode", "x"},
                                                    {"evaluate", "none.sarif", "-o", report, "--attest", dir.file("b")}};
  for (const auto& line : lines) {
    dir.write("a", "green");
    dir.write("b", "green");
    CHECK(test::cli(line).code == 2);
    CHECK_FALSE(std::filesystem::exists(dir.file("a")));
    CHECK(std::filesystem::exists(dir.file("b")) == (line[0] == "run"));
  }
  dir.write("a", "green");
  CHECK(test::cli({"run", "-o", report, "--help"}).code == 0);
  CHECK(std::filesystem::exists(dir.file("a")));
}
