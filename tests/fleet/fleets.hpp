// Whole fleets in folders, for the tests of summaries and of merging.
#pragma once

#include "fleet/merge.hpp"
#include "fleet/samples.hpp"

namespace kolega::test {

/// Every sample as a repository, then one that failed, one that was not started and one without any result; names of
/// the outside are hostile.
inline std::vector<Judged> sample_fleet_records() {
  std::vector<Judged> out;
  std::size_t number = 0;
  for (const auto& sample : sample_records()) {
    if (sample.record.inputs.origin != gate::Origin::live || !sample.record.inputs.policy) continue;
    const auto digits = std::to_string(++number);
    const auto name = sample.name == "hostile" ? hostile_texts().front() : "shop/" + sample.name;
    out.push_back(judged(sample.name, "r-" + (digits.size() < 2 ? "0" + digits : digits), name));
  }
  return out;
}

inline fleet::Header header_of(const std::vector<Judged>& records, std::size_t beside, fleet::Shard shard = {}) {
  auto header = sample_header(records.size() + beside, shard);
  for (std::size_t i = 0; i < records.size(); ++i) {
    header.selection[i].name = records[i].result.repository;
    const auto mark = mark_of(records[i].record);
    if (std::ranges::find(header.policies, mark) == header.policies.end()) header.policies.push_back(mark);
  }
  std::ranges::sort(header.policies, {}, &fleet::PolicyMark::digest);
  return header;
}

/// Writes one shard's folder; the three repositories behind the records end without a verdict.
inline void write_shard(const std::string& path, fleet::Shard shard) {
  const auto records = sample_fleet_records();
  const auto header = header_of(records, 3, shard);
  fleet::OutputFolder folder(path, header);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (header.selection[i].shard == shard.number) add_to(folder, records[i]);
  }
  const auto add_other = [&](std::size_t place, fleet::Result result) {
    if (header.selection[place].shard == shard.number) add_to(folder, result);
  };
  auto failed = failed_result(header.selection[records.size()].id, 4, "repository unknown to this key");
  add_other(records.size(), failed);
  auto waiting = failed_result(header.selection[records.size() + 1].id, 3, hostile_texts().front());
  waiting.state = fleet::State::not_started;
  add_other(records.size() + 1, waiting);
}

}  // namespace kolega::test
