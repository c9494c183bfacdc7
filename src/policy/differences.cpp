#include "policy/differences.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "policy/load.hpp"
#include "policy/merge.hpp"
#include "policy/reader.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::size_t longest_value = 80;

/// A value in one line.
std::string shown(const Node* node) {
  if (!node) return "nothing";
  auto flow = *node;
  const auto flatten = [](auto& self, Node& part) -> void {
    part.flow = true;
    for (auto& item : part.items) self(self, item);
    for (auto& [key, value] : part.entries) self(self, value);
  };
  flatten(flatten, flow);
  auto text = yaml::write(flow);
  while (text.ends_with('\n')) text.pop_back();
  return printable(text, longest_value);
}

bool equal(const Node* a, const Node* b) {
  return (!a && !b) || (a && b && yaml::write(*a) == yaml::write(*b));
}

class Differences {
 public:
  std::vector<std::string> run(const Node& from, const Node& to) {
    for (const auto& key : keys_of(from, to)) {
      const auto* before = from.find(key);
      const auto* after = to.find(key);
      if (key == "name" || key == "lock" || key == "tests" || equal(before, after)) continue;
      if (key == "rules") {
        compare_lists("rule ", before, after);
      } else {
        compare(key, before, after);
      }
    }
    return std::move(out_);
  }

 private:
  /// In the order of the first, then those that only the second has.
  static std::vector<std::string> keys_of(const Node& from, const Node& to) {
    std::vector<std::string> out;
    for (const auto* map : {&from, &to}) {
      for (const auto& [key, value] : map->entries) {
        if (std::ranges::find(out, key.text) == out.end()) out.push_back(key.text);
      }
    }
    return out;
  }

  void compare(const std::string& name, const Node* before, const Node* after) {
    const bool maps = before && after && before->kind == Node::Kind::map && after->kind == Node::Kind::map;
    if (!maps) return tell(name, before, after);
    for (const auto& key : keys_of(*before, *after)) {
      const auto* old = before->find(key);
      const auto* now = after->find(key);
      if (equal(old, now)) continue;
      if (name == "waivers" && key == "list") {
        compare_lists("waiver ", old, now);
      } else {
        tell(name + "." + key, old, now);
      }
    }
  }

  void tell(const std::string& name, const Node* before, const Node* after) {
    out_.push_back(name + ": " + shown(before) + " -> " + shown(after));
  }

  /// Rules or waivers, by id.
  void compare_lists(const std::string& noun, const Node* before, const Node* after) {
    static const Node nothing;
    const auto& from = before ? before->items : nothing.items;
    const auto& to = after ? after->items : nothing.items;
    for (const auto& item : from) {
      const auto* now = find(to, id_of(item));
      if (!now) {
        out_.push_back(noun + id_of(item) + ": removed");
      } else if (!equal(&item, now)) {
        compare_item(noun + id_of(item), item, *now);
      }
    }
    for (const auto& item : to) {
      if (!find(from, id_of(item))) out_.push_back(noun + id_of(item) + ": added");
    }
  }

  void compare_item(const std::string& name, const Node& before, const Node& after) {
    for (const auto& key : keys_of(before, after)) {
      const auto* old = before.find(key);
      const auto* now = after.find(key);
      if (!equal(old, now)) out_.push_back(name + ": " + key + ": " + shown(old) + " -> " + shown(now));
    }
  }

  static const Node* find(const std::vector<Node>& items, const std::string& id) {
    const auto found = std::ranges::find_if(items, [&](const Node& item) { return id_of(item) == id; });
    return found == items.end() ? nullptr : &*found;
  }

  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> describe_changes(const Policy& from, const Policy& to) {
  return Differences().run(to_node(from), to_node(to));
}

}  // namespace kolega::policy
