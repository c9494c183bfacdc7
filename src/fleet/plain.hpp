// What an escaping function returned, as text: a page of a fleet is put together of pieces that are escaped already.
// Not for: escaping (report/escape.hpp).
#pragma once

#include <string>

namespace kolega::fleet {

template <class Escaped>
std::string plain(const Escaped& escaped) {
  if constexpr (requires { escaped.view(); }) {
    return std::string(escaped.view());
  } else {
    return std::string(escaped);
  }
}

}  // namespace kolega::fleet
