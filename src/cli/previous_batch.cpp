#include "cli/previous_batch.hpp"

#include <algorithm>

#include "api/status.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/gap.hpp"
#include "cli/printer.hpp"
#include "gate/baseline_entry.hpp"
#include "gate/baseline_file.hpp"

namespace kolega::cli {

namespace {

using From = policy::BaselineSettings::From;

constexpr std::int64_t listed = 100;
constexpr int most_looked_at = 5;
constexpr std::string_view read_again = "try again, or give a baseline with --baseline FILE";

/// What kept a batch from being read, where that was not the batch itself.
std::optional<ErrorKind> fault_of(const std::vector<ScanBatch>& batches) {
  for (const auto& batch : batches) {
    if (batch.ending == BatchEnding::timeout) return ErrorKind::timeout;
    if (batch.ending == BatchEnding::api || !batch.details_error.empty()) return ErrorKind::api;
  }
  return std::nullopt;
}

gate::Absence absence_of(const Error& error) {
  return {.cause = cause_of(error),
          .detail = error.message(),
          .hint = error.hint().empty() ? std::string(read_again) : error.hint()};
}

class Fetcher {
 public:
  Fetcher(api::Client& client, const Invocation& invocation, Duration timeout, const gate::Inputs& inputs)
      : client_(client), invocation_(invocation), timeout_(timeout), inputs_(inputs) {}

  /// Nothing when there is no earlier batch of any type.
  std::optional<Baseline> previous() {
    std::vector<ScanType> without;
    for (const auto type : inputs_.scan_types) {
      if (auto found = newest_complete(type)) {
        add(std::move(*found));
      } else {
        without.push_back(type);
      }
    }
    if (without.size() == inputs_.scan_types.size()) return std::nullopt;
    for (const auto type : without) tell_first(type);
    return finish();
  }

  Baseline named(const std::string& id) {
    auto made = try_batch(id);
    if (!made) {
      throw Error(ErrorKind::context, "batch " + id + " cannot be a baseline: " + why_not_,
                  "name a complete batch in baseline.from, or give --baseline FILE");
    }
    add(std::move(*made));
    return finish();
  }

  std::vector<std::string> notes{};

 private:
  /// Earlier than what is judged, the newest first.
  std::vector<ScanBatch> earlier(ScanType type) {
    auto batches = client_.scans(inputs_.subject.repository_id, type, "", listed);
    const auto judged = created_at(type, batches);
    std::erase_if(batches, [&](const ScanBatch& batch) {
      const bool usable = batch.type == type && !batch.id.empty() && batch.created_at;
      return !usable || !api::is_success(batch.status) || (judged && *batch.created_at >= *judged);
    });
    std::sort(batches.begin(), batches.end(), [](const ScanBatch& a, const ScanBatch& b) {
      return std::tie(*a.created_at, a.id) > std::tie(*b.created_at, b.id);
    });
    return batches;
  }

  /// When the judged batch of this type was created; nothing when there is none. The progress of a batch that
  /// was attached to does not tell it.
  std::optional<Instant> created_at(ScanType type, const std::vector<ScanBatch>& listed_batches) {
    const auto judged =
        std::find_if(inputs_.batches.begin(), inputs_.batches.end(),
                     [&](const ScanBatch& batch) { return batch.type == type && !batch.id.empty(); });
    if (judged == inputs_.batches.end()) return std::nullopt;
    if (judged->created_at) return judged->created_at;
    for (const auto& batch : listed_batches) {
      if (batch.id == judged->id && batch.created_at) return batch.created_at;
    }
    if (const auto batch = client_.scan(inputs_.subject.repository_id, judged->id); batch.created_at)
      return batch.created_at;
    throw Error(ErrorKind::context,
                "which batches are earlier than " + printable(judged->id, 100) +
                    " cannot be told: when it was created is not known",
                "give a baseline with --baseline FILE");
  }

  std::optional<Baseline> newest_complete(ScanType type) {
    int looked_at = 0;
    for (const auto& batch : earlier(type)) {
      if (++looked_at > most_looked_at) {
        throw Error(ErrorKind::context,
                    "none of the last " + std::to_string(most_looked_at) + " batches of " +
                        std::string(name_of(type)) + " is complete; the last one: " + why_not_,
                    "complete a scan of the target branch, or give --baseline FILE");
      }
      if (auto made = try_batch(batch.id)) return made;
      // It may well be complete: to take an older one, or none, would call findings known that are new.
      if (unread_) throw Error(*unread_, "the baseline cannot be read: " + why_not_, std::string(read_again));
      notes.push_back("baseline: batch " + printable(batch.id, 100) + " of " + std::string(name_of(type)) +
                      " is passed over: " + why_not_);
    }
    return std::nullopt;
  }

  /// Nothing, with why_not_, when the batch is not complete.
  std::optional<Baseline> try_batch(const std::string& id) {
    api::RunnerOptions options;
    options.repository_id = inputs_.subject.repository_id;
    options.types = inputs_.scan_types;
    options.attach = {id};
    options.timeout = timeout_;
    options.details = policy::needs_details(*inputs_.policy);
    // It has ended or it does not serve: nobody waits for it.
    options.timeout = std::min<Duration>(options.timeout, std::chrono::minutes(5));
    auto collected = api::run_scans(client_, options, invocation_.system, [](const api::ProgressEvent&) {});
    unread_ = fault_of(collected.batches);
    gate::Inputs inputs;
    inputs.policy = inputs_.policy;
    for (const auto& batch : collected.batches) inputs.scan_types.push_back(batch.type);
    inputs.subject = inputs_.subject;
    inputs.at = inputs_.at == Instant{} ? invocation_.system.now() : inputs_.at;
    inputs.batches = std::move(collected.batches);
    inputs.findings = std::move(collected.findings);
    inputs.gaps = std::move(collected.gaps);
    try {
      return gate::baseline_of_inputs(std::move(inputs));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::context) throw;
      why_not_ = error.message();
      return std::nullopt;
    }
  }

  void add(Baseline made) {
    auto& entries = baseline_.entries;
    entries.insert(entries.end(), std::make_move_iterator(made.entries.begin()),
                   std::make_move_iterator(made.entries.end()));
    baseline_.origin += (baseline_.origin.empty() ? "" : ", ") + made.origin;
    digests_ += made.sha256;
    ++batches_;
  }

  Baseline finish() {
    std::sort(baseline_.entries.begin(), baseline_.entries.end(), gate::comes_before);
    baseline_.sha256 = batches_ == 1 ? digests_ : sha256_hex(digests_);
    invocation_.printer.note("baseline: " + printable(baseline_.origin, 300) + ", " +
                             plural(baseline_.entries.size(), "finding"));
    return std::move(baseline_);
  }

  void tell_first(ScanType type) {
    notes.push_back("baseline: there is no earlier complete batch of " + std::string(name_of(type)) +
                    ", so its findings are all new");
  }

  api::Client& client_;
  const Invocation& invocation_;
  Duration timeout_;
  const gate::Inputs& inputs_;
  std::string why_not_;
  std::optional<ErrorKind> unread_;
  Baseline baseline_;
  std::string digests_;
  int batches_{};
};

void fetch(Fetcher& fetcher, const policy::BaselineSettings& settings, gate::Inputs& inputs) {
  if (settings.from == From::batch) {
    inputs.baseline = fetcher.named(settings.name);
    return;
  }
  inputs.baseline = fetcher.previous();
  if (inputs.baseline) return;
  inputs.no_baseline = gate::Absence{.none_yet = true,
                                     .detail = "there is no earlier complete batch of this repository",
                                     .hint = "complete a scan of the target branch first"};
}

}  // namespace

void read_batch_baseline(api::Client& client, const Invocation& invocation, Duration timeout,
                         gate::Inputs& inputs) {
  Fetcher fetcher(client, invocation, timeout, inputs);
  try {
    fetch(fetcher, *inputs.policy->baseline, inputs);
  } catch (const Error& error) {
    // The batch that the policy names is gone: that is for people to mend, not a fault of the key.
    const bool gone = error.kind() == ErrorKind::not_found;
    if (!gone && !is_softenable(error)) throw;
    inputs.no_baseline = absence_of(error);
    if (gone) inputs.no_baseline->cause = Cause::context;
  }
  inputs.notes.insert(inputs.notes.end(), fetcher.notes.begin(), fetcher.notes.end());
}

void miss_batch_baseline(gate::Inputs& inputs) {
  inputs.no_baseline =
      gate::Absence{.detail = "the policy compares with a scan batch, which only `run` can fetch",
                    .hint = "give a baseline with --baseline FILE, written by `kolega-gate baseline write`"};
}

}  // namespace kolega::cli
