#include "cli/fix_findings.hpp"

#include <algorithm>
#include <set>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

namespace kolega::cli {

namespace {

/// Larger groups become several fixes, so that each can be reviewed.
constexpr std::size_t most_in_group = 20;
constexpr std::size_t longest_place = 120;

std::vector<std::string_view> fix_words() {
  return {"pr"};
}

std::set<std::uint32_t> blocking_rows(const gate::Verdict& verdict) {
  std::set<std::uint32_t> rows;
  for (const auto& rule : verdict.rules) {
    if (rule.state != gate::RuleState::broken || rule.mode != policy::Mode::block) continue;
    rows.insert(rule.counted.begin(), rule.counted.end());
  }
  return rows;
}

FixGroup& group_for(std::vector<FixGroup>& groups, const std::string& place) {
  const auto open = [&](const FixGroup& group) {
    return group.place == place && group.finding_ids.size() < most_in_group;
  };
  const auto found = std::ranges::find_if(groups, open);
  if (found != groups.end()) return *found;
  groups.push_back({place, {}, {}});
  return groups.back();
}

/// The branch that the scan saw is where the fix must start.
std::string scanned_branch(const gate::Inputs& inputs, const Repository& repository) {
  for (const auto& batch : inputs.batches) {
    for (const auto& scanned : batch.repositories) {
      if (repository.sources.size() == 1 && scanned.name == repository.sources.front().full_name)
        return scanned.branch;
    }
  }
  return {};
}

class Fixing {
 public:
  Fixing(const Invocation& invocation, api::Client& client, const Repository& repository, const FixWish& wish)
      : invocation_(invocation), client_(client), repository_(repository), wish_(wish) {}

  void run(const gate::DecisionRecord& record) {
    auto groups = blocking_groups(record);
    if (groups.empty())
      return invocation_.printer.warning("--fix: no blocking finding has an id to fix it by");
    const auto source = choose_source(repository_, {{}, {}, scanned_branch(record.inputs, repository_)});
    keep_to_quota(groups);
    for (const auto& group : groups) begin(group, source);
    for (const auto& [id, place] : begun_) finish(id, place);
  }

 private:
  void keep_to_quota(std::vector<FixGroup>& groups) {
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(0, client_.quota().prs.remaining));
    if (left >= groups.size()) return;
    invocation_.printer.warning("--fix: the quota 'prs' is left for " + std::to_string(left) + " of " +
                                plural(groups.size(), "fix") + ", the most severe first");
    groups.resize(left);
  }

  /// One failure must not keep the other fixes from being made; a stop does.
  template <class Step>
  void attempt(const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      const auto hint = error.hint().empty() ? std::string{} : "; " + error.hint();
      invocation_.printer.warning("--fix: " + error.message() + hint);
    }
  }

  void begin(const FixGroup& group, const FixSource& source) {
    attempt([&] {
      const auto place = printable(group.place, longest_place);
      const FixRequest request{group.finding_ids,
                               "Fix " + plural(group.finding_ids.size(), "finding") + " in " + place,
                               std::string(default_instructions), source};
      const auto id = id_of_fix(start_fix(client_, repository_.id, request), repository_.id);
      invocation_.printer.note("fix " + id + " of " + place + ": started");
      begun_.emplace_back(id, place);
    });
  }

  void finish(const std::string& id, const std::string& place) {
    attempt([&] {
      const auto last = await_fix(invocation_, client_, repository_.id, id,
                                  FixWait{std::chrono::minutes(30), std::chrono::seconds(5)});
      if (exit_code_of_fix(invocation_, {last, "reading the progress of fix " + id, ErrorKind::api}) != 0)
        return;
      const auto command = " fixes diff " + id + " --repository " + repository_.id;
      invocation_.printer.note("fix " + id + " of " + place + ": " + std::string(program_name) + command);
      if (!wish_.pull_requests) return;
      const auto document = open_pull_requests(client_, repository_.id, id, "{}");
      const JsonView view(document, "opening the pull requests of fix " + id, ErrorKind::api);
      for (const auto& request : view.require("pull_requests").items())
        invocation_.printer.note("pull request of " + place + ": " +
                                 printable(request.require_string("pr_url"), 300));
    });
  }

  const Invocation& invocation_;
  api::Client& client_;
  const Repository& repository_;
  const FixWish& wish_;
  std::vector<std::pair<std::string, std::string>> begun_{};
};

}  // namespace

std::vector<Option> fix_options() {
  return {
      {.names = "--fix",
       .value = "pr",
       .help = "after a failed verdict have Kolega fix the blocking findings; --fix=pr opens pull requests",
       .value_optional = true,
       .choices = fix_words}};
}

FixWish resolve_fix_wish(const Invocation& invocation) {
  const auto word = invocation.arguments.find("fix");
  if (!word) return {};
  if (!word->empty() && *word != "pr") {
    throw Error(ErrorKind::usage, "--fix: unknown word '" + printable(*word, 60) + "'",
                "--fix, or --fix=pr to open pull requests");
  }
  return {true, !word->empty()};
}

std::vector<FixGroup> blocking_groups(const gate::DecisionRecord& record) {
  std::vector<FixGroup> groups;
  for (const auto row : blocking_rows(record.verdict)) {
    const auto& finding = record.inputs.findings.rows.at(row);
    if (!finding.details || !api::usable_id(finding.details->id.view())) continue;
    auto& group =
        group_for(groups, finding.path.view().empty() ? finding.check_id.str() : finding.path.str());
    group.finding_ids.push_back(finding.details->id.str());
    group.worst = std::max(group.worst, record.verdict.findings.at(row).severity);
  }
  std::ranges::stable_sort(groups, std::ranges::greater{}, &FixGroup::worst);
  return groups;
}

void fix_blocking_findings(const Invocation& invocation, api::Client& client, const Repository& repository,
                           const gate::DecisionRecord& record, const FixWish& wish) {
  if (!wish.wanted || record.verdict.outcome != gate::Outcome::fail) return;
  try {
    client.set_wait({invocation.system.steady() + question_timeout, invocation.system.stop});
    Fixing(invocation, client, repository, wish).run(record);
  } catch (const Error& error) {
    invocation.printer.warning("--fix: " + error.message() +
                               (error.hint().empty() ? "" : "; " + error.hint()));
  }
}

}  // namespace kolega::cli
