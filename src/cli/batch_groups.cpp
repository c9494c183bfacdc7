#include "cli/batch_groups.hpp"

#include <algorithm>
#include <tuple>

namespace kolega::cli {

Instant time_of(const ScanBatch& batch) {
  for (const auto& at : {batch.created_at, batch.started_at, batch.completed_at}) {
    if (at) return *at;
  }
  return Instant{};
}

namespace {

bool belongs(const std::vector<ScanBatch>& group, const ScanBatch& batch) {
  const bool other_type = std::none_of(group.begin(), group.end(),
                                       [&](const ScanBatch& other) { return other.type == batch.type; });
  return other_type && time_of(batch) - time_of(group.front()) <= group_window;
}

}  // namespace

std::vector<std::vector<ScanBatch>> group_batches(std::vector<ScanBatch> batches) {
  std::sort(batches.begin(), batches.end(), [](const ScanBatch& a, const ScanBatch& b) {
    return std::make_tuple(time_of(a), a.type, a.id) < std::make_tuple(time_of(b), b.type, b.id);
  });
  std::vector<std::vector<ScanBatch>> groups;
  for (auto& batch : batches) {
    if (groups.empty() || !belongs(groups.back(), batch)) groups.emplace_back();
    groups.back().push_back(std::move(batch));
  }
  std::reverse(groups.begin(), groups.end());
  return groups;
}

}  // namespace kolega::cli
