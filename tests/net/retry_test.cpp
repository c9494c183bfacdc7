#include <doctest/doctest.h>

#include <deque>
#include <variant>

#include "net/retry_policy.hpp"
#include "support/fake_time.hpp"

using namespace kolega;
using namespace std::chrono_literals;
using Fault = net::TransportError::Fault;
using net::Response;
using net::TransportError;

namespace {

using Step = std::variant<Response, TransportError>;

Response answer(int status, net::Headers headers = {}) {
  return {status, std::move(headers), {}};
}

/// Says what it was told to, then 200 for ever.
class Scripted final : public net::Transport {
 public:
  explicit Scripted(std::deque<Step> steps) : steps_(std::move(steps)) {}
  Response send(const net::Request&, const net::Wait&) override {
    ++sent;
    if (steps_.empty()) return answer(200);
    const auto step = steps_.front();
    steps_.pop_front();
    if (const auto* error = std::get_if<TransportError>(&step)) throw *error;
    return std::get<Response>(step);
  }
  int sent{};

 private:
  std::deque<Step> steps_;
};

struct Run {
  explicit Run(std::deque<Step> steps, net::RetryOptions options = {}, double random = 0.5) {
    auto scripted = std::make_unique<Scripted>(std::move(steps));
    inner = scripted.get();
    transport = net::make_retrying(std::move(scripted), time.system(random), options,
                                   [this](const std::string& note) { notes.push_back(note); });
  }
  Response get(Duration patience = 1h) { return transport->send({}, {time.in(patience), {}}); }
  Response post(Duration patience = 1h) {
    net::Request request;
    request.method = "POST";
    request.repeatable = false;
    return transport->send(request, {time.in(patience), {}});
  }
  test::FakeTime time;
  Scripted* inner{};
  std::vector<std::string> notes;
  std::unique_ptr<net::Transport> transport;
};

TransportError fault(Fault kind, bool maybe_sent = true) {
  return {kind, maybe_sent, "no luck"};
}

}  // namespace

TEST_CASE("which statuses are repeated") {
  for (int status = 100; status < 600; ++status) {
    const auto repeated =
        status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
    INFO(status);
    Run get({answer(status)});
    CHECK(get.get().status == (repeated ? 200 : status));
    CHECK(get.inner->sent == (repeated ? 2 : 1));
    Run post({answer(status)});
    CHECK(post.post().status == status);
    CHECK(post.inner->sent == 1);
  }
}

TEST_CASE("which faults are repeated") {
  for (const auto kind :
       {Fault::resolve, Fault::connect, Fault::tls, Fault::proxy, Fault::send, Fault::receive}) {
    Run get({fault(kind)});
    CHECK(get.get().status == 200);
    CHECK(get.inner->sent == 2);
    Run post({fault(kind, true)});
    CHECK_THROWS_AS(post.post(), TransportError);
    CHECK(post.inner->sent == 1);
    Run unsent({fault(kind, false)});
    CHECK(unsent.post().status == 200);
  }
  for (const auto kind : {Fault::protocol, Fault::too_large, Fault::deadline, Fault::stopped}) {
    Run get({fault(kind)});
    CHECK_THROWS_AS(get.get(), TransportError);
    CHECK(get.inner->sent == 1);
  }
  Run certificate({fault(Fault::tls).never_retry()});
  CHECK_THROWS_AS(certificate.get(), TransportError);
  CHECK(certificate.inner->sent == 1);
}

TEST_CASE("waits grow, are capped, and jitter over the whole range") {
  const net::RetryOptions options;
  CHECK(net::backoff(0, options, 0.0) == 0ms);
  CHECK(net::backoff(0, options, 0.5) == 250ms);
  CHECK(net::backoff(3, options, 0.5) == 2s);
  CHECK(net::backoff(6, options, 0.5) == 10s);
  CHECK(net::backoff(2000, options, 0.5) == 10s);
  Run run(std::deque<Step>(4, answer(500)));
  CHECK(run.get().status == 200);
  CHECK(run.time.sleeps == std::vector<Duration>{250ms, 500ms, 1s, 2s});
  CHECK(run.notes.at(0) == "the server answered 500; trying again in 0.2s");
}

TEST_CASE("Retry-After") {
  struct Row {
    std::string value;
    std::optional<Duration> asked;
  };
  const std::vector<Row> rows{
      {"0", 0s},
      {"7", 7s},
      {" 7 ", 7s},
      {"-5", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"", std::nullopt},
      {"99999999999999999999999", Duration::max()},
      {"9223372036854775807", Duration::max()},
      {"Sun, 01 Mar 2026 12:00:09 GMT", 9s},
      {"Sun, 01 Mar 2026 11:00:00 GMT", 0s},
      {"Sun, 31 Feb 2026 12:00:09 GMT", std::nullopt},
      {"Sun, 01 Mar 2026 25:00:09 GMT", std::nullopt},
      {"Sun, 01 Mar 2026 12:00:09 CET", std::nullopt},
      {"Sun Mar  1 12:00:09 2026", std::nullopt},
  };
  const auto now = *parse_instant("2026-03-01T12:00:00Z");
  for (const auto& row : rows) {
    INFO(row.value);
    CHECK(net::asked_wait(answer(429, {{"retry-after", row.value}}), now) == row.asked);
  }
  CHECK(net::asked_wait(answer(429), now) == std::nullopt);
  // A server whose clock is an hour ahead.
  const net::Headers ahead{{"Date", "Sun, 01 Mar 2026 13:00:00 GMT"},
                           {"Retry-After", "Sun, 01 Mar 2026 13:00:04 GMT"}};
  CHECK(net::asked_wait(answer(503, ahead), now) == 4s);
}

TEST_CASE("the server's wait is kept, with a floor and a little on top") {
  const auto slept = [](const std::string& value, int status) {
    Run run({answer(status, {{"Retry-After", value}})});
    CHECK(run.get().status == 200);
    return run.time.sleeps.at(0);
  };
  CHECK(slept("3", 429) == 3250ms);
  CHECK(slept("3", 503) == 3250ms);
  CHECK(slept("0", 429) == 1250ms);
  CHECK(slept("Sun, 01 Mar 2026 11:00:00 GMT", 503) == 1250ms);
  CHECK(slept("garbage", 429) == 1s);
  CHECK(slept("garbage", 502) == 250ms);
}

TEST_CASE("a wait that is too long fails at once and says so") {
  Run beyond({answer(429, {{"Retry-After", "100"}})});
  try {
    beyond.get(50s);
    FAIL("no error");
  } catch (const TransportError& error) {
    CHECK(error.kind() == ErrorKind::timeout);
    CHECK(error.message() ==
          "the server answered 429 and asks to wait 1m 40s: longer than the 50s that are left");
  }
  CHECK(beyond.time.sleeps.empty());
  Run absurd({answer(503, {{"Retry-After", "99999999999999999999"}})});
  CHECK_THROWS_AS(absurd.get(), TransportError);
  Run capped({answer(503, {{"Retry-After", "301"}})});
  CHECK_THROWS_AS(capped.get(), TransportError);
  Run at_cap({answer(503, {{"Retry-After", "300"}})});
  CHECK(at_cap.get().status == 200);
  Run endless({answer(503, {{"Retry-After", "99999999999999999999"}})});
  CHECK_THROWS_AS(endless.transport->send({}, {}), TransportError);
}

TEST_CASE("no wait goes past the deadline: the last answer or fault stands") {
  Run status(std::deque<Step>(50, answer(500)));
  CHECK(status.get(2s).status == 500);
  Run broken(std::deque<Step>(50, fault(Fault::connect, false)));
  try {
    broken.get(2s);
    FAIL("no error");
  } catch (const TransportError& error) {
    CHECK(error.fault() == Fault::connect);
  }
  CHECK(broken.time.in(0s) <= sys::SteadyTime{1000h + 2s});
}

TEST_CASE("one budget for all calls: an outage drains it, and then everything fails at the first attempt") {
  net::RetryOptions options;
  options.budget = 3;
  Run run(std::deque<Step>(7, answer(500)), options);
  CHECK(run.get().status == 500);
  CHECK(run.inner->sent == 4);
  CHECK(run.get().status == 500);
  CHECK(run.inner->sent == 5);
  CHECK(run.get().status == 500);
  CHECK(run.inner->sent == 6);
  // A POST has no repeats of its own, but draws on the same budget where it was not sent.
  Run unsent(std::deque<Step>(7, fault(Fault::connect, false)), options);
  CHECK_THROWS_AS(unsent.post(), TransportError);
  CHECK(unsent.inner->sent == 4);
  CHECK_THROWS_AS(unsent.post(), TransportError);
  CHECK(unsent.inner->sent == 5);
}

TEST_CASE("the budget comes back: by a repeat that helped, and by five answers at the first attempt") {
  net::RetryOptions options;
  options.budget = 1;
  std::deque<Step> stumbling;
  for (int i = 0; i < 50; ++i) stumbling.insert(stumbling.end(), {answer(503), answer(200)});
  Run helped(stumbling, options);
  for (int i = 0; i < 50; ++i) CHECK(helped.get().status == 200);

  // A repeat that did not help is gone until five calls went well.
  for (const int good : {4, 5}) {
    std::deque<Step> steps{answer(500), answer(500)};
    for (int i = 0; i < good; ++i) steps.emplace_back(answer(200));
    steps.emplace_back(answer(500));
    Run run(steps, options);
    CHECK(run.get().status == 500);
    for (int i = 0; i < good; ++i) CHECK(run.get().status == 200);
    CHECK(run.get().status == (good == 5 ? 200 : 500));
  }
  // It never grows beyond what it was.
  Run rich(std::deque<Step>{}, options);
  for (int i = 0; i < 100; ++i) rich.get();
  CHECK(rich.inner->sent == 100);
  Run drained({answer(200), answer(200), answer(200), answer(200), answer(200), answer(200), answer(500),
               answer(500), answer(500)},
              options);
  for (int i = 0; i < 6; ++i) drained.get();
  CHECK(drained.get().status == 500);
  CHECK(drained.inner->sent == 8);
}

TEST_CASE("an outage of half an hour: a bounded number of attempts, whatever chance says") {
  for (const double random : {0.0, 0.1, 0.5, 0.999}) {
    for (const bool refused : {true, false}) {
      INFO(random, refused);
      Run run(refused ? std::deque<Step>(1000, fault(Fault::connect, false))
                      : std::deque<Step>(1000, answer(503)),
              {}, random);
      try {
        run.get(30min);
      } catch (const TransportError&) {
      }
      CHECK(run.inner->sent <= 41);
      CHECK(run.time.in(0s) <= sys::SteadyTime{1000h + 30min});
      for (const auto& sleep : run.time.sleeps) CHECK(sleep <= 20s);
    }
  }
}

TEST_CASE("a stop ends the wait") {
  Run run({answer(500)});
  std::stop_source stop;
  stop.request_stop();
  try {
    run.transport->send({}, {run.time.in(1h), stop.get_token()});
    FAIL("no error");
  } catch (const TransportError& error) {
    CHECK(error.kind() == ErrorKind::interrupted);
  }
}
