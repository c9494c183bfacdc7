// The real client over plain HTTP: against the well-behaved server, then against one that breaks every rule.
#include <doctest/doctest.h>
#include <zlib.h>

#include <thread>

#include "net/server.hpp"
#include "net/transport.hpp"
#include "support/raw_server.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::Request;
using net::TransportError;
using test::Peer;
using test::RawServer;

namespace {

std::unique_ptr<net::Transport> client(const std::string& url, Duration idle = 3s) {
  net::ClientOptions options;
  options.base = net::parse_url(url, "test");
  options.idle_timeout = idle;
  return net::make_http_transport(options);
}

net::Wait within(Duration patience, std::stop_token stop = {}) {
  return {std::chrono::steady_clock::now() + patience, std::move(stop)};
}

Request get(const std::string& target = "/x") {
  Request request;
  request.target = target;
  return request;
}

Request post(const std::string& body) {
  auto request = get();
  request.method = "POST";
  request.body = body;
  request.repeatable = false;
  return request;
}

struct Collector final : net::BodyConsumer {
  void begin() override {
    ++begun;
    text.clear();
  }
  void data(std::string_view bytes) override {
    largest = std::max(largest, bytes.size());
    text += bytes;
  }
  int begun{};
  std::size_t largest{};
  std::string text;
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string ok(const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// What the client makes of `bytes` said after each request, the connection closed behind them.
struct Outcome {
  std::optional<net::Response> response{};
  std::optional<TransportError> error{};
  int connections{};
};
Outcome hear(const std::string& bytes, Duration patience = 3s) {
  RawServer server([&bytes](Peer& peer, int) {
    peer.read_request();
    peer.say(bytes);
    ::shutdown(peer.descriptor(), SHUT_WR);
    peer.wait_for_end();
  });
  Outcome out;
  {
    const auto transport = client(server.url());
    try {
      out.response = transport->send(get(), within(patience));
    } catch (const TransportError& error) {
      out.error = error;
    }
  }
  out.connections = server.connections();
  return out;
}

}  // namespace

TEST_CASE("one connection carries many requests") {
  std::vector<std::string> seen;
  net::Server server(
      [&](const net::ServerRequest& request) {
        seen.push_back(request.method + " " + request.target + " " +
                       std::string(request.header("authorization").value_or("")) + " " + request.body);
        return net::ServerResponse{201, {{"X-Test", "yes"}}, "{\"n\":1}", {}, {}, {}};
      },
      0);
  const auto transport = client(server.url() + "/base/");
  auto request = get("/a?b=c");
  request.headers = {{"Authorization", "Bearer t"}};
  const auto response = transport->send(request, within(3s));
  CHECK(response.status == 201);
  CHECK(response.header("x-test") == "yes");
  CHECK(response.header("absent") == std::nullopt);
  CHECK(response.body == "{\"n\":1}");
  transport->send(post("{}"), within(3s));
  CHECK(seen == std::vector<std::string>{"GET /base/a?b=c Bearer t ", "POST /base/x  {}"});
}

TEST_CASE("requests reuse the connection, and a body can be streamed") {
  const std::string big(3'000'000, 'x');
  RawServer server([&](Peer& peer, int) {
    while (!peer.read_request().empty()) peer.say(ok(big));
  });
  {
    const auto transport = client(server.url());
    for (int i = 0; i < 3; ++i) {
      Collector collector;
      auto request = get();
      request.consumer = &collector;
      CHECK(transport->send(request, within(3s)).body.empty());
      CHECK(collector.begun == 1);
      CHECK(collector.text == big);
      CHECK(collector.largest <= 64 * 1024);
    }
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("the request's bytes") {
  RawServer server([&](Peer& peer, int) {
    server.note(peer.read_request());
    peer.say(ok(""));
  });
  net::ClientOptions options;
  options.base = net::parse_url(server.url(), "test");
  options.user_agent = "kolega-gate/9";
  const auto transport = net::make_http_transport(options);
  auto request = post("{\"a\":1}");
  request.headers = {{"Authorization", "Bearer kcp"}, {"accept", "text/plain"}};
  transport->send(request, within(3s));
  CHECK(server.notes().at(0) ==
        "POST /x HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nAuthorization: Bearer kcp\r\naccept: text/plain\r\nUser-Agent: kolega-gate/9\r\n"
            "Accept-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
            "{\"a\":1}");
  request.headers = {{"Authorization", "Bearer kcp\r\nX: y"}};
  try {
    transport->send(request, within(3s));
    FAIL("sent");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(render(error).find("kcp") == std::string::npos);
  }
  CHECK_THROWS_AS(transport->send(get("/a b"), within(3s)), Error);
  CHECK_THROWS_AS(transport->send(get("/a\r\nb"), within(3s)), Error);
}

TEST_CASE("nobody listens") {
  std::string url;
  {
    RawServer server([](Peer&, int) {});
    url = server.url();
  }
  try {
    client(url)->send(post("{}"), within(3s));
    FAIL("connected");
  } catch (const TransportError& error) {
    CHECK(error.message() == "cannot reach " + url + ": connection refused");
    CHECK(error.kind() == ErrorKind::network);
    CHECK(error.fault() == Fault::connect);
    CHECK(error.transient());
    CHECK_FALSE(error.maybe_sent());
    CHECK(error.hint().find("--api-url") != std::string::npos);
  }
}

TEST_CASE("plain http leaves this machine only when allowed") {
  net::ClientOptions options;
  options.base = net::parse_url("http://api.test", "test");
  CHECK_THROWS_AS(net::make_http_transport(options), Error);
  options.allow_http = true;
  CHECK_NOTHROW(net::make_http_transport(options));
  options.allow_http = false;
  options.base = net::parse_url("http://localhost:1", "test");
  CHECK_NOTHROW(net::make_http_transport(options));
}

TEST_CASE("answers that are understood") {
  struct Row {
    std::string name, bytes, body;
    int status{200};
  };
  const std::vector<Row> rows{
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
       "abcde"},
      {"until the end", "HTTP/1.1 200 OK\r\n\r\nabc", "abc"},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a"},
      {"no reason", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na", "a"},
      {"interim",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
       "1\r\n\r\na",
       "a"},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", "", 204},
      {"repeated equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "a"},
      {"redirect is an answer",
       "HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: 0\r\n\r\n", "", 302},
      {"gzip", ok(gzip("hello hello hello"), "Content-Encoding: gzip\r\n"), "hello hello hello"},
      {"identity", ok("a", "Content-Encoding: identity\r\n"), "a"},
      {"empty gzip", ok("", "Content-Encoding: gzip\r\n"), ""},
      {"error text", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "no", 404},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const auto outcome = hear(row.bytes);
    REQUIRE_MESSAGE(outcome.response, (outcome.error ? outcome.error->what() : ""));
    CHECK(outcome.response->status == row.status);
    CHECK(outcome.response->body == row.body);
    CHECK(outcome.connections == 1);
  }
}

TEST_CASE("answers that break the protocol are refused, once and for all") {
  const auto header = [](const std::string& lines) { return "HTTP/1.1 200 OK\r\n" + lines + "\r\n"; };
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "A: 1\r\n";
  std::string interims;
  for (int i = 0; i < 20; ++i) interims += "HTTP/1.1 100 Continue\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"no HTTP", "hello world, this is no HTTP at all\r\n\r\n"},
      {"bad version", "HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {"bad status", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"},
      {"status 000", "HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n"},
      {"status 600", "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n"},
      {"NUL in a value", header(std::string("A: b\0c\r\n", 8) + "Content-Length: 0\r\n")},
      {"blank before colon", header("A : b\r\nContent-Length: 0\r\n")},
      {"two lengths", header("Content-Length: 1\r\nContent-Length: 2\r\n") + "aa"},
      {"a list of lengths", header("Content-Length: 1, 2\r\n") + "aa"},
      {"negative length", header("Content-Length: -1\r\n")},
      {"length overflows", header("Content-Length: 99999999999999999999999\r\n")},
      {"length and chunks", header("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {"chunks and length", header("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n") + "0\r\n\r\n"},
      {"unknown transfer coding", header("Transfer-Encoding: gzip\r\n") + "x"},
      {"chunked twice", header("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"},
      {"bad chunk size", header("Transfer-Encoding: chunked\r\n") + "zz\r\nabc\r\n0\r\n\r\n"},
      {"chunk size overflows",
       header("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"},
      {"chunk longer than said", header("Transfer-Encoding: chunked\r\n") + "1\r\nabc\r\n0\r\n\r\n"},
      {"switching protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"},
      {"endless interim answers", interims},
      {"20,000 headers", header(many)},
      {"1 MB header", header("A: " + std::string(1 << 20, 'a') + "\r\n")},
      {"encoding not asked for", ok("x", "Content-Encoding: br\r\n")},
      {"not gzip", ok("plain text", "Content-Encoding: gzip\r\n")},
      {"gzip cut", ok(gzip(std::string(1000, 'x')).substr(0, 20), "Content-Encoding: gzip\r\n")},
      {"bytes after gzip", ok(gzip("x") + "y", "Content-Encoding: gzip\r\n")},
  };
  for (const auto& [name, bytes] : rows) {
    INFO(name);
    const auto outcome = hear(bytes);
    REQUIRE(outcome.error);
    CHECK(outcome.error->fault() == Fault::protocol);
    CHECK(outcome.error->kind() == ErrorKind::api);
    CHECK_FALSE(outcome.error->transient());
    CHECK(outcome.connections == 1);
  }
}

TEST_CASE("answers that are cut off may be asked for again") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"nothing", ""},
      {"in the status line", "HTTP/1.1 20"},
      {"in the header", "HTTP/1.1 200 OK\r\nContent-Le"},
      {"before the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
      {"in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"},
      {"in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"},
      {"before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"},
      {"after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"},
  };
  for (const auto& [name, bytes] : rows) {
    INFO(name);
    const auto outcome = hear(bytes);
    REQUIRE(outcome.error);
    CHECK(outcome.error->fault() == Fault::receive);
    CHECK(outcome.error->transient());
    CHECK(outcome.error->maybe_sent());
  }
}

TEST_CASE("bodies have a limit after unpacking") {
  const auto bomb = gzip(std::string(80 << 20, '\0'));
  auto outcome = hear(ok(bomb, "Content-Encoding: gzip\r\n"));
  REQUIRE(outcome.error);
  CHECK(outcome.error->fault() == Fault::too_large);
  CHECK_FALSE(outcome.error->transient());
  // An error's text is cut, its status still counts.
  const std::string text(6 << 20, 'e');
  outcome = hear("HTTP/1.1 500 Oops\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
  REQUIRE(outcome.response);
  CHECK(outcome.response->status == 500);
  CHECK(outcome.response->body.size() == 4 << 20);

  RawServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.say(ok(std::string(2000, 'x')));
  });
  net::ClientOptions options;
  options.base = net::parse_url(server.url(), "test");
  options.body_limit = 1999;
  Collector collector;
  auto request = get();
  request.consumer = &collector;
  CHECK_THROWS_AS(net::make_http_transport(options)->send(request, within(3s)), TransportError);
}

TEST_CASE("a consumer sees only 2xx bodies, and its error ends the request") {
  RawServer server([&](Peer& peer, int number) {
    peer.read_request();
    peer.say(number == 0 ? "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad" : ok("good"));
  });
  struct Refusing final : net::BodyConsumer {
    void begin() override {}
    void data(std::string_view) override { throw Error(ErrorKind::api, "not JSON"); }
  } refusing;
  const auto transport = client(server.url());
  auto request = get();
  request.consumer = &refusing;
  CHECK(transport->send(request, within(3s)).body == "bad");
  CHECK_THROWS_WITH(transport->send(request, within(3s)), "not JSON");
}

TEST_CASE("a connection that went stale is redialled once, for what may be repeated") {
  RawServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.say(ok("a"));
    server.note("");
  });
  const auto transport = client(server.url());
  CHECK(transport->send(get(), within(3s)).body == "a");
  CHECK(transport->send(get(), within(3s)).body == "a");  // closed meanwhile, or closed under our hands
  std::this_thread::sleep_for(50ms);
  CHECK(transport->send(post("{}"), within(3s)).body == "a");  // known to be closed: a fresh one
  CHECK(server.connections() == 3);
}

TEST_CASE("a POST on a connection that breaks is not sent again") {
  RawServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.say(ok("a"));
    if (!peer.read_request().empty()) server.note("second");
    peer.reset_on_close();
  });
  const auto transport = client(server.url());
  transport->send(get(), within(3s));
  try {
    transport->send(post("{}"), within(3s));
    FAIL("answered");
  } catch (const TransportError& error) {
    CHECK(error.maybe_sent());
    CHECK(error.fault() == Fault::receive);
  }
  CHECK(server.connections() == 1);
  // A GET in the same place is: once.
  transport->send(get(), within(3s));
  CHECK(transport->send(get(), within(3s)).body == "a");
  CHECK(server.connections() == 3);
}

TEST_CASE("a server that drops kept connections without a word loses one POST at most") {
  for (const bool get_first : {true, false}) {
    RawServer server([&](Peer& peer, int) {
      const auto request = peer.read_request();
      if (request.starts_with("POST")) server.note("POST");  // first: the test looks once it is answered
      peer.say(ok("a"));
      peer.read_request();  // the next one is on its way
      peer.reset_on_close();
    });
    const auto transport = client(server.url());
    transport->send(get(), within(3s));
    if (get_first) {
      transport->send(get(), within(3s));
    } else {
      CHECK_THROWS_AS(transport->send(post("{}"), within(3s)), TransportError);
      transport->send(get(), within(3s));
    }
    CHECK(transport->send(post("{}"), within(3s)).body == "a");
    transport->send(get(), within(3s));
    CHECK(transport->send(post("{}"), within(3s)).body == "a");
    CHECK(server.notes().size() == 2);
  }
}

TEST_CASE("bytes that nobody asked for drop the connection") {
  RawServer server([&](Peer& peer, int number) {
    peer.read_request();
    peer.say(number == 0 ? ok("true") + ok("forged") : ok("again"));
    peer.wait_for_end();
  });
  RawServer later([&](Peer& peer, int number) {
    peer.read_request();
    peer.say(ok(number == 0 ? "true" : "again"));
    if (number == 0) {
      std::this_thread::sleep_for(30ms);
      peer.say(ok("forged"));
    }
    peer.wait_for_end();
  });
  for (auto* one : {&server, &later}) {
    const auto transport = client(one->url());
    CHECK(transport->send(get(), within(3s)).body == "true");
    std::this_thread::sleep_for(80ms);
    CHECK(transport->send(get(), within(3s)).body == "again");
  }
}

TEST_CASE("every wait ends: deadline, idle limit, stop") {
  RawServer server([&](Peer& peer, int) {
    const auto request = peer.read_request();
    if (request.starts_with("GET /drip")) {
      peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      while (peer.say("x")) std::this_thread::sleep_for(20ms);
    }
    peer.wait_for_end();
  });
  const auto elapsed_and_error = [&](const std::string& target, Duration idle, const net::Wait& wait) {
    const auto start = std::chrono::steady_clock::now();
    std::optional<TransportError> caught;
    try {
      client(server.url(), idle)->send(get(target), wait);
    } catch (const TransportError& error) {
      caught = error;
    }
    REQUIRE(caught);
    return std::pair(std::chrono::steady_clock::now() - start, *caught);
  };
  {
    const auto [took, error] = elapsed_and_error("/drip", 5s, within(300ms));
    CHECK(error.fault() == Fault::deadline);
    CHECK(error.kind() == ErrorKind::timeout);
    CHECK(took > 250ms);
    CHECK(took < 1s);
  }
  {
    const auto [took, error] = elapsed_and_error("/hang", 200ms, within(5s));
    CHECK(error.fault() == Fault::receive);
    CHECK(error.transient());
    CHECK(took < 1s);
  }
  {
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    const auto [took, error] = elapsed_and_error("/hang", 5s, within(5s, stop.get_token()));
    CHECK(error.fault() == Fault::stopped);
    CHECK(error.kind() == ErrorKind::interrupted);
    CHECK(took < 400ms);
    const auto [none, again] = elapsed_and_error("/hang", 5s, within(5s, stop.get_token()));
    CHECK(again.fault() == Fault::stopped);
    CHECK(none < 100ms);
  }
  CHECK(elapsed_and_error("/hang", 5s, within(-1s)).second.fault() == Fault::deadline);
}

TEST_CASE("an answer that only drips is given up, one that is slow is not") {
  RawServer server([&](Peer& peer, int number) {
    peer.read_request();
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    const std::string part(number == 0 ? 1 : 50, 'x');
    for (std::size_t sent = 0; sent < 1000 && peer.say(part); sent += part.size())
      std::this_thread::sleep_for(50ms);
  });
  const auto transport = client(server.url(), 500ms);
  try {
    transport->send(get(), within(20s));
    FAIL("waited for it");
  } catch (const TransportError& error) {
    CHECK(error.message().find("too slowly") != std::string::npos);
    CHECK(error.fault() == Fault::receive);
    CHECK(error.transient());
  }
  CHECK(transport->send(get(), within(20s)).body.size() == 1000);
}

TEST_CASE("a hang takes no more than half of the time that is left") {
  RawServer server([&](Peer& peer, int number) {
    peer.read_request();
    if (number > 0) peer.say(ok("a"));
    peer.wait_for_end();
  });
  const auto transport = client(server.url(), 30s);
  const auto wait = within(4s);
  try {
    transport->send(get(), wait);
    FAIL("answered");
  } catch (const TransportError& error) {
    CHECK(error.fault() == Fault::receive);
    CHECK(error.transient());
  }
  CHECK(transport->send(get(), wait).body == "a");
}

TEST_CASE("a hang on a kept connection is not mistaken for a stale one") {
  RawServer server([&](Peer& peer, int) {
    peer.read_request();
    peer.say(ok("a"));
    peer.read_request();
    peer.wait_for_end();
  });
  const auto transport = client(server.url(), 200ms);
  transport->send(get(), within(3s));
  CHECK_THROWS_AS(transport->send(get(), within(3s)), TransportError);
  CHECK(server.connections() == 1);
}
