#include "fleet/merge.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "fleet/output_folder.hpp"
#include "gate/record.hpp"

namespace kolega::fleet {

namespace {

[[noreturn]] void contradict(const std::string& a, const std::string& b, const std::string& how, std::string hint) {
  throw Error(ErrorKind::usage, "cannot join " + printable(a) + " and " + printable(b) + ": " + how, std::move(hint));
}

std::string first_policy_beside(const std::vector<PolicyMark>& one, const std::vector<PolicyMark>& other) {
  for (const auto& policy : one) {
    if (std::ranges::find(other, policy) == other.end())
      return printable(policy.name, 80) + " (" + policy.digest.substr(0, 12) + ")";
  }
  return {};
}

void require_same_policies(const Folder& a, const Folder& b) {
  if (a.header.policies == b.header.policies) return;
  auto odd = first_policy_beside(a.header.policies, b.header.policies);
  const auto& where = odd.empty() ? b : a;
  if (odd.empty()) odd = first_policy_beside(b.header.policies, a.header.policies);
  contradict(a.path, b.path,
             odd.empty() ? "their policies are in another order" : "only " + printable(where.path) + " knows the policy " + odd,
             "give every shard the same policy files");
}

std::string first_repository_beside(const std::vector<Selected>& one, const std::vector<Selected>& other) {
  for (const auto& entry : one) {
    const auto found = std::ranges::lower_bound(other, entry.id, {}, &Selected::id);
    if (found == other.end() || *found != entry) return printable(entry.name, 80) + " (" + entry.id + ")";
  }
  return {};
}

void require_same_selection(const Folder& a, const Folder& b) {
  if (a.header.selection == b.header.selection) return;
  auto odd = first_repository_beside(a.header.selection, b.header.selection);
  const auto& where = odd.empty() ? b : a;
  if (odd.empty()) odd = first_repository_beside(b.header.selection, a.header.selection);
  contradict(a.path, b.path, "they are of two selections: " + printable(where.path) + " alone has " + odd,
             "a repository came, went or was renamed between the shards, or their options differ; run all of them again");
}

void require_same_run(const Folder& a, const Folder& b) {
  if (a.header.shard.of != b.header.shard.of) {
    contradict(a.path, b.path,
               "the one is shard " + describe(a.header.shard) + ", the other shard " + describe(b.header.shard),
               "join the shards of one run");
  }
  if (a.header.api_url != b.header.api_url) {
    contradict(a.path, b.path,
               "the one is about " + printable(a.header.api_url) + ", the other about " + printable(b.header.api_url),
               "join the shards of one run");
  }
  if (a.header.origin != b.header.origin)
    contradict(a.path, b.path, "one of both is about the sandbox", "join the shards of one run");
  require_same_policies(a, b);
  require_same_selection(a, b);
}

void note_versions(Fleet& fleet) {
  std::vector<std::string> versions;
  for (const auto& part : fleet.parts) {
    if (std::ranges::find(versions, part.tool_version) == versions.end()) versions.push_back(part.tool_version);
  }
  if (versions.size() > 1)
    fleet.notes.push_back("the shards were judged by different versions of the program: " + join(versions, ", "));
}

/// In what the line of a result tells something else than its record; empty when it does not. Texts are the program's
/// version's own, and exit codes are checked against the outcome where the line is read.
std::string_view contradiction(const Result& told, const gate::DecisionRecord& record) {
  auto whole = result_of(record, told.exit_code);
  whole.record = told.record;
  const auto given = read_result(write_result(whole), "the record");  // as a line can hold it
  const auto same_batch = [](const BatchNote& a, const BatchNote& b) {
    return a.id == b.id && a.type == b.type && a.grade == b.grade;
  };
  const auto same_cause = [](const CauseNote& a, const CauseNote& b) {
    return a.cause == b.cause && a.allowed == b.allowed;
  };
  if (told.findings != given.findings) return "findings";
  if (told.by_severity != given.by_severity) return "counts by severity";
  if (told.by_disposition != given.by_disposition) return "counts by disposition";
  if (told.rules != given.rules) return "rules";
  if (!std::ranges::equal(told.batches, given.batches, same_batch)) return "scan batches";
  return std::ranges::equal(told.causes, given.causes, same_cause) ? std::string_view{} : "causes";
}

void require_decision(const Fleet& fleet, const std::string& folder, const Result& result) {
  const auto where = printable(folder + "/" + record_path(result.repository_id));
  const auto inputs = gate::read_record(read_record_bytes(folder, result), where);
  const auto record = gate::decide(inputs);
  const std::string changed = "results.jsonl was changed after the run, or another version of the program wrote it";
  if (inputs.subject.repository_id != result.repository_id) {
    throw Error(ErrorKind::input, where + ": it is about the repository '" +
                                      printable(inputs.subject.repository_id, 80) + "'");
  }
  if (record.verdict.outcome != result.outcome) {
    throw Error(ErrorKind::input,
                where + ": its facts give " + std::string(gate::name_of(record.verdict.outcome)) +
                    ", results.jsonl tells " + std::string(gate::name_of(result.outcome)),
                changed);
  }
  if (const auto what = contradiction(result, record); !what.empty()) {
    throw Error(ErrorKind::input, where + ": its facts give other " + std::string(what) + " than results.jsonl tells",
                changed);
  }
  if (inputs.origin != fleet.origin)
    throw Error(ErrorKind::input, where + ": one of both, it and fleet.json, is about the sandbox");
}

}  // namespace

void verify_records(const Fleet& fleet) {
  std::unordered_map<std::string_view, std::uint32_t> shards;
  for (const auto& entry : fleet.selected) shards.emplace(entry.id, entry.shard);
  for (const auto& result : fleet.results) {
    if (result.record) require_decision(fleet, folder_of(fleet, shards.at(result.repository_id)), result);
  }
}

Fleet merge_folders(const std::vector<std::string>& folders) {
  if (folders.empty()) throw Error(ErrorKind::usage, "no folder to join");
  Fleet fleet;
  std::optional<Folder> first;
  std::vector<std::pair<std::string, Shard>> seen;
  for (const auto& path : folders) {
    auto folder = read_folder(path);
    if (first) {
      for (const auto& [other, shard] : seen) {
        if (shard == folder.header.shard)
          contradict(other, folder.path, "both are shard " + describe(shard), "name each shard once");
      }
      require_same_run(*first, folder);
    }
    seen.emplace_back(folder.path, folder.header.shard);
    auto part = fleet_of(folder.path, folder.header, std::move(folder.results), std::move(folder.notes));
    if (first) {
      fleet.parts.push_back(part.parts.front());
      std::ranges::move(part.results, std::back_inserter(fleet.results));
      std::ranges::move(part.notes, std::back_inserter(fleet.notes));
    } else {
      fleet = std::move(part);
      fleet.selected = folder.header.selection;
      first = std::move(folder);
    }
  }
  std::ranges::sort(fleet.parts, {}, [](const Part& part) { return part.shard.number; });
  for (std::uint32_t number = 1; number <= fleet.shards; ++number) {
    const auto is_it = [&](const Part& part) { return part.shard.number == number; };
    if (std::ranges::none_of(fleet.parts, is_it)) fleet.missing.push_back(number);
  }
  for (const auto number : fleet.missing)
    fleet.notes.push_back("shard " + std::to_string(number) + " of " + std::to_string(fleet.shards) + " is missing");
  note_versions(fleet);
  verify_records(fleet);
  return fleet;
}

}  // namespace kolega::fleet
