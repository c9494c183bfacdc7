#include "gate/units.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <tuple>

#include "gate/normalise.hpp"
#include "model/repeats.hpp"

namespace kolega::gate {

namespace {

/// What a rule can see of a row beside scan type, fingerprint and path: two rows of a unit that agree in it
/// are one.
std::strong_ordering compare_content(const Finding& a, const FindingVerdict& x, const Finding& b,
                                     const FindingVerdict& y) {
  static const FindingDetails none;
  const auto& left = a.details ? *a.details : none;
  const auto& right = b.details ? *b.details : none;
  const bool known = a.details != nullptr;
  const bool other_known = b.details != nullptr;
  if (const auto c = std::tie(x.severity, x.disposition, x.on_changed_line, a.check_id, a.repository, a.batch,
                              known, left.status, left.category, left.first_detected_at) <=>
                     std::tie(y.severity, y.disposition, y.on_changed_line, b.check_id, b.repository, b.batch,
                              other_known, right.status, right.category, right.first_detected_at);
      c != 0) {
    return c;
  }
  const auto score = left.cvss_score.value_or(-1) <=> right.cvss_score.value_or(-1);
  if (score != 0) return score < 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  const auto compare = [](TextList p, TextList q) {
    return std::lexicographical_compare_three_way(p.begin(), p.end(), q.begin(), q.end());
  };
  const auto cwe = compare(a.cwe, b.cwe);
  return cwe != 0 ? cwe : compare(a.owasp, b.owasp);
}

struct Row {
  std::string path{};
  std::uint32_t row{};
};

/// Rows of one scan type and fingerprint: those with one path are a unit. Sorting keeps a hostile file, where
/// all findings share one fingerprint, from costing the square of its size.
class UnitFinder {
 public:
  UnitFinder(const FindingRows& rows, const std::vector<FindingVerdict>& judged)
      : rows_(rows), judged_(judged) {}

  void add(std::span<const std::uint32_t> same_fingerprint) {
    std::vector<Row> group;
    std::string scratch;
    for (const auto row : same_fingerprint)
      group.push_back({std::string(fold_path(rows_.path(row), scratch)), row});
    std::sort(group.begin(), group.end(), [this](const Row& a, const Row& b) {
      if (const auto c = a.path <=> b.path; c != 0) return c < 0;
      const auto c = compare(a.row, b.row);
      return c != 0 ? c < 0 : a.row < b.row;
    });
    for (std::size_t i = 1; i < group.size(); ++i) {
      if (group[i].path != group[i - 1].path) continue;
      const auto known = units.shared.find(group[i - 1].row);
      const auto unit = known == units.shared.end() ? group[i - 1].row : known->second;
      units.shared.emplace(group[i - 1].row, unit);
      units.shared.emplace(group[i].row, unit);
      if (compare(group[i - 1].row, group[i].row) == 0) units.repeated_rows.push_back(group[i].row);
    }
  }

  Units units{};

 private:
  std::strong_ordering compare(std::uint32_t a, std::uint32_t b) const {
    return compare_content(rows_[a], judged_[a], rows_[b], judged_[b]);
  }
  const FindingRows& rows_;
  const std::vector<FindingVerdict>& judged_;
};

}  // namespace

namespace {

/// The rows whose fingerprint another row may have, in the order of scan type and fingerprint. Nearly all rows have one
/// of their own, which hashes tell without comparing texts.
std::vector<std::uint32_t> likely_repeated(const FindingRows& rows) {
  constexpr std::size_t ahead = 16;
  std::vector<std::uint32_t> hashes(rows.size());
  Repeats repeats(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + ahead < rows.size()) rows.fingerprint(i + ahead).prefetch();
    hashes[i] = static_cast<std::uint32_t>(rows.fingerprint(i).hash());
    repeats.add(hashes[i]);
  }
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (repeats.may_repeat(hashes[i])) out.push_back(i);
  }
  std::sort(out.begin(), out.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::make_tuple(rows.scan_type(a), rows.fingerprint(a), a) <
           std::make_tuple(rows.scan_type(b), rows.fingerprint(b), b);
  });
  return out;
}

}  // namespace

Units find_units(const FindingRows& rows, const std::vector<FindingVerdict>& judged) {
  const auto order = likely_repeated(rows);
  UnitFinder finder(rows, judged);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    const auto type = rows.scan_type(order[begin]);
    const auto fingerprint = rows.fingerprint(order[begin]);
    while (end < order.size() && rows.scan_type(order[end]) == type && rows.fingerprint(order[end]) == fingerprint) {
      ++end;
    }
    if (end - begin > 1 && !fingerprint.empty())
      finder.add(std::span(order).subspan(begin, end - begin));
    begin = end;
  }
  return std::move(finder.units);
}

bool UnitCounter::first(std::uint32_t row, unsigned bit) {
  const auto unit = units_->shared.find(row);
  if (unit == units_->shared.end()) return true;
  auto& bits = seen_[unit->second];
  const auto mask = 1U << bit;
  const bool fresh = (bits & mask) == 0;
  bits |= mask;
  return fresh;
}

}  // namespace kolega::gate
