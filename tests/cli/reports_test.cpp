#include "cli/reports.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/cli_run.hpp"
#include "support/files.hpp"

using namespace kolega;
using test::slurp;
using test::TempDir;

namespace {

struct World {
  test::FakeSystem fake{};
  std::ostringstream out{};
  std::ostringstream err{};
  std::istringstream in{};
  sys::Streams streams{out, err, in};

  void write(cli::Reports& reports, const cli::Arguments& arguments = {}) {
    cli::Printer printer(streams, fake.system(), arguments);
    reports.write(gate::decide({}), streams, printer);
  }
};

}  // namespace

TEST_CASE("files appear together, one report goes to standard output, the table to people") {
  const TempDir dir;
  World world;
  cli::Reports reports(cli::parse_outputs({"sarif=" + dir.file("a"), "junit=" + dir.file("b"), "json"}), {});
  CHECK_FALSE(std::filesystem::exists(dir.file("a")));
  world.write(reports);
  CHECK(slurp(dir.file("a")).find("2.1.0") != std::string::npos);
  CHECK(slurp(dir.file("b")).find("<testsuite") != std::string::npos);
  CHECK(world.out.str().find("kolega-gate/decision-record/v1") != std::string::npos);
  CHECK(world.err.str().starts_with("INCOMPLETE"));
}

TEST_CASE("the table is shown once: not with --quiet, not when it was asked for elsewhere") {
  World world;
  cli::Reports reports(cli::parse_outputs({"table"}), {});
  world.write(reports);
  CHECK(world.err.str().empty());
  CHECK(world.out.str().starts_with("INCOMPLETE"));
  World quiet;
  cli::Reports none({}, {});
  cli::Arguments arguments;
  arguments.add("quiet", {});
  quiet.write(none, arguments);
  CHECK(quiet.err.str().empty());
}

TEST_CASE("standard output that fails is an error, and the files are there all the same") {
  const TempDir dir;
  World world;
  world.out.setstate(std::ios::badbit);
  cli::Reports reports(cli::parse_outputs({"json", "sarif=" + dir.file("a")}), {});
  world.write(reports);
  REQUIRE(reports.lost_because());
  CHECK(reports.lost_because()->kind() == ErrorKind::output);
  CHECK(std::filesystem::exists(dir.file("a")));
  CHECK(world.err.str().starts_with("INCOMPLETE"));
}

TEST_CASE("a target that cannot be written is known at once") {
  const TempDir dir;
  CHECK_THROWS_AS(cli::Reports(cli::parse_outputs({"json=" + dir.file("none/x")}), {}), Error);
  const auto twice = cli::parse_outputs({"json=" + dir.file("x"), "sarif=" + dir.file("./x")});
  CHECK_THROWS_WITH_AS(cli::Reports(twice, {}), doctest::Contains("it is named twice"), Error);
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("whatever ends a run before its reports are there, those of an earlier run go; an input stays") {
  const TempDir dir;
  for (const auto* name : {"a", "b", "c"}) dir.write(name, "stale");
  CHECK_THROWS_AS(cli::Reports(cli::parse_outputs({"sarif=" + dir.file("a"), "json=" + dir.file("none/x"),
                                                   "junit=" + dir.file("b"), "html=" + dir.file("./c")}),
                               {}, {dir.file("c")}),
                  Error);
  for (const auto* name : {"a", "b"}) CHECK_FALSE(std::filesystem::exists(dir.file(name)));
  CHECK(slurp(dir.file("c")) == "stale");
  dir.write("a", "stale");
  { const cli::Reports never_written(cli::parse_outputs({"sarif=" + dir.file("a")}), {}); }
  CHECK_FALSE(std::filesystem::exists(dir.file("a")));
}
