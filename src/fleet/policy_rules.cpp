// The file of --policies.
#include "base/text.hpp"
#include "fleet/selection.hpp"
#include "policy/keys.hpp"
#include "policy/load.hpp"

namespace kolega::fleet {

namespace {

using policy::Reader;
using yaml::Node;

constexpr std::string_view language = "fleet/v1";

struct Rules {
  std::string gate{};
  std::vector<PolicyRule> rules{};
  std::string fallback{};
};

struct RuleKey {
  std::string_view name{};
  void (*parse)(const Node&, PolicyRule&, Reader&){};
};
constexpr RuleKey rule_keys[]{
    {"repositories",
     [](const Node& v, PolicyRule& r, Reader& reader) { r.repositories = reader.read_globs(v, "repositories"); }},
    {"policy",
     [](const Node& v, PolicyRule& r, Reader& reader) { r.policy = reader.read_text(v, "policy").value_or(""); }},
};

void read_rule(const Node& node, Rules& rules, Reader& reader) {
  PolicyRule rule;
  policy::read_keys(node, "policies", std::span<const RuleKey>(rule_keys), rule, reader);
  if (node.kind != Node::Kind::map) return;
  for (const auto& row : rule_keys) {
    if (!node.find(row.name)) reader.error(node, "'" + std::string(row.name) + "' is missing");
  }
  rules.rules.push_back(std::move(rule));
}

struct TopKey {
  std::string_view name{};
  void (*parse)(const Node&, Rules&, Reader&){};
};
constexpr TopKey top_keys[]{
    {"gate",
     [](const Node& v, Rules& r, Reader& reader) {
       r.gate = reader.read_text(v, "gate").value_or("");
       if (r.gate != language) reader.error(v, "this program reads 'gate: " + std::string(language) + "'");
     }},
    {"policies",
     [](const Node& v, Rules& r, Reader& reader) {
       for (const auto* item : reader.read_list(v, "policies")) read_rule(*item, r, reader);
     }},
    {"default",
     [](const Node& v, Rules& r, Reader& reader) { r.fallback = reader.read_text(v, "default").value_or(""); }},
};

[[noreturn]] void throw_remarks(const std::vector<Diagnostic>& remarks, std::string_view text,
                                const std::string& file) {
  std::string all;
  for (const auto& remark : remarks) all += (all.empty() ? "" : "\n") + render(remark, text);
  throw Error(ErrorKind::policy, printable(file) + " cannot be used").with_excerpt(all);
}

}  // namespace

std::vector<PolicyRule> parse_policy_rules(std::string_view text, const std::string& file) {
  const auto tree = yaml::parse(text, file);
  std::vector<Diagnostic> remarks;
  Reader reader(remarks);
  Rules rules;
  policy::read_keys(tree, "fleet", std::span<const TopKey>(top_keys), rules, reader);
  if (tree.kind == Node::Kind::map && !tree.find("gate"))
    reader.error(tree, "'gate' is missing", "begin with: gate: " + std::string(language));
  if (has_errors(remarks)) throw_remarks(remarks, text, file);
  if (!rules.fallback.empty()) rules.rules.push_back({{}, rules.fallback});
  if (rules.rules.empty()) throw Error(ErrorKind::policy, printable(file) + " names no policy");
  return std::move(rules.rules);
}

}  // namespace kolega::fleet
