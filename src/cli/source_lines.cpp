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
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_path;
  for (std::size_t row = 0; row < findings.rows.size(); ++row) {
    const auto path = findings.rows.path(row);
    if (tree.may_hold(path)) by_path[path].push_back(row);
  }
  for (const auto& [path, rows] : by_path) {
    const auto text = tree.read(path, largest_source);
    if (!text) continue;
    const auto hashes = ingest::line_hashes(*text);
    for (const auto row : rows) {
      // A finding without a line is reported at line 1, so it gets that line's hash.
      Finding finding = findings.rows[row];
      const auto line = std::max(1U, finding.line);
      if (line > hashes.size()) continue;
      finding.line_hash = findings.pool->add(ingest::format_line_hash(hashes[line - 1]));
      findings.rows.set(row, finding);
    }
  }
}

}  // namespace kolega::cli
