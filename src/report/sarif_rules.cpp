#include "report/sarif_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.hpp"
#include "gate/normalise.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"

namespace kolega::report {

namespace {

// Limits of GitHub code scanning (docs.github.com, "SARIF support for code scanning"); tags over 10 are not
// shown.
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_description = 1024;
constexpr std::size_t most_cwe_tags = 5;
constexpr std::size_t most_owasp_tags = 4;

/// GitHub's bands: critical over 9.0, high 7.0 to 8.9, medium 4.0 to 6.9, low 0.1 to 3.9. It has none for
/// info, which gets the smallest number that it accepts.
struct Band {
  double low{};
  double usual{};
  double high{};
};
constexpr std::array<Band, 5> bands{
    {{0.1, 0.1, 0.1}, {0.1, 2.0, 3.9}, {4.0, 5.5, 6.9}, {7.0, 8.0, 8.9}, {9.1, 9.5, 10.0}}};

std::string_view problem_severity(Severity severity) {
  const auto level = sarif_level(severity);
  return level == "note" ? "recommendation" : level;
}

bool names_a_severity(std::string_view check) {
  const auto slash = check.rfind('/');
  return slash != std::string_view::npos && find_severity(check.substr(slash + 1)).has_value();
}

std::string capitalised(std::string_view word) {
  std::string out(word);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

/// "PythonFlaskDebugEnabledHigh": SARIF2012 wants Pascal case, SARIF1001 a name unlike the id.
std::string pascal_name(const SarifRule& rule) {
  std::string out;
  std::string word;
  for (const char c : rule.check + ".") {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (plain) word += c;
    if (plain) continue;
    out += capitalised(word);
    word.clear();
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(0, "Check");
  out += capitalised(name_of(rule.severity));
  if (iequals_ascii(out, rule.id)) out += "Rule";
  return out.size() > longest_name ? out.substr(out.size() - longest_name) : out;
}

std::string short_description(const SarifRule& rule) {
  if (!rule.title.value().empty()) return cut(sarif_text(cut(rule.title.value(), 400)), longest_description);
  const auto category = rule.category.value();
  return (category.empty() ? "" : sarif_text(cut(category, 100)) + ": ") + sarif_text(rule.check) + " (" +
         std::string(name_of(rule.severity)) + ")";
}

std::string full_description(const SarifRule& rule) {
  if (!rule.message.value().empty())
    return cut(sarif_text(cut(rule.message.value(), 500)), longest_description);
  return "Findings of " + sarif_text(rule.check) + " that are ranked " + std::string(name_of(rule.severity)) +
         ".";
}

std::string cwe_url(int number) {
  return "https://cwe.mitre.org/data/definitions/" + std::to_string(number) + ".html";
}

std::string help_text(const SarifRule& rule) {
  std::string out =
      "Check " + sarif_text(rule.check) + ", severity " + std::string(name_of(rule.severity)) +
      ". Fix the finding, or triage it in Kolega DevSec: a status that the policy honours takes it out"
      " of the next verdict.";
  for (const auto number : rule.cwe) out += " See " + cwe_url(number) + ".";
  return out;
}

std::string help_markdown(const SarifRule& rule) {
  std::string out =
      "Check " + markdown_code(rule.check).str() + ", severity **" + std::string(name_of(rule.severity)) +
      "**.\n\nFix the finding, or triage it in Kolega DevSec: a status that the policy honours takes"
      " it out of the next verdict.";
  if (!rule.cwe.empty()) out += "\n";
  for (const auto number : rule.cwe)
    out += "\n- [CWE-" + std::to_string(number) + "](" + cwe_url(number) + ")";
  return out;
}

void write_tags(JsonWriter& json, const SarifRule& rule) {
  json.key("tags").one_line().begin_array().value("security");
  for (const auto number : rule.cwe) {
    auto digits = std::to_string(number);
    if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
    json.value("external/cwe/cwe-" + digits);
  }
  for (const auto& word : rule.owasp) json.value("external/owasp/" + word);
  json.end_array();
}

void write_message(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key).one_line().begin_object().member("text", text).end_object();
}

void write_rule(JsonWriter& json, const SarifRule& rule) {
  json.begin_object().member("id", rule.id).member("name", pascal_name(rule));
  write_message(json, "shortDescription", short_description(rule));
  write_message(json, "fullDescription", full_description(rule));
  json.key("help").begin_object().member("text", help_text(rule)).member("markdown", help_markdown(rule));
  json.end_object();
  if (!rule.cwe.empty()) json.member("helpUri", cwe_url(*rule.cwe.begin()));
  json.key("defaultConfiguration").one_line().begin_object();
  json.member("level", sarif_level(rule.severity)).end_object();
  json.key("properties").begin_object();
  write_tags(json, rule);
  json.member("security-severity",
              security_severity(rule.severity, rule.cvss_differs ? std::nullopt : rule.cvss));
  // Kolega states no precision and GitHub sorts by it, so all rules say the same.
  json.member("precision", "medium").member("problem.severity", problem_severity(rule.severity));
  json.member("check_id", rule.check).end_object().end_object();
}

void gather(SarifRule& rule, const Finding& finding) {
  rule.message.add(finding.message);
  if (finding.cwe.data() != rule.last_cwe) {
    rule.last_cwe = finding.cwe.data();
    for (const auto number : gate::cwe_numbers(finding.cwe)) {
      if (rule.cwe.size() < most_cwe_tags) rule.cwe.insert(number);
    }
  }
  if (finding.owasp.data() != rule.last_owasp) {
    rule.last_owasp = finding.owasp.data();
    for (const auto word : finding.owasp) {
      if (rule.owasp.size() < most_owasp_tags) rule.owasp.insert(printable(trim(word), 60));
    }
  }
  const auto* details = finding.details;
  if (!details) return;
  rule.title.add(details->title);
  rule.category.add(details->category);
  if (!details->cvss_score) return;
  if (rule.cvss && *rule.cvss != *details->cvss_score) rule.cvss_differs = true;
  rule.cvss = details->cvss_score;
}

}  // namespace

std::string_view sarif_level(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return "error";
    case Severity::medium:
      return "warning";
    case Severity::low:
    case Severity::info:
      return "note";
  }
  return "error";
}

void Agreed::add(std::string_view value) {
  if (differs) return;
  if (seen && value != text) differs = true;
  if (!seen) text = value;
  seen = true;
}

std::string security_severity(Severity severity, std::optional<float> cvss) {
  const auto& band = bands[index_of(severity)];
  const bool usable = cvss && std::isfinite(*cvss);
  const double score = usable ? std::clamp(static_cast<double>(*cvss), band.low, band.high) : band.usual;
  const auto tenths = static_cast<int>(std::lround(score * 10));
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

SarifRules::SarifRules(const gate::DecisionRecord& record, const std::vector<std::uint32_t>& rows,
                       SarifProfile profile) {
  std::map<std::string, std::size_t> by_name;  // two ids may look alike once they are cut and made printable
  std::vector<std::string> names;
  // By place: check ids are interned, and where one is not it only takes another entry.
  std::unordered_map<const char*, std::size_t> check_of;
  rule_of_.reserve(rows.size());
  for (const auto row : rows) {
    const auto& finding = record.inputs.findings.rows[row];
    const auto severity = record.verdict.findings[row].severity;
    const auto [known, fresh] = check_of.try_emplace(finding.check_id.view().data(), 0);
    if (fresh) {
      const auto name = cut(printable(cut(check_name(finding), 200)), 200);
      const auto [place, added] = by_name.try_emplace(name, checks_.size());
      if (added) {
        checks_.push_back({-1, -1, -1, -1, -1});
        names.push_back(name);
      }
      known->second = place->second;
    }
    auto& index = checks_[known->second][kolega::index_of(severity)];
    if (index < 0) {
      index = static_cast<std::int32_t>(rules_.size());
      rules_.push_back({.id = {}, .check = names[known->second], .severity = severity});
    }
    rule_of_.push_back(static_cast<std::uint32_t>(index));
    gather(rules_[static_cast<std::size_t>(index)], finding);
  }
  for (const auto& check : checks_) {
    const auto severities = std::count_if(check.begin(), check.end(), [](auto index) { return index >= 0; });
    for (const auto index : check) {
      if (index < 0) continue;
      auto& rule = rules_[static_cast<std::size_t>(index)];
      const bool named = profile != SarifProfile::generic || severities > 1 || names_a_severity(rule.check);
      rule.id = named ? rule.check + "/" + std::string(name_of(rule.severity)) : rule.check;
    }
  }
}

void SarifRules::write(JsonWriter& json) const {
  json.key("rules").begin_array();
  for (const auto& rule : rules_) write_rule(json, rule);
  json.end_array();
}

}  // namespace kolega::report
