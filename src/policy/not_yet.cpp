#include "policy/not_yet.hpp"

#include <array>

namespace kolega::policy {

namespace {

constexpr std::array<NotYet, 10> not_yet{{
    {"policy", "extends", "", "write the rules out in this file"},
    {"policy", "lock", "", "remove it"},
    {"policy", "repository", "", "choose the repository with --repository"},
    {"policy", "baseline", "", "count every finding, with a 'max' that the present state keeps"},
    {"policy", "break_glass", "", "remove it"},
    {"scan", "expect_branch", "", "remove it"},
    {"rule", "scope", "new", "remove it, to count all findings"},
    {"rule", "scope", "changed_files", "remove it, to count all findings"},
    {"rule", "scope", "changed_lines", "remove it, to count all findings"},
    {"rule", "max", "ratchet", "write the number that is allowed today"},
}};

}  // namespace

const NotYet* find_not_yet(std::string_view map, std::string_view key, std::string_view value) {
  for (const auto& row : not_yet) {
    if (row.map == map && row.key == key && row.value == value) return &row;
  }
  return nullptr;
}

}  // namespace kolega::policy
