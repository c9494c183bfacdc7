#include "gate/places.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "gate/normalise.hpp"

namespace kolega::gate {

namespace {

constexpr std::string_view other_root = "changes: no finding is in a changed file";

std::optional<std::string> find_other_root(const ChangeSet& changes, const Places& places) {
  const auto name_of = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  const auto is_below = [](std::string_view all, std::string_view end) {
    // Files at the top, README.md and docs/README.md, are alike by chance.
    return end.find('/') != std::string_view::npos && all.size() > end.size() && all.ends_with(end) &&
           all[all.size() - end.size() - 1] == '/';
  };
  std::map<std::string_view, std::string_view> changed;  // by the name of the file, the first of each
  for (const auto& file : changes.files) {
    if (places.contains(file.path)) return std::nullopt;
    changed.emplace(name_of(file.path), file.path);
  }
  for (const auto& place : places) {
    const auto found = changed.find(name_of(place));
    if (found == changed.end() || (!is_below(found->second, place) && !is_below(place, found->second))) continue;
    return std::string(other_root) + ", but " + printable(place, 200) + " has findings and " +
           printable(found->second, 200) + " has changed: both must count from the root of the repository";
  }
  return std::nullopt;
}

}  // namespace

Places places_of(const FindingSet& findings) {
  Places out;
  std::string scratch;
  for (const auto& finding : findings.rows) {
    std::string_view place = fold_path(finding.path, scratch);
    while (!place.empty() && out.emplace(place).second) {
      const auto slash = place.rfind('/');
      place = slash == std::string_view::npos ? std::string_view{} : place.substr(0, slash);
    }
  }
  return out;
}

void note_other_root(Inputs& inputs) {
  if (!inputs.changes || !inputs.policy || !policy::needs_changes(*inputs.policy)) return;
  const bool said = std::ranges::any_of(inputs.notes, [](const auto& note) { return note.starts_with(other_root); });
  if (said) return;  // by the record that these facts are from
  if (auto note = find_other_root(*inputs.changes, places_of(inputs.findings))) inputs.notes.push_back(std::move(*note));
}

}  // namespace kolega::gate
