// A whole command against a server on loopback that answers what the test wrote down. Sleeping only moves the
// clock, so waits take no time; the HTTP client is the real one.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>

#include "net/server.hpp"
#include "support/cli_run.hpp"

namespace kolega::test {

class ApiWorld {
 public:
  ApiWorld() : server_([this](const net::ServerRequest& request) { return handle(request); }, 0) {}
  ApiWorld(const ApiWorld&) = delete;
  ApiWorld& operator=(const ApiWorld&) = delete;

  /// Answers to "GET /api/v1/me", in order; the last one stays.
  void on(const std::string& call, std::string body, int status = 200) {
    const std::scoped_lock lock(mutex_);
    answers_[call].push_back({.status = status, .body = std::move(body)});
  }
  /// The same for all calls of this beginning, made by the test. Asked before the answers.
  void serve(std::function<std::optional<std::string>(const net::ServerRequest&)> handler) {
    handler_ = std::move(handler);
  }

  /// The same answer to everything.
  void refuse(int status, std::string body) {
    const std::scoped_lock lock(mutex_);
    refusal_ = net::ServerResponse{.status = status, .body = std::move(body)};
  }

  CliResult run(const std::vector<std::string>& words) {
    std::ostringstream out;
    const auto result = run_into(words, out);
    return {result.code, out.str(), result.err};
  }
  CliResult run_into(const std::vector<std::string>& words, std::ostream& out) {
    auto system = sys::real_system();
    auto variables = environment;
    variables.insert({{"KOLEGA_API_URL", server_.url()}, {"KOLEGA_TOKEN", "kcp_test_secret"}});
    system.environment = sys::Environment(variables);
    system.working_directory = "/nonexistent";
    system.terminal = false;
    system.stdout_terminal = terminal;
    system.columns = columns;
    system.stop = stop.get_token();
    system.signal = [] { return 15; };
    system.steady = [this] { return std::chrono::steady_clock::now() + slept_; };
    system.now = [this] { return *parse_instant("2026-06-01T12:00:00Z") + slept_; };
    system.sleep_until = [this](sys::SteadyTime until, const std::stop_token& token) {
      if (token.stop_requested()) return false;
      const auto gap = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now() - slept_);
      if (gap > Duration::zero()) slept_ += gap;
      if (on_sleep) on_sleep();
      return !token.stop_requested();
    };
    std::ostringstream err;
    std::istringstream in(input);
    const int code = cli::run(words, {out, err, in}, system);
    return {code, {}, err.str()};
  }

  /// "PATCH /api/v1/...?x=y BODY" of every request so far.
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::size_t count(const std::string& method) const {
    std::size_t out = 0;
    for (const auto& request : requests()) out += request.starts_with(method + " ") ? 1 : 0;
    return out;
  }

  std::map<std::string, std::string> environment{};
  std::string input{};
  std::size_t columns{100};
  bool terminal{};
  std::function<void()> on_sleep{};
  std::stop_source stop{};

 private:
  net::ServerResponse handle(const net::ServerRequest& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request.method + " " + request.target +
                        (request.body.empty() ? "" : " " + request.body));
    if (refusal_) return *refusal_;
    if (handler_) {
      if (auto body = handler_(request)) return {.status = 200, .body = std::move(*body)};
    }
    const auto found =
        answers_.find(request.method + " " + request.target.substr(0, request.target.find('?')));
    if (found == answers_.end()) return {.status = 404, .body = R"({"detail":"Not found"})"};
    auto reply = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return reply;
  }

  mutable std::mutex mutex_{};
  std::map<std::string, std::deque<net::ServerResponse>> answers_{};
  std::function<std::optional<std::string>(const net::ServerRequest&)> handler_{};
  std::optional<net::ServerResponse> refusal_{};
  std::vector<std::string> requests_{};
  Duration slept_{};
  net::Server server_;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace kolega::test
