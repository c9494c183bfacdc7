#include "net/connection.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <optional>

#include "base/text.hpp"
#include "net/tls.hpp"

namespace kolega::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Fault = TransportError::Fault;

namespace {

/// What the system says, as "connection refused" and not "Connection refused [system:111]".
std::string why(const error_code& ec) {
  auto text = ec.message();
  if (!text.empty()) text[0] = to_lower_ascii(text.substr(0, 1))[0];
  return text;
}

bool is_tls(const error_code& ec) {
  return ec.category() == asio::error::get_ssl_category();
}

/// What OpenSSL or an alert of the server says. Under TLS 1.3 the alert about a missing client certificate
/// comes only after the handshake, while the request is sent or its answer read.
TransportError alert(const ssl_st* tls, const error_code& ec, bool maybe_sent) {
  auto failure = describe_tls_failure(tls, static_cast<unsigned int>(ec.value()));
  TransportError error(Fault::tls, maybe_sent, std::move(failure.why), std::move(failure.hint));
  if (!failure.transient) error.never_retry();
  return error;
}

struct Result {
  bool in_time{};
  error_code ec{};
  std::size_t size{};
};

}  // namespace

struct Connection::State {
  /// Starts one asynchronous operation and runs it to its end, the limit or a stop. These blocking steps take
  /// the place of coroutines, which g++ 12 miscompiles too easily (double destruction beside co_await).
  template <class Start>
  Result run(const StepLimit& limit, Start start) {
    Result result;
    bool done = false;
    io.restart();
    start([&](error_code ec, std::size_t size = 0) {
      done = true;
      result = {true, ec, size};
    });
    {
      const std::stop_callback on_stop(limit.wait.stop, [this] { io.stop(); });
      io.run_until(limit.until());
    }
    if (done) return result;
    error_code ignored;
    socket.close(ignored);
    io.restart();
    io.run();  // the operation ends at once, and its handler must run while `result` lives
    return {};
  }

  asio::io_context io;
  tcp::socket socket{io};
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  bool lost{};
};

Connection::Connection() : state_(std::make_unique<State>()) {}

Connection::~Connection() {
  // Dropped without an exchange of close_notify, yet the session stays good for resumption.
  if (state_->tls) SSL_set_shutdown(state_->tls->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

std::string Connection::connect(const std::vector<std::string>& addresses, std::uint16_t port,
                                const StepLimit& limit) {
  auto& s = *state_;
  std::string reason = "no address";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    const auto share = (limit.until() - now) / static_cast<long>(addresses.size() - i);
    const StepLimit one{limit.wait, std::min(limit.own, now + share)};
    const tcp::endpoint endpoint(asio::ip::make_address(addresses[i]), port);
    error_code ignored;
    s.socket.close(ignored);
    const auto result = s.run(one, [&](auto done) { s.socket.async_connect(endpoint, done); });
    if (result.in_time && !result.ec) {
      s.socket.set_option(tcp::no_delay(true), ignored);
      return addresses[i];
    }
    reason = result.in_time ? why(result.ec) : "no connection in time";
    const auto last = i + 1 == addresses.size();
    if (!result.in_time && (last || limit.wait.stop.stop_requested())) {
      throw step_ended(limit, Fault::connect, false, reason);
    }
  }
  throw TransportError(Fault::connect, false, reason);
}

void Connection::start_tls(ssl_st* tls, const StepLimit& limit) {
  auto& s = *state_;
  s.tls.emplace(s.socket, tls);
  const auto result =
      s.run(limit, [&](auto done) { s.tls->async_handshake(asio::ssl::stream_base::client, done); });
  if (!result.in_time) throw step_ended(limit, Fault::tls, false, "the TLS handshake took too long");
  if (!result.ec) return;
  if (is_tls(result.ec)) throw alert(tls, result.ec, false);
  throw TransportError(Fault::tls, false, "the connection broke in the TLS handshake: " + why(result.ec));
}

std::string Connection::describe_tls() const {
  return state_->tls ? describe_session(state_->tls->native_handle()) : std::string{};
}

void Connection::write(std::string_view bytes, const StepLimit& limit) {
  auto& s = *state_;
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto result = s.run(limit, [&](auto done) {
    s.tls ? asio::async_write(*s.tls, buffer, done) : asio::async_write(s.socket, buffer, done);
  });
  if (!result.in_time) throw step_ended(limit, Fault::send, true, "the request could not be sent in time");
  if (!result.ec) return;
  s.lost = true;
  if (s.tls) {
    // An alert that came before the close says more than the broken pipe.
    char byte{};
    const auto last = s.run(limit, [&](auto done) { s.tls->async_read_some(asio::buffer(&byte, 1), done); });
    if (is_tls(last.ec)) throw alert(s.tls->native_handle(), last.ec, true);
  }
  throw TransportError(Fault::send, true,
                       "the connection broke while the request was sent: " + why(result.ec));
}

std::size_t Connection::read(char* data, std::size_t size, const StepLimit& limit) {
  auto& s = *state_;
  const auto buffer = asio::buffer(data, size);
  const auto result = s.run(limit, [&](auto done) {
    s.tls ? s.tls->async_read_some(buffer, done) : s.socket.async_read_some(buffer, done);
  });
  if (!result.in_time) throw step_ended(limit, Fault::receive, true, "nothing was received for too long");
  if (!result.ec) return result.size;
  s.lost = true;
  if (result.ec == asio::error::eof) return 0;
  if (result.ec == asio::ssl::error::stream_truncated) {
    throw TransportError(Fault::receive, true, "the connection was cut off without TLS's mark of the end");
  }
  if (is_tls(result.ec)) throw alert(s.tls->native_handle(), result.ec, true);
  throw TransportError(Fault::receive, true, "the connection broke: " + why(result.ec));
}

bool Connection::quiet() const {
  if (!state_->socket.is_open()) return false;
  if (state_->tls) {
    auto* tls = state_->tls->native_handle();
    if (SSL_pending(tls) > 0 || BIO_pending(SSL_get_rbio(tls)) > 0) return false;
  }
  char byte{};
  const auto got = ::recv(state_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Connection::lost() const noexcept {
  return state_->lost;
}

}  // namespace kolega::net
