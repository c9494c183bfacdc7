#include "fleet/fleet_run.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>

#include "fleet/crew.hpp"
#include "fleet/intents.hpp"
#include "fleet/traffic.hpp"
#include "gate/record.hpp"

namespace kolega::fleet {

namespace {

using sys::SteadyTime;

constexpr Duration rate_window{3'000};
/// How often what has ended is written down for good: a wait for the disk serves all of them.
constexpr Duration settle_rhythm{100};
/// How much may have ended and not be written down: the record of each is an open file.
constexpr std::size_t most_pending = 64;
constexpr Duration replaced{5'000};

/// A repository that is on its way. Only one thread has it at a time.
struct Running {
  std::size_t index{};
  std::unique_ptr<RepositoryRun> run{};
};

/// What a worker of the crew keeps.
struct Desk {
  std::unique_ptr<PacedTransport> transport{};
  std::optional<api::Client> client{};
};

/// A transport that somebody else has.
class Borrowed final : public net::Transport {
 public:
  explicit Borrowed(net::Transport& owned) : owned_(owned) {}
  net::Response send(const net::Request& request, const net::Wait& wait) override { return owned_.send(request, wait); }

 private:
  net::Transport& owned_;
};

bool ends_fleet(const Error& error) {
  if (error.kind() == ErrorKind::interrupted || error.kind() == ErrorKind::output) return true;
  const auto* http = dynamic_cast<const api::HttpError*>(&error);
  return http && http->status() == 401;
}

class Fleet {
 public:
  Fleet(const std::vector<Member>& members, const std::vector<Assignment>& assignments, const Subject& base,
        OutputFolder& folder, const FleetOptions& options, const Hooks& hooks, const sys::System& system,
        const std::function<void(const Progress&)>& progress)
      : members_(members),
        assignments_(assignments),
        base_(base),
        folder_(folder),
        options_(options),
        hooks_(hooks),
        outer_(system),
        system_(system),
        tell_progress_(progress),
        start_(system.steady()),
        deadline_(options.timeout ? start_ + *options.timeout : SteadyTime::max()),
        desks_(static_cast<std::size_t>(options.connections)),
        traffic_(system_, options.connections, [this] { look_again(); }) {
    system_.stop = stop_.get_token();
    for (const auto& assignment : assignments_) policies_.push_back(gate::write_policy_once(assignment.inputs.policy));
  }

  Ending run() {
    const std::stop_callback on_signal(outer_stop(), [this] { stop_.request_stop(); wake(); });
    prepare();
    keep_books();
    if (crew_) end_work();
    Ending ending;
    ending.progress = figures();
    ending.error = fatal_;
    if (!ending.error && outer_stop().stop_requested())
      ending.error = Error(ErrorKind::interrupted, "interrupted");
    return ending;
  }

 private:
  std::stop_token outer_stop() const { return outer_.stop; }

  void wake() {
    const std::lock_guard lock(mutex_);
    change_.notify_all();
  }

  void look_again() {
    const std::lock_guard lock(mutex_);
    if (crew_) crew_->look_again();
  }

  void prepare() {
    auto earlier = folder_.take_earlier();
    std::map<std::string, bool, std::less<>> done;
    for (const auto& result : earlier.results) {
      done[result.repository_id] = settled(result);
      if (settled(result)) read_record_bytes(options_.folder, result);  // a result without its record proves nothing
    }
    for (auto& entry : earlier.batches) journal_[entry.repository_id].push_back(std::move(entry));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto found = done.find(members_[i].selected.id);
      if (found != done.end() && found->second) {
        ++before_;
        continue;
      }
      scheduler_.add({i, StepKind::start, start_});
    }
    ended_ = before_;
    left_ = members_.size() - before_;
    if (left_ == 0) return;
    quota_.emplace(read_quota());
    intents_.emplace(folder_, system_, expected_starts(done));
    around_.emplace(Surroundings{
        system_, *quota_, [this](const BatchEntry& entry) { write_down(entry); },
        [this](const std::string& text) { add_note(text); }, [this](ScanType type, Duration took) { learn(type, took); },
        deadline_});
  }

  /// Where an earlier run left nothing and nothing is reused, a start is what comes first.
  std::vector<Intents::Expected> expected_starts(const std::map<std::string, bool, std::less<>>& done) const {
    std::vector<Intents::Expected> out;
    for (const auto& member : members_) {
      const auto& inputs = assignments_[member.assignment].inputs;
      const auto& id = member.selected.id;
      if (inputs.policy->scan.reuse || done.contains(id) || journal_.contains(id)) continue;
      out.push_back({id, inputs.scan_types});
    }
    return out;
  }

  /// Where a batch is missing that its intent was followed by, the list of scans is looked at: that may be lost with the
  /// machine, the intent may not.
  void write_down(const BatchEntry& entry) {
    if (entry.step == BatchEntry::Step::intent) return intents_->note(entry);
    folder_.note({entry}, false);
  }

  /// Once, before anything is spent. A key that may start scans need not be allowed to read it.
  std::optional<api::Quota> read_quota() {
    PacedTransport transport(hooks_.connect(), traffic_, system_);
    api::Client client(transport, options_.token, {deadline_, system_.stop}, system_.steady);
    std::optional<api::Quota> quota;
    try {
      quota = client.quota();
    } catch (const Error& error) {
      if (ends_fleet(error)) {
        fatal_ = error;
      } else {
        add_note(error.message());
      }
    }
    clock_ = client.server_clock();
    return quota;
  }

  // The thread that called: it settles what has ended, in groups, and tells of it.

  void keep_books() {
    if (left_ == 0 || fatal_) return;
    {
      const std::lock_guard lock(mutex_);
      crew_.emplace(mutex_, desks_.size(), Crew::Orders{[this] { return take_job(); }, [this] { return next_job(); }});
      crew_->look_again();
    }
    auto next_tick = start_;
    while (true) {
      settle();
      deliver();
      std::unique_lock lock(mutex_);
      if (fatal_ || left_ == 0 || system_.stop.stop_requested()) return;
      const auto now = system_.steady();
      if (now >= deadline_) {
        lock.unlock();
        return end_the_rest();
      }
      if (now >= next_tick) {
        next_tick = now + options_.tick;
        lock.unlock();
        tell_progress_(figures());
        continue;
      }
      const auto until = std::min({next_tick, now + settle_rhythm, deadline_});
      change_.wait_until(lock, until, [this] { return pending_.size() == left_ || fatal_ || system_.stop.stop_requested(); });
    }
  }

  /// Writes down for good what has ended since the last time, if that is so much.
  void settle(std::size_t least = 1) {
    const std::lock_guard one_at_a_time(settling_);
    std::vector<OutputFolder::Ended> ended;
    {
      const std::lock_guard lock(mutex_);
      if (pending_.size() < least) return;
      ended.swap(pending_);
    }
    std::vector<Result> results;
    for (const auto& one : ended) results.push_back(one.result);
    try {
      folder_.settle(std::move(ended));
    } catch (const Error& error) {
      return set_fatal(error);
    }
    const std::lock_guard lock(mutex_);
    ended_ += results.size();
    left_ -= results.size();
    std::ranges::move(results, std::back_inserter(finished_));
    if (pending_.size() == left_) change_.notify_all();
  }

  /// The whole run's time is over: what runs ends as it is, what never began too.
  void end_the_rest() {
    stop_.request_stop();
    crew_->finish();
    std::vector<std::size_t> rest;
    while (const auto step = scheduler_.take(SteadyTime::max())) rest.push_back(step->repository);
    for (const auto index : rest) {
      auto running = running_of(index);
      try {
        require_run(*running);
        running->run->end_in_timeout(no_time());
        conclude(*running, nullptr, std::nullopt);
      } catch (const Error& error) {
        return set_fatal(error);
      }
      deliver();
      if (is_fatal()) return;
    }
  }

  std::string no_time() const {
    return "the timeout of " + format_duration(options_.timeout.value_or(Duration{})) + " for the whole run ended";
  }

  bool is_fatal() {
    const std::lock_guard lock(mutex_);
    return fatal_.has_value();
  }

  /// What was ended before the work stopped is still written down, and what will not be started is taken back.
  void end_work() {
    crew_->finish();
    settle();
    deliver();
    try {
      intents_->close();
    } catch (const Error& error) {
      set_fatal(error);
    }
  }

  void deliver() {
    std::vector<Result> finished;
    std::vector<std::string> notes;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
      notes.swap(notes_);
    }
    if (hooks_.note) {
      for (const auto& text : notes) hooks_.note(text);
    }
    if (hooks_.tell) {
      for (const auto& result : finished) hooks_.tell(result);
    }
  }

  Progress figures() {
    const auto traffic = traffic_.figures();
    const auto now = system_.steady();
    const std::lock_guard lock(mutex_);
    Progress out;
    out.total = members_.size();
    out.before = before_;
    out.ended = ended_;
    out.running = running_.size();
    out.requests = traffic.requests;
    out.refused = traffic.refused;
    out.rate = traffic.rate;
    out.elapsed = std::chrono::duration_cast<Duration>(now - start_);
    if (traffic.paused_until > now) out.paused = std::chrono::duration_cast<Duration>(traffic.paused_until - now);
    samples_.emplace_back(now, traffic.requests);
    while (samples_.size() > 2 && now - samples_.front().first > rate_window) samples_.pop_front();
    const auto span = std::chrono::duration<double>(now - samples_.front().first).count();
    if (span > 0) out.sent_rate = static_cast<double>(traffic.requests - samples_.front().second) / span;
    const auto done = ended_ - before_;
    if (done > 0 && left_ > 0) out.eta = out.elapsed * static_cast<Duration::rep>(left_) / static_cast<Duration::rep>(done);
    return out;
  }

  // The workers. Under the lock: what may be done now.

  Crew::Job take_job() {
    const auto now = system_.steady();
    if (fatal_ || system_.stop.stop_requested() || now >= deadline_) return {};
    while (true) {
      const auto due = scheduler_.next_due();
      if (!due || *due > now || traffic_.next(now) > now) return {};
      const auto step = *scheduler_.take(now, looks_.starts(load()));
      auto repository = running_of(step.repository);
      if (put_off(*repository, now)) continue;
      if (!traffic_.take(now)) {
        scheduler_.add(step);
        return {};
      }
      return [this, repository](std::size_t worker) { work(*repository, desks_[worker]); };
    }
  }

  SteadyTime next_job() {
    const auto now = system_.steady();
    if (fatal_ || system_.stop.stop_requested() || now >= deadline_) return SteadyTime::max();
    const auto due = scheduler_.next_due();
    if (!due) return SteadyTime::max();
    return std::max(*due, traffic_.next(now));
  }

  std::shared_ptr<Running> running_of(std::size_t index) {
    auto& entry = running_[index];
    if (!entry) entry = std::make_shared<Running>(Running{index, nullptr});
    return entry;
  }

  Load load() const { return {left_ - pending_.size(), scheduler_.waiting(StepKind::poll), traffic_.figures().rate}; }

  std::optional<Step> next_step(Running& running) {
    bool scouting = false;
    auto step = running.run->next([&](const Look& look) {
      scouting = scouting || (look.scout && !looks_.knows(look.type));
      return looks_.place(look, load());
    });
    if (!step) return step;
    step->repository = running.index;
    if (step->kind == StepKind::poll && scouting) step->kind = StepKind::scout;
    // What is learnt meanwhile may bring a look forward: it is placed anew now and then, which costs no request.
    if (step->kind == StepKind::poll) step->due = std::min(step->due, system_.steady() + replaced);
    return step;
  }

  /// A look that was placed when less was known: true when it is not due after all.
  bool put_off(Running& running, SteadyTime now) {
    if (!running.run) return false;
    const auto step = next_step(running);
    if (!step || step->due <= now) return false;
    scheduler_.add(*step);
    return true;
  }

  void learn(ScanType type, Duration took) {
    const std::lock_guard lock(mutex_);
    looks_.ended(type, took);
  }

  void work(Running& running, Desk& desk) {
    try {
      if (!desk.client) {
        desk.transport = std::make_unique<PacedTransport>(hooks_.connect(), traffic_, system_);
        desk.client.emplace(*desk.transport, options_.token, net::Wait{deadline_, system_.stop}, system_.steady);
        desk.client->set_server_clock(clock_);
      }
      perform(running, *desk.transport, *desk.client);
    } catch (const Error& error) {
      set_fatal(error);
    } catch (const std::exception& error) {
      set_fatal(Error(ErrorKind::internal, error.what()));
    }
  }

  void require_run(Running& running) {
    if (running.run) return;
    const auto& member = members_[running.index];
    const auto known = journal_.find(member.selected.id);
    static const std::vector<BatchEntry> none;
    running.run = std::make_unique<RepositoryRun>(member.selected.id, assignments_[member.assignment],
                                                  known == journal_.end() ? none : known->second, *around_,
                                                  begun_++ < LookPlan::scouts);
  }

  /// One step; then either the next is planned or the repository has ended. One repository's fault ends no other.
  void perform(Running& running, PacedTransport& transport, api::Client& client) {
    transport.begin_step();
    std::optional<Error> fault;
    try {
      require_run(running);
      running.run->step(client);
    } catch (const Error& error) {
      transport.end_step();
      if (ends_fleet(error)) {
        put_back(running);
        throw;
      }
      fault = error;
    } catch (const std::exception& error) {
      fault = Error(ErrorKind::internal, error.what());
    }
    transport.end_step();
    if (!fault) {
      const std::lock_guard lock(mutex_);
      if (const auto next = next_step(running)) return scheduler_.add(*next);
    }
    conclude(running, &transport, fault);
  }

  /// What was interrupted still is to be told of when the time of the whole is over.
  void put_back(const Running& running) {
    const std::lock_guard lock(mutex_);
    scheduler_.add({running.index, StepKind::poll, system_.steady()});
  }

  void conclude(Running& running, PacedTransport* transport, const std::optional<Error>& fault) {
    const auto& member = members_[running.index];
    const auto& assignment = assignments_[member.assignment];
    OutputFolder::Ended ended;
    auto& result = ended.result;
    try {
      auto record = gate::decide(inputs_of(running, transport, fault));
      const int code = hooks_.exit_code(record);
      auto draft = folder_.draft_record(member.selected.id, record, policies_[member.assignment]);
      result = result_of(record, code);
      result.record = std::move(draft.mark);
      ended.record.emplace(std::move(draft.file));
    } catch (const Error& error) {
      if (ends_fleet(error)) throw;
      result = failed(error);
    }
    result.repository_id = member.selected.id;
    result.repository = member.selected.name;
    result.policy = assignment.mark;
    result.began = running.run ? running.run->began() : system_.now();
    result.ended = system_.now();
    hand_in(running.index, std::move(ended));
  }

  /// Whoever brings too much together writes it down himself: the thread that keeps the books may be held up by whom it
  /// tells, and waits for the workers when the time is over.
  void hand_in(std::size_t index, OutputFolder::Ended ended) {
    {
      const std::lock_guard lock(mutex_);
      running_.erase(index);
      pending_.push_back(std::move(ended));
      if (pending_.size() == left_) change_.notify_all();
      if (pending_.size() < most_pending) return;
    }
    settle(most_pending);
  }

  gate::Inputs inputs_of(Running& running, PacedTransport* transport, const std::optional<Error>& fault) {
    const auto& member = members_[running.index];
    auto inputs = assignments_[member.assignment].inputs;
    inputs.subject = base_;
    inputs.subject.repository_id = member.selected.id;
    inputs.subject.repository = member.full_name;
    if (running.run) {
      if (fault) running.run->end_in_timeout("the work on this repository ended: " + fault->message());
      running.run->collect(inputs);
    }
    if (fault) inputs.gaps.push_back(hooks_.gap_of(*fault));
    if (!fault && transport && hooks_.read_baseline) read_baseline(*transport, inputs);
    inputs.at = system_.now();
    return inputs;
  }

  /// The batches are in `inputs` and nowhere else by now: when the time of the whole ends this, that is one fact more.
  /// It is no step that can be made again, so what passes is waited for here.
  void read_baseline(PacedTransport& transport, gate::Inputs& inputs) {
    const auto now = system_.steady();
    const auto left = std::chrono::duration_cast<Duration>(deadline_ - now);
    const auto timeout = std::min(inputs.policy->scan.timeout, std::max(left, Duration{}));
    const auto retrying = net::make_retrying(std::make_unique<Borrowed>(transport), system_, {});
    api::Client client(*retrying, options_.token, {now + timeout, system_.stop}, system_.steady);
    try {
      hooks_.read_baseline(client, system_, timeout, inputs);
    } catch (const Error& error) {
      const bool stopped = error.kind() == ErrorKind::interrupted && is_out_of_time();
      if (!stopped && ends_fleet(error)) throw;
      inputs.gaps.push_back(
          hooks_.gap_of(stopped ? Error(ErrorKind::timeout, no_time() + " while the baseline was read") : error));
    }
  }

  /// The stop is our own, for no other reason than the deadline.
  bool is_out_of_time() {
    return system_.stop.stop_requested() && !outer_stop().stop_requested() && !is_fatal();
  }

  Result failed(const Error& error) const {
    Result result;
    result.state = State::failed;
    const auto gap = hooks_.gap_of(error);
    result.causes.push_back({gap.cause, gap.detail, gap.hint, false});
    result.error = error.message();
    gate::DecisionRecord nothing;
    nothing.verdict.outcome = gate::Outcome::incomplete;
    nothing.verdict.incomplete.push_back({});
    nothing.verdict.incomplete.back().cause = gap.cause;
    result.exit_code = hooks_.exit_code(nothing);
    return result;
  }

  void add_note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(text);
  }

  void set_fatal(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      // A stop of our own making says nothing.
      const bool stopped = error.kind() == ErrorKind::interrupted;
      if (!fatal_ && !(stopped && system_.stop.stop_requested())) fatal_ = error;
    }
    stop_.request_stop();
    wake();
  }

  const std::vector<Member>& members_;
  const std::vector<Assignment>& assignments_;
  std::vector<gate::WrittenPolicy> policies_{};  ///< of each assignment, as its records hold it
  const Subject& base_;
  OutputFolder& folder_;
  const FleetOptions& options_;
  const Hooks& hooks_;
  const sys::System& outer_;
  sys::System system_;                     ///< the same with a stop of our own
  const std::function<void(const Progress&)>& tell_progress_;
  std::stop_source stop_{};
  SteadyTime start_;
  SteadyTime deadline_;
  std::vector<Desk> desks_;
  Traffic traffic_;
  std::optional<QuotaWatch> quota_{};
  std::optional<api::ServerClock> clock_{};  ///< before anything was started: what is written down is dated by it
  std::optional<Intents> intents_{};
  std::optional<Surroundings> around_{};
  std::map<std::string, std::vector<BatchEntry>, std::less<>> journal_{};  ///< of earlier runs

  std::mutex settling_{};                  ///< taken before `mutex_`
  std::mutex mutex_{};
  std::condition_variable change_{};
  Scheduler scheduler_{};
  LookPlan looks_{};
  std::map<std::size_t, std::shared_ptr<Running>> running_{};
  std::vector<OutputFolder::Ended> pending_{};  ///< not yet on disk
  std::vector<Result> finished_{};
  std::vector<std::string> notes_{};
  std::deque<std::pair<SteadyTime, std::uint64_t>> samples_{};
  std::optional<Error> fatal_{};
  std::size_t before_{};
  std::size_t ended_{};
  std::size_t left_{};
  std::atomic<std::size_t> begun_{};
  std::optional<Crew> crew_{};             ///< last: it ends before what it uses
};

}  // namespace

Ending run_fleet(const std::vector<Member>& members, const std::vector<Assignment>& assignments, const Subject& base,
                 OutputFolder& folder, const FleetOptions& options, const Hooks& hooks, const sys::System& system,
                 const std::function<void(const Progress&)>& progress) {
  return Fleet(members, assignments, base, folder, options, hooks, system, progress).run();
}

}  // namespace kolega::fleet
