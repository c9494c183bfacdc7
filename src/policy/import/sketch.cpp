#include "policy/import/sketch.hpp"

#include <algorithm>
#include <array>

#include "base/glob.hpp"
#include "base/text.hpp"
#include "policy/condition_keys.hpp"
#include "policy/keys.hpp"
#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

constexpr std::chrono::days one_day{1};
/// What a waiver may last by default, and what one gets that had no end.
constexpr std::uint64_t usual_days = 90;
/// A century, as the language has it: an end behind it is no end.
constexpr std::uint64_t most_days = 36'500;
constexpr std::size_t comment_width = 160;

/// Files in which package managers declare and lock what they install.
constexpr std::array<std::string_view, 12> dependency_patterns{
    "*.lock",       "*lock.json",   "*-lock.yaml", "*.lockfile", "npm-shrinkwrap.json",
    "package.json", "go.mod",       "go.sum",      "pom.xml",    "requirements*.txt",
    "*.csproj",     "build.gradle*"};

constexpr std::array<std::string_view, 15> advisory_prefixes{"CVE-",  "GHSA-", "OSV-",  "PYSEC-", "RUSTSEC-",
                                                             "GO-",   "MAL-",  "DSA-",  "DLA-",   "ALAS",
                                                             "RHSA-", "ELSA-", "SNYK-", "npm:",   "TEMP-"};

bool is_literal_character(char c) {
  return std::string_view("*?[\\!{},^|").find(c) == std::string_view::npos;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t width) {
  return printable(collapse_white_space(text), width);
}

std::optional<Instant> parse_end(std::string_view text) {
  if (const auto day = parse_date(text)) return day;
  return parse_instant(text);
}

std::vector<std::string> dependency_files() {
  std::vector<std::string> out;
  for (const auto pattern : dependency_patterns) out.push_back("**/" + std::string(pattern));
  return out;
}

std::vector<std::string> dependency_files_in(std::string_view folder) {
  std::vector<std::string> out;
  const auto prefix = folder.empty() ? std::string{} : literal_pattern(folder) + "/";
  for (const auto pattern : dependency_patterns) out.push_back(prefix + std::string(pattern));
  return out;
}

bool is_advisory_id(std::string_view id) {
  // Snyk names its checks of configuration and code alike, and those are not in dependency files.
  if (id.starts_with("SNYK-CC-")) return false;
  return std::any_of(advisory_prefixes.begin(), advisory_prefixes.end(),
                     [&](std::string_view prefix) { return id.starts_with(prefix) && id != prefix; });
}

std::string literal_pattern(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // A blank at an end would be taken for a slip.
    const bool at_end = text[i] == ' ' && (i == 0 || i + 1 == text.size());
    if (at_end || !is_literal_character(text[i])) out += '\\';
    out += text[i];
  }
  return out;
}

std::optional<std::string> pattern_from(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  if (path.starts_with('/')) path.remove_prefix(1);
  std::string out(path);
  if (out.ends_with('/')) out += "**";
  // A leading '!' would turn the meaning around; braces are a choice to some of those tools and themselves to others.
  const bool strange = out.empty() || out.front() == '!' || out.find('{') != std::string::npos ||
                       out.find("//") != std::string::npos || out.starts_with("../") || out.size() > 1000;
  if (strange || find_glob_error(out) || policy::find_foreign_pattern(out) || printable(out) != out)
    return std::nullopt;
  return out;
}

Sketch::Sketch(std::string origin, std::string title, std::string file, Instant at)
    : origin_(std::move(origin)), title_(std::move(title)), file_(std::move(file)), at_(at) {}

void Sketch::comment(Section section, std::string_view text) {
  parts_[section].lines.push_back("# " + one_line(text, comment_width));
}

void Sketch::remark(const SourcePos& pos, std::string message, std::string hint) {
  out_.remarks.push_back({Diagnostic::Level::warning, pos, std::move(message), std::move(hint), 1});
}

void Sketch::count_entry(const SourcePos& pos) {
  if (out_.mapped + out_.kept < most_import_entries) return;
  throw Error(ErrorKind::input,
              "more than " + std::to_string(most_import_entries) + " entries are too many for a policy",
              "a baseline holds known findings in any number", pos);
}

void Sketch::count_mapped(const SourcePos& pos) {
  count_entry(pos);
  ++out_.mapped;
}

void Sketch::keep(Section section, const SourcePos& pos, std::string_view entry, std::string why,
                  std::string hint) {
  count_entry(pos);
  ++out_.kept;
  comment(section,
          "not taken over, line " + std::to_string(pos.line) + ": " + one_line(entry, 80) + ": " + why);
  remark(pos, "kept as a comment: " + one_line(entry, 80) + ": " + why, std::move(hint));
}

void Sketch::tighten(Section section, const SourcePos& pos, std::string_view entry, std::string how) {
  comment(section,
          "stricter than line " + std::to_string(pos.line) + ": " + one_line(entry, 80) + ": " + how);
  remark(pos, "made stricter: " + one_line(entry, 80) + ": " + how, {});
}

void Sketch::add_item(Section section, std::vector<std::pair<std::string, Node>> keys) {
  auto& part = parts_[section];
  part.has_items = true;
  const auto text = yaml::write(yaml::sequence({yaml::map(std::move(keys))}));
  for (const auto line : split(text, '\n')) {
    if (!line.empty()) part.lines.emplace_back(line);
  }
}

void Sketch::set(Section section, std::string_view key, Node value) {
  auto& part = parts_[section];
  part.has_items = true;
  const auto text = yaml::write(yaml::map({{std::string(key), std::move(value)}}));
  for (const auto line : split(text, '\n')) {
    if (!line.empty()) part.lines.emplace_back(line);
  }
}

void Sketch::add_rule(std::vector<std::pair<std::string, Node>> keys) {
  add_item(Section::rules, std::move(keys));
}

void Sketch::exclude(std::string_view path, const SourcePos& pos) {
  const auto pattern = pattern_from(path);
  if (!pattern)
    return keep(Section::exclude, pos, path, "this is no pattern from the root of the repository");
  if (matches_every_path({*pattern})) return keep(Section::exclude, pos, path, "it would exclude everything");
  count_mapped(pos);
  add_item(Section::exclude, {{"paths", write_texts({*pattern})},
                              {"reason", write_text("excluded in " + one_line(file_, 200))}});
}

Instant Sketch::end_of(const Acceptance& acceptance, const SourcePos& pos) {
  const auto usual = std::chrono::floor<std::chrono::days>(at_) + one_day * (usual_days + 1);
  if (!acceptance.until) return usual;
  const auto far = std::chrono::ceil<std::chrono::days>(*acceptance.until - at_).count() - 1;
  if (far > static_cast<long long>(most_days)) {
    tighten(Section::waivers, pos, acceptance.check_id,
            "it ends in 90 days, because its end is out of reach");
    return usual;
  }
  if (far > 0) max_days_ = std::max(max_days_, static_cast<std::uint64_t>(far));
  return *acceptance.until;
}

void Sketch::accept(Acceptance acceptance, const SourcePos& pos) {
  const auto entry = one_line(acceptance.check_id, 80);
  if (acceptance.check_id.size() > 300 || printable(acceptance.check_id) != acceptance.check_id) {
    return keep(Section::waivers, pos, entry, "this is no check id");
  }
  if (acceptance.paths.empty() || matches_every_path(acceptance.paths)) {
    return keep(Section::waivers, pos, entry, "a check without a path could cover anything",
                "write a waiver that names the files, or triage the findings on the server");
  }
  if (waivers_ == most_items) {
    return keep(Section::waivers, pos, entry,
                "a policy holds at most " + std::to_string(most_items) + " waivers",
                "a baseline holds known findings in any number");
  }
  Waiver waiver;
  waiver.match.check_id = {literal_pattern(acceptance.check_id)};
  waiver.match.path = acceptance.paths;
  if (!matches_.insert(yaml::write(to_node(waiver.match))).second) {
    return keep(Section::waivers, pos, entry, "the same as an entry above");
  }
  waiver.id = origin_ + "-" + std::to_string(++waivers_);
  waiver.limit = acceptance.limit;
  waiver.until = end_of(acceptance, pos);
  waiver.reason = one_line(acceptance.reason, 300);
  if (waiver.reason.empty()) waiver.reason = "no reason given in " + one_line(file_, 100);
  count_mapped(pos);
  add_item(Section::waivers, [&] {
    std::vector<std::pair<std::string, Node>> keys;
    for (auto& [key, value] : write_keys(waiver_rows(), waiver).entries) keys.emplace_back(key.text, value);
    return keys;
  }());
}

void Sketch::write_part(std::string& out, Section section, std::string_view key, std::string_view indent) {
  const auto found = parts_.find(section);
  if (found == parts_.end()) return;
  out += '\n';
  if (found->second.has_items) out += std::string(key) + ":\n";
  for (const auto& line : found->second.lines) {
    if (found->second.has_items) out += indent;
    out += line + '\n';
  }
}

void Sketch::write_head(std::string& out) const {
  const auto entries = out_.mapped + out_.kept;
  out += "# Imported from " + one_line(file_, 100) + " (" + title_ +
         "): " + (entries == 1 ? "1 entry" : std::to_string(entries) + " entries") + ", " +
         std::to_string(out_.mapped) + " mapped, " + std::to_string(out_.kept) + " kept as comments\n#\n";
  out +=
      "# It accepts nothing that the other file did not. What that file said and this language does not, "
      "stands\n";
  out += "# as a comment at its place. Read it before you rely on it.\n";
  out += "gate: v1\nname: imported-from-" + origin_ + "\n\nscan:\n  types: [";
  for (const auto type : scan_types_) {
    if (type != *scan_types_.begin()) out += ", ";
    out += name_of(type);
  }
  out += "]\n";
}

void Sketch::write_waivers(std::string& out) {
  const auto found = parts_.find(Section::waivers);
  if (found == parts_.end()) return;
  if (!found->second.has_items) return write_part(out, Section::waivers, {});
  out += "\nwaivers:\n";
  out +=
      "  # That file knows neither owner nor ticket. Add them, then remove this line, and both are asked "
      "for.\n";
  out += "  require: [reason, expires]\n";
  if (max_days_ > usual_days) {
    out +=
        "  # The most distant end below. The default is 90: bring the ends nearer, then remove this line.\n";
    out += "  max_days: " + std::to_string(max_days_) + "\n";
  }
  out += "  list:\n";
  for (const auto& line : found->second.lines) out += "    " + line + '\n';
}

Imported Sketch::finish() {
  if (scan_types_.empty()) scan_types_ = {ScanType::secrets_scan, ScanType::semgrep_scan};
  write_head(out_.text);
  write_part(out_.text, Section::head, {});
  write_part(out_.text, Section::severity, "severity");
  write_part(out_.text, Section::triage, "triage");
  write_part(out_.text, Section::exclude, "exclude");
  write_part(out_.text, Section::rules, "rules");
  write_waivers(out_.text);
  std::stable_sort(out_.remarks.begin(), out_.remarks.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.pos.line < b.pos.line; });
  return std::move(out_);
}

}  // namespace kolega::policy
