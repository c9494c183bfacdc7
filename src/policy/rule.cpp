// The table of a rule and its limit.
#include <algorithm>
#include <array>

#include "policy/condition_keys.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::array<std::string_view, 1> scope_words{"all"};

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

/// True when `value` is a part of the language that is refused by name.
bool refuse_not_yet(const Node& value, std::string_view key, Reader& reader) {
  const auto* part = value.kind == Node::Kind::scalar ? find_not_yet("rule", key, value.text) : nullptr;
  if (!part || value.text.empty()) return false;
  reader.error(value,
               "'" + std::string(key) + ": " + value.text +
                   "' is part of the policy language that this version does not judge yet",
               std::string(part->hint));
  return true;
}

void parse_max(const Node& value, RuleDraft& draft, Reader& reader) {
  if (refuse_not_yet(value, "max", reader)) return;
  if (value.kind == Node::Kind::map) {
    draft.rule.limit = parse_max_by_severity(value, "max", reader);
  } else if (const auto count = reader.read_number(value, "max")) {
    draft.rule.limit = MaxCount{*count};
  }
}

std::optional<Node> write_max(const RuleDraft& draft) {
  if (const auto* count = std::get_if<MaxCount>(&draft.rule.limit)) return write_number(count->count);
  const auto& named = std::get<MaxBySeverity>(draft.rule.limit).named;
  Node out{.kind = Node::Kind::map, .flow = true};
  for (auto severity = all_severities.rbegin(); severity != all_severities.rend(); ++severity) {
    if (const auto& limit = named[index_of(*severity)]) {
      out.entries.emplace_back(yaml::scalar(std::string(name_of(*severity))), write_number(*limit));
    }
  }
  return out;
}

constexpr std::array<Key<RuleDraft>, 8> rule_table{{
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
     [](const Node& value, RuleDraft&, Reader& reader) {
       if (!refuse_not_yet(value, "scope", reader)) reader.read_word(value, "scope", scope_words);
     },
     [](const RuleDraft&) -> std::optional<Node> { return std::nullopt; }, R"("const": "all")",
     "All findings are counted, new or not."},
    {"max", parse_max, write_max,
     R"("anyOf": [{"$ref": "#/$defs/count"}, {"$ref": "#/$defs/max_by_severity"}])",
     "How many findings are allowed, in all or of each severity. The default is 0."},
    {"mode",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       if (const auto word = reader.read_word(value, "mode", mode_names))
         draft.rule.mode = static_cast<Mode>(*word);
     },
     [](const RuleDraft& d) -> std::optional<Node> {
       return yaml::scalar(std::string(name_of(d.rule.mode)));
     },
     R"("enum": ["block", "warn", "observe"])", "What a broken rule does. The default is block."},
    {"waivable",
     [](const Node& value, RuleDraft& draft, Reader& reader) {
       if (const auto flag = reader.read_boolean(value, "waivable")) draft.rule.waivable = *flag;
     },
     [](const RuleDraft& d) -> std::optional<Node> { return write_boolean(d.rule.waivable); },
     R"("type": "boolean")", "false: the rule also counts findings under 'exclude'. The default is true."},
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
  MaxBySeverity limits;
  std::array<const Node*, 5> where{};
  if (value.kind != Node::Kind::map || value.entries.empty()) {
    reader.error(value, "'" + std::string(key) + "' must name severities and their limits",
                 "write {critical: 0, high: 0, medium: 10}");
    return limits;
  }
  for (const auto& [name, number] : value.entries) {
    const auto severity = find_severity(name.text);
    if (!severity) {
      reader.error(name, quoted(name.text) + " is not a severity", suggest(name.text, severity_names));
    } else if (const auto limit = reader.read_number(number, name.text)) {
      limits.named[index_of(*severity)] = limit;
      where[index_of(*severity)] = &number;
    }
  }
  std::optional<Severity> lower;
  for (const auto severity : all_severities) {
    const auto& limit = limits.named[index_of(severity)];
    if (!limit) continue;
    if (lower && *limit > *limits.named[index_of(*lower)]) {
      reader.error(*where[index_of(severity)],
                   "more " + std::string(name_of(severity)) + " findings are allowed than " +
                       std::string(name_of(*lower)) + " ones",
                   "a higher severity can not have the larger limit");
    }
    lower = severity;
  }
  return limits;
}

RuleDraft parse_rule(const Node& node, Reader& reader) {
  RuleDraft draft;
  draft.rule.pos = node.pos;
  read_keys(node, "rule", rule_rows(), draft, reader);
  if (node.kind == Node::Kind::map && !draft.has_id) {
    reader.error(node, "this rule has no 'id'", "give it one, for example id: no-serious-findings");
  }
  return draft;
}

Node write_rule(const Rule& rule) {
  return write_keys(rule_rows(), RuleDraft{.rule = rule, .has_id = true});
}

}  // namespace kolega::policy
