#include "net/server.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <set>
#include <thread>

#include "base/error.hpp"

namespace kolega::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t body_limit = 64 * 1024 * 1024;
constexpr std::size_t header_limit = 64 * 1024;

ServerRequest to_request(const http::request<http::string_body>& message) {
  ServerRequest out;
  out.method = std::string(message.method_string());
  out.target = std::string(message.target());
  for (const auto& field : message) out.headers.emplace_back(field.name_string(), field.value());
  out.body = message.body();
  return out;
}

std::string head_of(const ServerResponse& response, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
  if (response.status != 204 && response.status != 304) {
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  return out + (keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

/// One connection: read, handle, answer, again. Lives as long as an operation of its own is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Handler& handler)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), handler_(handler) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit);
    parser_->header_limit(header_limit);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec && !self->buffer_.size() && !self->parser_->got_some()) return;  // the client has gone
      if (ec) self->refuse(ec);
      if (!ec) self->handle();
    });
  }

 private:
  void refuse(error_code ec) {
    response_ = {};
    response_.status = ec == http::error::body_limit ? 413 : ec == http::error::header_limit ? 431 : 400;
    response_.body = ec.message();
    keep_alive_ = false;
    write();
  }

  void handle() {
    keep_alive_ = parser_->get().keep_alive();
    try {
      response_ = handler_(to_request(parser_->get()));
    } catch (const std::exception& error) {
      response_ = {};
      response_.status = 500;
      response_.body = error.what();
    }
    if (response_.delay.count() <= 0) return write();
    timer_.expires_after(response_.delay);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->write();
    });
  }

  void write() {
    if (response_.drop) return close();
    const auto& body = response_.body;
    const auto size = std::min(body.size(), response_.cut_after.value_or(body.size()));
    if (response_.cut_after) keep_alive_ = false;
    head_ = head_of(response_, keep_alive_);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head_), asio::buffer(body.data(), size)};
    asio::async_write(socket_, buffers, [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec && self->keep_alive_) return self->read();
      self->close();
    });
  }

  void close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const Handler& handler_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  ServerResponse response_;
  std::string head_;
  bool keep_alive_{};
};

}  // namespace

struct Server::State {
  State(Handler handle, std::uint16_t port) : handler(std::move(handle)) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
      throw Error(ErrorKind::usage,
                  "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + ec.message(),
                  "choose another port, or 0 for any free one");
    }
    local_port = acceptor.local_endpoint().port();
    accept();
    for (auto& thread : threads) thread = std::thread([this] { io.run(); });
  }

  ~State() {
    // Operations under way are dropped with the io_context, and the sessions with them.
    io.stop();
    for (auto& thread : threads) thread.join();
  }

  void accept() {
    acceptor.async_accept([this](error_code ec, tcp::socket socket) {
      if (!ec) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), handler)->read();
        return accept();
      }
      // Out of descriptors, most likely: some will be given back.
      pause.expires_after(std::chrono::milliseconds{50});
      pause.async_wait([this](error_code) { accept(); });
    });
  }

  Handler handler;
  asio::io_context io;
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::uint16_t local_port{};
  std::array<std::thread, 2> threads;
};

Server::Server(Handler handler, std::uint16_t port)
    : state_(std::make_unique<State>(std::move(handler), port)) {}
Server::~Server() = default;
std::uint16_t Server::port() const {
  return state_->local_port;
}
std::string Server::url() const {
  return "http://127.0.0.1:" + std::to_string(port());
}

}  // namespace kolega::net
