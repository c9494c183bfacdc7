#include "net/resolver.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;

bool is_literal(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw =
      address->sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return inet_ntop(address->sa_family, raw, text.data(), text.size()) ? text.data() : "";
}

/// Readable once a stop was requested, so that poll() ends.
class StopEvent {
 public:
  explicit StopEvent(const std::stop_token& token) : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    callback_.emplace(token, Raise{descriptor_});
  }
  ~StopEvent() {
    callback_.reset();  // before the descriptor's number can be another file's
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  struct Raise {
    int descriptor;
    void operator()() const { eventfd_write(descriptor, 1); }
  };
  int descriptor_;
  std::optional<std::stop_callback<Raise>> callback_;
};

/// One question to c-ares. The channel owns its sockets; this only waits for them.
class Query {
 public:
  explicit Query(const std::string& servers) {
    ares_options options{};
    options.timeout = 2000;  // of the first try, milliseconds; c-ares doubles it for each round
    options.tries = 3;
    // The host's nsswitch.conf does not matter: first /etc/hosts, then name servers.
    std::string lookups = "fb";
    options.lookups = lookups.data();
    options.sock_state_cb = &Query::on_socket;
    options.sock_state_cb_data = this;
    const auto mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    auto status = ares_init_options(&channel_, &options, mask);
    if (status == ARES_SUCCESS && !servers.empty())
      status = ares_set_servers_ports_csv(channel_, servers.c_str());
    if (status != ARES_SUCCESS) throw TransportError(Fault::resolve, false, ares_strerror(status));
  }
  ~Query() {
    if (channel_) ares_destroy(channel_);  // calls on_answer with ARES_EDESTRUCTION when still under way
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  std::vector<std::string> run(const std::string& host, const StepLimit& limit) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Query::on_answer, this);
    const StopEvent stop(limit.wait.stop);
    while (!done_) wait_for_sockets(limit, stop.descriptor());
    if (status_ == ARES_SUCCESS && !addresses_.empty()) return std::move(addresses_);
    throw TransportError(Fault::resolve, false, reason());
  }

 private:
  static void on_socket(void* self, ares_socket_t descriptor, int readable, int writable) {
    auto& sockets = static_cast<Query*>(self)->sockets_;
    if (!readable && !writable) {
      sockets.erase(descriptor);
      return;
    }
    sockets[descriptor] = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
  }

  static void on_answer(void* self, int status, int, ares_addrinfo* result) {
    auto& query = *static_cast<Query*>(self);
    query.done_ = true;
    query.status_ = status;
    for (auto* node = result ? result->nodes : nullptr; node; node = node->ai_next) {
      query.addresses_.push_back(text_of(node->ai_addr));
    }
    if (result) ares_freeaddrinfo(result);
  }

  void wait_for_sockets(const StepLimit& limit, int stop) {
    std::vector<pollfd> polled{{stop, POLLIN, 0}};
    for (const auto& [descriptor, events] : sockets_) polled.push_back({descriptor, events, 0});
    poll(polled.data(), polled.size(), timeout_until(limit.until()));
    const auto late = std::chrono::steady_clock::now() >= limit.until();
    if (late || limit.wait.stop.stop_requested()) {
      throw step_ended(limit, Fault::resolve, false, "no name server answered in time");
    }
    // With nothing ready this lets c-ares look at its own time limits.
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (const auto& entry : polled) {
      if (entry.fd == stop || !entry.revents) continue;
      const auto readable = entry.revents & (POLLIN | POLLERR | POLLHUP);
      const auto writable = entry.revents & (POLLOUT | POLLERR);
      ares_process_fd(channel_, readable ? entry.fd : ARES_SOCKET_BAD, writable ? entry.fd : ARES_SOCKET_BAD);
    }
  }

  /// Milliseconds until c-ares or `until` wants attention, rounded up.
  int timeout_until(sys::SteadyTime until) const {
    timeval buffer{};
    const timeval most{1, 0};
    const auto* next = ares_timeout(channel_, const_cast<timeval*>(&most), &buffer);
    const auto ares_ms = next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
    const auto left = until - std::chrono::steady_clock::now();
    const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<long long>(left_ms, 0, ares_ms));
  }

  std::string reason() const {
    switch (status_) {
      case ARES_ENOTFOUND:
      case ARES_ENODATA:
      case ARES_SUCCESS:
        return "the name does not exist";
      case ARES_ETIMEOUT:
        return "no name server answered in time";
      case ARES_ECONNREFUSED:
        return "the name server cannot be reached";
      case ARES_ESERVFAIL:
        return "the name server failed to look the name up";
      case ARES_EBADNAME:
        return "this is no host name";
      default:
        return std::string("the name cannot be looked up (") + ares_strerror(status_) + ")";
    }
  }

  ares_channel channel_{};
  std::map<ares_socket_t, short> sockets_;
  std::vector<std::string> addresses_;
  bool done_{};
  int status_{ARES_SUCCESS};
};

}  // namespace

std::vector<std::string> resolve(const std::string& host, const StepLimit& limit,
                                 const std::string& servers) {
  if (is_literal(host)) return {host};
  if (host == "localhost" || host.ends_with(".localhost")) return {"127.0.0.1", "::1"};  // RFC 6761 6.3
  return Query(servers).run(host, limit);
}

}  // namespace kolega::net
