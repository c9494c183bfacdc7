// Sends one request to one origin and gets one answer. The one interface of the network: real, retrying, in-process
// and faulty ones implement it. Beast and Asio stay behind it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/url.hpp"
#include "sys/system.hpp"

namespace kolega::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Where a 2xx body goes while it arrives. begin() is called for each attempt anew: a retried answer starts empty.
class BodyConsumer {
 public:
  virtual ~BodyConsumer() = default;
  virtual void begin() = 0;
  virtual void data(std::string_view bytes) = 0;
};

struct Request {
  std::string method{"GET"};
  std::string target{};                    ///< path and query, encoded, beneath the base URL's path
  Headers headers{};                       ///< beside those that the transport sets itself
  std::string body{};                      ///< JSON, when not empty
  BodyConsumer* consumer{};                ///< takes a 2xx body instead of Response::body
  /// Repeating it does no harm (GET). Only such requests are ever sent twice.
  bool repeatable{true};
};

struct Response {
  int status{};
  Headers headers{};
  std::string body{};                      ///< empty when consumed; an error's is cut at 4 MiB, others may have 64
  /// Case-insensitive; nothing when absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// What every wait obeys.
struct Wait {
  sys::SteadyTime deadline{sys::SteadyTime::max()};
  std::stop_token stop{};
};

/// A request that got no usable answer. Thrown by transports; ErrorKind is network, timeout, api or interrupted.
class TransportError : public Error {
 public:
  enum class Fault { resolve, connect, tls, proxy, send, receive, protocol, too_large, deadline, stopped };
  TransportError(Fault fault, bool maybe_sent, std::string message, std::string hint = {});
  Fault fault() const noexcept { return fault_; }
  /// True when the server may have acted on the request.
  bool maybe_sent() const noexcept { return maybe_sent_; }
  /// Another attempt may help (never for TLS certificates, protocol violations, a stop or the deadline).
  bool transient() const noexcept { return transient_; }
  TransportError& never_retry() { transient_ = false; return *this; }

 private:
  Fault fault_;
  bool maybe_sent_;
  bool transient_;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Blocks. Any HTTP status is an answer; no answer is a TransportError.
  virtual Response send(const Request& request, const Wait& wait) = 0;
};

struct TlsOptions {
  std::string ca_file{};
  std::string client_certificate{};
  std::string client_key{};
};

struct ClientOptions {
  Url base{};
  bool allow_http{};                       ///< plain http to other hosts than loopback
  TlsOptions tls{};
  sys::Environment environment{};          ///< proxies and CA paths are read from it
  Duration connect_timeout{std::chrono::seconds{10}};
  Duration idle_timeout{std::chrono::seconds{30}};
  std::uint64_t body_limit{4ULL << 30};    ///< of decompressed bytes
  std::string user_agent{};
};

/// The real one: one keep-alive connection, TLS, proxy, c-ares. Throws Error(usage) for an origin it may not use.
std::unique_ptr<Transport> make_http_transport(ClientOptions options);

struct RetryOptions {
  /// Repeats that all calls of the transport share. Five answers at the first attempt bring one back, and so does
  /// a repeat that helped: an outage gets this many attempts (some 6 minutes), whatever the deadline.
  int budget{40};
  Duration base{std::chrono::milliseconds{500}};
  Duration cap{std::chrono::seconds{20}};
  Duration retry_after_cap{std::chrono::minutes{5}};   ///< a server that asks for a longer wait is given up at once
};
/// Repeats what RELIABILITY allows: repeatable requests on transient faults and 408, 429, 500, 502, 503, 504 with
/// full jitter, Retry-After obeyed, never past the deadline. Other requests only while nothing of them was sent.
/// `note` is told of each wait.
std::unique_ptr<Transport> make_retrying(std::unique_ptr<Transport> inner, const sys::System& system,
                                         RetryOptions options,
                                         std::function<void(const std::string&)> note = {});

}  // namespace kolega::net
