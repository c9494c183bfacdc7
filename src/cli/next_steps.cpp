#include "cli/next_steps.hpp"

#include <algorithm>

#include "api/wire.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "gate/phrases.hpp"

namespace kolega::cli {

namespace {

/// Files were given, but none of some scan types.
std::string advice_for_missing_types(const gate::DecisionRecord& record) {
  const auto& inputs = record.inputs;
  const auto there = [&](ScanType type) {
    return std::ranges::find(inputs.batches, type, &ScanBatch::type) != inputs.batches.end();
  };
  std::vector<std::string> missing;
  std::string narrow;
  for (const auto type : inputs.scan_types) {
    if (there(type)) {
      narrow += " --scan-type " + std::string(name_of(type));
    } else {
      missing.emplace_back(name_of(type));
    }
  }
  if (missing.empty()) return {};
  const auto give = (missing.size() == 1 ? "give a file of " : "give files of ") + join(missing, ", ") + " too";
  const bool locked = inputs.policy && policy::find_lock(inputs.policy->locks, "scan");
  return narrow.empty() || locked ? give : give + ", or narrow the verdict with" + narrow;
}

/// How to look at the first batch that failed, where the gate saw one and it is still there to be looked at.
std::string advice_for_failed(const gate::DecisionRecord& record) {
  if (record.inputs.origin == gate::Origin::file) {
    if (auto advice = advice_for_missing_types(record); !advice.empty()) return advice;
  }
  if (record.inputs.origin == gate::Origin::sandbox) return "remove the reason given above and run again";
  const auto& batches = record.inputs.batches;
  for (std::size_t i = 0; i < std::min(batches.size(), record.verdict.batches.size()); ++i) {
    if (record.verdict.batches[i].grade != gate::Grade::failed) continue;
    // People copy the line into a shell, and the ids may come from a file.
    if (!api::usable_id(batches[i].id) || !api::usable_id(batches[i].repository_id)) continue;
    return "see why with: " + std::string(program_name) + " scans progress " + batches[i].id +
           " --repository " + batches[i].repository_id + "; then run again";
  }
  return "remove the reason given above and run again";
}

std::string advice_for(Cause cause, const gate::DecisionRecord& record, const std::string& attach) {
  switch (cause) {
    case Cause::auth:
      return "check the token, and what it may see: kolega-gate me; kolega-gate repos list";
    case Cause::usage:
      return "correct the command line, the policy or the files named above";
    case Cause::interrupted:
      return attach.empty() ? "run again" : "the scan goes on; attach with: " + attach;
    case Cause::quota:
      return record.inputs.origin == gate::Origin::sandbox ? "raise the quota in the sandbox's configuration"
                                                           : "see what is left with: kolega-gate quota";
    case Cause::api:
      return "run again; if it stays, check the address, the proxy and the status of the service";
    case Cause::timeout:
      return attach.empty() ? "run again with a longer --timeout"
                            : "wait on without a new scan: " + attach + "; or give a longer --timeout";
    case Cause::failed:
      return advice_for_failed(record);
    case Cause::partial:
      return "the results are not whole: remove the reason given above and run again";
    case Cause::context:
      return "provide what is named as missing above, or change the policy so that no rule needs it";
  }
  return {};
}

/// Also by triage, where the policy honours any and Kolega knows a finding that counts: a scanner's file has no status,
/// and a sandbox has ended with its own.
std::string advice_for_broken(const gate::DecisionRecord& record) {
  const auto& inputs = record.inputs;
  const auto on_server = [&](std::uint32_t row) { return inputs.findings.rows.details(row) != nullptr; };
  bool broken = false;
  bool known = false;
  for (const auto& rule : record.verdict.rules) {
    if (rule.state != gate::RuleState::broken || rule.mode != policy::Mode::block) continue;
    broken = true;
    known = known || std::ranges::any_of(rule.counted, on_server);
  }
  if (!broken) return "take the waivers that are not used any more out of the policy";
  const std::string fix = "fix the findings that the broken rules counted";
  if (inputs.origin == gate::Origin::sandbox) return fix;
  const auto marks = known && inputs.policy ? gate::describe_honored(*inputs.policy) : std::string{};
  return marks.empty() ? fix : fix + ", or mark them in Kolega as " + marks;
}

void add_once(std::vector<std::string>& steps, std::string step) {
  if (!step.empty() && std::ranges::find(steps, step) == steps.end()) steps.push_back(std::move(step));
}

}  // namespace

std::vector<std::string> next_steps(const gate::DecisionRecord& record, const std::string& attach,
                                    bool hints_shown) {
  std::vector<std::string> steps;
  const auto outcome = record.verdict.outcome;
  if (outcome == gate::Outcome::fail) add_once(steps, advice_for_broken(record));
  if (outcome == gate::Outcome::warn)
    add_once(steps, "look at the findings above: their rules will not always only warn");
  if (outcome == gate::Outcome::pass || outcome == gate::Outcome::bypassed) return steps;
  const bool stopped = std::ranges::find(record.verdict.incomplete, Cause::interrupted, &gate::Incompleteness::cause) !=
                       record.verdict.incomplete.end();
  for (const auto& entry : record.verdict.incomplete) {
    // What was stopped before its time has ended gets no other end by more time.
    if (stopped && entry.cause == Cause::timeout && entry.hint.empty()) continue;
    if (entry.hint.empty()) add_once(steps, advice_for(entry.cause, record, attach));
    if (!hints_shown) add_once(steps, entry.hint);
    if (!attach.empty() && (entry.cause == Cause::timeout || entry.cause == Cause::interrupted)) {
      add_once(steps, advice_for(stopped ? Cause::interrupted : entry.cause, record, attach));
    }
  }
  return steps;
}

}  // namespace kolega::cli
