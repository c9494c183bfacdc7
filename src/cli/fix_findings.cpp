#include "cli/fix_findings.hpp"

#include <algorithm>
#include <set>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "sys/files.hpp"

namespace kolega::cli {

namespace {

/// Larger groups become several fixes, so that each can be reviewed.
constexpr std::size_t most_in_group = 20;
constexpr std::size_t longest_place = 120;
/// Of all fixes together.
constexpr Duration patience = std::chrono::minutes(30);
/// Even when the others took all the time: one that has ended is seen.
constexpr sys::SteadyTime::duration shortest_wait = std::chrono::seconds(20);

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

std::string reason_of(const Error& error) {
  return error.message() + (error.hint().empty() ? "" : "; " + error.hint());
}

class Fixing {
 public:
  Fixing(const Invocation& invocation, api::Client& client, const Repository& repository, const FixWish& wish)
      : invocation_(invocation),
        client_(client),
        repository_(repository),
        wish_(wish),
        deadline_(invocation.system.steady() + patience) {}

  std::vector<gate::Fix> run(const gate::DecisionRecord& record) {
    for (const auto& group : blocking_groups(record)) fixes_.push_back({group.place, group.finding_ids});
    if (fixes_.empty()) warn("no blocking finding has an id to fix it by");
    try {
      begin_all(record);
      for (auto& fix : fixes_) finish(fix);
    } catch (const Error& error) {
      warn(reason_of(error));
      for (auto& fix : fixes_) {
        if (fix.detail.empty() && !fix_has_ended(fix.status)) fix.detail = error.message();
      }
    }
    return std::move(fixes_);
  }

 private:
  void warn(const std::string& text) const { invocation_.printer.warning("--fix: " + text); }

  void begin_all(const gate::DecisionRecord& record) {
    if (fixes_.empty()) return;
    ask_briefly();
    const auto source = choose_source(repository_, {{}, {}, scanned_branch(record.inputs, repository_)});
    const auto affordable = count_affordable();
    for (std::size_t i = 0; i < fixes_.size(); ++i) {
      if (i < affordable) {
        begin(fixes_[i], source);
      } else {
        fixes_[i].detail = "the quota 'prs' is used up";
      }
    }
  }

  void ask_briefly() {
    client_.set_wait({invocation_.system.steady() + question_timeout, invocation_.system.stop});
  }

  /// How many fixes the quota is left for.
  std::size_t count_affordable() {
    const auto left = static_cast<std::size_t>(std::max<std::int64_t>(0, client_.quota().prs.remaining));
    if (left < fixes_.size()) {
      warn("the quota 'prs' is left for " + std::to_string(left) + " of " + plural(fixes_.size(), "fix") +
           ", the most severe first");
    }
    return left;
  }

  /// One failure must not keep the other fixes from being made; a stop does.
  template <class Step>
  void attempt(gate::Fix& fix, const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      fix.detail = error.message();
      warn(reason_of(error));
    }
  }

  void begin(gate::Fix& fix, const FixSource& source) {
    attempt(fix, [&] {
      const auto place = printable(fix.place, longest_place);
      const FixRequest request{fix.finding_ids,
                               "Fix " + plural(fix.finding_ids.size(), "finding") + " in " + place,
                               std::string(default_instructions), source};
      const auto document = start_fix(invocation_, client_, repository_.id, request);
      fix.id = id_of_fix(document, repository_.id);
      fix.status = shown_text({document, "starting a fix", ErrorKind::api}, "status");
      invocation_.printer.note("fix " + fix.id + " of " + place + ": started");
    });
  }

  void finish(gate::Fix& fix) {
    if (fix.id.empty()) return;
    attempt(fix, [&] {
      const auto left = std::max(shortest_wait, deadline_ - invocation_.system.steady());
      const FixWait wait{std::chrono::duration_cast<Duration>(left), std::chrono::seconds(5)};
      const auto last = await_fix(invocation_, client_, repository_.id, fix.id, wait);
      const JsonView progress(last, "reading the progress of fix " + fix.id, ErrorKind::api);
      fix.status = progress.require_string("status");
      if (exit_code_of_fix(invocation_, progress) != 0) {
        fix.detail = shown_text(progress, "error_message");
        return;
      }
      ask_briefly();
      save_diff(fix);
      if (wish_.pull_requests) open(fix);
    });
  }

  void save_diff(gate::Fix& fix) {
    if (wish_.diffs.empty()) return;
    const auto document = client_.get_document(fix_path(repository_.id, fix.id, "/diff"));
    const JsonView view(document, "reading the diff of fix " + fix.id, ErrorKind::api);
    require_about(view, "fix_id", fix.id);
    const auto path = wish_.diffs + "/" + fix.id + ".patch";
    sys::write_file(path, view.require_string("diff"));
    fix.diff = path;
  }

  void open(gate::Fix& fix) {
    const auto document = open_pull_requests(client_, repository_.id, fix.id, "{}");
    const JsonView view(document, "opening the pull requests of fix " + fix.id, ErrorKind::api);
    for (const auto& request : view.require("pull_requests").items())
      fix.pull_requests.emplace_back(request.require_string("pr_url"));
  }

  const Invocation& invocation_;
  api::Client& client_;
  const Repository& repository_;
  const FixWish& wish_;
  sys::SteadyTime deadline_;
  std::vector<gate::Fix> fixes_{};
};

}  // namespace

std::vector<Option> fix_options() {
  return {
      {.names = "--fix",
       .value = "pr",
       .help = "after a failed verdict have Kolega fix the blocking findings; --fix=pr opens pull requests",
       .value_optional = true,
       .choices = fix_words},
      {.names = "--fix-diffs", .value = "DIR", .help = "with --fix: save each patch there, as FIX.patch"}};
}

FixWish resolve_fix_wish(const Invocation& invocation) {
  const auto word = invocation.arguments.find("fix");
  const auto diffs = resolve_text(invocation, "fix-diffs");
  if (!word && !diffs.empty()) throw Error(ErrorKind::usage, "--fix-diffs needs --fix");
  if (!word) return {};
  if (!word->empty() && *word != "pr") {
    throw Error(ErrorKind::usage, "--fix: unknown word '" + printable(*word, 60) + "'",
                "--fix, or --fix=pr to open pull requests");
  }
  if (!diffs.empty()) sys::make_directories(diffs);
  return {true, !word->empty(), diffs};
}

std::vector<FixGroup> blocking_groups(const gate::DecisionRecord& record) {
  std::vector<FixGroup> groups;
  for (const auto row : blocking_rows(record.verdict)) {
    const auto& finding = record.inputs.findings.rows[row];
    if (!finding.details || !api::usable_id(finding.details->id.view())) continue;
    auto& group =
        group_for(groups, finding.path.view().empty() ? finding.check_id.str() : finding.path.str());
    group.finding_ids.push_back(finding.details->id.str());
    group.worst = std::max(group.worst, record.verdict.findings.at(row).severity);
  }
  std::ranges::stable_sort(groups, std::ranges::greater{}, &FixGroup::worst);
  return groups;
}

std::vector<gate::Fix> fix_blocking_findings(const Invocation& invocation, api::Client& client,
                                             const Repository& repository, const gate::DecisionRecord& record,
                                             const FixWish& wish) {
  return Fixing(invocation, client, repository, wish).run(record);
}

}  // namespace kolega::cli
