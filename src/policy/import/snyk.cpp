// Snyk's .snyk: ignored issues by id and path, excluded files, patches.
// https://docs.snyk.io/manage-risk/policies/the-.snyk-file
// https://docs.snyk.io/developer-tools/snyk-cli/scan-and-maintain-projects-using-the-cli/snyk-cli-for-iac/iac-ignores-using-the-.snyk-policy-file
#include "base/text.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::string_view configuration_prefix = "SNYK-CC-";

/// "staging/deployment.yaml > *" and "staging/deployment.yaml" name one file; anything deeper is narrower
/// than a waiver can be.
std::optional<std::string> file_of(std::string_view path) {
  const auto at = path.find(" > ");
  const auto file = trim(path.substr(0, at));
  if (at != std::string_view::npos && trim(path.substr(at + 3)) != "*") return std::nullopt;
  if (file.find('*') != std::string_view::npos) return std::nullopt;
  const auto pattern = pattern_from(file);
  return pattern ? std::optional(literal_pattern(file.starts_with("./") ? file.substr(2) : file))
                 : std::nullopt;
}

void import_ignore(const std::string& id, const Node& path, const Node& terms, Sketch& sketch) {
  const auto entry = id + " in " + path.text;
  const auto keep = [&](std::string why) { sketch.keep(Section::waivers, path.pos, entry, std::move(why)); };
  if (terms.kind != Node::Kind::null) require_map(terms, "an ignored path");
  const auto end = text_under(terms, "expires");
  Acceptance acceptance{.check_id = id, .reason = text_under(terms, "reason"), .until = parse_end(end)};
  if (!end.empty() && !acceptance.until) return keep("its end '" + one_line(end, 40) + "' is no instant");
  if (id.starts_with("snyk:lic:")) return keep("licences are not judged here");
  if (const auto* flag = terms.find("disregardIfFixable"); flag && flag->text == "true")
    return keep("whether there is a fix is not known here");
  if (id.starts_with(configuration_prefix)) {
    if (const auto file = file_of(path.text)) acceptance.paths = {*file};
    if (acceptance.paths.empty() && path.text != "*") return keep("a place inside a file can not be named");
  } else if (path.text != "*") {
    return keep("through which packages a finding comes is not known here");
  } else if (is_advisory_id(id)) {
    acceptance.paths = dependency_files();
  }
  sketch.accept(std::move(acceptance), path.pos);
}

void import_ignores(const Node& ignores, Sketch& sketch) {
  if (ignores.kind == Node::Kind::null) return;
  for (const auto& [id, paths] : require_map(ignores, "'ignore'").entries) {
    for (const auto& item : require_list(paths, "the paths of an ignored issue").items) {
      for (const auto& [path, terms] : require_map(item, "an ignored path").entries)
        import_ignore(id.text, path, terms, sketch);
    }
  }
}

void import_exclude(std::string_view group, const Node& item, Sketch& sketch) {
  const bool has_terms = item.kind == Node::Kind::map;
  const auto& path = has_terms && !item.entries.empty() ? item.entries.front().first : item;
  const auto& text = require_text(path, "an excluded path");
  const auto keep = [&](std::string why) { sketch.keep(Section::exclude, path.pos, text, std::move(why)); };
  if (group != "global")
    return keep("it is for Snyk's '" + one_line(group, 40) + "' only, an exclude here is for every scan");
  if (has_terms && item.entries.front().second.find("expires")) return keep("an exclude here has no end");
  sketch.exclude(text, path.pos);
}

void import_excludes(const Node& excludes, Sketch& sketch) {
  if (excludes.kind == Node::Kind::null) return;
  for (const auto& [group, paths] : require_map(excludes, "'exclude'").entries) {
    for (const auto& item : require_list(paths, "the excluded paths").items)
      import_exclude(group.text, item, sketch);
  }
}

}  // namespace

void import_snyk(std::string_view text, Sketch& sketch) {
  const auto root = parse_import_yaml(text, sketch.file());
  for (const auto type : {ScanType::semgrep_scan, ScanType::sbom_scan}) sketch.add_scan_type(type);
  sketch.comment(Section::rules, "A .snyk file holds no threshold: what it does not ignore, counts.");
  sketch.add_rule({{"id", write_text("not-ignored")}, {"max", write_number(0)}});
  for (const auto& [key, value] : root.entries) {
    if (key.text == "version") continue;  // of the format, it says nothing about findings
    if (key.text == "ignore") {
      import_ignores(value, sketch);
    } else if (key.text == "exclude") {
      import_excludes(value, sketch);
    } else if (!(value.kind == Node::Kind::null ||
                 (value.items.empty() && value.entries.empty() && value.text.empty()))) {
      sketch.keep(Section::head, key.pos, key.text + ": " + shown_entry(value),
                  key.text == "patch" ? "a gate patches nothing" : "it has no counterpart");
    }
  }
}

}  // namespace kolega::policy
