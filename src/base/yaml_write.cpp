#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "base/yaml_text.hpp"

namespace kolega::yaml {

Node scalar(std::string text, bool plain) {
  return Node{.kind = Node::Kind::scalar, .text = std::move(text), .plain = plain};
}

Node sequence(std::vector<Node> items, bool flow) {
  return Node{.kind = Node::Kind::sequence, .flow = flow, .items = std::move(items)};
}

Node map(std::vector<std::pair<std::string, Node>> entries, bool flow) {
  Node out{.kind = Node::Kind::map, .flow = flow};
  out.entries.reserve(entries.size());
  for (auto& [key, value] : entries) out.entries.emplace_back(scalar(std::move(key)), std::move(value));
  return out;
}

namespace {

/// Words and numbers that mean themselves anywhere in YAML; whatever else is quoted.
bool is_safe_plain(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '/' || c == '-' || c == ' ';
  };
  if (text.empty() || text.size() > 200 || !std::all_of(text.begin(), text.end(), is_word)) return false;
  if (text.front() == ' ' || text.back() == ' ' || text.front() == '-' || text.front() == '.') return false;
  return !iequals_ascii(text, "null");
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto point = decode_utf8(text);
    if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (is_refused_character(point.value)) {
      std::array<char, 16> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04X", static_cast<unsigned>(point.value));
      out += buffer.data();
    } else {
      if (point.value == '"' || point.value == '\\') out += '\\';
      append_utf8(out, point.value);
    }
    text.remove_prefix(point.length);
  }
  out += '"';
}

void append_scalar(std::string& out, const Node& node) {
  if (node.kind == Node::Kind::null) {
    out += "null";
  } else if (node.plain && is_safe_plain(node.text)) {
    out += node.text;
  } else {
    append_quoted(out, node.text);
  }
}

void append_flow(std::string& out, const Node& node) {
  if (node.kind == Node::Kind::sequence) {
    out += '[';
    for (const auto& item : node.items) {
      if (&item != &node.items.front()) out += ", ";
      append_flow(out, item);
    }
    out += ']';
  } else if (node.kind == Node::Kind::map) {
    out += '{';
    for (const auto& entry : node.entries) {
      if (&entry != &node.entries.front()) out += ", ";
      append_scalar(out, entry.first);
      out += ": ";
      append_flow(out, entry.second);
    }
    out += '}';
  } else {
    append_scalar(out, node);
  }
}

bool is_block(const Node& node) {
  return !node.flow && (!node.items.empty() || !node.entries.empty());
}

void append_block(std::string& out, const Node& node, std::size_t indent, bool continues_line) {
  const auto start_line = [&] {
    if (!continues_line) out.append(indent, ' ');
    continues_line = false;
  };
  for (const auto& item : node.items) {
    start_line();
    out += "- ";
    if (is_block(item)) {
      append_block(out, item, indent + 2, true);
    } else {
      append_flow(out, item);
      out += '\n';
    }
  }
  for (const auto& [key, value] : node.entries) {
    start_line();
    append_scalar(out, key);
    out += ':';
    if (is_block(value)) {
      out += '\n';
      append_block(out, value, indent + 2, false);
    } else {
      out += ' ';
      append_flow(out, value);
      out += '\n';
    }
  }
}

}  // namespace

std::string write(const Node& node) {
  std::string out;
  if (is_block(node)) {
    append_block(out, node, 0, false);
  } else {
    append_flow(out, node);
    out += '\n';
  }
  return out;
}

}  // namespace kolega::yaml
