// Grype's .grype.yaml: rules of what is ignored, a severity to fail on, excluded paths, and settings of the
// scan. https://github.com/anchore/grype#specifying-matches-to-ignore and
// https://github.com/anchore/grype#configuration
#include "base/text.hpp"
#include "model/severity.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// What narrows an ignore rule, besides the vulnerability and the place of the package.
std::string find_condition(const Node& rule) {
  for (const auto& [key, value] : rule.entries) {
    const bool known = key.text == "vulnerability" || key.text == "reason" || key.text == "include-aliases";
    if (known) continue;
    if (key.text != "package") return key.text;
    for (const auto& [part, text] : require_map(value, "'package'").entries) {
      if (part.text != "location") return "package." + part.text;
    }
  }
  return {};
}

void import_ignore(const Node& rule, Sketch& sketch) {
  require_map(rule, "an ignore rule");
  const auto keep = [&](std::string why) {
    sketch.keep(Section::waivers, rule.pos, shown_entry(rule), std::move(why));
  };
  const auto id = text_under(rule, "vulnerability");
  if (id.empty()) return keep("it names no vulnerability");
  const auto condition = find_condition(rule);
  if (!condition.empty()) return keep("'" + one_line(condition, 40) + "' of a finding is not known here");
  Acceptance acceptance{.check_id = id, .paths = dependency_files(), .reason = text_under(rule, "reason")};
  if (const auto* package = rule.find("package")) {
    const auto location = pattern_from(text_under(*package, "location"));
    if (!location) return keep("its location is no pattern from the root of the repository");
    acceptance.paths = {*location};
  }
  sketch.accept(std::move(acceptance), rule.pos);
}

void import_exclude(const Node& item, Sketch& sketch) {
  const auto& text = require_text(item, "an excluded path");
  if (!text.starts_with('/')) return sketch.exclude(text, item.pos);
  sketch.keep(Section::exclude, item.pos, text,
              "an absolute path is one of the scanned image, not of the repository");
}

void import_threshold(const Node* value, Sketch& sketch) {
  if (!value || value->kind == Node::Kind::null || value->text.empty()) {
    sketch.comment(Section::rules,
                   "Without fail-on-severity Grype fails on nothing; a gate stops every finding.");
    sketch.add_rule({{"id", write_text("not-ignored")}, {"max", write_number(0)}});
    return;
  }
  const auto word = to_lower_ascii(require_text(*value, "'fail-on-severity'"));
  const auto severity = word == "negligible" ? Severity::info : find_severity(word);
  if (!severity || word == "info") {
    refuse_import(*value, "'" + one_line(word, 40) + "' is no severity of Grype",
                  "it knows negligible, low, medium, high and critical");
  }
  sketch.count_mapped(value->pos);
  const auto bound = [&](std::string_view sign) {
    return yaml::map({{"severity", yaml::scalar(std::string(sign) + std::string(name_of(*severity)), false)}},
                     true);
  };
  sketch.add_rule({{"id", write_text("fail-on-severity")}, {"when", bound(">=")}, {"max", write_number(0)}});
  if (*severity == Severity::info) return;
  sketch.add_rule({{"id", write_text("the-rest")},
                   {"when", bound("<")},
                   {"max", write_number(0)},
                   {"mode", write_text("observe")}});
}

}  // namespace

void import_grype(std::string_view text, Sketch& sketch) {
  const auto root = parse_import_yaml(text, sketch.file());
  sketch.add_scan_type(ScanType::sbom_scan);
  sketch.set(Section::severity, "aliases", yaml::map({{"negligible", write_text("info")}}, true));
  import_threshold(root.find("fail-on-severity"), sketch);
  for (const auto& [key, value] : root.entries) {
    if (key.text == "fail-on-severity") continue;
    if (key.text == "ignore") {
      for (const auto& rule : require_list(value, "'ignore'").items) import_ignore(rule, sketch);
    } else if (key.text == "exclude") {
      for (const auto& item : require_list(value, "'exclude'").items) import_exclude(item, sketch);
    } else {
      sketch.keep(Section::head, key.pos, key.text + ": " + shown_entry(value),
                  "a setting of Grype's scan or output; it has no counterpart");
    }
  }
}

}  // namespace kolega::policy
