#include "policy/not_yet.hpp"

#include <array>

namespace kolega::policy {

namespace {

constexpr std::array<NotYet, 5> not_yet{{
    {"policy", "extends", "", "write the rules out in this file"},
    {"policy", "lock", "", "remove it"},
    {"policy", "repository", "", "choose the repository with --repository"},
    {"policy", "break_glass", "", "remove it"},
    {"scan", "expect_branch", "", "remove it"},
}};

}  // namespace

const NotYet* find_not_yet(std::string_view map, std::string_view key, std::string_view value) {
  for (const auto& row : not_yet) {
    if (row.map == map && row.key == key && row.value == value) return &row;
  }
  return nullptr;
}

}  // namespace kolega::policy
