// Checkov's baseline (.checkov.baseline): failed checks by file and resource, as JSON.
// https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html (--create-baseline, --baseline); the shape
// is that of https://github.com/bridgecrewio/checkov/blob/main/checkov/common/output/baseline.py
#include <map>

#include "base/text.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// The failures of one check in one file: which resource it is, a finding here does not say.
struct Failures {
  std::uint64_t count{};
  std::vector<std::string> resources{};
  SourcePos pos{};
};

void import_file(const Node& file, Sketch& sketch) {
  const auto path = text_under(require_map(file, "a file of the baseline"), "file");
  if (path.empty()) refuse_import(file, "this file has no 'file'");
  std::map<std::string, Failures> checks;
  const auto* findings = file.find("findings");
  if (!findings) refuse_import(file, "this file has no 'findings'");
  for (const auto& finding : require_list(*findings, "'findings'").items) {
    const auto* ids = require_map(finding, "a finding of the baseline").find("check_ids");
    if (!ids) refuse_import(finding, "this finding has no 'check_ids'");
    for (const auto& id : require_list(*ids, "'check_ids'").items) {
      auto& failures = checks[require_text(id, "a check id")];
      if (failures.count++ == 0) failures.pos = id.pos;
      failures.resources.push_back(text_under(finding, "resource"));
    }
  }
  std::string_view below_root = path;
  while (below_root.starts_with('/')) below_root.remove_prefix(1);
  const bool usable = pattern_from(literal_pattern(below_root)).has_value() && !below_root.ends_with('/');
  for (auto& [id, failures] : checks) {
    if (!usable) {
      sketch.keep(Section::waivers, failures.pos, id + " in " + path, "this is no path in the repository");
      continue;
    }
    sketch.accept({.check_id = id,
                   .paths = {literal_pattern(below_root)},
                   .limit = failures.count,
                   .reason = "in the baseline: " + join(failures.resources, ", ")},
                  failures.pos);
  }
}

}  // namespace

void import_checkov_baseline(std::string_view text, Sketch& sketch) {
  const auto root = parse_import_yaml(text, sketch.file());
  sketch.add_scan_type(ScanType::semgrep_scan);
  sketch.comment(Section::rules, "Checkov fails on every check that is not in the baseline.");
  sketch.add_rule({{"id", write_text("not-in-the-baseline")}, {"max", write_number(0)}});
  for (const auto& [key, value] : root.entries) {
    if (key.text == "failed_checks") {
      for (const auto& file : require_list(value, "'failed_checks'").items) import_file(file, sketch);
    } else {
      sketch.keep(Section::head, key.pos, key.text, "it has no counterpart");
    }
  }
}

}  // namespace kolega::policy
