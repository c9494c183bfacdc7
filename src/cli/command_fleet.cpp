// The gate over many repositories: what is selected, by which policy each is judged, where it is written down; the
// work itself is in fleet/.
#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "ci/detect.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fleet_reports.hpp"
#include "cli/fleet_watch.hpp"
#include "cli/gap.hpp"
#include "cli/locks.hpp"
#include "cli/pasted_options.hpp"
#include "cli/policy_file.hpp"
#include "cli/previous_batch.hpp"
#include "cli/reference.hpp"
#include "cli/session.hpp"
#include "cli/shard.hpp"
#include "fleet/fleet_run.hpp"
#include "fleet/selection.hpp"
#include "fleet/summary.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

namespace fs = std::filesystem;

constexpr Duration list_timeout = std::chrono::minutes(10);
constexpr std::int64_t most_connections = 64;
constexpr std::uint64_t largest_list = 64 * 1024 * 1024;

std::vector<Option> own_options() {
  return {
      {.names = "--all", .help = "every repository that this key sees and that is not archived"},
      {.names = "--repositories",
       .value = "GLOB",
       .help = "those whose full name matches: 'acme/**'; '!acme/old-*' leaves out again; the last match decides",
       .repeatable = true},
      {.names = "--from", .value = "FILE", .help = "those in this list, a full name or id a line; - is standard input"},
      {.names = "--policies",
       .value = "FILE",
       .help = "which policy judges which repositories, instead of one --policy for all"},
      {.names = "--out", .value = "DIR", .help = "where results and decision records go; a run that ended early goes on there, for 24 hours"},
      {.names = "--restart", .help = "begin anew in DIR: what is there of an earlier run is removed"},
      {.names = "--connections", .value = "N", .help = "at most so many at once, 1 to 64 (64); most often few are needed"},
      {.names = "--timeout", .value = "DURATION", .help = "for the whole run; each scan has its policy's scan.timeout"},
      {.names = "--sandbox",
       .value = "CONFIG",
       .help = "start the sandbox in this process and run against it",
       .value_optional = true},
  };
}

fleet::SelectionWish resolve_wish(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  fleet::SelectionWish wish{arguments.has("all"), arguments.all("repositories"), {}};
  if (const auto file = arguments.find("from")) {
    if (wish.all) throw Error(ErrorKind::usage, "--all and --from contradict each other", "give one of them");
    wish.listed = fleet::parse_list(sys::read_file(*file, ErrorKind::usage, largest_list),
                                    *file == "-" ? "standard input" : printable(*file, 200));
  }
  if (wish.all || wish.listed || !wish.patterns.empty()) return wish;
  throw Error(ErrorKind::usage, "no repositories are named",
              "--all for every repository, --repositories 'acme/**' by name, --from FILE for a list");
}

std::string resolve_out(const Invocation& invocation) {
  const auto out = invocation.arguments.find("out");
  if (out && !out->empty()) return *out;
  throw Error(ErrorKind::usage, "--out is missing: results are kept in a directory, so that a run that ends can go on",
              "for example --out fleet-out");
}

/// Only what a fleet run has written.
void clear_folder(const std::string& path) {
  std::error_code failed;
  if (!fs::exists(path + "/fleet.json", failed)) return;
  for (const auto* name : {"fleet.json", "results.jsonl", "journal.jsonl", "records"}) {
    fs::remove_all(fs::path(path) / name, failed);
    if (failed) throw Error(ErrorKind::output, "cannot remove " + printable(path) + "/" + name + ": " + failed.message());
  }
}

/// The policies, each loaded once, and what is known for all repositories of each.
class Policies {
 public:
  explicit Policies(const Invocation& invocation) : invocation_(invocation), mode_cap_(resolve_mode(invocation)) {
    const auto file = invocation.arguments.find("policies");
    if (file && invocation.arguments.has("policy"))
      throw Error(ErrorKind::usage, "--policy and --policies contradict each other", "give one of them");
    if (!file) {
      rules_ = {{{}, named_policy(invocation).value_or("")}};
      return;
    }
    rules_ = fleet::parse_policy_rules(sys::read_file(*file, ErrorKind::policy, 1024 * 1024), *file);
    directory_ = fs::path(*file).parent_path().string();
  }

  std::vector<fleet::Assignment> assignments{};

  /// Which assignment judges each of the repositories; loads what is needed.
  std::vector<std::size_t> assign(const std::vector<Repository>& repositories) {
    auto chosen = fleet::assign_policies(rules_, repositories);
    std::vector<std::optional<std::size_t>> loaded(rules_.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      auto& place = loaded[chosen[i]];
      if (!place) place = load(rules_[chosen[i]].policy);
      require_meant(*assignments[*place].inputs.policy, repositories[i]);
      chosen[i] = *place;
    }
    name_apart();
    return chosen;
  }

  std::vector<fleet::PolicyMark> marks() const {
    std::vector<fleet::PolicyMark> out;
    for (const auto& assignment : assignments) out.push_back(assignment.mark);
    std::ranges::sort(out, {}, &fleet::PolicyMark::digest);
    return out;
  }

 private:
  /// A path in the file of --policies is seen from that file.
  std::string place_of(const std::string& given) const {
    if (directory_.empty() || given.empty() || given.starts_with('/') || given.starts_with("builtin:")) return given;
    return directory_ + "/" + given;
  }

  std::size_t load(const std::string& given) {
    const auto source = find_policy(place_of(given), invocation_.system.working_directory);
    fleet::Assignment assignment;
    auto& inputs = assignment.inputs;
    inputs.policy = load_policy(source, invocation_);
    check_overrides(*inputs.policy, {mode_cap_, {}, std::nullopt, false});
    inputs.mode_cap = mode_cap_;
    inputs.scan_types = inputs.policy->scan.types;
    inputs.origin = invocation_.arguments.has("sandbox") ? gate::Origin::sandbox : gate::Origin::live;
    read_baseline_file({}, invocation_, inputs);
    if (policy::needs_changes(*inputs.policy)) {
      inputs.no_changes = gate::Absence{.detail = "a fleet run judges whole repositories: it knows no merge request",
                                        .hint = "use a policy without rules on changed files or lines for the fleet"};
    }
    const auto& name = inputs.policy->name;
    assignment.mark = {name.empty() ? source.name : name, policy::digest(*inputs.policy)};
    const auto same = std::ranges::find(assignments, assignment.mark.digest,
                                        [](const auto& other) { return other.mark.digest; });
    if (same != assignments.end()) return static_cast<std::size_t>(same - assignments.begin());
    assignments.push_back(std::move(assignment));
    files_.push_back(source.name);
    return assignments.size() - 1;
  }

  /// A policy is called by its own name; two of the same name also by their files, so that nobody mixes them up.
  void name_apart() {
    std::map<std::string, int> uses;
    for (const auto& assignment : assignments) ++uses[assignment.mark.name];
    for (std::size_t i = 0; i < assignments.size(); ++i) {
      auto& name = assignments[i].mark.name;
      if (uses[name] > 1 && name != files_[i]) name += " (" + files_[i] + ")";
      if (mode_cap_) name += " (--mode " + std::string(policy::name_of(*mode_cap_)) + ")";
    }
  }

  /// A policy that names its repository is meant for that one.
  static void require_meant(const policy::Policy& policy, const Repository& repository) {
    const auto& meant = policy.repository;
    if (meant.empty() || meant == repository.id || iequals_ascii(meant, fleet::name_of(repository))) return;
    throw Error(ErrorKind::policy,
                "the policy is for the repository " + printable(meant, 100) + ", not for " +
                    printable(fleet::name_of(repository), 100),
                "take 'repository:' out of the policy");
  }

  const Invocation& invocation_;
  std::optional<policy::Mode> mode_cap_;
  std::vector<fleet::PolicyRule> rules_{};
  std::vector<std::string> files_{};       ///< of the assignments
  std::string directory_{};
};

Subject base_subject(const sys::Environment& environment) {
  const auto ci = ci::detect(environment);
  Subject subject;
  subject.ci = ci.name;
  subject.run_url = ci.run_url;
  subject.actor = ci.actor;
  return subject;
}

/// Called from several threads: each call has a printer of its own, which says nothing.
void read_baseline(api::Client& client, const sys::System& system, Duration timeout, gate::Inputs& inputs) {
  if (!wants_batch_baseline(inputs)) return;
  std::ostringstream nowhere;
  std::istringstream nothing;
  const sys::Streams streams{nowhere, nowhere, nothing};
  const Arguments arguments;
  Printer silent(streams, system, arguments);
  read_batch_baseline(client, {streams, system, arguments, silent}, timeout, inputs);
}

struct Job {
  fleet::Header header{};
  std::vector<fleet::Member> members{};
  std::size_t archived{};
};

Job make_job(const fleet::Selection& selection, const std::vector<std::size_t>& assigned, fleet::Shard shard) {
  Job job;
  job.header.tool_version = std::string(version());
  job.header.shard = shard;
  job.archived = selection.archived;
  for (std::size_t i = 0; i < selection.repositories.size(); ++i) {
    const auto& repository = selection.repositories[i];
    const fleet::Selected selected{repository.id, fleet::name_of(repository), fleet::shard_of(repository.id, shard.of)};
    job.header.selection.push_back(selected);
    if (selected.shard != shard.number) continue;
    const auto full_name = repository.sources.empty() ? std::string() : repository.sources.front().full_name;
    job.members.push_back({selected, full_name, assigned[i]});
  }
  return job;
}

void tell_job(const Job& job, Printer& printer) {
  auto text = plural(job.header.selection.size(), "repository") + " selected";
  if (job.archived > 0) text += ", " + std::to_string(job.archived) + " archived left out";
  if (job.header.shard.of > 1)
    text += "; shard " + describe(job.header.shard) + " has " + std::to_string(job.members.size());
  printer.note(text);
}

int end_of(const Invocation& invocation, const fleet::Ending& ending, const std::string& out, FleetReports& reports,
           const std::vector<Option>& options) {
  auto folder = fleet::read_folder(out);
  const auto fleet = fleet::fleet_of(folder.path, folder.header, std::move(folder.results), std::move(folder.notes));
  const auto summary = fleet::summarise(fleet, stricter);
  const int written = reports.write(fleet, summary, invocation.streams, invocation.printer);
  const auto& figures = ending.progress;
  invocation.printer.note(std::to_string(figures.requests) + " requests in " + render_duration(figures.elapsed) + ", " +
                          std::to_string(figures.refused) + " refused by the rate limit");
  if (!ending.error) return written;
  auto error = with_signal_of(*ending.error, invocation.system);
  if (error.kind() == ErrorKind::interrupted) {
    error = Error(ErrorKind::interrupted,
                  "interrupted: " + std::to_string(figures.ended) + " of " + plural(figures.total, "repository") +
                      " have ended; what was started goes on, and is found again",
                  "go on with: " + std::string(program_name) + " fleet" +
                      pasted_options(invocation.arguments, options, {"restart"}))
                .with_signal(error.signal());
  }
  invocation.printer.error(error);
  const int code = exit_code(error);
  return error.kind() == ErrorKind::interrupted || written == 0 ? code : stricter(code, written);
}

std::vector<Option> all_options();

int run(const Invocation& invocation) {
  const auto& system = invocation.system;
  const auto wish = resolve_wish(invocation);
  const auto shard = resolve_shard(invocation.arguments, system.environment).value_or(fleet::Shard{});
  const auto out = resolve_out(invocation);
  fleet::FleetOptions options;
  if (const auto given = invocation.arguments.find("connections"))
    options.connections = static_cast<int>(parse_count(*given, "connections", most_connections));
  options.timeout = resolve_duration(invocation, "timeout");
  FleetReports reports(parse_fleet_outputs(invocation.arguments.all("output")),
                       resolve_sarif_profile(invocation, ci::detect(system.environment).system));
  Policies policies(invocation);

  Session session(invocation, system.steady() + list_timeout);
  const auto selection = fleet::select(session.client().repositories(true), wish);
  const auto assigned = policies.assign(selection.repositories);
  auto job = make_job(selection, assigned, shard);
  job.header.api_url = session.api_url();
  job.header.origin = policies.assignments.front().inputs.origin;
  job.header.started_at = system.now();
  job.header.policies = policies.marks();
  for (auto& assignment : policies.assignments) assignment.inputs.api_url = session.api_url();
  session.hang_up();
  tell_job(job, invocation.printer);

  if (invocation.arguments.has("restart")) clear_folder(out);
  fleet::OutputFolder folder(out, job.header);
  options.token = session.token();
  options.folder = out;
  FleetWatch watch(invocation.printer);
  fleet::Hooks hooks;
  hooks.connect = [&session] { return session.connect(); };
  hooks.read_baseline = read_baseline;
  hooks.gap_of = gap_of;
  hooks.exit_code = [](const gate::DecisionRecord& record) { return exit_code(record); };
  hooks.tell = [&watch](const fleet::Result& result) { watch.on(result); };
  hooks.note = [&watch](const std::string& text) { watch.note(text); };
  const auto ending = fleet::run_fleet(job.members, policies.assignments, base_subject(system.environment), folder,
                                       options, hooks, system, [&watch](const fleet::Progress& p) { watch.on(p); });
  if (ending.progress.before > 0) {
    invocation.printer.note(plural(ending.progress.before, "repository") +
                            " had ended in the run that began at " +
                            format_instant_seconds(folder.header().started_at) + "; --restart scans them again");
  }
  return end_of(invocation, ending, out, reports, all_options());
}

std::vector<Option> all_options() {
  return options_of({own_options(), shard_options(), policy_options(), mode_options(), fleet_report_options(),
                     connection_options(), output_options()});
}

}  // namespace

Command command_fleet() {
  return {
      .name = "fleet",
      .summary = "the gate over many repositories: one run, one summary, one exit code",
      .description =
          "Scans and judges every selected repository as `run` does, as fast as the API's rate limit permits, and writes "
          "a result of each to DIR the moment it has ended. Exit code 0 only when every selected repository is proven; "
          "else the strictest of all by the order 1, 4, 2, 3, 5, 7, 6. A run that ended early, by a signal or a kill, "
          "goes on where it was when the same command is given again within 24 hours: nothing is scanned twice. One that "
          "has ended is not gone on with: `fleet report DIR` shows it, a new DIR or --restart scans anew.",
      .options = all_options(),
      .examples = {{"fleet --all --policy policy.yaml --out fleet-out", "every repository by one policy"},
                   {"fleet --repositories 'acme/**' --policies fleet.yaml --out fleet-out",
                    "a part of them, each by its own policy"},
                   {"fleet --all --shard 1/4 --out shard-1", "the first of four jobs side by side"}},
      .run = run,
  };
}

}  // namespace kolega::cli
