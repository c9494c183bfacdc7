// A sandbox in which every operation of the contract can succeed, and the published contract itself.
// Not for: what is checked with them.
#pragma once

#include <doctest/doctest.h>

#include "../sandbox/checkout.hpp"
#include "../sandbox/rig.hpp"
#include "support/openapi.hpp"

namespace kolega::test {

inline const OpenApi& contract() {
  static const OpenApi one(boost::json::parse(slurp(source_dir() / "tests/contract/openapi.json")));
  return one;
}

inline std::string join_lines(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

/// Fixes whose instructions say so run until they are cancelled.
inline constexpr auto journey_fixer =
    "grep -q wait \"$KOLEGA_FIX_REQUEST\" && sleep 60; echo fixed >> fixed.txt";

/// A sandbox with one finished scan and one completed fix, and what its paths' braces stand for.
class Journey {
 public:
  Journey() : rig(with_fixer(one_repository(checkout.dir.path().string(), "cat out.sarif"))) {
    const auto& dir = checkout.dir;
    dir.write("out.sarif", sarif({{"CWE-120", "src/a.c", 3, "first"}, {"CWE-78", "src/b c.c", 9, "second"}}));
    scan = rig.scan("acme", "semgrep_scan");
    const auto findings = rig.get("/api/v1/repositories/acme/findings");
    finding_id = findings.text("/items/0/id");
    fix_id = create_fix("at once");
    rig.sandbox().wait_for_feeds();
  }

  static sandbox::Config with_fixer(sandbox::Config config) {
    config.repositories[0].fixer = journey_fixer;
    return config;
  }
  std::string create_fix(const std::string& instructions) {
    const auto answer = rig.post("/api/v1/repositories/acme/fixes", fix_body(instructions));
    return answer.status() == 201 ? answer.text("/id") : std::string{};
  }
  std::string fix_body(const std::string& instructions) const {
    return R"({"finding_ids":[")" + finding_id +
           R"("],"title":"t","source_repo":"acme/payments","instructions":")" + instructions + "\"}";
  }
  /// A body that succeeds, after whatever the operation needs has been brought about.
  std::string good_body(const OpenApi::Operation& operation) {
    const auto is = [&operation](std::string_view end) { return operation.path.ends_with(end); };
    if (operation.method == "GET") return {};
    if (is("/scans")) return R"({"scan_type":"semgrep_scan"})";
    if (is("/fixes")) return fix_body("once more");
    if (is("/refine")) return R"({"instructions":"refine"})";
    if (is("/{finding_id}")) return R"({"status":"ignored"})";
    if (is("/cancel")) fix_id = create_fix("wait");
    if (is("/pull-requests")) {
      fix_id = create_fix("for a pull request");
      rig.sandbox().wait_for_feeds();
    }
    return "{}";
  }

  std::string target(std::string path) const {
    const auto replace = [&path](const std::string& brace, const std::string& value) {
      if (const auto at = path.find(brace); at != std::string::npos) path.replace(at, brace.size(), value);
    };
    replace("{repository_id}", "acme");
    replace("{scan_id}", scan.substr(scan.rfind('/') + 1));
    replace("{finding_id}", finding_id);
    replace("{fix_id}", fix_id);
    return path;
  }
  Answer call(const OpenApi::Operation& operation, const std::string& query = {},
              const std::string& body = {}) {
    const auto where = target(operation.path) + query;
    auto answer = operation.method == "GET" ? rig.get(where) : rig.send_json(operation.method, where, body);
    INFO(operation.method, " ", where, " -> ", answer.status(), " ", answer.response.body);
    CHECK(join_lines(contract().check_answer(operation, answer.status(), answer.response.body)) == "");
    CHECK(answer.header("Content-Type") == "application/json");
    return answer;
  }

  Checkout checkout;
  SandboxRig rig;
  std::string scan;
  std::string finding_id;
  std::string fix_id;
};

}  // namespace kolega::test
