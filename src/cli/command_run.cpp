// The main job: options, reports opened, policy, repository, scans, join, inputs, verdict, reports, exit
// code. What the command line gets wrong is known before anything is opened; everything after that ends in
// reports, whatever happens.
#include <algorithm>

#include "api/run_state.hpp"
#include "api/scan_runner.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/break_glass.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fix_findings.hpp"
#include "cli/gap.hpp"
#include "cli/judge.hpp"
#include "cli/locks.hpp"
#include "cli/pasted_options.hpp"
#include "cli/policy_file.hpp"
#include "cli/previous_batch.hpp"
#include "cli/progress.hpp"
#include "cli/reference.hpp"
#include "cli/session.hpp"
#include "cli/source_lines.hpp"
#include "cli/state_dir.hpp"
#include "cli/trusted_policy.hpp"
#include "gate/attestation.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

struct RunOptions {
  ci::CiContext ci{};
  std::vector<Output> outputs{};
  report::SarifProfile sarif_profile{};
  std::optional<policy::Mode> mode_cap{};
  std::vector<ScanType> scan_types{};  ///< instead of the policy's
  std::vector<std::string> attach{};
  std::optional<Duration> timeout{};
  bool sandbox{};
  FixWish fix{};
  ReferenceOptions reference{};
};

RunOptions resolve_options(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  RunOptions options;
  options.ci = ci::detect(invocation.system.environment);
  options.outputs = parse_outputs(arguments.all("output"));
  options.sarif_profile = resolve_sarif_profile(invocation, options.ci.system);
  options.mode_cap = resolve_mode(invocation);
  options.scan_types = resolve_scan_types(invocation);
  options.attach = arguments.all("scan-id");
  options.timeout = resolve_duration(invocation, "timeout");
  options.sandbox = arguments.has("sandbox");
  options.fix = resolve_fix_wish(invocation);
  options.reference = resolve_reference_options(invocation);
  if (std::ranges::find(options.attach, std::string{}) != options.attach.end()) {
    throw Error(ErrorKind::usage, "--scan-id: the value is empty");
  }
  return options;
}

std::vector<Option> all_options();

/// Steps 2 to 7 of the run: the policy and everything that needs the network, gathered into the inputs.
class Collector {
 public:
  Collector(const Invocation& invocation, const RunOptions& options, gate::Inputs& inputs)
      : invocation_(invocation), options_(options), inputs_(inputs), progress_(invocation.printer) {}

  /// What cut it short and cannot be softened, if anything did. All else is in the inputs as gaps and
  /// endings.
  std::optional<Error> collect() {
    try {
      // A policy that does not load must replace the green reports of the run before, too.
      load_policies(find_own_policy(), invocation_, inputs_);
      require_bypass_allowed(inputs_);
      check_overrides(*inputs_.policy, {options_.mode_cap, options_.scan_types, options_.timeout,
                                        options_.reference.baseline.has_value()});
      inputs_.scan_types = options_.scan_types.empty() ? inputs_.policy->scan.types : options_.scan_types;
      // Before anything is spent: what is wrong in these files is wrong whatever a scan finds.
      read_baseline_file(options_.reference, invocation_, inputs_);
      read_changes(options_.reference, options_.ci, invocation_, inputs_);
      read_everything();
      return std::nullopt;
    } catch (const Error& error) {
      const auto told = with_signal_of(error, invocation_.system);
      inputs_.gaps.push_back(gap_of(error));
      keep_running_batches(told);
      if (is_softenable(error)) return std::nullopt;
      return told;
    }
  }

  /// The command that goes on with what was started, judged as here, or nothing.
  std::string attach() const {
    if (options_.sandbox) return {};  // it has ended with us
    std::vector<ScanBatch> running;
    for (const auto& batch : inputs_.batches) {
      if (batch.ending == BatchEnding::timeout && !batch.id.empty()) running.push_back(batch);
    }
    if (running.empty()) return {};
    return attach_command(inputs_.subject.repository_id, running) +
           pasted_options(invocation_.arguments, all_options(), {"repository", "scan-id", "timeout"});
  }

  /// Nothing is left that the next run could continue: what goes on, or could not be read, is.
  bool judged() const {
    const auto settled = [](const ScanBatch& batch) {
      return batch.ending != BatchEnding::timeout && batch.ending != BatchEnding::api &&
             batch.details_error.empty();
    };
    return !inputs_.batches.empty() && std::ranges::all_of(inputs_.batches, settled);
  }

  /// For the end, when the reports are in place.
  void forget(bool judged) {
    if (!state_) return;
    const bool all = options_.attach.empty() || state_->holds_only(options_.attach);
    if (state_->empty() || (judged && all)) state_->remove();
  }

  /// For --fix: with the session that scanned, which may hold the sandbox.
  std::vector<gate::Fix> fix(const gate::DecisionRecord& record) {
    if (!repository_) return {};
    return fix_blocking_findings(invocation_, session_->client(), *repository_, record, options_.fix);
  }

 private:
  /// Beside a trusted policy there need not be another one.
  std::optional<PolicyText> find_own_policy() const {
    if (named_policy(invocation_) || !has_trusted_policy(invocation_)) return find_policy(invocation_);
    return find_default_policy(invocation_.system.working_directory);
  }

  void read_everything() {
    const auto& system = invocation_.system;
    const auto timeout = options_.timeout.value_or(inputs_.policy->scan.timeout);
    const auto deadline = system.steady() + timeout;
    auto& session = session_.emplace(invocation_, deadline);
    inputs_.api_url = session.api_url();
    const auto directory = state_directory();
    const bool details = policy::needs_details(*inputs_.policy);
    const bool frugal = !details && !directory && !options_.fix.wanted;
    const auto& repository = find_repository(session.client(), frugal);

    api::RunnerOptions runner;
    runner.repository_id = repository.id;
    runner.types = inputs_.scan_types;
    runner.attach = options_.attach;
    runner.timeout = std::chrono::duration_cast<Duration>(deadline - system.steady());
    runner.asked = timeout;
    runner.ends_with_us = options_.sandbox;
    runner.reuse = inputs_.policy->scan.reuse;
    if (inputs_.policy->scan.expect_branch == policy::ExpectBranch::fail)
      runner.branch = inputs_.subject.branch;
    runner.details = details;
    runner.frugal = frugal;
    if (directory) open_state(*directory, repository);
    if (state_ && options_.attach.empty()) runner.state = &*state_;
    auto collected = api::run_scans(session.client(), runner, system,
                                    [this](const api::ProgressEvent& event) { progress_.on(event); });
    inputs_.batches = std::move(collected.batches);
    inputs_.findings = std::move(collected.findings);
    inputs_.gaps.insert(inputs_.gaps.end(), collected.gaps.begin(), collected.gaps.end());
    if (repository.sources.empty()) name_subject();
    if (wants_batch_baseline(inputs_)) {
      read_batch_baseline(session.client(), invocation_,
                          std::chrono::duration_cast<Duration>(deadline - system.steady()), inputs_);
    }
  }

  /// A run that reads nothing but results, by an id, asks for nothing else either: the scan batch names what it scanned,
  /// and the POST is refused for what the repository would have told.
  const Repository& find_repository(api::Client& client, bool frugal) {
    const auto id = named_repository_id(invocation_);
    const bool by_id = frugal && id && inputs_.policy->repository.empty() && !options_.sandbox;
    auto& repository =
        repository_.emplace(by_id ? Repository{.id = *id} : resolve_repository(client, invocation_,
                                                                               inputs_.policy->repository, inputs_.notes));
    inputs_.subject.repository_id = repository.id;
    if (!repository.sources.empty()) inputs_.subject.repository = repository.sources.front().full_name;
    invocation_.printer.note("repository " +
                             (by_id ? repository.id : repository.name + " (" + repository.id + ")"));
    return repository;
  }

  /// As the scan batches call it.
  void name_subject() {
    for (const auto& batch : inputs_.batches) {
      if (batch.repositories.empty() || batch.repositories.front().name.empty()) continue;
      inputs_.subject.repository = batch.repositories.front().name;
      return;
    }
  }

  /// Where a killed run left its batches, and where this one will.
  std::optional<std::string> state_directory() const {
    if (options_.sandbox) return std::nullopt;  // it ends with us, and its scans with it
    auto directory = find_state_dir(invocation_);
    if (directory && !inputs_.subject.commit.empty()) return directory;
    if (flag_or_environment(invocation_, "state-dir", "KOLEGA_STATE_DIR")) {
      invocation_.printer.warning("--state-dir does nothing here: the commit is not known, by the CI's variables or by git, and an "
                                  "interrupted run is only continued for the same commit");
      return std::nullopt;
    }
    invocation_.printer.detail(std::string("an interrupted run would not be continued: ") +
                               (directory ? "the commit is not known" : "there is no --state-dir"));
    return std::nullopt;
  }

  /// A directory that somebody named must be usable; the default one may be absent.
  void open_state(const std::string& directory, const Repository& repository) {
    const api::RunKey key{inputs_.api_url, repository.id, inputs_.subject.branch, inputs_.subject.commit,
                          policy::digest(*inputs_.policy)};
    const auto note = [this](std::string text) { inputs_.notes.push_back(std::move(text)); };
    try {
      sys::make_directories(directory);
      state_.emplace(directory, key, invocation_.system.now(), note);
    } catch (const Error& error) {
      const bool held = error.kind() == ErrorKind::usage;
      if (!held && invocation_.arguments.has("state-dir")) throw;
      invocation_.printer.note(held ? "another run of the same commit and policy is at work: this one begins its own "
                                      "scans, and would not be continued"
                                    : "an interrupted run would not be continued: " + error.message());
    }
  }

  /// An error in the middle: the batches that were seen go on without us, and the reports name them.
  void keep_running_batches(const Error& error) {
    if (!inputs_.batches.empty()) return;
    for (auto batch : progress_.batches()) {
      const bool seen = batch.origin != BatchOrigin::attached || !batch.status.empty();
      if (!seen && error.kind() == ErrorKind::not_found) continue;  // there is no such batch
      batch.ending = BatchEnding::timeout;
      batch.ending_detail = "the run ended before it did: " + error.message();
      inputs_.batches.push_back(std::move(batch));
    }
  }

  const Invocation& invocation_;
  const RunOptions& options_;
  gate::Inputs& inputs_;
  Progress progress_;
  std::optional<Session> session_{};
  std::optional<Repository> repository_{};
  std::optional<api::RunState> state_{};
};

int run(const Invocation& invocation) {
  const auto options = resolve_options(invocation);
  auto signing = resolve_signing(invocation);
  const CiOutputs ci_outputs(invocation);
  Reports reports(options.outputs, options.sarif_profile);
  gate::Inputs inputs;
  inputs.mode_cap = options.mode_cap;
  inputs.origin = options.sandbox ? gate::Origin::sandbox : gate::Origin::live;
  inputs.subject = detect_subject(options.ci, invocation.system);
  inputs.bypass = resolve_bypass(invocation);
  if (signing) {
    gate::require_attestable(inputs.origin, inputs.subject);
    reports.sign(std::move(*signing));
  }

  Collector collector(invocation, options, inputs);
  const auto ending = collector.collect();
  if (reports.wants("sarif")) add_line_hashes(inputs.findings, invocation.system.working_directory);
  const auto attach = collector.attach();
  std::function<std::vector<gate::Fix>(const gate::DecisionRecord&)> fix;
  if (options.fix.wanted) fix = [&collector](const auto& record) { return collector.fix(record); };
  const bool judged = collector.judged();
  const int code = finish(std::move(inputs), reports, ci_outputs, invocation, ending, attach, fix);
  collector.forget(judged);
  return code;
}

std::vector<Option> own_options() {
  return {
      {.names = "--scan-type",
       .value = "TYPE",
       .help = "scan this type instead of the policy's",
       .repeatable = true,
       .choices = scan_type_words},
      {.names = "--scan-id",
       .value = "ID",
       .help = "attach to a running or finished batch; starts nothing",
       .repeatable = true},
      {.names = "--timeout",
       .value = "DURATION",
       .help = "for the whole run, instead of the policy's scan.timeout: 30m"},
      {.names = "--state-dir",
       .value = "DIR",
       .help = "where a killed run is remembered, to continue its scans; default "
               "$XDG_STATE_HOME/kolega-gate; where neither is set, nothing is remembered",
       .environment = "KOLEGA_STATE_DIR"},
      {.names = "--sandbox",
       .value = "CONFIG",
       .help = "start the sandbox in this process and run against it",
       .value_optional = true},
  };
}

std::vector<Option> all_options() {
  return options_of({policy_options(), trusted_policy_options(), repository_options(), own_options(),
                     reference_options(), fix_options(), report_options(), signing_options(),
                     ci_options(), mode_options(), break_glass_options(), connection_options(),
                     output_options()});
}

}  // namespace

Command command_run() {
  return {
      .name = "run",
      .summary = "scan, judge by the policy, write reports, exit with the verdict",
      .description =
          "Starts one scan batch for each scan type of the policy, waits for all of them, reads every "
          "finding, judges "
          "and writes the reports. Exit code 0 only when the policy is met and everything was read: 1 a "
          "blocking rule "
          "is broken, 2 used wrongly, 3 quota, 4 not authenticated or not allowed, 5 API or network, 6 "
          "incomplete, "
          "7 timeout.",
      .options = all_options(),
      .examples = {{"run", "judge this repository by its policy, a table on standard error"},
                   {"run -o sarif=kolega.sarif -o junit=kolega.xml -o json=decision.json",
                    "three reports as files"},
                   {"run --scan-id 6650f1c2 --timeout 10m", "wait on for a batch that already runs"},
                   {"run --fix=pr", "have what blocks fixed, as pull requests; the verdict stays"},
                   {"run --sandbox --policy builtin:starter", "try it without an account, with the scanners on the PATH"}},
      .run = run,
  };
}

}  // namespace kolega::cli
