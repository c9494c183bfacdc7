// What stands between a runner and the API: tinyproxy, squid and nginx as they are, proxies that misbehave,
// NO_PROXY, and a slow line that loses connections. Each with the real binary.
#include <doctest/doctest.h>
#include <poll.h>

#include "e2e/fault_row.hpp"
#include "support/box.hpp"

using namespace kolega;
using namespace kolega::test;
using namespace std::chrono_literals;

namespace {

using Rows = std::vector<WireRow>;

const std::string password = "geheim-6b1f";
const std::string password_md5 =
    "ab8704c9217097b532464259c9ae0b83";  // what squid's basic_ncsa_auth compares with
const std::string hosts = "127.0.0.1 localhost\n127.0.0.1 api.gate.test\n";
const std::vector<std::string> with_hosts{
    "/usr/bin/unshare", "-m", "sh", "-c", "mount --bind hosts /etc/hosts && exec \"$@\"", "sh"};

bool has(const std::string& program) {
  if (::access(program.c_str(), X_OK) == 0) return true;
  MESSAGE("SKIPPED: the rows of ", program, ", which is not installed (tools/deps boxes)");
  return false;
}

bool can_have_own_hosts() {
  World world;
  world.write("hosts", hosts);
  auto words = with_hosts;
  words.emplace_back("/bin/true");
  try {
    if (run_measured(world, words, 10s).exit == 0) return true;
  } catch (const std::exception&) {
  }
  MESSAGE("SKIPPED: the rows that need names of their own, which need root (a mount namespace)");
  return false;
}

/// The API as https://api.gate.test, which is no loopback name: proxies are asked.
class Site {
 public:
  Site() {
    CertificateOptions options;
    options.names = "DNS:api.gate.test";
    identity_ = make_identity(options);
    context_.emplace(identity_);
  }
  WireRow through(const std::string& section, const std::string& name, const std::string& proxy,
                  std::set<int> exits) const {
    WireRow row{section, name, {}, std::move(exits)};
    row.server.tls = &*context_;
    row.server.severity = row.exits.contains(1) ? "high" : "low";
    row.api_url = "https://api.gate.test:@PORT@";
    row.environment = {{"HTTPS_PROXY", proxy}};
    row.files = {{"ca.pem", pem_of(identity_.certificate)}};
    row.options = {"--ca-file", "ca.pem"};
    row.secrets = {password, "dXNlcjpnZWhlaW0tNmIxZg=="};
    if (!row.exits.contains(1)) row.requests = row.batches = 0;
    return row;
  }

 private:
  Identity identity_{};
  std::optional<TlsContext> context_{};
};

std::string with_user(const Box& proxy, const std::string& word = password) {
  return "http://user:" + word + "@" + proxy.at();
}

std::unique_ptr<Box> tinyproxy(const std::string& more) {
  auto words = with_hosts;
  words.insert(words.end(), {"/usr/bin/tinyproxy", "-d", "-c", "tinyproxy.conf"});
  return std::make_unique<Box>(
      words,
      std::vector<std::pair<std::string, std::string>>{
          {"hosts", hosts},
          {"tinyproxy.conf",
           "Port @PORT@\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nAllow 127.0.0.1\nLogLevel Connect\n" +
               more}});
}

std::unique_ptr<Box> squid(bool asks) {
  std::string conf =
      "http_port 127.0.0.1:@PORT@\nhosts_file @DIR@/hosts\npid_filename none\ncache deny "
      "all\nvisible_hostname box\n"
      "cache_log stdio:/dev/null\naccess_log none\nshutdown_lifetime 0 seconds\nnetdb_filename none\n";
  if (asks) {
    conf +=
        "auth_param basic program /usr/lib/squid/basic_ncsa_auth @DIR@/users\nauth_param basic children 1\n"
        "acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n";
  } else {
    conf += "http_access allow all\n";
  }
  return std::make_unique<Box>(
      std::vector<std::string>{"/usr/sbin/squid", "-N", "-f", "@DIR@/squid.conf"},
      std::vector<std::pair<std::string, std::string>>{
          {"hosts", hosts}, {"squid.conf", conf}, {"users", "user:" + password_md5 + "\n"}});
}

struct Boxes {
  Rows rows{};
  std::vector<std::unique_ptr<Box>> boxes{};
  Box& keep(std::unique_ptr<Box> box) {
    CHECK(box->answers());
    INFO(box->read("out.txt"));
    boxes.push_back(std::move(box));
    return *boxes.back();
  }
};

void add_tinyproxy(Boxes& out, const Site& site) {
  const std::string section = "tinyproxy";
  auto& open = out.keep(tinyproxy(""));
  out.rows.push_back(site.through(section, "no authentication", "http://" + open.at(), {1}));
  out.rows.back().judge = [&open](const FaultyApi&) -> std::string {
    const auto log = open.read("out.txt");
    return log.find("CONNECT api.gate.test:") == std::string::npos ? "the proxy was not asked: " + log : "";
  };
  auto plain = site.through(section, "plain http", "http://" + open.at(), {1});
  plain.server.tls = nullptr;
  plain.api_url = "http://api.gate.test:@PORT@";
  plain.environment = {{"http_proxy", "http://" + open.at()}, {"KOLEGA_ALLOW_HTTP", "1"}};
  out.rows.push_back(plain);
  auto& asks = out.keep(tinyproxy("BasicAuth user " + password + "\n"));
  out.rows.push_back(site.through(section, "the right password", with_user(asks), {1}));
  out.rows.push_back(site.through(section, "a wrong password", with_user(asks, password + "x"), {5}));
  out.rows.push_back(site.through(section, "no password", "http://" + asks.at(), {5}));
  for (auto row = out.rows.end() - 2; row != out.rows.end(); ++row) row->phrase = "USER:PASSWORD";
  auto& narrow = out.keep(tinyproxy("ConnectPort 443\n"));
  out.rows.push_back(
      site.through(section, "a port that it does not let through", "http://" + narrow.at(), {5}));
  out.rows.back().phrase = "refused the connection with status 403";
}

void add_squid(Boxes& out, const Site& site) {
  const std::string section = "squid";
  auto& open = out.keep(squid(false));
  out.rows.push_back(site.through(section, "no authentication", "http://" + open.at(), {1}));
  auto& asks = out.keep(squid(true));
  out.rows.push_back(site.through(section, "the right password", with_user(asks), {1}));
  out.rows.push_back(site.through(section, "a wrong password", with_user(asks, password + "x"), {5}));
  out.rows.push_back(site.through(section, "no password", "http://" + asks.at(), {5}));
  for (auto row = out.rows.end() - 2; row != out.rows.end(); ++row) row->phrase = "USER:PASSWORD";
}

/// The row's own server is the proxy, and no good one.
void add_bad_proxies(Rows& rows, const Site& site) {
  const auto add = [&](const std::string& name, std::function<Act(Line&)> say) {
    auto row = site.through("Proxy", name, "http://user:" + password + "@127.0.0.1:@PORT@", {5, 7});
    row.server.tls = nullptr;
    row.api_url = "https://api.gate.test";
    row.requests = 60;
    row.server.at_request = [say](Line& line, const SeenRequest&) { return say(line); };
    row.judge = [](const FaultyApi& proxy) -> std::string {
      for (const auto& one : proxy.requests()) {
        if (one.text.find(row_token) != std::string::npos) return "the proxy was shown the token";
        if (!one.text.starts_with("CONNECT api.gate.test:443 HTTP/1.1\r\n"))
          return "the proxy was asked for " + one.text;
      }
      return proxy.requests().empty() ? "the proxy was not asked" : "";
    };
    rows.push_back(std::move(row));
  };
  for (const int status : {403, 407, 500, 502, 503}) {
    add(std::to_string(status),
        [status](Line& line) { return line.say(FaultyApi::response(status, "no")), Act::drop; });
  }
  add("a redirect", [](Line& line) {
    return line.say(FaultyApi::response(302, "", "Location: http://127.0.0.1/\r\n")), Act::drop;
  });
  add("a hang", [](Line& line) { return line.stall(), Act::drop; });
  add("closed", [](Line&) { return Act::drop; });
  add("garbage", [](Line& line) { return line.say("garbage\r\n\r\n"), Act::drop; });
  add("bytes behind the answer",
      [](Line& line) { return line.say("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n"), Act::drop; });
  add("an endless header", [](Line& line) {
    line.say("HTTP/1.1 200 OK\r\nA: ");
    while (line.say(std::string(4096, 'a'))) {
    }
    return Act::drop;
  });
  add("closed behind the tunnel's answer",
      [](Line& line) { return line.say("HTTP/1.1 200 OK\r\n\r\n"), Act::drop; });
  rows.push_back(site.through(
      "Proxy", "dead", "http://user:" + password + "@127.0.0.1:" + std::to_string(free_port()), {5, 7}));
  rows.back().phrase = "cannot reach the proxy";
  for (const std::string& bad :
       {"https://user:" + password + "@127.0.0.1:1", "socks5://user:" + password + "@127.0.0.1:1",
        "http://user:" + password + "@127.0.0.1:99999"}) {
    rows.push_back(site.through("Proxy", "not usable: " + bad.substr(0, bad.find(':')), bad, {2}));
  }
}

void add_exceptions(Rows& rows, const Site& site) {
  struct Form {
    std::string list;
    bool covers;
  };
  const auto dead = "http://127.0.0.1:" + std::to_string(free_port());
  for (const auto& form :
       {Form{"*", true}, Form{"api.gate.test", true}, Form{"API.Gate.Test", true}, Form{"gate.test", true},
        Form{".gate.test", true}, Form{"*.gate.test", true}, Form{"test", true}, Form{"api.gate.test.", true},
        Form{"other.test, api.gate.test", true}, Form{"other.test api.gate.test", true},
        Form{"10.0.0.0/8,.gate.test", true}, Form{"api.gate.test:@PORT@", true}, Form{"", false},
        Form{"i.gate.test", false}, Form{"x.api.gate.test", false}, Form{"api.gate.test:1", false},
        Form{"127.0.0.1", false}, Form{"127.0.0.0/8", false}, Form{"gate", false}}) {
    for (const std::string variable : {"NO_PROXY", "no_proxy"}) {
      if (variable == "no_proxy" && form.list.size() > 12) continue;  // both spellings, not every form twice
      auto row = site.through("NO_PROXY", variable + "=" + form.list, dead,
                              form.covers ? std::set{1} : std::set{5, 7});
      row.environment[variable] = form.list;
      row.wrapper = with_hosts;
      row.files["hosts"] = hosts;
      if (!form.covers) row.timeout = "1s";
      rows.push_back(std::move(row));
    }
  }
}

/// nginx in front of the row's server.
WireRow behind_nginx(const std::string& name, const std::string& top, const std::string& location,
                     std::set<int> exits) {
  WireRow row{"nginx", name, {}, std::move(exits)};
  const auto port = free_port();
  row.server.severity = row.exits.contains(1) ? "high" : "low";
  row.api_url = "http://127.0.0.1:" + std::to_string(port);
  auto box = std::make_shared<std::unique_ptr<Box>>();
  row.started = [=](FaultyApi& server) {
    const auto upstream = std::to_string(server.port());
    auto more = location;
    for (auto at = more.find("@UP@"); at != std::string::npos; at = more.find("@UP@"))
      more.replace(at, 4, upstream);
    const std::string conf =
        "error_log @DIR@/error.log;\npid @DIR@/pid;\ndaemon off;\nmaster_process off;\nevents {}\nhttp {\n"
        "  access_log off;\n  client_body_temp_path @DIR@/b;\n  proxy_temp_path @DIR@/p;\n  "
        "fastcgi_temp_path @DIR@/f;\n"
        "  uwsgi_temp_path @DIR@/u;\n  scgi_temp_path @DIR@/s;\n" +
        top + "\n  server {\n    listen 127.0.0.1:@PORT@;\n    location / { proxy_pass http://127.0.0.1:" +
        upstream + "; proxy_http_version 1.1; }\n" + more + "\n  }\n}\n";
    *box =
        std::make_unique<Box>(std::vector<std::string>{"/usr/sbin/nginx", "-p", "@DIR@", "-c",
                                                       "@DIR@/nginx.conf", "-e", "@DIR@/start.log"},
                              std::vector<std::pair<std::string, std::string>>{{"nginx.conf", conf}}, port);
    return std::string{};
  };
  row.judge = [box](const FaultyApi&) {
    return *box && (*box)->answers() ? std::string() : "nginx is not there";
  };
  return row;
}

void add_nginx(Rows& rows) {
  rows.push_back(behind_nginx(
      "gzip, three requests a connection",
      "  gzip on; gzip_types application/json; gzip_min_length 1; gzip_proxied any; keepalive_requests 3;",
      "", {1}));
  rows.back().server.length = 3s;
  rows.push_back(behind_nginx(
      "limit_req: 429 without Retry-After",
      "  limit_req_zone $server_name zone=one:1m rate=1r/s; limit_req_status 429;",
      "    location /api/ { limit_req zone=one burst=1 nodelay; proxy_pass http://127.0.0.1:@UP@; }", {1}));
  rows.back().timeout = "60s";
  rows.back().posts = 2;
  rows.push_back(behind_nginx(
      "504 of an upstream that hangs", "",
      "    location ~ /results { proxy_pass http://127.0.0.1:@UP@; proxy_read_timeout 1s; }", {5, 7}));
  rows.back().timeout = "5s";
  rows.back().server.at_request = [](Line& line, const SeenRequest& seen) {
    if (!seen.path.ends_with("/results")) return Act::truth;
    return line.stall(), Act::drop;
  };
  rows.push_back(behind_nginx(
      "504 once", "", "    location ~ /results { proxy_pass http://127.0.0.1:@UP@; proxy_read_timeout 1s; }",
      {1}));
  rows.back().server.at_request = [](Line& line, const SeenRequest& seen) {
    if (!seen.path.ends_with("/results") || seen.number > 1) return Act::truth;
    return line.stall(), Act::drop;
  };
  rows.push_back(behind_nginx("502 of a dead upstream", "",
                              "    location ~ /results { proxy_pass http://127.0.0.1:1; }", {5, 7}));
  rows.back().timeout = "4s";
  rows.push_back(behind_nginx("the upstream dies in the middle", "", "", {1}));
  rows.back().server.at_request = [](Line& line, const SeenRequest& seen) {
    if (!seen.path.ends_with("/results") || seen.number > 1) return Act::truth;
    line.say(FaultyApi::head(200, 500) + "{\"batch_id\":");
    line.reset();
    return Act::drop;
  };
}

/// A slow line: 150 ms each way, 8 kB/s, three of ten connections are reset (at once, when the answer comes,
/// in it).
class Relay {
 public:
  Relay(std::uint16_t upstream, int shift)
      : upstream_(upstream), server_({.at_connection = [this, shift](Peer& peer, int number) {
          return carry(peer, number + shift), false;
        }}) {}
  std::uint16_t port() const { return server_.port(); }

 private:
  void carry(Peer& peer, int number) {
    const int kind = number % 10;
    if (kind == 1 || kind == 4 || kind == 7) peer.reset_on_close();
    if (kind == 1) return;
    const auto request = peer.read_request();
    if (request.empty()) return;
    std::this_thread::sleep_for(150ms);
    const int upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Peer other(upstream);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(upstream_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(upstream, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        !other.say(request))
      return;
    // Until the server has ended, however long a busy machine takes: who breaks a connection and lets what was sent over it
    // arrive later makes a second batch possible that no client can prevent (start_scan_test.cpp tells how late is too late).
    std::string answer;
    char part[4096];
    for (pollfd entry{upstream, POLLIN, 0}; ::poll(&entry, 1, -1) > 0;) {
      const auto got = ::recv(upstream, part, sizeof part, 0);
      if (got <= 0) break;
      answer.append(part, static_cast<std::size_t>(got));
    }
    std::this_thread::sleep_for(150ms);
    if (kind == 4) return;
    if (kind == 7) answer.resize(std::min<std::size_t>(answer.size(), 100));
    for (std::size_t at = 0; at < answer.size(); at += 400) {
      if (!peer.say(answer.substr(at, 400))) return;
      std::this_thread::sleep_for(50ms);
    }
  }
  std::uint16_t upstream_;
  FaultyApi server_;
};

Rows slow_line() {
  Rows rows;
  for (int shift = 0; shift < 10; ++shift) {
    WireRow row{
        "Relay",
        "150 ms, 8 kB/s, 30 % of the connections reset, beginning with number " + std::to_string(shift),
        {},
        {1}};
    row.server.severity = "high";
    row.server.length = 10s;
    row.posts = 2;
    auto api = std::make_shared<FaultyApi*>(nullptr);
    auto relay = std::make_shared<std::unique_ptr<Relay>>();
    row.server.at_request = [api](Line& line, const SeenRequest& seen) {
      return line.say((*api)->truth(seen)), Act::drop;
    };
    row.started = [=](FaultyApi& server) {
      *api = &server;
      *relay = std::make_unique<Relay>(server.port(), shift);
      return "http://127.0.0.1:" + std::to_string((*relay)->port());
    };
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_CASE("fault matrix on the wire: proxies, servers in between and a slow line") {
  const Site site;
  Boxes boxes;
  add_bad_proxies(boxes.rows, site);
  for (auto& row : slow_line()) boxes.rows.push_back(std::move(row));
  const bool names = can_have_own_hosts();
  if (names) add_exceptions(boxes.rows, site);
  if (names && has("/usr/bin/tinyproxy")) add_tinyproxy(boxes, site);
  if (has("/usr/sbin/squid")) add_squid(boxes, site);
  if (has("/usr/sbin/nginx")) add_nginx(boxes.rows);
  check_rows(boxes.rows);
}
