// Findings by the hundred thousand: a row of 32 bytes for each, what many of them share once beside the rows.
// Not for: what a finding is (model/finding.hpp), the bytes of its texts (model/text_pool.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "model/chunked.hpp"
#include "model/finding.hpp"

namespace kolega {

/// A list of findings. They are packed: what is read is a copy, what is changed is set anew. Texts and details belong to
/// a TextPool, which must outlive the list.
class FindingRows {
 public:
  class Iterator;

  std::size_t size() const noexcept { return rows_.size(); }
  bool empty() const noexcept { return rows_.empty(); }
  /// How many sets of what rows share are kept: few, where few differ.
  std::size_t kinds() const noexcept { return kinds_.size(); }
  /// Constant, so that nobody changes the copy and means the row.
  const Finding operator[](std::size_t row) const { return unpack(rows_[row]); }  // NOLINT(readability-const-return-type)
  const Finding front() const { return (*this)[0]; }                             // NOLINT(readability-const-return-type)
  const Finding back() const { return (*this)[size() - 1]; }                     // NOLINT(readability-const-return-type)
  Iterator begin() const;
  Iterator end() const;

  // What loops over all rows ask for most, without unpacking the rest.
  Fingerprint fingerprint(std::size_t row) const { return rows_[row].fingerprint.get(); }
  Text path(std::size_t row) const { return rows_[row].path.get(); }
  Text message(std::size_t row) const { return rows_[row].message.get(); }
  std::uint32_t line(std::size_t row) const { return rows_[row].line; }
  ScanType scan_type(std::size_t row) const { return kinds_[rows_[row].kind].scan_type; }
  Text check_id(std::size_t row) const { return kinds_[rows_[row].kind].check_id; }
  std::uint32_t twin_group(std::size_t row) const { return extra(rows_[row]).twin_group; }
  const FindingDetails* details(std::size_t row) const { return extra(rows_[row]).details; }

  void push_back(const Finding& finding) { rows_.push_back(pack(finding, 0)); }
  void set(std::size_t row, const Finding& finding) { rows_[row] = pack(finding, rows_[row].extra); }
  void set_fingerprint(std::size_t row, Fingerprint fingerprint) {
    rows_[row].fingerprint = Packed<Fingerprint>(fingerprint);
  }
  /// `change` gets each finding to alter.
  template <class Change>
  void change_all(Change change) {
    for (std::size_t row = 0; row < size(); ++row) {
      Finding finding = (*this)[row];
      change(finding);
      set(row, finding);
    }
  }
  /// The batch of all rows by their batch now; takes no time for each row.
  template <class Change>
  void change_batches(Change change) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) kinds_[i].batch = change(kinds_[i].batch);
    slots_.clear();
  }
  /// The scan type of all rows; takes no time for each row.
  void set_scan_type(ScanType type);
  void append(const FindingRows& other);
  /// Takes the other's memory where this list is empty.
  void append(FindingRows&& other);
  /// Drops the end.
  void cut(std::size_t size) { rows_.cut(size); }
  void clear();
  template <class Unwanted>
  void erase_if(Unwanted unwanted) {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < size(); ++row) {
      if (!unwanted((*this)[row])) rows_[kept++] = rows_[row];
    }
    rows_.cut(kept);
  }
  /// Row `from(i)` comes to i, for every i. `from` gives each row once; behind `placed(i)` it gives i for i.
  template <class From, class Placed>
  void reorder(From from, Placed placed) {
    for (std::uint32_t first = 0; first < size(); ++first) {
      if (from(first) == first) continue;
      const auto kept = rows_[first];
      auto to = first;
      for (auto next = from(to); next != first; next = from(to)) {
        rows_[to] = rows_[next];
        placed(to);
        to = next;
      }
      rows_[to] = kept;
      placed(to);
    }
  }

 private:
  /// What findings of one check and severity have in common.
  struct Kind {
    Text check_id{};
    Text severity_word{};
    Text repository{};
    TextList cwe{};
    TextList owasp{};
    std::uint16_t batch{};
    ScanType scan_type{};
    bool operator==(const Kind& other) const noexcept;
    std::uint64_t hash() const noexcept;
  };
  /// What most findings do not have.
  struct Extra {
    const FindingDetails* details{};
    Text line_hash{};
    std::uint32_t end_line{};
    std::uint32_t twin_group{};
    bool line_assigned{};
  };
  struct Row {
    Packed<Fingerprint> fingerprint{};
    Packed<Text> path{};
    Packed<Text> message{};
    std::uint16_t lines{};  ///< end_line - line + 1; 0: no end_line; most_lines: it is in the Extra
    std::uint32_t kind{};
    std::uint32_t extra{};  ///< 0: none, else one more than its index
    std::uint32_t line{};
  };
  static_assert(sizeof(Row) == 32, "a million findings are 32 MB, beside their texts");
  static constexpr std::uint16_t most_lines = 0xFFFF;

  const Finding unpack(const Row& row) const;  // NOLINT(readability-const-return-type)
  /// `extra` is that of the row which it takes the place of.
  Row pack(const Finding& finding, std::uint32_t extra);
  const Extra& extra(const Row& row) const {
    static constexpr Extra none;
    return row.extra == 0 ? none : extras_[row.extra - 1];
  }
  std::uint32_t index_of(const Kind& kind);
  std::uint32_t& slot_of(const Kind& kind);
  void grow_slots();

  Chunked<Row, 1024> rows_;
  Chunked<Kind, 64> kinds_;
  Chunked<Extra, 256> extras_;
  /// One more than the index of a kind, by its hash; 0: free. A kind that another one drove out is kept once more, which
  /// costs memory only. As many of them as findings may come from outside, so the table has an end.
  static constexpr std::size_t most_slots = std::size_t{1} << 16U;
  std::vector<std::uint32_t> slots_;
};

class FindingRows::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Finding;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = const Finding;
  Iterator() = default;
  Iterator(const FindingRows* rows, std::size_t row) : rows_(rows), row_(row) {}
  const Finding operator*() const { return (*rows_)[row_]; }  // NOLINT(readability-const-return-type)
  Iterator& operator++() {
    ++row_;
    return *this;
  }
  Iterator operator++(int) { return {rows_, row_++}; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.row_ == b.row_; }

 private:
  const FindingRows* rows_{};
  std::size_t row_{};
};

inline FindingRows::Iterator FindingRows::begin() const {
  return {this, 0};
}
inline FindingRows::Iterator FindingRows::end() const {
  return {this, size()};
}

/// Findings with the pool that their texts live in. Copies share the pool, which only ever grows.
struct FindingSet {
  std::shared_ptr<TextPool> pool{std::make_shared<TextPool>()};
  FindingRows rows{};
};

}  // namespace kolega
