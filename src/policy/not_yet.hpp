// The parts of the policy language that this version does not judge. Each is refused by name: a policy that
// is half understood would pass what its author meant to stop. To add a part, write it and remove its row.
#pragma once

#include <optional>
#include <string_view>

namespace kolega::policy {

struct NotYet {
  std::string_view map{};  ///< "policy", "scan", "rule", "when"
  std::string_view key{};
  std::string_view value{};  ///< empty: the key as a whole
  std::string_view hint{};   ///< what to do instead
};

const NotYet* find_not_yet(std::string_view map, std::string_view key, std::string_view value = {});

}  // namespace kolega::policy
