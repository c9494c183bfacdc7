// A policy in the making, gathered from another gate's file: what it takes over, and as comments at their
// places what it cannot. Not for: reading such files; each format has its own importer.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "base/yaml.hpp"
#include "model/scan_type.hpp"
#include "policy/import/import.hpp"
#include "policy/waiver.hpp"

namespace kolega::policy {

/// Where an entry of the other file would stand in a policy.
enum class Section { head, severity, triage, exclude, rules, waivers };

/// An accepted finding of the other file.
struct Acceptance {
  std::string check_id{};            ///< as it is, no pattern
  std::vector<std::string> paths{};  ///< patterns; none: wherever it is
  std::uint64_t limit{1};
  std::string reason{};
  std::optional<Instant> until{};  ///< the first instant at which it does not apply
};

class Sketch {
 public:
  /// `origin` is the prefix of ids, "trivy"; `title` the other gate's name.
  Sketch(std::string origin, std::string title, std::string file, Instant at);

  const std::string& file() const { return file_; }
  void add_scan_type(ScanType type) { scan_types_.insert(type); }
  /// A line of a map that is no list: `unknown: high` in `severity`.
  void set(Section section, std::string_view key, yaml::Node value);
  /// A rule; `keys` begins with its id and is written in its order.
  void add_rule(std::vector<std::pair<std::string, yaml::Node>> keys);
  /// An excluded path as the other gate wrote it, or a comment where the language would not take it.
  void exclude(std::string_view path, const SourcePos& pos);
  /// A waiver, or a comment where the language would not take it.
  void accept(Acceptance acceptance, const SourcePos& pos);

  /// An entry is taken over by the rule or setting just added.
  void count_mapped(const SourcePos& pos);
  /// An entry that the language cannot say.
  void keep(Section section, const SourcePos& pos, std::string_view entry, std::string why,
            std::string hint = {});
  /// An entry is taken over, but stricter than it was.
  void tighten(Section section, const SourcePos& pos, std::string_view entry, std::string how);
  /// A line for the reader of the policy.
  void comment(Section section, std::string_view text);

  Imported finish();

 private:
  struct Part {
    std::vector<std::string> lines{};
    bool has_items{};
  };
  void count_entry(const SourcePos& pos);
  void remark(const SourcePos& pos, std::string message, std::string hint);
  void add_item(Section section, std::vector<std::pair<std::string, yaml::Node>> keys);
  Instant end_of(const Acceptance& acceptance, const SourcePos& pos);
  void write_part(std::string& out, Section section, std::string_view key, std::string_view indent = "  ");
  void write_waivers(std::string& out);
  void write_head(std::string& out) const;

  std::string origin_;
  std::string title_;
  std::string file_;
  Instant at_;
  std::set<ScanType> scan_types_{};
  std::map<Section, Part> parts_{};
  std::set<std::string> matches_{};
  std::size_t waivers_{};
  std::uint64_t max_days_{};
  Imported out_{};
};

/// Patterns of the files in which packages are declared or locked, below `folder` ("" is the whole
/// repository).
std::vector<std::string> dependency_files();
std::vector<std::string> dependency_files_in(std::string_view folder);
/// True for the id of a known vulnerability of a package: CVE, GHSA and their like.
bool is_advisory_id(std::string_view id);
/// A text as a pattern that matches just it.
std::string literal_pattern(std::string_view text);
/// A path of another tool as a pattern from the root of the repository, or nothing when it is none.
std::optional<std::string> pattern_from(std::string_view path);
/// One line for a reason or a comment; nothing hostile is left in it.
std::string one_line(std::string_view text, std::size_t width);
/// "2027-01-31" (its midnight) or an instant with zone.
std::optional<Instant> parse_end(std::string_view text);

}  // namespace kolega::policy
