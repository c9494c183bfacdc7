// Every format on every sample record, against files that were read by people before they were accepted.
// KOLEGA_UPDATE_GOLDEN=1 writes them anew; read the difference before you commit it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "report/formats.hpp"
#include "report/html/assets.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using report::GitlabKind;
using report::SarifProfile;

namespace {

struct Expectation {
  std::string format{};
  std::string file{};
  report::ReportOptions options{};
};

std::vector<Expectation> expectations() {
  return {
      {"table", "expected.txt", {}},
      {"table", "expected.60.ansi", {.colour = true, .width = 60}},
      {"sarif", "expected.sarif", {}},
      {"sarif", "expected.github.sarif", {.sarif_profile = SarifProfile::github}},
      {"sarif", "expected.azure.sarif", {.sarif_profile = SarifProfile::azure}},
      {"junit", "expected.xml", {}},
      {"markdown", "expected.md", {}},
      {"html", "expected.html", {}},
      {"gitlab", "expected.gitlab.json", {}},
      {"gitlab", "expected.gl-secret-detection.json", {.gitlab_kind = GitlabKind::secret_detection}},
      {"gitlab", "expected.gl-dependency-scanning.json", {.gitlab_kind = GitlabKind::dependency_scanning}},
      {"codequality", "expected.codequality.json", {}},
      {"github", "expected.github.log", {}},
      {"azure", "expected.azure.log", {}}};
}

/// The profiles, kinds and the narrow table differ little, so two records show them.
bool is_kept(const Expectation& expectation, const std::string& sample) {
  const auto& options = expectation.options;
  const bool variant =
      options.colour || options.gitlab_kind || options.sarif_profile != SarifProfile::generic;
  return !variant || sample == "fail" || sample == "hostile";
}

/// The digest of a policy changes whenever the language grows; the reports that show it do not.
std::string without_digest(std::string text, const gate::DecisionRecord& record) {
  if (!record.inputs.policy) return text;
  const auto digest = policy::digest(*record.inputs.policy);
  for (const auto& part : {digest, digest.substr(0, 12)}) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part)) {
      text.replace(at, part.size(), part.size(), '0');
    }
  }
  return text;
}

/// The style sheet and the script of the page are the same in all of them, and files of their own.
std::string without_assets(std::string text) {
  for (const auto asset : {report::html_style().view(), report::html_script().view()}) {
    if (const auto at = text.find(asset); at != std::string::npos) text.replace(at, asset.size(), "...");
  }
  for (auto at = text.find("'sha256-"); at != std::string::npos; at = text.find("'sha256-", at + 1)) {
    text.replace(at + 8, 44, "...");
  }
  return text;
}

void compare(const test::Sample& sample, const Expectation& expectation) {
  const auto path = test::source_dir() / "tests/golden" / sample.name / expectation.file;
  std::ostringstream out;
  report::find_format(expectation.format)->write(sample.record, expectation.options, out);
  const auto text = without_digest(without_assets(out.str()), sample.record);
  if (std::getenv("KOLEGA_UPDATE_GOLDEN")) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  CAPTURE(path.string());
  const bool same = test::slurp(path) == text;
  CHECK(same);
  if (!same) MESSAGE("now it is:\n", text);
}

}  // namespace

TEST_CASE("each format of each sample record is as expected") {
  for (const auto& sample : test::sample_records()) {
    for (const auto& expectation : expectations()) {
      if (is_kept(expectation, sample.name)) compare(sample, expectation);
    }
  }
}

TEST_CASE("the same record gives the same bytes") {
  for (const auto& format : report::formats()) {
    std::ostringstream first;
    std::ostringstream second;
    format.write(test::sample_record("fail"), {}, first);
    format.write(test::sample_record("fail"), {}, second);
    CHECK(first.str() == second.str());
  }
}
