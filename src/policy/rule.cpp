// The table of a rule and its limit.
#include <algorithm>
#include <array>

#include "base/glob.hpp"
#include "policy/condition_keys.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::string_view ratchet_word = "ratchet";

bool is_rule_id(std::string_view id) {
  const auto starts = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
  return !id.empty() && id.size() <= 64 && starts(id.front()) &&
         std::all_of(id.begin(), id.end(),
                     [&](char c) { return starts(c) || c == '.' || c == '_' || c == '-'; });
}

void parse_id(const Node& value, RuleDraft& draft, Reader& reader) {
  draft.has_id = true;
  const auto id = reader.read_text(value, "id");
  if (!id) return;
  draft.rule.pos = value.pos;
  draft.rule.id = *id;
  if (!is_rule_id(*id)) {
    reader.error(value, quoted(*id) + " is not a rule id",
                 "use at most 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
  }
}

/// A rule has one limit.
bool take_limit(const Node& value, RuleDraft& draft, Reader& reader) {
  if (draft.limit) {
    reader.error(value, "this rule has two limits, 'max' and 'max_age'", "make two rules of it");
    return false;
  }
  draft.limit = &value;
  return true;
}

void parse_max(const Node& value, RuleDraft& draft, Reader& reader) {
  if (!take_limit(value, draft, reader)) return;
  if (value.kind == Node::Kind::map) {
    draft.rule.limit = parse_max_by_severity(value, "max", reader);
  } else if (value.kind == Node::Kind::scalar && value.text == ratchet_word) {
    draft.rule.limit = Ratchet{};
  } else if (const auto count = reader.read_number(value, "max")) {
    draft.rule.limit = MaxCount{*count};
  }
}

/// A map from severity to limit, the highest severity first.
template <class T, class Write>
Node write_by_severity(const std::array<std::optional<T>, 5>& named, Write write) {
  Node out{.kind = Node::Kind::map, .flow = true};
  for (auto severity = all_severities.rbegin(); severity != all_severities.rend(); ++severity) {
    if (const auto& limit = named[index_of(*severity)]) {
      out.entries.emplace_back(yaml::scalar(std::string(name_of(*severity))), write(*limit));
    }
  }
  return out;
}

std::optional<Node> write_max(const RuleDraft& draft) {
  if (const auto* count = std::get_if<MaxCount>(&draft.rule.limit)) return write_number(count->count);
  if (const auto* max = std::get_if<MaxBySeverity>(&draft.rule.limit)) {
    return write_by_severity(max->named, write_number);
  }
  if (std::holds_alternative<Ratchet>(draft.rule.limit)) return yaml::scalar(std::string(ratchet_word));
  return std::nullopt;
}

/// Reads {severity: limit} with `read` and refuses a higher severity that is allowed more than a lower one.
template <class T, class Read>
std::array<std::optional<T>, 5> read_by_severity(const Node& value, std::string_view key, Reader& reader,
                                                 Read read, std::string_view example,
                                                 std::string_view more_is) {
  std::array<std::optional<T>, 5> named{};
  std::array<const Node*, 5> where{};
  if (value.kind != Node::Kind::map || value.entries.empty()) {
    reader.error(value, "'" + std::string(key) + "' must name severities and their limits",
                 "write " + std::string(example));
    return named;
  }
  for (const auto& [name, limit] : value.entries) {
    const auto severity = find_severity(name.text);
    if (!severity) {
      reader.error(name, quoted(name.text) + " is not a severity", suggest(name.text, severity_names));
    } else if (const auto read_limit = read(limit, name.text)) {
      named[index_of(*severity)] = read_limit;
      where[index_of(*severity)] = &limit;
    }
  }
  std::optional<Severity> lower;
  for (const auto severity : all_severities) {
    const auto& limit = named[index_of(severity)];
    if (!limit) continue;
    if (lower && *limit > *named[index_of(*lower)]) {
      reader.error(*where[index_of(severity)],
                   std::string(more_is) + " " + std::string(name_of(severity)) +
                       " findings are allowed than " + std::string(name_of(*lower)) + " ones",
                   "a higher severity can not have the larger limit");
    }
    lower = severity;
  }
  return named;
}

void parse_max_age(const Node& value, RuleDraft& draft, Reader& reader) {
  if (!take_limit(value, draft, reader)) return;
  const auto read = [&](const Node& limit, std::string_view name) {
    return reader.read_duration(limit, name);
  };
  draft.rule.limit = MaxAge{
      read_by_severity<Duration>(value, "max_age", reader, read, "{critical: 7d, high: 30d}", "older")};
}

std::optional<Node> write_max_age(const RuleDraft& draft) {
  const auto* max = std::get_if<MaxAge>(&draft.rule.limit);
  if (!max) return std::nullopt;
  return write_by_severity(max->named, [](Duration limit) { return yaml::scalar(format_duration(limit)); });
}

void parse_branches(const Node& value, RuleDraft& draft, Reader& reader) {
  for (const auto* item : reader.read_words(value, "branches")) {
    if (const auto wrong = find_glob_error(item->text)) {
      reader.error(*item, "not a branch pattern: " + *wrong);
    } else if (item->text.starts_with('!')) {
      reader.error(*item, "'!' excludes in 'path' only", "name the branches that the rule is for");
    } else if (const auto foreign = find_foreign_pattern(item->text)) {
      reader.error(*item, "this pattern would match no branch", *foreign);
    } else if (item->text.starts_with("refs/heads/")) {
      reader.error(*item, "this pattern would match no branch", "branches go by their short names: main, not refs/heads/main");
    } else {
      if (item->text.starts_with("origin/"))
        reader.warn(*item, quoted(item->text) + " is a branch of that whole name", "branches go by their names at the server: main, not origin/main");
      draft.rule.branches.push_back(item->text);
    }
  }
}

/// What a baseline entry does not hold cannot be asked of it, and a limit over part of the findings cannot be
/// counted in a baseline of all of them.
void check_ratchet(const RuleDraft& draft, Reader& reader) {
  const auto& rule = draft.rule;
  if (!std::holds_alternative<Ratchet>(rule.limit)) return;
  if (draft.scope && rule.scope != Scope::all) {
    reader.error(*draft.scope, "'max: ratchet' compares all findings with the whole baseline",
                 "remove 'scope', or write 'max: 0'");
  }
  const auto unknown = detail_facts(rule.when);
  if (unknown.empty()) return;
  reader.error(*draft.limit,
               "a baseline does not hold the " + std::string(unknown.front()) +
                   " of findings, which 'when' reads: a ratchet could not be counted",
               "leave it out of 'when', or write a number");
}

/// What makes sense only beside other keys.
void check_together(const RuleDraft& draft, Reader& reader) {
  check_ratchet(draft, reader);
  if (draft.block_from && draft.rule.mode == Mode::block) {
    reader.error(*draft.block_from, "'block_from' changes nothing: the rule blocks already",
                 "say with 'mode: warn' or 'mode: observe' what it does until then");
  }
  if (draft.on_missing && !needs_details(draft.rule.when)) {
    reader.error(*draft.on_missing, "'on_missing' decides nothing: 'when' reads no fact that can be missing",
                 "remove it; such facts are cvss, category, status, age and repository");
  }
}

constexpr std::array<Key<RuleDraft>, 12> rule_table{{
    {"id", parse_id, [](const RuleDraft& d) -> std::optional<Node> { return write_text(d.rule.id); },
     R"("type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$")", "The name of the rule in reports."},
    {"why",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       draft.rule.why = reader.read_text(value, "why").value_or("");
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       if (d.rule.why.empty()) return std::nullopt;
       return write_text(d.rule.why);
     },
     R"("$ref": "#/$defs/text")", "The reason for the rule, shown where it is broken."},
    {"when",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       draft.rule.when = read_condition(value, reader);
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       auto node = to_node(d.rule.when);
       if (node.entries.empty()) return std::nullopt;
       return node;
     },
     R"("$ref": "#/$defs/when")", "Which findings are counted; all when it is left out."},
    {"scope",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       draft.scope = &value;
       if (const auto word = reader.read_word(value, "scope", scope_names))
         draft.rule.scope = static_cast<Scope>(*word);
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       if (d.rule.scope == Scope::all) return std::nullopt;
       return yaml::scalar(std::string(name_of(d.rule.scope)));
     },
     R"("enum": ["all", "new", "changed_files", "changed_lines"])",
     "Which findings are counted: all, those that the baseline does not hold, or those in files or on lines "
     "that the merge request changes. The default is all."},
    {"max", parse_max, write_max,
     R"("anyOf": [{"$ref": "#/$defs/count"}, {"const": "ratchet"}, {"$ref": "#/$defs/max_by_severity"}])",
     "How many findings are allowed, in all or of each severity; ratchet: as many as the baseline holds. The "
     "default is 0."},
    {"max_age", parse_max_age, write_max_age, R"("$ref": "#/$defs/max_age")",
     "How long a finding of each severity may stay, from its first detection."},
    {"mode",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       if (const auto word = reader.read_word(value, "mode", mode_names))
         draft.rule.mode = static_cast<Mode>(*word);
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       return yaml::scalar(std::string(name_of(d.rule.mode)));
     },
     R"("enum": ["block", "warn", "observe"])", "What a broken rule does. The default is block."},
    {"block_from",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       draft.block_from = &value;
       if (const auto moment = read_moment(value, "block_from", reader)) draft.rule.block_from = moment->at;
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       if (!d.rule.block_from) return std::nullopt;
       return write_text(describe_moment(*d.rule.block_from));
     },
     R"("$ref": "#/$defs/moment")", "From this day (UTC) the rule blocks, whatever its mode is until then."},
    {"on_missing",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       draft.on_missing = &value;
       if (const auto word = reader.read_word(value, "on_missing", on_missing_names))
         draft.rule.on_missing = static_cast<OnMissing>(*word);
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       if (d.rule.on_missing == OnMissing::by_severity) return std::nullopt;
       return yaml::scalar(std::string(name_of(d.rule.on_missing)));
     },
     R"("enum": ["by_severity", "match", "no_match", "incomplete"])",
     "What a fact that is not known means where it would decide. The default is by_severity."},
    {"branches", parse_branches,
     [](const RuleDraft& d) -> std::optional<Node> {
       if (d.rule.branches.empty()) return std::nullopt;
       return write_texts(d.rule.branches);
     },
     R"("$ref": "#/$defs/words")",
     "Globs on the branches that the rule is for; every branch when it is left out."},
    {"waivable",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       if (const auto flag = reader.read_boolean(value, "waivable")) draft.rule.waivable = *flag;
     },
     [](const RuleDraft& d) -> std::optional<Node> { return write_boolean(d.rule.waivable); },
     R"("type": "boolean")",
     "false: the rule also counts waived findings and those under 'exclude'. The default is true."},
    {"enabled",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       if (const auto flag = reader.read_boolean(value, "enabled")) draft.enabled = *flag;
     },
     [](const RuleDraft&) -> std::optional<Node> { return std::nullopt; }, R"("type": "boolean")",
     "false: the rule is read and then left out."},
}};

}  // namespace

std::span<const Key<RuleDraft>> rule_rows() {
  return rule_table;
}

MaxBySeverity parse_max_by_severity(const Node& value, std::string_view key, Reader& reader) {
  const auto read = [&](const Node& limit, std::string_view name) { return reader.read_number(limit, name); };
  return {read_by_severity<std::uint64_t>(value, key, reader, read, "{critical: 0, high: 0, medium: 10}",
                                          "more")};
}

RuleDraft parse_rule(const Node& node, Reader& reader) {
  RuleDraft draft;
  draft.rule.pos = node.pos;
  read_keys(node, "rule", rule_rows(), draft, reader);
  if (node.kind == Node::Kind::map && !draft.has_id) {
    reader.error(node, "this rule has no 'id'", "give it one, for example id: no-serious-findings");
  }
  check_together(draft, reader);
  return draft;
}

Node write_rule(const Rule& rule) {
  return write_keys(rule_rows(), RuleDraft{.rule = rule, .has_id = true});
}

}  // namespace kolega::policy
