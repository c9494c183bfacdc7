#include "server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <queue>
#include <stdexcept>
#include <unordered_map>

namespace bench {

namespace {

constexpr std::size_t largest_request = 1U << 20U;

double steady_ms() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct Connection {
  std::uint64_t number{};
  std::unique_ptr<SSL, FreeSsl> ssl{};
  std::string input{};
  std::string head{};  ///< of the answer, with its body
  const std::string* tail{};
  std::size_t sent{};
  bool answering{};  ///< an answer is due or on its way
  bool due{};        ///< and may be sent
  bool closing{};
};

struct Due {
  double at{};
  int fd{};
  std::uint64_t number{};
  bool operator>(const Due& other) const { return at > other.at; }
};

std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    const auto value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 422: return "Unprocessable Entity";
    case 429: return "Too Many Requests";
    default: return "Error";
  }
}

class Server {
 public:
  Server(World& world, const Options& options) : world_(world) {
    if (!options.certificate.empty()) open_tls(options);
    listen_on(options.port);
  }
  ~Server() {
    for (const auto& [fd, connection] : connections_) close(fd);
    close(listener_);
    close(epoll_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void run(const std::atomic<bool>& stop) {
    std::vector<epoll_event> events(256);
    while (!stop) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
      for (int i = 0; i < ready; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        event.data.fd == listener_ ? accept_all() : turn(event.data.fd);
      }
      send_due();
    }
  }

 private:
  void open_tls(const Options& options) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(tls_.get(), options.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("cannot read the certificate or its key");
    SSL_CTX_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }

  void listen_on(std::uint16_t port) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, plain, size) != 0 || listen(listener_, 4096) != 0)
      throw std::runtime_error("cannot listen on port " + std::to_string(port));
    getsockname(listener_, plain, &size);
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
    std::printf("%s://127.0.0.1:%d\n", tls_ ? "https" : "http", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  void watch(int fd, std::uint32_t events, int how) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, how, fd, &event);
  }

  int wait_ms() const {
    if (due_.empty()) return 200;
    return std::clamp(static_cast<int>(due_.top().at - steady_ms() + 0.999), 0, 200);
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int yes = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      auto& connection = connections_[fd];
      connection.number = ++accepted_;
      if (tls_) {
        connection.ssl.reset(SSL_new(tls_.get()));
        SSL_set_fd(connection.ssl.get(), fd);
        SSL_set_accept_state(connection.ssl.get());
      }
      auto& stats = world_.stats();
      ++stats.connections;
      stats.most_open = std::max(stats.most_open, ++stats.open);
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, EPOLL_CTL_ADD);
      turn(fd);
    }
  }

  void drop(int fd) {
    --world_.stats().open;
    connections_.erase(fd);
    close(fd);
  }

  /// Bytes, 0 when there are none now, -1 at the end of the connection.
  static long receive(Connection& connection, int fd, char* into, std::size_t size) {
    if (!connection.ssl) {
      const auto got = recv(fd, into, size, 0);
      if (got > 0) return got;
      return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    const int got = SSL_read(connection.ssl.get(), into, static_cast<int>(size));
    return got > 0 ? got : none_or_end(connection, got);
  }

  static long transmit(Connection& connection, int fd, std::string_view bytes) {
    bytes = bytes.substr(0, 1U << 20U);
    if (!connection.ssl) {
      const auto put = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put >= 0) return put;
      return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    const int put = SSL_write(connection.ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    return put > 0 ? put : none_or_end(connection, put);
  }

  static long none_or_end(const Connection& connection, int result) {
    const int error = SSL_get_error(connection.ssl.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }

  void turn(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    auto& connection = found->second;
    char buffer[16384];
    while (true) {
      const auto got = receive(connection, fd, buffer, sizeof buffer);
      if (got == 0) break;
      if (got < 0 || connection.input.size() > largest_request) {
        drop(fd);
        return;
      }
      connection.input.append(buffer, static_cast<std::size_t>(got));
    }
    go_on(fd, connection);
  }

  /// Sends what is due and takes the next request, until nothing more can be done.
  void go_on(int fd, Connection& connection) {
    while (true) {
      if (connection.answering) {
        if (!connection.due) return;
        const int state = send_some(fd, connection);
        if (state == 0) return;
        if (state < 0 || connection.closing) return drop(fd);
      }
      if (!take_request(fd, connection)) return;
    }
  }

  /// 1 when all is sent, 0 when the socket is full, -1 when it is gone.
  static int send_some(int fd, Connection& connection) {
    const auto tail_size = connection.tail ? connection.tail->size() : 0;
    while (connection.sent < connection.head.size() + tail_size) {
      const bool head = connection.sent < connection.head.size();
      const auto bytes = head ? std::string_view(connection.head).substr(connection.sent)
                              : std::string_view(*connection.tail).substr(connection.sent - connection.head.size());
      const auto put = transmit(connection, fd, bytes);
      if (put <= 0) return static_cast<int>(put);
      connection.sent += static_cast<std::size_t>(put);
    }
    connection.answering = connection.due = false;
    return 1;
  }

  bool take_request(int fd, Connection& connection) {
    const auto end = connection.input.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto head = std::string_view(connection.input).substr(0, end + 2);
    const auto length_text = std::string(header(head, "Content-Length"));
    const auto length = static_cast<std::size_t>(std::max(0L, std::atol(length_text.c_str())));
    if (connection.input.size() < end + 4 + length) return false;
    Request request;
    const auto space = head.find(' ');
    request.method = head.substr(0, space);
    request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    request.body = connection.input.substr(end + 4, length);
    request.authorized = header(head, "Authorization").starts_with("Bearer ");
    request.gzip = header(head, "Accept-Encoding").find("gzip") != std::string_view::npos;
    connection.closing = strncasecmp(std::string(header(head, "Connection")).c_str(), "close", 5) == 0;
    connection.input.erase(0, end + 4 + length);
    begin_answer(fd, connection, world_.answer(request, steady_ms()));
    return true;
  }

  void begin_answer(int fd, Connection& connection, Answer answer) {
    const auto size = answer.body.size() + (answer.tail ? answer.tail->size() : 0);
    connection.head = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason_of(answer.status) +
                      "\r\nContent-Type: application/json\r\n" + answer.headers +
                      "Content-Length: " + std::to_string(size) + "\r\n" +
                      (connection.closing ? "Connection: close\r\n" : "") + "\r\n" + answer.body;
    connection.tail = answer.tail;
    connection.sent = 0;
    connection.answering = true;
    const auto latency = world_.latency();
    connection.due = latency <= 0;
    if (!connection.due) due_.push({steady_ms() + latency, fd, connection.number});
  }

  void send_due() {
    while (!due_.empty() && due_.top().at <= steady_ms()) {
      const auto next = due_.top();
      due_.pop();
      const auto found = connections_.find(next.fd);
      if (found == connections_.end() || found->second.number != next.number) continue;
      found->second.due = true;
      go_on(next.fd, found->second);
    }
  }

  World& world_;
  std::unique_ptr<SSL_CTX, FreeSsl> tls_{};
  int epoll_{-1};
  int listener_{-1};
  std::uint64_t accepted_{};
  std::unordered_map<int, Connection> connections_{};
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_{};
};

}  // namespace

void serve(World& world, const Options& options, const std::atomic<bool>& stop) {
  Server(world, options).run(stop);
}

}  // namespace bench
