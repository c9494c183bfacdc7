// A sandbox on a clock that tests move, with feeds that are one shell line, and its answers as JSON trees.
// Not for: sockets; net/server_test.cpp has those.
#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"
#include "support/files.hpp"

namespace kolega::test {

inline constexpr auto rig_token = "kcp_test_0123456789abcdef0123456789abcdef";

/// An answer and its body as a tree, null where it is no JSON. What at() gives lives as long as the answer.
class Answer {
 public:
  Answer() = default;
  explicit Answer(net::ServerResponse from) : response(std::move(from)) {
    boost::system::error_code failure;
    document_ = boost::json::parse(response.body, failure);
  }

  int status() const { return response.status; }
  const boost::json::value& json() const { return document_; }
  const boost::json::value& at(std::string_view pointer) const { return document_.at_pointer(pointer); }
  std::string text(std::string_view pointer) const { return std::string(at(pointer).as_string()); }
  std::int64_t number(std::string_view pointer) const { return at(pointer).to_number<std::int64_t>(); }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }

  net::ServerResponse response{};

 private:
  boost::json::value document_{};
};

class SandboxRig {
 public:
  explicit SandboxRig(sandbox::Config config) {
    system_.now = [this] { return Instant(std::chrono::microseconds(start_us)) + passed(); };
    system_.steady = [this] { return sys::SteadyTime(passed()); };
    system_.random = [] { return 0.5; };
    sandbox_ = std::make_unique<sandbox::Sandbox>(std::move(config), Secret(rig_token), system_);
  }

  Answer send(const net::ServerRequest& request) { return Answer(sandbox_->handle(request)); }
  Answer get(const std::string& target) { return send({"GET", target, authorized(), ""}); }
  Answer post(const std::string& target, const std::string& body) { return send_json("POST", target, body); }
  Answer patch(const std::string& target, const std::string& body) {
    return send_json("PATCH", target, body);
  }
  Answer send_json(const std::string& method, const std::string& target, const std::string& body) {
    auto headers = authorized();
    headers.emplace_back("Content-Type", "application/json");
    return send({method, target, headers, body});
  }

  /// Triggers a scan and tells its path; what is wrong is in `last`.
  std::string trigger(const std::string& repository, const std::string& type) {
    const auto scans = "/api/v1/repositories/" + repository + "/scans";
    last = post(scans, R"({"scan_type":")" + type + "\"}");
    return last.status() == 202 ? scans + "/" + last.text("/batch_id") : std::string{};
  }
  /// The same, then waits until it has ended.
  std::string scan(const std::string& repository, const std::string& type) {
    auto path = trigger(repository, type);
    finish();
    return path;
  }
  void finish() {
    sandbox_->wait_for_feeds();
    advance(std::chrono::hours(1));
  }
  void advance(Duration by) { passed_ms_ += by.count(); }

  sandbox::Sandbox& sandbox() { return *sandbox_; }
  static net::Headers authorized() { return {{"Authorization", std::string("Bearer ") + rig_token}}; }

  Answer last{};

 private:
  static constexpr std::int64_t start_us = 1'790'000'000'000'000;  // 2026-09-21T14:13:20Z
  Duration passed() const { return Duration(passed_ms_.load()); }

  std::atomic<std::int64_t> passed_ms_{0};
  sys::System system_{};
  std::unique_ptr<sandbox::Sandbox> sandbox_;
};

struct SarifRow {
  std::string rule{};
  std::string path{};
  int line{};
  std::string message{};
  std::string level{"error"};
};

/// A whole SARIF document, as a scanner would print it.
inline std::string sarif(const std::vector<SarifRow>& rows, bool successful = true) {
  const auto quote = [](const std::string& text) {
    return boost::json::serialize(boost::json::string(text));
  };
  std::string results;
  for (const auto& row : rows) {
    results += std::string(results.empty() ? "" : ",") + R"({"ruleId":)" + quote(row.rule) + R"(,"level":)" +
               quote(row.level) + R"(,"message":{"text":)" + quote(row.message) +
               R"(},"locations":[{"physicalLocation":{"artifactLocation":{"uri":)" + quote(row.path) +
               R"(},"region":{"startLine":)" + std::to_string(row.line) + R"(,"endLine":)" +
               std::to_string(row.line + 2) + "}}}]}";
  }
  return R"({"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Flawfinder","version":"2.0.19"}},)"
         R"("invocations":[{"executionSuccessful":)" +
         std::string(successful ? "true" : "false") + R"(}],"results":[)" + results + "]}]}";
}

/// One repository "acme" whose directory is `directory` and whose semgrep_scan runs `command`.
inline sandbox::Config one_repository(const std::string& directory, const std::string& command) {
  sandbox::RepositoryConfig repository;
  repository.id = "acme";
  repository.full_name = "acme/payments";
  repository.directory = directory;
  if (!command.empty()) repository.feeds[ScanType::semgrep_scan].commands = {command};
  sandbox::Config config;
  config.repositories.push_back(repository);
  config.scan_duration = std::chrono::seconds(10);
  return config;
}

}  // namespace kolega::test
