// Every format of the summary against files that were read by people before they were accepted, and what readers of
// the formats would say. KOLEGA_UPDATE_GOLDEN=1 writes them anew; read the difference before you commit it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include "base/json.hpp"
#include "base/text.hpp"
#include "fleet/fleets.hpp"
#include "fleet/formats.hpp"
#include "fleet/sarif_parts.hpp"
#include "report/html/assets.hpp"
#include "sys/process.hpp"

using namespace kolega;

namespace {

namespace fs = std::filesystem;

/// Two of three shards, every sample, a failure, a repository that was not started and one without a result.
struct Sample {
  Sample() {
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      if (number != 2) test::write_shard(dir.file("shard-" + std::to_string(number)), {number, 3});
    }
    fleet = fleet::merge_folders({dir.file("shard-1"), dir.file("shard-3")});
    summary = fleet::summarise(fleet, cli::stricter);
  }
  test::TempDir dir;
  fleet::Fleet fleet;
  fleet::Summary summary;
};

/// The digests of policies and records change whenever the language grows, the folder with every run; the style sheet
/// and the script are files of their own.
std::string stable(std::string text, const std::string& folder) {
  for (const auto literal : {report::html_style(), report::html_script()}) {
    const std::string whole(literal.view());
    if (const auto at = text.find(whole); at != std::string::npos) text.replace(at, whole.size(), "...");
  }
  text = std::regex_replace(text, std::regex("'sha256-[^']*'"), "'sha256-...'");
  text = std::regex_replace(text, std::regex("\\b[0-9a-f]{64}\\b"), std::string(64, '0'));
  text = std::regex_replace(text, std::regex("(digest\\s|selection `?|digest&#32;)[0-9a-f]{12}"), "$1DIGEST");
  text = std::regex_replace(text, std::regex("<code>[0-9a-f]{12}</code>"), "<code>DIGEST</code>");
  text = std::regex_replace(text, std::regex("\"version\": \"[^\"]*\""), "\"version\": \"0\"");
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) text.replace(at, folder.size(), "DIR");
  return text;
}

void compare(const std::string& name, const std::string& text) {
  const auto path = test::source_dir() / "tests/golden/fleet" / name;
  if (std::getenv("KOLEGA_UPDATE_GOLDEN")) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  INFO(path.string());
  CHECK(text == test::slurp(path));
}

std::string written(const Sample& sample, const fleet::Format& format, const fleet::FormatOptions& options = {}) {
  std::ostringstream out;
  format.write(sample.fleet, sample.summary, options, out);
  return out.str();
}

fs::path validator() {
  const char* shared = std::getenv("KOLEGA_SHARED");
  return (shared ? fs::path(shared) : test::source_dir().parent_path() / "shared") / "validate" / "validate";
}

}  // namespace

TEST_CASE("every format of a fleet's summary is what it was") {
  const Sample sample;
  const std::map<std::string, std::string, std::less<>> endings{
      {"table", "txt"}, {"json", "json"}, {"markdown", "md"}, {"html", "html"}, {"junit", "xml"}};
  std::size_t seen = 0;
  for (const auto& format : fleet::formats()) {
    if (!format.write) continue;
    ++seen;
    compare("expected." + endings.find(format.name)->second, stable(written(sample, format), sample.dir.path().string()));
  }
  CHECK(seen == endings.size());
  compare("expected.60.ansi", stable(written(sample, *fleet::find_format("table"), {.colour = true, .width = 60}), sample.dir.path().string()));
}

TEST_CASE("no line of the table is a command of a CI, no text leaves its place in a page") {
  const Sample sample;
  const auto table = written(sample, *fleet::find_format("table"));
  for (const auto line : split(table, '\n')) {
    CHECK(!line.starts_with("::"));
    CHECK(line.find("##[") == std::string_view::npos);
    CHECK(line.find("##vso[") == std::string_view::npos);
  }
  CHECK(written(sample, *fleet::find_format("markdown")).size() < 60'000);
}

TEST_CASE("readers of the formats take the summary of a fleet") {
  const char* path = std::getenv("PATH");
  if (!fs::exists(validator()) || !path || !sys::find_program("node", path)) {
    MESSAGE("SKIPPED: no node or no ", validator().string(), "; no summary was validated");
    return;
  }
  const Sample sample;
  std::vector<std::string> arguments{validator().string(), "--json", "--no-multitool", "--junit"};
  arguments.push_back(sample.dir.write("fleet.xml", written(sample, *fleet::find_format("junit"))));
  arguments.emplace_back("--github-summary");
  arguments.push_back(sample.dir.write("fleet.md", written(sample, *fleet::find_format("markdown"))));
  std::size_t files = 2;
  for (const auto* check : {"--sarif", "--sarif-accepted"}) {
    arguments.emplace_back(check);
    for (const auto profile : {report::SarifProfile::generic, report::SarifProfile::github}) {
      const auto name = std::string(profile == report::SarifProfile::github ? "fleet.github" : "fleet") + ".sarif";
      for (const auto& file :
           fleet::write_sarif_parts(sample.fleet, sample.summary, sample.dir.file(name), profile, {.runs = 4})) {
        arguments.push_back(file);
        ++files;
      }
    }
  }
  const auto answer = sys::run_process(arguments, {.timeout = std::chrono::minutes{3}});
  if (answer.exit_code == 3) {
    MESSAGE("SKIPPED: the validator could not run (are its packages installed?): ", answer.err);
    return;
  }
  const auto verdicts = parse_json(answer.out, "validator", ErrorKind::internal);
  CHECK(verdicts.as_array().size() == files);
  for (const auto& verdict : verdicts.as_array()) {
    for (const auto& error : verdict.at("errors").as_array()) {
      CAPTURE(std::string(verdict.at("file").as_string()));
      CAPTURE(std::string(error.at("msg").as_string()));
      // upload-sarif computes the hash of the line from the checkout (report/validate_test.cpp).
      CHECK(error.at("id").as_string() == "GH-FINGERPRINT");
    }
  }
}
