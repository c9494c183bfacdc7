// A record or a signed decision that can be read, and what it claims does not hold. Has an exit code of its own
// (cli/exit_code.cpp): a forgery is something else than a missing file.
#pragma once

#include <string>
#include <utility>

#include "base/error.hpp"

namespace kolega::gate {

class ProofError : public Error {
 public:
  explicit ProofError(std::string message, std::string hint = {})
      : Error(ErrorKind::input, std::move(message), std::move(hint)) {}
};

}  // namespace kolega::gate
