// Whether a file is of the kind that it is taken for: people mix up records, baselines, signed decisions and results.
// Not for: versions of a kind, or what is wrong inside one.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kolega::gate {

/// Throws Error(input) "WHAT: this is KIND" where `mark` stands nowhere in the text. What is empty is left to the parser.
inline void require_kind(std::string_view text, std::string_view mark, const std::string& what, const std::string& kind,
                         const std::string& hint) {
  if (text.find(mark) != std::string_view::npos || trim(text.substr(0, 4096)).empty()) return;
  throw Error(ErrorKind::input, what + ": this is " + kind, hint);
}

}  // namespace kolega::gate
