#include <doctest/doctest.h>

#include <sstream>

#include "base/text.hpp"
#include "report/escape.hpp"
#include "report/formats.hpp"
#include "support/builders.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using test::finding;
using test::rule;

namespace {

std::string table(const gate::DecisionRecord& record, const report::ReportOptions& options = {}) {
  std::ostringstream out;
  report::write_table(record, options, out);
  return out.str();
}

std::string without_colour(std::string text) {
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  return text;
}

}  // namespace

TEST_CASE("every line fits the width and is safe in a log") {
  for (const auto& sample : test::sample_records()) {
    for (const std::size_t width : {40U, 60U, 80U, 200U}) {
      CAPTURE(sample.name);
      CAPTURE(width);
      const auto text = table(sample.record, {.width = width});
      for (const auto line : split(text, '\n')) {
        CAPTURE(line);
        CHECK(display_width(line) <= width);
        CHECK(log_line(line) == line);
      }
    }
  }
}

TEST_CASE("a width too small to be read is not taken") {
  CHECK(table(test::sample_record("fail"), {.width = 0}) ==
        table(test::sample_record("fail"), {.width = 40}));
}

TEST_CASE("colour changes nothing but the colour") {
  for (const auto& sample : test::sample_records()) {
    CAPTURE(sample.name);
    CHECK(without_colour(table(sample.record, {.colour = true})) == table(sample.record));
    CHECK(table(sample.record).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("twenty findings are shown, the rest is counted") {
  auto builder = test::record();
  builder.rule(rule("r").most(0)).batch(test::complete_batch());
  for (int i = 0; i < 33; ++i)
    builder.finding(finding("f" + std::to_string(i)).path("p" + std::to_string(i)));
  const auto text = table(builder.decide());
  CHECK(text.find("... and 13 more findings") != std::string::npos);
}

TEST_CASE("the first line is the verdict") {
  CHECK(table(test::sample_record("fail")).starts_with("FAIL  "));
  CHECK(table(test::sample_record("pass")).starts_with("PASS  "));
  CHECK(table(test::sample_record("empty")).starts_with("INCOMPLETE  "));
}

TEST_CASE("a long path keeps its end") {
  auto builder = test::record();
  builder.rule(rule("r").most(0)).batch(test::complete_batch());
  builder.finding(finding("f").path(std::string(300, 'd') + "/name.py").lines(7));
  const auto text = table(builder.decide(), {.width = 80});
  CHECK(text.find("dd/name.py:7") != std::string::npos);
}
