#include "fleet/formats.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "gate/phrases.hpp"

namespace kolega::fleet {

const std::vector<Format>& formats() {
  static const std::vector<Format> table{
      {"table", "summary for people", write_table},
      {"json", "the summary for programs", write_json},
      {"markdown", "summary for a step summary or a chat", write_markdown},
      {"html", "one page to read and send on, with a table to filter", write_html},
      {"junit", "JUnit XML: a suite a repository, a case a rule", write_junit},
      {"sarif", "SARIF 2.1.0 in parts NAME.1.sarif, ...: a run a repository", nullptr},
  };
  return table;
}

const Format* find_format(std::string_view name) {
  const auto found = std::ranges::find(formats(), name, &Format::name);
  return found == formats().end() ? nullptr : &*found;
}

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  for (const auto& format : formats()) names.push_back(format.name);
  return names;
}

std::string describe_severities(const Row& row) {
  if (!row.result) return {};
  const auto& counts = row.result->by_severity;
  if (std::ranges::all_of(counts, [](auto count) { return count == 0; })) return {};
  return gate::describe_counts(counts);
}

std::string describe_policies(const Fleet& fleet) {
  std::vector<std::string> names;
  for (const auto& policy : fleet.policies)
    names.push_back((policy.name.empty() ? "unnamed" : policy.name) + " (digest " + policy.digest.substr(0, 12) + ")");
  return join(names, ", ");
}

}  // namespace kolega::fleet
