#include "cli/pasted_options.hpp"

#include <algorithm>

#include "base/shell_word.hpp"
#include "base/text.hpp"

namespace kolega::cli {

std::string pasted_options(const Arguments& arguments, const std::vector<Option>& options,
                           const std::vector<std::string_view>& left_out) {
  std::string out;
  for (const auto& option : options) {
    const auto name = long_name(option);
    if (std::ranges::find(left_out, name) != left_out.end()) continue;
    for (const auto& value : arguments.all(name)) {
      out += " --" + std::string(name);
      if (!option.value.empty() && !value.empty())
        out += (option.value_optional ? "=" : " ") + shell_word(printable(value, 1000));
    }
    if (option.value.empty() && arguments.has(name) && arguments.all(name).empty()) out += " --" + std::string(name);
  }
  return out;
}

}  // namespace kolega::cli
