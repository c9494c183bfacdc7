#include "gate/inputs.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "gate/record_reference.hpp"

namespace kolega::gate {

namespace {

std::strong_ordering compare_lists(TextList a, TextList b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

/// A total order on what a finding says, so that equal inputs give equal records whatever order they arrived
/// in.
bool before(const Finding& a, const Finding& b) {
  if (const auto c = std::tie(a.scan_type, a.path, a.line, a.check_id, a.fingerprint, a.severity_word,
                              a.message, a.batch, a.end_line, a.repository, a.twin_group) <=>
                     std::tie(b.scan_type, b.path, b.line, b.check_id, b.fingerprint, b.severity_word,
                              b.message, b.batch, b.end_line, b.repository, b.twin_group);
      c != 0) {
    return c < 0;
  }
  if (const auto c = compare_lists(a.cwe, b.cwe); c != 0) return c < 0;
  if (const auto c = compare_lists(a.owasp, b.owasp); c != 0) return c < 0;
  static const FindingDetails none;
  const auto& x = a.details ? *a.details : none;
  const auto& y = b.details ? *b.details : none;
  return std::tie(x.id, x.status, x.first_detected_at, x.last_detected_at, x.cvss_score, x.title) <
         std::tie(y.id, y.status, y.first_detected_at, y.last_detected_at, y.cvss_score, y.title);
}

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
  for (auto& row : inputs.findings.rows) {
    if (row.batch < place.size()) row.batch = place[row.batch];
  }
  for (auto& batch : batches) {
    std::sort(batch.repositories.begin(), batch.repositories.end(), [](const auto& a, const auto& b) {
      return std::tie(a.name, a.branch) < std::tie(b.name, b.branch);
    });
  }
}

std::size_t common_length(std::string_view a, std::string_view b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(ends.first - a.begin());
}

/// A row with the start of what before() compares: scan type, and fifteen bytes of the path behind what all paths begin
/// with. Nearly every comparison of a sort ends there, without reading texts that lie all over the memory.
struct Place {
  std::uint64_t start{};
  std::uint64_t next{};
  std::uint32_t row{};
};

Place place_of(const Finding& finding, std::size_t common, std::uint32_t row) {
  const auto path = finding.path.view();
  const auto append = [&](std::uint64_t start, std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i)
      start = start << 8U | (i < path.size() ? static_cast<unsigned char>(path[i]) : 0U);
    return start;
  };
  return {append(static_cast<std::uint64_t>(finding.scan_type), common, common + 7),
          append(0, common + 7, common + 15), row};
}

/// Puts the row `order[i].row` at i, each row moved once.
void apply(std::vector<Place>& order, std::vector<Finding>& rows) {
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    if (order[i].row == i) continue;
    const auto first = rows[i];
    auto to = i;
    for (auto from = order[to].row; from != i; from = order[to].row) {
      rows[to] = rows[from];
      order[to].row = to;
      to = from;
    }
    rows[to] = first;
    order[to].row = to;
  }
}

void sort_findings(std::vector<Finding>& rows) {
  if (rows.empty()) return;
  std::size_t common = rows.front().path.view().size();
  for (const auto& row : rows) common = common_length(rows.front().path.view().substr(0, common), row.path);
  std::vector<Place> order(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) order[i] = place_of(rows[i], common, i);
  std::sort(order.begin(), order.end(), [&](const Place& a, const Place& b) {
    if (a.start != b.start) return a.start < b.start;
    return a.next != b.next ? a.next < b.next : before(rows[a.row], rows[b.row]);
  });
  apply(order, rows);
}

/// Twin groups are numbered by first appearance, so that their numbers do not tell in which order they were
/// found.
void renumber_twins(std::vector<Finding>& rows) {
  std::unordered_map<std::uint32_t, std::uint32_t> numbers;
  for (auto& row : rows) {
    if (row.twin_group == 0) continue;
    row.twin_group =
        numbers.try_emplace(row.twin_group, static_cast<std::uint32_t>(numbers.size() + 1)).first->second;
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
