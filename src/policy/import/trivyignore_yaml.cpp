// Trivy's .trivyignore.yaml: ids by kind of finding, with paths, packages, an end and a statement.
// https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml
#include "base/text.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// Keys that are left over narrow the entry in a way that we do not know.
const Node* find_unknown_key(const Node& entry) {
  for (const auto& [key, value] : entry.entries) {
    if (key.text != "id" && key.text != "paths" && key.text != "expired_at" && key.text != "statement")
      return &key;
  }
  return nullptr;
}

/// The patterns of `paths`; nothing when one of them means something that ours do not.
std::optional<std::vector<std::string>> paths_of(const Node& entry) {
  std::vector<std::string> out;
  const auto* paths = entry.find("paths");
  if (!paths) return out;
  for (const auto& item : require_list(*paths, "'paths'").items) {
    auto pattern = pattern_from(require_text(item, "a path"));
    if (!pattern) return std::nullopt;
    out.push_back(std::move(*pattern));
  }
  return out;
}

void import_entry(const Node& entry, bool is_vulnerability, Sketch& sketch) {
  require_map(entry, "an entry");
  const auto id = text_under(entry, "id");
  if (id.empty()) refuse_import(entry, "this entry has no 'id'");
  const auto keep = [&](std::string why) { sketch.keep(Section::waivers, entry.pos, id, std::move(why)); };
  if (const auto* key = find_unknown_key(entry)) {
    return keep(key->text == "purls" ? "which package a finding is in is not known here"
                                     : "'" + one_line(key->text, 40) + "' has no counterpart");
  }
  auto paths = paths_of(entry);
  if (!paths) return keep("one of its paths is no pattern from the root of the repository");
  const auto end = text_under(entry, "expired_at");
  Acceptance acceptance{.check_id = id, .paths = std::move(*paths), .reason = text_under(entry, "statement")};
  acceptance.until = parse_end(end);
  if (!end.empty() && !acceptance.until) return keep("its end '" + one_line(end, 40) + "' is no day");
  if (acceptance.paths.empty() && is_vulnerability) acceptance.paths = dependency_files();
  sketch.accept(std::move(acceptance), entry.pos);
}

}  // namespace

void import_trivyignore_yaml(std::string_view text, Sketch& sketch) {
  const auto root = parse_import_yaml(text, sketch.file());
  add_trivy_rule(sketch);
  for (const auto& [key, value] : root.entries) {
    const auto entries = require_list(value, "'" + one_line(key.text, 40) + "'").items;
    for (const auto& entry : entries) {
      if (key.text == "vulnerabilities" || key.text == "misconfigurations" || key.text == "secrets") {
        import_entry(entry, key.text == "vulnerabilities", sketch);
      } else {
        sketch.keep(Section::waivers, entry.pos, shown_entry(entry),
                    key.text == "licenses" ? "licences are not judged here"
                                           : "'" + one_line(key.text, 40) + "' has no counterpart");
      }
    }
  }
}

}  // namespace kolega::policy
