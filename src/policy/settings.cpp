// The tables of `scan`, `on_incomplete`, `severity`, `triage` and the items of `exclude`.
#include <algorithm>
#include <array>

#include "policy/condition_keys.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::array<std::string_view, 2> incomplete_words{"fail", "warn"};

template <Cause cause>
constexpr Key<OnIncomplete> incomplete_row(std::string_view text) {
  return {name_of(cause),
          [](const Node& value, OnIncomplete& settings, Reader& reader) {
            if (const auto word = reader.read_word(value, name_of(cause), incomplete_words)) {
              settings.warn[cause] = *word == 1;
            }
          },
          [](const OnIncomplete& settings) -> std::optional<Node> {
            return yaml::scalar(std::string(incomplete_words[settings.is_warn(cause) ? 1 : 0]));
          },
          R"("enum": ["fail", "warn"])", text};
}

constexpr std::array on_incomplete_table{
    incomplete_row<Cause::failed>("The batch failed or was cancelled, or no repository finished."),
    incomplete_row<Cause::partial>("Part of the batch failed, or the counts do not agree."),
    incomplete_row<Cause::timeout>("The batch was still running when the timeout ended."),
    incomplete_row<Cause::api>("Network or API error after retries."),
    incomplete_row<Cause::quota>("No quota was left to scan."),
    incomplete_row<Cause::context>("Finding details, a baseline or changes that a rule needs are missing."),
};

constexpr std::array<Key<ScanSettings>, 4> scan_table{{
    {"types",
     [](const Node& value, ScanSettings& scan, Reader& reader) {
       scan.types = read_scan_types(value, "types", reader);
     },
     [](const ScanSettings& scan) -> std::optional<Node> { return write_names(scan.types); },
     R"("$ref": "#/$defs/scan_types")", "What is scanned; the verdict is over all of them."},
    {"timeout",
     [](const Node& value, ScanSettings& scan, Reader& reader) {
       if (const auto timeout = reader.read_duration(value, "timeout")) scan.timeout = *timeout;
     },
     [](const ScanSettings& scan) -> std::optional<Node> {
       return yaml::scalar(format_duration(scan.timeout));
     },
     R"("$ref": "#/$defs/duration")", "How long to wait for the scans. The default is 30m."},
    {"reuse",
     [](const Node& value, ScanSettings& scan, Reader& reader) {
       scan.reuse = reader.read_duration(value, "reuse");
     },
     [](const ScanSettings& scan) -> std::optional<Node> {
       if (!scan.reuse) return std::nullopt;
       return yaml::scalar(format_duration(*scan.reuse));
     },
     R"("$ref": "#/$defs/duration")", "Judge a finished batch at most this old instead of scanning again."},
    {"expect_branch",
     [](const Node& value, ScanSettings& scan, Reader& reader) {
       if (const auto word = reader.read_word(value, "expect_branch", expect_branch_names))
         scan.expect_branch = static_cast<ExpectBranch>(*word);
     },
     [](const ScanSettings& scan) -> std::optional<Node> {
       return yaml::scalar(std::string(name_of(scan.expect_branch)));
     },
     R"("enum": ["fail", "warn", "any"])",
     "What it means when another branch was scanned than the one that is judged. The default is warn."},
}};

std::optional<Severity> read_severity(const Node& value, std::string_view key, Reader& reader) {
  const auto word = reader.read_word(value, key, severity_names);
  return word ? std::optional(all_severities[*word]) : std::nullopt;
}

void parse_aliases(const Node& value, SeveritySettings& settings, Reader& reader) {
  if (value.kind != Node::Kind::map) {
    reader.error(value, "'aliases' must be a map", "write {moderate: medium}");
    return;
  }
  if (!reader.has_sane_size(value, "aliases")) return;
  for (const auto& [key, rank] : value.entries) {
    const auto word = to_lower_ascii(trim(key.text));
    const auto known = std::find_if(settings.aliases.begin(), settings.aliases.end(),
                                    [&](const auto& alias) { return alias.first == word; });
    if (word.empty() || find_severity(word)) {
      reader.error(key, quoted(word) + " can not be an alias", "the five severities mean themselves");
    } else if (known != settings.aliases.end()) {
      reader.error(key, quoted(key.text) + " is named twice in 'aliases'", "case makes no difference");
    } else if (const auto severity = read_severity(rank, "aliases", reader)) {
      settings.aliases.emplace_back(word, *severity);
    }
  }
  std::sort(settings.aliases.begin(), settings.aliases.end());
}

std::optional<Node> write_aliases(const SeveritySettings& settings) {
  if (settings.aliases.empty()) return std::nullopt;
  Node out{.kind = Node::Kind::map, .flow = true};
  for (const auto& [word, severity] : settings.aliases) {
    out.entries.emplace_back(write_text(word), yaml::scalar(std::string(name_of(severity))));
  }
  return out;
}

constexpr std::array<Key<SeveritySettings>, 2> severity_table{{
    {"unknown",
     [](const Node& value, SeveritySettings& settings, Reader& reader) {
       if (const auto severity = read_severity(value, "unknown", reader)) settings.unknown = *severity;
     },
     [](const SeveritySettings& settings) -> std::optional<Node> {
       return yaml::scalar(std::string(name_of(settings.unknown)));
     },
     R"("$ref": "#/$defs/severity_name")", "The rank of a word outside the five. The default is high."},
    {"aliases", parse_aliases, write_aliases,
     R"("type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/severity_name"})",
     "Other words for the five severities, for example {moderate: medium}."},
}};

constexpr std::array<std::string_view, 3> honor_words{"false_positive", "ignored", "needs_manual_review"};

void parse_honor(const Node& value, Triage& triage, Reader& reader) {
  triage.honor.clear();
  for (const auto* item : reader.read_words(value, "honor", Reader::Empty::allowed)) {
    const auto status = find_triage_status(item->text);
    if (!status) {
      reader.read_word(*item, "honor", honor_words);
    } else if (status == TriageStatus::resolved) {
      reader.error(*item, "'resolved' can not be honoured", "the scan has just reported the finding again");
    } else if (status == TriageStatus::open) {
      reader.error(*item, "'open' can not be honoured", "it would take out what nobody has looked at");
    } else {
      triage.honor.push_back(*status);
    }
  }
  std::sort(triage.honor.begin(), triage.honor.end());
}

constexpr std::array<Key<Triage>, 1> triage_table{{
    {"honor", parse_honor,
     [](const Triage& triage) -> std::optional<Node> { return write_names(triage.honor); },
     R"("$ref": "#/$defs/honor")",
     "Statuses on the server that take a finding out. The default is [false_positive, ignored]."},
}};

void parse_bypass_fields(const Node& value, BreakGlass& terms, Reader& reader) {
  terms.require.clear();
  for (const auto* item : reader.read_words(value, "require")) {
    if (const auto word = reader.read_word(*item, "require", bypass_field_names))
      terms.require.push_back(static_cast<BypassField>(*word));
  }
  std::sort(terms.require.begin(), terms.require.end());
}

constexpr std::array<Key<BreakGlass>, 1> break_glass_table{{
    {"require", parse_bypass_fields,
     [](const BreakGlass& terms) -> std::optional<Node> { return write_names(terms.require); },
     R"("anyOf": [{"$ref": "#/$defs/bypass_field"}, {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/bypass_field"}}])",
     "What a bypass must say. The default is [reason, ticket]."},
}};

void parse_paths(const Node& value, Exclude& exclude, Reader& reader) {
  exclude.paths = reader.read_globs(value, "paths");
  if (exclude.paths.empty()) return;
  if (reader.leaves_no_path(std::vector<PathWish>{{exclude.paths, false}}, value.pos)) {
    reader.error(value, "this excludes every finding", "name the folders whose findings do not count");
  } else if (std::ranges::all_of(exclude.paths, [](const auto& pattern) { return pattern.starts_with('!'); })) {
    // "All but these" is hardly what somebody means who excludes "!src/**".
    reader.error(value, "a list of nothing but '!' excludes every path except those",
                 "remove the '!' to exclude them, or write \"**\" in front if nothing but them shall count");
  }
}

constexpr std::array<Key<Exclude>, 2> exclude_table{{
    {"paths", parse_paths, [](const Exclude& e) -> std::optional<Node> { return write_texts(e.paths); },
     R"("$ref": "#/$defs/paths")",
     "Globs from the root of the repository; '!' excludes, the last match wins."},
    {"reason",
     [](const Node& value, Exclude& exclude, Reader& reader) {
       exclude.reason = reader.read_text(value, "reason").value_or("");
     },
     [](const Exclude& e) -> std::optional<Node> { return write_text(e.reason); },
     R"("$ref": "#/$defs/text")", "Why these findings do not count."},
}};

}  // namespace

std::span<const Key<ScanSettings>> scan_rows() {
  return scan_table;
}
std::span<const Key<OnIncomplete>> on_incomplete_rows() {
  return on_incomplete_table;
}
std::span<const Key<SeveritySettings>> severity_rows() {
  return severity_table;
}
std::span<const Key<Triage>> triage_rows() {
  return triage_table;
}
std::span<const Key<BreakGlass>> break_glass_rows() {
  return break_glass_table;
}
std::span<const Key<Exclude>> exclude_rows() {
  return exclude_table;
}

}  // namespace kolega::policy
