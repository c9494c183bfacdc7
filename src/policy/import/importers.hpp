// The importers, one file each, and what they share for reading YAML trees.
// Not for: callers; they include import.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/yaml.hpp"
#include "policy/import/sketch.hpp"

namespace kolega::policy {

void import_trivyignore(std::string_view text, Sketch& sketch);
void import_trivyignore_yaml(std::string_view text, Sketch& sketch);
void import_snyk(std::string_view text, Sketch& sketch);
void import_grype(std::string_view text, Sketch& sketch);
void import_osv_scanner(std::string_view text, Sketch& sketch);
void import_checkov_baseline(std::string_view text, Sketch& sketch);
void import_gitlab(std::string_view text, Sketch& sketch);

/// Both ignore files of Trivy: its scans, and the rule that everything else counts.
void add_trivy_rule(Sketch& sketch);

[[noreturn]] void refuse_import(const yaml::Node& at, std::string message, std::string hint = {});
/// The tree of a file whose top must be a map.
yaml::Node parse_import_yaml(std::string_view text, const std::string& file);
const yaml::Node& require_map(const yaml::Node& node, std::string_view what);
/// Nothing counts as an empty list, as in the tools that wrote it.
const yaml::Node& require_list(const yaml::Node& node, std::string_view what);
/// A scalar that is not empty.
const std::string& require_text(const yaml::Node& node, std::string_view what);
/// The text under `key`, empty when it is not there.
std::string text_under(const yaml::Node& map, std::string_view key);
/// A value in few words, for a comment: "fix-state: wont-fix, package: ...".
std::string shown_entry(const yaml::Node& node);

}  // namespace kolega::policy
