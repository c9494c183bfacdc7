#include "ingest/join.hpp"

#include <algorithm>
#include <deque>
#include <tuple>
#include <unordered_map>

#include "base/path.hpp"
#include "base/text.hpp"
#include "ingest/uri.hpp"
#include "model/triage.hpp"

namespace kolega::ingest {

namespace {

/// Gives equal texts equal numbers, so that rows are compared by numbers only.
class Numbers {
 public:
  /// Of a text that lives as long as the rows.
  std::uint32_t of(std::string_view text) { return numbers_.try_emplace(text, next()).first->second; }
  std::uint32_t of_made(std::string text) {
    const auto known = numbers_.find(text);
    return known != numbers_.end() ? known->second : of(made_.emplace_back(std::move(text)));
  }

 private:
  std::uint32_t next() const { return static_cast<std::uint32_t>(numbers_.size() + 1); }
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::deque<std::string> made_;
};

/// The number of a text by its place, for texts that rows share: some of the last, none for certain.
class Recent {
 public:
  template <class Make>
  std::uint32_t of(const void* place, Make make) {
    auto& slot = slots_[reinterpret_cast<std::uintptr_t>(place) * 0x9E3779B97F4A7C15ULL >> 52U];
    if (slot.place != place || slot.number == 0) slot = {place, make()};
    return slot.number;
  }

 private:
  struct Slot {
    const void* place{};
    std::uint32_t number{};
  };
  std::vector<Slot> slots_{std::vector<Slot>(4096)};
};

/// True when collapse_white_space() would give the same text back.
bool is_collapsed(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == ' ' || text.back() == ' ') return false;
  for (std::size_t at = 0; (at = text.find_first_of(" \t\n\r\f\v", at)) != std::string_view::npos; ++at) {
    if (text[at] != ' ' || text[at + 1] == ' ') return false;
  }
  return true;
}

struct Key {
  std::uint32_t check_id{};
  std::uint32_t path{};
  std::uint32_t severity{};
  std::uint32_t message{};
  std::uint32_t cwe{};
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// Normalises both sides alike (POLICY "Joining", step 2).
class Keys {
 public:
  template <class Row>
  Key of(const Row& row) {
    Key key;
    key.check_id = collapsed(row.check_id);
    key.path = path(row.path);
    key.severity = severities_.of(row.severity_word.place(), [&] {
      return texts_.of_made(to_lower_ascii(trim(row.severity_word)));
    });
    key.message = collapsed(row.message);
    key.cwe = recent_lists_.of(row.cwe.data(), [&] { return lists_.of_made(set_of(row.cwe)); });
    return key;
  }

 private:
  std::uint32_t collapsed(Text text) {
    return recent_.of(text.place(), [&] {
      return is_collapsed(text) ? texts_.of(text.view()) : texts_.of_made(collapse_white_space(text));
    });
  }
  std::uint32_t path(Text text) {
    const auto trimmed = trim(text);
    const auto folded = fold_path(trimmed, scratch_);
    return folded.data() == trimmed.data() ? texts_.of(folded) : texts_.of_made(std::string(folded));
  }
  static std::string set_of(TextList list) {
    std::vector<std::string> words;
    for (const auto word : list) words.push_back(to_lower_ascii(collapse_white_space(word)));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return kolega::join(words, "\n");
  }
  Numbers texts_;
  Numbers lists_;
  Recent recent_;
  Recent severities_;
  Recent recent_lists_;
  std::string scratch_;
};

enum class Tier { all, without_severity, without_cwe, without_message };

Key reduced(Key key, Tier tier) {
  switch (tier) {
    case Tier::all:
      break;
    case Tier::without_severity:
      key.severity = 0;
      break;
    case Tier::without_cwe:
      key.severity = key.cwe = 0;
      break;
    case Tier::without_message:
      key.message = key.cwe = 0;
      break;
  }
  return key;
}

struct Entry {
  Key key{};
  std::uint32_t index{};
  bool finding{};
};

class Joiner {
 public:
  Joiner(FindingRows& results, const std::vector<FindingItem>& items, TextPool& pool,
         std::uint32_t first_twin_group)
      : results_(results), items_(items), pool_(pool), next_twin_group_(first_twin_group) {
    Keys keys;
    entries_.reserve(results.size() + items.size());
    for (std::uint32_t i = 0; i < results.size(); ++i)
      entries_.push_back({keys.of(results[i]), i, false});
    for (std::uint32_t i = 0; i < items.size(); ++i) entries_.push_back({keys.of(items[i]), i, true});
  }

  JoinSummary run(std::optional<Instant> batch_start) {
    for (const auto tier : {Tier::all, Tier::without_severity, Tier::without_cwe, Tier::without_message}) {
      accept_groups(tier);
    }
    for (const auto& entry : entries_) {
      if (!entry.finding) {
        ++summary_.unmatched_results;
        continue;
      }
      ++summary_.unmatched_findings;
      if (is_missing_result(*items_[entry.index].details, batch_start)) ++summary_.unmatched_active;
    }
    return summary_;
  }

 private:
  /// Not taken out of the results by triage, and seen by this scan; what is not known counts against the
  /// results.
  static bool is_missing_result(const FindingDetails& details, std::optional<Instant> batch_start) {
    switch (find_triage_status(details.status).value_or(TriageStatus::open)) {
      case TriageStatus::resolved:
      case TriageStatus::ignored:
      case TriageStatus::false_positive:
        return false;
      case TriageStatus::open:
      case TriageStatus::needs_manual_review:
        break;
    }
    return !batch_start || !details.last_detected_at || *details.last_detected_at >= *batch_start;
  }

  void accept_groups(Tier tier) {
    std::vector<Entry> left;
    std::sort(entries_.begin(), entries_.end(), [tier](const Entry& a, const Entry& b) {
      if (const auto c = reduced(a.key, tier) <=> reduced(b.key, tier); c != 0) return c < 0;
      return std::tie(a.finding, a.index) < std::tie(b.finding, b.index);
    });
    for (auto first = entries_.begin(); first != entries_.end();) {
      const auto key = reduced(first->key, tier);
      const auto last =
          std::find_if(first, entries_.end(), [&](const Entry& e) { return reduced(e.key, tier) != key; });
      const auto middle = std::find_if(first, last, [](const Entry& e) { return e.finding; });
      const auto size = middle - first;
      const bool accepted = size > 0 && size == last - middle && (size == 1 || tier != Tier::without_message);
      if (accepted) {
        accept({first, middle}, {middle, last});
      } else {
        left.insert(left.end(), first, last);
      }
      first = last;
    }
    entries_ = std::move(left);
  }

  using Side = std::pair<std::vector<Entry>::iterator, std::vector<Entry>::iterator>;

  void accept(Side results, Side findings) {
    const auto size = results.second - results.first;
    if (size == 1) {
      complete(results.first->index, items_[findings.first->index], 0);
      ++summary_.matched;
      return;
    }
    // Which detail belongs to which fingerprint is not known, so the order only has to be the same every
    // time.
    std::sort(results.first, results.second, [this](const Entry& a, const Entry& b) {
      const auto left = results_.fingerprint(a.index);
      const auto right = results_.fingerprint(b.index);
      return std::tie(left, a.index) < std::tie(right, b.index);
    });
    std::sort(findings.first, findings.second, [this](const Entry& a, const Entry& b) {
      const auto& left = items_[a.index];
      const auto& right = items_[b.index];
      return std::make_tuple(left.line.first, left.details->id.view(), a.index) <
             std::make_tuple(right.line.first, right.details->id.view(), b.index);
    });
    for (std::ptrdiff_t i = 0; i < size; ++i) {
      complete(results.first[i].index, items_[findings.first[i].index], next_twin_group_);
    }
    ++next_twin_group_;
    summary_.twins += static_cast<std::uint64_t>(size);
  }

  /// The result's own values stay: they are what the batch said.
  void complete(std::uint32_t row, const FindingItem& item, std::uint32_t twin_group) {
    Finding result = results_[row];
    result.details = item.details;
    if (item.line.first > 0) {
      result.line = item.line.first;
      result.end_line = item.line.last;
    }
    if (result.repository.empty()) result.repository = item.repository;
    if (twin_group > 0) {
      result.twin_group = twin_group;
      result.line_assigned = result.line > 0;
    }
    results_.set(row, result);
  }

  FindingRows& results_;
  const std::vector<FindingItem>& items_;
  TextPool& pool_;
  std::uint32_t next_twin_group_;
  std::vector<Entry> entries_;
  JoinSummary summary_;
};

}  // namespace

JoinSummary join(FindingRows& results, const std::vector<FindingItem>& items, TextPool& pool,
                 std::optional<Instant> batch_start, std::uint32_t first_twin_group) {
  return Joiner(results, items, pool, first_twin_group).run(batch_start);
}

}  // namespace kolega::ingest
