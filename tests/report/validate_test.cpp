// What readers of the formats would say: the validators beside the project, where they and node are present.
// Set KOLEGA_SHARED to the folder that holds validate/; the default is ../shared of the source.
#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "base/json.hpp"
#include "report/formats.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"
#include "sys/process.hpp"

using namespace kolega;
using report::GitlabKind;
using report::SarifProfile;

namespace {

namespace fs = std::filesystem;

fs::path validator() {
  const char* shared = std::getenv("KOLEGA_SHARED");
  return (shared ? fs::path(shared) : test::source_dir().parent_path() / "shared") / "validate" / "validate";
}

/// Writes the report of every sample in one format and adds the files to the validator's arguments.
void add_reports(std::vector<std::string>& arguments, const test::TempDir& dir, const std::string& format,
                 const std::string& ending, const report::ReportOptions& options = {}) {
  for (const auto& sample : test::sample_records()) {
    std::ostringstream out;
    report::find_format(format)->write(sample.record, options, out);
    arguments.push_back(dir.write(sample.name + ending, out.str()));
  }
}

void add_sarif(std::vector<std::string>& arguments, const test::TempDir& dir) {
  add_reports(arguments, dir, "sarif", ".sarif");
  add_reports(arguments, dir, "sarif", ".github.sarif", {.sarif_profile = SarifProfile::github});
  add_reports(arguments, dir, "sarif", ".azure.sarif", {.sarif_profile = SarifProfile::azure});
}

void add_gitlab(std::vector<std::string>& arguments, const test::TempDir& dir) {
  arguments.emplace_back("--gitlab-sast");
  add_reports(arguments, dir, "gitlab", ".sast.json", {.gitlab_kind = GitlabKind::sast});
  arguments.emplace_back("--gitlab-secret");
  add_reports(arguments, dir, "gitlab", ".secret.json", {.gitlab_kind = GitlabKind::secret_detection});
  arguments.emplace_back("--gitlab-deps");
  add_reports(arguments, dir, "gitlab", ".deps.json", {.gitlab_kind = GitlabKind::dependency_scanning});
  arguments.emplace_back("--codequality");
  add_reports(arguments, dir, "codequality", ".codequality.json");
}

void add_logs(std::vector<std::string>& arguments, const test::TempDir& dir) {
  arguments.emplace_back("--github-log");
  add_reports(arguments, dir, "github", ".github.log");
  arguments.emplace_back("--github-summary");
  add_reports(arguments, dir, "markdown", ".md");
  arguments.emplace_back("--azure-log");
  add_reports(arguments, dir, "azure", ".azure.log");
}

bool is_node_present() {
  const char* path = std::getenv("PATH");
  return path && sys::find_program("node", path).has_value();
}

/// The one thing that the strict check wants and a file for GitHub does not hold where the source could not
/// be read: the hash of the line. upload-sarif computes it from the checkout and complains of any other
/// value.
bool is_known(std::string_view kind, std::string_view file, std::string_view error) {
  return kind == "sarif" && file.ends_with(".github.sarif") && error == "GH-FINGERPRINT";
}

}  // namespace

TEST_CASE("the validators accept the reports of every sample") {
  const auto program = validator();
  if (!fs::exists(program) || !is_node_present()) {
    MESSAGE("SKIPPED: no node or no ", program.string(), "; no report was validated");
    return;
  }
  const test::TempDir dir;
  std::vector<std::string> arguments{program.string(), "--json", "--no-multitool", "--sarif"};
  add_sarif(arguments, dir);
  arguments.emplace_back("--sarif-accepted");
  add_sarif(arguments, dir);
  arguments.emplace_back("--junit");
  add_reports(arguments, dir, "junit", ".xml");
  add_gitlab(arguments, dir);
  add_logs(arguments, dir);
  const auto answer = sys::run_process(arguments, {.timeout = std::chrono::minutes{3}});
  if (answer.exit_code == 3) {
    MESSAGE("SKIPPED: the validator could not run (are its packages installed?): ", answer.err);
    return;
  }
  const auto verdicts = parse_json(answer.out, "validator", ErrorKind::internal);
  CHECK(verdicts.as_array().size() == 14 * test::sample_records().size());
  for (const auto& verdict : verdicts.as_array()) {
    for (const auto& error : verdict.at("errors").as_array()) {
      CAPTURE(std::string(verdict.at("file").as_string()));
      CAPTURE(std::string(error.at("msg").as_string()));
      CHECK(is_known(verdict.at("kind").as_string(), verdict.at("file").as_string(),
                     error.at("id").as_string()));
    }
  }
}
