#include "api/batch_entry.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "api/wire.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace kolega::api {

namespace {

constexpr std::array<std::string_view, 3> step_names{"intent", "begun", "none"};

}  // namespace

std::string write_batch_entry(const BatchEntry& entry) {
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::compact);
  json.begin_object().member("repository_id", entry.repository_id).member("scan_type", name_of(entry.type));
  json.member("step", step_names[static_cast<std::size_t>(entry.step)]);
  if (!entry.batch.empty()) json.member("batch", entry.batch);
  json.member("at", format_instant(entry.at)).end_object().finish();
  return out.str();
}

BatchEntry read_batch_entry(std::string_view line, const std::string& where) {
  const JsonLimits limits{.depth = 4, .string_bytes = 4096, .total_bytes = 64 * 1024};
  const auto document = parse_json(line, where, ErrorKind::input, limits);
  const JsonView view(document, where, ErrorKind::input);
  BatchEntry out;
  out.repository_id = view.require_string("repository_id");
  if (!usable_id(out.repository_id)) view.require("repository_id").fail("not a usable id");
  const auto type = find_scan_type(view.require_string("scan_type"));
  if (!type) view.require("scan_type").fail("no scan type");
  out.type = *type;
  const auto word = view.require_string("step");
  const auto step = std::ranges::find(step_names, word);
  if (step == step_names.end()) view.require("step").fail("'" + printable(word, 40) + "' is none of its words");
  out.step = static_cast<BatchEntry::Step>(step - step_names.begin());
  out.batch = view.optional_string("batch").value_or(std::string_view{});
  if ((out.step == BatchEntry::Step::begun) != usable_id(out.batch) ||
      (out.step != BatchEntry::Step::begun && !out.batch.empty())) {
    view.fail("the id of a batch belongs to the step begun alone");
  }
  out.at = view.require("at").as_instant();
  return out;
}

}  // namespace kolega::api
