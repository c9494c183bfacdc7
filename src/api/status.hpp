// The status words of a batch that mean an end. Any other word, also one nobody knows, means: not yet.
#pragma once

#include <string_view>

namespace kolega::api {

constexpr bool is_success(std::string_view status) {
  return status == "completed" || status == "succeeded";
}

/// Ended without results to read.
constexpr bool is_failure(std::string_view status) {
  return status == "failed" || status == "cancelled" || status == "canceled";
}

constexpr bool is_final(std::string_view status) {
  return is_success(status) || is_failure(status) || status == "partial_failure";
}

}  // namespace kolega::api
