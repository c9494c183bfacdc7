#include "gate/finding_order.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace kolega::gate {

namespace {

std::strong_ordering compare_lists(TextList a, TextList b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

/// A total order on what a finding says.
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

/// The same for rows of one scan type and path, which reads no more of them than it must.
bool before(const FindingRows& rows, std::uint32_t a, std::uint32_t b) {
  if (rows.line(a) != rows.line(b)) return rows.line(a) < rows.line(b);
  if (const auto c = rows.check_id(a) <=> rows.check_id(b); c != 0) return c < 0;
  return before(rows[a], rows[b]);
}

/// The findings of a file mostly arrive one behind the other. So such runs of rows are sorted, by scan type and path, which
/// are few where findings are many, and then each file's rows, which lie side by side in memory.
class RowSorter {
 public:
  explicit RowSorter(const FindingRows& rows) : rows_(rows), common_(common_start()) {
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      if (row > 0 && rows.path(row).place() == rows.path(row - 1).place() && rows.scan_type(row) == rows.scan_type(row - 1))
        continue;
      runs_.push_back(run_at(row));
      firsts_.push_back(row);
    }
    firsts_.push_back(static_cast<std::uint32_t>(rows.size()));
  }

  /// The rows in their order.
  std::vector<std::uint32_t> order() {
    std::sort(runs_.begin(), runs_.end(), [this](const Run& a, const Run& b) { return compare(a, b) < 0; });
    std::vector<std::uint32_t> out;
    out.reserve(rows_.size());
    for (std::size_t i = 0; i < runs_.size();) {
      const auto begin = static_cast<std::ptrdiff_t>(out.size());
      const auto first = i;
      do {
        for (auto row = firsts_[runs_[i].number]; row < firsts_[runs_[i].number + 1]; ++row) out.push_back(row);
        ++i;
      } while (i < runs_.size() && compare(runs_[first], runs_[i]) == 0);
      std::sort(out.begin() + begin, out.end(), [this](std::uint32_t a, std::uint32_t b) { return before(rows_, a, b); });
    }
    return out;
  }

 private:
  /// A run with the start of what it is sorted by: scan type, and eleven bytes of the path behind what all paths begin
  /// with. Nearly every comparison ends there, without reading texts that lie all over the memory.
  struct Run {
    std::uint64_t start{};
    std::uint32_t next{};
    std::uint32_t number{};
  };
  static_assert(sizeof(Run) == 16, "there may be one for every finding");

  Text path(const Run& run) const { return rows_.path(firsts_[run.number]); }

  std::size_t common_start() const {
    auto start = rows_.empty() ? std::string_view{} : rows_.path(0).view();
    for (std::uint32_t row = 1; row < rows_.size(); ++row) {
      if (rows_.path(row).place() == rows_.path(row - 1).place()) continue;
      const auto path = rows_.path(row).view();
      const auto end = std::mismatch(start.begin(), start.end(), path.begin(), path.end()).first;
      start = start.substr(0, static_cast<std::size_t>(end - start.begin()));
    }
    return start.size();
  }

  Run run_at(std::uint32_t row) const {
    const auto path = rows_.path(row).view();
    std::array<unsigned char, 11> bytes{};
    const auto part = path.substr(common_, bytes.size());
    std::copy(part.begin(), part.end(), bytes.begin());
    const auto four = [&](std::size_t i) {
      return std::uint32_t{bytes[i]} << 24U | std::uint32_t{bytes[i + 1]} << 16U | std::uint32_t{bytes[i + 2]} << 8U | bytes[i + 3];
    };
    const auto type = static_cast<std::uint64_t>(rows_.scan_type(row)) << 24U;
    return {(type | four(0) >> 8U) << 32U | four(3), four(7), static_cast<std::uint32_t>(runs_.size())};
  }

  std::strong_ordering compare(const Run& a, const Run& b) const {
    if (a.start != b.start) return a.start <=> b.start;
    if (a.next != b.next) return a.next <=> b.next;
    const auto x = path(a);
    const auto y = path(b);
    return x.place() == y.place() ? std::strong_ordering::equal : x <=> y;
  }

  const FindingRows& rows_;
  std::size_t common_;
  std::vector<Run> runs_;
  std::vector<std::uint32_t> firsts_;  ///< of each run, by its number, and the end of the last
};

}  // namespace

void sort_findings(FindingRows& rows) {
  auto order = RowSorter(rows).order();
  rows.reorder([&](std::uint32_t to) { return order[to]; }, [&](std::uint32_t to) { order[to] = to; });
}

}  // namespace kolega::gate
