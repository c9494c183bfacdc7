// The table of the top level of a policy.
#include <array>

#include "policy/extends.hpp"
#include "policy/lock.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::string_view version = "v1";

void parse_version(const Node& value, Draft& draft, Reader& reader) {
  draft.has_version = true;
  if (value.kind == Node::Kind::scalar && value.text == version) return;
  reader.error(value, "this is not a version of the policy language that this program knows",
               "write 'gate: v1'");
}

void parse_repository(const Node& value, Draft& draft, Reader& reader) {
  const auto name = reader.read_text(value, "repository");
  if (!name) return;
  if (name->size() > 200 || name->find_first_of(" \t\r\n\"'?#%") != std::string::npos ||
      name->find("://") != std::string::npos) {
    reader.error(value, quoted(*name) + " names no repository",
                 "write owner/name, the Kolega id, or default");
    return;
  }
  draft.policy.repository = *name;
}

void parse_thresholds(const Node& value, Draft& draft, Reader& reader) {
  draft.thresholds =
      Rule{.id = "thresholds", .limit = parse_max_by_severity(value, "thresholds", reader), .pos = value.pos};
}

void parse_rules(const Node& value, Draft& draft, Reader& reader) {
  for (const auto* item : reader.read_list(value, "rules")) draft.rules.push_back(parse_rule(*item, reader));
}

void parse_triage(const Node& value, Draft& draft, Reader& reader) {
  Triage triage{.honor = draft.policy.honor};
  read_keys(value, "triage", triage_rows(), triage, reader);
  draft.policy.honor = std::move(triage.honor);
}

Exclude parse_exclude(const Node& node, Reader& reader) {
  Exclude exclude;
  exclude.pos = node.pos;
  read_keys(node, "exclude", exclude_rows(), exclude, reader);
  if (node.kind != Node::Kind::map) return exclude;
  if (!node.find("paths")) reader.error(node, "this exclude has no 'paths'", "name the paths it takes out");
  if (!node.find("reason"))
    reader.error(node, "this exclude has no 'reason'", "say why these findings do not count");
  return exclude;
}

void parse_excludes(const Node& value, Draft& draft, Reader& reader) {
  for (const auto* item : reader.read_list(value, "exclude")) {
    draft.policy.excludes.push_back(parse_exclude(*item, reader));
  }
}

std::optional<Node> write_excludes(const Draft& draft) {
  if (draft.policy.excludes.empty()) return std::nullopt;
  std::vector<Node> items;
  for (const auto& exclude : draft.policy.excludes) items.push_back(write_keys(exclude_rows(), exclude));
  return yaml::sequence(std::move(items));
}

std::optional<Node> write_rules(const Draft& draft) {
  std::vector<Node> items;
  for (const auto& rule : draft.policy.rules) items.push_back(write_rule(rule));
  return yaml::sequence(std::move(items));
}

constexpr std::array<Key<Draft>, 16> policy_table{{
    {"gate", parse_version,
     [](const Draft&) -> std::optional<Node> { return yaml::scalar(std::string(version)); },
     R"("const": "v1")", "The version of the policy language."},
    {"name",
     [](const Node& value, Draft& draft, Reader& reader) {
       draft.policy.name = reader.read_text(value, "name").value_or("");
     },
     [](const Draft& d) -> std::optional<Node> {
       if (d.policy.name.empty()) return std::nullopt;
       return write_text(d.policy.name);
     },
     R"("$ref": "#/$defs/text")", "The name of the policy in reports."},
    {"extends", [](const Node& value, Draft&, Reader& reader) { read_parents(value, reader); },
     [](const Draft&) -> std::optional<Node> { return std::nullopt; },
     R"("type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/parent"})",
     "Policies that this one goes on from, in the order in which they apply."},
    {"lock",
     [](const Node& value, Draft& draft, Reader& reader) { parse_locks(value, draft.policy.locks, reader); },
     [](const Draft& d) -> std::optional<Node> {
       if (d.policy.locks.empty()) return std::nullopt;
       return write_locks(d.policy.locks);
     },
     R"("$ref": "#/$defs/words")",
     "Rule ids, top-level keys or '*' that files which extend this one, and options, may not change."},
    {"repository", parse_repository,
     [](const Draft& d) -> std::optional<Node> {
       if (d.policy.repository.empty()) return std::nullopt;
       return write_text(d.policy.repository);
     },
     R"("$ref": "#/$defs/text")",
     "The repository that the policy is for: its Kolega id, owner/name, or default."},
    {"scan",
     [](const Node& value, Draft& draft, Reader& reader) {
       read_keys(value, "scan", scan_rows(), draft.policy.scan, reader);
     },
     [](const Draft& d) -> std::optional<Node> { return write_keys(scan_rows(), d.policy.scan); },
     R"("$ref": "#/$defs/scan")", "What is scanned and how long that may take."},
    {"on_incomplete",
     [](const Node& value, Draft& draft, Reader& reader) {
       read_keys(value, "on_incomplete", on_incomplete_rows(), draft.policy.on_incomplete, reader);
     },
     [](const Draft& d) -> std::optional<Node> {
       return write_keys(on_incomplete_rows(), d.policy.on_incomplete);
     },
     R"("$ref": "#/$defs/on_incomplete")",
     "What an incomplete scan does to the verdict. The default is fail."},
    {"severity",
     [](const Node& value, Draft& draft, Reader& reader) {
       read_keys(value, "severity", severity_rows(), draft.policy.severity, reader);
     },
     [](const Draft& d) -> std::optional<Node> { return write_keys(severity_rows(), d.policy.severity); },
     R"("$ref": "#/$defs/severity")", "How the words of the scanners are ranked."},
    {"triage", parse_triage,
     [](const Draft& d) -> std::optional<Node> { return write_keys(triage_rows(), Triage{d.policy.honor}); },
     R"("$ref": "#/$defs/triage")", "What triage on the server does."},
    {"exclude", parse_excludes, write_excludes,
     R"("type": "array", "minItems": 1, "items": {"$ref": "#/$defs/exclude"})",
     "Paths whose findings do not count; they are tallied."},
    {"baseline",
     [](const Node& value, Draft& draft, Reader& reader) {
       parse_baseline(value, draft.policy.baseline, reader);
     },
     [](const Draft& d) -> std::optional<Node> {
       if (!d.policy.baseline) return std::nullopt;
       return write_keys(baseline_rows(), *d.policy.baseline);
     },
     R"("$ref": "#/$defs/baseline")", "What findings are compared with, for 'scope: new' and 'max: ratchet'."},
    {"thresholds", parse_thresholds, [](const Draft&) -> std::optional<Node> { return std::nullopt; },
     R"("$ref": "#/$defs/max_by_severity")", "The short form: one rule over all findings."},
    {"rules", parse_rules, write_rules,
     R"("type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"})",
     "All rules are judged; the strictest outcome is the verdict."},
    {"waivers",
     [](const Node& value, Draft& draft, Reader& reader) {
       draft.policy.waivers.emplace();
       read_keys(value, "waivers", waivers_rows(), *draft.policy.waivers, reader);
     },
     [](const Draft& d) -> std::optional<Node> {
       if (!d.policy.waivers) return std::nullopt;
       return write_keys(waivers_rows(), *d.policy.waivers);
     },
     R"("$ref": "#/$defs/waivers")", "Findings that are accepted for a time, and the terms for it."},
    {"break_glass",
     [](const Node& value, Draft& draft, Reader& reader) {
       draft.policy.break_glass.emplace();
       read_keys(value, "break_glass", break_glass_rows(), *draft.policy.break_glass, reader);
     },
     [](const Draft& d) -> std::optional<Node> {
       if (!d.policy.break_glass) return std::nullopt;
       return write_keys(break_glass_rows(), *d.policy.break_glass);
     },
     R"("$ref": "#/$defs/break_glass")",
     "Allows --break-glass and says what it must say; left out, a verdict can not be bypassed."},
    // Tests change no verdict: the canonical form, and with it record and digest, is without them.
    {"tests",
     [](const Node& value, Draft& draft, Reader& reader) { draft.tests = parse_tests(value, reader); },
     [](const Draft&) -> std::optional<Node> { return std::nullopt; },
     R"("type": "array", "minItems": 1, "items": {"$ref": "#/$defs/test"})",
     "What the policy is expected to decide; policy test runs them."},
}};

}  // namespace

std::span<const Key<Draft>> policy_rows() {
  return policy_table;
}

}  // namespace kolega::policy
