// OSV-Scanner's osv-scanner.toml: ignored advisories with an end and a reason, and overrides of packages. It
// is for the files of its own folder alone. https://google.github.io/osv-scanner/configuration/
#include "base/text.hpp"
#include "base/toml.hpp"
#include "policy/import/importers.hpp"
#include "policy/keys.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

/// The folder of the file as a path from the root of the repository; a path that is not below it means the
/// root.
std::string folder_of(std::string_view file) {
  while (file.starts_with("./")) file.remove_prefix(2);
  const auto slash = file.rfind('/');
  if (slash == std::string_view::npos || file.starts_with('/') || file.find("..") != std::string_view::npos)
    return {};
  return std::string(file.substr(0, slash));
}

void import_ignored(const Node& entry, Sketch& sketch) {
  require_map(entry, "an ignored advisory");
  const auto id = text_under(entry, "id");
  if (id.empty()) refuse_import(entry, "this entry has no 'id'");
  const auto keep = [&](std::string why) { sketch.keep(Section::waivers, entry.pos, id, std::move(why)); };
  for (const auto& [key, value] : entry.entries) {
    if (key.text != "id" && key.text != "ignoreUntil" && key.text != "reason")
      return keep("'" + one_line(key.text, 40) + "' has no counterpart");
  }
  const auto end = text_under(entry, "ignoreUntil");
  Acceptance acceptance{.check_id = id, .reason = text_under(entry, "reason"), .until = parse_end(end)};
  if (!end.empty() && !acceptance.until)
    return keep("its end '" + one_line(end, 40) + "' is no day or instant");
  acceptance.paths = dependency_files_in(folder_of(sketch.file()));
  sketch.accept(std::move(acceptance), entry.pos);
}

}  // namespace

void import_osv_scanner(std::string_view text, Sketch& sketch) {
  const auto root = toml::parse(text, sketch.file());
  sketch.add_scan_type(ScanType::sbom_scan);
  sketch.comment(Section::rules, "OSV-Scanner fails on every vulnerability that is not ignored.");
  sketch.add_rule({{"id", write_text("not-ignored")}, {"max", write_number(0)}});
  for (const auto& [key, value] : root.entries) {
    if (key.text == "IgnoredVulns") {
      for (const auto& entry : require_list(value, "'IgnoredVulns'").items) import_ignored(entry, sketch);
    } else if (value.kind == Node::Kind::sequence) {
      for (const auto& entry : value.items) {
        sketch.keep(Section::head, entry.pos, key.text + ": " + shown_entry(entry),
                    "which package a finding is in is not known here");
      }
    } else {
      sketch.keep(Section::head, key.pos, key.text + ": " + shown_entry(value), "it has no counterpart");
    }
  }
}

}  // namespace kolega::policy
