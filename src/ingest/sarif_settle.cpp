#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.hpp"
#include "ingest/foreign_words.hpp"
#include "ingest/sarif.hpp"
#include "ingest/sarif_paths.hpp"
#include "model/severity.hpp"

namespace kolega::ingest {

namespace {

constexpr std::string_view no_message = "(the file gives no message for this result)";
constexpr std::string_view no_rule = "(no rule)";

/// Finds the rule of a result: by index, by id, by the id without its last steps ("CA1000/1").
class Rules {
 public:
  explicit Rules(SarifRun& run) : run_(run) {
    for (auto& component : run.components) {
      auto& ids = ids_.emplace_back();
      for (const auto& rule : component.rules) {
        const bool added = ids.try_emplace(rule.id, &rule).second;
        if (!added) run.remarks.add("rules given twice under one id, of which the first counts", rule.id);
      }
    }
  }

  const SarifRule* find(const SarifKind& result) {
    const auto component = component_of(result);
    const auto& rules = run_.components[component].rules;
    if (result.rule_index >= 0) {
      if (static_cast<std::uint64_t>(result.rule_index) >= rules.size()) {
        run_.remarks.add("results whose ruleIndex points to no rule", "");
      } else {
        const auto& rule = rules[static_cast<std::size_t>(result.rule_index)];
        if (result.rule_id.empty() || is_below(result.rule_id, rule.id)) return &rule;
        run_.remarks.add("results whose ruleIndex and ruleId disagree: the id counts", "");
      }
    }
    return find_by_id(result.rule_id, component);
  }

 private:
  static bool is_below(std::string_view id, std::string_view rule) {
    return id == rule || (id.starts_with(rule) && id.size() > rule.size() && id[rule.size()] == '/');
  }

  std::size_t component_of(const SarifKind& result) const {
    const auto& all = run_.components;
    if (result.component_index >= 0 && static_cast<std::uint64_t>(result.component_index) + 1 < all.size()) {
      return static_cast<std::size_t>(result.component_index) + 1;
    }
    if (result.component.empty()) return 0;
    const auto named = std::find_if(all.begin(), all.end(), [&](const SarifComponent& component) {
      return component.name == result.component.view() || component.guid == result.component.view();
    });
    return named == all.end() ? 0 : static_cast<std::size_t>(named - all.begin());
  }

  const SarifRule* find_by_id(std::string_view id, std::size_t first) const {
    while (!id.empty()) {
      for (std::size_t i = 0; i < ids_.size(); ++i) {
        const auto& ids = ids_[(first + i) % ids_.size()];
        if (const auto found = ids.find(id); found != ids.end()) return found->second;
      }
      const auto slash = id.rfind('/');
      if (slash == std::string_view::npos) break;
      id = id.substr(0, slash);
    }
    return nullptr;
  }

  SarifRun& run_;
  std::vector<std::unordered_map<std::string_view, const SarifRule*>> ids_;
};

/// SARIF 3.11.5: "{0}" is the first argument; "{{" and "}}" stand for braces.
std::string fill_in(std::string_view text, TextList arguments) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      out += text[i++];
      continue;
    }
    const auto close = rest.find('}');
    const auto number = rest.starts_with('{') && close != std::string_view::npos
                            ? parse_decimal(rest.substr(1, close - 1))
                            : std::nullopt;
    if (number && static_cast<std::uint64_t>(*number) < arguments.size()) {
      out += arguments[static_cast<std::size_t>(*number)].view();
      i += close;
    } else {
      out += text[i];
    }
  }
  return out;
}

const std::string* find_message(const MessageStrings& messages, std::string_view id) {
  const auto found =
      std::find_if(messages.begin(), messages.end(), [&](const auto& m) { return m.first == id; });
  return found == messages.end() ? nullptr : &found->second;
}

class Settling {
 public:
  Settling(SarifRun& run, const std::string& where, TextPool& pool)
      : run_(run), where_(where), pool_(pool), rules_(run), paths_(run, pool), settled_(run.kinds.size()) {}

  void run() {
    std::size_t next = 0;
    run_.findings.change_all([&](Finding& finding) { settle(finding, run_.results[next++]); });
    for (std::uint64_t i = 0; i < paths_.absolute(); ++i) {
      run_.remarks.add("paths that stay absolute, because no base of the file holds them", "");
    }
  }

 private:
  /// What a kind comes to, kept where nothing in it was odd: a remark counts every result.
  struct Settled {
    bool known{};
    const SarifRule* rule{};
    Text check_id{};
    Text severity_word{};
  };

  void settle(Finding& finding, const SarifResult& result) {
    const auto& kind = run_.kinds[result.kind];
    auto& settled = settled_[result.kind];
    const auto remarks = run_.remarks.total();
    if (!settled.known) {
      settled.rule = rules_.find(kind);
      settled.check_id = check_id_of(kind, settled.rule);
    }
    finding.check_id = settled.check_id;
    finding.path = paths_.path_of(result.file);
    if (finding.path.empty()) run_.remarks.add("results without a file", where_);
    finding.message = message_of(finding, result, settled.rule);
    if (!settled.known) settled.severity_word = pool_.intern(severity_of(kind, settled.rule));
    finding.severity_word = settled.severity_word;
    settled.known = run_.remarks.total() == remarks;
    if (!settled.rule) return;
    finding.cwe = merged(finding.cwe, settled.rule->cwe);
    finding.owasp = merged(finding.owasp, settled.rule->owasp);
  }

  Text check_id_of(const SarifKind& result, const SarifRule* rule) {
    if (!result.rule_id.empty()) return result.rule_id;
    if (rule && !rule->id.empty()) return pool_.intern(rule->id);
    run_.remarks.add("results without a rule", where_);
    return pool_.intern(no_rule);
  }

  Text message_of(const Finding& finding, const SarifResult& result, const SarifRule* rule) {
    if (!finding.message.empty()) {
      if (result.arguments.empty()) return finding.message;
      return pool_.recall(fill_in(finding.message, result.arguments));
    }
    const std::string* text = nullptr;
    const auto& id = run_.kinds[result.kind].message_id;
    if (!id.empty()) {
      if (rule) text = find_message(rule->messages, id);
      for (const auto& component : run_.components) {
        if (!text) text = find_message(component.messages, id);
      }
    }
    if (text && !text->empty()) return pool_.intern(fill_in(*text, result.arguments));
    run_.remarks.add("results without a message, which get a placeholder", where_);
    return pool_.intern(no_message);
  }

  /// DECISIONS: security-severity by the CVSS bands, else error, warning, note, none = high, medium, low,
  /// info.
  std::string_view severity_of(const SarifKind& result, const SarifRule* rule) {
    if (result.security_severity) return name_of(cvss_band(*result.security_severity));
    if (rule && rule->security_severity) return name_of(cvss_band(*rule->security_severity));
    std::string_view level = result.level;
    if (level.empty() && result.kind.view() == "informational") level = "none";
    if (level.empty() && rule) level = rule->level;
    if (level.empty()) return name_of(Severity::medium);  // the default of SARIF 3.27.10
    if (const auto severity = find_severity_of_level(level)) return name_of(*severity);
    run_.remarks.add("results of a level that SARIF does not know", where_);
    return level;
  }

  TextList merged(TextList own, const std::vector<std::string>& of_rule) {
    if (of_rule.empty()) return own;
    auto& known = merged_[{own.data(), &of_rule}];
    if (known.empty()) known = merge(own, of_rule);
    return known;
  }
  TextList merge(TextList own, const std::vector<std::string>& of_rule) {
    words_.assign(own.begin(), own.end());
    for (const auto& word : of_rule) {
      if (std::find(words_.begin(), words_.end(), word) == words_.end()) words_.push_back(word);
    }
    return pool_.intern_list(words_);
  }

  SarifRun& run_;
  const std::string& where_;
  TextPool& pool_;
  Rules rules_;
  SarifPaths paths_;
  std::vector<Settled> settled_;  ///< by kind
  std::map<std::pair<const Text*, const void*>, TextList> merged_;  ///< by the own list, which is interned
  std::vector<std::string_view> words_;
};

std::string describe_tool(const SarifRun& run) {
  const auto& driver = run.components.front();
  const auto& version = driver.semantic_version.empty() ? driver.version : driver.semantic_version;
  if (driver.name.empty()) return {};
  return version.empty() ? driver.name : driver.name + " " + version;
}

void add_completeness(const SarifRun& run, ForeignScan& scan) {
  if (!run.has_results) scan.batch.shortcomings.emplace_back("results absent: the run says it computed none");
  if (run.failed > 0) {
    scan.batch.shortcomings.emplace_back("the tool says that it failed (executionSuccessful is false)");
  } else if (run.successful == 0) {
    scan.notes.emplace_back(
        "the file does not say whether the tool succeeded (executionSuccessful is absent)");
  }
  if (scan.tool.empty()) scan.notes.emplace_back("the run names no tool");
}

}  // namespace

ForeignScan settle(SarifRun run, const std::string& where, TextPool& pool) {
  Settling(run, where, pool).run();
  ForeignScan scan;
  scan.tool = describe_tool(run);
  scan.guessed = guess_scan_type(run.components.front().name);
  scan.batch.started_at = run.started_at;
  scan.batch.completed_at = run.completed_at;
  scan.batch.shortcomings = std::move(run.shortcomings);
  add_completeness(run, scan);
  auto lines = run.remarks.lines();
  scan.notes.insert(scan.notes.end(), lines.begin(), lines.end());
  scan.line_identity.reserve(run.results.size());
  for (const auto& result : run.results) scan.line_identity.push_back(result.line_identity);
  scan.findings = std::move(run.findings);
  return scan;
}

}  // namespace kolega::ingest
