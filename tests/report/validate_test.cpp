// What readers of the formats would say: the validators beside the project, where they and node are present.
// Set KOLEGA_SHARED to the folder that holds validate/; the default is ../shared of the source.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/json.hpp"
#include "report/formats.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"

using namespace kolega;
using report::SarifProfile;

namespace {

namespace fs = std::filesystem;

fs::path validator() {
  const char* shared = std::getenv("KOLEGA_SHARED");
  return (shared ? fs::path(shared) : test::source_dir().parent_path() / "shared") / "validate" / "validate";
}

struct Answer {
  int status{};
  std::string text{};
};

Answer run(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             [](std::FILE*) { return 0; });
  REQUIRE(pipe);
  Answer answer;
  std::array<char, 4096> buffer{};
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    answer.text.append(buffer.data(), size);
  const int status = ::pclose(pipe.get());
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return answer;
}

/// The reports of all samples in one format, as arguments of the validator.
std::string write_all(const test::TempDir& dir, const std::string& format, const std::string& name,
                      const report::ReportOptions& options = {}) {
  std::string files;
  for (const auto& sample : test::sample_records()) {
    std::ostringstream out;
    report::find_format(format)->write(sample.record, options, out);
    files += " '" + dir.write(sample.name + name, out.str()) + "'";
  }
  return files;
}

/// The one thing that the strict check wants and we do not write: GitHub's own hash of the source line, which
/// needs the source. upload-sarif computes it from the checkout; a different hash under its key would be
/// worse than none.
bool is_known(std::string_view kind, std::string_view error) {
  return kind == "sarif" && error == "GH-FINGERPRINT";
}

}  // namespace

TEST_CASE("the validators of SARIF and JUnit accept the report of every sample") {
  const auto program = validator();
  if (!fs::exists(program) || std::system("node --version >/dev/null 2>&1") != 0) {
    MESSAGE("SKIPPED: no node or no ", program.string(), "; SARIF and JUnit were not validated");
    return;
  }
  const test::TempDir dir;
  const auto generic = write_all(dir, "sarif", ".sarif");
  const auto github = write_all(dir, "sarif", ".github.sarif", {.sarif_profile = SarifProfile::github});
  const auto azure = write_all(dir, "sarif", ".azure.sarif", {.sarif_profile = SarifProfile::azure});
  const auto answer = run("'" + program.string() + "' --json --no-multitool --sarif" + generic + github +
                          azure + " --sarif-accepted" + generic + github + azure + " --junit" +
                          write_all(dir, "junit", ".xml") + " 2>/dev/null");
  if (answer.status == 3) {
    MESSAGE("SKIPPED: the validator could not run (are its packages installed?)");
    return;
  }
  const auto verdicts = parse_json(answer.text, "validator", ErrorKind::internal);
  CHECK(verdicts.as_array().size() == 7 * test::sample_records().size());
  for (const auto& verdict : verdicts.as_array()) {
    for (const auto& error : verdict.at("errors").as_array()) {
      CAPTURE(std::string(verdict.at("file").as_string()));
      CAPTURE(std::string(error.at("msg").as_string()));
      CHECK(is_known(verdict.at("kind").as_string(), error.at("id").as_string()));
    }
  }
}
