#include "gate/inputs.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "gate/finding_order.hpp"
#include "gate/record_reference.hpp"

namespace kolega::gate {

namespace {

void sort_batches(Inputs& inputs) {
  auto& batches = inputs.batches;
  std::vector<std::size_t> order(batches.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(batches[a].type, batches[a].id) < std::tie(batches[b].type, batches[b].id);
  });
  std::vector<ScanBatch> sorted;
  std::vector<std::uint16_t> place(batches.size());
  for (const auto from : order) {
    place[from] = static_cast<std::uint16_t>(sorted.size());
    sorted.push_back(std::move(batches[from]));
  }
  batches = std::move(sorted);
  inputs.findings.rows.change_batches(
      [&](std::uint16_t batch) { return batch < place.size() ? place[batch] : batch; });
  for (auto& batch : batches) {
    std::sort(batch.repositories.begin(), batch.repositories.end(), [](const auto& a, const auto& b) {
      return std::tie(a.name, a.branch) < std::tie(b.name, b.branch);
    });
  }
}

/// Twin groups are numbered by first appearance, so that their numbers do not tell in which order they were
/// found.
void renumber_twins(FindingRows& rows) {
  std::unordered_map<std::uint32_t, std::uint32_t> numbers;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto group = rows.twin_group(i);
    if (group == 0) continue;
    Finding row = rows[i];
    row.twin_group = numbers.try_emplace(group, static_cast<std::uint32_t>(numbers.size() + 1)).first->second;
    rows.set(i, row);
  }
}

}  // namespace

void canonicalise(Inputs& inputs) {
  std::sort(inputs.scan_types.begin(), inputs.scan_types.end());
  inputs.scan_types.erase(std::unique(inputs.scan_types.begin(), inputs.scan_types.end()),
                          inputs.scan_types.end());
  sort_batches(inputs);
  sort_findings(inputs.findings.rows);
  renumber_twins(inputs.findings.rows);
  canonicalise_reference(inputs);
  std::stable_sort(inputs.gaps.begin(), inputs.gaps.end(), [](const Gap& a, const Gap& b) {
    return std::tie(a.cause, a.scan_type, a.detail) < std::tie(b.cause, b.scan_type, b.detail);
  });
  std::sort(inputs.files.begin(), inputs.files.end(), [](const SourceFile& a, const SourceFile& b) {
    return std::tie(a.name, a.sha256) < std::tie(b.name, b.sha256);
  });
}

}  // namespace kolega::gate
