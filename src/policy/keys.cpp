#include "policy/keys.hpp"

#include "model/incomplete.hpp"

namespace kolega::policy {

void refuse_key(const yaml::Node& key, std::string_view map, const std::vector<std::string_view>& known,
                Reader& reader) {
  if (map == "on_incomplete" && find_cause(key.text)) {
    reader.error(key, "'" + key.text + "' can not be softened",
                 "no policy may pass without it; remove the key");
    return;
  }
  reader.error(key, "unknown key " + quoted(key.text) + " in '" + std::string(map) + "'",
               suggest(key.text, known));
}

yaml::Node write_text(std::string text) {
  const auto word = to_lower_ascii(text);
  const bool special = parse_decimal(text) || word == "true" || word == "false" || word == "null";
  return yaml::scalar(std::move(text), !special);
}

yaml::Node write_texts(const std::vector<std::string>& texts) {
  std::vector<yaml::Node> items;
  for (const auto& text : texts) items.push_back(write_text(text));
  return yaml::sequence(std::move(items), true);
}

yaml::Node write_boolean(bool flag) {
  return yaml::scalar(flag ? "true" : "false");
}
yaml::Node write_number(std::uint64_t number) {
  return yaml::scalar(std::to_string(number));
}

}  // namespace kolega::policy
