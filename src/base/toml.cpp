#include "base/toml.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace {

/// What the library takes for impossible, a hostile file can do (3.3 asserts on some broken keys): an error
/// like any other, in every build.
struct BrokenAssumption {};
constexpr void assume(bool holds) {
  if (!holds) throw BrokenAssumption{};
}

}  // namespace

// Only the parser: no writers, no paths, no files.
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
// With NDEBUG it would take its assumptions for granted instead of checking them.
#undef NDEBUG
#define TOML_ASSERT(expression) assume(static_cast<bool>(expression))
#include <toml++/toml.h>

namespace kolega::toml {

using yaml::Node;

namespace {

constexpr std::size_t most_bytes = 4 * 1024 * 1024;

SourcePos position(const ::toml::source_region& region, const std::string& file) {
  return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

std::string padded(int number, std::size_t width) {
  auto out = std::to_string(number);
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  return out;
}

std::string text_of(const ::toml::date& date) {
  return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2);
}

std::string text_of(const ::toml::time& time) {
  return padded(time.hour, 2) + ":" + padded(time.minute, 2) + ":" + padded(time.second, 2);
}

/// RFC 3339; a time without zone stays without one.
std::string text_of(const ::toml::date_time& moment) {
  auto out = text_of(moment.date) + "T" + text_of(moment.time);
  if (!moment.offset) return out;
  const int minutes = moment.offset->minutes;
  if (minutes == 0) return out + "Z";
  const int size = minutes < 0 ? -minutes : minutes;
  return out + (minutes < 0 ? "-" : "+") + padded(size / 60, 2) + ":" + padded(size % 60, 2);
}

Node convert(const ::toml::node& node, const std::string& file);

Node convert_table(const ::toml::table& table, const std::string& file) {
  Node out{.kind = Node::Kind::map};
  for (const auto& [key, value] : table) {
    auto name = yaml::scalar(std::string(key.str()));
    name.pos = position(key.source(), file);
    out.entries.emplace_back(std::move(name), convert(value, file));
  }
  // The library sorts by key; people read from top to bottom.
  std::stable_sort(out.entries.begin(), out.entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.pos.line, a.first.pos.column) < std::pair(b.first.pos.line, b.first.pos.column);
  });
  return out;
}

Node convert(const ::toml::node& node, const std::string& file) {
  Node out;
  if (const auto* table = node.as_table()) {
    out = convert_table(*table, file);
  } else if (const auto* array = node.as_array()) {
    out.kind = Node::Kind::sequence;
    for (const auto& item : *array) out.items.push_back(convert(item, file));
  } else if (const auto* text = node.as_string()) {
    out = yaml::scalar(text->get(), false);
  } else if (const auto* number = node.as_integer()) {
    out = yaml::scalar(std::to_string(number->get()));
  } else if (const auto* real = node.as_floating_point()) {
    out = yaml::scalar(std::to_string(real->get()));
  } else if (const auto* flag = node.as_boolean()) {
    out = yaml::scalar(flag->get() ? "true" : "false");
  } else if (const auto* date = node.as_date()) {
    out = yaml::scalar(text_of(date->get()));
  } else if (const auto* time = node.as_time()) {
    out = yaml::scalar(text_of(time->get()));
  } else if (const auto* moment = node.as_date_time()) {
    out = yaml::scalar(text_of(moment->get()));
  }
  out.pos = position(node.source(), file);
  return out;
}

}  // namespace

Node parse(std::string_view text, const std::string& file) {
  if (text.size() > most_bytes)
    throw Error(ErrorKind::input, "the file is larger than 4 MiB", {}, SourcePos{file});
  try {
    const auto table = ::toml::parse(text, std::string_view(file));
    return convert_table(table, file);
  } catch (const ::toml::parse_error& error) {
    throw Error(ErrorKind::input, "this is not TOML: " + printable(error.description(), 200), {},
                position(error.source(), file));
  } catch (const BrokenAssumption&) {
    throw Error(ErrorKind::input, "this is not TOML", {}, SourcePos{file, 0, 0});
  }
}

}  // namespace kolega::toml
