// Fleets for tests: repositories, their results, folders of them.
#pragma once

#include "cli/exit_code.hpp"
#include "fleet/output_folder.hpp"
#include "policy/policy.hpp"
#include "support/builders.hpp"
#include "support/files.hpp"
#include "support/sample_records.hpp"

namespace kolega::test {

inline fleet::PolicyMark mark_of(const gate::DecisionRecord& record) {
  return {record.inputs.policy->name, policy::digest(*record.inputs.policy)};
}

/// Repositories r-01, r-02, ... dealt out to shards in turn.
inline fleet::Header sample_header(std::size_t count, fleet::Shard shard = {},
                                   std::vector<fleet::PolicyMark> policies = {}) {
  fleet::Header header;
  header.tool_version = "1.2.3";
  header.api_url = "https://api.kolega.dev";
  header.started_at = *parse_instant("2026-11-23T12:00:00Z");
  header.shard = shard;
  header.policies = std::move(policies);
  for (std::size_t i = 1; i <= count; ++i) {
    const auto digits = std::to_string(i);
    const auto number = digits.size() < 2 ? "0" + digits : digits;
    header.selection.push_back(
        {"r-" + number, "shop/service-" + number, static_cast<std::uint32_t>((i - 1) % shard.of + 1)});
  }
  return header;
}

inline fleet::Result failed_result(std::string id, int exit_code = 5, std::string why = "the API is away") {
  fleet::Result result;
  result.repository_id = id;
  result.repository = "shop/" + id;
  result.exit_code = exit_code;
  result.error = std::move(why);
  result.began = result.ended = *parse_instant("2026-11-23T12:00:01Z");
  return result;
}

/// Some samples hold what no policy file could say; a record must be readable to be proven.
inline void make_readable(policy::Policy& policy) {
  const auto legal = [](const std::string& id) { return id.find_first_of("#|<>`[]* ") == std::string::npos; };
  std::size_t number = 0;
  for (auto& rule : policy.rules) {
    if (!legal(rule.id)) rule.id = "rule-" + std::to_string(++number);
    auto* limit = std::get_if<policy::MaxBySeverity>(&rule.limit);
    if (limit) limit->named[index_of(Severity::high)] = limit->named[index_of(Severity::medium)];
  }
  if (policy.waivers) std::erase_if(policy.waivers->list, [&](const auto& waiver) { return !legal(waiver.id); });
}

/// The record with the repository's name in it, and what a fleet says of it.
struct Judged {
  gate::DecisionRecord record{};
  fleet::Result result{};
};
inline Judged judged(const std::string& sample, std::string id, std::string name = {}) {
  auto inputs = sample_record(sample).inputs;
  if (inputs.policy) make_readable(*inputs.policy);
  if (sample == "hostile") inputs.baseline.reset();  // its entries name no message
  inputs.subject.repository_id = id;
  inputs.subject.repository = name.empty() ? "shop/" + id : std::move(name);
  Judged out{gate::decide(std::move(inputs)), {}};
  out.result = fleet::result_of(out.record, cli::exit_code(out.record));
  if (out.record.inputs.policy) out.result.policy = mark_of(out.record);
  out.result.began = *parse_instant("2026-11-23T12:00:01Z");
  out.result.ended = *parse_instant("2026-11-23T12:00:05.5Z");
  return out;
}

inline void add_to(fleet::OutputFolder& folder, fleet::Result result, std::optional<sys::OutputSet> record = {}) {
  std::vector<fleet::OutputFolder::Ended> ended;
  ended.push_back({std::move(result), std::move(record)});
  folder.settle(std::move(ended));
}
inline fleet::Result add_to(fleet::OutputFolder& folder, Judged judged) {
  auto draft = folder.draft_record(judged.result.repository_id, judged.record,
                                   gate::write_policy_once(judged.record.inputs.policy));
  judged.result.record = draft.mark;
  add_to(folder, judged.result, std::move(draft.file));
  return judged.result;
}

}  // namespace kolega::test
