#include "cli/source_lines.hpp"

#include <algorithm>
#include <unordered_map>

#include "ingest/line_hash.hpp"
#include "sys/source_tree.hpp"

namespace kolega::cli {

namespace {
/// Larger files are generated; GitHub shows none of them.
constexpr std::uint64_t largest_source = 16 * 1024 * 1024;
}  // namespace

void add_line_hashes(FindingSet& findings, const std::string& directory) {
  sys::SourceTree tree(directory);
  std::unordered_map<std::string_view, std::vector<Finding*>> by_path;
  for (auto& finding : findings.rows) {
    if (tree.may_hold(finding.path)) by_path[finding.path].push_back(&finding);
  }
  for (const auto& [path, rows] : by_path) {
    const auto text = tree.read(path, largest_source);
    if (!text) continue;
    const auto hashes = ingest::line_hashes(*text);
    for (auto* finding : rows) {
      // A finding without a line is reported at line 1, so it gets that line's hash.
      const auto line = std::max(1U, finding->line);
      if (line <= hashes.size()) {
        finding->line_hash = findings.pool->add(ingest::format_line_hash(hashes[line - 1]));
      }
    }
  }
}

}  // namespace kolega::cli
