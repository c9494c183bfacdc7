// The real transport: one origin, one connection kept alive, through a proxy where the environment names one.
#include "base/text.hpp"
#include "base/version.hpp"
#include "net/connection.hpp"
#include "net/dial.hpp"
#include "net/http_message.hpp"
#include "net/proxy.hpp"

namespace kolega::net {

namespace {

using Fault = TransportError::Fault;
using SteadyClock = std::chrono::steady_clock;

/// What must not be sent twice goes out on a connection only while the server has hardly had time to close
/// it.
constexpr Duration fresh_enough{1000};

/// An answer that only drips in would never end by the limit of one read. As curl's --speed-limit.
class Pace {
 public:
  explicit Pace(const StepLimit& limit) : grace_(limit.own) {}
  void count(std::size_t size) {
    constexpr double slowest = 100;  // bytes a second, on average
    received_ += static_cast<double>(size);
    const auto now = SteadyClock::now();
    if (size == 0 || now < grace_) return;
    if (received_ >= slowest * std::chrono::duration<double>(now - begun_).count()) return;
    throw TransportError(Fault::receive, true, "the answer comes too slowly");
  }

 private:
  sys::SteadyTime begun_{SteadyClock::now()};
  sys::SteadyTime grace_;
  double received_{};
};

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(ClientOptions options) : options_(std::move(options)), dialer_(options_) {
    const auto& base = options_.base;
    if (base.scheme != "https" && !base.loopback() && !options_.allow_http) {
      throw Error(ErrorKind::usage, base.origin() + " is not encrypted: the token could be read on its way",
                  "use https, or allow plain http with --allow-http");
    }
    if (options_.user_agent.empty()) {
      options_.user_agent = std::string(program_name) + "/" + std::string(version());
    }
  }

  Response send(const Request& request, const Wait& wait) override {
    const auto bytes = render_request(request, frame_for(request));
    if (wait.stop.stop_requested() || wait.deadline <= SteadyClock::now()) {
      throw within(step_ended({wait, {}}, Fault::deadline, false, {}), options_.base.origin());
    }
    auto kept = std::move(kept_);
    const bool dependable = !dropped_kept_ && SteadyClock::now() - kept_since_ < fresh_enough;
    if (kept && kept->quiet() && (request.repeatable || dependable)) {
      bool answered = false;
      try {
        return exchange(std::move(kept), request, bytes, wait, answered);
      } catch (const TransportError&) {
        dropped_kept_ = dropped_kept_ || (stale_ && !answered);
        if (answered || !stale_ || !request.repeatable) throw;
      }
    }
    kept.reset();  // a server with few connections must not wait for the old one
    bool answered = false;
    return exchange(dialer_.dial(wait), request, bytes, wait, answered);
  }

 private:
  RequestFrame frame_for(const Request& request) const {
    const auto& base = options_.base;
    RequestFrame frame;
    const auto& proxy = dialer_.proxy();
    const auto absolute = proxy && !dialer_.tunnelled();
    frame.target = (absolute ? base.origin() : std::string()) + base.path + request.target;
    frame.host = authority_of(base, false);
    frame.headers = {
        {"User-Agent", options_.user_agent}, {"Accept", "application/json"}, {"Accept-Encoding", "gzip"}};
    if (!request.body.empty()) frame.headers.emplace_back("Content-Type", "application/json");
    if (absolute && !proxy->user.empty()) {
      frame.headers.emplace_back("Proxy-Authorization", basic_authorization(proxy->user).reveal());
    }
    return frame;
  }

  /// One request and its answer; the connection is kept when it can carry another. `answered`: some byte
  /// came.
  Response exchange(std::unique_ptr<Connection> connection, const Request& request, const std::string& bytes,
                    const Wait& wait, bool& answered) {
    stale_ = false;
    try {
      connection->write(bytes, step_limit(wait, options_.idle_timeout));
      Pace pace(step_limit(wait, options_.idle_timeout));
      const auto read = [&](char* data, std::size_t size) {
        const auto got = connection->read(data, size, step_limit(wait, options_.idle_timeout));
        answered = answered || got > 0;
        pace.count(got);
        return got;
      };
      auto answer = read_answer(read, request.consumer, options_.body_limit);
      if (const auto& proxy = dialer_.proxy(); proxy && answer.response.status == 407)
        throw refused_by_proxy(*proxy, 407);
      if (answer.reusable) {
        kept_ = std::move(connection);
        kept_since_ = SteadyClock::now();
      }
      return std::move(answer.response);
    } catch (const TransportError& error) {
      stale_ = connection && connection->lost();
      if (error.fault() == Fault::proxy) throw;
      throw within(error, options_.base.origin());
    }
  }

  ClientOptions options_;
  Dialer dialer_;
  std::unique_ptr<Connection> kept_;
  sys::SteadyTime kept_since_{};
  bool dropped_kept_{};  ///< it has closed a kept connection under a request: nothing but repeatable ones go
                         ///< there
  bool stale_{};         ///< the last exchange failed because the other side had closed
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(ClientOptions options) {
  return std::make_unique<HttpTransport>(std::move(options));
}

}  // namespace kolega::net
