#include "policy/load.hpp"

#include <algorithm>
#include <tuple>

#include "base/digest.hpp"
#include "policy/extends.hpp"
#include "policy/lock.hpp"
#include "policy/merge.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// Nobody reads more, and a hostile file can hold a remark for every word in it.
constexpr std::size_t most_remarks = 100;

void read_draft(const Node& root, Draft& draft, Reader& reader) {
  if (root.kind != Node::Kind::map) {
    reader.error(root, "a policy is a map of keys", "begin the file with 'gate: v1'");
    return;
  }
  read_keys(root, "policy", policy_rows(), draft, reader);
  if (!draft.has_version && !root.find("gate")) {
    reader.error(root, "the policy does not name the version of its language",
                 "begin the file with 'gate: v1'");
  }
}

/// Thresholds first, then the rules that are enabled.
void take_rules(const Node& root, Draft& draft, Reader& reader) {
  auto& rules = draft.policy.rules;
  if (draft.thresholds) rules.push_back(std::move(*draft.thresholds));
  for (auto& written : draft.rules) {
    if (written.enabled) {
      rules.push_back(std::move(written.rule));
    } else {
      reader.remark(Diagnostic::Level::warning, written.rule.pos, static_cast<int>(written.rule.id.size()),
                    "rule " + quoted(written.rule.id) + " is disabled and judges nothing",
                    "remove it, or use 'mode: observe' to see what it would find");
    }
  }
  if (!rules.empty() || root.kind != Node::Kind::map) return;
  if (!draft.rules.empty()) {
    reader.error(root, "every rule is disabled", "such a policy would pass anything");
  } else if (!root.find("rules") && !root.find("thresholds") && !root.find("extends")) {
    reader.error(root, "the policy has no rule", "add for example 'thresholds: {critical: 0, high: 0}'");
  }
}

void keep_first(std::vector<Diagnostic>& remarks) {
  if (remarks.size() <= most_remarks) return;
  // Errors first: no number of warnings may hide that the policy does not load.
  std::stable_partition(remarks.begin(), remarks.end(),
                        [](const Diagnostic& d) { return d.level == Diagnostic::Level::error; });
  Diagnostic rest{.level = remarks[most_remarks].level,
                  .pos = remarks[most_remarks].pos,
                  .message = std::to_string(remarks.size() - most_remarks) + " more remarks are not shown"};
  remarks.resize(most_remarks);
  remarks.push_back(std::move(rest));
}

/// By file, in the order of the sources, then by position.
void put_in_order(std::vector<Diagnostic>& remarks, const std::vector<Source>& sources) {
  keep_first(remarks);
  const auto rank = [&](const Diagnostic& remark) {
    return std::find_if(sources.begin(), sources.end(),
                        [&](const Source& source) { return source.name == remark.pos.file; }) -
           sources.begin();
  };
  std::stable_sort(remarks.begin(), remarks.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(rank(a), a.pos.line, a.pos.column) < std::tuple(rank(b), b.pos.line, b.pos.column);
  });
}

/// The policy with its tests, or nothing when there are errors among the remarks.
std::optional<Draft> read_policy(const Node& root, std::vector<Diagnostic>& remarks) {
  Reader reader(remarks);
  Draft draft;
  read_draft(root, draft, reader);
  take_rules(root, draft, reader);
  if (!has_errors(remarks)) lint_policy(draft.policy, reader);
  if (!has_errors(remarks)) lint_tests(draft.tests, draft.policy, reader);
  if (has_errors(remarks)) return std::nullopt;
  return draft;
}

/// What a part of a policy means so far, whether it is whole or not.
Node canonical_so_far(const Node& root) {
  std::vector<Diagnostic> told_elsewhere;
  Reader reader(told_elsewhere);
  Draft draft;
  read_draft(root, draft, reader);
  take_rules(root, draft, reader);
  return to_node(draft.policy);
}

void note_origins(const Node& root, std::vector<Origin>& origins) {
  const auto note = [&](const std::string& part, const SourcePos& pos) {
    for (auto& origin : origins) {
      if (origin.part == part) return origin.places.push_back(pos);
    }
    origins.push_back({part, {pos}});
  };
  for (const auto& [key, value] : root.entries) {
    const bool is_part = key.text != "gate" && key.text != "extends" && key.text != "rules";
    if (is_part && key.text != "thresholds") note(key.text, key.pos);
  }
  for (const auto& rule : rules_of(root)) {
    const auto* id = rule.find("id");
    if (id) note("rule " + id->text, id->pos);
  }
}

/// What is wrong in one file of several, whatever the others make of it.
void read_layer(const Layer& layer, Reader& reader) {
  Draft draft;
  read_draft(layer.root, draft, reader);
  std::map<std::string_view, const RuleDraft*> seen;
  for (const auto& written : draft.rules) {
    const auto [first, added] = seen.emplace(written.rule.id, &written);
    const bool twice = !added || (draft.thresholds && written.rule.id == draft.thresholds->id);
    if (!twice || written.rule.id.empty()) continue;
    const auto& other = added ? draft.thresholds->pos : first->second->rule.pos;
    reader.remark(Diagnostic::Level::error, written.rule.pos, static_cast<int>(written.rule.id.size()),
                  "rule id " + quoted(written.rule.id) + " is used twice",
                  "it belongs to line " + std::to_string(other.line) + " already");
  }
}

/// What the layer of this name stands on, then itself, in the order in which they apply to it alone.
void list_own(const std::vector<Layer>& layers, const std::string& name, std::vector<const Layer*>& own) {
  const auto layer = std::ranges::find(layers, name, &Layer::name);
  if (layer == layers.end() || std::ranges::find(own, &*layer) != own.end()) return;
  for (const auto& parent : layer->parents) list_own(layers, parent, own);
  own.push_back(&*layer);
}

/// A lock binds what applies before its file, too: with `merged`, the policy up to this layer, what it locks
/// must be what the layer is without the files that it does not extend.
void check_earlier(const std::vector<Layer>& layers, const Layer& layer, const Node& merged, Reader& reader) {
  std::vector<Lock> locks;
  if (const auto* value = layer.root.find("lock")) parse_locks(*value, locks, reader);
  if (locks.empty()) return;
  std::vector<const Layer*> own;
  list_own(layers, layer.name, own);
  std::vector<const Node*> others;
  for (const auto* other = layers.data(); other != &layer; ++other) {
    if (std::ranges::find(own, other) == own.end()) others.push_back(&other->root);
  }
  Node alone;
  for (const auto* part : own) alone = merge_policies(std::move(alone), part->root);
  check_locks_backwards(locks, canonical_so_far(alone), canonical_so_far(merged), others, reader);
}

/// One policy of several files.
std::optional<Draft> compose(const std::vector<Layer>& layers, std::vector<Diagnostic>& remarks) {
  Reader reader(remarks);
  for (const auto& layer : layers) read_layer(layer, reader);
  if (has_errors(remarks)) return std::nullopt;
  Node tree;
  std::vector<Lock> locks;
  for (const auto& layer : layers) {
    auto merged = merge_policies(tree, layer.root);
    if (!locks.empty()) {
      const auto before = canonical_so_far(tree);
      const auto after = canonical_so_far(merged);
      check_locks(locks, {before, after, layer.root}, reader);
    }
    check_earlier(layers, layer, merged, reader);
    if (const auto* more = layer.root.find("lock")) parse_locks(*more, locks, reader);
    tree = std::move(merged);
  }
  if (has_errors(remarks)) return std::nullopt;
  std::vector<Diagnostic> more;
  auto draft = read_policy(tree, more);
  for (auto& remark : more) {
    if (std::find(remarks.begin(), remarks.end(), remark) == remarks.end())
      remarks.push_back(std::move(remark));
  }
  return draft;
}

[[noreturn]] void throw_remarks(const Loaded& loaded, const std::string& what) {
  std::string excerpt;
  std::size_t errors = 0;
  for (const auto& remark : loaded.remarks) {
    if (!excerpt.empty()) excerpt += '\n';
    excerpt += render(remark, loaded);
    if (remark.level == Diagnostic::Level::error) ++errors;
  }
  throw Error(ErrorKind::policy, what + ": the policy does not load: " + plural(errors, "error"))
      .with_excerpt(std::move(excerpt));
}

}  // namespace

Loaded lint(std::string_view text, const std::string& file, const Fetch& fetch) {
  Loaded out;
  const auto layers = load_layers(text, file, fetch, out);
  std::optional<Draft> draft;
  if (layers.size() > 1) {
    draft = compose(layers, out.remarks);
  } else if (layers.size() == 1) {
    draft = read_policy(layers.front().root, out.remarks);
  }
  put_in_order(out.remarks, out.sources);
  if (!draft || has_errors(out.remarks)) return out;
  for (const auto& layer : layers) note_origins(layer.root, out.origins);
  out.policy = std::move(draft->policy);
  out.policy->sources = out.sources;
  out.tests = std::move(draft->tests);
  return out;
}

std::string render(const Diagnostic& remark, const Loaded& loaded) {
  const auto text = loaded.texts.find(remark.pos.file);
  return render(remark, text == loaded.texts.end() ? std::string_view{} : std::string_view(text->second));
}

Policy require_policy(Loaded loaded, const std::string& file) {
  if (!loaded.policy || has_errors(loaded.remarks)) throw_remarks(loaded, file);
  return std::move(*loaded.policy);
}

Policy parse_policy(std::string_view text, const std::string& file, const Fetch& fetch) {
  return require_policy(lint(text, file, fetch), file);
}

Node to_node(const Policy& policy) {
  return write_keys(policy_rows(), Draft{.policy = policy});
}

Policy parse_policy_node(const Node& node, const std::string& what) {
  Loaded loaded;
  auto draft = read_policy(node, loaded.remarks);
  if (draft) return std::move(draft->policy);
  for (auto& remark : loaded.remarks) {
    if (remark.pos.line == 0) remark.pos.file = what;
  }
  throw_remarks(loaded, what);
}

}  // namespace kolega::policy
