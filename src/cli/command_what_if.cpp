// Past scans judged by another policy: what it would have said. Reads only; no scan is started.
#include <algorithm>
#include <set>

#include "api/scan_runner.hpp"
#include "api/status.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/api_command.hpp"
#include "cli/batch_groups.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/policy_file.hpp"
#include "cli/what_if.hpp"
#include "gate/grade.hpp"

namespace kolega::cli {

namespace {

constexpr Duration default_timeout = std::chrono::minutes(30);
constexpr std::int64_t default_last = 10;
constexpr std::int64_t most_groups = 1000;
PolicyPair load_policies(const Invocation& invocation) {
  const auto& directory = invocation.system.working_directory;
  const auto proposed = resolve_text(invocation, "policy");
  if (proposed.empty())
    throw Error(ErrorKind::usage, "what-if needs --policy", "the policy to try: --policy new.yaml");
  PolicyPair out;
  out.proposed = load_policy(find_policy(proposed, directory), invocation);
  auto current = resolve_text(invocation, "against");
  if (current.empty()) current = invocation.system.environment.find("KOLEGA_POLICY").value_or("");
  if (current.empty() && !find_default_policy(directory))
    throw Error(ErrorKind::usage, "there is no current policy to compare with",
                "name it: --against policy.yaml, or --against builtin:starter");
  out.current = load_policy(find_policy(current, directory), invocation);
  if (policy::digest(out.current) == policy::digest(out.proposed))
    invocation.printer.warning("both policies say the same");
  return out;
}

std::vector<ScanType> types_of(const PolicyPair& policies) {
  std::set<ScanType> types(policies.current.scan.types.begin(), policies.current.scan.types.end());
  types.insert(policies.proposed.scan.types.begin(), policies.proposed.scan.types.end());
  return {types.begin(), types.end()};
}

std::vector<PastRun> list_groups(api::Client& client, const std::vector<Repository>& repositories,
                                 const std::vector<ScanType>& types, std::size_t last) {
  std::vector<PastRun> out;
  for (const auto& repository : repositories) {
    std::vector<ScanBatch> batches;
    for (const auto type : types) {
      // One more than asked for: where a group begins is told by the batch before it.
      const auto most = static_cast<std::int64_t>(last) + 1;
      for (auto& batch : client.scans(repository.id, type, "completed", most)) {
        if (batch.type == type && api::is_success(batch.status)) batches.push_back(std::move(batch));
      }
    }
    for (auto& group : group_batches(std::move(batches))) out.push_back({repository, std::move(group)});
  }
  std::stable_sort(out.begin(), out.end(), [](const PastRun& a, const PastRun& b) {
    return time_of(a.batches.front()) > time_of(b.batches.front());
  });
  if (out.size() > last) out.resize(last);
  return out;
}

class Judge {
 public:
  Judge(const Invocation& invocation, Session& session, const PolicyPair& policies, sys::SteadyTime deadline)
      : invocation_(invocation), session_(session), policies_(policies), deadline_(deadline) {}

  JudgedRun judge(PastRun group) {
    const auto collected = collect(group);
    JudgedRun out{.run = std::move(group), .findings = collected.findings.rows.size()};
    out.current = decide(policies_.current, out.run, collected);
    out.proposed = decide(policies_.proposed, out.run, collected);
    for (const auto& batch : collected.batches) {
      if (batch.ending != BatchEnding::read)
        out.code = stricter(out.code, exit_code(gate::cause_of(gate::grade(batch).grade)));
    }
    for (const auto& gap : collected.gaps) out.code = stricter(out.code, exit_code(gap.cause));
    return out;
  }

 private:
  api::Collected collect(const PastRun& group) {
    const auto& system = invocation_.system;
    api::RunnerOptions options;
    options.repository_id = group.repository.id;
    for (const auto& batch : group.batches) options.attach.push_back(batch.id);
    options.timeout =
        std::max(Duration{1}, std::chrono::duration_cast<Duration>(deadline_ - system.steady()));
    options.details = policy::needs_details(policies_.current) || policy::needs_details(policies_.proposed);
    auto collected =
        api::run_scans(session_.client(), options, system, [this](const api::ProgressEvent& event) {
          if (event.kind == api::ProgressEvent::Kind::note) invocation_.printer.note(event.text);
        });
    // Ages count from the end of a batch, which only the list of scans tells of an old one.
    for (auto& batch : collected.batches) {
      const auto listed = std::ranges::find(group.batches, batch.id, &ScanBatch::id);
      if (listed == group.batches.end()) continue;
      if (!batch.created_at) batch.created_at = listed->created_at;
      if (!batch.started_at) batch.started_at = listed->started_at;
      if (!batch.completed_at) batch.completed_at = listed->completed_at;
    }
    return collected;
  }

  /// A policy sees the scans of its own types, as in `run`.
  std::optional<gate::DecisionRecord> decide(const policy::Policy& policy, const PastRun& group,
                                             const api::Collected& collected) const {
    gate::Inputs inputs;
    inputs.policy = policy;
    inputs.at = invocation_.system.now();
    inputs.api_url = session_.api_url();
    inputs.gaps = collected.gaps;
    inputs.findings.pool = collected.findings.pool;
    inputs.subject = subject_of(group, collected);
    std::vector<std::optional<std::uint16_t>> place(collected.batches.size());
    for (std::size_t i = 0; i < collected.batches.size(); ++i) {
      const auto& batch = collected.batches[i];
      if (std::ranges::find(policy.scan.types, batch.type) == policy.scan.types.end()) continue;
      place[i] = static_cast<std::uint16_t>(inputs.batches.size());
      inputs.scan_types.push_back(batch.type);
      inputs.batches.push_back(batch);
    }
    if (inputs.batches.empty()) return std::nullopt;
    for (Finding row : collected.findings.rows) {
      if (row.batch >= place.size() || !place[row.batch]) continue;
      row.batch = *place[row.batch];
      inputs.findings.rows.push_back(row);
    }
    return gate::decide(std::move(inputs));
  }

  static Subject subject_of(const PastRun& group, const api::Collected& collected) {
    Subject subject;
    subject.repository_id = group.repository.id;
    if (!group.repository.sources.empty()) subject.repository = group.repository.sources.front().full_name;
    for (const auto& batch : collected.batches) {
      if (batch.repositories.size() == 1) subject.branch = batch.repositories.front().branch;
    }
    return subject;
  }

  const Invocation& invocation_;
  Session& session_;
  const PolicyPair& policies_;
  sys::SteadyTime deadline_;
};

std::vector<Repository> resolve_repositories(api::Client& client, const Invocation& invocation) {
  if (invocation.arguments.has("all")) return client.repositories();
  return {resolve_repository(client, invocation)};
}

[[noreturn]] void refuse_nothing(const std::vector<ScanType>& types) {
  std::vector<std::string> names;
  for (const auto type : types) names.emplace_back(name_of(type));
  throw Error(ErrorKind::context,
              "there is no completed scan batch to judge: looked for " + join(names, ", "),
              "see what there is with: kolega-gate scans list");
}

int run(const Invocation& invocation) {
  if (invocation.arguments.has("all") && invocation.arguments.has("repository"))
    throw Error(ErrorKind::usage, "--all and --repository: give one of them");
  const auto last_text = invocation.arguments.find("last");
  const auto last = last_text ? parse_count(*last_text, "last", most_groups) : default_last;
  const auto timeout = resolve_duration(invocation, "timeout").value_or(default_timeout);
  const auto policies = load_policies(invocation);
  const auto deadline = invocation.system.steady() + timeout;
  Session session(invocation, deadline);
  const auto repositories = resolve_repositories(session.client(), invocation);
  const auto types = types_of(policies);
  auto groups = list_groups(session.client(), repositories, types, static_cast<std::size_t>(last));
  if (groups.empty()) refuse_nothing(types);
  invocation.printer.note(std::string(triage_note));
  Judge judge(invocation, session, policies, deadline);
  std::vector<JudgedRun> all;
  int code = 0;
  for (auto& group : groups) {
    invocation.printer.note("judging " + std::to_string(all.size() + 1) + " of " +
                            std::to_string(groups.size()) + ": " + repository_name(group.repository) + ", " +
                            format_instant_seconds(time_of(group.batches.front())));
    all.push_back(judge.judge(std::move(group)));
    code = all.back().code == 0 ? code : stricter(code, all.back().code);
  }
  if (invocation.arguments.has("json")) {
    write_what_if_json(invocation.streams.out.bytes(), all, policies, invocation.system.now());
  } else {
    write_what_if(invocation.streams.out, all, policies, table_columns(invocation.system));
  }
  invocation.streams.out.flush();
  if (code != 0) invocation.printer.warning("not everything could be read: see INCOMPLETE above");
  return code;
}

std::vector<Option> own_options() {
  return {{.names = "--policy", .value = "FILE", .help = "the policy to try, or builtin:NAME"},
          {.names = "--against",
           .value = "FILE",
           .help = "the current policy; default: the one that `run` would find",
           .environment = "KOLEGA_POLICY"},
          {.names = "--last", .value = "N", .help = "judge the newest N runs of the past, default 10"},
          {.names = "--all", .help = "of all repositories that the key may see, instead of one"},
          {.names = "--timeout", .value = "DURATION", .help = "for the whole, default 30m"},
          {.names = "--json", .help = "print both verdicts of every run as JSON on standard output"}};
}

}  // namespace

Command command_what_if() {
  return {
      .name = "what-if",
      .summary = "judge past scans by another policy, beside the current one; no scan, no quota",
      .description =
          "Takes the newest completed scan batches, puts those together that were started within ten minutes "
          "(one of each scan type, as a run starts them), and judges each group by the new and by the "
          "current "
          "policy. A policy is judged on the scan types that were scanned; which are missing is said. "
          "Findings "
          "have today's triage status. Exit codes: 0 everything was judged, whatever the verdicts; 6 there "
          "is "
          "nothing to judge; else the code of what could not be read, as in `run`.",
      .options = options_of({own_options(), repository_options(), connection_options(), output_options()}),
      .examples = {{"what-if --policy stricter.yaml --last 20", "would it have stopped the last runs?"},
                   {"what-if --policy org.yaml --against builtin:starter --all --json",
                    "over the whole organization, for a program"}},
      .run = run,
  };
}

}  // namespace kolega::cli
