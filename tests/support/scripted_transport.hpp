// A Transport that answers what the test wrote down. A request that nobody expects fails the test, and so
// does an expectation that nobody asked for.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/transport.hpp"

namespace kolega::test {

struct ScriptedAnswer {
  int status{200};
  std::string body{};
  net::Headers headers{};
  std::optional<net::TransportError> fault{};
};

inline ScriptedAnswer answer(int status, std::string body = {}, net::Headers headers = {}) {
  return {status, std::move(body), std::move(headers), std::nullopt};
}
inline ScriptedAnswer fault(net::TransportError::Fault which, bool maybe_sent,
                            const std::string& message = "cut") {
  return {0, {}, {}, net::TransportError(which, maybe_sent, message)};
}

class ScriptedTransport final : public net::Transport {
 public:
  using Handler = std::function<ScriptedAnswer(const net::Request&)>;

  ScriptedTransport() = default;
  ScriptedTransport(const ScriptedTransport&) = delete;
  ScriptedTransport& operator=(const ScriptedTransport&) = delete;
  ~ScriptedTransport() override {
    for (const auto& stub : stubs_) FAIL_CHECK("nobody asked for ", stub.method, " ", stub.target);
  }

  /// The next request of this method and target gets this answer, once.
  void expect(const std::string& method, const std::string& target, ScriptedAnswer reply) {
    stubs_.push_back({method, target, std::move(reply)});
  }
  /// Answers what no expectation matches.
  void otherwise(Handler handler) { handler_ = std::move(handler); }

  net::Response send(const net::Request& request, const net::Wait& wait) override {
    requests_.push_back(request);
    waits_.push_back(wait);
    const auto reply = take(request);
    if (reply.fault) throw *reply.fault;
    net::Response response{reply.status, reply.headers, reply.body};
    if (request.consumer && reply.status >= 200 && reply.status < 300) {
      response.body.clear();
      request.consumer->begin();
      constexpr std::size_t part = 61;  // so that no decoder can rely on whole bodies
      for (std::size_t at = 0; at < reply.body.size(); at += part) {
        request.consumer->data(std::string_view(reply.body).substr(at, part));
      }
    }
    return response;
  }

  const std::vector<net::Request>& requests() const { return requests_; }
  const std::vector<net::Wait>& waits() const { return waits_; }
  /// How many requests of this method had a target that ends so (before the query).
  std::size_t count(const std::string& method, const std::string& ending) const {
    std::size_t out = 0;
    for (const auto& request : requests_) {
      const auto path = request.target.substr(0, request.target.find('?'));
      if (request.method == method && path.ends_with(ending)) ++out;
    }
    return out;
  }

 private:
  struct Stub {
    std::string method{};
    std::string target{};
    ScriptedAnswer reply{};
  };

  ScriptedAnswer take(const net::Request& request) {
    for (auto stub = stubs_.begin(); stub != stubs_.end(); ++stub) {
      if (stub->method != request.method || stub->target != request.target) continue;
      auto reply = std::move(stub->reply);
      stubs_.erase(stub);
      return reply;
    }
    if (handler_) return handler_(request);
    FAIL("nobody expected ", request.method, " ", request.target);
    return {};
  }

  std::deque<Stub> stubs_;
  Handler handler_;
  std::vector<net::Request> requests_;
  std::vector<net::Wait> waits_;
};

}  // namespace kolega::test
