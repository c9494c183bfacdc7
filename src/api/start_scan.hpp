// Starts one batch and never two: what to do when the answer to the POST was lost, or the server says 409.
// The API has no idempotency key, so the list of scans is looked at before a second POST (RELIABILITY 4).
#pragma once

#include "api/run_context.hpp"

namespace kolega::api {

/// The batch of this type that this run began. Adopted from the list only when it is not finished and the
/// server created it after this run's POST began, by the server's own clock (the Date of its last answer and the time
/// since, or of the list where the POST was the first request; without any, by ours with 10 s of grace). A finished batch is never adopted. Throws what ended the
/// attempt: QuotaError, HttpError, net::TransportError, Error(api).
ScanBatch start_scan_once(const RunContext& context, ScanType type);

/// The same, one request at a time, for who has other things to do than to wait.
class StartAttempt {
 public:
  /// `paced`: who calls obeys the rate limit himself. Then a refusal by it, which says that nothing was done, does
  /// not count as an attempt, and one look at the list is enough after it.
  StartAttempt(ScanType type, bool paced);
  /// An earlier process may have sent the POST at or after `since` and knows no batch: the list is looked at
  /// first, and a batch that has ended since then is adopted, too, when it was made within minutes of `since`.
  static StartAttempt perhaps_started(ScanType type, Instant since, bool paced);

  /// The batch, or how long to wait before the next step.
  struct Step {
    std::optional<ScanBatch> batch{};
    Duration wait{};
  };
  /// Sends one POST or reads the list once. Throws as start_scan_once does; when the list could not be read
  /// (looking()), the step may be made again.
  Step step(const RunContext& context);
  /// Whether the next step reads the list; else it sends the POST.
  bool looking() const noexcept { return lost_.has_value(); }
  /// From when on, by the server's clock, a batch in the list is this attempt's.
  Instant since(const RunContext& context);
  /// There is no time to find out what became of a POST: throws that.
  [[noreturn]] void give_up() const;

  /// What became of a POST that gave no batch.
  struct LostPost {
    Error error;                      ///< to throw when nothing helps
    bool conflict{};                  ///< 409: something is running already
    bool limited{};                   ///< 429
    std::optional<Duration> asked{};  ///< Retry-After
    Duration took{};                  ///< from the POST to its loss
  };

 private:
  Step send(const RunContext& context);
  Step look(const RunContext& context);
  std::optional<Duration> next_look();
  void learn_clock(const RunContext& context);

  ScanType type_{};
  bool paced_{};
  int posts_{};
  std::size_t looks_{};
  Duration looked_{};               ///< for so long after the loss
  bool of_earlier_{};
  std::optional<Instant> since_{};
  std::optional<sys::SteadyTime> by_own_clock_{};  ///< when, if since_ is a guess by our clock
  std::optional<LostPost> lost_{};  ///< while it is not known what became of the last POST
};

}  // namespace kolega::api
