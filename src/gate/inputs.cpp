#include "gate/inputs.hpp"

#include <algorithm>
#include <array>
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
  inputs.findings.rows.change_batches(
      [&](std::uint16_t batch) { return batch < place.size() ? place[batch] : batch; });
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

/// A row with the start of what before() compares: scan type, and eleven bytes of the path behind what all paths begin
/// with. Nearly every comparison of a sort ends there, without reading texts that lie all over the memory.
struct Place {
  std::uint64_t start{};
  std::uint32_t next{};
  std::uint32_t row{};
};
static_assert(sizeof(Place) == 16, "there is one for every finding");

Place place_of(const FindingRows& rows, std::size_t common, std::uint32_t row) {
  const auto path = rows.path(row).view();
  std::array<unsigned char, 11> bytes{};
  const auto part = path.substr(common, bytes.size());
  std::copy(part.begin(), part.end(), bytes.begin());
  // Unrolled by hand: this is done for every finding.
  const auto four = [&](std::size_t i) {
    return std::uint32_t{bytes[i]} << 24U | std::uint32_t{bytes[i + 1]} << 16U | std::uint32_t{bytes[i + 2]} << 8U | bytes[i + 3];
  };
  const auto type = static_cast<std::uint64_t>(rows.scan_type(row)) << 24U;
  return {(type | four(0) >> 8U) << 32U | four(3), four(7), row};
}

/// Rows of one scan type, whose paths may begin alike.
bool before(const FindingRows& rows, std::uint32_t a, std::uint32_t b) {
  const auto path_a = rows.path(a);
  const auto path_b = rows.path(b);
  if (path_a.place() != path_b.place()) {
    if (const auto c = path_a <=> path_b; c != 0) return c < 0;
  }
  if (rows.line(a) != rows.line(b)) return rows.line(a) < rows.line(b);
  if (const auto c = rows.check_id(a) <=> rows.check_id(b); c != 0) return c < 0;
  return before(rows[a], rows[b]);
}

void sort_findings(FindingRows& rows) {
  if (rows.empty()) return;
  auto start = rows.path(0).view();
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const auto path = rows.path(i).view();
    if (!path.starts_with(start)) start = start.substr(0, common_length(start, path));
  }
  std::vector<Place> order(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) order[i] = place_of(rows, start.size(), i);
  std::sort(order.begin(), order.end(), [&](const Place& a, const Place& b) {
    if (a.start != b.start) return a.start < b.start;
    return a.next != b.next ? a.next < b.next : before(rows, a.row, b.row);
  });
  rows.reorder([&](std::uint32_t to) { return order[to].row; }, [&](std::uint32_t to) { order[to].row = to; });
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
