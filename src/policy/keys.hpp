// The keys of one map of the language as a table: one row a key, with everything that is to be known about
// it. Loader, canonical form, schema and "did you mean" all read these rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "policy/reader.hpp"

namespace kolega::policy {

template <class Target>
struct Key {
  std::string_view name{};
  void (*parse)(const yaml::Node& value, Target& target, Reader& reader){};
  /// The canonical value, or nothing where the key is left out.
  std::optional<yaml::Node> (*write)(const Target& target){};
  std::string_view schema{};  ///< members of the value's JSON Schema
  std::string_view text{};    ///< what it is, for editors
};

/// What the schema needs of a row, whatever it is read into.
struct SchemaKey {
  std::string_view name{};
  std::string_view schema{};
  std::string_view text{};
};

template <class Row>
std::vector<std::string_view> names_of(std::span<const Row> rows) {
  std::vector<std::string_view> out;
  for (const auto& row : rows) out.push_back(row.name);
  return out;
}

template <class Row>
std::vector<SchemaKey> schema_of(std::span<const Row> rows) {
  std::vector<SchemaKey> out;
  for (const auto& row : rows) out.push_back({row.name, row.schema, row.text});
  return out;
}

/// Remarks on a key that no row knows: a slip of the pen, or something that no policy may say.
void refuse_key(const yaml::Node& key, std::string_view map, const std::vector<std::string_view>& known,
                Reader& reader);

/// Reads `node`, the map called `map` ("policy", "scan", "rule", ...), row by row.
template <class Target, class Row>
void read_keys(const yaml::Node& node, std::string_view map, std::span<const Row> rows, Target& target,
               Reader& reader) {
  if (node.kind != yaml::Node::Kind::map) {
    reader.error(node, "'" + std::string(map) + "' must be a map of keys", suggest("", names_of(rows)));
    return;
  }
  if (!reader.has_sane_size(node, map)) return;
  for (const auto& [key, value] : node.entries) {
    const Row* found = nullptr;
    for (const auto& row : rows) {
      if (row.name == key.text) found = &row;
    }
    if (!found) {
      refuse_key(key, map, names_of(rows), reader);
    } else if (value.kind == yaml::Node::Kind::null) {
      reader.error(key, quoted(key.text) + " has no value", "give it one, or remove the key");
    } else {
      found->parse(value, target, reader);
    }
  }
}

template <class Target, class Row>
yaml::Node write_keys(std::span<const Row> rows, const Target& target, bool flow = false) {
  std::vector<std::pair<std::string, yaml::Node>> entries;
  for (const auto& row : rows) {
    if (auto value = row.write(target)) entries.emplace_back(std::string(row.name), std::move(*value));
  }
  return yaml::map(std::move(entries), flow);
}

/// A text for the canonical form: quoted when it would be read as a number, a boolean or null.
yaml::Node write_text(std::string text);
yaml::Node write_texts(const std::vector<std::string>& texts);
yaml::Node write_boolean(bool flag);
yaml::Node write_number(std::uint64_t number);

template <class T>
yaml::Node write_names(const std::vector<T>& values) {
  std::vector<yaml::Node> items;
  for (const auto& value : values) items.push_back(yaml::scalar(std::string(name_of(value))));
  return yaml::sequence(std::move(items), true);
}

}  // namespace kolega::policy
