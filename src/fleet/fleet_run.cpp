#include "fleet/fleet_run.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

#include "fleet/traffic.hpp"
#include "gate/record.hpp"

namespace kolega::fleet {

namespace {

using sys::SteadyTime;

constexpr Duration rate_window{3'000};

/// A repository that is on its way. Only one thread has it at a time.
struct Running {
  std::size_t index{};
  std::unique_ptr<RepositoryRun> run{};
};

struct Task {
  Step step{};
  std::shared_ptr<Running> repository{};
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
        traffic_(system_, options.connections, [this] { wake(); }) {
    system_.stop = stop_.get_token();
  }

  Ending run() {
    const std::stop_callback on_signal(outer_stop(), [this] { stop_.request_stop(); wake(); });
    prepare();
    dispatch();
    finish_workers();
    deliver();
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
    if (left_ > 0) quota_.emplace(read_quota());
    around_.emplace(Surroundings{
        system_, *quota_, [this](const BatchEntry& entry) { folder_.note(entry); },
        [this](const std::string& text) { add_note(text); }, [this](Duration planned) { return spread(planned); },
        deadline_});
  }

  /// Once, before anything is spent. A key that may start scans need not be allowed to read it.
  std::optional<api::Quota> read_quota() {
    PacedTransport transport(hooks_.connect(), traffic_, system_);
    api::Client client(transport, options_.token, {deadline_, system_.stop});
    try {
      return client.quota();
    } catch (const Error& error) {
      if (ends_fleet(error)) {
        fatal_ = error;
      } else {
        add_note(error.message());
      }
      return std::nullopt;
    }
  }

  // The thread that called: it takes due steps and hands them out.

  void dispatch() {
    auto next_tick = start_;
    while (true) {
      deliver();
      std::unique_lock lock(mutex_);
      if (fatal_ || left_ == 0 || system_.stop.stop_requested()) return;
      const auto now = system_.steady();
      if (now >= deadline_) {
        lock.unlock();
        end_the_rest();
        return;
      }
      const auto until = hand_out(now);
      if (now >= next_tick) {
        next_tick = now + options_.tick;
        lock.unlock();
        tell_progress_(figures());
        continue;
      }
      if (!finished_.empty() || !notes_.empty()) continue;
      change_.wait_until(lock, std::min({until, next_tick, deadline_}));
    }
  }

  /// As many as may go out now. Gives when to look again. Under the lock.
  SteadyTime hand_out(SteadyTime now) {
    while (true) {
      const auto due = scheduler_.next_due();
      if (!due) return SteadyTime::max();
      if (*due > now) return *due;
      if (idle_ <= tasks_.size() && workers_.size() >= static_cast<std::size_t>(options_.connections))
        return SteadyTime::max();  // a worker wakes us
      const auto permit = take_permit();
      if (!permit.granted) return permit.when.value_or(SteadyTime::max());
      const auto step = *scheduler_.take(now);
      tasks_.push_back({step, running_of(step.repository)});
      if (idle_ < tasks_.size()) workers_.emplace_back([this] { work(); });
      work_.notify_one();
    }
  }

  /// The traffic wakes us under its own lock's absence; it never holds it while it does.
  Traffic::Permit take_permit() { return traffic_.take(); }

  std::shared_ptr<Running> running_of(std::size_t index) {
    auto& entry = running_[index];
    if (!entry) entry = std::make_shared<Running>(Running{index, nullptr});
    return entry;
  }

  /// The whole run's time is over: what runs ends as it is, what never began too.
  void end_the_rest() {
    stop_.request_stop();
    finish_workers();
    std::vector<std::size_t> rest;
    {
      const std::lock_guard lock(mutex_);
      while (const auto step = scheduler_.take(SteadyTime::max())) rest.push_back(step->repository);
      for (const auto& task : tasks_) rest.push_back(task.step.repository);
      tasks_.clear();
    }
    const auto why = "the timeout of " + format_duration(options_.timeout.value_or(Duration{})) +
                     " for the whole run ended";
    for (const auto index : rest) {
      auto running = running_of(index);
      try {
        require_run(*running);
        running->run->end_in_timeout(why);
        conclude(*running, nullptr, std::nullopt);
      } catch (const Error& error) {
        set_fatal(error);
        return;
      }
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

  void finish_workers() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      work_.notify_all();
    }
    workers_.clear();  // joins
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

  // The workers.

  void work() {
    std::unique_ptr<PacedTransport> transport;
    std::optional<api::Client> client;
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      work_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
      --idle_;
      if (closing_ && (tasks_.empty() || system_.stop.stop_requested())) return;
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      try {
        if (!client) {
          transport = std::make_unique<PacedTransport>(hooks_.connect(), traffic_, system_);
          client.emplace(*transport, options_.token, net::Wait{deadline_, system_.stop});
        }
        perform(*task.repository, *transport, *client);
      } catch (const Error& error) {
        set_fatal(error);
      } catch (const std::exception& error) {
        set_fatal(Error(ErrorKind::internal, error.what()));
      }
      lock.lock();
      change_.notify_all();
    }
  }

  void require_run(Running& running) {
    if (running.run) return;
    const auto& member = members_[running.index];
    const auto known = journal_.find(member.selected.id);
    static const std::vector<BatchEntry> none;
    running.run = std::make_unique<RepositoryRun>(member.selected.id, assignments_[member.assignment],
                                                  known == journal_.end() ? none : known->second, *around_);
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
      if (auto next = running.run->next()) {
        next->repository = running.index;
        const std::lock_guard lock(mutex_);
        return scheduler_.add(*next);
      }
    }
    conclude(running, &client, fault);
  }

  /// What was interrupted still is to be told of when the time of the whole is over.
  void put_back(const Running& running) {
    const std::lock_guard lock(mutex_);
    scheduler_.add({running.index, StepKind::poll, system_.steady()});
  }

  void conclude(Running& running, api::Client* client, const std::optional<Error>& fault) {
    const auto& member = members_[running.index];
    const auto& assignment = assignments_[member.assignment];
    Result result;
    try {
      auto record = gate::decide(inputs_of(running, client, fault));
      const int code = hooks_.exit_code(record);
      const auto mark = folder_.write_record(member.selected.id, record);
      result = result_of(record, code);
      result.record = mark;
    } catch (const Error& error) {
      if (ends_fleet(error)) throw;
      result = failed(error);
    }
    result.repository_id = member.selected.id;
    result.repository = member.selected.name;
    result.policy = assignment.mark;
    result.began = running.run ? running.run->began() : system_.now();
    result.ended = system_.now();
    folder_.add(result);
    const std::lock_guard lock(mutex_);
    running_.erase(running.index);
    ++ended_;
    --left_;
    finished_.push_back(std::move(result));
    change_.notify_all();
  }

  gate::Inputs inputs_of(Running& running, api::Client* client, const std::optional<Error>& fault) {
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
    if (!fault && client && hooks_.read_baseline) {
      try {
        hooks_.read_baseline(*client, assignments_[member.assignment].inputs.policy->scan.timeout, inputs);
      } catch (const Error& error) {
        if (ends_fleet(error)) throw;
        inputs.gaps.push_back(hooks_.gap_of(error));
      }
    }
    inputs.at = system_.now();
    return inputs;
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

  Duration spread(Duration planned) {
    const auto rate = traffic_.figures().rate;
    const std::lock_guard lock(mutex_);
    return spread_poll(planned, running_.size(), rate);
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
  Traffic traffic_;
  std::optional<QuotaWatch> quota_{};
  std::optional<Surroundings> around_{};
  std::map<std::string, std::vector<BatchEntry>, std::less<>> journal_{};  ///< of earlier runs

  std::mutex mutex_{};
  std::condition_variable change_{};
  std::condition_variable work_{};
  Scheduler scheduler_{};
  std::deque<Task> tasks_{};
  std::map<std::size_t, std::shared_ptr<Running>> running_{};
  std::vector<Result> finished_{};
  std::vector<std::string> notes_{};
  std::deque<std::pair<SteadyTime, std::uint64_t>> samples_{};
  std::optional<Error> fatal_{};
  std::size_t before_{};
  std::size_t ended_{};
  std::size_t left_{};
  std::size_t idle_{};
  bool closing_{};
  std::vector<std::jthread> workers_{};    ///< last: they end before what they use
};

}  // namespace

Ending run_fleet(const std::vector<Member>& members, const std::vector<Assignment>& assignments, const Subject& base,
                 OutputFolder& folder, const FleetOptions& options, const Hooks& hooks, const sys::System& system,
                 const std::function<void(const Progress&)>& progress) {
  return Fleet(members, assignments, base, folder, options, hooks, system, progress).run();
}

}  // namespace kolega::fleet
