// The API on a real socket, with or without TLS, true unless a test makes it misbehave: at the accepted
// connection, or at a request, where the test may say any bytes. Counts what arrives. Not for: what the
// sandbox can do (src/sandbox); faults without bytes (tests/api/fault_matrix.hpp).
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <list>
#include <optional>

#include "api/documents.hpp"
#include "base/time.hpp"
#include "support/tls_server.hpp"

namespace kolega::test {

/// One connection, plain or secured.
class Line {
 public:
  Line(Peer& peer, const TlsContext* context) : peer_(peer) {
    if (context) tls_.emplace(peer, *context);
  }
  bool open() const { return !tls_ || tls_->accepted(); }
  std::string read_request() { return tls_ ? tls_->read_request() : peer_.read_request(); }
  /// False when the other side has gone.
  bool say(const std::string& bytes) {
    if (!tls_) return peer_.say(bytes);
    return SSL_write(tls_->get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  void reset() { peer_.reset_on_close(); }
  void close_in_order() {
    if (tls_) tls_->close_in_order();
  }
  /// Until the other side gives up.
  void stall() { peer_.wait_for_end(); }
  Peer& peer() { return peer_; }

 private:
  Peer& peer_;
  std::optional<TlsPeer> tls_{};
};

struct SeenRequest {
  std::string method{};
  std::string path{};
  std::string text{};
  int number{};      ///< among those of this method and path, from 1
  int connection{};  ///< from 0
  std::chrono::steady_clock::time_point at{};
};

enum class Act { truth, answered, drop };

class FaultyApi {
 public:
  using AtRequest = std::function<Act(Line&, const SeenRequest&)>;
  /// False: the connection has been dealt with.
  using AtConnection = std::function<bool(Peer&, int number)>;

  struct Options {
    std::string severity{"low"};
    Duration length{200};  ///< of a scan
    const TlsContext* tls{};
    AtRequest at_request{};
    AtConnection at_connection{};
    Duration listens_after{};  ///< until then connections are refused
  };

  explicit FaultyApi(Options options) : options_(std::move(options)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) || ::getsockname(listener_, raw, &size))
      throw std::runtime_error("cannot bind");
    port_ = ntohs(address.sin_port);
    if (options_.listens_after == Duration{}) ::listen(listener_, 64);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
  }
  ~FaultyApi() {
    acceptor_.request_stop();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::scoped_lock lock(mutex_);
      for (const int open : open_) ::shutdown(open, SHUT_RDWR);
    }
    threads_.clear();
    ::close(listener_);
  }
  FaultyApi(const FaultyApi&) = delete;
  FaultyApi& operator=(const FaultyApi&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& host = {}) const {
    const std::string name = !host.empty() ? host : options_.tls ? "localhost" : "127.0.0.1";
    return (options_.tls ? "https://" : "http://") + name + ":" + std::to_string(port_);
  }
  int connections() const { return connections_; }
  int batches() const { return static_cast<int>(locked(batches_).size()); }
  std::vector<SeenRequest> requests() const { return locked(requests_); }
  int posts() const {
    int out = 0;
    for (const auto& one : requests()) out += one.method == "POST" ? 1 : 0;
    return out;
  }

  /// The whole true answer.
  std::string truth(const SeenRequest& seen) {
    const auto [status, body] = document(seen);
    return head(status, body.size()) + body;
  }
  std::string true_body(const SeenRequest& seen) { return document(seen).second; }
  static std::string head(int status, std::size_t size, const std::string& more = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " Word\r\nDate: " + http_date() +
           "\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(size) +
           "\r\n\r\n";
  }
  static std::string response(int status, const std::string& body = {}, const std::string& more = {}) {
    return head(status, body.size(), more) + body;
  }
  void make_batch() {
    const std::scoped_lock lock(mutex_);
    batches_.push_back(std::chrono::system_clock::now());
  }

 private:
  template <class T>
  T locked(const T& value) const {
    const std::scoped_lock lock(mutex_);
    return value;
  }

  void accept(const std::stop_token& stop) {
    if (options_.listens_after > Duration{}) {
      const auto from = std::chrono::steady_clock::now() + options_.listens_after;
      while (!stop.stop_requested() && std::chrono::steady_clock::now() < from)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ::listen(listener_, 64);
    }
    while (!stop.stop_requested()) {
      const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (accepted < 0) return;
      const int number = connections_++;
      const std::scoped_lock lock(mutex_);
      open_.push_back(accepted);
      threads_.emplace_back([this, accepted, number] { serve(accepted, number); });
    }
  }

  void serve(int accepted, int number) {
    Peer peer(accepted);
    if (!options_.at_connection || options_.at_connection(peer, number)) {
      Line line(peer, options_.tls);
      while (line.open()) {
        const auto text = line.read_request();
        if (text.empty()) break;
        const auto seen = note(text, number);
        const auto act = options_.at_request ? options_.at_request(line, seen) : Act::truth;
        if (act == Act::drop || (act == Act::truth && !line.say(truth(seen)))) break;
      }
    }
    const std::scoped_lock lock(mutex_);
    std::erase(open_, accepted);
  }

  SeenRequest note(const std::string& text, int connection) {
    SeenRequest seen;
    seen.method = text.substr(0, text.find(' '));
    const auto begin = seen.method.size() + 1;
    const auto target = text.substr(begin, text.find(' ', begin) - begin);
    seen.path = target.substr(0, target.find('?'));
    seen.text = text;
    seen.connection = connection;
    seen.at = std::chrono::steady_clock::now();
    const std::scoped_lock lock(mutex_);
    seen.number = 1;
    for (const auto& one : requests_)
      seen.number += one.method == seen.method && one.path == seen.path ? 1 : 0;
    requests_.push_back(seen);
    return seen;
  }

  std::pair<int, std::string> document(const SeenRequest& seen) {
    const std::string root = "/api/v1/repositories/r1";
    const auto& path = seen.path;
    if (path == "/api/v1/quotas/balance") return {200, quota_json(9, 9)};
    if (path == "/api/v1/repositories") return {200, whole_page({repository_json("r1", "acme/web")})};
    if (path == root) return {200, repository_json("r1", "acme/web")};
    if (path == root + "/findings") return {200, whole_page({finding("i1")})};
    if (path == root + "/scans" && seen.method == "POST") make_batch();
    const std::scoped_lock lock(mutex_);
    if (path == root + "/scans" && seen.method == "POST")
      return {202, batch_json("b" + std::to_string(batches_.size()), "semgrep_scan", "queued",
                              time_of(batches_.back()))};
    if (path == root + "/scans") return {200, whole_page(list())};
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      const auto id = "b" + std::to_string(i + 1);
      if (path == root + "/scans/" + id + "/progress") return {200, progress(id, batches_[i])};
      if (path == root + "/scans/" + id + "/results") return {200, results(id)};
    }
    return {404, R"({"detail":"Not found"})"};
  }

  using Moment = std::chrono::system_clock::time_point;
  bool ended(Moment made) const { return std::chrono::system_clock::now() - made >= options_.length; }
  static std::string time_of(Moment at) { return format_instant(std::chrono::time_point_cast<Duration>(at)); }
  std::vector<std::string> list() const {
    std::vector<std::string> out;
    for (std::size_t i = batches_.size(); i > 0; --i) {
      const auto made = batches_[i - 1];
      out.push_back(batch_json("b" + std::to_string(i), "semgrep_scan",
                               ended(made) ? "completed" : "scanning", time_of(made),
                               ended(made) ? time_of(made + options_.length) : std::string{}));
    }
    return out;
  }
  std::string progress(const std::string& id, Moment made) const {
    const std::string done = ended(made) ? "1" : "0";
    return R"({"batch_id":)" + quoted(id) + R"(,"repository_id":"r1","scan_type":"semgrep_scan","status":)" +
           quoted(ended(made) ? "completed" : "scanning") +
           R"(,"total_repositories":1,"scans_created":1,"scans_failed":0,"scans_completed":)" + done +
           R"(,"scans_assessed":)" + done + R"(,"percent_complete":50})";
  }
  std::string results(const std::string& id) const {
    auto row = result_json("f1", "c1");
    row.replace(row.find("\"high\""), 6, quoted(options_.severity));
    return R"({"batch_id":)" + quoted(id) +
           R"(,"scan_type":"semgrep_scan","status":"completed","findings_count":1,"findings":[)" + row + "]}";
  }
  std::string finding(const std::string& id) const {
    auto item = finding_json(id, "c1");
    return item.replace(item.find("\"high\""), 6, quoted(options_.severity));
  }
  static std::string http_date() {
    const auto now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
  }

  Options options_;
  int listener_{};
  std::uint16_t port_{};
  std::atomic<int> connections_{};
  mutable std::mutex mutex_{};
  std::vector<SeenRequest> requests_{};
  std::vector<Moment> batches_{};
  std::vector<int> open_{};
  std::list<std::jthread> threads_{};
  std::jthread acceptor_{};
};

/// A port whose queue is full: connections to it get no answer.
class FullPort {
 public:
  FullPort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_, raw, size);
    ::getsockname(listener_, raw, &size);
    ::listen(listener_, 0);
    port_ = ntohs(address.sin_port);
    for (auto& one : waiting_) {
      one = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      ::connect(one, raw, size);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ~FullPort() {
    for (const int one : waiting_) ::close(one);
    ::close(listener_);
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_;
  std::uint16_t port_{};
  int waiting_[4]{};
};

}  // namespace kolega::test
