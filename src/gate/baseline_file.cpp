#include "gate/baseline_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "gate/baseline_entry.hpp"
#include "gate/document_kind.hpp"
#include "gate/normalise.hpp"

namespace kolega::gate {

namespace {

constexpr std::size_t most_entries = 5'000'000;

auto key_of(const BaselineEntry& entry) {
  return std::tie(entry.scan_type, entry.fingerprint, entry.path);
}

void require_order(const std::vector<BaselineEntry>& entries, const BaselineEntry& next,
                   const JsonView& row) {
  if (entries.empty() || key_of(entries.back()) < key_of(next)) return;
  row.fail(key_of(entries.back()) == key_of(next)
               ? "the same scan type, fingerprint and path as the entry before it"
               : "out of order: entries are sorted by scan type, fingerprint and path");
}

}  // namespace

void write_baseline(const Baseline& baseline, std::ostream& out) {
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().member("format", baseline_format).member("complete", baseline.complete);
  json.key("entries").begin_array();
  for (const auto& entry : baseline.entries) write_baseline_entry(entry, json);
  json.end_array().end_object();
  json.finish();
}

Baseline read_baseline(std::string_view text, const std::string& what) {
  require_kind(text, baseline_format.substr(0, baseline_format.rfind('/')), what, "no baseline",
               "make one of a decision record with: kolega-gate baseline write RECORD -o BASELINE");
  Baseline baseline;
  const auto root = parse_json_rows(text, what, ErrorKind::input, "entries", [&](const JsonView& row) {
    if (baseline.entries.size() == most_entries)
      row.fail("more than " + std::to_string(most_entries) + " entries");
    auto entry = read_baseline_entry(row);
    require_order(baseline.entries, entry, row);
    baseline.entries.push_back(std::move(entry));
  });
  const JsonView view(root, what, ErrorKind::input);
  const auto format = view.require_string("format");
  if (format != baseline_format) {
    view.require("format").fail("'" + printable(format, 60) + "' is not '" + std::string(baseline_format) +
                                "'");
  }
  static constexpr std::array<std::string_view, 3> members{"format", "complete", "entries"};
  require_members(view, members);
  view.require("entries").items();
  baseline.complete = view.require_boolean("complete");
  baseline.origin = "file:" + what;
  baseline.sha256 = sha256_hex(text);
  return baseline;
}

namespace {

[[noreturn]] void refuse(std::string why) {
  throw Error(ErrorKind::context, "no baseline can be made of this run: " + std::move(why),
              "a baseline needs a complete run; mend what is missing and judge again");
}

/// An incomplete run would accept what it could not see, or accept what triage had taken out.
void require_complete(const DecisionRecord& record) {
  const auto& inputs = record.inputs;
  if (!inputs.policy) refuse("it has no policy");
  if (inputs.batches.empty()) refuse("it has no scan batch");
  if (!record.verdict.incomplete.empty()) {
    const auto& first = record.verdict.incomplete.front();
    refuse(std::string(name_of(first.cause)) + ": " + first.detail);
  }
  for (std::size_t i = 0; i < inputs.batches.size(); ++i) {
    const auto& batch = inputs.batches[i];
    if (record.verdict.batches.at(i).grade != Grade::complete)
      refuse("batch " + batch.id + " is not complete");
    if (!batch.details_error.empty()) {
      refuse("finding details of batch " + batch.id + " could not be read: " + batch.details_error);
    }
  }
}

class BaselineMaker {
 public:
  explicit BaselineMaker(const policy::Policy& policy) : normaliser_(policy) {}

  /// A finding is counted by its unit (gate/units.hpp): rows of one key are one finding, known by the most
  /// severe of them. Only findings without a fingerprint are each on their own.
  void add(const Finding& finding) {
    auto entry = entry_of(finding);
    const auto [place, fresh] =
        entries_.try_emplace({entry.scan_type, entry.fingerprint, entry.path}, std::move(entry));
    if (fresh) return;
    auto& known = place->second;
    if (known.fingerprint.empty()) ++known.count;
    // try_emplace has left `entry` whole, because nothing was inserted.
    if (entry.severity > known.severity) {
      entry.count = known.count;
      known = std::move(entry);
    }
  }

  std::vector<BaselineEntry> take() {
    std::vector<BaselineEntry> out;
    out.reserve(entries_.size());
    for (auto& [key, entry] : entries_) out.push_back(std::move(entry));
    return out;
  }

 private:
  BaselineEntry entry_of(const Finding& finding) {
    bool unknown = false;
    const auto facts = normaliser_.facts(finding, unknown);
    BaselineEntry entry;
    entry.scan_type = finding.scan_type;
    entry.fingerprint = finding.fingerprint.str();
    entry.path = facts.path;
    entry.check_id = finding.check_id.str();
    entry.severity = facts.severity;
    entry.message_sha256 = message_digest(finding.message);
    entry.cwe = *facts.cwe;
    std::set<std::string> owasp;
    for (const auto tag : finding.owasp) owasp.insert(tag.str());
    entry.owasp.assign(owasp.begin(), owasp.end());
    return entry;
  }

  using Key = std::tuple<ScanType, std::string, std::string>;
  Normaliser normaliser_;
  std::map<Key, BaselineEntry> entries_;
};

std::string origin_of(const Inputs& inputs) {
  std::vector<std::string> ids;
  for (const auto& batch : inputs.batches) ids.push_back(batch.id.empty() ? "from a file" : batch.id);
  return (ids.size() == 1 ? "batch " : "batches ") + join(ids, ", ");
}

}  // namespace

Baseline baseline_of(const DecisionRecord& record) {
  require_complete(record);
  BaselineMaker maker(*record.inputs.policy);
  const auto& rows = record.inputs.findings.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (record.verdict.findings.at(i).disposition == Disposition::active) maker.add(rows[i]);
  }
  Baseline baseline{.entries = maker.take(), .origin = origin_of(record.inputs)};
  std::ostringstream canonical;
  write_baseline(baseline, canonical);
  baseline.sha256 = sha256_hex(canonical.str());
  return baseline;
}

Baseline baseline_of_inputs(Inputs inputs) {
  if (inputs.policy) {
    // A policy has at least one rule; this one needs nothing.
    inputs.policy->rules = {policy::Rule{.id = "baseline"}};
    inputs.policy->baseline.reset();
  }
  inputs.baseline.reset();
  inputs.no_baseline.reset();
  inputs.changes.reset();
  inputs.no_changes.reset();
  return baseline_of(decide(std::move(inputs)));
}

std::vector<BaselineChange> compare(const Baseline& before, const Baseline& after) {
  using Kind = BaselineChange::Kind;
  std::vector<BaselineChange> out;
  const auto removed = [&](const BaselineEntry& entry) {
    out.push_back({Kind::removed, entry, entry.count, 0});
  };
  const auto added = [&](const BaselineEntry& entry) { out.push_back({Kind::added, entry, 0, entry.count}); };
  auto old_entry = before.entries.begin();
  auto new_entry = after.entries.begin();
  while (old_entry != before.entries.end() || new_entry != after.entries.end()) {
    if (new_entry == after.entries.end() ||
        (old_entry != before.entries.end() && key_of(*old_entry) < key_of(*new_entry))) {
      removed(*old_entry++);
    } else if (old_entry == before.entries.end() || key_of(*new_entry) < key_of(*old_entry)) {
      added(*new_entry++);
    } else {
      if (old_entry->severity != new_entry->severity) {
        removed(*old_entry);
        added(*new_entry);
      } else if (old_entry->count != new_entry->count) {
        const auto kind = new_entry->count < old_entry->count ? Kind::fewer : Kind::more;
        out.push_back({kind, *new_entry, old_entry->count, new_entry->count});
      }
      ++old_entry;
      ++new_entry;
    }
  }
  return out;
}

}  // namespace kolega::gate
