#include "cli/text_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"

using namespace kolega;

namespace {

std::string rows(const std::vector<cli::Row>& content, std::size_t columns) {
  std::ostringstream out;
  cli::write_rows(out, content, columns);
  return out.str();
}

}  // namespace

TEST_CASE("columns are lined up and the widest one gives way") {
  CHECK(rows({{"ID", "NAME"}, {"1", "first"}, {"22", ""}}, 80) == "ID  NAME\n1   first\n22\n");
  const auto narrow = rows({{"ID", "NAME", "LAST"}, {"1", std::string(200, 'x'), "end"}}, 40);
  for (const auto line : split(narrow, '\n')) CHECK(display_width(line) <= 40);
  CHECK(narrow.find("...") != std::string::npos);
  CHECK(narrow.find("end") != std::string::npos);
  const std::string id(24, 'i');
  CHECK(rows({{"ID", "NAME"}, {id, "x"}}, 10).find(id) != std::string::npos);
}

TEST_CASE("a row is one line, whatever is in it") {
  const auto text = rows({{"A", "B"}, {"x\ny\x1b[31m", "##vso[x]"}}, 80);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("##vso[") == std::string::npos);
}

TEST_CASE("facts leave out what is not known") {
  std::ostringstream out;
  cli::write_facts(out, {{"name", "x"}, {"nothing at all", ""}, {"longer", "y"}}, 80);
  CHECK(out.str() == "name    x\nlonger  y\n");
}

TEST_CASE("a stream that fails is an error") {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(cli::write_rows(out, {{"A"}}, 80), Error);
  CHECK_THROWS_AS(cli::write_facts(out, {{"a", "b"}}, 80), Error);
}
