// Faults before a request is sent: names, connections, TLS. Each with the real binary.
#include <doctest/doctest.h>

#include "e2e/fault_row.hpp"
#include "support/name_server.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

using Rows = std::vector<WireRow>;

// --- names ---

/// The gate in a mount namespace of its own, where /etc/resolv.conf and /etc/hosts are a test's.
const std::vector<std::string> own_etc{
    "/usr/bin/unshare",
    "-m",
    "sh",
    "-c",
    "mount --bind resolv.conf /etc/resolv.conf && mount --bind hosts /etc/hosts && exec \"$@\"",
    "sh"};

/// Loopback addresses of this process, so that two test runs do not meet.
std::string name_server_address(int number) {
  const auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(64 + pid / 250 % 100) + "." + std::to_string(1 + pid % 250) + "." +
         std::to_string(number);
}

bool can_have_own_etc() {
  World world;
  world.write("resolv.conf", "");
  world.write("hosts", "");
  auto words = own_etc;
  words.emplace_back("/bin/true");
  try {
    const NameServer port_53({}, name_server_address(1), 53);
    return run_measured(world, words, 10s).exit == 0;
  } catch (const std::exception&) {
    return false;
  }
}

/// A name server at an address of its own, and a gate that asks it.
WireRow asking(const std::string& name, int number, const std::string& severity, std::set<int> exits) {
  WireRow row{"DNS", name, {}, std::move(exits)};
  row.server.severity = severity;
  row.api_url = "http://api.gate.test:@PORT@";
  row.environment = {{"KOLEGA_ALLOW_HTTP", "1"}};
  row.wrapper = own_etc;
  row.files = {{"resolv.conf", "nameserver " + name_server_address(number) + "\n"},
               {"hosts", "127.0.0.1 localhost\n"}};
  return row;
}

struct Names {
  Rows rows{};
  std::vector<std::unique_ptr<NameServer>> servers{};
  void add(const std::string& name, NameServer::Answer answer, const std::string& severity,
           std::set<int> exits) {
    const int number = static_cast<int>(servers.size()) + 1;
    servers.push_back(std::make_unique<NameServer>(std::move(answer), name_server_address(number), 53));
    rows.push_back(asking(name, number, severity, std::move(exits)));
    const bool error = !rows.back().exits.contains(1);
    if (error) rows.back().requests = rows.back().connections = rows.back().batches = 0;
  }
};

Names names() {
  Names out;
  const auto good = with_addresses({"127.0.0.1"});
  out.add("found", good, "high", {1});
  out.add("NXDOMAIN", [](const std::string& question) { return with_code(question, 3); }, "low", {5, 7});
  out.add("SERVFAIL", [](const std::string& question) { return with_code(question, 2); }, "low", {5, 7});
  out.add("REFUSED", [](const std::string& question) { return with_code(question, 5); }, "low", {5, 7});
  out.add("silence", [](const std::string&) { return std::string(); }, "low", {5, 7});
  out.add("no address", with_addresses({}), "low", {5, 7});
  out.add("garbage", [](const std::string&) { return std::string("garbage garbage garbage"); }, "low",
          {5, 7});
  out.add("SERVFAIL first",
          [good, asked = std::make_shared<std::atomic<int>>()](const std::string& question) {
            return ++*asked <= 2 ? with_code(question, 2) : good(question);
          },
          "high", {1});
  out.add("silence first",
          [good, asked = std::make_shared<std::atomic<int>>()](const std::string& question) {
            return ++*asked <= 2 ? std::string() : good(question);
          },
          "high", {1});
  out.add("the first address is dead", with_addresses({"127.83.2.9", "127.0.0.1"}), "high", {1});
  out.add("::1 refuses, 127.0.0.1 does not", with_addresses({"127.0.0.1"}, {"::1"}), "high", {1});
  out.add("all addresses are dead", with_addresses({"127.83.2.8", "127.83.2.9"}), "low", {5, 7});
  auto hosts = asking("in /etc/hosts, with no name server", 250, "high", {1});
  hosts.files["hosts"] = "127.0.0.1 localhost\n127.0.0.1 api.gate.test\n";
  out.rows.push_back(hosts);
  return out;
}

// --- connections ---

Rows connections() {
  Rows rows;
  const auto add = [&](const std::string& name, const std::string& severity,
                       std::set<int> exits) -> WireRow& {
    rows.push_back({"Connect", name, {}, std::move(exits)});
    rows.back().server.severity = severity;
    if (severity == "low") rows.back().requests = rows.back().batches = 0;
    return rows.back();
  };
  add("refused", "low", {5, 7}).server.listens_after = 40s;
  add("comes up after 2 s", "high", {1}).server.listens_after = 2s;
  add("accepted, then closed", "low", {5, 7}).server.at_connection = [](Peer&, int) { return false; };
  add("accepted, then reset", "low", {5, 7}).server.at_connection = [](Peer& peer, int) {
    peer.reset_on_close();
    return false;
  };
  add("reset twice first", "high", {1}).server.at_connection = [](Peer& peer, int number) {
    if (number < 2) peer.reset_on_close();
    return number >= 2;
  };
  add("nobody takes the connection", "low", {5, 7}).api_url = "@FULL@";
  return rows;
}

// --- TLS ---

struct Authority {
  Authority() {
    CertificateOptions options;
    options.common_name = "Test Authority";
    options.authority = true;
    identity = make_identity(options);
  }
  Identity issue(const std::string& names, long starts = -3600, long ends = 3600) const {
    CertificateOptions options;
    options.names = names;
    options.starts = starts;
    options.ends = ends;
    return make_identity(options, &identity);
  }
  Identity identity{};
};

class TlsRows {
 public:
  TlsRows() {
    certificates();
    handshakes();
    ends();
    authorities();
  }
  Rows rows{};

 private:
  WireRow& add(const std::string& name, TlsContext context, std::set<int> exits) {
    contexts_.push_back(std::make_unique<TlsContext>(std::move(context)));
    WireRow row{"TLS", name, {}, std::move(exits)};
    row.server.tls = contexts_.back().get();
    row.server.severity = row.exits.contains(1) ? "high" : "low";
    row.files = {{"ca.pem", pem_of(ours_.identity.certificate)}};
    row.options = {"--ca-file", "ca.pem"};
    rows.push_back(std::move(row));
    return rows.back();
  }
  TlsContext good() const { return TlsContext(ours_.issue("DNS:localhost,IP:127.0.0.1")); }

  void certificates() {
    CertificateOptions alone;
    alone.names = "DNS:localhost";
    const auto bad = [&](const std::string& name, const Identity& identity, const std::string& phrase) {
      auto& row = add(name, TlsContext(identity), {5});
      row.requests = row.batches = 0;
      row.connections = 12;
      row.phrase = phrase;
      // No policy may soften it.
      row.files["policy.yaml"] =
          "gate: v1\nname: soft\nscan: {types: [semgrep_scan]}\n"
          "on_incomplete: {quota: warn, api: warn, timeout: warn, partial: warn, failed: warn, context: "
          "warn}\n"
          "rules: [{id: serious, when: {severity: '>=high'}, max: 0}]\n";
    };
    bad("expired", ours_.issue("DNS:localhost", -7200, -3600), "has expired");
    bad("not yet valid", ours_.issue("DNS:localhost", 3600, 7200), "not yet valid");
    bad("wrong host", ours_.issue("DNS:other.test"), "for another name");
    bad("self-signed", make_identity(alone), "signed by itself");
    bad("a foreign authority", theirs_.issue("DNS:localhost"), "not trusted here");
    TlsContext old(ours_.issue("DNS:localhost"));
    SSL_CTX_set_cipher_list(old.get(), "DEFAULT@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(old.get(), TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
    auto& row = add("TLS 1.1 only", old, {5});
    row.requests = row.batches = 0;
    row.connections = 12;
    row.phrase = "older than 1.2";
  }

  void handshakes() {
    const auto broken = [&](const std::string& name, FaultyApi::AtConnection say) {
      auto& row = add(name, good(), {5, 7});
      row.requests = row.batches = 0;
      row.server.at_connection = std::move(say);
    };
    broken("the handshake stalls", [](Peer& peer, int) { return peer.wait_for_end(), false; });
    broken("plain HTTP on the port", [](Peer& peer, int) {
      return peer.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), false;
    });
    broken("reset in the handshake", [](Peer& peer, int) { return peer.reset_on_close(), false; });
    broken("closed in the handshake",
           [](Peer& peer, int) { return peer.say(std::string("\x16\x03\x03\0\x7a", 5)), false; });
    auto& twice = add("two handshakes break first", good(), {1});
    twice.server.at_connection = [](Peer&, int number) { return number >= 2; };
    add("TLS 1.2 is fine",
        [&] {
          auto context = good();
          SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
          return context;
        }(),
        {1});
  }

  void ends() {
    const auto open_ended = [](bool in_order) {
      return [=](Line& line, const SeenRequest& seen) {
        if (seen.path.find("/results") == std::string::npos) return Act::truth;
        line.say("HTTP/1.1 200 OK\r\n\r\n" + in_body(seen, in_order ? "high" : "low"));
        if (in_order) line.close_in_order();
        return Act::drop;
      };
    };
    add("a body without a length ends by close_notify", good(), {1}).server.at_request = open_ended(true);
    add("a body without a length is cut off", good(), {5, 7}).server.at_request = open_ended(false);
    add("cut off behind a whole answer", good(), {1}).server.at_request = [](Line& line,
                                                                             const SeenRequest& seen) {
      if (seen.path.find("/results") == std::string::npos) return Act::truth;
      line.say(FaultyApi::response(200, in_body(seen, "high")));
      return Act::drop;
    };
  }
  static std::string in_body(const SeenRequest&, const std::string& severity) {
    auto row = result_json("f1", "c1");
    row.replace(row.find("\"high\""), 6, quoted(severity));
    return R"({"batch_id":"b1","scan_type":"semgrep_scan","status":"completed","findings_count":1,"findings":[)" +
           row + "]}";
  }

  void authorities() {
    add("--ca-file", good(), {1});
    auto& by_environment = add("SSL_CERT_FILE", good(), {1});
    by_environment.options.clear();
    by_environment.environment = {{"SSL_CERT_FILE", "ca.pem"}};
    auto& unknown = add("without the authority's certificate", good(), {5});
    unknown.options.clear();
    unknown.requests = unknown.batches = 0;
    unknown.phrase = "--ca-file";
    auto& absent = add("--ca-file that is not there", good(), {2});
    absent.options = {"--ca-file", "absent.pem"};
    absent.requests = absent.batches = 0;
    absent.connections = 1;
    absent.phrase = "absent.pem";

    auto asks = good();
    X509_STORE_add_cert(SSL_CTX_get_cert_store(asks.get()), ours_.identity.certificate.get());
    SSL_CTX_set_verify(asks.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    const auto us = ours_.issue("email:ci@example.test");
    const auto stranger = theirs_.issue("email:ci@example.test");
    const auto with = [&](const std::string& name, const Identity& identity, const Identity& key,
                          std::set<int> exits) -> WireRow& {
      auto& row = add(name, asks, std::move(exits));
      row.files["client.pem"] = pem_of(identity.certificate);
      row.files["client.key"] = pem_of(key.key);
      row.options.insert(row.options.end(), {"--client-cert", "client.pem", "--client-key", "client.key"});
      if (!row.exits.contains(1)) row.requests = row.batches = 0;
      row.connections = 12;
      return row;
    };
    with("a client certificate", us, us, {1});
    with("a client certificate of a foreign authority", stranger, stranger, {5});
    with("a client key that does not belong to it", us, stranger, {2}).phrase = "client.key";
    auto& none = add("no client certificate where one is asked for", asks, {5});
    none.requests = none.batches = 0;
    none.connections = 12;
    none.phrase = "--client-cert";
    auto& one_file = add("certificate and key in one file", asks, {1});
    one_file.files["both.pem"] = pem_of(us.certificate) + pem_of(us.key);
    one_file.options.insert(one_file.options.end(), {"--client-cert", "both.pem"});
  }

  Authority ours_{};
  Authority theirs_{};
  std::vector<std::unique_ptr<TlsContext>> contexts_{};
};

}  // namespace

TEST_CASE("fault matrix on the wire: connections and TLS") {
  const FullPort full;
  auto rows = connections();
  for (auto& row : rows) {
    if (row.api_url == "@FULL@") row.api_url = full.url();
  }
  TlsRows tls;
  rows.insert(rows.end(), tls.rows.begin(), tls.rows.end());
  check_rows(rows);
}

TEST_CASE("fault matrix on the wire: names") {
  if (!can_have_own_etc()) {
    MESSAGE("SKIPPED: the rows of DNS need root (a mount namespace, port 53 on loopback)");
    return;
  }
  const auto all = names();
  check_rows(all.rows);
}
