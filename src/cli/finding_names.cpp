#include "cli/finding_names.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "report/escape.hpp"
#include "report/view.hpp"

namespace kolega::cli {

namespace {

constexpr std::size_t most_candidates = 20;
constexpr std::size_t widest_line = 116;

}  // namespace

void refuse_no_finding(const std::string& text, const std::string& nearest) {
  throw Error(ErrorKind::usage, "no finding of the record is called '" + printable(text, 200) + "'",
              nearest.empty() ? "name a fingerprint, the beginning of one, a check id, a path or path:line"
                              : "did you mean '" + printable(nearest, 200) + "'?");
}

void refuse_many_findings(const std::string& text, const FindingRows& rows,
                          const std::vector<std::uint32_t>& means) {
  std::vector<std::string> lines;
  for (const auto row : means) {
    if (lines.size() == most_candidates) break;
    const auto& finding = rows[row];
    lines.push_back(log_line(finding.fingerprint.str() + "  " + report::describe_place(finding) + "  " +
                                 std::string(report::check_name(finding)),
                             widest_line)
                        .str());
  }
  if (means.size() > lines.size())
    lines.push_back("and " + std::to_string(means.size() - lines.size()) + " more");
  throw Error(ErrorKind::usage,
              "'" + printable(text, 200) + "' is the name of " + plural(means.size(), "finding"),
              "name one by its fingerprint")
      .with_excerpt(join(lines, "\n"));
}

}  // namespace kolega::cli
