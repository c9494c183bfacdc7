#include "policy/lock.hpp"

#include <algorithm>

#include "policy/merge.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::string_view everything = "*";

/// Keys that no lock can hold: they are no settings.
bool is_lockable(std::string_view key) {
  return key != "gate" && key != "extends" && key != "lock";
}

/// Keys that decide nothing, so that "*" leaves them alone.
bool is_label(std::string_view key) {
  return key == "name" || key == "tests";
}

const Lock* find_named(const std::vector<Lock>& locks, std::string_view name) {
  const auto found = std::ranges::find(locks, name, &Lock::name);
  return found == locks.end() ? nullptr : &*found;
}

std::string text_of(const Node* node) {
  return node ? yaml::write(*node) : std::string{};
}

const Node* find_rule(const Node& rules, const std::string& id) {
  const auto found = std::ranges::find_if(rules.items, [&](const Node& rule) { return id_of(rule) == id; });
  return found == rules.items.end() ? nullptr : &*found;
}

/// Whether the locks stand before the file that is looked at, or behind it.
enum class Side { before, behind };

class LockCheck {
 public:
  LockCheck(const std::vector<Lock>& locks, const Change& change, Side side, Reader& reader)
      : locks_(locks), change_(change), side_(side), reader_(reader) {}

  /// How many parts were refused.
  std::size_t run() {
    for (const auto& [key, value] : change_.written.entries) {
      if (key.text == "rules" || key.text == "thresholds" || !is_lockable(key.text)) continue;
      if (const auto* lock = find_lock(locks_, key.text)) check_key(*lock, key, value);
    }
    const auto* rules = change_.before.find("rules");
    for (const auto& rule : rules ? rules->items : std::vector<Node>{}) {
      if (const auto* lock = find_rule_lock(locks_, id_of(rule))) check_rule(*lock, rule);
    }
    return refused_;
  }

 private:
  /// Parts that the canonical form leaves out are compared as they are written: whoever writes them changes
  /// them.
  bool differs(std::string_view key) const {
    const auto* before = change_.before.find(key);
    const auto* after = change_.after.find(key);
    return (!before && !after) || text_of(before) != text_of(after);
  }

  void check_key(const Lock& lock, const Node& key, const Node& value) {
    if (!differs(key.text)) return;
    const auto* before = change_.before.find(key.text);
    const auto* after = change_.after.find(key.text);
    bool told = false;
    if (value.kind == Node::Kind::map && before && after) {
      for (const auto& [part, unused] : value.entries) {
        if (text_of(before->find(part.text)) == text_of(after->find(part.text))) continue;
        refuse(lock, part, "'" + key.text + "." + part.text + "'");
        told = true;
      }
      if (side_ == Side::behind) return;  // else another file does it
    }
    if (!told) refuse(lock, key, "'" + key.text + "'");
  }

  void check_rule(const Lock& lock, const Node& before) {
    const auto id = id_of(before);
    const auto* after = find_rule(*change_.after.find("rules"), id);
    if (after && text_of(after) == text_of(&before)) return;
    const auto written = rules_of(change_.written);
    const auto by = std::ranges::find_if(written, [&](const Node& rule) { return id_of(rule) == id; });
    if (by == written.end()) {
      if (side_ == Side::before) refuse(lock, change_.written, "rule " + quoted(id));
      return;  // else another file does it
    }
    for (const auto& [key, value] : by->entries) {
      const bool drops = !after && key.text == "enabled";
      if (!drops && (!after || text_of(after->find(key.text)) == text_of(before.find(key.text)))) continue;
      refuse(lock, key, "rule " + quoted(id), drops);
      return;
    }
    refuse(lock, *by->find("id"), "rule " + quoted(id));
  }

  void refuse(const Lock& lock, const Node& at, const std::string& what, bool drops = false) {
    reader_.error(
        at,
        what + " is locked by " + describe(lock.pos) + " and can not be " + (drops ? "dropped" : "changed"),
        "'lock: [" + lock.name + "]' there " +
            (side_ == Side::before ? "allows only to add rules; remove this"
                                   : "holds for files that apply before it, too; remove this"));
    ++refused_;
  }

  const std::vector<Lock>& locks_;
  const Change& change_;
  Side side_;
  Reader& reader_;
  std::size_t refused_{};
};

/// What differs though no other file says so: the files of the locked one apply in another order here.
void check_order(const std::vector<Lock>& locks, const Node& before, const Node& after, Reader& reader) {
  const auto refuse = [&](const Lock& lock, const std::string& what) {
    reader.remark(Diagnostic::Level::error, lock.pos,
                  static_cast<int>(std::min<std::size_t>(lock.name.size(), 100)),
                  what + " is locked here and would be another than in this file alone",
                  "what this file extends is named before it in another order; name it only here");
  };
  for (const auto* side : {&before, &after}) {
    for (const auto& [key, value] : side->entries) {
      if (key.text == "rules" || !is_lockable(key.text)) continue;
      if (side == &after && before.find(key.text)) continue;  // told already
      const auto* lock = find_lock(locks, key.text);
      if (lock && text_of(before.find(key.text)) != text_of(after.find(key.text)))
        refuse(*lock, quoted(key.text));
    }
  }
  for (const auto& rule : before.find("rules")->items) {
    const auto* lock = find_rule_lock(locks, id_of(rule));
    const auto* now = find_rule(*after.find("rules"), id_of(rule));
    if (lock && text_of(now) != text_of(&rule)) refuse(*lock, "rule " + quoted(id_of(rule)));
  }
}

}  // namespace

const Lock* find_lock(const std::vector<Lock>& locks, std::string_view key) {
  if (const auto* lock = find_named(locks, key)) return lock;
  return is_label(key) ? nullptr : find_named(locks, everything);
}

const Lock* find_rule_lock(const std::vector<Lock>& locks, std::string_view id) {
  if (const auto* lock = find_named(locks, id)) return lock;
  return find_lock(locks, "rules");
}

void parse_locks(const Node& value, std::vector<Lock>& locks, Reader& reader) {
  for (const auto* item : reader.read_words(value, "lock")) locks.push_back({item->text, item->pos});
}

Node write_locks(const std::vector<Lock>& locks) {
  std::vector<std::string> names;
  for (const auto& lock : locks) names.push_back(lock.name);
  return write_texts(names);
}

void lint_locks(const Policy& policy, const std::vector<std::string_view>& keys, Reader& reader) {
  std::vector<std::string_view> known{everything};
  for (const auto key : keys) {
    if (is_lockable(key)) known.push_back(key);
  }
  for (const auto& rule : policy.rules) known.emplace_back(rule.id);
  for (const auto& lock : policy.locks) {
    if (std::ranges::find(known, lock.name) != known.end()) continue;
    reader.remark(Diagnostic::Level::error, lock.pos,
                  static_cast<int>(std::min<std::size_t>(lock.name.size(), 100)),
                  quoted(lock.name) + " can not be locked: it is no rule of this policy and no top-level key",
                  suggest(lock.name, known));
  }
}

void check_locks(const std::vector<Lock>& locks, const Change& change, Reader& reader) {
  LockCheck(locks, change, Side::before, reader).run();
}

void check_locks_backwards(const std::vector<Lock>& locks, const Node& before, const Node& after,
                           const std::vector<const Node*>& written, Reader& reader) {
  std::size_t refused = 0;
  for (const auto* file : written)
    refused += LockCheck(locks, {before, after, *file}, Side::behind, reader).run();
  if (refused == 0) check_order(locks, before, after, reader);
}

}  // namespace kolega::policy
