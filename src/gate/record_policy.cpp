#include "gate/record_policy.hpp"

#include <algorithm>
#include <sstream>

#include "policy/load.hpp"

namespace kolega::gate {

namespace {

/// Numbers and booleans of the policy stay numbers and booleans, so that reading them back finds the same
/// scalars.
void write_scalar(const yaml::Node& node, JsonWriter& json) {
  const bool number =
      node.plain && !node.text.empty() && node.text.size() <= 18 &&
      std::all_of(node.text.begin(), node.text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
      (node.text.size() == 1 || node.text[0] != '0');
  if (number || (node.plain && (node.text == "true" || node.text == "false"))) {
    json.raw(node.text);
  } else {
    json.value(std::string_view(node.text));
  }
}

void write_node(const yaml::Node& node, JsonWriter& json) {
  switch (node.kind) {
    case yaml::Node::Kind::null:
      json.null();
      return;
    case yaml::Node::Kind::scalar:
      write_scalar(node, json);
      return;
    case yaml::Node::Kind::sequence:
      if (node.flow) json.one_line();
      json.begin_array();
      for (const auto& item : node.items) write_node(item, json);
      json.end_array();
      return;
    case yaml::Node::Kind::map:
      if (node.flow) json.one_line();
      json.begin_object();
      for (const auto& [key, value] : node.entries) {
        json.key(key.text);
        write_node(value, json);
      }
      json.end_object();
      return;
  }
}

}  // namespace

void write_policy(const std::optional<policy::Policy>& written, JsonWriter& json) {
  if (!written) {
    json.null();
    return;
  }
  const auto& policy = *written;
  json.begin_object();
  const auto document = policy::to_node(policy);
  json.member("sha256", std::string_view(policy::digest_of(document)));
  json.key("sources").begin_array();
  for (const auto& source : policy.sources) {
    json.one_line().begin_object().member("name", std::string_view(source.name));
    json.member("sha256", std::string_view(source.sha256)).end_object();
  }
  json.end_array();
  json.key("document");
  write_node(document, json);
  json.key("positions").begin_object();
  for (const auto& rule : policy.rules) json.member(rule.id, std::string_view(describe(rule.pos)));
  json.end_object();
  if (policy.waivers && !policy.waivers->list.empty()) {
    json.key("waiver_positions").begin_object();
    for (const auto& waiver : policy.waivers->list)
      json.member(waiver.id, std::string_view(describe(waiver.pos)));
    json.end_object();
  }
  json.end_object();
}

/// As it stands in a record: one level deep, so that every line has its indentation.
WrittenPolicy write_policy_once(const std::optional<policy::Policy>& policy) {
  constexpr std::string_view name = "policy";
  std::ostringstream out;
  JsonWriter json(out, JsonWriter::Style::pretty);
  json.begin_object().key(name);
  write_policy(policy, json);
  json.end_object().finish();
  const auto text = out.str();
  const auto begin = text.find(": ") + 2;
  return {text.substr(begin, text.size() - begin - std::string_view("\n}\n").size())};
}

}  // namespace kolega::gate
