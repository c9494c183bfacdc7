#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::resolve;
using net::TransportError;

namespace {

/// A name server on loopback: what the function makes of a question; nothing is silence.
class NameServer {
 public:
  using Answer = std::function<std::string(const std::string& question)>;
  explicit NameServer(Answer answer) : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, raw, size) == 0);
    REQUIRE(::getsockname(socket_, raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~NameServer() {
    thread_.request_stop();
    thread_.join();
    ::close(socket_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{socket_, POLLIN, 0};
      if (::poll(&entry, 1, 20) <= 0) continue;
      std::string question(512, '\0');
      sockaddr_in from{};
      socklen_t size = sizeof from;
      auto* raw = reinterpret_cast<sockaddr*>(&from);
      const auto got = ::recvfrom(socket_, question.data(), question.size(), 0, raw, &size);
      if (got <= 12) continue;
      question.resize(static_cast<std::size_t>(got));
      const auto answer = answer_(question);
      if (!answer.empty()) ::sendto(socket_, answer.data(), answer.size(), 0, raw, size);
    }
  }
  Answer answer_;
  int socket_;
  std::uint16_t port_{};
  std::jthread thread_;
};

/// The question back as an answer with this code, no records.
std::string with_code(std::string question, int code) {
  question[2] = static_cast<char>(0x81);
  question[3] = static_cast<char>(0x80 | code);
  question[10] = question[11] = 0;  // the additional record (EDNS) is left out, its count too
  return question.substr(0, question.find('\0', 12) + 5);
}

/// 192.0.2.7 for questions of type A, no record for others.
std::string with_address(const std::string& question) {
  auto out = with_code(question, 0);
  if (out[out.size() - 3] != 1) return out;
  out[7] = 1;
  return out + std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7", 16);
}

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
  const NameServer server(with_address);
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
