#include "policy/merge.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

std::pair<Node, Node>* find_entry(Node& map, std::string_view key) {
  const auto found =
      std::ranges::find_if(map.entries, [&](const auto& entry) { return entry.first.text == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

void put(Node& map, const Node& key, const Node& value) {
  if (auto* entry = find_entry(map, key.text)) {
    *entry = {key, value};
  } else {
    map.entries.emplace_back(key, value);
  }
}

void drop(Node& map, std::string_view key) {
  std::erase_if(map.entries, [&](const auto& entry) { return entry.first.text == key; });
}

void append(Node& map, const Node& key, const Node& value) {
  auto* entry = find_entry(map, key.text);
  if (entry && entry->second.kind == Node::Kind::sequence && value.kind == Node::Kind::sequence) {
    auto& items = entry->second.items;
    items.insert(items.end(), value.items.begin(), value.items.end());
  } else {
    put(map, key, value);
  }
}

/// Case makes no difference in aliases: the later word takes the earlier one's place.
void merge_aliases(Node& base, const Node& later) {
  for (const auto& [word, rank] : later.entries) {
    const auto folded = to_lower_ascii(trim(word.text));
    std::erase_if(base.entries,
                  [&](const auto& entry) { return to_lower_ascii(trim(entry.first.text)) == folded; });
    base.entries.emplace_back(word, rank);
  }
}

void merge_settings(Node& base, const Node& later) {
  for (const auto& [key, value] : later.entries) {
    auto* known = find_entry(base, key.text);
    const bool maps = known && known->second.kind == Node::Kind::map && value.kind == Node::Kind::map;
    if (maps && key.text == "aliases") {
      merge_aliases(known->second, value);
    } else if (key.text == "list") {
      append(base, key, value);
    } else if (maps) {
      merge_settings(known->second, value);
    } else {
      put(base, key, value);
    }
  }
}

/// Keys that say the same thing in other words go together: a later one must not meet what it replaces.
void merge_rule(Node& base, const Node& later) {
  if (later.find("max")) drop(base, "max_age");
  if (later.find("max_age")) drop(base, "max");
  if (later.find("when")) drop(base, "on_missing");
  const auto* mode = later.find("mode");
  if (mode && mode->text == "block") drop(base, "block_from");
  for (const auto& [key, value] : later.entries) put(base, key, value);
}

void merge_rules(Node& root, std::vector<Node> later) {
  if (later.empty()) return;
  auto* entry = find_entry(root, "rules");
  if (!entry) {
    auto key = yaml::scalar("rules");
    key.pos = later.front().pos;
    auto rules = yaml::sequence({});
    rules.pos = key.pos;
    root.entries.emplace_back(std::move(key), std::move(rules));
    entry = &root.entries.back();
  }
  auto& items = entry->second.items;
  for (auto& rule : later) {
    const auto id = id_of(rule);
    const auto known = std::ranges::find_if(items, [&](const Node& item) { return id_of(item) == id; });
    if (known == items.end()) {
      items.push_back(std::move(rule));
    } else {
      merge_rule(*known, rule);
    }
  }
}

/// `thresholds: X` as the rule that it stands for, at its own place.
Node threshold_rule(const Node& value) {
  Node rule = yaml::map({{"id", yaml::scalar("thresholds")}, {"max", value}});
  rule.pos = value.pos;
  for (auto& [key, part] : rule.entries) key.pos = value.pos;
  rule.entries.front().second.pos = value.pos;
  return rule;
}

}  // namespace

std::string id_of(const Node& rule) {
  const auto* id = rule.kind == Node::Kind::map ? rule.find("id") : nullptr;
  return id ? id->text : std::string{};
}

std::vector<Node> rules_of(const Node& root) {
  std::vector<Node> out;
  if (const auto* thresholds = root.find("thresholds")) out.push_back(threshold_rule(*thresholds));
  const auto* rules = root.find("rules");
  if (rules) out.insert(out.end(), rules->items.begin(), rules->items.end());
  return out;
}

Node merge_policies(Node base, const Node& later) {
  base.kind = Node::Kind::map;
  base.pos = later.pos;
  drop(base, "tests");  // they are about the policy that they stand in
  for (const auto& [key, value] : later.entries) {
    auto* known = find_entry(base, key.text);
    if (key.text == "extends" || key.text == "rules" || key.text == "thresholds") continue;
    if (key.text == "exclude" || key.text == "lock") {
      append(base, key, value);
    } else if (known && known->second.kind == Node::Kind::map && value.kind == Node::Kind::map) {
      merge_settings(known->second, value);
    } else {
      put(base, key, value);
    }
  }
  merge_rules(base, rules_of(later));
  return base;
}

}  // namespace kolega::policy
