// Past scans judged by another policy: what it would have said. Reads only; no scan is started.
#include <algorithm>
#include <set>

#include "api/scan_runner.hpp"
#include "api/status.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/api_command.hpp"
#include "cli/batch_groups.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/policy_file.hpp"
#include "cli/text_table.hpp"
#include "gate/grade.hpp"
#include "gate/phrases.hpp"

namespace kolega::cli {

namespace {

constexpr Duration default_timeout = std::chrono::minutes(30);
constexpr std::int64_t default_last = 10;
constexpr std::int64_t most_groups = 1000;
constexpr std::string_view triage_note =
    "findings of old batches are judged with today's triage status, and as of now";

struct Policies {
  policy::Policy current{};
  policy::Policy proposed{};
};

Policies load_policies(const Invocation& invocation) {
  const auto& directory = invocation.system.working_directory;
  const auto proposed = resolve_text(invocation, "policy");
  if (proposed.empty())
    throw Error(ErrorKind::usage, "what-if needs --policy", "the policy to try: --policy new.yaml");
  Policies out;
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

/// The scans of one run of the past.
struct Group {
  Repository repository{};
  std::vector<ScanBatch> batches{};
};

std::vector<ScanType> types_of(const Policies& policies) {
  std::set<ScanType> types(policies.current.scan.types.begin(), policies.current.scan.types.end());
  types.insert(policies.proposed.scan.types.begin(), policies.proposed.scan.types.end());
  return {types.begin(), types.end()};
}

std::vector<Group> list_groups(api::Client& client, const std::vector<Repository>& repositories,
                               const std::vector<ScanType>& types, std::size_t last) {
  std::vector<Group> out;
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
  std::stable_sort(out.begin(), out.end(), [](const Group& a, const Group& b) {
    return time_of(a.batches.front()) > time_of(b.batches.front());
  });
  if (out.size() > last) out.resize(last);
  return out;
}

/// One group under both policies; nothing for a policy none of whose scan types was scanned.
struct Judged {
  Group group{};
  std::size_t findings{};
  std::optional<gate::DecisionRecord> current{};
  std::optional<gate::DecisionRecord> proposed{};
  int code{};  ///< of what could not be read
};

class Judge {
 public:
  Judge(const Invocation& invocation, Session& session, const Policies& policies, sys::SteadyTime deadline)
      : invocation_(invocation), session_(session), policies_(policies), deadline_(deadline) {}

  Judged judge(Group group) {
    const auto collected = collect(group);
    Judged out{.group = std::move(group), .findings = collected.findings.rows.size()};
    out.current = decide(policies_.current, out.group, collected);
    out.proposed = decide(policies_.proposed, out.group, collected);
    for (const auto& batch : collected.batches) {
      if (batch.ending != BatchEnding::read)
        out.code = stricter(out.code, exit_code(gate::cause_of(gate::grade(batch).grade)));
    }
    for (const auto& gap : collected.gaps) out.code = stricter(out.code, exit_code(gap.cause));
    return out;
  }

 private:
  api::Collected collect(const Group& group) {
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
  std::optional<gate::DecisionRecord> decide(const policy::Policy& policy, const Group& group,
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
    for (auto row : collected.findings.rows) {
      if (row.batch >= place.size() || !place[row.batch]) continue;
      row.batch = *place[row.batch];
      inputs.findings.rows.push_back(row);
    }
    return gate::decide(std::move(inputs));
  }

  static Subject subject_of(const Group& group, const api::Collected& collected) {
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
  const Policies& policies_;
  sys::SteadyTime deadline_;
};

// What is printed
// --------------------------------------------------------------------------------------------

std::string repository_name(const Repository& repository) {
  return repository.sources.empty() ? repository.name : repository.sources.front().full_name;
}

std::vector<std::string> missing_types(const policy::Policy& policy, const Group& group) {
  std::vector<std::string> out;
  for (const auto type : policy.scan.types) {
    const bool there = std::ranges::find(group.batches, type, &ScanBatch::type) != group.batches.end();
    if (!there) out.emplace_back(name_of(type));
  }
  return out;
}

/// "fail: serious 3, secrets 1".
std::string describe_verdict(const std::optional<gate::DecisionRecord>& record) {
  if (!record) return "-";
  const auto& verdict = record->verdict;
  std::string out(gate::name_of(verdict.outcome));
  std::vector<std::string> parts;
  for (const auto& rule : verdict.rules) {
    if (rule.state == gate::RuleState::broken && rule.mode != policy::Mode::observe)
      parts.push_back(rule.id + " " + std::to_string(rule.count));
  }
  if (parts.empty()) {
    for (const auto& entry : verdict.incomplete) parts.emplace_back(name_of(entry.cause));
  }
  return parts.empty() ? out : out + ": " + join(parts, ", ");
}

/// Less than 0: the new policy is milder.
int compare(const Judged& judged) {
  if (!judged.current || !judged.proposed) return 0;
  const auto one = static_cast<int>(judged.current->verdict.outcome);
  const auto other = static_cast<int>(judged.proposed->verdict.outcome);
  return other < one ? -1 : other > one ? 1 : 0;
}

std::string_view change_of(const Judged& judged) {
  if (!judged.current || !judged.proposed) return "";
  const int order = compare(judged);
  return order < 0 ? "milder" : order > 0 ? "stricter" : "same";
}

struct Counts {
  std::size_t same{};
  std::size_t milder{};
  std::size_t stricter{};
  std::size_t not_compared{};
};

Counts count(const std::vector<Judged>& all) {
  Counts out;
  for (const auto& judged : all) {
    if (!judged.current || !judged.proposed) {
      ++out.not_compared;
    } else {
      const int order = compare(judged);
      ++(order < 0 ? out.milder : order > 0 ? out.stricter : out.same);
    }
  }
  return out;
}

void show(const Invocation& invocation, const std::vector<Judged>& all, const Policies& policies) {
  std::vector<Row> rows{{"SCANNED", "REPOSITORY", "SCANS", "FINDINGS", "CURRENT", "NEW", "CHANGE"}};
  for (const auto& judged : all) {
    std::vector<std::string> scans;
    for (const auto& batch : judged.group.batches)
      scans.emplace_back(scan_type_short_names[static_cast<std::size_t>(batch.type)]);
    auto missing = missing_types(policies.current, judged.group);
    for (auto& type : missing_types(policies.proposed, judged.group)) {
      if (std::ranges::find(missing, type) == missing.end()) missing.push_back(std::move(type));
    }
    rows.push_back({format_instant_seconds(time_of(judged.group.batches.front())),
                    repository_name(judged.group.repository),
                    join(scans, "+") + (missing.empty() ? "" : ", without " + join(missing, ", ")),
                    std::to_string(judged.findings), describe_verdict(judged.current),
                    describe_verdict(judged.proposed), std::string(change_of(judged))});
  }
  write_rows(invocation.streams.out, rows, table_columns(invocation.system));
  const auto counts = count(all);
  invocation.streams.out << all.size() << " judged: " << counts.same << " the same, " << counts.stricter
                         << " stricter, " << counts.milder << " milder";
  if (counts.not_compared > 0) invocation.streams.out << ", " << counts.not_compared << " not compared";
  invocation.streams.out << '\n';
}

class JsonPage {
 public:
  explicit JsonPage(std::ostream& out) : json_(out, JsonWriter::Style::pretty) {}

  void write(const std::vector<Judged>& all, const Policies& policies, Instant at) {
    json_.begin_object();
    text("at", format_instant(at));
    text("note", std::string(triage_note));
    write_policy("current", policies.current);
    write_policy("new", policies.proposed);
    const auto counts = count(all);
    json_.key("summary").one_line().begin_object();
    json_.member("judged", static_cast<std::uint64_t>(all.size()));
    json_.member("same", static_cast<std::uint64_t>(counts.same));
    json_.member("stricter", static_cast<std::uint64_t>(counts.stricter));
    json_.member("milder", static_cast<std::uint64_t>(counts.milder));
    json_.member("not_compared", static_cast<std::uint64_t>(counts.not_compared)).end_object();
    json_.key("runs").begin_array();
    for (const auto& judged : all) write_run(judged, policies);
    json_.end_array().end_object();
    json_.finish();
  }

 private:
  void text(std::string_view key, const std::string& value) { json_.member(key, std::string_view(value)); }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    json_.key(key).one_line().begin_array();
    for (const auto& value : values) json_.value(std::string_view(value));
    json_.end_array();
  }
  void write_policy(std::string_view key, const policy::Policy& policy) {
    json_.key(key).one_line().begin_object();
    text("name", policy.name);
    text("sha256", policy::digest(policy));
    json_.end_object();
  }

  void write_run(const Judged& judged, const Policies& policies) {
    json_.begin_object();
    text("repository_id", judged.group.repository.id);
    text("repository", repository_name(judged.group.repository));
    json_.key("batches").begin_array();
    for (const auto& batch : judged.group.batches) {
      json_.one_line().begin_object();
      text("batch_id", batch.id);
      json_.member("scan_type", name_of(batch.type));
      if (batch.completed_at) text("completed_at", format_instant(*batch.completed_at));
      json_.end_object();
    }
    json_.end_array();
    json_.member("findings", static_cast<std::uint64_t>(judged.findings));
    json_.member("change", change_of(judged));
    write_verdict("current", judged.current, missing_types(policies.current, judged.group));
    write_verdict("new", judged.proposed, missing_types(policies.proposed, judged.group));
    json_.end_object();
  }

  void write_verdict(std::string_view key, const std::optional<gate::DecisionRecord>& record,
                     const std::vector<std::string>& missing) {
    json_.key(key);
    if (!record) {
      json_.null();
      return;
    }
    json_.begin_object().member("outcome", gate::name_of(record->verdict.outcome));
    text("summary", gate::summary(*record));
    texts("without", missing);
    json_.key("rules").begin_array();
    for (const auto& rule : record->verdict.rules) {
      json_.one_line().begin_object();
      text("id", rule.id);
      json_.member("mode", policy::name_of(rule.mode)).member("state", gate::name_of(rule.state));
      json_.member("count", rule.count).end_object();
    }
    json_.end_array().end_object();
  }

  JsonWriter json_;
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
  std::vector<Judged> all;
  int code = 0;
  for (auto& group : groups) {
    invocation.printer.note("judging " + std::to_string(all.size() + 1) + " of " +
                            std::to_string(groups.size()) + ": " + repository_name(group.repository) + ", " +
                            format_instant_seconds(time_of(group.batches.front())));
    all.push_back(judge.judge(std::move(group)));
    code = all.back().code == 0 ? code : stricter(code, all.back().code);
  }
  if (invocation.arguments.has("json")) {
    JsonPage(invocation.streams.out).write(all, policies, invocation.system.now());
  } else {
    show(invocation, all, policies);
  }
  invocation.streams.out.flush();
  if (!invocation.streams.out) throw Error(ErrorKind::output, "cannot write to standard output");
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
