// The real client over TLS, against servers whose certificates are made here.
#include "net/tls.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "net/ca_roots.hpp"
#include "support/files.hpp"
#include "support/tls_server.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::TransportError;
using test::CertificateOptions;
using test::Identity;
using test::Peer;
using test::RawServer;
using test::TlsContext;
using test::TlsPeer;

namespace {

const Identity& authority() {
  static const Identity made = [] {
    CertificateOptions options;
    options.common_name = "Test Authority";
    options.authority = true;
    return test::make_identity(options);
  }();
  return made;
}

Identity issued(const std::string& names, long starts = -3600, long ends = 3600) {
  CertificateOptions options;
  options.names = names;
  options.starts = starts;
  options.ends = ends;
  return test::make_identity(options, &authority());
}

/// Trusts authority() unless told otherwise.
struct Client {
  explicit Client(const std::string& url) {
    options.base = net::parse_url(url, "test");
    options.tls.ca_file = files.write("ca.pem", test::pem_of(authority().certificate));
    options.idle_timeout = 3s;
    options.connect_timeout = 2s;
  }
  net::Response get() {
    if (!transport) transport = net::make_http_transport(options);
    net::Request request;
    request.target = "/x";
    request.headers = {{"Authorization", "Bearer kcp_live_secret"}};
    return transport->send(request, {std::chrono::steady_clock::now() + 5s, {}});
  }
  TransportError error() {
    try {
      get();
    } catch (const TransportError& caught) {
      return caught;
    }
    FAIL("answered");
    throw std::logic_error("unreachable");
  }
  test::TempDir files;
  net::ClientOptions options;
  std::unique_ptr<net::Transport> transport;
};

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Answers every request, counts those that came through.
class Site {
 public:
  explicit Site(const Identity& identity) : Site(TlsContext(identity)) {}
  explicit Site(TlsContext context)
      : context_(std::move(context)), server_([this](Peer& peer, int) {
          TlsPeer tls(peer, context_);
          while (tls.accepted()) {
            const auto request = tls.read_request();
            if (request.empty()) return;
            server_.note(request);
            tls.say(hello);
          }
        }) {}
  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(server_.port());
  }
  std::size_t requests() const { return server_.notes().size(); }
  int connections() const { return server_.connections(); }

 private:
  TlsContext context_;
  RawServer server_;
};

}  // namespace

TEST_CASE(
    "a certificate that is not for this host, of this time or from this authority: no request is sent") {
  CertificateOptions selfsigned;
  selfsigned.names = "DNS:localhost";
  CertificateOptions other;
  other.authority = true;
  other.common_name = "Other Authority";
  const auto foreign = test::make_identity(other);
  other.common_name = "Test Authority";
  const auto forged = test::make_identity(other);
  struct Row {
    std::string name;
    Identity identity;
    std::string host, message;
  };
  const std::vector<Row> rows{
      {"wrong name", issued("DNS:other.test"), "localhost", "the server's certificate is for another name"},
      {"a name, not the address", issued("DNS:localhost"), "127.0.0.1",
       "the server's certificate is for another name"},
      {"another address", issued("IP:127.0.0.2"), "127.0.0.1",
       "the server's certificate is for another name"},
      {"the address as a name", issued("DNS:127.0.0.1"), "127.0.0.1",
       "the server's certificate is for another name"},
      {"wildcard two levels up", issued("DNS:*.localhost"), "a.b.localhost",
       "the server's certificate is for another name"},
      {"partial wildcard", issued("DNS:a*.x.localhost"), "ab.x.localhost",
       "the server's certificate is for another name"},
      {"expired", issued("DNS:localhost", -7200, -3600), "localhost", "the server's certificate has expired"},
      {"not yet valid", issued("DNS:localhost", 3600, 7200), "localhost",
       "the server's certificate is not yet valid"},
      {"self-signed", test::make_identity(selfsigned), "localhost",
       "the server's certificate is signed by itself and not trusted here"},
      {"an authority of the same name", test::make_identity(selfsigned, &forged), "localhost",
       "the server's certificate comes from an authority that is not trusted here"},
      {"foreign authority", test::make_identity(selfsigned, &foreign), "localhost",
       "the server's certificate comes from an authority that is not trusted here"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const Site site(row.identity);
    Client client(site.url(row.host));
    const auto error = client.error();
    CHECK(error.message() == "cannot reach " + site.url(row.host) + ": " + row.message);
    CHECK_FALSE(error.hint().empty());
    CHECK(error.fault() == Fault::tls);
    CHECK(error.kind() == ErrorKind::network);
    INFO(error.message());
    CHECK_FALSE(error.transient());
    CHECK_FALSE(error.maybe_sent());
    CHECK(site.requests() == 0);
    CHECK(site.connections() == 1);
  }
}

TEST_CASE("good certificates") {
  struct Row {
    std::string names, host;
  };
  const std::vector<Row> rows{{"DNS:localhost", "localhost"},
                              {"DNS:*.x.localhost", "a.x.localhost"},
                              {"DNS:other.test,IP:127.0.0.1", "127.0.0.1"}};
  for (const auto& row : rows) {
    INFO(row.names);
    const Site site(issued(row.names));
    Client client(site.url(row.host));
    CHECK(client.get().body == "hello");
    CHECK(client.get().body == "hello");
    CHECK(site.connections() == 1);
  }
}

TEST_CASE("a server certificate may itself be what --ca-file trusts") {
  CertificateOptions options;
  options.names = "DNS:localhost";
  const auto leaf = test::make_identity(options, &authority());
  const Site site(leaf);
  Client client(site.url("localhost"));
  client.options.tls.ca_file = client.files.write("leaf.pem", test::pem_of(leaf.certificate));
  CHECK(client.get().body == "hello");
}

TEST_CASE("old versions of TLS are refused, TLS 1.2 is fine") {
  const auto site_speaking = [](int version) {
    TlsContext context(issued("DNS:localhost"));
    SSL_CTX_set_cipher_list(context.get(), "DEFAULT@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    return std::make_unique<Site>(context);
  };
  const auto old = site_speaking(TLS1_1_VERSION);
  const auto error = Client(old->url("localhost")).error();
  CHECK(error.message().find("only versions of TLS older than 1.2") != std::string::npos);
  CHECK_FALSE(error.transient());
  CHECK(old->requests() == 0);
  const auto fine = site_speaking(TLS1_2_VERSION);
  CHECK(Client(fine->url("localhost")).get().body == "hello");
}

TEST_CASE("the server is told the name and HTTP/1.1, an address is no name") {
  TlsContext context(issued("DNS:localhost,IP:127.0.0.1"));
  const auto choose = [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                         unsigned int, void*) {
    *out = in + 1;
    *size = *in;
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb(context.get(), choose, nullptr);
  RawServer server([&](Peer& peer, int) {
    TlsPeer tls(peer, context);
    const char* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
    const unsigned char* protocol = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(tls.get(), &protocol, &size);
    server.note(std::string(name ? name : "none") + " " +
                std::string(reinterpret_cast<const char*>(protocol), size));
    tls.read_request();
    tls.say(hello);
  });
  const auto port = std::to_string(server.port());
  CHECK(Client("https://localhost:" + port).get().body == "hello");
  CHECK(Client("https://127.0.0.1:" + port).get().body == "hello");
  CHECK(server.notes() == std::vector<std::string>{"localhost http/1.1", "none http/1.1"});
}

TEST_CASE("the end of a body: by its length, by TLS's mark, never by a cut") {
  const TlsContext context(issued("DNS:localhost"));
  const std::string open_ended = "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}";
  RawServer server([&](Peer& peer, int number) {
    TlsPeer tls(peer, context);
    tls.read_request();
    tls.say(number == 0 ? hello : open_ended);
    if (number == 1) tls.close_in_order();
  });
  const auto url = "https://localhost:" + std::to_string(server.port());
  CHECK(Client(url).get().body == "hello");
  CHECK(Client(url).get().body == "{\"a\":1}");
  const auto error = Client(url).error();
  CHECK(error.fault() == Fault::receive);
  CHECK(error.message().find("without TLS's mark of the end") != std::string::npos);
}

TEST_CASE("a stale TLS connection is redialled, and its session resumed") {
  const TlsContext context(issued("DNS:localhost"));
  RawServer server([&](Peer& peer, int) {
    TlsPeer tls(peer, context);
    server.note(SSL_session_reused(tls.get()) ? "resumed" : "new");
    tls.read_request();
    tls.say(hello);
  });
  Client client("https://localhost:" + std::to_string(server.port()));
  CHECK(client.get().body == "hello");
  CHECK(client.get().body == "hello");
  CHECK(server.notes() == std::vector<std::string>{"new", "resumed"});
}

TEST_CASE("bytes that nobody asked for drop the TLS connection") {
  const TlsContext context(issued("DNS:localhost"));
  RawServer server([&](Peer& peer, int number) {
    TlsPeer tls(peer, context);
    tls.read_request();
    tls.say(hello);
    if (number == 0) tls.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    peer.wait_for_end();
  });
  Client client("https://localhost:" + std::to_string(server.port()));
  CHECK(client.get().body == "hello");
  std::this_thread::sleep_for(50ms);
  CHECK(client.get().body == "hello");
}

TEST_CASE("a handshake that hangs, breaks, or meets plain HTTP") {
  RawServer server([&](Peer& peer, int number) {
    if (number == 1) return;
    if (number == 2) peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_end();
  });
  Client client("https://localhost:" + std::to_string(server.port()));
  client.options.connect_timeout = 200ms;
  const auto slow = client.error();
  CHECK(slow.message().ends_with("the TLS handshake took too long"));
  CHECK(slow.transient());
  const auto broken = client.error();
  CHECK(broken.message().find("broke in the TLS handshake") != std::string::npos);
  CHECK(broken.transient());
  CHECK(client.error().message().ends_with("the server does not speak TLS on this port"));
}

TEST_CASE("client certificates") {
  TlsContext context(issued("DNS:localhost"));
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority().certificate.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const Site site(context);
  const auto refused = Client(site.url("localhost")).error();
  CHECK(refused.fault() == Fault::tls);
  CHECK(refused.hint().find("--client-cert") != std::string::npos);
  CHECK_FALSE(refused.transient());

  const auto identity = issued("email:ci@example.test");
  Client client(site.url("localhost"));
  client.options.tls.client_certificate =
      client.files.write("client.pem", test::pem_of(identity.certificate));
  client.options.tls.client_key = client.files.write("client.key", test::pem_of(identity.key));
  CHECK(client.get().body == "hello");

  Client wrong_key(site.url("localhost"));
  wrong_key.options.tls.client_certificate = client.options.tls.client_certificate;
  wrong_key.options.tls.client_key = wrong_key.files.write("other.key", test::pem_of(authority().key));
  CHECK_THROWS_AS(wrong_key.get(), Error);
}

TEST_CASE("a client certificate that the server refuses is refused for good") {
  TlsContext context(issued("DNS:localhost"));
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority().certificate.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const Site site(context);
  CertificateOptions same_name;
  same_name.authority = true;
  same_name.common_name = "Test Authority";
  const auto forged = test::make_identity(same_name);
  CertificateOptions us;
  us.names = "email:ci@example.test";
  for (const auto& bad : {test::make_identity(us, &forged), issued("email:ci@example.test", -7200, -3600)}) {
    Client other(site.url("localhost"));
    other.options.tls.client_certificate = other.files.write("client.pem", test::pem_of(bad.certificate));
    other.options.tls.client_key = other.files.write("client.key", test::pem_of(bad.key));
    const auto error = other.error();
    CHECK(error.fault() == Fault::tls);
    INFO(error.message());
    CHECK_FALSE(error.transient());
  }
}

TEST_CASE("trusted certificates that cannot be loaded are an error of usage that names the file") {
  Client client("https://localhost:1");
  for (const std::string text : {"", "no certificate"}) {
    client.options.tls.ca_file = client.files.write("bad.pem", text);
    CHECK_THROWS_AS(net::TlsClient(client.options.tls, {}), Error);
  }
  client.options.tls.ca_file = client.files.file("absent.pem");
  try {
    net::TlsClient{client.options.tls, {}};
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message().find("absent.pem") != std::string::npos);
  }
}

TEST_CASE("SSL_CERT_FILE and SSL_CERT_DIR are honoured") {
  const Site site(issued("DNS:localhost"));
  Client client(site.url("localhost"));
  const auto file = client.options.tls.ca_file;
  client.options.tls.ca_file.clear();
  client.options.environment.set("SSL_CERT_FILE", file);
  CHECK(client.get().body == "hello");

  const Site other(issued("DNS:localhost"));
  Client by_directory(other.url("localhost"));
  by_directory.options.tls.ca_file.clear();
  by_directory.files.write("certs/" + test::hash_name(authority().certificate),
                           test::pem_of(authority().certificate));
  by_directory.options.environment.set("SSL_CERT_DIR", "/nonexistent:" + by_directory.files.file("certs"));
  CHECK(by_directory.get().body == "hello");
}

TEST_CASE("where authorities are looked for") {
  const test::TempDir machine;
  const auto root = machine.path().string();
  const auto find = [&](const net::TlsOptions& options = {}, const sys::Environment& environment = {}) {
    return net::find_ca_roots(options, environment, root);
  };
  try {
    find();
    FAIL("found");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.message().find("/etc/pki/tls/certs/ca-bundle.crt") != std::string::npos);
  }
  machine.write("etc/ssl/cert.pem", "");
  CHECK(find() == net::CaRoots{root + "/etc/ssl/cert.pem", ""});
  machine.write("etc/pki/tls/certs/ca-bundle.crt", "");
  CHECK(find() == net::CaRoots{root + "/etc/pki/tls/certs/ca-bundle.crt", ""});
  machine.write("etc/ssl/certs/ca-certificates.crt", "");
  CHECK(find() == net::CaRoots{root + "/etc/ssl/certs/ca-certificates.crt", ""});
  machine.write("etc/ssl/certs/README.0", "");
  CHECK(find() == net::CaRoots{root + "/etc/ssl/certs/ca-certificates.crt", ""});
  machine.write("etc/ssl/certs/5ad8a5d6.0", "");
  CHECK(find() == net::CaRoots{"", root + "/etc/ssl/certs"});
  const sys::Environment named({{"SSL_CERT_FILE", "/f"}, {"SSL_CERT_DIR", "/d"}});
  CHECK(find({}, named) == net::CaRoots{"/f", "/d"});
  net::TlsOptions options;
  options.ca_file = "/mine";
  CHECK(find(options, named) == net::CaRoots{"/mine", ""});
}
