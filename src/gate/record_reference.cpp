#include "gate/record_reference.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/text.hpp"
#include "gate/baseline_entry.hpp"
#include "gate/places.hpp"
#include "gate/record_names.hpp"

namespace kolega::gate {

namespace {

constexpr std::array<std::string_view, 6> kind_names{"added",   "modified", "deleted",
                                                     "renamed", "copied",   "submodule"};

void write_absence(const Absence& absence, JsonWriter& json) {
  json.one_line().begin_object().member("cause", name_of(absence.cause));
  if (absence.none_yet) json.member("none_yet", true);
  json.member("detail", std::string_view(absence.detail));
  if (!absence.hint.empty()) json.member("hint", std::string_view(absence.hint));
  json.end_object();
}

Absence read_absence(const JsonView& view) {
  Absence absence;
  const auto cause = find_cause(view.require_string("cause"));
  if (!cause) view.require("cause").fail("no cause");
  absence.cause = *cause;
  if (const auto none_yet = view.find("none_yet")) absence.none_yet = none_yet->as_boolean();
  absence.detail = view.require_string("detail");
  absence.hint = view.optional_string("hint").value_or("");
  return absence;
}

void write_baseline(const Baseline& baseline, JsonWriter& json) {
  json.begin_object().member("origin", std::string_view(baseline.origin));
  json.member("sha256", std::string_view(baseline.sha256)).member("complete", baseline.complete);
  json.key("entries").begin_array();
  for (const auto& entry : baseline.entries) write_baseline_entry(entry, json);
  json.end_array().end_object();
}

Baseline read_baseline(const JsonView& view) {
  Baseline baseline;
  baseline.origin = view.require_string("origin");
  baseline.sha256 = view.require_string("sha256");
  baseline.complete = view.require_boolean("complete");
  for (const auto& row : view.require("entries").items()) {
    auto entry = read_baseline_entry(row);
    if (!baseline.entries.empty() && !comes_before(baseline.entries.back(), entry))
      row.fail("out of order or twice");
    baseline.entries.push_back(std::move(entry));
  }
  return baseline;
}

void write_file(const ChangedFile& file, JsonWriter& json) {
  json.one_line().begin_object().member("path", std::string_view(file.path));
  if (!file.old_path.empty()) json.member("old_path", std::string_view(file.old_path));
  json.member("kind", word_of(kind_names, file.kind));
  if (file.binary) json.member("binary", true);
  if (!file.lines_known) json.member("lines_known", false);
  json.key("lines").begin_array();
  for (const auto& range : file.lines) {
    json.begin_array().value(range.first).value(range.last).end_array();
  }
  json.end_array().end_object();
}

std::uint32_t line_of(const JsonView& view) {
  const auto line = view.as_integer();
  if (line < 1 || line > 0xFFFFFFFFLL) view.fail("out of range");
  return static_cast<std::uint32_t>(line);
}

LineRange range_of(const JsonView& view) {
  const auto ends = view.items();
  if (ends.size() != 2) view.fail("not a first and a last line");
  return {line_of(ends[0]), line_of(ends[1])};
}

ChangedFile read_file(const JsonView& view) {
  ChangedFile file;
  file.path = view.require_string("path");
  file.old_path = view.optional_string("old_path").value_or("");
  const auto word = view.require_string("kind");
  const auto kind = std::find(kind_names.begin(), kind_names.end(), word);
  if (kind == kind_names.end())
    view.require("kind").fail("'" + printable(word, 40) + "' is no kind of change");
  file.kind = static_cast<ChangedFile::Kind>(kind - kind_names.begin());
  if (const auto binary = view.find("binary")) file.binary = binary->as_boolean();
  if (const auto known = view.find("lines_known")) file.lines_known = known->as_boolean();
  for (const auto& item : view.require("lines").items()) {
    const auto range = range_of(item);
    const bool ordered = file.lines.empty() || file.lines.back().last < range.first;
    if (range.last < range.first || !ordered) item.fail("lines out of order");
    file.lines.push_back(range);
  }
  return file;
}

void write_changes(const ChangeSet& changes, JsonWriter& json) {
  json.begin_object().member("origin", std::string_view(changes.origin));
  json.member("sha256", std::string_view(changes.sha256));
  json.key("files").begin_array();
  for (const auto& file : changes.files) write_file(file, json);
  json.end_array().end_object();
}

ChangeSet read_changes(const JsonView& view) {
  ChangeSet changes;
  changes.origin = view.require_string("origin");
  changes.sha256 = view.require_string("sha256");
  for (const auto& row : view.require("files").items()) {
    changes.files.push_back(read_file(row));
    const auto count = changes.files.size();
    if (count > 1 && !(changes.files[count - 2].path < changes.files[count - 1].path))
      row.fail("out of order or twice");
  }
  return changes;
}

void keep_judged_entries(const Inputs& inputs, Baseline& baseline) {
  const auto& types = inputs.scan_types;
  std::erase_if(baseline.entries, [&](const BaselineEntry& entry) {
    return std::find(types.begin(), types.end(), entry.scan_type) == types.end();
  });
  std::sort(baseline.entries.begin(), baseline.entries.end(), comes_before);
}

void keep_asked_files(const Inputs& inputs, ChangeSet& changes) {
  const auto places = places_of(inputs.findings);
  std::unordered_set<std::string_view> left;
  if (inputs.baseline) {
    for (const auto& entry : inputs.baseline->entries) left.insert(entry.path);
  }
  std::erase_if(changes.files, [&](const ChangedFile& file) {
    return !places.contains(file.path) && !left.contains(file.old_path);
  });
  std::sort(changes.files.begin(), changes.files.end(),
            [](const ChangedFile& a, const ChangedFile& b) { return a.path < b.path; });
}

}  // namespace

void write_reference(const Inputs& inputs, JsonWriter& json) {
  if (inputs.baseline) {
    json.key("baseline");
    write_baseline(*inputs.baseline, json);
  }
  if (inputs.baseline_given) json.member("baseline_given", true);
  if (inputs.no_baseline) {
    json.key("no_baseline");
    write_absence(*inputs.no_baseline, json);
  }
  if (inputs.changes) {
    json.key("changes");
    write_changes(*inputs.changes, json);
  }
  if (inputs.no_changes) {
    json.key("no_changes");
    write_absence(*inputs.no_changes, json);
  }
}

void read_reference(const JsonView& root, Inputs& inputs) {
  if (const auto view = root.find("baseline")) inputs.baseline = read_baseline(*view);
  if (const auto view = root.find("baseline_given")) inputs.baseline_given = view->as_boolean();
  if (const auto view = root.find("no_baseline")) inputs.no_baseline = read_absence(*view);
  if (const auto view = root.find("changes")) inputs.changes = read_changes(*view);
  if (const auto view = root.find("no_changes")) inputs.no_changes = read_absence(*view);
}

void canonicalise_reference(Inputs& inputs) {
  if (inputs.baseline) keep_judged_entries(inputs, *inputs.baseline);
  if (inputs.changes) keep_asked_files(inputs, *inputs.changes);
}

}  // namespace kolega::gate
