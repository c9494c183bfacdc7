#include "gate/novelty.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "gate/baseline_entry.hpp"
#include "gate/normalise.hpp"

namespace kolega::gate {

namespace {

/// Rows of one scan type, fingerprint and path (folded).
using UnitKey = std::tuple<ScanType, Fingerprint, std::string>;
/// What is left of a finding when its fingerprint has changed: scan type, check, path and message.
using Trace = std::tuple<ScanType, std::string, std::string, std::string>;

class Matcher {
 public:
  Matcher(const Baseline& baseline, const ChangeSet* changes, const FindingRows& rows,
          std::vector<FindingVerdict>& judged)
      : entries_(baseline.entries),
        changes_(changes),
        rows_(rows),
        judged_(judged),
        taken_(entries_.size()) {}

  Comparison run() {
    match_by_key();
    match_renamed();
    match_by_trace();
    match_nameless();
    count_entries();
    return out_;
  }

 private:
  const BaselineEntry* find(ScanType type, std::string_view fingerprint, std::string_view path) const {
    const auto wanted = std::tie(type, fingerprint, path);
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), wanted,
                                     [](const BaselineEntry& e, const auto& key) {
                                       const std::string_view own_fingerprint = e.fingerprint;
                                       const std::string_view own_path = e.path;
                                       return std::tie(e.scan_type, own_fingerprint, own_path) < key;
                                     });
    if (at == entries_.end() || at->scan_type != type || at->fingerprint != fingerprint || at->path != path)
      return nullptr;
    return &*at;
  }
  std::uint64_t& taken(const BaselineEntry& entry) {
    return taken_[static_cast<std::size_t>(&entry - entries_.data())];
  }

  void match_by_key() {
    std::string scratch;
    std::string text;
    for (std::uint32_t row = 0; row < rows_.size(); ++row) {
      const auto& finding = rows_[row];
      judged_[row].is_new = true;
      const auto path = fold_path(finding.path, scratch);
      if (finding.fingerprint.empty()) {
        nameless_[{finding.scan_type, std::string(path)}].push_back(row);
        continue;
      }
      if (const auto* entry = find(finding.scan_type, finding.fingerprint.text(text), path)) {
        judged_[row].is_new = false;
        taken(*entry) = 1;
      } else {
        left_[{finding.scan_type, finding.fingerprint, std::string(path)}].push_back(row);
      }
    }
  }

  void mark_known(const std::vector<std::uint32_t>& rows) {
    for (const auto row : rows) judged_[row].is_new = false;
  }

  /// The path that a file had before the change, when it was renamed.
  const std::string* old_path(std::string_view path) const {
    const auto* file = changes_ ? changes_->find(path) : nullptr;
    return file && file->kind == ChangedFile::Kind::renamed ? &file->old_path : nullptr;
  }

  void match_renamed() {
    std::string text;
    for (auto unit = left_.begin(); unit != left_.end();) {
      const auto& [type, fingerprint, path] = unit->first;
      const auto* before = old_path(path);
      const auto* entry = before ? find(type, fingerprint.text(text), *before) : nullptr;
      if (!entry || taken(*entry) > 0) {
        ++unit;
        continue;
      }
      taken(*entry) = 1;
      mark_known(unit->second);
      ++out_.renamed;
      unit = left_.erase(unit);
    }
  }

  /// Entries that agree in check, path and message are one candidate: whichever of them it was, it was known.
  /// Two findings that agree in them are two, and nobody can say which of them is the old one: both are new.
  void match_by_trace() {
    auto candidates = entries_left();
    if (candidates.empty()) return;
    std::map<Trace, std::size_t> units;  // how many units can be meant by a trace
    std::vector<std::pair<const std::vector<std::uint32_t>*, Trace>> plain;
    for (const auto& [key, rows] : left_) {
      const auto traces = traces_of(rows, std::get<2>(key), candidates);
      for (const auto& trace : traces) ++units[trace];
      if (traces.size() == 1) plain.emplace_back(&rows, *traces.begin());
    }
    for (const auto& [rows, trace] : plain) {
      const auto found = candidates.find(trace);
      if (found == candidates.end() || units[trace] != 1) continue;
      taken(*found->second) = 1;
      mark_known(*rows);
      const bool moved = found->second->path != std::get<2>(trace);
      ++(moved ? out_.renamed : out_.rekeyed);
    }
  }

  /// By the path that the file has now.
  std::map<Trace, const BaselineEntry*> entries_left() const {
    std::map<std::string_view, std::string_view> moved;
    if (changes_) {
      for (const auto& file : changes_->files) {
        if (file.kind == ChangedFile::Kind::renamed) moved.emplace(file.old_path, file.path);
      }
    }
    std::map<Trace, const BaselineEntry*> out;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto& entry = entries_[i];
      if (taken_[i] > 0 || entry.fingerprint.empty() || entry.check_id.empty()) continue;
      const auto to = moved.find(entry.path);
      out.emplace(Trace{entry.scan_type, entry.check_id, to == moved.end() ? entry.path : to->second,
                        entry.message_sha256},
                  &entry);
    }
    return out;
  }

  std::set<Trace> traces_of(const std::vector<std::uint32_t>& rows, const std::string& path,
                            const std::map<Trace, const BaselineEntry*>& candidates) const {
    std::set<Trace> out;
    for (const auto row : rows) {
      const auto& finding = rows_[row];
      Trace trace{finding.scan_type, finding.check_id.str(), path, {}};
      // The digest is only worth its time where something of this check and path is left.
      const auto near = candidates.lower_bound(trace);
      const bool some = near != candidates.end() && std::get<0>(near->first) == std::get<0>(trace) &&
                        std::get<1>(near->first) == std::get<1>(trace) && std::get<2>(near->first) == path;
      if (some) std::get<3>(trace) = message_digest(finding.message);
      out.insert(std::move(trace));
    }
    return out;
  }

  /// Findings without a fingerprint are known only as findings of one check and message, up to the number
  /// that was counted; what is left over is new, the most severe first.
  void match_nameless() {
    for (auto& [key, rows] : nameless_) {
      const auto* entry = find(key.first, {}, key.second);
      if (!entry) continue;
      std::erase_if(rows, [&](std::uint32_t row) {
        return rows_[row].check_id.view() != entry->check_id ||
               message_digest(rows_[row].message) != entry->message_sha256;
      });
      std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(judged_[a].severity, a) < std::tie(judged_[b].severity, b);
      });
      rows.resize(std::min<std::size_t>(rows.size(), entry->count));
      taken(*entry) = rows.size();
      mark_known(rows);
    }
  }

  void count_entries() {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      out_.baseline += entries_[i].count;
      out_.baseline_by_severity[index_of(entries_[i].severity)] += entries_[i].count;
      // One unit with a fingerprint is all that an entry can stand for, whatever number it was given.
      const bool named = !entries_[i].fingerprint.empty();
      out_.gone += named ? (taken_[i] > 0 ? 0 : entries_[i].count) : entries_[i].count - taken_[i];
    }
  }

  const std::vector<BaselineEntry>& entries_;
  const ChangeSet* changes_;
  const FindingRows& rows_;
  std::vector<FindingVerdict>& judged_;
  std::vector<std::uint64_t> taken_;  ///< by entry: how many findings it made known
  std::map<UnitKey, std::vector<std::uint32_t>> left_;
  std::map<std::pair<ScanType, std::string>, std::vector<std::uint32_t>> nameless_;
  Comparison out_;
};

}  // namespace

Comparison mark_new(const Baseline& baseline, const ChangeSet* changes, const FindingSet& findings,
                    std::vector<FindingVerdict>& judged) {
  return Matcher(baseline, changes, findings.rows, judged).run();
}

}  // namespace kolega::gate
