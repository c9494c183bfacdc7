// Every real file of the corpus beside the source tree, against the counts of its index.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

#include "base/text.hpp"
#include "ingest/foreign.hpp"
#include "support/files.hpp"

using namespace kolega;
using namespace kolega::ingest;
namespace fs = std::filesystem;

namespace {

fs::path corpus() {
  const char* elsewhere = std::getenv("KOLEGA_CORPUS");
  return elsewhere ? fs::path(elsewhere) : test::source_dir() / "../shared/corpus";
}

/// File name -> number of results, from the rows of a Markdown table.
std::map<std::string, std::size_t> counts(const fs::path& index, std::size_t column) {
  std::map<std::string, std::size_t> out;
  std::istringstream lines(test::slurp(index));
  for (std::string line; std::getline(lines, line);) {
    const auto cells = split(line, '|');
    if (cells.size() <= column) continue;
    if (const auto count = parse_decimal(trim(cells[column]))) {
      out[std::string(trim(cells[1]))] = static_cast<std::size_t>(*count);
    }
  }
  return out;
}

ForeignFile read_file(const fs::path& file, TextPool& pool) {
  return read_foreign(test::slurp(file), file.filename().string(), pool);
}

bool holds(const std::vector<std::string>& lines, std::string_view part) {
  for (const auto& line : lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

bool is_absent(const fs::path& folder) {
  if (fs::exists(folder)) return false;
  MESSAGE("skipped: no corpus at ", folder.string(), " (set KOLEGA_CORPUS)");
  return true;
}

}  // namespace

TEST_CASE("SARIF of real tools: every result is read") {
  const auto folder = corpus() / "sarif";
  if (is_absent(folder)) return;
  const auto expected = counts(folder / "INDEX.md", 3);
  CHECK(expected.size() > 40);
  for (const auto& [name, count] : expected) {
    CAPTURE(name);
    TextPool pool;
    const auto file = read_file(folder / name, pool);
    CHECK(file.format == Format::sarif);
    std::size_t rows = 0;
    for (const auto& scan : file.scans) {
      rows += scan.findings.size();
      CHECK(scan.batch.shortcomings.empty());
      for (const auto& finding : scan.findings) {
        CHECK_FALSE(finding.check_id.empty());
        CHECK_FALSE(finding.message.empty());
        CHECK_FALSE(finding.severity_word.empty());
        CHECK_FALSE(finding.fingerprint.empty());
      }
    }
    CHECK(rows == count);
  }
}

TEST_CASE("the files that their tools wrote wrong are survived and named") {
  const auto folder = corpus() / "sarif";
  if (is_absent(folder)) return;
  struct Case {
    const char* name;
    const char* note;
  };
  const std::vector<Case> cases{
      {"contrast__BenchmarkUtils__Benchmark_Contrast_3.9.0.sarif",
       "dates that do not exist or do not parse, ignored: 1, first at /runs/0/invocations/0/endTimeUtc"},
      {"flawfinder__django-DefectDojo__flawfinder.sarif",
       "results without a message, which get a placeholder: 1"},
      {"lgtm.com__django-DefectDojo__DefectDojo_django-DefectDojo__2020-12-11_13_42_10__export.sarif",
       "newlineSequences that name one sequence twice: 1"},
      {"none__checkov__results.sarif", "the run names no tool"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    TextPool pool;
    CHECK(holds(read_file(folder / c.name, pool).scans.at(0).notes, c.note));
  }
}

TEST_CASE("results of the Kolega scanner: every result is read") {
  const auto folder = corpus() / "kolega";
  if (is_absent(folder)) return;
  const auto expected = counts(folder / "README.md", 2);
  CHECK(expected.size() == 13);
  for (const auto& [name, count] : expected) {
    CAPTURE(name);
    TextPool pool;
    const auto file = read_file(folder / name, pool);
    REQUIRE(file.scans.size() == 1);
    CHECK(file.format == Format::semgrep);
    CHECK(file.scans[0].guessed == ScanType::deep_ai_scan);
    CHECK(file.scans[0].findings.size() == count);
    CHECK(file.scans[0].batch.shortcomings.empty());
  }
}
