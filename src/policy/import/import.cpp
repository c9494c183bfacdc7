// The formats in one table, how a file is recognised, and what the YAML importers share.
#include "policy/import/import.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "policy/import/importers.hpp"

namespace kolega::policy {

using yaml::Node;

struct ImportKind {
  std::string_view name{};
  std::string_view title{};
  std::string_view origin{};  ///< the prefix of ids
  /// Ends of file names, the most telling first.
  std::array<std::string_view, 4> files{};
  void (*import)(std::string_view text, Sketch& sketch){};
};

namespace {

constexpr std::array<ImportKind, 7> kinds{{
    {"trivyignore", "Trivy's .trivyignore", "trivy", {".trivyignore"}, import_trivyignore},
    {"trivyignore-yaml",
     "Trivy's .trivyignore.yaml",
     "trivy",
     {".trivyignore.yaml", ".trivyignore.yml"},
     import_trivyignore_yaml},
    {"snyk", "Snyk's .snyk", "snyk", {".snyk"}, import_snyk},
    {"grype", "Grype's .grype.yaml", "grype", {"grype.yaml", "grype.yml"}, import_grype},
    {"osv-scanner", "OSV-Scanner's osv-scanner.toml", "osv", {"osv-scanner.toml"}, import_osv_scanner},
    {"checkov-baseline", "Checkov's baseline", "checkov", {".checkov.baseline"}, import_checkov_baseline},
    {"gitlab",
     "GitLab's merge request approval policies",
     "gitlab",
     {".gitlab/security-policies/policy.yml", "security-policies/policy.yml"},
     import_gitlab},
}};

const ImportKind* find_by_name(const std::string& file) {
  for (const auto& kind : kinds) {
    for (const auto end : kind.files) {
      if (!end.empty() && file.ends_with(end)) return &kind;
    }
  }
  return nullptr;
}

/// A key at the beginning of a line: enough to tell YAML files apart without reading them.
bool has_top_key(std::string_view text, std::string_view key) {
  for (const auto line : split(text, '\n')) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(':')) return true;
  }
  return false;
}

/// What a .trivyignore in plain text is recognised by: its first entry is the id of an advisory or a check.
bool is_plain_ignore_file(std::string_view text) {
  for (const auto line : split(text, '\n')) {
    const auto entry = trim(line);
    if (entry.empty() || entry.starts_with('#')) continue;
    return is_advisory_id(entry) || entry.starts_with("AVD-");
  }
  return false;
}

const ImportKind* find_by_content(std::string_view text) {
  const auto has = [&](std::string_view key) { return has_top_key(text, key); };
  if (trim(text).starts_with('{') && text.find("\"failed_checks\"") != std::string_view::npos)
    return find_import_kind("checkov-baseline");
  if (text.find("[[IgnoredVulns]]") != std::string_view::npos ||
      text.find("[[PackageOverrides]]") != std::string_view::npos)
    return find_import_kind("osv-scanner");
  if (has("approval_policy") || has("scan_result_policy")) return find_import_kind("gitlab");
  if (has("version") && (has("ignore") || has("exclude") || has("patch"))) return find_import_kind("snyk");
  if (has("misconfigurations") || has("vulnerabilities")) return find_import_kind("trivyignore-yaml");
  if (has("ignore") || has("fail-on-severity")) return find_import_kind("grype");
  return is_plain_ignore_file(text) ? find_import_kind("trivyignore") : nullptr;
}

void append_shown(std::string& out, const Node& node) {
  if (out.size() > 200) return;
  if (node.kind == Node::Kind::scalar) out += node.text;
  for (const auto& item : node.items) {
    if (&item != &node.items.front()) out += ", ";
    append_shown(out, item);
  }
  for (const auto& entry : node.entries) {
    if (&entry != &node.entries.front()) out += ", ";
    out += entry.first.text + ": ";
    append_shown(out, entry.second);
  }
}

}  // namespace

std::optional<Detected> detect_import(const std::string& file, std::string_view text) {
  if (const auto* kind = find_by_name(file)) return Detected{kind, "its name"};
  if (const auto* kind = find_by_content(text)) return Detected{kind, "its content"};
  return std::nullopt;
}

const ImportKind* find_import_kind(std::string_view name) {
  for (const auto& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::vector<std::string_view> import_kind_names() {
  std::vector<std::string_view> out;
  for (const auto& kind : kinds) out.push_back(kind.name);
  return out;
}

std::string_view name_of(const ImportKind& kind) {
  return kind.name;
}
std::string_view title_of(const ImportKind& kind) {
  return kind.title;
}

Imported import_policy(const ImportKind& kind, std::string_view text, const std::string& file, Instant at) {
  if (text.size() > most_import_bytes) {
    throw Error(ErrorKind::input, "the file is larger than 4 MiB", "no ignore file is that large",
                SourcePos{file, 0, 0});
  }
  Sketch sketch(std::string(kind.origin), std::string(kind.title), file, at);
  kind.import(text, sketch);
  return sketch.finish();
}

void refuse_import(const Node& at, std::string message, std::string hint) {
  throw Error(ErrorKind::input, std::move(message), std::move(hint), at.pos);
}

Node parse_import_yaml(std::string_view text, const std::string& file) {
  auto root = yaml::parse(text, file, yaml::Limits{.bytes = most_import_bytes, .depth = 32});
  if (root.kind == Node::Kind::null) root = yaml::map({});
  return require_map(root, "the file");
}

const Node& require_map(const Node& node, std::string_view what) {
  if (node.kind != Node::Kind::map) refuse_import(node, std::string(what) + " must be a map of keys");
  return node;
}

const Node& require_list(const Node& node, std::string_view what) {
  if (node.kind != Node::Kind::sequence && node.kind != Node::Kind::null)
    refuse_import(node, std::string(what) + " must be a list");
  return node;
}

const std::string& require_text(const Node& node, std::string_view what) {
  if (node.kind != Node::Kind::scalar || trim(node.text).empty())
    refuse_import(node, std::string(what) + " must be a text");
  return node.text;
}

std::string text_under(const Node& map, std::string_view key) {
  const auto* value = map.find(key);
  if (!value || value->kind == Node::Kind::null) return {};
  return require_text(*value, "'" + std::string(key) + "'");
}

std::string shown_entry(const Node& node) {
  std::string out;
  append_shown(out, node);
  return out;
}

}  // namespace kolega::policy
