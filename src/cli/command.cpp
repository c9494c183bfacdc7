#include "cli/command.hpp"

namespace kolega::cli {

std::string_view long_name(const Option& option) {
  return option.names.substr(option.names.find("--") + 2);
}

std::optional<std::string> Arguments::find(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second.empty() ? std::string{} : found->second.front();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

void Arguments::add(std::string_view option, std::vector<std::string> values) {
  values_.emplace(option, std::move(values));
}

std::vector<Option> options_of(std::initializer_list<std::vector<Option>> lists) {
  std::vector<Option> out;
  for (const auto& list : lists) out.insert(out.end(), list.begin(), list.end());
  return out;
}

}  // namespace kolega::cli
