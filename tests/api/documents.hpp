// Documents of the API as texts, as short as the contract allows. For tests of the client and the runner.
#pragma once

#include <string>
#include <vector>

namespace kolega::test {

inline std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

inline std::string page(const std::vector<std::string>& items, std::int64_t total, bool has_next,
                        std::int64_t skip = 0) {
  std::string out = R"({"items":[)";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i > 0 ? "," : "") + items[i];
  return out + "],\"total\":" + std::to_string(total) + ",\"limit\":200,\"skip\":" + std::to_string(skip) +
         ",\"has_next\":" + (has_next ? "true" : "false") + "}";
}
inline std::string whole_page(const std::vector<std::string>& items) {
  return page(items, static_cast<std::int64_t>(items.size()), false);
}

inline std::string repository_json(const std::string& id, const std::string& full_name,
                                   bool archived = false) {
  return R"({"id":)" + quoted(id) + R"(,"name":)" + quoted("name of " + id) + R"(,"archived":)" +
         (archived ? "true" : "false") +
         R"(,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z",)" +
         R"("repositories":[{"full_name":)" + quoted(full_name) +
         R"(,"default_branch":"main","provider":"github"}]})";
}

inline std::string finding_json(const std::string& id, const std::string& check = "c",
                                const std::string& path = "src/a.c") {
  return R"({"id":)" + quoted(id) + R"(,"repository_id":"r1","check_id":)" + quoted(check) +
         R"(,"severity":"high","status":"open","file_path":)" + quoted(path) +
         R"(,"message":"m","category":"security","scan_type":"semgrep_scan","cwe":[],"owasp":[],)"
         R"("first_detected_at":"2026-05-01T00:00:00Z","last_detected_at":"2026-05-01T00:00:00Z",)"
         R"("created_at":"2026-05-01T00:00:00Z","updated_at":"2026-05-01T00:00:00Z"})";
}

inline std::string result_json(const std::string& fingerprint, const std::string& check = "c",
                               const std::string& path = "src/a.c") {
  return R"({"check_id":)" + quoted(check) + R"(,"file_path":)" + quoted(path) +
         R"(,"severity":"high","message":"m","cwe":[],"owasp":[],"fingerprint":)" + quoted(fingerprint) + "}";
}

inline std::string quota_json(std::int64_t sast, std::int64_t deep_ai, std::int64_t repositories = 1) {
  const auto counter = [](std::int64_t left) {
    return R"({"plan":10,"topup":0,"used":1,"remaining":)" + std::to_string(left) + "}";
  };
  return R"({"period_start":"2026-05-15T00:00:00Z","period_end":"2026-06-15T00:00:00Z","prs":)" + counter(5) +
         R"(,"sast_scans":)" + counter(sast) + R"(,"deep_ai_scans":)" + counter(deep_ai) +
         R"(,"repositories":{"current":)" + std::to_string(repositories) + R"(,"max":null}})";
}

/// A batch of one repository as POST and GET /scans show it.
inline std::string batch_json(const std::string& id, const std::string& type, const std::string& status,
                              const std::string& created_at, const std::string& completed_at = {},
                              const std::string& repository = "r1") {
  const std::string done = completed_at.empty() ? "0" : "1";
  return R"({"batch_id":)" + quoted(id) + R"(,"repository_id":)" + quoted(repository) + R"(,"scan_type":)" +
         quoted(type) + R"(,"status":)" + quoted(status) +
         R"(,"total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":)" + done +
         R"(,"scans_assessed":)" + done + R"(,"created_at":)" + quoted(created_at) + R"(,"completed_at":)" +
         (completed_at.empty() ? "null" : quoted(completed_at)) + "}";
}

}  // namespace kolega::test
