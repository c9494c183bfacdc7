// Real scanners' files served by the sandbox: whatever they hold, the answers keep the contract. The files
// are not checked in; without them the test says so.
#include <doctest/doctest.h>

#include <cstdlib>

#include "../sandbox/rig.hpp"
#include "support/openapi.hpp"

using namespace kolega;
using namespace kolega::test;

namespace {

std::filesystem::path corpus() {
  if (const auto* given = std::getenv("KOLEGA_CORPUS")) return given;
  return source_dir() / "../shared/corpus/sarif";
}

}  // namespace

TEST_CASE("answers made of real scanners' files keep the contract") {
  if (!std::filesystem::is_directory(corpus())) {
    MESSAGE("SKIPPED: no scanners' files at " << corpus().string() << " (KOLEGA_CORPUS names another place)");
    return;
  }
  const OpenApi contract(boost::json::parse(slurp(source_dir() / "tests/contract/openapi.json")));
  const std::string scan_path = "/api/v1/repositories/{repository_id}/scans/{scan_id}";
  std::size_t usable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus())) {
    if (entry.path().extension() != ".sarif") continue;
    INFO(entry.path().filename().string());
    auto config = one_repository("/", "");
    config.repositories[0].feeds[ScanType::semgrep_scan].files = {entry.path().string()};
    SandboxRig rig(config);
    const auto path = rig.scan("acme", "semgrep_scan");
    const auto progress = rig.get(path + "/progress");
    const auto results = rig.get(path + "/results");
    const auto findings = rig.get("/api/v1/repositories/acme/findings?limit=200");
    INFO(progress.response.body);
    CHECK(contract.check_answer({"GET", scan_path + "/progress"}, 200, progress.response.body).empty());
    CHECK(contract.check_answer({"GET", scan_path + "/results"}, 200, results.response.body).empty());
    CHECK(contract
              .check_answer({"GET", "/api/v1/repositories/{repository_id}/findings"}, 200,
                            findings.response.body)
              .empty());
    CHECK(results.number("/findings_count") == findings.number("/total"));
    usable += progress.text("/status") != "failed";
  }
  CHECK(usable > 35);
}
