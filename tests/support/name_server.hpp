// A name server on loopback that says what a test wants. Not for: resolving (net/resolver.hpp).
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kolega::test {

/// A name server on loopback: what the function makes of a question; nothing is silence.
class NameServer {
 public:
  using Answer = std::function<std::string(const std::string& question)>;
  explicit NameServer(Answer answer, const std::string& at = "127.0.0.1", std::uint16_t port = 0)
      : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, at.c_str(), &address.sin_addr);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, raw, size) != 0 || ::getsockname(socket_, raw, &size) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot bind a name server");
    }
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
inline std::string with_code(std::string question, int code) {
  question[2] = static_cast<char>(0x81);
  question[3] = static_cast<char>(0x80 | code);
  question[10] = question[11] = 0;  // the additional record (EDNS) is left out, its count too
  return question.substr(0, question.find('\0', 12) + 5);
}

/// These IPv4 addresses for questions of type A, these IPv6 addresses for AAAA, no record for others.
inline NameServer::Answer with_addresses(std::vector<std::string> v4, std::vector<std::string> v6 = {}) {
  return [v4 = std::move(v4), v6 = std::move(v6)](const std::string& question) {
    auto out = with_code(question, 0);
    const auto type = static_cast<unsigned char>(out[out.size() - 3]);
    const bool is_v6 = type == 28;
    if (type != 1 && !is_v6) return out;
    for (const auto& address : is_v6 ? v6 : v4) {
      char raw[16];
      ::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), raw);
      const char size = is_v6 ? 16 : 4;
      out +=
          std::string("\xc0\x0c\0", 3) + static_cast<char>(type) + std::string("\0\1\0\0\0\x3c\0", 7) + size;
      out.append(raw, static_cast<std::size_t>(size));
      ++out[7];
    }
    return out;
  };
}

}  // namespace kolega::test
