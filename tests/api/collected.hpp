// What tests of the scan runner ask of what it collected.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "fake_api.hpp"

namespace kolega::test {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline Error error_of(FakeApi& api) {
  try {
    api.run();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(ErrorKind::internal, {});
}

inline ScanBatch only_batch(const api::Collected& collected) {
  REQUIRE(collected.batches.size() == 1);
  return collected.batches.front();
}

inline bool is_path(const net::Request& request, std::string_view ending) {
  return std::string_view(request.target).substr(0, request.target.find('?')).ends_with(ending);
}

}  // namespace kolega::test
