// The real client through a proxy: what the proxy is told, and what becomes of its refusals.
#include <doctest/doctest.h>

#include "net/transport.hpp"
#include "support/files.hpp"
#include "support/tls_server.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::TransportError;
using test::Peer;
using test::RawServer;

namespace {

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

const test::Identity& api_identity() {
  static const auto made = [] {
    test::CertificateOptions options;
    options.names = "DNS:api.example";
    return test::make_identity(options);
  }();
  return made;
}

struct Client {
  Client(const std::string& url, const std::string& proxy) {
    net::ClientOptions options;
    options.base = net::parse_url(url, "test");
    options.allow_http = true;
    options.tls.ca_file = files.write("ca.pem", test::pem_of(api_identity().certificate));
    options.environment.set("ALL_PROXY", proxy);
    options.connect_timeout = 1s;
    transport = net::make_http_transport(options);
  }
  net::Response get() {
    net::Request request;
    request.target = "/x";
    request.headers = {{"Authorization", "Bearer kcp_live_secret"}};
    return transport->send(request, {std::chrono::steady_clock::now() + 5s, {}});
  }
  TransportError error() {
    try {
      get();
    } catch (const TransportError& caught) {
      CHECK(render(caught).find("geheim") == std::string::npos);
      CHECK(render(caught).find("kcp_live") == std::string::npos);
      return caught;
    }
    FAIL("answered");
    throw std::logic_error("unreachable");
  }
  test::TempDir files;
  std::unique_ptr<net::Transport> transport;
};

std::string with_user(const RawServer& server) {
  return "http://user:geheim@127.0.0.1:" + std::to_string(server.port());
}

}  // namespace

TEST_CASE("https goes through a tunnel: the name is left to the proxy, the token never shown to it") {
  const test::TlsContext context(api_identity());
  std::string inside;
  RawServer proxy([&](Peer& peer, int) {
    proxy.note(peer.read_request());
    peer.say("HTTP/1.1 200 Connection established\r\n\r\n");
    test::TlsPeer tls(peer, context);
    while (!(inside = tls.read_request()).empty()) {
      proxy.note(inside);
      tls.say(hello);
    }
  });
  {
    Client client("https://api.example", with_user(proxy));
    CHECK(client.get().body == "hello");
    CHECK(client.get().body == "hello");
  }
  const auto notes = proxy.notes();
  REQUIRE(notes.size() == 3);
  CHECK(notes[0].starts_with("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n"));
  CHECK(notes[0].find("Proxy-Authorization: Basic dXNlcjpnZWhlaW0=\r\n") != std::string::npos);
  CHECK(notes[0].find("\r\nAuthorization:") == std::string::npos);
  CHECK(notes[0].find("Content-Length") == std::string::npos);
  CHECK(notes[1].starts_with("GET /x HTTP/1.1\r\nHost: api.example\r\n"));
  CHECK(notes[1].find("Proxy-Authorization") == std::string::npos);
  CHECK(notes[1].find("Bearer kcp_live_secret") != std::string::npos);
  CHECK(proxy.connections() == 1);
}

TEST_CASE("http goes by the whole URL") {
  RawServer proxy([&](Peer& peer, int) {
    proxy.note(peer.read_request());
    peer.say(hello);
  });
  CHECK(Client("http://api.example:8080/v1", with_user(proxy)).get().body == "hello");
  CHECK(proxy.notes().at(0).starts_with(
      "GET http://api.example:8080/v1/x HTTP/1.1\r\nHost: api.example:8080\r\n"));
  CHECK(proxy.notes().at(0).find("Proxy-Authorization: Basic dXNlcjpnZWhlaW0=") != std::string::npos);
}

TEST_CASE("a proxy that says no") {
  struct Row {
    int status;
    bool transient, asks_for_login;
  };
  for (const auto& row : std::vector<Row>{{407, false, true},
                                          {401, false, true},
                                          {403, false, false},
                                          {302, false, false},
                                          {502, true, false},
                                          {503, true, false}}) {
    INFO(row.status);
    RawServer proxy([&](Peer& peer, int) {
      peer.read_request();
      peer.say("HTTP/1.1 " + std::to_string(row.status) + " No\r\nContent-Length: 2\r\n\r\nno");
    });
    const auto error = Client("https://api.example", with_user(proxy)).error();
    CHECK(error.message() ==
          "the proxy " + proxy.url() + " refused the connection with status " + std::to_string(row.status));
    CHECK(error.fault() == Fault::proxy);
    CHECK(error.kind() == ErrorKind::network);
    CHECK(error.transient() == row.transient);
    CHECK_FALSE(error.maybe_sent());
    CHECK((error.hint().find("USER:PASSWORD") != std::string::npos) == row.asks_for_login);
  }
  RawServer plain([&](Peer& peer, int) {
    peer.read_request();
    peer.say("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  });
  CHECK(Client("http://api.example", with_user(plain)).error().fault() == Fault::proxy);
}

TEST_CASE("a proxy that is dead, hangs, or talks nonsense") {
  RawServer proxy([&](Peer& peer, int number) {
    peer.read_request();
    if (number == 0) return;
    if (number == 1) peer.say("nonsense nonsense nonsense\r\n\r\n");
    if (number == 2) peer.say("HTTP/1.1 200 OK\r\n\r\nbytes before TLS");
    peer.wait_for_end();
  });
  Client client("https://api.example", with_user(proxy));
  CHECK(client.error().message().find("closed without an answer") != std::string::npos);
  CHECK(client.error().message().find("malformed answer") != std::string::npos);
  CHECK(client.error().message().find("bytes follow the proxy's answer") != std::string::npos);
  const auto start = std::chrono::steady_clock::now();
  CHECK(client.error().fault() == Fault::proxy);
  CHECK(std::chrono::steady_clock::now() - start < 2s);

  std::string url;
  {
    RawServer gone([](Peer&, int) {});
    url = with_user(gone);
  }
  const auto error = Client("https://api.example", url).error();
  CHECK(error.message().starts_with("cannot reach the proxy http://127.0.0.1:"));
  CHECK(error.message().ends_with("connection refused"));
}
