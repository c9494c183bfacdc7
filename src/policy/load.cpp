#include "policy/load.hpp"

#include <algorithm>
#include <tuple>

#include "base/digest.hpp"
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
  } else if (!root.find("rules") && !root.find("thresholds")) {
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

void put_in_order(std::vector<Diagnostic>& remarks) {
  keep_first(remarks);
  std::stable_sort(remarks.begin(), remarks.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.pos.line, a.pos.column) < std::tie(b.pos.line, b.pos.column);
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
  const bool valid = !has_errors(remarks);
  put_in_order(remarks);
  if (!valid) return std::nullopt;
  return draft;
}

[[noreturn]] void throw_remarks(const std::vector<Diagnostic>& remarks, std::string_view text,
                                const std::string& what) {
  std::string excerpt;
  std::size_t errors = 0;
  for (const auto& remark : remarks) {
    if (!excerpt.empty()) excerpt += '\n';
    excerpt += render(remark, text);
    if (remark.level == Diagnostic::Level::error) ++errors;
  }
  throw Error(ErrorKind::policy, what + ": the policy does not load: " + plural(errors, "error"))
      .with_excerpt(std::move(excerpt));
}

}  // namespace

Loaded lint(std::string_view text, const std::string& file) {
  Loaded out;
  out.text = text;
  const auto root = yaml::parse(text, file, out.remarks);
  auto draft = root ? read_policy(*root, out.remarks) : std::nullopt;
  if (!draft) return out;
  out.policy = std::move(draft->policy);
  out.policy->sources = {{file, sha256_hex(text)}};
  out.tests = std::move(draft->tests);
  return out;
}

Policy parse_policy(std::string_view text, const std::string& file) {
  auto loaded = lint(text, file);
  if (!loaded.policy) throw_remarks(loaded.remarks, text, file);
  return std::move(*loaded.policy);
}

Node to_node(const Policy& policy) {
  return write_keys(policy_rows(), Draft{.policy = policy});
}

Policy parse_policy_node(const Node& node, const std::string& what) {
  std::vector<Diagnostic> remarks;
  auto draft = read_policy(node, remarks);
  if (draft) return std::move(draft->policy);
  for (auto& remark : remarks) {
    if (remark.pos.line == 0) remark.pos.file = what;
  }
  throw_remarks(remarks, {}, what);
}

}  // namespace kolega::policy
