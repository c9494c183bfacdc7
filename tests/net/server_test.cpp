#include "net/server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace kolega;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<net::Transport> client(const net::Server& server) {
  net::ClientOptions options;
  options.base = net::parse_url(server.url(), "test");
  return net::make_http_transport(options);
}

net::Response ask(const net::Server& server, net::Request request = {}) {
  if (request.target.empty()) request.target = "/";
  return client(server)->send(request, {std::chrono::steady_clock::now() + 5s, {}});
}

net::ServerResponse text(std::string body) {
  net::ServerResponse out;
  out.body = std::move(body);
  return out;
}

}  // namespace

TEST_CASE("a taken port is an error of usage") {
  const net::Server first([](const net::ServerRequest&) { return text("1"); }, 0);
  CHECK_THROWS_AS(net::Server([](const net::ServerRequest&) { return text("2"); }, first.port()), Error);
}

TEST_CASE("a handler's exception is a 500") {
  const net::Server server(
      [](const net::ServerRequest&) -> net::ServerResponse { throw Error(ErrorKind::internal, "boom"); }, 0);
  const auto response = ask(server);
  CHECK(response.status == 500);
  CHECK(response.body == "boom");
}

TEST_CASE("faults on purpose") {
  const net::Server server(
      [](const net::ServerRequest& request) {
        auto out = text("0123456789");
        out.drop = request.target == "/drop";
        if (request.target == "/cut") out.cut_after = 4;
        if (request.target == "/slow") out.delay = 150ms;
        return out;
      },
      0);
  net::Request request;
  for (const auto* target : {"/drop", "/cut"}) {
    request.target = target;
    try {
      ask(server, request);
      FAIL("answered");
    } catch (const net::TransportError& error) {
      CHECK(error.fault() == net::TransportError::Fault::receive);
    }
  }
  request.target = "/slow";
  const auto start = std::chrono::steady_clock::now();
  CHECK(ask(server, request).body == "0123456789");
  CHECK(std::chrono::steady_clock::now() - start >= 150ms);
}

TEST_CASE("several clients at once, and a body beyond the limit") {
  std::atomic<int> answered{};
  const net::Server server(
      [&](const net::ServerRequest& request) { return text(std::to_string(request.body.size())); }, 0);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto transport = client(server);
        for (int n = 0; n < 20; ++n) {
          net::Request request;
          request.method = "POST";
          request.target = "/";
          request.body = std::string(1000, 'x');
          answered += transport->send(request, {}).body == "1000";
        }
      });
    }
  }
  CHECK(answered == 160);
}

TEST_CASE("it ends at once, open connections or not") {
  auto server = std::make_unique<net::Server>(
      [](const net::ServerRequest& request) {
        auto out = text("a");
        if (request.target == "/slow") out.delay = 60s;
        return out;
      },
      0);
  const auto transport = client(*server);
  net::Request request;
  request.target = "/";
  transport->send(request, {});
  std::jthread hanging([&, other = client(*server)] {
    net::Request slow;
    slow.target = "/slow";
    CHECK_THROWS_AS(other->send(slow, {}), net::TransportError);
  });
  std::this_thread::sleep_for(50ms);
  const auto start = std::chrono::steady_clock::now();
  server.reset();
  CHECK(std::chrono::steady_clock::now() - start < 500ms);
}
