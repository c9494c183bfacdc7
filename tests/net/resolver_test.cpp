#include "net/resolver.hpp"

#include <doctest/doctest.h>

#include "support/name_server.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::resolve;
using net::TransportError;
using test::NameServer;
using test::with_code;

namespace {

net::StepLimit limit(Duration own, Duration deadline = 5s, std::stop_token stop = {}) {
  const auto now = std::chrono::steady_clock::now();
  return {{now + deadline, std::move(stop)}, now + own};
}

TransportError error_of(const std::string& host, const net::StepLimit& how_long, const std::string& servers) {
  try {
    resolve(host, how_long, servers);
  } catch (const TransportError& error) {
    return error;
  }
  FAIL("resolved");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("literals and localhost need no name server") {
  const std::string nobody = "127.0.0.1:1";
  CHECK(resolve("192.0.2.1", limit(1s), nobody) == std::vector<std::string>{"192.0.2.1"});
  CHECK(resolve("2001:db8::1", limit(1s), nobody) == std::vector<std::string>{"2001:db8::1"});
  CHECK(resolve("localhost", limit(1s), nobody) == std::vector<std::string>{"127.0.0.1", "::1"});
}

TEST_CASE("names by a name server") {
  const NameServer server(test::with_addresses({"192.0.2.7"}));
  CHECK(resolve("api.kolega-test.example", limit(3s), server.address()) ==
        std::vector<std::string>{"192.0.2.7"});
}

TEST_CASE("names that do not exist, and servers that fail") {
  const NameServer absent([](const std::string& question) { return with_code(question, 3); });
  auto error = error_of("no.example", limit(3s), absent.address());
  CHECK(error.message() == "the name does not exist");
  CHECK(error.fault() == Fault::resolve);
  CHECK_FALSE(error.maybe_sent());
  const NameServer failing([](const std::string& question) { return with_code(question, 2); });
  error = error_of("no.example", limit(3s), failing.address());
  CHECK(error.fault() == Fault::resolve);
  CHECK(error.transient());
}

TEST_CASE("silence ends with the step's limit, the deadline or a stop") {
  const NameServer silent([](const std::string&) { return std::string(); });
  const auto timed = [&](const net::StepLimit& how_long) {
    const auto start = std::chrono::steady_clock::now();
    const auto error = error_of("slow.example", how_long, silent.address());
    CHECK(std::chrono::steady_clock::now() - start < 500ms);
    return error;
  };
  CHECK(timed(limit(200ms)).fault() == Fault::resolve);
  CHECK(timed(limit(5s, 200ms)).fault() == Fault::deadline);
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  CHECK(timed(limit(5s, 5s, stop.get_token())).fault() == Fault::stopped);
}
