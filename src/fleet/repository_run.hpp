// One repository on its way: a state machine whose every step sends one request, so that nobody waits while it waits.
// Not for: when a step's turn comes (scheduler.hpp), judging (judge.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/batch_track.hpp"
#include "api/start_scan.hpp"
#include "fleet/look_plan.hpp"
#include "fleet/output_folder.hpp"
#include "fleet/scheduler.hpp"
#include "gate/inputs.hpp"

namespace kolega::fleet {

/// What is left of the organisation's quota, as all repositories see it. Thread-safe.
class QuotaWatch {
 public:
  /// Nothing: it could not be read, and the answers to the starts must tell.
  explicit QuotaWatch(std::optional<api::Quota> quota) : quota_(quota) {}
  /// Takes one scan of this type, or says why none can be started any more.
  std::optional<std::string> take(ScanType type);
  /// The scan was not started after all.
  void give_back(ScanType type);
  /// The API refused one: nothing of this type is asked for again.
  void spent(ScanType type, const std::string& why);

 private:
  std::mutex mutex_{};
  std::optional<api::Quota> quota_;
  std::vector<std::pair<std::string, std::string>> spent_{};  ///< quota and why
  std::vector<std::pair<std::string, std::int64_t>> taken_{};
};

/// What is the same for all repositories of one policy.
struct Assignment {
  gate::Inputs inputs{};                   ///< policy, scan types, baseline and what else is known before the scans
  PolicyMark mark{};
};

/// What steps share. The functions are called from several threads.
struct Surroundings {
  const sys::System& system;
  QuotaWatch& quota;
  /// The entry survives a kill when it returns, an intent a power cut, too.
  std::function<void(const BatchEntry&)> journal{};
  std::function<void(const std::string&)> note{};
  std::function<void(ScanType, Duration)> took{};        ///< a scan ended and took so long
  sys::SteadyTime deadline{};              ///< of the whole run
};

class RepositoryRun {
 public:
  /// `earlier`: what the journal holds of this repository, oldest first.
  RepositoryRun(std::string id, const Assignment& assignment, const std::vector<BatchEntry>& earlier,
                const Surroundings& surroundings, bool scout = false);

  using Place = std::function<sys::SteadyTime(const Look&)>;
  /// Its next step and when it is due; nothing when every batch has ended. `place` says when a look is.
  std::optional<Step> next(const Place& place);
  /// Makes the step that next() gave last. What goes wrong with a batch is a fact of that batch; throws what ends the repository, or, for a 401
  /// and a stop, the whole run.
  void step(api::Client& client);
  /// No time is left: every batch ends as it is.
  void end_in_timeout(const std::string& why);

  Instant began() const noexcept { return began_; }
  /// What was found out; empties the object.
  void collect(gate::Inputs& inputs);

 private:
  enum class Phase { reuse, start, poll, read, details, ended };
  struct Part {
    Part(Phase first, api::StartAttempt begun, api::BatchTrack followed, sys::SteadyTime when)
        : type(followed.batch.type), phase(first), attempt(std::move(begun)), track(std::move(followed)), due(when) {}

    ScanType type;
    Phase phase;
    api::StartAttempt attempt;
    api::BatchTrack track;
    sys::SteadyTime due;                   ///< but for looks, which `look` is for
    Look look{};
    sys::SteadyTime deadline{};
    int faults{};                          ///< transient ones in a row
    int refusals{};                        ///< by the rate limit, in a row, after its time had ended
    bool quota_taken{};
    bool in_doubt{};                       ///< a POST was cut off by the end of the whole: it may have arrived
  };

  /// `limit` from now, or the end of the whole run.
  sys::SteadyTime after(Duration limit) const;
  Part fresh(ScanType type) const;
  sys::SteadyTime due_of(const Part& part, const Place& place) const;
  static StepKind kind_of(Phase phase);
  void advance(Part& part, const api::RunContext& context);
  void look_for_reusable(Part& part, const api::RunContext& context);
  void start(Part& part, const api::RunContext& context);
  void started(Part& part, ScanBatch batch);
  void poll(Part& part, const api::RunContext& context);
  void look_later(Part& part, sys::SteadyTime now, Duration planned);
  void tell_time(const Part& part, sys::SteadyTime now) const;
  void read(Part& part, const api::RunContext& context);
  void read_details(Part& part, const api::RunContext& context);
  void end_read(Part& part);
  /// The batch of an earlier run came to nothing: there is another.
  void begin_anew(Part& part, const std::string& why);
  void end(Part& part, BatchEnding ending, std::string detail);
  /// The error that is being caught: true when the same step is made again later.
  bool again(Part& part, const Error& error);
  /// `error` is the one that is being caught: it ends the batch or, where no policy may soften it, is thrown on.
  void fail(Part& part, const Error& error);
  void note(const Part& part, BatchEntry::Step step, Instant at, std::string batch = {}) const;
  TextPool& pool();

  const Assignment& assignment_;
  const Surroundings& around_;
  api::RunnerOptions options_{};
  std::vector<Part> parts_{};
  std::size_t picked_{};                   ///< whose step comes next
  bool scout_{};
  std::shared_ptr<TextPool> pool_{};
  std::uint32_t next_twin_{1};
  Instant began_{};
  sys::SteadyTime start_{};
};

}  // namespace kolega::fleet
