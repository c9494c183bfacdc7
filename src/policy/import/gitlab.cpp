// GitLab's merge request approval policies (before 16.9: scan result policies),
// .gitlab/security-policies/policy.yml: how many findings of which scanners, severities, states and ages a
// merge request may bring before people must approve it. A gate asks nobody, so each such rule blocks.
// https://docs.gitlab.com/user/application_security/policies/merge_request_approval_policies/
#include <algorithm>
#include <array>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "model/severity.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

struct Scanner {
  std::string_view word{};
  ScanType type{};
};
constexpr std::array<Scanner, 4> scanners{{{"sast", ScanType::semgrep_scan},
                                           {"secret_detection", ScanType::secrets_scan},
                                           {"dependency_scanning", ScanType::sbom_scan},
                                           {"container_scanning", ScanType::sbom_scan}}};

/// Scanners of GitLab that find what no scan here looks for: a rule for them alone could count nothing.
constexpr std::array<std::string_view, 4> other_scanners{"dast", "coverage_fuzzing", "api_fuzzing",
                                                         "cluster_image_scanning"};

constexpr std::array<ScanType, 3> every_type{ScanType::secrets_scan, ScanType::semgrep_scan,
                                             ScanType::sbom_scan};

using Words = std::vector<std::string>;

Words words_under(const Node& map, std::string_view key) {
  Words out;
  const auto* list = map.find(key);
  if (!list) return out;
  for (const auto& item : require_list(*list, "'" + std::string(key) + "'").items)
    out.push_back(require_text(item, "an item of '" + std::string(key) + "'"));
  return out;
}

bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// "Block criticals!" -> "block-criticals", never empty.
std::string slug_of(std::string_view name) {
  std::string out;
  for (const char c : to_lower_ascii(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
    if (out.size() == 48) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "policy" : out;
}

/// Whether a rule counts findings that people dismissed. No state at all means every new one, dismissed or
/// not.
bool counts_dismissed(const Node& rule) {
  const auto states = words_under(rule, "vulnerability_states");
  return states.empty() || has(states, "dismissed") || has(states, "new_dismissed") ||
         has(states, "newly_detected");
}

/// One scan_finding rule. A condition that is not understood is left out, so that more counts; a rule stays a
/// comment only where it could count nothing here.
class RuleImporter {
 public:
  RuleImporter(const Node& rule, std::string entry, bool triage_counts, Sketch& sketch)
      : rule_(rule), entry_(std::move(entry)), triage_counts_(triage_counts), sketch_(sketch) {}

  /// False when the rule had to stay a comment.
  bool run(std::string id, const std::string& why) {
    if (!read_scanners()) return false;
    read_severities();
    read_allowed();
    if (!read_age()) return false;
    read_branches();
    read_states();
    read_attributes();
    for (const auto type : types_) sketch_.add_scan_type(type);
    for (auto& [name, how] : stricter_) sketch_.tighten(Section::rules, rule_.pos, entry_ + ", " + name, how);
    std::vector<std::pair<std::string, Node>> keys{{"id", write_text(std::move(id))}};
    if (!why.empty()) keys.emplace_back("why", write_text(one_line(why, 300)));
    if (!when_.empty()) keys.emplace_back("when", yaml::map(std::move(when_), true));
    keys.emplace_back("max", write_number(allowed_));
    if (!branches_.empty()) keys.emplace_back("branches", write_texts(branches_));
    sketch_.count_mapped(rule_.pos);
    sketch_.add_rule(std::move(keys));
    return true;
  }

 private:
  bool keep(std::string why) {
    sketch_.keep(Section::rules, rule_.pos, entry_, std::move(why));
    return false;
  }

  bool read_scanners() {
    const auto* list = rule_.find("scanners");
    std::vector<ScanType> types;
    Words others;
    bool unknown = false;
    for (const auto& item : list ? require_list(*list, "'scanners'").items : std::vector<Node>{}) {
      // Newer files write a map for each scanner, with conditions of its own.
      const bool own = item.kind == Node::Kind::map;
      any_finding_ = any_finding_ || own;
      const auto word = to_lower_ascii(own ? text_under(item, "type") : require_text(item, "an item of 'scanners'"));
      const auto found = std::find_if(scanners.begin(), scanners.end(),
                                      [&](const Scanner& scanner) { return scanner.word == word; });
      if (found == scanners.end()) {
        others.push_back(word);
        unknown = unknown || std::ranges::find(other_scanners, std::string_view(word)) == other_scanners.end();
      } else if (std::find(types.begin(), types.end(), found->type) == types.end()) {
        types.push_back(found->type);
      }
    }
    const auto told = "there is no scan like '" + one_line(join(others, "', '"), 80) + "'";
    if (types.empty() && !others.empty() && !unknown) return keep(told);
    if (!others.empty())
      stricter_.emplace_back("scanners", told + (types.empty() ? ", the rule is for all that there are"
                                                               : ", the rule is for the others"));
    if (any_finding_)
      stricter_.emplace_back("scanners", "conditions of a single scanner are not known here, each finding counts");
    types_ = types.empty() ? std::vector<ScanType>(every_type.begin(), every_type.end()) : types;
    if (!types.empty()) when_.emplace_back("scan_type", write_names(types));
    return true;
  }

  void read_severities() {
    std::vector<Severity> levels;
    bool unknown = false;
    for (const auto& written : words_under(rule_, "severity_levels")) {
      const auto word = to_lower_ascii(written);
      const auto severity = find_severity(word);
      unknown = unknown || word == "unknown";
      if (!severity && word != "unknown") {
        stricter_.emplace_back("severity_levels",
                               "'" + one_line(written, 40) + "' is no severity, so every severity counts");
        return;
      }
      if (severity && std::find(levels.begin(), levels.end(), *severity) == levels.end())
        levels.push_back(*severity);
    }
    // Here a word that nobody knows ranks as high, so a rule on unknown ones must see those.
    if (unknown && std::find(levels.begin(), levels.end(), Severity::high) == levels.end()) {
      levels.push_back(Severity::high);
      stricter_.emplace_back("severity_levels", "unknown severities rank as high here, so high counts too");
    }
    std::sort(levels.rbegin(), levels.rend());
    if (!any_finding_ && !levels.empty() && levels.size() < all_severities.size())
      when_.emplace_back("severity", write_names(levels));
  }

  void read_allowed() {
    const auto text = text_under(rule_, "vulnerabilities_allowed");
    const auto count = parse_decimal(text.empty() ? "0" : text);
    if (!count)
      refuse_import(*rule_.find("vulnerabilities_allowed"), "'vulnerabilities_allowed' must be a number");
    allowed_ = any_finding_ ? 0 : static_cast<std::uint64_t>(*count);
  }

  bool read_age() {
    const auto* age = rule_.find("vulnerability_age");
    if (any_finding_ || !age || age->kind == Node::Kind::null) return true;
    require_map(*age, "'vulnerability_age'");
    const auto operation = text_under(*age, "operator");
    const auto interval = text_under(*age, "interval");
    const auto value = parse_decimal(text_under(*age, "value"));
    const bool older = operation == "greater_than";
    if ((!older && operation != "less_than") || !value || *value < 0 || *value > 10'000) return skip_age();
    // Months and years differ in length: the one that counts more findings is taken.
    const std::array<std::pair<std::string_view, long long>, 4> days{
        {{"day", 1}, {"week", 7}, {"month", older ? 28 : 31}, {"year", older ? 365 : 366}}};
    for (const auto& [name, length] : days) {
      if (name != interval) continue;
      const auto bound = std::string(older ? ">" : "<") + std::to_string(*value * length) + "d";
      if (!older && *value == 0) return keep("nothing is younger than nothing");
      when_.emplace_back("age", yaml::scalar(bound, false));
      return true;
    }
    return skip_age();
  }

  bool skip_age() {
    stricter_.emplace_back("vulnerability_age", "it is not understood, so every age counts");
    return true;
  }

  void read_branches() {
    for (const auto& branch : words_under(rule_, "branches")) {
      if (find_glob_error(branch) || branch.starts_with('!') || printable(branch) != branch) {
        stricter_.emplace_back("branches",
                               "'" + one_line(branch, 40) + "' is no branch here, the rule is for all");
        branches_.clear();
        break;
      }
      if (!has(branches_, branch)) branches_.push_back(branch);
    }
    if (rule_.find("branch_type"))
      stricter_.emplace_back("branch_type", "which branches are protected is not known here, it is for all");
    if (!words_under(rule_, "branch_exceptions").empty())
      stricter_.emplace_back("branch_exceptions", "the rule is for these branches too");
  }

  void read_states() {
    const auto states = words_under(rule_, "vulnerability_states");
    const bool existing = has(states, "detected") || has(states, "confirmed") || has(states, "dismissed") ||
                          has(states, "resolved");
    stricter_.emplace_back(
        "vulnerability_states",
        existing ? "new and old findings count alike"
                 : "not only new findings count; with a 'baseline', 'scope: new' would do that");
    if (!triage_counts_ || counts_dismissed(rule_)) return;
    when_.emplace_back("not", yaml::map({{"status", write_texts({"ignored", "false_positive"})}}, true));
  }

  void read_attributes() {
    const auto* attributes = rule_.find("vulnerability_attributes");
    if (!attributes || attributes->kind == Node::Kind::null) return;
    for (const auto& [key, value] : require_map(*attributes, "'vulnerability_attributes'").entries)
      stricter_.emplace_back(key.text, "this is not known of a finding here, so it counts either way");
  }

  const Node& rule_;
  std::string entry_;
  bool triage_counts_;  ///< triage takes nothing out, so each rule says whether it sees what was dismissed
  Sketch& sketch_;
  std::vector<ScanType> types_;
  bool any_finding_{};  ///< a scanner has conditions of its own, which may let more through than the rule's
  std::vector<std::pair<std::string, Node>> when_;
  std::uint64_t allowed_{};
  Words branches_;
  std::vector<std::pair<std::string, std::string>> stricter_;
};

/// True when a rule of the policy was taken over.
bool import_one(const Node& policy, std::size_t number, bool triage_counts, Sketch& sketch) {
  const auto name = text_under(require_map(policy, "a policy"), "name");
  const auto entry = name.empty() ? "policy " + std::to_string(number) : name;
  if (text_under(policy, "enabled") == "false") {
    sketch.keep(Section::rules, policy.pos, entry, "it is not enabled");
    return false;
  }
  for (const auto key : {"policy_scope", "fallback_behavior", "approval_settings", "policy_tuning"}) {
    if (const auto* value = policy.find(key); value && !value->entries.empty())
      sketch.comment(Section::rules, entry + ": " + key + " has no counterpart: " + shown_entry(*value));
  }
  const auto* rules = policy.find("rules");
  if (!rules) refuse_import(policy, "this policy has no 'rules'");
  bool some = false;
  std::size_t rule_number = 0;
  for (const auto& rule : require_list(*rules, "'rules'").items) {
    const auto type = text_under(require_map(rule, "a rule"), "type");
    const auto label = entry + ", rule " + std::to_string(++rule_number);
    if (type != "scan_finding") {
      sketch.keep(Section::rules, rule.pos, label,
                  "a rule of type '" + one_line(type, 40) + "' has no counterpart");
      continue;
    }
    const auto id = slug_of(entry) + "-" + std::to_string(number) + "-" + std::to_string(rule_number);
    some =
        RuleImporter(rule, label, triage_counts, sketch).run(id, text_under(policy, "description")) || some;
  }
  return some;
}

bool is_approval(const Node& key) {
  return key.text == "approval_policy" || key.text == "scan_result_policy";
}

/// Looked at before any rule is written: triage is one setting for all of them.
bool some_rule_counts_dismissed(const Node& root) {
  for (const auto& [key, policies] : root.entries) {
    for (const auto& policy : is_approval(key) ? policies.items : std::vector<Node>{}) {
      const auto* rules = policy.find("rules");
      if (!rules || text_under(policy, "enabled") == "false") continue;
      for (const auto& rule : rules->items) {
        if (text_under(rule, "type") == "scan_finding" && counts_dismissed(rule)) return true;
      }
    }
  }
  return false;
}

}  // namespace

void import_gitlab(std::string_view text, Sketch& sketch) {
  const auto root = parse_import_yaml(text, sketch.file());
  const bool triage_counts = some_rule_counts_dismissed(root);
  if (triage_counts) {
    sketch.comment(Section::triage,
                   "A rule below counts dismissed findings, so triage takes none out by itself.");
    sketch.set(Section::triage, "honor", yaml::sequence({}, true));
  }
  bool some = false;
  std::size_t number = 0;
  for (const auto& [key, value] : root.entries) {
    if (value.kind != Node::Kind::sequence) {
      sketch.keep(Section::head, key.pos, key.text + ": " + shown_entry(value), "it has no counterpart");
      continue;
    }
    for (const auto& policy : value.items) {
      if (is_approval(key)) {
        some = import_one(policy, ++number, triage_counts, sketch) || some;
      } else {
        sketch.keep(Section::head, policy.pos, key.text + ": " + shown_entry(policy),
                    "it says what GitLab runs, not what a gate decides");
      }
    }
  }
  if (some) return;
  sketch.comment(Section::rules, "No rule could be taken over. Until there is one, every finding stops.");
  sketch.add_rule({{"id", write_text("everything")}, {"max", write_number(0)}});
}

}  // namespace kolega::policy
