// A server on loopback that says exactly the bytes that a test wants, faults included. Not for: well-behaved
// answers (net/server.hpp).
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kolega::test {

/// One accepted connection, blocking, with a limit of 5 s on every read.
class Peer {
 public:
  explicit Peer(int descriptor) : descriptor_(descriptor) {}
  ~Peer() { ::close(descriptor_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int descriptor() const { return descriptor_; }
  /// What arrived until a blank line (and the body after it as its Content-Length says); empty at the end.
  std::string read_request() {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos && read_some(text)) {
    }
    const auto length = text.find("Content-Length: ");
    const auto end = text.find("\r\n\r\n");
    if (length == std::string::npos || end == std::string::npos) return text;
    const auto whole = end + 4 + std::stoul(text.substr(length + 16));
    while (text.size() < whole && read_some(text)) {
    }
    return text;
  }
  /// False when the other side has gone.
  bool say(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto now = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<std::size_t>(now);
    }
    return true;
  }
  /// Waits until the other side closes, at most 5 s.
  void wait_for_end() {
    std::string ignored;
    while (read_some(ignored)) {
    }
  }
  /// Closing will send a reset.
  void reset_on_close() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

 private:
  bool read_some(std::string& text) {
    pollfd entry{descriptor_, POLLIN, 0};
    if (::poll(&entry, 1, 5000) <= 0) return false;
    char buffer[4096];
    const auto got = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  int descriptor_;
};

/// Calls `script` with each connection and its number from 0, one after the other.
class RawServer {
 public:
  using Script = std::function<void(Peer&, int number)>;

  explicit RawServer(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) || ::listen(listener_, 16) || ::getsockname(listener_, raw, &size)) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  void note(std::string text) {
    const std::scoped_lock lock(mutex_);
    notes_.push_back(std::move(text));
  }
  std::vector<std::string> notes() const {
    const std::scoped_lock lock(mutex_);
    return notes_;
  }

 private:
  void run() {
    for (;;) {
      const int accepted = ::accept(listener_, nullptr, nullptr);
      if (accepted < 0) return;
      Peer peer(accepted);
      script_(peer, connections_++);
    }
  }
  Script script_;
  int listener_;
  std::uint16_t port_{};
  std::atomic<int> connections_{};
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
  std::thread thread_;
};

}  // namespace kolega::test
