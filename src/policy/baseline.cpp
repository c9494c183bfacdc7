// The table of `baseline`: what findings are compared with, and what there is before that exists.
#include <algorithm>
#include <array>

#include "policy/tables.hpp"

namespace kolega::policy {

using yaml::Node;

namespace {

using From = BaselineSettings::From;

constexpr std::string_view example =
    "write previous_batch, batch:<id>, file:<path> or detected_before:<date>";

bool is_batch_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

void parse_batch(const Node& value, std::string_view id, BaselineSettings& baseline, Reader& reader) {
  baseline.from = From::batch;
  baseline.name = id;
  if (!is_batch_id(id)) {
    reader.error(value, quoted(id) + " is not the id of a scan batch", "write for example batch:6650f1c2");
  }
}

void parse_file(const Node& value, std::string_view path, BaselineSettings& baseline, Reader& reader) {
  baseline.from = From::file;
  baseline.name = path;
  if (path.empty() || path == "-" || path.size() > 4096 || printable(path) != path) {
    reader.error(value, quoted(path) + " is not the path of a file",
                 "write for example file:.kolega/baseline.json, seen from the root of the repository");
  }
}

void parse_from(const Node& value, BaselineSettings& baseline, Reader& reader) {
  const auto text = reader.read_text(value, "from");
  if (!text) return;
  const auto colon = text->find(':');
  const auto word = std::string_view(*text).substr(0, colon);
  const auto rest =
      colon == std::string::npos ? std::string_view{} : std::string_view(*text).substr(colon + 1);
  if (*text == "previous_batch") {
    baseline.from = From::previous_batch;
  } else if (word == "batch" && colon != std::string::npos) {
    parse_batch(value, rest, baseline, reader);
  } else if (word == "file" && colon != std::string::npos) {
    parse_file(value, rest, baseline, reader);
  } else if (word == "detected_before" && colon != std::string::npos) {
    baseline.from = From::detected_before;
    Node date = value;
    date.text = rest;
    if (const auto moment = read_moment(date, "from", reader)) baseline.before = moment->at;
  } else {
    reader.error(value, quoted(*text) + " is nothing that findings can be compared with",
                 std::string(example));
  }
}

std::optional<Node> write_from(const BaselineSettings& baseline) {
  switch (baseline.from) {
    case From::previous_batch:
      return write_text("previous_batch");
    case From::batch:
      return write_text("batch:" + baseline.name);
    case From::file:
      return write_text("file:" + baseline.name);
    case From::detected_before:
      return write_text("detected_before:" + describe_moment(baseline.before));
  }
  return std::nullopt;
}

constexpr std::array<Key<BaselineSettings>, 2> baseline_table{{
    {"from", parse_from, write_from,
     R"("anyOf": [{"const": "previous_batch"}, {"type": "string", "pattern": "^(batch:[A-Za-z0-9._-]{1,128}|file:.+|detected_before:[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?)$"}])",
     "What findings are compared with: previous_batch, batch:<id>, file:<path> or detected_before:<date>."},
    {"first_run",
     [](const Node& value, BaselineSettings& baseline, Reader& reader) {
       if (const auto word = reader.read_word(value, "first_run", first_run_names))
         baseline.first_run = static_cast<FirstRun>(*word);
     },
     [](const BaselineSettings& baseline) -> std::optional<Node> {
       return yaml::scalar(std::string(name_of(baseline.first_run)));
     },
     R"("enum": ["all_new", "learn", "incomplete"])",
     "While there is no baseline yet: all findings are new, none is, or the verdict is incomplete."},
}};

}  // namespace

std::span<const Key<BaselineSettings>> baseline_rows() {
  return baseline_table;
}

void parse_baseline(const Node& value, std::optional<BaselineSettings>& out, Reader& reader) {
  auto& baseline = out.emplace();
  baseline.pos = value.pos;
  read_keys(value, "baseline", baseline_rows(), baseline, reader);
  if (value.kind != Node::Kind::map) return;
  if (!value.find("from")) reader.error(value, "'baseline' has no 'from'", std::string(example));
  if (!value.find("first_run")) {
    reader.error(value, "'baseline' has no 'first_run'",
                 "say what holds while there is no baseline yet: all_new, learn or incomplete");
  }
}

}  // namespace kolega::policy
